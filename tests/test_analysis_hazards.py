"""Hazards by age since signature, and what fragile deals do to their fall."""

import numpy as np
import polars as pl
import pytest

from timeline.analysis.hazards import SCHEMA, hazards_by_age, part_due_to_fragility, rate_between
from timeline.analysis.histories import read_histories
from timeline.model.endpoints import Endpoints
from timeline.model.units import YEAR

ENDS = Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None, hostility=None)


def agreements(signed, lasted, follow_up, horizon=None):
    """Rows of agreements that fail so long after their signature; infinity for never."""
    signed, lasted = np.asarray(signed, float), np.asarray(lasted, float)
    horizon = horizon or float(signed.max() + follow_up)
    end = np.minimum(signed + lasted, horizon)
    failed = signed + lasted < horizon
    rows = pl.DataFrame(
        {
            "replication": range(len(end)),
            "day": end,
            "outcome": np.where(failed, "collapsed", "open"),
            "cause": np.where(failed, "breach", "none"),
            "signed_day": signed,
        }
    )
    return read_histories(rows, ENDS, horizon)


def test_failures_are_divided_by_the_years_at_risk_in_each_interval():
    arm = agreements([0, 0, 0], [YEAR / 2, 1.5 * YEAR, np.inf], 2 * YEAR)
    found = hazards_by_age(arm, np.ones(3, bool), None, 2 * YEAR, ages=(0, YEAR))
    assert found.select("failures", "years", "hazard").rows() == [(1, 2.5, 0.4), (1, 1.5, 1 / 1.5)]


def test_the_interval_of_a_rate_is_the_exact_poisson_interval():
    arm = agreements([0] * 10, [100.0] * 10, YEAR)
    found = hazards_by_age(arm, np.ones(10, bool), None, YEAR, ages=(0,)).row(0, named=True)
    # Ten events: 4.795 to 18.390 (Garwood 1936).
    assert found["low"] * found["years"] == pytest.approx(4.795, abs=0.001)
    assert found["high"] * found["years"] == pytest.approx(18.390, abs=0.001)


def test_signings_too_late_to_be_followed_are_not_counted():
    arm = agreements([0, 900], [np.inf, 50], 500, horizon=1000)
    found = hazards_by_age(arm, np.array([True, False]), None, 500, ages=(0,))
    assert found.select("failures", "years").rows() == [(0, 500 / YEAR)]


def test_an_interval_nobody_reaches_has_no_hazard():
    arm = agreements([0, 0], [10, 20], YEAR)
    found = hazards_by_age(arm, np.ones(2, bool), None, YEAR, ages=(0, 100))
    assert found["hazard"].to_list()[1] is None


def test_two_classes_with_constant_hazards_explain_all_of_the_fall():
    random = np.random.default_rng(7)
    n = 40_000
    fragile = random.random(n) < 0.27
    rate = np.where(fragile, 2.75, 0.031) / YEAR
    arm = agreements(np.zeros(n), random.exponential(1 / rate), 5 * YEAR)
    part = part_due_to_fragility(hazards_by_age(arm, np.ones(n, bool), fragile, 5 * YEAR))
    # The lasting class's first interval sees about 75 failures, so its log rate has an error of .12;
    # the fall is log(0.77 / 0.031) = 3.2: within .15 of 1 but for a chance below 1e-3.
    assert part.share == pytest.approx(1.0, abs=0.15)
    assert part.low < 1 < part.high


def test_one_class_explains_nothing_of_a_fall_by_ageing():
    random = np.random.default_rng(8)
    n = 20_000
    arm = agreements(np.zeros(n), 1000 * random.weibull(0.5, n), 5 * YEAR)
    part = part_due_to_fragility(hazards_by_age(arm, np.ones(n, bool), np.zeros(n, bool), 5 * YEAR))
    assert part == pytest.approx((0.0, 0.0, 0.0), abs=1e-9)


def test_a_hazard_that_does_not_fall_has_no_part_to_explain():
    arm = agreements([0] * 4, [400, 800, 1200, 1600], 1826)
    assert part_due_to_fragility(hazards_by_age(arm, np.ones(4, bool), None, 1826)) is None


def test_the_interval_of_the_part_covers_the_truth_as_often_as_it_says():
    """300 experiments with two constant classes: the truth is 1; 95% would miss 15, 29 or more with chance 1e-3."""
    missed = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        n = 4_000
        fragile = random.random(n) < 0.3
        rate = np.where(fragile, 2.0, 0.1) / YEAR
        arm = agreements(np.zeros(n), random.exponential(1 / rate), 5 * YEAR)
        found = hazards_by_age(arm, np.ones(n, bool), fragile, 5 * YEAR, ages=(0, 365, 730))
        part = part_due_to_fragility(found)
        # Within an interval the mixture's rate is an average, so the lasting class alone is exact: 1.
        missed += not part.low <= 1 <= part.high
    assert missed < 29


def test_the_ages_compared_are_the_same_wherever_the_danger_is_highest():
    """The second month looks most dangerous by luck: the first year counts as a whole all the same."""
    rows = [
        ("all", 0.0, 30.0, 4, 2.0), ("all", 30.0, 180.0, 12, 2.0), ("all", 730.0, 1826.0, 4, 2.0),
        ("lasting", 0.0, 30.0, 2, 2.0), ("lasting", 30.0, 180.0, 6, 2.0), ("lasting", 730.0, 1826.0, 4, 2.0),
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=list(SCHEMA)[:5], orient="row")
    assert part_due_to_fragility(frame).share == pytest.approx(1.0)
    assert rate_between(frame, "all", 0.0, 365.0) == (16, 4.0)
