"""The front door: a study from Python says and finds what the command line does."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from matplotlib.figure import Figure

import timeline
from timeline.cli import main
from timeline.errors import ConfigError, PathError, RunError, StoreError, TimelineError
from timeline.front.examining import examine, has_claims
from timeline.front.models import account, account_as_json, diagram
from timeline.front.pictures import require_picture, save_picture
from timeline.front.progress import Listener
from timeline.front.result import Result, open_result, record_notes
from timeline.front.running import Way
from timeline.front.shares import merge, play_share, say_shares
from timeline.front.study import Study, load
from timeline.front.verifying import verify
from timeline.front.workspaces import create, list_models, open_workspace, records
from timeline.keeping import store as store_module
from timeline.pages import drawing

TOY = Path(__file__).parent / "toy_run"
TABLES = ("estimates", "contrasts", "measures", "in_force", "survival", "causes")
CHANGED = ("rates.leak", "0.5 per year")


@pytest.fixture(autouse=True, scope="module")
def no_waiting() -> Iterator[None]:
    """Do without waiting for the disk."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(store_module.os, "fsync", lambda _: None)
        patched.delenv("TIMELINE_DATA", raising=False)
        yield


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy workspace's config, in a copy of its own."""
    place = tmp_path_factory.mktemp("front") / "toy"
    shutil.copytree(TOY, place)
    return place / "configs" / "telling.toml"


@pytest.fixture(scope="module")
def study(config: Path) -> Study:
    return load(config)


@pytest.fixture(scope="module")
def result(study: Study) -> Result:
    """The study in memory; the toy waits and complains as only plain Python can."""
    return study.run(engine="simpy", workers=1, command="timeline run telling.toml")


def said(capsys: pytest.CaptureFixture[str], *args: object) -> str:
    """Return what a command says of an error, without the words before it."""
    with pytest.raises(SystemExit) as ended:
        main([str(arg) for arg in args])
    assert ended.value.code == 2
    lines = capsys.readouterr().err.splitlines()
    if lines[0].startswith("Error: ") and lines[0].endswith(" problems"):
        return "\n".join(line.removeprefix("  ") for line in lines[1:])
    return "\n".join(lines).removeprefix("Error: ")


# What is wrong is said as the command line says it.


@pytest.mark.parametrize("change", ["rates.leek=1", "rates.leak=1 per parsec", "horizon=-3", "model=haggling"])
def test_a_wrong_change_is_said_as_on_the_command_line(
    config: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    with pytest.raises(ConfigError) as problem:
        load(config, [change])
    assert str(problem.value) == said(capsys, "validate", config, "--set", change)
    assert str(problem.value).startswith(f"--set {change.partition('=')[0]}: given ")


@pytest.mark.parametrize(("key", "value"), [("rates.leek", 1), ("rates.leak", "1 per parsec"), ("horizon", -3)])
def test_a_changed_study_names_the_change_where_a_command_names_its_option(
    study: Study, config: Path, capsys: pytest.CaptureFixture[str], key: str, value: object
) -> None:
    with pytest.raises(ConfigError) as problem:
        study.change(key, value)
    option = said(capsys, "validate", config, "--set", f"{key}={value}").removeprefix(f"--set {key}: ")
    assert str(problem.value).replace('"', "") == f"change({key}): {option}".replace('"', "")


def test_all_problems_of_a_file_come_at_once(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = config.with_name("wrong.toml")
    wrong.write_text(config.read_text().replace("seed         = 7", "seed = -7").replace("every =", "evry ="))
    with pytest.raises(ConfigError) as problem:
        load(wrong)
    assert len(problem.value.problems) == 2
    assert str(problem.value) == said(capsys, "validate", wrong)


def test_a_config_that_is_nested_tables_says_the_key_path(config: Path) -> None:
    content = {"title": "t", "model": "bargain", "horizon": "10 years", "replications": 10, "seed": -1}
    with pytest.raises(ConfigError, match=r"seed: given -1, expected a whole number"):
        load(content, workspace=config.parent)


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (("--cadence", "yearli"), ("yearli", 0, None)),
        (("--scenario", "storm"), (None, 0, "storm")),
        (("--replication", -1), (None, -1, None)),
    ],
)
def test_a_wrong_choice_of_a_timeline_is_said_as_by_trace(
    study: Study,
    config: Path,
    capsys: pytest.CaptureFixture[str],
    options: tuple[object, ...],
    asked: tuple[str | None, int, str | None],
) -> None:
    with pytest.raises(ConfigError) as problem:
        study.trace(*asked)
    assert str(problem.value) == said(capsys, "trace", config, *options)


def test_two_cadences_that_are_one_are_refused_as_by_explain(
    study: Study, config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ConfigError, match='given "yearly" twice') as problem:
        study.explain("yearly", "yearly")
    assert str(problem.value) == said(capsys, "explain", config, "--cadences", "yearly", "yearly")


