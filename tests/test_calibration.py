"""Calibrating: worlds that fit what is known, what they have learnt, and whether draws mean what they say."""

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import timeline
from timeline.analysis.calibration import TargetFit, fit_table, pairs_table
from timeline.analysis.rank_histogram import rank_of, rank_table
from timeline.cli import main
from timeline.errors import ConfigError
from timeline.study.uncertainty import Target

CONFIG = "configs/ceasefire/monitors.toml"
ASKED = {
    "worlds": 60,
    "replications": 150,
    "free": ["line.growth", "line.calming", "line.growth_watched"],
    "keep": [
        {"measure": "outcome war", "within": ["20%", "30%"]},
        {"measure": "quiet days", "within": ["1 day", "1825 days"]},
    ],
    "hold_out": ["mean days of quiet"],
}


@pytest.fixture(scope="module")
def study():
    return timeline.load(CONFIG).change("uncertainty", ASKED)


@pytest.fixture(scope="module")
def found(study):
    return study.calibrate()


def test_as_many_worlds_are_accepted_as_are_asked_for(found):
    assert found.posterior.height == 60
    assert found.posterior.columns == ["line.calming", "line.growth", "line.growth_watched", "weight"]


def test_accepted_worlds_fit_by_luck_that_did_not_choose_them(found):
    used, tested = found.fit.iter_rows(named=True)
    assert (used["role"], tested["role"]) == ("used", "left out")
    # The middle one lies inside; of a band .1 wide, with 150 timelines a world, about half do (s.e. .035 each).
    assert 0.2 <= used["accepted_50"] <= 0.3
    assert used["inside"] > 0.4
    assert used["drawn_50"] > 0.4
    assert tested["inside"] == pytest.approx(1)


def test_what_the_data_say_of_each_assumption_is_told_apart(found):
    learnt = dict(found.learnt.select("path", "learnt").iter_rows())
    # War is rarer where a skirmish grows seldom or calms soon.
    assert learnt["line.growth"] or learnt["line.calming"]
    assert not learnt["line.growth_watched"]
    assert "nothing that stands out from chance of 1 other assumption" in found.answer or "and nothing" in found.answer


def test_assumptions_that_the_data_hold_together_are_told(found):
    first = found.pairs.row(0, named=True)
    assert {first["one"], first["other"]} == {"line.calming", "line.growth"}
    assert first["rank"] > first["floor"] > 0


def test_the_posterior_is_a_table_that_a_config_reads(found, tmp_path: Path):
    found.write(tmp_path, "timeline calibrate x")
    table = tmp_path / "posterior.parquet"
    recipe = json.loads((tmp_path / "recipe.json").read_text("utf-8"))
    assert recipe["uncertainty"]["worlds"] == 60
    asked = {"from": str(table), "worlds": 50, "replications": 100, "free": ASKED["free"]}
    worlds = timeline.load(CONFIG).change("uncertainty", asked).worlds()
    posterior = pl.read_parquet(table)
    drawn = worlds.drawn.frame()
    assert set(drawn["line.growth"]) <= set(posterior["line.growth"])


def test_the_page_says_of_what_the_data_say_nothing(found, tmp_path: Path):
    page = found.write(tmp_path, "timeline calibrate x").read_text("utf-8")
    assert "The data say nothing of these: line.growth_watched" in page
    assert "Left out, as a test: mean days of quiet (100% inside)." in page
    assert "http" not in page.partition("</style>")[2].replace("http://www.w3.org", "")


def test_beside_a_posterior_lies_how_it_was_found(found, tmp_path: Path):
    found.write_posterior(tmp_path / "mine.parquet", "timeline calibrate mine.toml")
    recipe = json.loads((tmp_path / "mine.json").read_text())
    assert recipe["command"] == "timeline calibrate mine.toml"
    assert recipe["sha256"] == hashlib.sha256((tmp_path / "mine.parquet").read_bytes()).hexdigest()


def test_the_same_seed_gives_the_same_posterior(study, found):
    assert study.calibrate().posterior.equals(found.posterior)


def test_a_record_that_is_not_there_is_refused(study, tmp_path: Path):
    with pytest.raises(ConfigError, match="expected the record whose survival is taken"):
        study.calibrate(data=tmp_path)


def test_rounds_of_a_self_check_in_which_nothing_fitted_are_told(found, tmp_path: Path):
    from dataclasses import replace

    none = replace(found, tables=replace(found.tables, rounds=4))
    assert "In 0 of 4 rounds worlds were found" in none.write(tmp_path).read_text("utf-8")


