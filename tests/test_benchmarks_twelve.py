"""Twelve clocks by hand in C: the same timelines as both engines, bit for bit, or the limit would be none."""

from __future__ import annotations

import math
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import limit
import numpy as np
import pytest
import twelve

from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.model.laws import LawKind
from timeline.model.units import MONTH

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc to compile the C program with")

#: Worlds to be compared: other luck, and horizons that fall on, just after and just before a month's end.
WORLDS = [
    limit.world(),
    limit.world(seed=7, horizon=2000.0),
    limit.world(seed=8, horizon=60 * MONTH),
    limit.world(seed=9, horizon=math.nextafter(60 * MONTH, math.inf)),
    limit.world(seed=10, horizon=1e-3),
]


def differing(ours: Any, theirs: Any) -> list[int]:
    """Return the replications whose rows differ in any bit."""
    return [k for k in range(len(ours)) if ours[k : k + 1].tobytes() != theirs[k : k + 1].tobytes()]


@needs_gcc
def test_the_c_program_plays_the_reference_engine_s_timelines() -> None:
    here = WORLDS[0]
    assert differing(reference.rows(here, 0, 100), limit.play_in_c(here, 0, 100)) == []


@needs_gcc
def test_the_c_program_plays_the_compiled_engine_s_timelines() -> None:
    for number, here in enumerate(WORLDS):
        first, count = 1000 * number, 3000 if number == 0 else 500
        assert differing(compiled.play(here, first, count), limit.play_in_c(here, first, count)) == [], number


@needs_gcc
def test_everything_that_a_timeline_can_meet_occurs_among_those_compared() -> None:
    states = limit.play_in_c(WORLDS[0], 0, 300)["state"]
    outcomes, causes = Counter(states["outcome"].tolist()), Counter(states["cause"].tolist())
    print(outcomes, causes)
    assert min(outcomes[one] for one in twelve.Outcome) > 10
    assert min(causes[one] for one in twelve.Cause) > 5
    for field in ("shocks", "broken", "leaks", "votes", "renegotiations", "fragile"):
        assert np.count_nonzero(states[field]) > 5, field
    for side in ("a", "b"):
        assert np.count_nonzero(states[side]["irregular_exits"]) > 5
        assert np.count_nonzero(states[side]["leaders"]) > 50
        assert np.count_nonzero(~states[side]["owns_deal"]) > 5
    assert np.count_nonzero(states["votes"] > 1) > 5  # a vote that came back
    assert np.count_nonzero(states["steps"]["carried_out"].all(axis=1)) > 5


@pytest.mark.slow
@needs_gcc
def test_many_timelines_of_the_c_program_are_the_compiled_engine_s_and_many_the_reference_engine_s() -> None:
    for here in WORLDS[:2]:
        assert differing(compiled.play(here, 0, 50_000), limit.play_in_c(here, 0, 50_000)) == []
        assert differing(reference.rows(here, 50_000, 2000), limit.play_in_c(here, 50_000, 2000)) == []


def test_the_frozen_model_has_twelve_clocks_and_all_laws_but_the_uniform_and_at_once() -> None:
    clocks = [member.clock for member in twelve.MODEL.members]
    assert len(clocks) == 12
    assert {clock.law.kind for clock in clocks} == set(LawKind) - {LawKind.UNIFORM, LawKind.AT_ONCE}
    assert {clock.memory for clock in clocks} == {"resume", "restart"}
    assert any(clock.renews_on for clock in clocks)


@pytest.fixture
def fresh_library() -> Iterator[None]:
    limit.c_library.cache_clear()
    yield
    limit.c_library.cache_clear()


@pytest.mark.usefixtures("fresh_library")
def test_without_gcc_the_limit_has_a_line_that_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit.shutil, "which", lambda name: None)
    (line,) = limit.measure(quick=True)
    assert math.isnan(line.value)
    assert (line.target, line.reaches) == (0.85, None)
    assert line.note == "there is no gcc on the path, so the C program cannot be compiled"


@needs_gcc
@pytest.mark.usefixtures("fresh_library")
def test_what_gcc_refuses_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "FLAGS", ("-nonsense",))
    with pytest.raises(limit.NoCompilerError, match=r"gcc does not take twelve\.c: .*nonsense"):
        limit.c_library()


@needs_gcc
def test_other_timelines_than_the_engine_s_are_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def another(world: World, first: int, count: int) -> Any:
        return limit.play_in_c(world, first + 1, count)

    monkeypatch.setattr(limit.compiled, "play", another)
    with pytest.raises(RuntimeError, match="no longer play the same timelines"):
        limit.measure(quick=True)
