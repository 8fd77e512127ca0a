"""Runs that are killed, starved, damaged and doubled: each goes on to the same bytes, or says in a sentence why not."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from chaos_driver import HOLD, KILL, Answer

from timeline.errors import ConfigError, RunError, StoreError
from timeline.keeping.store import MANIFEST, RESOLVED, open_results
from timeline.pages.standing import MARK

HERE = Path(__file__).parent
#: SimPy plays in the driver's own child, which is quicker here than to start workers.
OPTIONS = {"simpy": ("--engine", "simpy", "--workers", "1"), "compiled": ("--engine", "compiled", "--workers", "2")}
IN_WORKERS = ("--engine", "simpy", "--workers", "2")
ENGINES = tuple(OPTIONS)
SLOW = pytest.mark.slow
#: Where it is, never a copy: machine code is kept for a model at its place.
CONFIG = str(HERE / "chaos" / "configs" / "truce.toml")

#: Two commands that grow one run, so that parts are made, extended, and a second part begun.
FIRST, LAST = 700, 1_060
ARMS = 2


class Driver:
    """A `chaos_driver` process."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, HERE / "chaos_driver.py", CONFIG],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # numpy starts threads for more, and then nothing can fork
        )

    def start(self, site: Site, *commands: list[str], strike: str = KILL, at: int = 0, lasting: bool = False) -> None:
        request = {
            "folder": str(site.folder),
            "results": str(site.folder / "results"),
            "commands": commands,
            "strike": strike,
            "at": at,
            "lasting": lasting,
            "release": str(site.release),
        }
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()

    def finish(self) -> Answer:
        assert self._process.stdout is not None
        found: Answer = json.loads(self._process.stdout.readline())
        return found

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@dataclass
class Site:
    """A folder in which one run is made, over and over, and what it has saved."""

    folder: Path

    @property
    def run(self) -> Path:
        """The folder of its only run."""
        (found,) = (self.folder / "results" / "truce").iterdir()
        return found

    @property
    def release(self) -> Path:
        return self.folder / "release"

    def contents(self) -> dict[str, bytes]:
        """Everything in the run's folder but the lock, by path."""
        return {
            str(path.relative_to(self.run)): path.read_bytes()
            for path in sorted(self.run.rglob("*"))
            if path.is_file() and path.name != "lock"
        }

    def part_files(self) -> list[Path]:
        return sorted(self.run.glob("parts/*/*.parquet"))

    def saved(self) -> int:
        """How many replications the manifest names, every part of them intact; 0 before there is a manifest."""
        found = list((self.folder / "results").glob(f"truce/*/{MANIFEST}"))
        if not found:
            return 0
        with open_results(found[0].parent) as store:
            store.require_intact(store.arms)
            return sum(part["rows"] for arm in store.arms for part in store.parts(arm))


Sites = Callable[[], Site]


def parts_of(contents: dict[str, bytes]) -> dict[str, bytes]:
    return {name: data for name, data in contents.items() if name.startswith("parts")}


@pytest.fixture(scope="module")
def driver() -> Iterator[Driver]:
    found = Driver()
    yield found
    found.close()


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    def site() -> Site:
        return Site(tmp_path_factory.mktemp("site"))

    return site


def stages(engine: str, *options: str) -> list[list[str]]:
    """The commands of a run; the last one alone would do, but then no part would be extended."""
    return [timeline_run(count, *OPTIONS[engine], "--no-report", *options) for count in (FIRST, LAST)]


def timeline_run(replications: int, *options: str) -> list[str]:
    return ["run", CONFIG, "--out", "results", "--quiet", "--replications", str(replications), *options]


@dataclass(frozen=True)
class Undisturbed:
    """What a run is when nothing happens to it."""

    contents: dict[str, bytes]
    operations: list[str]
    site: Site


@pytest.fixture(scope="module")
def undisturbed(driver: Driver, sites: Sites) -> Callable[[str], Undisturbed]:
    known: dict[str, Undisturbed] = {}

    def run(engine: str) -> Undisturbed:
        if engine not in known:
            site = sites()
            answer = play(driver, site, *stages(engine, "--events", "2"))
            assert (answer["status"], answer["err"]) == (0, "")
            known[engine] = Undisturbed(site.contents(), answer["operations"], site)
        return known[engine]

    return run


