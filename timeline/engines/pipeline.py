"""Numba's compiler, cut down to what a model's functions need: half of a compilation's time is numba's own Python.

Nothing here changes what the machine code does. Left out are steps that find nothing to do, accounts that nobody
reads, and machine code for functions that only other compiled code calls: they stand in the loop's in the end.
"""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from timeline.engines import wholes
from timeline.model.declarations import Function

#: What only compiled code calls needs no way in from Python: half the compilation. And nothing in a model makes an
#: array, so that counting who still uses one (numba's run time, ``_nrt``) would only cost time.
_INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "_nrt": False}
#: Steps of numba's compiler that nothing in a model's functions needs: a quarter of the time.
_NEEDLESS = {
    "WithLifting", "InlineClosureLikes", "MakeFunctionToJitFunction", "InlineInlinables", "FindLiterallyCalls",
    "LiteralUnroll", "LiteralPropagationSubPipelinePass", "RewriteDynamicRaises", "InlineOverloads",
    "NopythonRewrites", "DeadBranchPrune", "DumpParforDiagnostics",
}  # fmt: skip


def inner(*, watching: bool = False, kept: bool = False, **options: Any) -> Callable[[Function], Any]:
    """Return what hands a function to numba that only compiled code calls.

    Parameters
    ----------
    watching
        Whether whole numbers are watched for their 64 bits; see `timeline.engines.wholes`.
    kept
        Whether the function's machine code goes into a file by itself.
    options
        Of ``numba.njit``.
    """
    import numba

    steps = _short(watching=watching, kept=kept)
    jit = numba.njit(pipeline_class=steps, cache=kept, **_INNER, **options)

    def hand_over(function: Function) -> Any:
        made: Any = jit(function)
        made._compiler._customize_flags = _quick_flags()
        return made

    return hand_over


@contextmanager
def no_garbage() -> Iterator[None]:
    """Put off the search for garbage: a compiler makes many objects and little of it, and an eighth is saved."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@cache
def _short(*, watching: bool, kept: bool) -> Any:
    """Return numba's compiler without the steps that are not needed."""
    compiler: Any = importlib.import_module("numba.core.compiler")
    base: Any = compiler.CompilerBase

    class Short(base):  # type: ignore[misc]
        def define_pipelines(self) -> list[Any]:
            if not kept:
                state = self.state
                state.library = _linked_only()(state.targetctx.codegen(), state.func_id.func_qualname)
            usual = compiler.DefaultPassBuilder.define_nopython_pipeline(self.state)
            steps = _steps()("a model's functions")
            steps.passes = [(step, about) for step, about in usual.passes if step.__name__ not in _NEEDLESS]
            if watching:
                at = next(n for n, (step, _) in enumerate(steps.passes) if step.__name__ == "IRLegalization")
                steps.passes.insert(at, (wholes.watching_step(), "watch whole numbers"))
            steps.finalize()
            return [steps]

    return Short


@cache
def _steps() -> Any:
    """Return numba's list of steps, which takes them without writing down what it has been through.

    Numba describes each step's arguments in words, for whoever listens: a model's state takes a page.
    """
    machinery: Any = importlib.import_module("numba.core.compiler_machinery")
    canonical: Any = importlib.import_module("numba.core.transforms").canonicalize_cfg
    base: Any = machinery.PassManager

    class Steps(base):  # type: ignore[misc]
        def _runPass(self, index: int, step: Any, state: Any) -> None:  # noqa: N802 - numba's name
            step.analysis = self._analysis
            changed = [part(state) for part in (step.run_initialization, step.run_pass, step.run_finalizer)]
            if machinery._pass_registry.get(type(step)).mutates_CFG:
                if any(changed):
                    machinery.PostProcessor(state.func_ir).run()
                else:
                    state.func_ir.blocks = canonical(state.func_ir.blocks)
            self.exec_times[f"{index}_{step.name()}"] = machinery.pass_timings(0.0, 0.0, 0.0)

    return Steps


@cache
def _quick_flags() -> Callable[[Any], Any]:
    """Return what makes numba's flags such that are compared quickly: they are part of the key of each look-up."""
    base: Any = importlib.import_module("numba.core.compiler").Flags
    usual = hash(base())  # of the options' names, whatever they are set to

    class Flags(base):  # type: ignore[misc]
        __slots__ = ()

        def __hash__(self) -> int:
            return usual

        def __eq__(self, other: object) -> bool:
            if type(self) is type(other) and self._values == other._values:
                return True
            return bool(base.__eq__(self, other))

    made: Callable[[Any], Any] = Flags
    return made


@cache
def _linked_only() -> Any:
    """Return numba's library of code that is only linked into others: it is optimised there, and translated there."""
    codegen: Any = importlib.import_module("numba.core.codegen")
    base: Any = codegen.JITCodeLibrary

    class LinkedOnly(base):  # type: ignore[misc]
        @property
        def codegen(self) -> Any:
            return _WithoutEnvironments(self._codegen)

        def _optimize_final_module(self) -> None:
            pass

        def _finalize_final_module(self) -> None:
            self._finalize_dynamic_globals()
            self._finalized = True

        def get_pointer_to_function(self, name: str) -> int:
            self._ensure_finalized()
            return 0

    return LinkedOnly


class _WithoutEnvironments:
    """Numba's code generator, for code that no engine has loaded: nobody looks for its environment there."""

    def __init__(self, codegen: Any) -> None:
        self._codegen = codegen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._codegen, name)

    def set_env(self, name: str, environment: Any) -> None:
        pass
