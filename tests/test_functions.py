"""What a model's functions may do, checked when the model is declared: whatever plays it, whether or not it is met."""

from __future__ import annotations

import datetime
import math
import random
import re
import time
from collections.abc import Callable
from random import gauss
from typing import Any

import numpy as np
import pytest
import toys
from toys import Outcome, count, nothing, running

from timeline.errors import ModelError
from timeline.model.declarations import Clock, Counted, Mechanism, Model
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.model.laws import fixed, weibull
from timeline.model.records import Array, Field, Record

LOG: list[float] = []
TABLE = (1.0, 2.0)
ROUNDS = 10**7
STREAM = random.Random(1)


def refused(clock: Clock, function: Callable[..., Any]) -> str:
    """Return why a clock is refused, without file and line, which must be those of the function."""
    with pytest.raises(ModelError) as problem:
        toys.model(clock)
    said, first = str(problem.value), function.__code__.co_firstlineno
    named = re.search(rf"{re.escape(__file__)}, line (\d+), {function.__name__}: (.*)", said)
    assert named, said
    assert first < int(named[1]) <= first + 6
    assert said.startswith('model "toys", mechanism "toy", clock "bad", ')
    return named[2]


def as_effect(function: Callable[..., Any], uniforms: int = 1) -> str:
    return refused(Clock("bad", running, function, fixed(1), uniforms=uniforms), function)


def as_speed(function: Callable[..., Any]) -> str:
    return refused(Clock("bad", function, nothing), function)


# ---------------------------------------------------------------- names that there are not


def mistyped_field(s: Any) -> None:
    if s.n > 5:
        s.alrm = True


def mistyped_in_a_record(s: Any) -> None:
    step = s.steps[0]
    step.keept = True


def mistyped_in_a_loop(s: Any, p: Any) -> None:
    for side, lean in ((s.a, p.a), (s.b, p.b)):
        side.pressure *= lean.leen


def mistyped_of_all_steps(s: Any) -> None:
    for step in s.steps:
        s.n += step.levle


def mistyped_parameter(s: Any, p: Any) -> None:
    s.x = p.toy.rat


def unknown_parameters(s: Any, p: Any) -> None:
    s.x = p.toi.rate


def mistyped_member(s: Any) -> None:
    s.outcome = Outcome.ENDE


def mistyped_function(s: Any) -> None:
    s.x = math.exq(1.0)


def unknown_name(s: Any) -> None:
    s.x = coutn(s)  # noqa: F821


NAMES = {
    mistyped_field: '"alrm" is no field of State; did you mean "alarm"?',
    mistyped_in_a_record: '"keept" is no field of Step; did you mean "kept"?',
    mistyped_in_a_loop: '"leen" is no parameter of SideParameters; did you mean "lean"?',
    mistyped_of_all_steps: '"levle" is no field of Step; did you mean "level"?',
    mistyped_parameter: '"rat" is no parameter of Rates; did you mean "rate"?',
    unknown_parameters: 'the model has no parameters "toi"; did you mean "toy"?',
    mistyped_member: '"ENDE" is no member of Outcome; did you mean "ENDED"?',
    mistyped_function: '"exq" is no name of math; did you mean "exp"?',
    unknown_name: '"coutn" is no name that is known here; did you mean "count"?',
}


@pytest.mark.parametrize("function", NAMES, ids=lambda f: f.__name__)
def test_a_name_that_there_is_not_is_refused_with_the_nearest(function: Callable[..., Any]) -> None:
    assert as_effect(function) == NAMES[function]


def test_a_mistyped_name_in_a_helper_is_told_with_the_helpers_line() -> None:
    with pytest.raises(ModelError, match=r"test_functions\.py, line \d+, mistyped_in_a_record: \"keept\" is no field"):
        toys.model(Clock("bad", running, lambda s: mistyped_in_a_record(s)))


# ---------------------------------------------------------------- beyond the model


def python_random(s: Any) -> None:
    s.x = random.random()


