"""Fans: the spread of a sampled field over time, among timelines still running.

A fan shows who is left. Bad timelines drop out as they fail, so a rising median may mean that
trust grew, or only that the distrustful ended. Read it beside the number still running.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import Floats, without_nan
from timeline.errors import TimelineError, nearest

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def fan(rows: pl.DataFrame, arm: Histories, field: str, days: Sequence[float], where: str = "rows") -> pl.DataFrame:
    """Quantiles of one sampled field at each sample day, among timelines still running then.

    Running at a day means not ended by it: no outcome yet, or one later.

    Parameters
    ----------
    rows
        The arm's rows, in the order of `arm`; column `field` holds one value a sample day.
    arm
        The same rows, read.
    field
        Name of the sampled column (polars Array or List of numbers).
    days
        The k sample days, days since the start.
    where
        Name of the arm, for messages.

    Returns
    -------
    DataFrame
        field, day, q05, q25, q50, q75, q95, n. Quantiles are interpolated between neighbours
        (Hyndman & Fan 1996, type 7); null where nobody is running. NaN samples are left out of
        quantiles and of n.

    Raises
    ------
    TimelineError
        If the column is missing, or does not hold one value a sample day.
    """
    if field not in rows.columns:
        raise TimelineError(
            f"{where}: no sampled column {field!r} for a fan; expected one declared as an observation"
            f"{nearest(field, rows.columns)}"
        )
    samples = _samples(rows, field, len(days), where)
    found: dict[str, list[float]] = {name: [] for name in QUANTILES}
    counts = []
    levels = list(QUANTILES.values())
    for at, day in enumerate(days):
        running = arm.running | (arm.end > day)
        values = samples[running, at]
        values = values[~np.isnan(values)]
        counts.append(len(values))
        quantiles = np.quantile(values, levels) if len(values) else np.full(len(levels), np.nan)
        for name, value in zip(QUANTILES, quantiles, strict=True):
            found[name].append(float(value))
    frame = pl.DataFrame(
        {"field": [field] * len(days), "day": np.asarray(days, dtype=np.float64), **found, "n": counts},
        schema_overrides={"field": pl.String, "n": pl.Int64, **dict.fromkeys(QUANTILES, pl.Float64)},
    )
    return without_nan(frame)


def _samples(rows: pl.DataFrame, field: str, k: int, where: str) -> Floats:
    column = rows[field]
    kind = column.dtype
    if isinstance(kind, pl.List):
        widths = column.list.len().unique().to_list()
    elif isinstance(kind, pl.Array):
        widths = [kind.size]
    else:
        raise TimelineError(
            f"{where}: column {field!r} is {kind}, expected an Array or List with one number a sample day; "
            "a single final value has no fan"
        )
    if len(column) and widths != [k]:
        raise TimelineError(
            f"{where}: column {field!r} holds {', '.join(map(str, widths))} values a replication, "
            f"expected {k}, one for each sample day given; give the days it was sampled at"
        )
    flat = column.explode().cast(pl.Float64).fill_null(float("nan")).to_numpy() if len(column) else np.empty(0)
    return flat.reshape(len(column), k)
