"""Twelve clocks of the backchannel, frozen: what the hand-written C program `twelve.c` plays too.

The clocks are those of `models/mechanisms`, cut down to a ladder of six steps and frozen here, so that a
change of the shipped model never moves the benchmark. All but the uniform law occur, and both memories, a
renewal, clocks that pause, ties (two months end on the same day), and all kinds of observation. Whoever
changes a line here changes `twelve.c` by hand.
"""

from __future__ import annotations

import math
from enum import IntEnum

from timeline.model.declarations import Clock, Integral, Mechanism, Model, Sampled, every
from timeline.model.laws import empirical, fixed, lognormal, normal_quantile, weibull
from timeline.model.records import Array, Field, Parameter, Parameters, Record
from timeline.model.units import MONTH, YEAR

STEPS = 6
HORIZON = 15 * YEAR
SEED = 1993


class Phase(IntEnum):
    TALKS = 0
    ACCORD = 1
    IMPLEMENTATION = 2


class Outcome(IntEnum):
    OPEN = 0
    CONSOLIDATED = 1
    COLLAPSED = 2


class Cause(IntEnum):
    NONE = 0
    EXPOSURE = 1
    BREACH = 2
    REJECTION = 3


class Side(Record):
    """One side of the conflict."""

    democracy = Field(True, "whether it is a democracy; it decides how its leaders come and go")
    in_office = Field(0.0, "days its leader had been in office when talks began")
    leaders = Field(0, "changes of leader so far")
    irregular_exits = Field(0, "leaders removed against the rules")
    owns_deal = Field(True, "the leader regards the deal as the leader's own")
    turmoil = Field(0.3, "latent unrest", index=True)
    pressure = Field(0.35, "public pressure against concessions", index=True)
    support = Field(0.45, "public support for the deal", index=True)
    benefit = Field(0.0, "benefits of carried out steps that its public has felt", index=True)


class Step(Record):
    """One commitment of the ladder."""

    difficulty = Field(0.5, "how hard it is to agree and to carry out", index=True)
    rank = Field(0.0, "its place in the order of negotiation: lowest first")
    conceding = Field(0, "which side concedes: 0 for a, 1 for b")
    agreed = Field(False, "privately agreed")
    carried_out = Field(False, "carried out")
    disclosed = Field(0.0, "share of the commitment that the public knows", index=True)


class State(Record):
    """The whole state."""

    day = Field(0.0, "days since the talks began")
    phase = Field(Phase.TALKS, "how far the agreement has come")
    outcome = Field(Outcome.OPEN, "how it ended")
    cause = Field(Cause.NONE, "what ended it")
    shocks = Field(0, "shocks so far")
    accord_day = Field(math.nan, "private accord")
    ratified_day = Field(math.nan, "ratified: carrying out in full begins")
    a = Side
    b = Side
    trust = Field(0.3, "trust between the negotiating elites", index=True)
    ambiguity = Field(0.3, "how far the sides differ on what was agreed", index=True)
    fit = Field(0.6, "how well the deal fits both sides' strategic interest", index=True)
    hostility = Field(0.35, "violence and enmity between the sides", index=True)
    fragile = Field(False, "a deal of the fragile kind")
    pace = Field(1.0, "this process's own pace, 1 for the median process")
    steps = Array(Step, STEPS)
    agreed = Field(0, "steps agreed")
    carried_out = Field(0, "steps carried out")
    broken = Field(0, "times a step was due and not kept")
    carried_out_share = Field(0.0, "carried out, of what is agreed", index=True)
    public = Field(0.0, "share of the whole ladder that the public knows", index=True)
    openness = Field(0.0, "share of what is agreed that the public knows", index=True)
    undisclosed = Field(0.0, "agreed and hidden, as a share of the whole ladder", index=True)
    insiders = Field(12, "people who know of the channel")
    expected = Field(0.0, "share of the ladder that the public expects to exist", index=True)
    attention = Field(0.1, "interest of the press", index=True)
    rumour = Field(0.1, "rumours of a secret deal", index=True)
    alarm = Field(0.1, "what opponents know and fear", index=True)
    leaks = Field(0, "leaks so far")
    votes = Field(0, "votes held on ratification")
    embedding = Field(0.0, "institutions, law and ties that hold the deal", index=True)
    renegotiations = Field(0, "times the deal was renegotiated rather than broken")


