"""Cases of history: facts with sources, places among timelines, and how it might have gone on."""

from __future__ import annotations

import math
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from scipy import stats

import timeline
from timeline.analysis.placing import borders_of, classes, placed, surprise
from timeline.cli import main
from timeline.engines import reference
from timeline.errors import ConfigError
from timeline.explaining.case import CasePlayed
from timeline.front.cases import case_names, play_case, write_case
from timeline.playing.continuing import CONTINUATIONS, MOST_STATES, continued, played, replay, start_of
from timeline.playing.tasks import task_of, world_of
from timeline.study.case import FATES, Case, Dated, Fact, HistoryUntil
from timeline.study.experiment import Experiment

ROOT = Path(__file__).resolve().parents[1]
CASES = sorted((ROOT / "configs" / "cases").glob("*.toml"))
OSLO = ROOT / "configs" / "cases" / "oslo-1993.toml"
#: The channels that have to be there.
ASKED = (
    "oslo-1993", "china-1971", "camp-david-1978", "cuba-1962", "northern-ireland-1990", "oman-2012", "cuba-2013",
    "hoare-laval-1935", "sykes-picot-1916", "molotov-ribbentrop-1939",
)  # fmt: skip


def case_of(path: Path) -> tuple[Experiment, Case]:
    experiment = timeline.load(path).experiment
    assert experiment.case is not None
    return experiment, experiment.case


# The data.


def test_ten_channels_are_coded() -> None:
    assert {path.stem for path in CASES} == set(ASKED)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_fact_of_a_case_names_a_source_with_a_year_or_a_document(path: Path) -> None:
    _, case = case_of(path)
    facts = [case.cadence, case.secrecy, case.insiders, case.sides, case.outcome, *case.events]
    assert [fact.about for fact in facts if not re.search(r"\d{4}", fact.source) or not fact.about] == []
    assert len(case.events) >= 5


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_dates_of_a_case_are_in_order_and_within_the_time_that_is_followed(path: Path) -> None:
    experiment, case = case_of(path)
    days = [event.earliest for event in case.events]
    assert days == sorted(days)
    assert all(0 <= event.earliest <= event.latest < experiment.horizon for event in case.events)
    assert 0 < case.until.day < experiment.horizon


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_changes_of_leader_with_a_clock_are_injected_on_their_days_and_nothing_else_is(path: Path) -> None:
    experiment, case = case_of(path)
    asked = [(event.clock, event.earliest) for event in case.events if event.clock]
    assert [(event.clock, event.days) for event in experiment.injections] == asked
    assert {event.what for event in case.events if event.clock} <= {"leader"}
    assert [event.about for event in case.events if event.clock and event.clock != f"succession[{event.side}]"] == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_case_compares_at_least_two_cadences_with_history_and_says_who_chose_what(path: Path) -> None:
    experiment, case = case_of(path)
    assert experiment.baseline == case.chosen
    assert len(experiment.cadences) >= 3


# Places among timelines.


def test_a_place_is_the_share_that_was_there_sooner() -> None:
    days = np.array([5.0, 10.0, 20.0, np.inf])
    found = placed(days, 10.0, 15.0)
    assert (found["before"], found["before_latest"], found["reached"]) == (0.25, 0.5, 0.75)
    assert found["se"] == math.sqrt(0.25 * 0.75 / 4)
    assert placed(days, math.inf, math.inf)["before"] == 0.75
    assert math.isnan(placed(np.full(3, np.inf), 1.0, 1.0)["r50"])


def test_a_history_sooner_than_all_has_a_class_of_its_own() -> None:
    borders = borders_of(np.arange(100.0))
    assert classes([-1.0, 0.0, 50.0, 99.0, 100.0, np.inf], borders).tolist() == [0, 1, 3, 5, 6, 7]


def test_the_surprise_index_averages_to_nothing_over_the_models_own_timelines() -> None:
    rng = np.random.default_rng(4)
    timelines = [rng.integers(0, 3, 500), rng.integers(0, 4, 500)]
    each = [surprise(timelines, [int(column[place]) for column in timelines]).bits for place in range(500)]
    assert np.mean(each) == pytest.approx(0, abs=1e-12)


