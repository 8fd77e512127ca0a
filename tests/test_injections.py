"""Injections: an event from outside on its day, alike on both engines, and nobody else's luck moves."""

from __future__ import annotations

import json
import math
import pickle
import random
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from toys import (
    Firing,
    Outcome,
    Rates,
    SideParameters,
    State,
    end,
    history,
    nothing,
    observed_random_model,
    running,
    turn_off,
    while_alarmed,
    while_on,
)

from timeline.cli import main
from timeline.config.load import load
from timeline.engines import compiled, program, reference
from timeline.engines.draws import Uniforms, key_schedule, stream_key
from timeline.engines.world import Injection, World, longer_path
from timeline.errors import ConfigError, ModelError, RunError
from timeline.explaining.trace import trace
from timeline.model.declarations import Clock, Counted, Integral, Mechanism, Model, Sampled
from timeline.model.laws import at_once, fixed, weibull
from timeline.playing.tasks import simulate, task_of, world_of
from timeline.study.keys import arm_key, arm_keys, determinants, overrides
from timeline.study.resolved import ResolvedConfig

ROOT = Path(__file__).resolve().parents[1]
TOY = Path(__file__).parent / "toy"
CADENCES = ROOT / "configs" / "backchannel" / "cadence.toml"


@pytest.fixture(autouse=True, scope="module")
def place(toys_cache: Path) -> Iterator[pytest.MonkeyPatch]:
    """Toys are kept apart from the user's cache."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(toys_cache))
        yield patched


@pytest.fixture
def shared(place: pytest.MonkeyPatch) -> Iterator[None]:
    """The shipped model takes long to compile, so it is taken from the user's cache."""
    with place.context() as patched:
        patched.delenv("XDG_CACHE_HOME")
        yield


# ---------------------------------------------------------------- a world to inject into


def _milestone(s: Any, p: Any) -> None:
    s.since = s.day - p.toy.rate


def _lucky(s: Any, u: Any) -> None:
    s.x, s.y, s.b.pressure = u[0], u[1], u[2]


def _marked(s: Any, i: int) -> None:
    s.steps[i].day = s.day


def _alarm(s: Any) -> None:
    s.alarm = True


def _calm(s: Any) -> None:
    s.alarm = False


def _broken(s: Any) -> None:
    s.x = math.log(s.y - 2.0)


def _greedy(s: Any, u: Any) -> None:
    s.x = u[s.n + 1]


TOYS = Mechanism(
    "toy",
    (
        Clock("weekly", running, nothing, fixed(7)),
        Clock("milestone", running, _milestone, fixed(10)),
        Clock("fifth", while_on, nothing, fixed(5)),
        Clock("off", running, turn_off, fixed(58)),
        Clock("lucky", running, _lucky, weibull(1.5), uniforms=3),
        Clock("alarm", running, _alarm, fixed(500)),
        Clock("calm", while_alarmed, _calm, at_once()),
        Clock("broken", running, _broken, fixed(500)),
        Clock("greedy", running, _greedy, fixed(500), uniforms=1),
        Clock("step", running, _marked, fixed(500), over=Counted("steps")),
        Clock("window", running, nothing, fixed(45), renews_on="steps[1].day"),
        Clock("side", running, nothing, weibull(2.0), over="sides"),
    ),
    parameters=Rates,
)
DRILL = Model(
    "drill", "Drill", State, (TOYS, Mechanism("more", (Clock("the end", running, end, fixed(70)),))), Outcome.OPEN,
    SideParameters,
    observations=(Sampled("x", (1.0, 5.0, 12.0)), Sampled("on", (0.0, 3.0), since="since"), Integral("x")),
)  # fmt: skip


def drill(*injections: Injection, horizon: float = 30.0, late: float = 0.0) -> World:
    """Return a world of `DRILL`; its milestone is noted as so many days before the clock fires."""
    return World(DRILL, {"toy.rate": late}, seed=11, horizon=horizon, injections=injections)


def same(of: World, replications: int, first: int = 0) -> bool:
    """Whether both engines make the same rows."""
    return reference.rows(of, first, replications).tobytes() == compiled.play(of, first, replications).tobytes()


