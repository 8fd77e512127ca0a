"""A case of history, drawn: its events as lanes over what the model simulates, and what became of it under others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from timeline.plots.style import ACCENT, INK, MUTED, PALE, PALETTE, WIDTH, Panels, share_axis, styled, years_axis
from timeline.study.case import FATES, KINDS, Dated
from timeline.words import YEAR, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LANE, _PANEL, _LEFT, _RIGHT, _TOP, _GAP, _BOTTOM = 0.26, 1.15, 1.15, 0.98, 0.78, 0.30, 0.42
_SIDES = {"a": ("^", PALETTE[0]), "b": ("v", PALETTE[3]), "": ("o", INK)}
#: Fills of what has become of all timelines, from the bottom; they differ in shade, not in colour alone.
_FILLS = {"in force": PALETTE[0], "talking": "#ffffff", "ended unsigned": PALE, "failed": "#9a9a9a"}


@styled
def history_over_bands(
    events: Sequence[Dated],
    bands: pl.DataFrame,
    shares: pl.DataFrame,
    *,
    starts: date,
    sides: tuple[str, str],
    until: float,
) -> Figure:
    """Draw history's events as lanes, over the bands in which simulated timelines reach the same milestones.

    Parameters
    ----------
    events
        What happened.
    bands
        A row a milestone: ``lane`` (a kind of event), ``r10`` to ``r90`` (days, of those that reach it), ``reached``.
    shares
        ``day``, and the shares of timelines that are talking, in force, failed, ended unsigned; up to the horizon.
    starts
        The date of day 0.
    sides
        Their names.
    until
        The day up to which history is taken as known.
    """
    happened = {event.what for event in events} | set(bands["lane"].to_list())
    lanes = [kind for kind in KINDS if kind in happened]
    horizon = float(shares["day"].to_numpy()[-1])
    page, (ax, below) = _page(len(lanes))
    page.title("History over simulated timelines")
    page.key(_key(events, sides))
    for row in bands.iter_rows(named=True):
        _band(ax, lanes.index(row["lane"]), row)
    for number, event in enumerate(events, start=1):
        _event(ax, lanes.index(event.what), number, event)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    ax.set_yticks(range(len(lanes)), lanes, size=7.5)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    _fill(below, shares)
    for one in (ax, below):
        years_axis(one, horizon, wide=True, starts=starts)
        one.axvline(until / YEAR, color=INK, linewidth=0.8, linestyle=":")
    ax.tick_params(labelbottom=False)
    return page.figure


def _page(lanes: int) -> tuple[Panels, tuple[Axes, Axes]]:
    from matplotlib.figure import Figure

    tall = _LANE * lanes
    height = _TOP + tall + _GAP + _PANEL + _BOTTOM
    figure = Figure(figsize=(WIDTH, height))
    wide = 1 - (_LEFT + _RIGHT) / WIDTH
    above = figure.add_axes((_LEFT / WIDTH, 1 - (_TOP + tall) / height, wide, tall / height))
    below = figure.add_axes((_LEFT / WIDTH, _BOTTOM / height, wide, _PANEL / height))
    return Panels(figure, (above, below), height, _LEFT, _TOP), (above, below)


def _key(events: Sequence[Dated], sides: tuple[str, str]) -> list[Line2D | Patch]:
    names = {"a": sides[0], "b": sides[1], "": "history"}
    used = [side for side in ("", "a", "b") if any(event.side == side for event in events)]
    marks: list[Line2D | Patch] = [
        Line2D([], [], linestyle="", marker=_SIDES[side][0], color=_SIDES[side][1], markersize=5, label=names[side])
        for side in used
    ]
    bands: list[Line2D | Patch] = [
        Patch(facecolor=PALE, label="8 of 10 timelines that reach it"),
        Patch(facecolor="#bcd6e6", label="half of them"),
        Line2D([], [], color=ACCENT, marker="|", linestyle="", markersize=9, label="the middle one"),
    ]
    return [*marks, *bands]


def _band(ax: Axes, lane: int, row: dict[str, float]) -> None:
    if row["reached"] > 0:
        for low, high, colour in (("r10", "r90", PALE), ("r25", "r75", "#bcd6e6")):
            begin, end = (row[edge] / YEAR for edge in (low, high))
            ax.barh(lane, end - begin, left=begin, height=0.72, color=colour, linewidth=0, zorder=1)
        ax.plot([row["r50"] / YEAR], [lane], "|", color=ACCENT, markersize=12, markeredgewidth=1.6, zorder=2)
    ax.annotate(
        f"{percent(row['reached'], 0)} ever", xy=(1.01, lane), xycoords=("axes fraction", "data"), size=6.5,
        color=MUTED, va="center", annotation_clip=False,
    )  # fmt: skip


def _event(ax: Axes, lane: int, number: int, event: Dated) -> None:
    marker, colour = _SIDES[event.side]
    begin, end = event.earliest / YEAR, event.latest / YEAR
    ax.plot([begin, end], [lane, lane], color=colour, linewidth=2.5, zorder=3)
    ax.plot([(begin + end) / 2], [lane], marker, color=colour, markersize=5, zorder=4, clip_on=False)
    # Neighbours in time keep apart by turns, above and below.
    ax.annotate(
        str(number), xy=((begin + end) / 2, lane), xytext=(3, 4 if number % 2 else -9), textcoords="offset points",
        size=6, zorder=5, annotation_clip=False,
    )  # fmt: skip


def _fill(ax: Axes, shares: pl.DataFrame) -> None:
    days, floor = shares["day"].to_numpy() / YEAR, np.zeros(shares.height)
    last = -1.0
    for name, colour in _FILLS.items():
        top = floor + shares[name].to_numpy()
        ax.fill_between(days, floor, top, facecolor=colour, edgecolor=MUTED, linewidth=0.4)
        if top[-1] - floor[-1] > 0.03:
            last = max(last + 0.13, float(top[-1] + floor[-1]) / 2)
            ax.annotate(name, xy=(1.01, last), xycoords="axes fraction", size=6.5, va="center", annotation_clip=False)
        floor = top
    share_axis(ax)
    ax.grid(visible=False)
    ax.set_ylabel("of timelines", size=7.5)


def history_over_bands_caption(until: date) -> str:
    """State how the picture is read."""
    return (
        "Above, history's events, numbered as in the table; a bar is a date of which only bounds are known. Behind "
        "them, when simulated timelines under history's cadence reach the same milestone, of those that ever do; their "
        "share is at the right. Below, what has become of all simulated timelines by each day. The dotted line is "
        f"{until.day} {until:%B %Y}, up to when history is taken as known."
    )


@styled
def fates_beside(first: pl.DataFrame, given: pl.DataFrame, fate: str) -> Figure:
    """Draw how often each fate comes under each cadence: from the first day, and given history up to another.

    Parameters
    ----------
    first, given
        cadence, fate, estimate, low, high; ``given`` may be empty.
    fate
        History's.
    """
    from timeline.plots.style import sheet

    names = first["cadence"].unique(maintain_order=True).to_list()
    page = sheet(
        len(FATES), columns=4, panel=0.30 * len(names) + 0.2, left=1.75, right=0.25, top=0.85, bottom=0.4, across=0.34
    )
    page.title("What became of it, under each cadence")
    marks = [Line2D([], [], color=ACCENT, marker="o", markersize=4, label="from the first day")]
    if given.height:
        marks.append(
            Line2D([], [], color=PALETTE[3], marker="s", markersize=4, label="given history until the dotted line")
        )
    page.key(marks)
    for place, (ax, kind) in enumerate(zip(page.axes, FATES, strict=True)):
        for table, colour, marker, shift in ((first, ACCENT, "o", -0.13), (given, PALETTE[3], "s", 0.13)):
            rows = table.filter(pl.col("fate") == kind) if table.height else table
            own = {row["cadence"]: row for row in rows.iter_rows(named=True)}
            for y, name in enumerate(names):
                if name in own:
                    ax.plot([own[name]["low"], own[name]["high"]], [y + shift] * 2, color=colour, linewidth=1.2)
                    ax.plot([own[name]["estimate"]], [y + shift], marker, color=colour, markersize=4)
        ax.set_title(f"★ {kind}" if kind == fate else kind, weight="bold" if kind == fate else "normal")
        ax.set_xlim(0, 1)
        ax.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
        ax.set_ylim(len(names) - 0.5, -0.5)
        ax.set_yticks(range(len(names)), names if place == 0 else [""] * len(names))
        ax.grid(axis="x")
    return page.figure


def fates_beside_caption(given: pl.DataFrame) -> str:
    """State how the picture is read."""
    second = (
        "Squares go on from the states of those timelines that were as history was until then."
        if given.height
        else "Too few timelines were as history was to say how it might have gone on."
    )
    first = "★ what history is coded as; the first cadence is history's."
    return f"{first} {second} Lines are 95% intervals of Monte Carlo error alone."