def frozen(value: float, meaning: str, unit: str) -> Parameter:
    """Declare a number that is fixed for the benchmark; hazards are per day, so that nothing is converted."""
    return Parameter(
        value, meaning, unit=unit, plausible=(value, value), evidence="judgement", source="fixed for the benchmark"
    )


def share(value: float) -> Parameter:
    return frozen(value, "a share", "share")


def ratio(value: float) -> Parameter:
    return frozen(value, "what something is multiplied by", "ratio")


def hazard(value: float) -> Parameter:
    return frozen(value, "a hazard or a speed", "per day")


def days(value: float) -> Parameter:
    return frozen(value, "a time", "days")


class SideParameters(Parameters):
    """What differs between the two sides."""

    democracy = Parameter(
        True, "whether the side is a democracy", evidence="judgement", source="fixed for the benchmark: only a is"
    )
    turmoil = share(0.3)
    pressure = share(0.35)
    support = share(0.45)


# -- the crisis's own words ---------------------------------------------------------------


def more(x, part):
    return x + part * (1.0 - x)


def less(x, part):
    return x - part * x


def toward(x, target, part):
    return x + part * (target - x)


def drifted(x, luck, u):
    return x + luck * (2.0 * u - 1.0) * min(x, 1.0 - x)


def times(hazard_ratio, driver):
    return math.pow(hazard_ratio, driver)


def mean_pressure(s):
    return 0.5 * (s.a.pressure + s.b.pressure)


def mean_support(s):
    return 0.5 * (s.a.support + s.b.support)


def collapse(s, cause):
    s.outcome = Outcome.COLLAPSED
    s.cause = cause


def recount(s):
    """Bring every sum over the ladder up to date."""
    agreed = 0
    carried_out = 0
    public = 0.0
    for i in range(STEPS):
        step = s.steps[i]
        if step.agreed:
            agreed += 1
            public += step.disclosed
            if step.carried_out:
                carried_out += 1
    s.agreed = agreed
    s.carried_out = carried_out
    s.public = public / STEPS
    s.undisclosed = max(0.0, agreed - public) / STEPS
    if agreed > 0:
        s.openness = public / agreed
        s.carried_out_share = carried_out / agreed


# -- steps --------------------------------------------------------------------------------


class Steps(Parameters):
    median_gap = days(198.7)
    gap_sd = frozen(1.651, "spread of the gaps", "number")
    pace_sd = frozen(1.0, "spread of the paces", "number")
    private = ratio(3.0)
    bundle = share(0.127)
    disorder = ratio(0.5)
    candour_public = ratio(0.12)
    candour_pressure = ratio(0.25)
    difficulty_gap = ratio(0.6)
    trust_gap = ratio(2.0)
    ambiguity_gap = ratio(0.7)
    carry_out = hazard(0.02)
    carry_out_shape = ratio(0.8)
    difficulty_carry_out = ratio(0.06)
    trust_carry_out = ratio(2.5)
    pressure_carry_out = ratio(0.4)
    early = share(0.4)
    broken = share(0.12)
    broken_pressure = ratio(3.0)
    broken_trust = ratio(0.4)
    trust_won = share(0.1)
    trust_agreed = share(0.05)
    trust_lost = share(0.25)
    hostility_eased = share(0.05)
    felt = share(0.16)
    felt_unseen = share(0.35)
    broken_support = share(0.06)
    broken_pressed = share(0.1)


