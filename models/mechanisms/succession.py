"""Succession: leaders leave, and successors are not bound by what is not theirs.

Exits follow the record of leaders by regime and years in office; the leader in office
when talks begin is a length-biased draw. A democracy votes once a term, and part of its
leaders go then; in a campaign none leaves but against the rules. Who comes between
elections serves out the term. The record is of the ordinary country: more turmoil or
pressure than there hastens exits, and turmoil makes them irregular. Campaigns raise
pressure (that is in pressure).

A successor, above all one from a new coalition or after an irregular exit, may not own
what the other began. In the talks the channel is then frozen, and may be shut; a
go-between, papers, kept steps and precedent carry it over. Later the side may repudiate the
deal; embedding protects.
"""

import math

from timeline import Clock, Mechanism, Parameter, Parameters, empirical, fixed

from ..crisis import NO_ESTIMATE, STEPS, Cause, Outcome, Phase, Regime, Shock, collapse, end, judged, less, note, shock
from ..record import between_elections, leader_tenure
from ..record.leader_tenure import INCUMBENT_AGES, IRREGULAR_SHARE

#: A democracy's leaders between elections, and those of all others at any time.
HAZARDS = (between_elections.HAZARDS, leader_tenure.HAZARDS[1])
_ARCHIGOS = "Archigos 4.1 (Goemans, Gleditsch & Chiozza 2009), leaders entered 1946 or later"
_ORDINARY = "the record is of many countries; theirs is taken to be the ordinary level of a side; " + NO_ESTIMATE
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
    ordinary_turmoil = judged(0.3, "turmoil of the ordinary country, whose leaders the record's tenure is of", "index", 0.2, 0.4, _ORDINARY)
    ordinary_pressure = judged(0.4, "pressure in the ordinary country", "index", 0.3, 0.5, _ORDINARY)
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
    loss = judged(0.4, "share of leaders whom an election removes, at ordinary turmoil and pressure", "share", 0.25, 0.55,
        "judgement; hazards between elections are fitted to it, so that tenure is the record's and over a third of exits fall at elections",
        moves="+leaders")  # fmt: skip
    loss_turmoil = judged(3.0, "odds that an election removes the leader: times this under full turmoil against none", "odds ratio", 1.0, 10.0,
        moves="leaders", by="turmoil")  # fmt: skip
    loss_pressure = judged(4.0, "odds that an election removes the leader: times this under full pressure against none", "odds ratio", 1.0, 15.0,
        moves="leaders", by="pressure")  # fmt: skip
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
    resuming = judged(1.0, "hazard that a successor takes up a frozen channel", "per year", 0.3, 3.0, moves="+owns_deal")
    shutting = judged(1.0, "hazard that a successor shuts a frozen channel, nothing carrying it over", "per year", 0.3, 3.0,
        paces="+channel shut", by="-owns_deal")  # fmt: skip
    shutting_go_between = judged(0.35, "freezing and shutting: odds and hazard times this when the go-between is fully believed",
        "hazard ratio", 0.1, 1.0, "S1: third parties keep contact; size is judgement", paces="channel shut", by="go_between")  # fmt: skip
    shutting_minutes = judged(0.35, "freezing and shutting: odds and hazard times this when all that is agreed is written down",
        "hazard ratio", 0.1, 1.0, "S1: documented understandings; size is judgement", paces="channel shut", by="minutes")  # fmt: skip
    shutting_kept = judged(0.2, "freezing and shutting: odds and hazard times this when the whole ladder is carried out",
        "hazard ratio", 0.05, 1.0, "S1: confidence-building steps survive transitions; size is judgement",
        paces="channel shut", by="carried_out")  # fmt: skip
    shutting_precedent = judged(0.3, "shutting: hazard times this with all the precedent of unofficial dialogue", "hazard ratio", 0.1, 1.0,
        "S1: acquaintance outlasts leaders; size is judgement", paces="channel shut", by="precedent")  # fmt: skip
    repudiation = judged(0.05, "hazard of repudiation by a successor who does not own the deal", "per year", 0.005, 0.4,
        "ATOP x Archigos: .0064 violations a year without change, .0447 within a year of an irregular exit; within the band of their ratio",
        paces="+repudiation", by="-owns_deal")  # fmt: skip
    repudiation_irregular = judged(13.0, "repudiation: hazard times this within a year of an irregular exit", "ratio", 3.0, 25.0,
        "ATOP x Archigos: ratio about 7 (3 to 13) with turmoil included; within that band", paces="repudiation", by="irregular_recent")  # fmt: skip
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


def irregular_share(p, me):
    """Chance that an exit is irregular, elections apart."""
    share = p.succession.irregular_democracy if me.regime == Regime.DEMOCRACY else p.succession.irregular_autocracy
    odds = share / (1.0 - share) * math.exp(p.succession.turmoil_irregular * (me.turmoil - p.succession.ordinary_turmoil))
    return odds / (1.0 + odds)


def exit_speed(s, p, me):
    effect = p.succession.turmoil_exit * (me.turmoil - p.succession.ordinary_turmoil)
    speed = math.exp(effect + p.succession.pressure_exit * (me.pressure - p.succession.ordinary_pressure))
    if s.exposed:
        speed *= p.succession.scandal
    # In a campaign the rules offer no other way out than the vote.
    return speed * irregular_share(p, me) if me.campaign else speed


def leave(s, p, me, u):
    succeed(s, p, me, me.campaign or u[0] < irregular_share(p, me), u[1], u[2])