def test_a_study_without_bands_is_not_calibrated():
    with pytest.raises(ConfigError, match="names no band"):
        timeline.load(CONFIG).change("uncertainty", {"worlds": 20}).calibrate()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"free": ["line.grwth"]}, 'did you mean "line.growth"'),
        ({"hold_out": ["wr"]}, 'given "wr", expected one of'),
        ({"hold_out": ["mean days of quiet", "ended as “war” before the horizon"]}, "given all bands"),
        ({"keep": [{"measure": "outcome war", "value": 0.3}], "hold_out": []}, "given without se"),
        ({"keep": [{"measure": "outcome war", "value": 0.3, "se": 0}], "hold_out": []}, "expected a number above 0"),
        (
            {"keep": [{"measure": "outcome war", "value": 0.3, "se": 0.1, "within": [0, 1]}], "hold_out": []},
            "given beside within",
        ),
        ({"laws": {"line.outbreak": {"low": 1, "high": 2}}}, "not among the assumptions that are free"),
    ],
)
def test_what_cannot_be_asked_of_a_calibration_is_refused(changed, said):
    with pytest.raises(ConfigError) as refused:
        _ = timeline.load(CONFIG).change("uncertainty", {**ASKED, **changed}).experiment
    assert said in str(refused.value)


def test_a_value_with_its_standard_error_is_a_band_of_95_percent():
    asked = {"keep": [{"measure": "outcome war", "value": "30%", "se": 0.05}]}
    (target,) = timeline.load(CONFIG).change("uncertainty", asked).experiment.uncertainty.keep
    assert (target.low, target.high) == (pytest.approx(0.3 - 1.96 * 0.05, abs=1e-4), pytest.approx(0.398, abs=1e-4))


def test_the_command_prints_one_object_and_writes_a_page(tmp_path: Path, capsys):
    words = ["calibrate", CONFIG, "--draws", "20", "--replications", "60", "--free", "line.growth", "--json"]
    band = 'uncertainty.keep=[{measure = "outcome war", within = [0.3, 0.7]}]'
    with pytest.raises(SystemExit) as done:
        main([*words, "--set", band, "--out", str(tmp_path)])
    assert done.value.code == 0
    printed = json.loads(capsys.readouterr().out)
    assert Path(printed["page"]).is_file()
    assert printed["learnt"][0]["path"] == "line.growth"


# -- the tables


def test_a_band_is_met_by_the_weight_of_the_worlds_inside():
    fit = TargetFit([Target("kept", "survival", 0.4, 0.6, 1.0)], 1, np.array([[0.9]]), np.array([[0.5], [0.7]]))
    row = fit_table(fit, np.array([0.8, 0.2])).row(0, named=True)
    assert (row["role"], row["inside"]) == ("left out", 0.8)


def test_independent_assumptions_do_not_trade_off():
    """At most one table of twenty names a pair; this seed is not that one."""
    scores = np.random.default_rng(4).uniform(size=(200, 20))
    assert not pairs_table([f"x{k}" for k in range(20)], scores, np.full(200, 1 / 200), 200)["stands_out"].any()


# -- simulation-based calibration, of a normal mean whose posterior is known


def ranks_of(spread: float, lean: float = 0.0, worlds: int = 600):
    """Return ranks of a standard normal mean that is seen with an error of 1: the posterior is N(seen / 2, 1 / 2)."""
    rng = np.random.default_rng(7)
    truth = rng.normal(size=worlds)
    seen = truth + rng.normal(size=worlds)
    draws = seen[:, None] / 2 + lean + spread * np.sqrt(0.5) * rng.normal(size=(worlds, 39))
    return np.array([[rank_of(t, d, rng, 39)] for t, d in zip(truth, draws, strict=True)])


def test_ranks_of_true_posterior_draws_are_even():
    assert rank_table(["mean"], ranks_of(1.0), 39)["p_value"][0] > 0.05


@pytest.mark.parametrize(("spread", "lean"), [(2.0, 0.0), (0.5, 0.0), (1.0, 0.5)])
def test_draws_that_spread_too_far_too_little_or_lean_are_found_out(spread, lean):
    table = rank_table(["mean"], ranks_of(spread, lean), 39)
    assert table["p_value"][0] < 1e-6
    ends = table["count"][0] + table["count"][-1]
    assert ends < 60 if spread > 1 else ends > 120


def test_a_self_check_ranks_every_free_assumption(study):
    few = study.change("uncertainty.worlds", 20).change("uncertainty.replications", 60)
    checked = few.calibrate(check=3).check
    assert set(checked["driver"]) == set(ASKED["free"])
    assert checked.filter(driver="line.growth")["count"].sum() <= 3
