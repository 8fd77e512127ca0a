"""Keeping what a final record cannot hold: samples at stated days, and time integrals.

Between two firings nothing changes, so it is enough to look just before each firing:
the state that is about to end has held since the firing before.
"""

from __future__ import annotations

import math
from typing import Any

from timeline.engines.start import Start
from timeline.model.declarations import Integral, Observation, Sampled
from timeline.model.records import resolve


class FieldSampler:
    """Takes a field at stated days; what lies beyond the end of the timeline keeps the last value.

    A sample on a day on which something fires is taken after all that fires that day at
    that instant. What lies before ``seen_from`` was not played, and is NaN.
    """

    def __init__(self, observation: Sampled, state: Any, seen_from: float) -> None:
        self._owner, self._name = resolve(state, observation.field)
        self._since = resolve(state, observation.since) if observation.since else None
        self._days = observation.days
        self._seen_from = seen_from
        self._taken: list[float] = []

    def before(self, day: float) -> None:
        """Take the samples that fall before ``day``."""
        taken, days = self._taken, self._days
        if len(taken) == len(days):
            return
        origin = getattr(*self._since) if self._since else 0.0
        while len(taken) < len(days) and origin + days[len(taken)] < day:  # never true of a NaN milestone
            seen = origin + days[len(taken)] >= self._seen_from
            taken.append(float(getattr(self._owner, self._name)) if seen else math.nan)

    def finish(self, horizon: float) -> list[float]:
        """Return the samples: frozen after the end, NaN beyond the horizon or without a milestone."""
        self.before(math.nextafter(horizon, math.inf))
        missing = len(self._days) - len(self._taken)
        return self._taken + [math.nan] * missing


class Integrator:
    """Adds up a field over time, exactly: it is constant between firings."""

    def __init__(self, observation: Integral, state: Any, begins: float, still_open: int) -> None:
        self._owner, self._name = resolve(state, observation.field)
        self._state, self._open = state, None if observation.after else still_open
        self._since = begins
        self._total = 0.0

    def before(self, day: float) -> None:
        """Account for the stretch that ends at ``day``."""
        if self._open is None or self._state.outcome == self._open:
            self._total += float(getattr(self._owner, self._name)) * (day - self._since)
        self._since = day

    def finish(self, horizon: float) -> float:
        """Return the integral up to the timeline's end."""
        return self._total


def observer(observation: Observation, state: Any, start: Start, still_open: int) -> FieldSampler | Integrator:
    """Return what keeps one observation of one timeline."""
    if isinstance(observation, Sampled):
        return FieldSampler(observation, state, start.seen_from)
    return Integrator(observation, state, start.day, still_open)
