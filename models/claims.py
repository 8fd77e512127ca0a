"""What the literature claims, and what the record says: each put to the test by ``timeline examine``.

Three essays on secret diplomacy are S0 (backchannels beside stalled official talks), S1
(clandestine talks, back channels and Track II dialogues) and S2 (secret agreements that become
alliances or conflicts). A claim turns one assumption or one lever from one plausible end to the
other in the whole model, and says which way something else should move. What is measured is never
assigned by the functions that read the driver, so that no claim is true by construction.

This file is no source of a model: an edit changes no timeline. The watch below adds clocks
that only look on, and no draw of any other clock moves.
"""

from dataclasses import replace

from timeline import (
    Array,
    Claim,
    Clock,
    Counted,
    Field,
    Mechanism,
    PublishedRecord,
    Record,
    Setting,
    at_end,
    at_once,
    fixed,
    over_time,
    per_year,
    reached,
    share_with,
)

from .crisis import Crisis, Phase, Regime
from .record import agreement_survival
from .record.gaps import Gaps
from .record.secrecy import Secrecy
from .record.tenure import Tenure
from .record.violations import Violations

#: The essays by their short names.
ESSAYS = {
    "S0": "backchannels when official talks are stalled by public pressure",
    "S1": "clandestine talks, back channels and Track II dialogues",
    "S2": "secret agreements that lead to alliances or to conflicts",
}


# -- the watch: what kind of year an agreement lives through ----------------------------


class Watch(Record):
    """What has been seen of one side's leaders."""

    leaders = Field(0, "changes of leader seen")
    irregular = Field(0, "irregular exits seen")
    ordinary = Field(0, "ordinary exits seen")
    irregular_recent = Field(False, "an irregular exit within the last year")
    ordinary_recent = Field(False, "an ordinary exit within the last year")


class Watched(Crisis):
    """The crisis, and what kind of year its signed agreement lives through."""

    watch = Array(Watch, 2)
    year_irregular = Field(False, "an agreement stands, within a year of an irregular exit on either side")
    year_ordinary = Field(False, "an agreement stands, within a year of ordinary exits only")
    year_quiet = Field(False, "an agreement stands, and no leader has changed within a year")


def exit_unseen(s, me, i):
    return 1.0 if me.leaders > s.watch[i].leaders else 0.0


def see_exit(s, me, i):
    seen = s.watch[i]
    seen.leaders = me.leaders
    if me.irregular_exits > seen.irregular:
        seen.irregular = me.irregular_exits
        seen.irregular_recent = True
    else:
        seen.ordinary += 1
        seen.ordinary_recent = True


def irregular_year(s, i):
    return 1.0 if s.watch[i].irregular_recent else 0.0


def end_irregular_year(s, i):
    s.watch[i].irregular_recent = False


def ordinary_year(s, i):
    return 1.0 if s.watch[i].ordinary_recent else 0.0


def end_ordinary_year(s, i):
    s.watch[i].ordinary_recent = False


def kind_of_year(s):
    """0 before there is an agreement; then 1 after an irregular exit, 2 after ordinary ones only, 3 otherwise.

    A private accord is none yet; a secret pact is one from the first day on.
    """
    if s.phase < Phase.SIGNED and not s.secret:
        return 0
    if s.watch[0].irregular_recent or s.watch[1].irregular_recent:
        return 1
    return 2 if s.watch[0].ordinary_recent or s.watch[1].ordinary_recent else 3


def noted(s):
    if s.year_irregular:
        return 1
    if s.year_ordinary:
        return 2
    return 3 if s.year_quiet else 0


def year_changed(s):
    return 1.0 if kind_of_year(s) != noted(s) else 0.0


def note_year(s):
    kind = kind_of_year(s)
    s.year_irregular = kind == 1
    s.year_ordinary = kind == 2
    s.year_quiet = kind == 3


WATCH = Mechanism(
    "watch",
    about="Looks on: which years of an agreement follow a change of leader, and of what kind.",
    clocks=(
        Clock("exit seen", exit_unseen, see_exit, at_once(), over="sides"),
        Clock("irregular year over", irregular_year, end_irregular_year, fixed(365.0), over=Counted("watch"),
            renews_on="watch[i].irregular"),
        Clock("ordinary year over", ordinary_year, end_ordinary_year, fixed(365.0), over=Counted("watch"),
            renews_on="watch[i].ordinary"),
        Clock("year noted", year_changed, note_year, at_once()),
    ),
)  # fmt: skip


