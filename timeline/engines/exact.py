"""Python's arithmetic for compiled code, to the last bit and to the last error.

Compiled as it stands, a model's ``math`` would differ from Python's in three ways. An optimiser that knows
``pow`` turns ``pow(x, 2.0)``, ``pow(2.0, x)`` and ``pow(x, 0.5)`` into other operations, which differ in the
last bit for one value in a thousand; an exponent that is a whole number is multiplied out, which differs for
one in four. And what Python refuses (the logarithm of 0, an overflow, a NaN as a whole number) goes on
silently as an infinity, a NaN or the least integer. So every function of a model is compiled with the
functions of this module in place of Python's: the same values, and an error where Python has one.
"""

from __future__ import annotations

import builtins
import ctypes
import importlib
import itertools
import math
import types
from collections.abc import Callable
from functools import cache
from typing import Any

#: Functions of ``math`` that give the same bits in Python and in compiled code. The others (``hypot``,
#: ``gamma``, ``lgamma``, ...) do not, or cannot be compiled.
SAME_BITS = (
    "acos", "asin", "asinh", "atan", "atan2", "atanh", "copysign", "cos", "cosh", "degrees", "erf", "erfc", "exp",
    "expm1", "fabs", "isfinite", "isinf", "isnan", "log", "log10", "log1p", "log2", "pow", "radians", "sin", "sinh",
    "sqrt", "tan", "tanh",
)  # fmt: skip
#: Those of them that return a whole number.
WHOLE = ("ceil", "floor", "trunc")
#: Those that never fail and need no watching.
_SAFE = ("copysign", "degrees", "fabs", "isfinite", "isinf", "isnan", "radians")
#: Those of one number that are called often enough to be worth a shorter way; see `_core`.
_OFTEN = ("exp", "log")
#: What the heart of a function has to make the same of as Python, before it is called in its place.
_TRIED = tuple(x * 10.0**power for power in (-3, -1, 0, 1) for x in (0.37, 1.0, 2.0, 5.123456789, 9.9))
#: A float at or above it is no 64-bit integer.
_TOO_LARGE = 2.0**63
#: Before the names of the C library's functions, so that no optimiser knows them.
_PREFIX = "timeline_"


@cache
def replacements() -> dict[Any, Any]:
    """Return {what a model's function may name: what compiled code calls instead}."""
    import numba

    inner: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False, "forceinline": True}
    found: dict[Any, Any] = {}
    for name in SAME_BITS:
        plain = getattr(math, name)
        if name in _SAFE:
            continue
        if name == "pow":
            found[plain] = numba.njit(**inner)(_pow(numba))
        elif name == "atan2":
            continue
        else:
            found[plain] = numba.njit(**inner)(_watched(library(name, 1) if name in _OFTEN else plain))
    for name in WHOLE:
        found[getattr(math, name)] = numba.njit(**inner)(_watched_whole(getattr(math, name)))
    found[builtins.int] = _overloaded(numba, builtins.int)
    found[builtins.round] = _overloaded(numba, builtins.round)
    found[builtins.float] = _real(numba)
    found[math] = types.ModuleType("math")
    vars(found[math]).update(vars(math))
    vars(found[math]).update({plain.__name__: made for plain, made in found.items() if hasattr(math, plain.__name__)})
    return found


def _watched(function: Callable[[float], float]) -> Callable[[float], float]:
    """A function of one number that fails where Python's fails."""

    def watched(x: float) -> float:
        given = float(x)
        made = function(given)
        # A NaN may come only from a NaN, an infinity only from something infinite.
        if not math.isfinite(made) and (math.isfinite(given) or (math.isnan(made) and not math.isnan(given))):
            raise ValueError("math domain or range error")
        return made

    return watched


def _watched_whole(function: Callable[[float], int]) -> Callable[[float], int]:
    """A function of one number that returns a whole one, and fails where there is none."""

    def watched(x: float) -> int:
        given = float(x)
        if not abs(given) < _TOO_LARGE:
            raise ValueError("cannot convert to a whole number")
        return function(given)

    return watched


def _pow(numba: Any) -> Callable[[float, float], float]:
    call = library("pow", 2)

    def watched(x: float, y: float) -> float:
        base, exponent = float(x), float(y)
        made = call(base, exponent)
        if not math.isfinite(made) and math.isfinite(base) and math.isfinite(exponent):
            raise ValueError("math domain or range error")
        return float(made)

    return watched


def library(name: str, arguments: int) -> Any:
    """Return a function of the C library for machine code, under a name that no optimiser knows.

    Parameters
    ----------
    name
        Such as ``"pow"``.
    arguments
        How many floats it takes.
    """
    numba = importlib.import_module("numba")
    binding = importlib.import_module("llvmlite.binding")
    address = _core(name, arguments) or _address(name) or binding.address_of_symbol(name)
    if address is None:
        return getattr(math, name)
    binding.add_symbol(_PREFIX + name, address)
    return numba.types.ExternalFunction(_PREFIX + name, numba.float64(*[numba.float64] * arguments))


def _core(name: str, arguments: int) -> int | None:
    """Return where the heart of a function lies in the GNU C library: the same bits, and no account of errors.

    Compiled code looks at the result itself; the account takes a tenth of a power's time. Other libraries have none.
    """
    try:
        find = ctypes.CDLL(None).dlvsym
        find.restype, find.argtypes = ctypes.c_void_p, (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p)
        found: int | None = find(None, f"__{name}_finite".encode(), b"GLIBC_2.15")
    except (AttributeError, OSError):
        return None
    if found is None:
        return None
    call = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arguments)(found)
    tried = itertools.product(_TRIED, repeat=arguments)
    return found if all(call(*given) == getattr(math, name)(*given) for given in tried) else None


def _address(name: str) -> int | None:
    """Return where the function lies that this process itself would call, without a detour by a compiler's stub."""
    try:
        return ctypes.cast(getattr(ctypes.CDLL(None), name), ctypes.c_void_p).value
    except (AttributeError, OSError, TypeError):
        return None


def _overloaded(numba: Any, function: Callable[..., int]) -> Callable[..., int]:
    """``int`` or ``round`` to a whole number: checked for a float, left alone for anything else."""

    def whole(x: Any) -> int:
        return function(x)

    def checked(x: Any) -> int:
        if not abs(x) < _TOO_LARGE:
            raise ValueError("cannot convert to a whole number")
        return function(x)

    def choose(x: Any) -> Callable[..., int]:
        return checked if isinstance(x, numba.types.Float) else whole

    def stand_in(x: Any) -> int:
        return function(x)

    numba.extending.overload(stand_in)(choose)
    return stand_in


def _real(numba: Any) -> Callable[[Any], float]:
    """``float``, of a flag too."""

    def plain(x: Any) -> float:
        return float(x)

    def of_flag(x: Any) -> float:
        return 1.0 if x else 0.0

    def choose(x: Any) -> Callable[[Any], float]:
        return of_flag if isinstance(x, numba.types.Boolean) else plain

    def stand_in(x: Any) -> float:
        return float(x)

    numba.extending.overload(stand_in)(choose)
    return stand_in
