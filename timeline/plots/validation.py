"""Validation: the model's survival since signature against the record of real agreements."""

from __future__ import annotations

import math
from textwrap import wrap

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from timeline.plots.curves import Curve, curve
from timeline.plots.style import ACCENT, DASHED, INK, MUTED, PALE, share_axis, sheet, styled, years_axis
from timeline.words import YEAR, counted, percent, points, span

AT_RISK_YEARS = (0.0, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0)


@styled
def validation(
    record: pl.DataFrame, model: pl.DataFrame, *, distance: float, record_name: str, published: bool = False
) -> Figure:
    """Draw the model's curve over the record's Kaplan–Meier curve and its band.

    Parameters
    ----------
    record
        Columns day (since signature), estimate, low, high, at_risk: real agreements, censored. Limits are null
        where there are none.
    model
        Columns day, estimate, low, high: the simulated agreements.
    distance
        Largest vertical distance between the two curves, a share. It is written on the figure.
    record_name
        What the record is, for the label.
    published
        Whether the record is known on these days only: then it is drawn as points with their limits.

    Returns
    -------
    matplotlib.figure.Figure
    """
    real, simulated = _steps(record), curve(model)
    last = _common_end(record, model)
    page = sheet(1, columns=1, panel=2.9, left=0.6, right=1.75, top=0.45, bottom=0.9)
    page.title("Survival since signature: the model and the record")
    ax = page.axes[0]
    years_axis(ax, last, wide=True)
    share_axis(ax)
    (_draw_points if published else _draw_steps)(ax, real)
    ax.fill_between(simulated.years, simulated.low, simulated.high, color=ACCENT, alpha=0.25, linewidth=0)
    ax.plot(simulated.years, simulated.estimate, color=ACCENT, linewidth=1.8)
    heights = {"model": _at(simulated, last / YEAR), "record": _at(real, last / YEAR)}
    apart = abs(heights["model"] - heights["record"]) < 0.16
    up = heights["model"] >= heights["record"]
    for who, text, color in (("model", "the model", ACCENT), ("record", _wrap(record_name), INK)):
        shift = (0.09 if (who == "model") == up else -0.09) if apart else 0.0
        place = heights[who] + shift if math.isfinite(heights[who]) else 0.5
        ax.annotate(text, xy=(1.015, place), xycoords="axes fraction", color=color, va="center", size=7.5)
    ax.text(
        0.985,
        0.95,
        f"largest distance {points(distance)} points",
        transform=ax.transAxes,
        ha="right",
        va="top",
        size=8,
        bbox={"facecolor": "white", "edgecolor": "#8a8a8a", "linewidth": 0.6, "pad": 3},
    )
    below = page.figure
    below.text(0.42, 0.50 / page.height, "years since signature", ha="center", va="bottom", size=8)
    days, risk = record["day"].to_list(), record["at_risk"].to_list()
    box = ax.get_position()
    below.text(0.012, 0.12 / page.height, "record,\nat risk", size=7, va="bottom", color=MUTED)
    for year in (y for y in AT_RISK_YEARS if y * YEAR <= last + 1):
        held = [r for d, r in zip(days, risk, strict=True) if d <= year * YEAR + 0.5]
        place = box.x0 + (box.x1 - box.x0) * year * YEAR / last
        if held:  # published figures say nothing of the first day
            below.text(place, 0.2 / page.height, f"{int(held[-1]):,}", size=7, ha="center", va="bottom")
    return page.figure


def _draw_steps(ax: Axes, real: Curve) -> None:
    ax.fill_between(real.years, real.low, real.high, step="post", color=PALE, linewidth=0)
    ax.step(real.years, real.estimate, where="post", color=INK, linewidth=1.3, linestyle=DASHED)


def _draw_points(ax: Axes, real: Curve) -> None:
    """Draw the days that are known, and nothing between them."""
    ax.vlines(real.years[1:], real.low[1:], real.high[1:], color=MUTED, linewidth=1.3, clip_on=False)
    ax.plot(real.years[1:], real.estimate[1:], "o", color=INK, markersize=4, clip_on=False, zorder=3)


#: What a caption says of the marks of its figure, by the band that the record has. Without the figure it says nothing.
BANDS = {
    "none": "The band is Monte Carlo error.",
    "published": "Upright lines are the sampling error of the record; the blue band is Monte Carlo error.",
    "drawn": "The grey band is the sampling error of the record; the blue one is Monte Carlo error.",
}


def validation_caption(
    record: pl.DataFrame, model: pl.DataFrame, *, distance: float, record_name: str, published: bool = False
) -> str:
    """State both survivals at five years (or the last common day), the distance and the band.

    Where the record has no band, there is no verdict.
    """
    day = min(5 * YEAR, _common_end(record, model))
    real, simulated = _steps(record), curve(model)
    at = day / YEAR
    low, high = _step_at(real, real.low, at), _step_at(real, real.high, at)
    own = _at(simulated, at)
    among = f"on the {counted(record.height, 'published day')}" if published else "between the curves"
    return (
        f"{span(day)} after signature {percent(own)} of the simulated agreements still stand, against "
        f"{percent(_step_at(real, real.estimate, at))} in the record ({record_name}; {_verdict(low, own, high)}. "
        f"The largest distance {among} is {points(distance)} points. {_bands(record, published)}"
    )


def _bands(record: pl.DataFrame, published: bool) -> str:
    """Say what the bands of the figure are."""
    if record["low"].null_count() == record.height:
        return BANDS["none"]
    return BANDS["published"] if published else BANDS["drawn"]


def _verdict(low: float, own: float, high: float) -> str:
    """Say where the model lies; of a record that has no band there, that nothing can be said."""
    if math.isnan(low) or math.isnan(high):
        return "too few to give a band): no verdict"
    inside = "inside" if low <= own <= high else "outside"
    return f"95% band {percent(low)} to {percent(high)}): {inside} the band"


def _steps(record: pl.DataFrame) -> Curve:
    """Read a Kaplan–Meier curve, all its steps, beginning at one."""
    rows = record.sort("day").fill_null(math.nan)
    read = [rows[name].to_list() for name in ("day", "estimate", "low", "high")]
    if not read[0] or read[0][0] > 0:
        read = [[0.0, *read[0]], [1.0, *read[1]], [1.0, *read[2]], [1.0, *read[3]]]
    return Curve([d / YEAR for d in read[0]], read[1], read[2], read[3])


def _common_end(record: pl.DataFrame, model: pl.DataFrame) -> float:
    ends = [max(f["day"].to_list(), default=0.0) for f in (record, model)]
    return float(min(ends)) or YEAR


def _at(c: Curve, year: float) -> float:
    return _step_at(c, c.estimate, year)


def _step_at(c: Curve, values: list[float], year: float) -> float:
    held = [v for y, v in zip(c.years, values, strict=True) if y <= year + 1e-9]
    return held[-1] if held else math.nan


def _wrap(text: str, width: int = 24, most: int = 5) -> str:
    """Break a label into lines, also inside the name of a file, after an underscore."""
    # Whatever wraps words takes a mark after each underscore for the end of one.
    lines = wrap(text.replace("_", "_\0 "), width, max_lines=most, placeholder=" ...")
    return "\n".join(lines).replace("\0 ", "").replace("\0", "")
