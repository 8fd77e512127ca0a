"""Sensitivity indices against functions whose indices are known: Ishigami and Sobol's g."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.ignorance.delta import delta
from timeline.analysis.ignorance.moment_free import Score, classes_of, moment_free_table
from timeline.analysis.ignorance.morris import elementary_effects, morris_design, morris_table
from timeline.analysis.ignorance.pawn import pawn
from timeline.analysis.ignorance.ranking import lengthened, ranking_of
from timeline.analysis.ignorance.sobol import sobol_design, sobol_table
from timeline.analysis.ignorance.weights import shares_of
from timeline.arrays import Floats
from timeline.errors import TimelineError

NAMES = ("x1", "x2", "x3", "inert")


def ishigami(worlds: Floats) -> Floats:
    """Ishigami & Homma (1990) with 7 and 0.1, on [0, 1]; the fourth driver does nothing."""
    x = np.pi * (2 * worlds - 1)
    return np.sin(x[..., 0]) + 7 * np.sin(x[..., 1]) ** 2 + 0.1 * x[..., 2] ** 4 * np.sin(x[..., 0])


FIRST = {"x1": 0.3139, "x2": 0.4424, "x3": 0.0, "inert": 0.0}
TOTAL = {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437, "inert": 0.0}

G = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
"""Of Sobol's g-function: what each driver's unimportance is."""


def g_function(worlds: Floats) -> Floats:
    return np.prod((np.abs(4 * worlds - 2) + G) / (1 + G), axis=-1)


def g_indices() -> tuple[Floats, Floats]:
    alone = 1 / (3 * (1 + G) ** 2)
    variance = np.prod(1 + alone) - 1
    return alone / variance, alone * np.prod(1 + alone) / (1 + alone) / variance


# Morris


def test_morris_moves_one_driver_a_step_by_two_thirds_within_its_range() -> None:
    worlds = morris_design(5, 6, seed=1)
    steps = np.diff(worlds.reshape(6, 6, 5), axis=1)
    assert np.all((worlds >= 0) & (worlds <= 1))
    assert np.all((np.abs(steps) > 0).sum(axis=2) == 1)
    assert np.abs(steps).max(axis=2) == pytest.approx(np.full((6, 5), 2 / 3))
    assert np.all((np.abs(steps).sum(axis=1) > 0).sum(axis=1) == 5)


def test_more_paths_keep_the_first() -> None:
    assert np.array_equal(morris_design(4, 9, seed=3)[: 5 * 4], morris_design(4, 4, seed=3))


def test_elementary_effects_of_a_linear_model_are_its_slopes() -> None:
    worlds = morris_design(4, 5, seed=2)
    slopes = np.array([[3.0, 1.0], [-2.0, 1.0], [0.0, 1.0], [0.5, 1.0]])
    assert elementary_effects(worlds, worlds @ slopes) == pytest.approx(np.tile(slopes, (5, 1, 1)))


def test_morris_tells_an_interaction_from_a_plain_effect_and_from_none() -> None:
    worlds = morris_design(4, 200, seed=4)
    outcome = 2 * worlds[:, 0] + 6 * (worlds[:, 1] - 0.5) * (worlds[:, 2] - 0.5)
    table = {row["driver"]: row for row in morris_table("abcd", worlds, outcome, seed=1).iter_rows(named=True)}
    assert table["a"]["effect"] == pytest.approx(2.0)
    assert table["a"]["deviation"] == pytest.approx(0.0, abs=1e-9)
    # (b - 1/2) is 1/2 or 1/6 either way, so the size is 6 (1/2 + 1/6) / 2 and the direction balances.
    assert table["b"]["low"] < 2.0 < table["b"]["high"]
    assert abs(table["b"]["effect"]) < 0.5
    assert table["d"]["size"] == 0.0


def test_worlds_that_are_no_whole_paths_are_refused() -> None:
    with pytest.raises(TimelineError, match="given 7, expected whole paths of 3"):
        elementary_effects(np.zeros((7, 2)), np.zeros((7, 1)))


# Sobol


def test_sobol_indices_of_ishigami_are_the_closed_form_and_within_their_intervals() -> None:
    design = sobol_design(4, 2048, seed=1)
    played = (ishigami(design.first), ishigami(design.second), ishigami(design.mixed))
    table = sobol_table(NAMES, *played, seed=1, draws=200)
    for row in table.iter_rows(named=True):
        assert row["first"] == pytest.approx(FIRST[row["driver"]], abs=0.03)
        assert row["total"] == pytest.approx(TOTAL[row["driver"]], abs=0.03)
        assert row["first_low"] - 1e-9 <= FIRST[row["driver"]] <= row["first_high"] + 1e-9
        assert row["total_low"] - 1e-9 <= TOTAL[row["driver"]] <= row["total_high"] + 1e-9
    assert table["total"].to_list()[-1] == 0.0


def test_sobol_indices_of_the_g_function_are_the_closed_form() -> None:
    design = sobol_design(5, 4096, seed=2)
    table = sobol_table("abcde", g_function(design.first), g_function(design.second), g_function(design.mixed), seed=1)
    first, total = g_indices()
    assert table.sort("driver")["first"].to_numpy() == pytest.approx(first, abs=0.02)
    assert table.sort("driver")["total"].to_numpy() == pytest.approx(total, abs=0.02)


def test_sobol_indices_are_those_of_scipy() -> None:
    design = sobol_design(4, 1024, seed=3)
    played = {"f_A": ishigami(design.first), "f_B": ishigami(design.second), "f_AB": ishigami(design.mixed)}
    theirs = stats.sobol_indices(func={k: v[:, None] if k == "f_AB" else v[None] for k, v in played.items()}, n=1024)
    ours = sobol_table(NAMES, *played.values(), seed=1, draws=20)
    places = [ours["driver"].to_list().index(name) for name in NAMES]
    assert ours["first"].to_numpy()[places] == pytest.approx(theirs.first_order.ravel(), abs=0.01)
    assert ours["total"].to_numpy()[places] == pytest.approx(theirs.total_order.ravel(), abs=0.01)


def test_drivers_taken_together_have_the_index_of_their_group() -> None:
    # x1 and x3 of Ishigami act by themselves and with each other: all that x2 leaves.
    design = sobol_design(4, 1024, seed=3, groups=[[0, 2], [1], [3]])
    played = (ishigami(design.first), ishigami(design.second), ishigami(design.mixed))
    table = {
        row[0]: row[1:]
        for row in sobol_table("abc", *played, seed=1, draws=20).select("driver", "first", "total").rows()
    }
    assert table["a"] == pytest.approx((0.5576, 0.5576), abs=0.03)
    assert table["b"] == pytest.approx((0.4424, 0.4424), abs=0.03)


def test_luck_of_each_world_is_taken_off_the_indices() -> None:
    design = sobol_design(4, 2048, seed=4)
    rng = np.random.default_rng(5)
    played = [f + rng.normal(0, 3, f.shape) for f in map(ishigami, design)]
    plain = dict(sobol_table(NAMES, *played, seed=1, draws=20).select("driver", "total").rows())
    taken = dict(sobol_table(NAMES, *played, seed=1, draws=20, error=9.0).select("driver", "total").rows())
    assert plain["inert"] > 0.3
    assert taken == pytest.approx(TOTAL, abs=0.09)


def test_ranks_give_a_skewed_outcome_back_its_drivers() -> None:
    design = sobol_design(2, 1024, seed=6)
    played = [np.exp(6 * (f[..., 0] + 0.5 * f[..., 1])) for f in design]
    plain = sobol_table("ab", *played, seed=1, draws=20)["first"].sum()
    ranked = sobol_table("ab", *played, seed=1, draws=20, ranks=True)
    assert ranked["first"].sum() > 0.9 > plain
    with pytest.raises(TimelineError, match="given with ranks"):
        sobol_table("ab", *played, seed=1, ranks=True, error=1.0)


def test_points_that_are_no_power_of_two_are_refused_with_one_that_is() -> None:
    with pytest.raises(TimelineError, match="given 100, expected a power of 2, such as 128"):
        sobol_design(3, 100, seed=1)


# PAWN and delta


@pytest.mark.parametrize("score", [pawn, delta])
def test_inert_drivers_lie_at_the_floor_and_those_of_ishigami_above(score: Score) -> None:
    rng = np.random.default_rng(7)
    x = rng.uniform(size=(1000, 40))
    table = moment_free_table([str(i) for i in range(40)], x, ishigami(x[:, :4]), score, seed=1)
    above = set(table.filter("above_all")["driver"])
    assert {"0", "1", "2"} <= above
    assert len(above) <= 4  # 37 inert ones against the largest of 100 dummies: 0.4 expected
    assert table.filter(above_floor=True).height <= 3 + 6  # 5% of 37: 1.9 expected


def test_pawn_of_a_driver_that_decides_all_is_the_closed_form() -> None:
    # Class k of ten lies between k/10 and (k+1)/10: distances .9, .8, .7, .6, .5, .5, .6, .7, .8, .9.
    x = np.random.default_rng(8).uniform(size=(5000, 1))
    shares = shares_of(None, 5000)
    assert pawn(classes_of(x, shares), x[:, 0] ** 3, shares)[0] == pytest.approx(0.7, abs=0.02)


def test_delta_of_a_linear_normal_model_is_the_integral() -> None:
    # Y = X + E with correlation 1/sqrt 2; half the distance of N(0, sqrt 2) and N(x, 1), over x.
    x, y = np.linspace(-5, 5, 801), np.linspace(-9, 9, 1801)
    apart = np.abs(stats.norm.pdf(y, 0, 2**0.5) - stats.norm.pdf(y, x[:, None], 1)).sum(axis=1) * (y[1] - y[0])
    truth = float(np.sum(apart * stats.norm.pdf(x)) * (x[1] - x[0]) / 2)
    rng = np.random.default_rng(9)
    drawn = rng.normal(size=(8000, 1))
    shares = shares_of(None, 8000)
    found = delta(classes_of(drawn, shares, 20), drawn[:, 0] + rng.normal(size=8000), shares)[0]
    assert found == pytest.approx(truth, abs=0.04)  # smoothed, so a little less


@pytest.mark.parametrize("score", [pawn, delta])
def test_an_increasing_transformation_of_the_outcome_changes_no_score(score: Score) -> None:
    x = np.random.default_rng(10).uniform(size=(300, 3))
    shares = shares_of(None, 300)
    parts, outcome = classes_of(x, shares), x.sum(axis=1)
    assert score(parts, np.exp(5 * outcome), shares) == pytest.approx(score(parts, outcome, shares))


@pytest.mark.parametrize("score", [pawn, delta])
def test_a_heap_of_equal_outcomes_is_borne_and_weights_count(score: Score) -> None:
    rng = np.random.default_rng(11)
    x = rng.uniform(size=(2000, 2))
    outcome = np.where(x[:, 0] < 0.4, 0.0, x[:, 0])
    outcome[1000:] = rng.permutation(outcome[1000:])  # where worlds do not count, nothing depends on anything
    weights = (np.arange(2000) < 1000).astype(float)
    table = moment_free_table("ab", x, outcome, score, seed=1, weights=weights, draws=20)
    assert table.select("driver", "above_all").rows() == [("a", True), ("b", False)]
    assert table["score"][0] > 0.3


def test_too_few_worlds_for_an_index_are_refused_with_the_number_needed() -> None:
    with pytest.raises(TimelineError, match="given 60 that count, expected at least 100"):
        moment_free_table("a", np.zeros((60, 1)), np.zeros(60), pawn, seed=1)


# How many worlds rank


def test_many_worlds_rank_what_few_cannot_and_the_number_needed_is_about_right() -> None:
    rng = np.random.default_rng(12)
    x = rng.uniform(size=(12000, 30))
    slopes = 0.8 ** np.arange(30.0)
    outcome = (x - 0.5) @ slopes + rng.normal(0, 0.3, 12000)
    few = ranking_of(x[:400], outcome[:400], pawn, seed=1)
    assert not few.possible
    assert "400 worlds cannot rank the drivers; about" in str(few)
    enough = int(2 * few.needed)
    assert enough < 12000
    assert ranking_of(x[:enough], outcome[:enough], pawn, seed=1).possible


def test_an_outcome_that_never_varies_ranks_nothing() -> None:
    x = np.random.default_rng(13).uniform(size=(200, 12))
    assert not ranking_of(x, np.zeros(200), pawn, seed=1).possible


def test_chance_alone_can_be_ranked_by_no_number_of_worlds() -> None:
    assert lengthened(0.1, 300, drivers=250).needed == float("inf")
    assert "the order of their scores is chance" in str(lengthened(0.0, 300, drivers=250))
