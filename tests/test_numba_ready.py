"""Every function of a model can be compiled, and gives the same bits as plain Python.

A compiled engine runs the same functions on NumPy records. Here each function is compiled with the
helpers it calls, and both forms are run on states that real timelines have visited.
"""

from __future__ import annotations

import dis
import random
import types
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from timeline.config.load import load
from timeline.engines.draws import Uniforms
from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import SIDES, Clock, Function, arguments
from timeline.model.laws import law_functions
from timeline.model.records import blank, copied, dtype, leaves, values
from timeline.playing.tasks import task_of, world_of
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
MODEL = Workspace(ROOT).load("backchannel")

#: Levers in unusual places, so that every branch of disclosure is met somewhere.
EVERY_LEVER = {
    "cadence.keep": 0.25, "cadence.voice": 1, "cadence.balance": True, "cadence.announced": True,
    "cadence.claim": 1.5, "cadence.audience": 2, "cadence.min_gap": 20.0, "cadence.hold_before_election": True,
    "cadence.feedback": 30.0, "cadence.rules[0].every": 45.0, "cadence.rules[0].share": 0.4,
    "cadence.rules[0].content": 2, "cadence.rules[1].on": 1, "cadence.rules[1].delay": 20.0,
    "cadence.rules[2].on": 5, "cadence.rules[2].level": 0.15, "cadence.rules[2].content": 1,
    "cadence.rules[3].on": 4, "cadence.rules[3].content": 3, "b.regime": 2,
}  # fmt: skip


# The harness


@cache
def compiled(function: Function) -> Any:
    """Compile a plain function, and before it the plain functions that it calls."""
    scope = dict(function.__globals__)
    for name in _names(function.__code__):
        helper = scope.get(name)
        if isinstance(helper, types.FunctionType):
            scope[name] = compiled(helper)
    again = types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__, function.__closure__)
    return numba.njit(again)


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield the global names that code reads; an attribute may bear the name of a function."""
    for line in dis.get_instructions(code):
        if line.opname == "LOAD_GLOBAL":
            yield line.argval


def as_record(light: Any) -> Any:
    """Return a NumPy record with the values of a Python object; it can be written to."""
    made = np.zeros(1, dtype(light.record))
    made[0] = values(light)
    return made[0]


def scopes(s: Any, p: Any, clock: Clock | None, number: int) -> dict[str, Any]:
    """Return what a function may ask for, by name; works on Python objects and on records alike."""
    scope = {"s": s, "p": p, "i": number}
    if clock is not None and clock.over == "sides":
        me, other = SIDES[number], SIDES[1 - number]
        scope |= {"me": _part(s, me), "other": _part(s, other), "p_me": _part(p, me), "p_other": _part(p, other)}
    return scope


def _part(owner: Any, name: str) -> Any:
    return owner[name] if isinstance(owner, np.void) else getattr(owner, name)


def call(function: Function, scope: Mapping[str, Any]) -> Any:
    """Call a function, or its compiled form, with the arguments it asks for."""
    return function(*(scope[name] for name in arguments(getattr(function, "py_func", function))))


def difference(light: Any, record: Any) -> list[str]:
    """Name the fields in which a Python object and a record differ in any bit."""
    other = as_record(light)
    if other.tobytes() == record.tobytes():
        return []
    return [path for path in _paths(light) if _at(other, path).tobytes() != _at(record, path).tobytes()]


def _paths(light: Any) -> Iterator[str]:
    for path, _ in leaves(light.record):
        if "[]" not in path:
            yield path
            continue
        array = light.record.fields[path.split("[]")[0]]
        yield from (path.replace("[]", f"[{k}]") for k in range(array.length))


def _at(record: Any, path: str) -> Any:
    for part in path.replace("]", "").replace("[", ".").split("."):
        record = record[int(part)] if part.isdecimal() else record[part]
    return record


# What is visited


def worlds() -> list[World]:
    """A few arms of the shipped config, and one in which all levers are in use."""
    experiment = load(ROOT / "configs" / "backchannel" / "cadence.toml")
    arms = [world_of(task_of(experiment, arm)) for arm in experiment.arms]
    return [*arms[:: max(1, len(arms) // 5)], World(MODEL, EVERY_LEVER, seed=3, horizon=3652.5)]


@pytest.fixture(scope="module")
def visited() -> list[tuple[Any, Any]]:
    """(state, parameters) of two dozen moments of real timelines, early and late."""
    found = []
    for number, world in enumerate(worlds()):
        seen: list[Any] = []
        for replication in range(2 * number, 2 * number + 2):
            play(world, replication, lambda day, member, state, seen=seen: seen.append(copied(state)))
        random.Random(number).shuffle(seen)
        found += [(state, world.parameters) for state in seen[:4]]
    return found


def uniforms(count: int, key: int) -> list[float]:
    return [random.Random(key * 1000 + k).random() for k in range(count)]


def check_clock(clock: Clock, visited: list[tuple[Any, Any]]) -> None:
    """Compare a clock's speed, its effect and what its law reads, on every visited state."""
    members = sum(member.clock is clock for member in MODEL.members)
    for key, (state, parameters) in enumerate(visited):
        number = key % members
        p_record = as_record(parameters)
        for function in (clock.speed, *law_functions(clock.law)):
            plain = call(function, scopes(state, parameters, clock, number))
            fast = call(compiled(function), scopes(as_record(state), p_record, clock, number))
            assert float(plain).hex() == float(fast).hex(), f"{clock.name}, {function.__name__}"
        light, record = copied(state), as_record(state)
        u = uniforms(clock.uniforms, key)
        call(clock.fires, {**scopes(light, parameters, clock, number), "u": u})
        call(compiled(clock.fires), {**scopes(record, p_record, clock, number), "u": np.array(u)})
        assert difference(light, record) == [], f"{clock.name}, after firing"


