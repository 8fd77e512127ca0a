"""The evidence ledger: every assumption has its source, is used, and is counted on the dashboard's face."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from click.testing import CliRunner
from test_influence import given, toy
from test_plots_frames import World, analysis
from test_report import context

from timeline.cli import timeline as command
from timeline.derived.influence import used_by
from timeline.errors import ModelError
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.laws import fixed
from timeline.model.records import EVIDENCE, Parameter, Parameters
from timeline.pages.context import Assumption
from timeline.pages.report import write_report
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = sorted(Workspace(ROOT).models())


def ledger(model: str) -> list[dict[str, str]]:
    done = CliRunner().invoke(command, ["describe", model, "--workspace", str(ROOT), "--csv"])
    assert done.exit_code == 0, done.output
    return list(csv.DictReader(done.stdout.splitlines()))


# ---------------------------------------------------------------- where a parameter is used


def test_a_parameter_is_used_by_the_clocks_whose_functions_read_it() -> None:
    assert used_by(toy()) == {
        "press.hazard": ("leak",),
        "press.rumour": ("leak",),
        "press.trust_lost": ("leak",),
        "talks.speed": ("agree", "walkout"),
        "talks.pressure": ("walkout",),
        "talks.trust": ("walkout",),
        "mood.from_public": ("month",),
        "mood.calmed": ("month",),
    }


def test_laws_the_start_and_the_sides_own_parameters_count_as_uses() -> None:
    class Waits(Parameters):
        days = given(30.0, "days")
        at_first = given(0.5, "share")
        idle = given(0.5, "share")

    class Own(Parameters):
        weight = given(0.5, "share")

    def start(s, p):
        s.trust = p.waits.at_first

    def speed(s, me, p_me):
        return p_me.weight

    def fires(s):
        s.leaks += 1

    clock = Clock("wait", speed, fires, fixed(lambda p: p.waits.days), over="sides")
    bare = toy()
    model = Model("toy", "A toy", bare.state, (Mechanism("waits", (clock,), Waits, start),), bare.open, Own)
    assert used_by(model) == {
        "a.weight": ("wait",),
        "b.weight": ("wait",),
        "waits.days": ("wait",),
        "waits.at_first": ("start of waits",),
        "waits.idle": (),
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_no_parameter_of_a_shipped_model_lies_idle(name: str) -> None:
    assert [path for path, users in used_by(Workspace(ROOT).load(name)).items() if not users] == []


# ---------------------------------------------------------------- what a sceptic asks of it


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"evidence": "guess"}, 'evidence "guess" given, expected one of measured, literature, judgement'),
        ({"source": ""}, "no source given, expected where the value comes from"),
        ({"plausible": None}, "no plausible range given, expected plausible=(low, high) in share"),
    ],
)
def test_a_parameter_without_evidence_source_or_range_is_refused(change: dict[str, object], problem: str) -> None:
    whole = {"unit": "share", "plausible": (0.0, 1.0), "evidence": "judgement", "source": "invented"}
    with pytest.raises(ModelError) as refused:
        type("Bad", (Parameters,), {"x": Parameter(0.5, "something", **{**whole, **change})})
    assert str(refused.value) == f"Bad.x: {problem}"


@pytest.mark.parametrize("name", SHIPPED)
def test_the_ledger_of_a_shipped_model_has_no_empty_place(name: str) -> None:
    rows = ledger(name)
    assert [row["path"] for row in rows] == list(Workspace(ROOT).load(name).assumptions)
    assert list(rows[0]) == [
        "path", "mechanism", "default", "unit", "low", "high", "evidence", "source", "meaning", "used by",
    ]  # fmt: skip
    for row in rows:
        needed = set(row) - ({"low", "high"} if row["unit"] in ("choice", "flag") else set())
        assert all(row[column] for column in needed), row["path"]
        assert row["evidence"] in EVIDENCE


def test_describe_says_in_words_where_a_parameter_is_used() -> None:
    done = CliRunner().invoke(command, ["describe", "backchannel", "--workspace", str(ROOT)])
    words = " ".join(done.stdout.split())
    assert "Used by: " in words
    assert "Used by nothing" not in words


# ---------------------------------------------------------------- on the dashboard's face


def page_of(folder: Path, assumptions: tuple[Assumption, ...]) -> BeautifulSoup:
    told = context(assumptions=assumptions, traces=())
    path = write_report(folder, analysis=analysis(World({"silence": 0.3, "monthly": 0.4})), context=told)
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.usefixtures("without_pictures")
def test_the_face_counts_what_the_assumptions_rest_on(tmp_path: Path) -> None:
    kinds = ["measured"] * 3 + ["literature"] + ["judgement"] * 16
    rows = tuple(Assumption(parameter=f"x.{k}", value="1", evidence=kind) for k, kind in enumerate(kinds))
    page = page_of(tmp_path, rows)
    face = page.main.find(id="evidence")
    assert face.p.get_text() == (
        "Of 20 assumptions 3 are measured, 1 comes from the literature, 16 are judgement."
    )  # fmt: skip
    bar = [(span["class"], span["style"]) for span in face.find_all("span")]
    assert bar == [
        (["measured"], "flex-grow: 3"), (["literature"], "flex-grow: 1"), (["judgement"], "flex-grow: 16"),
    ]  # fmt: skip


@pytest.mark.usefixtures("without_pictures")
def test_the_face_says_so_when_nothing_is_measured(tmp_path: Path) -> None:
    page = page_of(tmp_path, (Assumption(parameter="x", value="1"),))
    assert page.main.find(id="evidence").p.get_text() == (
        "Of 1 assumption none is measured, none comes from the literature, 1 is judgement."
    )


@pytest.mark.usefixtures("without_pictures")
def test_the_page_says_where_each_assumption_is_used(tmp_path: Path) -> None:
    row = Assumption(parameter="press.hazard", value="1", source="invented", used_by="leak, exposure")
    section = page_of(tmp_path, (row,)).find(id="assumptions")
    assert section is not None
    assert "Invented. Used by leak, exposure." in section.get_text()
    assert "leak, exposure" in (tmp_path / "tables" / "assumptions.csv").read_text()
