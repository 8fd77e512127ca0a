"""Ranks: a signature is an order to people who were not in the room.

Commanders, officials and followers learn from the signed text what they are to give up. For some weeks nobody knows
whether they will follow; until then the fighting may simply not stop, and the agreement falls before it has begun.
They refuse sooner where the text was sprung on them, where their public presses and does not support it, and where
nothing of what was promised has been kept that they could see. A movement commands less firmly than a state.
"""

import math

from timeline import Clock, Mechanism, Parameters

from ..crisis import Cause, Phase, Regime, collapse, judged

_RECORD = (
    "UCDP Peace Agreement Dataset 22.1: .83 endings a year in the first month after signature, .3 in the next two; that "
    "it is this story which ends them is judgement (Pearlman & Cunningham 2012, J. Conflict Resolution 56(1):3-15, on "
    "divided sides)"
)


class Ranks(Parameters):
    taking_in = judged(25.0, "mean time until a side's own people have taken a signature in, and follow it", "days", 10.0, 60.0, _RECORD)
    refusal = judged(0.16, "hazard that a side's own people refuse to follow, all having been told before, public and mood ordinary",
        "per year", 0.045, 0.57, _RECORD)  # fmt: skip
    sprung = judged(2.5, "refusal: hazard times this when nothing of the text had been told before", "hazard ratio", 1.0, 8.0,
        "S0: nobody is to be blindsided; size is judgement", paces="refusal", by="sprung")  # fmt: skip
    pressure = judged(4.0, "refusal: hazard times this under full pressure against none", "hazard ratio", 1.0, 12.0,
        paces="refusal", by="pressure")  # fmt: skip
    support = judged(0.3, "refusal: hazard times this under full support against none", "hazard ratio", 0.1, 1.0,
        paces="refusal", by="support")  # fmt: skip
    kept = judged(0.4, "refusal: hazard times this when all that is agreed has been carried out", "hazard ratio", 0.15, 1.0,
        "S0: scaling up from small steps; size is judgement", paces="refusal", by="carried_out_share")  # fmt: skip
    movement = judged(1.5, "refusal: hazard times this in a movement against a state", "ratio", 0.7, 3.0,
        "armed movements are divided more often than states (Pearlman & Cunningham 2012); size is judgement")  # fmt: skip


def start(s, p):
    s.ranks_decide = True


def take_in_speed(s, p, me):
    return 1.0 / p.ranks.taking_in if s.phase >= Phase.SIGNED and not me.following else 0.0


def take_in(s, p, me):
    me.following = True


def refuse_speed(s, p, me):
    if s.phase < Phase.SIGNED or me.following:
        return 0.0
    effect = p.ranks.sprung * s.sprung + p.ranks.kept * s.carried_out_share
    effect += p.ranks.pressure * (me.pressure - 0.35) + p.ranks.support * (me.support - 0.45)
    speed = p.ranks.refusal * math.exp(effect)
    return speed * p.ranks.movement if me.regime == Regime.MOVEMENT else speed


def refuse(s, p, me):
    collapse(s, Cause.DEFIANCE)


#: Who is to follow, by regime.
PEOPLE = ("forces and officials", "generals", "commanders")


def told_following(t):
    side = t.s.a if t.i == 0 else t.s.b
    return f"{t.me}'s {PEOPLE[side.regime]} fall in behind the agreement."


def told_refusal(t):
    side = t.s.a if t.i == 0 else t.s.b
    return f"{t.me}'s {PEOPLE[side.regime]} do not follow; the fighting never stops, and the agreement falls."


MECHANISM = Mechanism(
    "ranks",
    parameters=Ranks,
    start=start,
    about=__doc__,
    clocks=(
        Clock("signature followed", take_in_speed, take_in, over="sides", says=told_following),
        Clock("refusal", refuse_speed, refuse, over="sides", says=told_refusal),
    ),
)
