"""Targeting: worlds are played until it is known how far they lie from their targets, and no further.

Few timelines tell a hopeless world. So worlds are played in stages, and given up at the first stage that puts them
farther off than asked for, even if every estimate errs against them. A world's luck is one of its coordinates: the
same world has the same distance whenever it is asked, and a world that is moved keeps its luck, so that the distance
changes smoothly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.moving import Evaluated
from timeline.analysis.targets import Nearness, TargetReader, nearness
from timeline.arrays import Floats, Places
from timeline.engines.batch import Batch, Player, require_agreement
from timeline.engines.world import World
from timeline.errors import ModelError
from timeline.model.declarations import Integral, Model, Observation, Sampled
from timeline.model.values import Number
from timeline.playing.errands import Away, Sent, as_bytes, from_bytes
from timeline.playing.runner import Interrupted, Interrupts
from timeline.study.drawn import WorldSpace
from timeline.study.uncertainty import Target

if TYPE_CHECKING:
    from timeline.playing.tasks import Task
    from timeline.study.window import Window
    from timeline.study.yardsticks import Yardstick

#: A world is given up if it is too far off even with every estimate so many standard errors better. One in five of
#: those that would be accepted is given up so, and half of the timelines are saved.
SLACK = 1.5
#: What part of a world's timelines is played by each stage.
STAGES = (0.07, 0.15, 0.3, 0.6, 1.0)
#: Worlds of one errand.
_PIECE = 25
#: One world in so many has a timeline that the reference engine plays too.
_CHECKED_EVERY = 100


@dataclass
class Targeting:
    """Plays worlds under the cadences that the targets are read of.

    Attributes
    ----------
    space
        What points of the unit cube mean; None where no points are asked about.
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
    afar
        Workers elsewhere that play instead of this process.
    played
        How many that is.
    """

    space: WorldSpace | None
    arms: Sequence[World]
    reader: TargetReader
    replications: int
    workers: int = 1
    moved: Callable[[int], None] = lambda _: None
    afar: Afar | None = None
    played: int = field(default=0, init=False)

    def __call__(self, cube: Floats, tolerance: float) -> Evaluated:
        """Find how far off points are; see `timeline.analysis.moving.Evaluate`. What it costs is timelines."""
        assert self.space is not None
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
        if self.afar is not None:
            found, played = self.afar.near(worlds, lucks, self.replications, tolerance)
        else:
            batch, pieces = Batch(self.arms, worlds), [range(k, len(worlds), self.workers) for k in range(self.workers)]
            with ThreadPoolExecutor(self.workers) as pool:
                parts = list(pool.map(lambda piece: self.some(batch, piece, lucks, tolerance), pieces))
            found, played = _in_order(pieces, [part for part, _ in parts]), sum(many for _, many in parts)
        self.played += played
        self.moved(self.played)
        return found

    def some(self, batch: Batch, worlds: range, lucks: Places, tolerance: float) -> tuple[list[Nearness], int]:
        """Return how near some worlds of a batch are, and how many timelines it took."""
        player, found, played = batch.player(), [], 0
        for world in worlds:
            near, many = self._one(batch, player, world, int(lucks[world]), tolerance)
            found.append(near)
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


def _in_order(pieces: Sequence[range], parts: Sequence[Sequence[Nearness]]) -> list[Nearness]:
    of_world = {
        world: near for piece, part in zip(pieces, parts, strict=True) for world, near in zip(piece, part, strict=True)
    }
    return [of_world[world] for world in sorted(of_world)]


def watched(world: World, claims: object, targets: Sequence[Target]) -> World:
    """Return a world whose model keeps what targets read: the same timelines.

    Parameters
    ----------
    world
        What is played.
    claims
        What ``models/claims.py`` declares, which may add flags to the state by ``watched(model)``.
    targets
        What will be read.

    Raises
    ------
    ModelError
        If a target reads a flag that the state lacks even so.
    """
    model: Model = world.model
    flags = {flag for target in targets if target.reading == "rate ratio" for flag in target.detail[:2]}
    if not flags:
        return world  # which is compiled anyway
    names = {target.detail[0] for target in targets if target.reading == "sampled"}
    kept: list[Observation] = [o for o in model.observations if isinstance(o, Sampled) and o.column in names]
    watch = getattr(claims, "watched", None)
    model = model if watch is None else watch(model)
    missing = sorted(flags - set(model.state.fields))
    if missing:
        raise ModelError(
            f"a target reads the flag {missing[0]}, which the state lacks, expected models/claims.py to add it by "
            "watched(model)"
        )
    return replace(world, model=replace(model, observations=(*kept, *(Integral(flag) for flag in sorted(flags)))))


@dataclass(frozen=True)
class Afar:
    """Has worlds held against their targets by workers elsewhere.

    Attributes
    ----------
    away
        The workers.
    task
        What is played, alike in all worlds.
    window, targets, yardsticks
        What is read; see `timeline.analysis.targets.TargetReader`.
    """

    away: Away
    task: Task
    window: Window
    targets: tuple[Target, ...]
    yardsticks: Mapping[str, Yardstick]

    def near(
        self, worlds: Sequence[Mapping[str, Number]], lucks: Places, replications: int, tolerance: float
    ) -> tuple[list[Nearness], int]:
        """Return how near worlds are, and how many timelines it took; see `Targeting.near`.

        Raises
        ------
        Interrupted
            After Ctrl-C.
        """
        pieces = [range(first, min(first + _PIECE, len(worlds))) for first in range(0, len(worlds), _PIECE)]
        asked = (self.window, self.targets, self.yardsticks, replications, tolerance)
        parts: dict[int, Mapping[str, Floats]] = {}
        with Interrupts() as interrupts:
            self.away.each(
                _near_away,
                [self.task],
                worlds,
                ((piece, (*asked, lucks[piece.start : piece.stop])) for piece in pieces),
                lambda number, found: parts.update({number: from_bytes(found[0])}),
                interrupts,
                claims=True,
            )
            if interrupts.asked:
                raise Interrupted("Stopped; the worlds that were found are kept. Run it again to go on.")
        found = [
            Nearness(*one)
            for _, part in sorted(parts.items())
            for one in zip(part["estimates"], part["errors"], part["misses"], strict=True)
        ]
        return found, sum(int(part["played"]) for part in parts.values())


def _near_away(
    sent: Sent, given: tuple[Window, tuple[Target, ...], Mapping[str, Yardstick], int, float, Places]
) -> tuple[bytes, ...]:
    window, targets, yardsticks, replications, tolerance, lucks = given
    arms = [watched(arm, sent.workspace.claims(arm.model.name), targets) for arm in sent.arms]
    reader = TargetReader(arms[0].model, window, targets, yardsticks)
    there = Targeting(None, arms, reader, replications)
    near, played = there.some(Batch(arms, sent.worlds), range(len(sent.worlds)), lucks, tolerance)
    arrays = {name: np.array([getattr(one, name) for one in near]) for name in ("estimates", "errors", "misses")}
    return (as_bytes({**arrays, "played": np.array(played)}),)
