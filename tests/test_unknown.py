"""What is not known: worlds played and summed, what they say, how it is kept, told and shown."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import timeline
from timeline import Endpoints
from timeline.analysis.ignorance.findings import Played, find
from timeline.errors import StoreError
from timeline.front.worldplay import measures_of
from timeline.pages.unknown import Unknown
from timeline.pages.worlds_told import box_rules, unknown_details, unknown_sentence, unknown_tables
from timeline.playing.between import _joined, _summed
from timeline.plots.unknown import drivers_caption
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks

CONFIG = "configs/ceasefire/monitors.toml"
ENDS = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
IN_FORCE = declare_yardsticks(ENDS, Window(1000.0, 500.0, (100.0,)))[0]
ARMS, WORLDS, COUNT = ("silence", "monthly", "never"), 300, 400


def played_of(differences, seed=3):
    """Return worlds in which arms differ by so much: paired luck of a twentieth, between worlds what is given."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0.2, 0.4, WORLDS)
    means = np.stack([base + own for own in differences], axis=1)
    luck = rng.normal(0, 0.05, (WORLDS, len(ARMS), COUNT))
    values = means[:, :, None] + luck
    summed = _summed(values[:, :, None, :])
    return Played(IN_FORCE, summed["mean"][:, 0], summed["covariance"][:, 0], summed["inside"][:, 0], summed["luck"][0])


@pytest.fixture(scope="module")
def drivers():
    return np.random.default_rng(1).uniform(size=(WORLDS, 4))


@pytest.fixture(scope="module")
def found(drivers):
    """Monthly is better where driver a is high, by 4 points at most, and 2 worse where it is low; never is 5 below."""
    gain = 0.06 * drivers[:, 0] - 0.02
    return find(
        ARMS, "silence", [played_of([0.0, gain, -0.05])], ["a.x", "a.y", "b.x", "b.y"], drivers,
        {"a": [0, 1], "b": [2, 3]}, seed=5,
    )  # fmt: skip


@pytest.fixture
def unknown(found):
    bands = pl.DataFrame(
        {"target": ["kept"], "low": [0.1], "high": [0.5], "inside": [0.2], "miss": [1.0], "source": [""]}
    )
    return Unknown("key", "main", found, "300 worlds were drawn.", "essays", bands, pl.DataFrame())


# -- worlds, summed


def test_means_and_their_covariance_are_those_of_the_values():
    values = np.random.default_rng(2).normal(size=(4, 3, 2, 50))
    summed = _summed(values)
    assert np.allclose(summed["mean"], np.moveaxis(values.mean(axis=3), 1, 2))
    assert np.allclose(summed["covariance"][1, 0], np.cov(values[1, :, 0]) / 50)
    assert np.allclose(summed["inside"][2, 1], values[2, :, 1].var(axis=1, ddof=1))


def test_replications_that_do_not_count_are_left_out_of_a_mean():
    values = np.array([[[[1.0, np.nan, 3.0, np.nan]]]])
    summed = _summed(values)
    assert summed["mean"][0, 0, 0] == 2.0
    assert summed["counted"][0, 0, 0] == 2
    # Two of four count, 1 below and 1 above the mean: each moves it by a half.
    assert summed["covariance"][0, 0, 0, 0] == (0.25 + 0.25) * 4 / 3


def test_worlds_summed_in_blocks_are_those_summed_at_once():
    values = np.random.default_rng(2).normal(size=(5, 2, 1, 20))
    whole, parts = _summed(values), _joined([_summed(values[:2]), _summed(values[2:])])
    assert all(np.allclose(whole[name], parts[name]) for name in whole)


# -- what they say


def test_the_advice_is_the_cadence_that_is_best_on_average(found):
    assert (found.advice, found.rival, found.baseline) == ("monthly", "monthly", "silence")


def test_quantiles_of_a_difference_are_those_of_the_worlds(found):
    at = dict(found.quantiles.filter(of="difference", arm="monthly").select("at", "quantile").iter_rows())
    # 0.06 u - 0.02 with u even on [0, 1]; within half a point.
    assert at[0.05] == pytest.approx(-0.017, abs=0.005)
    assert at[0.5] == pytest.approx(0.01, abs=0.005)
    assert at[0.95] == pytest.approx(0.037, abs=0.005)


