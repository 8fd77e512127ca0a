"""The cadence table: what each cadence reaches, with its error, and who cannot be told from the best."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from timeline.plots.contrasts import choose
from timeline.plots.scenarios import winners
from timeline.words import decimals_for, number, percent, points, points_reach, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

PRIMARY = "in_force_end"
BEST, TIED, WORSE, UNRANKED = "★", "≈", "", ""


@dataclass(frozen=True)
class Column:
    """A measure of the table."""

    measure: str
    head: str
    title: str


@dataclass(frozen=True)
class StandingLine:
    """A cadence of the table: cells are (value, error) as text."""

    cadence: str
    sign: str
    words: str
    baseline: bool
    cells: tuple[tuple[str, str], ...]
    less_baseline: tuple[str, str] = ("", "")


def shown_columns(analysis: Analysis) -> list[Column]:
    """Return the table's measures, less those that say the same of every cadence as one before them."""
    told: list[list[object]] = []
    shown = []
    for column in columns(analysis.measures, in_force_at_once(analysis)):
        own: list[object] = list(
            analysis.estimates.filter(measure=column.measure).select("scenario", "cadence", "estimate").iter_rows()
        )
        if own not in told:
            told.append(own)
            shown.append(column)
    return shown


def same_if_verified(analysis: Analysis, scenario: str) -> bool:
    """Whether as many agreements are in force when only those that are half verified count."""
    curves = [
        frame.filter(scenario=scenario).select("cadence", "day", "estimate")
        for frame in (analysis.in_force, analysis.in_force_verified)
    ]
    return curves[1].height > 0 and curves[0].equals(curves[1])


def in_force_at_once(analysis: Analysis) -> bool:
    """Whether an agreement is in force in every timeline from its first day, as a pact already made is."""
    first = analysis.in_force.filter(pl.col("day") == 0)["estimate"]
    return first.len() > 0 and bool((first == 1).all())


def columns(measures: pl.DataFrame, at_once: bool = False) -> list[Column]:
    """Choose the table's measures among those computed.

    Survival since signature is taken nearest to five years, time in force over the longest window.

    Parameters
    ----------
    measures
        Those of the analysis.
    at_once
        Whether every agreement is in force from the first day: then nobody asks how many are signed.
    """
    titles = dict(measures.select("measure", "title").iter_rows())
    keys = list(titles)
    kept = nearest_window(keys, "survival_since_signature", 1826)
    wanted: list[tuple[str | None, str]] = [
        (PRIMARY if PRIMARY in titles else None, "in force at the horizon"),
        ("in_force_verified_end" if "in_force_verified_end" in titles else None, "… and half verified"),
        ("signed" if "signed" in titles and not at_once else None, "signed"),
        (kept, f"kept {span(float(kept.rsplit('_', 1)[1]))}{'' if at_once else ' since signature'}" if kept else ""),
        (next(iter(choose(measures, ("rmst_in_force",))), None), "mean days in force"),
        ("hostility" if "hostility" in titles else None, "hostility at the end"),
    ]
    since = (" since signature", " since the first day" if at_once else " since signature")
    return [Column(key, head, str(titles[key]).replace(*since)) for key, head in wanted if key is not None]


def nearest_window(keys: list[str], family: str, days: float) -> str | None:
    """Return the measure of a family whose window is nearest to ``days``.

    Examples
    --------
    >>> nearest_window(["rmst_x_365", "rmst_x_3652"], "rmst_x", 1826)
    'rmst_x_365'
    """
    own = [k for k in keys if k.startswith(family + "_") and k[len(family) + 1 :].isdigit()]
    return min(own, key=lambda k: abs(int(k.rsplit("_", 1)[1]) - days), default=None)


def standings(analysis: Analysis, scenario: str) -> list[StandingLine]:
    """Return the table's rows for one scenario, the cadence with the most agreements in force first."""
    chosen = shown_columns(analysis)
    units = dict(analysis.measures.select("measure", "unit").iter_rows())
    estimates = analysis.estimates.filter(pl.col("scenario") == scenario)
    found = {(r["cadence"], r["measure"]): r for r in estimates.iter_rows(named=True)}
    standing = analysis.best.filter((pl.col("scenario") == scenario) & (pl.col("measure") == PRIMARY))
    against = {r["cadence"]: r for r in standing.iter_rows(named=True)}
    names = [c for c in analysis.cadences if (c, PRIMARY) in found]
    names.sort(key=lambda name: -_number(found[name, PRIMARY]["estimate"]))
    contrasts = analysis.contrasts.filter(scenario=scenario, measure=PRIMARY)
    gaps = {row["cadence"]: row for row in contrasts.iter_rows(named=True)}
    alone = sum(bool(row["tied_with_best"]) for row in against.values()) == 1
    leader = winners(estimates, standing, PRIMARY).get(scenario)
    alike = len({found[name, PRIMARY]["estimate"] for name in names}) < 2
    return [
        StandingLine(
            cadence=name,
            sign=UNRANKED if alike else _sign(against.get(name), leader),
            words=_alike(names) if alike else _words(against.get(name), leader, alone),
            baseline=name == analysis.baseline,
            less_baseline=_gap(gaps.get(name)),
            cells=tuple(_cell(found.get((name, c.measure)), units[c.measure]) for c in chosen),
        )
        for name in names
    ]


def legend(rows: list[StandingLine]) -> str:
    """Say what the signs of a table mean; empty with a single cadence, which has nothing to be better than."""
    if len(rows) < 2:
        return ""
    signs = {row.sign for row in rows}
    if BEST in signs:
        told = f"; {TIED} marks those that cannot be told from it with this many timelines" if TIED in signs else ""
        return f"{BEST} marks the cadence with the most agreements in force{told}."
    told = f" {TIED} marks those that cannot be told from the best with this many timelines." if TIED in signs else ""
    return f"No cadence has more agreements in force than every other.{told}"


def _alike(names: list[str]) -> str:
    return "as many in force as under every other" if len(names) > 1 else ""


def _sign(row: dict[str, object] | None, leader: str | None) -> str:
    if row is None or row["tied_with_best"] is None:
        return UNRANKED
    if leader == row["cadence"]:
        return BEST
    return TIED if row["tied_with_best"] else WORSE


def _words(row: dict[str, object] | None, leader: str | None, alone: bool) -> str:
    if row is None or row["tied_with_best"] is None:
        return "not ranked"
    if leader == row["cadence"]:
        return "the best" if alone else "looks best"
    return "cannot be told from the best" if row["tied_with_best"] else "below the best"


def _gap(row: dict[str, object] | None) -> tuple[str, str]:
    """Write a difference from the baseline in points, and its interval."""
    if row is None or not math.isfinite(_number(row["difference"])):
        return ("–", "")
    if not math.isfinite(_number(row["low"])):
        return (points(_number(row["difference"])), "")
    return points(_number(row["difference"])), points_reach(_number(row["low"]), _number(row["high"]))


def _cell(row: dict[str, object] | None, unit: str) -> tuple[str, str]:
    """Write a value and half the width of its interval."""
    value = _number(row["estimate"]) if row else math.nan
    if row is None or not math.isfinite(value):
        return ("–", str(row["note"] or "") if row else "")
    half = (_number(row["high"]) - _number(row["low"])) / 2
    if unit == "share":
        d = decimals_for(half)
        return percent(value, d), f"±{number(half * 100, 1)}"
    d = 0 if unit == "days" else 3
    return f"{value:,.{d}f}", f"±{number(half, d)}"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
