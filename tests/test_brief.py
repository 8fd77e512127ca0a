"""The brief: two sheets with the answer, both curves, what it rests on and what would change it."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from test_plots_frames import TWELVE, World, analysis
from test_report import WORLD, context

from timeline.pages.brief import bare, unvaried
from timeline.pages.drawing import brief_curves
from timeline.pages.report import write_report
from timeline.pages.shelf import BRIEF
from timeline.study.questions import Grid


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("brief")
    write_report(place, analysis=analysis(WORLD), context=context(), brief=True)
    return place


@pytest.fixture(scope="module")
def page(folder: Path) -> BeautifulSoup:
    return BeautifulSoup((folder / BRIEF).read_text(encoding="utf-8"), "html.parser")


def test_a_brief_says_what_the_report_says(folder: Path, page: BeautifulSoup) -> None:
    report = BeautifulSoup((folder / "report.html").read_text(encoding="utf-8"), "html.parser")
    assert page.select_one(".answer .first").get_text() == report.select_one(".answer .first").get_text()
    assert page.select_one(".answer .caveat").get_text() == report.select_one(".answer .caveat").get_text()


def test_a_brief_has_both_curves_and_the_scenarios_in_this_order(page: BeautifulSoup) -> None:
    labels = [svg["aria-label"] for svg in page.find_all("svg")]
    assert len(labels) == 3
    assert [heading.get_text() for heading in page.find_all("h2")] == ["What it rests on", "What would change it"]


def test_luck_ignorance_and_likeness_are_told_apart(page: BeautifulSoup) -> None:
    doubts = dict(
        zip(
            [term.get_text() for term in page.find_all("dt")],
            [said.get_text() for said in page.find_all("dd")],
            strict=True,
        )
    )
    assert doubts["Luck"].startswith(
        "1,000 simulated timelines for each cadence and scenario, each followed for 15 years."
    )
    assert doubts["Ignorance"] == (
        "Of 3 assumptions 1 is judgement: nobody has measured it; 1 is measured, 1 comes from the literature. This run "
        "changes 1 of them. No number of timelines makes this doubt smaller, and no interval here holds it."
    )
    assert "UCDP" in doubts["Likeness"]
    assert not any(word in doubts["Likeness"] for word in ("band is", "lines are"))  # its figure is not in the brief


def test_a_brief_has_no_script_and_asks_nothing_of_the_outside(folder: Path, page: BeautifulSoup) -> None:
    text = (folder / BRIEF).read_text(encoding="utf-8")
    assert page.find("script") is None
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert "@import" not in text
    assert not re.search(r'(src|href)="(?!#)', text)
    assert "<a backchannel>" not in text


def test_warnings_of_a_run_stand_in_its_brief_too(page: BeautifulSoup) -> None:
    assert page.select_one(".notes li").get_text() == "leaks.per_insider is outside its plausible range."


@pytest.mark.slow
def test_a_brief_is_written_only_if_asked_but_one_that_is_there_is_kept_in_step(tmp_path: Path) -> None:
    few = analysis(World({"silence": 0.3, "monthly": 0.4}))
    plain = context(traces=(), validation="No record.", scenarios={})
    write_report(tmp_path, analysis=few, context=plain)
    assert not (tmp_path / BRIEF).exists()
    (tmp_path / BRIEF).write_text("what was said before", encoding="utf-8")
    write_report(tmp_path, analysis=few, context=plain)
    assert "monthly is better" in (tmp_path / BRIEF).read_text(encoding="utf-8")


def test_what_was_not_varied_is_said_plainly() -> None:
    one, two = analysis(World({"silence": 0.3, "monthly": 0.4})), analysis(WORLD)
    assert unvaried(one, context()) == (
        "All 3 assumptions kept the one value that they are given here. So this run cannot say which of them would "
        "turn the answer: scenarios, a map of two assumptions, a sweep, or the model without each of its parts would."
    )
    assert unvaried(two, context()).startswith("Only what sets the scenarios apart was varied.")
    assert "causal stories" in unvaried(two, context(ablation=True))
    grid = Grid(("leaks.discovery", "disclosure.charge"), (("1",), ("2", "3")), ("calm", "harsh"))
    assert unvaried(two, replace(context(), grid=grid)).startswith(
        "Only leaks.discovery and disclosure.charge were varied."
    )


def test_the_sentence_on_errors_is_said_once(page: BeautifulSoup) -> None:
    assert page.get_text().count("Monte Carlo error: it shrinks") == 1
    assert bare("One. ") == "One."


def test_a_brief_prints_on_two_sheets(folder: Path, tmp_path: Path) -> None:
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None or shutil.which("pdfinfo") is None:
        pytest.skip("chromium and pdfinfo (poppler-utils) are needed to print")
    paper = tmp_path / "brief.pdf"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={paper}"]
    subprocess.run(
        [chromium, *options, f"--user-data-dir={tmp_path / 'profile'}", (folder / BRIEF).as_uri()],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    size = subprocess.run(["pdfinfo", paper], check=True, capture_output=True, text=True).stdout
    assert re.search(r"Pages: +2\n", size)
    assert "(A4)" in size


def test_of_many_cadences_a_brief_draws_a_few_that_can_be_read() -> None:
    found = brief_curves(analysis(World(TWELVE)), context())
    assert [one.section for one in found] == ["in-force", "since-signature"]
    # The baseline is one of the two with the fewest.
    assert all("Drawn are 5 of 12 cadences: the 3 with the most agreements" in one.caption for one in found)
    assert "joint-balanced-bundles" in found[0].svg
    assert "after-action" not in found[0].svg


def test_of_few_cadences_a_brief_shows_the_figures_of_the_page() -> None:
    assert brief_curves(analysis(WORLD), context()) == []
