"""Posture: what each side says in public, against what it has agreed in private.

As private understanding matures, public positions move after it, without giving content
away (S1). That costs something with hardliners, less than being caught: the distance that
remains is the credibility gap (S2), and a leak is the dearer for it. Under pressure, and in
a campaign, positions stay rigid (S0). A softer line prepares the public for what will come
out, and helps the formal talks along.
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import STEPS, add_pressure, judged, less, raise_alarm, toward


class Posture(Parameters):
    moving = judged(0.15, "how far a side's public line moves in a month toward what is agreed, without pressure", "share", 0.02, 0.4,
        moves="+line")  # fmt: skip
    moving_pressure = judged(0.15, "moving: pace times this under full pressure", "rate ratio", 0.02, 0.8, moves="line", by="pressure")
    moving_trust = judged(3.0, "moving: pace times this under full trust against none: nobody leans toward what they do not believe",
        "rate ratio", 1.0, 8.0, moves="line", by="trust")  # fmt: skip
    hardening = judged(0.05, "the line hardening again in a month of campaigning", "share", 0.0, 0.12, moves="-line", by="campaign")
    resisted = judged(0.30, "pressure from hardliners while the line moves all the way", "share", 0.05, 0.7, moves="+pressure")
    alarmed = judged(0.20, "opponents' alarm while a line moves all the way", "share", 0.0, 0.5, moves="+alarm")
    heard = judged(0.10, "how fast the public comes to expect what the line points to, a month", "share", 0.0, 0.24,
        moves="+expected", by="line")  # fmt: skip


def month_speed(s, p):
    return 1.0


def month(s, p):
    moved = speak(s, p, s.a) + speak(s, p, s.b)
    raise_alarm(s, p.posture.alarmed * 0.5 * moved)
    s.expected = toward(s.expected, max(s.expected, 0.5 * (s.a.line + s.b.line)), p.posture.heard)
    agreed = s.agreed / STEPS
    s.gap = 0.5 * (max(0.0, agreed - s.a.line) + max(0.0, agreed - s.b.line))


def speak(s, p, me):
    """One month of one side's statements; returns how far its line has moved. Both sides are served by this code."""
    agreed = s.agreed / STEPS
    step = 0.0
    if me.campaign:
        me.line = less(me.line, p.posture.hardening)
    elif me.line < agreed:
        pace = p.posture.moving * math.exp(p.posture.moving_pressure * me.pressure + p.posture.moving_trust * (s.trust - 0.5))
        step = min(1.0, pace) * (agreed - me.line)
        me.line += step
        add_pressure(me, p.posture.resisted * step)
    # What the public knows need not be hinted at.
    me.line = max(me.line, s.public)
    return step


MECHANISM = Mechanism(
    "posture",
    parameters=Posture,
    about=__doc__,
    clocks=(Clock("month of statements", month_speed, month, fixed(MONTH)),),
)
