"""Declarations: a model is data plus small plain functions, written once.

A `Clock` is one source of events. A `Mechanism` is one causal story: its parameters,
its clocks and its random part of the initial state. A `Model` puts mechanisms over one
shared state. Nothing here runs anything: engines read these declarations.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, Literal

from timeline.errors import ModelError, nearest
from timeline.model.endpoints import Endpoints
from timeline.model.functions import check_functions
from timeline.model.idle import Idle, check_idle, held, idle_names, why_idle
from timeline.model.laws import Law, LawKind, exponential, law_functions
from timeline.model.paths import own_name
from timeline.model.records import (
    Array,
    Field,
    Lever,
    Parameter,
    Parameters,
    Record,
    blank,
    compose,
    leaves,
    numbers_in,
    resolve,
)
from timeline.model.sources import reads_of
from timeline.words import unshowable

Function = Callable[..., Any]

#: What a model's functions may ask for, by the names of their arguments.
ARGUMENTS = {
    "s": "the state",
    "p": "the parameters",
    "me": "the side this member belongs to (families over the sides)",
    "other": "the other side",
    "p_me": "the side's own parameters",
    "p_other": "the other side's parameters",
    "i": "the member's number (families)",
    "u": "the uniforms of this firing (fires and start only)",
}
SIDES = ("a", "b")

#: A state holds at most so many numbers: ten thousand rows of 8 bytes each are held at once.
MOST_NUMBERS = 20_000

#: Endpoints that a model may do without, and what they are usually called.
_OPTIONAL = {"cause": "cause", "hostility": "hostility"}

#: The columns of a row that come before those of the final state.
ROW = ("replication", "firings")


@dataclass(frozen=True)
class Counted:
    """A family with one member for each record of an array of the state.

    Attributes
    ----------
    over
        The array's name, such as ``"steps"``.
    labels
        What to call the members in a narrative, in order; numbers if left out.
    """

    over: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Clock:
    """One source of events.

    Attributes
    ----------
    name
        What it is called in timelines, e.g. ``"succession"``; it also names its random draws.
    speed
        ``speed(s, p) -> float``: how fast it runs now, per day; 0 means paused. It may not
        read ``s.day``: between firings nothing changes.
    fires
        ``fires(s, p, u)``: what the event does to the state.
    law
        The operational time it must run before it fires; see `timeline.model.laws`.
    over
        ``None`` for a single clock, ``"sides"`` for one a side, `Counted` for one a record.
    memory
        ``"resume"``: a paused clock keeps what it has left. ``"restart"``: pausing drops it.
    renews_on
        A field; when it changes, what is left is dropped and drawn anew. ``"leaks"`` is a
        field of the state, ``"me.leaders"`` of the member's side, ``"steps[i].day"`` of its record.
    uniforms
        How many uniforms ``fires`` may read as ``u[0]``, ``u[1]``, ...
    says
        One sentence for the narrative. ``{me}``, ``{other}``, ``{a}``, ``{b}`` are the sides'
        given names, ``{i}`` the member's number, ``{label}`` its label. A function of a
        `timeline.explaining.trace.Telling` may choose between sentences.
    after
        The clock belongs to what comes after: it runs only once the outcome is decided, every other clock only before.
        A model that has such a clock plays all its timelines to the horizon; the row's day is still the one on which
        the outcome was first decided.
    takes_law
        Whether a config may give it a law fitted to data: its law is then in days, lived at speed 1 in ordinary
        circumstances. Its own first age stays.
    """

    name: str
    speed: Function
    fires: Function
    law: Law = field(default_factory=exponential)
    over: Literal["sides"] | Counted | None = None
    memory: Literal["resume", "restart"] = "resume"
    renews_on: str | None = None
    uniforms: int = 0
    says: str | Function = ""
    after: bool = False
    takes_law: bool = False


@dataclass(frozen=True)
class Mechanism:
    """One causal story from the literature.

    Attributes
    ----------
    name
        Its name in configs and ledgers; also the name of its parameters, ``p.<name>``.
    clocks
        Its clocks, in the order in which ties are settled.
    parameters
        Its parameters, or None if it has none.
    start
        ``start(s, p, u)`` sets the random part of the initial state.
    uniforms
        How many uniforms ``start`` may read.
    about
        The claim in a sentence or two; the module's docstring serves well.
    needs
        Names of mechanisms without which this one means nothing.
    """

    name: str
    clocks: tuple[Clock, ...] = ()
    parameters: type[Parameters] | None = None
    start: Function | None = None
    uniforms: int = 0
    about: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sampled:
    """An observation: a field's value at stated days, once all that happens by then has happened.

    Attributes
    ----------
    field
        Path of the field, e.g. ``"a.pressure"``.
    days
        Days since the start, or since the milestone, rising.
    since
        Name of a milestone field, or None for the start.
    name
        The column's name; ``"<field> over time"`` unless given.
    """

    field: str
    days: tuple[float, ...]
    since: str | None = None
    name: str = ""

    @property
    def column(self) -> str:
        return self.name or f"{self.field} over time"


@dataclass(frozen=True)
class Integral:
    """An observation: the exact time integral of a field, in field units times days.

    The column is called ``"integral of <field>"`` unless it is given a name. It is taken while the outcome is
    undecided; ``after=True`` goes on to the horizon where timelines are played on.
    """

    field: str
    name: str = ""
    after: bool = False

    @property
    def column(self) -> str:
        return self.name or f"integral of {self.field}"


Observation = Sampled | Integral


@dataclass(frozen=True)
class Member:
    """One clock of a model once families are counted out."""

    clock: Clock
    mechanism: str
    index: int
    number: int
    name: str
    label: str

    @property
    def side(self) -> str | None:
        return SIDES[self.number] if self.clock.over == "sides" else None


@dataclass(frozen=True)
class Model:
    """A crisis: a shared state, mechanisms over it, and what a policy may set.

    Attributes
    ----------
    name, title
        The name in configs, and the title for people.
    state
        The record all mechanisms share. It has a float ``day`` and an enumeration ``outcome``.
    mechanisms
        In the order in which ties between clocks are settled.
    open
        The value of ``outcome`` while it is undecided. A timeline ends when it is decided, unless a clock is declared
        to run after that.
    sides
        Parameters that each side has, ``p.a`` and ``p.b``; None for a model without sides.
    levers
        The record that a policy fills, ``p.cadence``; None for a model without.
    check_levers
        Returns a sentence for each thing wrong between levers that are right one by one.
    endpoints
        How the analysis reads a final record.
    observations
        What the final record cannot hold.
    followed
        Paths of the fields to draw as lines in the picture of a single timeline.
    account
        The long description: purpose, entities, logic, inputs, what is left out.
    check_parameters
        Returns (parameter path, sentence) for values that are possible one by one but not together.
    idle
        Parameters of its mechanisms that cannot matter in it: held at their defaults, and no assumptions of it.
    settle
        ``settle(s, p)``: brings into line what follows from other fields, such as a count of the agreed steps, once
        fields have been set from outside; see `timeline.engines.start`.
    statements
        Name of the array of levers whose records are reports decided on one by one, each with the ``day`` it is made,
        in days: what those who play a table-top exercise add to. None if there is nothing to tell.
    """

    name: str
    title: str
    state: type[Record]
    mechanisms: tuple[Mechanism, ...]
    open: IntEnum
    sides: type[Parameters] | None = None
    levers: type[Record] | None = None
    check_levers: Callable[[Any], list[str]] | None = None
    endpoints: Endpoints | None = None
    observations: tuple[Observation, ...] = ()
    followed: tuple[str, ...] = ()
    account: str = ""
    check_parameters: Callable[[Any], list[tuple[str, str]]] | None = None
    settle: Function | None = None
    idle: tuple[Idle, ...] = ()
    statements: str | None = None

    def __post_init__(self) -> None:
        check(self)

    @cached_property
    def parameters(self) -> type[Record]:
        """The record of everything a config can set: sides, mechanisms, levers."""
        parts: dict[str, Field | Array | type[Record]] = {}
        if self.sides is not None:
            parts.update(dict.fromkeys(SIDES, self.sides))
        for mechanism in self.mechanisms:
            if mechanism.parameters is not None:
                parts[mechanism.name] = held(mechanism.parameters, idle_names(self.idle, mechanism.name))
        if self.levers is not None:
            parts["cadence"] = self.levers
        return compose("Parameters", parts)

    @cached_property
    def assumptions(self) -> dict[str, Parameter]:
        """Every assumption about the world by its path, e.g. ``"leaks.per_insider"``."""
        return {path: leaf for path, leaf in leaves(self.parameters) if isinstance(leaf, Parameter)}

    def unused(self, path: str) -> str:
        """Return a clause that says why a parameter of its mechanisms is none of the model's; empty if it is one."""
        why = why_idle(self.idle, path)
        return f'model "{self.name}" does not use it: {why}; leave it out' if why else ""

    @cached_property
    def plays_on(self) -> bool:
        """Whether timelines go on to the horizon once their outcome is decided."""
        return any(clock.after for mechanism in self.mechanisms for clock in mechanism.clocks)

    @cached_property
    def members(self) -> tuple[Member, ...]:
        """All clocks with families counted out, in the order in which ties are settled."""
        return tuple(_members(self))


