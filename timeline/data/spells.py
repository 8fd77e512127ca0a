"""Spells out of a table, each with the bounds between which it ended.

What is not known exactly is carried as bounds, not dropped: an imprecise date as its first and last day, a failure
without a date as one on any day up to the last that the record has seen. What cannot be used is counted and listed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import polars as pl

from timeline.data.dates import DateColumns, Order, bounds, days_since_epoch, say_day
from timeline.data.reading import SpellColumns
from timeline.errors import ConfigError
from timeline.keeping.given_tables import MOST_DAYS, ROW, BadCells, GivenTable
from timeline.model.units import YEAR

DAYS_PER = {"days": 1.0, "years": YEAR}
#: Rows that are named of each reason to leave some out.
_NAMED = 5


@dataclass(frozen=True)
class LeftOut:
    """Rows that cannot be used, for one reason: how many, and the first of them by number."""

    why: str
    count: int
    rows: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class SpellRecord:
    """Spells that a table tells of.

    Attributes
    ----------
    file
        Where it lies.
    columns
        How it was read.
    spells
        One row a spell: ``row`` of the file; ``low`` and ``high``, days between which it ended, both alike if the day
        is known, ``high`` infinite if it had not ended after ``low``; ``entry``, days it had run when it came under
        observation; ``cause``, ``cluster`` and ``group`` as text.
    rows
        Rows of the table that are asked for.
    not_asked
        How many others it has.
    left_out
        Why rows are not among the spells.
    problems
        A sentence for each cell that cannot be, three of a kind.
    undated
        How many of the spells are known to have ended, but not when.
    until
        The last day that the record has seen, as a date; empty if it has no dates.
    first, last
        The first and the last day on which a spell began; empty if it has no dates.
    choices
        What was decided, a sentence each.
    """

    file: Path
    columns: SpellColumns
    spells: pl.DataFrame
    rows: int
    left_out: tuple[LeftOut, ...]
    problems: tuple[str, ...]
    not_asked: int = 0
    undated: int = 0
    until: str = ""
    first: str = ""
    last: str = ""
    choices: tuple[str, ...] = ()

    @property
    def events(self) -> int:
        """How many have ended."""
        return int(self.spells["high"].is_finite().sum())

    @property
    def censored(self) -> int:
        """How many had not ended when they were last seen."""
        return self.spells.height - self.events

    @property
    def at_once(self) -> int:
        """How many are over on the day on which they began."""
        return int((self.spells["high"] == 0).sum())

    @property
    def longest(self) -> float:
        """How many days the longest has lasted, as far as is known; 0 if there are none."""
        return float(self.spells["low"].max() or 0.0)  # type: ignore[arg-type]

    @property
    def bounded(self) -> int:
        """How many have ended on a day that is known only between bounds."""
        return int((self.spells["high"].is_finite() & (self.spells["low"] < self.spells["high"])).sum())


@dataclass
class SpellGatherer:
    """Takes a table piece by piece and makes spells of it.

    Attributes
    ----------
    columns
        How it is read.
    late
        Whether a cell has told which part of a date is the day after others had been read as if it were the first.
    """

    columns: SpellColumns
    late: bool = False
    _order: Order = field(default_factory=Order)
    _parts: list[pl.DataFrame] = field(default_factory=list)
    _rows: int = 0
    _not_asked: int = 0
    _unsaid: int = 0

    def __post_init__(self) -> None:
        self._order.given = self.columns.dates

    def add(self, table: GivenTable) -> None:
        """Read a piece."""
        table = self._asked_for(table)
        c = self.columns
        part = {"row": table.rows[ROW].cast(pl.Int64)}
        dates = {name: self._dates(table, where) for name, where in (("start", c.start), ("end", c.end)) if where}
        for name, found in dates.items():
            part |= {f"{name}_low": found["low"], f"{name}_high": found["high"]}
        for name, column in (("days", c.duration), ("entry", c.entry)):
            part |= {name: _durations(table, column, c.unit)} if column is not None else {}
        part["ended"] = self._ended(table, part.get("end_low"))
        for name, column in (("cause", c.cause), ("cluster", c.cluster), ("group", c.group), ("identity", c.identity)):
            part |= {name: table.rows[column]} if column is not None else {}
        if c.start is not None and c.end is not None:
            table.refuse(
                c.end.columns[0], part["end_high"] < part["start_low"], f"a date not before that of {c.start.name}",
                "correct one of them",
            )  # fmt: skip
        self._parts.append(pl.DataFrame(part))
        self._rows += table.rows.height

    def _asked_for(self, table: GivenTable) -> GivenTable:
        """Return the rows for which the conditions hold."""
        height = table.rows.height
        for condition in self.columns.where:
            holds = condition.holds(table.rows[condition.column])
            self._unsaid += int(holds.null_count())
            table = replace(table, rows=table.rows.filter(holds.fill_null(False)))
        self._not_asked += height - table.rows.height
        return table

    def _dates(self, table: GivenTable, where: DateColumns) -> pl.DataFrame:
        order = self._order
        unknown = order.settled is None and order.ambiguous > 0
        found = bounds(table, where, order)
        # What stood before could be read either way, and has been read as the day first.
        self.late = self.late or (unknown and order.settled not in (None, "day/month/year"))
        return found

    def _ended(self, table: GivenTable, end: pl.Series | None) -> pl.Series:
        c = self.columns
        if c.ended is None:
            return end.is_not_null() if end is not None else pl.repeat(True, table.rows.height, eager=True)
        if not c.ended_when and not c.open_when:
            return table.flags(c.ended, "1 (ended) or 0 (not ended)", missing=True)
        cells = table.rows[c.ended]
        if c.ended_when:
            return cells.is_in(list(c.ended_when))
        return ~cells.is_in(list(c.open_when))

    def record(self, file: Path, bad_cells: BadCells) -> SpellRecord:
        """Return what has been gathered.

        Raises
        ------
        ConfigError
            If dates can be read in two ways, or there is nothing to tell how long a spell lasted.
        """
        self._require_order(file)
        c = self.columns
        table = _with_all_columns(pl.concat(self._parts))
        self._parts.clear()
        table = _next_of_cluster(table) if c.consecutive else table
        left_out = self._unasked()
        problems = bad_cells.sentences(file)
        table = _leave(table, ~pl.col("row").is_in(list(bad_cells.rows)), "a cell that cannot be", left_out)
        if c.identity is not None:
            table, said = _leave_repeated(file, c.identity, table, left_out)
            problems += said
        until, choices = _until(c, table)
        table = _leave_undatable(c, table, until, left_out)
        undated = int(table.select(_UNDATED.sum()).item() or 0)
        table = _leave_unplaced(c, table.with_columns(_bounds_of_duration(until)), left_out)
        began = table["start_low"].drop_nulls()
        return SpellRecord(
            file=file,
            columns=c,
            spells=table.select("row", "low", "high", "entry", "cause", "cluster", "group"),
            rows=self._rows,
            not_asked=self._not_asked - self._unsaid,
            left_out=tuple(left_out),
            problems=tuple(problems),
            undated=undated,
            until="" if until is None else say_day(until),
            first=say_day(_extreme(began, "min")) if len(began) else "",
            last=say_day(_extreme(began, "max")) if len(began) else "",
            choices=(*c.choices, *choices),
        )

    def _unasked(self) -> list[LeftOut]:
        """Return the rows of which nobody can say whether they are asked for."""
        asked = ", ".join(condition.column for condition in self.columns.where)
        why = f"does not say whether it is asked for ({asked})"
        return [LeftOut(why, self._unsaid, ())] if self._unsaid else []

    def _require_order(self, file: Path) -> None:
        columns = ", ".join(where.name for where in (self.columns.start, self.columns.end) if where is not None)
        if self._order.settled is None and self._order.ambiguous:
            raise ConfigError(
                f"{file}: {columns}: given dates such as 03/04/1992 that can be read in two ways, in "
                f"{self._order.ambiguous:,} cells, and none that tells which; write them as 1992-04-03, or say "
                'dates = "day/month/year" or "month/day/year" in a mapping file'
            )

    def again(self) -> SpellGatherer:
        """Return one that knows how dates are written from what this one has seen."""
        return SpellGatherer(replace(self.columns, dates=self._order.settled))


def gather(pieces: Iterable[GivenTable], columns: SpellColumns) -> SpellRecord:
    """Return the spells of a table that comes in pieces.

    Parameters
    ----------
    pieces
        From `timeline.keeping.given_tables.stream_table`.
    columns
        How it is read.

    Raises
    ------
    ConfigError
        If it is no table, or its dates can be read in two ways.
    """
    gatherer = SpellGatherer(columns)
    file, bad_cells = Path(), BadCells()
    for piece in pieces:
        gatherer.add(piece)
        file, bad_cells = piece.file, piece.bad_cells
    return gatherer.record(file, bad_cells)


def _durations(table: GivenTable, column: str, unit: str) -> pl.Series:
    per = DAYS_PER[unit]
    return table.numbers(column, f"a number of {unit} from 0 on", high=MOST_DAYS / per, missing=True) * per


#: The columns that are worked on, beside ``row`` and ``ended``, and what stands in one that a table does not have.
_ABSENT = {
    **dict.fromkeys(("start_low", "start_high", "end_low", "end_high", "days"), pl.lit(None, dtype=pl.Float64)),
    "entry": pl.lit(0.0),
    **dict.fromkeys(("cause", "cluster", "group", "identity"), pl.lit(None, dtype=pl.String)),
}


def _with_all_columns(table: pl.DataFrame) -> pl.DataFrame:
    return table.with_columns(nothing.alias(name) for name, nothing in _ABSENT.items() if name not in table.columns)


def _next_of_cluster(table: pl.DataFrame) -> pl.DataFrame:
    """Return waits from each event of a cluster to its next; after the last of each the wait goes on."""
    ordered = table.sort("cluster", "start_low", "row", nulls_last=True)
    following = {
        end: pl.col(start).shift(-1).over("cluster")
        for end, start in (("end_low", "start_low"), ("end_high", "start_high"))
    }
    dated = ordered.filter(pl.col("start_low").is_not_null()).with_columns(**following)
    dated = dated.with_columns(ended=pl.col("end_low").is_not_null())
    return pl.concat([dated, ordered.filter(pl.col("start_low").is_null())])


def _leave(table: pl.DataFrame, keep: pl.Expr, why: str, left_out: list[LeftOut]) -> pl.DataFrame:
    """Return the rows to keep; count and name the others."""
    if table.is_empty():
        return table
    kept = keep.fill_null(False)
    gone = table.filter(~kept)["row"]
    if len(gone):
        left_out.append(LeftOut(why, len(gone), tuple(gone.sort().head(_NAMED).to_list())))
    return table.filter(kept)


def _leave_repeated(
    file: Path, column: str, table: pl.DataFrame, left_out: list[LeftOut]
) -> tuple[pl.DataFrame, list[str]]:
    """Leave out rows whose name another has had before."""
    known = pl.col("identity").is_not_null()
    again = known & ~pl.col("identity").is_first_distinct()
    repeated = table.filter(again)
    said = [
        f"{file}: row {row}: {column}: given {name} again, expected each once; take one of the rows out"
        for row, name in repeated.select("row", "identity").head(3).iter_rows()
    ]
    if repeated.height > 3:
        said.append(f"{file}: {column}: and {repeated.height - 3} more such rows")
    return _leave(table, ~again, f"{column} of another row", left_out), said


#: A spell that has ended, nobody knows when.
_UNDATED = pl.col("days").is_null() & pl.col("end_low").is_null() & pl.col("ended")


def _leave_undatable(
    c: SpellColumns, table: pl.DataFrame, until: float | None, left_out: list[LeftOut]
) -> pl.DataFrame:
    """Leave out rows of which nothing can be said about when a spell ended."""
    table = _leave(table, pl.col("ended").is_not_null(), "does not say whether it has ended", left_out)
    if c.start is None:
        why = "ended, but nobody knows when, with no date to bound it"
        table = _leave(table, pl.col("days").is_not_null() | ~pl.col("ended"), why, left_out)
        return _leave(table, pl.col("days").is_not_null(), "without a duration", left_out)
    table = _leave(table, pl.col("start_low").is_not_null(), "without a start", left_out)
    if until is None:
        return table
    return _leave(table, pl.col("start_low") <= until, "begun after the last day of the record", left_out)


def _leave_unplaced(c: SpellColumns, table: pl.DataFrame, left_out: list[LeftOut]) -> pl.DataFrame:
    """Leave out rows without a cluster or a group that is asked for, and those that were over before they were met."""
    for name, column in (("cluster", c.cluster), ("group", c.group)):
        if column is not None:
            table = _leave(table, pl.col(name).is_not_null(), f"without {column}", left_out)
    met = (pl.col("entry") < pl.col("high")) | (pl.col("entry") == 0)
    return _leave(table, met, "over before it came under observation", left_out)


def _until(c: SpellColumns, table: pl.DataFrame) -> tuple[float | None, list[str]]:
    """Return the last day that the record has seen, and what was decided of it."""
    if c.start is None or table.is_empty():
        return None, []
    if c.until is not None:
        return days_since_epoch(c.until), [f"what had not ended by {c.until} is censored there"]
    dates = [
        _extreme(table[name].drop_nulls(), "max")
        for name in ("start_high", "end_high")
        if table[name].null_count() < table.height
    ]
    if not dates:
        return None, []
    latest = max(dates)
    if c.duration is not None:
        undated = table.select((pl.col("days").is_null() & pl.col("ended")).any()).item()
        said = f"what ended on a day that nobody knows ended by {say_day(latest)}, the latest date of the record"
        return latest, [said] if undated else []
    if c.whole_years:
        year = say_day(latest)[:4]
        return days_since_epoch(date(int(year), 12, 31)), [
            f"the record is taken to end with {year}, the year of its latest date"
        ]
    return latest, [
        f"the record is taken to end on its latest date, {say_day(latest)}; what has no end date is censored there"
    ]


def _extreme(values: pl.Series, which: str) -> float:
    found = values.min() if which == "min" else values.max()
    assert isinstance(found, float)
    return found


def _bounds_of_duration(until: float | None) -> list[pl.Expr]:
    """Return between which days a spell ended."""
    infinite, last = pl.lit(float("inf")), pl.lit(until, dtype=pl.Float64)
    # A date that is not known is any up to the last day of the record, if the spell has ended; else it is that day.
    end_low = pl.coalesce("end_low", pl.when(pl.col("ended")).then(pl.col("start_low")).otherwise(last))
    end_high = pl.coalesce("end_high", last)
    least, most = (end_low - pl.col("start_high")).clip(0.0), end_high - pl.col("start_low")
    low = pl.coalesce("days", least)
    return [
        low.alias("low"),
        pl.when(pl.col("ended")).then(pl.coalesce("days", most)).otherwise(infinite).alias("high"),
    ]
