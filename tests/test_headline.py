"""What a run of several scenarios, a map or combined levers says as a whole, by exact text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import polars as pl
from test_plots_frames import World, analysis

from timeline.analysis.tables import SCHEMAS
from timeline.pages.borders import borders, certain
from timeline.pages.headline import Combined, headline
from timeline.study.questions import Grid

TWO = World({"silence": 0.33, "monthly": 0.41}, scenarios=("calm", "harsh"))


def with_frames(some: Any, **frames: pl.DataFrame) -> Any:
    return SimpleNamespace(**{**vars(some), **frames})


def across(*rows: tuple[str, float, float, float]) -> pl.DataFrame:
    """Say what the scenario harsh changes under some cadences: (cadence, difference, low, high)."""
    made = [
        {
            "scenario": "harsh", "other": "calm", "cadence": cadence, "measure": "in_force_end",
            "difference": difference, "se": 0.01, "low": low, "high": high, "n": 1000, "critical": 2.2,
            "distinguishable": low > 0 or high < 0, "note": "",
        }
        for cadence, difference, low, high in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema=SCHEMAS["across"])


def test_one_scenario_and_no_levers_need_no_headline() -> None:
    assert headline(analysis(World({"silence": 0.3, "monthly": 0.4})), Combined()) == ()


def test_what_a_scenario_changes_is_said_with_its_intervals() -> None:
    some = with_frames(analysis(TWO), across=across(("silence", -0.08, -0.1, -0.06), ("monthly", -0.05, -0.07, -0.03)))
    assert headline(some, Combined())[0] == (
        "Against calm, the agreement is in force after 15 years in harsh less often under both cadences by 5.0 to 8.0 "
        "points (3.0 to 10.0)."
    )


def test_a_change_that_its_interval_does_not_show_is_not_claimed() -> None:
    some = with_frames(analysis(TWO), across=across(("silence", 0.02, -0.01, 0.05), ("monthly", 0.01, -0.02, 0.04)))
    assert headline(some, Combined())[0] == (
        "No other scenario can be told from calm: the intervals of what they change in agreements in force after "
        "15 years reach from −2.0 to 5.0 points."
    )


def test_a_mechanism_that_a_scenario_lacks_is_named() -> None:
    some = with_frames(analysis(TWO), across=across(("silence", 0.02, 0.01, 0.03), ("monthly", 0.01, -0.02, 0.04)))
    assert headline(some, Combined(without={"calm": ("track_two",)}))[0] == (
        "Against calm (track two left out), the agreement is in force after 15 years in harsh more often under silence "
        "by 2.0 points (1.0 to 3.0), and cannot be told apart under monthly."
    )


def best(**cells: str) -> pl.DataFrame:
    """Say which of silence and monthly may be the best in each scenario."""
    rows = [
        (scenario, "in_force_end", cadence, cadence in may.split("/"), may.split("/")[0])
        for scenario, may in cells.items()
        for cadence in ("silence", "monthly")
    ]
    columns = ["scenario", "measure", "cadence", "tied_with_best", "best"]
    return pl.DataFrame(rows, schema=columns, orient="row")


LINE = Grid(("leaks.discovery",), (("0.1", "0.5", "1"),), ("a", "b", "c"))


def test_a_threshold_lies_between_two_values_at_which_the_best_is_certain() -> None:
    assert borders(best(a="silence", b="silence/monthly", c="monthly"), LINE, "in_force_end") == (
        "The best cadence changes with discovery (leaks): from silence to monthly between 0.1 and 1; at 0.5 they "
        "cannot be told apart.",
        "Of 3 values, silence is the best at 1 of them and monthly at 1; at 1 several cannot be told from the best.",
    )


def test_where_one_cadence_may_be_the_best_everywhere_no_threshold_is_claimed() -> None:
    found = borders(best(a="silence", b="silence/monthly", c="silence/monthly"), LINE, "in_force_end")
    assert found[0] == "No border is certain: silence may be the best at every value of discovery (leaks)."


def test_a_map_says_along_which_assumption_the_best_surely_changes() -> None:
    grid = Grid(("leaks.discovery", "disclosure.charge"), (("0.1", "1"), ("0.2", "0.9")), ("a", "b", "c", "d"))
    found = borders(best(a="silence", b="silence", c="monthly", d="silence/monthly"), grid, "in_force_end")
    assert found[0] == (
        "No cadence may be the best in all 4 cells. For certain the best changes with discovery (leaks) in 1 of 2 rows "
        "and with charge (disclosure) in 0 of 2 rows, the rest held."
    )


def test_a_border_is_as_close_as_can_be_told() -> None:
    assert certain([("s",), ("s", "m"), ("m",), ("s",)]) == [(0, 2), (2, 3)]
    assert certain([("s", "m"), ("s",), ("s", "m")]) == []


def levers(*rows: tuple[str, str, str, float, float, float]) -> pl.DataFrame:
    made = [
        {
            "lever": lever, "value": value, "other": other, "measure": "in_force_end", "difference": difference,
            "se": 0.01, "low": low, "high": high, "n": 1000, "critical": 2.2, "distinguishable": low > 0 or high < 0,
        }
        for lever, value, other, difference, low, high in rows
    ]  # fmt: skip
    return pl.DataFrame(made, schema=SCHEMAS["levers"])


FACTORIAL = Grid(("content", "every"), (("agreed", "verified"), ("month", "year")), ("am", "ay", "vm", "vy"))


def test_a_factorial_says_which_lever_matters_most() -> None:
    rows = (("content", "agreed", "verified", -0.08, -0.1, -0.06), ("every", "month", "year", 0.01, -0.01, 0.03))
    some = with_frames(analysis(World({"silence": 0.3, "monthly": 0.4})), levers=levers(*rows))
    assert headline(some, Combined(factorial=FACTORIAL)) == (
        "What is told matters most for agreements in force after 15 years: verified has 8.0 points more than agreed "
        "(95% interval 6.0 to 10.0).",
        "How often cannot be seen to matter (widest interval −1.0 to 3.0 points).",
        "Each is a mean over all values of the other levers; the 95% intervals hold together.",
    )
