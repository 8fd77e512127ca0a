"""The compiled engine: the reference engine's rows, bit for bit, its errors, and a cache that is never stale."""

from __future__ import annotations

import contextlib
import ctypes
import json
import math
import random
import re
import shutil
import subprocess
import sys
import threading
import types
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_reference import BELOW_NOTHING, CLAMPED, both
from toys import (
    OBSERVED,
    Outcome,
    Rates,
    SideParameters,
    State,
    count,
    end,
    model,
    nothing,
    observed_random_model,
    once,
    running,
    toggle,
    while_alarmed,
    while_on,
    world,
)

from timeline.config.load import load
from timeline.derived.touches import dependents
from timeline.engines import batch, cache_folder, compilable, compiled, exact, program, reference
from timeline.engines.fingerprint import all_reached, fingerprint
from timeline.engines.start import Start
from timeline.engines.world import World, longer_path
from timeline.errors import ModelError, RunError
from timeline.model.declarations import Clock, Counted, Mechanism, Model, Sampled
from timeline.model.laws import at_once, empirical, fixed, lognormal, uniform, weibull
from timeline.model.records import Field, Record
from timeline.playing.tasks import task_of, world_of

ROOT = Path(__file__).resolve().parents[1]
#: What compiles for seconds and differs little from its neighbours.
SLOW = pytest.mark.slow
CONFIGS = sorted((ROOT / "configs").glob("*/*.toml"))
#: The question that each model is mainly for.
MAIN = [ROOT / "configs" / name for name in (
    "backchannel/cadence.toml", "track_two/with-and-without.toml", "secret_pact/embed-hide-or-reveal.toml",
)]  # fmt: skip


@pytest.fixture(autouse=True)
def _toys_apart(request: pytest.FixtureRequest, toys_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Toys are kept apart from the user's cache; the shipped models, which take long to compile, are in it."""
    if "shipped" not in request.node.name:
        monkeypatch.setenv("XDG_CACHE_HOME", str(toys_cache))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of a test's own, which is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "crisis-timeline" / "compiled"


def same(of: World, replications: int, first: int = 0) -> bool:
    """Whether both engines make the same rows."""
    return reference.rows(of, first, replications).tobytes() == compiled.play(of, first, replications).tobytes()


# ---------------------------------------------------------------- the shipped model


def test_the_main_arms_of_every_shipped_model_come_out_the_same_bit_for_bit() -> None:
    arms = [(experiment, arm) for experiment in map(load, MAIN) for arm in experiment.arms]
    assert [arm for experiment, arm in arms if not same(world_of(task_of(experiment, arm)), 3)] == []
    assert len(arms) > 20


@pytest.mark.slow
@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_many_replications_of_shipped_arms_come_out_the_same(path: Path) -> None:
    experiment = load(path)
    assert [arm for arm in experiment.arms if not same(world_of(task_of(experiment, arm)), 200, 20)] == []


@pytest.mark.slow
@pytest.mark.parametrize("path", MAIN, ids=lambda path: path.parent.name)
def test_two_thousand_replications_of_one_arm_come_out_the_same(path: Path) -> None:
    experiment = load(path)
    assert same(world_of(task_of(experiment, experiment.arms[-1])), 2_000)


@pytest.mark.slow
def test_two_timelines_of_one_path_are_the_same_clocks_in_the_same_order_on_the_same_days() -> None:
    told: list[tuple[float, int]] = []
    toy = World(ODD, horizon=30, seed=4)
    found = reference.play(toy, 1, lambda day, member, state: told.append((day, member.index)) if member else None)
    path = 0
    for day, member in told:
        path = longer_path(path, day, member)
    assert len(told) > 20
    assert compiled.play(toy, 1, 1)["path"][0] == found.row["path"][0] == path
    assert path not in (longer_path(0, *told[-1]), found.row["firings"][0])


@pytest.mark.slow
def test_the_shipped_model_without_any_one_mechanism_comes_out_the_same() -> None:
    experiment = load(MAIN[0])
    base = world_of(task_of(experiment, experiment.arms[-1]))
    for mechanism in experiment.model.mechanisms:
        assert same(replace(base, without=(mechanism.name,)), 10), mechanism.name


# ---------------------------------------------------------------- random models


def compare_random(numbers: range, replications: int) -> tuple[list[int], Counter[str]]:
    """Return the random models on which the engines differ, and what occurred in them."""
    differ, marks = [], Counter[str]()
    for number in numbers:
        toy = World(
            observed_random_model(number, number % 3 > 0), seed=number, horizon=12.0,
            given={"toy.rate": 0.7, "toy.shape": 0.8, "b.lean": 1.5},
        )  # fmt: skip
        if not same(toy, replications):
            differ.append(number)
        for replication in range(replications):
            marks += both(toy, replication)[2]
    return differ, marks


def test_random_models_come_out_the_same_and_ties_and_pauses_at_the_very_instant_occur() -> None:
    differ, marks = compare_random(range(1, 2), 80)
    print(dict(marks))
    assert differ == []
    assert marks["firings"] > 2_000
    assert marks["ties"] > 300
    assert marks["paused when due"] > 10
    assert marks["changed when due"] > 30


@pytest.mark.slow
def test_many_random_models_come_out_the_same() -> None:
    differ, marks = compare_random(range(100, 164), 50)
    print(dict(marks))
    assert differ == []
    assert marks["ties"] > 15_000
    assert marks["paused when due"] > 1_500


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    number=st.integers(0, 10**6),
    lattice=st.sampled_from([True, True, False]),
    rate=st.floats(0.1, 3.0),
    first=st.integers(0, 2**32 - 30),
    begins=st.sampled_from([0.0, 0.3, 2.5]),
    alarm=st.booleans(),
)
def test_models_that_hypothesis_makes_come_out_the_same(
    number: int, lattice: bool, rate: float, first: int, begins: float, alarm: bool
) -> None:
    known = (("x", 1.5), ("m", 2), ("alarm", alarm), ("since", begins / 2), ("b.level", 1), ("steps[1].kept", True))
    toy = World(
        observed_random_model(number, lattice),
        seed=number,
        horizon=12.0,
        given={"toy.rate": rate},
        start=Start(begins, known[: number % 7]),
    )
    assert same(toy, 25, first)


