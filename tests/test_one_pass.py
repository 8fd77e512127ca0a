"""A page reads each part of the rows once, and draws no figure twice."""

from __future__ import annotations

import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from timeline.cli import main
from timeline.config.load import load
from timeline.keeping import program
from timeline.keeping.store import Store, choose_run, open_results
from timeline.pages import dashboard, drawing, kept_figures, standing
from timeline.pages.kept_figures import KeptFigures, key_of
from timeline.plots.style import sheet

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the source under test be old: it may have been edited a moment ago."""
    monkeypatch.setattr(program, "_LOADED", float("inf"))
    forget_the_program()


def forget_the_program() -> None:
    kept_figures._program.cache_clear()
    program.running_program.cache_clear()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy workspace whose run has its page, drawn by source that has been the same for long."""
    root = tmp_path_factory.mktemp("toy") / "toy"
    shutil.copytree(TOY, root)
    command = [
        "run", str(root / "configs" / "telling.toml"), "--replications", "60", "--engine", "simpy", "--workers", "1",
        "--quiet",
    ]  # fmt: skip
    forget_the_program()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "_LOADED", float("inf"))
        with pytest.raises(SystemExit) as ended:
            main(command)
    assert not ended.value.code
    return root


@pytest.fixture
def run(workspace: Path, tmp_path: Path) -> Path:
    """A copy of its folder."""
    shutil.copytree(workspace, tmp_path / "toy")
    return choose_run(tmp_path / "toy" / "results" / "telling")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the figures that are drawn."""
    names: list[str] = []
    draw = drawing._draw

    def watched(plan: Any) -> drawing.Drawing:
        names.append(plan.name)
        return draw(plan)

    monkeypatch.setattr(drawing, "_draw", watched)
    return names


def build(run: Path, *, stands: bool = False, **options: Any) -> dashboard.Built:
    """Build the page again; without its mark unless it may stand, so that all of it is."""
    experiment = load(run.parents[2] / "configs" / "telling.toml", ("replications=60",))
    if not stands:
        (run / "built.json").unlink()
    with open_results(run) as store:
        return dashboard.build_report(store, experiment=experiment, **options)


def files_of(run: Path) -> dict[str, bytes]:
    places = [run / "report.html", *(run / "figures").iterdir(), *(run / "tables").iterdir()]
    return {path.name: path.read_bytes() for path in places}


def test_a_page_reads_each_part_once_and_two_arms_again_for_the_timelines_it_tells(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: Counter[str] = Counter()
    read = Store._read

    def counted(store: Store, part: Mapping[str, Any], *columns: Any) -> pl.DataFrame:
        reads[part["file"]] += 1
        return read(store, part, *columns)

    monkeypatch.setattr(Store, "_read", counted)
    build(run)
    arms = json.loads((run / "resolved.json").read_text(encoding="utf-8"))["arms"]
    assert len(reads) == len({arm["key"] for arm in arms})
    assert sorted(reads.values()) == [1] * (len(reads) - 2) + [2, 2]


def test_a_page_that_would_come_out_the_same_stands_and_nothing_is_read_or_written(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = (run / "report.html").stat().st_mtime_ns
    monkeypatch.setattr(Store, "_read", None)
    said: list[str] = []
    built = build(run, stands=True, say=said.append)
    assert built.counted is None
    assert said == []
    assert built.answer == json.loads((run / "page.json").read_text(encoding="utf-8"))["answer"]
    assert (run / "report.html").stat().st_mtime_ns == written


def test_the_command_says_that_the_page_stands(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = run.parents[2] / "configs" / "telling.toml"
    command = ["run", str(config), "--replications", "60", "--engine", "simpy", "--workers", "1", "--quiet"]
    for said in ("is rebuilt", "stands as it was"):  # a page says by which command it was made: another, in a copy
        with pytest.raises(SystemExit):
            main(command)
        told = capsys.readouterr().out.splitlines()[0]
        assert told == f"Nothing to simulate: all 240 replications are saved; the report {said}."


def _touch(run: Path, name: str, data: bytes | None) -> None:
    path = run / name
    path.write_bytes(path.read_bytes() + b" " if data is None else data)


@pytest.mark.parametrize(
    ("change", "options"),
    [
        (lambda run: _touch(run, "report.html", None), {}),
        (lambda run: _touch(run, "figures/in-force.svg", None), {}),
        (lambda run: _touch(run, "figures/another.svg", b""), {}),
        (lambda run: (run / "tables" / "estimates.csv").unlink(), {}),
        (lambda run: (run / "page.json").unlink(), {}),
        (lambda run: _touch(run, "built.json", b"{}"), {}),
        (lambda run: None, {"notes": ("Another note.",)}),
        (lambda run: None, {"brief": True}),
        (lambda run: None, {"data": Path("elsewhere")}),
    ],
)
def test_a_page_that_was_touched_or_would_say_more_is_built_again(
    run: Path, change: Callable[[Path], None], options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[None] = []
    monkeypatch.setattr(dashboard, "count_rows", lambda *_: counted.append(None) or sys.exit("built"))
    change(run)
    with pytest.raises(SystemExit, match="built"):
        build(run, stands=True, **options)
    assert len(counted) == 1


def test_a_page_built_by_another_program_is_built_again(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "running_program", lambda: "another")
    assert build(run, stands=True).counted is not None


def test_an_unchanged_page_is_built_again_without_drawing_and_with_the_same_bytes(run: Path, drawn: list[str]) -> None:
    before = files_of(run)
    build(run)
    assert drawn == []
    assert files_of(run) == before


@pytest.mark.parametrize("damage", [b"", b"<svg>forged</svg>", None])
def test_a_damaged_or_missing_figure_is_drawn_again(run: Path, drawn: list[str], damage: bytes | None) -> None:
    before = files_of(run)
    figure = run / "figures" / "in-force.svg"
    if damage is None:
        figure.unlink()
    else:
        figure.write_bytes(damage)
    build(run)
    assert drawn == ["in-force"]
    assert files_of(run) == before


@pytest.mark.parametrize("record", ['{"in-force": 1}', *(pytest.param(r, marks=pytest.mark.slow) for r in ("", "[]"))])
def test_without_a_record_that_can_be_read_figures_are_drawn(run: Path, drawn: list[str], record: str) -> None:
    before = files_of(run)
    (run / "figures" / "drawn.json").write_text(record)
    build(run)
    assert "in-force" in drawn
    assert files_of(run) == before


@pytest.mark.slow
def test_without_the_model_every_figure_is_drawn_since_the_folder_may_be_a_strangers(
    run: Path, drawn: list[str]
) -> None:
    with open_results(run) as store:
        dashboard.build_report(store)
    assert len(drawn) == len(list((run / "figures").glob("*.svg")))


def test_another_program_draws_anew(run: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_figures, "_program", lambda: "another")
    build(run)
    assert "in-force" in drawn


def test_a_figure_drawn_by_source_that_has_just_changed_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "_LOADED", 0.0)
    forget_the_program()
    assert key_of("best", sheet, {}) == ""


@pytest.mark.parametrize(
    "other",
    [{"a": 1.0}, {"a": True}, {"a": "1"}, {"b": 1}, {"a": (1,)}, {"a": None}, {"a": pl.DataFrame({"a": [1]})}],
)
def test_whatever_is_drawn_differently_has_another_key(other: dict[str, Any]) -> None:
    assert key_of("best", sheet, {"a": 1}) != key_of("best", sheet, other)
    assert key_of("best", sheet, {"a": 1}) != key_of("aims", sheet, {"a": 1})


def test_what_no_words_stand_for_is_never_taken_over(tmp_path: Path) -> None:
    assert key_of("best", sheet, {"a": object()}) == ""
    assert key_of("best", lambda: None, {}) == ""
    assert KeptFigures(tmp_path).find("best", "") is None
