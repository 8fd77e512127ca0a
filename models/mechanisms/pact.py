"""Pact: an agreement that is already concluded, and may be secret.

The timeline begins with the pact signed behind closed doors. Whether it is kept secret is
chosen, more often in wartime, by rulers who answer to few, and where it fits the declared
interest badly (S2); or it is secret because the analyst says so. A hurried pact, made in
war, is more often fragile. A secret pact becomes public as an agreement when its makers
have told most of it, or confirmed what leaked; a leak alone is not that. It runs for a term,
which begins anew when it becomes public, and is renewed if the sides still trust each other, it
still fits, and their leaders regard it as their own; if not, it lapses, which is not a failure.
"""

import math

from timeline import Clock, Mechanism, Parameter, Parameters, at_once, fixed

from ..crisis import STEPS, Cause, Outcome, Phase, Regime, both_own, end, judged, next_step, recount, sign


class Pact(Parameters):
    chosen = Parameter(
        False, "secrecy is chosen by circumstance; if not, every pact is secret", evidence="judgement",
        source="set by the question: one secret pact, or a population of pacts",
    )  # fmt: skip
    commitments = judged(8, "commitments of the pact", "count", 4, 12)
    widening = judged(0.15, "pace at which a concluded pact is widened, against the pace of talks", "ratio", 0.02, 0.6)
    trust = judged(0.5, "trust between those who made the pact", "index", 0.3, 0.8)
    wartime = judged(0.25, "chance that the pact is made in wartime or in haste", "share", 0.0, 0.6, moves="+wartime")
    secret = judged(0.25, "chance of secrecy between two democracies at peace, the deal fitting perfectly", "share", 0.05, 0.5,
        "ATOP 4.01 to 1945: 61 of 220 alliances secret or partly secret, most of them between non-democracies; the split is judgement",
        moves="+secret")  # fmt: skip
    secret_wartime = judged(4.0, "odds of secrecy: times this in wartime", "odds ratio", 1.0, 12.0, moves="secret", by="wartime")
    secret_autocracy = judged(2.5, "odds of secrecy: times this if neither side is a democracy", "odds ratio", 1.0, 8.0, moves="secret")
    secret_misfit = judged(4.0, "odds of secrecy: times this when nothing fits the declared interest", "odds ratio", 1.0, 12.0,
        moves="secret", by="-fit")  # fmt: skip
    fragile = judged(0.24, "chance that a pact made at leisure is of the fragile kind", "share", 0.05, 0.43,
        "calibrated to ATOP 4.01, secret alliances to 1945; of peace agreements 27% (UCDP 22.1, two classes)", moves="+fragile")  # fmt: skip
    fragile_wartime = judged(2.5, "odds of a fragile pact: times this for a hurried one", "odds ratio", 1.0, 8.0,
        moves="fragile", by="wartime")  # fmt: skip
    acknowledged = judged(0.5, "share of the pact that its makers have told when it counts as public", "share", 0.3, 0.9)
    term = judged(5.0, "term for which the pact is concluded", "years", 2.0, 15.0)
    renewal = judged(0.75, "chance that the pact is renewed, trust and fit being middling", "share", 0.4, 0.95)
    renewal_trust = judged(5.0, "odds of renewal: times this under full trust against none", "odds ratio", 1.0, 15.0,
        moves="renewals", by="trust")  # fmt: skip
    renewal_fit = judged(8.0, "odds of renewal: times this where everything fits against nothing", "odds ratio", 1.0, 25.0,
        moves="renewals", by="fit")  # fmt: skip
    renewal_disowned = judged(0.2, "odds of renewal: times this for each leader who does not regard the pact as theirs", "ratio", 0.03, 1.0,
        "the Reinsurance Treaty lapsed in 1890 because a successor did not renew it; size is judgement",
        moves="renewals", by="-owns_deal")  # fmt: skip


def start(s, p, u):
    s.phase = Phase.ACCORD
    s.accord_day = 0.0
    s.trust = p.pact.trust
    s.pace *= p.pact.widening
    s.wartime = u[0] < p.pact.wartime
    for _ in range(p.pact.commitments):
        s.steps[next_step(s)].agreed = True
    effect = p.pact.secret_misfit * (1.0 - s.fit)
    if s.wartime:
        effect += p.pact.secret_wartime
    if s.a.regime != Regime.DEMOCRACY and s.b.regime != Regime.DEMOCRACY:
        effect += p.pact.secret_autocracy
    odds = p.pact.secret / (1.0 - p.pact.secret) * math.exp(effect)
    s.secret = not p.pact.chosen or u[1] < odds / (1.0 + odds)
    odds = p.pact.fragile / (1.0 - p.pact.fragile)
    if s.wartime:
        odds *= math.exp(p.pact.fragile_wartime)
    s.fragile = u[2] < odds / (1.0 + odds)
    recount(s)
    if not s.secret:
        s.expected = p.pact.commitments / STEPS
        sign(s)


def acknowledged_speed(s, p):
    if s.phase != Phase.ACCORD:
        return 0.0
    return 1.0 if s.owned_up >= p.pact.acknowledged and both_own(s) else 0.0


def term_speed(s, p):
    return 1.0


def end_term(s, p, u):
    odds = p.pact.renewal / (1.0 - p.pact.renewal)
    odds *= math.exp(p.pact.renewal_trust * (s.trust - 0.5) + p.pact.renewal_fit * (s.fit - 0.5))
    for side in (s.a, s.b):
        if not side.owns_deal:
            odds *= p.pact.renewal_disowned
    if u[0] < odds / (1.0 + odds):
        s.renewals += 1
        s.a.owns_deal = True
        s.b.owns_deal = True
    else:
        end(s, Outcome.LAPSED, Cause.NONE)


def told_term(t):
    if t.s.outcome == Outcome.LAPSED:
        return "The term ends, and the pact lapses."
    return "The term ends, and the pact is renewed."


MECHANISM = Mechanism(
    "pact",
    parameters=Pact,
    start=start,
    uniforms=3,
    about=__doc__,
    needs=("steps",),
    clocks=(
        Clock("acknowledged", acknowledged_speed, sign, at_once(), says="{a} and {b} own up to their pact."),
        Clock("term", term_speed, end_term, fixed(lambda p: p.pact.term), renews_on="signed_day", uniforms=1,
            says=told_term),
    ),
)
