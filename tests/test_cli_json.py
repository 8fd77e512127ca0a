"""``--json``: one door for all commands, that knows NumPy's numbers and writes no NaN."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from timeline.cli import COMMANDS, main, timeline
from timeline.cli.terminal import print_json

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


def test_no_command_writes_json_by_itself() -> None:
    for path in (Path(__file__).parents[1] / "timeline" / "cli").glob("*.py"):
        assert path.name == "terminal.py" or not re.search(r"json\.dumps", path.read_text("utf-8")), path


def test_a_run_with_a_precision_table_prints_json(call: Call, tmp_path: Path) -> None:
    few = ("--replications", 4, "--engine", "simpy", "--no-report", "--out", tmp_path)
    found = call("run", CADENCE, "--json", *few)
    assert found["replications"] == 4


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_command_with_json_prints_it_for_every_shipped_config(config: Path, call: Call, tmp_path: Path) -> None:
    assert call("validate", config, "--json")["model"]
    folder = call("run", config, "--replications", 4, "--engine", "simpy", "--out", tmp_path, "--json")["folder"]
    assert call("report", folder, "--json")["folder"] == folder
    assert call("trace", config, "--json")
    assert call("plan", config, "--json")
    assert call("describe", config.parent.name, "--workspace", config.parent, "--json")
    assert call("models", "--workspace", config.parent, "--json")
    with_json = {name for name in COMMANDS if "--json" in _options(name)}
    assert with_json <= {
        "validate", "run", "report", "trace", "plan", "describe", "models", "merge", "explain", "sweep",
    }  # fmt: skip


def _options(name: str) -> list[str]:
    command = timeline.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    return [option for parameter in command.params for option in parameter.opts]
