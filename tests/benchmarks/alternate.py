"""Programs timed side by side: in turn, in one process, and compared within each round.

A machine's pace drifts: it warms up, and others use it. Programs timed one after the other meet different
machines; programs that take turns meet nearly the same one in each round, so the ratio within a round is
steadier than either of its sides.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes
    ----------
    part
        The part of the benchmarks it belongs to, e.g. ``"queues"``.
    what
        What was measured, e.g. ``"compiled against hand-written SimPy"``.
    value, low, high
        The figure (a median, where there are rounds) and its range; NaN if it could not be measured.
    unit
        What the figure counts: ``"times"``, ``"events/s"``, ``"ns"``.
    target
        The figure to be reached; None if there is none.
    reaches
        Whether it is reached; None without a target.
    note
        What has to be said beside it.
    """

    part: str
    what: str
    value: float
    low: float
    high: float
    unit: str
    target: float | None = None
    reaches: bool | None = None
    note: str = ""


def alternate(programs: Mapping[str, Callable[[], int]], rounds: int) -> dict[str, list[float]]:
    """Run every program once a round, in turn; return the seconds for each unit of work, by program and round.

    Every other round goes through the programs backwards, so that none always runs after the same one. What is
    to be left out of the time (compilation, loading) must have happened before.

    Parameters
    ----------
    programs
        By name; each does its work and returns how many units of it (events, replications), above 0.
    rounds
        How many times each is run, from 1 on.

    Raises
    ------
    ValueError
        If there are no rounds, or a program has done no work.
    """
    if rounds < 1:
        raise ValueError(f"{rounds} rounds given, expected 1 or more")
    seconds: dict[str, list[float]] = {name: [] for name in programs}
    for number in range(rounds):
        names = list(programs)
        for name in names if number % 2 == 0 else reversed(names):
            gc.collect()  # one program's rubbish is not the next one's work
            began = time.perf_counter()
            units = programs[name]()
            took = time.perf_counter() - began
            if units <= 0:
                raise ValueError(f"{name} says it has done {units} units of work, expected 1 or more")
            seconds[name].append(took / units)
    return seconds


def ratio(seconds: Mapping[str, Sequence[float]], one: str, other: str) -> tuple[float, float, float]:
    """Return how many times as fast as another a program is: the median over the rounds, the least, the most.

    Examples
    --------
    >>> ratio({"ours": [1.0, 2.0, 1.0], "theirs": [10.0, 12.0, 11.0]}, "ours", "theirs")
    (10.0, 6.0, 11.0)
    """
    rounds = [theirs / ours for ours, theirs in zip(seconds[one], seconds[other], strict=True)]
    return statistics.median(rounds), min(rounds), max(rounds)
