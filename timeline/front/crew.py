"""Who plays: this machine's threads or processes, a cluster, or any executor that is given."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError

if TYPE_CHECKING:
    from types import TracebackType

    from timeline.playing.cluster import Cluster
    from timeline.playing.errands import Away
    from timeline.study.experiment import Experiment


class Crew:
    """Those who play; a cluster is asked only once there is work.

    Parameters
    ----------
    workers
        How many threads or processes of this machine; of a cluster of its own, how many processes.
    executor
        Plays instead.
    cluster
        ``"local"``, or the address of a scheduler; plays instead.
    say
        Called with a sentence for the user.

    Attributes
    ----------
    workers
        How many threads or processes of this machine.

    Raises
    ------
    ConfigError
        If both an executor and a cluster are given, the address is none, or what a cluster needs is not installed.
    """

    def __init__(
        self,
        workers: int,
        executor: Executor | None = None,
        cluster: str | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        if executor is not None and cluster is not None:
            raise ConfigError("run: given an executor and a cluster, expected one of them")
        if cluster is not None:
            from timeline.playing.cluster import require_cluster

            require_cluster(cluster)
        self.workers = workers
        self._executor, self._address, self._say = executor, cluster, say
        self._stack = ExitStack()
        self._cluster: Cluster | None = None

    def __enter__(self) -> Crew:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def options(self, work: bool) -> dict[str, Any]:
        """Return what `timeline.playing.run.run` is told about them; ``work`` says whether there is any."""
        if self._executor is not None:
            return {"workers": self.workers, "executor": self._executor}
        if self._address is None or not work:
            return {"workers": self.workers}
        if self._cluster is None:
            from timeline.playing.cluster import connect

            self._cluster = self._stack.enter_context(connect(self._address, self.workers, self._say))
        return vars(self._cluster)

    def away(self, experiment: Experiment, say: Callable[[str], None]) -> Away | None:
        """Return workers elsewhere that worlds can be sent to; None if this process plays."""
        from timeline.playing.errands import Away

        given = self.options(work=True)
        return Away(experiment, **given, say=say) if "executor" in given else None
