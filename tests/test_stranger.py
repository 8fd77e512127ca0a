"""A folder of results from somebody else: whatever it says, nothing outside it is read, written or deleted."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from timeline.cli import main
from timeline.config.load import load
from timeline.keeping import archive as archive_module
from timeline.keeping import store as store_module
from timeline.keeping.archive import Archive
from timeline.keeping.part_files import part_bytes
from timeline.keeping.sealed import seal
from timeline.keeping.shards import find_shards
from timeline.keeping.store import choose_run
from timeline.pages import report as report_module
from timeline.pages.context import Context
from timeline.pages.kept_figures import KeptFigures
from timeline.pages.writing import write_whole
from timeline.study.keys import canonical, digest

TOY = Path(__file__).parent / "toy_run"
SECRET = "years of work"
RUN = ("--engine", "simpy", "--replications", "40", "--quiet")


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        patched.delenv("TIMELINE_DATA", raising=False)
        yield


@pytest.fixture(autouse=True)
def pages(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """Do without the figures; collect what the pages would have been told."""
    told: list[Context] = []

    def write(folder: Path, *, analysis: Any, context: Context, **_: Any) -> Path:
        told.append(context)
        (folder / "report.html").write_text(context.title)
        return folder / "report.html"

    monkeypatch.setattr(report_module, "write_report", write)
    return told


Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line; returns (exit status, what it said)."""

    def called(*args: object) -> tuple[int, str]:
        more = RUN if args[0] == "run" else ()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in (*args, *more)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out + captured.err

    return called


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose config has been run."""
    root = tmp_path_factory.mktemp("made") / "toy"
    shutil.copytree(TOY, root)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(report_module, "write_report", lambda folder, **_: folder / "report.html")
        with pytest.raises(SystemExit) as ended:
            main(["run", str(root / "configs" / "telling.toml"), *RUN])
    assert ended.value.code == 0
    return root


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of the run's folder, in a workspace of its own, beside something precious."""
    shutil.copytree(made, tmp_path / "toy")
    (tmp_path / "precious.txt").write_text(SECRET)
    return choose_run(tmp_path / "toy" / "results" / "telling")


def config_of(folder: Path) -> Path:
    return folder.parents[2] / "configs" / "telling.toml"


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return found


def put_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    """Write a manifest with a checksum made anew, as a stranger can."""
    manifest.pop("checksum", None)
    (folder / "manifest.json").write_text(json.dumps({**manifest, "checksum": digest(canonical(manifest))}))


def put_part(folder: Path, arm: str, data: bytes) -> None:
    """Put other bytes in the place of an arm's first part, with everything sealed anew."""
    manifest = manifest_of(folder)
    part = manifest["arms"][arm]["parts"][0]
    (folder / part["file"]).write_bytes(data)
    part |= {"bytes": len(data), "sha256": digest(data)}
    put_manifest(folder, manifest)


def rows_of(folder: Path, arm: str) -> pl.DataFrame:
    part = manifest_of(folder)["arms"][arm]["parts"][0]
    return pl.read_parquet(folder / part["file"])


def outside(folder: Path) -> dict[str, bytes]:
    """Return everything of the workspace and beside it that is not in the run's folder."""
    root = folder.parents[3]
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_relative_to(folder)]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths if "__pycache__" not in path.parts}


def refused_by_all(call: Call, folder: Path, said: str) -> None:
    """Check that run, repair and report refuse a folder, and touch nothing outside it."""
    before = outside(folder)
    for command in (("run", config_of(folder)), ("run", config_of(folder), "--repair"), ("report", folder)):
        status, told = call(*command)
        assert (status, "bug" in told) == (1, False), told
        assert said in told
        assert outside(folder) == before


# The manifest.

Edit = Callable[[dict[str, Any]], object]


def renamed(manifest: dict[str, Any], key: str) -> None:
    manifest["arms"][key] = manifest["arms"].pop(next(iter(manifest["arms"])))


