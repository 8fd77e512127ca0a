"""When does it fail? Boxes of assumption space in which an advice fails often, tested against chance.

A search through many drivers finds a box in pure noise too. So all boxes are peeled again with the failures dealt
out to the worlds at random, and a box counts only if it stands out more than nearly all of those do (Bryant & Lempert
2010, Technological Forecasting and Social Change 77:34-49, whose quasi-p-values of each restriction are given as
well; those know nothing of the search). Further boxes are looked for among the worlds outside those found, until
chance does as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import betainc

from timeline.analysis.ignorance.boxes import Box
from timeline.analysis.ignorance.peeling import Peeled, Peeler, standing_out
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import effective_size, shares_of
from timeline.arrays import Floats
from timeline.errors import TimelineError

PERMUTATIONS = 99
SIGNIFICANCE = 0.05
MOST_BOXES = 3
FEWEST_FAILURES = 10
SEARCHES, PART = 20, 0.8
"""Searches in parts of the worlds, and how large a part is."""


@dataclass(frozen=True)
class FailureBox:
    """A box in which an advice fails more often than chance would have it.

    Attributes
    ----------
    rule
        In words.
    box
        Its ranges.
    coverage
        Share of all failures that lie in it.
    density
        Share of its worlds that fail; it was searched for, so a little too large.
    density_elsewhere
        The same of boxes that were found in eight tenths of the worlds, in those that had no part in it; over several
        searches. Not too large; too small where worlds are few and searches differ.
    stands_out, chance_stands_out
        By how many standard errors its failures exceed those of as many worlds taken at random (before pasting), and
        what 95% of the boxes found in failures dealt out at random do not reach.
    mass
        Share of all worlds that lie in it.
    base
        Share of all worlds that fail.
    p_value
        Chance that a search finds one that stands out as much, if failures have nothing to do with the drivers.
    restrictions
        driver, low, high, quasi_p (chance of so many failures if this restriction did nothing in the box), again (in
        which share of searches in eight tenths of the worlds the driver is restricted as well).
    path
        The peelings: coverage, density, mass, restricted (number of drivers).
    """

    rule: str
    box: Box
    coverage: float
    density: float
    density_elsewhere: float
    stands_out: float
    chance_stands_out: float
    mass: float
    base: float
    p_value: float
    restrictions: pl.DataFrame
    path: pl.DataFrame


def find_failures(
    names: Sequence[str],
    x: Floats,
    fails: Floats,
    *,
    seed: int,
    weights: Floats | None = None,
    permutations: int = PERMUTATIONS,
    most: int = MOST_BOXES,
) -> list[FailureBox]:
    """Find boxes in which an advice fails.

    Parameters
    ----------
    names
        Of the drivers.
    x
        Drawn assumptions, shape (worlds, drivers).
    fails
        Whether the advice fails in each world, 0 or 1, or how probably; shape (worlds,).
    seed, permutations
        Of the random dealings, and their number.
    weights
        How much each world counts, shape (worlds,).
    most
        How many boxes to look for.

    Returns
    -------
    list of FailureBox
        Those that chance hardly explains, in the order found; none in pure noise, with 95%. Coverage, density and mass
        are those of the box among all worlds.

    Raises
    ------
    TimelineError
        If fewer than ten worlds fail, or hold.

    Examples
    --------
    >>> x = np.random.default_rng(1).uniform(size=(500, 20))
    >>> fails = ((x[:, 1] > 0.7) & (x[:, 3] < 0.5)).astype(float)
    >>> found = find_failures([f"d{i}" for i in range(20)], x, fails, seed=1, permutations=19)
    >>> [(box.rule, box.p_value) for box in found]
    [('d1 at least 0.703 and d3 at most 0.479', 0.05)]
    """
    shares = shares_of(weights, len(x))
    x, fails, shares = x[shares > 0], np.asarray(fails, dtype=np.float64)[shares > 0], shares[shares > 0]
    rng = stream(seed, "dealt failures")
    found: list[FailureBox] = []
    left = np.ones(len(x), dtype=np.bool_)
    while len(found) < most and _enough(shares[left], fails[left], first=not found):
        peeler = Peeler(x[left], shares[left] / shares[left].sum())
        path = peeler.path(fails[left])
        dealt = _dealt(peeler, fails[left], standing_out(path).z, permutations, rng)
        p_value = (1 + sum(z >= standing_out(path).z for z in dealt)) / (1 + permutations)
        if p_value > SIGNIFICANCE:
            break
        best = _refined(peeler, path, fails[left])
        if not best.box.ranges:
            break
        beyond = (standing_out(path).z, float(np.quantile(dealt, 1 - SIGNIFICANCE)))
        again = _again(rng, x[left], shares[left], fails[left])
        found.append(_told(names, Peeler(x, shares), best.box, fails, p_value, beyond, path, again))
        left &= ~best.box.holds(x)
    return found


def _refined(peeler: Peeler, path: list[Peeled], fails: Floats) -> Peeled:
    return _pruned(peeler, peeler.pasted(standing_out(path), fails), fails)


def _again(rng: np.random.Generator, x: Floats, shares: Floats, fails: Floats) -> list[tuple[Box, float, float]]:
    """Search parts of the worlds; return each box with share and failures of the other worlds in it."""
    found = []
    for _ in range(SEARCHES):
        part = rng.permutation(len(x)) < PART * len(x)
        peeler = Peeler(x[part], shares[part] / shares[part].sum())
        box = _refined(peeler, peeler.path(fails[part]), fails[part]).box
        inside = shares[~part] * box.holds(x[~part])
        found.append((box, float(inside.sum()), float(inside @ fails[~part])))
    return found


def _dealt(peeler: Peeler, fails: Floats, z: float, permutations: int, rng: np.random.Generator) -> list[float]:
    """Return by how much boxes stand out with failures dealt out at random; stop when too many reach `z`."""
    found: list[float] = []
    for _ in range(permutations):
        found.append(standing_out(peeler.path(rng.permutation(fails))).z)
        if 1 + sum(other >= z for other in found) > SIGNIFICANCE * (1 + permutations):
            break
    return found


def _enough(shares: Floats, fails: Floats, *, first: bool) -> bool:
    if len(shares) < 2 * FEWEST_FAILURES:
        return False
    own = shares / shares.sum()
    worth = effective_size(own)
    failing = float(own @ fails) * worth
    if min(failing, worth - failing) >= FEWEST_FAILURES:
        return True
    if first:
        raise TimelineError(
            f"worlds: given {worth:.0f} that count, of which about {failing:.0f} fail; expected at least "
            f"{FEWEST_FAILURES} that fail and as many that do not, for a search; draw more worlds or care about less"
        )
    return False


def _pruned(peeler: Peeler, found: Peeled, fails: Floats) -> Peeled:
    """Drop restrictions that do nothing by themselves, the least useful first."""
    while found.box.ranges:
        worst, p = max(
            ((driver, quasi_p(peeler, found.box, driver, fails)) for driver in found.box.ranges),
            key=lambda pair: pair[1],
        )
        if p <= SIGNIFICANCE:
            break
        found = peeler.measured(found.box.within(worst), fails)
    return found


def quasi_p(peeler: Peeler, box: Box, driver: int, fails: Floats) -> float:
    """Return the chance of so many failures in the box if a driver's restriction did nothing (binomial)."""
    with_it, without = peeler.measured(box, fails), peeler.measured(box.within(driver), fails)
    n = with_it.mass * peeler.worlds
    hits = with_it.density * n
    return float(betainc(hits, n - hits + 1, without.density)) if hits > 0 else 1.0


def _told(
    names: Sequence[str],
    peeler: Peeler,
    box: Box,
    fails: Floats,
    p_value: float,
    beyond: tuple[float, float],
    path: list[Peeled],
    again: list[tuple[Box, float, float]],
) -> FailureBox:
    figures = peeler.measured(box, fails)
    restrictions = [
        (
            names[driver],
            low,
            high,
            quasi_p(peeler, box, driver, fails),
            float(np.mean([driver in other.ranges for other, _, _ in again])),
        )
        for driver, (low, high) in box.ranges.items()
    ]
    mass, failing = (sum(each) for each in list(zip(*again, strict=True))[1:])
    steps = [(step.coverage, step.density, step.mass, len(step.box.ranges)) for step in path]
    return FailureBox(
        box.rule(names),
        box,
        figures.coverage,
        figures.density,
        failing / mass if mass > 0 else float("nan"),
        *beyond,
        figures.mass,
        float(peeler.shares @ fails),
        p_value,
        pl.DataFrame(restrictions, schema=["driver", "low", "high", "quasi_p", "again"], orient="row"),
        pl.DataFrame(steps, schema=["coverage", "density", "mass", "restricted"], orient="row"),
    )
