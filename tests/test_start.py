"""A crisis can be entered in the middle: on a day, with what is known of its state."""

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from toys import Outcome, count, end, model, observed_random_model, running, while_off, while_on

from timeline.cli import main
from timeline.config.load import load
from timeline.engines import compiled, reference
from timeline.engines.batch import Batch
from timeline.engines.reference import play
from timeline.engines.start import USUAL, Start, described_start
from timeline.engines.world import Injection, World
from timeline.errors import ConfigError, ModelError
from timeline.explaining.trace import trace
from timeline.front.study import load as load_study
from timeline.model.declarations import Clock, Integral, Sampled
from timeline.model.laws import fixed
from timeline.pages.setting import scenario_in_words
from timeline.playing.tasks import task_of, world_of
from timeline.study.ablation import ablated
from timeline.study.experiment import Experiment
from timeline.study.keys import arm_keys, determinants, overrides
from timeline.study.resolved import Resolved
from timeline.study.sweep_arms import plan_sweep
from timeline.workspace import Workspace

ROOT = Path(__file__).parents[1]
TOY = Path(__file__).parent / "toy"
HEAD = 'model = "talks"\nhorizon = "2 years"\nreplications = 10\nseed = 7\n'
ARMS = "[cadences.silence]\n"
OBSERVED = (
    Sampled("x", (0.0, 0.3, 2.0, 2.5, 7.0, 13.0)),
    Sampled("n", (0.0, 0.5, 2.0), since="since", name="n later"),
    Integral("x"),
    Integral("on", name="time on"),
)
KNOWN = (("x", 1.5), ("m", 2), ("on", False), ("since", 1.0), ("b.level", 3), ("steps[1].kept", True), ("phase", 1))


def settle(s: Any) -> None:
    s.n = s.m + s.b.level


# ---------------------------------------------------------------- engines


def test_a_memoryless_clock_begins_its_lifetime_on_the_day_of_the_start() -> None:
    toy = World(model(Clock("end", while_on, end)), seed=3, horizon=200.0, start=Start(100.0))
    ended = reference.rows(replace(toy, horizon=1e9), 0, 1500)["state"]["day"]
    assert stats.kstest(ended - 100.0, "expon").pvalue > 1e-4
    from_zero = reference.rows(replace(toy, horizon=1e9, start=USUAL), 0, 1500)["state"]["day"]
    np.testing.assert_allclose(ended - 100.0, from_zero, rtol=1e-9, atol=1e-12)


def test_the_horizon_counts_from_the_start_of_the_crisis() -> None:
    slow = Clock("slow", _slowly, end)
    rows = reference.rows(World(model(slow), seed=3, horizon=200.0, start=Start(100.0)), 0, 4000)
    survived = np.mean(rows["state"]["outcome"] == Outcome.OPEN)
    assert abs(survived - math.exp(-1.0)) < 4 * math.sqrt(0.37 * 0.63 / 4000)
    assert set(rows["state"]["day"][rows["state"]["outcome"] == Outcome.OPEN]) == {200.0}


def _slowly(s: Any) -> float:
    return 0.01


def test_a_fixed_clock_is_due_so_long_after_the_day_of_the_start() -> None:
    told: list[float] = []
    toy = World(model(Clock("tick", running, count, fixed(10))), horizon=131.0, start=Start(100.5))
    play(toy, 0, lambda day, member, state: told.append(day))
    assert told == [100.5, 110.5, 120.5, 130.5]


def test_fields_that_are_given_stand_over_the_models_own_start_which_keeps_its_draws() -> None:
    def start(s: Any, u: Any) -> None:
        s.x, s.y = u[0], u[1]

    toy = model(Clock("end", while_off, end), start=start, uniforms=2)
    own = play(World(toy, horizon=9.0), 5).state
    state = play(World(toy, horizon=9.0, start=Start(2.0, (("x", 0.25), ("phase", 1)))), 5).state
    assert (state.x, state.y, state.phase) == (0.25, own.y, 1)


def test_what_follows_from_other_fields_is_settled_after_they_are_set() -> None:
    toy = replace(model(Clock("end", while_off, end)), settle=settle)
    assert play(World(toy, start=Start(2.0, (("m", 2), ("b.level", 3)))), 0).state.n == 5
    assert play(World(toy), 0).state.n == 0  # a model's own start is its own affair


def test_samples_of_days_before_the_start_are_not_known_and_integrals_count_from_it() -> None:
    toy = replace(model(Clock("end", while_on, end)), observations=OBSERVED)
    row = play(World(toy, horizon=12.0, start=Start(2.0, KNOWN[:4])), 0).row[0]
    np.testing.assert_array_equal(row["observation_0"], [math.nan, math.nan, 1.5, 1.5, 1.5, math.nan])
    np.testing.assert_array_equal(row["observation_1"], [math.nan, math.nan, 0.0])
    assert (row["observation_2"], row["observation_3"]) == (15.0, 0.0)


