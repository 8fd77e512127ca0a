"""Workers elsewhere, shares and object stores: the same bytes, whoever plays them and wherever they lie."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from object_store import serving

import timeline
from timeline.cli import main
from timeline.config.load import load
from timeline.errors import ConfigError, ModelError, RunError
from timeline.front.worldplay import measures_of
from timeline.keeping import shards
from timeline.keeping import store as store_module
from timeline.keeping.rows import frame
from timeline.keeping.shares import shares_of
from timeline.keeping.store import open_results, open_run
from timeline.playing import cluster, parcels
from timeline.playing import run as module
from timeline.playing.between import world_means
from timeline.playing.cluster import connect
from timeline.playing.errands import Away
from timeline.playing.machine import this_machine
from timeline.playing.parcels import Parcel, Reply, Sender, pack_sources, play_parcel
from timeline.playing.run import Tally
from timeline.playing.runner import Interrupts, Job, keep_busy
from timeline.playing.tasks import simulate, task_of
from timeline.study.experiment import Experiment
from timeline.study.keys import arm_keys

pytestmark = [
    # What Dask leaves to the garbage collector when workers are killed.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

ROOT = Path(__file__).resolve().parents[1]
REPLICATIONS = 2_300


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk; and workers find this program where this process has it."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        patched.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
        yield


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small model that the compiled engine can play."""
    root = tmp_path_factory.mktemp("whispers")
    page = (ROOT / "docs" / "a-small-model.md").read_text(encoding="utf-8")
    for kind, path in (("python", "models/whispers.py"), ("toml", "configs/whispers/open.toml")):
        (root / path).parent.mkdir(parents=True)
        (root / path).write_text(page.partition(f"```{kind}\n")[2].partition("```")[0], encoding="utf-8")
    return root / "configs" / "whispers" / "open.toml"


@pytest.fixture(scope="module")
def experiment(config: Path) -> Experiment:
    return load(config, replications=REPLICATIONS)