def start_steps(s, p, u):
    s.pace = math.exp(p.steps.pace_sd * normal_quantile(u[0]))
    first = 1 if u[1] < 0.5 else 0
    for i in range(STEPS):
        step = s.steps[i]
        step.difficulty = (i + 0.5) / STEPS
        step.rank = step.difficulty + p.steps.disorder * (u[2 + i] - 0.5)
        step.conceding = (first + i) % 2


def next_step(s):
    """Return the number of the step to be negotiated next, or -1 when all are agreed."""
    found = -1
    for i in range(STEPS):
        if not s.steps[i].agreed and (found < 0 or s.steps[i].rank < s.steps[found].rank):
            found = i
    return found


def agree_speed(s, p):
    i = next_step(s)
    if i < 0:
        return 0.0
    difficulty = s.steps[i].difficulty
    speed = s.pace * p.steps.private / p.steps.median_gap * times(p.steps.difficulty_gap, difficulty)
    speed *= times(p.steps.trust_gap, s.trust - 0.5) * times(p.steps.ambiguity_gap, s.ambiguity)
    if s.phase == Phase.TALKS:
        speed *= times(p.steps.candour_public, difficulty * s.openness)
        speed *= times(p.steps.candour_pressure, difficulty * mean_pressure(s))
    return speed


def agree(s, p, u):
    for k in range(STEPS):
        i = next_step(s)
        if i < 0 or (k > 0 and u[k] >= p.steps.bundle):
            break
        s.steps[i].agreed = True
        s.trust = more(s.trust, p.steps.trust_agreed)
    recount(s)


def step_due(s, p):
    """Return the number of the first step that may be carried out, or -1 if there is none."""
    for i in range(STEPS):
        step = s.steps[i]
        allowed = s.phase == Phase.IMPLEMENTATION or step.difficulty <= p.steps.early
        if allowed and step.agreed and not step.carried_out:
            return i
    return -1


def carry_out_speed(s, p):
    i = step_due(s, p)
    if i < 0:
        return 0.0
    step = s.steps[i]
    pressure = s.b.pressure if step.conceding == 1 else s.a.pressure
    speed = p.steps.carry_out * times(p.steps.difficulty_carry_out, step.difficulty)
    return speed * times(p.steps.trust_carry_out, s.trust) * times(p.steps.pressure_carry_out, pressure)


def carry_out(s, p, u):
    step = s.steps[step_due(s, p)]
    pressure = s.b.pressure if step.conceding == 1 else s.a.pressure
    odds = p.steps.broken / (1.0 - p.steps.broken)
    odds *= times(p.steps.broken_pressure, pressure - 0.5) * times(p.steps.broken_trust, s.trust - 0.5)
    if u[0] < odds / (1.0 + odds):
        s.broken += 1
        s.trust = less(s.trust, p.steps.trust_lost)
        for side in (s.a, s.b):
            side.pressure = more(side.pressure, p.steps.broken_pressed * step.disclosed)
            side.support = less(side.support, p.steps.broken_support * step.disclosed)
        s.shocks += 1
        return
    step.carried_out = True
    s.trust = more(s.trust, p.steps.trust_won)
    s.hostility = less(s.hostility, p.steps.hostility_eased)
    felt = p.steps.felt * (p.steps.felt_unseen + (1.0 - p.steps.felt_unseen) * step.disclosed)
    if step.conceding == 1:
        s.a.benefit = more(s.a.benefit, felt)
    else:
        s.b.benefit = more(s.b.benefit, felt)
    recount(s)


# -- accord and ratification --------------------------------------------------------------


class Accord(Parameters):
    steps_needed = frozen(3, "agreed steps that make a framework", "count")
    trust_needed = share(0.3)
    reaching = hazard(0.008)
    fragile = share(0.18)
    fragile_hurried = ratio(2.5)
    hurry = days(540.0)


