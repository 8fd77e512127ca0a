"""Causes: which proximate cause ended how many timelines, stacked per cadence."""

from __future__ import annotations

import math
from collections.abc import Collection

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from timeline.plots.curves import cadences_of, in_lines, in_scenario, unfollowed
from timeline.plots.style import HATCHES, PALETTE, empty, key_lines, marked, share_top, sheet, star, styled
from timeline.words import MONTE_CARLO, percent, readable, span

CauseShares = dict[str, dict[str, float]]
"""Cadence -> cause -> share at the last day."""

SINCE = (("start", "of all timelines"), ("signature", "of those that signed"))
PRIMARY = (
    "A cause is the last link of a chain, not the whole story: "
    "these shares do not say what would have happened without it."
)


@styled
def causes(
    frame: pl.DataFrame, *, scenario: str, baseline: str, best: str | None = None, signing: Collection[str] = ()
) -> Figure:
    """Draw stacked bars of what ended the timelines, since the start and since signature.

    Parameters
    ----------
    frame
        Columns scenario, cadence, since ("start" or "signature"), day, cause, share.
    scenario, baseline, best
        Which scenario to draw; the cadences to mark.
    signing
        The cadences under which somebody signs, early enough to be followed or not.

    Returns
    -------
    matplotlib.figure.Figure
    """
    rows = in_scenario(frame, scenario)
    names = cadences_of(rows)
    order = _order(rows)
    left, gap = 1.75, 0.25
    lines = key_lines([*(readable(c) for c in order), *(str(h.get_label()) for h in star(best, names))])
    panels = [own for own in SINCE if (rows["since"] == own[0]).any()] or SINCE[:1]
    page = sheet(
        len(panels),
        columns=2,
        panel=max(0.225 * len(names), 0.5),
        left=left,
        across=gap,
        top=0.72 + 0.17 * lines,
        bottom=0.42,
    )
    page.title("What ended the timelines, by proximate cause")
    patches = [
        Patch(
            facecolor=PALETTE[i % len(PALETTE)],
            hatch=HATCHES[i % len(HATCHES)],
            edgecolor="#444444",
            linewidth=0.4,
            label=readable(cause),
        )
        for i, cause in enumerate(order)
    ]
    page.key([*patches, *star(best, names)])
    for index, (ax, (since, of_whom)) in enumerate(zip(page.axes, panels, strict=True)):
        shares, last = _at_end(rows, since)
        _bars(ax, shares, names, order)
        after = "the start" if since == "start" else "signature"
        ax.set_title(f"within {span(last)} of {after},\nshare {of_whom}", size=7.5)
        labels = [marked(n, baseline, best) for n in names]
        ax.set_yticks(range(len(names)), labels if index == 0 else [""] * len(names))
        ax.set_ylim(len(names) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x")
        ax.spines["left"].set_visible(False)
        if not any(shares.values()):
            nobody = unfollowed(next(iter(signing), ""), signing, last)
            empty(ax, in_lines(nobody) if since == "signature" else "nothing ended")
    return page.figure


def causes_caption(frame: pl.DataFrame, *, scenario: str, baseline: str) -> str:
    """State the commonest cause under the baseline, and the cause that changes most."""
    rows = in_scenario(frame, scenario)
    shares, last = _at_end(rows, "start")
    own = shares.get(baseline, {})
    if not any(value > 0 for by_cause in shares.values() for value in by_cause.values()):
        return f"No timeline ended badly under any cadence within {span(last)}. {MONTE_CARLO}"
    parts = []
    if own and max(own.values()) > 0:
        top = max(own, key=lambda cause: own[cause])
        parts.append(
            f"Under {baseline}, the baseline, {percent(sum(own.values()))} of all timelines end badly within "
            f"{span(last)}; the commonest cause is {readable(top)} ({percent(own[top])} of all timelines)."
        )
    moves = [
        (abs(by_cause.get(cause, 0.0) - own.get(cause, 0.0)), cadence, cause)
        for cadence, by_cause in shares.items()
        if cadence != baseline and own
        for cause in sorted({*by_cause, *own})
    ]
    if moves and max(moves)[0] > 0:
        _, cadence, cause = max(moves)
        parts.append(
            f"The largest change is in {readable(cause)}: {percent(shares[cadence].get(cause, 0.0))} under {cadence}."
        )
    return " ".join([*parts, PRIMARY, _error(rows)])


def _error(rows: pl.DataFrame) -> str:
    half = [v for v in (rows["high"] - rows["low"]).to_list() if v is not None and math.isfinite(v)]
    if not half:
        return MONTE_CARLO
    return f"{MONTE_CARLO} Here it is at most ±{percent(max(half) / 2)[:-1]} points for a share."


def _at_end(rows: pl.DataFrame, since: str) -> tuple[CauseShares, float]:
    own = rows.filter(pl.col("since") == since)
    last = own["day"].max() if own.height else 0.0
    day = float(last) if isinstance(last, int | float) else 0.0
    end = own.filter(pl.col("day") == day).fill_null(math.nan)
    shares: CauseShares = {}
    for cadence, cause, share in end.select("cadence", "cause", "share").iter_rows():
        if math.isfinite(share):
            shares.setdefault(cadence, {})[cause] = share
    return shares, day


def _order(rows: pl.DataFrame) -> list[str]:
    """Order the causes by how much they end over all cadences, the same in both panels."""
    shares, _ = _at_end(rows, "start")
    total: dict[str, float] = dict.fromkeys(rows["cause"].unique(maintain_order=True).to_list(), 0.0)
    for by_cause in shares.values():
        for cause, share in by_cause.items():
            total[cause] += share
    return sorted((c for c in total if total[c] > 0), key=lambda cause: -total[cause])


def _bars(ax: Axes, shares: CauseShares, names: list[str], order: list[str]) -> None:
    top = share_top([sum(by_cause.values()) for by_cause in shares.values()])
    for row, name in enumerate(names):
        left = 0.0
        for i, cause in enumerate(order):
            share = shares.get(name, {}).get(cause, 0.0)
            if share <= 0:
                continue
            ax.barh(
                row,
                share,
                left=left,
                height=0.74,
                color=PALETTE[i % len(PALETTE)],
                hatch=HATCHES[i % len(HATCHES)],
                edgecolor="#444444",
                linewidth=0.4,
            )
            if share > 0.085 * top:
                ax.text(
                    left + share / 2,
                    row,
                    percent(share, 0)[:-1],
                    ha="center",
                    va="center",
                    size=6.5,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.9},
                )
            left += share
        if left > 0:
            ax.text(left + 0.012 * top, row, percent(left, 0), va="center", size=7, weight="bold")
    ax.set_xlim(0, top * 1.08)
    ax.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
