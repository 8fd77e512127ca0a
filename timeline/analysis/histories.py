"""Histories: the rows of one arm, read once, checked, as plain arrays.

A day that never came is infinity here, so that "by day t" is one comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from polars.datatypes.classes import IntegerType, NumericType

from timeline.arrays import Flags, Floats, Places, Rows
from timeline.errors import TimelineError, nearest
from timeline.keeping.rows import frame, labels
from timeline.model.declarations import ROW, Model, column_name
from timeline.model.endpoints import Endpoints
from timeline.model.records import Field, leaves

_Words = tuple[int, Places, tuple[str, ...]]
_WORDS = (pl.Enum, pl.Categorical, pl.String, pl.Null)
_NUMBERS = (NumericType, pl.Boolean, pl.Null)
#: An enumeration whose numbers lie wider apart is not looked up in a table.
_MOST_NUMBERS = 10_000


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
    later
        Shape (3, k, n): of up to k agreements of processes that began anew the day each was signed, had half of it
        verified, and failed; infinity if never. All else speaks of the first process.
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
    later: Floats
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
        """First day in force and first day no longer so, each of shape (agreements, n); infinity if never."""
        signed, _, ended = self.later
        return _spans(np.vstack([self.signed, signed]), np.vstack([self.lost, ended]))

    @cached_property
    def in_force_verified(self) -> tuple[Floats, Floats]:
        """The same, in force only once at least half has been verified."""
        signed, verified, ended = self.later
        begins = np.vstack([np.maximum(self.signed, self.verified), np.maximum(signed, verified)])
        return _spans(begins, np.vstack([self.lost, ended]))

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
            later=self.later[:, :, rows],
            further=self.further[:, rows],
        )


def _spans(begins: Floats, ends: Floats) -> tuple[Floats, Floats]:
    """Return from when to when; what never begins never ends, and nothing ends before it begins."""
    return begins, np.where(np.isfinite(begins), np.maximum(ends, begins), np.inf)


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
    require_columns(rows.columns, endpoints, where)
    require_kinds(rows.schema, endpoints, where)
    rows = rows if rows["replication"].is_sorted() else rows.sort("replication")
    code, words = _no_causes(len(rows)) if endpoints.cause is None else _codes(rows[endpoints.cause])
    return _told(
        _Told(
            replication=rows["replication"].to_numpy().astype(np.int64),
            end=_numbers(rows, endpoints.day),
            ending=_endings(*_codes(rows[endpoints.outcome]), endpoints, where),
            failing=_failings(tuple(words), len(endpoints.outcomes), endpoints.no_cause)[code],
            causes=(*endpoints.outcomes, *words),
            days=np.array([_numbers(rows, column) for column in _milestone_columns(endpoints)]),
            hostility=None if endpoints.hostility is None else _numbers(rows, endpoints.hostility),
            fragile=None if endpoints.fragile is None else rows[endpoints.fragile].to_numpy().astype(np.bool_),
            later=_later(endpoints, lambda column: rows[column].to_numpy()),
            further=[_numbers(rows, own.column) for own in endpoints.further],
        ),
        endpoints,
        horizon,
        where,
    )


class Reader:
    """Reads histories from an engine's rows as they are, with no table between; made once for a model.

    What `read_histories` makes of the rows' table, it makes of the rows, in a hundredth of the time.

    Parameters
    ----------
    model
        The model whose rows are read.
    endpoints
        What the rows' numbers mean; the model's own if left out.

    Raises
    ------
    TimelineError
        If a number is missing that the endpoints name, or the model has no endpoints.
    """

    def __init__(self, model: Model, endpoints: Endpoints | None = None) -> None:
        ends = endpoints or model.endpoints
        if ends is None:
            raise TimelineError(
                f'model "{model.name}" has no endpoints, expected some; declare in its Model(...) what its rows mean'
            )
        self.endpoints = ends
        self._model = model
        self._places = _places(model)
        require_columns(list(self._places), ends, f'model "{model.name}"')
        self._milestones = _milestone_columns(ends)
        self._outcomes = self._words(ends.outcome)
        self._causes = None if ends.cause is None else self._words(ends.cause)

    def read(self, rows: Rows, horizon: float, where: str = "rows") -> Histories:
        """Read and check the rows of one arm; nothing of them is kept.

        Parameters
        ----------
        rows
            Records of `timeline.engines.world.row_dtype`, shape (n,).
        horizon, where
            As for `read_histories`.

        Raises
        ------
        TimelineError
            As `read_histories`; and if an enumeration holds a number that is none of its members.
        """
        ends = self.endpoints
        if np.any(rows["replication"][1:] < rows["replication"][:-1]):
            rows = rows[np.argsort(rows["replication"], kind="stable")]
        codes, words = _no_causes(len(rows)) if ends.cause is None else self._codes(rows, ends.cause, self._causes)
        return _told(
            _Told(
                replication=rows["replication"].astype(np.int64),
                end=self._numbers(rows, ends.day),
                ending=_endings(*self._codes(rows, ends.outcome, self._outcomes), ends, where),
                failing=_failings(words, len(ends.outcomes), ends.no_cause)[codes],
                causes=(*ends.outcomes, *words),
                days=np.array([self._column(rows, column) for column in self._milestones], np.float64),
                hostility=None if ends.hostility is None else self._numbers(rows, ends.hostility),
                fragile=None if ends.fragile is None else self._column(rows, ends.fragile).astype(np.bool_),
                later=_later(ends, lambda column: self._column(rows, column)),
                further=[self._numbers(rows, own.column) for own in ends.further],
            ),
            ends,
            horizon,
            where,
        )

    def _column(self, rows: Rows, column: str) -> npt.NDArray[Any]:
        found: Any = rows
        for part in self._places[column][0]:
            found = found[part]
        return np.asarray(found)

    def _numbers(self, rows: Rows, column: str) -> Floats:
        return self._column(rows, column).astype(np.float64)  # a copy always: the rows are written over

    def _words(self, column: str) -> _Words | None:
        """Return an enumeration's least number, the places of it and all above, and the words; None if it is none."""
        field = self._places[column][1]
        if field is None or not issubclass(field.kind, IntEnum):
            return None
        known = labels(field.kind)
        least, most = min(known), max(known)
        if most - least > _MOST_NUMBERS:
            return None
        places = np.full(most - least + 1, -1, np.int64)
        places[[number - least for number in known]] = range(len(known))
        return least, places, tuple(known.values())

    def _codes(self, rows: Rows, column: str, known: _Words | None) -> tuple[Places, tuple[str, ...]]:
        """Return a column as places in the tuple of its words."""
        if known is not None:
            least, places, words = known
            # What is less than the least comes out as huge.
            at = (self._column(rows, column) - least).view(np.uint64)
            if not (at >= len(places)).any():
                codes = places[at]
                if codes.min(initial=0) >= 0:
                    return codes, words
        # The table has other things than enumerations as words, and says what is wrong with one.
        return _codes(frame(self._model, rows, only={column})[column])