def test_the_expected_surprise_is_the_entropy_that_scipy_has() -> None:
    codes = np.repeat([0, 1, 2], [50, 30, 20])
    found = surprise([codes], [1])
    assert found.expected == pytest.approx(stats.entropy([0.5, 0.3, 0.2], base=2))
    assert found.bits == pytest.approx(-math.log2(0.3) - found.expected)
    assert (found.share, found.as_rare, found.cells) == (0.3, 0.5, 3)


def test_the_error_of_the_surprise_index_is_that_of_many_samples() -> None:
    # 600 samples: the standard deviation among them has an error of 3%, so that 12% are four of them.
    rng, shares = np.random.default_rng(8), [0.5, 0.3, 0.15, 0.05]
    found = [surprise([rng.choice(4, 1000, p=shares)], [2]) for _ in range(600)]
    assert np.mean([own.se for own in found]) == pytest.approx(np.std([own.bits for own in found]), rel=0.12)


def test_where_no_timeline_fell_the_index_is_a_lower_end() -> None:
    found = surprise([np.zeros(3000, np.int64)], [1])
    assert found.at_least
    assert found.bits == pytest.approx(math.log2(1000))


# Going on from a day.


@pytest.fixture(scope="module")
def oslo() -> tuple[Experiment, Case]:
    experiment, case = case_of(OSLO)
    return replace(experiment, replications=1500), case


@pytest.fixture(scope="module")
def found() -> CasePlayed:
    return play_case(timeline.load(OSLO, replications=1500))


def test_fates_and_places_are_those_counted_from_the_rows(found: CasePlayed) -> None:
    rows = timeline.load(OSLO, replications=1500).run().rows("silence")
    signed, lost = rows["signed_day"].is_not_nan(), rows["outcome"].is_in(["abandoned", "collapsed"])
    counts = [(signed & ~lost).sum(), (signed & lost).sum(), (~signed & lost).sum(), (~signed & ~lost).sum()]
    own = found.fates.filter(cadence="silence")
    assert own["fate"].to_list() == list(FATES)
    assert own["estimate"].to_list() == [count / 1500 for count in counts]
    accord = found.placed.filter(cadence="silence", milestone="accord_day").row(0, named=True)
    assert accord["earliest"] == 212.0  # from 20 January to 20 August 1993
    assert accord["before"] == (rows["accord_day"] < 212.0).sum() / 1500
    assert accord["reached"] == rows["accord_day"].is_not_nan().sum() / 1500


def test_the_day_the_public_first_hears_is_no_later_than_the_signature(oslo: tuple[Experiment, Case]) -> None:
    experiment, _ = oslo
    for arm in experiment.arms:
        (rows,) = played([world_of(task_of(experiment, arm))], 300)
        state = rows["state"]
        told = (state["leaks"] > 0) | (state["announcements"] > 0) | np.isfinite(state["signed_day"])
        assert (np.isfinite(state["known_day"]) == told).all()
        both = np.isfinite(state["signed_day"])
        assert (state["known_day"][both] <= state["signed_day"][both]).all()


def test_timelines_that_are_as_history_was_are_found_in_the_whole_rows_too(oslo: tuple[Experiment, Case]) -> None:
    experiment, case = oslo
    world = world_of(task_of(experiment, experiment.arms[0]))
    matching = replay(world, case, HistoryUntil(case.until.day), 1500)
    (rows,) = played([world], 1500)
    state, day = rows["state"], case.until.day
    alike = (state["day"] >= day) & (state["accord_day"] < day)
    for later in ("known_day", "signed_day", "ratified_day"):
        alike &= ~(state[later] < day)
    assert matching.alike.tolist() == alike.tolist()
    assert matching.alike.sum() > 20


def test_what_else_has_to_hold_thins_the_timelines(oslo: tuple[Experiment, Case]) -> None:
    experiment, case = oslo
    world = world_of(task_of(experiment, experiment.arms[0]))
    loose = replay(world, case, HistoryUntil(case.until.day), 1500)
    strict = replay(world, case, case.until, 1500)
    state = loose.rows["state"]
    also = (state["leaks"] == 0) & (state["a"]["leaders"] == 0) & (state["b"]["leaders"] == 0)
    assert strict.alike.tolist() == (loose.alike & also).tolist()


