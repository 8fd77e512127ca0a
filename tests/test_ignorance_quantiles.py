"""Quantiles between worlds free of inner noise, and how to split a budget to know them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.ignorance.allocation import Pilot, allocate, pilot_of, quantile_error
from timeline.analysis.ignorance.quantiles_between import quantiles_between_worlds
from timeline.analysis.ignorance.shrinkage import shrunken
from timeline.analysis.ignorance.weights import shares_of, weighted_quantiles, weighted_variance
from timeline.arrays import Floats
from timeline.errors import TimelineError

AT = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


def drawn_quantiles(theta: Floats, error: Floats, rng: np.random.Generator, weights: Floats | None = None) -> Floats:
    mean = theta + rng.normal(size=theta.shape) * np.sqrt(error)
    shares = shares_of(weights, len(theta))
    return weighted_quantiles(shrunken(mean[:, None], error[:, None], shares)[:, 0], shares, AT)


def over_seeds(draw: object, seeds: int = 60) -> tuple[Floats, Floats]:
    found = np.array([draw(np.random.default_rng(seed)) for seed in range(seeds)])  # type: ignore[operator]
    return found.mean(axis=0), found.std(axis=0) / seeds**0.5


def test_quantiles_of_a_normal_model_are_right_though_noise_is_as_large_as_ignorance() -> None:
    def draw(rng: np.random.Generator) -> Floats:
        return drawn_quantiles(rng.normal(1, 2, 1000), rng.uniform(1, 7, 1000), rng)

    centre, se = over_seeds(draw)
    assert centre == pytest.approx(stats.norm(1, 2).ppf(AT), abs=0.05)
    assert se.max() < 0.03


def test_quantiles_of_a_skewed_model_are_off_by_no_more_than_is_stated() -> None:
    def off(noise: float) -> Floats:
        def draw(rng: np.random.Generator) -> Floats:
            return drawn_quantiles(rng.exponential(1, 2000), np.full(2000, noise), rng)

        return np.abs(over_seeds(draw, 20)[0] - stats.expon.ppf(AT))

    fourth, twentieth = off(1 / 4), off(1 / 20)
    assert fourth.max() < 0.32
    assert fourth[1:].max() < 0.16
    assert twentieth.max() < 0.12
    assert twentieth[1:].max() < 0.05


def test_a_heap_of_worlds_at_zero_stays_a_heap() -> None:
    # 40% of worlds have nothing in force and hence no noise; the others are far from 0, with noise.
    rng = np.random.default_rng(3)
    theta = np.where(rng.uniform(size=3000) < 0.4, 0.0, rng.normal(5, 1, 3000))
    error = np.where(theta == 0, 0.0, 0.5)
    mean = theta + rng.normal(size=3000) * np.sqrt(error)
    values = shrunken(mean[:, None], error[:, None], shares_of(None, 3000))[:, 0]
    assert np.array_equal(values == 0, theta == 0)
    told = weighted_quantiles(values, np.ones(3000), np.array([0.2, 0.5, 0.95]))
    truth = np.quantile(theta, [0.2, 0.5, 0.95])
    assert told == pytest.approx(truth, abs=0.12)
    assert abs(np.quantile(mean, 0.95) - truth[2]) > abs(told[2] - truth[2])


def test_mean_and_variance_are_exact_under_weights_and_unequal_errors() -> None:
    rng = np.random.default_rng(4)
    mean, error = rng.normal(0, 3, (300, 2)), rng.uniform(0, 4, (300, 2))
    shares = shares_of(rng.uniform(size=300), 300)
    values = shrunken(mean, error, shares)
    left = 1 - np.sum(shares**2)
    expected = weighted_variance(mean, shares) - (shares * (1 - shares)) @ error / left
    assert shares @ values == pytest.approx(shares @ mean)
    assert weighted_variance(values, shares) == pytest.approx(expected, rel=2e-3)


def test_without_ignorance_all_worlds_have_one_value() -> None:
    rng = np.random.default_rng(5)
    values = shrunken(rng.normal(0, 0.5, (50, 1)), np.ones((50, 1)), shares_of(None, 50))
    assert np.ptp(values) < 1e-12


def test_the_interval_of_each_quantile_holds_the_truth_as_often_as_it_says() -> None:
    truth, held = stats.norm.ppf([0.05, 0.5, 0.95]), np.zeros(3)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        mean = rng.normal(size=(200, 1)) + rng.normal(size=(200, 1))
        table = quantiles_between_worlds(["a"], mean, np.ones((200, 1)), seed=seed, draws=100)
        held += (table["low"].to_numpy() <= truth) & (truth <= table["high"].to_numpy())
    assert held.min() >= 50  # 57 expected; fewer than 50 has a chance of 0.8% for a coverage of 93%


def test_weights_give_the_quantiles_of_the_worlds_they_stand_for() -> None:
    def draw(rng: np.random.Generator) -> Floats:
        theta = rng.normal(0, 3, 3000)
        return drawn_quantiles(theta, np.full(3000, 4.0), rng, weights=np.exp(-(theta**2) / 2 * (1 / 4 - 1 / 9)))

    centre, _ = over_seeds(draw, 30)
    assert centre == pytest.approx(stats.norm(0, 2).ppf(AT), abs=0.15)


def test_quantiles_of_contrasts_whose_errors_grow_with_them_are_right_among_like_errors() -> None:
    # A mixture of scales: in some worlds nothing happens, in others much, and luck with it. All tails count.
    def off(like_errors: bool) -> Floats:
        found = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            scale = np.exp(rng.normal(size=1000)) * (rng.uniform(size=1000) > 0.3)
            theta = scale * rng.normal(0.3, 0.8, 1000)
            mean = theta + scale * rng.normal(size=1000) * 0.8
            error = (0.8 * scale[:, None]) ** 2
            values = shrunken(mean[:, None], error, shares_of(None, 1000), like_errors=like_errors)[:, 0]
            found.append(np.quantile(values, AT) - np.quantile(theta, AT))
        return np.abs(np.mean(found, axis=0))

    assert off(True).max() < 0.25 < 0.3 < off(False).max()
    assert np.all(off(True)[:2] < 0.5 * off(False)[:2])


def test_the_median_of_idle_worlds_is_zero_however_they_are_drawn_together() -> None:
    rng = np.random.default_rng(6)
    mean = np.where(np.arange(400) < 240, 0.0, rng.normal(3, 1, 400))[:, None]
    table = quantiles_between_worlds(["a"], mean, 0.2 * (mean != 0), seed=1, draws=20, like_errors=True)
    assert table["quantile"][1] == 0.0
    assert table["low"][1] == 0.0 == table["high"][1]


@pytest.mark.parametrize("like_errors", [False, True])
def test_luck_that_all_worlds_share_draws_nothing_together(like_errors: bool) -> None:
    rng = np.random.default_rng(7)
    theta = rng.normal(size=400)
    mean = (theta + rng.normal())[:, None]  # one and the same luck in every world
    shared = np.ones(1)
    values = shrunken(mean, np.ones((400, 1)), shares_of(None, 400), shared, like_errors=like_errors)
    assert values == pytest.approx(mean, abs=2e-3)


# Splitting a budget


@pytest.mark.parametrize(("noise", "at"), [(0.25, 0.5), (0.25, 0.95), (2.0, 0.5), (2.0, 0.95)])
def test_the_error_foretold_is_the_error_found(noise: float, at: float) -> None:
    found = []
    for seed in range(250):
        rng = np.random.default_rng(seed)
        mean = rng.normal(size=300) + rng.normal(size=300) * noise**0.5
        values = shrunken(mean[:, None], np.full((300, 1), noise), shares_of(None, 300))[:, 0]
        found.append(weighted_quantiles(values, np.ones(300), np.array([at]))[0] - stats.norm.ppf(at))
    foretold = quantile_error(Pilot(1.0, noise * 10), worlds=300, replications=10, at=[at])
    assert np.sqrt(np.mean(np.square(found))) == pytest.approx(foretold, rel=0.15)  # 3.3 errors of 250 squares


def test_the_bias_foretold_for_a_skewed_law_is_of_the_size_found() -> None:
    rng = np.random.default_rng(1)
    theta = rng.exponential(1, 200_000)
    mean = theta + rng.normal(0, 0.5, 200_000)
    values = shrunken(mean[:, None], np.full((200_000, 1), 0.25), shares_of(None, 200_000))[:, 0]
    off = abs(np.quantile(values, 0.95) - stats.expon.ppf(0.95))
    foretold = quantile_error(Pilot(1.0, 2.5, skewness=2.0), worlds=1e12, replications=10, at=[0.95])
    assert 0.5 * foretold < off < 1.5 * foretold


def test_more_chance_asks_for_more_replications_a_world() -> None:
    told = [allocate(Pilot(1.0, chance), 100_000).replications for chance in (10.0, 100.0, 1000.0)]
    assert told == sorted(told)
    assert told[0] < told[2]


def test_dear_worlds_ask_for_more_replications_in_each() -> None:
    cheap = allocate(Pilot(1.0, 100.0), 100_000)
    dear = allocate(Pilot(1.0, 100.0), 100_000, world_cost=500)
    assert dear.replications > cheap.replications
    assert dear.worlds * (dear.replications + 500) <= 100_000


def test_the_chosen_split_is_no_worse_than_its_neighbours() -> None:
    pilot = Pilot(1.0, 300.0, skewness=1.5)
    chosen = allocate(pilot, 300_000)
    for times in (0.8, 1.25):
        other = chosen.replications * times
        assert quantile_error(pilot, 300_000 / other, other) >= chosen.error


def test_a_pilot_tells_ignorance_from_chance() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(0, 1, (4000, 1)) + rng.normal(0, 5, (4000, 20))
    inside = values.var(axis=1, ddof=1)
    pilot = pilot_of(values.mean(axis=1), inside / 20, inside)
    assert pilot.ignorance == pytest.approx(1.0, abs=0.17)  # 3.3 errors of 0.05
    assert pilot.chance == pytest.approx(25.0, rel=0.02)
    assert abs(pilot.skewness) < 0.4


def test_a_budget_that_buys_too_few_worlds_is_refused_with_the_number_needed() -> None:
    with pytest.raises(TimelineError, match="given 300 replications of an arm, expected at least 500"):
        allocate(Pilot(1.0, 1.0), 300)
