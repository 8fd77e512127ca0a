"""Oversight: who is let in, and what it costs to keep them out.

A channel starts with a few insiders. As talks go on, more people have to know. Letting
oversight bodies, partners and civil society in widens the circle: more support and more
to hold the deal, but also more people who can talk. What is kept from those who should
have known becomes a debt of legitimacy, weak but growing with time.
"""

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import Phase, judged, less, more, talked_of, win_support


class Oversight(Parameters):
    insiders_at_start = judged(12, "people who know of the channel when it opens, both sides together", "count", 2, 60)
    insiders_per_widening = judged(4, "people added each time the circle grows", "count", 1, 20, moves="+insiders")
    widening = judged(1.0, "how often the circle grows", "per year", 0.1, 4.0)
    most_insiders = judged(150, "insiders beyond which the circle grows no more", "count", 30, 1000, paces="-circle widens", by="insiders")
    circle_gain = judged(0.12, "how far each widening lets oversight in", "share", 0.0, 0.4, moves="+circle")
    support_gain = judged(0.02, "support won by each widening", "share", 0.0, 0.1,
        "civil-society inclusion goes with less failure (Nilsson 2012, Int. Interactions 38(2):243-266; size secondary); the share is judgement",
        moves="+support")  # fmt: skip
    debt_growth = judged(0.015, "resentment growing in a month when everything is hidden and nobody let in", "share", 0.0, 0.05,
        "weak: Myrick, J. of Politics; size is judgement", moves="+legitimacy_debt", by="undisclosed")  # fmt: skip
    debt_circle = judged(0.5, "part of that growth that oversight, fully let in, takes away", "share", 0.0, 1.0,
        moves="-legitimacy_debt", by="circle")  # fmt: skip
    debt_decay = judged(0.01, "resentment fading in a month", "share", 0.0, 0.05, moves="-legitimacy_debt")


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


def reckoning_speed(s, p):
    return 1.0


def reckon(s, p):
    kept_out = s.undisclosed * (1.0 - p.oversight.debt_circle * s.circle)
    s.legitimacy_debt = more(less(s.legitimacy_debt, p.oversight.debt_decay), p.oversight.debt_growth * kept_out)


def told(t):
    known = t.s.phase >= Phase.SIGNED or talked_of(t.s)
    return "More people are brought in." if known else "More people are let into the secret."


MECHANISM = Mechanism(
    "oversight",
    parameters=Oversight,
    start=start,
    about=__doc__,
    clocks=(
        Clock("circle widens", widen_speed, widen, says=told),
        Clock("month of secrecy", reckoning_speed, reckon, fixed(MONTH)),
    ),
)
