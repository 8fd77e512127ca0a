r"""Influences: how much each replication moves an estimate.

Each estimate is, to first order, the mean of one number a replication, its
influence. With a value :math:`Y`, membership :math:`I` in the population, and the estimate
:math:`\theta`:

- mean or share: :math:`\psi = I (Y - \theta) / \bar I`;
- median: :math:`\psi = I (\tfrac12 - 1\{Y \le \theta\})\, s / \bar I`, with :math:`s` the sparsity.

Over all replications :math:`I = 1` and the first is just the deviation from the mean. Among those that sign,
the two arms sign different replications, and this still gets the pairing right. The standard
error of a difference is that of the mean of :math:`\psi_c - \psi_b`.

**Piece by piece.** Influences of means and shares are combinations of the rows :math:`I Y` and :math:`I` of
each cadence. So all their variances and correlations follow from the sums of products of these rows,
which add up over any number of replications. The rows are taken as they are under the baseline, and
for every other cadence as the difference from it, so that what two cadences have in common cancels
before it is squared. Medians have no such rows; they and their influences are of the first
replications only (`timeline.analysis.quantiles`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from timeline.analysis import quantiles
from timeline.analysis.intervals import sparsity
from timeline.analysis.products import Products, multiply, pairs_of
from timeline.analysis.quantiles import First
from timeline.analysis.samples import Sample
from timeline.arrays import Flags, Floats
from timeline.study.yardsticks import Statistic

# Below this share of the terms that make it up, the variance of a difference is rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Influences:
    """Estimates of k cadences, and what all covariances of their influences follow from.

    Where a measure is of replications that do something under both arms, each cadence stands for its
    difference from the baseline, in a population of its own, and the baseline for 0.

    Attributes
    ----------
    names
        The k cadences.
    n
        Number of replications.
    estimates
        Shape (k,), less a common number that cancels in differences; NaN if nobody counts.
    counted
        Shape (k, k): how many replications count under both of two.
    ones, only
        Of shares. Shape (k,): how many that count are 1. Shape (k, k): how many are 1 under the first
        of two and 0 under the second, given that the same ones count under both.
    differ
        Shape (k, k): whether two cadences differ in any replication that counts.
    influences
        Shape (k, r): each influence as a combination of r rows.
    products
        Shape (r, r): sums of products of these rows.
    reference
        Place of the cadence from which differences are taken before they are squared.
    """

    names: tuple[str, ...]
    n: int
    estimates: Floats
    counted: Floats
    ones: Floats
    only: Floats
    differ: Flags
    influences: Floats
    products: Floats
    reference: int = 0

    @cached_property
    def away(self) -> Floats:
        """Sums of products (k, k) of the influences on the differences from the reference."""
        rows = self.influences - self.influences[self.reference]
        found: Floats = rows @ self.products @ rows.T
        return found

    @cached_property
    def apart(self) -> Floats:
        """Sums of squares (k, k) of the influences on the difference of each two; 0 where it is but rounding."""
        rows = np.abs(self.influences - self.influences[self.reference])
        size = (rows @ np.abs(self.products) * rows).sum(axis=1)
        own, terms = self.away.diagonal(), 2 * (size[:, None] + size)
        found = own[:, None] + own - 2 * self.away
        found = np.where(found > _ROUNDING * terms, found, 0.0)
        return (found + found.T) / 2

    @cached_property
    def together(self) -> Floats:
        """Correlations (k, k) of the influences on the estimates themselves; 0 where one does not vary."""
        covariance = self.influences @ self.products @ self.influences.T
        rows = np.abs(self.influences)
        terms = (rows @ np.abs(self.products) * rows).sum(axis=1)
        own = np.where(covariance.diagonal() > _ROUNDING * terms, covariance.diagonal(), 0.0)
        scale = np.where(own > 0, 1 / np.sqrt(np.where(own > 0, own, 1.0)), 0.0)
        found: Floats = covariance * np.outer(scale, scale)
        return found


class Means:
    """Shares and means of k cadences, from the rows I Y and I of each, less those of the baseline.

    Parameters
    ----------
    names, baseline
        The cadences, and the one whose rows are taken as they are.
    statistic
        "share" or "mean".
    """

    def __init__(self, names: tuple[str, ...], baseline: str, statistic: Statistic) -> None:
        k = len(names)
        self._names, self._base = names, names.index(baseline)
        # Squares of days are taken about a day near their mean, or they would lose digits; 0 and 1 need not be.
        self._about = 0.0 if statistic == "share" else None
        self._found = Products(2 * k)
        self._differ = np.zeros((k, k), dtype=np.bool_)
        self._members_differ = np.zeros(k, dtype=np.bool_)

    @classmethod
    def of(
        cls, names: tuple[str, ...], baseline: str, statistic: Statistic, n: int, products: Floats, differ: Flags
    ) -> Means:
        """Return what was found of n replications: the products (2k, 2k), and whether two cadences differ (k, k)."""
        found = cls(names, baseline, statistic)
        found._found.n, found._found.products, found._differ = n, products, differ
        return found

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications, the same in the same order for every cadence."""
        among = [samples[name].among for name in self._names]
        if self._about is None:
            self._about = _centre([samples[name] for name in self._names])
        values = [_less(samples[name], self._about or 0.0) for name in self._names]
        _mark(self._differ, values, among)
        k, base = len(self._names), self._base
        places = [base, k + base]
        rows = np.empty((2 * k, len(among[base])))
        rows[0], rows[1] = values[base], among[base]
        for i in range(k):
            # As long as a row is the baseline's own, their difference would be a row of zeros.
            if i != base and self._differ[min(i, base), max(i, base)]:
                np.subtract(values[i], values[base], out=rows[len(places)])
                places.append(i)
            self._members_differ[i] = self._members_differ[i] or not np.array_equal(among[i], among[base])
            if self._members_differ[i]:
                np.subtract(among[i].view(np.int8), among[base].view(np.int8), out=rows[len(places)])
                places.append(k + i)
        self._found.add(places, rows[: len(places)])

    def note(self) -> str:
        """Say which replications these are, if they are not all; else nothing."""
        return ""

    def influences(self) -> Influences:
        """Return what was found so far."""
        k, n = len(self._names), self._found.n
        products = self._as_they_are()
        # A value counts only where its cadence does, so the product of I Y and I is the sum of I Y.
        estimates, influences = _combine(products.diagonal(k), products.diagonal()[k:], n)
        # In terms of the rows less the baseline's: those of each other cadence are their own and the baseline's.
        for base, first in ((self._base, 0), (k + self._base, k)):
            weight = influences.diagonal(first).copy()
            weight[self._base] = 0.0
            influences[:, base] += weight
        return Influences(
            names=self._names,
            n=n,
            estimates=estimates,
            counted=products[k:, k:],
            ones=products.diagonal()[:k],
            only=products.diagonal()[:k, None] - products[:k, :k],
            differ=self._differ | self._differ.T,
            influences=influences,
            products=self._found.products,
            reference=self._base,
        )

    def _as_they_are(self) -> Floats:
        """Return the products (2k, 2k) of the rows of each cadence, from those less the baseline's."""
        k, products = len(self._names), self._found.products.copy()
        for rows, base in ((slice(0, k), self._base), (slice(k, 2 * k), k + self._base)):
            own = products[base].copy()
            products[rows] += own
            products[base] = own
        for columns, base in ((slice(0, k), self._base), (slice(k, 2 * k), k + self._base)):
            own = products[:, base].copy()
            products[:, columns] += own[:, None]
            products[:, base] = own
        return products