@pytest.fixture(scope="module")
def whole(experiment: Experiment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The parts of a run in this process."""
    out = tmp_path_factory.mktemp("whole")
    run(experiment, out)
    return parts(out)


def run(experiment: Experiment, out: Path, **options: Any) -> Tally:
    with open_run(module.run_folder(experiment, out), module.determinants(experiment)) as store:
        return module.run(experiment, store, **options)


def parts(out: Path) -> dict[str, bytes]:
    """Return the parts below a folder by arm and name."""
    return {"/".join(path.parts[-2:]): path.read_bytes() for path in sorted(out.rglob("parts/*/*.parquet"))}


def saved(experiment: Experiment, out: Path) -> int:
    with open_results(module.run_folder(experiment, out)) as store:
        return sum(store.present(key, experiment.replications) for key in store.arms)


def command(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert isinstance(ended.value.code, int)
    return ended.value.code


# A parcel.


def test_a_parcel_is_played_without_the_workspace(experiment: Experiment, tmp_path: Path) -> None:
    task = replace(task_of(experiment, experiment.arms[0]), first=5, count=20)
    sender = Sender(experiment, print)
    parcel = sender.pack(replace(task, workspace=str(tmp_path / "nowhere")))
    expected = frame(experiment.model, simulate(task))
    reply = play_parcel(parcel)
    sender.check(parcel, reply)
    assert sender.unpack(reply).equals(expected, null_equal=True)


def test_sources_that_are_not_those_sent_are_refused(experiment: Experiment) -> None:
    parcel = Sender(experiment, print).pack(replace(task_of(experiment, experiment.arms[0]), count=1))
    with pytest.raises(ModelError, match=r"a worker has received other sources than were sent: checksum "):
        play_parcel(replace(parcel, digest="0" * 64))


def test_a_model_that_was_edited_meanwhile_is_refused(config: Path, tmp_path: Path) -> None:
    shutil.copytree(config.parents[2], tmp_path / "copy")
    experiment = load(tmp_path / "copy" / "configs" / "whispers" / "open.toml")
    task = replace(task_of(experiment, experiment.arms[0]), count=1)
    model = tmp_path / "copy" / "models" / "whispers.py"
    model.write_text(model.read_text() + "\n# edited\n")
    with pytest.raises(ModelError, match=r"its sources have changed since the run began"):
        play_parcel(Sender(experiment, print).pack(task))


def test_a_sources_file_stays_in_its_folder(experiment: Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(experiment.workspace), "sources", lambda self, name: {"models/../configs/../models": ""})
    monkeypatch.setattr(Path, "read_bytes", lambda self: b"x")
    sources = pack_sources(experiment.workspace, "whispers")
    import hashlib

    with pytest.raises(ModelError, match=r'was sent a file "models/\.\./configs/\.\./models"'):
        parcels.unpacked(sources, hashlib.sha256(sources).hexdigest())


# Any executor.


class Wrong(Executor):
    """Workers with other libraries, or another processor."""

    def __init__(self, **changes: Any) -> None:
        self.changes = changes

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        reply: Reply = fn(*args, **kwargs)
        future.set_result(replace(reply, worker=replace(reply.worker, name="node7:12", **self.changes)))
        return future


def test_any_executor_plays_the_bytes_of_a_run(experiment: Experiment, whole: dict[str, bytes], tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as executor:
        run(experiment, tmp_path, executor=executor, workers=3, chunk=170)
    assert parts(tmp_path) == whole


@pytest.mark.parametrize("chunk", [1_000, 5_000])
def test_a_whole_part_is_saved_as_its_worker_has_written_it(
    experiment: Experiment, whole: dict[str, bytes], tmp_path: Path, chunk: int
) -> None:
    tally = run(experiment, tmp_path, executor=Failing(0), chunk=chunk)
    assert tally.simulated == 2 * REPLICATIONS
    assert parts(tmp_path) == whole


def test_a_chunk_for_a_worker_never_crosses_a_part(experiment: Experiment, tmp_path: Path) -> None:
    seen: list[Parcel] = []

    class Noting(ThreadPoolExecutor):
        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            seen.append(args[0])
            return super().submit(fn, *args, **kwargs)

    with Noting(1) as executor:
        run(experiment, tmp_path, executor=executor, chunk=700)
    assert {(parcel.task.first % 1_000, parcel.task.count) for parcel in seen} == {(0, 700), (700, 300), (0, 300)}


def test_other_libraries_are_refused(experiment: Experiment, tmp_path: Path) -> None:
    libraries = tuple((name, "0.67.0" if name == "numba" else has) for name, has in this_machine().libraries)
    with pytest.raises(RunError) as problem:
        run(experiment, tmp_path, executor=Wrong(libraries=libraries), chunk=500)
    expected = dict(this_machine().libraries)["numba"]
    assert str(problem.value) == (
        f"worker node7:12 has numba 0.67.0 (expected {expected}); its timelines could differ, so none of them are "
        "kept: install there what this machine has, and run the same command again"
    )
    assert saved(experiment, tmp_path) == 0


def test_another_processor_is_told_once_and_kept(
    experiment: Experiment, whole: dict[str, bytes], tmp_path: Path
) -> None:
    said: list[str] = []
    run(experiment, tmp_path, executor=Wrong(processor="riscv64 unknown"), chunk=500, say=said.append)
    assert len(said) == 1
    assert said[0].startswith("Worker node7:12 has another processor (riscv64 unknown) than this machine (")
    assert parts(tmp_path) == whole
    with open_results(module.run_folder(experiment, tmp_path)) as store:
        assert {str(part["processors"]) for arm in store.arms for part in store.parts(arm)} == {"['riscv64 unknown']"}


class Failing(Executor):
    """Workers that die again and again."""

    def __init__(self, often: int) -> None:
        self.left = often

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.left -= 1
        if self.left >= 0:
            future.set_exception(OSError("the node was taken away"))
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_a_worker_that_dies_costs_its_chunk_only(
    experiment: Experiment, whole: dict[str, bytes], tmp_path: Path
) -> None:
    run(experiment, tmp_path, executor=Failing(4), chunk=500)
    assert parts(tmp_path) == whole


def test_workers_that_always_die_are_given_up(experiment: Experiment, tmp_path: Path) -> None:
    with pytest.raises(RunError) as problem:
        run(experiment, tmp_path, executor=Failing(10**9), chunk=500)
    assert str(problem.value) == (
        "workers have failed 5 times at the same work (OSError: the node was taken away); 0 of 4,600 replications are "
        "saved, and the same command goes on where it stopped"
    )


def test_an_executor_that_is_gone_is_one_sentence(experiment: Experiment, tmp_path: Path) -> None:
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(RunError, match=r"^the workers are gone \(cannot schedule new futures after shutdown\); 0 of"):
        run(experiment, tmp_path, executor=executor, chunk=500)


def test_the_problem_of_the_first_unit_is_reported() -> None:
    def work(number: int) -> int:
        raise RunError(f"unit {number}")

    units = iter([3, 1, 2])
    with ThreadPoolExecutor(3) as executor, pytest.raises(RunError, match="unit 1"):
        keep_busy(Job(work, lambda: next(units, None), lambda unit, got: None, int), executor, 3, Interrupts())


# A real cluster.


@pytest.fixture(scope="module")
def crew() -> Iterator[cluster.Cluster]:
    with connect("local", 2) as found:
        yield found


def test_a_cluster_plays_the_bytes_of_a_run(
    crew: cluster.Cluster, experiment: Experiment, whole: dict[str, bytes], tmp_path: Path
) -> None:
    assert crew.workers == 2
    assert run(experiment, tmp_path, chunk=100, **vars(crew)).simulated == 2 * REPLICATIONS
    assert parts(tmp_path) == whole


def test_a_cluster_plays_worlds_as_this_process_does(crew: cluster.Cluster) -> None:
    study = timeline.load(ROOT / "configs" / "ceasefire" / "monitors.toml").change("uncertainty", {"worlds": 2})
    tasks = [task_of(study.experiment, arm) for arm in study.experiment.arms[:3]]
    measure = measures_of(study.experiment)[:1]
    worlds = [{"line.calming": 10.0 + k} for k in range(45)]
    here = world_means(tasks, worlds, measure, 30, 1)
    kept: list[int] = []
    there = world_means(
        tasks, worlds, measure, 30, 1, keep=lambda found: kept.append(len(found["mean"])),
        away=Away(study.experiment, **vars(crew)),
    )  # fmt: skip
    assert (there.mean == here.mean).all()
    assert (there.luck == here.luck).all()
    assert kept == [20, 40, 45]


@contextmanager
def killing(crew: cluster.Cluster, kills: int, seed: int) -> Iterator[list[int]]:
    """Kill workers at moments chosen by a seed, until so many are killed."""
    choice, killed, over = random.Random(seed), [], threading.Event()

    def kill() -> None:
        while len(killed) < kills and not over.wait(choice.uniform(0.05, 0.6)):
            with suppress(psutil.Error):  # a process may end while it is looked at
                processes = psutil.Process().children(recursive=True)
                victims = [p for p in processes if "--multiprocessing-fork" in p.cmdline()]
                if not victims:
                    continue
                victim = choice.choice(sorted(victims, key=lambda p: p.pid))
                victim.kill()
                killed.append(victim.pid)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def killed_and_whole(experiment: Experiment, whole: dict[str, bytes], folder: Path, kills: int, seed: int) -> None:
    """Play again and again while workers are killed, until enough were; every run has the same bytes."""
    with connect("local", 3) as crew, killing(crew, kills, seed) as killed:
        number = 0
        while not number or len(killed) < kills:
            run(experiment, folder / str(number), chunk=50, **vars(crew))
            assert parts(folder / str(number)) == whole
            shutil.rmtree(folder / str(number))
            number += 1
    assert len(killed) == kills


def test_workers_that_are_killed_at_any_moment_leave_the_same_bytes(
    experiment: Experiment, whole: dict[str, bytes], tmp_path: Path
) -> None:
    killed_and_whole(experiment, whole, tmp_path, kills=2, seed=11)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_many_workers_that_are_killed_leave_the_same_bytes(
    experiment: Experiment, whole: dict[str, bytes], tmp_path: Path, seed: int
) -> None:
    killed_and_whole(experiment, whole, tmp_path, kills=12, seed=seed)


DASK = "from distributed.cli.dask_{0} import main; main()"


@contextmanager
def scheduler(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and a worker of their own, started in empty folders as on other machines."""
    address = folder / "address"
    (folder / "empty").mkdir()
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder / "empty"}
    started = subprocess.Popen(
        [sys.executable, "-c", DASK.format("scheduler"), "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
         "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(address)],
        **quiet,
    )  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "-c", DASK.format("worker"), "--scheduler-file", str(address), "--no-nanny", "--nthreads", "1",
         "--host", "127.0.0.1", "--no-dashboard", "--death-timeout", "20"],
        **quiet,
    )  # fmt: skip
    try:
        for _ in range(400):
            if address.exists() and (found := re.search(r"tcp://[\d.:]+", address.read_text())):
                break
            time.sleep(0.05)
        yield found[0], started
    finally:
        for process in (worker, started):
            process.kill()
            process.wait()