def histories_of(
    model: Model, rows: Rows, horizon: float, where: str = "rows", endpoints: Endpoints | None = None
) -> Histories:
    """Read an engine's rows of one arm; `Reader` does it more often than once.

    Parameters
    ----------
    model, endpoints
        As for `Reader`.
    rows, horizon, where
        As for `Reader.read`.
    """
    return Reader(model, endpoints).read(rows, horizon, where)


def _places(model: Model) -> dict[str, tuple[tuple[str, ...], Field | None]]:
    """Return where in a row each column lies, as `timeline.keeping.rows.frame` has them, and its declaration."""
    known: dict[str, tuple[tuple[str, ...], Field | None]] = {name: ((name,), None) for name in ROW}
    for path, field in leaves(model.state):
        name = column_name(path)
        known[name] = ("state", *name.split(".")), field
    for number, observation in enumerate(model.observations):
        known[observation.column] = (f"observation_{number}",), None
    return known


@dataclass(frozen=True)
class _Told:
    """What the rows of one arm say, column by column, before it is looked at."""

    replication: npt.NDArray[np.int64]
    end: Floats
    ending: Places
    failing: Places
    causes: tuple[str, ...]
    days: Floats
    hostility: Floats | None
    fragile: Flags | None
    later: Floats | None
    further: list[Floats]


