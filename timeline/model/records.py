"""Records of named fields: the shape of a model's state, parameters and levers.

A record is declared once, as a class. From it come the NumPy dtype in which results are
kept (and which compiled code works on), and a light Python object that behaves alike:
an integer field cuts off fractions, a flag is a flag, an unknown name is an error.

Examples
--------
>>> class Side(Record):
...     pressure = Field(0.3, "pressure against concessions", index=True)
...     leaders = Field(0, "changes of leader so far")
>>> side = blank(Side)
>>> side.leaders += 1.9
>>> side.leaders, side.pressure
(1, 0.3)
>>> dtype(Side).names
('pressure', 'leaders')
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from timeline.errors import ModelError, nearest
from timeline.model.paths import steps
from timeline.model.units import LOGARITHMS, Unit, parse_unit

#: The first whole number that its field cannot hold.
_BEYOND = 2**63

EVIDENCE = ("measured", "literature", "judgement")


@dataclass(frozen=True)
class Field:
    """One number of the state.

    Attributes
    ----------
    default
        The neutral value: what the field holds if nothing sets it. Its type is the
        field's type: float, int, bool or a member of an ``IntEnum``. ``NaN`` marks a
        milestone that has not happened.
    meaning
        What it stands for, in words.
    index
        Whether it is an index that lives in [0, 1].
    """

    default: float | int | bool | IntEnum
    meaning: str = ""
    index: bool = False

    @property
    def kind(self) -> type:
        return type(self.default)

    @property
    def may_be_nan(self) -> bool:
        return isinstance(self.default, float) and math.isnan(self.default)


@dataclass(frozen=True)
class Quantity(Field):
    """A number with a unit, which a config can set: a `Parameter` or a `Lever`.

    Attributes
    ----------
    unit
        E.g. ``"share"``, ``"hazard ratio"``, ``"days"``, ``"1/insider/year"``; see `timeline.model.units`.
    """

    unit: str = ""

    def parsed_unit(self, where: str) -> Unit:
        """Return the unit; refuse what is none, and one that a whole number cannot be turned into days by."""
        try:
            unit = parse_unit(self.unit)
        except ValueError as problem:
            raise ModelError(f"{where}: {problem}") from None
        if isinstance(self.default, int) and (unit.factor != 1 or unit.logarithm):
            need = "a logarithm needs" if unit.logarithm else "days need"
            raise ModelError(f"{where}: whole number {self.default} given, expected {self.default}.0: {need} a float")
        return unit

    @property
    def in_days(self) -> float | int | bool | IntEnum:
        """The default as the model's code sees it: days, 1/day, and the logarithms of hazard ratios and their like."""
        if isinstance(self.default, float):
            return parse_unit(self.unit).seen(self.default)
        return self.default


