"""The picture of a single timeline: lanes, marks, the events told."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from test_plots_frames import trace

from timeline.plots import style
from timeline.plots.swimlane import decisive, narrative, swimlane, swimlane_caption


def test_decisive_events_begin_phases_or_move_the_state_and_skip_the_ticking_clock() -> None:
    told = trace()
    chosen = told.events.filter(pl.col("number").is_in(list(decisive(told))))
    assert chosen["clock"].to_list() == [
        "agreed[0]", "accord", "leaks", "signature", "ratification", "carried out[1]", "succession[b]",
        "repudiation[b]",
    ]  # fmt: skip


def test_the_narrative_numbers_the_marks_in_order_of_time() -> None:
    told = narrative(trace())
    assert [mark for mark, _, _ in told] == list(range(1, 9))
    assert told[1] == (2, "1 year, 54 days", "North and South reach a private accord.")
    assert told[-1] == (8, "7 years, 343 days", "The new government of South repudiates the agreement.")


def test_chosen_marks_are_used_as_given() -> None:
    told = trace()
    number = told.events.filter(pl.col("clock") == "leaks")["number"][0]
    assert narrative(told, (number,)) == [(1, "1 year, 244 days", "An insider talks to the press.")]


def test_events_that_say_nothing_are_not_chosen() -> None:
    told = trace()
    mute = told.events.with_columns(
        sentence=pl.when(pl.col("clock") == "agreed[0]").then(pl.lit("")).otherwise("sentence")
    )
    first = narrative(replace(told, events=mute))[0]
    assert first == (1, "40 days", "Step 2, humanitarian corridors, is agreed.")


def test_the_caption_tells_the_ending_and_warns_that_it_is_one_draw() -> None:
    assert swimlane_caption(trace()) == (
        "silence, replication 17: the agreement collapses by repudiation. 109 events in 7 years, 343 days; "
        "phases: talks, accord, signed and implementation. One timeline is one draw of luck: it shows "
        "how the model tells a story, and is no evidence for a cadence."
    )


def test_lanes_without_a_firing_are_left_out() -> None:
    text = style.svg(swimlane(trace()), "t")
    assert ">repudiation<" in text
    assert ">breach<" not in text


def test_a_field_of_both_sides_shares_a_panel_whatever_it_is_called() -> None:
    told = trace()
    by_name = replace(
        told,
        series=told.series.rename({"a.pressure": "pressure on North", "b.pressure": "pressure on South"}),
    )
    text = style.svg(swimlane(by_name, sides=("North", "South")), "t")
    assert text.count(">pressure<") == 1
    assert ">pressure on North<" not in text


def test_a_timeline_in_which_nothing_happens_can_be_drawn() -> None:
    told = trace()
    quiet = replace(told, events=told.events.clear(), series=told.series.head(1), phases=(("TALKS", 0.0, 2900.0),))
    assert style.svg(swimlane(quiet), "t").startswith("<svg ")
    assert decisive(quiet) == ()


def test_clocks_that_fire_without_a_word_share_one_lane() -> None:
    told = trace()
    mute = pl.col("clock").is_in(["drift", "rumours"])
    quiet = told.events.with_columns(sentence=pl.when(mute).then(pl.lit("")).otherwise("sentence"))
    text = style.svg(swimlane(replace(told, events=quiet)), "t")
    assert ">in the background (2)<" in text
    assert ">drift<" not in text
    assert ">leaks<" in text
