"""Values: one number a replication of many worlds under many arms, in memory; or histories, or rows.

A unit of work is one world under one arm and a stretch of its replications. Threads take units in order: the
compiled loop lets go of Python's lock, so that they play side by side, and between two loops a unit costs
Python little. No row outlives its unit.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.analysis.histories import Histories, Reader
from timeline.analysis.samples import Sample
from timeline.arrays import Rows
from timeline.engines.batch import Batch, Player, require_agreement
from timeline.errors import RunError

Progress = Callable[[int, int], None]

#: What turns histories into one value a replication, and says which replications count.
Sampler = Callable[[Histories], Sample]

#: The most replications of a unit: their rows stay in the processor's cache or near it.
PIECE = 500
#: One timeline in so many is played by the reference engine too, counted over worlds, arms and replications.
CHECKED, CHECKED_EVERY = 100, 10_000


def values(
    batch: Batch,
    samplers: Sequence[Sampler],
    first: int,
    count: int,
    workers: int = 1,
    kind: type[np.floating[Any]] = np.float64,
    progress: Progress | None = None,
) -> npt.NDArray[np.floating[Any]]:
    """Play every world under every arm; return what is measured of each replication.

    One timeline in ten thousand is played by the reference engine too, and must come out the same.

    Parameters
    ----------
    batch
        Worlds and arms.
    samplers
        One a measure: from histories to values and who counts.
    first, count
        The replications ``first`` to ``first + count - 1`` are played, the same in each world and arm.
    workers
        How many threads, from 1 on; the values do not depend on it.
    kind
        ``numpy.float32`` takes half the memory of what is returned, and seven digits are left.
    progress
        Called with (timelines done, timelines to play), by the thread that called.

    Returns
    -------
    ndarray
        Shape (worlds, arms, measures, count); NaN where a replication does not count.

    Raises
    ------
    RunError
        From the first replication that goes wrong; or if ``count`` or ``workers`` is less than 1.
    ModelError
        If a path of a world names no field.
    TimelineError
        If a row is not what the model's endpoints say, or it has none.
    KeyboardInterrupt
        After Ctrl-C, once the threads have played what they had begun: a fraction of a second.
    """
    work, told = _Work(batch, first, count), _Told(batch)
    made = np.empty((len(batch.worlds), len(batch.arms), len(samplers), count), kind)

    def keep(unit: _Unit, rows: Rows) -> int | None:
        histories = told.histories(unit, rows)
        begin = unit.first - first
        room = made[unit.world, unit.arm, :, begin : begin + unit.count]
        for number, sampler in enumerate(samplers):
            sample = sampler(histories)
            room[number] = np.where(sample.among, sample.values, np.nan)
        return None if progress is None else unit.count

    done, total = 0, made.shape[0] * made.shape[1] * count
    for more in _played(work, workers, keep):
        assert progress is not None
        done += more
        progress(done, total)
    return made


def each(
    batch: Batch, first: int, count: int, workers: int = 1, piece: int = PIECE
) -> Iterator[tuple[int, int, Histories]]:
    """Play every world under every arm; yield (world, arm, histories) piece by piece, in any order.

    For what is summed up as it comes: a few pieces at most are in memory. A caller that stops early stops
    the threads.

    Parameters
    ----------
    batch, first, count, workers
        As for `values`.
    piece
        The most replications of a piece. Pieces begin at the same replications in each world and arm.

    Yields
    ------
    tuple
        The world's and the arm's place in the batch, and what became of some of its replications.

    Raises
    ------
    RunError, ModelError, TimelineError, KeyboardInterrupt
        As `values`.
    """
    work, told = _Work(batch, first, count, piece), _Told(batch)
    return _played(work, workers, lambda unit, rows: (unit.world, unit.arm, told.histories(unit, rows)))


def rows(
    batch: Batch, first: int, count: int, *, piece: int = PIECE, replayed: bool = True
) -> Iterator[tuple[int, int, Rows]]:
    """Play every world under every arm; yield (world, arm, rows) piece by piece, in order.

    Parameters
    ----------
    batch, first, count, piece
        As for `each`.
    replayed
        Whether the reference engine plays one timeline in ten thousand too.

    Yields
    ------
    tuple
        The world's and the arm's place in the batch, and the rows of some of its replications.

    Raises
    ------
    RunError, ModelError, KeyboardInterrupt
        As `values`.
    """
    work = _Work(batch, first, count, piece, replayed)
    return _played(work, 1, lambda unit, made: (unit.world, unit.arm, made.copy()))


@dataclass(frozen=True)
class _Unit:
    """A stretch of the replications of one world under one arm; its number is its place in the order of work."""

    number: int
    world: int
    arm: int
    first: int
    count: int


@dataclass(frozen=True)
class _Work:
    """All units of a batch, and how one is played."""

    batch: Batch
    first: int
    count: int
    piece: int = PIECE
    replayed: bool = True

    def __post_init__(self) -> None:
        for name, given in (("replications", self.count), ("replications a piece", self.piece)):
            if given < 1:
                raise RunError(f"{given} {name} asked for, expected 1 or more")

    def unit(self, number: int) -> _Unit | None:
        """Return a unit by its number; None if there are no more."""
        each_arm, piece = divmod(number, -(-self.count // self.piece))
        world, arm = divmod(each_arm, len(self.batch.arms))
        if world >= len(self.batch.worlds):
            return None
        begin = piece * self.piece
        return _Unit(number, world, arm, self.first + begin, min(self.piece, self.count - begin))

    def play(self, player: Player, unit: _Unit) -> Rows:
        """Play a unit; its rows are to be read before the player's next."""
        made = player.play(unit.world, unit.arm, unit.first, unit.count)
        if self.replayed:
            require_agreement(lambda: self.batch.world(unit.world, unit.arm), unit.first, made, self._checked(unit))
        return made

    def _checked(self, unit: _Unit) -> range:
        """Return which replications of a unit the reference engine plays too."""
        before = (unit.world * len(self.batch.arms) + unit.arm) * self.count + unit.first - self.first
        return range(unit.first + (CHECKED - before) % CHECKED_EVERY, unit.first + unit.count, CHECKED_EVERY)