def reach_speed(s, p):
    ready = s.phase == Phase.TALKS and s.agreed >= p.accord.steps_needed and s.trust >= p.accord.trust_needed
    return p.accord.reaching if ready else 0.0


def reach(s, p, u):
    s.phase = Phase.ACCORD
    s.accord_day = s.day
    hurried = p.accord.hurry / (p.accord.hurry + s.day)
    odds = p.accord.fragile / (1.0 - p.accord.fragile) * times(p.accord.fragile_hurried, hurried)
    s.fragile = u[0] < odds / (1.0 + odds)


class Ratification(Parameters):
    median = days(250.0)
    spread = frozen(0.7, "spread of the time to a vote", "number")
    passes = share(0.75)
    support = ratio(12.0)
    for_good = share(0.3)
    amended = share(0.1)


def vote_speed(s, p):
    return 1.0 / p.ratification.median if s.phase == Phase.ACCORD else 0.0


def vote(s, p, u):
    odds = p.ratification.passes / (1.0 - p.ratification.passes)
    odds *= times(p.ratification.support, mean_support(s) - 0.5)
    s.votes += 1
    if u[0] < odds / (1.0 + odds):
        s.phase = Phase.IMPLEMENTATION
        s.ratified_day = s.day
    elif u[1] < p.ratification.for_good:
        collapse(s, Cause.REJECTION)
    else:
        s.trust = less(s.trust, p.ratification.amended)
        s.shocks += 1


# -- succession ---------------------------------------------------------------------------

# Archigos 4.1, as in models/record/leader_tenure.py on the day of the freeze.
# fmt: off
KNOTS = (
    0.0, 30.4375, 91.3125, 182.625, 365.25, 547.875, 730.5, 1095.75, 1461.0, 1497.525, 1826.25,
    1862.775, 2191.5, 2922.0, 3652.5, 4383.0, 5844.0,
)
HAZARDS = (
    (
        0.001158822, 0.0008016161, 0.0006088264, 0.0009657934, 0.0007883305, 0.0005350537,
        0.0005427962, 0.0005078379, 0.005143131, 0.0005796242, 0.006874441, 0.000582086,
        0.0004624727, 0.0006787848, 0.001321222, 0.0008318699, 0.0008978676,
    ),
    (
        0.003630061, 0.001022919, 0.0007852399, 0.0008785085, 0.0007342748, 0.0003446273,
        0.0003109062, 0.0003587417, 0.0003257501, 0.0002781797, 0.001322511, 0.0003141159,
        0.0003052322, 0.0002501794, 0.0002806716, 0.0001992501, 0.0002359545,
    ),
)
# fmt: on


class Succession(Parameters):
    longest = days(3000.0)
    irregular_democracy = share(0.058)
    irregular_autocracy = share(0.384)
    turmoil_exit = ratio(3.0)
    turmoil_irregular = ratio(8.0)
    pressure_exit = ratio(1.8)
    trust_lost = share(0.25)
    endorses = share(0.65)
    endorses_irregular = ratio(0.4)
    endorses_support = ratio(4.0)
    endorses_public = ratio(3.0)


def start_succession(s, p, u):
    s.a.democracy = p.a.democracy
    s.b.democracy = p.b.democracy
    s.a.in_office = u[0] * p.succession.longest
    s.b.in_office = u[1] * p.succession.longest


def tenure_table(me):
    return 0 if me.democracy else 1


def age_in_office(me):
    return me.in_office


def exit_speed(s, p, me, p_me):
    speed = times(p.succession.turmoil_exit, me.turmoil - p_me.turmoil)
    return speed * times(p.succession.pressure_exit, me.pressure - p_me.pressure)


