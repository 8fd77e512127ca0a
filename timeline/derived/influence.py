"""What bears on what in a model: which mechanism reads and writes which part of the state.

Both are derived from the source of the model's functions; nothing is written down twice. The
direction of an influence cannot be derived: it is what a parameter declares by ``moves``,
``paces`` and ``by``. Fields of one name are one variable: ``a.pressure`` and ``b.pressure``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any
from weakref import finalize

from timeline.derived.touches import Paths, Touches, flows, touches
from timeline.model.declarations import SIDES, Clock, Function, Mechanism, Model, arguments
from timeline.model.laws import LawKind, law_functions
from timeline.model.records import Field, Parameter, Record, compose, leaves

#: Where the arguments of a model's functions lie, state and parameters side by side.
_ROOTS: dict[str, Paths] = {
    "s": frozenset({"s"}),
    "p": frozenset({"p"}),
    "me": frozenset({"s.a", "s.b"}),
    "other": frozenset({"s.a", "s.b"}),
    "p_me": frozenset({"p.a", "p.b"}),
    "p_other": frozenset({"p.a", "p.b"}),
}
START = "start"


@dataclass(frozen=True)
class Mark:
    """What one mechanism has to do with one variable.

    Attributes
    ----------
    variable, mechanism
        Their names.
    writes, reads
        Whether it changes the variable, and whether what it does depends on it.
    moved
        In which direction it moves the variable: ``"+"``, ``"-"``, ``"±"`` for both, empty if undeclared.
    heeded
        What more of the variable does there: quickens or raises (``"+"``), slows or lowers (``"-"``).
    """

    variable: str
    mechanism: str
    writes: bool
    reads: bool
    moved: str = ""
    heeded: str = ""


@dataclass(frozen=True)
class Influence:
    """One declared influence: more of ``by`` moves a variable or paces a clock.

    Attributes
    ----------
    parameter, mechanism
        Which parameter declares it, and whose it is.
    by
        The driver; empty where the event itself moves the variable.
    verb, target
        ``"moves"`` and a variable, or ``"paces"`` and a clock.
    sign
        What more of the driver does to the target: ``"+"``, ``"-"`` or empty; without a driver, ``way``.
    way
        In which direction the event itself moves the variable; empty for a ratio, which says only how much.
    """

    parameter: str
    mechanism: str
    by: str
    verb: str
    target: str
    sign: str
    way: str = ""


@dataclass(frozen=True)
class Ending:
    """A clock that can end the timeline, and what its pace depends on.

    Attributes
    ----------
    clock, mechanism
        Their names.
    drivers
        Pairs of (variable, sign); the sign is empty where none is declared.
    """

    clock: str
    mechanism: str
    drivers: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class InfluenceTable:
    """Everything the influence diagram shows.

    Attributes
    ----------
    mechanisms
        In the order of the model.
    variables
        (name, meaning) of those by which one mechanism bears on another, in the order of the state.
    marks
        One for each mechanism and variable that have to do with each other; of these variables, and of
        those that drive an ending.
    links
        Every declared influence, in the order of the ledger.
    endings
        In the order of the model.
    inner
        Variables that matter to one mechanism only, and flags that are up from the start, which say no more
        than that a mechanism is there.
    noted
        Variables that nothing depends on: counts, dates, the last shock.
    unknown
        Clocks of which not everything could be followed.
    """

    mechanisms: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]
    marks: tuple[Mark, ...]
    links: tuple[Influence, ...] = ()
    endings: tuple[Ending, ...] = ()
    inner: tuple[str, ...] = ()
    noted: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass
class _Use:
    """One clock, or one start, with what its functions touch: ``"s.trust"``, ``"p.leaks.rumour"``."""

    mechanism: str
    name: str
    clock: Clock | None
    pace: Touches
    effect: Touches

    @property
    def reads(self) -> set[str]:
        return self.pace.reads | self.effect.reads | self.pace.heeds | self.effect.heeds


def influences(model: Model, values: Mapping[str, float | int | bool] | None = None) -> InfluenceTable:
    """Derive what bears on what.

    Parameters
    ----------
    model
        The model.
    values
        Parameters by path as the model's code sees them; the defaults unless given. The direction of a
        ratio follows from its value.
    """
    uses, sums = _derived(model)
    links = tuple(_links(model, values or {}))
    names = [mechanism.name for mechanism in model.mechanisms]
    written = {name: _written(uses, name, sums) for name in names}
    read = {name: _read(uses, name) for name in names}
    meanings: dict[str, Field] = {}
    for path, field in leaves(model.state):
        meanings.setdefault(variable(path), field)
    meanings.pop("day")
    moved = _signs((k.mechanism, k.target, k.way) for k in links if k.verb == "moves" and k.target != "outcome")
    heeded = _signs((link.mechanism, link.by, link.sign) for link in links if link.by)
    changing = _changing(model, uses)
    endings = tuple(_endings(uses, links, meanings))
    shared: list[str] = []
    inner: list[str] = []
    noted: list[str] = []
    for name, field in meanings.items():
        writers, readers = ({m for m in names if name in of[m]} for of in (written, read))
        if not writers | readers:
            continue
        if field.kind is bool and name not in changing:
            inner.append(name)
        elif name == "outcome" or any(reader != writer for writer in writers for reader in readers):
            shared.append(name)
        else:
            (inner if readers or name in sums.sources() else noted).append(name)
    marks = (
        Mark(v, m, v in written[m], v in read[m], moved.get((m, v), ""), heeded.get((m, v), ""))
        for v in dict.fromkeys([*shared, *(name for ending in endings for name, _ in ending.drivers)])
        for m in names
        if v in written[m] or v in read[m]
    )
    return InfluenceTable(
        mechanisms=tuple(names),
        variables=tuple((name, meanings[name].meaning) for name in shared),
        marks=tuple(marks),
        links=links,
        endings=endings,
        inner=tuple(inner),
        noted=tuple(noted),
        unknown=tuple(use.name for use in uses if not (use.pace.known and use.effect.known)),
    )


def in_words(link: Influence) -> str:
    """Say what bears on what.

    Examples
    --------
    >>> in_words(Influence("leaks.rumour", "leaks", "rumour", "paces", "leak", "+"))
    'more rumour: leak sooner'
    >>> in_words(Influence("leaks.trust_lost", "leaks", "", "moves", "trust", "-", "-"))
    'trust down'
    """
    up, down, open_ = ("sooner", "later", "paced") if link.verb == "paces" else ("up", "down", "moved")
    what = f"{link.target.replace('_', ' ')} { {'+': up, '-': down}.get(link.sign, open_) }"
    return f"more {link.by.replace('_', ' ')}: {what}" if link.by else what


def used_by(model: Model) -> dict[str, tuple[str, ...]]:
    """Return, for each assumption, the clocks whose functions read it.

    Returns
    -------
    dict of str to tuple of str
        By the parameter's path, in the order of the model; ``"start of leaks"`` for a mechanism's part of
        the initial state.
    """
    uses, _ = _derived(model)
    return {path: tuple(use.name for use in uses if f"p.{path}" in use.reads) for path in model.assumptions}


def unfounded(model: Model) -> list[str]:
    """Return a sentence for each declared link that the code does not bear out."""
    uses, sums = _derived(model)
    problems = []
    for path, parameter in model.assumptions.items():
        readers = [use for use in uses if f"p.{path}" in use.reads]
        if not parameter.target or not readers:
            continue
        where = f'parameter "{path}" of model "{model.name}"'
        driven = set().union(*({variable(r) for r in use.reads if r.startswith("s.")} for use in readers))
        moved = set().union(*(_written(readers, use.mechanism, sums) for use in readers))
        if parameter.by and parameter.driver not in driven:
            problems.append(f'{where}: by="{parameter.by}", but nothing that reads the parameter reads that field')
        if parameter.moves and parameter.target not in moved:
            problems.append(
                f'{where}: moves="{parameter.target}", but nothing that reads the parameter writes that field'
            )
        if parameter.paces and not any(use.name == parameter.target for use in readers):
            problems.append(f'{where}: paces="{parameter.target}", but that clock does not read the parameter')
    return problems


def variable(path: str) -> str:
    """Return the variable that a field belongs to: its name, whoever has it.

    Examples
    --------
    >>> variable("s.a.pressure"), variable("steps[].kept")
    ('pressure', 'kept')
    """
    return path.rpartition(".")[2]


# -- what the functions touch ---------------------------------------------------------


class _Sums:
    """Helpers of the state alone that bring sums up to date, such as the number of steps agreed.

    Calling one is no influence of the caller's: a sum moves with what it is computed from. A helper that
    sets a field to something new, such as the next phase, is none.
    """

    def __init__(self, state: type[Record]) -> None:
        self.state = state
        self.fields = {path for path, _ in leaves(state)}
        self.found: dict[Function, dict[str, set[str]]] = {}

    def __call__(self, helper: Function) -> bool:
        """Say whether a helper is one."""
        if helper not in self.found:
            names = list(inspect.signature(helper).parameters)
            done = touches(helper, {name: frozenset({""}) for name in names}, self.state)
            plain = len(names) == 1 and done.known and bool(done.writes) and done.writes <= self.fields
            computed = flows(helper, self.state) if plain else {}
            sums = {path: computed.get(path, done.reads) for path in sorted(done.writes)} if plain else {}
            self.found[helper] = sums if all(of - {path, "day"} for path, of in sums.items()) else {}
        return bool(self.found[helper])

    def moved_by(self, written: set[str], called: Iterable[Function]) -> set[str]:
        """Return the sums that move when these fields are written and these helpers called."""
        return {path for helper in called for path, of in self.found[helper].items() if (of - {path}) & written}

    def sources(self) -> set[str]:
        """Return the variables that the sums are computed from."""
        return {variable(path) for computed in self.found.values() for of in computed.values() for path in of}


_DERIVED: dict[int, tuple[list[_Use], _Sums]] = {}
"""Of each model that lives, by its identity: a model need not be hashable."""


def _derived(model: Model) -> tuple[list[_Use], _Sums]:
    """Return what a model's functions touch, and its helpers that keep sums; reading them all takes a while."""
    if id(model) not in _DERIVED:
        sums = _Sums(model.state)
        _DERIVED[id(model)] = _uses(model, sums), sums
        finalize(model, _DERIVED.pop, id(model), None)
    return _DERIVED[id(model)]


