"""The reference engine: timelines computed by hand, and an independent simulator of the same rule."""

from __future__ import annotations

import inspect
import math
import re
import sys
import types
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import (
    Outcome,
    Phase,
    State,
    count,
    count_and_end,
    count_and_turn_off,
    days,
    end,
    fail,
    history,
    model,
    nothing,
    once,
    raise_alarm,
    random_model,
    running,
    toggle,
    turn_on,
    until_alarmed,
    while_alarmed,
    while_off,
    while_on,
    world,
)

from timeline.engines import reference
from timeline.engines.draws import Uniforms, lifetime_uniform
from timeline.engines.reference import play, rows
from timeline.engines.world import World
from timeline.errors import RunError
from timeline.model.declarations import SIDES, Clock, Counted, Integral, Mechanism, Sampled, arguments, renewal_path
from timeline.model.laws import at_once, exponential, fixed, lifetime, uniform, weibull
from timeline.model.records import Array, Field, Record, blank, resolve, values

# ---------------------------------------------------------------- whole timelines, by hand


def test_a_calendar_fires_on_its_days():
    toy = world(Clock("weekly", running, nothing, fixed(7)), horizon=30)
    assert history(toy) == [(7.0, "weekly"), (14.0, "weekly"), (21.0, "weekly"), (28.0, "weekly")]


def test_clocks_due_together_fire_in_the_order_of_declaration():
    toy = world(
        Clock("sixth", running, nothing, fixed(6)),
        Clock("second", running, nothing, fixed(2)),
        Clock("third", running, nothing, fixed(3)),
        horizon=7,
    )
    assert history(toy) == [
        (2.0, "second"), (3.0, "third"), (4.0, "second"), (6.0, "sixth"), (6.0, "second"), (6.0, "third"),
    ]  # fmt: skip


def test_mechanisms_due_together_fire_in_the_order_of_the_model():
    early = Mechanism("early", (Clock("z", running, nothing, fixed(1)),))
    late = Mechanism("late", (Clock("a", running, nothing, fixed(1)),))
    toy = model()
    for mechanisms, expected in (((early, late), ["z", "a"]), ((late, early), ["a", "z"])):
        made = World(type(toy)("toys", "Toys", State, mechanisms, Outcome.OPEN), horizon=1.5)
        assert [name for _, name in history(made)] == expected


def test_members_due_together_fire_in_their_own_order():
    toy = world(
        Clock("step", running, nothing, fixed(2), over=Counted("steps")),
        Clock("side", running, nothing, fixed(2), over="sides"),
        horizon=3,
    )
    assert history(toy) == [(2.0, n) for n in ("step[0]", "step[1]", "step[2]", "side[a]", "side[b]")]


def test_an_event_due_exactly_at_the_horizon_does_not_fire():
    assert history(world(Clock("deadline", running, nothing, fixed(10)), horizon=10)) == []
    after = world(Clock("deadline", running, nothing, fixed(10)), horizon=math.nextafter(10, 11))
    assert history(after) == [(10.0, "deadline")]


def test_a_timeline_that_meets_the_horizon_is_open_on_the_day_of_the_horizon():
    state = play(world(Clock("weekly", running, nothing, fixed(7)), horizon=10), 0).state
    assert (state.day, state.outcome) == (10.0, Outcome.OPEN)


def test_nothing_fires_after_the_end_not_even_at_the_same_instant():
    toy = world(
        Clock("first", running, nothing, fixed(2)),
        Clock("end", running, end, fixed(2)),
        Clock("last", running, nothing, fixed(2)),
    )
    assert history(toy) == [(2.0, "first"), (2.0, "end")]
    assert (play(toy, 0).state.day, play(toy, 0).state.outcome) == (2.0, Outcome.ENDED)


def test_a_start_that_ends_the_timeline_lets_nothing_fire():
    played = play(world(Clock("weekly", running, nothing, fixed(7)), start=end), 0)
    assert (played.firings, played.state.day, played.state.outcome) == (0, 0.0, Outcome.ENDED)


def test_a_paused_clock_keeps_what_it_has_left():
    toy = world(
        Clock("pause", once, count_and_turn_off, fixed(2)),
        Clock("go on", while_off, turn_on, fixed(5)),
        Clock("work", while_on, nothing, fixed(3)),
        horizon=12,
    )
    assert history(toy) == [(2.0, "pause"), (7.0, "go on"), (8.0, "work"), (11.0, "work")]


def test_a_clock_that_restarts_drops_what_it_has_left():
    toy = world(
        Clock("pause", once, count_and_turn_off, fixed(2)),
        Clock("go on", while_off, turn_on, fixed(5)),
        Clock("work", while_on, nothing, fixed(3), memory="restart"),
        horizon=12,
    )
    assert history(toy) == [(2.0, "pause"), (7.0, "go on"), (10.0, "work")]


