"""Ratification: those who have to agree take their time, and may send the text back.

Each side ratifies by its own rules. A parliament reads the support and the pressure of its public, and resentment at
secrecy; a ruling circle hardly hears either, and asks what the deal is worth to it; a movement's congress or command
hears its own people's pressure first. All are won by results that have been verified in public and by progress in the
formal talks, and put off by a text in which their side gives up more than it gets. A text that fails may come back
amended, or fail for good. Until both have agreed, a side under pressure may take its signature back (that is in
pressure).
"""

import math

from timeline import Clock, Mechanism, Parameters, lognormal

from ..crisis import Cause, Phase, Regime, Shock, both_own, collapse, judged, less, ratify, recount, shock


class Ratification(Parameters):
    median = judged(120.0, "median time to a side's vote", "days", 30.0, 400.0)
    spread = judged(0.7, "spread of that time, standard deviation of its logarithm", "number", 0.3, 1.2)
    passes = judged(0.87, "chance that a side agrees, support and pressure being ordinary", "share", 0.73, 0.97)
    support_parliament = judged(12.0, "odds in a parliament: times this under full support against none", "odds ratio", 3.0, 50.0,
        moves="phase", by="support")  # fmt: skip
    support_circle = judged(2.0, "odds in a ruling circle: times this under full support against none", "odds ratio", 1.0, 6.0,
        moves="phase", by="support")  # fmt: skip
    support_congress = judged(5.0, "odds in a movement's congress: times this under full support against none", "odds ratio", 1.5, 20.0,
        moves="phase", by="support")  # fmt: skip
    pressure_parliament = judged(0.08, "odds in a parliament: times this under full pressure against none", "odds ratio", 0.02, 0.5,
        moves="phase", by="pressure")  # fmt: skip
    pressure_circle = judged(0.5, "odds in a ruling circle: times this under full pressure against none", "odds ratio", 0.19, 1.0,
        moves="phase", by="pressure")  # fmt: skip
    pressure_congress = judged(0.05, "odds in a movement's congress: times this under full pressure against none", "odds ratio", 0.01, 0.4,
        moves="phase", by="pressure")  # fmt: skip
    fit = judged(4.0, "odds in a ruling circle: times this where the deal fits fully against not at all", "odds ratio", 1.0, 12.0,
        moves="phase", by="fit")  # fmt: skip
    front = judged(2.0, "odds of agreeing: times this when the formal talks have come all the way", "odds ratio", 1.0, 6.0,
        moves="phase", by="front_progress")  # fmt: skip
    verified = judged(3.0, "odds of agreeing: times this when the whole ladder is verified and its results reported", "odds ratio", 1.0, 10.0,
        moves="phase", by="reported")  # fmt: skip
    debt = judged(0.35, "odds in a parliament: times this under full resentment at secrecy", "odds ratio", 0.05, 1.0,
        moves="phase", by="legitimacy_debt")  # fmt: skip
    yields = judged(0.1, "odds of agreeing: times this for a side that only gives, all being public", "odds ratio", 0.01, 0.7,
        moves="phase", by="yields")  # fmt: skip
    for_good = judged(0.30, "chance that a failed vote is final", "share", 0.1, 0.58, moves="+outcome")
    amended = judged(0.10, "trust lost when a text comes back amended", "share", 0.0, 0.24, moves="-trust")


def start(s, p):
    s.to_be_ratified = True


def vote_speed(s, p, me):
    # Nobody asks a parliament for what they do not stand by.
    return 1.0 / p.ratification.median if s.phase == Phase.SIGNED and not me.ratified and both_own(s) else 0.0


def vote(s, p, me, u):
    w = p.ratification
    effect = w.front * s.front_progress + w.verified * s.reported + w.yields * me.yields
    if me.regime == Regime.DEMOCRACY:
        effect += w.support_parliament * (me.support - 0.5) + w.pressure_parliament * (me.pressure - 0.4)
        effect += w.debt * s.legitimacy_debt
    elif me.regime == Regime.AUTOCRACY:
        effect += w.support_circle * (me.support - 0.5) + w.pressure_circle * (me.pressure - 0.4) + w.fit * (s.fit - 0.5)
    else:
        effect += w.support_congress * (me.support - 0.5) + w.pressure_congress * (me.pressure - 0.4)
    odds = w.passes / (1.0 - w.passes) * math.exp(effect)
    s.votes += 1
    if u[0] < odds / (1.0 + odds):
        me.ratified = True
        if s.a.ratified and s.b.ratified:
            ratify(s)
            recount(s)
    elif u[1] < w.for_good:
        collapse(s, Cause.REJECTION)
    else:
        s.trust = less(s.trust, w.amended)
        shock(s, Shock.SETBACK_IN_PARLIAMENT)


#: Who decides, by regime.
BODIES = ("parliament", "ruling circle", "congress")


def told(t):
    side, was = (t.s.a, t.before.a) if t.i == 0 else (t.s.b, t.before.b)
    who = f"{t.me}'s {BODIES[side.regime]}"
    if t.s.phase == Phase.IMPLEMENTATION:
        return f"{who} agrees: the agreement is ratified."
    if t.s.cause == Cause.REJECTION:
        return f"{who} rejects the agreement for good."
    if side.ratified and not was.ratified:
        return f"{who} agrees to the text."
    return f"{who} votes it down; the text comes back with amendments."


MECHANISM = Mechanism(
    "ratification",
    parameters=Ratification,
    start=start,
    about=__doc__,
    clocks=(
        Clock("vote", vote_speed, vote, lognormal(lambda p: p.ratification.spread), over="sides", uniforms=2, says=told),
    ),
)
