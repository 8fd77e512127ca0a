"""Laws: how a config says by which law an assumption is drawn."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from timeline.config.document import Document
from timeline.errors import nearest
from timeline.model.records import Parameter, members_of
from timeline.model.units import LOGARITHMS
from timeline.model.values import in_unit, read_value, shown, unit_of
from timeline.study.priors import MOST_CUT, from_quantiles, mass_below, possible, usual_law
from timeline.study.uncertainty import LAWS, Prior, PriorLaw

_QUANTILE = re.compile(r"p(\d\d)")
#: What each law may be given by, besides two quantiles.
GIVEN_BY: dict[PriorLaw, tuple[str, ...]] = {
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "lognormal": (),
    "beta": ("a", "b"),
    "point": ("value",),
}
#: Laws that two quantiles fix.
_QUANTILES = ("uniform", "loguniform", "normal", "lognormal", "beta")
#: Numbers that are no values of the assumption.
SHAPES = ("sd", "a", "b")
_EXAMPLE = 'a law such as { p05 = ..., p95 = ..., law = "lognormal" } or { low = ..., high = ... }'


def read_law(document: Document, place: str, table: object, parameter: Parameter) -> Prior | None:
    """Read one law.

    Parameters
    ----------
    document
        Takes the problems.
    place, table
        Where it stands, and what stands there.
    parameter
        The assumption.

    Returns
    -------
    Prior or None
        None if something is wrong with it.
    """
    if not isinstance(table, Mapping):
        document.refuse(place, f"given {shown(table)}, expected {_EXAMPLE}")
        return None
    if parameter.kind not in (float, int) and set(table) - {"law"} != {"value"}:
        document.refuse(place, 'given a law for what is no number, expected { law = "point", value = ... }')
        return None
    before = len(document.problems)
    given = {key: _number(document, f"{place}.{key}", key, x, parameter) for key, x in table.items() if key != "law"}
    law = _law(document, place, table, given, parameter)
    if len(document.problems) > before or law is None:
        return None
    numbers = _by_quantiles(document, place, law, table, given) if _quantiles(given) else _by_numbers(given, law)
    if numbers is None or not _sound(document, place, law, numbers, given, table):
        return None
    prior = Prior(law, numbers, *possible_of(parameter), whole=parameter.kind is not float)
    return prior if _fits(document, place, prior, parameter) else None


def possible_of(parameter: Parameter) -> tuple[float, float]:
    """Return between which bounds an assumption can lie; of what is no number, between which codes."""
    if parameter.kind in (float, int):
        return possible(parameter)
    codes = [0, 1] if parameter.kind is bool else [int(member) for member in members_of(parameter)]
    return min(codes), max(codes)


def _law(
    document: Document, place: str, table: Mapping[str, Any], given: Mapping[str, float], parameter: Parameter
) -> PriorLaw | None:
    keys = [key for key in table if key != "law"]
    law = table.get("law", _usual(given, parameter))
    if law not in LAWS:
        near = nearest(law, LAWS) if isinstance(law, str) else ""
        document.refuse(f"{place}.law", f"given {shown(law)}, expected one of {', '.join(LAWS)}{near}")
        return None
    known: PriorLaw = law
    by_quantiles = bool(keys) and all(_QUANTILE.fullmatch(key) for key in keys)
    if by_quantiles and (len(keys) != 2 or known not in _QUANTILES):
        count = f"{len(keys)} quantiles" if known in _QUANTILES else f"quantiles of a {known} law"
        document.refuse(place, f"given {count}, expected {_expected(known)}")
        return None
    if not by_quantiles and (set(keys) != set(GIVEN_BY[known]) or not keys):
        document.refuse(place, f"given {', '.join(keys) or 'nothing'}, expected {_expected(known)}")
        return None
    return known


def _usual(given: Mapping[str, float], parameter: Parameter) -> PriorLaw:
    """Return the law that is meant where none is named."""
    if set(given) == {"value"}:
        return "point"
    if "mode" in given:
        return "triangular"
    unit = unit_of(parameter)
    if any(_QUANTILE.fullmatch(key) for key in given):
        if unit.text in ("share", "index", "%"):
            return "beta"
        return "lognormal" if unit.dimension or unit.text in ("ratio", *LOGARITHMS) else "normal"
    return usual_law(parameter, given.get("low", 0.0), given.get("high", 1.0))


def _expected(law: PriorLaw) -> str:
    names = (
        f"{', '.join(GIVEN_BY[law][:-1])} and {GIVEN_BY[law][-1]}" if len(GIVEN_BY[law]) > 1 else "".join(GIVEN_BY[law])
    )
    two = "two quantiles such as p05 and p95" if law in _QUANTILES else ""
    return f"of a {law} law " + ", or ".join(text for text in (two, names) if text)


def _number(document: Document, place: str, key: str, given: object, parameter: Parameter) -> float:
    """Return a number of a law in the declared unit; NaN if it is none."""
    try:
        if key in SHAPES and parameter.kind in (float, int):
            if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < float("inf"):
                raise ValueError(f"given {shown(given)}, expected a number above 0")
            return float(given)
        if parameter.kind is int and isinstance(given, float):
            return given  # a quantile of a whole number need not be one
        seen = read_value(parameter, given)
        return float(in_unit(parameter, seen)) if parameter.kind in (float, int) else float(seen)
    except ValueError as problem:
        document.refuse(place, str(problem))
        return float("nan")


def _quantiles(given: Mapping[str, float]) -> list[tuple[float, str]]:
    return sorted((int(key[1:]) / 100, key) for key in given if _QUANTILE.fullmatch(key))


def _by_numbers(given: Mapping[str, float], law: PriorLaw) -> tuple[float, ...]:
    return tuple(given[key] for key in GIVEN_BY[law])


def _by_quantiles(
    document: Document, place: str, law: PriorLaw, table: Mapping[str, Any], given: Mapping[str, float]
) -> tuple[float, ...] | None:
    (low, first), (high, second) = _quantiles(given)
    values = given[first], given[second]
    told = f"given {first} = {shown(table[first])} and {second} = {shown(table[second])}"
    if low <= 0:
        document.refuse(f"{place}.{first}", "given a quantile below which nothing lies, expected p01 to p99")
    elif not values[0] < values[1]:
        document.refuse(place, f"{told}, expected the first to be less: so much of all worlds lies below each")
    elif law in ("lognormal", "loguniform") and values[0] <= 0:
        document.refuse(place, f"{told}, expected more than 0: a {law} law knows nothing else")
    else:
        try:
            return from_quantiles(law, (low, high), values)
        except ValueError:
            document.refuse(place, f"{told}, which no {law} law has; expected others, or another law")
    return None


def _sound(
    document: Document,
    place: str,
    law: PriorLaw,
    numbers: tuple[float, ...],
    given: Mapping[str, float],
    table: Mapping[str, Any],
) -> bool:
    """Refuse numbers that make no law."""
    told = ", ".join(f"{key} = {shown(table[key])}" for key in given)
    if law in ("uniform", "loguniform", "triangular") and not (
        numbers[0] < numbers[-1] and list(numbers) == sorted(numbers)
    ):
        document.refuse(place, f"given {told}, expected them to rise")
    elif law == "loguniform" and numbers[0] <= 0:
        document.refuse(place, f'given {told}, expected more than 0: equal ratios never reach it; law = "uniform"')
    else:
        return True
    return False


def _fits(document: Document, place: str, prior: Prior, parameter: Parameter) -> bool:
    """Refuse a law with much of its mass where the assumption cannot be."""
    unit = parameter.unit or "number"
    bounds = f"from {prior.low:g}" + (f" to {prior.high:g}" if prior.high < float("inf") else " on")
    if prior.law in ("normal", "lognormal"):
        outside = mass_below(prior, prior.low) + 1 - mass_below(prior, prior.high)
        if outside > MOST_CUT:
            document.refuse(
                place,
                f"given a {prior.law} law with {outside:.0%} of its mass outside what a {unit} can be, expected it "
                f"within {bounds}; make it narrower, or take another law",
            )
            return False
    elif prior.law == "beta" and not (prior.low <= 0 and prior.high >= 1):
        document.refuse(place, f"given a beta law, which lies between 0 and 1, for a {unit}; expected another law")
        return False
    elif prior.law in ("uniform", "loguniform") and not prior.low <= prior.numbers[0] <= prior.numbers[1] <= prior.high:
        document.refuse(
            place,
            f"given a {prior.law} law from {prior.numbers[0]:g} to {prior.numbers[1]:g}, expected it within what a "
            f"{unit} can be, {bounds}",
        )
        return False
    return True
