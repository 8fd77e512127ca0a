"""The pages of docs/ say nothing that does not run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

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


def test_the_page_on_all_declarations_runs_and_uses_each_of_them(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "everything-a-model-declares.md").read_text(encoding="utf-8")
    for kind, path in (("python", "models/ladder.py"), ("toml", "configs/ladder/open.toml")):
        found = re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL)
        assert found is not None
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(found[1], encoding="utf-8")
    for word in (
        "Integral(", "Sampled(", "Array(", "Counted(", "AtEnd(", "lognormal(", "at_once(", "empirical(", "uniform(",
        "fixed(", "weibull(", "age=", "renews_on=", 'memory="restart"', "start=start", "since=",
        "after=True", "takes_law=True", "LaterAgreements(",
    ):  # fmt: skip
        assert word in page
    said = call("verify", "ladder", "--workspace", tmp_path, "--replications", 50)
    assert "The engines agree, bit for bit" in said
    config = tmp_path / "configs" / "ladder" / "open.toml"
    said = call("run", config, "--no-report", "--replications", 20, "--engine", "simpy", "--workers", 1)
    assert "Simulated 40 replications in 2 arms." in said


def test_the_page_on_models_without_agreements_runs_and_says_what_it_shows(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "a-model-without-agreements.md").read_text(encoding="utf-8")
    for kind, path in (("python", "models/clinic.py"), ("toml", "configs/clinic/doctors.toml")):
        found = re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL)
        assert found is not None
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text(found[1], encoding="utf-8")
    shown = re.search(r"```\n(Of the two cadences.*?): \.\.\.\n```", page)
    assert shown is not None
    said = call("run", tmp_path / "configs" / "clinic" / "doctors.toml", "--workers", 1)
    assert shown[1] in said


@pytest.fixture(scope="module")
def peace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace made as the page on mechanisms says, with every file that it says to save."""
    folder = tmp_path_factory.mktemp("tutorial") / "peace"
    call("init", folder)
    page = (ROOT / "docs" / "a-mechanism.md").read_text(encoding="utf-8")
    saved = re.findall(r"[Ss]ave\s+(?:this|it)\s+as\s+`([^`]+)`.*?```(?:python|toml)\n(.*?)```", page, re.DOTALL)
    assert [path for path, _ in saved] == [
        "models/mechanisms/referendum.py",
        "models/plebiscite.py",
        "configs/plebiscite/asked.toml",
        "test_referendum.py",
    ]
    for path, text in saved:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def test_the_referendum_of_the_page_is_listed_among_the_models(peace: Path) -> None:
    assert "A backchannel whose result is put to the people" in call("models", "--workspace", peace)


@pytest.mark.slow
def test_the_referendum_of_the_page_plays_alike_on_both_engines(peace: Path) -> None:
    said = call("verify", "plebiscite", "--workspace", peace, "--replications", 20)
    assert "The engines agree, bit for bit" in said


def test_the_referendum_of_the_page_runs_with_and_without(peace: Path) -> None:
    config = peace / "configs" / "plebiscite" / "asked.toml"
    said = call("run", config, "--replications", 10, "--engine", "simpy", "--workers", 1, "--no-report")
    assert "Simulated 40 replications in 4 arms." in said


@pytest.mark.parametrize("engine", ["reference", pytest.param("compiled", marks=pytest.mark.slow)])
def test_the_test_of_the_page_on_mechanisms_passes(peace: Path, engine: str) -> None:
    """A model takes long to compile, and some dozens of its timelines say what the page's thousand say."""
    name = "test_referendum.py"
    if engine == "reference":
        text = (peace / name).read_text("utf-8")
        assert ("import compiled\n" in text, text.count("1_000")) == (True, 1)
        name = "test_few.py"
        fewer = text.replace("import compiled", "import reference as compiled").replace("1_000", "40")
        (peace / name).write_text(fewer, "utf-8")
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", name],
        cwd=peace, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_page_on_cases_shows_what_the_command_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")
    asked, shown = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("", "text"))
    assert asked is not None
    assert shown is not None
    monkeypatch.chdir(ROOT)
    said = call(*asked[1].split()[1:], "--out", tmp_path)
    assert said.startswith(shown[1])


def test_every_listed_public_name_is_there() -> None:
    for name in timeline.__all__:
        # A number has no name of its own, a module a longer one.
        assert getattr(getattr(timeline, name), "__name__", name).rpartition(".")[2] == name


#: Drawing two pages takes half a minute.
DRAWS = ["result.report(", "result.brief("]


@pytest.mark.parametrize("drawn", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_the_page_on_python_runs_as_written(drawn: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "from-python.md").read_text(encoding="utf-8")
    lines = "".join(re.findall(r"```python\n(.*?)```", page, re.DOTALL)).splitlines()
    assert [sum(draws in line for line in lines) for draws in DRAWS] == [1, 1]
    script = "\n".join(line for line in lines if drawn or not any(draws in line for draws in DRAWS))
    monkeypatch.chdir(ROOT)  # where the model's machine code is known
    if drawn:
        monkeypatch.chdir(tmp_path)
        for name in ("models", "configs"):
            (tmp_path / name).symlink_to(ROOT / name)
    names: dict[str, Any] = {}
    exec(compile(script, "from-python.md", "exec"), names)
    assert names["values"].shape == (3, 2, 2, 50)
    assert not drawn or names["page"].is_file()
    assert list(names["asked"].experiment.cadences) == ["silence", "quarterly"]


def test_the_notebook_runs(tmp_path: Path) -> None:
    pytest.importorskip("marimo", reason="marimo is not installed: the notebook is not run")
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "notebook.py")],
        cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.strip()
