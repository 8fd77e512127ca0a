"""A file opened as spells: how it is to be read is said by the user, known from its publisher, or guessed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path

from timeline.data.facts import ColumnFacts, FactsGatherer, guess_columns
from timeline.data.layouts import PublishedLayout, recognise
from timeline.data.reading import SpellColumns
from timeline.data.spells import SpellGatherer, SpellRecord
from timeline.errors import ConfigError, nearest
from timeline.keeping.given_tables import PIECE, GivenTable, names_of, stream_table

_BLOCK = 1 << 20


@dataclass(frozen=True)
class GivenFile:
    """A table that somebody has given.

    Attributes
    ----------
    path
        Where it lies.
    encoding
        How a CSV file writes its letters.
    sheet
        Which sheet of a workbook.
    """

    path: Path
    encoding: str = "utf-8"
    sheet: str | None = None

    def __post_init__(self) -> None:
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ConfigError(
                f"--encoding: given {self.encoding!r}, expected the name of one, such as utf-8 or cp1252"
            ) from None

    def pieces(self, rows: int = PIECE, columns: Sequence[str] = ()) -> Iterator[GivenTable]:
        """Yield the table in pieces; of some columns alone if they are named."""
        return stream_table(
            self.path, columns, "spells", rows=rows, only=bool(columns), encoding=self.encoding, sheet=self.sheet
        )

    @property
    def sha256(self) -> str:
        """The hash of its bytes."""
        found = hashlib.sha256()
        with self.path.open("rb") as data:
            while block := data.read(_BLOCK):
                found.update(block)
        return found.hexdigest()

    @property
    def dated(self) -> date:
        """The day on which it was last written, in universal time."""
        return datetime.fromtimestamp(self.path.stat().st_mtime, tz=UTC).date()


@dataclass(frozen=True, eq=False)
class OpenedTable:
    """What a file holds.

    Attributes
    ----------
    columns
        What is in each column.
    rows
        How many rows it has.
    layout
        The publisher's, if it is known.
    guessed
        Whether its columns were guessed.
    record
        Its spells; None if nothing says how long they are.
    """

    columns: Mapping[str, ColumnFacts]
    rows: int
    layout: PublishedLayout | None
    guessed: bool
    record: SpellRecord | None


def open_table(file: GivenFile, columns: SpellColumns | None = None, *, facts: bool = True) -> OpenedTable:
    """Read a file.

    Parameters
    ----------
    file
        Which.
    columns
        How it is read; known from its publisher's layout, or guessed from its first rows, if not given.
    facts
        Whether to look at each column, which takes longer.

    Raises
    ------
    ConfigError
        If it is no table, lacks a column, or its dates can be read in two ways.
    """
    pieces = file.pieces(columns=columns.columns if columns is not None and not facts else ())
    first = next(pieces)
    layout = recognise(names_of(first.rows)) if columns is None else None
    guess = None
    if columns is None and layout is None:
        looked = FactsGatherer()
        looked.add(first)
        guess = guess_columns(list(looked.columns.values()), file.path.stem)
    read_as = columns or (layout.columns if layout is not None else guess)
    if read_as is not None:
        _require(file.path, names_of(first.rows), read_as)
    gatherer = SpellGatherer(read_as) if read_as is not None else None
    counted = FactsGatherer()
    last, rows = first, 0
    for last in chain([first], pieces):
        rows += last.rows.height
        if facts:
            counted.add(last)
        if gatherer is not None:
            gatherer.add(last)
    if gatherer is not None and gatherer.late:
        gatherer = gatherer.again()
        for last in file.pieces():
            gatherer.add(last)
    record = None if gatherer is None else gatherer.record(file.path, last.bad_cells)
    if record is not None and layout is not None and not layout.checked:
        warned = (
            "the names of the columns are known from print, not from the publisher's file: look whether each is what "
            "it is taken for"
        )
        record = replace(record, choices=(*record.choices, warned))
    return OpenedTable(counted.columns, rows, layout, guess is not None, record)


def _require(file: Path, names: list[str], columns: SpellColumns) -> None:
    missing = [name for name in columns.columns if name not in names]
    if missing:
        raise ConfigError(
            f"{file}: no column {name!r}, expected one of {', '.join(names)}{nearest(name, names)}" for name in missing
        )