# ---------------------------------------------------------------- what random models do not hold


def _age(s: Any) -> float:
    return s.x


def _which(s: Any) -> int:
    return s.m % 2


def _change(s: Any, i: int, u: Any) -> None:
    s.steps[i].level += 1
    s.m += i
    s.since = s.day
    s.x = 0.5 + u[1]
    if u[2] < 0.01:
        s.outcome = Outcome.ENDED


def _flag(s: Any) -> bool:
    return s.on


def _calm(s: Any) -> None:
    s.alarm = False


def _alarm(s: Any, u: Any) -> None:
    s.alarm = True
    s.y = math.pow(u[0], 2.0) + math.pow(2.0, u[0]) + math.pow(u[0], 0.5) + math.pow(u[0], 3)


def _begin(s: Any, p: Any, u: Any) -> None:
    s.x = 2.0 * u[0] * p.toy.rate
    s.m = int(5 * u[1])
    s.a.level = int(3 * u[2])


def _second_begin(s: Any, u: Any) -> None:
    s.y = u[0]


def _far(s: Any, me: Any, other: Any, p_me: Any, p_other: Any) -> float:
    return p_me.lean / (1 + me.level) + p_other.lean * other.pressure


def _side(s: Any, me: Any, other: Any, i: int, u: Any) -> None:
    me.level += 1
    other.pressure = u[0] * u[1] + i


ODDS = Mechanism(
    "toy",
    (
        Clock("rayleigh", running, _alarm, weibull(2.0), uniforms=1),  # the square root of a logarithm
        Clock("weibull", running, nothing, weibull(2, age=_age)),
        Clock("lognormal", running, nothing, lognormal(1, age=_age)),
        Clock("uniform", running, nothing, uniform(0, 3, age=_age)),
        Clock("table", running, nothing, empirical((0, 2), ((0.2, 0.7), (1.0, 0.5)), which=_which, age=_age)),
        Clock("never", while_on, end, fixed(math.inf)),
        Clock("toggle", running, toggle, fixed(2)),
        Clock("flag", _flag, count, fixed(0.3), memory="restart"),
        Clock("step", running, _change, weibull(1.5), over=Counted("steps"), uniforms=3),
        Clock("third", running, nothing, fixed(4), renews_on="steps[2].level"),
        Clock("own", running, nothing, fixed(4), over=Counted("steps"), renews_on="steps[i].level"),
        Clock("window", running, nothing, fixed(2.5), renews_on="since"),
        Clock("calm", while_alarmed, _calm, at_once()),
    ),
    parameters=Rates,
    start=_begin,
    uniforms=3,
)
MORE = Mechanism("more", (Clock("side", _far, _side, over="sides", uniforms=2),), start=_second_begin, uniforms=1)
ODD = Model("odd", "Odd", State, (ODDS, MORE), Outcome.OPEN, SideParameters, observations=OBSERVED)


class Bare(Record):
    day = Field(0.0)
    outcome = Field(Outcome.OPEN)


