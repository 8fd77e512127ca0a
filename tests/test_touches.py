"""What a function reads and writes, derived from its source; and whom a firing concerns."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from toys import Outcome, Phase, State, model, nothing, random_model, running

from timeline.derived.touches import dependents, roots_of, touches
from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import Clock, Counted
from timeline.model.laws import fixed
from timeline.model.records import Array, Field, Record, copied, leaves, resolve
from timeline.workspace import Workspace

ROOT = {"s": frozenset({""})}


def derived(function, roots=ROOT):
    found = touches(function, roots, State)
    return found.reads, found.writes, found.known


# ---------------------------------------------------------------- what is followed


def helper_reads(state, which):
    return state.steps[which].level + state.n


def helper_writes(side):
    side.pressure = 0.5


def pair(first, second):
    return first.x + second


def test_fields_of_the_state_its_sides_and_its_arrays_are_told_apart():
    def function(s, i):
        s.n += 1
        s.steps[i].day = s.a.pressure if s.on else s.x

    assert derived(function) == ({"n", "a.pressure", "on", "x"}, {"n", "steps[].day"}, True)


def test_aliases_and_helpers_are_followed():
    def function(s, i):
        side = s.a if s.on else s.b
        helper_writes(side)
        step = s.steps[i]
        step.kept = helper_reads(s, which=i) > 2

    reads, writes, known = derived(function)
    assert (reads, writes, known) == (
        {"on", "steps[].level", "n"}, {"a.pressure", "b.pressure", "steps[].kept"}, True,
    )  # fmt: skip


def test_an_alias_that_a_loop_widens_is_followed():
    def function(s):
        side = s.a
        for other in (s.a, s.b):
            side.level = 1
            side = other

    assert derived(function) == (set(), {"a.level", "b.level"}, True)


def test_a_loop_over_an_array_is_followed():
    def function(s):
        total = 0.0
        for step in s.steps:
            total += step.level
        return total

    assert derived(function) == ({"steps[].level"}, set(), True)


def test_what_a_members_arguments_stand_for_is_known():
    toy = model(Clock("side", running, nothing, fixed(1), over="sides"))
    assert roots_of(toy.members[1]) == {
        "s": frozenset({""}), "me": frozenset({"b"}), "other": frozenset({"a"}),
    }  # fmt: skip


# ---------------------------------------------------------------- what is not followed is unknown


def unknown_in_a_list(s):
    return sum([step.level for step in s.steps])


def unknown_in_a_generator(s):
    return max(step.day for step in s.steps)


def unknown_by_walrus(s):
    return (t := s).x + t.y


def unknown_by_star(s):
    return pair(*(s,), s.x)


def unknown_by_keywords(s):
    return pair(**{"first": s, "second": 1.0})


def unknown_by_method(s):
    return s.a.rising()


def unknown_by_builtin(s):
    return getattr(s, "x")  # noqa: B009


def unknown_in_a_tuple(s):
    sides = (s.a, s.b)
    return sides[0].pressure


def unknown_by_return(s):
    return s.a


def unknown_by_inner_function(s):
    def inner():
        return s.x

    return inner()


def unknown_by_recursion(s):
    return s.x if s.n else unknown_by_recursion(s)


def unknown_by_lambda(s):
    return (lambda: s.x)()


@pytest.mark.parametrize(
    "function", [f for name, f in list(globals().items()) if name.startswith("unknown_")], ids=lambda f: f.__name__
)
def test_what_cannot_be_followed_is_said_to_be_unknown(function):
    assert not touches(function, ROOT, State).known


def test_a_method_of_a_number_reads_it():
    assert derived(lambda s: 1.0 if s.x.is_integer() else 0.0) == ({"x"}, set(), True)


def test_after_an_effect_that_is_not_known_everyone_is_timed_anew():
    def rate(s):
        return 1.0 if s.n else 0.5

    toy = model(Clock("odd", running, lambda s: setattr(s, "n", 1), fixed(1)), Clock("rate", rate, nothing, fixed(1)))
    assert dependents(toy) == [[0, 1], [1]]


# ---------------------------------------------------------------- whom a firing concerns


def test_a_renewal_concerns_whoever_writes_its_field():
    class Inner(Record):
        mark = Field(0)

    class Rung(Record):
        marks = Array(Inner, 2)

    class Ladder(Record):
        day = Field(0.0)
        outcome = Field(Outcome.OPEN)
        rungs = Array(Rung, 2)

    def mark(s, i):
        s.rungs[i].marks[1].mark += 1

    toy = model(
        Clock("mark", running, mark, fixed(1), over=Counted("rungs")),
        Clock("window", running, nothing, fixed(5), renews_on="rungs[1].marks[1].mark"),
        Clock("other", running, nothing, fixed(5)),
        state=Ladder,
    )
    assert dependents(toy) == [[0, 2], [1, 2], [2], [3]]


def _moved(before, after) -> set[str]:
    found = set()
    for path, _ in leaves(before.record):
        array = before.record.fields.get(path.split("[]")[0])
        count = array.length if isinstance(array, Array) else 1
        for k in range(count):
            one, other = (getattr(*resolve(state, path.replace("[]", f"[{k}]"))) for state in (before, after))
            if repr(one) != repr(other):
                found.add(path)
    return found


def _undeclared(world: World, replications: int) -> set[str]:
    """Play, and return what was written without having been derived."""
    declared = [touches(m.clock.fires, roots_of(m), world.model.state) for m in world.model.members]
    missing: set[str] = set()
    for replication in range(replications):
        last: list = [None]

        def watch(day, member, state, last=last):
            if member is not None and declared[member.index].known:
                last[0].day = state.day  # the engine's own doing
                missing.update(_moved(last[0], state) - declared[member.index].writes)
            last[0] = copied(state)

        play(world, replication, watch)
    return missing


@pytest.mark.parametrize("number", range(6))
def test_nothing_is_written_in_a_random_model_that_was_not_derived(number):
    assert _undeclared(World(random_model(number, number % 3 > 0), seed=number, horizon=12.0), 3) == set()


def test_nothing_is_written_in_the_shipped_model_that_was_not_derived(request):
    shipped = Workspace(request.config.rootpath).load("backchannel")
    assert _undeclared(World(shipped, horizon=1500.0), 2) == set()


def test_in_the_shipped_model_everything_is_known(request):
    shipped = Workspace(request.config.rootpath).load("backchannel")
    for member in shipped.members:
        for function in (member.clock.speed, member.clock.fires):
            assert touches(function, roots_of(member), shipped.state).known, function.__qualname__


def test_phases_and_milestones_count_as_fields():
    def function(s):
        s.phase = Phase.ACCORD
        s.since = math.nan

    assert derived(function) == (set(), {"phase", "since"}, True)


def test_a_model_without_clocks_has_no_dependents():
    assert dependents(replace(model(), mechanisms=())) == []
