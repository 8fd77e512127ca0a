"""Morris screening: what one step in each driver does, over a few paths through the space of all drivers.

Morris (1991, Technometrics 33:161-174): a path starts at a point of a grid and moves one driver after another by a
little more than half of its range. Each step gives an *elementary effect*. Their mean says in which direction a
driver pushes, the mean of their absolute values how much it matters (Campolongo, Cariboni & Saltelli 2007,
Environmental Modelling & Software 22:1509-1518), and their deviation whether that hangs on the other drivers. It
takes drivers + 1 worlds a path.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.resampling import resamples
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats
from timeline.errors import TimelineError

LEVELS = 4
DRAWS = 1_000


def morris_design(drivers: int, paths: int, *, seed: int, levels: int = LEVELS) -> Floats:
    """Return the worlds to play, shape (paths * (drivers + 1), drivers), in [0, 1]; adding paths keeps the first.

    Parameters
    ----------
    drivers, paths
        How many.
    seed
        Of starts, orders and directions.
    levels
        Of the grid, an even number.

    Examples
    --------
    >>> morris_design(3, 1, seed=1).round(2).tolist()
    [[0.33, 1.0, 0.33], [0.33, 1.0, 1.0], [0.33, 0.33, 1.0], [1.0, 0.33, 1.0]]
    """
    if levels < 2 or levels % 2:
        raise TimelineError(f"levels: given {levels}, expected an even number from 2 on")
    rng = stream(seed, "Morris paths")
    return np.concatenate([_path(rng, drivers, levels) for _ in range(paths)])


def _path(rng: np.random.Generator, drivers: int, levels: int) -> Floats:
    step = levels // 2
    start = rng.integers(levels, size=drivers)
    order = rng.permutation(drivers)
    along = np.tile(start, (drivers + 1, 1))
    for turn, driver in enumerate(order):
        along[turn + 1 :, driver] += step if start[driver] < step else -step
    return np.asarray(along / (levels - 1))


def elementary_effects(worlds: Floats, outcome: Floats) -> Floats:
    """Return the effects, shape (paths, drivers, k): the outcome's change by that of the driver, over its whole range.

    Parameters
    ----------
    worlds
        As `morris_design` made them.
    outcome
        Of each world: one column an outcome or contrast, shape (worlds, k).
    """
    drivers = worlds.shape[1]
    if len(worlds) % (drivers + 1):
        raise TimelineError(f"worlds: given {len(worlds)}, expected whole paths of {drivers + 1}, as designed")
    moved = np.diff(worlds.reshape(-1, drivers + 1, drivers), axis=1)
    changed = np.diff(outcome.reshape(len(moved), drivers + 1, -1), axis=1)
    which = np.argmax(np.abs(moved), axis=2)
    paths = np.arange(len(moved))[:, None]
    effects = np.empty_like(changed)
    effects[paths, which] = changed / moved[paths, np.arange(drivers), which][:, :, None]
    return np.asarray(effects)


def morris_table(
    names: Sequence[str], worlds: Floats, outcome: Floats, *, seed: int, draws: int = DRAWS
) -> pl.DataFrame:
    """Return how much each driver matters for one outcome or contrast.

    Parameters
    ----------
    names
        Of the drivers.
    worlds, outcome
        As for `elementary_effects`; outcome of shape (worlds,).
    seed, draws
        Of the bootstrap over paths.

    Returns
    -------
    polars.DataFrame
        driver, effect (mean), size (mean of absolute values), low, high (95% of the size), deviation, paths; those that
        matter most first. Noise in the outcome gives every driver a size above 0.

    Examples
    --------
    >>> worlds = morris_design(2, 20, seed=1)
    >>> table = morris_table(["a", "b"], worlds, 3 * worlds[:, 0] - worlds[:, 1], seed=1)
    >>> table.select("driver", pl.col("effect", "size", "deviation").round(6)).rows()
    [('a', 3.0, 3.0, 0.0), ('b', -1.0, 1.0, 0.0)]
    """
    effects = elementary_effects(worlds, outcome[:, None])[:, :, 0]
    times = resamples(stream(seed, "Morris paths again"), len(effects), draws)
    low, high = np.quantile(
        times @ np.abs(effects) / len(effects), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0
    )
    return pl.DataFrame(
        {
            "driver": list(names),
            "effect": effects.mean(axis=0),
            "size": np.abs(effects).mean(axis=0),
            "low": low,
            "high": high,
            "deviation": effects.std(axis=0, ddof=1),
            "paths": len(effects),
        }
    ).sort("size", descending=True, maintain_order=True)
