"""Track II: academics, former officials and civil society talk; they cannot sign.

Workshops leave precedents: soft norms and blueprints that make later steps cheaper, people
on both sides who know one another, and ways out of a crisis (S1). They carry the process
across a change of leaders. How far they come depends on their design: badly designed ones leave
little but talk, however many there are. Each adds a few people who know.
"""

from timeline import Clock, Mechanism, Parameters, lognormal

from ..crisis import feed_rumour, judged, less, toward, win_support


class TrackTwo(Parameters):
    interval = judged(120.0, "median time between workshops", "days", 30.0, 365.0)
    spread = judged(0.4, "spread of that time, standard deviation of its logarithm", "number", 0.1, 1.0)
    quality = judged(0.6, "how well the dialogue is designed: participants, mandate, link to officials", "index", 0.1, 0.95)
    precedent = judged(0.15, "precedent won by a workshop, of what its design can still win", "share", 0.03, 0.3, moves="+precedent")
    fading = judged(0.02, "precedent fading between two workshops", "share", 0.0, 0.048, moves="-precedent")
    cleared = judged(0.06, "ambiguity cut by a workshop of the best design", "share", 0.0, 0.14, moves="-ambiguity")
    support = judged(0.01, "support won by a workshop of the best design", "share", 0.0, 0.024, moves="+support")
    insiders = judged(1, "people who get to know at a workshop", "count", 0, 3, moves="+insiders")
    talk = judged(0.05, "rumour fed by a workshop of the worst design", "share", 0.0, 0.12, moves="+rumour", by="undisclosed")


def workshop_speed(s, p):
    return 1.0 / p.track_two.interval


def meet(s, p):
    good = p.track_two.quality
    s.workshops += 1
    s.precedent = less(s.precedent, p.track_two.fading)
    # What participants without access or mandate leave behind is no more the tenth time than the second.
    s.precedent = toward(s.precedent, max(s.precedent, good), p.track_two.precedent)
    s.ambiguity = less(s.ambiguity, p.track_two.cleared * good)
    win_support(s.a, p.track_two.support * good)
    win_support(s.b, p.track_two.support * good)
    s.insiders += p.track_two.insiders
    feed_rumour(s, p.track_two.talk * (1.0 - good) * s.undisclosed)


def told(t):
    if t.s.precedent > t.before.precedent + 0.01:
        return "Unofficial participants meet, and leave something that officials can use."
    return "Unofficial participants meet; nothing new comes of it."


MECHANISM = Mechanism(
    "track_two",
    parameters=TrackTwo,
    about=__doc__,
    clocks=(
        Clock("workshop", workshop_speed, meet, lognormal(lambda p: p.track_two.spread), says=told),
    ),
)  # fmt: skip
