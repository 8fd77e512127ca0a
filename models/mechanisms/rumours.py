"""Rumours: what is not said is guessed.

Rumour grows while much is hidden and little is said, and dies down by itself; every
announcement resets it (that is in disclosure). It raises press interest, pressure and what
the public expects to exist. Both the rumour and the interest of the press return to their
level, so that the loop hidden - rumour - press - leak cannot run away. Results that are public and
verified get about slowly by themselves.
"""

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import STEPS, judged, more, recount, toward


class Rumours(Parameters):
    growth = judged(0.10, "rumour growing in a month when everything is hidden", "share", 0.02, 0.21, moves="+rumour", by="undisclosed")
    decay = judged(0.12, "rumour dying down in a month", "share", 0.03, 0.24, moves="-rumour")
    floor = judged(0.05, "rumour there always is", "index", 0.0, 0.12)
    attention_decay = judged(0.20, "press interest returning to its level in a month", "share", 0.05, 0.41, moves="-attention")
    attention_floor = judged(0.10, "press interest in ordinary times", "index", 0.0, 0.24)
    attention_rumour = judged(0.5, "press interest when rumour is at its height", "index", 0.2, 0.9, moves="+attention", by="rumour")
    expectation = judged(0.06, "how fast the public's expectation follows rumour, a month", "share", 0.0, 0.14,
        moves="+expected", by="rumour")  # fmt: skip
    seeping = judged(0.02, "what is public and verified getting about by itself, in a month", "share", 0.0, 0.048,
        moves="+reported", by="disclosed")  # fmt: skip
    luck = judged(0.08, "how far chance moves rumour in a month", "share", 0.0, 0.2)


def start(s, p):
    s.press_moves = True


def tick_speed(s, p):
    return 1.0


def tick(s, p, u):
    s.rumour = max(p.rumours.floor, toward(s.rumour, p.rumours.floor, p.rumours.decay))
    s.rumour = more(s.rumour, p.rumours.growth * s.undisclosed + p.rumours.luck * u[0] * s.undisclosed)
    level = p.rumours.attention_floor + (p.rumours.attention_rumour - p.rumours.attention_floor) * s.rumour
    s.attention = toward(s.attention, level, p.rumours.attention_decay)
    guessed = min(1.0, s.public + s.rumour * s.undisclosed)
    for i in range(STEPS):
        step = s.steps[i]
        if step.verified:
            step.reported = toward(step.reported, max(step.reported, step.disclosed), p.rumours.seeping)
    recount(s)
    s.expected = toward(s.expected, max(guessed, s.public), p.rumours.expectation)


MECHANISM = Mechanism(
    "rumours",
    parameters=Rumours,
    start=start,
    about=__doc__,
    clocks=(Clock("month of rumour", tick_speed, tick, fixed(MONTH), uniforms=1),),
)
