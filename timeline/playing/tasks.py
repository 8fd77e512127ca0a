"""A chunk of work: some replications of one arm.

Playing a chunk, `simulate`, is a pure function of a `Task`: model sources by hash, resolved
parameters, arm, range of replications. Nothing else matters, so threads, processes or a
cluster can run it, in any order and in chunks of any size, and the results are the same.
"""

from __future__ import annotations

import importlib
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from timeline.arrays import Rows
from timeline.engines.start import USUAL, Start
from timeline.errors import ModelError, RunError
from timeline.model.values import Number
from timeline.study.keys import arm_key, overrides

if TYPE_CHECKING:  # a worker needs neither polars nor pydantic
    from timeline.engines.world import GivenLaws, Injection, World
    from timeline.model.declarations import Model
    from timeline.study.experiment import Arm, Experiment


#: Engines by name: the module whose ``prepare(model, say)`` makes ready, and whose ``rows(world, first, count)``
#: plays replications.
ENGINES = {"compiled": "timeline.engines.compiled", "simpy": "timeline.engines.reference"}


@dataclass(frozen=True)
class Task:
    """A chunk of work, in plain values that can be sent anywhere.

    Attributes
    ----------
    workspace, model, sources
        The workspace's folder, the model's name, and the hash its sources must have.
    values
        Every parameter and lever of the arm by its path, in days and 1/day.
    without
        Mechanisms that are switched off.
    seed, horizon
        The experiment's seed; its horizon in days.
    arm
        The arm's key.
    label, replay
        What to call the arm in an error, and the command that replays one replication.
    engine
        One of `ENGINES`.
    first, count
        Which replications.
    injections
        Events from outside.
    start
        Where timelines begin.
    laws
        Laws from outside.
    stands_for
        The private package that the workspace stands for, see `timeline.workspace.Workspace`.
    keep_going
        Whether a replication that the model stops is left out, instead of ending the run.
    spared
        Whether the reference engine plays none of the first ten thousand replications, since it plays some of enough
        other arms.
    """

    workspace: str
    model: str
    sources: str
    values: Mapping[str, Number]
    without: tuple[str, ...]
    seed: int
    horizon: float
    arm: str
    label: str
    replay: str
    engine: str
    first: int = 0
    count: int = 0
    injections: tuple[Injection, ...] = ()
    start: Start = USUAL
    laws: GivenLaws = ()
    stands_for: str = ""
    keep_going: bool = False
    spared: bool = False


def prepare(task: Task, say: Callable[[str], None]) -> None:
    """Do what an engine does once for a model, such as compile it; ``say`` is told before it takes long.

    Raises
    ------
    ModelError
        If the model cannot be loaded or compiled, or its sources are not those the task was made for.
    """
    importlib.import_module(ENGINES[task.engine]).prepare(world_of(task).model, say)


def simulate(task: Task) -> Rows:
    """Play one chunk; a pure function of its task.

    Returns
    -------
    ndarray
        One record a replication, of `timeline.engines.world.row_dtype`.

    Raises
    ------
    ModelError
        If the model's sources are not those the task was made for.
    RunError
        If a replication has to stop; with the command that replays it. If the task keeps going, such a replication
        has a row that says so, see `timeline.engines.world.failed_row`.
    """
    engine, world = importlib.import_module(ENGINES[task.engine]), world_of(task)
    play = partial(engine.rows, spared=True) if task.spared else engine.rows
    if not task.keep_going:
        return cast("Rows", play(world, task.first, task.count))
    from timeline.engines.world import failed_row

    chunks, first, end = [], task.first, task.first + task.count
    while first < end:
        try:
            chunks.append(play(world, first, end - first))
            break
        except RunError as problem:
            failed = problem.replication
            if failed is None:
                raise
        if failed > first:
            chunks.append(play(world, first, failed - first))
        chunks.append(failed_row(world.model, failed))
        first = failed + 1
    return np.concatenate(chunks)


def world_of(task: Task) -> World:
    """Return the world that a task plays, its model loaded by path."""
    from timeline.engines.world import World

    return World(
        model=_model(task.workspace, task.model, task.sources, task.stands_for),
        given=task.values,
        seed=task.seed,
        horizon=task.horizon,
        label=task.label,
        replay=task.replay,
        without=task.without,
        injections=task.injections,
        start=task.start,
        laws=task.laws,
    )


@lru_cache(maxsize=8)
def _model(root: str, name: str, sources: str, stands_for: str) -> Model:
    """Load a model, once a process: an edit during a run does not reach a run that has begun."""
    from timeline.workspace import Workspace

    workspace = Workspace(Path(root), stands_for)
    model = workspace.load(name)
    if workspace.sources_hash(name) != sources:
        raise ModelError(
            f'model "{name}" in {root}: its sources have changed since the run began, expected those it '
            "began with; what is saved stays valid for them, run the same command again for the new ones"
        )
    return model


def task_of(
    experiment: Experiment, arm: Arm, engine: str = "compiled", keep_going: bool = False, sources: str = ""
) -> Task:
    """Return the task of an arm, with no replications yet; ``sources`` is the hash of the model's, if it is known."""
    return Task(
        workspace=str(experiment.workspace.root),
        model=experiment.model_name,
        sources=sources or experiment.workspace.sources_hash(experiment.model_name),
        values=arm.values,
        without=arm.without,
        seed=experiment.seed,
        horizon=experiment.horizon,
        arm=arm_key(overrides(experiment, arm), arm.lever_values),
        label=f"cadence {arm.cadence}, scenario {arm.scenario}",
        replay=_replay(experiment, arm),
        engine=engine,
        injections=arm.injections,
        start=arm.start,
        laws=arm.laws,
        keep_going=keep_going,
    )


def _replay(experiment: Experiment, arm: Arm) -> str:
    """Return what plays one replication again, with ``{replication}`` in it."""
    if not experiment.written:
        return f'study.trace("{arm.cadence}", {{replication}}, "{arm.scenario}")'
    config = os.path.relpath(experiment.path)
    again = shlex.join(
        ["timeline", "trace", config, *experiment.changes, "--cadence", arm.cadence, "--scenario", arm.scenario]
    )
    return again.replace("{", "{{").replace("}", "}}") + " --replication {replication}"
