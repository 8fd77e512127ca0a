"""The page in a real browser: on a laptop, on a phone, by keyboard, without its script, and on paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser
from test_plots_frames import TWELVE, World, analysis, trace
from test_report import PARTS, context

from timeline.pages.context import ToldTimeline
from timeline.pages.report import write_report

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no chromium or chrome is installed, so the page cannot be looked at"
)

LAPTOP, PHONE = 1366, 390
NUMBERS = ("1,024", "−3.6 points", "41%", "0.22 (0.14 to 0.34)", "–", "2.45e-4 changed", "")
IN_ORDER = ("1,024", "41%", "0.22 (0.14 to 0.34)", "2.45e-4 changed", "−3.6 points", "–", "")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with two scenarios and a timeline."""
    folder = tmp_path_factory.mktemp("browser")
    some = World(dict(list(TWELVE.items())[:7]), scenarios=("calm", "harsh"))
    return write_report(folder, analysis=analysis(some), context=context(traces=(ToldTimeline(trace=trace()),)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser that stays open for all tests."""
    try:
        started = Browser()
    except (TimeoutError, BrokenPipeError) as problem:
        pytest.skip(f"the browser did not start here ({problem}), so the page cannot be looked at")
    with started:
        yield started


def told(browser: Browser, *kinds: str) -> list[Any]:
    return [params for method, params in browser.events if method in kinds]


@pytest.mark.parametrize("width", [LAPTOP, 820, PHONE])
def test_nothing_sticks_out_sideways(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    out = browser.evaluate(
        "[...document.querySelectorAll('body *')].filter(e => !e.parentElement.closest('.scroll, pre, .unseen')"
        f" && e.getBoundingClientRect().right > {width} + 1).map(e => e.tagName + ' ' + e.id)"
    )
    assert out == []


def test_the_names_of_rows_are_not_squeezed_on_a_phone(browser: Browser, page: Path) -> None:
    browser.open(page, width=PHONE)
    cells = "[...document.querySelectorAll('.scroll:not(.standing) th[scope=row]')]"
    assert browser.evaluate(f"{cells}.length > 0 && {cells}.every(e => getComputedStyle(e).whiteSpace == 'nowrap')")


@pytest.mark.parametrize("width", [LAPTOP, PHONE])
def test_every_figure_is_large_enough_to_read(browser: Browser, page: Path, width: int) -> None:
    browser.open(page, width=width)
    browser.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")
    sizes = browser.evaluate(
        "[...document.querySelectorAll('figure svg')].map(e => e.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert len(sizes) == 14
    assert min(height for _, height in sizes) > 150
    assert min(wide for wide, _ in sizes) >= 500


def test_the_browser_has_nothing_to_complain_of_and_asks_for_no_other_file(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.evaluate("document.querySelector('thead button').click()")
    assert told(browser, "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled") == []
    asked = [params["request"]["url"] for params in told(browser, "Network.requestWillBeSent")]
    assert asked == [page.as_uri()]


def test_a_script_that_is_not_the_pages_own_does_not_run(browser: Browser, page: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    text = page.read_text(encoding="utf-8")
    other.write_text(text.replace("<main>", "<main><script>document.title = 'taken'</script>"), encoding="utf-8")
    browser.open(other)
    assert browser.evaluate("document.title") != "taken"
    assert browser.evaluate("document.documentElement.className") == "scripted"


@pytest.mark.parametrize("width", [LAPTOP, PHONE])
def test_each_entry_of_the_contents_leads_to_its_section_and_is_marked_there(
    browser: Browser, page: Path, width: int
) -> None:
    browser.open(page, width=width)
    browser.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    links = browser.evaluate("[...document.querySelectorAll('nav a')].map(a => a.hash)")
    assert len(links) > 15
    for link in links:
        browser.evaluate(f"document.querySelector('nav a[href=\"{link}\"]').click()")
        marked = "[...document.querySelectorAll('nav a[aria-current]')].map(a => a.hash)"
        browser.until(f"JSON.stringify({marked}) === {json.dumps(json.dumps([link]))}")
        top = browser.evaluate(f"document.querySelector('{link}').getBoundingClientRect().top")
        covered = browser.evaluate(
            "getComputedStyle(document.querySelector('nav')).gridColumnStart === '1' ? 0 :"
            "document.querySelector('nav').getBoundingClientRect().bottom"
        )
        assert top >= covered - 1, link
        assert top < 800
    assert browser.evaluate("document.querySelector('nav .here').textContent") == "Words used here"


def test_scrolling_marks_the_section_that_is_read(browser: Browser, page: Path) -> None:
    browser.open(page)
    assert browser.evaluate("document.querySelector('nav a[aria-current]').hash") == "#answer"
    for part in PARTS[:-1]:
        browser.evaluate(
            f"scrollTo({{top: document.getElementById('{part}').getBoundingClientRect().top + scrollY - 100, "
            "behavior: 'instant'})"
        )
        browser.until(
            f"document.querySelector('nav a[aria-current]').closest('nav > details > ol > li').firstElementChild.hash"
            f" === '#{part}'"
        )


def test_on_a_phone_the_contents_unfold_and_fold_by_keyboard(browser: Browser, page: Path) -> None:
    browser.open(page, width=PHONE, height=844)
    is_open = "document.getElementById('contents').open"
    assert browser.evaluate(is_open) is False
    browser.evaluate("document.querySelector('nav summary').focus()")
    browser.press("Enter")
    browser.until(is_open)
    assert browser.evaluate("document.querySelector('nav').getBoundingClientRect().height") < 844
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.hash") == "#answer"
    browser.press("Escape")
    browser.until(f"!{is_open}")
    assert browser.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_the_keyboard_comes_first_to_the_way_past_the_contents_and_is_seen(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.press("Tab")
    assert browser.evaluate("document.activeElement.className") == "skip"
    box = browser.evaluate("document.activeElement.getBoundingClientRect().toJSON()")
    assert box["top"] >= 0
    seen = set()
    for _ in range(12):
        browser.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert browser.evaluate(f"{style}.outlineStyle") == "solid"
        assert float(browser.evaluate(f"{style}.outlineWidth").removesuffix("px")) >= 2
        seen.add(browser.evaluate("document.activeElement.tagName"))
    assert "A" in seen


def rows(browser: Browser, where: str = "#cadences") -> list[str]:
    """The names of a table's rows, as they stand."""
    found = browser.evaluate(
        f"[...document.querySelectorAll('{where} .standing tbody th')].map(head => head.dataset.sort)"
    )
    return list(found)


def test_a_table_sorts_by_click_and_goes_back_to_its_order(browser: Browser, page: Path) -> None:
    browser.open(page)
    given = rows(browser)
    head, button = "document.querySelector('#cadences thead th:nth-child(3)')", "#cadences thead th:nth-child(3) button"
    by_share = sorted(given, key=lambda name: -TWELVE[name])  # as stable as the page's own sorting
    browser.click(button)
    assert browser.evaluate(f"{head}.getAttribute('aria-sort')") == "descending"
    assert rows(browser) == by_share
    assert browser.evaluate("document.getElementById('said').textContent") == (
        "Sorted by in force at the horizon, descending."
    )
    browser.click(button)
    assert browser.evaluate(f"{head}.getAttribute('aria-sort')") == "ascending"
    assert rows(browser) == sorted(given, key=TWELVE.__getitem__)
    browser.click(button)
    assert browser.evaluate(f"{head}.getAttribute('aria-sort')") is None
    assert rows(browser) == given


@pytest.mark.parametrize("key", ["Enter", " "])
def test_a_table_sorts_by_keyboard(browser: Browser, page: Path, key: str) -> None:
    browser.open(page)
    given = rows(browser)
    browser.evaluate("document.querySelector('#cadences thead button').focus()")
    browser.press(key)
    assert browser.evaluate("document.activeElement.parentElement.getAttribute('aria-sort')") == "ascending"
    assert rows(browser) == sorted(given)


def test_numbers_sort_as_numbers_and_what_is_none_comes_last(browser: Browser, page: Path, tmp_path: Path) -> None:
    cells = "".join(f"<tr><th scope=row>{i}</th><td class=number>{text}</td></tr>" for i, text in enumerate(NUMBERS))
    table = (
        "<table class=sortable id=made><thead><tr><th>name</th><th class=number>value</th></tr></thead>"
        f"<tbody>{cells}</tbody></table>"
    )
    made = tmp_path / "made.html"
    made.write_text(page.read_text(encoding="utf-8").replace("<main>", f"<main>{table}"), encoding="utf-8")
    browser.open(made)
    found = "[...document.querySelectorAll('#made tbody td')].map(cell => cell.textContent)"
    browser.click("#made thead th:nth-child(2) button")
    assert browser.evaluate(found) == list(IN_ORDER)
    browser.click("#made thead th:nth-child(2) button")
    assert browser.evaluate(found) == [*reversed(IN_ORDER[:5]), *IN_ORDER[5:]]


def test_assumptions_stay_with_their_mechanism_and_can_be_searched(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.evaluate("document.querySelector('details.assumptions').open = true")
    browser.click("#assumptions thead th:nth-child(1) button")
    bodies = "[...document.querySelectorAll('#assumptions tbody')].map(b => b.rows[0].textContent)"
    assert browser.evaluate(bodies) == ["leaks", "the world"]
    browser.evaluate(
        "(() => { const field = document.querySelector('.search input'); field.value = 'TRUST';"
        " field.dispatchEvent(new Event('input')); })()"
    )
    shown = "[...document.querySelectorAll('#assumptions tbody tr')].filter(r => r.checkVisibility()).length"
    assert browser.evaluate(shown) == 2  # the mechanism's name, and its one parameter


def test_without_its_script_the_page_is_whole_and_has_no_dead_button(browser: Browser, page: Path) -> None:
    whole = "document.querySelector('main').textContent.replace(/\\s+/g, ' ').replace('Find ', '')"
    browser.open(page)
    scripted = browser.evaluate(whole)
    browser.open(page, script=False)
    assert browser.evaluate("document.documentElement.className") == ""
    assert browser.evaluate(whole) == scripted
    assert browser.evaluate("document.querySelectorAll('button, input').length") == 0
    hidden = "[...document.querySelectorAll('nav a')].filter(a => !a.checkVisibility()).length"
    assert browser.evaluate(hidden) == 0


def test_links_and_words_stand_out_from_what_is_behind_them(browser: Browser, page: Path) -> None:
    """Contrast of every text on the page with the ground it stands on, as the browser has computed both."""
    browser.open(page)
    browser.evaluate("for (const d of document.querySelectorAll('main details')) d.open = true")
    found = browser.evaluate("""(() => {
      const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
      const linear = (c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4;
      const light = ([r, g, b]) => [r, g, b].map(c => linear(c / 255))
        .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
      const ground = (e) => { for (; e; e = e.parentElement) {
        const colour = numbers(getComputedStyle(e).backgroundColor);
        if (colour.length === 3 || colour[3] === 1) return colour;
      } return [255, 255, 255]; };
      const pale = [];
      for (const e of document.querySelectorAll('body *:not(svg):not(svg *):not(script)')) {
        if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
        const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
        if ((a + .05) / (b + .05) < 4.5) pale.push(e.tagName + ' ' + e.className + ' ' + (a + .05) / (b + .05));
      }
      return pale;
    })()""")
    assert found == []


@pytest.fixture(scope="module")
def sheets(browser: Browser, page: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The text of each printed page, with a mark at the top and at the bottom of each figure."""
    for program in ("pdftotext", "pdfinfo"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} (poppler-utils) is not installed, so what was printed cannot be read")
    folder = tmp_path_factory.mktemp("paper")
    browser.open(page)
    browser.evaluate("""for (const figure of document.querySelectorAll('figure')) {
      const box = figure.querySelector('svg').viewBox.baseVal;
      for (const [end, y] of [['first', 10], ['last', box.height - 2]]) {
        const mark = document.createElementNS('http://www.w3.org/2000/svg', 'text');
        mark.setAttribute('y', y);
        mark.textContent = end + 'of' + figure.id.replaceAll('-', '') + 'Q';
        figure.querySelector('svg').append(mark);
      }
      figure.querySelector('figcaption').append(' captionof' + figure.id.replaceAll('-', '') + 'Q');
    }""")
    paper = folder / "report.pdf"
    paper.write_bytes(browser.paper())
    size = subprocess.run(["pdfinfo", paper], capture_output=True, text=True, check=True).stdout
    assert re.search(r"Page size: +59[45][.\d]* x 84[12][.\d]* pts \(A4\)", size), size
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def test_no_printed_figure_is_cut_and_none_is_parted_from_its_caption(sheets: list[str]) -> None:
    where: dict[str, dict[str, int]] = {}
    for number, sheet in enumerate(sheets):
        for end, figure in re.findall(r"(first|last|caption)of(figure[a-z0-9]+)Q", re.sub(r"\s", "", sheet)):
            where.setdefault(figure, {})[end] = number
    assert len(where) == 11  # what is folded is not printed
    assert {name: places for name, places in where.items() if len(set(places.values())) != 1 or len(places) != 3} == {}


def test_on_paper_what_is_folded_says_where_it_is_and_the_contents_are_gone(sheets: list[str]) -> None:
    text = re.sub(r"\s+", " ", " ".join(sheets))
    assert "Nothing is told." not in text  # what a cadence does
    assert "(on the screen, not printed)" in text
    assert "Skip to the answer" not in text
    assert "Swipe" not in text
    assert "Contents" not in text
    assert f"{len(sheets)}/{len(sheets)}" in re.sub(r"\s", "", sheets[-1])


def test_on_paper_parts_follow_each_other_in_two_columns_on_few_pages(sheets: list[str]) -> None:
    text = re.sub(r"\s+", " ", " ".join(sheets))
    for head in ("How sure is that?", "When does the answer not hold?", "What we assumed", "How to reproduce it"):
        assert head in text
    assert len(sheets) <= 12


def test_no_heading_ends_a_printed_page(sheets: list[str], page: Path) -> None:
    heads = set(re.findall(r"<h[234][^>]*>([^<]+)</h", page.read_text(encoding="utf-8")))
    for sheet in sheets:
        lines = [line.strip() for line in sheet.splitlines() if line.strip()]
        assert lines[-2] not in heads  # the last line is the page's number
