"""Targets: how a config says which worlds could be ours, by bands of measures or by a named set of bands."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from timeline.config.document import Document
from timeline.config.measures import amount_in, find_measure
from timeline.errors import ModelError, TimelineError, nearest
from timeline.model.declarations import Model, Sampled
from timeline.model.units import parse_duration
from timeline.model.values import shown
from timeline.study.uncertainty import Target
from timeline.study.yardsticks import declare_yardsticks
from timeline.words import say_days

if TYPE_CHECKING:
    from timeline.study.window import Window
    from timeline.workspace import Workspace

_T = "uncertainty"
#: Half a 95% interval in standard errors.
_HALF_WIDTH = 1.959963984540054
SURVIVAL = "survival since signature"
ACCORD = "accord"


@dataclass(frozen=True)
class Given:
    """What of a config bears on its uncertainty.

    Attributes
    ----------
    model, workspace, window
        Its model, where that lies, and for how long is watched.
    known
        Paths that the config or one of its scenarios sets.
    without
        Mechanisms that are switched off everywhere.
    seed
        The config's.
    scenarios
        How many scenarios it has.
    """

    model: Model
    workspace: Workspace
    window: Window
    known: frozenset[str]
    without: tuple[str, ...]
    seed: int
    scenarios: int = 1


def read_record(document: Document, name: object, given: Given) -> list[Target]:
    """Return the set of bands that ``record = NAME`` means; none if it is not given, or wrong."""
    if not isinstance(name, str) or not name:
        return []
    sets = _declared(document, f"{_T}.record", given)
    if name in sets:
        return [target for target in sets[name] if _possible(document, f"{_T}.record", target, given)]
    listed = f"one of {', '.join(sets)}" if sets else "none: models/claims.py declares no TARGETS for this model"
    document.refuse(f"{_T}.record", f"given {shown(name)}, expected {listed}{nearest(name, sets)}")
    return []


def _declared(document: Document, place: str, given: Given) -> Mapping[str, tuple[Target, ...]]:
    try:
        claims = given.workspace.claims(given.model.name)
    except ModelError as problem:
        document.refuse(place, str(problem))
        return {}
    sets = getattr(claims, "TARGETS", {}).get(given.model.name, {})
    return {name: tuple(targets) for name, targets in sets.items()}


def read_keep(document: Document, tables: object, given: Given) -> list[Target]:
    """Return the bands of ``[[uncertainty.keep]]``; what is wrong is added to the document's problems."""
    found: list[Target] = []
    for number, table in enumerate(tables if isinstance(tables, list) else ()):
        if not isinstance(table, dict) or not isinstance(table.get("measure"), str):
            continue  # reported with the schema
        place = f"{_T}.keep[{number}]"
        target = _measured(document, place, table, given)
        if target is None or not _possible(document, place, target, given):
            continue
        banded = _banded(document, place, _ends(document, place, table, target, given), target, given)
        if banded is not None and banded.title in [known.title for known in found]:
            document.refuse(place, f"given {shown(table['measure'])} a second time, expected each measure once")
        elif banded is not None:
            found.append(banded)
    return found


def _measured(document: Document, place: str, table: Mapping[str, Any], given: Given) -> Target | None:
    """Return what is measured, with no band yet."""
    text, ends = table["measure"], given.model.endpoints
    words = " ".join(text.lower().replace("_", " ").split())
    if ends is None:
        document.refuse(place, "given, but the model declares no endpoints to measure; add endpoints=Endpoints(...)")
        return None
    sampled = {
        o.column: o for o in given.model.observations if isinstance(o, Sampled) and o.since and o.since == ends.signed
    }
    if words == SURVIVAL and ends.signed is not None:
        at = _at(document, place, table, given)
        return None if at is None else Target(f"kept for {say_days(at)}", "survival", 0, 1, at)
    if words in sampled:
        at = _at(document, place, table, given)
        return None if at is None else _sampled(document, place, sampled[words], at)
    if "at" in table:
        known = ", ".join(map(shown, [SURVIVAL, *sampled]))
        document.refuse(f"{place}.at", f"given with {shown(text)}, expected it with {known} only; leave it out")
        return None
    if words == ACCORD and ends.accord is not None:
        return Target("reach an accord", "accord", 0, 1)
    return _ratio(document, words, given) or _yardstick(document, place, text, given, [SURVIVAL, ACCORD, *sampled])


def _sampled(document: Document, place: str, observation: Sampled, at: float) -> Target | None:
    if not any(math.isclose(day, at, abs_tol=0.5) for day in observation.days):
        listed = ", ".join(say_days(day) for day in observation.days)
        document.refuse(f"{place}.at", f"given {say_days(at)}, expected a day it is sampled at: {listed}")
        return None
    title = f"{observation.column.removesuffix(' since signature')} after {say_days(at)}"
    return Target(title, "sampled", 0, 1, at, (observation.column,))


def _ratio(document: Document, words: str, given: Given) -> Target | None:
    """Return a rate ratio that the workspace declares by its title; None if there is none of that title."""
    declared = [t for targets in _declared(document, _T, given).values() for t in targets]
    return next((target for target in declared if target.title == words and target.logarithm), None)


