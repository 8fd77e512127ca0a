"""A config is understood completely, or refused with every problem at once."""

import gc
import json
import math
import re
import shutil
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from timeline.config.load import load
from timeline.config.schema import TABLES, TOP, File
from timeline.errors import ConfigError, ModelError, nearest
from timeline.model.records import Array, Field, Lever, Record, blank, fill, resolve
from timeline.model.units import YEAR
from timeline.model.values import in_unit, read_value, spelled
from timeline.study.experiment import Experiment
from timeline.study.resolved import ResolvedConfig

TOY = Path(__file__).parent / "toy"

HEAD = """\
model = "talks"
horizon = "15 years"
replications = 10
seed = 1
"""
CADENCE = "[cadences.silence]\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a path for a config in a copy of the toy workspace, which is the working directory."""
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    return Path("configs/x.toml")


def read(config: Path, text: str, *overrides: str) -> Experiment:
    config.write_text(text, encoding="utf-8")
    return load(config, overrides)


def problems(config: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(config, text, *overrides)
    return [without_place(line, config) for line in caught.value.problems]


def without_place(line: str, config: Path) -> str:
    return re.sub(rf"^{re.escape(str(config))}(, line \d+)?: ", "", line)


# What is understood


def test_the_toy_config_is_understood() -> None:
    found = load(TOY / "configs" / "talks.toml")
    assert (found.name, found.title, found.model_name) == ("talks", "Does telling more help?", "talks")
    assert (found.horizon, found.replications, found.seed) == (6 * YEAR, 200, 7)
    assert found.sides == {"a": "Israel", "b": "PLO"}
    assert list(found.cadences) == ["silence", "quarterly"]
    assert list(found.scenarios) == ["calm", "hawkish-press"]


def test_parameters_are_given_in_days_to_the_code(config: Path) -> None:
    world = read(config, HEAD + CADENCE + "[parameters]\na.patience = '18 months'\nb.patience = 3\n").world
    assert world["a.patience"] == 1.5 * YEAR
    assert world["b.patience"] == 3 * YEAR
    assert world["leaks.per_insider"] == 2.45e-4 / YEAR


@pytest.mark.parametrize("text", ["b.regime = 'armed movement'", "[parameters.b]\nregime = 'armed_movement'"])
def test_enumerations_are_written_with_spaces_or_underscores_in_nested_or_dotted_keys(config: Path, text: str) -> None:
    world = read(config, f"{HEAD}{CADENCE}[parameters]\n{text}").world
    assert (world["a.regime"], world["b.regime"]) == (0, 2)


def test_rules_are_lowered_into_the_fixed_array(config: Path) -> None:
    cadence = read(
        config,
        HEAD + "[cadences.x]\nabout = 'me'\nstarts = 'verified step'\n"
        "rules = [{every = '2 weeks', share = '60%'}, {on = 'leak'}]",
    ).cadences["x"]
    assert cadence.about == "me"
    assert cadence.values == {
        "cadence.rules[0].every": 14.0,
        "cadence.rules[0].on": 0,
        "cadence.rules[0].content": 0,
        "cadence.rules[0].share": 0.6,
        "cadence.rules[1].every": 0.0,
        "cadence.rules[1].on": 3,
        "cadence.rules[1].content": 0,
        "cadence.rules[1].share": 1.0,
        "cadence.keep": 0.0,
        "cadence.starts": 2,
        "cadence.pause": 3,
        "cadence.probe": False,
        "cadence.scandal": 0.0,
    }


def test_arms_are_scenarios_times_cadences_with_every_value() -> None:
    found = load(TOY / "configs" / "talks.toml")
    assert [arm.name for arm in found.arms] == [
        "calm/silence",
        "calm/quarterly",
        "hawkish-press/silence",
        "hawkish-press/quarterly",
    ]
    last = found.arms[-1]
    assert last.world_values["leaks.per_insider"] == pytest.approx(5e-3 / YEAR)
    assert last.lever_values == found.cadences["quarterly"].values
    filled = fill(blank(found.model.parameters), last.values)
    assert filled.cadence.rules[0].every == 90.0
    assert filled.leaks.insiders_at_start == 12


def test_without_scenarios_there_is_one_named_default(config: Path) -> None:
    assert [arm.name for arm in read(config, HEAD + CADENCE).arms] == ["default/silence"]


def test_the_first_cadence_is_the_baseline_unless_told(config: Path) -> None:
    two = "[cadences.loud]\n[cadences.silence]\n"
    assert read(config, HEAD + two).baseline == "loud"
    assert read(config, f"{HEAD}baseline = 'silence'\n{two}").baseline == "silence"


def test_a_model_without_levers_needs_no_cadence(config: Path) -> None:
    found = read(config, HEAD.replace("talks", "quiet"))
    assert [arm.name for arm in found.arms] == ["default/default"]
    assert found.arms[0].values == {}


def test_mechanisms_can_be_switched_off_for_all_or_for_one_scenario(config: Path) -> None:
    found = read(
        config,
        f"{HEAD}without = ['succession']\n{CADENCE}[scenarios.calm]\n[scenarios.tight]\nwithout = ['leaks']",
    )
    assert [arm.without for arm in found.arms] == [("succession",), ("leaks", "succession")]


@pytest.mark.parametrize(
    ("horizon", "follow_up", "rmst"),
    [
        ("30 years", 10 * YEAR, (YEAR, 5 * YEAR)),
        ("6 years", 4 * YEAR, (YEAR,)),
        ("90 days", 60.0, (60.0,)),
    ],
)
def test_the_follow_up_is_two_thirds_of_the_horizon_and_at_most_ten_years(
    config: Path, horizon: str, follow_up: float, rmst: tuple[float, ...]
) -> None:
    found = read(config, HEAD.replace("15 years", horizon) + CADENCE)
    assert (found.window.follow_up, found.window.rmst) == (pytest.approx(follow_up), pytest.approx(rmst))


def test_the_analysis_can_be_set(config: Path) -> None:
    found = read(config, f"{HEAD}{CADENCE}[analysis]\nfollow_up = '12 years'\nrmst = ['2 years', '12 years']")
    assert (found.window.follow_up, found.window.rmst) == (12 * YEAR, (2 * YEAR, 12 * YEAR))


def test_an_experiment_cannot_be_changed(config: Path) -> None:
    found = read(config, HEAD + CADENCE)
    with pytest.raises(FrozenInstanceError):
        found.seed = 2  # type: ignore[misc]


def test_a_file_with_a_byte_order_mark_and_windows_lines_is_read(config: Path) -> None:
    config.write_bytes(b"\xef\xbb\xbf" + (HEAD + CADENCE).replace("\n", "\r\n").encode())
    assert load(config).seed == 1


def test_the_resolved_config_is_json_and_names_no_folder(config: Path) -> None:
    found = read(config, f"{HEAD}{CADENCE}[scenarios.calm]\nparameters.a.patience = 1")
    text = json.dumps(ResolvedConfig.of(found).to_json(), allow_nan=False)
    assert str(config.parent.resolve()) not in text
    assert json.loads(text)["scenarios"]["calm"]["values"] == {"a.patience": YEAR}


def test_the_ledger_is_in_declared_units_and_marks_what_changed() -> None:
    rows = {row["path"]: row for row in load(TOY / "configs" / "talks.toml").ledger()}
    row = rows["leaks.per_insider"]
    assert row == {
        "path": "leaks.per_insider",
        "mechanism": "leaks",
        "value": 0.03,
        "default": 2.45e-4,
        "unit": "1/insider/year",
        "low": 4.1e-6,
        "high": 2.0e-2,
        "evidence": "literature",
        "source": "Grimes 2016",
        "meaning": "hazard that one insider talks",
        "changed": True,
        "scenarios": {"hawkish-press": 5e-3},
    }
    assert (rows["b.regime"]["value"], rows["b.regime"]["mechanism"]) == ("armed movement", "sides")
    assert not rows["a.patience"]["changed"]


def test_an_implausible_value_only_warns(config: Path) -> None:
    found = read(config, HEAD + CADENCE + "[parameters]\na.patience = '9 years'\nleaks.trust_lost = 0.7\n")
    assert found.warnings == (
        'configs/x.toml, line 7: parameters.a.patience: given "9 years", outside its plausible range 0.5 to 8 years',
    )


def test_a_plausible_range_is_told_in_words(config: Path) -> None:
    found = read(config, HEAD + CADENCE + "[parameters]\nleaks.per_insider = '1 per insider per year'\n")
    assert found.warnings[0].endswith(" per insider per year")
    assert "1/insider" not in found.warnings[0]


def test_what_the_command_line_changed_is_kept_as_options(config: Path) -> None:
    config.write_text(HEAD + CADENCE)
    found = load(config, ["b.regime=autocracy", "horizon=9 years"], 5, 7)
    assert found.changes == ("--set", "b.regime=autocracy", "--set", "horizon=9 years", "--seed", "7")


# What is refused: the top level


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("titel = 'x'", 'titel: given "x", but there is no such key; expected one of '
         f'{", ".join(TOP)}; did you mean "title"?'),
        ("title = 3", "title: given 3, expected a text"),
        ("parameters = 3", "parameters: given 3, expected a table [parameters]"),
        ("scenarios = []", "scenarios: given an empty list, expected tables [scenarios.NAME]"),
        ("scenarios.x = 1", "scenarios.x: given 1, expected a table [scenarios.NAME]"),
        ("scenarios.x.about = 1", "scenarios.x.about: given 1, expected a text"),
        ("scenarios.x.leaks.per_insider = 1", "scenarios.x.leaks: given a table, but there is no such key; "
         'expected one of about, parameters, without, inject, start; parameters go under "parameters.leaks"'),
        ("sides.a = ''", 'sides.a: given "", expected a name'),
        ("sides.c = 'C'", 'sides.c: given "C", but there is no such key; expected one of a, b'),
        ("sides.a = 'Side B'", 'sides: given "Side B" for both sides, expected two different names'),
        ("without = ['leeks']", 'without[0]: given "leeks", expected a mechanism of model "talks"; '
         'did you mean "leaks"?'),
        ("without = 'leaks'", 'without: given "leaks", expected a list of mechanisms to switch off'),
        ("without = [1]", "without[0]: given 1, expected the name of a mechanism"),
        ("baseline = 'slience'", 'baseline: given "slience", expected one of silence; did you mean "silence"?'),
        ("analysis.follow_up = '20 years'", 'analysis.follow_up: given "20 years", expected no more than the '
         'horizon, "15 years"'),
        ("analysis.rmst = []", 'analysis.rmst: given an empty list, expected a list of durations such as ["1 year", '
         '"5 years"]'),
        ("analysis.rmst = [5]", 'analysis.rmst[0]: given 5, expected a duration such as "5 years"'),
        ("analysis.rmst = ['20 years']", 'analysis.rmst[0]: given "20 years", expected no more than the horizon, '
         '"15 years"'),
        ("analysis.rmst = ['11 years']", 'analysis.rmst[0]: given "11 years", expected no more than the '
         "follow-up, 3652.5 days (analysis.follow_up)"),
        ("analysis.rmst = ['1 year', '12 months']", 'analysis.rmst[1]: given "12 months" twice, expected '
         "different durations"),
    ],
)  # fmt: skip
def test_a_wrong_line_at_the_top_is_one_problem(config: Path, line: str, message: str) -> None:
    assert problems(config, f"{HEAD}{line}\n{CADENCE}") == [message]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('model = "talks"', "", "model: not given, expected the name of a model"),
        ('"talks"', '"talk"', 'model: given "talk", expected one of quiet, talks in {models}; '
         'did you mean "talks"?'),
        ('"talks"', "1", "model: given 1, expected the name of a model"),
        ('"15 years"', "15", 'horizon: given 15, expected a duration such as "15 years"'),
        ('"15 years"', '"15"', 'horizon: given "15" without a unit, expected a duration such as "90 days"'),
        ('"15 years"', '"0 days"', 'horizon: given "0 days", expected more than 0 days'),
        ('"15 years"', '"15 parsecs"', 'horizon: given "15 parsecs", expected a duration such as "90 days"'),
        ("= 10", "= 0", "replications: given 0, expected a whole number from 1 to 2**32"),
        ("= 10", "= 1e3", "replications: given 1000.0, expected a whole number from 1 to 2**32"),
        ("= 10", "= true", "replications: given true, expected a whole number from 1 to 2**32"),
        ("seed = 1", "seed = -1", "seed: given -1, expected a whole number from 0 to 2**63 - 1"),
        ("seed = 1", f"seed = {2**63}", f"seed: given {2**63}, expected a whole number from 0 to 2**63 - 1"),
        ("seed = 1", f"seed = {10**30}", "seed: given a huge number, expected a whole number from 0 to 2**63 - 1"),
    ],
)  # fmt: skip
def test_what_every_config_needs_is_checked(config: Path, old: str, new: str, message: str) -> None:
    expected = message.format(models=Path("models").resolve())
    assert problems(config, HEAD.replace(old, new) + CADENCE) == [expected]


