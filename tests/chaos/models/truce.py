"""A toy truce for runs that are killed, starved and damaged: quick on both engines, with a clock that can explode."""

import math
from enum import IntEnum

from timeline import (
    Clock,
    Endpoints,
    Field,
    Lever,
    Mechanism,
    Model,
    Parameter,
    Parameters,
    Record,
    Sampled,
    at_once,
    every,
)

YEAR = 365.25

Outcome = IntEnum("Outcome", "OPEN COLLAPSED", start=0)
Cause = IntEnum("Cause", "NONE BREACH", start=0)
Explosion = IntEnum("Explosion", "NEVER UNDEFINED NEGATIVE INFINITE RUNAWAY", start=0)


class State(Record):
    day = Field(0.0, "days since the start")
    outcome = Field(Outcome.OPEN, "how it ended")
    cause = Field(Cause.NONE, "by what")
    signed_day = Field(math.nan, "when it was signed")
    support = Field(0.6, "support", index=True)
    doomed = Field(False, "whether this is one of the timelines in which the clock explodes")
    ping = Field(False, "whether the next to fire is ping, or pong")
    echoes = Field(False, "whether ping and pong answer each other")


class Rates(Parameters):
    signing = Parameter(1.0, "signings", unit="per year", plausible=(0.1, 9.0), evidence="judgement", source="invented")
    breach = Parameter(0.2, "breaches", unit="per year", plausible=(0.0, 9.0), evidence="judgement", source="invented")
    doom = Parameter(
        0.001, "timelines that may explode", unit="share", plausible=(0, 1), evidence="judgement", source="invented"
    )


class Telling(Record):
    every = Lever(1e9, "how often something is told", unit="days", low=1.0)
    explodes = Lever(Explosion.NEVER, "how the clock of doomed timelines explodes")


def doom(s, p, u):
    s.doomed = u[0] < p.rates.doom


def signing(s, p):
    return p.rates.signing if math.isnan(s.signed_day) else 0.0


def sign(s):
    s.signed_day = s.day


def telling(s, p):
    return 1 / p.cadence.every


def tell(s, u):
    s.support -= 0.1 * u[0] * s.support


def breach(s, p):
    return 0.0 if math.isnan(s.signed_day) else p.rates.breach * (1 - s.support)


def lose(s):
    s.outcome = Outcome.COLLAPSED
    s.cause = Cause.BREACH


def fuse(s, p):
    if not s.doomed or math.isnan(s.signed_day):
        return 0.0
    if p.cadence.explodes == Explosion.UNDEFINED:
        return math.nan
    if p.cadence.explodes == Explosion.NEGATIVE:
        return -0.5
    if p.cadence.explodes == Explosion.INFINITE:
        return math.inf
    return 1.0 if p.cadence.explodes == Explosion.RUNAWAY and not s.echoes else 0.0


def burn(s):
    s.echoes = True


def ping(s):
    return 1.0 if s.echoes and s.ping else 0.0


def pong(s):
    return 1.0 if s.echoes and not s.ping else 0.0


def answer(s):
    s.ping = not s.ping


MODEL = Model(
    name="truce",
    title="A toy truce",
    state=State,
    mechanisms=(
        Mechanism(
            "rates",
            (
                Clock("signing", signing, sign),
                Clock("telling", telling, tell, uniforms=1),
                Clock("breach", breach, lose),
                Clock("fuse", fuse, burn),
                Clock("ping", ping, answer, law=at_once()),
                Clock("pong", pong, answer, law=at_once()),
            ),
            parameters=Rates,
            start=doom,
            uniforms=1,
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
        causes=("breach",),
    ),
    observations=(Sampled("support", every(YEAR, 5 * YEAR), name="support over time"),),
    followed=("support",),
    account="Two sides, one paper, one fuse.",
)
