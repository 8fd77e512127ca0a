"""The page of an exercise: what it is told, what it may ask for, and a browser that goes away."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser import CHROMIUM, Browser
from exercise_place import ROOT, config, log_of, workspace

from timeline.cli import main
from timeline.exercise.opening import Wanted, open_exercise
from timeline.exercise.table import TableTop
from timeline.live.doorway import Doorway, open_doorway
from timeline.live.exercise import application

UNILATERAL = {"content": "agreed", "share": "0.4", "voice": "unilateral"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace whose models no test changes."""
    return workspace(tmp_path_factory.mktemp("home"))


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Path:
    """Return a config of its own name."""
    return config(home, re.sub(r"\W", "-", tmp_path.name))


@pytest.fixture
def own_place(tmp_path: Path) -> Path:
    """Return a config in a workspace whose models may be changed."""
    return config(workspace(tmp_path, edited=True), "own")


@dataclass
class Page:
    """What a page asks and is answered, without a browser."""

    doorway: Doorway
    table: TableTop

    def get(self, path: str) -> Any:
        return self._ask("GET", path)[1]

    def do(self, deed: object, **more: object) -> tuple[int, str]:
        status, said = self._ask("POST", "do", {"deed": deed, **more})
        return status, said.get("problem", "")

    def _ask(self, method: str, path: str, content: object = None) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.doorway.port, timeout=60)
        body = None if content is None else json.dumps(content)
        headers = {"Origin": f"http://127.0.0.1:{self.doorway.port}"}
        connection.request(method, f"/{self.doorway.token}/{path}", body, headers)
        answer = connection.getresponse()
        found = answer.status, json.loads(answer.read())
        connection.close()
        return found


@contextmanager
def served(path: Path, complaints: list[str]) -> Iterator[Page]:
    at = TableTop(open_exercise(path, Wanted("no-drill", None, 12)), 30.0, count=40)
    with open_doorway(name="play") as doorway:
        thread = threading.Thread(target=doorway.serve, args=(application(at), complaints.append))
        thread.start()
        try:
            yield Page(doorway, at)
        finally:
            doorway.stop()
            thread.join()
            at.close()


@pytest.fixture
def page(place: Path) -> Iterator[Page]:
    complaints: list[str] = []
    with served(place, complaints) as found:
        yield found
    assert complaints == []


def test_a_page_is_told_what_is_played_and_what_can_be_chosen(page: Page) -> None:
    told = page.get("setup")
    assert (told["title"], told["replication"], told["scenario"]) == ("The exposure drill", 12, "no-drill")
    assert [choice["name"] for choice in told["choices"]] == ["content", "share", "voice"]
    assert told["choices"][2]["options"] == ["joint", "notified", "unilateral"]


def test_a_page_is_told_only_what_it_does_not_know_yet(page: Page) -> None:
    page.table.advance(200)
    first = page.get("now?since=0&telling=-1&seen=-1")
    assert len(first["events"]) > 4
    assert {"when", "phase", "indices", "possible", "phases"} <= first.keys()
    known = f"since={len(first['events'])}&telling={first['telling']}&seen={first['seen']}"
    again = page.get(f"now?{known}")
    assert again["events"] == []
    assert "indices" not in again
    page.do("inject", clock="leak")
    later = page.get(f"now?{known}")
    assert [event["clock"] for event in later["events"]] == ["leak"]
    assert later["deeds"] == [{"when": "200 days", "who": "facilitator", "what": "leak"}]


def test_a_page_asks_for_reports_and_sees_them(page: Page) -> None:
    page.table.advance(200)
    assert page.do("disclose", given=UNILATERAL) == (200, "")
    told = page.get("now?since=-1&telling=0&seen=-1")
    assert told["events"][-1]["clock"] == "announcement[3]"
    assert told["reportsLeft"] == 15


def test_a_report_that_takes_time_says_so(page: Page) -> None:
    page.table.advance(200)
    page.do("disclose", given={**UNILATERAL, "voice": "joint"})
    assert page.get("now?since=0")["notice"].startswith("It is decided. The report comes once")


