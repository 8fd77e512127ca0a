"""The compiled engine: the same functions and the same rule, in one numba loop.

A model's functions are compiled as they are, but for Python's arithmetic, which `timeline.engines.exact`
stands in for, and for what `timeline.engines.compilable` refuses. Beside the loop in `timeline.engines.loop` stands a
small piece of generated source that calls the right function for the right member. What comes
out is the reference engine's timeline, bit for bit. When something goes wrong the loop only says so;
the replication is then played again on the reference engine, which says what, where and when.
"""

from __future__ import annotations

import builtins
import dis
import enum
import hashlib
import inspect
import math
import os
import re
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from timeline import laws
from timeline.draws import stream_key
from timeline.engines import cache_folder, compilable, exact, loop, reference
from timeline.errors import ModelError, RunError
from timeline.laws import law_functions
from timeline.model import SIDES, Function, Integral, Member, Model, Sampled, arguments, renewal_path
from timeline.records import Array, Field, Record, blank, dtype, values
from timeline.touches import dependents
from timeline.world import MOST_REPLICATIONS, World, row, row_dtype

#: Raised when the generated code changes, so that nothing compiled before is used again.
VERSION = 2

LAWS = ("weibull_lifetime", "lognormal_lifetime", "uniform_lifetime", "empirical_lifetime")
#: What only compiled code calls needs no way in from Python: half the compilation.
_INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
#: Replications that are also played by the reference engine: one in so many, by their number.
CHECKED_EVERY = 10_000
#: At most so many strange rows of a chunk are played again.
_REPLAYED = 20
_LOCK = threading.RLock()
Rows = np.ndarray[Any, np.dtype[np.void]]


