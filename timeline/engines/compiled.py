"""The compiled engine: the same functions and the same rule, in one numba loop.

A model's functions are compiled as they are. Beside the loop in `timeline.engines.loop` stands a
small piece of generated source that calls the right function for the right member. What comes
out is the reference engine's timeline, bit for bit. When something goes wrong the loop only says so;
the replication is then played again on the reference engine, which says what, where and when.
"""

from __future__ import annotations

import dis
import enum
import hashlib
import inspect
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from timeline import laws
from timeline.draws import stream_key
from timeline.engines import loop, reference
from timeline.errors import ModelError, RunError
from timeline.laws import law_functions
from timeline.model import SIDES, Function, Integral, Member, Model, Sampled, arguments, renewal_path
from timeline.records import dtype, values
from timeline.touches import dependents
from timeline.world import MOST_REPLICATIONS, World, row, row_dtype

#: Raised when the generated code changes, so that nothing compiled before is used again.
VERSION = 1

LAWS = ("weibull_lifetime", "lognormal_lifetime", "uniform_lifetime", "empirical_lifetime")
#: What only compiled code calls needs no way in from Python: half the compilation.
_INNER = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_NUMBERED = r"\[\d+\]"
Rows = np.ndarray[Any, np.dtype[np.void]]


def rows(world: World, first: int, count: int) -> Rows:
    """Play replications ``first`` to ``first + count - 1``; returns one row each.

    Raises
    ------
    RunError
        The reference engine's sentence, with the command that replays the replication.
    ModelError
        If numba cannot compile one of the model's functions; names it, its file and line.
    """
    if not 0 <= first <= first + count <= MOST_REPLICATIONS:
        raise RunError(f"replications {first} to {first + count - 1} asked for, expected 0 to {MOST_REPLICATIONS - 1}")
    program = _program(world.model)
    made = np.zeros(count, row_dtype(world.model))
    template = row(world.model, 0, 0, reference.blank(world.model.state), program.nothing_observed)
    parameters = np.zeros(1, dtype(world.model.parameters))
    parameters[0] = values(world.parameters)
    samples = np.full((count, int(program.sample_begin[-1])), np.nan)
    integrals = np.zeros((count, program.integrals))
    now_playing = np.zeros(1, np.int64)
    playing = np.array([m.mechanism not in world.without for m in world.model.members])
    start_keys = np.array(
        [stream_key(world.seed, "start", m.name) for m in world.model.mechanisms], np.uint64
    )
    keys = np.array([stream_key(world.seed, "clock", m.name) for m in world.model.members], np.uint64)
    starts = np.array([m.name not in world.without for m in world.model.mechanisms])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numba's own
            status = program.play(
                first, count, made, template, parameters[0], world.horizon, world.budget, int(world.model.open),
                keys, np.where(starts[:, None], start_keys, np.uint64(2**63)), playing, *program.tables,
                samples, integrals, now_playing,
            )  # fmt: skip
    except Exception as problem:
        _refuse_uncompilable(problem)
        status = -1
    if status != loop.OK:
        replication = int(now_playing[0])
        reference.play(world, replication)
        raise RunError(
            f'model "{world.model.name}", replication {replication}: the compiled engine stopped (status {status}) '
            "and the reference engine did not; run with --engine simpy, and report this"
        )
    _keep_observations(world.model, made, samples, integrals, program.sample_begin)
    return made


def _keep_observations(model: Model, made: Rows, samples: Any, integrals: Any, begin: Any) -> None:
    sampled = integrated = 0
    for number, observation in enumerate(model.observations):
        if isinstance(observation, Sampled):
            made[f"observation_{number}"] = samples[:, begin[sampled] : begin[sampled + 1]]
            sampled += 1
        else:
            made[f"observation_{number}"] = integrals[:, integrated]
            integrated += 1


# -- a model's program ------------------------------------------------------------------


