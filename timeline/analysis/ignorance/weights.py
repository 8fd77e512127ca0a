"""How much each world counts: weights as shares, and means, variances and quantiles under them.

Weights say how far each world is one that could be ours. They are taken as importance weights: only their ratios count,
and the number of equally weighted worlds that would do as well is :math:`1 / \\sum p^2` (Kish 1965, Survey Sampling).
"""

from __future__ import annotations

import numpy as np

from timeline.arrays import Floats
from timeline.errors import TimelineError

FEWEST = 2
"""Worlds that any spread needs."""


def shares_of(weights: Floats | None, worlds: int) -> Floats:
    """Return each world's share, shape (worlds,), summing to 1; all equal without weights.

    Raises
    ------
    TimelineError
        If there are fewer than two worlds, or a weight is negative, missing or infinite, or fewer than two count.

    Examples
    --------
    >>> shares_of(None, 4).tolist(), shares_of(np.array([1.0, 3.0]), 2).tolist()
    ([0.25, 0.25, 0.25, 0.25], [0.25, 0.75])
    """
    given = np.ones(worlds) if weights is None else np.asarray(weights, dtype=np.float64)
    if given.shape != (worlds,):
        raise TimelineError(f"weights: given {given.shape} numbers, expected one for each of {worlds} worlds")
    if not (np.isfinite(given).all() and (given >= 0).all()):
        raise TimelineError("weights: given a negative, missing or infinite one; expected numbers from 0 on")
    if np.count_nonzero(given) < FEWEST:
        raise TimelineError(
            f"weights: {np.count_nonzero(given)} of {worlds} worlds count, expected at least {FEWEST}; "
            "draw more worlds or set fewer aside"
        )
    return np.asarray(given / given.sum())


def effective_size(shares: Floats) -> float:
    """Return how many equally weighted worlds would do as well.

    Examples
    --------
    >>> effective_size(np.array([0.5, 0.25, 0.25]))
    2.6666666666666665
    """
    return float(1.0 / np.sum(shares**2))


def weighted_variance(values: Floats, shares: Floats) -> Floats:
    """Return the unbiased variance between worlds of each column; values (worlds, k) or (worlds,).

    Examples
    --------
    >>> float(weighted_variance(np.array([1.0, 2.0, 3.0]), np.full(3, 1 / 3)).round(12))
    1.0
    """
    centred = values - shares @ values
    return np.asarray(shares @ centred**2 / (1 - np.sum(shares**2)))


def squared_error(values: Floats, shares: Floats) -> Floats:
    """Return the squared standard error of the mean over worlds, of each column of values (worlds, k) or (worlds,).

    Examples
    --------
    >>> float(squared_error(np.array([1.0, 2.0, 3.0]), np.full(3, 1 / 3)).round(12)) == round(1 / 3, 12)
    True
    """
    return np.asarray(shares**2 @ (values - shares @ values) ** 2 / (1 - np.sum(shares**2)))


def weighted_quantiles(values: Floats, shares: Floats, at: Floats) -> Floats:
    """Return quantiles, linear between worlds that stand at the middle of their own share (Hazen's for equal shares).

    Parameters
    ----------
    values
        Shape (worlds,).
    shares
        Shape (worlds,); need not sum to 1. Worlds with no share are left out.
    at
        Probabilities, shape (q,).

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), np.array([0.0, 0.5, 2 / 3])).round(6).tolist()
    [1.0, 2.0, 2.5]
    """
    counted = shares > 0
    order = np.argsort(values[counted], kind="stable")
    ordered, steps = values[counted][order], shares[counted][order]
    middle = np.cumsum(steps) - steps / 2
    return np.interp(at, middle / steps.sum(), ordered)


def weighted_ranks(values: Floats, shares: Floats) -> Floats:
    """Return each world's place in [0, 1]: the share below it, and half of that at its value; as values (n, k).

    Examples
    --------
    >>> weighted_ranks(np.array([[5.0], [7.0], [5.0], [9.0]]), np.full(4, 0.25))[:, 0].tolist()
    [0.25, 0.625, 0.25, 0.875]
    """
    ranks = np.empty_like(values, dtype=np.float64)
    for column in range(values.shape[1]):
        _, place = np.unique(values[:, column], return_inverse=True)
        mass = np.bincount(place, weights=shares)
        ranks[:, column] = (np.cumsum(mass) - mass / 2)[place]
    return ranks
