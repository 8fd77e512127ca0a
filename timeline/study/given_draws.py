"""Given draws: a table of worlds that somebody else has drawn, such as the posterior of a calibration.

A column an assumption, named by its path, with numbers in its declared unit; a row a draw; a column ``weight`` if some
count more than others. The table is believed in nothing: what is no number, or cannot be, is named by row and column.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.arrays import Floats
from timeline.errors import nearest
from timeline.model.declarations import Model
from timeline.model.values import read_value
from timeline.study.drawn import Draws

if TYPE_CHECKING:
    import polars as pl

WEIGHT = "weight"
#: Fewer rows say nothing of what lies between them.
FEWEST_DRAWS = 10
_SHOWN = 3


class DrawsError(ValueError):
    """A table of draws cannot be used; one sentence a problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def checksum(path: Path) -> str:
    """Return what tells one table from another."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_draws(path: Path, model: Model) -> Draws:
    """Read a table of draws, CSV or Parquet.

    Parameters
    ----------
    path
        The file, its kind told by ``.csv`` or ``.parquet``.
    model
        Which assumptions there are.

    Raises
    ------
    DrawsError
        If there is no such file, it is no table, a column names no assumption, or a number is missing or impossible.
    """
    table = _table(path)
    paths = [name for name in table.columns if name != WEIGHT]
    _require_known(path, paths, model)
    if table.height < FEWEST_DRAWS:
        raise DrawsError([f"{path}: has {table.height} rows, expected at least {FEWEST_DRAWS} draws"])
    problems: list[str] = []
    columns = [_numbers(path, table[name], problems) for name in paths]
    weights = _numbers(path, table[WEIGHT], problems) if WEIGHT in table.columns else np.ones(table.height)
    for name, column in zip(paths, columns, strict=True):
        _judge(path, name, column, model, problems)
    if (weights < 0).any() or not weights.sum() > 0:
        problems.append(f"{path}: {WEIGHT}: given a weight below 0, or none above 0, expected weights from 0 on")
    if problems:
        raise DrawsError(problems)
    return Draws(tuple(paths), np.stack(columns, axis=1), weights / weights.sum())


def _table(path: Path) -> pl.DataFrame:
    import polars as pl

    wanted = "expected a table of draws, CSV or Parquet, a column an assumption"
    if not path.is_file():
        raise DrawsError([f"{path}: no such file, {wanted}"])
    if path.suffix not in (".csv", ".parquet"):
        raise DrawsError([f'{path}: given a file that ends on "{path.suffix}", {wanted}'])
    try:
        if path.suffix == ".parquet":
            return pl.read_parquet(path)
        return pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError):
        kind = "CSV" if path.suffix == ".csv" else "Parquet"
        raise DrawsError([f"{path}: is no {kind} table that can be read, {wanted}; write it again"]) from None


def _require_known(path: Path, paths: list[str], model: Model) -> None:
    if not paths:
        raise DrawsError([f"{path}: has no column but {WEIGHT}, expected a column for each assumption"])
    known = model.assumptions
    wrong = [name for name in paths if name not in known]
    told = [
        f'{path}: given the column "{name}", but model "{model.name}" has no such parameter'
        f"{nearest(name, known) or f'; `timeline describe {model.name}` lists them'}"
        for name in wrong[:_SHOWN]
    ]
    if len(wrong) > _SHOWN:
        told.append(f"{path}: and {len(wrong) - _SHOWN} more columns that name no parameter")
    if told:
        raise DrawsError(told)


def _numbers(path: Path, column: pl.Series, problems: list[str]) -> Floats:
    import polars as pl

    found = column.cast(pl.Float64, strict=False)
    bad = np.flatnonzero((found.is_null() | ~found.is_finite()).fill_null(True).to_numpy())
    for row in bad[:_SHOWN]:
        given = column[int(row)]
        said = "nothing" if given is None else f'"{given}"' if isinstance(given, str) else str(given)
        problems.append(f"{path}: row {row + 1}: {column.name}: given {said}, expected a finite number")
    if len(bad) > _SHOWN:
        problems.append(f"{path}: {column.name}: and {len(bad) - _SHOWN} more such rows")
    return found.fill_null(0.0).to_numpy().astype(np.float64)


def _judge(path: Path, name: str, column: Floats, model: Model, problems: list[str]) -> None:
    """Note the row with the least value, or the largest, if the assumption cannot be that."""
    parameter = model.assumptions[name]
    for row in {int(np.argmin(column)), int(np.argmax(column))}:
        value = float(column[row])
        whole = parameter.kind is int and value.is_integer()
        try:
            read_value(parameter, int(value) if whole else value)
        except ValueError as problem:
            problems.append(f"{path}: row {row + 1}: {name}: {problem}")
