"""Survival, RMST, occupancy, causes and fans: exact values on tiny worlds, libraries and closed forms."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from analysis_data import ENDPOINTS, FOLLOW_UP, HORIZON, synthetic_arms
from scipy import integrate, stats

from timeline.analysis.causes import incidence_since_signature, incidence_since_start, known_causes
from timeline.analysis.fans import fan
from timeline.analysis.histories import common_replications, read_histories
from timeline.analysis.intervals import summarise_mean, summarise_median, summarise_share, wilson
from timeline.analysis.occupancy import occupancy, states
from timeline.analysis.rmst import days_in_force, days_kept
from timeline.analysis.survival import (
    count_signings,
    in_force,
    signed_early,
    survival_both_sign,
    survival_since_signature,
)
from timeline.errors import ModelError, TimelineError
from timeline.model.endpoints import Endpoints

NAN = float("nan")
ENDS = Endpoints(
    phases=(("talks", None), ("accord", "accord_day"), ("signed", "signed_day")),
    causes=("breach", "exposure"),
)


def tiny_rows() -> pl.DataFrame:
    """Five timelines watched for 100 days.

    0: signs on 20, collapses on 60 by breach. 1: signs on 10, consolidates on 50.
    2: talks abandoned on 30. 3: signs on 40, half verified on 70, open.
    4: collapses on 15 during talks, by exposure.
    """
    return pl.DataFrame(
        {
            "replication": [0, 1, 2, 3, 4],
            "day": [60.0, 50.0, 30.0, 100.0, 15.0],
            "outcome": ["collapsed", "consolidated", "abandoned", "open", "collapsed"],
            "cause": ["breach", "none", "none", "none", "exposure"],
            "accord_day": [10.0, 5.0, NAN, 20.0, NAN],
            "signed_day": [20.0, 10.0, NAN, 40.0, NAN],
            "half_verified_day": [NAN, 30.0, NAN, 70.0, NAN],
            "hostility": [0.9, 0.1, 0.4, 0.2, 0.8],
            "trust": [[0.5, 0.1], [0.5, 0.9], [0.5, 0.2], [0.5, 0.7], [0.5, 0.3]],
        }
    )


def tiny():
    return read_histories(tiny_rows(), ENDS, horizon=100.0)


def days(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


# In force


def test_in_force_counts_signed_and_not_failed_over_all_replications() -> None:
    curve = in_force(tiny(), days(0, 10, 20, 40, 59.9, 60, 100))
    assert curve["estimate"].to_list() == [0, 0.2, 0.4, 0.6, 0.6, 0.4, 0.4]


def test_a_failure_on_a_day_is_no_longer_in_force_that_day() -> None:
    assert in_force(tiny(), days(59.999, 60))["estimate"].to_list() == [0.6, 0.4]


def test_consolidated_stays_in_force_for_ever() -> None:
    only = read_histories(tiny_rows()[1:2], ENDS, horizon=100.0)
    assert in_force(only, days(9, 10, 50, 100))["estimate"].to_list() == [0, 1, 1, 1]


def test_in_force_verified_waits_for_half_verified() -> None:
    curve = in_force(tiny(), days(20, 30, 69, 70), verified=True)
    assert curve["estimate"].to_list() == [0, 0.2, 0.2, 0.4]


def test_verified_before_signature_counts_only_from_signature() -> None:
    rows = tiny_rows()[1:2].with_columns(half_verified_day=pl.lit(5.0))
    curve = in_force(read_histories(rows, ENDS, horizon=100.0), days(5, 9, 10), verified=True)
    assert curve["estimate"].to_list() == [0, 0, 1]


def test_in_force_agrees_with_a_count_row_by_row() -> None:
    arm = read_histories(synthetic_arms(3, 300)["calm", "quarterly"], ENDPOINTS, HORIZON)
    grid = np.linspace(0, HORIZON, 57)
    slow = [np.mean((arm.signed <= t) & ~(arm.lost <= t)) for t in grid]
    assert in_force(arm, grid)["estimate"].to_list() == pytest.approx(slow, abs=1e-15)


def test_a_failure_in_talks_is_never_in_force() -> None:
    only = read_histories(tiny_rows()[4:5], ENDS, horizon=100.0)
    assert in_force(only, days(0, 14, 15, 100))["estimate"].to_list() == [0, 0, 0, 0]


# Since signature


def test_survival_since_signature_is_a_share_of_those_followed() -> None:
    arm = tiny()
    curve = survival_since_signature(arm, days(0, 39, 40, 50), signed_early(arm, 100, 50))
    assert curve["estimate"].to_list() == pytest.approx([1, 1, 2 / 3, 2 / 3])
    assert curve["at_risk"].to_list() == [3, 3, 3, 2]


def test_signings_too_late_to_be_followed_are_left_out_whatever_their_fate() -> None:
    assert signed_early(tiny(), 100, 81).tolist() == [False, True, False, False, False]


def test_nobody_signed_gives_null_and_nobody_at_risk() -> None:
    arm = read_histories(tiny_rows()[2:3], ENDS, horizon=100.0)
    curve = survival_since_signature(arm, days(0, 10), signed_early(arm, 100, 50))
    assert curve["estimate"].to_list() == [None, None]
    assert curve["low"].to_list() == [None, None]
    assert curve["at_risk"].to_list() == [0, 0]


def test_survival_since_signature_equals_kaplan_meier_of_a_library() -> None:
    lifelines = pytest.importorskip("lifelines")
    arm = read_histories(synthetic_arms(5, 800)["calm", "silence"], ENDPOINTS, HORIZON)
    early = signed_early(arm, HORIZON, FOLLOW_UP)
    kept = arm.kept[early]
    grid = np.linspace(0, FOLLOW_UP, 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = lifelines.KaplanMeierFitter().fit(np.minimum(kept, FOLLOW_UP), kept <= FOLLOW_UP)
        oracle = fitted.predict(grid).to_numpy()
    assert survival_since_signature(arm, grid, early)["estimate"].to_numpy() == pytest.approx(oracle, abs=1e-12)


def test_survival_since_signature_is_unbiased_for_exponential_failures() -> None:
    rng = np.random.default_rng(7)
    n, mean, horizon, follow_up = 20_000, 50.0, 200.0, 100.0
    signed = rng.uniform(0, 150, n)
    failed = signed + rng.exponential(mean, n)
    arm = read_histories(_simple(signed, failed, horizon), _SIMPLE, horizon)
    curve = survival_since_signature(arm, days(10, 50, 100), signed_early(arm, horizon, follow_up))
    # Four standard errors: wrong once in 5,000 seeds.
    off = (curve["estimate"].to_numpy() - np.exp(-days(10, 50, 100) / mean)) / curve["se"].to_numpy()
    assert np.abs(off).max() < 4


# Sign under both


def test_who_signs_too_late_to_be_followed_is_counted_apart() -> None:
    other = tiny_rows().with_columns(signed_day=pl.Series([NAN, 12.0, NAN, 45.0, NAN]))
    baseline = read_histories(other, ENDS, horizon=100.0)
    found = count_signings(baseline, baseline, 100, 60)
    assert (found["both"], found["neither_or_too_late"]) == (1, 4)
    assert (found["late_cadence"], found["late_baseline"]) == (1, 1)


def test_both_sign_follows_only_replications_that_sign_under_both() -> None:
    other = tiny_rows().with_columns(signed_day=pl.Series([NAN, 12.0, NAN, 45.0, NAN]))
    cadence, baseline = tiny(), read_histories(other, ENDS, horizon=100.0)
    curves = survival_both_sign(cadence, baseline, days(0, 50), 100, 50)
    assert curves["arm"].to_list() == ["cadence", "cadence", "baseline", "baseline"]
    assert curves["at_risk"].to_list() == [2, 2, 2, 2]
    assert curves["estimate"].to_list() == [1, 1, 1, 1]
    assert count_signings(cadence, baseline, 100, 50) == {
        "both": 2,
        "only_cadence": 1,
        "only_baseline": 0,
        "neither_or_too_late": 2,
        "late_cadence": 0,
        "late_baseline": 0,
    }


def test_common_replications_join_on_the_number_not_the_position() -> None:
    one = read_histories(tiny_rows()[[0, 1, 3]], ENDS, horizon=100.0)
    other = read_histories(tiny_rows()[[1, 2, 3, 4]], ENDS, horizon=100.0)
    left, right = common_replications([one, other])
    assert left.replication.tolist() == right.replication.tolist() == [1, 3]
    assert left.signed.tolist() == [10, 40]
    assert left.entered.shape == (3, 2)
    assert left.outcome.to_list() == ["consolidated", "open"]


# RMST


def test_days_in_force_are_days_between_signature_and_failure_within_the_window() -> None:
    assert days_in_force(tiny(), 50).tolist() == [30, 40, 0, 10, 0]
    assert days_in_force(tiny(), 100, verified=True).tolist() == [0, 70, 0, 30, 0]


def test_days_kept_count_from_signature_and_skip_the_unsigned() -> None:
    assert days_kept(tiny(), 50).tolist() == pytest.approx([40, 50, NAN, 50, NAN], nan_ok=True)


def test_mean_days_in_force_is_the_area_under_the_curve() -> None:
    arm = read_histories(synthetic_arms(11, 500)["calm", "silence"], ENDPOINTS, HORIZON)
    grid = np.linspace(0, 3000, 60_001)
    area = integrate.trapezoid(in_force(arm, grid)["estimate"].to_numpy(), grid)
    assert days_in_force(arm, 3000.0).mean() == pytest.approx(area, abs=0.1)


def test_mean_days_kept_matches_the_closed_form_of_an_exponential() -> None:
    rng = np.random.default_rng(8)
    n, mean, window = 40_000, 80.0, 100.0
    failed = rng.exponential(mean, n)
    arm = read_histories(_simple(np.zeros(n), failed, 100.0), _SIMPLE, 100.0)
    found = summarise_mean(days_kept(arm, window))
    # Four standard errors: wrong once in 15,000 seeds.
    assert abs(found.estimate - mean * (1 - np.exp(-window / mean))) < 4 * found.se


def test_mean_days_kept_equals_the_restricted_mean_of_a_library() -> None:
    lifelines = pytest.importorskip("lifelines")
    from lifelines.utils import restricted_mean_survival_time

    arm = read_histories(synthetic_arms(5, 400)["calm", "silence"], ENDPOINTS, HORIZON)
    kept = arm.kept[signed_early(arm, HORIZON, FOLLOW_UP)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = lifelines.KaplanMeierFitter().fit(np.minimum(kept, FOLLOW_UP), kept <= FOLLOW_UP)
        oracle = restricted_mean_survival_time(fitted, t=1826.25)
    assert np.minimum(kept, 1826.25).mean() == pytest.approx(oracle, rel=1e-9)


# Occupancy


def test_occupancy_puts_each_timeline_into_one_state() -> None:
    table = occupancy(tiny(), ENDS, days(0, 12, 45, 100)).pivot("day", index="state", values="share")
    assert dict(zip(table["state"], table.drop("state").rows(), strict=True)) == {
        "talks": (1.0, 0.6, 0.0, 0.0),
        "accord": (0.0, 0.2, 0.0, 0.0),
        "signed": (0.0, 0.2, 0.6, 0.2),
        "consolidated": (0.0, 0.0, 0.0, 0.2),
        "abandoned": (0.0, 0.0, 0.2, 0.2),
        "collapsed": (0.0, 0.0, 0.2, 0.4),
    }


def test_occupancy_adds_up_to_one_on_every_day() -> None:
    arm = read_histories(synthetic_arms(2, 700)["hawkish-press", "milestones"], ENDPOINTS, HORIZON)
    table = occupancy(arm, ENDPOINTS, np.linspace(0, HORIZON, 97))
    totals = table.group_by("day").agg(pl.col("share").sum())["share"].to_numpy()
    assert totals == pytest.approx(np.ones(97), abs=1e-12)
    assert table["share"].min() >= 0
    assert table["state"].unique(maintain_order=True).to_list() == list(states(ENDPOINTS))


def test_a_phase_skipped_in_the_row_is_passed_through_at_once() -> None:
    rows = tiny_rows()[3:4].with_columns(accord_day=pl.lit(NAN))
    table = occupancy(read_histories(rows, ENDS, 100.0), ENDS, days(39, 40))
    assert table.filter(pl.col("state") == "talks")["share"].to_list() == [1, 0]
    assert table.filter(pl.col("state") == "signed")["share"].to_list() == [0, 1]


def test_talks_still_open_at_the_horizon_are_in_talks() -> None:
    rows = tiny_rows()[3:4].with_columns(accord_day=pl.lit(NAN), signed_day=pl.lit(NAN))
    table = occupancy(read_histories(rows, ENDS, 100.0), ENDS, days(100))
    assert dict(table.select("state", "share").rows())["talks"] == 1


# Causes


def test_incidence_since_start_names_abandonment_as_its_own_cause() -> None:
    arm = tiny()
    names = known_causes(arm.cause.drop_nulls(), ENDS)
    assert names == ("breach", "exposure", "abandoned")
    last = incidence_since_start(arm, names, days(20, 100)).filter(pl.col("day") == 100)
    assert dict(last.select("cause", "share").rows()) == {"breach": 0.2, "exposure": 0.2, "abandoned": 0.2}


def test_incidence_since_signature_counts_only_those_that_signed() -> None:
    arm = tiny()
    curve = incidence_since_signature(arm, ("breach", "exposure"), days(40), signed_early(arm, 100, 50))
    assert curve["share"].to_list() == pytest.approx([1 / 3, 0])


def test_incidence_and_survival_since_signature_add_up_to_one() -> None:
    arm = read_histories(synthetic_arms(4, 600)["calm", "silence"], ENDPOINTS, HORIZON)
    early, grid = signed_early(arm, HORIZON, FOLLOW_UP), np.linspace(0, FOLLOW_UP, 30)
    failed = incidence_since_signature(arm, known_causes(arm.cause.drop_nulls(), ENDPOINTS), grid, early)
    total = failed.group_by("day", maintain_order=True).agg(pl.col("share").sum())["share"].to_numpy()
    kept = survival_since_signature(arm, grid, early)["estimate"].to_numpy()
    assert total + kept == pytest.approx(np.ones(30), abs=1e-12)


def test_incidence_equals_aalen_johansen_of_a_library() -> None:
    greenwood = pytest.importorskip("greenwood")
    arm = read_histories(synthetic_arms(6, 500)["calm", "silence"], ENDPOINTS, HORIZON)
    early, names = signed_early(arm, HORIZON, FOLLOW_UP), ENDPOINTS.causes
    kept = arm.kept[early]
    code = arm.cause.replace_strict({c: i + 1 for i, c in enumerate(names)}, default=0).to_numpy()[early]
    data = pl.DataFrame({"time": np.minimum(kept, FOLLOW_UP), "event": np.where(kept <= FOLLOW_UP, code, 0)})
    response = greenwood.Surv(data["time"].to_numpy(), event=data["event"].to_numpy(), type="mstate")
    oracle = greenwood.AalenJohansen().fit(response).to_frame(format="polars")
    for i, cause in enumerate(names):
        steps = oracle.filter(pl.col("cause").cast(pl.String) == str(i + 1)).sort("time")
        ours = incidence_since_signature(arm, [cause], steps["time"].to_numpy(), early)
        assert ours["share"].to_numpy() == pytest.approx(steps["estimate"].to_numpy(), abs=1e-12)


# Fans


def test_a_fan_shows_only_timelines_still_running() -> None:
    table = fan(tiny_rows(), tiny(), "trust", [0.0, 55.0])
    assert table["n"].to_list() == [5, 2]
    assert table["q50"].to_list() == pytest.approx([0.5, 0.4])


def test_a_fan_counts_open_timelines_at_the_horizon_itself() -> None:
    table = fan(tiny_rows(), tiny(), "trust", [0.0, 100.0])
    assert table.row(1)[1:] == (100.0, *[pytest.approx(0.7)] * 5, 1)


def test_a_fan_of_nobody_is_null() -> None:
    table = fan(tiny_rows()[:3], read_histories(tiny_rows()[:3], ENDS, 100.0), "trust", [0.0, 90.0])
    assert table["q05"].to_list() == [0.5, None]
    assert table["n"].to_list() == [3, 0]


def test_a_fan_reads_array_columns_as_it_reads_lists() -> None:
    rows = tiny_rows().with_columns(pl.col("trust").list.to_array(2))
    assert fan(rows, tiny(), "trust", [0.0, 55.0]).equals(fan(tiny_rows(), tiny(), "trust", [0.0, 55.0]))


def test_a_fan_with_the_wrong_number_of_days_says_so() -> None:
    with pytest.raises(TimelineError, match="'trust' holds 2 values a replication, expected 3"):
        fan(tiny_rows(), tiny(), "trust", [0.0, 1.0, 2.0])


def test_a_fan_of_an_unknown_field_suggests_a_near_one() -> None:
    with pytest.raises(TimelineError, match='did you mean "trust"'):
        fan(tiny_rows(), tiny(), "trusd", [0.0, 1.0])


# Reading rows


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": pl.lit("collapse")}, "outcome 'collapse' is unknown.*did you mean \"collapsed\""),
        ({"day": pl.lit(101.0)}, "replication 0 ends at day 101, expected the horizon of 100 days"),
        ({"replication": pl.lit(3)}, "replication 3 appears twice"),
        ({"signed_day": pl.lit(61.0)}, "replication 1: signed_day is 61, after the end on day 50"),
        ({"day": pl.lit(None, dtype=pl.Float64)}, "replication 0 ends at day nan"),
    ],
)
def test_rows_that_break_the_contract_are_rejected(change: dict[str, pl.Expr], message: str) -> None:
    if "signed_day" in change:
        change = {"signed_day": pl.Series([NAN, 61.0, NAN, NAN, NAN])}  # type: ignore[dict-item]
    with pytest.raises(TimelineError, match=message):
        read_histories(tiny_rows().with_columns(**change), ENDS, horizon=100.0)


def test_open_before_the_horizon_is_rejected_since_it_would_be_censored() -> None:
    with pytest.raises(TimelineError, match="replication 3 is open at day 100, expected the horizon of 200"):
        read_histories(tiny_rows(), ENDS, horizon=200.0)


def test_a_missing_column_is_named_with_the_nearest_one() -> None:
    with pytest.raises(TimelineError, match=r"no column 'signed_day'.*did you mean"):
        read_histories(tiny_rows().rename({"signed_day": "sign_day"}), ENDS, horizon=100.0)


def test_rows_in_any_order_give_the_same_histories() -> None:
    shuffled = read_histories(tiny_rows()[[3, 0, 4, 2, 1]], ENDS, horizon=100.0)
    assert shuffled.lost.tolist() == tiny().lost.tolist()


def test_endpoints_with_a_name_used_twice_are_rejected() -> None:
    with pytest.raises(ModelError, match="collapsed named twice"):
        Endpoints(phases=(("talks", None), ("collapsed", "x")))


# Intervals


@pytest.mark.parametrize(("count", "n"), [(0, 10), (10, 10), (3, 10), (999, 1000)])
def test_wilson_equals_scipy(count: int, n: int) -> None:
    oracle = stats.binomtest(count, n).proportion_ci(method="wilson")
    _, _, low, high = wilson(count, n)
    assert (float(low), float(high)) == pytest.approx((oracle.low, oracle.high), abs=1e-12)


def test_a_share_seen_in_every_timeline_still_has_an_interval() -> None:
    found = summarise_share(np.ones(50))
    assert (found.estimate, found.se, found.high) == (1, 0, 1)
    assert found.low == pytest.approx(0.9286, abs=1e-4)
    assert found.note == "the same in all 50 timelines"


def test_the_interval_of_a_median_covers_it_as_often_as_it_says() -> None:
    for n in (6, 7, 20, 99, 100):
        found = summarise_median(np.arange(1.0, n + 1))
        low, high = int(found.low), int(found.high)
        coverage = stats.binom.cdf(high - 1, n, 0.5) - stats.binom.cdf(low - 1, n, 0.5)
        narrower = stats.binom.cdf(high - 2, n, 0.5) - stats.binom.cdf(low, n, 0.5)
        assert coverage >= 0.95 > narrower


def test_five_timelines_have_a_median_but_no_interval() -> None:
    found = summarise_median(np.arange(5.0))
    assert found.estimate == 2
    assert np.isnan(found.low)
    assert found.note == "fewer than six timelines: no 95% interval exists"


def test_the_error_of_a_median_matches_the_exponential_closed_form() -> None:
    n = 20_000
    values = stats.expon.ppf((np.arange(n) + 0.5) / n)
    # The density of an exponential at its median is 1/2, so se = 0.5 / (0.5 sqrt(n)).
    assert summarise_median(values).se == pytest.approx(1 / np.sqrt(n), rel=0.01)


_SIMPLE = Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None, hostility=None)


def _simple(signed: np.ndarray, failed: np.ndarray, horizon: float) -> pl.DataFrame:
    done = failed < horizon
    return pl.DataFrame(
        {
            "replication": np.arange(len(signed)),
            "day": np.where(done, failed, horizon),
            "outcome": np.where(done, "collapsed", "open"),
            "cause": np.where(done, "breach", "none"),
            "signed_day": signed,
        }
    )