def play(
    driver: Driver, site: Site, *commands: list[str], strike: str = KILL, at: int = 0, lasting: bool = False
) -> Answer:
    driver.start(site, *commands, strike=strike, at=at, lasting=lasting)
    return driver.finish()


def copy_of(site: Site, sites: Sites) -> Site:
    found = sites()
    shutil.copytree(site.folder / "results", found.folder / "results")
    return found


def assert_one_sentence(answer: Answer, status: int) -> str:
    """Return the sentence in which a command has given up, having checked that it is one."""
    said = answer["err"]
    assert answer["status"] == status, answer
    assert said.startswith("Error: "), answer
    assert said.count("\n") == 1, answer
    assert "Traceback" not in said, answer
    assert "bug of the program" not in said, answer
    return said.removeprefix("Error: ").removesuffix("\n")


@dataclass
class Tally:
    """How many strikes there were, where they hit, and how many runs then went on from what was saved."""

    hits: Counter[str] = field(default_factory=Counter)
    resumed: int = 0

    def note(self, where: str, saved: int) -> None:
        self.hits[where] += 1
        self.resumed += saved > 0

    def __str__(self) -> str:
        listed = ", ".join(f"{count} {where}" for where, count in sorted(self.hits.items()))
        return f"{self.hits.total()} strikes ({listed}); {self.resumed} runs went on from saved replications"


def place(operation: str) -> str:
    """Call an operation by what it does to what: "replace part", "fsync manifest"."""
    what, path = operation.split(" ", 1)
    name = Path(path).name
    for pattern, thing in (
        (r"\d{10}-\d+\.parquet", "part"),
        (r"\w+\.parquet", "events"),
        (r"manifest\.json", "manifest"),
        (r"\w+\.json", "other table"),
        ("lock", "lock"),
    ):
        if re.fullmatch(pattern + r"(\.tmp)?", name):
            return f"{what} {thing}"
    return f"{what} {'report' if '.report-' in path else 'folder'}"


# Killed between two operations on the disk.


def kill_and_go_on(
    driver: Driver, site: Site, commands: list[list[str]], at: int, expected: dict[str, bytes], tally: Tally
) -> bool:
    """Kill a run just before an operation, check what is saved, go on; False if it ended before its time had come."""
    before = site.saved()
    answer = play(driver, site, *commands, at=at)
    if answer["status"] == 0:
        assert len(answer["operations"]) < at
        return False
    assert answer["status"] == -signal.SIGKILL, answer
    assert len(answer["operations"]) == at
    saved = site.saved()
    assert saved >= before
    tally.note(place(answer["operations"][-1]), saved)
    answer = play(driver, site, *commands)
    assert answer["status"] == 0, answer
    assert site.contents() == expected
    return True


@pytest.mark.parametrize("engine", [pytest.param("simpy", marks=SLOW), "compiled"])
def test_a_run_killed_between_any_two_operations_ends_in_the_same_bytes(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], engine: str
) -> None:
    whole = undisturbed(engine)
    chance, tally, kills = random.Random(1993), Tally(), {"simpy": 2, "compiled": 3}[engine]
    for at in chance.sample(range(1, len(whole.operations)), kills):
        kill_and_go_on(driver, sites(), stages(engine, "--events", "2"), at, whole.contents, tally)
    assert tally.hits.total() >= kills - 1


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_killed_at_each_operation_in_turn_ends_in_the_same_bytes(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], engine: str
) -> None:
    whole, tally, at = undisturbed(engine), Tally(), 1
    while kill_and_go_on(driver, sites(), stages(engine, "--events", "2"), at, whole.contents, tally):
        at += 1
    print(f"\nkilled at each operation, {engine}: {tally}")
    assert tally.hits.total() >= 100
    files = ("part", "manifest", "events", "other table")
    for what in ("open", "write", "tear", "fsync", "replace"):
        assert all(tally.hits[f"{what} {file}"] for file in files)
    assert tally.hits["unlink part"] >= 2