@dataclass(frozen=True)
class Program:
    """A compiled model.

    Attributes
    ----------
    play
        The loop.
    tables
        What it knows of each member: laws, memory, renewal, uniforms, whom to time anew, samples.
    sample_begin
        Where in the flat list of sample days each sampled observation begins.
    integrals
        How many integrals are kept.
    nothing_observed
        Placeholders for a row's observations.
    """

    play: Callable[..., int]
    tables: tuple[Any, ...]
    sample_begin: Any
    integrals: int
    nothing_observed: list[Any]


@cache
def _program(model: Any) -> Program:
    members = model.members
    sampled = [o for o in model.observations if isinstance(o, Sampled)]
    begin = np.cumsum([0, *(len(o.days) for o in sampled)])
    days = np.array([day for o in sampled for day in o.days], np.float64)
    longest = max([1, *(len(line) for m in members for line in m.clock.law.knots)])
    most = max([1, *(len(m.clock.law.knots) for m in members)])
    knots, hazards = np.zeros((2, len(members), most, longest))
    sizes = np.zeros((len(members), 2), np.int64)
    for k, member in enumerate(members):
        law = member.clock.law
        sizes[k] = len(law.knots), len(law.knots[0]) if law.knots else 0
        for table in range(len(law.knots)):
            knots[k, table, : sizes[k, 1]] = law.knots[table]
            hazards[k, table, : sizes[k, 1]] = law.hazards[table]
    after = dependents(model)
    tables = (
        np.array([int(m.clock.law.kind) for m in members], np.int64),
        knots,
        hazards,
        sizes,
        np.array([m.clock.memory == "restart" for m in members]),
        np.array([m.clock.renews_on is not None for m in members]),
        np.array([m.clock.uniforms for m in members], np.int64),
        np.array([k for line in after for k in line], np.int64),
        np.cumsum([0, *(len(line) for line in after)]),
        begin,
        days,
    )
    return Program(
        play=_build(model),
        tables=tables,
        sample_begin=begin,
        integrals=len(model.observations) - len(sampled),
        nothing_observed=[np.nan] * len(model.observations),
    )


def _build(model: Model) -> Callable[..., int]:
    """Put the loop beside a model's functions and hand both to numba."""
    import numba

    text = inspect.getsource(loop) + "\n\n" + _dispatch(model)
    functions = {f"f{k}": function for k, function in enumerate(_functions(model))}
    fingerprint = _fingerprint(model, text, functions, numba.__version__)
    folder = _cache_folder(fingerprint)
    path = str(folder / "program.py") if folder else "<compiled model>"
    # What numba reads back from its cache, it looks up by the name of a module.
    module = types.ModuleType(f"_timeline_program_{fingerprint}")
    sys.modules[module.__name__] = module
    scope = vars(module)
    exec(compile(text.replace("from __future__ import annotations", ""), path, "exec"), scope)
    for name, function in functions.items():
        scope[name] = _compiled(function)
    for name in LAWS:
        scope[name] = _compiled(getattr(laws, name))
    for name in ("philox", "unit_interval", "fill", "start", "fire", "speed_of", "law_of", "renewal_of"):
        scope[name] = numba.njit(**_INNER)(scope[name])
    for name in ("sample_of", "origin_of", "integral_of", "lifetime_of", "observe"):
        scope[name] = numba.njit(**_INNER)(scope[name])
    made: Callable[..., int] = numba.njit(nogil=True, cache=folder is not None)(scope["play_rows"])
    return made


def _functions(model: Model) -> list[Function]:
    """All functions of a model that are called while it runs, each once, in order."""
    found: dict[Function, None] = {}
    for mechanism in model.mechanisms:
        if mechanism.start is not None:
            found[mechanism.start] = None
        for clock in mechanism.clocks:
            found |= dict.fromkeys((clock.speed, clock.fires, *law_functions(clock.law)))
    return list(found)


