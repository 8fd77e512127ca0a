"""Succession: leaders leave, and successors are not bound by what is not theirs.

Exits follow the record of leaders by regime and years in office; the leader in office
when talks begin is a length-biased draw. Turmoil hastens exits and makes them irregular.
A successor, above all one from a new coalition or after an irregular exit, may not own the
deal; while that lasts the side may repudiate it. Embedding protects. Election campaigns
raise pressure (that is in pressure).
"""

import math

from timeline import Clock, Mechanism, Parameter, Parameters, empirical, fixed

from ..crisis import Cause, Phase, Regime, Shock, collapse, judged, less, note, shock
from ..record.leader_tenure import HAZARDS, INCUMBENT_AGES, IRREGULAR_SHARE, KNOTS

_ARCHIGOS = "Archigos 4.1 (Goemans, Gleditsch & Chiozza 2009), leaders entered 1946 or later"
_CHISOLS = "CHISOLS 4.0: Mattes, Leeds & Matsumura 2016"


class Succession(Parameters):
    irregular_democracy = Parameter(
        round(IRREGULAR_SHARE[0], 3), "share of exits that are irregular, democracies, at ordinary turmoil",
        unit="share", plausible=(0.03, 0.12), evidence="measured", source=_ARCHIGOS,
    )  # fmt: skip
    irregular_autocracy = Parameter(
        round(IRREGULAR_SHARE[1], 3), "share of exits that are irregular, autocracies and movements, at ordinary turmoil",
        unit="share", plausible=(0.25, 0.5), evidence="measured", source=_ARCHIGOS,
    )  # fmt: skip
    new_coalition = Parameter(
        0.48, "share of leader changes that also change the supporting coalition",
        unit="share", plausible=(0.3, 0.6), evidence="literature", source=_CHISOLS, moves="+new_coalition",
    )  # fmt: skip
    turmoil_exit = judged(3.0, "ageing in office: speed times this under full turmoil against none", "rate ratio", 1.0, 10.0,
        paces="succession", by="turmoil")  # fmt: skip
    turmoil_irregular = judged(8.0, "odds that an exit is irregular: times this under full turmoil against none",
        "odds ratio", 1.0, 30.0, moves="irregular_exits", by="turmoil")  # fmt: skip
    pressure_exit = judged(1.8, "ageing in office: speed times this under full pressure against none", "rate ratio", 1.0, 5.0,
        paces="succession", by="pressure")  # fmt: skip
    scandal = judged(1.5, "ageing in office: speed times this while a leak is a scandal", "ratio", 1.0, 4.0,
        paces="succession", by="exposed")  # fmt: skip
    campaign = judged(90.0, "length of an election campaign", "days", 30.0, 200.0)
    term = judged(4.0, "time between elections in a democracy", "years", 2.0, 6.0)
    trust_lost = judged(0.25, "trust lost when a leader who negotiated goes", "share", 0.05, 0.6, moves="-trust")
    trust_kept = judged(0.5, "part of that loss that all the precedent of unofficial dialogue saves", "share", 0.0, 0.9,
        moves="-trust", by="-precedent")  # fmt: skip
    endorses = judged(0.65, "chance that a successor of the same coalition owns the deal, support being middling",
        "share", 0.3, 0.9)  # fmt: skip
    endorses_coalition = judged(0.35, "odds of owning it: times this for a new coalition", "ratio", 0.1, 1.0,
        moves="owns_deal", by="new_coalition")  # fmt: skip
    endorses_irregular = judged(0.4, "odds of owning it: times this after an irregular exit", "ratio", 0.1, 1.0,
        moves="owns_deal", by="irregular_exits")  # fmt: skip
    endorses_support = judged(4.0, "odds of owning it: times this under full support against none", "odds ratio", 1.0, 12.0,
        moves="owns_deal", by="support")  # fmt: skip
    endorses_public = judged(3.0, "odds of owning it: times this when all is public", "odds ratio", 1.0, 10.0,
        "S2: successors are not bound by what is neither ratified nor public; size is judgement", moves="owns_deal", by="public")  # fmt: skip
    endorses_precedent = judged(2.5, "odds of owning it: times this with all the precedent of unofficial dialogue", "odds ratio", 1.0, 8.0,
        moves="owns_deal", by="precedent")  # fmt: skip
    endorses_ratified = judged(3.0, "odds of owning it: times this once ratified", "ratio", 1.0, 10.0,
        "S2: successors are not bound by what is neither ratified nor public; size is judgement", moves="owns_deal", by="phase")  # fmt: skip
    adopting = judged(0.3, "hazard that a successor comes to own the deal", "per year", 0.05, 1.0, moves="+owns_deal")
    repudiation = judged(0.05, "hazard of repudiation by a successor who does not own the deal", "per year", 0.005, 0.4,
        "ATOP x Archigos: .0064 violations a year without change, .0447 within a year of an irregular exit; to be calibrated",
        paces="+repudiation", by="-owns_deal")  # fmt: skip
    repudiation_irregular = judged(13.0, "repudiation: hazard times this within a year of an irregular exit", "ratio", 3.0, 25.0,
        "ATOP x Archigos: ratio about 7 (3 to 13) with turmoil included; to be calibrated", paces="repudiation", by="irregular_recent")  # fmt: skip
    repudiation_coalition_democracy = Parameter(
        1.42, "repudiation: hazard times this for a new coalition in a democracy",
        unit="ratio", plausible=(0.86, 2.34), evidence="measured",
        source="ATOP x CHISOLS, adjusted hazard ratio; direction as Leeds, Mattes & Vogel 2009, AJPS 53(2):461-476",
        paces="repudiation", by="new_coalition",
    )  # fmt: skip
    repudiation_coalition_other = Parameter(
        4.06, "repudiation: hazard times this for a new coalition elsewhere",
        unit="ratio", plausible=(2.45, 6.72), evidence="measured",
        source="ATOP x CHISOLS, adjusted hazard ratio; direction as Leeds, Mattes & Vogel 2009, AJPS 53(2):461-476",
        paces="repudiation", by="new_coalition",
    )  # fmt: skip
    repudiation_embedding = judged(0.15, "repudiation: hazard times this when fully embedded", "hazard ratio", 0.02, 0.8,
        paces="repudiation", by="embedding")  # fmt: skip
    irregular_window = Parameter(
        365.0, "how long an irregular exit counts as recent", unit="days", plausible=(180.0, 730.0),
        evidence="measured", source="ATOP x Archigos: window of the comparison",
    )  # fmt: skip


