"""The analysis part by part: wherever rows are cut the tables are the same, and memory does not grow."""

from __future__ import annotations

import gc
import math
import tracemalloc
import weakref
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

import numpy as np
import polars as pl
import polars.selectors as cs
import pytest
from analysis_data import ENDPOINTS, FANS, FOLLOW_UP, HORIZON, RMST, synthetic_arms

from timeline.analysis import pieces, quantiles
from timeline.analysis.analysis import SCHEMAS, Analysis, ArmNames, analyse, analyse_pieces
from timeline.analysis.contrasts import Comparison
from timeline.analysis.pieces import Pieces
from timeline.analysis.products import multiply
from timeline.analysis.samples import Sample
from timeline.errors import TimelineError
from timeline.pages import stories
from timeline.study.window import Window
from timeline.study.yardsticks import ALL, Yardstick

SETTINGS = {
    "endpoints": ENDPOINTS,
    "window": Window(HORIZON, FOLLOW_UP, tuple(RMST)),
    "baseline": "silence",
    "fans": FANS,
    "grid_points": 21,
}
COUNTED = ("in_force", "in_force_verified", "since_signature", "both_sign", "both_sign_counts", "occupancy", "causes")


@pytest.fixture(scope="module")
def arms() -> dict[ArmNames, pl.DataFrame]:
    """Three cadences, one of which has fewer replications and one only every other."""
    rows = synthetic_arms(seed=2, n=600, scenarios=["calm"])
    return {
        ("calm", "silence"): rows["calm", "silence"],
        ("calm", "quarterly"): rows["calm", "quarterly"].head(450),
        ("calm", "milestones"): rows["calm", "milestones"].filter(pl.col("replication") % 2 == 0),
    }


def cut_at(rows: pl.DataFrame, edges: Sequence[int]) -> Pieces:
    """Read rows in frames that begin at these positions."""

    def read(columns: Sequence[str], most: int | None = None, first: int = 0, /) -> Iterator[pl.DataFrame]:
        wanted = rows.select(columns).head(rows.height if most is None else most)
        for begin, end in pairwise([*edges, rows.height]):
            yield wanted[max(begin, first) : max(end, first)]

    return read


def cut_somewhere(arms: dict[ArmNames, pl.DataFrame], seed: int) -> Analysis:
    random = np.random.default_rng(seed)
    cuts = {
        arm: cut_at(rows, [0, *np.sort(random.choice(rows.height, 9, replace=False)).tolist()])
        for arm, rows in arms.items()
    }
    return analyse_pieces(cuts, **SETTINGS)  # type: ignore[arg-type]


# Wherever the rows are cut


