"""Intervals for one number: shares, means, medians.

Every interval here shows *Monte Carlo error* only. It shrinks as more replications are
played. It says nothing about doubt in the parameters, which does not shrink.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import polars as pl
import polars.selectors as cs
from scipy.special import ndtri

from timeline.arrays import Flags, Floats

CONFIDENCE = 0.95
ERROR_LABEL = (
    "Monte Carlo error only (95%): how far the figure could move if other replications were played. "
    "It shrinks with more replications. Doubt about the parameters is not in it and does not shrink."
)

Z = float(ndtri(0.5 + CONFIDENCE / 2))


class Summary(NamedTuple):
    """One number with its Monte Carlo error; NaN where undefined, and then `note` says why."""

    estimate: float
    se: float
    low: float
    high: float
    n: int
    note: str


def wilson(count: npt.ArrayLike, n: npt.ArrayLike, z: npt.ArrayLike = Z) -> tuple[Floats, Floats, Floats, Floats]:
    """Shares with Wilson intervals, which behave at 0 and at 1.

    Parameters
    ----------
    count
        How many timelines have the property, any shape.
    n
        Out of how many; broadcast against `count`. Where 0, every result is NaN.
    z
        Critical value; 1.96 gives 95%. One for all, or broadcast too.

    Returns
    -------
    share, se, low, high
        Arrays of the common shape. `se` is the plain sqrt(p (1 - p) / n), 0 at 0 and at 1;
        the interval is not.

    Notes
    -----
    Wilson (1927), JASA 22:209-212; recommended by Brown, Cai & DasGupta (2001), Statistical
    Science 16(2):101-133.

    Examples
    --------
    >>> share, se, low, high = wilson(0, 20)
    >>> float(share), float(se), float(low), round(float(high), 3)
    (0.0, 0.0, 0.0, 0.161)
    """
    count, n = np.broadcast_arrays(np.asarray(count, dtype=np.float64), np.asarray(n, dtype=np.float64))
    total, z = np.where(n > 0, n, np.nan), np.asarray(z, dtype=np.float64)
    share = count / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    # Rounding must not push an empty share above 0 or a full one below 1.
    low = np.where(share <= 0, 0.0, np.maximum(middle - half, 0.0))
    high = np.where(share >= 1, 1.0, np.minimum(middle + half, 1.0))
    undefined = np.isnan(total)
    return (
        share,
        np.sqrt(share * (1 - share) / total),
        np.where(undefined, np.nan, low),
        np.where(undefined, np.nan, high),
    )


def share_curve(days: Floats, count: npt.ArrayLike, n: int) -> pl.DataFrame:
    """Put a share at each day into a frame: day, estimate, se, low, high (null where n is 0).

    Examples
    --------
    >>> share_curve(np.array([0.0, 10.0]), [4, 2], 4)["estimate"].to_list()
    [1.0, 0.5]
    """
    share, se, low, high = wilson(count, np.full(len(days), n))
    columns = {"day": days, "estimate": share, "se": se, "low": low, "high": high}
    return pl.DataFrame(columns, nan_to_null=True)


def without_nan(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn NaN into null: in results, undefined is null, never a number that poisons a sum."""
    return frame.with_columns(cs.float().fill_nan(None))


def summarise_share(values: Floats) -> Summary:
    """Share of ones among `values` (n,), with a Wilson interval.

    Examples
    --------
    >>> summarise_share(np.array([1.0, 1.0, 0.0, 1.0])).estimate
    0.75
    """
    return share_of(int(np.count_nonzero(values)), len(values))


@lru_cache(maxsize=2**12, typed=True)  # of a thousand scenarios with as many replications most are asked for again
def share_of(count: int, n: int) -> Summary:
    """Share of `count` among `n` timelines, with a Wilson interval.

    Examples
    --------
    >>> share_of(3, 4).estimate
    0.75
    """
    share, se, low, high = (float(x) for x in wilson(count, n))
    note = f"the same in all {n} timelines" if n and share in (0.0, 1.0) else ""
    return Summary(share, se, low, high, n, note)


