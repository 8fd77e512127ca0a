"""Tables that somebody else has written, read strictly: CSV, Parquet, Stata, SPSS and Excel.

A table from outside is believed in nothing. Every cell is read as text first, so that whatever is no number can be
named with its row and column. All the problems of a file are said at once; nothing is repaired. What is missing is
missing, and whoever asks says whether it may be. A large file is read in pieces (`stream_table`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from timeline.errors import ConfigError, nearest
from timeline.keeping.csv_rows import CsvRows
from timeline.keeping.typed_rows import TYPED, TypedRows

#: The column that numbers the rows; row 1 is the first below the header.
ROW = "row of the file"
#: What stands for a cell that is not known, in any case of letters.
MISSING = ("", "na", "n/a", ".")
#: Bad cells of one column that are named in a message; the rest are counted.
_SHOWN = 3
#: The most days that a table may give, 10,000 years: what lies beyond was counted in another unit, or is a slip.
MOST_DAYS = 3_652_500.0
#: Rows of a piece.
PIECE = 100_000
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_LONGEST = 40


class BadCells:
    """What is wrong with a table: by kind the first bad cells in words, and how many there are.

    Attributes
    ----------
    rows
        The rows that hold a bad cell.
    """

    def __init__(self) -> None:
        self.rows: set[int] = set()
        self._said: dict[tuple[str, str], list[str]] = {}
        self._counts: dict[tuple[str, str], int] = {}

    def add(self, kind: tuple[str, str], rows: Sequence[int], say: Iterable[str]) -> None:
        """Note bad cells of one kind: in which column, and what was expected; `say` is read as far as is told."""
        self.rows.update(rows)
        said = self._said.setdefault(kind, [])
        said += [sentence for sentence, _ in zip(say, range(_SHOWN - len(said)), strict=False)]
        self._counts[kind] = self._counts.get(kind, 0) + len(rows)

    def sentences(self, file: Path) -> list[str]:
        """Return one sentence a bad cell, three of a kind, and how many more there are."""
        told: list[str] = []
        for kind, said in self._said.items():
            more = self._counts[kind] - len(said)
            told += [*said, *([f"{file}: {kind[0]}: and {more} more such rows"] if more else [])]
        return told


@dataclass(frozen=True, eq=False)
class GivenTable:
    """A table, or a piece of one, as it was given: text, and what has been found wrong with it so far.

    Attributes
    ----------
    file
        Where it lies.
    rows
        Every column as text without spaces around it, None where nothing is known; `ROW` numbers the rows.
    cells
        The same as it stands in the file, for messages.
    bad_cells
        What is wrong with it; the pieces of a table share them.
    first
        The number of its first row.
    """

    file: Path
    rows: pl.DataFrame
    cells: Mapping[str, Sequence[str]]
    bad_cells: BadCells = field(default_factory=BadCells)
    first: int = 1

    @property
    def problems(self) -> list[str]:
        """Sentences, one a bad cell; `require_sound` raises them."""
        return self.bad_cells.sentences(self.file)

    def numbers(
        self, column: str, expected: str, low: float = 0.0, *, high: float = math.inf, missing: bool = False
    ) -> pl.Series:
        """Return a column of finite numbers, shape (rows,).

        Parameters
        ----------
        column
            Its name.
        expected
            What a cell has to be, in words.
        low
            The least that it can be.
        high
            The most that it can be.
        missing
            Whether a cell may say that it is not known; it is null then.
        """
        values = _numbers(self.rows[column])
        self._judge(column, values.is_finite() & (values >= low), expected, missing)
        beyond = values.is_finite() & (values > high)
        self._judge(column, ~beyond.fill_null(False), f"at most {high:,.0f}", missing)
        return values

    def days(self, column: str, *, missing: bool = False) -> pl.Series:
        """Return a column of durations in days, at most `MOST_DAYS`; see `numbers`."""
        return self.numbers(column, "a number of days from 0 on", high=MOST_DAYS, missing=missing)

    def flags(self, column: str, expected: str = "1 or 0", *, missing: bool = False) -> pl.Series:
        """Return a column of 1 (True) and 0 (False); see `numbers`."""
        values = _numbers(self.rows[column])
        self._judge(column, values.is_in([0.0, 1.0]), expected, missing)
        return values == 1.0

    def text(self, column: str, expected: str = "a name", *, missing: bool = False) -> pl.Series:
        """Return a column as it stands; see `numbers`."""
        values = self.rows[column]
        self._judge(column, values.is_not_null(), expected, missing)
        return values

    def require_sound(self) -> None:
        """Raise everything that was found wrong.

        Raises
        ------
        ConfigError
            One line a cell.
        """
        if self.problems:
            raise ConfigError(self.problems)

    def refuse(self, column: str, bad: pl.Series, expected: str, what: str) -> None:
        """Note bad cells.

        Parameters
        ----------
        column
            Whose cell is shown.
        bad
            Which rows; flags, shape (rows,), null counts as sound.
        expected, what
            What was expected, and what to do, in words.
        """
        rows = self.rows.filter(bad.fill_null(False))[ROW].to_list()
        if rows:
            said = (f"{self._place(row, column)}, expected {expected}; {what}" for row in rows)
            self.bad_cells.add((column, expected), rows, said)

    def _place(self, row: int, column: str) -> str:
        given = shown_cell(self.cells[column][row - self.first].strip()) or "nothing"
        return f"{self.file}: row {row}: {column}: given {given}"

    def _judge(self, column: str, good: pl.Series, expected: str, missing: bool) -> None:
        """Note the cells that cannot be."""
        known = self.rows[column].is_not_null()
        bad = ~good.fill_null(False) & (known if missing else True)
        what = "correct it, or leave it empty if it is not known" if missing else "correct it, or take the row out"
        self.refuse(column, bad, expected, what)


def read_table(path: str | Path, columns: Sequence[str], of: str = "rows") -> GivenTable:
    """Read a CSV file that somebody else has written.

    Parameters
    ----------
    path
        UTF-8 text, columns divided by commas, their names in the first line.
    columns
        Those that must be there; others may be.
    of
        What a row is, in the plural.

    Returns
    -------
    GivenTable

    Raises
    ------
    ConfigError
        If it is missing, empty, not UTF-8, no table, or lacks a column.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "truces.csv"
    >>> _ = file.write_text("days,ended\\n12,1\\nNA,0\\n")
    >>> table = read_table(file, ["days", "ended"])
    >>> table.numbers("days", "days from 0 on", missing=True).to_list(), table.flags("ended").to_list()
    ([12.0, None], [True, False])
    """
    (table,) = stream_table(path, columns, of, rows=None)
    return table


def stream_table(
    path: str | Path,
    columns: Sequence[str],
    of: str = "rows",
    *,
    rows: int | None = PIECE,
    only: bool = False,
    encoding: str = "utf-8",
    sheet: str | None = None,
) -> Iterator[GivenTable]:
    """Yield a table in pieces that share their bad_cells; see `read_table`.

    Parameters
    ----------
    path, columns, of
        As for `read_table`.
    rows
        Rows of a piece; None for all in one.
    only
        Whether no other columns are kept.
    encoding
        How a CSV, Stata or SPSS file writes its letters.
    sheet
        Which sheet of a workbook.
    """
    file = Path(path)
    wanted = f"expected a CSV table of {of}" + (f" with the columns {', '.join(columns)}" if columns else "")
    if not file.is_file():
        raise ConfigError(f"{file}: no such file, {wanted}; check the path, or the folder that was given by --data")
    typed = file.suffix.lower() in TYPED
    source = TypedRows(file, of, sheet, encoding) if typed else CsvRows(file, wanted, of, len(columns) > 1, encoding)
    _require_columns(file, source.names, columns)
    bad_cells, first = BadCells(), 1
    for piece in source.pieces(rows or _ALL):
        cells = _columns(source.names, piece)
        cells = {name: cells[name] for name in dict.fromkeys(columns)} if only else cells
        height = len(next(iter(cells.values())))
        yield GivenTable(file, _known(cells).with_row_index(ROW, offset=first), cells, bad_cells, first)
        first += height


#: More rows than any file has.
_ALL = 2**62


def _columns(names: Sequence[str], piece: pl.DataFrame | list[list[str]]) -> Mapping[str, Sequence[str]]:
    if isinstance(piece, pl.DataFrame):
        return {name: piece[name] for name in names}  # type: ignore[misc]  # as good as a list, and not copied
    return dict(zip(names, zip(*piece, strict=True), strict=True))


def _require_columns(file: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(
            f"{file}: given the column {shown_cell(twice[0])} twice, expected each once; rename one of them"
        )
    if ROW in names:
        raise ConfigError(f"{file}: given a column {ROW!r}, which numbers the rows of every table here; rename it")
    missing = [name for name in columns if name not in names]
    if missing:
        listed = ", ".join(shown_cell(name) for name in names)
        raise ConfigError(
            f"{file}: no column {name!r}, expected one of {listed}{nearest(name, names)}; rename a column, or add it"
            for name in missing
        )


def _known(cells: Mapping[str, Sequence[str]]) -> pl.DataFrame:
    """Return cells without the spaces around them; null where one says that nothing is known."""
    table = pl.DataFrame({name: pl.Series(column, dtype=pl.String) for name, column in cells.items()})
    bare = table.with_columns(pl.all().str.strip_chars())
    return bare.with_columns(
        pl.when(~pl.col(n).str.to_lowercase().is_in(MISSING)).then(pl.col(n)) for n in names_of(bare)
    )


def names_of(table: pl.DataFrame) -> list[str]:
    """Return the columns of a table, but for the number of the row."""
    return [name for name in table.columns if name != ROW]


def _numbers(cells: pl.Series) -> pl.Series:
    """Return the numbers of cells; null where there is none."""
    plain = cells.str.contains(_NUMBER)
    return cells.to_frame("cell").select(pl.when(plain).then(pl.col("cell")).cast(pl.Float64, strict=False)).to_series()


def shown_cell(text: str) -> str:
    """Return what a message can show of a cell: printable, not too long."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + " ..."