def leave(s, p, me, p_me, u):
    part = p.succession.irregular_democracy if me.democracy else p.succession.irregular_autocracy
    odds = part / (1.0 - part) * times(p.succession.turmoil_irregular, me.turmoil - p_me.turmoil)
    irregular = u[0] < odds / (1.0 + odds)
    me.leaders += 1
    s.trust = less(s.trust, p.succession.trust_lost)
    if irregular:
        me.irregular_exits += 1
        s.shocks += 1
    if s.phase == Phase.TALKS:
        return
    odds = p.succession.endorses / (1.0 - p.succession.endorses)
    odds *= times(p.succession.endorses_support, me.support - 0.5) * times(p.succession.endorses_public, s.public)
    if irregular:
        odds *= p.succession.endorses_irregular
    me.owns_deal = u[1] < odds / (1.0 + odds)
    if not me.owns_deal and not irregular:
        s.shocks += 1


# -- leaks --------------------------------------------------------------------------------


class Leaks(Parameters):
    per_insider = hazard(7e-7)
    discovery = hazard(0.0007)
    attention = ratio(6.0)
    rumour = ratio(4.0)
    least = share(0.15)
    trust_lost = share(0.35)
    pressed = share(0.45)
    support_lost = share(0.3)
    alarmed = share(0.4)
    surprise = ratio(2.5)
    press_interest = share(0.5)
    exposure = share(0.3)
    exposure_pressure = ratio(4.0)


def leak_speed(s, p):
    hidden = s.undisclosed
    if hidden <= 0.0:
        return 0.0
    speed = (p.leaks.per_insider * s.insiders + p.leaks.discovery) * hidden
    return speed * times(p.leaks.attention, s.attention) * times(p.leaks.rumour, s.rumour)


def leak(s, p, u):
    brought_out = p.leaks.least + (1.0 - p.leaks.least) * u[0]
    before = s.public
    hidden = s.undisclosed
    for i in range(STEPS):
        step = s.steps[i]
        if step.agreed:
            step.disclosed = more(step.disclosed, brought_out)
    recount(s)
    unexpected = max(0.0, s.public - max(before, s.expected))
    damage = min(1.0, p.leaks.surprise * unexpected * unexpected + hidden * brought_out)
    s.leaks += 1
    s.trust = less(s.trust, p.leaks.trust_lost * damage)
    for side in (s.a, s.b):
        side.pressure = more(side.pressure, p.leaks.pressed * damage)
        side.support = less(side.support, p.leaks.support_lost * damage)
    s.alarm = more(s.alarm, p.leaks.alarmed * damage)
    s.expected = max(s.expected, s.public)
    s.attention = more(s.attention, p.leaks.press_interest * damage)
    s.shocks += 1
    if u[1] < p.leaks.exposure * damage * times(p.leaks.exposure_pressure, mean_pressure(s) - 0.5):
        collapse(s, Cause.EXPOSURE)


# -- the months ---------------------------------------------------------------------------


class Rumours(Parameters):
    growth = share(0.1)
    decay = share(0.12)
    floor = share(0.05)
    luck = share(0.08)
    attention_decay = share(0.2)
    attention_floor = share(0.1)
    attention_rumour = share(0.5)
    expectation = share(0.06)


def running(s):
    return 1.0


def guess(s, p, u):
    s.rumour = max(p.rumours.floor, toward(s.rumour, p.rumours.floor, p.rumours.decay))
    s.rumour = more(s.rumour, p.rumours.growth * s.undisclosed + p.rumours.luck * u[0] * s.undisclosed)
    level = p.rumours.attention_floor + (p.rumours.attention_rumour - p.rumours.attention_floor) * s.rumour
    s.attention = toward(s.attention, level, p.rumours.attention_decay)
    guessed = min(1.0, s.public + s.rumour * s.undisclosed)
    s.expected = toward(s.expected, max(guessed, s.public), p.rumours.expectation)


class Pressure(Parameters):
    turmoil_return = share(0.06)
    turmoil_luck = share(0.35)
    back = share(0.12)
    luck = share(0.12)
    from_turmoil = share(0.35)
    from_rumour = share(0.2)
    from_alarm = share(0.3)
    from_hostility = share(0.2)
    from_benefit = share(0.45)
    from_support = share(0.45)
    support_back = share(0.08)
    support_benefit = share(0.55)
    benefit_fades = share(0.015)


