"""Verification: third parties watch, audits come round, regimes are tested in private.

A step that has been carried out is confirmed after a delay; audits on a calendar sweep up
what is still open. Confirmation makes kept steps credible news, lowers ambiguity, and
lowers the danger of a breach (that is in breach). Whoever looks gets to know: while things are secret, every look
adds people who can talk.
"""

from timeline import Clock, Counted, Mechanism, Parameter, Parameters, fixed

from ..crisis import LADDER, PACT_LADDER, STEPS, Phase, judged, less, more, recount


class Verification(Parameters):
    speed = judged(3.0, "speed of confirming a step that was carried out", "per year", 0.5, 12.0)
    quality = Parameter(
        0.75, "chance that a look at a kept step confirms it: the quality of monitoring", unit="share",
        plausible=(0.3, 0.98), evidence="judgement",
        source="monitoring and information provisions lower recurrence (Mattes & Savun 2010, AJPS 54(2):511-524); the number is ours",
        moves="+monitoring",
    )  # fmt: skip
    presence = judged(0.6, "part of what monitors do for a signed deal that they do by being there", "share", 0.2, 0.9)
    audit = judged(365.0, "time between audits once the deal is being carried out", "days", 90.0, 1000.0)
    trust_won = judged(0.04, "trust won by a confirmed step", "share", 0.0, 0.095, moves="+trust")
    inspectors = judged(2, "people who get to know by a look at a step that is not public", "count", 0, 5, moves="+insiders")
    ambiguity_cut = judged(0.10, "ambiguity cut by a confirmed step", "share", 0.0, 0.24, moves="-ambiguity")


def start(s, p):
    s.monitoring = p.verification.quality
    s.presence = p.verification.presence


def verify_speed(s, p, i):
    step = s.steps[i]
    return p.verification.speed if step.carried_out and not step.verified else 0.0


def verify(s, p, i, u):
    if s.steps[i].disclosed < 0.5:
        s.insiders += p.verification.inspectors
    if u[0] < s.monitoring:
        confirm(s, p, i)
        recount(s)


def confirm(s, p, i):
    s.steps[i].verified = True
    s.trust = more(s.trust, p.verification.trust_won)
    s.ambiguity = less(s.ambiguity, p.verification.ambiguity_cut)


def audit_speed(s, p):
    return 1.0 if s.phase == Phase.IMPLEMENTATION else 0.0


def audit(s, p, u):
    for i in range(STEPS):
        if s.steps[i].carried_out and not s.steps[i].verified and u[i] < s.monitoring:
            confirm(s, p, i)
    recount(s)


def told(t):
    if t.s.verified > t.before.verified:
        return f"Third parties confirm {t.label}."
    return f"Third parties look at {t.label}: not yet confirmed."


def told_audit(t):
    found, left = t.s.verified - t.before.verified, t.s.carried_out - t.s.verified
    if found:
        return f"An audit confirms {found} more step{'' if found == 1 else 's'}."
    return f"An audit cannot confirm {left} step{'' if left == 1 else 's'} still open." if left else ""


def mechanism(ladder):
    """Return the mechanism with names for the steps, from the easiest to the hardest."""
    return Mechanism(
        "verification",
        parameters=Verification,
        start=start,
        about=__doc__,
        needs=("steps",),
        clocks=(
            Clock("verified", verify_speed, verify, over=Counted("steps", ladder), uniforms=1, says=told),
            Clock("audit", audit_speed, audit, fixed(lambda p: p.verification.audit), uniforms=STEPS, says=told_audit),
        ),
    )


MECHANISM = mechanism(LADDER)
OF_A_PACT = mechanism(PACT_LADDER)