def watched(model):
    """Return a model with the watch added: the same timelines, and flags for the kind of year."""
    return replace(model, state=Watched, mechanisms=(*model.mechanisms, WATCH))


# -- settings ---------------------------------------------------------------------------

CASE = {"a.regime": "democracy", "b.regime": "movement"}


def under(name, levers=(), world=(), case=CASE):
    """Return a setting: levers without their prefix, and assumptions other than the model's own."""
    return Setting(name, case | {f"cadence.{path}": value for path, value in dict(levers).items()} | dict(world))


RULE, SECOND = "rules[0].", "rules[1]."
SILENCE = under("silence")
QUARTERLY = under("quarterly", {RULE + "every": "3 months", "announced": True})
FROM_ACCORD = under("quarterly from accord", {RULE + "every": "3 months", "announced": True, "starts": "accord"})
MONTHLY = under("monthly", {RULE + "every": "1 month", "announced": True})
MILESTONES = under("milestones", {RULE + "on": "verified step", RULE + "share": 0.8})
EVERYTHING = {RULE + "every": "1 month", RULE + "content": "agreed", "voice": "notified",
    SECOND + "every": "1 month", SECOND + "content": "carried out"}  # fmt: skip
TRANSPARENT = under("full transparency", EVERYTHING)
PROBED = under("full transparency, each report after a trial balloon", EVERYTHING | {"probe": True})
ALONE = under("full transparency, told by one side alone", EVERYTHING | {"voice": "unilateral"})
AT_ONCE = under("everything told at once, at the accord", {RULE + "on": "accord", RULE + "content": "agreed"})
OVERSOLD = under("monthly, claims twice what was done", {RULE + "every": "1 month", "claim": 2.0})
CLOSED = under("closed oversight", {RULE + "every": "3 months", RULE + "content": "agreed",
    "audience": "oversight committee", "voice": "notified"})  # fmt: skip
COMMENTED = under("quarterly from accord, with comment periods",
    {RULE + "every": "3 months", "starts": "accord", "feedback": "1 month"})  # fmt: skip
PRESS = {"leaks.per_insider": 0.01, "leaks.discovery": 1.0}
HUNTED = under("silence, a hunting press", (), PRESS)
HUNTED_CLOSED = Setting("closed oversight, a hunting press", CLOSED.given | {"leaks.per_insider": 0.01})
MISFIT = Setting("quarterly, a deal that fits badly", QUARTERLY.given | {"breach.fit": 0.3})
WELL_FITTING = Setting("quarterly, a deal that fits well", QUARTERLY.given | {"breach.fit": 0.9})
DEMOCRACIES = under("silence, two democracies", (), (), {"a.regime": "democracy", "b.regime": "democracy"})
RULES_OFF = under("silence but for the driver")
TOLD_FROM_ACCORD = under("silence but for the driver, from the accord on", {"starts": "accord"})
ALL_TOLD = under("silence but for the driver, all that is agreed", {RULE + "content": "agreed", "voice": "notified"})

PACT = {"a.regime": "democracy", "b.regime": "autocracy"}
HIDE = under("hide", (), (), PACT)
EMBED = under("embed", {RULE + "every": "6 months", RULE + "share": 0.8}, (), PACT)
REVEAL = under("reveal", {RULE + "every": "1 year", RULE + "content": "agreed"}, (), PACT)
HIDE_HUNTED = under("hide, a hunting press", (), PRESS, PACT)
PACT_VERIFIED = under("hide but for the driver", (), (), PACT)
PACT_ALL = under("hide but for the driver, all that is agreed", {RULE + "content": "agreed"}, (), PACT)
POPULATION = under("hide, secrecy chosen by circumstance", (), {"pact.chosen": True},
    {"a.regime": "autocracy", "b.regime": "autocracy"})  # fmt: skip
HASTY = under("hide, every second pact made in haste", (), {"pact.wartime": 0.5}, PACT)

# -- measures ---------------------------------------------------------------------------

