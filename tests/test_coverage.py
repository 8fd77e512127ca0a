"""How often intervals hold: the studies, their table, and the page that quotes it."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from interval_coverage.__main__ import cells, coverage
from interval_coverage.laws import RARE, SKEWED, TIED, WINDOW, Fate, days_measure, draw
from interval_coverage.rows import Row, count
from interval_coverage.stopping import play
from interval_coverage.studies import STUDIES, measure_coverage
from scipy import stats

from timeline.analysis.stopping import Watch

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "how-sure.md").read_text(encoding="utf-8")
QUOTED = (
    "interval_coverage.shares",
    "interval_coverage.means",
    "interval_coverage.medians",
    "interval_coverage.stopping",
    "interval_coverage.selection",
)


def quoted() -> list[tuple[str, ...]]:
    """The lines of the page's table: interval, true value, replications, half width, held."""
    below = PAGE[PAGE.index("## How often the intervals hold") :]
    lines = [line for line in below.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def as_quoted(row: Row) -> tuple[str, ...]:
    return (f"{row.interval}: {row.outcome}", row.truth, *cells(row))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return list(measure_coverage(24, 7, QUOTED))


# The laws


@pytest.mark.parametrize("fate", [TIED, SKEWED, RARE, Fate(0.03, 0.02, 0.15)])
def test_the_mean_of_a_law_is_its_closed_form(fate: Fate) -> None:
    drawn = draw((fate,), np.random.default_rng(1), 1_000_000)
    differences = drawn["1"].values - drawn["plain"].values
    # Four standard errors: by chance in one of 16,000 runs.
    assert differences.mean() == pytest.approx(fate.mean, abs=4 * differences.std() / 1000)
    assert np.abs(differences).max() <= WINDOW


def test_the_tied_law_looks_like_paired_days_in_force() -> None:
    drawn = draw((TIED,), np.random.default_rng(2), 1_000_000)
    differences = drawn["1"].values - drawn["plain"].values
    assert np.mean(differences == 0) == pytest.approx(0.79, abs=0.002)
    assert stats.kurtosis(differences, fisher=False) == pytest.approx(85, abs=6)


# The studies


def test_every_study_of_the_list_returns_rows(rows: list[Row]) -> None:
    assert set(QUOTED) <= set(STUDIES)
    assert all(row.experiments == 24 and row.nominal == 0.95 and row.half_width > 0 for row in rows)
    assert len({(as_quoted(row)[0], row.replications) for row in rows}) == len(rows)


def test_the_same_seed_gives_the_same_rows_whatever_else_is_studied(rows: list[Row]) -> None:
    assert list(measure_coverage(24, 7, ("interval_coverage.medians",))) == [
        row for row in rows if row.interval.startswith("median")
    ]


def test_a_count_has_the_error_of_a_share() -> None:
    row = count("i", "o", "t", np.arange(100) < 96, np.ones(100), np.full(100, 7), "days")
    assert (row.coverage, row.replications) == (0.96, 7.0)
    assert row.error == pytest.approx(np.sqrt(0.96 * 0.04 / 100))


def test_intervals_that_always_held_are_not_said_to_hold_without_any_error() -> None:
    row = count("i", "o", "t", np.ones(3000, dtype=np.bool_), np.ones(3000), 7, "days")
    assert cells(row)[-1] == "100.0% (at least 99.9%)"
    assert cells(row._replace(experiments=10))[-1] == "100.0% (at least 74.1%)"
    assert cells(row._replace(coverage=0.96, error=0.004))[-1] == "96.0% ± 0.4%"


def test_intervals_hold_about_as_often_as_the_page_says(rows: list[Row]) -> None:
    # If each row's true coverage is what the page says, 24 experiments give so few by chance in one of 10,000 rows.
    for row, line in zip(rows, quoted(), strict=True):
        said = float(line[-1].partition("%")[0]) / 100
        held = round(row.coverage * row.experiments)
        assert stats.binom.cdf(held, row.experiments, min(said, 0.9995)) > 1e-4, line


@pytest.mark.parametrize(("fate", "half_width", "seed"), [(TIED, 10.0, 1), (RARE, 3.0, 2), (SKEWED, 8.0, 3)])
def test_the_rule_stops_with_intervals_that_hold(fate: Fate, half_width: float, seed: int) -> None:
    # With a true coverage of 0.94, fewer than 357 of 400 hold with probability 0.0001.
    rng = np.random.default_rng(seed)
    held = 0
    for _ in range(400):
        watch = Watch(days_measure(), ("plain", "1"), "plain", "contrasts")
        n, found = play(watch, lambda rng, n: draw((fate,), rng, n), rng, half_width)
        low, high = found["1"]
        assert high - low <= 2 * half_width
        assert n % 1000 == 0
        held += low <= fate.mean <= high
    assert held >= 357


def test_no_early_variance_of_0_ends_it() -> None:
    # One timeline in 100,000 differs: a first stage sees none, and its plain interval would have no width.
    watch = Watch(days_measure(), ("plain", "1"), "plain", "contrasts")
    n, _ = play(watch, lambda rng, n: draw((Fate(1e-5),), rng, n), np.random.default_rng(4), 1.0)
    assert n >= 1.96 * np.sqrt(2) * WINDOW / 1.0 - 2


def test_the_rule_ends_at_the_most_that_is_allowed() -> None:
    watch = Watch(days_measure(), ("plain", "1"), "plain", "contrasts")
    n, _ = play(watch, lambda rng, n: draw((TIED,), rng, n), np.random.default_rng(5), 1.0, at_most=3000)
    assert n == 3000


# The command and the page


def test_the_command_prints_the_table() -> None:
    found = CliRunner().invoke(coverage, ["--experiments", "10", "--seed", "3", "--json"])
    assert found.exit_code == 0, found.output
    content = json.loads(found.stdout)
    assert (content["experiments"], content["seed"]) == (10, 3)
    assert len(content["rows"]) >= len(quoted())
    found = CliRunner().invoke(coverage, ["--experiments", "10", "--seed", "3"])
    assert "stopping rule, ± 5 days: 79% tied, kurtosis 85" in found.stdout
    assert "share of 10 experiments" in found.stdout


def test_the_page_quotes_at_least_94_of_100_but_for_plain_intervals() -> None:
    for line in quoted():
        held = float(line[-1].partition("%")[0])
        assert held >= 94.0 or "plain" in line[0], line


def test_the_table_of_the_page_has_a_line_for_every_row(rows: list[Row]) -> None:
    assert [line[:2] for line in quoted()] == [as_quoted(row)[:2] for row in rows]


def test_the_config_of_the_page_is_one() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    shipped = Path(__file__).resolve().parents[1] / "configs" / "backchannel" / "cadence.toml"
    wanted = tomllib.loads(text)["precision"]
    from timeline.config.load import load

    changes = [f"precision.{key}={json.dumps(value)}" for key, value in wanted.items()]
    found = load(shipped, changes).precision
    assert found is not None
    assert (found.measure, found.half_width, found.at_most) == ("rmst_in_force_1826", 5.0, 2_000_000)


@pytest.mark.slow
def test_the_table_of_the_page_is_what_its_command_prints() -> None:
    stated = re.search(r"--experiments (\d+) --seed (\d+)", PAGE)
    assert stated is not None
    assert [as_quoted(row) for row in measure_coverage(int(stated[1]), int(stated[2]), QUOTED)] == quoted()
