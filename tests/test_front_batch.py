"""Many worlds in one call: values, rows and summaries at the front door."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import timeline
from timeline.errors import ConfigError, RunError
from timeline.front.study import Study

CONFIG = Path(__file__).resolve().parents[1] / "configs" / "backchannel" / "cadence.toml"
WORLDS = {"leaks.discovery": [0.05, 0.9], "a.regime": ["democracy", "autocracy"]}


@pytest.fixture(scope="module")
def study() -> Study:
    return timeline.load(CONFIG).keep("silence", "staged-opening")


@pytest.fixture(scope="module")
def table(study: Study) -> pl.DataFrame:
    return timeline.summaries(study, WORLDS, count=60, workers=2).table()


def test_values_are_those_of_the_rows(study: Study) -> None:
    values = timeline.values(study, WORLDS, measures=["leaks", "signed"], count=25, workers=2)
    rows = timeline.rows(study, WORLDS, count=25, columns=["leaks", "signed_day"])
    assert values.shape == (2, 2, 2, 25)
    for world in range(2):
        for arm, own in enumerate(timeline.arms_of(study)):
            here = rows.filter(world=world, cadence=own.cadence)
            assert values[world, arm, 0].tolist() == here["leaks"].to_list()
            assert values[world, arm, 1].tolist() == here["signed_day"].is_not_nan().cast(pl.Float64).to_list()


def test_a_world_is_the_study_with_its_keys_changed(study: Study) -> None:
    inside = timeline.rows(study, {"leaks.discovery": [0.9]}, count=10).filter(cadence="silence")
    changed = timeline.rows(study.change("leaks.discovery", 0.9), count=10).filter(cadence="silence")
    assert inside.equals(changed)


def test_replications_may_begin_anywhere(study: Study) -> None:
    whole = timeline.values(study, count=12)
    assert np.array_equal(timeline.values(study, first=5, count=7), whole[..., 5:])


def test_summaries_say_what_a_run_says(study: Study, table: pl.DataFrame) -> None:
    again = study.change("leaks.discovery", 0.9).change("a.regime", "autocracy").run(60, workers=1)
    here = table.filter(world=1)
    both = again.estimates.join(here, on=["cadence", "measure"], suffix="_summed")
    means = both.filter(~pl.col("measure").str.ends_with("_median"))
    assert means.height >= 40
    for column in ("estimate", "se", "low", "high"):
        one, other = means[column].to_numpy(), means[f"{column}_summed"].to_numpy()
        assert np.allclose(one, other, rtol=1e-9, equal_nan=True), column
    assert means["n"].equals(means["n_summed"].rename("n"))


@pytest.fixture(params=["threads", "processes"])
def executor(request: pytest.FixtureRequest) -> Iterator[ThreadPoolExecutor | ProcessPoolExecutor]:
    if request.param == "threads":
        with ThreadPoolExecutor(2) as pool:
            yield pool
    else:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as processes:
            yield processes


def test_any_executor_sums_up_the_same(
    study: Study, table: pl.DataFrame, executor: ThreadPoolExecutor | ProcessPoolExecutor
) -> None:
    assert timeline.summaries(study, WORLDS, count=60, executor=executor, workers=2).table().equals(table)


@pytest.mark.parametrize(
    ("worlds", "said"),
    [
        ([], "worlds: given none, expected at least one"),
        ([{}, {"leaks.discoveri": 1}], 'worlds[1], leaks.discoveri: given 1, but model "backchannel" has no such'),
        ([{"leaks.discovery": "often"}], 'worlds[0], leaks.discovery: given "often", expected'),
        ({"leaks.discovery": [1, 2], "a.regime": ["movement"]}, "worlds, a.regime: given 1 values, expected 2"),
        ([{"keep": 3}], "worlds[0], keep: given 3"),
    ],
)
def test_wrong_worlds_are_refused_with_world_and_path(study: Study, worlds: object, said: str) -> None:
    with pytest.raises(ConfigError) as problem:
        timeline.values(study, worlds, count=2)
    assert str(problem.value).startswith(said)


@pytest.mark.parametrize(
    ("measure", "said"),
    [
        ("in farce", 'measures: given "in farce", expected a measure; did you mean "in force"'),
        (
            "survival_both_sign_365",
            'measures: given "survival_both_sign_365", which is of timelines that sign under two',
        ),
    ],
)
def test_a_measure_that_no_timeline_has_is_refused(study: Study, measure: str, said: str) -> None:
    with pytest.raises(ConfigError) as problem:
        timeline.values(study, measures=[measure], count=2)
    assert str(problem.value).startswith(said)


def test_an_executor_that_has_gone_away_is_one_sentence(study: Study) -> None:
    gone = ThreadPoolExecutor(1)
    gone.shutdown()
    with pytest.raises(RunError) as problem:
        timeline.summaries(study, count=5, executor=gone)
    assert str(problem.value) == (
        "the workers are gone (cannot schedule new futures after shutdown); nothing was kept, call it again with an "
        "executor that works"
    )
