"""The queue in salabim: with a component for each customer, and as lean as it gets."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import queue_task
import salabim as sim
from queue_task import Books, Given

Draw = Callable[[], float]


def _draws(env: Any, given: Given | None) -> tuple[Draw, Draw]:
    """Return what gives the next gap between arrivals and the next service."""
    if given is not None:
        return iter(given.gaps).__next__, iter(given.services).__next__
    # salabim's exponential law asks for the mean.
    return tuple(
        sim.Exponential(1 / rate, env=env).sample for rate in (queue_task.ARRIVAL_RATE, queue_task.SERVICE_RATE)
    )


def run(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue with a component for each customer, which requests a `salabim.Resource`."""
    env = sim.Environment(trace=False, random_seed=seed, yieldless=False)
    gap, service = _draws(env, given)
    clerk = sim.Resource("clerk", env=env, monitor=False)
    arrived = served = 0
    total_wait = 0.0

    class Customer(sim.Component):
        def process(self):
            nonlocal served, total_wait
            came = env.now()
            yield self.request(clerk)
            yield self.hold(service())
            served += 1
            total_wait += env.now() - came

    class Arrivals(sim.Component):
        def process(self):
            nonlocal arrived
            while True:
                yield self.hold(gap())
                arrived += 1
                Customer()

    Arrivals()
    env.run(till=queue_task.horizon(customers))
    return Books(arrived, served, total_wait)


def run_lean(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue with two components in all: one lets customers in, the other serves them."""
    env = sim.Environment(trace=False, random_seed=seed, yieldless=False)
    gap, service = _draws(env, given)
    line: deque[float] = deque()  # the days on which those in the system came
    arrived = served = 0
    total_wait = 0.0

    class Unwatched(sim.Component):
        def setup(self):
            self.status.monitor(False)

    class Arrivals(Unwatched):
        def process(self):
            nonlocal arrived
            while True:
                yield self.hold(gap())
                arrived += 1
                line.append(env.now())
                if len(line) == 1:
                    clerk.activate()

    class Clerk(Unwatched):
        def process(self):
            nonlocal served, total_wait
            while True:
                while not line:
                    yield self.passivate()
                yield self.hold(service())
                served += 1
                total_wait += env.now() - line.popleft()

    clerk = Clerk()
    Arrivals()
    env.run(till=queue_task.horizon(customers))
    return Books(arrived, served, total_wait)
