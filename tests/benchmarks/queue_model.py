"""The queue as a model of ours, played by both engines: two clocks over one state."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import queue_task
from queue_task import Books

from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.records import Array, Field, Parameter, Parameters, Record

#: How many can be in the system at once. At nine tenths of the server's pace a thousandth of a billionth of a
#: billionth of all customers meets half as many.
PLACES = 1024


class Outcome(IntEnum):
    OPEN = 0
    FULL = 1


class Place(Record):
    came = Field(0.0, "the day on which the customer in this place came")


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "FULL if a customer has found no place: the books would be wrong from then on")
    arrived = Field(0, "customers that have come")
    served = Field(0, "customers that have left")
    total_wait = Field(0.0, "days from arrival to leaving, over all that have left")
    places = Array(Place, PLACES)  # a ring: the n-th customer takes place n, modulo its length


class Rates(Parameters):
    arrivals = Parameter(
        queue_task.ARRIVAL_RATE,
        "customers that come",
        unit="per day",
        plausible=(0.0, 10.0),
        evidence="judgement",
        source="the task",
    )
    services = Parameter(
        queue_task.SERVICE_RATE,
        "customers that a busy server serves",
        unit="per day",
        plausible=(0.0, 10.0),
        evidence="judgement",
        source="the task",
    )


def arrival_speed(p):
    return p.queue.arrivals


def arrives(s):
    if s.arrived - s.served == PLACES:
        s.outcome = Outcome.FULL
    else:
        s.places[s.arrived % PLACES].came = s.day
        s.arrived += 1


def service_speed(s, p):
    return p.queue.services if s.served < s.arrived else 0.0


def leaves(s):
    s.total_wait += s.day - s.places[s.served % PLACES].came
    s.served += 1


MODEL = Model(
    name="queue",
    title="An M/M/1 queue",
    state=State,
    open=Outcome.OPEN,
    mechanisms=(
        Mechanism(
            "queue",
            parameters=Rates,
            clocks=(Clock("arrival", arrival_speed, arrives), Clock("service", service_speed, leaves)),
        ),
    ),
)


def world(customers: int, seed: int) -> World:
    """Return the queue, ready to be played until so many customers are expected to have come."""
    return World(MODEL, seed=seed, horizon=queue_task.horizon(customers), budget=2**62)


def run_compiled(customers: int, seed: int) -> Books:
    """Play the queue on the compiled engine."""
    return _books(compiled.play(world(customers, seed), 0, 1))


def run_reference(customers: int, seed: int) -> Books:
    """Play the queue on the reference engine."""
    return _books(reference.rows(world(customers, seed), 0, 1))


def _books(rows: Any) -> Books:
    state = rows["state"][0]
    if state["outcome"] != Outcome.OPEN:
        raise OverflowError(f"a customer found {PLACES} others before it; give the queue more places")
    return Books(int(state["arrived"]), int(state["served"]), float(state["total_wait"]))
