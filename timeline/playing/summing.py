"""Summaries of many worlds: timelines are played, counted and forgotten, here or on other machines.

A unit of work is a few worlds under every arm, and a stretch of their replications. It comes back as one summary a
world: some kilobytes, however many timelines it stands for. Summaries merge exactly, so that neither the cut nor the
order matters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from timeline.analysis.histories import Reader
from timeline.analysis.summaries import Summaries
from timeline.analysis.summary_settings import SummarySettings
from timeline.analysis.world_summary import WorldSummary
from timeline.engines.batch import Batch, Player
from timeline.playing import executors
from timeline.playing.errands import Away, Sent
from timeline.playing.listener import Listener
from timeline.playing.runner import ExecutorLost, Interrupted, Interrupts, Job, keep_busy
from timeline.playing.tasks import Task, world_of

if TYPE_CHECKING:
    from timeline.model.values import Number
    from timeline.study.experiment import Experiment

#: Replications of a world that are played at a time: their rows stay in the processor's cache or near it.
STRETCH = 500
#: Timelines of a unit that other processes or machines play, at least: asking for one takes milliseconds.
TIMELINES = 20_000


@dataclass(frozen=True)
class WorldUnit:
    """A few worlds, from number `begin` to before `end`, and a stretch of their replications."""

    begin: int
    end: int
    first: int
    count: int


def sum_up(
    experiment: Experiment,
    tasks: Mapping[str, Task],
    worlds: tuple[Mapping[str, Number], ...],
    settings: SummarySettings,
    first: int,
    count: int,
    *,
    workers: int = 1,
    executor: Executor | None = None,
    listener: Listener | None = None,
) -> Summaries:
    """Play every world under every cadence, and keep a summary of each.

    Parameters
    ----------
    experiment
        The config.
    tasks
        For each cadence of ``settings``, its task; the replications of the task are not looked at.
    worlds
        What each world assumes otherwise, by path, as the model's code sees it.
    settings
        What is kept.
    first, count
        The replications ``first`` to ``first + count - 1``.
    workers
        How many threads; of an executor, how many workers it has.
    executor
        Plays instead, here or on other machines.
    listener
        Told how many timelines are done, and of strange processors.

    Raises
    ------
    RunError, ModelError
        From a replication; or if a worker has other libraries.
    Interrupted
        After Ctrl-C.
    """
    told = listener or Listener()
    summaries, done = Summaries(settings), 0
    total = len(worlds) * len(tasks) * count

    def take(unit: WorldUnit, made: tuple[WorldSummary, ...]) -> None:
        nonlocal done
        for summary in made:
            summaries.add(summary)
        done += (unit.end - unit.begin) * len(tasks) * unit.count
        told.moved(done, total)

    units = _units(len(worlds), len(tasks), first, count, wide=executor is not None)
    with Interrupts() as interrupts:
        try:
            if executor is None:
                _here(
                    Batch([world_of(task) for task in tasks.values()], worlds),
                    settings,
                    units,
                    take,
                    workers,
                    interrupts,
                )
            else:
                away = Away(experiment, executor, workers, say=told.said)
                away.each(
                    _summed,
                    tuple(tasks.values()),
                    worlds,
                    ((range(unit.begin, unit.end), (settings, unit)) for unit in units),
                    lambda number, parts: take(units[number], _read(parts, settings)),
                    interrupts,
                )
        except ExecutorLost as problem:
            raise ExecutorLost(f"{problem}; nothing was kept, call it again with an executor that works") from None
        if interrupts.asked:
            raise Interrupted(f"Stopped after {done:,} of {total:,} timelines; nothing was kept.")
    return summaries


def _here(
    batch: Batch,
    settings: SummarySettings,
    units: Sequence[WorldUnit],
    take: Callable[[WorldUnit, tuple[WorldSummary, ...]], None],
    workers: int,
    interrupts: Interrupts,
) -> None:
    """Play units with threads of this process."""
    summer, waiting = _Summer(batch, settings), iter(units)
    job = Job(summer.play, lambda: next(waiting, None), take, lambda unit: unit.begin)
    with executors.threads(workers) as playing:
        keep_busy(job, playing, workers + 2, interrupts)


def _units(worlds: int, arms: int, first: int, count: int, wide: bool) -> list[WorldUnit]:
    """Cut worlds times replications into units.

    Examples
    --------
    >>> _units(2, 1, 0, 600, wide=False)
    [WorldUnit(begin=0, end=1, first=0, count=500), WorldUnit(begin=0, end=1, first=500, count=100),
     WorldUnit(begin=1, end=2, first=0, count=500), WorldUnit(begin=1, end=2, first=500, count=100)]
    """
    many = max(1, -(-TIMELINES // (arms * min(count, STRETCH)))) if wide else 1
    return [
        WorldUnit(begin, min(begin + many, worlds), at, min(STRETCH, first + count - at))
        for begin, at in product(range(0, worlds, many), range(first, first + count, STRETCH))
    ]


class _Summer:
    """Plays units of a batch; may be used by several threads at once."""

    def __init__(self, batch: Batch, settings: SummarySettings) -> None:
        self.batch, self.settings = batch, settings
        self.reader = Reader(batch.model, settings.endpoints)

    def play(self, unit: WorldUnit) -> tuple[WorldSummary, ...]:
        """Return a summary a world."""
        player = self.batch.player()
        return tuple(self._world(player, world, unit) for world in range(unit.begin, unit.end))

    def _world(self, player: Player, world: int, unit: WorldUnit) -> WorldSummary:
        histories = {
            cadence: self.reader.read(
                player.play(world, arm, unit.first, unit.count), self.settings.window.horizon, cadence
            )
            for arm, cadence in enumerate(self.settings.cadences)
        }
        return WorldSummary.of(histories, self.settings, world)


def _summed(sent: Sent, given: tuple[SummarySettings, WorldUnit]) -> tuple[bytes, ...]:
    """Play a unit elsewhere; only its own worlds were sent."""
    settings, unit = given
    summaries = _Summer(sent.batch, settings).play(replace(unit, begin=0, end=unit.end - unit.begin))
    return tuple(replace(summary, world=unit.begin + summary.world).to_bytes() for summary in summaries)


def _read(parts: tuple[bytes, ...], settings: SummarySettings) -> tuple[WorldSummary, ...]:
    return tuple(WorldSummary.from_bytes(data, settings) for data in parts)