@pytest.mark.slow
def test_a_repair_killed_at_each_operation_in_turn_is_finished_by_the_next(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed]
) -> None:
    whole, tally, at = undisturbed("compiled"), Tally(), 1
    commands = stages("compiled", "--events", "2")[1:]
    while True:
        site = copy_of(whole.site, sites)
        site.part_files()[0].write_bytes(b"nonsense")
        answer = play(driver, site, [*commands[0], "--repair"], at=at)
        if answer["status"] == 0:
            break
        assert answer["status"] == -signal.SIGKILL
        tally.hits[place(answer["operations"][-1])] += 1
        assert play(driver, site, [*commands[0], "--repair"])["status"] == 0
        assert site.contents() == whole.contents
        at += 1
    print(f"\nkilled while repairing: {tally}")
    assert tally.hits["unlink part"] == 1


@pytest.mark.slow
def test_a_report_killed_on_the_way_is_made_anew_in_the_same_bytes(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed]
) -> None:
    report = timeline_run(LAST, *OPTIONS["compiled"])
    first = copy_of(undisturbed("compiled").site, sites)
    answer = play(driver, first, report)
    assert answer["status"] == 0, answer
    assert {"report.html", "tables/estimates.csv", "figures/in-force.svg"} <= first.contents().keys()
    began = next(k for k, operation in enumerate(answer["operations"]) if ".report-" in operation)
    ends = [k for k, operation in enumerate(answer["operations"]) if operation.startswith(("replace", "rmdir"))]
    tally = Tally()
    for at in sorted({*range(began, len(answer["operations"]), 8), *(k for k in ends if k > began)}):
        # The report is made for the first time, or in place of an older one that does not stand any more.
        older = copy_of(first, sites)
        (older.run / MARK).unlink()
        for site in (copy_of(undisturbed("compiled").site, sites), older):
            killed = play(driver, site, report, at=at + 1)
            assert killed["status"] == -signal.SIGKILL, killed
            tally.note(place(killed["operations"][-1]), site.saved())
            assert play(driver, site, report)["status"] == 0
            assert site.contents() == first.contents()
    print(f"\nkilled while the report was made: {tally}")


# Killed at any moment: the commands as a user gives them, in processes of their own.


