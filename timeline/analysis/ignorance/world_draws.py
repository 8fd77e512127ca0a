r"""What each world's values may be: draws that know how much of what was seen is luck.

The best arm of a world, its regret and how far it stands ahead are made by a maximum, and a maximum takes luck for
merit. So they are not worked out from the means that were seen, but from draws of what the true values may be.
Between worlds the arms' values are taken as normal, with a mean and a covariance that are estimated (the covariance
of the means that were seen less that of their errors); a world's values, given its own means, follow by Bayes' rule
(Efron & Morris 1973, JASA 68:117-130, in several dimensions). A world with much luck is drawn toward the others, one
without stays.

Worlds whose errors are of about one size learn from each other only (Weinstein, Ma, Brown & Zhang 2018, JASA
113:698-710): where much happens, arms differ more and luck is larger, and one law for all would take the largest
differences for luck.

Each draw first reweights the worlds (Bayesian bootstrap, Rubin 1981, Annals of Statistics 9:130-134) and estimates mean
and covariance anew. So whatever is computed in each draw varies by luck, by which worlds were drawn, and by not knowing
how large ignorance is; its 95% range over draws is its interval.

**Error.** The normal law among worlds of like errors is an assumption; it matters as far as errors are large beside
ignorance. With paired yes-or-no outcomes of six arms, heavy tails and a fifth of worlds idle, 300 replications a world
gave a mean regret of 0.95 (truth 1.01, as seen 1.30) and a chance to be best of .29 (truth .30, as seen .25).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from timeline.analysis.ignorance.alike import alike
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import shares_of
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Flags, Floats

DRAWS = 100
_RIDGE = 1e-10


@dataclass(frozen=True)
class WorldDraws:
    """Draws of all worlds' values; more is better.

    Attributes
    ----------
    arms
        Their names.
    values
        Shape (draws, worlds, arms).
    shares
        How much each world counts in each draw, shape (draws, worlds), each row summing to 1.
    """

    arms: tuple[str, ...]
    values: Floats
    shares: Floats

    def over_worlds(self, values: Floats | Flags) -> Floats:
        """Return the mean over worlds in each draw, shape (draws, k), of values (draws, worlds, k)."""
        return np.asarray(np.einsum("dw,dwk->dk", self.shares, values))


def interval_of(replicates: Floats) -> tuple[Floats, Floats, Floats]:
    """Return mean, lower and upper limit (95%) over draws, shape (k,) each, of values (draws, k)."""
    low, high = np.quantile(replicates, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return replicates.mean(axis=0), low, high


def paired_covariance(error: Floats, correlation: float = 0.5) -> Floats:
    """Return the covariance of the errors of paired differences from one baseline, shape (worlds, arms, arms).

    Parameters
    ----------
    error
        Squared errors of the differences, shape (worlds, arms); 0 for the baseline itself.
    correlation
        Between the errors of any two differences. They have the baseline's luck in common: with equally large and
        otherwise independent luck it is 1/2, which Dunnett's test takes too.

    Examples
    --------
    >>> paired_covariance(np.array([[0.0, 4.0, 1.0]]))[0].tolist()
    [[0.0, 0.0, 0.0], [0.0, 4.0, 1.0], [0.0, 1.0, 1.0]]
    """
    scale = np.sqrt(error)
    covariance = correlation * scale[:, :, None] * scale[:, None, :]
    places = np.arange(error.shape[1])
    covariance[:, places, places] = error
    return covariance


def draw_worlds(
    arms: Sequence[str],
    mean: Floats,
    covariance: Floats,
    *,
    seed: int,
    weights: Floats | None = None,
    shared: float = 0.0,
    draws: int = DRAWS,
) -> WorldDraws:
    """Draw what the values of all worlds may be.

    Parameters
    ----------
    arms
        Names of the columns.
    mean
        Means of the worlds, or paired differences from a baseline (with a column of zeros for it); more is better;
        shape (worlds, arms).
    covariance
        Of their errors, shape (worlds, arms, arms), or their squared errors alone, (worlds, arms), if the arms' luck is
        independent. For paired differences see `paired_covariance`.
    seed, draws
        Of the draws, and how many.
    weights
        How much each world counts, shape (worlds,).
    shared
        Which part of the error's variance all worlds have in common, because they meet the same replications: the
        squared error of the mean over worlds that luck makes, by the mean squared error of a world.

    Returns
    -------
    WorldDraws

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> mean = rng.normal(0, 1, (500, 2)) + rng.normal(0, 1, (500, 2))
    >>> drawn = draw_worlds(["a", "b"], mean, np.ones((500, 2)), seed=2)
    >>> mean.std(axis=0).round(1).tolist(), drawn.values.std(axis=(0, 1)).round(1).tolist()
    ([1.4, 1.5], [1.0, 1.1])
    """
    rng = stream(seed, "world draws")
    errors = _as_matrices(covariance) * (1 - shared)
    roots = _roots(errors)
    shares = shares_of(weights, len(mean)) * rng.exponential(size=(draws, len(mean)))
    shares /= shares.sum(axis=1, keepdims=True)
    values = np.tile(mean, (draws, 1, 1))
    for group in alike(np.einsum("wkk->w", errors), shares.mean(axis=0)):
        for draw, own in enumerate(shares[:, group]):
            values[draw, group] = _drawn(rng, mean[group], errors[group], roots[group], own / own.sum())
    return WorldDraws(tuple(arms), values, shares)


def _as_matrices(covariance: Floats) -> Floats:
    if covariance.ndim == 3:
        return covariance
    return covariance[:, :, None] * np.eye(covariance.shape[1])


def _roots(matrices: Floats) -> Floats:
    """Return symmetric matrices' square roots; what is below 0 by rounding or approximation counts as 0."""
    sizes, axes = np.linalg.eigh(matrices)
    return np.asarray(axes * np.sqrt(np.maximum(sizes, 0.0))[..., None, :])


def _drawn(rng: np.random.Generator, mean: Floats, errors: Floats, roots: Floats, shares: Floats) -> Floats:
    """Draw all worlds once: draw world and luck afresh, then correct by what the means seen say (Matheron's rule)."""
    centre, root = _between(mean, errors, shares)
    between = root @ root.T
    fresh = centre + rng.normal(size=mean.shape) @ root.T
    luck = np.einsum("wij,wj->wi", roots, rng.normal(size=mean.shape))
    total = between + errors
    ridge = _RIDGE * max(float(np.einsum("wkk->wk", total).max()), np.finfo(float).tiny)
    pull = np.linalg.solve(total + ridge * np.eye(mean.shape[1]), (mean - fresh - luck)[..., None])[..., 0]
    return np.asarray(fresh + pull @ between)


def _between(mean: Floats, errors: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return the mean over worlds and a root of the covariance between them, free of inner noise."""
    centre = shares @ mean
    centred = (mean - centre) * np.sqrt(shares)[:, None]
    noise = np.einsum("w,wij->ij", shares * (1 - shares), errors)
    return centre, _roots((centred.T @ centred - noise) / (1 - shares @ shares))
