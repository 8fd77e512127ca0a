"""The pages on the config language say what the program does: the schema made one, and every recipe is valid."""

import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from timeline.cli import timeline
from timeline.config.load import load
from timeline.config.reference import EXAMPLES, keys_of_the_page, reference
from timeline.study.experiment import Experiment

ROOT = Path(__file__).parents[1]
COOKBOOK = (ROOT / "docs" / "cookbook.md").read_text("utf-8")


def blocks(page: str) -> dict[str, str]:
    """Return {heading: TOML} of a page; the TOML before the first heading has none."""
    found = {}
    for part in re.split(r"^## ", f"\n{page}", flags=re.MULTILINE):
        for block in re.findall(r"```toml\n(.*?)```", part, re.DOTALL):
            found[part.partition("\n")[0] if found else ""] = block
    return found


RECIPES = blocks(COOKBOOK)
BASE = RECIPES.pop("")


def together(block: str) -> str:
    """Return a recipe put into the base config as the cookbook says."""
    if re.search(r"^model\s*=", block, re.MULTILINE):
        return block
    first = re.search(r"^\[|\Z", block, re.MULTILINE)
    assert first is not None
    return f"{block[: first.start()]}\n{BASE}\n{block[first.start() :]}"


def read(tmp_path: Path, text: str) -> Experiment:
    """Read a config in the repository's workspace."""
    (tmp_path / "models").symlink_to(ROOT / "models")
    path = tmp_path / "recipe.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_the_reference_is_the_page_that_the_schema_makes() -> None:
    assert (ROOT / "docs" / "config.md").read_text("utf-8") == reference(), (
        "timeline describe --config > docs/config.md"
    )


def test_the_command_prints_the_reference() -> None:
    done = CliRunner().invoke(timeline, ["describe", "--config"])
    assert (done.exit_code, done.output) == (0, reference())


def test_a_model_and_the_language_are_not_described_at_once() -> None:
    assert CliRunner().invoke(timeline, ["describe", "backchannel", "--config"]).exit_code == 2


def test_the_page_names_every_table_and_key_of_the_schema() -> None:
    page = reference()
    sections = {part.partition("\n")[0]: part for part in page.split("\n## ")}
    for path in keys_of_the_page():
        table, dot, key = path.rpartition(".")
        titled = [part for title, part in sections.items() if re.search(rf"\[{table or path}[.\]]", title)]
        if dot:
            assert any(f"| `{key}` |" in part for part in titled), path
        else:
            assert titled or f"| `{path}` |" in sections["The top of the file"], path


@pytest.mark.parametrize("table", EXAMPLES)
def test_every_example_of_the_reference_loads(tmp_path: Path, table: str) -> None:
    found = read(tmp_path, together(EXAMPLES[table]))
    assert found.model_name == "backchannel"
    if table:
        assert table in tomllib.loads(EXAMPLES[table])


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_is_a_valid_config_without_a_warning(tmp_path: Path, recipe: str) -> None:
    assert read(tmp_path, together(RECIPES[recipe])).warnings == ()


def test_the_cookbook_has_at_least_fifteen_recipes_and_no_two_alike() -> None:
    assert len(RECIPES) >= 15
    texts = [together(block) for block in RECIPES.values()]
    assert len(set(texts)) == len(texts)


def test_both_pages_are_named_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "docs/config.md" in readme
    assert "docs/cookbook.md" in readme