class Differences:
    """Differences of k cadences from the baseline where both count: rows I (Y - Y_b) and I, I that of the pair.

    Parameters
    ----------
    names, baseline
        The cadences, and the one that the others are compared with.
    """

    def __init__(self, names: tuple[str, ...], baseline: str) -> None:
        self._names, self._base = names, names.index(baseline)
        self._found = Products(2 * len(names))

    @classmethod
    def of(cls, names: tuple[str, ...], baseline: str, n: int, products: Floats) -> Differences:
        """Return what was found of n replications, given the products (2k - 2, 2k - 2) of the other cadences' rows."""
        found = cls(names, baseline)
        found._found.n = n
        places = found._places()
        found._found.products[np.ix_(places, places)] = products
        return found

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications, the same in the same order for every cadence."""
        base = samples[self._names[self._base]]
        others = [samples[name] for name in self._names if name != self._names[self._base]]
        values, both = differences(others, base)
        self._found.add(self._places(), np.concatenate([values, both]))

    def _places(self) -> list[int]:
        k = len(self._names)
        others = [i for i in range(k) if i != self._base]
        return [*others, *(k + i for i in others)]

    def note(self) -> str:
        """Say which replications these are, if they are not all; else nothing."""
        return ""

    def influences(self) -> Influences:
        """Return what was found so far."""
        k, base = len(self._names), self._base
        products = self._found.products
        sums = products.diagonal(k)
        estimates, combined = _combine(sums, products.diagonal()[k:], self._found.n)
        estimates[base] = 0.0
        squares = products.diagonal()[:k]
        only = np.full((k, k), np.nan)
        only[:, base], only[base, :] = (squares + sums) / 2, (squares - sums) / 2
        return Influences(
            names=self._names,
            n=self._found.n,
            estimates=estimates,
            counted=products[k:, k:],
            ones=np.full(k, np.nan),
            only=only,
            differ=np.broadcast_to(squares[:, None] > 0, (k, k)),
            influences=combined,
            products=products,
            reference=base,
        )


class Medians:
    """Medians of k cadences, of the first replications.

    Parameters
    ----------
    names
        The cadences.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._first = {name: First(quantiles.MEDIANS) for name in names}

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications, the same in the same order for every cadence."""
        for name, first in self._first.items():
            first.add(np.where(samples[name].among, samples[name].values, np.nan))

    def note(self) -> str:
        """Say which replications these are, if they are not all; else nothing."""
        return next(iter(self._first.values())).note()

    def influences(self) -> Influences:
        """Return what was found so far."""
        values = np.array([first.values() for first in self._first.values()])
        among = ~np.isnan(values)
        k, n = values.shape
        estimates, psi = np.full(k, np.nan), np.zeros((k, n))
        for i in range(k):
            estimates[i], psi[i] = median_influence(values[i], among[i])
        differ = np.zeros((k, k), dtype=np.bool_)
        _mark(differ, list(np.where(among, values, 0.0)), list(among))
        return Influences(
            names=tuple(self._first),
            n=n,
            estimates=estimates,
            counted=multiply(among.astype(np.float64)),
            ones=np.full(k, np.nan),
            only=np.full((k, k), np.nan),
            differ=differ | differ.T,
            influences=np.eye(k),
            products=multiply(psi),
        )


def median_influence(values: Floats, among: Flags) -> tuple[float, Floats]:
    """Median of the values (n,) that count, and the influence (n,) of each replication on it.

    Examples
    --------
    >>> median, psi = median_influence(np.array([1.0, 2.0, 9.0]), np.array([True, True, True]))
    >>> median, np.sign(psi).tolist()
    (2.0, [-1.0, -1.0, 1.0])
    """
    inside = values[among]
    if len(inside) < 2:
        return float(inside[0]) if len(inside) else np.nan, np.zeros(len(values))
    median = float(np.median(inside))
    psi = among * (0.5 - (values <= median)) * (sparsity(inside) * len(values) / len(inside))
    return median, psi


def differences(others: Sequence[Sample], base: Sample) -> tuple[Floats, Flags]:
    """How far each of k others is from the baseline where both count, else 0, and where they do; both (k, n)."""
    both = np.array([other.among & base.among for other in others]).reshape(len(others), len(base.values))
    away = [np.where(own, other.values - base.values, 0.0) for other, own in zip(others, both, strict=True)]
    return np.array(away).reshape(both.shape), both


def _centre(samples: Sequence[Sample]) -> float | None:
    """The mean of all values that count; None if there are none."""
    counted = sum(int(np.count_nonzero(sample.among)) for sample in samples)
    return sum(float(sample.values[sample.among].sum()) for sample in samples) / counted if counted else None


def _less(sample: Sample, about: float) -> Floats:
    """The values (n,) that count, less a number; 0 where none counts."""
    values = sample.values - about if about else sample.values
    return values if sample.among.all() else np.where(sample.among, values, 0.0)


def _combine(sums: Floats, members: Floats, n: int) -> tuple[Floats, Floats]:
    """Return the means (k,) of k cadences, and their influences (k, 2k) in terms of the rows I Y and I."""
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / members
        weight = np.where(members > 1, n / members, 0.0)
    centred = np.where(members > 1, -weight * means, 0.0)
    influences, places = np.zeros((len(sums), 2 * len(sums))), np.arange(len(sums))
    influences[places, places], influences[places, len(sums) + places] = weight, centred
    return means, influences


def _mark(differ: Flags, values: Sequence[Floats], among: Sequence[Flags]) -> None:
    """Mark which rows differ anywhere."""
    if differ[pairs_of(len(differ))].all():
        return
    # Adding 0 makes a 0 of -0, which is no other value.
    seen: dict[tuple[bytes, bytes], int] = {}
    rows = zip(values, among, strict=True)
    number = np.array([seen.setdefault(((own + 0.0).tobytes(), there.tobytes()), len(seen)) for own, there in rows])
    differ |= number[:, None] != number
