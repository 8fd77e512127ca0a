"""A signature has to be followed by people who were not in the room."""

from __future__ import annotations

import math
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.records import blank
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
MODEL = Workspace(ROOT).load("backchannel")
CRISIS = import_module(f"{type(MODEL.open).__module__.partition('.')[0]}.crisis")
RANKS = next(mechanism for mechanism in MODEL.mechanisms if mechanism.name == "ranks")
CLOCKS = {clock.name: clock for clock in RANKS.clocks}
YEAR = 365.25
#: Nothing raises or lowers the hazard; refusal .5 a year a side, 60 days on average until a signature is taken in.
PLAIN = {
    "ranks.refusal": 0.5 / YEAR, "ranks.taking_in": 60.0, "ranks.movement": 1.0,
    "ranks.sprung": 0.0, "ranks.pressure": 0.0, "ranks.support": 0.0, "ranks.kept": 0.0,
}  # fmt: skip
PARAMETERS = World(MODEL, PLAIN).parameters


def signed(**more: object):
    """Return a state on whose first day a deal is signed that nobody had been told of."""
    state = blank(MODEL.state)
    state.ranks_decide, state.to_be_ratified = True, True
    for name, value in more.items():
        setattr(state, name, value)
    CRISIS.sign(state)
    return state


def speed(state, parameters=PARAMETERS, side: str = "a") -> float:
    return CLOCKS["refusal"].speed(state, parameters, getattr(state, side)) * YEAR


def test_as_many_signatures_are_defied_as_the_two_hazards_say() -> None:
    # Of one side 1 in 1 + 1 / (rate x time) is defied first; a deal stands if neither is. 400 deals: 4 errors.
    signing = replace(RANKS, start=lambda s: (setattr(s, "ranks_decide", True), CRISIS.sign(s))[0])
    alone = replace(MODEL, mechanisms=(signing,), observations=())
    defied = [
        play(World(alone, PLAIN, seed=7, horizon=20 * YEAR), replication).state.cause == CRISIS.Cause.DEFIANCE
        for replication in range(400)
    ]
    stands = (1 / (1 + 0.5 / YEAR * 60)) ** 2
    error = math.sqrt(stands * (1 - stands) / len(defied))
    assert np.mean(defied) == pytest.approx(1 - stands, abs=4 * error)


def test_what_was_told_before_the_signature_is_not_sprung_on_anybody() -> None:
    assert signed().sprung == 1.0
    assert signed(owned_up=0.75).sprung == 0.25


def test_a_side_that_has_taken_the_signature_in_defies_it_no_more() -> None:
    state = signed()
    assert speed(state) == pytest.approx(0.5)
    CLOCKS["signature followed"].fires(state, PARAMETERS, state.a)
    assert (speed(state), speed(state, side="b")) == (0.0, pytest.approx(0.5))


def test_nobody_defies_before_there_is_a_signature() -> None:
    state = blank(MODEL.state)
    state.a.following = False
    assert speed(state) == 0.0


@pytest.mark.parametrize(
    ("given", "change", "times"),
    [
        ({"ranks.sprung": math.log(3.0)}, {}, 3.0),
        ({"ranks.sprung": math.log(3.0)}, {"owned_up": 1.0}, 1.0),
        ({"ranks.kept": math.log(0.5)}, {"carried_out_share": 1.0}, 0.5),
        ({"ranks.kept": math.log(0.5)}, {}, 1.0),
    ],
)
def test_a_text_that_was_sprung_or_unkept_is_defied_so_many_times_as_often(given, change, times) -> None:
    state = signed(**change)
    for name, value in change.items():
        setattr(state, name, value)  # a signature counts the ladder anew, and there is none
    assert speed(state, World(MODEL, PLAIN | given).parameters) == pytest.approx(0.5 * times)


def test_a_movement_commands_less_firmly() -> None:
    state = signed()
    state.b.regime = CRISIS.Regime.MOVEMENT
    parameters = World(MODEL, PLAIN | {"ranks.movement": 2.0}).parameters
    assert (speed(state, parameters), speed(state, parameters, "b")) == (pytest.approx(0.5), pytest.approx(1.0))


def test_a_pact_is_no_order_to_anybody() -> None:
    state = blank(MODEL.state)
    CRISIS.sign(state)
    assert state.a.following
    assert state.b.following
