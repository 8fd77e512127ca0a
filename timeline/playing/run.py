"""Arms x replications -> chunks -> workers -> parts on disk.

The chunks, see `timeline.playing.tasks`, can be played in any order and be of any size; here is decided in which, and
by whom, and when what they made is saved.
"""

from __future__ import annotations

import heapq
import importlib
import math
import multiprocessing
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.errors import RunError, TimelineError
from timeline.playing.tasks import ENGINES, Rows, Task, simulate, task_of, world_of
from timeline.playing.workers import spawned
from timeline.study.keys import arm_keys, determinants, overrides

if TYPE_CHECKING:  # a worker needs neither polars nor pydantic
    from timeline.engines.world import World
    from timeline.keeping.store import Store
    from timeline.model.declarations import Model
    from timeline.study.experiment import Experiment

#: Engines that leave Python while they play, so that threads can share one process.
_THREADED = {"compiled"}

_PILOT_SECONDS = 0.4
_CHUNK_SECONDS = 1.0
_SAVE_SECONDS = 2.0
_LARGEST_CHUNK = 100_000


class Interrupted(TimelineError):  # noqa: N818 - it is no error
    """The user has stopped a run; what was complete is saved."""

    exit_code = 130


@dataclass(frozen=True)
class Estimate:
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
    return (out or experiment.workspace.results) / experiment.name / determinants(experiment).run


def run(
    experiment: Experiment,
    store: Store,
    *,
    engine: str = "compiled",
    workers: int = 1,
    chunk: int | None = None,
    command: str = "",
    progress: Callable[[int, int], None] = _ignore,
    announce: Callable[[Estimate], None] = _ignore,
    say: Callable[[str], None] = _ignore,
) -> Tally:
    """Simulate what the store does not hold yet.

    Parameters
    ----------
    experiment
        The config; its ``replications`` says how far to go.
    store
        The run's folder, open; its parts must be intact.
    engine
        One of `ENGINES`.
    workers
        How many threads (``compiled``) or processes (``simpy``); 1 works in this one.
    chunk
        Replications a chunk; measured on a pilot if left out.
    command
        The command that goes on after an interruption, for the message.
    progress
        Called with (replications done, replications to simulate).
    announce
        Called once with an `Estimate`, after the pilot.
    say
        Called with a sentence for the user while the run goes on.

    Raises
    ------
    Interrupted
        After Ctrl-C, once what is complete is saved.
    RunError, ModelError
        From a replication, once other complete work is saved.
    StoreError
        If the disk is full or cannot be written.
    """
    keys = arm_keys(experiment)
    tasks = {}
    for arm in experiment.arms:
        key = keys[arm.scenario, arm.cadence]
        if key not in tasks:
            tasks[key] = task_of(experiment, arm, engine)
            store.declare(key, overrides(experiment, arm), arm.lever_values)
    queue = _Queue(tasks, store, experiment.replications)
    total = len(tasks) * experiment.replications
    to_do = queue.left
    saver = _Saver(store, experiment.model, engine, lambda done: progress(done, to_do))
    if to_do:
        progress(0, to_do)
        with _Interrupts() as interrupts:
            try:
                interrupts.prepare(next(iter(tasks.values())), say)
                if chunk is None:
                    chunk, estimate = _pilot(queue, saver, interrupts, workers)
                    announce(estimate)
                if workers == 1 or not queue.left:
                    _in_this_process(queue, chunk, saver, interrupts)
                elif engine in _THREADED:
                    _in_threads(queue, chunk, workers, saver, interrupts, say)
                else:
                    _in_processes(queue, chunk, workers, saver, interrupts, say)
            except BrokenProcessPool:
                raise RunError(
                    "a worker process ended unexpectedly, perhaps for want of memory; what was complete is "
                    "saved, run the same command again with fewer --workers"
                ) from None
            except KeyboardInterrupt:
                interrupts.asked = True
            finally:
                saver.save(everything=True)
            if interrupts.asked:
                saved = sum(store.present(key, experiment.replications) for key in tasks)
                raise Interrupted(
                    f"Stopped: {saved:,} of {total:,} replications are saved. "
                    f"The same command goes on where it stopped: {command}".rstrip(": ")
                )
    return Tally(arms=len(tasks), total=total, simulated=to_do, reused=total - to_do)


class _Queue:
    """What is still to be simulated, in an order that lets all arms grow evenly."""

    def __init__(self, tasks: Mapping[str, Task], store: Store, replications: int) -> None:
        self._heap: list[tuple[int, int, int, Task]] = []
        for number, (key, task) in enumerate(tasks.items()):
            for first, count in store.missing(key, replications):
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

    def __init__(self, store: Store, model: Model, engine: str, progress: Callable[[int], None]) -> None:
        self.store = store
        self.model = model
        self.engine = engine
        self.progress = progress
        self.taken = 0
        self._parts: dict[tuple[str, int], _Part] = {}

    def take(self, task: Task, rows: Rows) -> None:
        """Keep a chunk until it can be saved."""
        from timeline.keeping.store import part_of

        first, size = part_of(task.first)
        part = self._parts.get((task.arm, first))
        if part is None:
            have = sum(known["rows"] for known in self.store.parts(task.arm) if known["first"] == first)
            part = self._parts[task.arm, first] = _Part(first + have, first + size, time.monotonic())
        part.chunks[task.first] = rows
        self.taken += len(rows)
        self.progress(self.taken)
        self.save()

    def save(self, everything: bool = False) -> None:
        """Save the parts that are complete or have waited long enough, or all."""
        from timeline.keeping.rows import frame

        for (arm, first), part in list(self._parts.items()):
            ready = part.ready()
            if not ready:
                continue
            began = time.monotonic()
            end = part.next + sum(map(len, ready))
            if not everything and end < part.end and began < part.saved + part.interval:
                continue
            self.store.extend(arm, frame(self.model, np.concatenate(ready)), self.engine)
            for rows in ready:
                del part.chunks[part.next]
                part.next += len(rows)
            part.saved = time.monotonic()
            # A large part takes long to write again; then it is written more rarely.
            part.interval = max(_SAVE_SECONDS, 20 * (part.saved - began))
            if part.next == part.end:
                del self._parts[arm, first]


