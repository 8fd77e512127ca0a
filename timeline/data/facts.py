"""What is in each column of a table, as far as its cells show: gathered piece by piece."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from timeline.data.dates import DateColumns
from timeline.data.reading import SpellColumns
from timeline.keeping.given_tables import GivenTable, names_of

#: More different cells of a column than this are not told apart.
MOST_DIFFERENT = 1000
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_DATE = r"^(\d{4}-\d{1,2}(-\d{1,2}([T ].*)?)?|\d{4}/\d{1,2}/\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{4})$"

_YEAR = r"^(1[5-9]|2[01])\d{2}(\.0+)?$"

#: Words by which a column is guessed to be something, most telling first.
_ROLES = {
    "ended": r"^(ended|failed|observed|event|fail|failure|terminated|status|exit_observed)$",
    "duration": r"(duration|tenure|^days$|_days$|^time$|^years$|_years$|lasted)",
    "start": r"(^start|signed|^began|^begin|entered|ceased|_start|from$|^date$|_date$)",
    "end": r"(^end(_|date|$)|stopped|^left$|^until|_end|failed_on|faildate|^to$)",
    "cause": r"(^cause|ended_by|^exit$|reason|^end$)",
    "cluster": r"(process|conflict|country|ccode|dyad|cluster|war$)",
}


@dataclass
class ColumnFacts:
    """One column.

    Attributes
    ----------
    name
        Its name.
    cells, missing
        How many it has, and how many of them say nothing.
    numbers, wholes, flags, dates, years
        How many are numbers, whole numbers, 1 or 0, dates to the month or day, years.
    low, high
        The least and the greatest number.
    different
        Its different cells, if they are few; None if they are many.
    """

    name: str
    cells: int = 0
    missing: int = 0
    numbers: int = 0
    wholes: int = 0
    flags: int = 0
    dates: int = 0
    years: int = 0
    low: float = float("inf")
    high: float = float("-inf")
    different: set[str] | None = field(default_factory=set)

    def add(self, cells: pl.Series) -> None:
        """Look at more of its cells, as text."""
        known = cells.drop_nulls()
        self.cells += len(cells)
        self.missing += len(cells) - len(known)
        numbers = known.filter(known.str.contains(_NUMBER)).cast(pl.Float64, strict=False)
        self.numbers += len(numbers)
        self.wholes += int((numbers == numbers.round()).sum())
        self.flags += int(numbers.is_in([0.0, 1.0]).sum())
        self.dates += int(known.str.contains(_DATE).sum())
        self.years += int(known.str.contains(_YEAR).sum())
        if len(numbers):
            self.low, self.high = min(self.low, numbers.min()), max(self.high, numbers.max())  # type: ignore[type-var, assignment]
        if self.different is not None:
            self.different |= set(known.unique().head(MOST_DIFFERENT + 1).to_list())
            if len(self.different) > MOST_DIFFERENT:
                self.different = None

    @property
    def kind(self) -> str:
        """What it is guessed to be: empty, flag, date, year, whole number, number or text."""
        known = self.cells - self.missing
        if not known:
            return "empty"
        if self.flags == known:
            return "flag"
        if self.dates and self.dates + self.years == known:
            return "date"
        if self.numbers < known:
            return "text"
        if self.wholes < known:
            return "number"
        return "year" if self.years == known else "whole number"

    @property
    def mostly(self) -> str:
        """What most of its cells are: `kind`, but that a few may be slips."""
        known = self.cells - self.missing
        for count, kind in (
            (self.flags, "flag"),
            (self.dates and self.dates + self.years, "date"),
            (self.numbers, "number"),
        ):
            if self.kind == "text" and known and 2 * count >= known:
                return kind
        return self.kind

    @property
    def odd(self) -> str:
        """What speaks against the guess, if almost all cells are of one kind and a few are not; empty if nothing."""
        known = self.cells - self.missing
        for count, what in ((self.numbers, "no numbers"), (self.dates, "no dates")):
            if known and 0.9 * known <= count < known:
                return f"{known - count:,} of its cells are {what}"
        return ""


class FactsGatherer:
    """Takes a table piece by piece and counts what its columns hold."""

    def __init__(self) -> None:
        self.columns: dict[str, ColumnFacts] = {}
        self.rows = 0

    def add(self, table: GivenTable) -> None:
        """Look at a piece."""
        self.rows += table.rows.height
        for name in names_of(table.rows):
            self.columns.setdefault(name, ColumnFacts(name)).add(table.rows[name])


def guess_columns(facts: Sequence[ColumnFacts], name: str) -> SpellColumns | None:
    """Guess from names and cells how a table is read as spells; None if nothing says how long they are.

    Parameters
    ----------
    facts
        What its columns hold.
    name
        What it is called.
    """
    kinds = {
        "ended": ("flag",),
        "duration": ("whole number", "number", "flag"),
        "start": ("date", "year"),
        "end": ("date", "year"),
        "cause": ("text",),
        "cluster": ("text", "whole number", "number"),
    }
    found = {
        role: next((f.name for f in facts if f.mostly in kinds[role] and re.search(pattern, f.name.lower())), None)
        for role, pattern in _ROLES.items()
    }
    start, end = found["start"], found["end"]
    duration = found["duration"] if found["ended"] else None
    if duration is None and (start is None or end is None or start == end):
        return None
    return SpellColumns(
        name=name,
        start=DateColumns((start,)) if start else None,
        end=DateColumns((end,)) if end and duration is None else None,
        duration=duration,
        unit="years" if duration and "year" in duration.lower() else "days",
        ended=found["ended"],
        cause=found["cause"],
        cluster=found["cluster"],
        choices=("the columns are guessed from their names and cells",),
    )


def as_mapping(columns: SpellColumns) -> str:
    """Return the mapping file that reads a table so."""
    lines = []
    for role in ("name", "start", "end", "duration", "unit", "entry", "ended", "cause", "cluster", "group"):
        value = getattr(columns, role)
        if isinstance(value, DateColumns):
            names = [f'"{name}"' for name in value.columns]
            lines.append(f"{role} = {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}")
        elif value and not (role == "unit" and value == "days"):
            lines.append(f'{role} = "{value}"')
    if isinstance(columns.until, date):
        lines.append(f"until = {columns.until}")
    return "\n".join(lines) + "\n"