def start_pressure(s, p):
    for me, p_me in ((s.a, p.a), (s.b, p.b)):
        me.turmoil = p_me.turmoil
        me.pressure = p_me.pressure
        me.support = p_me.support


def drift(s, p, u):
    drift_side(s, p, s.a, p.a, u[0], u[1])
    drift_side(s, p, s.b, p.b, u[2], u[3])


def drift_side(s, p, me, p_me, first, second):
    w = p.pressure
    me.turmoil = drifted(toward(me.turmoil, p_me.turmoil, w.turmoil_return), w.turmoil_luck, first)
    if me.turmoil > p_me.turmoil:
        level = more(p_me.pressure, w.from_turmoil * (me.turmoil - p_me.turmoil))
    else:
        level = less(p_me.pressure, w.from_turmoil * (p_me.turmoil - me.turmoil))
    level = more(level, w.from_rumour * s.rumour)
    level = more(level, w.from_hostility * s.hostility)
    level = more(level, w.from_alarm * s.alarm)
    level = less(level, w.from_benefit * me.benefit)
    level = less(level, w.from_support * me.support)
    me.pressure = drifted(toward(me.pressure, level, w.back), w.luck, second)
    wanted = more(p_me.support, w.support_benefit * me.benefit)
    me.support = toward(me.support, wanted, w.support_back)
    me.benefit = less(me.benefit, w.benefit_fades)


# -- spoilers -----------------------------------------------------------------------------


class Spoilers(Parameters):
    attack = hazard(0.001)
    attack_alarm = ratio(6.0)
    attack_hostility = ratio(3.0)
    enforcement = ratio(0.3)
    hostility_raised = share(0.15)
    hostility_eased = share(0.02)
    pressed = share(0.1)
    trust_lost = share(0.06)


def attack_speed(s, p):
    speed = p.spoilers.attack * times(p.spoilers.attack_alarm, s.alarm)
    speed *= times(p.spoilers.attack_hostility, s.hostility)
    if s.phase == Phase.IMPLEMENTATION:
        speed *= times(p.spoilers.enforcement, s.carried_out_share)
    return speed


def attack(s, p):
    s.hostility = more(s.hostility, p.spoilers.hostility_raised)
    s.trust = less(s.trust, p.spoilers.trust_lost)
    s.a.pressure = more(s.a.pressure, p.spoilers.pressed)
    s.b.pressure = more(s.b.pressure, p.spoilers.pressed)
    s.shocks += 1


# -- breach and embedding -----------------------------------------------------------------


class Breach(Parameters):
    base = hazard(2e-5)
    misfit = ratio(10.0)
    fragile = ratio(60.0)
    embedding = ratio(0.3)
    trap = ratio(6.0)
    ambiguity = ratio(2.0)
    disowned = ratio(5.0)
    adaptability = share(0.55)
    renegotiated_fit = share(0.4)
    renegotiated_embedding = share(0.15)


def tempted_speed(s, p):
    if s.phase == Phase.TALKS:
        return 0.0
    misfit = 1.0 - s.fit
    speed = p.breach.base * times(p.breach.misfit, misfit) * times(p.breach.ambiguity, s.ambiguity)
    speed *= times(p.breach.embedding, s.embedding * s.fit) * times(p.breach.trap, s.embedding * misfit)
    if not s.a.owns_deal:
        speed *= p.breach.disowned
    if not s.b.owns_deal:
        speed *= p.breach.disowned
    return speed * p.breach.fragile if s.fragile else speed


def give_in(s, p, u):
    if u[0] < p.breach.adaptability * s.trust:
        s.renegotiations += 1
        s.fit = more(s.fit, p.breach.renegotiated_fit)
        s.embedding = less(s.embedding, p.breach.renegotiated_embedding)
        s.shocks += 1
    else:
        collapse(s, Cause.BREACH)


