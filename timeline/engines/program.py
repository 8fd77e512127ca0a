"""A model's program: the loop beside the model's functions, as machine code, and the tables that it reads.

A model's functions are compiled as they are, but for Python's arithmetic, which `timeline.engines.exact`
stands in for, and for what `timeline.engines.compilable` refuses.
"""

from __future__ import annotations

import builtins
import inspect
import os
import re
import shutil
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from timeline.arrays import Rows
from timeline.derived.touches import Remembered, dependents, stage_of
from timeline.engines import cache_folder, compilable, dispatch, exact, loop, pipeline, rounds, wholes
from timeline.engines.draws import stream_key
from timeline.engines.fingerprint import all_reached, fingerprint, instructions
from timeline.engines.meanwhile import a_core_is_free, meanwhile
from timeline.engines.parameters import slots, writing
from timeline.engines.world import World, row, row_dtype
from timeline.errors import ModelError, RunError
from timeline.model import laws
from timeline.model.declarations import Function, Model, Sampled
from timeline.model.records import Array, Field, Record, blank, dtype
from timeline.model.sources import located

LAWS = ("weibull_lifetime", "lognormal_lifetime", "uniform_lifetime", "empirical_lifetime")
#: So many replications are tried on the reference engine to say in its words why a model cannot be compiled.
_TRIED = 5
#: So many functions are worth a second process.
_MANY = 30
#: So many settings of a model are remembered: its arms, and some more.
_SETTINGS = 256
_LOCK = threading.RLock()
Words = np.ndarray[Any, np.dtype[np.uint64]]


