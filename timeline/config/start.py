"""The table ``[start]`` of a config: how long the crisis has run, and what is known of its state on that day.

Fields are named by their paths in the code (``a.pressure``), an array's by a list of its first records' values
(``steps.disclosed = [1.0, 1.0]``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import IntEnum
from typing import Any

from timeline.config.document import Document
from timeline.config.tables import days_until
from timeline.engines.start import USUAL, Start, misplaced_start
from timeline.engines.world import Injection
from timeline.errors import ModelError, nearest
from timeline.model.declarations import Model
from timeline.model.paths import follow
from timeline.model.records import Array, Field, Lever, Record, leaves
from timeline.model.units import parse_duration
from timeline.model.values import Number, read_value, shown
from timeline.study.checks import settled

#: Beyond it a whole number is no exact float, and the engines store none.
_LARGEST = 2**53
#: A field as it was written: its place in the config, its path, its declaration, its value.
_Written = tuple[str, str, Field, object]


def read_start(
    document: Document,
    where: str,
    given: object,
    model: Model,
    horizon: float | None,
    starts: date | None = None,
    before: Start | None = None,
) -> Start:
    """Read a table that says where timelines begin.

    Parameters
    ----------
    document
        Takes the problems and warnings.
    where, given
        The key path of the table, and the table; what has the wrong type was already reported with the schema.
    model
        The model whose fields it names.
    horizon
        Days; None if that is wrong too.
    starts
        The calendar date of day 0, if the config gives one.
    before
        What holds already; the table changes it.

    Returns
    -------
    Start
        If something is wrong with it, there is a problem.
    """
    usual = before or USUAL
    if not isinstance(given, dict) or not given:
        return usual
    day, state = usual.day, dict(usual.state)
    places: dict[str, str] = {}
    count = len(document.problems)
    for place, path, field, written in _fields(document, where, "", model.state, given, model):
        places[path] = place
        try:
            if path == "day":
                day = _days(written, starts)
            else:
                state[path] = _value(field, written, starts)
        except ValueError as problem:
            document.refuse(place, str(problem))
    start = Start(day, tuple(state.items()))
    for path, sentence in misplaced_start(model, start, float("inf") if horizon is None else horizon):
        document.refuse(places.get(path, f"{where}.day"), sentence)
    if len(document.problems) == count:
        _check_settled(document, where, model, start, places)
        _warn_of_milestones(document, where, model, start)
    return start


def refuse_events_before(document: Document, where: str, events: tuple[Injection, ...], start: Start) -> None:
    """Refuse a start after the day of an event that every arm meets."""
    for number, event in enumerate(events):
        reached = start.reached(event.since)
        if reached is not None and reached + event.days < start.day:
            document.refuse(
                f"{where}.day",
                f"given day {start.day:g}, but inject[{number}] happens on day {reached + event.days:g}; "
                "expected that day or an earlier one",
            )


# What is written where.


def _fields(
    document: Document, where: str, path: str, record: type[Record], given: Mapping[str, Any], model: Model
) -> Iterator[_Written]:
    """Yield every field of a table in the shape of a record; refuse what has no place in it."""
    for key, value in given.items():
        place, own = f"{where}.{key}", f"{path}{key}"
        part = record.fields.get(key)
        if part is None:
            document.refuse(place, _no_such_field(own, value, model), name=True)
        elif isinstance(part, Field):
            yield place, own, part, value
        elif not isinstance(value, dict) or not value:
            document.refuse(place, _no_table(own, value, part))
        elif isinstance(part, Array):
            yield from _columns(document, place, own, part, value, model)
        else:
            yield from _fields(document, place, f"{own}.", part, value, model)


def _columns(
    document: Document, where: str, path: str, array: Array, given: Mapping[str, Any], model: Model
) -> Iterator[_Written]:
    """Yield the fields of an array's first records, of each a list."""
    for key, value in given.items():
        place, part = f"{where}.{key}", array.of.fields.get(key)
        if part is None:
            document.refuse(place, _no_such_field(f"{path}.{key}", value, model), name=True)
        elif not isinstance(part, Field):
            document.refuse(place, f"given {shown(value)}, but a record within an array cannot be set; leave it out")
        elif not isinstance(value, list) or not value:
            document.refuse(place, f"given {shown(value)}, expected a list: {key} of the first of {path}, and so on")
        elif len(value) > array.length:
            document.refuse(place, f"given a list of {len(value)}, expected at most {array.length}: so many are {path}")
        else:
            for number, member in enumerate(value):
                yield f"{place}[{number}]", f"{path}[{number}].{key}", part, member