def test_laws_ages_renewals_flags_and_starts_come_out_the_same_with_any_mechanism_off() -> None:
    for without in ((), ("toy",), ("more",), ("toy", "more")):
        assert same(World(ODD, horizon=30, seed=4, without=without, given={"a.lean": 0.5}), 100), without
    assert same(World(ODD, horizon=math.inf, seed=4), 5, first=2**32 - 5)
    assert compiled.rows(World(ODD), 7, 0).tobytes() == b""
    odd = World(ODD, horizon=30, seed=4)
    with ThreadPoolExecutor(2) as threads:  # the loop keeps nothing between calls
        halves = list(threads.map(lambda first: compiled.play(odd, first, 2000).tobytes(), (0, 2000)))
    assert b"".join(halves) == compiled.play(odd, 0, 4000).tobytes()


@pytest.mark.slow
def test_a_model_without_clocks_and_parameters_comes_out_the_same() -> None:
    assert same(World(Model("bare", "Bare", Bare, (), Outcome.OPEN), horizon=7), 3)


def test_a_replication_has_no_number_beyond_the_generators() -> None:
    for first, number in ((-1, 1), (2**32, 1), (2**32 - 1, 2)):
        with pytest.raises(RunError, match="expected 0 to 4294967295"):
            compiled.rows(World(ODD), first, number)


# ---------------------------------------------------------------- the comparison can fail


@pytest.fixture
def mutate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Replace one piece of the loop's text."""
    text = program.loop_text()

    def change(old: str, new: str) -> None:
        assert len(re.findall(re.escape(old), text)) == 1, f"the loop no longer says: {old}"
        monkeypatch.setattr(program, "loop_text", lambda: text.replace(old, new))
        program._PROGRAMS.clear()

    yield change
    program._PROGRAMS.clear()


@pytest.mark.parametrize("toy", [CLAMPED, pytest.param(BELOW_NOTHING, marks=SLOW)], ids=["due now", "a hair before"])
def test_the_loop_rounds_as_the_reference_engine_does(toy: World) -> None:
    assert same(toy, 1)
    assert compiled.rows(toy, 0, 1)["state"]["outcome"] == Outcome.ENDED


def test_without_the_clamp_of_what_is_due_now_the_comparison_fails(mutate: Callable[[str, str], None]) -> None:
    mutate("0.0 if due[k] == now else max(", "max(")
    assert not same(CLAMPED, 1)


@pytest.mark.slow
def test_without_the_floor_at_nothing_the_comparison_fails(mutate: Callable[[str, str], None]) -> None:
    mutate("max(0.0, left[k] - (now - since[k]) * speed[k])", "left[k] - (now - since[k]) * speed[k]")
    assert not same(BELOW_NOTHING, 1)


TIED = World(observed_random_model(1, True), seed=1, horizon=12.0)


@pytest.mark.slow
def test_without_the_tie_rule_the_comparison_fails(mutate: Callable[[str, str], None]) -> None:
    mutate("k = other if due[other] < first else k", "k = other if due[other] <= first else k")
    assert not same(TIED, 20)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("                        draws[k] = 0\n", ""),
        ("if faster == 0 and restarts[k]:", "if faster == 0 and not restarts[k]:"),
        ("if firing > 0 or draws > 0:", "if firing > 0:"),
        (" and not (value != value and renewed_at[k] != renewed_at[k])", ""),
        ("keys[fired], replication, firing[fired])", "keys[fired], replication, np.int64(0))"),
        ("+ sample_days[begin + taken[k]] < day:", "+ sample_days[begin + taken[k]] <= day:"),
        ("integrate(s, now - then,", "integrate(s, now,"),
        ("not now < horizon:", "not now <= horizon:"),
        ("if moved or soonest < now:", "if soonest < now:"),
        ("np.uint64(firing + n) & MASK", "np.uint64(firing) & MASK"),
    ],
    ids=[
        "redraws never counted anew", "memory turned round", "age kept at a redraw", "NaN renews", "one uniform",
        "samples too early", "integrals from the start", "closed horizon", "a milestone unnoticed",
        "one uniform ahead",
    ],
)  # fmt: skip
def test_other_slips_of_the_loop_are_found(mutate: Callable[[str, str], None], old: str, new: str) -> None:
    mutate(old, new)
    toys = [World(observed_random_model(k, k % 3 > 0), seed=k, horizon=12.0) for k in range(6)]
    assert any(not same(toy, 20) for toy in (World(ODD, horizon=30), *toys))


