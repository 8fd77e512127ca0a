"""Moving worlds towards targets: a sequential Monte Carlo sampler of the unit cube.

Where few points drawn at random come near enough, drawing more is waste. Here a population is kept instead. The pool
that it starts from is drawn evenly, and its best part kept. Then, generation by generation, the nearer half is kept
and copied, and every copy is moved about among the points that are no farther off than the farthest kept one
(approximate Bayesian computation by an adaptive sequential Monte Carlo sampler: Del Moral, Doucet & Jasra 2012,
Stat. Comput. 22:1009-1020). What comes out is drawn from the even law, given that the distance is small.

A move has to work among hundreds of coordinates, few of which matter much. As a normal score, each coordinate goes
to sqrt(1 - b**2) z + b e with a fresh normal e (the preconditioned Crank-Nicolson proposal: Cotter, Roberts, Stuart &
White 2013, Stat. Sci. 28:424-446). It leaves the even law as it is, whatever b, so that only the distance decides.
The size b is one for each coordinate: small where the statistics hang on it, up to 1, a fresh draw, where they do
not. So copies become independent of each other in all that the targets say nothing about.

Every random number follows from the seed, the generation and the number of the move. A population is whole after each
generation, and whoever keeps it can go on from there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from timeline.arrays import Floats, Places

#: How large a part of a population is kept in each generation.
_KEPT = 0.5
#: A proposal is of the right size if about so many are accepted.
_ACCEPTED = 0.25
#: Moves end once so few of the copies are likely to lie where they were copied to (Drovandi & Pettitt 2011,
#: Biometrics 67:225-233), or after so many.
_UNMOVED = 0.05
_MOST_MOVES = 12
#: A step so small gets nowhere.
_SMALLEST_STEP = 1e-4
_EDGE = 1e-12


@dataclass(frozen=True, eq=False)
class Evaluated:
    """What was found at some points.

    Attributes
    ----------
    distances
        How far off each is, shape (points,). Of a point that is farther off than the tolerance asked for, any number
        above that tolerance will do.
    statistics
        What the distances are made of, shape (points, statistics): which coordinates matter is learnt from them.
    cost
        What it took, in whatever unit the budget is.
    """

    distances: Floats
    statistics: Floats
    cost: float


class Evaluate(Protocol):
    """Finds how far off points are; the same points, the same distances."""

    def __call__(self, cube: Floats, tolerance: float) -> Evaluated: ...


def by_distance(distance: Callable[[Floats], Floats]) -> Evaluate:
    """Return what evaluates by a plain function of points, shape (points, coordinates), to distances.

    Examples
    --------
    >>> found = by_distance(lambda cube: cube[:, 0])(np.array([[0.25, 0.5]]), math.inf)
    >>> found.distances.tolist(), found.cost
    ([0.25], 1.0)
    """

    def evaluate(cube: Floats, tolerance: float) -> Evaluated:
        found = np.asarray(distance(cube), np.float64)
        return Evaluated(found, found[:, None], float(len(cube)))

    return evaluate


@dataclass(frozen=True)
class MoveSettings:
    """How worlds are moved.

    Attributes
    ----------
    size
        How many points are wanted.
    seed
        Decides every random number.
    target
        The distance at which a point counts as accepted.
    pool
        How many times as many points the population is chosen from at first.
    budget
        What evaluations may cost together; the generation that exceeds it is the last.
    generations
        The most of them.
    """

    size: int
    seed: int = 0
    target: float = 0.0
    pool: int = 6
    budget: float = math.inf
    generations: int = 60


@dataclass(frozen=True, eq=False)
class Population:
    """Points that are near, after some generation.

    Attributes
    ----------
    cube
        Where they lie, shape (size, coordinates).
    distances
        How far off they are, shape (size,).
    lines
        From which point of the pool each descends, shape (size,): those of one line are not independent.
    tolerance
        The distance that none exceeds.
    step
        How far moves go.
    sensitivity
        How much the statistics hang on each coordinate, shape (coordinates,).
    generation
        How many generations there have been.
    cost
        Of all evaluations so far.
    evaluated
        How many points that were.
    hits
        How many of the pool's points were accepted at once, and how many points the pool had.
    """

    cube: Floats
    distances: Floats
    lines: Places
    tolerance: float
    step: float
    sensitivity: Floats
    generation: int = 0
    cost: float = 0.0
    evaluated: int = 0
    hits: tuple[int, int] = (0, 0)

    @property
    def independent(self) -> float:
        """How many independent lines the population is worth: Kish's effective number of its lines."""
        shares = np.unique(self.lines, return_counts=True)[1] / len(self.lines)
        return float(1 / (shares**2).sum())

    def arrived(self, target: float) -> bool:
        """Say whether every point counts as accepted."""
        return self.tolerance <= target


def move(
    evaluate: Evaluate,
    points: Callable[[int], Floats],
    settings: MoveSettings,
    begun: Population | None = None,
    keep: Callable[[Population], None] = lambda _: None,
) -> Population:
    """Move points of the unit cube towards a target.

    Parameters
    ----------
    evaluate
        Finds how far off points are.
    points
        Returns the first so many points of the even law, shape (count, coordinates).
    settings
        How many are wanted, and what may be spent.
    begun
        A population to go on from.
    keep
        Told each population once it is whole.

    Returns
    -------
    Population
        All of it is accepted if its tolerance has come down to the target; else it is as near as the budget allowed.

    Examples
    --------
    Of points of the unit cube, those with a first coordinate below a hundredth.

    >>> from timeline.study.drawn import sobol_points
    >>> near = by_distance(lambda cube: np.maximum(cube[:, 0] - 0.01, 0))
    >>> found = move(near, lambda many: sobol_points(3, many, 1), MoveSettings(64, seed=1))
    >>> found.arrived(0.0), bool((found.cube[:, 0] <= 0.01).all())
    (True, True)
    """
    population = begun
    if population is None:
        population = _start(evaluate, points, settings)
        keep(population)
    while not _done(population, settings):
        population = _generation(population, evaluate, settings)
        keep(population)
    return population


