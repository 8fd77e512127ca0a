"""What is in a file of somebody else's data: columns, spells, ends, dates, and what is odd."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from timeline.data.facts import ColumnFacts as ColumnFacts
    from timeline.data.opening import GivenFile, OpenedTable
    from timeline.data.reading import SpellColumns
    from timeline.data.spells import SpellRecord as SpellRecord


@dataclass(frozen=True, eq=False)
class DataAccount:
    """What a file holds.

    Attributes
    ----------
    file
        The file.
    table
        What was found in it.
    """

    file: GivenFile
    table: OpenedTable

    @property
    def record(self) -> SpellRecord | None:
        """Its spells; None if nothing says how long they are."""
        return self.table.record

    @property
    def columns(self) -> list[ColumnFacts]:
        """What is in each column."""
        return list(self.table.columns.values())

    @property
    def mapping(self) -> str:
        """The mapping file that reads it so; empty if there is nothing to read."""
        from timeline.data.facts import as_mapping

        return "" if self.record is None else as_mapping(self.record.columns)

    @cached_property
    def sha256(self) -> str:
        """The hash of its bytes."""
        return self.file.sha256

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        layout = self.table.layout
        return {
            "file": self.file.path.name,
            "sha256": self.sha256,
            "rows": self.table.rows,
            "columns": [_column(facts) for facts in self.columns],
            "layout": None if layout is None else layout.columns.name,
            "guessed": self.table.guessed,
            "spells": None if self.record is None else spells_as_json(self.record),
            "mapping": self.mapping,
        }


def describe_data(
    file: str | os.PathLike[str],
    mapping: str | os.PathLike[str] | None = None,
    *,
    encoding: str = "utf-8",
    sheet: str | None = None,
) -> DataAccount:
    """Look at a file of data: what is in its columns, and which spells it tells of.

    Parameters
    ----------
    file
        CSV, Parquet, Stata, SPSS or Excel; its ending says which.
    mapping
        A file that says which column is what; without it the publishers' own layouts are known by their columns, and
        those of any other table are guessed.
    encoding
        How a CSV file writes its letters.
    sheet
        Which sheet of a workbook; the first if left out.

    Raises
    ------
    ConfigError
        If it is no table, or the mapping does not fit it.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "truces.csv"
    >>> _ = path.write_text("signed,stopped,ended\\n1990-01-01,1990-02-01,1\\n1991-05,1999-12-31,0\\n1992-03-01,,1\\n")
    >>> found = describe_data(path)
    >>> found.record.spells.height, found.record.events, found.record.undated
    (3, 2, 1)
    """
    from timeline.data.opening import GivenFile, open_table

    given = GivenFile(Path(file), encoding, sheet)
    return DataAccount(given, open_table(given, mapped(mapping)))


def mapped(mapping: str | os.PathLike[str] | None) -> SpellColumns | None:
    """Return what a mapping file says; None without one."""
    from timeline.data.mapping import read_mapping

    return None if mapping is None else read_mapping(Path(mapping))


def spells_as_json(record: SpellRecord) -> dict[str, Any]:
    """Return what is known of spells as plain data."""
    return {
        "name": record.columns.name,
        "title": record.columns.title,
        "citation": record.columns.citation,
        "choices": list(record.choices),
        "rows": record.rows,
        "not_asked_for": record.not_asked,
        "spells": record.spells.height,
        "ended": record.events,
        "censored": record.censored,
        "bounded": record.bounded,
        "ended_without_date": record.undated,
        "ended_at_once": record.at_once,
        "longest_days": record.longest,
        "clusters": _different(record, "cluster"),
        "groups": _different(record, "group"),
        "first": record.first,
        "last": record.last,
        "until": record.until,
        "left_out": [{"why": left.why, "count": left.count, "rows": list(left.rows)} for left in record.left_out],
        "problems": list(record.problems),
    }


def _different(record: SpellRecord, column: str) -> int | None:
    named = record.columns.cluster if column == "cluster" else record.columns.group
    return None if named is None else record.spells[column].n_unique()


def _column(facts: ColumnFacts) -> dict[str, Any]:
    few = facts.different is not None and len(facts.different) <= 12
    return {
        "name": facts.name,
        "kind": facts.kind,
        "missing": facts.missing,
        "low": facts.low if facts.numbers else None,
        "high": facts.high if facts.numbers else None,
        "different": None if facts.different is None else len(facts.different),
        "values": sorted(facts.different or ()) if few else None,
        "odd": facts.odd,
    }


def read_day(text: str | None) -> date | None:
    """Read a date as an option gives it.

    Raises
    ------
    ConfigError
        If it is none.
    """
    from timeline.errors import ConfigError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"--dated: given {text!r}, expected a date such as 2026-01-31") from None
