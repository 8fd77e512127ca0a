"""The pages of docs/ say nothing that does not run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

import timeline
from timeline.cli import timeline as command

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace with the small model and its config, cut out of the page."""
    page = (ROOT / "docs" / "a-small-model.md").read_text(encoding="utf-8")
    model, config = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("python", "toml"))
    assert model is not None
    assert config is not None
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "whispers.py").write_text(model[1], encoding="utf-8")
    (tmp_path / "configs" / "whispers").mkdir(parents=True)
    (tmp_path / "configs" / "whispers" / "open.toml").write_text(config[1], encoding="utf-8")
    return tmp_path


def call(*words: object) -> str:
    found = CliRunner().invoke(command, [str(word) for word in words])
    assert found.exit_code == 0, found.output
    return found.stdout


def test_the_small_model_of_the_page_runs(workspace: Path) -> None:
    config = workspace / "configs" / "whispers" / "open.toml"
    said = call("run", config, "--workers", 1, "--no-report")
    assert "Simulated 400 replications in 2 arms." in said


def test_the_small_model_of_the_page_is_told(workspace: Path) -> None:
    config = workspace / "configs" / "whispers" / "open.toml"
    said = call("trace", config, "--cadence", "half-open", "--replication", 3)
    assert "They sign." in said or "Somebody talks" in said


def test_the_small_model_has_its_evidence_on_the_table(workspace: Path) -> None:
    assert "made up for this page" in call("describe", "whispers", "--workspace", workspace, "--csv")


def test_every_listed_public_name_is_there() -> None:
    for name in timeline.__all__:
        assert getattr(timeline, name).__name__ == name
