"""Leaders come and go as the record says, and successors own the deal or do not."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import Clock
from timeline.model.laws import lifetime
from timeline.model.records import blank
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
MODEL = Workspace(ROOT).load("backchannel")
SUCCESSION = next(m for m in MODEL.mechanisms if m.name == "succession")
CLOCKS: dict[str, Clock] = {clock.name: clock for clock in SUCCESSION.clocks}
EXIT = CLOCKS["succession"]
OTHERS = tuple(m.name for m in MODEL.mechanisms if m.name != "succession")
YEAR = 365.25
DEMOCRACY, AUTOCRACY, MOVEMENT = 0, 1, 2

#: Ratios that matter, whatever the defaults are tuned to.
RATIOS = {
    "succession.turmoil_exit": math.log(3.0), "succession.turmoil_irregular": math.log(8.0), "succession.scandal": 1.5,
    "succession.endorses": 0.6, "succession.endorses_coalition": 0.35, "succession.endorses_irregular": 0.4,
    "succession.endorses_support": math.log(4.0), "succession.endorses_public": math.log(3.0),
    "succession.endorses_ratified": 3.0, "succession.repudiation": 0.001,
    "succession.repudiation_embedding": math.log(0.15),
}  # fmt: skip

#: As many uniforms as make the law's own survival curve exact to .0001.
GRID = [(k + 0.5) / 20_000 for k in range(20_000)]


def tenures(regime: int, age: float = 0.0, grid: list[float] = GRID) -> list[float]:
    """Return the lifetimes that a leader's clock would draw over a grid of uniforms."""
    me = blank(MODEL.state).a
    me.regime = regime
    law = EXIT.law
    assert callable(law.first)
    return [lifetime(law, u, law.first(me), 0.0, age) for u in grid]


def incumbent_ages(regime: int, count: int = 2000) -> list[float]:
    """Return the ages in office that ``start`` gives over a grid of uniforms."""
    parameters = World(MODEL, {"a.regime": regime}).parameters
    assert SUCCESSION.start is not None
    found = []
    for k in range(count):
        state = blank(MODEL.state)
        SUCCESSION.start(state, parameters, [(k + 0.5) / count, 0.5, 0.5, 0.5])
        found.append(state.a.in_office)
    return found


# Tenure


@pytest.mark.parametrize(
    ("regime", "survival"),
    [
        (DEMOCRACY, {1: 0.726, 2: 0.572, 4: 0.390, 8: 0.125}),
        (AUTOCRACY, {1: 0.668, 2: 0.550, 4: 0.431, 8: 0.271}),
        (MOVEMENT, {1: 0.668, 2: 0.550, 4: 0.431, 8: 0.271}),
    ],
    ids=["democracy", "autocracy", "movement"],
)
def test_entrants_stay_in_office_as_long_as_the_record_says(regime: int, survival: dict[int, float]) -> None:
    drawn = tenures(regime)
    for years, share in survival.items():
        assert sum(t > years * YEAR for t in drawn) / len(drawn) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(("regime", "stays"), [(DEMOCRACY, 0.80), (AUTOCRACY, 0.88)])
def test_a_leader_met_at_a_random_moment_is_likelier_to_stay_another_year(regime: int, stays: float) -> None:
    drawn = [t for age in incumbent_ages(regime, 400) for t in tenures(regime, age, GRID[::400])]
    another_year = sum(t > YEAR for t in drawn) / len(drawn)
    assert another_year == pytest.approx(stays, abs=0.03)
    assert another_year > sum(t > YEAR for t in tenures(regime)) / len(GRID)


@pytest.mark.parametrize("regime", [DEMOCRACY, AUTOCRACY])
def test_incumbents_have_been_in_office_for_longer_than_a_new_leader_stays(regime: int) -> None:
    ages, whole = incumbent_ages(regime), tenures(regime)
    # Mean age met at random: E[T^2] / 2 E[T] of the tenures, which are longer the older the leader.
    length_biased = sum(t * t for t in whole) / (2 * sum(whole))
    assert sum(ages) / len(ages) == pytest.approx(length_biased, rel=0.05)


def test_the_first_succession_of_a_timeline_comes_from_the_incumbent() -> None:
    """300 autocrats: the share that stays a year is .88 with standard error .019; four of them allowed."""
    world = World(MODEL, {"a.regime": AUTOCRACY}, seed=5, horizon=YEAR, without=OTHERS)
    stayed = sum(play(world, r).state.a.leaders == 0 for r in range(300)) / 300
    assert stayed == pytest.approx(0.88, abs=4 * math.sqrt(0.88 * 0.12 / 300))


def test_the_leaders_clock_runs_at_the_records_pace_in_ordinary_turmoil() -> None:
    world = World(MODEL)
    state = blank(MODEL.state)
    state.a.turmoil = world.parameters.a.turmoil
    assert EXIT.speed(state, world.parameters, state.a, world.parameters.a) == 1.0


def test_turmoil_and_scandal_hasten_exits() -> None:
    p = World(MODEL, RATIOS).parameters
    state = blank(MODEL.state)
    state.a.turmoil = p.a.turmoil
    calm = EXIT.speed(state, p, state.a, p.a)
    state.exposed = True
    scandal = EXIT.speed(state, p, state.a, p.a)
    state.exposed = False
    state.a.turmoil = 0.9
    assert scandal > calm
    assert EXIT.speed(state, p, state.a, p.a) > calm


# Successors


