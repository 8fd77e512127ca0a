"""Boxes of assumption space: ranges of a few drivers, which worlds lie in them, and how they read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from timeline.arrays import Flags, Floats


@dataclass(frozen=True)
class Box:
    """Ranges of drivers; a world lies in it if every driver that is restricted lies within its range, ends included.

    Attributes
    ----------
    ranges
        For the place of each restricted driver its lowest and highest value; infinite where it has no end.

    Examples
    --------
    >>> box = Box({0: (-np.inf, 0.5), 2: (1.0, 2.0)})
    >>> box.holds(np.array([[0.1, 9.0, 1.5], [0.6, 9.0, 1.5], [0.5, 9.0, 2.5]])).tolist()
    [True, False, False]
    >>> box.rule(["leaks", "trust", "alarm"])
    'leaks at most 0.5 and alarm between 1 and 2'
    """

    ranges: dict[int, tuple[float, float]]

    def holds(self, x: Floats) -> Flags:
        """Return which worlds lie in it, shape (worlds,), of x (worlds, drivers)."""
        inside = np.ones(len(x), dtype=np.bool_)
        for driver, (low, high) in self.ranges.items():
            inside &= (x[:, driver] >= low) & (x[:, driver] <= high)
        return inside

    def within(self, driver: int, low: float = -np.inf, high: float = np.inf) -> Box:
        """Return this box with a driver's range, as given where an end is given; without it if both ends are open."""
        rest = {place: ends for place, ends in self.ranges.items() if place != driver}
        return Box(rest if np.isinf(low) and np.isinf(high) else rest | {driver: (low, high)})

    def range_of(self, driver: int) -> tuple[float, float]:
        """Return a driver's range."""
        return self.ranges.get(driver, (-np.inf, np.inf))

    def rule(self, names: Sequence[str]) -> str:
        """Say it in words; values with three figures."""
        said = [f"{names[driver]} {_range(low, high)}" for driver, (low, high) in sorted(self.ranges.items())]
        return " and ".join(said) if said else "everywhere"


def _range(low: float, high: float) -> str:
    if np.isinf(low):
        return f"at most {high:.3g}"
    if np.isinf(high):
        return f"at least {low:.3g}"
    return f"exactly {low:.3g}" if low == high else f"between {low:.3g} and {high:.3g}"
