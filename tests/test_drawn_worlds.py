"""Worlds drawn from laws: quantiles, correlations, directions, and points that stay put."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from timeline.errors import ConfigError
from timeline.model.records import Parameter
from timeline.study.drawn import (
    Draws,
    WorldSpace,
    draw_worlds,
    normal_correlations,
    sobol_points,
    strongest_possible,
)
from timeline.study.priors import declared_prior, from_quantiles, priors_of, quantiles
from timeline.study.uncertainty import Correlation, Prior, Target, Uncertainty
from timeline.workspace import find

ROOT = Path(__file__).parents[1]
CEASEFIRE = find(ROOT).load("ceasefire")
PARTS = np.linspace(0.001, 0.999, 41)


@pytest.mark.parametrize(
    ("prior", "law"),
    [
        (Prior("uniform", (2, 5)), stats.uniform(2, 3)),
        (Prior("loguniform", (0.1, 7)), stats.loguniform(0.1, 7)),
        (Prior("triangular", (1, 2, 6)), stats.triang(0.2, 1, 5)),
        (Prior("normal", (3, 2)), stats.norm(3, 2)),
        (Prior("lognormal", (0.5, 0.8)), stats.lognorm(0.8, scale=math.exp(0.5))),
        (Prior("beta", (2, 5)), stats.beta(2, 5)),
        (Prior("normal", (1, 1), low=0.0), stats.truncnorm(-1, math.inf, 1, 1)),
    ],
    ids=lambda value: value.law if isinstance(value, Prior) else "",
)
def test_quantiles_are_those_of_the_law(prior: Prior, law: stats.rv_continuous) -> None:
    assert quantiles(prior, PARTS) == pytest.approx(law.ppf(PARTS), rel=1e-9)


@pytest.mark.parametrize("law", ["uniform", "loguniform", "normal", "lognormal", "beta"])
def test_a_law_has_the_two_quantiles_that_it_was_made_from(law: str) -> None:
    made = Prior(law, from_quantiles(law, (0.05, 0.9), (0.2, 0.7)))  # type: ignore[arg-type]
    assert quantiles(made, np.array([0.05, 0.9])) == pytest.approx([0.2, 0.7], rel=1e-6)


def test_whole_numbers_are_equally_likely_to_their_range_s_ends() -> None:
    drawn = quantiles(Prior("uniform", (3, 7), whole=True), (np.arange(1000) + 0.5) / 1000)
    assert np.unique(drawn, return_counts=True)[1].tolist() == [200] * 5


@pytest.mark.parametrize(
    ("unit", "default", "plausible", "law"),
    [
        ("per year", 1.0, (0.1, 10.0), "loguniform"),
        ("per year", 1.0, (0.0, 10.0), "uniform"),
        ("days", 20.0, (5.0, 60.0), "loguniform"),
        ("hazard ratio", 2.0, (1.0, 4.0), "loguniform"),
        ("share", 0.5, (0.1, 0.9), "uniform"),
        ("index", 0.5, (0.1, 0.9), "uniform"),
        ("count", 12, (2, 60), "loguniform"),
        ("count", 5, (3, 7), "uniform"),
    ],
)
def test_the_usual_law_follows_from_the_unit(
    unit: str, default: float, plausible: tuple[float, float], law: str
) -> None:
    prior = declared_prior(Parameter(default, unit=unit, plausible=plausible), Uncertainty(), "any")
    assert prior is not None
    assert prior.law == law


def test_free_directions_make_logarithms_of_ratios_symmetric_about_nothing() -> None:
    ratio = Parameter(0.5, unit="rate ratio", plausible=(0.2, 1.0))
    free = declared_prior(ratio, Uncertainty(directions="free"), "leaks")
    assert free is not None
    assert np.log(quantiles(free, PARTS)) == pytest.approx(-np.log(quantiles(free, 1 - PARTS)), abs=1e-12)
    only_steps = Uncertainty(directions_of={"steps": "free"})
    assert declared_prior(ratio, only_steps, "leaks") == declared_prior(ratio, Uncertainty(), "leaks")
    assert declared_prior(ratio, only_steps, "steps") == free


def test_what_the_config_sets_and_what_is_switched_off_is_the_same_in_all_worlds() -> None:
    model = find(ROOT).load("backchannel")
    all_of_them = priors_of(model, Uncertainty())
    fewer = priors_of(model, Uncertainty(), {"steps.private"}, ("leaks",))
    gone = set(all_of_them) - set(fewer)
    assert "steps.private" in gone
    assert {path.partition(".")[0] for path in gone} == {"steps", "leaks"}
    law = {"steps.private": Prior("point", (2.0,))}
    assert "steps.private" in priors_of(model, Uncertainty(laws=law), {"steps.private"})


def space(**changes: object) -> WorldSpace:
    return replace(WorldSpace(CEASEFIRE, priors_of(CEASEFIRE, Uncertainty())), **changes)  # type: ignore[arg-type]


def test_adding_worlds_keeps_the_first() -> None:
    few, many = draw_worlds(space(), 10, 3), draw_worlds(space(), 200, 3)
    assert many.worlds[:10] == few.worlds
    assert draw_worlds(space(), 10, 4).worlds != few.worlds
    assert (sobol_points(5, 300, 1)[100:] == sobol_points(5, 200, 1, begin=100)).all()


def test_worlds_are_values_as_the_models_code_sees_them() -> None:
    found = draw_worlds(space(), 64, 3)
    outbreak, watched = found.frame()["line.outbreak"], found.frame()["line.outbreak_watched"]
    assert 0.5 <= outbreak.min() <= 0.6  # type: ignore[operator]
    assert 11 <= outbreak.max() <= 12  # type: ignore[operator]
    assert [w["line.outbreak"] for w in found.worlds] == pytest.approx((outbreak / 365.25).to_list())
    assert [w["line.outbreak_watched"] for w in found.worlds] == pytest.approx(watched.log().to_list())


def test_ranks_are_correlated_as_asked() -> None:
    pairs = (Correlation("line.outbreak", "line.growth", 0.7), Correlation("line.growth", "line.calming", -0.4))
    found = draw_worlds(space(correlations=pairs), 4096, 1).frame()
    for pair in pairs:
        assert stats.spearmanr(found[pair.one], found[pair.other])[0] == pytest.approx(pair.rank, abs=0.02)
    assert stats.spearmanr(found["line.outbreak"], found["line.surprise"])[0] == pytest.approx(0, abs=0.02)


def test_correlations_that_cannot_be_together_are_weakened_until_they_can() -> None:
    three = [Correlation("x", "y", 0.9), Correlation("y", "z", 0.9), Correlation("x", "z", -0.9)]
    factor = strongest_possible(["x", "y", "z"], three)
    weaker = [replace(pair, rank=pair.rank * factor) for pair in three]
    assert np.linalg.eigvalsh(normal_correlations(["x", "y", "z"], weaker))[0] > 0
    assert strongest_possible(["x", "y"], three[:1]) == 1


def test_draws_are_taken_as_often_as_their_weights_say_and_whole() -> None:
    draws = Draws(("line.outbreak", "line.growth"), np.array([[1.0, 0.5], [2.0, 0.7]]), np.array([0.25, 0.75]))
    found = draw_worlds(space(draws=draws), 1024, 1).frame()
    assert found["line.outbreak"].eq(2.0).sum() == pytest.approx(768, abs=2)
    assert set(zip(found["line.outbreak"], found["line.growth"], strict=True)) == {(1.0, 0.5), (2.0, 0.7)}
    assert found["line.calming"].n_unique() > 1000


def test_impossible_worlds_are_passed_over_and_counted() -> None:
    def too_much(p: object) -> list[tuple[str, str]]:
        return [("line.growth", "grows too fast")] if p.line.growth * 365.25 > 1 else []  # type: ignore[attr-defined]

    model = replace(CEASEFIRE, check_parameters=too_much)
    found = draw_worlds(space(model=model), 100, 1)
    assert len(found.worlds) == 100
    assert found.frame()["line.growth"].max() <= 1  # type: ignore[operator]
    share = math.log(1 / 0.2) / math.log(4 / 0.2)
    assert found.refused == pytest.approx(100 / share - 100, abs=20)


def test_laws_that_contradict_the_model_are_refused_with_what_it_says() -> None:
    model = replace(CEASEFIRE, check_parameters=lambda p: [("line.growth", "given too much, expected less")])
    with pytest.raises(ConfigError, match=r"finds 100 impossible.*line\.growth: given too much, expected less"):
        draw_worlds(space(model=model), 100, 1)


def test_worlds_need_something_that_differs() -> None:
    with pytest.raises(ConfigError, match=r"no assumption differs.*\[uncertainty\.laws\]"):
        draw_worlds(WorldSpace(CEASEFIRE, {}), 10, 1)


def test_uncertainty_comes_back_from_json_as_it_went() -> None:
    asked = Uncertainty(
        worlds=64,
        directions_of={"steps": "free"},
        laws={"line.growth": Prior("normal", (1, 0.2), 0.0)},
        correlations=(Correlation("line.growth", "line.outbreak", 0.5),),
        keep=(Target("kept for a year", "survival", 0.6, 0.9, 365.0),),
        accept="move",
    )
    assert Uncertainty.from_json(asked.to_json()) == asked
    with pytest.raises(ValueError, match="accept"):
        Uncertainty.from_json(asked.to_json() | {"accept": "guess"})
