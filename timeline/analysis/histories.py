"""Histories: the rows of one arm, read once, checked, as plain arrays.

A day that never came is infinity here, so that "by day t" is one comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from timeline.analysis.intervals import Flags, Floats
from timeline.endpoints import Endpoints
from timeline.errors import TimelineError, nearest


@dataclass(frozen=True)
class Histories:
    """What became of each replication of one arm; every array has shape (n,), days since the start.

    Attributes
    ----------
    replication
        Its number, rising.
    end
        The day the timeline ended, or the horizon.
    running
        Still open at the horizon.
    lost
        The day the agreement (or the talks) failed; infinity if it never did.
    accord, signed, verified
        Milestones; infinity if never reached, or if the model has no such milestone.
    entered
        Shape (phases, n): the day each phase or a later one began.
    outcome
        Outcome names, as a polars column.
    cause
        Cause of a failure; the outcome's name where the model names no cause; null if no failure.
    hostility
        Final hostility index, NaN where missing.
    """

    replication: npt.NDArray[np.int64]
    end: Floats
    running: Flags
    lost: Floats
    accord: Floats
    signed: Floats
    verified: Floats
    entered: Floats
    outcome: pl.Series
    cause: pl.Series
    hostility: Floats

    @property
    def n(self) -> int:
        """Number of replications."""
        return len(self.replication)

    def pick(self, rows: npt.NDArray[np.intp]) -> Histories:
        """Return the replications at these row positions."""
        return Histories(
            replication=self.replication[rows],
            end=self.end[rows],
            running=self.running[rows],
            lost=self.lost[rows],
            accord=self.accord[rows],
            signed=self.signed[rows],
            verified=self.verified[rows],
            entered=self.entered[:, rows],
            outcome=self.outcome.gather(rows),
            cause=self.cause.gather(rows),
            hostility=self.hostility[rows],
        )


def read_histories(rows: pl.DataFrame, endpoints: Endpoints, horizon: float, where: str = "rows") -> Histories:
    """Read and check the rows of one arm.

    Parameters
    ----------
    rows
        One row a replication.
    endpoints
        What the columns mean.
    horizon
        Day since the start at which watching stopped, for every timeline.
    where
        Name of the arm, for messages.

    Raises
    ------
    TimelineError
        If a column is missing, a replication appears twice, an outcome is unknown, a timeline was
        not watched to its end or the horizon, or a milestone lies after the end.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None,
    ...                  half_verified=None, hostility=None)
    >>> rows = pl.DataFrame({"replication": [0, 1], "day": [40.0, 100.0], "outcome": ["collapsed", "open"],
    ...                      "cause": ["breach", "none"], "signed_day": [10.0, float("nan")]})
    >>> found = read_histories(rows, ends, horizon=100.0)
    >>> found.lost.tolist(), found.signed.tolist()
    ([40.0, inf], [10.0, inf])
    """
    _require_columns(rows, endpoints, where)
    rows = rows if rows["replication"].is_sorted() else rows.sort("replication")
    replication = rows["replication"].to_numpy().astype(np.int64)
    if len(replication) > 1 and bool((np.diff(replication) == 0).any()):
        twice = int(replication[1:][np.diff(replication) == 0][0])
        raise TimelineError(f"{where}: replication {twice} appears twice, expected one row a replication")

    end = _days(rows, endpoints.day)
    outcome = rows[endpoints.outcome].cast(pl.String)
    _require_outcomes(outcome, endpoints, where)
    running = (outcome == endpoints.still_open).to_numpy()
    failed = outcome.is_in(list(endpoints.failures)).to_numpy()
    _require_watched(replication, end, running, horizon, where)

    milestones = {column: _milestone(rows, column, end, replication, where) for column in _milestone_columns(endpoints)}
    never = np.full(len(end), np.inf)

    def reached(column: str | None) -> Floats:
        return never if column is None else milestones[column]

    entered = np.zeros((len(endpoints.phases), len(end)))
    for i, (_, column) in enumerate(endpoints.phases[1:], start=1):
        entered[i] = reached(column)
    # Being in a later phase implies having passed the earlier ones, even if a day was not noted.
    entered = np.minimum.accumulate(entered[::-1], axis=0)[::-1]
    entered[0] = 0.0

    cause = rows[endpoints.cause].cast(pl.String).fill_null(endpoints.no_cause)
    named = pl.select(
        pl.when(~pl.Series(failed)).then(None).when(cause != endpoints.no_cause).then(cause).otherwise(outcome)
    ).to_series()
    hostility = np.full(len(end), np.nan) if endpoints.hostility is None else _days(rows, endpoints.hostility)
    return Histories(
        replication=replication,
        end=end,
        running=running,
        lost=np.where(failed, end, np.inf),
        accord=reached(endpoints.accord),
        signed=reached(endpoints.signed),
        verified=reached(endpoints.half_verified),
        entered=entered,
        outcome=outcome.alias("outcome"),
        cause=named.alias("cause"),
        hostility=hostility,
    )


def common_replications(arms: Sequence[Histories]) -> list[Histories]:
    """Keep the replications that every arm has, so that row i is the same luck in all of them.

    Examples
    --------
    >>> common_replications([])
    []
    """
    if not arms:
        return []
    shared = arms[0].replication
    if all(np.array_equal(shared, arm.replication) for arm in arms[1:]):
        return list(arms)
    for arm in arms[1:]:
        shared = np.intersect1d(shared, arm.replication, assume_unique=True)
    return [arm.pick(np.searchsorted(arm.replication, shared)) for arm in arms]


def _milestone_columns(endpoints: Endpoints) -> list[str]:
    named = [endpoints.accord, endpoints.signed, endpoints.half_verified]
    named += [column for _, column in endpoints.phases]
    return list(dict.fromkeys(column for column in named if column is not None))


def _require_columns(rows: pl.DataFrame, endpoints: Endpoints, where: str) -> None:
    needed = [
        "replication",
        endpoints.day,
        endpoints.outcome,
        endpoints.cause,
        *_milestone_columns(endpoints),
    ]
    if endpoints.hostility is not None:
        needed.append(endpoints.hostility)
    missing = [column for column in dict.fromkeys(needed) if column not in rows.columns]
    if missing:
        hint = nearest(missing[0], rows.columns)
        raise TimelineError(
            f"{where}: no column {', '.join(repr(column) for column in missing)}, which the endpoints name; "
            f"add it to the rows or correct the endpoints{hint}"
        )


def _require_outcomes(outcome: pl.Series, endpoints: Endpoints, where: str) -> None:
    unknown = outcome.filter(~outcome.is_in(list(endpoints.outcomes)).fill_null(False))
    if len(unknown):
        given = unknown[0]
        raise TimelineError(
            f"{where}: outcome {given!r} is unknown, expected one of {', '.join(endpoints.outcomes)}; "
            f"name it among the endpoints' failures or safe outcomes{nearest(str(given), endpoints.outcomes)}"
        )


def _require_watched(
    replication: npt.NDArray[np.int64], end: Floats, running: Flags, horizon: float, where: str
) -> None:
    tolerance = 1e-9 * max(1.0, horizon)
    wrong = np.isnan(end) | (end < 0) | (end > horizon + tolerance) | (running & (end < horizon - tolerance))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise TimelineError(
            f"{where}: replication {replication[at]} {'is open' if running[at] else 'ends'} at day "
            f"{end[at]:g}, expected the horizon of {horizon:g} days for an open timeline and no later "
            "day for an ended one; "
            "analyse rows with the horizon they were simulated to"
        )


def _days(rows: pl.DataFrame, column: str) -> Floats:
    return rows[column].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _milestone(rows: pl.DataFrame, column: str, end: Floats, replication: npt.NDArray[np.int64], where: str) -> Floats:
    day = _days(rows, column)
    late = day > end
    if late.any():
        at = int(np.flatnonzero(late)[0])
        raise TimelineError(
            f"{where}: replication {replication[at]}: {column} is {day[at]:g}, "
            f"after the end on day {end[at]:g}; a milestone cannot follow the end"
        )
    return np.where(np.isnan(day), np.inf, day)
