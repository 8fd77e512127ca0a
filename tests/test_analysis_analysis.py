"""The whole analysis: its tables, their contract, and odd experiments."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import polars.selectors as cs
import pytest
from analysis_data import CADENCES, ENDPOINTS, FANS, FOLLOW_UP, HORIZON, RMST, SCENARIOS, synthetic_arms

from timeline.analysis.analysis import SCHEMAS, Analysis, analyse
from timeline.errors import TimelineError
from timeline.study.window import Window


def run(arms: dict[tuple[str, str], pl.DataFrame], **changes: object) -> Analysis:
    settings: dict[str, object] = {
        "endpoints": ENDPOINTS,
        "window": Window(HORIZON, FOLLOW_UP, tuple(RMST)),
        "baseline": "silence",
        "fans": FANS,
        "grid_points": 21,
    }
    return analyse(arms, **(settings | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def arms() -> dict[tuple[str, str], pl.DataFrame]:
    return synthetic_arms(seed=1, n=400)


@pytest.fixture(scope="module")
def found(arms: dict[tuple[str, str], pl.DataFrame]) -> Analysis:
    return run(arms)


def cell(table: pl.DataFrame, column: str, **where: object) -> object:
    return table.filter(**where)[column].item()


def test_every_table_has_its_columns_and_types(found: Analysis) -> None:
    for name, schema in SCHEMAS.items():
        assert dict(getattr(found, name).schema) == schema, name


def test_no_table_holds_a_nan(found: Analysis) -> None:
    for name in SCHEMAS:
        table = getattr(found, name)
        assert not any(column.is_nan().any() for column in table.select(cs.float())), name


def test_a_null_estimate_always_comes_with_a_note(found: Analysis) -> None:
    assert (found.estimates.filter(pl.col("estimate").is_null())["note"] != "").all()
    assert (found.contrasts.filter(pl.col("difference").is_null())["note"] != "").all()
    assert (found.best.filter(pl.col("tied_with_best").is_null())["note"] != "").all()


def test_scenarios_and_cadences_stand_in_the_order_given(found: Analysis) -> None:
    assert (found.scenarios, found.cadences) == (SCENARIOS, CADENCES)


def test_every_arm_and_measure_has_an_estimate(found: Analysis) -> None:
    assert found.estimates.height == len(SCENARIOS) * len(CADENCES) * found.measures.height


def test_contrasts_leave_out_the_baseline(found: Analysis) -> None:
    assert found.contrasts["cadence"].unique().sort().to_list() == sorted(CADENCES[1:])


def test_the_curve_ends_where_the_measure_says(found: Analysis) -> None:
    last = cell(found.in_force, "estimate", scenario="calm", cadence="quarterly", day=HORIZON)
    end = cell(found.estimates, "estimate", scenario="calm", cadence="quarterly", measure="in_force_end")
    assert last == end


def test_the_curve_since_signature_passes_through_its_measure(found: Analysis) -> None:
    arm = {"scenario": "calm", "cadence": "milestones"}
    curve = cell(found.since_signature, "estimate", **arm, day=FOLLOW_UP)
    assert curve == cell(found.estimates, "estimate", **arm, measure="survival_since_signature_3652")


def test_a_difference_is_the_difference_of_the_estimates(found: Analysis) -> None:
    for measure in (
        "rmst_in_force_1826",
        "rmst_since_signature_1826",
        "signed",
        "hostility",
        "signed_day_median",
    ):
        one = cell(found.estimates, "estimate", scenario="calm", cadence="quarterly", measure=measure)
        base = cell(found.estimates, "estimate", scenario="calm", cadence="silence", measure=measure)
        difference = cell(found.contrasts, "difference", scenario="calm", cadence="quarterly", measure=measure)
        assert difference == pytest.approx(one - base, abs=1e-9), measure


def test_counts_of_signings_add_up_to_the_replications(found: Analysis) -> None:
    each = ("both", "only_cadence", "only_baseline", "neither_or_too_late")
    total = found.both_sign_counts.select(pl.sum_horizontal(*each))
    assert set(total.to_series()) == {400}


def test_both_sign_starts_with_the_replications_counted(found: Analysis) -> None:
    both = cell(found.both_sign_counts, "both", scenario="calm", cadence="milestones")
    start = found.both_sign.filter(scenario="calm", cadence="milestones", day=0.0)
    assert start["at_risk"].to_list() == [both, both]


def test_values_where_both_sign_are_of_the_replications_counted(found: Analysis) -> None:
    both = cell(found.both_sign_counts, "both", scenario="calm", cadence="milestones")
    arm = {"scenario": "calm", "cadence": "milestones", "measure": "survival_both_sign_3652"}
    curve = found.both_sign.filter(scenario="calm", cadence="milestones", arm="cadence", day=FOLLOW_UP)
    assert cell(found.estimates, "n", **arm) == both
    assert cell(found.estimates, "estimate", **arm) == curve["estimate"].item()


def test_the_baseline_has_no_value_of_its_own_where_both_sign(found: Analysis) -> None:
    row = found.estimates.filter(scenario="calm", cadence="silence", measure="rmst_both_sign_1826")
    assert row["estimate"].item() is None
    assert row["note"].item().startswith("the baseline is compared")


def test_incidence_and_occupancy_agree_at_the_horizon(found: Analysis) -> None:
    arm = {"scenario": "calm", "cadence": "silence", "day": HORIZON}
    failed = found.causes.filter(**arm, since="start")["share"].sum()
    states = found.occupancy.filter(**arm).filter(pl.col("state").is_in(["abandoned", "collapsed"]))
    assert failed == pytest.approx(states["share"].sum())


def test_arms_are_paired_by_number_where_one_has_fewer(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    odd = {
        ("calm", "silence"): arms["calm", "silence"],
        ("calm", "quarterly"): arms["calm", "quarterly"].filter(pl.col("replication") % 3 == 0).reverse(),
    }
    third = {arm: rows.filter(pl.col("replication") % 3 == 0) for arm, rows in odd.items()}
    one, other = run(odd).contrasts, run(third).contrasts
    assert one.drop("note").equals(other.drop("note"))
    assert one["note"].str.contains("from the 134 replications that all cadences share, of up to 400").all()


def test_estimates_use_all_rows_of_an_arm_even_where_another_has_fewer(
    arms: dict[tuple[str, str], pl.DataFrame],
) -> None:
    odd = {
        ("calm", "silence"): arms["calm", "silence"],
        ("calm", "quarterly"): arms["calm", "quarterly"].head(50),
    }
    assert cell(run(odd).estimates, "n", cadence="silence", measure="signed") == 400


def test_identical_arms_are_told_apart_in_nothing(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    rows = arms["calm", "silence"]
    twins = run({("calm", "silence"): rows, ("calm", "twin"): rows.clone(), ("calm", "third"): rows})
    assert not twins.contrasts["distinguishable"].any()
    assert (twins.contrasts["difference"] == 0).all()
    assert (twins.contrasts["se"] == 0).all()
    assert twins.best["tied_with_best"].drop_nulls().all()


def test_nobody_signs_gives_nulls_with_a_reason(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    n = 20
    never = pl.DataFrame(
        {
            "replication": np.arange(n),
            "day": [100.0] * n,
            "outcome": ["abandoned"] * n,
            "cause": ["none"] * n,
            **{f"{name}_day": [float("nan")] * n for name in ("accord", "signed", "ratified", "half_verified")},
            "hostility": [0.5] * n,
        }
    )
    found = run({("calm", "silence"): never, ("calm", "quarterly"): arms["calm", "quarterly"].head(n)}, fans={})
    row = found.estimates.filter(cadence="silence", measure="rmst_since_signature_1826").row(0, named=True)
    assert (row["estimate"], row["low"], row["n"]) == (None, None, 0)
    assert row["note"] == "nobody signed"
    contrast = found.contrasts.filter(measure="rmst_since_signature_1826").row(0, named=True)
    assert (contrast["difference"], contrast["distinguishable"]) == (None, None)
    assert cell(found.estimates, "high", cadence="silence", measure="signed") == pytest.approx(0.161, abs=1e-3)
    assert found.since_signature.filter(cadence="silence")["estimate"].is_null().all()


def test_that_all_sign_too_late_is_a_reason_only_where_somebody_signs(
    arms: dict[tuple[str, str], pl.DataFrame],
) -> None:
    last = pl.lit(HORIZON - 1.0)
    late = arms["calm", "silence"].with_columns(
        signed_day=last, accord_day=last, ratified_day=None, half_verified_day=None, day=HORIZON, outcome=pl.lit("open")
    )
    found = run({("calm", "silence"): late}, fans={}, window=Window(HORIZON, 1217.5, (365.25,)))
    row = found.estimates.filter(measure="rmst_since_signature_365").row(0, named=True)
    assert row["note"] == "nobody signed early enough to be followed for 3.3 years"
    titles = dict(found.measures.select("measure", "title").iter_rows())
    assert titles["rmst_in_force_365"] == "Mean days in force within the first year"


def test_one_arm_alone_has_estimates_but_no_contrasts(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    alone = run({("calm", "silence"): arms["calm", "silence"]})
    assert alone.contrasts.is_empty()
    assert alone.both_sign.is_empty()
    assert alone.best.filter(measure="in_force_end")["tied_with_best"].to_list() == [True]


def test_one_replication_gives_values_without_errors(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    single = run({arm: rows.head(1) for arm, rows in arms.items()})
    row = single.estimates.filter(scenario="calm", cadence="silence", measure="rmst_in_force_1826").row(0, named=True)
    assert row["estimate"] is not None
    assert (row["se"], row["note"]) == (None, "one timeline only: its error cannot be estimated")


def test_a_window_longer_than_the_follow_up_is_null_with_a_reason(
    arms: dict[tuple[str, str], pl.DataFrame],
) -> None:
    found = run(arms, window=Window(HORIZON, 1000.0, tuple(RMST)))
    row = found.estimates.filter(scenario="calm", cadence="quarterly", measure="rmst_since_signature_1826")
    assert row["estimate"].item() is None
    assert row["note"].item() == "the window of 5 years is longer than the follow-up of 1000 days"


def test_a_model_without_verification_has_no_verified_measures(
    arms: dict[tuple[str, str], pl.DataFrame],
) -> None:
    found = run(arms, endpoints=replace(ENDPOINTS, half_verified=None))
    assert found.in_force_verified.is_empty()
    assert not found.measures["measure"].str.contains("verified").any()


def test_the_same_rows_give_the_same_analysis(arms: dict[tuple[str, str], pl.DataFrame], found: Analysis) -> None:
    again = run(arms)
    assert all(getattr(again, name).equals(getattr(found, name)) for name in SCHEMAS)


def test_one_scenario_does_not_touch_the_numbers_of_another(
    arms: dict[tuple[str, str], pl.DataFrame], found: Analysis
) -> None:
    other = run({arm: rows for arm, rows in arms.items() if arm[0] == "calm"})
    assert other.contrasts.equals(found.contrasts.filter(scenario="calm"))


def test_a_missing_baseline_suggests_a_near_one(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    with pytest.raises(TimelineError, match=r"the baseline cadence 'silense'.*did you mean .silence."):
        run(arms, baseline="silense")


def test_all_wrong_settings_are_named_at_once(arms: dict[tuple[str, str], pl.DataFrame]) -> None:
    with pytest.raises(TimelineError) as error:
        run(arms, window=Window(HORIZON, HORIZON + 1, (0.0,)), grid_points=1)
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == [
        "follow_up",
        "rmst",
        "grid_points",
    ]


def test_error_is_labelled_as_monte_carlo_error(found: Analysis) -> None:
    assert found.error_label.startswith("Monte Carlo error only (95%)")


def test_endpoints_import_nothing_heavy() -> None:
    heavy = "{'polars', 'numpy', 'scipy'}"
    code = f"import sys, timeline.model.endpoints; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
