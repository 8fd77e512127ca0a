"""Errands: what some worlds come to, found out by workers elsewhere and sent back as bytes.

As with rows, a worker needs this program and nothing else: it gets the model's sources, checked by their hash, and
sends back what it found with what it played them with.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from timeline.engines.batch import Batch
from timeline.errors import RunError
from timeline.playing.machine import Machine, this_machine
from timeline.playing.parcels import Sender, at_work, require_same_libraries
from timeline.playing.runner import Interrupts, Job, keep_busy
from timeline.playing.tasks import Task, world_of
from timeline.workspace import Workspace

if TYPE_CHECKING:
    from timeline.engines.world import World
    from timeline.model.values import Number
    from timeline.study.experiment import Experiment

Asked = TypeVar("Asked")


@dataclass(frozen=True)
class Sent:
    """What an errand has brought to a worker.

    Attributes
    ----------
    arms, worlds
        What is played, and what each world assumes otherwise.
    workspace
        Where the model's sources lie on the worker.
    """

    arms: tuple[World, ...]
    worlds: tuple[Mapping[str, Number], ...]
    workspace: Workspace

    @property
    def batch(self) -> Batch:
        """The worlds under the arms."""
        return Batch(self.arms, self.worlds)


#: Finds something out of what was sent: a module-level function, given plain data, that returns bytes.
Find = Callable[[Sent, Asked], tuple[bytes, ...]]


@dataclass(frozen=True)
class Errand(Generic[Asked]):
    """Some worlds, what is asked of them, and all that finding it out takes.

    Attributes
    ----------
    number
        Which errand it is.
    find, given
        What finds it out, and what it is told.
    tasks, worlds
        The arms, and what each world assumes otherwise.
    sources, digest
        The model's files, see `timeline.playing.parcels.pack_sources`, and their sha256.
    sender
        Who asks: a worker with other libraries does not play.
    """

    number: int
    find: Find[Asked]
    given: Asked
    tasks: tuple[Task, ...]
    worlds: tuple[Mapping[str, Number], ...]
    sources: bytes
    digest: str
    sender: Machine


@dataclass(frozen=True)
class Found:
    """What an errand has found, and who did it."""

    worker: Machine
    parts: tuple[bytes, ...]


def run_errand(errand: Errand[Any]) -> Found:
    """Do an errand, on whatever machine this is.

    Raises
    ------
    ModelError
        If the sources are not those that were sent.
    RunError
        If a replication has to stop.
    """
    worker = this_machine()
    if worker.differs_from(errand.sender):
        return Found(worker, ())
    with at_work(errand.sources, errand.digest, errand.tasks[0].workspace) as folder:
        arms = tuple(world_of(replace(task, workspace=folder)) for task in errand.tasks)
        place = Workspace(Path(folder), errand.tasks[0].stands_for)
        return Found(worker, errand.find(Sent(arms, errand.worlds, place), errand.given))


@dataclass(frozen=True)
class Away:
    """Workers elsewhere, and what they are sent.

    Attributes
    ----------
    experiment
        What is run.
    executor
        Who gives them work.
    workers
        How many errands they do at once.
    watch
        Called now and then; raises if there is no use in waiting.
    say
        Called with a sentence for the user.
    """

    experiment: Experiment
    executor: Executor
    workers: int
    watch: Callable[[], None] = lambda: None
    say: Callable[[str], None] = lambda text: None

    def each(
        self,
        find: Find[Asked],
        tasks: Sequence[Task],
        worlds: Sequence[Mapping[str, Number]],
        pieces: Iterable[tuple[range, Asked]],
        take: Callable[[int, tuple[bytes, ...]], None],
        interrupts: Interrupts,
        *,
        claims: bool = False,
    ) -> None:
        """Have errands done, one a piece of the worlds, in any order.

        Parameters
        ----------
        find
            Finds it out.
        tasks, worlds
            Arms and worlds.
        pieces
            Which worlds, and what the errand is told.
        take
            Asked the number of the errand and what it found.
        interrupts
            Whether the user wants to stop.
        claims
            Whether workers need what ``models/claims.py`` declares.

        Raises
        ------
        RunError, ModelError
            From a replication; or if a worker has other libraries.
        ExecutorLost
            If the workers are gone.
        """
        sender, own = Sender(self.experiment, self.say, claims=claims), this_machine()
        packed = [sender.pack(task) for task in tasks]
        plain, one = tuple(parcel.task for parcel in packed), packed[0]

        def errands() -> Iterator[Errand[Asked]]:
            for number, (some, given) in enumerate(pieces):
                own_worlds = tuple(worlds[some.start : some.stop])
                yield Errand(number, find, given, plain, own_worlds, one.sources, one.digest, one.sender)

        def taken(errand: Errand[Asked], found: Found) -> None:
            require_same_libraries(found.worker, own)
            take(errand.number, found.parts)

        waiting = errands()
        job = Job(
            run_errand, lambda: next(waiting, None), taken, lambda errand: errand.number, "errands", self.watch, tries=5
        )
        keep_busy(job, self.executor, self.workers + 2, interrupts, self.say)


def as_bytes(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return arrays as bytes.

    Examples
    --------
    >>> {name: array.tolist() for name, array in from_bytes(as_bytes({"a": np.arange(3)})).items()}
    {'a': [0, 1, 2]}
    """
    room = io.BytesIO()
    np.savez(room, **dict(arrays))  # type: ignore[arg-type]
    return room.getvalue()


def from_bytes(data: bytes) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of `as_bytes`.

    Raises
    ------
    RunError
        If they are something else.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            return {name: kept[name] for name in kept.files}
    except Exception:
        raise RunError("a worker sent back something else than numbers; run the same command again") from None
