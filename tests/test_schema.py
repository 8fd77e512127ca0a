"""The JSON Schema of a model's configs: it takes what the program takes, and marks what the program refuses."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_docs_config import RECIPES, together

from timeline.cli import main
from timeline.cli import timeline as command_line
from timeline.config.editor_schema import MADE_BY
from timeline.config.keys import MEANING
from timeline.config.load import load
from timeline.config.reference import EXAMPLES
from timeline.errors import ConfigError
from timeline.front.schemas import schema_of, write_schema
from timeline.front.workspaces import create, open_workspace
from timeline.model.declarations import levers_in_use
from timeline.model.units import parse_quantity, parse_unit, text_pattern

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "configs").rglob("*.toml"))
MODELS = open_workspace(ROOT).models()

#: A config of the backchannel; what is planted goes where its marks are.
SOUND = """\
model = "backchannel"
horizon = "15 years"
replications = 100
seed = 1
{top}
[parameters]
{parameters}
[cadences.silence]
[cadences.monthly]
{cadence}
"""

#: What no program and no editor may let pass: where it goes, what it is, and the key at which it is told.
PLANTED = {
    "an unknown key": ("top", "horizn = 3", ""),
    "a duration without a unit": ("top", 'without = []\n[analysis]\nfollow_up = "10"', "analysis.follow_up"),
    "a number where a text belongs": ("top", "baseline = 3", "baseline"),
    "an unknown mechanism": ("top", 'without = ["rumors"]', "without.0"),
    "an unknown clock": ("top", 'inject = [{ clock = "leaks", day = "3 days" }]', "inject.0.clock"),
    "luck beyond 1": ("top", 'inject = [{ clock = "leak", day = "3 days", luck = [1.5] }]', "inject.0.luck.0"),
    "a day after no milestone": ("top", 'inject = [{ clock = "leak", day = "3 days after tea" }]', "inject.0.day"),
    "an unknown measure": ("top", '[selection]\nmeasure = "in forse"\nindifference = "1 point"', "selection.measure"),
    "a missing key": ("top", '[selection]\nmeasure = "in force"', "selection"),
    "a word that is no choice": ("top", '[precision]\nhalf_width = 0.1\nof = "contrast"', "precision.of"),
    "an unknown parameter": ("parameters", "leaks.per_insder = 0.1", "parameters.leaks"),
    "a share above 1": ("parameters", "leaks.trust_lost = 1.4", "parameters.leaks.trust_lost"),
    "a rate in another unit": ("parameters", 'leaks.per_insider = "3 days"', "parameters.leaks.per_insider"),
    "a member of an enumeration that is none": ("parameters", 'a.regime = "republic"', "parameters.a.regime"),
    "a flag in quotes": ("parameters", 'steps.channel = "no"', "parameters.steps.channel"),
    "an unknown lever": ("cadence", "keeps = 0.1", "cadences.monthly"),
    "a lever below its least": ("cadence", "claim = 0.5", "cadences.monthly.claim"),
    "an unknown occasion": ("cadence", 'rules = [{ on = "leaks" }]', "cadences.monthly.rules.0.on"),
    "too many rules": ("cadence", f"rules = [{', '.join(['{ every = 30 }'] * 5)}]", "cadences.monthly.rules"),
    "an unknown field of the state": ("cadence", "[start]\na.presure = 0.2", "start.a"),
    "a law of a clock that takes none": ("cadence", '[laws.leak]\nlaw = "weibull"', "laws"),
    "a grid of words": ("cadence", '[grid]\na.pressure = ["low", 0.3]', "grid.a.pressure.0"),
    "a sweep of an unknown lever": (
        "cadence", '[sweep]\nmeasure = "in force"\n[sweep.keys]\n"cadences.monthly.keeps" = [0, 1]', "sweep.keys"
    ),
    "a prior of a law that is none": (
        "cadence", '[uncertainty.laws]\na.power = { low = 0, high = 1, law = "flat" }', "uncertainty.laws.a.power.law"
    ),
}  # fmt: skip


@cache
def schema(model: str) -> Any:
    return json.loads(schema_of(model, open_workspace(ROOT)))


def plain(value: Any) -> Any:
    """Return what TOML has read as JSON has it: dates as text, as editors take them."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def marked(text: str) -> list[str]:
    """Return the key paths that an independent validator marks in a config."""
    validators = pytest.importorskip("jsonschema", reason="jsonschema is not installed: no schema is tried")
    raw = plain(tomllib.loads(text))
    found = validators.Draft7Validator(schema(raw["model"])).iter_errors(raw)
    return [".".join(map(str, error.absolute_path)) for error in found]


