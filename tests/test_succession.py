"""Leaders come and go as the record says, and successors own the deal or do not."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import Clock
from timeline.model.laws import empirical, lifetime
from timeline.model.records import blank
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
MODEL = Workspace(ROOT).load("backchannel")
SUCCESSION = next(m for m in MODEL.mechanisms if m.name == "succession")
CLOCKS: dict[str, Clock] = {clock.name: clock for clock in SUCCESSION.clocks}
EXIT = CLOCKS["succession"]
PACKAGE = type(MODEL.open).__module__.partition(".")[0]
RECORD = import_module(f"{PACKAGE}.record.leader_tenure")
TENURE = import_module(f"{PACKAGE}.record.tenure")
CLAIMS = import_module(f"{PACKAGE}.claims")
OTHERS = tuple(m.name for m in MODEL.mechanisms if m.name != "succession")
YEAR = 365.25
DEMOCRACY, AUTOCRACY, MOVEMENT = 0, 1, 2

#: Ratios that matter, whatever the defaults are tuned to.
RATIOS = {
    "succession.turmoil_exit": math.log(3.0), "succession.turmoil_irregular": math.log(8.0), "succession.scandal": 1.5,
    "succession.endorses": 0.6, "succession.endorses_coalition": 0.35, "succession.endorses_irregular": 0.4,
    "succession.endorses_support": math.log(4.0), "succession.endorses_public": math.log(3.0),
    "succession.endorses_ratified": 3.0, "succession.repudiation": 0.001,
    "succession.ordinary_turmoil": 0.3, "succession.ordinary_pressure": 0.4, "succession.pressure_exit": math.log(1.8),
    "succession.repudiation_embedding": math.log(0.15),
}  # fmt: skip

#: The country whose leaders the record's tenure is of, and no channel that is shut.
ORDINARY = {"succession.turmoil_exit": 0.0, "succession.pressure_exit": 0.0, "succession.shutting": 0.0,
    "succession.loss_turmoil": 0.0, "succession.loss_pressure": 0.0}  # fmt: skip
FOR_EVER = {"succession.shutting": 0.0, "pressure.walkout": 0.0}
KEPT_MOODS = tuple(name for name in OTHERS if name != "pressure")

#: As many uniforms as make the law's own survival curve exact to .0001.
GRID = [(k + 0.5) / 20_000 for k in range(20_000)]


def tenures(regime: int, grid: list[float] = GRID) -> list[float]:
    """Return how long new leaders stay in the record's life table, over a grid of uniforms."""
    law = empirical(RECORD.KNOTS, RECORD.HAZARDS[min(regime, AUTOCRACY)])
    return [lifetime(law, u, 0.0, 0.0, 0.0) for u in grid]


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
    left = TENURE.played_survival(MODEL, CLAIMS.TENURE, regime, 200)
    for years, share in survival.items():
        assert left.evaluate(years * YEAR - 1) == pytest.approx(share, abs=0.03)


@pytest.mark.parametrize(
    ("regime", "survival"), [(DEMOCRACY, {1: 0.726, 4: 0.390, 8: 0.125}), (AUTOCRACY, {1: 0.668, 8: 0.271})]
)
def test_partners_leaders_stay_as_long_as_the_record_says(regime: int, survival: dict[int, float]) -> None:
    left = TENURE.played_survival(Workspace(ROOT).load("secret_pact"), CLAIMS.PACT_TENURE, regime, 100)
    for years, share in survival.items():
        assert left.evaluate(years * YEAR - 1) == pytest.approx(share, abs=0.03)


def test_the_check_of_tenures_is_of_timelines_and_sees_a_law_that_is_wrong() -> None:
    def hastened(clock: Clock) -> Clock:
        hazards = tuple(tuple(3 * hazard for hazard in row) for row in clock.law.hazards)
        return replace(clock, law=replace(clock.law, hazards=hazards)) if clock is EXIT else clock

    changed = (replace(m, clocks=tuple(map(hastened, m.clocks))) for m in MODEL.mechanisms)
    left = TENURE.played_survival(replace(MODEL, mechanisms=tuple(changed)), CLAIMS.TENURE, AUTOCRACY, 60)
    # The table that the law came from is as it was: a check that drew from it would find .668 again.
    assert left.evaluate(YEAR - 1) == pytest.approx(0.30, abs=0.06)


