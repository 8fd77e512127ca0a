"""Checks: what a model takes for granted of its parameters and levers, and what it finds impossible together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from timeline.engines.start import Start
from timeline.errors import ModelError
from timeline.model.declarations import Model, arguments
from timeline.model.records import Array, Lever, Record, blank, copied, fill
from timeline.model.values import Number


def default_world(model: Model) -> dict[str, Number]:
    """Return every assumption about the world by its path, as declared, in days and 1/day."""
    return {path: _as_number(leaf.in_days) for path, leaf in model.assumptions.items()}


def default_levers(model: Model) -> dict[str, Number]:
    """Return every lever by its path, as declared, in days and 1/day; none if the model has no levers."""
    return {} if model.levers is None else dict(_defaults("cadence", model.levers))


def impossible_together(model: Model, world: Mapping[str, Number]) -> list[tuple[str, str]]:
    """Return (parameter path, sentence) for what the model finds wrong between its parameters."""
    return impossible_changes(model, world)({})


def impossible_changes(
    model: Model, world: Mapping[str, Number]
) -> Callable[[Mapping[str, Number]], list[tuple[str, str]]]:
    """Return what says so of a world in which some parameters are changed: of a thousand, only those are written."""
    base = fill(blank(model.parameters), world)

    def found(changed: Mapping[str, Number]) -> list[tuple[str, str]]:
        return [(path, said) for path, said in asked(model, model.check_parameters, fill(copied(base), changed))]

    return found


def impossible_levers(model: Model, levers: Mapping[str, Number]) -> list[str]:
    """Return a sentence for each contradiction that the model finds between a cadence's levers."""
    if model.check_levers is None:
        return []
    cadence = fill(blank(model.parameters), levers).cadence
    return [str(said) for said in asked(model, model.check_levers, cadence)]


def settled(model: Model, start: Start) -> Any:
    """Return a model's neutral state with what a start gives, and what the model works out from it.

    Raises
    ------
    ModelError
        If the model's `settle` fails.
    """
    state = fill(blank(model.state), {**dict(start.state), "day": start.day})
    if model.settle is None:
        return state
    scope = {"s": state, "p": blank(model.parameters)}
    try:
        model.settle(*(scope[name] for name in arguments(model.settle)))
    except Exception as problem:
        raise ModelError(f'model "{model.name}", settle: fails with {type(problem).__name__}: {problem}') from problem
    return state


def _defaults(path: str, record: type[Record]) -> Iterator[tuple[str, Number]]:
    for name, part in record.fields.items():
        if isinstance(part, Lever):
            yield f"{path}.{name}", _as_number(part.in_days)
        elif isinstance(part, Array):
            for number in range(part.length):
                yield from _defaults(f"{path}.{name}[{number}]", part.of)
        elif isinstance(part, type):
            yield from _defaults(f"{path}.{name}", part)


def asked(model: Model, check: Callable[[Any], Iterable[Any]] | None, values: Any) -> list[Any]:
    """Call a check that the model brings along, if it does; it is the user's code and may fail.

    Raises
    ------
    ModelError
        If it fails; names it.
    """
    if check is None:
        return []
    try:
        return list(check(values))
    except Exception as problem:
        name = getattr(check, "__name__", "check")
        raise ModelError(f'model "{model.name}", {name}: fails with {type(problem).__name__}: {problem}') from problem


def _as_number(value: Number) -> Number:
    """Return a member of an enumeration as a bare integer."""
    return int(value) if isinstance(value, IntEnum) else value