def played(of: World, *names: str) -> list[Firing]:
    """Return the firings of some clocks, of all if none is named; both engines must play the same."""
    assert same(of, 1)
    return [(day, name) for day, name in history(of) if not names or name in names]


def happened(of: World, replications: int = 1) -> int:
    """How many injected events came; both engines must play the same."""
    told = [reference.play(of, replication) for replication in range(replications)]
    rows = b"".join(timeline.row.tobytes() for timeline in told)
    assert rows == compiled.play(of, 0, replications).tobytes(), of.injections
    return sum(len(timeline.injected) for timeline in told)


def after(day: float) -> float:
    return math.nextafter(day, math.inf)


# ---------------------------------------------------------------- what an injection does


@pytest.mark.slow
def test_an_injected_event_leaves_the_clocks_own_calendar_where_it_was() -> None:
    assert played(drill(Injection("weekly", 3.0)), "weekly") == [(d, "weekly") for d in (3.0, 7.0, 14.0, 21.0, 28.0)]


@pytest.mark.slow
def test_an_injected_event_that_changes_nothing_moves_no_other_firing_and_no_draw() -> None:
    plain, drilled = drill(), drill(Injection("side[a]", 2.25), Injection("weekly", 0.0), Injection("side[a]", 9.0))
    assert same(drilled, 100)
    for replication in range(100):
        with_them, found = history(drilled, replication), reference.play(drilled, replication)
        others = [firing for k, firing in enumerate(with_them, 1) if k not in found.injected]
        assert [with_them[k - 1] for k in found.injected] == [(0.0, "weekly"), (2.25, "side[a]"), (9.0, "side[a]")]
        assert others == history(plain, replication)
        assert found.row["state"].tobytes() == reference.play(plain, replication).row["state"].tobytes()


def test_an_injected_event_leaves_its_own_clocks_later_luck_where_it_was() -> None:
    plain, drilled = drill(), drill(Injection("lucky", 2.0), Injection("lucky", 3.0, luck=(0.5,)))
    assert played(plain)[-1][0] > 29.0
    assert [f for f in played(drilled, "lucky") if f[0] not in (2.0, 3.0)] == played(plain, "lucky")
    assert compiled.play(drilled, 0, 1)["state"].tobytes() == compiled.play(plain, 0, 1)["state"].tobytes()


def test_an_injected_event_counts_as_a_firing_and_is_in_the_path_under_its_own_clock() -> None:
    toy, path = drill(Injection("the end", 20.0)), 0
    index = {member.name: member.index for member in DRILL.members}
    for day, name in played(toy):
        path = longer_path(path, day, index[name])
    row = compiled.play(toy, 0, 1)[0]
    assert (row["path"], row["firings"]) == (path, len(history(toy)))


def test_an_injected_end_ends_the_timeline() -> None:
    toy = drill(
        Injection("weekly", 20.0), Injection("the end", 20.0), Injection("weekly", 20.0), Injection("fifth", 21.0)
    )  # fmt: skip
    assert played(toy)[-2:] == [(20.0, "weekly"), (20.0, "the end")]
    assert compiled.play(toy, 0, 1)["state"]["day"] == 20.0


def test_what_an_injected_event_touches_is_timed_anew() -> None:
    assert played(drill(horizon=66), "window") == [(45.0, "window")]
    assert played(drill(Injection("step[1]", 20.0), horizon=66), "window") == [(65.0, "window")]
    assert played(drill(Injection("off", 12.0)), "fifth") == [(5.0, "fifth"), (10.0, "fifth")]
    assert played(drill(Injection("alarm", 12.5)), "alarm", "calm") == [(12.5, "alarm"), (12.5, "calm")]


# ---------------------------------------------------------------- its luck


def drawn(*injections: Injection, replication: int = 0) -> tuple[float, ...]:
    """Return what "lucky" has just set, in a timeline that ends right after the last injection."""
    state = compiled.play(drill(*injections, horizon=after(injections[-1].days)), replication, 1)["state"][0]
    return (state["x"], state["y"], state["b"]["pressure"])


def uniforms(name: str, replication: int = 0) -> tuple[float, ...]:
    return tuple(Uniforms(key_schedule(stream_key(11, "inject", name)), replication, 3))


