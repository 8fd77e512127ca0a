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
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from timeline.analysis.analysis import ArmNames
from timeline.analysis.contrasts import Comparison
from timeline.analysis.critical import critical_value
from timeline.analysis.histories import Histories
from timeline.analysis.influences import Influences
from timeline.analysis.intervals import bounded_means, without_nan
from timeline.analysis.samples import Sample, sample
from timeline.analysis.tables import SCHEMAS
from timeline.arrays import Flags, Floats, Places
from timeline.study.questions import Grid
from timeline.study.yardsticks import Yardstick

Bits = npt.NDArray[np.uint8]
_PIECE = 80_000  # replications that are unpacked at a time; a multiple of 8


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


def together(kept: Mapping[str, KeptShares], arms: Sequence[ArmNames], baseline: ArmNames) -> Comparison:
    """Compare arms of several scenarios replication by replication.

    Parameters
    ----------
    kept
        By scenario.
    arms
        (scenario, cadence); those that are compared.
    baseline
        One of them.

    Returns
    -------
    Comparison
        Of the replications that all of them have; each arm is called by `name_of`.
    """
    measure = next(iter(kept.values())).measure
    found = Comparison(measure, [name_of(arm) for arm in arms], name_of(baseline))
    for first in range(0, max(one.end for one in kept.values()), _PIECE):
        end = first + _PIECE
        common = np.logical_and.reduce([kept[scenario].there(cadence, first, end) for scenario, cadence in arms])
        everyone = np.ones(int(common.sum()), dtype=np.bool_)
        if len(everyone):
            found.add(
                {
                    name_of((scenario, cadence)): Sample(
                        kept[scenario].having(cadence, first, end)[common].astype(np.float64), everyone
                    )
                    for scenario, cadence in arms
                }
            )
    return found


def name_of(arm: ArmNames) -> str:
    """Name an arm among others of several scenarios."""
    return f"{arm[0]} x {arm[1]}"


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
    found = together(kept, arms, (reference, cadences[0]))
    places = {arm: at for at, arm in enumerate(arms)}
    first, second = (np.array([places[pair[at]] for pair in pairs], dtype=np.int64) for at in (0, 1))
    critical = _critical(_weights(first, second, len(arms)), found.influences())
    beside = found.side_by_side([(name_of(one), name_of(other)) for one, other in pairs]).contrasts(critical)
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
    found = together({"": kept}, arms, arms[0]).influences()
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
    critical = _critical(matrix, found)
    difference, squares = matrix @ found.estimates, np.einsum("ij,jk,ik->i", matrix, found.away, matrix)
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


def _critical(weights: Floats, found: Influences) -> float:
    """Return the critical value of several contrasts (m, k) of k arms; those that do not vary count for nothing."""
    covariance = weights @ found.away @ weights.T
    size = np.abs(weights) @ np.abs(found.away) @ np.abs(weights).T
    varies = np.diag(covariance) > 1e-12 * np.diag(size)
    if not varies.any():
        return critical_value(np.eye(len(weights)))
    some = covariance[np.ix_(varies, varies)]
    spread = np.sqrt(np.diag(some))
    whole = np.eye(len(weights))
    whole[np.ix_(varies, varies)] = some / np.outer(spread, spread)
    return critical_value(whole)


def _weights(first: Places, second: Places, arms: int) -> Floats:
    weights = np.zeros((len(first), arms))
    weights[np.arange(len(first)), first] = 1.0
    weights[np.arange(len(second)), second] -= 1.0
    return weights


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
