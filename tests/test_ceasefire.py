"""The ceasefire: an illness-death process whose days of quiet and chance of war have closed forms."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.linalg import expm

import timeline
from timeline.front.result import Result

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "configs" / "ceasefire" / "monitors.toml"
HORIZON = 5.0


@pytest.fixture(scope="module")
def result() -> Result:
    return timeline.load(CONFIG).run(replications=4_000, workers=1)


def closed_form(watched: float) -> tuple[float, float]:
    """Return the mean days of quiet within the horizon, and the chance of war by then."""
    outbreak, calming, growth = 3.0 * 0.6**watched, 12.0 * 1.8**watched, 1.0 * 0.7**watched
    rates = np.array([[-outbreak - 0.02, outbreak], [calming, -calming - growth]])
    stay = expm(rates * HORIZON)
    quiet = np.linalg.solve(rates, stay - np.eye(2))[0, 0]
    return quiet * timeline.YEAR, 1.0 - stay[0].sum()


@pytest.mark.parametrize(("cadence", "watched"), [("unwatched", 0.0), ("half", 0.5), ("whole", 1.0)])
def test_days_of_quiet_and_chance_of_war_are_those_of_the_closed_form(
    result: Result, cadence: str, watched: float
) -> None:
    found = result.estimates.filter(cadence=cadence, scenario="tense")
    for measure, expected in zip(("quiet_days", "outcome_war"), closed_form(watched), strict=True):
        row = found.filter(measure=measure).row(0, named=True)
        # Three standard errors: six comparisons at a seed that is fixed.
        assert abs(row["estimate"] - expected) < 3 * row["se"], measure


def test_the_difference_from_the_baseline_is_that_of_the_closed_form(result: Result) -> None:
    row = result.contrasts.filter(cadence="whole", scenario="tense", measure="quiet_days").row(0, named=True)
    expected = closed_form(1.0)[0] - closed_form(0.0)[0]
    assert row["low"] < expected < row["high"]


def test_both_engines_play_the_same_ceasefires() -> None:
    study = timeline.load(CONFIG)
    one, other = (
        study.run(replications=60, workers=1, engine=engine).rows("whole", "tense") for engine in ("compiled", "simpy")
    )
    assert one.equals(other)


def test_no_measure_of_a_ceasefire_speaks_of_agreements(result: Result) -> None:
    assert result.measures["measure"].to_list() == ["outcome_war", "quiet_days", "skirmishes"]


def test_the_answer_speaks_in_the_words_of_the_model(result: Result) -> None:
    best = result.estimates.filter(cadence="whole", scenario="tense", measure="quiet_days")["estimate"].item()
    assert (
        f"whole is the best: under it the line is quiet for {best:,.0f} days within 5 years, against" in result.answer
    )
    assert "agreement" not in result.answer


@pytest.fixture(scope="module")
def page(result: Result, tmp_path_factory: pytest.TempPathFactory) -> str:
    return result.report(tmp_path_factory.mktemp("page") / "page.html").read_text(encoding="utf-8")


def test_the_page_of_a_ceasefire_has_no_section_on_agreements(page: str) -> None:
    for section in (
        "in-force",
        "fates",
        "estimands",
        "since-signature",
        "both-sign",
        "in-force-verified",
        "validation",
    ):
        assert f'<section id="{section}"' not in page, section
    for section in (
        "answer",
        "cadences",
        "precision",
        "contrasts",
        "causes",
        "occupancy",
        "timelines",
        "aims",
        "scenarios",
    ):
        assert f'<section id="{section}"' in page, section


def test_the_page_of_a_ceasefire_names_neither_sides_nor_signatures(page: str) -> None:
    words = page.partition("<body")[2]
    for word in ("Side A", "secret channel", "signature", "agreement", "in force"):
        assert word not in words, word
    assert "A cadence is a rule for how much of the line is watched." in words


def test_curves_of_agreements_are_empty_and_those_of_phases_are_not(result: Result) -> None:
    analysis = result.analysis
    for frame in (analysis.in_force, analysis.since_signature, analysis.both_sign, analysis.hazards):
        assert frame.height == 0
    assert analysis.occupancy["state"].unique().sort().to_list() == ["ceasefire", "war"]
    assert analysis.causes.filter(pl.col("since") != "start").height == 0


def test_shares_of_war_by_day_follow_the_closed_form(result: Result) -> None:
    causes = result.analysis.causes.filter(scenario="tense", cadence="unwatched")
    last = causes.filter(pl.col("day") == pl.col("day").max())["share"].sum()
    assert math.isclose(last, closed_form(0.0)[1], abs_tol=0.025)


def test_the_brief_of_a_ceasefire_speaks_in_the_words_of_the_model(tmp_path: Path) -> None:
    result = timeline.load(CONFIG).run(replications=100, workers=1)
    words = result.brief(tmp_path / "brief.html").read_text(encoding="utf-8").partition("<body")[2]
    for word in ("Side A", "secret channel", "igned", "agreement", "in force", "Likeness"):
        assert word not in words, word
    assert "A cadence is a rule for how much of the line is watched." in words
    assert words.count("<figure") == 2  # the differences, and the scenarios
