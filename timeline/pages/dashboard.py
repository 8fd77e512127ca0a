"""From a run's folder to its report: rows are analysed, three timelines told, the page written.

Everything the report needs lies in the folder, so that it can be built again without the
model, on another machine, long after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from timeline.analysis.analysis import ArmNames
from timeline.errors import StoreError
from timeline.keeping.store import Store
from timeline.pages.context import CadenceText, Context, FateCounts, RecordComparison, SeveralAims, ToldTimeline
from timeline.pages.counting import PageCounts, count_rows, reader
from timeline.pages.headline import Combined, headline
from timeline.pages.published import keep_record, kept_record
from timeline.pages.record import compare_with_record
from timeline.pages.setting import assumption, in_words, law_in_words, scenario_in_words, start_in_words
from timeline.pages.shelf import BRIEF, PAGE, PageRecord, shelve
from timeline.pages.standing import mark, standing_answer
from timeline.pages.stories import (
    EXAMPLES,
    EXPLANATION,
    KeptExplanation,
    explained,
    kept_explanation,
    play_again,
    program_version,
    rival_of,
    stories,
    unreadable,
)
from timeline.pages.unknown import kept_unknown, unknown_key
from timeline.playing.growing import precision_note
from timeline.study.keys import digest
from timeline.study.resolved import Resolved
from timeline.words import counted, listing, percent, readable, span, when

if TYPE_CHECKING:
    from datetime import date

    from timeline.analysis.analysis import Analysis
    from timeline.analysis.best import Best
    from timeline.analysis.pieces import Pieces
    from timeline.engines.world import Injection
    from timeline.study.experiment import Experiment


#: Failed replications that a sentence names.
_MOST_NAMED = 10


@dataclass(frozen=True)
class Built:
    """A report that has been written.

    Attributes
    ----------
    path
        The page.
    answer
        What the experiment says, and which cadence was chosen if one was to be.
    replications
        How many of each arm it is built on.
    counted
        What the page shows; None if the page that lay there stands, so that nothing was counted.
    earlier
        Where the page of another question lies now that lay there before; None if there was none.
    brief
        The two sheets beside the page; None if there are none.
    """

    path: Path
    answer: str
    replications: int
    counted: tuple[Analysis, Best] | None = None
    earlier: Path | None = None
    brief: Path | None = None


def build_report(
    store: Store,
    *,
    experiment: Experiment | None = None,
    data: Path | None = None,
    notes: Sequence[str] = (),
    workers: int = 1,
    brief: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> Built:
    """Analyse a run's rows and write its report.

    Parameters
    ----------
    store
        The run's folder, open.
    experiment
        The config, if the model is at hand: then example timelines are chosen and told anew.
        Otherwise those told before are shown.
    data
        A folder with records of real agreements; without one, the report compares with what was published, or says
        that there is nothing.
    notes
        Sentences to show among the run's warnings.
    workers
        How many processes draw the figures, this one among them.
    brief
        Whether a brief is written beside the page.
    say
        Called with a sentence before what takes long.

    Raises
    ------
    StoreError
        If the folder lacks what a report needs, or is damaged.
    TimelineError
        If the rows cannot be analysed.

    Notes
    -----
    With the model at hand, a page that would come out the same is left as it is, and else the figures that would be
    drawn alike are taken over. Without it the folder may be a stranger's, and all is counted and drawn.
    """
    resolved = store.resolved
    replications, wanted = complete(store, resolved), resolved.config.replications
    if replications < wanted:
        notes = (
            *notes,
            f"Only {replications:,} of {wanted:,} replications an arm have been simulated so far.",
        )
    notes = (*notes, *filter(None, [left_out(store, resolved, replications)]))
    if experiment is not None:
        notes = (*notes, *filter(None, [keep_record(store, experiment)]))
        if (answer := standing_answer(store, data, notes, brief)) is not None:
            return Built(store.folder / PAGE, answer, replications, brief=_brief_of(store))
    from timeline.pages.report import write_report  # it takes matplotlib, which a page that stands does without

    say("Building the report.")
    said_before, at_hand = notes, experiment is not None
    arms = readers(store)
    counts = count_rows(arms, resolved)
    analysis, best = counts.analysis, counts.best
    if experiment is not None:
        examples, explanation = play_again(experiment, analysis, arms, replications, kept_explanation(store))
        store.write_json(EXAMPLES, examples)
        if explanation is not None:
            store.write_json(EXPLANATION, explanation)
    signs = resolved.endpoints.signed is not None
    validation = compare_with_record(analysis, resolved, data, kept_record(store)) if signs else ""
    notes, kept = (*notes, *unreadable(store)), kept_explanation(store)
    unknown = kept_unknown(store)
    context = replace(
        _context(store, resolved, replications, stories(store), validation, notes, counts.landmarks),
        best=best,
        aims=_aims(resolved, analysis),
        fates=_fate_counts(counts) if signs else None,
        explained=explained(kept),
        unexplained=_unexplained(analysis, kept),
        unknown=unknown,
        unplayed=unknown is None and unknown_key(store) is not None,
        precision=resolved.precision,
        forced=forced_events(resolved, analysis, counts),
        mean_years={name: counts.lengths.mean_years(name) for name in analysis.cadences},
    )
    combined = Combined.of(resolved.config)
    context = replace(context, combined=combined)
    sentence = said(analysis, best, combined)
    record = PageRecord.about(
        resolved, str(store.manifest["run"]), replications, sentence, _shown_of_record(validation)
    )
    context = replace(context, page_key=record.key)
    shelved = shelve(store.folder, record.key)
    path = write_report(
        store.folder, analysis=analysis, context=context, workers=workers, keep=at_hand, record=record, brief=brief
    )
    if at_hand:
        mark(store, data, said_before)
    return Built(path, sentence, replications, (analysis, best), shelved, _brief_of(store))


def _brief_of(store: Store) -> Path | None:
    return store.folder / BRIEF if store.holds(BRIEF) else None


def _shown_of_record(validation: RecordComparison | str) -> str:
    """Return a hash of what a page shows of a record of real agreements, its words too; empty if it has none."""
    if not isinstance(validation, RecordComparison):
        return ""
    return digest("\n".join((validation.record.write_csv(), validation.record_name, validation.note)).encode())


def readers(store: Store) -> dict[ArmNames, Pieces]:
    """Return what reads each arm of a run part by part, as far as all arms are saved.

    Raises
    ------
    StoreError
        If some arm has no rows yet.
    """
    resolved = store.resolved
    replications = complete(store, resolved)
    return {arm: reader(store, key, replications) for arm, key in resolved.keys.items()}


def analysed(store: Store) -> tuple[Analysis, Best]:
    """Analyse a run's rows, and compare its cadences with the best; nothing is written."""
    counts = count_rows(readers(store), store.resolved)
    return counts.analysis, counts.best


