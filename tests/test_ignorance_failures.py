"""Where advice fails: planted boxes are found, pure noise gives none; flip points, tornado, structures."""

from __future__ import annotations

import numpy as np
import pytest

from timeline.analysis.ignorance.boxes import Box
from timeline.analysis.ignorance.discovery import find_failures
from timeline.analysis.ignorance.flips import (
    FLIPS,
    HOLDS,
    MAY_FLIP,
    Ladder,
    crossing,
    flip_sentence,
    flip_table,
    tornado_table,
)
from timeline.analysis.ignorance.peeling import Peeler
from timeline.analysis.ignorance.structures import structure_table
from timeline.analysis.ignorance.tree import tree_table
from timeline.analysis.ignorance.world_draws import WorldDraws
from timeline.arrays import Floats
from timeline.errors import TimelineError

NAMES = [f"d{i}" for i in range(30)]


def planted(seed: int, worlds: int = 600, noise: float = 0.0) -> tuple[Floats, Floats]:
    """Thirty drivers; advice fails where the fifth is above 0.6 and the tenth below 0.5, but for some noise."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(worlds, 30))
    fails = (x[:, 5] > 0.6) & (x[:, 10] < 0.5)
    return x, (fails ^ (rng.uniform(size=worlds) < noise)).astype(float)


# Boxes


def test_a_planted_box_is_found_with_its_borders() -> None:
    x, fails = planted(1)
    (found,) = find_failures(NAMES, x, fails, seed=1, permutations=39)
    assert set(found.box.ranges) == {5, 10}
    assert found.box.ranges[5][0] == pytest.approx(0.6, abs=0.02)
    assert found.box.ranges[10][1] == pytest.approx(0.5, abs=0.02)
    assert found.coverage > 0.95
    assert found.density > 0.95
    assert found.p_value == 1 / 40
    assert found.restrictions["again"].to_list() == [1.0, 1.0]
    assert found.density_elsewhere == pytest.approx(1.0, abs=0.08)


def test_a_planted_box_is_found_through_noise_and_told_as_a_rule() -> None:
    x, fails = planted(2, worlds=1000, noise=0.15)
    found = find_failures(NAMES, x, fails, seed=1, permutations=19)[0]
    assert {5, 10} <= set(found.box.ranges)
    assert len(found.box.ranges) <= 4
    assert found.rule.startswith("d5 at least 0.")
    assert found.density > 0.7 > 0.4 > found.base
    assert found.stands_out > found.chance_stands_out
    assert found.restrictions.filter(driver="d5")["quasi_p"][0] < 1e-6


def test_the_density_elsewhere_is_not_too_large_where_the_density_is() -> None:
    # In the planted box nine of ten fail, elsewhere one of ten; worlds are few, so the search follows noise.
    found = []
    for seed in (0, 2, 4):
        x, fails = planted(seed, worlds=300, noise=0.1)
        box = find_failures(NAMES, x, fails, seed=1, permutations=19, most=1)[0]
        found.append((box.density, box.density_elsewhere))
    density, elsewhere = np.mean(found, axis=0)
    assert 0.55 < elsewhere < min(density, 0.9)


def test_pure_noise_gives_no_box_as_often_as_is_said() -> None:
    boxes = 0
    for seed in range(14):
        rng = np.random.default_rng(seed)
        x, fails = rng.uniform(size=(120, 20)), (rng.uniform(size=120) < 0.3).astype(float)
        boxes += len(find_failures(NAMES[:20], x, fails, seed=seed, permutations=19, most=1))
    assert boxes <= 3  # 0.7 expected; more than 3 has a chance of 0.4%


def test_two_boxes_are_found_one_after_another() -> None:
    rng = np.random.default_rng(3)
    x = rng.uniform(size=(1000, 10))
    fails = ((x[:, 1] < 0.3) & (x[:, 2] < 0.5)) | ((x[:, 4] > 0.7) & (x[:, 7] > 0.5))
    found = find_failures(NAMES[:10], x, fails.astype(float), seed=1, permutations=19)
    assert {frozenset(box.box.ranges) for box in found} == {frozenset({1, 2}), frozenset({4, 7})}
    assert sum(box.coverage for box in found) > 0.95


def test_the_path_trades_coverage_for_density() -> None:
    x, fails = planted(4)
    path = find_failures(NAMES, x, fails, seed=1, permutations=19)[0].path
    assert path["coverage"][0] == 1.0
    assert path["density"][0] == pytest.approx(fails.mean())
    assert path["mass"].is_sorted(descending=True)
    assert path["density"][-1] > 0.9


def test_a_switch_is_peeled_as_a_whole() -> None:
    rng = np.random.default_rng(5)
    x = rng.uniform(size=(400, 6))
    x[:, 2] = rng.integers(0, 2, 400)
    fails = (x[:, 2] == 1) & (x[:, 0] > 0.5)
    (found,) = find_failures(NAMES[:6], x, fails.astype(float), seed=1, permutations=19)
    assert found.rule.endswith("d2 at least 1")
    assert found.coverage == pytest.approx(1.0, abs=0.03)


def test_weights_say_which_failures_count() -> None:
    # Worlds of the second half do not count; in them failures lie elsewhere.
    x, fails = planted(6, worlds=800)
    fails[400:] = x[400:, 20] > 0.5
    weights = (np.arange(800) < 400).astype(float)
    (found,) = find_failures(NAMES, x, fails, seed=1, weights=weights, permutations=19)
    assert set(found.box.ranges) == {5, 10}


def test_probable_failures_serve_as_well_as_certain_ones() -> None:
    x, fails = planted(7)
    (found,) = find_failures(NAMES, x, 0.1 + 0.8 * fails, seed=1, permutations=19)
    assert set(found.box.ranges) == {5, 10}
    assert found.density == pytest.approx(0.9, abs=0.03)


def test_too_few_failures_are_refused_with_a_sentence() -> None:
    with pytest.raises(TimelineError, match="given 200 that count, of which about 3 fail; expected at least 10"):
        find_failures(["a"], np.random.default_rng(1).uniform(size=(200, 1)), (np.arange(200) < 3) * 1.0, seed=1)


def test_a_box_keeps_its_figures_whichever_way_it_is_measured() -> None:
    x, fails = planted(8)
    peeler = Peeler(x, np.full(600, 1 / 600))
    for step in peeler.path(fails)[::10]:
        again = peeler.measured(step.box, fails)
        assert (again.mass, again.density) == (pytest.approx(step.mass), pytest.approx(step.density))


@pytest.mark.parametrize(
    ("ranges", "rule"),
    [
        ({}, "everywhere"),
        ({0: (-np.inf, 0.25)}, "d0 at most 0.25"),
        ({3: (2.0, 2.0), 1: (0.001, np.inf)}, "d1 at least 0.001 and d3 exactly 2"),
    ],
)
def test_boxes_read_as_rules(ranges: dict[int, tuple[float, float]], rule: str) -> None:
    assert Box(ranges).rule(NAMES) == rule


# The tree


def test_a_tree_finds_the_groups_that_were_planted() -> None:
    x, fails = planted(9, noise=0.1)
    table = tree_table(NAMES, x, fails, seed=1)
    assert table["rule"][0].startswith("d5 at least 0.")
    assert "d10 at most 0." in table["rule"][0]
    assert table["mean"][0] > 0.8
    assert table["mass"].sum() == pytest.approx(1.0)
    assert table.height <= 4


def test_noise_alone_grows_no_tree_as_often_as_is_said() -> None:
    grown = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        grown += (
            tree_table(NAMES, rng.uniform(size=(150, 30)), rng.normal(size=150), seed=seed, permutations=19).height > 1
        )
    assert grown <= 6  # 2 expected; more than 6 has a chance of 0.4%


def test_worlds_without_weight_grow_no_branch() -> None:
    rng = np.random.default_rng(10)
    x = rng.uniform(size=(400, 3))
    outcome = np.where(np.arange(400) < 200, x[:, 0] > 0.5, x[:, 1] > 0.5).astype(float)
    table = tree_table("abc", x, outcome, seed=1, weights=(np.arange(400) < 200).astype(float))
    assert table["mean"].to_list() == pytest.approx([1.0, 0.0])
    assert table["worlds"].sum() == 200


# Flip points


def ladder(gain: list[float], error: float = 0.01) -> Ladder:
    points = len(gain)
    return Ladder(
        np.linspace(0, 1, points), np.column_stack([np.zeros(points), gain]), np.array([[0.0, error]] * points)
    )


def test_drivers_flip_may_flip_or_hold() -> None:
    ladders = {"holds": ladder([-2, -1, -1]), "perhaps": ladder([-2, -1, 0.1]), "surely": ladder([2, -1, -2])}
    table = flip_table(ladders, ["a", "b"], "a", defaults=dict.fromkeys(ladders, 0.5))
    assert table.select("driver", "verdict", "to").rows() == [
        ("surely", FLIPS, "b"), ("perhaps", MAY_FLIP, "b"), ("holds", HOLDS, None),
    ]  # fmt: skip
    assert table["at"].to_list() == [pytest.approx(1 / 3), pytest.approx(0.5 + 0.5 / 1.1), None]


def test_a_margin_asks_for_more_than_being_ahead() -> None:
    table = flip_table({"x": ladder([-1, 0, 1])}, ["a", "b"], "a", defaults={"x": 0.0}, margin=2.0)
    assert table["verdict"].to_list() == [HOLDS]


def test_equal_arms_flip_nothing_with_ninety_five_in_a_hundred() -> None:
    rng = np.random.default_rng(11)
    wrong = 0
    for _ in range(200):
        ladders = {
            name: Ladder(
                np.arange(5.0), np.column_stack([np.zeros(5), rng.normal(size=(5, 3))]), np.array([[0, 1, 1, 1.0]] * 5)
            )
            for name in NAMES
        }
        table = flip_table(ladders, "abcd", "a", defaults=dict.fromkeys(NAMES, 2.0))
        wrong += FLIPS in table["verdict"].to_list()
    assert wrong <= 13  # two-sided limits, so 2.5% of 200: 5 expected; more than 13 has a chance below 0.1%


def test_the_crossing_nearest_to_the_default_is_told() -> None:
    assert crossing(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, -1.0, -1.0, 1.0]), default=1.9) == 2.5


def test_the_sentence_names_who_flips() -> None:
    ladders = {"x": ladder([2, -1, -2]), "y": ladder([2, -1, -2]), "z": ladder([-1, -1, -1])}
    table = flip_table(ladders, ["a", "b"], "a", defaults=dict.fromkeys(ladders, 0.5))
    assert flip_sentence(table) == "It flips with x and y."
    assert flip_sentence(table.filter(driver="z")) == "No single assumption flips it, within its plausible range."


def test_the_tornado_shows_the_longest_swing_first_with_its_error() -> None:
    table = tornado_table(
        "ab", np.zeros(2), np.array([1.0, -3.0]), low_error=np.array([9.0, 9.0]), high_error=np.full(2, 16.0)
    )
    assert table.select("driver", "swing", "se").rows() == [("b", -3.0, 5.0), ("a", 1.0, 5.0)]


# Structures


def test_structures_of_other_arms_are_refused() -> None:
    one = WorldDraws(("a", "b"), np.zeros((1, 3, 2)), np.full((1, 3), 1 / 3))
    two = WorldDraws(("a", "c"), np.zeros((1, 3, 2)), np.full((1, 3), 1 / 3))
    with pytest.raises(TimelineError, match="structure bare: other arms or worlds than whole"):
        structure_table({"whole": one, "bare": two}, "whole")


def test_the_advice_is_followed_through_structures() -> None:
    rng = np.random.default_rng(12)
    base = rng.normal(size=(1, 500, 2))
    shares = np.full((1, 500), 1 / 500)
    whole = WorldDraws(("a", "b"), base + np.array([0.5, 0.0]), shares)
    turned = WorldDraws(("a", "b"), base + np.array([0.0, 0.5]), shares)
    table = structure_table({"whole": whole, "turned": turned}, "whole", margin=0.5)
    assert table["best"].to_list() == ["a", "b"]
    assert table["advice_best"][0] > 0.5 > table["advice_best"][1]
    assert table["advice_does"][1] > table["advice_best"][1]
    assert table["advice_regret"][1] - table["advice_regret"][0] == pytest.approx(0.5, abs=0.15)
    assert table["same_best"][0] == pytest.approx(1.0)
