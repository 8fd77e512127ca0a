"""Worlds: what each of many worlds assumes otherwise than an experiment, as plain data.

A world is a mapping from paths of parameters and levers to values as the model's code sees them: days, 1/day,
logarithms, members of enumerations by number. Here worlds are read from what people write, and what is
impossible in one is refused with its number: ``worlds[3]`` is the fourth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from typing import Any

import numpy as np

from timeline.arrays import Flags
from timeline.engines.parameters import slots
from timeline.errors import ConfigError, nearest
from timeline.model.declarations import Model
from timeline.model.records import Lever, Parameter, blank, fill, resolve
from timeline.model.values import Leaf, Number, in_unit, read_value, shown
from timeline.study.checks import asked

Changes = Mapping[str, Number]

#: So many problems are told one by one.
TOLD = 10


def read_worlds(model: Model, given: object, bases: Sequence[Changes] = ({},)) -> tuple[dict[str, Number], ...]:
    """Read worlds as people write them.

    Parameters
    ----------
    model
        The model that declares the paths and their units.
    given
        One of: a list of mappings from path to value, one a world; a mapping from path to a list or an array of
        values, one value a world; a polars DataFrame with a column a path and a row a world. Values are as in a
        config: numbers in the declared unit, texts with a unit of their own, enumerations by name, flags.
    bases
        The values, by path, of what the worlds are played under, as the model's code sees them: with each of
        them a world must make sense.

    Returns
    -------
    tuple of dict
        One a world: values by path as the model's code sees them.

    Raises
    ------
    ConfigError
        One sentence a problem, with world and path: no worlds, a path that the model does not have, an impossible
        value, columns of different lengths, values that contradict each other.

    Examples
    --------
    >>> from pathlib import Path
    >>> from timeline.workspace import find
    >>> model = find(Path("models")).load("backchannel")
    >>> read_worlds(model, {"leaks.discovery": ["365.25 per year"], "oversight.insiders_at_start": [7]})
    ({'leaks.discovery': 1.0, 'oversight.insiders_at_start': 7},)
    """
    worlds = _require_some(_as_worlds(given))
    problems: list[str] = []
    read = tuple(_read(model, world, f"worlds[{number}]", read_value, problems) for number, world in enumerate(worlds))
    _refuse(problems)
    _refuse(_contradictions(model, read, bases))
    return read


def require_possible(model: Model, worlds: Sequence[Changes], bases: Sequence[Changes] = ({},)) -> None:
    """Refuse worlds that the model cannot play, in values as its code sees them.

    Parameters
    ----------
    model, bases
        As for `read_worlds`.
    worlds
        The worlds. The sentences have values in the declared units.

    Raises
    ------
    ConfigError
        As `read_worlds`.
    """
    _require_some(worlds)
    problems: list[str] = []
    for number, world in enumerate(worlds):
        _read(model, world, f"worlds[{number}]", _possible, problems)
    _refuse(problems)
    _refuse(_contradictions(model, worlds, bases))


# -- from columns to worlds


def _as_worlds(given: Any) -> Sequence[Mapping[str, object]]:
    """Turn columns, or a table, into a mapping a world."""
    if hasattr(given, "iter_rows"):  # a polars DataFrame, which is slow to import
        return list(given.iter_rows(named=True))
    if isinstance(given, Mapping):
        return _from_columns({path: _as_list(column) for path, column in given.items()})
    if isinstance(given, Sequence) and not isinstance(given, str):
        wrong = next((number for number, world in enumerate(given) if not isinstance(world, Mapping)), None)
        if wrong is None:
            return given
        raise ConfigError(
            f"worlds[{wrong}]: given {shown(given[wrong])}, expected a mapping from paths to values, "
            'such as {"leaks.per_insider": 0.1}'
        )
    raise ConfigError(
        f"worlds: given {type(given).__name__}, expected a list of mappings from paths to values, a mapping from "
        "paths to lists of values, or a polars DataFrame"
    )


def _as_list(column: Any) -> object:
    return column.tolist() if hasattr(column, "tolist") else column.to_list() if hasattr(column, "to_list") else column


def _from_columns(columns: Mapping[str, Any]) -> list[dict[str, object]]:
    for path, column in columns.items():
        if not isinstance(column, Sequence) or isinstance(column, str):
            raise ConfigError(f"worlds, {path}: given {shown(column)}, expected a list with one value a world")
    lengths = {path: len(column) for path, column in columns.items()}
    first = next(iter(lengths), "")
    for path, length in lengths.items():
        if length != lengths[first]:
            raise ConfigError(
                f"worlds, {path}: given {length} values, expected {lengths[first]}, one a world, as {first} has"
            )
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _require_some(worlds: Sequence[Any]) -> Sequence[Any]:
    if not len(worlds):
        raise ConfigError("worlds: given none, expected at least one; an empty mapping is the world as it is: [{}]")
    return worlds


# -- value by value


def _read(
    model: Model,
    world: Mapping[str, object],
    where: str,
    read: Callable[[Leaf, Any], Number],
    problems: list[str],
) -> dict[str, Number]:
    known = slots(model.parameters)
    found: dict[str, Number] = {}
    for path, given in world.items():
        slot = known.get(path)
        leaf = None if slot is None else slot.field
        if not isinstance(leaf, (Parameter, Lever)):
            problems.append(f"{where}, {path}: given {shown(_bare(given))}, but {_unknown(path, model, known)}")
            continue
        try:
            found[path] = read(leaf, _bare(given))
        except (ValueError, OverflowError) as problem:
            problems.append(f"{where}, {path}: {problem}")
    return found


def _unknown(path: str, model: Model, known: Iterable[str]) -> str:
    if unused := model.unused(path):
        return unused
    below = next((name for name in known if name.startswith((path + ".", path + "["))), "")
    if below:
        return f'this names a record of model "{model.name}", expected one of its numbers, such as "{below}"'
    namesake = next((name for name in known if name.split(".")[-1] == path.split(".")[-1]), "")
    hint = nearest(path, known) or nearest(namesake, known) or f"; `timeline describe {model.name}` lists them"
    return f'model "{model.name}" has no such parameter or lever{hint}'


def _bare(value: Any) -> Any:
    """Return a NumPy number as Python's."""
    return value.item() if isinstance(value, np.generic) else value