@cache
def _compiled(function: Function) -> Any:
    """Hand a plain function to numba, and before it the plain functions that it calls."""
    import numba

    scope = dict(function.__globals__)
    for name in _global_names(function.__code__):
        helper = scope.get(name)
        if isinstance(helper, types.FunctionType):
            scope[name] = _compiled(helper)
    again = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    # Without the check an index beyond an array would read whatever lies there.
    return numba.njit(boundscheck=True, **_INNER)(again)


def _global_names(code: types.CodeType) -> Iterator[str]:
    """Yield the global names that code reads; an attribute may bear the name of a function."""
    for line in dis.get_instructions(code):
        if line.opname == "LOAD_GLOBAL":
            yield line.argval


# -- the generated source -----------------------------------------------------------------


def _dispatch(model: Model) -> str:
    """Return the source of the functions that call the right model function for a member."""
    names = {function: f"f{k}" for k, function in enumerate(_functions(model))}
    clocks = [(clock, [m for m in model.members if m.clock is clock]) for x in model.mechanisms for clock in x.clocks]
    numbers = [number for number, (_, members) in enumerate(clocks) for _ in members]
    lines = [
        f"CLOCK = np.array({numbers})",
        f"NUMBER = np.array({[m.number for m in model.members]})",
    ]

    def define(head: str, cases: list[list[str]], otherwise: str) -> None:
        lines.append(f"\n\ndef {head}:")
        lines.append("    c, i = CLOCK[k], NUMBER[k]")
        for number, case in enumerate(cases):
            if case:
                lines.append(f"    if c == {number}:")
                lines.extend(f"        {line}" for line in case)
        lines.append(f"    return {otherwise}")

    def calls(member: Member, function: Function) -> str:
        return f"{names[function]}({', '.join(_argument(name, member) for name in arguments(function))})"

    def by_side(members: list[Member], make: Callable[[Member], str]) -> list[str]:
        """One line for a single clock or a counted family; one a member for the sides."""
        if members[0].clock.over != "sides":
            return [make(members[0])]
        return [f"if i == 0: {make(members[0])}", f"else: {make(members[1])}"]

    def law_value(value: Any, member: Member) -> str:
        return f"float({calls(member, value)})" if callable(value) else repr(float(value))

    def law_line(member: Member) -> str:
        law = member.clock.law
        return f"return {', '.join(law_value(v, member) for v in (law.first, law.second, law.age))}"

    def renewal_line(member: Member) -> str:
        path = renewal_path(member.clock.renews_on or "", member.side, member.number)
        return f"return float(s.{re.sub(_NUMBERED, '[i]', path)})"

    define(
        "speed_of(k, s, p)",
        [by_side(ms, lambda m: f"return float({calls(m, m.clock.speed)})") for _, ms in clocks],
        "0.0",
    )
    define(
        "fire(k, s, p, u)",
        [by_side(ms, lambda m: f"{calls(m, m.clock.fires)}; return") for _, ms in clocks],
        "",
    )
    define("law_of(k, s, p)", [by_side(ms, law_line) for _, ms in clocks], "0.0, 0.0, 0.0")
    define("renewal_of(k, s)", [by_side(ms, renewal_line) if c.renews_on else [] for c, ms in clocks], "0.0")
    lines.append("\n\ndef start(s, p, u, keys, replication):")
    for number, mechanism in enumerate(model.mechanisms):
        if mechanism.start is not None:
            given = ", ".join("v" if name == "u" else name for name in arguments(mechanism.start))
            # A key beyond any key marks a mechanism that is switched off.
            lines.append(f"    if keys[{number}, 0] <= MASK:")
            lines.append(f"        v = np.empty({max(1, mechanism.uniforms)})")
            lines.append(f"        fill(v, {mechanism.uniforms}, keys[{number}], replication, 0)")
            lines.append(f"        {names[mechanism.start]}({given})")
    lines.append("    return")
    sampled = [o for o in model.observations if isinstance(o, Sampled)]
    integrals = [o for o in model.observations if isinstance(o, Integral)]
    for head, wanted in (
        ("sample_of", [o.field for o in sampled]),
        ("origin_of", [o.since for o in sampled]),
        ("integral_of", [o.field for o in integrals]),
    ):
        lines.append(f"\n\ndef {head}(k, s):")
        for number, path in enumerate(wanted):
            lines.append(f"    if k == {number}: return {f'float(s.{path})' if path else '0.0'}")
        lines.append("    return 0.0")
    return "\n".join(lines) + "\n"


