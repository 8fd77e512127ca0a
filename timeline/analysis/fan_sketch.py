"""Fans that merge: the spread of a sampled field over time, from sketches instead of samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from timeline.analysis.fans import QUANTILES
from timeline.analysis.packing import pack, unpack
from timeline.analysis.sketch import Sketch
from timeline.arrays import Floats
from timeline.errors import TimelineError

_MAGIC = b"crisis-timeline fan 1\n"


@dataclass(frozen=True)
class FanSketch:
    """A sampled field of one arm among timelines still running, by sample day.

    Attributes
    ----------
    days
        The k sample days, days since the start.
    sketch
        One cell a day.

    Examples
    --------
    >>> fan = FanSketch.of(np.array([[0.5, 0.25], [0.5, 0.75]]), np.array([np.inf, 20.0]), [0.0, 30.0])
    >>> fan.table("trust").select("day", pl.col("q50").round(2), "n").rows()
    [(0.0, 0.5, 2), (30.0, 0.25, 1)]
    """

    days: tuple[float, ...]
    sketch: Sketch

    @classmethod
    def of(cls, samples: Floats, ends: Floats, days: Sequence[float]) -> FanSketch:
        """Count samples (n, k) of timelines that end on a day (n,); see `timeline.analysis.fans.spread`."""
        running = (ends[:, None] > np.asarray(days)) & ~np.isnan(samples)
        _, day = np.nonzero(running)
        return cls(tuple(days), Sketch.of(day.astype(np.int64), samples[running]))

    def merge(self, other: FanSketch) -> FanSketch:
        """Return the fan of the timelines of both.

        Raises
        ------
        TimelineError
            If they were sampled on other days.
        """
        if self.days != other.days:
            raise TimelineError(
                f"fans: one was sampled on {len(self.days)} days up to {max(self.days, default=0):g}, the other on "
                f"{len(other.days)} up to {max(other.days, default=0):g}, expected the same days"
            )
        return FanSketch(self.days, self.sketch + other.sketch)

    def table(self, field: str) -> pl.DataFrame:
        """field, day, q05, q25, q50, q75, q95, n: as for `timeline.analysis.fans.fan`, within the sketch's error."""
        levels = np.array(list(QUANTILES.values()))
        spreads = [self.sketch.cell(at) for at in range(len(self.days))]
        missing = np.full(len(levels), np.nan)
        found = np.array([spread.at((spread.n - 1) * levels) if spread.n else missing for spread in spreads])
        columns = dict(zip(QUANTILES, found.reshape(len(spreads), len(levels)).T, strict=True))
        counts = np.array([spread.n for spread in spreads], dtype=np.int64)
        return pl.DataFrame(
            {"field": [field] * len(spreads), "day": np.array(self.days), **columns, "n": counts},
            schema_overrides={"field": pl.String},
            nan_to_null=True,
        )

    def to_bytes(self) -> bytes:
        """Return the fan as bytes, the same for the same timelines."""
        days = np.array(self.days, dtype=np.float64).view(np.int64)
        return pack(_MAGIC, {"days": days, "keys": self.sketch.keys, "counts": self.sketch.counts})

    @classmethod
    def from_bytes(cls, data: bytes) -> FanSketch:
        """Read what `to_bytes` returned; StoreError if it is anything else."""
        tables = unpack(_MAGIC, data, "fan")
        return cls(tuple(tables["days"].view(np.float64).tolist()), Sketch(tables["keys"], tables["counts"]))
