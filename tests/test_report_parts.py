"""What the page says of the decision: how precise, which may be the best, who was saved, other aims, one crisis."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from bs4 import BeautifulSoup
from test_plots_frames import World, analysis

from timeline.analysis.best import find_best
from timeline.analysis.lengths import LengthCount
from timeline.analysis.pieces import cut
from timeline.cli import main
from timeline.config.load import load
from timeline.explaining.turning import Parting, TurningPoints
from timeline.keeping.store import Store, open_results
from timeline.model.endpoints import Endpoints
from timeline.pages import dashboard
from timeline.pages.context import FateCounts, SeveralAims
from timeline.pages.counting import count_rows
from timeline.pages.drawing import best_of, shown_cadences
from timeline.pages.precision import precision
from timeline.pages.standings import legend, shown_columns, standings
from timeline.pages.stories import ExplainedOf, KeptExplanation
from timeline.pages.tables import aims_table, best_table, fates_table, turning_tables
from timeline.study.window import Window

TOY = Path(__file__).parent / "toy_run"
CHOICE = """
[aims]
measures = ["in force", "rmst 5 years"]

[selection]
measure = "in force"
indifference = "5 points"
probability = 0.9
"""


def played(tmp_path: Path, more: str = "") -> Path:
    """Run the toy and return its folder."""
    shutil.copytree(TOY, tmp_path / "toy")
    config = tmp_path / "toy" / "configs" / "telling.toml"
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["run", str(config), "--replications", "60", "--engine", "simpy", "--quiet"])
    assert ended.value.code == 0
    return next((tmp_path / "toy" / "results" / "telling").iterdir())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy's run with a choice."""
    return played(tmp_path_factory.mktemp("parts"), CHOICE)


@pytest.fixture(scope="module")
def page(folder: Path) -> BeautifulSoup:
    """Its page."""
    return BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")


def said(page: BeautifulSoup, section: str) -> str:
    found = page.find(id=section)
    assert found is not None
    return " ".join(found.get_text(" ").split())


@pytest.mark.parametrize("section", ["best", "aims", "fates"])
def test_each_part_of_the_decision_has_its_figure_its_caption_and_its_numbers(
    page: BeautifulSoup, folder: Path, section: str
) -> None:
    found = page.find(id=section)
    assert found.figure.svg is not None
    assert len(found.figcaption.get_text()) > 80
    assert found.select("table.sortable tbody tr")
    assert (folder / "figures" / f"{section}.svg").is_file()


def test_a_choice_that_is_not_made_yet_is_said_in_the_answer_and_where_it_is_asked(page: BeautifulSoup) -> None:
    not_yet = "No cadence is chosen yet after 60 replications"
    assert not_yet in said(page, "answer")
    assert not_yet in said(page, "best")
    assert "[selection]" not in said(page, "best")


def test_without_a_wish_for_precision_the_page_says_how_to_have_one(page: BeautifulSoup) -> None:
    assert "With 60 replications an arm, the difference of the shares in force" in said(page, "precision")
    assert "[precision]" in said(page, "precision")


def test_a_crisis_is_explained_or_the_page_says_why_not(page: BeautifulSoup, folder: Path) -> None:
    kept = json.loads((folder / "explanation.json").read_text(encoding="utf-8"))
    if "explanation" in kept:
        assert page.find(id="explained").figure is not None
        assert kept["turning_points"]["rule"] in said(page, "explained")
    else:
        assert "No crisis is explained here" in said(page, "explained")


@pytest.mark.slow
def test_a_folder_without_an_explanation_still_makes_a_page(folder: Path, tmp_path: Path) -> None:
    old = tmp_path / folder.name
    shutil.copytree(folder, old)
    (old / "explanation.json").unlink()
    with open_results(old) as store:
        dashboard.build_report(store)
    text = (old / "report.html").read_text(encoding="utf-8")
    assert "this folder keeps none, and the model to replay one is not at hand" in text


def test_an_explanation_of_the_same_replications_is_not_made_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = json.loads((folder / "explanation.json").read_text(encoding="utf-8"))

    def fail(*_: object) -> dict[str, object]:
        raise AssertionError("made again")

    monkeypatch.setattr("timeline.explaining.keeping.explanation_for_report", fail)
    monkeypatch.setattr("timeline.pages.report.write_report", lambda *_, **__: folder / "report.html")
    experiment = load(folder.parents[2] / "configs" / "telling.toml", ("replications=60",))
    with open_results(folder) as store:
        dashboard.build_report(store, experiment=experiment)
    assert json.loads((folder / "explanation.json").read_text(encoding="utf-8")) == kept


def rows_of(every: int) -> pl.DataFrame:
    """Rows of an arm in which one agreement of so many lasts."""
    lost = pl.col("replication") % every > 0
    return pl.DataFrame({"replication": range(4000), "signed_day": 10.0}).with_columns(
        day=pl.when(lost).then(30.0).otherwise(100.0),
        outcome=pl.when(lost).then(pl.lit("collapsed")).otherwise(pl.lit("open")),
        cause=pl.lit("none"),
    )


