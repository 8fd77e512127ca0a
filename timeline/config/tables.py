"""The tables of a config whose words the model declares: ``[parameters]``, ``[cadences.NAME]`` and ``[[inject]]``.

Parameters are named by dotted paths (``leaks.per_insider``), with the same paths in the code.
Levers are written in the shape of the model's record of levers, lists of tables included. Injections
name the model's clocks and milestones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from timeline.config.document import Document
from timeline.config.schema import TOP
from timeline.engines.start import Start
from timeline.engines.world import Injection, misplaced
from timeline.errors import nearest
from timeline.model.declarations import Model
from timeline.model.records import Array, Lever, Record
from timeline.model.units import parse_duration
from timeline.model.values import Number, outside_plausible, read_value, shown
from timeline.study.checks import default_levers, impossible_levers

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

# Parameters.


def read_parameters(
    document: Document, where: str, table: Mapping[str, Any], model: Model
) -> tuple[dict[str, Any], dict[str, Number]]:
    """Read a table of parameters.

    Parameters
    ----------
    document
        Takes the problems and warnings.
    where
        The key path of the table.
    table, model
        The table, and the model that declares what it may hold.

    Returns
    -------
    given, changed
        The parameters by path: as written; and in days and 1/day those that are right.
    """
    written: dict[str, Any] = {}
    read: dict[str, Number] = {}
    for path, given in flat(table, model.assumptions):
        place = f"{where}.{path}"
        if path in written:
            document.refuse(place, "given twice, expected once")
            continue
        written[path] = given
        parameter = model.assumptions.get(path)
        if parameter is None:
            names = [*model.assumptions, *(TOP if document.option_at(place) else ())]
            document.refuse(place, unknown_parameter(path, given, model, names), name=True)
            continue
        try:
            read[path] = read_value(parameter, given)
        except ValueError as problem:
            document.refuse(place, str(problem))
            continue
        if plausible := outside_plausible(parameter, read[path]):
            document.warn(place, f"given {shown(given)}, outside its plausible range {plausible}")
    return written, read


def flat(table: Mapping[str, Any], known: Iterable[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of nested tables."""
    for key, value in table.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and path not in known:
            yield from flat(value, known, path + ".")
        else:
            yield path, value


def unknown_parameter(path: str, given: object, model: Model, names: Iterable[str]) -> str:
    known = model.assumptions
    if unused := model.unused(path):
        return f"given {shown(given)}, but {unused}"
    below = [name for name in known if name.startswith(path + ".")]
    if below and given == {}:
        return "given an empty table, expected parameters in it; leave it out"
    if below:
        return f'given {shown(given)}, expected a table of parameters, such as "{below[0]}"'
    if path.partition(".")[0] == "cadence" and model.levers is not None:
        return f"given {shown(given)}, but this is a lever, expected it in a table [cadences.NAME]"
    without_mechanism = (name for name in known if name.split(".")[-1] == path.split(".")[-1])
    hint = (
        nearest(path, names)
        or nearest(next(without_mechanism, ""), known)
        or f"; `timeline describe {model.name}` lists them"
    )
    return f'given {shown(given)}, but model "{model.name}" has no such parameter{hint}'


# Levers.


def read_levers(
    document: Document, where: str, given: Mapping[str, Any], model: Model, without: Iterable[str]
) -> dict[str, Number]:
    """Read the levers of one cadence.

    Parameters
    ----------
    document
        Takes the problems and warnings.
    where
        The key path of the cadence's table.
    given, model
        The table, and the model that declares what it may hold.
    without
        Mechanisms that are switched off somewhere; a lever that needs one of them warns.

    Returns
    -------
    dict
        Every lever by its path, in days and 1/day; those that are not given, or wrong, are at
        their defaults.
    """
    if model.levers is None:
        for key, value in given.items():
            document.refuse(
                f"{where}.{key}", f'given {shown(value)}, but model "{model.name}" has no levers; leave it out'
            )
        return {}
    before = len(document.problems)
    values = default_levers(model)
    for path, lever, written in _in_shape_of(document, where, "cadence", model.levers, given):
        place = where + path.removeprefix("cadence")
        try:
            values[path] = read_value(lever, written)
        except ValueError as problem:
            document.refuse(place, str(problem))
            continue
        if lever.needs and values[path] != lever.in_days:
            _check_need(document, place, lever.needs, written, model, without)
    if len(document.problems) == before:
        for sentence in impossible_levers(model, values):
            path, colon, said = sentence.partition(": ")
            if colon and path.partition("[")[0] in model.levers.fields:
                document.refuse(f"{where}.{path}", said)
            else:
                document.refuse(where, sentence)
    return values


def _in_shape_of(
    document: Document, where: str, path: str, record: type[Record], given: Mapping[str, Any]
) -> Iterator[tuple[str, Lever, object]]:
    """Yield (path, lever, as written) of a table in the shape of a record; refuse what has no place in it."""
    for key, value in given.items():
        place = f"{where}.{key}"
        part = record.fields.get(key)
        if part is None:
            names = [*record.fields, "about"] if path == "cadence" else [*record.fields]
            document.refuse(
                place,
                f"given {shown(value)}, but there is no such key; expected one of "
                f"{', '.join(names)}{nearest(key, names)}",
                name=True,
            )
        elif isinstance(part, Lever):
            yield f"{path}.{key}", part, value
        elif isinstance(part, Array):
            yield from _in_shape_of_list(document, place, f"{path}.{key}", part, value)
        elif isinstance(part, type) and isinstance(value, dict):
            yield from _in_shape_of(document, place, f"{path}.{key}", part, value)
        else:
            document.refuse(place, f"given {shown(value)}, expected a table")


