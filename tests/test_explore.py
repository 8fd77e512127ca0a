"""The what-if room: its numbers are those of a run, newer moves give older ones up, and what is impossible is said."""

from __future__ import annotations

import http.client
import json
import math
import shutil
import socket
import threading
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from polars.testing import assert_frame_equal

import timeline
from timeline.cli import timeline as command
from timeline.config.load import load
from timeline.engines.batch import Batch
from timeline.errors import ConfigError
from timeline.front.exploring import leading_assumptions
from timeline.live.doorway import Doorway, open_doorway
from timeline.live.exploring import application as applications
from timeline.live.exploring import controls
from timeline.live.exploring.application import Desk, application
from timeline.live.exploring.counting import Count, shown_measures
from timeline.live.exploring.ignorance import FEWEST_WORLDS, FoundWorlds, over_worlds
from timeline.live.exploring.overturning import try_ends
from timeline.live.exploring.picture import picture
from timeline.live.exploring.played_arms import PlayedArms
from timeline.live.exploring.players import Players, Portion, Token
from timeline.live.exploring.refining import Refiner
from timeline.live.exploring.room import Room
from timeline.live.exploring.trying import primary_of, try_readymade
from timeline.live.exploring.wish import MOST_MOVED, Wish, read_wish
from timeline.live.exploring.written import config_text
from timeline.live.replies import PageError
from timeline.model.values import Number, in_unit

ROOT = Path(__file__).resolve().parents[1]
CONFIG = ROOT / "configs" / "backchannel" / "cadence.toml"
PRESS = ROOT / "configs" / "backchannel" / "press.toml"
#: Pairs of timelines of the pictures that are looked at here.
STAGES = (30, 90)
WISH = Wish(
    levers={"announced": True, "rules": [{"every": 45.0, "content": "carried out", "share": 0.7}]},
    pinned={"keep": 0.45},
    assumptions={"leaks.discovery": 0.35, "steps.median_gap": 150.0},
)


@cache
def room(config: Path = CONFIG) -> Room:
    return Room(load(config))


@pytest.fixture(scope="module")
def players() -> Iterator[Players]:
    found = Players(2)
    yield found
    found.close()


def refiner(players: Players, shelf: PlayedArms | None = None, config: Path = CONFIG) -> Refiner:
    shown = tuple(measure.key for measure in shown_measures(room(config).experiment))
    return Refiner(players, PlayedArms() if shelf is None else shelf, shown, STAGES)


def counts(players: Players, wish: Wish, shelf: PlayedArms | None = None, config: Path = CONFIG) -> list[Count]:
    return list(refiner(players, shelf, config).pictures(room(config).asked(wish), Token()))


def of_a_run(wish: Wish, replications: int, config: Path = CONFIG) -> Any:
    """Return the analysis of a run of the config that the page would download."""
    made = room(config)
    text = config_text(made, made.asked(wish), replications)
    return timeline.load(tomllib.loads(text), workspace=ROOT).run(worlds=False)


@pytest.mark.parametrize(
    ("wish", "config"),
    [(WISH, CONFIG), (Wish("unanimous", {"rules": [{"every": 90.0}]}, None, {"leaks.discovery": 0.2}), PRESS)],
)
def test_every_number_of_a_picture_is_that_of_a_run(players: Players, wish: Wish, config: Path) -> None:
    if wish.scenario and wish.scenario not in room(config).experiment.scenarios:
        wish = replace(wish, scenario=list(room(config).experiment.scenarios)[-1])
    for stage, found in zip(STAGES, counts(players, wish, config=config), strict=True):
        result = of_a_run(wish, stage, config)
        run = result.analysis
        ours = found.analysis
        assert found.n == stage
        keys = ours.measures["measure"].to_list()
        for name in ("estimates", "contrasts", "best"):
            own, theirs = getattr(ours, name), getattr(run, name)
            theirs = theirs.filter(pl.col("measure").is_in(keys)).with_columns(scenario=pl.lit(ours.scenarios[0]))
            assert_frame_equal(own, theirs, check_exact=True)
        for name in ("in_force", "since_signature"):
            theirs = getattr(run, name).with_columns(scenario=pl.lit(ours.scenarios[0]))
            assert_frame_equal(getattr(ours, name), theirs, check_exact=True)
        theirs = run.causes.filter(since="start").with_columns(scenario=pl.lit(ours.scenarios[0]))
        assert_frame_equal(ours.causes, theirs, check_exact=True)
        told = picture(found)["answer"]
        assert f"{told['sentence']} {told['beside']}".strip() == result.answer


