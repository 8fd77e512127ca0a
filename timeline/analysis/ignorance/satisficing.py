"""Good enough: in how many worlds an arm is within a margin of the best, or above a threshold (Simon 1956)."""

from __future__ import annotations

import polars as pl

from timeline.analysis.ignorance.regret import regrets
from timeline.analysis.ignorance.world_draws import WorldDraws, interval_of


def within_margin(drawn: WorldDraws, margin: float) -> pl.DataFrame:
    """Return arm, share of worlds in which it is the best or at most `margin` behind it, low, high (95%).

    Examples
    --------
    >>> import numpy as np
    >>> values = np.array([[[1.0, 0.0], [0.0, 3.0], [2.0, 2.0], [0.0, 1.0]]])
    >>> within_margin(WorldDraws(("a", "b"), values, np.full((1, 4), 0.25)), 1.0).select("arm", "share").rows()
    [('a', 0.75), ('b', 1.0)]
    """
    share, low, high = interval_of(drawn.over_worlds(regrets(drawn) <= margin))
    return pl.DataFrame({"arm": drawn.arms, "share": share, "low": low, "high": high})


def above_threshold(drawn: WorldDraws, threshold: float) -> pl.DataFrame:
    """Return arm, share of worlds in which its value is `threshold` or more, low, high (95%).

    Examples
    --------
    With paired differences from a baseline: in which worlds an arm is better than it by so much.

    >>> import numpy as np
    >>> values = np.array([[[0.0, 2.0], [0.0, -1.0], [0.0, 0.5], [0.0, 0.1]]])
    >>> drawn = WorldDraws(("silence", "a"), values, np.full((1, 4), 0.25))
    >>> above_threshold(drawn, 0.5).select("arm", "share").rows()
    [('silence', 0.0), ('a', 0.5)]
    """
    share, low, high = interval_of(drawn.over_worlds(drawn.values >= threshold))
    return pl.DataFrame({"arm": drawn.arms, "share": share, "low": low, "high": high})
