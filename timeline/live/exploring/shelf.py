"""The shelf: what became of timelines that were played already, so that an arm that did not move is not played again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import fields

import numpy as np

from timeline.analysis.histories import Histories, joined

#: Bytes that are kept, over all pages.
MOST_BYTES = 300_000_000


class Shelf:
    """Histories by arm, from replication 0 on without a gap; what was used longest ago goes first.

    Parameters
    ----------
    most
        Bytes that are kept.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, tuple[Histories, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def count(self, key: str) -> int:
        """Return how many replications of an arm are there."""
        with self._lock:
            return _count(self._kept.get(key, ()))

    def add(self, key: str, first: int, pieces: list[Histories]) -> None:
        """Add replications of an arm, from ``first`` on; nothing if others have added them meanwhile."""
        with self._lock:
            known = self._kept.get(key, ())
            if _count(known) != first:
                return
            self._kept[key] = (*known, *pieces)
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > self._most:
                self._kept.popitem(last=False)

    def first(self, key: str, count: int, piece: int) -> list[Histories] | None:
        """Return the first replications of an arm, cut into pieces of one length; None if they are not all there."""
        with self._lock:
            known = self._kept.get(key, ())
            if _count(known) < count:
                return None
            self._kept.move_to_end(key)
        whole = joined(known)
        if len(known) > 1:
            with self._lock:
                if self._kept.get(key) == known:
                    self._kept[key] = (whole,)
        return [whole.pick(np.arange(at, min(at + piece, count))) for at in range(0, count, piece)]


def _count(pieces: tuple[Histories, ...]) -> int:
    return sum(piece.n for piece in pieces)


def _size(pieces: tuple[Histories, ...]) -> int:
    found = (getattr(piece, field.name) for piece in pieces for field in fields(piece))
    return sum(array.nbytes for array in found if isinstance(array, np.ndarray))
