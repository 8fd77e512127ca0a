"""Shards: what separate jobs have made of one run, and how they are joined.

A shard is a run's folder that holds only some of the parts, ``results/<config>/shards/<run>/0003-of-0100/``, and
says in its manifest which. Parts are copied as they are: joined, they are the bytes of a run on one machine.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from timeline.errors import PathError, StoreError
from timeline.keeping.objects import Bucket, is_url
from timeline.keeping.part_files import wrong_part
from timeline.keeping.shares import Share, shares_of
from timeline.keeping.store import MANIFEST, RESOLVED, Store, open_results, open_run
from timeline.study.keys import Determinants

#: The folder of shards, beside the runs of a config.
SHARDS = "shards"
#: What a shard in an object store holds.
_OBJECT = re.compile(r"parts/([0-9a-f]{12})/(\d{10})-(\d+)\.parquet")
_PLAIN = (RESOLVED, MANIFEST)


def shard_folder(run_folder: Path, share: Share) -> Path:
    """Return the folder of a share of a run.

    Examples
    --------
    >>> str(shard_folder(Path("results/cadence/1a2b"), Share(3, 100)))
    'results/cadence/shards/1a2b/0003-of-0100'
    """
    return run_folder.parent / SHARDS / run_folder.name / f"{share.part:04d}-of-{share.of:04d}"


@dataclass(frozen=True)
class OpenShard:
    """A share of a run, open to add to it.

    Attributes
    ----------
    store
        Its folder; for an object store, one that is there only meanwhile.
    place
        Where it lies, in words.
    saved
        To be called with arm and first replication of each part that has grown.
    """

    store: Store
    place: str
    saved: Callable[[str, int], None] = lambda arm, first: None


@contextmanager
def open_shard(
    place: str, config: str, determinants: Determinants, share: Share, arms: Sequence[str], replications: int
) -> Iterator[OpenShard]:
    """Open a share of a run to add to it: a folder, or a prefix of an object store.

    Parts go to an object store when they are complete, and the manifest last.

    Parameters
    ----------
    place
        The folder of results, or an address such as ``"s3://bucket/prefix"``.
    config
        The config's name.
    determinants, share, arms, replications
        Which share of what.

    Raises
    ------
    StoreError
        As `timeline.keeping.store.open_run`; if the folder is another share; or as `Bucket`.
    """
    record = {"config": config, "part": share.part, "of": share.of, "arms": list(arms), "replications": replications}
    if not is_url(place):
        folder = shard_folder(Path(place) / config / determinants.run, share)
        with open_run(folder, determinants) as store:
            _describe(store, record)
            yield OpenShard(store, str(folder))
        return
    bucket = Bucket(place)
    prefix = shard_folder(Path(config) / determinants.run, share).as_posix()
    with tempfile.TemporaryDirectory(prefix="timeline-shard-") as aside:
        ends = dict(shares_of(arms, replications, share.of)[share.part - 1])
        with open_run(Path(aside) / "shard", determinants) as store:
            _describe(store, record)
            _fetch_parts(bucket, prefix, store, ends)

            def send(arm: str, first: int) -> None:
                for part in store.parts(arm):
                    if part["first"] == first and (first, part["rows"]) in ends.get(arm, ()):
                        bucket.create(f"{prefix}/{part['file']}", store.content(part))

            yield OpenShard(store, f"{bucket.url}/{prefix}", send)
            if not any(store.missing(arm, replications, ranges) for arm, ranges in ends.items()):
                _send_plain(bucket, prefix, store)


def _fetch_parts(bucket: Bucket, prefix: str, store: Store, ends: Mapping[str, Sequence[tuple[int, int]]]) -> None:
    """Take over what an earlier attempt at this share has sent."""
    for name in bucket.names(prefix):
        found = _OBJECT.fullmatch(name.removeprefix(f"{prefix}/"))
        if found is None or (int(found[2]), int(found[3])) not in ends.get(found[1], ()):
            continue
        data = bucket.read(name)
        part = _part_record(f"{bucket.url}/{name}", store.run, found, data)
        store.arms.setdefault(found[1], {"overrides": {}, "levers": {}, "parts": []})
        store.adopt(found[1], part, data)
    store.save()


def _part_record(where: str, run: str, found: re.Match[str], data: bytes) -> dict[str, Any]:
    """Return a manifest's record of a part that has lost its manifest; an object is whole, but may be another's."""
    arm, first, rows = found[1], int(found[2]), int(found[3])
    if wrong := wrong_part(data, run, arm, first, rows):
        raise StoreError(
            f"{where}: its rows {wrong}, expected replications {first} to {first + rows - 1} of arm {arm}; remove it, "
            "and run the same command again"
        )
    sum_of = hashlib.sha256(data).hexdigest()
    return {"file": found[0], "first": first, "rows": rows, "bytes": len(data), "sha256": sum_of, "engine": "compiled"}


def _send_plain(bucket: Bucket, prefix: str, store: Store) -> None:
    """Send the manifest, once, after all that it names."""
    present = set(bucket.names(prefix))
    for name in _PLAIN:
        if f"{prefix}/{name}" not in present:
            bucket.create(f"{prefix}/{name}", (store.folder / name).read_bytes())


def _describe(store: Store, record: dict[str, Any]) -> None:
    """Enter into a shard's manifest which share of what it is; refuse a folder that is another."""
    known = store.manifest.get("shard")
    if known not in (None, record):
        raise StoreError(
            f"{store.folder}: is share {_named(known)}, expected {_named(record)}; give another folder by --out, or "
            "move this one away; nothing was overwritten"
        )
    if known is None:
        store.manifest["shard"] = record
        store.save()


