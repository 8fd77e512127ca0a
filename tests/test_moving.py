"""Moving points towards a target: against posteriors that are known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.moving import (
    Evaluate,
    Evaluated,
    MoveSettings,
    Population,
    by_distance,
    move,
    propose,
)
from timeline.arrays import Floats
from timeline.study.drawn import sobol_points


def points(size: int, seed: int = 1) -> Callable[[int, int], Floats]:
    return lambda begin, end: sobol_points(size, end - begin, seed, begin)


def scores(cube: Floats) -> Floats:
    found: Floats = stats.norm.ppf(cube)
    return found


def seen(value: float, tolerance: float) -> Evaluate:
    """Evaluate by how far a noisy sight of the first coordinate is from what was seen.

    The coordinate is a standard normal, and so is the noise, the second coordinate: given what was seen the first is
    normal with half of it as its mean, and a variance of a half, but for the tolerance.
    """

    def distance(cube: Floats) -> Floats:
        z = scores(cube)
        return np.maximum(np.abs(z[:, 0] + z[:, 1] - value) - tolerance, 0.0)

    return by_distance(distance)


def test_a_proposal_leaves_even_points_even() -> None:
    cube = np.random.default_rng(1).random((20_000, 3))
    moved = propose(cube, np.array([0.05, 0.5, 1.0]), np.random.default_rng(2))
    for place in range(3):
        # By luck one p in a thousand is lower.
        assert stats.kstest(moved[:, place], "uniform").pvalue > 0.001
    kept = [np.corrcoef(scores(cube)[:, k], scores(moved)[:, k])[0, 1] for k in range(3)]
    assert kept == pytest.approx([math.sqrt(1 - 0.05**2), math.sqrt(0.75), 0.0], abs=0.03)


@pytest.mark.parametrize("coordinates", [2, 250])
def test_a_moved_population_has_the_known_posterior(coordinates: int) -> None:
    # Two in a thousand lie so far out that drawing until there are enough is not affordable.
    settings = MoveSettings(400, seed=3, budget=60_000)
    found = move(seen(4.0, 0.1), points(coordinates), settings)
    assert found.generation > 2
    assert found.arrived(0.0)
    first = scores(found.cube)[:, 0]
    # Lines are few, so that a mean of independent ones errs by .71 / sqrt(lines); four such errors are one in 15,000.
    error = math.sqrt(0.5 / found.independent)
    assert first.mean() == pytest.approx(2.0, abs=4 * error)
    assert first.std() == pytest.approx(math.sqrt(0.5), rel=0.35)


def test_coordinates_that_do_not_matter_stay_even_and_become_independent() -> None:
    found = move(seen(4.0, 0.1), points(60), MoveSettings(400, seed=3, budget=60_000))
    assert found.independent < 200
    alike = np.corrcoef(scores(found.cube)[:, 2:])
    of_one_line = (found.lines[:, None] == found.lines) & ~np.eye(400, dtype=bool)
    assert abs(alike[of_one_line].mean()) < 0.1
    worst = min(stats.kstest(found.cube[:, place], "uniform").pvalue for place in range(2, 60))
    assert worst > 0.001 / 58


def test_where_it_is_affordable_points_are_drawn_and_not_moved() -> None:
    found = move(seen(0.0, 0.3), points(2), MoveSettings(300, seed=1))
    assert (found.generation, len(set(found.lines))) == (0, 300)
    assert (found.hits / found.drawn) == pytest.approx(2 * stats.norm.cdf(0.3 / math.sqrt(2)) - 1, abs=0.03)
    # They are the first points that lie near enough.
    z = scores(points(2)(0, found.drawn))
    assert found.lines.tolist() == np.flatnonzero(np.abs(z.sum(axis=1)) <= 0.3)[:300].tolist()


def test_ranks_of_the_truth_among_moved_points_are_even() -> None:
    """Simulation-based calibration (Talts et al. 2018): the truth is one more draw from its posterior."""
    rng = np.random.default_rng(7)
    ranks = []
    for number in range(60):
        truth = rng.standard_normal()
        sight = truth + rng.standard_normal()
        found = move(seen(sight, 0.05), points(4, number), MoveSettings(60, seed=number, pool=4, budget=3_000))
        ranks.append((scores(found.cube)[:, 0] < truth).mean())
    # By luck one p in a thousand is lower.
    assert stats.kstest(ranks, "uniform").pvalue > 0.001


def test_the_same_seed_moves_alike_and_another_does_not() -> None:
    settings = MoveSettings(50, seed=3, pool=4, budget=20_000)
    one, again = (move(seen(4.0, 0.1), points(5), settings) for _ in range(2))
    assert (one.cube == again.cube).all()
    other = move(seen(4.0, 0.1), points(5), MoveSettings(50, seed=4, pool=4, budget=20_000))
    assert (one.cube != other.cube).any()


@pytest.mark.parametrize("stop", [0, 2, 5])
def test_a_search_that_was_stopped_goes_on_as_if_it_had_not_been(stop: int) -> None:
    kept: list[Population] = []
    settings = MoveSettings(50, seed=3, pool=4, budget=20_000)
    whole = move(seen(4.0, 0.1), points(5), settings, keep=kept.append)
    assert len(kept) > 5
    again = move(seen(4.0, 0.1), points(5), settings, begun=kept[stop])
    assert (again.cube == whole.cube).all()
    assert again.cost == whole.cost


def test_the_budget_ends_a_search_that_leads_nowhere() -> None:
    found = move(by_distance(lambda cube: 1 + cube[:, 0]), points(3), MoveSettings(20, seed=1, budget=2_000))
    assert not found.arrived(0.0)
    assert found.distances.min() > 1
    assert found.cost < 4_000


def test_a_point_that_is_given_up_early_is_never_kept() -> None:
    def evaluate(cube: Floats, tolerance: float) -> Evaluated:
        exact = np.maximum(cube[:, 0] - 0.02, 0)
        rough = np.where(exact > tolerance, tolerance + 1, exact)
        return Evaluated(rough, exact[:, None], float(len(cube)))

    found = move(evaluate, points(3), MoveSettings(100, seed=1))
    assert (found.cube[:, 0] <= 0.02).all()


def test_points_that_cannot_be_are_never_kept() -> None:
    def distance(cube: Floats) -> Floats:
        return np.where(cube[:, 1] < 0.5, np.inf, np.maximum(cube[:, 0] - 0.001, 0))

    found = move(by_distance(distance), points(3), MoveSettings(50, seed=1, budget=6_000))
    assert (found.cube[:, 1] >= 0.5).all()
    assert found.arrived(0.0)
