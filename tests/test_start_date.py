"""A start date names the days of a timeline and decides none of them."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from timeline.cli import main
from timeline.config.load import load
from timeline.errors import ConfigError
from timeline.explaining.choosing import pair_of
from timeline.explaining.explanation import Explanation, explain
from timeline.explaining.keeping import plain
from timeline.front.study import load as load_study
from timeline.plots.style import calendar_ticks
from timeline.plots.swimlane import narrative
from timeline.study.experiment import Experiment
from timeline.study.keys import arm_keys, determinants
from timeline.study.resolved import Resolved
from timeline.words import moment, when, years_and_days

TOY = Path(__file__).parent / "toy"
SHIPPED = Path(__file__).parents[1] / "configs" / "backchannel" / "cadence.toml"
HEAD = 'model = "talks"\nhorizon = "15 years"\nreplications = 10\nseed = 7\n'
STARTS = "starts = 1993-01-20\n"
CADENCES = """\
[cadences.silence]
[cadences.quarterly]
starts = "verified_step"
rules = [{ every = "90 days", share = "60%" }]
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    return Path("configs/x.toml")


def read(config: Path, text: str, *overrides: str) -> Experiment:
    config.write_text(text, encoding="utf-8")
    return load(config, overrides)


def problems(config: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(config, text, *overrides)
    return list(caught.value.problems)


def injected(day: str) -> str:
    return f"[[inject]]\nclock = 'leak'\nday = {day}\n"


# Words


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (0.0, "less than a day"), (0.99, "less than a day"), (1.0, "1 day"), (365.2, "365 days"), (365.25, "1 year"),
        (366.25, "1 year, 1 day"), (3 * 365.25 + 33.9, "3 years, 33 days"), (15 * 365.25, "15 years"),
    ],
)  # fmt: skip
def test_a_day_is_told_in_whole_years_and_days_since_the_start(day: float, said: str) -> None:
    assert years_and_days(day) == moment(day) == said
    assert when(day) == f"after {said}"


def test_with_a_start_a_day_is_told_by_its_date() -> None:
    starts = date(1993, 1, 20)
    assert [moment(day, starts) for day in (0.0, 0.9, 345.0, 346.0)] == [
        "20 January 1993", "20 January 1993", "31 December 1993", "1 January 1994",
    ]  # fmt: skip
    assert when(346.0, starts) == "on 1 January 1994"


@pytest.mark.parametrize("days", [30.0, 400.0, 2000.0, 5478.75, 40_000.0])
@pytest.mark.parametrize("starts", [date(1, 1, 1), date(1993, 1, 20), date(1996, 2, 29)])
def test_an_axis_of_dates_has_few_labels_in_order_and_within_it(days: float, starts: date) -> None:
    ticks = calendar_ticks(starts, days, 9)
    assert len(ticks) <= 10
    assert ticks == sorted(ticks)
    assert all(0 <= day <= days for day, _ in ticks)


# Configs


def test_a_date_is_an_injections_day_counted_from_the_start(config: Path) -> None:
    found = read(config, HEAD + STARTS + CADENCES + injected("1995-11-04") + injected("1993-01-20"))
    assert found.starts == date(1993, 1, 20)
    assert [event.days for event in found.injections] == [1018.0, 0.0]
    assert when(1018.0, found.starts) == "on 4 November 1995"
    assert {event.since for event in found.injections} == {None}


def test_a_scenario_may_inject_on_a_date_too(config: Path) -> None:
    found = read(config, HEAD + STARTS + CADENCES + injected("1994-01-20").replace("inject", "scenarios.x.inject"))
    assert [event.days for event in found.scenarios["x"].injections] == [365.0]


