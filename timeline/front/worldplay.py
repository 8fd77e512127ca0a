"""Playing worlds of a study, and keeping what they come to, so that whoever stops goes on from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.analysis.ignorance.findings import Played
from timeline.errors import ConfigError
from timeline.keeping.arrays import read_arrays, write_arrays
from timeline.playing.between import WorldMeans, world_means
from timeline.playing.tasks import task_of
from timeline.study.keys import key_of

if TYPE_CHECKING:
    from timeline.model.values import Number
    from timeline.playing.errands import Away
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Arm, Experiment
    from timeline.study.yardsticks import Yardstick

#: Measures that each have tables of their own.
MOST_MEASURES = 6


@dataclass(frozen=True)
class WorldPlay:
    """Plays worlds of an experiment.

    Attributes
    ----------
    experiment
        What is asked.
    folder
        Where what worlds come to is kept; nowhere if None.
    key
        Stands for the worlds, and for all that they are played under.
    workers
        Threads.
    listener
        Told how far it is.
    away
        Workers elsewhere that play instead of this process.
    """

    experiment: Experiment
    folder: Path | None
    key: str
    workers: int
    listener: Listener
    away: Away | None = None

    def arms(self, scenario: str | None = None) -> list[Arm]:
        """Return the arms of a scenario, the first if none is named."""
        wanted = next(iter(self.experiment.scenarios)) if scenario is None else scenario
        return [arm for arm in self.experiment.arms if arm.scenario == wanted]

    @property
    def baseline(self) -> Arm:
        """The baseline, in the first scenario."""
        return next(arm for arm in self.arms() if arm.cadence == self.experiment.baseline)

    def of(self, experiment: Experiment) -> WorldPlay:
        """Return what plays another experiment."""
        away = None if self.away is None else replace(self.away, experiment=experiment)
        return replace(self, experiment=experiment, away=away)

    def means(
        self,
        worlds: Sequence[Mapping[str, Number]],
        arms: Sequence[Arm],
        yardsticks: Sequence[Yardstick],
        replications: int,
        name: str = "",
    ) -> WorldMeans:
        """Play worlds under arms; what they come to is kept under a name after each block, if it has one.

        What is kept is taken up again only for the same worlds, arms, measures and replications.

        Raises
        ------
        RunError, ModelError
            From a replication.
        """
        file = None if self.folder is None or not name else self.folder / f"worlds-{name}.npz"
        tasks = [task_of(self.experiment, arm) for arm in arms]
        # By content: a name alone would take other arms, other structures or other worlds for these.
        played = [(task.arm, sorted(task.values.items()), task.without, repr(task.start)) for task in tasks]
        drawn = [sorted(world.items()) for world in worlds]
        key = key_of([self.key, repr(played), repr(drawn), [yardstick.key for yardstick in yardsticks], replications])
        return world_means(
            tasks,
            worlds,
            yardsticks,
            replications,
            self.workers,
            None if file is None else read_arrays(file, key),
            keep=lambda arrays: None if file is None else write_arrays(file, arrays, key),
            moved=self.listener.moved,
            away=self.away,
        )


def played_of(means: WorldMeans, yardsticks: Sequence[Yardstick]) -> list[Played]:
    """Return what worlds come to, a measure each."""
    return [
        Played(yardstick, means.mean[:, k], means.covariance[:, k], means.inside[:, k], means.luck[k])
        for k, yardstick in enumerate(yardsticks)
    ]


def measures_of(experiment: Experiment) -> list[Yardstick]:
    """Return the measures that worlds are compared by: that of the answer first, those the analyst cares for, others.

    Of the others there is one of each kind of reading.

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
    chosen = () if experiment.selection is None else (experiment.selection.measure,)
    aims = () if experiment.aims is None else experiment.aims.measures
    found = [known[key] for key in dict.fromkeys((ends.primary, *chosen, *aims))]
    for yardstick in known.values():
        plain = yardstick.statistic != "median" and not yardstick.of_both and not yardstick.undefined
        if plain and yardstick.better != "neither" and yardstick.reading not in {other.reading for other in found}:
            found.append(yardstick)
    return found[:MOST_MEASURES]
