"""What machine code depends on, as one hash: an edited mechanism never meets what was compiled before the edit."""

from __future__ import annotations

import builtins
import dis
import enum
import hashlib
import types
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from timeline.engines.world import row_dtype
from timeline.errors import ModelError
from timeline.model.declarations import Function, Model
from timeline.model.records import dtype
from timeline.model.sources import located


def fingerprint(model: Model, reached: Iterable[Function], *others: str) -> str:
    """Hash all that goes into the machine code: every function reached, every constant, every record.

    Parameters
    ----------
    model
        The model.
    reached
        Its functions and all that they call.
    others
        What else matters: the loop's source, versions, the processor.
    """
    digest = hashlib.blake2b(digest_size=12)
    parts = [*others, repr(row_dtype(model)), repr(dtype(model.parameters))]
    for function in reached:
        parts.extend(_content(function))
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def all_reached(functions: Iterable[Function]) -> list[Function]:
    """Return the functions and the plain functions that they call, each once, in order."""
    found: dict[Function, None] = {}
    for function in functions:
        _reach(function, found, ())
    return list(found)


def _reach(function: Function, found: dict[Function, None], within: tuple[Function, ...]) -> None:
    if function in within:
        raise ModelError(located(function, None, "calls itself, which the compiled engine cannot do"))
    if function in found:
        return
    found[function] = None
    for _, value in _named_values(function):
        if isinstance(value, types.FunctionType):
            _reach(value, found, (*within, function))


def _named_values(function: Function) -> Iterator[tuple[str, Any]]:
    """Yield what a function names outside itself: globals, attributes of modules, what it closes over."""
    for path in _global_paths(function.__code__):
        value: Any = function.__globals__.get(path[0], getattr(builtins, path[0], None))
        for name in path[1:]:
            if not isinstance(value, types.ModuleType):
                break
            value = getattr(value, name, None)
        yield ".".join(path), value
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents


def _global_paths(code: types.CodeType) -> Iterator[tuple[str, ...]]:
    """Yield each global name that code reads, with the attributes that are taken of it at once."""
    path: tuple[str, ...] = ()
    for line in instructions(code):
        if path and line.opname in ("LOAD_ATTR", "LOAD_METHOD"):
            path += (line.argval,)
            continue
        if path:
            yield path
        path = (line.argval,) if line.opname == "LOAD_GLOBAL" else ()


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    """Yield code and the code within it, such as a comprehension's."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)


def instructions(code: types.CodeType) -> Iterator[dis.Instruction]:
    for part in _codes(code):
        yield from dis.get_instructions(part)


def _content(function: Function) -> Iterator[str]:
    """Yield what a function is: its code, the constants and enumerations it names, what it closes over."""
    code = function.__code__
    yield f"{function.__name__} {function.__defaults__!r}"
    for part in _codes(code):
        yield f"{part.co_code.hex()} {part.co_names!r} {part.co_varnames!r}"
        yield from (f"{type(c).__name__} {c!r}" for c in part.co_consts if not isinstance(c, types.CodeType))
    for name, value in _named_values(function):
        if isinstance(value, enum.EnumMeta):
            members: dict[str, Any] = dict(value.__members__)
            yield f"{name} {[(known, member.value) for known, member in members.items()]!r}"
        elif isinstance(value, np.ndarray):
            yield f"{name} {value.dtype} {value.shape} {value.tobytes().hex()}"
        elif isinstance(value, (types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type)):
            yield f"{name} {value.__name__}"
        else:
            yield f"{name} {type(value).__name__} {value!r}"
