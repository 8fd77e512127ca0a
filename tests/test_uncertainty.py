"""Configs that say what is not known: what is read, and every way in which it can be wrong."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from timeline.config.load import load
from timeline.errors import ConfigError
from timeline.study.keys import determinants, worlds_key
from timeline.study.resolved import Resolved
from timeline.study.uncertainty import Uncertainty

ROOT = Path(__file__).parents[1]
WHOLE = (ROOT / "configs" / "backchannel" / "cadence.toml").read_text("utf-8")
TEXT = re.sub(r"\[uncertainty\]\n(?:\w+ += .*\n)+", "", WHOLE)


def config(folder: Path, table: str) -> Path:
    """Write the main question with a table of its own."""
    if not (folder / "models").exists():
        (folder / "models").symlink_to(ROOT / "models")
    path = folder / "asked.toml"
    path.write_text(f"{TEXT}\n{table}", encoding="utf-8")
    return path


def asked(folder: Path, table: str) -> Uncertainty:
    found = load(config(folder, table)).uncertainty
    assert found is not None
    return found


def refused(folder: Path, table: str) -> str:
    with pytest.raises(ConfigError) as problem:
        load(config(folder, table))
    return str(problem.value)


def test_a_config_without_the_table_asks_nothing(tmp_path: Path) -> None:
    assert load(config(tmp_path, "")).uncertainty is None


def test_one_line_is_enough(tmp_path: Path) -> None:
    found = asked(tmp_path, "[uncertainty]\n")
    assert (found.worlds, found.replications, found.seed) == (1_000, 300, 1993)
    assert (found.source, found.directions, found.accept, found.keep) == ("declared", "essays", "reject", ())
    assert found.known == ("a.regime", "b.regime")


def test_the_record_is_a_set_of_bands_with_sources_and_moves_worlds(tmp_path: Path) -> None:
    found = asked(tmp_path, '[uncertainty]\nrecord = "agreements"\n')
    assert found.accept == "move"
    assert len(found.keep) == 13
    assert all(target.source for target in found.keep)
    first = found.keep[0]
    assert (first.title, first.at, first.low, first.high) == ("kept for 30 days", 30, 0.8731, 0.9809)


def test_bands_are_read_in_the_unit_of_their_measure(tmp_path: Path) -> None:
    found = asked(
        tmp_path,
        """
        [[uncertainty.keep]]
        measure = "survival since signature"
        at = "1 year"
        within = ["61%", 0.87]
        [[uncertainty.keep]]
        measure = "accord"
        within = [0.2, 0.6]
        [[uncertainty.keep]]
        measure = "carried out since signature"
        at = "2 years"
        within = [0.4, 0.6]
        [[uncertainty.keep]]
        measure = "violations after irregular exits"
        within = [2, 20]
        [[uncertainty.keep]]
        measure = "rmst 5 years"
        within = ["100 days", "2 years"]
        """,
    ).keep
    assert [(t.reading, t.low, t.high) for t in found] == [
        ("survival", 0.61, 0.87),
        ("accord", 0.2, 0.6),
        ("sampled", 0.4, 0.6),
        ("rate ratio", 2, 20),
        ("yardstick", 100, 730.5),
    ]
    assert found[0].title == "kept for 1 year"
    assert found[4].detail == ("rmst_in_force_1826",)


def test_laws_are_read_in_the_unit_of_the_assumption(tmp_path: Path) -> None:
    laws = asked(
        tmp_path,
        """
        [uncertainty.laws]
        steps.private = { low = 2, mode = 3, high = 5 }
        a.pressure = { p05 = 0.1, p95 = 0.6 }
        "leaks.per_insider" = { p05 = "1e-4 per insider per year", p95 = "1e-2 per insider per year" }
        b.regime = { law = "point", value = "autocracy" }
        spoilers.breakdown = { mean = 0.1, sd = 0.02, law = "normal" }
        accord.steps_needed = { low = 4, high = 6 }
        """,
    ).laws
    assert {path: law.law for path, law in laws.items()} == {
        "steps.private": "triangular",
        "a.pressure": "beta",
        "leaks.per_insider": "lognormal",
        "b.regime": "point",
        "spoilers.breakdown": "normal",
        "accord.steps_needed": "uniform",
    }
    assert np.exp(laws["leaks.per_insider"].numbers[0]) == pytest.approx(1e-3)
    assert laws["accord.steps_needed"].whole


def test_uncertainty_is_kept_in_the_resolved_form_and_moves_no_run(tmp_path: Path) -> None:
    plain, wide = load(config(tmp_path, "")), load(config(tmp_path, "[uncertainty]\nworlds = 64\n"))
    kept = Resolved.of(wide).config.to_json()["uncertainty"]
    assert Uncertainty.from_json(kept) == wide.uncertainty
    assert "uncertainty" not in Resolved.of(plain).config.to_json()
    assert determinants(plain).run == determinants(wide).run
    assert worlds_key(plain) != worlds_key(wide)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("worlds = 1", "expected a whole number from 2 to 1,000,000"),
        ("worlds = 2.5", "expected a whole number from 2"),
        ('from = "declred"', 'expected "declared" or a file of draws'),
        ('from = "none.csv"', "no such file, expected a table of draws"),
        ('directions = "fre"', 'expected "essays" or "free"; did you mean "free"?'),
        ('directions = { leeks = "free" }', 'no such mechanism; did you mean "leaks"?'),
        ('directions = { leaks = "both" }', 'given "both", expected "essays" or "free"'),
        ('accept = "move"', "without any band to accept worlds by"),
        ('accept = "mov"\nrecord = "agreements"', 'expected "reject", "move" or "weight"; did you mean "move"?'),
        ('record = "agrements"', 'given "agrements", expected one of agreements; did you mean "agreements"?'),
        ("wrlds = 3", 'there is no such key; expected one of from, worlds'),
        ("laws = 3", "expected a table with a law for each path"),
        ("keep = [{ measure = 'accord' }]", "keep[0]: given without within, or value and se, expected a band"),
        ("keep = [{ measure = 'accord', withn = [0, 1], within = [0, 1] }]", "expected one of measure, at, within"),
    ],
)  # fmt: skip
def test_a_wrong_key_of_the_table_is_refused_where_it_stands(tmp_path: Path, table: str, said: str) -> None:
    problem = refused(tmp_path, f"[uncertainty]\n{table}\n")
    assert said in problem
    assert "line 1" in problem.partition(": ")[0]


@pytest.mark.parametrize(
    ("law", "said"),
    [
        ("leaks.per_insidr = { low = 1, high = 2 }", 'no such parameter; did you mean "leaks.per_insider"?'),
        ("steps.private = 3", 'given 3, expected a law such as { p05 = ..., p95 = ..., law = "lognormal" }'),
        ("steps.private = { p05 = 3, p95 = 2 }", "given p05 = 3 and p95 = 2, expected the first to be less"),
        ("steps.private = { p05 = 3 }", "given 1 quantiles, expected of a lognormal law two quantiles such as p05"),
        ("steps.private = { p05 = 0, p95 = 2 }", "expected more than 0: a lognormal law knows nothing else"),
        ("steps.private = { p00 = 1, p95 = 2 }", "a quantile below which nothing lies"),
        ("steps.private = { low = 5, high = 2 }", "given low = 5, high = 2, expected them to rise"),
        ("steps.private = { low = 0, high = 2, law = 'loguniform' }", "expected more than 0: equal ratios never"),
        ("steps.private = { low = 1, high = 2, law = 'flat' }", "expected one of uniform, loguniform"),
        ("steps.private = { low = 1, high = 2, law = 'normal' }", "given low, high, expected of a normal law"),
        ("steps.private = { low = -1, high = 2 }", "given -1, expected a ratio, 0 or more"),
        ("a.pressure = { low = 0.1, high = 1.4 }", "given 1.4, expected"),
        ("a.pressure = { p05 = 0.1, p95 = 0.6, law = 'uniform' }", ""),
        ("a.pressure = { p25 = 0.1, p75 = 0.9, law = 'uniform' }", "expected it within what a"),
        ("a.pressure = { mean = 0.9, sd = 0.4, law = 'normal' }", "of its mass outside what a"),
        ("a.pressure = { mean = 0.9, sd = -1, law = 'normal' }", "given -1, expected a number above 0"),
        ("leaks.attention = { a = 2, b = 3, law = 'beta' }", "which lies between 0 and 1, for a hazard ratio"),
        ("b.regime = { low = 1, high = 2 }", 'a law for what is no number, expected { law = "point", value = ... }'),
        ("b.regime = { value = 'kingdom' }", 'given "kingdom", expected one of'),
    ],
)
def test_a_law_that_cannot_be_is_refused_where_it_stands(tmp_path: Path, law: str, said: str) -> None:
    if not said:
        assert asked(tmp_path, f"[uncertainty.laws]\n{law}\n").laws
        return
    problem = refused(tmp_path, f"[uncertainty.laws]\n{law}\n")
    assert said in problem
    assert f"asked.toml, line {len(TEXT.splitlines()) + 3}: uncertainty.laws." in problem


def test_a_law_of_what_nothing_reads_is_refused(tmp_path: Path) -> None:
    text = f'without = ["rumours"]\n{TEXT}\n[uncertainty.laws]\nrumours.starts = {{ low = 1, high = 2 }}\n'
    path = config(tmp_path, "")
    names = [name for name in load(path).model.assumptions if name.startswith("rumours.")]
    path.write_text(text.replace("rumours.starts", names[0]).replace("{ low = 1, high = 2 }", "{ value = 0.5 }"))
    with pytest.raises(ConfigError, match=r'mechanism "rumours" is switched off \(without\), so that nothing reads it'):
        load(path)


@pytest.mark.parametrize(
    ("correlations", "said"),
    [
        ('[{ of = ["a.pressure"], rank = 0.5 }]', "expected two different assumptions"),
        ('[{ of = ["a.pressure", "b.pressure"], rank = 1 }]', "expected a rank correlation between -1 and 1"),
        ('[{ of = ["a.presure", "b.pressure"], rank = 0.5 }]', 'no such parameter; did you mean "a.pressure"?'),
        ('[{ of = ["a.regime", "b.pressure"], rank = 0.5 }]', "which the config sets"),
        ('[{ of = ["steps.channel", "b.pressure"], rank = 0.5 }]', "which has no range"),
        (
            '[{ of = ["a.pressure", "b.pressure"], rank = 0.9 }, { of = ["b.pressure", "steps.private"], rank = 0.9 }, '
            '{ of = ["a.pressure", "steps.private"], rank = -0.9 }]',
            "not positive definite), expected weaker ones; all of them times 0.53 are possible",
        ),
    ],
)
def test_correlations_that_cannot_be_are_refused(tmp_path: Path, correlations: str, said: str) -> None:
    assert said in refused(tmp_path, f"[uncertainty]\ncorrelations = {correlations}\n")


@pytest.mark.parametrize(
    ("band", "said"),
    [
        ('measure = "survival since signature"\nwithin = [0, 1]', 'without "at", expected a time since signature'),
        ('measure = "survival since signature"\nat = "20 years"\nwithin = [0, 1]', "expected less than the horizon"),
        ('measure = "survival since signature"\nat = "soon"\nwithin = [0, 1]', 'expected a duration such as "90 days"'),
        (
            'measure = "carried out since signature"\nat = "7 months"\nwithin = [0, 1]',
            "expected a day it is sampled at",
        ),
        ('measure = "accord"\nat = "1 year"\nwithin = [0, 1]', 'given with "accord", expected it with'),
        ('measure = "acord"\nwithin = [0, 1]', 'did you mean "accord"?'),
        ('measure = "accord"\nwithin = [0.7, 0.2]', "expected the first to be less than the second"),
        ('measure = "accord"\nwithin = [0.2, 1.2]', "expected limits between 0 and 1"),
        ('measure = "accord"\nwithin = [0.2]', "given 1 limits, expected two"),
        ('measure = "accord"\nwithin = ["a lot", 1]', 'given "a lot", expected a share'),
        ('measure = "accord day median"\nwithin = ["1 day", "9 days"]', "a median, which no few timelines tell"),
        ('measure = "violations after irregular exits"\nwithin = [0, 3]', "expected limits above 0"),
    ],
)
def test_bands_that_cannot_be_are_refused(tmp_path: Path, band: str, said: str) -> None:
    assert said in refused(tmp_path, f"[[uncertainty.keep]]\n{band}\n")


# Tables of draws


def table(folder: Path, **columns: object) -> None:
    pl.DataFrame(columns).write_csv(folder / "posterior.csv")


GOOD = {"steps.private": np.linspace(2, 4, 20), "a.pressure": np.linspace(0.1, 0.5, 20)}
FROM = '[uncertainty]\nfrom = "posterior.csv"\n'


def test_a_table_of_draws_is_read_from_csv_and_parquet(tmp_path: Path) -> None:
    table(tmp_path, **GOOD, weight=np.arange(20))
    one = asked(tmp_path, FROM)
    assert len(one.draws) == 64
    pl.DataFrame(GOOD).write_parquet(tmp_path / "posterior.parquet")
    other = asked(tmp_path, FROM.replace("csv", "parquet"))
    assert one.draws != other.draws


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"steps.privat": np.ones(20)}, 'no such parameter; did you mean "steps.private"?'),
        ({"weight": np.ones(20)}, "has no column but weight"),
        ({"steps.private": [1.0, float("nan"), *[2.0] * 18]}, "row 2: steps.private: given"),
        ({"steps.private": ["many", *["2"] * 19]}, 'row 1: steps.private: given "many", expected a finite number'),
        ({"a.pressure": np.linspace(0.1, 1.5, 20)}, "row 20: a.pressure: given 1.5, expected"),
        ({**GOOD, "weight": -np.ones(20)}, "expected weights from 0 on"),
        ({"steps.private": [2.0, 3.0]}, "has 2 rows, expected at least 10 draws"),
    ],
)
def test_a_table_of_draws_that_cannot_be_is_refused(tmp_path: Path, columns: dict[str, object], said: str) -> None:
    table(tmp_path, **columns)
    assert said in refused(tmp_path, FROM)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "posterior.parquet").write_text("no table")
    assert "is no Parquet table that can be read" in refused(tmp_path, FROM.replace("csv", "parquet"))
    (tmp_path / "posterior.txt").write_text("no table")
    assert 'given a file that ends on ".txt"' in refused(tmp_path, FROM.replace("csv", "txt"))


def test_a_law_beside_a_column_of_draws_is_refused(tmp_path: Path) -> None:
    table(tmp_path, **GOOD)
    assert "given beside a table of draws that has this column" in refused(
        tmp_path, FROM + "laws.steps.private = { low = 1, high = 2 }\n"
    )


def test_the_whole_table_may_come_from_python() -> None:
    raw = tomllib.loads(TEXT) | {"uncertainty": {"worlds": 64}}
    found = load(raw, workspace=ROOT).uncertainty
    assert found is not None
    assert found.worlds == 64
