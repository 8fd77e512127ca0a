r"""Worlds' values drawn together, so that they spread as much as ignorance does and no more.

The means that were seen spread too far: inner noise is on top of ignorance. The best guess of each world alone would
spread too little. Constrained empirical Bayes lies between: every world is drawn toward the middle so far that the
whole has the right mean and the right variance (Louis 1984, JASA 79:393-398; Ghosh 1992, JASA 87:533-540):

.. math:: \hat\theta_w = \mu + b_w (\bar y_w - \mu), \qquad b_w = \sqrt{A / (A + c\, e_w)},

with :math:`A` the ignorance variance (`timeline.analysis.ignorance.split`) and :math:`e_w` the squared error of world
w. The middle :math:`\mu` and the factor :math:`c` (1 in the normal model with equal errors) are solved for, so that
mean and variance are exact under the weights. A world without noise stays where it is, so a heap of worlds at 0 stays
a heap.

**Error.** If values and noise are normal it is exact. Otherwise the shape is that of the noisy means, as if noise were
as skewed as ignorance is: the p-quantile is off by about :math:`\sqrt{A}\,(z_p^2 - 1)(1 - s^3)\,\gamma / 6`, with
:math:`\gamma` the skewness of ignorance and :math:`s^2 = A / (A + e)` (Cornish & Fisher). With noise a fourth of
ignorance and an exponential law that is 0.16 deviations at 95%; at its hard lower edge 0.3 were found at 5%. With noise
a twentieth of ignorance it is 0.05 (and 0.1).

**Errors that grow with the values.** Of contrasts, worlds in which much happens have both larger differences and larger
errors; one law for all leaves the tails of such a mixture half corrected. Then only worlds with like errors are drawn
together (`like_errors`). Not so for shares, whose error follows from the share itself: worlds with like errors would be
worlds with like luck.
"""

from __future__ import annotations

import numpy as np

from timeline.analysis.ignorance.alike import alike
from timeline.analysis.ignorance.split import components
from timeline.analysis.ignorance.weights import FEWEST
from timeline.arrays import Floats

_FURTHEST, _HALVINGS = 12.0, 14  # of the factor c, as powers of 2


def shrunken(
    mean: Floats, error: Floats, shares: Floats, shared_error: Floats | None = None, *, like_errors: bool = False
) -> Floats:
    """Return the worlds' values, drawn together, of each arm.

    Parameters
    ----------
    mean, error
        Means and their squared errors, shape (worlds, arms).
    shares
        How much each world counts, shape (worlds,), summing to 1.
    shared_error
        As for `timeline.analysis.ignorance.split.split`.
    like_errors
        Whether only worlds with like errors are drawn together.

    Returns
    -------
    ndarray
        Shape (worlds, arms). Without ignorance, all worlds with noise have one value.

    Examples
    --------
    >>> shares = np.full(4, 0.25)
    >>> shrunken(np.array([[0.0], [2.0], [4.0], [6.0]]), np.full((4, 1), 5.0), shares).round(3).T.tolist()
    [[1.5, 2.5, 3.5, 4.5]]
    """
    once = np.ones((1, len(mean)))
    columns = []
    for arm in range(mean.shape[1]):
        shared = None if shared_error is None else float(shared_error[arm])
        columns.append(shrunken_again(once, mean[:, arm], error[:, arm], shares, shared, like_errors=like_errors)[0])
    return np.stack(columns, axis=1)


def shrunken_again(
    times: Floats, mean: Floats, error: Floats, shares: Floats, shared_error: float | None, *, like_errors: bool
) -> Floats:
    """Return one arm's values when worlds count `times`, shape (b, worlds); mean, error, shares (worlds,)."""
    groups = alike(error, shares) if like_errors else [np.flatnonzero(shares > 0)]
    values = np.tile(mean, (len(times), 1))
    usual = float(shares @ error)
    for group in groups:
        own, counts, noise = shares[group], times[:, group], error[group]
        drawn = (counts @ own > 0) & (np.count_nonzero(counts, axis=1) >= FEWEST)
        once = counts[drawn] * own
        total = once.sum(axis=1, keepdims=True)
        in_common = None
        if shared_error is not None and usual > 0:
            in_common = np.array([shared_error * float(own @ noise) / float(own.sum()) / usual])
        parts = components(counts[drawn], own, mean[group, None], noise[:, None], noise[:, None], in_common)
        left = 1 - once @ own / total[:, 0] ** 2
        variance = np.maximum(parts[2][:, 0], 0.0) * left
        values[np.ix_(drawn, group)] = drawn_together(mean[group], noise, once / total, variance)
    return values


def drawn_together(mean: Floats, error: Floats, shares: Floats, variance: Floats) -> Floats:
    """Return one arm's values under several weightings at once.

    Parameters
    ----------
    mean, error
        Shape (worlds,).
    shares
        Shape (b, worlds), each row summing to 1.
    variance
        What they are to have (weighted, not divided by n - 1), shape (b,).

    Returns
    -------
    ndarray
        Shape (b, worlds), with the weighted mean of `mean`.
    """
    noise = error / np.where(variance > 0, variance, np.inf)[:, None]
    centres = (shares @ mean)[:, None]
    low, high = np.full(len(shares), -_FURTHEST), np.full(len(shares), _FURTHEST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        values = _drawn(mean, noise * 2.0 ** middle[:, None], shares) - centres
        beyond = np.einsum("bw,bw,bw->b", shares, values, values) > variance
        low, high = np.where(beyond, middle, low), np.where(beyond, high, middle)
    values = _drawn(mean, noise * 2.0 ** ((low + high) / 2)[:, None], shares)
    return np.where(variance[:, None] > 0, values, _drawn(mean, np.where(error > 0, np.inf, 0.0)[None, :], shares))


def _drawn(mean: Floats, noise: Floats, shares: Floats) -> Floats:
    """Move each world toward the middle, by how much noise it has; the middle leaves the mean where it was."""
    pull = 1 - 1 / np.sqrt(1 + noise)
    strength = shares * pull
    total = strength.sum(axis=1, keepdims=True)
    middle = (strength @ mean)[:, None] / np.where(total > 0, total, 1.0)
    return np.asarray(mean - pull * (mean - middle))
