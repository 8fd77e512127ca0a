r"""Stochastic dominance over worlds: whether one arm is better than another whatever one thinks of risk.

In every world: the one is nowhere behind the other. *First order*: at every level, a larger share of worlds lies
above it; whoever prefers more prefers it. *Second order*: so does whoever prefers more and shuns risk; with :math:`Q`
the quantile functions over worlds, :math:`\int_0^p Q_a \ge \int_0^p Q_b` for all p (Levy 1992, Management Science
38:555-593). The first implies the second, which implies the third.

How sure it is, is the share of draws (`timeline.analysis.ignorance.world_draws`) in which it holds. Two arms that are
alike at one end of their range dominate each other rarely, whatever lies between.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np
import polars as pl

from timeline.analysis.ignorance.world_draws import WorldDraws
from timeline.arrays import Floats

ORDERS = ("every world", "first", "second")
LEVELS = (np.arange(199) + 1) / 200
"""Where quantile functions are compared: from a half to 99.5%."""

_SAME = 1e-9


def dominance_table(drawn: WorldDraws) -> pl.DataFrame:
    """Return for every two arms whether and how surely the one dominates the other.

    Returns
    -------
    polars.DataFrame
        arm, over, order (of `ORDERS`), sure (share of draws in which it holds), shortfall (how far the arm stays behind
        where it does most, on average over draws; 0 if nowhere; in the measure's unit).

    Examples
    --------
    >>> values = np.stack([np.arange(8.0), np.arange(8.0)[::-1] + 1], axis=1)[None]
    >>> table = dominance_table(WorldDraws(("a", "b"), values, np.full((1, 8), 1 / 8)))
    >>> table.filter(arm="b").select("order", "sure", "shortfall").rows()
    [('every world', 0.0, 6.0), ('first', 1.0, 0.0), ('second', 1.0, 0.0)]
    """
    quantiles = _quantiles(drawn)
    integrals = np.cumsum(quantiles, axis=2) / len(LEVELS)
    counted = np.where(drawn.shares[:, :, None] > 0, drawn.values, 0.0).transpose(0, 2, 1)
    rows = []
    for a, b in permutations(range(len(drawn.arms)), 2):
        for order, values in zip(ORDERS, (counted, quantiles, integrals), strict=True):
            ahead = values[:, a] - values[:, b]
            rows.append((drawn.arms[a], drawn.arms[b], order, _sure(ahead), _shortfall(ahead)))
    return pl.DataFrame(rows, schema=["arm", "over", "order", "sure", "shortfall"], orient="row")


def _sure(ahead: Floats) -> float:
    """Return the share of draws in which nothing is behind and something is ahead."""
    slack = _SAME * max(1.0, float(np.abs(ahead).max()))
    return float(np.mean((ahead.min(axis=1) >= -slack) & (ahead.max(axis=1) > slack)))


def _shortfall(ahead: Floats) -> float:
    return float(np.maximum(-ahead, 0.0).max(axis=1).mean())


def _quantiles(drawn: WorldDraws) -> Floats:
    """Return the quantile function of each arm over worlds, shape (draws, arms, levels)."""
    found = np.empty((len(drawn.values), len(drawn.arms), len(LEVELS)))
    order = np.argsort(drawn.values, axis=1)
    for draw, shares in enumerate(drawn.shares):
        for arm in range(len(drawn.arms)):
            places = order[draw, :, arm]
            at = np.searchsorted(np.cumsum(shares[places]), LEVELS * (1 - 1e-12))
            found[draw, arm] = drawn.values[draw, places[np.minimum(at, len(places) - 1)], arm]
    return found
