r"""Contrasts: paired differences between cadences, with intervals that hold together.

Every arm plays the same replications with the same luck. So a difference between two cadences is
taken replication by replication, and its error is that of the differences, which is smaller.

**Error.** It follows from the influences of the replications on each estimate, see
`timeline.analysis.influences`, which get the pairing right even where two cadences sign in
different replications.

**Simultaneous.** Comparing nine cadences with a baseline at 95% each would be wrong about one of
them far more often than once in twenty. So one critical value serves all cadences of a scenario
and measure: the 95% point of the largest :math:`|t|` under a multivariate normal law with the
correlations estimated from the influences (Hothorn, Bretz & Westfall 2008, Biometrical Journal
50(3):346-363). It is found from 65,536 quasi-random normal vectors with a fixed seed. It does not
correct for looking at several measures or scenarios.

**Close to 0 and 1.** For shares the usual interval fails when few replications differ. Shares
over one common population use the adjusted Wald interval for paired shares of Bonett & Price
(2012), Journal of Educational and Behavioral Statistics 37(4):479-488. Shares among those that
sign, whose populations differ, use the square-and-add interval of Newcombe (1998), Statistics in
Medicine 17:2635-2650 (method 10), with the correlation of the influences.

**Mostly tied.** Days in force have the same trouble: four of five paired differences are exactly 0, and
few replications make all of the variance. What bounds the days bounds their differences, so the
interval of Bonett & Price carries over: two imaginary replications more, one at each of the largest
differences that there can be, see `timeline.analysis.intervals.bounded_mean`. For shares that is
their interval to the letter. Means that nothing bounds, such as numbers of leaks, and medians have the
plain interval. So `low` and `high` need not be the difference plus or minus the critical value times `se`.

**How well it holds.** The critical value is that of many replications. ``make coverage`` measures how
often the intervals hold; docs/how-sure.md has the table.

All errors are Monte Carlo errors. They shrink with replications; doubt about parameters does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple, Protocol

import numpy as np
from scipy import stats

from timeline.analysis.influences import Differences, Influences, Means, Medians
from timeline.analysis.intervals import CONFIDENCE, bounded_mean, join_notes, wilson
from timeline.analysis.products import ONE_THREAD
from timeline.analysis.samples import Sample
from timeline.arrays import Floats
from timeline.study.yardsticks import Yardstick, no_ranking

_DRAWS = 2**16
_SEED = 1993


class Tallies(Protocol):
    """What is known of one measure under several cadences."""

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications, the same in the same order for every cadence."""

    def influences(self) -> Influences:
        """Return what was found so far."""

    def note(self) -> str:
        """Say which replications these are, if they are not all; else nothing."""


class Contrast(NamedTuple):
    """A difference between two arms; NaN where undefined, and then `note` says why."""

    difference: float
    se: float
    low: float
    high: float
    n: int
    critical: float
    distinguishable: bool | None
    note: str


class Standing(NamedTuple):
    """Where one cadence stands against the best; None where no verdict is possible."""

    tied_with_best: bool | None
    best: str | None
    note: str