def test_a_change_of_speed_stretches_only_what_is_left():
    """Due on day 8; after 4 days at half speed 6 of 8 are left, and after 2 days at double speed 2."""
    toy = world(
        Clock("change", running, count, fixed(4)),
        Clock("work", lambda s: (1.0, 0.5, 2.0)[s.n] if s.n < 3 else 0.0, end, fixed(8)),
        horizon=40,
    )
    assert history(toy) == [(4.0, "change"), (8.0, "change"), (9.0, "work")]


def test_a_clock_due_now_but_paused_by_an_earlier_firing_fires_at_the_instant_it_resumes():
    toy = world(
        Clock("pause", once, count_and_turn_off, fixed(3)),
        Clock("work", while_on, nothing, fixed(3)),
        Clock("go on", while_off, turn_on, fixed(2.5)),
        horizon=8.4,
    )
    assert history(toy) == [(3.0, "pause"), (5.5, "go on"), (5.5, "work")]


def test_a_restarting_clock_due_now_but_paused_by_an_earlier_firing_starts_afresh():
    toy = world(
        Clock("pause", once, count_and_turn_off, fixed(3)),
        Clock("work", while_on, nothing, fixed(3), memory="restart"),
        Clock("go on", while_off, turn_on, fixed(2.5)),
        horizon=8.6,
    )
    assert history(toy) == [(3.0, "pause"), (5.5, "go on"), (8.5, "work")]


def test_a_clock_paused_and_resumed_at_the_same_instant_is_still_due_at_that_instant():
    toy = world(
        Clock("toggle", running, toggle, fixed(3)),
        Clock("toggle back", running, toggle, fixed(3)),
        Clock("work", while_on, nothing, fixed(3)),
        horizon=7,
    )
    assert history(toy) == [(d, n) for d in (3.0, 6.0) for n in ("toggle", "toggle back", "work")]


def test_a_running_clock_paused_and_resumed_at_one_instant_loses_no_time():
    toy = world(
        Clock("toggle", running, toggle, fixed(2)),
        Clock("toggle back", running, toggle, fixed(2)),
        Clock("work", while_on, nothing, fixed(5)),
        horizon=11,
    )
    assert days(history(toy), "work") == [5.0, 10.0]


def test_the_next_is_found_afresh_after_every_firing():
    """On day 2 the third wakes the first, which by order of declaration comes before the fourth."""
    toy = world(
        Clock("first", while_alarmed, lambda s: setattr(s, "alarm", False), at_once()),
        Clock("third", running, raise_alarm, fixed(2)),
        Clock("fourth", running, nothing, fixed(2)),
        horizon=3,
    )
    assert history(toy) == [(2.0, "third"), (2.0, "first"), (2.0, "fourth")]


def test_reactions_at_one_instant_fire_in_the_order_of_declaration_each_once():
    def calm(s):
        s.alarm = False

    def reset(s):
        s.m = 0

    def ring(s):
        s.alarm = True
        s.m = 1

    toy = world(
        Clock("answer", lambda s: 1.0 if s.m == 1 else 0.0, reset, at_once()),
        Clock("alarm", running, ring, fixed(4)),
        Clock("calm", while_alarmed, calm, at_once()),
        horizon=9,
    )
    assert history(toy) == [(d, n) for d in (4.0, 8.0) for n in ("alarm", "answer", "calm")]


def test_a_reaction_ready_at_the_start_fires_on_day_zero():
    toy = world(Clock("alarm", until_alarmed, raise_alarm, at_once()), horizon=5)
    assert history(toy) == [(0.0, "alarm")]


def test_a_clock_renews_when_its_field_changes_and_only_then():
    """The window of 5 days is opened anew by the leaks on days 3, 6 and 9; the fourth lets it run out."""
    toy = world(
        Clock("leak", lambda s: 1.0 if s.n < 3 else 0.0, count, fixed(3)),
        Clock("noise", running, lambda s: setattr(s, "x", 1.0), fixed(1.25)),
        Clock("window", running, end, fixed(5), renews_on="n"),
    )
    assert [f for f in history(toy) if f[1] != "noise"] == [
        (3.0, "leak"), (6.0, "leak"), (9.0, "leak"), (14.0, "window"),
    ]  # fmt: skip


def test_a_clock_due_now_and_renewed_by_an_earlier_firing_does_not_fire_now():
    toy = world(
        Clock("leak", once, count, fixed(5)),
        Clock("window", running, end, fixed(5), renews_on="n"),
    )
    assert history(toy) == [(5.0, "leak"), (10.0, "window")]


def test_a_clock_may_renew_on_a_field_that_it_changes_itself():
    toy = world(Clock("window", running, count, fixed(5), renews_on="n"), horizon=11)
    assert history(toy) == [(5.0, "window"), (10.0, "window")]