def start(s, p, u):
    enter(s.a, p.a, p, u[0], u[1])
    enter(s.b, p.b, p, u[2], u[3])


def enter(me, p_me, p, first, second):
    """Put the leader in office whom one meets at a random moment, and set the election calendar."""
    me.regime = p_me.regime
    table = tenure_table(me)
    cells = len(INCUMBENT_AGES[0]) - 1
    k = min(int(first * cells), cells - 1)
    low = INCUMBENT_AGES[table][k]
    me.in_office = low + (first * cells - k) * (INCUMBENT_AGES[table][k + 1] - low)
    # No campaign is on when the timeline begins; the next one opens on any day of the term alike.
    me.campaign_in = second * max(0.0, p.succession.term - p.succession.campaign)


def tenure_table(me):
    """The life table of a side's leaders: movements share the autocracies'."""
    return 0 if me.regime == Regime.DEMOCRACY else 1


def age_in_office(me):
    return me.in_office


def exit_speed(s, p, me, p_me):
    effect = p.succession.turmoil_exit * (me.turmoil - p_me.turmoil)
    speed = math.exp(effect + p.succession.pressure_exit * (me.pressure - p_me.pressure))
    return speed * p.succession.scandal if s.exposed else speed


def leave(s, p, me, p_me, u):
    share = p.succession.irregular_democracy if me.regime == Regime.DEMOCRACY else p.succession.irregular_autocracy
    odds = share / (1.0 - share) * math.exp(p.succession.turmoil_irregular * (me.turmoil - p_me.turmoil))
    irregular = u[0] < odds / (1.0 + odds)
    # One who came within the last year has no trust of their own to take along.
    if not me.honeymoon and not me.irregular_recent:
        s.trust = less(s.trust, p.succession.trust_lost * (1.0 - p.succession.trust_kept * s.precedent))
    me.leaders += 1
    me.honeymoon = not irregular
    if irregular:
        me.irregular_exits += 1
        me.irregular_recent = True
    me.new_coalition = u[1] < p.succession.new_coalition
    note(s, Shock.SUCCESSION)
    if irregular:
        shock(s, Shock.SUCCESSION)
    if s.phase == Phase.TALKS:
        return
    odds = p.succession.endorses / (1.0 - p.succession.endorses)
    effect = p.succession.endorses_support * (me.support - 0.5) + p.succession.endorses_public * s.public
    odds *= math.exp(effect + p.succession.endorses_precedent * s.precedent)
    if me.new_coalition:
        odds *= p.succession.endorses_coalition
    if irregular:
        odds *= p.succession.endorses_irregular
    if s.phase == Phase.IMPLEMENTATION:
        odds *= p.succession.endorses_ratified
    me.owns_deal = u[2] < odds / (1.0 + odds)
    if not me.owns_deal and not irregular:
        shock(s, Shock.SUCCESSION)


