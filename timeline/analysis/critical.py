r"""Critical values: how many standard errors wide several intervals must be to hold together.

Statistics of one experiment are correlated, because cadences share their luck and a baseline. A critical value is the
95% point of the largest of them under a multivariate normal law with their correlations (Hothorn, Bretz & Westfall
2008, Biometrical Journal 50(3):346-363), found from quasi-random normal vectors with a fixed seed.

**One root.** The vectors are turned by the symmetric square root of the covariance. It is the only symmetric one, so
a last digit of the covariance moves the value by a last digit. Eigenvectors alone do not do: where eigenvalues are
equal, any rotation of them is as good, and rounding chooses.

**All pairs of many.** The differences between :math:`k` cadences are :math:`k (k - 1) / 2` statistics made of
:math:`k` errors. So :math:`k` errors are drawn, and pairs are formed block by block; the matrix of all pairs, 400
million numbers for 200 cadences, is never made.

**How many vectors.** 65,536, and of many statistics so many that the work stays the same: of all pairs of 200
cadences 4,096, which leave the value uncertain by half a percent.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from scipy import stats

from timeline.analysis.intervals import CONFIDENCE
from timeline.analysis.products import ONE_THREAD
from timeline.arrays import Floats

_SEED = 1993
_FEWEST, _MOST = 2**10, 2**16
#: Numbers drawn for one value, and statistics looked at for one of all pairs.
_DRAWN, _LOOKED_AT = 2**22, 2**27
#: Numbers of a block, which fit into a processor's cache.
_BLOCK = 2**17


def critical_value(correlation: Floats, confidence: float = CONFIDENCE) -> float:
    """Two-sided critical value of the largest of several correlated normal statistics.

    Parameters
    ----------
    correlation
        Shape (m, m). It may be singular.
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
    if m <= 1:
        return _single(confidence)
    largest = [np.abs(errors).max(axis=0) for errors in _errors(correlation, _draws(_DRAWN // m))]
    return _between(np.concatenate(largest), m, confidence)


def pairs_value(covariance: Floats, spread: Floats, confidence: float = CONFIDENCE) -> float:
    """Two-sided critical value of the differences between every two of k cadences.

    Parameters
    ----------
    covariance
        Shape (k, k): of the cadences' errors, less a common one.
    spread
        Shape (k, k): standard deviation of the difference of each two; one that is 0 counts as independent of the
        others, which can only widen.
    confidence
        Probability that all intervals hold together.

    Examples
    --------
    Three equal cadences have Tukey's studentised range over the root of two, 3.314 / 1.414.

    >>> round(pairs_value(np.eye(3), np.sqrt(2.0) * (1 - np.eye(3))), 1)
    2.3
    """
    k = len(covariance)
    first, second = np.triu_indices(k, 1)
    vary = spread[first, second] > 0
    constant = int(np.count_nonzero(~vary))
    if len(first) <= 1 or not vary.any():
        return _sidak(max(constant, 1), confidence)
    draws = _draws(_LOOKED_AT // len(first))
    scale = _inverse(spread)
    largest = [_largest_of_pairs(errors, scale) for errors in _errors(covariance, draws)]
    found = np.concatenate(largest)
    if constant:
        found = np.maximum(found, _largest_of_independent(constant, draws))
    return _between(found, len(first), confidence)


def control_values(covariance: Floats, spread: Floats, confidence: float = CONFIDENCE) -> Floats:
    """One-sided critical value of each of k cadences against all others, shape (k,).

    Parameters
    ----------
    covariance, spread
        As for `pairs_value`; a difference that does not vary has no error that could be large.
    confidence
        Probability that the largest of the k - 1 errors of a cadence stays below its value.

    Examples
    --------
    >>> control_values(np.eye(2), np.sqrt(2.0) * (1 - np.eye(2))).round(2).tolist()
    [1.64, 1.64]
    """
    k = len(covariance)
    single = float(stats.norm.ppf(confidence))
    scale = _inverse(spread)
    values = np.full(k, single)
    if k < 2 or not scale.any():
        return values
    draws = _draws(_LOOKED_AT // (k * k))
    worst = np.concatenate([_worst_of_others(errors, scale) for errors in _errors(covariance, draws)], axis=1)
    for i in range(k):
        if scale[i].any():
            values[i] = max(float(np.quantile(worst[i], confidence)), single)
    return values


def _largest_of_pairs(errors: Floats, scale: Floats) -> Floats:
    """Largest of all differences in units of their errors, for each of these draws (k, d)."""
    largest = np.zeros(errors.shape[1])
    for i in range(len(errors) - 1):
        away = errors[i + 1 :] - errors[i]
        away *= scale[i, i + 1 :, None]
        np.abs(away, out=away)
        np.maximum(largest, away.max(axis=0), out=largest)
    return largest


def _worst_of_others(errors: Floats, scale: Floats) -> Floats:
    """By how much the others are ahead of each cadence at most, in units of the errors; shape (k, d)."""
    worst = np.full(errors.shape, -np.inf)
    for i, own in enumerate(scale):
        others = own > 0
        if others.any():
            worst[i] = ((errors[others] - errors[i]) * own[others, None]).max(axis=0)
    return worst


def _errors(covariance: Floats, draws: int) -> Iterator[Floats]:
    """Yield errors (k, d) with a covariance, in blocks; as many as asked for in all."""
    size = float(np.diag(covariance).max())
    scale, axes = np.linalg.eigh(covariance / size)
    # What is but rounding has no root.
    kept = np.where(scale > 1e-12 * len(scale), scale, 0.0)
    root = np.sqrt(size) * (axes * np.sqrt(kept)) @ axes.T
    normals = _normals(len(root), draws)
    step = max(1, ONE_THREAD // max(root.size, 1))
    block = max(step, _BLOCK // len(root))
    for at in range(0, draws, block):
        some = normals[:, at : at + block]
        found = np.empty(some.shape)
        for part in range(0, some.shape[1], step):
            found[:, part : part + step] = root @ some[:, part : part + step]
        yield found


def _largest_of_independent(m: int, draws: int) -> Floats:
    """Largest of m independent statistics, one a draw."""
    uniform = np.random.default_rng(_SEED + 1).permutation((np.arange(draws) + 0.5) / draws)
    found: Floats = stats.norm.ppf((1 + uniform ** (1 / m)) / 2)
    return found


def _between(largest: Floats, m: int, confidence: float) -> float:
    """Return the quantile, at least that of one statistic and at most that of m independent ones."""
    return min(max(float(np.quantile(largest, confidence)), _single(confidence)), _sidak(m, confidence))


def _single(confidence: float) -> float:
    return float(stats.norm.ppf(0.5 + confidence / 2))


def _sidak(m: int, confidence: float) -> float:
    """Sidak (1967), JASA 62:626-633: no correlation can ask for more than independence does."""
    return float(stats.norm.ppf(0.5 + confidence ** (1 / m) / 2))


def _inverse(spread: Floats) -> Floats:
    return np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)


def _draws(most: int) -> int:
    """Return the power of two that is not above a number, within bounds."""
    return 1 << min(max(most, _FEWEST), _MOST).bit_length() - 1


@lru_cache(maxsize=4)
def _normals(dimension: int, draws: int) -> Floats:
    """Quasi-random standard normal vectors, shape (dimension, draws); the same on every call."""
    sobol = stats.qmc.Sobol(dimension, scramble=True, rng=np.random.default_rng(_SEED))
    uniform = sobol.random(draws)
    return np.ascontiguousarray(stats.norm.ppf(np.clip(uniform, 1e-12, 1 - 1e-12)).T)
