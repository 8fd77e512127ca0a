"""What a paused clock waits for, and whom a firing concerns at which stage of a crisis."""

from __future__ import annotations

from typing import Any

import pytest
from toys import Phase, State, model, nothing, random_model, running

from timeline.derived.guards import head, marked
from timeline.derived.touches import dependents, roots_of, stage_of, touches
from timeline.engines.program import _after
from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import SIDES, Clock, Member
from timeline.model.laws import fixed
from timeline.workspace import Workspace

MARK = -0.5


def hidden(s: Any, p: Any) -> float:
    """Nothing is told of what is known."""
    level = s.x
    if level <= 0.0:
        return 0.0
    if s.on and s.n > 2:
        return 0.0
    return level * s.y


def at_once(s: Any) -> float:
    return 0.0 if s.on else 1.0


def otherwise(s: Any) -> float:
    if s.on:
        return 0.0
    else:
        return 1.0


def after_a_loop(s: Any) -> float:
    total = 0.0
    for k in range(3):
        total += s.steps[k].level
    if total == 0.0:
        return 0.0
    return 1.0


def in_talks(s: Any) -> float:
    if s.phase != Phase.TALKS:
        return 0.0
    return s.x


def by_stage(s: Any) -> float:
    speed = s.x
    if s.phase == Phase.ACCORD and s.on:
        speed += s.y
    return speed + (s.n if s.phase < Phase.ACCORD else 0.0)


def either(s: Any) -> float:
    return s.x if s.alarm or s.phase == Phase.TALKS or s.m > 0 else s.y


def reads(function: Any, **settled: int) -> set[str]:
    return touches(function, {"s": frozenset({""})}, State, settled=settled).reads


def test_a_head_ends_with_the_last_condition_that_pauses() -> None:
    found = touches(hidden, {"s": frozenset({""})}, State, lines=head(hidden))
    assert (len(head(hidden)), found.reads) == (4, {"x", "on", "n"})


@pytest.mark.parametrize("function", [at_once, otherwise, after_a_loop, running])
def test_what_leaves_otherwise_has_no_head_and_stays_as_it_is(function: Any) -> None:
    assert head(function) == ()
    assert marked(function, MARK) is function


def test_a_speed_gives_the_mark_where_it_leaves_at_its_head() -> None:
    class World:
        x, y, on, n = 0.0, 0.0, False, 0

    said, s = marked(hidden, MARK), World()
    assert (hidden(s, None), said(s, None)) == (0.0, MARK)
    s.x, s.on, s.n = 2.0, True, 3
    assert (hidden(s, None), said(s, None)) == (0.0, MARK)
    s.n = 2  # a product that happens to be 0 is no mark
    assert (hidden(s, None), said(s, None)) == (0.0, 0.0)


def test_a_line_that_a_stage_never_reaches_reads_nothing() -> None:
    assert reads(by_stage) == {"x", "phase", "on", "y", "n"}
    assert reads(by_stage, phase=Phase.TALKS) == {"x", "phase", "n"}
    assert reads(by_stage, phase=Phase.ACCORD) == {"x", "phase", "on", "y"}
    assert reads(in_talks, phase=Phase.ACCORD) == {"phase"}


def test_what_is_looked_at_before_a_condition_is_decided_is_read() -> None:
    assert reads(either, phase=Phase.TALKS) == {"alarm", "phase", "x"}
    assert reads(either, phase=Phase.ACCORD) == {"alarm", "phase", "m", "x", "y"}


def test_a_firing_concerns_only_those_that_look_at_what_it_wrote_at_that_stage() -> None:
    def grows(s: Any) -> None:
        s.x += 1.0

    def concludes(s: Any) -> None:
        s.x += 1.0
        s.phase = Phase.ACCORD

    toy = model(
        Clock("growth", running, grows, fixed(1)),
        Clock("accord", running, concludes, fixed(3)),
        Clock("talks", in_talks, nothing, fixed(2)),
    )
    assert stage_of(toy) == ("phase", (0, 1))
    assert dependents(toy, {"phase": 0}) == [[0, 2], [1, 2], [2]]
    assert dependents(toy, {"phase": 1}) == [[0], [1, 2], [2]]
    assert dependents(toy, asleep=True) == [[0], [1, 2], [2]]


def test_the_bits_of_whom_to_time_anew_are_all_members_and_then_those_of_each_member_by_stage() -> None:
    toy = model(Clock("talks", in_talks, nothing, fixed(2)), Clock("month", running, nothing, fixed(1)))
    always, awake = _after(toy)
    assert always.ravel().tolist() == awake.ravel().tolist() == [0b11, 1, 1, 1, 2, 2, 2]


def _speed(member: Member, s: Any, p: Any, function: Any) -> float:
    given = {"s": s, "p": p, "i": member.number}
    if member.clock.over == "sides":
        me, other = SIDES[member.number], SIDES[1 - member.number]
        given |= {"me": getattr(s, me), "other": getattr(s, other)}
        given |= {f"p_{name}": getattr(p, side, None) for name, side in (("me", me), ("other", other))}
    code = function.__code__
    return float(function(*(given[name] for name in code.co_varnames[: code.co_argcount])))


def _forgotten(world: World, replications: int) -> set[tuple[str, str]]:
    """Play, and return who fired and whose speed changed, or who woke up, though no list names it."""
    shipped = world.model
    path, values = stage_of(shipped)
    stages: list[dict[str, int]] = [{path: value} for value in values] or [{}]
    lists = [(dependents(shipped, of), dependents(shipped, of, asleep=True)) for of in stages]
    said = [marked(m.clock.speed, MARK) for m in shipped.members]
    missing: set[tuple[str, str]] = set()
    for replication in range(replications):
        last: list[list[float]] = []

        def watch(day: float, member: Member | None, s: Any, last: list[list[float]] = last) -> None:
            now = [_speed(m, s, world.parameters, said[m.index]) for m in shipped.members]
            if member is not None:
                concerned, woken = (of[member.index] for of in lists[getattr(s, path) if path else 0])
                for k, (one, other) in enumerate(zip(last.pop(), now, strict=True)):
                    if one != other and k not in (woken if one == MARK else concerned):
                        missing.add((member.name, shipped.members[k].name))
            last.append(now)

        play(world, replication, watch)
    return missing


@pytest.mark.parametrize("number", range(6))
def test_nobody_is_forgotten_in_a_random_model(number: int) -> None:
    assert _forgotten(World(random_model(number, number % 3 > 0), seed=number, horizon=12.0), 3) == set()


@pytest.mark.parametrize("name", ["backchannel", "secret_pact", "track_two"])
def test_nobody_is_forgotten_in_the_shipped_models(name: str, request: pytest.FixtureRequest) -> None:
    assert _forgotten(World(Workspace(request.config.rootpath).load(name), horizon=4000.0), 2) == set()


def test_shipped_clocks_have_heads(request: pytest.FixtureRequest) -> None:
    shipped = Workspace(request.config.rootpath).load("backchannel")
    asleep = [m.name for m in shipped.members if head(m.clock.speed)]
    assert {"step agreed", "carried out[0]", "exposure", "breach[a]"} <= set(asleep)
    assert all(touches(m.clock.speed, roots_of(m), shipped.state).known for m in shipped.members)