def imported_draw(s: Any) -> None:
    s.x = gauss(0.0, 1.0)


def stream(s: Any) -> None:
    s.x = STREAM.random()


def numpy_random(s: Any) -> None:
    s.x = np.random.random()


def clock_on_the_wall(s: Any) -> None:
    s.x = time.time()


def calendar(s: Any) -> None:
    s.n = datetime.date(2000, 1, 1).year


def reads_a_file(s: Any) -> None:
    with open("x") as file:
        s.n = len(file.read())


def keeps_a_log(s: Any) -> None:
    LOG.append(s.x)


def writes_a_log(s: Any) -> None:
    LOG[0] = s.x


def imports(s: Any) -> None:
    import os

    s.n = os.getpid()


def globally(s: Any) -> None:
    global ROUNDS
    ROUNDS += 1


def forever(s: Any) -> None:
    while True:
        s.n += 1


def for_long(s: Any) -> None:
    for _ in range(ROUNDS):
        s.n += 1


def worked_out(s: Any) -> None:
    for _ in range(2 * (ROUNDS - 1) + 1):
        s.n += 1


def never_worked_out(s: Any) -> None:
    for _ in range(10**10**10):
        s.n += 1


def deletes(s: Any) -> None:
    del s.x


def day_moved(s: Any) -> None:
    s.day += 1.0


def parameters_changed(s: Any, p: Any) -> None:
    p.toy.rate = 2.0


def record_replaced(s: Any) -> None:
    s.a = s.b


def second_uniform(s: Any, u: Any) -> None:
    s.x = u[0] + u[1]


def nested(s: Any) -> None:
    for i in range(1_000):
        for j in range(1_000):
            s.x = s.x + i * j


def nested_unknown(s: Any) -> None:
    for i in range(s.n):
        for j in range(s.n):
            s.x = s.x + i * j


BEYOND = {
    python_random: '"random.random" reaches beyond the model', imported_draw: '"gauss" reaches beyond the model',
    stream: '"STREAM.random" reaches beyond the model', numpy_random: '"np.random.random" reaches beyond the model',
    clock_on_the_wall: '"time.time" reaches beyond the model', calendar: '"datetime.date" reaches beyond the model',
    reads_a_file: '"open" reaches beyond the model', keeps_a_log: '"LOG.append(...)": given a list of the module',
    writes_a_log: '"LOG[0]" is written, which is no field of the state', imports: "given `import os`",
    globally: "given `global ROUNDS`, expected a field", forever: "given `while`, which may never end; write `for",
    for_long: "a loop of 10,000,000 rounds, expected at most 100,000",
    nested: "loops within loops of 1,000,000 rounds together, expected at most 100,000",
    nested_unknown: "loops within loops of 1,000,000 rounds together, expected at most 100,000",
    worked_out: "a loop of 19,999,999 rounds, expected at most 100,000", deletes: "given `del s.x`",
    day_moved: '"s.day" is written, but the day is the clock\'s',
    parameters_changed: '"p.toy.rate" is written, but parameters are the same for all',
    record_replaced: '"s.a" is written as a whole, expected one of its fields',
    second_uniform: '"u[1]" read, but uniforms=1 declared; declare uniforms=2',
}  # fmt: skip


@pytest.mark.parametrize("function", BEYOND, ids=lambda f: f.__name__)
def test_what_no_timeline_may_depend_on_is_refused(function: Callable[..., Any]) -> None:
    assert as_effect(function).startswith(BEYOND[function])


# ---------------------------------------------------------------- speeds and laws


def writing_speed(s: Any) -> float:
    s.x = 1.0
    return 1.0


def speed_with_an_effect(s: Any) -> float:
    return 1.0 if count(s) else 0.0


def forgetful_speed(s: Any) -> float:
    if s.on:
        return 1.0
    1.0  # noqa: B018


def spoken_speed(s: Any) -> Any:
    return "fast" if s.on else 0.0


def empty_speed(s: Any) -> Any:
    return


