"""Idle parameters: held at their defaults, and no assumptions of the model that says it does not use them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import toys

import timeline
from timeline.engines import compiled
from timeline.engines.world import World
from timeline.errors import ConfigError, ModelError
from timeline.model.declarations import Clock, Mechanism, Model
from timeline.model.idle import Idle
from timeline.model.values import read_value
from timeline.validation.claims import given_values
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
PACT = "configs/secret_pact/embed-hide-or-reveal.toml"
WHY = (
    'model "secret_pact" does not use it: a pact is concluded before the timeline begins, and no talks are played; '
    "leave it out"
)


def toy(*idle: Idle) -> Model:
    clocks = (Clock("count", lambda p: p.toy.rate, toys.count),)
    mechanism = Mechanism("toy", clocks, parameters=toys.Rates)
    return Model("toys", "Toys", toys.State, (mechanism,), toys.Outcome.OPEN, idle=idle)


def test_an_idle_parameter_is_no_assumption_and_keeps_its_default() -> None:
    model = toy(Idle("nothing here has a shape", ("toy.shape",)))
    assert list(model.assumptions) == ["toy.rate"]
    assert World(model).parameters.toy.shape == 1.5


def test_an_idle_parameter_changes_no_number_that_the_code_sees() -> None:
    whole, lean = Workspace(ROOT).load("backchannel"), Workspace(ROOT).load("secret_pact")
    for path in ("steps.candour_public", "succession.resuming"):  # a logarithm, and a rate a day
        owner, name = path.split(".")
        assert getattr(getattr(World(lean).parameters, owner), name) == whole.assumptions[path].in_days


@pytest.mark.parametrize(
    ("idle", "said"),
    [
        (Idle("so", ("toy.shap",)), 'model "toys", idle: "toy.shap" names no parameter of a mechanism of the model'),
        (Idle("so", ("toy.shape", "toy.shape")), 'model "toys", idle: "toy.shape" is named twice, expected once'),
        (Idle("", ("toy.shape",)), "model \"toys\", idle ('toy.shape',): no reason given, expected why"),
    ],
)
def test_a_contradictory_declaration_is_refused(idle: Idle, said: str) -> None:
    with pytest.raises(ModelError) as problem:
        toy(idle)
    assert str(problem.value).startswith(said)


@pytest.mark.parametrize(
    "change",
    [
        lambda study: study.change("parameters.steps.candour_public", 0.3),
        lambda study: timeline.values(study, {"steps.candour_public": [0.3]}, count=1),
    ],
)
def test_who_sets_one_is_told_why_the_model_does_not_use_it(change: Callable[[timeline.Study], object]) -> None:
    with pytest.raises(ConfigError) as problem:
        change(timeline.load(ROOT / PACT))
    assert f"given 0.3, but {WHY}" in str(problem.value)


def test_a_claim_about_one_is_refused() -> None:
    with pytest.raises(ModelError, match=r'"steps\.candour_public" is a parameter that the model does not use'):
        given_values(Workspace(ROOT).load("secret_pact"), {"steps.candour_public": 0.3})


def test_a_movement_concludes_no_pact() -> None:
    with pytest.raises(ConfigError, match='given "movement", expected "democracy" or "autocracy"'):
        timeline.load(ROOT / PACT).change("parameters.b.regime", "movement")


@pytest.mark.parametrize("end", [0, 1])
def test_what_a_pact_does_not_use_changes_no_timeline(end: int) -> None:
    model, whole = Workspace(ROOT).load("secret_pact"), Workspace(ROOT).load("backchannel").assumptions
    busy = {
        "cadence.rules[0].every": "1 month", "cadence.rules[0].content": "agreed", "cadence.voice": "unilateral",
        "leaks.discovery": 1.0, "b.regime": "autocracy", "pact.chosen": True,
    }  # fmt: skip
    given = given_values(model, busy)
    ends = {path: whole[path].plausible for idle in model.idle for path in idle.paths}
    turned = {path: read_value(whole[path], both[end]) for path, both in ends.items() if both is not None}
    assert len(turned) == 16
    rows = [compiled.play(World(model, g, seed=5, horizon=5479.0), 0, 200) for g in (given, given | turned)]
    assert rows[0].tobytes() == rows[1].tobytes()