def test_the_gap_is_the_difference_of_the_curves(players: Players) -> None:
    found = counts(players, WISH)[-1]
    for cadence in ("yours", "pinned"):
        own, base = (
            found.analysis.in_force.filter(cadence=name)["estimate"].to_numpy() for name in (cadence, "silence")
        )
        np.testing.assert_allclose(found.gaps[cadence].curve()["estimate"], own - base, atol=1e-12)
        gap = found.analysis.contrasts.filter(cadence=cadence, measure="in_force_end")["difference"].item()
        assert found.gaps[cadence].curve()["estimate"][-1] == pytest.approx(gap)


def test_timelines_that_are_named_end_in_force_under_one_cadence_alone(players: Players) -> None:
    made = room()
    found = counts(players, WISH)[-1]
    batch = refiner(players)
    shelf = batch.arms_played
    asked = made.asked(WISH)
    list(batch.pictures(asked, Token()))
    ends = {}
    for cadence in ("yours", "silence"):
        played = shelf.get(asked.keys[cadence])
        assert played is not None
        begins, stops = played.in_force
        horizon = asked.experiment.horizon
        ends[cadence] = ((begins <= horizon) & (stops > horizon)).any(axis=0)
    saved, lost = (np.flatnonzero(own)[:3].tolist() for own in (
        ends["yours"] & ~ends["silence"], ends["silence"] & ~ends["yours"]
    ))  # fmt: skip
    assert [list(named) for named in found.parted] == [saved, lost]


def test_an_arm_that_was_played_is_not_played_again(players: Players) -> None:
    shelf = PlayedArms()
    counts(players, WISH, shelf)
    asked = room().asked(WISH)
    before = shelf.get(asked.keys["silence"])
    moved = replace(WISH, levers={"keep": 0.2})
    again = counts(players, moved, shelf)[-1]
    assert room().asked(moved).keys["silence"] == asked.keys["silence"]
    assert before is not None
    assert shelf.get(asked.keys["silence"]) is before
    assert_frame_equal(again.analysis.estimates, counts(players, moved)[-1].analysis.estimates, check_exact=True)


def test_the_shelf_forgets_what_was_used_longest_ago(players: Players) -> None:
    shelf = PlayedArms(most=1)
    counts(players, replace(WISH, pinned=None), shelf)
    asked = room().asked(WISH)
    assert [shelf.get(key) is None for key in asked.keys.values()].count(False) == 1


def test_work_that_is_not_wanted_any_more_is_not_begun(players: Players) -> None:
    token = Token()
    pictures = refiner(players).pictures(room().asked(WISH), token)
    assert next(pictures).n == STAGES[0]
    token.give_up()
    assert list(pictures) == []
    asked = room().asked(WISH)
    played = players.play(Portion(Batch(list(asked.worlds.values())), 0, 0, 0, 5), 0, token)
    with pytest.raises(CancelledError):
        played.result(20)


def test_the_picture_has_what_the_page_draws(players: Players) -> None:
    told = picture(counts(players, WISH)[-1], (3, 4))
    assert told["cadences"] == ["silence", "yours", "pinned"]
    assert set(told["in_force"]["of"]) == {"silence", "yours", "pinned"}
    assert len(told["in_force"]["days"]) == len(told["gap"]["of"]["yours"]["low"]) == 181
    assert told["answer"]["sentence"].count("3 cadences") == 1
    assert "in_force_end" in told["contrasts"]
    assert {cause for one in told["causes"] for cause in one["of"]} <= {"silence", "yours", "pinned"}


