"""Who plays: threads or processes of this machine, any executor, or a cluster, which is asked once there is work."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from timeline.playing.cluster import Cluster


class Crew:
    """Who plays, held as long as the crew is entered.

    Parameters
    ----------
    workers
        How many threads or processes of this machine, or workers of the executor.
    executor
        Any whose workers have this program.
    cluster
        ``"local"``, or the address of a Dask scheduler; instead of an executor.
    say
        Told in a sentence if workers stay away.

    Raises
    ------
    ConfigError
        If the address is none, or Dask is not installed.
    """

    def __init__(
        self, workers: int, executor: Executor | None, cluster: str | None, say: Callable[[str], None]
    ) -> None:
        if cluster is not None:
            from timeline.playing.cluster import require_cluster

            require_cluster(cluster)
        self._workers, self._executor, self._address, self._say = workers, executor, cluster, say
        self._stack = ExitStack()
        self._cluster: Cluster | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *problem: object) -> None:
        self._stack.close()

    def options(self, work: bool) -> dict[str, Any]:
        """Return what `timeline.playing.run.run` is told about them, if there is work or none."""
        if self._address is None or not work:
            return {"workers": self._workers, "executor": self._executor}
        if self._cluster is None:
            from timeline.playing.cluster import connect

            self._cluster = self._stack.enter_context(connect(self._address, self._workers, self._say))
        return vars(self._cluster)
