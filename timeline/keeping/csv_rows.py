"""CSV files as rows of text, read strictly and in pieces: a file of any size takes the memory of one piece.

polars reads plain blocks, many times faster than Python's own reader. But it fills up a line that is too short, and
cannot name the line that it stops at. So a block that is not plain (a quotation mark, a blank or ragged line, a byte
that is no UTF-8) is left to Python's reader, with all that comes after it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO

import polars as pl

from timeline.errors import ConfigError, PathError

#: Endings of files whose columns are divided by tabs.
TABBED = (".tsv", ".tab")
#: How much of a file is looked through at a time, in bytes.
_BLOCK = 1 << 20
#: How much of it is read at a time where it is plain; smaller files are left to Python's reader.
PLAIN_BLOCK = 1 << 24


class CsvRows:
    """The rows of a CSV file.

    Parameters
    ----------
    file
        Where it lies; columns are divided by tabs if it is called ``.tsv`` or ``.tab``, or ``.txt`` with a tab in its
        first line, else by commas.
    wanted
        What is expected of it, in words, for messages.
    of
        What a row is, in the plural.
    several
        Whether more than one column is wanted, so that other divisions are looked for.
    encoding
        How its letters are written; UTF-8 unless given.

    Raises
    ------
    ConfigError
        If it is missing, empty, of other letters, or no table; names the line.
    """

    def __init__(self, file: Path, wanted: str, of: str, several: bool, encoding: str = "utf-8") -> None:
        self.file, self.wanted, self.of, self.encoding = file, wanted, of, encoding
        _require_content(file, wanted)
        self._begins, self._line = 0, 0
        self._lines = self._read()
        try:
            self.names = [name.strip() for name in next(self._lines)]
        except StopIteration:
            raise ConfigError(f"{file}: is empty, {wanted}; fetch it again, or take it away") from None
        if len(self.names) == 1 and several and (divided := re.search(r"[;\t|]", self.names[0])):
            named = {";": "semicolons", "\t": "tabs", "|": "bars"}[divided[0]]
            raise ConfigError(f"{file}: given columns divided by {named}, expected commas; save it with commas")

    def pieces(self, rows: int) -> Iterator[list[list[str]] | pl.DataFrame]:
        """Yield rows, so many at a time or as many as a plain block has; blank lines are none.

        Raises
        ------
        ConfigError
            If there is no row, or a line is no row of the table.
        """
        seen = False
        for block in self._plain_blocks() if self._codec == "utf-8-sig" else ():
            seen = True
            yield block
        while piece := list(islice(self._lines, rows)):
            seen = True
            yield piece
        if not seen:
            raise ConfigError(
                f"{self.file}: has no rows, expected {self.of} below the names of the columns; fetch it again"
            )

    @cached_property
    def _divided(self) -> str:
        kind = self.file.suffix.lower()
        if kind == ".txt":
            with _opened(self.file) as data:
                return "\t" if b"\t" in data.readline() else ","
        return "\t" if kind in TABBED else ","

    @property
    def _codec(self) -> str:
        return "utf-8-sig" if self.encoding.lower().replace("-", "") == "utf8" else self.encoding

    def _plain_blocks(self) -> Iterator[pl.DataFrame]:
        """Yield plain blocks from the first row on; what follows them is left to `_read`."""
        if self.file.stat().st_size < 2 * PLAIN_BLOCK:
            return
        with _opened(self.file) as data:
            head = data.readline()
            if b'"' in head or len(head.decode("utf-8-sig").split(self._divided)) != len(self.names):
                return
            begins, line = len(head), 1
            while block := data.read(PLAIN_BLOCK) + data.readline():
                frame = _plain(block, len(self.names), self._divided)
                if frame is None:
                    break
                begins, line = begins + len(block), line + block.count(b"\n")
                self._begins, self._line = begins, line
                self._lines = self._read()
                yield frame.rename(dict(zip(frame.columns, self.names, strict=True)))

    def _read(self) -> Iterator[list[str]]:
        """Yield lines as cells, from where the plain blocks have ended."""
        with _opened(self.file) as data:
            data.seek(self._begins)
            text = io.TextIOWrapper(data, encoding=self._codec, newline="")
            reader = csv.reader(self._shown(text), strict=True, delimiter=self._divided)
            width = len(self.names) if self._begins else 0
            try:
                for cells in reader:
                    if not cells:
                        continue
                    width = width or len(cells)
                    if len(cells) != width:
                        raise ConfigError(
                            f"{self.file}: line {self._line + reader.line_num}: given {len(cells)} cells, expected "
                            f"{width} as in the first line; put cells that hold a comma in quotation marks"
                        )
                    yield cells
            except csv.Error as problem:
                raise ConfigError(
                    f"{self.file}: line {self._line + reader.line_num}: is no line of a CSV table ({problem}), "
                    "expected cells divided by commas; look for a quotation mark that is not closed"
                ) from None
            except UnicodeDecodeError as problem:
                raise self._undecodable(problem) from None

    def _shown(self, text: IO[str]) -> Iterator[str]:
        for number, line in enumerate(text, start=self._line + 1):
            if "\0" in line:
                raise ConfigError(
                    f"{self.file}: line {number}: given a NUL character, {self.wanted}; fetch the file again"
                )
            yield line

    def _undecodable(self, problem: UnicodeDecodeError) -> ConfigError:
        """Say in which line the letters cannot be read: the file is looked through once more, from its beginning."""
        with _opened(self.file) as data:
            for number, line in enumerate(data, start=1):
                try:
                    line.decode(self.encoding)
                except UnicodeDecodeError as here:
                    wanted = "text in UTF-8" if self.encoding == "utf-8" else f"text in {self.encoding}"
                    return ConfigError(
                        f"{self.file}: line {number}: given the byte 0x{line[here.start]:02X}, expected {wanted}; open "
                        "it in the program that wrote it and save it as UTF-8"
                    )
        return ConfigError(f"{self.file}: cannot be read as {self.encoding} ({problem.reason}); save it as UTF-8")


def _plain(block: bytes, width: int, divided: str) -> pl.DataFrame | None:
    """Return the cells of a block in which every line is so many plain cells; None if one is not."""
    if b'"' in block or b"\0" in block or b"\n\n" in block or b"\n\r" in block or block[:1] in b"\r\n":
        return None
    lines = block.count(b"\n") + (not block.endswith(b"\n"))
    # polars refuses a line that is too long; if there are as many cells as there must be, none is too short either.
    if block.count(divided.encode()) != (width - 1) * lines or b"\r" in block.replace(b"\r\n", b""):
        return None
    try:
        found = pl.read_csv(block, has_header=False, infer_schema=False, quote_char=None, separator=divided)
    except pl.exceptions.PolarsError:
        return None
    whole = found.width == width and found.height == lines
    return found.with_columns(pl.all().fill_null("")) if whole else None


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as problem:
        raise PathError(f"{file}: cannot be read: {problem.strerror}; check its permissions") from None


def _require_content(file: Path, wanted: str) -> None:
    with _opened(file) as data:
        while block := data.read(_BLOCK):
            if block.strip():
                return
    raise ConfigError(f"{file}: is empty, {wanted}; fetch it again, or take it away")