def test_a_clock_renewed_while_paused_runs_a_fresh_lifetime_when_it_resumes():
    toy = world(
        Clock("pause", once, count_and_turn_off, fixed(2)),
        Clock("change", lambda s: 1.0 if s.m == 0 else 0.0, lambda s: setattr(s, "m", 1), fixed(3)),
        Clock("go on", while_off, turn_on, fixed(5)),
        Clock("work", while_on, end, fixed(4), renews_on="m"),
    )
    assert history(toy) == [(2.0, "pause"), (3.0, "change"), (7.0, "go on"), (11.0, "work")]


def test_a_milestone_that_has_not_happened_renews_nothing():
    """NaN differs from itself, but that is no change: the window of 5 days must run out."""

    def happens(s):
        s.since = s.day

    toy = world(
        Clock("noise", running, nothing, fixed(1)),
        Clock("milestone", lambda s: 0.0 if s.since > 0 else 1.0, happens, fixed(7.5)),
        Clock("window", running, nothing, fixed(5), renews_on="since"),
        horizon=13,
    )
    assert [f for f in history(toy) if f[1] != "noise"] == [
        (5.0, "window"),
        (7.5, "milestone"),
        (12.5, "window"),
    ]


def test_a_member_renews_on_its_own_records_field():
    def change(s):
        s.a.level = 1
        s.steps[2].level = 1

    toy = world(
        Clock("change", lambda s: 1.0 if s.a.level == 0 else 0.0, change, fixed(2)),
        Clock("side", running, nothing, fixed(3), over="sides", renews_on="me.level"),
        Clock("step", running, nothing, fixed(3), over=Counted("steps"), renews_on="steps[i].level"),
        horizon=5.5,
    )
    assert history(toy) == [
        (2.0, "change"), (3.0, "side[b]"), (3.0, "step[0]"), (3.0, "step[1]"),
        (5.0, "side[a]"), (5.0, "step[2]"),
    ]  # fmt: skip


def test_both_sides_are_served_by_the_same_code():
    def speed(me, other, p_me):
        return p_me.lean * (1.0 + other.level)

    def fires(s, me, other, p_other, i):
        me.level += 1
        s.x = 10.0 * i + p_other.lean

    toy = world(Clock("move", speed, fires, fixed(4), over="sides"), given={"b.lean": 2.0}, horizon=3.9)
    # b moves after 2 days; a then runs at twice its speed and needs 1 day for the 2 that are left;
    # b, by then, has run 1 day at speed 2 and goes on at 4: 2 of 4 left, half a day.
    assert history(toy) == [(2.0, "move[b]"), (3.0, "move[a]"), (3.5, "move[b]")]
    state = play(toy, 0).state
    assert (state.a.level, state.b.level, state.x) == (1, 2, 11.0)


def test_members_of_a_counted_family_know_their_number():
    def speed(s, i):
        return 1.0 if not s.steps[i].kept and (i == 0 or s.steps[i - 1].kept) else 0.0

    def keep(s, i):
        s.steps[i].kept = True
        s.steps[i].day = s.day

    toy = world(Clock("carried out", speed, keep, fixed(10), over=Counted("steps")))
    assert history(toy) == [(10.0, "carried out[0]"), (20.0, "carried out[1]"), (30.0, "carried out[2]")]
    assert [step.day for step in play(toy, 0).state.steps] == [10.0, 20.0, 30.0]


def test_a_deadline_stated_as_a_whole_number_is_as_good_as_a_float():
    whole, real = (world(Clock("weekly", running, nothing, fixed(d)), horizon=30) for d in (7, 7.0))
    assert history(whole) == history(real)


def test_an_infinite_lifetime_never_fires_even_after_a_pause():
    toy = world(Clock("toggle", running, toggle, fixed(2)), Clock("never", while_on, end, fixed(math.inf)), horizon=9)
    assert history(toy) == [(2.0, "toggle"), (4.0, "toggle"), (6.0, "toggle"), (8.0, "toggle")]


def test_a_speed_too_small_for_a_day_of_firing_pauses_nothing_else():
    toy = world(
        Clock("weekly", running, nothing, fixed(7)),
        Clock("hardly", lambda s: 5e-324, end, fixed(7)),
        horizon=8,
    )
    assert history(toy) == [(7.0, "weekly")]


# ---------------------------------------------------------------- the start, the row


def test_the_start_draws_under_the_mechanisms_name_and_sees_the_parameters():
    def start(s, p, u):
        s.x = u[0]
        s.y = u[1] + p.toy.rate

    state = play(world(start=start, uniforms=2, seed=9), 3).state
    schedule = world(start=start, uniforms=2, seed=9).start_schedules["toy"]
    u = Uniforms(schedule, 3, 2)
    assert (state.x, state.y) == (u[0], u[1] + 0.5)