def first_part(manifest: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(manifest["arms"].values()))["parts"][0]
    return found


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda m: renamed(m, "../../.."), "expected keys of twelve hexadecimal digits"),
        (lambda m: renamed(m, "/etc"), "expected keys of twelve hexadecimal digits"),
        (lambda m: renamed(m, "0123456789ab\n"), "expected keys of twelve hexadecimal digits"),
        (lambda m: renamed(m, "\x1b[31m"), "expected keys of twelve hexadecimal digits"),
        (lambda m: first_part(m).update(file="../../../../precious.txt"), "expected parts/"),
        (lambda m: first_part(m).update(first=-1000), "expected first and rows, whole numbers"),
        (lambda m: first_part(m).update(first=7), "expected the beginning of a part"),
        (lambda m: first_part(m).update(rows=10**12), "expected at most 1000"),
        (lambda m: first_part(m).update(rows="40"), "expected first and rows, whole numbers"),
        (lambda m: first_part(m).update(bytes=None), "expected a whole number from 0 on"),
        (lambda m: first_part(m).update(sha256=5), "expected 64 digits"),
        (lambda m: first_part(m).update(engine="\x1b]0;owned"), "expected names of engines"),
        (lambda m: first_part(m).update(processors=[1]), "expected a list of names"),
        (lambda m: next(iter(m["arms"].values())).update(parts={}), "expected overrides, levers and parts"),
        (lambda m: next(iter(m["arms"].values()))["parts"].append(5), "expected first and rows, whole numbers"),
        (lambda m: next(iter(m["arms"].values())).update(events={"file": "../x"}), "expected events/"),
        (lambda m: m.update(arms=[]), "expected a table"),
        (lambda m: m.update(run="../../elsewhere"), "expected its key"),
        (lambda m: m["determinants"].pop("model"), "expected a table with horizon, model"),
        (lambda m: m["determinants"]["sources"].update({"../../x": "a" * 64}), "expected files and their checksums"),
        (lambda m: m.update(shard={"config": "../.."}), "expected a table with config, part, of"),
    ],
)  # fmt: skip
def test_a_manifest_that_this_program_would_not_have_written_is_refused(
    call: Call, folder: Path, edit: Edit, said: str
) -> None:
    manifest = manifest_of(folder)
    edit(manifest)
    put_manifest(folder, manifest)
    refused_by_all(call, folder, said)


def test_a_part_that_lies_outside_is_not_deleted(call: Call, folder: Path) -> None:
    manifest = manifest_of(folder)
    victim = folder.parents[1] / "0000000000-0010.parquet"
    victim.write_text(SECRET)
    renamed(manifest, "../..")
    put_manifest(folder, manifest)
    refused_by_all(call, folder, "nothing was overwritten")
    assert victim.read_text() == SECRET


# Links, and what is no plain file.


@pytest.mark.parametrize("name", ["manifest.json", "lock", "resolved.json", "parts", "parts/ARM", "parts/ARM/PART"])
def test_a_link_is_not_followed(call: Call, folder: Path, tmp_path: Path, name: str) -> None:
    part = Path(first_part(manifest_of(folder))["file"])
    path = folder / name.replace("PART", part.name).replace("ARM", part.parent.name)
    elsewhere = tmp_path / "elsewhere"
    shutil.move(path, elsewhere)
    path.symlink_to(elsewhere)
    before = elsewhere.read_bytes() if elsewhere.is_file() else b""
    status, told = call("report", folder)
    assert (status, "is a link, expected a file or folder of the results themselves" in told) == (1, True), told
    status, told = call("run", config_of(folder))
    assert (status, "is a link" in told) == (1, True), told
    assert not elsewhere.is_file() or elsewhere.read_bytes() == before


@pytest.mark.parametrize("name", ["manifest.json.tmp", "resolved.json.tmp", "examples.json.tmp"])
def test_a_link_in_the_place_of_a_file_aside_is_not_written_through(call: Call, folder: Path, name: str) -> None:
    precious = folder.parents[3] / "precious.txt"
    (folder / name).symlink_to(precious)
    assert call("run", config_of(folder))[0] == 0
    assert precious.read_text() == SECRET


@pytest.mark.parametrize("name", ["examples.json", "explanation.json"])
def test_a_kept_story_that_is_a_link_is_not_read(
    call: Call, folder: Path, pages: list[Context], tmp_path: Path, name: str
) -> None:
    shutil.move(folder / name, tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)
    assert call("report", folder)[0] == 0
    assert any(note.startswith(f"{name} cannot be read") for note in pages[-1].notes)


def test_a_pipe_makes_nobody_wait(call: Call, folder: Path) -> None:
    (folder / "resolved.json").unlink()
    os.mkfifo(folder / "resolved.json")
    status, told = call("report", folder)
    assert (status, "cannot be read: it is no plain file" in told) == (1, True), told


def test_figures_that_are_links_or_forged_are_drawn_anew(tmp_path: Path) -> None:
    secret, place = tmp_path / "precious.txt", tmp_path / "figures"
    secret.write_text(SECRET)
    place.mkdir()
    sum_of = hashlib.sha256(SECRET.encode()).hexdigest()
    (place / "drawn.json").write_text(json.dumps({"best": {"key": "k", "svg": sum_of, "png": sum_of}}))
    for kind in ("svg", "png"):
        (place / f"best.{kind}").symlink_to(secret)
    assert KeptFigures(place).find("best", "k") is None


