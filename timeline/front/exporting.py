"""A result as plain files: the rows, every table, and a codebook of what each column means."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError, PathError
from timeline.keeping.csv_files import csv_bytes
from timeline.keeping.files import cannot_write
from timeline.pages.setting import assumption

if TYPE_CHECKING:
    import polars as pl

    from timeline.front.result import Result

FORMATS = ("csv", "parquet", "xlsx")
#: What a sheet holds, its heading among it.
_SHEET_ROWS = 1_048_576
_SHEET_COLUMNS = 16_384
_ASIDE = ".export-"
#: The columns in front of the rows.
_ARM = ("scenario", "cadence")
#: The same result makes the same workbook.
_NO_DATE = datetime(2000, 1, 1)


@dataclass(frozen=True)
class Exported:
    """Plain files that were written.

    Attributes
    ----------
    folder
        Where they lie.
    files
        Their paths, by name.
    rows
        How many timelines they hold, over all arms.
    tables
        How many tables they hold besides, the codebook among them.
    """

    folder: Path
    files: tuple[Path, ...]
    rows: int
    tables: int


def export(result: Result, folder: Path, form: str = "csv", *, rows: bool = True) -> Exported:
    """Write a result as plain files.

    Parameters
    ----------
    result
        What to write.
    folder
        Where: a new folder, or an empty one.
    form
        One of `FORMATS`. ``csv``: a file a table, arrays in a column for each number. ``parquet``: a file a table,
        and a folder ``rows`` of parts that readers take as one. ``xlsx``: one workbook.
    rows
        Whether the rows are written, or the tables alone.

    Returns
    -------
    Exported

    Raises
    ------
    ConfigError
        If there is no such format, or the rows do not fit into a sheet.
    PathError, StoreError
        If there is something in the folder, or it cannot be written; nothing is left behind then.
    """
    if form not in FORMATS:
        raise ConfigError(f'format: given "{form}", expected one of {", ".join(FORMATS)}')
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PathError(f"{folder}: is there already, expected a new or empty folder; give another by --to")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=_ASIDE, dir=folder.parent))
        try:
            # Inside, since a temporary folder is its owner's alone.
            (aside / folder.name).mkdir()
            count, tables = _write(result, aside / folder.name, form, rows)
            if folder.exists():
                folder.rmdir()
            (aside / folder.name).replace(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as problem:
        raise cannot_write(folder, problem) from None
    return Exported(folder, tuple(sorted(path for path in folder.iterdir())), count, tables)


def _write(result: Result, folder: Path, form: str, rows: bool) -> tuple[int, int]:
    """Write everything into a folder; returns how many rows, and how many tables besides."""
    from timeline.analysis.codebook import codebook

    tables = _tables(result)
    heads = _heads(next(frame.columns for *_, frame in result.parts()), form)
    known = {**tables, "rows": next(_rows(result, heads)).clear()} if rows else tables
    meanings = {heads.get(name, name): meaning for name, meaning in result.resolved.model.columns.items()}
    all_tables = {"codebook": codebook(known, meanings), **tables}
    if form == "xlsx":
        count = _write_workbook(folder / "result.xlsx", all_tables, result, heads if rows else None)
        return count, len(all_tables)
    write: Callable[[pl.DataFrame, Path], Any] = _write_csv if form == "csv" else _write_parquet
    for name, frame in all_tables.items():
        write(frame, folder / f"{name}.{form}")
    if not rows:
        return 0, len(all_tables)
    frames = _rows(result, heads)
    count = _append_csv(folder / "rows.csv", frames) if form == "csv" else _write_parts(folder, frames)
    return count, len(all_tables)


def _tables(result: Result) -> dict[str, pl.DataFrame]:
    import polars as pl

    tables = {name: frame for name, frame in vars(result.analysis).items() if isinstance(frame, pl.DataFrame)}
    tables["against_best"] = result.best.against_best
    ledger = [vars(assumption(line)) for line in result.resolved.ledger]
    return {**tables, "assumptions": pl.DataFrame(ledger)} if ledger else tables


def _heads(columns: Iterable[str], form: str) -> dict[str, str]:
    """Return what each column of the rows is called: as in the model, or with a number where the name is taken.

    The columns in front, which name the arm, come first. A workbook takes ``Hidden`` and ``hidden`` for one name.

    Examples
    --------
    >>> _heads(["day", "Day", "scenario"], "csv"), _heads(["day", "Day"], "xlsx")
    ({'day': 'day', 'Day': 'Day', 'scenario': 'scenario (2)'}, {'day': 'day', 'Day': 'Day (2)'})
    """
    spelled: Callable[[str], str] = str.lower if form == "xlsx" else str
    taken, heads = set(_ARM), {}
    for name in columns:
        tried = (name if number == 1 else f"{name} ({number})" for number in itertools.count(1))
        heads[name] = next(head for head in tried if spelled(head) not in taken)
        taken.add(spelled(heads[name]))
    return heads


def _rows(result: Result, heads: Mapping[str, str]) -> Iterator[pl.DataFrame]:
    """Yield the rows of all arms, part by part, with the names of their arms in front."""
    import polars as pl

    for scenario, cadence, frame in result.parts():
        names = (pl.lit(name).alias(column) for column, name in zip(_ARM, (scenario, cadence), strict=True))
        yield frame.rename(dict(heads)).select(*names, pl.all())


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    path.write_bytes(csv_bytes(plain(frame)))


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path)


def _append_csv(path: Path, frames: Iterator[pl.DataFrame]) -> int:
    count = 0
    with path.open("wb") as file:
        for frame in frames:
            file.write(csv_bytes(plain(frame), header=count == 0))
            count += frame.height
    return count


def _write_parts(folder: Path, frames: Iterator[pl.DataFrame]) -> int:
    count, place = 0, folder / "rows"
    place.mkdir()
    for number, frame in enumerate(frames):
        frame.write_parquet(place / f"{number:06d}.parquet")
        count += frame.height
    return count


def _write_workbook(
    path: Path, tables: Mapping[str, pl.DataFrame], result: Result, heads: Mapping[str, str] | None
) -> int:
    try:
        import xlsxwriter
    except ModuleNotFoundError:
        raise ConfigError(
            'format: given "xlsx", which needs a package that is not installed; install crisis-timeline[excel], '
            "or give csv"
        ) from None
    import polars as pl

    sheets, count = dict(tables), 0
    if heads is not None:
        if (most := result.rows_in_all) >= _SHEET_ROWS:
            raise ConfigError(
                f"{path.name}: given {most:,} rows, expected fewer than {_SHEET_ROWS:,}, which is what a sheet holds; "
                "give --format parquet or csv, or --no-rows"
            )
        sheets["rows"] = pl.concat(list(_rows(result, heads)))
        count = sheets["rows"].height
    sheets = {name: plain(frame) for name, frame in sheets.items()}
    for name, frame in sheets.items():
        if frame.width > _SHEET_COLUMNS:
            raise ConfigError(
                f"{path.name}: {name} has {frame.width:,} columns, expected at most {_SHEET_COLUMNS:,}, which is "
                "what a sheet holds; give --format parquet or csv, or --no-rows"
            )
    # A text that begins like a formula is a text; the date of making would make each file another.
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"created": _NO_DATE})
        for name, frame in sheets.items():
            frame.write_excel(book, worksheet=name, autofilter=False, float_precision=6)
    return count


def plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Write what a plain table cannot hold: arrays as a column for each number, ``kept[0]``, lists as text.

    A milestone that was not reached is an empty cell.

    Examples
    --------
    >>> import polars as pl
    >>> plain(pl.DataFrame({"kept": [[1, 0]]}, schema={"kept": pl.Array(pl.Int64, 2)})).columns
    ['kept[0]', 'kept[1]']
    """
    import polars as pl
    from polars import selectors

    columns = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.Array):
            columns += [pl.col(name).arr.get(i).alias(f"{name}[{i}]") for i in range(kind.size or 0)]
        elif isinstance(kind, pl.List):
            columns.append(pl.col(name).list.eval(pl.element().cast(pl.String)).list.join("; "))
        else:
            columns.append(pl.col(name))
    return frame.select(columns).with_columns(selectors.float().fill_nan(None))