def test_the_final_record_is_the_replications_row():
    def keep(s):
        s.n += 2
        s.on = False
        s.phase = Phase.ACCORD
        s.steps[1].kept = True
        s.b.pressure = 0.75

    played = play(world(Clock("keep", while_on, keep, fixed(3)), horizon=5), 4)
    made = played.row[0]
    assert (made["replication"], made["firings"]) == (4, 1)
    state = made["state"]
    assert (state["day"], state["n"], state["on"], state["phase"]) == (5.0, 2, False, 1)
    assert (state["b"]["pressure"], list(state["steps"]["kept"])) == (0.75, [False, True, False])
    assert math.isnan(state["since"])


def test_the_watcher_sees_the_start_and_every_firing_after_its_effect():
    seen = []
    play(
        world(Clock("count", running, count, fixed(2)), horizon=5),
        0,
        lambda day, member, s: seen.append((day, member and member.name, s.n)),
    )
    assert seen == [(0.0, None, 0), (2.0, "count", 1), (4.0, "count", 2)]


def test_an_integer_field_is_cut_as_its_dtype_cuts():
    def fires(s):
        s.n += 1.9
        s.m -= 2.9

    state = play(world(Clock("cut", running, fires, fixed(2)), horizon=5), 0).state
    assert (state.n, state.m) == (2, -4)


# ---------------------------------------------------------------- what stops a run


def stopped(*clocks, replication=0, **rest) -> str:
    with pytest.raises(RunError) as problem:
        history(world(*clocks, **rest), replication)
    return str(problem.value)


@pytest.mark.parametrize("speed", [-1.0, math.nan, math.inf])
def test_an_impossible_speed_is_told_with_model_clock_replication_day_state_and_command(speed):
    toy = (
        Clock("count", running, count, fixed(2)),
        Clock("bad", lambda s: speed if s.n == 2 else 0.0, nothing),
    )
    lines = stopped(
        *toy, replication=7, label="cadence silence", replay="timeline trace x --replication {replication}"
    ).split("\n")
    assert lines[0] == (
        f'model "toys", cadence silence, bad, replication 7, day 4: '
        f"its speed is {speed}, expected 0 or more, and finite"
    )
    assert lines[1].startswith("  state: day=4, outcome=0, phase=0, n=2, m=0, x=0,")
    assert "a.level=0, a.pressure=0.25" in lines[1]
    assert lines[2] == "  replay it: timeline trace x --replication 7"


def test_an_impossible_speed_at_the_start_stops_the_run_on_day_zero():
    assert "bad, replication 0, day 0: its speed is -1.0" in stopped(Clock("bad", lambda s: -1.0, nothing))


def test_a_speed_that_fails_is_told_with_its_clock():
    told = stopped(Clock("bad", lambda s: 1 / s.n, nothing))
    assert 'model "toys", bad, replication 0, day 0: its speed failed: division by zero' in told


def test_nan_may_not_be_written_where_a_number_must_be():
    def fires(s):
        s.x = math.nan

    told = stopped(Clock("bad", running, fires, fixed(3)))
    assert "bad, replication 0, day 3: NaN was written to State.x, where a number must be" in told


def test_nan_may_not_be_written_to_a_whole_number():
    def fires(s):
        s.n = math.nan

    assert "bad, replication 0, day 3: cannot convert float NaN to integer" in stopped(
        Clock("bad", running, fires, fixed(3))
    )


def test_nan_may_be_written_to_a_milestone():
    def fires(s):
        s.since = math.nan

    assert history(world(Clock("forget", running, fires, fixed(3)), horizon=4)) == [(3.0, "forget")]


@pytest.mark.parametrize("index", [3, -4])
def test_an_index_out_of_bounds_stops_the_run(index):
    def fires(s):
        s.steps[index].kept = True

    told = stopped(Clock("bad", running, fires, fixed(3)))
    assert "bad, replication 0, day 3: " in told
    assert "index" in told


def test_a_misspelt_field_stops_the_run_with_the_nearest_name():
    def fires(s, name="alrm"):
        setattr(s, name, True)

    told = stopped(Clock("bad", running, lambda s: fires(s), fixed(3)))
    assert '"alrm" is no field of State that can be set; did you mean "alarm"?' in told


def test_a_uniform_beyond_the_declared_stops_the_run():
    def fires(s, u):
        s.x = u[s.n + 1]

    told = stopped(Clock("bad", running, fires, fixed(3), uniforms=1))
    assert "bad, replication 0, day 3: uniform 1 read, but 1 declared" in told


def test_a_start_that_fails_is_told_with_its_mechanism():
    def start(s, u):
        s.x = u[s.n]

    assert "start of toy, replication 0, day 0: uniform 0 read, but 0 declared" in stopped(start=start)


