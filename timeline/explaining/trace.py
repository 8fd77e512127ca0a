"""One timeline told: what happened when, in words, and how the state moved.

A trace plays a single replication on the reference engine and looks on after each firing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from timeline.engines.reference import play
from timeline.engines.world import MOST_REPLICATIONS, World
from timeline.errors import ConfigError, ModelError
from timeline.model.declarations import SIDES, Member, Model
from timeline.model.records import Field, copied, resolve
from timeline.words import when

if TYPE_CHECKING:
    import polars as pl


#: What the time after the outcome is called.
AFTERMATH = "aftermath"


@dataclass(frozen=True)
class Telling:
    """What a clock's ``says`` may look at to choose its sentence.

    Attributes
    ----------
    s, before
        The state after the firing and before it.
    a, b
        The sides' given names.
    me, other
        The names of the member's side and the other one; empty without sides.
    i, label
        The member's number and its label.
    """

    s: Any
    before: Any
    a: str
    b: str
    me: str
    other: str
    i: int
    label: str


@dataclass(frozen=True)
class Event:
    """One firing, told."""

    number: int
    day: float
    clock: str
    mechanism: str
    phase: str
    sentence: str


@dataclass(frozen=True)
class Trace:
    """One timeline, told.

    Attributes
    ----------
    title
        E.g. ``"silence, replication 17"``.
    told
        Every firing, in order; firings that say nothing have an empty sentence, and injected ones say so.
    moves
        Rows (day, value, value, ...) of the followed fields; a value holds until the next row.
    followed
        Paths of the followed fields, in the order of the values.
    phases
        (name, from, to) of each phase that was reached.
    ending
        A sentence on how it ended.
    decided_day
        The day the outcome was decided, or the horizon.
    end_day
        The same; or the last day after it on which something was to be told.
    lanes
        Names of the clocks that fired and have something to say, families as one, in order of declaration.
    starts
        The calendar date of day 0, if the config gives one.
    """

    title: str
    told: tuple[Event, ...]
    moves: tuple[tuple[float, ...], ...]
    followed: tuple[str, ...]
    phases: tuple[tuple[str, float, float], ...]
    ending: str
    decided_day: float
    end_day: float
    lanes: tuple[str, ...]
    starts: date | None = None

    @property
    def events(self) -> pl.DataFrame:
        """The firings as a table: number, day, clock, mechanism, phase, sentence."""
        import polars as pl

        schema = {
            "number": pl.Int64, "day": pl.Float64, "clock": pl.String,
            "mechanism": pl.String, "phase": pl.String, "sentence": pl.String,
        }  # fmt: skip
        return pl.DataFrame([vars(event) for event in self.told], schema=schema)

    @property
    def series(self) -> pl.DataFrame:
        """The followed fields as a table: day, then one column each."""
        import polars as pl

        return pl.DataFrame(self.moves, schema=dict.fromkeys(("day", *self.followed), pl.Float64), orient="row")


def require_replication(given: int) -> None:
    """Refuse a number that no replication has.

    Raises
    ------
    ConfigError
        If there is no such replication.
    """
    if not 0 <= given < MOST_REPLICATIONS:
        raise ConfigError(f"--replication: given {given}, expected a whole number from 0 to {MOST_REPLICATIONS - 1}")


def trace(
    world: World,
    replication: int,
    *,
    sides: Mapping[str, str] | None = None,
    title: str = "",
    starts: date | None = None,
) -> Trace:
    """Play one replication and tell it.

    Parameters
    ----------
    world
        The prepared arm.
    replication
        Its number.
    sides
        The sides' names, ``{"a": "Israel", "b": "PLO"}``.
    title
        What to call the timeline.
    starts
        The calendar date of day 0, by which the ending is told; days since the start otherwise.

    Raises
    ------
    RunError
        As `timeline.engines.reference.play`.
    ModelError
        If a clock's sentence cannot be made; names the clock.
    """
    model = world.model
    names = {side: (sides or {}).get(side, f"Side {side.upper()}") for side in SIDES}
    told: list[Event] = []
    moves: list[tuple[float, ...]] = []
    before: Any = None

    def watch(day: float, member: Member | None, state: Any) -> None:
        nonlocal before
        moves.append((day, *(float(_value(state, path)) for path in model.followed)))
        if member is not None:
            sentence = tell(member, state, before, names)
            phase = phase_name(model, before)
            told.append(Event(len(told) + 1, day, member.name, member.mechanism, phase, sentence))
        before = copied(state)

    played = play(world, replication, watch)
    for number in played.injected:
        event = told[number - 1]
        told[number - 1] = replace(event, sentence=f"{event.sentence or event.clock} (injected)")
    decided = float(played.state.day)
    end = max([decided, *(event.day for event in told if event.sentence)])
    told = [event for event in told if event.day <= end]
    moves = [move for move in moves if move[0] <= end]
    moves.append((end, *moves[-1][1:]))
    fired = {event.clock.split("[")[0] for event in told}
    lanes = [clock.name for m in model.mechanisms for clock in m.clocks if clock.name in fired and clock.says]
    return Trace(
        title=title or f"replication {replication}",
        told=tuple(told),
        moves=tuple(moves),
        followed=model.followed,
        phases=tuple(phases_of(model, played.state, decided, end)),
        ending=ending_of(model, played.state, decided, starts),
        decided_day=decided,
        end_day=end,
        lanes=tuple(lanes),
        starts=starts,
    )


def tell(member: Member, state: Any, before: Any, names: Mapping[str, str]) -> str:
    """Return the sentence that a firing says; empty if the clock says nothing.

    Raises
    ------
    ModelError
        If the clock's sentence cannot be made.
    """
    says = member.clock.says
    if not says:
        return ""
    me = names[member.side] if member.side else ""
    other = names["b" if member.side == "a" else "a"] if member.side else ""
    telling = Telling(state, before, names["a"], names["b"], me, other, member.number, member.label)
    try:
        if callable(says):
            sentence = str(says(telling))
        else:
            sentence = says.format(a=telling.a, b=telling.b, me=me, other=other, i=member.number, label=member.label)
    except Exception as problem:
        raise ModelError(
            f'mechanism "{member.mechanism}", clock "{member.clock.name}", says: {type(problem).__name__}: '
            f"{problem}; a sentence may use {{a}}, {{b}}, {{me}}, {{other}}, {{i}} and {{label}}"
        ) from problem
    # A side may be called "the PLO".
    return sentence[:1].upper() + sentence[1:]


def _value(state: Any, path: str) -> Any:
    owner, name = resolve(state, path)
    return getattr(owner, name)


def member_name(model: Model, field: str, value: int) -> str:
    """Return the lower-case name of an enumeration's member, such as ``"talks"``."""
    declared = model.state.fields[field]
    assert isinstance(declared, Field)
    return str(declared.kind(value).name).lower().replace("_", " ")


