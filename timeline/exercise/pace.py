"""Pace: how simulated days follow the seconds of the room."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from timeline.errors import ConfigError
from timeline.model.units import parse_duration
from timeline.model.values import shown
from timeline.words import YEAR

#: What a speed is when nothing is said.
USUAL_SPEED = "1 month per second"
#: Days a second, at most: two years.
FASTEST = 2 * YEAR
_SECONDS = {"second": 1.0, "s": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0}
_SPEED = re.compile(r"(.+?)\s*(?:/|\bper\b|\ba\b)\s*([a-z]+)", re.IGNORECASE)


def parse_speed(given: object) -> float:
    """Return a speed such as ``"1 month per second"`` in days a second.

    Raises
    ------
    ConfigError
        With what was given and what is expected.

    Examples
    --------
    >>> parse_speed("1 month per second"), parse_speed("1 week per minute") * 60
    (30.4375, 7.0)
    """
    expected = f'expected a speed such as "{USUAL_SPEED}" or "2 weeks per minute"'
    found = _SPEED.fullmatch(given.strip()) if isinstance(given, str) and len(given) < 100 else None
    if found is None or found[2].lower() not in _SECONDS:
        raise ConfigError(f"speed: given {shown(given)}, {expected}")
    try:
        days = parse_duration(found[1]) / _SECONDS[found[2].lower()]
    except ValueError:
        raise ConfigError(f"speed: given {shown(given)}, {expected}") from None
    if not 0 < days <= FASTEST:
        raise ConfigError(f"speed: given {shown(given)}, expected more than 0, and at most 2 years per second")
    return days


class Pacer:
    """Counts the days that are due while the exercise runs.

    Parameters
    ----------
    clock
        Returns seconds, such as ``time.monotonic``.
    speed
        Days a second.
    """

    def __init__(self, clock: Callable[[], float], speed: float) -> None:
        self._clock = clock
        self._speed = speed
        self._since: float | None = None
        self._owed = 0.0

    @property
    def running(self) -> bool:
        """Whether time goes on."""
        return self._since is not None

    @property
    def speed(self) -> float:
        """Days a second."""
        return self._speed

    @speed.setter
    def speed(self, days: float) -> None:
        self._owed += self._passed()
        self._speed = days

    def go(self) -> None:
        """Let time go on."""
        if self._since is None:
            self._since = self._clock()

    def pause(self) -> None:
        """Let time stand still; what is owed of a day is kept."""
        self._owed += self._passed()
        self._since = None

    def due(self) -> int:
        """Return the whole days that have come due since the last time, and count on from there."""
        self._owed += self._passed()
        whole = math.floor(self._owed)
        self._owed -= whole
        return whole

    def _passed(self) -> float:
        """Return the days since the last look."""
        if self._since is None:
            return 0.0
        now = self._clock()
        passed = max(0.0, now - self._since) * self._speed
        self._since = now
        return passed
