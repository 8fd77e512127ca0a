"""Pressure: publics, rigid positions, and the political clock.

Turmoil, pressure and support drift month by month and return to their level. Turmoil is
latent and drives both pressure and irregular exits, so their association is not all
causal. Benefits that are felt ease pressure and raise support; resentment at having been
kept in the dark lowers it. Under pressure a side may walk out, and take back a signature that is not ratified.
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import Cause, Phase, collapse, concluded_before, drifted, judged, less, more, toward


class Pressure(Parameters):
    turmoil_return = judged(0.06, "turmoil returning to its level in a month", "share", 0.02, 0.12)
    turmoil_luck = judged(0.35, "how far chance moves turmoil in a month, of the distance to the nearer end", "share", 0.1, 0.8)
    back = judged(0.12, "pressure returning to its level in a month", "share", 0.03, 0.24)
    luck = judged(0.12, "how far chance moves pressure in a month, of the distance to the nearer end", "share", 0.02, 0.26)
    from_turmoil = judged(0.35, "pressure's level: raised by full turmoil", "share", 0.05, 0.7, moves="+pressure", by="turmoil")
    from_rumour = judged(0.20, "pressure's level: raised by rumour at its height", "share", 0.0, 0.5, moves="+pressure", by="rumour")
    from_alarm = judged(0.30, "pressure's level: raised by opponents fully alarmed", "share", 0.0, 0.6, moves="+pressure", by="alarm")
    from_campaign = judged(0.20, "pressure's level: raised by an election campaign", "share", 0.0, 0.5, moves="+pressure", by="campaign")
    from_hostility = judged(0.20, "pressure's level: raised by full hostility", "share", 0.0, 0.5, moves="+pressure", by="hostility")
    from_benefit = judged(0.45, "pressure's level: lowered by benefits fully felt", "share", 0.1, 0.8, moves="-pressure", by="benefit")
    from_support = judged(0.45, "pressure's level: lowered by full support", "share", 0.1, 0.8, moves="-pressure", by="support")
    support_back = judged(0.08, "support returning to its level in a month", "share", 0.02, 0.16)
    support_benefit = judged(0.55, "support's level: raised by benefits fully felt", "share", 0.1, 0.9, moves="+support", by="benefit")
    support_debt = judged(0.35, "support's level: lowered by full resentment at secrecy", "share", 0.05, 0.7,
        "weak: Myrick, J. of Politics, finds outcomes matter more than secrecy as such; size is judgement",
        moves="-support", by="legitimacy_debt")  # fmt: skip
    benefit_fades = judged(0.015, "felt benefit taken for granted in a month", "share", 0.0, 0.036, moves="-benefit")
    walkout = judged(0.015, "hazard that a side walks out, without pressure", "per year", 0.005, 0.045)
    walkout_pressure = judged(16.0, "walking out: hazard times this under full pressure", "hazard ratio", 6.0, 40.0,
        paces="walkout", by="pressure")  # fmt: skip
    walkout_public = judged(2.0, "walking out of talks: hazard times this when all that is agreed is public", "hazard ratio", 1.0, 6.0,
        paces="walkout", by="openness")  # fmt: skip
    withdrawal = judged(0.5, "taking back a signature: hazard of walking out times this", "ratio", 0.1, 1.5,
        "a name under a public text is dearer to take back than a private word; size is judgement")  # fmt: skip
    walkout_embedding = judged(0.3, "walking out: hazard times this when fully embedded", "hazard ratio", 0.05, 1.0,
        paces="walkout", by="embedding")  # fmt: skip


def start(s, p):
    for me, p_me in ((s.a, p.a), (s.b, p.b)):
        me.turmoil = p_me.turmoil
        me.pressure = p_me.pressure
        me.support = p_me.support
        me.reacts = True


def drift_speed(s, p):
    return 1.0


def drift(s, p, u):
    drift_side(s, p, s.a, p.a, u[0], u[1])
    drift_side(s, p, s.b, p.b, u[2], u[3])


def drift_side(s, p, me, p_me, first, second):
    """One month of one side's mood; both sides are served by this same code."""
    w = p.pressure
    me.turmoil = drifted(toward(me.turmoil, p_me.turmoil, w.turmoil_return), w.turmoil_luck, first)
    level = more(p_me.pressure, w.from_turmoil * (me.turmoil - p_me.turmoil)) if me.turmoil > p_me.turmoil else less(
        p_me.pressure, w.from_turmoil * (p_me.turmoil - me.turmoil))  # fmt: skip
    level = more(level, w.from_rumour * s.rumour)
    level = more(level, w.from_hostility * s.hostility)
    level = more(level, w.from_alarm * s.alarm)
    if me.campaign:
        level = more(level, w.from_campaign)
    level = less(level, w.from_benefit * me.benefit)
    level = less(level, w.from_support * me.support)
    me.pressure = drifted(toward(me.pressure, level, w.back), w.luck, second)
    wanted = less(more(p_me.support, w.support_benefit * me.benefit), w.support_debt * s.legitimacy_debt)
    me.support = toward(me.support, wanted, w.support_back)
    me.benefit = less(me.benefit, w.benefit_fades)


def walkout_speed(s, p, me):
    if s.phase > Phase.SIGNED:
        return 0.0
    effect = p.pressure.walkout_pressure * me.pressure + p.pressure.walkout_embedding * s.embedding
    if s.phase == Phase.TALKS:
        effect += p.pressure.walkout_public * s.openness
    speed = p.pressure.walkout * math.exp(effect)
    return speed * p.pressure.withdrawal if s.phase == Phase.SIGNED else speed


def walk_out(s, p):
    collapse(s, Cause.WALKOUT)


def told_walkout(t):
    if concluded_before(t.s):
        return f"{t.me} drops the pact."
    if t.s.phase == Phase.SIGNED:
        return f"{t.me} takes its signature back."
    return f"{t.me} walks out{' of the talks' if t.s.phase == Phase.TALKS else ', the accord unsigned'}."


MECHANISM = Mechanism(
    "pressure",
    parameters=Pressure,
    start=start,
    about=__doc__,
    clocks=(
        Clock("month of politics", drift_speed, drift, fixed(MONTH), uniforms=4),
        Clock("walkout", walkout_speed, walk_out, over="sides", says=told_walkout),
    ),
)