def _members(model: Model) -> Iterator[Member]:
    index = 0
    for mechanism in model.mechanisms:
        for clock in mechanism.clocks:
            if clock.over is None:
                names = [(clock.name, "")]
            elif clock.over == "sides":
                names = [(f"{clock.name}[{side}]", side) for side in SIDES]
            else:
                array = model.state.fields[clock.over.over]
                assert isinstance(array, Array)
                labels = clock.over.labels or tuple(str(i) for i in range(array.length))
                names = [(f"{clock.name}[{i}]", labels[i]) for i in range(array.length)]
            for number, (name, label) in enumerate(names):
                yield Member(clock, mechanism.name, index, number, name, label)
                index += 1


@cache
def arguments(function: Function) -> tuple[str, ...]:
    """Return the names of a model function's arguments, in order."""
    return tuple(inspect.signature(function).parameters)


def check(model: Model) -> None:
    """Refuse a model whose declarations contradict each other.

    Raises
    ------
    ModelError
        Naming mechanism, clock and field.
    """
    for what, text in (("name", model.name), ("title", model.title)):
        if bad := unshowable(text, lines=False):
            raise ModelError(
                f"model {model.name!a}: {what}: given the character {bad}, expected one line; leave it out"
            )
    fields = model.state.fields
    for name, kind in (("day", float), ("outcome", IntEnum)):
        found = fields.get(name)
        if not isinstance(found, Field) or not issubclass(found.kind, kind):
            raise ModelError(f'model "{model.name}": the state needs a field "{name}" of type {kind.__name__}')
    _check_size(model)
    names: set[str] = set()
    for mechanism in model.mechanisms:
        where = f'model "{model.name}", mechanism "{mechanism.name}"'
        if mechanism.name in names or mechanism.name in (*SIDES, "cadence"):
            raise ModelError(f"{where}: the name is taken, expected one of its own")
        names.add(mechanism.name)
        if mechanism.start is not None:
            _check_arguments(where + ", start", mechanism.start, {"s", "p", "u"})
    if model.settle is not None:
        _check_arguments(f'model "{model.name}", settle', model.settle, {"s", "p"})
    check_idle(f'model "{model.name}"', model.idle, (f"{m.name}.{n}" for m in model.mechanisms for n in _own(m)))
    for name, needed in unmet_needs(model, ()):
        raise ModelError(
            f'model "{model.name}", mechanism "{name}": needs the mechanism "{needed}", which the model lacks'
            f"{nearest(needed, names)}; add it, or leave {name} out"
        )
    clocks: set[str] = set()
    for mechanism in model.mechanisms:
        for clock in mechanism.clocks:
            where = f'model "{model.name}", mechanism "{mechanism.name}", clock "{clock.name}"'
            if clock.name in clocks:
                raise ModelError(f"{where}: the name is taken, expected one of its own: it names the random draws")
            clocks.add(clock.name)
            _check_clock(where, model, clock)
    _check_members(model)
    if model.levers is not None:
        for path, leaf in leaves(model.levers):
            if not isinstance(leaf, Lever):
                raise ModelError(f'model "{model.name}", lever "{path}": given {type(leaf).__name__}, expected a Lever')
    _check_statements(model)
    _check_observations(model)
    _check_endpoints(model)
    _check_further(model)
    for path in model.followed:
        _check_path(f'model "{model.name}", followed field', model.state, path)
    _check_links(model)
    check_functions(model)