def test_a_reaction_that_leaves_itself_ready_stops_the_run():
    told = stopped(Clock("alarm", running, raise_alarm, fixed(3)), Clock("bad", while_alarmed, nothing, at_once()))
    assert "bad, replication 0, day 3: it fires at once and its effect leaves it ready to fire again" in told


def test_two_reactions_that_wake_each_other_run_out_of_their_budget():
    toy = (
        Clock("ping", lambda s: 1.0 if s.n % 2 == 0 else 0.0, count, at_once()),
        Clock("pong", lambda s: 1.0 if s.n % 2 == 1 else 0.0, count, at_once()),
    )
    told = stopped(*toy, budget=50)
    assert "ping, replication 0, day 0: more than 50 firings: a loop runs away" in told


def test_the_budget_is_what_may_fire_not_less():
    toy = world(Clock("daily", running, nothing, fixed(1)), horizon=10.5, budget=10)
    assert len(history(toy)) == 10


@pytest.mark.parametrize("replication", [-1, 2**32])
def test_a_replication_that_has_no_number_in_the_generator_is_refused(replication):
    with pytest.raises(RunError, match=f"replication {replication} given, expected 0 to 4294967295"):
        play(world(), replication)


# ---------------------------------------------------------------- observations


def observed(observation, *clocks, horizon=10.0, start=None):
    made = play(world(*clocks, horizon=horizon, observations=(observation,), start=start), 0).row[0]
    return made["observation_0"]


DAILY = Clock("daily", running, count, fixed(1))


def test_a_sample_on_a_day_of_firing_is_taken_after_all_that_fires_at_that_instant():
    second = Clock("second", running, count, fixed(2))
    assert observed(Sampled("n", (0.0, 0.5, 1.0, 2.0, 3.5)), DAILY, second).tolist() == [0, 0, 1, 3, 4]


def test_a_sample_on_day_zero_follows_the_reactions_of_the_start():
    reaction = Clock("count", once, count, at_once())
    assert observed(Sampled("n", (0.0,)), reaction).tolist() == [1]


def test_samples_after_the_end_keep_the_last_value():
    last = Clock("end", running, count_and_end, fixed(3))
    assert observed(Sampled("n", (2.5, 3.0, 3.5, 9.0)), DAILY, last).tolist() == [2, 4, 4, 4]


def test_a_sample_on_the_horizon_takes_what_holds_there_and_later_ones_are_missing():
    """The event due on day 10, the horizon, does not fire, so nine have been counted."""
    taken = observed(Sampled("n", (9.5, 10.0, 11.0)), DAILY)
    assert taken[:2].tolist() == [9, 9]
    assert math.isnan(taken[2])


def test_samples_since_a_milestone_count_from_its_day():
    def happens(s):
        s.since = s.day

    milestone = Clock("milestone", lambda s: 1.0 if s.n < 5 else 0.0, happens, fixed(4.5))
    taken = observed(Sampled("n", (0.0, 0.25, 0.5, 3.0, 5.5, 5.6), since="since"), DAILY, milestone)
    assert taken[:5].tolist() == [4, 4, 5, 7, 9]
    assert math.isnan(taken[5])


def test_samples_since_a_milestone_that_never_happens_are_missing():
    assert np.isnan(observed(Sampled("n", (0.0, 1.0), since="since"), DAILY)).all()


def test_a_milestone_set_at_the_start_counts_from_day_zero():
    def start(s):
        s.since = 0.0

    assert observed(Sampled("n", (0.0, 2.5), since="since"), DAILY, start=start).tolist() == [0, 2]


def test_the_integral_of_a_field_is_exact():
    """0 for 1.5 days, 1 for 1.5 days, 2 for 1.5 days, 3 for the last half day."""
    counts = Clock("count", running, count, fixed(1.5))
    assert observed(Integral("n"), counts, horizon=5.0) == 1 * 1.5 + 2 * 1.5 + 3 * 0.5


def test_the_integral_ends_with_the_timeline():
    last = Clock("end", running, end, fixed(2.5))
    assert observed(Integral("n"), DAILY, last) == 1 * 1 + 2 * 0.5


def test_the_integral_of_a_flag_is_the_time_it_was_up():
    assert observed(Integral("on"), Clock("toggle", running, toggle, fixed(2)), horizon=7.0) == 2 + 2


# ---------------------------------------------------------------- random numbers that stay put


def luck():
    """Two exponential clocks, a Weibull family that renews, and effects that draw."""

    def effect(s, u):
        s.x = u[0]

    return {
        "leak": Clock("leak", running, effect, uniforms=1),
        "talk": Clock("talk", lambda s, p: p.toy.rate, effect, weibull(1.5, age=0.5), uniforms=1),
        "side": Clock("side", running, lambda me: None, uniform(0, 3), over="sides"),
        "other": Clock("other", running, nothing, exponential()),
    }