def test_a_config_of_a_model_with_levers_needs_a_cadence(config: Path) -> None:
    assert problems(config, HEAD) == ["cadences: none given, expected at least one table [cadences.NAME]"]


def test_a_cadence_for_a_model_without_levers_may_set_nothing(config: Path) -> None:
    assert problems(config, HEAD.replace("talks", "quiet") + "[cadences.x]\nkeep = 0.5") == [
        'cadences.x.keep: given 0.5, but model "quiet" has no levers; leave it out'
    ]


@pytest.mark.parametrize("table", ["cadences", "scenarios"])
@pytest.mark.parametrize("name", ["sil ence", "stille/lärm", "a.b", ""])
def test_names_must_be_usable_in_file_names(config: Path, table: str, name: str) -> None:
    assert problems(config, f'{HEAD}{CADENCE}[{table}."{name}"]') == [
        f'{table}.{name}: given the name "{name}", expected only letters, digits, "-" and "_": it names files'
    ]


def test_names_must_differ_by_more_than_capitals(config: Path) -> None:
    assert problems(config, f"{HEAD}{CADENCE}[cadences.Silence]") == [
        'cadences.Silence: given "Silence" beside "silence", expected names that differ by more than capitals'
    ]


def test_the_name_of_the_file_must_be_usable_too(config: Path) -> None:
    assert problems(config.with_name("my config.toml"), HEAD + CADENCE) == [
        'given the file name "my config", expected only letters, digits, "-" and "_": it names files'
    ]


