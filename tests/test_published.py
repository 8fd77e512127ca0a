"""Published figures of the record: what a page compares with where no folder of data is given."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_plots_frames import simulated

from timeline.cli import main
from timeline.config.load import load
from timeline.errors import ModelError
from timeline.pages import report as report_module
from timeline.pages.context import Context, RecordComparison
from timeline.pages.published import PUBLISHED, declared_record
from timeline.pages.record import AGREEMENTS
from timeline.playing.run import run_folder
from timeline.plots import validation
from timeline.validation.published import PublishedRecord

ROOT = Path(__file__).parents[1]
TOY = Path(__file__).parent / "toy_run"
TRUCES = {
    "name": "truces", "source": "A. Author 2008, table 3", "agreements": 90, "endings": 40, "processes": 60,
    "years": (1.0, 5.0, 30.0), "survival": (0.7, 0.5, 0.4), "low": (0.6, 0.4, 0.2), "high": (0.8, 0.6, 0.6),
    "at_risk": (60, 30, 2),
}  # fmt: skip
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A toy whose workspace declares what was published of truces."""
    monkeypatch.delenv("TIMELINE_DATA", raising=False)
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    declare(tmp_path / "toy", f"{{'bargain': PublishedRecord(**{TRUCES!r})}}")
    return tmp_path / "toy" / "configs" / "telling.toml"


def declare(workspace: Path, text: str) -> None:
    claims = f"from timeline import PublishedRecord\nPUBLISHED = {text}\n"
    (workspace / "models" / "claims.py").write_text(claims, encoding="utf-8")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Context]:
    """Do without the figures; collect what the pages would have been told."""
    contexts: list[Context] = []

    def write(folder: Path, *, context: Context, **_: Any) -> Path:
        contexts.append(context)
        return folder / "report.html"

    monkeypatch.setattr(report_module, "write_report", write)
    return contexts


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    def called(*args: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in args])
        out, err = capsys.readouterr()
        return int(ended.value.code or 0), out, err

    return called


def run(config: Path, call: Call, *args: object) -> Path:
    code, _, err = call("run", config, "--engine", "simpy", *args)
    assert code == 0, err
    return run_folder(load(config))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"low": (0.6, 0.4)}, "given 3, 3, 2, 3, 3 figures, expected as many in each, at least one"),
        ({"years": (1.0, 1.0, 2.0)}, "expected them to rise from above 0"),
        ({"years": (1.0, 2.0, float("nan"))}, "expected them to rise from above 0"),
        ({"low": (0.75, 0.4, 0.2)}, "given 0.75, 0.7, 0.8 after 1 years, expected shares from 0 to 1"),
        ({"high": (0.8, 0.6, 1.2)}, "given 0.2, 0.4, 1.2 after 30 years"),
        ({"survival": (0.7, 0.5, 0.55)}, "expected it never to rise"),
        ({"at_risk": (91, 30, 2)}, "given 90 agreements, at risk (91, 30, 2), expected never more than before"),
        ({"source": "\x1b[31m"}, "published record 'truces': given the character U+001B, expected one line"),
        ({"also": ("one\ntwo",)}, "given the character U+000A"),
        ({"endings": 91}, "given 91 endings of 90 agreements, expected some of the agreements"),
    ],
)  # fmt: skip
def test_figures_that_cannot_be_a_survival_curve_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ModelError) as caught:
        PublishedRecord(**(TRUCES | changes))
    assert said in str(caught.value)


def test_without_a_folder_of_data_the_page_compares_with_what_was_published(
    config: Path, call: Call, told: list[Context]
) -> None:
    run(config, call)
    compared = told[0].validation
    assert isinstance(compared, RecordComparison)
    assert compared.published
    assert compared.record.to_dict(as_series=False) == {
        "day": [365.25, 5 * 365.25], "estimate": [0.7, 0.5], "low": [0.6, 0.4], "high": [0.8, 0.6], "at_risk": [60, 30],
    }  # fmt: skip
    assert compared.record_name == "truces, 90 agreements"
    days = pl.col("day").is_in([365.25, 5 * 365.25])
    first, last = compared.model.filter(days)["estimate"]
    assert compared.distance == pytest.approx(max(abs(first - 0.7), abs(last - 0.5)))
    assert compared.note.startswith(
        "No folder of data was given, so the model is held against published figures: truces, 90 agreements of 60 "
        f"peace processes, 40 of which failed. Source: A. Author 2008, table 3. The record itself, {AGREEMENTS}, is "
        "compared day by day if its folder is given by --data. The model: agreements signed under silence"
    )


