"""Between worlds: each world is played under every arm, and of its timelines only means and their errors are kept.

All worlds and arms meet the same replications. Worlds are played some at a time; what they come to can be kept after
each time, so that a run that is stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from timeline.analysis.samples import sample
from timeline.arrays import Floats
from timeline.engines.batch import Batch
from timeline.model.values import Number
from timeline.playing.errands import Away, Sent, as_bytes, from_bytes
from timeline.playing.runner import Interrupted, Interrupts
from timeline.playing.tasks import Task, world_of
from timeline.playing.values import values
from timeline.study.yardsticks import Yardstick

#: Worlds that are played at a time.
BLOCK = 20


@dataclass(frozen=True, eq=False)
class WorldMeans:
    """What worlds come to under each arm, one entry a measure.

    Attributes
    ----------
    mean
        Shape (worlds, measures, arms); NaN where no timeline of a world counts.
    covariance
        Of the means' errors, shape (worlds, measures, arms, arms): arms share their luck.
    inside
        Variance between the replications of a world, shape (worlds, measures, arms).
    counted
        How many replications count, shape (worlds, measures, arms).
    luck
        What each replication adds to the error of the means, summed over worlds, shape (measures, arms, replications):
        worlds that meet the same replications err together.
    replications
        Of each world under each arm.
    """

    mean: Floats
    covariance: Floats
    inside: Floats
    counted: Floats
    luck: Floats
    replications: int


def world_means(
    tasks: Sequence[Task],
    worlds: Sequence[Mapping[str, Number]],
    yardsticks: Sequence[Yardstick],
    replications: int,
    workers: int,
    begun: Mapping[str, Floats] | None = None,
    keep: Callable[[Mapping[str, Floats]], None] = lambda _: None,
    moved: Callable[[int, int], None] = lambda _done, _all: None,
    away: Away | None = None,
) -> WorldMeans:
    """Play worlds under every arm.

    Parameters
    ----------
    tasks
        The arms; their replications are not looked at.
    worlds
        What each assumes otherwise, as the model's code sees it.
    yardsticks
        The measures.
    replications
        Of each world under each arm, the same in all.
    workers
        Threads.
    begun
        What was kept of the first worlds.
    keep
        Given all that is known after each block of worlds.
    moved
        Told (timelines done, timelines to play).
    away
        Workers elsewhere that play instead.

    Raises
    ------
    RunError
        From a replication that goes wrong.
    Interrupted
        After Ctrl-C while workers elsewhere play.
    """
    done = 0 if begun is None else len(begun["mean"])
    each = len(tasks) * replications
    so_far = _SoFar(begun, keep, lambda many: moved(many * each, len(worlds) * each))
    blocks = [range(first, min(first + BLOCK, len(worlds))) for first in range(done, len(worlds), BLOCK)]
    given = tuple(yardsticks), replications
    if away is None:
        arms = [world_of(task) for task in tasks]
        for number, block in enumerate(blocks):
            batch = Batch(arms, worlds[block.start : block.stop])
            so_far.take(number, _played(batch, *given, workers))
    else:
        with Interrupts() as interrupts:
            pieces = ((block, given) for block in blocks)
            take = _taken(so_far)
            away.each(_played_away, tasks, worlds, pieces, take, interrupts)
            if interrupts.asked:
                raise Interrupted("Stopped; the worlds that were played are kept. Run it again to go on.")
    assert so_far.found is not None
    return WorldMeans(**so_far.found, replications=replications)


def _played(batch: Batch, yardsticks: tuple[Yardstick, ...], replications: int, workers: int = 1) -> dict[str, Floats]:
    samplers = [partial(sample, yardstick) for yardstick in yardsticks]
    return _summed(np.asarray(values(batch, samplers, 0, replications, workers), np.float64))


def _played_away(sent: Sent, given: tuple[tuple[Yardstick, ...], int]) -> tuple[bytes, ...]:
    """Play a block elsewhere."""
    return (as_bytes(_played(sent.batch, *given)),)


def _taken(so_far: _SoFar) -> Callable[[int, tuple[bytes, ...]], None]:
    return lambda number, parts: so_far.take(number, from_bytes(parts[0]))


class _SoFar:
    """What is known: blocks come in any order, and are joined in that of the worlds."""

    def __init__(
        self,
        begun: Mapping[str, Floats] | None,
        keep: Callable[[Mapping[str, Floats]], None],
        moved: Callable[[int], None],
    ) -> None:
        self.found = None if begun is None else dict(begun)
        self.keep, self.moved = keep, moved
        self.waiting: dict[int, Mapping[str, Floats]] = {}
        self.next = 0

    def take(self, number: int, block: Mapping[str, Floats]) -> None:
        """Take a block, and join all that follow on each other."""
        self.waiting[number] = block
        while self.next in self.waiting:
            own = self.waiting.pop(self.next)
            self.found = dict(own) if self.found is None else _joined([self.found, own])
            self.next += 1
            self.keep(self.found)
            self.moved(len(self.found["mean"]))


def _joined(parts: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "luck"}
    return {**found, "luck": np.sum([part["luck"] for part in parts], axis=0)}


def _summed(played: Floats) -> dict[str, Floats]:
    """Reduce values (worlds, arms, measures, replications) to means, and to their errors by the delta method."""
    by_measure: Any = np.moveaxis(played, 1, 2)
    counts = ~np.isnan(by_measure)
    counted = counts.sum(axis=3).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counts, by_measure, 0.0).sum(axis=3) / counted
        # What one replication adds to the error of a mean among those that count; those that do not, add nothing.
        apart = np.where(counts, by_measure - mean[..., None], 0.0)
        inside = (apart**2).sum(axis=3) / (counted - 1)
        weighed = np.where(counted[..., None] > 0, apart / counted[..., None], 0.0)
    many = played.shape[3]
    covariance = np.einsum("wmar,wmbr->wmab", weighed, weighed) * many / (many - 1)
    return {
        "mean": mean,
        "covariance": covariance,
        "inside": inside,
        "counted": counted,
        "luck": weighed.sum(axis=0),
    }
