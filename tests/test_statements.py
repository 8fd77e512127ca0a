"""Statements: reports that a cadence holds one by one, each with its day; alike on both engines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import timeline
from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.errors import ConfigError, ModelError
from timeline.front.study import Study
from timeline.playing.tasks import task_of, world_of
from timeline.workspace import find

ROOT = Path(__file__).resolve().parents[1]
CADENCES = ROOT / "configs" / "backchannel" / "cadence.toml"
KEY = "cadences.silence.statements"


def study(*statements: dict[str, object]) -> Study:
    return timeline.load(CADENCES).change(KEY, list(statements))


def world(*statements: dict[str, object]) -> World:
    asked = study(*statements)
    return world_of(task_of(asked.experiment, asked.arm("silence")))


def firings(of: World, replication: int, *names: str) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []

    def watch(day: float, member: Any, state: Any) -> None:
        if member is not None and member.name in names:
            found.append((day, member.name))

    reference.play(of, replication, watch)
    return found


UNILATERAL = {"content": "agreed", "voice": "unilateral"}


def test_a_statement_of_one_side_is_made_on_its_day() -> None:
    of = world({"day": "200 days", "share": 0.4, **UNILATERAL}, {"day": "310 days", **UNILATERAL})
    assert firings(of, 0, "report due[3]", "announcement[3]") == [
        (200.0, "report due[3]"), (200.0, "announcement[3]"), (310.0, "report due[3]"), (310.0, "announcement[3]"),
    ]  # fmt: skip


def test_a_joint_statement_is_made_once_it_is_agreed_on_and_a_notified_one_after_notice() -> None:
    for voice, lag in (("joint", 30.0), ("notified", 7.0)):
        of = world({"day": "200 days", "content": "agreed", "voice": voice})
        assert firings(of, 0, "announcement[3]") == [(200.0 + lag, "announcement[3]")]


def test_each_statement_tells_its_own_share() -> None:
    known: list[float] = []

    def watch(day: float, member: Any, state: Any) -> None:
        if member is not None and member.name == "announcement[3]":
            known.append(state.openness)

    reference.play(world({"day": "200 days", "share": 0.4, **UNILATERAL}), 0, watch)
    reference.play(world({"day": "200 days", "share": 0.9, **UNILATERAL}), 0, watch)
    assert known[0] < known[1]


def test_a_statement_that_is_decided_on_later_moves_nothing_before_its_day() -> None:
    def before(of: World) -> list[tuple[float, str]]:
        names = [member.name for member in of.model.members]
        return [firing for firing in firings(of, 2, *names) if firing[0] < 300.0]

    one = {"day": "200 days", "share": 0.4, **UNILATERAL}
    assert before(world(one)) == before(world(one, {"day": "300 days", "content": "framework only"}))


@pytest.mark.parametrize(("voice", "day"), [("unilateral", 210.0), ("notified", 217.0), ("joint", 240.0)])
def test_a_statement_that_takes_the_place_of_another_takes_its_own_time(voice: str, day: float) -> None:
    of = world({"day": "200 days", "content": "agreed"}, {"day": "210 days", "content": "agreed", "voice": voice})
    assert firings(of, 0, "announcement[3]") == [(day, "announcement[3]")]


def test_both_engines_play_statements_alike() -> None:
    of = world(
        {"day": "150 days", "content": "framework only", "voice": "notified"},
        {"day": "200 days", "share": 0.4, **UNILATERAL},
        {"day": "215 days"},
        {"day": "1200 days", "content": "carried out", "share": 0.5},
    )
    assert reference.rows(of, 0, 40).tobytes() == compiled.rows(of, 0, 40).tobytes()


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            [{"day": "20 days"}, {"day": "20 days"}],
            "given 20 days, expected at least a day after",
        ),
        ([{"share": 0.5}], 'no "day" given, so it would never be made; give one'),
        ([{"day": "0.5 days"}], r'given "0.5 days", expected 1 day or more'),
        ([{"day": "20 days", "share": 0}], "given 0, expected 0.01 or more"),
        ([{}, {"day": "20 days"}], "given after one without a day"),
    ],
)
def test_statements_that_could_not_be_made_are_refused(statements: list[dict[str, object]], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        study(*statements)


def test_statements_take_the_place_of_the_fourth_rule() -> None:
    rules = [{"every": f"{days} days"} for days in (30, 60, 90, 120)]
    crowded = timeline.load(CADENCES).change("cadences.silence.rules", rules)
    with pytest.raises(ConfigError, match=r"given beside statements, .* expected 3 rules at most"):
        crowded.change(KEY, [{"day": "20 days"}])


def test_a_model_whose_statements_are_no_levers_is_refused() -> None:
    model = find(CADENCES).load("backchannel")
    with pytest.raises(
        ModelError, match=r'statements: given "statement", expected an array .* did you mean "statements"'
    ):
        replace(model, statements="statement")
    with pytest.raises(ModelError, match='statements: each needs a lever "day" in days'):
        replace(model, statements="rules")