@pytest.mark.parametrize("number", [1, pytest.param(5, marks=pytest.mark.slow)])
def test_random_models_started_in_the_middle_come_out_the_same_on_both_engines(
    number: int, toys_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(toys_cache))
    toy = observed_random_model(number, True)
    events = (Injection(toy.members[0].name, 3.5), Injection(toy.members[1].name, 2.5, "since"))
    for start in (USUAL, Start(2.5), Start(2.0, KNOWN), Start(0.0, KNOWN[:3])):
        arm = World(toy, seed=number, horizon=12.0, start=start, injections=events)
        assert reference.rows(arm, 0, 40).tobytes() == compiled.play(arm, 0, 40).tobytes(), start


def today() -> World:
    told = (*((f"steps[{i}].agreed", True) for i in range(6)), *((f"steps[{i}].disclosed", 1.0) for i in range(4)))
    start = Start(547.875, (("phase", 1), ("accord_day", 365.25), ("leaks", 1), ("a.pressure", 0.4), *told))
    return World(Workspace(ROOT).load("backchannel"), seed=3, horizon=3652.5, start=start)


def test_backchannel_started_in_the_middle_comes_out_the_same_on_both_engines() -> None:
    assert reference.rows(today(), 0, 30).tobytes() == compiled.play(today(), 0, 30).tobytes()


def test_worlds_of_a_batch_begin_where_their_arm_does() -> None:
    arm = today()
    batch = Batch([replace(arm, start=USUAL), arm], [{"leaks.per_insider": 1e-6}])
    player = batch.player()
    first, second = (player.play(0, number, 0, 5).tobytes() for number in (0, 1))
    alone = [compiled.play(batch.world(0, number), 0, 5).tobytes() for number in (0, 1)]
    assert [first, second] == alone
    assert first != second


def test_backchannel_counts_the_steps_that_are_given() -> None:
    state = []
    play(today(), 0, lambda day, member, s: state.append((s.agreed, s.public, s.day)) if member is None else None)
    assert state == [(6, 4 / 12, 547.875)]


def test_a_story_begins_on_the_day_of_the_start() -> None:
    told = trace(today(), 0)
    assert told.moves[0][0] == 547.875
    assert min(event.day for event in told.told) >= 547.875


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (Start(100.0), "start.day: given 100 days, expected 0 or more, and less than the horizon, 100 days"),
        (Start(-1.0), "start.day: given -1 days"),
        (Start(2.0, (("since", 3.0),)), "start.since: given day 3 for since, but the start is on day 2"),
        (Start(2.0, (("a.pressure", 1.5),)), "start.a.pressure: given 1.5, expected an index between 0 and 1"),
        (Start(2.0, (("outcome", 1),)), 'start.outcome: given "ended", expected "open"'),
        (Start(2.0, (("phase", 9),)), "start.phase: given 9, expected one of 0"),
        (Start(2.0, (("steps[3].kept", True),)), 'start.steps[3].kept: "steps[3].kept" names no field'),
        (Start(2.0, (("x", math.nan),)), "start.x: given nan, expected a finite number"),
        (Start(2.0, (("day", 1.0),)), "start.day: given 1.0 as a field"),
    ],
)
def test_a_start_that_cannot_be_is_refused(start: Start, said: str) -> None:
    with pytest.raises(ModelError) as caught:
        World(model(Clock("end", while_on, end)), horizon=100.0, start=start)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("event", [Injection("end", 1.0), Injection("end", 0.5, "since")])
def test_an_event_before_the_start_is_refused(event: Injection) -> None:
    with pytest.raises(ModelError, match=r"injections\[0\].day: given day 1(\.5)?, which is before the start on day 2"):
        World(model(Clock("end", while_on, end)), start=Start(2.0, (("since", 1.0),)), injections=(event,))


# ---------------------------------------------------------------- configs


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(TOY, tmp_path / "toy", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path / "toy")
    return Path("configs/x.toml")


@pytest.fixture
def read(config: Path) -> Callable[..., Experiment]:
    def reading(*parts: str, changes: tuple[str, ...] = ()) -> Experiment:
        config.write_text(HEAD + "".join(parts), encoding="utf-8")
        return load(config, changes)

    return reading


STARTED = '[start]\nday = "100 days"\nleak_day = "90 days"\ninsiders = 12\na.pressure = 0.5\n'