def _named(record: Mapping[str, Any]) -> str:
    arms, replications = len(record["arms"]), record["replications"]
    return f"{record['part']}/{record['of']} of {replications:,} replications of {arms:,} arms"


@contextmanager
def local_shards(places: Sequence[str]) -> Iterator[list[Path]]:
    """Give the folders of shards that paths and addresses name; what lies in an object store is fetched.

    Raises
    ------
    PathError
        If a path names none.
    StoreError
        As `Bucket`.
    """
    with ExitStack() as stack:
        folders: list[Path] = []
        for place in places:
            if is_url(place):
                aside = stack.enter_context(tempfile.TemporaryDirectory(prefix="timeline-shards-"))
                folders += _fetch_shards(Bucket(place), Path(aside))
            else:
                folders += find_shards(Path(place))
        yield folders


def _fetch_shards(bucket: Bucket, aside: Path) -> list[Path]:
    """Copy every complete shard below a bucket's prefix; return their folders."""
    names = bucket.names("")
    shards = sorted(name.removesuffix(MANIFEST).rstrip("/") for name in names if name.split("/")[-1] == MANIFEST)
    folders = []
    for number, shard in enumerate(shards):
        folder = aside / str(number)
        for name in names:
            inside = name.removeprefix(f"{shard}/" if shard else "")
            if inside in _PLAIN or _OBJECT.fullmatch(inside):
                (folder / inside).parent.mkdir(parents=True, exist_ok=True)
                (folder / inside).write_bytes(bucket.read(name))
        folders.append(folder)
    if not folders:
        raise PathError(
            f"{bucket.url}: holds no complete share, expected one that `timeline run --part` has printed; check the "
            "address"
        )
    return folders


@dataclass(frozen=True)
class Merged:
    """What came of joining shards.

    Attributes
    ----------
    folder
        The run's folder.
    parts
        How many parts were copied.
    known
        How many were there already.
    missing
        The shares that are missing, or not complete.
    """

    folder: Path
    parts: int
    known: int
    missing: tuple[Share, ...]


