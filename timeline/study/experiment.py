"""What was decided: an experiment and its arms, validated and frozen.

`timeline.config.load` reads them from a file; here nothing is read and nothing is run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.engines.start import USUAL, Start
from timeline.engines.world import GivenLaws, Injection
from timeline.model.declarations import SIDES, Model
from timeline.model.records import Parameter
from timeline.model.values import Number, in_unit
from timeline.study.case import Case
from timeline.study.fitted_clocks import FittedClock
from timeline.study.played import PlayedLog
from timeline.study.questions import Aims, Grid, Landmark, Precision, Selection
from timeline.study.sweep import Sweep
from timeline.study.uncertainty import Uncertainty
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks
from timeline.workspace import Workspace

if TYPE_CHECKING:
    from timeline.study.yardsticks import Yardstick


@dataclass(frozen=True)
class Cadence:
    """A disclosure policy.

    Attributes
    ----------
    name
        Its name in the config.
    about
        A line on who argued for it.
    given
        The levers as written.
    values
        Every lever by its path, e.g. ``{"cadence.rules[0].every": 90.0}``, in days and 1/day;
        levers that were not given are at their defaults.
    """

    name: str
    about: str
    given: dict[str, Any]
    values: dict[str, Number]


@dataclass(frozen=True)
class Scenario:
    """An assumption about the world under which every cadence is tried.

    Attributes
    ----------
    name, about
        Its name in the config, and a line on what it assumes.
    given
        The parameters it overrides, as written, by path.
    values
        The same in days and 1/day.
    without
        Mechanisms that it switches off.
    injections
        Events from outside that it adds.
    start
        Where its timelines begin, if elsewhere than those of the others.
    """

    name: str
    about: str
    given: dict[str, Any]
    values: dict[str, Number]
    without: tuple[str, ...] = ()
    injections: tuple[Injection, ...] = ()
    start: Start | None = None


@dataclass(frozen=True)
class Arm:
    """One scenario under one cadence.

    Attributes
    ----------
    scenario, cadence
        Their names.
    world_values
        Every assumption about the world by its path, in days and 1/day.
    lever_values
        Every lever by its path, in days and 1/day.
    without
        Mechanisms that are switched off, in the model's order.
    injections
        Events from outside: every arm's first, then the scenario's own.
    start
        Where its timelines begin.
    laws
        Laws from outside, by clock.
    """

    scenario: str
    cadence: str
    world_values: dict[str, Number]
    lever_values: dict[str, Number]
    without: tuple[str, ...] = ()
    injections: tuple[Injection, ...] = ()
    start: Start = USUAL
    laws: GivenLaws = ()

    @property
    def name(self) -> str:
        """The arm's name, ``"scenario/cadence"``."""
        return f"{self.scenario}/{self.cadence}"

    @property
    def values(self) -> dict[str, Number]:
        """Every parameter and lever of this arm by its path, in days and 1/day."""
        return {**self.world_values, **self.lever_values}


