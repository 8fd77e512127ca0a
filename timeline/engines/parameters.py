"""Where each parameter lies: a record that compiled code reads, filled by offset.

Setting a parameter by its path walks a record of Python objects, which takes longer than playing a
timeline. Here each path is looked up once, and what remains is to copy the record's bytes and to
write a few numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from timeline.errors import ModelError
from timeline.model.records import Array, Field, Record, blank, dtype, fill, resolve, values
from timeline.model.values import Number

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


class Slot(NamedTuple):
    """Where one number of a record lies.

    Attributes
    ----------
    field
        Its declaration.
    kind
        Float or bool; int for an enumeration too.
    offset
        In bytes.
    """

    field: Field
    kind: type
    offset: int


def slots(record: type[Record]) -> Mapping[str, Slot]:
    """Return every number of a record by its path, those of an array's members one by one.

    Examples
    --------
    >>> class Rule(Record):
    ...     every = Field(0.0)
    >>> class Cadence(Record):
    ...     announced = Field(False)
    ...     rules = Array(Rule, 2)
    >>> {path: slot.offset for path, slot in slots(Cadence).items()}
    {'announced': 0, 'rules[0].every': 8, 'rules[1].every': 16}
    """
    key: Any = record
    known: Mapping[str, Slot] = _slots(key)
    return known


@cache
def _slots(record: Any) -> dict[str, Slot]:
    return dict(_walk(record, "", 0))


def _walk(record: type[Record], prefix: str, begin: int) -> Iterator[tuple[str, Slot]]:
    fields: Any = dtype(record).fields
    for name, part in record.fields.items():
        at = begin + int(fields[name][1])
        if isinstance(part, Field):
            yield prefix + name, Slot(part, part.kind if part.kind in (float, bool) else int, at)
        elif isinstance(part, Array):
            for number in range(part.length):
                yield from _walk(part.of, f"{prefix}{name}[{number}].", at + number * dtype(part.of).itemsize)
        else:
            yield from _walk(part, f"{prefix}{name}.", at)


@dataclass(frozen=True)
class Writing:
    """Numbers and where they go, by how they are kept: floats, whole numbers, flags; whole words but for flags."""

    floats: tuple[Any, Any]
    wholes: tuple[Any, Any]
    flags: tuple[Any, Any]


def writing(record: type[Record], given: Mapping[str, Number]) -> Writing:
    """Return how numbers are written into a record: cut off and refused as `timeline.model.records.fill` does.

    Parameters
    ----------
    record
        The record.
    given
        Numbers by path.

    Raises
    ------
    ModelError
        If a path names no field.
    FloatingPointError
        If a NaN is given where a number must be.
    """
    known = slots(record)
    floats: dict[int, float] = {}
    wholes: dict[int, int] = {}
    flags: dict[int, bool] = {}
    for path, value in given.items():
        _, kind, offset = known.get(path) or _spelled_otherwise(record, path)
        if kind is float:
            floats[offset // 8] = float(value)
            if value != value:
                fill(blank(record), {path: value})  # which says what is wrong, unless it may be NaN
        elif kind is bool:
            flags[offset] = bool(value)
        else:
            wholes[offset // 8] = int(value)
    return Writing(_columns(floats, np.float64), _columns(wholes, np.int64), _columns(flags, np.uint8))


def _spelled_otherwise(record: type[Record], path: str) -> Slot:
    """Return the number of a path such as ``"rules.0.every"``."""
    owner, name = resolve(blank(record), path)
    parts = path.replace("]", "").replace("[", ".").split(".")
    again = "".join(f"[{int(part)}]" if part.isdecimal() else f".{part}" for part in parts).lstrip(".")
    slot = slots(record).get(again)
    if slot is None:
        raise ModelError(f'"{path}" names no field, although "{name}" is one of {owner.record.__name__}')
    return slot


def _columns(numbers: Mapping[int, Number], kind: type) -> tuple[Any, Any]:
    return np.array(list(numbers), np.intp), np.array(list(numbers.values()), kind)


class Sheet:
    """One parameter record in memory, filled again and again.

    Parameters
    ----------
    record
        What it holds.

    Attributes
    ----------
    parameters
        The record as compiled code reads it.

    Examples
    --------
    >>> class Side(Record):
    ...     pressure = Field(0.3)
    ...     leaders = Field(0)
    >>> sheet = Sheet(Side)
    >>> sheet.fill(usual(Side), writing(Side, {"leaders": 2}))
    >>> sheet.parameters.item()
    (0.3, 2)
    """

    def __init__(self, record: type[Record]) -> None:
        self._bytes = np.zeros(_room(record), np.uint8)
        self._floats, self._wholes = self._bytes.view(np.float64), self._bytes.view(np.int64)
        self.parameters = np.ndarray((1,), dtype(record), buffer=self._bytes.data)[0]

    def fill(self, base: Bytes, *further: Writing) -> None:
        """Copy a record's bytes, then write numbers over them."""
        self._bytes[:] = base
        for numbers in further:
            self._floats[numbers.floats[0]] = numbers.floats[1]
            self._wholes[numbers.wholes[0]] = numbers.wholes[1]
            self._bytes[numbers.flags[0]] = numbers.flags[1]

    def copy(self) -> Bytes:
        """Return its bytes."""
        return self._bytes.copy()


def usual(record: type[Record]) -> Bytes:
    """Return the bytes of a record with every field at its default; not to be changed."""
    key: Any = record
    made: Bytes = _usual(key)
    return made


@cache
def _usual(record: Any) -> Bytes:
    made = np.zeros(_room(record), np.uint8)
    np.ndarray((1,), dtype(record), buffer=made.data)[0] = values(blank(record))
    made.flags.writeable = False
    return made


def _room(record: type[Record]) -> int:
    """Return a record's size in bytes, in whole words: that of a record of flags is none."""
    return 8 * max(1, -(-dtype(record).itemsize // 8))
