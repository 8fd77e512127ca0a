"""Parquet, Stata, SPSS and Excel files as rows of text, so that they are judged cell by cell like any other table.

Parquet is read by polars; the readers of the others come with ``pip install "crisis-timeline[data]"``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from datetime import datetime, time
from pathlib import Path
from typing import Any

import polars as pl

from timeline.errors import ConfigError

#: Endings of the files that are read here.
PARQUET = (".parquet", ".pq")
STATA = (".dta",)
SPSS = (".sav", ".zsav")
EXCEL = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
TYPED = (*PARQUET, *STATA, *SPSS, *EXCEL)

Frames = Iterator[pl.DataFrame]


class TypedRows:
    """The rows of a file whose columns have types.

    Parameters
    ----------
    file
        Where it lies; its ending says what it is.
    of
        What a row is, in the plural.
    sheet
        Which sheet of a workbook, by its name; the first unless given.

    Raises
    ------
    ConfigError
        If it is no such file, or what reads it is not installed.
    """

    def __init__(self, file: Path, of: str, sheet: str | None = None) -> None:
        self.file, self.of = file, of
        kind = file.suffix.lower()
        make = _parquet if kind in PARQUET else _stata if kind in STATA else _spss if kind in SPSS else None
        self.names, self._frames = make(file) if make else _excel(file, sheet)

    def pieces(self, rows: int) -> Iterator[pl.DataFrame]:
        """Yield so many rows at a time, every cell as text, empty where nothing is known."""
        seen = False
        for frame in self._frames(rows):
            if frame.height:
                seen = True
                yield frame.select(_as_text(frame[name]) for name in frame.columns)
        if not seen:
            raise ConfigError(f"{self.file}: has no rows, expected {self.of}; fetch it again")


_Frames = tuple[list[str], Callable[[int], Frames]]


def _parquet(file: Path) -> _Frames:
    try:
        lazy = pl.scan_parquet(file)
        names = lazy.collect_schema().names()
        height = int(lazy.select(pl.len()).collect().item())
    except (pl.exceptions.PolarsError, OSError) as problem:
        raise _no_such_file(file, "a Parquet file", problem) from None
    return names, lambda rows: (lazy.slice(first, rows).collect() for first in range(0, height, rows))


def _stata(file: Path) -> _Frames:
    return _by_readstat(file, "read_dta", "a Stata file")


def _spss(file: Path) -> _Frames:
    return _by_readstat(file, "read_sav", "an SPSS file")


def _by_readstat(file: Path, function: str, what: str) -> _Frames:
    readstat = _reader("pyreadstat", file)
    read = getattr(readstat, function)
    try:
        _, about = read(str(file), metadataonly=True, output_format="dict")
    except (readstat.ReadstatError, OSError, ValueError) as problem:
        raise _no_such_file(file, what, problem) from None

    def frames(rows: int) -> Frames:
        first = 0
        while True:
            given, _ = read(str(file), row_offset=first, row_limit=rows, output_format="dict")
            frame = pl.DataFrame({name: list(column) for name, column in given.items()}, strict=False)
            if not frame.height:
                return
            yield frame
            if frame.height < rows:
                return
            first += rows

    return list(about.column_names), frames


def _excel(file: Path, sheet: str | None) -> _Frames:
    fastexcel = _reader("fastexcel", file)
    try:
        book = fastexcel.read_excel(str(file))
        if sheet is not None and sheet not in book.sheet_names:
            raise ConfigError(f"{file}: given the sheet {sheet!r}, expected one of {', '.join(book.sheet_names)}")
        frame = book.load_sheet(sheet or 0, dtypes="string").to_polars()
    except fastexcel.FastExcelError as problem:
        raise _no_such_file(file, "an Excel file", problem) from None
    # A workbook is held whole whatever is done: the reader has no rows to begin at.
    return frame.columns, lambda rows: (frame.slice(first, rows) for first in range(0, frame.height, rows))


def _reader(name: str, file: Path) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise ConfigError(
            f'{file}: reading it takes {name}, which is not installed; pip install "crisis-timeline[data]", or save '
            "the table as CSV"
        ) from None


def _no_such_file(file: Path, what: str, problem: Exception) -> ConfigError:
    said = str(problem).strip().splitlines()[0] if str(problem).strip() else type(problem).__name__
    return ConfigError(f"{file}: is not {what} ({said}), expected what its ending says; fetch it again")


def _as_text(column: pl.Series) -> pl.Series:
    """Return a column as it would stand in a CSV file: whole numbers without a fraction, days without an hour."""
    kind = column.dtype
    if kind == pl.Boolean:
        column = column.cast(pl.Int8)
    elif kind.is_float():
        known = column.fill_nan(None)
        whole = known.drop_nulls()
        column = known.cast(pl.Int64) if whole.is_finite().all() and (whole == whole.round()).all() else known
    elif isinstance(kind, pl.Datetime):
        column = column.cast(pl.Date) if (column.dt.time().drop_nulls() == time(0)).all() else column
    elif kind == pl.Object:
        column = pl.Series(column.name, [_plain(cell) for cell in column], pl.String)
    return column.cast(pl.String).fill_null("").str.replace(r" 00:00:00(\.0+)?$", "")


def _plain(cell: object) -> str | None:
    if cell is None:
        return None
    return cell.date().isoformat() if isinstance(cell, datetime) else str(cell)
