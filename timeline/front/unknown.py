"""Finding out what is not known of a study's answer: worlds drawn, played, and what they say kept with the results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.ignorance.allocation import FEWEST_REPLICATIONS, FEWEST_WORLDS, allocate, pilot_of
from timeline.analysis.ignorance.findings import MARGIN, WorldFindings, find
from timeline.errors import ConfigError, TimelineError
from timeline.front.beyond import elsewhere, require_structures
from timeline.front.targets import RECORD_FILE, targets_from
from timeline.front.worldplay import WorldPlay, measures_of, played_of
from timeline.front.worlds import Worlds, find_worlds
from timeline.keeping.memory import Memory
from timeline.pages.unknown import Unknown, keep_unknown, kept_unknown, played_key, unknown_key
from timeline.study.given_draws import checksum
from timeline.study.keys import key_of
from timeline.study.uncertainty import Further, Uncertainty
from timeline.words import counted

if TYPE_CHECKING:
    from timeline.front.crew import Crew
    from timeline.keeping.store import Store
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Experiment
    from timeline.study.yardsticks import Yardstick

#: What a pilot plays before timelines are split between worlds and replications.
PILOT_WORLDS, PILOT_REPLICATIONS = FEWEST_WORLDS, 100


def find_unknown(
    experiment: Experiment, store: Store, crew: Crew, listener: Listener, data: Path | None = None
) -> None:
    """Draw the worlds that a config asks for, play them, and keep what they say beside the rows; nothing if it is kept.

    Parameters
    ----------
    experiment, store
        The study, and where its results are kept.
    crew
        Who plays.
    listener
        Told how far it is.
    data
        A folder with the record of real agreements, whose survival takes the place of the published figures.

    Raises
    ------
    ConfigError
        If worlds are impossible, or none lies within all bands.
    RunError, ModelError
        From a replication.
    """
    asked, key, played = experiment.uncertainty, unknown_key(store), played_key(store)
    record = _record_used(asked, data)
    kept = kept_unknown(store)
    if asked is None or key is None or played is None or (kept is not None and kept.record == record):
        return
    if len(experiment.cadences) < 2:
        listener.said("No world is played: [uncertainty] compares cadences, and there is one.")
        return
    require_structures(experiment)
    folder = None if isinstance(store, Memory) else store.folder
    if record and data is not None:
        experiment = replace(experiment, uncertainty=replace(asked, keep=targets_from(asked.keep, data)))
    away, workers = crew.away(experiment, listener.said), crew.workers
    play = WorldPlay(experiment, folder, key_of([played, record]), workers, listener, away)
    play = play.of(_split(play))
    worlds = _found(play)
    found = _findings(play, worlds)
    first = next(iter(experiment.scenarios))
    directions = asked.directions if not asked.directions_of else "some"
    unknown = Unknown(
        key=key, scenario=first, found=found, worlds=worlds.sentence, directions=directions, record=record,
        bands=worlds.bands, differing=worlds.differing, **elsewhere(play, worlds, found),
    )  # fmt: skip
    keep_unknown(store, unknown)


def _record_used(asked: Uncertainty | None, data: Path | None) -> str:
    """Return the checksum of the record from which bands are taken; nothing if the published figures are."""
    file = None if data is None else data / RECORD_FILE
    if asked is None or file is None or not file.is_file():
        return ""
    cites = any(target.reading == "survival" and target.source for target in asked.keep)
    return checksum(file) if cites else ""


def _found(play: WorldPlay) -> Worlds:
    """Find the worlds that an experiment asks for."""
    asked = play.experiment.uncertainty
    assert asked is not None
    play.listener.said("Looking for worlds that could be ours." if asked.keep else "Drawing worlds.")
    worlds = find_worlds(
        play.experiment, play.baseline, folder=play.folder, workers=play.workers, listener=play.listener, away=play.away
    )
    play.listener.said(f"{worlds.sentence} Playing them under {len(play.arms())} cadences.")
    return worlds


def _findings(play: WorldPlay, worlds: Worlds) -> WorldFindings:
    experiment, arms = play.experiment, play.arms()
    asked = experiment.uncertainty
    assert asked is not None
    yardsticks = measures_of(experiment)
    means = play.means(worlds.changes, arms, yardsticks, asked.replications, "played")
    names = list(worlds.drawn.space.paths)
    x = worlds.drawn.written
    turned = [k for k in range(len(names)) if np.ptp(x[:, k]) > 0]
    names, x = [names[k] for k in turned], x[:, turned]
    measures, groups = played_of(means, yardsticks), _by_mechanism(names)
    return find(
        [arm.cadence for arm in arms], experiment.baseline, measures, names, x, groups,
        seed=asked.seed, weights=worlds.weights, margin=margin_of(experiment, yardsticks[0]),
        aim="" if experiment.selection is None else experiment.selection.measure,
    )  # fmt: skip


def margin_of(experiment: Experiment, yardstick: Yardstick) -> float:
    """Return how much of a measure the analyst cares for: as the config's choice says, else half a point of a share."""
    chosen = experiment.selection
    if chosen is not None and chosen.measure == yardstick.key:
        return chosen.indifference
    return MARGIN if yardstick.unit == "share" else 0.0


def _by_mechanism(names: list[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(name.partition(".")[0], []).append(place)
    return groups


def _split(play: WorldPlay) -> Experiment:
    """Return the experiment with its timelines split between worlds and replications by a pilot, if it asks for that.

    The split is that which makes the quantiles of the leading difference over worlds least wrong.

    Raises
    ------
    ConfigError
        If there are too few timelines.
    """
    experiment, asked = play.experiment, play.experiment.uncertainty
    assert asked is not None
    if not asked.timelines:
        return experiment
    few = replace(asked, worlds=PILOT_WORLDS, replications=PILOT_REPLICATIONS, timelines=0, further=Further())
    pilot = play.of(replace(experiment, uncertainty=few))
    play.listener.said("A pilot, to split timelines between worlds and replications.")
    worlds, arms, yardstick = _found(pilot), play.arms(), measures_of(experiment)[0]
    means = pilot.means(worlds.changes, arms, [yardstick], PILOT_REPLICATIONS, "pilot")
    (played,) = played_of(means, [yardstick])
    names = [arm.cadence for arm in arms]
    place = names.index(experiment.baseline)
    values, covariance, spread, shared = played.against(place)
    mean = worlds.weights @ np.nan_to_num(values)
    mean[place] = -np.inf
    rival = int(np.argmax(mean))
    known = np.isfinite(values[:, rival])
    seen = pilot_of(
        values[known, rival], covariance[known, rival, rival], spread[known, rival], weights=worlds.weights[known],
        shared_error=shared[rival],
    )  # fmt: skip
    searched = worlds.timelines / max(len(worlds), 1) / len(arms)
    try:
        split = allocate(seen, asked.timelines, world_cost=searched)
    except TimelineError as problem:
        raise ConfigError(f"{experiment.path}: uncertainty.timelines: {problem}") from None
    count = max(split.replications, FEWEST_REPLICATIONS)
    play.listener.said(f"It says: {counted(split.worlds, 'world')} with {count:,} replications each.")
    return replace(experiment, uncertainty=replace(asked, worlds=split.worlds, replications=count, timelines=0))