TRUST = over_time("trust", words="mean trust")
SUPPORT = over_time("a.support", "b.support", words="mean support")
PRESSURE = over_time("a.pressure", "b.pressure", words="mean pressure")
RUMOUR = over_time("rumour", words="mean rumour")
HOSTILITY = over_time("hostility", words="mean hostility")
AMBIGUITY = over_time("ambiguity", words="mean ambiguity")
EMBEDDING = over_time("embedding", words="mean embedding")
DEBT = over_time("legitimacy_debt", words="mean resentment at secrecy")
FRONT = over_time("front_progress", words="mean progress of the formal talks")
LEAKS = per_year("leaks", words="leaks a year")
BROKEN = per_year("broken", words="broken steps a year")
IRREGULAR = per_year("a.irregular_exits", "b.irregular_exits", words="irregular exits a year")
LEADERS = per_year("a.leaders", "b.leaders", words="changes of leader a year")
ACCORD = reached("accord_day", words="share that reaches an accord")
SIGNED = reached("signed_day", words="share that signs")
RATIFIED = reached("ratified_day", words="share that ratifies")
FRAGILE = at_end("fragile", words="share of fragile deals")
ANNOUNCED = per_year("announcements", words="announcements a year")
VERIFIED = at_end("verified", words="steps verified in the end")
MISREADINGS = per_year("misreadings", words="misreadings a year")
ESCALATIONS = per_year("escalations", words="escalations a year")
PRECEDENT = over_time("precedent", words="mean precedent")
SUSPICION = over_time("suspicion", words="mean suspicion of the rival")
PROBES = per_year("probes", words="probes by the rival a year")
COUNTER = at_end("counter_alliance", words="share of rivals that find allies")
LAPSED = share_with("outcome", "lapsed", words="share that lapses")
ALLIANCE = share_with("outcome", "alliance", words="share that becomes an open alliance")


def ended_by(*causes):
    return share_with("cause", *causes, words=f"share ended by {' or '.join(causes)}")


ABANDONED = ended_by("abandonment")
WALKOUT = ended_by("walkout")
EXPOSURE = ended_by("exposure")
REPUDIATION = ended_by("repudiation")
SHUT = ended_by("succession")
BREACH = ended_by("breach")
BREAKDOWN = ended_by("spoilers")
RETALIATION = ended_by("retaliation")
WAR = ended_by("war")

# -- the claims -------------------------------------------------------------------------


def claims_about(model, setting, rows):
    """Return claims about one model; a row may name another setting, and further fields."""
    return tuple(
        Claim(model, says, essay, driver, measure, rises, more.pop("setting", setting), **more)
        for says, essay, driver, measure, rises, more in ((*row[:5], dict(row[5]) if len(row) > 5 else {}) for row in rows)
    )


UP, DOWN = True, False
EVERY = "cadence.rules[0].every"
#: Few pairs come out differently: in 2,000 the effect would be near five standard errors.
RARE = {"pairs": 4000}
#: A report in so much time, against none at all: the lever's low end is then what it is when nobody sets it.
A_QUARTER, A_MONTH, HALF_A_YEAR = {"high": "3 months"}, {"high": "1 month"}, {"high": "6 months"}

