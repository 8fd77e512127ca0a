"""A world ready to be played: a model, every number it needs, and the seed."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from timeline.arrays import Rows
from timeline.engines.draws import Schedule, key_schedule, stream_key
from timeline.engines.start import USUAL, Start, misplaced_start
from timeline.errors import ModelError, nearest
from timeline.model.declarations import Member, Model, Sampled
from timeline.model.laws import Law
from timeline.model.records import Field, blank, dtype, fill, values

#: Laws from outside, by the name of a clock or of one of its members.
GivenLaws = tuple[tuple[str, Law], ...]

#: The version of the engines' rules; a change that can alter a timeline raises it.
SEMANTICS = 1

#: More firings than this in one replication are taken for a runaway loop.
BUDGET = 200_000

#: The firings of a replication that could not be played.
FAILED = -1

#: What a timeline's path is multiplied by at each firing; see `longer_path`.
PATH_PRIME = 0x100000001B3

#: Replication numbers are one 32-bit word of the generator's counter.
MOST_REPLICATIONS = 2**32


@dataclass(frozen=True)
class Injection:
    """One event from outside: a clock fires on a given day, beside what it would have done by itself.

    The member's ``fires`` is called with uniforms of the injection's own. The clock's pending lifetime and all
    other draws stay as they are, as if another clock had fired. The event comes before every clock that is due on
    its day. It does not come at all if its milestone is never reached, if its clock is paused at that moment, if
    the timeline has ended, or if its day is not before the horizon.

    Attributes
    ----------
    clock
        Name of the member, e.g. ``"succession[a]"``.
    days
        Days since the start, or since the milestone.
    since
        Name of a milestone of the state; its first value counts. None for the start.
    luck
        The first uniforms, by slot, strictly inside (0, 1); the others are drawn.
    """

    clock: str
    days: float
    since: str | None = None
    luck: tuple[float, ...] = ()


@dataclass(frozen=True)
class World:
    """One arm, prepared: what an engine needs to play any replication of it.

    Attributes
    ----------
    model
        The model.
    given
        Parameter and lever values by path, in days and 1/day; the others keep their defaults.
    seed
        The experiment's seed.
    horizon
        Days; an event due at the horizon or later does not fire.
    budget
        The most firings a replication may have.
    without
        Mechanisms that are switched off: their clocks never fire, their start does nothing. The
        draws of all others stay as they are.
    label
        What to call the arm in an error, e.g. ``"cadence silence"``.
    replay
        The command that replays one replication, with ``{replication}`` in it.
    injections
        Events from outside; those of one day come in this order.
    start
        Where timelines begin.
    laws
        Laws from outside, by the name of the clock or of one of its members, which comes first.

    Raises
    ------
    ModelError
        If the model has no such mechanism, clock, milestone or field, the horizon is not positive, or the start or an
        injection lies on a day on which it cannot be.
    """

    model: Model
    given: Mapping[str, float | int | bool] = field(default_factory=dict)
    seed: int = 0
    horizon: float = 3652.5
    budget: int = BUDGET
    without: tuple[str, ...] = ()
    label: str = ""
    replay: str = ""
    injections: tuple[Injection, ...] = ()
    start: Start = USUAL
    laws: GivenLaws = ()

    def __post_init__(self) -> None:
        if not self.horizon > 0:
            raise ModelError(f"horizon {self.horizon} given, expected more than 0 days")
        names = [mechanism.name for mechanism in self.model.mechanisms]
        for name in self.without:
            if name not in names:
                raise ModelError(
                    f'without "{name}" given, but model "{self.model.name}" has no such mechanism{nearest(name, names)}'
                )
        for number, injection in enumerate(self.injections):
            for key, sentence in misplaced(self.model, injection, self.without, self.start):
                raise ModelError(f"injections[{number}].{key}: {sentence}")
        for key, sentence in misplaced_start(self.model, self.start, self.horizon):
            raise ModelError(f"start.{key}: {sentence}")
        for name, _ in self.laws:
            if sentence := why_no_law(self.model, name):
                raise ModelError(f"laws.{name}: {sentence}")

    def law_of(self, member: Member) -> Law:
        """Return the law of a clock's member: one from outside, or else the clock's own."""
        given = dict(self.laws)
        return given.get(member.name) or given.get(member.clock.name) or member.clock.law

    @cached_property
    def parameters(self) -> Any:
        """The parameters as a Python object, shared by all replications; not to be changed."""
        return fill(blank(self.model.parameters), self.given)

    @cached_property
    def clock_schedules(self) -> tuple[Schedule, ...]:
        """The random stream of each member, in order."""
        return tuple(key_schedule(stream_key(self.seed, "clock", m.name)) for m in self.model.members)

    @cached_property
    def start_schedules(self) -> dict[str, Schedule]:
        """The random stream of each mechanism's start, by its name."""
        return {m.name: key_schedule(stream_key(self.seed, "start", m.name)) for m in self.model.mechanisms}

    @cached_property
    def injection_keys(self) -> tuple[tuple[int, int], ...]:
        """The key of each injection's random stream: of its clock, and its number among those of that clock."""
        clocks = [injection.clock for injection in self.injections]
        return tuple(
            stream_key(self.seed, "inject", f"{clock}/{clocks[:number].count(clock)}")
            for number, clock in enumerate(clocks)
        )


