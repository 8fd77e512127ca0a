"""Causal claims of the literature, as data: what is turned, what is measured, which way it should go.

A workspace declares its claims in ``models/claims.py``. Each turns one driver, a parameter or a
lever, from one plausible end to the other in the whole model, and says which way a measure of the
timelines should move. `timeline.validation.pairs` plays both ends with the same luck.

A claim may not be true by construction. So its measure must be state that the driver's own
functions do not assign. `refusal` derives from the source which functions read the driver, and
what they write, the helpers they call included.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

from timeline.derived.touches import Paths, Touches, touches
from timeline.engines.world import Injection
from timeline.errors import ModelError, nearest
from timeline.model.declarations import SIDES, Function, Model
from timeline.model.laws import law_functions
from timeline.model.paths import own_name
from timeline.model.records import Field, Lever, Parameter, blank, leaves, resolve
from timeline.model.sources import called_function, syntax_tree
from timeline.model.values import Number, read_value, spelled, spoken

if TYPE_CHECKING:
    from timeline.workspace import Workspace

MeasureKind = Literal["mean", "rate", "final", "share", "reached", "in force", "kept"]


@dataclass(frozen=True)
class Measure:
    """One number of each timeline, and how it is averaged over timelines.

    Make one by `over_time`, `per_year`, `at_end`, `share_with`, `reached`, `in_force` or `kept`.

    Attributes
    ----------
    kind
        ``"mean"``: time average of fields over all days played; ``"rate"``: a count per year played;
        ``"final"``: mean of a final value; ``"share"``: of timelines whose final value is one of
        ``values``; ``"reached"``: share of timelines that reach a milestone; ``"in force"``: share of timelines that
        sign and have not failed by the horizon; ``"kept"``: share of agreements that have not failed so long after
        signature, among those that can be followed for so long.
    fields
        Paths of the fields. Several are averaged, counts per year are summed. None of ``"in force"`` and ``"kept"``:
        what they read the model's endpoints say.
    words
        What it is, for people.
    values
        Of a share: names of the enumeration's members, as a config writes them.
    years
        Of what is kept: how long after signature.
    """

    kind: MeasureKind
    fields: tuple[str, ...]
    words: str
    values: tuple[str, ...] = ()
    years: float = 0.0


def over_time(*fields: str, words: str) -> Measure:
    """Return the time average of indices or flags over all the days that timelines are played."""
    return Measure("mean", fields, words)


def per_year(*fields: str, words: str) -> Measure:
    """Return a count per year played."""
    return Measure("rate", fields, words)


def at_end(*fields: str, words: str) -> Measure:
    """Return the mean of a final value; flags count as 0 and 1."""
    return Measure("final", fields, words)


def share_with(name: str, *values: str, words: str) -> Measure:
    """Return the share of timelines whose final ``name`` is one of ``values``."""
    return Measure("share", (name,), words, values)


def reached(milestone: str, words: str) -> Measure:
    """Return the share of timelines that reach a milestone."""
    return Measure("reached", (milestone,), words)


def in_force(words: str = "in force at the end") -> Measure:
    """Return the share of all timelines whose agreement is in force at the horizon."""
    return Measure("in force", (), words)


def kept(years: float, words: str = "") -> Measure:
    """Return the share of agreements kept so many years after signature, among those signed early enough to follow.

    Examples
    --------
    >>> kept(5).words
    'kept 5 years after signature'
    """
    return Measure("kept", (), words or f"kept {years:g} years after signature", years=years)


@dataclass(frozen=True)
class Setting:
    """What holds in a world: a cadence, a scenario.

    Attributes
    ----------
    name
        What to call it.
    given
        Parameters and levers by path, as a config writes them.
    without
        Mechanisms that are switched off.
    injections
        Events from outside.
    """

    name: str
    given: Mapping[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    injections: tuple[Injection, ...] = ()


@dataclass(frozen=True)
class Claim:
    """One causal claim.

    Attributes
    ----------
    model
        The model that it is about.
    says
        The claim, a sentence.
    essay
        Where it comes from: ``"S0"``, ``"S1"``, ``"S2"``, several with commas.
    driver
        Path of the parameter or lever that is turned; ``"sides.pressure"`` turns both sides' own.
    measure
        What is measured.
    rises
        Whether the measure should be higher at the driver's high end.
    setting
        What else is set, under both ends alike.
    low, high
        The ends as a config writes them. A parameter's plausible range if left out; a lever's low
        end is then what it is when nobody sets it.
    among
        A milestone: only replications count that reach it under both ends.
    years
        How long timelines are played.
    pairs
        Replications, each played at both ends with the same luck; 2,000 or more.
    note
        What to know beside it, a sentence.
    """

    model: str
    says: str
    essay: str
    driver: str
    measure: Measure
    rises: bool
    setting: Setting = field(default_factory=lambda: Setting("as declared"))
    low: object = None
    high: object = None
    among: str = ""
    years: float = 15.0
    pairs: int = 2000
    note: str = ""

    @property
    def name(self) -> str:
        """The driver, what is measured and among whom: no two claims share all three."""
        among = f" among {self.among}" if self.among else ""
        return f"{self.driver}: {self.measure.words}{among} ({self.setting.name})"


@dataclass(frozen=True)
class Ends:
    """A claim's two worlds.

    Attributes
    ----------
    paths
        The parameters or levers that are turned.
    low, high
        Every value given, by path, in days and 1/day.
    words
        The two ends of the driver, in its own unit.
    meaning
        What the driver stands for.
    """

    paths: tuple[str, ...]
    low: Mapping[str, Number]
    high: Mapping[str, Number]
    words: tuple[str, str]
    meaning: str


def load_claims(workspace: Workspace, name: str) -> ModuleType | None:
    """Return a workspace's ``models/claims.py`` beside a model of it, or None where it has none.

    It is imported within the model's own package, so that it shares the model's enumerations, and it
    is no source of the model: an edited claim leaves results as they are.

    Raises
    ------
    ModelError
        If the model or the file cannot be loaded.
    """
    return workspace.claims(name)


def ends(model: Model, claim: Claim) -> Ends:
    """Return the two worlds of a claim.

    Raises
    ------
    ModelError
        If a path or value is wrong, an end lies outside the plausible range, or a lever lacks its ends.
    """
    known = dict(leaves(model.parameters))
    where = f'claim "{claim.name}"'
    paths = tuple(f"{side}{claim.driver[5:]}" for side in SIDES) if claim.driver.startswith("sides.") else (
        claim.driver,
    )  # fmt: skip
    base = {path: _read(known, path, value, where) for path, value in claim.setting.given.items()}
    leaf = _leaf(known, paths[0], where)
    written = (claim.low, claim.high)
    if isinstance(leaf, Parameter) and leaf.plausible is not None:
        plausible = tuple(read_value(leaf, end) for end in leaf.plausible)
        low, high = (
            end if given is None else _read(known, paths[0], given, where)
            for given, end in zip(written, plausible, strict=True)
        )
        slack = 1e-9 * max(1.0, abs(plausible[0]), abs(plausible[1]))
        if not plausible[0] - slack <= low < high <= plausible[1] + slack:
            raise ModelError(
                f"{where}: ends {spelled(leaf, low)} and {spelled(leaf, high)} given, expected them to rise within "
                f"the plausible range, {spelled(leaf, plausible[0])} to {spelled(leaf, plausible[1])}"
            )
    elif claim.high is None or (claim.low is None and isinstance(leaf, Parameter)):
        raise ModelError(f"{where}: a lever or a choice has no plausible range, expected low= and high=")
    else:
        low, high = (leaf.in_days if given is None else _read(known, paths[0], given, where) for given in written)
    unset = isinstance(leaf, Lever) and claim.low is None
    return Ends(
        paths,
        base | dict.fromkeys(paths, low),
        base | dict.fromkeys(paths, high),
        (
            "unset" if unset else _worded(leaf, claim.low, low),
            _worded(leaf, claim.high, high),
        ),
        leaf.meaning,
    )


def given_values(model: Model, given: Mapping[str, object]) -> dict[str, Number]:
    """Return parameters and levers as a config writes them, as the model's code sees them: in days and 1/day.

    Parameters
    ----------
    model
        Whose parameters they are.
    given
        By path, e.g. ``{"leaks.discovery": "0.2 per year"}``.

    Raises
    ------
    ModelError
        If there is no such path, or the value is wrong.
    """
    known = dict(leaves(model.parameters))
    return {path: _read(known, path, value, f'model "{model.name}"') for path, value in given.items()}


def _worded(leaf: Parameter | Lever, given: object, value: Number) -> str:
    """Return an end as it was written, or in the declared unit."""
    return given if isinstance(given, str) else spelled(leaf, value)


def _leaf(known: Mapping[str, Any], path: str, where: str) -> Parameter | Lever:
    leaf = known.get(pattern(path))
    if type(leaf) is Field:
        raise ModelError(f'{where}: "{path}" is a parameter that the model does not use; leave it out')
    if not isinstance(leaf, (Parameter, Lever)):
        raise ModelError(f'{where}: "{path}" is no parameter and no lever of the model{nearest(path, known)}')
    return leaf


def _read(known: Mapping[str, Any], path: str, value: object, where: str) -> Number:
    try:
        return read_value(_leaf(known, path, where), value)
    except ValueError as problem:
        raise ModelError(f'{where}: "{path}": {problem}') from None


def pattern(path: str) -> str:
    """Turn ``"cadence.rules[0].every"`` into ``"cadence.rules[].every"``."""
    return re.sub(r"\[\d+\]", "[]", path)


# What the driver's own functions assign


@dataclass(frozen=True)
class DriverReader:
    """A function that reads a driver, itself or through its helpers, and what it writes.

    Attributes
    ----------
    name
        Of the function.
    writes
        Paths of the state.
    names
        Where the paths could not be derived: the last parts of all that is assigned.
    """

    name: str
    writes: frozenset[str]
    names: frozenset[str]

    def assigns(self, path: str) -> bool:
        """Whether the function may write a field of the state."""
        return path in self.writes or own_name(path) in self.names


def readers(model: Model, paths: Iterable[str]) -> list[DriverReader]:
    """Return every function of a model that reads one of some parameters.

    Parameters
    ----------
    model
        The model.
    paths
        Of parameters or levers, e.g. ``"leaks.discovery"``, ``"cadence.rules[0].every"``.

    Returns
    -------
    list of DriverReader
        In the order of the model. A function that calls a reader is one too: what a helper returns may
        decide what its caller writes.
    """
    wanted = {pattern(path) for path in paths}
    found: dict[str, DriverReader] = {}
    for function, roots in _functions(model):
        read = _touched(function, roots, ("p", "p_me", "p_other"), model.parameters)
        if read.known and not read.reads & wanted:
            continue
        if not read.known and not _names(function, stored=False) & {own_name(path) for path in wanted}:
            continue
        written = _touched(function, roots, ("s", "me", "other"), model.state)
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        own = DriverReader(
            name,
            frozenset(written.writes),
            frozenset() if written.known else _names(function, stored=True),
        )
        known = found.get(name, own)
        found[name] = DriverReader(name, known.writes | own.writes, known.names | own.names)
    return list(found.values())


def refusal(model: Model, claim: Claim) -> str:
    """Say why a claim would be true by construction; empty if it would not.

    Returns
    -------
    str
        A sentence that names the function which reads the driver and assigns what is measured.
    """
    for reader in readers(model, ends(model, claim).paths):
        for path in claim.measure.fields:
            if reader.assigns(path):
                return f'{reader.name} reads "{claim.driver}" and assigns "{path}" itself'
    return ""


def check_claim(model: Model, claim: Claim) -> None:
    """Refuse a claim that cannot be put to the test.

    Raises
    ------
    ModelError
        If the driver, an end, the measure or the milestone is wrong, the pairs are too few, or the
        measured state is assigned by the driver's own function.
    """
    where = f'claim "{claim.name}"'
    ends(model, claim)
    check_measure(model, claim.measure, where, *([claim.among] if claim.among else []))
    if claim.pairs < 2000:
        raise ModelError(f"{where}: {claim.pairs} pairs given, expected 2,000 or more")
    if why := refusal(model, claim):
        raise ModelError(f"{where}: {why}, expected state that only other functions assign")


def check_measure(model: Model, measure: Measure, where: str, *more: str) -> None:
    """Refuse a measure that cannot be taken of a model.

    Parameters
    ----------
    model
        The model.
    measure
        The measure.
    where
        What it belongs to, for the error.
    more
        Paths of further fields that must be there.

    Raises
    ------
    ModelError
        If a field or a name is not the model's, a time average is asked of what has none, or the model knows no
        agreements and is asked for them.
    """
    for path in (*measure.fields, *more):
        try:
            resolve(blank(model.state), path)
        except ModelError as problem:
            raise ModelError(f"{where}: {problem}") from None
    if measure.kind == "mean":
        state = dict(leaves(model.state))
        for path in measure.fields:
            if not state[pattern(path)].index and state[pattern(path)].kind is not bool:
                raise ModelError(f'{where}: "{path}" is no index and no flag, expected one: what has a time average')
    if measure.kind == "share":
        names = member_names(model, measure.fields[0])
        for value in measure.values:
            if value not in names:
                raise ModelError(f'{where}: "{value}" given, expected one of {", ".join(names)}{nearest(value, names)}')
    if measure.kind in ("in force", "kept") and (model.endpoints is None or model.endpoints.signed is None):
        raise ModelError(f'{where}: model "{model.name}" signs no agreement, so nothing is "{measure.words}"')


def member_names(model: Model, path: str) -> dict[str, int]:
    """Return {name: value} of the enumeration that a field of the state holds, names as a config writes them.

    Raises
    ------
    ModelError
        If the field holds none.
    """
    leaf = dict(leaves(model.state)).get(path)
    if leaf is None or not issubclass(leaf.kind, IntEnum):
        raise ModelError(f'"{path}" holds no choice among names, expected a field such as "cause"')
    return {spoken(member): int(member) for member in leaf.kind}


def _touched(function: Function, roots: Mapping[str, Paths], names: tuple[str, ...], record: Any) -> Touches:
    """Return what a function does to the records that it gets under some of its arguments' names."""
    return _derived(function, tuple((name, roots[name]) for name in names if name in roots), record)