BACKCHANNEL = claims_about("backchannel", SILENCE, (
    # steps and accord
    ("Publicity during the talks keeps them from an accord.", "S0, S1",
        EVERY, ACCORD, DOWN, {"setting": ALL_TOLD, **A_MONTH}),
    ("Publicity slows the harder steps; where it does so less, more talks reach an accord.", "S0",
        "steps.candour_public", ACCORD, UP, {"setting": TRANSPARENT}),
    ("Public pressure slows the harder steps; where it does so less, more talks reach an accord.", "S0",
        "steps.candour_pressure", ACCORD, UP),
    ("Small advances build the trust that an accord needs.", "S0, S1",
        "steps.trust_agreed", ACCORD, UP),
    ("Kept steps build trust.", "S0, S1",
        "steps.carry_out", TRUST, UP),
    ("Trust won by kept steps carries the talks to an accord.", "S1",
        "steps.trust_won", ACCORD, UP),
    ("Broken steps undo the deal: fewer are ratified.", "S0",
        "steps.broken", RATIFIED, DOWN, RARE),
    ("Steps that are felt carry the deal to ratification.", "S0",
        "steps.felt", RATIFIED, UP, RARE),
    ("Hurried deals are more often fragile.", "S2",
        "steps.private", FRAGILE, UP, {"among": "accord_day", **RARE}),
    ("A deal made in a hurry is more often broken.", "S2",
        "accord.fragile_hurried", BREACH, UP),
    ("Deadlines that come soon end talks as missed deadlines pile up.", "S0",
        "accord.deadline", ABANDONED, DOWN),
    ("Missed deadlines cost trust, and with it the accord.", "S0",
        "accord.deadline_trust", ACCORD, DOWN, RARE),
    ("Talks that miss their deadlines are a cloak for inaction, and are given up.", "S0",
        "accord.abandoning_missed", ABANDONED, UP),
    ("Ambiguity slows signature: where it does so less, more sign.", "S0, S1",
        "accord.signing_ambiguity", SIGNED, UP),
    ("Progress in the front channel eases signature.", "S0",
        "accord.signing_front", SIGNED, UP, RARE),
    # disclosure
    ("Disclosing verified content raises support.", "S0, S1",
        EVERY, SUPPORT, UP, {"setting": TOLD_FROM_ACCORD, **A_QUARTER}),
    ("Public steps embed the deal.", "S2",
        EVERY, EMBEDDING, UP, {"setting": TOLD_FROM_ACCORD, **A_QUARTER}),
    ("Publicly verifiable results ease ratification.", "S0",
        EVERY, RATIFIED, UP, {"setting": TOLD_FROM_ACCORD, "among": "signed_day", **A_QUARTER, **RARE}),
    ("Transparency reduces the space for rumours.", "S1",
        EVERY, RUMOUR, DOWN, {"setting": RULES_OFF, **A_QUARTER}),
    ("A public step of the backchannel opens doors for the formal talks.", "S0",
        EVERY, FRONT, UP, {"setting": RULES_OFF, **A_QUARTER}),
    ("What has been told can no longer leak.", "S2",
        EVERY, LEAKS, DOWN, {"setting": ALL_TOLD, **A_MONTH}),
    ("Disclosing unverified content feeds opponents, and they strike.", "S1, S2",
        "disclosure.alarmed", HOSTILITY, UP, {"setting": TRANSPARENT}),
    ("Verified content feeds opponents too, where it does not convince them.", "S1",
        "disclosure.alarmed_verified", HOSTILITY, UP, {"setting": MONTHLY}),
    ("Overselling costs support when it is found out.", "S1",
        "disclosure.found_out", SUPPORT, DOWN, {"setting": OVERSOLD}),
    ("What comes out all at once surprises, and the formal talks stall.", "S0",
        "disclosure.surprise", FRONT, DOWN, {"setting": AT_ONCE, "pairs": 8_000}),
    ("Telling without the other side costs the accord.", "S0",
        "disclosure.unilateral", ACCORD, DOWN, {"setting": ALONE}),
    ("A joint voice costs time: fewer announcements.", "S1",
        "disclosure.joint_lag", ANNOUNCED, DOWN, {"setting": MONTHLY}),
    ("Each announcement costs attention, and sides walk out under the pressure.", "S0",
        "disclosure.attention", WALKOUT, UP, {"setting": TRANSPARENT}),
    ("Concessions that are told are charged for, and the formal talks stall.", "S0",
        "disclosure.charge", FRONT, DOWN, {"setting": TRANSPARENT}),
    ("Inviting correction wins support, and support relieves pressure.", "S1",
        "disclosure.comments_support", PRESSURE, DOWN, {"setting": COMMENTED}),
    ("A wider circle leaks more: every briefing adds people who know.", "S0, S1",
        "disclosure.briefed_insiders", LEAKS, UP, {"setting": HUNTED_CLOSED}),
    ("A trial balloon prepares the public: the report itself presses less.", "S0",
        "trial_balloons.prepared", PRESSURE, DOWN, {"setting": PROBED}),
    ("Deniability wears out: balloons that are seen through alarm opponents, who strike.", "S0",
        "trial_balloons.worn", HOSTILITY, UP, {"setting": PROBED}),
    # leaks and rumours
    ("Secrecy risks exposure: the more insiders talk, the more leaks.", "S0, S1, S2",
        "leaks.per_insider", LEAKS, UP),
    ("A circle that grows by more people leaks more.", "S0",
        "oversight.insiders_per_widening", LEAKS, UP, {"setting": HUNTED}),
    ("Press interest raises leaks.", "S0",
        "leaks.attention", LEAKS, UP),
    ("Rumour raises leaks.", "S1",
        "leaks.rumour", LEAKS, UP),
    ("Leaks damage trust.", "S0, S2",
        "leaks.discovery", TRUST, DOWN),
    ("Leaks cost support.", "S2",
        "leaks.discovery", SUPPORT, DOWN),
    ("Leaks raise pressure, in the first year of the talks.", "S0",
        "leaks.discovery", PRESSURE, UP, {"years": 1, "note": "Over four years pressure is lower where more leaks: "
        "what is out is rumoured no more, and leaks end the processes under most pressure."}),
    ("A leak opens a window in which exposure ends the process.", "S2",
        "leaks.window", EXPOSURE, UP),
    ("The more comes out that nobody expected, the more a leak destroys.", "S2",
        "leaks.surprise", EXPOSURE, UP, {"setting": HUNTED}),
    ("A fair deal survives its exposure: where fairness counts for more, fewer end by it.", "S2",
        "leaks.unfairness", EXPOSURE, DOWN),
    ("The credibility gap between posture and private commitments makes a leak dearer.", "S2",
        "leaks.gap", EXPOSURE, UP, {"setting": HUNTED}),
    ("Rumour feeds the pressure at home.", "S1",
        "rumours.growth", PRESSURE, UP),
    ("Rumour brings leaks.", "S1",
        "rumours.growth", LEAKS, UP),
    ("Rumours draw the press, and the press finds leaks.", "S1",
        "rumours.attention_rumour", LEAKS, UP),
    # posture, go-betweens, crises
    ("Public positions that follow private understanding make leaks less dangerous.", "S1, S2",
        "posture.moving", EXPOSURE, DOWN, {"setting": HUNTED}),
    ("Softer words anger hardliners: sides walk out.", "S1",
        "posture.resisted", WALKOUT, UP, RARE),
    ("A credible go-between is misread less.", "S0, S1",
        "intermediary.credibility", MISREADINGS, DOWN),
    ("A credible go-between spares trust.", "S0, S1",
        "intermediary.credibility", TRUST, UP),
    ("Documented understandings lower ambiguity.", "S0, S1",
        "intermediary.interval", AMBIGUITY, UP),
    ("What is written down is misread at less cost in trust.", "S1",
        "intermediary.documented", TRUST, UP),
    ("Misperception makes crises escalate.", "S0, S1",
        "crises.escalation_ambiguity", HOSTILITY, UP),
    ("An open channel cuts crises short: where it does so less, hostility is higher.", "S0, S1",
        "crises.escalation_channel", HOSTILITY, UP),
    ("Crises that escalate cost trust.", "S0",
        "crises.escalation", TRUST, DOWN),
    # publics and front channel
    ("Public pressure makes sides walk out.", "S0",
        "pressure.walkout_pressure", WALKOUT, UP),
    ("Publicity ends talks: sides walk out of what all can see.", "S0",
        "pressure.walkout_public", WALKOUT, UP, {"setting": TRANSPARENT}),
    ("Support replaces obstruction: fewer walk out.", "S0",
        "pressure.from_support", WALKOUT, DOWN),
    ("Benefits that are felt ease pressure, and trust grows.", "S0",
        "pressure.from_benefit", TRUST, UP, RARE),
    ("Elections raise pressure.", "S0",
        "succession.campaign", PRESSURE, UP),
    ("Turmoil brings irregular exits.", "S2",
        "pressure.turmoil_luck", IRREGULAR, UP),
    ("Formal talks are stalled by pressure: where they are less, more sign.", "S0",
        "front_channel.success_pressure", SIGNED, UP, RARE),
    ("Progress in the formal talks eases ratification.", "S0",
        "front_channel.success", RATIFIED, UP, RARE),
    ("Results that are verified and public win votes, and the deal is embedded.", "S0",
        "ratification.verified", EMBEDDING, UP, {"setting": QUARTERLY, "pairs": 8000}),
    # succession
    ("Turmoil in a country brings changes of leader.", "S2",
        "sides.turmoil", LEADERS, UP),
    ("Turmoil in a country brings irregular exits.", "S2",
        "sides.turmoil", IRREGULAR, UP),
    ("A country whose public presses changes leaders more often.", "S0",
        "sides.pressure", LEADERS, UP),
    ("Elections change leaders: where terms are longer, fewer go.", "S1",
        "succession.term", LEADERS, DOWN),
    ("Elections that change leaders end talks: successors shut the channel.", "S1, S2",
        "succession.loss", SHUT, UP, {"setting": DEMOCRACIES, "pairs": 8000}),
    ("A credible go-between keeps the channel open through a change of leaders.", "S1",
        "intermediary.credibility", SHUT, DOWN, RARE),
    ("Documents keep the channel open through a change of leaders.", "S1",
        "intermediary.documented", SHUT, DOWN, {"pairs": 8000}),
    ("Successors who freeze what others began keep the talks from an accord.", "S2",
        "succession.endorses", ACCORD, UP),
    ("Successors after an irregular exit repudiate.", "S2",
        "succession.repudiation_irregular", REPUDIATION, UP, RARE),
    ("Successors are bound by what is public: fewer repudiate.", "S2",
        "succession.endorses_public", REPUDIATION, DOWN, RARE),
    ("Successors are bound by what is ratified: fewer repudiate.", "S1, S2",
        "succession.endorses_ratified", REPUDIATION, DOWN, RARE),
    ("New coalitions repudiate more.", "S2",
        "succession.new_coalition", REPUDIATION, UP, {"pairs": 8000}),
    ("A scandal over a leak drives leaders from office.", "S0",
        "succession.scandal", LEADERS, UP, {"setting": HUNTED}),
    ("Embedding protects against repudiation: where it does so less, more repudiate.", "S2",
        "succession.repudiation_embedding", REPUDIATION, UP, {"setting": QUARTERLY, **RARE}),
    ("Deals that embed themselves are broken down less by violence.", "S2",
        "embedding.growth", BREAKDOWN, DOWN, {"setting": QUARTERLY, **RARE}),
    # verification and oversight
    ("Verification lowers breach.", "S0, S1, S2",
        "verification.quality", BREACH, DOWN, RARE),
    ("Monitoring deters: where it does so less, more deals are broken.", "S2",
        "breach.monitoring", BREACH, UP),
    ("Verification builds trust.", "S0, S1",
        "verification.speed", TRUST, UP),
    ("Testing in private clears ambiguity.", "S1",
        "verification.speed", AMBIGUITY, DOWN),
    ("A wider circle wins support.", "S0",
        "oversight.widening", SUPPORT, UP),
    ("A narrow circle adds to the debt of legitimacy.", "S0",
        "oversight.widening", DEBT, DOWN),
    ("The debt of legitimacy costs support.", "S0, S2",
        "oversight.debt_growth", SUPPORT, DOWN),
    ("The debt of legitimacy grows with the time that things stay hidden.", "S2",
        "accord.signing", DEBT, DOWN),
    # spoilers and breach
    ("What opponents fear makes them strike.", "S0",
        "spoilers.attack_alarm", HOSTILITY, UP, {"setting": TRANSPARENT}),
    ("Enforcement lowers attacks: where it does so less, hostility is higher.", "S0",
        "spoilers.enforcement", HOSTILITY, UP),
    ("Attacks cost trust.", "S0",
        "spoilers.attack", TRUST, DOWN),
    ("Attacks raise pressure.", "S0",
        "spoilers.attack", PRESSURE, UP),
    ("Embedding protects against violence: where it does so less, more break down.", "S2",
        "spoilers.breakdown_embedding", BREAKDOWN, UP, RARE),
    ("Embedding is a trap where the deal fits badly.", "S2",
        "breach.trap", BREACH, UP, {"setting": MISFIT, **RARE}),
    ("Embedding protects where the deal fits well: where it does so less, more deals are broken.", "S2",
        "breach.embedding", BREACH, UP, {"setting": WELL_FITTING, **RARE}),
    ("Opportunism: a deal that fits badly is broken.", "S2",
        "breach.misfit", BREACH, UP),
    ("A deal that serves both sides' interests is broken less.", "S2",
        "breach.fit", BREACH, DOWN),
    ("Ambiguity about what was agreed leads to breach.", "S0, S1",
        "breach.ambiguity", BREACH, UP, RARE),
    ("Adaptable deals last: more is verified in the end.", "S2",
        "breach.adaptability", VERIFIED, UP),
))  # fmt: skip

