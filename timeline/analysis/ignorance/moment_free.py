"""How much drivers matter without moments, from worlds already played: scores, intervals, and the floor of dummies.

A score compares the outcome's law in classes of a driver, equally many worlds in each, with its law in all worlds. Of
a few hundred worlds any score is above 0, for drivers that do nothing too. So every score stands beside a *floor*:
95% of the scores of dummies, drivers in random order. The scores are `timeline.analysis.ignorance.pawn` and
`timeline.analysis.ignorance.delta`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.resampling import resamples
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import effective_size, shares_of, weighted_ranks
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats, Places
from timeline.errors import TimelineError

Score = Callable[[Places, Floats, Floats], Floats]
"""From classes (worlds, drivers), outcome and shares (worlds,) each, to a score of each driver."""

CLASSES = 10
FEWEST_IN_CLASS = 10
DUMMIES = 100
DRAWS = 100
FLOOR = 0.95


def classes_of(x: Floats, shares: Floats, classes: int = CLASSES) -> Places:
    """Return each world's class of each driver, from 0, shape (worlds, drivers); equal values share a class.

    Examples
    --------
    >>> classes_of(np.array([[5.0], [7.0], [1.0], [9.0]]), np.full(4, 0.25), classes=2)[:, 0].tolist()
    [0, 1, 0, 1]
    """
    return np.minimum((weighted_ranks(x, shares) * classes).astype(np.int64), classes - 1)


def class_shares(classes: Places, bins: Places, count: int, shares: Floats) -> Floats:
    """Return the joint shares of classes and bins of the outcome for each driver, shape (drivers, classes, count)."""
    drivers, most = classes.shape[1], int(classes.max()) + 1
    place = (np.arange(drivers) * most + classes) * count + bins[:, None]
    mass = np.bincount(place.ravel(), np.repeat(shares, drivers), minlength=drivers * most * count)
    return np.asarray(mass, dtype=np.float64).reshape(drivers, most, count)


def moment_free_table(
    names: Sequence[str],
    x: Floats,
    outcome: Floats,
    score: Score,
    *,
    seed: int,
    weights: Floats | None = None,
    classes: int = CLASSES,
    dummies: int = DUMMIES,
    draws: int = DRAWS,
) -> pl.DataFrame:
    """Return each driver's score for one outcome or contrast.

    Parameters
    ----------
    names
        Of the drivers.
    x, outcome
        Drawn assumptions, shape (worlds, drivers), and the outcome, shape (worlds,).
    score
        `timeline.analysis.ignorance.pawn.pawn` or `timeline.analysis.ignorance.delta.delta`.
    seed, dummies, draws
        Of dummies and resamples of worlds, and their numbers.
    weights
        How much each world counts, shape (worlds,).

    Returns
    -------
    polars.DataFrame
        driver, score, low, high (95%, basic bootstrap: resamples score too high by as much as the score itself does),
        floor, above_floor, above_all (larger than every dummy), effective_worlds; the largest first.

    Raises
    ------
    TimelineError
        If there are too few worlds for ten in each class.

    Examples
    --------
    >>> from timeline.analysis.ignorance.pawn import pawn
    >>> x = np.random.default_rng(1).uniform(size=(500, 3))
    >>> table = moment_free_table("abc", x, x[:, 1] ** 2, pawn, seed=1)
    >>> table.select("driver", "above_floor").rows()[0], table["above_floor"].sum()
    (('b', True), 1)
    """
    shares = shares_of(weights, len(x))
    x, outcome, shares = x[shares > 0], outcome[shares > 0], shares[shares > 0]
    if effective_size(shares) < classes * FEWEST_IN_CLASS:
        raise TimelineError(
            f"worlds: given {effective_size(shares):.0f} that count, expected at least {classes * FEWEST_IN_CLASS}: "
            f"{FEWEST_IN_CLASS} in each of {classes} classes of a driver; draw more worlds"
        )
    rng = stream(seed, "moment-free scores")
    parts = classes_of(x, shares, classes)
    found = score(parts, outcome, shares)
    resampled = np.stack([score(parts, outcome, shares * times) for times in resamples(rng, len(x), draws)])
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    at_random = dummy_scores(rng, outcome, shares, score, classes, dummies)
    return (
        pl.DataFrame({"driver": list(names), "score": found})
        .with_columns(
            low=np.maximum(2 * found - high, 0.0),
            high=2 * found - low,
            floor=pl.lit(float(np.quantile(at_random, FLOOR))),
        )
        .with_columns(above_floor=pl.col("score") > pl.col("floor"), above_all=pl.col("score") > float(at_random.max()))
        .with_columns(effective_worlds=pl.lit(effective_size(shares)))
        .sort("score", descending=True, maintain_order=True)
    )


def dummy_scores(
    rng: np.random.Generator, outcome: Floats, shares: Floats, score: Score, classes: int, dummies: int
) -> Floats:
    """Return scores of drivers that do nothing, shape (dummies,)."""
    return score(classes_of(rng.uniform(size=(len(outcome), dummies)), shares, classes), outcome, shares)
