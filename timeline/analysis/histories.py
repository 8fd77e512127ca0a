"""Histories: the rows of one arm, read once, checked, as plain arrays.

A day that never came is infinity here, so that "by day t" is one comparison.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import polars as pl

from timeline.analysis.intervals import Flags, Floats
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import Endpoints

Places = npt.NDArray[np.int64]


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
    ending, outcomes
        How each timeline ended, as a place in the tuple of names `outcomes`.
    failing, causes
        By what each failed, as a place in the tuple of names `causes`; -1 where it did not fail.
        Where the model names no cause, it is the outcome's name.
    hostility
        Final hostility index, NaN where missing.
    fragile
        Whether the deal is of the fragile kind; None if the model knows no such kind.
    further
        Shape (m, n): the m further numbers that the model declares, NaN where missing.
    """

    replication: npt.NDArray[np.int64]
    end: Floats
    running: Flags
    lost: Floats
    accord: Floats
    signed: Floats
    verified: Floats
    entered: Floats
    ending: Places
    outcomes: tuple[str, ...]
    failing: Places
    causes: tuple[str, ...]
    hostility: Floats
    fragile: Flags | None
    further: Floats

    @property
    def n(self) -> int:
        """Number of replications."""
        return len(self.replication)

    @cached_property
    def kept(self) -> Floats:
        """Days from signature to failure, shape (n,): infinity if it never fails, NaN if never signed."""
        with np.errstate(invalid="ignore"):
            return np.where(np.isfinite(self.signed), self.lost - self.signed, np.nan)

    @cached_property
    def in_force(self) -> tuple[Floats, Floats]:
        """First day in force and first day no longer so, each of shape (n,); infinity if never."""
        return self.signed, np.where(np.isfinite(self.signed), np.maximum(self.lost, self.signed), np.inf)

    @cached_property
    def in_force_verified(self) -> tuple[Floats, Floats]:
        """The same, in force only once at least half has been verified."""
        begins = np.maximum(self.signed, self.verified)
        return begins, np.where(np.isfinite(begins), np.maximum(self.lost, begins), np.inf)

    @property
    def outcome(self) -> pl.Series:
        """How each ended, by name."""
        return pl.Series("outcome", self.outcomes, dtype=pl.String).gather(self.ending)

    @property
    def cause(self) -> pl.Series:
        """By what each failed, by name; null if it did not fail."""
        named = pl.Series("cause", [*self.causes, None], dtype=pl.String)
        return named.gather(np.where(self.failing < 0, len(self.causes), self.failing))

    def ended(self, outcome: str) -> Flags:
        """Whether each ended so, shape (n,)."""
        return np.equal(self.ending, self.outcomes.index(outcome))

    def pick(self, rows: npt.NDArray[np.intp]) -> Histories:
        """Return the replications at these row positions."""
        return replace(
            self,
            replication=self.replication[rows],
            end=self.end[rows],
            running=self.running[rows],
            lost=self.lost[rows],
            accord=self.accord[rows],
            signed=self.signed[rows],
            verified=self.verified[rows],
            entered=self.entered[:, rows],
            ending=self.ending[rows],
            failing=self.failing[rows],
            hostility=self.hostility[rows],
            fragile=None if self.fragile is None else self.fragile[rows],
            further=self.further[:, rows],
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
    require_columns(rows, endpoints, where)
    rows = rows if rows["replication"].is_sorted() else rows.sort("replication")
    replication = rows["replication"].to_numpy().astype(np.int64)
    again = np.flatnonzero(np.diff(replication) == 0)
    if len(again):
        raise TimelineError(
            f"{where}: replication {replication[again[0]]} appears twice, expected one row a replication"
        )

    end = _numbers(rows, endpoints.day)
    ending = _endings(rows[endpoints.outcome], endpoints, where)
    running = ending == endpoints.outcomes.index(endpoints.still_open)
    failed = np.isin(endpoints.outcomes, endpoints.failures)[ending]
    _require_watched(replication, end, running, horizon, where)

    milestones = {column: _milestone(rows, column, end, replication, where) for column in _milestone_columns(endpoints)}
    never = np.full(len(end), np.inf)

    def reached(column: str | None) -> Floats:
        return never if column is None else milestones[column]

    entered = np.zeros((len(endpoints.phases), len(end)))
    later = never
    for i, (_, column) in reversed(list(enumerate(endpoints.phases))[1:]):
        # Being in a later phase implies having passed the earlier ones, even if a day was not noted.
        later = entered[i] = np.minimum(reached(column), later)

    code, words = _codes(rows[endpoints.cause])
    causes = (*endpoints.outcomes, *words)
    unnamed = np.array([word == endpoints.no_cause for word in words] + [True])
    failing = np.where(unnamed[code], ending, code + len(endpoints.outcomes))
    return Histories(
        replication=replication,
        end=end,
        running=running,
        lost=np.where(failed, end, np.inf),
        accord=reached(endpoints.accord),
        signed=reached(endpoints.signed),
        verified=reached(endpoints.half_verified),
        entered=entered,
        ending=ending,
        outcomes=endpoints.outcomes,
        failing=np.where(failed, failing, -1),
        causes=causes,
        hostility=never * np.nan if endpoints.hostility is None else _numbers(rows, endpoints.hostility),
        fragile=None if endpoints.fragile is None else rows[endpoints.fragile].to_numpy().astype(np.bool_),
        further=np.array([_numbers(rows, own.column) for own in endpoints.further]).reshape(
            len(endpoints.further), len(end)
        ),
    )


def columns_needed(endpoints: Endpoints) -> list[str]:
    """Return the columns that `read_histories` reads.

    Examples
    --------
    >>> columns_needed(Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None))
    ['replication', 'day', 'outcome', 'cause', 'signed_day']
    """
    named = ["replication", endpoints.day, endpoints.outcome, endpoints.cause, *_milestone_columns(endpoints)]
    named += [column for column in (endpoints.hostility, endpoints.fragile) if column is not None]
    named += [own.column for own in endpoints.further]
    return list(dict.fromkeys(named))


def common_replications(arms: Sequence[Histories]) -> list[Histories]:
    """Keep the replications that every arm has, so that row i is the same luck in all of them.

    Examples
    --------
    >>> common_replications([])
    []
    """
    rows = common_rows([arm.replication for arm in arms])
    return list(arms) if rows is None else [arm.pick(own) for arm, own in zip(arms, rows, strict=True)]


def common_rows(replications: Sequence[npt.NDArray[np.int64]]) -> list[npt.NDArray[np.intp]] | None:
    """Return the row positions of the replications that every arm has; None if all have the same.

    Examples
    --------
    >>> [rows.tolist() for rows in common_rows([np.array([0, 1, 4]), np.array([1, 3, 4])])]
    [[1, 2], [0, 2]]
    """
    if all(np.array_equal(replications[0], own) for own in replications[1:]):
        return None
    shared = replications[0]
    for own in replications[1:]:
        shared = np.intersect1d(shared, own, assume_unique=True)
    return [np.searchsorted(own, shared) for own in replications]


def _milestone_columns(endpoints: Endpoints) -> list[str]:
    named = [endpoints.accord, endpoints.signed, endpoints.half_verified]
    named += [column for _, column in endpoints.phases]
    return list(dict.fromkeys(column for column in named if column is not None))


def require_columns(rows: pl.DataFrame, endpoints: Endpoints, where: str) -> None:
    """Refuse rows without a column that the endpoints name; ``where`` is the name of the arm, for messages.

    Raises
    ------
    TimelineError
        If one is missing.
    """
    missing = [column for column in columns_needed(endpoints) if column not in rows.columns]
    if missing:
        hint = nearest(missing[0], rows.columns)
        raise TimelineError(
            f"{where}: no column {', '.join(repr(column) for column in missing)}, which the endpoints name; "
            f"add it to the rows or correct the endpoints{hint}"
        )


def _codes(column: pl.Series) -> tuple[Places, tuple[str, ...]]:
    """Return a column of words as places in the tuple of its words; null is -1, the place behind the last."""
    kind = column.dtype
    if not isinstance(kind, pl.Enum):
        plain = column.cast(pl.String)
        kind = pl.Enum(plain.drop_nulls().unique().sort())
        column = plain.cast(kind)
    places = column.to_physical()
    if places.null_count():
        places = places.cast(pl.Int64).fill_null(-1)
    return places.to_numpy().astype(np.int64), tuple(kind.categories)


def _endings(column: pl.Series, endpoints: Endpoints, where: str) -> Places:
    code, words = _codes(column)
    known = {name: place for place, name in enumerate(endpoints.outcomes)}
    ending = np.array([known.get(word, -1) for word in words] + [-1])[code]
    unknown = np.flatnonzero(ending < 0)
    if len(unknown):
        given = column.cast(pl.String)[int(unknown[0])]
        raise TimelineError(
            f"{where}: outcome {given!r} is unknown, expected one of {', '.join(endpoints.outcomes)}; "
            f"name it among the endpoints' failures or safe outcomes{nearest(str(given), endpoints.outcomes)}"
        )
    return ending


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


def _numbers(rows: pl.DataFrame, column: str) -> Floats:
    return rows[column].cast(pl.Float64).to_numpy()  # null becomes NaN


def _milestone(rows: pl.DataFrame, column: str, end: Floats, replication: npt.NDArray[np.int64], where: str) -> Floats:
    day = _numbers(rows, column)
    late = day > end
    if late.any():
        at = int(np.flatnonzero(late)[0])
        raise TimelineError(
            f"{where}: replication {replication[at]}: {column} is {day[at]:g}, "
            f"after the end on day {end[at]:g}; a milestone cannot follow the end"
        )
    return np.where(np.isnan(day), np.inf, day)
