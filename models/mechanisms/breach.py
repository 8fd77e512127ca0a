"""Breach: opportunism when the winds shift.

How well the deal fits the sides' interests moves over time. Where it fits badly a side is
tempted: an adaptable deal between sides that trust each other is renegotiated, another is
broken. Monitoring deters. Embedding deters too while the deal fits, and turns into a trap
when it does not. A fragile deal is tempting whatever the fit. A public that presses tempts its leaders, the more so
where all can see that their side gives up more than it gets; a stronger side is tempted sooner. A guarantor who keeps
the promise of security deters, and so do those who were let in.
"""

import math

from timeline import Clock, Mechanism, Parameter, Parameters, fixed

from ..crisis import Cause, Phase, Shock, collapse, concluded_before, drifted, judged, less, more, shock, toward


class Breach(Parameters):
    interval = judged(91.3125, "how often interests are weighed anew", "days", 30.0, 365.0)
    fit = judged(0.60, "how well the deal fits in ordinary times", "index", 0.3, 0.9)
    fit_return = judged(0.05, "fit returning to its level each time", "share", 0.0, 0.12)
    fit_luck = judged(0.40, "how far chance moves the fit each time, of the distance to the nearer end", "share", 0.1, 0.9)
    base = judged(0.004, "hazard that a side is tempted to break a perfectly fitting deal", "per year", 0.0013, 0.012,
        "UCDP Peace Agreement Dataset 22.1: .031 endings a year in the lasting class, all causes; within the bands of its survival")  # fmt: skip
    misfit = judged(10.0, "temptation: hazard times this when nothing fits", "hazard ratio", 2.0, 40.0, paces="breach", by="-fit")
    fragile = judged(60.0, "temptation: hazard times this in a fragile deal", "ratio", 17.0, 150.0,
        "UCDP Peace Agreement Dataset 22.1: 2.75 against .031 endings a year in the two classes, all causes; within the bands of survival",
        paces="breach", by="fragile")  # fmt: skip
    new_leader = Parameter(
        0.5, "temptation: hazard times this while a leader on either side who came by the rules is in the first year", unit="ratio",
        plausible=(0.25, 1.1), evidence="measured", paces="breach", by="honeymoon",
        source="ATOP 4.01 x Archigos 4.1, formed after 1945: .0035 violations a year after such a change, .0064 without; "
        "repudiation comes on top, so breach falls a little more",
    )  # fmt: skip
    embedding = judged(0.3, "temptation: hazard times this when fully embedded and fitting", "hazard ratio", 0.05, 1.0,
        paces="breach", by="embedding")  # fmt: skip
    trap = judged(6.0, "temptation: hazard times this when fully embedded and nothing fits", "hazard ratio", 1.0, 20.0,
        "S2: partnerships become traps when interests shift; size is judgement", paces="breach", by="embedding")  # fmt: skip
    monitoring = Parameter(
        0.32, "temptation: hazard times this where the best of monitors are there and have confirmed everything", unit="hazard ratio",
        plausible=(0.15, 0.5), evidence="literature",
        source="peacekeeping or monitoring on recurrence, -50% to -85% by study: Fortna 2008; Gilligan & Sergenti 2008 (secondary)",
        paces="breach", by="watched",
    )  # fmt: skip
    guarantee = judged(0.4, "temptation: hazard times this while a promise of security guarantees is kept", "hazard ratio", 0.15, 0.9,
        "Walter 1997, Int. Organization 51(3):335-364: settlements hold where third parties guarantee them; size is judgement",
        paces="breach", by="guaranteed")  # fmt: skip
    inclusion = Parameter(
        0.36, "temptation: hazard times this when oversight, partners and civil society are all let in", unit="hazard ratio",
        plausible=(0.2, 0.8), evidence="literature",
        source="civil-society inclusion: failure -64%, 83 agreements (Nilsson 2012, Int. Interactions 38(2):243-266; size secondary)",
        paces="breach", by="circle",
    )  # fmt: skip
    pressure = judged(4.0, "temptation: hazard times this for a side under full pressure against none", "hazard ratio", 1.0, 12.0,
        paces="breach", by="pressure")  # fmt: skip
    yields = judged(3.0, "temptation: hazard times this for a side that only gives, all being public", "hazard ratio", 1.0, 10.0,
        paces="breach", by="yields")  # fmt: skip
    power = judged(2.0, "temptation: hazard times this for a side that is all-powerful against one without power", "hazard ratio", 0.7, 5.0)
    ambiguity = judged(2.0, "temptation: hazard times this when nothing is clear", "hazard ratio", 1.0, 6.0, paces="breach", by="ambiguity")
    adaptability = judged(0.55, "chance that temptation leads to renegotiation, trust being full", "share", 0.2, 0.9,
        "S2; flexibility provisions go with more violations (Park 2023); size is judgement", moves="-outcome", by="trust")  # fmt: skip
    rigidity = judged(0.4, "chance of renegotiation: times this when every result has been told: what was boasted of is not bargained away",
        "risk ratio", 0.1, 1.0, "S2: adaptability against publicity; size is judgement", moves="outcome", by="reported")  # fmt: skip
    renegotiated_fit = judged(0.4, "fit won by a renegotiation", "share", 0.1, 0.8, moves="+fit")
    renegotiated_embedding = judged(0.15, "embedding lost in a renegotiation", "share", 0.0, 0.4, moves="-embedding")


def start(s, p):
    s.fit = p.breach.fit


def weigh_speed(s, p):
    return 1.0


def weigh(s, p, u):
    s.fit = drifted(toward(s.fit, p.breach.fit, p.breach.fit_return), p.breach.fit_luck, u[0])


def tempted_speed(s, p, me, p_me):
    if s.phase == Phase.TALKS:
        return 0.0
    misfit = 1.0 - s.fit
    effect = p.breach.misfit * misfit + p.breach.ambiguity * s.ambiguity
    effect += s.embedding * (p.breach.embedding * s.fit + p.breach.trap * misfit)
    effect += p.breach.monitoring * s.watched + p.breach.inclusion * s.circle
    effect += p.breach.pressure * (me.pressure - 0.35) + p.breach.yields * me.yields + p.breach.power * (p_me.power - 0.5)
    if s.guaranteed:
        effect += p.breach.guarantee
    speed = p.breach.base * math.exp(effect)
    if s.a.honeymoon or s.b.honeymoon:
        speed *= p.breach.new_leader
    return speed * p.breach.fragile if s.fragile else speed


def give_in(s, p, u):
    if u[0] < p.breach.adaptability * s.trust * math.exp(p.breach.rigidity * s.reported):
        s.renegotiations += 1
        s.fit = more(s.fit, p.breach.renegotiated_fit)
        s.embedding = less(s.embedding, p.breach.renegotiated_embedding)
        shock(s, Shock.RENEGOTIATION)
    else:
        collapse(s, Cause.BREACH)


def told(t):
    if t.s.cause == Cause.BREACH:
        return f"{t.me} breaks the {'pact' if concluded_before(t.s) else 'accord' if t.s.phase == Phase.ACCORD else 'agreement'}."
    return f"{t.me} asks for other terms, and the agreement is renegotiated."


MECHANISM = Mechanism(
    "breach",
    parameters=Breach,
    start=start,
    about=__doc__,
    clocks=(
        Clock("interests weighed", weigh_speed, weigh, fixed(lambda p: p.breach.interval), uniforms=1),
        Clock("breach", tempted_speed, give_in, over="sides", uniforms=1, says=told),
    ),
)