def left(u: list[float], **fields: Any) -> tuple[Any, Any]:
    """Return state and parameters after side a's leader has gone; ``side__`` marks fields of the side."""
    p = World(MODEL, RATIOS).parameters
    state = blank(MODEL.state)
    state.a.turmoil = state.b.turmoil = p.a.turmoil
    for name, value in fields.items():
        owner, field = (state.a, name[6:]) if name.startswith("side__") else (state, name)
        setattr(owner, field, value)
    EXIT.fires(state, p, state.a, p.a, u)
    return state, p


def endorsing(**fields: Any) -> float:
    """Return the chance that a successor owns the deal, over a grid of uniforms."""
    grid = [(k + 0.5) / 500 for k in range(500)]
    regular, same = 0.999999, 0.999999
    owned = [left([fields.get("how", regular), fields.get("coalition", same), u],
                  **{k: v for k, v in fields.items() if k not in ("how", "coalition")})[0].a.owns_deal
             for u in grid]  # fmt: skip
    return sum(owned) / len(owned)


def test_a_successor_in_the_talks_takes_them_over() -> None:
    state, _ = left([1e-9, 1e-9, 0.999999])
    assert state.a.owns_deal


def test_a_successor_of_a_secret_accord_owns_it_less_often_than_of_a_public_one() -> None:
    assert endorsing(phase=1, public=0.0) < endorsing(phase=1, public=1.0)


def test_a_successor_owns_a_ratified_deal_more_often() -> None:
    assert endorsing(phase=2) < endorsing(phase=3)


def test_a_successor_owns_a_popular_deal_more_often() -> None:
    assert endorsing(phase=2, side__support=0.2) < endorsing(phase=2, side__support=0.8)


def test_a_new_coalition_owns_the_deal_less_often() -> None:
    assert endorsing(phase=2, coalition=1e-9) < endorsing(phase=2)


def test_a_leader_after_an_irregular_exit_owns_the_deal_less_often() -> None:
    assert endorsing(phase=2, how=1e-9) < endorsing(phase=2)


def test_turmoil_makes_an_exit_irregular_more_often() -> None:
    grid = [(k + 0.5) / 500 for k in range(500)]
    calm, torn = (sum(left([u, 0.5, 0.5], side__turmoil=t)[0].a.irregular_exits for u in grid) for t in (0.3, 0.9))
    assert calm < torn


def test_an_irregular_exit_stays_recent_for_the_window_even_if_a_regular_one_follows() -> None:
    state, p = left([1e-9, 0.5, 0.5])
    assert state.a.irregular_recent
    EXIT.fires(state, p, state.a, p.a, [0.999999, 0.5, 0.5])
    assert (state.a.irregular_recent, state.a.leaders, state.a.irregular_exits) == (True, 2, 1)


def test_a_leader_who_goes_takes_trust_along() -> None:
    state, p = left([0.5, 0.5, 0.5], trust=0.8)
    assert state.trust == 0.8 - p.succession.trust_lost * 0.8


# Repudiation


def repudiating(**fields: Any) -> float:
    p = World(MODEL, RATIOS).parameters
    state = blank(MODEL.state)
    state.phase, state.a.owns_deal = 3, False
    for name, value in fields.items():
        owner, field = (state.a, name[6:]) if name.startswith("side__") else (state, name)
        setattr(owner, field, value)
    return float(CLOCKS["repudiation"].speed(state, p, state.a))


@pytest.mark.parametrize("fields", [{"side__owns_deal": True}, {"phase": 0}], ids=["an owner", "in the talks"])
def test_nobody_repudiates_what_is_their_own_or_not_yet_agreed(fields: dict[str, Any]) -> None:
    assert repudiating(**fields) == 0


def test_repudiation_is_a_danger_after_the_accord_signed_or_not() -> None:
    assert all(repudiating(phase=phase) > 0 for phase in (1, 2, 3))


def test_repudiation_multiplies_base_and_ratios() -> None:
    p = World(MODEL, RATIOS).parameters.succession
    assert repudiating() == 0.001
    assert repudiating(side__irregular_recent=True) == pytest.approx(0.001 * p.repudiation_irregular)
    for regime, ratio in ((0, p.repudiation_coalition_democracy), (1, p.repudiation_coalition_other)):
        danger = repudiating(side__new_coalition=True, side__regime=regime)
        assert danger == pytest.approx(0.001 * ratio)
    assert repudiating(embedding=1.0) == pytest.approx(0.001 * 0.15)


def test_embedding_protects_against_repudiation() -> None:
    assert repudiating(embedding=0.0) > repudiating(embedding=0.5) > repudiating(embedding=1.0)


# Elections


def test_a_democracy_votes_once_a_term_after_a_campaign() -> None:
    given = {"a.regime": DEMOCRACY, "b.regime": AUTOCRACY}
    world = World(MODEL, given, seed=2, horizon=30 * YEAR, without=OTHERS)
    days: list[tuple[float, str]] = []
    play(world, 0, lambda day, member, state: days.append((day, member.name if member else "")))
    votes = [day for day, name in days if name == "election[a]"]
    campaigns = [day for day, name in days if name == "campaign[a]"]
    p = world.parameters.succession
    assert len(votes) > 3
    assert [b - a for a, b in pairwise(votes)] == pytest.approx([p.term] * (len(votes) - 1))
    held = [b - a for a, b in zip(campaigns, votes, strict=False)]
    assert held == pytest.approx([p.campaign] * len(votes))
    assert not [name for _, name in days if name in ("election[b]", "campaign[b]")]
