"""Which figures the report holds, in order, each with its caption."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import BrokenExecutor, Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.pages.alternatives import alternative
from timeline.pages.context import Context, RecordComparison
from timeline.pages.designs import designs
from timeline.pages.excerpt import evenly, of_all
from timeline.pages.kept_figures import KeptFigures, key_of
from timeline.pages.standings import same_if_verified
from timeline.playing.workers import spawned
from timeline.plots.aims import aims, aims_caption
from timeline.plots.best import best, best_caption
from timeline.plots.causes import causes, causes_caption
from timeline.plots.contrasts import PREFERRED, contrasts, contrasts_caption
from timeline.plots.curves import (
    both_sign,
    both_sign_caption,
    in_force,
    in_force_caption,
    since_signature,
    since_signature_caption,
)
from timeline.plots.divergence import divergence, divergence_caption
from timeline.plots.fans import fans, fans_caption
from timeline.plots.fates import fates, fates_caption
from timeline.plots.influence import ends_caption, influence_caption, influence_table, ways_to_an_end
from timeline.plots.occupancy import occupancy, occupancy_caption
from timeline.plots.scenarios import across_scenarios, across_scenarios_caption, winners
from timeline.plots.sensitivity import flip_ladder, flip_ladder_caption, tornado, tornado_caption
from timeline.plots.style import png, svg
from timeline.plots.swimlane import narrative, swimlane, swimlane_caption
from timeline.plots.unknown import (
    best_shares,
    best_shares_caption,
    drivers,
    drivers_caption,
    information_bars,
    information_caption,
    regret_map,
    regret_map_caption,
    world_strip,
    world_strip_caption,
)
from timeline.plots.validation import validation, validation_caption
from timeline.study.yardsticks import ALL

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.analysis import Analysis

BRIEF = ("in-force", "contrasts", "causes")
"""Figures drawn of every scenario after the first."""
MOST_SCENARIOS = 4
"""Scenarios drawn at all; the tables hold every one."""


class Few(NamedTuple):
    """How many cadences are drawn at all; of more, so many that look best and that look worst, and the baseline."""

    most: int
    leading: int
    last: int


_ON_PAGE = Few(16, 10, 3)
_IN_BRIEF = Few(6, 3, 2)
"""Two rows of three panels: the brief has room for no more that could be read."""
_CURVES = ("in-force", "since-signature")

_MOST_MEASURES = 4
"""Differences drawn side by side."""

MOST_HELPERS = 3
"""Processes that draw beside this one: of a dozen figures, more would draw one or two each."""


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
        What it finds, in words.
    alt
        What it shows, for those who cannot see it.
    svg, png
        The picture.
    scenario
        The scenario it is of, empty if of none.
    notes
        For a single timeline: its marked events as (mark, when, sentence).
    why
        For a single timeline: why it is shown.
    key
        Stands for all that it was drawn from; see `timeline.pages.kept_figures`.
    """

    section: str
    name: str
    caption: str
    alt: str
    svg: str
    png: bytes
    scenario: str = ""
    notes: tuple[tuple[int, str, str], ...] = ()
    why: str = ""
    key: str = ""


@dataclass(frozen=True)
class _Plan:
    """A drawing still to be made: plain functions and what to call them with, so that any process can."""

    section: str
    name: str
    alt: str
    figure: Callable[..., Figure]
    with_figure: Mapping[str, Any]
    caption: Callable[..., str]
    with_caption: Mapping[str, Any]
    scenario: str = ""
    notes: tuple[tuple[int, str, str], ...] = ()
    why: str = ""
    left_out: str = ""


def drawings(
    analysis: Analysis, context: Context, workers: int = 1, kept: KeptFigures | None = None
) -> Iterator[Drawing]:
    """Draw every figure of the report, one after the other.

    Parameters
    ----------
    analysis, context
        What to draw.
    workers
        How many processes draw, this one among them.
    kept
        Figures that are taken over where they would be drawn alike.

    Yields
    ------
    Drawing
        In the order of the page; the first scenario in full, up to three more in brief.
    """
    plans = list(_plans(analysis, context))
    drawn = {} if kept is None else _taken_over(plans, kept)
    left = deque((number, plan) for number, plan in enumerate(plans) if number not in drawn)
    several = min(workers - 1, MOST_HELPERS, len(left) - 1)
    if several < 1:
        for number, plan in enumerate(plans):
            yield drawn[number] if number in drawn else _draw(plan)
        return
    lost: deque[tuple[int, _Plan]] = deque()
    with spawned(several) as helpers, ThreadPoolExecutor(several) as threads:
        # The helpers draw from the front, this process from the back, until they meet.
        theirs = [threads.submit(_have_drawn, left, helpers, lost) for _ in range(several)]
        try:
            drawn |= _draw_those(left.pop, _draw)
            for theirs_drawn in theirs:
                drawn |= theirs_drawn.result()
        finally:
            left.clear()  # nobody begins another figure once one has failed
    drawn |= _draw_those(lost.pop, _draw)
    for number in range(len(plans)):
        yield drawn[number]


