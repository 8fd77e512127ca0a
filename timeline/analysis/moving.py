"""Moving worlds towards targets: a sequential Monte Carlo sampler of the unit cube.

Points are drawn evenly while that is affordable: those that are near enough are independent of each other. Where too
few are, drawing more is waste, and a population is kept instead. It starts from the nearest of a pool. Then,
generation by generation, the nearer half is kept and copied, and every copy is moved about among the points that are
no farther off than the farthest kept one (approximate Bayesian computation by an adaptive sequential Monte Carlo
sampler: Del Moral, Doucet & Jasra 2012, Stat. Comput. 22:1009-1020). What comes out is drawn from the even law, given
that the distance is small.

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
_MOST_MOVES = 10
#: On the way fewer will do: what matters is where the last ones end.
_FEWER_MOVES = 4
#: A step so small gets nowhere.
_SMALLEST_STEP = 1e-4
_EDGE = 1e-12
#: So many points are drawn at a time at least: fewer say too little of what is affordable.
_FIRST = 100
#: What part of the cost of finding out in full it takes, about, to give a point up.
_GIVEN_UP = 0.3


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
        Of how many times as many points the nearest are chosen, if drawing until enough are accepted would cost more
        than the budget.
    budget
        What evaluations may cost together; the generation that exceeds it is the last.
    generations
        The most of them.
    fixed
        Coordinates that no move changes.
    """

    size: int
    seed: int = 0
    target: float = 0.0
    pool: int = 8
    budget: float = math.inf
    generations: int = 60
    fixed: tuple[int, ...] = ()

    @property
    def chunk(self) -> int:
        """How many points are drawn at a time."""
        return max(_FIRST, self.size // 4)


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
    correlations
        Of the ranks of each coordinate and each statistic, shape (coordinates, statistics), in the pool.
    drawn
        How many points the pool has.
    hits
        How many of them were accepted as they were drawn.
    pooling
        Whether the pool is to grow.
    generation
        How many generations there have been since.
    cost
        Of all evaluations so far.
    evaluated
        How many points that were.
    """

    cube: Floats
    distances: Floats
    lines: Places
    tolerance: float
    step: float
    correlations: Floats
    drawn: int
    hits: int
    pooling: bool
    generation: int = 0
    cost: float = 0.0
    evaluated: int = 0

    @property
    def independent(self) -> float:
        """How many independent lines the population is worth: Kish's effective number of its lines."""
        shares = np.unique(self.lines, return_counts=True)[1] / len(self.lines)
        return float(1 / (shares**2).sum())

    @property
    def sensitivity(self) -> Floats:
        """How much the statistics hang on each coordinate: the root of the mean squared correlation.

        What chance alone shows is taken off; no coordinate counts as less than a tenth of the largest.
        """
        chance = 1 / self.drawn
        roots = np.sqrt(np.maximum((self.correlations**2).mean(axis=1) - chance, chance))
        found: Floats = np.maximum(roots, roots.max() / 10)
        return found

    def arrived(self, target: float) -> bool:
        """Say whether every point counts as accepted."""
        return not self.pooling and self.tolerance <= target


def move(
    evaluate: Evaluate,
    points: Callable[[int, int], Floats],
    settings: MoveSettings,
    begun: Population | None = None,
    keep: Callable[[Population], None] = lambda _: None,
) -> Population:
    """Find points of the unit cube near a target: draw them while that is affordable, else move them there.

    Parameters
    ----------
    evaluate
        Finds how far off points are.
    points
        Returns the points of the even law from one number to before another, shape (count, coordinates).
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
    Of points of the unit cube, those with a first coordinate below a thousandth.

    >>> from timeline.study.drawn import sobol_points
    >>> near = by_distance(lambda cube: np.maximum(cube[:, 0] - 0.001, 0))
    >>> settings = MoveSettings(64, seed=1, budget=20_000)
    >>> found = move(near, lambda begin, end: sobol_points(3, end - begin, 1, begin), settings)
    >>> found.arrived(0.0), bool((found.cube[:, 0] <= 0.001).all())
    (True, True)
    """
    population = begun
    if population is None:
        population = _first(evaluate, points(0, settings.chunk), settings)
        keep(population)
    while population.pooling:
        chunk = points(population.drawn, population.drawn + settings.chunk)
        population = _settled(_pooled(population, chunk, evaluate, settings), evaluate, settings)
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


def _first(evaluate: Evaluate, cube: Floats, settings: MoveSettings) -> Population:
    """Begin a pool: of the first points it is found out in full how far off they are."""
    found = evaluate(cube, math.inf)
    return Population(
        cube=cube,
        distances=found.distances,
        lines=np.arange(len(cube)),
        tolerance=math.inf,
        step=0.02,
        correlations=rank_correlations(cube, found.statistics),
        drawn=len(cube),
        hits=int((found.distances <= settings.target).sum()),
        pooling=True,
        cost=found.cost,
        evaluated=len(cube),
    )


def _pooled(before: Population, cube: Floats, evaluate: Evaluate, settings: MoveSettings) -> Population:
    """Add points to a pool, giving up early those that will not be chosen."""
    part = min(settings.size / (settings.size * settings.pool), 1.0)
    nearest = float(np.sort(before.distances)[max(math.ceil(part * before.drawn) - 1, 0) :][:1].sum())
    tolerance = settings.target if _affordable(before, settings) else max(nearest, settings.target)
    found = evaluate(cube, tolerance)
    distances = np.concatenate([before.distances, found.distances])
    chosen = np.sort(np.argsort(distances, kind="stable")[: settings.size])
    drawn, share = before.drawn + len(cube), len(cube) / (before.drawn + len(cube))
    after = replace(
        before,
        cube=np.concatenate([before.cube, cube])[chosen],
        distances=distances[chosen],
        lines=np.concatenate([before.lines, np.arange(before.drawn, drawn)])[chosen],
        correlations=(1 - share) * before.correlations + share * rank_correlations(cube, found.statistics),
        drawn=drawn,
        hits=before.hits + int((found.distances <= settings.target).sum()),
        cost=before.cost + found.cost,
        evaluated=before.evaluated + len(cube),
    )
    enough = after.hits >= settings.size or after.cost >= settings.budget
    return replace(
        after, pooling=not enough and (_affordable(after, settings) or drawn < settings.size * settings.pool)
    )


def _affordable(population: Population, settings: MoveSettings) -> bool:
    """Say whether enough points may well be accepted as they are drawn before the budget is spent."""
    # The first points cost more, for none was given up.
    per_point = population.cost / population.drawn * (_GIVEN_UP if population.drawn <= settings.chunk else 1.0)
    # There is no way back from moving, so that it has to be rather sure: two standard errors of a count.
    hits = population.hits + 2 * math.sqrt(population.hits + 1)
    return per_point * settings.size * population.drawn <= hits * settings.budget


def _settled(population: Population, evaluate: Evaluate, settings: MoveSettings) -> Population:
    """Find out in full how far off the chosen points of a pool are, once it grows no further."""
    if population.pooling:
        return population
    open_ones = population.distances > settings.target
    distances = population.distances.copy()
    cost = 0.0
    if open_ones.any():
        found = evaluate(population.cube[open_ones], math.inf)
        distances[open_ones], cost = found.distances, found.cost
    return replace(
        population,
        distances=distances,
        tolerance=max(float(distances.max()), settings.target),
        cost=population.cost + cost,
        evaluated=population.evaluated + int(open_ones.sum()),
    )


def rank_correlations(cube: Floats, statistics: Floats) -> Floats:
    """Return the correlations of the normal scores of coordinates and statistics.

    Parameters
    ----------
    cube
        Points, shape (n, coordinates).
    statistics
        What was found there, shape (n, statistics).

    Returns
    -------
    ndarray
        Shape (coordinates, statistics).
    """
    found: Floats = _normal_scores(cube).T @ _normal_scores(statistics) / len(cube)
    return found


def _normal_scores(values: Floats) -> Floats:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(np.nan_to_num(values, nan=np.inf, posinf=np.inf), axis=0)
    scores: Floats = ndtri(ranks / (len(values) + 1))
    scores -= scores.mean(axis=0)
    scores /= np.maximum(scores.std(axis=0), 1e-12)
    return scores


def _generation(before: Population, evaluate: Evaluate, settings: MoveSettings) -> Population:
    """Keep the nearer half, copy it, and move all about within what is left."""
    tolerance = max(float(np.quantile(before.distances, _KEPT, method="lower")), settings.target)
    rng = np.random.default_rng([settings.seed, before.generation])
    found = _refill(before, tolerance, rng)
    tried, accepted = 0, 0
    last = tolerance <= settings.target
    for number in range(_MOST_MOVES if last else _FEWER_MOVES):
        if number and found.cost >= settings.budget:
            break
        rng = np.random.default_rng([settings.seed, before.generation, number])
        taken, found = _move_once(found, evaluate, settings.fixed, rng)
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
    population: Population, evaluate: Evaluate, fixed: tuple[int, ...], rng: np.random.Generator
) -> tuple[int, Population]:
    """Propose a move to every point; returns how many moved, and where they are now."""
    sizes = np.minimum(population.step / population.sensitivity, 1.0)
    sizes[list(fixed)] = 0.0
    proposed = propose(population.cube, sizes, rng)
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
