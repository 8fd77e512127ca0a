"""The tutorial from a file to a calibrated dashboard, followed to its end."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from timeline.cli import timeline as command

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "calibrate.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    return re.findall(r"^\$ timeline (.*)$", PAGE, re.MULTILINE)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the files that the page says to save."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    (tmp_path / "configs").mkdir()
    (tmp_path / "lines.csv").write_text(re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)[0], encoding="utf-8")
    for name, text in zip(("lines", "lines-asked"), re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL), strict=True):
        (tmp_path / "configs" / f"{name}.toml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_tutorial_leads_from_a_file_to_a_calibrated_dashboard(folder: Path) -> None:
    printed = []
    for words in commands():
        done = CliRunner().invoke(command, words.split())
        assert done.exit_code == 0, (words, done.output)
        printed.append(done.stdout)
    data, fit, calibrated, asked = printed
    for said, told in zip(re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL), (data, fit), strict=True):
        assert said.rstrip("\n") in told
    assert "60 are accepted" in calibrated
    assert pl.read_parquet(folder / "configs" / "lines-posterior.parquet").height == 60
    page = Path(re.search(r"Report: (.*)", asked)[1]).read_text("utf-8")  # type: ignore[index]
    assert "How wrong could this be?" in page
    assert "60 worlds" in page


def test_a_posterior_replaces_no_other_file(folder: Path) -> None:
    (folder / "notes.parquet").write_text("mine", encoding="utf-8")
    words = ["calibrate", "configs/lines.toml", "--draws", "10", "--replications", "50", "--posterior", "notes.parquet"]
    done = CliRunner().invoke(command, words)
    assert done.exit_code == 2
    assert (folder / "notes.parquet").read_text("utf-8") == "mine"