@dataclass(frozen=True)
class Program:
    """A compiled model.

    Attributes
    ----------
    model
        The model.
    play
        The loop.
    after
        As bits, the members whose clocks may have to be timed anew: first, and in the other table all but those
        whose speed left at its head. All members; then for each member, by the stage after it has fired.
    tables
        What else the loop knows of each member and each observation.
    template
        A row before anything has happened.
    settings
        What was said of worlds before; a program that is changed begins anew.
    """

    model: Model
    play: Callable[..., int]
    after: tuple[Words, Words]
    tables: tuple[Any, ...]
    template: Rows
    settings: dict[tuple[Any, ...], Situation] = field(default_factory=dict, init=False, compare=False, repr=False)

    def setting(self, world: World) -> Situation:
        """Return what the loop is told of a world, whatever its parameters' values; worlds that share it share it.

        Parameters
        ----------
        world
            What is played.
        """
        key = (world.seed, world.horizon, world.budget, world.without, world.injections, world.start, world.laws)
        known = self.settings.get(key)
        if known is None:
            if len(self.settings) >= _SETTINGS:
                self.settings.clear()
            known = self.settings[key] = _setting(self, world)
        return known

    def room(self) -> tuple[Any, ...]:
        """Return what one thread's loop works with; it is as good as new whenever the loop begins."""
        return (np.zeros(1, np.int64), *_work(self.model), *_live(self.model))

    def arguments(
        self, setting: Situation, parameters: Any, room: tuple[Any, ...], first: int, made: Rows, odd: Any
    ) -> tuple[Any, ...]:
        """Return what the loop is called with; always of the same types, so that it is compiled once.

        Parameters
        ----------
        setting, parameters
            What is played: all but its parameters' values, and a record of those.
        room
            What the loop works with. Its first array is told the number of the replication that is being played.
        first
            The first replication.
        made
            Room for the rows.
        odd
            Room for a flag a row: it holds a NaN or a whole number that Python would not have stored.
        """
        words = made.view(np.float64).reshape(len(made), made.dtype.itemsize // 8)
        return (
            first, made, words, words.view(np.int64), words.view(np.uint8), odd, self.template, parameters,
            setting.horizon, setting.budget, int(self.model.open), setting.keys, setting.start_keys, *setting.start,
            *setting.after, *setting.laws, *self.tables,
            *room, *setting.injected, np.zeros(len(setting.injected[0])),
        )  # fmt: skip


@dataclass(frozen=True)
class Situation:
    """What the loop is told of a world, but for its parameters' values; read by many threads, written by none.

    Attributes
    ----------
    horizon, budget
        As of the world.
    keys, start_keys
        The keys of the random streams: of the members, then of the injections; of the mechanisms' starts.
    start
        Whether timelines start elsewhere than the model does; the day, and the first day of which samples are taken;
        of the floats, the whole numbers and the flags that are set where they lie in a row, and their values.
    after
        Whom to time anew; see `timed_after`.
    injected
        Of each injection its member, its milestone's word (-1: the start), its days, and its luck.
    laws
        Of each member its law's kind; its tables' knots, hazards and sizes; whether it was given from outside, and the
        numbers it was then given.
    """

    horizon: float
    budget: int
    keys: Any
    start_keys: Any
    start: tuple[Any, ...]
    after: tuple[Words, Words]
    injected: tuple[Any, ...]
    laws: tuple[Any, ...]


def _setting(program: Program, world: World) -> Situation:
    model = program.model
    streams = [*(stream_key(world.seed, "clock", m.name) for m in model.members), *world.injection_keys]
    keys = np.zeros((len(streams), 2), np.uint64)
    keys[:] = streams or keys
    # A key beyond any key marks a mechanism that is switched off.
    start_keys = np.full((len(model.mechanisms), 2), 2**63, np.uint64)
    for number, mechanism in enumerate(model.mechanisms):
        if mechanism.name not in world.without:
            start_keys[number] = stream_key(world.seed, "start", mechanism.name)
    playing = [m.mechanism not in world.without for m in model.members]
    after = timed_after(program.after, playing)
    told = float(world.horizon), int(world.budget), keys, start_keys, _started(world), after
    return Situation(*told, _injected(world), _laws(world))


def _laws(world: World) -> tuple[Any, ...]:
    """Return the laws of all members; see `Situation.laws`."""
    members = world.model.members
    laws_of = [world.law_of(member) for member in members]
    longest = max([1, *(len(line) for law in laws_of for line in law.knots)])
    most = max([1, *(len(law.knots) for law in laws_of)])
    knots, hazards = np.zeros((2, len(members), most, longest))
    sizes, numbers = np.zeros((len(members), 2), np.int64), np.zeros((len(members), 2))
    given = np.array([law is not m.clock.law for law, m in zip(laws_of, members, strict=True)], np.bool_)
    for k, law in enumerate(laws_of):
        sizes[k] = len(law.knots), len(law.knots[0]) if law.knots else 0
        for table in range(len(law.knots)):
            knots[k, table, : sizes[k, 1]] = law.knots[table]
            hazards[k, table, : sizes[k, 1]] = law.hazards[table]
        if given[k]:
            numbers[k] = float(law.first), float(law.second)  # type: ignore[arg-type]
    return np.array([int(law.kind) for law in laws_of], np.int64), knots, hazards, sizes, given, numbers


def _started(world: World) -> tuple[Any, ...]:
    """Return where timelines begin, and what is set there; see `Situation.start`."""
    start, model = world.start, world.model
    numbers = writing(model.state, dict(start.state))
    begin = _offset(row_dtype(model), "state")
    return (
        start.given, float(start.day), start.seen_from,
        numbers.floats[0] + begin // 8, numbers.floats[1],
        numbers.wholes[0] + begin // 8, numbers.wholes[1],
        numbers.flags[0] + begin, numbers.flags[1],
    )  # fmt: skip


def timed_after(after: tuple[Words, Words], playing: list[bool]) -> tuple[Words, Words]:
    """Return whom to time anew, without the members that are switched off: those are never timed."""
    switched_on = _bits([[k for k, plays in enumerate(playing) if plays]], after[0].shape[1])
    always, awake = after
    return (always & switched_on).ravel(), (awake & switched_on).ravel()


def _after(model: Model) -> tuple[Words, Words]:
    """Return as bits whom to time anew, and whom unless its speed left at its head: see `Program.after`."""
    touched = Remembered(model)
    path, values = stage_of(model, touched)
    stages: list[dict[str, int]] = [*({path: value} for value in values), {}]
    made = []
    for asleep in (True, False):
        lists = [dependents(model, settled, asleep, touched) for settled in stages]
        everyone = list(range(len(model.members)))
        made.append(_bits([everyone, *(of[k] for k in everyone for of in lists)], dispatch.words(model)))
    return made[0], made[1]


def _bits(lists: Iterable[Iterable[int]], words: int) -> Words:
    """Return lists of whole numbers as bits, in words of 64; shape (lists, words)."""
    whole = [sum(1 << k for k in line) for line in lists]
    return np.array([[line >> 64 * word & (2**64 - 1) for word in range(words)] for line in whole], np.uint64)


def _live(model: Model) -> tuple[Any, Any]:
    """Return room for the clocks that run, and for a bit for each clock."""
    return np.zeros(len(model.members), np.uint64), np.zeros(dispatch.words(model), np.uint64)


def _work(model: Model) -> tuple[Any, ...]:
    """Return what the loop keeps of each clock and each observation, and room for the uniforms."""
    members = len(model.members)
    left, since, speed, renewed_at = np.zeros((4, members))
    firing, draws = np.zeros((2, members), np.int64)
    most = max([0, *(m.clock.uniforms for m in model.members), *(m.uniforms for m in model.mechanisms)])
    sampled = sum(isinstance(o, Sampled) for o in model.observations)
    return (
        left, since, speed, np.full(members, np.inf), renewed_at, np.zeros(members, np.bool_), firing, draws,
        *np.zeros((2, sampled), np.int64), np.zeros(most), np.zeros((members, loop.AHEAD)),
        np.zeros((members, most + most % 2, loop.AHEAD)),
    )  # fmt: skip


def _injected(world: World) -> tuple[Any, ...]:
    """Return of each injection its member, its milestone's word (-1: the start), its days, and its luck."""
    model, injections = world.model, world.injections
    number = {member.name: member.index for member in model.members}
    state = _offset(row_dtype(model), "state")
    words = [-1 if x.since is None else (state + _offset(dtype(model.state), x.since)) // 8 for x in injections]
    luck = np.full((len(injections), max([0, *(m.clock.uniforms for m in model.members)])), np.nan)
    for line, injection in zip(luck, injections, strict=True):
        line[: len(injection.luck)] = injection.luck
    return (
        np.array([number[x.clock] for x in injections], np.uint64),
        np.array(words, np.int64),
        np.array([x.days for x in injections], np.float64),
        luck,
    )


def program_of(model: Model, say: Callable[[str], None] | None = None) -> Program:
    """Return a model's program, compiled unless its machine code is kept from before.

    Parameters
    ----------
    model
        The model.
    say
        Called with a sentence before a compilation, which takes seconds.

    Raises
    ------
    ModelError
        If numba cannot compile one of the model's functions, or would compile it into something else; names
        function, file and line.
    """
    with _LOCK:  # two threads would compile twice, and numba's warnings are caught for all threads
        made = _PROGRAMS.get(id(model))
        if made is None:
            made = _PROGRAMS[id(model)] = _made(model, say or _hush)
        return made


#: By identity, for a model need not be hashable; a program keeps its model alive.
_PROGRAMS: dict[int, Program] = {}


def _hush(_: str) -> None:
    return None


def _made(model: Model, say: Callable[[str], None]) -> Program:
    members = model.members
    program = Program(
        model=model,
        play=_idle,
        after=_after(model),
        tables=(
            np.array([m.clock.memory == "restart" for m in members], np.bool_),
            np.array([m.clock.renews_on is not None for m in members], np.bool_),
            np.array([m.clock.uniforms for m in members], np.int64),
            *_observed(model),
            *_watched_words(model),
            (_offset(row_dtype(model), "state") + _offset(dtype(model.state), "day")) // 8,
        ),
        template=_template(model),
    )
    nothing = np.zeros(0, row_dtype(model))
    parameters = np.zeros(1, dtype(model.parameters))[0]
    given = program.arguments(
        program.setting(World(model)), parameters, program.room(), 0, nothing, np.zeros(0, np.bool_)
    )
    return replace(program, play=_build(model, given, say))


def _idle(*_: Any) -> int:
    return loop.OK


# -- where in a row what lies, in words of 8 bytes ---------------------------------------


def _template(model: Model) -> Rows:
    nothing = [np.nan if isinstance(o, Sampled) else 0.0 for o in model.observations]
    return row(model, 0, 0, 0, blank(model.state), nothing)


def _observed(model: Model) -> tuple[Any, ...]:
    """Return of the samples where each observation's days begin, the days, its first word, and the milestones' words.

    Then the integrals' words.
    """
    state = _offset(row_dtype(model), "state")
    sampled = [o for o in model.observations if isinstance(o, Sampled)]
    words: dict[bool, list[int]] = {True: [], False: []}
    for number, observation in enumerate(model.observations):
        words[isinstance(observation, Sampled)].append(_offset(row_dtype(model), f"observation_{number}") // 8)
    return (
        np.cumsum([0, *(len(o.days) for o in sampled)]),
        np.array([day for o in sampled for day in o.days], np.float64),
        np.array(words[True], np.int64),
        np.array(sorted({(state + slots(model.state)[o.since].offset) // 8 for o in sampled if o.since}), np.int64),
        np.array(words[False], np.int64),
    )


def _watched_words(model: Model) -> tuple[Any, Any]:
    """Return the words of the floats that may not be NaN, and of the whole numbers."""
    numbers, wholes = [], []
    for leaf, offset in _leaf_offsets(model.state, _offset(row_dtype(model), "state")):
        if leaf.kind is not bool:
            if leaf.kind is not float:
                wholes.append(offset // 8)
            elif not leaf.may_be_nan:
                numbers.append(offset // 8)
    return np.array(numbers, np.int64), np.array(wholes, np.int64)


def _offset(kind: np.dtype[np.void], name: str) -> int:
    fields: Any = kind.fields
    return int(fields[name][1])


def _leaf_offsets(record: type[Record], begin: int) -> Iterator[tuple[Field, int]]:
    for name, part in record.fields.items():
        at = begin + _offset(dtype(record), name)
        if isinstance(part, Field):
            yield part, at
        elif isinstance(part, Array):
            for number in range(part.length):
                yield from _leaf_offsets(part.of, at + number * dtype(part.of).itemsize)
        else:
            yield from _leaf_offsets(part, at)


# -- machine code ------------------------------------------------------------------------


def _build(model: Model, given: tuple[Any, ...], say: Callable[[str], None]) -> Callable[..., int]:
    """Put the loop beside a model's functions, hand both to numba, and keep the machine code for next time."""
    functions = {f"f{k}": function for k, function in enumerate(dispatch.functions(model))}
    reached = all_reached([*functions.values(), *(getattr(laws, name) for name in LAWS)])
    for function in reached:
        compilable.check(function)
    text = "\n\n".join((loop_text(), dispatch.source(model)))
    # Machine code knows the modules that its functions come from, and is of no use to a copy under another name.
    modules = sorted({function.__module__ for function in reached})
    name = fingerprint(model, reached, text, *modules, *_makers())
    kept = _kept(text, functions, name, given)
    if kept is not None:
        return kept
    say(f'Compiling model "{model.name}": some 15 seconds, once for each version of the model.')
    with cache_folder.alone(name):
        # Another process may have made it meanwhile.
        known = _kept(text, functions, name, given)
        if known is not None:
            return known
        try:
            return _made_anew(text, functions, name, given, reached)
        except _NotCompiledError as refusal:
            raise ModelError(_in_plain_words(model) or str(refusal)) from refusal.__cause__


def _in_plain_words(model: Model) -> str:
    """Return what the reference engine says of a model that cannot be compiled; nothing if it plays it."""
    from timeline.engines import reference

    try:
        for replication in range(_TRIED):
            reference.play(World(model), replication)
    except RunError as problem:
        return str(problem).partition("\n")[0]
    return ""


def _kept(text: str, functions: dict[str, Function], name: str, given: tuple[Any, ...]) -> Callable[..., int] | None:
    """Return the program whose machine code is kept, if there is one that can be used."""
    place = cache_folder.kept(name)
    if place is None:
        return None
    try:
        return _assembled(text, functions, name, place, given)
    except Exception as problem:  # whatever is wrong with what was kept, it can be made again
        cache_folder.refused(name, f"{type(problem).__name__}: {problem}")
        return None


def _made_anew(
    text: str, functions: dict[str, Function], name: str, given: tuple[Any, ...], reached: Iterable[Function]
) -> Callable[..., int]:
    """Return the program compiled, and keep its machine code for next time."""
    with cache_folder.making(name) as place:
        try:
            made = _assembled(text, functions, name, place, given, anew=True)
        except OSError:
            if place is None:
                raise
            # No room for the machine code: it serves this run alone, and half of it must not be kept.
            shutil.rmtree(place, ignore_errors=True)
            made = _assembled(text, functions, name, None, given)
        for function in reached:
            _refuse_cuts(function)
        return made


class _NotCompiledError(ModelError):
    """Numba refuses one of the model's functions, in numba's words."""


class _NotKeptError(Exception):
    """What is kept is not for this program on this machine."""


def _only_kept(play: Any) -> None:
    """Have a function fail that is not kept, where numba would compile it without a word."""
    usual = play._cache.load_overload

    def load(*asked: Any) -> Any:
        loaded = usual(*asked)
        if loaded is None:
            raise _NotKeptError(f"numba takes none of what is in {play.stats.cache_path}")
        return loaded

    play._cache.load_overload = load


def _makers() -> Iterator[str]:
    """Yield what makes the machine code besides the model: this program, numba, Python, the processor."""
    import numba
    from numba.core.registry import cpu_target

    yield inspect.getsource(sys.modules[__name__])
    yield inspect.getsource(exact)
    yield inspect.getsource(wholes)
    yield inspect.getsource(pipeline)
    yield inspect.getsource(rounds)
    yield rounds.TOO_MANY
    yield numba.__version__
    yield sys.version
    # Two machines may share a home.
    yield repr(cpu_target.target_context.codegen().magic_tuple())


def loop_text() -> str:
    """Return the source of the loop."""
    return inspect.getsource(loop)


def _assembled(
    text: str,
    functions: dict[str, Function],
    name: str,
    folder: Path | None,
    given: tuple[Any, ...],
    *,
    anew: bool = False,
) -> Callable[..., int]:
    import numba

    reached = all_reached(functions.values())

    path = str(folder / "program.py") if folder else "<compiled model>"
    # What numba reads back from its cache, it looks up by the name of a module.
    module = types.ModuleType(f"_timeline_program_{name}")
    sys.modules[module.__name__] = module
    scope = vars(module)
    exec(compile(text.replace("from __future__ import annotations", ""), path, "exec"), scope)
    try:
        for known, function in functions.items():
            scope[known] = _compiled(function)
        scope["float"] = exact.replacements()[float]
        scope["log"] = exact.library("log", 1)
        scope["ones"] = _ones()
        for law in LAWS:
            scope[law] = _compiled(getattr(laws, law))
        scope.update(_draws())
        for inner in loop.INNER:
            scope[inner] = pipeline.inner(forceinline=inner in loop.ONCE)(scope[inner])
        # What is divided by in the loop is never 0.
        options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False, "cache": folder is not None}
        made: Callable[..., int] = numba.njit(**options)(scope["play_rows"])
        if folder is not None and not anew:
            _only_kept(made)
        with warnings.catch_warnings(), pipeline.no_garbage(), ExitStack() as helped:
            warnings.simplefilter("ignore")  # numba's own
            if anew and folder is not None and len(functions) >= _MANY and a_core_is_free():
                helped.enter_context(_effects_meanwhile(scope, given, reached))
            made(*given)
    except (OSError, ModelError, _NotKeptError):
        raise
    except Exception as problem:  # numba has errors of its own, and some of Python's: all of them mean the model
        raise _NotCompiledError(_refused(problem, reached)) from problem
    return made


@contextmanager
def _effects_meanwhile(scope: dict[str, Any], given: tuple[Any, ...], reached: Iterable[Function]) -> Iterator[None]:
    """Have the effects compiled on another core; the loop's compilation meets them last, and waits for them.

    They are handed over as numba hands over all it keeps, by files beside the program. Whatever goes wrong there
    goes wrong here again, where it can be said.
    """
    import numba
    from numba.core import types

    known = dict(zip(inspect.signature(loop.play_rows).parameters, map(numba.typeof, given), strict=True))
    asked = (types.uint64, known["rows"].dtype.typeof("state"), known["p"], known["u"])
    fire = scope["fire"] = pipeline.inner(forceinline=True, kept=True)(scope["fire"].py_func)

    def compile_effects() -> None:
        fire.compile(asked)
        for function in reached:
            _refuse_cuts(function)

    kept_in = Path(fire.stats.cache_path)
    with meanwhile(compile_effects) as done:
        fire.get_call_template = _waiting_for(fire, done)
        try:
            yield
        finally:
            # They stand in the loop's machine code now.
            for path in kept_in.glob("program.fire-*"):
                path.unlink(missing_ok=True)


def _waiting_for(fire: Any, done: Callable[[], bool]) -> Callable[..., Any]:
    """Return what numba asks for a function's types, which waits until its machine code is there."""
    from numba.core.caching import NullCache

    usual = fire.get_call_template

    def when_done(*arguments: Any) -> Any:
        if not done():
            fire._cache = NullCache()
        return usual(*arguments)

    return when_done


def _ones() -> Any:
    """Return what counts the bits of a word that are 1: an instruction of the processor."""
    import numba

    return numba.types.ExternalFunction("llvm.ctpop.i64", numba.uint64(numba.uint64))


@cache
def _draws() -> dict[str, Any]:
    """Return the compiled generator, which all models share."""
    scope = dict(vars(loop))
    for name in loop.DRAWS:
        scope[name] = pipeline.inner()(types.FunctionType(getattr(loop, name).__code__, scope, name))
    here = pipeline.inner(forceinline=True)(loop.philox)
    return {name: scope[name] for name in loop.DRAWS} | {"philox_here": here}


@cache
def _compiled(function: Function) -> Any:
    """Hand a plain function to numba, and before it the plain functions that it calls."""
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
    code = rounds.with_own_range(function)
    scope[rounds.OWN] = rounds.compiled_range()
    cells = tuple(types.CellType(instead(cell.cell_contents)) for cell in function.__closure__ or ())
    again = types.FunctionType(code, scope, function.__name__, function.__defaults__, cells)
    # As Python stops: at an index beyond an array, at a division by 0 (which a function compiled for the loop would
    # take over from it), at a whole number beyond 64 bits.
    return pipeline.inner(boundscheck=True, error_model="python", watching=True)(again)


def _global_names(code: types.CodeType) -> Iterator[str]:
    """Yield the global names that code reads; an attribute may bear the name of a function."""
    for line in instructions(code):
        if line.opname == "LOAD_GLOBAL":
            yield line.argval


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
                    raise ModelError(located(function, line.loc.line, f"the compiled engine cannot use {what}"))


def _refused(problem: Exception, reached: Iterable[Function]) -> str:
    """Turn numba's refusal into a sentence that names function, file and line."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(problem)) or type(problem).__name__
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
    return (
        f"{where}: numba cannot compile this: {said[0][:300]}\n"
        "  A model's functions may use numbers, fields, enumerations, if, for ... in range, math and other such "
        'functions; see "What a model\'s functions may contain" in CONTRIBUTING.md, or run with --engine simpy'
    )