class Embedding(Parameters):
    growth = share(0.03)
    needed = share(0.3)
    carried_out_needed = share(0.6)
    quiet = days(730.5)
    fit_luck = share(0.1)


def settle(s, p, u):
    """A month of politics: both sides' moods, hostility, interests, and what comes to hold the deal."""
    drift(s, p, u)
    s.fit = drifted(s.fit, p.embedding.fit_luck, u[4])
    s.hostility = less(s.hostility, p.spoilers.hostility_eased)
    if s.phase != Phase.TALKS:
        s.embedding = more(s.embedding, p.embedding.growth * s.carried_out_share)


def quiet_speed(s, p):
    if s.phase != Phase.IMPLEMENTATION:
        return 0.0
    done = s.carried_out_share >= p.embedding.carried_out_needed
    return 1.0 if done and s.embedding >= p.embedding.needed else 0.0


def consolidate(s):
    s.outcome = Outcome.CONSOLIDATED


# -- the model ----------------------------------------------------------------------------

MODEL = Model(
    name="twelve",
    title="Twelve clocks of the backchannel, frozen",
    state=State,
    sides=SideParameters,
    open=Outcome.OPEN,
    mechanisms=(
        Mechanism(
            "steps",
            parameters=Steps,
            start=start_steps,
            uniforms=2 + STEPS,
            clocks=(
                Clock("step agreed", agree_speed, agree, lognormal(lambda p: p.steps.gap_sd), uniforms=STEPS),
                Clock(
                    "carried out", carry_out_speed, carry_out, weibull(lambda p: p.steps.carry_out_shape), uniforms=1
                ),
            ),
        ),
        Mechanism("accord", parameters=Accord, clocks=(Clock("accord", reach_speed, reach, uniforms=1),)),
        Mechanism(
            "ratification",
            parameters=Ratification,
            clocks=(Clock("vote", vote_speed, vote, lognormal(lambda p: p.ratification.spread), uniforms=2),),
        ),
        Mechanism(
            "succession",
            parameters=Succession,
            start=start_succession,
            uniforms=2,
            clocks=(
                Clock(
                    "succession",
                    exit_speed,
                    leave,
                    empirical(KNOTS, HAZARDS, which=tenure_table, age=age_in_office),
                    over="sides",
                    uniforms=2,
                ),
            ),
        ),
        Mechanism("leaks", parameters=Leaks, clocks=(Clock("leak", leak_speed, leak, uniforms=2),)),
        Mechanism(
            "rumours",
            parameters=Rumours,
            clocks=(Clock("month of rumour", running, guess, fixed(MONTH), uniforms=1),),
        ),
        Mechanism(
            "pressure",
            parameters=Pressure,
            start=start_pressure,
            clocks=(Clock("month of politics", running, settle, fixed(MONTH), uniforms=5),),
        ),
        Mechanism("spoilers", parameters=Spoilers, clocks=(Clock("attack", attack_speed, attack),)),
        Mechanism("breach", parameters=Breach, clocks=(Clock("breach", tempted_speed, give_in, uniforms=1),)),
        Mechanism(
            "embedding",
            parameters=Embedding,
            clocks=(
                Clock(
                    "consolidation",
                    quiet_speed,
                    consolidate,
                    fixed(lambda p: p.embedding.quiet),
                    memory="restart",
                    renews_on="shocks",
                ),
            ),
        ),
    ),
    observations=(
        Sampled("trust", every(YEAR / 4, HORIZON)),
        Sampled("carried_out_share", every(YEAR, 5 * YEAR), since="accord_day", name="carried out since accord"),
        Integral("hostility", name="hostility days"),
    ),
)

#: What differs from the defaults: side b is an autocracy.
GIVEN = {"b.democracy": False, "b.turmoil": 0.35, "b.pressure": 0.3}
