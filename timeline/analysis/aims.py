r"""Aims: what each cadence does for several ends at once, which cadences are dominated, and what weights would say.

**Dominated.** One cadence dominates another if it is at least as good in every aim and better in one. Whether it is,
these replications can show or leave open. So every two cadences are compared in every aim, the same replications
under both (`Analysis.pairs`), and

- a cadence is *dominated* if there is another that is told apart as better in at least one aim, and in every
  other aim is told apart as better too or is the same in every replication;
- it is *on the front* if for every other cadence there is an aim in which it is told apart as the better of the
  two, or the two are the same in every replication and every aim;
- all else is *not told apart*: more replications would move it to one side or the other, unless the cadences are
  exactly as good in some aim and differ by luck alone.

**How sure.** The critical value of each aim holds for all pairs of cadences together (as in
`timeline.analysis.contrasts`), at 1 - 5%/k for k aims (Bonferroni). So all intervals of a scenario hold together with
95%, and whenever they do, no verdict "dominated" or "on the front" is wrong, however many are given (but for
differences so rare that they show in none of these replications). That a difference was not found is never taken
for a proof that there is none. Not corrected for several scenarios.

**Weights.** With weights :math:`w_a` the score of cadence :math:`c` is :math:`\sum_a w_a s_{ac} / \sum_a w_a`, where
:math:`s_{ac}` is 0 for the worst and 1 for the best of the cadences in that aim, and a straight line between. So a
weight is worth the whole range between the worst and the best cadence, and adding a bad cadence can change what a
weight means. Of an aim in which all cadences are the same, nothing is counted. How far a cadence lies behind the
winner is a sum of paired differences, so its interval is the sum of theirs: wide, but it holds together with them.
The range that the scores are scaled by counts as fixed.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl

from timeline.analysis.analysis import Analysis
from timeline.analysis.intervals import without_nan
from timeline.arrays import Floats
from timeline.errors import TimelineError
from timeline.study.questions import Aims

DOMINATED = "dominated"
FRONT = "on the front"
OPEN = "not told apart"

Distances = dict[tuple[str, str], tuple[float, float]]


def aims_table(analysis: Analysis, aims: Aims) -> pl.DataFrame:
    """Every cadence in every aim.

    Returns
    -------
    DataFrame
        scenario, cadence, measure, title, unit, better; estimate; difference (from the baseline), low, high and
        distinguishable, as in the contrasts, null for the baseline; scaled (0 the worst, 1 the best of the
        scenario's cadences; null if all are the same); weight (as a share of all weights; null if nobody weighed);
        note. Scenarios, aims and cadences in their order.
    """
    asked = pl.DataFrame({"measure": aims.measures, "weight": _shares(aims)}, schema_overrides={"weight": pl.Float64})
    about = asked.join(analysis.measures, on="measure", how="left", maintain_order="left")
    own = ["scenario", "cadence", "measure"]
    estimates = analysis.estimates.select(*own, "estimate", "note")
    contrasts = analysis.contrasts.select(*own, "difference", "low", "high", "distinguishable")
    table = (
        pl.DataFrame({"scenario": analysis.described})
        .join(about, how="cross", maintain_order="left_right")
        .join(estimates, on=["scenario", "measure"], how="inner", maintain_order="left_right")
        .join(contrasts, on=own, how="left", maintain_order="left")
    )
    good = pl.when(pl.col("better") == "lower").then(-pl.col("estimate")).otherwise(pl.col("estimate"))
    within = ["scenario", "measure"]
    span = (good.max() - good.min()).over(within)
    scaled = pl.when(span > 0).then((good - good.min().over(within)) / span)
    return table.with_columns(scaled=scaled).select(
        *own, "title", "unit", "better", "estimate", "difference", "low", "high", "distinguishable", "scaled",
        "weight", "note",
    )  # fmt: skip


def verdicts(analysis: Analysis, aims: Aims) -> pl.DataFrame:
    """Which cadences are dominated, as far as these replications tell.

    Returns
    -------
    DataFrame
        scenario, cadence, verdict ("dominated", "on the front", "not told apart"), by (list of the cadences that
        dominate it), perhaps_by (list of those that might, as far as the intervals tell), same_as (list of those that
        are the same in every aim and every replication). Where it is not told
        apart: nearly_by (the one of these, told apart as better in some aim, that leaves the fewest aims open; null
        if there is none), open_in (list of these aims), at_most (list: by how much the cadence could still be the
        better of the two in each, in the measure's unit).
    """
    rows = []
    for scenario in analysis.described:
        gaps = [_gaps(analysis, scenario, aim) for aim in aims.measures]
        names = _cadences(analysis, scenario)
        for name in names:
            others = [other for other in names if other != name]
            by = [other for other in others if _dominates(gaps, other, name)]
            perhaps = [other for other in others if other not in by and not _settled(gaps, name, other)]
            verdict = DOMINATED if by else OPEN if perhaps else FRONT
            nearly, left = _nearly(gaps, aims, name, perhaps) if verdict == OPEN else (None, {})
            same = [other for other in others if all(gap[name, other] == (0.0, 0.0) for gap in gaps)]
            rows.append((scenario, name, verdict, by, perhaps, same, nearly, list(left), list(left.values())))
    lists = dict.fromkeys(("by", "perhaps_by", "same_as"), pl.List(pl.String))
    schema: dict[str, Any] = dict.fromkeys(("scenario", "cadence", "verdict"), pl.String)
    schema |= lists | {"nearly_by": pl.String, "open_in": pl.List(pl.String), "at_most": pl.List(pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def scores(analysis: Analysis, aims: Aims) -> pl.DataFrame:
    """What the weights say of each cadence; no rows if nobody weighed the aims.

    Returns
    -------
    DataFrame
        scenario, cadence, score (0 the worst of all in every aim that counts, 1 the best), behind (the winner's
        score less its own), low, high (of `behind`), told (whether the interval leaves out 0; null for the winner),
        winner. Null where an aim that counts has no estimate.
    """
    rows = []
    for scenario in analysis.described if aims.weights else ():
        scaled, weights, span = _scaled(analysis, aims, scenario)
        found = {name: _score(weights, row) for name, row in scaled.items()}
        winner = _first_of(found)
        gaps = [_gaps(analysis, scenario, aim) for aim in aims.measures]
        for name, score in found.items():
            behind, low, high = math.nan, math.nan, math.nan
            if winner is not None:
                behind = found[winner] - score
                low, high = (0.0, 0.0) if name == winner else _sum(gaps, winner, name, weights, span)
            told = None if winner in (None, name) or math.isnan(low) else low > 0
            rows.append((scenario, name, score, behind, low, high, told, winner))
    numbers = dict.fromkeys(("score", "behind", "low", "high"), pl.Float64)
    schema = {"scenario": pl.String, "cadence": pl.String, **numbers, "told": pl.Boolean, "winner": pl.String}
    return without_nan(pl.DataFrame(rows, schema=schema, orient="row"))


def sensitivity(analysis: Analysis, aims: Aims) -> pl.DataFrame:
    """Over which weight of each aim the winner stays the winner; no rows if nobody weighed the aims.

    One aim's share of all weights goes from 0 to 1, while the others keep their proportions; if they weigh
    nothing, they share the rest evenly. Estimates only: Monte Carlo error is not in it.

    Returns
    -------
    DataFrame
        scenario, measure, weight (its share of all weights), low, high (shares between which the winner stays
        ahead), winner, below, above (who wins just outside; null where the range ends at 0 or 1).
    """
    rows = []
    for scenario in analysis.described if aims.weights else ():
        scaled, weights, _ = _scaled(analysis, aims, scenario)
        winner = _first_of({name: _score(weights, row) for name, row in scaled.items()})
        if winner is None:
            continue
        for place, aim in enumerate(aims.measures):
            rest = np.delete(weights, place)
            rest = rest / rest.sum() if rest.sum() > 0 else np.full(len(rest), 1 / len(rest))
            low, high, below, above = 0.0, 1.0, None, None
            for name, row in scaled.items():
                # The lead is a straight line from `without` at no weight to `alone` at all the weight.
                lead = scaled[winner] - row
                alone, without = float(lead[place]), _score(rest, np.delete(lead, place))
                if alone < 0 and (limit := without / (without - alone)) < high:
                    high, above = limit, name
                if without < 0 and (limit := without / (without - alone)) > low:
                    low, below = limit, name
            rows.append((scenario, aim, float(weights[place]), low, high, winner, below, above))
    numbers = dict.fromkeys(("weight", "low", "high"), pl.Float64)
    words = dict.fromkeys(("winner", "below", "above"), pl.String)
    schema = {"scenario": pl.String, "measure": pl.String, **numbers, **words}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shares(aims: Aims) -> list[float | None]:
    total = sum(aims.weights.values())
    return [aims.weights.get(aim, 0.0) / total if total else None for aim in aims.measures]


def _cadences(analysis: Analysis, scenario: str) -> list[str]:
    own = set(analysis.estimates.filter(pl.col("scenario") == scenario)["cadence"].to_list())
    return [name for name in analysis.cadences if name in own]


def _gaps(analysis: Analysis, scenario: str, aim: str) -> Distances:
    """Return by how much one cadence is better than another, at least and at most; NaN if unknown."""
    own = analysis.pairs.filter((pl.col("scenario") == scenario) & (pl.col("measure") == aim)).fill_null(math.nan)
    if not own.height and len(_cadences(analysis, scenario)) > 1:
        raise TimelineError(f"aims: given {aim}, which this analysis was not told to compare all cadences in")
    lower = (analysis.measures.filter(pl.col("measure") == aim)["better"] == "lower").any()
    gaps: Distances = {}
    for row in own.iter_rows(named=True):
        low, high = (-row["high"], -row["low"]) if lower else (row["low"], row["high"])
        if row["difference"] == 0 and row["se"] == 0:
            low = high = 0.0  # the same in every replication
        gaps[row["cadence"], row["other"]] = (low, high)
        gaps[row["other"], row["cadence"]] = (-high, -low)
    return gaps


def _dominates(gaps: list[Distances], one: str, other: str) -> bool:
    least = [gap[one, other][0] for gap in gaps]
    return all(low >= 0 for low in least) and any(low > 0 for low in least)


def _nearly(gaps: list[Distances], aims: Aims, name: str, others: list[str]) -> tuple[str | None, dict[str, float]]:
    """Return which other comes nearest to dominating a cadence, and the aims left open: by how much at most."""
    found: list[tuple[str, dict[str, float]]] = []
    for other in others:
        least = {aim: gap[other, name][0] for aim, gap in zip(aims.measures, gaps, strict=True)}
        if any(low > 0 for low in least.values()):
            found.append((other, {aim: -low for aim, low in least.items() if not low >= 0}))
    return min(found, key=lambda one: len(one[1]), default=(None, {}))


def _settled(gaps: list[Distances], name: str, other: str) -> bool:
    """Whether it is told that a cadence is not dominated by another."""
    return any(gap[name, other][0] > 0 for gap in gaps) or all(gap[name, other] == (0.0, 0.0) for gap in gaps)


def _scaled(analysis: Analysis, aims: Aims, scenario: str) -> tuple[dict[str, Floats], Floats, Floats]:
    """Return each cadence's scaled values, the weights, and the ranges that were scaled by, all by aim.

    An aim in which all are the same is worth nothing to anybody; an unknown value leaves the score unknown.
    """
    own = aims_table(analysis, aims).filter(pl.col("scenario") == scenario)
    columns, spans = [], []
    for aim in aims.measures:
        rows = own.filter(pl.col("measure") == aim)
        known = rows["estimate"].drop_nulls().to_numpy()
        spans.append(float(np.ptp(known)) if len(known) else 0.0)
        flat = pl.when(pl.col("estimate").is_not_null()).then(0.0)
        columns.append(rows.select(pl.col("scaled").fill_null(flat).fill_null(math.nan))["scaled"].to_numpy())
    values = dict(zip(_cadences(analysis, scenario), np.array(columns).T, strict=True))
    return values, np.array(_shares(aims), dtype=np.float64), np.array(spans)


def _score(weights: Floats, scaled: Floats) -> float:
    counts = weights > 0
    return float(weights[counts] @ scaled[counts])


def _first_of(found: dict[str, float]) -> str | None:
    known = {name: score for name, score in found.items() if not math.isnan(score)}
    return max(known, key=lambda name: known[name]) if known else None


def _sum(gaps: list[Distances], one: str, other: str, weights: Floats, span: Floats) -> tuple[float, float]:
    """Return the least and the most that one cadence's score lies above another's."""
    worth = np.divide(weights, span, out=np.zeros_like(weights), where=span > 0)
    low, high = (_score(worth, np.array([gap[one, other][end] for gap in gaps])) for end in (0, 1))
    return low, high
