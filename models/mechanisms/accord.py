"""Accord: a compact framework first, then the signature; deadlines, and talks that lead nowhere.

Enough agreed steps and enough trust make a private accord. The signature makes the text
public as an agreement. A deal reached in a hurry is more often fragile; what fragility
does is up to breach and spoilers. A leader who does not own the deal does not sign it.
Deadlines that pass without a new step wear the talks out, and in the end they are a cloak for
doing nothing.
"""

import math

from timeline import Clock, Mechanism, Parameters, fixed

from ..crisis import (
    STEPS,
    Cause,
    Outcome,
    Phase,
    Shock,
    both_own,
    end,
    judged,
    less,
    mean_support,
    shock,
    sign,
    talked_of,
)


class Accord(Parameters):
    steps_needed = judged(5, "agreed steps that make a framework", "count", 3, 7, paces="+accord", by="agreed")
    trust_needed = judged(0.30, "trust below which no accord is reached", "index", 0.15, 0.45, paces="+accord", by="trust")
    reaching = judged(3.0, "speed of concluding once the steps stand", "per year", 1.0, 9.0)
    signing = judged(5.0, "speed from the private accord to the signature", "per year", 1.5, 15.0,
        "Oslo 1993: 24 days; Dayton 1995: 23; Good Friday and Camp David 1978: at once; months are the exception; size is judgement")  # fmt: skip
    signing_support = judged(3.0, "signing: speed times this under full support against none", "rate ratio", 1.0, 10.0,
        paces="signature", by="support")  # fmt: skip
    signing_ambiguity = judged(0.4, "signing: speed times this when nothing is clear", "rate ratio", 0.1, 1.0,
        paces="signature", by="ambiguity")  # fmt: skip
    signing_front = judged(2.0, "signing: speed times this when the formal talks have come all the way", "rate ratio", 1.0, 3.4,
        paces="signature", by="front_progress")  # fmt: skip
    fragile = judged(0.18, "chance that an unhurried deal is of the fragile kind", "share", 0.05, 0.36,
        "UCDP Peace Agreement Dataset 22.1: two classes fit best, 27% at 2.75 endings a year; within its bands", moves="+fragile")  # fmt: skip
    fragile_hurried = judged(2.5, "odds of a fragile deal: times this for a deal made at once against one long talked over",
        "odds ratio", 1.0, 8.0, "S2: hurried pacts hide unresolved conditions; " + "size is judgement", moves="fragile")  # fmt: skip
    hurry = judged(540.0, "talks shorter than about this count as hurried", "days", 120.0, 1500.0)
    deadline = judged(365.0, "time without a new step after which a deadline is missed", "days", 150.0, 900.0)
    deadline_trust = judged(0.10, "trust lost by a missed deadline", "share", 0.0, 0.24, moves="-trust")
    abandoning = judged(0.04, "hazard that talks are given up, no deadline missed", "per year", 0.015, 0.11)
    abandoning_missed = judged(1.6, "giving up: hazard times this for each missed deadline", "hazard ratio", 1.0, 2.4,
        paces="abandonment", by="missed_deadlines")  # fmt: skip


def reach_speed(s, p):
    ready = s.phase == Phase.TALKS and s.agreed >= p.accord.steps_needed and s.trust >= p.accord.trust_needed
    return p.accord.reaching if ready and both_own(s) else 0.0


def reach(s, p, u):
    s.phase = Phase.ACCORD
    if s.begun_anew == 0:
        s.accord_day = s.day
    s.missed_deadlines = 0  # the last one has been met
    begun = s.day if s.begun_anew == 0 else s.day - s.resumed_day
    hurried = p.accord.hurry / (p.accord.hurry + begun)
    odds = p.accord.fragile / (1.0 - p.accord.fragile) * math.exp(p.accord.fragile_hurried * hurried)
    s.fragile = u[0] < odds / (1.0 + odds)


def sign_speed(s, p):
    if s.phase != Phase.ACCORD or s.suspended or not s.authorised or not both_own(s):
        return 0.0
    effect = p.accord.signing_support * (mean_support(s) - 0.5) + p.accord.signing_ambiguity * s.ambiguity
    return p.accord.signing * math.exp(effect + p.accord.signing_front * s.front_progress)


def deadline_speed(s, p):
    return 1.0 if s.phase == Phase.TALKS else 0.0


def miss_deadline(s, p):
    s.missed_deadlines += 1
    s.trust = less(s.trust, p.accord.deadline_trust)
    shock(s, Shock.MISSED_DEADLINE)


def abandon_speed(s, p):
    if s.phase > Phase.ACCORD:
        return 0.0
    return p.accord.abandoning * math.exp(p.accord.abandoning_missed * min(s.missed_deadlines, 6))


def abandon(s, p):
    end(s, Outcome.ABANDONED, Cause.ABANDONMENT)


def told_deadline(t):
    if t.s.agreed == STEPS:
        return "A deadline passes without an accord."
    return "A deadline passes without a new step."


def told_accord(t):
    return f"{t.a} and {t.b} reach {'an' if talked_of(t.s) else 'a private'} accord."


def told_abandonment(t):
    if t.s.phase == Phase.ACCORD:
        return "The accord is never signed; it is let drop."
    if t.s.carried_out > 0:
        return "The talks are given up; what was carried out is all that came of them."
    return "The talks are given up; they had led nowhere."


MECHANISM = Mechanism(
    "accord",
    parameters=Accord,
    about=__doc__,
    needs=("steps",),
    clocks=(
        Clock("accord", reach_speed, reach, uniforms=1, says=told_accord),
        Clock("signature", sign_speed, sign, says="{a} and {b} sign."),
        Clock("deadline missed", deadline_speed, miss_deadline, fixed(lambda p: p.accord.deadline),
            renews_on="agreed", says=told_deadline),
        Clock("abandonment", abandon_speed, abandon, says=told_abandonment),
    ),
)  # fmt: skip
