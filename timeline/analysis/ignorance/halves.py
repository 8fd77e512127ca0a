r"""Regret between two limits that assume nothing: choose on one half of the luck, value on the other.

The largest of several means that were seen is too large on average: it was chosen for its luck. Choosing by the first
half of the replications and valuing the choice by the second has no such luck, and says what that choice is worth; as
it was chosen with half the replications, it may be less than the true best is worth. The truth lies between, on
average:

.. math:: E[\bar y^{(2)}_{\arg\max \bar y^{(1)}}] \le E[\max_j \theta_j] \le E[\max_j \bar y_j].
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.best_in_worlds import credit
from timeline.analysis.ignorance.weights import shares_of, squared_error
from timeline.arrays import Floats


def regret_limits(arms: Sequence[str], first: Floats, second: Floats, *, weights: Floats | None = None) -> pl.DataFrame:
    """Return limits of each arm's mean regret.

    Parameters
    ----------
    arms
        Names of the columns.
    first, second
        Means of the worlds over one half of the replications and over the other; more is better; (worlds, arms).
    weights
        How much each world counts, shape (worlds,).

    Returns
    -------
    polars.DataFrame
        arm, honest and honest_se (with choices valued on the other half; too small if anything, and below 0 where no
        world tells the arms apart), as_seen (too large), as_seen_se.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> equal = rng.normal(size=(2, 2000, 3))
    >>> table = regret_limits("abc", equal[0], equal[1])  # the truth: 0
    >>> bool((table["honest"].abs() < 3 * table["honest_se"]).all()), bool((table["as_seen"] > 0.5).all())
    (True, True)
    """
    shares = shares_of(weights, len(first))
    together = (first + second) / 2
    chosen = (np.sum(credit(first) * second, axis=1) + np.sum(credit(second) * first, axis=1)) / 2
    honest = chosen[:, None] - together
    as_seen = together.max(axis=1, keepdims=True) - together
    return pl.DataFrame(
        {
            "arm": list(arms),
            "honest": shares @ honest,
            "honest_se": np.sqrt(squared_error(honest, shares)),
            "as_seen": shares @ as_seen,
            "as_seen_se": np.sqrt(squared_error(as_seen, shares)),
        }
    )


def agreement(first: Floats, second: Floats, *, weights: Floats | None = None) -> float:
    """Return the share of worlds whose two halves name the same best arm; 1 in the number of arms if luck alone does.

    Examples
    --------
    >>> agreement(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 2.0]]))
    0.5
    """
    return float(shares_of(weights, len(first)) @ np.sum(credit(first) * credit(second), axis=1))
