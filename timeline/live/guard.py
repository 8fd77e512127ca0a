"""The guard at the door: whoever is not the page that this program opened is turned away before anything is read.

A server on the loopback address can be reached by every page that is open in a browser of the same machine. Such a page
must neither read nor steer it:

- It does not know the token, which stands in the path. There are no cookies, so a request carries no rights by itself.
- It may have a name of its own point at the loopback address (DNS rebinding). Then the Host header has that name.
- It may send requests without reading the answers. Then the Origin header, or Sec-Fetch-Site, has its own name.

Beside that, no body is longer, and no more requests are at work, than a person at a page can need.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Served = Callable[[Scope, Receive, Send], Awaitable[None]]
"""An application as ASGI has it, such as Starlette's."""

#: Bytes of a request's body.
MOST_BYTES = 65_536
#: Requests at work at a time, over all pages that are open.
MOST_AT_ONCE = 24
#: Seconds in which a body has to arrive.
PATIENCE = 10.0

#: Nothing is loaded from elsewhere, nothing runs that is not a file of this program, nobody frames the page.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)
_READING = ("GET", "HEAD")


class Guard:
    """Lets requests of the page that was opened through to an application; an application itself.

    Parameters
    ----------
    served
        Behind the door. It sees paths without the token, bodies that have arrived whole, and no request of others.
    port, token
        Of the address.
    complain
        Told in a sentence of what the application got wrong.
    """

    def __init__(self, served: Served, port: int, token: str, complain: Callable[[str], None]) -> None:
        self.served, self.token, self.complain = served, token, complain
        self.hosts = tuple(f"{name}:{port}" for name in ("127.0.0.1", "localhost"))
        self.at_work = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self.served(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        guarded = _with_headers(send)
        refused = self._refused(scope)
        if refused:
            await refuse(guarded, 403, refused)
        elif self.at_work >= MOST_AT_ONCE:
            await refuse(guarded, 503, "too many requests are at work; wait for one of them to be answered")
        else:
            self.at_work += 1
            try:
                await self._through(scope, receive, guarded)
            finally:
                self.at_work -= 1

    def _refused(self, scope: Scope) -> str:
        """Say why a request is turned away; empty if it is not."""
        host, *others = _values(scope, b"host") or [""]
        if others or host not in self.hosts:
            return "the request names another host than this machine's own address"
        site = _values(scope, b"sec-fetch-site")
        if any(value not in ("same-origin", "none") for value in site):
            return "the request comes from another site"
        origin = _values(scope, b"origin")
        if any(value != f"http://{host}" for value in origin):
            return "the request comes from another site"
        if scope["method"] not in _READING and not origin:
            return "the request does not say which page sends it"
        if not self._knows_token(scope):
            return "the address is not the one that the program has printed; open that one"
        return ""

    def _knows_token(self, scope: Scope) -> bool:
        parts = str(scope["path"]).split("/", 2)
        return len(parts) == 3 and secrets.compare_digest(parts[1].encode(), self.token.encode())

    async def _through(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(_whole(receive), PATIENCE)
        except TimeoutError:
            await refuse(send, 408, f"the request did not arrive within {PATIENCE:g} seconds")
            return
        if body is None:
            await refuse(send, 413, f"the request is longer than {MOST_BYTES:,} bytes")
            return
        path = "/" + str(scope["path"]).split("/", 2)[2]
        inside = {**scope, "path": path, "raw_path": path.encode(), "root_path": ""}
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.served(inside, _again(body, receive), watched)
        except Exception as problem:
            self.complain(f"this is a bug of the program ({type(problem).__name__}: {' '.join(str(problem).split())})")
            if not begun:
                await refuse(send, 500, "this is a bug of the program; its terminal says which")


async def refuse(send: Send, status: int, sentence: str) -> None:
    """Answer with a sentence."""
    text = sentence.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").lower() for key, value in scope["headers"] if key.lower() == name]


def _with_headers(send: Send) -> Send:
    """Return a sender that puts the guard's headers on each answer, in place of the application's own."""
    names = {name for name, _ in _HEADERS}

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in names]
            message = {**message, "headers": [*own, *_HEADERS]}
        await send(message)

    return guarded


async def _whole(receive: Receive) -> bytes | None:
    """Return a body once all of it is there; None if it is too long."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        more = bool(message.get("more_body", False))
        if len(body) > MOST_BYTES:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a receiver that gives the body once more, and then what comes: that the page has gone."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