# What is asked.


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "the page has sent no state, expected an object"),
        ({"config": "x.toml"}, 'the page has asked for "config", expected scenario, levers, pinned or assumptions'),
        ({"levers": []}, "levers: the page has sent no table"),
        ({"scenario": 3}, "scenario: the page has sent no name"),
        ({"assumptions": {str(n): 1 for n in range(MOST_MOVED + 1)}}, "assumptions: given 61, expected at most 60"),
    ],
)
def test_a_wish_of_another_shape_is_refused(given: object, said: str) -> None:
    with pytest.raises(PageError) as problem:
        read_wish(given)
    assert str(problem.value).startswith(said)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(assumptions={"a.support": 7}), "a.support: given 7, expected"),
        (Wish(assumptions={"leaks.discovery": "many"}), 'leaks.discovery: given "many", expected'),
        (Wish(assumptions={"leaks.discovry": 0.1}), 'has no such parameter; did you mean "leaks.discovery"?'),
        (Wish(levers={"keep": 1.5}), "yours.keep: given 1.5, expected a share, between 0 and 1"),
        (Wish(levers={"rules": [{"every": 30, "on": "leak"}]}), 'both "every" and "on" given'),
        (Wish(levers={"rules": [{}] * 9}), "yours.rules: given 9 tables, expected at most"),
        (Wish(levers={"path": "/etc/passwd"}), "there is no such key"),
        (Wish(scenario="mars"), 'scenario: given "mars", expected one of default'),
    ],
)
def test_what_is_impossible_is_said_with_its_place(wish: Wish, said: str) -> None:
    with pytest.raises(ConfigError) as problem:
        room().asked(wish)
    assert said in str(problem.value)


def test_a_value_beyond_its_plausible_range_is_played_and_marked() -> None:
    parameter = room().experiment.model.assumptions["leaks.per_insider"]
    assert parameter.plausible is not None
    asked = room().asked(Wish(assumptions={"leaks.per_insider": 2 * parameter.plausible[1]}))
    assert list(asked.outside) == ["leaks.per_insider"]


def test_a_config_without_levers_has_nothing_to_move() -> None:
    experiment = load(CONFIG)
    bare = replace(experiment, model=copy(experiment.model))
    object.__setattr__(bare.model, "levers", None)
    with pytest.raises(ConfigError, match="has no levers, expected some"):
        Room(bare)


def test_cadences_of_the_config_come_back_as_they_were() -> None:
    made = room()
    record = made.experiment.model.levers
    assert record is not None
    for cadence in made.experiment.cadences.values():
        levers = controls.written_levers(record, cadence.values)
        asked = made.asked(Wish(levers=levers))
        assert asked.experiment.cadences[asked.names[1]].values == cadence.values


def test_a_cadence_of_the_config_keeps_its_name_until_a_lever_is_moved() -> None:
    made = room()
    record = made.experiment.model.levers
    assert record is not None
    yearly, annex = (controls.written_levers(record, made.experiment.cadences[n].values) for n in ("yearly", "annex"))
    asked = made.asked(Wish(levers=yearly, pinned=annex))
    assert asked.names == ("silence", "yearly", "annex")
    assert asked.experiment.cadences["yearly"].about == made.experiment.cadences["yearly"].about
    assert made.asked(Wish(levers=yearly, pinned=yearly)).names == ("silence", "yearly", "pinned")
    assert made.asked(Wish(levers={**yearly, "keep": 0.25})).names == ("silence", "yours", "pinned")
    assert made.asked(Wish()).names == ("silence", "yours", "pinned")  # the baseline's own levers


def test_a_config_that_was_downloaded_opens_with_what_was_shown() -> None:
    made = room()
    text = config_text(made, made.asked(WISH), 500)
    again = Room(load(tomllib.loads(text), workspace=ROOT))
    begun = controls.begun_with(again.experiment)
    assert begun.name == "yours"
    assert begun.values == made.asked(WISH).experiment.cadences["yours"].values
    for path, value in made.asked(WISH).moved.items():
        assert again.experiment.world[path] == value