def phase_name(model: Model, state: Any) -> str:
    """Return the phase a state is in, by the name that the model's milestones give it, where they tell it."""
    if model.plays_on and state.outcome != int(model.open):
        return AFTERMATH
    field = model.state.fields.get("phase")
    if not isinstance(field, Field):
        return ""
    names = [name for name, _ in model.endpoints.phases] if model.endpoints is not None else []
    if isinstance(field.default, IntEnum) and len(names) == len(type(field.default)):
        return names[int(state.phase)]
    return member_name(model, "phase", state.phase)


def phases_of(model: Model, state: Any, decided: float, end: float) -> Sequence[tuple[str, float, float]]:
    """Return when each phase began and ended, from the milestones, and the time after them that is told."""
    if model.endpoints is None:
        return []
    begins: list[tuple[str, float]] = []
    for name, milestone in model.endpoints.phases:
        day = 0.0 if milestone is None else float(getattr(state, milestone))
        if day == day:
            begins.append((name, day))
    ends = [day for _, day in begins[1:]] + [decided]
    found = [(name, day, until) for (name, day), until in zip(begins, ends, strict=True)]
    return [*found, (AFTERMATH, decided, end)] if end > decided else found


def ending_of(model: Model, state: Any, end: float, starts: date | None) -> str:
    field = "outcome" if model.endpoints is None else model.endpoints.outcome
    outcome = member_name(model, field, getattr(state, field))
    if outcome == member_name(model, "outcome", int(model.open)):
        return f"Still open at the horizon, {when(end, starts)}."
    cause = ""
    if model.endpoints is not None and model.endpoints.cause in model.state.fields:
        cause = member_name(model, model.endpoints.cause, getattr(state, model.endpoints.cause))
        # "Abandoned (abandonment)" would say it twice.
        said_already = cause == model.endpoints.no_cause or cause[:6] == outcome[:6]
        cause = "" if said_already else f" ({cause})"
    last = member_name(model, "outcome", state.outcome)
    later = f", and {last} in the end" if last != outcome else ""
    return f"{outcome.capitalize()}{cause} {when(end, starts)}{later}."
