"""From a run's folder to its report: rows are analysed, three timelines told, the page written.

Everything the report needs lies in the folder, so that it can be built again without the
model, on another machine, long after.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.derived.influence import plain_influences
from timeline.errors import StoreError, TimelineError
from timeline.keeping.files import cannot_write
from timeline.keeping.store import RESOLVED, Store
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.model.units import YEAR
from timeline.pages.context import (
    Assumption,
    Cadence,
    Context,
    FateCounts,
    SeveralAims,
    Story,
    Validation,
)
from timeline.pages.stories import (
    EXAMPLES,
    EXPLANATION,
    explain,
    explained,
    kept_explanation,
    program_version,
    rival_of,
    stories,
    tell,
)
from timeline.playing.growing import precision_note
from timeline.study.questions import Aims, Grid, usual_aims
from timeline.study.resolved import Resolved
from timeline.study.window import Window
from timeline.words import listing

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.analysis.best import Best
    from timeline.analysis.pieces import Pieces
    from timeline.study.experiment import Experiment

#: The record of real agreements that the report compares with, in the folder of data.
AGREEMENTS = "peace_agreements_1975_1999.csv"
_RECORD_NAME = "UCDP full and partial agreements 1975–1999"

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


def remember(experiment: Experiment, store: Store, command: str) -> None:
    """Write ``resolved.json``: the config as it was understood, and what the report needs of the model."""
    store.resolved = Resolved.of(experiment, command)


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
    pieces = {arm: _pieces(store, key, replications) for arm, key in keys.items()}
    best = select_best(resolved, pieces)
    analysis = _with_best(_analyse(resolved, pieces), best)
    if experiment is not None:
        store.write_json(EXAMPLES, tell(experiment, analysis, pieces))
        store.write_json(EXPLANATION, explain(experiment, analysis, pieces, kept_explanation(store)))
    validation = _validate(analysis, resolved, data)
    context = replace(
        _context(store, resolved, replications, stories(store), validation, notes, _landmarks(resolved, pieces)),
        best=best,
        aims=_aims(resolved, analysis),
        fates=_fate_counts(resolved, analysis, pieces),
        explained=explained(store),
        unexplained=_unexplained(analysis, kept_explanation(store)),
        precision=resolved.get("precision"),
    )
    found = answer(analysis, against_best=against_best(context))
    try:
        path = write_report(store.folder, analysis=analysis, context=context, workers=workers)
    except OSError as problem:
        raise cannot_write(store.folder / "report.html", problem) from None
    where = f"Scenario {analysis.scenarios[0]}: " if len(analysis.scenarios) > 1 else ""
    said = " ".join(part for part in (where + found.sentence, chosen(best, analysis.scenarios[0])) if part)
    return Built(path, said, analysis, replications)


def pieces_of(store: Store) -> dict[Arm, Pieces]:
    """Return what reads each arm of a run part by part, as far as all arms are saved."""
    resolved = store.resolved
    replications = min(resolved.config.replications, *(store.complete(key) for key in resolved.keys.values()))
    if replications < 1:
        raise StoreError(f"{store.folder}: some arm has no rows yet; run the config to its end, then report")
    return {arm: _pieces(store, key, replications) for arm, key in resolved.keys.items()}


def analysed(store: Store) -> tuple[Analysis, Best]:
    """Analyse a run's rows, and compare its cadences with the best."""
    resolved, pieces = store.read_json(RESOLVED), pieces_of(store)
    best = select_best(resolved, pieces)
    return _with_best(_analyse(resolved, pieces), best), best


def said(analysis: Analysis, best: Best) -> str:
    """Return what an experiment says, and which cadence was chosen if one was to be."""
    from timeline.pages.answer import MEASURE, answer
    from timeline.plots.choice import chosen

    where = f"Scenario {analysis.scenarios[0]}: " if len(analysis.scenarios) > 1 else ""
    found = answer(analysis, against_best=best.against_best if best.measure.key == MEASURE else None)
    return " ".join(part for part in (where + found.sentence, chosen(best, analysis.scenarios[0])) if part)


def missing_record(data: Path | None) -> str:
    """Say that a folder of data lacks the record; empty if it is there or no folder was given.

    Examples
    --------
    >>> missing_record(None)
    ''
    """
    if data is None or (data / AGREEMENTS).is_file():
        return ""
    return f"The folder of data, {data}, has no {AGREEMENTS}, so there is no record to compare with."


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


