"""What a difference hangs on, from a config to tables and a picture."""

import json
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import timeline
from timeline.cli import main
from timeline.errors import ConfigError
from timeline.plots.sensitivity import tornado_caption

CONFIG = "configs/ceasefire/monitors.toml"
SMALL = {"paths": 3, "keep": 2, "points": 16, "replications": 30}


@pytest.fixture(scope="module")
def study():
    return timeline.load(CONFIG)


@pytest.fixture(scope="module")
def found(study):
    return study.sensitivity("whole", **SMALL)


def test_every_assumption_that_is_not_known_is_screened(study, found):
    free = set(study.experiment.model.assumptions)
    screened = found.screening.filter(of="difference")["driver"].to_list()
    assert set(screened) <= free
    assert len(screened) == len(set(screened)) == found.screening.filter(of="outcome").height


def test_the_weightiest_of_the_screening_are_measured_further(found):
    weightiest = found.screening.filter(of="difference")["driver"].to_list()[:2]
    assert set(found.indices["driver"]) == set(found.tornado["driver"]) == set(found.flips["driver"]) == set(weightiest)


def test_the_same_seed_gives_the_same_tables(study, found):
    again = study.sensitivity("whole", **SMALL)
    assert again.screening.equals(found.screening)
    assert again.flips.equals(found.flips)


def test_the_swing_is_the_difference_of_the_ends(found):
    row = found.tornado.row(0, named=True)
    assert row["swing"] == pytest.approx(row["at_high"] - row["at_low"])


def test_a_swing_that_luck_could_make_is_not_called_one(found):
    clear = found.tornado.with_columns(swing=pl.lit(100.0), se=pl.lit(1.0))
    assert tornado_caption(replace(found, tornado=clear)).startswith("Beyond luck ")
    luck = found.tornado.with_columns(swing=pl.lit(1.0), se=pl.lit(1.0))
    assert tornado_caption(replace(found, tornado=luck)).startswith("None swings ")


def test_a_rung_is_sure_if_the_leader_is_ahead_of_luck_and_margin(found):
    for row in found.ladders.filter("sure").iter_rows(named=True):
        assert row["gain"] > 1.96 * row["se"]


def test_timelines_are_counted(found):
    assumptions = found.screening.filter(of="outcome").height
    expected = (
        3 * (assumptions + 1) * 2 * 30 + 4 * 16 * 2 * 30 + 2 * 5 * len(timeline.load(CONFIG).experiment.cadences) * 1000
    )
    assert found.timelines == expected


@pytest.mark.parametrize("given", ["unwatched", "never-heard-of"])
def test_a_cadence_that_has_no_difference_is_refused(study, given):
    with pytest.raises(ConfigError, match=f'given "{given}", expected one of '):
        study.sensitivity(given, **SMALL)


def test_a_config_with_one_cadence_has_nothing_to_hang_on(study):
    with pytest.raises(ConfigError, match="expected two or more to compare"):
        study.keep("unwatched").sensitivity(**SMALL)


def test_the_command_prints_one_object_and_writes_tables_and_a_picture(tmp_path: Path, capsys):
    words = ["sensitivity", CONFIG, "--cadence", "whole", "--paths", "2", "--keep", "1", "--points", "8"]
    with pytest.raises(SystemExit) as done:
        main([*words, "--replications", "20", "--out", str(tmp_path / "out"), "--json"])
    assert done.value.code == 0
    assert json.loads(capsys.readouterr().out)["cadence"] == "whole"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "screening.csv", "indices.csv", "tornado.csv", "flips.csv", "ladders.csv", "tornado.png", "tornado.svg",
            "flips.png", "flips.svg",
    }  # fmt: skip
