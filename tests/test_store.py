"""Results on disk: parts, manifest, damage, lock."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from timeline.errors import StoreError
from timeline.keeping import store as module
from timeline.keeping.files import cannot_write
from timeline.keeping.manifest_text import ManifestText
from timeline.keeping.store import Store, choose_run, open_results, open_run, part_of
from timeline.study.keys import Determinants, arm_key, canonical, digest

HERE = Determinants(
    model="toys",
    sources={"models/toys.py": "a" * 64},
    seed=1993,
    horizon=3652.5,
    world={"leaks.rate": 0.5, "leaks.on": True, "leaks.regime": 2},
    semantics=1,
)
ARM = "0123456789ab"


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk: it would take most of the time of these tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module.os, "fsync", lambda _: None)
        yield


def rows(first: int, count: int) -> pl.DataFrame:
    """Rows that follow from their numbers alone, as a simulation's do."""
    numbers = pl.Series("replication", range(first, first + count), dtype=pl.Int64)
    kinds = pl.Enum(["open", "collapsed"])
    return pl.DataFrame(
        [
            numbers,
            (numbers % 7).cast(pl.Float64).alias("a.pressure"),
            pl.Series("outcome", ["collapsed" if n % 3 else "open" for n in numbers], dtype=kinds),
            pl.Series("steps.kept", [[n % 2 == 0, True] for n in numbers], dtype=pl.Array(pl.Boolean, 2)),
        ]
    )


def opened(folder: Path) -> Store:
    found = open_run(folder, HERE)
    try:
        found.declare(ARM, {"leaks.rate": 2.0}, {"cadence.every": 90.0})
    except BaseException:
        found.close()
        raise
    return found


def filled(folder: Path, *cuts: tuple[int, int]) -> Path:
    """Make a run's folder with these (first, count) written in turn."""
    with opened(folder) as store:
        for first, count in cuts:
            store.extend(ARM, rows(first, count), "simpy")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def part_file(folder: Path, number: int = 0) -> Path:
    return sorted((folder / "parts" / ARM).iterdir())[number]


def edit(manifest: Path, **changes: object) -> None:
    found = json.loads(manifest.read_bytes()) | changes
    manifest.write_text(json.dumps(found))


# Boundaries and names.


@given(st.integers(0, 2**32))
def test_a_part_holds_its_replication_and_begins_where_it_says(replication: int) -> None:
    first, size = part_of(replication)
    assert first <= replication < first + size
    assert part_of(first) == part_of(first + size - 1) == (first, size)


@pytest.mark.parametrize(
    ("replication", "part"),
    [
        (0, (0, 1_000)), (999, (0, 1_000)), (9_999, (9_000, 1_000)), (10_000, (10_000, 10_000)),
        (99_999, (90_000, 10_000)), (100_000, (100_000, 10_000)), (1_234_567, (1_230_000, 10_000)),
    ],
)  # fmt: skip
def test_parts_grow_with_the_replication_number_alone(replication: int, part: tuple[int, int]) -> None:
    assert part_of(replication) == part


@pytest.mark.parametrize(
    "other",
    [
        {"model": "other"}, {"sources": {"models/toys.py": "b" * 64}}, {"seed": 1994}, {"horizon": 3652.0},
        {"world": {**HERE.world, "leaks.rate": 0.6}}, {"semantics": 2},
    ],
    ids=lambda other: next(iter(other)),
)  # fmt: skip
def test_whatever_decides_a_timeline_changes_the_folder(other: dict[str, object]) -> None:
    assert Determinants(**{**vars(HERE), **other}).run != HERE.run


def test_the_order_of_parameters_does_not_change_the_folder() -> None:
    turned = dict(reversed(list(HERE.world.items())))
    assert Determinants(**{**vars(HERE), "world": turned}).run == HERE.run


def test_the_folder_is_named_by_twelve_hexadecimal_digits() -> None:
    assert len(HERE.run) == 12
    assert int(HERE.run, 16) >= 0