def test_most_dependencies_are_needed_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """With one pair (who fires, who is timed anew) left out, rows differ; some pairs are needless by chance."""
    whole = program.program_of(TIED.model)
    pairs = [(k, j) for k, line in enumerate(dependents(TIED.model)) for j in line if j != k]
    stages = (len(whole.after[0]) - 1) // len(TIED.model.members)
    expected = reference.rows(TIED, 0, 40).tobytes()
    noticed = 0
    for k, j in pairs:
        fewer = tuple(table.copy() for table in whole.after)
        for table in fewer:
            table[1 + k * stages : 1 + (k + 1) * stages, j // 64] &= ~np.uint64(1 << j % 64)
        monkeypatch.setattr(batch, "program_of", lambda _, fewer=fewer: replace(whole, after=fewer))
        noticed += compiled.play(TIED, 0, 40).tobytes() != expected
    print(f"{noticed} of {len(pairs)} dependencies were missed when left out")
    assert len(pairs) > 50
    assert noticed > 0.5 * len(pairs)


# ---------------------------------------------------------------- errors: the same sentence from both


def _scramble(s: Any) -> None:
    s.n = (s.n * 6364136223846793005 + 1442695040888963407) % 1000


def _shift(s: Any) -> None:
    s.n += 9
    s.m = (1 << s.n) % 7


def _grow(s: Any) -> None:
    s.m = s.m * 1000 + 7


def _divides(s: Any) -> None:
    s.n += 1
    if s.n > 3:
        s.x = 1.0 / (s.m - s.m)


def _remainder(s: Any) -> None:
    s.n += 1
    s.m = 7 % (s.n - 4)


def _added_up(rounds: int) -> int:
    total = 0
    for k in range(rounds):
        total += k
    return total


def _up(s: Any) -> None:
    s.n += 1
    s.m = _added_up(s.n * 30_000)


def _down(s: Any) -> None:
    s.n += 1
    for _ in range(s.n * 60_000, 0, -2):
        s.m += 1


def _between(s: Any) -> None:
    s.n += 1
    for k in range(3, s.n * 30_000):
        s.m += k


def _count_to_three(s: Any) -> None:
    s.x += 1.0
    if s.x < 3.0:
        s.since = s.day


SCRAMBLE, SHIFT, GROW, DIVIDE, REMAINDER, UP, DOWN, BETWEEN, LATE_SAMPLES = map(float, range(31, 40))


def _strain(s: Any, fault: float) -> None:
    if fault == SCRAMBLE:
        _scramble(s)
    if fault == SHIFT:
        _shift(s)
    if fault == GROW:
        _grow(s)
    if fault == DIVIDE:
        _divides(s)
    if fault == REMAINDER:
        _remainder(s)
    if fault == UP:
        _up(s)
    if fault == DOWN:
        _down(s)
    if fault == BETWEEN:
        _between(s)
    if fault == LATE_SAMPLES:
        _count_to_three(s)


def _fault_speed(s: Any, p: Any) -> float:
    fault = p.toy.rate
    if fault > 30.0:
        return 0.5 if fault == LATE_SAMPLES else 1.5  # every three days, or every day
    if s.n < 2:
        return 1.0
    if fault == 1.0:
        return -1.0
    if fault == 2.0:
        return math.nan
    if fault == 3.0:
        return math.inf
    if fault == 4.0:
        return 1.0 / (s.m - s.m)
    return 1.0


def _fault_fires(s: Any, p: Any, u: Any) -> None:
    fault = p.toy.rate
    if fault > 30.0:
        _strain(s, fault)
        return
    s.n += 1
    if s.n < 3:
        return
    if fault == 5.0:
        s.alarm = True
    if fault == 6.0:
        s.steps[s.n].kept = True
    if fault == 7.0:
        s.x = math.nan
    if fault == 8.0:
        s.m = int(2.0 * s.since)
    if fault == 9.0:
        s.x = math.log(s.x)
    if fault == 10.0:
        s.m = int(s.since)
    if fault == 11.0:
        s.y = u[s.n - 2]
    if fault == 12.0:
        s.y = math.exp(1000.0 * s.n)
    if fault == 13.0:
        s.y = math.sqrt(s.x - 1.0)
    if fault == 14.0:
        s.m = round(s.since)
    if fault == 15.0:
        s.y = math.pow(s.x, -1)
    if fault == 16.0:
        s.b.pressure = math.nan
    if fault == 17.0:
        s.steps[-1 - s.n].kept = True
    if fault == 18.0:
        s.m = math.floor(s.since)


def _fault_start(s: Any, p: Any) -> None:
    if p.toy.rate == 0.5:
        s.x = math.log(p.toy.rate - 0.5)


def _fault_shape(s: Any, p: Any) -> float:
    return 0.0 if p.toy.rate == 0.25 and s.n > 1 else 1.5


FAULTY = model(
    Clock("fault", _fault_speed, _fault_fires, fixed(1.5), uniforms=1),
    Clock("reaction", while_alarmed, nothing, at_once()),
    Clock("law", running, nothing, weibull(_fault_shape)),
    start=_fault_start,
    observations=(Sampled("x", (1.0, 2.0, 4.0), since="since"),),
)


def strained(fault: float, horizon: float) -> World:
    """Return a world in which one thing goes wrong or is strange; one model for all, for it takes long to compile."""
    return World(FAULTY, {"toy.rate": fault}, horizon=horizon)


def test_what_goes_wrong_is_told_in_the_same_sentence_by_both_engines() -> None:
    told = []
    for fault in (0.25, 0.5, *range(1, 19), 20):
        toy = World(
            FAULTY, given={"toy.rate": float(fault)}, horizon=50, label="cadence c", budget=60 if fault == 20 else 500,
            replay="timeline trace x --replication {replication}",
        )  # fmt: skip
        with pytest.raises(RunError) as slow:
            reference.rows(toy, 5, 3)
        try:
            compiled.rows(toy, 5, 3)
        except RunError as problem:
            fast = str(problem)
        else:
            fast = "nothing"
        assert fast == str(slow.value), fault
        told.append(fast.split("\n")[0])
    assert len(set(told)) == len(told)
    assert all('model "toys", cadence c, ' in line and ", replication 5, day " in line for line in told)


@pytest.mark.parametrize("fault", [SCRAMBLE, SHIFT])
def test_a_whole_number_beyond_64_bits_on_the_way_stops_compiled_code_alone(fault: float) -> None:
    hidden = strained(fault, 9.5)
    with pytest.raises(RunError, match="the compiled engine has a whole number beyond 64 bits on the way"):
        compiled.rows(hidden, 5, 2)
    assert len(reference.rows(hidden, 5, 2)) == 2


def test_a_whole_number_beyond_64_bits_that_is_written_stops_both_engines_alike() -> None:
    told = "replication 3, day 8: a whole number beyond 64 bits was written to State.m"
    for engine in (compiled, reference):
        with pytest.raises(RunError, match=told):
            engine.rows(strained(GROW, 12.5), 3, 3)


@pytest.mark.parametrize(("fault", "said"), [(DIVIDE, "float division by zero"), (REMAINDER, "integer modulo by zero")])
def test_a_division_by_zero_stops_both_engines_at_the_same_firing(fault: float, said: str) -> None:
    for engine in (compiled, reference):
        with pytest.raises(RunError, match=f"fault, replication 2, day 4: {said}"):
            engine.rows(strained(fault, 9.5), 2, 1)


@pytest.mark.parametrize("fault", [UP, DOWN, BETWEEN])
def test_a_loop_whose_rounds_are_known_late_is_bounded_in_both_engines(fault: float) -> None:
    assert same(strained(fault, 3.5), 2)
    for engine in (compiled, reference):
        with pytest.raises(RunError, match="day 4: a loop has more than 100,000 rounds within one firing"):
            engine.rows(strained(fault, 4.5), 0, 1)


@pytest.mark.slow
def test_when_only_the_compiled_loop_fails_its_own_problem_is_told(mutate: Callable[[str, str], None]) -> None:
    toy = world(Clock("weekly", running, nothing, fixed(7)), horizon=30)
    counts = "            firings += 1\n"
    mutate(counts, f"{counts}            if row == 3:\n                raise ValueError('made up')\n")
    with pytest.raises(RunError) as problem:
        compiled.rows(toy, 10, 9)
    assert "replication 13: the compiled engine has an error where the reference engine goes on" in str(problem.value)
    assert "ValueError: made up" in str(problem.value)


# ---------------------------------------------------------------- what is refused


def refused(function: Callable[..., Any]) -> str:
    with pytest.raises(ModelError) as problem:
        compiled.rows(world(Clock("bad", running, function, fixed(1))), 0, 1)
    said = str(problem.value)
    first = function.__code__.co_firstlineno
    line = int(re.match(rf"{re.escape(__file__)}, line (\d+), {function.__name__}: ", said).group(1))
    assert first <= line <= first + 6
    return said


def power(s: Any) -> None:
    s.x = s.y**3


def power_in_place(s: Any) -> None:
    s.x **= 3


def power_function(s: Any) -> None:
    s.x = pow(s.x, 3)


def numpy_function(s: Any) -> None:
    s.x = np.exp(s.x)


def numpy_constant(s: Any) -> None:
    s.x = np.pi


def digits(s: Any) -> None:
    s.x = round(s.x, 2)


def summed(s: Any) -> None:
    s.x = sum((s.x, s.y))


def other_bits(s: Any) -> None:
    s.x = math.hypot(s.x, s.y)


def based(s: Any) -> None:
    s.x = math.log(s.x, 2)


def last_uniform(s: Any, u: Any) -> None:
    s.x = u[-1]


def unset(s: Any) -> None:
    if s.on:
        late = 1.0
    s.x = late


def unset_after_a_loop(s: Any) -> None:
    for step in s.steps:
        late = step.level
    s.x = late


def unset_in_place(s: Any) -> None:
    for _ in range(2):
        total += s.x  # noqa: F821
        total = 0.0  # noqa: F841


def beyond(s: Any) -> None:
    s.n = s.m % 9223372036854775808


def recursive(s: Any) -> None:
    if s.n > 3:
        recursive(s)


REFUSED = {
    power: '"**"', power_in_place: '"**"', power_function: '"pow(...)"', numpy_function: '"np.exp"',
    numpy_constant: '"np.pi"', digits: '"round(x, digits)"', summed: '"sum(...)"', other_bits: '"math.hypot"',
    based: '"math.log(x, base)"', last_uniform: '"u[-...]"', unset: '"late", which may be read before it is set',
    unset_after_a_loop: '"late", which may be read', unset_in_place: '"total", which may be read',
    recursive: "calls itself", beyond: '"9223372036854775808"; whole numbers there have 64 bits',
}  # fmt: skip


@pytest.mark.parametrize("function", REFUSED, ids=lambda f: f.__name__)
def test_what_would_mean_something_else_is_refused_with_function_file_and_line(function: Callable[..., Any]) -> None:
    assert REFUSED[function] in refused(function)


def test_what_is_refused_in_a_helper_names_the_helper() -> None:
    def calls(s: Any) -> None:
        power(s)

    with pytest.raises(ModelError, match=r'test_compiled\.py, line \d+, power: the compiled engine cannot use "\*\*"'):
        compiled.rows(world(Clock("bad", running, calls, fixed(1))), 0, 1)


def fine(s: Any, u: Any) -> None:
    for side in (s.a, s.b):
        last = side.level
    if s.on:
        one = 1.0
    elif s.alarm:
        one = 2.0
    else:
        return
    for _ in range(3):
        two = one + last
        if two > 9.0:
            break
    for step in s.steps:
        if step.kept:
            continue
        inner = step.level
        s.x += inner * one
    s.x = math.log(s.x) / math.log(2.0) + float(round(s.x)) + u[1]


def test_what_means_the_same_is_not_refused() -> None:
    compilable.check(fine)


def cut(s: Any) -> None:
    s.n += 1  # whole
    s.m = s.n / 2


def test_a_float_that_is_stored_as_a_whole_number_is_refused_and_int_is_what_to_write(place: Path) -> None:
    assert 'a float for the whole number "m"; write int(...) around it' in refused(cut)
    assert list(place.iterdir()) == []  # what was compiled is not kept


def strings(s: Any) -> None:
    kinds = {"a": [1], 2: "b"}
    s.n = kinds["a"][0]


def test_what_numba_cannot_compile_is_told_with_function_file_and_line() -> None:
    said = refused(strings)
    assert "numba cannot compile this: " in said
    assert "or run with --engine simpy" in said


def _no_number(s: Any) -> Any:
    if s.n > 99:
        return 1.0


def _speed_of_nothing(s: Any) -> float:
    return _no_number(s)


def _too_few(s: Any) -> float:
    return _added_up()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("speed", "said"),
    [
        (_speed_of_nothing, "its speed is 'None', expected a number"),
        (_too_few, "its speed failed: _added_up()"),
    ],
    ids=["nothing", "too few"],
)
def test_what_numba_refuses_is_told_in_the_reference_engines_words(speed: Callable[..., Any], said: str) -> None:
    with pytest.raises(ModelError) as problem:
        compiled.rows(world(Clock("bad", speed, nothing)), 0, 1)
    assert str(problem.value).startswith('model "toys", bad, replication 0, day 0: ' + said)
    assert "test_compiled.py, line " in str(problem.value)