def test_a_state_is_set_whole_and_begins_where_it_stood(oslo: tuple[Experiment, Case]) -> None:
    experiment, case = oslo
    world = world_of(task_of(experiment, experiment.arms[0]))
    (rows,) = played([replace(world, horizon=case.until.day)], 40)
    open_still = rows[rows["state"]["outcome"] == 0][0]
    begun = replace(world, start=start_of(world.model, open_still["state"], case.until.day), injections=())
    # Nothing fires within a moment, so the row is the state that was set.
    row = reference.play(replace(begun, horizon=case.until.day + 1e-6), 7).row["state"][0]
    assert start_of(world.model, row, case.until.day) == begun.start
    assert len(begun.start.state) > 200


def test_going_on_is_paired_and_agrees_with_the_same_timelines_left_alone(found: CasePlayed) -> None:
    own = found.given.filter(fate="in force")
    chosen, alone = (own.filter(cadence=name).row(0, named=True) for name in ("silence", "not restarted"))
    assert chosen["continuations"] == CONTINUATIONS
    assert chosen["states"] == min(found.alike, MOST_STATES)
    # Restarting clocks moves little: both are estimates of about the same share, four errors apart at most.
    assert abs(chosen["estimate"] - alone["estimate"]) < 4 * math.hypot(chosen["se"], alone["se"])
    shares = {row["cadence"]: row["estimate"] for row in own.iter_rows(named=True)}
    for row in found.given_differences.iter_rows(named=True):
        assert row["estimate"] == pytest.approx(shares[row["cadence"]] - shares["silence"])


def test_errors_of_going_on_treat_each_state_as_one_observation(oslo: tuple[Experiment, Case]) -> None:
    experiment, case = oslo
    worlds = [world_of(task_of(experiment, arm)) for arm in experiment.arms[:2]]
    states = replay(worlds[0], case, HistoryUntil(case.until.day), 600).rows[:3]
    states = states[states["state"]["outcome"] == 0]
    one, other = continued(worlds, states, case.until.day, 5)
    assert [len(rows) for rows in one] == [5] * len(states)
    luck = [rows["replication"].tolist() for rows in one]
    assert luck == [rows["replication"].tolist() for rows in other]
    assert len({number for own in luck for number in own}) == 5 * len(states)


def test_too_few_timelines_like_history_give_no_answer() -> None:
    found = play_case(timeline.load(ROOT / "configs" / "cases" / "cuba-1962.toml", replications=200))
    assert (found.alike, found.given.height, found.given_differences.height) == (0, 0, 0)
    assert "none was as history was on 31 October 1962. Fewer than 30 say nothing" in found.answer[-1]
    assert found.surprise.at_least


def test_another_date_asks_for_milestones_alone(found: CasePlayed) -> None:
    later = play_case(timeline.load(OSLO, replications=400), "1993-12-01")
    assert later.until == HistoryUntil(315.0)
    assert all("=" not in words for words, _ in later.matching.asked)
    assert {"accord reached", "signed reached"} <= set(dict(later.matching.asked))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("1993-08-28", "nobody knows whether that had happened"),
        ("1990-01-01", "expected a date after 1993-01-20, and 2001-01-19 or earlier"),
        ("2000-12-01", "given 2000-12-01, but history had ended by then; expected an earlier date"),
        ("soon", 'given "soon", expected a date such as 1993-08-24'),
    ],
)
def test_a_date_that_cannot_be_is_refused(given: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        play_case(timeline.load(OSLO, replications=10), given)


def test_before_and_after_bounds_a_milestone_is_known() -> None:
    event = Dated(10.0, 14.0, "signature", "signed", "", "signed_day")
    facts = (Fact("", ""),) * 4
    case = Case(date(1993, 1, 20), "x", *facts, "failed", "", facts[0], (event,), HistoryUntil(1.0))
    assert (case.reached("signed_day", 10.0), case.reached("signed_day", 14.5)) == (False, True)
    with pytest.raises(ConfigError, match="nobody knows"):
        case.reached("signed_day", 12.0)


# The page and the command.


def test_the_page_says_that_it_is_an_illustration_and_what_cases_cannot_prove(
    found: CasePlayed, tmp_path: Path
) -> None:
    page = write_case(found, tmp_path, "timeline case oslo-1993").read_text("utf-8")
    for said in (
        "An illustration, not a calibration",
        "What ten hand-picked cases cannot prove",
        "timeline case oslo-1993",
    ):
        assert said in page
    for event in found.case.events:
        assert event.about in page.replace("&#39;", "'")
    assert "http" not in page
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {
        f"{name}.{end}" for name in ("history", "fates") for end in ("svg", "png")
    }
    assert pl.read_csv(tmp_path / "fates.csv").height == 12


def run(*words: object, capsys: Any) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    out, err = capsys.readouterr()
    return ended.value.code, out, err  # type: ignore[return-value]


def test_the_command_without_a_name_lists_the_cases(capsys: Any) -> None:
    code, out, _ = run("case", "--workspace", ROOT, capsys=capsys)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == sorted(ASKED) == list(case_names(ROOT))


def test_an_unknown_case_is_answered_with_the_nearest(capsys: Any) -> None:
    code, _, err = run("case", "oslo-1994", "--workspace", ROOT, capsys=capsys)
    assert code == 2
    assert 'given the case "oslo-1994", expected one of' in err
    assert 'did you mean "oslo-1993"?' in err


def test_a_config_without_a_case_is_refused(capsys: Any) -> None:
    code, _, err = run("case", ROOT / "configs" / "ceasefire" / "monitors.toml", capsys=capsys)
    assert code == 2
    assert "has no table [case], expected a case of history" in err


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "models").symlink_to(ROOT / "models")
    (tmp_path / "configs" / "cases").mkdir(parents=True)
    shutil.copy(OSLO, tmp_path / "configs" / "cases")
    return tmp_path / "configs" / "cases" / "oslo-1993.toml"


