"""The answer of a page: `timeline.pages.measured`, told all that the page knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from timeline.pages.measured import answer_of

if TYPE_CHECKING:
    import polars as pl

    from timeline.analysis.analysis import Analysis
    from timeline.pages.answer import Answer
    from timeline.pages.context import Context


def answer_with(analysis: Analysis, context: Context) -> Answer:
    """Say what the first scenario says, with the evidence, the comparison with the best and the aims of a page."""
    total = len(context.assumptions)
    return answer_of(
        analysis,
        scenario=analysis.scenarios[0],
        judged=(context.count_by_evidence().get("judgement", 0), total) if total else None,
        against_best=against_best(context, analysis.primary),
        verdicts=None if context.aims is None else context.aims.verdicts,
    )


def against_best(context: Context, primary: str) -> pl.DataFrame | None:
    """Return how far each cadence is from the best of the others, if that was asked of the answer's measure."""
    best = context.best
    return None if best is None or best.measure.key != primary else best.against_best
