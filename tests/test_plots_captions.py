"""Captions say what is seen, computed from the numbers: exact texts on hand-made frames."""

from __future__ import annotations

import polars as pl
from test_plots_frames import TWELVE, World, analysis, record, simulated

from timeline.plots import causes, contrasts, curves, fans, maps, occupancy, scenarios, validation
from timeline.study.questions import Grid

HERE = {"scenario": "as assumed", "baseline": "silence"}
ERROR = (
    "Intervals are 95% Monte Carlo error: it shrinks with more replications "
    "and says nothing of how unsure the assumptions are."
)


def test_in_force_names_the_highest_the_baseline_and_the_lowest() -> None:
    assert curves.in_force_caption(analysis(World(TWELVE)).in_force, **HERE) == (
        "With quarterly-from-accord, 41.0% of all timelines have an agreement in force after 15 years, "
        "against 33.0% with silence, the baseline. The lowest is full-transparency with 21.0%. " + ERROR
    )


def test_in_force_with_half_verified_says_so() -> None:
    frame = analysis(World({"silence": 0.2, "monthly": 0.4})).in_force_verified
    assert curves.in_force_caption(frame, half_verified=True, **HERE) == (
        "With monthly, 20.0% of all timelines have an agreement in force with at least half of it "
        "verified after 15 years, against 10.0% with silence, the baseline. " + ERROR
    )


def test_in_force_says_when_the_baseline_is_the_highest() -> None:
    frame = analysis(World({"silence": 0.4, "monthly": 0.3})).in_force
    assert curves.in_force_caption(frame, **HERE) == (
        "With silence, the baseline, 40.0% of all timelines have an agreement in force after 15 years: "
        "no other cadence has more. The lowest is monthly with 30.0%. " + ERROR
    )


def test_in_force_says_when_nothing_is_in_force_or_all_is_equal() -> None:
    nothing = analysis(World({"silence": 0.0, "monthly": 0.0})).in_force
    assert curves.in_force_caption(nothing, **HERE) == (
        "Under no cadence is an agreement in force after 15 years. " + ERROR
    )
    equal = analysis(World({"silence": 0.3, "monthly": 0.3})).in_force
    assert curves.in_force_caption(equal, **HERE) == (
        "Under every cadence, 30.0% of all timelines have an agreement in force after 15 years. " + ERROR
    )


def test_since_signature_warns_that_the_populations_differ() -> None:
    frame = analysis(World({"silence": 0.33, "monthly": 0.41})).since_signature
    assert curves.since_signature_caption(frame, **HERE) == (
        "Of the agreements signed under monthly, 61.0% still stand 10 years after signature, against "
        "53.0% of those signed under silence, the baseline. The cadences sign in different replications, "
        "so this compares different agreements and not only different policies. " + ERROR
    )


def test_since_signature_claims_no_lead_for_a_baseline_that_shares_it() -> None:
    frame = analysis(World({"silence": 0.33, "monthly": 0.33})).since_signature
    assert "53.0% still stand 10 years after signature: no other cadence keeps more. " in (
        curves.since_signature_caption(frame, **HERE)
    )
    frame = analysis(World({"silence": 0.33, "monthly": 0.23})).since_signature
    assert ", more than under any other cadence. " in curves.since_signature_caption(frame, **HERE)


def test_since_signature_says_when_nobody_signs() -> None:
    world = World({"silence": 0.0, "monthly": 0.0}, signed={"silence": 0.0, "monthly": 0.0})
    assert curves.since_signature_caption(analysis(world).since_signature, **HERE) == (
        "No timeline signs under any cadence, so there is nothing to follow. " + ERROR
    )


def test_since_signature_says_when_all_sign_too_late_to_be_followed() -> None:
    frame = analysis(World({"silence": 0.3, "monthly": 0.3})).since_signature.with_columns(estimate=None)
    assert curves.since_signature_caption(frame, signing=("silence", "monthly"), **HERE) == (
        "Under no cadence is an agreement signed early enough to be followed for 10 years, so there is nothing to "
        "follow. " + ERROR
    )


def test_since_signature_says_nothing_of_other_agreements_where_there_is_one_cadence() -> None:
    said = curves.since_signature_caption(analysis(World({"silence": 0.33})).since_signature, **HERE)
    assert "different agreements" not in said


def test_both_sign_counts_who_is_compared_and_who_is_left_out() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41, "yearly": 0.35}))
    assert curves.both_sign_caption(a.both_sign, a.both_sign_counts, **HERE) == (
        "Among the 594 replications that sign both under monthly and under silence, 61.0% of the "
        "agreements still stand after 10 years under monthly and 53.0% under silence: the largest gap of "
        "all cadences. Only agreements signed early enough to be followed for 10 years count: 40 replications "
        "have one under monthly alone, 25 under silence alone. Signed too late for that are 7 under monthly and 8 "
        "under silence. Which replications these are depends on the pairing of the random numbers. " + ERROR
    )