def _taken_over(plans: Iterable[_Plan], kept: KeptFigures) -> dict[int, Drawing]:
    """Return the drawings that need not be made again, by their place on the page."""
    taken = {}
    for number, plan in enumerate(plans):
        key = key_of(plan.name, plan.figure, plan.with_figure)
        if (pictures := kept.find(plan.name, key)) is not None:
            taken[number] = _finished(plan, *pictures, key)
    return taken


def _have_drawn(
    left: deque[tuple[int, _Plan]], helpers: Executor, lost: deque[tuple[int, _Plan]]
) -> dict[int, Drawing]:
    """Have helpers draw until nothing is left; what a helper was to draw that could not start, or died, is ``lost``."""
    drawn: dict[int, Drawing] = {}
    while left:
        try:
            number, plan = left.popleft()
        except IndexError:
            break
        try:
            drawn[number] = helpers.submit(_draw, plan).result()
        except (BrokenExecutor, OSError):
            lost.append((number, plan))
            break
    return drawn


def _draw_those(following: Callable[[], tuple[int, _Plan]], draw: Callable[[_Plan], Drawing]) -> dict[int, Drawing]:
    """Draw one plan after the other until none is left."""
    drawn: dict[int, Drawing] = {}
    while True:
        try:
            number, plan = following()
        except IndexError:
            return drawn
        drawn[number] = draw(plan)


def _draw(plan: _Plan) -> Drawing:
    figure = plan.figure(**plan.with_figure)
    key = key_of(plan.name, plan.figure, plan.with_figure)
    return _finished(plan, svg(figure, plan.name), png(figure), key)


def _finished(plan: _Plan, svg: str, png: bytes, key: str) -> Drawing:
    return Drawing(
        section=plan.section,
        name=plan.name,
        caption=" ".join(part for part in (plan.caption(**plan.with_caption), plan.left_out) if part),
        alt=plan.alt,
        svg=svg,
        png=png,
        scenario=plan.scenario,
        notes=plan.notes,
        why=plan.why,
        key=key,
    )


def _plans(analysis: Analysis, context: Context) -> Iterator[_Plan]:
    for index, scenario in enumerate(analysis.scenarios[:MOST_SCENARIOS]):
        wanted = None if index == 0 else BRIEF
        yield from _of_scenario(analysis, context, scenario, wanted, suffix="" if index == 0 else f"-{_slug(scenario)}")
    yield from _decided(analysis, context)
    best_here = best_of(analysis, analysis.scenarios[0])
    agreements = analysis.primary == IN_FORCE
    # What these say of combinations they say of agreements in force.
    for name, figure, caption, given in designs(analysis, context, IN_FORCE, best_here) if agreements else ():
        yield _Plan("design", name, alternative(name), figure, given, caption, given)
    if len(analysis.scenarios) > 1 and context.grid is None and not context.ablation:
        title = dict(analysis.measures.select("measure", "title").iter_rows()).get(analysis.primary, "In force")
        best = {"estimates": analysis.estimates, "best": analysis.best, "measure": analysis.primary}
        side_by_side = evenly(analysis.scenarios)
        of_these = pl.col("scenario").is_in(side_by_side)
        shown = {**best, "estimates": analysis.estimates.filter(of_these), "best": analysis.best.filter(of_these)}
        shown |= {"title": title, **({} if agreements else {"shares": _in_shares(analysis)})}
        alt = alternative("scenarios" if agreements else "scenarios-by-measure")
        yield _Plan(
            "scenarios", "scenarios", alt, across_scenarios, shown, across_scenarios_caption, best,
            left_out=of_all(len(side_by_side), len(analysis.scenarios), "drawn"),
        )  # fmt: skip
    for number, story in enumerate(context.traces, start=1):
        yield _Plan(
            "timelines",
            f"timeline-{number}",
            alternative("timeline", story.trace.title),
            swimlane,
            {"trace": story.trace, "annotate": story.annotate, "sides": context.sides, "starts": context.starts},
            swimlane_caption,
            {"trace": story.trace},
            notes=tuple(narrative(story.trace, story.annotate, context.starts)),
            why=story.why,
        )
    if isinstance(context.validation, RecordComparison):
        v = context.validation
        names = ("record", "model", "distance", "record_name", "published")
        known = {name: getattr(v, name) for name in names}
        yield _Plan("validation", "validation", alternative("validation"), validation, known, validation_caption, known)
    if context.influences is not None and context.influences.marks:
        found = {"found": context.influences}
        alt = alternative("influences")
        yield _Plan("influences", "influences", alt, influence_table, found, influence_caption, found)
        if context.influences.endings:
            alt = alternative("ways-to-an-end")
            yield _Plan("influences", "ways-to-an-end", alt, ways_to_an_end, found, ends_caption, found)