@dataclass(frozen=True)
class Experiment:
    """A config that has been read and found right.

    Attributes
    ----------
    path, name
        The file, and its name without ``.toml``.
    workspace
        Where its model was found.
    title, question
        For people; the title is the name unless given.
    model_name, model
        The model.
    window
        For how long crises and agreements are watched.
    replications, seed
        How many timelines each arm gets, and the seed they share.
    baseline
        The cadence to compare the others with.
    sides
        The sides' names, ``{"a": ..., "b": ...}``.
    cadences, scenarios
        By name, in the order of the file; there is at least one of each.
    world
        Every assumption about the world by its path, in days and 1/day, before scenarios.
    without
        Mechanisms that every arm switches off.
    injections
        Events from outside that every arm meets.
    start
        Where timelines begin: at the model's own start, unless the config says where the crisis stands.
    laws
        Laws from outside, by clock, with where each comes from.
    warnings
        One line for each value that is possible but outside its plausible range.
    grid, factorial
        Which scenarios and which cadences are combinations of values, if any are.
    ablation
        Whether the scenarios are the model as it is, and without each of its mechanisms in turn.
    landmark
        By what agreements are told apart on the day of a drill, if they are.
    aims
        By which measures cadences are judged together, if the config says so.
    selection
        By which measure a cadence is chosen, and how surely, if the config says so.
    changes
        What the command line changed of it, as options that change it again.
    sweep
        Which keys ``timeline sweep`` varies together, if the config has such a table.
    precision
        How narrow intervals shall be, for which more than these replications are played, if the config says so.
    uncertainty
        From what is not known worlds are drawn, and which of them could be ours, if the config says so.
    covariates
        By scenario, which rows of a table of agreements it stands for.
    starts
        The calendar date of day 0, if the config gives one; it names days and decides none.
    case
        What is known of a case of history, if the config is one.
    played
        Where a table-top exercise stands, if the config is the log of one.
    written
        Whether it was read from a file, so that a command can play a replication of it again.
    run_name
        What its runs are called, if they were given a name.
    """

    path: Path
    name: str
    workspace: Workspace
    title: str
    question: str
    model_name: str
    model: Model
    window: Window
    replications: int
    seed: int
    baseline: str
    sides: dict[str, str]
    cadences: dict[str, Cadence]
    scenarios: dict[str, Scenario]
    world: dict[str, Number]
    without: tuple[str, ...] = ()
    injections: tuple[Injection, ...] = ()
    start: Start = USUAL
    laws: tuple[FittedClock, ...] = ()
    warnings: tuple[str, ...] = ()
    grid: Grid | None = None
    factorial: Grid | None = None
    ablation: bool = False
    landmark: Landmark | None = None
    aims: Aims | None = None
    selection: Selection | None = None
    changes: tuple[str, ...] = ()
    sweep: Sweep | None = None
    precision: Precision | None = None
    uncertainty: Uncertainty | None = None
    covariates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    starts: date | None = None
    case: Case | None = None
    played: PlayedLog | None = None
    written: bool = True
    run_name: str = ""

    @property
    def kept_as(self) -> str:
        """Where below a folder of results its runs lie: under their name, or as the config lies below ``configs/``.

        So two configs of one file name in two folders keep their runs apart.
        """
        if self.run_name or not self.written:
            return self.run_name or self.name
        path, root = (Path(os.path.abspath(place)).with_suffix("") for place in (self.path, self.workspace.root / "x"))
        for folder in (root.parent / "configs", root.parent):
            if path.is_relative_to(folder):
                return path.relative_to(folder).as_posix()
        return self.name

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every scenario under every cadence, scenarios first."""
        return tuple(
            Arm(
                scenario.name,
                cadence.name,
                {**self.world, **scenario.values},
                dict(cadence.values),
                in_model_order(self.model, (*self.without, *scenario.without)),
                (*self.injections, *scenario.injections),
                scenario.start or self.start,
                tuple((fitted.clock, fitted.law) for fitted in self.laws),
            )
            for scenario in self.scenarios.values()
            for cadence in self.cadences.values()
        )

    @property
    def horizon(self) -> float:
        """Days since the start; an event due then or later does not happen."""
        return self.window.horizon

    def yardsticks(self) -> dict[str, Yardstick]:
        """Return every measure that its arms can be compared by, by key; none if the model declares no endpoints."""
        ends = self.model.endpoints
        return {} if ends is None else {y.key: y for y in declare_yardsticks(ends, self.window)}

    def ledger(self) -> list[dict[str, Any]]:
        """Return the evidence table: one row for each assumption about the world.

        Returns
        -------
        list of dict
            What `described` says of the parameter, and ``value`` in the declared unit
            (enumerations by name), ``changed``, and ``scenarios``: {name: value} of those that
            override it.
        """
        return [
            {
                **described(path, parameter),
                "value": in_unit(parameter, self.world[path]),
                "changed": self.world[path] != parameter.in_days,
                "scenarios": {
                    scenario.name: in_unit(parameter, scenario.values[path])
                    for scenario in self.scenarios.values()
                    if path in scenario.values
                },
            }
            for path, parameter in self.model.assumptions.items()
        ]


def in_model_order(model: Model, names: Iterable[str]) -> tuple[str, ...]:
    """Return the mechanisms that are named, each once, in the order of the model."""
    given = set(names)
    return tuple(mechanism.name for mechanism in model.mechanisms if mechanism.name in given)


def described(path: str, parameter: Parameter) -> dict[str, Any]:
    """Return a parameter's declaration as a row of plain data.

    Returns
    -------
    dict
        ``path``, ``mechanism`` (``"sides"`` for what each side has), ``default`` in the declared
        unit (enumerations by name), ``unit``, ``low`` and ``high`` of the plausible range,
        ``evidence``, ``source`` and ``meaning``.
    """
    low, high = parameter.plausible or (None, None)
    top = path.partition(".")[0]
    unitless = "flag" if parameter.kind is bool else "choice" if issubclass(parameter.kind, IntEnum) else "number"
    return {
        "path": path,
        "mechanism": "sides" if top in SIDES else top,
        "default": in_unit(parameter, parameter.in_days),
        "unit": parameter.unit or unitless,
        "low": low,
        "high": high,
        "evidence": parameter.evidence,
        "source": parameter.source,
        "meaning": parameter.meaning,
    }