def _uses(model: Model, sums: _Sums) -> list[_Use]:
    both = compose("World", {"s": model.state, "p": model.parameters})

    def derived(functions: Iterable[Callable[..., Any]]) -> Touches:
        found = Touches()
        for function in functions:
            found.add(touches(function, _ROOTS, both, sums), set())
        return found

    found = []
    for mechanism in model.mechanisms:
        if mechanism.start is not None:
            found.append(_Use(mechanism.name, _start(mechanism), None, Touches(), derived([mechanism.start])))
        for clock in mechanism.clocks:
            pace = derived([clock.speed, *law_functions(clock.law)])
            effect = derived([clock.fires])
            if clock.renews_on:
                # Without memory, to begin anew does not change the pace.
                begun_anew = effect if clock.law.kind is LawKind.EXPONENTIAL else pace
                begun_anew.heeds.add(f"s.{variable(clock.renews_on)}")
            found.append(_Use(mechanism.name, clock.name, clock, pace, effect))
    return found


def _start(mechanism: Mechanism) -> str:
    return f"{START} of {mechanism.name}"


def _written(uses: Iterable[_Use], mechanism: str, sums: _Sums) -> set[str]:
    own = [use for use in uses if use.mechanism == mechanism]
    written = {path[2:] for use in own for path in use.effect.writes if path.startswith("s.")}
    written |= sums.moved_by(written, set().union(*(use.effect.apart for use in own)))
    return {variable(path) for path in written}


