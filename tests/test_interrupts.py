"""Ctrl-C as a request: it is kept, whatever the work does with it."""

from __future__ import annotations

import contextlib
import signal

from timeline.playing.executors import Here
from timeline.playing.run import _CHUNK_SECONDS
from timeline.playing.runner import Interrupts, Job, keep_busy


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


def test_a_chunk_is_short_enough_to_wait_for() -> None:
    assert 2 * _CHUNK_SECONDS <= 1.0  # the one at work, and the one that a process has in reserve
