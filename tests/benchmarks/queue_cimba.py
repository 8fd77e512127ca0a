"""The queue in cimba, whose models are compiled: with processes, as its own M/M/1 is written, and with bare events.

Processes are what cimba is made for. Its bare events are faster, and fastest where they draw for themselves
instead of asking an input; with given times they have to ask.
"""

from __future__ import annotations

from typing import Any

import cimba as cb
import numpy as np
import queue_task
from cimba import inputs
from queue_task import Books, Given

#: How many can be in the system at once in the version with events; cimba fails the trial beyond an array.
PLACES = 1024
GAP, SERVICE = 1 / queue_task.ARRIVAL_RATE, 1 / queue_task.SERVICE_RATE  # cimba's exponential law asks for the mean


class WithProcesses(cb.Model):
    """One process lets customers in, the other serves them."""

    gap: cb.Input[float] = inputs.dist.exponential(mean=GAP)
    service: cb.Input[float] = inputs.dist.exponential(mean=SERVICE)
    line: cb.Store[float]  # the days on which those who wait came
    arrived: cb.Output[int]
    served: cb.Output[int]
    total_wait: cb.Output[float]

    @cb.on_start
    def open(self):
        self.total_wait = 0.0

    @cb.process
    def arrivals(self):
        while True:
            cb.hold(self.gap.next())
            self.arrived += 1
            self.line.put(cb.now())

    @cb.process
    def server(self):
        while True:
            came = self.line.get()
            cb.hold(self.service.next())
            self.served += 1
            self.total_wait += cb.now() - came


class WithEvents(cb.Model):
    """An arrival and the end of a service are scheduled as events, with the times of an input."""

    gap: cb.Input[float] = inputs.dist.exponential(mean=GAP)
    service: cb.Input[float] = inputs.dist.exponential(mean=SERVICE)
    horizon: cb.Param[float]
    came: cb.Array[float] = cb.Array(PLACES)
    arrived: cb.Output[int]
    served: cb.Output[int]
    total_wait: cb.Output[float]

    @cb.on_start
    def open(self):
        self.total_wait = 0.0
        # Events are not stopped by the end of a window.
        cb.schedule(self.close, self.horizon)
        cb.schedule(self.arrive, self.gap.next())

    @cb.event
    def close(self):
        cb.end_trial()

    @cb.event
    def arrive(self):
        if self.arrived - self.served == PLACES:
            self.came[PLACES] = cb.now()  # nobody else fits in: fails the trial
        self.came[self.arrived % PLACES] = cb.now()
        self.arrived += 1
        if self.arrived - self.served == 1:
            cb.schedule(self.leave, self.service.next())
        cb.schedule(self.arrive, self.gap.next())

    @cb.event
    def leave(self):
        self.total_wait += cb.now() - self.came[self.served % PLACES]
        self.served += 1
        if self.served < self.arrived:
            cb.schedule(self.leave, self.service.next())


class WithOwnDraws(WithEvents):
    """The same, but drawing the times where they are needed: a fifth faster."""

    @cb.on_start
    def open(self):
        self.total_wait = 0.0
        cb.schedule(self.close, self.horizon)
        cb.schedule(self.arrive, cb.random.exponential(GAP))

    @cb.event
    def arrive(self):
        if self.arrived - self.served == PLACES:
            self.came[PLACES] = cb.now()
        self.came[self.arrived % PLACES] = cb.now()
        self.arrived += 1
        if self.arrived - self.served == 1:
            cb.schedule(self.leave, cb.random.exponential(SERVICE))
        cb.schedule(self.arrive, cb.random.exponential(GAP))

    @cb.event
    def leave(self):
        self.total_wait += cb.now() - self.came[self.served % PLACES]
        self.served += 1
        if self.served < self.arrived:
            cb.schedule(self.leave, cb.random.exponential(SERVICE))


def run(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue with processes and a store."""
    model = WithProcesses()
    return _played(model, cb.Window(duration=queue_task.horizon(customers)), seed, given)


def run_lean(customers: int, seed: int, given: Given | None = None) -> Books:
    """Play the queue with events and a ring of arrival days."""
    model = WithOwnDraws() if given is None else WithEvents()
    model.horizon = queue_task.horizon(customers)
    return _played(model, cb.Window.until_idle(), seed, given)


def _played(model: Any, window: Any, seed: int, given: Given | None) -> Books:
    if given is not None:
        model.gap, model.service = (inputs.trace(np.array(times)) for times in (given.gaps, given.services))
    results = cb.Experiment(model, window=window, seed=seed).run(workers=1, on_failure="raise")
    arrived, served, total_wait = (
        float(np.ravel(samples)[0])
        for samples in (results[model].arrived, results[model].served, results[model].total_wait)
    )
    return Books(int(arrived), int(served), total_wait)
