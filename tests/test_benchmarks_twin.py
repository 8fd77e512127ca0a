"""The hand-written SimPy twin of the backchannel model agrees with the engines, in distribution.

Two samples with nothing in common but the law: ours from the compiled engine, the twin's from a generator of its
own. Every number of the final state is compared: few values by chi-square, many by Kolmogorov and Smirnov, whose
p-value is conservative where values repeat (as "never" does). A family of comparisons is wrong with a
probability of at most 1 in 1,000 (Bonferroni), were the seeds not fixed.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy import stats

from timeline.analysis.samples import sample
from timeline.study.window import Window

sys.path.insert(0, str(Path(__file__).parent / "benchmarks"))

import answer
import twin
from twin_story import Outcome, Story, Voice
from twin_waits import Wait

from timeline.analysis.histories import read_histories
from timeline.engines import compiled
from timeline.engines.world import World
from timeline.keeping.rows import frame
from timeline.model.units import MONTH, YEAR
from timeline.study.yardsticks import declare_yardsticks

WRONG = 1e-3
Columns = dict[str, np.ndarray[Any, Any]]


def p_value(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Return the probability of a difference at least as large between two samples of one law."""
    one, other = (np.nan_to_num(np.asarray(x, float), nan=np.inf) for x in (one, other))
    values = np.union1d(one, other)
    if len(values) == 1:
        return 1.0
    if len(values) > 12:
        return float(stats.ks_2samp(one, other, method="asymp").pvalue)
    table = np.array([[np.count_nonzero(sample == value) for value in values] for sample in (one, other)])
    share = min(len(one), len(other)) / (len(one) + len(other))
    # Values too rare for the approximation are counted together, and left out if they are rare even so.
    rare = share * table.sum(axis=0) < 5
    table = np.column_stack([table[:, ~rare], table[:, rare].sum(axis=1)])
    table = table[:, share * table.sum(axis=0) >= 5]
    return float(stats.chi2_contingency(table, correction=False).pvalue) if table.shape[1] > 1 else 1.0


@cache
def worlds() -> dict[str, World]:
    """Return the shipped arms and one in which a side tells without the other, which then answers."""
    shipped = twin.worlds()
    alone = {"cadence.voice": Voice.UNILATERAL}
    alone |= {f"cadence.rules[{i}].delay": 10.0 for i in range(3)}
    before = shipped["get-ahead"]
    return shipped | {"get-ahead-alone": replace(before, given={**before.given, **alone})}


def differences(cadence: str, twins: int, ours: int, seed: int, family: int) -> dict[str, float]:
    """Return the columns in which so many twins and so many of ours differ, with p-values, in a family of cadences."""
    world = worlds()[cadence]
    by_hand, compared = twin.run(world, twins, seed), twin.columns(compiled.play(world, 0, ours))
    assert by_hand.keys() == compared.keys()
    found = {name: p_value(by_hand[name], compared[name]) for name in compared}
    return {name: p for name, p in found.items() if p < WRONG / (family * len(found))}


FEW = ("quarterly-from-accord",)


@pytest.mark.parametrize("cadence", FEW)
def test_the_twin_follows_the_law_of_the_model(cadence: str) -> None:
    assert differences(cadence, 250, 5_000, seed=11, family=len(FEW)) == {}


@pytest.mark.slow
@pytest.mark.parametrize("cadence", sorted(worlds()))
def test_thousands_of_twins_follow_the_law_of_the_model(cadence: str) -> None:
    assert differences(cadence, 3_000, 20_000, seed=12, family=len(worlds())) == {}


def test_a_comparison_of_two_laws_finds_that_they_differ() -> None:
    rng = np.random.default_rng(5)
    assert p_value(rng.random(400), rng.random(4_000) * 1.3) < 1e-6
    assert p_value(rng.random(400) < 0.3, rng.random(4_000) < 0.5) < 1e-6
    never = np.where(rng.random(4_000) < 0.5, np.nan, rng.random(4_000))
    assert p_value(rng.random(400), never) < 1e-6


def waits(story: Story) -> Iterator[tuple[str, Wait]]:
    for name, value in vars(story).items():
        for wait in value if isinstance(value, list) else [value]:
            if isinstance(wait, Wait):
                yield name, wait


WATCHED = ("silence", "adaptive-to-rumour", "joint-balanced", "staged-opening", "get-ahead-alone")


@pytest.mark.parametrize("cadence", WATCHED)
def test_nothing_waits_at_a_rate_that_has_changed(cadence: str) -> None:
    world, rng = worlds()[cadence], Random(3)
    looked = 0
    for _ in range(8):
        story = Story(world.parameters, rng)
        while story.env.peek() < world.horizon and story.s.outcome == Outcome.OPEN:
            story.env.step()
            for name, wait in waits(story):
                if wait.process is not None and story.s.outcome == Outcome.OPEN:
                    assert wait.rate == wait.rate_now(), (name, story.env.now)
                    looked += 1
    assert looked > 10_000


def test_what_is_due_at_the_horizon_does_not_happen() -> None:
    parameters = twin.worlds()["silence"].parameters
    stories = [twin.play(parameters, MONTH, Random(seed)) for seed in range(50)]
    still_open = [story for story in stories if story.s.outcome == Outcome.OPEN]
    assert len(still_open) > 40
    assert all(story.s.day == MONTH for story in still_open)
    assert all(story.s.legitimacy_debt == 0.0 for story in still_open)  # the month's first change


def test_a_report_that_would_tie_with_the_month_is_refused() -> None:
    world = twin.worlds()["silence"]
    weekly = replace(world, given={**world.given, "cadence.rules[0].every": 7.0})
    with pytest.raises(ValueError, match="a report every 7 days, 30 days after it is due: expected a month or more"):
        twin.play(weekly.parameters, weekly.horizon, Random(1))


def test_one_seed_gives_one_sample() -> None:
    world = replace(twin.worlds()["milestones"], horizon=2 * YEAR)
    once, again = (twin.run(world, 5, seed=4) for _ in range(2))
    assert all(np.array_equal(once[name], again[name], equal_nan=True) for name in once)


def test_the_answer_is_the_figure_of_the_analysis() -> None:
    model = twin.MODEL
    endpoints = model.endpoints
    assert endpoints is not None
    measures = declare_yardsticks(endpoints, Window(answer.WITHIN, answer.WITHIN, (answer.WITHIN,)))
    (measure,) = [measure for measure in measures if measure.key == "rmst_in_force_1826"]
    days = []
    for arm in answer.arms():
        rows = compiled.play(replace(arm, seed=8), 0, 500)
        read = sample(measure, read_histories(frame(model, rows), endpoints, answer.WITHIN))
        assert read.among.all()
        assert np.array_equal(answer.in_force(rows), read.values)
        days.append(read.values)
    found = answer.answer(500, seed=8)
    paired = stats.ttest_rel(days[1], days[0])
    assert found.difference == pytest.approx(days[1].mean() - days[0].mean())
    assert found.within == pytest.approx(stats.norm.ppf(0.975) * found.difference / paired.statistic)


def test_five_years_are_watched_because_no_more_is_asked() -> None:
    whole = twin.worlds()[answer.BASELINE]
    short = replace(whole, horizon=answer.WITHIN)
    assert math.isclose(whole.horizon, 15 * YEAR)
    assert np.array_equal(*(answer.in_force(compiled.play(world, 0, 500)) for world in (whole, short)))