def _check_statements(model: Model) -> None:
    """Refuse statements that are no array of levers, or have no day."""
    if model.statements is None:
        return
    where, fields = f'model "{model.name}", statements', {} if model.levers is None else model.levers.fields
    array = fields.get(model.statements)
    if not isinstance(array, Array):
        raise ModelError(
            f'{where}: given "{model.statements}", expected an array of the levers{nearest(model.statements, fields)}'
        )
    day = array.of.fields.get("day")
    if not isinstance(day, Lever) or day.unit != "days" or day.default != 0:
        raise ModelError(f'{where}: each needs a lever "day" in days, 0 where there is none')


def _own(mechanism: Mechanism) -> Iterable[str]:
    return () if mechanism.parameters is None else mechanism.parameters.fields


def _check_size(model: Model) -> None:
    """Refuse a state, or levers, too large to be kept of every timeline."""
    for word, record in (("state", model.state), ("levers", model.levers)):
        count = numbers_in(record) if record is not None else 0
        if count > MOST_NUMBERS:
            raise ModelError(
                f'model "{model.name}": {word} of {count:,} numbers given, expected at most {MOST_NUMBERS:,}: a row is '
                "kept of every timeline; make the arrays shorter"
            )


def _check_endpoints(model: Model) -> None:
    """Refuse endpoints that name a column the state lacks."""
    ends = model.endpoints
    if ends is None:
        return
    columns = {column_name(path) for path, _ in leaves(model.state)}
    named: list[tuple[str, str | None]] = [("outcome", ends.outcome), ("day", ends.day), ("signed", ends.signed)]
    named += [(f"phases, {name}", column) for name, column in ends.phases if column is not None]
    named += [(word, getattr(ends, word)) for word in ("accord", "half_verified", "fragile")]
    named += [("later", column) for column in (ends.later.columns if ends.later is not None else ())]
    for word, usual in _OPTIONAL.items():
        # What is left at its usual name, and is not there, is what the model does without.
        named += [(word, getattr(ends, word))] if getattr(ends, word) != usual else []
    for word, column in named:
        if column is not None and column not in columns:
            raise ModelError(
                f'model "{model.name}", endpoints, {word}: given "{column}", expected a field of the state'
                f"{nearest(column, columns)}{_leave_out(word)}"
            )


