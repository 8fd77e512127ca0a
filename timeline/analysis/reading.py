"""Reading: the rows of a scenario, gone through once and shown to all that count something of them.

Reading, checking and unpacking a row takes longer than counting it. So whatever is wanted of an experiment's rows,
its curves, its contrasts, its fates, is asked of the same pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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


class ScenarioRows:
    """The rows of all cadences of a scenario. Their first frames are being read from the moment that it is made.

    Parameters
    ----------
    arms
        What reads each cadence's rows, which are read once.
    endpoints
        How to read the rows.
    pool
        Reads ahead while what was read is counted.
    column_counters
        What counts further columns.
    """

    def __init__(
        self,
        arms: Mapping[str, Pieces],
        *,
        endpoints: Endpoints,
        pool: Executor,
        column_counters: Sequence[ColumnCounter] = (),
    ) -> None:
        self.endpoints = endpoints
        self._arms, self._pool, self._counters = arms, pool, column_counters
        self._needed = columns_needed(endpoints)
        self._stretches = list(_stretches(self._needed, column_counters))
        self._first = {cadence: self._begun(read, *self._stretches[0]) for cadence, read in arms.items()}

    @property
    def cadences(self) -> Iterable[str]:
        """Their names, in order."""
        return self._arms.keys()

    def frames(self, cadence: str, where: str) -> Iterator[pl.DataFrame]:
        """Yield the rows of a cadence, once; ``where`` is the name of the arm, for messages."""
        for columns, first, end in self._stretches:
            close = [each for each in self._counters if each.most is None or each.most > first]
            begun = self._begun(self._arms[cadence], columns, first, end) if first else self._first.pop(cadence)
            for rows in begun:
                require_columns(rows.columns, self.endpoints, where)
                require_kinds(rows.schema, self.endpoints, where)
                for counter in close:
                    counter.add(cadence, rows)
                # Further columns are wide: of all cadences side by side they are not to stay in memory.
                yield rows if rows.columns == self._needed else rows.select(self._needed)

    def _begun(self, read: Pieces, columns: Sequence[str], first: int, end: int | None) -> Iterator[pl.DataFrame]:
        return ahead(read(columns, end, first), self._pool)


def go_through(reading: ScenarioRows, counters: Sequence[Counter], *, scenario: str, horizon: float) -> None:
    """Go through the rows of all cadences of a scenario, range after range.

    Parameters
    ----------
    reading
        Their rows.
    counters
        What counts them.
    scenario
        Its name, for messages.
    horizon
        Day since the start that every timeline was watched for.

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
    ...     arms = {"silence": pieces.cut(rows), "monthly": pieces.cut(rows[1:])}
    ...     go_through(ScenarioRows(arms, endpoints=ends, pool=pool), [Ends()], scenario="calm", horizon=9.0)
    {'silence': [4.0, 9.0], 'monthly': [9.0]}
    """

    def histories(cadence: str) -> Iterator[Histories]:
        where = f"{scenario} x {cadence}"
        for rows in regular(reading.frames(cadence, where), pieces.ROWS):
            yield read_histories(rows, reading.endpoints, horizon, where)

    for together in align({cadence: histories(cadence) for cadence in reading.cadences}, scenario):
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