@dataclass(frozen=True)
class Parameter(Quantity):
    """One assumption, with everything a sceptic asks of it.

    Attributes
    ----------
    default
        Its value, in ``unit``. A member of an ``IntEnum`` or a flag needs no unit.
    meaning
        What it stands for, in words.
    unit
        E.g. ``"share"``, ``"hazard ratio"``, ``"days"``, ``"1/insider/year"``; see `timeline.model.units`.
    plausible
        The range in which a reasonable person might put it, in ``unit``.
    evidence
        ``"measured"``, ``"literature"`` or ``"judgement"``.
    source
        Where the value comes from: author, year, table; or that no estimate was found.
    moves
        The field of the state that it moves, with the direction: ``"-trust"``. A hazard, rate, odds or
        risk ratio needs no direction, nor does a plain ratio with a driver: it follows from the value, up
        above 1 and down below.
    paces
        The clock of its own mechanism that it speeds up or slows down, likewise: ``"+leak"``.
    by
        The field that drives it: more of it moves the field, or changes the clock's pace; ``"-fit"`` if
        the lack of it does.

    Examples
    --------
    >>> rumour = Parameter(4.0, unit="hazard ratio", paces="leak", by="rumour")
    >>> rumour.target, rumour.direction()
    ('leak', '+')
    >>> Parameter(10.0, unit="hazard ratio", paces="breach", by="-fit").direction()
    '-'
    >>> Parameter(0.35, unit="share", moves="-trust").direction()
    '-'
    """

    plausible: tuple[float, float] | None = None
    evidence: str = ""
    source: str = ""
    moves: str = ""
    paces: str = ""
    by: str = ""

    @property
    def target(self) -> str:
        """The field it moves or the clock it paces, without the direction; empty if none is declared."""
        return (self.moves or self.paces).lstrip("+-")

    @property
    def driver(self) -> str:
        """The field that drives it; empty if none is declared."""
        return self.by.lstrip("-")

    @property
    def _compares(self) -> bool:
        """Whether its direction follows from its value: a ratio of with to without."""
        unsigned = self.unit == "ratio" and bool(self.by) and (self.moves or self.paces)[:1] not in ("+", "-")
        return self.unit in LOGARITHMS or unsigned

    def direction(self, value: float | None = None) -> str:
        """Return ``"+"`` or ``"-"``: what more of the driver does; nothing for a ratio of one or without a link.

        Parameters
        ----------
        value
            The value as the model's code sees it; the default unless given.
        """
        if not self.target:
            return ""
        up = 1.0
        if self._compares:
            seen = float(self.in_days if value is None else value)
            up = seen if self.unit in LOGARITHMS else seen - 1.0
        if (self.moves or self.paces).startswith("-") != self.by.startswith("-"):
            up = -up
        return "+" if up > 0.0 else "-" if up < 0.0 else ""

    def check_link(self, where: str) -> None:
        """Refuse a declared link that does not say what bears on what, and in which direction."""
        link = self.moves or self.paces
        if self.moves and self.paces:
            raise ModelError(f"{where}: both moves and paces given, expected one of them: a field or a clock")
        if self.by and not link:
            raise ModelError(f'{where}: by="{self.by}" given alone, expected moves=field or paces=clock with it')
        if self.paces and not self.by:
            raise ModelError(f'{where}: paces="{link}" without a driver, expected by=field with it')
        if link and not self.target:
            raise ModelError(f'{where}: "{link}" given, expected a direction and a name, such as "-trust"')
        if self._compares and link[:1] in ("+", "-"):
            raise ModelError(
                f'{where}: "{link}" given, expected "{self.target}": the direction follows from the {self.unit}'
            )
        if link and not self._compares and link[0] not in "+-":
            raise ModelError(f'{where}: "{link}" without a direction, expected "+{link}" or "-{link}"')

    def check(self, where: str) -> None:
        """Refuse an assumption that lacks what a sceptic would ask for."""
        self.check_link(where)
        if not self.meaning:
            raise ModelError(f"{where}: no meaning given, expected a few words on what the parameter stands for")
        if self.evidence not in EVIDENCE:
            raise ModelError(f'{where}: evidence "{self.evidence}" given, expected one of {", ".join(EVIDENCE)}')
        if not self.source:
            raise ModelError(f"{where}: no source given, expected where the value comes from")
        if isinstance(self.default, (bool, IntEnum)):
            return
        unit = self.parsed_unit(where)
        if self.plausible is None:
            raise ModelError(f"{where}: no plausible range given, expected plausible=(low, high) in {self.unit}")
        low, high = self.plausible
        if not low <= self.default <= high:
            raise ModelError(f"{where}: value {self.default} lies outside its plausible range {low} to {high}")
        if not unit.low <= low * unit.factor or not high * unit.factor <= unit.high:
            raise ModelError(f"{where}: plausible range {low} to {high} is impossible in {self.unit}")


def members_of(field: Field) -> tuple[IntEnum, ...]:
    """Return the members of a field's enumeration; none if it has another type."""
    return tuple(type(field.default)) if isinstance(field.default, IntEnum) else ()


@dataclass(frozen=True)
class Lever(Quantity):
    """One number that a policy sets, not an assumption about the world.

    Attributes
    ----------
    unit
        As for a `Parameter`.
    needs
        The mechanism without which setting this lever has no meaning; a model that lacks
        it refuses the lever with a sentence.
    low
        The least value that has a meaning, in ``unit``, if the unit allows less.
    """

    needs: str = ""
    low: float | None = None

    def check(self, where: str) -> None:
        """Refuse a lever whose value could not be turned into days."""
        if isinstance(self.default, (bool, IntEnum)) or (isinstance(self.default, int) and not self.unit):
            return
        self.parsed_unit(where)


