"""What is not known, drawn: differences over worlds, who is the best in how many, what to find out, what "
"it hangs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from timeline.plots.style import ACCENT, DASHED, INK, MUTED, PALE, PALETTE, empty, sheet, styled
from timeline.words import listing, number, percent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from timeline.analysis.ignorance.findings import WorldFindings

#: Points of a strip; more would be a smear.
_MOST_DOTS = 300
#: Bars of a figure; the table holds all.
MOST_BARS = 16
_LEFT = 1.75
_EVIDENCE = {"measured": "measured", "literature": "from the literature", "judgement": "judgement"}


def _scale(found: WorldFindings) -> float:
    return 100.0 if found.unit == "share" else 1.0


def _unit(found: WorldFindings) -> str:
    return {"share": "percentage points", "days": "days", "index": "index, 0 to 1"}.get(found.unit, found.unit)


def _ranked(found: WorldFindings) -> list[str]:
    """Return the cadences, the best over all worlds first; the baseline among them."""
    middle = found.quantiles.filter(measure=found.measure, of="difference", at=0.5)
    return middle.sort("quantile", descending=True)["arm"].to_list()


def _named_rows(ax: Axes, names: Sequence[str]) -> None:
    ax.set_yticks(range(len(names)), names)
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)


@styled
def world_strip(found: WorldFindings) -> Figure:
    """Draw each cadence's difference from the baseline in every world, and where nine worlds of ten lie.

    Parameters
    ----------
    found
        From `timeline.analysis.ignorance.findings.find`.
    """
    names = [name for name in _ranked(found) if name != found.baseline]
    page = sheet(1, columns=1, panel=max(0.26 * len(names), 0.7), left=_LEFT, right=0.3, top=0.82, bottom=0.62)
    (ax,) = page.axes
    page.title(f"{found.title}: each cadence against {found.baseline}, world by world")
    page.key(
        [
            Line2D(
                [], [], linestyle="", marker="o", markersize=3, color=MUTED, alpha=0.5, label="a world, luck included"
            ),
            Line2D([], [], color=ACCENT, linewidth=3, label="nine worlds of ten, luck taken out"),
            Line2D([], [], linestyle="", marker="|", markersize=10, color=INK, label="the middle world"),
        ]
    )
    scale, spread = _scale(found), np.random.default_rng(1)
    ax.axvline(0, color=INK, linewidth=0.8, linestyle=DASHED, zorder=1)
    for y, name in enumerate(names):
        own = found.differences.filter(arm=name)["difference"].to_numpy()[:_MOST_DOTS] * scale
        ax.plot(own, y + spread.uniform(-0.28, 0.28, len(own)), "o", color=MUTED, markersize=1.6, alpha=0.35, zorder=2)
        at = dict(
            found.quantiles.filter(measure=found.measure, of="difference", arm=name)
            .select("at", "quantile")
            .iter_rows()
        )
        ax.plot(
            [at[0.05] * scale, at[0.95] * scale], [y, y], color=ACCENT, linewidth=3, zorder=3, solid_capstyle="butt"
        )
        ax.plot([at[0.5] * scale], [y], marker="|", color=INK, markersize=11, zorder=4)
    _named_rows(ax, names)
    shown = found.differences.filter(pl.col("arm").is_in(names))["difference"].to_numpy() * scale
    if len(shown):
        low, high = np.quantile(shown, [0.005, 0.995])
        room = 0.06 * max(high - low, 1e-9)
        ax.set_xlim(min(low, 0.0) - room, max(high, 0.0) + room)
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:+g}".replace("-", "−") if v else "0"))
    ax.set_xlabel(f"{_unit(found)}, less {found.baseline}", size=7.5)
    return page.figure


def world_strip_caption(found: WorldFindings) -> str:
    """State how far ignorance moves the differences."""
    own = found.quantiles.filter(measure=found.measure, of="difference", arm=found.rival)
    at = dict(own.select("at", "quantile").iter_rows())
    ahead = found.best.filter(measure=found.measure, arm=found.rival)["ahead"][0]
    return (
        f"{found.rival} against {found.baseline}: {_amount(found, at[0.5])} in the middle world, "
        f"{_amount(found, at[0.05])} to {_amount(found, at[0.95])} in nine "
        f"worlds of ten; ahead by more than {_margin(found)} in {percent(ahead, 0)} of the worlds. A world "
        f"is one draw of all "
        f"assumptions; {found.worlds:,} were played, {found.replications:,} timelines of each under each "
        f"cadence. The bars are what is "
        "not known, with the luck of so few timelines taken out; the dots still hold it."
    )


def _amount(found: WorldFindings, value: float, decimals: int = 2) -> str:
    """Write an amount of the measure, points where it is a share."""
    return f"{number(100 * value, decimals)} points" if found.unit == "share" else number(value, 3)


def _margin(found: WorldFindings) -> str:
    return f"{number(100 * found.margin, 1)} points" if found.unit == "share" else number(found.margin, 3)


@styled
def best_shares(found: WorldFindings) -> Figure:
    """Draw in how many worlds each cadence is the best, or within the margin of it, and what choosing it costs."""
    table = found.best.filter(measure=found.measure)
    names = table.sort("within", "best", descending=True)["arm"].to_list()
    page = sheet(
        2, columns=2, panel=max(0.24 * len(names), 0.7), left=_LEFT, right=0.25, top=0.98, bottom=0.6, across=0.3
    )
    left, right = page.axes
    page.title(f"{found.title}: which cadence is the best, world by world")
    page.key(
        [
            Patch(facecolor=ACCENT, label="the best"),
            Patch(facecolor=PALE, label=f"within {_margin(found)} of the best"),
            Line2D([], [], linestyle="", marker="o", color=INK, markersize=4, label="mean regret"),
            Line2D(
                [],
                [],
                linestyle="",
                marker="|",
                color=PALETTE[3],
                markersize=9,
                label="regret in the worst world of twenty",
            ),
        ]
    )
    rows = {row["arm"]: row for row in table.iter_rows(named=True)}
    for y, name in enumerate(names):
        left.barh(y, rows[name]["within"], color=PALE, height=0.7)
        left.barh(y, rows[name]["best"], color=ACCENT, height=0.38)
        right.plot([rows[name]["regret"] * _scale(found)], [y], "o", color=INK, markersize=4)
        right.plot([rows[name]["far"] * _scale(found)], [y], "|", color=PALETTE[3], markersize=9)
    _named_rows(left, names)
    _named_rows(right, names)
    right.tick_params(labelleft=False)
    left.set_xlim(0, 1)
    left.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:g}%"))
    left.set_xlabel("of the worlds", size=7.5)
    right.set_xlim(left=0)
    right.xaxis.set_major_locator(MaxNLocator(5))
    right.set_xlabel(f"{_unit(found)} behind the best of its world", size=7.5)
    return page.figure


def best_shares_caption(found: WorldFindings) -> str:
    """State which cadence is the best most often, and which costs least where it is not."""
    table = found.best.filter(measure=found.measure)
    often = table.sort("best", descending=True).row(0, named=True)
    safe = table.sort("regret").row(0, named=True)
    most = f"{often['arm']} is the best in {percent(often['best'], 0)} of the worlds, more often than any other"
    least = (
        f"choosing {safe['arm']} for all of them costs {_amount(found, safe['regret'])} on average against knowing "
        f"the world, {_amount(found, safe['far'])} "
        "in the worst of twenty"
    )
    return (
        f"{most}; {least}. Luck is taken out before a world's best is named, for the largest of several is partly luck."
    )


@styled
def regret_map(found: WorldFindings) -> Figure:
    """Draw what each cadence costs in each world: a row a cadence, a column a world."""
    table = found.differences.pivot(on="arm", index="world", values="difference").sort(found.rival)
    names = found.best.filter(measure=found.measure).sort("regret")["arm"].to_list()
    values = table.select(names).to_numpy().T * _scale(found)
    values = values[:, np.linspace(0, values.shape[1] - 1, min(values.shape[1], _MOST_DOTS)).round().astype(int)]
    regret = values.max(axis=0) - values
    page = sheet(1, columns=1, panel=max(0.2 * len(names), 0.7), left=_LEFT, right=0.95, top=0.5, bottom=0.5)
    (ax,) = page.axes
    page.title(f"{found.title}: how far each cadence stays behind the best of its world")
    most = max(float(np.quantile(regret, 0.95)), 1e-9)
    image = ax.imshow(regret, cmap="cividis_r", vmin=0, vmax=most, aspect="auto", interpolation="nearest")
    _named_rows(ax, names)
    ax.grid(visible=False)
    ax.set_xticks([])
    ax.set_xlabel(f"worlds, from those in which {found.rival} gains least to those in which it gains most", size=7.5)
    bar = page.figure.colorbar(image, ax=ax, fraction=0.03, pad=0.02, extend="max")
    bar.set_label(_unit(found), size=7)
    bar.ax.tick_params(labelsize=6.5)
    bar.outline.set_visible(False)
    return page.figure


def regret_map_caption(found: WorldFindings) -> str:
    """State what choosing the advice costs at worst."""
    row = found.best.filter(measure=found.measure, arm=found.advice).row(0, named=True)
    return (
        f"Choosing {found.advice} stays {_amount(found, row['regret'])} behind the best of its world on average, "
        f"{_amount(found, row['far'])} in the worst world of twenty and {_amount(found, row['worst'])} in the worst. "
        "Those numbers have the luck taken out; the colours hold it, so that they look darker than the truth."
    )


@styled
def information_bars(found: WorldFindings, evidence: Mapping[str, str], kind: str) -> Figure:
    """Draw what it would be worth to know each assumption, or each mechanism's assumptions together."""
    table = found.information.filter(measure=found.measure, kind=kind).sort("value", descending=True).head(MOST_BARS)
    names = table["name"].to_list()
    page = sheet(1, columns=1, panel=max(0.235 * len(names), 0.7), left=2.2, right=1.15, top=0.82, bottom=0.6)
    (ax,) = page.axes
    page.title(f"What knowing one {'assumption' if kind == 'assumption' else 'mechanism'} would be worth")
    page.key(
        [
            Patch(facecolor=ACCENT, label="stands out from chance"),
            Patch(facecolor=PALE, label="does not"),
            Line2D([], [], color=PALETTE[3], linestyle=DASHED, label="what one in twenty reaches by chance"),
        ]
    )
    scale = _scale(found)
    for y, row in enumerate(table.iter_rows(named=True)):
        ax.barh(y, row["value"] * scale, color=ACCENT if row["stands_out"] else PALE, height=0.62)
        ax.plot(
            [(row["value"] - 2 * row["se"]) * scale, (row["value"] + 2 * row["se"]) * scale],
            [y, y],
            color=INK,
            linewidth=0.9,
        )
        label = _EVIDENCE.get(evidence.get(row["name"], ""), "")
        ax.annotate(
            label,
            (1, y),
            xycoords=("axes fraction", "data"),
            xytext=(3, 0),
            textcoords="offset points",
            va="center",
            size=6.5,
            color=MUTED,
        )
    ax.axvline(table["floor"][0] * scale, color=PALETTE[3], linestyle=DASHED, linewidth=0.9)
    _named_rows(ax, names)
    ax.set_xlim(left=0)
    ax.set_xlabel(f"{_unit(found)} gained on average by choosing the cadence to fit", size=7.5)
    return page.figure