def _decided(analysis: Analysis, context: Context) -> Iterator[_Plan]:
    """Plan what is drawn of the decision in the first scenario: the best, several aims, and fates."""
    scenario, baseline = analysis.scenarios[0], analysis.baseline
    about = f"scenario {scenario}" if len(analysis.scenarios) > 1 else ""
    if len(analysis.cadences) < 2:
        return
    shown = shown_cadences(analysis, scenario)
    several, left_out = pl.col("cadence").is_in(shown), _left_out(analysis, shown)
    if (found := context.best) is not None:
        given = {"found": found, "scenario": scenario}
        own = replace(found, against_best=found.against_best.filter(several), race=found.race.filter(several))
        yield _Plan(
            "best", "best", alternative("best", about), best, given | {"found": own}, best_caption, given,
            left_out=left_out,
        )  # fmt: skip
    if (weighed := context.aims) is not None:
        here = {"scenario": scenario, "baseline": baseline}
        weights = {"frame": weighed.table, "verdicts": weighed.verdicts, "scores": weighed.scores, **here}
        told = {**weights, "sensitivity": weighed.sensitivity}
        frames = {"frame": weighed.table, "verdicts": weighed.verdicts, "scores": weighed.scores}
        drawn = weights | {name: frame.filter(several) for name, frame in frames.items()}
        yield _Plan("aims", "aims", alternative("aims", about), aims, drawn, aims_caption, told, left_out=left_out)
    yield from _unknown(context)
    if (counted := context.fates) is not None:
        table = counted.counts.filter(pl.col("cadence") == counted.cadence)
        pair = {"baseline": baseline, "cadence": counted.cadence, "table": table}
        net = {"net": counted.tallies.row(by_predicate=pl.col("cadence") == counted.cadence, named=True)}
        yield _Plan("fates", "fates", alternative("fates", about), fates, pair, fates_caption, pair | net)
    if (explained := context.explained) is not None:
        one = {"found": explained.one}
        yield _Plan("explained", "explained", alternative("explained", about), divergence, one, divergence_caption, one)


def _unknown(context: Context) -> Iterator[_Plan]:
    """Plan what is drawn of what is not known."""
    if context.unknown is None:
        return
    found = {"found": context.unknown.found}
    evidence = {row.parameter: row.evidence for row in context.assumptions}
    yield _Plan("unknown", "worlds", alternative("worlds"), world_strip, found, world_strip_caption, found)
    yield _Plan(
        "unknown", "best-in-worlds", alternative("best-in-worlds"), best_shares, found, best_shares_caption, found
    )
    yield _Plan("unknown", "regret", alternative("regret"), regret_map, found, regret_map_caption, found)
    if (screened := context.unknown.sensitivity) is not None:
        looked = {"found": screened}
        yield _Plan("hangs-on", "tornado", alternative("tornado"), tornado, looked, tornado_caption, looked)
        yield _Plan("hangs-on", "flips", alternative("flips"), flip_ladder, looked, flip_ladder_caption, looked)
    yield _Plan("hangs-on", "drivers", alternative("drivers"), drivers, found, drivers_caption, found)
    worth = context.unknown.found.information.filter("stands_out", measure=context.unknown.found.measure)
    for kind in worth["kind"].unique(maintain_order=True):
        told = found | {"kind": kind}
        yield _Plan(
            "find-out", f"worth-knowing-{kind}", alternative("worth-knowing"), information_bars,
            told | {"evidence": evidence}, information_caption, told,
        )  # fmt: skip


def best_of(analysis: Analysis, scenario: str) -> str | None:
    """Return the best cadence of a scenario in the primary measure, if there are several and one leads alone."""
    if len(analysis.cadences) < 2:
        return None
    return winners(analysis.estimates, analysis.best, analysis.primary).get(scenario)


def brief_curves(analysis: Analysis, context: Context) -> list[Drawing]:
    """Draw the curves of a brief, of few enough cadences to be read; none where the page's own curves will do."""
    if len(analysis.cadences) <= _IN_BRIEF.most:
        return []
    plans = _of_scenario(analysis, context, analysis.scenarios[0], _CURVES, "-brief", _IN_BRIEF)
    return [_finished(plan, svg(plan.figure(**plan.with_figure), plan.name), b"", "") for plan in plans]