def fates(toy: World, replication: int = 0) -> dict[str, list[tuple[float, float]]]:
    """By clock name: the day of each firing, and the uniform its effect saw."""
    told: dict[str, list[tuple[float, float]]] = {}

    def watch(day, member, s):
        if member is not None:
            told.setdefault(member.name, []).append((day, s.x if "u" in arguments(member.clock.fires) else 0.0))

    play(toy, replication, watch)
    return told


def test_adding_a_clock_moves_no_other_clocks_fate():
    clocks = luck()
    other = clocks.pop("other")
    before = fates(world(*clocks.values(), horizon=20))
    after = fates(world(other, *clocks.values(), horizon=20))
    assert after.pop("other")
    assert after == before


def test_reordering_clocks_moves_no_clocks_fate():
    clocks = list(luck().values())
    assert fates(world(*clocks, horizon=20)) == fates(world(*clocks[::-1], horizon=20))


def test_adding_and_reordering_mechanisms_moves_no_fate_and_no_start():
    def start(s, u):
        s.y += u[0]

    def other_start(s, u):
        s.since = u[0]

    first = Mechanism("first", (luck()["leak"],), start=start, uniforms=1)
    second = Mechanism("second", (luck()["other"],), start=other_start, uniforms=1)
    kind = type(model())

    def told(*mechanisms):
        toy = World(kind("toys", "Toys", State, mechanisms, Outcome.OPEN), seed=3, horizon=20)
        return fates(toy, 5), play(toy, 5).state.y

    alone, both, turned = told(first), told(first, second), told(second, first)
    assert both == turned
    assert both[0].pop("other")
    assert both == alone


def test_a_replication_played_alone_equals_itself_in_a_run():
    toy = world(*luck().values(), horizon=20, observations=(Sampled("x", (1.0, 5.0)), Integral("x")))
    assert rows(toy, 0, 20)[7:8].tobytes() == play(toy, 7).row.tobytes()
    assert rows(toy, 5, 5)[2:3].tobytes() == play(toy, 7).row.tobytes()


def test_a_replication_played_twice_is_the_same():
    toy = world(*luck().values(), horizon=20)
    assert fates(toy, 3) == fates(toy, 3)


def test_another_seed_or_replication_changes_every_clocks_fate():
    base = fates(world(*luck().values(), horizon=20, seed=1), 3)
    for other in (
        fates(world(*luck().values(), horizon=20, seed=2), 3),
        fates(world(*luck().values(), horizon=20, seed=1), 4),
    ):
        assert other.keys() == base.keys()
        for name in base:
            assert not set(base[name]) & set(other[name])


def test_two_worlds_with_another_parameter_share_the_luck_of_clocks_that_behave_alike():
    slow, fast = (world(*luck().values(), given={"toy.rate": rate}, horizon=20) for rate in (0.5, 1.0))
    here, there = fates(slow), fates(fast)
    assert here.pop("talk") != there.pop("talk")
    assert here == there


def test_a_faster_clock_meets_the_same_fate_sooner():
    """The random time change: twice the speed halves every day of firing."""
    slow, fast = (
        days(
            history(world(Clock("leak", lambda s, p: p.toy.rate, nothing), given={"toy.rate": r}, horizon=h)),
            "leak",
        )
        for r, h in ((0.5, 40), (1.0, 20))
    )
    assert len(slow) > 5
    assert slow == pytest.approx([2 * day for day in fast], rel=1e-12)


def test_the_first_lifetime_is_the_draw_of_firing_zero_and_the_next_of_firing_one():
    toy = world(Clock("leak", running, nothing), seed=6, horizon=1000)
    schedule = toy.clock_schedules[0]
    first, second = (-math.log(lifetime_uniform(schedule, 11, k, 0)) for k in (0, 1))
    assert days(history(toy, 11), "leak")[:2] == [first, first + second]


# ---------------------------------------------------------------- an independent simulator