@pytest.mark.parametrize("keys", [("rates.leak=0, 1", "rates.leak=0, 2"), ("rates.leak",), ("rates.leek=0, 1",)])
def test_a_wrong_key_of_a_sweep_is_said_as_by_sweep(
    config: Path, capsys: pytest.CaptureFixture[str], keys: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as problem:
        load(config, sweep={"measure": "in force", "keys": keys})
    options = [word for key in keys for word in ("--key", key)]
    assert str(problem.value) == said(capsys, "sweep", config, "--measure", "in force", *options)


def test_keep_without_the_baseline_is_refused_in_one_sentence(study: Study) -> None:
    with pytest.raises(ConfigError) as problem:
        study.keep("yearly")
    assert problem.value.problems == (
        'keep: given yearly without the baseline "silence", expected it among them; '
        'name it too, or .change("baseline", ...) first',
    )


def test_keep_offers_the_nearest_name(study: Study) -> None:
    with pytest.raises(ConfigError) as problem:
        study.keep("silence", "yearli")
    assert str(problem.value) == 'keep: given "yearli", expected one of silence, yearly; did you mean "yearly"?'


def test_other_studies_leave_a_study_as_it_is(study: Study) -> None:
    other = study.change(*CHANGED).change("seed", 9).change("seed", 11).keep("silence")
    assert (other.experiment.seed, list(other.experiment.cadences)) == (11, ["silence"])
    assert (study.experiment.seed, list(study.experiment.cadences)) == (7, ["silence", "yearly"])
    assert len(other.changes) == 2


# A study.


def test_a_study_says_what_was_decided(study: Study, config: Path) -> None:
    assert study.as_json()["replications"] == 30
    assert study.spelled("rates.leak") == "0.3 per year"
    assert study.change(*CHANGED).spelled("rates.leak", 0.5 / 365.25) == "0.5 per year"
    html = study._repr_html_()
    assert "<h3>How often should a toy tell?</h3>" in html
    assert "<td>silence, yearly</td>" in html


def test_a_timeline_is_told_and_drawn(study: Study, tmp_path: Path) -> None:
    told = study.trace("yearly", 3, "breachy")
    assert told.title == "yearly, replication 3"
    figure = study.swimlane(told)
    save_picture(figure, tmp_path / "told.png")
    assert (tmp_path / "told.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(StoreError, match=r'--picture: ".*" cannot be written'):
        save_picture(figure, tmp_path / "none" / "told.png")


def test_a_picture_of_another_kind_is_refused_before_anything_is_played(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"expected a file name ending in \.png, \.svg, \.pdf"):
        require_picture(tmp_path / "told.gif")


def test_a_crisis_is_told_under_two_cadences_and_written(study: Study, tmp_path: Path) -> None:
    told = study.explain("yearly", "silence", 2, folder=tmp_path / "told")
    assert (told.explanation.replication, told.turning_points) == (2, None)
    assert (told.points_in_words, told.points_in_tables) == ([], [])
    assert list(told.as_json()) == ["explanation", "turning_points"]
    names = [path.name for path in told.write(tmp_path / "told")]
    assert names == [f"telling-yearly-silence-2.{ending}" for ending in ("csv", "png", "svg", "json")]


# Running.


def test_in_memory_and_in_a_folder_are_table_for_table_the_same(study: Study, result: Result, tmp_path: Path) -> None:
    kept = study.run(folder=tmp_path, engine="simpy", workers=1)
    assert result.folder is None
    assert kept.folder is not None
    assert kept.folder.parent == tmp_path / "telling"
    for name in TABLES:
        assert getattr(kept, name).equals(getattr(result, name)), name
    for scenario, cadence in result.arms:
        assert kept.rows(cadence, scenario).equals(result.rows(cadence, scenario))
    assert kept.arms == result.arms
    assert kept.answer == result.answer


def test_a_second_run_in_the_same_folder_plays_nothing(study: Study, tmp_path: Path) -> None:
    first = study.run(folder=tmp_path, engine="simpy", workers=1)
    second = study.run(folder=tmp_path, engine="simpy", workers=1)
    assert first.tally is not None
    assert second.tally is not None
    assert (first.tally.simulated, first.tally.reused) == (120, 0)
    assert (second.tally.simulated, second.tally.reused) == (0, 120)
    assert second.as_json() == {**first.as_json(), "simulated": 0, "reused": 120}
    more = study.run(40, folder=tmp_path, engine="simpy", workers=1)
    assert more.tally is not None
    assert (more.tally.simulated, more.tally.reused) == (40, 120)


def test_a_result_that_was_kept_is_opened(study: Study, tmp_path: Path) -> None:
    kept = study.run(folder=tmp_path, engine="simpy", workers=1)
    kept.record_events(2)
    opened = open_result(tmp_path / "telling")
    assert (opened.folder, opened.experiment, opened.tally) == (kept.folder, None, None)
    assert opened.estimates.equals(kept.estimates)
    assert opened.arms == kept.arms
    assert (opened.records, opened.outdated) == (None, "")
    with pytest.raises(PathError, match="there is no such folder"):
        open_result(tmp_path / "none")


def test_a_result_says_that_its_model_has_changed_since(config: Path, tmp_path: Path) -> None:
    place = shutil.copytree(config.parent.parent, tmp_path / "toy")
    kept = load(place / "configs" / "telling.toml").run(5, folder=place / "results", engine="simpy", workers=1)
    assert (kept.outdated, open_result(kept.folder or "").outdated) == ("", "")
    (place / "models" / "bargain.py").write_text("this is no model any more")
    (place / "data").mkdir()
    assert open_result(kept.folder or "").outdated == (
        "The model's sources have changed since this run (models/bargain.py); "
        "the report shows the rows as they were saved."
    )
    assert open_result(kept.folder or "").records == place / "data"
    assert record_notes(place / "data") == [
        f"The folder of data, {place / 'data'}, has no peace_agreements_1975_1999.csv, "
        "so there is no record to compare with."
    ]
    assert record_notes(None) == []


def test_a_listener_is_told_and_without_one_nothing_is_said(study: Study, capsys: pytest.CaptureFixture[str]) -> None:
    moves: list[tuple[int, int]] = []
    study.run(5, engine="simpy", workers=1, listener=Listener(moved=lambda done, total: moves.append((done, total))))
    assert moves[-1] == (20, 20)
    assert capsys.readouterr() == ("", "")


def test_the_model_is_played_without_each_mechanism_instead_of_in_scenarios(study: Study) -> None:
    assert list(study.keep("silence").without_each_mechanism().experiment.scenarios) == ["whole", "without-rates"]


def test_shares_that_are_joined_are_the_run(study: Study, result: Result, tmp_path: Path) -> None:
    played = [play_share(study, f"{number}/2", tmp_path, Way(engine="simpy", repair=number == 2)) for number in (1, 2)]
    assert [share.tally.simulated for share in played] == [60, 60]
    assert played[0].as_json() == {
        "config": "telling",
        "part": "1/2",
        "folder": played[0].place,
        "simulated": 60,
        "reused": 0,
    }
    early = merge([played[0].place], tmp_path)
    assert say_shares(early.missing) == "2/2"
    merged = merge([str(Path(played[0].place).parent)], tmp_path)
    assert merged.missing == ()
    assert open_result(merged.folder).estimates.equals(result.estimates)


def test_an_executor_plays_a_study(study: Study, result: Result) -> None:
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:
        played = study.run(engine="simpy", executor=executor)
    assert played.estimates.equals(result.estimates)


# A result.


def test_fates_count_every_replication_once(result: Result) -> None:
    counts = result.fates("silence", "yearly")
    assert counts["count"].sum() == 30
    assert {"fate", "cause", "other_fate", "other_cause", "count"} <= set(counts.columns)
    same = result.fates("yearly", "yearly", "breachy")
    assert same.filter(same["fate"] != same["other_fate"]).is_empty()
    with pytest.raises(ConfigError) as problem:
        result.fates("silence", "yearli")
    assert str(problem.value) == 'cadence: given "yearli", expected one of silence, yearly; did you mean "yearly"?'


def test_rows_are_one_a_replication(result: Result) -> None:
    rows = result.rows("yearly", "breachy", columns=["outcome", "day"])
    assert (rows.height, rows.columns) == (30, ["outcome", "day"])
    with pytest.raises(ConfigError, match='scenario: given "storm", expected one of calm, breachy'):
        result.rows("yearly", "storm")


def test_a_notebook_shows_the_answer_and_a_figure(result: Result) -> None:
    html = result._repr_html_()
    assert html.startswith("<p>Against calm, the agreement is in force after 10 years in breachy less often")
    assert html.count("<svg") == 1


def test_a_result_in_memory_needs_a_path_for_its_page(result: Result) -> None:
    with pytest.raises(ConfigError) as problem:
        result.report()
    assert str(problem.value) == ('report: given no path, expected one such as "page.html": this result is in memory')


@pytest.mark.parametrize("drawn", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_page_is_that_of_the_command_line_byte_for_byte(
    study: Study,
    config: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    drawn: bool,
) -> None:
    if not drawn:
        monkeypatch.setattr(drawing, "_draw", lambda plan: drawing.Drawing(plan.section, plan.name, "", "", "", b""))
    place = tmp_path / "kept"
    with pytest.raises(SystemExit):
        main(["run", str(config), "--engine", "simpy", "--workers", "1", "--quiet", "--out", str(place)])
    page = Path(capsys.readouterr().out.splitlines()[-1].removeprefix("Report: "))
    again = f"timeline run {config} --engine simpy --out {place}"
    played = study.run(engine="simpy", workers=1, command=again)
    assert played.report(tmp_path / "page.html") == tmp_path / "page.html"
    assert (tmp_path / "page.html").read_bytes() == page.read_bytes()


def test_the_example_of_the_front_door(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from timeline.pages import report

    monkeypatch.setattr(report, "write_report", lambda folder, **_: _page(folder))
    study = timeline.load(config)
    study = study.change("rates.leak", "0.5 per year").keep("silence", "yearly")
    result = study.run(replications=40, progress=True, engine="simpy", workers=1)
    assert result.estimates.filter(measure="in_force_end", scenario="calm").select("cadence", "n").rows() == [
        ("silence", 40),
        ("yearly", 40),
    ]
    assert set(result.contrasts["cadence"]) == {"yearly"}
    assert result.survival.height > 0
    assert result.fates("silence", "yearly")["count"].sum() == 40
    assert isinstance(result.plot.in_force(), Figure)
    assert result.report(tmp_path / "page.html").read_text() == "a page"
    assert capsys.readouterr().out == ""


def _page(folder: Path) -> Path:
    page = folder / "report.html"
    page.write_text("a page")
    return page


# Models and workspaces.


def test_a_workspace_lists_its_models_with_what_is_wrong(config: Path, tmp_path: Path) -> None:
    place = shutil.copytree(config.parent.parent, tmp_path / "toy")
    (place / "models" / "broken.py").write_text("MODEL = 1 / 0")
    bargain, broken = list_models(open_workspace(place / "configs"))
    assert (bargain.name, bargain.title, bargain.error) == ("bargain", "A toy bargain", None)
    assert (broken.title, broken.error) == ("", "models/broken.py, line 1: ZeroDivisionError: division by zero")
    assert records(open_workspace(place)) is None
    with pytest.raises(ConfigError, match="outside any workspace"):
        open_workspace("/")


def test_a_workspace_is_made_once(tmp_path: Path) -> None:
    assert "backchannel" in create(tmp_path / "peace").models()
    with pytest.raises(ConfigError, match="already contains models"):
        create(tmp_path / "peace")


def test_a_model_is_described_and_drawn(config: Path, tmp_path: Path) -> None:
    model = open_workspace(config.parent).load("bargain")
    declared = account(model)
    assert list(declared) == ["name", "title", "account", "mechanisms", "parameters", "clocks", "levers", "state"]
    assert [clock["name"] for clock in declared["clocks"]] == ["signing", "telling", "keeping", "leak", "breach"]
    assert account_as_json(model)["levers"][1] == declared["levers"][1]
    drawn = diagram(model)
    assert drawn.write(tmp_path / "drawn.svg").read_text() == drawn.svg()
    assert 1 <= len(drawn.captions) <= 2
    with pytest.raises(StoreError, match="cannot be written"):
        drawn.write(tmp_path / "none" / "drawn.svg")


def test_a_config_of_another_model_cannot_verify_it(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (config.parent.parent / "models" / "other.py").write_text(
        (config.parent.parent / "models" / "bargain.py").read_text().replace('name="bargain"', 'name="other"')
    )
    with pytest.raises(ConfigError, match='is for model "bargain", expected one for "other"') as problem:
        verify("other", config, workspace=config.parent)
    place = str(config.parent)
    assert str(problem.value) == said(capsys, "verify", "other", "--config", config, "--workspace", place)


def test_a_model_without_claims_cannot_be_examined(config: Path) -> None:
    assert not has_claims("bargain", config.parent)
    with pytest.raises(TimelineError, match='declares no claim about model "bargain"'):
        examine("bargain", workspace=config.parent)


# The door opens at once.


def test_a_study_is_read_without_what_only_a_run_needs(config: Path) -> None:
    code = (
        "import sys; from timeline.front.study import load\n"
        "load(sys.argv[1])\n"
        "heavy = {'polars', 'scipy', 'numba', 'matplotlib', 'simpy', 'rich', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(config)], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_study_without_a_file_says_how_to_play_a_replication_again(config: Path) -> None:
    asked = timeline.load(
        {
            "model": "bargain", "horizon": "10 years", "replications": 60, "seed": 7, "cadences": {"silence": {}},
            "parameters": {"rates.trap": True, "rates.breach": 5.0},
        },
        workspace=config.parent,
    )  # fmt: skip
    with pytest.raises(RunError, match=r'study\.trace\("silence", \d, "default"\)'):
        asked.run(engine="simpy", workers=1)
