"""Lifetime laws against scipy, with and without an age, and what they refuse."""

from __future__ import annotations

import math
import re
from itertools import pairwise

import numpy as np
import pytest
from scipy import special, stats
from toys import days, history, nothing, running, world

from timeline.errors import ModelError, RunError
from timeline.model.declarations import Clock
from timeline.model.laws import (
    LawKind,
    at_once,
    empirical,
    exponential,
    fixed,
    law_functions,
    lifetime,
    lognormal,
    normal_quantile,
    uniform,
    weibull,
)

#: Probabilities of lasting longer, from the least uniform there is to the greatest.
CHANCES = (2.0**-53, 1e-12, 1e-6, 1e-3, *np.linspace(0.01, 0.99, 99), 0.999, 1 - 1e-6, 1 - 2.0**-53)


def lasts(law, chance, age):
    return lifetime(law, chance, law.first, law.second, age)


def agree(law, scipys, ages, rel=1e-12):
    """Each quantile of the law, given the age, is scipy's conditional quantile."""
    for age in ages:
        for chance in CHANCES:
            expected = scipys.isf(chance * scipys.sf(age)) - age
            # isf() of a product close to one loses what the difference of two ages loses
            slack = rel * (expected + age) + 4e-16 * (1 + age) / max(scipys.pdf(age + expected), 1e-3)
            assert lasts(law, chance, age) == pytest.approx(expected, rel=rel, abs=slack), (age, chance)


def test_the_exponential_law_has_mean_one():
    for chance in CHANCES:
        assert lasts(exponential(), chance, 0.0) == pytest.approx(stats.expon.isf(chance), rel=1e-15, abs=1e-16)


@pytest.mark.parametrize("shape", [0.5, 1.0, 1.5, 4.0])
def test_the_weibull_law_is_scipys_at_every_age(shape):
    agree(weibull(shape), stats.weibull_min(shape), (0.0, 0.1, 1.0, 2.0))


@pytest.mark.parametrize("shape", [0.5, 1.5, 4.0])
@pytest.mark.parametrize("age", [0.3, 5.0, 40.0])
def test_an_aged_weibull_lifetime_survives_with_the_conditional_probability(shape, age):
    """S(age + t) / S(age), in logarithms, so that ages far in the tail are tested too."""
    for chance in CHANCES:
        t = lasts(weibull(shape), chance, age)
        assert math.pow(age + t, shape) - math.pow(age, shape) == pytest.approx(
            -math.log(chance), rel=1e-9, abs=1e-15 * shape * math.pow(age, shape) * 10
        )


@pytest.mark.parametrize("sigma", [0.25, 1.0, 2.5])
def test_the_lognormal_law_is_scipys_at_every_age(sigma):
    agree(lognormal(sigma), stats.lognorm(sigma), (0.0, 0.2, 1.0, 2.0))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (2.0, 5.0), (30.0, 30.5)])
def test_the_uniform_law_is_scipys_at_every_age(low, high):
    law, scipys = uniform(low, high), stats.uniform(low, high - low)
    for age in (0.0, low / 2, low, (low + high) / 2, high - 0.01):
        for chance in CHANCES:
            # scipy's isf() of a product near one would add rounding of its own: invert by hand
            expected = high - chance * scipys.sf(age) * (high - low) - age
            assert lasts(law, chance, age) == pytest.approx(expected, rel=1e-11, abs=1e-14 * high)
            assert 0 <= lasts(law, chance, age) <= high - age


def test_a_fixed_law_lasts_exactly_as_long_as_stated_whatever_the_uniform():
    assert {lasts(fixed(30), chance, 0.0) for chance in CHANCES} == {30}


def test_a_reaction_lasts_no_time():
    assert {lasts(at_once(), chance, 0.0) for chance in CHANCES} == {0.0}


KNOTS, HAZARDS = (0.0, 10.0, 30.0, 60.0), (0.05, 0.0, 0.2, 0.01)


def cumulative(t, knots=KNOTS, hazards=HAZARDS):
    ends = (*knots[1:], math.inf)
    return sum(h * (min(t, b) - a) for a, b, h in zip(knots, ends, hazards, strict=True) if t > a)