def test_a_users_own_record_stands_instead(config: Path, call: Call, told: list[Context], tmp_path: Path) -> None:
    rows = "".join(f"{number},p{number},3650,0,full\n" for number in range(6))
    text = "agreement_id,process_id,duration_days,ended,kind\n" + rows
    (tmp_path / AGREEMENTS).write_text(text, encoding="utf-8")
    run(config, call, "--data", tmp_path)
    compared = told[0].validation
    assert isinstance(compared, RecordComparison)
    assert not compared.published
    assert "truces" not in compared.record_name + compared.note


def test_a_report_needs_no_workspace_for_it(config: Path, call: Call, told: list[Context]) -> None:
    folder = run(config, call)
    shutil.rmtree(config.parents[1] / "models")
    assert call("report", folder)[0] == 0
    again = told[-1].validation
    assert isinstance(again, RecordComparison)
    assert again.record_name == "truces, 90 agreements"


@pytest.mark.parametrize("content", ["{", "[]", '{"name": 3}', json.dumps(TRUCES | {"survival": [2, 2, 2]}), "null"])
def test_a_damaged_copy_is_as_if_nothing_was_published(
    config: Path, call: Call, told: list[Context], content: str
) -> None:
    folder = run(config, call)
    (folder / PUBLISHED).write_text(content, encoding="utf-8")
    shutil.rmtree(config.parents[1] / "models")
    assert call("report", folder)[0] == 0
    assert str(told[-1].validation).startswith("No record of real agreements was given to compare with")


def test_what_is_no_published_record_is_told_on_the_page_and_costs_no_results(
    config: Path, call: Call, told: list[Context]
) -> None:
    declare(config.parents[1], "{'bargain': 3}")
    run(config, call)
    assert told[0].validation == (
        f"No record of real agreements was given to compare with; give a folder that holds {AGREEMENTS} by --data."
    )
    assert told[0].notes == (
        "There is no published record to compare with: models/claims.py: PUBLISHED: given int, expected names of "
        "models and of each its PublishedRecord (timeline.PublishedRecord).",
    )


def test_claims_that_end_the_program_cost_no_results(config: Path, call: Call, told: list[Context]) -> None:
    (config.parents[1] / "models" / "claims.py").write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    run(config, call)
    assert told[0].notes == (
        "There is no published record to compare with: models/claims.py: SystemExit: 3.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("config", "failed"), [("backchannel/cadence", 55), ("track_two/monitoring", 55), ("secret_pact/watchful-rival", 0)]
)
def test_shipped_models_of_agreements_have_a_record(config: str, failed: int) -> None:
    found = declared_record(load(ROOT / "configs" / f"{config}.toml"))
    assert (found.endings if found else 0) == failed


def test_the_caption_counts_the_published_days() -> None:
    record = pl.DataFrame({"day": [365.25], "estimate": [0.7], "low": [0.6], "high": [0.8], "at_risk": [60]})
    known = {"distance": 0.02, "record_name": "truces", "published": True}
    said = validation.validation_caption(record, simulated(), **known)  # type: ignore[arg-type]
    assert said.startswith("1 year after signature 78.5% of the simulated")
    assert "against 70.0% in the record (truces; 95% band 60.0% to 80.0%)" in said
    assert said.endswith(
        "The largest distance on the 1 published day is 2.0 points. Upright lines are the sampling error of the "
        "record; the blue band is Monte Carlo error."
    )
    texts = [text.get_text() for text in validation.validation(record, simulated(), **known).texts]  # type: ignore[arg-type]
    assert [text for text in texts if text.isdigit() or text == "–"] == ["60"]
