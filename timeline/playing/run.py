"""Arms x replications -> chunks -> workers -> parts on disk.

The chunks, see `timeline.playing.tasks`, can be played in any order and be of any size; here is decided in which, and
by whom, and when what they made is saved.
"""

from __future__ import annotations

import heapq
import math
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Executor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.arrays import Rows
from timeline.errors import RunError
from timeline.playing import executors
from timeline.playing.runner import ExecutorLost, Interrupted, Interrupts, Job, keep_busy
from timeline.playing.tasks import Task, prepare, simulate, task_of, world_of
from timeline.study.keys import arm_keys, determinants, overrides

if TYPE_CHECKING:  # a worker needs neither polars nor pydantic
    import polars as pl

    from timeline.engines.world import World
    from timeline.keeping.store import Store
    from timeline.model.declarations import Model
    from timeline.playing.parcels import Parcel, Reply
    from timeline.study.experiment import Experiment


#: Arms of which the reference engine plays a timeline too: one of each of a thousand would take most of the time.
_REPLAYED_ARMS = 64

#: Engines that leave Python while they play, so that threads can share one process.
_THREADED = {"compiled"}

_PILOT_SECONDS = 0.4
#: Threads cannot be stopped: after Ctrl-C the chunks at work are waited for.
_CHUNK_SECONDS = 0.5
_SAVE_SECONDS = 2.0
_LARGEST_CHUNK = 100_000
_LARGEST_PART = 10_000
#: How often a chunk is given out before its worker's death or failure is taken for its fault.
_TRIES = 5


@dataclass(frozen=True)
class Outlay:
    """What a run will take, measured on its first replications.

    Attributes
    ----------
    replications
        How many are still to be simulated.
    workers
        How many threads or processes share them.
    seconds
        How long that takes.
    bytes
        What the rows take on disk.
    free
        What is free on that disk, in bytes.
    """

    replications: int
    workers: int
    seconds: float
    bytes: float
    free: int


@dataclass(frozen=True)
class Tally:
    """What a run has done, in replications over all arms.

    Attributes
    ----------
    arms
        How many different arms there are; cadences that set the same count once.
    total
        Arms times replications.
    simulated
        Played by this run.
    reused
        Found on disk.
    """

    arms: int
    total: int
    simulated: int
    reused: int


def _ignore(*_: Any) -> None:
    return None


def run_folder(experiment: Experiment, out: Path | None = None) -> Path:
    """Return the folder of an experiment's results, whether or not it exists."""
    return (out or experiment.workspace.results) / experiment.kept_as / determinants(experiment).run


