"""The brief: two sheets to hand on. The answer, both curves, what it rests on, and what would change it.

Who hands it on has no time for the page. So it holds no table and no script, says apart what more timelines would
settle and what they would not, and says plainly what was not varied.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from markupsafe import Markup

from timeline.pages.answering import answer_with
from timeline.pages.context import Context, RecordComparison
from timeline.pages.drawing import brief_curves
from timeline.pages.headline import headline
from timeline.pages.precision import precision
from timeline.pages.standings import in_force_at_once
from timeline.pages.writing import fill, part
from timeline.plots.choice import chosen
from timeline.plots.validation import BANDS
from timeline.words import MONTE_CARLO, counted, listing, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.pages.drawing import Drawing

_CURVES = ("in-force", "since-signature")
#: What a model shows instead that is not about agreements.
_DIFFERENCES = ("contrasts",)
_VARIED = ("design", "scenarios")
_MOST_NAMED = 4


def write_brief(analysis: Analysis, context: Context, drawn: Iterable[Drawing]) -> str:
    """Return the brief as text: a page of HTML that holds all it shows.

    Parameters
    ----------
    analysis, context
        As for `timeline.pages.report.write_report`.
    drawn
        The figures of the report, in order.
    """
    first = {drawing.section: drawing for drawing in reversed(list(drawn))}
    first |= {drawing.section: drawing for drawing in brief_curves(analysis, context)}
    curves = [first[section] for section in (_CURVES if context.signs else _DIFFERENCES) if section in first]
    scenario = analysis.scenarios[0]
    return fill(
        "brief.html.j2",
        filters={"bare": bare, "span": span},
        own_style=Markup(part("brief.css")),
        context=context,
        analysis=analysis,
        whole=headline(analysis, context.combined),
        answer=answer_with(analysis, context),
        choice="" if context.best is None else chosen(context.best, scenario),
        curves=curves,
        no_curve=_no_curve(analysis) if context.signs and len(curves) < len(_CURVES) else "",
        luck=_luck(analysis, context),
        ignorance=_ignorance(context),
        likeness=_likeness(context, first.get("validation")),
        varied=[first[section] for section in _VARIED if section in first],
        unvaried=unvaried(analysis, context),
        assumed=_scenarios(context),
        notes=_first_few(context.notes),
        counted=counted,
    )


def bare(caption: str) -> str:
    """Leave out the sentence that many captions end on: the brief says it once.

    Examples
    --------
    >>> bare(f"22.2% are in force. {MONTE_CARLO}")
    '22.2% are in force.'
    """
    return _without(caption, (MONTE_CARLO,))


def _without(caption: str, sentences: Iterable[str]) -> str:
    for said in sentences:
        caption = caption.replace(said, "")
    return " ".join(caption.split())


def unvaried(analysis: Analysis, context: Context) -> str:
    """Say what the run did not vary, so that nobody takes silence for firmness."""
    total = len(context.assumptions)
    if len(analysis.scenarios) == 1:
        kept = f"All {total:,} assumptions" if total > 1 else "All assumptions"
        return (
            f"{kept} kept the one value that they are given here. So this run cannot say which of them would turn the "
            "answer: scenarios, a map of two assumptions, a sweep, or the model without each of its parts would."
        )
    if context.ablation:
        return (
            "What was varied is which causal stories the model holds. The values of its assumptions kept the one that "
            "they are given here, so which of them would turn the answer is not known from this run."
        )
    if context.grid is not None:
        return (
            f"Only {listing(context.grid.paths)} were varied. All other assumptions kept the one value that they are "
            "given here, so whether they would turn the answer is not known from this run."
        )
    return (
        "Only what sets the scenarios apart was varied. All other assumptions kept the one value that they are given "
        "here, so whether they would turn the answer is not known from this run."
    )


def _luck(analysis: Analysis, context: Context) -> str:
    several = len(analysis.scenarios) > 1
    known = precision(analysis, analysis.scenarios[0], context.precision)
    return (
        f"{counted(context.replications, 'simulated timeline')} for each cadence{' and scenario' if several else ''}, "
        f"each followed for {span(context.horizon)}. More timelines make this doubt smaller. {known}"
    ).strip()


def _ignorance(context: Context) -> str:
    total, counts = len(context.assumptions), context.count_by_evidence()
    if not total:
        return "No assumption was listed, so nothing can be said of what they rest on."
    changed = [row.parameter for row in context.assumptions if row.changed]
    which = f" This run changes {counted(len(changed), 'of them', 'of them')}." if changed else ""
    judged = (
        "1 is judgement: nobody has measured it"
        if counts["judgement"] == 1
        else f"{counts['judgement']:,} are judgement: nobody has measured them"
    )
    measured, literature = (f"{counts[kind]:,}" if counts[kind] else "none" for kind in ("measured", "literature"))
    return (
        f"Of {counted(total, 'assumption')} {judged}; {measured} {'is' if counts['measured'] < 2 else 'are'} measured, "
        f"{literature} come{'s' if counts['literature'] < 2 else ''} from the literature.{which} No number of "
        "timelines makes this doubt smaller, and no interval here holds it."
    )


def _likeness(context: Context, drawing: Drawing | None) -> str:
    if isinstance(context.validation, RecordComparison):
        return context.validation.note if drawing is None else _without(bare(drawing.caption), BANDS.values())
    if not context.signs:
        return ""
    return "This run was not compared with a record of real agreements."


def _no_curve(analysis: Analysis) -> str:
    if in_force_at_once(analysis):
        return "The agreement is in force from the first day, so the curve above is also that since signature."
    return "Nobody signed, so there is no curve since signature."


def _scenarios(context: Context) -> list[tuple[str, str]]:
    """Return what the scenarios assume, if they are few enough for a brief and no map shows them."""
    if context.grid is not None or context.ablation or not 1 < len(context.scenarios) <= _MOST_NAMED:
        return []
    return list(context.scenarios.items())


def _first_few(notes: tuple[str, ...]) -> list[str]:
    left = len(notes) - _MOST_NAMED
    more = [f"{counted(left, 'more warning')}: see the report."] if left > 0 else []
    return [*notes[:_MOST_NAMED], *more]
