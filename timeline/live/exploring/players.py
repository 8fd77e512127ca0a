"""Players: a few threads that play pieces of arms for all pages at once, what is wanted soonest first.

The first picture after a move needs hundreds of timelines, its refinements tens of thousands. Pieces are short and each
thread takes the most urgent one, so that a first picture waits for no more than the piece in hand, whoever refines.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from queue import PriorityQueue
from typing import Any

from timeline.analysis.histories import Histories, Reader
from timeline.engines.batch import Batch, require_agreement

#: Comes after all other work: the thread that takes it ends.
_LAST = 1 << 30


class Token:
    """Says of the work for one move whether it is still wanted.

    Parameters
    ----------
    closing
        Once set, nothing is wanted any more.
    """

    def __init__(self, closing: threading.Event | None = None) -> None:
        self._given_up, self._closing = threading.Event(), closing

    @property
    def wanted(self) -> bool:
        """Whether somebody waits for it."""
        return not self._given_up.is_set() and not (self._closing is not None and self._closing.is_set())

    def give_up(self) -> None:
        """Say that it is not wanted any more."""
        self._given_up.set()


@dataclass(frozen=True)
class Portion:
    """Some replications of one world under one arm of a batch."""

    batch: Batch
    world: int
    arm: int
    first: int
    count: int


@dataclass(order=True)
class _Work:
    urgency: int
    number: int
    play: Callable[[], Any] = field(compare=False)
    token: Token = field(compare=False)
    result: Future[Any] = field(compare=False)


class Players:
    """Threads that play.

    Parameters
    ----------
    workers
        How many.
    """

    def __init__(self, workers: int) -> None:
        self._waiting: PriorityQueue[_Work] = PriorityQueue()
        self._numbers = itertools.count()
        self._readers: dict[int, Reader] = {}
        self.workers = workers
        self._threads = [
            threading.Thread(target=self._work, name=f"explore-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def play(self, piece: Portion, urgency: int, token: Token) -> Future[Histories]:
        """Have a piece played; its future is cancelled if the token is given up before it is begun.

        Parameters
        ----------
        urgency
            Less is sooner.
        """
        return self.do(lambda: self._played(piece), urgency, token)

    def check(self, piece: Portion, urgency: int, token: Token) -> Future[None]:
        """Have the reference engine play the first replication of a piece too; the future fails if they disagree."""

        def compare() -> None:
            rows = piece.batch.player().play(piece.world, piece.arm, piece.first, 1)
            alone = piece.batch.world(piece.world, piece.arm)
            require_agreement(lambda: alone, piece.first, rows, range(piece.first, piece.first + 1))

        return self.do(compare, urgency, token)

    def do(self, play: Callable[[], Any], urgency: int, token: Token) -> Future[Any]:
        """Have something done by one of the threads."""
        result: Future[Any] = Future()
        self._waiting.put(_Work(urgency, next(self._numbers), play, token, result))
        return result

    def close(self) -> None:
        """End the threads; what is in hand is played to its end."""
        for _ in self._threads:
            self.do(lambda: None, _LAST, Token())
        while True:
            # What waits still is not wanted any more.
            for work in list(self._waiting.queue):
                if work.urgency < _LAST:
                    work.token.give_up()
            if not any(thread.is_alive() for thread in self._threads):
                return
            for thread in self._threads:
                thread.join(0.05)

    def _played(self, piece: Portion) -> Histories:
        batch = piece.batch
        reader = self._readers.get(id(batch.model))
        if reader is None or reader.endpoints is not batch.model.endpoints:
            reader = self._readers[id(batch.model)] = Reader(batch.model)
        rows = batch.player().play(piece.world, piece.arm, piece.first, piece.count)
        arm = batch.arms[piece.arm]
        return reader.read(rows, arm.horizon, arm.label)

    def _work(self) -> None:
        while True:
            work = self._waiting.get()
            if work.urgency == _LAST:
                return
            if not work.token.wanted:
                work.result.cancel()
                continue
            work.result.set_running_or_notify_cancel()
            try:
                work.result.set_result(work.play())
            except BaseException as problem:
                work.result.set_exception(problem)


def results(futures: list[Future[Any]], token: Token) -> list[Any] | None:
    """Wait for results; None once they are not wanted any more.

    Raises
    ------
    RunError, ModelError
        From a replication.
    """
    try:
        found = [future.result() for future in futures]
    except CancelledError:
        return None
    return found if token.wanted else None
