r"""Paired: differences between any two arms of a run, replication by replication.

What `timeline.analysis.contrasts` does with the cadences of one scenario is done here with arms of several, from
values that were kept (`timeline.analysis.kept`): by the influences of the replications, see
`timeline.analysis.influences`, and by the same intervals. First the estimates are found, then, with them, the
influences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from timeline.analysis import quantiles
from timeline.analysis.critical import critical_value, critical_value_of_rows
from timeline.analysis.influences import median_influence
from timeline.analysis.intervals import bounded_means, join_notes
from timeline.analysis.kept import KeptSamples, SharedSamples
from timeline.analysis.pieces import ArmNames
from timeline.analysis.products import multiply
from timeline.analysis.quantiles import cut_short
from timeline.analysis.side_by_side import Contrast, SideBySide
from timeline.arrays import Flags, Floats, Places
from timeline.study.yardsticks import Yardstick

ArmPair = tuple[ArmNames, ArmNames]
_AT_A_TIME = 2**21  # numbers of all arms, or of all pairs, together
_MOST_ROWS = 10_000  # replications from whose influences a critical value is drawn
_ROUNDING = 1e-12


@dataclass(frozen=True)
class JointErrors:
    """How m differences vary together, by their influences or by the products of these.

    Attributes
    ----------
    rows
        Influences, shape (m, n); None where there are many more replications than differences.
    products
        Sums of products of the influences, shape (m, m); None where there are influences.
    """

    rows: Floats | None
    products: Floats | None

    def combined(self, weights: Floats) -> JointErrors:
        """Return those of sums of these differences, weighted by the rows of a matrix (c, m)."""
        if self.rows is not None:
            return JointErrors(weights @ self.rows, None)
        assert self.products is not None
        return JointErrors(None, weights @ self.products @ weights.T)

    @cached_property
    def squares(self) -> Floats:
        """Sums of squares of the influences, shape (m,)."""
        if self.rows is not None:
            own: Floats = (self.rows * self.rows).sum(axis=1)
            return own
        assert self.products is not None
        return np.diag(self.products).copy()

    def critical(self, known: Flags, varies: Flags) -> float:
        """Two-sided critical value of those that are known; those that do not vary count as independent."""
        if not known.any():
            return np.nan
        if self.rows is not None:
            return critical_value_of_rows(np.where(varies[:, None], self.rows, 0.0)[known])
        assert self.products is not None
        spread = np.sqrt(np.where(varies, self.squares, 1.0))
        correlation = np.where(varies[:, None] & varies, self.products / np.outer(spread, spread), 0.0)
        np.fill_diagonal(correlation, 1.0)
        return critical_value(correlation[np.ix_(known, known)])


@dataclass(frozen=True)
class Paired:
    """Pairs of arms in one measure, each the first less the second, and how their differences vary together."""

    beside: SideBySide
    errors: JointErrors
    note: str

    def contrasts(self) -> list[Contrast]:
        """Return the pairs as contrasts, simultaneously over all."""
        critical = self.errors.critical(self.beside.known, self.beside.variance > 0)
        return _noted(self.beside.contrasts(critical), self.note)

    def combined(self, weights: Floats, reach: float) -> list[Contrast]:
        """Return weighted sums of the differences as contrasts, simultaneously over all.

        Parameters
        ----------
        weights
            Shape (c, m).
        reach
            How large a sum can be, in units of the largest value that there can be.
        """
        beside, errors, used = self.beside, self.errors.combined(weights), weights != 0
        lacking = used & ~beside.known
        known, total = ~lacking.any(axis=1), beside.total
        terms = np.abs(weights) @ beside.variance
        squares = np.where(errors.squares > _ROUNDING * terms, errors.squares, 0.0)
        difference = np.where(known, weights @ np.where(beside.known, beside.difference, 0.0), np.nan)
        n = np.where(used, beside.smaller, np.inf).min(axis=1)
        critical, most = errors.critical(known, squares > 0), reach * beside.measure.span
        se = np.sqrt(squares * n / np.maximum(n - 1, 1)) / total
        low, high = difference - critical * se, difference + critical * se
        if beside.measure.statistic != "median" and most < np.inf:
            low, high = bounded_means(difference, squares * (n / total) ** 2, n, (-most, most), critical)
        with np.errstate(invalid="ignore", divide="ignore"):
            why = beside.notes(beside.errors())
        notes = ["" if there else why[int(np.argmax(own))] for there, own in zip(known, lacking, strict=True)]
        told = [bool(apart) if there else None for there, apart in zip(known, (low > 0) | (high < 0), strict=True)]
        rows = zip(*(column.tolist() for column in (difference, se, low, high, n)), told, notes, strict=True)
        contrasts = [
            Contrast(own, error, down, up, round(count), critical, apart, note)
            if apart is not None
            else Contrast(own, np.nan, np.nan, np.nan, round(count), critical, None, note)
            for own, error, down, up, count, apart, note in rows
        ]
        return _noted(contrasts, self.note)


def _noted(contrasts: Sequence[Contrast], note: str) -> list[Contrast]:
    return [one._replace(note=join_notes(one.note, note)) for one in contrasts]


def paired(kept: KeptSamples, measure: Yardstick, pairs: Sequence[ArmPair]) -> Paired:
    """Put arms side by side.

    Parameters
    ----------
    kept
        What the measure reads of each of them.
    measure
        One that can be had (`Yardstick.undefined` is empty).
    pairs
        Each the first less the second; at least one.

    Examples
    --------
    >>> from timeline.analysis.samples import Sample
    >>> days = Yardstick("days", "Days", "all replications", "days", "higher", "mean", "days kept")
    >>> kept = KeptSamples()
    >>> for name, values in {"calm": [1.0, 2.0, 3.0, 4.0], "tense": [3.0, 2.0, 5.0, 4.0]}.items():
    ...     kept.add((name, "silence"), np.arange(4), {days: Sample(np.array(values), np.ones(4, bool))})
    >>> [found] = paired(kept, days, [(("tense", "silence"), ("calm", "silence"))]).contrasts()
    >>> found.difference, round(found.se, 3), found.n
    (1.0, 0.577, 4)
    """
    named = {arm for pair in pairs for arm in pair}
    arms = [arm for arm in kept.arms(measure) if arm in named]
    places = {arm: at for at, arm in enumerate(arms)}
    first, second = (np.array([places[pair[at]] for pair in pairs], dtype=np.int64) for at in (0, 1))
    median = measure.statistic == "median"
    end = min(kept.end, quantiles.MEDIANS, max(1, 2 * _AT_A_TIME // len(arms))) if median else kept.end
    width = end if median else max(1, _AT_A_TIME // max(len(arms), len(pairs)))

    def windows() -> Iterator[SharedSamples]:
        for at in range(0, end, width):
            yield kept.read(measure, arms, at, min(at + width, end))

    counts = _Counts(measure, first, second)
    for window in windows():
        counts.add(window)
    influence = _of_medians(counts, first, second) if median else counts.influence()
    return counts.paired(_gathered(influence, windows(), counts.n, len(pairs)), cut_short(kept.end, end))


InfluenceOf = Callable[[SharedSamples], tuple[Floats, Floats, Floats]]
"""Of some values: the influences on the first and on the second of each pair, and on their difference, (m, w)."""


@dataclass(frozen=True)
class _Gathered:
    """The errors of pairs, and the sums of products (3, m) of the influences on their arms: own, other, together."""

    errors: JointErrors
    own: Floats


def _gathered(influence: InfluenceOf, windows: Iterator[SharedSamples], n: int, m: int) -> _Gathered:
    few = n <= min(2 * m, _MOST_ROWS)
    rows: list[Floats] = []
    products, own = np.zeros((0, 0) if few else (m, m)), np.zeros((3, m))
    for window in windows:
        one, other, away = influence(window)
        own += np.array([(one * one).sum(axis=1), (other * other).sum(axis=1), (one * other).sum(axis=1)])
        if few:
            rows.append(away)
        else:
            products += multiply(away)
    return _Gathered(JointErrors(np.concatenate(rows, axis=1), None) if few else JointErrors(None, products), own)


class _Counts:
    """What is counted and summed of k arms, and of m pairs of them, before any influence is known."""

    def __init__(self, measure: Yardstick, first: Places, second: Places) -> None:
        self.measure, self.first, self.second = measure, first, second
        k, m = int(max(first.max(), second.max())) + 1, len(first)
        self.n = 0
        self.members, self.sums, self.ones = np.zeros(k), np.zeros(k), np.zeros(k)
        self.both, self.away, self.only = np.zeros(m), np.zeros(m), np.zeros((2, m))
        self.differ = np.zeros(m, dtype=np.bool_)
        self.last: SharedSamples | None = None
        self.medians = np.full(k, np.nan)

    def add(self, window: SharedSamples) -> None:
        """Count further replications."""
        values, among = window
        self.last = window
        self.n += values.shape[1]
        self.members += among.sum(axis=1)
        self.sums += values.sum(axis=1)
        self.ones += (values > 0).sum(axis=1)
        one, other, both = values[self.first], values[self.second], among[self.first] & among[self.second]
        self.both += both.sum(axis=1)
        away = np.where(both, one - other, 0.0) if self.measure.of_both else one - other
        self.away += away.sum(axis=1)
        self.only += np.array([(away > 0).sum(axis=1), (away < 0).sum(axis=1)])
        self.differ |= (away != 0).any(axis=1)

    @property
    def _counted(self) -> Floats:
        if self.measure.of_both:
            return np.array([self.both, self.both])
        return np.array([self.members[self.first], self.members[self.second]])

    @cached_property
    def _means(self) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.sums / self.members if np.isnan(self.medians).all() else self.medians

    @cached_property
    def difference(self) -> Floats:
        """Of each pair, shape (m,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            if self.measure.of_both:
                return self.away / self.both
        return self._means[self.first] - self._means[self.second]

    def influence(self) -> InfluenceOf:
        """Return what gives the influences on means, shares, and differences where both count."""
        first, second = self.first, self.second
        if self.measure.of_both:
            return self._of_both
        weight, mean = _weight(self.members, self.n), np.nan_to_num(self._means)

        def of_each(window: SharedSamples) -> tuple[Floats, Floats, Floats]:
            psi = np.where(window.among, window.values - mean[:, None], 0.0) * weight[:, None]
            return psi[first], psi[second], psi[first] - psi[second]

        return of_each

    def _of_both(self, window: SharedSamples) -> tuple[Floats, Floats, Floats]:
        values, among = window
        both = among[self.first] & among[self.second]
        away = values[self.first] - values[self.second] - np.nan_to_num(self.difference)[:, None]
        psi = np.where(both, away, 0.0) * _weight(self.both, self.n)[:, None]
        return psi, np.zeros(psi.shape), psi

    def paired(self, gathered: _Gathered, note: str) -> Paired:
        """Return the pairs, given their errors."""
        own, other, product = gathered.own
        squares = gathered.errors.squares
        variance = np.where(squares > _ROUNDING * 4 * (own + other), squares, 0.0)
        one, another = self._counted
        same = (one == another) & (another == self.both)
        identical, known = same & np.logical_not(self.differ), np.minimum(one, another) >= 2
        shares = self.measure.statistic == "share"
        with np.errstate(invalid="ignore", divide="ignore"):
            mixed = np.nan_to_num(product / np.sqrt(own * other))
        of_shares = np.array([self.ones[self.first], self.ones[self.second]])
        beside = SideBySide(
            measure=self.measure,
            total=float(self.n),
            difference=np.where(identical & known, 0.0, self.difference),
            variance=variance,
            counted=np.array([one, another]),
            n=one + another - self.both,
            same_population=same,
            identical=identical,
            ones=of_shares if shares and not self.measure.of_both else np.full(of_shares.shape, np.nan),
            only=self.only if shares else np.full(self.only.shape, np.nan),
            mixed=np.zeros(len(one)) if same.all() else mixed,
            known=known,
        )
        return Paired(beside, gathered.errors, note)


def _weight(members: Floats, n: int) -> Floats:
    """How much a replication that counts weighs, given how many do; one alone has no error."""
    return np.where(members > 1, n / np.maximum(members, 1), 0.0)


def _of_medians(counts: _Counts, first: Places, second: Places) -> InfluenceOf:
    """Return what gives the influences on medians; the one window holds all of their values."""
    assert counts.last is not None
    found = [median_influence(values, among) for values, among in zip(*counts.last, strict=True)]
    counts.medians = np.array([median for median, _ in found])
    psi = np.array([influence for _, influence in found])
    return lambda window: (psi[first], psi[second], psi[first] - psi[second])
