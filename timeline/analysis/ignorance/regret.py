"""Regret: what choosing one arm for all worlds costs against knowing the world first (Savage 1951, JASA 46:55-67)."""

from __future__ import annotations

import numpy as np
import polars as pl

from timeline.analysis.ignorance.weights import weighted_quantiles
from timeline.analysis.ignorance.world_draws import WorldDraws, interval_of
from timeline.arrays import Floats

FAR = 0.95
"""The quantile of regret over worlds that a table shows beside mean and worst."""


def regrets(drawn: WorldDraws) -> Floats:
    """Return how far each arm stays behind the best of its world, shape (draws, worlds, arms)."""
    return np.asarray(drawn.values.max(axis=2, keepdims=True) - drawn.values)


def regret_table(drawn: WorldDraws) -> pl.DataFrame:
    """Return each arm's regret over worlds.

    Returns
    -------
    polars.DataFrame
        arm, mean, low, high (95% of the mean), far (95% quantile over worlds), worst (largest of any world, each
        world's regret averaged over what its values may be), worst_world (its place).

    Examples
    --------
    >>> values = np.array([[[1.0, 0.0], [0.0, 3.0], [2.0, 2.0], [0.0, 1.0]]])
    >>> table = regret_table(WorldDraws(("a", "b"), values, np.full((1, 4), 0.25)))
    >>> table.select("arm", "mean", "worst", "worst_world").rows()
    [('a', 1.0, 3.0, 1), ('b', 0.25, 1.0, 0)]
    """
    lost = regrets(drawn)
    mean, low, high = interval_of(drawn.over_worlds(lost))
    of_world = lost.mean(axis=0)
    of_world[drawn.shares.max(axis=0) == 0] = 0.0
    far = [_far(lost[:, :, arm], drawn.shares) for arm in range(len(drawn.arms))]
    return pl.DataFrame(
        {
            "arm": drawn.arms,
            "mean": mean,
            "low": low,
            "high": high,
            "far": far,
            "worst": of_world.max(axis=0),
            "worst_world": of_world.argmax(axis=0),
        }
    )


def _far(lost: Floats, shares: Floats) -> float:
    """Return the quantile of one arm's regret over worlds and draws together."""
    return float(weighted_quantiles(lost.ravel(), shares.ravel(), np.array([FAR]))[0])
