"""Renewal: a process that failed can begin again.

After a collapse or an abandoned channel the conflict goes on. In some conflicts talks begin anew, mostly within a
few years, in others never (UCDP). The sides bring what they remember: how far they trusted each other, what
dialogue left behind, which steps were agreed before, and who broke a signed agreement. What was never written down is
forgotten. The new talks have an accord, a signature and an end of their own.
"""

import math

from timeline import YEAR, Clock, Mechanism, Parameter, Parameters

from ..crisis import (
    RENEWALS,
    RULES,
    STEPS,
    Cause,
    Crisis,
    Outcome,
    Phase,
    judged,
    less,
    recount,
    toward,
)  # fmt: skip

#: What elites who do not remember each other have.
STRANGERS = Crisis.fields["trust"].default
UNCLEAR = Crisis.fields["ambiguity"].default
CALM_PRESS = Crisis.fields["attention"].default
CALM_RUMOUR = Crisis.fields["rumour"].default
CALM_OPPONENTS = Crisis.fields["alarm"].default


class Renewal(Parameters):
    share = Parameter(
        0.55, "chance that a process that failed begins anew some day", unit="share", plausible=(0.3, 0.8), evidence="literature",
        source="UCDP Peace Agreement Dataset 22.1, 1975-1999: after 45 endings that left no agreement in force the same process "
        "signed again within 1, 2, 4 and 8 years in 11, 21, 33 and 33%; set so that the model does, since not all new talks sign",
    )  # fmt: skip
    pace = Parameter(
        5.0, "speed at which talks begin anew where they do", unit="per year", plausible=(1.5, 15.0), evidence="literature",
        source="as the chance above",
    )  # fmt: skip
    forgetting = judged(0.2, "memory fading in a year, of trust and of resentment alike", "share", 0.05, 0.5)
    betrayed = judged(0.5, "trust lost where a signed agreement was broken or disowned", "share", 0.2, 0.8, moves="-trust")
    known = judged(0.6, "difficulty taken from a step that was agreed before", "share", 0.2, 0.9, moves="-difficulty")


def start(s, p, u):
    s.resumable = u[0] < p.renewal.share


def renewal_speed(s, p):
    failed = s.outcome == Outcome.ABANDONED or s.outcome == Outcome.COLLAPSED
    return p.renewal.pace if failed and s.resumable and s.begun_anew < RENEWALS else 0.0


def renew(s, p, u):
    remember(s, p)
    clear_ladder(s, p)
    clear_process(s)
    for me, p_me in ((s.a, p.a), (s.b, p.b)):
        me.pressure = p_me.pressure
        me.support = p_me.support
        clear_side(me)
    s.begun_anew += 1
    s.resumed_day = s.day
    s.resumable = u[0] < p.renewal.share
    recount(s)


def remember(s, p):
    """Carry over what the sides still know of each other."""
    faded = 1.0 - math.pow(1.0 - p.renewal.forgetting, (s.day - s.failed_day) / YEAR)
    if s.phase >= Phase.SIGNED and (s.cause == Cause.BREACH or s.cause == Cause.REPUDIATION):
        s.trust = less(s.trust, p.renewal.betrayed)
    s.trust = toward(s.trust, STRANGERS, faded)
    s.legitimacy_debt = less(s.legitimacy_debt, faded)


def clear_ladder(s, p):
    for i in range(STEPS):
        step = s.steps[i]
        if step.agreed:
            step.difficulty = less(step.difficulty, p.renewal.known)
        step.agreed = False
        step.carried_out = False
        step.verified = False
        step.broken = 0
        step.disclosed = 0.0
        step.reported = 0.0
        step.owned = 0.0


def clear_process(s):
    s.phase = Phase.TALKS
    s.outcome = Outcome.OPEN
    s.cause = Cause.NONE
    s.avenged = False
    s.ambiguity = UNCLEAR
    s.documented = 0.0
    s.minutes = 0.0
    s.embedding = 0.0
    s.flaring = False
    s.suspended = False
    s.authorised = True
    s.fragile = False
    s.guaranteed = False
    s.broken = 0
    s.aid = 0.0
    s.aid_seen = 0
    s.aid_broken = 0
    s.expected = 0.0
    s.attention = CALM_PRESS
    s.rumour = CALM_RUMOUR
    s.alarm = CALM_OPPONENTS
    s.oversold = 0.0
    s.leaks_past = s.leaks
    s.exposed = False
    s.leak_damage = 0.0
    s.resting = False
    s.commenting = False
    s.routine = 0.0
    s.affronted = False
    s.published = 0
    s.probe_wanted = False
    s.probed = False
    s.front_progress = 0.0
    s.unlocked = False
    s.missed_deadlines = 0
    for i in range(RULES):
        rule = s.rules[i]
        rule.seen = 0
        rule.high = False
        rule.due = False
        rule.ready = False
        rule.awaited = False


def clear_side(me):
    me.owns_deal = True
    me.new_coalition = False
    me.benefit = 0.0
    me.ratified = False
    me.line = 0.0


MECHANISM = Mechanism(
    "renewal",
    parameters=Renewal,
    start=start,
    uniforms=1,
    about=__doc__,
    needs=("steps", "accord"),
    clocks=(Clock("talks begin anew", renewal_speed, renew, uniforms=1, after=True, says="{a} and {b} begin to talk again."),),
)
