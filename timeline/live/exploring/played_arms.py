"""Arms that were played: what became of their timelines, so that an arm that did not move is not played again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import fields

import numpy as np

from timeline.analysis.histories import Histories

#: Bytes that are kept, over all pages.
MOST_BYTES = 300_000_000


class PlayedArms:
    """Histories by arm, from replication 0 on without a gap; what was used longest ago is dropped first.

    Parameters
    ----------
    most
        Bytes that are kept.
    """

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._kept: OrderedDict[str, Histories] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Histories | None:
        """Return what is kept of an arm, from replication 0 on."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, played: Histories) -> None:
        """Keep what was played of an arm, from replication 0 on; nothing if more of it is there already."""
        with self._lock:
            before = self._kept.get(key)
            if before is None or before.n < played.n:
                self._kept[key] = played
            self._kept.move_to_end(key)
            while len(self._kept) > 1 and sum(map(_size, self._kept.values())) > self._most:
                self._kept.popitem(last=False)


def cut(played: Histories, count: int, piece: int) -> list[Histories]:
    """Return the first replications, in pieces of one length."""
    return [played.pick(np.arange(at, min(at + piece, count))) for at in range(0, count, piece)]


def _size(played: Histories) -> int:
    found = (getattr(played, field.name) for field in fields(played))
    return sum(array.nbytes for array in found if isinstance(array, np.ndarray))
