"""What a paused clock waits for: the conditions at the head of its speed under which it does not run.

A speed that begins with ``if ...: return 0.0`` has looked at nothing else when it leaves there. So until
something changes that the conditions read, the clock stays paused, whatever else its speed reads.
"""

from __future__ import annotations

import ast
import dis
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from timeline.errors import ModelError
from timeline.model.sources import syntax_tree

_LOADS = {dis.opmap[name] for name in ("LOAD_CONST", "RETURN_CONST") if name in dis.opmap}


def head(function: Callable[..., Any]) -> tuple[ast.stmt, ...]:
    """Return the lines of a speed up to the last condition at its head under which the clock is paused.

    Parameters
    ----------
    function
        A plain function of a model.

    Returns
    -------
    tuple of ast.stmt
        Nothing if its first lines leave otherwise, or not at all, or its source cannot be read.

    Examples
    --------
    >>> from timeline.derived.guards import _example_speed
    >>> [ast.unparse(line).splitlines()[0] for line in head(_example_speed)]
    ['hidden = s.undisclosed', 'if hidden <= 0.0:']
    """
    try:
        tree = syntax_tree(function)
    except ModelError:
        return ()
    lines = tree.body if isinstance(tree, ast.FunctionDef) else []
    leading = list(_leading(lines))
    last = max((number for number, line in enumerate(leading, 1) if isinstance(line, ast.If)), default=0)
    return tuple(leading[:last])


@cache
def marked(function: Callable[..., Any], mark: float) -> Callable[..., Any]:
    """Return a speed that gives ``mark`` in place of 0 where it leaves at its head; otherwise the same function.

    Parameters
    ----------
    function
        A plain function of a model.
    mark
        What no speed can be.
    """
    if not isinstance(function, FunctionType):
        return function
    places = [_place(line) for line in head(function) if isinstance(line, ast.If)]
    code = _with_mark(function.__code__, places, mark) if places else None
    if code is None:
        return function
    return FunctionType(code, function.__globals__, function.__name__, function.__defaults__, function.__closure__)


def _leading(lines: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the lines before the first that may leave otherwise, or do more than give names to values."""
    for line in lines:
        named = isinstance(line, ast.Assign) and all(isinstance(target, ast.Name) for target in line.targets)
        remark = isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
        if not (named or remark or _pauses(line)):
            return
        yield line


def _pauses(line: ast.stmt) -> bool:
    if not isinstance(line, ast.If) or line.orelse or len(line.body) != 1:
        return False
    leaves = line.body[0]
    return (
        isinstance(leaves, ast.Return)
        and isinstance(leaves.value, ast.Constant)
        and isinstance(leaves.value.value, float)
        and leaves.value.value == 0.0
    )


def _place(line: ast.If) -> tuple[int, int]:
    """Return line and column of the 0 that is returned."""
    leaves = line.body[0]
    assert isinstance(leaves, ast.Return)
    assert leaves.value is not None
    return leaves.value.lineno, leaves.value.col_offset


def _with_mark(code: CodeType, places: list[tuple[int, int]], mark: float) -> CodeType | None:
    """Return code that loads another constant at some places of its text; None if not each of them is there."""
    written, number = bytearray(code.co_code), len(code.co_consts)
    changed = []
    for at, (line, _, column, _) in enumerate(code.co_positions()):
        if (line, column) in places and code.co_code[2 * at] in _LOADS:
            written[2 * at + 1] = number % 256
            changed.append((line, column))
    if number > 255 or sorted(changed) != sorted(places):
        return None
    return code.replace(co_code=bytes(written), co_consts=(*code.co_consts, mark))


def _example_speed(s: Any, p: Any) -> float:
    hidden = s.undisclosed
    if hidden <= 0.0:
        return 0.0
    return float(p.rate * hidden * s.attention)