def _leave_out(word: str) -> str:
    optional = ("accord", "signed", "half_verified", "fragile", "later")
    return f"; without such a field give {word}=None" if word in optional else ""


def _check_links(model: Model) -> None:
    """Refuse a parameter that is said to bear on a field or a clock that there is not."""
    fields = {own_name(path) for path, _ in leaves(model.state)}
    for path, parameter in model.assumptions.items():
        clocks = {c.name for m in model.mechanisms if m.name == path.partition(".")[0] for c in m.clocks}
        for word, name, known, kind in (
            ("moves", parameter.moves and parameter.target, fields, "field of the state"),
            ("by", parameter.driver, fields, "field of the state"),
            ("paces", parameter.paces and parameter.target, clocks, "clock of its mechanism"),
        ):
            if name and name not in known:
                raise ModelError(
                    f'model "{model.name}", parameter "{path}": {word}="{name}" names no {kind}{nearest(name, known)}'
                )


def unmet_needs(model: Model, without: Iterable[str]) -> list[tuple[str, str]]:
    """Return (mechanism, what it needs) for each of a model's mechanisms that is left without what it needs."""
    present = [mechanism for mechanism in model.mechanisms if mechanism.name not in without]
    names = {mechanism.name for mechanism in present}
    return [(mechanism.name, needed) for mechanism in present for needed in mechanism.needs if needed not in names]


