"""Factors: what, when and how often, each with all of the others, and which of them matters."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from timeline.model.paths import own_name
from timeline.plots.style import ACCENT, MUTED, sheet, styled
from timeline.study.questions import Grid
from timeline.words import MONTE_CARLO, listing, percent, points, readable


@styled
def factors(contrasts: pl.DataFrame, *, scenario: str, grid: Grid, measure: str, baseline: str) -> Figure:
    """Draw the gain of every combination of up to three levers, and how much of its variance each explains.

    Parameters
    ----------
    contrasts
        Columns scenario, cadence, measure, difference, se.
    scenario, measure, baseline
        Which; the cadence subtracted.
    grid
        Two or three levers; its names are cadences.

    Returns
    -------
    matplotlib.figure.Figure
        Heat maps of the first lever (rows) by the second (columns), one for each value of the third, and a bar a
        lever for its share of the variance among the combinations; the rest is interplay and Monte Carlo error.
    """
    table, _ = _table(contrasts, scenario, grid, measure)
    panels = table.shape[2]
    rows, columns = table.shape[0], table.shape[1]
    page = sheet(
        panels + 1,
        columns=panels + 1,
        panel=max(1.1, 0.36 * rows),
        left=1.05,
        right=0.45,
        top=0.62,
        bottom=0.75,
        across=0.3,
    )
    page.title(f"Gain over {baseline} in agreements in force, in points, by {listing([_word(p) for p in grid.paths])}")
    most = float(np.nanmax(np.abs(table))) or 1.0
    for k in range(panels):
        ax = page.axes[k]
        ax.imshow(table[:, :, k], cmap="RdBu", vmin=-1.4 * most, vmax=1.4 * most, aspect="auto", rasterized=False)
        for i in range(rows):
            for j in range(columns):
                ax.text(j, i, points(float(table[i, j, k]), 1), ha="center", va="center", size=7.5)
        ax.set_xticks(range(columns), grid.values[1], rotation=30, ha="right")
        ax.set_yticks(range(rows), grid.values[0] if k == 0 else [""] * rows)
        ax.tick_params(length=0)
        if len(grid.paths) > 2:
            ax.set_title(f"{_word(grid.paths[2])}: {grid.values[2][k]}")
    shares = explained(contrasts, scenario=scenario, grid=grid, measure=measure)
    ax = page.axes[-1]
    names = list(shares)
    ax.barh(
        range(len(names)),
        list(shares.values()),
        height=0.34,
        color=[ACCENT if n in grid.paths else MUTED for n in names],
    )
    for i, share in enumerate(shares.values()):
        ax.text(share + 0.03, i, percent(share, 0), va="center", size=7.5)
    ax.set_yticks(range(len(names)), [""] * len(names))
    for i, name in enumerate(names):
        ax.text(0.0, i - 0.36, _word(name), va="center", size=7.5)
    ax.set_ylim(len(names) - 0.5, -0.7)
    ax.set_xlim(0, 1.12)
    ax.set_xticks([0, 0.5, 1], ["0", "50%", "100%"])
    ax.tick_params(axis="y", length=0)
    ax.set_title("variance explained")
    return page.figure


def explained(contrasts: pl.DataFrame, *, scenario: str, grid: Grid, measure: str) -> dict[str, float]:
    """Share out the variance among all combinations: to each lever alone, to pairs of them, to the rest.

    Parameters
    ----------
    contrasts, scenario, grid, measure
        As for `factors`.

    Returns
    -------
    dict
        For each path its share, the largest first; then "interplay" (all combinations of levers together). The
        sums of squares of a balanced design (Fisher), which add up to one.
    """
    table, _ = _table(contrasts, scenario, grid, measure)
    table = table.reshape([len(values) for values in grid.values])
    centred = table - table.mean()
    total = float((centred**2).sum())
    if not total > 0:
        return dict.fromkeys(grid.paths, math.nan) | {"interplay": math.nan}
    shares = {}
    for axis, path in enumerate(grid.paths):
        others = tuple(a for a in range(table.ndim) if a != axis)
        effect = centred.mean(axis=others)
        shares[path] = float((effect**2).sum() * total_size(table.shape, axis)) / total
    found = dict(sorted(shares.items(), key=lambda item: -item[1]))
    return found | {"interplay": max(0.0, 1.0 - sum(shares.values()))}


def total_size(shape: tuple[int, ...], axis: int) -> int:
    """Return how many cells share one value of an axis."""
    return math.prod(size for a, size in enumerate(shape) if a != axis)


def factors_caption(contrasts: pl.DataFrame, *, scenario: str, grid: Grid, measure: str, baseline: str) -> str:
    """State which lever matters most, and the range of the gain."""
    table, errors = _table(contrasts, scenario, grid, measure)
    shares = explained(contrasts, scenario=scenario, grid=grid, measure=measure)
    flat = table.reshape(-1)
    if not flat.var() > 0:
        return f"None of the {len(grid.names)} cadences differs from another. {MONTE_CARLO}"
    noise = float((errors**2).mean() / flat.var())
    order = [f"{_word(path)} explains {percent(share, 0)}" for path, share in shares.items() if path != "interplay"]
    best = grid.names[int(np.nanargmax(flat))]
    chosen = [
        f"{_word(path)} {grid.values[axis][places]}"
        for axis, (path, places) in enumerate(zip(grid.paths, grid.by_name()[best], strict=True))
    ]
    return (
        f"Of the variance among {len(grid.names)} cadences, {listing(order)}, "
        f"their interplay {percent(shares['interplay'], 0)}; "
        f"Monte Carlo error accounts for about {percent(min(noise, 1.0), 0)}. Gains over {baseline} run from "
        f"{points(float(flat.min()), 1)} to {points(float(flat.max()), 1)} percentage points; the highest is "
        f"{listing(chosen)}. {MONTE_CARLO}"
    )


def _table(contrasts: pl.DataFrame, scenario: str, grid: Grid, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the gain and its standard error of every combination: shape (first, second, third or 1)."""
    own = contrasts.filter((pl.col("scenario") == scenario) & (pl.col("measure") == measure))
    rows = {row["cadence"]: row for row in own.to_dicts()}
    sizes = [len(values) for values in grid.values] + [1] * (3 - len(grid.values))
    # The baseline, should it be one of the combinations, has no row: it gains nothing over itself.
    gains, errors = np.zeros((2, *sizes))
    for name, places in grid.by_name().items():
        if name in rows:
            at = (*places, 0)[:3]
            gains[at], errors[at] = rows[name]["difference"], rows[name]["se"]
    return gains, errors


_QUESTIONS = {"content": "what", "starts": "when", "every": "how often", "share": "how much", "delay": "how late"}


def _word(path: str) -> str:
    """Return what a lever asks.

    Examples
    --------
    >>> _word("rules[0].every"), _word("keep")
    ('how often', 'keep')
    """
    last = own_name(path)
    return _QUESTIONS.get(last, readable(last))