def said(analysis: Analysis, best: Best, combined: Combined | None = None) -> str:
    """Return what an experiment says as a whole and of its first scenario, and which cadence was chosen if any."""
    from timeline.pages.measured import answer_of
    from timeline.plots.choice import chosen

    whole = " ".join(headline(analysis, combined or Combined()))
    where = f"Scenario {analysis.scenarios[0]}: " if len(analysis.scenarios) > 1 else ""
    judged = best.against_best if best.measure.key == analysis.primary else None
    first = where + answer_of(analysis, against_best=judged).headline
    sentences = (whole, first, chosen(best, analysis.scenarios[0]))
    return " ".join(part for part in sentences if part)


def complete(store: Store, resolved: Resolved) -> int:
    """Return how many replications all arms have."""
    replications = min(resolved.config.replications, *(store.complete(key) for key in resolved.keys.values()))
    if replications < 1:
        raise StoreError(f"{store.folder}: some arm has no rows yet; run the config to its end, then report")
    return replications


def left_out(store: Store, resolved: Resolved, replications: int) -> str:
    """Say which replications the model stopped in, so that no arm has them; empty if there are none."""
    names = {key: f"{scenario} x {cadence}" for (scenario, cadence), key in reversed(resolved.keys.items())}
    failed = [(number, names[arm]) for arm, numbers in store.failed(names, replications).items() for number in numbers]
    if not failed:
        return ""
    count = len({number for number, _ in failed})
    ends = resolved.model.endpoints
    danger = "things go badly" if ends is None or ends.signed is None else "agreements are in danger"
    told = [f"{number:,} ({arm})" for number, arm in sorted(failed)]
    told = [*told[:_MOST_NAMED], f"{len(told) - _MOST_NAMED:,} more"] if len(told) > _MOST_NAMED else told
    return (
        f"{count:,} of {counted(replications, 'replication')} {'is' if count == 1 else 'are'} left out of every arm, "
        f"because the model stopped there: {listing(told)}. If it stops where {danger}, what is left "
        "is too favourable; `timeline trace` shows one, mend the model."
    )


