"""Fans: how a state variable spreads over the replications, over time."""

from __future__ import annotations

import math
import re

import polars as pl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from timeline.plots.curves import cadences_of, in_scenario
from timeline.plots.style import ACCENT, INK, MUTED, empty, marked, sheet, star, styled, years_axis
from timeline.words import YEAR, listing, number, readable, span

SHOWN = 4
"""Cadences drawn side by side; the table beside the report holds them all."""
FIELDS = 5
LEAST = 20
"""Timelines that must still run for a day to be drawn."""
POINTS = 120


def chosen(frame: pl.DataFrame, *, baseline: str, best: str | None = None) -> list[str]:
    """Choose the cadences to draw: the baseline, the best, then the widest apart from the baseline.

    Far apart means: in the median of the first field, on the last day.
    """
    names = cadences_of(frame)
    first = [n for n in dict.fromkeys([baseline, best]) if n in names]
    if len(names) <= SHOWN:
        return first + [n for n in names if n not in first]
    fields = frame["field"].unique(maintain_order=True).to_list()
    ends = {n: _last_median(frame.filter((pl.col("cadence") == n) & (pl.col("field") == fields[0]))) for n in names}
    against = ends.get(baseline, math.nan)
    rest = [n for n in names if n not in first]
    rest.sort(key=lambda n: -abs(ends[n] - against) if math.isfinite(ends[n] - against) else 0.0)
    return first + rest[: SHOWN - len(first)]


@styled
def fans(
    frame: pl.DataFrame,
    *,
    scenario: str,
    baseline: str,
    best: str | None = None,
    sides: tuple[str, str] | None = None,
) -> Figure:
    """Draw the median with the middle half and the middle nine tenths of the replications.

    Parameters
    ----------
    frame
        Columns scenario, cadence, field, day, q05, q25, q50, q75, q95, n, note.
    scenario, baseline, best
        Which scenario to draw; which cadences come first.
    sides
        Names of sides a and b.

    Returns
    -------
    matplotlib.figure.Figure
        A row per field, a column per cadence, at most four of each.
    """
    rows = _told(frame, scenario)
    names = chosen(rows, baseline=baseline, best=best) if rows.height else []
    fields = rows["field"].unique(maintain_order=True).to_list()[:FIELDS]
    columns = max(len(names), 1)
    page = sheet(max(len(names) * len(fields), 1), columns=columns, panel=1.05, left=0.72, down=0.34)
    page.title("The spread of the replications over time")
    page.key(
        [
            Line2D([], [], color=INK, label="median"),
            Patch(facecolor=ACCENT, alpha=0.55, label="middle half"),
            Patch(facecolor=ACCENT, alpha=0.2, label="middle nine tenths"),
            *star(best, names),
        ]
    )
    page.foot("years since the start")
    if not names or not fields:
        empty(page.axes[0], "no field was followed in this run")
        return page.figure
    last = max(rows["day"].to_list())
    for row, field in enumerate(fields):
        own = rows.filter(pl.col("field") == field)
        ends = [v for v in own["q95"].to_list() if math.isfinite(v)]
        top = max(ends, default=1.0)
        top = 1.0 if 0 <= top <= 1 and min(own["q05"].to_list(), default=0) >= 0 else top * 1.05
        for column, name in enumerate(names):
            ax = page.axes[row * columns + column]
            one = own.filter(pl.col("cadence") == name).sort("day")
            if one.height > POINTS:
                one = one[[round(i * (one.height - 1) / (POINTS - 1)) for i in range(POINTS)]]
            years = (one["day"] / YEAR).to_list()
            ax.fill_between(years, one["q05"].to_list(), one["q95"].to_list(), color=ACCENT, alpha=0.2, linewidth=0)
            ax.fill_between(years, one["q25"].to_list(), one["q75"].to_list(), color=ACCENT, alpha=0.4, linewidth=0)
            ax.plot(years, one["q50"].to_list(), color=INK, linewidth=1.3)
            years_axis(ax, last)
            lowest = min((v for v in own["q05"].to_list() if math.isfinite(v)), default=0.0)
            ax.set_ylim(min(0.0, lowest), top)
            ax.yaxis.set_major_locator(MaxNLocator(4))
            ax.grid(axis="y")
            if row == 0:
                ax.set_title(marked(name, baseline, best), size=7.5, color=ACCENT if name == best else INK)
            if column == 0:
                ax.set_ylabel(_name(field, sides), size=7.5)
            else:
                ax.tick_params(left=False, labelleft=False)
            if row + 1 < len(fields):
                ax.tick_params(bottom=False, labelbottom=False)
            if not years:
                ax.text(0.5, 0.5, "not followed", transform=ax.transAxes, ha="center", color=MUTED, size=7)
    return page.figure


def fans_caption(
    frame: pl.DataFrame,
    *,
    scenario: str,
    baseline: str,
    best: str | None = None,
    sides: tuple[str, str] | None = None,
) -> str:
    """State the end of each median under the baseline and the cadence drawn next to it."""
    if not in_scenario(frame, scenario).height:
        return "No field was followed in this run."
    rows = _told(frame, scenario)
    if not rows.height:
        return f"On no day were at least {LEAST} timelines of a cadence still running."
    names = chosen(rows, baseline=baseline, best=best)
    fields = rows["field"].unique(maintain_order=True).to_list()[:FIELDS]
    pair = rows.filter(pl.col("cadence").is_in(names[:2])).group_by("cadence").agg(pl.col("day").max())
    day = min(pair["day"].to_list())
    parts = []
    for field in fields:
        own = rows.filter((pl.col("field") == field) & (pl.col("day") <= day))
        values = [f"{number(_last_median(own.filter(pl.col('cadence') == n)), 2)} under {n}" for n in names[:2]]
        parts.append(f"{_name(field, sides)} {' and '.join(values)}")
    everything = len(cadences_of(rows))
    shown = f" Shown: {listing(names)}, of {everything} cadences." if len(names) < everything else ""
    of_first = next((f" They are {note}, as are the bands." for note in rows["note"].to_list() if note), "")
    return (
        f"Medians after {span(day)}: {'; '.join(parts)}.{of_first}{shown} "
        f"Only timelines still running on a day are counted, and only days on which at least {LEAST} of "
        "a cadence run are drawn. "
        "The bands are the spread between replications, that is luck within one world: "
        "neither Monte Carlo error nor parameter uncertainty."
    )


def _told(frame: pl.DataFrame, scenario: str) -> pl.DataFrame:
    """Keep the rows of a scenario that rest on enough timelines; a quantile of three is noise."""
    rows = in_scenario(frame, scenario).fill_null(math.nan)
    return rows.filter((pl.col("n") >= LEAST) & pl.col("q50").is_finite())


def _name(field: str, sides: tuple[str, str] | None) -> str:
    """Call a followed field by its name and, if it belongs to a side, by that side's."""
    short = field.removesuffix(" over time")
    for key, name in zip(("a", "b"), sides or ("a", "b"), strict=True):
        short = re.sub(rf"\b(on|of|in|for) {key}$", rf"\1 {name}", short)
    return readable(short, sides)


def _last_median(own: pl.DataFrame) -> float:
    values = [v for v in own.sort("day")["q50"].to_list() if v is not None and math.isfinite(v)]
    return float(values[-1]) if values else math.nan
