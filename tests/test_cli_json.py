"""``--json``: one door for all commands, that knows NumPy's numbers and writes no NaN."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import timeline
from timeline.cli import COMMANDS, main
from timeline.cli import timeline as command_line
from timeline.cli.terminal import print_json
from timeline.front.study import Study

CONFIGS = sorted((Path(__file__).parents[1] / "configs").rglob("*.toml"))
CADENCE = next(path for path in CONFIGS if path.name == "cadence.toml")
Call = Callable[..., Any]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Call the command line; returns what it printed, read as strict JSON."""

    def called(*args: object) -> Any:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert ended.value.code == 0, err
        return json.loads(out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))

    return called


def test_numbers_of_numpy_are_pythons_and_what_is_no_number_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"met": np.bool_(True), "n": np.int64(3), "width": np.float64("nan"), "far": [np.inf, np.arange(2)]})
    assert json.loads(capsys.readouterr().out) == {"met": True, "n": 3, "width": None, "far": [None, [0, 1]]}


def test_a_run_without_its_worlds_says_nothing_of_them(call: Call, tmp_path: Path) -> None:
    config = CADENCE.with_name("uncertainty.toml")
    few = ("--replications", 4, "--engine", "simpy", "--workers", 1, "--no-worlds", "--no-report", "--out", tmp_path)
    folder = call("run", config, "--json", *few)["folder"]
    assert not (Path(folder) / "unknown.json").exists()


def test_no_command_writes_json_by_itself() -> None:
    for path in (Path(__file__).parents[1] / "timeline" / "cli").glob("*.py"):
        assert path.name == "terminal.py" or not re.search(r"json\.dumps", path.read_text("utf-8")), path


def test_a_run_with_a_precision_table_prints_json(call: Call, tmp_path: Path) -> None:
    few = ("--replications", 4, "--engine", "simpy", "--workers", 1, "--no-worlds", "--no-report", "--out", tmp_path)
    found = call("run", CADENCE, "--json", *few)
    assert found["replications"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_command_with_json_prints_it_for_every_shipped_config(config: Path, call: Call, tmp_path: Path) -> None:
    study = timeline.load(config)
    few, here = ("--replications", 4), ("--workspace", config.parent)
    once = ("--engine", "simpy", "--no-worlds")
    folder = call("run", config, *few, *once, "--out", tmp_path / "run", "--json")["folder"]
    shares = [("run", config, *few, "--part", f"{number}/2", "--out", tmp_path / "shares") for number in (1, 2)]
    parts = [call(*share, "--json")["folder"] for share in shares]
    said = {
        "validate": call("validate", config, "--json"),
        "report": call("report", folder, "--json"),
        "trace": call("trace", config, "--json"),
        "plan": call("plan", config, "--json"),
        "describe": call("describe", study.experiment.model_name, *here, "--json"),
        "models": call("models", *here, "--json"),
        "export": call("export", folder, "--to", tmp_path / "plain", "--json"),
        "runs": call("runs", tmp_path / "run", "--json"),
        "merge": call("merge", *parts, "--out", tmp_path / "joined", "--json"),
        "sweep": call("sweep", config, *few, "--fresh", 2, *varied(study), "--out", tmp_path / "sweep", "--json"),
    }
    spells = tmp_path / "spells.csv"
    spells.write_text("days,ended\n5,1\n9,1\n7,0\n", encoding="utf-8")
    said["data"] = call("data", spells, "--json")
    said["fit"] = call("fit", spells, "--duration", "days", "--event", "ended", "--resamples", 0, "--json")
    if study.experiment.case is not None:
        said["case"] = call("case", config, *few, "--out", tmp_path / "case", "--json")
    if len(study.experiment.cadences) > 1:
        two = list(study.experiment.cadences)[:2]
        said["explain"] = call("explain", config, "--cadences", *two, "--replications", 40, "--json")
        small = ("--paths", 2, "--keep", 1, "--points", 8, "--replications", 2)
        said["sensitivity"] = call("sensitivity", config, *small, "--json")
    assert [name for name, told in said.items() if not told] == []
    with_json = {name for name in COMMANDS if "--json" in _options(name)}
    elsewhere = {"run", "case", "calibrate", "backtest"}  # of their own kind of config, or called above
    assert with_json - said.keys() <= (elsewhere if "explain" in said else elsewhere | {"explain", "sensitivity"})


def varied(study: Study) -> list[str]:
    """Ask a sweep for the first assumption that has a range, unless the config says what varies."""
    if study.experiment.sweep is not None:
        return ["--points", "8"]
    model = study.experiment.model
    assert model.endpoints is not None
    path, (low, high) = next((path, a.plausible) for path, a in model.assumptions.items() if a.plausible is not None)
    asked = ["--measure", model.endpoints.primary, "--key", f"parameters.{path}={low}, {high}"]
    others = [name for name in study.experiment.cadences if name != study.experiment.baseline]
    return [*asked, "--cadence", others[0]] if others else asked


def _options(name: str) -> list[str]:
    command = command_line.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    return [option for parameter in command.params for option in parameter.opts]
