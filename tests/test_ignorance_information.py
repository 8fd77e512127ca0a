"""What knowing would be worth, against decision problems with a closed form."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.ignorance.information import information_table, perfect_information
from timeline.analysis.ignorance.smoother import designs_of, features, fit_smooth, left_out_values
from timeline.analysis.ignorance.study_information import study_table
from timeline.analysis.ignorance.weights import shares_of
from timeline.analysis.ignorance.world_draws import draw_worlds
from timeline.arrays import Floats

AT_ZERO = stats.norm.pdf(0)


def unit_loss(mean: float, deviation: float) -> float:
    """E max(0, N(mean, deviation)) - max(0, mean): what knowing it is worth between it and 0."""
    t = mean / deviation
    return deviation * stats.norm.pdf(t) + mean * stats.norm.cdf(t) - max(0.0, mean)


def two_arms(seed: int, worlds: int = 1000, mean: float = 0.0) -> tuple[Floats, Floats]:
    """Drivers (worlds, 3), the third inert, and values: 0, and mean + x1 + 0.3 x2 + noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(worlds, 3))
    return x, np.column_stack([np.zeros(worlds), mean + x[:, 0] + 0.3 * x[:, 1] + rng.normal(size=worlds)])


GROUPS = {"first": [0], "second": [1], "inert": [2], "both": [0, 1]}


# Perfect information


def test_knowing_everything_is_worth_the_closed_form_in_spite_of_inner_noise() -> None:
    rng = np.random.default_rng(1)
    mean = np.column_stack([np.zeros(3000), 0.5 + rng.normal(0, 1, 3000) + rng.normal(0, 1.5, 3000)])
    error = np.column_stack([np.zeros(3000), np.full(3000, 2.25)])
    found = perfect_information(draw_worlds("ab", mean, error, seed=2))
    assert found.low < unit_loss(0.5, 1.0) < found.high
    assert found.value == pytest.approx(unit_loss(0.5, 1.0), abs=0.06)  # as seen 0.50


# Partial information


@cache
def repeated(mean: float) -> tuple[Floats, Floats]:
    """Plug-in and cross-fitted values of twelve seeds, shape (12, groups) each."""
    tables = []
    for seed in range(12):
        x, values = two_arms(seed, mean=mean)
        tables.append(information_table(GROUPS, x, values, seed=seed, dummies=1))
    return np.array([t["value"] for t in tables]), np.array([t["cross_fitted"] for t in tables])


def truth_of(mean: float) -> Floats:
    return np.array([unit_loss(mean, 1.0), unit_loss(mean, 0.3), 0.0, unit_loss(mean, 1.09**0.5)])


@pytest.mark.parametrize("mean", [0.0, 0.5])
def test_knowing_one_driver_or_two_is_worth_the_closed_form(mean: float) -> None:
    found = repeated(mean)[0]
    se = np.std(found, axis=0) / 12**0.5
    assert np.all(np.abs(found.mean(axis=0) - truth_of(mean)) < 3.3 * se + 0.01)  # so much of it may be bias
    assert se.max() < 0.015


@pytest.mark.parametrize("mean", [0.0, 0.5])
def test_the_cross_fitted_value_is_not_too_large(mean: float) -> None:
    found = repeated(mean)[1]
    se = np.std(found, axis=0) / 12**0.5
    assert np.all(found.mean(axis=0) <= truth_of(mean) + 3.3 * se)
    assert np.all(found.mean(axis=0) > truth_of(mean) - 0.03 - 3.3 * se)


def test_the_standard_error_is_that_of_repeated_worlds() -> None:
    values, errors = [], []
    for seed in range(40):
        x, gains = two_arms(seed, worlds=500)
        table = information_table({"first": [0], "second": [1]}, x, gains, seed=seed, dummies=1)
        values.append(table["value"].to_list())
        errors.append(table["se"].to_list())
    assert np.std(values, axis=0) == pytest.approx(np.mean(errors, axis=0), rel=0.35)  # 3 errors of 40


def test_two_drivers_that_matter_only_together_are_worth_nothing_alone() -> None:
    # max(0, x1 x2): E|x1| E|x2| / 2 = 1 / pi.
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2000, 2))
    values = np.column_stack([np.zeros(2000), x[:, 0] * x[:, 1] + rng.normal(size=2000)])
    table = information_table({"one": [0], "two": [1], "both": [0, 1]}, x, values, seed=4)
    assert table["value"][:2].max() < 0.05
    assert table["value"][2] == pytest.approx(1 / np.pi, abs=0.05)
    assert table["cross_fitted"][2] > 0.2
    assert table["above_all"].to_list()[2]


def test_of_many_inert_drivers_about_one_in_twenty_lies_above_the_floor() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(size=(500, 100))
    values = np.column_stack([np.zeros(500), rng.normal(size=(500, 3))])
    table = information_table({str(i): [i] for i in range(100)}, x, values, seed=6)
    assert 0 <= table["above_floor"].sum() <= 12  # 5 expected
    assert table["above_all"].sum() <= 5  # 1 expected
    assert table["value"].mean() < 0.03


