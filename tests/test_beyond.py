"""What else is asked of worlds: the other directions, other structures, a screening, studies, a split by a pilot."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import timeline
from timeline.errors import ConfigError, StoreError, TimelineError
from timeline.front.targets import RECORD_FILE
from timeline.front.worlds import find_worlds
from timeline.pages.unknown import Unknown
from timeline.pages.worlds_told import other_sentence, structures_sentence, unknown_tables
from timeline.playing.errands import Away

CONFIG = "configs/ceasefire/monitors.toml"
ASKED = {
    "worlds": 60,
    "replications": 40,
    "structures": ["mechanisms", "scenarios"],
    "screening": 2,
    "studies": [{"of": "line.calming", "deviation": 1.0, "sizes": [1, 10_000]}],
}


def run(folder, asked, **options):
    said = []
    study = timeline.load(CONFIG).change("uncertainty", asked)
    result = study.run(100, folder=folder, listener=timeline.Listener(said=said.append), **options)
    return result, said


def kept(result):
    assert result.unknown is not None
    return result.unknown


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return run(tmp_path_factory.mktemp("runs"), ASKED)[0]


@pytest.fixture(scope="module")
def unknown(result):
    return kept(result)


def test_worlds_are_drawn_the_other_way_too(unknown):
    assert unknown.directions == "essays"
    assert set(unknown.other_worlds["arm"]) == set(unknown.found.arms)
    said = other_sentence(unknown)
    assert said.startswith("Ratios may also work against the essays")
    assert f"{unknown.found.rival} against {unknown.found.baseline} comes to" in said


def test_worlds_that_are_free_already_are_held_against_the_essays(tmp_path):
    found = kept(run(tmp_path, {"worlds": 20, "replications": 20, "directions": "free"})[0])
    assert other_sentence(found).startswith("Worlds were drawn too whose ratios keep to the essays' side.")


def test_the_other_directions_can_be_left_out(tmp_path):
    found = kept(run(tmp_path, {"worlds": 20, "replications": 20, "other_directions": False})[0])
    assert other_sentence(found) == ""
    assert unknown_tables(found)["other_table"] is None


def test_the_same_worlds_are_played_in_every_other_structure(unknown):
    # The one mechanism can be left out, and there is a second scenario.
    assert unknown.structures["structure"].to_list() == ["whole", "without line", "scenario calm"]
    without = unknown.structures.filter(structure="without line").row(0, named=True)
    # Without the line nothing happens, so that no cadence is better than another.
    assert without["advice_regret"] == 0
    assert without["advice_best"] == pytest.approx(1 / 3)


def test_where_the_advice_costs_more_the_structure_is_named(unknown):
    assert "In none of 2 other structures" in structures_sentence(unknown)
    worse = unknown.structures.with_columns(
        best=pl.Series(["whole", "whole", "half"]), lead_low=pl.Series([0.0, 0.0, 5.0])
    )
    said = structures_sentence(replace(unknown, structures=worse))
    assert said.endswith("beyond doubt ahead of whole on average: scenario calm (half).")


def test_a_study_of_many_observations_is_worth_as_much_as_knowing(unknown):
    small, large = unknown.studies.sort("size").iter_rows(named=True)
    knowing = unknown.found.information.filter(name="line.calming", kind="assumption")["value"][0]
    assert small["value"] <= large["value"] + 1e-9
    assert large["value"] == pytest.approx(knowing, abs=3 * large["se"] + 1e-6)


def test_the_screening_is_on_the_page(result, unknown):
    assert unknown.sensitivity is not None
    assert unknown.sensitivity.ladders.height == 5 * unknown.sensitivity.tornado.height
    page = result.report().read_text("utf-8")
    for figure in ("tornado", "flips", "regret"):
        assert f"({figure}.svg)" in page or f"{figure}.svg" in page
    assert "Is whole still the best?" in page
    # A heat map is an image within its figure, and the page's own rule has to let it through.
    assert 'href="data:image/png' in page
    assert "img-src data:" in page


def test_what_is_kept_is_read_back_whole(unknown):
    again = Unknown.from_json(unknown.to_json())
    assert again.sensitivity is not None
    assert again.sensitivity.flips.equals(unknown.sensitivity.flips)
    assert again.structures.equals(unknown.structures)
    assert other_sentence(again) == other_sentence(unknown)


def test_a_screening_of_another_shape_is_refused(unknown):
    content = unknown.to_json()
    del content["sensitivity"]["ladders"]["best"]
    with pytest.raises(StoreError, match="has another shape"):
        Unknown.from_json(content)


def test_asking_more_of_the_same_worlds_plays_them_once(tmp_path):
    first, _ = run(tmp_path, {"worlds": 40, "replications": 30, "other_directions": False})
    before = kept(first)
    played = next(first.folder.glob("worlds-played.npz")).stat().st_mtime_ns
    more, _ = run(tmp_path, {"worlds": 40, "replications": 30, "other_directions": False, "structures": ["mechanisms"]})
    after = kept(more)
    assert after.structures.height == 2
    assert after.found.differences.equals(before.found.differences)
    assert next(more.folder.glob("worlds-played.npz")).stat().st_mtime_ns == played


def test_other_structures_are_not_taken_for_those_that_were_played_before(tmp_path):
    asked = {"worlds": 30, "replications": 20, "other_directions": False}
    run(tmp_path / "one", {**asked, "structures": ["scenarios"]})
    after = kept(run(tmp_path / "one", {**asked, "structures": ["mechanisms"]})[0])
    fresh = kept(run(tmp_path / "two", {**asked, "structures": ["mechanisms"]})[0])
    assert after.structures["structure"].to_list() == ["whole", "without line"]
    assert after.structures.equals(fresh.structures)


def test_another_baseline_is_screened_anew(tmp_path):
    asked = {"worlds": 30, "replications": 20, "other_directions": False, "screening": 2}
    found = {}
    for folder, baselines in {"one": ["unwatched", "half"], "two": ["half"]}.items():
        for baseline in baselines:
            study = timeline.load(CONFIG).change("uncertainty", asked).change("baseline", baseline)
            found[folder, baseline] = kept(study.run(100, folder=tmp_path / folder)).sensitivity
    assert found["one", "half"].baseline == "half"
    assert found["one", "half"].to_json() == found["two", "half"].to_json()
    assert found["one", "unwatched"].to_json() != found["one", "half"].to_json()


def test_a_plan_counts_what_else_is_asked_of_worlds():
    from types import SimpleNamespace

    from timeline.front.forecasting import say_uncertainty

    forecast = SimpleNamespace(arms=6, replications=100, seconds=6.0)
    asked = {"worlds": 60, "replications": 40, "structures": ["mechanisms"], "screening": 2}
    said = say_uncertainty(timeline.load(CONFIG).change("uncertainty", asked).experiment, forecast)
    # Worlds and fifty of the other directions; two structures; the paths, the indices and the ladders.
    beside = 50 * 40 * 3 + 2 * 60 * 100 * 3 + 2 * (2 * 7 + 8 * 64) * 100 + 6 * 5 * 3 * 500
    assert f"{60 * 40 * 3 + beside:,} timelines more" in said
    split = say_uncertainty(timeline.load(CONFIG).change("uncertainty", {"timelines": 20_000}).experiment, forecast)
    assert "20,000 timelines, which a pilot splits between worlds and replications, under each of 3 cadences" in split


def test_worlds_of_other_cadences_in_a_mailed_folder_are_refused(unknown):
    content = unknown.to_json()
    content["frames"]["other_worlds"]["arm"][0] = "../../etc"
    with pytest.raises(StoreError, match="other cadences among the worlds of the other directions"):
        Unknown.from_json(content)


def test_a_pilot_splits_timelines_between_worlds_and_replications(tmp_path):
    result, said = run(tmp_path, {"timelines": 8_000, "other_directions": False})
    (split,) = [sentence for sentence in said if sentence.startswith("It says: ")]
    found = kept(result).found
    assert split == f"It says: {found.worlds:,} worlds with {found.replications:,} replications each."
    assert found.worlds * found.replications == pytest.approx(8_000, rel=0.05)


def test_too_few_timelines_to_split_are_refused_with_the_number_needed(tmp_path):
    with pytest.raises(ConfigError, match=r"uncertainty.timelines: budget: given 1,000 .* expected at least"):
        run(tmp_path, {"timelines": 1000, "keep": [{"measure": "outcome war", "within": [0, 1]}]})


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"timelines": 5000, "worlds": 10}, "given beside worlds, expected one or the other"),
        ({"structures": ["mechanism"]}, 'expected "mechanisms" or "scenarios"; did you mean "mechanisms"'),
        ({"structures": ["mechanisms", "mechanisms"]}, "given twice"),
        ({"screening": 1}, "given 1, expected 2 paths or more, or 0 for none"),
        ({"studies": [{"of": "line.calming", "deviation": 0, "sizes": [1]}]}, "expected a number above 0"),
        ({"studies": [{"of": "line.calming", "deviation": 1, "sizes": []}]}, "whole numbers from 1 on"),
        ({"studies": [{"of": "line.nothing", "deviation": 1, "sizes": [1]}]}, "no such parameter"),
    ],
)
def test_what_cannot_be_asked_is_refused_where_it_stands(asked, said):
    with pytest.raises(ConfigError) as refused:
        _ = timeline.load(CONFIG).change("uncertainty", asked).experiment
    assert said in str(refused.value)


def test_bands_come_from_the_record_where_it_is_given(tmp_path):
    record = Path(__file__).resolve().parents[2] / "shared" / "data" / RECORD_FILE
    if not record.is_file():
        pytest.skip("the record of agreements is not beside the project")
    data = tmp_path / "data"
    data.mkdir()
    shutil.copy(record, data)
    asked = {"worlds": 2, "replications": 30, "record": "agreements", "accept": "weight", "other_directions": False}
    study = timeline.load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
    loose = study.change("uncertainty", {**asked, "worlds": 40})
    result = loose.run(50, folder=tmp_path / "runs", data=data)
    found = kept(result)
    assert found.record
    assert f"from {RECORD_FILE}" in found.bands["source"][0]


# -- workers elsewhere


def test_worlds_played_elsewhere_come_to_the_same(tmp_path):
    here, _ = run(tmp_path / "here", {"worlds": 30, "replications": 20})
    with ThreadPoolExecutor(2) as pool:
        there, _ = run(tmp_path / "there", {"worlds": 30, "replications": 20}, executor=pool)
    assert kept(there).to_json() == kept(here).to_json()


def test_worlds_are_held_against_the_record_elsewhere_too():
    """The share of violations by the kind of year needs flags that only models/claims.py knows."""
    asked = {"worlds": 12, "replications": 40, "record": "agreements", "accept": "weight"}
    study = timeline.load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
    experiment = study.change("uncertainty", asked).experiment
    arm = experiment.arms[0]
    wide = tuple(replace(target, low=1e-6, high=1e6) for target in experiment.uncertainty.keep)
    experiment = replace(experiment, uncertainty=replace(experiment.uncertainty, keep=wide))
    here = find_worlds(experiment, arm, workers=1)
    with ThreadPoolExecutor(2) as pool:
        there = find_worlds(experiment, arm, workers=1, away=Away(experiment, pool, 2))
    assert np.array_equal(there.estimates, here.estimates, equal_nan=True)
    assert there.timelines == here.timelines


def test_a_worker_that_is_gone_is_told_in_a_sentence(tmp_path):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(TimelineError):
        run(tmp_path, {"worlds": 30, "replications": 20}, executor=pool)
