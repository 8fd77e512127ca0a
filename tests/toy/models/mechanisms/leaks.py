"""Press leaks: someone who knows talks."""

from timeline.model.declarations import Clock, Mechanism
from timeline.model.records import Parameter, Parameters

from ..world import Outcome


class Leaks(Parameters):
    per_insider = Parameter(
        2.45e-4,
        "hazard that one insider talks",
        unit="1/insider/year",
        plausible=(4.1e-6, 2.0e-2),
        evidence="literature",
        source="Grimes 2016",
    )
    insiders_at_start = Parameter(
        8, "people who know", unit="count", plausible=(2, 40), evidence="judgement", source="a toy"
    )
    trust_lost = Parameter(
        0.35, "share of trust lost", unit="share", plausible=(0.05, 0.7), evidence="judgement", source="a toy"
    )
    fatal = Parameter(True, "whether a leak ends the talks", evidence="judgement", source="a toy")


def speed(s, p):
    return p.leaks.per_insider * s.insiders


def fires(s, p, u):
    s.leak_day = s.day
    s.outcome = Outcome.COLLAPSED


LEAKS = Mechanism(
    "leaks",
    clocks=(Clock("leak", speed, fires, says="The press reports the talks between {a} and {b}."),),
    parameters=Leaks,
    about=__doc__,
)
