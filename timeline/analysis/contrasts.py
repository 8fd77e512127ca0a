r"""Contrasts: paired differences between cadences, with intervals that hold together.

Every arm plays the same replications with the same luck. So a difference between two cadences is
taken replication by replication, and its error is that of the differences, which is smaller.

**Influence.** Each estimate is, to first order, the mean of one number a replication, its
influence. With a value :math:`Y`, membership :math:`I` in the population, and the estimate
:math:`\theta`:

- mean or share: :math:`\psi = I (Y - \theta) / \bar I`;
- median: :math:`\psi = I (\tfrac12 - 1\{Y \le \theta\})\, s / \bar I`, with :math:`s` the sparsity.

Over all replications :math:`I = 1` and the first is just the deviation from the mean. Among those that sign,
the two arms sign different replications, and this still gets the pairing right. The standard
error of a difference is that of the mean of :math:`\psi_c - \psi_b`.

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
Medicine 17:2635-2650 (method 10), with the correlation of the influences. So `low` and `high` of a
share need not be the difference plus or minus the critical value times `se`.

**How well it holds.** The critical value is that of many replications. In simulated experiments with
three contrasts, all three intervals held in 95% of experiments of 300 or 2,000 replications, but
in only 93% of experiments of 30 (means, and shares among signers).

All errors are Monte Carlo errors. They shrink with replications; doubt about parameters does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy import stats

from timeline.analysis.intervals import CONFIDENCE, Floats, sparsity, wilson
from timeline.analysis.measures import Measure, Sample, Statistic

_DRAWS = 2**16
_SEED = 1993
# Below this share of the two arms' variance, the variance of a difference is rounding.
_ROUNDING = 1e-12


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
    largest = np.zeros(_DRAWS)
    normals = _normals(int(keep.sum()))
    for row in root:
        np.maximum(largest, np.abs(normals @ row), out=largest)
    independent = float(stats.norm.ppf(0.5 + confidence ** (1 / m) / 2))
    # Sidak (1967), JASA 62:626-633: no correlation can ask for more than independence does.
    return min(max(float(np.quantile(largest, confidence)), single), independent)


def influence(sample: Sample, statistic: Statistic) -> tuple[float, Floats]:
    """Estimate of one arm and the influence (n,) of each replication on it; NaN if nobody counts.

    Examples
    --------
    Two of three replications count.

    >>> estimate, psi = influence(Sample(np.array([2.0, 4.0, 3.0]), np.array([True, True, False])), "mean")
    >>> estimate, psi.tolist()
    (3.0, [-1.5, 1.5, 0.0])
    """
    values, among = sample
    counted = int(np.count_nonzero(among))
    if counted == 0:
        return np.nan, np.zeros(len(values))
    inside = values if counted == len(values) else values[among]
    if counted == 1:
        return float(inside[0]), np.zeros(len(values))
    weight = among * (len(values) / counted)
    if statistic == "median":
        median = float(np.median(inside))
        return median, weight * (0.5 - (values <= median)) * sparsity(inside)
    mean = float(inside.mean())
    psi: Floats = weight * (values - mean)
    return mean, psi


@dataclass(frozen=True)
class Influences:
    """Estimates and influences of every cadence of one scenario, for one measure.

    Attributes
    ----------
    measure
        What is compared.
    samples
        For each cadence, one value for each of the same n replications.
    estimates
        For each cadence; NaN if nobody counts.
    psi
        Shape (k, n): one row a cadence, in order.
    covariance
        Shape (k, k): sums of products of the rows.
    """

    measure: Measure
    samples: Mapping[str, Sample]
    estimates: Mapping[str, float]
    psi: Floats
    covariance: Floats

    def row(self, cadence: str) -> Floats:
        """Influences (n,) of one cadence."""
        found: Floats = self.psi[list(self.samples).index(cadence)]
        return found


def find_influences(measure: Measure, samples: Mapping[str, Sample]) -> Influences:
    """Compute what all comparisons of a measure need, once.

    Parameters
    ----------
    measure
        What is compared.
    samples
        For each cadence of one scenario, one value for each of the same n replications.
    """
    n = max((len(sample.values) for sample in samples.values()), default=0)
    psi = np.zeros((len(samples), n))
    estimates = dict.fromkeys(samples, np.nan)
    if not measure.undefined:
        for i, (name, sample) in enumerate(samples.items()):
            estimates[name], psi[i] = influence(sample, measure.statistic)
    return Influences(measure, samples, estimates, psi, psi @ psi.T)


def contrast_with_baseline(found: Influences, baseline: str) -> dict[str, Contrast]:
    """Compare every other cadence with the baseline, simultaneously.

    Parameters
    ----------
    found
        From `find_influences`.
    baseline
        Its name among the cadences.

    Returns
    -------
    dict
        A contrast for each cadence but the baseline, in order: cadence minus baseline.
    """
    names = list(found.samples)
    pairs = {name: _pair(found, name, baseline) for name in names if name != baseline}
    defined = [name for name, pair in pairs.items() if not pair.reason]
    if not defined:
        critical = np.nan
    elif found.measure.of_both:
        # Each pair has a population of its own, so correlations come from the pairs themselves.
        psi = np.array([pairs[name].psi for name in defined])
        critical = _critical(psi @ psi.T, np.eye(len(defined)))
    else:
        contrast = np.zeros((len(defined), len(names)))
        contrast[:, names.index(baseline)] = -1.0
        contrast[np.arange(len(defined)), [names.index(name) for name in defined]] = 1.0
        critical = _critical(found.covariance, contrast)
    return {name: _contrast(found.measure, pair, critical) for name, pair in pairs.items()}


def stand_against_best(found: Influences) -> dict[str, Standing]:
    """Say which cadences cannot be told from the best, allowing for all pairwise comparisons.

    The best is the one that looks best in the sample; of equals, the first. A cadence is tied with
    it if the simultaneous interval of their difference, one among all pairs of cadences, contains
    0. A tie says that *these replications* cannot tell them apart, not that they are equal.

    Parameters
    ----------
    found
        From `find_influences`.

    Returns
    -------
    dict
        A standing for each cadence, in order.
    """
    measure, names = found.measure, list(found.samples)
    ranked = [name for name in names if not np.isnan(found.estimates[name])]
    why = _no_ranking(measure, ranked)
    if why:
        return dict.fromkeys(names, Standing(None, None, why))
    sign = 1.0 if measure.better == "higher" else -1.0
    best = max(ranked, key=lambda name: sign * found.estimates[name])
    first, second = np.triu_indices(len(ranked), 1)
    places = np.array([names.index(name) for name in ranked])
    contrast = np.zeros((len(first), len(names)))
    contrast[np.arange(len(first)), places[first]] = 1.0
    contrast[np.arange(len(first)), places[second]] = -1.0
    critical = _critical(found.covariance, contrast)
    standings = {}
    for name in names:
        if name == best:
            standings[name] = Standing(True, best, "the only cadence with a value" if len(ranked) == 1 else "")
        elif name not in ranked:
            standings[name] = Standing(None, best, measure.empty)
        else:
            against = _contrast(measure, _pair(found, name, best), critical)
            told_apart = against.distinguishable
            standings[name] = Standing(None if told_apart is None else not told_apart, best, against.note)
    return standings


def _no_ranking(measure: Measure, ranked: Sequence[str]) -> str:
    if measure.undefined:
        return measure.undefined
    if measure.of_both:
        return "no common ranking: each cadence is compared with the baseline where those two both sign"
    if measure.better == "neither":
        return "no ranking: neither direction is better in itself"
    return "" if ranked else measure.empty or "no replications"


class _Pair(NamedTuple):
    """Two samples of the same replications, with the influences (n,) on each and their difference."""

    one: Sample
    other: Sample
    psi_one: Floats
    psi_other: Floats
    psi: Floats
    difference: float
    n: int
    smaller: int
    reason: str


def _pair(found: Influences, name: str, against: str) -> _Pair:
    measure = found.measure
    one, other = found.samples[name], found.samples[against]
    if measure.of_both and not measure.undefined:
        both = one.among & other.among
        one, other = Sample(one.values, both), Sample(other.values, both)
        first, psi_one = influence(one, measure.statistic)
        second, psi_other = influence(other, measure.statistic)
    else:
        first, psi_one = found.estimates[name], found.row(name)
        second, psi_other = found.estimates[against], found.row(against)
    smaller = min(int(np.count_nonzero(one.among)), int(np.count_nonzero(other.among)))
    reason = measure.undefined
    if not reason and smaller == 0:
        reason = measure.empty or "no replications"
        if not measure.of_both and not (np.isnan(first) and np.isnan(second)):
            reason += " under one of the two arms"
    elif not reason and smaller == 1:
        reason = "fewer than two timelines: the error cannot be estimated"
    n = 0 if measure.undefined else int(np.count_nonzero(one.among | other.among))
    psi = psi_one - psi_other
    return _Pair(one, other, psi_one, psi_other, psi, first - second, n, smaller, reason)


def _contrast(measure: Measure, pair: _Pair, critical: float) -> Contrast:
    difference = pair.difference
    if pair.reason:
        # One timeline still has a value, but no error to judge it by; nobody has neither.
        return Contrast(difference, np.nan, np.nan, np.nan, pair.n, critical, None, pair.reason)
    same_population = bool(np.array_equal(pair.one.among, pair.other.among))
    identical = same_population and not bool(np.any(pair.one.among & (pair.one.values != pair.other.values)))
    # n - 1 of the smaller population, so that a common one gives the textbook paired error.
    error = np.sqrt(pair.psi @ pair.psi * (pair.smaller / (pair.smaller - 1))) / len(pair.psi)
    se = 0.0 if identical else float(error)
    difference = 0.0 if identical else difference
    note = f"the same on all {pair.n} replications" if identical else ""
    if measure.statistic == "share" and same_population:
        low, high = _paired_shares(pair, critical)
        if identical:
            note += "; the interval is what so many replications cannot rule out"
    elif measure.statistic == "share":
        low, high = _square_and_add(pair, critical)
    else:
        low, high = difference - critical * se, difference + critical * se
        if se == 0.0 and not identical:
            note = "the difference does not vary between replications, so its error cannot be seen"
    return Contrast(difference, se, low, high, pair.n, critical, bool(low > 0 or high < 0), note)


def _paired_shares(pair: _Pair, critical: float) -> tuple[float, float]:
    """Bonett & Price (2012): one imaginary replication more on each side of the disagreement."""
    among = pair.one.among
    gap = pair.one.values[among] - pair.other.values[among]
    n = len(gap)
    only_one, only_other = ((gap > 0).sum() + 1) / (n + 2), ((gap < 0).sum() + 1) / (n + 2)
    middle = only_one - only_other
    half = critical * np.sqrt((only_one + only_other - middle**2) / (n + 2))
    return max(float(middle - half), -1.0), min(float(middle + half), 1.0)


def _square_and_add(pair: _Pair, critical: float) -> tuple[float, float]:
    """Newcombe (1998), method 10: Wilson limits of each share, combined with their correlation."""
    limits = []
    for sample in (pair.one, pair.other):
        kept = sample.values[sample.among]
        share, _, low, high = (float(x) for x in wilson(kept.sum(), len(kept), critical))
        limits.append((share, share - low, high - share))
    (one, one_down, one_up), (other, other_down, other_up) = limits
    product = np.sqrt((pair.psi_one @ pair.psi_one) * (pair.psi_other @ pair.psi_other))
    mixed = 2 * float(pair.psi_one @ pair.psi_other / product) if product > 0 else 0.0
    down = np.sqrt(max(one_down**2 - mixed * one_down * other_up + other_up**2, 0.0))
    up = np.sqrt(max(one_up**2 - mixed * one_up * other_down + other_down**2, 0.0))
    return float(one - other - down), float(one - other + up)


def _critical(covariance: Floats, contrast: Floats) -> float:
    """Critical value for the rows of `contrast` (m, k), given the covariance (k, k) of the arms."""
    spread = contrast @ covariance @ contrast.T
    size = (contrast != 0) @ np.diag(covariance)
    return critical_value(_standardise(spread, size))


def _standardise(covariance: Floats, size: Floats) -> Floats:
    """Correlations; a difference without variance counts as independent, which can only widen."""
    variance = np.diag(covariance)
    varies = variance > _ROUNDING * size
    scale = np.where(varies, 1 / np.sqrt(np.where(varies, variance, 1.0)), 0.0)
    correlation = covariance * scale[:, None] * scale[None, :]
    np.fill_diagonal(correlation, 1.0)
    return correlation


@lru_cache(maxsize=8)
def _normals(dimension: int) -> Floats:
    """Quasi-random standard normal vectors, shape (65536, dimension); the same on every call."""
    sobol = stats.qmc.Sobol(dimension, scramble=True, rng=np.random.default_rng(_SEED))
    uniform = sobol.random(_DRAWS)
    found: Floats = stats.norm.ppf(np.clip(uniform, 1e-12, 1 - 1e-12))
    return found
