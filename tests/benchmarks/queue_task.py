"""The queue that every program plays: M/M/1, first come, first served, empty at the start.

Customers come at rate 0.9 a day, one server serves them at rate 1. What happens at the horizon or later is
not counted. A *wait* is the time from a customer's arrival until it leaves, its service included, and it is
counted when the customer leaves. An arrival is one event, the end of a service is another.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from timeline.engines.draws import key_schedule, lifetime_uniform, stream_key

ARRIVAL_RATE = 0.9
SERVICE_RATE = 1.0


@dataclass(frozen=True)
class Books:
    """What a program has counted by the horizon.

    Attributes
    ----------
    arrived, served
        Customers that have come, and that have left.
    total_wait
        The waits of those that have left, in days; NaN from a program that cannot tell one customer from another.
    """

    arrived: int
    served: int
    total_wait: float

    @property
    def events(self) -> int:
        return self.arrived + self.served

    @property
    def mean_wait(self) -> float:
        return self.total_wait / self.served


@dataclass(frozen=True)
class Given:
    """The times that customers bring with them, in place of a program's own draws, in days.

    Attributes
    ----------
    gaps
        From one arrival to the next, the first from the start on.
    services
        How long each customer's service takes, in the order of arrival.
    """

    gaps: list[float]
    services: list[float]


def horizon(customers: int) -> float:
    """Return the day by which so many customers are expected to have come."""
    return customers / ARRIVAL_RATE


def drawn(customers: int, seed: int, replication: int = 0) -> Given:
    """Return the very times that our engines draw, computed outside them, and for a few customers too many.

    A clock draws its n-th lifetime from the keyed stream of its name at firing n, and runs it down at its
    speed; so the n-th lifetime of "service" is the n-th customer's.
    """
    enough = math.ceil(customers + 10 * math.sqrt(customers) + 10)

    def times(clock: str, rate: float) -> list[float]:
        schedule = key_schedule(stream_key(seed, "clock", clock))
        return [-math.log(lifetime_uniform(schedule, replication, n, 0)) / rate for n in range(enough)]

    given = Given(times("arrival", ARRIVAL_RATE), times("service", SERVICE_RATE))
    if not sum(given.gaps) > horizon(customers):
        raise ValueError(f"{enough} customers drawn, and the last comes before the horizon; draw more")
    return given


def by_hand(given: Given, customers: int) -> Books:
    """Work out what must be counted, by Lindley's recursion: who comes next waits until the one before has left."""
    end = horizon(customers)
    arrived = served = 0
    total_wait = came = left = 0.0
    for gap, service in zip(given.gaps, given.services, strict=True):
        came += gap
        if not came < end:
            return Books(arrived, served, total_wait)
        arrived += 1
        left = max(came, left) + service
        if left < end:
            served += 1
            total_wait += left - came
    raise ValueError(f"times for {arrived} customers given, and the last comes before the horizon")
