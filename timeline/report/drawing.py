"""Which figures the report holds, in order, each with its caption."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from timeline.plots.causes import causes, causes_caption
from timeline.plots.contrasts import contrasts, contrasts_caption
from timeline.plots.curves import (
    both_sign,
    both_sign_caption,
    in_force,
    in_force_caption,
    since_signature,
    since_signature_caption,
)
from timeline.plots.fans import fans, fans_caption
from timeline.plots.occupancy import occupancy, occupancy_caption
from timeline.plots.scenarios import across_scenarios, across_scenarios_caption
from timeline.plots.style import png, svg
from timeline.plots.swimlane import narrative, swimlane, swimlane_caption
from timeline.plots.validation import validation, validation_caption
from timeline.report.context import Context, Validation

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.analysis import Analysis

PRIMARY = "in_force_end"
BRIEF = ("in-force", "contrasts", "causes")
"""Figures drawn of every scenario after the first."""
MOST_SCENARIOS = 4
"""Scenarios drawn at all; the tables hold every one."""


@dataclass(frozen=True)
class Drawing:
    """A figure ready for the page and for its files.

    Attributes
    ----------
    section
        Id of its place on the page.
    name
        Stem of its files.
    caption
        What it shows, in words.
    svg, png
        The picture.
    scenario
        The scenario it is of, empty if of none.
    notes
        For a single timeline: its marked events as (mark, when, sentence).
    why
        For a single timeline: why it is shown.
    """

    section: str
    name: str
    caption: str
    svg: str
    png: bytes
    scenario: str = ""
    notes: tuple[tuple[int, str, str], ...] = ()
    why: str = ""


def drawings(analysis: Analysis, context: Context) -> Iterator[Drawing]:
    """Draw every figure of the report, one after the other.

    Yields
    ------
    Drawing
        In the order of the page; the first scenario in full, up to three more in brief.
    """
    for index, scenario in enumerate(analysis.scenarios[:MOST_SCENARIOS]):
        wanted = None if index == 0 else BRIEF
        yield from _of_scenario(analysis, context, scenario, wanted, suffix="" if index == 0 else f"-{_slug(scenario)}")
    if len(analysis.scenarios) > 1:
        title = dict(analysis.measures.select("measure", "title").iter_rows()).get(PRIMARY, "In force")
        figure = across_scenarios(analysis.estimates, analysis.best, measure=PRIMARY, title=title)
        caption = across_scenarios_caption(analysis.best, measure=PRIMARY)
        yield _drawing("scenarios", "scenarios", caption, figure)
    for number, story in enumerate(context.traces, start=1):
        figure = swimlane(story.trace, annotate=story.annotate, sides=context.sides)
        made = _drawing("timelines", f"timeline-{number}", swimlane_caption(story.trace), figure)
        yield Drawing(
            made.section,
            made.name,
            made.caption,
            made.svg,
            made.png,
            notes=tuple(narrative(story.trace, story.annotate)),
            why=story.why,
        )
    if isinstance(context.validation, Validation):
        v = context.validation
        figure = validation(v.record, v.model, distance=v.distance, record_name=v.record_name)
        caption = validation_caption(v.record, v.model, distance=v.distance, record_name=v.record_name)
        yield _drawing("validation", "validation", caption, figure)


def best_of(best: pl.DataFrame, scenario: str) -> str | None:
    """Return the best cadence of a scenario in the primary measure, if one can be named."""
    own = best.filter((pl.col("scenario") == scenario) & (pl.col("measure") == PRIMARY))["best"].drop_nulls()
    return str(own[0]) if len(own) else None


def _of_scenario(
    analysis: Analysis, context: Context, scenario: str, wanted: tuple[str, ...] | None, suffix: str
) -> Iterator[Drawing]:
    a, base = analysis, analysis.baseline
    best = best_of(a.best, scenario)
    most = best if len(a.cadences) > 1 else None

    def has(frame: pl.DataFrame) -> bool:
        return bool((frame["scenario"] == scenario).any())

    plans: dict[str, tuple[pl.DataFrame, Callable[[], Figure], Callable[[], str]]] = {
        "in-force": (
            a.in_force,
            lambda: in_force(a.in_force, scenario=scenario, baseline=base, best=most),
            lambda: in_force_caption(a.in_force, scenario=scenario, baseline=base),
        ),
        "in-force-verified": (
            a.in_force_verified,
            lambda: in_force(a.in_force_verified, scenario=scenario, baseline=base, best=most, half_verified=True),
            lambda: in_force_caption(a.in_force_verified, scenario=scenario, baseline=base, half_verified=True),
        ),
        "since-signature": (
            a.since_signature,
            lambda: since_signature(a.since_signature, scenario=scenario, baseline=base, best=most),
            lambda: since_signature_caption(a.since_signature, scenario=scenario, baseline=base),
        ),
        "both-sign": (
            a.both_sign,
            lambda: both_sign(a.both_sign, a.both_sign_counts, scenario=scenario, baseline=base, best=most),
            lambda: both_sign_caption(a.both_sign, a.both_sign_counts, scenario=scenario, baseline=base),
        ),
        "contrasts": (
            a.contrasts,
            lambda: contrasts(a.contrasts, a.measures, scenario=scenario, baseline=base, best=most),
            lambda: contrasts_caption(a.contrasts, a.measures, scenario=scenario, baseline=base),
        ),
        "causes": (
            a.causes,
            lambda: causes(a.causes, scenario=scenario, baseline=base, best=most),
            lambda: causes_caption(a.causes, scenario=scenario, baseline=base),
        ),
        "occupancy": (
            a.occupancy,
            lambda: occupancy(a.occupancy, scenario=scenario, baseline=base, best=most),
            lambda: occupancy_caption(a.occupancy, scenario=scenario, baseline=base),
        ),
        "fans": (
            a.fans,
            lambda: fans(a.fans, scenario=scenario, baseline=base, best=most, sides=context.sides),
            lambda: fans_caption(a.fans, scenario=scenario, baseline=base, best=most, sides=context.sides),
        ),
    }
    for section, (frame, figure, caption) in plans.items():
        if (wanted is None or section in wanted) and has(frame):
            yield _drawing(section, section + suffix, caption(), figure(), scenario)


def _drawing(section: str, name: str, caption: str, figure: Figure, scenario: str = "") -> Drawing:
    return Drawing(section, name, caption, svg(figure, name), png(figure), scenario)


def _slug(name: str) -> str:
    """Make a name fit for a file."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-").lower() or "scenario"