@dataclass(frozen=True)
class Array:
    """A fixed number of records of one shape."""

    of: type[Record]
    length: int

    def __post_init__(self) -> None:
        if not isinstance(self.length, int) or isinstance(self.length, bool) or self.length < 1:
            raise ModelError(f"Array: length {self.length!r} given, expected a whole number from 1 on")


class Record:
    """Base of declared records: its class attributes are fields, records and arrays."""

    fields: ClassVar[dict[str, Field | Array | type[Record]]] = {}

    def __init_subclass__(cls) -> None:
        for name in ("record", "fields"):
            if name in vars(cls):
                raise ModelError(
                    f'{cls.__name__}.{name}: "{name}" is what every record calls its own shape, '
                    "expected another name for the field"
                )
        inherited = dict(cls.fields)
        for name, value in vars(cls).items():
            if name.startswith("__"):
                continue
            if not isinstance(value, (Field, Array)) and not _is_record(value):
                raise ModelError(
                    f"{cls.__name__}.{name}: given {value!r}, expected a Field, a Parameter, a Lever, "
                    "an Array or a Record"
                )
            if isinstance(value, Field) and not isinstance(value.default, (float, int)):
                raise ModelError(
                    f"{cls.__name__}.{name}: default {value.default!r} given, expected a float, an int, "
                    "a flag or a member of an IntEnum"
                )
            if isinstance(value, Lever):
                value.check(f"{cls.__name__}.{name}")
            inherited[name] = value
        cls.fields = inherited


class Parameters(Record):
    """Base of a mechanism's parameters: every attribute is a `Parameter`."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, value in cls.fields.items():
            where = f"{cls.__name__}.{name}"
            if not isinstance(value, Parameter):
                raise ModelError(f"{where}: given {type(value).__name__}, expected a Parameter")
            value.check(where)


def _is_record(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Record)


def compose(name: str, parts: Mapping[str, Field | Array | type[Record]]) -> type[Record]:
    """Make a record out of named parts, as a model does with its mechanisms' parameters."""
    return type(name, (Record,), dict(parts))


def leaves(record: type[Record], prefix: str = "") -> Iterator[tuple[str, Field]]:
    """Yield (path, field) of every number, such as ``("a.pressure", Field(...))``.

    The members of an array share one path, ``"steps[].kept"``.
    """
    for name, part in record.fields.items():
        if isinstance(part, Field):
            yield prefix + name, part
        elif isinstance(part, Array):
            yield from leaves(part.of, f"{prefix}{name}[].")
        else:
            yield from leaves(part, f"{prefix}{name}.")


def numbers_in(record: type[Record]) -> int:
    """Return how many numbers a record holds, those of its arrays included.

    Examples
    --------
    >>> class Step(Record):
    ...     kept = Field(False)
    >>> class Steps(Record):
    ...     day = Field(0.0)
    ...     steps = Array(Step, 12)
    >>> numbers_in(Steps)
    13
    """
    return sum(
        1 if isinstance(part, Field)
        else part.length * numbers_in(part.of) if isinstance(part, Array)
        else numbers_in(part)
        for part in record.fields.values()
    )  # fmt: skip


def dtype(record: type[Record]) -> np.dtype[np.void]:
    """Return the aligned NumPy dtype of a record; enumerations are 64-bit integers."""
    key: Any = record
    made: np.dtype[np.void] = _dtype(key)
    return made


@cache
def _dtype(record: Any) -> np.dtype[np.void]:
    parts: list[tuple[Any, ...]] = []
    for name, part in record.fields.items():
        if isinstance(part, Field):
            parts.append((name, _scalar(part)))
        elif isinstance(part, Array):
            parts.append((name, dtype(part.of), (part.length,)))
        else:
            parts.append((name, dtype(part)))
    return np.dtype(parts, align=True)


def _scalar(field: Field) -> DTypeLike:
    if field.kind is bool:
        return np.bool_
    return np.float64 if field.kind is float else np.int64


class Light:
    """A record's values as a plain Python object with the record's own rules."""

    __slots__ = ()
    record: ClassVar[type[Record]]


def light_class(record: type[Record]) -> type[Light]:
    """Return the Python class that holds one record's values."""
    key: Any = record
    made: type[Light] = _light_class(key)
    return made


