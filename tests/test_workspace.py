"""Workspaces load models by path, apart from each other and from everything else."""

import os
import shutil
import sys
from pathlib import Path

import pytest

from timeline import workspace as module
from timeline.errors import ConfigError, ModelError
from timeline.workspace import Workspace, create, find

TOY = Path(__file__).parent / "toy"


@pytest.fixture
def toy(tmp_path: Path) -> Workspace:
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    return Workspace(tmp_path / "toy")


def change(path: Path, old: str, new: str) -> None:
    """Edit a file as an editor might within one second: even its time stays the same."""
    before = path.stat()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# Finding


def test_the_workspace_of_a_config_is_the_nearest_folder_above_with_models(toy: Workspace) -> None:
    assert find(toy.root / "configs" / "talks.toml") == toy
    assert find(toy.root) == toy


def test_a_config_that_does_not_exist_still_has_a_workspace(toy: Workspace) -> None:
    assert find(toy.root / "configs" / "deep" / "nothing.toml") == toy


def test_outside_any_workspace_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        find(tmp_path / "x.toml")
    assert str(caught.value) == (
        f'{tmp_path}/x.toml: given a path outside any workspace, expected a folder "models" beside or above '
        "it; make a workspace by `timeline init DIR`"
    )


def test_a_relative_root_is_the_same_workspace(toy: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(toy.root / "configs")
    assert find(Path("talks.toml")) == toy


def test_results_and_configs_lie_beside_models(toy: Workspace) -> None:
    assert toy.results == toy.root / "results"
    assert toy.configs() == [toy.root / "configs" / "talks.toml"]


# Listing


def test_only_files_that_set_model_at_top_level_are_models(toy: Workspace) -> None:
    (toy.folder / "inside.py").write_text("def f():\n    MODEL = 1\n")
    (toy.folder / "annotated.py").write_text("MODEL: object = 1\n")
    (toy.folder / "no-name.py").write_text("MODEL = 1\n")
    assert toy.models() == ["annotated", "quiet", "talks"]


def test_a_broken_model_is_listed_without_being_imported(toy: Workspace) -> None:
    (toy.folder / "broken.py").write_text("raise SystemExit\n(\nMODEL = 1\n")
    (toy.folder / "bytes.py").write_bytes(b"\xff MODEL = 1\n")
    assert toy.models() == ["broken", "quiet", "talks"]


# Loading


def test_relative_imports_of_mechanisms_work(toy: Workspace) -> None:
    assert [m.name for m in toy.load("talks").mechanisms] == ["leaks", "succession"]


def test_loading_touches_neither_sys_path_nor_the_working_directory_nor_the_folder(toy: Workspace) -> None:
    before = list(sys.path), os.getcwd(), sorted(toy.root.rglob("*"))
    toy.load("talks")
    assert (list(sys.path), os.getcwd(), sorted(toy.root.rglob("*"))) == before


def test_loading_puts_no_public_name_into_sys_modules(toy: Workspace) -> None:
    before = set(sys.modules)
    toy.load("talks")
    assert all(name.startswith("_timeline_models_") for name in set(sys.modules) - before)


def test_two_workspaces_with_a_model_of_the_same_name_do_not_mix(toy: Workspace, tmp_path: Path) -> None:
    shutil.copytree(toy.root, tmp_path / "other")
    other = Workspace(tmp_path / "other")
    change(other.folder / "mechanisms" / "leaks.py", "0.35", "0.45")
    first, second = toy.load("talks"), other.load("talks")
    assert first.assumptions["leaks.trust_lost"].default == 0.35
    assert second.assumptions["leaks.trust_lost"].default == 0.45
    assert toy.load("talks") is first


def test_workspaces_that_link_to_the_same_models_share_what_is_loaded(toy: Workspace, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for place in (first, second):
        place.mkdir()
        (place / "models").symlink_to(toy.folder)
    model = Workspace(first).load("talks")
    assert Workspace(second).load("talks") is model
    assert Workspace(second).sources("talks") == toy.sources("talks")
    assert toy.load("talks") is model
    (first / "models").unlink()
    assert toy.load("talks").name == "talks"
    change(toy.folder / "mechanisms" / "leaks.py", "0.35", "0.45")
    assert Workspace(second).load("talks").assumptions["leaks.trust_lost"].default == 0.45
    with pytest.raises(ModelError, match="there is no file"):
        Workspace(first).load("talks")


def test_a_copy_that_stands_for_a_loaded_model_leaves_it_its_modules(toy: Workspace, tmp_path: Path) -> None:
    model, package = toy.load("talks"), toy.package("talks")
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
    shutil.copytree(toy.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy", stands_for=package)
    assert copy.load("talks") is model
    shutil.rmtree(tmp_path / "copy")
    with pytest.raises(ModelError):
        copy.load("talks")
    assert before == {name: module for name, module in sys.modules.items() if name.partition(".")[0] == package}
    assert len(before) > 3


def test_a_copy_of_other_content_does_not_stand_for_a_loaded_model(toy: Workspace, tmp_path: Path) -> None:
    model, package = toy.load("talks"), toy.package("talks")
    shutil.copytree(toy.root, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy", stands_for=package)
    assert copy.load("talks") is model
    change(copy.folder / "mechanisms" / "leaks.py", "0.35", "0.45")
    assert copy.load("talks").assumptions["leaks.trust_lost"].default == 0.45
    assert toy.load("talks") is model
    assert sys.modules[f"{package}.talks"].MODEL is model


def test_an_unchanged_model_is_loaded_once(toy: Workspace) -> None:
    assert toy.load("talks") is Workspace(toy.root).load("talks")


def test_an_edit_of_the_same_length_and_time_is_noticed(toy: Workspace) -> None:
    before = toy.load("talks"), toy.sources_hash("talks")
    change(toy.folder / "mechanisms" / "leaks.py", "0.35", "0.45")
    after = toy.load("talks")
    assert after is not before[0]
    assert after.assumptions["leaks.trust_lost"].default == 0.45
    assert toy.sources_hash("talks") != before[1]


def test_an_edit_elsewhere_leaves_a_model_alone(toy: Workspace) -> None:
    before = toy.load("talks")
    change(toy.folder / "quiet.py", "Nothing happens", "Nothing at all")
    assert toy.load("talks") is before


def test_sources_are_exactly_the_files_that_the_import_touched(toy: Workspace) -> None:
    toy.load("quiet")
    assert list(toy.sources("talks")) == [
        "models/cadence.py",
        "models/mechanisms/leaks.py",
        "models/mechanisms/succession.py",
        "models/talks.py",
        "models/world.py",
    ]
    toy.load("talks")
    assert list(toy.sources("quiet")) == ["models/quiet.py", "models/world.py"]


def test_a_data_file_beside_a_module_that_was_used_counts_as_a_source(toy: Workspace) -> None:
    data = toy.folder / "mechanisms" / "tenure.csv"
    data.write_text("1,2\n")
    before = toy.load("talks")
    assert "models/mechanisms/tenure.csv" in toy.sources("talks")
    data.write_text("1,3\n")
    assert toy.load("talks") is not before


def test_the_same_sources_have_the_same_hash_in_another_folder(toy: Workspace, tmp_path: Path) -> None:
    shutil.copytree(toy.root, tmp_path / "elsewhere")
    assert Workspace(tmp_path / "elsewhere").sources_hash("talks") == toy.sources_hash("talks")


# Models that fail


def failure(workspace: Workspace, name: str) -> str:
    with pytest.raises(ModelError) as caught:
        workspace.load(name)
    return str(caught.value)


def test_an_unknown_model_is_answered_with_the_nearest_name(toy: Workspace) -> None:
    assert failure(toy, "talk") == (
        f'model "talk": there is no file models/talk.py in {toy.root}; it has quiet, talks; did you mean "talks"?'
    )


@pytest.mark.parametrize("name", ["../toy", "", "mechanisms", "a.b"])
def test_what_is_no_name_of_a_file_is_no_model(toy: Workspace, name: str) -> None:
    assert failure(toy, name).startswith(f'model "{name}": there is no file')


def test_a_syntax_error_is_located(toy: Workspace) -> None:
    change(toy.folder / "mechanisms" / "leaks.py", "def speed(s, p):", "def speed(s, p)!")
    line = 1 + (toy.folder / "mechanisms" / "leaks.py").read_text().split("\n").index("def speed(s, p)!")
    assert failure(toy, "talks") == f"models/mechanisms/leaks.py, line {line}: SyntaxError: expected ':'"


def test_an_exception_in_a_mechanism_is_located_in_its_file(toy: Workspace) -> None:
    (toy.folder / "mechanisms" / "succession.py").write_text("x = 1\ny = x / 0\n")
    assert failure(toy, "talks") == ("models/mechanisms/succession.py, line 2: ZeroDivisionError: division by zero")


def test_a_wrong_declaration_is_located_too(toy: Workspace) -> None:
    change(toy.folder / "mechanisms" / "succession.py", 'over="sides"', 'over="parts"')
    assert failure(toy, "talks").startswith("models/talks.py, line ")
    assert failure(toy, "talks").endswith("over='parts' given, expected None, \"sides\" or Counted(...)")


def test_a_missing_import_is_told_without_the_private_name(toy: Workspace) -> None:
    change(toy.folder / "talks.py", "import LEAKS", "import LEEKS")
    assert failure(toy, "talks").startswith(
        "models/talks.py, line 6: ImportError: cannot import name 'LEEKS' from 'models.mechanisms.leaks'"
    )


def test_a_model_that_imports_from_a_module_that_moved_is_told_where_to_import_from(toy: Workspace) -> None:
    path = toy.folder / "talks.py"
    path.write_text(path.read_text().replace("from timeline import", "from timeline.observations import", 1))
    assert failure(toy, "talks").endswith(
        "No module named 'timeline.observations'; import it from the library's door, as in: from timeline import Clock"
    )


def test_a_model_that_exits_does_not_take_the_program_along(toy: Workspace) -> None:
    (toy.folder / "quiet.py").write_text("raise SystemExit(3)\nMODEL = 1\n")
    assert failure(toy, "quiet") == "models/quiet.py, line 1: SystemExit: 3"


def test_a_helper_is_no_model(toy: Workspace) -> None:
    assert failure(toy, "world") == (
        "models/world.py: sets no MODEL, so it is a helper and no model; expected MODEL = Model(...)"
    )


def test_a_model_must_be_a_model(toy: Workspace) -> None:
    (toy.folder / "quiet.py").write_text("MODEL = 1\n")
    assert failure(toy, "quiet") == "models/quiet.py: MODEL is of type int, expected a Model"


def test_a_model_is_named_as_its_file(toy: Workspace) -> None:
    change(toy.folder / "quiet.py", 'name="quiet"', 'name="queit"')
    assert failure(toy, "quiet") == 'models/quiet.py: the model is named "queit", expected "quiet", as its file'


def test_a_repaired_model_loads_and_leaves_nothing_of_the_failure(toy: Workspace) -> None:
    change(toy.folder / "talks.py", "import LEAKS", "import LEEKS")
    failure(toy, "talks")
    change(toy.folder / "talks.py", "import LEEKS", "import LEAKS")
    assert toy.load("talks").name == "talks"


# Making


def test_init_copies_models_and_configs_of_the_repository(tmp_path: Path) -> None:
    made = create(tmp_path / "peace")
    assert made == find(tmp_path / "peace")
    shipped = Path(module.__file__).parents[1]
    for path in (shipped / "models").rglob("*.py"):
        assert (made.root / path.relative_to(shipped)).read_bytes() == path.read_bytes()
    assert not list(made.root.rglob("__pycache__"))
    assert (made.results / "README.md").read_text().startswith("# Results")


def test_init_takes_the_data_of_an_installed_wheel_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(TOY, tmp_path / "timeline" / "_workspace")
    monkeypatch.setattr(module, "__file__", str(tmp_path / "timeline" / "workspace.py"))
    made = create(tmp_path / "peace")
    assert made.models() == ["quiet", "talks"]
    assert made.load("talks").title == "Talks that a leak ends"
    assert sorted(path.name for path in made.root.iterdir()) == ["configs", "models", "results"]


def test_init_keeps_what_is_not_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    create(tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_init_names_what_is_in_the_way_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "configs").mkdir()
    with pytest.raises(ConfigError) as caught:
        create(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: already contains configs, expected a folder without; give another folder, nothing was written"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["configs"]


def test_init_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "peace").write_text("")
    with pytest.raises(ConfigError, match="given a file, expected a folder, or a name for a new one"):
        create(tmp_path / "peace")


def test_a_helper_that_is_imported_without_a_dot_is_told_how_it_is_imported(toy: Workspace) -> None:
    (toy.folder / "helper2.py").write_text("TWO = 2\n")
    change(toy.folder / "quiet.py", "from .world import Outcome", "import helper2")
    assert failure(toy, "quiet") == (
        "models/quiet.py, line 5: ModuleNotFoundError: No module named 'helper2'; it lies beside the model, so write: "
        "from . import helper2"
    )
    change(toy.folder / "quiet.py", "import helper2", "import helper3")
    assert failure(toy, "quiet") == "models/quiet.py, line 5: ModuleNotFoundError: No module named 'helper3'"


def test_a_model_that_imports_from_where_declarations_once_lay_still_loads(toy: Workspace) -> None:
    (toy.folder / "quiet.py").write_text(
        "from timeline.endpoints import Endpoints\nfrom timeline.laws import fixed\n"
        "from timeline.model import Model\nfrom timeline.records import Field, Record\n"
        "from timeline.units import YEAR\nfrom .world import Outcome\n"
        "class State(Record):\n    day = Field(0.0, 'days')\n    outcome = Field(Outcome.OPEN, 'how it ended')\n"
        'MODEL = Model(name="quiet", title="Old", state=State, mechanisms=(), open=Outcome.OPEN)\n'
    )
    assert toy.load("quiet").title == "Old"