@pytest.mark.parametrize(("regime", "stays"), [(DEMOCRACY, 0.80), (AUTOCRACY, 0.88)])
def test_a_leader_met_at_a_random_moment_is_likelier_to_stay_another_year(regime: int, stays: float) -> None:
    """600 timelines, two sides: a standard error of at most .012."""
    world = World(MODEL, {"a.regime": regime, "b.regime": regime, **ORDINARY}, seed=5, horizon=YEAR, without=OTHERS)
    ends = [play(world, r).state for r in range(600)]
    another_year = sum((s.a.leaders == 0) + (s.b.leaders == 0) for s in ends) / 1200
    assert another_year == pytest.approx(stays, abs=0.03)
    assert another_year > sum(t > YEAR for t in tenures(regime)) / len(GRID)


@pytest.mark.parametrize("regime", [DEMOCRACY, AUTOCRACY])
def test_incumbents_have_been_in_office_for_longer_than_a_new_leader_stays(regime: int) -> None:
    ages, whole = incumbent_ages(regime), tenures(regime)
    # Mean age met at random: E[T^2] / 2 E[T] of the tenures, which are longer the older the leader.
    length_biased = sum(t * t for t in whole) / (2 * sum(whole))
    assert sum(ages) / len(ages) == pytest.approx(length_biased, rel=0.05)


def wearing(**fields: Any) -> float:
    """Return the speed of the leader's clock in the ordinary country but for the fields given."""
    p = World(MODEL, RATIOS).parameters
    state = blank(MODEL.state)
    state.a.turmoil, state.a.pressure = p.succession.ordinary_turmoil, p.succession.ordinary_pressure
    for name, value in fields.items():
        owner, field = (state.a, name[6:]) if name.startswith("side__") else (state, name)
        setattr(owner, field, value)
    return float(EXIT.speed(state, p, state.a))


def test_the_leaders_clock_runs_at_the_records_pace_in_the_ordinary_country() -> None:
    assert wearing() == 1.0


def test_turmoil_pressure_and_scandal_hasten_exits() -> None:
    assert wearing(exposed=True) == 1.5
    assert wearing(side__turmoil=0.9) == pytest.approx(3.0**0.6)
    assert wearing(side__pressure=0.9) == pytest.approx(1.8**0.5)


@pytest.mark.parametrize("side", ["turmoil", "pressure"])
def test_a_country_with_more_of_it_changes_leaders_more_often(side: str) -> None:
    calm, torn = (
        World(MODEL, {f"a.{side}": level, f"b.{side}": level, **FOR_EVER}, 3, 5 * YEAR, without=KEPT_MOODS)
        for level in (0.1, 0.6)
    )
    changes = [sum(play(world, r).state.a.leaders for r in range(150)) for world in (calm, torn)]
    assert changes[0] < 0.9 * changes[1]


# Successors


def left(u: list[float], **fields: Any) -> tuple[Any, Any]:
    """Return state and parameters after side a's leader has gone; ``side__`` marks fields of the side."""
    p = World(MODEL, RATIOS).parameters
    state = blank(MODEL.state)
    state.a.turmoil = state.b.turmoil = p.succession.ordinary_turmoil
    for name, value in fields.items():
        owner, field = (state.a, name[6:]) if name.startswith("side__") else (state, name)
        setattr(owner, field, value)
    EXIT.fires(state, p, state.a, u)
    return state, p


def endorsing(**fields: Any) -> float:
    """Return the chance that a successor owns the deal, over a grid of uniforms."""
    grid = [(k + 0.5) / 500 for k in range(500)]
    regular, same = 0.999999, 0.999999
    owned = [left([fields.get("how", regular), fields.get("coalition", same), u],
                  **{k: v for k, v in fields.items() if k not in ("how", "coalition")})[0].a.owns_deal
             for u in grid]  # fmt: skip
    return sum(owned) / len(owned)


