"""Summaries: merged in any order they are the same bytes, and they say what the rows say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cache
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import pytest
from analysis_data import ENDPOINTS, FANS, FOLLOW_UP, HORIZON, RMST, synthetic_arms
from polars.testing import assert_frame_equal

from timeline.analysis.analysis import Analysis, analyse
from timeline.analysis.best import against_best
from timeline.analysis.contrasts import Comparison
from timeline.analysis.cross_products import CrossProducts, Pairs
from timeline.analysis.exact_sums import ExactSums
from timeline.analysis.fan_sketch import FanSketch
from timeline.analysis.fans import ends_after, fan, samples_of
from timeline.analysis.fates import fates_against
from timeline.analysis.histories import Histories, read_histories
from timeline.analysis.packing import pack, unpack
from timeline.analysis.pieces import cut
from timeline.analysis.samples import sample
from timeline.analysis.sketch import ERROR, Sketch
from timeline.analysis.summaries import Summaries
from timeline.analysis.summary_settings import SummarySettings
from timeline.analysis.world_summary import WorldSummary
from timeline.errors import StoreError, TimelineError
from timeline.model.endpoints import AtEnd, Endpoints
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks

BASELINE = "silence"
Arms = dict[str, Histories]


class Played(NamedTuple):
    """The rows of a world, and how to read them."""

    endpoints: Endpoints
    window: Window
    rows: dict[str, pl.DataFrame]

    @property
    def arms(self) -> Arms:
        return {name: read_histories(rows, self.endpoints, self.window.horizon) for name, rows in self.rows.items()}

    def settings(self, **options: Any) -> SummarySettings:
        return SummarySettings.choose(self.endpoints, self.window, list(self.rows), BASELINE, **options)

    def analysis(self) -> Analysis:
        arms = {("default", name): rows for name, rows in self.rows.items()}
        return analyse(arms, endpoints=self.endpoints, window=self.window, baseline=BASELINE)


@cache
def toy() -> Played:
    ends = replace(ENDPOINTS, further=(AtEnd("leaks", "Mean number of leaks", "count", "lower"),))
    rows = {cadence: rows for (_, cadence), rows in synthetic_arms(n=400, scenarios=["calm"]).items()}
    # An arm that differs in nothing, and one that differs in a single replication.
    rows["again"] = rows[BASELINE]
    rows["once"] = rows[BASELINE].with_columns(pl.col("hostility") + (pl.col("replication") == 7) / 8)
    return Played(ends, Window(HORIZON, FOLLOW_UP, RMST), rows)


@cache
def backchannel() -> Played:
    from timeline.config.load import load
    from timeline.keeping.rows import frame
    from timeline.playing.tasks import simulate, task_of

    experiment = load(Path(__file__).parent.parent / "configs" / "backchannel" / "cadence.toml")
    assert experiment.model.endpoints is not None
    kept = [BASELINE, "full-transparency", "get-ahead", "staged-opening"]
    tasks = {arm.cadence: task_of(experiment, arm) for arm in experiment.arms if arm.cadence in kept}
    rows = {name: frame(experiment.model, simulate(replace(task, count=300))) for name, task in tasks.items()}
    return Played(experiment.model.endpoints, experiment.window, rows)


WORLDS = pytest.mark.parametrize("played", [toy, backchannel])


def block(arms: Arms, first: int, last: int) -> Arms:
    return {name: arm.pick(np.arange(first, last)) for name, arm in arms.items()}


def pieces(arms: Arms, cuts: Sequence[int]) -> list[Arms]:
    return [block(arms, first, last) for first, last in pairwise([0, *cuts, next(iter(arms.values())).n])]


def merged(parts: Sequence[WorldSummary]) -> WorldSummary:
    found = parts[0]
    for part in parts[1:]:
        found = found.merge(part)
    return found


def close(found: pl.DataFrame, expected: pl.DataFrame, rel: float = 1e-9) -> None:
    assert_frame_equal(found, expected.select(found.columns), rel_tol=rel, abs_tol=1e-12)


def rows_of(frame: pl.DataFrame, **label: str) -> pl.DataFrame:
    for column, value in label.items():
        frame = frame.filter(pl.col(column) == value)
    return frame


def as_frame(records: Sequence[Mapping[str, Any]], like: pl.DataFrame) -> pl.DataFrame:
    columns = list(records[0])
    frame = pl.DataFrame(records, schema={column: like.schema[column] for column in columns})
    return frame.with_columns(pl.col(pl.Float64).fill_nan(None))


# What summaries say is what rows say.


@WORLDS
def test_every_estimate_is_that_of_the_rows(played: Callable[[], Played]) -> None:
    world = played()
    summary, expected = WorldSummary.of(world.arms, world.settings()), world.analysis().estimates
    records = [
        {"cadence": name, "measure": key} | summary.estimate(name, key)._asdict()
        for name, key in expected.select("cadence", "measure").iter_rows()
    ]
    assert len(records) == len(world.rows) * len(world.settings().measures)
    close(as_frame(records, expected), expected, rel=1e-12)


@WORLDS
def test_every_contrast_is_that_of_the_rows(played: Callable[[], Played]) -> None:
    world = played()
    summary, expected = WorldSummary.of(world.arms, world.settings()), world.analysis().contrasts
    found = {measure.key: summary.contrasts(measure.key) for measure in world.settings().measures}
    records = [
        {"cadence": name, "measure": key} | found[key][name]._asdict()
        for name, key in expected.select("cadence", "measure").iter_rows()
    ]
    close(as_frame(records, expected), expected)


@WORLDS
def test_standings_are_those_of_the_rows(played: Callable[[], Played]) -> None:
    world = played()
    summary, expected = WorldSummary.of(world.arms, world.settings()), world.analysis().best
    found = {measure.key: summary.standings(measure.key) for measure in world.settings().measures}
    records = [
        {"cadence": name, "measure": key} | found[key][name]._asdict()
        for name, key in expected.select("cadence", "measure").iter_rows()
    ]
    close(as_frame(records, expected), expected)


def test_critical_values_are_those_of_the_rows_to_the_last_digits() -> None:
    world = backchannel()
    summary, expected = WorldSummary.of(world.arms, world.settings()), world.analysis().contrasts
    for key in ("in_force_end", "rmst_in_force_1826", "survival_both_sign_1826"):
        critical = rows_of(expected, measure=key)["critical"][0]
        assert summary.contrasts(key)["get-ahead"].critical == pytest.approx(critical, rel=1e-9)


@WORLDS
def test_every_two_cadences_compare_as_from_rows(played: Callable[[], Played]) -> None:
    world = played()
    summary, arms = WorldSummary.of(world.arms, world.settings()), world.arms
    measure = world.settings().measure("in_force_end")
    rows = Comparison(measure, list(arms), BASELINE)
    rows.add({name: sample(measure, arm) for name, arm in arms.items()})
    for names, pair in rows.pairs().items():
        assert list(summary.comparison("in_force_end").pairs()[names])[:-2] == pytest.approx(list(pair)[:-2], rel=1e-9)


def test_places_against_the_best_and_outlooks_are_made_of_summaries_too() -> None:
    world = backchannel()
    measure, arms = world.settings().measure("rmst_in_force_1826"), world.arms
    rows = Comparison(measure, list(arms), BASELINE)
    rows.add({name: sample(measure, arm) for name, arm in arms.items()})
    found = WorldSummary.of(arms, world.settings()).comparison(measure.key)
    for name, place in against_best(rows).items():
        assert against_best(found)[name][:3] == pytest.approx(place[:3], rel=1e-9)
        assert against_best(found)[name].may_be_best == place.may_be_best
    later, expected = found.outlook()(4.0)["get-ahead"], rows.outlook()(4.0)["get-ahead"]
    assert (later.difference, later.se) == pytest.approx((expected.difference, expected.se), rel=1e-9)


@WORLDS
def test_curves_causes_hazards_and_fates_are_those_of_the_rows(played: Callable[[], Played]) -> None:
    world = played()
    merged_summary = merged([WorldSummary.of(part, world.settings()) for part in pieces(world.arms, [50, 51, 200])])
    summary = WorldSummary.from_bytes(merged_summary.to_bytes(), world.settings())
    analysis = world.analysis()
    arms = {("default", name): cut(rows) for name, rows in world.rows.items()}
    fates = fates_against(arms, analysis=analysis, endpoints=world.endpoints)
    for name in world.rows:
        curves = summary.curves(name)
        causes = rows_of(analysis.causes, cadence=name)
        names = causes["cause"].unique(maintain_order=True)
        close(curves.in_force.curve(), rows_of(analysis.in_force, cadence=name), rel=0)
        assert curves.in_force_verified is not None
        close(curves.in_force_verified.curve(), rows_of(analysis.in_force_verified, cadence=name), rel=0)
        close(curves.since_signature.curve(), rows_of(analysis.since_signature, cadence=name), rel=0)
        close(curves.occupancy.table(), rows_of(analysis.occupancy, cadence=name), rel=0)
        close(curves.since_start.table(names), rows_of(causes, since="start"), rel=0)
        close(curves.causes_since_signature.table(names), rows_of(causes, since="signature"), rel=0)
        close(curves.hazards.table(), rows_of(analysis.hazards, cadence=name), rel=1e-12)
        close(curves.fates_table(), rows_of(fates, cadence=name), rel=0)
        if name != BASELINE:
            close(curves.both_sign.curves(), rows_of(analysis.both_sign, cadence=name), rel=0)
            expected = rows_of(analysis.both_sign_counts, cadence=name).drop("scenario", "cadence")
            assert curves.both_sign.counts() == expected.row(0, named=True)


def test_without_pairs_each_contrast_is_that_of_its_pair_and_the_interval_of_independent_ones() -> None:
    world = toy()
    for key in ("in_force_end", "rmst_in_force_1826", "rmst_both_sign_1826"):
        together = WorldSummary.of(world.arms, world.settings()).contrasts(key)
        alone = WorldSummary.of(world.arms, world.settings(pairs=False)).contrasts(key)
        assert list(alone) == list(together)
        for name, contrast in alone.items():
            assert contrast[:2] == pytest.approx(together[name][:2], rel=1e-12)
            assert contrast.n == together[name].n
            assert contrast.critical == pytest.approx(2.5688, abs=1e-4)  # Sidak, five comparisons
            assert contrast.low <= together[name].low + 1e-9


# Merging.


@WORLDS
@pytest.mark.parametrize("options", [{}, {"pairs": False}, {"curves": False, "first": 20}])
def test_any_order_and_any_cut_give_the_same_bytes(played: Callable[[], Played], options: dict[str, Any]) -> None:
    world, rng = played(), np.random.default_rng(1993)
    arms, settings = world.arms, world.settings(**options)
    n = arms[BASELINE].n
    whole = WorldSummary.of(arms, settings).to_bytes()
    for blocks in (2, 3, 9):
        cuts = np.sort(rng.choice(np.arange(1, n), blocks - 1, replace=False)).tolist()
        parts = [WorldSummary.of(part, settings) for part in pieces(arms, cuts)]
        rng.shuffle(parts)  # type: ignore[arg-type]
        assert merged(parts).to_bytes() == whole


def test_merging_is_associative_and_commutative() -> None:
    world = toy()
    a, b, c = (WorldSummary.of(part, world.settings(first=30)) for part in pieces(world.arms, [20, 150]))
    assert a.merge(b).to_bytes() == b.merge(a).to_bytes()
    assert a.merge(b).merge(c).to_bytes() == a.merge(b.merge(c)).to_bytes() == c.merge(a).merge(b).to_bytes()


def test_the_bytes_of_a_summary_read_back_are_the_same() -> None:
    world = backchannel()
    summary = WorldSummary.of(world.arms, world.settings(), world=12)
    again = WorldSummary.from_bytes(summary.to_bytes(), world.settings())
    assert again.to_bytes() == summary.to_bytes()
    assert (again.world, again.n) == (12, 300)
    assert (
        again.merge(WorldSummary.of(block(world.arms, 0, 0), world.settings(), world=12)).to_bytes() == again.to_bytes()
    )


def test_gaps_between_replications_are_kept_and_closed() -> None:
    world = toy()
    first, gap, last = (WorldSummary.of(part, world.settings()) for part in pieces(world.arms, [10, 30]))
    apart = last.merge(first)
    assert apart.ranges.tolist() == [[0, 10], [30, 400]]
    assert apart.merge(gap).ranges.tolist() == [[0, 400]]


def test_a_replication_is_merged_once() -> None:
    world = toy()
    one, other = (WorldSummary.of(block(world.arms, *part), world.settings()) for part in ((0, 11), (10, 20)))
    with pytest.raises(TimelineError, match="replication 10 is in both, expected different replications"):
        one.merge(other)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"model": "another"}, "one has model '', the other 'another'"),
        ({"window": Window(HORIZON, FOLLOW_UP, RMST[:1])}, "one has window Window"),
        ({"baseline": "quarterly"}, "one has baseline 'silence', the other 'quarterly'"),
        ({"pairs": False}, "one has pairs True, the other False"),
        ({"grid_points": 90}, "one has grid_points 181, the other 90"),
    ],
)
def test_other_settings_do_not_merge(changed: dict[str, Any], said: str) -> None:
    world = toy()
    settings = world.settings()
    one = WorldSummary.of(block(world.arms, 0, 5), settings)
    other = WorldSummary.of(block(world.arms, 5, 9), replace(settings, **changed))
    with pytest.raises(TimelineError, match=said):
        one.merge(other)
    with pytest.raises(StoreError, match="made by other settings"):
        WorldSummary.from_bytes(one.to_bytes(), replace(settings, **changed))


def test_another_world_does_not_merge() -> None:
    world = toy()
    one, other = (WorldSummary.of(block(world.arms, at, at + 1), world.settings(), world=at) for at in (0, 1))
    with pytest.raises(TimelineError, match="one is of world 0, the other of world 1"):
        one.merge(other)


def test_every_cadence_has_the_same_replications() -> None:
    world = toy()
    arms = block(world.arms, 0, 5) | {"again": world.arms["again"].pick(np.arange(1, 6))}
    with pytest.raises(TimelineError, match="again has other replications than silence"):
        WorldSummary.of(arms, world.settings())
    del arms["again"]
    with pytest.raises(TimelineError, match="expected silence, quarterly, milestones, full-transparency, again, once"):
        WorldSummary.of(arms, world.settings())


# Bytes.


def test_damaged_bytes_are_refused() -> None:
    world = toy()
    data = WorldSummary.of(block(world.arms, 0, 40), world.settings()).to_bytes()
    for at in range(26, len(data), 997):
        damaged = bytearray(data)
        damaged[at] ^= 1
        with pytest.raises(StoreError, match="damaged"):
            WorldSummary.from_bytes(bytes(damaged), world.settings())
    with pytest.raises(StoreError, match="cut off"):
        WorldSummary.from_bytes(data[:-1], world.settings())


def test_foreign_bytes_are_refused() -> None:
    settings = toy().settings()
    for data in (b"", b"PAR1", b"crisis-timeline summary 2\n" + bytes(40)):
        with pytest.raises(StoreError, match="of another kind or version"):
            WorldSummary.from_bytes(data, settings)


def test_tables_of_another_shape_are_refused() -> None:
    world = toy()
    magic = b"crisis-timeline summary 1\n"
    tables = unpack(magic, WorldSummary.of(block(world.arms, 0, 9), world.settings()).to_bytes())
    tables["counted signed"] = tables["counted signed"][:-1]
    with pytest.raises(StoreError, match=r"counted signed has shape \(20,\), expected \(21,\)"):
        WorldSummary.from_bytes(pack(magic, tables), world.settings())


def test_bytes_that_ask_for_more_memory_than_there_is_are_refused() -> None:
    def number(value: int) -> bytes:
        groups = [value >> bits & 127 for bits in range(0, max(value.bit_length(), 1), 7)]
        return bytes([*(group | 128 for group in groups[:-1]), groups[-1]])

    # One table "a" of 2**40 numbers, all 0.
    head = [1, 1, ord("a"), 1, 2**40]
    data = b"m" + b"".join(number(value) for value in [len(head), *head, 0, 2**40])
    with pytest.raises(StoreError, match="the bytes are no tables"):
        unpack(b"m", data + blake2b(data, digest_size=16).digest())


def test_tables_of_any_whole_numbers_read_back() -> None:
    rng = np.random.default_rng(7)
    for _ in range(50):
        shapes = [tuple(rng.integers(0, 5, rng.integers(1, 4))) for _ in range(rng.integers(0, 5))]
        limits = [(-(2**63), 2**63 - 1), (-1, 2)]
        tables = {str(at): rng.integers(*limits[at % 2], shape) for at, shape in enumerate(shapes)}
        found = unpack(b"m", pack(b"m", tables))
        assert {name: table.tolist() for name, table in found.items()} == {
            name: table.tolist() for name, table in tables.items()
        }


# Exact sums.


def wild(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.standard_normal(shape) * 10.0 ** rng.integers(-150, 150, shape) * rng.integers(0, 2, shape)


def test_sums_are_those_of_fractions_rounded_once() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        values = wild(rng, 2, 9)
        expected = [float(sum(map(Fraction, row), Fraction(0))) for row in values.tolist()]
        assert ExactSums.of(values).floats().tolist() == expected
        parts = ExactSums.of(values[:, 5:]) + ExactSums.of(values[:, :5])
        assert parts.floats().tolist() == expected


def test_sums_go_from_the_least_float_to_the_largest() -> None:
    values = np.array([[5e-324, 1.7e308, -1.7e308, 5e-324]])
    assert ExactSums.of(values).floats().tolist() == [1e-323]


def test_a_value_that_is_not_finite_is_refused() -> None:
    for value in (np.nan, np.inf):
        with pytest.raises(TimelineError, match="a value is not finite"):
            ExactSums.of(np.array([[1.0, value]]))


def test_sums_carry_before_they_overflow() -> None:
    total = ExactSums.of(np.array([[1.0, 2.0**-30]]))
    for _ in range(200):
        total = total + total
    assert total.floats().tolist() == [2.0**200 + 2.0**170]


def test_products_are_those_of_fractions_rounded_once() -> None:
    rng = np.random.default_rng(2)
    for _ in range(10):
        among = rng.random((3, 6)) < 0.7
        values = np.where(among, wild(rng, 3, 6), 0.0)
        found = CrossProducts.of(Pairs(3, 0, "all"), values, among)
        exact = [[Fraction(value) for value in row] for row in values.tolist()]
        first, second = Pairs(3, 0, "all").unordered
        expected = [
            float(sum(a * b for a, b in zip(exact[i], exact[j], strict=True)))
            for i, j in zip(first.tolist(), second.tolist(), strict=True)
        ]
        assert found.squares.floats().tolist() == expected
        assert found.counted.tolist() == [int((among[i] & among[j]).sum()) for i, j in zip(first, second, strict=True)]


def test_products_of_more_replications_than_doubles_add_up_are_exact() -> None:
    n, largest = 2**15 + 9, 2**19 - 1
    values = np.full((1, n), float(largest))
    found = CrossProducts.of(Pairs(1, 0, "own"), values, np.ones((1, n), dtype=np.bool_))
    assert found.squares.whole(0).tolist() == [n * largest**2]
    assert (found.sums.whole(0).tolist(), found.counted.tolist()) == ([n * largest], [n])


def test_a_spread_far_from_zero_is_not_rounded_away() -> None:
    world = toy()
    far = {name: replace(arm, hostility=1e9 + np.arange(arm.n) / 1024) for name, arm in world.arms.items()}
    found = WorldSummary.of(far, world.settings(only=["hostility"])).estimate(BASELINE, "hostility")
    assert found.se == pytest.approx(np.std(np.arange(400) / 1024, ddof=1) / 20, rel=1e-12)


# Medians.


def test_quantiles_of_a_sketch_are_within_a_bucket() -> None:
    rng = np.random.default_rng(3)
    values = np.concatenate([rng.lognormal(6, 2, 5000), -rng.lognormal(0, 1, 500), np.zeros(10)])
    ranks = np.arange(len(values), dtype=np.float64)
    exact = np.sort(values)
    found = Sketch.of(np.zeros(len(values), dtype=np.int64), values).cell(0).at(ranks)
    assert (np.abs(found - exact) <= ERROR * np.abs(exact)).all()
    assert (np.diff(found) >= 0).all()


def test_medians_of_many_replications_are_within_the_error_of_the_sketch() -> None:
    world = toy()
    summary, expected = WorldSummary.of(world.arms, world.settings(first=100)), world.analysis().estimates
    for name, key in [(name, key) for name in world.rows for key in ("accord_day_median", "signed_day_median")]:
        row = rows_of(expected, cadence=name, measure=key).row(0, named=True)
        found = summary.estimate(name, key)
        assert [found.estimate, found.low, found.high] == pytest.approx(
            [row["estimate"], row["low"], row["high"]], rel=ERROR
        )
        assert found.se == pytest.approx(row["se"], rel=0.05)
        assert (found.n, found.note) == (row["n"], "from a sketch, within 0.8% of the value")


def test_differences_of_medians_take_their_pairing_from_the_first_replications() -> None:
    world = toy()
    summary, rows = WorldSummary.of(world.arms, world.settings(first=200)), world.analysis().contrasts
    found = summary.contrasts("signed_day_median")
    expected = rows_of(rows, measure="signed_day_median", cadence="full-transparency").row(0, named=True)
    contrast = found["full-transparency"]
    assert contrast.difference == pytest.approx(expected["difference"], abs=2 * ERROR * 1500)
    assert contrast.se == pytest.approx(expected["se"], rel=0.25)
    assert contrast.note.endswith("its error from the first 200 of 400 replications")
    assert found["again"].difference == found["again"].se == 0.0


@pytest.mark.parametrize("field", ["trust", "pressure"])
def test_a_fan_of_merged_sketches_is_within_their_error(field: str) -> None:
    rows = synthetic_arms(n=300, cadences=["silence"], scenarios=["calm"])["calm", "silence"]
    days, (arm,) = FANS[field], toy()._replace(rows={BASELINE: rows}).arms.values()
    samples, ends = samples_of(rows, field, len(days), "rows"), ends_after(arm)
    parts = [FanSketch.of(samples[own], ends[own], days) for own in (slice(100), slice(100, 160), slice(160, None))]
    found = parts[2].merge(parts[0]).merge(parts[1])
    assert found.to_bytes() == FanSketch.of(samples, ends, days).to_bytes()
    again = FanSketch.from_bytes(found.to_bytes()).table(field)
    expected = fan(rows, arm, field, days)
    assert_frame_equal(again, expected, rel_tol=ERROR)
    assert again["n"].to_list() == expected["n"].to_list()


def test_fans_of_other_days_do_not_merge() -> None:
    one, other = (FanSketch.of(np.zeros((1, 1)), np.array([np.inf]), [day]) for day in (1.0, 2.0))
    with pytest.raises(TimelineError, match="sampled on 1 days up to 1, the other on 1 up to 2"):
        one.merge(other)


# Little or nothing.


@pytest.mark.parametrize("n", [0, 1, 2])
@WORLDS
def test_few_replications_say_what_few_rows_say(played: Callable[[], Played], n: int) -> None:
    whole = played()
    world = whole._replace(rows={name: rows.head(n) for name, rows in whole.rows.items()})
    summary, settings = WorldSummary.of(world.arms, world.settings()), world.settings()
    analysis = world.analysis()
    for measure in settings.measures:
        records = [
            {"cadence": name, "measure": measure.key} | summary.estimate(name, measure.key)._asdict()
            for name in world.rows
        ]
        close(as_frame(records, analysis.estimates), rows_of(analysis.estimates, measure=measure.key))
        expected = rows_of(analysis.contrasts, measure=measure.key)
        found = [{"cadence": name} | one._asdict() for name, one in summary.contrasts(measure.key).items()]
        close(as_frame(found, expected), expected)


def test_where_nobody_signs_the_notes_say_so() -> None:
    world = toy()
    world = world._replace(
        rows={
            name: rows.with_columns(
                pl.lit(None, pl.Float64).alias(day) for day in ("signed_day", "ratified_day", "half_verified_day")
            )
            for name, rows in world.rows.items()
        }
    )
    summary = WorldSummary.of(world.arms, world.settings())
    assert summary.estimate(BASELINE, "signed_day").note == "nobody signed"
    assert summary.contrasts("survival_since_signature_1826")["again"].note == "nobody signed"


def test_a_single_cadence_has_estimates_and_no_contrasts() -> None:
    world = toy()._replace(rows={BASELINE: toy().rows[BASELINE]})
    summary = WorldSummary.of(world.arms, world.settings())
    assert summary.estimate(BASELINE, "signed").n == 400
    assert summary.contrasts("signed") == {}


def test_a_measure_that_is_not_kept_is_refused_with_the_nearest() -> None:
    world = toy()
    with pytest.raises(TimelineError, match="did you mean"):
        world.settings(only=["sined"])
    with pytest.raises(TimelineError, match="'hostility' given, expected one that is kept: signed"):
        WorldSummary.of(block(world.arms, 0, 3), world.settings(only=["signed"])).estimate(BASELINE, "hostility")


def test_all_measures_are_kept_unless_some_are_named() -> None:
    world = toy()
    assert world.settings().measures == declare_yardsticks(world.endpoints, world.window)


# Many worlds.


def test_blocks_of_many_worlds_come_in_any_order() -> None:
    world, rng = toy(), np.random.default_rng(5)
    settings = world.settings(only=["signed", "rmst_in_force_1826"], curves=False)
    blocks = [(number, first, block(world.arms, first, first + 100)) for number in (3, 1) for first in (0, 100, 200)]
    sinks = [Summaries(settings), Summaries(settings)]
    for sink in sinks:
        for at in rng.permutation(len(blocks)):
            sink.take(*blocks[at])
    assert [sink.worlds[3].to_bytes() for sink in sinks] == [sinks[0].worlds[3].to_bytes()] * 2
    table = sinks[0].table()
    assert table.height == 2 * len(settings.cadences) * 2
    assert table["world"].unique(maintain_order=True).to_list() == [1, 3]
    row = rows_of(table, cadence="quarterly", measure="signed").row(0, named=True)
    summary = sinks[0].worlds[1]
    assert row["estimate"] == summary.estimate("quarterly", "signed").estimate
    assert row["difference"] == summary.contrasts("signed")["quarterly"].difference
    assert rows_of(table, cadence=BASELINE)["difference"].null_count() == 4


def test_a_block_begins_where_it_says() -> None:
    world = toy()
    with pytest.raises(TimelineError, match="a block from replication 7 on was announced, it begins with 0"):
        Summaries(world.settings()).take(0, 7, block(world.arms, 0, 5))