def run(
    experiment: Experiment,
    store: Store,
    *,
    engine: str = "compiled",
    workers: int = 1,
    chunk: int | None = None,
    command: str = "",
    progress: Callable[[int, int], None] = _ignore,
    announce: Callable[[Outlay], None] = _ignore,
    say: Callable[[str], None] = _ignore,
    executor: Executor | None = None,
    watch: Callable[[], None] = _ignore,
    share: Shares | None = None,
    saved: Callable[[str, int], None] = _ignore,
    keep_going: bool = False,
) -> Tally:
    """Simulate what the store does not hold yet.

    Parameters
    ----------
    experiment
        The config; its ``replications`` says how far to go.
    store
        The run's folder, open; its parts must be intact.
    engine
        One of `timeline.playing.tasks.ENGINES`.
    workers
        How many threads (``compiled``) or processes (``simpy``); 1 works in this one. With an executor, how many
        workers it has.
    chunk
        Replications a chunk; measured on a pilot if left out.
    command
        The command that goes on after an interruption, for the message.
    progress
        Called with (replications done, replications to simulate).
    announce
        Called once with an `Outlay`, after the pilot.
    say
        Called with a sentence for the user while the run goes on.
    executor
        Who plays the chunks instead, here or on other machines; any `concurrent.futures.Executor` whose workers have
        this program installed. It is not shut down.
    watch
        Called several times a second while the executor works; raises a `TimelineError` to give up.
    share
        {arm: [(first replication, count)]} to play instead of all; see `timeline.keeping.shares`.
    saved
        Called with arm and first replication of each part that has grown on disk.
    keep_going
        Whether replications that the model stops are left out, instead of ending the run.

    Raises
    ------
    Interrupted
        After Ctrl-C, once what is complete is saved.
    RunError, ModelError
        From a replication, once other complete work is saved; or if the workers are gone or have other versions.
    StoreError
        If the disk is full or cannot be written.
    """
    keys = arm_keys(experiment)
    tasks = {}
    every = math.ceil(len(experiment.arms) / _REPLAYED_ARMS)
    sources = experiment.workspace.sources_hash(experiment.model_name)
    for number, arm in enumerate(experiment.arms):
        key = keys[arm.scenario, arm.cadence]
        if key not in tasks:
            spared = engine == "compiled" and number % every > 0
            tasks[key] = replace(task_of(experiment, arm, engine, keep_going, sources), spared=spared)
            store.declare(key, overrides(experiment, arm), arm.lever_values)
    store.save()
    queue = _Queue(tasks, store, experiment.replications, share)
    to_do = queue.left
    total = len(tasks) * experiment.replications if share is None else sum(n for r in share.values() for _, n in r)
    saver = _Saver(store, experiment.model, engine, lambda done: progress(done, to_do), saved)
    if to_do:
        progress(0, to_do)
        with Interrupts() as interrupts:
            try:
                with interrupts.obeyed_at_once():
                    prepare(next(iter(tasks.values())), say)
                if chunk is None:
                    chunk, estimate = _pilot(queue, saver, interrupts, workers)
                    announce(estimate)
                if executor is not None and queue.left:
                    _far_away(queue, chunk, workers, saver, interrupts, say, executor, watch, experiment)
                else:
                    _on_this_machine(queue, chunk, workers, saver, interrupts, say, engine)
            except BrokenExecutor:
                raise RunError(
                    "a worker process ended unexpectedly, perhaps for want of memory; what was complete is "
                    "saved, run the same command again with fewer --workers"
                ) from None
            except ExecutorLost as lost:
                saver.save(everything=True)
                raise RunError(
                    f"{lost}; {total - to_do + saver.saved:,} of {total:,} replications are saved, and the same "
                    "command goes on where it stopped"
                ) from None
            except KeyboardInterrupt:
                interrupts.asked = True
            finally:
                saver.save(everything=True)
            if interrupts.asked:
                raise Interrupted(
                    f"Stopped: {total - to_do + saver.saved:,} of {total:,} replications are saved. "
                    f"The same command goes on where it stopped: {command}".rstrip(": ")
                )
    return Tally(arms=len(tasks), total=total, simulated=to_do, reused=total - to_do)


#: {arm's key: [(first replication, count)]}: what one of several shares of a run plays.
Shares = Mapping[str, Sequence[tuple[int, int]]]


class _Queue:
    """What is still to be simulated, in an order that lets all arms grow evenly."""

    def __init__(self, tasks: Mapping[str, Task], store: Store, replications: int, share: Shares | None) -> None:
        self._heap: list[tuple[int, int, int, Task]] = []
        for number, (key, task) in enumerate(tasks.items()):
            for first, count in store.missing(key, replications, None if share is None else share.get(key, ())):
                heapq.heappush(self._heap, (first, number, count, task))

    @property
    def left(self) -> int:
        """Replications that no chunk has taken yet."""
        return sum(count for _, _, count, _ in self._heap)

    def next(self, size: int) -> Task | None:
        """Return a task of at most so many replications, from the arm that lags most."""
        if not self._heap:
            return None
        first, number, count, task = heapq.heappop(self._heap)
        if count > size:
            heapq.heappush(self._heap, (first + size, number, count - size, task))
        return replace(task, first=first, count=min(size, count))


