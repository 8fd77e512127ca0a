"""Runs under names, pages that are kept, and what tells two of them apart."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from timeline.cli import main
from timeline.config.load import load
from timeline.front.runs import choose_page, compare_pages, kept_pages
from timeline.keeping import store as store_module
from timeline.pages import report as report_module
from timeline.pages.shelf import PageRecord, read_record, shelve
from timeline.pages.writing import write_whole
from timeline.playing.run import run_folder

TOY = Path(__file__).parent / "toy_run"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do without figures, and without waiting for the disk."""

    def write(folder: Path, *, context: Any, record: PageRecord, **_: Any) -> Path:
        files = {"page.json": record.to_bytes(), "tables/estimates.csv": record.answer.encode()}
        return write_whole(folder, "report.html", context.title + context.page_key, files)

    monkeypatch.setattr(report_module, "write_report", write)
    monkeypatch.setattr(store_module.os, "fsync", lambda _: None)
    monkeypatch.delenv("TIMELINE_DATA", raising=False)


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    shutil.copytree(TOY, tmp_path / "toy")
    return tmp_path / "toy"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def called(*args: object) -> tuple[int, str, str]:
        engine = ("--engine", "simpy", "--quiet") if args[0] == "run" else ()
        with pytest.raises(SystemExit) as ended:
            main([str(arg) for arg in (*args, *engine)])
        captured = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, captured.out, captured.err

    return called


Call = Callable[..., tuple[int, str, str]]


def config_of(toy: Path) -> Path:
    return toy / "configs" / "telling.toml"


# Where runs lie.


def test_configs_of_one_file_name_in_two_folders_keep_their_runs_apart(toy: Path) -> None:
    for folder in ("a", "b/c"):
        (toy / "configs" / folder).mkdir(parents=True)
        shutil.copy(config_of(toy), toy / "configs" / folder / "telling.toml")
    configs = [config_of(toy), toy / "configs/a/telling.toml", toy / "configs/b/c/telling.toml"]
    assert [load(path).kept_as for path in configs] == ["telling", "a/telling", "b/c/telling"]
    assert len({run_folder(load(path)).name for path in configs}) == 1


def test_a_config_beside_the_folder_of_configs_is_kept_by_its_path_in_the_workspace(toy: Path) -> None:
    (toy / "drafts").mkdir()
    shutil.copy(config_of(toy), toy / "drafts" / "telling.toml")
    assert load(toy / "drafts" / "telling.toml").kept_as == "drafts/telling"


def test_a_run_with_a_name_lies_under_it(toy: Path, call: Call) -> None:
    status, _, _ = call("run", config_of(toy), "--name", "first-draft")
    assert status == 0
    assert (toy / "results" / "first-draft" / run_folder(load(config_of(toy))).name / "report.html").is_file()
    assert [page.name for page in kept_pages(toy)] == ["first-draft"]


@pytest.mark.parametrize("name", ["../up", "", ".hidden", "-x", "a/b", "a" * 101, "tab\t"])
def test_what_is_no_name_for_a_folder_is_refused_before_anything_is_played(toy: Path, call: Call, name: str) -> None:
    status, _, err = call("run", config_of(toy), f"--name={name}")
    assert status == 2
    assert err.startswith("Error: name: given ")
    assert not (toy / "results").exists()


# Pages.


