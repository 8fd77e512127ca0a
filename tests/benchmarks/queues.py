"""An M/M/1 queue in our two engines and in other simulation programs: events a second on one core.

What is played and what counts as an event is said in `queue_task`. All programs that can take given times are
given the very same ones first, and must keep the same books; see also tests/test_benchmarks_queues.py.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import math
import multiprocessing
import statistics
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import queue_task
from alternate import Line, alternate, ratio
from queue_task import Books

PART = "queues"
NOT_INSTALLED = "not installed: pip install 'crisis-timeline[bench]'"
ROUNDS, QUICK_ROUNDS = 9, 3
#: A quick run plays a tenth as many customers, and the books are compared over so many.
QUICK, COMPARED = 10, 500
#: More than this many times as fast as each.
TARGET = 1.0


@dataclass(frozen=True)
class Program:
    """One way to play the queue.

    Attributes
    ----------
    name, way
        What it is called in the table, and which of its ways of writing the queue this is, if there are several.
    package
        The package it needs, as pip knows it; empty for our own engines.
    module, function
        Where to find it: ``function(customers, seed) -> Books``, and, if it takes given times, a third argument.
    customers
        How many one round plays: about half a second's work, and a million at most.
    takes
        Whether it can be given the customers' times. Our engines draw the times that all others are given.
    apart
        Whether it is played in a process of its own.
    cannot
        What it cannot express, or does besides.
    """

    name: str
    way: str
    package: str
    module: str
    function: str
    customers: int
    takes: bool = True
    apart: bool = False
    cannot: str = ""

    @property
    def installed(self) -> bool:
        return not self.package or importlib.util.find_spec(self.package) is not None

    @property
    def title(self) -> str:
        """Its name, with its version if it is installed, and its way."""
        version = f" {importlib.metadata.version(self.package)}" if self.package and self.installed else ""
        return self.name + version + (f", {self.way}" if self.way else "")

    def load(self) -> Callable[..., Books]:
        """Import it, here or in the process that it is played in."""
        if self.apart:
            return partial(_play_apart, self.module, self.function)
        found: Callable[..., Books] = getattr(importlib.import_module(self.module), self.function)
        return found

    def with_given(self, customers: int, seed: int) -> Books:
        """Play it with the times that our engines draw under this seed."""
        play = self.load()
        return play(customers, seed, queue_task.drawn(customers, seed)) if self.package else play(customers, seed)


@cache
def _another_process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def _play_apart(module: str, function: str, *given: Any) -> Books:
    return _another_process().submit(_import_and_play, module, function, *given).result()


def _import_and_play(module: str, function: str, *given: Any) -> Books:
    books: Books = getattr(importlib.import_module(module), function)(*given)
    return books


OURS = Program("compiled engine", "", "", "queue_model", "run_compiled", 1_000_000)
PROGRAMS = (
    OURS,
    Program("reference engine", "", "", "queue_model", "run_reference", 5_000),
    Program("SimPy", "a process a customer", "simpy", "queue_simpy", "run", 20_000),
    Program("SimPy", "two processes", "simpy", "queue_simpy", "run_lean", 40_000),
    Program("salabim", "a component a customer", "salabim", "queue_salabim", "run", 500),
    Program("salabim", "two components", "salabim", "queue_salabim", "run_lean", 20_000),
    Program("Ciw", "", "ciw", "queue_ciw", "run", 5_000, cannot="keeps a record of every customer"),
    # cimba tells numba of records of its own, and must do so before numba compiles anything else.
    Program("cimba", "two processes", "cimba", "queue_cimba", "run", 1_000_000, apart=True),
    Program("cimba", "bare events", "cimba", "queue_cimba", "run_lean", 1_000_000, apart=True),
    Program(
        "GillesPy2",
        "",
        "gillespy2",
        "queue_gillespy2",
        "run",
        1_000_000,
        takes=False,
        cannot="counts only: it cannot tell one customer from another, so no customer's wait; it takes no given times",
    ),
)


def measure(quick: bool) -> list[Line]:
    """Return each program's events a second, and how many times as fast the compiled engine is."""
    installed = [program for program in PROGRAMS if program.installed]
    seconds = _seconds(installed, quick)
    return [
        same_books([program for program in installed if program.takes]),
        *(_speed(program, seconds) for program in PROGRAMS),
        *(_against(program, seconds) for program in PROGRAMS if program is not OURS),
    ]


def same_books(programs: list[Program]) -> Line:
    """Say how many programs keep, for the same times, the very books that are worked out by hand."""
    expected = queue_task.by_hand(queue_task.drawn(COMPARED, 1), COMPARED)
    strayed = [program.title for program in programs if program.with_given(COMPARED, 1) != expected]
    agreeing = float(len(programs) - len(strayed))
    note = f"these differ: {'; '.join(strayed)}" if strayed else "bit for bit, as worked out by hand"
    what = "the same customers and waits, given the same times"
    return Line(PART, what, agreeing, math.nan, math.nan, "programs", float(len(programs)), not strayed, note)


def _seconds(programs: list[Program], quick: bool) -> dict[str, list[float]]:
    """Return the seconds an event takes, by program and round."""
    timed: dict[str, Callable[[], int]] = {}
    for program in programs:
        play = program.load()
        play(50, 0)  # what is to be compiled, is compiled now
        timed[program.title] = partial(_events, play, program.customers // (QUICK if quick else 1))
    return alternate(timed, QUICK_ROUNDS if quick else ROUNDS)


def _events(play: Callable[..., Books], customers: int) -> int:
    return play(customers, 1).events


def _speed(program: Program, seconds: dict[str, list[float]]) -> Line:
    what = f"one core: {program.title}"
    if not program.installed:
        return Line(PART, what, math.nan, math.nan, math.nan, "events/s", note=NOT_INSTALLED)
    rounds = [1 / second for second in seconds[program.title]]
    return Line(PART, what, statistics.median(rounds), min(rounds), max(rounds), "events/s", note=program.cannot)


def _against(program: Program, seconds: dict[str, list[float]]) -> Line:
    what = f"{OURS.name} against {program.title}"
    if not program.installed:
        return Line(PART, what, math.nan, math.nan, math.nan, "times", TARGET, note=NOT_INSTALLED)
    value, low, high = ratio(seconds, OURS.title, program.title)
    return Line(PART, what, value, low, high, "times", TARGET, value > TARGET, program.cannot)