@pytest.mark.parametrize("config", sorted((ROOT / "configs").glob("*/*.toml")), ids=lambda path: path.stem)
def test_every_config_of_a_model_with_levers_opens_and_is_written_again(config: Path) -> None:
    experiment = load(config)
    if experiment.model.levers is None:
        pytest.skip("the model has no levers")
    made = Room(experiment)
    for scenario in list(experiment.scenarios)[:2]:
        asked = made.asked(Wish(scenario, {}, {}, {}))
        again = load(tomllib.loads(config_text(made, asked, 50)), workspace=ROOT)
        ours = {arm.cadence: (arm.values, arm.without, arm.injections, arm.start) for arm in asked.experiment.arms}
        theirs = {arm.cadence: (arm.values, arm.without, arm.injections, arm.start) for arm in again.arms}
        assert ours == theirs
    described = controls.assumptions(experiment, [])
    assert all({"unit", "low", "high", "evidence", "meaning", "source"} <= set(one) for one in described)
    assert controls.levers(experiment.model.levers)  # type: ignore[arg-type]


# Trying.


def test_each_readymade_cadence_is_compared_as_the_page_would(players: Players, monkeypatch: Any) -> None:
    monkeypatch.setattr("timeline.live.exploring.trying.READYMADE", (30, 60))
    made = room()
    kept = PlayedArms()
    lines = list(try_readymade(made, players, kept, Wish(), Token()))
    assert [one["n"] for one in lines] == [30] * 13 + [60] * 13
    told = {one["cadence"]: one for one in lines[13:]}
    assert list(told) == [name for name in made.experiment.cadences if name != "silence"]
    values = timeline.values(timeline.load(CONFIG).keep("silence", "annex"), count=60)[0, :, 0]
    assert told["annex"]["difference"] == pytest.approx(float((values[1] - values[0]).mean()))
    assert told["annex"]["levels"] == pytest.approx(values.mean(axis=1)[:2].tolist())
    assert list(try_readymade(made, players, kept, Wish(), Token()))[13:] == lines[13:]  # from what is kept


def of_few_pairs(monkeypatch: Any, **pairs: int) -> None:
    from timeline.live.exploring import overturning

    for name, count in pairs.items():
        monkeypatch.setattr(overturning, name, count)


def gap_at(players: Players, made: Room, moved: Wish, count: int) -> float:
    """Return the difference that a picture of so many pairs shows."""
    found = next(iter(Refiner(players, PlayedArms(), (), (count,)).pictures(made.asked(moved), Token())))
    return float(found.analysis.contrasts.filter(cadence="yours", measure="in_force_end")["difference"].item())


def test_an_end_of_a_range_is_what_moving_there_gives(players: Players, monkeypatch: Any) -> None:
    of_few_pairs(monkeypatch, PAIRS_ENDS=60, PAIRS_SURE=60)
    made, path = room(), "leaks.discovery"
    said, line, *_ = try_ends(made, players, WISH, [path, "no.such"], Token())
    low, _ = made.experiment.model.assumptions[path].plausible or (0, 0)
    moved = replace(WISH, assumptions={**WISH.assumptions, path: low}, pinned=None)
    assert said == {"trying": 1}
    assert line["low"]["value"] == low
    assert line["low"]["difference"] == pytest.approx(gap_at(players, made, moved, 60))


def test_what_few_pairs_leave_open_is_settled_by_as_many_as_the_last_picture_has(
    players: Players, monkeypatch: Any
) -> None:
    of_few_pairs(monkeypatch, PAIRS_ENDS=4, PAIRS_SURE=60)
    made, paths = room(), ["leaks.discovery", "steps.median_gap"]
    lines = list(try_ends(made, players, WISH, paths, Token()))
    sure = [one for one in lines if "sure" in one]
    assert {one["path"] for one in sure} == set(paths)  # four pairs tell nothing
    assert {"settled": True} in lines
    for one in sure:
        end = one[one["sure"]]
        moved = replace(WISH, assumptions={**WISH.assumptions, one["path"]: end["value"]}, pinned=None)
        assert end["difference"] == pytest.approx(gap_at(players, made, moved, 60))
        assert one["here"]["difference"] == pytest.approx(gap_at(players, made, replace(WISH, pinned=None), 60))


