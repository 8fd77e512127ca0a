"""Chunks of work that can be sent anywhere: with the model's sources, to a worker that has none of the client's files.

A worker needs this program and nothing else. It writes the sources into a folder of its own, once a process, holds
them against their hash, plays, and sends its rows back with what it played them with. A chunk never crosses the
border of a part, so that the client saves what it would have played itself.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import shutil
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from timeline.errors import ModelError, RunError, TimelineError
from timeline.playing.machine import Machine, this_machine
from timeline.playing.tasks import Task, simulate, world_of

if TYPE_CHECKING:
    import polars as pl

    from timeline.study.experiment import Experiment
    from timeline.workspace import Workspace

#: So much may the rows of one chunk take in a worker's memory; on their way they take a sixth of it.
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Parcel:
    """A chunk and all that playing it takes.

    Attributes
    ----------
    task
        The chunk; its workspace is the client's, for messages only.
    sources, digest
        The model's files, see `pack_sources`, and their sha256.
    sender
        Who asks for it: a worker with other libraries does not play.
    run
        The name of the run that the rows belong to.
    """

    task: Task
    sources: bytes
    digest: str
    sender: Machine
    run: str = ""


@dataclass(frozen=True)
class Reply:
    """What came of a parcel.

    Attributes
    ----------
    worker
        Who played it, and with what.
    rows
        The rows as Parquet; nothing if the worker has other libraries.
    """

    worker: Machine
    rows: bytes


def play_parcel(parcel: Parcel) -> Reply:
    """Play a chunk, on whatever machine this is.

    Raises
    ------
    ModelError
        If the sources are not those that were sent.
    RunError
        If a replication has to stop.
    """
    worker = this_machine()
    if worker.differs_from(parcel.sender):
        return Reply(worker, b"")
    with at_work(parcel.sources, parcel.digest, parcel.task.workspace) as folder:
        return Reply(worker, _table(replace(parcel.task, workspace=folder), parcel.run))


@contextmanager
def at_work(sources: bytes, digest: str, workspace: str) -> Iterator[str]:
    """Give a folder with a model's files; what goes wrong there names the files that the user has.

    Parameters
    ----------
    sources, digest
        The files, see `pack_sources`, and their sha256.
    workspace
        Where they lie on the user's machine.
    """
    folder = str(unpacked(sources, digest))
    try:
        yield folder
    except TimelineError as problem:
        raise type(problem)(str(problem).replace(folder, workspace)) from None


def require_same_libraries(worker: Machine, own: Machine) -> None:
    """Refuse what a worker with other libraries has made.

    Raises
    ------
    RunError
        If it has others; names them.
    """
    if other := worker.differs_from(own):
        raise RunError(
            f"worker {worker.name} has {other}; its timelines could differ, so none of them are kept: "
            "install there what this machine has, and run the same command again"
        )


def _table(task: Task, run: str) -> bytes:
    """Play a task; return its rows as they lie on disk: of a whole part, whoever asked only has to write the file."""
    from timeline.keeping.part_files import part_bytes
    from timeline.keeping.rows import frame

    return part_bytes(frame(world_of(task).model, simulate(task)), run, task.arm)


def pack_sources(workspace: Workspace, model: str, *, claims: bool = False) -> bytes:
    """Return the files that went into a model, compressed; with all that ``models/claims.py`` may need if asked."""
    paths = set(workspace.sources(model))
    if claims:
        paths |= {path.relative_to(workspace.root).as_posix() for path in workspace.folder.rglob("*.py")}
    files = {path: (workspace.root / path).read_bytes() for path in sorted(paths)}
    # Latin-1 gives every byte a character of its own, so that data files pass too.
    return zlib.compress(json.dumps({path: data.decode("latin-1") for path, data in files.items()}).encode(), 9)


@lru_cache(maxsize=8)
def unpacked(sources: bytes, digest: str) -> Path:
    """Write a model's files into a folder of this process, which goes with it; return the folder.

    Raises
    ------
    ModelError
        If the files are not those that were sent, or lie outside the folder.
    """
    found = hashlib.sha256(sources).hexdigest()
    if found != digest:
        raise ModelError(
            f"a worker has received other sources than were sent: checksum {found[:12]}, expected {digest[:12]}; "
            "run the same command again"
        )
    folder = Path(tempfile.mkdtemp(prefix=f"timeline-{digest[:12]}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name, text in json.loads(zlib.decompress(sources)).items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ModelError(f'a worker was sent a file "{name}", expected one inside the workspace')
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text.encode("latin-1"))
    return folder


class Sender:
    """Packs tasks for workers, and unpacks what they send back.

    Parameters
    ----------
    experiment
        What is run.
    say
        Called with a sentence for the user, once for every other kind of processor.
    claims
        Whether workers need what ``models/claims.py`` declares.

    Attributes
    ----------
    bytes_a_row
        What a row takes in memory.
    """

    def __init__(self, experiment: Experiment, say: Callable[[str], None], *, claims: bool = False) -> None:
        from timeline.engines.world import row_dtype
        from timeline.study.keys import determinants

        self._sources = pack_sources(experiment.workspace, experiment.model_name, claims=claims)
        self._digest = hashlib.sha256(self._sources).hexdigest()
        self._package = experiment.workspace.package(experiment.model_name)
        self.bytes_a_row = int(row_dtype(experiment.model).itemsize)
        self._own = this_machine()
        self._run = determinants(experiment).run
        self._say = say
        self._seen = {self._own.processor}

    def pack(self, task: Task) -> Parcel:
        """Return what is sent for a task."""
        return Parcel(replace(task, stands_for=self._package), self._sources, self._digest, self._own, self._run)

    def check(self, parcel: Parcel, reply: Reply) -> None:
        """Refuse what is not a parcel's rows.

        Raises
        ------
        RunError
            If the worker has other libraries, or sent something else.
        """
        from timeline.keeping.part_files import wrong_part

        require_same_libraries(reply.worker, self._own)
        task = parcel.task
        if wrong_part(reply.rows, self._run, task.arm, task.first, task.count):
            raise RunError(
                f"worker {reply.worker.name} has sent other rows than replications {task.first} to "
                f"{task.first + task.count - 1}; run the same command again"
            )

    def unpack(self, reply: Reply) -> pl.DataFrame:
        """Return rows that have been checked."""
        import polars as pl

        return pl.read_parquet(io.BytesIO(reply.rows))

    def strange(self, reply: Reply) -> str:
        """Return the processor of a worker if it is another than this machine's; the user is told once."""
        processor = reply.worker.processor
        if processor not in self._seen:
            self._seen.add(processor)
            self._say(
                f"Worker {reply.worker.name} has another processor ({processor}) than this machine "
                f"({self._own.processor}): timelines can differ in the last bit; the manifest says which parts it made."
            )
        return processor if processor != self._own.processor else ""
