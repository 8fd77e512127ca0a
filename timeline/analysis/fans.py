"""Fans: the spread of a sampled field over time, among timelines still running.

A fan shows who is left. Bad timelines drop out as they fail, so a rising median may mean that
trust grew, or only that the distrustful ended. Read it beside the number still running.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future

import numpy as np
import polars as pl

from timeline.analysis import quantiles
from timeline.analysis.histories import Histories
from timeline.analysis.survival import come_by
from timeline.arrays import Floats
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import Endpoints

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
    return spread(samples_of(rows, field, len(days), where), ends_after(arm), field, days)


class Fans:
    """The fans of a scenario's cadences, counted as their rows go by; a `timeline.analysis.reading.ColumnCounter`.

    As soon as the first replications of a cadence are there their quantiles are taken, so that the samples of one
    cadence at a time are in memory.

    Parameters
    ----------
    days
        For each sampled column, the days since the start it was sampled at.
    endpoints
        How to read until when a timeline runs.
    horizon
        Day since the start that timelines were watched for; samples beyond it are left out.
    scenario
        Its name, for messages.
    pool
        Takes the quantiles while rows are read.
    """

    def __init__(
        self,
        days: Mapping[str, Sequence[float]],
        endpoints: Endpoints,
        horizon: float,
        scenario: str,
        pool: Executor,
    ) -> None:
        self.columns = tuple(days)
        self.most = quantiles.FANS
        self._days, self._endpoints, self._scenario, self._pool = days, endpoints, scenario, pool
        self._within = {column: [at for at, day in enumerate(days[column]) if day <= horizon] for column in days}
        self._samples: dict[str, list[tuple[Floats, dict[str, Floats]]]] = {}
        self._frames: dict[str, list[Future[pl.DataFrame]]] = {}

    def add(self, cadence: str, rows: pl.DataFrame) -> None:
        """Gather the samples of further rows; see `timeline.analysis.reading`."""
        where = f"{self._scenario} x {cadence}"
        samples = {
            column: samples_of(rows, column, len(self._days[column]), where)[:, within]
            for column, within in self._within.items()
        }
        open_ended = rows[self._endpoints.outcome].cast(pl.String) == self._endpoints.still_open
        ends = np.where(open_ended.to_numpy(), np.inf, rows[self._endpoints.day].cast(pl.Float64).to_numpy())
        gathered = self._samples.setdefault(cadence, [])
        gathered.append((ends, samples))
        if sum(len(ends) for ends, _ in gathered) >= self.most:
            self._spread(cadence)

    def of(self, cadence: str) -> list[pl.DataFrame]:
        """Return a cadence's fans, one a column; see `fan`."""
        if cadence in self._samples:
            self._spread(cadence)
        return [frame.result() for frame in self._frames.get(cadence, [])]

    def _spread(self, cadence: str) -> None:
        gathered = self._samples.pop(cadence)
        ends = np.concatenate([ends for ends, _ in gathered])
        self._frames[cadence] = [
            self._pool.submit(
                spread,
                np.concatenate([samples[column] for _, samples in gathered]),
                ends,
                column,
                [self._days[column][at] for at in within],
            )
            for column, within in self._within.items()
        ]


def ends_after(arm: Histories) -> Floats:
    """Day up to which each timeline runs, shape (n,); infinity if it is still open at the horizon."""
    return np.where(arm.running, np.inf, arm.end)


def spread(samples: Floats, ends: Floats, field: str, days: Sequence[float]) -> pl.DataFrame:
    """Quantiles at each day among timelines that end after it.

    Parameters
    ----------
    samples
        Shape (n, k): the value of each timeline at each of the k days.
    ends
        Shape (n,): see `ends_after`.
    field, days
        As for `fan`.

    Returns
    -------
    DataFrame
        As for `fan`.
    """
    levels = np.array(list(QUANTILES.values()))
    found = np.full((len(days), len(levels)), np.nan)
    counts = np.zeros(len(days), dtype=np.int64)
    longest_first = np.argsort(-ends, kind="stable")
    samples, running = samples[longest_first], len(ends) - come_by(ends, np.asarray(days, dtype=np.float64))
    for at, count in enumerate(running):
        values = np.sort(samples[:count, at])  # NaN comes last
        counts[at] = n = int(count - np.count_nonzero(np.isnan(values)))
        if n:
            place = (n - 1) * levels
            below = place.astype(np.int64)
            above = np.minimum(below + 1, n - 1)
            found[at] = values[below] + (place - below) * (values[above] - values[below])
    columns = dict(zip(QUANTILES, found.T, strict=True))
    return pl.DataFrame(
        {"field": [field] * len(days), "day": np.asarray(days, dtype=np.float64), **columns, "n": counts},
        schema_overrides={"field": pl.String, "n": pl.Int64},
        nan_to_null=True,
    )


def samples_of(rows: pl.DataFrame, field: str, k: int, where: str) -> Floats:
    """Return a sampled column as an array (n, k); see `fan`."""
    if field not in rows.columns:
        raise TimelineError(
            f"{where}: no sampled column {field!r} for a fan; expected one declared as an observation"
            f"{nearest(field, rows.columns)}"
        )
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
    if not len(column):
        return np.empty((0, k))
    return column.cast(pl.Array(pl.Float64, k)).to_numpy()
