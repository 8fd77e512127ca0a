"""The dashboard: one page that can be mailed, with its figures and tables beside it.

``report.html`` holds everything it shows: style, script, figures, tables. It asks no network for
anything, is whole without its script, and carries no date, so that the same result makes the same bytes.
Its parts follow the order in which an analyst asks: the answer, how sure, why, when not, what was
assumed, how to reproduce it; each is a template of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from markupsafe import Markup, escape

from timeline.derived.influence import in_words
from timeline.keeping.csv_files import csv_bytes
from timeline.model.endpoints import IN_FORCE
from timeline.pages.answering import answer_with
from timeline.pages.between import across_table, advantages_sentence, advantages_table, measures_table
from timeline.pages.brief import write_brief
from timeline.pages.context import Assumption, Context, RecordComparison
from timeline.pages.drawing import MOST_SCENARIOS, Drawing, best_of, drawings
from timeline.pages.excerpt import MOST_LISTED
from timeline.pages.fragility import fragility
from timeline.pages.headline import headline
from timeline.pages.kept_figures import RECORD as DRAWN
from timeline.pages.kept_figures import KeptFigures
from timeline.pages.kept_figures import record as drawn_as
from timeline.pages.precision import precision
from timeline.pages.shelf import BRIEF, PAGE, RECORD, PageRecord
from timeline.pages.standings import (
    in_force_at_once,
    legend,
    less_baseline_head,
    same_if_verified,
    shown_columns,
    standings,
)
from timeline.pages.tables import (
    aims_table,
    best_table,
    fates_table,
    levers_table,
    turning_tables,
)
from timeline.pages.worlds_told import (
    box_rules,
    other_sentence,
    structures_sentence,
    unknown_details,
    unknown_sentence,
    unknown_tables,
)
from timeline.pages.writing import allowed, fill, part, write_whole
from timeline.plots.choice import chosen
from timeline.plots.unknown import information_caption
from timeline.words import MONTE_CARLO, counted, listing, moment, percent, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis


def write_report(
    folder: Path,
    *,
    analysis: Analysis,
    context: Context,
    workers: int = 1,
    keep: bool = False,
    record: PageRecord | None = None,
    brief: bool = False,
) -> Path:
    """Write ``report.html``, ``figures/`` and ``tables/`` into a folder.

    Parameters
    ----------
    folder
        Where; made if absent. ``figures`` and ``tables`` in it belong to the report and are
        replaced whole, so that nothing stale stays behind.
    analysis
        The results.
    context
        Everything else on the page.
    workers
        How many processes draw, this one among them. The files are the same.
    keep
        Whether figures in the folder that would be drawn alike are taken over: only from a folder of one's own, since
        a record of how they were drawn can be forged.
    record
        What the page is of, to be written beside it.
    brief
        Whether ``brief.html`` is written beside it. One that lies there is always written anew: it would say what the
        page no longer says.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    StoreError
        If it cannot be written; the old report is whole then.
    """
    kept = KeptFigures(folder / "figures") if keep else None
    drawn = list(drawings(analysis, context, workers, kept))
    files = {f"figures/{drawing.name}.svg": drawing.svg.encode() for drawing in drawn}
    files |= {f"figures/{drawing.name}.png": drawing.png for drawing in drawn}
    files[f"figures/{DRAWN}"] = drawn_as(drawn)
    files |= {f"tables/{name}.csv": csv_bytes(frame) for name, frame in _tables(analysis, context).items()}
    files |= {} if record is None else {RECORD: record.to_bytes()}
    if brief or (folder / BRIEF).is_file():
        files[BRIEF] = write_brief(analysis, context, drawn).encode()
    return write_whole(folder, PAGE, render(analysis, context, drawn), files)


def render(analysis: Analysis, context: Context, drawn: Iterable[Drawing]) -> str:
    """Return the page as text.

    Parameters
    ----------
    analysis, context
        As for :func:`write_report`.
    drawn
        The figures, in order.
    """
    by_section: dict[str, list[Drawing]] = {}
    for drawing in drawn:
        by_section.setdefault(drawing.section, []).append(drawing)
    counts = context.count_by_evidence()
    total = len(context.assumptions)
    first = analysis.scenarios[0]
    script = part("report.js")
    at_once = in_force_at_once(analysis)
    columns, listed = shown_columns(analysis), analysis.scenarios[:MOST_LISTED]
    return fill(
        "report.html.j2",
        filters={
            "brief": brief,
            "in_words": in_words,
            "linked": linked,
            "paragraphs": paragraphs,
            "span": span,
            "moment": moment,
        },
        context=context,
        analysis=analysis,
        script=Markup(script),
        script_hash=allowed(script),
        answer=answer_with(analysis, context),
        whole=headline(analysis, context.combined),
        across_table=across_table(analysis),
        measures_table=measures_table(analysis, columns),
        advantages_table=advantages_table(analysis, columns),
        advantages=advantages_sentence(analysis),
        levers_table=levers_table(analysis.levers),
        choice="" if context.best is None else chosen(context.best, first),
        **_of_unknown(analysis, context),
        turning_tables=() if context.explained is None else turning_tables(context.explained.points),
        precision=precision(analysis, first, context.precision),
        best_table=None if context.best is None else best_table(context.best, first),
        aims_table=None if context.aims is None else aims_table(context.aims, first, context.mean_years),
        fates_table=None if context.fates is None else fates_table(context.fates, analysis.baseline),
        at_once=at_once,
        lengths=lengths_in_words(
            context.mean_years,
            not context.plays_on and any(column.measure == "hostility" for column in shown_columns(analysis)),
        ),
        drawn=by_section,
        fragility=fragility(analysis, first, analysis.baseline),
        columns=columns,
        verified_same=same_if_verified(analysis, first),
        legend=legend(standings(analysis, first), analysis.primary),
        less_baseline=less_baseline_head(analysis),
        in_points=_in_points(analysis),
        in_force=analysis.primary == IN_FORCE,
        standings={scenario: standings(analysis, scenario, columns) for scenario in listed},
        evidence=_evidence(counts, total),
        firmness=[(kind, n, _of_kind(kind, n)) for kind, n in counts.items()] if total else [],
        total=total,
        changed=[row.parameter for row in context.assumptions if row.changed],
        by_mechanism=_by_mechanism(context.assumptions),
        validation_note=_validation_note(context),
        tables=list(_tables(analysis, context)),
        most_scenarios=MOST_SCENARIOS,
        listed=listed,
        counted=counted,
    )


def _of_unknown(analysis: Analysis, context: Context) -> dict[str, Any]:
    """Return what the page says of what is not known."""
    unknown = context.unknown
    if unknown is None:
        return {"unknown_sentence": ""}
    return {
        "unknown_sentence": unknown_sentence(unknown, best_of(analysis, analysis.scenarios[0])),
        "unknown_details": unknown_details(unknown),
        "other_sentence": other_sentence(unknown),
        "structures_sentence": structures_sentence(unknown),
        "boxes": box_rules(unknown.found),
        "not_worth": [
            information_caption(unknown.found, kind)
            for kind in ("assumption", "mechanism")
            if unknown.found.information.filter("stands_out", measure=unknown.found.measure, kind=kind).is_empty()
        ],
        **unknown_tables(unknown),
    }


def _in_points(analysis: Analysis) -> str:
    """Say in what unit differences of the answer's measure are written; empty where the table's head says it."""
    unit = analysis.measures.filter(measure=analysis.primary)["unit"].to_list()
    return ", in percentage points," if unit == ["share"] else ""


def lengths_in_words(mean_years: Mapping[str, float], hostility: bool) -> str:
    """Say that timelines of different cadences run for different times, which values at their end do not show.

    Examples
    --------
    >>> lengths_in_words({"silence": 9.04, "monthly": 10.0}, hostility=False)
    'Timelines run 9.0 years on average under silence, the shortest, and 10.0 under monthly, the longest.'
    """
    if len(mean_years) < 2:
        return ""
    low, high = (end(mean_years, key=lambda name: mean_years[name]) for end in (min, max))
    if mean_years[low] == mean_years[high]:
        return ""
    said = (
        f"imelines run {mean_years[low]:.1f} years on average under {low}, the shortest, and {mean_years[high]:.1f} "
        f"under {high}, the longest."
    )
    if not hostility:
        return f"T{said}"
    return f"Hostility is that of the day on which each timeline ends, which comes sooner where more collapses: t{said}"


def linked(text: str) -> Markup:
    """Make addresses links. Their words are the address itself, so that nothing is lost on paper.

    Examples
    --------
    >>> linked("Grimes <2016>, https://doi.org/10.1371/x.")
    Markup('Grimes &lt;2016&gt;, <a href="https://doi.org/10.1371/x" rel="noreferrer">doi.org/10.1371/x</a>.')
    """
    parts = re.split(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:)\]])", text)
    link = Markup('<a href="{}" rel="noreferrer">{}</a>')
    # The odd parts are the addresses: split() keeps what its group has found.
    return Markup("").join(
        link.format(part, part.split("://", 1)[1]) if i % 2 else escape(part) for i, part in enumerate(parts)
    )


def brief(caption: str) -> Markup:
    """Shorten what many captions end on to a link: the page says it in full where it says how sure the answer is.

    Examples
    --------
    >>> brief(f"22.2% are in force. {MONTE_CARLO}")
    Markup('22.2% are in force. <a href="#sure">Intervals: 95% Monte Carlo error.</a>')
    """
    before, ending, after = caption.partition(MONTE_CARLO)
    link = Markup('<a href="#sure">Intervals: 95% Monte Carlo error.</a>') if ending else ""
    return escape(before) + link + escape(after)


def paragraphs(text: str) -> Markup:
    """Turn a long account into paragraphs; indented lines, such as a diagram, keep their shape."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        lines = block.splitlines()
        if lines and all(line.startswith(("    ", "\t")) for line in lines if line.strip()):
            blocks.append(Markup("<pre>{}</pre>").format(block))
        elif block.strip():
            blocks.append(Markup("<p>{}</p>").format(linked(" ".join(line.strip() for line in lines))))
    return Markup("\n").join(blocks)


