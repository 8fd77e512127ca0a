"""A picture: what a count says, as plain data for the page."""

from __future__ import annotations

from typing import Any

import polars as pl

from timeline.live.exploring.counting import Count
from timeline.pages.measured import answer_of

_CURVE = ("estimate", "low", "high")
#: Failures of so many causes are told apart; of the others the sum.
_MOST_CAUSES = 6


def picture(count: Count, judged: tuple[int, int] | None = None) -> dict[str, Any]:
    """Return what a count says.

    Parameters
    ----------
    count
        Of one scenario.
    judged
        How many assumptions are judgement, and how many there are.
    """
    analysis = count.analysis
    answer = answer_of(analysis, judged=judged, against_best=count.against_best)
    return {
        "n": count.n,
        "cadences": list(analysis.cadences),
        "baseline": analysis.baseline,
        "answer": {
            "kind": answer.kind,
            "sentence": answer.sentence,
            "beside": answer.beside,
            "details": list(answer.details),
            "sure": answer.sure,
            "caveat": answer.caveat,
        },
        "in_force": _curves(analysis.in_force),
        "gap": {
            "days": next(iter(count.gaps.values())).days.tolist(),
            "of": {k: g.curve() for k, g in count.gaps.items()},
        }
        if count.gaps
        else None,
        "parted": {"saved": list(count.parted[0]), "lost": list(count.parted[1])},
        "since_signature": _curves(analysis.since_signature),
        "causes": _causes(analysis.causes),
        "estimates": _by_measure(analysis.estimates, ("estimate", "low", "high", "n", "note")),
        "contrasts": _by_measure(analysis.contrasts, ("difference", "low", "high", "distinguishable", "note")),
    }


def _curves(frame: pl.DataFrame) -> dict[str, Any]:
    """Return curves over one grid of days: the days, and by cadence the estimate and its interval."""
    days = frame["day"].unique(maintain_order=True).to_list()
    parts = frame.partition_by("cadence", as_dict=True, maintain_order=True)
    return {
        "days": days,
        "of": {str(name): {column: part[column].to_list() for column in _CURVE} for (name,), part in parts.items()},
    }


def _causes(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return by cause, most frequent first, the share that has failed by it in the end, by cadence."""
    if not frame.height:
        return []
    last = frame.filter(pl.col("day") == pl.col("day").max())
    ranked = last.group_by("cause").agg(pl.col("share").sum()).sort("share", "cause", descending=[True, False])
    found: list[dict[str, Any]] = []
    for cause, total in ranked.iter_rows():
        if total and len(found) < _MOST_CAUSES:
            own = last.filter(cause=cause)
            of = {row["cadence"]: [row["share"], row["low"], row["high"]] for row in own.iter_rows(named=True)}
            found.append({"cause": cause, "of": of})
    return found


def _by_measure(frame: pl.DataFrame, columns: tuple[str, ...]) -> dict[str, Any]:
    """Return {measure: {cadence: {column: value}}}."""
    found: dict[str, Any] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row["measure"], {})[row["cadence"]] = {column: row[column] for column in columns}
    return found
