"""What a difference hangs on, drawn: a tornado, and the ladder along which another cadence would become the best."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from scipy.special import ndtri

from timeline.plots.style import ACCENT, DASHED, INK, PALE, PALETTE, sheet, styled
from timeline.words import listing, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.figure import Figure

    from timeline.analysis.ignorance.hanging import Sensitivity

#: Rungs of a ladder.
_RUNGS = 5
_HOLLOW = "hollow: luck could do it"
#: Luck alone makes as much in one look of twenty.
_BY_CHANCE = 0.05


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
            Line2D(
                [],
                [],
                color=INK,
                linestyle="",
                marker="o",
                markersize=4.5,
                markerfacecolor="white",
                label="hollow: luck could do it",
            ),
        ]
    )
    scale = 100.0 if found.unit == "share" else 1.0
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=DASHED)
    for y, row in enumerate(found.tornado.iter_rows(named=True)):
        ax.plot([row["at_low"] * scale, row["at_high"] * scale], [y, y], color=INK, linewidth=1.2, zorder=1)
        sure = _sure(row, len(names))
        for mark, end, colour in (("o", "at_low", ACCENT), ("s", "at_high", PALETTE[3])):
            face = colour if sure else "white"
            ax.plot([row[end] * scale], [y], mark, color=colour, markersize=4.5, markerfacecolor=face, zorder=2)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("percentage points" if found.unit == "share" else found.unit, size=7.5)
    return page.figure


@styled
def flip_ladder(found: Sensitivity) -> Figure:
    """Draw which cadence leads at each rung of each assumption's range, all else as it is.

    Parameters
    ----------
    found
        What was found.
    """
    names = found.tornado["driver"].to_list()
    ahead = found.ladders.filter(pl.col("sure") & (pl.col("best") != found.cadence))["best"].unique(maintain_order=True)
    shades = {arm: PALETTE[1 + k % (len(PALETTE) - 1)] for k, arm in enumerate(ahead)}
    keys = [
        Patch(facecolor=ACCENT, label=f"{found.cadence} leads"),
        Patch(facecolor=PALE, label="another leads, by less than luck could do"),
        *(Patch(facecolor=shade, label=f"{arm}, beyond doubt") for arm, shade in shades.items()),
    ]
    lines = -(-len(keys) // 2)
    page = sheet(
        1, columns=1, panel=max(0.25 * len(names), 0.7), left=2.2, right=0.3, top=0.62 + 0.2 * lines, bottom=0.55
    )
    (ax,) = page.axes
    page.title(f"Is {found.cadence} still the best along each range, one assumption at a time?")
    page.key(keys)
    for y, name in enumerate(names):
        for x, row in enumerate(found.ladders.filter(driver=name).iter_rows(named=True)):
            own = row["best"] == found.cadence
            shade = ACCENT if own else shades[row["best"]] if row["sure"] else PALE
            ax.barh(y, 0.94, left=x + 0.03, height=0.72, color=shade, edgecolor="white")
            ink = "white" if own or row["sure"] else INK
            ax.annotate(_short(row["value"]), (x + 0.5, y), ha="center", va="center", size=6.5, color=ink)
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlim(0, _RUNGS)
    ax.set_xticks([0.5, _RUNGS / 2, _RUNGS - 0.5], ["low end", "middle", "high end"])
    ax.tick_params(length=0)
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)
    ax.grid(visible=False)
    ax.set_xlabel("along its plausible range; the numbers are its values", size=7.5)
    return page.figure


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def flip_ladder_caption(found: Sensitivity) -> str:
    """State whether one assumption alone makes another cadence the best."""
    return f"Is {found.cadence} still the best? {found.said}"


def tornado_caption(found: Sensitivity) -> str:
    """State which assumptions swing the difference more than luck could, and whether one turns the advice."""
    scale, unit = (100.0, " points") if found.unit == "share" else (1.0, "")
    off = number(found.tornado["se"].max() * scale, 1)  # type: ignore[operator, arg-type]
    sure = [
        f"{row['driver']} (by {number(abs(row['swing']) * scale, 1)}{unit})"
        for row in found.tornado.iter_rows(named=True)
        if _sure(row, found.tornado.height)
    ]
    of = f"the difference of {found.cadence} from {found.baseline}"
    told = f"Beyond luck {listing(sure)} swing {of}." if sure else f"None swings {of} more than luck could."
    return f"{told} A swing has a standard error of {off}{unit} at most. {found.said}"


def _sure(row: Mapping[str, Any], many: int) -> bool:
    """Say whether a swing is larger than luck makes any of so many, in one look of twenty."""
    return bool(abs(row["swing"]) > -ndtri(_BY_CHANCE / many / 2) * row["se"])