def window_speed(s, p, me):
    return 1.0 if me.irregular_recent else 0.0


def close_window(s, p, me):
    me.irregular_recent = False


def honeymoon_speed(s, p, me):
    return 1.0 if me.honeymoon else 0.0


def end_honeymoon(s, p, me):
    me.honeymoon = False


def adopt_speed(s, p, me):
    return 0.0 if me.owns_deal else p.succession.adopting


def adopt(s, p, me):
    me.owns_deal = True
    me.new_coalition = False


def repudiation_speed(s, p, me):
    if s.phase == Phase.TALKS or me.owns_deal:
        return 0.0
    speed = p.succession.repudiation * math.exp(p.succession.repudiation_embedding * s.embedding)
    if me.irregular_recent:
        speed *= p.succession.repudiation_irregular
    if me.new_coalition:
        if me.regime == Regime.DEMOCRACY:
            speed *= p.succession.repudiation_coalition_democracy
        else:
            speed *= p.succession.repudiation_coalition_other
    return speed


def repudiate(s, p):
    collapse(s, Cause.REPUDIATION)


def until_campaign_speed(s, p, me):
    return 1.0 if me.regime == Regime.DEMOCRACY and not me.campaign else 0.0


def open_campaign(s, p, me):
    me.campaign = True


def campaign_speed(s, p, me):
    return 1.0 if me.campaign else 0.0


def hold_election(s, p, me):
    me.campaign = False
    me.campaign_in = max(0.0, p.succession.term - p.succession.campaign)


def told(t):
    side, was = (t.s.a, t.before.a) if t.i == 0 else (t.s.b, t.before.b)
    how = "is ousted" if side.irregular_exits > was.irregular_exits else "leaves office"
    if t.s.phase == Phase.TALKS:
        return f"{t.me}'s leader {how}; a successor takes over the talks."
    base = "from another coalition" if side.new_coalition else "from the same camp"
    if side.owns_deal:
        owns = "stands by the deal"
    elif t.s.phase == Phase.IMPLEMENTATION:
        owns = "inherits a deal that is not their own"
    else:
        owns = "does not regard the deal as binding"
    return f"{t.me}'s leader {how}; the successor, {base}, {owns}."


MECHANISM = Mechanism(
    "succession",
    parameters=Succession,
    start=start,
    uniforms=4,
    about=__doc__,
    clocks=(
        Clock("succession", exit_speed, leave,
            empirical(KNOTS, HAZARDS, which=tenure_table, age=age_in_office), over="sides", uniforms=3, says=told),
        Clock("irregular exit forgotten", window_speed, close_window, fixed(lambda p: p.succession.irregular_window),
            over="sides", renews_on="me.irregular_exits"),
        Clock("new leader settled", honeymoon_speed, end_honeymoon, fixed(lambda p: p.succession.irregular_window),
            over="sides", renews_on="me.leaders"),
        Clock("successor adopts", adopt_speed, adopt, over="sides", says="{me}'s new leader makes the deal their own."),
        Clock("repudiation", repudiation_speed, repudiate, over="sides", renews_on="me.leaders",
            says="{me}'s new leader repudiates the deal."),
        Clock("campaign", until_campaign_speed, open_campaign, fixed(lambda me: me.campaign_in), over="sides",
            says="An election campaign begins in {me}."),
        Clock("election", campaign_speed, hold_election, fixed(lambda p: p.succession.campaign), over="sides",
            says="{me} votes."),
    ),
)  # fmt: skip