@pytest.mark.parametrize("age", [0.0, 3.0, 10.0, 20.0, 30.0, 59.9, 60.0, 500.0])
def test_the_empirical_law_uses_up_its_cumulative_hazard(age):
    law = empirical(KNOTS, HAZARDS)
    for chance in CHANCES:
        t = lasts(law, chance, age)
        assert cumulative(age + t) - cumulative(age) == pytest.approx(-math.log(chance), rel=1e-9, abs=1e-14)


def test_an_empirical_law_of_one_hazard_is_exponential_at_every_age():
    for age in (0.0, 7.0):
        for chance in CHANCES:
            expected = stats.expon(scale=1 / 0.02).isf(chance)
            assert lasts(empirical([0], [0.02]), chance, age) == pytest.approx(expected, rel=1e-12, abs=1e-14)


def test_an_empirical_law_never_ends_within_a_stretch_without_hazard():
    ends = [lasts(empirical(KNOTS, HAZARDS), chance, 0.0) for chance in CHANCES]
    assert not [t for t in ends if 10 < t < 30]


def test_an_empirical_law_may_choose_among_its_tables():
    law = empirical([0, 10], [[0.1, 0.1], [0.2, 0.2]], which=lambda p: p.table)
    assert lifetime(law, 0.5, 0, 0.0, 0.0) == pytest.approx(2 * lifetime(law, 0.5, 1, 0.0, 0.0))
    assert math.isnan(lifetime(law, 0.5, 2, 0.0, 0.0))
    assert math.isnan(lifetime(law, 0.5, -1, 0.0, 0.0))


def test_the_normal_quantile_is_scipys_within_a_few_units_in_the_last_place():
    """Relative 2e-15 (nine units in the last place), from the least uniform to the greatest."""
    q = np.concatenate([np.logspace(-15.9, -1, 400), np.linspace(0.001, 0.999, 999), 1 - np.logspace(-15, -1, 200)])
    ours = np.array([normal_quantile(float(x)) for x in q])
    scipys = special.ndtri(q)
    assert np.max(np.abs(ours - scipys) / np.maximum(np.abs(scipys), 1e-1)) < 2e-15


def test_the_normal_quantile_is_odd_where_the_difference_is_exact():
    for q in (0.25, 0.125, 2.0**-20, 2.0**-40):
        assert normal_quantile(q) == -normal_quantile(1 - q)
    assert normal_quantile(0.5) == 0.0


def test_no_law_ever_gives_a_negative_lifetime():
    laws = (
        exponential(),
        weibull(0.3),
        weibull(7.0),
        lognormal(0.1),
        uniform(0, 3),
        empirical(KNOTS, HAZARDS),
    )
    for law in laws:
        for age in (0.0, 1e-9, 1.0, 2.999999):
            for chance in CHANCES:
                assert lasts(law, chance, age) >= 0


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: weibull(0.0), "weibull(shape=0.0): expected a shape above 0"),
        (lambda: weibull(math.nan), "weibull(shape=nan): expected a shape above 0"),
        (lambda: lognormal(-1), "lognormal(sigma=-1): expected a sigma above 0"),
        (lambda: uniform(3, 2), "uniform(3, 2): expected 0 <= low < high; give the smaller bound first"),
        (lambda: uniform(-1, 2), "uniform(-1, 2): expected 0 <= low < high; give the smaller bound first"),
        (lambda: fixed(-3), "fixed(-3): expected 0 days or more"),
        (lambda: fixed(math.nan), "fixed(nan): expected 0 days or more"),
        (
            lambda: empirical([1, 2], [0.1, 0.1]),
            "empirical: knots [1.0, 2.0] given, expected ages that begin with 0 and rise",
        ),
        (
            lambda: empirical([0, 2, 2], [0.1, 0.1, 0.1]),
            "empirical: knots [0.0, 2.0, 2.0] given, expected ages that begin with 0 and rise",
        ),
        (
            lambda: empirical([0, 2], [0.1]),
            "empirical: hazards [0.1] given, expected 2 of them, none negative, the last above 0",
        ),
        (
            lambda: empirical([0, 2], [-0.1, 1.0]),
            "empirical: hazards [-0.1, 1.0] given, expected 2 of them, none negative, the last above 0",
        ),
        (
            lambda: empirical([0, 2], [0.1, 0.0]),
            "empirical: hazards [0.1, 0.0] given, expected 2 of them, none negative, the last above 0",
        ),
    ],
)
def test_impossible_parameters_are_refused_where_they_are_written(declare, message):
    with pytest.raises(ModelError) as refused:
        declare()
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("law", "what"),
    [
        (weibull(lambda s: s.x), "its weibull law gives no lifetime for parameters 0.0, 1.0 and age 0.0"),
        (weibull(2.0, age=-1.0), "its weibull law gives no lifetime for parameters 2.0, 1.0 and age -1.0"),
        (lognormal(lambda s: s.x), "its lognormal law gives no lifetime for parameters 0.0, 1.0 and age 0.0"),
        (uniform(1, 2, age=2.0), "its uniform law gives no lifetime for parameters 1, 2 and age 2.0"),
        (uniform(lambda s: 3.0, 2), "its uniform law gives no lifetime for parameters 3.0, 2 and age 0.0"),
        (fixed(lambda s: -1.0), "its fixed law gives no lifetime for parameters -1.0, 0.0 and age 0.0"),
        (
            empirical([0], [1], which=lambda s: s.n + 1),
            "its empirical law gives no lifetime for parameters 1, 0.0 and age 0.0",
        ),
        (
            empirical([0], [1], age=lambda s: s.since),
            "its empirical law gives no lifetime for parameters 0, 0.0 and age nan",
        ),
        (weibull(3.0, age=1e200), "its weibull law gives no lifetime for parameters 3.0, 1.0 and age 1e+200"),
        (
            empirical([0], [1], which=lambda s: s.since),
            "its empirical law gives no lifetime for parameters nan, 0.0 and age 0.0",
        ),
        (weibull(lambda s: 1 / s.x), "float division by zero"),
    ],
)
def test_impossible_parameters_stop_the_run_at_the_draw(law, what):
    toy = world(Clock("wait", running, nothing, law), seed=4)
    with pytest.raises(RunError) as stopped:
        history(toy)
    said = str(stopped.value).split("\n")[0]
    # What Python itself complains of is located in the model's file.
    assert re.sub(r" \(.*test_laws\.py, line \d+\)$", "", said) == f'model "toys", wait, replication 0, day 0: {what}'


