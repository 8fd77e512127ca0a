"""The tables ``[laws.CLOCK]``: laws fitted to data, for the clocks that take one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from timeline.config.document import Document
from timeline.engines.world import why_no_law
from timeline.errors import ModelError, nearest
from timeline.model.declarations import Model
from timeline.model.laws import Law, empirical, lognormal, mixture, weibull
from timeline.model.records import Lever
from timeline.model.units import parse_duration
from timeline.model.values import read_value, shown
from timeline.study.fitted_clocks import FittedClock

#: By law: the keys it is given by, and what each of them is.
KEYS: Mapping[str, Mapping[str, str]] = {
    "exponential": {"rate": "rate"},
    "weibull": {"shape": "number", "scale": "duration"},
    "lognormal": {"median": "duration", "sigma": "number"},
    "mixture": {"share": "share", "fast": "rate", "slow": "rate"},
    "life table": {"knots": "list", "hazards": "list"},
}
#: What a kind of key expects.
_EXPECTED = {
    "rate": 'a rate above 0 such as "0.3 per year"',
    "duration": 'a duration above 0 such as "3 years"',
    "number": "a number above 0",
    "share": "a share between 0 and 1, both excluded",
    "list": "a list of numbers from 0 on",
}


def read_laws(document: Document, model: Model, without: tuple[str, ...]) -> tuple[FittedClock, ...]:
    """Read the laws of a config.

    Parameters
    ----------
    document
        Takes the problems.
    model
        The model whose clocks they are for.
    without
        Mechanisms that are switched off.

    Returns
    -------
    tuple of FittedClock
        Those that are right.
    """
    found = []
    for clock, table in document.table("laws").items():
        place = f"laws.{clock}"
        if not isinstance(table, Mapping):
            continue  # already reported with the schema
        if sentence := why_no_law(model, clock):
            document.refuse(place, f"given a law, but {sentence}", name=True)
            continue
        off = next(
            (m.mechanism for m in model.members if clock in (m.clock.name, m.name) and m.mechanism in without), None
        )
        if off is not None:
            document.refuse(
                place, f'given a law, but its mechanism "{off}" is switched off (without); leave one of them out'
            )
        law = _read_law(document, place, table)
        fitted = table.get("fitted", {})
        if not isinstance(fitted, Mapping):
            document.refuse(
                f"{place}.fitted", f"given {shown(fitted)}, expected a table that says where the law comes from"
            )
        elif law is not None:
            given = {key: value for key, value in table.items() if key != "fitted"}
            found.append(FittedClock(clock, law, given, fitted))
    return tuple(found)


def _read_law(document: Document, place: str, table: Mapping[str, Any]) -> Law | None:
    name = table.get("law")
    if not isinstance(name, str) or name not in KEYS:
        near = nearest(name, KEYS) if isinstance(name, str) else ""
        document.refuse(
            f"{place}.law", f"given {shown(name) if name else 'nothing'}, expected one of {', '.join(KEYS)}{near}"
        )
        return None
    keys = KEYS[name]
    count = len(document.problems)
    for key in table:
        if key not in (*keys, "law", "fitted"):
            near = nearest(key, keys)
            document.refuse(
                f"{place}.{key}",
                f"given {shown(table[key])}, but a law that is {name} has no such key; expected "
                f"{', '.join(keys)}{near}",
            )
    values: dict[str, Any] = {}
    for key, kind in keys.items():
        if key not in table:
            document.refuse(f"{place}.{key}", f"not given, expected {_EXPECTED[kind]}")
            continue
        try:
            values[key] = _READ[kind](table[key])
        except ValueError:
            document.refuse(f"{place}.{key}", f"given {shown(table[key])}, expected {_EXPECTED[kind]}")
    if len(document.problems) > count:
        return None
    try:
        return _law(name, values)
    except ModelError as problem:
        document.refuse(place, str(problem))
        return None


def _law(name: str, v: Mapping[str, Any]) -> Law:
    """Return the law, in days."""
    if name == "exponential":
        return empirical([0.0], [v["rate"]])
    if name == "weibull":
        return weibull(v["shape"], scale=v["scale"])
    if name == "lognormal":
        return lognormal(v["sigma"], median=v["median"])
    if name == "mixture":
        return mixture([v["share"], 1.0 - v["share"]], [v["fast"], v["slow"]])
    return empirical(v["knots"], v["hazards"])


def _rate(given: object) -> float:
    return _above_nothing(float(read_value(Lever(0.0, unit="per day"), given)) if isinstance(given, str) else math.nan)


def _duration(given: object) -> float:
    return _above_nothing(parse_duration(given) if isinstance(given, str) else math.nan)


def _number(given: object) -> float:
    number = isinstance(given, (int, float)) and not isinstance(given, bool)
    return _above_nothing(float(given) if number else math.nan)  # type: ignore[arg-type]


def _share(given: object) -> float:
    share = _number(given)
    if share >= 1:
        raise ValueError
    return share


def _list(given: object) -> list[float]:
    if not isinstance(given, list) or not given:
        raise ValueError
    if any(isinstance(each, bool) or not isinstance(each, (int, float)) or not 0 <= each < math.inf for each in given):
        raise ValueError
    return [float(each) for each in given]


def _above_nothing(value: float) -> float:
    if not 0 < value < math.inf:
        raise ValueError
    return value


_READ: Mapping[str, Callable[[object], Any]] = {
    "rate": _rate, "duration": _duration, "number": _number, "share": _share, "list": _list,
}  # fmt: skip
