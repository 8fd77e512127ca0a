"""The queue in SimPy, written by hand: as its tutorials would, and as lean as it gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from functools import partial
from random import Random
from typing import Any

import queue_task
import simpy
from queue_task import Books, Given

Process = Generator[simpy.Event, Any, None]
Draw = Callable[[], float]


def _draws(seed: int, given: Given | None) -> tuple[Draw, Draw]:
    """Return what gives the next gap between arrivals and the next service."""
    if given is not None:
        return iter(given.gaps).__next__, iter(given.services).__next__
    draw = Random(seed).expovariate
    return partial(draw, queue_task.ARRIVAL_RATE), partial(draw, queue_task.SERVICE_RATE)


def run(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue with a process for each customer, which asks for a `simpy.Resource`."""
    gap, service = _draws(seed, given)
    env = simpy.Environment()
    server = simpy.Resource(env)
    arrived = served = 0
    total_wait = 0.0

    def customer() -> Process:
        nonlocal served, total_wait
        came = env.now
        with server.request() as turn:
            yield turn
            yield env.timeout(service())
        served += 1
        total_wait += env.now - came

    def arrivals() -> Process:
        nonlocal arrived
        while True:
            yield env.timeout(gap())
            arrived += 1
            env.process(customer())

    env.process(arrivals())
    env.run(until=queue_task.horizon(customers))
    return Books(arrived, served, total_wait)


def run_lean(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue with two processes in all: one lets customers in, the other serves them."""
    gap, service = _draws(seed, given)
    env = simpy.Environment()
    line: deque[float] = deque()  # the days on which those in the system came
    somebody = env.event()
    arrived = served = 0
    total_wait = 0.0

    def arrivals() -> Process:
        nonlocal arrived
        while True:
            yield env.timeout(gap())
            arrived += 1
            line.append(env.now)
            if len(line) == 1:
                somebody.succeed()

    def server() -> Process:
        nonlocal served, total_wait, somebody
        while True:
            yield somebody
            somebody = env.event()
            while line:
                yield env.timeout(service())
                served += 1
                total_wait += env.now - line.popleft()

    env.process(arrivals())
    env.process(server())
    env.run(until=queue_task.horizon(customers))
    return Books(arrived, served, total_wait)