def test_causes_name_the_commonest_and_the_largest_change() -> None:
    frame = analysis(World({"silence": 0.33, "monthly": 0.41, "get-ahead": 0.34})).causes
    assert causes.causes_caption(frame, **HERE) == (
        "Under silence, the baseline, 67.0% of all timelines end badly within 15 years; the commonest "
        "cause is repudiation (26.8% of all timelines). The largest change is in repudiation: 13.2% "
        "under get-ahead. A cause is the last link of a chain, not the whole story: these shares do not "
        "say what would have happened without it. " + ERROR + " Here it is at most ±1.0 points for a share."
    )


ENDS = "Hostility is that of the day on which each timeline ends. "


def test_contrasts_count_what_can_be_told_from_the_baseline() -> None:
    a = analysis(World(TWELVE))
    assert contrasts.contrasts_caption(a.contrasts, a.measures, **HERE) == (
        "In force at the end (15 years): 8 of the 11 other cadences can be told from silence, the "
        "baseline: 7 higher and 1 lower. The largest difference is full-transparency, 12.0 points less "
        "(−14.0 to −10.0). " + ENDS + contrasts.SIMULTANEOUS
    )


def test_contrasts_say_when_nothing_can_be_told_apart_or_compared() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.335, "yearly": 0.332}))
    assert contrasts.contrasts_caption(a.contrasts, a.measures, **HERE) == (
        "In force at the end (15 years): neither of the two other cadences can be told from silence, the "
        "baseline. " + ENDS + contrasts.SIMULTANEOUS
    )
    two = analysis(World({"silence": 0.33, "monthly": 0.41}))
    assert contrasts.contrasts_caption(two.contrasts, two.measures, **HERE).startswith(
        "In force at the end (15 years): monthly can be told from silence, the baseline. The difference is 8.0 points "
        "more (6.0 to 10.0). "
    )
    one = analysis(World({"silence": 0.33}))
    assert contrasts.contrasts_caption(one.contrasts, one.measures, **HERE) == (
        "Only one cadence was run, so there is no difference to show."
    )


def test_occupancy_says_where_the_baseline_ends() -> None:
    assert occupancy.occupancy_caption(analysis(World({"silence": 0.33})).occupancy, **HERE) == (
        "After 15 years under silence, the baseline, the timelines are: 47.0% collapsed, 33.0% "
        "consolidated, 20.0% abandoned. Read a panel from left to right: each vertical cut adds up to "
        "all timelines of that cadence. The areas carry Monte Carlo error like every share here; it is "
        "given in the tables."
    )


def test_fans_give_medians_and_say_what_the_bands_are() -> None:
    frame = analysis(World({"silence": 0.33, "monthly": 0.41})).fans
    assert fans.fans_caption(frame, best="monthly", sides=("North", "South"), **HERE) == (
        "Medians after 15 years: trust 0.53 under silence and 0.61 under monthly; pressure (North) 0.37 "
        "under silence and 0.29 under monthly; undisclosed 0.57 under silence and 0.49 under monthly. "
        "Only timelines still running on a day are counted, and only days on which at least 20 of a cadence "
        "run are drawn. The bands are the spread between replications, that is luck within one world: "
        "neither Monte Carlo error nor parameter uncertainty."
    )


def test_fans_leave_out_days_on_which_hardly_a_timeline_runs() -> None:
    frame = analysis(World({"silence": 0.33, "monthly": 0.41})).fans
    thin = frame.with_columns(n=pl.when(pl.col("day") > 10 * 365.25).then(3).otherwise("n"))
    assert fans.fans_caption(thin, **HERE).startswith("Medians after 10 years: trust 0.45 under silence")
    none = frame.with_columns(n=pl.lit(3, pl.Int64))
    assert fans.fans_caption(none, **HERE) == ("On no day were at least 20 timelines of a cadence still running.")
    named = frame.with_columns(pl.col("field").replace("a.pressure", "pressure on a over time"))
    assert "; pressure on North 0." in fans.fans_caption(named, sides=("North", "South"), **HERE)


def test_fans_of_the_first_replications_only_say_so() -> None:
    frame = analysis(World({"silence": 0.33})).fans
    first = frame.with_columns(note=pl.lit("from the first 10,000 of 50,000 replications"))
    said = "They are from the first 10,000 of 50,000 replications, as are the bands."
    assert said in fans.fans_caption(first, **HERE)


