"""Results on disk: parts, a manifest, a lock; interrupted at any moment, they go on where they stopped.

A run's folder, ``results/<config>/<run>/``, is named by a hash of what determines a timeline.
Inside, each arm's rows lie in parts whose boundaries depend on the replication number alone::

    manifest.json                            what was made, with row counts and checksums
    resolved.json                            the config as it was understood, sealed
    parts/<arm>/0000001000-0250.parquet      replications 1,000 to 1,249 of one arm
    events/<arm>.parquet                     every firing of the first few timelines, if asked for

A part grows by a new file beside the old one: the manifest is written only once the new file
is safely on disk, and the old one goes only after the manifest. So whatever the moment at which
the program is killed, the manifest names whole files.

A folder may come from a stranger: what its manifest says is held against the form that this program gives it before
it becomes a path, no link is followed, and each part says itself of which arm of which run its rows are.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import polars as pl

from timeline.engines.world import MOST_REPLICATIONS
from timeline.errors import PathError, StoreError, nearest
from timeline.keeping.files import (
    LOCK,
    blamed,
    cannot_write,
    inside,
    make_folder,
    parquet,
    read_inside,
    remove,
    take_lock,
    write_aside,
)
from timeline.keeping.manifest_text import ManifestText
from timeline.keeping.manifests import is_key, misshapen
from timeline.keeping.part_files import (
    OLD_PART,
    checked_rows,
    columns_of,
    failed_in,
    impossible_column,
    part_bytes,
    part_of,
    part_path,
    part_rows,
    parts_of,
    wrong_part,
)
from timeline.keeping.sealed import BrokenSealError, seal, unseal
from timeline.model.values import as_json
from timeline.study.keys import Determinants, canonical, digest
from timeline.study.resolved import Resolved

FORMAT = "crisis-timeline results"
VERSION = 3
#: Its parts do not say whose they are: they are named, and played again.
_OLD_VERSION = 2

MANIFEST = "manifest.json"
RESOLVED = "resolved.json"
_AGAIN = "`timeline run CONFIG`, with the config that made it, writes this file anew and simulates nothing twice"
_REPAIR = "run the same `timeline run` command with --repair to simulate"

#: What a run that was killed right at its start may have left, before there was a manifest.
_FIRST_FILES = {LOCK, MANIFEST + ".tmp"}

_PART = re.compile(r"\d{10}-\d+\.parquet(\.tmp)?")
_ASIDE = re.compile(r"(\w+\.json|[0-9a-f]{12}\.parquet)\.tmp")

#: How the folder begins in which a report is made before it is renamed into place.
_REPORT_ASIDE = ".report-"


@dataclass(frozen=True)
class Damage:
    """One part that is not as it was written.

    Attributes
    ----------
    arm
        The arm's key.
    first, rows
        The replications it held.
    sentence
        What was found and what was expected.
    """

    arm: str
    first: int
    rows: int
    sentence: str


class Store:
    """One run's folder, locked while it is open; see `open_run` and `open_results`.

    Attributes
    ----------
    folder
        The run's folder.
    manifest
        Its manifest, without the checksum.
    columns
        The columns of every row, and their kinds; None until they are known, from the model or from the first part.
    """

    def __init__(self, folder: Path, manifest: dict[str, Any], lock: int) -> None:
        self.folder = folder
        self.manifest = manifest
        self.columns: Mapping[str, pl.DataType] | None = None
        self._lock = lock
        self._text = ManifestText()
        self._resolved: Resolved | None = None
        self._failing = {arm for arm in self.arms if any("failed" in part for part in self.parts(arm))}

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the lock back."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def run(self) -> str:
        """The name of the run."""
        return str(self.manifest["run"])

    @property
    def determinants(self) -> dict[str, Any]:
        """What decides the run's timelines, as the manifest has it."""
        found: dict[str, Any] = self.manifest["determinants"]
        return found

    @property
    def arms(self) -> dict[str, Any]:
        """{arm key: {overrides, levers, parts, events}}."""
        found: dict[str, Any] = self.manifest["arms"]
        return found

    def parts(self, arm: str) -> list[dict[str, Any]]:
        """Return the manifest's records of an arm's parts, by rising replication."""
        found: list[dict[str, Any]] = self.arms.get(arm, {}).get("parts", [])
        return found

    def present(self, arm: str, replications: int) -> int:
        """Return how many of the first ``replications`` replications of an arm are saved."""
        return sum(max(0, min(part["rows"], replications - part["first"])) for part in self.parts(arm))

    def complete(self, arm: str) -> int:
        """Return how many replications of an arm are saved from 0 on without a gap."""
        known = {part["first"]: part["rows"] for part in self.parts(arm)}
        end = 0
        while known.get(end):
            first, size = part_of(end)
            end += known[first]
            if known[first] < size:
                break
        return end

    def missing(
        self, arm: str, replications: int, wanted: Iterable[tuple[int, int]] | None = None
    ) -> list[tuple[int, int]]:
        """Return (first, count) of what must be simulated, one range a part.

        Parameters
        ----------
        arm
            The arm's key.
        replications
            How many replications, from 0 on, are wanted.
        wanted
            Ranges (first, count) that are wanted of these, each from a part's beginning; all if left out.
        """
        known = {part["first"]: part["rows"] for part in self.parts(arm)}
        ranges = parts_of(replications) if wanted is None else wanted
        return [
            (first + known.get(first, 0), count - known.get(first, 0))
            for first, count in ranges
            if count > known.get(first, 0)
        ]

    def bytes_a_row(self) -> float:
        """Return the mean size on disk of one saved row; NaN if none is saved."""
        parts = [part for arm in self.arms for part in self.parts(arm)]
        rows = sum(part["rows"] for part in parts)
        return sum(part["bytes"] for part in parts) / rows if rows else math.nan

    def declare(self, arm: str, overrides: Mapping[str, object], levers: Mapping[str, object]) -> None:
        """Enter an arm into the manifest, if it is not there yet; the next `save` writes it."""
        if arm not in self.arms:
            self.arms[arm] = {"overrides": as_json(overrides), "levers": as_json(levers), "parts": []}

    def extend(self, arm: str, rows: pl.DataFrame, engine: str, processors: Iterable[str] = ()) -> None:
        """Add rows to one part of an arm.

        Parameters
        ----------
        arm
            The arm's key; it must be declared.
        rows
            Consecutive replications of one part, the first of them next in line.
        engine
            The name of the engine that made them, kept for the record.
        processors
            Processors that made them, if they are not this machine's; also for the record.

        Raises
        ------
        StoreError
            If the part on disk is damaged, or the disk is full or cannot be written.
        """
        if rows.is_empty():
            return
        first, old = self._followed(arm, rows)
        if old:
            rows = pl.concat([self._read(old), rows])
        self.add(arm, first, rows.height, part_bytes(rows, self.run, arm), engine, processors)

    def add(self, arm: str, first: int, rows: int, data: bytes, engine: str, processors: Iterable[str] = ()) -> None:
        """Save a part in place of a shorter one.

        Parameters
        ----------
        arm, engine, processors
            As for `extend`.
        first, rows
            The part's first replication, and how many it holds now.
        data
            Its bytes.

        Raises
        ------
        StoreError
            If the disk is full or cannot be written.
        """
        old = next((part for part in self.parts(arm) if part["first"] == first), None)
        file = part_path(arm, first, rows)
        write_aside(inside(self.folder, file), data)
        engines = {engine, *(old["engine"].split(" and ") if old else ())}
        new = {
            "file": file,
            "first": first,
            "rows": rows,
            "bytes": len(data),
            "sha256": digest(data),
            "engine": " and ".join(sorted(engines)),
        }
        others = {*processors, *(old.get("processors", ()) if old else ())}
        new |= {"processors": sorted(others)} if others else {}
        failed = failed_in(part_rows(data, [name for name in ("replication", "firings") if name in columns_of(data)]))
        new |= {"failed": failed} if failed else {}
        before = self.parts(arm)
        kept = [part for part in before if part is not old]
        self._enter(arm, sorted([*kept, new], key=lambda part: int(part["first"])))
        try:
            self.save()
        except BaseException:
            # Which manifest is on disk, the old or the new one, may be uncertain now: both files stay.
            self._enter(arm, before)
            raise
        if old:
            remove(inside(self.folder, old["file"]))

    def _followed(self, arm: str, rows: pl.DataFrame) -> tuple[int, dict[str, Any] | None]:
        """Return the first replication of the part that rows belong to, and the part if it has begun."""
        start = int(rows["replication"][0])
        first, size = part_of(start)
        old = next((part for part in self.parts(arm) if part["first"] == first), None)
        have = old["rows"] if old else 0
        if start != first + have or have + rows.height > size:
            raise ValueError(
                f"replications {start} to {start + rows.height - 1} do not follow the {have} of part {first}"
            )
        return first, old

    def adopt(self, arm: str, part: Mapping[str, Any], data: bytes) -> bool:
        """Take over a part that another store has made; `save` enters it into the manifest on disk.

        Parameters
        ----------
        arm
            The arm's key; it must be declared.
        part, data
            The other manifest's record of it, and its bytes, which were checked.

        Returns
        -------
        bool
            False if as many rows of it, or more, are here already.

        Raises
        ------
        StoreError
            If as many rows are here, but others.
        """
        first, rows = int(part["first"]), int(part["rows"])
        old = next((known for known in self.parts(arm) if known["first"] == first), None)
        if old and old["rows"] >= rows:
            if old["rows"] == rows and old["sha256"] != part["sha256"]:
                raise StoreError(
                    f"{self.folder / old['file']}: holds other rows than the part to be joined for replications "
                    f"{first:,} to {first + rows - 1:,} of arm {arm}: checksum {old['sha256'][:12]}, given "
                    f"{part['sha256'][:12]}; were they made on another kind of processor? nothing was overwritten"
                )
            return False
        file = part_path(arm, first, rows)
        write_aside(inside(self.folder, file), data)
        kept = [known for known in self.parts(arm) if known is not old]
        self._enter(arm, sorted([*kept, {**part, "file": file}], key=lambda known: int(known["first"])))
        if old:
            self.save()
            remove(inside(self.folder, old["file"]))
        return True

    def content(self, part: Mapping[str, Any]) -> bytes:
        """Return the bytes of a part.

        Raises
        ------
        StoreError
            If they are not as they were written.
        """
        sentence, data = self._checked(part)
        if sentence:
            raise StoreError(_repairable([sentence]))
        return data

    def read(self, arm: str, replications: int, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the first ``replications`` rows of an arm in one table; see `pieces`.

        Raises
        ------
        StoreError
            If a part is damaged, or fewer rows are saved.
        """
        return pl.concat(self.pieces(arm, replications, columns))

    def pieces(
        self, arm: str, replications: int, columns: Sequence[str] | None = None, first: int = 0
    ) -> Iterator[pl.DataFrame]:
        """Return the first ``replications`` rows of an arm part by part, each checked as it is read.

        Parameters
        ----------
        arm
            The arm's key.
        replications
            How many replications, from 0 on; at least 1.
        columns
            Names of columns to read; all if left out.
        first
            Leave out the replications before this one.

        Returns
        -------
        Iterator of DataFrame
            One table a part, by rising replication, the last one cut off where the count ends. Only one
            is in memory at a time. Replications that some arm of the config could not play are left out of all.

        Raises
        ------
        StoreError
            At once if fewer rows are saved; when its turn comes if a part is damaged.
        """
        complete = self.complete(arm)
        if complete < replications or replications < 1:
            raise StoreError(
                f"{self.folder}: arm {arm} has {complete:,} replications, expected {replications:,}; "
                "run the same command again to simulate what is missing"
            )
        wanted = [
            part for part in self.parts(arm) if part["first"] < replications and part["first"] + part["rows"] > first
        ]
        left_out = self._left_out()
        return (self._wanted(part, columns, first, replications, left_out) for part in wanted)

    def _wanted(
        self, part: Mapping[str, Any], columns: Sequence[str] | None, first: int, end: int, left_out: Set[int]
    ) -> pl.DataFrame:
        begin = part["first"]
        rows = self._read(part, columns)
        out = [number - begin for number in left_out if begin <= number < begin + part["rows"]]
        if not out:
            whole = first <= begin and begin + rows.height <= end
            return rows if whole else rows[max(0, first - begin) : end - begin]
        kept = np.ones(rows.height, np.bool_)
        kept[out] = False
        kept[: max(0, first - begin)] = kept[end - begin :] = False
        return rows.filter(kept)

    def failed(self, arms: Iterable[str], replications: int) -> dict[str, list[int]]:
        """Return {arm: which of its first replications could not be played}, for arms that have such."""
        known = {
            arm: [number for part in self.parts(arm) for number in part.get("failed", ()) if number < replications]
            for arm in arms
        }
        return {arm: numbers for arm, numbers in known.items() if numbers}

    def _left_out(self) -> Set[int]:
        """Return the replications that some arm of the config lacks: all its arms do without them, to stay paired."""
        if not self._failing:
            return frozenset()
        failed = self.failed(set(self.resolved.keys.values()) & self._failing, MOST_REPLICATIONS)
        return frozenset(number for numbers in failed.values() for number in numbers)

    def _enter(self, arm: str, parts: list[dict[str, Any]]) -> None:
        """Enter an arm's parts into the manifest; a list of the arms that lack replications spares looking at all."""
        self.arms[arm]["parts"] = parts
        lacks = any("failed" in part for part in parts)
        (self._failing.add if lacks else self._failing.discard)(arm)

    def _read(self, part: Mapping[str, Any], columns: Sequence[str] | None = None) -> pl.DataFrame:
        known = self.columns
        if known is None or not all(column in known for column in columns or ()):
            self._require_columns(part, columns or ())
        sentence, data = self._whole(part)
        if not sentence:
            arm = Path(part["file"]).parent.name
            wrong, rows = checked_rows(data, self.run, arm, part["first"], part["rows"], columns)
            if not (wrong or self._foreign_columns(data)):
                return rows
            sentence, _ = self._checked(part)  # it says of a column that is missing that it is
        raise StoreError(_repairable([sentence]))

    def _require_columns(self, part: Mapping[str, Any], columns: Sequence[str]) -> None:
        """Look into a part for the columns that there are, and refuse one that there is not."""
        sentence, _ = self._checked(part)
        if sentence:
            raise StoreError(_repairable([sentence]))
        known = self.columns or {}
        for column in columns:
            if column not in known:
                raise StoreError(
                    f"{self.folder}: its rows have no column {column!a}, expected one of {', '.join(known)}"
                    f"{nearest(column, known)}; if nobody asked for it, {_AGAIN.replace('this file', RESOLVED)}"
                )

    def _where(self, part: Mapping[str, Any]) -> str:
        arm, last = Path(part["file"]).parent.name, part["first"] + part["rows"] - 1
        return f"{self.folder / part['file']}: replications {part['first']:,} to {last:,} of arm {arm}"

    def _checked(self, part: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return (what is wrong, the part's bytes); nothing is wrong with an empty sentence."""
        sentence, data = self._whole(part)
        if sentence:
            return sentence, data
        arm = Path(part["file"]).parent.name
        wrong = wrong_part(data, self.run, arm, part["first"], part["rows"]) or self._foreign_columns(data)
        return (f"{self._where(part)} {wrong}" if wrong else ""), data

    def _whole(self, part: Mapping[str, Any]) -> tuple[str, bytes]:
        """Return (in what the bytes are not as they were written, the bytes)."""
        where = self._where(part)
        try:
            data = read_inside(self.folder, part["file"])
        except FileNotFoundError:
            return f"{where} are missing, expected a file of {part['bytes']:,} bytes", b""
        except OSError as problem:
            return f"{where} cannot be read: {problem.strerror}", b""
        if len(data) != part["bytes"]:
            return f"{where} are cut off or altered: {len(data):,} bytes, expected {part['bytes']:,}", data
        found = digest(data)
        if found != part["sha256"]:
            return f"{where} are altered: checksum {found[:12]}, expected {part['sha256'][:12]}", data
        return "", data

    def _foreign_columns(self, data: bytes) -> str:
        """Say which column of a part is not as in the others; empty if all are."""
        given = columns_of(data)
        if self.columns is None:
            if wrong := impossible_column(given):
                return wrong
            self.columns = given
        if list(given) == list(self.columns) and all(map(_same_kind, given.values(), self.columns.values())):
            return ""
        for name in [*self.columns, *given]:
            kind, expected = given.get(name), self.columns.get(name)
            if kind != expected:
                return f"have {_said_column(name, kind)}, expected {_said_column(name, expected)}"
        return ""

    def damages(self, arms: Iterable[str]) -> list[Damage]:
        """Check every part of some arms; return those that are not as they were written."""
        found = []
        for arm in arms:
            for part in self.parts(arm):
                sentence, _ = self._checked(part)
                if sentence:
                    found.append(Damage(arm, part["first"], part["rows"], sentence))
        return found

    def require_intact(self, arms: Iterable[str]) -> None:
        """Raise one `StoreError` that names every damaged part of some arms."""
        sentences = [damage.sentence for damage in self.damages(arms)]
        if len(sentences) > 1 and all(sentence.endswith(OLD_PART) for sentence in sentences):
            raise StoreError(f"{self.folder}: its {len(sentences):,} parts {OLD_PART}; {_REPAIR} them again")
        if sentences:
            raise StoreError(_repairable(sentences))

    def drop(self, damages: Iterable[Damage]) -> None:
        """Take damaged parts out of the manifest, so that they count as never simulated."""
        for damage in damages:
            kept = [part for part in self.parts(damage.arm) if part["first"] != damage.first]
            self._enter(damage.arm, kept)
        self.save()
        self._sweep()

    def write_events(self, arm: str, events: pl.DataFrame, replications: int) -> None:
        """Keep the events of an arm's first timelines, in place of those kept before."""
        file = f"events/{arm}.parquet"
        data = parquet(events)
        write_aside(inside(self.folder, file), data)
        self.arms[arm]["events"] = {
            "file": file,
            "replications": replications,
            "rows": events.height,
            "bytes": len(data),
            "sha256": digest(data),
        }
        self.save()

    def has_events(self, arm: str, replications: int) -> bool:
        """Say whether the events of at least so many timelines of an arm are kept, and intact."""
        known = self.arms.get(arm, {}).get("events")
        if known is None or known["replications"] < replications:
            return False
        try:
            data = read_inside(self.folder, known["file"])
        except OSError:
            return False
        return digest(data) == str(known["sha256"])

    def holds(self, name: str) -> bool:
        """Say whether there is a file such as ``resolved.json``."""
        return (self.folder / name).is_file()

    @property
    def resolved(self) -> Resolved:
        """The config as it was understood, and what a page needs of its model.

        Raises
        ------
        StoreError
            If it is missing, is no JSON, or has another shape.
        """
        if self._resolved is not None:
            return self._resolved
        content = self.read_json(RESOLVED)
        try:
            self._resolved = Resolved.from_json(content)
            return self._resolved
        except StoreError as problem:
            raise StoreError(f"{self.folder / RESOLVED}: {problem}; {_AGAIN}") from None

    @resolved.setter
    def resolved(self, resolved: Resolved) -> None:
        self._resolved = None
        self.write_json(RESOLVED, resolved.to_json())

    def write_json(self, name: str, content: Mapping[str, object]) -> None:
        """Write a file such as ``resolved.json`` beside the manifest, sealed."""
        write_aside(inside(self.folder, name), seal(content, self.run))

    def read_json(self, name: str) -> dict[str, Any]:
        """Return the content of a file that `write_json` wrote.

        Raises
        ------
        StoreError
            If it is missing, or is not as it was written.
        """
        path = self.folder / name
        try:
            return unseal(read_inside(self.folder, name), self.run)
        except FileNotFoundError:
            raise StoreError(f"{path}: is missing, expected a part of the results; {_AGAIN}") from None
        except BrokenSealError as problem:
            raise StoreError(f"{path}: {problem}; {_AGAIN}") from None
        except OSError as problem:
            raise StoreError(f"{path}: cannot be read: {problem.strerror}; {_AGAIN}") from None

    def save(self) -> None:
        """Write the manifest."""
        write_aside(inside(self.folder, MANIFEST), self._text.write(self.manifest))

    def _sweep(self) -> None:
        """Remove what a killed run left: files aside, half a report, and parts that the manifest does not name."""
        named = {self.folder / part["file"] for arm in self.arms for part in self.parts(arm)}
        swept = {self.folder: _ASIDE, inside(self.folder, "events"): _ASIDE}
        # An arm may have parts before the manifest knows of it.
        begun = {path.name for path in inside(self.folder, "parts").glob("*") if is_key(path.name)}
        swept |= {inside(self.folder, f"parts/{arm}"): _PART for arm in sorted({*self.arms, *begun})}
        for folder, pattern in swept.items():
            for path in folder.iterdir() if folder.is_dir() else ():
                if pattern.fullmatch(path.name) and path not in named:
                    remove(path)
        for path in self.folder.glob(_REPORT_ASIDE + "*"):
            shutil.rmtree(path, ignore_errors=True)


def open_run(folder: Path, determinants: Determinants) -> Store:
    """Open a run's folder to add to it; it is made if there is none.

    Raises
    ------
    StoreError
        If the folder is of another format version, truncated, edited by hand, of another experiment, in use, or
        cannot be written. Nothing is overwritten.
    PathError
        If it is no folder of results.
    """
    found = _names(folder) or set()
    # Another run may have begun while the folder was listed: it writes its manifest before anything else.
    if found - _FIRST_FILES and not (folder / MANIFEST).exists():
        raise PathError(
            f"{_foreign(folder, found)}; give another folder by --out, or move these files away; "
            "nothing was overwritten"
        )
    try:
        make_folder(folder)
    except OSError as problem:
        raise cannot_write(folder, problem) from None
    lock = take_lock(folder)
    try:
        if (folder / MANIFEST).exists():
            store = Store(folder, _read_manifest(folder), lock)
            _require_same(folder, store.determinants, determinants.content())
            store._sweep()
        else:
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "run": determinants.run,
                "determinants": determinants.content(),
                "arms": {},
            }
            store = Store(folder, manifest, lock)
            store.save()
        return store
    except BaseException:
        os.close(lock)
        raise


def open_results(folder: Path) -> Store:
    """Open a run's folder to read it.

    Raises
    ------
    StoreError
        If it is of another format version, truncated, edited by hand, or in use.
    PathError
        If it is missing or no folder of results.
    """
    found = _names(folder)
    if found is None:
        raise PathError(
            f"{folder}: there is no such folder, expected results of `timeline run`; check the path, "
            "or run the config first"
        )
    if MANIFEST not in found:
        raise PathError(f"{_foreign(folder, found)}; give the folder that `timeline run` has printed")
    lock = take_lock(folder)
    try:
        return Store(folder, _read_manifest(folder), lock)
    except BaseException:
        os.close(lock)
        raise


def choose_run(path: Path) -> Path:
    """Return the run's folder that a path names: itself, or the only run of a config's folder.

    Raises
    ------
    PathError
        If the folder holds several runs; they are named.
    """
    below = () if (path / MANIFEST).exists() else sorted(found.parent for found in path.glob(f"*/{MANIFEST}"))
    runs = [run for run in below if not run.is_symlink()]
    if len(runs) > 1:
        listed = ", ".join(str(run) for run in runs)
        raise PathError(f"{path}: holds {len(runs)} runs, expected one; give one of {listed}")
    return runs[0] if runs else path


def _names(folder: Path) -> set[str] | None:
    """Return the names of what a folder holds; None if there is no such folder."""
    try:
        if not folder.exists():
            return None
        if not folder.is_dir():
            raise PathError(f"{folder}: is a file, expected a folder of results; give another path")
        return set(os.listdir(folder))
    except OSError as problem:
        raise blamed(problem.errno)(f"{folder}: cannot be read: {problem.strerror}; check its permissions") from None


def _foreign(folder: Path, found: set[str]) -> str:
    shown = ", ".join(sorted(found)[:3]) + (", ..." if len(found) > 3 else "")
    holds = f"it holds {shown}" if found else "it is empty"
    return f"{folder}: is no result folder: {holds}, expected a {MANIFEST}"


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    instead = "restore it from a copy, or move the folder away and run again; nothing was overwritten"
    try:
        found = json.loads(read_inside(folder, MANIFEST))
    except (ValueError, RecursionError):
        raise StoreError(f"{path}: is no JSON, expected a manifest: it was cut off or altered; {instead}") from None
    except OSError as problem:
        raise StoreError(f"{path}: cannot be read: {problem.strerror}; check its permissions") from None
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        given = found.get("format") if isinstance(found, dict) else found
        raise StoreError(
            f'{path}: is no manifest of this program: format {json.dumps(given)[:40]}, expected "{FORMAT}"; '
            "give another folder, nothing was overwritten"
        )
    if found.get("version") not in (VERSION, _OLD_VERSION):
        raise StoreError(
            f"{path}: has format version {json.dumps(found.get('version'))[:40]}, expected {VERSION}; use the version "
            "of crisis-timeline that wrote it, or move the folder away and run again; nothing was overwritten"
        )
    checksum = found.pop("checksum", None)
    expected = digest(canonical(found))
    if checksum != expected:
        raise StoreError(
            f"{path}: was edited by hand: its checksum is {str(checksum)[:12]}, expected {expected[:12]}; {instead}"
        )
    if wrong := misshapen(found):
        raise StoreError(f"{path}: {wrong}: no manifest of this program says so; {instead}")
    return {**found, "version": VERSION}


def _require_same(folder: Path, found: dict[str, Any], expected: dict[str, Any]) -> None:
    other = [name for name in expected if found.get(name) != expected[name]]
    if other:
        raise StoreError(
            f"{folder}: holds results of another experiment: its {' and '.join(other)} differ from what the "
            "config says; move the folder away or give another by --out; nothing was overwritten"
        )


def _repairable(sentences: Sequence[str]) -> str:
    these = "it" if len(sentences) == 1 else "only these"
    return "\n".join(sentences) + f"; {_REPAIR} {these} again"


def _same_kind(one: pl.DataType, other: pl.DataType) -> bool:
    """Whether two kinds are one; to compare those that have no parameters by their class saves most of the time."""
    return type(one) is type(other) and (not vars(one) or one == other)


def _said_column(name: str, kind: pl.DataType | None) -> str:
    """Say a column and its kind; of a stranger's, only what a terminal may be given."""
    plain = ascii(name[:60])[1:-1]
    return f"no column {plain}" if kind is None else f"a column {plain} of {ascii(str(kind)[:60])[1:-1]}"
