"""Very many scenarios: the work and the memory that they take, and what a page shows of them. Nothing is timed."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
from analysis_data import ENDPOINTS, FANS, FOLLOW_UP, HORIZON, RMST, synthetic_arms
from bs4 import BeautifulSoup
from test_plots_frames import World
from test_plots_frames import analysis as drawn_from
from test_report import context

from timeline.analysis import analysis as module
from timeline.analysis import extent
from timeline.analysis.analysis import Analysis, analyse_pieces
from timeline.analysis.pieces import Pieces, cut
from timeline.analysis.scan import Scan
from timeline.keeping.memory import Memory
from timeline.pages.between import across_table
from timeline.pages.drawing import drawings
from timeline.pages.excerpt import MOST_LISTED, MOST_MAPPED, MOST_ROWS
from timeline.pages.headline import Combined, headline
from timeline.pages.report import render
from timeline.study.keys import Determinants
from timeline.study.window import Window

CADENCES = ("silence", "milestones")
PRIMARY = "in_force_end"


@pytest.fixture(autouse=True)
def few_in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Describe six scenarios of two cadences in full, so that ten are many."""
    monkeypatch.setattr(extent, "_IN_FULL", 12)


def analysed(scenarios: int, brief: tuple[str, ...] | None = (PRIMARY, "signed")) -> Analysis:
    names = [f"s{number}" for number in range(scenarios)]
    arms = synthetic_arms(n=60, cadences=CADENCES, scenarios=names)
    return analyse_pieces(
        {arm: cut(rows) for arm, rows in arms.items()},
        endpoints=ENDPOINTS,
        window=Window(HORIZON, FOLLOW_UP, RMST),
        baseline="silence",
        fans=FANS,
        aims=(PRIMARY, "hostility"),
        in_brief=brief,
    )


# The analysis


@pytest.mark.parametrize(
    "table", ["in_force", "since_signature", "both_sign", "causes", "occupancy", "hazards", "fans"]
)
def test_curves_do_not_grow_with_scenarios_that_nobody_draws(table: str) -> None:
    ten, twenty = (getattr(analysed(count), table) for count in (10, 20))
    assert ten["scenario"].n_unique() == 6
    assert ten.equals(twenty)


def test_the_first_are_described_as_if_there_were_no_others() -> None:
    some, all_of_them = analysed(10), analysed(10, brief=None)
    assert (some.in_full, len(all_of_them.in_full)) == (tuple(f"s{number}" for number in range(6)), 10)
    for name, frame in vars(all_of_them).items():
        if isinstance(frame, pl.DataFrame) and "scenario" in frame.columns:
            full = pl.col("scenario").is_in(some.in_full)
            assert getattr(some, name).filter(full).equals(frame.filter(full)), name


def test_what_is_said_of_the_others_is_what_a_full_description_says() -> None:
    some, all_of_them = analysed(10), analysed(10, brief=None)
    for name in ("estimates", "contrasts", "best"):
        others = ~pl.col("scenario").is_in(some.in_full)
        of_these = others & pl.col("measure").is_in([PRIMARY, "signed"])
        assert getattr(some, name).filter(others).equals(getattr(all_of_them, name).filter(of_these)), name


def test_four_scenarios_are_described_in_full_however_many_cadences_there_are() -> None:
    arms = [(f"s{number}", f"c{other}") for number in range(9) for other in range(200)]
    assert extent.in_full(arms) == ("s0", "s1", "s2", "s3")


def test_a_scenario_that_is_through_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    alive: list[int] = []
    scans: weakref.WeakSet[Scan] = weakref.WeakSet()

    class Watched(Scan):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given)
            scans.add(self)
            alive.append(len(scans))

    monkeypatch.setattr(module, "Scan", Watched)
    analysed(10)
    assert max(alive) == 2  # the new one, and the one before until its name is taken


# Reading


def test_the_first_rows_of_a_scenario_are_read_while_the_one_before_it_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []

    class Watched(Scan):
        def report(self, *given: Any) -> None:
            order.append(f"{self.scenario} is told")
            super().report(*given)

    def watched(scenario: str, rows: pl.DataFrame) -> Pieces:
        def read(columns: Sequence[str], most: int | None = None, first: int = 0, /) -> Iterable[pl.DataFrame]:
            if not first:
                order.append(f"{scenario} is read")
            return cut(rows)(columns, most, first)

        return read

    monkeypatch.setattr(module, "Scan", Watched)
    arms = synthetic_arms(n=60, cadences=["silence"], scenarios=["s0", "s1", "s2"])
    analyse_pieces(
        {(scenario, cadence): watched(scenario, rows) for (scenario, cadence), rows in arms.items()},
        endpoints=ENDPOINTS,
        window=Window(HORIZON, FOLLOW_UP, RMST),
        baseline="silence",
    )
    assert order == ["s0 is read", "s1 is read", "s0 is told", "s2 is read", "s1 is told", "s2 is told"]