TRACK_TWO = claims_about("track_two", SILENCE, (
    ("Well designed dialogue carries talks to an accord.", "S1",
        "track_two.quality", ACCORD, UP, RARE),
    ("Well designed dialogue builds trust.", "S1",
        "track_two.quality", TRUST, UP),
    ("Well designed dialogue keeps crises from escalating.", "S1",
        "track_two.quality", ESCALATIONS, DOWN),
    ("Regular workshops leave precedent.", "S1",
        "track_two.interval", PRECEDENT, DOWN),
    ("Workshops clear ambiguity.", "S1",
        "track_two.interval", AMBIGUITY, UP),
    ("Blueprints make the harder steps cheaper to agree.", "S1",
        "steps.precedent_gap", ACCORD, UP, RARE),
    ("Acquaintance carries trust across a change of leaders, and trust keeps crises in check.", "S1",
        "succession.trust_kept", HOSTILITY, DOWN),
    ("Well designed dialogue keeps the channel open through a change of leaders.", "S1",
        "track_two.quality", SHUT, DOWN, RARE),
    ("Precedent helps successors to own the deal: fewer repudiate.", "S1",
        "succession.endorses_precedent", REPUDIATION, DOWN, RARE),
    ("Precedent damps escalation: where it does so less, hostility is higher.", "S1",
        "crises.escalation_precedent", HOSTILITY, UP),
    ("Precedent shortens crises, and fewer escalate.", "S1",
        "crises.calming_precedent", ESCALATIONS, DOWN),
    ("Workshops add people who know, and leaks.", "S1",
        "track_two.insiders", LEAKS, UP, {"setting": HUNTED}),
))  # fmt: skip

