"""The dashboard: one page, complete, readable without a picture, free of outside addresses."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup
from test_plots_frames import COLUMNS, World, analysis, record, simulated, trace

from timeline.report.context import Assumption, Cadence, Context, Story, Validation
from timeline.report.report import inline, paragraphs, plain, write_report
from timeline.report.standings import standings

SECTIONS = (
    "in-force", "in-force-verified", "since-signature", "both-sign", "causes", "contrasts", "occupancy", "fans",
    "timelines", "validation", "assumptions", "reproduce",
)  # fmt: skip


def context(**changes: Any) -> Context:
    """Make a context with a little of everything, some of it unpleasant to print."""
    made = Context(
        title="How often should <a backchannel> go public?",
        question="How often, if the agreement is to last?",
        model="backchannel",
        model_title="A secret channel",
        model_account="Purpose. To compare.\n\n    TALKS -> ACCORD\n\nNot for forecasting.",
        sides=("North", "South"),
        horizon=15 * 365.25,
        replications=1000,
        seed=1993,
        engine="compiled",
        baseline="silence",
        cadences={
            "silence": Cadence(description="Nothing is told.", levers="no rules"),
            "monthly": Cadence(levers="every month"),
        },
        scenarios={"calm": "the world as assumed", "harsh": "a hawkish press"},
        assumptions=(
            Assumption(
                parameter="leaks.per_insider", value="2.45e-4", unit="1/insider/year", low="4.1e-6", high="2.0e-2",
                evidence="literature", source="Grimes 2016, https://doi.org/10.1371/x", mechanism="leaks",
                meaning="how often an insider talks", changed=True,
            ),
            Assumption(parameter="leaks.trust_lost", value="0.35", unit="share", mechanism="leaks"),
            Assumption(parameter="a.regime", value="democracy", evidence="measured"),
        ),
        traces=(
            Story(trace=trace(), why="A typical failure."),
            Story(trace=trace("monthly, replication 17")),
            Story(trace=trace("monthly, replication 4")),
        ),
        validation=Validation(
            record=record(), model=simulated(), distance=0.064, record_name="UCDP", note="States and rebels."
        ),
        command="timeline run configs/backchannel/how-often.toml",
        run_key="a1b2c3d4",
        version="0.1.0",
        notes=("leaks.per_insider is outside its plausible range.",),
    )  # fmt: skip
    return replace(made, **changes)


WORLD = World({"silence": 0.33, "monthly": 0.41, "yearly": 0.40}, tied=("yearly",), scenarios=("calm", "harsh"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a whole report."""
    place = tmp_path_factory.mktemp("report")
    write_report(place, analysis=analysis(WORLD), context=context())
    return place


