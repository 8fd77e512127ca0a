"""Tables of the page beside the figures: cells as text, which the page's script can sort."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.plots.choice import amount
from timeline.words import counted, listing, number, percent, points, points_reach, sentence

if TYPE_CHECKING:
    from timeline.analysis.best import Best
    from timeline.explaining.turning import TurningPoints
    from timeline.pages.context import FateCounts, SeveralAims


@dataclass(frozen=True)
class Table:
    """A table for reading.

    Attributes
    ----------
    caption
        What it holds.
    heads
        The columns after the first, which names the row, and whether each is of numbers.
    rows
        (name, cells), a cell for each head.
    first
        The head of the first column.
    """

    caption: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    first: str = "cadence"


def best_table(best: Best, scenario: str) -> Table | None:
    """How far each cadence is from the best of the others; None if none can be ranked, or all are the same.

    Parameters
    ----------
    best
        From `timeline.analysis.best.find_best`.
    scenario
        Which scenario to show.
    """
    measure = best.measure
    placed = best.against_best.filter((pl.col("scenario") == scenario) & pl.col("may_be_best").is_not_null())
    if not placed.height or best.alike(scenario):
        return None
    race = {row["cadence"]: row for row in best.race.filter(pl.col("scenario") == scenario).iter_rows(named=True)}
    race = {} if all(row["retained"] for row in race.values()) else race
    heads = [("less the best of the others", True), ("95% interval", True), ("may be the best", False)]
    heads += [("out of the race after", True), ("beaten by", False)] if race else []
    rows = []
    for row in placed.sort("difference", descending=measure.better == "higher", maintain_order=True).iter_rows(
        named=True
    ):
        low, high = (_signed(row[end], measure.unit) for end in ("low", "high"))
        cells = [_signed(row["difference"], measure.unit), f"{low} to {high}", "yes" if row["may_be_best"] else "no"]
        if race:
            own = race[row["cadence"]]
            cells += ["still in" if own["retained"] else f"{own['left_at']:,}", own["beaten_by"] or ""]
        rows.append((row["cadence"], tuple(cells)))
    caption = f"{measure.title}: each cadence less the best of the others; all intervals hold together"
    caption += f". {kept}" if (kept := sentence(best.kept_in(scenario)).rstrip(".")) else ""
    return Table(caption, tuple(heads), tuple(rows))


def levers_table(levers: pl.DataFrame) -> Table | None:
    """What each value of a lever does against another, as the mean over the other levers; None without levers."""
    if not levers.height:
        return None
    heads = (("value", False), ("less", False), *_DIFFERENCE)
    rows = tuple(
        (row["lever"], (row["value"], row["other"], *_difference(row))) for row in levers.iter_rows(named=True)
    )
    return Table(
        "In force at the end: one value less another, means over the other levers; all intervals hold together",
        heads,
        rows,
        first="lever",
    )


_DIFFERENCE = (("points", True), ("95% interval", True), ("can be told apart", False))


def _difference(row: Mapping[str, Any]) -> tuple[str, str, str]:
    if row["low"] is None:
        return ("unknown" if row["difference"] is None else points(row["difference"]), "unknown", "unknown")
    told = "yes" if row["distinguishable"] else "no"
    return points(row["difference"]), points_reach(row["low"], row["high"]), told


def aims_table(aims: SeveralAims, scenario: str, mean_years: Mapping[str, float] | None = None) -> Table | None:
    """What each cadence reaches in every aim, and whether another is at least as good in all; None for one cadence.

    Parameters
    ----------
    aims
        Of the run.
    scenario
        Which scenario to show.
    mean_years
        How long timelines run under each cadence: counts are then given a year too.
    """
    verdicts = {row["cadence"]: row for row in aims.verdicts.filter(scenario=scenario).iter_rows(named=True)}
    if len(verdicts) < 2:
        return None
    own = aims.table.filter(scenario=scenario)
    about = own.unique("measure", maintain_order=True).to_dicts()
    score = dict(aims.scores.filter(scenario=scenario).drop_nulls("score").select("cadence", "score").iter_rows())
    better = {"higher": "more is better", "lower": "less is better"}
    heads = [(f"{row['title'][0].lower()}{row['title'][1:]} ({better[row['better']]})", True) for row in about]
    heads += [("score by the weights given", True)] if score else []
    values = {(row["cadence"], row["measure"]): row["estimate"] for row in own.iter_rows(named=True)}
    rows = []
    for name, verdict in verdicts.items():
        years = (mean_years or {}).get(name, math.nan)
        cells = [_value(values.get((name, row["measure"])), row["unit"], years) for row in about]
        cells += [number(score.get(name, math.nan), 2)] if score else []
        said = f"dominated by {listing(verdict['by'])}" if verdict["by"] else str(verdict["verdict"])
        if len(verdict["same_as"]) == len(verdicts) - 1:
            said = "the same in every aim"
        rows.append((name, (*cells, said)))
    return Table("Every cadence in every aim", (*heads, ("verdict", False)), tuple(rows))


def fates_table(fates: FateCounts, baseline: str) -> Table:
    """How many agreements each cadence saves and loses against the baseline, on the same luck.

    Parameters
    ----------
    fates
        Of the run.
    baseline
        The cadence that the others are compared with.
    """
    heads = ("same fate", "saved", "gained", "lost", "forgone", "balance, points", "95% interval")
    rows = []
    for row in fates.tallies.iter_rows(named=True):
        numbers = (f"{row[name]:,}" for name in ("same", "saved", "gained", "lost", "forgone"))
        known = row["difference"] is not None and row["same"] < row["n"]  # of what never differs there is no error
        balance = points(row["difference"]) if known else "–"
        interval = points_reach(row["low"], row["high"]) if known else "–"
        rows.append((row["cadence"], (*numbers, balance, interval)))
    many = counted(int(fates.tallies["n"].max() or 0), "replication")  # type: ignore[arg-type]
    caption = f"What became of the same {many} under each cadence and under {baseline}"
    return Table(caption, tuple((head, True) for head in heads), tuple(rows))


def turning_tables(points: TurningPoints) -> tuple[Table, ...]:
    """By what crises that one cadence saves and the other loses first differ, and how they are lost.

    Parameters
    ----------
    points
        From `timeline.explaining.turning.turning_points`.
    """
    one, other = points.cadences
    lists = (
        ("Where they first part", points.first),
        ("The first difference that is no disclosure itself", points.beyond),
        (f"What ended them under {other}", points.lost),
    )
    heads = (("how", False), ("crises", True), ("share", True), ("95% interval", True))
    of = f"of the first {points.replayed:,} that {one} saves and {other} loses"
    return tuple(
        Table(
            f"{title}, {of}",
            heads,
            tuple(
                (
                    kind.clock or "nothing",
                    (
                        kind.how,
                        f"{kind.count:,}",
                        percent(kind.share, 0),
                        f"{percent(kind.low, 0)} to {percent(kind.high, 0)}",
                    ),
                )
                for kind in kinds
            ),
            first="event",
        )
        for title, kinds in lists
        if kinds
    )


def _signed(value: float, unit: str) -> str:
    """Write a difference in its unit with its sign; what rounds to nothing is nothing."""
    text = amount(abs(value), unit)
    if not re.search("[1-9]", text):
        return "0"
    return f"−{text}" if value < 0 else text


def _value(value: float | None, unit: str, years: float = math.nan) -> str:
    """Write a value; a count is followed by how many that is a year of a timeline.

    Examples
    --------
    >>> _value(1.5, "count", 6.0), _value(1.5, "count"), _value(0.25, "index", 6.0)
    ('1.50 (0.250 a year)', '1.50', '0.250')
    """
    if unit not in ("share", "days", "index") and years > 0 and value is not None and math.isfinite(value):
        return f"{number(value, 2)} ({number(value / years, 3)} a year)"
    if value is None or not math.isfinite(value):
        return "–"
    if unit == "share":
        return percent(value)
    return f"{value:,.0f}" if unit == "days" else number(value, 3 if unit == "index" else 2)
