"""Arms x replications -> chunks -> workers: the same rows however the work is divided."""

from __future__ import annotations

import io
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest

from timeline.config.load import load
from timeline.engines import compiled
from timeline.engines.reference import play
from timeline.engines.world import World, row_dtype
from timeline.errors import ModelError, RunError
from timeline.keeping import store as store_module
from timeline.keeping.rows import frame
from timeline.keeping.store import MANIFEST, open_results, open_run
from timeline.model.records import Field
from timeline.playing import run as module
from timeline.playing.run import Interrupted, Outlay, Tally
from timeline.playing.tasks import Task, simulate, task_of, world_of
from timeline.study.experiment import Experiment
from timeline.study.keys import arm_keys, determinants

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk: it would take most of the time of these tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The toy workspace's config, in a copy of its own."""
    shutil.copytree(TOY, tmp_path / "toy")
    return tmp_path / "toy" / "configs" / "telling.toml"


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Task]:
    """Every chunk that was simulated in this process."""
    found: list[Task] = []
    original = module.simulate

    def noted(task: Task) -> Any:
        found.append(task)
        return original(task)

    monkeypatch.setattr(module, "simulate", noted)
    return found


def run(experiment: Experiment, out: Path, engine: str = "simpy", **options: Any) -> Tally:
    """Run an experiment; the toy waits and complains as only plain Python can."""
    with open_run(module.run_folder(experiment, out), determinants(experiment)) as store:
        return module.run(experiment, store, engine=engine, **options)


def parts(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("parts/*/*"))}


def rows_of(experiment: Experiment, out: Path, cadence: str, scenario: str = "calm") -> pl.DataFrame:
    key = arm_keys(experiment)[scenario, cadence]
    with open_results(module.run_folder(experiment, out)) as store:
        return store.read(key, experiment.replications)


# Rows as tables.


def test_a_row_has_the_columns_of_the_state_and_its_observations(config: Path) -> None:
    experiment = load(config)
    task = replace(task_of(experiment, experiment.arms[0], "simpy"), count=3)
    schema = frame(experiment.model, simulate(task)).schema
    assert schema == pl.Schema(
        {
            "replication": pl.Int64,
            "firings": pl.Int64,
            "day": pl.Float64,
            "outcome": pl.Enum(["open", "collapsed", "consolidated"]),
            "cause": pl.Enum(["none", "leak", "breach"]),
            "phase": pl.Enum(["talks", "signed"]),
            "signed_day": pl.Float64,
            "hidden": pl.Float64,
            "support": pl.Float64,
            "steps.kept": pl.Array(pl.Boolean, 3),
            "steps.day": pl.Array(pl.Float64, 3),
            "support over time": pl.Array(pl.Float64, 11),
            "days hidden": pl.Float64,
        }
    )


def test_a_table_without_rows_has_the_same_columns(config: Path) -> None:
    experiment = load(config)
    task = replace(task_of(experiment, experiment.arms[0], "simpy"), count=1)
    empty = frame(experiment.model, np.zeros(0, row_dtype(experiment.model)))
    assert empty.schema == frame(experiment.model, simulate(task)).schema


def test_a_value_is_found_under_its_path(config: Path) -> None:
    experiment = load(config)
    task = replace(task_of(experiment, experiment.arms[0], "simpy"), first=5, count=40)
    rows = simulate(task)
    table = frame(experiment.model, rows)
    assert table["replication"].to_list() == list(range(5, 45))
    assert table["steps.kept"].to_list() == rows["state"]["steps"]["kept"].tolist()
    assert table["cause"].to_list() == [
        {0: "none", 3: "leak", 7: "breach"}[value] for value in rows["state"]["cause"].tolist()
    ]


def test_a_number_that_is_no_member_of_an_enumeration_is_refused(config: Path) -> None:
    model = load(config).model
    rows = np.zeros(2, row_dtype(model))
    rows["state"]["cause"][1] = 5
    with pytest.raises(RunError) as problem:
        frame(model, rows)
    assert str(problem.value) == (
        '"cause" holds 5, expected one of 0 (none), 3 (leak), 7 (breach); look where the model sets Cause'
    )


def test_members_with_two_words_are_spelled_as_in_a_config() -> None:
    from timeline.keeping.rows import labels

    class Shock(IntEnum):
        BROKEN_STEP = 1

    assert Field(Shock.BROKEN_STEP).kind is Shock
    assert labels(Shock) == {1: "broken step"}


# The same rows, however the work is divided.