@pytest.mark.parametrize(
    ("deed", "more", "said"),
    [
        ("disclose", {"given": {**UNILATERAL, "share": "140%"}}, 'share: given "140%", expected a share'),
        ("disclose", {"given": {**UNILATERAL, "share": "1e99"}}, "share: given 1e.99, expected a share"),
        ("disclose", {"given": {**UNILATERAL, "share": "nan"}}, "share: given nan, expected"),
        ("disclose", {"given": {**UNILATERAL, "content": "all"}}, 'content: given "all", expected one of'),
        ("disclose", {"given": {"share": 0.4}}, "share: expected a text of at most 200 letters"),
        ("disclose", {"given": "all"}, "given: expected what is to be reported"),
        ("disclose", {}, "given: expected what is to be reported"),
        ("inject", {"clock": "leek"}, 'clock: given "leek", .*; did you mean "leak"'),
        ("inject", {"clock": ["leak"]}, "clock: expected a text of at most 200 letters"),
        ("inject", {}, "clock: expected a text"),
        ("speed", {"speed": "9 years per second"}, 'speed: given "9 years per second", expected more than 0'),
        ("speed", {"speed": "x" * 500}, "speed: expected a text of at most 200 letters"),
        ("save", {"path": "/etc/passwd"}, ""),
        ("compare", {}, "the run has not ended yet"),
        ("inejct", {"clock": "leak"}, 'deed: given "inejct", expected one of .* did you mean "inject"'),
        (None, {}, "deed: expected a text"),
    ],
)  # fmt: skip
def test_what_a_page_may_not_ask_for_is_refused_in_a_sentence(
    page: Page, deed: object, more: dict[str, object], said: str
) -> None:
    status, problem = page.do(deed, **more)
    assert re.match(said, problem)
    assert status == (400 if said else 200)
    assert (page.table.session.decisions, page.table.session.injected) == ((), ())


def test_a_path_that_a_page_sends_names_no_file(page: Page, place: Path, tmp_path: Path) -> None:
    page.table.advance(10)
    page.do("save", path=str(tmp_path / "elsewhere.toml"), log="x.toml")
    assert page.table.opened.log.saved == log_of(place)
    assert not (tmp_path / "elsewhere.toml").exists()


def test_an_edited_model_is_told_and_reloaded_when_the_page_asks(own_place: Path) -> None:
    with served(own_place, []) as page:
        page.table.advance(200)
        path = own_place.parents[1] / "models" / "mechanisms" / "leaks.py"
        path.write_text(path.read_text("utf-8") + "\n# edited\n", "utf-8")
        page.table._looked = -1e9
        told = page.get("now?since=0&telling=0")
        assert told["edited"] == 'the model "backchannel" has been edited (models/mechanisms/leaks.py)'
        assert page.do("reload") == (200, "")
        told = page.get("now?since=99&telling=0")
        assert (told["telling"], told["from"], told["edited"]) == (1, 0, "")
        assert told["notice"] == "Reloaded: nothing before today is told otherwise."