SECRET_PACT = claims_about("secret_pact", HIDE, (
    ("Rumour makes a rival suspicious, and it probes.", "S2",
        "third_parties.from_rumour", PROBES, UP),
    ("Leaks make a rival suspicious, in the first year.", "S2",
        "leaks.discovery", SUSPICION, UP, {"years": 1, "note": "Over fifteen years suspicion is lower where more leaks: "
        "what is out is rumoured no more, and what is public reassures."}),
    ("A leak drives a rival to seek allies.", "S2",
        "third_parties.from_leak", COUNTER, UP, {"setting": HIDE_HUNTED, **RARE}),
    ("A suspicious rival probes private restraint, and hostility rises.", "S2",
        "third_parties.probe_suspicion", HOSTILITY, UP),
    ("Suspicion leads to counter-alliances, and they to hostility.", "S2",
        "third_parties.counter_suspicion", HOSTILITY, UP),
    ("A suspicious rival retaliates.", "S2",
        "third_parties.retaliation_suspicion", RETALIATION, UP, RARE),
    ("A secret guarantee emboldens its holder, and war follows.", "S2",
        "third_parties.emboldening", WAR, UP, RARE),
    ("A public guarantee deters: where it does so less, war is more frequent.", "S2",
        "third_parties.war_deterred", WAR, UP, {"setting": REVEAL, **RARE}),
    ("Hostility leads to war.", "S2",
        "third_parties.war_hostility", WAR, UP),
    ("What is public reassures: a rival probes less.", "S2",
        "third_parties.reassured", PROBES, DOWN, {"setting": REVEAL}),
    ("Public steps make of a secret pact an open alliance.", "S2",
        EVERY, ALLIANCE, UP, {"setting": PACT_VERIFIED, **HALF_A_YEAR}),
    ("Public steps embed a pact.", "S2",
        EVERY, EMBEDDING, UP, {"setting": PACT_VERIFIED, **HALF_A_YEAR}),
    ("Hurried pacts hide unresolved conditions, and are broken.", "S2",
        "pact.fragile_wartime", BREACH, UP, {"setting": HASTY}),
    ("Pacts made in wartime are more often kept secret, and leak.", "S2",
        "pact.secret_wartime", LEAKS, UP, {"setting": POPULATION}),
    ("A pact that no longer fits the partners' interests lapses.", "S2",
        "breach.fit", LAPSED, DOWN),
    ("Successors are not bound by what is not public.", "S2",
        "succession.endorses_public", REPUDIATION, DOWN, {"setting": REVEAL}),
    ("Embedding protects a pact against repudiation: where it does so less, more repudiate.", "S2",
        "succession.repudiation_embedding", REPUDIATION, UP, {"setting": EMBED}),
))  # fmt: skip