def test_all_assumptions_are_looked_through_for_those_that_come_nearest_to_turning_it(
    players: Players, monkeypatch: Any
) -> None:
    of_few_pairs(monkeypatch, PAIRS_LOOKED=4, PAIRS_ENDS=8, PAIRS_SURE=8, _NEAREST=3)
    made = Room(load(ROOT / "configs" / "ceasefire" / "monitors.toml"))
    told = list(try_ends(made, players, Wish(), ["line.growth"], Token(), everything=True))
    tried = {one["path"] for one in told if "path" in one}
    assert 3 <= len(tried) <= 4
    assert "line.growth" in tried  # what the page lists is tried, however it came out among so few
    assert {"settled": True} in told


def overturned(
    monkeypatch: Any, players: Players, difference: Callable[[Mapping[str, float]], float], paths: list[str]
) -> list[dict[str, Any]]:
    """Return what is said where the difference is known by heart, and beyond luck from 0.01 on."""

    def known(trial: Any, changes: Sequence[Mapping[str, Number]], pairs: int) -> Iterator[dict[str, Any]]:
        for change in changes:
            now = {**trial.room.experiment.world, **change}
            found = difference({path: in_unit(trial.model.assumptions[path], now[path]) for path in paths})
            yield {"difference": found, "lower": found - 0.01, "upper": found + 0.01, "told": abs(found) > 0.01}

    monkeypatch.setattr("timeline.live.exploring.overturning._Trial._differences", known)
    return list(try_ends(room(), players, WISH, paths, Token()))


def test_it_is_found_where_in_its_range_an_assumption_takes_the_lead_away(players: Players, monkeypatch: Any) -> None:
    _, high = room().experiment.model.assumptions["leaks.discovery"].plausible or (0, 0)
    now = in_unit(room().experiment.model.assumptions["leaks.discovery"], room().experiment.world["leaks.discovery"])
    gone = (float(now) + high) / 2
    told = overturned(monkeypatch, players, lambda at: gone - at["leaks.discovery"] + 0.01, ["leaks.discovery"])
    (tip,) = (one for one in told if "tip" in one)
    assert not tip["beyond"]
    assert gone <= tip["value"] <= gone + (high - float(now)) / 16  # five halvings of what lies between
    assert not any("few" in one for one in told)


def test_how_far_beyond_its_range_an_assumption_would_have_to_go_is_found(players: Players, monkeypatch: Any) -> None:
    path = "steps.median_gap"  # a duration: equal ratios count, ten times as far is looked
    _, high = room().experiment.model.assumptions[path].plausible or (0, 0)
    told = overturned(monkeypatch, players, lambda at: math.log(3 * high / at[path]) + 0.01, [path])
    (tip,) = (one for one in told if "tip" in one)
    assert tip["beyond"]
    assert 3 * high <= tip["value"] <= 3 * high * 10 ** (1 / 32) * 1.01
    told = overturned(monkeypatch, players, lambda at: math.log(30 * high / at[path]), [path])
    (tip,) = (one for one in told if "tip" in one)
    assert tip == {"tip": path, "until": pytest.approx(10 * high, rel=0.01)}


def test_some_that_overturn_it_together_are_found_and_none_of_them_can_be_spared(
    players: Players, monkeypatch: Any
) -> None:
    """Each of three takes a part of the lead; the weakest is not needed."""
    paths = ["leaks.discovery", "ratification.passes", "verification.quality"]
    taken = dict(zip(paths, (0.6, 0.5, 0.1), strict=True))
    model = room().experiment.model

    def left(at: Mapping[str, float]) -> float:
        return 1.0 - sum(taken[path] for path in paths if at[path] == (model.assumptions[path].plausible or (0, 0))[0])

    told = overturned(monkeypatch, players, left, paths)
    (few,) = (one for one in told if "few" in one)
    assert few["few"] == paths[:2]
    assert few["difference"] == pytest.approx(-0.1)
    assert set(few["values"]) == set(paths[:2])
    (together,) = (one for one in told if "together" in one)
    assert together["together"]["difference"] == pytest.approx(-0.2)


