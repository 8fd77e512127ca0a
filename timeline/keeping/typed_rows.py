"""Parquet, Stata, SPSS and Excel files as rows of text, so that they are judged cell by cell like any other table.

Parquet is read by polars; the readers of the others come with ``pip install "crisis-timeline[data]"``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from datetime import datetime, time
from functools import partial
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

#: Rows that a reader is asked for at once at most; it counts them with 32 bits.
_MOST_ROWS = 2**31 - 1

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
    encoding
        How a Stata or SPSS file writes its letters, if it does not say so itself.

    Raises
    ------
    ConfigError
        If it is no such file, or what reads it is not installed.
    """

    def __init__(self, file: Path, of: str, sheet: str | None = None, encoding: str = "utf-8") -> None:
        self.file, self.of = file, of
        kind = file.suffix.lower()
        if kind in PARQUET:
            self.names, self._frames = _parquet(file)
        elif kind in EXCEL:
            self.names, self._frames = _excel(file, sheet)
        else:
            function, what = ("read_dta", "a Stata file") if kind in STATA else ("read_sav", "an SPSS file")
            self.names, self._frames = _by_readstat(file, function, what, encoding)

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


def _by_readstat(file: Path, function: str, what: str, encoding: str) -> _Frames:
    readstat = _reader("pyreadstat", file)
    given = {} if encoding == "utf-8" else {"encoding": encoding}
    read = partial(getattr(readstat, function), str(file), output_format="dict", **given)
    try:
        _, about = read(metadataonly=True)
    except (readstat.ReadstatError, OSError, ValueError) as problem:
        raise _no_such_file(file, what, problem) from None

    def frames(rows: int) -> Frames:
        first = 0
        while True:
            try:
                columns, _ = read(row_offset=first, row_limit=min(rows, _MOST_ROWS))
            except (readstat.ReadstatError, OSError, ValueError) as problem:
                said = f"{problem}; if its letters are not UTF-8, name how they are written (--encoding cp1252)"
                raise ConfigError(f"{file}: cannot be read beyond row {first}: {said}") from None
            frame = pl.DataFrame({name: list(column) for name, column in columns.items()}, strict=False)
            if not frame.height:
                return
            yield frame
            first += frame.height
            if frame.height < rows:
                return

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
    elif kind == pl.Object or kind == pl.Binary or kind.is_nested():
        column = pl.Series(column.name, [_plain(cell) for cell in column], pl.String)
    return column.cast(pl.String).fill_null("").str.replace(r" 00:00:00(\.0+)?$", "")


def _plain(cell: object) -> str | None:
    if cell is None:
        return None
    return cell.date().isoformat() if isinstance(cell, datetime) else str(cell)
