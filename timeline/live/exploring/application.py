"""The application behind the doorway: what the page may ask, and what it is answered."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from timeline.errors import TimelineError
from timeline.live.exploring import controls
from timeline.live.exploring.counting import shown_measures
from timeline.live.exploring.ignorance import FoundWorlds, Search, over_worlds
from timeline.live.exploring.overturning import MOST_TRIED, PAIRS_ENDS, PAIRS_SURE, try_ends
from timeline.live.exploring.picture import picture
from timeline.live.exploring.played_arms import PlayedArms
from timeline.live.exploring.players import Players, Token
from timeline.live.exploring.refining import Refiner
from timeline.live.exploring.room import Granted, Room
from timeline.live.exploring.trying import READYMADE, primary_of, try_readymade
from timeline.live.exploring.wish import read_wish
from timeline.live.exploring.written import config_text
from timeline.live.replies import PageError, as_line, asked, asset, refusal, reply, stream

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

_FILES = "timeline.live.exploring"
_ASSETS = (
    "explore.css",
    "explore.js",
    "charts.js",
    "controls.js",
    "page.js",
    "pictures.js",
    "trying.js",
    "uPlot.iife.min.js",
    "uPlot.min.css",
)
_SESSION = re.compile(r"[A-Za-z0-9]{8,40}")
#: Pages that are remembered; the one that asked longest ago is forgotten first.
_MOST_SESSIONS = 16
#: Moves of all pages that are answered at a time.
_MOST_MOVES = 8
#: After which picture worlds are played.
_WORLDS_AFTER = 1


class Desk:
    """What pages ask is answered here; of each page the newest move only.

    Parameters
    ----------
    first
        The room, the cadence that does best, and the assumptions that matter most.
    opened
        Opens the config anew, and returns the same.
    find
        Finds the worlds of a room that could be ours; None if its config asks for none.
    workers
        Threads that play.
    closing
        Set when no answer is wanted any more.
    complain
        Told in a sentence of what the program got wrong.
    """

    def __init__(
        self,
        first: tuple[Room, str, list[str]],
        opened: Callable[[], tuple[Room, str, list[str]]],
        find: Callable[[Room, Callable[..., None]], FoundWorlds | None],
        workers: int,
        closing: threading.Event,
        complain: Callable[[str], None],
    ) -> None:
        self.opened, self.find, self.closing, self.complain = opened, find, closing, complain
        self.players, self.arms_played = Players(workers), PlayedArms()
        self.tokens: OrderedDict[str, dict[str, Token]] = OrderedDict()
        self.drivers = ThreadPoolExecutor(_MOST_MOVES, thread_name_prefix="explore-move")
        self.room, self.best, self.leading = first
        self._set()

    def _set(self) -> None:
        self.shown = shown_measures(self.room.experiment)
        self.refiner = Refiner(self.players, self.arms_played, tuple(measure.key for measure in self.shown))
        room = self.room
        self.search = Search(lambda watch: self.find(room, watch), self.closing)
        self.search.begin()

    def close(self) -> None:
        """Give up what is being answered, and end the threads."""
        for asked_for in self.tokens.values():
            _give_up(asked_for)
        self.drivers.shutdown(wait=False, cancel_futures=True)
        self.players.close()
        self.search.join()

    def newest(self, session: object, kind: str) -> Token:
        """Return the token of a page's newest move of a kind; what the page asked before is given up."""
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise PageError("the page does not say which page it is; reload it")
        own = self.tokens.setdefault(session, {})
        self.tokens.move_to_end(session)
        if kind in own:
            own[kind].give_up()
        token = own[kind] = Token(self.closing)
        while len(self.tokens) > _MOST_SESSIONS:
            _give_up(self.tokens.popitem(last=False)[1])
        return token

    def about(self) -> dict[str, Any]:
        """Describe the room: what can be moved, and where it stands."""
        experiment = self.room.experiment
        record = experiment.model.levers
        assert record is not None
        begun = controls.begun_with(experiment, self.best)
        primary = primary_of(self.room)
        return {
            "title": experiment.title,
            "question": experiment.question,
            "model": experiment.model.name,
            "sides": experiment.sides,
            "baseline": experiment.baseline,
            "seed": experiment.seed,
            "stages": list(self.refiner.stages),
            "primary": primary.key,
            "measures": [
                {"key": own.key, "title": own.title, "unit": own.unit, "better": own.better} for own in self.shown
            ],
            "agreements": experiment.model.endpoints is not None and experiment.model.endpoints.signed is not None,
            "levers": controls.levers(record),
            "readymade": controls.readymade(experiment),
            "begun": {"name": begun.name, "levers": controls.written_levers(record, begun.values)},
            "assumptions": controls.assumptions(experiment, self.leading),
            "leading": self.leading,
            "scenarios": list(controls.scenarios(experiment)),
            "worlds": experiment.uncertainty is not None,
            "most_tried": MOST_TRIED,
            "pairs": {"readymade": READYMADE[-1], "ends": PAIRS_ENDS, "sure": PAIRS_SURE},
        }

    def moves(self, content: Mapping[str, Any]) -> Response:
        """Answer a move: pictures from ever more timelines."""
        token = self.newest(content.get("session"), "move")
        wish = read_wish(content.get("state"))
        found = self.room.asked(wish)
        return self._stream(lambda: self._pictures(found, token), token)

    def _pictures(self, found: Granted, token: Token) -> Iterator[dict[str, Any]]:
        edited = self.room.edited
        ledger = self.room.experiment.model.assumptions.values()
        judged = sum(parameter.evidence == "judgement" for parameter in ledger), len(ledger)
        for number, counted in enumerate(self.refiner.pictures(found, token)):
            base, yours, pinned = found.names
            names = {"baseline": base, "yours": yours, "pinned": pinned}
            yield {"picture": {**picture(counted, judged), "names": names}, "outside": found.outside, "edited": edited}
            if number == _WORLDS_AFTER and (said := self._over_worlds(found, token)):
                yield {"worlds": said}
        if token.wanted:
            yield {"done": True}

    def _over_worlds(self, found: Granted, token: Token) -> dict[str, Any] | None:
        """Return what the worlds say that could be ours, or why there are none."""
        search = self.search
        if search.searching:
            return {
                "sentence": "Worlds that could be ours are being looked for; the band comes with them.",
                "wait": True,
            }
        if search.problem:
            return {"sentence": f"No world that could be ours was found: {search.problem}"}
        if search.found is None:
            return None
        urgency = 2 * _WORLDS_AFTER + 1
        return over_worlds(self.room, self.players, found, search.found, primary_of(self.room), urgency, token)

    def tries(self, content: Mapping[str, Any]) -> Response:
        """Answer how each cadence of the config does."""
        token = self.newest(content.get("session"), "try")
        wish, room = read_wish(content.get("state")), self.room
        room.asked(wish)
        return self._stream(lambda: try_readymade(room, self.players, self.arms_played, wish, token), token)

    def ends(self, content: Mapping[str, Any]) -> Response:
        """Answer which assumptions turn the answer at an end of their range."""
        token = self.newest(content.get("session"), "ends")
        wish, room, paths = read_wish(content.get("state")), self.room, content.get("paths")
        if not (isinstance(paths, list) and all(isinstance(path, str) for path in paths)):
            raise PageError("paths: the page has sent no list of names")
        everything = content.get("everything") is True
        room.asked(wish)
        return self._stream(lambda: try_ends(room, self.players, wish, paths, token, everything), token)

    def config(self, content: Mapping[str, Any]) -> Response:
        """Answer with the state as a config."""
        found = self.room.asked(read_wish(content.get("state")))
        name = self.room.experiment.path.stem
        return reply({"name": f"{name}-explored.toml", "text": config_text(self.room, found, self.refiner.stages[-1])})

    def story(self, content: Mapping[str, Any]) -> Response:
        """Answer with one timeline, told."""
        from timeline.explaining.trace import trace
        from timeline.words import moment

        found = self.room.asked(read_wish(content.get("state")))
        cadence, replication = content.get("cadence"), content.get("replication")
        most = self.refiner.stages[-1]
        if not isinstance(cadence, str) or cadence not in found.worlds:
            raise PageError("cadence: the page has sent a name that it does not show")
        if not isinstance(replication, int) or isinstance(replication, bool) or not 0 <= replication < most:
            raise PageError(f"timeline: expected a whole number from 0 to {most - 1:,}")
        experiment = found.experiment
        told = trace(
            found.worlds[cadence], replication, sides=experiment.sides, title=f"{cadence}, timeline {replication:,}",
            starts=experiment.starts,
        )  # fmt: skip
        events = [
            {"when": moment(event.day, told.starts), "phase": event.phase, "sentence": event.sentence}
            for event in told.told
            if event.sentence
        ]
        return reply({"title": told.title, "ending": told.ending, "events": events})

    def reload(self, _: Mapping[str, Any]) -> Response:
        """Open the config anew; if that fails, the room stays as it was."""
        self.room, self.best, self.leading = self.opened()
        self._set()
        return reply(self.about())

    def _stream(self, work: Callable[[], Iterable[Mapping[str, Any]]], token: Token) -> Response:
        return stream(self._lines(work, token))

    async def _lines(self, work: Callable[[], Iterable[Mapping[str, Any]]], token: Token) -> AsyncIterator[bytes]:
        """Yield what work says, line by line; give it up once nobody listens."""
        loop, ready = asyncio.get_running_loop(), asyncio.Queue[bytes | None]()

        def put(line: bytes | None) -> None:
            with suppress(RuntimeError):  # the server has closed meanwhile
                loop.call_soon_threadsafe(ready.put_nowait, line)

        def drive() -> None:
            try:
                for said in work():
                    put(as_line(said))
            except TimelineError as problem:
                put(as_line({"problem": str(problem)}))
            except Exception as problem:
                self.complain(f"this is a bug of the program ({type(problem).__name__}: {problem})")
                put(as_line({"problem": "this is a bug of the program; its terminal says which"}))
            finally:
                put(None)

        try:
            self.drivers.submit(drive)
            while (line := await ready.get()) is not None:
                yield line
        finally:
            token.give_up()