CLOCKS = {clock.name: clock for mechanism in MODEL.mechanisms for clock in mechanism.clocks}
STARTS = {mechanism.name: mechanism for mechanism in MODEL.mechanisms if mechanism.start is not None}

#: What is hard for a compiler, but not long: families, loops over records, a life table, inner helpers.
HANDFUL = (
    "succession", "report due", "leak",
)  # fmt: skip


# The tests


@pytest.mark.parametrize("name", HANDFUL)
def test_a_representative_clock_compiles_and_gives_the_same_bits(name: str, visited: list[tuple[Any, Any]]) -> None:
    check_clock(CLOCKS[name], visited)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in CLOCKS if name not in HANDFUL])
def test_every_other_clock_compiles_and_gives_the_same_bits(name: str, visited: list[tuple[Any, Any]]) -> None:
    check_clock(CLOCKS[name], visited)


@pytest.mark.parametrize("name", STARTS)
def test_every_start_compiles_and_gives_the_same_bits(name: str) -> None:
    mechanism = STARTS[name]
    assert mechanism.start is not None
    for key, world in enumerate((World(MODEL), World(MODEL, EVERY_LEVER))):
        light = blank(MODEL.state)
        record = as_record(light)
        u = uniforms(mechanism.uniforms, key)
        call(mechanism.start, {"s": light, "p": world.parameters, "u": u})
        call(compiled(mechanism.start), {"s": record, "p": as_record(world.parameters), "u": np.array(u)})
        assert difference(light, record) == []


@pytest.mark.slow
def test_the_firings_of_whole_timelines_can_be_replayed_by_compiled_functions() -> None:
    for number, world in enumerate(worlds()):
        p_record = as_record(world.parameters)
        fired: Counter[str] = Counter()
        before: list[Any] = [None]

        def watch(
            day: float, member: Any, state: Any, world: World = world, number: int = number,
            p_record: Any = p_record, fired: Counter[str] = fired, before: list[Any] = before,
        ) -> None:  # fmt: skip
            if member is not None:
                record = before[0]
                record["day"] = day
                u = Uniforms(world.clock_schedules[member.index], number, member.clock.uniforms)
                drawn = np.array([u.at(fired[member.name])[k] for k in range(member.clock.uniforms)])
                scope = scopes(record, p_record, member.clock, member.number) | {"u": drawn}
                call(compiled(member.clock.fires), scope)
                assert difference(state, record) == [], f"{member.name} on day {day}"
                fired[member.name] += 1
            before[0] = as_record(state)

        play(world, number, watch)
        assert sum(fired.values()) > 20


def test_the_comparison_would_notice_a_single_bit() -> None:
    light = blank(MODEL.state)
    record = as_record(light)
    record["steps"][3]["disclosed"] = 5e-324
    assert difference(light, record) == ["steps[3].disclosed"]
