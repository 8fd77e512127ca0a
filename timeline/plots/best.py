"""The best: how far each cadence may be from the best of the others, and when it was out of the race."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from timeline.plots.choice import chosen, may_be_best
from timeline.plots.style import ACCENT, DASHED, INK, MUTED, WIDTH, empty, sheet, styled
from timeline.words import sentence

if TYPE_CHECKING:
    from timeline.analysis.best import Best

INTERVALS = (
    "The intervals hold for all cadences together (95% multiple comparisons with the best) and contain Monte Carlo "
    "error only: they shrink with more replications and say nothing of how unsure the assumptions are."
)

TWO_RULES = (
    "Two rules are shown: the intervals judge all replications at once, and the race, in the column at the right, "
    "while they are played, so it asks for more before a cadence is out."
)
NONE_LEADS = "all cadences are the same in every replication, so none is better than another"


@styled
def best(found: Best, *, scenario: str) -> Figure:
    """Draw every cadence's interval against the best of the others, the best on top.

    Parameters
    ----------
    found
        From `timeline.analysis.best.find_best`.
    scenario
        Which scenario to draw.

    Returns
    -------
    matplotlib.figure.Figure
        Filled circles are cadences that may be the best, hollow squares are not. If the race for the choice has put
        any out, a column beside them says after how many replications, and which rival was the first to beat each.
    """
    measure = found.measure
    higher = measure.better == "higher"
    rows = found.against_best.filter(pl.col("scenario") == scenario).fill_null(math.nan)
    placed = rows.filter(pl.col("difference").is_not_nan()).sort("difference", descending=higher, maintain_order=True)
    fates = _fates(found, scenario)
    panel = max(0.225 * placed.height, 0.6)
    page = sheet(1, columns=1, panel=panel, left=1.75, right=2.35 if fates else 0.3, top=0.98, bottom=0.66)
    ax = page.axes[0]
    page.title(f"{measure.title}: each cadence against the best of the others")
    if not placed.height or found.alike(scenario):
        ax.set_axis_off()
        empty(ax, NONE_LEADS if found.alike(scenario) else rows["note"][0] if rows.height else "no cadence")
        return page.figure
    page.key(
        [
            Line2D([], [], color=ACCENT, marker="o", markersize=5, label="may be the best"),
            Line2D([], [], color=MUTED, marker="s", markersize=4.5, markerfacecolor="white", label="is not the best"),
        ]
    )
    scale = 100.0 if measure.unit == "share" else 1.0
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=DASHED, zorder=1)
    for y, row in enumerate(placed.iter_rows(named=True)):
        may = bool(row["may_be_best"])
        colour = ACCENT if may else MUTED
        ax.plot([row["low"] * scale, row["high"] * scale], [y, y], color=colour, linewidth=1.4, zorder=2)
        ax.plot(
            [row["difference"] * scale],
            [y],
            marker="o" if may else "s",
            markersize=4.8 if may else 4.2,
            color=colour,
            zorder=3,
            linestyle="",
            markerfacecolor=colour if may else "white",
            markeredgewidth=1.1,
        )
        if row["cadence"] in fates:
            ax.annotate(
                fates[row["cadence"]],
                (1, y),
                xycoords=("axes fraction", "data"),
                xytext=(8, 0),
                textcoords="offset points",
                size=7,
                va="center",
                color=INK if may else MUTED,
                annotation_clip=False,
            )
    names = placed["cadence"].to_list()
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.margins(x=0.06)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+g}".replace("-", "−") if v else "0"))
    unit = {"share": "percentage points", "days": "days", "index": "index, 0 to 1"}.get(measure.unit, measure.unit)
    ax.set_xlabel(f"{unit}, less the best of the others\n{'better →' if higher else '← better'}", size=7.5)
    if fates:
        page.figure.text(
            1 - 2.35 / WIDTH + 8 / 72 / WIDTH,
            1 - 0.86 / page.height,
            "out of the race after (beaten by)",
            size=7.5,
            weight="bold",
        )
    return page.figure


def best_caption(found: Best, *, scenario: str) -> str:
    """State which cadences may be the best, what the one that looks best can cost, and which was chosen."""
    if found.alike(scenario):
        return " ".join(part for part in (f"{found.measure.title}: {NONE_LEADS}.", chosen(found, scenario)) if part)
    parts = (
        may_be_best(found, scenario),
        sentence(found.kept_in(scenario)),
        chosen(found, scenario),
        TWO_RULES if _fates(found, scenario) else "",
        INTERVALS,
    )
    return " ".join(part for part in parts if part)


def _fates(found: Best, scenario: str) -> dict[str, str]:
    """Say of each cadence whether it is still in the race, or after how many it was out; empty if all are in."""
    fates: dict[str, str] = {}
    if found.race.filter((pl.col("scenario") == scenario) & ~pl.col("retained")).is_empty():
        return fates
    decided = found.decisions.filter(pl.col("scenario") == scenario)["decided"].to_list() == [True]
    for row in found.race.filter(pl.col("scenario") == scenario).iter_rows(named=True):
        if row["retained"]:
            fates[row["cadence"]] = "chosen" if decided else "still in"
        else:
            fates[row["cadence"]] = f"{row['left_at']:,} ({row['beaten_by']})"
    return fates