def find_shards(path: Path) -> list[Path]:
    """Return the shards that a path names: itself, those below it, or those of a config's only run.

    Raises
    ------
    PathError
        If there are none, or those of several runs.
    """
    if (path / MANIFEST).is_file():
        return [path]
    runs = sorted(run for run in (path / SHARDS).glob("*") if run.is_dir() and not run.is_symlink())
    if len(runs) > 1:
        listed = ", ".join(str(run) for run in runs)
        raise PathError(f"{path}: holds shares of {len(runs)} runs, expected those of one; give one of {listed}")
    below = sorted(manifest.parent for manifest in (runs or [path])[0].glob(f"*/{MANIFEST}"))
    found = [folder for folder in below if not folder.is_symlink()]
    if not found:
        raise PathError(
            f"{path}: holds no results, expected a folder that `timeline run --part` has printed, or the folder of "
            "several; check the path"
        )
    return found


def merge(shards: Sequence[Path], out: Path | None = None) -> Merged:
    """Join shards into the folder of their run.

    Parameters
    ----------
    shards
        Folders of shards, or of runs; all of the same run.
    out
        The folder of results; where the first shard lies if left out.

    Raises
    ------
    StoreError
        If a part is damaged, the shards are of different runs or shares, or two of them hold other rows for the
        same part. What was joined before stays.
    PathError
        If no folder is given and the shards do not lie in one of results.
    """
    with open_results(shards[0]) as first:
        record, determinants = first.manifest.get("shard"), Determinants(**first.determinants)
        resolved = first.read_json(RESOLVED)
    target = _target(shards[0], record, determinants.run, out)
    copied = known = 0
    with open_run(target, determinants) as store:
        if not (target / RESOLVED).exists():
            store.write_json(RESOLVED, resolved)
        for folder in shards:
            with open_results(folder) as shard:
                _require_alike(shard, record, determinants)
                own_copied, own_known = _adopt_all(store, shard)
            copied, known = copied + own_copied, known + own_known
        return Merged(target, copied, known, _missing(store, record))


def _target(shard: Path, record: Mapping[str, Any] | None, run: str, out: Path | None) -> Path:
    if out is not None and record is not None:
        return out / str(record["config"]) / run
    folder = shard.absolute().parent.parent
    if folder.name == SHARDS:
        return folder.parent / run
    raise PathError(f"{shard}: lies in no folder of results; say by --out into which the shards are to be joined")


def _require_alike(shard: Store, record: Mapping[str, Any] | None, determinants: Determinants) -> None:
    expected, found = determinants.content(), shard.determinants
    other = [name for name in expected if found.get(name) != expected[name]]
    if other:
        raise StoreError(
            f"{shard.folder}: is of another experiment than the first: its {' and '.join(other)} differ; "
            "give the shards of one run"
        )
    own = shard.manifest.get("shard")
    if own and record and _split(own) != _split(record):
        raise StoreError(
            f"{shard.folder}: is share {own['part']}/{own['of']} of {own['replications']:,} replications, the first is "
            f"one of {record['of']} of {record['replications']:,}; give shards of one division"
        )


def _split(record: Mapping[str, Any]) -> tuple[Any, ...]:
    return record["of"], record["replications"], record["arms"]


def _adopt_all(store: Store, shard: Store) -> tuple[int, int]:
    """Copy a shard's parts; return how many, and how many were there already."""
    copied = known = 0
    for arm, content in shard.arms.items():
        store.declare(arm, content["overrides"], content["levers"])
        for part in shard.parts(arm):
            if store.adopt(arm, part, shard.content(part)):
                copied += 1
            else:
                known += 1
    store.save()
    return copied, known


def _missing(store: Store, record: Mapping[str, Any] | None) -> tuple[Share, ...]:
    if record is None:
        return ()
    shares = shares_of(record["arms"], record["replications"], record["of"])
    return tuple(
        Share(number, record["of"])
        for number, share in enumerate(shares, 1)
        if any(store.missing(arm, record["replications"], ranges) for arm, ranges in share.items())
    )


def say_shares(shares: Iterable[Share], most: int = 20) -> str:
    """Return shares as words; of many the first.

    Examples
    --------
    >>> say_shares([Share(3, 100), Share(17, 100)])
    '3/100, 17/100'
    """
    named = [str(share) for share in shares]
    return ", ".join(named[:most]) + (f" and {len(named) - most} more" if len(named) > most else "")
