"""Files that are whole or not there: locked folders, files written aside and renamed, errors that say what to do."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from timeline.errors import ConfigError, PathError, StoreError

if TYPE_CHECKING:
    import polars as pl

LOCK = "lock"

#: What the system says of a path that cannot serve; all else it says of a disk.
_OF_PATHS = frozenset(
    {
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EISDIR,
        errno.EEXIST,
        errno.ENAMETOOLONG,
        errno.ELOOP,
        errno.EACCES,
        errno.EPERM,
    }
)


def take_lock(folder: Path) -> int:
    """Take a folder's lock; it is let go when the number that is returned, a file's, is closed.

    Raises
    ------
    StoreError
        If another process has it, or the disk has no locks.
    """
    path = inside(folder, LOCK)
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o644)
    except OSError as problem:
        raise cannot_write(path, problem) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode("ascii", "replace").strip()
        os.close(lock)
        process = f" (process {holder})" if holder else ""
        raise StoreError(
            f"{folder}: is in use by another timeline command{process}; wait until it has ended, or stop it"
        ) from None
    except OSError as problem:
        os.close(lock)
        raise StoreError(
            f"{path}: cannot be locked: {problem.strerror}; put the results on a disk that can, by --out"
        ) from None
    # The number is a courtesy to whoever finds the folder in use; on a full disk it is left out.
    with suppress(OSError):
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def inside(folder: Path, name: str) -> Path:
    """Return the path of a file in a folder that may be a stranger's; no part of it below the folder may be a link.

    Parameters
    ----------
    folder
        The folder; it may itself be reached by a link.
    name
        The path below it, such as ``"parts/0123456789ab/0000000000-0010.parquet"``.

    Raises
    ------
    StoreError
        If it would lie outside, or something on the way is a link.

    Examples
    --------
    >>> inside(Path("run"), "../thesis.docx")
    Traceback (most recent call last):
    timeline.errors.StoreError: run: given the file "../thesis.docx", expected one inside the folder; it was not touched
    """
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\0" in name:
        raise StoreError(f'{folder}: given the file "{name}", expected one inside the folder; it was not touched')
    path = folder
    for part in parts:
        path = path / part
        if path.is_symlink():
            raise StoreError(
                f"{path}: is a link, expected a file or folder of the results themselves; put what it points to in its "
                "place; nothing was read or written there"
            )
    return path


def read_inside(folder: Path, name: str) -> bytes:
    """Return the bytes of a plain file in a folder that may be a stranger's; see `inside`.

    Raises
    ------
    OSError
        If it is missing, cannot be read, or is no plain file.
    StoreError
        As `inside`.
    """
    path = inside(folder, name)
    # A pipe would make the reader wait for ever.
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(opened, "rb") as file:
        if not stat.S_ISREG(os.fstat(opened).st_mode):
            raise OSError(errno.EINVAL, "it is no plain file", str(path))
        return file.read()


def parquet(table: pl.DataFrame, about: Mapping[str, str] | None = None) -> bytes:
    """Return a table as Parquet, with the same bytes for the same rows whatever they came in.

    Parameters
    ----------
    table
        The rows.
    about
        What the file says of itself, beside the rows.
    """
    buffer = io.BytesIO()
    table.rechunk().write_parquet(
        buffer,
        compression="zstd",
        compression_level=3,
        statistics=True,
        row_group_size=50_000,
        metadata=None if about is None else dict(about),
    )
    return buffer.getvalue()


def write_aside(path: Path, data: bytes) -> None:
    """Write a file under another name, wait until it is on disk, and rename it into place.

    Raises
    ------
    StoreError
        If the disk is full or cannot be written; a file that was there before is untouched.
    """
    aside = path.with_name(path.name + ".tmp")
    try:
        make_folder(path.parent)
        # What lies there may be a link: it is taken away, never written through.
        if os.path.lexists(aside):
            os.unlink(aside)
        with aside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        _settle(path.parent)
    except OSError as problem:
        remove(aside)
        raise cannot_write(path, problem) from None


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, and wait until they are on disk."""
    if folder.exists():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _settle(folder.parent)


def _settle(folder: Path) -> None:
    """Wait until the names in a folder are on disk: a file's own content does not include its name."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def cannot_write(path: Path, problem: OSError) -> StoreError:
    """Return the error that says why a file could not be written, and what to do."""
    # What polars raises tells the number in its text only.
    told = re.search(r"\(os error (\d+)\)", str(problem))
    number = problem.errno or (int(told[1]) if told else 0)
    if number in (errno.ENOSPC, errno.EDQUOT):
        return StoreError(
            f"{path}: the disk is full; what was saved before is intact. Free some space, "
            "and the same command goes on where it stopped"
        )
    why = os.strerror(number) if number else str(problem)
    return blamed(number)(f"{path}: cannot be written: {why}; give another folder by --out")


def blamed(number: int | None) -> type[StoreError]:
    """Return the kind of error for what the system says: of a path, which the user gave, or of a disk."""
    return PathError if number in _OF_PATHS else StoreError


def require_place(option: str, path: Path, endings: Sequence[str]) -> None:
    """Refuse a file that could not be written, before any work is done for it.

    Parameters
    ----------
    option
        The option that names it.
    path
        The file.
    endings
        What its name may end in, such as ``".svg"``.

    Raises
    ------
    ConfigError
        If it ends otherwise, or its folder is missing or may not be written.
    """
    if path.suffix not in endings:
        raise ConfigError(f'{option}: given "{path}", expected a file name ending in {", ".join(endings)}')
    if not path.parent.is_dir():
        raise ConfigError(
            f'{option}: given "{path}", but there is no folder "{path.parent}"; make it, or give a file elsewhere'
        )
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ConfigError(f'{option}: given "{path}", which may not be written; give a file elsewhere')


def remove(path: Path) -> None:
    """Remove a file that is no longer needed; if that fails, the next run tries again."""
    try:
        path.unlink()
    except OSError:
        return