class Moments:
    """Number, mean and spread of values that come piece by piece.

    Examples
    --------
    >>> found = Moments()
    >>> found.add(np.array([1.0]))
    >>> found.add(np.array([3.0]))
    >>> found.mean().estimate, found.mean().se
    (2.0, 1.0)
    """

    def __init__(self) -> None:
        self.n = 0
        # About the first piece's mean: about zero, days in the thousands would lose their last digits when squared.
        self._about = 0.0
        self._away = 0.0
        self._squares = 0.0
        self._first = 0.0
        self._constant = True

    @classmethod
    def of(cls, n: int, about: float, away: float, squares: float, extremes: tuple[float, float]) -> Moments:
        """Return the moments of n values: the sums of them less a number and of its squares, and their extremes.

        Examples
        --------
        >>> Moments.of(2, 1.0, 2.0, 4.0, (1.0, 3.0)).mean()[:2]
        (2.0, 1.0)
        """
        found = cls()
        found.n, found._about, found._away, found._squares = n, about, away, squares
        found._first, found._constant = extremes[0], extremes[0] == extremes[1]
        return found

    def add(self, values: Floats, among: Flags | None = None) -> None:
        """Add values, shape (n,); only those marked in `among` (n,), if it is given."""
        counted = len(values) if among is None else int(np.count_nonzero(among))
        if counted == 0:
            return
        if self._constant:
            inside = values if among is None else values[among]
            if self.n == 0:
                self._about, self._first = float(inside.mean()), float(inside[0])
            self._constant = bool((inside == self._first).all())
        away = values - self._about
        if among is not None and counted < len(values):
            away = np.where(among, away, 0.0)
        self.n += counted
        self._away += float(away.sum())
        self._squares += float(away @ away)

    def mean(self) -> Summary:
        """Mean, with the normal interval mean ± 1.96 se."""
        n = self.n
        if n == 0:
            return Summary(np.nan, np.nan, np.nan, np.nan, 0, "")
        if n == 1:
            alone = "one timeline only: its error cannot be estimated"
            return Summary(self._first, np.nan, np.nan, np.nan, 1, alone)
        if self._constant:
            return Summary(self._first, 0.0, self._first, self._first, n, f"the same in all {n} timelines")
        mean = self._about + self._away / n
        variance = max(self._squares - self._away * self._away / n, 0.0) / (n - 1)
        se = float(np.sqrt(variance / n))
        return Summary(mean, se, mean - Z * se, mean + Z * se, n, "")


def bounded_mean(
    mean: float, squares: float, n: float, bounds: tuple[float, float], critical: float = Z
) -> tuple[float, float]:
    r"""Interval of a mean of values that lie between two bounds.

    Two imaginary replications more, one at each bound. Bonett & Price (2012), Journal of Educational and
    Behavioral Statistics 37(4):479-488, do so with differences of paired shares, which lie between -1 and 1; here
    they may be days. With all :math:`n` values halfway between bounds :math:`2 B` apart, the half width is about
    :math:`z \sqrt 2 B / n`: for want of variance no interval is ever empty. Among many replications two are
    lost.

    Parameters
    ----------
    mean
        Of the values.
    squares
        Sum of their squares about the mean.
    n
        How many there are.
    bounds
        The lowest and the highest value that there can be.
    critical
        Critical value; 1.96 gives 95%.

    Examples
    --------
    Within five years nothing differs in 1,800 replications; then a spread of 150 days.

    >>> [round(limit, 2) for limit in bounded_mean(0.0, 0.0, 1800, (-1826.25, 1826.25))]
    [-2.81, 2.81]
    >>> [round(limit, 1) for limit in bounded_mean(30.0, 1800 * 150.0**2, 1800, (-1826.25, 1826.25))]
    [22.5, 37.4]
    """
    low, high = bounded_means(np.array([mean]), np.array([squares]), np.array([n]), bounds, critical)
    return float(low[0]), float(high[0])


def bounded_means(
    mean: Floats, squares: Floats, n: Floats, bounds: tuple[float, float], critical: float = Z
) -> tuple[Floats, Floats]:
    """Intervals of several means, as `bounded_mean` makes one; all of shape (m,).

    Examples
    --------
    >>> low, high = bounded_means(np.zeros(2), np.zeros(2), np.array([100.0, 400.0]), (-1.0, 1.0))
    >>> high.round(4).tolist()
    [0.0272, 0.0069]
    """
    lowest, highest = bounds
    middle = (n * mean + lowest + highest) / (n + 2)
    spread = squares + n * (mean - middle) ** 2 + (lowest - middle) ** 2 + (highest - middle) ** 2
    half = critical * np.sqrt(spread) / (n + 2)
    return np.maximum(middle - half, lowest), np.minimum(middle + half, highest)


