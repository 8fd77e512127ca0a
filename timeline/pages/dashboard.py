"""From a run's folder to its report: rows are analysed, three timelines told, the page written.

Everything the report needs lies in the folder, so that it can be built again without the
model, on another machine, long after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.derived.influence import plain_influences
from timeline.errors import StoreError, TimelineError
from timeline.keeping.store import RESOLVED, Store
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.pages.context import Cadence, Context, FateCounts, SeveralAims, Story, Validation
from timeline.pages.counting import Counts, count_rows, reader
from timeline.pages.record import compare_with_record
from timeline.pages.setting import assumption, in_words, scenario_in_words
from timeline.pages.stories import (
    EXAMPLES,
    EXPLANATION,
    explained,
    kept_explanation,
    play_again,
    program_version,
    rival_of,
    stories,
)
from timeline.playing.growing import precision_note
from timeline.study.questions import Aims, Grid, usual_aims
from timeline.study.window import Window
from timeline.words import listing

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.study.experiment import Experiment

Arm = tuple[str, str]


@dataclass(frozen=True)
class Built:
    """A report that has been written.

    Attributes
    ----------
    path
        The page.
    answer
        What the experiment says, and which cadence was chosen if one was to be.
    analysis
        What the page shows.
    replications
        How many of each arm it is built on.
    """

    path: Path
    answer: str
    analysis: Analysis
    replications: int


def build_report(
    store: Store,
    *,
    experiment: Experiment | None = None,
    data: Path | None = None,
    notes: Sequence[str] = (),
    workers: int = 1,
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
        A folder with records of real agreements; without one, the report says so.
    notes
        Sentences to show among the run's warnings.
    workers
        How many processes draw the figures, this one among them.

    Raises
    ------
    StoreError
        If the folder lacks what a report needs, or is damaged.
    TimelineError
        If the rows cannot be analysed.

    Notes
    -----
    With the model at hand, the figures in the folder that would be drawn alike are taken over. Without it the folder
    may be a stranger's, and all are drawn.
    """
    from timeline.pages.answer import answer
    from timeline.pages.report import against_best, write_report
    from timeline.plots.choice import chosen

    resolved = store.read_json(RESOLVED)
    keys: dict[Arm, str] = {(arm["scenario"], arm["cadence"]): arm["key"] for arm in resolved["arms"]}
    wanted = resolved["config"]["replications"]
    replications = min(wanted, *(store.complete(key) for key in keys.values()))
    if replications < wanted:
        notes = (
            *notes,
            f"Only {replications:,} of {wanted:,} replications an arm have been simulated so far.",
        )
    if replications < 1:
        raise StoreError(f"{store.folder}: some arm has no rows yet; run the config to its end, then report")
    arms = {arm: reader(store, key, replications) for arm, key in keys.items()}
    counts = count_rows(
        arms,
        resolved,
        endpoints=_endpoints(resolved),
        window=window_of(resolved),
        aims=aims_of(resolved).measures,
    )
    analysis, best = counts.analysis, counts.best
    if experiment is not None:
        examples, explanation = play_again(experiment, analysis, arms, replications, kept_explanation(store))
        store.write_json(EXAMPLES, examples)
        store.write_json(EXPLANATION, explanation)
    validation = compare_with_record(analysis, resolved, data)
    context = replace(
        _context(store, resolved, replications, stories(store), validation, notes, counts.landmarks),
        best=best,
        aims=_aims(resolved, analysis),
        fates=_fate_counts(counts),
        explained=explained(store),
        unexplained=_unexplained(analysis, kept_explanation(store)),
        precision=resolved.get("precision"),
    )
    said = answer(analysis, against_best=against_best(context)).sentence
    at_hand = experiment is not None
    path = write_report(store.folder, analysis=analysis, context=context, workers=workers, keep=at_hand)
    where = f"Scenario {analysis.scenarios[0]}: " if len(analysis.scenarios) > 1 else ""
    sentences = (where + said, chosen(best, analysis.scenarios[0]))
    return Built(path, " ".join(part for part in sentences if part), analysis, replications)


def sources_changed(store: Store, root: Path) -> list[str]:
    """Return which files of a workspace are no longer those that made a run."""
    return [
        path
        for path, expected in store.determinants["sources"].items()
        if not (root / path).is_file() or sha256((root / path).read_bytes()).hexdigest() != expected
    ]


# Rows and their analysis.


