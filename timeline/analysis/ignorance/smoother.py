r"""Smooth regression of worlds' values on one driver or several together.

A penalised spline in kernel form (Wahba 1990, Spline Models for Observational Data; Gu 2013, Smoothing Spline ANOVA
Models): drivers enter by their ranks, so their laws do not matter; :math:`k(s, t)` is the kernel of cubic smoothing
splines on [0, 1], and several drivers have :math:`\prod_j (1 + \gamma k_j) - 1`, which holds all their interactions,
the weaker the smaller :math:`\gamma`. A pivoted Cholesky factor of the kernel's matrix gives a few features that
carry nearly all of it; on these the fit is a ridge regression. How smooth it is, and :math:`\gamma`, is chosen for
each column by generalised cross-validation, with each degree of freedom counted 1.4 times, which keeps it from
following noise (Kim & Gu 2004, JRSS B 66:337-356). A driver that does nothing ends with no degrees of freedom at all,
most of the time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from timeline.arrays import Floats, Places

STEEPNESS = 1.4
RANKS = {1: 12, 2: 60}
MANY = 100
INTERACTIONS = (0.3, 3.0, 12.0)
"""How much weight interactions get, tried where there are several drivers; 12 makes them as large as main effects."""

_PENALTIES = 10.0 ** np.linspace(-8, 2, 31)
_ENOUGH = 1e-9


@dataclass(frozen=True)
class SmoothBasis:
    """Features of the drivers, made orthonormal under the worlds' shares.

    Attributes
    ----------
    basis
        Shape (worlds, features).
    sizes
        How large each feature is in the kernel, squared; shape (features,).
    shares
        How much each world counts, shape (worlds,).
    """

    basis: Floats
    sizes: Floats
    shares: Floats

    @property
    def worlds(self) -> float:
        """How many equally weighted worlds would do as well."""
        return float(1 / np.sum(self.shares**2))


@dataclass(frozen=True)
class Fit:
    """A smooth fit of each column.

    Attributes
    ----------
    design
        What it was fitted on.
    centre
        Means over worlds, shape (columns,).
    coefficients, kept
        Of the features, and how much of each unpenalised coefficient was kept, (features, columns).
    score
        Generalised cross-validation, shape (columns,).
    residual_covariance
        Between columns, shape (columns, columns).
    """

    design: SmoothBasis
    centre: Floats
    coefficients: Floats
    kept: Floats
    score: Floats
    residual_covariance: Floats

    @property
    def values(self) -> Floats:
        """Fitted values, shape (worlds, columns)."""
        return np.asarray(self.centre + self.design.basis @ self.coefficients)

    @property
    def degrees(self) -> Floats:
        """Degrees of freedom beside the mean, shape (columns,)."""
        return np.asarray(self.kept.sum(axis=0))


def designs_of(ranks: Floats, shares: Floats) -> list[SmoothBasis]:
    """Return the designs to choose from, for drivers given by their ranks in [0, 1], shape (worlds, drivers)."""
    drivers = ranks.shape[1]
    strengths = (1.0,) if drivers == 1 else INTERACTIONS
    most = min(RANKS.get(drivers, MANY), len(ranks) // 4)
    return [_design(features(ranks, strength, most), shares) for strength in strengths]


def features(ranks: Floats, interaction: float, most: int) -> Floats:
    """Return a pivoted Cholesky factor of the kernel's matrix, shape (worlds, at most `most`).

    Examples
    --------
    >>> ranks = (np.arange(50)[:, None] + 0.5) / 50
    >>> factor = features(ranks, 1.0, 12)
    >>> kernel = _spline(ranks, ranks.T)
    >>> factor.shape, bool(np.abs(factor @ factor.T - kernel).max() < 1e-3)
    ((50, 12), True)
    """
    left = _products(ranks, ranks, interaction, diagonal=True)
    start = left.sum()
    factor = np.zeros((len(ranks), most))
    for column in range(most):
        pivot = int(np.argmax(left))
        if left[pivot] <= 0 or left.sum() <= _ENOUGH * start:
            return factor[:, :column]
        along = _products(ranks, ranks[pivot : pivot + 1], interaction, diagonal=False)
        factor[:, column] = (along - factor[:, :column] @ factor[pivot, :column]) / np.sqrt(left[pivot])
        left = np.maximum(left - factor[:, column] ** 2, 0.0)
    return factor


def fit_smooth(designs: list[SmoothBasis], values: Floats) -> Fit:
    """Fit each column of `values`, shape (worlds, columns), by the design that does best on all of them together."""
    fits = [_fitted(design, values) for design in designs]
    return min(fits, key=lambda fit: float(np.sum(np.log(np.maximum(fit.score, np.finfo(float).tiny)))))


def left_out_values(designs: list[SmoothBasis], values: Floats, folds: Places) -> Floats:
    """Return what a fit of the other folds says of each world, shape as `values`; folds (worlds,) from 0."""
    found = np.empty_like(values)
    for fold in range(int(folds.max()) + 1):
        held = folds == fold
        kept = [_part(design, ~held) for design in designs]
        fit = fit_smooth([design for design, _, _ in kept], values[~held])
        place = next(i for i, (design, _, _) in enumerate(kept) if design is fit.design)
        _, centre, turn = kept[place]
        found[held] = fit.centre + (designs[place].basis[held] - centre) @ turn @ fit.coefficients
    return found


def _spline(s: Floats, t: Floats) -> Floats:
    """Return the reproducing kernel of cubic smoothing splines without the constant (Gu 2013, eq. 2.27)."""

    def second(v: Floats) -> Floats:
        return np.asarray(((v - 0.5) ** 2 - 1 / 12) / 2)

    def fourth(v: Floats) -> Floats:
        square = (v - 0.5) ** 2
        return np.asarray((square**2 - square / 2 + 7 / 240) / 24)

    return np.asarray((s - 0.5) * (t - 0.5) + second(s) * second(t) - fourth(np.abs(s - t)))


def _products(s: Floats, t: Floats, interaction: float, *, diagonal: bool) -> Floats:
    """Return the kernel of worlds s with themselves (diagonal) or with one world t, shape (worlds,)."""
    each = _spline(s, s if diagonal else t)
    return np.asarray(each[:, 0] if s.shape[1] == 1 else np.prod(1 + interaction * each, axis=1) - 1)


def _design(factor: Floats, shares: Floats) -> SmoothBasis:
    basis, sizes, _ = _orthonormal(factor, shares)
    return SmoothBasis(basis, sizes, shares)


def _orthonormal(factor: Floats, shares: Floats) -> tuple[Floats, Floats, Floats]:
    """Return a basis that is orthonormal under the shares, its squared sizes, and how it is made of the factor."""
    centred = factor - shares @ factor
    sizes, axes = np.linalg.eigh((centred * shares[:, None]).T @ centred)
    usual = float(shares @ np.sum(factor**2, axis=1))  # of a driver that never varies only rounding is left
    real = sizes > 1e-12 * max(float(sizes.max(initial=0.0)), usual)
    turn = axes[:, real] / np.sqrt(sizes[real])
    return centred @ turn, sizes[real], turn


def _part(
    design: SmoothBasis, kept: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
) -> tuple[SmoothBasis, Floats, Floats]:
    """Return the design of some worlds, and centre and turn by which the whole basis becomes its."""
    shares = design.shares[kept] / design.shares[kept].sum()
    scaled = np.sqrt(design.sizes)
    basis, sizes, turn = _orthonormal(design.basis[kept] * scaled, shares)
    centre = shares @ design.basis[kept]
    return SmoothBasis(basis, sizes, shares), centre, scaled[:, None] * turn


def _fitted(design: SmoothBasis, values: Floats) -> Fit:
    shares, worlds = design.shares, design.worlds
    centre = shares @ values
    centred = values - centre
    plain = (design.basis * shares[:, None]).T @ centred
    total = shares @ centred**2
    largest = design.sizes.max(initial=1.0)
    kept = design.sizes / (design.sizes + largest * _PENALTIES[:, None])  # (penalties, features)
    left = np.maximum(total - (kept * (2 - kept)) @ plain**2, 0.0)
    room = np.maximum(1 - STEEPNESS * (1 + kept.sum(axis=1)) / worlds, 1e-3)
    scores = np.vstack([left / room[:, None] ** 2, total / (1 - STEEPNESS / worlds) ** 2])  # the last: no effect
    chosen = np.argmin(scores, axis=0)
    kept = np.vstack([kept, np.zeros(len(design.sizes))])[chosen].T
    residual = centred - design.basis @ (kept * plain)
    spent = np.sqrt(np.maximum(1 - (1 + kept.sum(axis=0)) / worlds, 1e-3))
    residual_covariance = (residual * shares[:, None] / spent).T @ (residual / spent)
    return Fit(design, centre, kept * plain, kept, scores.min(axis=0), np.asarray(residual_covariance))