def plain(toy: World, replication: int) -> tuple[list[tuple[float, str]], tuple, Counter]:
    """Play the rule as a plain loop: no processes, no queue, the least of all found afresh."""
    s, p, marks = blank(toy.model.state), toy.parameters, Counter()
    for mechanism in toy.model.mechanisms:
        if mechanism.start:
            u = Uniforms(toy.start_schedules[mechanism.name], replication, mechanism.uniforms)
            mechanism.start(*[{"s": s, "p": p, "u": u}[name] for name in arguments(mechanism.start)])
    clocks, told, now, fired = [], [], 0.0, None
    for member in toy.model.members:
        c = types.SimpleNamespace(clock=member.clock, name=member.name, order=member.index, said=None)
        c.scope = {"s": s, "p": p, "i": member.number}
        if member.side:
            me, other = member.side, SIDES[1 - member.number]
            c.scope |= {"me": getattr(s, me), "other": getattr(s, other)}
            c.scope |= {"p_me": getattr(p, me), "p_other": getattr(p, other)}
        c.draw = lambda k, r, m=member: lifetime_uniform(toy.clock_schedules[m.index], replication, k, r)
        c.scope["u"] = Uniforms(toy.clock_schedules[member.index], replication, member.clock.uniforms)
        path = member.clock.renews_on
        c.field = path and resolve(s, renewal_path(path, member.side, member.number))
        c.said = c.field and repr(getattr(*c.field))
        c.left, c.since, c.speed, c.due, c.firing, c.redraw = None, 0.0, 0.0, math.inf, 0, 0
        clocks.append(c)

    def call(c, function):
        return function(*[c.scope[name] for name in arguments(function)]) if callable(function) else function

    while True:
        for c in clocks:
            speed, said = call(c, c.clock.speed), c.field and repr(getattr(*c.field))
            renewed, c.said = said != c.said, said
            if c is fired:
                c.firing, c.redraw, c.left = c.firing + 1, 0, None
            elif speed == c.speed and not renewed:
                continue
            if c.left is not None:
                marks["paused when due"] += c.due == now and speed == 0 and not renewed
                marks["changed when due"] += c.due == now and not renewed
                c.left = 0.0 if c.due == now else max(0.0, c.left - (now - c.since) * c.speed)
            if renewed or (speed == 0 and c.clock.memory == "restart"):
                c.left = None
            if speed > 0 and c.left is None:
                first, second, age = (call(c, v) for v in (c.clock.law.first, c.clock.law.second, c.clock.law.age))
                chance = c.draw(c.firing, c.redraw)
                c.left = lifetime(c.clock.law, chance, first, second, 0.0 if c.firing or c.redraw else age)
                c.redraw += 1
            c.since, c.speed, c.due = now, speed, now + c.left / speed if speed > 0 else math.inf
        fired = min(clocks, key=lambda c: (c.due, c.order))
        if not fired.due < toy.horizon or s.outcome != toy.model.open:
            s.day = s.day if s.outcome != toy.model.open else toy.horizon
            return told, values(s), marks
        marks["ties"] += sum(c.due == fired.due for c in clocks) > 1
        now = s.day = fired.due
        fired.scope["u"].at(fired.firing)
        call(fired, fired.clock.fires)
        told.append((now, fired.name))
        marks["firings"] += 1


def both(toy: World, replication: int, engine=reference) -> tuple[tuple, tuple, Counter]:
    """Return (timeline, final state) of the engine, the same of the plain loop, and what was counted."""
    told = []
    played = engine.play(toy, replication, lambda day, m, s: m is not None and told.append((day, m.name)))
    expected, state, marks = plain(toy, replication)
    # repr() shows every bit of a float, and lets one NaN equal another
    return (told, repr(values(played.state))), (expected, repr(state)), marks


@given(number=st.integers(0, 10**6), lattice=st.booleans(), replication=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None, derandomize=True, database=None)
def test_the_engine_plays_random_models_as_the_plain_loop_does(number, lattice, replication):
    found, expected, _ = both(World(random_model(number, lattice), seed=number, horizon=12.0), replication)
    assert found == expected


def _agree_on(numbers, horizon, engine=reference) -> tuple[list[int], Counter]:
    """Return the models on which engine and plain loop disagree, and what was counted."""
    marks, differ = Counter(), []
    for number in numbers:
        toy = World(random_model(number, lattice=number % 3 > 0), seed=number, horizon=horizon)
        try:
            found, expected, counted = both(toy, number, engine)
        except Exception as problem:
            if engine is reference:
                raise
            found, expected, counted = problem, None, Counter()
        marks += counted
        if found != expected:
            differ.append(number)
    return differ, marks


def test_ties_and_pauses_at_the_very_instant_occur_often_enough_to_be_tested():
    differ, marks = _agree_on(range(120), horizon=12.0)
    assert differ == []
    assert marks["firings"] > 5000
    assert marks["ties"] > 1000
    assert marks["paused when due"] > 100
    assert marks["changed when due"] > 200


@pytest.mark.slow
def test_the_engine_plays_two_thousand_random_models_as_the_plain_loop_does():
    differ, marks = _agree_on(range(1000, 3000), horizon=20.0)
    assert differ == []
    assert marks["ties"] > 30_000
    assert marks["paused when due"] > 3_000


# ---------------------------------------------------------------- the comparison can fail


