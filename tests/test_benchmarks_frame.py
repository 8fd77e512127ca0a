"""The frame of the benchmarks: taking turns, ratios, the table, and a part that fails."""

from __future__ import annotations

import csv
import doctest
import importlib
import importlib.util
import inspect
import math
import sys
import types
from collections.abc import Callable
from pathlib import Path

import alternate
import pytest
import scaling
from alternate import Line
from click.testing import CliRunner, Result

FOLDER = Path(__file__).parent / "benchmarks"


def load_command() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("benchmarks_command", FOLDER / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


command = load_command()

FAST = Line("twin", "ours", 12.345, 11.0, 14.0, "times", 10.0, True, "on one core")
SLOW = Line("limit", "theirs", 0.44782, 0.4, 0.5, "times", 0.8, False)
MISSING = Line("twin", "a peer", math.nan, math.nan, math.nan, "times", note="not installed")


class Clock:
    """A clock that stands still unless a program moves it."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(alternate, "time", made)
    return made


# ---------------------------------------------------------------- taking turns


def test_programs_take_turns_and_every_other_round_goes_backwards() -> None:
    order: list[str] = []

    def program(name: str) -> Callable[[], int]:
        return lambda: order.append(name) or 1

    alternate.alternate({name: program(name) for name in "abc"}, 3)
    assert "".join(order) == "abccbaabc"


def test_a_program_is_charged_its_own_seconds_divided_by_its_own_units(clock: Clock) -> None:
    def program(seconds: float, units: int) -> Callable[[], int]:
        def run() -> int:
            clock.now += seconds
            return units

        return run

    seconds = alternate.alternate({"ours": program(2.0, 8), "theirs": program(3.0, 4)}, 2)
    assert seconds == {"ours": [0.25, 0.25], "theirs": [0.75, 0.75]}


@pytest.mark.parametrize(
    ("units", "rounds", "sentence"),
    [(1, 0, "0 rounds given, expected 1 or more"), (0, 1, "idle says it has done 0 units of work, expected 1 or more")],
)
def test_no_rounds_and_no_work_are_refused(units: int, rounds: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        alternate.alternate({"idle": lambda: units}, rounds)


def test_a_ratio_is_the_median_of_the_ratios_within_rounds_not_the_ratio_of_the_medians() -> None:
    # The machine is ten times as slow in the last round; both programs meet that.
    seconds = {"ours": [1.0, 2.0, 10.0], "theirs": [2.0, 2.0, 30.0]}
    assert alternate.ratio(seconds, "ours", "theirs") == (2.0, 1.0, 3.0)


@pytest.mark.parametrize("module", [alternate, command], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_are_right(module: types.ModuleType) -> None:
    failed, tried = doctest.testmod(module)
    assert (failed, tried > 0) == (0, True)


# ---------------------------------------------------------------- the table


def test_a_line_says_figure_range_unit_target_and_whether_it_is_reached() -> None:
    assert command.cells(FAST) == ("ours", "12.3", "[11.0, 14.0]", "times", "10.0", "yes", "on one core")
    assert command.cells(SLOW) == ("theirs", "0.448", "[0.400, 0.500]", "times", "0.800", "no", "")


def test_what_could_not_be_measured_has_a_line_without_a_figure() -> None:
    assert command.cells(MISSING) == ("a peer", "-", "", "times", "", "", "not installed")


def test_the_markdown_groups_the_lines_by_part_and_names_the_machine() -> None:
    text = command.markdown([FAST, SLOW, MISSING], "a machine, 2 cores").splitlines()
    assert text[2] == "a machine, 2 cores"
    assert [line for line in text if line.startswith("## ")] == ["## twin", "## limit"]
    assert text.index("## limit") > text.index("| a peer | - |  | times |  |  | not installed |")


def test_the_csv_holds_the_figures_in_full(tmp_path: Path) -> None:
    command.write([FAST, SLOW], "a machine, 2 cores", tmp_path / "new")
    text = (tmp_path / "new" / "benchmarks.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["value"] for row in rows] == ["12.345", "0.44782"]
    assert [row["machine"] for row in rows] == ["a machine, 2 cores"] * 2
    assert list(rows[0]) == [
        "machine", "part", "what", "value", "low", "high", "unit", "target", "reaches", "note",
    ]  # fmt: skip


def test_the_machine_is_named_with_processor_cores_and_versions() -> None:
    said = command.machine()
    for word in (" cores", f"Python {sys.version_info.major}.{sys.version_info.minor}", "numba ", "simpy ", "gcc"):
        assert word in said


# ---------------------------------------------------------------- the command


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "RESULTS", tmp_path)
    return tmp_path


def with_parts(monkeypatch: pytest.MonkeyPatch, **measures: Callable[..., list[Line]]) -> None:
    """Put parts of our own in place of the real ones."""
    monkeypatch.setattr(command, "PARTS", tuple(measures))
    for name, measure in measures.items():
        module = types.ModuleType(name)
        vars(module)["measure"] = measure
        monkeypatch.setitem(sys.modules, name, module)


def call(*words: str) -> Result:
    return CliRunner().invoke(command.main, words)


def broken(quick: bool) -> list[Line]:
    raise RuntimeError("two rows\ndiffer")


def test_a_part_that_fails_is_told_of_and_the_others_are_measured(
    results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_parts(monkeypatch, queues=broken, twin=lambda quick: [FAST])
    done = call()
    assert done.exit_code == 1
    assert "queues failed: RuntimeError: two rows differ" in done.output
    assert "## twin" in (results / "benchmarks.md").read_text(encoding="utf-8")


def test_a_failure_in_a_benchmark_is_located_in_its_file() -> None:
    problem = None
    try:
        alternate.alternate({}, 0)
    except ValueError as caught:
        problem = caught
    assert problem is not None
    assert command.located(problem).startswith("alternate.py, line ")


def test_a_part_with_nothing_to_show_has_failed(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_parts(monkeypatch, queues=lambda quick: [])
    done = call()
    assert done.exit_code == 1
    assert "queues.measure has nothing to show" in done.output
    assert not list(results.iterdir())


def test_the_options_reach_the_parts(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[str, bool, bool | None]] = []

    def plain(quick: bool) -> list[Line]:
        given.append(("plain", quick, None))
        return [FAST]

    def long(quick: bool, full: bool = False) -> list[Line]:
        given.append(("long", quick, full))
        return [FAST]

    with_parts(monkeypatch, twin=plain, scaling=long)
    assert call("--quick").exit_code == 0
    assert call("--full").exit_code == 0
    assert given == [("plain", True, None), ("long", True, False), ("plain", False, None), ("long", False, True)]


def test_only_the_parts_asked_for_are_measured(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_parts(monkeypatch, twin=lambda quick: [FAST], limit=broken)
    done = call("--only", "twin")
    assert (done.exit_code, "limit" in done.output) == (0, False)


def test_a_part_that_there_is_not_and_options_that_contradict_are_wrong_usage(results: Path) -> None:
    assert call("--only", "nonsense").exit_code == 2
    assert call("--quick", "--full").exit_code == 2


@pytest.mark.parametrize("part", command.PARTS)
def test_every_part_measures_quickly_or_at_length(part: str) -> None:
    assert next(iter(inspect.signature(importlib.import_module(part).measure).parameters)) == "quick"


# ---------------------------------------------------------------- scaling


def test_the_experiment_of_the_scaling_part_has_one_arm() -> None:
    assert [arm.cadence for arm in scaling.experiment().arms] == [scaling.CADENCE]


def test_a_long_run_is_played_chunk_by_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    played: list[tuple[int, int]] = []

    def play(world: object, first: int, count: int) -> range:
        played.append((first, count))
        return range(count)

    monkeypatch.setattr(scaling.compiled, "play", play)
    assert scaling.play(None, 5, 250, chunk=100) == 250
    assert played == [(5, 100), (105, 100), (205, 50)]


def test_runs_grow_tenfold_and_the_largest_is_asked_for() -> None:
    assert scaling.sizes(quick=True, full=False) == [1_000, 10_000]
    assert scaling.sizes(quick=False, full=False)[-1] == 1_000_000
    assert scaling.sizes(quick=False, full=True)[-1] == 10_000_000


def test_a_run_by_one_worker_and_by_two_simulates_every_replication_anew() -> None:
    one = scaling.replace(scaling.experiment(), replications=10)
    assert [scaling.run_anew(one, workers, engine="simpy") for workers in (1, 2)] == [10, 10]
