"""Maps: which cadence is best over two assumptions, and how much is certain."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from timeline.plots.style import HATCHES, INK, PALETTE, sheet, styled
from timeline.study.questions import Grid
from timeline.words import MONTE_CARLO, counted, listing, points, readable

PALE = 0.55
"""How far a cadence's colour is mixed with white, so that text on it stays legible."""

_MOST_CELLS = 4
"""Cells named one by one; of more, only how many there are is said."""


@styled
def best_map(best: pl.DataFrame, contrasts: pl.DataFrame, *, grid: Grid, measure: str, baseline: str) -> Figure:
    """Draw a map of the best cadence over two assumptions.

    Parameters
    ----------
    best
        Columns scenario, measure, cadence, tied_with_best, best.
    contrasts
        Columns scenario, cadence, measure, difference: from the baseline, a share.
    grid
        Two paths; its names are the scenarios.
    measure, baseline
        Which measure; the cadence subtracted.

    Returns
    -------
    matplotlib.figure.Figure
        A cell is coloured by its best cadence and holds the gain over the baseline in points. Hatched where
        at least one other cadence cannot be told from the best.
    """
    cells = _cells(best, contrasts, grid, measure, baseline)
    names = sorted({name for name, _, _ in cells.values() if name})
    across, down = (len(values) for values in grid.values)
    page = sheet(1, columns=1, panel=0.42 * down, left=1.35, right=0.25, top=0.86, bottom=0.62)
    page.title("The best cadence, over two assumptions")
    ax = page.axes[0]
    colours = {name: _pale(PALETTE[i % len(PALETTE)]) for i, name in enumerate(names)}
    for name, (x, y) in grid.by_name().items():
        who, gain, tied = cells[name]
        ax.add_patch(
            Rectangle(
                (x, y), 1, 1,
                facecolor=colours.get(who, "white"), edgecolor="white", linewidth=1.2, hatch="////" if tied else "",
            )
        )  # fmt: skip
        if math.isfinite(gain):
            ax.text(
                x + 0.5, y + 0.5, points(gain, 1), ha="center", va="center", size=7.5, color=INK,
                bbox={"facecolor": colours.get(who, "white"), "edgecolor": "none", "pad": 1.2},
            )  # fmt: skip
    ax.set_xlim(0, across)
    ax.set_ylim(0, down)
    ax.set_xticks([i + 0.5 for i in range(across)], grid.values[0])
    ax.set_yticks([i + 0.5 for i in range(down)], grid.values[1])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.set_xlabel(readable(grid.paths[0]))
    ax.set_ylabel(readable(grid.paths[1]))
    ax.yaxis.set_label_coords(-1.2 / (7.4 - 1.6), 0.5)
    page.key(
        [
            *(Patch(facecolor=colours[name], label=name) for name in names),
            Patch(facecolor="white", edgecolor="#444444", hatch=HATCHES[1], label="not told from another"),
        ]
    )
    return page.figure


def best_map_caption(best: pl.DataFrame, contrasts: pl.DataFrame, *, grid: Grid, measure: str, baseline: str) -> str:
    """State how many cells each cadence wins, and where the baseline does."""
    cells = _cells(best, contrasts, grid, measure, baseline)
    total = len(cells)
    clear = [who for who, _, tied in cells.values() if who and not tied]
    wins: dict[str, int] = {}
    for who, _, _ in cells.values():
        if who:
            wins[who] = wins.get(who, 0) + 1
    shared = total - sum(wins.values())
    if not wins:
        return f"In no cell of this map is there a best cadence. {MONTE_CARLO}"
    order = sorted(wins, key=lambda name: (-wins[name], name))
    if len(order) == 1 and not shared:
        found = f"{order[0]} looks best in every one of the {counted(total, 'cell')}: the map has no regions."
    else:
        parts = [f"{name} looks best in {wins[name]}" for name in order]
        parts += [f"none does in {shared}"] if shared else []
        found = f"The map has regions: of {counted(total, 'cell')}, {listing(parts)}."
    at_home = _where(cells, grid, baseline)
    return (
        f"{found} {at_home} {len(clear)} of the cells are clear; where hatched, at least one other cadence cannot "
        f"be told from the best. Numbers are gains over {baseline} in percentage points. {MONTE_CARLO}"
    )


def _where(cells: dict[str, tuple[str, float, bool]], grid: Grid, baseline: str) -> str:
    """Say in which cells the baseline is the best, and in how many it only looks so."""
    mine = {name: places for name, places in grid.by_name().items() if cells[name][0] == baseline}
    sure = [places for name, places in mine.items() if not cells[name][2]]
    name = baseline.capitalize()
    if not mine:
        return f"{name} looks best nowhere."
    if not sure:
        where = "one cell, where it" if len(mine) == 1 else f"{len(mine)} cells, in each of which it"
        return f"{name} looks best in {where} cannot be told from another."
    more = len(mine) - len(sure)
    unsure = f"; in {more} more it looks best, but cannot be told from another" if more else ""
    return f"{name} is the best in {counted(len(sure), 'cell')}{_region(sure, grid)}{unsure}."


def _region(places: Sequence[tuple[int, ...]], grid: Grid) -> str:
    """Say between which values cells lie, if they fill that box; else which they are, if they are few."""
    axes = [sorted({place[axis] for place in places}) for axis in (0, 1)]
    full = len(places) == math.prod(own[-1] - own[0] + 1 for own in axes)
    if full:
        return f", with {listing(_span(grid, axis, own[0], own[-1]) for axis, own in enumerate(axes))}"
    if len(places) > _MOST_CELLS:
        return ""
    return ": " + "; ".join(listing(_span(grid, axis, at, at) for axis, at in enumerate(place)) for place in places)


def _span(grid: Grid, axis: int, first: int, last: int) -> str:
    low, high = grid.values[axis][first], grid.values[axis][last]
    path = readable(grid.paths[axis])
    return f"{path} {low}" if first == last else f"{path} from {low} to {high}"


def _cells(
    best: pl.DataFrame, contrasts: pl.DataFrame, grid: Grid, measure: str, baseline: str
) -> dict[str, tuple[str, float, bool]]:
    """Return for each scenario its best cadence, the gain over the baseline, and whether another is tied with it.

    Where another cadence gains as much, none is the best: a tie has no winner.
    """
    own = best.filter(pl.col("measure") == measure)
    gains = {
        (scenario, cadence): difference
        for scenario, cadence, difference in contrasts.filter(pl.col("measure") == measure)
        .select("scenario", "cadence", "difference")
        .iter_rows()
    }
    found: dict[str, tuple[str, float, bool]] = {}
    for name in grid.names:
        rows = own.filter(pl.col("scenario") == name)
        who = next(iter(rows["best"].drop_nulls().to_list()), "")
        tied = rows.filter((pl.col("cadence") != who) & pl.col("tied_with_best").fill_null(False)).height > 0
        gain = 0.0 if who == baseline else gains.get((name, who))
        alike = [gains.get((name, other), 0.0 if other == baseline else None) for other in rows["cadence"]].count(gain)
        who = who if gain is None or alike < 2 else ""
        found[name] = (who, math.nan if gain is None else gain, tied)
    return found


def _pale(colour: str) -> str:
    channels: Sequence[int] = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(c + (255 - c) * PALE):02x}" for c in channels)
