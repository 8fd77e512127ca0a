"""Contrasts: known differences, degenerate arms, and intervals that hold together."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.contrasts import Comparison, Contrast, Standing
from timeline.analysis.critical import critical_value
from timeline.analysis.samples import Sample
from timeline.study.yardsticks import ALL, BOTH, SIGN, Yardstick


def measure(statistic: str = "mean", estimand: str = ALL, better: str = "higher") -> Yardstick:
    return Yardstick("m", "M", estimand, "days", better, statistic, "days kept", (), "nobody signed")  # type: ignore[arg-type]


def everyone(values: np.ndarray | list[float]) -> Sample:
    return Sample(np.asarray(values, dtype=float), np.ones(len(values), dtype=bool))


def among(values: np.ndarray, members: np.ndarray) -> Sample:
    return Sample(np.where(members, values, 0.0), np.asarray(members, dtype=bool))


def compare(what: Yardstick, **samples: Sample) -> dict[str, Contrast]:
    return comparison(what, samples).contrasts()


def stand(what: Yardstick, **samples: Sample) -> dict[str, Standing]:
    return comparison(what, samples).standings()


def comparison(what: Yardstick, samples: dict[str, Sample]) -> Comparison:
    found = Comparison(what, list(samples), "base")
    found.add(samples)
    return found


# Critical values


@pytest.mark.parametrize("m", [1, 2, 5, 20])
def test_the_critical_value_of_independent_statistics_has_a_closed_form(m: int) -> None:
    exact = stats.norm.ppf(0.5 + 0.95 ** (1 / m) / 2)
    assert critical_value(np.eye(m)) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("k", [3, 5, 8])
def test_all_pairs_of_equal_arms_have_the_critical_value_of_tukey(k: int) -> None:
    first, second = np.triu_indices(k, 1)
    contrast = np.zeros((len(first), k))
    contrast[np.arange(len(first)), first], contrast[np.arange(len(first)), second] = 1, -1
    exact = stats.studentized_range.ppf(0.95, k, np.inf) / np.sqrt(2)
    assert critical_value(contrast @ contrast.T / 2) == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize(("m", "dunnett"), [(2, 2.21), (3, 2.35), (5, 2.51), (9, 2.69)])
def test_many_against_one_have_the_critical_value_of_dunnett(m: int, dunnett: float) -> None:
    # Dunnett (1964), Biometrics 20:482-491, table II, infinite degrees of freedom.
    correlation = np.full((m, m), 0.5)
    np.fill_diagonal(correlation, 1)
    assert critical_value(correlation) == pytest.approx(dunnett, abs=0.015)


def test_the_critical_value_is_the_same_on_every_call() -> None:
    correlation = np.array([[1, 0.3], [0.3, 1]])
    assert critical_value(correlation) == critical_value(correlation)


# Paired differences


def test_a_paired_difference_has_the_textbook_error() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(10, 3, 40)
    one = base + rng.normal(0.5, 1, 40)
    found = compare(measure(), base=everyone(base), one=everyone(one))["one"]
    oracle = stats.ttest_rel(one, base)
    assert found.difference == pytest.approx(np.mean(one - base))
    assert found.difference / found.se == pytest.approx(oracle.statistic)
    assert found.critical == pytest.approx(stats.norm.ppf(0.975))


def test_a_difference_by_hand() -> None:
    found = compare(measure(), base=everyone([1, 2, 3, 4]), one=everyone([3, 2, 5, 4]))["one"]
    # Differences 2, 0, 2, 0: mean 1, sd 2 / sqrt(3), se that / 2.
    assert (found.difference, found.se, found.n) == (1.0, pytest.approx(1 / np.sqrt(3)), 4)


def test_the_influence_of_a_ratio_gives_the_error_of_a_share_among_signers() -> None:
    members = np.array([True] * 30 + [False] * 70)
    values = np.array([1.0] * 12 + [0.0] * 88)
    # Against a cadence that nobody signs under, only the share's own influence is left.
    base, one = everyone(np.zeros(100)), among(values, members)
    found = comparison(measure("share", SIGN), {"base": base, "one": one}).influences()
    assert found.estimates[1] == pytest.approx(0.4)
    assert np.sqrt(found.apart[1, 0]) / 100 == pytest.approx(np.sqrt(0.4 * 0.6 / 30))


def test_the_error_of_a_ratio_contrast_matches_the_spread_over_repeated_experiments() -> None:
    rng = np.random.default_rng(4)
    found = [_ratio_contrast(rng, 400) for _ in range(600)]
    spread = np.std([c.difference for c in found])
    # The spread of 600 draws is known to about 3%; 12% is four of those.
    assert np.mean([c.se for c in found]) == pytest.approx(spread, rel=0.12)


def test_pairing_makes_the_error_smaller_than_independence_would() -> None:
    rng = np.random.default_rng(5)
    luck = rng.exponential(100, 500)
    base, one = everyone(luck), everyone(luck * 1.05)
    found = compare(measure(), base=base, one=one)["one"]
    assert found.se < 0.1 * np.sqrt(2) * luck.std() / np.sqrt(500)


def test_sign_under_both_uses_only_replications_that_count_in_both_arms() -> None:
    base = among(np.array([10.0, 20.0, 30.0, 0.0]), np.array([1, 1, 1, 0]))
    one = among(np.array([0.0, 26.0, 38.0, 99.0]), np.array([0, 1, 1, 1]))
    found = compare(measure(estimand=BOTH), base=base, one=one)["one"]
    assert (found.difference, found.n) == (7.0, 2)
    assert found.se == pytest.approx(stats.sem([6, 8]))


def test_a_difference_of_medians_has_an_error() -> None:
    rng = np.random.default_rng(6)
    spread = []
    errors = []
    for _ in range(300):
        base = rng.exponential(1.0, 400)
        found = compare(measure("median"), base=everyone(base), one=everyone(rng.exponential(2.0, 400)))["one"]
        spread.append(found.difference)
        errors.append(found.se)
    assert np.mean(errors) == pytest.approx(np.std(spread), rel=0.17)


def test_an_interval_of_paired_shares_by_hand() -> None:
    # 3 replications only under one, 1 only under base, of 10: shares 4/12 and 2/12 after adjustment.
    one, base = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0], [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]
    found = compare(measure("share"), base=everyone(base), one=everyone(one))["one"]
    half = stats.norm.ppf(0.975) * np.sqrt((4 / 12 + 2 / 12 - (2 / 12) ** 2) / 12)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((2 / 12 - half, 2 / 12 + half))


def test_an_interval_of_shares_among_signers_tends_to_the_normal_one() -> None:
    rng = np.random.default_rng(8)
    luck, sign = rng.random(50_000), rng.random(50_000)
    base, one = among(luck < 0.5, sign < 0.6), among(luck < 0.55, sign < 0.55)
    found = compare(measure("share", SIGN), base=base, one=one)["one"]
    assert found.high - found.low == pytest.approx(2 * found.critical * found.se, rel=0.02)


def test_cadences_that_share_a_noisy_baseline_need_little_correction() -> None:
    rng = np.random.default_rng(10)
    calm = {name: everyone(rng.normal(0, 0.01, 500)) for name in ("one", "two", "three")}
    found = compare(measure(), base=everyone(rng.normal(0, 1, 500)), **calm)
    assert found["one"].critical == pytest.approx(stats.norm.ppf(0.975), abs=0.03)


# Degenerate arms


def test_identical_arms_differ_by_nothing_and_say_so() -> None:
    values = np.random.default_rng(2).exponential(1, 50)
    found = compare(measure(), base=everyone(values), one=everyone(values.copy()))["one"]
    assert found[:4] == (0, 0, 0, 0)
    assert found.distinguishable is False
    assert found.note == "the same on all 50 replications"


def test_identical_shares_keep_an_interval_for_what_was_not_seen() -> None:
    values = np.array([1.0] * 30 + [0.0] * 70)
    found = compare(measure("share"), base=everyone(values), one=everyone(values.copy()))["one"]
    assert (found.difference, found.se) == (0, 0)
    assert -0.04 < found.low < 0 < found.high < 0.04
    assert found.distinguishable is False


def test_a_difference_that_never_varies_is_told_apart_with_a_note() -> None:
    values = np.arange(20.0)
    found = compare(measure(), base=everyone(values), one=everyone(values + 3))["one"]
    assert (found.difference, found.low, found.high) == (3, 3, 3)
    assert found.distinguishable is True
    assert "does not vary" in found.note


def test_shares_of_none_and_all_are_told_apart_with_a_real_interval() -> None:
    found = compare(measure("share"), base=everyone(np.zeros(40)), one=everyone(np.ones(40)))["one"]
    assert found.difference == 1
    assert 0.8 < found.low < 1
    assert found.distinguishable is True


def test_all_kept_in_both_arms_of_different_signers_keeps_an_interval() -> None:
    members = np.random.default_rng(3).random((2, 100)) < 0.5
    ones = np.ones(100)
    samples = {"base": among(ones, members[0]), "one": among(ones, members[1])}
    found = compare(measure("share", SIGN), **samples)["one"]
    assert found.difference == 0
    assert found.low < 0 < found.high
    assert found.distinguishable is False


def test_nobody_signs_under_one_arm_leaves_the_contrast_undefined_and_says_why() -> None:
    base = among(np.ones(10), np.ones(10, dtype=bool))
    found = compare(measure("share", SIGN), base=base, one=among(np.ones(10), np.zeros(10, dtype=bool)))["one"]
    assert np.isnan(found.difference)
    assert found.distinguishable is None
    assert found.note == "nobody signed under one of the two arms"


def test_one_signer_gives_no_error() -> None:
    one_only = np.arange(10) == 3
    base = among(np.arange(10.0), np.ones(10, dtype=bool))
    found = compare(measure("mean", SIGN), base=base, one=among(np.arange(10.0), one_only))["one"]
    assert found.difference == pytest.approx(3 - 4.5)
    assert np.isnan(found.se)
    assert found.note == "fewer than two timelines: the error cannot be estimated"


def test_one_arm_without_signers_leaves_the_other_contrasts_alone() -> None:
    rng = np.random.default_rng(9)
    base, one = (among(rng.random(50), rng.random(50) < 0.8) for _ in range(2))
    nobody = among(np.zeros(50), np.zeros(50, dtype=bool))
    alone = compare(measure("mean", SIGN), base=base, one=one)["one"]
    beside = compare(measure("mean", SIGN), base=base, one=one, nobody=nobody)["one"]
    assert beside[:6] == pytest.approx(alone[:6], rel=1e-12)
    assert beside[6:] == alone[6:]


# The best


def test_clearly_worse_cadences_are_told_from_the_best() -> None:
    luck = np.random.default_rng(1).exponential(10, 400)
    noise = np.random.default_rng(2).normal(0, 1, (3, 400))
    samples = {"base": luck + noise[0], "good": luck + 3 + noise[1], "also": luck + 3.02 + noise[2]}
    found = stand(measure(), **{name: everyone(values) for name, values in samples.items()})
    assert {name: s.tied_with_best for name, s in found.items()} == {
        "base": False,
        "good": True,
        "also": True,
    }


def test_the_best_is_the_lowest_where_lower_is_better() -> None:
    found = stand(measure(better="lower"), base=everyone([1, 2, 3]), one=everyone([5, 5, 9]))
    assert found["one"].best == "base"


def test_identical_arms_are_all_tied_with_the_first() -> None:
    values = everyone(np.random.default_rng(3).random(30))
    found = stand(measure(), base=values, one=values, two=values)
    assert all(s.tied_with_best and s.best == "base" for s in found.values())


def test_one_arm_alone_is_the_best_by_default() -> None:
    found = stand(measure(), base=everyone([1, 2, 3]))
    assert found["base"] == Standing(True, "base", "the only cadence with a value")


def test_no_ranking_where_no_direction_is_better() -> None:
    found = stand(measure(better="neither"), base=everyone([1, 2]), one=everyone([3, 4]))
    assert found["one"].tied_with_best is None
    assert found["one"].note.startswith("no ranking")


def test_a_cadence_under_which_nobody_signs_has_no_standing() -> None:
    base, one = among(np.arange(9.0), np.ones(9)), among(np.arange(9.0) + 1, np.ones(9))
    found = stand(measure("mean", SIGN), base=base, one=one, nobody=among(np.zeros(9), np.zeros(9)))
    assert found["nobody"] == Standing(None, "one", "nobody signed")


# Coverage


def _ratio_contrast(rng: np.random.Generator, n: int) -> Contrast:
    luck = rng.random((n, 3))
    base = among((luck[:, 0] < 0.6).astype(float), luck[:, 1] < 0.5)
    one = among((luck[:, 0] < 0.7).astype(float), luck[:, 2] < 0.4)
    return compare(measure("share", SIGN), base=base, one=one)["one"]


def _covered(rng: np.random.Generator, n: int, kind: str) -> bool:
    """Whether the intervals of three contrasts all cover the truth in one small experiment."""
    luck, own = rng.random(n), rng.random((4, n))
    names = ("base", "one", "two", "three")
    if kind == "mean":
        shifts = np.array([0.0, 0.2, 0.2, -0.1])
        values = stats.norm.ppf(luck) + 0.8 * stats.norm.ppf(own) + shifts[:, None]
        samples = {name: everyone(v) for name, v in zip(names, values, strict=True)}
        truth, what = shifts[1:] - shifts[0], measure()
    elif kind == "share":
        levels = np.array([0.10, 0.12, 0.15, 0.10])
        mixed = np.where(own < 0.8, luck, rng.random((4, n)))
        samples = {name: everyone(m < p) for name, m, p in zip(names, mixed, levels, strict=True)}
        truth, what = levels[1:] - levels[0], measure("share")
    else:
        # Signing and keeping share a cause, so the population of signers differs from all.
        kept, signs = np.array([0.5, 0.6, 0.7, 0.5]), np.array([0.8, 0.6, 0.5, 0.8])
        samples = {
            name: among(luck < k, own[i] < s) for i, (name, k, s) in enumerate(zip(names, kept, signs, strict=True))
        }
        truth, what = kept[1:] - kept[0], measure("share", SIGN)
    found = compare(what, **samples)
    return all(found[name].low <= t <= found[name].high for name, t in zip(names[1:], truth, strict=True))


@pytest.mark.parametrize(("kind", "seed"), [("mean", 11), ("share", 12), ("ratio", 13)])
def test_simultaneous_intervals_cover_about_as_often_as_they_say(kind: str, seed: int) -> None:
    # With true coverage 0.95, fewer than 93 of 108 hold with probability 0.00016, in each of three.
    rng = np.random.default_rng(seed)
    assert sum(_covered(rng, 300, kind) for _ in range(108)) >= 93


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "seed"), [("mean", 21), ("share", 22), ("ratio", 23)])
def test_simultaneous_intervals_cover_within_a_point_and_a_half(kind: str, seed: int) -> None:
    # With true coverage 0.95 the count of 3,000 has standard error 11.9; 0.935 is 3.8 of them below.
    rng = np.random.default_rng(seed)
    held = sum(_covered(rng, 500, kind) for _ in range(3000)) / 3000
    assert 0.935 <= held <= 0.97


@pytest.mark.slow
def test_equal_arms_are_almost_never_told_from_the_best() -> None:
    # Family-wise error at most 5%: of 1,000, more than 77 false separations have probability 0.0001.
    rng = np.random.default_rng(31)
    wrong = 0
    for _ in range(1000):
        luck = rng.normal(0, 1, 300)
        samples = {name: everyone(luck + rng.normal(0, 1, 300)) for name in ("base", "a", "b", "c")}
        wrong += not all(s.tied_with_best for s in stand(measure(), **samples).values())
    assert wrong <= 77