def test_the_share_of_worlds_in_which_a_cadence_is_best_is_known(found):
    best = dict(found.best.select("arm", "best").iter_rows())
    assert best["monthly"] == pytest.approx(2 / 3, abs=0.06)
    assert best["silence"] == pytest.approx(1 / 3, abs=0.06)
    assert best["never"] < 0.02


def test_what_decides_is_worth_knowing_and_nothing_else_is(found):
    worth = found.information.filter(kind="assumption", stands_out=True)["name"].to_list()
    assert worth[0] == "a.x"
    # Knowing it is worth the mean loss of monthly where it is the worse: 0.02^2 / (2 x 0.06), .33 points.
    assert found.information["value"][0] == pytest.approx(0.02**2 / 0.12, abs=0.001)
    assert found.drivers.filter("stands_out")["driver"].to_list() == ["a.x"]


def test_what_knowing_is_worth_is_also_told_by_the_measure_by_which_the_analyst_chooses(drivers):
    """By the other measure monthly is better where driver b is high and 2 points worse where it is low."""
    other = next(y for y in declare_yardsticks(ENDS, Window(1000.0, 500.0, (100.0,))) if y.key != IN_FORCE.key)
    by_b = replace(played_of([0.0, 0.06 * drivers[:, 2] - 0.02, -0.05]), yardstick=other)
    measures = [played_of([0.0, 0.06 * drivers[:, 0] - 0.02, -0.05]), by_b]
    names, groups = ["a.x", "a.y", "b.x", "b.y"], {"a": [0, 1], "b": [2, 3]}
    found = find(ARMS, "silence", measures, names, drivers, groups, seed=5, aim=other.key)
    (name, *_), (first, *_) = (
        found.information.filter(measure=key, kind="assumption").sort("value", descending=True)["name"]
        for key in (other.key, IN_FORCE.key)
    )
    assert (first, name) == ("a.x", "b.x")
    assert found.perfect_by["measure"].to_list() == [IN_FORCE.key, other.key]
    assert found.perfect_by["value"][0] == found.perfect[0]


def test_of_many_assumptions_that_do_nothing_none_stands_out():
    # At most a twentieth of such tables names one; the seed is one of the others.
    x = np.random.default_rng(8).uniform(size=(WORLDS, 60))
    noise = np.random.default_rng(9).normal(0, 0.02, WORLDS)
    names = [f"m{k % 6}.x{k}" for k in range(60)]
    groups = {f"m{g}": list(range(g, 60, 6)) for g in range(6)}
    found = find(ARMS, "silence", [played_of([0.0, noise, -0.05])], names, x, groups, seed=5)
    assert found.drivers["stands_out"].sum() == 0
    assert found.information.filter(kind="assumption")["stands_out"].sum() == 0
    assert "of 60 assumptions moves it more than chance would show of so many" in drivers_caption(found)


def test_the_region_in_which_the_advice_fails_is_told_as_a_rule(found):
    (rule, *_) = box_rules(found)
    assert rule.startswith("a.x at most 0.2")


def test_chance_and_ignorance_are_told_apart(found):
    parts = dict(found.split.filter(of="difference", arm="monthly").select("part", "deviation").iter_rows())
    assert parts["chance"] == pytest.approx(0.05 * 2**0.5, rel=0.05)
    assert parts["ignorance"] == pytest.approx(0.06 / 12**0.5, rel=0.1)


def test_so_few_worlds_that_nothing_can_be_said_are_told_so(drivers):
    few = played_of([0.0, 0.01, -0.05])
    small = replace(few, mean=few.mean[:40], covariance=few.covariance[:40], inside=few.inside[:40])
    found = find(ARMS, "silence", [small], ["a.x", "a.y", "b.x", "b.y"], drivers[:40], {}, seed=5)
    assert "expected at least" in found.few[0]


# -- how it is kept and told


def test_what_is_kept_is_what_was_found(unknown):
    again = Unknown.from_json(unknown.to_json())
    assert again.found.best.equals(unknown.found.best)
    assert again.found.perfect == unknown.found.perfect
    assert unknown_sentence(again) == unknown_sentence(unknown)


def test_what_has_another_shape_is_refused(unknown):
    content = unknown.to_json()
    del content["found"]["advice"]
    with pytest.raises(StoreError, match="has another shape than it should have"):
        Unknown.from_json(content)