def started(site: Site, command: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from timeline.cli import main; main()", *command],
        cwd=site.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Answer:
    out, err = process.communicate()
    return {"status": process.returncode, "out": out, "err": err, "operations": []}


def await_file(site: Site, process: subprocess.Popen[str], name: str, known: Collection[Path] = ()) -> None:
    """Wait until a run has made a file of some name besides those that are known, or has ended."""
    while process.poll() is None and set((site.folder / "results").rglob(name)) <= set(known):
        time.sleep(0.002)


def left_behind(site: Site) -> str:
    """Say what a killed run has left lying."""
    names = [path.name for path in (site.folder / "results").rglob("*")]
    aside = [name for name in names if name.endswith(".tmp") or name.startswith(".report-")]
    if aside:
        return f"with {re.sub('[0-9].*parquet', 'a part', aside[0]).removesuffix('.tmp').split('-')[0]} half made"
    if not any(name.endswith(".parquet") for name in names):
        return "before the first part"
    return "after the report" if "report.html" in names else "between parts"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "options", "kills"),
    [
        ("simpy", (*OPTIONS["simpy"], "--no-report"), 16),
        ("simpy with two workers", (*IN_WORKERS, "--no-report"), 12),
        ("compiled", (*OPTIONS["compiled"], "--no-report"), 16),
        ("compiled with a report", OPTIONS["compiled"], 8),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_run_killed_at_a_random_moment_ends_in_the_same_bytes(
    sites: Sites, name: str, options: tuple[str, ...], kills: int
) -> None:
    command = timeline_run(2_300, *options)
    whole = sites()
    process = started(whole, command)
    times = {"": time.monotonic()}
    for sign in ("lock", "*.parquet"):
        await_file(whole, process, sign)
        times[sign] = time.monotonic()
    assert ended(process)["status"] == 0
    end = time.monotonic()
    chance, tally = random.Random(name), Tally()
    for _ in range(10 * kills):
        site = sites()
        process = started(site, command)
        # Most of the time goes into starting; what may be lost comes after the first part.
        sign = chance.choice(["", "lock", "*.parquet", "*.parquet", "*.parquet"])
        if sign:
            await_file(site, process, sign)
        time.sleep(chance.uniform(0, end - times[sign]))
        process.kill()
        if ended(process)["status"] != -signal.SIGKILL:
            continue
        tally.note(left_behind(site), site.saved())
        answer = ended(started(site, command))
        assert answer["status"] == 0, answer
        assert site.contents() == whole.contents()
        if tally.hits.total() == kills:
            break
    print(f"\nkilled at random moments, {name}: {tally}")
    assert tally.hits.total() == kills


@pytest.mark.slow
def test_a_run_killed_again_and_again_loses_nothing_that_was_saved(sites: Sites) -> None:
    command = timeline_run(9_000, *IN_WORKERS, "--no-report")
    whole, site = sites(), sites()
    assert ended(started(whole, command))["status"] == 0
    chance, tally, saved = random.Random(7), Tally(), 0
    for _ in range(8):
        known = set((site.folder / "results").rglob("*.parquet"))
        process = started(site, command)
        await_file(site, process, "*.parquet", known)
        time.sleep(chance.uniform(0, 0.5))
        process.kill()
        if ended(process)["status"] == -signal.SIGKILL:
            assert site.saved() >= saved
            saved = site.saved()
            tally.note(left_behind(site), saved)
    assert ended(started(site, command))["status"] == 0
    assert site.contents() == whole.contents()
    print(f"\nkilled again and again: {tally}")
    assert tally.resumed >= 4


def children(process: subprocess.Popen[str]) -> list[int]:
    tasks = Path(f"/proc/{process.pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


@pytest.mark.slow
def test_a_run_whose_worker_is_killed_says_so_and_goes_on_to_the_same_bytes(sites: Sites) -> None:
    command = timeline_run(9_000, *IN_WORKERS, "--no-report")
    whole, site = sites(), sites()
    process = started(site, command)
    while process.poll() is None and len(children(process)) < 3:  # two workers, and what looks after them
        time.sleep(0.01)
    os.kill(children(process)[-1], signal.SIGKILL)
    assert assert_one_sentence(ended(process), RunError.exit_code) == (
        "a worker process ended unexpectedly, perhaps for want of memory; what was complete is saved, run the same "
        "command again with fewer --workers"
    )
    assert site.saved() > 0
    assert ended(started(site, command))["status"] == 0
    assert ended(started(whole, timeline_run(9_000, *OPTIONS["compiled"], "--no-report")))["status"] == 0
    assert parts_of(site.contents()) == parts_of(whole.contents())


@pytest.mark.slow
def test_a_run_killed_while_it_compiles_ends_in_the_same_bytes(
    sites: Sites, undisturbed: Callable[[str], Undisturbed], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, tally = undisturbed("compiled"), Tally()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    site, command = sites(), stages("compiled", "--events", "2")[1]
    for number in range(4):
        process = started(site, command)
        while process.poll() is None and len(list(tmp_path.glob("*/*/*/program.py"))) <= number:
            time.sleep(0.01)
        time.sleep(number)
        process.kill()
        assert ended(process)["status"] == -signal.SIGKILL
        tally.note("while compiling", site.saved())
    for _ in range(2):
        assert ended(started(site, command))["status"] == 0
        assert site.contents() == whole.contents
    print(f"\n{tally}")


# Damaged parts.


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 4]) + data[middle + 1 :]


def empty(data: bytes) -> bytes:
    return b""


def pad(data: bytes) -> bytes:
    return data + b"garbage"


def missing(data: bytes) -> None:
    return None


DAMAGES = (cut, flip, empty, pad, missing)


def damage(path: Path, how: Callable[[bytes], bytes | None]) -> None:
    data = how(path.read_bytes())
    if data is None:
        path.unlink()
    else:
        path.write_bytes(data)


def assert_damage_is_found_and_repaired(
    driver: Driver, whole: Undisturbed, site: Site, path: Path, how: Callable[[bytes], bytes | None]
) -> None:
    command = stages("compiled", "--events", "2")[1]
    first, rows = (int(number) for number in path.stem.split("-"))
    damage(path, how)
    before = site.contents()
    said = assert_one_sentence(play(driver, site, command), StoreError.exit_code)
    where = path.relative_to(site.folder)
    assert said.startswith(f"{where}: replications {first:,} to {first + rows - 1:,} of arm ")
    assert said.endswith("; run the same `timeline run` command with --repair to simulate it again")
    assert site.contents() == before
    answer = play(driver, site, [*command, "--repair"])
    rest = ARMS * LAST - rows
    assert answer["out"].startswith(
        f"Simulated {rows:,} replications in {ARMS} arms; {rest:,} more were saved before.\n"
    ), answer
    assert site.contents() == whole.contents


@pytest.mark.parametrize("how", [flip, missing])
def test_a_damaged_part_is_named_and_alone_simulated_again(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], how: Callable[[bytes], bytes | None]
) -> None:
    whole = undisturbed("compiled")
    site = copy_of(whole.site, sites)
    assert_damage_is_found_and_repaired(driver, whole, site, site.part_files()[DAMAGES.index(how) // 2], how)


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
def test_each_part_is_named_and_alone_simulated_again_when_damaged(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], how: Callable[[bytes], bytes | None]
) -> None:
    whole = undisturbed("compiled")
    site = copy_of(whole.site, sites)
    for path in site.part_files():
        assert_damage_is_found_and_repaired(driver, whole, site, path, how)


@pytest.mark.parametrize("how", [how if how in (cut, flip) else pytest.param(how, marks=SLOW) for how in DAMAGES])
def test_a_damaged_manifest_is_named_and_nothing_is_overwritten(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], how: Callable[[bytes], bytes | None]
) -> None:
    site = copy_of(undisturbed("compiled").site, sites)
    damage(site.run / MANIFEST, how)
    before = site.contents()
    # A folder without a manifest is not taken for one of ours.
    status = ConfigError.exit_code if how is missing else StoreError.exit_code
    said = assert_one_sentence(play(driver, site, stages("compiled", "--repair")[1]), status)
    assert said.startswith(str(site.run.relative_to(site.folder)))
    assert MANIFEST in said
    assert said.endswith("nothing was overwritten")
    assert site.contents() == before


