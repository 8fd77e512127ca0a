"""The dashboard: one page, complete, readable without a picture, free of outside addresses."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from concurrent.futures import BrokenExecutor, Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from bs4 import BeautifulSoup
from test_plots_frames import COLUMNS, World, analysis, record, simulated, trace

from timeline.pages import drawing as drawing_module
from timeline.pages.context import Assumption, CadenceText, Context, RecordComparison, ToldTimeline
from timeline.pages.report import linked, paragraphs, write_report
from timeline.pages.standings import standings
from timeline.pages.writing import TEMPLATES, inline

SECTIONS = (
    "in-force", "in-force-verified", "since-signature", "both-sign", "causes", "contrasts", "occupancy", "fans",
    "timelines", "validation", "assumptions", "reproduce",
)  # fmt: skip
PARTS = ("answer", "sure", "unknown", "why", "when-not", "assumed", "reproduce")


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
            "silence": CadenceText(description="Nothing is told.", levers="no rules"),
            "monthly": CadenceText(levers="every month"),
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
            ToldTimeline(trace=trace(), why="A typical failure."),
            ToldTimeline(trace=trace("monthly, replication 17")),
            ToldTimeline(trace=trace("monthly, replication 4")),
        ),
        validation=RecordComparison(
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


def test_every_figure_has_a_caption_that_says_what_it_finds_and_words_for_what_it_shows(page: BeautifulSoup) -> None:
    figures = page.find_all("figure")
    assert len(figures) == 8 + 3 + 1 + 3 + 1  # first scenario, second in brief, scenarios, timelines, record
    labels = [figure.svg["aria-label"] for figure in figures]
    assert len(set(labels)) == len(labels)
    for figure, label in zip(figures, labels, strict=True):
        assert figure.svg["role"] == "img"
        assert len(label) > 40
        assert label not in figure.figcaption.get_text()
        assert figure["aria-labelledby"] == figure.figcaption["id"]
        assert re.search(r"\d", figure.figcaption.get_text()), "a caption holds numbers of this run"


def test_the_parts_come_in_the_order_in_which_an_analyst_asks(page: BeautifulSoup) -> None:
    parts = page.select("main > section")
    assert [part["id"] for part in parts] == list(PARTS)
    assert [part.h2.get_text() for part in parts] == [
        "The answer", "How sure is that?", "How wrong could this be?", "Why?", "When does the answer not hold?",
        "What we assumed", "How to reproduce it",
    ]  # fmt: skip


def test_the_contents_name_every_section_in_order(page: BeautifulSoup) -> None:
    linked_to = [link["href"][1:] for link in page.nav.find_all("a")]
    assert linked_to == [section["id"] for section in page.main.find_all("section")]
    assert [link["href"][1:] for link in page.select("nav > details > ol > li > a")] == list(PARTS)


def test_headings_leave_out_no_level_and_sections_are_named_by_theirs(page: BeautifulSoup) -> None:
    levels = [int(heading.name[1]) for heading in page.find_all(re.compile("^h[1-6]$"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
    for section in page.main.find_all("section"):
        assert page.find(id=section["aria-labelledby"]).get_text().strip()


def test_the_page_has_its_landmarks_and_a_way_past_the_contents(page: BeautifulSoup) -> None:
    assert page.html["lang"] == "en"
    assert all(len(page.body.find_all(name, recursive=False)) == 1 for name in ("header", "nav", "main", "footer"))
    first = page.body.find("a")
    assert (first["class"], first["href"]) == (["skip"], "#answer")


def test_every_table_has_a_caption_and_heads_of_columns_and_rows(page: BeautifulSoup) -> None:
    tables = page.find_all("table")
    assert len(tables) >= 4
    for table in tables:
        assert table.caption.get_text().strip()
        assert all(head["scope"] and head.get_text().strip() for head in table.thead.find_all("th"))


def test_wide_tables_say_on_a_small_screen_that_they_can_be_swiped(page: BeautifulSoup) -> None:
    assert page.select(".standing")
    for table in page.select(".standing, .assumptions"):
        around = [table, table.find_previous_sibling(), table.find_next_sibling(), table.find_parent("details")]
        assert any(tag is not None and tag.select(".swipe") for tag in around)


def test_a_printed_page_says_what_stays_folded_and_where_a_long_table_is_cut(html: str) -> None:
    paper = html.split("@media print")[1]
    assert 'details:not([open]) > summary::after { content: " (on the screen, not printed)"' in paper
    assert "tbody tr:nth-child(n + 21) { display: none; }" in paper
    assert "The first 20 rows. All of them are on the screen, and in the folder tables/ beside the page." in paper
    assert "beforeprint" not in html


def test_the_page_asks_nothing_of_the_outside(html: str, page: BeautifulSoup) -> None:
    style, script = page.style.get_text(), page.script.get_text()
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    assert not re.search(r"https?:|fetch|XMLHttp|import\(", style + script)
    assert not page.find_all(["link", "iframe", "img", "object", "embed", "base", "form"])
    assert not page.find_all(src=True)
    for tag in page.find_all(True):
        for name in ("href", "xlink:href", "data", "action"):
            where = str(tag.get(name, "#"))
            assert where.startswith("#") or (tag.name == "a" and where.startswith("https://"))


def test_a_browser_is_told_to_ask_nobody_and_to_run_no_other_script(page: BeautifulSoup) -> None:
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    digest = base64.b64encode(hashlib.sha256(page.script.string.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'"
    )


def test_a_source_with_an_address_is_a_link_that_shows_it(page: BeautifulSoup) -> None:
    link = page.find("a", href="https://doi.org/10.1371/x")
    assert (link.get_text(), link["rel"]) == ("doi.org/10.1371/x", ["noreferrer"])


def test_every_link_inside_the_page_has_its_target_and_ids_are_unique(page: BeautifulSoup) -> None:
    ids = [tag["id"] for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    inside = {tag["href"][1:] for tag in page.find_all(href=True) if tag["href"].startswith("#")}
    assert inside <= set(ids)


def test_the_answer_comes_first(page: BeautifulSoup) -> None:
    first = page.find("section")
    assert first is not None
    assert first["id"] == "answer"
    assert "cannot be told from the best: monthly and yearly." in first.get_text()
    assert "against 33% under silence, the baseline: 7 to 8 points more" in first.get_text()
    assert "of which 1 of 3 (33%) are judgement" in first.get_text()


def test_the_cadence_table_marks_the_best_and_its_peers_by_sign_and_words(page: BeautifulSoup) -> None:
    section = page.find(id="cadences")
    assert section is not None
    rows = [row.find(class_="name").get_text(" ", strip=True) for row in section.find("tbody").find_all("tr")]
    assert rows == [
        "★ monthly looks best",
        "≈ yearly cannot be told from the best",
        "silence (baseline) below the best",
    ]


def test_the_cadence_table_gives_the_paired_difference_before_all_else() -> None:
    rows = standings(analysis(WORLD), "calm")
    assert [(row.cadence, *row.less_baseline) for row in rows] == [
        ("monthly", "8.0", "6.0 to 10.0"), ("yearly", "7.0", "5.0 to 9.0"), ("silence", "–", ""),
    ]  # fmt: skip


def test_the_cadence_table_gives_each_number_with_its_error() -> None:
    last = standings(analysis(WORLD), "calm")[-1]
    assert last.cells == (
        ("33%", "±1.0"), ("16%", "±1.0"), ("58%", "±1.0"), ("76%", "±1.0"), ("825", "±25"), ("0.435", "±0.010"),
    )  # fmt: skip


def test_assumptions_are_listed_with_evidence_counted_on_top(page: BeautifulSoup) -> None:
    section = page.find(id="assumptions")
    assert section is not None
    counts = section.find(id="evidence-counts")
    assert counts is not None
    assert counts.get_text() == "3 assumptions: 1 measured (33%), 1 literature (33%) and 1 judgement (33%)."
    rows = [[cell.get_text() for cell in row.find_all("td")] for row in section.select("tbody tr") if row.td]
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
        "2 1 year, 54 days North and South reach a private accord."
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


@pytest.mark.slow
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

    monkeypatch.setattr("timeline.pages.report.render", fail)
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
    assert "This model does not mark the day on which half was verified" in text
    assert "No field was followed in this run." in text
    assert "No record was given." in text
    assert "No single timeline was chosen" in text


def test_an_inline_figure_needs_no_namespace() -> None:
    from timeline.pages.drawing import Drawing

    made = Drawing(
        "x", "x", "A caption.", 'less "than" <5%',
        '<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="5pt" height="5pt" viewBox="0 0 5 5" '
        'xmlns="http://www.w3.org/2000/svg"><use xlink:href="#m"/></svg>',
        b"",
    )  # fmt: skip
    assert inline(made) == (
        '<svg role="img" aria-label="less &#34;than&#34; &lt;5%" viewBox="0 0 5 5"><use href="#m"/></svg>'
    )


def test_a_long_account_keeps_paragraphs_and_diagrams() -> None:
    assert paragraphs("One\nline.\n\n    A -> B\n\nSee https://example.org.") == (
        "<p>One line.</p>\n<pre>    A -&gt; B</pre>\n"
        '<p>See <a href="https://example.org" rel="noreferrer">example.org</a>.</p>'
    )


def test_an_address_ends_before_the_full_stop_and_is_escaped() -> None:
    assert linked("(see https://a.org/x?a=1&b=2).") == (
        '(see <a href="https://a.org/x?a=1&amp;b=2" rel="noreferrer">a.org/x?a=1&amp;b=2</a>).'
    )
    assert linked("ftp://a and <b>") == "ftp://a and &lt;b&gt;"


def test_a_pact_in_force_from_the_first_day_is_not_asked_how_often_it_is_signed(tmp_path: Path) -> None:
    a = analysis(World({"hide": 0.33, "reveal": 0.41}, baseline="hide"))
    first = pl.when(pl.col("day") == 0).then(1.0).otherwise("estimate")
    a.in_force = a.in_force.with_columns(estimate=first)
    path = write_report(tmp_path, analysis=a, context=context(baseline="hide", traces=(), validation="None."))
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    assert page.find(id="since-signature") is None
    assert page.find(id="both-sign") is None
    assert "in force from the first day in every timeline" in page.find(id="estimands").get_text()
    heads = [head.get_text() for head in page.find(id="cadences").select("thead th")]
    assert "signed" not in heads
    assert "kept 5 years" in heads


def test_no_colour_of_a_text_is_too_pale() -> None:
    """Contrast as WCAG 2.2 defines it, of every colour of text on every ground of the stylesheet."""
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    css = re.sub(r"[^{}]*\.bar [^{}]*{[^}]*}", "", css)  # a bar holds no text
    named = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", css))
    texts = {named.get(c, c) for c in re.findall(r"(?<![-\w])color: (?:var\(--(\w+)\)|#\w+)", css) if c}
    texts |= {wide(c) for c in re.findall(r"(?<![-\w])color: (#\w+)", css)} - {"#ffffff"}
    grounds = {"#ffffff", *(wide(c) for c in re.findall(r"background: (#\w+)", css)), named["pale"]}
    assert named["muted"] in texts
    assert len(texts) >= 6
    assert len(grounds) >= 4
    for text in texts:
        for ground in grounds:
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast("#ffffff", named["ink"]) > 4.5  # the numbers of events


def test_contrast_is_what_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def wide(colour: str) -> str:
    """Write a colour of three digits with six."""
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_figures_are_drawn_here_where_no_helper_can_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = World({"silence": 0.33, "monthly": 0.41})
    plain_context = context(traces=(), validation="No record was given.")
    write_report(tmp_path / "alone", analysis=analysis(small), context=plain_context)

    class Broken(Executor):
        def submit(self, *_: object, **__: object) -> Future[Any]:
            raise BrokenExecutor

    monkeypatch.setattr(drawing_module, "spawned", lambda _: Broken())
    write_report(tmp_path / "helpless", analysis=analysis(small), context=plain_context, workers=2)
    alone, helpless = (tmp_path / name / "report.html" for name in ("alone", "helpless"))
    assert alone.read_bytes() == helpless.read_bytes()
