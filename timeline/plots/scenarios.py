"""Scenarios: one measure over all scenarios and cadences, with the best of each scenario."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import polars as pl
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from timeline.plots.style import INK, sheet, styled
from timeline.words import MONTE_CARLO, counted, listing, percent


def winners(estimates: pl.DataFrame, best: pl.DataFrame, measure: str) -> dict[str, str]:
    """Return the best cadence of each scenario; none where it shares its value with another, since a tie has no winner.

    Parameters
    ----------
    estimates
        Columns scenario, cadence, measure, estimate.
    best
        Columns scenario, measure, best.
    measure
        Which measure.

    Examples
    --------
    >>> rows = {"scenario": ["calm", "calm", "harsh", "harsh"], "cadence": ["silence", "monthly"] * 2, "measure": "m"}
    >>> estimates = pl.DataFrame({**rows, "estimate": [0.2, 0.3, 0.0, 0.0]})
    >>> best = pl.DataFrame({**rows, "best": ["monthly", "monthly", "silence", "silence"]})
    >>> winners(estimates, best, "m")
    {'calm': 'monthly'}
    """
    named = best.filter(pl.col("measure") == measure).drop_nulls("best").unique("scenario", maintain_order=True)
    values: dict[str, dict[str, float]] = {}
    own = estimates.filter(pl.col("measure") == measure).select("scenario", "cadence", "estimate")
    for scenario, cadence, estimate in own.iter_rows():
        values.setdefault(scenario, {})[cadence] = estimate
    return {
        scenario: name
        for scenario, name in named.select("scenario", "best").iter_rows()
        if list(values.get(scenario, {}).values()).count(values.get(scenario, {}).get(name, math.nan)) == 1
    }


@styled
def across_scenarios(
    estimates: pl.DataFrame, best: pl.DataFrame, *, measure: str, title: str, shares: bool = True
) -> Figure:
    """Draw a map of a measure over cadences (rows) and scenarios (columns).

    Parameters
    ----------
    estimates
        Columns scenario, cadence, measure, estimate.
    best
        Columns scenario, measure, cadence, tied_with_best, best (the name of the best cadence).
    measure, title
        Which measure, and what it is called.
    shares
        Whether its values are shares.

    Returns
    -------
    matplotlib.figure.Figure
        A thick frame marks the best of a scenario, "=" those that cannot be told from the best.
    """
    own = estimates.filter(pl.col("measure") == measure)
    scenarios = own["scenario"].unique(maintain_order=True).to_list()
    names = own["cadence"].unique(maintain_order=True).to_list()
    value = {(s, c): e for s, c, e in own.select("scenario", "cadence", "estimate").fill_null(math.nan).iter_rows()}
    marks = _marks(estimates, best, measure)
    grid = np.array([[value.get((s, c), math.nan) for s in scenarios] for c in names], dtype=float)
    text = [[_cell(value.get((s, c), math.nan), marks.get((s, c)), shares) for s in scenarios] for c in names]
    dark = 1.7 * max((v for v in value.values() if math.isfinite(v)), default=1.0) or 1.0  # keeps figures legible
    right = max(0.3, 7.4 - 1.75 - 1.35 * len(scenarios))
    page = sheet(1, columns=1, panel=0.25 * len(names), left=1.75, right=right, top=0.78, bottom=0.12)
    page.title(f"{title}, by scenario")
    ax = page.axes[0]
    import seaborn as sns  # here, because it is slow to import and needed for several scenarios only

    sns.heatmap(
        grid,
        ax=ax,
        annot=np.array(text),
        fmt="",
        cmap="Blues",
        vmin=0.0,
        vmax=dark,
        cbar=False,
        linewidths=0.6,
        xticklabels=scenarios,
        yticklabels=names,
        annot_kws={"size": 7.0 if len(scenarios) < 9 else 5.5},
    )
    ax.xaxis.tick_top()
    crowded = len(scenarios) > 5
    ax.tick_params(axis="x", length=0, rotation=30 if crowded else 0)
    ax.tick_params(axis="y", length=0, rotation=0)
    if crowded:
        for label in ax.get_xticklabels():
            label.set_horizontalalignment("left")
    for (scenario, cadence), is_best in marks.items():
        if is_best and scenario in scenarios and cadence in names:
            corner = (scenarios.index(scenario) + 0.03, names.index(cadence) + 0.04)
            ax.add_patch(Rectangle(corner, 0.94, 0.92, fill=False, edgecolor=INK, linewidth=1.6))
    return page.figure


def across_scenarios_caption(estimates: pl.DataFrame, best: pl.DataFrame, *, measure: str) -> str:
    """State in how many scenarios each cadence does best, and in how many of them no other may be the best."""
    won = winners(estimates, best, measure)
    own = best.filter(pl.col("measure") == measure).drop_nulls("best")
    ranked = own["scenario"].n_unique()
    alone = {s for s, tied in own.group_by("scenario").agg(pl.col("tied_with_best").sum()).iter_rows() if tied == 1}
    if not won:
        return f"In no scenario is there a best cadence. {MONTE_CARLO}"
    wins = Counter(won.values())
    order = sorted(wins, key=lambda n: (-wins[n], n))
    shared = ranked - len(won)
    sure = len(won.keys() & alone)
    if len(order) == 1 and not shared:
        looks = "is the best cadence" if sure == ranked else "looks best"
        found = f"{order[0]} {looks} in every one of the {counted(ranked, 'scenario')}."
    else:
        parts = [f"{name} in {wins[name]}" for name in order]
        parts += [f"none in {shared}, where several do equally well"] if shared else []
        depends = "depends on the scenario" if len(order) > 1 else "is not named in every scenario"
        which = "The best cadence" if sure == len(won) else "Which cadence looks best"
        found = f"{which} {depends}: of {ranked}, {listing(parts)}."
    if sure < len(won):
        found += f" In {sure or 'none'} of them it is surely the best; in the others another may be."
    return (
        f"{found} A frame marks the one that does best; an equals sign marks cadences that cannot be told from it. "
        f"{MONTE_CARLO}"
    )


def _marks(estimates: pl.DataFrame, best: pl.DataFrame, measure: str) -> dict[tuple[str, str], bool]:
    """Return the arms that are best (True) or tied with the best (False)."""
    own = best.filter(pl.col("measure") == measure)
    won = winners(estimates, best, measure)
    return {
        (r["scenario"], r["cadence"]): won.get(r["scenario"]) == r["cadence"]
        for r in own.iter_rows(named=True)
        if r["best"] == r["cadence"] or r["tied_with_best"]
    }


def _cell(value: float, is_best: bool | None, shares: bool) -> str:
    mark = {True: "best ", False: "= ", None: ""}[is_best]
    if not math.isfinite(value):
        return "–"
    return mark + (percent(value, 0) if shares else f"{value:,.{0 if abs(value) >= 100 else 2}f}")
