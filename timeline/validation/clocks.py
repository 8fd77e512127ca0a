"""One clock of a model taken out of the engine: its law alone, with no other ending beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from timeline.errors import ModelError, nearest
from timeline.model.declarations import Clock, Model, arguments
from timeline.model.laws import Law, lifetime


def clock_named(model: Model, name: str) -> Clock:
    """Return a clock of a model.

    Raises
    ------
    ModelError
        If there is none of this name.
    """
    clocks = {clock.name: clock for mechanism in model.mechanisms for clock in mechanism.clocks}
    if name not in clocks:
        raise ModelError(f'model "{model.name}": it has no clock "{name}"{nearest(name, clocks)}')
    return clocks[name]


def call_with(function: Callable[..., Any], scope: Mapping[str, Any]) -> Any:
    """Call one of a model's functions with the arguments that it asks for by name.

    Parameters
    ----------
    function
        A clock's speed, or what it does when it fires.
    scope
        ``{"s": state, "p": parameters, ...}``: more than it asks for does no harm.

    Examples
    --------
    >>> call_with(lambda s: s + 1, {"s": 1, "p": 5})
    2
    """
    return function(*(scope[name] for name in arguments(function)))


def lifetimes(law: Law, scope: Mapping[str, Any]) -> Callable[[float], float]:
    """Return a clock's law in one state, from its start: the chance of lasting longer -> operational time.

    Parameters
    ----------
    law
        Of the clock.
    scope
        What its parameters may read, as for `call_with`.

    Examples
    --------
    >>> from timeline import exponential, fixed
    >>> lifetimes(fixed(30), {})(0.5)
    30.0
    >>> round(lifetimes(exponential(), {})(0.5), 3)
    0.693
    """
    first, second = (float(call_with(part, scope) if callable(part) else part) for part in (law.first, law.second))
    return lambda uniform: lifetime(law, uniform, first, second, 0.0)