def _pieces(store: Store, key: str, replications: int) -> Pieces:
    """Return what reads an arm part by part, so that it need not fit into memory."""

    def read(columns: Sequence[str], most: int | None = None) -> Iterator[pl.DataFrame]:
        return store.pieces(key, replications if most is None else min(most, replications), columns)

    return read


def window_of(resolved: Mapping[str, Any]) -> Window:
    """Return for how long a kept run was watched."""
    config = resolved["config"]
    return Window(config["horizon"], config["analysis"]["follow_up"], tuple(config["analysis"]["rmst"]))


def _analyse(resolved: Mapping[str, Any], pieces: Mapping[Arm, Pieces]) -> Analysis:
    from timeline.analysis.analysis import analyse_pieces

    config, fans = resolved["config"], resolved["model"]["fans"]
    analysis = analyse_pieces(
        pieces,
        endpoints=_endpoints(resolved),
        window=window_of(resolved),
        baseline=config["baseline"],
        fans={column: fan["days"] for column, fan in fans.items()},
        aims=aims_of(resolved).measures,
    )
    # A reader knows the field, not the column it is sampled into.
    fields = {column: fan["field"] for column, fan in fans.items()}
    return replace(analysis, fans=analysis.fans.with_columns(pl.col("field").replace(fields)))


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
        scenarios={name: _scenario(scenario) for name, scenario in config["scenarios"].items()},
        assumptions=tuple(_assumption(row) for row in resolved["ledger"]),
        grid=_grid(config.get("grid")),
        factorial=_grid(config.get("factorial")),
        ablation=config.get("ablation", False),
        landmarks=landmarks,
        landmark=config["analysis"].get("landmark") or {},
        influences=plain_influences(model["influences"]) if "influences" in model else None,
        traces=stories,
        validation=validation,
        notes=(*config["warnings"], *precision_note(store.resolved.precision), *notes),
    )


def in_words(given: Mapping[str, Any]) -> str:
    """Return a cadence's table in a line.

    Examples
    --------
    >>> in_words({"starts": "accord", "announced": True, "rules": [{"every": "90 days", "share": 0.6}]})
    'starts accord; announced; rules: every 90 days, share 0.6'
    >>> in_words({})
    'every lever at its default'
    """
    return "; ".join(_levers(given)) or "every lever at its default"


def _levers(given: Mapping[str, Any]) -> list[str]:
    said = []
    for key, value in given.items():
        name = key.replace("_", " ")
        if isinstance(value, bool):
            said.append(name if value else f"not {name}")
        elif isinstance(value, list):
            said.append(f"{name}: {' / '.join(', '.join(_levers(table)) for table in value)}")
        elif isinstance(value, Mapping):
            said.append(f"{name}: {', '.join(_levers(value))}")
        else:
            said.append(f"{name} {value}")
    return said


def _scenario(scenario: Mapping[str, Any]) -> str:
    changes = [f"{path} = {value}" for path, value in scenario["given"].items()]
    changes += [f"without {name}" for name in scenario["without"]]
    changes += [
        f"{event['clock']} {event['days']:g} days after {event['since'] or 'the start'} (injected)"
        for event in scenario.get("inject", [])
    ]
    return "; ".join(part for part in (scenario["about"].rstrip("."), ", ".join(changes)) if part) or (
        "the parameters as they are"
    )


def _landmarks(resolved: Mapping[str, Any], pieces: Mapping[Arm, Pieces]) -> pl.DataFrame | None:
    """Count what became of agreements by how things stood on the day of each scenario's drill.

    A drill is an event injected so long after the signature. Beside it stands the first scenario without one, at
    the same days since the signature; all cadences of a scenario are taken together.
    """
    from timeline.analysis.landmarks import standing_by

    config, landmark = resolved["config"], resolved["config"]["analysis"].get("landmark")
    if landmark is None:
        return None
    ends = _endpoints(resolved)
    drills: dict[str, list[float]] = {
        name: [event["days"] for event in scenario.get("inject", []) if event["since"] == ends.signed]
        for name, scenario in config["scenarios"].items()
    }
    calm = next(name for name, days in drills.items() if not days)  # a config without one is refused
    found = []
    for name, days in drills.items():
        if not days:
            continue
        for scenario in (calm, name):
            columns = ["replication", ends.signed, ends.day, ends.outcome, landmark["column"]]
            rows = chain.from_iterable(read(columns, None) for (own, _), read in pieces.items() if own == scenario)
            counted = standing_by(
                rows,
                endpoints=ends,
                column=landmark["column"],
                days=tuple(landmark["days"]),
                day=days[0],
                after=landmark["after"],
                horizon=config["horizon"],
            )
            about = {"scenario": pl.lit(name), "day": pl.lit(days[0]), "drilled": pl.lit(scenario == name)}
            found.append(counted.with_columns(**about))
    return pl.concat(found)


