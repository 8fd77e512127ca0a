"""What a difference hangs on, drawn: a tornado, and the ladder along which another cadence would become the best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.lines import Line2D

from timeline.plots.style import ACCENT, DASHED, INK, PALETTE, sheet, styled
from timeline.words import listing, number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.ignorance.hanging import Sensitivity


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


def tornado_caption(found: Sensitivity) -> str:
    """State which assumptions swing the difference most, and whether one turns the advice."""
    rows = list(found.tornado.head(3).iter_rows(named=True))
    scale, unit = (100.0, " points") if found.unit == "share" else (1.0, "")
    told = [f"{row['driver']} (by {number(abs(row['swing']) * scale, 1)}{unit})" for row in rows]
    return f"{listing(told)} swing the difference of {found.cadence} from {found.baseline} most. {found.said}"
