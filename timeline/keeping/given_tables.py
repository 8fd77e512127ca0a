"""Tables that somebody else has written: CSV files, read strictly.

A table from outside is believed in nothing. Every cell is read as text first, so that whatever is no number can be
named with its row and column. All the problems of a file are said at once; nothing is repaired. What is missing is
missing, and whoever asks says whether it may be.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from timeline.errors import ConfigError, PathError, nearest

#: The column that numbers the rows; row 1 is the first below the header.
ROW = "row of the file"
#: What stands for a cell that is not known, in any case of letters.
MISSING = ("", "na", "n/a", ".")
#: Bad cells of one column that are named in a message; the rest are counted.
_SHOWN = 3
#: The most days that a table may give, 10,000 years: what lies beyond was counted in another unit, or is a slip.
MOST_DAYS = 3_652_500.0
_NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
_LONGEST = 40


@dataclass(frozen=True, eq=False)
class GivenTable:
    """A table as it was given: text, and what has been found wrong with it so far.

    Attributes
    ----------
    file
        Where it lies.
    rows
        Every column as text without spaces around it, None where nothing is known; `ROW` numbers the rows.
    cells
        The same as it stands in the file, for messages.
    problems
        Sentences, one a bad cell; `require_sound` raises them.
    """

    file: Path
    rows: pl.DataFrame
    cells: Mapping[str, Sequence[str]]
    problems: list[str] = field(default_factory=list)

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

    def _judge(self, column: str, good: pl.Series, expected: str, missing: bool) -> None:
        """Note the cells that cannot be."""
        known = self.rows[column].is_not_null()
        bad = self.rows.filter(~good.fill_null(False) & (known if missing else True))
        what = "correct it, or leave it empty if it is not known" if missing else "correct it, or take the row out"
        for row in bad[ROW].head(_SHOWN):
            given = _shown(self.cells[column][row - 1].strip()) or "nothing"
            self.problems.append(f"{self.file}: row {row}: {column}: given {given}, expected {expected}; {what}")
        if bad.height > _SHOWN:
            self.problems.append(f"{self.file}: {column}: and {bad.height - _SHOWN} more such rows")


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
    file = Path(path)
    names, lines = _split(file, _decoded(file, columns, of), columns, of)
    _require_columns(file, names, columns)
    cells = {name: [line[place] for line in lines] for place, name in enumerate(names)}
    known = {name: [_known(cell) for cell in column] for name, column in cells.items()}
    schema = dict.fromkeys(names, pl.String)
    return GivenTable(file, pl.DataFrame(known, schema=schema).with_row_index(ROW, offset=1), cells)


def _decoded(file: Path, columns: Sequence[str], of: str) -> str:
    wanted = f"expected a CSV table of {of} with the columns {', '.join(columns)}"
    if not file.is_file():
        raise ConfigError(f"{file}: no such file, {wanted}; check the folder that was given by --data")
    try:
        data = file.read_bytes()
    except OSError as problem:
        raise PathError(f"{file}: cannot be read: {problem.strerror}; check its permissions") from None
    if not data.strip():
        raise ConfigError(f"{file}: is empty, {wanted}; fetch it again, or take it away")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise ConfigError(
            f"{file}: line {line}: given the byte 0x{data[problem.start]:02X}, expected text in UTF-8; open it in the "
            "program that wrote it and save it as UTF-8"
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConfigError(f"{file}: line {line}: given a NUL character, {wanted}; fetch the file again")
    return text


def _split(file: Path, text: str, columns: Sequence[str], of: str) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns and the cells of each row."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        names = [name.strip() for name in next(reader)]
        lines = []
        for line in reader:
            if line and len(line) != len(names):
                raise ConfigError(
                    f"{file}: line {reader.line_num}: given {len(line)} cells, expected {len(names)} as in the first "
                    "line; put cells that hold a comma in quotation marks"
                )
            lines += [line] if line else []
    except csv.Error as problem:
        raise ConfigError(
            f"{file}: line {reader.line_num}: is no line of a CSV table ({problem}), expected cells divided by commas; "
            "look for a quotation mark that is not closed"
        ) from None
    if len(names) == 1 and len(columns) > 1 and (divided := re.search(r"[;\t|]", names[0])):
        named = {";": "semicolons", "\t": "tabs", "|": "bars"}[divided[0]]
        raise ConfigError(f"{file}: given columns divided by {named}, expected commas; save it with commas")
    if not lines:
        raise ConfigError(f"{file}: has no rows, expected {of} below the names of the columns; fetch it again")
    return names, lines


def _require_columns(file: Path, names: Sequence[str], columns: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"{file}: given the column {_shown(twice[0])} twice, expected each once; rename one of them")
    missing = [name for name in columns if name not in names]
    if missing:
        listed = ", ".join(_shown(name) for name in names)
        raise ConfigError(
            f"{file}: no column {name!r}, expected one of {listed}{nearest(name, names)}; rename a column, or add it"
            for name in missing
        )


def _known(cell: str) -> str | None:
    """Return a cell without the spaces around it; None if it says that nothing is known."""
    text = cell.strip()
    return None if text.lower() in MISSING else text


def _numbers(cells: pl.Series) -> pl.Series:
    """Return the numbers of cells; null where there is none."""
    plain = cells.str.contains(_NUMBER)
    return cells.to_frame("cell").select(pl.when(plain).then(pl.col("cell")).cast(pl.Float64, strict=False)).to_series()


def _shown(text: str) -> str:
    """Return what a message can show of a cell: printable, not too long."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return plain if len(plain) <= _LONGEST else plain[:_LONGEST] + " ..."
