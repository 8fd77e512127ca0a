"""What a difference between two cadences hangs on, as tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


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
    luck: float
    said: str
    timelines: int
