"""Steps: small advances build trust, and the harder ones need quiet.

Issues are sequenced, the easy ones first: an exchange of prisoners, humanitarian
corridors, then demobilisation and guarantees. Every step has a side that concedes and a
side that benefits. Steps are agreed at heavy-tailed intervals, each process at a pace of
its own, sometimes several on one day. Publicity and pressure slow agreement on the harder
ones while talks last (candour). Kept steps raise trust and, once felt, support; broken
ones cost trust, and press the sides where they are public.
"""

import math

from timeline import Clock, Counted, Mechanism, Parameter, Parameters, lognormal, normal_quantile

from ..crisis import (
    ANCHORS,
    DISARMS,
    GUARANTEE,
    INFORMS,
    LADDER,
    LASTING,
    NO_ESTIMATE,
    PACT_LADDER,
    PACT_VISIBLE,
    RELIEVES,
    STEPS,
    VISIBLE,
    Phase,
    Shock,
    add_pressure,
    both_own,
    ease_hostility,
    judged,
    less,
    mean_pressure,
    more,
    next_step,
    recount,
    shock,
)  # fmt: skip
from ..record.step_gaps import GAP_SD, LOG_MEDIAN_DAYS, PACE_SD, SAME_DAY_SHARE

_GAPS = "PA-X v6 (Bell et al.), gaps between agreements of one process 1990-1999, fitted as seen through the window"