def _yardstick(document: Document, place: str, text: str, given: Given, others: Iterable[str]) -> Target | None:
    assert given.model.endpoints is not None
    try:
        known = {y.key: y for y in declare_yardsticks(given.model.endpoints, given.window)}
        found = find_measure(text, known, given.window)
    except (ValueError, TimelineError) as problem:
        near = nearest(text.lower(), others)
        document.refuse(
            f"{place}.measure", str(problem) if not near else f"given {shown(text)}, expected a measure{near}"
        )
        return None
    why = found.undefined and f"but {found.undefined}"
    if found.statistic == "median":
        why = "a median, which no few timelines tell; expected a mean or a share"
    elif found.of_both:
        why = (
            f"which compares two cadences where both {found.of_whom}; expected a measure that one cadence has by itself"
        )
    if why:
        document.refuse(f"{place}.measure", f"given {shown(text)}, {why}")
        return None
    return Target(found.title[:1].lower() + found.title[1:], "yardstick", 0, 1, detail=(found.key,))


def _at(document: Document, place: str, table: Mapping[str, Any], given: Given) -> float | None:
    if "at" not in table:
        document.refuse(
            place, f'given {shown(table["measure"])} without "at", expected a time since signature such as "30 days"'
        )
        return None
    if not isinstance(table["at"], str):
        return None  # reported with the schema
    try:
        at = parse_duration(table["at"])
    except ValueError as problem:
        document.refuse(f"{place}.at", str(problem))
        return None
    if at <= 0:
        document.refuse(f"{place}.at", f"given {shown(table['at'])}, expected more than 0 days")
        return None
    return at


def _possible(document: Document, place: str, target: Target, given: Given) -> bool:
    """Refuse what no timeline of the config can tell."""
    sampled = [o.column for o in given.model.observations if isinstance(o, Sampled)]
    if target.at >= given.window.horizon:
        document.refuse(
            place,
            f"given “{target.title}”, expected less than the horizon, {say_days(given.window.horizon)}: nobody can be "
            "followed for longer",
        )
    elif target.reading == "sampled" and target.detail[0] not in sampled:
        document.refuse(
            place,
            f'given “{target.title}”, but model "{given.model.name}" has no observation "{target.detail[0]}"',
        )
    else:
        return True
    return False


def _ends(document: Document, place: str, table: Mapping[str, Any], target: Target, given: Given) -> object:
    """Return the ends of a band, given as such or by a value and its standard error."""
    measured = [key for key in ("value", "se") if table.get(key) is not None]
    if table.get("within") is not None:
        if measured:
            document.refuse(f"{place}.{measured[0]}", "given beside within, expected a band, or a value and its se")
        return None if measured else table["within"]
    if len(measured) < 2:
        missing = "within, or value and se" if not measured else "value" if measured == ["se"] else "se"
        document.refuse(place, f"given without {missing}, expected a band, or a value and its standard error")
        return None
    unit, most = _unit(target, given)
    value, error = (amount_in(table[key], unit) for key in ("value", "se"))
    if value is None or error is None or error <= 0:
        wrong = "value" if value is None else "se"
        document.refuse(
            f"{place}.{wrong}", f"given {shown(table[wrong])}, expected a number{' above 0' * (wrong == 'se')}"
        )
        return None
    if target.logarithm:
        return [value * math.exp(-_HALF_WIDTH * error / value), value * math.exp(_HALF_WIDTH * error / value)]
    return [max(value - _HALF_WIDTH * error, 0.0), min(value + _HALF_WIDTH * error, most)]


def _banded(document: Document, place: str, within: object, target: Target, given: Given) -> Target | None:
    if not isinstance(within, list):
        return None  # reported with the schema
    if len(within) != 2:
        document.refuse(f"{place}.within", f"given {len(within)} limits, expected two, [low, high]")
        return None
    unit, most = _unit(target, given)
    ends = [amount_in(end, unit) for end in within]
    low, high = ends
    shape = 'a share such as 0.4 or "40%"' if unit == "share" else "a duration" if unit == "days" else "a number"
    if low is None or high is None:
        wrong = within[0] if low is None else within[1]
        document.refuse(f"{place}.within", f"given {shown(wrong)}, expected {shape}")
    elif not low < high:
        document.refuse(f"{place}.within", f"given {_pair(within)}, expected the first to be less than the second")
    elif low < 0 or high > most or (target.logarithm and low <= 0):
        above = "above 0" if target.logarithm else "0 or more" if math.isinf(most) else f"between 0 and {most:g}"
        document.refuse(f"{place}.within", f"given {_pair(within)}, expected limits {above}")
    else:
        return replace(target, low=low, high=high, source="")
    return None


def _pair(within: list[object]) -> str:
    return f"[{', '.join(map(shown, within))}]"


def _unit(target: Target, given: Given) -> tuple[str, float]:
    if target.logarithm:
        return "count", math.inf
    if target.reading == "yardstick":
        assert given.model.endpoints is not None
        found = next(y for y in declare_yardsticks(given.model.endpoints, given.window) if y.key == target.detail[0])
        return found.unit, found.span
    return "share", 1.0