CLAIMS = BACKCHANNEL + TRACK_TWO + SECRET_PACT


# -- the record -------------------------------------------------------------------------

TENURE = Tenure(
    "succession", {"democracy": Regime.DEMOCRACY, "autocracy": Regime.AUTOCRACY},
    # The ordinary country, whatever the side's public thinks of a deal; and nobody shuts the channel.
    given={"succession.turmoil_exit": 1.0, "succession.pressure_exit": 1.0, "succession.loss_turmoil": 1.0,
        "succession.loss_pressure": 1.0, "succession.shutting": 0.0},
)  # fmt: skip

GAPS = Gaps(
    "steps", "step agreed", "agreed",
    # Published agreements one by one, by nothing but their law.
    {"steps.private": 1.0, "steps.difficulty_gap": 1.0, "steps.trust_gap": 1.0, "steps.ambiguity_gap": 1.0,
     "steps.candour_public": 1.0, "steps.candour_pressure": 1.0},
)  # fmt: skip

VIOLATIONS = Violations(
    irregular="year_irregular",
    ordinary="year_ordinary",
    quiet="year_quiet",
    cause="cause",
    causes=("repudiation", "breach"),
    settings=(SILENCE, QUARTERLY, FROM_ACCORD, MONTHLY, MILESTONES, TRANSPARENT, CLOSED, COMMENTED),
    bands={"irregular": (3.0, 13.0), "ordinary": (0.25, 1.1)},
    record="ATOP 4.01 and Archigos 4.1, formed after 1945: .0064 violations a year without a change of leader, "
    ".0447 within a year of an irregular exit, .0035 within a year of another",
)