def test_without_a_lead_there_is_nothing_to_overturn(players: Players, monkeypatch: Any) -> None:
    told = overturned(monkeypatch, players, lambda at: 0.001, ["leaks.discovery"])
    assert told[-1] == {"settled": True}


def test_the_assumptions_that_matter_most_are_screened(monkeypatch: Any) -> None:
    from timeline.front import exploring

    for name, few in {"WORLDS": 16, "REPLICATIONS": 4, "LEADING": 3}.items():
        monkeypatch.setattr(exploring, name, few)
    monkeypatch.setattr("timeline.front.sensitivity.MANY", 20)
    study = timeline.load(ROOT / "configs" / "ceasefire" / "monitors.toml")
    best, found = leading_assumptions(study)
    assert best in set(study.experiment.cadences) - {study.experiment.baseline}
    assert len(found) == 3
    assert set(found) <= set(study.experiment.model.assumptions)


# Ignorance.


def worlds(count: int, path: str = "leaks.discovery") -> FoundWorlds:
    changes = tuple({path: 0.05 + 0.9 * number / count} for number in range(count))
    return FoundWorlds(changes, np.full(count, 1 / count), "")


def test_worlds_become_a_band_and_a_sentence(players: Players, monkeypatch: Any) -> None:
    from timeline.live.exploring import ignorance

    monkeypatch.setattr(ignorance, "PAIRS", 20)
    made = room()
    told = over_worlds(made, players, made.asked(Wish(levers={"keep": 0.45})), worlds(9), primary_of(made), 0, Token())
    assert told is not None
    assert told["sentence"].startswith(
        "What is not known: in nine of ten of 9 worlds that could be ours, the difference is "
    )
    assert told["low"] <= told["middle"] <= told["high"]
    assert len(told["bands"]["low"]) == len(told["bands"]["days"])


def test_what_the_page_assumes_is_so_in_every_world(players: Players, monkeypatch: Any) -> None:
    from timeline.live.exploring import ignorance

    monkeypatch.setattr(ignorance, "PAIRS", 20)
    made = room()
    asked = made.asked(Wish(levers={"keep": 0.4}, assumptions={"leaks.discovery": 0.5}))
    told = over_worlds(made, players, asked, worlds(9), primary_of(made), 0, Token())
    assert told is not None
    assert told["low"] == told["high"]  # nothing is left in which they differ


def test_too_few_worlds_are_told_to_be_too_few(players: Players) -> None:
    made = room()
    told = over_worlds(made, players, made.asked(WISH), worlds(FEWEST_WORLDS - 1), primary_of(made), 0, Token())
    assert told == {"sentence": "Only 7 worlds could be ours: too few to say what is not known."}


# The application.


@contextmanager
def served(
    config: Path = CONFIG, opened: Any = None, find: Any = lambda room, watch: None
) -> Iterator[tuple[Doorway, Desk, list[str]]]:
    complaints: list[str] = []
    with open_doorway() as doorway:
        first = (Room(load(config)), "", ["leaks.discovery", "steps.median_gap"])
        desk = Desk(first, opened or (lambda: first), find, 2, doorway.closing, complaints.append)
        desk.refiner.stages = STAGES
        thread = threading.Thread(target=doorway.serve, args=(application(desk), complaints.append))
        thread.start()
        try:
            yield doorway, desk, complaints
        finally:
            doorway.stop()
            thread.join()
            desk.close()


def ask(doorway: Doorway, path: str, content: Any = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", doorway.port, timeout=60)
    own = {"Origin": f"http://127.0.0.1:{doorway.port}"}
    body = None if content is None else content if isinstance(content, bytes) else json.dumps(content).encode()
    connection.request("GET" if body is None else "POST", f"/{doorway.token}/{path}", body, own)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode()
    connection.close()
    return found


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines()]


STATE = {"levers": {"keep": 0.45}, "assumptions": {}}