ENDS = Endpoints(
    phases=(("talks", None), ("signed", "signed_day")), accord=None, half_verified=None, hostility=None
)  # fmt: skip


def test_the_table_of_the_best_has_intervals_and_the_race() -> None:
    arms = {("calm", name): cut(rows_of(every)) for name, every in (("silence", 4), ("monthly", 2), ("yearly", 2))}
    found = find_best(
        arms, endpoints=ENDS, window=Window(100.0, 80.0, (80.0,)), baseline="silence", measure="in_force_end",
        indifference=0.05,
    )  # fmt: skip
    table = best_table(found, "calm")
    assert table is not None
    assert [head for head, _ in table.heads][-2:] == ["out of the race after", "beaten by"]
    rows = dict(table.rows)
    assert rows["monthly"][0] == "0"
    assert rows["monthly"][2:] == ("yes", "still in", "")
    assert rows["silence"][0] == "−25.0 points"
    assert rows["silence"][2:] == ("no", "2,000", "monthly")
    assert rows["silence"][1].startswith("−26.")
    assert rows["silence"][1].endswith(" to 0")


def test_the_table_of_fates_counts_who_was_saved_and_who_was_lost() -> None:
    tallies = pl.DataFrame(
        {
            "scenario": ["calm"], "cadence": ["monthly"], "n": [1200], "same": [1000], "saved": [150], "gained": [20],
            "lost": [25], "forgone": [5], "difference": [140 / 1200], "low": [0.09], "high": [0.14],
        }
    )  # fmt: skip
    table = fates_table(FateCounts(cadence="monthly", counts=pl.DataFrame(), tallies=tallies), "silence")
    assert table.caption == "What became of the same 1,200 replications under each cadence and under silence"
    assert table.rows == (("monthly", ("1,000", "150", "20", "25", "5", "11.7", "9.0 to 14.0")),)


def test_the_table_of_aims_gives_every_aim_in_its_unit_and_the_verdict() -> None:
    own = [("silence", 0.25, 900.0, 0.4), ("monthly", 0.30, 1234.0, 0.41)]
    about = [
        ("in_force_end", "In force at the end", "share", "higher"),
        ("time_to_accord", "Mean days until a private accord", "days", "lower"),
        ("hostility", "Mean hostility", "index", "lower"),
    ]
    rows = [
        ("calm", cadence, *row, values[place])
        for cadence, *values in own
        for place, row in enumerate(about)
    ]  # fmt: skip
    table = pl.DataFrame(
        rows, schema=["scenario", "cadence", "measure", "title", "unit", "better", "estimate"], orient="row"
    )
    verdicts = pl.DataFrame(
        {
            "scenario": ["calm", "calm"], "cadence": ["silence", "monthly"],
            "verdict": ["on the front", "dominated"], "by": [[], ["silence"]],
            "same_as": [[], []],
        },
        schema_overrides={"by": pl.List(pl.String), "same_as": pl.List(pl.String)},
    )  # fmt: skip
    scores = pl.DataFrame(schema={"scenario": pl.String, "cadence": pl.String, "score": pl.Float64})
    aims = SeveralAims(table=table, verdicts=verdicts, scores=scores, sensitivity=scores)
    found = aims_table(aims, "calm")
    assert found is not None
    assert [head for head, _ in found.heads] == [
        "in force at the end (more is better)", "mean days until a private accord (less is better)",
        "mean hostility (less is better)", "verdict",
    ]  # fmt: skip
    assert found.rows == (
        ("silence", ("25.0%", "900", "0.400", "on the front")),
        ("monthly", ("30.0%", "1,234", "0.410", "dominated by silence")),
    )


def test_turning_points_are_counted_with_their_intervals() -> None:
    points = TurningPoints(
        ("monthly", "silence"), 4000, 157, 4, 24, first=(Parting("leak", "only under silence", 6, 0.25, 0.12, 0.45),)
    )
    (table,) = turning_tables(points)
    assert table.caption == "Where they first part, of the first 24 that monthly saves and silence loses"
    assert table.rows == (("leak", ("only under silence", "6", "25%", "12% to 45%")),)


def test_the_precision_names_the_narrowest_and_the_widest_difference() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41, "yearly": 0.35}))
    wide = pl.when(pl.col("cadence") == "yearly").then(pl.col("high") + 0.02).otherwise("high")
    a.contrasts = a.contrasts.with_columns(high=wide)
    assert precision(a, "as assumed", None) == (
        "With 1,000 replications an arm, the difference of the shares in force from silence is known to between "
        "±2.0 (monthly) and ±3.0 points (yearly). An error falls with the square root of the work: half of it takes "
        "about 4,000, four times as many."
    )


def test_what_came_of_a_wish_for_precision_is_said() -> None:
    a = analysis(World({"silence": 0.33, "monthly": 0.41}))
    found = precision(a, "as assumed", SimpleNamespace(sentence="Precise enough."))  # type: ignore[arg-type]
    assert found.endswith("four times as many. Precise enough.")


