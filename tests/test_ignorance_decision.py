"""Which arm is best in how many worlds, and what a choice costs: inner noise must not pass for merit."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from timeline.analysis.ignorance.best_in_worlds import credit, probability_best
from timeline.analysis.ignorance.dominance import dominance_table
from timeline.analysis.ignorance.idle_worlds import idle_worlds
from timeline.analysis.ignorance.regret import regret_table
from timeline.analysis.ignorance.satisficing import above_threshold, within_margin
from timeline.analysis.ignorance.world_draws import WorldDraws, draw_worlds, paired_covariance
from timeline.arrays import Floats

ARMS = tuple("abcdefgh")


def certain(values: Floats, shares: Floats | None = None) -> WorldDraws:
    """One draw: values (worlds, arms) known exactly."""
    equal = np.full(len(values), 1 / len(values))
    return WorldDraws(ARMS[: values.shape[1]], values[None], (equal if shares is None else shares)[None])


def seen(seed: int, worlds: int, between: Floats, noise: float) -> tuple[Floats, Floats]:
    """True values with the given means and unit deviations where not 0, and means with noise."""
    rng = np.random.default_rng(seed)
    theta = between[0] + rng.normal(size=(worlds, between.shape[1])) * between[1]
    return theta, theta + rng.normal(size=theta.shape) * noise


# Draws


def test_draws_have_the_spread_of_ignorance_and_not_of_the_means_seen() -> None:
    _, mean = seen(1, 2000, np.array([[0.0, 1.0, 2.0], [1.0, 2.0, 0.5]]), 1.5)
    drawn = draw_worlds(ARMS[:3], mean, np.full((2000, 3), 2.25), seed=2)
    assert drawn.values.std(axis=1).mean(axis=0) == pytest.approx([1.0, 2.0, 0.5], abs=0.15)
    assert drawn.values.mean(axis=(0, 1)) == pytest.approx([0.0, 1.0, 2.0], abs=0.15)


def test_a_draw_of_a_world_is_the_posterior_of_the_normal_model() -> None:
    # Deviation 1 between, noise 1: the posterior of a world seen at 2 is N(1, 1/2).
    rng = np.random.default_rng(3)
    mean = rng.normal(0, 2**0.5, (2000, 1))
    mean[0] = 2.0
    drawn = draw_worlds(["a"], mean, np.ones((2000, 1)), seed=4, draws=300).values[:, 0, 0]
    assert drawn.mean() == pytest.approx(1.0, abs=0.14)
    assert drawn.var() == pytest.approx(0.5, abs=0.14)  # 3.3 errors of 300 draws


def test_a_world_without_noise_stays_where_it_is() -> None:
    _, mean = seen(5, 50, np.array([[0.0, 0.0], [1.0, 1.0]]), 0.0)
    error = np.ones((50, 2))
    error[7] = 0.0
    assert np.all(draw_worlds("ab", mean, error, seed=1, draws=5).values[:, 7] == mean[7])


def test_luck_that_all_worlds_share_in_part_is_taken_off_in_part() -> None:
    rng = np.random.default_rng(14)
    theta = rng.normal(size=(2000, 2))
    mean = theta + rng.normal(size=2) + rng.normal(size=(2000, 2))  # half of the luck's variance is common
    drawn = draw_worlds("ab", mean, np.full((2000, 2), 2.0), seed=1, shared=0.5, draws=20)
    assert drawn.values.std(axis=1).mean(axis=0) == pytest.approx([1.0, 1.0], abs=0.1)


def test_the_baseline_of_paired_differences_stays_at_zero() -> None:
    rng = np.random.default_rng(6)
    difference = np.column_stack([np.zeros(200), rng.normal(0, 1, (200, 2))])
    error = np.column_stack([np.zeros(200), np.ones((200, 2))])
    drawn = draw_worlds("abc", difference, paired_covariance(error), seed=1, draws=10)
    assert np.abs(drawn.values[:, :, 0]).max() < 1e-8


def test_worlds_that_do_not_count_change_nothing_that_is_said() -> None:
    theta, mean = seen(7, 100, np.array([[0.0, 0.3], [1.0, 1.0]]), 0.5)
    counted = (np.arange(100) < 60).astype(float)
    mean[60:] = [100.0, 0.0]
    drawn = draw_worlds("ab", mean, np.full((100, 2), 0.25), seed=1, weights=counted)
    table = regret_table(drawn)
    assert table["worst"].max() < 10
    assert probability_best(drawn)["best"][0] == pytest.approx(np.mean(theta[:60, 0] > theta[:60, 1]), abs=0.15)


# The best


def test_ties_share_their_world() -> None:
    assert credit(np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 2.0, 2.0, 0.0]])).tolist() == [[0.25] * 4, [0, 0.5, 0.5, 0]]


def test_how_often_an_arm_is_best_is_found_through_noise() -> None:
    # Two arms: best with chance Phi(0.7 / sqrt 2) = 0.69; as seen through noise 2: Phi(0.7 / sqrt 10) = 0.587.
    truth = stats.norm.cdf(0.7 / 2**0.5)
    found = []
    for seed in range(12):
        _, mean = seen(seed, 800, np.array([[0.0, 0.7], [1.0, 1.0]]), 2.0)
        found.append(probability_best(draw_worlds("ab", mean, np.full((800, 2), 4.0), seed=seed, draws=40))["best"][1])
    assert np.mean(found) == pytest.approx(truth, abs=3.3 * np.std(found) / 12**0.5 + 0.01)
    assert np.std(found) / 12**0.5 < 0.02


def test_of_arms_that_are_all_equal_none_is_best_with_more_than_its_share() -> None:
    held, regret = 0, []
    for seed in range(12):
        _, mean = seen(seed, 300, np.zeros((2, 4)), 1.0)
        drawn = draw_worlds(ARMS[:4], mean, np.ones((300, 4)), seed=seed, draws=60)
        table = probability_best(drawn)
        held += table.filter(pl.col("low") <= 0.25, pl.col("high") >= 0.25).height
        regret.append(regret_table(drawn)["mean"].mean())
    assert held >= 41  # of 48 intervals 46 are expected
    assert np.mean(regret) < 0.35  # as seen: 1.03; so much ignorance cannot be excluded with 300 worlds


def test_the_interval_of_the_probability_holds_the_truth_as_often_as_it_says() -> None:
    truth, held = stats.norm.cdf(0.7 / 2**0.5), 0
    for seed in range(40):
        _, mean = seen(seed, 200, np.array([[0.0, 0.7], [1.0, 1.0]]), 1.0)
        table = probability_best(draw_worlds("ab", mean, np.ones((200, 2)), seed=seed, draws=60))
        held += table["low"][0] <= 1 - truth <= table["high"][0]
    assert held >= 33  # 38 expected; fewer than 33 has a chance of 0.6% at 93%


# Regret and satisficing


def test_regret_of_known_values_is_that_of_the_table() -> None:
    table = regret_table(certain(np.array([[1.0, 0.0], [0.0, 3.0], [2.0, 2.0], [0.0, 1.0]])))
    assert table["mean"].to_list() == [1.0, 0.25]
    assert table["worst"].to_list() == [3.0, 1.0]


def test_mean_regret_through_noise_is_that_of_the_closed_form() -> None:
    # E max(A, B) of independent normals with means 0 and 0.7, deviation 1 (Clark 1961).
    scale = 2**0.5
    most = 0.7 * stats.norm.cdf(0.7 / scale) + scale * stats.norm.pdf(0.7 / scale)
    found = []
    for seed in range(12):
        _, mean = seen(seed, 800, np.array([[0.0, 0.7], [1.0, 1.0]]), 2.0)
        found.append(
            regret_table(draw_worlds("ab", mean, np.full((800, 2), 4.0), seed=seed, draws=40))["mean"].to_list()
        )
    assert np.mean(found, axis=0) == pytest.approx([most, most - 0.7], abs=0.1)


def test_satisficing_counts_worlds_by_their_share() -> None:
    shares = np.array([0.7, 0.1, 0.1, 0.1])
    drawn = certain(np.array([[0.0, 3.0], [1.0, 0.0], [2.0, 2.0], [0.0, 1.0]]), shares)
    assert within_margin(drawn, 1.0)["share"].to_list() == pytest.approx([0.3, 1.0])
    assert above_threshold(drawn, 1.0)["share"].to_list() == pytest.approx([0.2, 0.9])


def test_regret_with_heavy_tails_and_idle_worlds_is_close_to_the_truth() -> None:
    found = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        scale = np.exp(rng.normal(size=1000)) * (rng.uniform(size=1000) > 0.3)
        theta = np.column_stack([np.zeros(1000), *(scale * rng.normal(d, 0.8, 1000) for d in (0.3, 0.1, -0.2))])
        common, own = rng.normal(size=(1000, 1)), rng.normal(size=(1000, 3))
        luck = scale[:, None] * (common + own) / 2**0.5  # any two differences share half of their luck
        mean = theta + np.column_stack([np.zeros(1000), luck])
        error = np.column_stack([np.zeros(1000), *[scale**2] * 3])
        drawn = draw_worlds(ARMS[:4], mean, paired_covariance(error), seed=seed, draws=40)
        tables = [regret_table(each)["mean"][1] for each in (drawn, certain(theta), certain(mean))]
        found.append([*tables, *(probability_best(each)["best"][1] for each in (drawn, certain(theta)))])
    told, truth, seen_through_noise, best, truly_best = np.mean(found, axis=0)
    assert abs(told - truth) < 0.15 * truth
    assert seen_through_noise > 1.4 * truth
    assert best == pytest.approx(truly_best, abs=0.02)


# Dominance


def dominates(drawn: WorldDraws, arm: str, over: str) -> dict[str, float]:
    return dict(dominance_table(drawn).filter(arm=arm, over=over).select("order", "sure").rows())


def test_an_arm_ahead_in_every_world_dominates_in_every_order() -> None:
    base = np.random.default_rng(11).normal(size=200)
    drawn = certain(np.column_stack([base, base + 0.1]))
    assert dominates(drawn, "b", "a") == {"every world": 1.0, "first": 1.0, "second": 1.0}
    assert dominates(drawn, "a", "b") == {"every world": 0.0, "first": 0.0, "second": 0.0}


def test_the_same_values_in_another_order_dominate_nothing() -> None:
    base = np.random.default_rng(12).normal(size=200)
    assert set(dominates(certain(np.column_stack([base, base[::-1]])), "b", "a").values()) == {0.0}


def test_less_risk_at_the_same_mean_dominates_in_the_second_order_only() -> None:
    base = stats.norm.ppf((np.arange(400) + 0.5) / 400)
    drawn = certain(np.column_stack([2 * base, base]))
    assert dominates(drawn, "b", "a") == {"every world": 0.0, "first": 0.0, "second": 1.0}


def test_noise_alone_leaves_dominance_unsure() -> None:
    _, mean = seen(13, 200, np.zeros((2, 2)), 1.0)
    sure = dominance_table(draw_worlds("ab", mean, np.ones((200, 2)), seed=1)).filter(order="first")["sure"]
    assert sure.max() < 0.95


# Idle worlds


def test_worlds_in_which_nothing_comes_about_are_counted_by_their_weight() -> None:
    mean = np.array([[0.0, 0.0], [0.0, 0.3], [0.2, 0.1], [0.005, 0.0]])
    found = idle_worlds(mean, weights=np.array([3.0, 1.0, 1.0, 1.0]))
    assert found.share == pytest.approx(4 / 6)
    assert found.low < found.share < found.high
