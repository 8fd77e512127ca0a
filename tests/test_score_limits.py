"""Limits that are good by themselves, and the values that hold many of them together."""

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.best import against_best, keep_untold
from timeline.analysis.contrasts import Comparison
from timeline.analysis.critical import Errors, critical_value
from timeline.analysis.samples import Sample
from timeline.analysis.score_limits import score_limits
from timeline.analysis.workload import page_seconds
from timeline.study.yardsticks import ALL, Yardstick

SHARE = Yardstick("m", "In force", ALL, "share", "higher", "share", "signed", span=1.0)


def compare(first: int, second: int, both: int, n: int) -> Comparison:
    """Two cadences: so many replications are 1 under the first alone, the second alone, and both."""
    rows = np.zeros((2, n))
    rows[0, : first + both] = 1.0
    rows[1, first : first + both + second] = 1.0
    found = Comparison(SHARE, ["silence", "monthly"], "silence")
    found.add({name: Sample(row, np.ones(n, dtype=bool)) for name, row in zip(found.cadences, rows, strict=True)})
    return found


def test_without_disagreement_the_score_limits_are_those_of_a_single_share() -> None:
    low, high = score_limits(0, 0, 100, 1.96)
    assert (float(low), float(high)) == pytest.approx((-(1.96**2) / (100 + 1.96**2), 1.96**2 / (100 + 1.96**2)))


@pytest.mark.parametrize(("n", "held"), [(300, 0.977), (1000, 0.950), (5000, 0.949)])
def test_an_upper_limit_holds_where_all_disagreements_go_one_way(n: int, held: float) -> None:
    """The exact chance that the limit of 95% lies above the true difference of 2.42 points."""
    seen = np.arange(n + 1)
    _, high = score_limits(seen, 0, n, stats.norm.ppf(0.95))
    assert stats.binom.pmf(seen, n, 0.0242)[high >= 0.0242].sum() == pytest.approx(held, abs=0.001)


def test_who_is_called_better_is_told_apart_by_the_interval_that_is_shown() -> None:
    """8 of 100 lost, 2 gained: one side at 95% tells them apart, both sides do not; the baseline leads."""
    found = compare(first=8, second=2, both=16, n=100)
    contrast = found.contrasts()["monthly"]
    assert (round(contrast.low, 4), round(contrast.high, 4)) == (-0.1244, 0.0068)
    strict = against_best(found)
    assert [place.may_be_best for place in strict.values()] == [True, False]
    kept = keep_untold(found, strict)
    assert [place.may_be_best for place in kept.values()] == [True, True]
    assert kept["monthly"].high == contrast.high == -kept["silence"].low
    assert kept["monthly"].note == (
        "kept in, since its own difference from silence, the baseline, does not tell them apart"
    )


def test_no_two_cadences_are_told_apart_that_their_interval_does_not() -> None:
    for first in range(13):
        for second in range(13):
            found = compare(first, second, 20, 100)
            places = keep_untold(found, against_best(found))
            alone = sum(bool(place.may_be_best) for place in places.values()) == 1
            assert alone <= bool(found.contrasts()["monthly"].distinguishable)


def test_a_last_digit_of_a_correlation_moves_a_critical_value_by_last_digits() -> None:
    # All eigenvalues but one are equal, so that rounding alone chooses the eigenvectors.
    even = np.full((9, 9), 0.5) + 0.5 * np.eye(9)
    noise = np.random.default_rng(1).normal(0, 1e-15, (9, 9))
    assert critical_value(even + noise + noise.T) == pytest.approx(critical_value(even), rel=1e-9)


def test_200_equal_cadences_have_the_critical_value_of_tukey_without_a_matrix_of_pairs() -> None:
    exact = stats.studentized_range.ppf(0.95, 200, np.inf) / np.sqrt(2)
    errors = Errors(np.eye(200), np.sqrt(2.0) * (1 - np.eye(200)))
    assert errors.of_pairs() == pytest.approx(exact, rel=0.01)


def test_differences_that_never_vary_count_as_independent() -> None:
    spread = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    covariance = np.array([[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    # Two differences are one and the same; the third does not vary.
    two_independent = stats.norm.ppf(0.5 + 0.95**0.5 / 2)
    assert Errors(covariance, spread).of_pairs() == pytest.approx(two_independent, abs=0.02)


def test_equal_cadences_ask_for_no_matrix_and_are_told_to_be_the_same() -> None:
    names = [f"c{number}" for number in range(200)]
    found = Comparison(SHARE, names, "c0")
    one = Sample(np.array([1.0, 0.0, 1.0]), np.ones(3, dtype=bool))
    found.add(dict.fromkeys(names, one))
    assert {standing.tied_with_best for standing in found.standings().values()} == {True}
    assert {contrast.difference for contrast in found.contrasts().values()} == {0.0}


def test_the_page_of_many_cadences_is_foreseen_in_seconds_and_that_of_many_replications_in_hours() -> None:
    assert round(page_seconds(1, 200, 26, 200)) == 28
    assert round(page_seconds(1, 2, 26, 10**9) / 3600) == 10