def test_cadences_that_never_differ_have_no_precision_to_speak_of() -> None:
    found = precision(analysis(World({"silence": 0.33, "monthly": 0.33}, identical=True)), "as assumed", None)
    assert "±" not in found


def test_of_crises_that_all_end_the_same_way_no_interval_is_shown() -> None:
    same = {"scenario": "calm", "cadence": "hush", "n": 300, "same": 300}
    none = dict.fromkeys(("saved", "gained", "lost", "forgone"), 0)
    tallies = pl.DataFrame([{**same, **none, "difference": 0.0, "low": -0.01, "high": 0.01}])
    table = fates_table(FateCounts(cadence="hush", counts=pl.DataFrame(), tallies=tallies), "silence")
    assert table.rows[0][1][-2:] == ("–", "–")


def test_why_no_crisis_is_explained_is_known() -> None:
    two = SimpleNamespace(cadences=("silence", "hush"))
    kept = KeptExplanation(ExplainedOf("0", ("hush", "silence"), 9, 1))
    assert "decide none differently" in dashboard._unexplained(two, kept)  # type: ignore[arg-type]
    one = SimpleNamespace(cadences=("silence",))
    assert dashboard._unexplained(one, KeptExplanation()).startswith("Only one cadence was run")  # type: ignore[arg-type]


def test_no_star_stands_where_no_cadence_leads() -> None:
    rows = standings(analysis(World({"silence": 0.33, "monthly": 0.33, "yearly": 0.33})), "as assumed")
    assert {row.sign for row in rows} == {""}
    assert legend(rows) == "No cadence has more agreements in force than every other."
    assert best_of(analysis(World({"silence": 0.33, "monthly": 0.33})), "as assumed") is None
    alone = standings(analysis(World({"silence": 0.33})), "as assumed")
    assert (alone[0].sign, alone[0].words, legend(alone)) == ("", "", "")


def test_one_cadence_has_no_precision_to_speak_of() -> None:
    assert precision(analysis(World({"silence": 0.33})), "as assumed", None) == ""


def test_one_rule_says_everywhere_which_cadences_may_be_the_best(folder: Path) -> None:
    with open_results(folder) as store:
        best, found = _both(store)
    marked = found.best.filter(pl.col("measure") == "in_force_end")
    told = marked.join(best.against_best, on=["scenario", "cadence"])
    assert told.height > 0
    assert told["tied_with_best"].to_list() == told["may_be_best"].to_list()


def _both(store: Store) -> tuple[object, object]:
    counts = count_rows(dashboard.readers(store), store.resolved)
    return counts.best, counts.analysis


def test_of_many_cadences_those_are_drawn_that_look_best_and_worst_and_the_baseline() -> None:
    many = analysis(World({"silence": 0.30} | {f"c{number}": 0.31 + number / 1000 for number in range(20)}))
    shown = shown_cadences(many, "as assumed")
    assert shown == ("silence", "c0", "c1", *(f"c{number}" for number in range(10, 20)))
    few = analysis(World({"silence": 0.30, "monthly": 0.31}))
    assert shown_cadences(few, "as assumed") == ("silence", "monthly")


def test_a_column_that_repeats_another_is_left_out() -> None:
    found = analysis(World({"silence": 0.33, "monthly": 0.41}))
    heads = [column.head for column in shown_columns(found)]
    assert heads[:2] == ["in force at the horizon", "… and half verified"]
    strict = found.estimates.filter(pl.col("measure") != "in_force_verified_end")
    twice = found.estimates.filter(pl.col("measure") == "in_force_end")
    found.estimates = pl.concat([strict, twice.with_columns(measure=pl.lit("in_force_verified_end"))])
    assert [column.head for column in shown_columns(found)] == [heads[0], *heads[2:]]


def test_a_forced_event_is_said_with_how_many_timelines_were_open_to_receive_it() -> None:
    lengths = LengthCount(ENDS, [("", 100.0)], horizon=365.25)
    lengths.add("silence", pl.DataFrame({"day": [50.0, 100.0, 200.0, 365.25]}))
    lengths.add("monthly", pl.DataFrame({"day": [50.0, 60.0, 200.0, 365.25]}))
    config = SimpleNamespace(
        inject=(SimpleNamespace(clock="leak", days=100.0, since=None),), starts=None, start=None, laws={}
    )
    given = SimpleNamespace(config=config), SimpleNamespace(cadences=("silence", "monthly"))
    assert dashboard.forced_events(*given, SimpleNamespace(lengths=lengths)) == (
        "Forced on every timeline by the config: leak, 100 days after the start. Of the timelines 50.0% to 75.0%, by "
        "cadence, were still open then and could receive it; in the others nothing was forced.",
    )
    config.starts = date(1993, 1, 20)
    (dated,) = dashboard.forced_events(*given, SimpleNamespace(lengths=lengths))
    assert dated.startswith("Forced on every timeline by the config: leak, on 30 April 1993. Of the timelines")
    assert round(lengths.mean_years("silence"), 4) == round(715.25 / 4 / 365.25, 4)