def _endpoints(resolved: Mapping[str, Any]) -> Endpoints:
    given = resolved["model"]["endpoints"]
    if given is None:
        raise TimelineError(
            f'model "{resolved["model"]["name"]}" declares no endpoints, so there is nothing to report; '
            "the rows are saved; add endpoints=Endpoints(...) to the model"
        )
    lists = {name: tuple(value) for name, value in given.items() if isinstance(value, list)}
    phases = tuple((name, milestone) for name, milestone in given["phases"])
    further = tuple(AtEnd(**own) for own in given.get("further", ()))
    return Endpoints(**{**given, **lists, "phases": phases, "further": further})


def aims_of(resolved: Mapping[str, Any]) -> Aims:
    """Return by which measures a run's cadences are judged together: those of its config, or else the usual ones."""
    given = resolved["config"].get("aims")
    return usual_aims(_endpoints(resolved)) if given is None else Aims(tuple(given["measures"]), given["weights"])


def window_of(resolved: Mapping[str, Any]) -> Window:
    """Return for how long a kept run was watched."""
    config = resolved["config"]
    return Window(config["horizon"], config["analysis"]["follow_up"], tuple(config["analysis"]["rmst"]))


# What is on the page besides the results.


def _context(
    store: Store,
    resolved: Mapping[str, Any],
    replications: int,
    stories: tuple[Story, ...],
    validation: Validation | str,
    notes: Sequence[str],
    landmarks: pl.DataFrame | None,
) -> Context:
    config, model = resolved["config"], resolved["model"]
    engines = {part["engine"] for arm in store.arms for part in store.parts(arm)}
    return Context(
        title=config["title"],
        question=config["question"],
        model=model["name"],
        model_title=model["title"],
        model_account=model["account"],
        horizon=config["horizon"],
        replications=replications,
        seed=config["seed"],
        engine=" and ".join(sorted({name for engine in engines for name in engine.split(" and ")})),
        baseline=config["baseline"],
        command=resolved["command"],
        run_key=store.folder.name,
        version=program_version(),
        sides=(config["sides"]["a"], config["sides"]["b"]),
        cadences={
            name: Cadence(description=cadence["about"], levers=in_words(cadence["given"]))
            for name, cadence in config["cadences"].items()
        },
        scenarios={name: scenario_in_words(scenario) for name, scenario in config["scenarios"].items()},
        assumptions=tuple(assumption(row) for row in resolved["ledger"]),
        grid=_grid(config.get("grid")),
        factorial=_grid(config.get("factorial")),
        ablation=config.get("ablation", False),
        landmarks=landmarks,
        landmark=config["analysis"].get("landmark") or {},
        influences=plain_influences(model["influences"]) if "influences" in model else None,
        traces=stories,
        validation=validation,
        notes=(*config["warnings"], *precision_note(resolved), *notes),
    )


def _aims(resolved: Mapping[str, Any], analysis: Analysis) -> SeveralAims | None:
    from timeline.analysis.aims import aims_table, scores, sensitivity, verdicts

    aims = aims_of(resolved)
    if len(aims.measures) < 2:
        return None
    return SeveralAims(
        table=aims_table(analysis, aims),
        verdicts=verdicts(analysis, aims),
        scores=scores(analysis, aims),
        sensitivity=sensitivity(analysis, aims),
    )


def _fate_counts(counts: Counts) -> FateCounts | None:
    """Return the fates of the first scenario; the cadence that does best besides the baseline is drawn."""
    from timeline.analysis.fates import tallies

    analysis = counts.analysis
    rival = rival_of(analysis, analysis.scenarios[0])
    if rival == analysis.baseline:
        return None
    return FateCounts(cadence=rival, counts=counts.fates, tallies=tallies(counts.fates, analysis))


def _unexplained(analysis: Analysis, kept: Mapping[str, Any]) -> str:
    """Say why no crisis is explained: what was kept tells whether one was looked for."""
    if len(analysis.cadences) < 2:
        return "Only one cadence was run, so no crisis can be told under two."
    if "of" not in kept:
        return "No crisis is explained here: this folder keeps none, and the model to replay one is not at hand."
    return f"No crisis is explained here: {listing(kept['of']['pair'])} decide none differently."


def _grid(given: Mapping[str, Any] | None) -> Grid | None:
    if given is None:
        return None
    values = tuple(tuple(line) for line in given["values"])
    return Grid(tuple(given["paths"]), values, tuple(given["names"]))