@pytest.mark.parametrize("content", [b"[1]", b'{"best": 5}', b'{"best": {"key": []}}', b"\xff", b"[" * 100_000, b""])
def test_a_record_of_figures_of_another_shape_counts_as_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "drawn.json").write_bytes(content)
    assert KeptFigures(tmp_path).find("best", "k") is None


def test_a_report_replaces_links_and_writes_through_none(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "run", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text(SECRET)
    for name in ("figures", ".report-left"):
        (folder / name).symlink_to(elsewhere)
    (folder / "report.html").symlink_to(elsewhere / "thesis.txt")
    write_whole(folder, "report.html", "page", {"figures/best.svg": b"<svg/>"})
    assert [path.name for path in elsewhere.iterdir()] == ["thesis.txt"]
    assert (elsewhere / "thesis.txt").read_text() == SECRET
    assert (folder / "figures" / "best.svg").read_bytes() == b"<svg/>"
    assert KeptFigures(tmp_path / "link").find("best", "k") is None


def test_figures_behind_a_link_are_not_looked_at(tmp_path: Path) -> None:
    place = tmp_path / "figures"
    place.mkdir()
    sum_of = hashlib.sha256(b"x").hexdigest()
    (place / "drawn.json").write_text(json.dumps({"best": {"key": "k", "svg": sum_of, "png": sum_of}}))
    for kind in ("svg", "png"):
        (place / f"best.{kind}").write_bytes(b"x")
    assert KeptFigures(place).find("best", "k") == ("x", b"x")
    (tmp_path / "link").symlink_to(place)
    assert KeptFigures(tmp_path / "link").find("best", "k") is None


def test_a_folder_of_runs_names_no_run_by_a_link(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "run").symlink_to(folder)
    assert choose_run(alone) == alone
    shares = tmp_path / "shares"
    (shares / "shards").mkdir(parents=True)
    (shares / "shards" / folder.name).symlink_to(folder)
    with pytest.raises(store_module.PathError, match="holds no results"):
        find_shards(shares)


# Rows.


def test_two_parts_that_have_changed_places_are_named_and_played_again(call: Call, folder: Path) -> None:
    one, other = list(manifest_of(folder)["arms"])[:2]
    whole = {arm: rows_of(folder, arm) for arm in (one, other)}
    files = [(folder / first["file"]).read_bytes() for first in (
        manifest_of(folder)["arms"][one]["parts"][0], manifest_of(folder)["arms"][other]["parts"][0]
    )]  # fmt: skip
    put_part(folder, one, files[1])
    put_part(folder, other, files[0])
    status, told = call("report", folder)
    assert status == 1
    assert f"are those of arm {other}, expected arm {one}" in told or f"of arm {one}, expected arm {other}" in told
    assert call("run", config_of(folder), "--repair")[0] == 0
    assert all(rows_of(folder, arm).equals(whole[arm]) for arm in whole)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.rename({"outcome": "fate"}), "have no column outcome, expected a column outcome of Enum"),
        (lambda rows: rows.with_columns(pl.col("day").cast(pl.String)), "have a column day of String, expected a"),
        (lambda rows: rows.with_columns(pl.lit(1).alias("more")), "have a column more of Int32, expected no column"),
        (lambda rows: rows.with_columns(pl.col("replication").reverse()), "have other numbers than the manifest says"),
        (lambda rows: rows.drop("replication"), "are no table of rows"),
        (lambda rows: rows.with_columns(pl.lit("x").alias("replication")), "have other numbers than the manifest"),
    ],
)
def test_rows_of_another_model_are_named_by_their_columns_and_played_again(
    call: Call, folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame], said: str
) -> None:
    arm, run = next(iter(manifest_of(folder)["arms"])), manifest_of(folder)["run"]
    whole = rows_of(folder, arm)
    put_part(folder, arm, part_bytes(change(whole), run, arm))
    status, told = call("run", config_of(folder))
    assert (status, said in told, "bug" in told) == (1, True, False), told
    status, told = call("report", folder)
    assert (status, "bug" in told) == (1, False), told
    assert call("run", config_of(folder), "--repair")[0] == 0
    assert rows_of(folder, arm).equals(whole)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.with_columns(pl.lit("x").alias("day")), "have a column day of String, expected numbers"),
        (lambda rows: rows.rename({"cause": "\x1b[31m"}), "have names that cannot be shown"),
        (
            lambda rows: rows.with_columns(pl.lit("\x00", dtype=pl.Enum(["\x00"])).alias("cause")),
            "have names that cannot be shown",
        ),
    ],
)
def test_rows_that_no_model_could_have_are_refused_without_the_model(
    call: Call, folder: Path, change: Callable[[pl.DataFrame], pl.DataFrame], said: str
) -> None:
    run = manifest_of(folder)["run"]
    for arm in manifest_of(folder)["arms"]:
        put_part(folder, arm, part_bytes(change(rows_of(folder, arm)), run, arm))
    status, told = call("report", folder)
    assert (status, said in told, "bug" in told, "\x1b" in told) == (1, True, False, False), told


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + b"\xff" * 60 + b"PAR1", b"no table at all"])
def test_a_sealed_part_that_is_no_table_is_named(call: Call, folder: Path, data: bytes) -> None:
    put_part(folder, next(iter(manifest_of(folder)["arms"])), data)
    status, told = call("report", folder)
    assert (status, "are no table of rows" in told) == (1, True), told