def sources_changed(store: Store, root: Path) -> list[str]:
    """Return which files of a workspace are no longer those that made a run."""
    return [
        path
        for path, expected in store.determinants["sources"].items()
        if not (root / path).is_file() or sha256((root / path).read_bytes()).hexdigest() != expected
    ]


# What is on the page besides the results.


def _context(
    store: Store,
    resolved: Resolved,
    replications: int,
    stories: tuple[ToldTimeline, ...],
    validation: RecordComparison | str,
    notes: Sequence[str],
    landmarks: pl.DataFrame | None,
) -> Context:
    config, model = resolved.config, resolved.model
    engines = {part["engine"] for arm in store.arms for part in store.parts(arm)}
    return Context(
        title=config.title,
        question=config.question,
        model=model.name,
        model_title=model.title,
        model_account=model.account,
        horizon=config.horizon,
        starts=config.starts,
        replications=replications,
        seed=config.seed,
        engine=" and ".join(sorted({name for engine in engines for name in engine.split(" and ")})),
        baseline=config.baseline,
        command=resolved.command,
        run_key=store.folder.name,
        version=program_version(),
        sides=(config.sides["a"], config.sides["b"]),
        cadences={
            name: CadenceText(description=cadence.about, levers=in_words(cadence.given))
            for name, cadence in config.cadences.items()
        },
        scenarios={name: scenario_in_words(scenario) for name, scenario in config.scenarios.items()},
        assumptions=tuple(map(assumption, resolved.ledger)),
        grid=config.grid,
        factorial=config.factorial,
        ablation=config.ablation,
        landmarks=landmarks,
        landmark=config.analysis.landmark,
        influences=model.influences,
        wording=resolved.endpoints.words,
        signs=resolved.endpoints.signed is not None,
        renews=resolved.endpoints.later is not None,
        plays_on=model.plays_on,
        traces=stories,
        validation=validation,
        notes=(*config.warnings, *precision_note(resolved.precision), *notes),
    )


def forced_events(resolved: Resolved, analysis: Analysis, counts: PageCounts) -> tuple[str, ...]:
    """Say what the config gives: where timelines begin, laws, forced events, and how many were open to receive them."""
    sentences = [*_started(resolved), *map(law_in_words, resolved.config.laws or ())]
    for at, event in enumerate(resolved.config.inject):
        shares = [counts.lengths.open_at(name, at) for name in analysis.cadences]
        low, high = (percent(end(shares)) for end in (min, max))
        open_then = low if low == high else f"{low} to {high}, by cadence,"
        after = _injected_when(event, resolved.config.starts)
        sentences.append(
            f"Forced on every timeline by the config: {event.clock}, {after}. Of the timelines {open_then} were still "
            "open then and could receive it; in the others nothing was forced."
        )
    return tuple(sentences)


def _started(resolved: Resolved) -> Iterator[str]:
    start = resolved.config.start
    if start is not None:
        yield (
            f"Given by the config, not simulated: every timeline {start_in_words(start)}. What is not given is as "
            "the model starts."
        )


def _injected_when(event: Injection, starts: date | None) -> str:
    if event.since is None and starts is not None:
        return when(event.days, starts)
    return f"{span(event.days)} after {readable(event.since) if event.since else 'the start'}"


def _aims(resolved: Resolved, analysis: Analysis) -> SeveralAims | None:
    from timeline.analysis.aims import aims_table, scores, sensitivity, verdicts

    aims = resolved.aims
    if len(aims.measures) < 2:
        return None
    return SeveralAims(
        table=aims_table(analysis, aims),
        verdicts=verdicts(analysis, aims),
        scores=scores(analysis, aims),
        sensitivity=sensitivity(analysis, aims),
    )


def _fate_counts(counts: PageCounts) -> FateCounts | None:
    """Return the fates of the first scenario; the cadence that does best besides the baseline is drawn."""
    from timeline.analysis.fates import tallies

    analysis = counts.analysis
    rival = rival_of(analysis, analysis.scenarios[0])
    if rival == analysis.baseline:
        return None
    return FateCounts(cadence=rival, counts=counts.fates, tallies=tallies(counts.fates, analysis))


def _unexplained(analysis: Analysis, kept: KeptExplanation) -> str:
    """Say why no crisis is explained: what was kept tells whether one was looked for."""
    if len(analysis.cadences) < 2:
        return "Only one cadence was run, so no crisis can be told under two."
    if kept.of is None:
        return "No crisis is explained here: this folder keeps none, and the model to replay one is not at hand."
    return f"No crisis is explained here: {listing(kept.of.pair)} decide none differently."
