"""Playing a sweep: blocks of timelines on the compiled engine, of which one number each is kept."""

from __future__ import annotations

import os
import shlex
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.histories import Reader
from timeline.analysis.samples import sample
from timeline.analysis.surface import Findings, chosen_afresh, compare, compare_afresh, fresh_blocks
from timeline.engines.batch import Batch, require_agreement
from timeline.engines.compiled import checked
from timeline.keeping.archive import Archive, Values
from timeline.playing import executors
from timeline.playing.runner import Interrupted, Interrupts, Job, keep_busy
from timeline.playing.tasks import task_of, world_of
from timeline.study.sweep_arms import Block, SweepPlan, blocks_of

if TYPE_CHECKING:
    from timeline.engines.world import World


def sweep_folder(plan: SweepPlan, out: Path | None = None) -> Path:
    """Return the folder of a sweep's results, whether or not it exists."""
    from timeline.study.keys import key_of

    experiment = plan.experiment
    return (out or experiment.workspace.results) / experiment.kept_as / f"sweep-{key_of(plan.content())}"


class _Player:
    """Plays blocks; may be used by several threads at once."""

    def __init__(self, plan: SweepPlan) -> None:
        self.plan = plan
        self.world = world_of(task_of(plan.experiment, plan.arm(0)))
        self.reader = Reader(self.world.model)
        self.stopped = threading.Event()

    def play(self, block: Block) -> Values | None:
        """Return a block's values (arms, replications), NaN where a replication does not count; None if stopped."""
        batch = Batch([self._world(block.arm + number) for number in range(block.arms)])
        player = batch.player()
        values = np.empty((block.arms, block.count), np.float32)
        for number, world in enumerate(batch.arms):
            if self.stopped.is_set():
                return None
            rows = player.play(0, number, block.first, block.count)
            if number == 0:
                # It is also played by the reference engine, once in 10,000 replications as in a run.
                require_agreement(lambda: batch.arms[0], block.first, rows, checked(block.first, block.count))
            read = sample(self.plan.measure, self.reader.read(rows, world.horizon, world.label))
            values[number] = np.where(read.among, read.values, np.nan)
        return values

    def _world(self, number: int) -> World:
        cadence, changes = self.plan.arms[number]
        arm = self.plan.arm(number)
        sets = [
            word
            for key in self.plan.sweep.keys
            if key.path in changes
            for word in ("--set", f"{key.name}={_as_toml(key.leaf, changes[key.path])}")
        ]
        experiment = self.plan.experiment
        command = ["timeline", "trace", os.path.relpath(experiment.path), *experiment.changes, *sets]
        again = shlex.join([*command, "--cadence", cadence, "--scenario", arm.scenario])
        return replace(
            self.world,
            given=arm.values,
            label=f"cadence {cadence}" + "".join(f", {word}" for word in sets[1::2]),
            replay=again.replace("{", "{{").replace("}", "}}") + " --replication {replication}",
        )


def _as_toml(leaf: object, seen: float | int | bool) -> str:
    from timeline.model.values import in_unit

    written = in_unit(leaf, seen)  # type: ignore[arg-type]
    return str(written).lower() if isinstance(written, bool) else str(written)


def play_blocks(
    plan: SweepPlan,
    archive: Archive,
    blocks: Sequence[Block],
    *,
    workers: int,
    command: str,
    progress: Callable[[int, int], None],
    say: Callable[[str], None],
) -> int:
    """Play the blocks that are missing and save each.

    Parameters
    ----------
    plan, archive, blocks
        What, where to, and which.
    workers
        How many threads.
    command
        The command that goes on after an interruption, for the message.
    progress
        Called with (timelines done, timelines to play).
    say
        Called with a sentence for the user while it goes on.

    Returns
    -------
    int
        How many timelines were played.

    Raises
    ------
    Interrupted
        After Ctrl-C, once the blocks in flight are saved.
    RunError, ModelError
        From a replication, once other blocks in flight are saved.
    StoreError
        If the disk is full or cannot be written.
    """
    from timeline.engines import compiled

    left = archive.missing(blocks)
    total = sum(block.arms * block.count for block in left)
    if not left:
        return 0
    player = _Player(plan)
    compiled.prepare(player.world.model, say)
    progress(0, total)
    waiting = iter(left)
    done = 0

    def take(block: Block, values: Values | None) -> None:
        nonlocal done
        if values is not None:
            archive.write(block, values)
            done += values.size
        progress(done, total)

    job = Job(player.play, lambda: next(waiting, None), take, lambda block: block.name, noun="blocks")
    with Interrupts() as interrupts, executors.threads(workers) as executor:
        try:
            keep_busy(job, executor, workers + 1, interrupts, say)
        except KeyboardInterrupt:
            interrupts.asked = True
        finally:
            # A thread cannot be stopped, but it looks after every arm whether it should.
            player.stopped.set()
    if interrupts.asked:
        saved = sum(b.arms * b.count for b in blocks) - sum(b.arms * b.count for b in archive.missing(blocks))
        raise Interrupted(
            f"Stopped: {saved:,} of {sum(b.arms * b.count for b in blocks):,} timelines are saved. The same command "
            f"goes on where it stopped: {command}"
        )
    return done


def play_and_compare(
    plan: SweepPlan,
    archive: Archive,
    *,
    workers: int = 1,
    command: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
    say: Callable[[str], None] = lambda text: None,
) -> tuple[Findings, int]:
    """Play a sweep as far as it is not saved yet, compare its points, and play the best of them afresh.

    Parameters
    ----------
    plan, archive, workers, command, progress, say
        As for `play_blocks`.

    Returns
    -------
    tuple
        What was found, and how many timelines were played.

    Raises
    ------
    Interrupted, RunError, ModelError, StoreError, TimelineError
        As `play_blocks` and `timeline.analysis.surface.compare`.
    """

    def play(blocks: Sequence[Block]) -> int:
        return play_blocks(plan, archive, blocks, workers=workers, command=command, progress=progress, say=say)

    played = play(blocks_of(len(plan.arms), plan.sweep.replications))
    found = compare(archive, plan)
    best = chosen_afresh(found)
    played += play(fresh_blocks(plan, best))
    return replace(found, fresh=compare_afresh(archive, plan, best)), played