def rows(world: World, first: int, count: int) -> Rows:
    """Play replications ``first`` to ``first + count - 1``; returns one row each.

    Every ten-thousandth replication is played by the reference engine too, and must come out the same.

    Raises
    ------
    RunError
        The reference engine's sentence, with the command that replays the replication; or that the engines
        disagree.
    ModelError
        If numba cannot compile one of the model's functions, or would compile it into something else; names
        function, file and line.
    """
    made = play(world, first, count)
    for replication in range(-(-first // CHECKED_EVERY) * CHECKED_EVERY, first + count, CHECKED_EVERY):
        expected = _replayed(world, replication)
        if expected != made[replication - first : replication - first + 1].tobytes():
            raise _strayed(world, replication, "another timeline than the reference engine")
    return made


def play(world: World, first: int, count: int) -> Rows:
    """Play replications as `rows` does, without a look at what the reference engine makes of them."""
    if not 0 <= first <= first + count <= MOST_REPLICATIONS:
        raise RunError(f"replications {first} to {first + count - 1} asked for, expected 0 to {MOST_REPLICATIONS - 1}")
    program = _program(world.model)
    made = np.zeros(count, row_dtype(world.model))
    samples = np.full((count, int(program.sample_begin[-1])), np.nan)
    integrals = np.zeros((count, program.integrals))
    now_playing = np.zeros(1, np.int64)
    odd = np.zeros(count, np.bool_)
    given = _arguments(program, world, first, made, samples, integrals, odd, now_playing)
    stopped: Exception | str | None = None
    try:
        status = program.play(*given)
        if status != loop.OK:
            stopped = f"status {status}"
    except Exception as problem:
        stopped = problem
    reached = int(now_playing[0]) if stopped else first + count
    _keep_observations(world.model, made, samples, integrals, program.sample_begin)
    for k in np.flatnonzero(odd[: reached - first])[:_REPLAYED]:
        # A NaN or a huge whole number: the reference engine says what Python makes of it.
        if _replayed(world, first + int(k)) != made[k : k + 1].tobytes():
            raise _strayed(world, first + int(k), "a number that Python would not have stored")
    if stopped:
        _replayed(world, reached)
        said = stopped if isinstance(stopped, str) else f"{type(stopped).__name__}: {' '.join(str(stopped).split())}"
        error = _strayed(world, reached, f"an error where the reference engine goes on ({said})")
        raise error from (None if isinstance(stopped, str) else stopped)
    return made


def _replayed(world: World, replication: int) -> bytes:
    """Return the row that the reference engine makes of a replication; its errors are what the user reads."""
    try:
        return reference.play(world, replication).row.tobytes()
    except OverflowError as problem:
        raise _strayed(world, replication, f"a whole number beyond 64 bits ({problem})") from problem


def _strayed(world: World, replication: int, what: str) -> RunError:
    where = f'model "{world.model.name}"' + (f", {world.label}" if world.label else "")
    return RunError(
        f"{where}, replication {replication}: the compiled engine has {what}; run with --engine simpy, "
        f"and see where they part with: timeline verify {world.model.name}"
    )


def _arguments(
    program: Program, world: World, first: int, made: Rows, samples: Any, integrals: Any, odd: Any, now_playing: Any
) -> tuple[Any, ...]:
    """Return what the loop is called with; always of the same types, so that it is compiled once."""
    model = world.model
    template = row(model, 0, 0, blank(model.state), program.nothing_observed)
    parameters = np.zeros(1, dtype(model.parameters))
    parameters[0] = values(world.parameters)
    keys = np.zeros((len(model.members), 2), np.uint64)
    keys[:] = [stream_key(world.seed, "clock", m.name) for m in model.members] or keys
    # A key beyond any key marks a mechanism that is switched off.
    start_keys = np.full((len(model.mechanisms), 2), 2**63, np.uint64)
    for number, mechanism in enumerate(model.mechanisms):
        if mechanism.name not in world.without:
            start_keys[number] = stream_key(world.seed, "start", mechanism.name)
    playing = np.array([m.mechanism not in world.without for m in model.members], np.bool_)
    words = made.view(np.float64).reshape(len(made), made.dtype.itemsize // 8)
    return (
        first, len(made), made, words, words.view(np.int64), odd, template, parameters[0], float(world.horizon),
        int(world.budget), int(model.open), keys, start_keys, playing, *program.tables, samples, integrals,
        now_playing, *_work(model, len(program.sample_begin) - 1),
    )  # fmt: skip


def _work(model: Model, sampled: int) -> tuple[Any, ...]:
    """Return what the loop keeps of each clock and each observation, and room for the uniforms."""
    slots = max(1, len(model.members))  # a model may have no clock at all
    left, since, speed, renewed_at = np.zeros((4, slots))
    firing, draws = np.zeros((2, slots), np.int64)
    most = max([0, *(m.clock.uniforms for m in model.members), *(m.uniforms for m in model.mechanisms)])
    return (
        left, since, speed, np.full(slots, np.inf), renewed_at, np.zeros(slots, np.bool_), firing, draws,
        np.zeros(sampled, np.int64), np.zeros(most),
    )  # fmt: skip


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


def _program(model: Any) -> Program:
    with _LOCK:  # two threads would compile twice, and numba's warnings are caught for all threads
        made: Program = _made(model)
        return made


@cache
def _made(model: Any) -> Program:
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
        np.array([m.clock.memory == "restart" for m in members], np.bool_),
        np.array([m.clock.renews_on is not None for m in members], np.bool_),
        np.array([m.clock.uniforms for m in members], np.int64),
        *_flat(after),
        begin,
        days,
        *_watched_words(model),
    )
    program = Program(
        play=_idle,
        tables=tables,
        sample_begin=begin,
        integrals=len(model.observations) - len(sampled),
        nothing_observed=[np.nan] * len(model.observations),
    )
    nothing = np.zeros(0, row_dtype(model))
    samples, integrals = np.zeros((0, len(days))), np.zeros((0, program.integrals))
    given = _arguments(
        program, World(model), 0, nothing, samples, integrals, np.zeros(0, np.bool_), np.zeros(1, np.int64)
    )
    return replace(program, play=_build(model, given))


def _flat(after: list[list[int]]) -> tuple[Any, Any]:
    """Turn a list of lists into one array and where each begins."""
    return np.array([k for line in after for k in line], np.int64), np.cumsum([0, *(len(line) for line in after)])


def _idle(*_: Any) -> int:
    return loop.OK


def _watched_words(model: Model) -> tuple[Any, Any]:
    """Say where in a row, in words of 8 bytes, lie the floats that may not be NaN, and the whole numbers."""
    state = np.dtype(row_dtype(model))
    begin = state.fields["state"][1] if state.fields else 0
    numbers, wholes = [], []
    for field, offset in _leaf_offsets(model.state, begin):
        if field.kind is not bool:
            if field.kind is not float:
                wholes.append(offset // 8)
            elif not field.may_be_nan:
                numbers.append(offset // 8)
    return np.array(numbers, np.int64), np.array(wholes, np.int64)


def _leaf_offsets(record: type[Record], begin: int) -> Iterator[tuple[Field, int]]:
    offsets: Any = dtype(record).fields
    for name, part in record.fields.items():
        at = begin + offsets[name][1]
        if isinstance(part, Field):
            yield part, at
        elif isinstance(part, Array):
            for number in range(part.length):
                yield from _leaf_offsets(part.of, at + number * dtype(part.of).itemsize)
        else:
            yield from _leaf_offsets(part, at)


def _build(model: Model, given: tuple[Any, ...]) -> Callable[..., int]:
    """Put the loop beside a model's functions, hand both to numba, and keep the machine code for next time."""
    import numba

    functions = {f"f{k}": function for k, function in enumerate(_functions(model))}
    reached = _all_reached([*functions.values(), *(getattr(laws, name) for name in LAWS)])
    for function in reached:
        compilable.check(function)
    text = "\n\n".join((_loop_text(), _dispatch(model)))
    fingerprint = _fingerprint(model, text, reached, numba.__version__)
    kept = cache_folder.kept(fingerprint)
    if kept is not None:
        try:
            return _assembled(text, functions, fingerprint, kept, given)
        except Exception:  # whatever is wrong with what was kept, it can be made again
            cache_folder.drop(fingerprint)
    with cache_folder.making(fingerprint) as place:
        made = _assembled(text, functions, fingerprint, place, given)
        for function in reached:
            _refuse_cuts(function)
        return made


def _refuse_cuts(function: Function) -> None:
    """Refuse a float that is stored as a whole number: a NaN, or one too large, becomes anything at all there.

    What type a value has is known only once a function is compiled. ``int(...)`` is checked; see `exact`.
    """
    from numba.core import ir, types

    for made in _compiled(function).overloads.values():
        kinds = made.type_annotation.typemap
        for block in made.type_annotation.blocks.values():
            for line in block.body:
                if not isinstance(line, ir.SetAttr) or not isinstance(kinds[line.target.name], types.Record):
                    continue
                stored = kinds[line.target.name].typeof(line.attr)
                if isinstance(stored, types.Integer) and isinstance(kinds[line.value.name], types.Float):
                    what = f'a float for the whole number "{line.attr}"; write int(...) around it, it cuts off alike'
                    raise ModelError(
                        compilable.located(function, line.loc.line, f"the compiled engine cannot use {what}")
                    )


def _loop_text() -> str:
    return inspect.getsource(loop)


def _assembled(
    text: str, functions: dict[str, Function], fingerprint: str, folder: Path | None, given: tuple[Any, ...]
) -> Callable[..., int]:
    import numba

    path = str(folder / "program.py") if folder else "<compiled model>"
    # What numba reads back from its cache, it looks up by the name of a module.
    module = types.ModuleType(f"_timeline_program_{fingerprint}")
    sys.modules[module.__name__] = module
    scope = vars(module)
    exec(compile(text.replace("from __future__ import annotations", ""), path, "exec"), scope)
    try:
        for name, function in functions.items():
            scope[name] = _compiled(function)
        scope["float"] = exact.replacements()[float]
        for name in LAWS:
            scope[name] = _compiled(getattr(laws, name))
        scope.update(_draws())
        for name in loop.INNER:
            scope[name] = numba.njit(**_INNER)(scope[name])
        made: Callable[..., int] = numba.njit(nogil=True, cache=folder is not None)(scope["play_rows"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # numba's own
            made(*given)
    except numba.core.errors.NumbaError as problem:
        raise _refused(problem, _all_reached(functions.values())) from problem
    return made


@cache
def _draws() -> dict[str, Any]:
    """Return the compiled generator, which all models share."""
    import numba

    scope = dict(vars(loop))
    for name in loop.DRAWS:
        scope[name] = numba.njit(**_INNER)(types.FunctionType(getattr(loop, name).__code__, scope, name))
    return {name: scope[name] for name in loop.DRAWS}


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

    exactly = exact.replacements()

    def instead(value: Any) -> Any:
        if isinstance(value, types.FunctionType):
            return _compiled(value)
        known = isinstance(value, (type, types.BuiltinFunctionType, types.ModuleType))
        return exactly.get(value, value) if known else value

    scope = dict(function.__globals__)
    for name in _global_names(function.__code__):
        found = scope.get(name, getattr(builtins, name, None))
        if instead(found) is not found:
            scope[name] = instead(found)
    cells = tuple(types.CellType(instead(cell.cell_contents)) for cell in function.__closure__ or ())
    again = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, cells)
    # Without the check an index beyond an array would read whatever lies there.
    return numba.njit(boundscheck=True, **_INNER)(again)


def _global_names(code: types.CodeType) -> Iterator[str]:
    """Yield the global names that code reads; an attribute may bear the name of a function."""
    for line in _instructions(code):
        if line.opname == "LOAD_GLOBAL":
            yield line.argval


# -- the generated source -----------------------------------------------------------------


def _dispatch(model: Model) -> str:
    """Return the source of the functions that call the right model function for a member."""
    names = {function: f"f{k}" for k, function in enumerate(_functions(model))}
    clocks = [(clock, [m for m in model.members if m.clock is clock]) for x in model.mechanisms for clock in x.clocks]
    numbers = [number for number, (_, members) in enumerate(clocks) for _ in members]
    lines = [
        f"CLOCK = np.array({numbers}, np.int64)",
        f"NUMBER = np.array({[m.number for m in model.members]}, np.int64)",
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
        return f"float({calls(member, value)})" if callable(value) else _number(value)

    def law_line(member: Member) -> str:
        law = member.clock.law
        return f"return {', '.join(law_value(v, member) for v in (law.first, law.second, law.age))}"

    def renewal_line(member: Member) -> str:
        path = member.clock.renews_on or ""
        return f"return float(s.{path if '[i]' in path else renewal_path(path, member.side, member.number)})"

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
            # A key beyond any key marks a mechanism that is switched off.
            given = ", ".join("v" if name == "u" else name for name in arguments(mechanism.start))
            lines.append(f"    if keys[{number}, 0] <= MASK:")
            lines.append(f"        v = u[:{mechanism.uniforms}]")
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


def _number(value: float) -> str:
    """Write a float so that reading it gives the same bits."""
    if math.isfinite(value):
        return repr(float(value))
    return "math.nan" if math.isnan(value) else "math.inf" if value > 0 else "-math.inf"


def _argument(name: str, member: Member) -> str:
    """Write what a function asks for, by name, as the dispatch hands it over."""
    if member.clock.over == "sides":
        me, other = SIDES[member.number], SIDES[1 - member.number]
        sides = {"me": f"s.{me}", "other": f"s.{other}", "p_me": f"p.{me}", "p_other": f"p.{other}"}
        return sides.get(name, name)
    return name


# -- what machine code depends on ----------------------------------------------------------


def _fingerprint(model: Model, text: str, reached: Iterable[Function], version: str) -> str:
    """Hash all that goes into the machine code: every function reached, every constant, every record."""
    digest = hashlib.blake2b(digest_size=12)
    parts = [str(VERSION), version, sys.version, text, inspect.getsource(exact)]
    parts += [repr(row_dtype(model)), repr(dtype(model.parameters))]
    for function in reached:
        parts.extend(_content(function))
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def _all_reached(functions: Iterable[Function]) -> list[Function]:
    """Return the functions and the plain functions that they call, each once, in order."""
    found: dict[Function, None] = {}
    for function in functions:
        _reach(function, found, ())
    return list(found)


def _reach(function: Function, found: dict[Function, None], within: tuple[Function, ...]) -> None:
    if function in within:
        raise ModelError(compilable.located(function, None, "calls itself, which the compiled engine cannot do"))
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
    for line in _instructions(code):
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


def _instructions(code: types.CodeType) -> Iterator[dis.Instruction]:
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


# -- errors ---------------------------------------------------------------------------------


def _refused(problem: Exception, reached: Iterable[Function]) -> ModelError:
    """Turn numba's refusal into a sentence that names function, file and line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(problem))
    places = [(f, int(n)) for f, n in re.findall(r'File "([^"]+)", line (\d+)', text)]
    places = [(str(Path(f).absolute()), n) for f, n in places if "program.py" not in f and f[0] != "<"]
    where = "one of the model's functions"
    if places:
        # numba gives the path from the working directory, and the innermost place last
        path, line = os.path.normpath(places[-1][0]), places[-1][1]
        found = [f.__code__ for f in reached if f.__code__.co_filename == path]
        inside = [code for code in found if code.co_firstlineno <= line]
        name = f", {max(inside, key=lambda code: code.co_firstlineno).co_name}" if inside else ""
        where = f"{path}, line {line}{name}"
    said = [line.strip() for line in text.splitlines() if line.strip()]
    # The first lines name the step of the compiler, what is wrong comes after.
    said = [line for line in said if not line.startswith(("Failed in", "During:", "File ", "-"))] or said
    return ModelError(
        f"{where}: numba cannot compile this: {said[0]}\n"
        "  A model's functions may use numbers, fields, enumerations, if, for ... in range, math and other such "
        'functions; see "What a model\'s functions may contain" in CONTRIBUTING.md, or run with --engine simpy'
    )
