"""The cadence table: what each cadence reaches, with its error, and who cannot be told from the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.study.yardsticks import ALL
from timeline.words import decimals_for, measure_words, number, percent, points, points_reach, span, visible

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

BEST, TIED, WORSE, UNRANKED = "★", "≈", "", ""

_MOST_COLUMNS = 6
"""Measures of a table that fit beside each other."""


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
    for column in _columns(analysis):
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
    from timeline.plots.contrasts import choose

    titles = dict(measures.select("measure", "title").iter_rows())
    keys = list(titles)
    kept = nearest_window(keys, "survival_since_signature", 1826)
    wanted: list[tuple[str | None, str]] = [
        (IN_FORCE if IN_FORCE in titles else None, "in force at the horizon"),
        ("in_force_verified_end" if "in_force_verified_end" in titles else None, "… and half verified"),
        ("signed" if "signed" in titles and not at_once else None, "signed"),
        (kept, f"kept {span(float(kept.rsplit('_', 1)[1]))}{'' if at_once else ' since signature'}" if kept else ""),
        (next(iter(choose(measures, ("rmst_in_force",))), None), "mean days in force"),
        ("hostility" if "hostility" in titles else None, "hostility at the end"),
    ]
    since = (" since signature", " since the first day" if at_once else " since signature")
    return [Column(key, head, str(titles[key]).replace(*since)) for key, head in wanted if key is not None]


def _columns(analysis: Analysis) -> list[Column]:
    return table_columns(analysis.measures, analysis.primary, in_force_at_once(analysis))


def table_columns(measures: pl.DataFrame, primary: str, at_once: bool = False) -> list[Column]:
    """Choose the table's measures for an answer in a measure; see `columns` for one about agreements in force."""
    if primary == IN_FORCE:
        return columns(measures, at_once)
    of_all = measures.filter(estimand=ALL)
    titles = dict(of_all.select("measure", "title").iter_rows())
    keys = dict.fromkeys([primary, *titles])
    return [Column(key, measure_words(key), titles[key]) for key in list(keys)[:_MOST_COLUMNS]]


def less_baseline_head(analysis: Analysis) -> str:
    """Return the head of the column of differences from the baseline."""
    if analysis.primary == IN_FORCE:
        return f"in force, less {analysis.baseline} (points)"
    unit = {"share": " (points)", "days": " (days)"}.get(_unit(analysis), "")
    return f"{measure_words(analysis.primary)}, less {analysis.baseline}{unit}"


def _unit(analysis: Analysis) -> str:
    return str(analysis.measures.filter(measure=analysis.primary)["unit"].item())


def nearest_window(keys: list[str], family: str, days: float) -> str | None:
    """Return the measure of a family whose window is nearest to ``days``.

    Examples
    --------
    >>> nearest_window(["rmst_x_365", "rmst_x_3652"], "rmst_x", 1826)
    'rmst_x_365'
    """
    own = [k for k in keys if k.startswith(family + "_") and k[len(family) + 1 :].isdigit()]
    return min(own, key=lambda k: abs(int(k.rsplit("_", 1)[1]) - days), default=None)


def standings(analysis: Analysis, scenario: str, columns: Sequence[Column] | None = None) -> list[StandingLine]:
    """Return the table's rows for one scenario, the cadence that does best in the measure of the answer first.

    Parameters
    ----------
    analysis, scenario
        What is shown.
    columns
        The table's measures; those of `shown_columns` if left out.
    """
    from timeline.plots.scenarios import winners

    chosen = shown_columns(analysis) if columns is None else columns
    units = dict(analysis.measures.select("measure", "unit").iter_rows())
    primary = analysis.primary
    sign = 1 if analysis.measures.filter(measure=primary)["better"].to_list() == ["lower"] else -1
    estimates = analysis.estimates.filter(pl.col("scenario") == scenario)
    found = {(r["cadence"], r["measure"]): r for r in estimates.iter_rows(named=True)}
    standing = analysis.best.filter((pl.col("scenario") == scenario) & (pl.col("measure") == primary))
    against = {r["cadence"]: r for r in standing.iter_rows(named=True)}
    names = [c for c in analysis.cadences if (c, primary) in found]
    names.sort(key=lambda name: sign * _number(found[name, primary]["estimate"]))
    contrasts = analysis.contrasts.filter(scenario=scenario, measure=primary)
    gaps = {row["cadence"]: row for row in contrasts.iter_rows(named=True)}
    alone = sum(bool(row["tied_with_best"]) for row in against.values()) == 1
    leader = winners(estimates, standing, primary).get(scenario)
    alike = len({found[name, primary]["estimate"] for name in names}) < 2
    return [
        StandingLine(
            cadence=name,
            sign=UNRANKED if alike else _sign(against.get(name), leader),
            words=_alike(names, primary) if alike else _words(against.get(name), leader, alone),
            baseline=name == analysis.baseline,
            less_baseline=_gap(gaps.get(name), units.get(primary, "share")),
            cells=tuple(_cell(found.get((name, c.measure)), units[c.measure]) for c in chosen),
        )
        for name in names
    ]


def legend(rows: list[StandingLine], primary: str = IN_FORCE) -> str:
    """Say what the signs of a table mean; empty with a single cadence, which has nothing to be better than."""
    most, more = "the cadence with the most agreements in force", "has more agreements in force than every other"
    if primary != IN_FORCE:
        most, more = f"the cadence that does best in “{measure_words(primary)}”", "does better than every other"
    if len(rows) < 2:
        return ""
    signs = {row.sign for row in rows}
    if BEST in signs:
        told = f"; {TIED} marks those that cannot be told from it with this many timelines" if TIED in signs else ""
        return f"{BEST} marks {most}{told}."
    told = f" {TIED} marks those that cannot be told from the best with this many timelines." if TIED in signs else ""
    return f"No cadence {more}.{told}"


def _alike(names: list[str], primary: str) -> str:
    if len(names) < 2:
        return ""
    return "as many in force as under every other" if primary == IN_FORCE else "as under every other"


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


def _gap(row: dict[str, object] | None, unit: str) -> tuple[str, str]:
    """Write a difference from the baseline in points, days or as a number, and its interval."""
    if row is None or not math.isfinite(_number(row["difference"])):
        return ("–", "")
    if not math.isfinite(_number(row["low"])):
        return (points(_number(row["difference"])) if unit == "share" else _plain(row["difference"], 2), "")
    if unit != "share":
        half = (_number(row["high"]) - _number(row["low"])) / 2
        d = max(_decimals_of(half), visible([_number(row["low"]), _number(row["high"])], 0))
        return _plain(row["difference"], d), f"{_plain(row['low'], d)} to {_plain(row['high'], d)}"
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
    whole = unit == "days" and (half >= 0.5 or half == 0)
    d = 0 if whole else 3 if unit == "index" else _decimals_of(half)
    return f"{value:,.{d}f}", f"±{number(half, d)}"


def _decimals_of(half: float) -> int:
    """Return how many decimals an interval of this half-width can carry, two of its digits, at most three."""
    return max(0, min(3, 1 - math.floor(math.log10(half)))) if math.isfinite(half) and half > 0 else 0


def _plain(value: object, decimals: int) -> str:
    return f"{_number(value):,.{decimals}f}".replace("-", "−")


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
