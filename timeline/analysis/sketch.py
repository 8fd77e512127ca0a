"""A sketch of many values: how many lie in each of certain buckets, from which quantiles are read.

Buckets are fixed beforehand: 128 between each power of two and the next, as in the histograms of Tene (HdrHistogram,
2012) and in DDSketch with its linearly interpolated mapping (Masson, Rim & Lee 2019, Proceedings of the VLDB Endowment
12(12):2195-2205). So sketches merge by adding, and are the same whatever the order, which those that choose
their centres by the data (t-digest) are not.

**Error.** How many values lie below a bucket is exact. Within it they are taken to be spread evenly. So a quantile is
off by at most one bucket, 1/128 (0.8%) of its value, whatever the number of values; mostly it is far less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from timeline.analysis.intervals import Summary, bandwidth, median_ranks
from timeline.arrays import Floats, Places

ERROR = 1 / 128
"""Of a quantile, as a share of its value."""

_SHIFT = 52 - 7  # of the 52 bits of a fraction, 7 name the bucket
_CELL = 1 << 20


@dataclass(frozen=True)
class Sketch:
    """Numbers of values by cell and bucket; a cell is an arm, or a day.

    Attributes
    ----------
    keys
        Rising; the cell and the bucket in one number.
    counts
        How many values.

    Examples
    --------
    >>> found = Sketch.of(np.array([0, 0, 0]), np.array([100.0, 300.0, 200.0]))
    >>> more = Sketch.of(np.array([0, 1]), np.array([300.0, 7.0]))
    >>> [float(round(value)) for value in (found + more).cell(0).at(np.array([0.0, 1.0, 2.0, 3.0]))]
    [100.0, 200.0, 300.0, 302.0]
    """

    keys: Places
    counts: Places

    @classmethod
    def of(cls, cells: npt.NDArray[np.int64], values: Floats) -> Sketch:
        """Count values (n,), each in a cell (n,)."""
        keys, counts = np.unique(cells * _CELL + _bucket(values), return_counts=True)
        return cls(keys, counts.astype(np.int64))

    def __add__(self, other: Sketch) -> Sketch:
        keys, at = np.unique(np.concatenate([self.keys, other.keys]), return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, at, np.concatenate([self.counts, other.counts]))
        return Sketch(keys, counts)

    def cell(self, cell: int) -> Spread:
        """Return what lies in one cell."""
        first, last = np.searchsorted(self.keys, [(2 * cell - 1) * _CELL // 2, (2 * cell + 1) * _CELL // 2])
        low, high = _edges(self.keys[first:last] - cell * _CELL)
        return Spread(low, high, self.counts[first:last])


class Spread(NamedTuple):
    """How many values lie between which limits; all of shape (b,), rising."""

    low: Floats
    high: Floats
    counts: Places

    @property
    def n(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def within(self, least: float, most: float) -> Spread:
        """Return the same values, known to lie between two limits."""
        return Spread(np.clip(self.low, least, most), np.clip(self.high, least, most), self.counts)

    def sparsity(self) -> float:
        """How far apart neighbouring values lie at the median; see `timeline.analysis.intervals.sparsity`."""
        if self.n < 2:
            return np.nan
        width = bandwidth(self.n)
        low, high = self.at((self.n - 1) * np.array([0.5 - width, 0.5 + width]))
        return float((high - low) / (2 * width))

    def median(self) -> Summary:
        """Median with its interval; see `timeline.analysis.intervals.summarise_median`."""
        n = self.n
        if n == 0:
            return Summary(np.nan, np.nan, np.nan, np.nan, 0, "")
        middle = float(self.at(np.array([(n - 1) / 2]))[0])
        if n < 6:
            return Summary(middle, np.nan, np.nan, np.nan, n, "fewer than six timelines: no 95% interval exists")
        low, high = self.at(np.array(median_ranks(n), dtype=np.float64))
        note = f"the same in all {n} timelines" if self.low[0] == self.high[-1] else ""
        return Summary(middle, float(0.5 * self.sparsity() / np.sqrt(n)), float(low), float(high), n, note)

    def at(self, ranks: Floats) -> Floats:
        """Return the values at ranks (r,) counted from 0; between two, what lies between."""
        below = np.floor(ranks)
        lower, upper = self._at(below), self._at(np.minimum(below + 1, self.n - 1))
        found: Floats = lower + (ranks - below) * (upper - lower)
        return found

    def _at(self, ranks: Floats) -> Floats:
        until = np.cumsum(self.counts)
        bucket = np.searchsorted(until, ranks, side="right")
        within = ranks - (until - self.counts)[bucket] + 0.5
        found: Floats = self.low[bucket] + (self.high - self.low)[bucket] * within / self.counts[bucket]
        return found


def _bucket(values: Floats) -> Places:
    bits = np.abs(values).view(np.int64) >> _SHIFT
    return np.where(values < 0, -bits - 1, bits)


def _edges(bucket: Places) -> tuple[Floats, Floats]:
    size = np.where(bucket < 0, -bucket - 1, bucket)
    near, far = (size << _SHIFT).view(np.float64), ((size + 1) << _SHIFT).view(np.float64)
    far = np.where(size == 0, 0.0, far)  # the bucket of 0 holds nothing else that matters
    return np.where(bucket < 0, -far, near), np.where(bucket < 0, -near, far)