def _of_scenario(
    analysis: Analysis,
    context: Context,
    scenario: str,
    wanted: tuple[str, ...] | None,
    suffix: str,
    few: Few = _ON_PAGE,
) -> Iterator[_Plan]:
    a = analysis
    # The mark's key in a figure speaks of agreements in force.
    best = best_of(a, scenario) if a.primary == IN_FORCE else None
    here = {"scenario": scenario, "baseline": a.baseline}
    marked = {**here, "best": best}
    verified, of_sides = {"half_verified": True}, {"sides": context.sides}
    signs = (pl.col("scenario") == scenario) & (pl.col("measure") == "signed") & (pl.col("estimate") > 0)
    signing = {"signing": tuple(a.estimates.filter(signs)["cadence"].to_list())}
    with_signing, told_signing = marked | signing, here | signing
    counts, measures = {"counts": a.both_sign_counts}, {"measures": a.measures, "preferred": preferred(a)}
    plans: dict[str, tuple[pl.DataFrame, Callable[..., Figure], Callable[..., str], dict[str, Any], dict[str, Any]]] = {
        "in-force": (a.in_force, in_force, in_force_caption, marked, here),
        "in-force-verified": (a.in_force_verified, in_force, in_force_caption, marked | verified, here | verified),
        "since-signature": (a.since_signature, since_signature, since_signature_caption, with_signing, told_signing),
        "both-sign": (a.both_sign, both_sign, both_sign_caption, marked | counts, here | counts),
        "contrasts": (a.contrasts, contrasts, contrasts_caption, marked | measures, here | measures),
        "causes": (a.causes, causes, causes_caption, with_signing, here),
        "occupancy": (a.occupancy, occupancy, occupancy_caption, marked, here),
        "fans": (a.fans, fans, fans_caption, marked | of_sides, marked | of_sides),
    }
    shown = shown_cadences(a, scenario, few)
    if same_if_verified(a, scenario):
        del plans["in-force-verified"]
    for section, (frame, figure, caption, with_figure, with_caption) in plans.items():
        if section == "occupancy" and frame["state"].n_unique() < 2:
            continue  # where every timeline is in the one phase that there is
        if (wanted is None or section in wanted) and bool((frame["scenario"] == scenario).any()):
            given = {"frame": frame.filter(pl.col("scenario") == scenario)}
            drawn = {"frame": given["frame"].filter(pl.col("cadence").is_in(shown))}
            alt = alternative(section, f"scenario {scenario}" if len(a.scenarios) > 1 else "")
            name = section + suffix
            yield _Plan(
                section, name, alt, figure, drawn | with_figure, caption, given | with_caption, scenario,
                left_out=_left_out(a, shown, few),
            )  # fmt: skip


def shown_cadences(analysis: Analysis, scenario: str, few: Few = _ON_PAGE) -> tuple[str, ...]:
    """Return the cadences that are drawn, in order: all, or of many those that look best or worst, and the baseline."""
    if len(analysis.cadences) <= few.most:
        return analysis.cadences
    own = analysis.estimates.filter(scenario=scenario, measure=analysis.primary).sort("estimate", descending=True)
    ranked = own.drop_nulls("estimate")["cadence"].to_list()
    kept = {analysis.baseline, *ranked[: few.leading], *ranked[-few.last :]}
    return tuple(name for name in analysis.cadences if name in kept)


def _in_shares(analysis: Analysis) -> bool:
    return analysis.measures.filter(measure=analysis.primary)["unit"].to_list() == ["share"]


def preferred(analysis: Analysis) -> tuple[str, ...]:
    """Return the measures whose differences are drawn: the answer's first, then those that the model names."""
    if analysis.primary == IN_FORCE:
        return PREFERRED
    directed = analysis.measures.filter((pl.col("better") != "neither") & (pl.col("estimand") == ALL))
    return tuple(dict.fromkeys([analysis.primary, *directed["measure"].to_list()]))[:_MOST_MEASURES]


def _left_out(analysis: Analysis, shown: tuple[str, ...], few: Few = _ON_PAGE) -> str:
    if len(shown) == len(analysis.cadences):
        return ""
    first, last = ("with the most agreements in force", "with the fewest")
    if analysis.primary != IN_FORCE:
        first, last = ("that look best", "that look worst")
    return (
        f"Drawn are {len(shown)} of {len(analysis.cadences)} cadences: the {few.leading} {first}, "
        f"the {few.last} {last}, and the baseline. The tables hold all."
    )


def _slug(name: str) -> str:
    """Make a name fit for a file."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-").lower() or "scenario"