# ---------------------------------------------------------------- arithmetic


def _arithmetic(x: float, y: float, k: int, flag: bool) -> tuple[float, ...]:
    return (
        math.pow(x, 2.0), math.pow(2.0, y), math.pow(0.5, y), math.pow(x, 0.5), math.pow(x, -1.0), math.pow(x, 3),
        math.pow(x, k), math.pow(k, y), math.pow(2, y), math.exp(y), math.log(x), math.log(k), math.expm1(y),
        math.log1p(x), math.log2(x), math.log10(x), math.sqrt(x), math.sin(y) + math.cos(y), math.tan(y),
        math.tanh(y), math.atan2(y, x), math.erf(y), math.erfc(y), float(math.floor(y)), float(math.ceil(y)),
        float(math.trunc(y)), float(int(y)), float(round(y)), float(int(flag)), float(flag), y % x, y // x,
        float(-k % 3), float(-k // 3), max(0, y), min(1.0, y, x), x / k,
    )  # fmt: skip


def test_arithmetic_gives_pythons_bits_also_where_an_optimiser_knows_better() -> None:
    fast, rng = numba.njit(lambda x, y, k, flag: inner(x, y, k, flag)), random.Random(1)
    inner = program._compiled(_arithmetic)
    fast = numba.njit(types.FunctionType(fast.py_func.__code__, {"inner": inner}, "f", None, fast.py_func.__closure__))
    for _ in range(5000):
        given = (rng.lognormvariate(0, 2), rng.gauss(0, 3), rng.randint(1, 9), rng.random() < 0.5)
        assert [v.hex() for v in map(float, _arithmetic(*given))] == [v.hex() for v in fast(*given)]


def test_the_names_that_are_said_to_give_the_same_bits_exist() -> None:
    assert all(callable(getattr(math, name)) for name in (*exact.SAME_BITS, *exact.WHOLE))


@pytest.mark.parametrize(("name", "arguments"), [("exp", 1), ("log", 1), ("pow", 2)])
def test_the_heart_of_a_function_gives_the_bits_of_pythons(name: str, arguments: int) -> None:
    found = exact._core(name, arguments)
    if found is None:
        pytest.skip("the C library has no such symbol; the wrapped function is called")
    heart = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * arguments)(found)
    rng = random.Random(5)
    for _ in range(20_000):
        given = [rng.lognormvariate(0, 3) if name != "exp" else rng.gauss(0, 200) for _ in range(arguments)]
        with contextlib.suppress(OverflowError):
            assert heart(*given).hex() == getattr(math, name)(*given).hex(), given


