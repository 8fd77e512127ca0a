"""Front channel: the formal talks, stalled by public pressure.

Formal rounds are held when they can be; their chance falls with pressure. A step of the
backchannel that is seen to be carried out can unlock the next round. A round that succeeds may
settle a step by itself, before everyone's eyes: the side that concedes is charged for it at once.
So the formal talks can conclude alone, if pressure lets them; progress there also eases signature
and ratification of what a backchannel has prepared. They go on whatever becomes of the channel.
"""

import math

from timeline import Clock, Mechanism, Parameters, lognormal

from ..crisis import STEPS, Phase, add_pressure, judged, mean_pressure, more, next_step, recount


class FrontChannel(Parameters):
    interval = judged(90.0, "median time between formal rounds", "days", 30.0, 270.0)
    spread = judged(0.5, "spread of that time, standard deviation of its logarithm", "number", 0.2, 1.0)
    success = judged(0.55, "chance that a round brings progress, at no pressure", "share", 0.25, 0.85)
    success_pressure = judged(0.10, "that chance: times this under full pressure", "risk ratio", 0.01, 0.5,
        moves="front_progress", by="pressure")  # fmt: skip
    line = judged(2.0, "odds of progress: times this when both public lines have come all the way", "odds ratio", 1.0, 6.0,
        moves="front_progress", by="line")  # fmt: skip
    unlocked = judged(2.5, "odds of progress: times this after a public step of the backchannel", "ratio", 1.0, 6.0,
        moves="front_progress", by="unlocked")  # fmt: skip
    progress = judged(0.15, "progress made by a round that succeeds", "share", 0.05, 0.29, moves="+front_progress")
    settles = judged(0.8, "chance that a round that succeeds settles a step, an easy one", "share", 0.52, 1.0, moves="+agreed")
    settles_hard = judged(0.25, "that chance: times this for the hardest step", "risk ratio", 0.05, 0.8, moves="agreed", by="difficulty")
    trust_won = judged(0.05, "trust won by a step settled in public", "share", 0.0, 0.12, moves="+trust")
    charged = judged(0.06, "pressure on the side that concedes a step in public", "share", 0.0, 0.14, moves="+pressure")
    stalled = judged(0.02, "pressure added by a round that fails", "share", 0.0, 0.048, moves="+pressure")


def round_speed(s, p):
    return 1.0 / p.front_channel.interval if s.phase < Phase.SIGNED else 0.0


def hold_round(s, p, u):
    chance = p.front_channel.success * math.exp(p.front_channel.success_pressure * mean_pressure(s))
    odds = chance / (1.0 - chance) * math.exp(p.front_channel.line * 0.5 * (s.a.line + s.b.line))
    if s.unlocked:
        odds *= p.front_channel.unlocked
    s.unlocked = False
    if u[0] < odds / (1.0 + odds):
        s.front_progress = more(s.front_progress, p.front_channel.progress)
        settle(s, p, u[1])
    else:
        add_pressure(s.a, p.front_channel.stalled)
        add_pressure(s.b, p.front_channel.stalled)


def settle(s, p, luck):
    """Have the formal talks agree the next step before everyone's eyes, if it is not too hard for that."""
    i = next_step(s)
    if i < 0:
        return
    step = s.steps[i]
    if luck < p.front_channel.settles * math.exp(p.front_channel.settles_hard * step.difficulty):
        step.agreed = True
        step.disclosed = 1.0
        step.owned = 1.0
        s.trust = more(s.trust, p.front_channel.trust_won)
        add_pressure(s.b if step.conceding == 1 else s.a, p.front_channel.charged)
        recount(s)


def told(t):
    if t.s.agreed > t.before.agreed:
        return f"A formal round settles a step in public; {t.s.agreed} of {STEPS} steps now {'stands' if t.s.agreed == 1 else 'stand'}."
    if t.s.front_progress > t.before.front_progress:
        return "A formal round brings progress."
    return "A formal round ends without result."


MECHANISM = Mechanism(
    "front_channel",
    parameters=FrontChannel,
    about=__doc__,
    needs=("steps",),
    clocks=(
        Clock("formal round", round_speed, hold_round, lognormal(lambda p: p.front_channel.spread), uniforms=2, says=told),
    ),
)  # fmt: skip
