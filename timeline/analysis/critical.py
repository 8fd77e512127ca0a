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

**How many vectors.** 16,384, and of many statistics so many that the work stays the same: of all pairs of 200
cadences 4,096, which leave the value uncertain by half a percent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache, cached_property, lru_cache

import numpy as np
from scipy.special import ndtri

from timeline.analysis.intervals import CONFIDENCE
from timeline.analysis.products import ONE_THREAD, pairs_of
from timeline.arrays import Floats

_SEED = 1993
_FEWEST, _MOST = 2**10, 2**14
#: Statistics looked at for one value of all pairs.
_LOOKED_AT = 2**27
#: Rows of a root in one product, and numbers of a block, which fit into a processor's cache.
_ROWS, _BLOCK = 64, 2**16


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
    largest = [np.abs(errors).max(axis=0) for errors in _drawn(_root(correlation), draws_of(m))]
    return _between(np.concatenate(largest), m, confidence)


def critical_value_of_rows(rows: Floats, confidence: float = CONFIDENCE) -> float:
    """Do so for means of few replications, given the influences of the replications on them.

    What is drawn is a normal number for each replication instead of one for each statistic: the same law, at a
    fraction of the work where there are many more statistics than replications.

    Parameters
    ----------
    rows
        Shape (m, n). Statistics that do not vary count as independent of the others, which can only widen.
    confidence
        Probability that all m statistics stay within the value.

    Examples
    --------
    >>> round(critical_value_of_rows(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])), 2)
    2.24
    """
    m, size = len(rows), np.sqrt((rows * rows).sum(axis=1))
    varies = size > 0
    if m <= 1 or not varies.any():
        return _sidak(max(m, 1), confidence)
    scaled = rows[varies] / size[varies, None]
    largest = np.concatenate([np.abs(errors).max(axis=0) for errors in _drawn(scaled, draws_of(m))])
    return _between(_with_constant(largest, int(np.count_nonzero(~varies))), m, confidence)


class Errors:
    """Correlated errors of k cadences, and how large they become.

    Parameters
    ----------
    covariance
        Shape (k, k): of the errors, less one that all have in common.
    spread
        Shape (k, k): standard deviation of the difference of each two. One that is 0 counts as independent of the
        others, which can only widen.

    Examples
    --------
    Three equal cadences: two against one (Dunnett), and all pairs (Tukey's studentised range over the root of two).

    >>> errors = Errors(np.eye(3), np.sqrt(2.0) * (1 - np.eye(3)))
    >>> round(errors.against(0), 1), round(errors.of_pairs(), 1), errors.of_controls().round(1).tolist()
    (2.2, 2.3, [1.9, 1.9, 1.9])
    """

    def __init__(self, covariance: Floats, spread: Floats) -> None:
        self._covariance, self._spread = covariance, spread
        self._scale = np.where(spread > 0, 1 / np.where(spread > 0, spread, 1.0), 0.0)
        self._draws = draws_of(len(covariance))

    def against(self, base: int, confidence: float = CONFIDENCE) -> float:
        """Two-sided critical value of the differences of all others from one."""
        others = np.arange(len(self._spread)) != base
        scale = self._scale[others, base]
        return self._value(
            lambda errors: np.abs((errors[others] - errors[base]) * scale[:, None]).max(axis=0), scale, confidence
        )

    def of_pairs(self, confidence: float = CONFIDENCE) -> float:
        """Two-sided critical value of the differences between every two."""
        scale = self._scale[pairs_of(len(self._scale))]
        if len(scale) < 2 or not scale.any():
            return self._value(None, scale, confidence)
        return _between(self._of_pairs, len(scale), confidence)

    def of_controls(self, confidence: float = CONFIDENCE) -> Floats:
        """One-sided critical value of each against all others, shape (k,).

        A difference that does not vary has no error that could be large.
        """
        values = np.full(len(self._scale), float(ndtri(confidence)))
        vary = self._scale.any(axis=1)
        if vary.any():
            worst = np.concatenate([_worst_of_others(errors, self._scale) for errors in self._blocks()], axis=1)
            values[vary] = np.maximum(np.quantile(worst[vary], confidence, axis=1), values[vary])
        return values

    @cached_property
    def _of_pairs(self) -> Floats:
        found = np.concatenate([_largest_of_pairs(errors, self._scale) for errors in self._blocks()])
        return _with_constant(found, _zeros(self._scale[pairs_of(len(self._scale))]))

    def _value(self, largest: Callable[[Floats], Floats] | None, scale: Floats, confidence: float) -> float:
        if largest is None or len(scale) < 2 or not scale.any():
            return _sidak(max(len(scale), 1), confidence)
        found = np.concatenate([largest(errors) for errors in self._blocks()])
        return _between(_with_constant(found, _zeros(scale)), len(scale), confidence)

    def _blocks(self) -> Iterator[Floats]:
        return _drawn(self._root, self._draws)

    @cached_property
    def _root(self) -> Floats:
        return _root(self._covariance)


