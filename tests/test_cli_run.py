"""``timeline run`` and ``timeline report``, from the outside."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from timeline.cli import main
from timeline.cli.run import _announce, run
from timeline.cli.terminal import duration, size
from timeline.config.load import load
from timeline.keeping import store as store_module
from timeline.keeping.store import open_results, open_run
from timeline.pages import report as report_module
from timeline.pages.context import Context, RecordComparison
from timeline.playing.run import Interrupted, Outlay, run_folder
from timeline.playing.tasks import ENGINES
from timeline.study.keys import determinants
from timeline.study.resolved import Resolved, ResolvedConfig

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        patched.delenv("TIMELINE_DATA", raising=False)
        yield


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The toy workspace's config, in a copy of its own."""
    shutil.copytree(TOY, tmp_path / "toy")
    return tmp_path / "toy" / "configs" / "telling.toml"


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """Do without the figures; collect what the pages would have been told."""
    found: list[Context] = []

    def write(folder: Path, *, analysis: Any, context: Context, **_: Any) -> Path:
        found.append(context)
        (folder / "report.html").write_text(context.title)
        return folder / "report.html"

    monkeypatch.setattr(report_module, "write_report", write)
    return found


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Call the command line; returns (exit status, stdout, stderr)."""

    def called(*args: object) -> tuple[int, str, str]:
        # The toy waits and complains as only plain Python can.
        engine = ("--engine", "simpy") if args[0] == "run" and "--engine" not in args else ()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in (*args, *engine)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return called


Call = Callable[..., tuple[int, str, str]]


def part_files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.rglob("parts/*/*"))}


# Running.


def test_a_run_prints_what_it_did_the_answer_and_where_the_report_is(config: Path, call: Call, tmp_path: Path) -> None:
    # The only test that draws the figures: moved elsewhere, the folder makes the same page again.
    status, out, err = call("run", config, "--no-report", "--quiet")
    assert (status, err) == (0, "")
    status, out, err = call("run", config, "--replications", 60)
    folder = run_folder(load(config))
    lines = out.splitlines()
    assert (status, err) == (0, "Building the report.\n")
    assert lines[0] == "Simulated 120 replications in 4 arms; 120 more were saved before."
    assert "yearly" in lines[1]
    assert lines[2:] == [f"Report: {folder}/report.html"]
    page = (folder / "report.html").read_bytes()
    shutil.move(folder, tmp_path / "moved" / folder.name)
    shutil.rmtree(tmp_path / "toy")
    status, out, err = call("report", tmp_path / "moved" / folder.name)
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == "Rebuilt from 60 saved replications an arm."
    assert (tmp_path / "moved" / folder.name / "report.html").read_bytes() == page


def test_a_second_run_says_that_there_is_nothing_to_simulate(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config)
    _, out, _ = call("run", config)
    assert out.splitlines()[0] == ("Nothing to simulate: all 120 replications are saved; the report is rebuilt.")
    assert len(reports) == 2


def test_the_answer_names_its_scenario_if_there_are_several(config: Path, call: Call, reports: list[Context]) -> None:
    assert "Scenario calm: " in call("run", config)[1]


def test_without_a_report_only_the_folder_is_named(config: Path, call: Call, reports: list[Context]) -> None:
    _, out, err = call("run", config, "--no-report")
    assert out == f"Simulated 120 replications in 4 arms.\nResults: {run_folder(load(config))}\n"
    assert err == ""
    assert reports == []


def test_json_is_one_object_and_nothing_else(config: Path, call: Call, reports: list[Context]) -> None:
    status, out, err = call("run", config, "--json")
    found = json.loads(out)
    folder = run_folder(load(config))
    assert (status, err) == (0, "")
    assert list(found) == [
        "config", "run", "folder", "arms", "replications", "simulated", "reused", "left_out", "answer",
        "estimates", "contrasts", "report",
    ]  # fmt: skip
    assert found["folder"] == str(folder)
    assert (found["run"], found["simulated"], found["reused"]) == (folder.name, 120, 0)
    assert found["arms"][1].keys() == {"scenario", "cadence", "key"}
    assert {row["measure"] for row in found["estimates"]} >= {"signed", "in_force_end"}


@pytest.mark.slow
def test_json_has_the_numbers_without_a_page_too(config: Path, call: Call) -> None:
    with_page, without = (json.loads(call("run", config, "--json", *more)[1]) for more in ((), ("--no-report",)))
    for name in ("answer", "estimates", "contrasts"):
        assert without[name] == with_page[name]
    assert "report" not in without


def test_results_go_where_out_says(config: Path, call: Call, tmp_path: Path) -> None:
    _, out, _ = call("run", config, "--no-report", "--out", tmp_path / "elsewhere")
    folder = run_folder(load(config), tmp_path / "elsewhere")
    assert folder == tmp_path / "elsewhere" / "telling" / folder.name
    assert out.endswith(f"Results: {folder}\n")
    assert not (config.parent.parent / "results").exists()


def test_set_and_seed_reach_the_run(config: Path, call: Call) -> None:
    call("run", config, "--no-report", "--seed", 9, "--set", "parameters.rates.leak=1 per year")
    assert run_folder(load(config, ["parameters.rates.leak=1 per year"], seed=9)).is_dir()


def test_events_are_kept_when_asked_for(config: Path, call: Call) -> None:
    call("run", config, "--no-report", "--events", 3)
    with open_results(run_folder(load(config))) as store:
        assert all(store.has_events(arm, 3) for arm in store.arms)
        assert not any(store.has_events(arm, 4) for arm in store.arms)


def test_the_resolved_config_is_saved_with_the_results(config: Path, call: Call) -> None:
    call("run", config, "--no-report", "--workers", 1, "--replications", 20)
    found = json.loads((run_folder(load(config)) / "resolved.json").read_bytes())
    assert found["config"] == json.loads(json.dumps(ResolvedConfig.of(load(config, replications=20)).to_json()))
    assert found["command"] == f"timeline run {config} --replications 20 --engine simpy --no-report"


def test_warnings_go_to_stderr_and_onto_the_page(config: Path, call: Call, reports: list[Context]) -> None:
    _, _, err = call("run", config, "--set", "parameters.rates.leak=50 per year")
    warning = 'parameters.rates.leak: given "50 per year", outside its plausible range 0 to 9 per year'
    assert err.splitlines()[0] == f"Warning: --set {warning}"
    assert reports[0].notes == (f"--set {warning}",)


def test_the_page_is_told_everything_but_the_results(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config)
    context = reports[0]
    assert (context.model_title, context.sides) == ("A toy bargain", ("Arden", "Birnam"))
    assert (context.replications, context.seed, context.engine) == (30, 7, "simpy")
    assert context.cadences["silence"].levers == "every lever at its default"
    assert context.cadences["yearly"].levers == "every 365.25 days"
    assert context.scenarios == {
        "calm": "the parameters as they are",
        "breachy": "breaches abound; rates.breach = 0.8 per year",
    }
    assert [row.parameter for row in context.assumptions][:2] == ["rates.signing", "rates.leak"]
    assert context.command == f"timeline run {config} --engine simpy"
    assert context.validation == (
        "No record of real agreements was given to compare with; give a folder that holds "
        "peace_agreements_1975_1999.csv by --data."
    )


def test_three_timelines_are_told_and_two_of_them_share_their_luck(
    config: Path, call: Call, reports: list[Context]
) -> None:
    call("run", config)
    stories = reports[0].traces
    assert len(stories) == 3
    assert [story.trace.title.partition(",")[0] for story in stories[:2]] == ["silence", "yearly"]
    assert len({story.trace.title.partition(",")[2] for story in stories[:2]}) == 1
    assert stories[1].why == "The same replication, with the same luck, under yearly."


def test_told_timelines_are_read_back_as_they_were(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config)
    folder = run_folder(load(config))
    call("report", folder)
    first, second = (context.traces[0].trace for context in reports)
    assert first.events.equals(second.events)
    assert first.series.equals(second.series)
    assert first.phases == second.phases


# What goes wrong.


def test_a_damaged_part_stops_a_run_and_repair_simulates_only_it(config: Path, call: Call) -> None:
    assert call("run", config, "--no-report", "--replications", 1_100)[::2] == (0, "")
    folder = run_folder(load(config))
    before = part_files(folder)
    path = sorted(folder.rglob("parts/*/*-1000.parquet"))[0]
    path.write_bytes(b"nonsense")
    status, out, err = call("run", config, "--no-report", "--replications", 1_100)
    assert (status, out) == (1, "")
    assert err.startswith(f"Error: {path}: replications 0 to 999 of arm ")
    assert err.endswith("; run the same `timeline run` command with --repair to simulate it again\n")
    assert path.read_bytes() == b"nonsense"
    status, out, _ = call("run", config, "--no-report", "--replications", 1_100, "--repair", "--quiet")
    assert (status, out.splitlines()[0]) == (
        0,
        "Simulated 1,000 replications in 4 arms; 3,400 more were saved before.",
    )
    assert part_files(folder) == before


def test_an_unwritable_folder_is_one_sentence(config: Path, call: Call) -> None:
    status, out, err = call("run", config, "--out", "/dev/null")
    folder = run_folder(load(config), Path("/dev/null"))
    assert (status, out) == (2, "")
    assert err == f"Error: {folder}: cannot be written: Not a directory; give another folder by --out\n"


def test_a_folder_in_use_is_one_sentence(config: Path, call: Call) -> None:
    experiment = load(config)
    with open_run(run_folder(experiment), determinants(experiment)):
        status, _, err = call("run", config)
    assert status == 1
    assert err.startswith(f"Error: {run_folder(experiment)}: is in use by another timeline command (process ")


@pytest.mark.parametrize(
    "wrong", [("--engine", "cobol"), ("--workers", 0), ("--replications", 0), ("--data", "/nowhere")]
)
def test_wrong_usage_exits_with_two(config: Path, call: Call, wrong: tuple[object, ...]) -> None:
    assert call("run", config, *wrong)[0] == 2


def test_ctrl_c_exits_with_130_and_the_command_that_goes_on(
    config: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, command: str, **__: object) -> None:
        raise Interrupted(f"Stopped: {command}")

    monkeypatch.setattr("timeline.front.running.play", stopped)
    status, out, err = call("run", config, "--repair", "--quiet", "--workers", 2, "--set", "title=a b")
    assert (status, out) == (130, "")
    assert err == f"Error: Stopped: timeline run {config} --engine simpy --workers 2 --set 'title=a b'\n"


def test_a_model_without_endpoints_keeps_its_rows(config: Path, call: Call) -> None:
    model = config.parent.parent / "models" / "bargain.py"
    text = model.read_text()
    start, end = text.index("    endpoints=Endpoints("), text.index("    observations=(")
    model.write_text(text[:start] + text[end:])
    status, _, err = call("run", config, "--quiet")
    assert (status, err) == (
        1,
        'Error: model "bargain" declares no endpoints, so there is nothing to report; the rows are saved; '
        "add endpoints=Endpoints(...) to the model\n",
    )
    assert len(part_files(run_folder(load(config)))) == 1


# Reporting.


def test_the_only_run_of_a_config_is_found(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config, "--no-report")
    status, out, _ = call("report", config.parent.parent / "results" / "telling")
    assert status == 0
    assert out.splitlines()[-1] == f"Report: {run_folder(load(config))}/report.html"


def test_one_of_several_runs_must_be_chosen(config: Path, call: Call) -> None:
    for seed in (1, 2):
        call("run", config, "--no-report", "--seed", seed)
    folder = config.parent.parent / "results" / "telling"
    status, _, err = call("report", folder)
    listed = ", ".join(sorted(str(run_folder(load(config, seed=seed))) for seed in (1, 2)))
    assert (status, err) == (2, f"Error: {folder}: holds 2 runs, expected one; give one of {listed}\n")


def test_a_missing_result_is_one_sentence(call: Call, tmp_path: Path) -> None:
    status, _, err = call("report", tmp_path / "none")
    assert status == 2
    assert err.startswith(f"Error: {tmp_path}/none: there is no such folder, expected results of `timeline run`")


@pytest.mark.parametrize("path", ["results", "configs", "results/telling/notes.txt"])
def test_a_path_that_holds_no_results_is_the_users_mistake(config: Path, call: Call, path: str) -> None:
    call("run", config, "--no-report")
    root = config.parent.parent
    (root / "results" / "telling" / "notes.txt").write_text("mine")
    status, out, err = call("report", root / path)
    assert (status, out) == (2, "")
    assert err.startswith(f"Error: {root / path}: is ")


def test_a_report_says_that_the_model_has_changed_since(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config, "--no-report")
    folder = run_folder(load(config))
    model = config.parent.parent / "models" / "bargain.py"
    model.write_text("this is no model any more")
    status, _, err = call("report", folder)
    assert (status, err) == (
        0,
        "The model's sources have changed since this run (models/bargain.py); "
        "the report shows the rows as they were saved.\n",
    )
    assert reports[0].notes == (err.strip(),)


def test_the_report_of_a_stopped_run_says_how_far_it_came(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config, "--no-report")
    experiment = load(config, replications=500)
    with open_run(run_folder(experiment), determinants(experiment)) as store:
        store.resolved = Resolved.of(experiment, "timeline run telling.toml")
    _, out, _ = call("report", run_folder(experiment))
    assert out.splitlines()[0] == "Rebuilt from 30 saved replications an arm."
    assert reports[0].notes == ("Only 30 of 500 replications an arm have been simulated so far.",)


def test_a_report_can_be_machine_readable(config: Path, call: Call, reports: list[Context]) -> None:
    call("run", config, "--no-report")
    found = json.loads(call("report", run_folder(load(config)), "--json")[1])
    assert list(found) == ["folder", "notes", "answer", "estimates", "contrasts", "report"]


# The record of real agreements.


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "records"
    folder.mkdir()
    lines = [f"{n % 5},full,{200 * n},{int(n % 3 == 0)}" for n in range(1, 21)]
    (folder / "peace_agreements_1975_1999.csv").write_text("\n".join(["process_id,kind,duration_days,ended", *lines]))
    return folder


def test_a_record_is_compared_with_agreements_published_at_signature(
    config: Path, call: Call, reports: list[Context], data: Path
) -> None:
    call("run", config, "--data", data)
    found = reports[0].validation
    assert isinstance(found, RecordComparison)
    assert found.record.columns == ["day", "estimate", "low", "high", "at_risk"]
    assert found.record["at_risk"][0] == 20
    assert found.model["cadence"].unique().to_list() == ["silence"]
    assert found.model["estimate"][0] == 1.0
    assert found.model["estimate"].is_sorted(descending=True)
    assert 0 < found.distance < 1
    assert "20 agreements of 5 peace processes, 6 of which failed" in found.note


def test_a_cadence_without_a_description_leaves_no_empty_brackets(
    config: Path, call: Call, reports: list[Context], data: Path
) -> None:
    config.write_text(config.read_text().replace('about = "nothing is told"\n', ""))
    call("run", config, "--data", data)
    found = reports[0].validation
    assert isinstance(found, RecordComparison)
    assert "signed under silence. " in found.note


def test_the_record_may_be_named_by_the_environment(
    config: Path, call: Call, reports: list[Context], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMELINE_DATA", str(data))
    call("run", config)
    assert isinstance(reports[0].validation, RecordComparison)


def test_the_workspace_may_hold_the_record(config: Path, call: Call, reports: list[Context], data: Path) -> None:
    shutil.copytree(data, config.parent.parent / "data")
    call("run", config)
    call("report", run_folder(load(config)))
    assert all(isinstance(context.validation, RecordComparison) for context in reports)


def test_a_folder_without_the_record_is_said_to_lack_it(
    config: Path, call: Call, reports: list[Context], tmp_path: Path
) -> None:
    call("run", config, "--data", tmp_path)
    assert reports[0].validation == (
        f"The folder of data, {tmp_path}, has no peace_agreements_1975_1999.csv, so there is no record to compare with."
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty, expected a CSV table of agreements"),
        ("process_id,kind,duration_days,ended\n1,full,soon,1\n", "row 1: duration_days: given soon, expected a number"),
        ("process_id,kind,duration_days,ended\n1,truce,5,1\n", "has no agreement of kind full, partial"),
    ],
)
def test_a_record_that_cannot_be_read_is_refused_before_anything_is_played(
    config: Path, call: Call, data: Path, content: str, said: str
) -> None:
    (data / "peace_agreements_1975_1999.csv").write_text(content)
    status, out, err = call("run", config, "--data", data)
    assert (status, out, said in err) == (2, "", True)
    assert not (config.parents[1] / "results").exists()
    assert call("run", config, "--data", data, "--no-report")[0] == 0
    status, out, err = call("report", run_folder(load(config)), "--data", data)
    assert (status, out, said in err) == (2, "", True)


def test_what_is_left_out_of_a_record_is_said_on_the_terminal_and_on_the_page(
    config: Path, call: Call, reports: list[Context], data: Path
) -> None:
    file = data / "peace_agreements_1975_1999.csv"
    file.write_text(file.read_text() + "\n6,full,,1\n7,full,NA,1\n8,full,10,\n")
    left_out = (
        "3 of 23 agreements are left out (2 without duration_days and 1 without ended); 2 of these are known to have "
        "failed, so the record looks better than it is."
    )
    assert f"Warning: {file}: {left_out}" in call("run", config, "--data", data)[2]
    found = reports[0].validation
    assert isinstance(found, RecordComparison)
    assert left_out in found.note
    assert "Had the failures without a day come at once, " in found.note


def test_a_record_is_called_by_its_file_or_by_the_title_beside_it(
    config: Path, call: Call, reports: list[Context], data: Path
) -> None:
    call("run", config, "--data", data)
    title = data / "peace_agreements_1975_1999.title.txt"
    title.write_text("Truces of the north\n")
    call("run", config, "--data", data)
    names = [found.record_name for each in reports if isinstance(found := each.validation, RecordComparison)]
    assert names == ["peace_agreements_1975_1999.csv, 20 agreements", "Truces of the north, 20 agreements"]
    title.write_bytes(b"\x1b[31mred")
    status, _, err = call("run", config, "--data", data)
    assert (status, "expected one line of text in UTF-8" in err, "\x1b" in err) == (2, True, False)


# Small things.


def test_every_engine_can_be_chosen() -> None:
    option = next(parameter for parameter in run.params if parameter.name == "engine")
    assert list(option.type.choices) == list(ENGINES)


def test_importing_the_commands_imports_nothing_heavy() -> None:
    code = (
        "import sys, timeline.cli.run, timeline.cli.report\n"
        "heavy = {'polars', 'simpy', 'seaborn', 'matplotlib', 'numpy', 'rich', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "[]\n"


@pytest.mark.parametrize(
    ("seconds", "said"), [(1.0, "1 second"), (80, "80 seconds"), (100, "2 minutes"), (7_000, "2 hours")]
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(("number", "said"), [(4_200, "4 kB"), (6.3e7, "63 MB"), (2.5e9, "2.5 GB")])
def test_sizes_are_said_as_people_say_them(number: float, said: str) -> None:
    assert size(number) == said


def test_a_long_run_is_announced() -> None:
    said: list[str] = []
    _announce(Outlay(replications=48_000, workers=2, seconds=240, bytes=6e7, free=10**12), said.append)
    assert said == ["About 4 minutes for 48,000 replications with 2 workers, and 60 MB on disk."]


def test_a_short_run_is_not_announced() -> None:
    said: list[str] = []
    _announce(Outlay(replications=48, workers=2, seconds=2, bytes=6e4, free=10**12), said.append)
    assert said == []


def test_a_disk_that_is_too_small_is_announced() -> None:
    said: list[str] = []
    _announce(Outlay(replications=48, workers=2, seconds=2, bytes=6e10, free=10**9), said.append)
    assert said == ["The rows will take about 60 GB, but only 1 GB are free there; give another disk by --out."]


def test_a_folder_of_data_without_the_record_is_said_to_lack_it(
    config: Path, call: Call, reports: list[Context], tmp_path: Path
) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()
    _, _, complained = call("run", config, "--data", empty)
    assert f"Warning: The folder of data, {empty}, has no peace_agreements_1975_1999.csv" in complained