@pytest.fixture(scope="module")
def html(folder: Path) -> str:
    """Its page, as text."""
    return (folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> BeautifulSoup:
    """Its page, parsed."""
    return BeautifulSoup(html, "html.parser")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_is_there(page: BeautifulSoup, section: str) -> None:
    found = page.find(id=section)
    assert found is not None
    if section not in ("assumptions", "reproduce"):
        assert found.find("svg") is not None


def test_every_figure_has_its_caption_and_says_it_to_those_who_cannot_see(page: BeautifulSoup) -> None:
    figures = page.find_all("figure")
    assert len(figures) == 8 + 3 + 1 + 3 + 1  # first scenario, second in brief, scenarios, timelines, record
    for figure in figures:
        label = figure.svg["aria-label"]
        assert figure.svg["role"] == "img"
        assert label.strip()
        assert label in figure.figcaption.get_text()


def test_wide_tables_say_on_a_small_screen_that_they_can_be_swiped(page: BeautifulSoup) -> None:
    for table in page.select(".standing, .assumptions"):
        beside = [table.find_previous_sibling(), table.find_next_sibling()]
        assert any(tag is not None and tag.select(".swipe") for tag in beside)


def test_a_printed_page_opens_what_is_folded(html: str) -> None:
    assert "details::details-content { content-visibility: visible" in html.split("@media print")[1]


def test_the_page_asks_nothing_of_the_outside(html: str, page: BeautifulSoup) -> None:
    assert not re.search(r"(?:https?|ftp|file):|//\w", html)
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    assert not page.find_all(["script", "link", "iframe", "img", "object", "embed"])
    for tag in page.find_all(True):
        for name in ("src", "href", "xlink:href", "data", "action"):
            assert str(tag.get(name, "#")).startswith("#")


def test_every_link_inside_the_page_has_its_target_and_ids_are_unique(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {tag["href"][1:] for tag in page.find_all(href=True)} <= set(ids)


def test_the_answer_comes_first(page: BeautifulSoup) -> None:
    first = page.find("section")
    assert first is not None
    assert first["id"] == "answer"
    assert "in 41% of timelines against 33% under silence, 8 points more" in first.get_text()
    assert "of which 1 of 3 (33%) are judgement" in first.get_text()


def test_the_cadence_table_marks_the_best_and_its_peers_by_sign_and_words(page: BeautifulSoup) -> None:
    section = page.find(id="cadences")
    assert section is not None
    rows = [
        (row.td.get_text(), row.find(class_="name").get_text(" ", strip=True))
        for row in section.find("tbody").find_all("tr")
    ]
    assert rows == [
        ("", "silence (baseline) below the best"),
        ("★", "monthly the best"),
        ("≈", "yearly cannot be told from the best"),
    ]


def test_the_cadence_table_gives_each_number_with_its_error() -> None:
    first = standings(analysis(WORLD), "calm")[0]
    assert first.cells == (
        ("58%", "±1.0"), ("33%", "±1.0"), ("16%", "±1.0"), ("76%", "±1.0"), ("825", "±25"), ("0.435", "±0.010"),
    )  # fmt: skip


def test_assumptions_are_listed_with_evidence_counted_on_top(page: BeautifulSoup) -> None:
    section = page.find(id="assumptions")
    assert section is not None
    counts = section.find(id="evidence-counts")
    assert counts is not None
    assert counts.get_text() == "3 assumptions: 1 measured (33%), 1 literature (33%) and 1 judgement (33%)."
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in section.find_all("tr") if row.td]
    assert rows[0] == [
        "leaks.per_insider", "2.45e-4 changed", "1/insider/year", "4.1e-6 to 2.0e-2", "literature",
        "How often an insider talks. Grimes 2016, doi.org/10.1371/x.",
    ]  # fmt: skip
    assert len(rows) == 3


def test_the_page_says_how_to_make_it_again(page: BeautifulSoup) -> None:
    section = page.find(id="reproduce")
    assert section is not None
    text = section.get_text()
    for part in ("timeline run configs/backchannel/how-often.toml", "Seed 1993", "a1b2c3d4", "0.1.0", "compiled"):
        assert part in text


def test_timelines_are_told_by_their_numbered_events(page: BeautifulSoup) -> None:
    section = page.find(id="timelines")
    assert section is not None
    stories = section.find_all("ol")
    assert len(stories) == 3
    assert stories[0].find_all("li")[1].get_text(" ", strip=True) == (
        "2 year 2, day 54 North and South reach a private accord."
    )
    assert "A typical failure." in section.get_text()


def test_what_a_config_says_is_escaped(html: str) -> None:
    assert "<a backchannel>" not in html
    assert "&lt;a backchannel&gt;" in html


def test_figures_and_tables_lie_beside_the_page(folder: Path) -> None:
    figures = {path.name for path in (folder / "figures").iterdir()}
    names = {name.removesuffix(".svg") for name in figures if name.endswith(".svg")}
    assert {f"{name}.png" for name in names} <= figures
    assert names == {
        "in-force", "in-force-verified", "since-signature", "both-sign", "contrasts", "causes", "occupancy", "fans",
        "in-force-harsh", "contrasts-harsh", "causes-harsh", "scenarios", "timeline-1", "timeline-2", "timeline-3",
        "validation",
    }  # fmt: skip
    tables = {path.stem for path in (folder / "tables").iterdir()}
    assert set(COLUMNS) <= tables
    assert {"assumptions", "timeline-1-events", "timeline-3-series", "validation-record"} <= tables
    assert pl.read_csv(folder / "tables" / "estimates.csv").height == analysis(WORLD).estimates.height
    assert sorted(path.name for path in folder.iterdir()) == ["figures", "report.html", "tables"]


def test_the_same_result_makes_the_same_bytes_and_leaves_nothing_stale(tmp_path: Path) -> None:
    small = World({"silence": 0.33, "monthly": 0.41})
    plain_context = context(traces=(), validation="No record was given.")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures" / "old.svg").write_text("stale")
    kept = tmp_path / "manifest.json"
    kept.write_text("{}")
    write_report(tmp_path, analysis=analysis(small), context=plain_context)
    first = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    write_report(tmp_path, analysis=analysis(small), context=plain_context)
    assert {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()} == first
    assert tmp_path / "figures" / "old.svg" not in first
    assert kept in first


def test_several_processes_draw_the_same_files(tmp_path: Path) -> None:
    small = World({"silence": 0.33, "monthly": 0.41})
    plain_context = context(traces=(), validation="No record was given.")
    for workers in (1, 2):
        write_report(tmp_path / str(workers), analysis=analysis(small), context=plain_context, workers=workers)
    alone, shared = (
        {path.name: path.read_bytes() for path in (tmp_path / str(workers)).rglob("*") if path.is_file()}
        for workers in (1, 2)
    )
    assert shared == alone


def test_a_failure_leaves_the_old_report_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "report.html").write_text("old")

    def fail(*_: Any) -> str:
        raise OSError("disk full")

    monkeypatch.setattr("timeline.report.report.render", fail)
    with pytest.raises(OSError, match="disk full"):
        write_report(
            tmp_path, analysis=analysis(World({"silence": 0.3})), context=context(traces=(), validation="None.")
        )
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    assert (tmp_path / "report.html").read_text() == "old"


