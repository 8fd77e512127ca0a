"""Leaks: someone who knows talks, or someone outside finds out.

The more people know, and the more there is to tell, the sooner it happens; what has been
disclosed can no longer leak. The hazard per insider is Grimes' (2016); discovery from
outside and press interest come on top, because rivals and reporters hunt a channel in a
way nobody hunts an ordinary secret. A leak costs more the more was hidden, the less fair
the deal and the wider the gap to what was said in public. What nobody has put on paper or owned up to may be denied:
then less sticks, until denials wear out. For some sixty days a leak can end the process.
"""

import math

from timeline import Clock, Mechanism, Parameter, Parameters, fixed

from ..crisis import (
    NO_ESTIMATE,
    STEPS,
    Cause,
    Phase,
    Shock,
    add_pressure,
    become_known,
    collapse,
    judged,
    less,
    lose_support,
    mean_pressure,
    more,
    raise_alarm,
    recount,
    shock,
    stir_press,
)  # fmt: skip


class Leaks(Parameters):
    per_insider = Parameter(
        2.5e-4, "hazard that an insider talks, everything being hidden", unit="1/insider/year",
        plausible=(4.1e-6, 0.1), evidence="literature",
        source="Grimes 2016, PLOS ONE 11(1):e0147905, corrected e0151003: highest of three cases; a floor for a hunted channel",
        paces="+leak", by="insiders",
    )  # fmt: skip
    discovery = judged(0.25, "hazard of discovery from outside, everything being hidden", "per year", 0.02, 1.5,
        paces="+leak", by="undisclosed")  # fmt: skip
    attention = judged(6.0, "leaking: hazard times this under full press interest", "hazard ratio", 1.0, 20.0, paces="leak", by="attention")
    rumour = judged(4.0, "leaking: hazard times this when rumour is at its height", "hazard ratio", 1.0, 15.0, paces="leak", by="rumour")
    least = judged(0.15, "the least part of the hidden stock that a leak brings out", "share", 0.02, 0.33)
    trust_lost = judged(0.35, "trust lost by a leak of the most damaging kind", "share", 0.05, 0.7, moves="-trust")
    pressed = judged(0.45, "pressure from a leak of the most damaging kind", "share", 0.1, 0.8, moves="+pressure")
    support_lost = judged(0.30, "support lost by a leak of the most damaging kind", "share", 0.05, 0.6, moves="-support")
    alarmed = judged(0.40, "opponents' alarm from a leak of the most damaging kind", "share", 0.1, 0.8, moves="+alarm")
    surprise = judged(2.5, "how steeply damage grows with what nobody expected", "ratio", 0.5, 6.0, moves="+leak_damage", by="-expected")
    gap = judged(1.8, "damage of a leak: times this when nothing that is agreed has been hinted at in public", "ratio", 1.0, 2.9,
        moves="leak_damage", by="gap")  # fmt: skip
    unfairness = judged(0.5, "part of the damage that only an unfair deal suffers", "share", 0.0, 0.9,
        moves="+leak_damage", by="unfairness")  # fmt: skip
    press_interest = judged(0.5, "press interest raised by a leak of the most damaging kind", "share", 0.1, 0.9, moves="+attention")
    debt = judged(0.25, "resentment from a leak: share of what was still missing", "share", 0.0, 0.6, moves="+legitimacy_debt")
    denial = judged(0.5, "chance that a leak is denied and the denial believed, nothing written down or owned up to", "share", 0.1, 0.9,
        "S2: deniability; " + NO_ESTIMATE, moves="-leak_damage", by="deniability")  # fmt: skip
    denied = judged(0.3, "what sticks of a leak that is denied", "share", 0.1, 0.58)
    denial_worn = judged(0.4, "deniability worn off by a denial", "share", 0.1, 0.8, moves="-deniability")
    window = judged(60.0, "how long a leak can end the process", "days", 20.0, 180.0)
    exposure = judged(2.5, "hazard that a leak of the most damaging kind ends the process", "per year", 0.3, 8.0,
        paces="+exposure", by="leak_damage")  # fmt: skip
    exposure_pressure = judged(4.0, "ending by exposure: hazard times this under full pressure", "hazard ratio", 1.0, 15.0,
        paces="exposure", by="pressure")  # fmt: skip