# What is refused: parameters


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("leaks.per_insidr = 5", 'leaks.per_insidr: given 5, but model "talks" has no such parameter; '
         'did you mean "leaks.per_insider"?'),
        ("insiders_at_start = 5", 'insiders_at_start: given 5, but model "talks" has no such parameter; '
         'did you mean "leaks.insiders_at_start"?'),
        ("xyz = 5", 'xyz: given 5, but model "talks" has no such parameter; `timeline describe talks` lists them'),
        ("leaks = 5", 'leaks: given 5, expected a table of parameters, such as "leaks.per_insider"'),
        ("leaks = {}", "leaks: given an empty table, expected parameters in it; leave it out"),
        ("leaks.fatal = {}", "leaks.fatal: given a table, expected true or false"),
        ("leaks.fatal = 1", "leaks.fatal: given 1, expected true or false"),
        ("leaks.trust_lost = 1.4", "leaks.trust_lost: given 1.4, expected a share, between 0 and 1"),
        ("leaks.trust_lost = true", "leaks.trust_lost: given true, expected a share"),
        ("leaks.trust_lost = [1]", "leaks.trust_lost: given a list, expected a share"),
        ("leaks.trust_lost = nan", "leaks.trust_lost: given nan, expected a share, a finite number"),
        ("leaks.trust_lost = 1993-09-13", "leaks.trust_lost: given 1993-09-13, expected a share"),
        ("leaks.insiders_at_start = 2.5", "leaks.insiders_at_start: given 2.5, expected a whole number"),
        ("leaks.insiders_at_start = -2", "leaks.insiders_at_start: given -2, expected a count, 0 or more"),
        ("leaks.insiders_at_start = [2]", "leaks.insiders_at_start: given a list, expected a whole number"),
        ("leaks.per_insider = '5e-3 per year'", 'leaks.per_insider: given "5e-3 per year", expected a value in '
         '1/insider/year, such as "2 per insider per year"'),
        ("a.patience = '2 per year'", 'a.patience: given "2 per year", expected a duration such as "90 days"'),
        ("a.patience = '-2 years'", 'a.patience: given "-2 years", expected a duration such as "90 days", 0 or more'),
        ("a.regime = 'Democracy'", 'a.regime: given "Democracy", expected one of "democracy", "autocracy", '
         '"armed movement"; did you mean "democracy"?'),
        ("a.regime = 0", 'a.regime: given 0, expected one of "democracy", "autocracy", "armed movement"'),
        ("cadence.keep = 0.5", "cadence.keep: given 0.5, but this is a lever, expected it in a table "
         "[cadences.NAME]"),
        ('"a.patience" = 1\na.patience = 2', "a.patience: given twice, expected once"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["parameters", "scenarios.x.parameters"])
