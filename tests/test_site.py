"""The site (`make docs`): every page has a place, every example is run, and a browser needs nothing from elsewhere."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path

import pytest
from browser import CHROMIUM, Browser
from building import build
from python_page import groups
from running import NOT_RUN, Fence, fences, run_page
from sections import BACKGROUND, REFERENCE, TITLES, TUTORIAL, sections, written

import timeline
from timeline.cli import COMMANDS
from timeline.front.workspaces import open_workspace

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
#: Pages that are made when the site is built.
MADE = {"first-answer", "commands", "models/index", "python", "changelog", "formalism", "why-it-is-so", "contributing"}
PAGES = {name: (DOCS / f"{name}.md").read_text("utf-8") for name in written()}
PAGES["first-answer"] = (DOCS / "site" / "first-answer.md").read_text("utf-8")


def test_every_page_of_docs_has_one_place_on_the_site_and_no_place_is_empty() -> None:
    placed = Counter(name for names in sections().values() for name in names)
    assert set(placed) == {*written(), *MADE}
    assert set(placed.values()) == {1}
    assert list(sections()) == list(TITLES)


def test_a_page_that_no_list_names_is_a_guide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sections.written", lambda: [*written(), "play"])
    assert sections()["how-to"][-1] == "play"
    assert "play" not in {*TUTORIAL, *REFERENCE, *BACKGROUND}


def test_links_between_pages_lead_to_pages() -> None:
    known = {f"{name}.md" for name in [*PAGES, *MADE]} | {path.name for path in DOCS.iterdir()}
    for name, page in PAGES.items():
        for link in re.findall(r"\]\(([^)#:]+\.(?:md|py|png))\)", page):
            there = (ROOT / link.removeprefix("../")).exists() if link.startswith("../") else link in known
            assert there or link.startswith("models/"), (name, link)


@pytest.mark.parametrize("name", [name for name in PAGES if name not in NOT_RUN])
def test_every_command_of_a_page_is_one_that_is_run(name: str) -> None:
    run = [line for fence, _, _ in fences(PAGES[name]) for line in fence.commands]
    shown = re.findall(r"^(?:\$ )?(timeline .*)$", "".join(f.text for f, _, _ in fences(PAGES[name])), re.MULTILINE)
    assert [line for line in run if not line.startswith("cd ")] == shown
    assert {line.split()[1] for line in shown} <= set(COMMANDS)


def test_a_page_says_which_of_its_fences_are_files() -> None:
    saved = {name: [f.saved_as for f, _, _ in fences(page) if f.saved_as] for name, page in PAGES.items()}
    assert saved["real-data"] == ["truces.csv", "truces.toml", "pacts.csv"]
    assert saved["calibrate"] == ["lines.csv", "configs/lines.toml", "configs/lines-asked.toml"]
    assert saved["everything-a-model-declares"] == ["models/ladder.py", "configs/ladder/open.toml"]
    assert saved["cookbook"] == saved["config"] == []


def test_what_a_command_prints_stands_below_it(tmp_path: Path) -> None:
    page = run_page("x", "Ask.\n\n```console\n$ timeline models\n```\n\nDone.\n", tmp_path / "work")
    head, printed, end = page.partition("````{code-block} text")
    assert head.endswith("```console\n$ timeline models\n```\n\n")
    assert "ceasefire    A ceasefire" in end
    assert printed
    assert end.endswith("Done.\n")


def test_what_a_page_says_is_printed_has_to_be(tmp_path: Path) -> None:
    told = "```console\n$ timeline models\n```\n\n```text\n{}\n```\n"
    assert run_page("x", told.format("ceasefire "), tmp_path / "work") == told.format("ceasefire ")
    with pytest.raises(SystemExit, match="shows what is not printed"):
        run_page("x", told.format("armistice"), tmp_path / "work")


def test_a_command_that_fails_ends_the_build_unless_the_page_shows_a_slip(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="ends with 2"):
        run_page("x", "```console\n$ timeline describe nope\n```\n", tmp_path / "work")
    page = run_page("x", "```console\n$ timeline describe nope  # refused\n```\n", tmp_path / "work")
    assert 'model "nope": there is no file models/nope.py' in page
    assert "refused" not in page


def test_python_that_is_saved_nowhere_becomes_a_cell(tmp_path: Path) -> None:
    page = run_page("x", "Look.\n\n```python\nprint(1)\n```\n", tmp_path / "work")
    assert "```{code-cell} python\nprint(1)\n```" in page
    assert Fence("python", "", "Save it as `a.py`.").saved_as == "a.py"


def test_every_public_name_has_a_group_on_the_page_of_python() -> None:
    named = [name for names in groups().values() for name in names]
    assert sorted(named) == sorted(set(timeline.__all__) - {"words", "style"})
    assert all(groups())


def test_the_site_needs_nothing_that_is_fetched_when_it_is_built() -> None:
    css = (DOCS / "site" / "site.css").read_text("utf-8")
    assert "http" not in css
    assert "@import" not in css


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, its examples shown and not run: each of them has a test of its own."""
    for needed in ("sphinx", "myst_nb", "pydata_sphinx_theme"):
        pytest.importorskip(needed, reason=f"{needed} is not installed: the site is not built; `make docs` installs it")
    folder = tmp_path_factory.mktemp("site")
    assert build(folder / "sources", folder / "pages", play=False) == 0
    return folder / "pages"


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    loads = re.compile(
        r'<(?:script|img|iframe|source|link|embed|object)\b[^>]*\b(?:src|href|data)="((?:https?:)?//[^"]*)"'
    )
    for page in site.rglob("*.html"):
        assert loads.findall(page.read_text("utf-8")) == [], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//|@import\s+[\"']https?:", sheet.read_text("utf-8")), sheet


