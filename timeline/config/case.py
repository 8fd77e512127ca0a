"""The table ``[case]`` of a config: what is known of a case of history, and who says so."""

from __future__ import annotations

import math
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import IntEnum
from typing import Any

from timeline.config.document import Document
from timeline.config.tables import days_until, flat, milestones
from timeline.errors import nearest
from timeline.model.declarations import SIDES, Model
from timeline.model.records import Field, Lever, leaves
from timeline.model.values import Number, read_value, shown
from timeline.study.case import FATES, KINDS, Case, Dated, Fact, FateAtHorizon, HistoryUntil, What

_EVENTS = "case.events"


def inject_events(document: Document) -> None:
    """Write the case's events that have a clock among the injections of the config, as if it had written them there.

    Parameters
    ----------
    document
        The config; its ``inject`` is added to. What is wrong with one is told where the event stands.
    """
    injections = document.raw.get("inject", [])
    if not isinstance(injections, list):
        return  # reported with the schema
    for number, event in _tables(document.table("case").get("events")):
        if not isinstance(event.get("clock"), str) or not _is_date(event.get("date")):
            continue
        made, place = f"inject[{len(injections)}]", f"{_EVENTS}[{number}]"
        document.origins |= {f"{made}.clock": (f"{place}.clock", ""), f"{made}.day": (f"{place}.date", "")}
        document.origins |= {f"{made}.luck": (f"{place}.luck", ""), made: (place, "")}
        luck = {"luck": event["luck"]} if "luck" in event else {}
        injections.append({"clock": event["clock"], "day": event["date"], **luck})
    if injections:
        document.raw["inject"] = injections


def read_case(
    document: Document, model: Model, starts: date | None, horizon: float | None, cadences: Iterable[str]
) -> Case | None:
    """Read the table.

    Parameters
    ----------
    document
        Takes the problems.
    model
        Whose milestones, causes and fields it names.
    starts, horizon
        The date of day 0, and for how many days each crisis is followed; None if they are missing or wrong.
    cadences
        The names of the config's cadences.

    Returns
    -------
    Case or None
        None if there is no such table, or something is wrong with it.
    """
    table = document.table("case")
    if not table:
        return None
    if starts is None:
        if "starts" not in document.raw:
            document.refuse("case", "given without a date of day 0, expected starts = ... at the top of the file")
        return None
    if model.endpoints is None or model.endpoints.signed is None:
        document.refuse("case", f'given, but model "{model.name}" signs no agreement; give a model that does')
        return None
    before = len(document.problems)
    end = horizon or float("inf")
    events = tuple(_events(document, table.get("events"), model, starts, end))
    chosen, fate, cause = _chosen(document, table, cadences), _fate(document, table), _cause(document, table, model)
    unreached = tuple(_unreached(document, table, model, {event.reaches for event in events}))
    until = _until(document, table, model, starts, end, events)
    facts = {name: _fact(table.get(name)) for name in ("cadence", "secrecy", "insiders", "sides", "outcome")}
    missing = [name for name, fact in facts.items() if fact is None]  # reported with the schema
    if missing or until is None or fate is None or len(document.problems) > before:
        return None
    known = {name: fact for name, fact in facts.items() if fact is not None}
    case = Case(
        starts=starts, chosen=chosen, fate=fate, cause=cause, events=events, unreached=unreached, until=until, **known
    )
    if until.day > case.ended:
        said = "but history had ended by then; expected an earlier date"
        document.refuse("case.until.date", f"given {table['until']['date']}, {said}")
    return case


