"""A toy crisis for the tests: it is signed, steps are kept, and it holds or it does not.

What is told can no longer leak; telling takes support. Nothing here is about the world.
"""

import math
import time
from enum import IntEnum

from timeline import (
    Array,
    Clock,
    Counted,
    Endpoints,
    Field,
    Integral,
    Lever,
    Mechanism,
    Model,
    Parameter,
    Parameters,
    Record,
    Sampled,
    every,
)

YEAR = 365.25


class Outcome(IntEnum):
    OPEN = 0
    COLLAPSED = 1
    CONSOLIDATED = 2


class Cause(IntEnum):
    NONE = 0
    LEAK = 3
    BREACH = 7


class Phase(IntEnum):
    TALKS = 0
    SIGNED = 1


class Step(Record):
    kept = Field(False, "whether it was carried out")
    day = Field(math.nan, "when")


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    cause = Field(Cause.NONE, "by what")
    phase = Field(Phase.TALKS, "the phase")
    signed_day = Field(math.nan, "when it was signed")
    hidden = Field(1.0, "what is hidden", index=True)
    support = Field(0.6, "support", index=True)
    steps = Array(Step, 3)


class Rates(Parameters):
    signing = Parameter(1.0, "signings", unit="per year", plausible=(0.1, 9.0), evidence="judgement", source="invented")
    leak = Parameter(
        0.3, "leaks of all", unit="per year", plausible=(0.0, 9.0), evidence="judgement", source="invented"
    )
    breach = Parameter(0.1, "breaches", unit="per year", plausible=(0.0, 9.0), evidence="judgement", source="invented")
    trap = Parameter(False, "whether a breach fails to be played", evidence="judgement", source="invented")
    pause = Parameter(0.0, "seconds more", unit="number", plausible=(0.0, 1.0), evidence="judgement", source="invented")


class Telling(Record):
    every = Lever(1e9, "how often something is told", unit="days", low=1.0)
    share = Lever(0.5, "how much of what is hidden", unit="share")


class Waiting:
    """Makes a run slow enough to be interrupted by a test; a function could not reach the clock on the wall."""

    def __call__(self, p):
        if p.rates.pause > 0:
            time.sleep(p.rates.pause)


wait = Waiting()


def lose(s, cause):
    s.outcome = Outcome.COLLAPSED
    s.cause = cause


def sign(s):
    s.phase = Phase.SIGNED
    s.signed_day = s.day


def keep(s, i):
    s.steps[i].kept = True
    s.steps[i].day = s.day
    if s.steps[0].kept and s.steps[1].kept and s.steps[2].kept:
        s.outcome = Outcome.CONSOLIDATED


def tell(s, p, u):
    s.hidden -= p.cadence.share * u[0] * s.hidden
    s.support -= 0.1 * s.support


def break_off(s, p):
    if p.rates.trap:
        raise ValueError("the trap has sprung")
    lose(s, Cause.BREACH)


MODEL = Model(
    name="bargain",
    title="A toy bargain",
    state=State,
    mechanisms=(
        Mechanism(
            "rates",
            (
                Clock("signing", lambda s, p: p.rates.signing if s.phase == Phase.TALKS else 0.0, sign),
                Clock("telling", lambda s, p: 1 / p.cadence.every, tell, uniforms=1),
                Clock(
                    "keeping",
                    lambda s, i: 0.4 / YEAR if s.phase == Phase.SIGNED and not s.steps[i].kept else 0.0,
                    keep,
                    over=Counted("steps"),
                ),
                Clock("leak", lambda s, p: p.rates.leak * s.hidden, lambda s: lose(s, Cause.LEAK)),
                Clock("breach", lambda s, p: p.rates.breach * (1 - s.support), break_off),
            ),
            parameters=Rates,
            start=lambda s, p: wait(p),
        ),
    ),
    open=Outcome.OPEN,
    levers=Telling,
    endpoints=Endpoints(
        phases=(("talks", None), ("signed", "signed_day")),
        failures=("collapsed",),
        accord=None,
        half_verified=None,
        hostility=None,
        causes=("leak", "breach"),
    ),
    observations=(
        Sampled("support", every(YEAR, 10 * YEAR), name="support over time"),
        Integral("hidden", name="days hidden"),
    ),
    followed={"support": "support"},
    account="Two sides, one paper.\n\nThree steps make it last.",
)
