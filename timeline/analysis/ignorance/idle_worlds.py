"""Worlds in which nothing ever comes about, whatever is chosen: counted and said, not silently averaged."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from timeline.analysis.ignorance.weights import effective_size, shares_of
from timeline.analysis.intervals import Z
from timeline.arrays import Flags, Floats

LEAST = 0.01


class IdleWorlds(NamedTuple):
    """Worlds that stay below a least value under every arm: share, low, high (95%, Wilson), and which they are."""

    share: float
    low: float
    high: float
    which: Flags


def idle_worlds(mean: Floats, *, least: float = LEAST, weights: Floats | None = None) -> IdleWorlds:
    """Find the worlds in which no arm reaches `least`, such as one timeline in a hundred with an agreement in force.

    Parameters
    ----------
    mean
        Shape (worlds, arms).
    least
        In the measure's unit.
    weights
        How much each world counts, shape (worlds,).

    Examples
    --------
    >>> found = idle_worlds(np.array([[0.0, 0.0], [0.0, 0.3], [0.2, 0.1], [0.005, 0.0]]))
    >>> found.share, found.which.tolist()
    (0.5, [True, False, False, True])
    """
    shares = shares_of(weights, len(mean))
    which = mean.max(axis=1) < least
    share, n = float(shares @ which), effective_size(shares)
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return IdleWorlds(share, float(max(middle - reach, 0.0)), float(min(middle + reach, 1.0)), which)