def test_samples_count_from_a_milestone_that_moves() -> None:
    """It is day 3 and then day 6: a day and two after the one, and four after the other."""

    toy = strained(LATE_SAMPLES, 12.0)
    assert same(toy, 3)
    assert compiled.rows(toy, 0, 1)["observation_0"].tolist() == [[1.0, 1.0, 3.0]]


# ---------------------------------------------------------------- the cache


class Mood(IntEnum):
    CALM = 1


LIMIT = 2.0
INNER = 1.0
CONSTANTS = types.ModuleType("constants")
vars(CONSTANTS).update(limit=2.0)


def _helper(s: Any) -> float:
    return s.x * LIMIT


def _uses(s: Any) -> None:
    s.x = _helper(s) + CONSTANTS.limit + Mood.CALM + len([INNER for _ in range(2)])


def _print_of(function: Callable[..., Any]) -> str:
    toy = model(Clock("one", running, function, fixed(1)))
    return fingerprint(toy, all_reached([function]), "text")


def test_the_fingerprint_follows_constants_helpers_modules_and_enumerations(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [_print_of(_uses)]
    here = sys.modules[__name__]
    with monkeypatch.context() as patched:
        patched.setattr(here, "LIMIT", 3.0)
        found.append(_print_of(_uses))
    with monkeypatch.context() as patched:
        patched.setattr(CONSTANTS, "limit", 3.0)
        found.append(_print_of(_uses))
    with monkeypatch.context() as patched:
        patched.setattr(here, "Mood", IntEnum("Mood", {"CALM": 2}))
        found.append(_print_of(_uses))
    with monkeypatch.context() as patched:
        patched.setattr(here, "_helper", lambda s: s.x + LIMIT)
        found.append(_print_of(_uses))
    with monkeypatch.context() as patched:
        patched.setattr(here, "LIMIT", 2)  # equal, but a whole number
        found.append(_print_of(_uses))
    with monkeypatch.context() as patched:
        patched.setattr(here, "INNER", 2.0)
        found.append(_print_of(_uses))
    assert len(set(found)) == 7
    assert _print_of(_uses) == found[0]


def test_a_folder_that_is_damaged_or_half_made_is_not_believed(place: Path) -> None:
    def make() -> None:
        with cache_folder.making("f" * 24) as aside:
            assert aside is not None
            (aside / "code.nbc").write_bytes(b"machine code")

    make()
    kept = cache_folder.kept("f" * 24)
    assert kept == place / ("f" * 24)
    (kept / "code.nbc").write_bytes(b"machine cod3")
    assert cache_folder.kept("f" * 24) is None
    make()
    assert cache_folder.kept("f" * 24) == kept
    (kept / "checksums.json").write_text("[")
    assert cache_folder.kept("f" * 24) is None
    make()
    make()  # another process was faster
    assert [path.name for path in place.iterdir()] == ["f" * 24]


def test_what_another_process_puts_beside_the_machine_code_does_no_harm(place: Path) -> None:
    with cache_folder.making("f" * 24) as aside:
        assert aside is not None
        (aside / "code.nbc").write_bytes(b"machine code")
    kept = cache_folder.kept("f" * 24)
    assert kept is not None
    (kept / "tmp1234").write_bytes(b"")  # numba looks so whether it may write there
    assert cache_folder.kept("f" * 24) == kept


def test_whoever_finds_nothing_takes_nothing_away(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def late(path: Path, *given: Any, **words: Any) -> str:
        # Another process is done between the look and the reading.
        monkeypatch.setattr(Path, "read_text", read)
        with cache_folder.making("f" * 24) as aside:
            assert aside is not None
            (aside / "code.nbc").write_bytes(b"machine code")
        raise FileNotFoundError(path)

    (place / ("f" * 24)).mkdir(parents=True)
    monkeypatch.setattr(Path, "read_text", late)
    assert cache_folder.kept("f" * 24) is None
    assert cache_folder.kept("f" * 24) == place / ("f" * 24)


def test_why_machine_code_is_refused_is_logged(place: Path, caplog: pytest.LogCaptureFixture) -> None:
    with cache_folder.making("f" * 24) as aside:
        assert aside is not None
        (aside / "code.nbc").write_bytes(b"machine code")
    (place / ("f" * 24) / "code.nbc").write_bytes(b"machine cod3")
    with caplog.at_level("DEBUG", "timeline.cache"):
        cache_folder.kept("e" * 24)
        cache_folder.kept("f" * 24)
    assert caplog.messages == [
        f"{'e' * 24}: nothing is kept in {place}",
        f"{'f' * 24}: what is kept is refused: not as it was written: code.nbc",
    ]


def test_one_process_compiles_and_the_others_wait(place: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with cache_folder.alone("f" * 24):
            order.append("second")

    other = threading.Thread(target=second)
    with cache_folder.alone("f" * 24):
        other.start()
        other.join(0.2)
        order.append("first")
        with cache_folder.alone("e" * 24):
            order.append("another model")
    other.join()
    assert order == ["first", "another model", "second"]


def test_a_folder_in_which_something_went_wrong_is_not_kept(place: Path) -> None:
    with pytest.raises(KeyError), cache_folder.making("f" * 24):
        raise KeyError
    assert list(place.iterdir()) == []


@pytest.mark.slow
def test_without_a_place_for_the_cache_models_are_compiled_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert same(world(Clock("weekly", once, count, fixed(7))), 2)


SCRIPT = """
import hashlib, json, sys, time
from pathlib import Path
from timeline.engines import compiled, reference
from timeline.workspace import Workspace
from timeline.engines.world import World, longer_path
world = World(Workspace(Path(sys.argv[1])).load("talks"), horizon=9000.0)
fast, slow = compiled.play(world, 0, 50).tobytes(), reference.rows(world, 0, 50).tobytes()
print(json.dumps([hashlib.sha256(fast).hexdigest(), fast == slow]))
"""


def told(workspace: Path) -> str:
    done = subprocess.run([sys.executable, "-c", SCRIPT, workspace], capture_output=True, text=True, check=True)
    rows, agree = json.loads(done.stdout)
    assert agree
    return rows


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.slow
def test_an_edited_mechanism_never_meets_what_was_compiled_before(tmp_path: Path, place: Path) -> None:
    shutil.copytree(ROOT / "tests" / "toy", tmp_path / "one", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    before = told(tmp_path / "one")
    assert told(tmp_path / "two") == before
    assert len(list(place.iterdir())) == 1  # the same sources elsewhere share it
    leaks = tmp_path / "two" / "models" / "mechanisms" / "leaks.py"
    edit(leaks, "s.leak_day = s.day", "s.leak_day = 0.5 * s.day")
    assert told(tmp_path / "two") != before
    assert len(list(place.iterdir())) == 2


@pytest.mark.slow
def test_a_damaged_cache_is_made_anew(tmp_path: Path, place: Path) -> None:
    shutil.copytree(ROOT / "tests" / "toy", tmp_path / "one", ignore=shutil.ignore_patterns("__pycache__"))
    before = told(tmp_path / "one")
    for pattern in ("*.nbc", "*.nbi", "checksums.json", "program.py"):
        for damage in (b"", b"nonsense"):
            for path in place.rglob(pattern):
                path.write_bytes(damage)
            assert told(tmp_path / "one") == before