def test_parts_of_an_older_version_are_named_in_one_sentence_and_played_again(call: Call, folder: Path) -> None:
    manifest = manifest_of(folder)
    whole = {arm: rows_of(folder, arm) for arm in manifest["arms"]}
    for arm, rows in whole.items():
        old = io.BytesIO()
        rows.write_parquet(old)
        put_part(folder, arm, old.getvalue())
    put_manifest(folder, manifest_of(folder) | {"version": 2})
    status, told = call("run", config_of(folder))
    assert status == 1
    assert told == (
        f"Error: {folder}: its {len(whole)} parts were saved by an older version, which did not note of which arm they "
        "are; run the same `timeline run` command with --repair to simulate them again\n"
    )
    assert call("run", config_of(folder), "--repair")[0] == 0
    assert manifest_of(folder)["version"] == 3
    assert all(rows_of(folder, arm).equals(whole[arm]) for arm in whole)


# What is kept beside the rows.

Damage = Callable[[bytes], bytes]


def flipped(data: bytes) -> bytes:
    """Change a number, so that the text is JSON still."""
    return data.replace(b'"replications": 40', b'"replications": 39').replace(b'"replication": ', b'"replication": 1')


DAMAGES: list[Damage] = [lambda data: data[:1000], flipped, lambda _: b"[]", lambda _: b"{}", lambda _: b"[" * 90_000]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_resolved_config_is_named_with_the_command_that_makes_it_anew(
    call: Call, folder: Path, damage: Damage
) -> None:
    path = folder / "resolved.json"
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    status, told = call("report", folder)
    assert status == 1
    assert told.startswith(f"Error: {path}: ")
    assert "`timeline run CONFIG`, with the config that made it, writes this file anew" in told
    assert call("run", config_of(folder))[0] == 0
    before, after = (json.loads(text)["config"] for text in (whole, path.read_bytes()))
    assert after == before


@pytest.mark.parametrize("name", ["examples.json", "explanation.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_story_counts_as_absent_and_is_made_anew(
    call: Call, folder: Path, pages: list[Context], name: str, damage: Damage
) -> None:
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(damage(whole))
    status, told = call("report", folder)
    assert status == 0, told
    assert f"{name} cannot be read" in " ".join(pages[-1].notes)
    assert call("run", config_of(folder))[0] == 0
    assert (folder / name).read_bytes() == whole
    assert "cannot be read" not in " ".join(pages[-1].notes)


def resealed(folder: Path, name: str, edit: Edit) -> None:
    content = json.loads((folder / name).read_bytes())
    content.pop("checksum")
    run = content.pop("run")
    edit(content)
    content = {"run": run, **content}
    sealed = {**content, "checksum": digest(canonical(content))}
    (folder / name).write_text(json.dumps(sealed))


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: c["config"].update(title="\x1b[31mred"), "holds the character U+001B"),
        (lambda c: c["config"].update(title="a\x00b"), "holds the character U+0000"),
        (lambda c: c["config"].update(question="half \ud800"), "holds the character U+D800"),
        (lambda c: c["config"].update(sides={}), "config.sides: given no names of both sides"),
        (lambda c: c["config"].update(baseline="none"), "config.baseline: is none of the cadences"),
        (lambda c: c["config"].update(replications=-1), "config.replications: given -1, expected 1 or more"),
        (lambda c: c["config"].update(cadences=5), "config.cadences: given 5, expected a table"),
        (lambda c: c.update(arms=[]), "arms: given others than each scenario under each cadence"),
        (lambda c: c["arms"].append(c["arms"][0]), "arms: given others than each scenario under each cadence"),
        (lambda c: c["arms"][0].update(key="../../.."), "some arm has no rows yet"),
        (lambda c: c.pop("model"), "model: is missing"),
        (lambda c: c["model"]["endpoints"].update(day="steps.kept"), "column 'steps.kept': given Array(Boolean"),
        (lambda c: c["model"]["endpoints"].update(cause="day"), "column 'day': given Float64, expected words"),
        (
            lambda c: c["model"]["endpoints"].update(outcome="nowhere"),
            "its rows have no column 'nowhere', expected one of replication",
        ),
    ],
)
def test_a_forged_resolved_config_is_refused_by_its_shape(call: Call, folder: Path, edit: Edit, said: str) -> None:
    resealed(folder, "resolved.json", edit)
    status, told = call("report", folder)
    assert (status, said in told, "bug" in told) == (1, True, False), told


