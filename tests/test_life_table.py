"""Life tables and the reader of spells, against arithmetic by hand and against lifelines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from timeline.analysis.life_table import LifeTable, Spells, life_table, read_spells
from timeline.errors import ConfigError, ModelError

# lifelines 0.30 calls pandas in ways that pandas 2 and 3 warn of.
from_lifelines = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")


def write(folder: Path, text: str) -> Path:
    file = folder / "spells.csv"
    file.write_text(text, encoding="utf-8")
    return file


def constant(hazard: float) -> LifeTable:
    return LifeTable(knots=(0.0,), hazards=(hazard,), events=(1,), exposure=(1 / hazard,), n=1)


# The table


def test_a_hazard_is_events_divided_by_days_lived_in_the_interval() -> None:
    table = life_table([1, 2, 3, 5], [1, 1, 1, 0], knots=[0, 2])
    assert table.hazards == (2 / 7, 1 / 4)


def test_an_end_on_a_knot_belongs_to_the_interval_before_it() -> None:
    assert life_table([2, 3], [1, 1], knots=[0, 2]).events == (1, 1)


def test_an_end_on_day_0_belongs_to_the_first_interval() -> None:
    assert life_table([0, 3], [1, 1], knots=[0, 2]).events == (1, 1)


def test_an_end_not_seen_adds_days_lived_but_no_event() -> None:
    table = life_table([4, 4], [1, 0], knots=[0])
    assert (table.events, table.exposure, table.n) == ((1,), (8.0,), 2)


def test_survival_falls_exponentially_piece_by_piece_and_beyond_the_last_knot() -> None:
    table = life_table([1, 2, 3, 5], [1, 1, 1, 0], knots=[0, 2])
    expected = np.exp([0, -2 / 7, -4 / 7, -4 / 7 - 8 / 4])
    np.testing.assert_allclose(table.survival([0, 1, 2, 10]), expected, rtol=1e-14)


def test_survival_keeps_the_shape_it_was_asked_in() -> None:
    assert constant(0.1).survival([[1.0, 2.0], [3.0, 4.0]]).shape == (2, 2)


def test_the_mean_is_the_area_under_the_survival_curve() -> None:
    table = life_table([1, 2, 3, 5], [1, 1, 1, 0], knots=[0, 2])
    days = np.linspace(0, 400, 400_001)
    assert table.mean() == pytest.approx(np.trapezoid(table.survival(days), days), rel=1e-6)


def test_an_interval_without_ends_has_hazard_0_and_level_survival() -> None:
    table = life_table([1, 9], [1, 1], knots=[0, 2, 5])
    assert table.survival(2) == table.survival(5)


@pytest.mark.parametrize(
    ("durations", "observed", "knots", "said"),
    [
        ([1, 2], [1], [0], "expected two lists of one equal length"),
        ([], [], [0], "not empty"),
        ([1, -2], [1, 1], [0], "given a duration of -2.0 days, expected 0 or more"),
        ([1, float("nan")], [1, 1], [0], "given a duration of nan days"),
        ([1, 2], [1, 2], [0], r"given 2.0 in observed, expected 1 \(end seen\) or 0"),
        ([1, 2], [1, 1], [1, 2], "expected days that begin at 0 and rise"),
        ([1, 2], [1, 1], [0, 1, 1], "expected days that begin at 0 and rise"),
        ([1, 2], [1, 1], [], "expected days that begin at 0 and rise"),
        ([1, 2], [1, 1], [0, float("inf")], "expected finite days"),
        ([1, 2], [1, 1], [0, 2], "given a knot at day 2, .* drop the knots from day 2 on"),
    ],
)
def test_a_table_that_cannot_be_made_says_why(
    durations: list[float], observed: list[float], knots: list[float], said: str
) -> None:
    with pytest.raises(ModelError, match=said):
        life_table(durations, observed, knots)


def test_a_negative_day_has_no_survival() -> None:
    with pytest.raises(ModelError, match=r"given a day of -1\.0, expected days from 0 on"):
        constant(0.1).survival([1, -1])


# The age of a spell met at a random moment


def test_under_a_constant_hazard_the_age_met_is_the_same_exponential() -> None:
    shares = np.linspace(0, 0.99, 100)
    np.testing.assert_allclose(constant(0.02).incumbent_age(shares), -np.log1p(-shares) / 0.02, rtol=1e-12)


hazards = st.floats(1e-4, 1.0)


@given(st.lists(st.one_of(st.just(0.0), hazards), max_size=5), hazards, st.floats(0, 0.999))
def test_the_age_met_leaves_the_asked_share_of_all_days_lived_behind_it(
    early: list[float], last: float, share: float
) -> None:
    rates = (*early, last)
    table = LifeTable(tuple(3.0 * i for i in range(len(rates))), rates, (1,) * len(rates), (1.0,) * len(rates), 1)
    age = float(table.incumbent_age(share))
    # Days lived up to that age, summed on each side of every knot, where the curve is smooth.
    edges = np.unique(np.clip([*table.knots, age], 0, age))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    lived = float(((table.survival(middle[:, None] + half[:, None] * nodes) @ weights) * half).sum())
    assert lived / table.mean() == pytest.approx(share, abs=1e-9)


def test_the_youngest_spell_met_has_age_0() -> None:
    assert constant(0.02).incumbent_age(0.0) == 0


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_the_age_met_has_no_quantile_outside_0_to_1(share: float) -> None:
    with pytest.raises(ModelError, match="expected 0 <= p < 1"):
        constant(0.02).incumbent_age([0.5, share])


def test_without_an_end_after_the_last_knot_there_is_no_age_to_meet() -> None:
    with pytest.raises(ModelError, match=r"no spell ends after the last knot \(day 2\).*drop the last knot"):
        life_table([1, 4], [1, 0], knots=[0, 2]).incumbent_age(0.5)


# The reader


def test_the_reader_turns_years_into_days(tmp_path: Path) -> None:
    file = write(tmp_path, "id,years,failed\na,2,1\nb,0.5,0\n")
    spells = read_spells(file, duration="years", event="failed", unit="years")
    assert spells.durations.tolist() == [730.5, 182.625]
    assert spells.observed.tolist() == [True, False]


def test_the_reader_keeps_groups_and_gives_one_of_them(tmp_path: Path) -> None:
    file = write(tmp_path, "days,end,regime\n1,1,democracy\n2,0,\n3,1,autocracy\n")
    spells = read_spells(file, duration="days", event="end", group="regime")
    assert spells.groups == ("democracy", None, "autocracy")
    assert spells.of("autocracy").durations.tolist() == [3.0]


def test_the_reader_takes_a_file_whose_first_column_has_no_name(tmp_path: Path) -> None:
    file = write(tmp_path, ",days,end\n0,1,1\n1,2,0\n")
    assert read_spells(file, duration="days", event="end").durations.tolist() == [1.0, 2.0]


def test_an_unknown_group_is_met_with_the_nearest() -> None:
    spells = Spells(np.array([1.0]), np.array([True]), ("autocracy",))
    with pytest.raises(ModelError, match=r"given the group 'autocrcy'.*did you mean \"autocracy\""):
        spells.of("autocrcy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"none\.csv: no such file, expected a CSV table of spells with the columns t, e"
    ):
        read_spells(tmp_path / "none.csv", duration="t", event="e")


def test_a_missing_column_is_met_with_the_nearest(tmp_path: Path) -> None:
    file = write(tmp_path, "duration_days,ended\n1,1\n")
    with pytest.raises(ConfigError, match=r"no column 'duration_day', .*did you mean \"duration_days\""):
        read_spells(file, duration="duration_day", event="ended")


def test_all_the_problems_of_a_file_are_said_at_once_with_their_rows(tmp_path: Path) -> None:
    file = write(tmp_path, "t,e\n1,1\n-2,1\n3,2\n,0\nlong,1\n")
    with pytest.raises(ConfigError) as caught:
        read_spells(file, duration="t", event="e")
    assert caught.value.problems == (
        f"{file}: row 2: t: given -2, expected a number of days from 0 on; correct it, or take the row out",
        f"{file}: row 4: t: given nothing, expected a number of days from 0 on; correct it, or take the row out",
        f"{file}: row 5: t: given long, expected a number of days from 0 on; correct it, or take the row out",
        f"{file}: row 3: e: given 2, expected 1 (end seen) or 0 (not seen); correct it, or take the row out",
    )


def test_many_bad_rows_are_counted_not_listed(tmp_path: Path) -> None:
    file = write(tmp_path, "t,e\n" + "-1,1\n" * 10)
    with pytest.raises(ConfigError, match="t: and 7 more such rows"):
        read_spells(file, duration="t", event="e")


def test_a_file_without_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no rows, expected spells below the names of the columns"):
        read_spells(write(tmp_path, "t,e\n"), duration="t", event="e")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is empty, expected a CSV table of spells"):
        read_spells(write(tmp_path, ""), duration="t", event="e")


def test_a_row_that_does_not_say_whether_it_is_wanted_is_refused_not_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, "t,e,since\n1,1,1950\n2,1,\n3,0,1930\n")
    with pytest.raises(ConfigError, match="row 2: since: given nothing, expected what says whether to keep the row"):
        read_spells(file, duration="t", event="e", where=pl.col("since") >= "1946")


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="given the unit 'weeks', expected days or years"):
        read_spells(write(tmp_path, "t,e\n1,1\n"), duration="t", event="e", unit="weeks")  # type: ignore[arg-type]


# Governments of the world 1946-2008 (Cheibub, Gandhi & Vreeland 2010), which come with lifelines


@pytest.fixture(scope="module")
def governments(tmp_path_factory: pytest.TempPathFactory) -> Spells:
    datasets = pytest.importorskip("lifelines.datasets", reason="lifelines is not installed")
    file = tmp_path_factory.mktemp("dd") / "dd.csv"
    datasets.load_dd().to_csv(file)
    return read_spells(file, duration="duration", event="observed", group="democracy", unit="years")


@from_lifelines
def test_the_reader_reads_every_government_that_lifelines_has(governments: Spells) -> None:
    from lifelines.datasets import load_dd  # type: ignore[import-untyped]

    frame = load_dd()
    assert governments.durations.size == len(frame)
    assert int(governments.observed.sum()) == int(frame["observed"].sum())


@from_lifelines
@pytest.mark.parametrize("group", ["Democracy", "Non-democracy"])
def test_hazards_are_those_of_the_piecewise_exponential_fit_of_lifelines(governments: Spells, group: str) -> None:
    from lifelines import PiecewiseExponentialFitter  # type: ignore[import-untyped]

    spells, year = governments.of(group), 365.25
    # No end falls on these knots: lifelines would count it after the knot, we before.
    table = life_table(spells.durations, spells.observed, [0, 2.5 * year, 4.5 * year, 8.5 * year])
    fitted = PiecewiseExponentialFitter([2.5, 4.5, 8.5]).fit(spells.durations / year, spells.observed)
    # lifelines reports mean times, the inverse of hazards, found by a numeric optimiser.
    np.testing.assert_allclose(np.array(table.hazards) * year, 1 / fitted.params_.to_numpy(), rtol=1e-3)


@from_lifelines
def test_with_a_knot_a_year_survival_follows_kaplan_meier_and_nelson_aalen(governments: Spells) -> None:
    from lifelines import KaplanMeierFitter, NelsonAalenFitter

    years = np.arange(1, 16)
    table = life_table(governments.durations, governments.observed, [0, *(years * 365.25)])
    ours = table.survival(years * 365.25)
    span = governments.durations / 365.25
    kaplan_meier = KaplanMeierFitter().fit(span, governments.observed).predict(years).to_numpy()
    hazard = NelsonAalenFitter(nelson_aalen_smoothing=False).fit(span, governments.observed).predict(years).to_numpy()
    # Nobody ends within a year of these data, only at its end: the hazard spreads d ends over the n - d
    # that live on as well, and lies between d / n (Nelson-Aalen) and -log(1 - d / n) (Kaplan-Meier).
    assert np.all(ours >= kaplan_meier - 1e-12)
    assert np.all(ours <= np.exp(-hazard) + 1e-12)
