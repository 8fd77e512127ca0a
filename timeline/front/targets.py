"""Holding worlds of a study against its targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.targets import TargetReader
from timeline.arrays import Floats, Places
from timeline.config.uncertainty import source_file
from timeline.errors import ConfigError, ModelError
from timeline.playing.targeting import Afar, Targeting, watched
from timeline.playing.tasks import task_of, world_of
from timeline.study.drawn import LUCKS, Draws, WorldSpace
from timeline.study.given_draws import DrawsError, read_draws
from timeline.study.priors import priors_of
from timeline.study.uncertainty import DECLARED, Target, Uncertainty

if TYPE_CHECKING:
    from timeline.model.values import Number
    from timeline.playing.errands import Away
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Arm, Experiment

#: The record of agreements in a folder of data; its survival takes the place of the published figures.
RECORD_FILE = "peace_agreements_1975_1999.csv"


@dataclass(frozen=True, eq=False)
class Held:
    """Worlds of a study, held against targets under one arm.

    Attributes
    ----------
    experiment, arm
        The study, and what is played.
    targets
        The bands.
    workers
        Threads.
    listener
        Told how many timelines have been played.
    away
        Workers elsewhere that play instead.
    most
        How many timelines there may be, for the listener; it is told nothing if 0.
    """

    experiment: Experiment
    arm: Arm
    targets: tuple[Target, ...]
    workers: int = 1
    listener: Listener | None = None
    away: Away | None = None
    most: int = 0

    @cached_property
    def space(self) -> WorldSpace:
        """What worlds are drawn from."""
        asked = self.experiment.uncertainty
        assert asked is not None
        return world_space(self.experiment, asked)

    @cached_property
    def targeting(self) -> Targeting:
        """What plays worlds against the targets.

        Raises
        ------
        ConfigError
            If a target reads what the model lacks.
        """
        experiment, task = self.experiment, task_of(self.experiment, self.arm)
        assert experiment.uncertainty is not None
        try:
            alone = watched(world_of(task), experiment.workspace.claims(experiment.model.name), self.targets)
        except ModelError as problem:
            raise ConfigError(f"{experiment.path}: uncertainty: {problem}") from None
        yardsticks, count = experiment.yardsticks(), experiment.uncertainty.replications
        reader = TargetReader(alone.model, experiment.window, self.targets, yardsticks)
        afar = None if self.away is None else Afar(self.away, task, experiment.window, self.targets, yardsticks)
        return Targeting(self.space, [alone], reader, count, self.workers, self._moved, afar)

    def _moved(self, played: int) -> None:
        if self.listener is not None and self.most:
            self.listener.moved(min(played, self.most), self.most)

    def fresh(self, worlds: Sequence[Mapping[str, Number]], lucks: Places) -> Floats:
        """Return what worlds show of each target by luck that had no part in choosing them, shape (worlds, targets)."""
        near = self.targeting.near(worlds, lucks + LUCKS)
        return np.array([one.estimates for one in near]).reshape(len(near), len(self.targets))


def world_space(experiment: Experiment, asked: Uncertainty) -> WorldSpace:
    """Return what a study's worlds are drawn from.

    Raises
    ------
    ConfigError
        If its table of draws cannot be read any more.
    """
    priors = priors_of(experiment.model, asked, asked.known, experiment.without)
    return WorldSpace(experiment.model, priors, asked.correlations, _draws(experiment, asked))


def _draws(experiment: Experiment, asked: Uncertainty) -> Draws | None:
    if asked.source == DECLARED:
        return None
    try:
        return read_draws(source_file(experiment.path, asked.source), experiment.model)
    except DrawsError as problem:
        raise ConfigError(problem.problems) from None


def targets_from(targets: tuple[Target, ...], data: Path) -> tuple[Target, ...]:
    """Return targets with the survival of the record as the publishers' file has it."""
    from timeline.analysis.record import read_record

    of_record = [target.at for target in targets if target.reading == "survival" and target.source]
    if not of_record:
        return targets
    file = data / RECORD_FILE
    table = read_record(file, of_record).table
    bands = dict(zip(table["day"], zip(table["cluster_low"], table["cluster_high"], strict=True), strict=True))
    unknown = [day for day, (low, _) in bands.items() if low is None]
    if unknown:
        raise ConfigError(f"{file}: gives no band {unknown[0]:g} days after signature, expected more peace processes")
    return tuple(
        replace(target, low=bands[target.at][0], high=bands[target.at][1], source=f"{target.source}; from {file.name}")
        if target.reading == "survival" and target.source
        else target
        for target in targets
    )