@pytest.mark.parametrize(
    "edit",
    [
        lambda c: c.update(examples=5),
        lambda c: c["examples"][0].update(end_day="soon"),
        lambda c: c["examples"][0]["events"].update(day=[1.0]),
        lambda c: c["examples"][0]["events"].pop("clock"),
        lambda c: c["examples"][0]["series"].pop("day"),
        lambda c: c["examples"][0].update(title="\x1b[31m"),
        lambda c: c["examples"][0].update(end_day="inf"),
        lambda c: c["examples"][0]["series"].update(day=[-1.0] * len(c["examples"][0]["series"]["day"])),
    ],
)
def test_a_forged_story_counts_as_absent(call: Call, folder: Path, pages: list[Context], edit: Edit) -> None:
    resealed(folder, "examples.json", edit)
    status, told = call("report", folder)
    assert status == 0, told
    assert pages[-1].traces == ()


def test_what_is_kept_of_another_run_is_not_taken_for_ones_own(call: Call, folder: Path) -> None:
    content = json.loads((folder / "resolved.json").read_bytes())
    content = {name: value for name, value in content.items() if name not in ("run", "checksum")}
    (folder / "resolved.json").write_bytes(seal(content, "0123456789ab"))
    assert "belongs to another run" in call("report", folder)[1]


# Shares, and sweeps.


def test_a_share_is_joined_into_no_folder_that_its_manifest_makes_up(call: Call, folder: Path, tmp_path: Path) -> None:
    status, told = call("run", config_of(folder), "--part", "1/1", "--out", tmp_path / "away")
    assert status == 0, told
    (share,) = find_shards(tmp_path / "away" / "telling")
    manifest = manifest_of(share)
    manifest["shard"]["config"] = "../../../escaped"
    put_manifest(share, manifest)
    status, told = call("merge", share, "--out", tmp_path / "joined")
    assert (status, "expected the name of a folder" in told) == (1, True), told
    assert not (tmp_path / "joined").exists()


def test_a_sweep_of_another_shape_is_one_sentence(tmp_path: Path) -> None:
    for content in (b"[1]", b"{}", b'{"checksum": 1}', b"[" * 90_000, b"5"):
        (tmp_path / "sweep.json").write_bytes(content)
        with pytest.raises(archive_module.StoreError, match=r"sweep\.json: "):
            Archive(tmp_path, {"of": "one"})


def test_a_sweep_follows_no_link(tmp_path: Path) -> None:
    place, elsewhere = tmp_path / "sweep", tmp_path / "elsewhere"
    Archive(place, {"of": "one"}).__exit__(None, None, None)
    elsewhere.mkdir()
    (place / "values").symlink_to(elsewhere)
    with Archive(place, {"of": "one"}) as archive, pytest.raises(archive_module.StoreError, match="is a link"):
        archive.missing([])


# Texts of a config.


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('title = "a\\u0000b"', "title: given a text with the character U+0000"),
        ('title = "a\\u001b[31mb"', "title: given a text with the character U+001B"),
        ('title = "two\\nlines"', "title: given a text with the character U+000A"),
        ('question = "left \\u202e right"', "question: given a text with the character U+202E"),
        ('"\\u001b[31m" = 1', "given a key with the character U+001B"),
    ],
)
def test_text_that_nothing_can_show_is_refused_where_it_stands(call: Call, folder: Path, line: str, said: str) -> None:
    config = config_of(folder)
    kept = [old for old in config.read_text().splitlines() if not old.startswith(line.split(" = ")[0] + " ")]
    config.write_text("\n".join([line, *kept]))
    status, told = call("validate", config)
    assert (status, said in told, "\x1b" in told) == (2, True, False), told


def test_a_config_without_such_texts_is_as_before(folder: Path) -> None:
    assert load(config_of(folder)).title