def test_a_wrong_parameter_is_one_problem(config: Path, where: str, line: str, message: str) -> None:
    assert problems(config, f"{HEAD}{CADENCE}[{where}]\n{line}") == [f"{where}.{message}"]


def test_what_is_impossible_together_is_told_where_it_was_said(config: Path) -> None:
    loud = "leaks.insiders_at_start = 40\nleaks.per_insider = 0.02\n"
    said = "leaks.insiders_at_start: together with such talkative insiders no talks last; lower one"
    assert problems(config, f"{HEAD}{CADENCE}[parameters]\n{loud}") == [f"parameters.{said}"]
    assert problems(config, f"{HEAD}{CADENCE}[scenarios.x.parameters]\n{loud}") == [f"scenarios.x.parameters.{said}"]


def test_a_check_of_the_model_that_fails_is_an_error_of_the_model(config: Path) -> None:
    path = Path("models/talks.py")
    path.write_text(path.read_text().replace("p.leaks.insiders_at_start > 30", "p.nothing"))
    with pytest.raises(ModelError, match='model "talks", check_parameters: fails with AttributeError: '):
        read(config, HEAD + CADENCE)


# What is refused: levers


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("shar = 1", "shar: given 1, but there is no such key; expected one of rules, keep, starts, pause, probe, "
         'scandal, about; did you mean "starts"?'),
        ("about = 1", "about: given 1, expected a text"),
        ("keep = '110%'", 'keep: given "110%", expected a share, between 0 and 1'),
        ("pause = 1.5", "pause: given 1.5, expected a whole number"),
        ("starts = 'acord'", 'starts: given "acord", expected one of "never", "accord", "verified step", "leak"; '
         'did you mean "accord"?'),
        ("rules = 1", "rules: given 1, expected a list of tables such as [{ every = ... }]"),
        ("rules = {every = 1}", "rules: given a table, expected a list of tables such as [{ every = ... }]"),
        ("rules = [1]", "rules[0]: given 1, expected a table such as { every = ... }"),
        ("rules = [{}, {}, {}]", "rules: given 3 tables, expected at most 2"),
        ("rules = [{}, {shar = 1}]", "rules[1].shar: given 1, but there is no such key; expected one of every, on, "
         'content, share; did you mean "share"?'),
        ("rules = [{every = 0.5}]", "rules[0].every: given 0.5, expected 1 day or more"),
        ("rules = [{every = '1 hour'}]", 'rules[0].every: given "1 hour", expected 1 day or more'),
        ("probe = true", 'probe: given true, but model "talks" has no mechanism "trial_balloons", which this lever '
         "needs; leave it out"),
    ],
)  # fmt: skip
def test_a_wrong_lever_is_one_problem(config: Path, line: str, message: str) -> None:
    assert problems(config, f"{HEAD}[cadences.y]\n{line}") == [f"cadences.y.{message}"]


