"""What the mechanisms of the crisis do, one effect at a time, in states made by hand."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from timeline.engines import compiled
from timeline.engines.world import World
from timeline.model.paths import column
from timeline.model.records import blank
from timeline.workspace import Workspace

MODEL = Workspace(Path(__file__).resolve().parents[1]).load("backchannel")
_PACKAGE = type(MODEL.open).__module__.partition(".")[0]
crisis = sys.modules[f"{_PACKAGE}.crisis"]
Cause, Outcome, Phase, Regime = crisis.Cause, crisis.Outcome, crisis.Phase, crisis.Regime
GUARANTEE, STATUS, STEPS = crisis.GUARANTEE, crisis.STATUS, crisis.STEPS
KEPT, NOT_KEPT = [0.999], [1e-9]


def mechanism(name: str) -> ModuleType:
    return sys.modules[f"{_PACKAGE}.mechanisms.{name}"]


def parameters(**given: float) -> Any:
    return World(MODEL, {path.replace("__", "."): value for path, value in given.items()}).parameters


P = parameters()


@pytest.fixture
def s() -> Any:
    """A crisis on its first day: the ladder is laid out, moods move, and nothing is agreed."""
    state = blank(MODEL.state)
    mechanism("steps").start(state, P, [0.5] * 50)
    state.a.reacts = state.b.reacts = state.enmity_moves = state.press_moves = True
    return state


def agree(s: Any, *steps: int) -> None:
    for step in steps:
        s.steps[step].agreed = True
    crisis.recount(s)


# Steps


def test_the_final_status_is_not_settled_before_the_accord(s: Any) -> None:
    agree(s, *range(STATUS))
    assert crisis.next_step(s) == -1
    s.phase = Phase.ACCORD
    assert crisis.next_step(s) == STATUS


@pytest.mark.parametrize(("step", "known"), [(0, 0.45), (5, 0.5), (10, 0.05), (11, 0.0)])
def test_a_kept_step_gives_away_part_of_its_promise_by_how_far_it_is_seen(s: Any, step: int, known: float) -> None:
    agree(s, step)
    mechanism("steps").carry_out(s, P, step, KEPT)
    assert s.steps[step].carried_out
    assert s.steps[step].disclosed == pytest.approx(known)
    assert s.steps[step].owned == 0


def test_a_promise_that_is_not_kept_gives_nothing_away(s: Any) -> None:
    agree(s, 0)
    mechanism("steps").carry_out(s, P, 0, NOT_KEPT)
    assert (s.steps[0].carried_out, s.steps[0].disclosed, s.broken) == (False, 0, 1)


def test_kept_military_steps_take_the_edge_off_attacks(s: Any) -> None:
    for step in (4, 6, 8):
        agree(s, step)
        mechanism("steps").carry_out(s, P, step, KEPT)
    assert s.disarmed == pytest.approx(1.0)
    before = s.hostility
    mechanism("spoilers").attack(s, P)
    assert s.hostility == before


def test_a_kept_guarantee_lowers_the_temptation_to_break_the_deal_by_its_ratio(s: Any) -> None:
    tempted = mechanism("breach").tempted_speed
    s.phase = Phase.IMPLEMENTATION
    before = tempted(s, P, s.a, P.a)
    s.guaranteed = True
    assert tempted(s, P, s.a, P.a) == pytest.approx(0.4 * before)


def test_a_guarantee_that_is_gone_back_on_deters_nobody(s: Any) -> None:
    agree(s, GUARANTEE)
    mechanism("steps").carry_out(s, P, GUARANTEE, KEPT)
    assert s.guaranteed
    mechanism("steps").reverse(s, P, [0.5])
    assert (s.guaranteed, s.steps[GUARANTEE].carried_out, s.broken) == (False, False, 1)


@pytest.mark.parametrize(("step", "undone"), [(0, False), (1, True), (2, False), (3, False), (4, True)])
def test_what_cannot_be_undone_is_not_gone_back_on(s: Any, step: int, undone: bool) -> None:
    agree(s, step)
    mechanism("steps").carry_out(s, P, step, KEPT)
    mechanism("steps").reverse(s, P, [0.5])
    assert s.steps[step].carried_out != undone
    assert s.broken == undone


@pytest.mark.parametrize("block", ["suspended", "authorised", "channel", "owns_deal"])
def test_nothing_is_agreed_in_a_channel_that_is_broken_off_disavowed_frozen_or_absent(s: Any, block: str) -> None:
    assert mechanism("steps").agree_speed(s, P) > 0
    setattr(s.a if block == "owns_deal" else s, block, block == "suspended")
    assert mechanism("steps").agree_speed(s, P) == 0


def test_the_stronger_side_of_two_concedes_fewer_steps() -> None:
    luck = [*np.random.default_rng(7).random(50)]
    given = []
    for share in (0.2, 0.5, 0.8):
        state = blank(MODEL.state)
        mechanism("steps").start(state, parameters(a__concedes=share, b__concedes=1 - share), luck)
        given.append(sum(state.steps[i].conceding == 0 for i in range(STEPS)))
    assert given == sorted(given)
    assert given[0] < given[1] < given[2]


# Votes, signatures, formal talks


def vote(s: Any, luck: float, regime: int = Regime.DEMOCRACY) -> None:
    s.phase, s.to_be_ratified = Phase.SIGNED, True
    s.a.regime = regime
    mechanism("ratification").vote(s, P, s.a, [luck, 0.9])


def chance(s: Any, regime: int) -> float:
    """Return the chance that side a agrees, by bisection of the luck with which it does."""
    low, high = 0.0, 1.0
    for _ in range(40):
        s.a.ratified = False
        vote(s, 0.5 * (low + high), regime)
        low, high = (0.5 * (low + high), high) if s.a.ratified else (low, 0.5 * (low + high))
    return low


def odds(share: float) -> float:
    return share / (1 - share)


@pytest.mark.parametrize(
    ("regime", "by_pressure", "by_support"),
    [(Regime.DEMOCRACY, 0.08, 12.0), (Regime.AUTOCRACY, 0.5, 2.0), (Regime.MOVEMENT, 0.05, 5.0)],
)
def test_each_regime_hears_pressure_and_support_by_its_own_ratios(
    s: Any, regime: int, by_pressure: float, by_support: float
) -> None:
    s.a.pressure, s.a.support = 0.0, 0.5
    calm = odds(chance(s, regime))
    s.a.pressure = 1.0
    assert odds(chance(s, regime)) / calm == pytest.approx(by_pressure)
    s.a.pressure, s.a.support = 0.0, 1.0
    assert odds(chance(s, regime)) / calm == pytest.approx(math.sqrt(by_support))


def test_a_deal_is_ratified_when_both_sides_have_agreed(s: Any) -> None:
    vote(s, 1e-9)
    assert (s.a.ratified, s.phase) == (True, Phase.SIGNED)
    mechanism("ratification").vote(s, P, s.b, [1e-9, 0.9])
    assert s.phase == Phase.IMPLEMENTATION


def test_a_side_that_gives_more_than_it_gets_agrees_less_once_that_is_known(s: Any) -> None:
    fair = odds(chance(s, Regime.DEMOCRACY))
    s.a.yields = 0.5
    assert odds(chance(s, Regime.DEMOCRACY)) / fair == pytest.approx(math.sqrt(0.1))


def test_what_a_side_gives_beyond_what_it_gets_is_counted_as_far_as_the_public_knows(s: Any) -> None:
    for step in range(4):
        s.steps[step].conceding = 0 if step < 3 else 1
        s.steps[step].disclosed = 0.5
    agree(s, 0, 1, 2, 3)
    assert (s.a.yields, s.b.yields) == pytest.approx((0.5 * 2 / STEPS, 0))


def test_a_signature_can_be_taken_back_at_half_the_hazard_of_walking_out_until_it_is_ratified(s: Any) -> None:
    walkout = mechanism("pressure").walkout_speed
    hazards = []
    for s.phase in (Phase.ACCORD, Phase.SIGNED, Phase.IMPLEMENTATION):
        hazards.append(walkout(s, P, s.a))
    assert hazards == pytest.approx([hazards[0], 0.5 * hazards[0], 0])


def test_a_formal_round_that_succeeds_may_settle_a_step_before_everyone_and_charges_who_concedes(s: Any) -> None:
    step = crisis.next_step(s)
    s.steps[step].conceding = 1
    before = s.b.pressure
    mechanism("front_channel").hold_round(s, P, [1e-9, 1e-9])
    assert (s.steps[step].agreed, s.steps[step].disclosed, s.steps[step].owned) == (True, 1, 1)
    assert s.b.pressure == pytest.approx(before + 0.06 * (1 - before))


# Leaks, oversight, monitors, aid


def leak(s: Any, denied: bool) -> float:
    agree(s, 0, 1, 2, 3)
    mechanism("leaks").leak(s, P, [0.5, 1e-9 if denied else 0.999])
    return float(s.public)


def test_a_leak_that_is_denied_sticks_by_its_share_and_wears_deniability_out(s: Any) -> None:
    known = leak(s, denied=True)
    assert known == pytest.approx(4 / STEPS * 0.3 * (0.15 + 0.85 * 0.5))
    assert s.deniability == pytest.approx(1 - 0.4)


def test_what_is_written_down_cannot_be_denied(s: Any) -> None:
    s.minutes = 1.0
    leak(s, denied=True)
    assert s.deniability == 1


def test_a_leak_costs_a_side_by_its_own_factor(s: Any) -> None:
    agree(s, *range(8))
    pressures = []
    for factor in (1.0, 2.0):
        s.a.pressure = 0.35
        s.leak_damage = 0.2
        mechanism("leaks").catch_out(s, P, s.a, parameters(a__caught_out=factor).a)
        pressures.append(s.a.pressure)
    assert pressures == pytest.approx([0.35 + 0.65 * 0.45 * 0.2, 0.35 + 0.65 * 0.45 * 0.4])


def test_a_channel_that_does_not_exist_is_not_disavowed(s: Any) -> None:
    disavowal = mechanism("oversight").disavowal_speed
    assert disavowal(s, P) > 0
    s.channel = False
    assert disavowal(s, P) == 0


@pytest.mark.parametrize(("signed", "verified", "watched"), [(False, 1, 0.0), (True, 0, 0.45), (True, 1, 0.75)])
def test_monitors_deter_by_being_there_and_by_what_they_confirm(
    s: Any, signed: bool, verified: int, watched: float
) -> None:
    mechanism("verification").start(s, P)
    s.phase = Phase.SIGNED if signed else Phase.ACCORD
    s.steps[0].agreed = s.steps[0].carried_out = True
    s.steps[0].verified = bool(verified)
    crisis.recount(s)
    assert s.watched == pytest.approx(watched)


def test_who_looks_at_what_is_hidden_gets_to_know(s: Any) -> None:
    agree(s, 0)
    for s.steps[0].disclosed, added in ((0.0, 2), (0.6, 0)):
        before = s.insiders
        mechanism("verification").verify(s, P, 0, [0.999])
        assert s.insiders == before + added


@pytest.mark.parametrize(("broken", "kept", "felt", "pressed"), [(0, 1, 0.06, 0), (1, 1, 0, 0.024), (0, 0, 0, 0)])
def test_aid_is_paid_for_kept_steps_and_withheld_over_broken_ones(
    s: Any, broken: int, kept: int, felt: float, pressed: float
) -> None:
    s.agreed, s.carried_out, s.broken, pressure = 3, kept, broken, s.a.pressure
    mechanism("incentives").release(s, P)
    assert s.a.benefit == pytest.approx(felt)
    assert s.a.pressure == pytest.approx(pressure + pressed * (1 - pressure))
    assert s.aid == 0.4


# In the long run


@pytest.mark.parametrize("ordinary", [0.35, 0.55])
def test_hostility_stays_where_it_starts_where_nothing_is_agreed(ordinary: float) -> None:
    # Every timeline is watched to its end: nobody walks out, gives up or breaks down.
    given = {
        "steps.channel": False, "pressure.walkout": 0.0, "accord.abandoning": 0.0, "spoilers.breakdown": 0.0,
        "a.regime": Regime.DEMOCRACY, "b.regime": Regime.MOVEMENT, "spoilers.hostility": ordinary,
    }  # fmt: skip
    for years in (2, 5, 15):
        world = World(MODEL, given, seed=1, horizon=years * 365.25, without=("front_channel",))
        hostility = column(compiled.play(world, 0, 2_000)["state"], "hostility")
        # Standard error .003.
        assert hostility.mean() == pytest.approx(ordinary, abs=0.03), years
