"""A job done in this process, unit after unit, whose result is an answer and no folder."""

from __future__ import annotations

from collections.abc import Callable

from timeline.playing.executors import Here
from timeline.playing.runner import Interrupted, Interrupts, Job, Made, Work, keep_busy


def do_here(job: Job[Work, Made], say: Callable[[str], None]) -> None:
    """Do a job's units one after the other, in this process.

    Parameters
    ----------
    job
        What is to be done.
    say
        Called with a sentence for the user.

    Raises
    ------
    Interrupted
        After Ctrl-C.
    TimelineError
        The problem of the first unit that had one.

    Examples
    --------
    >>> units, squares = iter([3, 1, 2]), []
    >>> do_here(Job(lambda x: x * x, lambda: next(units, None), lambda x, y: squares.append(y), order=int), print)
    >>> squares
    [9, 1, 4]
    """
    with Interrupts() as interrupts:
        keep_busy(job, Here(interrupts), 1, interrupts, say)
    if interrupts.asked:
        raise Interrupted("Stopped; nothing was kept.")