def needed_by(model: Model, names: Iterable[str]) -> set[str]:
    """Return the mechanisms that those with these names cannot work without."""
    given = set(names)
    return {needed for mechanism in model.mechanisms if mechanism.name in given for needed in mechanism.needs}


def _check_members(model: Model) -> None:
    """Refuse two members with one full name: they would share their random draws."""
    taken: dict[str, Member] = {}
    for member in model.members:
        twin = taken.setdefault(member.name, member)
        if twin is not member:
            one, other = (f'clock "{m.clock.name}" of mechanism "{m.mechanism}"' for m in (twin, member))
            raise ModelError(
                f'model "{model.name}": {one} and {other} both have a member called "{member.name}", '
                "expected names of their own: they name the random draws"
            )


def _check_observations(model: Model) -> None:
    columns = [*ROW, *(column_name(path) for path, _ in leaves(model.state))]
    for name in ROW:
        if name in model.state.fields:
            raise ModelError(
                f'model "{model.name}", field "{name}": every row has such a column, expected another name'
            )
    for observation in model.observations:
        where = f'model "{model.name}", observation "{observation.column}"'
        _check_path(where, model.state, observation.field)
        if observation.column in columns:
            raise ModelError(
                f"{where}: another observation or a field of the state has this name, expected one of its own, "
                f'such as name="{observation.field} over time"'
            )
        columns.append(observation.column)
        if isinstance(observation, Sampled):
            days = observation.days
            if not days or days[0] < 0 or any(b <= a for a, b in pairwise(days)):
                raise ModelError(f"{where}: days {days} given, expected rising days from 0 on")
            if observation.since is not None:
                _check_path(where, model.state, observation.since)


def _check_further(model: Model) -> None:
    """Refuse a further measure of something that is no single number of a final row."""
    single = {
        path for path, leaf in leaves(model.state)
        if "[]" not in path and isinstance(leaf, Field) and not issubclass(leaf.kind, IntEnum)
    }  # fmt: skip
    known = single | {o.column for o in model.observations if isinstance(o, Integral)}
    for own in model.endpoints.further if model.endpoints is not None else ():
        if own.column not in known:
            raise ModelError(
                f'model "{model.name}", endpoints, further: given "{own.column}", expected a number of the state or '
                f"the name of an integral{nearest(own.column, known)}"
            )