def planted(where: str, text: str) -> str:
    return SOUND.format(**{"top": "", "parameters": "", "cadence": "", where: text})


@pytest.fixture
def tombi(tmp_path: Path) -> Callable[[str], subprocess.CompletedProcess[str]]:
    """Lint a config by tombi, as an editor does, with the schema of the backchannel beside it."""
    program = shutil.which("tombi") or shutil.which("tombi", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("tombi is not installed: no config is tried as an editor does")
    (tmp_path / "schemas").mkdir()
    for name in MODELS:
        (tmp_path / "schemas" / f"{name}.json").write_text(schema_of(name, open_workspace(ROOT)), encoding="utf-8")
    (tmp_path / "configs").mkdir()

    def linted(text: str) -> subprocess.CompletedProcess[str]:
        config = tmp_path / "configs" / "asked.toml"
        config.write_text(text, encoding="utf-8")
        words = [program, "lint", "--offline", str(config)]
        return subprocess.run(words, capture_output=True, text=True, check=False, cwd=tmp_path)

    return linted


@pytest.mark.parametrize("model", MODELS)
def test_the_schema_of_every_model_is_one_of_draft_7(model: str) -> None:
    validators = pytest.importorskip("jsonschema", reason="jsonschema is not installed: no schema is tried")
    validators.Draft7Validator.check_schema(schema(model))


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_is_valid_and_names_its_schema_on_its_first_line(config: Path) -> None:
    text = config.read_text("utf-8")
    assert marked(text) == []
    first = text.partition("\n")[0]
    assert first == f"#:schema ../schemas/{tomllib.loads(text)['model']}.json"


@pytest.mark.parametrize("example", [*EXAMPLES, *RECIPES])
def test_every_example_of_the_pages_is_valid(example: str) -> None:
    assert marked(together({**EXAMPLES, **RECIPES}[example])) == []


@pytest.mark.parametrize("what", PLANTED)
def test_what_the_program_refuses_one_by_one_the_schema_marks_at_the_same_key(what: str, tmp_path: Path) -> None:
    where, text, path = PLANTED[what]
    written = planted(where, text)
    (tmp_path / "models").symlink_to(ROOT / "models")
    (tmp_path / "asked.toml").write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError):
        load(tmp_path / "asked.toml")
    assert marked(written) == [path]


def test_a_config_without_anything_planted_is_sound(tmp_path: Path) -> None:
    assert marked(planted("top", "")) == []


def test_an_editor_marks_what_is_planted_and_nothing_else(tombi: Callable[[str], Any]) -> None:
    head = "#:schema ../schemas/backchannel.json\n"
    assert (sound := tombi(head + planted("top", "starts = 1993-01-20"))).returncode == 0, sound.stderr
    for what, (where, text, _) in PLANTED.items():
        assert tombi(head + planted(where, text)).returncode == 1, what


@pytest.mark.slow
@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_an_editor_takes_every_shipped_config(config: Path, tombi: Callable[[str], Any]) -> None:
    found = tombi(config.read_text("utf-8"))
    assert found.returncode == 0, found.stderr
    assert "schema file not found" not in found.stderr


