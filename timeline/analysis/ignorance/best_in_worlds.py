"""In how many worlds each arm is the best."""

from __future__ import annotations

import numpy as np
import polars as pl

from timeline.analysis.ignorance.world_draws import WorldDraws, interval_of
from timeline.arrays import Floats

_SAME = 1e-12


def probability_best(drawn: WorldDraws) -> pl.DataFrame:
    """Return arm, best (share of worlds in which it is the best), low, high (95%).

    Arms that are best together, such as all arms of a world in which nothing happens, share that world.

    Examples
    --------
    >>> values = np.array([[[1.0, 0.0], [0.0, 3.0], [2.0, 2.0], [0.0, 1.0]]])
    >>> probability_best(WorldDraws(("a", "b"), values, np.full((1, 4), 0.25))).select("arm", "best").rows()
    [('a', 0.375), ('b', 0.625)]
    """
    best, low, high = interval_of(drawn.over_worlds(credit(drawn.values)))
    return pl.DataFrame({"arm": drawn.arms, "best": best, "low": low, "high": high})


def credit(values: Floats) -> Floats:
    """Return 1 where an arm is the best of its world, a part of 1 where several are; shape as given, arms last."""
    most = values.max(axis=-1, keepdims=True)
    among = values >= most - _SAME * np.maximum(1.0, np.abs(most))
    return np.asarray(among / among.sum(axis=-1, keepdims=True))
