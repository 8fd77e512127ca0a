"""Monte Carlo error, chance and ignorance: a nested normal model whose components are known."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from timeline.analysis.ignorance.resampling import bootstrap_interval
from timeline.analysis.ignorance.split import PARTS, components, ignorance_variance, mean_over_worlds, split
from timeline.analysis.ignorance.weights import effective_size, shares_of, weighted_quantiles
from timeline.arrays import Floats
from timeline.errors import TimelineError


def nested(seed: int, worlds: int, replications: int, between: float = 2.0, inside: float = 6.0) -> Floats:
    """Replications (worlds, replications) with the given deviations."""
    rng = np.random.default_rng(seed)
    return rng.normal(0, between, (worlds, 1)) + rng.normal(0, inside, (worlds, replications))


def summed(values: Floats) -> tuple[Floats, Floats, Floats]:
    inside = values.var(axis=1, ddof=1)[:, None]
    return values.mean(axis=1)[:, None], inside / values.shape[1], inside


def test_the_split_of_a_nested_normal_model_is_unbiased_with_three_replications_a_world() -> None:
    found = []
    for seed in range(400):
        mean, error, inside = summed(nested(seed, worlds=60, replications=3))
        found.append(
            [float(part[0, 0]) for part in components(np.ones((1, 60)), shares_of(None, 60), mean, error, inside)]
        )
    centre, se = np.mean(found, axis=0), np.std(found, axis=0) / 20
    assert np.all(np.abs(centre - [12.0, 36.0, 4.0]) < 3.3 * se)  # fails by chance with 0.3%
    assert se[2] < 0.2


def test_without_ignorance_the_estimate_is_below_zero_as_often_as_above() -> None:
    below = 0
    for seed in range(200):
        mean, error, _ = summed(nested(seed, worlds=80, replications=4, between=0.0))
        below += ignorance_variance(mean, error, shares_of(None, 80))[0] < 0
    assert 80 <= below <= 125  # skewed to the right, so a little more than half


def test_a_negative_variance_is_kept_and_shown_as_zero() -> None:
    table = split(["a"], np.zeros((5, 1)), np.ones((5, 1)), np.ones((5, 1)), seed=1).filter(part="ignorance")
    assert table.select("variance", "deviation", "share").rows() == [(pytest.approx(-1.0), 0.0, 0.0)]


def test_the_interval_of_ignorance_holds_the_truth_as_often_as_it_says() -> None:
    held = 0
    for seed in range(150):
        mean, error, inside = summed(nested(seed, worlds=150, replications=6))
        row = split(["a"], mean, error, inside, seed=seed, draws=400).filter(part="ignorance").row(0, named=True)
        held += row["low"] <= 4.0 <= row["high"]
    assert held >= 132  # 95% of 150 is 142; fewer than 132 has a chance below 0.1% at 93%


def test_weights_lead_to_the_worlds_that_they_stand_for() -> None:
    # Drawn from N(0, 3), weighted to N(0, 2): ignorance 4.
    found = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        theta = rng.normal(0, 3, 500)
        weights = np.exp(-(theta**2) / 2 * (1 / 4 - 1 / 9))
        values = theta[:, None] + rng.normal(0, 4, (500, 5))
        mean, error, _ = summed(values)
        found.append(ignorance_variance(mean, error, shares_of(weights, 500))[0])
    assert np.mean(found) == pytest.approx(4.0, abs=3.3 * np.std(found) / 10)


def test_luck_that_all_worlds_share_is_not_taken_off_twice() -> None:
    plain, told = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        values = rng.normal(0, 1, (100, 1)) + rng.normal(0, 4, (1, 8))  # every world meets the same eight replications
        mean, error, _ = summed(values)
        common = np.array([values.mean(axis=0).var(ddof=1) / 8])
        plain.append(ignorance_variance(mean, error, shares_of(None, 100))[0])
        told.append(ignorance_variance(mean, error, shares_of(None, 100), common)[0])
    assert np.mean(plain) == pytest.approx(-1.0, abs=0.3)
    assert np.mean(told) == pytest.approx(1.0, abs=3.3 * np.std(told) / 200**0.5)


def test_a_contrast_and_an_arm_have_three_rows_each_in_the_order_given() -> None:
    rng = np.random.default_rng(1)
    mean = rng.normal(size=(50, 2))
    table = split(["z", "a"], mean, np.full((50, 2), 0.1), np.ones((50, 2)), seed=1, draws=50)
    assert table.select("arm", "part").rows() == [(arm, part) for arm in "za" for part in PARTS]
    assert table.group_by("arm").agg(pl.col("share").sum())["share"].to_list() == pytest.approx([1.0, 1.0])


def test_luck_and_drawing_are_the_two_errors_of_the_mean_over_worlds() -> None:
    mean, error, _ = summed(nested(3, worlds=400, replications=5))
    row = mean_over_worlds(["a"], mean, error).row(0, named=True)
    assert row["luck"] == pytest.approx((36 / 5 / 400) ** 0.5, rel=0.1)
    assert row["se"] == pytest.approx(((4 + 36 / 5) / 400) ** 0.5, rel=0.1)


# Weights and intervals


def test_worlds_set_aside_are_as_if_they_had_not_been_drawn() -> None:
    mean, error, inside = summed(nested(1, worlds=40, replications=4))
    kept = np.arange(40) % 2 == 0
    once = components(np.ones((1, 40)), shares_of(kept.astype(float), 40), mean, error, inside)
    alone = components(np.ones((1, 20)), shares_of(None, 20), mean[kept], error[kept], inside[kept])
    assert [part[0, 0] for part in once] == pytest.approx([part[0, 0] for part in alone])


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0, 2.0], "given \\(2,\\) numbers, expected one for each of 3 worlds"),
        ([1.0, -2.0, 1.0], "given a negative, missing or infinite one"),
        ([1.0, float("nan"), 1.0], "given a negative, missing or infinite one"),
        ([0.0, 0.0, 1.0], "1 of 3 worlds count, expected at least 2"),
    ],
)
def test_impossible_weights_are_refused_with_a_sentence(weights: list[float], said: str) -> None:
    with pytest.raises(TimelineError, match=said):
        shares_of(np.array(weights), 3)


def test_equal_weights_are_worth_all_worlds_and_one_heavy_world_is_worth_few() -> None:
    assert effective_size(shares_of(None, 50)) == pytest.approx(50.0)
    assert effective_size(shares_of(np.array([98.0, 1.0, 1.0]), 3)) == pytest.approx(1.04, abs=0.01)


def test_weighted_quantiles_are_those_of_repeated_worlds() -> None:
    values, times = np.array([1.0, 4.0, 2.0, 8.0]), np.array([1, 3, 2, 2])
    at = np.array([0.1, 0.5, 0.9])
    assert weighted_quantiles(np.repeat(values, times), np.ones(8), np.array([0.5])) == pytest.approx([4.0])
    equal = weighted_quantiles(values, np.ones(4), at)
    assert equal == pytest.approx(np.quantile(values, at, method="hazen"))


def test_the_bootstrap_interval_of_a_skewed_mean_leans_to_the_long_side() -> None:
    values = np.random.default_rng(1).exponential(size=60)
    low, high = bootstrap_interval(lambda times: (times @ values / times.sum(axis=1))[:, None], 60, seed=2)
    assert high[0] - values.mean() > 1.1 * (values.mean() - low[0])
