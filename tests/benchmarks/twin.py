"""The hand-written twin of the backchannel model: many replications in columns, and how fast they are.

The program is `twin_story`; here it is run, its final states are put beside the engines', and it is timed.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from operator import attrgetter
from random import Random
from typing import Any

import numpy as np
from alternate import Line, alternate, ratio
from twin_story import MODEL, ROOT, Story

from timeline.config.load import load
from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.model.records import leaves
from timeline.playing.tasks import task_of, world_of

CONFIG = ROOT / "configs" / "backchannel" / "cadence.toml"

PROGRAMS = [
    {
        "name": "hand-written SimPy",
        "version": f"simpy {version('simpy')}",
        "cannot": "no common random numbers, no cadence whose reports go out on the day of a monthly tick",
    }
]

#: Stories that the twin leaves out, and the engines too when they are put beside it.
LEFT_OUT = ("intermediary", "posture", "crises", "trial_balloons")
#: Every number of the final state that is no member of an array.
FIELDS = tuple(path for path, _ in leaves(MODEL.state) if "[]" not in path)
#: The quarter after which the recorded quantities are compared, and the year after signature.
QUARTER, AFTER = 8, 2


def play(p: Any, horizon: float, rng: Random) -> Story:
    """Play one replication.

    Parameters
    ----------
    p
        The parameters as an object with attributes, such as ``World.parameters``.
    horizon
        Days; what is due at the horizon or later does not happen.
    rng
        Where all numbers come from.

    Returns
    -------
    Story
        With the final state ``s`` and what was recorded on the way.
    """
    story = Story(p, rng)
    story.run(horizon)
    return story


def run(world: World, count: int, seed: int) -> dict[str, np.ndarray[Any, Any]]:
    """Play replications that share no luck with anything.

    Parameters
    ----------
    world
        The arm; its own seed plays no part.
    count
        How many replications.
    seed
        Of the one generator that they draw from, one after the other.

    Returns
    -------
    dict
        Columns of shape (count,): those of `columns`, by the same names.
    """
    rng = Random(seed)
    stories = [play(world.parameters, world.horizon, rng) for _ in range(count)]
    found: dict[str, list[float]] = {path: [attrgetter(path)(story.s) for story in stories] for path in FIELDS}
    found["firings"] = [story.firings for story in stories]
    found["hostility days"] = [story.hostility_days for story in stories]
    for k, name in enumerate(("trust", "a.pressure", "b.pressure", "undisclosed")):
        found[f"{name} after two years"] = [story.quarterly[QUARTER][k] for story in stories]
    found["carried out two years after signature"] = [
        story.yearly[AFTER] if len(story.yearly) > AFTER else math.nan for story in stories
    ]
    for name in ("broken", "disclosed", "reported"):
        found[f"steps.{name}"] = [sum(getattr(step, name) for step in story.s.steps) for story in stories]
    return {name: np.array(values) for name, values in found.items()}


def columns(rows: np.ndarray[Any, np.dtype[np.void]]) -> dict[str, np.ndarray[Any, Any]]:
    """Return an engine's rows as columns of the same names as those of `run`."""
    state = rows["state"]
    found = {path: _part(state, path) for path in FIELDS}
    found["firings"] = rows["firings"]
    found["hostility days"] = rows["observation_5"]
    for k, name in enumerate(("trust", "a.pressure", "b.pressure", "undisclosed")):
        found[f"{name} after two years"] = rows[f"observation_{k}"][:, QUARTER]
    found["carried out two years after signature"] = rows["observation_4"][:, AFTER]
    for name in ("broken", "disclosed", "reported"):
        found[f"steps.{name}"] = state["steps"][name].sum(axis=1)
    return found


def _part(state: Any, path: str) -> Any:
    for name in path.split("."):
        state = state[name]
    return state


@cache
def worlds() -> dict[str, World]:
    """Return the arms of the shipped experiment on cadences, by the cadence's name."""
    experiment = load(CONFIG)
    return {
        arm.cadence: replace(world_of(task_of(experiment, arm, "compiled")), without=LEFT_OUT)
        for arm in experiment.arms
    }


CADENCES = ("silence", "quarterly-from-accord")
TARGET = 300.0


def measure(quick: bool) -> list[Line]:
    """Time the compiled engine, the SimPy engine and this program in turn, on one core, each its own replications."""
    rounds, sizes = (2, (2_000, 40, 10)) if quick else (9, (10_000, 200, 60))
    lines = []
    for cadence in CADENCES:
        world = worlds()[cadence]
        compiled.rows(world, 0, 1)  # compile, or load what was compiled before
        seconds = alternate(_programs(world, *sizes), rounds)
        each = ", ".join(f"{name} {1e3 * statistics.median(own):.3g} ms" for name, own in seconds.items())
        note = f"a replication of 15 years at most, on one core: {each}"
        middle, low, high = ratio(seconds, "compiled", "hand-written")
        what = f"compiled against hand-written SimPy, {cadence}"
        lines.append(Line("twin", what, middle, low, high, "times", TARGET, middle >= TARGET, note))
        what = f"SimPy engine against hand-written SimPy, {cadence}"
        lines.append(Line("twin", what, *ratio(seconds, "SimPy engine", "hand-written"), "times"))
    return lines


def _programs(world: World, ours: int, twins: int, engines: int) -> dict[str, Callable[[], int]]:
    rng = Random(world.seed)

    def by_hand() -> int:
        for _ in range(twins):
            play(world.parameters, world.horizon, rng)
        return twins

    return {
        "compiled": lambda: len(compiled.rows(world, 0, ours)),
        "hand-written": by_hand,
        "SimPy engine": lambda: len(reference.rows(world, 0, engines)),
    }
