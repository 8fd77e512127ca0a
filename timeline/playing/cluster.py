"""Workers of a Dask cluster, on this machine or on others, as an executor for `timeline.playing.run.run`."""

from __future__ import annotations

import logging
import re
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from timeline.errors import ConfigError, RunError
from timeline.playing.runner import ExecutorLost

#: Seconds within which a scheduler has to answer.
_PATIENCE = 10.0
#: Seconds without workers after which the user is told.
_LONELY = 5.0

_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://\S+:\d+")
#: What distributed and those it stands on tell while workers come and go.
_LOGGERS = ("distributed", "tornado", "asyncio", "bokeh")


@dataclass(frozen=True)
class Cluster:
    """Workers that are at hand.

    Attributes
    ----------
    executor
        Gives them work.
    workers
        How many chunks they play at once.
    watch
        Raises an `ExecutorLost` if there is no use in waiting for them.
    """

    executor: Executor
    workers: int
    watch: Callable[[], None]


def require_cluster(address: str) -> None:
    """Refuse an address that is none, or any if Dask is not installed.

    Raises
    ------
    ConfigError
        With what is expected, or how it is installed.

    Examples
    --------
    >>> require_cluster("tcp:/10.0.0.7")
    Traceback (most recent call last):
    ...
    timeline.errors.ConfigError: --cluster: given "tcp:/10.0.0.7", expected "local", or the address of a Dask
    scheduler such as tcp://10.0.0.7:8786
    """
    if address != "local" and not _ADDRESS.fullmatch(address):
        raise ConfigError(
            f'--cluster: given "{address}", expected "local", or the address of a Dask scheduler such as '
            "tcp://10.0.0.7:8786"
        )
    try:
        import distributed  # noqa: F401
    except ImportError:
        raise ConfigError(
            "--cluster needs Dask, which is not installed: pip install 'crisis-timeline[cluster]'"
        ) from None


@contextmanager
def connect(address: str, workers: int, say: Callable[[str], None] = lambda text: None) -> Iterator[Cluster]:
    """Give the workers of a cluster.

    Parameters
    ----------
    address
        ``"local"`` for worker processes of this machine, or the address of a Dask scheduler.
    workers
        How many processes, for ``"local"``.
    say
        Called with a sentence for the user.

    Raises
    ------
    ConfigError
        As `require_cluster`.
    RunError
        If the scheduler cannot be reached.
    """
    require_cluster(address)
    import distributed

    dask: Any = distributed
    with ExitStack() as stack:
        stack.enter_context(_quiet())
        place = stack.enter_context(_local(workers)) if address == "local" else address
        try:
            client = dask.Client(place, timeout=_PATIENCE, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as problem:
            raise RunError(
                f"--cluster {address}: no scheduler answers there ({_first_words(problem)}); nothing was lost: start "
                "it by `dask scheduler`, or check the address, and run the same command again"
            ) from None
        stack.callback(_close, client)
        count = max(1, _threads(client))
        executor = client.get_executor(pure=False)
        yield Cluster(executor, count, _Watch(client, address, say))


@contextmanager
def _local(workers: int) -> Iterator[Any]:
    """Start a scheduler and workers on this machine, that only this machine can reach."""
    import distributed

    dask: Any = distributed
    with tempfile.TemporaryDirectory(prefix="timeline-workers-") as folder:
        cluster = dask.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            silence_logs=logging.CRITICAL,
            local_directory=folder,
            memory_limit=0,
            preload=["timeline.playing.cluster"],
        )
        try:
            yield cluster
        finally:
            cluster.close(timeout=_PATIENCE)


def dask_setup(worker: Any) -> None:
    """Leave Ctrl-C to the client: Dask calls this in each worker of this machine."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)


class _Watch:
    """Looks whether there is somebody to wait for."""

    def __init__(self, client: Any, address: str, say: Callable[[str], None]) -> None:
        self._client, self._address, self._say = client, address, say
        self._since: float | None = None

    def __call__(self) -> None:
        if self._client.status != "running":
            raise ExecutorLost(f"--cluster {self._address}: the scheduler has gone away")
        if _threads(self._client):
            self._since = None
        elif self._since is None:
            self._since = time.monotonic()
        elif time.monotonic() > self._since + _LONELY:
            self._since = float("inf")
            self._say(f"--cluster {self._address}: there are no workers; waiting for some.")


def _threads(client: Any) -> int:
    """Return how many chunks the workers play at once, as the client knows it."""
    return int(client.scheduler_info().get("total_threads", 0))


def _close(client: Any) -> None:
    # A scheduler that has gone away cannot say goodbye.
    with suppress(Exception):
        client.close(timeout=2)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what others log while workers come and go: what matters is said in sentences."""
    before = {name: logging.getLogger(name).level for name in _LOGGERS}
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)


def _first_words(problem: BaseException) -> str:
    return " ".join(str(problem).split())[:120] or type(problem).__name__
