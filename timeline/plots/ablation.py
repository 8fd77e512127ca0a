"""Ablation: what each causal story contributes to the answer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from timeline.plots.style import ACCENT, INK, MUTED, sheet, styled
from timeline.study.ablation import without
from timeline.words import MONTE_CARLO, listing, percent, points, readable

_PREFIX = without("")
Interval = tuple[float, float, float]


@dataclass(frozen=True)
class _Row:
    """One scenario: the level under the baseline and the cadence's gain, each as (low, estimate, high)."""

    scenario: str
    level: Interval
    gain: Interval


@styled
def ablation(
    estimates: pl.DataFrame, contrasts: pl.DataFrame, *, whole: str, cadence: str, baseline: str, measure: str
) -> Figure:
    """Draw, for the model and for it without each mechanism, the level under the baseline and a cadence's gain.

    Parameters
    ----------
    estimates
        Columns scenario, cadence, measure, estimate, low, high.
    contrasts
        Columns scenario, cadence, measure, difference, low, high.
    whole
        The scenario with every mechanism; the others are called ``without-<mechanism>``.
    cadence, baseline, measure
        The cadence whose gain is drawn; the one subtracted; which measure.

    Returns
    -------
    matplotlib.figure.Figure
        Rows ordered by how much the gain changes.
    """
    rows = _rows(estimates, contrasts, whole, cadence, baseline, measure)
    page = sheet(2, columns=2, panel=0.21 * len(rows), left=1.55, right=0.2, top=0.72, bottom=0.5, across=0.35)
    page.title(f"The answer without each story: {cadence} against {baseline}")
    left, right = page.axes
    _panel(left, [row.level for row in rows], f"in force at the end under {baseline}")
    _panel(right, [row.gain for row in rows], f"gain by {cadence}, in points")
    left.xaxis.set_major_formatter(FuncFormatter(lambda v, _: percent(v, 0)))
    right.xaxis.set_major_formatter(FuncFormatter(lambda v, _: points(v, 0)))
    left.set_yticks(range(len(rows)), [_name(row.scenario, whole) for row in rows])
    right.set_yticks(range(len(rows)), [""] * len(rows))
    return page.figure


def _panel(ax: Axes, intervals: list[Interval], title: str) -> None:
    """Draw one interval a row, the whole model first, and a line through its value."""
    middle = intervals[0][1]
    for y, (low, value, high) in enumerate(intervals):
        moved = _moved((low, value, high), middle)
        colour = INK if y == 0 else ACCENT if moved else MUTED
        ax.plot([low, high], [y, y], color=colour, linewidth=1.4)
        face = colour if moved or y == 0 else "white"
        ax.plot([value], [y], marker="o", markersize=4.5, color=colour, markerfacecolor=face)
    ax.axvline(middle, color=INK, linewidth=0.7, linestyle=(0, (4, 1.8)))
    ax.set_ylim(len(intervals) - 0.4, -0.6)
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.grid(axis="x")
    ax.set_title(title)
    ax.tick_params(axis="y", length=0)


def ablation_caption(
    estimates: pl.DataFrame, contrasts: pl.DataFrame, *, whole: str, cadence: str, baseline: str, measure: str
) -> str:
    """State without which stories the gain changes most."""
    mine, *others = _rows(estimates, contrasts, whole, cadence, baseline, measure)
    moved = [row for row in others if _moved(row.gain, mine.gain[1])]
    told = [f"without {_story(row)} it is {points(row.gain[1], 1)}" for row in moved[:3]]
    turned = [_story(row) for row in moved if row.gain[1] * mine.gain[1] < 0 and (row.gain[0] > 0) == (row.gain[2] > 0)]
    change = f"{listing(told)}." if told else "no single story moves it beyond Monte Carlo error."
    sign = f"Without {listing(turned)} its sign turns." if turned else "Its sign never turns."
    return (
        f"With every story in, {cadence} gains {points(mine.gain[1], 1)} percentage points over {baseline}; "
        f"{change} {sign} Filled marks differ from the whole model: their intervals do not hold its value. "
        f"Contributions need not add up to the whole, for stories work through one another. {MONTE_CARLO}"
    )


def _rows(
    estimates: pl.DataFrame, contrasts: pl.DataFrame, whole: str, cadence: str, baseline: str, measure: str
) -> list[_Row]:
    """Return the whole model, then the others, those first without which the gain changes most."""
    of_baseline = estimates.filter((pl.col("measure") == measure) & (pl.col("cadence") == baseline))
    of_cadence = contrasts.filter((pl.col("measure") == measure) & (pl.col("cadence") == cadence))
    levels = _intervals(of_baseline, "estimate")
    gains = _intervals(of_cadence, "difference")
    rows = [_Row(name, level, gains.get(name, (math.nan,) * 3)) for name, level in levels.items()]
    middle = gains[whole][1]
    return sorted(rows, key=lambda row: (row.scenario != whole, -abs(row.gain[1] - middle)))


def _intervals(frame: pl.DataFrame, value: str) -> dict[str, Interval]:
    columns = frame.select("scenario", "low", value, "high").fill_null(math.nan)
    return {name: (low, middle, high) for name, low, middle, high in columns.iter_rows()}


def _moved(interval: Interval, middle: float) -> bool:
    """Say whether an interval leaves out the whole model's value."""
    return not interval[0] <= middle <= interval[2]


def _story(row: _Row) -> str:
    return readable(row.scenario.removeprefix(_PREFIX))


def _name(scenario: str, whole: str) -> str:
    return "the whole model" if scenario == whole else f"without {readable(scenario.removeprefix(_PREFIX))}"
