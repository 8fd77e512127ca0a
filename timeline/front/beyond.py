"""What else is asked of worlds: the other directions, other structures, what the answer hangs on, studies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.analysis.ignorance.findings import WorldFindings, draws_of, outline
from timeline.analysis.ignorance.structures import structure_table
from timeline.analysis.ignorance.study_information import study_table
from timeline.errors import ConfigError
from timeline.front.worldplay import WorldPlay, measures_of, played_of
from timeline.front.worlds import Worlds, find_worlds
from timeline.study.ablation import WHOLE, ablated
from timeline.study.priors import priors_of
from timeline.study.uncertainty import DECLARED, Directions, Uncertainty

if TYPE_CHECKING:
    import polars as pl

    from timeline.analysis.ignorance.hanging import Sensitivity
    from timeline.analysis.ignorance.world_draws import WorldDraws
    from timeline.study.experiment import Arm, Experiment

#: Of how many worlds one is drawn the other way too, and how many at least.
OTHER_PART, OTHER_LEAST = 3, 50
#: So many worlds are played in other structures, and so many timelines of each under each cadence.
STRUCTURE_WORLDS, STRUCTURE_REPLICATIONS = 60, 100
#: A screening that is part of a run is a small one.
SCREENED_KEEP, SCREENED_POINTS, SCREENED_REPLICATIONS, SCREENED_MANY = 8, 64, 100, 500
#: Laws by equal ratios: studies of such an assumption tell its logarithm.
_BY_RATIOS = ("loguniform", "lognormal")


def elsewhere(play: WorldPlay, worlds: Worlds, found: WorldFindings) -> dict[str, Any]:
    """Return what a config asks beside its worlds, as the fields of `timeline.pages.unknown.Unknown`.

    Raises
    ------
    ConfigError
        If it asks for what cannot be had.
    """
    import polars as pl

    sentence, other = _other_directions(play, worlds, found)
    return {
        "other": sentence,
        "other_worlds": pl.DataFrame() if other is None else other,
        "structures": _structures(play, worlds, found),
        "studies": _studies(play, worlds, found),
        "sensitivity": _screened(play, found),
    }


def require_structures(experiment: Experiment) -> None:
    """Refuse, before anything is played, structures that the model does not have.

    Raises
    ------
    ConfigError
        If it is to be played without each mechanism, and none can be left out.
    """
    asked = experiment.uncertainty
    if asked is not None and "mechanisms" in asked.further.structures:
        ablated(experiment)


def further_timelines(experiment: Experiment) -> int:
    """Return how many timelines are played for what is asked beside the worlds, finding worlds not counted."""
    from timeline.front.sensitivity import RUNGS

    asked = experiment.uncertainty
    assert asked is not None
    cadences, further = len(experiment.cadences), asked.further
    found = 0
    if _turned(experiment, asked) is not None:
        found += _many_others(asked) * asked.replications * cadences
    structures = len(ablated(experiment).scenarios) if "mechanisms" in further.structures else 1
    structures += len(experiment.scenarios) - 1 if "scenarios" in further.structures else 0
    if further.structures:
        found += structures * min(STRUCTURE_WORLDS, asked.worlds) * STRUCTURE_REPLICATIONS * cadences
    if further.screening:
        assumptions = len(priors_of(experiment.model, asked, asked.known, experiment.without))
        keep = min(SCREENED_KEEP, assumptions)
        looked = further.screening * (assumptions + 1) + (keep + 2) * SCREENED_POINTS
        found += 2 * looked * SCREENED_REPLICATIONS + keep * len(RUNGS) * cadences * SCREENED_MANY
    return found


def _many_others(asked: Uncertainty) -> int:
    return min(max(asked.worlds // OTHER_PART, OTHER_LEAST), asked.worlds)


def _other_directions(play: WorldPlay, worlds: Worlds, found: WorldFindings) -> tuple[str, pl.DataFrame | None]:
    """Draw and play fewer worlds the other way; returns where they come from, and what they say."""
    asked = worlds.uncertainty
    turned = _turned(play.experiment, asked)
    if turned is None:
        return "", None
    turned_worlds = replace(asked, worlds=_many_others(asked), directions=turned)
    other = play.of(replace(play.experiment, uncertainty=turned_worlds))
    play.listener.said(
        "Looking for worlds whose ratios may work the other way too." if turned == "free" else
        "Looking for worlds whose ratios keep to the essays' side."
    )  # fmt: skip
    try:
        drawn = find_worlds(
            other.experiment, play.baseline, folder=play.folder, workers=play.workers, listener=play.listener,
            away=other.away,
        )  # fmt: skip
    except ConfigError as problem:  # it is beside the answer, which stands without it
        return str(problem), None
    yardstick = measures_of(play.experiment)[0]
    means = other.means(drawn.changes, play.arms(), [yardstick], asked.replications, f"played-{turned}")
    (played,) = played_of(means, [yardstick])
    names = [arm.cadence for arm in play.arms()]
    told = outline(
        names, found.baseline, played, seed=asked.seed, weights=drawn.weights, margin=found.margin
    )  # fmt: skip
    few = " So few independent ones cannot rank the cadences." if drawn.effective < OTHER_LEAST / 2 else ""
    return drawn.sentence + few, told


def _turned(experiment: Experiment, asked: Uncertainty) -> Directions | None:
    """Return the other directions, if they are asked for and make a difference."""
    if not asked.further.other_directions or asked.directions_of or asked.source != DECLARED:
        return None
    turned: Directions = "free" if asked.directions == "essays" else "essays"
    laws = [
        priors_of(experiment.model, one, asked.known, experiment.without)
        for one in (asked, replace(asked, directions=turned))
    ]
    return None if laws[0] == laws[1] else turned


def _structures(play: WorldPlay, worlds: Worlds, found: WorldFindings) -> pl.DataFrame:
    """Play some of the worlds in other structures of the model; the table of `structure_table`."""
    import polars as pl

    kinds = worlds.uncertainty.further.structures
    if not kinds:
        return pl.DataFrame()
    yardstick = measures_of(play.experiment)[0]
    seed, some = worlds.uncertainty.seed, slice(0, STRUCTURE_WORLDS)
    play.listener.said(f"Playing {len(worlds.changes[some])} of the worlds in other structures of the model.")
    drawn: dict[str, WorldDraws] = {}
    for name, own, arms in _each_structure(play, kinds):
        means = own.means(worlds.changes[some], arms, [yardstick], STRUCTURE_REPLICATIONS, f"structure-{len(drawn)}")
        (played,) = played_of(means, [yardstick])
        names = [arm.cadence for arm in arms]
        drawn[name] = draws_of(names, found.baseline, played, seed=seed, weights=worlds.weights[some])
    return structure_table(drawn, WHOLE, advice=found.advice, margin=found.margin)


def _each_structure(play: WorldPlay, kinds: tuple[str, ...]) -> Iterator[tuple[str, WorldPlay, list[Arm]]]:
    """Yield the model as it is, and each other structure: its name, what plays it, and its arms."""
    yield WHOLE, play, play.arms()
    if "mechanisms" in kinds:
        bare = play.of(ablated(play.experiment))
        for scenario in bare.experiment.scenarios:
            if scenario != WHOLE:
                yield scenario.replace("-", " ", 1), bare, bare.arms(scenario)
    if "scenarios" in kinds:
        for scenario in list(play.experiment.scenarios)[1:]:
            yield f"scenario {scenario}", play, play.arms(scenario)


def _studies(play: WorldPlay, worlds: Worlds, found: WorldFindings) -> pl.DataFrame:
    """Return what the studies that are thought of would be worth: of, size, value, se, cross_fitted."""
    import polars as pl

    asked = worlds.uncertainty.further.studies
    if not asked:
        return pl.DataFrame()
    space = worlds.drawn.space
    values = (
        found.differences.pivot(on="arm", index="world", values="difference")
        .sort("world")
        .select(found.arms)
        .to_numpy()
    )
    counted = found.differences["world"].unique().sort().to_numpy()
    tables = []
    for study in asked:
        prior = space.priors.get(study.of)
        driver = worlds.drawn.written[counted, space.paths.index(study.of)]
        if prior is not None and prior.law in _BY_RATIOS:
            driver = np.log(driver)
        table = study_table(
            driver, values, deviation=study.deviation, sizes=study.sizes, seed=worlds.uncertainty.seed,
            weights=worlds.weights[counted],
        )  # fmt: skip
        tables.append(table.select(pl.lit(study.of).alias("of"), pl.all()))
    return pl.concat(tables)


def _screened(play: WorldPlay, found: WorldFindings) -> Sensitivity | None:
    """Screen all assumptions, if it is asked for."""
    from timeline.front.sensitivity import Screening, screened

    asked = play.experiment.uncertainty
    if asked is None or not asked.further.screening:
        return None
    size = Screening(asked.further.screening, SCREENED_KEEP, SCREENED_POINTS, SCREENED_REPLICATIONS, SCREENED_MANY)
    return screened(play, size, found.rival)
