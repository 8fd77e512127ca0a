"""The figures from the record: their shape, what they say, and that the data give them."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner
from lifelines import AalenJohansenFitter

from timeline.analysis.life_table import LifeTable
from timeline.errors import ConfigError

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "models" / "record"
DATA = ROOT.parent / "shared" / "data"
with_data = pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the publishers' data are not in {DATA}; only the shipped figures are tested"
)


def load(name: str) -> ModuleType:
    """Load a module of models/record by path; models/ is never on sys.path."""
    spec = importlib.util.spec_from_file_location(f"_record_{name}", RECORD / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their own module up
    spec.loader.exec_module(module)
    return module


derive, tenure, gaps = load("derive"), load("leader_tenure"), load("step_gaps")
agreements, alliances = load("agreement_survival"), load("alliance_survival")
REGIMES = pytest.mark.parametrize("regime", [0, 1], ids=tenure.REGIMES)


def table(regime: int) -> LifeTable:
    hazards = tenure.HAZARDS[regime]
    return LifeTable(tenure.KNOTS, hazards, (0,) * len(hazards), (0.0,) * len(hazards), tenure.SPELLS[regime])


# What is shipped


@pytest.mark.parametrize("name", ["leader_tenure", "step_gaps", "agreement_survival", "alliance_survival"])
def test_a_shipped_module_is_a_docstring_and_plain_constants(name: str) -> None:
    docstring, *rest = ast.parse((RECORD / f"{name}.py").read_text(encoding="utf-8")).body
    assert isinstance(docstring, ast.Expr)
    for statement in rest:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)


@pytest.mark.parametrize(
    ("regime", "shares"),
    [(0, [0.726, 0.572, 0.390, 0.270, 0.125, 0.077]), (1, [0.668, 0.550, 0.431, 0.388, 0.271, 0.225])],
    ids=tenure.REGIMES,
)
def test_leaders_survive_in_office_as_kaplan_meier_found(regime: int, shares: list[float]) -> None:
    days = 365.25 * np.array([1, 2, 4, 5, 8, 10])
    np.testing.assert_allclose(table(regime).survival(days), shares, atol=0.01)


def test_the_leaders_are_those_of_the_record() -> None:
    assert tenure.SPELLS == (1156, 830)


def test_exits_go_as_the_record_says() -> None:
    expected = [[0.89, 0.06, 0.05, 0.0], [0.52, 0.36, 0.10, 0.03]]
    np.testing.assert_allclose(tenure.EXIT_SHARES, expected, atol=0.006)


@REGIMES
def test_an_exit_forced_from_abroad_counts_as_irregular(regime: int) -> None:
    shares = dict(zip(tenure.EXIT_KINDS, tenure.EXIT_SHARES[regime], strict=True))
    assert tenure.IRREGULAR_SHARE[regime] == pytest.approx(shares["irregular"] + shares["foreign"], abs=1e-6)


@REGIMES
def test_every_interval_has_a_hazard_and_a_share_of_irregular_exits(regime: int) -> None:
    assert len(tenure.HAZARDS[regime]) == len(tenure.KNOTS)
    assert len(tenure.IRREGULAR_SHARE_BY_TIME[regime]) == len(tenure.IRREGULAR_KNOTS)


@REGIMES
def test_the_ages_of_incumbents_are_quantiles_of_the_shipped_table(regime: int) -> None:
    ages = np.array(tenure.INCUMBENT_AGES[regime])
    steps = len(ages) - 1
    np.testing.assert_allclose(ages[:-1], table(regime).incumbent_age(np.arange(steps) / steps), rtol=1e-5)


@REGIMES
def test_interpolated_incumbents_are_as_old_on_average_as_the_table_says(regime: int) -> None:
    ages = np.array(tenure.INCUMBENT_AGES[regime])
    exact = table(regime).incumbent_age((np.arange(400_000) + 0.5) / 400_000).mean()
    assert (ages[1:] + ages[:-1]).mean() / 2 == pytest.approx(exact, rel=0.003)


@REGIMES
def test_a_leader_met_at_a_random_moment_stays_another_year_more_often_than_a_new_one(regime: int) -> None:
    ages = table(regime).incumbent_age((np.arange(10_000) + 0.5) / 10_000)
    another_year = (table(regime).survival(ages + 365.25) / table(regime).survival(ages)).mean()
    assert another_year > table(regime).survival(365.25) + 0.02


@with_data
def test_alliances_are_kept_as_lifelines_finds() -> None:
    table = pl.read_csv(DATA / "alliances_1815_1945.csv").filter(pl.col("secrecy") != "public")
    kinds = table["end"].replace_strict(
        {"violated": 1, "expired": 2, "renegotiated": 2, "in force": 0}, return_dtype=pl.Int64
    )
    fitter = AalenJohansenFitter(jitter_level=0, calculate_variance=False)
    found = fitter.fit(table["duration_years"].to_numpy(), kinds.to_numpy(), 1).cumulative_density_
    kept = [1 - found[found.index <= year].iloc[-1, 0] for year in alliances.YEARS]
    np.testing.assert_allclose(alliances.KEPT, kept, atol=5e-5)


def test_the_share_that_is_kept_lies_within_its_limits() -> None:
    assert all(low < kept < high for low, kept, high in zip(alliances.LOW, alliances.KEPT, alliances.HIGH, strict=True))


def test_the_gap_law_seen_through_the_window_gives_the_record_back() -> None:
    law = derive.GapLaw(gaps.SAME_DAY_SHARE, gaps.LOG_MEDIAN_DAYS, gaps.PACE_SD, gaps.GAP_SD)
    random = np.random.default_rng(1993)
    records = [derive.observe(law, gaps.PROCESSES, random) for _ in range(200)]
    quartiles = [0.25, 0.5, 0.75]
    pooled = [np.quantile(np.concatenate(record), quartiles) for record in records]
    medians = [np.quantile([np.median(each) for each in record], quartiles) for record in records]
    # Gaps are whole days, so short quartiles move by whole days.
    np.testing.assert_allclose(np.median(pooled, axis=0), [3, 24, 100], rtol=0.1, atol=1)
    # 59 processes say little of their medians: the real ones have to lie where the simulated ones do.
    low, high = np.quantile(medians, [0.01, 0.99], axis=0)
    assert np.all((low <= [16, 83, 317]) & (high >= [16, 83, 317]))


@pytest.mark.parametrize(
    ("years", "share", "low", "high"), [(1, 0.76, 0.61, 0.87), (2, 0.73, 0.56, 0.84), (5, 0.62, 0.46, 0.78)]
)
def test_agreements_survive_as_kaplan_meier_found(years: float, share: float, low: float, high: float) -> None:
    row = agreements.YEARS.index(years)
    assert agreements.SURVIVAL[row] == pytest.approx(share, abs=0.006)
    assert agreements.LOW[row] == pytest.approx(low, abs=0.03)  # resampled: the limits move by a few hundredths
    assert agreements.HIGH[row] == pytest.approx(high, abs=0.03)


# How it is made


def test_the_likelihood_of_unequal_processes_is_the_multivariate_normal_one(tmp_path: Path) -> None:
    from scipy.stats import multivariate_normal

    file = tmp_path / "gaps.csv"
    file.write_text("process,gap_days\n0,10\n0,20\n0,0\n1,300\n2,0\n", encoding="utf-8")
    law = derive.GapLaw(0.2, 3.0, 0.8, 1.3)
    by_hand = 2 * np.log(0.2) + 3 * np.log(0.8)
    for logs in (np.log([10, 20]), np.log([300])):
        covariance = 0.8**2 + 1.3**2 * np.eye(len(logs))
        by_hand += multivariate_normal.logpdf(logs, np.full(len(logs), 3.0), covariance)
    found = derive.log_likelihood(law, derive.GapRecord.read(file), window=None)
    assert found == pytest.approx(by_hand, rel=1e-12)


def test_the_fit_finds_a_known_law_again_from_records_seen_through_the_window(tmp_path: Path) -> None:
    law = derive.GapLaw(0.15, 4.5, 1.0, 1.2)
    shown = derive.observe(law, 900, np.random.default_rng(7))
    rows = [f"{process},{gap:g}" for process, each in enumerate(shown) for gap in each if each.sum() < 3652]
    file = tmp_path / "gaps.csv"
    file.write_text("process,gap_days\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = derive.fit_gaps(derive.GapRecord.read(file))
    assert found.same_day == pytest.approx(law.same_day, abs=0.02)
    assert found.log_median == pytest.approx(law.log_median, abs=0.12)
    assert found.pace_sd == pytest.approx(law.pace_sd, abs=0.08)
    assert found.gap_sd == pytest.approx(law.gap_sd, abs=0.05)


def test_gaps_that_do_not_fit_into_the_window_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "gaps.csv"
    file.write_text("process,gap_days\n0,4000\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"add up to 4000 days in one process, expected less than the 3652 days"):
        derive.GapRecord.read(file)


def test_a_folder_without_the_data_ends_with_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(derive.main, ["--data", str(tmp_path)])
    assert result.exit_code == 2
    assert "leader_spells.csv: no such file" in result.output


@with_data
def test_the_shipped_modules_are_what_the_data_give() -> None:
    derived = derive.derive(DATA)
    assert set(derived) == {
        "leader_tenure.py", "step_gaps.py", "agreement_survival.py", "alliance_survival.py", "next_agreement.py",
    }  # fmt: skip
    assert {name: (RECORD / name).read_text(encoding="utf-8") for name in derived} == derived


def test_half_of_real_agreements_outlast_ten_years() -> None:
    shipped = load("agreement_survival")
    assert (shipped.AGREEMENTS, shipped.ENDINGS, shipped.PROCESSES) == (152, 55, 64)
    assert dict(zip(shipped.YEARS, shipped.SURVIVAL, strict=True)) == {
        0.5: 0.8269, 1.0: 0.7579, 2.0: 0.7297, 3.0: 0.7149, 5.0: 0.6223, 7.0: 0.5751, 10.0: 0.5751,
    }  # fmt: skip


@with_data
def test_check_says_yes_when_nothing_has_changed() -> None:
    assert CliRunner().invoke(derive.main, ["--data", str(DATA), "--check"]).exit_code == 0


@with_data
def test_check_names_a_module_that_was_edited_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derive, "__file__", str(tmp_path / "derive.py"))
    result = CliRunner().invoke(derive.main, ["--data", str(DATA)])
    assert result.exit_code == 0
    edited = tmp_path / "step_gaps.py"
    edited.write_text(edited.read_text(encoding="utf-8").replace("PACE_SD = 1", "PACE_SD = 2"), encoding="utf-8")
    result = CliRunner().invoke(derive.main, ["--data", str(DATA), "--check"])
    assert result.exit_code == 1
    assert "step_gaps.py: not what" in result.output
    assert "leader_tenure.py: not what" not in result.output
