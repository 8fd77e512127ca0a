"""The picture of one crisis under two cadences."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from timeline.explaining.explanation import Course, Explanation, Row
from timeline.explaining.story import Link
from timeline.plots import style
from timeline.plots.divergence import divergence, divergence_caption, place

YEAR = 365.25
A, B = "quarterly", "silence"


def row(day: float, where: str, clock: str, said: str, story: int = 0) -> Row:
    one = said if where in ("both", A) else ""
    other = said if where in ("both", B) else ""
    return Row(day, where, clock, "toy", one, other, None, story)


def crisis() -> Explanation:
    """Return a crisis made by hand: a report on day 400 saves it, a leak on day 900 ends it."""
    rows = (
        row(100.0, "both", "step agreed", "North and South agree on an exchange of prisoners."),
        row(400.0, A, "announcement", "The channel reports what has been carried out and verified so far.", 1),
        row(800.0, A, "signature", "North and South sign."),
        row(900.0, B, "leak", "A leak brings out most of what was hidden.", 2),
        row(902.0, B, "attack", "Spoilers strike."),
        row(930.0, B, "exposure", "The scandal over the leak ends the process.", 3),
        row(2900.0, A, "consolidation", "The agreement has become part of ordinary life."),
    )
    courses = (
        Course(A, (("talks", 0.0, 800.0), ("signed", 800.0, 2900.0)), "Consolidated after 7 years, 343 days.", 2900.0),
        Course(B, (("talks", 0.0, 930.0),), "Collapsed (exposure) after 2 years, 199 days.", 930.0),
    )
    links = tuple(Link(r.day, None, r.clock, r.one or r.other, "", 1) for r in rows if r.story)
    opening = "The two histories part after 1 year, 34 days."
    return Explanation(
        "Toy", "calm", 1, 17, "", courses, 1, 380.0, 400.0, opening, links, 1, "", (), rows, 15 * YEAR
    )  # fmt: skip


def drawn(found: Explanation) -> str:
    return style.svg(divergence(found), "t")


def test_both_endings_and_the_parting_are_written_on_the_picture() -> None:
    text = drawn(crisis())
    for words in (
        "Under quarterly: Consolidated after 7 years, 343 days.",
        "Under silence: Collapsed (exposure) after 2 years, 199 days.",
        "they part: 1 year, 34 days",
        "The scandal over the leak ends the process",
    ):
        assert f">{words}<" in text


def test_links_of_the_story_bear_their_numbers() -> None:
    text = drawn(crisis())
    assert all(f">{number}</text>" in text for number in (1, 2, 3))


def test_the_common_history_is_not_labelled_twice() -> None:
    assert "prisoners" not in drawn(crisis())


def test_two_histories_that_are_the_same_are_drawn_as_one() -> None:
    found = replace(crisis(), parted=None, first=None, links=(), rows=crisis().rows[:1])
    text = drawn(found)
    assert "they part" not in text
    assert ">talks<" in text


def test_the_same_picture_is_the_same_file() -> None:
    assert drawn(crisis()) == drawn(crisis())


def test_crowded_labels_do_not_overlap() -> None:
    rows = [
        row(900.0 + 3 * k, A, f"clock {k}", f"Something rather long happened here, number {k}.", k + 1)
        for k in range(7)
    ]
    labels = place(rows, 0, 7.0, 7.0 / 2900.0)
    assert len(labels) == 7
    for one, other in combinations(labels, 2):
        apart = one.left + one.width < other.left or other.left + other.width < one.left
        assert apart or one.low + one.height < other.low or other.low + other.height < one.low


def test_no_drawn_text_leaves_the_picture_or_covers_another() -> None:
    figure = divergence(crisis())
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = [
        text.get_window_extent(renderer) for text in [*figure.texts, *figure.axes[0].texts] if len(text.get_text()) > 6
    ]
    width, height = figure.get_size_inches() * figure.dpi
    for box in boxes:
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_the_caption_tells_both_endings_and_that_it_is_one_replication() -> None:
    assert divergence_caption(crisis()) == (
        "The two histories part after 1 year, 34 days. Under quarterly: Consolidated after "
        "7 years, 343 days. Under silence: Collapsed (exposure) after 2 years, 199 days. Numbers are those of the "
        "links of the story. One replication shows how, and not how often."
    )


@pytest.mark.parametrize("day", [0.0, 2899.0])
def test_a_parting_at_either_end_can_be_drawn(day: float) -> None:
    assert "they part" in drawn(replace(crisis(), parted=day))