def test_levers_that_contradict_each_other_are_told_at_their_cadence(config: Path) -> None:
    assert problems(config, HEAD + "[cadences.y]\nrules = [{every = 9, on = 'leak'}]") == [
        "cadences.y: rule 0 has both every and on, expected one of them"
    ]


def test_a_lever_may_be_given_its_default_where_its_mechanism_is_missing(config: Path) -> None:
    assert read(config, HEAD + "[cadences.y]\nprobe = false").cadences["y"].values["cadence.probe"] is False


def test_a_lever_whose_mechanism_is_switched_off_warns(config: Path) -> None:
    found = read(config, f"{HEAD}without = ['leaks']\n[cadences.y]\nscandal = 0.5")
    assert found.warnings == (
        'configs/x.toml, line 7: cadences.y.scandal: given 0.5, which does nothing where "leaks" is switched off '
        "(without)",
    )


# All at once, and files


def test_all_problems_of_a_file_come_at_once(config: Path) -> None:
    text = HEAD.replace("= 10", "= 0") + (
        "titel = 1\nbaseline = 'x'\n[parameters]\nleaks.fatal = 3\n[cadences.y]\nrules = [{evry = 1}]\nkeep = 2\n"
        "[scenarios.z]\nparameters.a.regime = 1\n"
    )
    assert [line.split(":")[0] for line in problems(config, text)] == [
        "replications",
        "titel",
        "baseline",
        "parameters.leaks.fatal",
        "cadences.y.rules[0].evry",
        "cadences.y.keep",
        "scenarios.z.parameters.a.regime",
    ]