def test_a_move_is_answered_by_pictures_of_ever_more_timelines() -> None:
    with served() as (doorway, _, complaints):
        status, said = ask(doorway, "move", {"session": "abcdefgh", "state": STATE})
        assert status == 200
        *pictures, done = lines(said)
        assert [line["picture"]["n"] for line in pictures] == list(STAGES)
        assert done == {"done": True}
    assert complaints == []


def test_the_room_says_what_can_be_moved() -> None:
    with served() as (doorway, _, _):
        told = json.loads(ask(doorway, "room")[1])
        assert told["leading"] == [one["path"] for one in told["assumptions"][:2]]
        assert told["baseline"] == "silence"
        assert [one["name"] for one in told["levers"]][:3] == ["starts", "stops", "keep"]
        assert len(told["readymade"]) == 14


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("move", b"{", "no JSON; reload it"),
        ("move", b"[1]", "no JSON object; reload it"),
        ("move", b'{"session": "abcdefgh", "state": {"assumptions": {"leaks.discovery": NaN}}}', "no JSON; reload it"),
        ("move", {"session": "../../x", "state": STATE}, "does not say which page it is"),
        ("move", {"session": "abcdefgh", "state": {"levers": {"keep": 2}}}, "yours.keep: given 2, expected a share"),
        ("story", {"state": STATE, "cadence": "yours", "replication": -1}, "timeline: expected a whole number from 0"),
        ("story", {"state": STATE, "cadence": "theirs", "replication": 1}, "a name that it does not show"),
        ("ends", {"session": "abcdefgh", "state": STATE, "paths": "leaks"}, "no list of names"),
        ("config", {"state": {"scenario": "x"}}, 'scenario: given "x", expected one of default'),
    ],
)
def test_what_cannot_be_answered_is_said(path: str, content: Any, said: str) -> None:
    with served() as (doorway, _, complaints):
        status, answer = ask(doorway, path, content)
        assert status == 400
        assert said in json.loads(answer)["problem"]
    assert complaints == []


def test_only_the_programs_own_files_are_served() -> None:
    with served() as (doorway, _, _):
        for name in ("explore.js", "explore.css", "charts.js", "controls.js", "uPlot.iife.min.js", ""):
            assert ask(doorway, name)[0] == 200
        for name in ("index.html", "..%2fapplication.py", "%2e%2e/room.py", "application.py", "uPlot.LICENSE"):
            assert ask(doorway, name)[0] == 404


def test_the_page_loads_nothing_from_elsewhere_and_no_script_of_its_own_text() -> None:
    from importlib.resources import files

    page = (files("timeline.live.exploring") / "page" / "index.html").read_text()
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
    assert page.count("<script ") == page.count("<script") == page.count(" src=") == 2
    assert not [word for word in ("onclick=", "onload=", "style=") if word in page]


def test_a_newer_move_of_a_page_gives_the_older_one_up_but_none_of_another_page() -> None:
    with served() as (_, desk, _):
        one, other = desk.newest("abcdefgh", "move"), desk.newest("ijklmnop", "move")
        newer = desk.newest("abcdefgh", "move")
        assert [one.wanted, other.wanted, newer.wanted] == [False, True, True]


def test_pages_beyond_the_most_that_are_remembered_give_the_oldest_up() -> None:
    with served() as (_, desk, _):
        tokens = [desk.newest(f"session{number:02}", "move") for number in range(17)]
        assert [token.wanted for token in tokens] == [False] + [True] * 16


