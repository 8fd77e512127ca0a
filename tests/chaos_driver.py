"""Runs `timeline` commands in processes whose operations on the disk are counted, and struck at any one of them.

A process of its own, started by `test_chaos.py`: it imports the program once and forks a child for each request, so
that a run begins in no time. In the child every call that changes the results folder is an *operation*: making a
folder, opening a file to write, writing, being half through with it, fsync, rename, removal. Just before the chosen
one the child kills itself with SIGKILL, waits for a release, or meets a disk that is full or read-only.

Requests come on standard input, a line of JSON each, answers go to standard output; see `Request` and `Answer`.
"""

from __future__ import annotations

import errno
import importlib
import io
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypedDict

from timeline.config.load import load
from timeline.playing.tasks import ENGINES, Task, simulate

#: What happens at the chosen operation, besides the names of errors such as ENOSPC.
KILL, HOLD = "kill", "hold"


class Request(TypedDict):
    """What to run.

    ``commands`` are run one after the other in ``folder`` until one fails. Operations below ``results`` count, from 1
    on; ``strike`` happens at number ``at``, 0 for never, and with ``lasting`` at each one after it. A held child goes
    on once ``release`` exists.
    """

    folder: str
    results: str
    commands: list[list[str]]
    strike: str
    at: int
    lasting: bool
    release: str


class Answer(TypedDict):
    """What became of it: an exit status, negative for a signal, what was said, and the operations that were begun."""

    status: int
    out: str
    err: str
    operations: list[str]


class Disk:
    """Stands between the program and the disk: counts operations below a folder, and strikes at one."""

    def __init__(self, request: Request, log: int) -> None:
        self.request = request
        self.results = os.path.realpath(request["results"])
        self.log = log
        self.count = 0

    def install(self) -> None:
        """Take the place of the functions through which Python changes a disk."""
        for name in ("mkdir", "rmdir", "unlink", "remove", "replace", "rename", "truncate", "pwrite", "fsync"):
            setattr(os, name, self._counted(name, getattr(os, name)))
        opening, opening_low = io.open, os.open

        def open_low(path: Any, flags: int, *rest: Any, **named: Any) -> int:
            if flags & os.O_CREAT:
                self._operation("create", self._where(path, named.get("dir_fd")))
            return opening_low(path, flags, *rest, **named)

        def open_file(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
            where = None if isinstance(file, int) else self._where(file)
            if where is None or not set(mode) & set("wxa+"):
                return opening(file, mode, *rest, **named)
            self._operation("open", where)
            return _File(opening(file, mode, *rest, **named), self, where)

        os.open, io.open = open_low, open_file

    def _counted(self, name: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(target: Any, *rest: Any, **named: Any) -> Any:
            self._operation(name, self._where(target, named.get("dir_fd")))
            return original(target, *rest, **named)

        return call

    def _where(self, target: Any, folder: int | None = None) -> str | None:
        """Return a path below the results, or None for one elsewhere; an open file is known by its number."""
        if isinstance(target, int):
            path = os.readlink(f"/proc/self/fd/{target}")
        else:
            base = os.readlink(f"/proc/self/fd/{folder}") if folder is not None else os.getcwd()
            path = os.path.join(base, os.fsdecode(target))
        path = os.path.normpath(path)
        return os.path.relpath(path, self.results) if (path + os.sep).startswith(self.results + os.sep) else None

    def _operation(self, name: str, where: str | None, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Count an operation that is about to begin; ``meanwhile`` is what has happened of it when it is struck."""
        if where is None:
            return
        self.count += 1
        os.write(self.log, f"{name} {where}\n".encode())
        at, strike = self.request["at"], self.request["strike"]
        if at == 0 or self.count < at or (self.count > at and not self.request["lasting"]):
            return
        meanwhile()
        if strike == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        elif strike == HOLD:
            # Not for ever: whoever was to release it may be gone.
            for _ in range(12_000):
                if os.path.exists(self.request["release"]):
                    break
                time.sleep(0.01)
        elif strike != "ENOSPC" or name not in ("unlink", "remove", "rmdir", "truncate"):  # a full disk lets go
            number = getattr(errno, strike)
            raise OSError(number, os.strerror(number), where)


class _File:
    """A file open for writing: each write is two operations, before it and half through it."""

    def __init__(self, file: Any, disk: Disk, where: str) -> None:
        self._file = file
        self._disk = disk
        self._where = where

    def write(self, data: Any) -> int:
        half = len(data) // 2

        def tear() -> None:
            self._file.write(data[:half])
            self._file.flush()

        self._disk._operation("write", self._where)
        self._disk._operation("tear", self._where, tear)
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _run(request: Request, log: int) -> int:
    from timeline.cli import main

    Disk(request, log).install()
    for command in request["commands"]:
        try:
            main(command)
        except SystemExit as end:
            if end.code:
                return int(end.code)
    return 0


def _child(request: Request, notes: Path) -> None:
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(notes / name, os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
    log = os.open(notes / "operations", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.chdir(request["folder"])
    status = 70  # of a child that the driver itself has failed
    try:
        status = _run(request, log)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(status)


def _serve(request: Request) -> Answer:
    notes = Path(tempfile.mkdtemp())
    # Threads would not live on in a child, and what they held locked would stay locked.
    assert len(os.listdir("/proc/self/task")) == 1, "the driver has threads, so it cannot fork"
    child = os.fork()
    if child == 0:
        _child(request, notes)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    out, err, operations = ((notes / name).read_text() for name in ("out", "err", "operations"))
    shutil.rmtree(notes)
    return {"status": status, "out": out, "err": err, "operations": operations.splitlines()}


def _make_ready(config: Path) -> None:
    """Import what takes long and load the engines; but not polars, nor what imports it: it starts threads at once."""
    for name in ("scipy.stats", "seaborn", "timeline.cli.run"):
        importlib.import_module(name)
    experiment = load(config)
    arm = experiment.arms[0]
    for engine in ENGINES:
        task = Task(
            workspace=str(experiment.workspace.root),
            model=experiment.model_name,
            sources=experiment.workspace.sources_hash(experiment.model_name),
            values=arm.values,
            without=arm.without,
            seed=experiment.seed,
            horizon=experiment.horizon,
            arm="",
            label="",
            replay="",
            engine=engine,
            count=1,
        )
        simulate(task)


if __name__ == "__main__":
    _make_ready(Path(sys.argv[1]))
    for line in sys.stdin:
        print(json.dumps(_serve(json.loads(line))), flush=True)