def test_an_arm_is_keyed_by_what_it_sets() -> None:
    assert arm_key({}, {"every": 90.0}) != arm_key({"every": 90.0}, {})


# Parts.


def test_what_is_missing_is_one_range_a_part(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as store:
        assert store.missing(ARM, 12_000)[-2:] == [(9_000, 1_000), (10_000, 2_000)]
        store.extend(ARM, rows(0, 300), "simpy")
        assert store.missing(ARM, 1_500) == [(300, 700), (1_000, 500)]


def test_fewer_replications_than_saved_are_not_missing(tmp_path: Path) -> None:
    with open_results(filled(tmp_path / "run", (0, 300))) as store:
        assert store.missing(ARM, 200) == []
        assert store.present(ARM, 200) == 200


def test_reading_gives_the_first_rows_across_parts(tmp_path: Path) -> None:
    with open_results(filled(tmp_path / "run", (0, 1_000), (1_000, 200))) as store:
        assert store.read(ARM, 1_100).equals(rows(0, 1_100))


def test_reading_can_pick_columns(tmp_path: Path) -> None:
    with open_results(filled(tmp_path / "run", (0, 10))) as store:
        assert store.read(ARM, 5, ["replication", "outcome"]).columns == ["replication", "outcome"]


def test_reading_piece_by_piece_gives_one_table_a_part(tmp_path: Path) -> None:
    with open_results(filled(tmp_path / "run", (0, 1_000), (1_000, 1_000), (2_000, 200))) as store:
        pieces = list(store.pieces(ARM, 1_100, ["replication", "outcome"]))
    assert [piece.height for piece in pieces] == [1_000, 100]
    assert pl.concat(pieces).equals(rows(0, 1_100).select("replication", "outcome"))


def test_a_damaged_part_is_found_when_its_turn_comes(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 1_000), (1_000, 10))
    path = part_file(folder, 1)
    path.write_bytes(b"")
    with open_results(folder) as store:
        pieces = store.pieces(ARM, 1_010)
        assert next(pieces).equals(rows(0, 1_000))
        with pytest.raises(StoreError, match=f"^{path}: replications 1,000 to 1,009 .* 0 bytes, expected"):
            next(pieces)


def test_pieces_that_are_not_all_there_are_refused_before_the_first(tmp_path: Path) -> None:
    with open_results(filled(tmp_path / "run", (0, 10))) as store, pytest.raises(StoreError, match="expected 11; run"):
        store.pieces(ARM, 11)


def test_reading_more_than_is_saved_says_how_many_there_are(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    with open_results(folder) as store, pytest.raises(StoreError) as problem:
        store.read(ARM, 2_000)
    assert str(problem.value) == (
        f"{folder}: arm {ARM} has 10 replications, expected 2,000; "
        "run the same command again to simulate what is missing"
    )


def test_a_gap_ends_what_is_complete(tmp_path: Path) -> None:
    with open_results(filled(tmp_path / "run", (0, 300), (1_000, 50))) as store:
        assert store.complete(ARM) == 300
        assert store.present(ARM, 2_000) == 350


def test_rows_that_do_not_follow_are_refused(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as store, pytest.raises(ValueError, match="do not follow"):
        store.extend(ARM, rows(5, 10), "simpy")


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 999), max_size=5, unique=True))
def test_a_part_written_in_any_pieces_has_the_same_bytes(cuts: list[int]) -> None:
    with TemporaryDirectory() as name:
        ends = [0, *sorted(cuts), 1_000]
        pieces = [(a, b - a) for a, b in pairwise(ends)]
        whole = filled(Path(name) / "whole", (0, 1_000))
        assert contents(filled(Path(name) / "pieces", *pieces)) == contents(whole)


def test_a_part_says_which_engines_made_it(tmp_path: Path) -> None:
    with opened(tmp_path / "run") as store:
        store.extend(ARM, rows(0, 10), "simpy")
        store.extend(ARM, rows(10, 10), "compiled")
        assert [part["engine"] for part in store.parts(ARM)] == ["compiled and simpy"]


