"""Ctrl-C as a request: it is kept, whatever the work does with it."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from typing import Any

import pytest

from timeline.playing.executors import Here
from timeline.playing.run import _CHUNK_SECONDS
from timeline.playing.runner import Interrupts, Job, keep_busy


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Have Ctrl-C heard: who starts tests in the background of a shell has it ignored, and nothing would ever stop."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def done_until_stopped(work: object) -> list[int]:
    """Do units of work one after the other, here, until Ctrl-C; return those that were done."""
    units, done = iter(range(5)), []
    with Interrupts() as interrupts:
        job = Job(work, lambda: next(units, None), lambda unit, made: done.append(unit), order=int)  # type: ignore[arg-type,var-annotated]
        keep_busy(job, Here(interrupts), 1, interrupts)
    return done


def test_a_request_that_the_work_swallows_stops_it_all_the_same() -> None:
    def work(unit: int) -> None:
        if unit == 2:
            with contextlib.suppress(BaseException):  # as a library might
                signal.raise_signal(signal.SIGINT)

    assert done_until_stopped(work) == [0, 1, 2]


def test_work_in_this_process_is_dropped_at_once() -> None:
    def work(unit: int) -> None:
        if unit == 2:
            signal.raise_signal(signal.SIGINT)

    assert done_until_stopped(work) == [0, 1]


def test_the_second_request_is_told_from_the_first() -> None:
    with Interrupts() as interrupts:
        signal.raise_signal(signal.SIGINT)
        assert (interrupts.asked, interrupts.again) == (True, False)
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            assert interrupts.again


class Never(Executor):
    """Takes work and does not begin with it, as a process that is still starting."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        found: Future[Any] = Future()
        found.set_running_or_notify_cancel()
        return found


def test_what_processes_have_at_work_is_dropped_and_not_waited_for() -> None:
    units = iter(range(5))

    def ask() -> None:
        signal.raise_signal(signal.SIGINT)

    with Interrupts() as interrupts:
        job = Job(abs, lambda: next(units, None), lambda unit, made: None, order=int, tick=ask, drops=True)
        with pytest.raises(KeyboardInterrupt):
            keep_busy(job, Never(), 2, interrupts)
        assert interrupts.asked


def test_a_chunk_is_short_enough_to_wait_for() -> None:
    assert _CHUNK_SECONDS <= 0.5