def _zeros(scale: Floats) -> int:
    return int(np.count_nonzero(scale == 0))


def _with_constant(largest: Floats, constant: int) -> Floats:
    """Add the largest of those that do not vary, as if they were independent."""
    return np.maximum(largest, _largest_of_independent(constant, len(largest))) if constant else largest


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


def _root(covariance: Floats) -> Floats:
    """Symmetric square root."""
    size = float(np.diag(covariance).max())
    scale, axes = np.linalg.eigh(covariance / size)
    # What is but rounding has no root.
    kept = np.where(scale > 1e-12 * len(scale), scale, 0.0)
    root: Floats = np.sqrt(size) * (axes * np.sqrt(kept)) @ axes.T
    return root


def _drawn(root: Floats, draws: int) -> Iterator[Floats]:
    """Yield errors (k, d) with a covariance, given a root of it (k, r), in blocks; as many as asked for in all."""
    k, r = root.shape
    normals, rows = _normals(r, draws), min(k, _ROWS)
    columns = max(1, ONE_THREAD // (rows * r))
    block = max(1, _BLOCK // (k * columns)) * columns
    for at in range(0, draws, block):
        some = normals[:, at : at + block]
        errors = np.empty((k, some.shape[1]))
        for row in range(0, k, rows):
            for column in range(0, some.shape[1], columns):
                errors[row : row + rows, column : column + columns] = (
                    root[row : row + rows] @ some[:, column : column + columns]
                )
        yield errors


@lru_cache(maxsize=16)
def _largest_of_independent(m: int, draws: int) -> Floats:
    """Largest of m independent statistics, one a draw."""
    uniform = np.random.default_rng(_SEED + 1).permutation((np.arange(draws) + 0.5) / draws)
    found: Floats = ndtri((1 + uniform ** (1 / m)) / 2)
    return found


def _between(largest: Floats, m: int, confidence: float) -> float:
    """Return the quantile, at least that of one statistic and at most that of m independent ones."""
    return min(max(float(np.quantile(largest, confidence)), _single(confidence)), _sidak(m, confidence))


@cache
def _single(confidence: float) -> float:
    return float(ndtri(0.5 + confidence / 2))


@cache
def _sidak(m: int, confidence: float) -> float:
    """Sidak (1967), JASA 62:626-633: no correlation can ask for more than independence does."""
    return float(ndtri(0.5 + confidence ** (1 / m) / 2))


def draws_of(k: int) -> int:
    """Return how many vectors are drawn of k errors: a power of two, within bounds."""
    most = _LOOKED_AT // max(k * (k - 1) // 2, 1)
    return 1 << min(max(most, _FEWEST), _MOST).bit_length() - 1


@lru_cache(maxsize=4)
def _normals(dimension: int, draws: int) -> Floats:
    """Quasi-random standard normal vectors, shape (dimension, draws); the same on every call."""
    from scipy.stats import qmc  # all of scipy.stats takes most of a second to import

    sobol = qmc.Sobol(dimension, scramble=True, rng=np.random.default_rng(_SEED))
    uniform = sobol.random(draws)
    return np.ascontiguousarray(ndtri(np.clip(uniform, 1e-12, 1 - 1e-12)).T)
