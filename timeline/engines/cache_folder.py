"""Where machine code is kept between runs, and when it is believed.

A folder's name is the fingerprint of all that went into the machine code, so an edited model never meets what
was compiled before the edit. A folder is made aside and renamed into place when it is complete, with a
checksum of each file: half a folder, or a damaged one, is never read. Several processes may share it: one
compiles and the others wait, only that one takes away what is not believed, and what another process puts beside
the files that have checksums does no harm. The logger ``timeline.cache`` says what was refused, and why.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where two processes may compile the same
    fcntl = None  # type: ignore[assignment]

_SUMS = "checksums.json"
_LOG = logging.getLogger("timeline.cache")


def folder() -> Path:
    """Return the folder of all machine code, whether or not it exists."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "crisis-timeline" / "compiled"


def kept(fingerprint: str) -> Path | None:
    """Return the folder of one fingerprint if it is complete and undamaged."""
    found = folder() / fingerprint
    if not found.exists():
        _LOG.debug("%s: nothing is kept in %s", fingerprint, folder())
        return None
    try:
        sums = json.loads((found / _SUMS).read_text(encoding="utf-8"))
        present = _sums(found, sums)
        damaged = [name for name in sums if present[name] != sums[name]]
        reason = f"not as it was written: {', '.join(damaged)}" if damaged else "" if sums else "it has no files"
    except (OSError, ValueError, TypeError, AttributeError) as problem:
        reason = f"{type(problem).__name__}: {problem}"
    if not reason:
        return found
    refused(fingerprint, reason)
    return None


def refused(fingerprint: str, reason: str) -> None:
    """Say that what is kept is not used, and why."""
    _LOG.debug("%s: what is kept is refused: %s", fingerprint, reason)


@contextmanager
def alone(fingerprint: str) -> Iterator[None]:
    """Wait until no other process makes the machine code of this fingerprint; others wait meanwhile.

    The lock ends with the process that holds it. Where there are no locks, two processes may compile the same.
    """
    lock: int | None = None
    try:
        locks = folder().with_name("locks")
        locks.mkdir(parents=True, exist_ok=True)
        lock = os.open(locks / fingerprint, os.O_RDWR | os.O_CREAT, 0o600)
        if fcntl is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as problem:
        _LOG.debug("%s: no lock: %s", fingerprint, problem)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


@contextmanager
def making(fingerprint: str) -> Iterator[Path | None]:
    """Give a folder to compile in; it is kept if all goes well. None where nothing can be written.

    What was kept before goes: only who is `alone` can know that it is still what was refused.
    """
    aside: Path | None = None
    try:
        folder().mkdir(parents=True, exist_ok=True)
        _drop(fingerprint)
        aside = Path(tempfile.mkdtemp(prefix=f"{fingerprint}.", dir=folder()))
        # numba files machine code by this file's name, date and size.
        (aside / "program.py").write_text("# A place for machine code; see timeline.engines.compiled.\n", "utf-8")
    except OSError as problem:
        _LOG.debug("%s: nothing can be kept in %s: %s", fingerprint, folder(), problem)
        aside = None
    try:
        yield aside
        if aside is not None:
            _keep(aside, fingerprint)
    finally:
        if aside is not None:
            shutil.rmtree(aside, ignore_errors=True)


def _drop(fingerprint: str) -> None:
    """Take away what is kept, at once: deleted where it lies it would be half a folder to whoever reads it."""
    if (folder() / fingerprint).exists():
        aside = Path(tempfile.mkdtemp(prefix=f"{fingerprint}.", dir=folder()))
        with suppress(OSError):
            os.rename(folder() / fingerprint, aside)
        shutil.rmtree(aside, ignore_errors=True)


def _keep(aside: Path, fingerprint: str) -> None:
    try:
        names = [path.relative_to(aside).as_posix() for path in sorted(aside.rglob("*")) if path.is_file()]
        (aside / _SUMS).write_text(json.dumps(_sums(aside, names)), encoding="utf-8")
        os.rename(aside, folder() / fingerprint)  # fails if another process was faster
    except OSError as problem:
        _LOG.debug("%s: not kept: %s", fingerprint, problem)


def _sums(place: Path, names: Iterable[str]) -> dict[str, str]:
    return {name: hashlib.sha256((place / name).read_bytes()).hexdigest() for name in names}
