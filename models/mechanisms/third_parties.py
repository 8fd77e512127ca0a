"""Third parties: a rival watches, and draws conclusions.

Suspicion grows with rumour, leaks and what is told without proof, and falls with what is
public (S2). A suspicious rival probes how far private restraint holds, looks for allies of
its own, and in the end may retaliate. A guarantee that is kept secret deters nobody, and
emboldens the side that holds it; a public one deters. Both show in the danger of war.
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import Cause, Outcome, Phase, Shock, collapse, judged, less, more, note, raise_hostility, shock, toward


class ThirdParties(Parameters):
    floor = judged(0.15, "suspicion there always is", "index", 0.0, 0.4)
    back = judged(0.08, "suspicion returning to its level in a month", "share", 0.02, 0.3)
    from_rumour = judged(0.5, "suspicion's level: raised by rumour at its height", "share", 0.1, 0.9, moves="+suspicion", by="rumour")
    from_alarm = judged(0.3, "suspicion's level: raised by what opponents know and fear", "share", 0.0, 0.7, moves="+suspicion", by="alarm")
    from_leak = judged(0.4, "suspicion raised in a month by a fresh leak of the most damaging kind", "share", 0.1, 0.8,
        moves="+suspicion", by="leak_damage")  # fmt: skip
    reassured = judged(0.5, "suspicion's level: lowered when everything is public", "share", 0.1, 0.9, moves="-suspicion", by="public")
    probe = judged(0.15, "hazard that the rival probes, without suspicion", "per year", 0.02, 0.6)
    probe_suspicion = judged(6.0, "probing: hazard times this under full suspicion", "hazard ratio", 1.5, 20.0,
        paces="probe", by="suspicion")  # fmt: skip
    probe_hostility = judged(0.08, "hostility raised by a probe that meets no restraint", "share", 0.0, 0.3, moves="+hostility")
    counter = judged(0.02, "hazard that the rival finds allies against the deal, without suspicion", "per year", 0.005, 0.1)
    counter_suspicion = judged(12.0, "counter-alliance: hazard times this under full suspicion", "hazard ratio", 2.0, 40.0,
        paces="counter-alliance", by="suspicion")  # fmt: skip
    counter_hostility = judged(0.20, "hostility raised by a counter-alliance", "share", 0.05, 0.5, moves="+hostility")
    retaliation = judged(0.002, "hazard of retaliation, without suspicion", "per year", 0.0005, 0.02)
    retaliation_suspicion = judged(20.0, "retaliation: hazard times this under full suspicion", "hazard ratio", 3.0, 60.0,
        paces="retaliation", by="suspicion")  # fmt: skip
    retaliation_counter = judged(2.0, "retaliation: hazard times this once the rival has allies", "ratio", 1.0, 5.0,
        paces="retaliation", by="counter_alliance")  # fmt: skip
    emboldening = judged(0.02, "boldness growing in a month when the whole guarantee is secret", "share", 0.0, 0.06,
        moves="+emboldened", by="undisclosed")  # fmt: skip
    sobering = judged(0.03, "boldness wearing off in a month", "share", 0.0, 0.1, moves="-emboldened")
    war = judged(0.002, "hazard of war, nobody emboldened and nobody deterred", "per year", 0.0005, 0.02)
    war_emboldened = judged(12.0, "war: hazard times this when the holder of the guarantee is fully emboldened", "hazard ratio", 2.0, 40.0,
        paces="war", by="emboldened")  # fmt: skip
    war_hostility = judged(8.0, "war: hazard times this under full hostility", "hazard ratio", 1.5, 25.0, paces="war", by="hostility")
    war_deterred = judged(0.3, "war: hazard times this when the whole ladder is public and deters", "hazard ratio", 0.05, 1.0,
        paces="war", by="public")  # fmt: skip
    war_counter = judged(1.8, "war: hazard times this once the rival has allies", "ratio", 1.0, 5.0, paces="war", by="counter_alliance")


def start(s, p):
    s.suspicion = p.third_parties.floor


def month_speed(s, p):
    return 1.0


def watch(s, p):
    w = p.third_parties
    level = more(w.floor, w.from_rumour * s.rumour)
    level = more(level, w.from_alarm * s.alarm)
    level = less(level, w.reassured * s.public)
    s.suspicion = toward(s.suspicion, level, w.back)
    if s.exposed:
        s.suspicion = more(s.suspicion, w.from_leak * s.leak_damage)
    s.emboldened = more(less(s.emboldened, w.sobering), w.emboldening * s.undisclosed)


def probe_speed(s, p):
    return p.third_parties.probe * math.exp(p.third_parties.probe_suspicion * s.suspicion)


def probe(s, p, u):
    s.probes += 1
    if u[0] >= s.trust:
        raise_hostility(s, p.third_parties.probe_hostility)
        note(s, Shock.PROBE)


def counter_speed(s, p):
    if s.counter_alliance:
        return 0.0
    return p.third_parties.counter * math.exp(p.third_parties.counter_suspicion * s.suspicion)


def ally_against(s, p):
    s.counter_alliance = True
    raise_hostility(s, p.third_parties.counter_hostility)
    shock(s, Shock.COUNTER_ALLIANCE)


def retaliation_speed(s, p):
    speed = p.third_parties.retaliation * math.exp(p.third_parties.retaliation_suspicion * s.suspicion)
    return speed * p.third_parties.retaliation_counter if s.counter_alliance else speed


def retaliate(s, p):
    collapse(s, Cause.RETALIATION)


def war_speed(s, p):
    if s.phase == Phase.TALKS:
        return 0.0
    effect = p.third_parties.war_emboldened * s.emboldened + p.third_parties.war_hostility * s.hostility
    speed = p.third_parties.war * math.exp(effect + p.third_parties.war_deterred * s.public)
    return speed * p.third_parties.war_counter if s.counter_alliance else speed


def go_to_war(s, p):
    s.outcome = Outcome.WAR
    s.cause = Cause.WAR


def told(t):
    if t.s.hostility > t.before.hostility:
        return "The rival probes, and restraint gives way."
    return "The rival probes; restraint holds."


MECHANISM = Mechanism(
    "third_parties",
    parameters=ThirdParties,
    start=start,
    about=__doc__,
    clocks=(
        Clock("month of watching", month_speed, watch, fixed(MONTH)),
        Clock("probe", probe_speed, probe, uniforms=1, says=told),
        Clock("counter-alliance", counter_speed, ally_against, says="The rival finds allies of its own."),
        Clock("retaliation", retaliation_speed, retaliate, says="The rival strikes back, and the deal ends."),
        Clock("war", war_speed, go_to_war, says="War breaks out."),
    ),
)
