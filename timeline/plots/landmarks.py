"""Landmarks: whether an agreement survives a drill, by how things stood when it came."""

from __future__ import annotations

import math

import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from timeline.plots.style import ACCENT, INK, share_axis, sheet, styled
from timeline.words import counted, listing, percent, readable, span

NOT_CAUSAL = (
    "Agreements that differ on the day differ in other ways too: this shows how they fare, not what telling more "
    "would have done. Intervals are 95% Monte Carlo error."
)


@styled
def landmarks(frame: pl.DataFrame, *, field: str, after: float) -> Figure:
    """Draw the share of agreements kept, by group, with and without the drill; a panel for each drill.

    Parameters
    ----------
    frame
        Columns scenario, day, drilled, group, n, estimate, low, high; each scenario once with drilled true and once
        without, at the same landmark.
    field
        What the groups are of.
    after
        Days from the landmark on.

    Returns
    -------
    matplotlib.figure.Figure
    """
    scenarios = frame["scenario"].unique(maintain_order=True).to_list()
    groups = frame["group"].unique(maintain_order=True).to_list()
    page = sheet(len(scenarios), columns=3, panel=1.9, left=0.62, across=0.25, top=0.98, bottom=0.95)
    page.title(f"Kept {span(after)} after the drill, by what was {readable(field)} on its day")
    page.key(
        [
            Line2D([], [], color=INK, marker="o", linestyle=(0, (4, 1.8)), label="no drill"),
            Line2D([], [], color=ACCENT, marker="s", label="drill"),
        ]
    )
    for ax, scenario in zip(page.axes, scenarios, strict=True):
        for drilled, colour, marker, dash, shift in (
            (False, INK, "o", (0, (4, 1.8)), -0.06),
            (True, ACCENT, "s", "-", 0.06),
        ):
            own = frame.filter((pl.col("scenario") == scenario) & (pl.col("drilled") == drilled)).fill_null(math.nan)
            places = [groups.index(group) + shift for group in own["group"]]
            ax.plot(places, own["estimate"].to_list(), color=colour, marker=marker, markersize=4.5, linestyle=dash)
            ax.vlines(places, own["low"].to_list(), own["high"].to_list(), color=colour, linewidth=1.1)
        share_axis(ax)
        if ax is not page.axes[0]:
            ax.tick_params(left=False, labelleft=False)
        ax.set_xlim(-0.4, len(groups) - 0.6)
        ax.set_xticks(range(len(groups)), groups, rotation=30, ha="right")
        ax.set_title(
            f"{scenario}: {span(float(frame.filter(pl.col('scenario') == scenario)['day'][0]))} after signature"
        )
    return page.figure


def landmarks_caption(frame: pl.DataFrame, *, field: str, after: float) -> str:
    """State how far the drill lowers survival in the lowest and in the highest group that is large enough."""
    found = []
    for scenario in frame["scenario"].unique(maintain_order=True).to_list():
        own = frame.filter((pl.col("scenario") == scenario) & (pl.col("n") >= 30))
        both = [
            group
            for group in own["group"].unique(maintain_order=True).to_list()
            if own.filter(pl.col("group") == group).height == 2
        ]
        if not both:
            continue
        told = []
        for group in dict.fromkeys((both[0], both[-1])):
            rows = own.filter(pl.col("group") == group).sort("drilled")["estimate"].to_list()
            told.append(f"from {percent(rows[0], 0)} to {percent(rows[1], 0)} where {group} was {readable(field)}")
        found.append(f"{scenario}: {listing(told)}")
    total = int(frame["n"].sum())
    body = "; ".join(found) if found else "too few agreements to say"
    return (
        f"What the drill does to the share kept {span(after)} later, by what was {readable(field)} on its day, as a "
        f"share of the ladder. {body}. "
        f"{counted(total, 'agreement')} that stood on the day, under all cadences together. {NOT_CAUSAL}"
    )