def test_the_uniforms_of_an_injection_have_a_key_of_their_own() -> None:
    assert drawn(Injection("lucky", 2.0)) == uniforms("lucky/0")
    assert drawn(Injection("lucky", 2.0), replication=77) == uniforms("lucky/0", 77)
    assert len({*uniforms("lucky/0"), *uniforms("lucky/1"), *uniforms("lucky/0", 77)}) == 9


def test_the_key_counts_the_injections_of_the_same_clock_only() -> None:
    assert drawn(Injection("lucky", 1.0), Injection("side[a]", 1.5), Injection("lucky", 2.0)) == uniforms("lucky/1")
    assert drawn(Injection("side[a]", 1.0), Injection("lucky", 2.0)) == uniforms("lucky/0")


def test_given_luck_fixes_the_first_uniforms_and_the_others_keep_their_draws() -> None:
    free = uniforms("lucky/0")
    assert drawn(Injection("lucky", 2.0, luck=(0.125,))) == (0.125, *free[1:])
    assert drawn(Injection("lucky", 2.0, luck=(0.125, 0.25, 0.5))) == (0.125, 0.25, 0.5)
    assert drawn(Injection("lucky", 1.0, luck=(0.125, 0.25)), Injection("lucky", 2.0)) == uniforms("lucky/1")


def test_the_engines_agree_on_luck() -> None:
    assert same(drill(Injection("lucky", 2.0, luck=(0.125,)), Injection("lucky", 2.0), Injection("lucky", 0.25)), 50)


# ---------------------------------------------------------------- when it comes


def test_a_clock_that_is_paused_does_not_let_an_injected_event_happen() -> None:
    assert happened(drill(Injection("calm", 3.0))) == 0
    assert happened(drill(Injection("fifth", 57.0), Injection("fifth", 59.0), horizon=69)) == 1


def test_injections_of_one_day_come_in_their_order_and_what_the_first_pauses_does_not_come() -> None:
    off, fifth, weekly = Injection("off", 3.0), Injection("fifth", 3.0), Injection("weekly", 3.0)
    assert played(drill(off, fifth, weekly, horizon=4), "off", "fifth", "weekly") == [(3.0, "off"), (3.0, "weekly")]
    names = ["fifth", "weekly", "off"]
    assert played(drill(fifth, weekly, off, horizon=4), *names) == [(3.0, name) for name in names]
    # Whatever they are counted from.
    toy = drill(Injection("weekly", 2.0, "since"), Injection("fifth", 12.0), Injection("off", 2.0, "since"))
    assert [firing for firing in played(toy) if firing[0] == 12.0] == [(12.0, n) for n in ("weekly", "fifth", "off")]


def test_injections_of_different_days_come_by_day() -> None:
    toy = drill(Injection("weekly", 4.0), Injection("fifth", 2.0), Injection("weekly", 3.0), horizon=5)
    assert played(toy, "weekly", "fifth") == [(2.0, "fifth"), (3.0, "weekly"), (4.0, "weekly")]


def test_an_injected_event_comes_before_every_clock_that_is_due_on_its_day() -> None:
    toy = drill(Injection("step[2]", 7.0), Injection("off", 10.0), horizon=12)
    names = ("weekly", "milestone", "fifth", "off", "step[2]")
    assert played(toy, *names) == [
        (5.0, "fifth"), (7.0, "step[2]"), (7.0, "weekly"), (10.0, "off"), (10.0, "milestone"),
    ]  # fmt: skip


def test_an_injected_event_on_day_0_comes_before_anything_else() -> None:
    assert played(drill(Injection("alarm", 0.0), horizon=1), "alarm", "calm") == [(0.0, "alarm"), (0.0, "calm")]


def test_an_injected_event_comes_so_long_after_its_milestone() -> None:
    assert played(drill(Injection("weekly", 2.5, "since"), horizon=14), "weekly") == [(7.0, "weekly"), (12.5, "weekly")]


def test_no_days_after_a_milestone_is_at_once_and_before_all_that_is_still_due_that_day() -> None:
    toy = drill(Injection("step[0]", 0.0, "since"), Injection("weekly", 0.0, "since"), horizon=11)
    assert played(toy, "milestone", "weekly", "fifth", "step[0]") == [
        (5.0, "fifth"), (7.0, "weekly"), (10.0, "milestone"), (10.0, "step[0]"), (10.0, "weekly"), (10.0, "fifth"),
    ]  # fmt: skip


