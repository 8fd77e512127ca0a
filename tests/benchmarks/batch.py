"""The batch: what a world costs beside its timelines, and what a thousand worlds take of the processor and of memory.

On the shipped model, with all cadences of the main experiment.
"""

from __future__ import annotations

import json
import math
import random
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from alternate import Line, alternate

from timeline.analysis.samples import sample
from timeline.config.load import load
from timeline.engines import compiled, program
from timeline.engines.batch import Batch
from timeline.engines.world import World, row_dtype
from timeline.model.records import dtype, values
from timeline.playing.tasks import task_of, world_of
from timeline.playing.values import values as values_of
from timeline.study.experiment import Experiment

PART = "batch"
CONFIG = Path(__file__).resolve().parents[2] / "configs" / "backchannel" / "cadence.toml"
MEASURE = "in_force_end"

WORLDS, QUICK_WORLDS = 1_000, 50
REPLICATIONS, QUICK_REPLICATIONS = 300, 30
WORKERS = 2
ROUNDS = 7
OVERHEAD_TARGET = 0.1
LOOP_TARGET = 0.9
MEMORY_TARGET = 500


@cache
def experiment() -> Experiment:
    """Return the main experiment."""
    return load(CONFIG)


def arms() -> list[World]:
    """Return its cadences, ready to be played."""
    return [world_of(task_of(experiment(), arm)) for arm in experiment().arms]


def worlds(number: int, changed: int = 20) -> list[dict[str, float]]:
    """Return worlds that draw so many assumptions anew, each within its plausible range."""
    rng = random.Random(1993)
    ranges = {
        path: tuple(leaf.parsed_unit(path).seen(bound) for bound in leaf.plausible)
        for path, leaf in experiment().model.assumptions.items()
        if leaf.plausible is not None and leaf.kind is float
    }
    paths = rng.sample(list(ranges), changed)
    return [{path: rng.uniform(*ranges[path]) for path in paths} for _ in range(number)]


def measure(quick: bool) -> list[Line]:
    """Measure the overhead of a world under an arm, then a batch of many."""
    return [*_overhead(3 if quick else ROUNDS), *_many(quick)]


# -- the overhead of a world


def _overhead(rounds: int) -> list[Line]:
    batch = Batch(arms()[:2], worlds(20))
    player = batch.player()
    pairs = [(world, arm) for world in range(len(batch.worlds)) for arm in range(len(batch.arms))]
    made = program.program_of(batch.model)

    def over_all(play: Callable[[int, int], Any]) -> Callable[[], int]:
        return lambda: sum(play(*pair) is not None for pair in pairs)

    # No replication: what is left is what is made anew for each world and arm.
    seconds = alternate(
        {
            "path by path": over_all(lambda world, arm: _path_by_path(made, batch.world(world, arm))),
            "alone": over_all(lambda world, arm: compiled.play(batch.world(world, arm), 0, 0)),
            "batch": over_all(lambda world, arm: player.play(world, arm, 0, 0)),
        },
        rounds,
    )
    said = {
        "path by path": "filled path by path, nothing prepared (before)",
        "alone": "World(...) and compiled.play",
        "batch": "in a batch",
    }
    lines = []
    for name, what in said.items():
        costs = sorted(1e3 * second for second in seconds[name])
        target, note = (OVERHEAD_TARGET, "20 values changed") if name == "batch" else (None, "")
        middle = costs[len(costs) // 2]
        reached = None if target is None else middle <= target
        lines.append(Line(PART, f"a world and arm: {what}", middle, costs[0], costs[-1], "ms", target, reached, note))
    return lines


def _path_by_path(made: program.Program, world: World) -> int:
    """Prepare a world as it was done before there were batches, and play no replication."""
    parameters = np.zeros(1, dtype(world.model.parameters))
    parameters[0] = values(world.parameters)
    setting = program._setting(made, world)
    rows, odd = np.zeros(0, row_dtype(world.model)), np.zeros(0, np.bool_)
    return made.play(*made.arguments(setting, parameters[0], made.room(), 0, rows, odd))


# -- many worlds


def _many(quick: bool) -> list[Line]:
    number, count = (QUICK_WORLDS, QUICK_REPLICATIONS) if quick else (WORLDS, REPLICATIONS)
    # A process of its own, whose memory is that of the batch; what has to be compiled is compiled by now.
    done = subprocess.run(
        [sys.executable, __file__, str(number), str(count)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    told = json.loads(done.stdout)
    what = f"{number:,} worlds x {told['arms']} cadences x {count} replications, {WORKERS} workers"
    nan, pace = math.nan, told["timelines"] / told["seconds"]
    return [
        Line(PART, what, told["seconds"], nan, nan, "s", note=f"{pace:,.0f} timelines/s"),
        Line(
            PART, "share of the threads' time inside the compiled loop", told["loop"], nan, nan, "", LOOP_TARGET,
            told["loop"] >= LOOP_TARGET, "time in the loop, over all threads, against workers x time on the clock",
        ),
        Line(
            PART, "share of the process's work inside the compiled loop", told["loop_cpu"], nan, nan, "", LOOP_TARGET,
            told["loop_cpu"] >= LOOP_TARGET, "processor time, whatever else the machine does",
        ),
        Line(
            PART, "peak memory", told["memory"], nan, nan, "MiB", MEMORY_TARGET, told["memory"] <= MEMORY_TARGET,
            f"of the process; {told['memory'] - told['before']:.0f} MiB more than before the first world",
        ),
    ]  # fmt: skip


class _Timed:
    """The loop, and how long all threads were in it."""

    def __init__(self, play: Callable[..., int]) -> None:
        self._play, self._lock = play, threading.Lock()
        self.clock = self.work = 0.0

    def __call__(self, *given: Any) -> int:
        clock, work = time.perf_counter(), time.thread_time()
        status = self._play(*given)
        clock, work = time.perf_counter() - clock, time.thread_time() - work
        with self._lock:
            self.clock += clock
            self.work += work
        return status


def _tell(number: int, count: int) -> None:
    """Play many worlds, and print what it took."""
    batch = Batch(arms(), worlds(number))
    timed = _Timed(batch.program.play)
    object.__setattr__(batch, "program", replace(batch.program, play=timed))
    sampler = partial(sample, experiment().yardsticks()[MEASURE])
    before, clock, work = _memory(), time.perf_counter(), time.process_time()
    found = values_of(batch, [sampler], 0, count, WORKERS)
    clock, work = time.perf_counter() - clock, time.process_time() - work
    told = {
        "arms": len(batch.arms), "timelines": found.size, "seconds": clock, "loop": timed.clock / (WORKERS * clock),
        "loop_cpu": timed.work / work, "memory": _memory(), "before": before,
    }  # fmt: skip
    print(json.dumps(told))


def _memory() -> float:
    """Return the most memory that this process has used, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    _tell(int(sys.argv[1]), int(sys.argv[2]))
