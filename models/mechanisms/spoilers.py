"""Spoilers: those who stand to lose from peace.

Attacks rise with what opponents know and fear, and fall with enforcement. They raise
hostility and pressure, less so where weapons have been withdrawn; the further hostility rises beyond ordinary times,
the sooner the process breaks down under violence. Monitoring holds that up, and so do those who were let in.
Hostility and alarm return to their level, so the loop cannot run away. Attacks and flare-ups keep up part of ordinary
hostility: the level it would sink to without them lies lower, so that a timeline starts where it would stay. Kept
promises, felt benefits and institutions lower that level for good.

The collapse of a deal has an aftermath: violence follows it, and hostility is then drawn back to ordinary times, year by year. What
has become part of ordinary life keeps hostility down.
"""

import math

from timeline import MONTH, YEAR, Clock, Mechanism, Parameter, Parameters, at_once, fixed

from ..crisis import (
    STEPS,
    Cause,
    Outcome,
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
    attack = judged(0.35, "hazard of a grave attack, opponents unalarmed", "per year", 0.12, 1.0)
    attack_alarm = judged(6.0, "attacks: hazard times this when opponents are fully alarmed", "hazard ratio", 1.5, 20.0,
        paces="attack", by="alarm")  # fmt: skip
    attack_hostility = judged(3.0, "attacks: hazard times this under full hostility", "hazard ratio", 1.0, 10.0,
        paces="attack", by="hostility")  # fmt: skip
    trigger = judged(1.6, "attacks: hazard times this between signature and ratification, when most can still be undone", "ratio", 1.0, 2.4,
        "S0: triggers; Stedman 1997, Int. Security 22(2):5-53, on when spoilers strike; size is judgement", paces="attack", by="phase")  # fmt: skip
    enforcement = judged(0.3, "attacks: hazard times this when enforcement is at its best", "hazard ratio", 0.1, 1.0,
        paces="attack", by="carried_out_share")  # fmt: skip
    hostility_raised = judged(0.15, "hostility raised by an attack", "share", 0.03, 0.32, moves="+hostility")
    pressed = judged(0.10, "pressure raised by an attack", "share", 0.0, 0.24, moves="+pressure")
    trust_lost = judged(0.06, "trust lost by an attack", "share", 0.0, 0.14, moves="-trust")
    breakdown = judged(0.05, "hazard of breakdown under violence: what hostility beyond ordinary times adds is a multiple of this",
        "per year", 0.015, 0.15)  # fmt: skip
    breakdown_hostility = judged(40.0, "breakdown: hazard times this under full hostility", "hazard ratio", 5.0, 150.0,
        paces="breakdown", by="hostility")  # fmt: skip
    breakdown_fragile = judged(8.0, "breakdown: hazard times this in a fragile deal", "ratio", 1.0, 40.0,
        "UCDP Peace Agreement Dataset 22.1, two classes; the part played by violence is judgement", paces="breakdown", by="fragile")  # fmt: skip
    breakdown_embedding = judged(0.2, "breakdown: hazard times this when fully embedded", "hazard ratio", 0.02, 1.0,
        paces="breakdown", by="embedding")  # fmt: skip
    breakdown_monitoring = Parameter(
        0.32, "breakdown: hazard times this where the best of monitors are there and have confirmed everything", unit="hazard ratio",
        plausible=(0.15, 0.5), evidence="literature",
        source="peacekeeping or monitoring on recurrence, -50% to -85% by study: Fortna 2008; Gilligan & Sergenti 2008 (secondary)",
        paces="breakdown", by="watched",
    )  # fmt: skip
    breakdown_inclusion = Parameter(
        0.36, "breakdown: hazard times this when oversight, partners and civil society are all let in", unit="hazard ratio",
        plausible=(0.2, 0.8), evidence="literature",
        source="civil-society inclusion: failure -64%, 83 agreements (Nilsson 2012, Int. Interactions 38(2):243-266; size secondary)",
        paces="breakdown", by="circle",
    )  # fmt: skip
    hostility = judged(0.35, "hostility in ordinary times", "index", 0.1, 0.7)
    incidents = judged(0.23, "what attacks and flare-ups add to ordinary hostility", "index", 0.12, 0.32,
        "set so that hostility neither rises nor falls where nothing is agreed; a test holds it there")  # fmt: skip
    hostility_kept = judged(0.5, "hostility's level: lowered when the whole ladder is kept", "share", 0.2, 0.8,
        "S0: success is a lasting reduction in hostility; size is judgement", moves="-hostility", by="carried_out")  # fmt: skip
    hostility_embedding = judged(0.4, "hostility's level: lowered by institutions that hold the deal", "share", 0.1, 0.7,
        moves="-hostility", by="embedding")  # fmt: skip
    hostility_return = judged(0.04, "hostility returning to its level in a month", "share", 0.01, 0.081)
    hostility_benefit = judged(0.6, "hostility's level: lowered by benefits fully felt", "share", 0.1, 0.9,
        moves="-hostility", by="benefit")  # fmt: skip
    hostility_region = judged(0.3, "hostility's level: lowered when all neighbours are bound in by regional measures", "share", 0.0, 0.6,
        moves="-hostility", by="region")  # fmt: skip
    collapse = judged(0.25, "hostility raised by the collapse of a deal, or a war", "share", 0.05, 0.5,
        "Stedman 1997, Int. Security 22(2):5-53: in Angola 1992 and Rwanda 1994 the worst came after agreements that failed; "
        "size is judgement", moves="+hostility")  # fmt: skip
    alarm = judged(0.10, "alarm of opponents in ordinary times", "index", 0.0, 0.24)
    alarm_return = judged(0.05, "alarm returning to its level in a month", "share", 0.01, 0.11)


def start(s, p):
    s.hostility = p.spoilers.hostility
    s.alarm = p.spoilers.alarm
    s.enmity_moves = True


def attack_speed(s, p):
    effect = p.spoilers.attack_alarm * s.alarm + p.spoilers.attack_hostility * s.hostility
    if s.phase == Phase.IMPLEMENTATION:
        effect += p.spoilers.enforcement * s.carried_out_share
    speed = p.spoilers.attack * math.exp(effect)
    return speed * p.spoilers.trigger if s.phase == Phase.SIGNED else speed


def attack(s, p):
    raise_hostility(s, p.spoilers.hostility_raised * (1.0 - s.disarmed))
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
    effect = p.spoilers.breakdown_embedding * s.embedding + p.spoilers.breakdown_monitoring * s.watched
    speed = p.spoilers.breakdown * beyond * math.exp(effect + p.spoilers.breakdown_inclusion * s.circle)
    return speed * p.spoilers.breakdown_fragile if s.fragile else speed


def break_down(s, p):
    collapse(s, Cause.SPOILERS)


def calm_speed(s, p):
    return 1.0


def at_peace(s, p, level):
    """Return what a level of hostility falls to by what has been kept, felt and built."""
    level = less(level, p.spoilers.hostility_benefit * 0.5 * (s.a.benefit + s.b.benefit))
    level = less(level, p.spoilers.hostility_kept * s.carried_out / STEPS)
    level = less(level, p.spoilers.hostility_embedding * s.embedding)
    return less(level, p.spoilers.hostility_region * s.region)


def calm(s, p):
    level = at_peace(s, p, max(0.0, p.spoilers.hostility - p.spoilers.incidents))
    s.hostility = toward(s.hostility, level, p.spoilers.hostility_return)
    s.alarm = toward(s.alarm, p.spoilers.alarm, p.spoilers.alarm_return)


def lost(s):
    """Whether a deal that there was has come to a bad end."""
    return s.outcome == Outcome.WAR or (s.outcome == Outcome.COLLAPSED and s.phase >= Phase.ACCORD)


def backlash_speed(s, p):
    return 1.0 if lost(s) and not s.avenged else 0.0


def avenge(s, p):
    s.avenged = True
    raise_hostility(s, p.spoilers.collapse)


def year_speed(s, p):
    return 1.0


def live_on(s, p):
    level = p.spoilers.hostility
    if s.outcome == Outcome.CONSOLIDATED or s.outcome == Outcome.ALLIANCE:
        level = at_peace(s, p, level)
    s.hostility = toward(s.hostility, level, 1.0 - math.pow(1.0 - p.spoilers.hostility_return, 12.0))


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
        Clock("backlash", backlash_speed, avenge, at_once(), after=True,
            says="Violence follows; hostility rises."),
        Clock("year of aftermath", year_speed, live_on, fixed(YEAR), after=True),
    ),
)