def rounding_world(since: float, left: float, speed: float, change: float, pauses: bool) -> World:
    """A clock begins at ``since`` with ``left``; at ``change`` it is paused for two days, or slowed at once.

    The numbers are chosen so that ``left - (change - since) * speed`` rounds away from what is truly
    left; the small speed at the end makes that visible.
    """
    table = (0.0, speed, 0.0 if pauses else 1e-3, 1e-3)

    def change_it(s):
        s.n += 1
        s.m = 1

    return world(
        Clock("begin", once, count, fixed(since)),
        Clock("change", lambda s: 1.0 if s.m == 0 else 0.0, change_it, fixed(change)),
        Clock("resume", lambda s: 1.0 if s.n == 2 else 0.0, count, fixed(2)),
        Clock("work", lambda s: table[s.n], end, fixed(left)),
        horizon=60,
    )


def due(since: float, left: float, speed: float) -> float:
    return since + left / speed


#: Due at the instant of its pause; what the subtraction would leave is not nothing.
CLAMPED = rounding_world(3.9, 4.9, 1.1, due(3.9, 4.9, 1.1), pauses=True)
#: Slowed one unit in the last place before it is due; the subtraction leaves less than nothing.
BELOW_NOTHING = rounding_world(4.3, 3.5, 0.3, math.nextafter(due(4.3, 3.5, 0.3), 0), pauses=False)


def mutant(old: str, new: str) -> types.ModuleType:
    """Return a copy of the reference engine in which one piece of its text is replaced."""
    text = inspect.getsource(reference)
    assert len(re.findall(re.escape(old), text)) == 1, f"the engine no longer says: {old}"
    module = types.ModuleType("mutant")
    sys.modules["mutant"] = module  # where its dataclasses look for their annotations
    try:
        exec(compile(text.replace(old, new), "mutant.py", "exec", dont_inherit=True), module.__dict__)
    finally:
        del sys.modules["mutant"]
    return module


@pytest.mark.parametrize("toy", [CLAMPED, BELOW_NOTHING], ids=["due now", "a hair before"])
def test_the_engine_rounds_as_the_plain_loop_does(toy):
    found, expected, _ = both(toy, 0)
    assert found == expected
    assert [name for _, name in found[0]][-1] == "work"


def test_without_the_tie_rule_the_comparison_fails():
    untied = mutant("priority=1 + self.member.index", "priority=1")
    differ, _ = _agree_on(range(40), 12.0, untied)
    assert len(differ) >= 5


def test_without_the_clamp_of_what_is_due_now_the_comparison_fails():
    unclamped = mutant(
        "0.0 if self.due == now else max(0.0, self.left - (now - self.since) * self.speed)",
        "max(0.0, self.left - (now - self.since) * self.speed)",
    )
    found, expected, marks = both(CLAMPED, 0, unclamped)
    assert marks["paused when due"] == 1
    assert found != expected


def test_without_the_floor_at_nothing_the_comparison_fails():
    floorless = mutant(
        "max(0.0, self.left - (now - self.since) * self.speed)", "self.left - (now - self.since) * self.speed"
    )
    found, expected, _ = both(BELOW_NOTHING, 0, floorless)
    assert found != expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.draws = 0\n            self.in_hand", "self.in_hand"),
        ("if speed == 0 and self.restarts:", "if speed == 0 and not self.restarts:"),
        ("if self.firing > 0 or self.draws > 0:", "if self.firing > 0:"),
        ("and not (value != value and self.renewed_at != self.renewed_at)", ""),
        ("self.uniforms.at(self.firing)", "self.uniforms.at(0)"),
    ],
    ids=[
        "redraws never counted anew",
        "memory turned round",
        "age kept at a redraw",
        "NaN renews",
        "one uniform",
    ],
)
def test_other_slips_of_the_engine_are_found_by_the_comparison(old, new):
    differ, _ = _agree_on(range(40), 12.0, mutant(old, new))
    assert differ


# ---------------------------------------------------------------- a state of another shape


def test_a_state_may_hold_arrays_and_sides_of_any_name():
    class Rung(Record):
        height = Field(0.0)

    class Ladder(Record):
        day = Field(0.0)
        outcome = Field(Outcome.OPEN)
        rungs = Array(Rung, 2)

    def climb(s, i):
        s.rungs[i].height += 1.5
        if i == 1:
            fail(s)

    toy = world(Clock("climb", lambda i: 1.0 + 0.5 * (1 - i), climb, fixed(3), over=Counted("rungs")), state=Ladder)
    assert history(toy) == [(2.0, "climb[0]"), (3.0, "climb[1]")]
    assert values(play(toy, 0).state) == (3.0, 2, [(1.5,), (1.5,)])


def test_a_whole_number_beyond_its_field_ends_the_run_with_a_sentence():
    def explodes(s):
        s.n = 2**70

    exploding = world(Clock("explosion", running, explodes, fixed(1)), horizon=2.0)
    with pytest.raises(RunError, match=r"day 1: a whole number beyond 64 bits was written to State\.n"):
        play(exploding, 0)
