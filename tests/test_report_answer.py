"""The answer sentence of every case, by exact text."""

from __future__ import annotations

import polars as pl
import pytest
from test_plots_frames import TWELVE, World, analysis

from timeline.pages.answer import answer

CAVEAT = (
    "Main caveat: the interval is Monte Carlo error only and holds no doubt about the assumptions, "
    "of which 6 of 10 (60%) are judgement."
)
PLAIN_CAVEAT = "Main caveat: this rests on the assumptions, of which 6 of 10 (60%) are judgement."


def places(**rows: tuple[float, float, float]) -> pl.DataFrame:
    """Say how far cadences are from the best of the others: (difference, low, high)."""
    made = [("as assumed", name.replace("_", "-"), *row) for name, row in rows.items()]
    return pl.DataFrame(made, schema=["scenario", "cadence", "difference", "low", "high"], orient="row")


def test_the_answer_names_all_that_cannot_be_told_from_the_best() -> None:
    found = answer(
        analysis(World(TWELVE, tied=("milestones-only", "joint-balanced-bundles"))),
        judged=(6, 10),
        against_best=places(quarterly_from_accord=(0.01, -0.004, 0.02)),
    )
    assert found.kind == "several best"
    assert found.text == (
        "Of the 12 cadences, 3 cannot be told from the best: quarterly-from-accord, milestones-only and "
        "joint-balanced-bundles. Under them the agreement is in force after 15 years in 40% to 41% of timelines, "
        "against 33% under silence, the baseline: 7 to 8 points more (95% intervals from 5 to 10, "
        "holding for all cadences together). "
        "The same holds if at least half of it must be verified. "
        "How sure: with 95% confidence the cadence that is best in this model is one of them, and "
        "quarterly-from-accord, which looks best, is at most 0.4 points behind it. " + CAVEAT
    )


def test_one_cadence_may_be_the_best_alone() -> None:
    found = answer(
        analysis(World({"silence": 0.33, "monthly": 0.412, "yearly": 0.35}, half=0.004)),
        against_best=places(monthly=(0.062, 0.0, 0.07)),
    )
    assert found.kind == "one best"
    assert found.sentence == (
        "Of the 3 cadences, monthly is the best: under it the agreement is in force after 15 years in 41.2% of "
        "timelines, against 33.0% under silence, the baseline, 8.2 points more (95% interval 7.4 to 9.0, "
        "holding for all cadences together)."
    )
    assert found.sure == (
        "How sure: with 95% confidence no other cadence is better in this model; it is 6.2 points ahead of the best of "
        "the others (interval 0.0 to 7.0)."
    )


def test_a_lead_over_the_baseline_is_given_once() -> None:
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.41})), against_best=places(monthly=(0.08, 0.0, 0.09)))
    assert found.sure == "How sure: with 95% confidence the other cadence is not better in this model."


def test_one_of_two_cadences_is_better() -> None:
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.41})))
    assert found.sentence.startswith("Of the two cadences, monthly is better: under it the agreement is in force")


def test_rounded_numbers_always_add_up() -> None:
    found = answer(analysis(World({"silence": 0.326, "monthly": 0.414}, half=0.02)))
    assert "in 41.4% of timelines, against 32.6% under silence, the baseline, 8.8 points more" in found.sentence


def test_the_baseline_is_the_best() -> None:
    found = answer(analysis(World({"silence": 0.41, "monthly": 0.33, "yearly": 0.30})), judged=(6, 10))
    assert found.kind == "baseline best"
    assert found.text == (
        "Of the 3 cadences, silence, the baseline, is the best: under it the agreement is in force after 15 years in "
        "41% of timelines; next is monthly with 33%, 8 points less (95% interval 6 to 10, holding for all "
        "cadences together). "
        "The same holds if at least half of it must be verified. "
        "How sure: with 95% confidence no other cadence is better in this model. " + CAVEAT
    )


def test_the_baseline_is_among_the_best() -> None:
    found = answer(analysis(World({"silence": 0.40, "monthly": 0.41, "full": 0.2}, tied=("silence",))))
    assert found.kind == "baseline among the best"
    assert found.sentence == (
        "Of the 3 cadences, 2 cannot be told from the best: monthly and silence (the baseline). Under them the "
        "agreement is in force after 15 years in 40% to 41% of timelines."
    )
    assert found.details[:2] == (
        "So this run gives no reason to leave silence.",
        "Worse than silence (95% interval in brackets, holding for all cadences together): full by 20.0 points "
        "(18.0 to 22.0).",
    )


def test_of_many_that_may_be_the_best_those_that_are_not_are_named() -> None:
    names = dict.fromkeys(["silence", "a", "b", "c", "d"], 0.40) | {"full": 0.2}
    found = answer(analysis(World(names, best="a", tied=("silence", "b", "c", "d"))))
    assert found.sentence.startswith(
        "Of the 6 cadences, all but full may be the best, silence, the baseline, among them. Under them the agreement"
    )


def test_a_leader_that_cannot_be_told_from_the_baseline_is_named() -> None:
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.41, "yearly": 0.34}, tied=("yearly",))))
    assert found.kind == "several best"
    assert found.details[0] == "Of these, yearly cannot be told from silence either."