def test_two_pages_at_once_are_both_answered() -> None:
    with served() as (doorway, _, _):
        found: dict[str, str] = {}

        def move(session: str, keep: float) -> None:
            state = {"levers": {"keep": keep}}
            found[session] = ask(doorway, "move", {"session": session, "state": state})[1]

        threads = [threading.Thread(target=move, args=(f"session{k}", 0.1 * k)) for k in (1, 2, 3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(lines(said)[-1] == {"done": True} for said in found.values())
        assert len(found) == 3


def test_a_page_that_goes_away_is_not_played_for() -> None:
    with served() as (doorway, desk, complaints):
        desk.refiner.stages = (30, 500_000)
        body = json.dumps({"session": "abcdefgh", "state": STATE}).encode()
        with socket.create_connection(("127.0.0.1", doorway.port)) as talk:
            talk.sendall(
                f"POST /{doorway.token}/move HTTP/1.1\r\nHost: 127.0.0.1:{doorway.port}\r\n"
                f"Origin: http://127.0.0.1:{doorway.port}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            assert b"200 OK" in talk.recv(65_536)
            token = desk.tokens["abcdefgh"]["move"]
        waited = threading.Event()
        for _ in range(600):
            if not token.wanted:
                break
            waited.wait(0.05)
        assert not token.wanted
    assert complaints == []


def test_one_timeline_is_told_as_trace_tells_it() -> None:
    with served() as (doorway, _, _):
        content = {"state": {"levers": {}}, "cadence": "silence", "replication": 12}
        told = json.loads(ask(doorway, "story", content)[1])
        traced = timeline.load(CONFIG).trace("silence", 12)
        assert told["ending"] == traced.ending
        assert [event["sentence"] for event in told["events"]] == [e.sentence for e in traced.told if e.sentence]


def test_an_edited_config_or_model_is_noticed_and_read_again_on_request(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "models", tmp_path / "models", ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "configs" / "cadence.toml"
    config.parent.mkdir()
    text = CONFIG.read_text()
    config.write_text(text)
    with served(config, opened=lambda: (Room(load(config)), "", [])) as (doorway, desk, _):
        assert desk.room.edited == ""
        config.write_text(text.replace('title        = "How often', 'title        = "How seldom'))
        assert json.loads(ask(doorway, "pulse")[1])["edited"] == "the config"
        assert json.loads(ask(doorway, "reload", {})[1])["title"].startswith("How seldom")
        assert desk.room.edited == ""
        leaks = tmp_path / "models" / "mechanisms" / "leaks.py"
        leaks.write_text(leaks.read_text() + "\n# edited\n")
        assert desk.room.edited == "the model"
        leaks.write_text("def (")
        status, said = ask(doorway, "reload", {})
        assert status == 400
        assert "leaks.py" in json.loads(said)["problem"]
        assert json.loads(ask(doorway, "room")[1])["title"].startswith("How seldom")


def test_worlds_come_after_the_second_picture_once_they_are_found(monkeypatch: Any) -> None:
    from timeline.live.exploring import ignorance

    monkeypatch.setattr(ignorance, "PAIRS", 10)
    with served(find=lambda room, watch: worlds(9)) as (doorway, desk, _):
        desk.search.join()
        told = lines(ask(doorway, "move", {"session": "abcdefgh", "state": STATE})[1])
        assert ["worlds" in line for line in told] == [False, False, True, False]
        assert told[2]["worlds"]["worlds"] == 9


def test_a_search_for_worlds_that_fails_is_said_and_the_page_goes_on() -> None:
    def fail(room: Room, watch: Any) -> None:
        raise ConfigError("none of them lies\nwithin all bands")

    with served(find=fail) as (doorway, desk, _):
        desk.search.join()
        told = lines(ask(doorway, "move", {"session": "abcdefgh", "state": STATE})[1])
        assert told[2]["worlds"]["sentence"].endswith("was found: none of them lies within all bands")
        assert told[-1] == {"done": True}


# The command.


def run(*args: str) -> Any:
    from timeline.cli import _status

    with CliRunner().isolation() as (out, err, _):
        status = _status(["explore", *args])
        return status, out.getvalue().decode(), err.getvalue().decode()


def test_a_config_that_fails_is_told_before_a_page_is_opened(tmp_path: Path) -> None:
    status, _, said = run(str(tmp_path / "none.toml"), "--no-open")
    assert (status, "there is no such file" in said) == (2, True)


def test_a_port_in_use_is_told_before_the_model_is_compiled() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        status, _, said = run(str(CONFIG), "--no-open", "--port", str(taken.getsockname()[1]))
    assert status == 2
    assert "expected a free port; give another" in said


def test_the_command_is_listed_with_an_example() -> None:
    assert "timeline explore configs/" in CliRunner().invoke(command, ["explore", "--help"]).output
    assert applications.__doc__