def test_a_milestone_that_an_injection_reaches_counts_too() -> None:
    toy = drill(Injection("weekly", 2.0, "since"), Injection("milestone", 3.0), horizon=6)
    assert played(toy, "weekly", "milestone") == [(3.0, "milestone"), (5.0, "weekly")]


def test_the_first_day_of_a_milestone_counts() -> None:
    assert played(drill(Injection("side[b]", 13.0, "since"), horizon=40), "side[b]").count((23.0, "side[b]")) == 1
    assert happened(drill(Injection("side[b]", 13.0, "since"), horizon=40)) == 1


def test_what_waits_for_a_milestone_that_is_never_reached_does_not_come() -> None:
    assert happened(drill(Injection("weekly", 0.0, "since"), horizon=10)) == 0
    assert happened(drill(Injection("weekly", 0.0, "since"), horizon=after(10))) == 1


def test_what_would_have_been_due_before_its_milestone_was_known_does_not_come() -> None:
    for days, came in ((3.9, 0), (4.0, 1), (4.5, 1)):
        toy = drill(Injection("step[0]", days, "since"), horizon=13, late=4.0)
        assert played(toy, "step[0]") == [(6.0 + days, "step[0]")] * came


def test_an_injected_event_on_the_day_of_the_horizon_does_not_come() -> None:
    assert happened(drill(Injection("weekly", 20.0), horizon=20)) == 0
    assert happened(drill(Injection("weekly", 20.0), horizon=after(20))) == 1
    assert happened(drill(Injection("weekly", 10.0, "since"), horizon=20)) == 0


def test_without_a_horizon_injections_come_all_the_same() -> None:
    assert happened(drill(Injection("fifth", 69.0), Injection("weekly", 69.0), horizon=math.inf)) == 1


@pytest.mark.parametrize(
    ("injection", "said"),
    [(Injection("broken", 3.0), ""), (Injection("greedy", 3.0, luck=(0.5,)), "uniform 1 read, but 1 declared")],
    ids=["arithmetic", "uniforms"],
)
def test_what_goes_wrong_in_an_injected_event_says_that_it_was_injected(injection: Injection, said: str) -> None:
    told = []
    for engine in (reference.rows, compiled.rows):
        with pytest.raises(RunError) as problem:
            engine(drill(injection), 4, 2)
        told.append(str(problem.value))
    assert told[0] == told[1]
    assert told[0].startswith(f'model "drill", {injection.clock} (injected), replication 4, day 3: {said}')


def test_another_injection_needs_no_other_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    program.program_of(DRILL)
    monkeypatch.setattr(program, "_build", None)
    assert same(drill(Injection("weekly", 1.0), Injection("lucky", 0.0, "since", (0.5,))), 5)


# ---------------------------------------------------------------- both engines, at random and as shipped


def some(toy: Model, milestone: str, rng: random.Random, longest: int) -> tuple[Injection, ...]:
    """Return injections at random: half of them on whole or half days, some after the milestone, some with luck."""
    found = []
    for _ in range(rng.randint(1, 5)):
        member = rng.choice(toy.members)
        days = rng.choice((rng.randint(0, 2 * longest) / 2, rng.uniform(0, longest), 0.0))
        luck = tuple(rng.uniform(0.01, 0.99) for _ in range(rng.randint(0, member.clock.uniforms)))
        found.append(Injection(member.name, days, rng.choice((None, milestone)), luck))
    return tuple(found)


def compare_random(numbers: range, worlds: int) -> int:
    """Return how many injected events came in random models; the engines must agree on all of them."""
    came = 0
    for number in numbers:
        toy, rng = observed_random_model(number, number % 3 > 0), random.Random(number)
        for _ in range(worlds):
            of = World(toy, seed=number, horizon=12.0, injections=some(toy, "since", rng, 10))
            came += happened(of, 10)
    return came


def test_random_models_with_random_injections_come_out_the_same() -> None:
    assert compare_random(range(1, 2), 25) > 100