def _changing(model: Model, uses: Iterable[_Use]) -> set[str]:
    """Return the variables that an event writes, or chance at the start."""
    sure = {_start(m) for m in model.mechanisms if m.start is not None and "u" not in arguments(m.start)}
    return {variable(path) for use in uses if use.name not in sure for path in use.effect.writes}


def _read(uses: Iterable[_Use], mechanism: str) -> set[str]:
    heeded = (use.pace.heeds | use.effect.heeds for use in uses if use.mechanism == mechanism)
    return {variable(path) for paths in heeded for path in paths if path.startswith("s.")}


# -- what the parameters declare ------------------------------------------------------


def _links(model: Model, values: Mapping[str, float | int | bool]) -> Iterable[Influence]:
    for path, parameter in model.assumptions.items():
        if parameter.target:
            owner = path.partition(".")[0]
            yield Influence(
                path,
                owner if owner not in SIDES else "sides",
                parameter.driver,
                "moves" if parameter.moves else "paces",
                parameter.target,
                _direction(parameter, values.get(path)),
                parameter.moves[:1] if parameter.moves.startswith(("+", "-")) else "",
            )


def _direction(parameter: Parameter, value: float | int | bool | None) -> str:
    return parameter.direction(None if value is None else float(value))


def _signs(given: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for mechanism, name, sign in given:
        before = found.get((mechanism, name), "")
        found[mechanism, name] = sign if before in ("", sign) else before if not sign else "±"
    return found


def _endings(uses: Iterable[_Use], links: Iterable[Influence], fields: Mapping[str, Field]) -> Iterable[Ending]:
    """Find the clocks that end the timeline; a phase and its like are gates, not drivers."""
    for use in uses:
        if use.clock is None or "s.outcome" not in use.effect.writes:
            continue
        declared = [k for k in links if k.by and _bears(k, use)]
        names = {variable(path) for path in use.pace.heeds if path.startswith("s.")} | {k.by for k in declared}
        signs = _signs((use.name, link.by, _toward_the_end(link)) for link in declared)
        drivers = (name for name in fields if name in names and not issubclass(fields[name].kind, IntEnum))
        yield Ending(use.name, use.mechanism, tuple((name, signs.get((use.name, name), "")) for name in drivers))


def _toward_the_end(link: Influence) -> str:
    """Say whether a driver makes an event that can end the timeline do so.

    Odds of something else, such as the next phase, are odds against the end.
    """
    if link.verb == "paces" or link.target == "outcome":
        return link.sign
    return "" if link.way else {"+": "-", "-": "+"}.get(link.sign, "")


def _bears(link: Influence, use: _Use) -> bool:
    return link.target == use.name if link.verb == "paces" else f"p.{link.parameter}" in use.reads