def test_a_model_that_forgets_to_set_its_name_is_told_so(config: Path) -> None:
    Path("models/mine.py").write_text("model = 1\n")
    assert problems(config, HEAD.replace("talks", "mine") + CADENCE) == [
        "model: models/mine.py: sets no MODEL, so it is a helper and no model; expected MODEL = Model(...)",
    ]


def test_a_broken_model_is_one_problem_among_others(config: Path) -> None:
    Path("models/talks.py").write_text("MODEL = (\n")
    assert problems(config, HEAD.replace("= 10", "= 0") + CADENCE) == [
        "model: models/talks.py, line 1: SyntaxError: '(' was never closed",
        "replications: given 0, expected a whole number from 1 to 2**32",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a = 1\nb = ",
            "line 2, column 5: not valid TOML: Invalid value; correct this line, or what is left open before it",
        ),
        ("seed = 1\nseed = 2\n", "line 2, column 9: not valid TOML: this name is given twice; leave one of them out"),
        (
            "[cadences.x]\n[cadences.x]\n",
            "line 2, column 12: not valid TOML: this name is given twice; leave one of them out",
        ),
    ],
)
def test_a_toml_error_has_line_and_column(config: Path, text: str, message: str) -> None:
    assert problems(config, text) == [f"{config}, {message}"]


def test_an_empty_file_lacks_everything_at_once(config: Path) -> None:
    assert [line.partition(":")[0] for line in problems(config, "")] == [
        "model", "horizon", "replications", "seed", "cadences",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("aims.measures = []", 'given an empty list, expected a list of at least two measures, such as ["in force"'),
        ("aims.weights = [0.5]", 'expected a table with a weight for each aim that counts, such as { "in force" = 1'),
    ],
)
def test_aims_of_the_wrong_kind_are_answered_with_an_example(config: Path, line: str, said: str) -> None:
    (problem,) = problems(config, HEAD + line + "\n" + CADENCE)
    assert said in problem