SPEEDS = {
    writing_speed: '"s.x" is written by a speed, which may only read; write in `fires`',
    forgetful_speed: "returns nothing where its last line is passed, expected a number: the speed",
    spoken_speed: "returns 'fast', expected a number: the speed",
    empty_speed: "returns None, expected a number: the speed",
}


@pytest.mark.parametrize("function", SPEEDS, ids=lambda f: f.__name__)
def test_a_speed_only_reads_and_gives_a_number_on_every_way(function: Callable[..., Any]) -> None:
    assert as_speed(function) == SPEEDS[function]


def test_a_speed_may_not_write_through_a_helper_and_a_law_may_not_write_either() -> None:
    with pytest.raises(ModelError, match=r'toys\.py, line \d+, count: "s\.n" is written by a speed'):
        toys.model(Clock("bad", speed_with_an_effect, nothing))
    with pytest.raises(ModelError, match=r'clock "bad", law: .*"s\.x" is written by a law'):
        toys.model(Clock("bad", running, nothing, weibull(writing_speed)))


# ---------------------------------------------------------------- what is not refused


def fine(s: Any, p: Any, u: Any) -> None:
    for k, step in enumerate(s.steps):
        step.level += int(TABLE[min(k, 1)] * u[0])
    record = s.steps[1] if s.on else s.a
    record.level = len(s.steps)
    last = max(side.pressure for side in (s.a, s.b))
    picked = (s.a, s.b)[s.n % 2]
    picked.pressure = min(last, abs(later(picked)))
    scale = lambda x: x * p.toy.rate  # noqa: E731
    s.x = scale(float(np.float64(1.0))) + math.pi


def later(side: Any) -> float:
    return float(side.pressure)


def test_records_that_are_handed_on_renamed_and_looped_over_are_followed_and_not_refused() -> None:
    toys.model(Clock("fine", running, fine, fixed(1), uniforms=1))


# ---------------------------------------------------------------- sizes and endpoints


def test_a_state_too_large_to_be_kept_of_every_timeline_is_refused_before_any_is_made() -> None:
    class Large(Record):
        day = Field(0.0)
        outcome = Field(Outcome.OPEN)
        steps = Array(toys.Step, 2 * 10**8)

    with pytest.raises(ModelError, match="state of 600,000,002 numbers given, expected at most 20,000"):
        toys.model(Clock("step", running, nothing, over=Counted("steps")), state=Large)


@pytest.mark.parametrize("length", [0, -1, 2.0, True])
def test_an_array_has_a_whole_number_of_records(length: Any) -> None:
    with pytest.raises(ModelError, match=re.escape(f"length {length!r} given, expected a whole number from 1 on")):
        Array(toys.Step, length)


def with_endpoints(**given: Any) -> Model:
    usual: dict[str, Any] = {"phases": (("open", None),), "signed": "since", "accord": None, "half_verified": None}
    clocks = Mechanism("toy", (Clock("c", running, nothing),))
    return Model("m", "M", toys.State, (clocks,), Outcome.OPEN, endpoints=Endpoints(**{**usual, **given}))


def test_endpoints_name_columns_that_the_state_has() -> None:
    assert with_endpoints(further=(AtEnd("x", "X", "count", "lower"),)).endpoints is not None
    for given, said in (
        ({"signed": "sinse"}, 'endpoints, signed: given "sinse", expected a field of the state; did you mean "since"?'),
        ({"accord": "accord_day"}, "without such a field give accord=None"),
        ({"phases": (("open", None), ("signed", "signed_day"))}, 'phases, signed: given "signed_day"'),
        ({"hostility": "enmity"}, 'endpoints, hostility: given "enmity"'),
    ):
        with pytest.raises(ModelError, match=re.escape(said)):
            with_endpoints(**given)


def test_rounds_that_would_take_for_ever_to_work_out_are_left_to_the_engines() -> None:
    model = toys.model(Clock("long", running, never_worked_out, fixed(1)))
    assert [member.name for member in model.members] == ["long"]