@pytest.mark.parametrize("law", [weibull(0.001), lognormal(1e4)], ids=["weibull", "lognormal"])
def test_a_lifetime_too_long_for_a_number_is_infinite_and_never_ends(law):
    assert lasts(law, 1e-9, 0.0) == math.inf
    assert lasts(law, 1 - 1e-9, 0.0) == 0.0


def test_parameters_and_age_are_read_from_the_state_when_the_lifetime_is_drawn():
    def longer(s):
        s.n += 1

    toy = world(Clock("wait", running, longer, fixed(lambda s, p: s.n + 2 * p.toy.rate)), horizon=12)
    assert history(toy) == [(1.0, "wait"), (3.0, "wait"), (6.0, "wait"), (10.0, "wait")]


def test_only_the_first_lifetime_begins_at_an_age():
    late = uniform(0, 10, age=lambda p: 9.999)
    told = [days(history(world(Clock("wait", running, nothing, late)), r), "wait") for r in range(20)]
    assert all(fired[0] < 0.001 for fired in told)
    gaps = [b - a for fired in told for a, b in pairwise(fired)]
    assert len(gaps) > 200
    # were the age kept, every gap would be below 0.001; now a tenth in ten thousand is
    assert sum(gap > 1 for gap in gaps) > 0.8 * len(gaps)


def test_a_redrawn_lifetime_begins_at_age_zero_too():
    def renew(s):
        s.m = 1

    toy = world(
        Clock("renewal", running, renew, fixed(1)),
        Clock("wait", running, nothing, uniform(0, 100, age=98.0), renews_on="m"),
        seed=12,
    )
    first = [days(history(toy, r), "wait")[0] for r in range(40)]
    assert min(first) < 1 < max(first)
    assert all(day < 1 or day > 1 for day in first)
    assert sum(day > 3 for day in first) > 10


def test_a_law_names_the_functions_that_are_read_at_the_draw():
    def shape(s):
        return 1.0

    assert law_functions(weibull(shape, age=shape)) == (shape, shape)
    assert law_functions(weibull(2.0)) == ()


def test_kinds_keep_their_numbers():
    assert [kind.name for kind in sorted(LawKind)] == [
        "EXPONENTIAL", "WEIBULL", "LOGNORMAL", "UNIFORM", "FIXED", "EMPIRICAL", "AT_ONCE",
    ]  # fmt: skip
