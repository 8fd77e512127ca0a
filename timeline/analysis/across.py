r"""Across: the same cadence in two scenarios, and the levers of a factorial, by replications that share their luck.

A replication has the same luck in every scenario. So what a scenario changes is taken replication by replication, as
the difference between two cadences is (`timeline.analysis.contrasts`), and by the same intervals.

**One pass.** Rows come scenario by scenario, so of each timeline one bit is kept until all scenarios are through:
whether it has the share. A run of ten million replications of 45 arms keeps 56 MB; nothing is read twice.

**From rows alone.** A summary (`timeline.analysis.world_summary`) is of one scenario. It holds no products between
scenarios, so no paired error follows from it.

**Simultaneous.** One critical value serves all differences between scenarios that a page shows, and one serves all
pairs of values of all levers, so that the largest may be picked out afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from timeline.analysis.analysis import ArmNames
from timeline.analysis.critical import critical_value
from timeline.analysis.histories import Histories
from timeline.analysis.intervals import bounded_means, without_nan
from timeline.analysis.products import multiply
from timeline.analysis.samples import sample
from timeline.analysis.side_by_side import SideBySide
from timeline.analysis.tables import SCHEMAS
from timeline.arrays import Flags, Floats, Places
from timeline.study.questions import Grid
from timeline.study.yardsticks import Yardstick

Bits = npt.NDArray[np.uint8]
_PIECE = 80_000  # replications that are unpacked at a time; a multiple of 8
_UNPACKED = 2**22  # of all arms together, at most so many


class KeptShares:
    """Which replications of one scenario have a share, a bit for each timeline.

    A `timeline.analysis.reading.Counter`.

    Parameters
    ----------
    measure
        A share of all replications.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> signed = Yardstick("signed", "Signed", "all replications", "share", "higher", "share", "signed")
    >>> kept = KeptShares(signed)
    >>> kept.add({"silence": SimpleNamespace(replication=np.array([0, 2]), signed=np.array([9.0, np.inf]))})
    >>> kept.there("silence", 0, 4).tolist(), kept.having("silence", 0, 4).tolist()
    ([True, False, True, False], [True, False, False, False])
    """

    def __init__(self, measure: Yardstick) -> None:
        self.measure = measure
        self.end = 0
        self._there: dict[str, Bits] = {}
        self._having: dict[str, Bits] = {}

    def add(self, together: Mapping[str, Histories]) -> None:
        """Keep the next range of replications."""
        for cadence, arm in together.items():
            has = sample(self.measure, arm).values > 0
            self._there[cadence] = _marked(self._there.get(cadence), arm.replication)
            self._having[cadence] = _marked(self._having.get(cadence), arm.replication[has])
            self.end = max(self.end, int(arm.replication[-1]) + 1)

    def there(self, cadence: str, first: int, end: int) -> Flags:
        """Whether each replication of a range was played."""
        return _unpacked(self._there[cadence], first, end)

    def having(self, cadence: str, first: int, end: int) -> Flags:
        """Whether each replication of a range has the share."""
        return _unpacked(self._having[cadence], first, end)


@dataclass(frozen=True)
class Together:
    """How often k arms have a share in the same replications, from which every difference between them follows.

    Attributes
    ----------
    measure
        The share.
    n
        Number of replications that all arms have.
    both
        Shape (k, k): how many of them have it under both of two arms.
    """

    measure: Yardstick
    n: int
    both: Floats

    @classmethod
    def of(cls, kept: Mapping[str, KeptShares], arms: Sequence[ArmNames]) -> Together:
        """Count arms, (scenario, cadence), replication by replication; those that some arm lacks are left out."""
        n, both = 0, np.zeros((len(arms), len(arms)))
        piece = max(8, min(_PIECE, _UNPACKED // len(arms) // 8 * 8))
        for first in range(0, max(one.end for one in kept.values()), piece):
            end = first + piece
            common = np.logical_and.reduce([kept[scenario].there(cadence, first, end) for scenario, cadence in arms])
            has = np.array([kept[scenario].having(cadence, first, end)[common] for scenario, cadence in arms])
            n, both = n + int(common.sum()), both + multiply(has.astype(np.float64))
        return cls(next(iter(kept.values())).measure, n, both)

    @property
    def estimates(self) -> Floats:
        """Shape (k,)."""
        found: Floats = np.diag(self.both) / self.n
        return found

    @property
    def away(self) -> Floats:
        """Sums of products (k, k) of the differences from the first arm about their means."""
        mean = self.estimates - self.estimates[0]
        found: Floats = self.both - self.both[0] - self.both[:, :1] + self.both[0, 0]
        found -= self.n * np.outer(mean, mean)
        return found

    def side_by_side(self, first: Places, second: Places) -> SideBySide:
        """Put arms side by side, given the places (m,) of the first and of the second of each pair."""
        ones, estimates, everyone = np.diag(self.both), self.estimates, np.full(len(first), float(self.n))
        only = np.array([ones[first], ones[second]]) - self.both[first, second]
        differ = (only > 0).any(axis=0)
        difference = np.where(differ, estimates[first] - estimates[second], 0.0)
        return SideBySide(
            measure=self.measure,
            total=float(self.n),
            difference=difference,
            variance=np.maximum(only.sum(axis=0) - self.n * difference**2, 0.0),
            counted=np.array([everyone, everyone]),
            n=everyone,
            same_population=np.ones(len(first), dtype=np.bool_),
            identical=np.logical_not(differ),
            ones=np.array([ones[first], ones[second]]),
            only=only,
            mixed=np.zeros(len(first)),
            known=everyone >= 2,
        )


def between_scenarios(kept: Mapping[str, KeptShares], cadences: Sequence[str], reference: str) -> pl.DataFrame:
    """Compare every scenario with one of them, under every cadence, simultaneously over all.

    Parameters
    ----------
    kept
        By scenario.
    cadences
        Those that every scenario has.
    reference
        The scenario that the others are compared with.

    Returns
    -------
    DataFrame
        scenario, other (the reference), cadence, measure, difference (scenario less reference), se, low, high, n,
        critical, distinguishable, note.
    """
    pairs = [((s, c), (reference, c)) for s in kept if s != reference for c in cadences]
    schema = SCHEMAS["across"]
    if not pairs:
        return pl.DataFrame(schema=schema)
    arms = [(s, c) for s in kept for c in cadences]
    arms.sort(key=lambda arm: arm[0] != reference)
    found = Together.of(kept, arms)
    places = {arm: at for at, arm in enumerate(arms)}
    first, second = (np.array([places[pair[at]] for pair in pairs], dtype=np.int64) for at in (0, 1))
    critical = _critical(*_covariance_of_pairs(first, second, found.away))
    beside = found.side_by_side(first, second).contrasts(critical)
    rows: list[dict[str, Any]] = [
        {"scenario": one[0], "other": reference, "cadence": one[1], "measure": found.measure.key, **contrast._asdict()}
        for (one, _), contrast in zip(pairs, beside, strict=True)
    ]
    return without_nan(pl.DataFrame(rows, schema=schema))


def between_values(kept: KeptShares, grid: Grid) -> pl.DataFrame:
    """Compare the values of every lever of a factorial, each as the mean over all values of the other levers.

    Parameters
    ----------
    kept
        Of one scenario.
    grid
        Its names are cadences of that scenario.

    Returns
    -------
    DataFrame
        lever, value, other, measure, difference (value less other), se, low, high, n, critical, distinguishable. The
        intervals are simultaneous over all pairs of values of all levers.
    """
    arms = [("", name) for name in grid.names]
    found = Together.of({"": kept}, arms)
    places = np.array(list(grid.by_name().values()))
    pairs, weights = [], []
    for axis, lever in enumerate(grid.paths):
        mean = [np.where(places[:, axis] == at, 1.0, 0.0) for at in range(len(grid.values[axis]))]
        for one, other in combinations(range(len(mean)), 2):
            pairs.append((lever, grid.values[axis][one], grid.values[axis][other]))
            weights.append(mean[one] / mean[one].sum() - mean[other] / mean[other].sum())
    matrix, schema = np.array(weights), SCHEMAS["levers"]
    if not pairs or found.n < 2:
        return pl.DataFrame(schema=schema)
    covariance, size = _covariance(matrix, found.away)
    difference, squares = matrix @ found.estimates, np.diag(covariance).copy()
    critical = _critical(covariance, size)
    n = np.full(len(pairs), float(found.n))
    low, high = bounded_means(difference, np.maximum(squares, 0.0), n, (-1.0, 1.0), critical)
    levers, values, others = zip(*pairs, strict=True)
    return pl.DataFrame(
        {
            "lever": levers,
            "value": values,
            "other": others,
            "measure": [kept.measure.key] * len(pairs),
            "difference": difference,
            "se": np.sqrt(np.maximum(squares, 0.0) / (found.n * (found.n - 1.0))),
            "low": low,
            "high": high,
            "n": [found.n] * len(pairs),
            "critical": [critical] * len(pairs),
            "distinguishable": (low > 0) | (high < 0),
        },
        schema=schema,
    )


def _critical(covariance: Floats, size: Floats) -> float:
    """Return the critical value of contrasts, given their covariance (m, m) and the size of the terms it is made of.

    Contrasts that do not vary count for nothing.
    """
    varies = np.diag(covariance) > 1e-12 * size
    if not varies.any():
        return critical_value(np.eye(len(size)))
    spread = np.sqrt(np.where(varies, np.diag(covariance), 1.0))
    covariance /= spread[:, None] * spread
    covariance[~varies] = covariance[:, ~varies] = 0.0
    covariance[~varies, ~varies] = 1.0
    return critical_value(covariance)


def _covariance(weights: Floats, away: Floats) -> tuple[Floats, Floats]:
    """Return the covariance (m, m) of contrasts of k arms, weights (m, k), and how large its terms are (m,)."""
    size = ((np.abs(weights) @ np.abs(away)) * np.abs(weights)).sum(axis=1)
    return weights @ away @ weights.T, size


def _covariance_of_pairs(first: Places, second: Places, away: Floats) -> tuple[Floats, Floats]:
    """Return the same of differences between two arms each, of which there may be thousands."""
    terms = ((first, first), (first, second), (second, first), (second, second))
    rows = away[first] - away[second]
    covariance = rows[:, first]
    covariance -= rows[:, second]
    return covariance, sum((np.abs(away[pair]) for pair in terms), np.zeros(len(first)))


def _marked(bits: Bits | None, numbers: npt.NDArray[np.int64]) -> Bits:
    """Set the bits with these numbers."""
    bits = np.zeros(1024, dtype=np.uint8) if bits is None else bits
    if not len(numbers):
        return bits
    start, end = int(numbers[0]) // 8, int(numbers[-1]) // 8 + 1
    if end > len(bits):
        bits = np.concatenate([bits, np.zeros(max(len(bits), end - len(bits)), dtype=np.uint8)])
    flags = np.zeros((end - start) * 8, dtype=np.bool_)
    flags[numbers - start * 8] = True
    bits[start:end] |= np.packbits(flags)
    return bits


def _unpacked(bits: Bits, first: int, end: int) -> Flags:
    part = np.unpackbits(bits[first // 8 : -(-end // 8)]).astype(np.bool_)[first % 8 :]
    whole = np.zeros(end - first, dtype=np.bool_)
    whole[: len(part[: end - first])] = part[: end - first]
    return whole