def test_chunks_of_any_size_give_identical_parts(config: Path, tmp_path: Path) -> None:
    experiment = load(config, replications=23)
    for chunk in (1, 7, 1_000):
        run(experiment, tmp_path / str(chunk), chunk=chunk)
    run(experiment, tmp_path / "measured")
    assert parts(tmp_path / "1") == parts(tmp_path / "7") == parts(tmp_path / "1000")
    assert parts(tmp_path / "1") == parts(tmp_path / "measured")


def test_two_workers_give_the_parts_of_one(config: Path, tmp_path: Path) -> None:
    experiment = load(config, replications=40)
    run(experiment, tmp_path / "one", workers=1)
    run(experiment, tmp_path / "two", workers=2, chunk=3)
    assert parts(tmp_path / "one") == parts(tmp_path / "two")


@pytest.fixture(scope="module")
def whispers(tmp_path_factory: pytest.TempPathFactory) -> Experiment:
    """A small model that the compiled engine can play."""
    root = tmp_path_factory.mktemp("whispers")
    page = (Path(__file__).resolve().parents[1] / "docs" / "a-small-model.md").read_text(encoding="utf-8")
    for kind, path in (("python", "models/whispers.py"), ("toml", "configs/whispers/open.toml")):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(page.partition(f"```{kind}\n")[2].partition("```")[0], encoding="utf-8")
    return load(root / "configs" / "whispers" / "open.toml", replications=2_300)


@pytest.mark.parametrize("options", [{}, {"chunk": 37}, {"workers": 2}, {"workers": 3, "chunk": 113}], ids=str)
def test_threads_and_chunks_of_the_compiled_engine_give_the_bytes_of_one(
    whispers: Experiment, tmp_path: Path, options: dict[str, Any]
) -> None:
    run(whispers, tmp_path / "one", engine="compiled", workers=1, chunk=1_000)
    run(whispers, tmp_path / "other", engine="compiled", **options)
    assert parts(tmp_path / "one") == parts(tmp_path / "other")


def test_both_engines_give_the_same_table(whispers: Experiment, tmp_path: Path) -> None:
    short = replace(whispers, replications=300)
    run(short, tmp_path / "compiled", engine="compiled")
    run(short, tmp_path / "simpy", engine="simpy")
    assert parts(tmp_path / "compiled") == parts(tmp_path / "simpy")


