"""What a sweep writes for people: tables, figures, and one page that holds everything it shows.

``sweep.html`` asks no network for anything, needs no script and carries no date: the same sweep makes the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.analysis.surface import Findings
from timeline.keeping.archive import Archive
from timeline.keeping.csv_files import csv_bytes
from timeline.pages.writing import fill, write_whole
from timeline.plots.surface import (
    amount,
    between,
    change,
    margins,
    margins_caption,
    surface,
    surface_caption,
)
from timeline.study.sweep_arms import short
from timeline.words import counted, listing, percent

if TYPE_CHECKING:
    from timeline.pages.drawing import Drawing

PAGE = "sweep.html"
_ALT = {
    "surface": "The measure over the keys that vary, with the region that cannot be told from the best; "
    "points.csv holds every point.",
    "margins": "For each key a curve of the mean difference from the baseline, with its band; margins.csv holds them.",
}


@dataclass(frozen=True)
class PointLine:
    """A row of the table of the best region, as text."""

    point: int
    values: tuple[str, ...]
    estimate: str
    difference: str
    interval: str
    fresh: str
    fresh_difference: str
    fresh_interval: str


def write_sweep(found: Findings, archive: Archive, command: str) -> Path:
    """Write tables, figures and the page beside a sweep's values; returns the page's path.

    Parameters
    ----------
    found
        With its fresh replications.
    archive
        The sweep's folder.
    command
        The line that makes it again.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    from timeline.pages.drawing import Drawing
    from timeline.plots.style import png, svg

    plans = [("surface", surface, surface_caption(found))]
    if len(found.plan.sweep.keys) > 1:
        plans.append(("margins", margins, margins_caption(found)))
    drawings: list[Drawing] = []
    files: dict[str, bytes] = {}
    for name, draw, caption in plans:
        figure = draw(found)
        drawing = Drawing(
            section=name,
            name=name,
            caption=caption,
            alt=_ALT[name],
            svg=svg(figure, f"sweep {name}"),
            png=png(figure),
        )
        files |= {f"figures/{name}.svg": drawing.svg.encode(), f"figures/{name}.png": drawing.png}
        drawings.append(drawing)
    for name, table in (("points", found.points), ("fresh", found.fresh), ("margins", found.margins)):
        files[f"{name}.csv"] = csv_bytes(table)
    return write_whole(archive.folder, PAGE, render(found, drawings, command), files)


def render(found: Findings, drawings: Sequence[Drawing], command: str) -> str:
    """Return the page as text."""
    experiment, sweep = found.plan.experiment, found.plan.sweep
    return fill(
        "sweep.html.j2",
        title=experiment.title,
        question=experiment.question,
        answer=answer(found),
        afresh=afresh(found),
        region=region(found),
        warnings=experiment.warnings,
        drawings=drawings,
        heads={"surface": "The surface", "margins": "Each key, the others averaged"},
        names=[short(key.name) for key in sweep.keys],
        keys=[(key.name, _range(found, number), key.leaf.meaning) for number, key in enumerate(sweep.keys)],
        rows=rows(found),
        method=method(found),
        setting=setting(found),
        command=command,
    )


def answer(found: Findings) -> str:
    """Say in words where the measure is best, and how far that can be told."""
    plan, baseline = found.plan, found.plan.experiment.baseline
    many = counted(len(plan.places), "point")
    if len(found.idle) == len(plan.sweep.keys):
        names = listing([f"“{short(name)}”" for name in found.idle])
        which = "changes" if len(found.idle) == 1 else "change"
        points = "Both points" if len(plan.places) == 2 else f"All {many}"
        return (
            f"{points} are the same in every replication: {names} {which} nothing. Is a mechanism switched off, or "
            f"does nothing in the model read the key where {plan.sweep.cadence} is played?"
        )
    best = found.points.row(found.best, named=True)
    against = "the baseline in the same world" if plan.worlds_differ else baseline
    rival = against
    if plan.itself:
        rival, against = f"{baseline} there", f"{baseline} in the world of the config"
    tied = int(found.tied.sum())
    if tied == len(plan.places):
        others = "the other point cannot" if tied == 2 else f"none of the other {tied - 1:,} points can"
        told = f"But {others} be told from it with {plan.sweep.replications:,} replications each."
    elif tied == 1:
        told = f"It can be told from all others of the {many}."
    else:
        told = f"{counted(tied - 1, 'other point')} of {len(plan.places):,} cannot be told from it."
    certain = "" if best["differs_from_baseline"] else f", which cannot be told from {rival}"
    said = (
        f"{plan.measure.title}: {plan.said(found.best)} looks best, with {amount(found, best['estimate'])}, "
        f"{change(found, best['difference'])} from {against}{certain}. {told}"
    )
    if found.idle:
        said += f" {listing([f'“{short(name)}”' for name in found.idle])} alone changes nothing."
    return said


def afresh(found: Findings) -> str:
    """Say what the best point is worth in replications in which it was not chosen; empty if all are the same."""
    if found.fresh.is_empty() or len(found.idle) == len(found.plan.sweep.keys):
        return ""
    row, before = found.fresh.row(0, named=True), found.points.row(found.best, named=True)
    by = row["difference"] - before["difference"]
    less = "more" if by > 0 else "less"
    return (
        f"What looks best of many has often been lucky. In {found.plan.sweep.fresh:,} replications that had no part in "
        f"the choice (numbers {_fresh_numbers(found)}) it differs from the baseline by "
        f"{change(found, row['difference'])} (95%: {between(found, row['low'], row['high'])}), "
        f"{change(found, abs(by), sign=False)} {less} than it looked. "
        "This is the figure to quote."
    )


