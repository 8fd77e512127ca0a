"""What a difference between two cadences hangs on, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import polars as pl

#: Columns that are read by whoever tells it.
_NEEDED = {
    "tornado": ("driver", "at_low", "at_high", "swing", "se"),
    "flips": ("driver", "verdict", "at"),
    "ladders": ("driver", "rung", "value", "best", "gain", "se", "sure"),
}


@dataclass(frozen=True)
class Sensitivity:
    """What a difference hangs on.

    Attributes
    ----------
    cadence, baseline
        Whose difference is looked at.
    measure, unit
        The measure in words, and what it is counted in.
    screening
        of (outcome under the baseline, or difference), driver, effect, size, low, high, deviation, paths: elementary
        effects, scaled to the whole range (Morris 1991). Luck makes every size larger than it is.
    indices
        of, driver, first, first_low, first_high, total, total_low, total_high, points: Sobol's indices of the
        weightiest.
    tornado
        driver, at_low, at_high, swing, se: the difference at either end of each range, all else as it is.
    flips
        driver, verdict, to, at, gain, low, high: whether another cadence becomes the best along each range.
    ladders
        driver, rung (of its law, 0 to 1), value, best (the cadence that leads there), gain (over the one that is looked
        at), se, sure (whether it is ahead beyond luck and the margin): along each range, all else as it is.
    luck
        The standard error that luck leaves in a world's difference, on average over the screening.
    said
        What the flips come to.
    timelines
        How many were played.
    """

    cadence: str
    baseline: str
    measure: str
    unit: str
    screening: pl.DataFrame
    indices: pl.DataFrame
    tornado: pl.DataFrame
    flips: pl.DataFrame
    ladders: pl.DataFrame
    luck: float
    said: str
    timelines: int

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            name: value.to_dict(as_series=False) if isinstance(value, pl.DataFrame) else value
            for name, value in plain.items()
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Sensitivity:
        """Return what `to_json` has written.

        Raises
        ------
        KeyError, TypeError, ValueError
            If it has another shape.
        """
        given = dict(content)
        for f in fields(cls):
            if f.type == "pl.DataFrame":
                given[f.name] = pl.DataFrame(given[f.name])
        for name, needed in _NEEDED.items():
            given[name].select(needed)
        drivers = set(given["tornado"]["driver"])
        if not drivers == set(given["flips"]["driver"]) == set(given["ladders"]["driver"]):
            raise ValueError("given other assumptions in its tornado than along its ladders")
        return cls(**given)
