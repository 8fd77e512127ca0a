"""A config with a start date tells dates throughout its page, and tells it anew when the date changes."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from timeline.front.study import load
from timeline.pages import report as report_module
from timeline.pages.context import Context

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "toy" / "configs" / "telling.toml"


def dated(config: Path, *overrides: str) -> Any:
    return load(config, overrides).run(engine="simpy", folder=config.parents[1] / "results")


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """Do without the figures; collect what the pages would have been told."""
    told: list[Context] = []

    def write(folder: Path, *, context: Context, **_: Any) -> Path:
        told.append(context)
        (folder / "report.html").write_text(context.title)
        return folder / "report.html"

    monkeypatch.setattr(report_module, "write_report", write)
    return told


@pytest.mark.usefixtures("without_pictures")
def test_a_page_with_a_start_tells_no_place_in_time_by_years_and_days(config: Path) -> None:
    result = dated(config, "starts=1993-01-20")
    page = re.sub(r"<svg.*?</svg>", "", result.report().read_text(encoding="utf-8"), flags=re.DOTALL)
    places = re.findall(r'class="when">([^<,]*)', page)
    assert places
    assert [place for place in places if not re.fullmatch(r"\d+ [A-Z][a-z]+ (19|20)\d\d", place)] == []
    endings = [example["ending"] for example in json.loads((result.folder / "examples.json").read_text())["examples"]]
    assert all(re.search(r" on \d+ [A-Z][a-z]+ \d{4}\.$|, on \d+ [A-Z][a-z]+ \d{4}\.$", ending) for ending in endings)


def test_another_start_date_tells_the_stories_and_the_explanation_anew(config: Path, pages: list[Context]) -> None:
    seen = []
    for start in ("1993-01-20", "2001-01-20"):
        result = dated(config, f"starts={start}")
        result.report()
        kept = json.loads((result.folder / "explanation.json").read_text())
        assert kept["of"]["starts"] == start
        assert kept["explanation"]["starts"] == start
        seen.append((result.folder, kept["explanation"]["opening"], pages[-1].traces[0].trace.ending))
    assert seen[0][0] == seen[1][0]
    assert re.search(r"\b199\d|\b200\d", seen[0][1])
    assert seen[0][1:] != seen[1][1:]
    assert pages[0].page_key != pages[1].page_key