def _no_such_field(path: str, given: object, model: Model) -> str:
    known = [name.replace("[]", "") for name, _ in leaves(model.state)]
    below = (name for name in known if name.rpartition(".")[2] == path.rpartition(".")[2])
    hint = nearest(path, known) or nearest(next(below, ""), known) or f"; `timeline describe {model.name}` lists them"
    return f'given {shown(given)}, but the state of model "{model.name}" has no field "{path}"{hint}'


def _no_table(path: str, given: object, part: Array | type[Record]) -> str:
    record = part.of if isinstance(part, Array) else part
    name = next((key for key, field in record.fields.items() if isinstance(field, Field)), "")
    example = f"{path}.{name} = [...]" if isinstance(part, Array) else f"{path}.{name} = ..."
    return f"given {shown(given)}, expected its fields one by one, such as {example}"


# One value.


def _days(given: object, starts: date | None) -> float:
    """Return a duration since the start of the crisis, or a date, in days."""
    if isinstance(given, date) and not isinstance(given, datetime):
        return days_until(given, starts)
    if not isinstance(given, str):
        dated = "" if starts is None else ", or a date"
        raise ValueError(f'given {shown(given)}, expected a duration since day 0 such as "18 months"{dated}')
    return parse_duration(given)


def _value(field: Field, given: object, starts: date | None) -> Number:
    if field.may_be_nan:
        return _days(given, starts)
    if field.kind is int:
        value = read_value(Lever(0), given)
        if abs(value) >= _LARGEST:
            raise ValueError(f"given {shown(given)}, expected a whole number below 2**53")
        return value
    if field.kind is not float:
        return read_value(Lever(field.default), given)
    if field.index:
        return read_value(Lever(0.0, unit="index"), given)
    if isinstance(given, str):
        return parse_duration(given)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise ValueError(f'given {shown(given)}, expected a number, or a duration such as "90 days"')
    return read_value(Lever(0.0, unit="number"), abs(given)) * (1 if given >= 0 else -1)


# What has to fit together.


def _check_settled(document: Document, where: str, model: Model, start: Start, places: Mapping[str, str]) -> None:
    """Refuse a field that the model works out from others, if it was given otherwise."""
    if model.settle is None:
        return
    try:
        state = settled(model, start)
    except ModelError as problem:
        document.refuse(where, str(problem))
        return
    for path, value in start.state:
        follows = follow(state, path)
        if follows != value and path in places:
            document.refuse(
                places[path], f"given {shown(value)}, but from what else is given follows {follows:g}; leave it out"
            )


def _warn_of_milestones(document: Document, where: str, model: Model, start: Start) -> None:
    """Say that a phase has begun of which nobody says when."""
    ends, known = model.endpoints, dict(start.state)
    phase = model.state.fields.get("phase")
    if ends is None or not isinstance(phase, Field) or "phase" not in known:
        return
    if not issubclass(phase.kind, IntEnum) or len(phase.kind) != len(ends.phases):
        return  # its members are not the phases that the endpoints name
    for name, milestone in ends.phases[: int(known["phase"]) + 1]:
        if milestone is not None and milestone not in known:
            document.warn(
                f"{where}.phase",
                f"given, but not since when: {name} will be taken for a phase that was never reached; "
                f'give {milestone}, such as {milestone} = "0 days"',
            )
