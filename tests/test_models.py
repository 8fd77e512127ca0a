"""What every shipped model keeps: bounds, accounts, parameters that matter, stories that can be taken away."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from timeline.config.load import load
from timeline.engines import compiled
from timeline.engines.reference import play
from timeline.engines.world import Injection, World
from timeline.model.declarations import Model, needed_by
from timeline.model.records import Array, Field, Parameter, leaves
from timeline.model.units import YEAR
from timeline.playing.tasks import task_of, world_of
from timeline.study.experiment import Experiment
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("backchannel", "track_two", "secret_pact")
CONFIGS = sorted((ROOT / "configs").glob("*/*.toml"))
#: The order of an account, after STRESS-DES.
ACCOUNT = ("Purpose.", "Entities.", "Logic.", "Inputs.", "Left out.", "Not for.")
#: Indices that several stories push, and one brings back: loops that could run away.
MOODS = (
    "a.pressure",
    "b.pressure",
    "a.turmoil",
    "b.turmoil",
    "rumour",
    "attention",
    "hostility",
    "alarm",
    "suspicion",
    "arms",
)
#: A cadence that uses every lever but those that would say nothing.
TALKATIVE: dict[str, float] = {
    "cadence.rules[0].every": 60.0, "cadence.rules[0].content": 2, "cadence.rules[0].share": 0.5,
    "cadence.rules[1].every": 90.0, "cadence.rules[1].content": 0,
    "cadence.rules[2].on": 4, "cadence.rules[2].content": 3,
    "cadence.probe": True, "cadence.announced": True, "cadence.claim": 1.4, "cadence.voice": 1,
    "cadence.feedback": 20.0, "cadence.min_gap": 10.0, "cadence.hold_in_crisis": True, "cadence.keep": 0.1,
}  # fmt: skip


@cache
def model(name: str) -> Model:
    return Workspace(ROOT).load(name)


@cache
def config(path: Path) -> Experiment:
    return load(path)


def rows(of: World, count: int) -> Any:
    return compiled.play(of, 0, count)


# Accounts and configs


@pytest.mark.parametrize("name", NAMES)
def test_a_model_accounts_for_itself_in_the_order_of_stress_des(name: str) -> None:
    account = model(name).account
    places = [account.find(f"\n{word} ") for word in ACCOUNT]
    assert min(places) > 0
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_every_part_of_an_account_says_something(name: str) -> None:
    parts = re.split("|".join(re.escape(f"\n{word} ") for word in ACCOUNT), model(name).account)
    assert [len(part.split()) >= 12 for part in parts[1:]] == [True] * len(ACCOUNT)


@pytest.mark.parametrize("name", NAMES)
def test_a_model_ships_at_least_three_questions(name: str) -> None:
    assert sum(config(path).model_name == name for path in CONFIGS) >= 3


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_asks_a_question_and_says_what_the_essays_expect(path: Path) -> None:
    comment = "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    assert config(path).question.endswith("?")
    endpoints = config(path).model.endpoints
    assert endpoints is not None
    # The essays are about agreements.
    if endpoints.signed is not None:
        assert "essays would expect" in " ".join(comment.replace("#", " ").split())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_shipped_config_has_no_warning(path: Path) -> None:
    assert config(path).warnings == ()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_cadence_and_scenario_of_a_config_is_explained(path: Path) -> None:
    experiment = config(path)
    assert [c.name for c in experiment.cadences.values() if not c.about] == []
    assert [s.name for s in experiment.scenarios.values() if not s.about and s.name != "default"] == []


# Bounds


def index_leaves(of: Model) -> list[str]:
    return [path for path, leaf in leaves(of.state) if isinstance(leaf, Field) and leaf.index]


@pytest.mark.parametrize("name", NAMES)
def test_every_index_ends_within_its_bounds_under_every_shipped_arm(name: str) -> None:
    outside = set()
    for path in CONFIGS:
        experiment = config(path)
        if experiment.model_name != name:
            continue
        for arm in experiment.arms[:: max(1, len(experiment.arms) // 8)]:
            state = rows(world_of(task_of(experiment, arm)), 60)["state"]
            for index in index_leaves(experiment.model):
                values = column(state, index)
                if not ((values >= 0) & (values <= 1)).all():
                    outside.add((arm.name, index))
    assert outside == set()


def column(state: Any, path: str) -> Any:
    for step in path.replace("[]", "").split("."):
        state = state[step]
    return state


@cache
def time_at_the_ends(name: str) -> dict[str, float]:
    """Share of all simulated time that each mood spends above .95 or below .05, under the shipped arms.

    But for those without some story: where nobody watches, nobody is suspicious.
    """
    stuck = dict.fromkeys(MOODS, 0.0)
    lived = 0.0
    mine = [config(path) for path in CONFIGS if config(path).model_name == name]
    arms = [(experiment, arm) for experiment in mine for arm in experiment.arms if not arm.without]
    for number, (experiment, arm) in enumerate(arms[:: max(1, len(arms) // 20)]):
        seen: list[tuple[float, list[float]]] = []

        def look(day: float, member: Any, state: Any, seen: list[tuple[float, list[float]]] = seen) -> None:
            seen.append((day, [float(attribute(state, mood)) for mood in MOODS]))

        end = play(world_of(task_of(experiment, arm)), number, look).state.day
        for (day, held), (until, _) in pairwise([*seen, (end, [])]):
            for mood, value in zip(MOODS, held, strict=True):
                stuck[mood] += (until - day) * (not 0.05 <= value <= 0.95)
            lived += until - day
    return {mood: stuck[mood] / lived for mood in MOODS}


def attribute(state: Any, path: str) -> Any:
    for step in path.split("."):
        state = getattr(state, step)
    return state


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("name", NAMES)
def test_no_mood_is_stuck_at_an_end_of_its_range(name: str, mood: str) -> None:
    if mood in ("suspicion", "arms") and name != "secret_pact":
        pytest.skip("nobody watches in this model")
    assert time_at_the_ends(name)[mood] < 0.2


# Parameters


#: Worlds and cadences in which, between them, everything happens: every audience and voice, every regime.
VARIED: tuple[dict[str, float], ...] = (
    {**TALKATIVE, "b.regime": 2},
    {**TALKATIVE, "cadence.audience": 0, "cadence.voice": 2},
    {**TALKATIVE, "cadence.rules[0].content": 1},
    {**TALKATIVE, "cadence.audience": 1, "cadence.voice": 0, "b.regime": 1},
    {**TALKATIVE, "cadence.audience": 2, "a.regime": 2, "b.regime": 2},
    {**TALKATIVE, "a.power": 0.8, "b.power": 0.2},
)


def changes_something(path: str, parameter: Parameter, own: Model) -> bool:
    """Whether the two plausible ends of a parameter give other timelines somewhere."""
    assert parameter.plausible is not None
    ends = [replace(parameter, default=parameter.kind(end)).in_days for end in parameter.plausible]
    chosen = {"pact.chosen": True} if "pact.chosen" in own.assumptions else {}
    for count in (300, 3_000):
        for given in VARIED:
            first, second = (
                rows(World(own, {**given, **chosen, path: end}, seed=3, horizon=15 * YEAR), count) for end in ends
            )
            if first.tobytes() != second.tobytes():
                return True
    return False


@pytest.mark.parametrize("step", [24, pytest.param(1, marks=pytest.mark.slow)], ids=["every twenty-fourth", "each"])
def test_every_assumption_changes_something_between_the_ends_of_its_plausible_range(step: int) -> None:
    every = {path: p for name in NAMES for path, p in model(name).assumptions.items() if p.plausible is not None}
    idle = dict(list(every.items())[::step])
    for name in NAMES:
        own = model(name)
        idle = {
            path: p for path, p in idle.items() if path not in own.assumptions or not changes_something(path, p, own)
        }
    assert list(idle) == []


# Stories that can be taken away


def removable(name: str) -> list[str]:
    own = model(name)
    everything = [mechanism.name for mechanism in own.mechanisms]
    return [mechanism for mechanism in everything if mechanism not in needed_by(own, everything)]


@pytest.mark.parametrize("name", NAMES)
def test_without_any_one_story_the_rest_still_makes_sense(name: str) -> None:
    own, odd = model(name), []
    for story in removable(name):
        state = rows(World(own, TALKATIVE, seed=5, horizon=15 * YEAR, without=(story,)), 100)["state"]
        for index in index_leaves(own):
            values = column(state, index)
            if not ((values >= 0) & (values <= 1)).all():
                odd.append((story, index))
        for mood in MOODS:
            if (column(state, mood) > 0.95).mean() > 0.2:
                odd.append((story, mood))
    assert odd == []


@pytest.mark.parametrize("name", NAMES)
def test_a_story_that_is_taken_away_leaves_no_firing_behind(name: str) -> None:
    own = model(name)
    mechanism_of = {member.name: member.mechanism for member in own.members}
    for story in removable(name):
        fired: set[str] = set()
        world = World(own, TALKATIVE, seed=5, horizon=15 * YEAR, without=(story,))
        play(world, 0, lambda day, member, state, to=fired: to.add(member.name) if member else None)
        assert story not in {mechanism_of[clock] for clock in fired}


@pytest.mark.parametrize("name", NAMES)
def test_with_disclosure_masked_all_other_clocks_play_alike_under_every_cadence(name: str) -> None:
    own, off = model(name), ("disclosure", "trial_balloons")
    silent = rows(World(own, {}, seed=5, horizon=15 * YEAR, without=off), 500)
    told = rows(World(own, TALKATIVE, seed=5, horizon=15 * YEAR, without=off), 500)
    assert silent.tobytes() == told.tobytes()


def test_without_ratification_a_signature_begins_the_carrying_out() -> None:
    own = model("backchannel")
    state = rows(World(own, seed=5, horizon=15 * YEAR, without=("ratification",)), 500)["state"]
    signed = ~np.isnan(state["signed_day"])
    assert signed.sum() > 50
    assert (state["ratified_day"][signed] == state["signed_day"][signed]).all()


# The pact


def test_a_pact_that_nobody_tells_of_is_never_signed_in_public() -> None:
    state = rows(World(model("secret_pact"), seed=5, horizon=15 * YEAR), 500)["state"]
    assert np.isnan(state["signed_day"]).all()


def test_secrecy_is_chosen_more_often_in_wartime_and_between_autocracies() -> None:
    own = model("secret_pact")

    def secret(given: dict[str, float]) -> float:
        state = rows(World(own, {"pact.chosen": True, **given}, seed=5, horizon=YEAR), 4_000)["state"]
        return float(state["secret"].mean())

    plain = secret({})
    # Four standard errors of two shares of 4,000 are below .045.
    assert secret({"pact.wartime": 0.6}) > plain + 0.045
    assert secret({"a.regime": 1, "b.regime": 1}) > plain + 0.045


def test_a_pact_chosen_in_the_open_begins_public() -> None:
    own = model("secret_pact")
    state = rows(World(own, {"pact.chosen": True}, seed=5, horizon=15 * YEAR), 500)["state"]
    assert (state["signed_day"][~state["secret"]] == 0).all()
    assert (~state["secret"]).sum() > 50


# Which cadence wins


@pytest.mark.slow
def test_no_cadence_wins_everywhere() -> None:
    experiment = replace(config(ROOT / "configs" / "backchannel" / "when-silence-wins.toml"), replications=1_500)
    winners = set()
    for scenario in experiment.scenarios:
        kept = {}
        for arm in experiment.arms:
            if arm.scenario == scenario:
                state = rows(world_of(task_of(experiment, arm)), experiment.replications)["state"]
                signed = ~np.isnan(state["signed_day"])
                kept[arm.cadence] = (signed & (state["outcome"] <= 1)).mean()
        winners.add(max(kept, key=lambda name: kept[name]))
    assert len(winners) >= 2


@cache
def kept_pacts(cadence: str, given: tuple[tuple[str, float], ...]) -> Any:
    """Which of 4,000 pacts are neither broken nor lost in war within fifteen years."""
    told = {
        "hide": {},
        "embed": {"cadence.rules[0].every": YEAR / 2, "cadence.rules[0].share": 0.8},
        "reveal": {"cadence.rules[0].every": YEAR, "cadence.rules[0].content": 2},
    }[cadence]
    own = model("secret_pact")
    state = rows(World(own, {"b.regime": 1, **dict(given), **told}, seed=5, horizon=15 * YEAR), 4_000)["state"]
    return ~np.isin(state["outcome"], (3, 6))


def ahead(one: str, other: str, given: tuple[tuple[str, float], ...]) -> float:
    """By how many standard errors one cadence keeps more pacts than another."""
    difference = kept_pacts(one, given) * 1.0 - kept_pacts(other, given)
    return float(difference.mean() / difference.std() * math.sqrt(len(difference)))


@pytest.mark.slow
def test_whether_to_tell_of_a_pact_has_no_answer_that_holds_everywhere() -> None:
    well_kept = (("leaks.discovery", 0.003 / YEAR), ("leaks.per_insider", 4.1e-6 / YEAR))
    reluctant = (("ratification.passes", 0.4), ("a.support", 0.25), ("b.support", 0.25))
    assert ahead("embed", "hide", ()) > 5
    assert ahead("hide", "reveal", well_kept + reluctant) > 5
    assert ahead("hide", "embed", well_kept + reluctant) > 3


@pytest.mark.slow
def test_a_leak_of_a_hidden_pact_brings_suspicion_retaliation_and_war() -> None:
    own, given = model("secret_pact"), {"b.regime": 1}
    plain, leaked = (
        rows(World(own, given, seed=5, horizon=15 * YEAR, injections=drill), 4_000)["state"]
        for drill in ((), (Injection("leak", 180.0),))
    )
    for cause in (8, 9):
        difference = (leaked["cause"] == cause) * 1.0 - (plain["cause"] == cause)
        assert difference.mean() > 5 * difference.std() / math.sqrt(len(difference))
    assert leaked["suspicion"].mean() > plain["suspicion"].mean() + 0.04


def test_the_arrays_of_the_state_have_the_lengths_of_the_vocabulary() -> None:
    fields = model("secret_pact").state.fields
    assert isinstance(fields["steps"], Array)
    assert fields["steps"].length == 12
