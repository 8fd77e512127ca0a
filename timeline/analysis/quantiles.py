"""Quantiles: of all replications, up to so many; beyond that, of the first so many.

Counts and sums add up over pieces of an experiment, quantiles do not: they need their values side
by side. So that memory does not grow with the number of replications, they are taken from the
first ones, which is said wherever it makes a difference. Nothing else is lost by it than some
Monte Carlo error, and that is small: it is stated with every median, and of 10,000 timelines the
one in the middle lies within a point of the true median's rank (95%).
"""

from __future__ import annotations

import numpy as np

from timeline.arrays import Floats

MEDIANS = 200_000
"""Replications of an arm that medians are taken from: one number each, 22 MB for fourteen arms."""

FANS = 10_000
"""Replications of an arm that fans are taken from: they hold a value a day for every field."""


class First:
    """Values of the first replications of an arm, gathered piece by piece.

    Parameters
    ----------
    most
        How many to keep.

    Examples
    --------
    >>> first = First(most=3)
    >>> for piece in ([1.0, 2.0], [5.0, 6.0], [9.0]):
    ...     first.add(np.array(piece))
    >>> first.values().tolist(), first.note()
    ([1.0, 2.0, 5.0], 'from the first 3 of 5 replications')
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.seen = 0
        self._pieces: list[Floats] = []

    def add(self, values: Floats) -> None:
        """Add the values of the next replications, shape (n,) or (n, k)."""
        room = self.most - self.seen
        if room > 0:
            self._pieces.append(values[:room].copy())
        self.seen += len(values)

    def values(self) -> Floats:
        """Return what is kept, in order; shape (at most `most`,) or (at most `most`, k)."""
        return np.concatenate(self._pieces) if self._pieces else np.empty(0)

    def note(self) -> str:
        """Say that there were more; empty if all are kept."""
        return cut_short(self.seen, self.most)


def cut_short(replications: int, most: int) -> str:
    """Say that only the first ``most`` of some replications were taken; empty if all were.

    Examples
    --------
    >>> cut_short(20_000, most=10_000), cut_short(300, most=10_000)
    ('from the first 10,000 of 20,000 replications', '')
    """
    return f"from the first {most:,} of {replications:,} replications" if replications > most else ""
