r"""What knowing would be worth: perfect information about everything, about one driver, or about a group of them.

Without knowing, one arm is chosen for all worlds: :math:`\max_a E[\theta_a]`. Knowing the drivers :math:`\phi`, the
best is chosen for each value of theirs: :math:`E_\phi \max_a E[\theta_a \mid \phi]`. The difference is the expected
value of perfect information about them, in the measure's unit. The inner expectation is a smooth regression of the
worlds' values on the drivers (Strong, Oakley & Brennan 2014, Medical Decision Making 34:311-326); inner noise is
noise of that regression and needs no correction. All arms are taken as differences from the arm that is best on
average, whose paired errors are smaller.

**Three numbers.** The *plug-in* value puts the fit into the formula. It is a little too large, since a maximum takes
what is left of noise for merit; the *floor* says by how much for drivers that mean nothing. Its standard error comes
from drawing the fit's coefficients. The *cross-fitted* value chooses by a fit of the other worlds and values the
choice by what these worlds say: it is not too large on average, and too small as far as the fit is not perfect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from timeline.analysis.ignorance.smoother import Fit, SmoothBasis, designs_of, fit_smooth, left_out_values
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import shares_of, squared_error, weighted_ranks
from timeline.analysis.ignorance.world_draws import WorldDraws, interval_of
from timeline.arrays import Floats, Places

FOLDS = 5
DRAWS = 60
DUMMIES = 40
"""Times that each group's value is worked out for worlds in random order."""

FLOOR = 0.95


class PerfectInformation(NamedTuple):
    """The expected value of knowing which world is ours: value, low, high (95%)."""

    value: float
    low: float
    high: float


def perfect_information(drawn: WorldDraws) -> PerfectInformation:
    """Return what knowing everything would be worth.

    Examples
    --------
    >>> values = np.array([[[1.0, 0.0], [0.0, 3.0], [2.0, 2.0], [0.0, 1.0]]])
    >>> perfect_information(WorldDraws(("a", "b"), values, np.full((1, 4), 0.25))).value
    0.25
    """
    best = drawn.over_worlds(drawn.values.max(axis=2, keepdims=True))
    gain = best - drawn.over_worlds(drawn.values).max(axis=1, keepdims=True)
    value, low, high = interval_of(gain)
    return PerfectInformation(float(value[0]), float(low[0]), float(high[0]))


