"""Who does the work: this process, threads, spawned processes, or an executor that is given."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from timeline.errors import TimelineError
from timeline.playing.runner import Interrupts
from timeline.playing.workers import spawned


class Here(Executor):
    """Does the work at once, in this process; Ctrl-C drops it.

    Examples
    --------
    >>> Here(Interrupts()).submit(max, 3, 5).result()
    5
    """

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        future: Future[Any] = Future()
        try:
            with self._interrupts.obeyed_at_once():
                future.set_result(fn(*args, **kwargs))
        except TimelineError as problem:
            future.set_exception(problem)
        return future


class _Shielded(Executor):
    """Blocks Ctrl-C while workers are started: they inherit it, and would print a traceback."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self._executor.submit(fn, *args, **kwargs)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def threads(workers: int) -> Iterator[Executor]:
    """Give threads of this process; a thread cannot be stopped, so that at the end its unit is waited for."""
    executor = ThreadPoolExecutor(workers)
    try:
        yield _Shielded(executor)
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def processes(workers: int) -> Iterator[Executor]:
    """Give spawned processes; they are killed if the block is left by a problem."""
    with spawned(workers) as executor:
        try:
            yield _Shielded(executor)
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()
            raise