def test_what_is_no_part_is_written_anew_when_damaged(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed]
) -> None:
    whole = undisturbed("compiled")
    site = copy_of(whole.site, sites)
    damage(site.run / RESOLVED, cut)
    damage(next(site.run.glob("events/*.parquet")), flip)
    answer = play(driver, site, stages("compiled", "--events", "2")[1])
    assert answer["out"].startswith("Nothing to simulate")
    assert site.contents() == whole.contents


# Disks that are full, or refuse.

#: What must not stop a run: a file left behind is removed by the next, and the lock's number is a courtesy.
HARMLESS = ("unlink part", "truncate lock", "pwrite lock")


def strike_and_go_on(
    driver: Driver, site: Site, at: int, problem: str, lasting: bool, whole: Undisturbed, tally: Tally
) -> bool:
    """Let a disk fail at an operation, check what is said and saved, go on; False if the run ended before."""
    commands = stages("compiled", "--events", "2")
    answer = play(driver, site, *commands, strike=problem, at=at, lasting=lasting)
    if len(answer["operations"]) < at:
        assert answer["status"] == 0
        return False
    where = place(answer["operations"][at - 1])
    tally.note(where, site.saved())
    if answer["status"] == 0:
        assert where in HARMLESS
    else:
        said = assert_one_sentence(answer, StoreError.exit_code)
        assert said.startswith("results")
        assert ("the disk is full; what was saved before is intact" in said) == (problem in ("ENOSPC", "EDQUOT"))
    answer = play(driver, site, *commands)
    assert answer["status"] == 0, answer
    assert site.contents() == whole.contents
    return True


@pytest.mark.parametrize("problem", ["ENOSPC", pytest.param("EROFS", marks=SLOW)])
def test_a_disk_that_fails_at_some_operation_is_one_sentence_and_costs_nothing_saved(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], problem: str
) -> None:
    whole, tally = undisturbed("compiled"), Tally()
    for at in random.Random(problem).sample(range(1, len(whole.operations)), 2):
        strike_and_go_on(driver, sites(), at, problem, True, whole, tally)
    assert tally.hits.total() >= 1