def test_a_worker_in_an_empty_folder_plays_and_its_scheduler_may_go_away_and_be_restarted(
    experiment: Experiment, whole: dict[str, bytes], tmp_path: Path
) -> None:
    with scheduler(tmp_path) as (address, process):
        with connect(address, 1) as crew:
            run(experiment, tmp_path / "whole", chunk=200, **vars(crew))
            assert parts(tmp_path / "whole") == whole
            done: list[int] = []

            def stop(number: int, total: int) -> None:
                done.append(number)
                if number >= 300:
                    process.kill()

            with pytest.raises(RunError) as problem:
                run(experiment, tmp_path / "stopped", chunk=50, progress=stop, **vars(crew))
        kept = saved(experiment, tmp_path / "stopped")
        assert 0 < kept < 2 * REPLICATIONS
        assert str(problem.value) == (
            f"--cluster {address}: the scheduler has gone away; {kept:,} of 4,600 replications are saved, and the same "
            "command goes on where it stopped"
        )
    # Another scheduler goes on where that one stopped.
    (tmp_path / "again").mkdir()
    with scheduler(tmp_path / "again") as (address, _), connect(address, 1) as crew:
        assert run(experiment, tmp_path / "stopped", **vars(crew)).reused == kept
    assert parts(tmp_path / "stopped") == whole