@pytest.mark.slow
def test_many_random_models_with_random_injections_come_out_the_same() -> None:
    assert compare_random(range(200, 240), 25) > 6_000


DRILLS = (
    Injection("succession[b]", 400.0, luck=(0.01,)),
    Injection("succession[a]", 90.0, "signed_day", luck=(0.01, 0.3)),
    Injection("leak", 0.0, "accord_day"),
    Injection("leak", 400.0),
    Injection("succession[b]", 0.0, "ratified_day"),
    Injection("breach[a]", 800.0),
)


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize(
    "cadence",
    [
        "staged-opening",
        *(pytest.param(cadence, marks=pytest.mark.slow) for cadence in ("silence", "quarterly", "get-ahead")),
    ],
)
def test_the_shipped_model_comes_out_the_same_with_injections(cadence: str) -> None:
    experiment = load(CADENCES)
    arms = {arm.cadence: arm for arm in experiment.arms}
    assert happened(replace(world_of(task_of(experiment, arms[cadence])), injections=DRILLS), 100) > 150


@pytest.mark.slow
@pytest.mark.usefixtures("shared")
def test_every_shipped_cadence_comes_out_the_same_with_random_injections() -> None:
    experiment, rng, came = load(CADENCES), random.Random(1), 0
    for arm in experiment.arms:
        for _ in range(5):
            injections = some(experiment.model, "accord_day", rng, 1500)
            came += happened(replace(world_of(task_of(experiment, arm)), injections=injections), 40)
    assert came > 1_000  # what was to come after an accord comes in the half that reach one


# ---------------------------------------------------------------- a world that cannot be


@pytest.mark.parametrize(
    ("injection", "said"),
    [
        (Injection("weekli", 1.0), 'clock: given "weekli", expected a clock of model "drill"; did you mean "weekly"?'),
        (Injection("side", 1.0), 'clock: given "side", expected one of its members: side[a], side[b]'),
        (Injection("the end", 1.0), 'clock: given "the end" of mechanism "more", which is switched off (without); '
            "leave it out"),
        (Injection("weekly", -1.0), "day: given -1.0 days, expected 0 or more, and finite"),
        (Injection("weekly", math.inf), "day: given inf days, expected 0 or more, and finite"),
        (Injection("weekly", 1.0, "x"), 'day: given the milestone "x", expected a field that is NaN until it happens'),
        (Injection("weekly", 1.0, "sinc"), 'day: given the milestone "sinc", expected a field'),
        (Injection("lucky", 1.0, None, (0.5, 1.0)), "luck: given 1.0, expected numbers between 0 and 1, both excluded"),
        (Injection("lucky", 1.0, None, (math.nan,)), "luck: given nan, expected numbers"),
        (Injection("weekly", 1.0, None, (0.5,)), 'luck: given 1 numbers, expected at most 0: so many uniforms has '
            '"weekly"'),
    ],
)  # fmt: skip
def test_an_injection_that_the_model_does_not_know_is_refused(injection: Injection, said: str) -> None:
    with pytest.raises(ModelError) as problem:
        World(DRILL, without=("more",), injections=(Injection("weekly", 1.0), injection))
    assert str(problem.value).startswith(f"injections[1].{said}")


# ---------------------------------------------------------------- configs