def test_a_driver_among_fourteen_arms_and_many_inert_ones_stands_out() -> None:
    rng = np.random.default_rng(7)
    x = rng.uniform(size=(600, 40))
    values = rng.normal(size=(600, 14)) * 0.5
    values[:, 3] += 2 * (x[:, 11] - 0.5)
    table = information_table({str(i): [i] for i in range(40)}, x, values, seed=8).sort("value", descending=True)
    assert table["name"][0] == "11"
    assert table["above_all"][0]
    assert table["value"][0] == pytest.approx(0.25, abs=0.08)  # E max(0, U(-1, 1))


def test_weights_give_the_value_among_the_worlds_they_stand_for() -> None:
    # Drawn from N(0, 1), weighted to N(0, 1/2).
    found = []
    for seed in range(10):
        x, values = two_arms(seed, worlds=1500)
        weights = np.exp(-(x[:, 0] ** 2) / 2 * (4 - 1))
        found.append(information_table({"first": [0]}, x, values, seed=seed, weights=weights, dummies=1)["value"][0])
    assert np.mean(found) == pytest.approx(AT_ZERO / 2, abs=3.3 * np.std(found) / 10**0.5 + 0.01)


def test_the_same_seed_tells_the_same_story() -> None:
    x, values = two_arms(9, worlds=300)
    assert information_table(GROUPS, x, values, seed=1).equals(information_table(GROUPS, x, values, seed=1))


def test_a_driver_that_never_varies_is_worth_nothing() -> None:
    x, values = two_arms(10, worlds=200)
    x[:, 2] = 0.3
    table = information_table({"still": [2], "with another": [2, 0]}, x, values, seed=1, dummies=5)
    assert table["value"][0] == 0.0
    assert table["value"][1] > 0.2


# Studies


def test_a_study_is_worth_what_the_normal_model_says() -> None:
    # The posterior mean after n observations with deviation s has deviation 1 / sqrt(1 + s^2 / n).
    sizes = [1, 4, 25]
    found = []
    for seed in range(6):
        x, values = two_arms(seed, mean=0.4)
        table = study_table(x[:, 0], values, deviation=2.0, sizes=sizes, seed=seed, results=3)
        found.append(table["value"].to_list())
    truth = [unit_loss(0.4, (1 + 4 / n) ** -0.5) for n in sizes]
    assert np.all(np.abs(np.mean(found, axis=0) - truth) < 3.3 * np.std(found, axis=0) / 6**0.5 + 0.01)


# The smoother


def test_features_carry_nearly_all_of_the_kernel_of_two_drivers() -> None:
    ranks = np.random.default_rng(10).uniform(size=(200, 2))
    factor = features(ranks, 12.0, 60)
    pivots = features(ranks, 12.0, 199)
    assert np.sum(factor**2) == pytest.approx(np.sum(pivots**2), rel=2e-3)


def test_a_smooth_curve_is_found_through_noise() -> None:
    rng = np.random.default_rng(11)
    ranks = (rng.permutation(800)[:, None] + 0.5) / 800
    truth = np.sin(2 * np.pi * ranks)
    fit = fit_smooth(designs_of(ranks, shares_of(None, 800)), truth + rng.normal(size=(800, 1)))
    assert np.sqrt(np.mean((fit.values - truth) ** 2)) < 0.13  # noise 1
    assert fit.residual_covariance[0, 0] == pytest.approx(1.0, abs=0.17)


def test_noise_alone_leaves_few_degrees_of_freedom() -> None:
    rng = np.random.default_rng(12)
    ranks = (rng.permutation(400)[:, None] + 0.5) / 400
    degrees = fit_smooth(designs_of(ranks, shares_of(None, 400)), rng.normal(size=(400, 200))).degrees
    assert np.median(degrees) < 0.1
    assert degrees.mean() < 0.7


def test_what_is_said_of_a_left_out_world_does_not_know_it() -> None:
    rng = np.random.default_rng(13)
    ranks = rng.uniform(size=(100, 1))
    values = rng.normal(size=(100, 1))
    folds = np.arange(100) % 5
    shares = shares_of(None, 100)
    before = left_out_values(designs_of(ranks, shares), values, folds)
    values[folds == 2] += 50.0
    after = left_out_values(designs_of(ranks, shares), values, folds)
    assert after[folds == 2] == pytest.approx(before[folds == 2])
    assert np.abs(after[folds == 1] - before[folds == 1]).max() > 1


def test_a_fit_of_some_worlds_is_the_same_whether_they_are_all_or_a_part() -> None:
    rng = np.random.default_rng(14)
    ranks = np.sort(rng.uniform(size=(200, 1)), axis=0)
    values = 3 * ranks + rng.normal(size=(200, 1)) * 0.1
    folds = np.arange(200) % 4
    said = left_out_values(designs_of(ranks, shares_of(None, 200)), values, folds)
    assert said == pytest.approx(3 * ranks, abs=0.1)
