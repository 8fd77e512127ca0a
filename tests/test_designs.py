"""Designs of experiments: grids of assumptions and levers, the model without its parts, drills with a landmark."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from timeline.analysis.landmarks import LandmarkCount
from timeline.cli import timeline as command
from timeline.config.grids import MOST
from timeline.config.load import load
from timeline.errors import ConfigError
from timeline.model.endpoints import Endpoints
from timeline.playing.tasks import task_of
from timeline.plots.ablation import ablation, ablation_caption
from timeline.plots.factors import explained, factors, factors_caption
from timeline.plots.landmarks import landmarks, landmarks_caption
from timeline.plots.maps import best_map, best_map_caption
from timeline.study.ablation import WHOLE, ablated
from timeline.study.questions import Grid

ROOT = Path(__file__).resolve().parents[1]
HEAD = """
model = "backchannel"
horizon = "15 years"
replications = 10
seed = 1
"""


@pytest.fixture
def write(tmp_path: Path, request: pytest.FixtureRequest):  # type: ignore[no-untyped-def]
    """Write a config beside the shipped models."""
    (tmp_path / "models").symlink_to(ROOT / "models")

    def written(text: str) -> Path:
        path = tmp_path / "asked.toml"
        path.write_text(HEAD + text, encoding="utf-8")
        return path

    return written


SILENCE = "[cadences.silence]\n"
GRID = '[grid]\nleaks.discovery = ["0.1 per year", "1 per year"]\ndisclosure.charge = [0.1, 0.6, 0.9]\n'
FACTORIAL = (
    '[factorial]\nbase = { announced = true }\n"rules[0].content" = ["verified", "agreed"]\n'
    '"rules[0].every" = ["1 month", "1 year"]\n'
)


# Grids


def test_a_grid_makes_a_scenario_of_every_combination(write) -> None:  # type: ignore[no-untyped-def]
    found = load(write(SILENCE + GRID))
    assert len(found.scenarios) == 6
    assert found.scenarios["discovery-1-per-year-charge-0-6"].values["disclosure.charge"] == 0.6
    assert found.grid is not None
    assert found.grid.paths == ("leaks.discovery", "disclosure.charge")
    assert found.grid.by_name()["discovery-1-per-year-charge-0-9"] == (1, 2)


def test_a_factorial_makes_a_cadence_of_every_combination_beside_those_written(write) -> None:  # type: ignore[no-untyped-def]
    found = load(write(SILENCE + FACTORIAL))
    assert list(found.cadences) == [
        "silence", "verified-every-1-month", "verified-every-1-year", "agreed-every-1-month", "agreed-every-1-year",
    ]  # fmt: skip
    made = found.cadences["agreed-every-1-year"]
    assert made.values["cadence.announced"] is True
    assert made.values["cadence.rules[0].every"] == 365.25
    assert made.about == "content agreed, every 1 year."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[grid]\nleaks.discovery = 3\n", "grid.leaks.discovery: given 3, expected a list of at least two values"),
        ("[grid]\nleaks.gap = [1.5]\n", "grid.leaks.gap: given [1.5], expected a list of at least two values"),
        ("[grid]\nleaks.gap = [2.0, 2.0]\n", "grid.leaks.gap: given [2.0, 2.0], expected different values"),
        ("[grid]\nleeks.gap = [1.5, 2.0]\n", "grid.leeks.gap: given 1.5, but model"),
        ("[grid]\nleaks.discovery = [-1, 0.2]\n", "grid.leaks.discovery[0]: given -1, expected"),
        ('[factorial]\n"rules[0].evry" = [1, 2]\n', 'factorial."rules[0].evry": given 1, but there is no such key'),
        ("[grid]\nleaks.gap = [0.0, 2.0]\nsteps.bundle = [0.1, 7.0]\n", "steps.bundle"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused_where_it_is_wrong(write, text: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError) as caught:
        load(write(SILENCE + text))
    assert any(said in problem for problem in caught.value.problems), caught.value.problems


def test_a_misspelt_key_of_a_grid_is_one_problem_where_it_was_written(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError) as caught:
        load(write(f'{SILENCE}[grid]\n"leaks.per_insder" = [1, 2]\n'))
    (problem,) = caught.value.problems
    assert 'grid."leaks.per_insder": given 1' in problem
    assert problem.endswith('did you mean "leaks.per_insider"?')


def test_a_grid_larger_than_anybody_means_is_refused(write) -> None:  # type: ignore[no-untyped-def]
    many = ", ".join(str(k / 1000) for k in range(100, 130))
    with pytest.raises(ConfigError, match=f"expected at most {MOST}"):
        load(write(f"{SILENCE}[grid]\nsteps.bundle = [{many}]\naccord.fragile = [{many}]\n"))


# The model without its parts


def test_ablation_removes_each_story_in_turn_but_those_that_others_need() -> None:
    whole = load(ROOT / "configs" / "backchannel" / "cadence.toml")
    found = ablated(whole)
    names = [m.name for m in whole.model.mechanisms]
    assert list(found.scenarios) == [WHOLE, *(f"without-{n}" for n in names if n not in ("steps", "disclosure"))]
    assert found.scenarios["without-leaks"].without == ("leaks",)


def test_ablation_leaves_the_whole_model_as_it_is() -> None:
    whole = load(ROOT / "configs" / "backchannel" / "cadence.toml")
    assert ablated(whole).arms[0].values == whole.arms[0].values
    assert ablated(whole).arms[0].without == ()


@pytest.mark.parametrize("name", ["handover", "when-silence-wins"])
def test_ablation_keeps_no_map_and_no_drill_of_scenarios_it_does_not_play(name: str) -> None:
    found = ablated(load(ROOT / "configs" / "backchannel" / f"{name}.toml"))
    assert (found.grid, found.landmark) == (None, None)


def test_a_replication_without_a_story_is_told_by_the_command_that_an_error_names() -> None:
    found = ablated(load(ROOT / "configs" / "backchannel" / "cadence.toml"))
    arm = next(arm for arm in found.arms if arm.without == ("leaks",))
    words = shlex.split(task_of(found, arm).replay.format(replication=3))
    done = CliRunner().invoke(command, words[1:])
    assert done.exit_code == 0, done.output
    assert "leak" not in done.output.lower()


def test_a_story_that_others_need_cannot_be_switched_off(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError) as caught:
        load(write('without = ["steps"]\n' + SILENCE))
    assert 'given "steps", but mechanism "accord" means nothing without it' in str(caught.value)


def test_an_unknown_story_is_refused_with_the_nearest_name(write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError, match=r'given "leeks", expected a mechanism.*did you mean "leaks"'):
        load(write('without = ["leeks"]\n' + SILENCE))


# Figures


PAIR = Grid(("rules[0].content", "starts"), (("verified", "agreed"), ("talks", "accord")), ("vt", "va", "at", "aa"))


def gains(**differences: float) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"scenario": "default", "cadence": name, "measure": "m", "difference": value, "se": 0.001}
            for name, value in differences.items()
        ]
    )


def test_the_variance_explained_is_that_of_a_balanced_design() -> None:
    # when alone moves the gain by +-.02, what alone by +-.01; nothing is left over.
    shares = explained(gains(vt=-0.01, va=0.03, at=-0.03, aa=0.01), scenario="default", grid=PAIR, measure="m")
    assert shares == pytest.approx({"starts": 0.8, "rules[0].content": 0.2, "interplay": 0.0}, abs=1e-12)


def test_what_levers_do_only_together_is_called_interplay() -> None:
    shares = explained(gains(vt=0.01, va=-0.01, at=-0.01, aa=0.01), scenario="default", grid=PAIR, measure="m")
    assert shares["interplay"] == pytest.approx(1.0)


def test_the_figure_of_factors_names_what_decides() -> None:
    given = {"contrasts": gains(vt=-0.01, va=0.03, at=-0.03, aa=0.01), "scenario": "default", "grid": PAIR}
    assert factors(**given, measure="m", baseline="silence").axes
    said = factors_caption(**given, measure="m", baseline="silence")
    assert "when explains 80% and what explains 20%, their interplay 0%" in said
    assert "from −3.0 to 3.0 percentage points; the highest is what verified and when accord" in said


def test_a_baseline_among_the_combinations_gains_nothing_over_itself() -> None:
    shares = explained(gains(va=0.02, at=0.0, aa=0.02), scenario="default", grid=PAIR, measure="m")
    assert shares == pytest.approx({"starts": 1.0, "rules[0].content": 0.0, "interplay": 0.0}, abs=1e-12)


def test_combinations_that_do_not_differ_are_said_not_to() -> None:
    given = {"scenario": "default", "grid": PAIR, "measure": "m", "baseline": "silence"}
    said = factors_caption(gains(vt=0.01, va=0.01, at=0.01, aa=0.01), **given)
    assert said.startswith("None of the 4 cadences differs from another.")


SQUARE = Grid(("leaks.discovery", "disclosure.charge"), (("low", "high"), ("0.1", "0.9")), ("ll", "lh", "hl", "hh"))


def standings(**winners: tuple[str, bool]) -> pl.DataFrame:
    rows = []
    for scenario, (best, tied) in winners.items():
        for cadence in ("silence", "monthly"):
            rows.append(
                {"scenario": scenario, "measure": "m", "cadence": cadence, "best": best,
                 "tied_with_best": cadence == best or tied}
            )  # fmt: skip
    return pl.DataFrame(rows)


def map_of(best: pl.DataFrame) -> dict[str, Any]:
    gains = {"scenario": ["ll", "lh", "hl", "hh"], "cadence": "monthly", "measure": "m"}
    contrasts = pl.DataFrame(gains | {"difference": [-0.02, -0.001, 0.03, 0.04]})
    return {"best": best, "grid": SQUARE, "measure": "m", "baseline": "silence", "contrasts": contrasts}


def test_the_map_says_where_the_baseline_wins_and_what_is_uncertain() -> None:
    best = standings(ll=("silence", False), lh=("silence", True), hl=("monthly", False), hh=("monthly", False))
    given = map_of(best)
    assert best_map(**given).axes
    said = best_map_caption(**given)
    assert "of 4 cells, monthly looks best in 2 and silence looks best in 2" in said
    assert (
        "Silence is the best in 1 cell, with discovery (leaks) low and charge (disclosure) 0.1; in 1 more it looks "
        "best, but cannot be told from another." in said
    )
    assert "3 of the cells are clear" in said


def test_a_cadence_that_can_be_told_from_another_in_no_cell_is_not_called_the_best() -> None:
    best = standings(ll=("silence", True), lh=("silence", True), hl=("monthly", False), hh=("monthly", False))
    said = best_map_caption(**map_of(best))
    assert "Silence looks best in 2 cells, in each of which it cannot be told from another." in said


def test_cells_that_fill_no_box_are_named_one_by_one() -> None:
    best = standings(ll=("silence", False), lh=("monthly", False), hl=("monthly", False), hh=("silence", False))
    assert (
        "Silence is the best in 2 cells: discovery (leaks) low and charge (disclosure) 0.1; discovery (leaks) high and "
        "charge (disclosure) 0.9." in best_map_caption(**map_of(best))
    )


def test_the_figure_of_ablation_says_without_which_story_the_sign_turns() -> None:
    scenarios = [WHOLE, "without-leaks", "without-accord"]
    estimates = pl.DataFrame({"scenario": scenarios, "cadence": "silence", "measure": "m",
                              "estimate": [0.2, 0.3, 0.2], "low": [0.19, 0.29, 0.19],
                              "high": [0.21, 0.31, 0.21]})  # fmt: skip
    contrasts = pl.DataFrame({"scenario": scenarios, "cadence": "monthly", "measure": "m",
                              "difference": [0.03, -0.02, 0.031], "low": [0.02, -0.03, 0.02],
                              "high": [0.04, -0.01, 0.04]})  # fmt: skip
    given = {"estimates": estimates, "contrasts": contrasts, "whole": WHOLE, "cadence": "monthly"}
    assert ablation(**given, baseline="silence", measure="m").axes
    said = ablation_caption(**given, baseline="silence", measure="m")
    assert (
        "monthly gains 3.0 percentage points over silence; without leaks it is −2.0. Without leaks its sign turns."
        in said
    )


# Landmarks

LANDMARK = '[analysis]\nlandmark = "reported since signature"\nlandmark_after = "1 year"\n'
DRILL = '[scenarios.drill]\n[[scenarios.drill.inject]]\nclock = "succession[a]"\nday = "{} after signature"\n'
ENDS = Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None, hostility=None)


def test_a_landmark_counts_only_what_still_stood_on_it_and_can_be_followed() -> None:
    rows = pl.DataFrame(
        {
            "signed_day": [0.0, 0.0, 0.0, 0.0, float("nan"), 950.0],
            "day": [50.0, 150.0, 500.0, 1000.0, 1000.0, 1000.0],
            "outcome": ["collapsed", "collapsed", "collapsed", "open", "open", "open"],
            "share": pl.Series([[0.0], [0.0], [0.5], [0.5], [float("nan")], [0.5]], dtype=pl.List(pl.Float64)),
        }
    )
    landmark = LandmarkCount(ENDS, column="share", days=(100.0,), day=100.0, after=200.0, horizon=1000.0)
    landmark.add("silence", rows)
    found = landmark.table()
    # Lost before it, never signed, signed too late: not counted. Lost within 200 days: counted, not kept.
    assert found["n"].to_list() == [1, 0, 2, 0]
    assert found["kept"].to_list() == [0, 0, 2, 0]
    assert found["estimate"].to_list() == [0.0, None, 1.0, None]


def test_the_figure_of_a_drill_says_how_far_survival_falls() -> None:
    groups = ["nothing", "more"]
    frame = pl.DataFrame(
        {"scenario": "month-3", "day": 91.0, "drilled": [False, False, True, True], "group": groups * 2, "n": 100,
         "kept": [70, 90, 50, 85], "estimate": [0.7, 0.9, 0.5, 0.85], "low": [0.6, 0.8, 0.4, 0.8], "high": 0.95}
    )  # fmt: skip
    assert landmarks(frame, field="reported", after=730.5).axes
    said = landmarks_caption(frame, field="reported", after=730.5)
    assert "month-3: from 70% to 50% where nothing was reported and from 90% to 85% where more was reported" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[analysis]\nlandmark = "trust"\nlandmark_after = "1 year"\n', 'given "trust", expected one of'),
        ('[analysis]\nlandmark = "reported since signature"\n', "landmark_after: not given"),
        ('[analysis]\nlandmark_after = "1 year"\n', 'given without "landmark"'),
        (LANDMARK, "expected a scenario with an event injected so long after the signature"),
        (LANDMARK + "[scenarios.calm]\n" + DRILL.format("4 months"), "expected one of the days it is sampled at"),
        (LANDMARK + DRILL.format("3 months"), "expected a scenario without such an event"),
    ],
)
def test_a_landmark_that_cannot_be_is_refused(write, text: str, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ConfigError) as caught:
        load(write(SILENCE + text))
    assert said in str(caught.value)