def test_a_scheduler_that_is_not_there_is_one_sentence(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cluster, "_PATIENCE", 0.5)
    assert command("run", config, "--out", tmp_path, "--no-report", "--cluster", "tcp://127.0.0.1:9") == 1
    said = capsys.readouterr().err
    assert said.startswith("Error: --cluster tcp://127.0.0.1:9: no scheduler answers there (")
    assert said.endswith(
        "); nothing was lost: start it by `dask scheduler`, or check the address, and run the same command again\n"
    )
    assert said.count("\n") == 1


def test_a_local_cluster_is_one_option(
    config: Path, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("run", config, "--out", tmp_path, "--replications", REPLICATIONS, "--no-report", "--workers", 2)
    assert command(*words, "--cluster", "local") == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "Simulated 4,600 replications in 2 arms."
    assert captured.err == ""
    assert parts(tmp_path) == whole


def test_without_dask_the_command_that_installs_it_is_said(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert command("run", config, "--cluster", "local") == 2
    assert capsys.readouterr().err == (
        "Error: --cluster needs Dask, which is not installed: pip install 'crisis-timeline[cluster]'\n"
    )


def test_an_address_that_is_none_is_refused(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("run", config, "--cluster", "localhost") == 2
    assert capsys.readouterr().err == (
        'Error: --cluster: given "localhost", expected "local", or the address of a Dask scheduler such as '
        "tcp://10.0.0.7:8786\n"
    )


# Shares.


def test_shares_are_whole_parts_and_make_up_the_run() -> None:
    found = shares_of(["x", "y", "z"], 25_500, 7)
    units = [(arm, first, count) for share in found for arm, ranges in share.items() for first, count in ranges]
    assert len(units) == len(set(units)) == 3 * 12
    assert sum(count for _, _, count in units) == 3 * 25_500
    assert max(sum(count for _, ranges in share.items() for _, count in ranges) for share in found) == 11_500


@pytest.mark.parametrize("given", ["0/100", "5/3", "x", "1/0", "-1/3", "1/2/3", "1.5/3", ""])
def test_a_share_that_is_none_is_refused(config: Path, capsys: pytest.CaptureFixture[str], given: str) -> None:
    assert command("run", config, "--part", given) == 2
    assert capsys.readouterr().err == (
        f'Error: --part: given "{given}", expected two whole numbers such as 3/100, the first from 1 to the second\n'
    )


def share(config: Path, number: int, of: int, out: object) -> int:
    return command(
        "run", config, "--replications", REPLICATIONS, "--part", f"{number}/{of}", "--out", out, "--workers", 1
    )


def test_shares_are_joined_to_the_bytes_of_a_run(
    config: Path, experiment: Experiment, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 3, 4):
        assert share(config, number, 4, tmp_path) == 0
    folder = module.run_folder(experiment, tmp_path)
    place = folder.parent / "shards" / folder.name
    capsys.readouterr()
    assert command("merge", place) == 1
    captured = capsys.readouterr()
    assert captured.out.splitlines() == ["Joined 4 parts.", f"Results: {folder}"]
    assert captured.err == (
        "Error: shares 2/4 are missing or not complete; play them by `timeline run CONFIG --part 2/4` and merge again\n"
    )
    assert share(config, 2, 4, tmp_path) == 0
    capsys.readouterr()
    assert command("merge", folder.parent) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Joined 2 parts; 4 were there before."
    assert parts(folder) == whole
    words = ("run", config, "--replications", REPLICATIONS, "--out", tmp_path, "--no-report")
    assert command(*words) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Nothing to simulate: all 4,600 replications are saved."


def test_shares_on_separate_disks_are_joined_where_one_says(
    config: Path, experiment: Experiment, whole: dict[str, bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in (1, 2):
        assert share(config, number, 2, tmp_path / str(number)) == 0
        (found,) = (tmp_path / str(number)).rglob("*-of-0002")
        shutil.move(found, tmp_path / f"shard{number}")
    assert command("merge", tmp_path / "shard1", tmp_path / "shard2") == 2
    assert "lies in no folder of results; say by --out" in capsys.readouterr().err
    assert command("merge", tmp_path / "shard1", tmp_path / "shard2", "--out", tmp_path / "joined") == 0
    assert parts(module.run_folder(experiment, tmp_path / "joined")) == whole


def test_a_damaged_share_is_not_joined(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert share(config, 1, 2, tmp_path) == 0
    path = next(tmp_path.rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert command("merge", path.parents[2]) == 1
    assert "are altered: checksum " in capsys.readouterr().err


def test_shares_of_two_runs_are_not_joined(config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert share(config, 1, 2, tmp_path) == 0
    assert command("run", config, "--part", "2/2", "--seed", 5, "--out", tmp_path, "--workers", 1) == 0
    assert command("merge", *sorted(tmp_path.rglob("*-of-0002"))) == 1
    assert "is of another experiment than the first: its seed differ" in capsys.readouterr().err


# Object stores.


@pytest.fixture(params=["stand-in", "moto"])
def bucket(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An object store on loopback that has one bucket."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "allowed")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    if request.param == "stand-in":
        with serving() as server:
            monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
            yield server
        return
    program = shutil.which("moto_server")
    if program is None:
        pytest.skip("moto's server is not installed: pip install 'moto[server]', in an environment of its own")
    with moto(program) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
        yield None


@contextmanager
def moto(program: str) -> Iterator[str]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], env=clean, **quiet)
    url = f"http://127.0.0.1:{port}"
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=allowed/20260101/us-east-1/s3/aws4_request"}
    try:
        for _ in range(200):
            with suppress(OSError):
                urllib.request.urlopen(urllib.request.Request(f"{url}/bucket", method="PUT", headers=signed)).close()
                break
            time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def test_shares_in_an_object_store_are_joined_to_the_bytes_of_a_run(
    config: Path, experiment: Experiment, whole: dict[str, bytes], tmp_path: Path, bucket: Any
) -> None:
    for number in (1, 2, 3):
        assert share(config, number, 3, "s3://bucket/results") == 0
    assert command("merge", "s3://bucket/results", "--out", tmp_path) == 0
    assert parts(module.run_folder(experiment, tmp_path)) == whole


def test_a_share_in_an_object_store_goes_on_where_it_stopped(
    config: Path, experiment: Experiment, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "allowed")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert share(config, 1, 1, "s3://bucket") == 0
        for name in [name for name in server.objects if "0000002000" in name or not name.endswith(".parquet")]:
            del server.objects[name]
        server.requests.clear()
        assert share(config, 1, 1, "s3://bucket") == 0
        sent = [name.rpartition("/")[2] for kind, name, _ in server.requests if kind == "PUT"]
        assert sent == ["0000002000-0300.parquet"] * 2 + ["resolved.json", "manifest.json"]
        assert command("merge", "s3://bucket", "--out", tmp_path) == 0
    assert parts(tmp_path) == whole


def test_an_object_is_never_overwritten(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "allowed")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    from timeline.errors import StoreError
    from timeline.keeping.objects import Bucket

    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        Bucket("s3://bucket/here").create("a", b"one")
        Bucket("s3://bucket/here").create("a", b"one")
        with pytest.raises(StoreError, match=r"s3://bucket/here/a: is there already, with other content"):
            Bucket("s3://bucket/here").create("a", b"two")
        assert server.objects == {"here/a": b"one"}


@pytest.mark.parametrize(
    ("place", "key", "said"),
    [
        ("s3://elsewhere/x", "allowed", "s3://elsewhere/x: there is no such bucket; make it, or check the name"),
        ("s3://bucket/x", "stranger", "s3://bucket/x: access is refused; check the credentials and what they allow"),
        ("gs://bucket/x", "allowed", 'given "gs://bucket/x", expected an address such as s3://bucket/prefix'),
    ],
)
def test_an_object_store_that_refuses_is_one_sentence(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str, key: str, said: str
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
        assert share(config, 1, 2, place) in (1, 2)
    # Whether the model was compiled before is not the point.
    assert capsys.readouterr().err.splitlines()[-1].startswith(f"Error: {said}")


def test_an_object_store_that_is_not_there_is_one_sentence(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "allowed")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert share(config, 1, 2, "s3://bucket/x") == 1
    assert capsys.readouterr().err == (
        "Error: s3://bucket/x: cannot be reached; check the network, AWS_REGION and AWS_ENDPOINT_URL; what is saved "
        "there is intact\n"
    )


def test_without_obstore_the_command_that_installs_it_is_said(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(ConfigError, match=r"needs obstore, which is not installed: pip install"):
        shards.Bucket("s3://bucket/x")


def test_arms_of_a_share_are_those_of_the_run(config: Path, experiment: Experiment, tmp_path: Path) -> None:
    assert share(config, 1, 1, tmp_path) == 0
    (folder,) = tmp_path.rglob("0001-of-0001")
    with open_results(folder) as store:
        assert set(store.arms) == set(arm_keys(experiment).values())