def _check_clock(where: str, model: Model, clock: Clock) -> None:
    allowed = {"s", "p"}
    if clock.over == "sides":
        if model.sides is None or not {"a", "b"} <= set(model.state.fields):
            raise ModelError(f'{where}: is a family over the sides, but the model has no sides "a" and "b"')
        allowed |= {"me", "other", "p_me", "p_other", "i"}
    elif isinstance(clock.over, Counted):
        allowed.add("i")
        array = model.state.fields.get(clock.over.over)
        if not isinstance(array, Array):
            raise ModelError(
                f'{where}: counts over "{clock.over.over}", which is no array of the state'
                f"{nearest(clock.over.over, model.state.fields)}"
            )
        if clock.over.labels and len(clock.over.labels) != array.length:
            raise ModelError(f"{where}: {len(clock.over.labels)} labels given, expected {array.length}")
    elif clock.over is not None:
        raise ModelError(f'{where}: over={clock.over!r} given, expected None, "sides" or Counted(...)')
    if clock.takes_law and clock.law.kind in (LawKind.FIXED, LawKind.AT_ONCE, LawKind.EXPONENTIAL):
        raise ModelError(
            f"{where}: takes_law=True with a law that is {clock.law.kind.name.lower()}, expected one in days that luck "
            "decides, such as empirical(...)"
        )
    if clock.memory not in ("resume", "restart"):
        raise ModelError(f'{where}: memory "{clock.memory}" given, expected "resume" or "restart"')
    if clock.uniforms < 0:
        raise ModelError(f"{where}: uniforms={clock.uniforms} given, expected 0 or more")
    for name, function in (("speed", clock.speed), *(("law", f) for f in law_functions(clock.law))):
        _check_arguments(f"{where}, {name}", function, allowed)
    _check_arguments(f"{where}, fires", clock.fires, allowed | {"u"})
    try:
        read = reads_of(clock.speed, "s")
    except ModelError as problem:
        raise ModelError(f"{where}, speed: {problem}") from None
    if "day" in read:
        raise ModelError(
            f'{where}, speed: reads "s.day", but a speed may change only when something fires; '
            "open and close the time window by a clock"
        )
    if clock.renews_on is not None:
        if clock.renews_on.startswith("me.") and clock.over != "sides":
            raise ModelError(f'{where}, renews_on: "{clock.renews_on}" is for families over the sides')
        if "[i]" in clock.renews_on and clock.over is None:
            raise ModelError(f'{where}, renews_on: "{clock.renews_on}" is for families')
        _check_path(f"{where}, renews_on", model.state, renewal_path(clock.renews_on, "a", 0))


def _check_arguments(where: str, function: Function, allowed: set[str]) -> None:
    if not callable(function):
        raise ModelError(f"{where}: given {function!r}, expected a function")
    for name in arguments(function):
        if name not in allowed:
            hint = f" ({ARGUMENTS[name]})" if name in ARGUMENTS else nearest(name, allowed)
            raise ModelError(
                f'{where}: asks for an argument "{name}"{hint}; here a function may ask for '
                f"{', '.join(sorted(allowed))}"
            )


def _check_path(where: str, state: type[Record], path: str) -> None:
    try:
        resolve(blank(state), path)
    except ModelError as problem:
        raise ModelError(f"{where}: {problem}") from None


def column_meanings(model: Model) -> dict[str, str]:
    """Return {column: what it means} of a model's rows, as far as the model says."""
    meanings = {column_name(path): known.meaning for path, known in leaves(model.state)}
    for observation in model.observations:
        of = meanings.get(column_name(observation.field), "") or observation.field
        if isinstance(observation, Integral):
            meanings[observation.column] = f"Added up over the days of the timeline: {of}"
        else:
            days = ", ".join(f"{day:g}" for day in observation.days)
            meanings[observation.column] = f"On days {days} since {observation.since or 'the start'}: {of}"
    return meanings


def column_name(path: str) -> str:
    """Return the column of a number of the state, as it is called on disk and in the analysis.

    Examples
    --------
    >>> column_name("a.pressure"), column_name("steps[].kept")
    ('a.pressure', 'steps.kept')
    """
    return path.replace("[]", "")


def renewal_path(path: str, side: str | None, number: int) -> str:
    """Turn ``"me.leaders"`` or ``"steps[i].day"`` into a path of the state for one member."""
    if path.startswith("me."):
        return f"{side}.{path[3:]}"
    return path.replace("[i]", f"[{number}]")


def every(days: float, until: float) -> tuple[float, ...]:
    """Return the days 0, ``days``, 2 x ``days``, ... up to ``until`` included.

    Examples
    --------
    >>> every(90, 270)
    (0.0, 90.0, 180.0, 270.0)
    """
    return tuple(float(days * k) for k in range(math.floor(until / days) + 1))


def levers_in_use(model: Model) -> Sequence[tuple[str, Lever]]:
    """Return (path, lever) of everything a policy may set."""
    return [(p, leaf) for p, leaf in leaves(model.parameters) if isinstance(leaf, Lever)]
