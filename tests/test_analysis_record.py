"""The record of real agreements, against the published tables beside the checkout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from timeline.analysis.record import AgreementRecord, measure_distance, read_agreements, read_record, survival_at
from timeline.errors import ConfigError, TimelineError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "peace_agreements_1975_1999.csv"
needs_data = pytest.mark.skipif(not DATA.is_file(), reason=f"the agreement data are not beside the checkout ({DATA})")


@needs_data
def test_all_agreements_reproduce_the_table_with_independent_bands() -> None:
    table = read_record(DATA, kinds=None, resamples=10).table
    assert table["survival"].to_list() == pytest.approx([0.938, 0.855, 0.793, 0.724, 0.691, 0.599, 0.556], abs=6e-4)
    assert table["low"].to_list() == pytest.approx([0.894, 0.797, 0.729, 0.654, 0.620, 0.521, 0.475], abs=1e-3)
    assert table["high"].to_list() == pytest.approx([0.964, 0.898, 0.844, 0.781, 0.751, 0.668, 0.629], abs=1e-3)


@needs_data
def test_full_and_partial_agreements_reproduce_the_table_with_clustered_bands() -> None:
    found = read_record(DATA)
    assert found.agreements == 152
    table = found.table
    assert table["survival"].to_list() == pytest.approx([0.93, 0.88, 0.83, 0.76, 0.73, 0.62, 0.57], abs=0.0076)
    # The published bands have two digits and another seed: within 0.025 of a bootstrap of 2,000.
    assert table["cluster_low"].to_list() == pytest.approx([0.87, 0.79, 0.72, 0.61, 0.56, 0.46, 0.36], abs=0.025)
    assert table["cluster_high"].to_list() == pytest.approx([0.98, 0.94, 0.90, 0.87, 0.84, 0.78, 0.78], abs=0.025)


@needs_data
def test_clustered_bands_are_wider_than_independent_ones() -> None:
    table = read_record(DATA, resamples=500).table.filter(pl.col("day") >= 365)
    assert ((table["cluster_high"] - table["cluster_low"]) > (table["high"] - table["low"])).all()


@needs_data
def test_the_record_equals_kaplan_meier_of_scipy() -> None:
    from scipy import stats

    rows = pl.read_csv(DATA).filter(pl.col("kind").is_in(["full", "partial"]))
    ended = rows["ended"].to_numpy() == 1
    duration = rows["duration_days"].to_numpy().astype(float)
    oracle = stats.ecdf(stats.CensoredData(uncensored=duration[ended], right=duration[~ended])).sf
    at = np.linspace(0, 3000, 200)
    assert survival_at(read_record(DATA, resamples=10).steps, at) == pytest.approx(oracle.evaluate(at), abs=1e-12)


def test_the_same_seed_gives_the_same_bands(tmp_path: Path) -> None:
    path = _write(tmp_path)
    one, other = read_record(path, days=[20], resamples=50), read_record(path, days=[20], resamples=50)
    assert one.table.equals(other.table)


def test_beyond_the_last_day_observed_the_record_says_nothing(tmp_path: Path) -> None:
    table = read_record(_write(tmp_path), days=[20, 500], resamples=50).table
    assert table["survival"].to_list() == [0.75, None]
    assert table["cluster_high"].to_list()[1] is None


def test_processes_are_resampled_whole(tmp_path: Path) -> None:
    # Six processes: in three all end, in the others none. A clustered resample gives 0, 1/6, ... or 1.
    lines = [f"{p},full,{10 if p <= 3 else 100},{int(p <= 3)}" for p in range(1, 7) for _ in range(50)]
    path = tmp_path / "pacts.csv"
    path.write_text("process_id,kind,duration_days,ended\n" + "\n".join(lines) + "\n")
    row = read_record(path, days=[20], resamples=400).table.row(0, named=True)
    assert (row["cluster_low"], row["cluster_high"]) == (pytest.approx(1 / 6), pytest.approx(5 / 6))
    assert row["high"] - row["low"] < 0.21


def test_fewer_than_six_processes_give_no_band_once_one_has_failed(tmp_path: Path) -> None:
    table = read_record(_write(tmp_path), days=[0, 5, 20], resamples=50).table
    assert table["cluster_low"].to_list() == [1.0, pytest.approx(0.025 ** (1 / 3)), None]
    assert table["cluster_high"].to_list() == [1.0, 1.0, None]


def test_one_agreement_is_no_certainty(tmp_path: Path) -> None:
    path = tmp_path / "pacts.csv"
    path.write_text("process_id,kind,duration_days,ended\n1,full,300,1\n")
    found = read_record(path, days=[0, 100, 300, 400])
    assert found.table["survival"].to_list() == [1.0, 1.0, 0.0, None]
    assert found.table["cluster_low"].to_list() == [1.0, pytest.approx(0.025), None, None]
    assert found.table["low"].to_list() == [1.0, pytest.approx(0.025), None, None]
    assert found.table["high"].to_list() == [1.0, 1.0, None, None]
    at_its_end = measure_distance(found, pl.DataFrame({"day": [0.0, 400.0], "estimate": [1.0, 0.5]}))
    assert at_its_end.table["inside"].to_list() == [True, True, None, None]


def test_a_record_without_a_failure_has_the_exact_limit_of_clopper_and_pearson(tmp_path: Path) -> None:
    from scipy import stats

    path = tmp_path / "pacts.csv"
    path.write_text("process_id,kind,duration_days,ended\n" + "".join(f"{p},full,500,0\n" for p in range(12)))
    row = read_record(path, days=[365], resamples=50).table.row(0, named=True)
    exact = stats.binomtest(12, 12).proportion_ci(0.95, method="exact")
    assert (row["cluster_low"], row["cluster_high"]) == (pytest.approx(exact.low), exact.high)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("-9,1", "duration_days: given -9, expected a number of days from 0 on"),
        ("inf,1", "duration_days: given inf, expected a number of days from 0 on"),
        ("1e400,1", "duration_days: given 1e400, expected a number of days from 0 on"),
        ('"1,200",1', "duration_days: given 1,200, expected a number of days from 0 on"),
        ("1_200,1", "duration_days: given 1_200, expected a number of days from 0 on"),
        ("1e308,1", "duration_days: given 1e308, expected at most 3,652,500"),
        ("3652501,0", "duration_days: given 3652501, expected at most 3,652,500"),
        ("soon,1", "duration_days: given soon, expected a number of days from 0 on"),
        ("10,2", r"ended: given 2, expected 1 \(failed\) or 0 \(still held\)"),
        ("10,-9", "ended: given -9, expected 1"),
        ("10,.5", r"ended: given \.5, expected 1"),
        ("10,yes", "ended: given yes, expected 1"),
        ("10,True", "ended: given True, expected 1"),
    ],
)
def test_a_cell_that_cannot_be_is_named_with_its_row_and_column(tmp_path: Path, cells: str, said: str) -> None:
    path = tmp_path / "pacts.csv"
    good = "1,full,10,1\n" * 300
    path.write_text(f"process_id,kind,duration_days,ended\n{good}2,full,{cells}\n")
    with pytest.raises(ConfigError, match=rf"pacts\.csv: row 301: {said}.*; correct it, or leave it empty"):
        read_record(path)


def test_what_is_missing_is_left_out_and_counted_with_the_failures_among_it(tmp_path: Path) -> None:
    path = tmp_path / "pacts.csv"
    rows = ["1,full,10,1", "2,full,,1", "3,full,NA,1", "4,full,.,0", "5,full,20,n/a", ",full,30,0", "7,truce,,1"]
    path.write_text("process_id,kind,duration_days,ended\n" + "\n".join(rows) + "\n")
    found = read_agreements(path)
    assert found.duration.tolist() == [10.0]
    assert found.left_out == {"without duration_days": 3, "without ended": 1, "without process_id": 1}
    assert (found.undated_failures, found.rows) == (2, 6)


def test_a_missing_file_is_reported_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match=r"no such file, expected a CSV table of agreements"):
        read_record(tmp_path / "nowhere.csv")


def test_an_unknown_kind_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="of kind treaty, expected at least one; given full, partial"):
        read_record(_write(tmp_path), kinds=["treaty"])


def test_the_distance_looks_at_both_sides_of_every_step() -> None:
    record = _record([0.0, 10.0], [1.0, 0.5])
    model = pl.DataFrame({"day": [0.0, 10.0, 20.0], "estimate": [1.0, 0.7, 0.5]})
    found = measure_distance(record, model)
    # Just before day 10 the record is at 1, the model at 0.7.
    assert (found.largest, found.largest_day) == (pytest.approx(0.3), 10.0)


def test_a_model_equal_to_the_record_is_at_no_distance_at_the_days_asked() -> None:
    record = _record([0.0, 10.0], [1.0, 0.5])
    found = measure_distance(record, pl.DataFrame({"day": [0.0, 5.0], "estimate": [1.0, 1.0]}))
    assert found.table["difference"].to_list() == [0.0, None]
    assert found.table["inside"].to_list() == [True, None]
    assert (found.largest, found.compared_to) == (0.0, 5.0)


def test_a_model_in_which_nobody_signed_cannot_be_compared() -> None:
    empty = pl.DataFrame({"day": [0.0], "estimate": [None]}, schema={"day": pl.Float64, "estimate": pl.Float64})
    with pytest.raises(TimelineError, match="nobody signed early enough"):
        measure_distance(_record([0.0], [1.0]), empty)


def _record(days: list[float], survival: list[float]) -> AgreementRecord:
    table = pl.DataFrame(
        {"day": [5.0, 12.0], "survival": [1.0, 0.5], "cluster_low": [0.9, 0.4], "cluster_high": [1.0, 0.6]}
    )
    return AgreementRecord(pl.DataFrame({"day": days, "survival": survival}), table, 2, 1, 2)


def _write(folder: Path) -> Path:
    path = folder / "pacts.csv"
    path.write_text("process_id,kind,duration_days,ended\n1,full,10,1\n1,full,40,0\n2,partial,99,0\n3,full,60,1\n")
    return path