def _argument(name: str, member: Member) -> str:
    """Write what a function asks for, by name, as the dispatch hands it over."""
    if member.clock.over == "sides":
        me, other = SIDES[member.number], SIDES[1 - member.number]
        sides = {"me": f"s.{me}", "other": f"s.{other}", "p_me": f"p.{me}", "p_other": f"p.{other}"}
        return sides.get(name, name)
    return name


# -- the cache that cannot be stale --------------------------------------------------------


def _fingerprint(model: Model, text: str, functions: dict[str, Function], version: str) -> str:
    """Hash all that goes into the machine code: every function reached, every constant, every record."""
    digest = hashlib.blake2b(digest_size=12)
    parts = [str(VERSION), version, text, repr(row_dtype(model)), repr(dtype(model.parameters))]
    reached: dict[Function, None] = {}
    for function in (*functions.values(), *(getattr(laws, name) for name in LAWS)):
        _reach(function, reached)
    for function in reached:
        parts.extend(_content(function))
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _reach(function: Function, found: dict[Function, None]) -> None:
    if function in found:
        return
    found[function] = None
    for name in _global_names(function.__code__):
        helper = function.__globals__.get(name)
        if isinstance(helper, types.FunctionType):
            _reach(helper, found)


def _content(function: Function) -> Iterator[str]:
    """Yield what a function is: its code, the constants and enumerations it names, what it closes over."""
    code = function.__code__
    yield f"{function.__name__} {code.co_code.hex()} {code.co_consts!r} {code.co_names!r} {code.co_varnames!r}"
    for name in _global_names(code):
        value = function.__globals__.get(name)
        if isinstance(value, enum.EnumMeta):
            yield f"{name} {list(value)!r}"
        elif isinstance(value, types.ModuleType) and value.__name__ != "math":
            yield f"{name} {inspect.getsource(value)}"
        elif not isinstance(value, (types.FunctionType, types.ModuleType)):
            yield f"{name} {value!r}"
    for cell in function.__closure__ or ():
        yield repr(cell.cell_contents)


def _cache_folder(fingerprint: str) -> Path | None:
    """Return the folder for machine code of one fingerprint; None where nothing can be written."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = Path(base) / "crisis-timeline" / fingerprint
    path = folder / "program.py"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.is_file():
            # numba files machine code by this file's name and date: it is written once and left alone.
            aside = folder / f"program.{os.getpid()}.tmp"
            aside.write_text("# A place for machine code; see timeline.engines.compiled.\n", encoding="utf-8")
            os.replace(aside, path)
        (folder / "__pycache__").mkdir(exist_ok=True)
        probe = folder / "__pycache__" / f"probe.{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return None
    return folder


# -- errors ---------------------------------------------------------------------------------


def _refuse_uncompilable(problem: Exception) -> None:
    """Turn numba's refusal into a sentence; do nothing with an error of the running model."""
    from numba.core.errors import NumbaError

    if not isinstance(problem, NumbaError):
        return
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    places = [(f, n) for f, n in re.findall(r'File "([^"]+)", line (\d+)', text) if "program.py" not in f]
    where = f"{places[-1][0]}, line {places[-1][1]}" if places else "one of the model's functions"
    reason = next((line.strip() for line in text.splitlines() if line.strip()), "no reason given")
    raise ModelError(
        f"{where}: numba cannot compile this: {reason}\n"
        "  A model's functions may use numbers, fields, enumerations, if, for ... in range, math and other such "
        'functions; see "What a model\'s functions may contain" in CONTRIBUTING.md, or run with --engine simpy'
    ) from problem
