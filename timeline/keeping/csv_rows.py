"""CSV files as rows of text, read strictly and in pieces: a file of any size takes the memory of one piece.

Every row is looked at by Python's own reader. One that is faster fills up a line that is too short, and cannot name
the line that it stops at.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import IO

from timeline.errors import ConfigError, PathError

#: Endings of files whose columns are divided by tabs.
TABBED = (".tsv", ".tab")
#: How much of a file is looked through at a time, in bytes.
_BLOCK = 1 << 20


class CsvRows:
    """The rows of a CSV file.

    Parameters
    ----------
    file
        Where it lies; columns are divided by tabs if it is called ``.tsv`` or ``.tab``, else by commas.
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
        self._lines = self._read()
        try:
            self.names = [name.strip() for name in next(self._lines)]
        except StopIteration:
            raise ConfigError(f"{file}: is empty, {wanted}; fetch it again, or take it away") from None
        if len(self.names) == 1 and several and (divided := re.search(r"[;\t|]", self.names[0])):
            named = {";": "semicolons", "\t": "tabs", "|": "bars"}[divided[0]]
            raise ConfigError(f"{file}: given columns divided by {named}, expected commas; save it with commas")

    def pieces(self, rows: int) -> Iterator[list[list[str]]]:
        """Yield so many rows at a time; blank lines are none.

        Raises
        ------
        ConfigError
            If there is no row, or a line is no row of the table.
        """
        seen = False
        while piece := list(islice(self._lines, rows)):
            seen = True
            yield piece
        if not seen:
            raise ConfigError(
                f"{self.file}: has no rows, expected {self.of} below the names of the columns; fetch it again"
            )

    def _read(self) -> Iterator[list[str]]:
        divided = "\t" if self.file.suffix.lower() in TABBED else ","
        codec = "utf-8-sig" if self.encoding.lower().replace("-", "") == "utf8" else self.encoding
        with _opened(self.file) as data, io.TextIOWrapper(data, encoding=codec, newline="") as text:
            reader = csv.reader(self._shown(text), strict=True, delimiter=divided)
            width = 0
            try:
                for line in reader:
                    if not line:
                        continue
                    width = width or len(line)
                    if len(line) != width:
                        raise ConfigError(
                            f"{self.file}: line {reader.line_num}: given {len(line)} cells, expected {width} as in the "
                            "first line; put cells that hold a comma in quotation marks"
                        )
                    yield line
            except csv.Error as problem:
                raise ConfigError(
                    f"{self.file}: line {reader.line_num}: is no line of a CSV table ({problem}), expected cells "
                    "divided by commas; look for a quotation mark that is not closed"
                ) from None
            except UnicodeDecodeError as problem:
                raise self._undecodable(problem) from None

    def _shown(self, text: IO[str]) -> Iterator[str]:
        for number, line in enumerate(text, start=1):
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