def limits_of_bounded_means(
    mean: Floats,
    squares: Floats,
    n: Floats,
    bounds: tuple[float, float],
    critical: npt.ArrayLike,
    above: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Lower and upper limits of means that lie between two bounds, each limit for its own sake.

    A limit that is used alone must look to its own side: the two imaginary replications of `bounded_means` draw it
    towards the middle, where rare large values have not turned up yet. So here each limit has one imaginary
    replication, at the bound to which it looks.

    Parameters
    ----------
    mean, squares, n, bounds
        As for `bounded_means`.
    critical
        One-sided critical value, one for all or shape (m,); 1.645 gives 95%.
    above
        Critical value of the upper limit, if it has another.

    Examples
    --------
    Of 1,000 replications 24 gain one: the upper limit of Wilson, which needs no variance, is 3.33%.

    >>> of_shares = np.array([0.024]), np.array([23.424]), np.array([1000.0]), (0.0, 1.0)
    >>> low, high = limits_of_bounded_means(*of_shares, 1.645)
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.016], [0.0331])
    """
    limits = []
    values = (critical, critical if above is None else above)
    for bound, sign, z in zip(bounds, (-1.0, 1.0), values, strict=True):
        middle = (n * mean + bound) / (n + 1)
        spread = squares + n * (mean - middle) ** 2 + (bound - middle) ** 2
        limits.append(middle + sign * np.asarray(z) * np.sqrt(spread) / (n + 1))
    return np.maximum(limits[0], bounds[0]), np.minimum(limits[1], bounds[1])


def summarise_mean(values: Floats) -> Summary:
    """Mean of `values` (n,), with the normal interval mean ± 1.96 se.

    Examples
    --------
    >>> summarise_mean(np.array([1.0, 3.0])).se
    1.0
    >>> summarise_mean(np.array([5.0])).note
    'one timeline only: its error cannot be estimated'
    """
    found = Moments()
    found.add(values)
    return found.mean()


def summarise_median(values: Floats) -> Summary:
    """Median of `values` (n,), with an interval from order statistics.

    The interval assumes no shape: it runs between the two sorted values that bracket the median
    with at least 95% (Conover 1999, Practical Nonparametric Statistics, 3rd ed., section 3.2).
    It needs six timelines. The standard error is 0.5 x sparsity / sqrt(n), see `sparsity`.

    Examples
    --------
    >>> found = summarise_median(np.arange(1.0, 12.0))
    >>> found.estimate, found.low, found.high
    (6.0, 2.0, 10.0)
    """
    n = len(values)
    if n == 0:
        return Summary(np.nan, np.nan, np.nan, np.nan, 0, "")
    median = float(np.median(values))
    if n < 6:
        return Summary(median, np.nan, np.nan, np.nan, n, "fewer than six timelines: no 95% interval exists")
    lowest, highest = median_ranks(n)
    part = np.partition(values, [lowest, highest])
    low, high = float(part[lowest]), float(part[highest])
    note = f"the same in all {n} timelines" if values.min() == values.max() else ""
    return Summary(median, float(0.5 * sparsity(values) / np.sqrt(n)), low, high, n, note)


@cache
def median_ranks(n: int) -> tuple[int, int]:
    """Ranks, counted from 0, of the two of n sorted values that bracket the median with at least 95%.

    Examples
    --------
    >>> median_ranks(11)
    (1, 9)
    """
    from scipy import stats

    below = int(stats.binom.ppf((1 - CONFIDENCE) / 2, n, 0.5)) - 1
    if below >= 0 and stats.binom.cdf(below, n, 0.5) > (1 - CONFIDENCE) / 2:
        below -= 1
    return max(below, 0), n - 1 - max(below, 0)


@cache
def bandwidth(n: int) -> float:
    """How far on either side of the median, in rank as a share, the slope of n values is taken; see `sparsity`.

    Examples
    --------
    >>> round(bandwidth(1001), 3)
    0.097
    """
    density = 1 / math.sqrt(2 * math.pi)  # of a normal law at its middle
    return min(0.25, float(n ** (-1 / 3) * Z ** (2 / 3) * (1.5 * density**2) ** (1 / 3)))


def sparsity(values: Floats) -> float:
    """How many days apart neighbouring values lie at the median: 1 / density there.

    The slope of the quantile function over the bandwidth of Hall & Sheather (1988), JRSS B
    50(3):381-391.

    Examples
    --------
    >>> round(sparsity(np.linspace(0.0, 10.0, 1001)), 2)
    10.0
    """
    n = len(values)
    if n < 2:
        return np.nan
    width = bandwidth(n)
    low, high = np.quantile(values, [0.5 - width, 0.5 + width])
    return float((high - low) / (2 * width))


def join_notes(*notes: str) -> str:
    """Put notes on one number into one; empty ones are left out.

    Examples
    --------
    >>> join_notes("", "the same in all 4 timelines", "from the first 4 of 9 replications")
    'the same in all 4 timelines; from the first 4 of 9 replications'
    """
    return "; ".join(note for note in notes if note)
