"""The room: a config that was opened, and what a wish makes of it.

A wish becomes an experiment with the baseline, the cadence that is being made and the one that is pinned, in one world.
It is what the same config would be with these cadences and parameters, so its timelines are those of ``timeline run``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from timeline.config.document import Document
from timeline.config.tables import read_levers, unknown_parameter
from timeline.engines.world import World
from timeline.errors import ConfigError, nearest
from timeline.live.exploring.wish import Wish
from timeline.model.values import Number, outside_plausible, read_value, shown
from timeline.playing.tasks import task_of, world_of
from timeline.study.checks import impossible_changes
from timeline.study.experiment import Arm, Cadence, Experiment

#: What the cadences of the page are called, here and in a config that is written from it, where they are none of the
#: config's own.
YOURS, PINNED = "yours", "pinned"


@dataclass(frozen=True)
class Granted:
    """A wish that was found possible.

    Attributes
    ----------
    wish
        What was asked.
    experiment
        One scenario under the baseline, the page's cadence and the pinned one.
    worlds
        By cadence, what an engine plays.
    keys
        By cadence, what its timelines hang on; equal keys, equal timelines.
    outside
        Assumptions outside their plausible range: path and range in words.
    moved
        What is assumed otherwise, in days and 1/day.
    names
        What the baseline, the page's cadence and the pinned one are called.
    """

    wish: Wish
    experiment: Experiment
    worlds: Mapping[str, World]
    keys: Mapping[str, str]
    outside: Mapping[str, str]
    moved: Mapping[str, Number]
    names: tuple[str, str, str]


class Room:
    """A config that was opened.

    Parameters
    ----------
    experiment
        The config.

    Raises
    ------
    ConfigError
        If its model has no levers or no endpoints, so that there is nothing to move or to measure.
    """

    def __init__(self, experiment: Experiment) -> None:
        model = experiment.model
        if model.levers is None:
            raise ConfigError(
                f'{experiment.path}: model "{model.name}" has no levers, expected some: there would be nothing to '
                "move; `timeline run` plays it"
            )
        if model.endpoints is None:
            raise ConfigError(
                f'{experiment.path}: model "{model.name}" declares no endpoints, expected some: there is nothing to '
                "measure"
            )
        self.experiment = experiment
        self.sources = experiment.workspace.sources_hash(model.name)
        self._written = _stamp(experiment.path) if experiment.written else ""
        self.impossible = impossible_changes(model, experiment.world)

    @property
    def edited(self) -> str:
        """Say what has been edited since the config was opened; empty if nothing was."""
        experiment = self.experiment
        try:
            sources = experiment.workspace.sources_hash(experiment.model.name)
        except Exception:
            sources = ""
        if sources != self.sources:
            return "the model"
        if experiment.written and _stamp(experiment.path) != self._written:
            return "the config"
        return ""

    def asked(self, wish: Wish) -> Granted:
        """Return what a wish comes to.

        Raises
        ------
        ConfigError
            With a sentence for each value that is impossible, its path first.
        """
        experiment = self.experiment
        name = wish.scenario or next(iter(experiment.scenarios))
        if name not in experiment.scenarios:
            known = experiment.scenarios
            raise ConfigError(
                f"scenario: given {shown(name)}, expected one of {', '.join(known)}{nearest(name, known)}"
            )
        scenario = experiment.scenarios[name]
        moved, outside = self._assumptions(wish.assumptions, scenario.values)
        off = (*experiment.without, *scenario.without)
        base = experiment.cadences[experiment.baseline]
        yours = self._cadence(YOURS, wish.levers, off, (base.name,))
        cadences = {base.name: base, yours.name: yours}
        pinned = None if wish.pinned is None else self._cadence(PINNED, wish.pinned, off, tuple(cadences))
        if pinned is not None:
            cadences[pinned.name] = pinned
        here = replace(scenario, values={**scenario.values, **moved}, given={**scenario.given, **wish.assumptions})
        made = replace(
            experiment, cadences=cadences, scenarios={name: here}, grid=None, factorial=None, ablation=False, aims=None,
            landmark=None, selection=None, precision=None, sweep=None, uncertainty=None, covariates={}, case=None,
        )  # fmt: skip
        tasks = {arm.cadence: task_of(made, arm, sources=self.sources) for arm in made.arms}
        return Granted(
            wish,
            made,
            {cadence: world_of(task) for cadence, task in tasks.items()},
            {cadence: f"{name} {task.arm}" for cadence, task in tasks.items()},
            outside,
            moved,
            (base.name, yours.name, PINNED if pinned is None else pinned.name),
        )

    def arm(self, asked: Granted, cadence: str) -> Arm:
        """Return one of the arms of what was asked."""
        return next(arm for arm in asked.experiment.arms if arm.cadence == cadence)

    def _assumptions(
        self, given: Mapping[str, Any], before: Mapping[str, Number]
    ) -> tuple[dict[str, Number], dict[str, str]]:
        """Read what is assumed otherwise; also return what lies outside its plausible range."""
        model, problems = self.experiment.model, []
        moved: dict[str, Number] = {}
        outside: dict[str, str] = {}
        for path, value in given.items():
            parameter = model.assumptions.get(path)
            if parameter is None:
                problems.append(f"{path}: {unknown_parameter(path, value, model, model.assumptions)}")
                continue
            try:
                moved[path] = read_value(parameter, value)
            except ValueError as problem:
                problems.append(f"{path}: {problem}")
                continue
            if plausible := outside_plausible(parameter, moved[path]):
                outside[path] = plausible
        if not problems:
            problems = [f"{path}: {said}" for path, said in self.impossible({**before, **moved})]
        if problems:
            raise ConfigError(problems)
        return moved, outside

    def _cadence(self, name: str, given: Mapping[str, Any], off: tuple[str, ...], taken: tuple[str, ...]) -> Cadence:
        """Return a cadence of the page, under the config's name for it if the config has the same."""
        document = Document(Path("levers"), raw={})
        values = read_levers(document, name, given, self.experiment.model, off)
        if document.problems:
            raise ConfigError([problem.removeprefix("levers: ") for problem in document.problems])
        for own in self.experiment.cadences.values():
            if own.values == values and own.name not in taken:
                return Cadence(own.name, own.about, dict(given), values)
        return Cadence(f"{name}-here" if name in taken else name, "", dict(given), values)

    def raw(self) -> dict[str, Any]:
        """Return what the config's file holds; nothing of a config that is no file."""
        if not self.experiment.written:
            return {}
        return tomllib.loads(self.experiment.path.read_bytes().decode("utf-8-sig"))


def _stamp(path: Path) -> str:
    from hashlib import blake2b

    try:
        return blake2b(path.read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return ""
