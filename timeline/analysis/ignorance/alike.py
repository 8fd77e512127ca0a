"""Groups of worlds with errors of about one size, which may learn from each other."""

from __future__ import annotations

import numpy as np

from timeline.analysis.ignorance.weights import FEWEST, effective_size
from timeline.arrays import Floats, Places

GROUP, MOST_GROUPS = 150, 5
"""Worlds that a group holds at least, and how many groups there are at most."""


def alike(error: Floats, shares: Floats) -> list[Places]:
    """Return groups of worlds with errors of about one size; worlds without error, or that do not count, are in none.

    Examples
    --------
    >>> [group.tolist() for group in alike(np.array([0.0, 3.0, 1.0, 2.0]), np.full(4, 0.25))]
    [[2, 3, 1]]
    """
    noisy = np.flatnonzero((error > 0) & (shares > 0))
    if len(noisy) < FEWEST:
        return []
    order = noisy[np.argsort(error[noisy], kind="stable")]
    worth = effective_size(shares[noisy] / shares[noisy].sum())
    return list(np.array_split(order, int(np.clip(worth // GROUP, 1, MOST_GROUPS))))
