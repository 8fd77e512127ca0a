"""The what-if room in a real browser: what a hand does at it, what it shows, and what another site cannot do to it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser
from test_explore import ROOT, STAGES, served

from timeline.live.doorway import Doorway
from timeline.words import percent

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")

DONE = f"document.getElementById('depth').textContent.startsWith('From {STAGES[-1]} ')"
IDLE = "!document.body.classList.contains('busy') && document.getElementById('problem').hidden"
SENTENCE = "document.getElementById('sentence').textContent"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with Browser(patience=60) as found:
        yield found


@pytest.fixture(scope="module")
def doorway() -> Iterator[Doorway]:
    with served() as (found, _, complaints):
        yield found
    assert complaints == []


@pytest.fixture
def page(browser: Browser, doorway: Doorway) -> Browser:
    browser.open("about:blank")
    browser.open(doorway.address)
    browser.until(DONE)
    return browser


def moves(page: Browser) -> int:
    return int(page.evaluate("performance.getEntriesByName('first picture').length"))


def settle(page: Browser, after: int) -> None:
    page.until(f"performance.getEntriesByName('first picture').length > {after}")
    page.until(f"{IDLE} && {DONE}")


def test_the_page_shows_answer_curves_numbers_and_controls_without_an_error(page: Browser) -> None:
    assert page.evaluate(SENTENCE).startswith(("Of the two cadences", "No difference was found", "Either of the two"))
    assert page.evaluate("document.querySelectorAll('.chart canvas').length") == 3
    assert page.evaluate("document.querySelectorAll('#numbers tbody tr').length") >= 5
    assert page.evaluate("document.querySelectorAll('#assumptions .control').length") == 2
    wrong = [kind for kind, _ in page.events if kind in ("Log.entryAdded", "Runtime.exceptionThrown")]
    assert wrong == []


def test_a_key_on_a_slider_moves_the_answer_and_undo_takes_it_back(page: Browser) -> None:
    before, done = page.evaluate("location.hash"), moves(page)
    value = "document.querySelector('#assumptions input[type=number]').value"
    old = page.evaluate(value)
    page.click("#tab-world")
    page.evaluate("document.querySelector('#assumptions input[type=range]').focus()")
    page.press("PageUp")
    settle(page, done)
    assert page.evaluate(value) != old
    assert page.evaluate("location.hash") != before
    assert page.evaluate("document.querySelector('#assumptions .control').classList.contains('moved')")
    done = moves(page)
    page.click("#undo")
    settle(page, done)
    assert page.evaluate(value) == old
    assert page.evaluate("document.getElementById('undo').disabled")


def type_in(page: Browser, selector: str, text: str) -> None:
    page.evaluate(
        f"(() => {{ const box = document.querySelector({json.dumps(selector)}); box.value = {json.dumps(text)};"
        "box.dispatchEvent(new Event('change', {bubbles: true})); })()"
    )


def test_a_value_that_is_impossible_is_said_and_the_last_picture_stays(page: Browser) -> None:
    before = page.evaluate(SENTENCE)
    type_in(page, "#levers .control input[type=number]", "7")
    page.until("!document.getElementById('problem').hidden")
    assert "keep: given 7, expected a share" in page.evaluate("document.getElementById('problem').textContent")
    assert page.evaluate(SENTENCE) == before
    done = moves(page)
    type_in(page, "#levers .control input[type=number]", "0.3")
    settle(page, done)


def test_a_ready_made_cadence_is_tried_taken_and_pinned(page: Browser) -> None:
    page.until("document.querySelectorAll('#tried .interval').length === 13")
    done = moves(page)
    page.click("#tried tbody tr button")
    settle(page, done)
    chosen = page.evaluate("document.querySelector('#tried [aria-pressed=true]').textContent")
    assert chosen == page.evaluate("document.querySelector('#tried tbody tr button').textContent")
    assert chosen in page.evaluate(SENTENCE)  # it keeps its name
    page.click("#pin")
    page.until("document.getElementById('shared').textContent.startsWith('Pinned.')")
    assert page.evaluate("document.querySelectorAll('#legend .key').length") == 2  # it is not compared with itself
    done = moves(page)
    page.click("#tried tbody tr:nth-child(2) button")
    settle(page, done)
    assert page.evaluate("document.querySelectorAll('#legend .key').length") == 3
    assert page.evaluate("document.getElementById('pin').getAttribute('aria-pressed')") == "true"


def test_what_would_overturn_it_is_found_and_gone_to(page: Browser) -> None:
    page.click("#tab-overturn")
    page.click("#try-ends")
    page.until("document.querySelectorAll('#ends tbody tr').length === 2")
    done = moves(page)
    page.click("#ends tbody tr button")
    settle(page, done)
    assert page.evaluate("document.querySelectorAll('#assumptions .control.moved').length") == 1
    assert page.evaluate("document.getElementById('moved').textContent").startswith("In a world with one assumption ")
    assert page.evaluate("document.getElementById('ends').className") == "old"
    done = moves(page)
    page.click("#moved button")
    settle(page, done)
    assert page.evaluate("document.querySelectorAll('#assumptions .control.moved').length") == 0


def test_numbers_are_written_as_in_the_sentences_of_the_program(page: Browser) -> None:
    """Ties too, which both languages break otherwise; and no limit but 0 reads as 0."""
    shares = [k / 2000 for k in range(2001)] + [0.0115, 0.2445, 0.58150000001]
    found = page.evaluate(f"import('./page.js').then((own) => {json.dumps(shares)}.map((one) => own.percent(one)))")
    assert found == [percent(one) for one in shares]
    gap = "own.gapOf({difference: 0.0003, low: -0.00004, high: 0.0006}, 'share')"
    told = page.evaluate(f"import('./page.js').then((own) => {gap})")
    assert told == ["+0.030", "−0.004 to +0.060"]


def test_a_link_opens_the_same_state(page: Browser, doorway: Doorway) -> None:
    done = moves(page)
    type_in(page, "#assumptions input[type=number]", "0.77")
    settle(page, done)
    link, said = page.evaluate("location.href"), page.evaluate(SENTENCE)
    page.open("about:blank")
    page.open(link)
    page.until(f"{IDLE} && {DONE}")
    assert page.evaluate("document.querySelector('#assumptions input[type=number]').value") == "0.77"
    assert page.evaluate(SENTENCE) == said
    page.open("about:blank")
    page.open(f"{doorway.address}#nonsense")
    page.until(f"{IDLE} && {DONE}")


def test_a_model_without_agreements_shows_its_numbers_and_no_empty_chart(browser: Browser) -> None:
    with served(ROOT / "configs" / "ceasefire" / "monitors.toml") as (found, _, complaints):
        browser.open("about:blank")
        browser.open(found.address)
        browser.until(DONE)
        assert browser.evaluate("document.querySelectorAll('.chart canvas').length") == 0
        assert browser.evaluate(
            "['force', 'gap', 'since'].every((one) => document.getElementById(`${one}-section`).hidden)"
        )
        assert "the line is quiet for" in browser.evaluate(SENTENCE)
    assert complaints == []


def test_one_timeline_is_told(page: Browser) -> None:
    page.click("#story-form button")
    page.until("document.querySelectorAll('#story li').length > 3")
    assert page.evaluate("document.querySelector('#story h3').textContent") == "annex, timeline 0"


def test_a_timeline_that_one_cadence_alone_saves_is_told_under_that_one(page: Browser) -> None:
    assert page.evaluate("document.getElementById('story-cadence').value") == "annex"
    assert "nder silence alone" in page.evaluate("document.getElementById('parted').textContent")
    page.evaluate("[...document.querySelectorAll('#parted button')].at(-1).click()")
    page.until("document.querySelector('#story h3') !== null")
    assert page.evaluate("document.querySelector('#story h3').textContent").startswith("silence, timeline ")


def test_every_control_has_a_name_and_the_answer_is_announced(page: Browser) -> None:
    nameless = page.evaluate(
        "[...document.querySelectorAll('input, select, button')].filter((one) => !(one.labels?.length"
        " || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby') || one.textContent.trim()))"
        ".map((one) => one.outerHTML)"
    )
    assert nameless == []
    broken = page.evaluate(
        "[...document.querySelectorAll('[aria-labelledby], [aria-describedby]')].flatMap((one) =>"
        "['aria-labelledby', 'aria-describedby'].flatMap((name) => (one.getAttribute(name) ?? '').split(' ')))"
        ".filter((id) => id && !document.getElementById(id))"
    )
    assert broken == []
    assert page.evaluate("document.getElementById('sentence').getAttribute('aria-live')") == "polite"
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size") == page.evaluate(
        "document.querySelectorAll('[id]').length"
    )


def test_the_first_tab_skips_to_what_can_be_moved(page: Browser) -> None:
    page.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what can be moved"


def test_arrow_keys_go_from_tab_to_tab(page: Browser) -> None:
    page.evaluate("document.getElementById('tab-cadences').focus()")
    page.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-adjust"
    assert page.evaluate("!document.getElementById('adjust').hidden && document.getElementById('cadences').hidden")
    page.press("ArrowLeft")
    page.press("ArrowLeft")
    assert page.evaluate("document.activeElement.id") == "tab-overturn"


def test_an_assumption_is_found_by_words_of_its_meaning(page: Browser) -> None:
    page.click("#tab-world")
    page.evaluate(
        "(() => { const box = document.getElementById('search'); box.value = 'walks out pressure';"
        "box.dispatchEvent(new Event('input')); })()"
    )
    assert page.evaluate("document.querySelectorAll('#others button').length") >= 1
    page.click("#others button")
    assert page.evaluate("document.activeElement.closest('.control').dataset.path").startswith("pressure.")
    assert page.evaluate("document.querySelectorAll('#assumptions .control').length") == 3


@pytest.mark.parametrize("width", [375, 768, 1366])
def test_nothing_is_wider_than_the_window(browser: Browser, doorway: Doorway, width: int) -> None:
    browser.open("about:blank")
    browser.open(doorway.address, width=width)
    browser.until(DONE)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@contextmanager
def another_site(text: str) -> Iterator[str]:
    """Serve a page from another place of this machine, as another site that is open in the same browser."""

    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://localhost:{server.server_address[1]}/"
        server.shutdown()


def test_another_site_in_the_same_browser_can_neither_read_nor_steer_it(browser: Browser) -> None:
    """Though it knew the address, which it does not."""
    with served() as (doorway, desk, _), another_site("<!doctype html><p>elsewhere") as elsewhere:
        browser.open(elsewhere)
        state = json.dumps({"session": "abcdefgh", "state": {}})
        tries = (
            f"fetch({doorway.address + 'room'!r}).then((a) => a.text())",
            f"fetch({doorway.address + 'room'!r}, {{mode: 'no-cors'}}).then((a) => a.text())",
            f"fetch({doorway.address + 'move'!r}, {{method: 'POST', mode: 'no-cors', body: {state!r}}})"
            ".then((a) => a.text())",
        )
        for code in tries:
            assert browser.evaluate(f"{code}.catch(() => 'refused')") in ("refused", "")
        assert desk.tokens == {}  # no move has come through
        framed = browser.evaluate(
            f"new Promise((done) => {{ const f = document.createElement('iframe'); f.src = {doorway.address!r};"
            "f.onload = () => { let seen = ''; try { seen = f.contentDocument.title } catch { seen = 'closed' }"
            "done(seen); }; document.body.append(f); })"
        )
        assert framed in ("", "closed")
        script = browser.evaluate(
            "new Promise((done) => { const s = document.createElement('script');"
            f"s.src = {doorway.address + 'room'!r};"
            "s.onload = () => done('loaded'); s.onerror = () => done('refused'); document.head.append(s); })"
        )
        assert script == "refused"


def test_a_program_that_was_ended_is_said(browser: Browser) -> None:
    with served() as (doorway, _, _):
        browser.open("about:blank")
        browser.open(doorway.address)
        browser.until(DONE)
    type_in(browser, "#assumptions input[type=number]", "0.5")
    browser.until("!document.getElementById('problem').hidden")
    assert "The program does not answer" in browser.evaluate("document.getElementById('problem').textContent")


def test_files_lie_beside_the_page() -> None:
    folder = Path(__file__).resolve().parents[1] / "timeline" / "live" / "exploring" / "page"
    assert "MIT" in (folder / "uPlot.LICENSE").read_text()
