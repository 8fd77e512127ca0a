"""Intervals over worlds: the bias-corrected accelerated bootstrap, weights attached to the worlds.

A resample draws whole worlds, each with its weight (Efron 1987, JASA 82:171-185). Worlds that are spread more evenly
than chance would spread them (Sobol points) vary less than their resamples do, so such intervals are, if anything,
too wide.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtr, ndtri

from timeline.analysis.ignorance.streams import stream
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats

WorldStatistic = Callable[[Floats], Floats]
"""From how often each world counts, shape (b, worlds), to estimates, shape (b, k)."""

DRAWS = 1_000
_TOGETHER = 256


def resamples(rng: np.random.Generator, worlds: int, draws: int) -> Floats:
    """Return how often each world is drawn in each resample, shape (draws, worlds).

    Examples
    --------
    >>> resamples(np.random.default_rng(1), 5, 2).sum(axis=1).tolist()
    [5.0, 5.0]
    """
    return rng.multinomial(worlds, np.full(worlds, 1 / worlds), size=draws).astype(np.float64)


def bootstrap_interval(
    statistic: WorldStatistic, worlds: int, seed: int, *, draws: int = DRAWS, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Return the lower and the upper limits of each estimate, shape (k,) each.

    Parameters
    ----------
    statistic
        Gives the estimates when world i counts so many times.
    worlds
        How many there are.
    seed
        Of the resamples.

    Examples
    --------
    >>> values = np.random.default_rng(1).normal(size=400)
    >>> low, high = bootstrap_interval(lambda times: (times @ values / times.sum(axis=1))[:, None], 400, seed=2)
    >>> bool(low[0] < values.mean() < high[0]), round(float((high - low)[0] * 10 / values.std()), 1)
    (True, 2.0)
    """
    rng = stream(seed, "resamples")
    replicates = _in_blocks(statistic, resamples(rng, worlds, draws))
    estimate = statistic(np.ones((1, worlds)))[0]
    bias = _bias(replicates, estimate)
    acceleration = _acceleration(_left_out(statistic, worlds))
    tail = (1 - confidence) / 2
    return tuple(_limit(replicates, bias, acceleration, at) for at in (tail, 1 - tail))  # type: ignore[return-value]


def _in_blocks(statistic: WorldStatistic, times: Floats) -> Floats:
    return np.concatenate([statistic(times[first : first + _TOGETHER]) for first in range(0, len(times), _TOGETHER)])


def _left_out(statistic: WorldStatistic, worlds: int) -> Floats:
    """Return the estimates without each world in turn, shape (worlds, k)."""
    pieces = []
    for first in range(0, worlds, _TOGETHER):
        places = np.arange(first, min(first + _TOGETHER, worlds))
        times = np.ones((len(places), worlds))
        times[np.arange(len(places)), places] = 0
        pieces.append(statistic(times))
    return np.concatenate(pieces)


def _bias(replicates: Floats, estimate: Floats) -> Floats:
    below = (np.sum(replicates < estimate, axis=0) + np.sum(replicates <= estimate, axis=0)) / 2
    draws = len(replicates)
    return np.asarray(ndtri(np.clip(below / draws, 0.5 / draws, 1 - 0.5 / draws)))


def _acceleration(left_out: Floats) -> Floats:
    pull = left_out.mean(axis=0) - left_out
    scale = np.sum(pull**2, axis=0) ** 1.5
    return np.where(scale > 0, np.sum(pull**3, axis=0) / np.where(scale > 0, 6 * scale, 1.0), 0.0)


def _limit(replicates: Floats, bias: Floats, acceleration: Floats, at: float) -> Floats:
    reach = bias + ndtri(at)
    level = ndtr(bias + reach / (1 - acceleration * reach))
    return np.array([float(np.quantile(column, p)) for column, p in zip(replicates.T, level, strict=True)])