def test_a_config_says_how_long_the_crisis_has_run_and_what_is_known(read: Callable[..., Experiment]) -> None:
    experiment = read(ARMS, STARTED)
    assert experiment.start == Start(100.0, (("leak_day", 90.0), ("insiders", 12), ("a.pressure", 0.5)))
    assert [arm.start for arm in experiment.arms] == [experiment.start]
    assert world_of(task_of(experiment, experiment.arms[0])).start == experiment.start


def test_a_start_may_be_a_date(read: Callable[..., Experiment]) -> None:
    dated = "starts = 1993-01-20\n" + ARMS + "[start]\nday = 1993-03-01\nleak_day = 1993-01-21\n"
    assert read(dated).start == Start(40.0, (("leak_day", 1.0),))


def test_the_command_line_changes_a_start(read: Callable[..., Experiment]) -> None:
    changed = read(ARMS, STARTED, changes=("start.day=120 days", "start.b.pressure=0.25")).start
    assert changed == Start(120.0, (("leak_day", 90.0), ("insiders", 12), ("a.pressure", 0.5), ("b.pressure", 0.25)))


def test_a_scenario_changes_what_it_names_of_the_start(read: Callable[..., Experiment]) -> None:
    experiment = read(ARMS, STARTED, "[scenarios.now]\n[scenarios.later.start]\nday = '200 days'\ninsiders = 20\n")
    now, later = experiment.arms
    assert now.start == experiment.start
    assert later.start == Start(200.0, (("leak_day", 90.0), ("insiders", 20), ("a.pressure", 0.5)))
    assert len(set(arm_keys(experiment).values())) == 2


