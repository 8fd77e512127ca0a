"""Spoilers: those who stand to lose from peace.

Attacks rise with what opponents know and fear, and fall with enforcement. They raise
hostility and pressure; the further hostility rises beyond ordinary times, the sooner the process
breaks down under violence.
Hostility and alarm return to their level, so the loop cannot run away.
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import (
    Cause,
    Phase,
    Shock,
    add_pressure,
    collapse,
    concluded_before,
    judged,
    less,
    raise_hostility,
    shock,
    talked_of,
    toward,
)  # fmt: skip


class Spoilers(Parameters):
    attack = judged(0.35, "hazard of a grave attack, opponents unalarmed", "per year", 0.05, 1.5)
    attack_alarm = judged(6.0, "attacks: hazard times this when opponents are fully alarmed", "hazard ratio", 1.5, 20.0,
        paces="attack", by="alarm")  # fmt: skip
    attack_hostility = judged(3.0, "attacks: hazard times this under full hostility", "hazard ratio", 1.0, 10.0,
        paces="attack", by="hostility")  # fmt: skip
    enforcement = judged(0.3, "attacks: hazard times this when enforcement is at its best", "hazard ratio", 0.1, 1.0,
        paces="attack", by="carried_out_share")  # fmt: skip
    hostility_raised = judged(0.15, "hostility raised by an attack", "share", 0.03, 0.4, moves="+hostility")
    pressed = judged(0.10, "pressure raised by an attack", "share", 0.0, 0.3, moves="+pressure")
    trust_lost = judged(0.06, "trust lost by an attack", "share", 0.0, 0.3, moves="-trust")
    breakdown = judged(0.012, "hazard of breakdown under violence: what hostility beyond ordinary times adds is a multiple of this",
        "per year", 0.002, 0.08)  # fmt: skip
    breakdown_hostility = judged(40.0, "breakdown: hazard times this under full hostility", "hazard ratio", 5.0, 150.0,
        paces="breakdown", by="hostility")  # fmt: skip
    breakdown_fragile = judged(8.0, "breakdown: hazard times this in a fragile deal", "ratio", 1.0, 40.0,
        "UCDP Peace Agreement Dataset 22.1, two classes; the part played by violence is judgement", paces="breakdown", by="fragile")  # fmt: skip
    breakdown_embedding = judged(0.2, "breakdown: hazard times this when fully embedded", "hazard ratio", 0.02, 1.0,
        paces="breakdown", by="embedding")  # fmt: skip
    hostility = judged(0.35, "hostility in ordinary times", "index", 0.1, 0.7)
    hostility_return = judged(0.04, "hostility returning to its level in a month", "share", 0.01, 0.15)
    hostility_benefit = judged(0.6, "hostility's level: lowered by benefits fully felt", "share", 0.1, 0.9,
        moves="-hostility", by="benefit")  # fmt: skip
    alarm = judged(0.10, "alarm of opponents in ordinary times", "index", 0.0, 0.3)
    alarm_return = judged(0.05, "alarm returning to its level in a month", "share", 0.01, 0.2)


def start(s, p):
    s.hostility = p.spoilers.hostility
    s.alarm = p.spoilers.alarm
    s.enmity_moves = True


def attack_speed(s, p):
    effect = p.spoilers.attack_alarm * s.alarm + p.spoilers.attack_hostility * s.hostility
    if s.phase == Phase.IMPLEMENTATION:
        effect += p.spoilers.enforcement * s.carried_out_share
    return p.spoilers.attack * math.exp(effect)


def attack(s, p):
    raise_hostility(s, p.spoilers.hostility_raised)
    s.trust = less(s.trust, p.spoilers.trust_lost)
    add_pressure(s.a, p.spoilers.pressed)
    add_pressure(s.b, p.spoilers.pressed)
    shock(s, Shock.ATTACK)


def breakdown_speed(s, p):
    # No violence beyond what both sides live with, no breakdown under it.
    beyond = math.exp(p.spoilers.breakdown_hostility * s.hostility)
    beyond -= math.exp(p.spoilers.breakdown_hostility * p.spoilers.hostility)
    if beyond <= 0.0:
        return 0.0
    speed = p.spoilers.breakdown * beyond * math.exp(p.spoilers.breakdown_embedding * s.embedding)
    return speed * p.spoilers.breakdown_fragile if s.fragile else speed


def break_down(s, p):
    collapse(s, Cause.SPOILERS)


def calm_speed(s, p):
    return 1.0


def calm(s, p):
    felt = 0.5 * (s.a.benefit + s.b.benefit)
    level = less(p.spoilers.hostility, p.spoilers.hostility_benefit * felt)
    s.hostility = toward(s.hostility, level, p.spoilers.hostility_return)
    s.alarm = toward(s.alarm, p.spoilers.alarm, p.spoilers.alarm_return)


def told_attack(t):
    known = talked_of(t.s) or t.s.phase >= Phase.SIGNED
    return "Spoilers strike; hostility rises." if known else "A grave attack; hostility rises."


def told_breakdown(t):
    return f"The {'pact' if concluded_before(t.s) else 'process'} breaks down under violence."


MECHANISM = Mechanism(
    "spoilers",
    parameters=Spoilers,
    start=start,
    about=__doc__,
    clocks=(
        Clock("attack", attack_speed, attack, says=told_attack),
        Clock("breakdown", breakdown_speed, break_down, says=told_breakdown),
        Clock("month of calm", calm_speed, calm, fixed(MONTH)),
    ),
)
