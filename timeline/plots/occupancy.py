"""Occupancy: how many timelines are in which phase or have ended how, over time."""

from __future__ import annotations

import math

import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from timeline.plots.curves import cadences_of, in_scenario
from timeline.plots.style import (
    ACCENT,
    INK,
    key_lines,
    marked,
    outer_labels_only,
    share_axis,
    sheet,
    star,
    styled,
    years_axis,
)
from timeline.words import YEAR, percent, readable, span

LOOKS = {
    "talks": ("#f2f0ea", ""),
    "accord": ("#c9dcea", ""),
    "signed": ("#7fb3d5", ""),
    "implementation": ("#2f7fb8", ""),
    "consolidated": ("#0b4f80", ""),
    "alliance": ("#0b4f80", "||||"),
    "lapsed": ("#d9c8a9", "----"),
    "abandoned": ("#d0d0d0", "////"),
    "collapsed": ("#d98c5f", "xxxx"),
    "war": ("#a63d2f", "++++"),
}
"""Fill and hatch of the states; light to dark as the agreement advances, hatched where it ended."""

SPARE = (("#b6c7a3", "||||"), ("#c3b1d0", "\\\\\\\\"), ("#a9cfc4", "--"), ("#e6c6d3", "----"))
POINTS = 61


@styled
def occupancy(frame: pl.DataFrame, *, scenario: str, baseline: str, best: str | None = None) -> Figure:
    """Draw stacked areas of the share of timelines in each state, a panel per cadence.

    Parameters
    ----------
    frame
        Columns scenario, cadence, day, state, share. States are stacked in the order in which
        they come, so that what is alive lies below what has ended.
    scenario, baseline, best
        Which scenario to draw; the cadences to mark.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = in_scenario(frame, scenario).fill_null(math.nan)
    names, states = cadences_of(rows), _stacked(rows)
    looks = _looks(states)
    columns = len(names) if len(names) <= 2 else 3 if len(names) <= 9 else 4
    lines = key_lines([*(readable(s) for s in states), *(str(h.get_label()) for h in star(best, names))])
    page = sheet(
        max(len(names), 1),
        columns=columns,
        panel=1.15 if len(names) > 2 else 2.3,
        top=0.68 + 0.17 * lines,
        left=0.5,
    )
    page.title("Where the timelines are: phase reached, or how they ended")
    patches = [
        Patch(
            facecolor=looks[s][0],
            hatch=looks[s][1],
            edgecolor="#555555",
            linewidth=0.4,
            label=readable(s),
        )
        for s in states
    ]
    page.key([*patches, *star(best, names)])
    page.foot("years since the start")
    for ax, name in zip(page.axes, names, strict=False):
        own = rows.filter(pl.col("cadence") == name)
        days, shares = _table(own, states)
        years = [d / YEAR for d in days]
        floor = [0.0] * len(days)
        for state in states:
            roof = [f + s for f, s in zip(floor, shares[state], strict=True)]
            color, hatch = looks[state]
            ax.fill_between(years, floor, roof, facecolor=color, hatch=hatch, edgecolor="#555555", linewidth=0.3)
            floor = roof
        ax.set_title(marked(name, baseline, best), color=ACCENT if name == best else INK, size=7.5)
        years_axis(ax, days[-1] if days else YEAR)
        share_axis(ax)
        ax.set_axisbelow(True)
    outer_labels_only(page.axes, columns)
    return page.figure


def occupancy_caption(frame: pl.DataFrame, *, scenario: str, baseline: str) -> str:
    """State where the baseline's timelines are at the end, in words."""
    rows = in_scenario(frame, scenario).fill_null(math.nan)
    own = rows.filter(pl.col("cadence") == baseline)
    name = baseline
    if not own.height:
        return "No timeline to count."
    last = max(own["day"].to_list())
    end = own.filter(pl.col("day") == last).sort("share", descending=True, maintain_order=True)
    parts = [f"{percent(r['share'])} {readable(r['state'])}" for r in end.iter_rows(named=True) if r["share"] >= 0.005]
    return (
        f"After {span(last)} under {name}, the baseline, the timelines are: {', '.join(parts)}. "
        "Read a panel from left to right: each vertical cut adds up to all timelines of that cadence. "
        "The areas carry Monte Carlo error like every share here; it is given in the tables."
    )


def _stacked(rows: pl.DataFrame) -> list[str]:
    """Order the states: the known ones as listed above, others where they come, behind."""
    found: list[str] = rows["state"].unique(maintain_order=True).to_list()
    known = [s for wanted in LOOKS for s in found if s.lower() == wanted]
    alive_first = ("consolidated", "alliance", "implementation", "signed", "accord", "talks")
    low = [s for wanted in alive_first for s in known if s.lower() == wanted]
    return low + [s for s in found if s not in known] + [s for s in known if s not in low]


def _looks(states: list[str]) -> dict[str, tuple[str, str]]:
    spare = iter(SPARE * (1 + len(states) // len(SPARE)))
    return {s: LOOKS.get(s.lower()) or next(spare) for s in states}


def _table(own: pl.DataFrame, states: list[str]) -> tuple[list[float], dict[str, list[float]]]:
    days = sorted(set(own["day"].to_list()))
    if len(days) > POINTS:
        days = [days[round(i * (len(days) - 1) / (POINTS - 1))] for i in range(POINTS)]
    shares = {}
    for state in states:
        at = dict(own.filter(pl.col("state") == state).select("day", "share").iter_rows())
        shares[state] = [at.get(day, 0.0) for day in days]
    return days, shares
