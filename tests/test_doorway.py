"""The doorway lets the page in that the program has opened, and nobody else."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from timeline.errors import ConfigError
from timeline.live import doorway as doorways
from timeline.live.doorway import Doorway, open_doorway
from timeline.live.guard import MOST_AT_ONCE, MOST_BYTES, Guard

ROOT = Path(__file__).resolve().parents[1]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the path and the body."""
    body = (await receive())["body"].decode()
    if scope["path"] == "/wrong":
        raise ZeroDivisionError("by\nnothing")
    text = json.dumps([scope["path"], body]).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"public")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": text})


@contextmanager
def serving(application: Any = echo, complaints: list[str] | None = None) -> Iterator[Doorway]:
    with open_doorway() as doorway:
        complain = [].append if complaints is None else complaints.append
        thread = threading.Thread(target=doorway.serve, args=(application, complain))
        thread.start()
        try:
            yield doorway
        finally:
            doorway.stop()
            thread.join()


def ask(
    doorway: Doorway, path: str | None = None, method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", doorway.port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path or f"/{doorway.token}/there", body or None, named)
    answer = connection.getresponse()
    found = answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return found


def own(doorway: Doorway) -> str:
    return f"http://127.0.0.1:{doorway.port}"


def test_the_address_is_of_this_machine_alone_and_cannot_be_guessed() -> None:
    with open_doorway() as one, open_doorway() as other:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[A-Za-z0-9_-]{32}/", one.address)
        assert one.token != other.token


def test_the_application_sees_paths_without_the_token_and_whole_bodies() -> None:
    with serving() as doorway:
        status, said, _ = ask(doorway, method="POST", body=b"hello", Origin=own(doorway))
        assert (status, json.loads(said)) == (200, ["/there", "hello"])


def test_a_request_without_the_token_is_turned_away() -> None:
    with serving() as doorway:
        for path in ("/", "/there", f"/{doorway.token}", f"/{doorway.token[:-1]}/there", f"/x/{doorway.token}/there"):
            status, said, _ = ask(doorway, path)
            assert (status, said) == (403, "the address is not the one that the program has printed; open that one")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1", "[::1]:{port}", ""])
def test_a_name_that_points_at_this_machine_is_turned_away(host: str) -> None:
    with serving() as doorway:
        status, said, _ = ask(doorway, Host=host.format(port=doorway.port))
        assert (status, said) == (403, "the request names another host than this machine's own address")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_a_request_of_another_site_is_turned_away(origin: str) -> None:
    with serving() as doorway:
        for method in ("GET", "POST"):
            status, said, _ = ask(doorway, method=method, Origin=origin.format(port=doorway.port))
            assert (status, said) == (403, "the request comes from another site")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_browser_that_says_it_speaks_for_another_site_is_believed(site: str) -> None:
    with serving() as doorway:
        assert ask(doorway, Sec_Fetch_Site=site)[:2] == (403, "the request comes from another site")
        assert ask(doorway, Sec_Fetch_Site="same-origin")[0] == 200


def test_what_changes_something_must_say_where_it_comes_from() -> None:
    with serving() as doorway:
        assert ask(doorway, method="POST")[:2] == (403, "the request does not say which page sends it")


def test_every_answer_forbids_to_frame_to_keep_and_to_load_from_elsewhere() -> None:
    with serving() as doorway:
        for path in (None, "/"):
            headers = ask(doorway, path)[2]
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["cache-control"] == "no-store"
            assert headers["cross-origin-resource-policy"] == "same-origin"
            assert "access-control-allow-origin" not in headers


def test_a_body_that_is_too_long_is_refused_whether_or_not_it_says_so() -> None:
    with serving() as doorway:
        status, said, _ = ask(doorway, method="POST", body=b"x" * (MOST_BYTES + 1), Origin=own(doorway))
        assert (status, said) == (413, "the request is longer than 65,536 bytes")
        assert ask(doorway, method="POST", body=b"x" * MOST_BYTES, Origin=own(doorway))[0] == 200


def test_more_requests_than_people_can_make_are_refused() -> None:
    said: list[int] = []

    async def play() -> None:
        hold = asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await hold.wait()
            await echo(scope, receive, send)

        guard = Guard(slow, 80, "secret", lambda _: None)
        scope = {"type": "http", "path": "/secret/there", "method": "GET", "headers": [(b"host", b"localhost:80")]}

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            said.extend([message["status"]] if "status" in message else [])

        waiting = [asyncio.create_task(guard(dict(scope), receive, send)) for _ in range(MOST_AT_ONCE + 1)]
        await asyncio.sleep(0)
        while not said:
            await asyncio.sleep(0)
        hold.set()
        await asyncio.gather(*waiting)

    asyncio.run(play())
    assert said == [503] + [200] * MOST_AT_ONCE


def test_a_bug_is_told_in_a_sentence_and_the_server_goes_on() -> None:
    complaints: list[str] = []
    with serving(complaints=complaints) as doorway:
        assert ask(doorway, f"/{doorway.token}/wrong")[0] == 500
        assert ask(doorway)[0] == 200
    assert complaints == ["this is a bug of the program (ZeroDivisionError: by nothing)"]


def test_a_port_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"--port: given {port}, which cannot be taken \(address already in use"):
            doorways.open_doorway(port).__enter__()


def test_a_port_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="--port: given 70000, expected a number from 1 to 65535"):
        doorways.open_doorway(70_000).__enter__()


def test_a_missing_server_is_told_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doorways, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'crisis-timeline\[explore\]'"):
        doorways.open_doorway().__enter__()


_WAITS = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
from timeline.live.doorway import open_doorway

async def forever(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200, "headers": []}})
    await send({{"type": "http.response.body", "body": b"begun", "more_body": True}})
    while (await receive())["type"] != "http.disconnect":
        pass

with open_doorway() as doorway:
    print(doorway.address, flush=True)
    doorway.serve(forever)
print("closed", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_closes_when_asked_though_an_answer_never_ends(number: signal.Signals) -> None:
    code = _WAITS.format(root=str(ROOT), tests=str(ROOT / "tests"))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().decode().strip()
        port, token = re.fullmatch(r"http://127.0.0.1:(\d+)/(.*)/", address).groups()  # type: ignore[union-attr]
        with socket.create_connection(("127.0.0.1", int(port))) as talk:
            talk.sendall(f"GET /{token}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            told = b""
            while b"begun" not in told:
                told += talk.recv(4096)
            os.kill(process.pid, number)
            try:
                assert process.wait(30) == 0
            finally:
                process.kill()
        assert process.stdout.read() == b"closed\n"
        assert process.stderr.read() == b""
