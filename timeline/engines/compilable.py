"""What a model's function may not contain if it is to be compiled: things that mean something else there.

Much that numba cannot compile it refuses by itself. Here is refused what it would compile, but into
other numbers than Python's: in the last bit, or altogether.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import types
from collections.abc import Iterator
from typing import Any

from timeline.engines import exact
from timeline.errors import ModelError
from timeline.model.declarations import Function
from timeline.model.sources import located, syntax_tree

#: Builtins that are compiled into something else, with what to write instead.
_BUILTINS: dict[Any, str] = {
    builtins.pow: '"pow(...)"; write math.pow(x, y) or products: the last bit differs in compiled code',
    builtins.sum: '"sum(...)"; write the sum out or add up in a loop: Python adds in another way from 3.12 on',
}


def check(function: Function) -> None:
    """Refuse a function that compiled code would read otherwise than Python does.

    Raises
    ------
    ModelError
        Naming file, line and function.
    """
    for line, what in _strange(function, syntax_tree(function)):
        raise ModelError(located(function, line, f"the compiled engine cannot use {what}"))


def _strange(function: Function, tree: ast.FunctionDef | ast.Lambda) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.Pow):
            yield (
                node.lineno,
                '"**"; write math.pow(x, y), or x * x for a square: the last bit differs in compiled code',
            )
        if isinstance(node, ast.Constant) and isinstance(node.value, int) and abs(node.value) >= 2**63:
            yield node.lineno, f'"{str(node.value)[:40]}"; whole numbers there have 64 bits'
        if isinstance(node, ast.Call):
            called = _named(function, node.func)
            if called is builtins.round and len(node.args) + len(node.keywords) > 1:
                yield node.lineno, '"round(x, digits)"; digits are rounded otherwise in compiled code'
            elif isinstance(called, types.BuiltinFunctionType) and called in _BUILTINS:
                yield node.lineno, _BUILTINS[called]
            elif isinstance(called, types.BuiltinFunctionType) and called.__module__ == "math":
                if called.__name__ not in (*exact.SAME_BITS, *exact.WHOLE):
                    yield (
                        node.lineno,
                        f'"math.{called.__name__}"; its last bit differs in compiled code, or it cannot be compiled',
                    )
                elif called is math.log and len(node.args) > 1:
                    yield node.lineno, '"math.log(x, base)"; write math.log(x) / math.log(base)'
        if isinstance(node, ast.Attribute) and _from_numpy(function, node):
            yield node.lineno, f'"{ast.unparse(node)}"; use math: the last bit of NumPy\'s functions differs'
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Name)
            and node.value.id == "u"
            and isinstance(node.slice, ast.UnaryOp)
        ):
            yield node.lineno, '"u[-...]"; uniforms are counted from 0'
    yield from _unset(function, tree)


def _named(function: Function, node: ast.expr) -> Any:
    """Look up what a call names, as the function would; None for what is not known before it runs."""
    if isinstance(node, ast.Attribute):
        owner = _named(function, node.value)
        return getattr(owner, node.attr, None) if isinstance(owner, types.ModuleType) else None
    if not isinstance(node, ast.Name) or node.id in function.__code__.co_varnames:
        return None
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    if node.id in cells:
        return cells[node.id].cell_contents
    return function.__globals__.get(node.id, getattr(builtins, node.id, None))


def _from_numpy(function: Function, node: ast.Attribute) -> bool:
    owner = _named(function, node.value)
    return isinstance(owner, types.ModuleType) and owner.__name__.split(".")[0] == "numpy"


# -- names that may be read before they are set ----------------------------------------------


def _unset(function: Function, tree: ast.FunctionDef | ast.Lambda) -> Iterator[tuple[int, str]]:
    """Yield the local names that one way through a function reads unset: compiled code reads 0 there."""
    if isinstance(tree, ast.Lambda):
        return
    given = set(inspect.signature(function).parameters)
    found: list[tuple[int, str]] = []
    _Flow(set(function.__code__.co_varnames) - given, found).block(tree.body, given)
    for line, name in found:
        yield line, f'"{name}", which may be read before it is set; set it before the if or the loop'


class _Flow:
    """Follows which local names are set for certain; what can raise or jump counts as not setting."""

    def __init__(self, local: set[str], found: list[tuple[int, str]]) -> None:
        self.local = local
        self.found = found

    def block(self, lines: list[ast.stmt], known: set[str]) -> set[str] | None:
        """Return what is set after some lines; None if the end cannot be reached."""
        here: set[str] | None = set(known)
        for line in lines:
            if here is None:
                return None
            here = self.line(line, here)
        return here

    def line(self, line: ast.stmt, known: set[str]) -> set[str] | None:
        if isinstance(line, ast.If):
            self.read(line.test, known)
            one, other = self.block(line.body, known), self.block(line.orelse, known)
            return other if one is None else one if other is None else one & other
        if isinstance(line, ast.For):
            self.read(line.iter, known)
            once = self.block(line.body, known | _set_in(line.target))
            self.block(line.orelse, known)
            # A tuple that is written out is walked at least once; anything else may be empty.
            walked = isinstance(line.iter, ast.Tuple) and bool(line.iter.elts)
            jumps = any(isinstance(part, (ast.Break, ast.Continue)) for part in ast.walk(line))
            return once if walked and once is not None and not jumps else known
        if isinstance(line, ast.While):
            self.read(line.test, known)
            self.block(line.body, known)
            self.block(line.orelse, known)
            return known
        if isinstance(line, (ast.Return, ast.Raise, ast.Break, ast.Continue)):
            self.read(line, known)
            return None
        self.read(line, known)
        return known | _set_in(line)

    def read(self, node: ast.AST, known: set[str]) -> None:
        """Note the names that are read unset; what is set inside an expression counts from there on."""
        inside = _set_in(node) if isinstance(node, ast.expr) else set()
        for part in ast.walk(node):
            updated = isinstance(part, ast.AugAssign) and isinstance(part.target, ast.Name)
            name = part.target if isinstance(part, ast.AugAssign) and updated else part
            if not isinstance(name, ast.Name) or not (updated or isinstance(name.ctx, ast.Load)):
                continue
            if name.id in self.local and name.id not in known | inside:
                self.found.append((name.lineno, name.id))


def _set_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
