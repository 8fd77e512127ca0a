"""What is wrong with a config is said with the line it stands on."""

import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from timeline.config.load import load
from timeline.config.places import lines_of_keys
from timeline.errors import ConfigError

HERE = Path(__file__).parent
SHIPPED = sorted((HERE.parent / "configs").rglob("*.toml"))

HEAD = """\
model = "talks"
horizon = "15 years"
replications = 10
seed = 1
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(HERE / "toy", tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    return Path("configs/x.toml")


def problems(config: Path, text: str, *overrides: str) -> list[str]:
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(config, overrides)
    return list(caught.value.problems)


def paths(value: Any, path: str = "") -> Iterator[str]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, inside in value.items():
            yield from paths(inside, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from paths(inside, f"{path}[{number}]")


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_key_of_every_shipped_config_has_a_line(file: Path) -> None:
    text = file.read_text("utf-8")
    assert set(lines_of_keys(text)) == set(paths(tomllib.loads(text)))


def test_lines_are_those_of_dotted_quoted_and_repeated_names() -> None:
    text = '''\
# a comment
a.b."c.d" = [ # another
  1,

  { x = 1, y.z = [2] },
]
[s.'h k'] # a table
q = """
two lines
"""
[[t.inject]]
clock = "a"
[[t.inject]]
day = 1995-11-04
[t.inject.more]
x = 1
[s]
"\\u0061" = 2
'''
    assert lines_of_keys(text) == {
        "a": 2, "a.b": 2, "a.b.c.d": 2, "a.b.c.d[0]": 3, "a.b.c.d[1]": 5, "a.b.c.d[1].x": 5, "a.b.c.d[1].y": 5,
        "a.b.c.d[1].y.z": 5, "a.b.c.d[1].y.z[0]": 5,
        "s": 17, "s.h k": 7, "s.h k.q": 8, "s.a": 18,
        "t": 11, "t.inject": 11, "t.inject[0]": 11, "t.inject[0].clock": 12,
        "t.inject[1]": 13, "t.inject[1].day": 14, "t.inject[1].more": 15, "t.inject[1].more.x": 16,
    }  # fmt: skip


def test_windows_line_ends_count_as_one_line() -> None:
    assert lines_of_keys("a = 1\r\n\r\nb = 2\r\n") == {"a": 1, "b": 3}


def test_a_file_with_a_byte_order_mark_has_lines_too(config: Path) -> None:
    assert problems(config, f"\ufeff{HEAD}[cadences.x]\nkeep = 2\n") == [
        "configs/x.toml, line 6: cadences.x.keep: given 2, expected a share, between 0 and 1"
    ]


def test_every_problem_says_file_line_and_key_and_all_come_in_the_order_of_the_file(config: Path) -> None:
    text = (
        HEAD.replace("seed = 1", "seed = -1")
        + '[cadences.x]\nrules = [\n  { every = "1 hour" },\n]\n'
        + "[scenarios.hawks.parameters]\nleaks.per_insidr = 5\n"
        + '[[inject]]\nclock = "talk"\n'
        + "[grid]\nleaks.trust_lost = [0.1, 1.4]\n"
    )
    assert [line.split(": given")[0].split(": not given")[0] for line in problems(config, text)] == [
        "configs/x.toml, line 4: seed",
        "configs/x.toml, line 7: cadences.x.rules[0].every",
        "configs/x.toml, line 10: scenarios.hawks.parameters.leaks.per_insidr",
        "configs/x.toml, line 11: inject[0].day",  # a key that is missing is told at its table
        "configs/x.toml, line 12: inject[0].clock",
        "configs/x.toml, line 14: grid.leaks.trust_lost[1]",
    ]


def test_what_a_file_lacks_at_its_top_has_no_line(config: Path) -> None:
    text = HEAD.replace("seed = 1\n", "") + "[cadences.x]\n"
    assert problems(config, text) == ["configs/x.toml: seed: not given, expected a whole number from 0 to 2**63 - 1"]


def test_what_has_no_line_is_told_first(config: Path) -> None:
    text = HEAD.replace("seed = 1\n", "") + "[cadences.x]\nkeep = 2\n"
    said = problems(config, text, "replications=0")
    assert [line.partition(": given")[0].partition(": not given")[0] for line in said] == [
        "--set replications",
        "configs/x.toml: seed",
        "configs/x.toml, line 5: cadences.x.keep",
    ]


def test_what_the_command_line_set_is_told_there_and_not_in_the_file(config: Path) -> None:
    text = HEAD + "[cadences.x]\nkeep = 0.5\n[grid]\nleaks.trust_lost = [0.1, 0.2]\n"
    assert problems(config, text, "cadences.x.keep=2", "grid.leaks.trust_lost=[0.1, 1.4]") == [
        "--set grid.leaks.trust_lost: given 1.4, expected a share, between 0 and 1",
        "--set cadences.x.keep: given 2, expected a share, between 0 and 1",
    ]


def test_a_warning_has_a_line_too(config: Path) -> None:
    config.write_text(HEAD + "[cadences.x]\n[parameters]\n\na.patience = '9 years'\n")
    assert load(config).warnings == (
        'configs/x.toml, line 8: parameters.a.patience: given "9 years", outside its plausible range 0.5 to 8 years',
    )


def test_a_study_without_a_file_has_no_lines(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"^study: seed: given -1"):
        load({"model": "talks", "horizon": "1 year", "replications": 1, "seed": -1, "cadences": {"x": {}}})