class _Saver:
    """Buffers chunks that arrive out of order, and saves each part's contiguous beginning."""

    def __init__(
        self,
        store: Store,
        model: Model,
        engine: str,
        progress: Callable[[int], None],
        tell: Callable[[str, int], None] = _ignore,
    ) -> None:
        self.store = store
        self.model = model
        self.engine = engine
        self.progress = progress
        self.tell = tell
        self.taken = 0
        self.saved = 0
        self._parts: dict[tuple[str, int], _Part] = {}

    def take(self, task: Task, rows: Rows | pl.DataFrame, processor: str = "") -> None:
        """Keep a chunk until it can be saved; and which processor made it, if another than this machine's."""
        from timeline.keeping.part_files import part_of

        first, size = part_of(task.first)
        part = self._parts.get((task.arm, first))
        if part is None:
            have = sum(known["rows"] for known in self.store.parts(task.arm) if known["first"] == first)
            part = self._parts[task.arm, first] = _Part(first + have, first + size, time.monotonic())
        part.chunks[task.first] = rows
        part.processors |= {processor} if processor else set()
        self.taken += len(rows)
        self.progress(self.taken)
        self.save()

    def adopt(self, task: Task, data: bytes, processor: str = "") -> bool:
        """Save a whole part as it has arrived; say whether it was one."""
        from timeline.keeping.part_files import part_of

        if part_of(task.first) != (task.first, task.count) or (task.arm, task.first) in self._parts:
            return False
        self.store.add(task.arm, task.first, task.count, data, self.engine, [processor] if processor else [])
        self.taken += task.count
        self.saved += task.count
        self.progress(self.taken)
        self.tell(task.arm, task.first)
        return True

    def save(self, everything: bool = False) -> None:
        """Save the parts that are complete or have waited long enough, or all."""
        for (arm, first), part in list(self._parts.items()):
            ready = part.ready()
            if not ready:
                continue
            began = time.monotonic()
            end = part.next + sum(map(len, ready))
            if not everything and end < part.end and began < part.saved + part.interval:
                continue
            self.store.extend(arm, self._table(ready), self.engine, part.processors)
            self.saved += sum(map(len, ready))
            for rows in ready:
                del part.chunks[part.next]
                part.next += len(rows)
            part.saved = time.monotonic()
            # A large part takes long to write again; then it is written more rarely.
            part.interval = max(_SAVE_SECONDS, 20 * (part.saved - began))
            if part.next == part.end:
                del self._parts[arm, first]
            self.tell(arm, first)

    def _table(self, chunks: Sequence[Rows | pl.DataFrame]) -> pl.DataFrame:
        """Return chunks as one table: those of workers are tables already."""
        import polars as pl

        from timeline.keeping.rows import frame

        plain = [chunk for chunk in chunks if isinstance(chunk, np.ndarray)]
        if len(plain) == len(chunks):
            return frame(self.model, np.concatenate(plain))
        return pl.concat([frame(self.model, c) if isinstance(c, np.ndarray) else c for c in chunks])


@dataclass
class _Part:
    """The chunks of one part that are not saved yet."""

    next: int
    end: int
    saved: float
    interval: float = _SAVE_SECONDS
    chunks: dict[int, Rows | pl.DataFrame] = field(default_factory=dict)
    processors: set[str] = field(default_factory=set)

    def ready(self) -> list[Rows | pl.DataFrame]:
        """Return the chunks that follow without a gap on what is saved."""
        found, at = [], self.next
        while at in self.chunks:
            found.append(self.chunks[at])
            at += len(self.chunks[at])
        return found


def _pilot(queue: _Queue, saver: _Saver, interrupts: Interrupts, workers: int) -> tuple[int, Outlay]:
    """Play a few replications of each arm here; returns a good size of a chunk, and an estimate."""
    store = saver.store
    seconds, rate, size = 0.0, 0.0, 1
    made: list[Rows] = []
    while seconds < _PILOT_SECONDS and not interrupts.asked and (task := queue.next(size)):
        began = time.perf_counter()
        with interrupts.obeyed_at_once():
            rows = simulate(task)
        spent = time.perf_counter() - began
        if made:  # the first one also loads the engine
            seconds += spent
            # The best counts: a small chunk, or one in which the engines are compared, takes longer a replication.
            rate = max(rate, len(rows) / spent)
            # An engine fast enough gets larger chunks, until they can be timed.
            size = min(2 * size, _LARGEST_CHUNK) if spent < _PILOT_SECONDS / 50 else size
        made.append(rows)
        saver.take(task, rows)
    rate = rate or math.inf
    left = queue.left
    return max(1, min(_LARGEST_CHUNK, int(rate * _CHUNK_SECONDS) if rate < math.inf else 1_000)), Outlay(
        replications=left,
        workers=max(1, workers),
        seconds=left / rate / max(1, workers),
        bytes=left * _bytes_a_row(store, saver.model, made) if left else 0.0,
        free=shutil.disk_usage(store.folder).free,
    )