def _ranking(found: WorldFindings) -> str:
    said = found.ranking.replace("the drivers", "the assumptions")
    return f"{said[0].upper()}{said[1:]}."


def information_caption(found: WorldFindings, kind: str) -> str:
    """State what would be worth finding out, or that nothing stands above chance."""
    table = found.information.filter(measure=found.measure, kind=kind, stands_out=True).sort("value", descending=True)
    whole = (
        f"Knowing everything would be worth {_amount(found, found.perfect[0])} ({_amount(found, found.perfect[1])} to "
        f"{_amount(found, found.perfect[2])})."
    )
    if table.is_empty():
        return (
            f"Over {found.worlds:,} worlds no single {kind} is worth more than chance alone would show of so many. "
            f"{whole} {_ranking(found)}"
        )
    best = [f"{row['name']} ({_amount(found, row['value'])})" for row in table.head(3).iter_rows(named=True)]
    return (
        f"Worth most: {listing(best)}. {whole} By regression over {found.worlds:,} worlds (Strong, Oakley "
        f"& Brennan 2014); lines are two "
        f"standard errors. {_ranking(found)}"
    )


@styled
def drivers(found: WorldFindings) -> Figure:
    """Draw how much each assumption moves the difference, by the distance of distributions."""
    table = found.drivers.head(MOST_BARS)
    names = table["driver"].to_list() if "driver" in table.columns else []
    page = sheet(1, columns=1, panel=max(0.235 * len(names), 0.7), left=2.2, right=0.3, top=0.82, bottom=0.6)
    (ax,) = page.axes
    page.title(f"What {found.rival} against {found.baseline} hangs on")
    if not names:
        ax.set_axis_off()
        empty(ax, "too few worlds to say")
        return page.figure
    page.key(
        [
            Line2D([], [], color=ACCENT, marker="o", markersize=4.5, label="stands out from chance"),
            Line2D([], [], color=MUTED, marker="o", markersize=4.5, markerfacecolor="white", label="does not"),
            Line2D([], [], color=PALETTE[3], linestyle=DASHED, label="what one in twenty reaches by chance"),
        ]
    )
    for y, row in enumerate(table.iter_rows(named=True)):
        colour = ACCENT if row["stands_out"] else MUTED
        ax.plot([row["low"], row["high"]], [y, y], color=colour, linewidth=1.3)
        ax.plot(
            [row["score"]],
            [y],
            "o",
            color=colour,
            markersize=4.5,
            markerfacecolor=colour if row["stands_out"] else "white",
        )
    ax.axvline(table["floor"][0], color=PALETTE[3], linestyle=DASHED, linewidth=0.9)
    _named_rows(ax, names)
    ax.set_xlim(left=0)
    ax.set_xlabel("PAWN: how far the assumption moves the distribution over worlds, 0 to 1", size=7.5)
    return page.figure


def drivers_caption(found: WorldFindings) -> str:
    """State what the difference hangs on."""
    if "driver" not in found.drivers.columns:
        return "Too few worlds were played to say what it hangs on."
    above = found.drivers.filter("stands_out")["driver"].to_list()
    said = (
        f"{len(above)} of {found.drivers.height} assumptions move it more than chance would show of so many, "
        f"most of all {listing(above[:3])}."
        if above
        else f"None of {found.drivers.height} assumptions moves it more than chance would show of so many."
    )
    how = "Score and 95% interval by resampling worlds (Pianosi & Wagener 2015); luck within a world is in it."
    return f"{said} {how} {_ranking(found)}"
