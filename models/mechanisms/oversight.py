"""Oversight: who is let in, and what it costs to keep them out.

A channel starts with a few insiders. As talks go on, more people have to know. Letting
oversight bodies, partners and civil society in widens the circle: more support and more
to hold the deal, but also more people who can talk. What is kept from those who should
have known becomes a debt of legitimacy, weak but growing with time. Whoever has authorised a channel can take that
back: under pressure, and above all after a leak, those in charge disavow it, the sooner the fewer were let in. Until
it is authorised again nothing is agreed or signed. Inclusion steadies a deal (that is in breach and spoilers).
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import Phase, concluded_before, judged, less, mean_pressure, more, talked_of, win_support


class Oversight(Parameters):
    insiders_at_start = judged(12, "people who know of the channel when it opens, both sides together", "count", 2, 60)
    insiders_per_widening = judged(4, "people added each time the circle grows", "count", 1, 20, moves="+insiders")
    widening = judged(1.0, "how often the circle grows", "per year", 0.1, 4.0)
    most_insiders = judged(150, "insiders beyond which the circle grows no more", "count", 30, 1000, paces="-circle widens", by="insiders")
    circle_gain = judged(0.12, "how far each widening lets oversight in", "share", 0.0, 0.29, moves="+circle")
    support_gain = judged(0.02, "support won by each widening", "share", 0.0, 0.048,
        "civil-society inclusion goes with less failure (Nilsson 2012, Int. Interactions 38(2):243-266; size secondary); the share is judgement",
        moves="+support")  # fmt: skip
    disavowal = judged(0.04, "hazard that those in charge take back their authorisation, without pressure", "per year", 0.01, 0.2)
    disavowal_pressure = judged(8.0, "disavowal: hazard times this under full pressure", "hazard ratio", 2.0, 25.0,
        paces="authorisation withdrawn", by="pressure")  # fmt: skip
    disavowal_exposed = judged(6.0, "disavowal: hazard times this while a leak is a scandal", "hazard ratio", 1.5, 20.0,
        paces="authorisation withdrawn", by="exposed")  # fmt: skip
    disavowal_circle = judged(0.2, "disavowal: hazard times this when oversight is fully let in", "hazard ratio", 0.05, 1.0,
        paces="authorisation withdrawn", by="circle")  # fmt: skip
    disavowal_relief = judged(0.10, "pressure relieved by disavowing the channel", "share", 0.0, 0.24, moves="-pressure")
    disavowal_trust = judged(0.10, "trust lost by it", "share", 0.0, 0.24, moves="-trust")
    restored = judged(1.4, "speed of authorising it again", "per year", 0.4, 5.0)
    debt_growth = judged(0.015, "resentment growing in a month when everything is hidden and nobody let in", "share", 0.0, 0.036,
        "weak: Myrick, J. of Politics; size is judgement", moves="+legitimacy_debt", by="undisclosed")  # fmt: skip
    debt_circle = judged(0.5, "part of that growth that oversight, fully let in, takes away", "share", 0.0, 1.0,
        moves="-legitimacy_debt", by="circle")  # fmt: skip
    debt_decay = judged(0.01, "resentment fading in a month", "share", 0.0, 0.024, moves="-legitimacy_debt")


def start(s, p, u):
    s.insiders = p.oversight.insiders_at_start


def widen_speed(s, p):
    if s.phase == Phase.IMPLEMENTATION or s.insiders >= p.oversight.most_insiders:
        return 0.0
    return p.oversight.widening


def widen(s, p):
    s.insiders += p.oversight.insiders_per_widening
    s.circle = more(s.circle, p.oversight.circle_gain)
    win_support(s.a, p.oversight.support_gain)
    win_support(s.b, p.oversight.support_gain)


def disavowal_speed(s, p):
    if s.phase >= Phase.SIGNED or not s.authorised or not s.channel:
        return 0.0
    effect = p.oversight.disavowal_pressure * mean_pressure(s) + p.oversight.disavowal_circle * s.circle
    if s.exposed:
        effect += p.oversight.disavowal_exposed
    return p.oversight.disavowal * math.exp(effect)


def disavow(s, p):
    s.authorised = False
    s.trust = less(s.trust, p.oversight.disavowal_trust)
    for side in (s.a, s.b):
        side.pressure = less(side.pressure, p.oversight.disavowal_relief)


def restored_speed(s, p):
    return 0.0 if s.authorised else p.oversight.restored


def restore(s, p):
    s.authorised = True


def reckoning_speed(s, p):
    return 1.0


def reckon(s, p):
    kept_out = s.undisclosed * (1.0 - p.oversight.debt_circle * s.circle)
    s.legitimacy_debt = more(less(s.legitimacy_debt, p.oversight.debt_decay), p.oversight.debt_growth * kept_out)


def told(t):
    known = t.s.phase >= Phase.SIGNED or talked_of(t.s)
    return "More people are brought in." if known else "More people are let into the secret."


def told_disavowal(t):
    if concluded_before(t.s):
        return "Those in charge will hear no more of the pact for now; nothing is added to it."
    return "Those in charge disavow the channel; nothing is agreed until it is authorised again."


def told_restored(t):
    return f"The {'partners may speak to each other' if concluded_before(t.s) else 'channel is authorised'} again."


MECHANISM = Mechanism(
    "oversight",
    parameters=Oversight,
    start=start,
    about=__doc__,
    clocks=(
        Clock("circle widens", widen_speed, widen, says=told),
        Clock("authorisation withdrawn", disavowal_speed, disavow, says=told_disavowal),
        Clock("authorisation restored", restored_speed, restore, says=told_restored),
        Clock("month of secrecy", reckoning_speed, reckon, fixed(MONTH)),
    ),
)  # fmt: skip