class Steps(Parameters):
    channel = Parameter(
        True, "a secret channel exists beside the formal talks", evidence="judgement", source="set by the question",
    )  # fmt: skip
    median_gap = Parameter(
        round(math.exp(LOG_MEDIAN_DAYS), 1), "median time to the next published agreement in the median process",
        unit="days", plausible=(100.0, 400.0), evidence="measured", source=_GAPS,
    )  # fmt: skip
    gap_sd = Parameter(
        GAP_SD, "spread of the gaps within a process, standard deviation of their logarithm",
        unit="number", plausible=(1.2, 2.0), evidence="measured", source=_GAPS,
    )  # fmt: skip
    pace_sd = Parameter(
        PACE_SD, "spread of paces between processes, standard deviation of their logarithm",
        unit="number", plausible=(0.8, 2.0), evidence="measured", source=_GAPS,
    )  # fmt: skip
    private = judged(3.0, "steps agreed in private for each agreement that a process publishes", "ratio", 1.5, 6.0,
        "published agreements bundle private understandings; how many is judgement")  # fmt: skip
    bundle = Parameter(
        SAME_DAY_SHARE, "chance that the next step is agreed on the same day",
        unit="share", plausible=(0.05, 0.25), evidence="measured", source=_GAPS,
    )  # fmt: skip
    disorder = judged(0.5, "how far the order of negotiation departs from easy first", "ratio", 0.0, 1.2,
        "PA-X to 1999: stages run out of order in a quarter to a half of processes; the measure is ours")  # fmt: skip
    candour_public = judged(0.12, "agreeing the hardest step: speed times this when all that is agreed is public (talks only)",
        "rate ratio", 0.02, 0.7, paces="step agreed", by="openness")  # fmt: skip
    candour_pressure = judged(0.25, "agreeing the hardest step: speed times this under full pressure (talks only)",
        "rate ratio", 0.05, 0.8, paces="step agreed", by="pressure")  # fmt: skip
    difficulty_gap = judged(0.6, "agreeing a step: speed times this for the hardest against the easiest", "rate ratio", 0.2, 1.0,
        paces="step agreed", by="difficulty")  # fmt: skip
    trust_gap = judged(2.0, "agreeing a step: speed times this under full trust against none", "rate ratio", 1.0, 3.4,
        paces="step agreed", by="trust")  # fmt: skip
    precedent_gap = judged(2.5, "agreeing the hardest step: speed times this with all the blueprints of unofficial dialogue",
        "rate ratio", 1.0, 6.0, paces="step agreed", by="precedent")  # fmt: skip
    ambiguity_gap = judged(0.7, "agreeing a step: speed times this when nothing is clear", "rate ratio", 0.3, 1.0,
        paces="step agreed", by="ambiguity")  # fmt: skip
    routine_gap = judged(0.3, "agreeing and carrying out a step: speed times this when reporting ties up all who negotiate",
        "rate ratio", 0.1, 1.0, paces="step agreed", by="routine")  # fmt: skip
    crisis_gap = judged(0.6, "agreeing a step: speed times this while a crisis flares", "rate ratio", 0.2, 1.2,
        "S1: channels keep momentum in a crisis, or lose it; " + NO_ESTIMATE, paces="step agreed", by="flaring")  # fmt: skip
    carry_out = judged(1.9, "speed of carrying out an easy step once allowed", "per year", 0.55, 6.6,
        "calibrated to Peace Accords Matrix v1.5, mean share implemented .41 in year 1 (Joshi, Quinn & Regan 2015)")  # fmt: skip
    difficulty_carry_out = judged(0.07, "carrying out a step: speed times this for the hardest against the easiest",
        "rate ratio", 0.012, 0.42, "calibrated to Peace Accords Matrix v1.5, .68 in year 5, .74 in year 10",
        paces="carried out", by="difficulty")  # fmt: skip
    trust_carry_out = judged(2.5, "carrying out a step: speed times this under full trust against none", "rate ratio", 1.0, 6.0,
        paces="carried out", by="trust")  # fmt: skip
    pressure_carry_out = judged(0.4, "carrying out a step: speed times this under full pressure on the conceding side",
        "rate ratio", 0.1, 1.0, paces="carried out", by="pressure")  # fmt: skip
    early = judged(0.36, "the hardest difficulty that is carried out before ratification", "index", 0.0, 0.72)
    broken = judged(0.12, "chance that a step due is not kept, at middling pressure", "share", 0.02, 0.26,
        "Peace Accords Matrix: a provision reversed in 6% of accords in year 1, a quarter in years 2 and 3; the rest is judgement",
        moves="+broken")  # fmt: skip
    broken_pressure = judged(3.0, "odds that a step is not kept: times this under full pressure against none", "odds ratio", 1.0, 10.0,
        moves="broken", by="pressure")  # fmt: skip
    broken_power = judged(1.5, "odds that a step is not kept: times this for a side that is all-powerful against one without power",
        "odds ratio", 0.7, 4.0)  # fmt: skip
    broken_aid = judged(0.3, "odds that a step is not kept: times this when all the aid of a phase hangs on it", "odds ratio", 0.1, 1.0,
        moves="broken", by="aid")  # fmt: skip
    broken_trust = judged(0.4, "odds that a step is not kept: times this under full trust against none", "odds ratio", 0.1, 1.0,
        moves="broken", by="trust")  # fmt: skip
    reversed = judged(0.03, "hazard that a kept step is reversed, pressure being nil and every leader standing by the deal", "per year",
        0.005, 0.12, "Peace Accords Matrix: a provision reversed in 6% of accords in year 1, a quarter in years 2 and 3")  # fmt: skip
    reversed_pressure = judged(6.0, "reversing a step: hazard times this under full pressure", "hazard ratio", 1.0, 20.0,
        paces="step reversed", by="pressure")  # fmt: skip
    reversed_disowned = judged(4.0, "reversing a step: hazard times this for each leader who does not own the deal", "ratio", 1.0, 10.0,
        paces="step reversed", by="-owns_deal")  # fmt: skip
    reversed_embedding = judged(0.2, "reversing a step: hazard times this where institutions hold the deal", "hazard ratio", 0.05, 1.0,
        paces="step reversed", by="embedding")  # fmt: skip
    trust_won = judged(0.10, "trust won by a kept step", "share", 0.02, 0.25, moves="+trust")
    trust_agreed = judged(0.05, "trust won by an agreed step", "share", 0.0, 0.12, moves="+trust")
    trust_lost = judged(0.25, "trust lost by a broken step", "share", 0.05, 0.5, moves="-trust")
    hostility_eased = judged(0.05, "hostility eased by a kept step", "share", 0.0, 0.12, moves="-hostility")
    felt = judged(0.16, "benefit felt from a kept step that is public", "share", 0.05, 0.31, moves="+benefit")
    felt_unseen = judged(0.35, "part of that felt even if nobody knows where it comes from", "share", 0.0, 0.8,
        moves="+benefit", by="disclosed")  # fmt: skip
    seen = judged(0.5, "part of a commitment that is given away by a deed that all can see", "share", 0.1, 0.9,
        "prisoners who come home are there for all to see, what was promised for them is not; size is judgement")  # fmt: skip
    broken_pressed = judged(0.10, "pressure from a broken step that is public", "share", 0.0, 0.24, moves="+pressure")