def _tables(given: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, table in enumerate(given if isinstance(given, list) else ()):
        if isinstance(table, dict):
            yield number, table


def _is_date(given: object) -> bool:
    return isinstance(given, date) and not isinstance(given, datetime)


def _fact(table: object) -> Fact | None:
    if not isinstance(table, dict) or not all(isinstance(table.get(key), str) for key in ("about", "source")):
        return None
    return Fact(table["about"], table["source"])


def _chosen(document: Document, table: Mapping[str, Any], cadences: Iterable[str]) -> str:
    inside = table.get("cadence")
    chosen, known = inside.get("chosen") if isinstance(inside, dict) else None, list(cadences)
    if isinstance(chosen, str) and chosen not in known:
        expected = f"one of {', '.join(known)}" if known else "the name of a cadence, but there is none"
        document.refuse("case.cadence.chosen", f"given {shown(chosen)}, expected {expected}{nearest(chosen, known)}")
    return str(chosen)


def _fate(document: Document, table: Mapping[str, Any]) -> FateAtHorizon | None:
    inside = table.get("outcome")
    given = inside.get("fate") if isinstance(inside, dict) else None
    found = next((fate for fate in FATES if fate == given), None)
    if found is None and isinstance(given, str):
        said = ", ".join(f'"{fate}"' for fate in FATES)
        document.refuse("case.outcome.fate", f"given {shown(given)}, expected one of {said}{nearest(given, FATES)}")
    return found


def _cause(document: Document, table: Mapping[str, Any], model: Model) -> str:
    inside = table.get("outcome")
    given = inside.get("cause", "") if isinstance(inside, dict) else ""
    known = model.endpoints.causes if model.endpoints else ()
    if isinstance(given, str) and given and given not in known:
        said = f'a cause of model "{model.name}": {", ".join(known)}'
        document.refuse("case.outcome.cause", f"given {shown(given)}, expected {said}{nearest(given, known)}")
    return given if isinstance(given, str) else ""


def _unreached(
    document: Document, table: Mapping[str, Any], model: Model, reached: Container[str | None]
) -> Iterator[str]:
    """Yield the columns of milestones that history had not reached at the horizon."""
    inside, known = table.get("outcome"), case_milestones(model)
    given = inside.get("unreached") if isinstance(inside, dict) else None
    for number, word in enumerate(given if isinstance(given, list) else ()):
        place = f"case.outcome.unreached[{number}]"
        if word not in known:
            said = f'a milestone of model "{model.name}": {", ".join(known)}'
            document.refuse(place, f"given {shown(word)}, expected {said}{nearest(str(word), known)}")
        elif known[word] in reached:
            document.refuse(place, f"given {shown(word)}, but an event reaches it; leave one of them out")
        else:
            yield known[word]


# Events.


def _events(document: Document, given: object, model: Model, starts: date, horizon: float) -> Iterator[Dated]:
    """Yield the events that are right, in order; refuse those out of order or outside the time that is followed."""
    before: tuple[float, date] = (0.0, starts)
    for number, table in _tables(given):
        place = f"{_EVENTS}[{number}]"
        days = _bounds(document, f"{place}.date", table.get("date"), starts, horizon)
        if days is None:
            continue
        if days[0] < before[0]:
            said = (
                f"given {_first(table['date'])} after an event of {before[1]}, expected events in order of their dates"
            )
            document.refuse(f"{place}.date", said)
        before = days[0], _first(table["date"])
        if days[0] < days[1] and table.get("clock") is not None:
            document.refuse(f"{place}.clock", "given for an event of uncertain date, expected one day: it is injected")
        what, reaches = _what(document, place, table), _reached(document, place, table, model)
        side = _side(document, place, table)
        if what is not None and _fact(table) is not None:
            clock = table.get("clock")
            yield Dated(
                *days,
                what,
                str(table["about"]),
                str(table["source"]),
                reaches,
                side,
                clock if isinstance(clock, str) else "",
            )


def _first(given: Any) -> date:
    found = given[0] if isinstance(given, list) else given
    assert isinstance(found, date)
    return found


def _bounds(document: Document, place: str, given: object, starts: date, horizon: float) -> tuple[float, float] | None:
    """Return the first and the last day on which an event may lie; what is no date was reported with the schema."""
    written = given if isinstance(given, list) and len(given) == 2 else [given, given]
    days = [day for day in written if isinstance(day, date) and not isinstance(day, datetime)]
    if len(days) < 2:
        return None
    try:
        low, high = (days_until(day, starts) for day in days)
    except ValueError as problem:
        document.refuse(place, str(problem))
        return None
    if high < low:
        document.refuse(place, f"given {days[0]} to {days[1]}, expected the earlier date first")
    elif high >= horizon:
        last = starts + timedelta(days=math.ceil(horizon) - 1)
        document.refuse(place, f"given {shown(days[1])}, expected {last} or earlier: the horizon ends there")
    else:
        return low, high
    return None


def _what(document: Document, place: str, table: Mapping[str, Any]) -> What | None:
    given = table.get("what")
    found = next((kind for kind in KINDS if kind == given), None)
    if found is None and isinstance(given, str):
        said = f"given {shown(given)}, expected one of {', '.join(KINDS)}{nearest(given, KINDS)}"
        document.refuse(f"{place}.what", said)
    return found


def _reached(document: Document, place: str, table: Mapping[str, Any], model: Model) -> str | None:
    """Return the column of the milestone that an event reached."""
    given = table.get("reaches")
    if not isinstance(given, str):
        return None
    known = case_milestones(model)
    if given not in known:
        said = f'a milestone of model "{model.name}": {", ".join(known)}{nearest(given, known)}'
        document.refuse(f"{place}.reaches", f"given {shown(given)}, expected {said}")
    return known.get(given)


def case_milestones(model: Model) -> dict[str, str]:
    """Return what an event may reach, by its word: what an injection counts from, and other days of the state."""
    found = {word: column for word, column in milestones(model).items() if column is not None}
    days = (name for name, field in model.state.fields.items() if isinstance(field, Field) and field.may_be_nan)
    return found | {name.removesuffix("_day").replace("_", " "): name for name in days if name not in found.values()}


def _side(document: Document, place: str, table: Mapping[str, Any]) -> str:
    given = table.get("side", "")
    if isinstance(given, str) and given and given not in SIDES:
        document.refuse(f"{place}.side", f'given {shown(given)}, expected "a" or "b", as in [sides]')
    return given if isinstance(given, str) else ""


# The day until which history is known.


def _until(
    document: Document, table: Mapping[str, Any], model: Model, starts: date, horizon: float, events: tuple[Dated, ...]
) -> HistoryUntil | None:
    inside = table.get("until")
    if not isinstance(inside, dict):
        return None
    place = "case.until.date"
    days = _bounds(document, place, inside.get("date"), starts, horizon)
    if days is None:
        return None
    if days[0] <= 0:
        document.refuse(place, f"given {inside['date']}, expected a date after the start, {starts}")
    for event in events:
        if event.reaches is not None and event.earliest < days[0] <= event.latest:
            said = f'given {inside["date"]}, expected a day outside the bounds of "{event.about}"'
            document.refuse(place, f"{said}: nobody knows whether that had happened")
    state = inside.get("state")
    return HistoryUntil(days[0], tuple(_conditions(document, state if isinstance(state, dict) else {}, model)))


def _conditions(document: Document, given: Mapping[str, Any], model: Model) -> Iterator[tuple[str, Number]]:
    """Yield what has to hold of the state: whole numbers, flags and names, which a timeline can meet exactly."""
    fields = {path: field for path, field in leaves(model.state) if "[]" not in path and isinstance(field, Field)}
    for path, value in flat(given, fields):
        place, field = f"case.until.state.{path}", fields.get(path)
        if field is None:
            said = f'given {shown(value)}, but the state of model "{model.name}" has no field "{path}"'
            document.refuse(place, said + (nearest(path, fields) or f"; `timeline describe {model.name}` lists them"))
        elif field.kind is float:
            said = (
                f"given {shown(value)}, expected a whole number, a flag or a name: no timeline meets an index exactly"
            )
            document.refuse(place, said)
        else:
            try:
                default = field.default if issubclass(field.kind, (bool, IntEnum)) else 0
                yield path, read_value(Lever(default), value)
            except ValueError as problem:
                document.refuse(place, str(problem))