HEAD = """
model = "backchannel"
horizon = "15 years"
replications = 10
seed = 1
[cadences.silence]
[cadences.loud]
rules = [{ every = "1 month" }]
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped models beside configs of one's own."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "models").symlink_to(ROOT / "models")
    (folder / "configs").mkdir()
    return folder


@pytest.fixture
def config(workspace: Path) -> Path:
    return workspace / "configs" / "drill.toml"


def read(config: Path, text: str, *options: str) -> Any:
    config.write_text(HEAD + text)
    return load(config, options)


def problems(config: Path, text: str, *options: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(config, text, *options)
    return [re.sub(rf"^{re.escape(str(config))}(, line \d+)?: ", "", line) for line in caught.value.problems]


def inject(clock: str, day: str, more: str = "", at: str = "inject") -> str:
    return f'[[{at}]]\nclock = "{clock}"\nday = "{day}"\n{more}\n'


@pytest.mark.parametrize(
    ("word", "milestone"),
    [
        ("signature", "signed_day"),
        ("the signature", "signed_day"),
        ("signed", "signed_day"),
        ("signed_day", "signed_day"),
        ("accord", "accord_day"),
        ("the Accord", "accord_day"),
        ("ratification", "ratified_day"),
        ("ratified", "ratified_day"),
        ("implementation", "ratified_day"),
        ("half verified", "half_verified_day"),
        ("half_verified_day", "half_verified_day"),
        ("start", None),
        ("the start", None),
        ("talks", None),
    ],
)
def test_a_day_is_told_from_the_start_or_from_a_milestone(config: Path, word: str, milestone: str | None) -> None:
    (found,) = read(config, inject("leak", f"2 weeks after {word}")).injections
    assert found == Injection("leak", 14.0, milestone)


def test_a_day_without_a_milestone_is_told_from_the_start(config: Path) -> None:
    (found,) = read(config, inject("succession[a]", "400 days", "luck = [0.01, 0.5]")).injections
    assert found == Injection("succession[a]", 400.0, None, (0.01, 0.5))


def test_every_arm_meets_the_injections_of_the_file_and_then_those_of_its_scenario(config: Path) -> None:
    early = inject("succession[a]", "3 months after signature", at="scenarios.early.inject")
    found = read(config, inject("leak", "0 days after accord") + "[scenarios.calm]\n" + early)
    leak, fall = Injection("leak", 0.0, "accord_day"), Injection("succession[a]", 365.25 / 4, "signed_day")
    assert [arm.injections for arm in found.arms] == [(leak,), (leak,), (leak, fall), (leak, fall)]
    assert world_of(task_of(found, found.arms[-1])).injections == (leak, fall)


def test_an_injection_can_be_changed_from_the_command_line(config: Path) -> None:
    text = inject("leak", "3 days") + inject("leak", "4 days", at="scenarios.x.inject")
    found = read(config, text, "inject[0].day=5 days", "scenarios.x.inject[0].clock=succession[b]")
    assert found.arms[0].injections == (Injection("leak", 5.0), Injection("succession[b]", 4.0))
    assert problems(config, text, "inject[0].clock=leek") == [
        '--set inject[0].clock: given "leek", expected a clock of model "backchannel"; did you mean "leak"?'
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (inject("sucession[a]", "1 day"),
            'inject[0].clock: given "sucession[a]", expected a clock of model "backchannel"; '
            'did you mean "succession[a]"?'),
        (inject("succession", "1 day"),
            'inject[0].clock: given "succession", expected one of its members: succession[a], succession[b]'),
        (inject("succession[c]", "1 day"),
            'inject[0].clock: given "succession[c]", expected one of its members: succession[a], succession[b]'),
        (inject("leak", "3 months after signing"),
            'inject[0].day: given "3 months after signing", expected after one of start, talks, accord, signed, '
            'implementation, ratified, half verified, signature, ratification; did you mean "signed"?'),
        (inject("leak", "3 months aftr signature"),
            'inject[0].day: given "3 months aftr signature", expected a day such as "400 days" or "3 months after '
            'signature"; did you mean "3 months after signature"?'),
        (inject("leak", "3 mnths after signature"), 'inject[0].day: given "3 mnths", expected a duration such as '
            '"90 days"; did you mean "3 months"?'),
        (inject("leak", "1995-08-27"),
            'inject[0].day: given "1995-08-27" in quotes, expected a date without: day = 1995-08-27'),
        (inject("leak", "soon"), 'inject[0].day: given "soon", expected a duration such as "90 days"'),
        (inject("leak", "-3 days"), 'inject[0].day: given "-3 days", expected a duration such as "90 days", 0 or more'),
        (inject("leak", "15 years"), 'inject[0].day: given "15 years", expected less than the horizon, 5478.75 days'),
        (inject("leak", "15 years after accord"),
            'inject[0].day: given "15 years after accord", expected less than the horizon, 5478.75 days'),
        (inject("succession[a]", "1 day", "luck = [0.5, 1.0]"),
            "inject[0].luck[1]: given 1.0, expected a number between 0 and 1, both excluded"),
        (inject("succession[a]", "1 day", "luck = [nan]"),
            "inject[0].luck[0]: given nan, expected a number between 0 and 1, both excluded"),
        (inject("succession[a]", "1 day", "luck = 0.5"),
            "inject[0].luck: given 0.5, expected a list of numbers between 0 and 1"),
        (inject("signature", "1 day", "luck = [0.5]"), "inject[0].luck: given 1 numbers, expected at most 0: "
            'so many uniforms has "signature"'),
        ("[[inject]]\nday = '1 day'",
            'inject[0].clock: not given, expected the name of a clock, such as "succession[a]"'),
        ("[[inject]]\nclock = 'leak'\nday = 5",
            'inject[0].day: given 5, expected a day such as "400 days" or "3 months after signature", or a date '
            "such as 1995-11-04"),
        (inject("leak", "1 day", "lucks = [0.5]"),
            "inject[0].lucks: given a list, but there is no such key; expected one of clock, day, luck; "
            'did you mean "luck"?'),
        (inject("leak", "1 day", "lucks = [0.5]", at="scenarios.x.inject"),
            "scenarios.x.inject[0].lucks: given a list, but there is no such key; expected one of clock, day, luck; "
            'did you mean "luck"?'),
        ("[inject]\nclock = 'leak'\nday = '1 day'", "inject: given a table, expected tables [[inject]]"),
        ("[scenarios.x]\ninject = ['leak']",
            'scenarios.x.inject[0]: given "leak", expected a table [[scenarios.NAME.inject]]'),
        (inject("leak", "1 day", at="scenarios.x.inject") + "[scenarios.y]\nwithout = ['leaks']", ""),
        (inject("leak", "1 day") + "[scenarios.y]\nwithout = ['leaks']",
            'inject[0].clock: given "leak" of mechanism "leaks", which is switched off (without); leave it out'),
        ("[scenarios.x]\nwithout = ['leaks']\n" + inject("leak", "1 day", at="scenarios.x.inject"),
            'scenarios.x.inject[0].clock: given "leak" of mechanism "leaks", which is switched off (without); '
            "leave it out"),
    ],
)  # fmt: skip
def test_an_injection_that_cannot_be_is_one_line_with_its_place(config: Path, text: str, said: str) -> None:
    if said:
        assert problems(config, text) == [said]
    else:
        read(config, text)


def test_an_injection_into_what_the_whole_file_switches_off_is_refused_in_a_scenario_too(config: Path) -> None:
    config.write_text("without = ['leaks']\n" + HEAD + inject("leak", "1 day", at="scenarios.x.inject"))
    with pytest.raises(ConfigError, match=r'scenarios\.x\.inject\[0\]\.clock: given "leak" of mechanism "leaks"'):
        load(config)


def test_all_that_is_wrong_with_injections_is_told_at_once(config: Path) -> None:
    found = problems(config, inject("leek", "soon", "luck = [2.0]") + inject("leak", "1 day after tea"))
    assert [line.split(":")[0] for line in found] == [
        "inject[0].clock",
        "inject[0].day",
        "inject[0].luck[0]",
        "inject[1].day",
    ]


# ---------------------------------------------------------------- results


def test_an_arm_without_injections_keeps_its_key_and_another_injection_never_meets_old_results(config: Path) -> None:
    texts = (
        "", inject("leak", "3 days"), inject("leak", "4 days"), inject("leak", "3 days after accord"),
        inject("succession[a]", "3 days"), inject("succession[a]", "3 days", "luck = [0.5]"),
        inject("leak", "3 days") + inject("leak", "3 days"),
    )  # fmt: skip
    keys = []
    for text in texts:
        found = read(config, text)
        silence, loud = found.arms
        keys.append(arm_keys(found)[silence.scenario, "silence"])
        assert arm_keys(found)[loud.scenario, "loud"] != keys[-1]
        assert determinants(found).run == determinants(read(config, "")).run
    assert keys[0] == arm_key({}, silence.lever_values)
    assert len(set(keys)) == len(texts)


def test_an_injection_of_the_file_and_of_a_scenario_make_the_same_arm(config: Path) -> None:
    everywhere = read(config, inject("leak", "3 days"))
    in_one = read(config, inject("leak", "3 days", at="scenarios.x.inject"))
    assert list(arm_keys(everywhere).values()) == list(arm_keys(in_one).values())


def test_what_was_decided_names_the_injections_and_can_be_kept(config: Path) -> None:
    found = read(
        config,
        inject("leak", "3 days after accord") + inject("succession[a]", "4 days", "luck = [0.5]", "scenarios.x.inject"),
    )
    kept = json.loads(json.dumps(ResolvedConfig.of(found).to_json()))
    assert kept["inject"] == [{"clock": "leak", "days": 3.0, "since": "accord_day", "luck": []}]
    assert kept["scenarios"]["x"]["inject"] == [{"clock": "succession[a]", "days": 4.0, "since": None, "luck": [0.5]}]
    changed = json.loads(json.dumps(overrides(found, found.arms[0])))
    assert changed == {"inject": kept["inject"] + kept["scenarios"]["x"]["inject"]}


def test_a_task_carries_its_injections_anywhere(config: Path) -> None:
    found = read(config, inject("leak", "3 days after accord", "luck = [0.5]"))
    task = replace(task_of(found, found.arms[0], "simpy"), count=5)
    assert pickle.loads(pickle.dumps(task)) == task
    plain = replace(task, injections=())
    assert simulate(task).tobytes() == reference.rows(world_of(task), 0, 5).tobytes()
    assert simulate(task)["path"].tolist() != simulate(plain)["path"].tolist()


# ---------------------------------------------------------------- one timeline told


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with the toy's models and a copy of its configs, which is the working directory."""
    shutil.copytree(TOY / "configs", tmp_path / "toy" / "configs")
    (tmp_path / "toy" / "models").symlink_to(TOY / "models")
    monkeypatch.chdir(tmp_path / "toy")
    return tmp_path / "toy" / "configs" / "talks.toml"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[[str], tuple[int, str, str]]:
    def call(line: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(shlex.split(line))
        return int(stopped.value.code or 0), *capsys.readouterr()

    return call


def test_a_told_timeline_marks_what_was_injected(toy: Path, call: Callable[[str], tuple[int, str, str]]) -> None:
    toy.write_text(toy.read_text() + inject("handover[b]", "12 days") + inject("handover[b]", "1 day after talks"))
    status, out, _ = call("trace configs/talks.toml")
    assert status == 0
    assert out.count("PLO has a new leader. (injected)") == 1  # the first leaves no pressure, and the clock rests
    status, out, _ = call("trace configs/talks.toml --json")
    (event,) = [event for event in json.loads(out)["events"] if "(injected)" in event["sentence"]]
    assert (event["day"], event["clock"]) == (1.0, "handover[b]")


def test_a_told_timeline_names_the_clock_of_an_injected_event_that_says_nothing() -> None:
    told = trace(drill(Injection("weekly", 3.0), horizon=8), 0).told
    assert [event.sentence for event in told if event.sentence] == ["weekly (injected)"]
    assert [event.clock for event in told if event.day == 7.0] == ["weekly"]


def test_verify_plays_the_injections_of_a_config(toy: Path, call: Callable[[str], tuple[int, str, str]]) -> None:
    def firings() -> int:
        status, out, err = call("verify talks --config configs/talks.toml --replications 10")
        assert (status, err) == (0, "")
        return int(out.split(" replications, ")[1].split()[0].replace(",", ""))

    before = firings()
    toy.write_text(toy.read_text() + inject("leak", "0 days"))
    assert firings() < before
    assert firings() == 4 * 10  # a leak on day 0 ends each timeline of each of four arms


def test_a_wrong_injection_is_told_by_the_commands_without_a_traceback(
    toy: Path, call: Callable[[str], tuple[int, str, str]]
) -> None:
    toy.write_text(toy.read_text() + inject("handover", "1 day after ratification"))
    for command in ("validate configs/talks.toml", "trace configs/talks.toml", "run configs/talks.toml"):
        status, _, err = call(command)
        assert status == 2
        assert 'inject[0].clock: given "handover", expected one of its members: handover[a], handover[b]' in err
        assert 'inject[0].day: given "1 day after ratification", expected after one of start, talks' in err
        assert "Traceback" not in err
