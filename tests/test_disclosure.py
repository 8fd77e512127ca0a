"""Each lever of a cadence does what it says, in worlds small enough to be computed by hand.

A script sets the scene: what is agreed, carried out, verified, leaked or signed on which day. Beside it
only the disclosure mechanism runs, so that every announcement and its cost can be told in advance.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from timeline.config.load import load
from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.errors import ConfigError
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.laws import Law, fixed
from timeline.model.records import copied
from timeline.workspace import Workspace, create

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = Workspace(ROOT).load("backchannel")
DISCLOSURE = next(m for m in SHIPPED.mechanisms if m.name == "disclosure")
LEAK = next(c for m in SHIPPED.mechanisms for c in m.clocks if c.name == "leak")
_PACKAGE = DISCLOSURE.clocks[0].speed.__module__.partition(".")[0]
crisis = sys.modules[f"{_PACKAGE}.crisis"]
cadence = sys.modules[f"{_PACKAGE}.cadence"]
Audience, Content, Moment = cadence.Audience, cadence.Content, cadence.Moment
Occasion, Phase, Voice = cadence.Occasion, crisis.Phase, cadence.Voice
STEPS = crisis.STEPS

Effect = Callable[[Any], None]
Levers = Mapping[str, float | int | bool]

#: A cadence without lag: what is due is told at once.
ALONE: Levers = {"voice": Voice.UNILATERAL}
EVERY_MONTH: Levers = {**ALONE, "rules[0].every": 30.0}
WHEN_VERIFIED: Levers = {**ALONE, "rules[0].on": Occasion.VERIFIED_STEP}


# The stage


def agreed(*steps: int) -> Effect:
    return lambda s: mark(s, steps, "agreed")


def carried_out(*steps: int) -> Effect:
    return lambda s: mark(s, steps, "agreed", "carried_out")


def verified(*steps: int) -> Effect:
    return lambda s: mark(s, steps, "agreed", "carried_out", "verified")


def mark(s: Any, steps: tuple[int, ...], *flags: str) -> None:
    for step in steps:
        for flag in flags:
            setattr(s.steps[step], flag, True)
    crisis.recount(s)


def phase(reached: int) -> Effect:
    return lambda s: setattr(s, "phase", reached)


def leaked(s: Any) -> None:
    s.leaks += 1


def becomes(field: str, value: float) -> Effect:
    return lambda s: setattr(s, field, value)


def pressed(value: float) -> Effect:
    def effect(s: Any) -> None:
        s.a.pressure = s.b.pressure = value

    return effect


def campaign(on: bool) -> Effect:
    return lambda s: setattr(s.a, "campaign", on)


def b_concedes(*steps: int) -> Effect:
    def effect(s: Any) -> None:
        for step in steps:
            s.steps[step].conceding = 1

    return effect


def both(*effects: Effect) -> Effect:
    def effect(s: Any) -> None:
        for each in effects:
            each(s)

    return effect


def once(day: float) -> Law:
    def days(s: Any) -> float:
        return day if s.day < day else 1e9

    return fixed(days)


def always(s: Any) -> float:
    return 1.0


def acts(effect: Effect) -> Callable[[Any], None]:
    def fires(s: Any) -> None:
        effect(s)

    return fires


@dataclass(frozen=True)
class Played:
    """What happened: (day, clock, state after) of every firing of disclosure."""

    events: list[tuple[float, str, Any]]
    before: list[Any]
    state: Any
    p: Any

    def days(self, clock: str) -> list[float]:
        return [day for day, name, _ in self.events if name.startswith(clock)]

    @property
    def announced(self) -> list[float]:
        """The days on which an audience was told something."""
        return [
            day
            for (day, name, state), was in zip(self.events, self.before, strict=True)
            if name.startswith("announcement") and state.announcements > was.announcements
        ]

    @property
    def broken(self) -> list[float]:
        """The days on which a promised report was missed or empty."""
        return [
            day
            for (day, _, state), was in zip(self.events, self.before, strict=True)
            if state.empty_reports > was.empty_reports
        ]

    def at(self, clock: str, number: int = 0) -> tuple[Any, Any]:
        """Return the states before and after one firing of a clock."""
        found = [k for k, (_, name, _) in enumerate(self.events) if name.startswith(clock)]
        return self.before[found[number]], self.events[found[number]][2]


def drama(
    script: Mapping[float, Effect],
    levers: Levers,
    horizon: float = 400.0,
    opening: Effect = lambda s: None,
    **parameters: float,
) -> Played:
    """Play a script under a cadence; ``parameters`` are those of disclosure."""

    def start(s: Any) -> None:
        # The mechanisms that let these move are off stage.
        s.a.reacts = s.b.reacts = s.enmity_moves = s.press_moves = True
        opening(s)

    clocks = tuple(
        Clock(f"scene {number}", always, acts(effect), once(day))
        for number, (day, effect) in enumerate(sorted(script.items()))
    )
    model = Model(
        name="drama",
        title="A scripted world",
        state=crisis.Crisis,
        sides=crisis.SideParameters,
        levers=cadence.Cadence,
        open=crisis.Outcome.OPEN,
        mechanisms=(Mechanism("script", clocks=clocks, start=start), DISCLOSURE),
    )
    given = {f"cadence.{path}": value for path, value in levers.items()}
    given |= {f"disclosure.{name}": value for name, value in parameters.items()}
    world = World(model, given, seed=1, horizon=horizon)
    events: list[tuple[float, str, Any]] = []
    before: list[Any] = []
    last: list[Any] = [None]

    def watch(day: float, member: Any, state: Any) -> None:
        if member is not None and member.mechanism == "disclosure":
            events.append((day, member.name, copied(state)))
            before.append(last[0])
        last[0] = copied(state)

    played = play(world, 0, watch)
    return Played(events, before, played.state, world.parameters)


def disclosed(played: Played) -> list[float]:
    return [step.disclosed for step in played.state.steps]


def told_of(*steps: int, share: float = 1.0) -> list[float]:
    return [share if k in steps else 0.0 for k in range(STEPS)]


def more(x: float, share: float) -> float:
    return x + share * (1 - x)


def less(x: float, share: float) -> float:
    return x - share * x


# When: every, on, level, delay


def test_a_rule_reports_at_its_interval_whenever_there_is_something_new() -> None:
    played = drama({5: verified(0), 45: verified(1), 75: verified(2)}, EVERY_MONTH, horizon=200)
    assert played.days("report due") == [30, 60, 90, 120, 150, 180]
    assert played.announced == [30, 60, 90]


def test_a_rule_on_a_verified_step_reports_when_a_step_is_verified() -> None:
    played = drama({5: agreed(0), 10: carried_out(0), 20: verified(0), 50: verified(1, 2)}, WHEN_VERIFIED)
    assert played.announced == [20, 50]


@pytest.mark.parametrize(("occasion", "reached"), [("ACCORD", "ACCORD"), ("SIGNATURE", "SIGNED")])
def test_a_rule_on_a_milestone_reports_once_when_it_is_reached(occasion: str, reached: str) -> None:
    script = {5: agreed(0, 1), 40: phase(Phase[reached]), 45: verified(0), 60: verified(1)}
    played = drama(script, {**ALONE, "rules[0].on": Occasion[occasion], "rules[0].delay": 7.0})
    assert played.announced == [47]


def test_a_rule_on_a_leak_reports_after_every_leak() -> None:
    script = {5: verified(0), 20: leaked, 30: verified(1), 70: leaked}
    assert drama(script, {**ALONE, "rules[0].on": Occasion.LEAK}).announced == [20, 70]


@pytest.mark.parametrize(
    ("occasion", "index"),
    [(Occasion.RUMOUR_ABOVE, lambda x: becomes("rumour", x)), (Occasion.PRESSURE_ABOVE, pressed)],
    ids=["rumour", "pressure"],
)
def test_a_rule_on_a_level_reports_each_time_the_index_rises_above_it(
    occasion: int, index: Callable[[float], Effect]
) -> None:
    script = {
        1: both(verified(0), index(0.1)), 10: index(0.6), 20: both(index(0.7), verified(1)), 30: index(0.2),
        40: index(0.49), 50: index(0.51),
    }  # fmt: skip
    quiet = {"rumour_reset": 0.0, "attention": 0.0, "surprise": 0.0, "charge": 0.0}
    levers = {**ALONE, "rules[0].on": occasion, "rules[0].level": 0.5}
    assert drama(script, levers, opening=index(0.1), **quiet).announced == [10, 50]


def test_a_higher_level_is_met_later() -> None:
    script = {1: verified(0), 10: becomes("rumour", 0.4), 20: becomes("rumour", 0.8)}
    levers = {**ALONE, "rules[0].on": Occasion.RUMOUR_ABOVE}
    assert drama(script, {**levers, "rules[0].level": 0.3}).announced == [10]
    assert drama(script, {**levers, "rules[0].level": 0.6}).announced == [20]


def test_a_report_is_made_after_its_delay() -> None:
    assert drama({20: verified(0)}, {**WHEN_VERIFIED, "rules[0].delay": 45.0}).announced == [65]


def test_an_after_action_report_tells_what_has_been_added_meanwhile() -> None:
    played = drama({20: verified(0), 30: verified(1)}, {**WHEN_VERIFIED, "rules[0].delay": 45.0})
    assert played.announced == [65]
    assert disclosed(played) == told_of(0, 1)


def test_silence_says_nothing() -> None:
    played = drama({10: verified(0), 20: leaked, 30: becomes("rumour", 0.9)}, {})
    assert played.events == []
    assert disclosed(played) == told_of()


# What and how much: content, share, keep


@pytest.mark.parametrize(
    ("content", "steps"),
    [(Content.VERIFIED, [0]), (Content.CARRIED_OUT, [0, 1]), (Content.AGREED, [0, 1, 2])],
    ids=["verified", "carried out", "agreed"],
)
def test_a_report_speaks_of_the_steps_its_content_covers(content: int, steps: list[int]) -> None:
    scene = both(agreed(2), carried_out(1), verified(0))
    played = drama({5: scene}, {**EVERY_MONTH, "rules[0].content": content})
    assert disclosed(played) == told_of(*steps)


def test_a_framework_gives_away_only_a_part_of_each_agreed_step_and_no_result() -> None:
    played = drama({5: both(agreed(1), verified(0))}, {**EVERY_MONTH, "rules[0].content": Content.FRAMEWORK_ONLY})
    assert disclosed(played) == told_of(0, 1, share=played.p.disclosure.framework)
    assert played.state.reported == 0
    assert played.announced == [30]


def test_a_report_tells_its_share_of_what_is_still_hidden() -> None:
    played = drama({5: verified(0)}, {**EVERY_MONTH, "rules[0].share": 0.5}, horizon=100)
    assert played.announced == [30, 60, 90]
    assert disclosed(played) == told_of(0, share=0.875)
    assert played.state.steps[0].reported == 0.875


def test_crumbs_are_no_news() -> None:
    played = drama({5: verified(0)}, {**EVERY_MONTH, "rules[0].share": 0.9}, horizon=400)
    assert played.announced == [30, 60]
    assert disclosed(played) == told_of(0, share=pytest.approx(0.99))  # type: ignore[arg-type]


def test_the_annex_is_never_told() -> None:
    played = drama({5: verified(0, 1)}, {**EVERY_MONTH, "keep": 0.3})
    assert disclosed(played) == told_of(0, 1, share=0.7)


def test_a_report_of_what_is_agreed_tells_promises_and_not_what_became_of_them() -> None:
    levers = {**EVERY_MONTH, "rules[0].content": Content.AGREED}
    played = drama({5: agreed(0), 40: carried_out(0)}, levers, horizon=100)
    assert played.announced == [30]
    assert (played.state.steps[0].disclosed, played.state.steps[0].reported) == (1, 0)


def test_a_report_of_what_is_carried_out_tells_the_result_of_a_promise_already_known() -> None:
    levers = {
        "rules[0].every": 30.0, "rules[0].content": Content.AGREED,
        "rules[1].every": 30.0, "rules[1].content": Content.CARRIED_OUT,
    }  # fmt: skip
    played = drama({5: agreed(0), 40: carried_out(0)}, {**EVERY_MONTH, **levers}, horizon=100)
    assert played.announced == [30, 60]
    assert (played.state.steps[0].disclosed, played.state.steps[0].reported) == (1, 1)


def test_the_result_of_a_step_is_felt_by_the_side_that_benefits_when_it_becomes_known() -> None:
    played = drama({5: verified(0)}, EVERY_MONTH, horizon=40)
    _, after = played.at("announcement")
    benefits = after.a.benefit if after.steps[0].conceding == 1 else after.b.benefit
    assert benefits == pytest.approx(played.p.disclosure.felt)


# From when until when: starts, stops

PHASES = (Phase.TALKS, Phase.ACCORD, Phase.SIGNED, Phase.IMPLEMENTATION)


def walk(s: Any) -> None:
    """Take the next phase."""
    s.phase += 1


#: A newly verified step in the middle of each phase; a phase lasts a hundred days.
COURSE = (
    {1.0: agreed(0, 1, 2, 3)} | {100.0 * k + 50: verified(k) for k in range(4)} | {100.0 * k: walk for k in (1, 2, 3)}
)


@pytest.mark.parametrize("moment", list(Moment)[:4], ids=lambda m: m.name.lower())
def test_reports_start_with_the_phase_named(moment: int) -> None:
    played = drama(COURSE, {**EVERY_MONTH, "starts": moment}, horizon=500)
    assert played.days("report due")[0] == 100 * moment + 30
    assert 100 * moment < min(played.announced) < 100 * (moment + 1)


@pytest.mark.parametrize("moment", list(Moment)[1:4], ids=lambda m: m.name.lower())
def test_reports_stop_with_the_phase_named(moment: int) -> None:
    played = drama(COURSE, {**WHEN_VERIFIED, "stops": moment}, horizon=500)
    assert played.announced == [100.0 * k + 50 for k in range(moment)]


def test_reports_that_never_stop_go_on_to_the_end() -> None:
    assert drama(COURSE, WHEN_VERIFIED, horizon=500).announced == [50, 150, 250, 350]


def test_what_happened_before_the_start_is_told_at_the_start() -> None:
    played = drama(COURSE, {**WHEN_VERIFIED, "starts": Moment.ACCORD}, horizon=500)
    assert played.announced == [100, 150, 250, 350]


def test_a_report_in_preparation_is_dropped_when_reports_stop() -> None:
    levers = {**WHEN_VERIFIED, "rules[0].delay": 60.0, "stops": Moment.ACCORD}
    played = drama(COURSE, levers, horizon=500)
    assert played.announced == []


# Who speaks: voice

LAGS = {"joint_lag": 40.0, "notice_lag": 9.0}


@pytest.mark.parametrize(("voice", "lag"), [(Voice.JOINT, 40), (Voice.NOTIFIED, 9), (Voice.UNILATERAL, 0)])
def test_a_voice_needs_its_time(voice: int, lag: float) -> None:
    assert drama({20: verified(0)}, {**WHEN_VERIFIED, "voice": voice}, **LAGS).announced == [20 + lag]


@pytest.mark.parametrize("voice", list(Voice), ids=lambda v: v.name.lower())
def test_a_voice_has_its_price_in_trust(voice: int) -> None:
    played = drama({20: verified(0)}, {**WHEN_VERIFIED, "voice": voice})
    before, after = played.at("announcement")
    d = played.p.disclosure
    lost = {Voice.JOINT: 0.0, Voice.NOTIFIED: d.notified, Voice.UNILATERAL: d.unilateral}[voice]
    assert after.trust == less(before.trust, lost)


def test_the_lag_comes_on_top_of_the_delay() -> None:
    levers = {**WHEN_VERIFIED, "voice": Voice.JOINT, "rules[0].delay": 15.0}
    assert drama({20: verified(0)}, levers, **LAGS).announced == [75]


# The right moment: balance, min_gap, hold_before_election


def test_a_balanced_report_waits_until_both_sides_have_something_to_show() -> None:
    script = {10: verified(0), 50: verified(2), 75: verified(1)}
    played = drama(script, {**EVERY_MONTH, "balance": True}, opening=b_concedes(1), horizon=100)
    assert played.announced == [75]
    assert disclosed(played) == told_of(0, 1, 2)


def test_a_report_of_one_side_alone_waits_for_ever() -> None:
    assert drama({10: verified(0)}, {**EVERY_MONTH, "balance": True}).announced == []


def test_announcements_keep_their_least_gap() -> None:
    script = {10: verified(0), 15: verified(1), 40: verified(2), 90: verified(3)}
    played = drama(script, {**WHEN_VERIFIED, "min_gap": 20.0})
    assert played.announced == [10, 30, 50, 90]


def test_the_least_gap_holds_across_rules() -> None:
    levers = {
        **WHEN_VERIFIED, "min_gap": 20.0, "rules[1].on": Occasion.LEAK, "rules[1].content": Content.AGREED,
    }  # fmt: skip
    played = drama({5: agreed(5), 10: verified(0), 12: leaked}, levers)
    assert played.announced == [10, 30]


def test_nothing_is_announced_in_an_election_campaign() -> None:
    script = {5: campaign(True), 10: verified(0), 60: campaign(False), 80: verified(1)}
    levers = {**WHEN_VERIFIED, "hold_before_election": True}
    assert drama(script, levers).announced == [60, 80]
    assert drama(script, WHEN_VERIFIED).announced == [10, 80]


def test_a_campaign_of_either_side_holds_announcements() -> None:
    script = {5: lambda s: setattr(s.b, "campaign", True), 10: verified(0)}
    assert drama(script, {**WHEN_VERIFIED, "hold_before_election": True}).announced == []


# What a report does


def test_a_report_credits_the_side_that_gains_and_charges_the_side_that_concedes() -> None:
    played = drama({5: phase(Phase.ACCORD), 10: verified(0)}, WHEN_VERIFIED, attention=0.0, surprise=0.0)
    before, after = played.at("announcement")
    d = played.p.disclosure
    assert after.b.support == pytest.approx(more(before.b.support, d.credit * (1 + d.promised_credit) / STEPS))
    # For the commitment, and again for what is seen to be gone.
    assert after.a.pressure == pytest.approx(more(before.a.pressure, d.charge * (1 + d.delivered) / STEPS))
    assert (after.a.support, after.b.pressure) == (before.a.support, before.b.pressure)


def test_steps_told_together_are_judged_by_their_balance() -> None:
    script = {5: phase(Phase.ACCORD), 10: verified(0, 1)}
    played = drama(script, WHEN_VERIFIED, opening=b_concedes(1), attention=0.0, surprise=0.0, delivered=0.0)
    before, after = played.at("announcement")
    d = played.p.disclosure
    for side in ("a", "b"):
        was, now = getattr(before, side), getattr(after, side)
        assert now.support == pytest.approx(more(was.support, d.credit * d.promised_credit / STEPS))
        assert now.pressure == was.pressure


def test_before_the_accord_there_is_little_credit_but_the_whole_charge() -> None:
    talks = drama({10: verified(0)}, WHEN_VERIFIED, before_accord=0.25)
    accord = drama({5: phase(Phase.ACCORD), 10: verified(0)}, WHEN_VERIFIED, before_accord=0.25)
    gains = [1 - (1 - after.b.support) / (1 - before.b.support) for before, after in
             (talks.at("announcement"), accord.at("announcement"))]  # fmt: skip
    assert gains[0] == pytest.approx(0.25 * gains[1])
    assert talks.state.a.pressure == accord.state.a.pressure


def test_an_unverified_result_earns_part_of_the_credit() -> None:
    levers = {**ALONE, "rules[0].on": Occasion.ACCORD, "rules[0].content": Content.CARRIED_OUT}
    played = drama({5: carried_out(0), 10: phase(Phase.ACCORD)}, levers)
    before, after = played.at("announcement")
    d = played.p.disclosure
    worth = (d.promised_credit + d.unverified_credit) / STEPS
    assert after.b.support == pytest.approx(more(before.b.support, d.credit * worth))


def test_every_announcement_costs_attention_on_both_sides_and_raises_press_interest() -> None:
    played = drama({10: verified(0)}, WHEN_VERIFIED, charge=0.0, surprise=0.0)
    before, after = played.at("announcement")
    d = played.p.disclosure
    for side in ("a", "b"):
        was, now = getattr(before, side).pressure, getattr(after, side).pressure
        assert now == pytest.approx(more(was, d.attention))
    assert after.attention == pytest.approx(more(before.attention, d.press_interest))


def surprise(script: Mapping[float, Effect], **others: float) -> float:
    """Return the pressure that a month of reports leaves, when nothing but surprise costs."""
    played = drama(script, WHEN_VERIFIED, charge=0.0, attention=0.0, surprise=1.0, answer_pressed=0.0, **others)
    return float(played.state.a.pressure - crisis.Side.fields["pressure"].default)


def test_surprise_grows_with_the_square_of_what_was_not_expected() -> None:
    played = drama({10: verified(0, 1, 2)}, WHEN_VERIFIED, charge=0.0, attention=0.0)
    before, after = played.at("announcement")
    cost = played.p.disclosure.surprise * (3 / STEPS) ** 2
    assert after.a.pressure == pytest.approx(more(before.a.pressure, cost))


def test_all_at_once_surprises_more_than_in_steps() -> None:
    at_once = surprise({10: verified(0, 1, 2, 3)})
    in_steps = surprise({10: verified(0), 20: verified(1), 30: verified(2), 40: verified(3)})
    assert in_steps == pytest.approx(at_once / 4, rel=0.1)


def test_what_was_expected_does_not_surprise() -> None:
    played = drama({10: verified(0, 1, 2)}, WHEN_VERIFIED, opening=becomes("expected", 0.25), charge=0.0, attention=0.0)
    before, after = played.at("announcement")
    assert after.a.pressure == before.a.pressure


def test_an_announcement_lays_rumour_and_resentment_to_rest() -> None:
    opening = both(becomes("rumour", 0.5), becomes("legitimacy_debt", 0.4))
    played = drama({10: both(verified(0), agreed(1))}, WHEN_VERIFIED, opening=opening)
    before, after = played.at("announcement")
    d = played.p.disclosure
    assert after.rumour == pytest.approx(less(before.rumour, d.rumour_reset))
    # One of two hidden commitments is told.
    assert after.legitimacy_debt == pytest.approx(less(before.legitimacy_debt, d.debt_paid / 2))


def test_unverified_content_alarms_opponents_more_than_verified() -> None:
    levers = {**EVERY_MONTH, "rules[0].content": Content.AGREED}
    for scene, weight in ((agreed(0), 1.0), (carried_out(0), 1.0), (verified(0), None)):
        played = drama({5: scene}, levers, horizon=50)
        before, after = played.at("announcement")
        d = played.p.disclosure
        weight = d.alarmed_verified if weight is None else weight
        assert after.alarm == pytest.approx(more(before.alarm, d.alarmed * weight / STEPS))


def test_verified_reports_embed_the_deal_once_there_is_an_accord() -> None:
    talks = drama({10: verified(0)}, WHEN_VERIFIED)
    accord = drama({5: phase(Phase.ACCORD), 10: verified(0)}, WHEN_VERIFIED)
    assert talks.state.embedding == 0
    assert accord.state.embedding == pytest.approx(accord.p.disclosure.embedded / STEPS)


def test_what_is_disclosed_is_no_longer_hidden() -> None:
    played = drama({10: both(verified(0), agreed(1))}, WHEN_VERIFIED)
    before, after = played.at("announcement")
    assert (before.undisclosed, after.undisclosed) == (2 / STEPS, 1 / STEPS)


def test_a_result_seen_by_the_public_opens_a_door_for_the_formal_talks() -> None:
    assert drama({10: verified(0)}, WHEN_VERIFIED).state.unlocked
    mere_words = {**EVERY_MONTH, "rules[0].content": Content.FRAMEWORK_ONLY}
    assert not drama({10: verified(0)}, mere_words).state.unlocked
    closed_doors = {**WHEN_VERIFIED, "audience": Audience.PARLIAMENT}
    assert not drama({10: verified(0)}, closed_doors).state.unlocked


# A promised rhythm: announced

PROMISED: Levers = {**EVERY_MONTH, "announced": True}


def test_a_promised_report_without_content_costs_pressure_and_support() -> None:
    played = drama({5: verified(0), 40: agreed(1)}, PROMISED, horizon=70)
    assert (played.announced, played.broken) == ([30], [60])
    before, after = played.at("announcement", 1)
    d = played.p.disclosure
    outstanding = 1 / 2  # one step of two is carried out
    for side in ("a", "b"):
        was, now = getattr(before, side), getattr(after, side)
        assert now.pressure == pytest.approx(more(was.pressure, d.broken_promise * outstanding))
        assert now.support == pytest.approx(less(was.support, d.broken_promise_support * outstanding))


def test_an_empty_report_costs_nothing_when_nothing_is_outstanding() -> None:
    played = drama({5: verified(0)}, PROMISED, horizon=70)
    before, after = played.at("announcement", 1)
    assert played.broken == [60]
    assert (after.a.pressure, after.a.support) == (before.a.pressure, before.a.support)


def test_an_empty_report_nobody_promised_goes_unnoticed() -> None:
    played = drama({5: verified(0), 40: agreed(1)}, EVERY_MONTH, horizon=70)
    before, after = played.at("announcement", 1)
    assert (played.announced, played.broken) == ([30], [])
    assert (after.a.pressure, after.a.support, after.resting) == (before.a.pressure, before.a.support, False)


def become_known(s: Any) -> None:
    """A leak has made the channel known."""
    s.leaks += 1


def test_nobody_misses_reports_of_a_channel_that_nobody_knows_of() -> None:
    assert drama({}, PROMISED, horizon=100).broken == []
    assert drama({2: become_known}, PROMISED, horizon=100).broken == [30, 60, 90]


def test_a_promised_report_still_waiting_when_the_next_is_due_has_been_missed() -> None:
    script = {2: become_known, 5: campaign(True), 10: verified(0), 100: campaign(False)}
    played = drama(script, {**PROMISED, "hold_before_election": True}, horizon=110)
    assert played.broken == [60, 90]
    assert played.announced == [100]


def test_a_kept_promise_wins_support_on_both_sides() -> None:
    kept = drama({5: verified(0)}, PROMISED, horizon=40)
    unasked = drama({5: verified(0)}, EVERY_MONTH, horizon=40)
    for side in ("a", "b"):
        with_promise, without = (getattr(played.state, side).support for played in (kept, unasked))
        assert with_promise == pytest.approx(more(without, kept.p.disclosure.promise))


# Overselling: claim


def test_an_honest_claim_is_never_found_out() -> None:
    played = drama({5: verified(0)}, WHEN_VERIFIED, horizon=1e6, found_out=1.0)
    assert played.state.oversold == 0
    assert played.days("overselling") == []


def test_overselling_wins_more_credit_first() -> None:
    script = {5: phase(Phase.ACCORD), 10: verified(0)}
    honest, oversold = drama(script, WHEN_VERIFIED, horizon=11), drama(script, {**WHEN_VERIFIED, "claim": 1.8}, 11)
    gains = [1 - (1 - after.b.support) / (1 - before.b.support) for before, after in
             (honest.at("announcement"), oversold.at("announcement"))]  # fmt: skip
    assert gains[1] == pytest.approx(1.8 * gains[0])
    assert oversold.state.oversold == pytest.approx(0.8 / STEPS)


def test_overselling_is_found_out_and_costs_support() -> None:
    played = drama({5: verified(0)}, {**WHEN_VERIFIED, "claim": 1.8}, horizon=1e6, found_out=0.1)
    before, after = played.at("overselling")
    lost = played.p.disclosure.found_out_support * before.oversold
    for side in ("a", "b"):
        assert getattr(after, side).support == pytest.approx(less(getattr(before, side).support, lost))
    assert after.oversold == 0
    assert len(played.days("overselling")) == 1


# Who is told: audience

REACHES = {"committee": 0.1, "parliament": 0.4, "partners": 0.6}
AUDIENCES = [
    (Audience.OVERSIGHT_COMMITTEE, 0.1), (Audience.PARLIAMENT, 0.4), (Audience.PARTNERS, 0.6),
    (Audience.GENERAL_PUBLIC, 1.0),
]  # fmt: skip


@pytest.mark.parametrize(("audience", "reach"), AUDIENCES, ids=lambda x: getattr(x, "name", ""))
def test_an_audience_reaches_a_part_of_the_public(audience: int, reach: float) -> None:
    played = drama({10: verified(0, 1)}, {**WHEN_VERIFIED, "audience": audience}, **REACHES)
    assert disclosed(played) == told_of(0, 1, share=reach)
    assert played.state.reported == pytest.approx(reach * 2 / STEPS)


@pytest.mark.parametrize(("audience", "reach"), AUDIENCES, ids=lambda x: getattr(x, "name", ""))
def test_telling_the_same_audience_again_reaches_no_further(audience: int, reach: float) -> None:
    played = drama({10: verified(0)}, {**EVERY_MONTH, "audience": audience}, horizon=1000, **REACHES)
    assert played.announced == [30]
    assert disclosed(played) == told_of(0, share=reach)


@pytest.mark.parametrize("audience", list(Audience)[:3], ids=lambda a: a.name.lower())
def test_a_narrower_audience_widens_the_circle_and_adds_insiders(audience: int) -> None:
    played = drama({10: verified(0), 20: verified(1)}, {**WHEN_VERIFIED, "audience": audience})
    d = played.p.disclosure
    assert played.state.insiders == 2 * d.briefed_insiders
    assert played.state.circle == pytest.approx(more(d.briefed, d.briefed))


def test_telling_everybody_adds_no_insiders() -> None:
    played = drama({10: verified(0)}, WHEN_VERIFIED)
    assert (played.state.insiders, played.state.circle) == (0, 0)


# Comments: feedback


@pytest.mark.parametrize(("chance", "amends"), [(0.0, False), (1.0, True)])
def test_a_comment_period_wins_support_clears_things_up_and_may_amend(chance: float, amends: bool) -> None:
    # One step of twelve has been carried out, so nearly all of the chance is left.
    script = {5: agreed(*range(1, 12)), 10: verified(0)}
    played = drama(script, {**WHEN_VERIFIED, "feedback": 25.0}, comments=chance)
    assert played.days("comment period") == [35]
    before, after = played.at("comment period")
    d = played.p.disclosure
    for side in ("a", "b"):
        was, now = getattr(before, side).support, getattr(after, side).support
        assert now == pytest.approx(more(was, d.comments_support))
    assert after.ambiguity == pytest.approx(less(before.ambiguity, d.comments_ambiguity))
    assert after.trust == pytest.approx(less(before.trust, d.comments_trust) if amends else before.trust)


def test_comments_amend_nothing_that_has_been_carried_out() -> None:
    before, after = drama({10: verified(0)}, {**WHEN_VERIFIED, "feedback": 25.0}, comments=1.0).at("comment period")
    assert after.trust == before.trust


def test_without_feedback_there_is_no_comment_period() -> None:
    assert drama({10: verified(0)}, WHEN_VERIFIED).days("comment period") == []


# Crises and trial balloons


def test_nothing_is_announced_while_a_crisis_flares() -> None:
    script = {5: becomes("flaring", True), 10: verified(0), 50: becomes("flaring", False)}
    assert drama(script, {**WHEN_VERIFIED, "hold_in_crisis": True}).announced == [50]
    assert drama(script, WHEN_VERIFIED).announced == [10]


def test_a_report_waits_for_its_trial_balloon() -> None:
    script = {10: verified(0), 80: becomes("probed", True)}
    played = drama(script, {**WHEN_VERIFIED, "probe": True}, opening=becomes("balloons_fly", True))
    assert played.announced == [80]
    assert not played.state.probed


def test_where_no_balloons_can_be_sent_no_report_waits_for_one() -> None:
    assert drama({10: verified(0)}, {**WHEN_VERIFIED, "probe": True}).announced == [10]


# Levers whose mechanism is missing

BARE = """
from dataclasses import replace
from . import backchannel
LEFT = tuple(m for m in backchannel.MODEL.mechanisms if m.name not in ("trial_balloons", "crises"))
MODEL = replace(backchannel.MODEL, name="bare", mechanisms=LEFT)
"""


@pytest.mark.parametrize(("lever", "needs"), [("probe", "trial_balloons"), ("hold_in_crisis", "crises")])
def test_a_lever_whose_mechanism_the_model_lacks_is_refused_with_a_sentence(
    lever: str, needs: str, tmp_path: Path
) -> None:
    create(tmp_path / "place")
    (tmp_path / "place" / "models" / "bare.py").write_text(BARE, encoding="utf-8")
    config = tmp_path / "place" / "configs" / "backchannel" / "cadence.toml"
    text = config.read_text().replace('record    = "agreements"\n', "")
    config.write_text(text.replace('model        = "backchannel"', 'model = "bare"'))
    with pytest.raises(ConfigError) as caught:
        load(config, [f"cadences.silence.{lever}=true"])
    (problem,) = caught.value.problems
    assert f'model "bare" has no mechanism "{needs}", which this lever needs' in problem


# The signed text


@pytest.mark.parametrize("keep", [0.0, 0.35])
def test_the_signature_publishes_the_text_but_for_the_annex(keep: float) -> None:
    played = drama({10: agreed(0, 1, 2), 50: phase(Phase.SIGNED)}, {"keep": keep})
    assert played.days("text published") == [50]
    assert disclosed(played) == told_of(0, 1, 2, share=1 - keep)


def test_the_published_text_leaves_no_crumbs() -> None:
    def almost(s: Any) -> None:
        s.steps[0].disclosed = 0.99

    played = drama({10: both(agreed(0), almost), 50: phase(Phase.SIGNED)}, {})
    assert played.state.undisclosed == 0


# What every occasion costs, and what is answered


def test_every_occasion_ties_up_those_who_negotiate_with_news_or_without() -> None:
    played = drama({}, EVERY_MONTH, horizon=70)
    d = played.p.disclosure
    days = [(day, name.partition("[")[0]) for day, name, _ in played.events]
    assert [day for day, name in days if name == "report due"] == [30, 60]
    before, after = played.at("report due")
    assert (before.routine, after.routine) == (0, d.routine)
    before, after = played.at("work of reporting")
    assert after.routine == pytest.approx(before.routine * d.routine_done)


def test_the_press_waits_for_every_occasion() -> None:
    before, after = drama({}, EVERY_MONTH, horizon=40).at("report due")
    assert after.attention == pytest.approx(more(before.attention, 0.02))


@pytest.mark.parametrize(("known", "fed"), [(True, 0.3 * 1 / STEPS), (False, 0.0)])
def test_an_occasion_that_passes_in_silence_is_speculated_about_once_the_channel_is_known(
    known: bool, fed: float
) -> None:
    opening = both(agreed(0), leaked) if known else agreed(0)
    before, after = drama({}, EVERY_MONTH, horizon=40, opening=opening).at("announcement")
    assert after.announcements == 0
    assert after.rumour == pytest.approx(more(before.rumour, fed))


def test_a_rule_without_a_calendar_is_never_speculated_about() -> None:
    levers = {**ALONE, "rules[0].on": Occasion.LEAK}
    before, after = drama({10: both(agreed(0), leaked)}, levers).at("announcement")
    assert after.rumour == before.rumour


def test_a_result_that_is_told_charges_those_who_gave_it() -> None:
    played = drama(
        {5: both(phase(Phase.ACCORD), verified(0))}, WHEN_VERIFIED, attention=0.0, surprise=0.0, delivered=0.8
    )
    before, after = played.at("announcement")
    assert after.a.pressure == pytest.approx(more(before.a.pressure, played.p.disclosure.charge * 1.8 / STEPS))


@pytest.mark.parametrize(
    ("heated", "times"), [(campaign(True), 3.0), (becomes("flaring", True), 3.0), (campaign(False), 1.0)]
)
def test_telling_costs_more_in_heated_times(heated: Effect, times: float) -> None:
    played = drama({5: both(phase(Phase.ACCORD), verified(0), heated)}, WHEN_VERIFIED, attention=0.0, surprise=0.0)
    before, after = played.at("announcement")
    d = played.p.disclosure
    assert after.a.pressure == pytest.approx(more(before.a.pressure, times * d.charge * (1 + d.delivered) / STEPS))


@pytest.mark.parametrize(("voice", "answers"), [(Voice.UNILATERAL, 1), (Voice.NOTIFIED, 0), (Voice.JOINT, 0)])
def test_only_a_side_that_was_told_on_answers(voice: int, answers: int) -> None:
    played = drama({5: verified(0)}, {"voice": voice, "rules[0].on": Occasion.VERIFIED_STEP}, horizon=2_000)
    assert len(played.days("answer")) == answers


def test_contact_that_was_broken_off_is_resumed_after_its_time() -> None:
    played = drama(
        {5: both(becomes("trust", 0.0), verified(0))}, WHEN_VERIFIED, horizon=2_000, answer=1.0, broken_off=60.0
    )
    (answered,), (resumed,) = played.days("answer"), played.days("contact resumed")
    assert resumed == pytest.approx(answered + 60)


def test_nobody_who_trusts_fully_breaks_off_contact() -> None:
    played = drama({5: both(verified(0), becomes("trust", 1.0))}, WHEN_VERIFIED, horizon=2_000, unilateral=0.0)
    assert played.days("answer")
    assert not played.days("contact resumed")


def test_overselling_that_is_found_out_backfires() -> None:
    opening = both(becomes("oversold", 0.5), becomes("embedding", 0.4))
    before, after = drama({}, {}, opening=opening, horizon=5_000).at("overselling found out")
    assert after.a.pressure == pytest.approx(more(before.a.pressure, 0.6 * 0.5))
    assert after.b.support == pytest.approx(less(before.b.support, 0.7 * 0.5))
    assert after.embedding == pytest.approx(less(before.embedding, 0.4 * 0.5))


def test_an_amendment_after_the_signature_is_published_too() -> None:
    played = drama({10: agreed(0), 50: phase(Phase.SIGNED), 80: agreed(1), 90: phase(Phase.IMPLEMENTATION)}, {})
    assert played.days("text published") == [50, 80]
    assert disclosed(played) == told_of(0, 1)


def test_a_leak_is_not_a_signature() -> None:
    state = drama({10: agreed(0, 1, 2)}, {}).state
    world = World(SHIPPED)
    LEAK.fires(state, world.parameters, [0.9, 0.9])
    assert state.steps[0].disclosed > 0
    assert state.leaks == 1
    assert state.phase == Phase.TALKS
    assert state.published == 0
    assert state.signed_day != state.signed_day


def test_a_text_that_has_leaked_is_published_all_the_same_at_the_signature() -> None:
    def out(s: Any) -> None:
        s.leaks += 1
        s.steps[0].disclosed = 1.0
        crisis.recount(s)

    played = drama({10: agreed(0), 20: out, 50: phase(Phase.SIGNED)}, {})
    assert played.days("text published") == [50]


# Rules among themselves

MONTHLY: Levers = {"every": 30.0}
ON_LEAK: Levers = {"on": Occasion.LEAK, "content": Content.AGREED, "delay": 4.0}
ON_RUMOUR: Levers = {"on": Occasion.RUMOUR_ABOVE, "level": 0.5, "content": Content.CARRIED_OUT, "share": 0.5}
STORY = {
    5: verified(0), 37: both(agreed(3), leaked), 47: becomes("rumour", 0.8), 48: carried_out(4),
    52: becomes("rumour", 0.1), 71: verified(1), 83: becomes("rumour", 0.7),
}  # fmt: skip


def cadence_of(*rules: Levers) -> dict[str, float | int | bool]:
    placed = {f"rules[{k}].{name}": value for k, rule in enumerate(rules) for name, value in rule.items()}
    return {**ALONE, **placed}


def test_each_rule_reports_as_if_it_were_alone() -> None:
    # Occasions that are awaited draw the press, and that brings others forward.
    quiet = {"awaited": 0.0, "speculation": 0.0}
    alone = [drama(STORY, cadence_of(rule), **quiet).days("report prepared") for rule in (MONTHLY, ON_LEAK, ON_RUMOUR)]
    together = drama(STORY, cadence_of(MONTHLY, ON_LEAK, ON_RUMOUR), **quiet)
    for number, days in enumerate(alone):
        assert together.days(f"report prepared[{number}]") == days


def test_the_order_of_rules_does_not_matter() -> None:
    one, other = drama(STORY, cadence_of(MONTHLY, ON_LEAK, ON_RUMOUR)), drama(
        STORY, cadence_of(ON_RUMOUR, MONTHLY, ON_LEAK)
    )  # fmt: skip
    assert one.announced == other.announced
    assert disclosed(one) == disclosed(other)
    assert one.state.a.pressure == other.state.a.pressure


def test_two_equal_rules_say_no_more_than_one() -> None:
    one, two = drama(STORY, cadence_of(MONTHLY)), drama(STORY, cadence_of(MONTHLY, MONTHLY))
    assert one.announced == two.announced
    assert disclosed(one) == disclosed(two)