def information_table(
    groups: Mapping[str, Sequence[int]],
    x: Floats,
    values: Floats,
    *,
    seed: int,
    weights: Floats | None = None,
    dummies: int = DUMMIES,
) -> pl.DataFrame:
    """Return what knowing each driver, or each group of drivers together, would be worth.

    Parameters
    ----------
    groups
        For each name the columns of `x`; for single drivers one each.
    x
        Drawn assumptions, shape (worlds, drivers).
    values
        Means of the worlds, or paired differences from a baseline with a column of zeros; more is better; (worlds,
        arms).
    seed
        Of folds, draws and dummies.
    weights
        How much each world counts, shape (worlds,).
    dummies
        Random orders of the worlds for the floor, for each group of several drivers. Single drivers share three times
        as many, and at least one each.

    Returns
    -------
    polars.DataFrame
        name, drivers (their number), value (plug-in), se, cross_fitted, cross_fitted_se, floor (95% of such drivers if
        they meant nothing), above_floor, above_all (larger than every dummy),
        effective_worlds.

    Examples
    --------
    Two arms; the second gains what the first driver says. Knowing it is worth 0.4 (the normal density at 0).

    >>> rng = np.random.default_rng(1)
    >>> x = rng.normal(size=(1000, 2))
    >>> values = np.column_stack([np.zeros(1000), x[:, 0] + rng.normal(size=1000)])
    >>> table = information_table({"a": [0], "b": [1]}, x, values, seed=2)
    >>> table.select("name", pl.col("value", "se").round(2), "above_floor").rows()
    [('a', 0.38, 0.02, True), ('b', 0.01, 0.01, False)]
    """
    rng = stream(seed, "information")
    shares = shares_of(weights, len(x))
    counted = shares > 0
    shares = shares[counted]
    used = sorted({column for columns in groups.values() for column in columns})
    ranks = np.empty((len(shares), x.shape[1]))
    ranks[:, used] = weighted_ranks(x[counted][:, used], shares)
    gains = _from_best(values[counted], shares)
    folds = rng.permutation(np.arange(len(shares)) % FOLDS)
    alone = [name for name, columns in groups.items() if len(columns) == 1]
    each = -(-3 * dummies // max(len(alone), 1))
    rows, floors, pool = [], {}, []
    for name, columns in groups.items():
        designs = designs_of(ranks[:, list(columns)], shares)
        rows.append({"name": name, "drivers": len(columns)} | _value(designs, gains, folds, rng))
        floors[name] = _dummies(rng, designs, gains, each if len(columns) == 1 else dummies)
        pool += floors[name] if len(columns) == 1 else []
    floors |= dict.fromkeys(alone, pool)
    return (
        pl.DataFrame(rows)
        .with_columns(floor=pl.Series([float(np.quantile(floors[name], FLOOR)) for name in groups]))
        .with_columns(largest=pl.Series([max(floors[name]) for name in groups]))
        .with_columns(above_floor=pl.col("value") > pl.col("floor"), above_all=pl.col("value") > pl.col("largest"))
        .with_columns(effective_worlds=pl.lit(float(1 / np.sum(shares**2))))
        .drop("largest")
    )


def plug_in(fitted: Floats, shares: Floats) -> float:
    """Return what choosing by fitted values, shape (worlds, arms), gains over one choice for all.

    Examples
    --------
    >>> plug_in(np.array([[0.0, 1.0], [0.0, -2.0]]), np.full(2, 0.5))
    0.5
    """
    return float(shares @ fitted.max(axis=1) - (shares @ fitted).max())


def _from_best(values: Floats, shares: Floats) -> Floats:
    """Return differences from the arm that is best on average, that arm first, shape (worlds, arms)."""
    best = int(np.argmax(shares @ values))
    others = np.delete(values, best, axis=1) - values[:, best : best + 1]
    return np.column_stack([np.zeros(len(values)), others])


def _value(designs: list[SmoothBasis], gains: Floats, folds: Places, rng: np.random.Generator) -> dict[str, float]:
    fit = fit_smooth(designs, gains)
    value, se = _cross_fitted(designs, gains, folds)
    return {
        "value": plug_in(fit.values, fit.design.shares),
        "se": _error(fit, rng),
        "cross_fitted": value,
        "cross_fitted_se": se,
    }


def _error(fit: Fit, rng: np.random.Generator) -> float:
    """Return the plug-in's standard error: of the fit's coefficients, by draws of them, and of the worlds drawn."""
    shares, arms, fitted = fit.design.shares, len(fit.centre), fit.values
    sizes, axes = np.linalg.eigh(fit.residual_covariance)
    root = axes * np.sqrt(np.maximum(sizes, 0.0))
    spread = _spread(fit)
    found = []
    for _ in range(DRAWS):
        coefficients = fit.coefficients + spread * (rng.normal(size=spread.shape) @ root.T)
        centre = fit.centre + rng.normal(size=arms) @ root.T / np.sqrt(fit.design.worlds)
        found.append(plug_in(centre + fit.design.basis @ coefficients, shares))
    gained = fitted.max(axis=1) - fitted[:, int(np.argmax(shares @ fitted))]
    return float(np.sqrt(np.var(found, ddof=1) + squared_error(gained, shares)))


def _spread(fit: Fit) -> Floats:
    """Return by how much of the residual deviation each coefficient is uncertain, shape (features, arms)."""
    unpenalised = (fit.design.basis**2).T @ fit.design.shares**2
    return np.sqrt(fit.kept * unpenalised[:, None])


def _cross_fitted(designs: list[SmoothBasis], gains: Floats, folds: Places) -> tuple[float, float]:
    shares = designs[0].shares
    chosen = np.argmax(left_out_values(designs, gains, folds), axis=1)
    gained = gains[np.arange(len(gains)), chosen]
    return float(shares @ gained), float(np.sqrt(squared_error(gained, shares)))


def _dummies(rng: np.random.Generator, designs: list[SmoothBasis], gains: Floats, times: int) -> list[float]:
    """Return plug-in values when the worlds' values come in a random order, drawn as the worlds count."""
    shares = designs[0].shares
    equal = np.ptp(shares) == 0
    found = []
    for _ in range(times):
        order = rng.permutation(len(gains)) if equal else rng.choice(len(gains), len(gains), p=shares)
        found.append(plug_in(fit_smooth(designs, gains[order]).values, shares))
    return found