@pytest.mark.parametrize("cadences", [("silence",), ("silence", "monthly")])
def test_every_section_is_there_even_when_nobody_signs(tmp_path: Path, cadences: tuple[str, ...]) -> None:
    nothing = dict.fromkeys(cadences, 0.0)
    a = analysis(World(nothing, signed=nothing))
    a.in_force_verified = a.in_force_verified.clear()
    a.fans = a.fans.clear()
    bare = context(traces=(), validation="No record was given.", assumptions=(), notes=())
    path = write_report(tmp_path, analysis=a, context=bare)
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    assert {section for section in SECTIONS if page.find(id=section) is None} == set()
    text = page.get_text()
    assert "This model does not verify steps" in text
    assert "No field was followed in this run." in text
    assert "No record was given." in text
    assert "No single timeline was chosen" in text


def test_an_inline_figure_needs_no_namespace() -> None:
    from timeline.report.drawing import Drawing

    made = Drawing(
        "x", "x", 'less "than" <5%',
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="5pt" height="5pt" viewBox="0 0 5 5" '
        'xmlns="http://www.w3.org/2000/svg"><use xlink:href="#m"/></svg>',
        b"",
    )  # fmt: skip
    assert inline(made) == (
        '<svg role="img" aria-label="less &#34;than&#34; &lt;5%" viewBox="0 0 5 5"><use href="#m"/></svg>'
    )


def test_a_long_account_keeps_paragraphs_and_diagrams() -> None:
    assert paragraphs("One\nline.\n\n    A -> B\n\nSee https://example.org.") == (
        "<p>One line.</p>\n<pre>    A -&gt; B</pre>\n<p>See example.org.</p>"
    )
    assert plain("ftp://a and http://b") == "a and b"