def region(found: Findings) -> str:
    """Say between which values of each key the points lie that cannot be told from the best."""
    plan = found.plan
    tied = [place for place, flag in zip(plan.places, found.tied, strict=True) if flag]
    parts = []
    for axis, key in enumerate(plan.sweep.keys):
        values = [place[axis] for place in tied]
        name = short(key.name)
        if key.values:
            kept = [key.labels[number] for number, value in enumerate(key.values) if value in values]
            everything = len(kept) == len(key.values)
            parts.append(f"{name}: {'every value' if everything else listing(kept)}")
        else:
            low, high = (key.said(end) for end in (min(values, key=float), max(values, key=float)))
            parts.append(f"{name}: {low}" if low == high else f"{name}: {low} to {high}")
    inside = sum(
        all(
            (v in {t[axis] for t in tied}) if key.values else
            min(float(t[axis]) for t in tied) <= float(v) <= max(float(t[axis]) for t in tied)
            for axis, (key, v) in enumerate(zip(plan.sweep.keys, place, strict=True))
        )
        for place in plan.places
    ) if len(plan.places) <= 2_000 else 0  # fmt: skip
    others = (
        f"; {counted(inside - len(tied), 'other point')} inside these limits can be told from it"
        if inside > len(tied)
        else ""
    )
    share = percent(len(tied) / len(plan.places), 0)
    return f"The region ({counted(len(tied), 'point')}, {share} of all): {'; '.join(parts)}{others}."


def rows(found: Findings) -> list[PointLine]:
    """Return the table of the points that were played afresh."""
    made = []
    for fresh in found.fresh.iter_rows(named=True):
        first = found.points.row(fresh["point"] - 1, named=True)
        place = found.plan.places[fresh["point"] - 1]
        made.append(
            PointLine(
                point=fresh["point"],
                values=tuple(key.said(value) for key, value in zip(found.plan.sweep.keys, place, strict=True)),
                estimate=amount(found, first["estimate"]),
                difference=change(found, first["difference"]),
                interval=between(found, first["low"], first["high"]),
                fresh=amount(found, fresh["estimate"]),
                fresh_difference=change(found, fresh["difference"]),
                fresh_interval=between(found, fresh["low"], fresh["high"]),
            )
        )
    return made


def method(found: Findings) -> list[str]:
    """Say how it was done, a sentence or two a paragraph."""
    plan, sweep = found.plan, found.plan.sweep
    base = plan.experiment.baseline
    if sweep.design == "grid":
        laid = f"{counted(len(plan.places), 'point')} are all combinations of the values."
    else:
        laid = (
            f"{counted(len(plan.places), 'point')} are a scrambled Sobol sequence (scipy.stats.qmc, seed "
            f"{plan.experiment.seed}), each value rounded to six digits."
        )
    if plan.worlds_differ:
        compared = f"A point is compared with {base} in the point's own world."
    elif plan.itself:
        compared = f"The baseline is {base} in the world of the config."
    else:
        compared = f"A point is compared with {base}."
    paragraphs = [
        f"{laid} Each plays the same {sweep.replications:,} replications with the same luck, and so does the baseline, "
        f"so that differences are paired. {compared}",
        "Intervals of the differences from the baseline hold for all points at once (critical value "
        f"{found.against_baseline:.2f}), and so does the region that cannot be told from the best "
        f"({found.against_best:.2f}): Gaussian multiplier bootstrap of the replications' influences "
        "(Chernozhukov, Chetverikov and Kato 2013), at most Sidak's bound. Each interval allows for two further "
        "replications, one each way, that differ by as much as can be (after Bonett and Price 2012).",
        f"Fresh figures come from replications {_fresh_numbers(found)}, played for "
        f"{counted(found.fresh.height, 'point')} of the region only; their intervals are 95% each.",
    ]
    if sweep.design == "sobol" and len(sweep.keys) > 1:
        paragraphs.append(
            "The surface between the points is a thin-plate spline (scipy's RBFInterpolator) with the smoothing that "
            "tells points left out best; the outline is where the smoothed distance from the best, in critical "
            "distances, is one. Both describe: the table of points is what was measured. Points that lie close "
            "together share much of their luck, so that a ridge may be luck that they share; the intervals allow for "
            "that, the shape does not."
        )
    return paragraphs


def setting(found: Findings) -> str:
    """Say in which world, over which cadence."""
    plan = found.plan
    own = "" if math.isnan(found.baseline) else f", {amount(found, found.baseline)}"
    return (
        f"Model: {plan.experiment.model_name}. Scenario: {plan.sweep.scenario}. Cadence: {plan.sweep.cadence}. "
        f"Baseline: {plan.experiment.baseline}{own}. Measure: {plan.measure.title.lower()} ({plan.measure.estimand})."
    )


def _fresh_numbers(found: Findings) -> str:
    sweep = found.plan.sweep
    return f"{sweep.replications:,} to {sweep.replications + sweep.fresh - 1:,}"


def _range(found: Findings, number: int) -> str:
    key = found.plan.sweep.keys[number]
    if key.values:
        labels = [str(label) for label in key.labels]
        return ", ".join(labels) if len(labels) <= 8 else f"{labels[0]} to {labels[-1]}, {len(labels)} values"
    return f"{key.said(key.low)} to {key.said(key.high)}{', equal ratios equally far' if key.log else ''}"
