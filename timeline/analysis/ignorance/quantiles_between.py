"""Quantiles between worlds, free of inner noise, each with an interval.

The quantiles of the means that were seen are too far out, since inner noise spreads them. These are quantiles of the
worlds' values drawn together (`timeline.analysis.ignorance.shrinkage`, which states its error). The interval is a
percentile bootstrap over worlds, in which the drawing together is done afresh: it holds what comes of having drawn
these worlds, of their inner noise, and of not knowing how large ignorance is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.resampling import resamples
from timeline.analysis.ignorance.shrinkage import drawn_together, shrunken
from timeline.analysis.ignorance.split import components
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import effective_size, shares_of, weighted_quantiles
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats

SHOWN = (0.05, 0.5, 0.95)


def quantiles_between_worlds(
    arms: Sequence[str],
    mean: Floats,
    error: Floats,
    *,
    seed: int,
    at: Sequence[float] = SHOWN,
    weights: Floats | None = None,
    shared_error: Floats | None = None,
    draws: int = 200,
) -> pl.DataFrame:
    """Return quantiles between worlds of each arm's mean, or of each contrast.

    Parameters
    ----------
    arms, mean, error, weights, shared_error
        As for `timeline.analysis.ignorance.split.split`.
    seed, draws
        Of the bootstrap over worlds.
    at
        Probabilities.

    Returns
    -------
    polars.DataFrame
        arm, at, quantile, low, high (95%), as_seen (with the noise, for comparison), effective_worlds.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> mean = rng.normal(0, 1, (2000, 1)) + rng.normal(0, 1, (2000, 1))
    >>> table = quantiles_between_worlds(["a"], mean, np.ones((2000, 1)), seed=2, at=(0.95,))
    >>> table.select(pl.col("quantile", "low", "high", "as_seen").round(2)).rows()  # the truth: 1.64
    [(1.62, 1.47, 1.77, 2.33)]
    """
    shares = shares_of(weights, len(mean))
    levels = np.asarray(at, dtype=np.float64)
    values = shrunken(mean, error, shares, shared_error)
    times = resamples(stream(seed, "quantiles between worlds"), len(mean), draws)
    drawn = _bootstrapped(mean, error, shares, shared_error, levels, times)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    rows = [
        {
            "arm": arm,
            "at": level,
            "quantile": float(weighted_quantiles(values[:, i], shares, levels[j : j + 1])[0]),
            "low": low[i, j],
            "high": high[i, j],
            "as_seen": float(weighted_quantiles(mean[:, i], shares, levels[j : j + 1])[0]),
            "effective_worlds": effective_size(shares),
        }
        for i, arm in enumerate(arms)
        for j, level in enumerate(levels.tolist())
    ]
    return pl.DataFrame(rows)


def _bootstrapped(
    mean: Floats, error: Floats, shares: Floats, shared_error: Floats | None, levels: Floats, times: Floats
) -> Floats:
    """Return the quantiles of each resample, shape (draws, arms, levels)."""
    once = times * shares
    own = once / once.sum(axis=1, keepdims=True)
    left = 1 - np.sum(own * shares, axis=1) / once.sum(axis=1)
    variances = np.maximum(components(times, shares, mean, error, error, shared_error)[2], 0.0) * left[:, None]
    found = np.empty((len(times), mean.shape[1], len(levels)))
    for arm in range(mean.shape[1]):
        values = drawn_together(mean[:, arm], error[:, arm], own, variances[:, arm])
        for draw in range(len(times)):
            found[draw, arm] = weighted_quantiles(values[draw], own[draw], levels)
    return found
