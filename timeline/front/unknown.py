"""Finding out what is not known of a study's answer: worlds drawn, played, and what they say kept with the results."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.ignorance.findings import MARGIN, Played, find
from timeline.analysis.samples import sample
from timeline.errors import ConfigError
from timeline.front.worlds import Worlds, find_worlds
from timeline.keeping.arrays import read_arrays, write_arrays
from timeline.keeping.memory import Memory
from timeline.pages.unknown import Unknown, keep_unknown, kept_unknown, played_key, unknown_key
from timeline.playing.between import WorldMeans, world_means
from timeline.playing.tasks import task_of, world_of

if TYPE_CHECKING:
    from timeline.keeping.store import Store
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Arm, Experiment
    from timeline.study.yardsticks import Yardstick

#: Measures that each have tables of their own.
MOST_MEASURES = 6


def find_unknown(experiment: Experiment, store: Store, workers: int, listener: Listener) -> None:
    """Draw the worlds that a config asks for, play them, and keep what they say beside the rows; nothing if it is kept.

    Raises
    ------
    ConfigError
        If worlds are impossible, or none lies within all bands.
    RunError, ModelError
        From a replication.
    """
    asked, key, played = experiment.uncertainty, unknown_key(store), played_key(store)
    if asked is None or key is None or played is None or kept_unknown(store) is not None:
        return
    if len(experiment.cadences) < 2:
        listener.said("No world is played: [uncertainty] compares cadences, and there is one.")
        return
    folder = None if isinstance(store, Memory) else store.folder
    first = next(iter(experiment.scenarios))
    arms = [arm for arm in experiment.arms if arm.scenario == first]
    base = next(arm for arm in arms if arm.cadence == experiment.baseline)
    listener.said("Looking for worlds that could be ours." if asked.keep else "Drawing worlds.")
    worlds = find_worlds(experiment, base, folder=folder, workers=workers, listener=listener)
    listener.said(f"{worlds.sentence} Playing them under {len(arms)} cadences.")
    yardsticks = measures_of(experiment)
    means = _means(experiment, worlds, arms, yardsticks, folder, played, workers, listener)
    measures = [
        Played(yardstick, means.mean[:, k], means.covariance[:, k], means.inside[:, k], means.luck[k])
        for k, yardstick in enumerate(yardsticks)
    ]
    names = list(worlds.drawn.space.paths)
    x = worlds.drawn.written
    turned = [k for k in range(len(names)) if np.ptp(x[:, k]) > 0]
    names, x = [names[k] for k in turned], x[:, turned]
    chosen = experiment.selection
    margin = (
        chosen.indifference if chosen is not None and chosen.measure == yardsticks[0].key else _margin(yardsticks[0])
    )
    found = find(
        [arm.cadence for arm in arms], experiment.baseline, measures, names, x, _by_mechanism(names),
        seed=asked.seed, weights=worlds.weights, margin=margin,
    )  # fmt: skip
    directions = asked.directions if not asked.directions_of else "some"
    keep_unknown(store, Unknown(key, first, found, worlds.sentence, directions, worlds.bands, worlds.differing))


def measures_of(experiment: Experiment) -> list[Yardstick]:
    """Return the measures that worlds are compared by, that of the answer first; one of each kind of reading.

    Raises
    ------
    ConfigError
        If the model has none.
    """
    known = experiment.yardsticks()
    ends = experiment.model.endpoints
    if ends is None:
        raise ConfigError(
            f'{experiment.path}: model "{experiment.model.name}" declares no endpoints, expected some: there is no '
            "measure to compare worlds by"
        )
    primary = known[ends.primary]
    found = {primary.reading: primary}
    for yardstick in known.values():
        plain = yardstick.statistic != "median" and not yardstick.of_both and not yardstick.undefined
        if plain and yardstick.better != "neither":
            found.setdefault(yardstick.reading, yardstick)
    return list(found.values())[:MOST_MEASURES]


def _margin(yardstick: Yardstick) -> float:
    return MARGIN if yardstick.unit == "share" else 0.0


def _by_mechanism(names: list[str]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        groups.setdefault(name.partition(".")[0], []).append(place)
    return groups


def _means(
    experiment: Experiment,
    worlds: Worlds,
    arms: list[Arm],
    yardsticks: list[Yardstick],
    folder: Path | None,
    key: str,
    workers: int,
    listener: Listener,
) -> WorldMeans:
    """Play worlds; what they came to is kept after each block, so that a run that was stopped goes on."""
    file = None if folder is None else folder / "worlds-played.npz"
    begun = None if file is None else read_arrays(file, key)
    asked = experiment.uncertainty
    assert asked is not None
    return world_means(
        [world_of(task_of(experiment, arm)) for arm in arms],
        worlds.changes,
        [partial(sample, yardstick) for yardstick in yardsticks],
        asked.replications,
        workers,
        begun,
        keep=lambda arrays: None if file is None else write_arrays(file, arrays, key),
        moved=listener.moved,
    )