def test_fans_name_the_cadences_they_show_of_many() -> None:
    text = fans.fans_caption(analysis(World(TWELVE)).fans, best="quarterly-from-accord", **HERE)
    shown = "Shown: silence, quarterly-from-accord, full-transparency and milestones-only, of 12 cadences."
    assert shown in text


def test_scenarios_count_where_each_cadence_is_best() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}, scenarios=("calm", "harsh")))
    assert scenarios.across_scenarios_caption(a.estimates, a.best, measure="in_force_end") == (
        "monthly is the best cadence in every one of the 2 scenarios. A frame marks the one that does best; "
        "an equals sign marks cadences that cannot be told from it. " + ERROR
    )
    turned = a.best.with_columns(best=pl.when(pl.col("scenario") == "harsh").then(pl.lit("silence")).otherwise("best"))
    assert scenarios.across_scenarios_caption(a.estimates, turned, measure="in_force_end").startswith(
        "The best cadence depends on the scenario: of 2, monthly in 1 and silence in 1."
    )


def test_scenarios_do_not_call_best_what_cannot_be_told_from_another() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}, scenarios=("calm", "harsh")))
    tied = a.best.with_columns(tied_with_best=(pl.col("scenario") == "harsh") | pl.col("tied_with_best"))
    said = scenarios.across_scenarios_caption(a.estimates, tied, measure="in_force_end")
    assert said.startswith(
        "monthly looks best in every one of the 2 scenarios. In 1 of them it is surely the best; in the others another "
        "may be. A frame"
    )


def test_scenarios_name_no_winner_where_cadences_do_equally_well() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}, scenarios=("calm", "never")))
    nothing = a.estimates.with_columns(estimate=pl.when(pl.col("scenario") == "never").then(0.0).otherwise("estimate"))
    assert scenarios.across_scenarios_caption(nothing, a.best, measure="in_force_end").startswith(
        "The best cadence is not named in every scenario: of 2, monthly in 1 and none in 1, where several do equally "
        "well."
    )


def test_a_map_names_no_winner_where_cadences_do_equally_well() -> None:
    cells = {"scenario": ["low", "low", "high", "high"], "cadence": ["silence", "monthly"] * 2, "measure": "m"}
    best = pl.DataFrame({**cells, "tied_with_best": True, "best": ["monthly", "monthly", "silence", "silence"]})
    gains = {"scenario": ["low", "high"], "cadence": "monthly", "measure": "m", "difference": [0.03, 0.0]}
    grid = Grid(("leaks.discovery", "disclosure.charge"), (("low", "high"), ("0.1",)), ("low", "high"))
    said = maps.best_map_caption(best, pl.DataFrame(gains), grid=grid, measure="m", baseline="silence")
    assert said.startswith("The map has regions: of 2 cells, monthly looks best in 1 and none does in 1.")


def test_validation_says_whether_the_model_lies_in_the_band() -> None:
    text = validation.validation_caption(record(), simulated(), distance=0.064, record_name="UCDP 1975–1999")
    assert text == (
        "5 years after signature 63.1% of the simulated agreements still stand, against 62.0% in the "
        "record (UCDP 1975–1999; 95% band 46.0% to 78.0%): inside the band. The largest distance between "
        "the curves is 6.4 points. The grey band is the sampling error of the record; the blue one is "
        "Monte Carlo error."
    )


def test_validation_against_published_days_says_on_how_many() -> None:
    known = record()[[3, 4, 5]]
    text = validation.validation_caption(
        known, simulated(), distance=0.064, record_name="UCDP, 152 agreements", published=True
    )
    assert text.endswith(
        "The largest distance on the 3 published days is 6.4 points. Upright lines are the sampling error "
        "of the record; the blue band is Monte Carlo error."
    )


def test_validation_gives_no_verdict_where_the_record_has_no_band() -> None:
    bare = record().with_columns(
        pl.lit(None, dtype=pl.Float64).alias("low"), pl.lit(None, dtype=pl.Float64).alias("high")
    )
    text = validation.validation_caption(bare, simulated(), distance=0.064, record_name="pacts.csv, 2 agreements")
    assert text.startswith(
        "5 years after signature 63.1% of the simulated agreements still stand, against 62.0% in the "
        "record (pacts.csv, 2 agreements; too few to give a band): no verdict. The largest distance"
    )
    assert text.endswith(" points. The band is Monte Carlo error.")


def test_the_label_of_a_record_is_broken_inside_the_name_of_its_file() -> None:
    assert validation._wrap("peace_agreements_1975_1999.csv, 5 agreements") == (
        "peace_agreements_\n1975_1999.csv, 5\nagreements"
    )
    assert validation._wrap("one two " * 40).count("\n") == 4
