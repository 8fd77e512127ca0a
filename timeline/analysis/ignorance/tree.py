"""A small tree: worlds split by one driver after another into groups whose outcomes differ most.

Classification and regression trees (Breiman, Friedman, Olshen & Stone 1984), at most three splits deep. A group is
split only if the best split does more than nearly all best splits do with the outcomes dealt out to its worlds at
random, so nothing needs to be cut back, and noise alone gives no tree, with 95% (Hothorn, Hornik & Zeileis 2006,
Journal of Computational and Graphical Statistics 15:651-674). A tree looks one split ahead: what two drivers do only
together it may miss, where boxes may find it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.boxes import Box
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import shares_of
from timeline.arrays import Floats, Places

DEPTH = 3
PERMUTATIONS = 99
SIGNIFICANCE = 0.05
SMALLEST = 0.05
"""Share of the worlds that a group holds at least."""


def tree_table(
    names: Sequence[str],
    x: Floats,
    outcome: Floats,
    *,
    seed: int,
    weights: Floats | None = None,
    depth: int = DEPTH,
    permutations: int = PERMUTATIONS,
) -> pl.DataFrame:
    """Return the groups of a tree.

    Parameters
    ----------
    names
        Of the drivers.
    x, outcome
        Drawn assumptions, shape (worlds, drivers), and what is to be told apart: whether an advice fails (0 or 1), or a
        contrast; shape (worlds,).
    seed, permutations
        Of the random dealings, and their number at each split.
    weights
        How much each world counts, shape (worlds,).
    depth
        Splits one after another, at most.

    Returns
    -------
    polars.DataFrame
        rule, mean (of the outcome), mass (share of worlds), worlds; the highest mean first. One row, "everywhere", if
        nothing tells worlds apart.

    Examples
    --------
    >>> x = np.random.default_rng(1).uniform(size=(400, 5))
    >>> outcome = np.where(x[:, 2] > 0.7, 5.0, np.where(x[:, 0] > 0.5, 1.0, 0.0))
    >>> for row in tree_table("abcde", x, outcome, seed=1).rows():
    ...     print(row[0], round(row[1], 6))
    c at least 0.7 5.0
    a at least 0.499 and c at most 0.7 1.0
    a at most 0.499 and c at most 0.7 0.0
    """
    shares = shares_of(weights, len(x))
    x, outcome, shares = x[shares > 0], np.asarray(outcome, dtype=np.float64)[shares > 0], shares[shares > 0]
    grower = _Grower(x, outcome, shares, stream(seed, "dealt outcomes"), permutations)
    leaves = grower.grow(Box({}), np.arange(len(x)), depth)
    rows = [(box.rule(names), *grower.figures(worlds)) for box, worlds in leaves]
    return pl.DataFrame(rows, schema=["rule", "mean", "mass", "worlds"], orient="row").sort(
        "mean", descending=True, maintain_order=True
    )


class _Grower:
    """Splits groups of the same worlds."""

    def __init__(self, x: Floats, outcome: Floats, shares: Floats, rng: np.random.Generator, permutations: int) -> None:
        self.x, self.outcome, self.shares, self.rng, self.permutations = x, outcome, shares, rng, permutations
        self.fewest = max(int(SMALLEST * len(x)), 2)

    def figures(self, worlds: Places) -> tuple[float, float, int]:
        own = self.shares[worlds]
        return float(own @ self.outcome[worlds] / own.sum()), float(own.sum()), len(worlds)

    def grow(self, box: Box, worlds: Places, depth: int) -> list[tuple[Box, Places]]:
        """Return the groups that a group is split into, with their boxes."""
        if depth == 0 or len(worlds) < 2 * self.fewest:
            return [(box, worlds)]
        order = np.ascontiguousarray(np.argsort(self.x[worlds], axis=0, kind="stable").T)
        gain, driver, place = self._best_split(worlds, order, self.outcome[worlds])
        if gain <= 0 or not self._beats_chance(gain, worlds, order):
            return [(box, worlds)]
        along = worlds[order[driver]]
        border = float(self.x[along[place - 1 : place + 1], driver].mean())
        low, high = box.range_of(driver)
        return [
            *self.grow(box.within(driver, low, border), along[:place], depth - 1),
            *self.grow(box.within(driver, border, high), along[place:], depth - 1),
        ]

    def _beats_chance(self, gain: float, worlds: Places, order: Places) -> bool:
        """Say whether so large a gain is rare with outcomes dealt out at random; stop when it cannot be any more."""
        as_large, allowed = 0, SIGNIFICANCE * (1 + self.permutations) - 1
        for _ in range(self.permutations):
            as_large += self._best_split(worlds, order, self.rng.permutation(self.outcome[worlds]))[0] >= gain
            if as_large > allowed:
                return False
        return as_large <= allowed

    def _best_split(self, worlds: Places, order: Places, outcome: Floats) -> tuple[float, int, int]:
        """Return by how much the best split lowers the sum of squares, its driver, and how many worlds lie below."""
        own = self.shares[worlds]
        centred = own * (outcome - own @ outcome / own.sum())
        below = np.cumsum(own[order], axis=1)[:, :-1]
        caught = np.cumsum(centred[order], axis=1)[:, :-1]
        gain = caught**2 / below + caught**2 / np.maximum(own.sum() - below, 1e-300)
        values = np.take_along_axis(self.x[worlds].T, order, axis=1)
        gain[values[:, 1:] == values[:, :-1]] = 0.0
        gain[:, : self.fewest - 1] = gain[:, len(worlds) - self.fewest :] = 0.0
        driver, place = np.unravel_index(int(np.argmax(gain)), gain.shape)
        return float(gain[driver, place]), int(driver), int(place) + 1