def select_best(resolved: Mapping[str, Any], pieces: Mapping[Arm, Pieces]) -> Best:
    """Compare all cadences with the best, and choose one if the config has a table ``[selection]``."""
    from timeline.analysis.best import find_best
    from timeline.study.questions import USUAL

    config = resolved["config"]
    return find_best(
        pieces,
        endpoints=_endpoints(resolved),
        window=window_of(resolved),
        baseline=config["baseline"],
        **(config.get("selection") or {"measure": USUAL}),
    )


def _with_best(analysis: Analysis, best: Best) -> Analysis:
    """Let one rule say everywhere which cadences may be the best in the measure of the comparison with the best.

    That rule, made in `timeline.analysis.best`, is narrower than the comparison of every two cadences.
    """
    key = ["scenario", "measure", "cadence"]
    may = best.against_best.select(*key, "may_be_best")
    found = analysis.best.join(may, on=key, how="left", maintain_order="left")
    tied = pl.coalesce("may_be_best", "tied_with_best")
    return replace(analysis, best=found.with_columns(tied_with_best=tied).drop("may_be_best"))


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


def _fate_counts(resolved: Mapping[str, Any], analysis: Analysis, pieces: Mapping[Arm, Pieces]) -> FateCounts | None:
    """Count fates in the first scenario; the cadence that does best besides the baseline is drawn."""
    from timeline.analysis.fates import fates_against, tallies

    rival = rival_of(analysis, analysis.scenarios[0])
    if rival == analysis.baseline:
        return None
    counts = fates_against(pieces, analysis=analysis, endpoints=_endpoints(resolved), scenarios=1)
    return FateCounts(cadence=rival, counts=counts, tallies=tallies(counts, analysis))


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


def _assumption(row: Mapping[str, Any]) -> Assumption:
    return Assumption(
        parameter=row["path"],
        value=_text(row["value"]),
        unit=row["unit"],
        low=_text(row["low"]),
        high=_text(row["high"]),
        evidence=row["evidence"],
        source=row["source"],
        mechanism=row["mechanism"],
        meaning=row["meaning"],
        changed=row["changed"],
        used_by=", ".join(row.get("used_by", ())),
    )


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


# The record of real agreements.


def _validate(analysis: Analysis, resolved: Mapping[str, Any], data: Path | None) -> Validation | str:
    """Compare survival since signature with the record; a sentence where that cannot be done."""
    from timeline.analysis.record import measure_distance, read_record

    if data is None:
        return (
            f"No record of real agreements was given to compare with; give a folder that holds {AGREEMENTS} by --data."
        )
    if missing := missing_record(data):
        return missing
    days = [YEAR / 4 * k for k in range(math.floor(analysis.window.follow_up / (YEAR / 4)) + 1)]
    cadence = _plain_cadence(resolved)
    model = analysis.since_signature.filter(
        (pl.col("scenario") == analysis.scenarios[0]) & (pl.col("cadence") == cadence)
    ).drop_nulls("estimate")
    try:
        record = read_record(data / AGREEMENTS, days)
        distance = measure_distance(record, model)
    except TimelineError as problem:
        return f"The comparison with the record could not be made: {problem}."
    about = resolved["config"]["cadences"][cadence]["about"].rstrip(".")
    table = record.table.select(
        "day",
        pl.col("survival").alias("estimate"),
        pl.col("cluster_low").alias("low"),
        pl.col("cluster_high").alias("high"),
        "at_risk",
    ).drop_nulls()
    return Validation(
        record=table,
        model=model,
        distance=distance.largest,
        record_name=_RECORD_NAME,
        note=(
            f"The record: {record.agreements} agreements of {record.processes} peace processes, "
            f"{record.endings} of which failed; the band resamples whole processes. The model: agreements "
            f"signed under {cadence}{f' ({about})' if about else ''}. "
            "The model's numbers are not fitted to this record: the distance is shown, not hidden."
        ),
    )


def _plain_cadence(resolved: Mapping[str, Any]) -> str:
    """Return the cadence that sets no lever: in `backchannel`, full transparency at signature.

    That is how most agreements of the record became known. Without such a cadence, the baseline.
    """
    config = resolved["config"]
    plain = [name for name, cadence in config["cadences"].items() if not set(cadence["given"]) - {"about"}]
    return plain[0] if plain else str(config["baseline"])
