"""A calibration, drawn: how it fits, what it has learnt, and whether its draws mean what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from timeline.plots.style import ACCENT, DASHED, INK, MUTED, PALE, PALETTE, empty, sheet, styled
from timeline.words import counted, listing, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Assumptions of a figure; the table holds all.
MOST_ROWS = 20
_SHOWN = ("accepted_05", "accepted_50", "accepted_95", "default")


def _rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)


@styled
def target_fit(table: pl.DataFrame) -> Figure:
    """Draw how worlds as drawn and accepted ones lie to each band, on a scale on which every band is as wide.

    Parameters
    ----------
    table
        From `timeline.analysis.calibration.fit_table`.
    """
    names = [f"{row['target']}{' (left out)' if row['role'] != 'used' else ''}" for row in table.iter_rows(named=True)]
    page = sheet(1, columns=1, panel=max(0.3 * len(names), 0.8), left=2.4, right=0.3, top=0.82, bottom=0.6)
    (ax,) = page.axes
    page.title("What worlds show of each target, against its band")
    page.key(
        [
            Patch(facecolor=PALE, label="the band"),
            Line2D([], [], color=MUTED, marker="o", markersize=3, label="worlds as drawn"),
            Line2D([], [], color=ACCENT, marker="o", markersize=4, linewidth=2, label="accepted, by fresh luck"),
        ]
    )
    ax.axvspan(-1, 1, color=PALE, linewidth=0)
    for y, row in enumerate(table.iter_rows(named=True)):
        middle, half = (row["low"] + row["high"]) / 2, (row["high"] - row["low"]) / 2
        for kind, colour, shift, width in (("drawn", MUTED, -0.14, 1.0), ("accepted", ACCENT, 0.14, 2.0)):
            low, at, high = ((row[f"{kind}_{q}"] - middle) / half for q in ("05", "50", "95"))
            ax.plot([low, high], [y + shift] * 2, color=colour, linewidth=width)
            ax.plot([at], [y + shift], "o", color=colour, markersize=3 if kind == "drawn" else 4)
    _rows(ax, names)
    ax.set_xlim(-4, 4)
    ax.set_xticks([-1, 1], ["the band's low end", "its high end"])
    ax.set_xlabel("nine worlds of ten and the middle one; four half widths to either side are shown", size=7.5)
    return page.figure


def target_fit_caption(table: pl.DataFrame) -> str:
    """State which bands are met."""
    used, tested = table.filter(role="used"), table.filter(role="left out")
    poor = used.filter(pl.col("inside") < 0.5)
    met = (
        f"Of {counted(used.height, 'band')} by which worlds were chosen, {used.height - poor.height} hold most of the "
        "accepted worlds by luck that had no part in choosing them"
    )
    missed = f"; not so {listing(poor['target'].to_list())}" if poor.height else ""
    test = (
        " Left out, as a test: "
        + listing([f"{row['target']} ({percent(row['inside'], 0)} inside)" for row in tested.iter_rows(named=True)])
        + "."
        if tested.height
        else " No band was left out as a test."
    )
    return f"{met}{missed}.{test}"


@styled
def what_is_learnt(table: pl.DataFrame) -> Figure:
    """Draw what was drawn and what is accepted of each assumption, on a scale from the low to the high end drawn.

    Parameters
    ----------
    table
        The ``learnt`` of a `timeline.front.calibrating.Calibration`.
    """
    shown = table.filter(pl.col("statistic").is_not_null()).head(MOST_ROWS)
    page = sheet(1, columns=1, panel=max(0.26 * shown.height, 0.8), left=2.2, right=0.9, top=0.82, bottom=0.6)
    (ax,) = page.axes
    page.title("What the data say of each assumption")
    if not shown.height:
        ax.set_axis_off()
        empty(ax, "no assumption is drawn by a law")
        return page.figure
    page.key(
        [
            Line2D([], [], color=PALE, linewidth=5, label="as drawn"),
            Line2D([], [], color=ACCENT, marker="o", markersize=4, linewidth=2, label="accepted, more than chance"),
            Line2D([], [], color=MUTED, marker="o", markersize=4, linewidth=1, label="accepted, no more"),
            Line2D([], [], color=PALETTE[3], marker="|", linestyle="", markersize=9, label="the default"),
        ]
    )
    for y, row in enumerate(shown.iter_rows(named=True)):
        low, width = row["drawn_05"], row["drawn_95"] - row["drawn_05"]
        at = {name: (row[name] - low) / width if width else 0.5 for name in _SHOWN}
        colour, line = (ACCENT, 2.0) if row["learnt"] else (MUTED, 1.0)
        ax.plot([0, 1], [y, y], color=PALE, linewidth=5, solid_capstyle="butt")
        ax.plot([at["accepted_05"], at["accepted_95"]], [y, y], color=colour, linewidth=line)
        ax.plot([at["accepted_50"]], [y], "o", color=colour, markersize=4)
        ax.plot([at["default"]], [y], "|", color=PALETTE[3], markersize=9)
        told = f"{row['accepted_50']:.3g}".replace("-", "−")
        ax.annotate(
            told,
            (1, y),
            xycoords=("axes fraction", "data"),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            size=7,
        )
    _rows(ax, shown["path"].to_list())
    ax.set_xlim(-0.1, 1.1)
    ax.set_xticks([0, 1], ["low end drawn", "high end"])
    ax.set_xlabel("nine worlds of ten; at the right the middle of the accepted, in the assumption's unit", size=7.5)
    return page.figure


def what_is_learnt_caption(table: pl.DataFrame) -> str:
    """State of how many assumptions the data say something."""
    known = table.filter(pl.col("statistic").is_not_null())
    told = known.filter("learnt")["path"].to_list()
    nothing = known.height - len(told)
    said = f"The data say something of {listing(told[:4])}" if told else "The data say nothing of any assumption"
    more = " and of others" if len(told) > 4 else ""
    rest = f"; of {nothing} they say nothing that chance would not" if told and nothing else ""
    shown = f" The {MOST_ROWS} that differ most are drawn." if known.height > MOST_ROWS else ""
    return f"{said}{more}{rest}. Whatever is quoted of those rests on judgement, not on data.{shown}"


@styled
def rank_histograms(table: pl.DataFrame) -> Figure:
    """Draw how the ranks of true values are spread, a panel an assumption.

    Parameters
    ----------
    table
        From `timeline.analysis.rank_histogram.rank_table`.
    """
    names = table["driver"].unique(maintain_order=True).to_list()[:6]
    page = sheet(len(names), columns=3, panel=1.1, left=0.5, right=0.15, top=0.6, bottom=0.5, down=0.5)
    page.title("Ranks of true values among the draws")
    for ax, name in zip(page.axes, names, strict=True):
        own = table.filter(driver=name)
        ax.axhspan(own["low"][0], own["high"][0], color=PALE, linewidth=0)
        ax.bar(own["bin"], own["count"], width=0.9, color=ACCENT)
        ax.axhline(float(own["count"].sum()) / own.height, color=INK, linewidth=0.8, linestyle=DASHED)
        ax.set_title(name, size=7.5, loc="left")
        ax.set_xticks([])
    return page.figure


def rank_histograms_caption(table: pl.DataFrame) -> str:
    """State whether the ranks are even."""
    worlds = int(table.filter(driver=table["driver"][0])["count"].sum())
    least = table.group_by("driver", maintain_order=True).agg(pl.col("p_value").first())
    uneven = least.filter(pl.col("p_value") < 0.05 / least.height)["driver"].to_list()
    said = (
        f"Over {worlds} worlds whose truth was known, the ranks of {listing(uneven)} are not even"
        if uneven
        else f"Over {worlds} worlds whose truth was known, no assumption's ranks differ from even ones beyond chance"
    )
    return (
        f"{said} (chi-squared, all together at 5%). Even ranks are what draws of the posterior have; a hump says that "
        "they spread too far, as draws from wide bands do. The grey is where 99% of even bars lie."
    )
