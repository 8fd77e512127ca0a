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
from timeline.analysis.ignorance.shrinkage import shrunken, shrunken_again
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
    like_errors: bool = False,
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
    like_errors
        To be set for contrasts, whose errors grow with what happens; see `timeline.analysis.ignorance.shrinkage`.

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
    values = shrunken(mean, error, shares, shared_error, like_errors=like_errors)
    times = resamples(stream(seed, "quantiles between worlds"), len(mean), draws)
    drawn = np.empty((draws, len(arms), len(levels)))
    for arm in range(len(arms)):
        shared = None if shared_error is None else float(shared_error[arm])
        again = shrunken_again(times, mean[:, arm], error[:, arm], shares, shared, like_errors=like_errors)
        for draw in range(draws):
            drawn[draw, arm] = weighted_quantiles(again[draw], times[draw] * shares, levels)
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
