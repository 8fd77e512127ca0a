"""What a model's functions read, derived from their own source."""

from __future__ import annotations

import ast
import builtins
import enum
import inspect
from collections.abc import Callable
from functools import cache
from types import CodeType, ModuleType
from typing import Any

from timeline.errors import ModelError


def reads_of(function: Callable[..., Any], argument: str) -> frozenset[str]:
    """Return the attributes that a function, and the helpers it calls, take of one argument.

    Parameters
    ----------
    function
        A plain function of a model.
    argument
        The argument's name, e.g. ``"s"``. Helpers that are handed the argument as a whole
        are followed.

    Returns
    -------
    frozenset of str
        First-level names: ``s.a.pressure`` counts as ``"a"``. Empty if the function has no
        such argument.

    Raises
    ------
    ModelError
        If the argument is used in a way that cannot be followed, or the source cannot be read.

    Examples
    --------
    >>> from timeline.model.sources import _example_speed
    >>> sorted(reads_of(_example_speed, "s"))
    ['insiders', 'undisclosed']
    """
    return _reads(function, argument, ())


@cache
def syntax_tree(function: Callable[..., Any]) -> ast.FunctionDef | ast.Lambda:
    """Return the syntax tree of one function; several lambdas on one line are told apart."""
    code: Any = getattr(function, "__code__", None)
    try:
        lines, _ = inspect.findsource(function)
        nodes = [node for node in _functions("".join(lines)) if _is_source(node, code)]
    except (OSError, SyntaxError, TypeError):
        nodes = []
    if not nodes:
        raise ModelError(
            f"{getattr(function, '__qualname__', function)}: its source cannot be read, expected a function "
            "that is written in a file: what it reads decides when its clock is timed anew"
        )
    return nodes[-1]  # the innermost


@cache
def _functions(text: str) -> tuple[ast.FunctionDef | ast.Lambda, ...]:
    """Return the functions of a file, the outer before the inner: walking through a file takes long, it has many."""
    return tuple(node for node in ast.walk(ast.parse(text)) if isinstance(node, (ast.FunctionDef, ast.Lambda)))


def _is_source(node: ast.FunctionDef | ast.Lambda, code: CodeType) -> bool:
    if isinstance(node, ast.FunctionDef):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        return node.name == code.co_name and first == code.co_firstlineno
    if code.co_name != "<lambda>" or node.lineno != code.co_firstlineno:
        return False
    body = node.body
    begins, ends = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return all(
        begins <= (line, column) and (end_line, end_column) <= ends
        for line, end_line, column, end_column in code.co_positions()
        if line is not None and column is not None and (line, column) != (end_line, end_column)
    )


def _reads(
    function: Callable[..., Any], argument: str, seen: tuple[tuple[Callable[..., Any], str], ...]
) -> frozenset[str]:
    if (function, argument) in seen or argument not in inspect.signature(function).parameters:
        return frozenset()
    seen = (*seen, (function, argument))
    found: set[str] = set()
    followed: set[ast.AST] = set()
    tree = syntax_tree(function)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == argument:
            found.add(node.attr)
            followed.add(node.value)
        if isinstance(node, ast.Call):
            helper = called_function(function, node.func)
            if helper is None:
                continue
            names = list(inspect.signature(helper).parameters)
            given = [
                *zip(names, node.args, strict=False),
                *((word.arg, word.value) for word in node.keywords),
            ]
            for name, value in given:
                if name is not None and isinstance(value, ast.Name) and value.id == argument:
                    found |= _reads(helper, name, seen)
                    followed.add(value)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == argument and node not in followed:
            raise ModelError(
                f'{function.__qualname__}, line {node.lineno}: uses "{argument}" as a whole, expected one of '
                f'its fields ("{argument}.name") or a call of a plain function: what it reads could not be known'
            )
    return frozenset(found)


class Missing(enum.Enum):
    """What a name stands for that is not there."""

    NAME = "missing"


def located(function: Callable[..., Any], line: int | None, what: str) -> str:
    """Say where in a model something is wrong: file, line, function."""
    code = function.__code__
    return f"{code.co_filename}, line {line or code.co_firstlineno}, {function.__name__}: {what}"


def named_value(function: Callable[..., Any], target: ast.expr) -> Any:
    """Return what a name outside a function stands for, Python's own names included; `Missing.NAME` if nothing.

    Parameters
    ----------
    function
        A plain function of a model.
    target
        A name, or an attribute of a module.

    Examples
    --------
    >>> from timeline.model.sources import _example_speed
    >>> named_value(_example_speed, ast.parse("ast.unparse", mode="eval").body) is ast.unparse
    True
    >>> named_value(_example_speed, ast.Name("nobody"))
    <Missing.NAME: 'missing'>
    """
    if isinstance(target, ast.Attribute):
        owner = named_value(function, target.value)
        return getattr(owner, target.attr, Missing.NAME) if inspect.ismodule(owner) else None
    if not isinstance(target, ast.Name):
        return None
    if target.id in function.__code__.co_freevars or target.id in function.__globals__:
        return _value(function, target)
    return getattr(builtins, target.id, Missing.NAME)


def called_function(function: Callable[..., Any], target: ast.expr) -> Callable[..., Any] | None:
    """Return the plain Python function that a call names, if it names one."""
    found = _value(function, target)
    return found if inspect.isfunction(found) else None


def named_number(function: Callable[..., Any], target: ast.expr) -> int | None:
    """Return the whole number that a name outside a function stands for: a constant, or one of an enumeration."""
    if isinstance(target, ast.Attribute):
        owner = None if _is_local(function, target.value) else _value(function, target.value)
        found = getattr(owner, target.attr, None) if isinstance(owner, (enum.EnumMeta, ModuleType)) else None
    else:
        found = None if _is_local(function, target) else _value(function, target)
    return found if isinstance(found, int) else None


def _is_local(function: Callable[..., Any], target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id in function.__code__.co_varnames


def _value(function: Callable[..., Any], target: ast.expr) -> Any:
    """Look up a name, or an attribute of a module, as the function would."""
    if isinstance(target, ast.Attribute):
        owner = _value(function, target.value)
        return getattr(owner, target.attr, None) if inspect.ismodule(owner) else None
    if not isinstance(target, ast.Name):
        return None
    code, cells = function.__code__, getattr(function, "__closure__", None) or ()
    if target.id in code.co_freevars:
        cell = cells[code.co_freevars.index(target.id)]
        try:
            return cell.cell_contents
        except ValueError:  # not assigned yet
            return None
    return function.__globals__.get(target.id)


def _example_speed(s: Any, p: Any) -> float:
    return float(p.rate * s.insiders * _example_helper(s))


def _example_helper(state: Any) -> float:
    return float(state.undisclosed)