@cache
def _light_class(record: Any) -> type[Light]:
    names = tuple(record.fields)
    kinds: dict[str, Callable[[Any], Any]] = {}
    finite: set[str] = set()
    wholes: set[str] = set()
    for name, part in record.fields.items():
        if isinstance(part, Field):
            kinds[name] = part.kind if part.kind in (float, bool) else int
            if kinds[name] is int:
                wholes.add(name)
            elif part.kind is float and not part.may_be_nan:
                finite.add(name)

    cls: type[Light] = type(record.__name__, (Light,), {"__slots__": names, "record": record})
    setters = {name: vars(cls)[name].__set__ for name in names}

    def assign(self: Light, name: str, value: Any) -> None:
        kind = kinds.get(name)
        if kind is None:
            raise AttributeError(f'"{name}" is no field of {record.__name__} that can be set{nearest(name, kinds)}')
        value = kind(value)
        if name in wholes:
            if not -_BEYOND <= value < _BEYOND:
                raise OverflowError(f"a whole number beyond 64 bits was written to {record.__name__}.{name}")
        elif value != value and name in finite:
            raise FloatingPointError(f"NaN was written to {record.__name__}.{name}, where a number must be")
        setters[name](self, value)

    cls.__setattr__ = assign  # type: ignore[assignment, method-assign]
    return cls


def blank(record: type[Record]) -> Any:
    """Return a fresh Python object of a record with every field at its default (in days)."""
    cls = light_class(record)
    made = cls()
    for name, part in record.fields.items():
        setter = vars(cls)[name].__set__
        if isinstance(part, Field):
            default = part.in_days if isinstance(part, Quantity) else part.default
            setter(made, default if isinstance(default, bool) else _plain(default))
        elif isinstance(part, Array):
            setter(made, Members(blank(part.of) for _ in range(part.length)))
        else:
            setter(made, blank(part))
    return made


def _plain(value: float | int) -> float | int:
    """An enumeration's member as a bare integer, as the dtype stores it."""
    return int(value) if isinstance(value, int) else value


class Members(tuple[Any, ...]):
    """The members of an array."""

    __slots__ = ()


def values(light: Any) -> tuple[Any, ...]:
    """Return the nested tuple of a record's values: what a NumPy record is filled with."""
    return tuple(
        values(part)
        if isinstance(part, Light)
        else [values(member) for member in part]
        if isinstance(part, Members)
        else part
        for part in (getattr(light, name) for name in light.__slots__)
    )


def resolve(light: Any, path: str) -> tuple[Any, str]:
    """Return (object, name) of a path such as ``"a.pressure"`` or ``"steps[3].kept"``.

    Raises
    ------
    ModelError
        If the path names no field.
    """
    at = light
    parts = steps(path)
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if isinstance(at, Members):
            if not part.isdecimal() or int(part) >= len(at):
                raise ModelError(f'"{path}" names no field: "{part}" is no record of an array of {len(at)}')
            at = at[int(part)]
            continue
        if not isinstance(at, Light) or part not in at.record.fields:
            known = at.record.fields if isinstance(at, Light) else ()
            raise ModelError(f'"{path}" names no field: there is no "{part}"{nearest(part, known)}')
        found = getattr(at, part)
        if last and not isinstance(found, (Light, Members)):
            return at, part
        at = found
    raise ModelError(f'"{path}" names a record, expected one of its fields')


def fill(light: Any, given: Mapping[str, float | int | bool]) -> Any:
    """Set many fields by their paths; returns the same object.

    Examples
    --------
    >>> class Side(Record):
    ...     pressure = Field(0.3)
    >>> fill(blank(Side), {"pressure": 0.5}).pressure
    0.5
    """
    for path, value in given.items():
        owner, name = resolve(light, path)
        setattr(owner, name, value)
    return light


def copied(light: Any) -> Any:
    """Return an independent copy of a record's values."""
    made = type(light)()
    for name, part in light.record.fields.items():
        value = getattr(light, name)
        if isinstance(part, Array):
            value = Members(copied(member) for member in value)
        elif not isinstance(part, Field):
            value = copied(value)
        vars(type(light))[name].__set__(made, value)
    return made