def test_reading_all_arms_looks_at_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    parts = Memory.parts
    monkeypatch.setattr(Memory, "parts", lambda store, arm: looked.append(arm) or parts(store, arm))

    def looks(arms: int) -> int:
        store = Memory(Determinants("toys", {}, 1, 10.0, {}, 1))
        names = [f"{number:012x}" for number in range(arms)]
        for name in names:
            store.declare(name, {}, {})
            store.extend(name, pl.DataFrame({"replication": [0, 1], "firings": [3, 4]}), "compiled")
        looked.clear()
        for name in names:
            list(store.pieces(name, 2))
        return len(looked)

    assert looks(40) == 2 * looks(20)


def test_a_replication_that_one_arm_lacks_is_left_out_of_all() -> None:
    store = Memory(Determinants("toys", {}, 1, 10.0, {}, 1))
    for name, firings in (("a" * 12, [3, 4, 5]), ("b" * 12, [3, -1, 5])):
        store.declare(name, {}, {})
        store.extend(name, pl.DataFrame({"replication": [0, 1, 2], "firings": firings}), "compiled")
    store._resolved = SimpleNamespace(keys={0: "a" * 12, 1: "b" * 12})  # type: ignore[assignment]
    assert [store.read(name * 12, 3)["replication"].to_list() for name in "ab"] == [[0, 2], [0, 2]]


# The page


def world(scenarios: int) -> World:
    return World({"silence": 0.33, "monthly": 0.41}, scenarios=tuple(f"s{number}" for number in range(scenarios)))


def across_of(scenarios: int) -> pl.DataFrame:
    size = 1 + np.arange(scenarios - 1) / scenarios
    return pl.DataFrame(
        {
            "scenario": [f"s{number}" for number in range(1, scenarios)],
            "other": "s0", "cadence": "silence", "measure": PRIMARY, "difference": size, "low": size - 0.1,
            "high": size + 0.1, "distinguishable": True,
        }
    )  # fmt: skip


@pytest.fixture
def filters(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count how often a table is gone through for some of its rows."""
    counted = [0]
    plain = pl.DataFrame.filter

    def counting(frame: pl.DataFrame, *given: Any, **more: Any) -> pl.DataFrame:
        counted[0] += 1
        return plain(frame, *given, **more)

    monkeypatch.setattr(pl.DataFrame, "filter", counting)
    return counted


def test_the_headline_goes_through_no_table_once_a_scenario(filters: list[int]) -> None:
    def looks(scenarios: int) -> int:
        found = drawn_from(world(scenarios))
        object.__setattr__(found, "across", across_of(scenarios))
        filters[0] = 0
        assert headline(found, Combined())
        return filters[0]

    assert looks(40) == looks(20)


def test_a_page_lists_some_of_very_many_scenarios_and_says_so() -> None:
    names = world(MOST_LISTED + 36).scenarios
    page = BeautifulSoup(
        render(drawn_from(world(len(names))), context(scenarios=dict.fromkeys(names, "as assumed")), []), "html.parser"
    )
    heads = [head.get_text() for head in page.select("#scenarios h4")]
    assert len(heads) == MOST_LISTED - 1
    said = [summary.get_text() for summary in page.select("#scenarios summary")]
    assert said == [
        "What each of the first 64 of 100 scenarios assumes",
        "The table of cadences in the next 63 scenarios",
    ]


def test_a_page_does_not_grow_with_scenarios_beyond_those_listed(filters: list[int]) -> None:
    def size(scenarios: int) -> tuple[int, int]:
        found, about = drawn_from(world(scenarios)), context(scenarios=dict.fromkeys(world(scenarios).scenarios, ""))
        filters[0] = 0
        return len(BeautifulSoup(render(found, about, []), "html.parser").find_all()), filters[0]

    assert size(100) == size(200)


def test_the_largest_differences_between_scenarios_are_shown() -> None:
    found = drawn_from(world(2))
    object.__setattr__(found, "across", across_of(MOST_ROWS + 11))
    table = across_table(found)
    assert table is not None
    assert len(table.rows) == MOST_ROWS
    assert table.rows[-1][0] == f"s{MOST_ROWS + 10}"
    assert table.caption.endswith("The 200 largest of 210 differences; tables/across.csv holds all")


@pytest.mark.slow
def test_a_map_of_very_many_scenarios_draws_some_spread_evenly(tmp_path: Path) -> None:
    [found] = [one for one in drawings(drawn_from(world(100)), context(scenarios={})) if one.section == "scenarios"]
    assert (
        f"Drawn are {MOST_MAPPED} of 100 scenarios, spread evenly over the list; the tables hold all." in found.caption
    )
    assert ">s99<" in found.svg.replace("\n", "")
