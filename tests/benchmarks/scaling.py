"""Scaling: does a replication cost the same in a run of a thousand and of ten million, and do two workers halve it?

Both on the shipped model, one arm of the main experiment, compiled engine.
"""

from __future__ import annotations

import math
import os
import tempfile
from dataclasses import replace
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import fmean

from alternate import Line, alternate, ratio

from timeline.config.load import load
from timeline.engines import compiled
from timeline.engines.world import World
from timeline.keeping.store import open_run
from timeline.playing.run import run, run_folder
from timeline.playing.tasks import task_of, world_of
from timeline.study.experiment import Experiment
from timeline.study.keys import determinants

PART = "scaling"
CONFIG = Path(__file__).resolve().parents[2] / "configs" / "backchannel" / "cadence.toml"
CADENCE = "quarterly-from-accord"

#: Replications of a chunk, as a run has them; beyond it rows are thrown away chunk by chunk.
CHUNK = 100_000
#: The run whose cost a replication is the yardstick; played again beside every chunk of a larger one.
YARDSTICK, QUICK_YARDSTICK = 10_000, 1_000
#: Replications of a run by one and by two workers: as many as `make run` plays. What is done once, such as the pilot,
#: is done by one worker.
SHARED, QUICK_SHARED = 280_000, 10_000
SHARED_ROUNDS = 3
LEAST_ROUNDS = 5
FLAT = 1.15
WORKERS_TARGET = 1.8


def experiment() -> Experiment:
    """Return the main experiment with one cadence only: one arm."""
    whole = load(CONFIG)
    return replace(whole, cadences={CADENCE: whole.cadences[CADENCE]}, baseline=CADENCE)


def world() -> World:
    """Return the arm, ready to be played."""
    one = experiment()
    return world_of(task_of(one, one.arms[0], "compiled"))


def play(here: World, first: int, count: int, chunk: int = CHUNK) -> int:
    """Play replications from `first` on, chunk by chunk, and throw the rows away; return how many there were."""
    played = 0
    while played < count:
        played += len(compiled.play(here, first + played, min(chunk, count - played)))
    return played


def sizes(quick: bool, full: bool) -> list[int]:
    """Return the sizes of the runs, rising: they end at 1e4, 1e6 or 1e7."""
    return [10**power for power in range(3, 5 if quick else 8 if full else 7)]


def measure(quick: bool, full: bool = False) -> list[Line]:
    """Measure the cost of a replication by the size of the run, and what a second worker brings."""
    here = world()
    play(here, 0, 1)  # what has to be compiled is compiled now
    runs = sizes(quick, full)
    yardstick = QUICK_YARDSTICK if quick else YARDSTICK
    lines = [line for size in runs for line in _of_size(here, size, yardstick)]
    if not full:
        lines[-1] = replace(lines[-1], note=f"{lines[-1].note}; larger runs with --full only")
    return [*lines, _by_workers(quick)]


def _of_size(here: World, size: int, yardstick: int) -> list[Line]:
    """Measure one run's cost a replication, and against the yardstick's if it is larger."""
    # A run of the yardstick's size takes its turn beside every chunk of a larger run, so that the machine's
    # own ups and downs meet both alike. What a long run piles up shows in its later chunks.
    chunk = min(size, CHUNK)
    rounds = max(size // chunk, LEAST_ROUNDS)
    firsts = cycle(range(0, size, chunk))
    seconds = alternate(
        {"run": lambda: play(here, next(firsts), chunk), "yardstick": lambda: play(here, 0, yardstick)}, rounds
    )
    costs = sorted(1e6 * second for second in seconds["run"])
    note = f"mean over {rounds} times {chunk:,} replications, one core"
    lines = [Line(PART, f"a replication in a run of {size:,}", fmean(costs), costs[0], costs[-1], "us", note=note)]
    if size > yardstick:
        value, low, high = ratio(seconds, "yardstick", "run")
        what = f"a replication in a run of {size:,} against one of {yardstick:,}"
        flat = 1 / FLAT <= value <= FLAT
        lines.append(Line(PART, what, value, low, high, "times the cost", FLAT, flat, "flat is within 15%"))
    return lines


def run_anew(one: Experiment, workers: int, engine: str = "compiled") -> int:
    """Run an experiment of one arm into an empty folder, as the command does; return the replications it simulated."""
    with tempfile.TemporaryDirectory() as folder:
        into = run_folder(one, Path(folder))
        with open_run(into, determinants(one)) as store:
            return run(one, store, engine=engine, workers=workers).simulated


def _by_workers(quick: bool) -> Line:
    what = "a run with two workers against one"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        return Line(PART, what, math.nan, math.nan, math.nan, "times", WORKERS_TARGET, None, "there is only one core")
    one = replace(experiment(), replications=QUICK_SHARED if quick else SHARED)
    seconds = alternate({str(n): partial(run_anew, one, n) for n in (1, 2)}, rounds=1 if quick else SHARED_ROUNDS)
    value, low, high = ratio(seconds, "2", "1")
    note = f"{one.replications:,} replications, pilot and Parquet included; {cores} cores"
    return Line(PART, what, value, low, high, "times", WORKERS_TARGET, value >= WORKERS_TARGET, note)
