"""Trial balloons: testing what the public would say, deniably.

Before a report a hint is dropped that can be denied (S0). The public gets used to the
idea, so that the report itself surprises less. A balloon that is seen through feeds rumour
and opponents instead, and each one wears out deniability. Whether reports are preceded by a
balloon is part of the cadence.
"""

from timeline import Clock, Mechanism, Parameters, fixed

from ..crisis import feed_rumour, judged, less, raise_alarm, stir_press, toward


class TrialBalloons(Parameters):
    flight = judged(14.0, "how long a balloon is left to fly", "days", 3.0, 60.0)
    prepared = judged(0.5, "how far a balloon brings the public to expect what is still hidden", "share", 0.1, 0.9, moves="+expected")
    worn = judged(0.20, "deniability worn off by a balloon", "share", 0.05, 0.41, moves="-deniability")
    rumour = judged(0.20, "rumour fed by a balloon that is seen through", "share", 0.05, 0.41, moves="+rumour")
    alarmed = judged(0.08, "opponents' alarm from a balloon that is seen through", "share", 0.0, 0.19, moves="+alarm")
    press_interest = judged(0.10, "press interest raised by a balloon that is seen through", "share", 0.0, 0.24, moves="+attention")


def start(s, p):
    s.balloons_fly = True


def flight_speed(s, p):
    return 1.0 if s.probe_wanted else 0.0


def land(s, p, u):
    s.probe_wanted = False
    s.probed = True
    s.balloons += 1
    hidden = min(1.0, s.public + s.undisclosed)
    s.expected = toward(s.expected, max(s.expected, hidden), p.trial_balloons.prepared)
    if u[0] > s.deniability:
        feed_rumour(s, p.trial_balloons.rumour)
        raise_alarm(s, p.trial_balloons.alarmed)
        stir_press(s, p.trial_balloons.press_interest)
    s.deniability = less(s.deniability, p.trial_balloons.worn)


def told(t):
    if t.s.rumour > t.before.rumour:
        return "A trial balloon is seen through; the rumours grow."
    return "A trial balloon goes up and is denied."


MECHANISM = Mechanism(
    "trial_balloons",
    parameters=TrialBalloons,
    start=start,
    about=__doc__,
    needs=("disclosure",),
    clocks=(
        Clock("trial balloon", flight_speed, land, fixed(lambda p: p.trial_balloons.flight), uniforms=1, says=told),
    ),
)
