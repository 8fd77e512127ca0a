"""Work that is done in a process of its own while this one goes on: the effects are compiled so.

It is a copy of this process, which needs no start of its own and has the model's functions at hand. A copy of a
process with threads may stand still, if it waits for what another thread held; so it is only waited for so long,
and whoever asked can do without it.
"""

from __future__ import annotations

import os
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

#: Seconds after which the copy is given up: several times what it needs.
PATIENCE = 60.0


def a_core_is_free() -> bool:
    """Return whether this process may run on two cores, on a system where copies of processes are safe enough."""
    # Elsewhere than on Linux system libraries may refuse to work in a copy.
    return hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) > 1


@contextmanager
def meanwhile(work: Callable[[], object]) -> Iterator[Callable[[], bool]]:
    """Do work in a copy of this process; give a function that waits for it and says whether it was done.

    Parameters
    ----------
    work
        What to do; only what it leaves on disk is of use.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of copies of processes with threads; see above
        try:
            copy: int | None = os.fork()
        except OSError:
            copy = None
    if copy == 0:
        _done_quietly(work)
    found: list[bool] = []

    def done() -> bool:
        if copy is None:
            return False
        if not found:
            found.append(_waited(copy))
        return found[0]

    try:
        yield done
    finally:
        if copy is not None and not found:
            _end(copy)


def _done_quietly(work: Callable[[], object]) -> None:
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        work()
        status = 0
    finally:
        # Nothing of what this process had meant to do at its end.
        os._exit(status)


def _waited(copy: int) -> bool:
    given_up = time.monotonic() + PATIENCE
    while time.monotonic() < given_up:
        ended, status = os.waitpid(copy, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.01)
    _end(copy)
    return False


def _end(copy: int) -> None:
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)
