"""Waits inside a hand-written SimPy process, which others may cut short.

Each is waited for by ``yield from wait.over(...)`` inside a process. Whoever changes something that the wait
depends on calls `look`; only if the rate has really changed is the process interrupted.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from random import Random
from typing import Any

import simpy

Waiting = Generator[simpy.Event, Any, None]


class Wait:
    """A memoryless wait at a rate that may change; under a new rate it is simply drawn anew.

    Parameters
    ----------
    env, rng
        The environment, and where the waits are drawn from.
    rate_now
        Returns the rate, per day; 0 means that it does not go on for now.
    """

    __slots__ = ("env", "process", "rate", "rate_now", "rng")

    def __init__(self, env: simpy.Environment, rng: Random, rate_now: Callable[[], Any]) -> None:
        self.env = env
        self.rng = rng
        self.rate_now = rate_now
        self.rate: Any = None
        self.process: simpy.Process | None = None  # None while nobody waits

    def look(self) -> None:
        """Wait anew if the rate has changed."""
        if self.process is not None:
            rate = self.rate_now()
            if rate != self.rate:
                self.rate = rate
                self.process.interrupt()

    def over(self) -> Waiting:
        """Wait until it happens."""
        env, draw = self.env, self.rng.expovariate
        self.process = env.active_process
        self.rate = self.rate_now()
        while True:
            try:
                yield env.timeout(draw(self.rate)) if self.rate > 0.0 else env.event()
                break
            except simpy.Interrupt:
                pass
        self.process = None


class Ageing(Wait):
    """A lifetime that is used up at a rate that may change; it goes on with what is left of it."""

    __slots__ = ("anew",)

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.anew: float | None = None  # a lifetime that takes the place of what is left

    def begin_anew(self, lifetime: float) -> None:
        """Forget what is left and begin a new lifetime."""
        if self.process is not None:
            self.anew = lifetime
            self.process.interrupt()

    def over(self, lifetime: float) -> Waiting:  # type: ignore[override]
        """Wait until a lifetime, in days at a rate of 1, is used up."""
        env, left = self.env, lifetime
        self.process = env.active_process
        self.rate = self.rate_now()
        while True:
            rate, since = self.rate, env.now
            try:
                yield env.timeout(left / rate) if rate > 0.0 else env.event()
                break
            except simpy.Interrupt:
                left = max(0.0, left - (env.now - since) * rate)
                if self.anew is not None:
                    left, self.anew = self.anew, None
        self.process = None


class Unbroken(Wait):
    """So many days in one piece: they begin again when the count changes, and stop while it is None."""

    __slots__ = ()

    def over(self, days: float) -> Waiting:  # type: ignore[override]
        """Wait until so many days have passed unbroken."""
        env = self.env
        self.process = env.active_process
        self.rate = self.rate_now()
        while True:
            try:
                yield env.timeout(days) if self.rate is not None else env.event()
                break
            except simpy.Interrupt:
                pass
        self.process = None