def succeed(s, p, me, irregular, coalition, owning):
    """Change the leader: trust goes along, and the successor owns what the other began or does not."""
    # One who came within the last year has no trust of their own to take along.
    if not me.honeymoon and not me.irregular_recent:
        s.trust = less(s.trust, p.succession.trust_lost * (1.0 - p.succession.trust_kept * s.precedent))
    me.leaders += 1
    me.in_office = 0.0
    me.honeymoon = not irregular
    if irregular:
        me.irregular_exits += 1
        me.irregular_recent = True
    me.new_coalition = coalition < p.succession.new_coalition
    note(s, Shock.SUCCESSION)
    odds = p.succession.endorses / (1.0 - p.succession.endorses)
    effect = p.succession.endorses_support * (me.support - 0.5) + p.succession.endorses_public * s.public
    effect += p.succession.endorses_precedent * s.precedent
    if s.phase == Phase.TALKS:
        effect -= carried_over(s, p)
    odds *= math.exp(effect)
    if me.new_coalition:
        odds *= p.succession.endorses_coalition
    if irregular:
        odds *= p.succession.endorses_irregular
    if s.phase == Phase.IMPLEMENTATION:
        odds *= p.succession.endorses_ratified
    me.owns_deal = owning < odds / (1.0 + odds)
    if irregular or not me.owns_deal:
        shock(s, Shock.SUCCESSION)


def carried_over(s, p):
    """How far what outlasts a leader lessens the danger to the talks, as a logarithm."""
    effect = p.succession.shutting_go_between * s.go_between + p.succession.shutting_minutes * s.minutes
    return effect + p.succession.shutting_kept * s.carried_out / STEPS


def window_speed(s, p, me):
    return 1.0 if me.irregular_recent else 0.0


def close_window(s, p, me):
    me.irregular_recent = False


def honeymoon_speed(s, p, me):
    return 1.0 if me.honeymoon else 0.0


def end_honeymoon(s, p, me):
    me.honeymoon = False


def adopt_speed(s, p, me):
    if me.owns_deal:
        return 0.0
    return p.succession.resuming if s.phase == Phase.TALKS else p.succession.adopting


def adopt(s, p, me):
    me.owns_deal = True
    me.new_coalition = False


def shut_speed(s, p, me):
    if s.phase != Phase.TALKS or me.owns_deal or not s.channel:
        return 0.0
    return p.succession.shutting * math.exp(carried_over(s, p) + p.succession.shutting_precedent * s.precedent)


def shut(s, p):
    end(s, Outcome.ABANDONED, Cause.SUCCESSION)


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
    me.campaign_in = max(0.0, p.succession.term - p.succession.campaign)


def campaign_speed(s, p, me):
    return 1.0 if me.campaign else 0.0


def hold_election(s, p, me, u):
    me.campaign = False
    effect = p.succession.loss_turmoil * (me.turmoil - p.succession.ordinary_turmoil)
    effect += p.succession.loss_pressure * (me.pressure - p.succession.ordinary_pressure)
    odds = p.succession.loss / (1.0 - p.succession.loss) * math.exp(effect)
    if u[0] < odds / (1.0 + odds):
        succeed(s, p, me, False, u[1], u[2])


def sides_of(t):
    """Return the side as it is and as it was."""
    return (t.s.a, t.before.a) if t.i == 0 else (t.s.b, t.before.b)


def successor(t, side):
    base = "from another coalition" if side.new_coalition else "from the same camp"
    if t.s.phase == Phase.TALKS:
        does = "takes up the channel" if side.owns_deal else "freezes the channel"
    elif side.owns_deal:
        does = "stands by the deal"
    elif t.s.phase == Phase.IMPLEMENTATION:
        does = "inherits a deal that is not their own"
    else:
        does = "does not regard the deal as binding"
    return f"the successor, {base}, {does}."


def told(t):
    side, was = sides_of(t)
    how = "is ousted" if side.irregular_exits > was.irregular_exits else "leaves office"
    return f"{t.me}'s leader {how}; {successor(t, side)}"


def told_election(t):
    side, was = sides_of(t)
    if side.leaders == was.leaders:
        return f"{t.me} votes, and the government stays."
    return f"{t.me} votes, and the {'government' if side.new_coalition else 'leader'} changes; {successor(t, side)}"


def told_adoption(t):
    if t.s.phase == Phase.TALKS:
        return f"{t.me}'s new leader takes up the channel again."
    return f"{t.me}'s new leader makes the deal their own."


MECHANISM = Mechanism(
    "succession",
    parameters=Succession,
    start=start,
    uniforms=4,
    about=__doc__,
    clocks=(
        Clock("succession", exit_speed, leave,
            empirical(leader_tenure.KNOTS, HAZARDS, which=tenure_table, age=age_in_office), over="sides", uniforms=3,
            renews_on="me.leaders", says=told, takes_law=True),
        Clock("irregular exit forgotten", window_speed, close_window, fixed(lambda p: p.succession.irregular_window),
            over="sides", renews_on="me.irregular_exits"),
        Clock("new leader settled", honeymoon_speed, end_honeymoon, fixed(lambda p: p.succession.irregular_window),
            over="sides", renews_on="me.leaders"),
        Clock("successor adopts", adopt_speed, adopt, over="sides", says=told_adoption),
        Clock("channel shut", shut_speed, shut, over="sides", renews_on="me.leaders",
            says="{me}'s new leader shuts the channel, and the talks end."),
        Clock("repudiation", repudiation_speed, repudiate, over="sides", renews_on="me.leaders",
            says="{me}'s new leader repudiates the deal."),
        Clock("campaign", until_campaign_speed, open_campaign, fixed(lambda me: me.campaign_in), over="sides",
            says="An election campaign begins in {me}."),
        Clock("election", campaign_speed, hold_election, fixed(lambda p: p.succession.campaign), over="sides",
            uniforms=3, says=told_election),
    ),
)  # fmt: skip