@pytest.mark.slow
def test_every_parameter_clock_key_and_command_is_on_the_site(site: Path) -> None:
    workspace = open_workspace(ROOT)
    for name in workspace.models():
        model = workspace.load(name)
        told = re.sub(r"<[^>]+>", "", (site / "models" / f"{name}.html").read_text("utf-8"))
        clocks = [clock.name for mechanism in model.mechanisms for clock in mechanism.clocks]
        assert [word for word in [*model.assumptions, *clocks] if word not in told] == []
    commands = (site / "commands.html").read_text("utf-8")
    assert all(f'id="timeline-{name}"' in commands for name in COMMANDS)
    python = (site / "python.html").read_text("utf-8")
    assert all(f'id="timeline.{name}"' in python for names in groups().values() for name in names)


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed: the site is not looked at")
def test_a_browser_without_network_searches_the_site_and_shows_it_light_and_dark(site: Path) -> None:
    with Browser() as browser:
        browser.ask("Runtime.enable")
        browser.ask("Network.enable")
        browser.open(site / "index.html")
        browser.evaluate("location.href = 'search.html?q=leaks.per_insider'")
        end = time.monotonic() + 10
        found = ""
        while "backchannel" not in found and time.monotonic() < end:
            time.sleep(0.1)
            found = browser.evaluate("document.querySelector('#search-results')?.innerText ?? ''")
        assert "backchannel" in found
        for scheme in ("light", "dark"):
            features = [{"name": "prefers-color-scheme", "value": scheme}]
            browser.ask("Emulation.setEmulatedMedia", features=features)
            browser.open(site / "models" / "backchannel.html", width=420, height=900)
            assert browser.until("document.documentElement.dataset.theme") == scheme
            assert browser.evaluate("document.documentElement.scrollWidth") <= 420
        asked = [params["request"]["url"] for told, params in browser.events if told == "Network.requestWillBeSent"]
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert [params for told, params in browser.events if told == "Runtime.exceptionThrown"] == []