def test_a_successor_in_the_talks_takes_up_the_channel_or_freezes_it() -> None:
    assert left([0.999999, 0.999999, 1e-9])[0].a.owns_deal
    assert not left([0.999999, 0.999999, 0.999999])[0].a.owns_deal


@pytest.mark.parametrize(
    ("field", "value"), [("go_between", 0.9), ("minutes", 0.8), ("carried_out", 4), ("precedent", 0.6)]
)
def test_what_outlasts_a_leader_carries_the_channel_over(field: str, value: float) -> None:
    assert endorsing(**{field: value}) > endorsing()
    assert shutting(**{field: value}) < shutting()


def shutting(**fields: Any) -> float:
    p = World(MODEL).parameters
    state = blank(MODEL.state)
    state.a.owns_deal = False
    for name, value in fields.items():
        owner, field = (state.a, name[6:]) if name.startswith("side__") else (state, name)
        setattr(owner, field, value)
    return float(CLOCKS["channel shut"].speed(state, p, state.a))


def test_only_a_channel_that_is_frozen_can_be_shut_and_only_in_the_talks() -> None:
    assert shutting() > 0
    assert shutting(side__owns_deal=True) == shutting(phase=1) == 0


def test_a_frozen_channel_agrees_nothing_and_reaches_no_accord() -> None:
    clocks = {clock.name: clock for mechanism in MODEL.mechanisms for clock in mechanism.clocks}
    p = World(MODEL).parameters
    state = blank(MODEL.state)
    state.agreed, state.trust = 8, 0.9
    for owns in (True, False):
        state.b.owns_deal = owns
        assert (clocks["step agreed"].speed(state, p) > 0) == owns
        assert (clocks["accord"].speed(state, p) > 0) == owns


def test_a_channel_that_is_shut_ends_the_talks_as_abandoned() -> None:
    state = blank(MODEL.state)
    CLOCKS["channel shut"].fires(state, World(MODEL).parameters)
    assert (int(state.outcome), int(state.cause)) == (2, 10)


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
    EXIT.fires(state, p, state.a, [0.999999, 0.5, 0.5])
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
    given = {"a.regime": DEMOCRACY, "b.regime": AUTOCRACY, "succession.shutting": 0.0}
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


def voting(u: float, **fields: Any) -> Any:
    p = World(MODEL, RATIOS).parameters
    state = blank(MODEL.state)
    state.a.campaign, state.a.turmoil, state.a.pressure = True, 0.3, 0.4
    for name, value in fields.items():
        setattr(state.a, name, value)
    CLOCKS["election"].fires(state, p, state.a, [u, 0.5, 0.5])
    return state.a


def test_an_election_removes_its_share_of_leaders_by_the_rules() -> None:
    loss = World(MODEL).parameters.succession.loss
    removed, stays = voting(loss - 0.001), voting(loss + 0.001)
    assert (removed.leaders, removed.irregular_exits, removed.in_office, removed.campaign) == (1, 0, 0.0, False)
    assert (stays.leaders, stays.campaign) == (0, False)
    assert voting(loss + 0.05, turmoil=0.8).leaders == voting(loss + 0.05, pressure=0.9).leaders == 1


def test_in_a_campaign_leaders_go_only_against_the_rules() -> None:
    assert wearing(side__campaign=True) == pytest.approx(World(MODEL).parameters.succession.irregular_democracy)
    assert left([0.999999, 0.5, 0.5], side__campaign=True)[0].a.irregular_exits == 1


def test_over_a_third_of_democratic_exits_fall_at_elections_and_a_newcomer_begins_a_new_lifetime() -> None:
    democracies = {"a.regime": DEMOCRACY, "b.regime": DEMOCRACY}
    world = World(MODEL, democracies | ORDINARY, seed=4, horizon=40 * YEAR, without=OTHERS)
    exits: list[str] = []
    for replication in range(40):
        before = [0, 0]

        def look(_: float, member: Any, state: Any, before: list[int] = before) -> None:
            for k, side in enumerate((state.a, state.b)):
                if side.leaders > before[k]:
                    before[k] = side.leaders
                    exits.append(member.name[:8])

        play(world, replication, look)
    share = exits.count("election") / len(exits)
    assert share == pytest.approx(0.36, abs=0.06)
