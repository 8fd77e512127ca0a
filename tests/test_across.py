"""The same cadence in two scenarios, and the levers of a factorial, by replications that share their luck."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from analysis_data import ENDPOINTS, FOLLOW_UP, HORIZON, RMST, synthetic_arms

from timeline.analysis import kept as kept_module
from timeline.analysis import paired as paired_module
from timeline.analysis.across import between_advantages, between_scenarios, between_values
from timeline.analysis.analysis import analyse, analyse_pieces
from timeline.analysis.contrasts import paired_shares
from timeline.analysis.critical import critical_value, critical_value_of_rows
from timeline.analysis.intervals import bounded_mean
from timeline.analysis.kept import KeptSamples
from timeline.analysis.pieces import cut
from timeline.analysis.samples import Sample
from timeline.analysis.tables import SCHEMAS
from timeline.pages.between import advantages_sentence, advantages_table
from timeline.pages.standings import Column
from timeline.study.questions import Grid
from timeline.study.window import Window
from timeline.study.yardsticks import ALL, SIGN, Yardstick, declare_yardsticks

SIGNED = Yardstick("signed", "Signed", ALL, "share", "higher", "share", "signed", span=1.0)
DAYS = Yardstick("days", "Days", ALL, "days", "higher", "mean", "days in force", span=100.0)
KEPT = Yardstick("kept", "Days kept", SIGN, "days", "higher", "mean", "days kept", span=100.0)


def kept(first: int = 0, measure: Yardstick = SIGNED, **arms: dict[str, list[int]]) -> KeptSamples:
    """Keep what a measure reads of each replication, by scenario and cadence."""
    found = KeptSamples()
    for scenario, cadences in arms.items():
        for cadence, values in cadences.items():
            sample = Sample(np.array(values, dtype=float), np.ones(len(values), dtype=bool))
            found.add((scenario, cadence), np.arange(first, first + len(values)), {measure: sample})
    return found


def test_a_scenario_is_compared_replication_by_replication() -> None:
    arms = kept(calm={"silence": [1, 1, 0, 0] * 500}, harsh={"silence": [1, 0, 0, 0] * 500})
    row = between_scenarios(arms, [SIGNED], "calm").row(0, named=True)
    assert (row["scenario"], row["other"], row["cadence"], row["n"]) == ("harsh", "calm", "silence", 2000)
    assert row["difference"] == -0.25
    # One difference: the critical value is that of one interval, and only the 500 that differ make its error.
    assert row["critical"] == pytest.approx(1.96, abs=0.001)
    assert (row["low"], row["high"]) == pytest.approx(paired_shares((0, 500), 2000, row["critical"]))
    assert row["distinguishable"] is True


def test_intervals_hold_together_over_all_scenarios_and_cadences_shown() -> None:
    luck = np.random.default_rng(1)
    names = ("calm", "harsh", "hunted")
    arms = kept(**{name: {arm: list(luck.integers(0, 2, 2000)) for arm in ("silence", "monthly")} for name in names})
    found = between_scenarios(arms, [SIGNED], "calm")
    assert found.select("scenario", "cadence").rows() == [
        ("harsh", "silence"), ("harsh", "monthly"), ("hunted", "silence"), ("hunted", "monthly"),
    ]  # fmt: skip
    assert found["critical"].n_unique() == 1
    assert 2.4 < found["critical"][0] < 2.5  # of four differences, pairs of which share a scenario


def test_a_scenario_that_changes_nothing_is_not_told_from_another() -> None:
    same = kept(**{name: {"silence": [1, 0, 1, 0] * 100} for name in ("calm", "harsh")})
    row = between_scenarios(same, [SIGNED], "calm").row(0, named=True)
    assert (row["difference"], row["distinguishable"]) == (0.0, False)
    assert row["low"] < 0 < row["high"]


def test_only_replications_that_both_scenarios_have_are_compared() -> None:
    arms = kept(calm={"silence": [0, 1, 1]})
    arms.add(("harsh", "silence"), np.array([1, 2, 5]), {SIGNED: Sample(np.ones(3), np.ones(3, dtype=bool))})
    found = between_scenarios(arms, [SIGNED], "calm")
    assert (found["n"].to_list(), found["difference"].to_list()) == ([2], [0.0])


@pytest.mark.parametrize("in_memory", [0, 2**26])
def test_rows_that_come_in_pieces_are_kept_as_if_they_came_at_once(
    in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_module, "_IN_MEMORY", in_memory)
    luck = np.random.default_rng(2)
    numbers = np.flatnonzero(luck.random(5000) < 0.9)  # some that the model stopped in
    days, signs = np.round(luck.random(len(numbers)) * 100), luck.random(len(numbers)) < 0.5
    found = KeptSamples()
    for at in range(0, len(numbers), 700):
        own = slice(at, at + 700)
        read = Sample(np.where(signs, days, 0.0)[own], signs[own])
        found.add(("calm", "silence"), numbers[own], {KEPT: read})
    whole = found.read(KEPT, [("calm", "silence")], 1000, 4001)
    inside = (numbers >= 1000) & (numbers < 4001)
    assert whole.among[0].tolist() == signs[inside].tolist()
    assert whole.values[0].tolist() == np.where(signs, days, 0.0)[inside].tolist()


# Every measure

WINDOW = Window(HORIZON, FOLLOW_UP, RMST)
MEASURES = declare_yardsticks(ENDPOINTS, WINDOW)
SCENARIOS, CADENCES = ("calm", "tense", "hunted"), ("silence", "monthly", "milestones")


def arms_of(scenarios: tuple[str, ...], cadences: tuple[str, ...]) -> dict[tuple[str, str], pl.DataFrame]:
    return synthetic_arms(n=300, cadences=cadences, scenarios=list(scenarios))


def kept_of(arms: dict[tuple[str, str], pl.DataFrame]) -> KeptSamples:
    found = KeptSamples()
    given = {arm: cut(rows) for arm, rows in arms.items()}
    analyse_pieces(given, endpoints=ENDPOINTS, window=WINDOW, baseline="silence", kept=found)
    return found


@pytest.fixture(scope="module")
def all_kept() -> KeptSamples:
    return kept_of(arms_of(SCENARIOS, CADENCES))


def test_two_scenarios_are_compared_as_two_cadences_are_in_every_measure() -> None:
    arms = arms_of(SCENARIOS, ("silence",))
    found = between_scenarios(kept_of(arms), MEASURES, "calm")
    # The same rows, with scenarios called cadences.
    as_cadences = {("all", scenario): rows for (scenario, _), rows in arms.items()}
    expected = analyse(as_cadences, endpoints=ENDPOINTS, window=WINDOW, baseline="calm").contrasts
    expected = expected.filter(pl.col("measure").is_in(found["measure"].unique().to_list()))
    joined = found.join(expected, left_on=["scenario", "measure"], right_on=["cadence", "measure"])
    assert joined.height == expected.height == found.height == 2 * sum(not each.undefined for each in MEASURES)
    for column in ("difference", "se", "n"):
        one, other = (joined[name].cast(pl.Float64).fill_null(-9e9).to_numpy() for name in (column, f"{column}_right"))
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9), column
    # The critical values are two quasi-random estimates of one number, each uncertain by half a percent.
    width = joined["high"] - joined["low"]
    for column in ("low", "high"):
        assert ((joined[column] - joined[f"{column}_right"]).abs() <= 0.005 * width).drop_nulls().all(), column
        assert joined[column].is_null().equals(joined[f"{column}_right"].is_null().rename(column))
    assert joined["distinguishable"].equals(joined["distinguishable_right"].rename("distinguishable"))
    assert joined["note"].equals(joined["note_right"].rename("note"))


def test_a_difference_between_scenarios_is_that_of_their_estimates(all_kept: KeptSamples) -> None:
    analysis = analyse(arms_of(SCENARIOS, CADENCES), endpoints=ENDPOINTS, window=WINDOW, baseline="silence")
    estimates = {
        (row["scenario"], row["cadence"], row["measure"]): row["estimate"]
        for row in analysis.estimates.iter_rows(named=True)
    }
    of_one = {each.key for each in MEASURES if not each.of_both}
    found = between_scenarios(all_kept, MEASURES, "calm").filter(pl.col("measure").is_in(of_one))
    for row in found.drop_nulls("difference").iter_rows(named=True):
        own, other = (estimates[where, row["cadence"], row["measure"]] for where in (row["scenario"], "calm"))
        assert row["difference"] == pytest.approx(own - other, abs=1e-9)


def test_an_advantage_between_scenarios_is_that_of_contrasts(all_kept: KeptSamples) -> None:
    analysis = analyse(arms_of(SCENARIOS, CADENCES), endpoints=ENDPOINTS, window=WINDOW, baseline="silence")
    gains = {
        (row["scenario"], row["cadence"], row["measure"]): row["difference"]
        for row in analysis.contrasts.iter_rows(named=True)
    }
    found = between_advantages(all_kept, MEASURES, "calm", "silence")
    assert found.height == 2 * 2 * sum(not each.undefined for each in MEASURES)
    for row in found.drop_nulls("difference").iter_rows(named=True):
        own, other = (gains[where, row["cadence"], row["measure"]] for where in (row["scenario"], "calm"))
        assert row["difference"] == pytest.approx(own - other, abs=1e-9)


def test_an_advantage_has_the_paired_error_and_two_imaginary_replications_at_twice_the_bound() -> None:
    luck = np.random.default_rng(5)
    values = luck.integers(0, 101, (2, 2, 400))
    arms = kept(
        measure=DAYS,
        **{
            scenario: {cadence: list(values[i, j]) for j, cadence in enumerate(("silence", "monthly"))}
            for i, scenario in enumerate(("calm", "harsh"))
        },
    )
    [row] = between_advantages(arms, [DAYS], "calm", "silence").to_dicts()
    away = (values[1, 1] - values[1, 0] - values[0, 1] + values[0, 0]).astype(float)
    assert row["difference"] == pytest.approx(away.mean())
    assert row["se"] == pytest.approx(away.std(ddof=1) / 20)
    squares = 400 * float(away.var())
    limits = bounded_mean(float(away.mean()), squares, 400, (-200.0, 200.0), row["critical"])
    assert (row["low"], row["high"]) == pytest.approx(limits)
    assert row["critical"] == pytest.approx(1.96, abs=0.001)


def test_an_advantage_among_those_that_sign_has_the_error_of_the_jackknife() -> None:
    luck = np.random.default_rng(6)
    days, signs = luck.random((4, 3000)) * 100, luck.random((4, 3000)) < 0.4
    arms = KeptSamples()
    names = [("calm", "silence"), ("calm", "monthly"), ("harsh", "silence"), ("harsh", "monthly")]
    for at, arm in enumerate(names):
        arms.add(arm, np.arange(3000), {KEPT: Sample(np.where(signs[at], days[at], 0.0), signs[at])})
    [row] = between_advantages(arms, [KEPT], "calm", "silence").to_dicts()
    sums, members = np.where(signs, days, 0.0).sum(axis=1), signs.sum(axis=1)
    left = (sums[:, None] - np.where(signs, days, 0.0)) / (members[:, None] - signs)  # means without each replication
    without = left[3] - left[2] - left[1] + left[0]
    jackknife = np.sqrt(2999 / 3000 * ((without - without.mean()) ** 2).sum())
    mean = sums / members
    assert row["difference"] == pytest.approx(mean[3] - mean[2] - mean[1] + mean[0])
    assert row["se"] == pytest.approx(jackknife, rel=2e-3)


def test_an_advantage_that_nothing_changes_is_not_told_apart() -> None:
    arms = kept(**{name: {"silence": [1, 0] * 200, "monthly": [1, 1] * 200} for name in ("calm", "harsh")})
    [row] = between_advantages(arms, [SIGNED], "calm", "silence").to_dicts()
    assert (row["difference"], row["se"], row["distinguishable"]) == (0.0, 0.0, False)
    assert row["low"] == pytest.approx(-row["high"])


def test_a_measure_that_a_scenario_lacks_is_compared_in_those_that_have_it() -> None:
    arms = kept(calm={"silence": [1, 0]}, harsh={"silence": [0, 0]})
    arms.add(("brief", "silence"), np.arange(2), {DAYS: Sample(np.zeros(2), np.ones(2, dtype=bool))})
    assert between_scenarios(arms, [SIGNED, DAYS], "calm")["scenario"].to_list() == ["harsh"]


def test_values_counted_in_pieces_are_those_counted_at_once(
    all_kept: KeptSamples, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = between_scenarios(all_kept, MEASURES, "calm")
    monkeypatch.setattr(paired_module, "_AT_A_TIME", 9 * 64)
    pieces = between_scenarios(all_kept, [each for each in MEASURES if each.statistic != "median"], "calm")
    same = whole.filter(pl.col("measure").is_in(pieces["measure"].unique().to_list()))
    for column in ("difference", "se", "low", "high", "n"):
        one, other = (frame[column].cast(pl.Float64).fill_null(-9e9).to_numpy() for frame in (pieces, same))
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9), column


def test_a_critical_value_of_few_replications_is_that_of_their_correlations() -> None:
    rows = np.random.default_rng(7).normal(size=(40, 30))
    rows -= rows.mean(axis=1, keepdims=True)
    # Two quasi-random estimates of one number, each uncertain by half a percent.
    assert critical_value_of_rows(rows) == pytest.approx(critical_value(np.corrcoef(rows)), rel=0.02)


def test_a_lever_is_a_mean_over_the_values_of_the_others() -> None:
    grid = Grid(("content", "every"), (("agreed", "verified"), ("month", "year")), ("am", "ay", "vm", "vy"))
    shares = {"am": [1, 1, 0, 0] * 500, "ay": [1, 0, 0, 0] * 500, "vm": [1, 1, 1, 0] * 500, "vy": [1, 1, 0, 0] * 500}
    found = between_values(kept(calm=shares), SIGNED, "calm", grid)
    assert found.select("lever", "value", "other", "difference").rows() == [
        ("content", "agreed", "verified", -0.25),
        ("every", "month", "year", 0.25),
    ]
    # Of four replications alike, the mean over the other lever differs by 0, −0.5, −0.5 and 0 points.
    assert found["se"][0] == pytest.approx((0.0625 / 1999) ** 0.5)
    assert found["distinguishable"].all()


# The page


def page_of(rows: list[tuple[str, str, float, float, float]]) -> SimpleNamespace:
    """Make what the page reads of an analysis: rows are (scenario, cadence, difference, low, high)."""
    labels = {"other": "calm", "measure": "in_force_end", "se": 0.01, "n": 100, "critical": 2.0, "note": ""}
    frame = pl.DataFrame(
        [
            dict(zip(("scenario", "cadence", "difference", "low", "high"), row, strict=True))
            | {"distinguishable": row[3] > 0 or row[4] < 0}
            | labels
            for row in rows
        ],
        schema=SCHEMAS["advantages"],
    )
    measures = pl.DataFrame({"measure": ["in_force_end"], "title": ["In force"], "unit": ["share"]})
    return SimpleNamespace(
        advantages=frame, across=frame, measures=measures, primary="in_force_end", baseline="silence"
    )


def test_the_page_says_in_which_scenarios_a_cadence_gains_more() -> None:
    told = [("tense", "monthly", -0.05, -0.08, -0.02), ("tense", "yearly", 0.03, -0.01, 0.07)]
    assert advantages_sentence(page_of(told)) == (  # type: ignore[arg-type]
        "What a cadence gains on silence in agreements in force at the end is not the same in every scenario. Against "
        "calm: monthly in tense by 5.0 points less (2.0 to 8.0); 95% intervals in brackets."
    )


def test_the_page_claims_no_difference_in_gains_that_the_intervals_do_not_show() -> None:
    untold = [("tense", "monthly", -0.05, -0.12, 0.02), ("tense", "yearly", 0.03, -0.01, 0.07)]
    assert advantages_sentence(page_of(untold)) == (  # type: ignore[arg-type]
        "What a cadence gains on silence in agreements in force at the end cannot be told to differ between scenarios "
        "(95% intervals from −12.0 to 7.0 points)."
    )


def test_a_table_of_several_measures_gives_each_difference_its_unit() -> None:
    page = page_of([("tense", "monthly", -0.05, -0.08, -0.02)])
    table = advantages_table(page, [Column("in_force_end", "in force", "")])  # type: ignore[arg-type]
    assert table is not None
    assert table.rows == (("in force", ("tense", "monthly", "−5.0 points", "−8.0 to −2.0", "yes")),)