def test_a_compilation_is_announced_once(whispers: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("timeline.engines.program._PROGRAMS", {})
    said: list[str] = []
    for folder in ("one", "two"):
        run(whispers, tmp_path / folder, engine="compiled", say=said.append)
    assert said == ['Compiling model "whispers": some 15 seconds, once for each version of the model.']


def test_chunks_out_of_order_wait_for_those_before(config: Path, tmp_path: Path) -> None:
    experiment = load(config, replications=6)
    arm = experiment.arms[0]
    task = task_of(experiment, arm, "simpy")
    with open_run(tmp_path / "run", determinants(experiment)) as store:
        store.declare(task.arm, {}, {})
        saver = module._Saver(store, experiment.model, "simpy", lambda done: None)
        for first in (4, 2):
            late = replace(task, first=first, count=2)
            saver.take(late, simulate(late))
        saver.save(everything=True)
        assert store.complete(task.arm) == 0
        saver.take(replace(task, count=2), simulate(replace(task, count=2)))
        saver.save(everything=True)
        assert store.read(task.arm, 6)["replication"].to_list() == [0, 1, 2, 3, 4, 5]


def test_arms_grow_evenly(config: Path, tmp_path: Path, played: list[Task]) -> None:
    run(load(config, replications=4), tmp_path, chunk=2)
    assert [task.first for task in played] == [0, 0, 0, 0, 2, 2, 2, 2]


@pytest.mark.parametrize(("most", "spared"), [(64, 0), (4, 0), (2, 2), (1, 3)])
def test_the_reference_engine_replays_timelines_of_some_arms_only_where_there_are_many(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, spared: int
) -> None:
    tasks: list[Task] = []
    monkeypatch.setattr(module, "_REPLAYED_ARMS", most)
    monkeypatch.setattr(module, "_Queue", lambda found, *_: tasks.extend(found.values()) or sys.exit())
    with pytest.raises(SystemExit):
        run(load(config), tmp_path, engine="compiled")
    assert [task.spared for task in tasks].count(True) == spared
    assert not tasks[0].spared


@pytest.mark.parametrize(("spared", "replayed"), [(False, [100, 10_100]), (True, [10_100])])
def test_a_world_that_is_spared_is_replayed_from_the_second_ten_thousand_on(
    monkeypatch: pytest.MonkeyPatch, spared: bool, replayed: list[int]
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(compiled, "play", lambda *_: None)
    monkeypatch.setattr(compiled, "require_agreement", lambda _, __, ___, these: asked.extend(these))
    for first, count in ((0, 150), (150, 10_000), (10_150, 50)):
        compiled.rows(cast("World", None), first, count, spared=spared)
    assert asked == replayed


def test_a_replication_replayed_alone_is_its_row_in_the_run(config: Path, tmp_path: Path) -> None:
    experiment = load(config)
    run(experiment, tmp_path)
    arm = next(arm for arm in experiment.arms if arm.name == "calm/yearly")
    alone = frame(experiment.model, play(world_of(task_of(experiment, arm)), 17).row)
    assert rows_of(experiment, tmp_path, "yearly")[17].equals(alone, null_equal=True)


def test_cadences_share_their_luck(config: Path, tmp_path: Path) -> None:
    experiment = load(config)
    run(experiment, tmp_path)
    signed = [rows_of(experiment, tmp_path, name)["signed_day"].fill_nan(None) for name in experiment.cadences]
    both = signed[0].is_not_null() & signed[1].is_not_null()
    assert both.sum() > 10
    assert signed[0].filter(both).to_list() == signed[1].filter(both).to_list()


# Only what is new.


def test_a_second_run_simulates_nothing(config: Path, tmp_path: Path, played: list[Task]) -> None:
    run(load(config), tmp_path)
    before = parts(tmp_path)
    played.clear()
    assert run(load(config), tmp_path) == Tally(arms=4, total=120, simulated=0, reused=120)
    assert played == []
    assert parts(tmp_path) == before


def test_more_replications_simulate_only_the_new_ones(config: Path, tmp_path: Path, played: list[Task]) -> None:
    run(load(config), tmp_path / "grown")
    played.clear()
    assert run(load(config, replications=50), tmp_path / "grown").reused == 120
    assert sum(task.count for task in played) == 80
    assert min(task.first for task in played) == 30
    run(load(config, replications=50), tmp_path / "whole")
    assert parts(tmp_path / "grown") == parts(tmp_path / "whole")


def test_another_cadence_simulates_only_its_own_arms(config: Path, tmp_path: Path, played: list[Task]) -> None:
    run(load(config), tmp_path)
    played.clear()
    config.write_text(config.read_text() + '\n[cadences.monthly]\nevery = "1 month"\n')
    experiment = load(config)
    assert run(experiment, tmp_path) == Tally(arms=6, total=180, simulated=60, reused=120)
    keys = arm_keys(experiment)
    assert {task.arm for task in played} == {keys["calm", "monthly"], keys["breachy", "monthly"]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cadences.yearly", "cadences.each-year"), ("scenarios.calm", "scenarios.quiet"),
        ("How often", "How rarely"), ('"365.25 days"', '"1 year"'),
        ("replications = 30", "replications = 20"),
    ],
)  # fmt: skip
def test_what_decides_no_timeline_simulates_nothing(
    config: Path, tmp_path: Path, played: list[Task], old: str, new: str
) -> None:
    run(load(config), tmp_path)
    played.clear()
    config.write_text(config.read_text().replace(old, new))
    assert run(load(config), tmp_path).simulated == 0
    assert played == []


@pytest.mark.parametrize("change", ["seed=8", "horizon=9 years", "parameters.rates.leak=0.4 per year"])
def test_what_decides_timelines_gets_a_folder_of_its_own(config: Path, change: str) -> None:
    assert module.run_folder(load(config, [change])) != module.run_folder(load(config))


def test_an_edited_model_gets_a_folder_of_its_own(config: Path) -> None:
    before = module.run_folder(load(config))
    model = config.parent.parent / "models" / "bargain.py"
    model.write_text(model.read_text().replace("0.4 / YEAR", "0.5 / YEAR"))
    assert module.run_folder(load(config)) != before


def test_cadences_that_set_the_same_are_simulated_once(config: Path, tmp_path: Path, played: list[Task]) -> None:
    config.write_text(config.read_text() + "\n[cadences.hush]\n")
    assert run(load(config), tmp_path).arms == 4
    assert sum(task.count for task in played) == 120


# A chunk of work.


def test_a_task_is_plain_and_small_and_holds_no_model(config: Path) -> None:
    experiment = load(config)
    sent = pickle.dumps(task_of(experiment, experiment.arms[0], "simpy"))
    assert b"timeline.model.declarations" not in sent
    assert pickle.loads(sent) == task_of(experiment, experiment.arms[0], "simpy")


def test_a_chunk_refuses_sources_that_have_changed(config: Path) -> None:
    experiment = load(config)
    task = replace(task_of(experiment, experiment.arms[0], "simpy"), count=1)
    model = config.parent.parent / "models" / "bargain.py"
    model.write_text(model.read_text().replace("0.4 / YEAR", "0.5 / YEAR"))
    with pytest.raises(ModelError) as problem:
        simulate(task)
    assert str(problem.value) == (
        f'model "bargain" in {experiment.workspace.root}: its sources have changed since the run began, '
        "expected those it began with; what is saved stays valid for them, run the same command again for "
        "the new ones"
    )


def test_a_mechanism_that_is_switched_off_does_nothing(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text().replace("[scenarios.calm]", '[scenarios.calm]\nwithout = ["rates"]'))
    experiment = load(config)
    assert module.overrides(experiment, experiment.arms[0]) == {"without": ["rates"]}
    run(experiment, tmp_path)
    assert rows_of(experiment, tmp_path, "yearly", "calm")["firings"].sum() == 0
    assert rows_of(experiment, tmp_path, "yearly", "breachy")["firings"].sum() > 0


# What can go wrong on the way.


def test_a_failing_replication_is_one_sentence_and_other_work_is_saved(config: Path, tmp_path: Path) -> None:
    experiment = load(config, ["parameters.rates.trap=true"], replications=300)
    with pytest.raises(RunError) as problem:
        run(experiment, tmp_path, workers=2, chunk=1)
    said = str(problem.value).splitlines()
    assert said[0].startswith('model "bargain", cadence ')
    assert ": the trap has sprung (" in said[0]
    assert "bargain.py, line " in said[0]
    assert said[2].startswith("  replay it: timeline trace ")
    assert " --set parameters.rates.trap=true " in said[2]
    with open_results(module.run_folder(experiment, tmp_path)) as store:
        saved = sum(store.present(key, 300) for key in store.arms)
    number = int(said[2].split()[-1])
    assert number < 300
    assert saved >= number


def test_a_run_error_survives_the_way_between_processes() -> None:
    problem = pickle.loads(pickle.dumps(RunError("two\nlines")))
    assert (type(problem), str(problem)) == (RunError, "two\nlines")


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """A shell tells its background jobs, and so these tests, to ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_ctrl_c_saves_what_is_complete(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = load(config)
    original: Callable[[Task], Any] = module.simulate

    def stopped(task: Task) -> Any:
        if task.first == 20:
            signal.raise_signal(signal.SIGINT)
        return original(task)

    monkeypatch.setattr(module, "simulate", stopped)
    with pytest.raises(Interrupted) as problem:
        run(experiment, tmp_path, chunk=10, command="timeline run telling.toml")
    assert str(problem.value) == (
        "Stopped: 80 of 120 replications are saved. "
        "The same command goes on where it stopped: timeline run telling.toml"
    )
    assert problem.value.exit_code == 130
    monkeypatch.setattr(module, "simulate", original)
    assert run(experiment, tmp_path).simulated == 40
    run(experiment, tmp_path / "whole")
    assert parts(tmp_path / "telling") == parts(tmp_path / "whole" / "telling")


def test_ctrl_c_works_as_before_once_the_run_is_over(config: Path, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    run(load(config), tmp_path, chunk=10)
    assert signal.getsignal(signal.SIGINT) is before


def test_progress_counts_up_to_all(config: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    run(load(config), tmp_path, chunk=10, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(done, 120) for done in range(0, 121, 10)]


def test_a_run_is_estimated_from_its_first_replications(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PILOT_SECONDS", 0.005)
    seen: list[Outlay] = []
    run(load(config, replications=200), tmp_path, announce=seen.append)
    assert len(seen) == 1
    assert 0 < seen[0].replications < 800
    assert seen[0].seconds > 0
    assert 10 < seen[0].bytes / seen[0].replications < 500


# Events.


def test_events_are_every_firing_of_the_first_timelines(config: Path, tmp_path: Path) -> None:
    experiment = load(config)
    key = arm_keys(experiment)["calm", "yearly"]
    with open_run(tmp_path / "run", determinants(experiment)) as store:
        assert module.record_events(experiment, store, 5) == 4
        assert module.record_events(experiment, store, 3) == 0
    events = pl.read_parquet(tmp_path / "run" / "events" / f"{key}.parquet")
    assert events.schema == pl.Schema(
        {
            "replication": pl.Int64,
            "number": pl.Int64,
            "day": pl.Float64,
            "clock": pl.String,
            "mechanism": pl.String,
            "phase": pl.Enum(["talks", "signed"]),
        }
    )
    arm = next(arm for arm in experiment.arms if arm.name == "calm/yearly")
    world = world_of(task_of(experiment, arm))
    firings = [play(world, replication).firings for replication in range(5)]
    assert events.group_by("replication", maintain_order=True).len()["len"].to_list() == firings
    assert events["number"].to_list() == [k for count in firings for k in range(1, count + 1)]
    assert events.filter(pl.col("clock") == "signing")["phase"].unique().to_list() == ["signed"]


# Real processes that are really stopped.


SMALL_CHUNKS = """
from timeline import cli
from timeline.playing import run as experiment
experiment._CHUNK_SECONDS = experiment._SAVE_SECONDS = 0.1
cli.main()
"""
SLOWLY = "parameters.rates.pause=0.001"


def started(config: Path, out: Path) -> subprocess.Popen[str]:
    """Start a run in a process of its own, and wait until it has saved something."""
    config.write_text(config.read_text().partition("[scenarios")[0])
    command = [
        sys.executable, "-c", SMALL_CHUNKS, "run", str(config), "--out", str(out),
        "--replications", "1200", "--workers", "2", "--no-report", "--set", SLOWLY, "--engine", "simpy",
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell may have told its background jobs to ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    # A part counts once the manifest names it: its file is there a moment before.
    for _ in range(1200):
        if process.poll() is not None or any('"rows"' in path.read_text() for path in out.rglob(MANIFEST)):
            return process
        time.sleep(0.05)
    process.kill()
    raise AssertionError("the run saved nothing within a minute")


def settled(config: Path) -> Experiment:
    return load(config, [SLOWLY], replications=1_200)


def saved_rows(experiment: Experiment, out: Path) -> int:
    with open_results(module.run_folder(experiment, out)) as store:
        store.require_intact(store.arms)
        return sum(store.present(key, experiment.replications) for key in store.arms)


def test_ctrl_c_stops_a_real_run_in_good_order(config: Path, tmp_path: Path) -> None:
    process = started(config, tmp_path / "out")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    saved = saved_rows(settled(config), tmp_path / "out")
    assert (out, process.returncode) == ("", 130)
    assert 0 < saved < 2_400
    assert err.splitlines()[-1] == (
        f"Error: Stopped: {saved:,} of 2,400 replications are saved. The same command goes on where it "
        f"stopped: timeline run {config} --replications 1200 --engine simpy --workers 2 "
        f"--set {SLOWLY} --out {tmp_path}/out --no-report"
    )
    assert "Traceback" not in err


def test_a_run_that_is_killed_goes_on_to_identical_bytes(config: Path, tmp_path: Path) -> None:
    process = started(config, tmp_path / "out")
    process.kill()
    process.communicate(timeout=60)
    experiment = settled(config)
    saved = saved_rows(experiment, tmp_path / "out")
    assert 0 < saved < 2_400
    assert run(experiment, tmp_path / "out", workers=2).reused == saved
    # The pause is no part of what happens, so the rows must be those of a run without.
    quick = replace(experiment, world={**experiment.world, "rates.pause": 0.0})
    run(quick, tmp_path / "whole", workers=2, chunk=137)
    found, whole = parts(tmp_path / "out"), parts(tmp_path / "whole")
    assert [name.split("/", 2)[2] for name in found] == [name.split("/", 2)[2] for name in whole]
    # The files name their run, which the pause is part of.
    for one, other in zip(found.values(), whole.values(), strict=True):
        assert pl.read_parquet(io.BytesIO(one)).equals(pl.read_parquet(io.BytesIO(other)))


@pytest.mark.slow
def test_workers_end_with_a_killed_run(config: Path, tmp_path: Path) -> None:
    process = started(config, tmp_path / "out")
    children = [
        int(pid)
        for task in Path(f"/proc/{process.pid}/task").iterdir()
        for pid in (task / "children").read_text().split()
    ]
    process.kill()
    process.communicate(timeout=60)
    for _ in range(100):
        left = [pid for pid in children if _runs(pid)]
        if not left:
            break
        time.sleep(0.1)
    assert len(children) >= 2
    assert left == []


def _runs(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text() and os.kill(pid, 0) is None
    except (ProcessLookupError, FileNotFoundError):
        return False
