r"""Sobol indices: which share of the variance over worlds goes back to each driver, alone and with all its
interactions.

Two independent sets of worlds A and B, and for each driver the set :math:`A_B^{(i)}`: A with that driver's column
from B. First order: :math:`E[f_B (f_{AB} - f_A)] / V` (Saltelli et al. 2010, Computer Physics Communications
181:259-270); total: :math:`E[(f_A - f_{AB})^2] / 2V` (Jansen 1999). It takes points × (drivers + 2) worlds. The sets
are halves of one scrambled Sobol sequence of twice as many dimensions, so twice the points hold the first.

**Contrasts** are outcomes like others: give differences. **Skewed outcomes**: indices of ranks say which drivers decide
the order of the worlds; they are indices of another outcome and do not say what share of the variance (Saltelli & Sobol
1995). **Inner noise** of a world, where worlds have luck of their own, is given as its squared error and taken off the
variance and off the totals; otherwise every total would hold it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from timeline.analysis.ignorance.resampling import bootstrap_interval
from timeline.arrays import Floats
from timeline.errors import TimelineError

DRAWS = 500


class SobolWorlds(NamedTuple):
    """Worlds to play, in [0, 1]: `first` and `second`, (points, drivers), and `mixed`, (groups, points, drivers)."""

    first: Floats
    second: Floats
    mixed: Floats


def sobol_design(drivers: int, points: int, *, seed: int, groups: Sequence[Sequence[int]] | None = None) -> SobolWorlds:
    """Return the worlds to play.

    Parameters
    ----------
    drivers, points
        How many; points a power of 2.
    seed
        Of the scrambling.
    groups
        Columns of drivers that are taken together, such as those of one mechanism; each driver by itself if not given.
        Then `mixed` has an entry for each group, and indices are those of groups.

    Raises
    ------
    TimelineError
        If `points` is not a power of 2, as the sequence needs.

    Examples
    --------
    >>> design = sobol_design(3, 8, seed=1)
    >>> bool((design.mixed[1][:, 1] == design.second[:, 1]).all()), design.mixed.shape
    (True, (3, 8, 3))
    """
    from scipy.stats import qmc

    if points < 2 or points & (points - 1):
        raise TimelineError(
            f"points: given {points}, expected a power of 2, such as {2 ** max(1, points.bit_length())}"
        )
    both = qmc.Sobol(2 * drivers, scramble=True, rng=np.random.default_rng(seed)).random(points)
    first, second = both[:, :drivers], both[:, drivers:]
    taken = [[driver] for driver in range(drivers)] if groups is None else [list(group) for group in groups]
    mixed = np.repeat(first[None], len(taken), axis=0)
    for place, columns in enumerate(taken):
        mixed[place][:, columns] = second[:, columns]
    return SobolWorlds(first, second, mixed)


def sobol_table(
    names: Sequence[str],
    first: Floats,
    second: Floats,
    mixed: Floats,
    *,
    seed: int,
    ranks: bool = False,
    error: float = 0.0,
    draws: int = DRAWS,
) -> pl.DataFrame:
    """Return first and total indices of one outcome or contrast.

    Parameters
    ----------
    names
        Of the drivers or groups.
    first, second, mixed
        The outcome in the worlds of `sobol_design`: (points,), (points,) and (drivers, points).
    seed, draws
        Of the bootstrap over points.
    ranks
        Whether to take ranks of the outcome. Then `error` cannot be taken off.
    error
        Mean squared error of an outcome, if each world has luck of its own; 0 if all meet the same replications.

    Returns
    -------
    polars.DataFrame
        driver, first, first_low, first_high, total, total_low, total_high (95%), points; the largest total first. Small
        indices may come out below 0.

    Examples
    --------
    >>> design = sobol_design(2, 1024, seed=1)
    >>> def f(worlds):
    ...     return 2 * worlds[..., 0] + worlds[..., 1]
    >>> table = sobol_table("ab", f(design.first), f(design.second), f(design.mixed), seed=1)
    >>> table.select("driver", pl.col("first", "total").round(2)).rows()
    [('a', 0.8, 0.8), ('b', 0.2, 0.2)]
    """
    if ranks and error:
        raise TimelineError("error: given with ranks, whose error is not known; expected one of the two")
    if ranks:
        first, second, mixed = _ranked(first, second, mixed)

    def statistic(times: Floats) -> Floats:
        return _indices(times, first, second, mixed, error)

    estimate = statistic(np.ones((1, len(first))))[0]
    low, high = bootstrap_interval(statistic, len(first), seed, draws=draws)
    drivers = len(names)
    return pl.DataFrame(
        {
            "driver": list(names),
            "first": estimate[:drivers],
            "first_low": low[:drivers],
            "first_high": high[:drivers],
            "total": estimate[drivers:],
            "total_low": low[drivers:],
            "total_high": high[drivers:],
            "points": len(first),
        }
    ).sort("total", descending=True, maintain_order=True)


def _ranked(first: Floats, second: Floats, mixed: Floats) -> tuple[Floats, Floats, Floats]:
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([first, second, mixed.ravel()]))
    points = len(first)
    return ranks[:points], ranks[points : 2 * points], ranks[2 * points :].reshape(mixed.shape)


def _indices(times: Floats, first: Floats, second: Floats, mixed: Floats, error: float) -> Floats:
    """Return first and total indices when points count so many times, shape (b, 2 * drivers)."""
    shares = times / times.sum(axis=1, keepdims=True)
    centre = (first.mean() + second.mean()) / 2
    a, b, ab = first - centre, second - centre, mixed - centre
    mean = shares @ (a + b) / 2
    variance = (shares @ (a**2 + b**2) / 2 - mean**2 - error)[:, None]
    alone = shares @ (b * (ab - a)).T
    total = shares @ ((a - ab) ** 2).T / 2 - error
    return np.concatenate([alone, total], axis=1) / np.where(variance > 0, variance, np.nan)