def test_a_missing_file_is_answered_with_the_nearest_config(config: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load("configs/talk.toml")
    assert str(caught.value) == (
        'configs/talk.toml: there is no such file, expected a config; did you mean "configs/talks.toml"?'
    )


def test_a_folder_is_no_config(config: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load("configs")
    assert str(caught.value) == ('configs: given a folder, expected a config file such as "configs/talks.toml"')


def test_a_file_in_another_encoding_is_refused(config: Path) -> None:
    config.write_bytes("title = 'Ärger'".encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert str(caught.value) == ("configs/x.toml: byte 9 given, which is no UTF-8, expected a text file saved as UTF-8")


def test_a_config_outside_any_workspace_says_so(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(HEAD + CADENCE)
    with pytest.raises(ConfigError, match="given a path outside any workspace"):
        load(path)


@pytest.fixture
def no_garbage() -> Iterator[None]:
    """Have nothing left to finalise, and do not search for it: at the end of the stack a finaliser could not run."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_garbage")
def test_keys_nested_a_thousand_deep_are_refused_without_a_traceback(config: Path) -> None:
    assert problems(config, f"{HEAD}{CADENCE}[parameters]\n{'.'.join('a' * 2000)} = 1") == [
        "given tables nested too deeply, expected a flat TOML file"
    ]


@given(text=st.text(max_size=60) | st.binary(max_size=60))
def test_no_file_whatever_makes_a_traceback(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError):
        load(path)


# Changes from the command line


def test_set_replaces_what_the_file_says(config: Path) -> None:
    found = read(
        config,
        HEAD + "[cadences.q]\nrules = [{every = 9}]\n",
        "leaks.per_insider=5e-3 per insider per year",
        "parameters.leaks.trust_lost=0.5",
        "leaks.fatal=false",
        "b.regime=armed movement",
        "horizon=10 years",
        "title=What if?",
        "cadences.q.rules[0].every=30 days",
        'cadences.q.rules[0].content="agreed"',
        "cadences.q.keep=10%",
        "without=['succession']",
    )
    assert found.world["leaks.per_insider"] == pytest.approx(5e-3 / YEAR)
    assert (found.world["leaks.trust_lost"], found.world["leaks.fatal"], found.world["b.regime"]) == (
        0.5,
        False,
        2,
    )
    assert (found.horizon, found.title, found.without) == (10 * YEAR, "What if?", ("succession",))
    values = found.cadences["q"].values
    assert (values["cadence.rules[0].every"], values["cadence.rules[0].content"]) == (30.0, 1)
    assert values["cadence.keep"] == 0.1


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("seed", '--set seed: given no value, expected key=value, e.g. "seed=7"'),
        ("a b=1", '--set a b: given no key path, expected names with dots, e.g. "cadences.monthly.keep"'),
        ("seed=x", '--set seed: given "x", expected a whole number from 0 to 2**63 - 1'),
        ("sed=1", '--set sed: given 1, but model "talks" has no such parameter; did you mean "seed"?'),
        ("leaks.fatal=1", "--set leaks.fatal: given 1, expected true or false"),
        ("cadences.slience.keep=1", '--set cadences.slience.keep: given "slience", expected a cadence of the file; '
         'did you mean "silence"?'),
        ("scenarios.x.about=y", '--set scenarios.x.about: given "x", expected a scenario of the file'),
        ("cadences.silence.rules[0].every=1", "--set cadences.silence.rules[0].every: given [0], but "
         "cadences.silence.rules is not set; set it as a whole"),
        ("model[0]=1", "--set model[0]: given [0], but model is no list; expected an index that exists"),
        ("seed.x=1", '--set seed.x: given "x" below seed, expected a key: seed is set to 1'),
        ("cadences.silence.rules=[{shar=1}]", "--set cadences.silence.rules: given 1, but there is no such key; "
         'expected one of every, on, content, share; did you mean "share"?'),
    ],
)  # fmt: skip
def test_a_wrong_change_is_located_on_the_command_line(config: Path, override: str, message: str) -> None:
    assert problems(config, HEAD + CADENCE, override) == [message]


def test_a_key_can_be_set_only_once(config: Path) -> None:
    assert problems(config, HEAD + CADENCE, "leaks.fatal=true", "parameters.leaks.fatal=false") == [
        "--set parameters.leaks.fatal: given twice, expected once"
    ]


def test_a_warning_about_a_change_names_the_command_line(config: Path) -> None:
    assert read(config, HEAD + CADENCE, "leaks.trust_lost=0.9").warnings == (
        "--set leaks.trust_lost: given 0.9, outside its plausible range 0.05 to 0.7",
    )


def test_replications_and_seed_can_be_given_apart(config: Path) -> None:
    config.write_text(HEAD.replace("replications = 10\n", "") + CADENCE)
    found = load(config, replications=5, seed=9)
    assert (found.replications, found.seed) == (5, 9)
    with pytest.raises(ConfigError) as caught:
        load(config, replications=0)
    assert str(caught.value) == "--replications: given 0, expected a whole number from 1 to 2**32"


# Single values and filling


@given(st.just(0.0) | st.floats(1e-300, 1e6))  # below, what is left in days has fewer digits
def test_a_value_in_its_unit_comes_back_to_fifteen_digits(number: float) -> None:
    lever = Lever(0.0, unit="1/insider/year")
    assert math.isclose(float(in_unit(lever, read_value(lever, number))), number, rel_tol=1e-14)


def test_values_are_spelled_as_people_write_them() -> None:
    assert spelled(Lever(1.0, unit="1/insider/year"), 2 / YEAR) == "2 per insider per year"
    assert spelled(Lever(1.0, unit="days"), 1.0) == "1 day"
    assert spelled(Lever(False), True) == "true"


class Rung(Record):
    kept = Field(False)


class Ladder(Record):
    steps = Array(Rung, 3)
    pressure = Field(0.3)


def test_filling_sets_flat_paths() -> None:
    ladder = fill(blank(Ladder), {"steps[2].kept": True, "pressure": 0.5})
    assert [step.kept for step in ladder.steps] == [False, False, True]
    assert ladder.pressure == 0.5


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("presure", '"presure" names no field: there is no "presure"; did you mean "pressure"?'),
        ("steps[3].kept", '"steps[3].kept" names no field: "3" is no record of an array of 3'),
        ("steps.kept", '"steps.kept" names no field: "kept" is no record of an array of 3'),
        ("steps[0]", '"steps[0]" names a record, expected one of its fields'),
        ("steps", '"steps" names a record, expected one of its fields'),
        ("pressure.x", '"pressure.x" names no field: there is no "x"'),
    ],
)
def test_a_path_that_names_no_field_is_refused(path: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        resolve(blank(Ladder), path)
    assert str(caught.value) == message


def test_a_lever_with_a_wrong_unit_is_refused_when_declared() -> None:
    with pytest.raises(ModelError, match=r'Bad\.every: "fortnights per" is no unit'):

        class Bad(Record):
            every = Lever(1.0, unit="fortnights per")


def test_a_model_without_endpoints_is_warned_of_before_it_is_simulated(tmp_path: Path) -> None:
    """Of the toys "quiet" declares none: its rows can be saved, but nothing reported."""
    shutil.copytree(Path(__file__).parent / "toy" / "models", tmp_path / "models")
    config = tmp_path / "x.toml"
    head = 'model = "quiet"\nhorizon = "1 year"\nreplications = 1\nseed = 0\n[cadences.a]\n'
    config.write_text(head, encoding="utf-8")
    assert any("declares no endpoints" in warning for warning in load(config).warnings)


def slips(word: str) -> list[str]:
    left_out = [word[:i] + word[i + 1 :] for i in range(len(word))]
    swapped = [word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)]
    return [slip for slip in (*left_out, *swapped, word.upper()) if slip != word]


@pytest.mark.parametrize("table", [File, *TABLES.values()], ids=lambda table: table.__name__)
def test_every_slip_in_a_key_suggests_that_key(table: type[BaseModel]) -> None:
    keys = list(table.model_fields)
    for key in keys:
        for slip in slips(key) if len(key) > 2 else ():
            # Of keys that differ by a letter a slip may be nearer to the other.
            twins = [other for other in keys if key in (other, other + "s", other.removesuffix("s"))]
            assert slip in keys or nearest(slip, keys) in [f'; did you mean "{twin}"?' for twin in twins], slip


@pytest.mark.parametrize("key", ["sides", "scenarios", "cadences", "parameters", "analysis"])
def test_a_mistyped_table_suggests_its_name(config: Path, key: str) -> None:
    for slip in slips(key):
        (said,) = problems(config, f"{HEAD}{CADENCE}[{slip}]\n")
        assert said.endswith(f'did you mean "{key}"?')


def test_a_mistyped_flag_suggests_the_flag(config: Path) -> None:
    assert problems(config, HEAD + CADENCE, "leaks.fatal=ture") == [
        '--set leaks.fatal: given "ture", expected true or false; did you mean true?'
    ]


def test_an_index_below_a_mistyped_lever_suggests_the_lever(config: Path) -> None:
    assert problems(config, HEAD + "[cadences.x]\nrules = [{ every = 1 }]\n", "cadences.x.rulse[0].every=2") == [
        '--set cadences.x.rulse[0].every: given [0], but cadences.x.rulse is not set; did you mean "rules"?'
    ]