@pytest.mark.slow
@pytest.mark.parametrize(("problem", "lasting"), [("ENOSPC", True), ("EDQUOT", False), ("EROFS", True), ("EIO", False)])
def test_a_disk_that_fails_at_each_operation_in_turn_is_one_sentence_and_costs_nothing_saved(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], problem: str, lasting: bool
) -> None:
    whole, tally, at = undisturbed("compiled"), Tally(), 1
    while strike_and_go_on(driver, sites(), at, problem, lasting, whole, tally):
        at += 1
    print(f"\n{problem}{' from there on' if lasting else ' once'}, at each operation: {tally}")
    assert tally.hits.total() >= 100


@pytest.fixture
def small_disk() -> Iterator[Callable[[str], Path]]:
    """A real file system of its own, mounted with some options; mounted again with others when called again.

    Outside the folders that pytest keeps: tests that are killed leave it mounted, and pytest, which clears
    away the folders of earlier runs at its end, cannot remove a mounted one and would fail.
    """
    place = Path(tempfile.mkdtemp(prefix="timeline-disk-"))

    def mount(options: str) -> Path:
        found = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, text=True)
        if found.returncode:
            pytest.skip(f"no disk can be mounted here: {found.stderr.strip()}")
        return place

    yield mount
    while os.path.ismount(place):  # one on another, where mounted again
        subprocess.run(["umount", place], check=True)
    place.rmdir()


@pytest.mark.slow
def test_a_real_disk_that_fills_up_and_is_given_room_ends_in_the_same_bytes(
    sites: Sites, undisturbed: Callable[[str], Undisturbed], small_disk: Callable[[str], Path]
) -> None:
    whole = undisturbed("compiled")
    (first, last), site = stages("compiled", "--events", "2"), sites()
    (site.folder / "results").symlink_to(small_disk("size=24k"))
    stopped = 0
    for size in range(28, 1_000, 4):
        answer = ended(started(site, first if size < 120 else last))
        if answer["status"] == 0 and size >= 120:
            break
        if answer["status"] != 0:
            stopped += 1
            said = assert_one_sentence(answer, StoreError.exit_code)
            assert "the disk is full; what was saved before is intact" in said
        site.saved()
        small_disk(f"remount,size={size}k")
    print(f"\nstopped {stopped} times by a full disk")
    assert stopped >= 5
    assert site.contents() == whole.contents


@pytest.mark.slow
def test_a_report_that_a_real_disk_has_no_room_for_is_one_sentence_and_made_later(
    sites: Sites, undisturbed: Callable[[str], Undisturbed], small_disk: Callable[[str], Path]
) -> None:
    report = timeline_run(LAST, *OPTIONS["compiled"])
    whole = copy_of(undisturbed("compiled").site, sites)
    assert ended(started(whole, report))["status"] == 0
    parts = sum(path.stat().st_size for path in whole.part_files())
    site, stopped = sites(), 0
    (site.folder / "results").symlink_to(small_disk(f"size={parts // 1024 + 100}k"))
    shutil.copytree(undisturbed("compiled").site.folder / "results", site.folder / "results", dirs_exist_ok=True)
    for size in range(parts // 1024 + 100, parts // 1024 + 6_000, 400):
        small_disk(f"remount,size={size}k")
        answer = ended(started(site, report))
        if answer["status"] == 0:
            break
        stopped += 1
        said = assert_one_sentence(answer, StoreError.exit_code)
        assert "the disk is full; what was saved before is intact" in said
        assert site.saved() == ARMS * LAST
    print(f"\nstopped {stopped} times by a disk without room for the report")
    assert stopped >= 2
    assert site.contents() == whole.contents()


@pytest.mark.slow
def test_a_disk_without_room_for_machine_code_stops_no_run(
    sites: Sites,
    undisturbed: Callable[[str], Undisturbed],
    small_disk: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, command = undisturbed("compiled"), stages("compiled", "--events", "2")[1]
    for size in ("16k", "100k"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(small_disk(f"size={size}")))
        site = sites()
        answer = ended(started(site, command))
        assert (answer["status"], answer["err"]) == (0, "")
        assert site.contents() == whole.contents


@pytest.mark.slow
def test_a_read_only_disk_is_one_sentence(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], small_disk: Callable[[str], Path]
) -> None:
    whole, site = undisturbed("compiled"), sites()
    place = small_disk("size=10m")
    shutil.copytree(whole.site.folder / "results", place, dirs_exist_ok=True)
    (site.folder / "results").symlink_to(place)
    small_disk("remount,ro")
    said = assert_one_sentence(ended(started(site, stages("compiled")[1])), StoreError.exit_code)
    assert said.endswith("lock: cannot be written: Read-only file system; give another folder by --out")
    assert site.contents() == whole.contents


# Two at once.


def assert_second_run_is_refused(
    driver: Driver, site: Site, at: int, whole: Undisturbed, commands: list[list[str]]
) -> None:
    """Hold a run at an operation, start another, let the first go on."""
    driver.start(site, *commands, strike=HOLD, at=at)
    try:
        while not any((site.folder / "results").rglob(MANIFEST)):
            time.sleep(0.01)
        answer = ended(started(site, commands[-1]))
        holder = (site.run / "lock").read_text().strip()
    finally:
        site.release.write_text("")
        first = driver.finish()
    assert assert_one_sentence(answer, StoreError.exit_code) == (
        f"{site.run.relative_to(site.folder)}: is in use by another timeline command (process {holder}); "
        "wait until it has ended, or stop it"
    )
    assert first["status"] == 0, first
    assert site.contents() == whole.contents


def test_a_second_run_is_refused_and_the_first_goes_on_undisturbed(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed]
) -> None:
    whole = undisturbed("compiled")
    at = next(k for k, operation in enumerate(whole.operations, 1) if place(operation) == "replace part")
    assert_second_run_is_refused(driver, sites(), at, whole, stages("compiled", "--events", "2"))


