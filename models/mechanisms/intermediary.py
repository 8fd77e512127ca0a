"""Intermediary: a trusted go-between, and what is written down.

Confidants and credible third parties carry messages, explain what each side means in its
own culture, and keep a record (S0, S1). What is agreed and not written down is remembered
differently on the two sides, and ambiguity grows. Each session documents and clears up.
Now and then a message is misread: the sooner the less is clear, and the dearer the less
is documented.
"""

import math

from timeline import Clock, Mechanism, Parameters, fixed

from ..crisis import Phase, judged, less, more


class Intermediary(Parameters):
    credibility = judged(0.6, "how far both sides believe the go-between", "index", 0.2, 0.95)
    precedent = judged(0.1, "precedent of earlier dialogue when the timeline begins", "index", 0.0, 0.24)
    interval = judged(45.0, "time between sessions", "days", 14.0, 180.0)
    documented = judged(0.4, "what is agreed and not written down: part that a session documents, belief being full", "share", 0.1, 0.8,
        moves="+documented")  # fmt: skip
    cleared = judged(0.12, "ambiguity cut by a session, everything documented and belief full", "share", 0.02, 0.3, moves="-ambiguity")
    forgotten = judged(0.04, "ambiguity growing between two sessions when nothing is documented", "share", 0.0, 0.095, moves="+ambiguity")
    misreading = judged(0.5, "hazard that a message is misread, everything being clear", "per year", 0.1, 2.0)
    misreading_ambiguity = judged(5.0, "misreading: hazard times this when nothing is clear", "hazard ratio", 1.0, 15.0,
        paces="misreading", by="ambiguity")  # fmt: skip
    misreading_credibility = judged(0.3, "misreading: hazard times this when the go-between is fully believed", "hazard ratio", 0.05, 1.0)
    misread_trust = judged(0.10, "trust lost by a misreading when nothing is documented", "share", 0.02, 0.21, moves="-trust")
    misread_ambiguity = judged(0.08, "ambiguity added by a misreading", "share", 0.0, 0.2, moves="+ambiguity")


def start(s, p):
    s.precedent = p.intermediary.precedent
    s.go_between = p.intermediary.credibility


def session_speed(s, p):
    return 1.0 if s.phase <= Phase.SIGNED else 0.0


def hold_session(s, p):
    belief = p.intermediary.credibility
    s.documented += p.intermediary.documented * belief * max(0.0, s.agreed - s.documented)
    s.minutes = min(1.0, s.documented / s.agreed) if s.agreed > 0 else 0.0
    s.ambiguity = less(s.ambiguity, p.intermediary.cleared * belief * s.minutes)
    if s.agreed > 0:
        s.ambiguity = more(s.ambiguity, p.intermediary.forgotten * (1.0 - s.minutes))


def misreading_speed(s, p):
    if s.phase > Phase.SIGNED:
        return 0.0
    effect = p.intermediary.misreading_ambiguity * s.ambiguity
    effect += p.intermediary.misreading_credibility * p.intermediary.credibility
    return p.intermediary.misreading * math.exp(effect)


def misread(s, p):
    s.misreadings += 1
    s.trust = less(s.trust, p.intermediary.misread_trust * (1.0 - s.minutes))
    s.ambiguity = more(s.ambiguity, p.intermediary.misread_ambiguity)


def told_misreading(t):
    if t.before.trust - t.s.trust < 0.005:
        return "A message is misread; what is written down sets it right."
    return "A message is misread, and trust suffers."


MECHANISM = Mechanism(
    "intermediary",
    parameters=Intermediary,
    start=start,
    about=__doc__,
    clocks=(
        Clock("session", session_speed, hold_session, fixed(lambda p: p.intermediary.interval)),
        Clock("misreading", misreading_speed, misread, says=told_misreading),
    ),
)
