"""Which timelines a sweep plays: each different world once, the baseline's among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.arrays import Places
from timeline.errors import ConfigError
from timeline.model.paths import own_name
from timeline.model.values import Number
from timeline.study.sweep import Sweep, Written, impossible_at

if TYPE_CHECKING:
    from timeline.study.experiment import Arm, Experiment
    from timeline.study.yardsticks import Yardstick

#: Replications of an arm, and timelines altogether, that one block holds: a second of work.
REPLICATIONS, TIMELINES = 2_000, 10_000


@dataclass(frozen=True)
class SweepPlan:
    """What is played, and which point and which baseline each arm is.

    Attributes
    ----------
    experiment, sweep
        The config, and its table ``[sweep]``.
    places
        For each point the value of each key, in the declared unit.
    arms
        What is played: the name of a cadence, and what is changed of it and of its world, by path.
    own, base
        Shape (points,): the arm of each point, and that of the baseline it is compared with.
    """

    experiment: Experiment
    sweep: Sweep
    places: tuple[tuple[Written, ...], ...]
    arms: tuple[tuple[str, Mapping[str, Number]], ...]
    own: Places
    base: Places

    @property
    def worlds_differ(self) -> bool:
        """Whether points are compared with different baselines, each in the point's own world."""
        return bool((self.base != self.base[0]).any())

    @property
    def itself(self) -> bool:
        """Whether points are the baseline in other worlds, compared with the baseline in the world of the config."""
        return _itself(self.experiment, self.sweep)

    @cached_property
    def measure(self) -> Yardstick:
        """The measure, as the analysis declares it."""
        return self.experiment.yardsticks()[self.sweep.measure]

    @property
    def timelines(self) -> int:
        """How many are played at first, the fresh ones not counted."""
        return len(self.arms) * self.sweep.replications

    def arm(self, number: int) -> Arm:
        """Return an arm with all its values."""
        from dataclasses import replace

        cadence, changes = self.arms[number]
        found = self._bare[cadence]
        return replace(
            found,
            world_values={**found.world_values, **{p: v for p, v in changes.items() if p in found.world_values}},
            lever_values={**found.lever_values, **{p: v for p, v in changes.items() if p in found.lever_values}},
        )

    @cached_property
    def _bare(self) -> dict[str, Arm]:
        return {arm.cadence: arm for arm in self.experiment.arms if arm.scenario == self.sweep.scenario}

    def said(self, point: int) -> str:
        """Write a point's values as people do."""
        return ", ".join(
            f"{short(key.name)} {key.said(value)}"
            for key, value in zip(self.sweep.keys, self.places[point], strict=True)
        )

    def content(self) -> dict[str, Any]:
        """Return what decides every number of the sweep, as plain data."""
        from timeline.study.keys import determinants, overrides

        bare = {
            name: {"changes": overrides(self.experiment, self._bare[name]), "levers": self._bare[name].lever_values}
            for name in sorted({cadence for cadence, _ in self.arms})
        }
        return {
            "determinants": determinants(self.experiment).content(),
            "measure": self.sweep.measure,
            "follow_up": self.experiment.window.follow_up,
            "replications": self.sweep.replications,
            "fresh": self.sweep.fresh,
            "cadences": bare,
            "arms": [[cadence, dict(changes)] for cadence, changes in self.arms],
            "own": self.own.tolist(),
            "base": self.base.tolist(),
            "blocks": [REPLICATIONS, TIMELINES],
        }


def _itself(experiment: Experiment, sweep: Sweep) -> bool:
    return sweep.cadence == experiment.baseline and all(key.of_world for key in sweep.keys)


def plan_sweep(experiment: Experiment) -> SweepPlan:
    """Lay out the points of an experiment's sweep and the baselines they are compared with.

    A point is compared with the baseline cadence in the point's own world; or, where the baseline cadence itself
    is tried in several worlds, with that in the config's world.

    Raises
    ------
    ConfigError
        If there is no ``[sweep]``, or the model finds a point impossible.
    """
    sweep = experiment.sweep
    if sweep is None:
        raise ConfigError(
            f"{experiment.path}: sweep: not given, expected a table [sweep], or the options --measure and --key"
        )
    scenario = experiment.scenarios[sweep.scenario]
    world = {**experiment.world, **scenario.values}
    levers = experiment.cadences[sweep.cadence].values
    places = sweep.places(experiment.seed)
    arms: dict[tuple[str, tuple[tuple[str, Number], ...]], int] = {}
    own, base = [], []
    for place in places:
        for said in impossible_at(sweep, experiment.model, world, levers, place):
            raise ConfigError(f"{experiment.path}: sweep.keys: {said}")
        values = {key.path: key.seen(value) for key, value in zip(sweep.keys, place, strict=True)}
        outside = {} if _itself(experiment, sweep) else {path: value for path, value in values.items() if path in world}
        base.append(arms.setdefault((experiment.baseline, tuple(outside.items())), len(arms)))
        own.append(arms.setdefault((sweep.cadence, tuple(values.items())), len(arms)))
    return SweepPlan(
        experiment=experiment,
        sweep=sweep,
        places=tuple(places),
        arms=tuple((cadence, dict(changes)) for cadence, changes in arms),
        own=np.array(own),
        base=np.array(base),
    )


def short(name: str) -> str:
    """Return the last words of a key's name.

    Examples
    --------
    >>> short("cadences.quarterly.rules[0].every"), short("parameters.leaks.per_insider")
    ('every', 'per insider')
    """
    return own_name(name).replace("_", " ")


@dataclass(frozen=True)
class Block:
    """Some replications of some arms that follow each other."""

    arm: int
    arms: int
    first: int
    count: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return f"{self.arm:06d}-{self.first:010d}.npz"


def blocks_of(arms: int, replications: int) -> list[Block]:
    """Cut arms times replications into blocks.

    Examples
    --------
    >>> blocks_of(25, 2000)[-1]
    Block(arm=20, arms=5, first=0, count=2000)
    >>> len(blocks_of(25, 2000)), len(blocks_of(1, 5000))
    (5, 3)
    """
    step = max(1, TIMELINES // min(replications, REPLICATIONS))
    return [
        Block(arm, min(step, arms - arm), first, min(REPLICATIONS, replications - first))
        for first in range(0, replications, REPLICATIONS)
        for arm in range(0, arms, step)
    ]
