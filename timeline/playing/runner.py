"""One loop that keeps workers busy: units of work go to an executor, and what comes back is taken.

The executor is a `concurrent.futures.Executor`: this process, threads, processes or a cluster, see
`timeline.playing.executors`. What a unit is, and what becomes of its result, is the caller's affair.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any, Generic, TypeVar

from timeline.errors import RunError, TimelineError

Work = TypeVar("Work")
Made = TypeVar("Made")

#: Seconds between two looks at what the user and the workers want.
_TICK = 0.25


class Interrupted(TimelineError):  # noqa: N818 - it is no error
    """The user has stopped a run; what was complete is saved."""

    exit_code = 130


class ExecutorLost(RunError):  # noqa: N818 - it is a kind of RunError
    """The workers are gone, or refuse to work; says why."""


class Interrupts:
    """Ctrl-C as a request: the first stops the work in good order, a second one at once.

    Attributes
    ----------
    asked, again
        Whether it was pressed, and whether a second time.
    """

    def __init__(self) -> None:
        self.asked = self.again = False
        self._at_once = False
        self._before: Any = None

    def __enter__(self) -> Interrupts:
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        # Noted before it is raised: whoever plays may catch everything, and the request would be lost.
        self.again = self.asked
        self.asked = True
        if self.again or self._at_once:
            raise KeyboardInterrupt

    @contextmanager
    def obeyed_at_once(self) -> Iterator[None]:
        """Drop what is done in this process at the first Ctrl-C."""
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False


@dataclass(frozen=True)
class Job(Generic[Work, Made]):
    """What is to be done.

    Attributes
    ----------
    work
        Does one unit; a module-level function where the workers are other processes.
    next
        Gives the next unit, None when there are no more.
    take
        Called here with each unit and its result, in the order in which they come back.
    order
        What units are sorted by: the problem of the first one is reported.
    noun
        What a unit is called.
    tick
        Called now and then; may save, and may raise a `TimelineError` if there is no use in waiting.
    tries
        How often a unit is given out if its worker is lost or fails for a reason that is not the unit's; 0 takes
        such a failure for a bug.
    drops
        Whether Ctrl-C drops what is at work, as it can where workers are processes that are killed.
    """

    work: Callable[[Work], Made]
    next: Callable[[], Work | None]
    take: Callable[[Work, Made], None]
    order: Callable[[Work], Any]
    noun: str = "chunks"
    tick: Callable[[], None] = lambda: None
    tries: int = 0
    drops: bool = False


def keep_busy(
    job: Job[Work, Made],
    executor: Executor,
    in_flight: int,
    interrupts: Interrupts,
    say: Callable[[str], None] = lambda text: None,
) -> None:
    """Do a job's units until there are no more, Ctrl-C asks to stop, or one of them has a problem.

    Parameters
    ----------
    job
        What is to be done.
    executor
        Who does it.
    in_flight
        How many units may be given out at once; a few more than there are workers keep them busy.
    interrupts
        Whether the user wants to stop.
    say
        Called with a sentence for the user.

    Raises
    ------
    TimelineError
        The problem of the first unit that had one, once what was in flight has been taken.
    ExecutorLost
        If the executor takes no more work, or a unit has failed ``job.tries`` times.
    KeyboardInterrupt
        At a second Ctrl-C; at the first if the job drops what is at work.

    Examples
    --------
    >>> from timeline.playing.executors import Here
    >>> units, squares = iter([3, 1, 2]), {}
    >>> job = Job(lambda x: x * x, lambda: next(units, None), squares.__setitem__, order=int)
    >>> keep_busy(job, Here(Interrupts()), 1, Interrupts())
    >>> squares
    {3: 9, 1: 1, 2: 4}
    """
    _Loop(job, executor, in_flight, interrupts, say).run()


class _Loop(Generic[Work, Made]):
    """The state of one `keep_busy`."""

    def __init__(
        self,
        job: Job[Work, Made],
        executor: Executor,
        in_flight: int,
        interrupts: Interrupts,
        say: Callable[[str], None],
    ) -> None:
        self.job, self.executor, self.in_flight = job, executor, in_flight
        self.interrupts, self.say = interrupts, say
        self.pending: dict[Future[Made], Work] = {}
        self.problems: list[tuple[Any, Exception]] = []
        self.again: list[Work] = []
        self.failures: dict[Any, int] = {}
        self.warned = False

    @property
    def stopping(self) -> bool:
        return self.interrupts.asked or bool(self.problems)

    def run(self) -> None:
        more = True
        while more:
            try:
                more = self._turn()
            except KeyboardInterrupt:
                if self.interrupts.again:
                    raise
                self.interrupts.asked = True
        if self.problems:
            raise min(self.problems, key=lambda found: found[0])[1]

    def _turn(self) -> bool:
        """Give out and collect; say whether anything was given out."""
        while not self.stopping and len(self.pending) < self.in_flight and (unit := self._next()) is not None:
            self._give_out(unit)
        if self.interrupts.asked and self.job.drops:
            self.interrupts.again = True
            raise KeyboardInterrupt
        if self.stopping:
            self._call_back()
        if not self.pending:
            return False
        done = wait(self.pending, timeout=_TICK, return_when=FIRST_COMPLETED).done
        for future in sorted(done, key=lambda found: self.job.order(self.pending[found])):
            self._collect(self.pending.pop(future), future)
        self.job.tick()
        return True

    def _next(self) -> Work | None:
        return self.again.pop() if self.again else self.job.next()

    def _give_out(self, unit: Work) -> None:
        try:
            self.pending[self.executor.submit(self.job.work, unit)] = unit
        except (BrokenExecutor, RuntimeError) as problem:  # broken, or shut down
            self._lose(unit, problem)

    def _call_back(self) -> None:
        for future in self.pending:
            future.cancel()
        if self.interrupts.asked and self.pending and not self.warned:
            self.warned = True
            self.say(f"Stopping after the {self.job.noun} in flight; press Ctrl-C again to drop them.")

    def _collect(self, unit: Work, future: Future[Made]) -> None:
        try:
            self.job.take(unit, future.result())
        except CancelledError as problem:
            if not self.stopping:
                self._lose(unit, problem)
        except TimelineError as problem:
            self.problems.append((self.job.order(unit), problem))
        except BrokenExecutor as problem:
            self._lose(unit, problem)
        except Exception as problem:
            if not self.job.tries or not future.exception():
                raise
            self._try_again(unit, problem)

    def _lose(self, unit: Work, problem: Exception | CancelledError) -> None:
        """Note that the executor does not work any more."""
        order = self.job.order(unit)
        try:
            self.job.tick()  # a cluster knows better what has become of it
        except TimelineError as told:
            self.problems.append((order, told))
            return
        if isinstance(problem, BrokenExecutor) and not self.job.tries:
            self.problems.append((order, problem))
            return
        said = "their work was cancelled" if isinstance(problem, CancelledError) else " ".join(str(problem).split())
        self.problems.append((order, ExecutorLost(f"the workers are gone ({said or type(problem).__name__})")))

    def _try_again(self, unit: Work, problem: Exception) -> None:
        order = self.job.order(unit)
        self.failures[order] = self.failures.get(order, 0) + 1
        if self.failures[order] < self.job.tries:
            self.again.append(unit)
            return
        said = f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:300]
        lost = ExecutorLost(f"workers have failed {self.job.tries} times at the same work ({said})")
        self.problems.append((order, lost))
