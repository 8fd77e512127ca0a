"""Replies: what an application behind the doorway answers with, and how it reads what a page sends."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncIterator, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from timeline.errors import TimelineError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_KINDS = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


class PageError(TimelineError):
    """What a page has sent is not what was expected; the page says so."""


def asset(package: str, name: str) -> Response:
    """Answer with a file of this program, such as a script; the name is the program's own, never the page's."""
    from starlette.responses import Response

    return Response((files(package) / name).read_bytes(), media_type=_KINDS[name.rpartition(".")[2]])


def plain(value: object) -> Any:
    """Return a value as JSON can hold it: what is no finite number is null.

    Examples
    --------
    >>> plain({"a": (1.0, float("nan"))})
    {'a': [1.0, None]}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(inside) for key, inside in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inside) for inside in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def as_line(value: object) -> bytes:
    """Return a value as one line of JSON."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def reply(value: object, status: int = 200) -> Response:
    """Answer with JSON."""
    from starlette.responses import Response

    return Response(as_line(value), status, media_type="application/json")


def refusal(sentence: str, status: int = 400, **more: object) -> Response:
    """Answer that something cannot be done, and why."""
    return reply({"problem": sentence, **more}, status)


def stream(lines: AsyncIterator[bytes]) -> Response:
    """Answer with lines of JSON, each sent when it is there."""
    from starlette.responses import StreamingResponse

    return StreamingResponse(lines, media_type="application/x-ndjson")


async def asked(request: Request) -> dict[str, Any]:
    """Return what a page has sent: one JSON object.

    Raises
    ------
    PageError
        If it is none.
    """
    try:
        content = json.loads(await request.body(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise PageError("the page has sent something that is no JSON; reload it") from None
    if not isinstance(content, dict):
        raise PageError("the page has sent something that is no JSON object; reload it")
    return content


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number")