class _Told:
    """What became of the replications of a batch's units."""

    def __init__(self, batch: Batch) -> None:
        self.batch, self.reader = batch, Reader(batch.model)

    def histories(self, unit: _Unit, rows: Rows) -> Histories:
        arm = self.batch.arms[unit.arm]
        where = f"{arm.label or self.batch.model.name}, worlds[{unit.world}]"
        return self.reader.read(rows, arm.horizon, where)


def _played(work: _Work, workers: int, take: Callable[[_Unit, Rows], Any]) -> Iterator[Any]:
    """Have threads play all units; yield what ``take`` makes of each in its thread, unless that is None."""
    if workers < 1:
        raise RunError(f"{workers} workers given, expected 1 or more")
    crew = _Crew(work, take, threading.Semaphore(2 * workers))
    threads = [threading.Thread(target=crew.work, name=f"worlds-{number}") for number in range(workers)]
    try:
        for thread in threads:
            thread.start()
        finished = 0
        while finished < workers:
            result = crew.ready.get()
            if result is _FINISHED:
                finished += 1
            else:
                yield result
                crew.places.release()
    finally:
        # Ctrl-C, or a caller who wants no more: whoever waits for a place is to see that there is no more to do.
        crew.stopped.set()
        crew.places.release(workers)
        for thread in threads:
            if thread.ident is not None:
                thread.join()
    if crew.problems:
        raise min(crew.problems, key=lambda known: known[0])[1]


_FINISHED = object()


@dataclass
class _Crew:
    """What the threads share.

    Attributes
    ----------
    places
        As many as there may be results that nobody has taken yet: a slow caller makes the threads wait, and
        memory stays bounded.
    """

    work_to_do: _Work
    take: Callable[[_Unit, Rows], Any]
    places: threading.Semaphore
    numbers: Iterator[int] = field(default_factory=itertools.count)
    ready: SimpleQueue[Any] = field(default_factory=SimpleQueue)
    stopped: threading.Event = field(default_factory=threading.Event)
    problems: list[tuple[int, BaseException]] = field(default_factory=list)

    def work(self) -> None:
        """Play units until there are no more, or something goes wrong; what has begun is played to its end.

        Units begin in order, so that the first of those that go wrong is the same whatever the threads do.
        """
        player = self.work_to_do.batch.player()
        while True:
            self.places.acquire()
            unit = None if self.stopped.is_set() else self.work_to_do.unit(next(self.numbers))
            if unit is None:
                break
            try:
                result = self.take(unit, self.work_to_do.play(player, unit))
            except BaseException as problem:
                self.problems.append((unit.number, problem))
                self.stopped.set()
                break
            if result is None:
                self.places.release()
            else:
                self.ready.put(result)
        self.places.release()
        self.ready.put(_FINISHED)
