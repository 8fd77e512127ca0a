"""What a difference hangs on, drawn: a tornado, and the ladder along which another cadence would become the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from timeline.analysis.ignorance.flips import FLIPS
from timeline.plots.style import ACCENT, DASHED, INK, PALETTE, sheet, styled
from timeline.words import listing, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.ignorance.hanging import Sensitivity

#: Rungs of a ladder.
_RUNGS = 5


@styled
def tornado(found: Sensitivity) -> Figure:
    """Draw the difference at either end of each assumption's range, the longest swing on top.

    Parameters
    ----------
    found
        What was found.
    """
    names = found.tornado["driver"].to_list()
    page = sheet(1, columns=1, panel=max(0.25 * len(names), 0.7), left=2.2, right=0.3, top=0.82, bottom=0.6)
    (ax,) = page.axes
    page.title(f"{found.measure}: {found.cadence} less {found.baseline}, one assumption at a time")
    page.key(
        [
            Line2D([], [], color=ACCENT, linestyle="", marker="o", markersize=4.5, label="at the low end of its range"),
            Line2D([], [], color=PALETTE[3], linestyle="", marker="s", markersize=4.5, label="at the high end"),
        ]
    )
    scale = 100.0 if found.unit == "share" else 1.0
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=DASHED)
    for y, row in enumerate(found.tornado.iter_rows(named=True)):
        ax.plot([row["at_low"] * scale, row["at_high"] * scale], [y, y], color=INK, linewidth=1.2, zorder=1)
        ax.plot([row["at_low"] * scale], [y], "o", color=ACCENT, markersize=4.5, zorder=2)
        ax.plot([row["at_high"] * scale], [y], "s", color=PALETTE[3], markersize=4.5, zorder=2)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("percentage points" if found.unit == "share" else found.unit, size=7.5)
    return page.figure


@styled
def flip_ladder(found: Sensitivity) -> Figure:
    """Draw which cadence leads at each rung of each assumption's range, all else as it is."""
    names = found.tornado["driver"].to_list()
    arms = [found.cadence, *found.ladders.filter(pl.col("best") != found.cadence)["best"].unique(maintain_order=True)]
    shades = {arm: PALETTE[k % len(PALETTE)] for k, arm in enumerate(arms)}
    lines = -(-len(arms) // 4)
    page = sheet(
        1, columns=1, panel=max(0.25 * len(names), 0.7), left=2.2, right=0.3, top=0.62 + 0.2 * lines, bottom=0.55
    )
    (ax,) = page.axes
    page.title("Which cadence leads along each range, one assumption at a time")
    page.key([Patch(facecolor=shade, label=arm) for arm, shade in shades.items()])
    verdicts = dict(found.flips.select("driver", "verdict").iter_rows())
    for y, name in enumerate(names):
        for x, row in enumerate(found.ladders.filter(driver=name).iter_rows(named=True)):
            sure = row["best"] == found.cadence or verdicts[name] == FLIPS
            hatch = None if sure else "////"
            ax.barh(y, 0.94, left=x + 0.03, height=0.72, color=shades[row["best"]], hatch=hatch, edgecolor="white")
            told = f"{row['value']:.3g}".replace("-", "−")
            ax.annotate(told, (x + 0.5, y), ha="center", va="center", size=6.5, color="white", weight="bold")
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, _RUNGS)
    ax.set_xticks([0.5, _RUNGS / 2, _RUNGS - 0.5], ["low end", "middle", "high end"])
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.grid(visible=False)
    ax.set_xlabel("along its plausible range", size=7.5)
    return page.figure


def flip_ladder_caption(found: Sensitivity) -> str:
    """State whether one assumption alone makes another cadence the best."""
    hatched = (
        " Where bars are hatched, another cadence leads by less than luck could do."
        if (found.flips["verdict"] != FLIPS).any() and (found.ladders["best"] != found.cadence).any()
        else ""
    )
    return f"Is {found.cadence} still the best? {found.said}{hatched} Numbers are the assumption's values."


def tornado_caption(found: Sensitivity) -> str:
    """State which assumptions swing the difference most, and whether one turns the advice."""
    rows = list(found.tornado.head(3).iter_rows(named=True))
    scale, unit = (100.0, " points") if found.unit == "share" else (1.0, "")
    told = [f"{row['driver']} (by {number(abs(row['swing']) * scale, 1)}{unit})" for row in rows]
    return f"{listing(told)} swing the difference of {found.cadence} from {found.baseline} most. {found.said}"
