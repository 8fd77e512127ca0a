"""Targeting: worlds are played until it is known how far they lie from their targets, and no further.

Few timelines tell a hopeless world. So worlds are played in stages, and given up at the first stage that puts them
farther off than asked for, even if every estimate errs against them. A world's luck is one of its coordinates: the
same world has the same distance whenever it is asked, and a world that is moved keeps its luck, so that the distance
changes smoothly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from timeline.analysis.moving import Evaluated
from timeline.analysis.targets import Nearness, TargetReader, nearness
from timeline.arrays import Floats, Places
from timeline.engines.batch import Batch, Player, require_agreement
from timeline.engines.world import World
from timeline.model.values import Number
from timeline.study.drawn import WorldSpace

#: A world is given up if it is too far off even with every estimate so many standard errors better. One in five of
#: those that would be accepted is given up so, and half of the timelines are saved.
SLACK = 1.5
#: What part of a world's timelines is played by each stage.
STAGES = (0.07, 0.15, 0.3, 0.6, 1.0)
#: One world in so many has a timeline that the reference engine plays too.
_CHECKED_EVERY = 100


@dataclass
class Targeting:
    """Plays worlds under the cadences that the targets are read of.

    Attributes
    ----------
    space
        What points of the unit cube mean.
    arms
        What is played, alike in all worlds; timelines of all arms are taken together.
    reader
        Reads the targets from their rows.
    replications
        Timelines of a world under each arm.
    workers
        How many threads.
    moved
        Told how many timelines have been played.
    played
        How many that is.
    """

    space: WorldSpace
    arms: Sequence[World]
    reader: TargetReader
    replications: int
    workers: int = 1
    moved: Callable[[int], None] = lambda _: None
    played: int = field(default=0, init=False)

    def __call__(self, cube: Floats, tolerance: float) -> Evaluated:
        """Find how far off points are; see `timeline.analysis.moving.Evaluate`. What it costs is timelines."""
        before = self.played
        found = self.near(self.space.at(cube), self.space.lucks(cube), tolerance)
        return Evaluated(
            np.array([near.distance for near in found]),
            np.array([near.estimates for near in found]).reshape(len(cube), -1),
            float(self.played - before),
        )

    def near(self, worlds: Sequence[Mapping[str, Number]], lucks: Places, tolerance: float = np.inf) -> list[Nearness]:
        """Return how near worlds are; of one that is farther off than the tolerance, what was known by then.

        Parameters
        ----------
        worlds
            What they assume, by path, as the model's code sees it.
        lucks
            Which stretch of replications each meets, shape (worlds,).
        tolerance
            How far off a world may be and still be played to the end.
        """
        batch = Batch(self.arms, worlds)
        pieces = [range(begin, len(worlds), self.workers) for begin in range(self.workers)]
        with ThreadPoolExecutor(self.workers) as pool:
            found = list(pool.map(lambda piece: self._some(batch, piece, lucks, tolerance), pieces))
        self.played += sum(played for _, played in found)
        self.moved(self.played)
        of_world = {world: near for part, _ in found for world, near in part}
        return [of_world[world] for world in range(len(worlds))]

    def _some(
        self, batch: Batch, worlds: range, lucks: Places, tolerance: float
    ) -> tuple[list[tuple[int, Nearness]], int]:
        player, found, played = batch.player(), [], 0
        for world in worlds:
            near, many = self._one(batch, player, world, int(lucks[world]), tolerance)
            found.append((world, near))
            played += many
        return found, played

    def _one(self, batch: Batch, player: Player, world: int, luck: int, tolerance: float) -> tuple[Nearness, int]:
        ends = [0, *sorted({max(1, round(part * self.replications)) for part in STAGES})]
        if tolerance == np.inf:
            ends = [0, self.replications]
        added: list[Floats] = []
        for begin, end in pairwise(ends):
            stretch = luck * self.replications + begin, end - begin
            added += [self._stretch(batch, player, world, arm, *stretch) for arm in range(len(self.arms))]
            so_far = np.concatenate(added)
            if end < self.replications and nearness(self.reader.targets, so_far, SLACK).distance > tolerance:
                break
        return nearness(self.reader.targets, so_far), len(so_far)

    def _stretch(self, batch: Batch, player: Player, world: int, arm: int, first: int, count: int) -> Floats:
        rows = player.play(world, arm, first, count)
        if first % self.replications == 0 and world % _CHECKED_EVERY == 0:
            require_agreement(lambda: batch.world(world, arm), first, rows, range(first, first + 1))
        return self.reader.read(rows)
