"""Incentives: aid that comes with kept steps, and neighbours who are bound in.

Third parties pay: in phases, for steps that were kept since the last one, and not at all where a promise was broken
(S0). Aid is felt at home, and while a phase hangs on it a step is broken less lightly (that is in steps). Once an
agreement is signed, regional measures bind neighbours in, one after the other: they widen the circle, and take from
the level that hostility returns to (that is in spoilers).
"""

from timeline import Clock, Mechanism, Parameters, fixed

from ..crisis import Phase, add_pressure, judged, more


class Incentives(Parameters):
    offered = judged(0.4, "aid that hangs on kept steps, against all that would tell", "index", 0.0, 0.9,
        "S0: economic incentives; conditional aid varies from nothing to a share of national income", moves="+aid")  # fmt: skip
    phase = judged(182.625, "time between two phases of aid", "days", 60.0, 540.0)
    felt = judged(0.15, "benefit felt on both sides from a phase of all the aid that would tell", "share", 0.02, 0.3, moves="+benefit")
    withheld = judged(0.06, "pressure on both sides where that aid is withheld", "share", 0.0, 0.15, moves="+pressure")
    measures = judged(0.5, "how often a regional measure is agreed once there is a signed text", "per year", 0.0, 1.2)
    bound = judged(0.2, "neighbours not yet bound in that a measure binds in", "share", 0.0, 0.5, moves="+region")
    widened = judged(0.08, "how far a measure lets partners in", "share", 0.0, 0.19, moves="+circle")


def phase_speed(s, p):
    return 1.0 if s.phase >= Phase.ACCORD and p.incentives.offered > 0.0 else 0.0


def release(s, p):
    kept = s.carried_out > s.aid_seen
    broken = s.broken > s.aid_broken
    s.aid_seen = s.carried_out
    s.aid_broken = s.broken
    s.aid = p.incentives.offered if s.carried_out < s.agreed else 0.0
    for side in (s.a, s.b):
        if broken:
            add_pressure(side, p.incentives.withheld * p.incentives.offered)
        elif kept:
            side.benefit = more(side.benefit, p.incentives.felt * p.incentives.offered)


def measure_speed(s, p):
    return p.incentives.measures if s.phase >= Phase.SIGNED else 0.0


def bind(s, p):
    s.region = more(s.region, p.incentives.bound)
    s.circle = more(s.circle, p.incentives.widened)


def told_phase(t):
    if t.s.a.benefit > t.before.a.benefit:
        return "A phase of aid is paid out."
    if t.s.aid_broken > t.before.aid_broken:
        return "A phase of aid is withheld over a broken promise."
    return ""


MECHANISM = Mechanism(
    "incentives",
    parameters=Incentives,
    about=__doc__,
    needs=("steps",),
    clocks=(
        Clock("phase of aid", phase_speed, release, fixed(lambda p: p.incentives.phase), says=told_phase),
        Clock("regional measure", measure_speed, bind, says="Neighbours join in a regional measure."),
    ),
)
