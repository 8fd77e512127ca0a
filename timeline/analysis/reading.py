"""Reading: the rows of a scenario, gone through once and shown to all that count something of them.

Reading, checking and unpacking a row takes longer than counting it. So whatever is wanted of an experiment's rows,
its curves, its contrasts, its fates, is asked of the same pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor
from typing import Protocol

import polars as pl

from timeline.analysis import pieces
from timeline.analysis.histories import Histories, columns_needed, read_histories, require_columns, require_kinds
from timeline.analysis.pieces import Pieces, ahead, align, regular
from timeline.model.endpoints import Endpoints


class Counter(Protocol):
    """Counts what became of the same replications under all cadences of a scenario."""

    def add(self, together: Mapping[str, Histories]) -> None:
        """Count the next range of replications; see `timeline.analysis.pieces.align`."""


class ColumnCounter(Protocol):
    """Counts what `Histories` do not hold, from further columns of one arm after the other."""

    @property
    def columns(self) -> Sequence[str]:
        """The further columns that are to be read."""

    @property
    def most(self) -> int | None:
        """Of how many first replications; all if None."""

    def add(self, cadence: str, rows: pl.DataFrame) -> None:
        """Count the next rows of a cadence; they hold what the endpoints name, and the further columns."""


def go_through(
    arms: Mapping[str, Pieces],
    counters: Sequence[Counter],
    *,
    scenario: str,
    endpoints: Endpoints,
    horizon: float,
    pool: Executor,
    column_counters: Sequence[ColumnCounter] = (),
) -> None:
    """Go through the rows of all cadences of a scenario, range after range.

    Parameters
    ----------
    arms
        What reads each cadence's rows, which are read once.
    counters, column_counters
        What counts them.
    scenario
        Its name, for messages.
    endpoints
        How to read the rows.
    horizon
        Day since the start that every timeline was watched for.
    pool
        Reads ahead while what was read is counted.

    Raises
    ------
    TimelineError
        If an arm's rows are not as described.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
    >>> rows = pl.DataFrame({"replication": [0, 1], "day": [4.0, 9.0], "outcome": ["collapsed", "open"],
    ...     "cause": ["breach", "none"], "signed_day": [2.0, 3.0]})
    >>> class Ends:
    ...     def add(self, together): print({cadence: arm.end.tolist() for cadence, arm in together.items()})
    >>> with ThreadPoolExecutor(1) as pool:
    ...     go_through({"silence": pieces.cut(rows), "monthly": pieces.cut(rows[1:])}, [Ends()], scenario="calm",
    ...         endpoints=ends, horizon=9.0, pool=pool)
    {'silence': [4.0, 9.0], 'monthly': [9.0]}
    """

    needed = columns_needed(endpoints)

    def frames(cadence: str, read: Pieces, where: str) -> Iterator[pl.DataFrame]:
        for columns, first, end in _stretches(needed, column_counters):
            close = [each for each in column_counters if each.most is None or each.most > first]
            for rows in ahead(read(columns, end, first), pool):
                require_columns(rows.columns, endpoints, where)
                require_kinds(rows.schema, endpoints, where)
                for counter in close:
                    counter.add(cadence, rows)
                # Further columns are wide: of all cadences side by side they are not to stay in memory.
                yield rows.select(needed)

    def histories(cadence: str, read: Pieces) -> Iterator[Histories]:
        where = f"{scenario} x {cadence}"
        for rows in regular(frames(cadence, read, where), pieces.ROWS):
            yield read_histories(rows, endpoints, horizon, where)

    for together in align({cadence: histories(cadence, read) for cadence, read in arms.items()}, scenario):
        for counter in counters:
            counter.add(together)


def _stretches(
    columns: Sequence[str], column_counters: Sequence[ColumnCounter]
) -> Iterator[tuple[list[str], int, int | None]]:
    """Yield (columns, first row, end) of the stretches of an arm in which the same columns are wanted."""
    limits = sorted({each.most for each in column_counters if each.most})
    first = 0
    for end in (*limits, None):
        further = (name for each in column_counters if each.most is None or each.most > first for name in each.columns)
        yield list(dict.fromkeys([*columns, *further])), first, end
        first = end or 0