def test_a_page_of_another_question_is_kept_before_it_is_replaced(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    folder = run_folder(load(config_of(toy)))
    before = read_record(folder)
    page = (folder / "report.html").read_text()
    assert before is not None
    _, out, _ = call("run", config_of(toy), "--replications", 20)
    after = read_record(folder)
    assert after is not None
    assert (before.replications, after.replications) == (30, 20)
    assert out.splitlines()[-1] == f"The page of the question before is kept: {folder}/pages/{before.key}"
    assert (folder / "pages" / before.key / "report.html").read_text() == page
    assert (folder / "pages" / before.key / "tables" / "estimates.csv").read_text() == before.answer
    assert read_record(folder / "pages" / before.key) == before
    assert (folder / "pages" / before.key).stat().st_mode == folder.stat().st_mode


def test_the_same_question_replaces_its_own_page(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    call("run", config_of(toy), "--workers", 2)
    folder = run_folder(load(config_of(toy)))
    assert not (folder / "pages").exists()


@pytest.mark.parametrize(
    "change",
    ["cadences.yearly.every=9 days", "title=Other", "baseline=yearly", 'analysis.rmst=["1 year"]', "sides.a=Reds"],
)
def test_whatever_decides_a_page_moves_its_key(toy: Path, call: Call, change: str) -> None:
    call("run", config_of(toy))
    call("run", config_of(toy), "--set", change)
    assert len({page.key for page in kept_pages(toy)}) == 2


def test_a_page_is_kept_whole_or_not_at_all(tmp_path: Path, toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    folder = run_folder(load(config_of(toy)))
    record = read_record(folder)
    assert record is not None
    assert shelve(folder, record.key) is None
    (folder / "pages").mkdir()
    (folder / "pages" / ".page-left").mkdir()
    assert shelve(folder, "0" * 12) == folder / "pages" / record.key
    assert [path.name for path in (folder / "pages").iterdir()] == [record.key]


def test_a_record_that_was_edited_says_nothing(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    path = run_folder(load(config_of(toy))) / "page.json"
    content = json.loads(path.read_bytes())
    for edited in ({**content, "replications": 31}, {**content, "page": "../../.."}, [], {"format": 1}):
        path.write_text(json.dumps(edited))
        assert read_record(path.parent) is None
    assert shelve(path.parent, "0" * 12) is None


@pytest.mark.parametrize(
    "forged",
    [
        {"replications": "many"}, {"replications": True}, {"run": 7}, {"answer": None}, {"compared": [1]},
        {"of": 3}, {"of": {}}, {"of": {"config": {"title": "t"}, "arms": []}},
        {"of": {"config": [3], "arms": []}}, {"of": {"config": {"title": "t", "seed": 1}, "arms": 3}},
        {"of": {"config": {"title": "t", "seed": 1}, "arms": [{"scenario": "calm", "cadence": "silence"}]}},
        {"of": {"config": {"title": "t", "seed": 1}, "arms": {"calm": 3}}},
    ],
)  # fmt: skip
def test_a_strangers_record_that_lacks_what_is_shown_says_nothing_though_its_key_fits(
    tmp_path: Path, call: Call, forged: dict[str, Any]
) -> None:
    arms = [{"scenario": "calm", "cadence": "silence", "key": "1a"}]
    sound = PageRecord("run", 3, "Better.", {"config": {"title": "t", "seed": 1}, "arms": arms})
    (tmp_path / "report.html").write_text("page")
    (tmp_path / "page.json").write_bytes(sound.to_bytes())
    assert read_record(tmp_path) == sound
    (tmp_path / "page.json").write_bytes(replace(sound, **forged).to_bytes())
    assert read_record(tmp_path) is None
    status, _, err = call("runs", "--compare", tmp_path, tmp_path)
    assert status == 2
    assert "does not say what it is of, expected a page.json beside it" in err


def test_what_a_strangers_page_says_cannot_steer_the_terminal(tmp_path: Path, call: Call) -> None:
    for place, title in (("a", "\x1b]0;owned\x07"), ("b", "plain\nB  forged")):
        record = PageRecord("run", 3, "\x1b[31mBetter.", {"config": {"title": title, "seed": 1}, "arms": []})
        (tmp_path / place).mkdir()
        (tmp_path / place / "report.html").write_text("page")
        (tmp_path / place / "page.json").write_bytes(record.to_bytes())
    status, out, _ = call("runs", "--compare", tmp_path / "a", tmp_path / "b")
    assert status == 0
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "\nB  forged" not in out
    assert "A  \N{REPLACEMENT CHARACTER}[31mBetter." in out


def test_a_folder_of_pages_that_is_a_link_is_refused(toy: Path, call: Call, tmp_path: Path) -> None:
    call("run", config_of(toy))
    folder = run_folder(load(config_of(toy)))
    (tmp_path / "elsewhere").mkdir()
    (folder / "pages").symlink_to(tmp_path / "elsewhere")
    status, _, err = call("run", config_of(toy), "--replications", 20)
    assert status == 2
    assert "is a link to elsewhere" in err
    assert not list((tmp_path / "elsewhere").iterdir())


# The list.


def test_the_list_names_every_page_the_newest_of_a_run_first(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    call("run", config_of(toy), "--replications", 20)
    call("run", config_of(toy), "--seed", 4)
    listed = [(page.name, page.newest, page.record.replications) for page in kept_pages(toy) if page.record]
    assert sorted(listed) == [("telling", False, 30), ("telling", True, 20), ("telling", True, 30)]
    status, out, err = call("runs", toy)
    assert (status, err) == (0, "")
    assert out.count("telling  run ") == 3
    assert out.count("(earlier)") == 1


def test_the_list_is_one_json_array(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    (listed,) = json.loads(call("runs", toy / "results", "--json")[1])
    folder = run_folder(load(config_of(toy)))
    assert {name: listed[name] for name in ("name", "run", "newest", "replications", "path")} == {
        "name": "telling",
        "run": folder.name,
        "newest": True,
        "replications": 30,
        "path": f"{folder}/report.html",
    }


def test_a_run_without_a_page_is_listed_with_what_builds_one(toy: Path, call: Call) -> None:
    call("run", config_of(toy), "--no-report")
    assert call("runs", toy)[1].endswith("no page yet: `timeline report` builds one\n")


def test_without_runs_the_list_says_how_to_make_one(toy: Path, call: Call) -> None:
    assert call("runs", toy) == (0, "No run is kept yet; `timeline run CONFIG` makes one.\n", "")


def test_two_pages_are_compared_by_what_was_asked(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    call("run", config_of(toy), "--set", "cadences.yearly.every=200 days", "--replications", 20)
    newest, earlier = kept_pages(toy)
    differences = {what: (one, other) for what, one, other in compare_pages(earlier, newest).differences}
    assert differences["replications"] == (30, 20)
    assert differences["cadences.yearly.values.cadence.every"] == (365.25, 200.0)
    assert "seed" not in differences
    status, out, _ = call("runs", toy, "--compare", earlier.key[:6], newest.key)
    assert status == 0
    assert "replications\n  A  30\n  B  20\n" in out


def test_a_key_that_names_no_page_or_several_is_an_error(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    call("run", config_of(toy), "--seed", 4)
    status, _, err = call("runs", toy, "--open", "zzzz")
    assert (status, err) == (
        2,
        f'Error: {toy}: given "zzzz", but no page is called so; expected the key of a page, the first letters of '
        "one, or the path of a page; `timeline runs` lists them\n",
    )
    assert "but 2 pages are called so" in call("runs", toy, "--open", "telling")[2]


def test_a_page_is_found_by_its_key_its_run_or_its_path(toy: Path, call: Call) -> None:
    call("run", config_of(toy))
    (page,) = kept_pages(toy)
    for named in (page.key[:5], page.run, "telling", str(page.path), str(page.path.parent)):
        assert choose_page(named, toy).path == page.path
