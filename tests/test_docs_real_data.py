"""The page on real data says what the commands print."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from timeline.cli import timeline as command

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "real-data.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the page says to save."""
    truces, pacts = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "truces.csv").write_text(truces, encoding="utf-8")
    (tmp_path / "pacts.csv").write_text(pacts, encoding="utf-8")
    (tmp_path / "truces.toml").write_text(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands() -> list[tuple[str, str]]:
    """Return each command of the page with what it says is printed."""
    return re.findall(r"```console\n\$ timeline (.*?)\n```\n\n```(?:text|toml)\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("words", "printed"), commands())
def test_each_command_of_the_page_prints_what_stands_below_it(words: str, printed: str) -> None:
    done = CliRunner().invoke(command, words.split())
    assert done.exit_code == 0, done.output
    assert printed in done.stdout


def test_the_page_shows_three_commands() -> None:
    assert len(commands()) == 3


@pytest.mark.usefixtures("folder")
def test_the_python_of_the_page_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, "real-data.md", "exec"), names)
    assert set(names["shapes"]) == {"brittle", "solid"}


def test_the_lines_for_a_config_are_toml() -> None:
    table = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[1])
    assert table["laws"]["succession"]["law"] == "weibull"
