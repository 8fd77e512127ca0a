"""Rows as tables: one column a number of the state, under the name a config or a report uses.

The engines keep rows as NumPy records, nested as the model's state is. On disk and in the
analysis they are flat: ``a.pressure`` is a column, ``steps.kept`` a column of arrays.
"""

from __future__ import annotations

from collections.abc import Container
from enum import IntEnum
from typing import Any

import numpy as np
import polars as pl

from timeline.arrays import Rows
from timeline.errors import RunError
from timeline.model.declarations import ROW, Model, column_name
from timeline.model.paths import column
from timeline.model.records import Field, leaves
from timeline.model.values import spoken


def frame(model: Model, rows: Rows, only: Container[str] | None = None) -> pl.DataFrame:
    """Return an engine's rows as a table.

    Parameters
    ----------
    model
        The model that was played.
    rows
        Records of `timeline.engines.world.row_dtype`, shape (n,).
    only
        Names of the columns that are wanted; all if left out.

    Returns
    -------
    DataFrame
        ``replication`` and ``firings``; every number of the final state under its path, those
        of an array's members as one column of arrays (``steps.kept``), enumerations by their
        members' names as a config writes them; then the observations. Shape (n, columns).

    Raises
    ------
    RunError
        If an enumeration holds a number that is none of its members.
    """
    columns = [_numbers(name, rows[name]) for name in ROW if only is None or name in only]
    for path, field in leaves(model.state):
        name = column_name(path)
        if only is None or name in only:
            columns.append(_column(name, field, column(rows["state"], name)))
    for number, observation in enumerate(model.observations):
        if only is None or observation.column in only:
            columns.append(_numbers(observation.column, rows[f"observation_{number}"]))
    return pl.DataFrame(columns)


def labels(kind: type[IntEnum]) -> dict[int, str]:
    """Return {value: name} of an enumeration, names as a config writes them, in order of the values.

    Examples
    --------
    >>> class Shock(IntEnum):
    ...     NONE = 0
    ...     BROKEN_STEP = 1
    >>> labels(Shock)
    {0: 'none', 1: 'broken step'}
    """
    return {int(member): spoken(member) for member in sorted(kind)}


def _column(name: str, field: Field, values: np.ndarray[Any, Any]) -> pl.Series:
    if not issubclass(field.kind, IntEnum):
        return _numbers(name, values)
    known = labels(field.kind)
    places = np.searchsorted(list(known), values.ravel()).clip(max=len(known) - 1)
    wrong = np.array(list(known))[places] != values.ravel()
    if wrong.any():
        raise RunError(
            f'"{name}" holds {values.ravel()[wrong][0]}, expected one of '
            f"{', '.join(f'{value} ({label})' for value, label in known.items())}; "
            f"look where the model sets {field.kind.__name__}"
        )
    words = pl.Series(name, list(known.values()), dtype=pl.Enum(list(known.values())))
    return _shaped(words.gather(places), values.shape)


def _numbers(name: str, values: np.ndarray[Any, Any]) -> pl.Series:
    return _shaped(pl.Series(name, np.ascontiguousarray(values).ravel()), values.shape)


def _shaped(series: pl.Series, shape: tuple[int, ...]) -> pl.Series:
    """Give a flat column back its inner dimensions."""
    if len(shape) == 1:
        return series
    if len(series) == 0:
        return pl.Series(series.name, [], dtype=pl.Array(series.dtype, shape[1:]))
    return series.reshape(shape)