def _told(told: _Told, endpoints: Endpoints, horizon: float, where: str) -> Histories:
    """Check what the rows say, and put it together."""
    replication, end, ending = told.replication, told.end, told.ending
    again = np.flatnonzero(np.diff(replication) == 0)
    if len(again):
        raise TimelineError(
            f"{where}: replication {replication[again[0]]} appears twice, expected one row a replication"
        )
    running = ending == endpoints.outcomes.index(endpoints.still_open)
    failed = (ending > 0) & (ending <= len(endpoints.failures))  # open comes first, then the failures
    _require_watched(replication, end, running, horizon, where)
    further = np.array(told.further).reshape(len(endpoints.further), len(end))
    _require_bounds(replication, further, endpoints, horizon, where)

    columns = _milestone_columns(endpoints)
    days = told.days.reshape(len(columns), len(end))
    milestones = dict(zip(columns, _milestones(days, columns, end, replication, where), strict=True))
    never = np.full(len(end), np.inf)

    def reached(column: str | None) -> Floats:
        return never if column is None else milestones[column]

    entered = np.zeros((len(endpoints.phases), len(end)))
    later = never
    for i, (_, column) in reversed(list(enumerate(endpoints.phases))[1:]):
        # Being in a later phase implies having passed the earlier ones, even if a day was not noted.
        later = entered[i] = np.minimum(reached(column), later)

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
        failing=np.where(failed, np.where(told.failing < 0, ending, told.failing), -1),
        causes=told.causes,
        hostility=never * np.nan if told.hostility is None else told.hostility,
        fragile=told.fragile,
        later=np.empty((3, 0, len(end))) if told.later is None else told.later,
        further=further,
    )


def _later(endpoints: Endpoints, column: Callable[[str], npt.NDArray[Any]]) -> Floats | None:
    """Return the days of later agreements, shape (3, k, n): signed, half verified, ended."""
    if endpoints.later is None:
        return None
    named = (endpoints.later.signed, endpoints.later.half_verified, endpoints.later.ended)
    signed, *_ = days = [None if name is None else column(name).astype(np.float64).T for name in named]
    assert signed is not None
    found = np.array([np.full_like(signed, np.nan) if of is None else of for of in days])
    return np.where(np.isnan(found), np.inf, found)


@cache
def _failings(words: tuple[str, ...], outcomes: int, no_cause: str) -> Places:
    """Return of each word for a cause, and of none, its place after the outcomes; -1 where it names no cause."""
    named = [outcomes + place if word != no_cause else -1 for place, word in enumerate(words)]
    return np.array([*named, -1], np.int64)


@cache
def _among(words: tuple[str, ...], outcomes: tuple[str, ...]) -> Places:
    """Return of each word, and of none, its place among the outcomes; -1 where it names none."""
    return np.array([*(outcomes.index(word) if word in outcomes else -1 for word in words), -1], np.int64)


def columns_needed(endpoints: Endpoints) -> list[str]:
    """Return the columns that `read_histories` reads.

    Examples
    --------
    >>> columns_needed(Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None))
    ['replication', 'day', 'outcome', 'cause', 'signed_day']
    """
    named = ["replication", endpoints.day, endpoints.outcome]
    named += [endpoints.cause] if endpoints.cause is not None else []
    named += _milestone_columns(endpoints)
    named += [column for column in (endpoints.hostility, endpoints.fragile) if column is not None]
    named += endpoints.later.columns if endpoints.later is not None else ()
    named += [own.column for own in endpoints.further]
    return list(dict.fromkeys(named))


def joined(pieces: Sequence[Histories]) -> Histories:
    """Put pieces of one arm behind one another, in the order given; a piece alone is returned as it is.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
    >>> def play(number, cause): return read_histories(pl.DataFrame({"replication": [number], "day": [4.0],
    ...     "outcome": ["collapsed"], "cause": [cause], "signed_day": [2.0]}), ends, horizon=9.0)
    >>> found = joined([play(0, "breach"), play(1, "theft")])
    >>> found.replication.tolist(), found.cause.to_list()
    ([0, 1], ['breach', 'theft'])
    """
    first = pieces[0]
    if len(pieces) == 1:
        return first
    causes = tuple(dict.fromkeys(cause for piece in pieces for cause in piece.causes))
    failing = [_renamed(piece, causes) for piece in pieces]
    along = {"entered": 1, "further": 1, "later": 2}
    arrays: dict[str, Any] = {
        name: np.concatenate([getattr(piece, name) for piece in pieces], axis=along.get(name, 0))
        for name in ("replication", "end", "running", "lost", "accord", "signed", "verified", "entered", "ending",
                     "hostility", "later", "further")
    }  # fmt: skip
    fragile = None if first.fragile is None else np.concatenate([piece.fragile for piece in pieces])
    return replace(first, causes=causes, failing=np.concatenate(failing), fragile=fragile, **arrays)