def _in_shape_of_list(
    document: Document, where: str, path: str, array: Array, given: object
) -> Iterator[tuple[str, Lever, object]]:
    example = f"{{ {next(iter(array.of.fields), '')} = ... }}"
    if not isinstance(given, list):
        document.refuse(where, f"given {shown(given)}, expected a list of tables such as [{example}]")
        return
    if len(given) > array.length:
        document.refuse(where, f"given {len(given)} tables, expected at most {array.length}")
    for number, table in enumerate(given):
        if isinstance(table, dict):
            yield from _in_shape_of(document, f"{where}[{number}]", f"{path}[{number}]", array.of, table)
        else:
            document.refuse(f"{where}[{number}]", f"given {shown(table)}, expected a table such as {example}")


def _check_need(
    document: Document, place: str, needs: str, written: object, model: Model, without: Iterable[str]
) -> None:
    if needs not in [mechanism.name for mechanism in model.mechanisms]:
        document.refuse(
            place,
            f'given {shown(written)}, but model "{model.name}" has no mechanism "{needs}", '
            "which this lever needs; leave it out",
        )
    elif needs in without:
        document.warn(place, f'given {shown(written)}, which does nothing where "{needs}" is switched off (without)')


# Injections.


def read_injections(
    document: Document,
    where: str,
    given: object,
    model: Model,
    horizon: float | None,
    without: Iterable[str],
    starts: date | None = None,
    start: Start | None = None,
) -> tuple[Injection, ...]:
    """Read a list of injections.

    Parameters
    ----------
    document
        Takes the problems.
    where, given
        The key path of the list, and the list; what has the wrong type was already reported with the schema.
    model
        The model whose clocks and milestones it names.
    horizon
        Days; None if that is wrong too.
    without
        Mechanisms that are switched off where the events are to happen.
    starts
        The calendar date of day 0, if the config gives one.
    start
        Where timelines begin; nothing can happen before.

    Returns
    -------
    tuple of Injection
        In order; if one is wrong, there is a problem.
    """
    found: list[Injection] = []
    off = tuple(without)
    for number, table in enumerate(given if isinstance(given, list) else ()):
        if not isinstance(table, dict):
            continue
        place = f"{where}[{number}]"
        clock, day, luck = table.get("clock"), table.get("day"), table.get("luck")
        days, since = 0.0, None
        try:
            if isinstance(day, str):
                days, since = _day(day, model)
            elif isinstance(day, date) and not isinstance(day, datetime):
                days = days_until(day, starts)
        except ValueError as problem:
            document.refuse(f"{place}.day", str(problem))
        if horizon is not None and days >= horizon:
            last = f"less than the horizon, {horizon:g} days"
            if isinstance(day, date) and starts is not None:
                last = f"{starts + timedelta(days=math.ceil(horizon) - 1)} or earlier: the horizon ends there"
            document.refuse(f"{place}.day", f"given {shown(day)}, expected {last}")
        if isinstance(clock, str):
            known = [x for x in luck if isinstance(x, float) and 0 < x < 1] if isinstance(luck, list) else []
            made = Injection(clock, days, since, tuple(known))
            for key, sentence in misplaced(model, made, off, start):
                document.refuse(f"{place}.{key}", sentence)
            found.append(made)
    return tuple(found)


def days_until(day: date, starts: date | None) -> float:
    """Return a calendar date as days since the start.

    Raises
    ------
    ValueError
        If the config gives no start date, or a later one.
    """
    if starts is None:
        raise ValueError(
            f"given {day}, but the config gives no start date; expected starts = ... at the top of the file, "
            'or a day such as "400 days"'
        )
    if day < starts:
        raise ValueError(f"given {day}, which is before the start, expected {starts} or later")
    return float((day - starts).days)


def _day(given: str, model: Model) -> tuple[float, str | None]:
    """Return days and milestone of a text such as ``"400 days"`` or ``"3 months after signature"``."""
    text = " ".join(given.split())
    if _DATE.fullmatch(text):
        raise ValueError(f"given {shown(given)} in quotes, expected a date without: day = {text}")
    duration, after, word = text.partition(" after ")
    if not after and (slip := _slip_of_after(text)):
        raise ValueError(f'given {shown(given)}, expected a day such as "400 days" or "3 months after signature"{slip}')
    days = parse_duration(duration)
    if not after:
        return days, None
    known = milestones(model)
    if _stem(word) not in known:
        raise ValueError(f"given {shown(given)}, expected after one of {', '.join(known)}{nearest(_stem(word), known)}")
    return days, known[_stem(word)]


def _slip_of_after(text: str) -> str:
    words = text.split()
    near = [number for number, word in enumerate(words) if nearest(word, ["after"])]
    return f'; did you mean "{" ".join([*words[: near[0]], "after", *words[near[0] + 1 :]])}"?' if near else ""


def milestones(model: Model) -> dict[str, str | None]:
    """Return what a config may count days from: {word: milestone column, None for the start}.

    The phases by their names, the milestones that the endpoints declare without ``_day``, and two words that
    people use for them, "signature" and "ratification".
    """
    known: dict[str, str | None] = {"start": None}
    ends = model.endpoints
    if ends is None:
        return known
    known |= {_stem(name): column for name, column in ends.phases}
    columns = [*(column for _, column in ends.phases), ends.accord, ends.signed, ends.half_verified]
    known |= {_stem(column): column for column in columns if column in model.state.fields}
    spoken = {"signature": ends.signed, "ratification": known.get("ratified")}
    return known | {word: column for word, column in spoken.items() if column in model.state.fields}


def _stem(word: str) -> str:
    """Turn ``"the accord"`` and ``"accord_day"`` into ``"accord"``."""
    return word.lower().replace("_", " ").removeprefix("the ").removesuffix(" day")
