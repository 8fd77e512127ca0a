"""A ceasefire that is watched: quiet, skirmishes that die down, and war.

Purpose. What do monitors add to a ceasefire: fewer skirmishes, shorter ones, or none that grows into war? The
answer is counted in days of quiet, since most ceasefires are neither kept nor broken but frayed.

Entities. One line between two forces, of which a share is watched.

Logic. An illness–death process. In quiet, a skirmish breaks out now and then, and seldom war without warning. A
skirmish dies down, or grows into war; war ends the ceasefire for good. Where the line is watched, fewer skirmishes
break out, they die down faster, and fewer grow. All hazards are constant while a state lasts, so that the days of
quiet and the chance of war have closed forms (`tests/test_ceasefire.py`).

Inputs. All judgement, with wide plausible ranges.

Left out. Why a side attacks; talks beside the ceasefire; monitors who are withdrawn, bribed or shot at; learning:
the tenth skirmish is as dangerous as the first.

Not for. Judging a given mission. Compare shares of the line, not levels.
"""

import math
from enum import IntEnum

from timeline import (
    AtEnd,
    Clock,
    Endpoints,
    Field,
    Integral,
    Lever,
    Mechanism,
    Model,
    Parameter,
    Parameters,
    Record,
    Wording,
)


class Outcome(IntEnum):
    OPEN = 0
    WAR = 1


class Cause(IntEnum):
    NONE = 0
    ESCALATION = 1
    SURPRISE = 2


class State(Record):
    day = Field(0.0, "days since the ceasefire")
    outcome = Field(Outcome.OPEN, "how it ended")
    cause = Field(Cause.NONE, "how the war began")
    quiet = Field(1.0, "1 while the line is quiet, else 0", index=True)
    skirmishes = Field(0, "skirmishes so far")


class Policy(Record):
    watched = Lever(0.0, "share of the line that monitors watch", unit="share")


def judged(default, meaning, unit, low, high, **links):
    return Parameter(
        default, meaning, unit=unit, plausible=(low, high), evidence="judgement", source="a round guess", **links
    )


class Line(Parameters):
    outbreak = judged(3.0, "skirmishes that break out in quiet, unwatched", "per year", 0.5, 12.0)
    calming = judged(12.0, "speed at which a skirmish dies down, unwatched", "per year", 4.0, 50.0)
    growth = judged(1.0, "hazard that a skirmish grows into war, unwatched", "per year", 0.2, 4.0)
    surprise = judged(0.02, "hazard of war out of quiet", "per year", 0.0, 0.1)
    outbreak_watched = judged(0.6, "skirmishes: hazard times this where all is watched", "hazard ratio", 0.3, 1.0)
    calming_watched = judged(1.8, "dying down: speed times this where all is watched", "rate ratio", 1.0, 4.0)
    growth_watched = judged(0.7, "growth into war: hazard times this where all is watched", "hazard ratio", 0.3, 1.0)


def outbreak_speed(s, p):
    if s.quiet < 0.5:
        return 0.0
    return p.line.outbreak * math.exp(p.line.outbreak_watched * p.cadence.watched)


def break_out(s):
    s.quiet = 0.0
    s.skirmishes += 1


def calming_speed(s, p):
    if s.quiet > 0.5:
        return 0.0
    return p.line.calming * math.exp(p.line.calming_watched * p.cadence.watched)


def calm_down(s):
    s.quiet = 1.0


def growth_speed(s, p):
    if s.quiet > 0.5:
        return 0.0
    return p.line.growth * math.exp(p.line.growth_watched * p.cadence.watched)


def grow(s):
    s.outcome = Outcome.WAR
    s.cause = Cause.ESCALATION


def surprise_speed(s, p):
    return p.line.surprise if s.quiet > 0.5 else 0.0


def attack(s):
    s.quiet = 0.0
    s.outcome = Outcome.WAR
    s.cause = Cause.SURPRISE


MODEL = Model(
    name="ceasefire",
    title="A ceasefire that is watched",
    account=__doc__,
    state=State,
    open=Outcome.OPEN,
    levers=Policy,
    mechanisms=(
        Mechanism(
            "line",
            parameters=Line,
            clocks=(
                Clock("outbreak", outbreak_speed, break_out, says="A skirmish breaks out."),
                Clock("calming", calming_speed, calm_down, says="The skirmish dies down."),
                Clock("growth", growth_speed, grow, says="The skirmish grows into war."),
                Clock("surprise", surprise_speed, attack, says="War begins without warning."),
            ),
        ),
    ),
    observations=(Integral("quiet", name="quiet days"),),
    endpoints=Endpoints(
        phases=(("ceasefire", None),),
        signed=None,
        failures=("war",),
        further=(
            AtEnd(
                "quiet days", "Mean days of quiet", "days", "higher", most="horizon", says="the line is quiet for {}"
            ),
            AtEnd("skirmishes", "Mean number of skirmishes", "count", "lower"),
        ),
        primary="quiet_days",
        wording=Wording(cadence="a rule for how much of the line is watched", horizon="within"),
    ),
    followed=("quiet",),
)
