"""A shell completes names, quickly, and never stumbles over what is half written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import BashComplete

from timeline.cli import timeline
from timeline.config.keys import EXPECTED, MEANING
from timeline.config.load import load
from timeline.config.schema import TOP
from timeline.front import completing

ROOT = Path(__file__).parents[1]
CONFIGS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "configs").rglob("*.toml"))


@pytest.fixture(autouse=True)
def _in_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def offered(line: str) -> list[str]:
    """Return what is offered for the last word of a command line."""
    *words, incomplete = line.split(" ")
    shell = BashComplete(timeline, {}, "timeline", "_TIMELINE_COMPLETE")
    return [item.value for item in shell.get_completions(words, incomplete)]


@pytest.mark.parametrize("command", ["describe", "examine", "verify"])
def test_models_are_completed(command: str) -> None:
    assert offered(f"{command} ") == ["backchannel", "ceasefire", "recurring", "secret_pact", "track_two"]
    assert offered(f"{command} b") == ["backchannel"]


@pytest.mark.parametrize(
    "command", ["validate", "plan", "run", "sweep", "trace", "explain", "verify backchannel --config"]
)
def test_configs_are_completed_and_other_files_left_to_the_shell(command: str) -> None:
    assert offered(f"{command} configs/secret") == [path for path in CONFIGS if "secret" in path]
    shell = BashComplete(timeline, {}, "timeline", "_TIMELINE_COMPLETE")
    assert [(item.value, item.type) for item in shell.get_completions(command.split(), "elsewhere/x")] == [
        ("elsewhere/x", "file")
    ]


def test_cadences_and_scenarios_are_those_of_the_config() -> None:
    config = "configs/backchannel/cadence.toml"
    assert offered(f"trace {config} --cadence s") == ["silence", "staged-opening"]
    assert offered(f"explain {config} --cadences silence q") == ["quarterly", "quarterly-from-accord"]
    assert offered("trace configs/backchannel/handover.toml --scenario ") == list(
        load("configs/backchannel/handover.toml").scenarios
    )
    assert offered("trace --cadence ") == []


@pytest.mark.parametrize("config", CONFIGS)
def test_names_are_those_that_reading_the_config_makes(config: str) -> None:
    found = load(config)
    assert (completing.cadences(Path(config)) or ["default"]) == list(found.cadences)
    assert (completing.scenarios(Path(config)) or ["default"]) == list(found.scenarios)


def test_keys_are_completed_with_their_equals_sign() -> None:
    config = "configs/backchannel/cadence.toml"
    assert offered(f"run {config} --set hor") == ["horizon="]
    assert "leaks.per_insider=" in offered(f"run {config} --set leaks.")
    assert "cadences.quarterly.rules[0].share=" in offered(f"run {config} --set cadences.quarterly.r")
    assert offered(f"sweep {config} --key leaks.per") == ["leaks.per_insider="]


def test_every_key_that_is_offered_can_be_set(tmp_path: Path) -> None:
    found = load("configs/backchannel/cadence.toml")
    keys = completing.keys(Path("configs/backchannel/cadence.toml"))
    assert set(found.world) <= set(keys)
    assert set(keys) - set(found.world) >= {"seed", "horizon", "analysis.follow_up", "cadences.monthly.starts"}
    assert len(keys) == len(set(keys))


def test_paths_of_a_model_are_kept_until_one_of_its_files_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(ROOT / "tests" / "toy", tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    config = tmp_path / "toy" / "configs" / "talks.toml"
    assert "leaks.per_insider" in completing.keys(config)
    source = next(p for p in (tmp_path / "toy" / "models").rglob("*.py") if "per_insider" in p.read_text())
    source.write_text(source.read_text().replace("per_insider", "each_insider"))
    for other in (tmp_path / "toy" / "models").rglob("*.py"):
        other.write_text(other.read_text().replace("per_insider", "each_insider"))
    keys = completing.keys(config)
    assert ("leaks.each_insider" in keys, "leaks.per_insider" in keys) == (True, False)


@pytest.mark.parametrize(
    "text", ["", "model = ", 'model = "nope"', "cadences = 3\ngrid = 4\nmodel = 5", "[factorial]\nx = 1"]
)
def test_what_is_half_written_completes_to_nothing_more(tmp_path: Path, text: str) -> None:
    config = tmp_path / "x.toml"
    config.write_text(text)
    assert completing.cadences(config) == completing.scenarios(config) == []
    assert "horizon" in completing.keys(config)
    assert completing.cadences(tmp_path / "none.toml") == []


def test_completing_loads_no_library_that_is_slow_to_import() -> None:
    code = (
        "import sys; from pathlib import Path; from timeline.front import completing as c\n"
        "p = Path('configs/backchannel/cadence.toml'); c.models(p); c.configs(p); c.cadences(p); c.scenarios(p)\n"
        "print(sorted({'numpy', 'pydantic', 'polars', 'numba', 'simpy', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert run.stdout == "[]\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_is_given_its_script_as_the_page_says(shell: str) -> None:
    assert f"_TIMELINE_COMPLETE={shell}_source timeline" in (ROOT / "docs" / "editors-and-shells.md").read_text("utf-8")
    run = subprocess.run(
        [sys.executable, "-c", "from timeline.cli import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "_TIMELINE_COMPLETE": f"{shell}_source"},
    )
    assert "_TIMELINE_COMPLETE" in run.stdout


def test_every_key_has_words_for_what_is_expected_and_what_it_is_for() -> None:
    assert set(EXPECTED) == set(MEANING)
    assert [path for path in EXPECTED if not {".", "["} & set(path)] == sorted(TOP, key=list(EXPECTED).index)


def test_assumptions_that_may_be_free_are_those_of_the_model() -> None:
    free = offered("calibrate configs/backchannel/calibration.toml --free leaks")
    assert free[:2] == ["leaks", "leaks.per_insider"]


def test_what_is_compared_is_completed_where_a_difference_is_asked_for() -> None:
    assert offered("sensitivity configs/backchannel/cadence.toml --cadence mi") == ["milestones"]
    assert offered("schema c") == ["ceasefire"]
    assert offered("schema configs/ceasefire") == ["configs/ceasefire/monitors.toml"]
    assert offered("fit spells.csv --law w") == ["weibull"]


@pytest.mark.parametrize(("shell", "words"), [("bash", "compopt -o nospace"), ("zsh", "compadd -U -S ''")])
def test_no_space_follows_a_key_that_waits_for_its_value(shell: str, words: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from timeline.cli import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "_TIMELINE_COMPLETE": f"{shell}_source"},
    )
    assert words in run.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_completes_by_its_script(shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed: its completion is not tried")
    program = tmp_path / "timeline"
    program.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'from timeline.cli import main; main()' \"$@\"\n")
    program.chmod(0o755)
    asked = {
        "bash": 'eval "$(_TIMELINE_COMPLETE=bash_source timeline)"; COMP_WORDS=(timeline describe sec); COMP_CWORD=2; '
        "_timeline_completion timeline; echo $COMPREPLY",
        # Zsh completes in a terminal only; that its script is one is all that can be asked here.
        "zsh": "compdef() { echo secret_pact; }; _TIMELINE_COMPLETE=zsh_source timeline > it; source ./it",
        "fish": "_TIMELINE_COMPLETE=fish_source timeline | source; complete -C 'timeline describe sec'",
    }[shell]
    home = {"HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    # Where completing is asked for, what it finds are the models of the folder.
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "secret_pact.py").write_text("MODEL = 1\n")
    run = subprocess.run(
        [shell, "-c", asked], capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, **home}
    )
    assert run.stdout == "secret_pact\n", run.stderr