def test_every_problem_of_a_start_is_said_at_once_with_its_line(read: Callable[..., Experiment]) -> None:
    wrong = (
        '[start]\nday = "3 years"\nleak_dya = "1 day"\ninsiders = 1.5\noutcome = "colapsed"\na.pressure = 1.5\n'
        "b.presure = 0.1\nb.pressure = true\nleak_day = 5\n"
    )
    with pytest.raises(ConfigError) as caught:
        read(ARMS, wrong)
    assert list(caught.value.problems) == [
        "configs/x.toml, line 7: start.day: given 1095.75 days, expected 0 or more, and less than the horizon, "
        "730.5 days",
        'configs/x.toml, line 8: start.leak_dya: given "1 day", but the state of model "talks" has no field '
        '"leak_dya"; did you mean "leak_day"?',
        "configs/x.toml, line 9: start.insiders: given 1.5, expected a whole number",
        'configs/x.toml, line 10: start.outcome: given "colapsed", expected one of "open", "collapsed"; did you mean '
        '"collapsed"?',
        "configs/x.toml, line 11: start.a.pressure: given 1.5, expected an index, between 0 and 1",
        'configs/x.toml, line 12: start.b.presure: given 0.1, but the state of model "talks" has no field "b.presure"; '
        'did you mean "b.pressure"?',
        "configs/x.toml, line 13: start.b.pressure: given true, expected an index",
        'configs/x.toml, line 14: start.leak_day: given 5, expected a duration since day 0 such as "18 months"',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[start]\noutcome = 'collapsed'\n", 'line 7: start.outcome: given "collapsed", expected "open"'),
        ("[start]\nday = '9 days'\nleak_day = '10 days'\n", "line 8: start.leak_day: given day 10 for leak_day, but"),
        ("[start]\na = 0.5\n", "line 7: start.a: given 0.5, expected its fields one by one, such as a.pressure = ..."),
        ("[start]\nday = 9\n", 'line 7: start.day: given 9, expected a duration since day 0 such as "18 months"'),
        ("[start]\nday = 1993-01-20\n", "line 7: start.day: given 1993-01-20, but the config gives no start date"),
        ("start = 3\n", "start: given 3, expected a table [start]"),
    ],
)
def test_a_start_that_fits_nowhere_is_refused_with_its_line(
    read: Callable[..., Experiment], text: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        read(*((text, ARMS) if text.startswith("start") else (ARMS, text)))
    assert said in str(caught.value)


def test_events_before_the_start_are_refused_where_they_are_written(read: Callable[..., Experiment]) -> None:
    event = "[[inject]]\nclock = 'leak'\nday = '150 days'\n"
    read(ARMS, STARTED, event)
    with pytest.raises(ConfigError, match=r"line 13: inject\[0\].day: given day 50, which is before the start"):
        read(ARMS, STARTED, event.replace("150", "50"))
    with pytest.raises(ConfigError, match=r"late.start.day: given day 200, but inject\[0\] happens on day 150"):
        read(ARMS, STARTED, event, "[scenarios.late]\nstart.day = '200 days'\n")


BACKCHANNEL = 'model = "backchannel"\nhorizon = "10 years"\nreplications = 2\nseed = 1\n[cadences.silence]\n[start]\n'


def shipped(text: str) -> Experiment:
    import tomllib

    return load(tomllib.loads(BACKCHANNEL + text), workspace=ROOT)


def test_of_an_array_the_first_few_are_given_as_a_list() -> None:
    given = shipped("day = '1 year'\nsteps.agreed = [true, true]\nsteps.disclosed = [1, '50%']\nagreed = 2\n").start
    paths = ("steps[0].agreed", "steps[1].agreed", "steps[0].disclosed", "steps[1].disclosed", "agreed")
    assert given.state == tuple(zip(paths, (True, True, 1.0, 0.5, 2), strict=True))
    words = described_start(Workspace(ROOT).load("backchannel"), given)
    assert words == {"steps.agreed": "yes, yes", "steps.disclosed": "1, 0.5", "agreed": "2"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"steps.agreed = {[True] * 13}".lower(), "start.steps.agreed: given a list of 13, expected at most 12"),
        ("steps.agreed = true", "start.steps.agreed: given true, expected a list: agreed of the first of steps"),
        ("steps.agreed = [true, 1]", "start.steps.agreed[1]: given 1, expected true or false"),
        (
            "steps = [true]",
            "start.steps: given a list, expected its fields one by one, such as steps.d",
        ),
        ("steps.agred = [true]", 'has no field "steps.agred"; did you mean "steps.agreed"?'),
        ("steps.agreed = [true]\nagreed = 2", "start.agreed: given 2, but from what else is given follows 1; leave it"),
    ],
)
def test_what_does_not_fit_an_array_or_what_follows_from_it_is_refused(text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        shipped(text + "\n")
    assert said in str(caught.value)


def test_a_phase_without_its_milestone_is_warned_of() -> None:
    (warning,) = shipped("phase = 'accord'\n").warnings
    assert "start.phase: given, but not since when: accord will be taken for a phase that was never reached" in warning
    assert shipped("phase = 'accord'\naccord_day = '0 days'\n").warnings == ()


# ---------------------------------------------------------------- keys, and what is told


def test_a_start_moves_the_keys_of_its_arms_and_leaves_all_others_where_they_were(
    read: Callable[..., Experiment],
) -> None:
    plain, started = read(ARMS), read(ARMS, STARTED)
    assert overrides(plain, plain.arms[0]) == {}
    assert overrides(started, started.arms[0]) == {
        "start": {"day": 100.0, "leak_day": 90.0, "insiders": 12, "a.pressure": 0.5}
    }
    assert determinants(plain).run == determinants(started).run
    assert arm_keys(plain) != arm_keys(started)
    assert arm_keys(plain) == arm_keys(read(ARMS, "[start]\n")) == arm_keys(read(ARMS, '[start]\nday = "0 days"\n'))


def test_the_resolved_form_keeps_a_start_and_has_none_without(read: Callable[..., Experiment]) -> None:
    plain = Resolved.of(read(ARMS)).to_json()["config"]
    assert "start" not in plain
    assert "start" not in plain["scenarios"]["default"]
    resolved = Resolved.of(read(ARMS, STARTED, "[scenarios.later.start]\nday = '200 days'\n"))
    again = Resolved.from_json(json.loads(json.dumps(resolved.to_json())))
    assert again.config.start == resolved.config.start
    assert again.config.start is not None
    assert again.config.start.state == {"leak_day": "after 90 days", "insiders": "12", "a.pressure": "0.5"}
    assert scenario_in_words(again.config.scenarios["later"]).startswith("begins after 200 days with leak day after 90")


def test_a_sweep_and_an_ablation_begin_where_the_config_does(read: Callable[..., Experiment]) -> None:
    keys = '[sweep.keys]\n"leaks.per_insider" = [1e-4, 1e-3]\n'
    sweep = '[sweep]\nmeasure = "in force"\nreplications = 2\ndesign = "grid"\n' + keys
    plan, plain = (plan_sweep(read(ARMS, start, sweep)) for start in (STARTED, ""))
    assert {plan.arm(number).start.day for number in range(len(plan.arms))} == {100.0}
    assert plan.content() != plain.content()
    assert {arm.start.day for arm in ablated(read(ARMS, STARTED)).arms} == {100.0}


def test_the_commands_say_where_timelines_begin(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config.write_text(HEAD + ARMS + STARTED, encoding="utf-8")
    for command in (["validate", str(config)], ["trace", str(config)]):
        with pytest.raises(SystemExit) as stopped:
            main(command)
        assert stopped.value.code == 0
        assert "100 days: leak_day after 90 days, insiders 12, a.pressure 0.5" in capsys.readouterr().out
    study = load_study(config)
    assert study.begins(study.experiment.start).startswith("100 days: ")
    assert study.begins(USUAL) == ""
