"""Keys: what decides a timeline, and the short names that follow from it.

A run's folder and an arm's parts are named by hashes of what decides them, so that what is the same is simulated
once, whatever it is called.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from timeline.engines.world import SEMANTICS
from timeline.model.values import as_json
from timeline.study.experiment import Arm, Experiment
from timeline.study.fitted_clocks import law_content


@dataclass(frozen=True)
class Determinants:
    """What decides a timeline, but for its arm and its replication number.

    Attributes
    ----------
    model
        The model's name.
    sources
        {path: sha256} of the files that went into it.
    seed
        The experiment's seed.
    horizon
        Days.
    world
        The base world's parameters by path, in days and 1/day.
    semantics
        The version of the engines' rules, `timeline.engines.world.SEMANTICS`.
    """

    model: str
    sources: Mapping[str, str]
    seed: int
    horizon: float
    world: Mapping[str, float | int | bool]
    semantics: int

    def content(self) -> dict[str, Any]:
        """Return the determinants as JSON keeps them."""
        plain: dict[str, Any] = as_json(vars(self))
        return plain

    @property
    def run(self) -> str:
        """The name of the run's folder."""
        return key_of(self.content())


def determinants(experiment: Experiment) -> Determinants:
    """Return what decides every timeline of an experiment, but for the arm."""
    return Determinants(
        model=experiment.model_name,
        sources=experiment.workspace.sources(experiment.model_name),
        seed=experiment.seed,
        horizon=experiment.horizon,
        world=experiment.world,
        semantics=SEMANTICS,
    )


def overrides(experiment: Experiment, arm: Arm) -> dict[str, Any]:
    """Return what an arm changes in the base world: parameters, mechanisms off, injections, laws, the start."""
    changed: dict[str, Any] = {
        path: value
        for path, value in arm.world_values.items()
        if path not in experiment.world or value != experiment.world[path]
    }
    # What an arm does not have is not named, so that its key is that of old results.
    changed |= {"without": list(arm.without)} if arm.without else {}
    changed |= {"inject": [vars(injection) for injection in arm.injections]} if arm.injections else {}
    changed |= {"laws": {clock: law_content(law) for clock, law in arm.laws}} if arm.laws else {}
    return changed | ({"start": {**dict(arm.start.state), "day": arm.start.day}} if arm.start.given else {})


def worlds_key(experiment: Experiment) -> str:
    """Return the key of the worlds of an experiment: of what decides its timelines, and of its uncertainty.

    Uncertainty decides no timeline of an arm. So a run keeps its name when a config asks how wrong it could be, and
    what is kept of worlds lies under a name of its own.
    """
    asked = experiment.uncertainty
    # What else is asked of worlds does not decide which they are.
    plain = None if asked is None else {**asked.to_json(), "further": None}
    return key_of({"run": determinants(experiment).run, "uncertainty": plain})


def arm_keys(experiment: Experiment) -> dict[tuple[str, str], str]:
    """Return {(scenario, cadence): key}; arms that set the same share a key."""
    return {
        (arm.scenario, arm.cadence): arm_key(overrides(experiment, arm), arm.lever_values) for arm in experiment.arms
    }


def arm_key(overrides: Mapping[str, object], levers: Mapping[str, object]) -> str:
    """Return the key of an arm: a hash of what its scenario and its cadence set, not of their names."""
    return key_of({"overrides": overrides, "levers": levers})


def key_of(content: object) -> str:
    """Return 12 hexadecimal digits that stand for a JSON-able value, whatever the order of its keys.

    Examples
    --------
    >>> key_of({"a": 1.0, "b": True}) == key_of({"b": True, "a": 1.0})
    True
    """
    return digest(canonical(as_json(content)))[:12]


def canonical(content: object) -> bytes:
    """Return a JSON-able value as the one text that stands for it, whatever the order of its keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()