def _renamed(piece: Histories, causes: tuple[str, ...]) -> Places:
    """Return by what each failed, as a place in another tuple of names."""
    if piece.causes == causes:
        return piece.failing
    places = np.array([*map(causes.index, piece.causes), -1], np.int64)
    return places[piece.failing]


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


def require_columns(columns: Sequence[str], endpoints: Endpoints, where: str) -> None:
    """Refuse rows without a column that the endpoints name; ``where`` is the name of the arm, for messages.

    Raises
    ------
    TimelineError
        If one is missing.
    """
    missing = [column for column in columns_needed(endpoints) if column not in columns]
    if missing:
        hint = nearest(missing[0], columns)
        raise TimelineError(
            f"{where}: no column {', '.join(repr(column) for column in missing)}, which the endpoints name; "
            f"add it to the rows or correct the endpoints{hint}"
        )


def require_kinds(columns: Mapping[str, pl.DataType], endpoints: Endpoints, where: str) -> None:
    """Refuse rows whose columns hold something else than the endpoints say: words where numbers should be.

    Raises
    ------
    TimelineError
        Naming the first such column.
    """
    # A cause that is a whole number has the number as its word.
    words = {endpoints.outcome: _WORDS, endpoints.cause: (*_WORDS, IntegerType)}
    several = endpoints.later.columns if endpoints.later is not None else ()
    for name in columns_needed(endpoints):
        kind = columns[name]
        if name in several and isinstance(kind, pl.Array | pl.List):
            continue
        if not isinstance(kind, words.get(name, _NUMBERS)):
            expected = "words" if name in words else "a number a row"
            raise TimelineError(f"{where}: column {name!r}: given {kind}, expected {expected}; correct the endpoints")


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
    return places.to_numpy().astype(np.int64), tuple(kind.categories.to_list())


def _no_causes(n: int) -> tuple[Places, tuple[str, ...]]:
    """Return the causes of a model that names none, as `_codes` does."""
    return np.full(n, -1, np.int64), ()


def _endings(code: Places, words: Sequence[str], endpoints: Endpoints, where: str) -> Places:
    ending = _among(tuple(words), endpoints.outcomes)[code]
    unknown = np.flatnonzero(ending < 0)
    if len(unknown):
        given = [*words, None][code[unknown[0]]]
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


def _require_bounds(
    replication: npt.NDArray[np.int64], further: Floats, endpoints: Endpoints, horizon: float, where: str
) -> None:
    """Refuse a number outside the bounds that its model declares: intervals rest on them."""
    for own, values in zip(endpoints.further, further, strict=True):
        if own.most is None:
            continue
        most = own.span(horizon)
        outside = (values < 0) | (values > most * (1 + 1e-9))  # a NaN is neither, and is left out of the mean
        if outside.any():
            at = int(np.argmax(outside))
            raise TimelineError(
                f"{where}: replication {replication[at]}: {own.column} is {values[at]:g}, expected 0 to {most:g}, "
                f"which the endpoints declare by most={own.most!r}; correct the model or the bound"
            )


def _numbers(rows: pl.DataFrame, column: str) -> Floats:
    return rows[column].cast(pl.Float64).to_numpy()  # null becomes NaN


def _milestones(
    days: Floats, columns: Sequence[str], end: Floats, replication: npt.NDArray[np.int64], where: str
) -> Floats:
    """Return the days of milestones, shape (milestones, n), infinity if never reached."""
    late = days > end
    if late.any():
        which, at = np.argwhere(late)[0]
        raise TimelineError(
            f"{where}: replication {replication[at]}: {columns[which]} is {days[which, at]:g}, "
            f"after the end on day {end[at]:g}; a milestone cannot follow the end"
        )
    return np.where(np.isnan(days), np.inf, days)