def test_the_manifest_holds_no_time_of_day(tmp_path: Path) -> None:
    first, second = filled(tmp_path / "a", (0, 10)), filled(tmp_path / "b", (0, 10))
    os.utime(part_file(second), (0, 0))
    assert contents(first) == contents(second)


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("moment", range(1, 25))
def test_a_run_killed_at_any_write_ends_in_identical_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    def simulate(folder: Path, *pieces: tuple[int, int]) -> None:
        with opened(folder) as store:
            for first, size in pieces or store.missing(ARM, 1_010):
                store.extend(ARM, rows(first, size), "simpy")

    left = moment

    def kill_in_time(original: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed
            return original(*given)

        return call

    pieces = [(0, 400), (400, 600), (1_000, 10)]
    with monkeypatch.context() as patched:
        for name in ("replace", "fsync"):
            patched.setattr(module.os, name, kill_in_time(getattr(os, name)))
        with pytest.raises(Killed):
            simulate(tmp_path / "killed", *pieces)
    simulate(tmp_path / "killed")
    simulate(tmp_path / "whole", *pieces)
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


# Folders that are not what they should be: each has its own sentence, and nothing is overwritten.


def refused(folder: Path) -> str:
    """Return why a folder cannot be opened to add to it, having checked that nothing changed."""
    before = contents(folder)
    with pytest.raises(StoreError) as problem:
        open_run(folder, HERE)
    assert contents(folder) == before
    return str(problem.value)


def test_a_missing_folder_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as problem:
        open_results(tmp_path / "none")
    assert str(problem.value) == (
        f"{tmp_path}/none: there is no such folder, expected results of `timeline run`; check the path, "
        "or run the config first"
    )


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("years of work")
    assert refused(tmp_path) == (
        f"{tmp_path}: is no result folder: it holds thesis.docx, expected a manifest.json; give another "
        "folder by --out, or move these files away; nothing was overwritten"
    )
    assert os.listdir(tmp_path) == ["thesis.docx"]


def test_a_foreign_folder_cannot_be_read(tmp_path: Path) -> None:
    for name in "edcba":
        (tmp_path / name).write_text("")
    with pytest.raises(StoreError) as problem:
        open_results(tmp_path)
    assert str(problem.value) == (
        f"{tmp_path}: is no result folder: it holds a, b, c, ..., expected a manifest.json; "
        "give the folder that `timeline run` has printed"
    )


def test_a_file_is_no_result_folder(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(StoreError) as problem:
        open_run(tmp_path / "run", HERE)
    assert str(problem.value) == f"{tmp_path}/run: is a file, expected a folder of results; give another path"


def test_another_format_version_is_refused(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    edit(folder / "manifest.json", version=4)
    assert refused(folder) == (
        f"{folder}/manifest.json: has format version 4, expected 3; use the version of crisis-timeline "
        "that wrote it, or move the folder away and run again; nothing was overwritten"
    )


def test_a_truncated_manifest_is_refused(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    manifest = folder / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:100])
    assert refused(folder) == (
        f"{manifest}: is no JSON, expected a manifest: it was cut off or altered; restore it from a copy, or "
        "move the folder away and run again; nothing was overwritten"
    )


@pytest.mark.parametrize(("content", "given"), [('{"format": "other"}', '"other"'), ("[1]", "[1]"), ("{}", "null")])
def test_a_manifest_of_another_program_is_refused(tmp_path: Path, content: str, given: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    assert refused(tmp_path) == (
        f"{tmp_path}/manifest.json: is no manifest of this program: format {given}, "
        'expected "crisis-timeline results"; give another folder, nothing was overwritten'
    )


def test_a_manifest_edited_by_hand_is_refused(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    manifest = folder / "manifest.json"
    checksum = json.loads(manifest.read_bytes())["checksum"]
    manifest.write_text(manifest.read_text().replace('"rows": 10', '"rows": 11'))
    said = refused(folder)
    assert said.startswith(f"{manifest}: was edited by hand: its checksum is {checksum[:12]}, expected ")
    assert said.endswith("; restore it from a copy, or move the folder away and run again; nothing was overwritten")


def test_a_manifest_with_a_bit_of_any_byte_flipped_is_refused_or_says_the_same(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10), (10, 5))
    manifest = folder / "manifest.json"
    whole = manifest.read_bytes()
    with open_results(folder) as store:
        said = store.manifest
    for place, byte in enumerate(whole):
        manifest.write_bytes(whole[:place] + bytes([byte ^ 1 << place % 8]) + whole[place + 1 :])
        try:
            found = module._read_manifest(folder)
        except StoreError:
            continue
        assert found == said


def test_a_manifest_names_each_file_on_a_line_of_its_own(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 1_000), (1_000, 10))
    lines = (folder / "manifest.json").read_text().splitlines()
    assert [line.split('"')[:4] for line in lines[1:]] == [
        ["{", "file", ": ", f"parts/{ARM}/0000000000-1000.parquet"],
        ["{", "file", ": ", f"parts/{ARM}/0000001000-0010.parquet"],
    ]


def test_results_of_another_experiment_are_refused(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    before = contents(folder)
    with pytest.raises(StoreError) as problem:
        open_run(folder, Determinants(**{**vars(HERE), "seed": 5, "horizon": 10.0}))
    assert str(problem.value) == (
        f"{folder}: holds results of another experiment: its seed and horizon differ from what the config "
        "says; move the folder away or give another by --out; nothing was overwritten"
    )
    assert contents(folder) == before


def damaged(folder: Path) -> str:
    """Return why a folder's parts are refused, having checked that nothing changed."""
    before = contents(folder)
    with open_run(folder, HERE) as store, pytest.raises(StoreError) as problem:
        store.require_intact([ARM])
    assert contents(folder) == before
    return str(problem.value)


REPAIR = "; run the same `timeline run` command with --repair to simulate it again"


def test_a_missing_part_is_named(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 1_000), (1_000, 10))
    path = part_file(folder, 1)
    size = path.stat().st_size
    path.unlink()
    assert damaged(folder) == (
        f"{path}: replications 1,000 to 1,009 of arm {ARM} are missing, expected a file of {size:,} bytes{REPAIR}"
    )


def test_a_truncated_part_is_named(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    path = part_file(folder)
    size = path.stat().st_size
    path.write_bytes(path.read_bytes()[:50])
    assert damaged(folder) == (
        f"{path}: replications 0 to 9 of arm {ARM} are cut off or altered: 50 bytes, expected {size:,}{REPAIR}"
    )


def test_an_altered_part_is_named(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    path = part_file(folder)
    data = bytearray(path.read_bytes())
    expected = module.digest(bytes(data))[:12]
    data[40] ^= 1
    path.write_bytes(bytes(data))
    found = module.digest(bytes(data))[:12]
    assert damaged(folder) == (
        f"{path}: replications 0 to 9 of arm {ARM} are altered: checksum {found}, expected {expected}{REPAIR}"
    )


def test_every_damaged_part_is_named_at_once(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 1_000), (1_000, 10))
    for number in (1, 0):
        part_file(folder, number).unlink()
    lines = damaged(folder).splitlines()
    assert [line.split(": ")[1].split(" of ")[0] for line in lines] == [
        "replications 0 to 999",
        "replications 1,000 to 1,009",
    ]
    assert lines[-1].endswith("with --repair to simulate only these again")


def test_a_damaged_part_is_not_read(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    part_file(folder).write_bytes(b"")
    with open_results(folder) as store, pytest.raises(StoreError, match="0 bytes, expected"):
        store.read(ARM, 10)


def test_dropping_a_damaged_part_leaves_the_others(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 1_000), (1_000, 10))
    whole = contents(folder)
    part_file(folder).write_bytes(b"")
    with opened(folder) as store:
        store.drop(store.damages([ARM]))
        assert store.missing(ARM, 1_010) == [(0, 1_000)]
        store.extend(ARM, rows(0, 1_000), "simpy")
    assert contents(folder) == whole


def test_a_missing_resolved_config_says_what_to_do(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    with open_results(folder) as store, pytest.raises(StoreError) as problem:
        store.read_json("resolved.json")
    assert str(problem.value) == (
        f"{folder}/resolved.json: is missing, expected a part of the results; `timeline run CONFIG`, "
        "with the config that made it, writes this file anew and simulates nothing twice"
    )


# Two at once, and disks that refuse.


def test_two_runs_at_once_do_not_mix(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    with opened(folder), pytest.raises(StoreError) as problem:
        open_run(folder, HERE)
    assert str(problem.value) == (
        f"{folder}: is in use by another timeline command (process {os.getpid()}); wait until it has ended, or stop it"
    )


def test_a_run_that_begins_meanwhile_is_not_taken_for_a_foreign_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    monkeypatch.setattr(module.os, "listdir", lambda _: ["lock", "resolved.json"])
    open_run(folder, HERE).close()


def test_the_lock_is_given_back(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    refused_version = (folder / "manifest.json").read_text()
    edit(folder / "manifest.json", version=4)
    with pytest.raises(StoreError, match="format version"):
        open_results(folder)
    (folder / "manifest.json").write_text(refused_version)
    open_results(folder).close()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as problem:
        open_run(tmp_path / "file" / "run", HERE)
    assert str(problem.value) == (
        f"{tmp_path}/file/run: cannot be written: Not a directory; give another folder by --out"
    )


def test_a_full_disk_is_one_sentence_and_what_was_saved_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    before = contents(folder)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with opened(folder) as store, monkeypatch.context() as patched:
        patched.setattr(module.os, "fsync", full)
        with pytest.raises(StoreError) as problem:
            store.extend(ARM, rows(10, 10), "simpy")
    assert str(problem.value) == (
        f"{folder}/parts/{ARM}/0000000000-0020.parquet: the disk is full; what was saved before is intact. "
        "Free some space, and the same command goes on where it stopped"
    )
    assert contents(folder) == before


# Choosing a run.


def test_a_config_folder_with_one_run_names_it(tmp_path: Path) -> None:
    filled(tmp_path / "only", (0, 10))
    assert choose_run(tmp_path) == tmp_path / "only"
    assert choose_run(tmp_path / "only") == tmp_path / "only"


def test_a_config_folder_with_several_runs_lists_them(tmp_path: Path) -> None:
    for name in "ba":
        filled(tmp_path / name, (0, 10))
    with pytest.raises(StoreError) as problem:
        choose_run(tmp_path)
    assert str(problem.value) == (f"{tmp_path}: holds 2 runs, expected one; give one of {tmp_path}/a, {tmp_path}/b")


def test_rows_that_a_full_disk_has_refused_can_be_added_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    replace = os.replace

    def full(aside: Path, path: Path) -> None:
        if path.name == "manifest.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(aside, path)

    with opened(folder) as store:
        with monkeypatch.context() as patched:
            patched.setattr(module.os, "replace", full)
            with pytest.raises(StoreError, match="the disk is full"):
                store.extend(ARM, rows(10, 10), "simpy")
        assert store.present(ARM, 20) == 10
        assert store.read(ARM, 10).equals(rows(0, 10))
        store.extend(ARM, rows(10, 10), "simpy")
    assert contents(folder) == contents(filled(tmp_path / "whole", (0, 10), (10, 10)))


def test_a_disk_too_full_for_the_number_in_the_lock_does_not_keep_anyone_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    folder = filled(tmp_path / "run", (0, 10))
    monkeypatch.setattr(module.os, "pwrite", full)
    with open_results(folder) as store:
        assert store.complete(ARM) == 10
        with pytest.raises(StoreError, match="in use by another timeline command; wait until"):
            open_results(folder)


@pytest.mark.parametrize("open_it", [open_results, lambda folder: open_run(folder, HERE)])
def test_a_folder_that_cannot_be_read_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_it: Callable[[Path], Store]
) -> None:
    def refuse(_: object) -> list[str]:
        raise PermissionError(errno.EACCES, "Permission denied")

    folder = filled(tmp_path / "run", (0, 10))
    monkeypatch.setattr(module.os, "listdir", refuse)
    with pytest.raises(StoreError) as problem:
        open_it(folder)
    assert str(problem.value) == f"{folder}: cannot be read: Permission denied; check its permissions"


def test_events_that_cannot_be_read_are_not_there(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    with opened(folder) as store:
        store.write_events(ARM, rows(0, 3), 3)
        assert store.has_events(ARM, 3)
        path = folder / "events" / f"{ARM}.parquet"
        path.unlink()
        assert not store.has_events(ARM, 3)
        path.mkdir()
        assert not store.has_events(ARM, 3)


def test_what_a_killed_run_has_left_is_swept_away_and_nothing_else(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run", (0, 10))
    whole = contents(folder)
    (folder / "events").mkdir()
    (folder / ".report-x1y2").mkdir()
    left = [
        "manifest.json.tmp", "examples.json.tmp", f"events/{ARM}.parquet.tmp", ".report-x1y2/report.html",
        f"parts/{ARM}/0000000000-0020.parquet", f"parts/{ARM}/0000000000-0020.parquet.tmp",
    ]  # fmt: skip
    others = ["notes.tmp", "report.html", f"parts/{ARM}/notes.parquet", "events/notes.parquet"]
    for name in left + others:
        (folder / name).write_bytes(b"")
    open_run(folder, HERE).close()
    assert contents(folder) == whole | dict.fromkeys(others, b"")
    assert not (folder / ".report-x1y2").exists()


def test_new_folders_are_on_disk_before_anything_is_in_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled: list[str] = []
    monkeypatch.setattr(module.os, "fsync", lambda opened: settled.append(os.readlink(f"/proc/self/fd/{opened}")))
    filled(tmp_path / "a" / "run", (0, 10))
    wanted = [tmp_path, tmp_path / "a", tmp_path / "a" / "run", tmp_path / "a" / "run" / "parts"]
    first = [settled.index(str(folder)) for folder in wanted]
    assert first == sorted(first)
    part = next(name for name in settled if name.endswith(".parquet.tmp"))
    assert first[-1] < settled.index(part)


@pytest.mark.parametrize(
    ("problem", "said", "status"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full; what was saved before is intact.", 1),
        (OSError("No space left on device (os error 28)"), "the disk is full; what was saved before is intact.", 1),
        (OSError(errno.EROFS, "?"), "cannot be written: Read-only file system; give another folder by --out", 1),
        (OSError(errno.ENOTDIR, "?"), "cannot be written: Not a directory; give another folder by --out", 2),
        (OSError("Permission denied (os error 13): x.csv"), "cannot be written: Permission denied; give another", 2),
        (OSError("something else"), "cannot be written: something else; give another folder by --out", 1),
    ],
)
def test_why_a_file_could_not_be_written_is_told_whoever_noticed(problem: OSError, said: str, status: int) -> None:
    found = cannot_write(Path("x.csv"), problem)
    assert str(found).startswith(f"x.csv: {said}")
    # A path that cannot serve is the user's to mend; a disk that fails is no wrong input.
    assert found.exit_code == status


def test_a_manifest_that_is_written_in_parts_is_the_one_that_is_written_whole() -> None:
    text = ManifestText()
    manifest: dict[str, Any] = {"run": "é", "arms": {}, "determinants": {"b": 1, "a": [True, None]}}
    for key in ("0b", "0a"):
        manifest["arms"][key] = {"overrides": {"x": 0.1}, "levers": {}, "parts": []}
    for arm, part in (("0a", 1), ("0b", 2), ("0a", 3)):
        before = manifest["arms"][arm]["parts"]
        manifest["arms"][arm]["parts"] = [*before, {"file": f"parts/{part}", "first": part, "é": '{"file": '}]
        checksum = digest(canonical(manifest))
        whole = json.dumps({**manifest, "checksum": checksum}, ensure_ascii=False).replace('{"file": ', '\n{"file": ')
        assert text.write(manifest) == (whole + "\n").encode()