def _possible(leaf: Leaf, given: object) -> Number:
    """Return a value as the model's code sees it, if it can be one.

    Raises
    ------
    ValueError
        With ``given ..., expected ...`` in the declared unit.
    """
    if isinstance(given, IntEnum):
        given = int(given)
    if leaf.kind is bool:
        return read_value(leaf, given)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise ValueError(f"given {shown(given)}, expected a number as the model's code sees it, in days")
    if leaf.kind is not float and not float(given).is_integer():
        raise ValueError(f"given {shown(given)}, expected a whole number")
    if issubclass(leaf.kind, IntEnum) and given not in {int(member) for member in leaf.kind}:
        members = ", ".join(f"{int(member)} ({member.name.lower().replace('_', ' ')})" for member in leaf.kind)
        raise ValueError(f"given {shown(given)}, expected one of {members}")
    if not math.isfinite(given):
        raise ValueError(f"given {shown(given)}, expected a finite number")
    try:
        written = in_unit(leaf, given)
    except OverflowError:
        raise ValueError(f"given {shown(given)}, the logarithm of what is no number any more") from None
    read_value(leaf, written)
    return given


# -- between values


def _contradictions(model: Model, worlds: Sequence[Changes], bases: Sequence[Changes]) -> Iterator[str]:
    """Yield a sentence for each world that contradicts itself, or what it is played under."""
    if model.check_parameters is None and model.check_levers is None:
        return
    lights = [fill(blank(model.parameters), base) for base in bases]
    for number, world in enumerate(worlds):
        # What it contradicts under one arm it often contradicts under each.
        told = dict.fromkeys(said for light in lights for said in _of_world(model, light, world))
        yield from (f"worlds[{number}]{said}" for said in told)


def impossible_worlds(model: Model, worlds: Sequence[Changes], base: Changes) -> Flags:
    """Say of each world whether the model finds its parameters impossible together, shape (worlds,).

    Parameters
    ----------
    model
        Whose check of its parameters is asked.
    worlds
        What each world changes, as the model's code sees it.
    base
        What does not differ between them.
    """
    light = fill(blank(model.parameters), base)
    return np.array([bool(_of_world(model, light, world)) for world in worlds], np.bool_)


def _of_world(model: Model, light: Any, world: Changes) -> list[str]:
    before = {path: getattr(*resolve(light, path)) for path in world}
    fill(light, world)
    try:
        said = [f", {path}: {why}" for path, why in asked(model, model.check_parameters, light)]
        if any(path.startswith("cadence.") for path in world) and model.levers is not None:
            said += [f", cadence: {why}" for why in asked(model, model.check_levers, light.cadence)]
        return said
    finally:
        fill(light, before)


def _refuse(problems: Iterable[str]) -> None:
    all_of_them = list(problems)
    if all_of_them:
        more = len(all_of_them) - TOLD
        raise ConfigError([*all_of_them[:TOLD], *([f"worlds: {more:,} further problems"] if more > 0 else [])])
