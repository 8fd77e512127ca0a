"""What belongs to a model: its own functions and numbers, arithmetic and math; all else reaches beyond it."""

from __future__ import annotations

import ast
import enum
import sys
import sysconfig
import types
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.model.records import Light

if TYPE_CHECKING:
    from timeline.model.declarations import Function

#: What Python brings that reaches beyond the state, or changes what no declaration names.
_BEYOND = frozenset(
    ("__import__", "compile", "delattr", "eval", "exec", "globals", "hash", "id", "input", "locals", "open", "vars")
)
#: What holds other values, and may be changed.
MUTABLE = (list, dict, set, bytearray)


def reaches_out(value: Any) -> bool:
    """Say whether something is neither a number, nor Python's arithmetic, nor the model's own."""
    if value is None or isinstance(value, (int, float, str, tuple, frozenset, enum.EnumMeta, Light, *MUTABLE)):
        return False
    if isinstance(value, types.ModuleType):
        return _outside(value.__name__)
    if isinstance(value, types.BuiltinFunctionType) and not isinstance(value.__self__, types.ModuleType):
        return _outside(type(value.__self__).__module__)
    if isinstance(value, types.MethodType):
        return _outside(type(value.__self__).__module__)
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type)):
        if value.__module__ == "builtins":
            return value.__name__ in _BEYOND
        return _outside(value.__module__ or "") or (isinstance(value, types.FunctionType) and foreign(value))
    return _outside(type(value).__module__)


#: Of the standard library what only shapes functions and values, and reaches nothing.
_HARMLESS = ("math", "builtins", "types", "typing", "enum", "functools", "operator", "dataclasses", "collections")


def _outside(module: str) -> bool:
    """Say whether a module is one of Python's own, or draws numbers by itself."""
    top = module.partition(".")[0]
    if top == "numpy":
        return module.startswith("numpy.random")  # the others are numbers, and machine code's to refuse
    return top in sys.stdlib_module_names and top not in _HARMLESS and top != "__main__"


@cache
def _installed() -> tuple[str, ...]:
    return tuple({f"{Path(sysconfig.get_path(name)).resolve()}/" for name in ("stdlib", "platstdlib", "purelib")})


def foreign(function: Function) -> bool:
    """Say whether a function comes from an installed library: no part of the model."""
    code = getattr(function, "__code__", None)
    if code is None or (function.__module__ or "").partition(".")[0] in ("timeline", "numpy"):
        return False
    return bool(code.co_filename.startswith(_installed()))


@cache
def _names_of_file(path: str) -> frozenset[str]:
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    return frozenset(_bound(tree))


def _bound(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]


def set_in_file(function: Function, name: str) -> bool:
    """Say whether a name is set anywhere in a function's file; also if the file cannot be read."""
    names = _names_of_file(function.__code__.co_filename)
    return not names or name in names or "*" in names
