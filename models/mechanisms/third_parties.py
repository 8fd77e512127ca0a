"""Third parties: a rival watches, and draws conclusions; a neighbour watches too.

Suspicion grows with rumour and with what opponents know and fear, leaps when a leak shows what was
kept from the rival, and fades slowly (S2). What came out and was never owned up to keeps it high;
only what the makers told or confirmed reassures. A suspicious rival probes how far private restraint
holds, looks for allies, arms, and in the end may retaliate or go to war. The partners answer its
arms with theirs, and publics pay for both; the race returns to ordinary times, so it has a ceiling.

A guarantee that is kept secret deters nobody, and emboldens the side that holds it; once it comes
out, the rival feels cheated. One that is owned up to deters, one that has merely leaked only in
part; but whatever is known can also be balanced against by allies of the rival's own. A neighbour
who learns of the pact by a leak feels betrayed, and may turn away.
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, at_once, fixed

from ..crisis import (
    Cause,
    Outcome,
    Phase,
    Shock,
    add_pressure,
    collapse,
    end,
    judged,
    less,
    more,
    note,
    raise_hostility,
    shock,
    toward,
)  # fmt: skip


class ThirdParties(Parameters):
    # suspicion
    floor = judged(0.15, "suspicion there always is", "index", 0.0, 0.4)
    back = judged(0.04, "suspicion returning to its level in a month", "share", 0.01, 0.15)
    from_rumour = judged(0.3, "suspicion's level: raised by rumour at its height", "share", 0.05, 0.6, moves="+suspicion", by="rumour")
    from_alarm = judged(0.3, "suspicion's level: raised by what opponents know and fear", "share", 0.0, 0.7, moves="+suspicion", by="alarm")
    from_exposed = judged(0.7, "suspicion's level: raised when the whole ladder has come out and nobody owns up to it", "share", 0.4, 0.95,
        moves="+suspicion", by="exposed_share")  # fmt: skip
    from_leak = judged(0.6, "suspicion raised by a leak of the most damaging kind", "share", 0.2, 0.9, moves="+suspicion", by="leak_damage")
    reassured = judged(0.35, "suspicion's level: lowered when the whole ladder is owned up to", "share", 0.05, 0.7,
        moves="-suspicion", by="public")  # fmt: skip
    # what a suspicious rival does
    probe = judged(0.15, "hazard that the rival probes, without suspicion", "per year", 0.02, 0.6)
    probe_suspicion = judged(6.0, "probing: hazard times this under full suspicion", "hazard ratio", 1.5, 20.0,
        paces="probe", by="suspicion")  # fmt: skip
    probe_hostility = judged(0.08, "hostility raised by a probe that meets no restraint", "share", 0.0, 0.3, moves="+hostility")
    counter = judged(0.015, "hazard that the rival finds allies against the deal, without suspicion", "per year", 0.004, 0.06)
    counter_suspicion = judged(12.0, "counter-alliance: hazard times this under full suspicion", "hazard ratio", 2.0, 40.0,
        paces="counter-alliance", by="suspicion")  # fmt: skip
    counter_public = judged(3.0, "counter-alliance: hazard times this when the whole ladder is known and can be balanced against",
        "hazard ratio", 1.0, 9.0, paces="counter-alliance", by="public")  # fmt: skip
    counter_hostility = judged(0.20, "hostility raised by a counter-alliance", "share", 0.05, 0.5, moves="+hostility")
    retaliation = judged(0.0015, "hazard of retaliation, without suspicion", "per year", 0.0004, 0.01)
    retaliation_suspicion = judged(20.0, "retaliation: hazard times this under full suspicion", "hazard ratio", 3.0, 60.0,
        paces="retaliation", by="suspicion")  # fmt: skip
    retaliation_counter = judged(2.0, "retaliation: hazard times this once the rival has allies", "ratio", 1.0, 5.0,
        paces="retaliation", by="counter_alliance")  # fmt: skip
    # the arms race
    arms = judged(0.15, "arming in ordinary times", "index", 0.05, 0.4)
    disarming = judged(0.03, "arming returning to that of ordinary times in a month", "share", 0.01, 0.1, moves="-arms")
    arming = judged(0.025, "arming added by a fully suspicious rival in a month", "share", 0.005, 0.08, moves="+arms", by="suspicion")
    arming_public = judged(0.4, "arming against a pact of which everything is known: as if under so much suspicion", "share", 0.1, 0.8,
        "alliances draw counter-alliances and arming: steps to war (Senese & Vasquez 2008); size is judgement",
        moves="+arms", by="public")  # fmt: skip
    answered = judged(0.015, "arming added by the partners in a month, in answer to the most that can be", "share", 0.0, 0.04, moves="+arms")
    arms_hostility = judged(0.012, "hostility raised in a month by arming beyond ordinary times, at its most", "share", 0.0, 0.04,
        moves="+hostility", by="arms")  # fmt: skip
    arms_burden = judged(0.02, "pressure at home in a month from arming beyond ordinary times, at its most", "share", 0.0, 0.06,
        moves="+pressure", by="arms")  # fmt: skip
    arms_race = judged(0.45, "arming that both sides and everyone else call a race", "index", 0.3, 0.6)
    # the guarantee
    emboldening = judged(0.012, "boldness growing in a month when the whole guarantee is secret", "share", 0.0, 0.04,
        moves="+emboldened", by="undisclosed")  # fmt: skip
    sobering = judged(0.03, "boldness wearing off in a month", "share", 0.0, 0.1, moves="-emboldened")
    cheated = judged(0.3, "suspicion and hostility raised by a leak that finds the holder fully emboldened", "share", 0.0, 0.6,
        moves="+suspicion", by="emboldened")  # fmt: skip
    # the neighbour
    betrayal = judged(0.25, "hazard that a neighbour turns away, the whole ladder come out and nobody owning up to it", "per year", 0.05, 0.9,
        paces="+betrayal", by="exposed_share")  # fmt: skip
    betrayal_hostility = judged(0.12, "hostility raised when a neighbour turns away", "share", 0.0, 0.4, moves="+hostility")
    betrayal_embedding = judged(0.2, "embedding lost when a neighbour turns away", "share", 0.0, 0.5, moves="-embedding")
    undefended = judged(0.4, "part of deterrence that is lost once a neighbour has turned away", "share", 0.0, 0.8)
    # war
    unconfirmed = judged(0.3, "what has come out and is not owned up to deters: times this", "ratio", 0.0, 0.7)
    war = judged(0.00035, "hazard of war, no suspicion, nobody emboldened and nobody deterred", "per year", 0.0001, 0.0012)
    war_suspicion = judged(16.0, "war: hazard times this under full suspicion", "hazard ratio", 3.0, 50.0, paces="war", by="suspicion")
    war_arms = judged(5.0, "war: hazard times this at the height of the arms race", "hazard ratio", 1.5, 15.0, paces="war", by="arms")
    war_emboldened = judged(5.0, "war: hazard times this when the holder of the guarantee is fully emboldened", "hazard ratio", 1.5, 15.0,
        paces="war", by="emboldened")  # fmt: skip
    war_hostility = judged(8.0, "war: hazard times this under full hostility", "hazard ratio", 1.5, 25.0, paces="war", by="hostility")
    war_deterred = judged(0.4, "war: hazard times this when the whole ladder is owned up to and deters", "hazard ratio", 0.15, 1.0,
        paces="war", by="public")  # fmt: skip
    war_counter = judged(1.8, "war: hazard times this once the rival has allies", "ratio", 1.0, 5.0, paces="war", by="counter_alliance")


def start(s, p):
    s.suspicion = p.third_parties.floor
    s.arms = p.third_parties.arms


def month_speed(s, p):
    return 1.0


def owned_up_to(s):
    """What the makers have told or confirmed, as a share of the whole ladder."""
    return max(0.0, s.public - s.exposed_share)


def watch(s, p):
    w = p.third_parties
    level = more(w.floor, w.from_rumour * s.rumour)
    level = more(level, w.from_alarm * s.alarm)
    level = more(level, w.from_exposed * s.exposed_share)
    level = less(level, w.reassured * owned_up_to(s))
    s.suspicion = toward(s.suspicion, level, w.back)
    s.emboldened = more(less(s.emboldened, w.sobering), w.emboldening * s.undisclosed)


def arm(s, p):
    w = p.third_parties
    s.arms = toward(s.arms, w.arms, w.disarming)
    s.arms = more(s.arms, w.arming * more(s.suspicion, w.arming_public * s.public))
    s.arms = more(s.arms, w.answered * s.arms)
    beyond = max(0.0, s.arms - w.arms)
    raise_hostility(s, w.arms_hostility * beyond)
    add_pressure(s.a, w.arms_burden * beyond)
    add_pressure(s.b, w.arms_burden * beyond)


def race_speed(s, p):
    return 1.0 if s.arms >= p.third_parties.arms_race and not s.racing else 0.0


def begin_race(s, p):
    s.racing = True
    shock(s, Shock.ARMS_RACE)


def leak_speed(s, p):
    return 1.0 if s.leaks > s.leaks_answered else 0.0


def learn(s, p):
    s.leaks_answered = s.leaks
    s.suspicion = more(s.suspicion, p.third_parties.from_leak * s.leak_damage)
    # The bolder the holder was, the more the rival now knows itself deceived.
    cheated = p.third_parties.cheated * s.emboldened
    s.suspicion = more(s.suspicion, cheated)
    raise_hostility(s, cheated)


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
    effect = p.third_parties.counter_suspicion * s.suspicion + p.third_parties.counter_public * s.public
    return p.third_parties.counter * math.exp(effect)


def ally_against(s, p):
    s.counter_alliance = True
    raise_hostility(s, p.third_parties.counter_hostility)
    shock(s, Shock.COUNTER_ALLIANCE)


def betrayal_speed(s, p):
    if s.neighbour_lost:
        return 0.0
    # Whoever was let in before it came out is not betrayed.
    return p.third_parties.betrayal * s.exposed_share * (1.0 - s.circle)


def turn_away(s, p):
    s.neighbour_lost = True
    s.embedding = less(s.embedding, p.third_parties.betrayal_embedding)
    raise_hostility(s, p.third_parties.betrayal_hostility)
    shock(s, Shock.BETRAYAL)


def retaliation_speed(s, p):
    speed = p.third_parties.retaliation * math.exp(p.third_parties.retaliation_suspicion * s.suspicion)
    return speed * p.third_parties.retaliation_counter if s.counter_alliance else speed


def retaliate(s, p):
    collapse(s, Cause.RETALIATION)


def war_speed(s, p):
    if s.phase == Phase.TALKS:
        return 0.0
    w = p.third_parties
    deterred = owned_up_to(s) + w.unconfirmed * s.exposed_share
    if s.neighbour_lost:
        deterred = less(deterred, w.undefended)
    effect = w.war_suspicion * s.suspicion + w.war_arms * s.arms + w.war_hostility * s.hostility
    effect += w.war_emboldened * s.emboldened + w.war_deterred * deterred
    speed = w.war * math.exp(effect)
    return speed * w.war_counter if s.counter_alliance else speed


def go_to_war(s, p):
    end(s, Outcome.WAR, Cause.WAR)


def told_leak(t):
    if t.s.leak_damage < 0.1:
        return "The rival takes note of the leak."
    if t.s.leaks > 1:
        return "The rival learns more of what was kept from it; its suspicion grows."
    if t.before.emboldened > 0.1:
        return "The rival learns what was behind its opponent's boldness, and feels cheated."
    return "The rival learns what was kept from it; its suspicion grows."


def told_probe(t):
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
        Clock("month of arming", month_speed, arm, fixed(MONTH)),
        Clock("arms race", race_speed, begin_race, at_once(),
            says="The rival and the partners arm against each other; all speak of a race."),
        Clock("leak noticed", leak_speed, learn, at_once(), says=told_leak),
        Clock("probe", probe_speed, probe, uniforms=1, says=told_probe),
        Clock("counter-alliance", counter_speed, ally_against, says="The rival finds allies of its own."),
        Clock("betrayal", betrayal_speed, turn_away,
            says="A neighbour who was never told feels betrayed, and turns away."),
        Clock("retaliation", retaliation_speed, retaliate, says="The rival strikes back, and the deal ends."),
        Clock("war", war_speed, go_to_war, says="War breaks out."),
    ),
)  # fmt: skip