SECRECY = Secrecy(
    leaks="leaks",
    # All twelve steps are agreed at once on the first day, and only insiders talk.
    given={"steps.median_gap": 1e-6, "steps.bundle": 1.0, "leaks.discovery": 0.0, "leaks.attention": 1.0,
           "leaks.rumour": 1.0, "leaks.exposure": 0.0, "oversight.widening": 2.0},
    keep=("steps", "oversight", "leaks"),
    per_insider="leaks.per_insider",
    at_start="oversight.insiders_at_start",
    widening="oversight.widening",
    per_widening="oversight.insiders_per_widening",
    hazards=(2.5e-4, 2e-3, 1e-2),
)  # fmt: skip

#: What of it each model is held against. A secret pact agrees no steps while it is watched.
CHECKS = {
    "backchannel": (TENURE, GAPS, VIOLATIONS, SECRECY),
    "track_two": (TENURE, GAPS, VIOLATIONS, SECRECY),
    "secret_pact": (TENURE, replace(VIOLATIONS, settings=(HIDE, EMBED, REVEAL))),
}

#: What a page compares with where no folder of data is given. A secret pact is no peace agreement.
AGREEMENTS = PublishedRecord(
    name="UCDP full and partial agreements signed 1975 to 1999",
    source="UCDP Peace Agreement Dataset 22.1 (Pettersson, Högbladh & Öberg 2019, J. Peace Research 56(4)), survival "
    "by Kaplan and Meier, bands by resampling whole peace processes; agreements of states with rebels, so that their "
    "use between states extrapolates",
    agreements=agreement_survival.AGREEMENTS,
    endings=agreement_survival.ENDINGS,
    processes=agreement_survival.PROCESSES,
    years=agreement_survival.YEARS,
    survival=agreement_survival.SURVIVAL,
    low=agreement_survival.LOW,
    high=agreement_survival.HIGH,
    at_risk=agreement_survival.AT_RISK,
    also=(
        "Of what 34 comprehensive accords promised, 41% was carried out in the first year, 60% in three, 68% in five and 74% "
        "in ten (Peace Accords Matrix 1.5: Joshi, Quinn & Regan 2015).",
        "Alliances formed after 1945 are violated .0064 times a year (95% interval .0046 to .0086) where no leader has changed "
        "within a year, .0447 times (.023 to .078) after an irregular exit and .0035 times (.0016 to .0067) after another: 7.0 "
        "and 0.5 times as often (ATOP 4.01: Leeds, Ritter, Mitchell & Long 2002; Archigos 4.1: Goemans, Gleditsch & "
        "Chiozza 2009).",
    ),
)

PUBLISHED = {"backchannel": AGREEMENTS, "track_two": AGREEMENTS}