def _done(population: Population, settings: MoveSettings) -> bool:
    return (
        population.arrived(settings.target)
        or population.cost >= settings.budget
        or population.generation >= settings.generations
        or population.step < _SMALLEST_STEP
    )


def _start(evaluate: Evaluate, points: Callable[[int], Floats], settings: MoveSettings) -> Population:
    """Choose the nearest points of a pool; later ones are given up early if they will not be among them."""
    size, many = settings.size, settings.size * settings.pool
    cube = points(many)
    distances, statistics = np.empty(0), np.empty((0, 0))
    cost, tolerance = 0.0, math.inf
    for begin in range(0, many, size):
        found = evaluate(cube[begin : begin + size], tolerance)
        distances = np.concatenate([distances, found.distances])
        statistics = np.concatenate([statistics, found.statistics]) if begin else found.statistics
        cost += found.cost
        tolerance = max(float(np.quantile(distances, 1 / settings.pool)), settings.target)
        if (distances <= settings.target).sum() >= size or cost >= settings.budget:
            break
    chosen = np.argsort(distances, kind="stable")[:size]
    return Population(
        cube=cube[chosen],
        distances=distances[chosen],
        lines=chosen.astype(np.int64),
        tolerance=max(float(distances[chosen].max()), settings.target),
        step=0.1,
        sensitivity=sensitivities(cube[: len(distances)], statistics),
        cost=cost,
        evaluated=len(distances),
        hits=(int((distances <= settings.target).sum()), len(distances)),
    )


def sensitivities(cube: Floats, statistics: Floats) -> Floats:
    """Return how much statistics hang on each coordinate: the root of the mean squared correlation of ranks.

    What chance alone shows is taken off; no coordinate counts as less than a tenth of the largest that it leaves.

    Parameters
    ----------
    cube
        Points, shape (n, coordinates).
    statistics
        What was found there, shape (n, statistics).
    """
    scores, found = _normal_scores(cube), _normal_scores(statistics)
    squares = ((scores.T @ found / len(cube)) ** 2).mean(axis=1) - 1 / len(cube)
    roots: Floats = np.sqrt(np.maximum(squares, 1 / len(cube)))
    return np.maximum(roots, roots.max() / 10)


def _normal_scores(values: Floats) -> Floats:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(np.nan_to_num(values, nan=np.inf, posinf=np.inf), axis=0)
    scores: Floats = ndtri(ranks / (len(values) + 1))
    scores -= scores.mean(axis=0)
    return scores / np.maximum(scores.std(axis=0), 1e-12)


def _generation(before: Population, evaluate: Evaluate, settings: MoveSettings) -> Population:
    """Keep the nearer half, copy it, and move all about within what is left."""
    tolerance = max(float(np.quantile(before.distances, _KEPT, method="lower")), settings.target)
    rng = np.random.default_rng([settings.seed, before.generation])
    found = _refill(before, tolerance, rng)
    tried, accepted = 0, 0
    for number in range(_MOST_MOVES):
        if number and found.cost >= settings.budget:
            break
        taken, found = _move_once(found, evaluate, np.random.default_rng([settings.seed, before.generation, number]))
        tried, accepted = tried + len(found.cube), accepted + taken
        share = taken / len(found.cube)
        found = replace(found, step=min(found.step * math.exp(2 * (share - _ACCEPTED)), 10.0))
        if number and (1 - accepted / tried) ** (number + 1) < _UNMOVED:
            break
    return replace(found, generation=before.generation + 1, tolerance=tolerance)


def _refill(before: Population, tolerance: float, rng: np.random.Generator) -> Population:
    """Fill the places of those that are too far off with copies of the others, each as often as any other."""
    size = len(before.cube)
    near = np.flatnonzero(before.distances <= tolerance)
    places = np.concatenate([np.tile(near, size // len(near)), rng.permutation(near)[: size % len(near)]])
    return replace(
        before,
        cube=before.cube[places],
        distances=before.distances[places],
        lines=before.lines[places],
        tolerance=tolerance,
    )


def _move_once(
    population: Population, evaluate: Evaluate, rng: np.random.Generator
) -> tuple[int, Population]:
    """Propose a move to every point; returns how many moved, and where they are now."""
    proposed = propose(population.cube, np.minimum(population.step / population.sensitivity, 1.0), rng)
    found = evaluate(proposed, population.tolerance)
    taken = found.distances <= population.tolerance
    return int(taken.sum()), replace(
        population,
        cube=np.where(taken[:, None], proposed, population.cube),
        distances=np.where(taken, found.distances, population.distances),
        cost=population.cost + found.cost,
        evaluated=population.evaluated + len(proposed),
    )


def propose(cube: Floats, sizes: Floats, rng: np.random.Generator) -> Floats:
    """Return a point near each point, so that even points stay even.

    Parameters
    ----------
    cube
        Points, shape (n, coordinates).
    sizes
        How far each coordinate goes, from 0, nowhere, to 1, anywhere; shape (coordinates,).
    rng
        Where the random numbers come from.
    """
    from scipy.special import ndtr, ndtri

    scores = ndtri(np.clip(cube, _EDGE, 1 - _EDGE))
    moved: Floats = ndtr(np.sqrt(1 - sizes**2) * scores + sizes * rng.standard_normal(cube.shape))
    return np.clip(moved, _EDGE, 1 - _EDGE)
