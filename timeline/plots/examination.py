"""The figures of the validation page, each with a caption that states the finding in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from timeline.arrays import Floats
from timeline.plots.style import (
    ACCENT,
    DASHED,
    INK,
    MARKERS,
    MUTED,
    PALE,
    PALETTE,
    share_axis,
    sheet,
    styled,
)
from timeline.validation.pairs import ENOUGH, Verdict
from timeline.validation.record import GapsFound, SecrecyFound, TenureFound, ViolationsFound
from timeline.words import counted, listing, number, percent, points

_FAILED = PALETTE[3]
_QUARTILES = ("lower quartile", "median", "upper quartile")


# Tenure


@styled
def tenure(found: TenureFound) -> Figure:
    """Draw the share of new leaders still in office: the record's steps, the model's law."""
    names = list(found.record)
    page = sheet(len(names), columns=2, panel=2.1, top=0.80, across=0.45)
    page.title("New leaders still in office: the model and the record")
    page.key(
        [
            Line2D([], [], color=INK, linestyle=DASHED, linewidth=1.3, label="record, Kaplan–Meier"),
            Line2D([], [], color=ACCENT, linewidth=1.8, label="the model's law"),
            Patch(facecolor=PALE, label=f"within {points(found.within, 0)} points of the record"),
        ]
    )
    for ax, name in zip(page.axes, names, strict=True):
        years, record, model = found.curves[name]
        ax.fill_between(years, record - found.within, record + found.within, color=PALE, linewidth=0)
        ax.plot(years, record, color=INK, linestyle=DASHED, linewidth=1.3)
        ax.plot(years, model, color=ACCENT, linewidth=1.8)
        ax.plot(found.years, found.model[name], "o", color=ACCENT, markersize=4)
        share_axis(ax)
        ax.set_xlim(0, float(years[-1]))
        ax.xaxis.set_major_locator(FixedLocator([*found.years, 12]))
        ax.set_title(f"{name}, {counted(found.leaders[name], 'leader')}")
    page.foot("years since entry")
    return page.figure


def tenure_caption(found: TenureFound) -> str:
    """State the shares and the largest difference."""
    said = [
        f"of new leaders of {_plural(name)}, "
        + listing([f"{percent(m, 0)} (record {percent(r, 0)})" for m, r in zip(found.model[name], shares, strict=True)])
        + f" are still in office after {listing([str(year) for year in found.years])} years"
        for name, shares in found.record.items()
    ]
    inside = "within" if found.holds else "more than"
    return (
        f"{_capital('; '.join(said))}. The largest difference is {points(found.largest)} points, {inside} the "
        f"{points(found.within, 0)} allowed. The model's curve is the law of a clock from entry, with no other ending."
    )


# Gaps


@styled
def gaps(found: GapsFound) -> Figure:
    """Draw the distribution of gaps, pooled and of the processes' medians, on an axis of logarithms."""
    page = sheet(2, columns=2, panel=2.1, top=0.80, across=0.45)
    page.title("Days from one agreement to the next: the model and the record")
    page.key(
        [
            Line2D([], [], color=INK, linestyle=DASHED, linewidth=1.3, label="record"),
            Line2D([], [], color=ACCENT, linewidth=1.8, label="the model, through the same window"),
            Line2D([], [], color=ACCENT, linewidth=5, alpha=0.3, label="quartiles of 98% of simulated records"),
        ]
    )
    titles = ("all gaps together", "the median gap of each process")
    for ax, (record, model), title, first in zip(page.axes, (found.pooled, found.medians), titles, (0, 3), strict=True):
        for values, color, dash, width in ((record, INK, DASHED, 1.3), (model, ACCENT, "-", 1.8)):
            x, y = _steps(values)
            ax.plot(x, y, color=color, linestyle=dash, linewidth=width)
        for k, height in enumerate((0.25, 0.5, 0.75)):
            span = [found.low[first + k] + 1, found.high[first + k] + 1]
            ax.plot(span, [height, height], color=ACCENT, linewidth=5, alpha=0.3, solid_capstyle="butt")
            ax.plot([found.record[first + k] + 1], [height], "o", color=INK, markersize=4)
        ax.set_xscale("log")
        ax.set_xlim(1, 4000)
        ax.xaxis.set_major_locator(FixedLocator([1, 4, 11, 31, 101, 366, 1097, 3653]))
        ax.xaxis.set_minor_locator(NullLocator())
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x - 1:g}"))
        ax.tick_params(axis="x", labelsize=7)
        share_axis(ax)
        ax.set_title(title)
    page.foot("days, at most")
    return page.figure


