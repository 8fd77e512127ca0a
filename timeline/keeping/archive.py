"""A sweep's folder: one number a replication and arm, in blocks that are whole or absent.

``results/<config>/sweep-<hash>/`` is named by a hash of what decides the sweep's numbers::

    sweep.json                         what is swept, with a checksum
    values/000120-0000002000.npz       arms 120 and on, replications 2,000 and on
    points.csv, fresh.csv, ...         what was found, made anew each time

Blocks are written aside and renamed into place, and every one says which sweep it belongs to. So whatever the
moment at which the program is killed, the same command goes on with the blocks that are missing, and ends in the
same bytes. Inside is a ZIP file, whose own checksums are looked at whenever a block is read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.arrays import Floats
from timeline.errors import PathError, StoreError
from timeline.keeping.files import cannot_write, inside, read_inside, take_lock, write_aside
from timeline.study.keys import key_of
from timeline.study.sweep_arms import Block

MANIFEST = "sweep.json"
FORMAT, VERSION = "crisis-timeline sweep", 1
#: Blocks that are kept in memory while they are read.
_KEPT = 16
Values = npt.NDArray[np.float32]


class Archive:
    """A sweep's folder, locked while it is open.

    Parameters
    ----------
    folder
        Made if absent.
    content
        What decides the sweep's numbers.

    Raises
    ------
    StoreError
        If the folder is foreign, damaged, of another sweep, in use, or cannot be written.
    """

    def __init__(self, folder: Path, content: dict[str, Any]) -> None:
        self.folder = folder
        self.key = key_of(content)
        self._blocks: dict[str, Values] = {}
        found = folder / MANIFEST
        try:
            known = set(os.listdir(folder)) if folder.exists() else set()
            if known - {"lock", MANIFEST + ".tmp"} and MANIFEST not in known:
                raise PathError(
                    f"{folder}: holds {sorted(known)[0]}, but no {MANIFEST}; give another folder by --out, or move it "
                    "away; nothing was overwritten"
                )
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise cannot_write(folder, problem) from None
        self._lock = take_lock(folder)
        try:
            if os.path.lexists(found):
                self._require_own(found)
            else:
                write_aside(inside(folder, MANIFEST), self._manifest(content))
        except BaseException:
            os.close(self._lock)
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: object, trace: TracebackType | None) -> None:
        os.close(self._lock)

    def _manifest(self, content: dict[str, Any]) -> bytes:
        made = {"format": FORMAT, "version": VERSION, "sweep": self.key, "content": content}
        text = json.dumps(made, ensure_ascii=False)
        return (
            json.dumps({**made, "checksum": hashlib.sha256(text.encode()).hexdigest()}, ensure_ascii=False) + "\n"
        ).encode()

    def _require_own(self, path: Path) -> None:
        instead = "restore it from a copy, or move the folder away and run again; nothing was overwritten"
        try:
            found = dict(json.loads(read_inside(self.folder, MANIFEST)))
            checksum = found.pop("checksum")
        except (ValueError, TypeError, KeyError, RecursionError, OSError):
            raise StoreError(f"{path}: is no manifest of a sweep: it was cut off or altered; {instead}") from None
        if found.get("format") != FORMAT or found.get("version") != VERSION:
            raise StoreError(f'{path}: expected format "{FORMAT}", version {VERSION}; {instead}')
        text = json.dumps(found, ensure_ascii=False)
        if checksum != hashlib.sha256(text.encode()).hexdigest():
            raise StoreError(f"{path}: was edited by hand: its checksum is not that of its content; {instead}")
        if found.get("sweep") != self.key:
            raise StoreError(f"{path}: is the manifest of another sweep; {instead}")

    def missing(self, blocks: Sequence[Block]) -> list[Block]:
        """Return the blocks that are not saved yet."""
        folder = inside(self.folder, "values")
        known = set(os.listdir(folder)) if folder.is_dir() else set()
        return [block for block in blocks if block.name not in known]

    def write(self, block: Block, values: Values) -> None:
        """Save a block; ``values`` has shape (arms, replications)."""
        buffer = io.BytesIO()
        np.savez_compressed(buffer, sweep=np.array(self.key), values=values)
        write_aside(inside(self.folder, f"values/{block.name}"), buffer.getvalue())

    def read(self, block: Block) -> Values:
        """Return a block; shape (arms, replications).

        Raises
        ------
        StoreError
            If it is missing, damaged, or of another sweep.
        """
        if block.name not in self._blocks:
            if len(self._blocks) >= _KEPT:
                self._blocks.pop(next(iter(self._blocks)))
            self._blocks[block.name] = self._read(block)
        else:
            self._blocks[block.name] = self._blocks.pop(block.name)  # used last, dropped last
        return self._blocks[block.name]

    def _read(self, block: Block) -> Values:
        path = self.folder / "values" / block.name
        again = f"delete this file, and the same command plays its {block.arms * block.count:,} timelines again"
        try:
            with np.load(io.BytesIO(read_inside(self.folder, f"values/{block.name}")), allow_pickle=False) as found:
                values: Values = found["values"]
                own = str(found["sweep"]) == self.key
            whole = values.shape == (block.arms, block.count) and values.dtype == np.float32
        except (
            OSError,
            ValueError,
            KeyError,
            EOFError,
            MemoryError,
            NotImplementedError,
            SyntaxError,
            TypeError,
            zipfile.BadZipFile,
            zlib.error,
        ) as problem:
            said = ascii(" ".join(str(problem).split())[:80])[1:-1]
            raise StoreError(f"{path}: is damaged ({said}); {again}") from None
        if not (own and whole):
            raise StoreError(f"{path}: belongs to another sweep; {again}")
        return values


class Shelf:
    """The values of a range of replications, arm by arm, read block by block.

    Parameters
    ----------
    archive
        The folder.
    blocks
        Those of these replications, by arm.
    """

    def __init__(self, archive: Archive, blocks: Sequence[Block]) -> None:
        self._archive = archive
        self._blocks = list(blocks)
        self._starts = np.array([block.arm for block in blocks])
        self.first, self.count = blocks[0].first, blocks[0].count

    def rows(self, arms: npt.NDArray[np.int64]) -> Floats:
        """Return the values of some arms; shape (arms, replications), NaN where a replication does not count."""
        made = np.empty((len(arms), self.count))
        holders = np.searchsorted(self._starts, arms, side="right") - 1
        for holder in np.unique(holders):
            block = self._blocks[holder]
            mine = holders == holder
            made[mine] = self._archive.read(block)[arms[mine] - block.arm]
        return made


def shelves(archive: Archive, blocks: Sequence[Block]) -> Iterator[Shelf]:
    """Yield the values range of replications by range of replications."""
    for first in sorted({block.first for block in blocks}):
        yield Shelf(archive, [block for block in blocks if block.first == first])