@cache
def _derived(function: Function, roots: tuple[tuple[str, Paths], ...], record: Any) -> Touches:
    return touches(function, dict(roots), record)


def _functions(model: Model) -> Iterator[tuple[Function, dict[str, Paths]]]:
    """Yield each function that an engine calls, with where its records may lie."""
    whole: dict[str, Paths] = {"s": frozenset({""}), "p": frozenset({""})}
    both = frozenset(SIDES)
    sides: dict[str, Paths] = {"me": both, "other": both, "p_me": both, "p_other": both}
    for mechanism in model.mechanisms:
        if mechanism.start is not None:
            yield mechanism.start, whole
        for clock in mechanism.clocks:
            roots = whole | sides if clock.over == "sides" else whole
            for function in (clock.speed, clock.fires, *law_functions(clock.law)):
                yield function, roots


@cache
def _names(function: Function, stored: bool, within: tuple[Function, ...] = ()) -> frozenset[str]:
    """Return the last parts of all attributes that a function and its helpers load, or store."""
    if function in within:
        return frozenset()
    found: set[str] = set()
    for node in ast.walk(syntax_tree(function)):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) == stored:
            found.add(node.attr)
        if isinstance(node, ast.Call) and (helper := called_function(function, node.func)) is not None:
            found |= _names(helper, stored, (*within, function))
    return frozenset(found)
