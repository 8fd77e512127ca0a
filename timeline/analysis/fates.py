"""Fates: what became of the same replication under two arms, counted: who was saved, who was lost, by what.

Each replication meets the same luck under both arms, so its two fates can be set side by side. From two shares alone
nobody can tell twelve agreements saved and ten lost from two saved and none lost; only the paired design shows it.

A fate is one of three: an agreement was signed and is *in force* at the end (consolidated or still open counts as
that), was signed and *lost*, or was *never signed*. The last two have the cause by which agreement or talks ended,
if they did. The net number saved, as a share, is the difference of the measure "in force at the end"; its interval
is that of Bonett & Price (2012), see `timeline.analysis.contrasts`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import polars as pl

from timeline.analysis.analysis import Analysis, ArmNames
from timeline.analysis.contrasts import paired_shares
from timeline.analysis.histories import Histories, common_replications
from timeline.analysis.intervals import Z
from timeline.analysis.pieces import Pieces
from timeline.analysis.reading import ScenarioRows, go_through
from timeline.model.endpoints import Endpoints

IN_FORCE = "in force"
LOST = "lost"
UNSIGNED = "never signed"

Fate = tuple[str, str | None]

_WEEK = 7.0
_SCHEMA = {
    "fate": pl.String,
    "cause": pl.String,
    "other_fate": pl.String,
    "other_cause": pl.String,
    "count": pl.Int64,
    "share": pl.Float64,
    "day": pl.Float64,
    "other_day": pl.Float64,
}
_TALLY = {"scenario": pl.String, "cadence": pl.String}


class FateTally(NamedTuple):
    """What the second of two arms changes of the agreements in force at the end; shares are of all n replications."""

    n: int
    same: int
    saved: int
    gained: int
    lost: int
    forgone: int
    difference: float
    low: float
    high: float


def fates(one: Pieces, other: Pieces, *, endpoints: Endpoints, horizon: float, where: str = "rows") -> pl.DataFrame:
    """Count the replications by their fate under two arms.

    Parameters
    ----------
    one, other
        Each reads the rows of an arm; see `timeline.analysis.pieces`. The same replication number means the same
        luck. Replications that only one has are left out.
    endpoints
        How to read the rows.
    horizon
        Day since the start that every timeline was watched for.
    where
        Name for messages.

    Returns
    -------
    DataFrame
        fate, cause, other_fate, other_cause: what became of them under the first and the second arm; count, share
        (of all); day, other_day: median day since the start on which agreement or talks ended under each, to the
        middle of its week, null where they did not. The most frequent first.

    Examples
    --------
    Of three agreements, the second arm saves one from breach and loses another to spoilers.

    >>> from timeline.analysis.pieces import cut
    >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
    >>> def arm(*ends): return cut(pl.DataFrame({"replication": [0, 1, 2], "signed_day": [5.0] * 3,
    ...     "day": [60.0 if cause else 100.0 for cause in ends], "cause": [cause or "none" for cause in ends],
    ...     "outcome": ["collapsed" if cause else "open" for cause in ends]}))
    >>> found = fates(arm("breach", None, "breach"), arm(None, "spoilers", "breach"), endpoints=ends, horizon=100.0)
    >>> found.select("fate", "cause", "other_fate", "other_cause", "count", "day").rows()
    [('in force', None, 'lost', 'spoilers', 1, None), ('lost', 'breach', 'in force', None, 1, 59.5),
     ('lost', 'breach', 'lost', 'breach', 1, 59.5)]
    >>> tally(found)[:6]
    (3, 1, 1, 0, 1, 0)
    """
    arms = {"one": one, "other": other}
    return _against(arms, "one", endpoints, horizon, where).tables()["other"]


def fates_against(
    arms: Mapping[ArmNames, Pieces], *, analysis: Analysis, endpoints: Endpoints, scenarios: int | None = None
) -> pl.DataFrame:
    """Count the replications by their fate under the baseline and under each other cadence of the same scenario.

    Parameters
    ----------
    arms
        What reads the rows of each (scenario, cadence). Every arm is read once.
    analysis
        Says which is the baseline, and how long timelines were watched.
    endpoints
        How to read the rows.
    scenarios
        How many scenarios, the first ones; all if None.

    Returns
    -------
    DataFrame
        scenario, cadence, then the columns of `fates`: the first arm is the baseline, the other the cadence.
    """
    crossings = {}
    for scenario in analysis.scenarios[:scenarios]:
        cadences = {cadence: read for (where, cadence), read in arms.items() if where == scenario}
        crossings[scenario] = _against(cadences, analysis.baseline, endpoints, analysis.window.horizon, scenario)
    return counted_fates(crossings)


def counted_fates(crossings: Mapping[str, Crossings]) -> pl.DataFrame:
    """Return the fates counted in some scenarios; see `fates_against`."""
    tables = [pl.DataFrame(schema={**_TALLY, **_SCHEMA})]
    for scenario, counted in crossings.items():
        for cadence, table in counted.tables().items():
            label = (pl.lit(scenario).alias("scenario"), pl.lit(cadence).alias("cadence"))
            tables.append(table.select(*label, *_SCHEMA))
    return pl.concat(tables)


def tally(table: pl.DataFrame, critical: float = Z) -> FateTally:
    """Sum up what the second of two arms changes.

    Parameters
    ----------
    table
        What `fates` returns.
    critical
        Critical value of the interval; 1.96 gives 95% for one pair.

    Returns
    -------
    FateTally
        n; same (the same fate by the same cause under both); saved (lost under the first, in force under the
        second), gained (never signed, in force), lost (in force, lost), forgone (in force, never signed);
        difference (of the shares in force, second less first), low, high: NaN if there are no replications.
    """
    counts = {
        (fate, also): int(count)
        for fate, also, count in table.group_by("fate", "other_fate").agg(pl.col("count").sum()).iter_rows()
    }
    n = sum(counts.values())
    same = table.filter(pl.col("fate").eq(pl.col("other_fate")) & pl.col("cause").eq_missing(pl.col("other_cause")))
    saved, gained, lost, forgone = (
        counts.get(pair, 0) for pair in ((LOST, IN_FORCE), (UNSIGNED, IN_FORCE), (IN_FORCE, LOST), (IN_FORCE, UNSIGNED))
    )
    up, down = saved + gained, lost + forgone
    low, high = paired_shares((up, down), n, critical) if n else (np.nan, np.nan)
    return FateTally(
        n, int(same["count"].sum()), saved, gained, lost, forgone, (up - down) / n if n else np.nan, low, high
    )


def tallies(table: pl.DataFrame, analysis: Analysis) -> pl.DataFrame:
    """Sum up what each cadence changes, with the simultaneous intervals of the contrasts.

    Parameters
    ----------
    table
        What `fates_against` returns.
    analysis
        Of the same rows.

    Returns
    -------
    DataFrame
        scenario, cadence, then the fields of `FateTally`. Null where undefined.
    """
    own = analysis.contrasts.filter(pl.col("measure") == "in_force_end").drop_nulls("critical")
    critical = {(s, c): value for s, c, value in own.select("scenario", "cadence", "critical").iter_rows()}
    rows = [
        {"scenario": scenario, "cadence": cadence, **tally(part, critical.get((scenario, cadence), Z))._asdict()}
        for (scenario, cadence), part in table.group_by("scenario", "cadence", maintain_order=True)
    ]
    numbers = dict.fromkeys(FateTally._fields[:6], pl.Int64) | dict.fromkeys(FateTally._fields[6:], pl.Float64)
    return pl.DataFrame(rows, schema={**_TALLY, **numbers}).with_columns(pl.col(pl.Float64).fill_nan(None))


class Crossing:
    """The fates of the same replications under two arms, counted piece by piece.

    Parameters
    ----------
    horizon
        Day since the start that every timeline was watched for.
    """

    def __init__(self, horizon: float) -> None:
        self._weeks = int(horizon // _WEEK) + 1
        self._places: dict[tuple[Fate, Fate], int] = {}
        self._counts = np.zeros(0, dtype=np.int64)
        self._ended = np.zeros((0, 2, self._weeks), dtype=np.int64)

    def add(self, one: Histories, other: Histories) -> None:
        """Count further replications, the same in both."""
        codes, known = zip(*(_fates(arm) for arm in (one, other)), strict=True)
        pairs, found = np.unique(codes[0] * len(known[1]) + codes[1], return_inverse=True)
        places = []
        for pair in pairs.tolist():
            first, second = divmod(pair, len(known[1]))
            places.append(self._places.setdefault((known[0][first], known[1][second]), len(self._places)))
        more = len(self._places) - len(self._counts)
        self._counts = np.pad(self._counts, (0, more))
        self._ended = np.pad(self._ended, ((0, more), (0, 0), (0, 0)))
        cell = np.array(places, dtype=np.int64)[found]
        np.add.at(self._counts, cell, 1)
        for side, arm in enumerate((one, other)):
            ended = np.isfinite(arm.lost)
            np.add.at(self._ended[:, side], (cell[ended], (arm.lost[ended] // _WEEK).astype(np.int64)), 1)

    def table(self) -> pl.DataFrame:
        """Return the counts; see `fates`."""
        total = int(self._counts.sum())
        rows = []
        for ((fate, cause), (other_fate, other_cause)), place in self._places.items():
            count = int(self._counts[place])
            days = [_median(weeks) for weeks in self._ended[place]]
            rows.append((fate, cause, other_fate, other_cause, count, count / total, *days))
        frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
        by = ["count", "fate", "cause", "other_fate", "other_cause"]
        return frame.sort(by, descending=[True, *[False] * 4], nulls_last=True)


class Crossings:
    """The fates of a scenario's replications under the baseline and under each other cadence.

    A `timeline.analysis.reading.Counter`.

    Parameters
    ----------
    cadences
        Their names, the baseline among them.
    baseline
        What the others are crossed with.
    horizon
        Day since the start that every timeline was watched for.
    """

    def __init__(self, cadences: Iterable[str], baseline: str, horizon: float) -> None:
        self.baseline = baseline
        self._crossings = {name: Crossing(horizon) for name in cadences if name != baseline}

    def add(self, together: Mapping[str, Histories]) -> None:
        """Count the next range of replications."""
        base = together.get(self.baseline)
        for name, crossing in self._crossings.items():
            if base is not None and name in together:
                crossing.add(*common_replications([base, together[name]]))

    def tables(self) -> dict[str, pl.DataFrame]:
        """Return a table for each cadence but the baseline, in order; see `fates`."""
        return {name: crossing.table() for name, crossing in self._crossings.items()}


def _against(arms: Mapping[str, Pieces], baseline: str, endpoints: Endpoints, horizon: float, where: str) -> Crossings:
    """Count fates in one pass over all rows."""
    # Only what a fate hangs on is read.
    ends = replace(
        endpoints,
        phases=endpoints.phases[:1],
        accord=None,
        half_verified=None,
        hostility=None,
        fragile=None,
        further=(),
    )
    crossings = Crossings(arms, baseline, horizon)
    with ThreadPoolExecutor(2) as pool:
        go_through(ScenarioRows(arms, endpoints=ends, pool=pool), [crossings], scenario=where, horizon=horizon)
    return crossings


def _fates(arm: Histories) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[Fate]]:
    """Return the fate of each replication as a place in a list of fates."""
    signed, failed = np.isfinite(arm.signed), np.isfinite(arm.lost)
    many = len(arm.causes)
    code = np.where(failed, 2 + arm.failing + np.where(signed, 0, many), np.where(signed, 0, 1))
    known: list[Fate] = [(IN_FORCE, None), (UNSIGNED, None)]
    known += [(LOST, cause) for cause in arm.causes] + [(UNSIGNED, cause) for cause in arm.causes]
    return code, known


def _median(weeks: np.ndarray[tuple[int], np.dtype[np.int64]]) -> float | None:
    """The middle of the week in which half of what is counted by week has come; None if nothing is counted."""
    total = int(weeks.sum())
    return float((np.searchsorted(np.cumsum(weeks), total / 2) + 0.5) * _WEEK) if total else None