def test_a_dominated_leader_is_said_to_be_dominated() -> None:
    verdicts = pl.DataFrame(
        {"scenario": ["as assumed"], "cadence": ["monthly"], "verdict": ["dominated"], "by": [["yearly"]]}
    )
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.41, "yearly": 0.34})), verdicts=verdicts)
    assert found.details[-1] == (
        "But survival is not all: counting every aim, yearly is at least as good as monthly in each and better in some."
    )


def test_no_difference_is_found() -> None:
    world = World({"silence": 0.40, "monthly": 0.41, "yearly": 0.405}, tied=("silence", "yearly"))
    found = answer(analysis(world))
    assert found.kind == "no difference"
    assert found.sentence == (
        "No difference was found between the 3 cadences: after 15 years the agreement is in force in "
        "40% (silence) to 41% (monthly) of timelines."
    )
    assert found.details == (
        "That does not prove that there is none: the 95% intervals of the differences from silence, which hold for "
        "all cadences together, reach from −1.5 to 3.0 points.",
    )


def test_identical_arms_are_called_identical() -> None:
    world = World({"silence": 0.33, "monthly": 0.33}, identical=True, tied=("silence", "monthly"))
    found = answer(analysis(world), judged=(6, 10))
    assert found.kind == "identical"
    assert found.text == (
        "Both cadences give identical timelines: after 15 years the agreement is in force in 33% of them "
        "under "
        "each; check that the cadences differ in something this model reads. " + PLAIN_CAVEAT
    )


def test_one_cadence_alone_is_not_compared() -> None:
    found = answer(analysis(World({"silence": 0.33})))
    assert found.kind == "one cadence"
    assert found.sentence == (
        "Only silence was run: after 15 years the agreement is in force in 33% of timelines "
        "(95% interval 32% to 34%); a second cadence is needed to compare."
    )


@pytest.mark.parametrize(
    ("cadences", "sentence"),
    [
        (
            ("silence", "monthly", "yearly"),
            "Under none of the 3 cadences does anyone sign an agreement within 15 years, "
            "so no cadence can be preferred.",
        ),
        (
            ("silence", "monthly"),
            "Under neither cadence does anyone sign an agreement within 15 years, so no cadence can be preferred.",
        ),
        (
            ("silence",),
            "Under silence nobody signs an agreement within 15 years, so no cadence can be preferred.",
        ),
    ],
)
def test_nobody_signs(cadences: tuple[str, ...], sentence: str) -> None:
    nothing = dict.fromkeys(cadences, 0.0)
    found = answer(analysis(World(nothing, signed=nothing)), judged=(6, 10))
    assert (found.kind, found.text) == ("nobody signed", f"{sentence} {PLAIN_CAVEAT}")


def test_agreements_are_signed_but_none_lasts() -> None:
    world = World({"silence": 0.0, "monthly": 0.0}, signed={"silence": 0.1, "monthly": 0.12})
    found = answer(analysis(world))
    assert found.kind == "nothing in force"
    assert found.sentence == (
        "Under neither cadence is an agreement in force after 15 years, although up to 12.0% of "
        "timelines sign one (monthly)."
    )


def test_other_scenarios_are_mentioned() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}, scenarios=("calm", "harsh", "watched")))
    assert "It may be the best in the other 2 scenarios too." in answer(a).details
    of_harsh = pl.col("scenario") == "harsh"
    a.best = a.best.with_columns(
        best=pl.when(of_harsh).then(pl.lit("silence")).otherwise("best"),
        tied_with_best=pl.when(of_harsh).then(pl.col("cadence") == "silence").otherwise("tied_with_best"),
    )
    assert "The answer turns in 1 of the other 2 scenarios: best is silence in harsh." in answer(a).details


def test_of_many_scenarios_in_which_the_answer_turns_only_the_number_is_said() -> None:
    scenarios = ("calm", *(f"s{i}" for i in range(9)))
    a = analysis(World({"silence": 0.33, "monthly": 0.41}, scenarios=scenarios))
    others = pl.col("scenario") != "calm"
    a.best = a.best.with_columns(
        best=pl.when(others).then(pl.lit("silence")).otherwise("best"),
        tied_with_best=pl.when(others).then(pl.col("cadence") == "silence").otherwise("tied_with_best"),
    )
    said = "The answer turns in the other 9 scenarios: there it is not among the best."
    assert said in answer(a).details


def test_another_cadence_may_lead_once_dead_letters_are_left_out() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}))
    strict = pl.col("measure") == "in_force_verified_end"
    a.best = a.best.with_columns(
        best=pl.when(strict).then(pl.lit("silence")).otherwise("best"),
        tied_with_best=pl.when(strict).then(pl.col("cadence") == "silence").otherwise("tied_with_best"),
    )
    silence_leads = a.estimates.with_columns(
        estimate=pl.when(strict & (pl.col("cadence") == "silence")).then(0.3).otherwise("estimate")
    )
    a.estimates = silence_leads
    said = "If at least half of it must be verified, silence leads (30.0%, against 20.5% under monthly)."
    assert said in answer(a).details


def test_without_a_list_of_assumptions_the_caveat_counts_none() -> None:
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.41})))
    assert found.caveat == (
        "Main caveat: the interval is Monte Carlo error only and holds no doubt about the assumptions."
    )
