"""Part files: where a part begins and how it is named, and that its file says whose rows it holds.

A checksum says that a file is as it was written, not that it lies where it belongs: two files can change places, and
their checksums with them. So each part names its run and its arm beside its rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from timeline.engines.world import FAILED
from timeline.keeping.files import parquet
from timeline.words import unshowable

#: The version of part files; the first one named neither run nor arm.
PART_VERSION = "2"
OLD_PART = "were saved by an older version, which did not note of which arm they are"
_VERSION, _RUN, _ARM = "crisis-timeline part", "run", "arm"


def part_of(replication: int) -> tuple[int, int]:
    """Return (first replication, size) of the part that a replication belongs to.

    Parts hold 1,000 replications below 10,000, and 10,000 from there on: a row of a large model takes
    4 kB, and whoever simulates, saves or reads holds a few parts in memory at once.

    Examples
    --------
    >>> part_of(999), part_of(12_345), part_of(250_000)
    ((0, 1000), (10000, 10000), (250000, 10000))
    """
    size = 1_000 if replication < 10_000 else 10_000
    return replication // size * size, size


def parts_of(replications: int) -> Iterator[tuple[int, int]]:
    """Yield (first replication, how many are wanted) of each part of so many replications.

    Examples
    --------
    >>> list(parts_of(2_500))
    [(0, 1000), (1000, 1000), (2000, 500)]
    """
    first = 0
    while first < replications:
        _, size = part_of(first)
        yield first, min(size, replications - first)
        first += size


def part_path(arm: str, first: int, rows: int) -> str:
    """Return where a part lies in a run's folder.

    Examples
    --------
    >>> part_path("0123456789ab", 1_000, 250)
    'parts/0123456789ab/0000001000-0250.parquet'
    """
    return f"parts/{arm}/{first:010d}-{rows:04d}.parquet"


def part_bytes(rows: pl.DataFrame, run: str, arm: str) -> bytes:
    """Return rows as the file of a part, which says of which arm of which run they are."""
    return parquet(rows, {_VERSION: PART_VERSION, _RUN: run, _ARM: arm})


def wrong_part(data: bytes, run: str, arm: str, first: int, rows: int) -> str:
    """Say why some bytes are not the part they should be; empty if they are.

    Parameters
    ----------
    data
        A file's content.
    run, arm
        Whose rows it should hold.
    first, rows
        Which replications.

    Examples
    --------
    >>> data = part_bytes(pl.DataFrame({"replication": [0, 1]}), "00000000000a", "00000000000b")
    >>> wrong_part(data, "00000000000a", "00000000000b", 0, 2)
    ''
    >>> wrong_part(data, "00000000000a", "00000000000c", 0, 2)
    'are those of arm 00000000000b, expected arm 00000000000c'
    """
    return checked_rows(data, run, arm, first, rows)[0]


def checked_rows(
    data: bytes, run: str, arm: str, first: int, rows: int, columns: Sequence[str] | None = ()
) -> tuple[str, pl.DataFrame]:
    """Return (why some bytes are not the part they should be, its rows); see `wrong_part`.

    Most of the time that a small part takes goes into opening it, so it is opened for its rows and its numbers at once.

    Parameters
    ----------
    data, run, arm, first, rows
        As for `wrong_part`.
    columns
        Which columns to return; all if None.
    """
    named = None if columns is None else list(dict.fromkeys(["replication", *columns]))
    try:
        about = pl.read_parquet_metadata(io.BytesIO(data))
        found = pl.read_parquet(io.BytesIO(data), columns=named)
        numbers = found["replication"]
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError):
        return "are no table of rows", pl.DataFrame()
    wrong = _wrong_owner(about, run, arm)
    if not wrong and (not numbers.dtype.is_integer() or numbers.to_list() != list(range(first, first + rows))):
        wrong = "have other numbers than the manifest says"
    return wrong, found if columns is None or list(columns) == found.columns else found.select(columns)


def _wrong_owner(about: Mapping[str, str], run: str, arm: str) -> str:
    if about.get(_VERSION) != PART_VERSION:
        return OLD_PART
    for name, given, expected in ((_RUN, about.get(_RUN), run), (_ARM, about.get(_ARM), arm)):
        if given != expected:
            return f"are those of {name} {ascii(str(given)[:12])[1:-1]}, expected {name} {expected}"
    return ""


def failed_in(rows: pl.DataFrame) -> list[int]:
    """Return which replications of some rows could not be played.

    Examples
    --------
    >>> failed_in(pl.DataFrame({"replication": [4, 5, 6], "firings": [31, -1, 12]}))
    [5]
    """
    if "firings" not in rows.columns:
        return []
    return rows.filter(pl.col("firings") == FAILED)["replication"].to_list()


def columns_of(data: bytes) -> dict[str, pl.DataType]:
    """Return the columns of a part that has been checked, and their kinds."""
    return dict(pl.read_parquet_schema(io.BytesIO(data)))


def impossible_column(columns: Mapping[str, pl.DataType]) -> str:
    """Say which column no model could have: rows hold numbers, flags, words of enumerations, and arrays of these.

    Examples
    --------
    >>> impossible_column({"day": pl.Float64(), "outcome": pl.Enum(["open"])})
    ''
    >>> impossible_column({"day": pl.String()})
    'have a column day of String, expected numbers, flags or an enumeration'
    """
    for name, kind in columns.items():
        inner = kind
        while isinstance(inner, pl.Array):
            inner = inner.inner  # type: ignore[assignment]
        words = inner.categories.to_list() if isinstance(inner, pl.Enum) else []
        if any(unshowable(word, lines=False) for word in (name, *words)):
            return "have names that cannot be shown"
        if not (inner.is_numeric() or inner == pl.Boolean or isinstance(inner, pl.Enum)):
            return f"have a column {name} of {inner}, expected numbers, flags or an enumeration"
    return ""


def part_rows(data: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Return the rows of a part that has been checked; all columns if none are named."""
    return pl.read_parquet(io.BytesIO(data), columns=None if columns is None else list(columns))
