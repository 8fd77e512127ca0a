"""Worlds of a study: drawn, set aside, weighted and moved; against a ceasefire whose chance of war is known."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import timeline
from timeline.analysis.targets import UNKNOWN, nearness
from timeline.errors import ConfigError, StoreError
from timeline.front.targets import RECORD_FILE, targets_from
from timeline.front.worlds import Worlds
from timeline.keeping.arrays import read_arrays, write_arrays
from timeline.study.uncertainty import Target

ROOT = Path(__file__).parents[1]
HORIZON = 5.0


def study(**uncertainty: Any) -> timeline.Study:
    """Ask about an unwatched line; laws that keep its hazards apart."""
    raw = {
        "model": "ceasefire",
        "horizon": "5 years",
        "replications": 200,
        "seed": 5,
        "cadences": {"unwatched": {}},
        "uncertainty": {"worlds": 100, "replications": 200, **uncertainty},
    }
    return timeline.load(raw, workspace=ROOT)


def chance_of_war(row: dict[str, float]) -> float:
    """Return the chance of war within the horizon, by the exponential of the matrix of hazards a year."""
    from scipy.linalg import expm

    out, calm, grow, surprise = (row[f"line.{name}"] for name in ("outbreak", "calming", "growth", "surprise"))
    hazards = np.array([[-out - surprise, out, surprise], [calm, -calm - grow, grow], [0.0, 0.0, 0.0]])
    return float(expm(hazards * HORIZON)[0, 2])


def war(low: float, high: float) -> list[dict[str, Any]]:
    return [{"measure": "outcome war", "within": [low, high]}]


def test_worlds_without_bands_are_drawn_and_nothing_is_played() -> None:
    found = timeline.worlds(study())
    assert (len(found), found.timelines, found.effective) == (100, 0, pytest.approx(100))
    assert found.frame.columns[:5] == ["world", "weight", "line", "inside", "line.outbreak"]
    assert found.sentence == "100 worlds were drawn; nothing was asked that would set one aside."
    assert timeline.worlds(study(worlds=20)).changes == found.changes[:20]


def test_worlds_outside_the_band_are_set_aside() -> None:
    found = timeline.worlds(study(keep=war(0.2, 0.4)))
    exact = np.array([chance_of_war(row) for row in timeline.worlds(study()).drawn.frame().iter_rows(named=True)])
    # 200 timelines err by three and a half points at most; the band is as much wider, and twice that again is luck.
    accepted = set(found.lines.tolist())
    assert accepted <= set(np.flatnonzero((exact > 0.2 - 0.11) & (exact < 0.4 + 0.11)).tolist())
    assert accepted >= set(np.flatnonzero((exact > 0.27) & (exact < 0.33)).tolist())
    assert found.inside.all()
    assert found.timelines == 100 * 200
    assert found.bands["inside"][0] == pytest.approx(len(found) / 100)


def test_accepted_worlds_can_be_played_on() -> None:
    asked = study(keep=war(0.2, 0.4))
    found = asked.worlds()
    values = timeline.values(asked, found.drawn.frame(), ["outcome war"], count=50)
    assert values.shape == (len(found), 1, 1, 50)
    assert values.mean() == pytest.approx(0.3, abs=0.1)


def test_weights_fall_with_the_distance_from_the_band() -> None:
    found = timeline.worlds(study(keep=war(0.2, 0.4), accept="weight"))
    assert found.weights.sum() == pytest.approx(1)
    outside = found.misses[:, 0] > 0
    assert found.weights[~outside] == pytest.approx(found.weights.max())
    assert found.weights[outside] / found.weights.max() == pytest.approx(1 - found.misses[outside, 0] ** 2)
    assert found.effective < len(found)


def test_worlds_are_moved_into_a_band_that_few_lie_in(tmp_path: Path) -> None:
    asked = study(keep=war(0.97, 1.0), accept="move", worlds=40)
    found = asked.worlds(folder=tmp_path, budget=60_000)
    assert len(found) == 40
    assert found.inside.all()
    exact = np.array([chance_of_war(row) for row in found.drawn.frame().iter_rows(named=True)])
    assert exact.min() > 0.9
    assert found.effective <= len(set(found.lines.tolist())) <= 40
    # What was kept is the whole search: asked again it plays the worlds once more to say how near they lie.
    again = asked.worlds(folder=tmp_path, budget=60_000)
    assert again.changes == found.changes
    assert again.timelines < found.timelines


def test_what_differs_is_told_above_what_chance_alone_shows() -> None:
    found = timeline.worlds(study(keep=war(0.9, 1.0), worlds=400, replications=100))
    told = found.differing.filter("differs")["path"].to_list()
    assert "line.growth" in told or "line.outbreak" in told
    assert not any(path.endswith("_watched") for path in told)
    assert "They differ from what was drawn in" in found.sentence


def test_where_no_world_lies_inside_it_is_said_which_band_fails_most_and_by_how_much() -> None:
    keep = [*war(0.0, 1.0), {"measure": "quiet days", "within": ["1 day", "2 days"]}]
    with pytest.raises(ConfigError) as problem:
        timeline.worlds(study(keep=keep, worlds=20))
    said = str(problem.value)
    assert "of 20 worlds none lies within all 2 bands. What fails most is “mean days of quiet”, 1 to 2: 100%" in said
    assert 'half widths of the band beyond its end; try accept = "move", or widen that band' in said
    with pytest.raises(ConfigError, match="even after being moved"):
        timeline.worlds(study(keep=keep, worlds=20, accept="move"), budget=20_000)


def test_a_study_that_asks_nothing_is_told_what_to_add() -> None:
    raw = {"model": "ceasefire", "horizon": "5 years", "replications": 9, "seed": 5, "cadences": {"unwatched": {}}}
    with pytest.raises(ConfigError, match=r"uncertainty: not given, expected a table \[uncertainty\]"):
        timeline.worlds(timeline.load(raw, workspace=ROOT))


def test_the_number_of_threads_does_not_matter() -> None:
    one, two = (timeline.worlds(study(keep=war(0.2, 0.4)), workers=workers) for workers in (1, 2))
    assert one.frame.equals(two.frame)


# Distances


def kept(share: float, n: int = 10_000) -> np.ndarray:
    added = np.ones((n, 1, 4))
    added[round(share * n) :, 0, 0] = 0
    return added


BAND = Target("kept", "survival", 0.6, 0.8, 365.0)


@pytest.mark.parametrize(("share", "miss"), [(0.7, 0), (0.6, 0), (0.8, 0), (0.5, 1), (0.9, 1), (0.3, 3)])
def test_a_miss_is_counted_in_half_widths_of_the_band(share: float, miss: float) -> None:
    assert nearness([BAND], kept(share)).misses[0] == pytest.approx(miss, abs=0.02)


def test_few_timelines_widen_a_band_but_never_by_more_than_half() -> None:
    few = nearness([BAND], kept(0.5, 30))
    assert few.misses[0] == pytest.approx(0.2 / (0.1 * math.sqrt(2)) - 1, rel=1e-6)


def test_a_rate_ratio_is_as_far_off_at_a_half_as_at_a_double() -> None:
    ratio = Target("violations", "rate ratio", 1 / 3, 3.0, detail=("a", "b", "breach"))
    off = []
    for times in (6.0, 1 / 6):
        added = np.ones((100_000, 1, 4))
        added[:, 0, 1] = 1 / times
        off.append(nearness([ratio], added).misses[0])
    assert off == pytest.approx([math.log(6) / math.log(3) - 1] * 2, abs=0.01)


def test_a_world_that_says_nothing_of_a_target_is_far_off() -> None:
    assert nearness([BAND], np.zeros((50, 1, 4))).distance == UNKNOWN


def test_slack_is_in_the_worlds_favour() -> None:
    added = kept(0.5, 400)
    plain, slack = nearness([BAND], added).distance, nearness([BAND], added, 2.0).distance
    error = float(nearness([BAND], added).errors[0])
    assert error == pytest.approx(math.sqrt(0.25 / 400), rel=0.02)
    assert 0 < slack < plain


def test_the_share_carried_out_and_survival_are_read_from_rows() -> None:
    """The record's bands that need no watch, under the main question's baseline: against the measures of the study."""
    asked = timeline.load(ROOT / "configs" / "backchannel" / "cadence.toml").keep("silence")
    bands = [
        {"measure": "survival since signature", "at": "5 years", "within": [0, 1]},
        {"measure": "signed", "within": [0, 1]},
        {"measure": "carried out since signature", "at": "1 year", "within": [0, 1]},
    ]
    asked = asked.change("uncertainty", {"worlds": 2, "replications": 120, "keep": bands})
    found = timeline.worlds(asked)
    luck = found.drawn.space.lucks(found.drawn.cube)
    for world in range(2):
        first = int(luck[world]) * 120
        one = found.drawn.frame()[[world]]
        names = ["survival since signature 1826", "signed"]
        values = timeline.values(asked, one, names, first=first, count=120)[0, 0]
        assert found.estimates[world, :2] == pytest.approx(np.nanmean(values, axis=1), nan_ok=True)
        rows = timeline.rows(asked, one, first=first, count=120, columns=["signed_day", "carried out since signature"])
        followed = rows.filter(pl.col("signed_day") <= 10 * 365.25)["carried out since signature"].arr.get(1)
        assert found.estimates[world, 2] == pytest.approx(followed.mean(), nan_ok=True)


# Keeping


def test_kept_arrays_come_back_and_only_to_whom_they_belong(tmp_path: Path) -> None:
    file = tmp_path / "kept.npz"
    write_arrays(file, {"x": np.arange(3.0)}, "mine")
    back = read_arrays(file, "mine")
    assert back is not None
    assert back["x"].tolist() == [0, 1, 2]
    assert read_arrays(file, "yours") is None
    assert read_arrays(tmp_path / "none.npz", "mine") is None
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(StoreError, match="was cut off or altered"):
        read_arrays(file, "mine")


def test_a_world_counts_as_one_of_its_line() -> None:
    found = timeline.worlds(study(worlds=10))
    twins = replace(found, lines=np.repeat(np.arange(5), 2))
    assert isinstance(twins, Worlds)
    assert twins.effective == pytest.approx(5)


# The record in a folder of data


def agreements(folder: Path) -> Path:
    """Write a record of forty agreements of ten processes, of which none to two fail on day 100, nine in all."""
    rows = ["process_id,kind,duration_days,ended"]
    rows += [
        f"{process},full,{100 if number < process % 3 else 3000},{int(number < process % 3)}"
        for process in range(10)
        for number in range(4)
    ]
    (folder / RECORD_FILE).write_text("\n".join(rows), encoding="utf-8")
    return folder


def test_survival_of_the_record_is_read_from_the_folder_of_data(tmp_path: Path) -> None:
    of_record = Target("kept for 365 days", "survival", 0.6, 0.9, 365.0, source="published")
    own = replace(of_record, source="", title="mine")
    shares = Target("carried out after 1 year", "sampled", 0.3, 0.5, 365.25, source="published")
    found = targets_from((of_record, own, shares), agreements(tmp_path))
    assert 0.6 < found[0].low < 31 / 40 < found[0].high < 0.95
    assert found[0].source == f"published; from {RECORD_FILE}"
    assert found[1:] == (own, shares)


def test_a_folder_without_the_record_is_refused(tmp_path: Path) -> None:
    of_record = Target("kept for 365 days", "survival", 0.6, 0.9, 365.0, source="published")
    with pytest.raises(ConfigError, match="no such file"):
        targets_from((of_record,), tmp_path)