WRONG = [
    ('clock  = "succession[a]"', 'clock  = "sucession[a]"', 'clock: given "sucession[a]", expected a clock of model'),
    (
        'clock  = "succession[a]"',
        'clock  = "succession[c]"',
        "expected one of its members: succession[a], succession[b]",
    ),
    ('chosen = "silence"', 'chosen = "silense"', 'case.cadence.chosen: given "silense", expected one of silence'),
    ('side   = "a"', 'side   = "c"', 'side: given "c", expected "a" or "b"'),
    ("date   = 1995-11-04", "date   = 1985-11-04", "given 1985-11-04, which is before the start"),
    ("date   = 1995-11-04", "date   = 2035-11-04", "expected 2001-01-19 or earlier: the horizon ends there"),
    ("date   = 1995-11-04", "date   = 1997-11-04", "expected events in order of their dates"),
    ("date   = 1995-11-04", 'date   = "1995-11-04"', "expected a date such as 1993-08-20"),
    ("[1993-08-26, 1993-08-31]", "[1993-08-31, 1993-08-26]", "expected the earlier date first"),
    ("date   = 1995-11-04", "date   = [1995-11-03, 1995-11-04]", "expected one day: it is injected"),
    ('reaches = "accord"', 'reaches = "acord"', 'given "acord", expected a milestone of model "backchannel"'),
    ('fate   = "failed"', 'fate   = "lost"', 'case.outcome.fate: given "lost", expected one of "in force"'),
    ('fate   = "failed"', 'fate   = "failed"\ncause  = "boredom"', 'given "boredom", expected a cause of model'),
    ('what   = "end"', 'what   = "finis"', 'given "finis", expected one of meeting, step'),
    ("leaks = 0, ", "leeks = 0, ", 'has no field "leeks"; did you mean "leaks"?'),
    ("leaks = 0, ", "trust = 0.5, ", "no timeline meets an index exactly"),
    ("date  = 1993-08-24", "date  = 1993-08-28", "nobody knows whether that had happened"),
    ("date  = 1993-08-24", "date  = 2000-12-24", "but history had ended by then; expected an earlier date"),
    ("date  = 1993-08-24", "date  = 1993-01-20", "expected a date after the start"),
    ("starts       = 1993-01-20", "", "case: given without a date of day 0"),
    (
        'side   = "a"\n',
        'side   = "a"\ncolour = "red"\n',
        "but there is no such key; expected one of about, source, date",
    ),
    (
        'fate   = "failed"',
        'fate   = "failed"\nfades = 1',
        "but there is no such key; expected one of about, source, fate",
    ),
]


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG, ids=[said[:40] for _, _, said in WRONG])
def test_what_cannot_be_is_refused_with_its_line(
    workspace: Path, right: str, wrong: str, said: str, capsys: Any
) -> None:
    text = workspace.read_text("utf-8")
    assert right in text
    workspace.write_text(text.replace(right, wrong, 1), "utf-8")
    code, _, err = run("case", workspace, capsys=capsys)
    assert code == 2
    assert said in " ".join(err.split())
    assert "line " in err
    assert "Traceback" not in err