@pytest.mark.parametrize("rows", [pytest.param(1, marks=pytest.mark.slow), 7, 100, 10_000])
def test_counts_are_the_same_wherever_the_rows_are_cut(
    arms: dict[ArmNames, pl.DataFrame], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = analyse(arms, **SETTINGS)  # type: ignore[arg-type]
    monkeypatch.setattr(pieces, "ROWS", rows)
    found = cut_somewhere(arms, seed=rows)
    for name in COUNTED:
        assert getattr(found, name).equals(getattr(whole, name)), name
    assert found.fans.equals(whole.fans)


@pytest.mark.parametrize("rows", [pytest.param(1, marks=pytest.mark.slow), 7, 100, 10_000])
def test_sums_are_the_same_but_for_rounding_wherever_the_rows_are_cut(
    arms: dict[ArmNames, pl.DataFrame], rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = analyse(arms, **SETTINGS)  # type: ignore[arg-type]
    monkeypatch.setattr(pieces, "ROWS", rows)
    found = cut_somewhere(arms, seed=rows)
    for name in SCHEMAS:
        one, other = getattr(found, name), getattr(whole, name)
        assert one.select(~cs.float()).equals(other.select(~cs.float())), name
        for column in one.select(cs.float()).columns:
            of_days = 1.0 if name != "contrasts" else 1e4
            expected = pytest.approx(other[column].fill_null(math.inf).to_list(), rel=1e-12, abs=1e-12 * of_days)
            assert one[column].fill_null(math.inf).to_list() == expected, (name, column)


def test_arms_that_meet_in_no_piece_are_compared_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 10)
    rows = synthetic_arms(seed=4, n=60, scenarios=["calm"])
    even = {
        ("calm", "silence"): rows["calm", "silence"].filter(pl.col("replication") % 2 == 0),
        ("calm", "quarterly"): rows["calm", "quarterly"].filter(pl.col("replication") % 2 == 1),
    }
    found = analyse(even, **SETTINGS)  # type: ignore[arg-type]
    signed = found.contrasts.filter(measure="signed").row(0, named=True)
    assert (signed["difference"], signed["n"]) == (None, 0)
    assert signed["note"] == "no replications; from the 0 replications that all cadences share, of up to 30"


def test_numbers_that_do_not_rise_from_piece_to_piece_are_rejected(
    arms: dict[ArmNames, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "ROWS", 100)
    rows = arms["calm", "silence"]
    twice = cut_at(pl.concat([rows[:100], rows[99:]]), [0])
    with pytest.raises(TimelineError, match="calm x silence: replication 99 follows 99, expected one row a replic"):
        analyse_pieces({("calm", "silence"): twice}, **SETTINGS)  # type: ignore[arg-type]


# Memory


class Endless:
    """Rows of an arm made when they are asked for, so that whoever keeps them is found out."""

    def __init__(self, rows: pl.DataFrame, replications: int) -> None:
        self.rows, self.replications = rows, replications
        self.frames: list[weakref.ref[pl.DataFrame]] = []
        self.most_alive = 0

    def read(self, columns: Sequence[str], most: int | None = None, begin: int = 0, /) -> Iterator[pl.DataFrame]:
        size = self.rows.height
        for first in range(begin, self.replications if most is None else min(most, self.replications), size):
            numbered = self.rows.with_columns(replication=pl.int_range(first, first + size)).select(columns)
            self.frames.append(weakref.ref(numbered))
            self.most_alive = max(self.most_alive, sum(frame() is not None for frame in self.frames))
            yield numbered
            del numbered


def peak_of(replications: int) -> tuple[int, int]:
    """Return (most bytes held by arrays at a time, most frames alive at a time) of an analysis."""
    rows = synthetic_arms(seed=5, n=500, scenarios=["calm"], cadences=["silence", "quarterly"])
    endless = {arm: Endless(frame, replications) for arm, frame in rows.items()}
    gc.collect()
    tracemalloc.start()
    analyse_pieces({arm: source.read for arm, source in endless.items()}, **SETTINGS)  # type: ignore[arg-type]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak, max(source.most_alive for source in endless.values())


def test_ten_times_the_replications_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "ROWS", 500)
    monkeypatch.setattr(quantiles, "MEDIANS", 1000)
    monkeypatch.setattr(quantiles, "FANS", 500)
    peak_of(1000)  # what is imported or cached on first use is not the analysis's
    few, _ = peak_of(2_000)
    many, alive = peak_of(20_000)
    assert many < 1.2 * few
    assert alive <= 5


# Quantiles


def test_medians_of_very_many_replications_are_of_the_first_and_say_so(
    arms: dict[ArmNames, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantiles, "MEDIANS", 100)
    monkeypatch.setattr(pieces, "ROWS", 30)
    rows = arms["calm", "silence"]
    found = analyse({("calm", "silence"): rows}, **SETTINGS)  # type: ignore[arg-type]
    row = found.estimates.filter(measure="signed_day_median").row(0, named=True)
    first = rows["signed_day"].head(100).drop_nans()
    assert (row["estimate"], row["n"]) == (first.median(), len(first))
    assert row["note"] == "from the first 100 of 600 replications"


def test_a_difference_of_medians_says_where_it_is_from(
    arms: dict[ArmNames, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantiles, "MEDIANS", 100)
    both = {arm: arms[arm].head(400) for arm in list(arms)[:2]}
    row = analyse(both, **SETTINGS).contrasts.filter(measure="accord_day_median")  # type: ignore[arg-type]
    assert row["note"].to_list() == ["from the first 100 of 400 replications"]


def test_medians_of_all_replications_need_no_note(arms: dict[ArmNames, pl.DataFrame]) -> None:
    found = analyse({("calm", "silence"): arms["calm", "silence"]}, **SETTINGS)  # type: ignore[arg-type]
    assert found.estimates.filter(measure="signed_day_median")["note"].to_list() == [""]


def test_fans_of_very_many_replications_are_of_the_first_and_say_so(
    arms: dict[ArmNames, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantiles, "FANS", 50)
    monkeypatch.setattr(pieces, "ROWS", 30)
    rows = arms["calm", "silence"]
    found = analyse({("calm", "silence"): rows}, **SETTINGS).fans.filter(field="trust", day=0.0)  # type: ignore[arg-type]
    assert found["n"].to_list() == [50]
    assert found["q50"].to_list() == [pytest.approx(np.median(rows["trust"].arr.get(0).head(50)), rel=1e-15)]
    assert found["note"].to_list() == ["from the first 50 of 600 replications"]


# Sums


def test_products_in_blocks_are_the_products() -> None:
    rows = np.random.default_rng(1).integers(-9, 9, (40, 5000)).astype(float)
    assert np.array_equal(multiply(rows), rows.astype(int) @ rows.astype(int).T)


def test_a_small_difference_of_large_numbers_keeps_its_error() -> None:
    # Days around a million that differ by hundredths, in four pieces, against exact arithmetic.
    random = np.random.default_rng(2)
    base = np.round(1e6 + random.exponential(10.0, 400), 3)
    one = np.round(base + random.normal(0.02, 0.01, 400), 3)
    days = Yardstick("days", "Days", ALL, "days", "higher", "mean", "days kept")
    found = Comparison(days, ["base", "one"], "base")
    for at in range(0, 400, 100):
        everyone = np.ones(100, dtype=bool)
        found.add({"base": Sample(base[at : at + 100], everyone), "one": Sample(one[at : at + 100], everyone)})
    gaps = [Fraction(y) - Fraction(x) for x, y in zip(base.tolist(), one.tolist(), strict=True)]
    mean = sum(gaps) / 400
    variance = sum((gap - mean) ** 2 for gap in gaps) / 399
    contrast = found.contrasts()["one"]
    assert contrast.difference == pytest.approx(float(mean), rel=1e-9)
    assert contrast.se == pytest.approx(math.sqrt(variance / 400), rel=1e-9)


# Examples for the page


def fates(*rows: tuple[bool, bool, bool, bool]) -> list[pl.DataFrame]:
    names = ("lost", "signed", "also_lost", "also_signed")
    return [
        pl.DataFrame({"replication": [number], **dict(zip(names, row, strict=True))}) for number, row in enumerate(rows)
    ]


def test_the_search_for_examples_ends_with_the_first_that_fit() -> None:
    def read() -> Iterator[pl.DataFrame]:
        yield from fates((False, True, False, True), (True, True, False, True), (False, True, True, True))
        raise AssertionError("read further than is needed")

    examples = stories.Examples("silence", "monthly")
    examples.search(read())
    assert (examples.first["saved"], examples.first["harmed"]) == (1, 2)


def test_the_search_for_examples_takes_the_first_that_fits() -> None:
    examples = stories.Examples("silence", "silence")
    examples.search(fates(*[(True, True, True, True)] * 3))
    assert examples.first == {"lost": 0}