@pytest.mark.slow
def test_many_runs_at_once_are_one_run_and_refusals(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed]
) -> None:
    whole, statuses = undisturbed("compiled"), Counter[int]()
    for _ in range(5):
        site = sites()
        for answer in [
            ended(process) for process in [started(site, stages("compiled", "--events", "2")[1]) for _ in range(6)]
        ]:
            statuses[answer["status"]] += 1
            if answer["status"] != 0:
                assert " is in use by another timeline command" in assert_one_sentence(answer, StoreError.exit_code)
        assert site.contents() == whole.contents
    print(f"\nsix runs at once, five times: {statuses[0]} ran, {statuses.total() - statuses[0]} were refused")
    assert statuses[0] >= 5


# A clock that explodes in the middle of a run.


EXPLOSIONS = {
    "undefined": "fuse, replication 1052, day 182.643: its speed is nan, expected 0 or more, and finite",
    "negative": "fuse, replication 1052, day 182.643: its speed is -0.5, expected 0 or more, and finite",
    "infinite": "fuse, replication 1052, day 182.643: its speed is inf, expected 0 or more, and finite",
    "runaway": "pong, replication 1052, day 184.286: more than 200000 firings: a loop runs away",
}


@pytest.mark.parametrize("how", [how if how == "negative" else pytest.param(how, marks=SLOW) for how in EXPLOSIONS])
def test_a_clock_that_explodes_says_the_same_on_both_engines_and_costs_nothing_saved(
    driver: Driver, sites: Sites, undisturbed: Callable[[str], Undisturbed], how: str
) -> None:
    said = []
    for engine in ENGINES:
        site, command = sites(), stages(engine)[1]
        answer = play(driver, site, [*command, "--set", f"cadences.yearly.explodes={how}"])
        assert (answer["status"], answer["out"]) == (RunError.exit_code, "")
        said.append(answer["err"])
        with open_results(site.run) as store:
            store.require_intact(store.arms)
            silence, yearly = (store.complete(arm) for arm in store.arms)
        assert silence >= 1_000
        assert 1_000 <= yearly <= 1_052
        # The other cadence is the same arm with and without the explosion.
        answer = play(driver, site, command)
        assert answer["out"].startswith(
            f"Simulated {ARMS * LAST - silence:,} replications in 2 arms; {silence:,} more were saved before.\n"
        )
        assert parts_of(undisturbed(engine).contents).items() <= site.contents().items()
    first, state, replay = said[0].splitlines()
    assert first == f'Error: model "truce", cadence yearly, scenario default, {EXPLOSIONS[how]}'
    assert state.startswith("  state: day=18")
    config = os.path.relpath(CONFIG, site.folder)
    assert replay == (
        f"  replay it: timeline trace {config} --set cadences.yearly.explodes={how} --cadence yearly "
        "--scenario default --replication 1052"
    )
    assert said[0] == said[1]