def why_no_law(model: Model, name: str) -> str:
    """Return why a clock, or a member of one, takes no law from outside; empty if it takes one."""
    takers = [member for member in model.members if member.clock.takes_law]
    names = sorted({name for member in takers for name in (member.clock.name, member.name)})
    if name in names:
        return ""
    listed = (
        f"expected one of {', '.join(names)}" if names else f'expected none: no clock of model "{model.name}" takes one'
    )
    known = {member.clock.name for member in model.members} | {member.name for member in model.members}
    said = "this clock takes no law from outside" if name in known else f'model "{model.name}" has no such clock'
    return f"{said}, {listed}{nearest(name, names)}"


def misplaced(
    model: Model, injection: Injection, without: Sequence[str] = (), start: Start | None = None
) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) for what is wrong with an injection: ``"clock"``, ``"day"`` or ``"luck"``.

    Parameters
    ----------
    model
        The model into which it is injected.
    injection
        The injection.
    without
        Mechanisms that are switched off.
    start
        Where timelines begin; an event before it could not happen.
    """
    given = f'given "{injection.clock}"'
    member = next((member for member in model.members if member.name == injection.clock), None)
    if member is None:
        base = injection.clock.partition("[")[0]
        family = [known.name for known in model.members if known.clock.over is not None and known.clock.name == base]
        near = nearest(injection.clock, (known.name for known in model.members))
        expected = f"one of its members: {', '.join(family)}" if family else f'a clock of model "{model.name}"{near}'
        yield "clock", f"{given}, expected {expected}"
    else:
        if member.mechanism in without:
            yield "clock", f'{given} of mechanism "{member.mechanism}", which is switched off (without); leave it out'
        if len(injection.luck) > member.clock.uniforms:
            yield (
                "luck",
                f"given {len(injection.luck)} numbers, expected at most {member.clock.uniforms}: "
                f'so many uniforms has "{injection.clock}"',
            )
    for number in injection.luck:
        if not 0 < number < 1:
            yield "luck", f"given {number}, expected numbers between 0 and 1, both excluded"
    if not 0 <= injection.days < math.inf:
        yield "day", f"given {injection.days} days, expected 0 or more, and finite"
    milestone = model.state.fields.get(injection.since or "")
    if injection.since is not None and not (isinstance(milestone, Field) and milestone.may_be_nan):
        yield "day", f'given the milestone "{injection.since}", expected a field that is NaN until it happens'
    reached = start.reached(injection.since) if start is not None else None
    if start is not None and reached is not None and reached + injection.days < start.day:
        yield (
            "day",
            f"given day {reached + injection.days:g}, which is before the start on day {start.day:g} (start.day); "
            "expected that day or later",
        )


def longer_path(path: int, day: float, member: int) -> int:
    """Return the digest of a timeline's firings with one firing more: which clock, when, and after which others.

    The hash of Fowler, Noll and Vo (FNV-1a, 64 bits), a word at a time: two timelines of one path are the same
    clocks in the same order on the same days.

    Parameters
    ----------
    path
        The digest so far, 0 at the start.
    day
        The day of the firing.
    member
        The index of the clock's member.
    """
    (bits,) = struct.unpack("<Q", struct.pack("<d", day))
    return ((path ^ int(bits)) * PATH_PRIME + member) % 2**64


def row_dtype(model: Model) -> np.dtype[np.void]:
    """Return the dtype of a replication's row: its number, its firings, its path, final state, observations."""
    parts: list[Any] = [("replication", np.int64), ("firings", np.int64), ("path", np.uint64)]
    parts.append(("state", dtype(model.state)))
    for number, observation in enumerate(model.observations):
        if isinstance(observation, Sampled):
            parts.append((f"observation_{number}", np.float64, (len(observation.days),)))
        else:
            parts.append((f"observation_{number}", np.float64))
    return np.dtype(parts, align=True)


def failed_row(model: Model, replication: int) -> Rows:
    """Return the row of a replication that could not be played, as an array of length 1: it has -1 firings."""
    nothing = [math.nan if isinstance(observation, Sampled) else 0.0 for observation in model.observations]
    return row(model, replication, FAILED, 0, blank(model.state), nothing)


def row(
    model: Model, replication: int, firings: int, path: int, state: Any, observed: list[Any]
) -> np.ndarray[Any, np.dtype[np.void]]:
    """Return one replication's row as an array of length 1."""
    made = np.zeros(1, row_dtype(model))
    made["replication"] = replication
    made["firings"] = firings
    made["path"] = path
    made["state"][0] = values(state)
    for number, value in enumerate(observed):
        made[f"observation_{number}"][0] = value
    return made
