"""A back-test, drawn: how each forecaster differs from the plain curve, and what was forecast against what happened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from matplotlib.lines import Line2D

from timeline.plots.style import ACCENT, DASHED, INK, MUTED, PALETTE, sheet, styled
from timeline.words import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MARKS = "osD^vP*X"


@styled
def score_gaps(scores: pl.DataFrame, reference: str) -> Figure:
    """Draw each forecaster's integrated score less that of the reference; left is better.

    Parameters
    ----------
    scores
        From `timeline.analysis.forecast_scores.score_table`.
    reference
        The forecaster at 0.
    """
    own = scores.filter(score="integrated").sort("value")
    names = own["forecaster"].to_list()
    page = sheet(1, columns=1, panel=max(0.28 * len(names), 0.8), left=2.4, right=0.7, top=0.5, bottom=0.6)
    (ax,) = page.axes
    page.title(f"Integrated Brier score, less that of {reference}")
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=DASHED)
    for y, row in enumerate(own.iter_rows(named=True)):
        sure = row["difference_high"] < 0 or row["difference_low"] > 0
        colour = ACCENT if sure else MUTED
        ax.plot([row["difference_low"], row["difference_high"]], [y, y], color=colour, linewidth=1.6)
        ax.plot(
            [row["difference"]], [y], "o", color=colour, markersize=4.5, markerfacecolor=colour if sure else "white"
        )
        ax.annotate(
            number(row["value"], 3), (1, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
            textcoords="offset points", va="center", size=7,
        )  # fmt: skip
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    ax.set_xlabel("left of the line is better; 95% by resampling processes; at the right the score itself", size=7.5)
    return page.figure


@styled
def forecast_and_seen(calibration: pl.DataFrame) -> Figure:
    """Draw what was forecast against what happened, a panel a day."""
    days = calibration["day"].unique(maintain_order=True).to_list()
    names = calibration["forecaster"].unique(maintain_order=True).to_list()
    lines = -(-len(names) // 3)
    page = sheet(
        len(days), columns=len(days), panel=2.0, left=0.6, right=0.2, top=0.5 + 0.2 * lines, bottom=0.6, across=0.3
    )
    page.title("What was forecast, and what happened")
    marks = {name: (PALETTE[k % len(PALETTE)], _MARKS[k % len(_MARKS)]) for k, name in enumerate(names)}
    page.key(
        [Line2D([], [], color=c, marker=m, linestyle="", markersize=4, label=name) for name, (c, m) in marks.items()]
    )
    for ax, day in zip(page.axes, days, strict=True):
        ax.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle=DASHED)
        for row in calibration.filter(day=day).iter_rows(named=True):
            colour, mark = marks[row["forecaster"]]
            if row["low"] is not None:
                ax.plot([row["forecast"]] * 2, [row["low"], row["high"]], color=colour, linewidth=0.8)
            ax.plot([row["forecast"]], [row["observed"]], mark, color=colour, markersize=4)
        ax.set_xlim(0, 1)
        ax.set_ylim(0, 1)
        ax.set_title(f"kept for {day / 365.25:.0f} year{'s' if day > 400 else ''}", size=8, loc="left")
        ax.set_xlabel("forecast", size=7.5)
    page.axes[0].set_ylabel("happened", size=7.5)
    return page.figure
