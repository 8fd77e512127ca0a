"""Toy worlds for the tests: small enough to be computed by hand, and random ones.

All functions of the toys are plain and could be compiled: integers, floats, flags,
tables held as tuples of floats.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import IntEnum
from functools import cache
from typing import Any

from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import Clock, Counted, Integral, Mechanism, Model, Observation, Sampled
from timeline.model.laws import Law, at_once, empirical, exponential, fixed, lognormal, uniform, weibull
from timeline.model.records import Array, Field, Parameter, Parameters, Record


class Outcome(IntEnum):
    OPEN = 0
    ENDED = 1
    FAILED = 2


class Phase(IntEnum):
    TALKS = 0
    ACCORD = 1


class Side(Record):
    level = Field(0, "a whole number of the side's own")
    pressure = Field(0.25, "pressure", index=True)


class Step(Record):
    level = Field(0, "a whole number of the step's own")
    kept = Field(False, "whether it was carried out")
    day = Field(math.nan, "when it was carried out")


class State(Record):
    """What every toy may use; most use two or three fields of it."""

    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    phase = Field(Phase.TALKS, "the phase")
    n = Field(0, "a whole number")
    m = Field(0, "another whole number")
    x = Field(0.0, "a number")
    y = Field(0.0, "another number")
    on = Field(True, "a flag that is up at the start")
    alarm = Field(False, "a flag that is down at the start")
    since = Field(math.nan, "a milestone")
    a = Side
    b = Side
    steps = Array(Step, 3)


class SideParameters(Parameters):
    lean = Parameter(1.0, "a factor", unit="ratio", plausible=(0.5, 2.0), evidence="judgement", source="invented")


class Rates(Parameters):
    rate = Parameter(0.5, "a rate", unit="per day", plausible=(0.0, 9.0), evidence="judgement", source="invented")
    shape = Parameter(1.5, "a shape", unit="ratio", plausible=(0.1, 9.0), evidence="judgement", source="invented")


def running(s: Any) -> float:
    return 1.0


def while_on(s: Any) -> float:
    return 1.0 if s.on else 0.0


def while_off(s: Any) -> float:
    return 0.0 if s.on else 1.0


def while_alarmed(s: Any) -> float:
    return 1.0 if s.alarm else 0.0


def until_alarmed(s: Any) -> float:
    return 0.0 if s.alarm else 1.0


def nothing(s: Any) -> None:
    return None


def count(s: Any) -> None:
    s.n += 1


def end(s: Any) -> None:
    s.outcome = Outcome.ENDED


def fail(s: Any) -> None:
    s.outcome = Outcome.FAILED


def turn_off(s: Any) -> None:
    s.on = False


def count_and_turn_off(s: Any) -> None:
    s.n += 1
    s.on = False


def count_and_end(s: Any) -> None:
    s.n += 1
    s.outcome = Outcome.ENDED


def turn_on(s: Any) -> None:
    s.on = True


def toggle(s: Any) -> None:
    s.on = not s.on


def raise_alarm(s: Any) -> None:
    s.alarm = True


def once(s: Any) -> float:
    """The speed of a clock that fires one time only, if its effect counts in ``n``."""
    return 1.0 if s.n == 0 else 0.0


def model(
    *clocks: Clock,
    start: Callable[..., Any] | None = None,
    uniforms: int = 0,
    observations: tuple[Observation, ...] = (),
    state: type[Record] = State,
) -> Model:
    """Return a model of one mechanism, ``toy``, that holds the given clocks."""
    mechanism = Mechanism("toy", clocks, parameters=Rates, start=start, uniforms=uniforms)
    return Model("toys", "Toys", state, (mechanism,), Outcome.OPEN, SideParameters, observations=observations)


def world(*clocks: Clock, horizon: float = 100.0, seed: int = 1, **rest: Any) -> World:
    """Return a world over `model`; ``given``, ``budget``, ``label``, ``replay`` go to the world."""
    own = {name: rest.pop(name) for name in ("given", "budget", "label", "replay") if name in rest}
    return World(model(*clocks, **rest), seed=seed, horizon=horizon, **own)


Firing = tuple[float, str]


def history(of: World, replication: int = 0) -> list[Firing]:
    """Return what the reference engine lets happen, as (day, clock name)."""
    told: list[Firing] = []

    def watch(day: float, member: Any, state: Any) -> None:
        if member is not None:
            told.append((day, member.name))

    play(of, replication, watch)
    return told


def days(told: Iterable[Firing], name: str) -> list[float]:
    return [day for day, clock in told if clock == name]


# ---------------------------------------------------------------- random models

#: Speeds that keep lattices of days on the lattice, and pause often.
LATTICE_SPEEDS = (0.0, 0.5, 1.0, 2.0, 1.0)
#: Speeds whose products round; a small one shows what rounding leaves behind.
ROUNDING_SPEEDS = (0.3, 0.0, 1.1, 0.01, 0.7)


def random_model(number: int, lattice: bool) -> Model:
    """Return random model ``number``: three to seven clocks, families, all laws and memories.

    With ``lattice`` most durations are whole days or tenths of a day and clocks come in twins, so
    that ties are frequent, and so is being paused at the very instant one is due.
    """
    rng = random.Random(f"{number}/{lattice}")
    clocks: list[Clock] = []
    for k in range(rng.randint(3, 6)):
        clock = _random_clock(rng, f"clock {k}", lattice)
        clocks.append(clock)
        if lattice and rng.random() < 0.4:
            twin = Clock(
                f"twin of {k}", clock.speed, _random_effect(rng, clock.over), clock.law, clock.over,
                clock.memory, clock.renews_on, uniforms=1,
            )  # fmt: skip
            clocks.append(twin)
    if rng.random() < 0.7:
        clocks.append(Clock("reaction", while_alarmed, _calm, at_once(), uniforms=1))
    rng.shuffle(clocks)
    return model(*clocks, start=_random_start, uniforms=2)


OBSERVED = (
    Sampled("x", (0.0, 0.1, 1.0, 2.5, 7.0, 11.0, 12.0, 13.0)),
    Sampled("n", (0.0, 0.3, 2.0, 5.0), since="since", name="n later"),
    Sampled("on", (1.0, 4.0)),
    Integral("x"),
    Integral("on", name="time on"),
    Integral("a.level"),
)


def settle(s: Any, p: Any) -> None:
    s.n = s.m + s.b.level
    s.y = p.toy.rate * s.day


@cache
def observed_random_model(number: int, lattice: bool) -> Model:
    """Return random model ``number`` with all kinds of observations; the same object each time, compiled once."""
    return replace(random_model(number, lattice), observations=OBSERVED, settle=settle)


def _random_start(s: Any, u: Any) -> None:
    s.x = u[0] * 3.0
    s.m = int(u[1] * 3.0)


def _calm(s: Any, u: Any) -> None:
    s.alarm = False
    s.m = (s.m + 1) % 5
    if u[0] < 0.02:
        s.outcome = Outcome.ENDED


def _random_clock(rng: random.Random, name: str, lattice: bool) -> Clock:
    over = rng.choice((None, None, "sides", Counted("steps")))
    table = LATTICE_SPEEDS if rng.random() < 0.6 else ROUNDING_SPEEDS
    return Clock(
        name,
        _random_speed(rng, over, table),
        _random_effect(rng, over),
        _random_law(rng, lattice),
        over,
        "restart" if rng.random() < 0.3 else "resume",
        _random_renewal(rng, over),
        uniforms=1,
    )


def _random_renewal(rng: random.Random, over: Any) -> str | None:
    if rng.random() < 0.7:
        return None
    if over is None:
        return rng.choice(("m", "since", "a.level", "steps[1].level"))
    return "me.level" if over == "sides" else "steps[i].level"


def _random_law(rng: random.Random, lattice: bool) -> Law:
    if lattice and rng.random() < 0.8:
        return fixed(rng.choice((1, 1, 2, 2, 3, 0.5, 0.1, 0.3)))
    return rng.choice(
        (
            exponential(),
            weibull(1.5),
            weibull(_shape, age=_age),
            lognormal(0.7, age=0.5),
            uniform(0.5, 2.0),
            empirical((0.0, 1.0, 2.0), (0.2, 1.0, 0.5)),
            fixed(_wait),
        )
    )


def _shape(s: Any, p: Any) -> float:
    return p.toy.shape + 0.5 * s.m


def _age(s: Any) -> float:
    return s.x


def _wait(s: Any) -> float:
    return 1.0 + s.m


def _random_speed(rng: random.Random, over: Any, table: tuple[float, ...]) -> Callable[..., float]:
    g, h, c = rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 4)

    def single(s: Any) -> float:
        return table[(g * s.n + h * s.m + c) % 5]

    def of_side(s: Any, me: Any, other: Any, p_me: Any) -> float:
        return p_me.lean * table[(g * me.level + h * other.level + s.n + c) % 5]

    def of_step(s: Any, i: int) -> float:
        return table[(g * s.steps[i].level + h * s.m + c) % 5]

    if over is None:
        return single
    return of_side if over == "sides" else of_step


def _random_effect(rng: random.Random, over: Any) -> Callable[..., None]:
    g, h, k = rng.randint(0, 2), rng.randint(0, 2), rng.randint(0, 2)
    alarms = rng.random() < 0.4

    def single(s: Any, u: Any) -> None:
        s.n = (s.n + g) % 6
        s.m = (s.m + h) % 5
        s.steps[k].level += 1
        s.since = s.day if u[0] < 0.5 else s.since
        s.x = s.x * u[0]
        if alarms:
            s.alarm = True

    def of_side(s: Any, me: Any, other: Any, u: Any) -> None:
        me.level = (me.level + g) % 4
        if u[0] < 0.4:
            other.level = (other.level + h) % 3
        s.n = (s.n + k) % 6
        if alarms:
            s.alarm = True

    def of_step(s: Any, i: int, u: Any) -> None:
        s.steps[i].level = (s.steps[i].level + g) % 4
        s.steps[i].day = s.day
        s.a.level = (s.a.level + h) % 4
        if u[0] < 0.3:
            s.m = (s.m + k) % 5

    if over is None:
        return single
    return of_side if over == "sides" else of_step