def _give_up(tokens: Mapping[str, Token]) -> None:
    for token in tokens.values():
        token.give_up()


def application(desk: Desk) -> Starlette:
    """Return what answers the page."""
    from starlette.applications import Starlette
    from starlette.routing import Route

    async def page(_: Request) -> Response:
        return asset(_FILES, "page/index.html")

    async def file(request: Request) -> Response:
        name = request.path_params["name"]
        return asset(_FILES, f"page/{name}") if name in _ASSETS else refusal("there is no such file", 404)

    async def about(_: Request) -> Response:
        return reply(await asyncio.to_thread(desk.about))

    async def pulse(_: Request) -> Response:
        return reply({"edited": await asyncio.to_thread(lambda: desk.room.edited), "searching": desk.search.searching})

    def answering(answer: Callable[[Mapping[str, Any]], Response]) -> Callable[[Request], Any]:
        async def answered(request: Request) -> Response:
            try:
                content = await asked(request)
                return await asyncio.to_thread(answer, content)
            except TimelineError as problem:
                return refusal(str(problem))

        return answered

    def direct(answer: Callable[[Mapping[str, Any]], Response]) -> Callable[[Request], Any]:
        """Answer at once, without a thread: what a move needs is quickly read."""

        async def answered(request: Request) -> Response:
            try:
                return answer(await asked(request))
            except TimelineError as problem:
                return refusal(str(problem))

        return answered

    return Starlette(
        routes=[
            Route("/", page),
            Route("/room", about),
            Route("/pulse", pulse),
            Route("/move", direct(desk.moves), methods=["POST"]),
            Route("/readymade", direct(desk.tries), methods=["POST"]),
            Route("/ends", direct(desk.ends), methods=["POST"]),
            Route("/config", answering(desk.config), methods=["POST"]),
            Route("/story", answering(desk.story), methods=["POST"]),
            Route("/reload", answering(desk.reload), methods=["POST"]),
            Route("/{name}", file),
        ]
    )
