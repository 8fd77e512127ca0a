"""The gap: by how much more agreements are in force under one cadence than under another, day by day, luck for luck."""

from __future__ import annotations

from typing import Any

import numpy as np

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import bounded_means
from timeline.arrays import Flags, Floats

#: Timelines that are named on either side.
_NAMED = 3


class Gap:
    """Counts timelines whose agreement is in force under one cadence alone, by day.

    Parameters
    ----------
    days
        Shape (g,), days since the start.
    """

    def __init__(self, days: Floats) -> None:
        self.days, self.n = days, 0
        self._one, self._other = np.zeros(len(days), np.int64), np.zeros(len(days), np.int64)
        self._named: tuple[list[int], list[int]] = ([], [])

    def add(self, one: Histories, other: Histories) -> None:
        """Count the same replications under both."""
        there, elsewhere = in_force_on(one, self.days), in_force_on(other, self.days)
        self.n += one.n
        self._one += (there & ~elsewhere).sum(axis=1)
        self._other += (elsewhere & ~there).sum(axis=1)
        for named, alone in zip(self._named, (there[-1] & ~elsewhere[-1], elsewhere[-1] & ~there[-1]), strict=True):
            named += one.replication[np.flatnonzero(alone)[: _NAMED - len(named)]].tolist()

    @property
    def parted(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The first timelines that end in force under the one alone, and under the other alone."""
        return tuple(self._named[0]), tuple(self._named[1])

    def curve(self) -> dict[str, Any]:
        """Return the difference by day with its 95% interval, day for day (Bonett & Price 2012)."""
        estimate = (self._one - self._other) / self.n
        squares = self._one + self._other - self.n * estimate**2
        low, high = bounded_means(estimate, squares, np.full(len(self.days), float(self.n)), (-1.0, 1.0))
        return {"estimate": estimate.tolist(), "low": low.tolist(), "high": high.tolist()}


def in_force_on(arm: Histories, days: Floats) -> Flags:
    """Return whether each replication's agreement is in force on each day, shape (days, n).

    A day counts as the curves of agreements in force have it: from the day of signature, until before that of failure.
    """
    begins, stops = arm.in_force
    at = days[:, None]
    found = np.zeros((len(days), arm.n), np.bool_)
    for begin, stop in zip(begins, stops, strict=True):
        found |= (begin <= at) & (stop > at)
    return found