@dataclass
class _Part:
    """The chunks of one part that are not saved yet."""

    next: int
    end: int
    saved: float
    interval: float = _SAVE_SECONDS

    def __post_init__(self) -> None:
        self.chunks: dict[int, Rows] = {}

    def ready(self) -> list[Rows]:
        """Return the chunks that follow without a gap on what is saved."""
        found, at = [], self.next
        while at in self.chunks:
            found.append(self.chunks[at])
            at += len(self.chunks[at])
        return found


class _Interrupts:
    """Ctrl-C as a request: the first stops the run in good order, a second one at once."""

    def __init__(self) -> None:
        self.asked = False
        self._at_once = False
        self._before: Any = None

    def __enter__(self) -> _Interrupts:
        ours = threading.current_thread() is threading.main_thread()
        if ours and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
            self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked or self._at_once:
            raise KeyboardInterrupt
        self.asked = True

    def simulate(self, task: Task) -> Rows:
        """Play a chunk here; Ctrl-C drops it."""
        with self._obeyed_at_once():
            return simulate(task)

    def prepare(self, task: Task, say: Callable[[str], None]) -> None:
        """Do what an engine does once for a model, such as compile it; Ctrl-C stops it."""
        with self._obeyed_at_once():
            importlib.import_module(ENGINES[task.engine]).prepare(world_of(task).model, say)

    @contextmanager
    def _obeyed_at_once(self) -> Iterator[None]:
        self._at_once = True
        try:
            yield
        finally:
            self._at_once = False


def _pilot(queue: _Queue, saver: _Saver, interrupts: _Interrupts, workers: int) -> tuple[int, Estimate]:
    """Play a few replications of each arm here; returns a good size of a chunk, and an estimate."""
    store = saver.store
    seconds, rate, size = 0.0, 0.0, 1
    made: list[Rows] = []
    while seconds < _PILOT_SECONDS and not interrupts.asked and (task := queue.next(size)):
        began = time.perf_counter()
        rows = interrupts.simulate(task)
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
    return max(1, min(_LARGEST_CHUNK, int(rate * _CHUNK_SECONDS) if rate < math.inf else 1_000)), Estimate(
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


def _in_this_process(queue: _Queue, chunk: int, saver: _Saver, interrupts: _Interrupts) -> None:
    while not interrupts.asked and (task := queue.next(chunk)):
        saver.take(task, interrupts.simulate(task))


def _in_threads(
    queue: _Queue, chunk: int, workers: int, saver: _Saver, interrupts: _Interrupts, say: Callable[[str], None]
) -> None:
    executor = ThreadPoolExecutor(workers)
    try:
        _share(queue, chunk, workers, executor, saver, interrupts, say)
    finally:
        # A thread cannot be stopped, but its chunk takes a second.
        executor.shutdown(wait=True, cancel_futures=True)


def _in_processes(
    queue: _Queue, chunk: int, workers: int, saver: _Saver, interrupts: _Interrupts, say: Callable[[str], None]
) -> None:
    with spawned(workers) as executor:
        try:
            _share(queue, chunk, workers, executor, saver, interrupts, say)
        except BaseException:
            for process in multiprocessing.active_children():
                process.kill()
            raise


def _share(
    queue: _Queue,
    chunk: int,
    workers: int,
    executor: Executor,
    saver: _Saver,
    interrupts: _Interrupts,
    say: Callable[[str], None],
) -> None:
    """Keep the workers busy, and save what they make."""
    pending: dict[Future[Rows], Task] = {}
    problems: list[tuple[int, Exception]] = []
    warned = False
    while True:
        stopping = interrupts.asked or bool(problems)
        # Two chunks in reserve keep the workers busy; what is in reserve cannot be called back.
        while not stopping and len(pending) < workers + 2 and (task := queue.next(chunk)):
            with _no_interrupts():
                pending[executor.submit(simulate, task)] = task
        if stopping:
            for future in pending:
                future.cancel()
            if interrupts.asked and pending and not warned:
                warned = True
                say("Stopping after the chunks in flight; press Ctrl-C again to drop them.")
        if not pending:
            break
        done, _ = wait(pending, timeout=0.25, return_when=FIRST_COMPLETED)
        for future in done:
            task = pending.pop(future)
            try:
                saver.take(task, future.result())
            except CancelledError:
                continue
            except (TimelineError, BrokenProcessPool) as problem:
                problems.append((task.first, problem))
        saver.save()
    if problems:
        raise min(problems, key=lambda found: found[0])[1]


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Block Ctrl-C while processes are started: they inherit it, and would print a traceback."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