def test_the_start_can_be_set_on_the_command_line(config: Path) -> None:
    assert read(config, HEAD + CADENCES, "starts=1993-01-20").starts == date(1993, 1, 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STARTS + CADENCES + injected("1993-01-19"),
         "configs/x.toml, line 12: inject[0].day: given 1993-01-19, which is before the start, expected 1993-01-20 "
         "or later"),
        (STARTS + CADENCES + injected("2008-01-21"),
         "configs/x.toml, line 12: inject[0].day: given 2008-01-21, expected 2008-01-20 or earlier: "
         "the horizon ends there"),
        (CADENCES + injected("1995-11-04"),
         "configs/x.toml, line 11: inject[0].day: given 1995-11-04, but the config gives no start date; expected "
         'starts = ... at the top of the file, or a day such as "400 days"'),
        (STARTS + CADENCES + injected("1995-11-04T10:00:00"),
         "configs/x.toml, line 12: inject[0].day: given 1995-11-04 10:00:00, expected a day such as \"400 days\" or "
         '"3 months after signature", or a date such as 1995-11-04'),
        ("starts = '1993-01-20'\n" + CADENCES,
         'configs/x.toml, line 5: starts: given "1993-01-20", expected a date such as 1993-01-20, without quotes and '
         "without a time of day"),
        ("starts = 1993-01-20T08:00:00Z\n" + CADENCES,
         "configs/x.toml, line 5: starts: given 1993-01-20 08:00:00+00:00, expected a date such as 1993-01-20, "
         "without quotes and without a time of day"),
        ("starts = 9990-01-01\n" + CADENCES,
         "configs/x.toml, line 5: starts: given 9990-01-01, expected a start whose horizon lies before the year 10000"),
    ],
)  # fmt: skip
def test_a_wrong_date_is_one_line_with_its_place(config: Path, text: str, said: str) -> None:
    assert problems(config, HEAD + text) == [said]


def test_the_day_before_the_horizon_is_the_last_that_can_be_injected(config: Path) -> None:
    found = read(config, HEAD + STARTS + CADENCES + injected("2008-01-20"))
    assert found.injections[0].days == 5478.0 < found.horizon


def test_a_start_date_moves_no_key(config: Path) -> None:
    without = read(config, HEAD + CADENCES)
    dated = read(config, HEAD + STARTS + CADENCES)
    assert determinants(dated) == determinants(without)
    assert arm_keys(dated) == arm_keys(without)
    by_day = read(config, HEAD + CADENCES + injected("'1018 days'"))
    by_date = read(config, HEAD + STARTS + CADENCES + injected("1995-11-04"))
    assert arm_keys(by_date) == arm_keys(by_day)


def test_what_was_decided_keeps_the_date_and_is_what_it_was_without_one(config: Path) -> None:
    dated = Resolved.of(read(config, HEAD + STARTS + CADENCES))
    kept = json.loads(json.dumps(dated.to_json()))
    assert kept["config"]["starts"] == "1993-01-20"
    assert Resolved.from_json(kept).config.starts == date(1993, 1, 20)
    assert "starts" not in Resolved.of(read(config, HEAD + CADENCES)).to_json()["config"]


# Stories


def test_the_same_timeline_is_told_by_dates(config: Path) -> None:
    config.write_text(HEAD + STARTS + CADENCES)
    study = load_study(config)
    dated = study.trace("silence", 3)
    config.write_text(HEAD + CADENCES)
    told = load_study(config).trace("silence", 3)
    assert dated.told == told.told
    assert told.ending.endswith(f"after {years_and_days(told.end_day)}.")
    assert dated.ending.endswith(f"on {moment(told.end_day, date(1993, 1, 20))}.")
    assert narrative(dated, (1,), dated.starts)[0][1] == moment(dated.told[0].day, dated.starts)
    labels = [label.get_text() for axes in study.swimlane(dated).axes for label in axes.get_xticklabels()]
    assert any(label.endswith(("1993", "1994", "1995", "1996")) for label in labels)


def test_trace_prints_dates_in_a_column(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(HEAD + STARTS + CADENCES)
    with pytest.raises(SystemExit):
        main(["trace", str(config), "--replication", "3"])
    out = capsys.readouterr().out
    first = load_study(config).trace(None, 3).told[0]
    assert f"  {moment(first.day, date(1993, 1, 20))} " in out
    with pytest.raises(SystemExit):
        main(["trace", str(config), "--replication", "3", "--json"])
    assert json.loads(capsys.readouterr().out)["starts"] == "1993-01-20"


def test_validate_says_the_dates(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(HEAD + STARTS + CADENCES + injected("1995-11-04"))
    with pytest.raises(SystemExit):
        main(["validate", str(config)])
    out = capsys.readouterr().out
    assert "Horizon       15 years, from 20 January 1993\n" in out
    assert "Injected      leak on 4 November 1995\n" in out


def test_an_explanation_by_dates_can_be_kept_and_shown_again() -> None:
    experiment = load(SHIPPED, ["starts=1993-01-20"])
    found = explain(experiment, pair_of(experiment, ("quarterly", "silence")), 2)
    assert found.parted is not None
    assert f"part on {moment(found.parted, date(1993, 1, 20))}, " in found.opening
    assert TypeAdapter(Explanation).validate_json(json.dumps(plain(found))) == found
