"""Front channel: the formal talks, stalled by public pressure.

Formal rounds are held on a calendar; their chance falls with pressure. A step of the
backchannel that is seen to be carried out can unlock the next round. Progress there eases
signature and ratification. Alone this is the stalled process the backchannel is meant to
help.
"""

import math

from timeline import Clock, Mechanism, Parameters, fixed

from ..crisis import Phase, add_pressure, judged, mean_pressure, more


class FrontChannel(Parameters):
    interval = judged(120.0, "time between formal rounds", "days", 30.0, 365.0)
    success = judged(0.35, "chance that a round brings progress, at no pressure", "share", 0.1, 0.7)
    success_pressure = judged(0.10, "that chance: times this under full pressure", "risk ratio", 0.01, 0.5,
        moves="front_progress", by="pressure")  # fmt: skip
    line = judged(2.0, "odds of progress: times this when both public lines have come all the way", "odds ratio", 1.0, 6.0,
        moves="front_progress", by="line")  # fmt: skip
    unlocked = judged(2.5, "odds of progress: times this after a public step of the backchannel", "ratio", 1.0, 6.0,
        moves="front_progress", by="unlocked")  # fmt: skip
    progress = judged(0.15, "progress made by a round that succeeds", "share", 0.05, 0.4, moves="+front_progress")
    stalled = judged(0.02, "pressure added by a round that fails", "share", 0.0, 0.1, moves="+pressure")


def round_speed(s, p):
    return 1.0 if s.phase < Phase.SIGNED else 0.0


def hold_round(s, p, u):
    chance = p.front_channel.success * math.exp(p.front_channel.success_pressure * mean_pressure(s))
    odds = chance / (1.0 - chance) * math.exp(p.front_channel.line * 0.5 * (s.a.line + s.b.line))
    if s.unlocked:
        odds *= p.front_channel.unlocked
    s.unlocked = False
    if u[0] < odds / (1.0 + odds):
        s.front_progress = more(s.front_progress, p.front_channel.progress)
    else:
        add_pressure(s.a, p.front_channel.stalled)
        add_pressure(s.b, p.front_channel.stalled)


def told(t):
    if t.s.front_progress > t.before.front_progress:
        return "A formal round brings progress."
    return "A formal round ends without result."


MECHANISM = Mechanism(
    "front_channel",
    parameters=FrontChannel,
    about=__doc__,
    clocks=(
        Clock("formal round", round_speed, hold_round, fixed(lambda p: p.front_channel.interval), uniforms=1, says=told),
    ),
)  # fmt: skip