def _bytes_a_row(store: Store, model: Model, made: list[Rows]) -> float:
    from timeline.keeping.files import parquet
    from timeline.keeping.rows import frame

    known = store.bytes_a_row()
    if known < math.inf or not made:
        return known
    rows = frame(model, np.concatenate(made))
    # The difference leaves out what a file takes however many rows it has.
    return (len(parquet(rows)) - len(parquet(rows.head(1)))) / max(1, rows.height - 1)


def _on_this_machine(
    queue: _Queue,
    chunk: int,
    workers: int,
    saver: _Saver,
    interrupts: Interrupts,
    say: Callable[[str], None],
    engine: str,
) -> None:
    """Play what is left in this process, or with threads or processes of this machine."""
    alone, threaded = workers == 1 or not queue.left, engine in _THREADED
    staff: AbstractContextManager[Executor] = nullcontext(executors.Here(interrupts))
    if not alone:
        staff = executors.threads(workers) if threaded else executors.processes(workers)
    # Processes take seconds to begin and have work in reserve: they are killed rather than waited for.
    drops = not alone and not threaded
    job = Job(simulate, lambda: queue.next(chunk), saver.take, _place, tick=saver.save, drops=drops)
    with staff as executor:
        # Two chunks in reserve keep the workers busy; what is in reserve cannot be called back.
        keep_busy(job, executor, 1 if alone else workers + 2, interrupts, say)


def _far_away(
    queue: _Queue,
    chunk: int,
    workers: int,
    saver: _Saver,
    interrupts: Interrupts,
    say: Callable[[str], None],
    executor: Executor,
    watch: Callable[[], None],
    experiment: Experiment,
) -> None:
    """Have what is left played by workers that may lie on other machines."""
    from timeline.playing.parcels import MOST_BYTES, Sender, play_parcel

    sender = Sender(experiment, say)
    # A large part that takes no more than two chunks is played whole: then the worker makes the file.
    size = max(1, min(_LARGEST_PART if 2 * chunk >= _LARGEST_PART else chunk, MOST_BYTES // sender.bytes_a_row))

    def next_parcel() -> Parcel | None:
        task = queue.next(size)
        return None if task is None else sender.pack(task)

    def take(parcel: Parcel, reply: Reply) -> None:
        sender.check(parcel, reply)
        processor = sender.strange(reply)
        if not saver.adopt(parcel.task, reply.rows, processor):
            saver.take(parcel.task, sender.unpack(reply), processor)

    def tick() -> None:
        saver.save()
        watch()

    job = Job(play_parcel, next_parcel, take, lambda parcel: _place(parcel.task), tick=tick, tries=_TRIES)
    keep_busy(job, executor, workers + 2, interrupts, say)


def _place(task: Task) -> tuple[int, str]:
    return task.first, task.arm


def record_events(experiment: Experiment, store: Store, count: int) -> int:
    """Keep every firing of the first ``count`` timelines of each arm.

    Returns
    -------
    int
        How many arms' events were written; those kept before are left alone.
    """
    keys = arm_keys(experiment)
    written = set()
    for arm in experiment.arms:
        key = keys[arm.scenario, arm.cadence]
        if key in written or store.has_events(key, count):
            continue
        task = task_of(experiment, arm)
        store.declare(key, overrides(experiment, arm), arm.lever_values)
        store.write_events(key, _events(world_of(task), count), count)
        written.add(key)
    return len(written)


def _events(world: World, count: int) -> Any:
    import polars as pl

    from timeline.engines.reference import play
    from timeline.keeping.rows import labels
    from timeline.model.records import Field

    phase = world.model.state.fields.get("phase")
    names = labels(phase.kind) if isinstance(phase, Field) and hasattr(phase.kind, "__members__") else None
    found: list[tuple[Any, ...]] = []
    for replication in range(count):
        numbers = iter(range(1, world.budget + 1))

        def watch(day: float, member: Any, state: Any) -> None:
            if member is None:
                return
            seen = (replication, next(numbers), day, member.name, member.mechanism)  # noqa: B023
            found.append((*seen, names[state.phase]) if names else seen)

        play(world, replication, watch)
    schema: dict[str, Any] = {
        "replication": pl.Int64,
        "number": pl.Int64,
        "day": pl.Float64,
        "clock": pl.String,
        "mechanism": pl.String,
    }
    if names:
        schema["phase"] = pl.Enum(list(names.values()))
    return pl.DataFrame(found, schema=schema, orient="row")
