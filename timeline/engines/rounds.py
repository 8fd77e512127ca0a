"""Loops within one firing: what nothing else would stop, neither the budget of firings nor, in machine code, Ctrl-C.

How often ``range`` goes round is mostly known before anything is played, and is checked with the model. Where it is
known only then, both engines have a ``range`` of their own that refuses more.
"""

from __future__ import annotations

import ast
import importlib
import types
from collections.abc import Callable
from functools import cache
from typing import Any

from timeline.engines.fingerprint import instructions
from timeline.errors import ModelError
from timeline.model.declarations import Function
from timeline.model.functions import MOST_ROUNDS, rounds_of
from timeline.model.sources import named_number, named_value, syntax_tree

#: What ``range`` is called in machine code where its rounds are not known: numba knows what may bear Python's name.
OWN = "bounded_range"
#: What either engine says of such a loop.
TOO_MANY = f"a loop has more than {MOST_ROUNDS:,} rounds within one firing"


#: A name of a record may be the same as that of a builtin, and stands in the same place of the code.
_OF_RECORDS = ("LOAD_ATTR", "STORE_ATTR", "LOAD_METHOD")


def bounded_range(*given: int) -> range:
    """Return the range; refuse one that goes round too often.

    Raises
    ------
    ValueError
        If it would.

    Examples
    --------
    >>> bounded_range(1, 4)
    range(1, 4)
    >>> bounded_range(10**12)
    Traceback (most recent call last):
    ...
    ValueError: a loop has more than 100,000 rounds within one firing
    """
    if (rounds_of([*given]) or 0) > MOST_ROUNDS:
        raise ValueError(TOO_MANY)
    return range(*given)


@cache
def is_open(function: Function) -> bool:
    """Say whether a function has a loop whose rounds are not known before it is called."""
    if not isinstance(function, types.FunctionType) or "range" not in function.__code__.co_names:
        return False
    try:
        tree = syntax_tree(function)
    except ModelError:
        return True
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and named_value(function, n.func) is range]
    return not all(_is_known(function, value) for call in calls for value in call.args)


def _is_known(function: Function, value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return named_value(function, value.func) is len  # of an array, which the declaration bounds
    local = isinstance(value, ast.Name) and value.id in function.__code__.co_varnames
    return isinstance(value, ast.Constant) or (not local and named_number(function, value) is not None)


@cache
def bounded(function: Function) -> Function:
    """Return a function whose loops, and those of the functions it calls, are bounded; the same if they are anyway."""
    return _bounded(function, ())


def _bounded(function: Function, within: tuple[Function, ...]) -> Function:
    if not isinstance(function, types.FunctionType) or function in within:
        return function
    instead: dict[str, Any] = {"range": bounded_range} if is_open(function) else {}
    for name in function.__code__.co_names:
        helper = function.__globals__.get(name)
        if isinstance(helper, types.FunctionType):
            other = _bounded(helper, (*within, function))
            if other is not helper:
                instead[name] = other
    if not instead:
        return function
    again = types.FunctionType(
        function.__code__, {**function.__globals__, **instead}, function.__name__, function.__defaults__,
        function.__closure__,
    )  # fmt: skip
    again.__kwdefaults__ = function.__kwdefaults__
    return again


def with_own_range(function: Function) -> types.CodeType:
    """Return a function's code that calls `OWN` in place of ``range``; the same where its rounds are known."""
    code = function.__code__
    if not is_open(function) or any(
        line.argval == "range" and line.opname in _OF_RECORDS for line in instructions(code)
    ):
        return code
    return code.replace(co_names=tuple(OWN if name == "range" else name for name in code.co_names))


@cache
def compiled_range() -> Callable[..., range]:
    """Return what stands for ``range`` in machine code where its rounds are not known."""
    numba: Any = importlib.import_module("numba")

    def stand_in(first: Any, stop: Any = None, step: Any = None) -> Any:
        return range(first)

    def alone(first: Any, stop: Any = None, step: Any = None) -> range:
        if first > MOST_ROUNDS:
            raise ValueError(TOO_MANY)
        return range(first)

    def both(first: Any, stop: Any = None, step: Any = None) -> range:
        if float(stop) - float(first) > MOST_ROUNDS:
            raise ValueError(TOO_MANY)
        return range(first, stop)

    def with_step(first: Any, stop: Any = None, step: Any = None) -> range:
        if step != 0 and (float(stop) - float(first)) / float(step) > MOST_ROUNDS:
            raise ValueError(TOO_MANY)
        return range(first, stop, step)

    def left_out(kind: Any) -> bool:
        return kind is None or isinstance(kind, (numba.types.Omitted, numba.types.NoneType))

    def choose(first: Any, stop: Any = None, step: Any = None) -> Callable[..., range]:
        return alone if left_out(stop) else both if left_out(step) else with_step

    numba.extending.overload(stand_in)(choose)
    return stand_in
