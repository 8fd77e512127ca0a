"""Whole numbers in machine code, which hold 64 bits: what goes beyond stops the loop, where it would start again below.

Python's whole numbers know no end. So a sum, a difference, a product or a shift of two whole numbers is compiled with
a look at the processor's flag for it; the reference engine then says what Python makes of the replication.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable
from functools import cache
from typing import Any

#: What the loop says when it stops; the replication is told by the reference engine.
BEYOND = "a whole number beyond 64 bits"


@cache
def watching_step() -> Any:
    """Return a step of numba's compiler that has whole numbers watched; it comes once types are known."""
    compiler: Any = importlib.import_module("numba.core.compiler_machinery")
    ir: Any = importlib.import_module("numba.core.ir")
    instead = _watched()
    base: Any = compiler.FunctionPass

    class WatchWholes(base):  # type: ignore[misc]
        _name = "timeline_watch_wholes"

        def __init__(self) -> None:
            super().__init__()

        def run_pass(self, state: Any) -> bool:
            for block in state.func_ir.blocks.values():
                for line in block.find_insts(ir.Assign):
                    asked = line.value
                    if isinstance(asked, ir.Expr) and asked.op in ("binop", "inplace_binop"):
                        name = "fn" if asked.op == "binop" else "immutable_fn"
                        usual = instead.get(getattr(asked, name))
                        if usual is not None and _whole(state.calltypes[asked]):
                            setattr(asked, name, usual)
            return False  # what a name stands for has changed, and no line

    registered: Any = compiler.register_pass(mutates_CFG=False, analysis_only=False)(WatchWholes)
    return registered


def _whole(signature: Any) -> bool:
    """Say whether an operation takes and gives whole numbers with a sign."""
    types: Any = importlib.import_module("numba.core.types")
    return all(
        isinstance(kind, types.Integer) and kind.signed and kind.bitwidth == 64
        for kind in (signature.return_type, *signature.args)
    )


def watched_add(a: int, b: int) -> int:
    """What stands for ``a + b``."""
    return a + b


def watched_sub(a: int, b: int) -> int:
    """What stands for ``a - b``."""
    return a - b


def watched_mul(a: int, b: int) -> int:
    """What stands for ``a * b``."""
    return a * b


def watched_lshift(a: int, b: int) -> int:
    """What stands for ``a << b``."""
    return a << b


@cache
def _watched() -> dict[Any, Callable[[int, int], int]]:
    """Return {operator: what stands for it where both are whole numbers}, known to numba."""
    return {
        operator.add: _registered(watched_add, _by(lambda builder, a, b: builder.sadd_with_overflow(a, b))),
        operator.sub: _registered(watched_sub, _by(lambda builder, a, b: builder.ssub_with_overflow(a, b))),
        operator.mul: _registered(watched_mul, _by(lambda builder, a, b: builder.smul_with_overflow(a, b))),
        operator.lshift: _registered(watched_lshift, _shift),
    }


def _by(instruction: Callable[[Any, Any, Any], Any]) -> Callable[[Any, Any, Any, Any], Any]:
    """Return what writes an instruction that gives a number, and whether it is too large."""

    def lower(context: Any, builder: Any, a: Any, b: Any) -> Any:
        both = instruction(builder, a, b)
        _stop_if(context, builder, builder.extract_value(both, 1))
        return builder.extract_value(both, 0)

    return lower


def _shift(context: Any, builder: Any, a: Any, b: Any) -> Any:
    # Beyond 63 places an instruction means something else; a negative shift is none in Python either.
    far = builder.icmp_unsigned(">", b, b.type(63))
    by = builder.select(far, b.type(0), b)
    shifted = builder.shl(a, by)
    _stop_if(context, builder, builder.or_(far, builder.icmp_signed("!=", builder.ashr(shifted, by), a)))
    return shifted


def _stop_if(context: Any, builder: Any, flag: Any) -> None:
    cgutils: Any = importlib.import_module("numba.core.cgutils")
    with cgutils.if_unlikely(builder, flag):
        context.call_conv.return_user_exc(builder, OverflowError, (BEYOND,))


def _registered(
    watched: Callable[[int, int], int], lower: Callable[[Any, Any, Any, Any], Any]
) -> Callable[[int, int], int]:
    """Tell numba of a function of two whole numbers, and of the instructions that it stands for."""
    types: Any = importlib.import_module("numba.core.types")
    templates: Any = importlib.import_module("numba.core.typing.templates")
    imputils: Any = importlib.import_module("numba.core.imputils")
    base: Any = templates.ConcreteTemplate

    class Kinds(base):  # type: ignore[misc]
        cases = [templates.signature(types.int64, types.int64, types.int64)]

    templates.infer_global(watched)(Kinds)

    def implementation(context: Any, builder: Any, signature: Any, args: tuple[Any, Any]) -> Any:
        return imputils.impl_ret_untracked(context, builder, signature.return_type, lower(context, builder, *args))

    imputils.lower_builtin(watched, types.int64, types.int64)(implementation)
    return watched