def leak_speed(s, p):
    hidden = s.undisclosed
    if hidden <= 0.0:
        return 0.0
    speed = (p.leaks.per_insider * s.insiders + p.leaks.discovery) * hidden
    return speed * math.exp(p.leaks.attention * s.attention + p.leaks.rumour * s.rumour)


def leak(s, p, u):
    brought_out = p.leaks.least + (1.0 - p.leaks.least) * u[0]
    if u[1] < p.leaks.denial * s.deniability * (1.0 - s.minutes) * (1.0 - s.owned_up):
        brought_out *= p.leaks.denied
        s.deniability = less(s.deniability, p.leaks.denial_worn)
    before = s.public
    hidden = s.undisclosed
    for i in range(STEPS):
        step = s.steps[i]
        if step.agreed:
            step.disclosed = more(step.disclosed, brought_out)
    recount(s)
    # Damage is convex in the distance between what comes out and what was expected.
    unexpected = max(0.0, s.public - max(before, s.expected))
    share = min(1.0, p.leaks.surprise * unexpected * unexpected + hidden * brought_out)
    fair = 1.0 - p.leaks.unfairness + p.leaks.unfairness * s.unfairness
    # What contradicts the public line costs more: the credibility gap (S2).
    caught_out = 1.0 + (p.leaks.gap - 1.0) * s.gap
    s.leak_damage = min(1.0, share * fair * caught_out)
    s.leaks += 1
    become_known(s)
    s.exposed = True
    s.trust = less(s.trust, p.leaks.trust_lost * s.leak_damage)
    catch_out(s, p, s.a, p.a)
    catch_out(s, p, s.b, p.b)
    raise_alarm(s, p.leaks.alarmed * s.leak_damage)
    s.legitimacy_debt = more(s.legitimacy_debt, p.leaks.debt * hidden)
    s.expected = max(s.expected, s.public)
    stir_press(s, p.leaks.press_interest * share)
    shock(s, Shock.LEAK)


def catch_out(s, p, me, p_me):
    """What a leak costs one side at home."""
    add_pressure(me, min(1.0, p.leaks.pressed * s.leak_damage * p_me.caught_out))
    lose_support(me, min(1.0, p.leaks.support_lost * s.leak_damage * p_me.caught_out))


def exposure_speed(s, p):
    if not s.exposed or (s.phase == Phase.IMPLEMENTATION and s.undisclosed <= 0.0):
        return 0.0
    return p.leaks.exposure * s.leak_damage * math.exp(p.leaks.exposure_pressure * mean_pressure(s))


def expose(s, p):
    collapse(s, Cause.EXPOSURE)


def window_speed(s, p):
    return 1.0 if s.exposed else 0.0


def close_window(s, p):
    s.exposed = False
    s.leak_damage = 0.0


def told(t):
    denied = "; it is denied, and half believed" if t.s.deniability < t.before.deniability else ""
    share = 100 * (t.s.public - t.before.public) / max(t.before.undisclosed, 1e-9)
    return f"A leak brings out {share:.0f}% of what was hidden{denied}."


MECHANISM = Mechanism(
    "leaks",
    parameters=Leaks,
    about=__doc__,
    clocks=(
        Clock("leak", leak_speed, leak, uniforms=2, says=told),
        Clock("exposure", exposure_speed, expose, renews_on="leaks",
            says="The scandal over the leak ends the process."),
        Clock("leak forgotten", window_speed, close_window, fixed(lambda p: p.leaks.window), renews_on="leaks",
            says="The scandal over the leak has passed."),
    ),
)  # fmt: skip
