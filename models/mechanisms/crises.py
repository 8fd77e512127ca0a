"""Crises: flare-ups between the sides, and the misperception that makes them worse.

Crises flare whatever the negotiators do, the sooner the more hostile the sides are. While
one lasts it can escalate: what the other side does is misread. An open channel between
people who trust each other, clear understandings and the precedent of earlier dialogue cut
that short (S0, S1).
"""

import math

from timeline import Clock, Mechanism, Parameters

from ..crisis import Shock, add_pressure, concluded_before, judged, less, raise_hostility, shock


class Crises(Parameters):
    flare_up = judged(0.5, "hazard of a flare-up, without hostility", "per year", 0.17, 1.5)
    flare_up_hostility = judged(4.0, "flare-ups: hazard times this under full hostility", "hazard ratio", 1.8, 9.0,
        paces="flare-up", by="hostility")  # fmt: skip
    flare_up_embedding = judged(0.4, "flare-ups: hazard times this where institutions hold the deal fully", "hazard ratio", 0.1, 1.0,
        paces="flare-up", by="embedding")  # fmt: skip
    raised = judged(0.06, "hostility raised by a flare-up", "share", 0.0, 0.14, moves="+hostility")
    pressed = judged(0.05, "pressure raised by a flare-up", "share", 0.0, 0.12, moves="+pressure")
    calming = judged(8.0, "speed at which a flare-up dies down", "per year", 3.0, 26.0)
    calming_precedent = judged(2.0, "dying down: pace times this with all the precedent of earlier dialogue", "rate ratio", 1.0, 3.4,
        paces="flare-up over", by="precedent")  # fmt: skip
    escalation = judged(1.5, "hazard that a flare-up escalates, everything being clear", "per year", 0.3, 5.0)
    escalation_ambiguity = judged(5.0, "escalation: hazard times this when nothing is clear", "hazard ratio", 1.0, 15.0,
        paces="escalation", by="ambiguity")  # fmt: skip
    escalation_channel = judged(0.2, "escalation: hazard times this with a channel between elites who trust each other fully",
        "hazard ratio", 0.03, 1.0, paces="escalation", by="trust")  # fmt: skip
    escalation_precedent = judged(0.3, "escalation: hazard times this with all the precedent of earlier dialogue",
        "hazard ratio", 0.05, 1.0, paces="escalation", by="precedent")  # fmt: skip
    escalated_hostility = judged(0.20, "hostility raised by an escalation", "share", 0.05, 0.41, moves="+hostility")
    escalated_trust = judged(0.10, "trust lost by an escalation", "share", 0.0, 0.24, moves="-trust")
    escalated_pressure = judged(0.12, "pressure raised by an escalation", "share", 0.0, 0.3, moves="+pressure")


def flare_up_speed(s, p):
    if s.flaring:
        return 0.0
    effect = p.crises.flare_up_hostility * s.hostility + p.crises.flare_up_embedding * s.embedding
    return p.crises.flare_up * math.exp(effect)


def flare_up(s, p):
    s.flaring = True
    s.flare_ups += 1
    raise_hostility(s, p.crises.raised)
    add_pressure(s.a, p.crises.pressed)
    add_pressure(s.b, p.crises.pressed)


def calming_speed(s, p):
    return p.crises.calming * math.exp(p.crises.calming_precedent * s.precedent) if s.flaring else 0.0


def calm_down(s, p):
    s.flaring = False


def escalation_speed(s, p):
    if not s.flaring:
        return 0.0
    effect = p.crises.escalation_ambiguity * s.ambiguity + p.crises.escalation_channel * s.trust
    return p.crises.escalation * math.exp(effect + p.crises.escalation_precedent * s.precedent)


def escalate(s, p):
    s.escalations += 1
    raise_hostility(s, p.crises.escalated_hostility)
    s.trust = less(s.trust, p.crises.escalated_trust)
    add_pressure(s.a, p.crises.escalated_pressure)
    add_pressure(s.b, p.crises.escalated_pressure)
    shock(s, Shock.ESCALATION)


def told_flare_up(t):
    return f"A crisis {'with the rival ' if concluded_before(t.s) else ''}flares up."


def told_escalation(t):
    return f"The crisis escalates; {'it is misread on all sides' if concluded_before(t.s) else 'each side misreads the other'}."


MECHANISM = Mechanism(
    "crises",
    parameters=Crises,
    about=__doc__,
    clocks=(
        Clock("flare-up", flare_up_speed, flare_up, says=told_flare_up),
        Clock("flare-up over", calming_speed, calm_down, says="The crisis dies down."),
        Clock("escalation", escalation_speed, escalate, says=told_escalation),
    ),
)
