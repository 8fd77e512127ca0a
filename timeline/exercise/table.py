"""The table: what a page and a terminal share of an exercise, one request at a time.

Time goes on only while somebody looks: a tick plays the days that have come due since the last one. Where nobody has
looked for a while, the exercise has stood still, and says so.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from timeline.errors import ConfigError, TimelineError
from timeline.exercise.feed import FeedLine, feed, taken_back_sentence
from timeline.exercise.log import written
from timeline.exercise.opening import Opened
from timeline.exercise.pace import Pacer
from timeline.exercise.session import Preparing, Session
from timeline.exercise.standing import SIMULATED, RunStanding, stand
from timeline.explaining.trace import Event
from timeline.study.played import Deed
from timeline.words import moment

#: Seconds without a look after which the exercise has paused.
UNWATCHED = 6.0
#: Seconds between two looks at the files.
_LOOK_AT_FILES = 2.0
#: Seconds that the comparison gets to stop.
_GRACE = 2.0


@dataclass
class Reckoning:
    """The comparison at the end, as far as it has come."""

    done: int = 0
    total: int = 0
    standing: RunStanding | None = None
    problem: str = ""
    over: bool = False


class TableTop:
    """An exercise with its clock, its log and its end.

    Parameters
    ----------
    opened
        The session and its files.
    speed
        Days a second.
    clock
        Returns seconds.
    count, workers
        How many timelines of each cadence the run is held against, and by how many threads.
    """

    def __init__(
        self,
        opened: Opened,
        speed: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        count: int = SIMULATED,
        workers: int = 1,
    ) -> None:
        self._opened = opened
        self._clock = clock
        self._lock = threading.RLock()
        self._seen = clock()
        self._looked = -_LOOK_AT_FILES
        self._edited = ""
        self._count, self._workers = count, workers
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        self.pacer = Pacer(clock, speed)
        #: What was last said to all who look on; and how often anything has been done.
        self.notice = " ".join(opened.notes)
        self.deeds_done = 0
        #: How often the timeline was told from its beginning, as when a model was reloaded.
        self.telling = 0
        self.unsaved = False
        self.reckoning: Reckoning | None = None

    # What it looks like.

    @property
    def session(self) -> Session:
        """The session; it is another after a reload."""
        return self._opened.session

    @property
    def opened(self) -> Opened:
        """The session and its files."""
        return self._opened

    @property
    def running(self) -> bool:
        """Whether time goes on."""
        return self.pacer.running

    @property
    def lock(self) -> threading.RLock:
        """Held while anything is done or looked at."""
        return self._lock

    def edited(self) -> str:
        """Say what has changed on disk since the exercise was opened; empty if nothing has. Looks now and then."""
        now = self._clock()
        if now - self._looked >= _LOOK_AT_FILES:
            self._looked, self._edited = now, self._opened.edited()
        return self._edited

    def deeds(self) -> list[Deed]:
        """Return what was done at the table, in order; what was taken back is not among it."""
        return self.session.deeds

    def lines(self) -> list[FeedLine]:
        """Return all that has happened and was done so far, as the players read it."""
        return feed(self.session, self._opened.taken_back)

    def prepared(self) -> str:
        """Say which report is still being prepared, and until when; empty if there is none."""
        preparing = self.session.preparing
        return "" if preparing is None else f"A report {self._preparing(preparing, 'is')}"

    def _preparing(self, preparing: Preparing, verb: str) -> str:
        said = f"({self.session.said(preparing.decision)}) {verb}"
        if preparing.until is None:
            return f"{said} ready and waiting for its moment"
        return f"{said} being prepared until {self.day_in_words(preparing.until)}"

    def day_in_words(self, day: float) -> str:
        """Say a day within a sentence: by its date, or by how long after the start it is."""
        starts = self.session.setting.experiment.starts
        if starts is None:
            return "the first day" if day < 1 else f"{moment(day)} after the start"
        return moment(day, starts)

    # What can be done.

    def tick(self) -> list[Event]:
        """Play the days that have come due; returns what has happened. To be called a few times a second."""
        with self._lock:
            now = self._clock()
            away, self._seen = now - self._seen, now
            if self.running and away > UNWATCHED:
                self.pacer.pause()
                self.pacer.due()
                self.notice = "Nobody was looking on, so the clock was stopped. Nothing is lost."
                self._keep()
                return []
            days = self.pacer.due()
            if not days or not self.running:
                return []
            # What was last said stays to be read while time goes on.
            return self._advance(lambda: self.session.advance(self.session.day + days), self.notice)

    def go(self) -> None:
        """Let time go on."""
        with self._lock:
            if self.session.ended:
                raise ConfigError("it has ended; there is nothing more to play")
            self._seen = self._clock()
            self.pacer.go()
            self._done("")

    def pause(self) -> None:
        """Let time stand still, and save."""
        with self._lock:
            self.pacer.pause()
            self._done("")
            self._keep()

    def set_speed(self, speed: float) -> None:
        """Set how many days pass in a second."""
        with self._lock:
            self.pacer.speed = speed
            self._done("")

    def step(self) -> list[Event]:
        """Play to the next day on which something is told."""
        with self._lock:
            return self._advance(self.session.step)

    def advance(self, day: int) -> list[Event]:
        """Play up to a day."""
        with self._lock:
            return self._advance(lambda: self.session.advance(day))

    def inject(self, clock: str, luck: Sequence[float] = ()) -> list[Event]:
        """Make something happen now; see `Session.inject`."""
        with self._lock:
            found = self._advance(lambda: self.session.inject(clock, luck))
            self._keep()
            return found

    def disclose(self, given: Mapping[str, object]) -> list[Event]:
        """Let the participants decide on a report now; see `Session.disclose`."""
        with self._lock:
            before = self.session.preparing
            found = self._advance(lambda: self.session.disclose(given))
            self.notice = " ".join(self._answered(before))
            self._keep()
            return found

    def _answered(self, before: Preparing | None) -> Iterator[str]:
        """Say what becomes of a decision, and of the report that was still being prepared when it was made."""
        now = self.session.preparing
        if before is not None:
            yield f"A report {self._preparing(before, 'was')}; this one takes its place."
        if now is None:
            return
        if now.until is None:
            yield "It is decided. The report is ready and waits for its moment."
        else:
            yield (
                "It is decided. The report comes once those who must agree, or be told first, have had their time "
                f"({self.day_in_words(now.until)})."
            )

    def take_back(self, number: int | None = None) -> Deed:
        """Go back to the moment before the last decision or injection; returns what is no longer done.

        Parameters
        ----------
        number
            The number of the deed that is meant, counted from 1; the last if left out.

        Raises
        ------
        ConfigError
            If there is none, or it is not the last any more; nothing is changed.
        """
        with self._lock:
            deeds = self.session.deeds
            if number is not None and deeds and number != len(deeds):
                raise ConfigError("not taken back: something else has been done, or taken back, in the meantime")
            self.pacer.pause()
            self.pacer.due()
            before = self.session.without_last()
            deed = deeds[-1]
            self._opened = replace(self._opened, session=before, taken_back=(*self._opened.taken_back, deed))
            self.telling += 1
            self._forget_reckoning()
            self.unsaved = True
            self._done(f"{taken_back_sentence(deed)} It is {self.day_in_words(deed.day)} again.")
            self._keep()
            return deed

    def save(self) -> Path:
        """Write the log; returns where.

        Raises
        ------
        StoreError
            If it cannot be written; the exercise goes on.
        """
        with self._lock:
            opened = self._opened
            sources = self._sources()
            path = opened.log.save(lambda at: written(self.session, opened.text, sources, at, opened.taken_back))
            self.unsaved = False
            return path

    def close(self) -> Path | None:
        """Stop all that is going on, and save what has not been; returns where, if anything was played."""
        self._stopping.set()
        with self._lock:
            self.pacer.pause()
            path = self.save() if self.unsaved else self._opened.log.saved
        if self._thread is not None:
            # What is being compiled cannot be stopped; the thread ends with the program.
            self._thread.join(_GRACE)
        return path

    def reload(self) -> None:
        """Take up model and config as they are on disk now: the same decisions, up to the same day.

        Raises
        ------
        TimelineError
            If that cannot be; the exercise stands as it was.
        """
        with self._lock:
            self.pacer.pause()
            before = self.session
            try:
                self._opened = self._opened.reloaded()
            except TimelineError as problem:
                raise ConfigError(f"not reloaded, the exercise stands as it was: {problem}") from None
            same = self.session.events == before.events
            told = "nothing before today is told otherwise" if same else "the timeline is told anew from its beginning"
            self.telling += 1
            self._looked = -_LOOK_AT_FILES
            self._forget_reckoning()
            self.unsaved = True
            self._done(f"Reloaded: {told}.")

    def reckon(self) -> Reckoning:
        """Have the run held against many others, in the background; returns how far that is."""
        with self._lock:
            if self.reckoning is None:
                self.reckoning = Reckoning()
                self._thread = threading.Thread(target=self._reckon, args=(self.session, self.reckoning), daemon=True)
                self._thread.start()
            return self.reckoning

    def wait(self) -> Reckoning:
        """Have the run held against many others; returns once that is done."""
        reckoning = self.reckon()
        if self._thread is not None:
            self._thread.join()
        return reckoning

    def _reckon(self, session: Session, reckoning: Reckoning) -> None:
        stopping = self._stopping

        def moved(done: int, total: int) -> None:
            reckoning.done, reckoning.total = done, total

        try:
            reckoning.standing = stand(
                session, self._count, workers=self._workers, stopped=stopping.is_set, progress=moved
            )
        except TimelineError as problem:
            reckoning.problem = str(problem)
        reckoning.over = True

    def _forget_reckoning(self) -> None:
        self._stopping.set()
        self._stopping = threading.Event()
        self._thread, self.reckoning = None, None

    def _advance(self, play: Callable[[], list[Event]], notice: str = "") -> list[Event]:
        before, decisions = self.session.day, (self.session.decisions, self.session.injected)
        try:
            found = play()
        except TimelineError:
            # Who has done something that cannot be is told so, and the clock stands still until they know.
            self.pacer.pause()
            self.pacer.due()
            raise
        if self.session.day > before or (self.session.decisions, self.session.injected) != decisions:
            self.unsaved = True
            self._done(notice)
        if self.session.ended:
            self.pacer.pause()
            self._keep()
        return found

    def _done(self, notice: str) -> None:
        self.deeds_done += 1
        self.notice = notice

    def _keep(self) -> None:
        """Save if there is anything to save; what goes wrong is said, and the exercise goes on."""
        if not self.unsaved:
            return
        try:
            self.save()
        except TimelineError as problem:
            self.notice = f"Not saved: {problem}"

    def _sources(self) -> str:
        """Return the hash of the model's sources as the exercise knows them."""
        import hashlib

        lines = "".join(f"{path}\0{digest}\n" for path, digest in sorted(self._opened.sources.items()))
        return hashlib.sha256(lines.encode()).hexdigest()
