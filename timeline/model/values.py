"""One value against its declaration: how a config writes it, and what the model's code sees.

The code sees days, 1/day, the logarithms of hazard ratios and their like, whole numbers, flags, and the numbers
of enumerations' members. People
write and read the declared unit: ``"2 years"``, ``"40%"``, ``"verified step"``.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import date
from enum import IntEnum
from typing import Any

from timeline.errors import nearest
from timeline.model.records import Lever, Parameter
from timeline.model.units import LOGARITHMS, Unit, expected, parse_quantity, parse_unit

Number = float | int | bool
Leaf = Parameter | Lever


def read_value(leaf: Leaf, given: object) -> Number:
    """Return a value of a parameter or lever as the model's code sees it.

    Parameters
    ----------
    leaf
        The declaration.
    given
        A number in the declared unit, a text with a unit, the lower-case name of a member of
        an enumeration, or a flag.

    Raises
    ------
    ValueError
        With ``given ..., expected ...``.

    Examples
    --------
    >>> read_value(Lever(0.0, unit="days"), "2 weeks")
    14.0
    >>> read_value(Lever(False), 1)
    Traceback (most recent call last):
    ...
    ValueError: given 1, expected true or false
    """
    if leaf.kind is bool:
        if not isinstance(given, bool):
            hint = nearest(given, ("true", "false")).replace('"', "") if isinstance(given, str) else ""
            raise ValueError(f"given {shown(given)}, expected true or false{hint}")
        return given
    if issubclass(leaf.kind, IntEnum):
        return _read_member(leaf.kind, given)
    unit = unit_of(leaf)
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise ValueError(f"given {shown(given)}, expected {'a whole number' if leaf.kind is int else expected(unit)}")
    value = parse_quantity(given, unit)
    low = leaf.low if isinstance(leaf, Lever) else None
    if low is not None and value < unit.seen(low):
        raise ValueError(f"given {shown(given)}, expected {_amount(low, leaf.unit)} or more")
    if leaf.kind is int:
        if not value.is_integer():
            raise ValueError(f"given {shown(given)}, expected a whole number")
        return int(value)
    return value


def _read_member(kind: type[IntEnum], given: object) -> int:
    names = {spoken(member): member for member in kind}
    asked = given.replace("_", " ") if isinstance(given, str) else ""
    if asked not in names:
        choices = ", ".join(f'"{name}"' for name in names)
        raise ValueError(f"given {shown(given)}, expected one of {choices}{nearest(asked.lower(), names)}")
    return int(names[asked])


def spoken(member: IntEnum) -> str:
    """Return how a config writes a member of an enumeration.

    Examples
    --------
    >>> Content = IntEnum("Content", "VERIFIED_STEP AGREED")
    >>> spoken(Content.VERIFIED_STEP)
    'verified step'
    """
    return member.name.lower().replace("_", " ")


def unit_of(leaf: Leaf) -> Unit:
    """Return the parsed unit of a number; a whole number of a policy may have none."""
    return parse_unit(leaf.unit or "number")


def in_unit(leaf: Leaf, value: Number) -> float | int | bool | str:
    """Return a value in the declared unit; enumerations become their names.

    Examples
    --------
    >>> in_unit(Lever(90.0, unit="days"), 30.0)
    30.0
    >>> in_unit(Lever(1.0, unit="years"), 365.25)
    1.0
    """
    if leaf.kind is bool:
        return bool(value)
    if issubclass(leaf.kind, IntEnum):
        return spoken(leaf.kind(int(value)))
    if leaf.kind is int:
        return int(value)
    return unit_of(leaf).written(value)


def spelled(leaf: Leaf, value: Number) -> str:
    """Return a value in its declared unit as people write it.

    Examples
    --------
    >>> spelled(Lever(90.0, unit="days"), 30.0)
    '30 days'
    >>> spelled(Lever(0.5, unit="share"), 0.25)
    '0.25'
    """
    own = in_unit(leaf, value)
    if isinstance(own, bool):
        return "true" if own else "false"
    return own if isinstance(own, str) else _amount(own, leaf.unit)


def _amount(number: float, unit: str) -> str:
    if not unit or unit in ("share", "index", "ratio", "count", "number", *LOGARITHMS):
        return f"{number:g}"
    if unit.startswith("1/"):
        unit = unit[1:].replace("/", " per ").strip()
    return f"{number:g} {unit.removesuffix('s') if number == 1 else unit}"


def outside_plausible(parameter: Parameter, value: Number) -> str:
    """Return the plausible range in words if a value lies outside it, else an empty text.

    Examples
    --------
    >>> outside_plausible(Parameter(2.0, unit="years", plausible=(0.5, 8)), 9 * 365.25)
    '0.5 to 8 years'
    """
    if parameter.plausible is None or isinstance(parameter.default, (bool, IntEnum)):
        return ""
    low, high = parameter.plausible
    unit = unit_of(parameter)
    slack = 1e-12 * max(abs(unit.seen(low)), abs(unit.seen(high)))  # a bound given in another unit is no warning
    if unit.seen(low) - slack <= value <= unit.seen(high) + slack:
        return ""
    return f"{low:g} to {_amount(high, parameter.unit)}"


def shown(given: object) -> str:
    """Return a value as it would be written in TOML, or what kind of thing it is.

    Examples
    --------
    >>> shown("calm"), shown(True), shown(2.5), shown({}), shown([1]), shown([])
    ('"calm"', 'true', '2.5', 'a table', 'a list', 'an empty list')
    """
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        flat = " ".join(given.split())
        return f'"{flat}"' if len(flat) <= 60 else f'"{flat[:57]}..."'
    if isinstance(given, dict):
        return "a table"
    if isinstance(given, list):
        return "a list" if given else "an empty list"
    if isinstance(given, int) and abs(given) > 10**20:
        return "a huge number"
    return str(given)


def as_json(value: Any) -> Any:
    """Return a value as JSON can keep it: bare numbers, infinities, NaN and dates as words."""
    # Numbers first: most values are, and whether something is a mapping takes long to find out.
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {str(name): as_json(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [as_json(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "item"):
        return as_json(value.item())
    raise TypeError(f"{value!r} cannot be kept as JSON")