def test_the_sentence_keeps_luck_and_ignorance_apart(unknown):
    said = unknown_sentence(unknown)
    assert said.startswith("Over 300 worlds that could be ours, monthly against silence comes to 0.9 points")
    assert "(luck ±0." in said
    assert "what we do not know takes it from −1.5 to 3.6 in nine worlds of ten" in said
    assert said.endswith("of 100 worlds.")


def test_details_say_that_directions_are_the_essays_and_what_knowing_would_be_worth(unknown):
    said = " ".join(unknown_details(unknown))
    assert "restate the essays' directions" in said
    assert "Whoever knew which world is ours would gain 0.3 points" in said


def test_tables_have_a_row_for_each_cadence(unknown):
    table = unknown_tables(unknown)["unknown_table"]
    assert {name for name, _ in table.rows} == set(ARMS)


# -- from a config to the page


@pytest.fixture(scope="module")
def study():
    return timeline.load(CONFIG).change("uncertainty", {"worlds": 12, "replications": 20})


def test_the_measure_of_the_answer_comes_first(study):
    measures = measures_of(study.experiment)
    assert measures[0].key == study.experiment.model.endpoints.primary
    # Those that the config names come next, others only if no measure is read alike.
    assert [measure.key for measure in measures] == ["quiet_days", "outcome_war", "skirmishes"]


@pytest.mark.usefixtures("without_pictures")
def test_a_run_says_what_is_not_known_and_plays_its_worlds_once(study, tmp_path: Path):
    said: list[str] = []
    listener = timeline.Listener(said=said.append)
    first = study.run(folder=tmp_path, replications=50, listener=listener)
    page = first.report().read_text()
    assert "How wrong could this be?" in page
    assert "12 worlds" in page
    assert any("Drawing worlds" in sentence for sentence in said)
    said.clear()
    study.run(folder=tmp_path, replications=50, listener=listener)
    assert not any("worlds" in sentence for sentence in said)


@pytest.mark.usefixtures("without_pictures")
def test_worlds_that_another_config_asked_for_are_not_shown(study, tmp_path: Path):
    asked = study.run(folder=tmp_path, replications=50)
    assert "12 worlds" in asked.report().read_text()
    without = timeline.load(CONFIG).run(folder=tmp_path, replications=50)
    assert without.folder == asked.folder
    assert "12 worlds" not in without.report().read_text()
    more = study.change("uncertainty.worlds", 13).run(folder=tmp_path, replications=50, worlds=False)
    page = more.report().read_text()
    assert "12 worlds" not in page
    assert "are not among these results" in re.sub(r"\s+", " ", page)


def test_tables_that_lack_a_column_are_refused(unknown):
    content = unknown.to_json()
    del content["frames"]["best"]["regret"]
    with pytest.raises(StoreError, match="has another shape"):
        Unknown.from_json(content)


def test_tables_of_other_cadences_are_refused(unknown):
    content = unknown.to_json()
    content["frames"]["best"]["arm"] = ["x", "y", "z"]
    with pytest.raises(StoreError, match="other cadences"):
        Unknown.from_json(content)


def test_one_cadence_has_no_worlds_to_compare(study, tmp_path: Path):
    said: list[str] = []
    only = study.keep("unwatched")
    only.run(folder=tmp_path, replications=50, listener=timeline.Listener(said=said.append))
    assert "No world is played: [uncertainty] compares cadences, and there is one." in said


@pytest.mark.usefixtures("without_pictures")
def test_a_page_without_worlds_says_that_its_intervals_hold_luck_only(tmp_path: Path):
    page = timeline.load(CONFIG).run(replications=50).report(tmp_path / "page.html").read_text()
    assert "its intervals hold luck only" in page
    assert "[uncertainty]" in page


def test_a_plan_says_what_worlds_take(study):
    from types import SimpleNamespace

    from timeline.front.forecasting import say_uncertainty

    forecast = SimpleNamespace(arms=3, replications=100, seconds=30.0)
    # As many the other way round as these, since fewer than fifty are asked for.
    assert say_uncertainty(study.experiment, forecast) == (
        "[uncertainty] plays 12 worlds with 20 replications under each of 3 cadences, and what else it asks: "
        "1,440 timelines more, 2 minutes at most."
    )
