"""Leaders change."""

from timeline.model.declarations import Clock, Mechanism
from timeline.model.laws import weibull


def speed(s, p, me, p_me):
    return me.pressure / p_me.patience


def fires(s, p, me):
    me.pressure = 0.0


SUCCESSION = Mechanism(
    "succession",
    clocks=(Clock("handover", speed, fires, law=weibull(1.5), over="sides", says="{me} has a new leader."),),
    about=__doc__,
)