def lay(s, p, u):
    """Lay out the ladder: how hard each step is, when its turn comes, and who concedes it."""
    s.channel = p.steps.channel
    s.pace = math.exp(p.steps.pace_sd * normal_quantile(u[0]))
    first = 1 if u[1] < 0.5 else 0
    # The other side's odds of conceding, 1 between equal sides.
    odds = p.b.concedes / (1.0 - p.b.concedes) / (p.a.concedes / (1.0 - p.a.concedes))
    for i in range(STEPS):
        step = s.steps[i]
        step.difficulty = (i + 0.5) / STEPS
        step.rank = step.difficulty + p.steps.disorder * (u[2 + i] - 0.5)
        # Concessions alternate along the ladder, with one pair in three the wrong way round.
        turned = 1 if u[2 + STEPS + i // 2] < 1.0 / 3.0 else 0
        step.conceding = (first + i + turned) % 2
        # Between unequal sides some of the stronger one's concessions become the weaker one's.
        spared = u[2 + STEPS + STEPS // 2 + i]
        if step.conceding == 0 and odds > 1.0 and spared < 1.0 - 1.0 / odds:
            step.conceding = 1
        elif step.conceding == 1 and odds < 1.0 and spared < 1.0 - odds:
            step.conceding = 0


def start(s, p, u):
    lay(s, p, u)
    for i in range(STEPS):
        s.steps[i].visible = p.steps.seen * VISIBLE[i]
        s.steps[i].lasting = LASTING[i]
        s.steps[i].disarms = p.steps.kinds * DISARMS[i]


def start_pact(s, p, u):
    lay(s, p, u)
    for i in range(STEPS):
        s.steps[i].visible = p.steps.seen * PACT_VISIBLE[i]


def agree_speed(s, p):
    i = next_step(s)
    # Nobody adds to what is not their own, in the talks a channel frozen; nor while contact is broken off or nobody may
    # speak for a side.
    if i < 0 or not s.channel or s.suspended or not s.authorised or not both_own(s):
        return 0.0
    difficulty = s.steps[i].difficulty
    effect = p.steps.difficulty_gap * difficulty
    effect += p.steps.trust_gap * (s.trust - 0.5) + p.steps.ambiguity_gap * s.ambiguity
    effect += p.steps.precedent_gap * difficulty * s.precedent + p.steps.routine_gap * s.routine
    if s.flaring:
        effect += p.steps.crisis_gap
    if s.phase == Phase.TALKS:
        # Candour: what the public follows is conceded late. Leverage ends with the accord.
        effect += difficulty * (p.steps.candour_public * s.openness + p.steps.candour_pressure * mean_pressure(s))
    return s.pace * p.steps.private / p.steps.median_gap * math.exp(effect)


def agree(s, p, u):
    for k in range(STEPS):
        i = next_step(s)
        if i < 0 or (k > 0 and u[k] >= p.steps.bundle):
            break
        s.steps[i].agreed = True
        s.trust = more(s.trust, p.steps.trust_agreed)
    recount(s)


def carry_out_speed(s, p, i):
    step = s.steps[i]
    if not step.agreed or step.carried_out:
        return 0.0
    if s.phase != Phase.IMPLEMENTATION:
        # A successor is not bound by what is neither ratified nor their own (S2).
        owns = s.b.owns_deal if step.conceding == 1 else s.a.owns_deal
        if step.difficulty > p.steps.early or not owns:
            return 0.0
    pressure = s.b.pressure if step.conceding == 1 else s.a.pressure
    effect = p.steps.difficulty_carry_out * step.difficulty
    effect += p.steps.trust_carry_out * s.trust + p.steps.pressure_carry_out * pressure
    effect += p.steps.routine_gap * s.routine
    return p.steps.carry_out * math.exp(effect)


def keep(s, p, i, luck):
    """Have a step that is due kept or not; says whether it is kept."""
    step = s.steps[i]
    pressure = s.b.pressure if step.conceding == 1 else s.a.pressure
    power = p.b.power if step.conceding == 1 else p.a.power
    odds = p.steps.broken / (1.0 - p.steps.broken)
    effect = p.steps.broken_pressure * (pressure - 0.5) + p.steps.broken_trust * (s.trust - 0.5)
    odds *= math.exp(effect + p.steps.broken_power * (power - 0.5) + p.steps.broken_aid * s.aid)
    if luck < odds / (1.0 + odds):
        step.broken += 1
        s.broken += 1
        s.trust = less(s.trust, p.steps.trust_lost)
        for side in (s.a, s.b):
            add_pressure(side, p.steps.broken_pressed * step.disclosed)
        shock(s, Shock.BROKEN_STEP)
        return False
    step.carried_out = True
    s.trust = more(s.trust, p.steps.trust_won)
    ease_hostility(s, p.steps.hostility_eased)
    # A deed that can be seen tells of the promise, whoever keeps silent.
    step.disclosed = max(step.disclosed, step.visible)
    return True


def relieve(s, p, i, usual):
    """Let the side that benefits feel a kept step, the more the better it knows where that comes from."""
    step = s.steps[i]
    felt = p.steps.felt * (p.steps.felt_unseen + (1.0 - p.steps.felt_unseen) * step.disclosed) * usual
    if step.conceding == 1:
        s.a.benefit = more(s.a.benefit, min(1.0, felt))
    else:
        s.b.benefit = more(s.b.benefit, min(1.0, felt))


def carry_out(s, p, i, u):
    if keep(s, p, i, u[0]):
        relieve(s, p, i, 1.0 + p.steps.kinds * (RELIEVES[i] - 1.0))
        s.ambiguity = less(s.ambiguity, p.steps.kinds * INFORMS[i])
        s.embedding = more(s.embedding, p.steps.kinds * ANCHORS[i])
        s.guaranteed = s.guaranteed or i == GUARANTEE
        recount(s)


def carry_out_pact(s, p, i, u):
    if keep(s, p, i, u[0]):
        relieve(s, p, i, 1.0)
        recount(s)


def reverse_speed(s, p):
    if s.carried_out == 0:
        return 0.0
    effect = p.steps.reversed_pressure * mean_pressure(s) + p.steps.reversed_embedding * s.embedding
    speed = p.steps.reversed * math.exp(effect)
    for side in (s.a, s.b):
        if not side.owns_deal:
            speed *= p.steps.reversed_disowned
    return speed


def reverse(s, p, u):
    """Undo one of the kept steps, each as likely, if it can be undone; it may be carried out anew."""
    left = int(u[0] * s.carried_out)
    undone = False
    for i in range(STEPS):
        step = s.steps[i]
        if step.carried_out:
            if left == 0 and not step.lasting:
                undone = True
                step.carried_out = False
                step.verified = False
                step.broken += 1
                if i == GUARANTEE:
                    s.guaranteed = False
            left -= 1
    if not undone:
        return
    s.broken += 1
    s.trust = less(s.trust, p.steps.trust_lost)
    shock(s, Shock.BROKEN_STEP)
    recount(s)


def listed(names):
    """Say several things one after the other."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def mechanism(ladder, begin, keeps, parameters=Steps):
    """Return the mechanism with names for its steps, from the easiest to the hardest, and what they are like."""

    def told(t):
        names = [ladder[i] for i in range(STEPS) if t.s.steps[i].agreed and not t.before.steps[i].agreed]
        stand = "stands" if t.s.agreed == 1 else "stand"
        return f"{t.a} and {t.b} agree on {listed(names)}; {t.s.agreed} of {STEPS} steps now {stand}."

    def told_reversal(t):
        undone = [i for i in range(STEPS) if t.before.steps[i].carried_out and not t.s.steps[i].carried_out]
        if not undone:
            return ""
        i = undone[0]
        return f"{(t.a, t.b)[t.s.steps[i].conceding]} goes back on what it had carried out: {ladder[i]}."

    return Mechanism(
        "steps",
        parameters=parameters,
        start=begin,
        uniforms=2 + 2 * STEPS + STEPS // 2,
        about=__doc__,
        clocks=(
            Clock("step agreed", agree_speed, agree, lognormal(lambda p: p.steps.gap_sd), uniforms=STEPS, says=told),
            Clock("carried out", carry_out_speed, keeps, over=Counted("steps", ladder), uniforms=1,
                says=told_carried_out),
            Clock("step reversed", reverse_speed, reverse, uniforms=1, says=told_reversal),
        ),
    )  # fmt: skip


def told_carried_out(t):
    who = (t.a, t.b)[t.s.steps[t.i].conceding]
    if t.s.broken > t.before.broken:
        return f"{who} does not keep its word on {t.label}."
    return f"{who} carries out what it promised: {t.label}."


class PeaceSteps(Steps):
    """Steps between enemies: each does something of its own kind."""

    kinds = judged(1.0, "what steps do by their kind: times this", "ratio", 0.4, 1.6)


MECHANISM = mechanism(LADDER, start, carry_out, PeaceSteps)


class PactSteps(Steps):
    """How partners widen a pact and carry it out."""

    early = judged(1.0, "the hardest difficulty that is carried out before ratification", "index", 0.3, 1.0,
        "secret staff talks and joint plans were carried out in secret, as between London and Paris from 1906")  # fmt: skip
    hostility_eased = judged(0.0, "hostility eased by a kept step", "share", 0.0, 0.1,
        "what partners do for each other does not calm the rival", moves="-hostility")  # fmt: skip


OF_A_PACT = mechanism(PACT_LADDER, start_pact, carry_out_pact, PactSteps)
