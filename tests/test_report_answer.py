"""The answer sentence of every case, by exact text."""

from __future__ import annotations

import polars as pl
import pytest
from test_plots_frames import TWELVE, World, analysis

from timeline.report.answer import answer

CAVEAT = (
    "Main caveat: the interval is Monte Carlo error only and holds no doubt about the assumptions, "
    "of which 6 of 10 (60%) are judgement."
)
PLAIN_CAVEAT = "Main caveat: this rests on the assumptions, of which 6 of 10 (60%) are judgement."


def test_one_cadence_is_better_and_others_cannot_be_told_from_it() -> None:
    found = answer(analysis(World(TWELVE, tied=("milestones-only", "joint-balanced-bundles"))), judged=(6, 10))
    assert found.kind == "better"
    assert found.text == (
        "Of the 12 cadences, quarterly-from-accord keeps the agreement in force after 15 years most often: "
        "in 41% of timelines against 33% under silence, 8 points more (95% simultaneous interval 6 to 10). "
        "It cannot be told from milestones-only and joint-balanced-bundles. "
        "The same cadence leads if at least half must be verified (20.5%). " + CAVEAT
    )


def test_a_narrow_interval_earns_a_decimal() -> None:
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.412}, half=0.004)))
    assert found.sentence == (
        "Of the two cadences, monthly keeps the agreement in force after 15 years more often: in 41.2% of "
        "timelines against 33.0% under silence, 8.2 points more (95% simultaneous interval 7.4 to 9.0)."
    )


def test_rounded_numbers_always_add_up() -> None:
    found = answer(analysis(World({"silence": 0.326, "monthly": 0.414}, half=0.02)))
    assert "in 41.4% of timelines against 32.6% under silence, 8.8 points more" in found.sentence


def test_the_baseline_is_the_best() -> None:
    found = answer(analysis(World({"silence": 0.41, "monthly": 0.33, "yearly": 0.30})), judged=(6, 10))
    assert found.kind == "baseline best"
    assert found.text == (
        "Of the 3 cadences, silence, the baseline, keeps the agreement in force after 15 years most often: "
        "in 41% of timelines; next is monthly with 33%, 8 points less (95% simultaneous interval 6 to 10). "
        "It can be told from every other cadence. "
        "The same cadence leads if at least half must be verified (20.5%). " + CAVEAT
    )


def test_the_best_cannot_be_told_from_the_baseline() -> None:
    found = answer(analysis(World({"silence": 0.40, "monthly": 0.41, "full": 0.2}, tied=("silence",))))
    assert found.kind == "not told from the baseline"
    assert found.sentence == (
        "monthly has the most agreements in force after 15 years (41% of timelines), but it cannot be "
        "told from silence, the baseline (40%): the difference is 1 point (95% simultaneous interval −1 "
        "to 3)."
    )
    assert found.details[0] == "Lower than silence: full."


def test_no_difference_is_found() -> None:
    world = World({"silence": 0.40, "monthly": 0.41, "yearly": 0.405}, tied=("silence", "yearly"))
    found = answer(analysis(world))
    assert found.kind == "no difference"
    assert found.sentence == (
        "No difference was found between the 3 cadences: after 15 years the agreement is in force in "
        "40% (silence) to 41% (monthly) of timelines."
    )
    assert found.details == (
        "That does not prove that there is none: the 95% simultaneous intervals of the differences from "
        "silence "
        "reach from −1.5 to 3.0 points.",
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
    assert "It is also the best in the other 2 scenarios." in answer(a).details
    turned = a.best.with_columns(best=pl.when(pl.col("scenario") == "harsh").then(pl.lit("silence")).otherwise("best"))
    a.best = turned
    assert "Another cadence is best in 1 of the other 2 scenarios: silence (harsh)." in answer(a).details
    assert answer(a, scenario="harsh").kind == "baseline best"


def test_another_cadence_may_lead_once_dead_letters_are_left_out() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}))
    strict = pl.col("measure") == "in_force_verified_end"
    a.best = a.best.with_columns(best=pl.when(strict).then(pl.lit("silence")).otherwise("best"))
    assert "If at least half must be verified, silence leads (16.5%, against 20.5% under monthly)." in answer(a).details


def test_without_a_list_of_assumptions_the_caveat_counts_none() -> None:
    found = answer(analysis(World({"silence": 0.33, "monthly": 0.41})))
    assert found.caveat == (
        "Main caveat: the interval is Monte Carlo error only and holds no doubt about the assumptions."
    )