@pytest.mark.parametrize("model", MODELS)
def test_the_schema_knows_every_parameter_lever_clock_and_mechanism_with_its_words(model: str) -> None:
    declared, found = open_workspace(ROOT).load(model), schema(model)
    for path, parameter in declared.assumptions.items():
        at = found["definitions"]["parameters"]
        for step in path.split("."):
            at = at["properties"][step]
        assert parameter.source.rstrip(".").lower() in at["description"].lower(), path
        assert "default" in at
    cadence = found["properties"]["cadences"]["additionalProperties"]
    for path, lever in levers_in_use(declared):
        at = cadence
        for step in path.removeprefix("cadence.").split("."):
            at = at["properties"][step.removesuffix("[]")]
            at = at["items"] if step.endswith("[]") else at
        assert lever.meaning.rstrip(".").lower() in at["description"].lower(), path
    clocks = found["properties"]["inject"]["items"]["properties"]["clock"]["enum"]
    assert clocks == [member.name for member in declared.members]
    assert found["properties"]["without"]["items"]["enum"] == [mechanism.name for mechanism in declared.mechanisms]


def test_every_key_of_the_language_is_in_the_schema_with_what_it_is_for() -> None:
    for path, meaning in MEANING.items():
        at = schema("backchannel")
        for step in path.replace("[]", ".[]").split("."):
            at = at["definitions"][at["$ref"].rpartition("/")[2]] if "$ref" in at else at
            at = at["additionalProperties"] if step == "*" else at["items"] if step == "[]" else at["properties"][step]
            if path == "laws.*":
                break
        words = meaning.partition("; see [")[0]
        assert path.startswith("laws") or at["description"].startswith(words), path


@pytest.mark.parametrize("unit", ["days", "1/insider/year", "per year", "share", "ratio", "count", "number"])
def test_what_a_pattern_of_a_unit_matches_is_read(unit: str) -> None:
    texts = ["3 days", "1.5 months", "1year", "2 per year", "5e-3 per insider per year", "5e-3/insider/day", "40%",
             "0.4", ".5", "-3", "2 per day per insider", "3 insiders", "", "days", "4 shares", "1e3 weeks"]  # fmt: skip
    matched = [text for text in texts if re.fullmatch(text_pattern(parse_unit(unit)), text)]
    assert matched
    for text in matched:
        parse_quantity(text, parse_unit(unit))


def test_a_schema_is_printed_for_a_model_and_for_the_model_of_a_config(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    asked = ["ceasefire", "configs/ceasefire/monitors.toml"]
    said = [CliRunner().invoke(command_line, ["schema", word]).output for word in asked]
    assert said[0] == said[1]
    assert json.loads(said[0])["properties"]["model"]["enum"] == ["ceasefire"]


def test_a_new_workspace_has_a_schema_for_every_model_where_its_configs_look_for_it(tmp_path: Path) -> None:
    workspace = create(tmp_path / "peace")
    for config in workspace.configs():
        named = config.read_text("utf-8").partition("\n")[0].removeprefix("#:schema ")
        assert json.loads((config.parent / named).read_text("utf-8"))["$comment"] == MADE_BY


def test_schemas_are_written_anew_for_models_that_have_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "tests" / "toy", tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    done = CliRunner().invoke(command_line, ["schema"])
    assert done.output == "Wrote the schemas of quiet, talks into configs/schemas.\n"
    source = tmp_path / "toy" / "models" / "mechanisms" / "leaks.py"
    for path in (tmp_path / "toy" / "models").rglob("*.py"):
        path.write_text(path.read_text("utf-8").replace("per_insider", "each_insider"), encoding="utf-8")
    assert "each_insider" in source.read_text("utf-8")
    assert CliRunner().invoke(command_line, ["schema"]).exit_code == 0
    assert "each_insider" in (tmp_path / "toy" / "configs" / "schemas" / "talks.json").read_text("utf-8")


def test_a_file_that_is_no_schema_of_ours_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "own.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.json: is there already, and is no schema of `timeline schema`"):
        write_schema(tmp_path / "own.json", "{}")
    assert (tmp_path / "own.json").read_text("utf-8") == "{}"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nope"], 'model "nope": there is no file models/nope.py'),
        (["nope.toml"], "nope.toml: there is no such file"),
        (["--out", "x.json"], "--out was given without MODEL"),
        (["{tmp}/models/x.toml"], "x.toml: model: not given, expected the name of a model"),
    ],
)
def test_what_has_no_schema_is_said_in_a_sentence(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "x.toml").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["schema", *(word.format(tmp=tmp_path) for word in words)])
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