def _evidence(counts: Mapping[str, int], total: int) -> str:
    if not total:
        return "No assumption was listed."
    parts = [f"{n} {kind} ({percent(n / total, 0)})" for kind, n in counts.items()]
    return f"{counted(total, 'assumption')}: {listing(parts)}."


def _of_kind(kind: str, number: int) -> str:
    """Say how many assumptions are of one kind of evidence.

    Examples
    --------
    >>> _of_kind("measured", 9), _of_kind("literature", 1), _of_kind("judgement", 0)
    ('9 are measured', '1 comes from the literature', 'none is judgement')
    """
    many = "none" if number == 0 else f"{number:,}"
    if kind == "literature":
        return f"{many} come{'s' if number < 2 else ''} from the literature"
    return f"{many} {'is' if number < 2 else 'are'} {kind}"


def _by_mechanism(rows: Iterable[Assumption]) -> dict[str, list[Assumption]]:
    groups: dict[str, list[Assumption]] = {}
    for row in rows:
        groups.setdefault(row.mechanism or "the world", []).append(row)
    return groups


def _validation_note(context: Context) -> str:
    v = context.validation
    return v.note if isinstance(v, RecordComparison) else v


def _tables(analysis: Analysis, context: Context) -> dict[str, pl.DataFrame]:
    """Name every table of the report: all frames of the analysis, then what the context adds."""
    tables = {name: frame for name, frame in vars(analysis).items() if isinstance(frame, pl.DataFrame)}
    if not context.signs:  # what it never has; elsewhere an empty table says that there is nothing
        tables = {name: frame for name, frame in tables.items() if frame.height}
    if context.assumptions:
        fields: tuple[str, ...] = tuple(Assumption.__dataclass_fields__)
        rows: list[dict[str, Any]] = [{f: getattr(row, f) for f in fields} for row in context.assumptions]
        tables["assumptions"] = pl.DataFrame(rows)
    if context.influences is not None and context.influences.links:
        tables["influences"] = pl.DataFrame([asdict(link) for link in context.influences.links]).drop("way")
    if context.landmarks is not None and context.landmarks.height:
        tables["landmarks"] = context.landmarks
    if context.best is not None:
        tables["against_best"] = context.best.against_best
        if context.best.decisions.height:
            tables |= {"race": context.best.race, "decisions": context.best.decisions}
    if context.aims is not None:
        tables |= {"aims": context.aims.table, "verdicts": _flat(context.aims.verdicts)}
        if context.aims.scores.height:
            tables |= {"scores": context.aims.scores, "sensitivity": context.aims.sensitivity}
    if context.fates is not None:
        tables |= {"fates": context.fates.counts, "fate_tallies": context.fates.tallies}
    if context.explained is not None:
        tables["explained"] = context.explained.one.table
    for number, story in enumerate(context.traces, start=1):
        tables[f"timeline-{number}-events"] = story.trace.events
        tables[f"timeline-{number}-series"] = story.trace.series
    if context.unknown is not None:
        found = context.unknown.found
        named = ("differences", "split", "quantiles", "best", "dominance", "information", "drivers", "boxes", "tree")
        tables |= {f"unknown-{name}": getattr(found, name) for name in named if getattr(found, name).width}
        own = ("other_worlds", "structures", "studies")
        frames = {name.replace("_", "-"): getattr(context.unknown, name) for name in own}
        if (screened := context.unknown.sensitivity) is not None:
            frames |= {
                name: getattr(screened, name) for name in ("screening", "indices", "tornado", "flips", "ladders")
            }
        tables |= {f"unknown-{name}": frame for name, frame in frames.items() if frame.width}
    if isinstance(context.validation, RecordComparison):
        tables["validation-record"] = context.validation.record
        tables["validation-model"] = context.validation.model
    return tables


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Write lists as text, since a CSV file holds none."""
    listed = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    return frame.with_columns(pl.col(listed).list.eval(pl.element().cast(pl.String)).list.join("; "))
