"""Ratification: parliaments and courts take their time, and may send the text back.

A vote passes more easily with support on both sides, with progress in the formal talks and
with results that have been verified in public; resentment at secrecy counts against. A
text that fails may come back amended, or fail for good.
"""

import math

from timeline import Clock, Mechanism, Parameters, lognormal

from ..crisis import Cause, Phase, Shock, both_own, collapse, judged, less, mean_support, recount, shock


class Ratification(Parameters):
    median = judged(150.0, "median time to a vote", "days", 30.0, 500.0)
    spread = judged(0.7, "spread of that time, standard deviation of its logarithm", "number", 0.3, 1.2)
    passes = judged(0.75, "chance that a vote passes, support being middling", "share", 0.4, 0.95)
    support = judged(12.0, "odds of passing: times this under full support against none", "odds ratio", 2.0, 50.0,
        moves="phase", by="support")  # fmt: skip
    front = judged(2.0, "odds of passing: times this when the formal talks have come all the way", "odds ratio", 1.0, 6.0,
        moves="phase", by="front_progress")  # fmt: skip
    verified = judged(3.0, "odds of passing: times this when the whole ladder is verified and its results reported", "odds ratio", 1.0, 10.0,
        moves="phase", by="reported")  # fmt: skip
    debt = judged(0.35, "odds of passing: times this under full resentment at secrecy", "odds ratio", 0.05, 1.0,
        moves="phase", by="legitimacy_debt")  # fmt: skip
    for_good = judged(0.30, "chance that a failed vote is final", "share", 0.1, 0.8, moves="+outcome")
    amended = judged(0.10, "trust lost when a text comes back amended", "share", 0.0, 0.3, moves="-trust")


def start(s, p):
    s.to_be_ratified = True


def vote_speed(s, p):
    # Nobody asks a parliament for what they do not stand by.
    return 1.0 / p.ratification.median if s.phase == Phase.SIGNED and both_own(s) else 0.0


def vote(s, p, u):
    odds = p.ratification.passes / (1.0 - p.ratification.passes)
    effect = p.ratification.support * (mean_support(s) - 0.5) + p.ratification.front * s.front_progress
    effect += p.ratification.verified * s.reported + p.ratification.debt * s.legitimacy_debt
    odds *= math.exp(effect)
    s.votes += 1
    if u[0] < odds / (1.0 + odds):
        s.phase = Phase.IMPLEMENTATION
        s.ratified_day = s.day
        recount(s)
    elif u[1] < p.ratification.for_good:
        collapse(s, Cause.REJECTION)
    else:
        s.trust = less(s.trust, p.ratification.amended)
        shock(s, Shock.SETBACK_IN_PARLIAMENT)


def told(t):
    if t.s.phase == Phase.IMPLEMENTATION:
        return "The agreement is ratified."
    if t.s.cause == Cause.REJECTION:
        return "The agreement is rejected for good."
    return "The vote fails; the text comes back with amendments."


MECHANISM = Mechanism(
    "ratification",
    parameters=Ratification,
    start=start,
    about=__doc__,
    clocks=(
        Clock("vote", vote_speed, vote, lognormal(lambda p: p.ratification.spread), uniforms=2, says=told),
    ),
)