def started(place: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """Start the command; returns it and the address it prints."""
    words = ["play", str(place), "--scenario", "no-drill", "--replication", "12", "--simulated", "100", *options]
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from timeline.cli import main; main({words!r})"
    process = subprocess.Popen([sys.executable, "-P", "-c", code], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    assert found, line + process.stderr.read()
    return process, found[0]


def test_a_program_that_is_ended_saves_first(place: Path) -> None:
    process, address = started(place)
    try:
        port, token = re.fullmatch(r"http://127.0.0.1:(\d+)/(.*)/", address).groups()  # type: ignore[union-attr]
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=60)
        headers = {"Origin": f"http://127.0.0.1:{port}"}
        connection.request("POST", f"/{token}/do", json.dumps({"deed": "step"}), headers)
        assert connection.getresponse().status == 200
        connection.close()
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
    assert process.stderr is not None
    with process.stderr as said:
        assert f"{log_of(place).name} goes on with it." in said.read()
    assert open_exercise(log_of(place), Wanted()).session.day > 0


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("--port 99999", 2, "--port: given 99999, expected a number from 1 to 65535"),
        ("--scenario no-dril", 2, '--scenario: given "no-dril", expected one of .* did you mean "no-drill"'),
        ("--cadence silent", 2, '--cadence: given "silent", expected one of'),
        ("--speed fast", 2, 'speed: given "fast", expected a speed such as'),
        ("--replication -1", 2, "--replication: given -1, expected a whole number from 0"),
        ("--terminal --port 8000", 2, "--terminal was given with --port or --open"),
        ("--simulated 3", 2, '--simulated: given "3", expected a whole number from 100'),
        ("--log ELSEWHERE", 2, "--log: given .*elsewhere.toml, expected a file inside the workspace"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(
    place: Path, tmp_path: Path, line: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = shlex.split(line.replace("ELSEWHERE", str(tmp_path / "elsewhere.toml")))
    with pytest.raises(SystemExit) as ended:
        main(["play", str(place), *given])
    err = capsys.readouterr().err
    assert ended.value.code == status, err
    assert re.search(said, err)
    assert "Traceback" not in err


def test_a_port_in_use_is_refused_before_anything_is_loaded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            main(["play", str(tmp_path / "none.toml"), "--port", str(port)])
    assert ended.value.code == 2
    assert f"--port: given {port}, which cannot be taken" in capsys.readouterr().err


def test_a_config_that_fails_is_refused_with_its_place(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place.write_text(place.read_text("utf-8").replace('"15 years"', '"15 yeers"'), "utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["play", str(place)])
    assert ended.value.code == 2

    assert re.search(r'\.toml.* horizon: given "15 yeers"', capsys.readouterr().err)


def test_a_script_plays_at_the_terminal(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter(["to 100 days", "state", "quit"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    with pytest.raises(SystemExit) as ended:
        main(["play", str(place), "--scenario", "no-drill", "--replication", "12", "--terminal"])
    out, err = capsys.readouterr()
    assert ended.value.code == 0
    assert "Now 100 days, talks." in out
    assert f"Saved: {os.path.relpath(log_of(place))}; timeline play " in err


# ---------------------------------------------------------------- in a browser


def visit(browser: Browser, address: str, width: int = 1366) -> None:
    browser.ask("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=width < 500)
    browser.ask("Page.navigate", url=address)
    browser.until("document.getElementById('phase') && document.getElementById('phase').textContent === 'talks'")


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")
def test_two_browsers_see_one_exercise_and_one_that_goes_away_loses_nothing(page: Page) -> None:
    told = "document.querySelectorAll('#events time').length"
    with Browser() as one:
        with Browser() as other:
            visit(one, page.doorway.address)
            visit(other, page.doorway.address, 375)
            one.click("#step")
            one.until(f"{told} > 0")
            other.until(f"{told} === {one.evaluate(told)}")
            assert other.evaluate("document.documentElement.scrollWidth") == 375
            other.evaluate("document.getElementById('choice-share').value = '1.4'")
            other.click("#disclose")
            other.until("document.getElementById('disclose-problem').textContent.startsWith('Share: given 1.4')")
            other.evaluate("document.getElementById('choice-content').value = 'agreed'")
            other.evaluate("document.getElementById('choice-share').value = '0.4'")
            other.click("#disclose")
            one.until("document.getElementById('deeds').textContent.includes('content agreed, share 0.4')")
        # The browser that has decided is gone; the other sees its decision, and goes on.
        one.click("#step")
        one.until("document.querySelectorAll('#lanes .dot').length > 1")
        assert len(page.table.session.decisions) == 1
        one.click("#end")
        one.until("!document.getElementById('result').hidden")
        errors = [params for method, params in one.events if method == "Runtime.exceptionThrown"]
        assert errors == []
