"""The command line: parse, call one library function, print."""

import csv
import errno
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from timeline import cli
from timeline.cli import COMMANDS, main, timeline
from timeline.cli.describe import _reflowed
from timeline.errors import RunError

TOY = Path(__file__).parent / "toy"
MINE = ("init", "models", "describe", "validate")


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the toy workspace, which is the working directory."""
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    return tmp_path / "toy"


class Run:
    """Calls the command line in this process; keeps status, output and errors of the last call."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys
        self.out = self.err = ""

    def __call__(self, line: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main(shlex.split(line))
        self.out, self.err = self.capsys.readouterr()
        assert "Traceback" not in self.err
        return int(stopped.value.code or 0)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


# The group


def test_starting_imports_click_and_nothing_heavy() -> None:
    code = "import timeline.cli, sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.split())
    assert "click" in loaded
    heavy = {
        "numpy",
        "polars",
        "scipy",
        "simpy",
        "numba",
        "seaborn",
        "matplotlib",
        "pydantic",
        "rich",
        "jinja2",
    }
    assert not heavy & loaded


def test_help_imports_no_command(monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setattr(cli.importlib, "import_module", None)
    assert run("--help") == 0
    for name, line in COMMANDS.items():
        assert re.search(rf"^  {name} +{re.escape(line)}$", run.out, re.MULTILINE)


def test_a_mistyped_command_is_answered_with_the_nearest(run: Run) -> None:
    assert run("validat x.toml") == 2
    assert run.err == (
        'Error: there is no command "validat"; did you mean "validate"? `timeline --help` says what is expected\n'
    )


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version") == 0
    assert re.fullmatch(r"timeline \d+\.\d+.*\n", run.out)


def test_wrong_usage_ends_with_status_2(run: Run) -> None:
    assert run("--nonsense") == 2
    assert run("describe") == 2


WRONG = (
    ("trace x.toml --replication abc", '--replication: given "abc", expected a whole number; `timeline trace'),
    ("run x.toml --workers 0", '--workers: given "0", expected a whole number from 1 on; `timeline run'),
    ("run x.toml --engine simp", '--engine: given "simp", expected one of compiled, simpy; did you mean "simpy"? `tim'),
    ("run x.toml --engin simpy", 'given "--engin", but there is no such option; did you mean "--engine"? `timeline'),
    ("run x.toml y z", 'given "y z" besides, expected nothing more; `timeline run'),
    ("run x.toml --data nowhere", '--data: directory "nowhere" does not exist; `timeline run'),
    ("explain x.toml --cadences a", "--cadences: too few values given, expected 2 values; `timeline explain"),
    ("explain x.toml", "--cadences is missing; `timeline explain"),
    ("run", "CONFIG is missing; `timeline run"),
)


@pytest.mark.parametrize(("line", "said"), WRONG, ids=[line for line, _ in WRONG])
def test_wrong_usage_is_one_sentence_that_names_the_help(run: Run, line: str, said: str) -> None:
    assert run(line) == 2
    assert run.out == ""
    assert run.err.startswith(f"Error: {said}")
    assert run.err.endswith(" --help` says what is expected\n")


def test_a_bug_is_one_sentence_and_says_how_to_see_more(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(timeline, "main", broken)
    assert run("models") == 1
    assert run.err == (
        "Error: this is a bug of the program (ZeroDivisionError: division by zero); "
        "`timeline --debug ...` shows where\n"
    )


def test_an_indented_line_of_a_message_is_no_problem_of_its_own(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: object, **__: object) -> None:
        raise RunError("the run failed\n  state: day=1\n  replay it: timeline trace x")

    monkeypatch.setattr(timeline, "main", failing)
    assert run("models") == 1
    assert run.err == "Error: the run failed\n  state: day=1\n  replay it: timeline trace x\n"


def test_a_full_disk_under_the_output_is_no_bug(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(timeline, "main", full)
    assert run("models") == 1
    assert run.err == ("Error: the output cannot be written: No space left on device; make room, or write elsewhere\n")


def test_debug_shows_the_traceback(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--debug", "validate", "nothing.toml"])
    assert stopped.value.code == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_stopping_by_hand_ends_with_status_130(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(timeline, "main", stopped)
    assert run("models") == 130
    assert run.err == "Stopped.\n"


# Every command


def example(command: str, run: Run) -> list[str]:
    """Return the lines below "Example:" in a command's help."""
    assert run(f"{command} --help") == 0
    below = run.out.partition("Example:\n")[2].split("\n\n")[0]
    return [line.strip() for line in below.splitlines() if line.strip()]


@pytest.mark.parametrize("command", MINE)
def test_the_example_in_the_help_works(command: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(TOY, tmp_path, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    model = tmp_path / "models" / "talks.py"
    model.write_text(model.read_text().replace('name="talks"', 'name="backchannel"'))
    model.rename(model.with_name("backchannel.py"))
    config = tmp_path / "configs" / "talks.toml"
    (tmp_path / "configs" / "backchannel").mkdir()
    (tmp_path / "configs" / "backchannel" / "cadence.toml").write_text(
        config.read_text().replace('"talks"', '"backchannel"')
    )
    monkeypatch.chdir(tmp_path)
    lines = example(command, run)
    assert lines
    for line in lines:
        assert line.startswith(f"timeline {command} ") or line == f"timeline {command}"
        assert run(line.removeprefix("timeline ")) == 0, run.err
        assert run.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_files_in_the_help_are_shipped(command: str, run: Run) -> None:
    root = TOY.parent.parent
    for word in " ".join(example(command, run)).split():
        if word.startswith("configs/"):
            assert (root / word).is_file()
        elif word.startswith("results/"):
            assert [*root.glob(f"configs/*/{Path(word).name}.toml")]


def test_init_makes_a_workspace_and_refuses_to_do_it_twice(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("init peace") == 0
    assert run.out.startswith("Made peace with the models ")
    assert run("init peace") == 2
    assert run.err == (
        "Error: peace: already contains models and configs and results, expected a folder without; "
        "give another folder, nothing was written\n"
    )


def test_models_lists_names_and_titles(run: Run, toy: Path) -> None:
    assert run("models") == 0
    assert run.out == "quiet  Nothing happens\ntalks  Talks that a leak ends\n"


def test_models_lists_a_broken_model_with_what_is_wrong(run: Run, toy: Path) -> None:
    (toy / "models" / "quiet.py").write_text("MODEL = 1 / 0\n")
    assert run("models --json") == 0
    assert json.loads(run.out)[0] == {
        "name": "quiet",
        "title": "",
        "error": "models/quiet.py, line 1: ZeroDivisionError: division by zero",
    }


def test_models_without_a_workspace_says_how_to_make_one(run: Run, tmp_path: Path) -> None:
    assert run(f"models --workspace {tmp_path}") == 2
    assert run.err.endswith("make a workspace by `timeline init DIR`\n")


def test_validate_says_what_would_run(run: Run, toy: Path) -> None:
    assert run("validate configs/talks.toml --set replications=1500") == 0
    assert run.out == (
        "Does telling more help?\n"
        "How often should the talks be reported?\n"
        "\n"
        "Model         talks: Talks that a leak ends\n"
        "Sides         Israel and PLO\n"
        "Horizon       6 years\n"
        "Follow-up     4 years after signature; mean survival up to 1 year\n"
        "Arms          4: 2 scenarios under 2 cadences\n"
        "Replications  1,500 an arm, 6,000 in all, seed 7\n"
        "\n"
        "Cadences\n"
        "  silence    Say nothing  (baseline)\n"
        "  quarterly  A summary every quarter\n"
        "\n"
        "Scenarios\n"
        "  calm           the parameters as they are\n"
        "  hawkish-press  The press hunts; leaks.per_insider = 0.005 per insider per year\n"
        "\n"
        "Parameters changed: 3 of 8\n"
        "  b.regime                 armed movement (default democracy)\n"
        "  leaks.per_insider        0.03 per insider per year (default 0.000245 per insider per year)\n"
        "  leaks.insiders_at_start  12 (default 8)\n"
    )
    assert run.err == (
        'Warning: configs/talks.toml, line 15: parameters.leaks.per_insider: given "3e-2 per insider per year", '
        "outside its plausible range 4.1e-06 to 0.02 per insider per year\n"
    )


def test_validate_prints_json_for_machines(run: Run, toy: Path) -> None:
    assert run("validate configs/talks.toml --json --set seed=11") == 0
    assert json.loads(run.out)["seed"] == 11


def test_validate_prints_all_problems_one_a_line_and_ends_with_status_2(run: Run, toy: Path) -> None:
    assert run("validate configs/talks.toml --set seed=-1 --set sides.a=PLO") == 2
    assert run.out == ""
    assert run.err == (
        "Error: 2 problems\n"
        "  --set seed: given -1, expected a whole number from 0 to 2**63 - 1\n"
        '  configs/talks.toml, line 9: sides: given "PLO" for both sides, expected two different names\n'
    )


def test_of_very_many_problems_the_first_thirty_are_told(run: Run, toy: Path) -> None:
    slips = " ".join(f"--set nothing{number}=1" for number in range(1_032))
    assert run(f"validate configs/talks.toml {slips}") == 2
    told = run.err.splitlines()
    assert (len(told), told[0], told[-1]) == (32, "Error: 1,032 problems", "  and 1,002 more")


def test_validate_prints_a_single_problem_as_one_line(run: Run, toy: Path) -> None:
    assert run("validate configs/talk.toml") == 2
    assert run.err == (
        'Error: configs/talk.toml: there is no such file, expected a config; did you mean "configs/talks.toml"?\n'
    )


def test_describe_fits_a_hundred_columns_when_piped(run: Run, toy: Path) -> None:
    assert run("describe talks") == 0
    assert max(len(line.rstrip()) for line in run.out.splitlines()) <= 100
    assert "\x1b" not in run.out


def test_describe_wraps_long_texts_and_cuts_nothing(run: Run, toy: Path) -> None:
    path = toy / "models" / "mechanisms" / "succession.py"
    long = "rule of the successor who does not own the accord"
    path.write_text(
        path.read_text()
        .replace('"handover"', f'"{long}"')
        .replace('over="sides"', 'over="sides", memory="restart", renews_on="me.pressure"')
        .replace("has a new leader", "is governed by somebody who neither negotiated nor owns the agreement")
    )
    assert run("describe talks") == 0
    assert max(len(line.rstrip()) for line in run.out.splitlines()) <= 100
    words = set(run.out.split())
    assert {*long.split(), "restart;", "renews", "me.pressure", "negotiated", "agreement."} <= words


def test_describe_says_first_what_can_be_set_then_what_the_model_is_and_then_the_ledger(run: Run, toy: Path) -> None:
    assert run("describe talks") == 0
    lines = run.out.splitlines()
    assert lines[2] == "Levers: what a cadence sets"
    heads = ["Levers: what a cadence sets", "Summary", "sides", "Clocks: what can happen"]
    assert [line for line in lines if line in heads] == heads
    assert "2 mechanisms, 2 clocks, 8 assumptions (7 judgement, 1 literature)." in lines


def test_describe_shows_the_parameters_of_both_sides_once(run: Run, toy: Path) -> None:
    assert run("describe talks") == 0
    assert len(re.findall(r"^ ?patience ", run.out, re.MULTILINE)) == 1


def test_describe_prints_everything_as_json(run: Run, toy: Path) -> None:
    assert run("describe talks --json") == 0
    account = json.loads(run.out)
    assert account["clocks"][1] == {
        "name": "handover",
        "mechanism": "succession",
        "law": "weibull(shape 1.5)",
        "family": "sides",
        "memory": "resume",
        "renews_on": None,
        "takes_law": False,
        "says": "{me} has a new leader.",
    }
    assert account["levers"][1]["choices"] == ["never", "accord", "verified step", "leak"]


def test_describe_prints_the_assumptions_as_csv(run: Run, toy: Path) -> None:
    assert run("describe talks --csv") == 0
    rows = list(csv.DictReader(run.out.splitlines()))
    assert [row["path"] for row in rows][:2] == ["a.regime", "a.patience"]
    assert rows[1]["default"] == "2.0"
    assert rows[1]["unit"] == "years"


def test_describe_fits_the_account_to_a_narrow_terminal() -> None:
    account = "A first line\nand a second one.\n\n    a -> b\n    c\n\nThe end."
    assert _reflowed(account) == "A first line and a second one.\n\n    a -> b\n    c\n\nThe end."


def test_trace_cannot_print_a_table_and_json_at_once(run: Run, toy: Path) -> None:
    assert run("trace configs/talks.toml --table --json") == 2
    assert "--table and --json were both given, expected one of them" in run.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("--replication 4294967296", "--replication: given 4294967296, expected a whole number from 0 to 4294967295"),
        ("--replication -1", "--replication: given -1, expected a whole number from 0 to 4294967295"),
        ("--picture nowhere/x.png", '--picture: given "nowhere/x.png", but there is no folder "nowhere"; make it'),
        ("--picture x.jpg", '--picture: given "x.jpg", expected a file name ending in .png, .svg, .pdf'),
    ],
)
def test_trace_refuses_what_cannot_be_told_or_drawn_before_it_tells(run: Run, toy: Path, given: str, said: str) -> None:
    assert run(f"trace configs/talks.toml {given}") == 2
    assert run.out == ""
    assert run.err.startswith(f"Error: {said}")


def test_describe_cannot_print_json_and_csv_at_once(run: Run, toy: Path) -> None:
    assert run("describe talks --json --csv") == 2
    assert "--json and --csv were both given, expected one of them" in run.err


def test_describe_answers_an_unknown_model_with_the_nearest(run: Run, toy: Path) -> None:
    assert run("describe talk") == 2
    assert run.err.endswith('did you mean "talks"?\n')


def test_describe_explains_a_model_without_anything(run: Run, toy: Path) -> None:
    assert run("describe quiet") == 0
    head, state = run.out.split("\n\n", 1)
    assert head == "quiet: Nothing happens"
    assert state.startswith("State: what a config's [start] can give\n")