def gaps_caption(found: GapsFound) -> str:
    """State the six quartiles of both."""

    def three(values: Sequence[float]) -> str:
        return "/".join(number(x, 0) for x in values)

    names = [f"the {name} {of}" for of in ("of all gaps", "of the processes' medians") for name in _QUARTILES]
    outside = [
        name
        for name, low, seen, high in zip(names, found.low, found.record, found.high, strict=True)
        if not low <= seen <= high
    ]
    verdict = (
        "All six of the record lie where 98% of the simulated records lie."
        if not outside
        else f"The record lies outside 98% of the simulated records at {listing(outside)}."
    )
    return (
        f"Quartiles of all gaps: {three(found.middle[:3])} days in the middle of "
        f"{counted(found.records, 'simulated record')}, {three(found.record[:3])} in the record; "
        f"of the medians of {counted(found.processes, 'process', 'processes')}: "
        f"{three(found.middle[3:])} against {three(found.record[3:])}. {verdict} "
        "Both are seen through a window of ten years; published agreements, before candour, trust or pressure."
    )


# Violations


@styled
def violations(found: ViolationsFound) -> Figure:
    """Draw the two ratios with their intervals over the bands of the record, on an axis of logarithms."""
    kinds = list(found.ratios)
    page = sheet(1, columns=1, panel=0.5 * len(kinds) + 0.3, left=2.2, right=1.6, top=0.80, bottom=0.62)
    page.title("Violations of an agreement after changes of leader, against quiet years")
    page.key(
        [
            Patch(facecolor=PALE, label="what the record allows"),
            Line2D([], [], color=ACCENT, marker="o", linewidth=1.8, label="the model, 95% Monte Carlo interval"),
        ]
    )
    ax = page.axes[0]
    ax.axvline(1.0, color=MUTED, linewidth=0.8)
    for k, kind in enumerate(kinds):
        ratio, y = found.ratios[kind], -k
        ax.fill_betweenx([y - 0.3, y + 0.3], *ratio.band, color=PALE, linewidth=0)
        color = ACCENT if ratio.holds else _FAILED
        ax.plot([ratio.low, ratio.high], [y, y], color=color, linewidth=1.8)
        ax.plot([ratio.estimate], [y], MARKERS[0] if ratio.holds else "X", color=color, markersize=6)
        ax.annotate(
            f"{number(ratio.estimate, 2)} ({number(ratio.low, 2)} to {number(ratio.high, 2)})",
            xy=(1.02, y), xycoords=("axes fraction", "data"), va="center", size=7.5,
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(0.1, 30)
    ax.xaxis.set_major_locator(FixedLocator([0.1, 0.25, 0.5, 1, 3, 7, 13, 30]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.set_ylim(-len(kinds) + 0.4, 0.6)
    ax.set_yticks([-k for k in range(len(kinds))], [_EXITS[kind] for kind in kinds])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    page.foot("violations a year, as a multiple of those in quiet years")
    return page.figure


_EXITS = {"irregular": "within a year of\nan irregular exit", "ordinary": "within a year of\nan ordinary exit"}


def violations_caption(found: ViolationsFound) -> str:
    """State the rates and ratios, and whether they lie where the record puts them."""
    said = []
    for kind, ratio in found.ratios.items():
        inside = "inside" if ratio.holds else "outside"
        said.append(
            f"{number(ratio.estimate, 2)} times as often (95% interval {number(ratio.low, 2)} to "
            f"{number(ratio.high, 2)}) within a year of an {kind} exit, {inside} the {number(ratio.band[0], 2)} to "
            f"{number(ratio.band[1], 2)} that the record allows"
        )
    rates = listing(
        [f"{number(rate.rate, 4)} in {kind} years ({counted(rate.violations, 'violation')} in {rate.years:,.0f} years)"
         for kind, rate in found.rates.items()]
    )  # fmt: skip
    return (
        f"Signed agreements are repudiated or broken {'; and '.join(said)}. A year of agreement sees {rates}; "
        f"{counted(found.timelines, 'timeline')} under a mixture of cadences. Record: {found.record}."
    )


# Secrecy


@styled
def secrecy(found: SecrecyFound) -> Figure:
    """Draw the share of secrets that keep: dots simulated, lines in closed form."""
    page = sheet(1, columns=1, panel=2.6, right=1.75, top=0.80)
    page.title("Secrets that have kept: simulated, and in closed form")
    page.key(
        [
            Line2D([], [], color=INK, linewidth=1.4, label="closed form"),
            Line2D([], [], color=INK, linestyle="", marker="o", markersize=4, label="simulated"),
        ]
    )
    ax = page.axes[0]
    for k, hazard in enumerate(found.exact):
        color, marker = PALETTE[k % len(PALETTE)], MARKERS[k % len(MARKERS)]
        ax.plot(found.years, found.exact[hazard], color=color, linewidth=1.4)
        ax.plot(found.years, found.simulated[hazard], marker, color=color, markersize=4, clip_on=False)
        ax.annotate(
            f"{hazard:g} an insider-year",
            xy=(1.02, float(found.exact[hazard][-1])),
            xycoords=("axes fraction", "data"),
            color=color,
            va="center",
            size=7.5,
        )
    share_axis(ax)
    ax.set_xlim(0, float(found.years[-1]))
    page.foot("years")
    return page.figure


def secrecy_caption(found: SecrecyFound) -> str:
    """State the shares at the end and the largest difference in standard errors."""
    last = f"after {found.years[-1]:g} years"
    said = [
        f"{percent(float(found.simulated[h][-1]))} (exactly {percent(float(form[-1]))}) at {h:g} an insider-year"
        for h, form in found.exact.items()
    ]
    agree = "no more than chance allows" if found.holds else "more than chance allows"
    return (
        f"With {found.insiders}, {listing(said)} of {counted(found.timelines, 'timeline')} have kept their secret "
        f"{last}. The largest of all differences is {number(found.largest)} standard errors, {agree}."
    )


# Claims


@styled
def claims(verdicts: Sequence[Verdict]) -> Figure:
    """Draw every claim's effect in standard errors, the line at five, in the order of the table."""
    rows = len(verdicts)
    page = sheet(1, columns=1, panel=0.135 * rows + 0.1, left=3.75, right=0.5, top=0.80, bottom=0.62)
    page.title("Causal claims: effect in the stated direction, in standard errors")
    page.key(
        [
            Line2D([], [], color=ACCENT, linestyle="", marker="o", markersize=4, label="holds"),
            Line2D([], [], color=_FAILED, linestyle="", marker="X", markersize=6, label="does not hold"),
            Line2D([], [], color=MUTED, linestyle=DASHED, linewidth=1, label=f"{ENOUGH:g} standard errors"),
        ]
    )
    ax = page.axes[0]
    ax.axvline(0.0, color=MUTED, linewidth=0.8)
    ax.axvline(ENOUGH, color=MUTED, linewidth=1, linestyle=DASHED)
    most = 60.0
    for k, verdict in enumerate(verdicts):
        x, y = float(np.clip(verdict.errors, -15.0, most)), -k
        color = ACCENT if verdict.holds else _FAILED
        ax.plot([0, x], [y, y], color=color, linewidth=1.0)
        ax.plot([x], [y], "o" if verdict.holds else "X", color=color, markersize=4 if verdict.holds else 6)
        if verdict.errors > most:
            ax.annotate(number(verdict.errors, 0), xy=(most + 1, y), va="center", size=6.5, color=MUTED)
    ax.set_xlim(min(-2.0, min((v.errors for v in verdicts), default=0.0) - 1.0, 0.0), most + 3)
    ax.set_xlim(left=max(ax.get_xlim()[0], -16.0))
    ax.set_ylim(-rows + 0.3, 0.7)
    ax.set_yticks([-k for k in range(rows)], [f"{k + 1}  {_short(v)}" for k, v in enumerate(verdicts)], size=6.6)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    page.foot("standard errors, in the stated direction")
    return page.figure


def claims_caption(verdicts: Sequence[Verdict]) -> str:
    """State how many claims hold, and name those that do not."""
    held = [verdict for verdict in verdicts if verdict.holds]
    failed = [(k + 1, verdict) for k, verdict in enumerate(verdicts) if not verdict.holds]
    pairs = sorted({verdict.claim.pairs for verdict in verdicts})
    how = listing([f"{count:,}" for count in pairs])
    text = (
        f"{len(held)} of {counted(len(verdicts), 'claim')} hold: in the whole model the effect goes the stated way by "
        f"{ENOUGH:g} standard errors or more, in {how} pairs of timelines with the same luck."
    )
    for wrong, words in ((True, "goes the other way"), (False, "is too weak to tell")):
        named = [f"{k} ({number(v.errors)})" for k, v in failed if (v.errors <= -ENOUGH) == wrong]
        if named:
            text += f" The effect {words} in {listing(named)}, standard errors in brackets."
    return text + " A claim that holds here holds for this model, not for the world."


def _short(verdict: Verdict, width: int = 64) -> str:
    words = verdict.claim.says.rstrip(".")
    return words if len(words) <= width else words[: width - 1].rsplit(" ", 1)[0] + " …"


def _steps(values: Floats) -> tuple[Floats, Floats]:
    """Return an empirical distribution on few points: days plus one, and shares."""
    kept = [(float(x), len(list(group))) for x, group in groupby(np.sort(values).round(3))]
    x = np.array([day for day, _ in kept]) + 1.0
    y = np.cumsum([count for _, count in kept]) / len(values)
    if len(x) > 400:
        chosen = np.unique(np.geomspace(1, len(x), 400).astype(int) - 1)
        x, y = x[chosen], y[chosen]
    return np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]


def _plural(regime: str) -> str:
    return regime[:-1] + "ies" if regime.endswith("y") else regime + "s"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
