"""Pieces: an experiment's rows range by range, the same replications of all its arms at a time.

An experiment of ten million rows does not fit into memory, and need not: everything but quantiles
adds up. What adds up cannot depend on where the rows are cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from typing import Protocol, TypeVar

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.errors import TimelineError

_Any = TypeVar("_Any")

ArmNames = tuple[str, str]
"""Of a scenario and a cadence."""


class Pieces(Protocol):
    """Reads one arm, by rising replication number, in frames of any length, one after the other."""

    def __call__(self, columns: Sequence[str], most: int | None = None, first: int = 0, /) -> Iterable[pl.DataFrame]:
        """Return these columns of the first ``most`` rows (all if None), without the ``first`` of them."""


ROWS = 10_000
"""Rows of an arm that are taken at a time. Their columns fit into a processor's cache; with fewer, calls
cost more than numbers do."""


def cut(rows: pl.DataFrame) -> Pieces:
    """Read rows that are in memory already, piece by piece.

    Examples
    --------
    >>> read = cut(pl.DataFrame({"replication": [2, 0, 1], "day": [9.0, 7.0, 8.0]}))
    >>> [piece.rows() for piece in read(["day"], 2)], [piece.rows() for piece in read(["day"], None, 2)]
    ([[(7.0,), (8.0,)]], [[(9.0,)]])
    """
    sorted_rows = rows
    if "replication" in rows.columns and not rows["replication"].is_sorted():
        sorted_rows = rows.sort("replication")

    def read(columns: Sequence[str], most: int | None = None, first: int = 0, /) -> Iterator[pl.DataFrame]:
        # A column that is missing is for its reader to name, even where there is no row.
        known = sorted_rows.select(column for column in columns if column in sorted_rows.columns)
        wanted = known[first:most]
        return wanted.iter_slices(ROWS) if wanted.height or first else iter([wanted])

    return read


def ahead(frames: Iterable[pl.DataFrame], pool: Executor) -> Iterator[pl.DataFrame]:
    """Read the next frame in the background while one is worked on, and the first at once.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(1) as pool:
    ...     [frame.height for frame in ahead([pl.DataFrame({"day": [1, 2]}), pl.DataFrame({"day": [3]})], pool)]
    [2, 1]
    """
    coming = iter(frames)
    return _following(pool.submit(next, coming, None), coming, pool)


def _following(
    waiting: Future[pl.DataFrame | None], coming: Iterator[pl.DataFrame], pool: Executor
) -> Iterator[pl.DataFrame]:
    while (frame := waiting.result()) is not None:
        waiting = pool.submit(next, coming, None)
        yield frame


def one_ahead(coming: Iterable[_Any]) -> Iterator[_Any]:
    """Yield each, once the one after it has been made.

    Examples
    --------
    >>> list(one_ahead("abc"))
    ['a', 'b', 'c']
    """
    held: list[_Any] = []
    for one in coming:
        held.append(one)
        if len(held) > 1:
            yield held.pop(0)
    yield from held


def regular(frames: Iterable[pl.DataFrame], rows: int) -> Iterator[pl.DataFrame]:
    """Cut frames anew, into frames of so many rows; the last one may be shorter.

    Examples
    --------
    >>> day = pl.DataFrame({"day": [1, 2, 3]})
    >>> [frame["day"].to_list() for frame in regular([day, day], rows=4)]
    [[1, 2, 3, 1], [2, 3]]
    """
    waiting: list[pl.DataFrame] = []
    for frame in frames:
        waiting.append(frame)
        if sum(each.height for each in waiting) >= rows:
            together = pl.concat(waiting)
            whole = together.height // rows * rows
            yield from together[:whole].iter_slices(rows)
            waiting = [together[whole:]] if whole < together.height else []
    if waiting:
        yield waiting[0] if len(waiting) == 1 else pl.concat(waiting)


def align(arms: Mapping[str, Iterable[Histories]], where: str = "rows") -> Iterator[dict[str, Histories]]:
    """Go through all arms together, range after range of replication numbers.

    Parameters
    ----------
    arms
        For each cadence what became of its replications, by rising number.
    where
        Name of the scenario, for messages.

    Yields
    ------
    dict
        For each cadence that has replications in the range, these. A replication that several
        cadences have comes in the same dict for all of them.

    Raises
    ------
    TimelineError
        If numbers do not rise from piece to piece.

    Examples
    --------
    Two cadences, of which one has three replications and the other two.

    >>> from timeline.analysis.histories import read_histories
    >>> from timeline.model.endpoints import Endpoints
    >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
    >>> def play(*numbers):
    ...     rows = {"replication": numbers, "day": 9.0, "outcome": "open", "cause": "none", "signed_day": None}
    ...     return read_histories(pl.DataFrame(rows), ends, horizon=9.0)
    >>> found = align({"silence": [play(0, 1), play(2)], "monthly": [play(0), play(1)]})
    >>> [{name: piece.replication.tolist() for name, piece in pieces.items()} for pieces in found]
    [{'silence': [0], 'monthly': [0]}, {'silence': [1], 'monthly': [1]}, {'silence': [2]}]
    """
    coming = {name: _rising(pieces, f"{where} x {name}") for name, pieces in arms.items()}
    waiting: dict[str, Histories] = {}
    while True:
        for name, pieces in coming.items():
            if name not in waiting and (piece := next(pieces, None)) is not None:
                waiting[name] = piece
        if not waiting:
            return
        last = min(piece.replication[-1] for piece in waiting.values())
        found = {}
        for name in [name for name in coming if name in waiting]:
            piece = waiting.pop(name)
            end = int(np.searchsorted(piece.replication, last, side="right"))
            if end < piece.n:
                waiting[name] = piece.pick(np.arange(end, piece.n))
                piece = piece.pick(np.arange(end))
            if piece.n:
                found[name] = piece
        yield found


def _rising(pieces: Iterable[Histories], where: str) -> Iterator[Histories]:
    last = None
    for piece in pieces:
        if not piece.n:
            continue
        if last is not None and piece.replication[0] <= last:
            raise TimelineError(
                f"{where}: replication {piece.replication[0]} follows {last}, expected one row a replication, "
                "by rising number"
            )
        last = piece.replication[-1]
        yield piece
