"""The exercise on a page: what the page is told, and what it may ask for.

Every browser that is open sees the same exercise. A page names no file: where the log lies is said on the command line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from timeline.errors import TimelineError, nearest
from timeline.exercise.pace import parse_speed
from timeline.exercise.snapshot import as_it_stands, what_is_played
from timeline.exercise.table import TableTop
from timeline.live.replies import PageError, asked, asset, refusal, reply

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_ASSETS = "timeline.live.exercise_page"
#: So much may be typed into a field.
_LONGEST = 200


def application(table: TableTop) -> Starlette:
    """Return the application that serves an exercise; see `timeline.live.doorway`."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    def served(name: str) -> Callable[[Request], Response]:
        return lambda _: asset(_ASSETS, name)

    async def setup(_: Request) -> Response:
        return reply(what_is_played(table))

    async def now(request: Request) -> Response:
        since, telling, seen = (_whole(request.query_params.get(key)) for key in ("since", "telling", "seen"))
        return reply(await asyncio.to_thread(_look, table, since, telling, seen))

    async def deed(request: Request) -> Response:
        try:
            content = await asked(request)
            await asyncio.to_thread(_do, table, content)
        except TimelineError as problem:
            return refusal(str(problem))
        return reply({})

    return Starlette(
        routes=[
            Route("/", served("page.html")),
            Route("/page.js", served("page.js")),
            Route("/page.css", served("page.css")),
            Route("/setup", setup),
            Route("/now", now),
            Route("/do", deed, methods=["POST"]),
        ]
    )


def _look(table: TableTop, since: int, telling: int, seen: int) -> dict[str, Any]:
    try:
        table.tick()
    except TimelineError as problem:
        table.notice = f"The model has stopped: {problem}"
    return as_it_stands(table, since, telling, seen)


def _do(table: TableTop, content: Mapping[str, Any]) -> None:
    """Do what a page asks for.

    Raises
    ------
    TimelineError
        If it cannot be, or nothing of the kind may be asked for; nothing is changed.
    """
    deeds: dict[str, Callable[[], object]] = {
        "go": table.go,
        "pause": table.pause,
        "step": table.step,
        "end": lambda: table.advance(table.session.setting.horizon),
        "speed": lambda: table.set_speed(parse_speed(_text(content, "speed"))),
        "inject": lambda: table.inject(_text(content, "clock")),
        "disclose": lambda: table.disclose(_choices(table, content.get("given"))),
        "take back": lambda: table.take_back(_number_of(content, "deed_number")),
        "save": table.save,
        "reload": table.reload,
        "compare": lambda: _compare(table),
    }
    name = _text(content, "deed")
    if name not in deeds:
        raise PageError(f'deed: given "{name[:40]}", expected one of {", ".join(deeds)}{nearest(name, deeds)}')
    deeds[name]()


def _compare(table: TableTop) -> None:
    if not table.session.ended:
        raise PageError("the run has not ended yet")
    table.reckon()


def _choices(table: TableTop, given: object) -> dict[str, object]:
    """Return what was chosen as a config would write it: numbers typed by hand come as texts."""
    if not isinstance(given, dict) or len(given) > 20:
        raise PageError("given: expected what is to be reported")
    made: dict[str, object] = {}
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise PageError(f"{str(name)[:40]}: expected a text of at most {_LONGEST} letters")
        lever = table.session.setting.choices.get(str(name))
        made[str(name)] = value.strip()
        if lever is not None and lever.kind is bool:
            made[str(name)] = {"yes": True, "no": False}.get(value, value)
        elif lever is not None and lever.kind in (float, int):
            made[str(name)] = _number(value.strip())
    return made


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


def _text(content: Mapping[str, Any], key: str) -> str:
    found = content.get(key)
    if not isinstance(found, str) or len(found) > _LONGEST:
        raise PageError(f"{key}: expected a text of at most {_LONGEST} letters")
    return found


def _number_of(content: Mapping[str, Any], key: str) -> int:
    found = content.get(key)
    if type(found) is not int:
        raise PageError(f"{key}: expected a whole number")
    return found


def _whole(text: str | None) -> int:
    """Return a whole number that a page sends; -1 for anything else, which asks for all there is."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 10 else -1