def critical_value(correlation: Floats, confidence: float = CONFIDENCE) -> float:
    """Two-sided critical value of the largest of several correlated normal statistics.

    Parameters
    ----------
    correlation
        Shape (m, m). It may be singular: differences among k arms have rank k - 1.
    confidence
        Probability that all m statistics stay within the value.

    Returns
    -------
    float
        At least 1.96 for 95%, at most the value for independent statistics.

    Examples
    --------
    One statistic; then two that are the same one; then two independent ones.

    >>> round(critical_value(np.eye(1)), 2)
    1.96
    >>> round(critical_value(np.ones((2, 2))), 2)
    1.96
    >>> round(critical_value(np.eye(2)), 2)
    2.24
    """
    m = len(correlation)
    single = float(stats.norm.ppf(0.5 + confidence / 2))
    if m <= 1:
        return single
    scale, axes = np.linalg.eigh(correlation)
    keep = scale > 1e-9 * m
    root = axes[:, keep] * np.sqrt(scale[keep])
    normals = _normals(int(keep.sum()))
    largest = np.empty(_DRAWS)
    step = max(1, ONE_THREAD // max(root.size, 1))
    for at in range(0, _DRAWS, step):
        drawn = root @ normals[:, at : at + step]
        np.abs(drawn, out=drawn).max(axis=0, out=largest[at : at + step])
    independent = float(stats.norm.ppf(0.5 + confidence ** (1 / m) / 2))
    # Sidak (1967), JASA 62:626-633: no correlation can ask for more than independence does.
    return min(max(float(np.quantile(largest, confidence)), single), independent)


class Comparison:
    """One measure under all cadences of a scenario, compared replication by replication.

    Parameters
    ----------
    measure
        What is compared.
    cadences
        Their names, in order.
    baseline
        The cadence that the others are compared with.

    Examples
    --------
    >>> def of(*values): return Sample(np.array(values), np.ones(len(values), dtype=bool))
    >>> days = Yardstick("days", "Days", "all replications", "days", "higher", "mean", "days kept")
    >>> found = Comparison(days, ["silence", "monthly"], "silence")
    >>> found.add({"silence": of(1.0, 2.0), "monthly": of(3.0, 2.0)})
    >>> found.add({"silence": of(3.0, 4.0), "monthly": of(5.0, 4.0)})
    >>> contrast = found.contrasts()["monthly"]
    >>> contrast.difference, round(contrast.se, 3), contrast.n
    (1.0, 0.577, 4)
    """

    def __init__(self, measure: Yardstick, cadences: Sequence[str], baseline: str) -> None:
        self.measure = measure
        self.cadences = tuple(cadences)
        self.baseline = baseline
        self._found: Tallies
        if measure.of_both:
            self._found = Differences(self.cadences, baseline)
        elif measure.statistic == "median":
            self._found = Medians(self.cadences)
        else:
            self._found = Means(self.cadences, baseline, measure.statistic)

    @classmethod
    def of(cls, measure: Yardstick, cadences: Sequence[str], baseline: str, found: Tallies) -> Comparison:
        """Return the comparison of what was found already; it is for reading, and takes no further replications."""
        comparison = cls(measure, cadences, baseline)
        comparison._found = found
        return comparison

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications.

        Parameters
        ----------
        samples
            For every cadence, one value for each of the same n replications.
        """
        if not self.measure.undefined:
            self._found.add(samples)

    def influences(self) -> Influences:
        """Return what all intervals are made from."""
        return self._found.influences()

    def contrasts(self) -> dict[str, Contrast]:
        """Compare every other cadence with the baseline, simultaneously.

        Returns
        -------
        dict
            A contrast for each cadence but the baseline, in order: cadence minus baseline.
        """
        return self.outlook()(1.0)

    def outlook(self) -> Callable[[float], dict[str, Contrast]]:
        """Return what the contrasts would be with so many times as many replications of the same make.

        Returns
        -------
        Callable
            Of the factor; at 1 it gives the contrasts as they are.
        """
        others = [name for name in self.cadences if name != self.baseline]
        if self.measure.undefined:
            return lambda times: dict.fromkeys(others, _missing(self.measure))
        found = self.influences()
        pairs = {name: _pair(self.measure, found, name, self.baseline) for name in others}
        defined = [found.against(name, self.baseline) for name, pair in pairs.items() if not pair.reason]
        critical = _critical(found, np.array(defined)) if defined else np.nan
        note = self._found.note()

        def with_times(times: float) -> dict[str, Contrast]:
            contrasts = {name: _contrast(self.measure, pair.times(times), critical) for name, pair in pairs.items()}
            return {name: one._replace(note=join_notes(one.note, note)) for name, one in contrasts.items()}

        return with_times

    def pairs(self, confidence: float = CONFIDENCE) -> dict[tuple[str, str], Contrast]:
        """Compare every two cadences, simultaneously over all of them.

        Parameters
        ----------
        confidence
            Probability that all intervals hold together.

        Returns
        -------
        dict
            By (cadence, other), the cadence before the other in order: cadence minus other.
        """
        both = list(combinations(self.cadences, 2))
        if self.measure.undefined:
            return dict.fromkeys(both, _missing(self.measure))
        found = self.influences()
        pairs = {(one, other): _pair(self.measure, found, one, other) for one, other in both}
        defined = [found.against(*names) for names, pair in pairs.items() if not pair.reason]
        critical = _critical(found, np.array(defined), confidence) if defined else np.nan
        return {names: _contrast(self.measure, pair, critical) for names, pair in pairs.items()}

    def standings(self) -> dict[str, Standing]:
        """Say which cadences cannot be told from the best, allowing for all pairwise comparisons.

        The best is the one that looks best in the sample; of equals, the first. A cadence is tied
        with it if the simultaneous interval of their difference, one among all pairs of cadences,
        contains 0. A tie says that *these replications* cannot tell them apart, not that they are
        equal.

        Returns
        -------
        dict
            A standing for each cadence, in order.
        """
        measure, names = self.measure, self.cadences
        why = no_ranking(measure)
        if why:
            return dict.fromkeys(names, Standing(None, None, why))
        found = self.influences()
        estimates = dict(zip(names, found.estimates.tolist(), strict=True))
        ranked = [name for name in names if not np.isnan(estimates[name])]
        if not ranked:
            return dict.fromkeys(names, Standing(None, None, measure.empty or "no replications"))
        sign = 1.0 if measure.better == "higher" else -1.0
        best = max(ranked, key=lambda name: sign * estimates[name])
        contrasts = [found.against(one, other) for one, other in combinations(ranked, 2)]
        critical = _critical(found, np.array(contrasts)) if contrasts else np.nan
        standings = {}
        for name in names:
            if name == best:
                standings[name] = Standing(True, best, "the only cadence with a value" if len(ranked) == 1 else "")
            elif name not in ranked:
                standings[name] = Standing(None, best, measure.empty)
            else:
                against = _contrast(measure, _pair(measure, found, name, best), critical)
                told_apart = against.distinguishable
                standings[name] = Standing(None if told_apart is None else not told_apart, best, against.note)
        return standings


class _Pair(NamedTuple):
    """Two cadences side by side.

    `n` replications count under either, `smaller` under the one under which fewer do, `total` are there;
    `variance` is the sum of squares of the influences on the difference. Of shares: `shares` are
    (number of ones, number that count) of each, `mixed` the correlation of the two influences, `only`
    how many are 1 under the first alone and under the second alone. `reason` says why there is no error.
    """

    difference: float
    variance: float
    total: float
    n: float
    smaller: float
    same_population: bool
    identical: bool
    shares: tuple[tuple[float, float], tuple[float, float]]
    mixed: float
    only: tuple[float, float]
    reason: str

    def times(self, factor: float) -> _Pair:
        """Return the pair after so many times as many replications of the same make."""
        if factor == 1.0:
            return self
        (one, n), (other, m) = self.shares
        return self._replace(
            variance=self.variance * factor,
            total=self.total * factor,
            n=self.n * factor,
            smaller=self.smaller * factor,
            shares=((one * factor, n * factor), (other * factor, m * factor)),
            only=(self.only[0] * factor, self.only[1] * factor),
        )


def _pair(measure: Yardstick, found: Influences, one: str, other: str) -> _Pair:
    i, j = found.names.index(one), found.names.index(other)
    first, second, both = found.counted[i, i], found.counted[j, j], found.counted[i, j]
    if measure.of_both:
        second = both = first
    smaller = int(min(first, second))
    reason = ""
    if smaller == 0:
        reason = measure.empty or "no replications"
        if first or second:
            reason += " under one of the two arms"
    elif smaller == 1:
        reason = "fewer than two timelines: the error cannot be estimated"
    alone = np.eye(len(found.names))[[i, j]]
    size = float(np.sqrt(found.variances(alone).prod()))
    mixed = float(found.covariance(alone)[0, 1]) / size if size > 0 else 0.0
    same_population = bool(first == second == both)
    return _Pair(
        difference=float(found.estimates[i] - found.estimates[j]),
        variance=float(found.variances(found.against(one, other)[None, :])[0]),
        total=found.n,
        n=int(first + second - both),
        smaller=smaller,
        same_population=same_population,
        identical=same_population and not found.differ[i, j],
        shares=((found.ones[i], first), (found.ones[j], second)),
        mixed=mixed,
        only=(found.only[i, j], found.only[j, i]),
        reason=reason,
    )


def _missing(measure: Yardstick) -> Contrast:
    return Contrast(np.nan, np.nan, np.nan, np.nan, 0, np.nan, None, measure.undefined)


def _contrast(measure: Yardstick, pair: _Pair, critical: float) -> Contrast:
    difference = pair.difference
    if pair.reason:
        # One timeline still has a value, but no error to judge it by; nobody has neither.
        return Contrast(difference, np.nan, np.nan, np.nan, round(pair.n), critical, None, pair.reason)
    # n - 1 of the smaller population, so that a common one gives the textbook paired error.
    error = np.sqrt(pair.variance * (pair.smaller / max(pair.smaller - 1, 1))) / pair.total
    se = 0.0 if pair.identical else float(error)
    difference = 0.0 if pair.identical else difference
    note = f"the same on all {pair.n:.0f} replications" if pair.identical else ""
    bounded = measure.statistic == "share" or (measure.statistic == "mean" and measure.span < np.inf)
    if measure.statistic == "share" and pair.same_population:
        low, high = paired_shares(pair.only, pair.n, critical)
    elif measure.statistic == "share":
        low, high = _square_and_add(pair, critical)
    elif bounded:
        # Where the populations differ, in units of the smaller one.
        squares = pair.variance * (pair.smaller / pair.total) ** 2
        low, high = bounded_mean(difference, squares, pair.smaller, (-measure.span, measure.span), critical)
    else:
        low, high = difference - critical * se, difference + critical * se
        if se == 0.0 and not pair.identical:
            note = "the difference does not vary between replications, so its error cannot be seen"
    if bounded and pair.identical:
        note += "; the interval is what so many replications cannot rule out"
    return Contrast(difference, se, low, high, round(pair.n), critical, bool(low > 0 or high < 0), note)


def paired_shares(only: tuple[float, float], n: float, critical: float) -> tuple[float, float]:
    """Interval of a difference of two shares over the same replications.

    One imaginary replication more on each side of the disagreement (Bonett & Price 2012).

    Parameters
    ----------
    only
        How many replications have the property under the first arm alone, and under the second alone.
    n
        Number of replications.
    critical
        Critical value; 1.96 gives 95%.

    Examples
    --------
    >>> [round(limit, 3) for limit in paired_shares((812, 243), 20_000, 1.96)]
    [0.025, 0.032]
    """
    one, other = only
    difference = (one - other) / n
    return bounded_mean(difference, one + other - n * difference**2, n, (-1.0, 1.0), critical)


def _square_and_add(pair: _Pair, critical: float) -> tuple[float, float]:
    """Newcombe (1998), method 10: Wilson limits of each share, combined with their correlation."""
    limits = []
    for count, n in pair.shares:
        share, _, low, high = (float(x) for x in wilson(count, n, critical))
        limits.append((share, share - low, high - share))
    (one, one_down, one_up), (other, other_down, other_up) = limits
    down = np.sqrt(max(one_down**2 - 2 * pair.mixed * one_down * other_up + other_up**2, 0.0))
    up = np.sqrt(max(one_up**2 - 2 * pair.mixed * one_up * other_down + other_down**2, 0.0))
    return float(one - other - down), float(one - other + up)


def _critical(found: Influences, contrasts: Floats, confidence: float = CONFIDENCE) -> float:
    """Critical value for several contrasts (m, k).

    A difference without variance counts as independent of the others, which can only widen.
    """
    variances = found.variances(contrasts)
    scale = np.where(variances > 0, 1 / np.sqrt(np.where(variances > 0, variances, 1.0)), 0.0)
    correlation = found.covariance(contrasts) * scale[:, None] * scale[None, :]
    np.fill_diagonal(correlation, 1.0)
    return critical_value(correlation, confidence)


@lru_cache(maxsize=8)
def _normals(dimension: int) -> Floats:
    """Quasi-random standard normal vectors, shape (dimension, 65536); the same on every call."""
    sobol = stats.qmc.Sobol(dimension, scramble=True, rng=np.random.default_rng(_SEED))
    uniform = sobol.random(_DRAWS)
    return np.ascontiguousarray(stats.norm.ppf(np.clip(uniform, 1e-12, 1 - 1e-12)).T)
