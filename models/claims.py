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
    MONTH,
    YEAR,
    Array,
    Claim,
    Clock,
    Counted,
    Field,
    Injection,
    Mechanism,
    Net,
    NetMeasure,
    PublishedRecord,
    Record,
    Setting,
    Target,
    at_end,
    at_once,
    fixed,
    in_force,
    kept,
    over_time,
    per_year,
    reached,
    share_with,
)

from . import backchannel
from .crisis import Crisis, Phase, Regime
from .record import agreement_survival, alliance_survival
from .record.bands import Bands
from .record.gaps import Gaps
from .record.renewals import Renewals
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
PRESSED = under("silence, publics that press", (), {"a.pressure": 0.6, "b.pressure": 0.6})
VIOLENT = Setting("quarterly, a process that violence breaks easily", QUARTERLY.given | {"spoilers.breakdown": 0.15})
MISFIT = Setting("quarterly, a deal that fits badly", QUARTERLY.given | {"breach.fit": 0.3})
WELL_FITTING = Setting("quarterly, a deal that fits well", QUARTERLY.given | {"breach.fit": 0.9})
DEMOCRACIES = under("silence, two democracies", (), (), {"a.regime": "democracy", "b.regime": "democracy"})
RULES_OFF = under("silence but for the driver")
TOLD_FROM_ACCORD = under("silence but for the driver, from the accord on", {"starts": "accord"})
ALL_TOLD = under("silence but for the driver, all that is agreed", {RULE + "content": "agreed", "voice": "notified"})

ALL_TOLD_FROM_ACCORD = under("silence but for the driver, all that is agreed, from the accord on",
    {RULE + "content": "agreed", "voice": "notified", "starts": "accord"})

PACT = {"a.regime": "democracy", "b.regime": "autocracy"}
HIDE = under("hide", (), (), PACT)
EMBED = under("embed", {RULE + "every": "6 months", RULE + "share": 0.8}, (), PACT)
REVEAL = under("reveal", {RULE + "every": "1 year", RULE + "content": "agreed"}, (), PACT)
HIDE_HUNTED = under("hide, a hunting press", (), PRESS, PACT)
PACT_VERIFIED = under("hide but for the driver", (), (), PACT)
PACT_HUNTED = under(
    "hide but for the driver, all that is agreed, a hunting press", {RULE + "content": "agreed"}, PRESS, PACT
)
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
FLARES = per_year("flare_ups", words="crises that flare up a year")
AUTHORISED = over_time("authorised", words="share of time for which the channel is authorised")
PRECEDENT = over_time("precedent", words="mean precedent")
SUSPICION = over_time("suspicion", words="mean suspicion of the rival")
PROBES = per_year("probes", words="probes by the rival a year")
COUNTER = at_end("counter_alliance", words="share of rivals that find allies")
RACING = at_end("racing", words="share that sees an arms race")
NEIGHBOUR = at_end("neighbour_lost", words="share that lose a neighbour")
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
DEFIANCE = ended_by("defiance")
RETALIATION = ended_by("retaliation")
WAR = ended_by("war")

# -- the claims -------------------------------------------------------------------------


def claims_about(model, setting, rows):
    """Return claims about one model; a row may name another setting, and further fields."""
    return tuple(
        Claim(model, says, essay, driver, measure, rises, more.pop("setting", setting), **more)
        for says, essay, driver, measure, rises, more in (
            (*row[:5], dict(row[5]) if len(row) > 5 else {}) for row in rows
        )
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
        EVERY, RATIFIED, UP, {"setting": TOLD_FROM_ACCORD, "among": "signed_day", **A_QUARTER, "pairs": 10_000}),
    ("Transparency reduces the space for rumours.", "S1",
        EVERY, RUMOUR, DOWN, {"setting": RULES_OFF, **A_QUARTER}),
    ("A public step of the backchannel opens doors for the formal talks.", "S0",
        EVERY, FRONT, UP, {"setting": RULES_OFF, **A_QUARTER}),
    ("What has been told can no longer leak.", "S2",
        EVERY, LEAKS, DOWN, {"setting": ALL_TOLD, **A_MONTH}),
    ("Disclosing unverified content feeds opponents, and they strike.", "S1, S2",
        "disclosure.alarmed", HOSTILITY, UP, {"setting": TRANSPARENT, "pairs": 8000}),
    ("Verified content feeds opponents too, where it does not convince them.", "S1",
        "disclosure.alarmed_verified", HOSTILITY, UP, {"setting": MONTHLY, "pairs": 12_000}),
    ("Overselling costs support when it is found out.", "S1",
        "disclosure.found_out", SUPPORT, DOWN, {"setting": OVERSOLD}),
    ("What comes out all at once, as by a signature, surprises, and fewer deals are ratified.", "S0",
        "disclosure.surprise", RATIFIED, DOWN, {"pairs": 16_000}),
    ("Telling without the other side costs the accord.", "S0",
        "disclosure.unilateral", ACCORD, DOWN, {"setting": ALONE}),
    ("A joint voice costs time: fewer announcements.", "S1",
        "disclosure.joint_lag", ANNOUNCED, DOWN, {"setting": MONTHLY}),
    ("Each announcement costs attention, and sides walk out under the pressure.", "S0",
        "disclosure.attention", WALKOUT, UP, {"setting": TRANSPARENT}),
    ("Concessions that are told are charged for, and the formal talks stall.", "S0",
        "disclosure.charge", FRONT, DOWN, {"setting": TRANSPARENT, **RARE}),
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
    ("Leaks raise pressure, and those in charge disavow the channel.", "S0",
        "leaks.pressed", AUTHORISED, DOWN, {"setting": HUNTED, "pairs": 24_000}),
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
        "posture.moving", EXPOSURE, DOWN, {"setting": HUNTED, "pairs": 6000}),
    ("Softer words anger hardliners: sides walk out.", "S1",
        "posture.resisted", WALKOUT, UP, {"pairs": 8000}),
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
    # what reports cost, and what is owed to those who were not told
    ("A report every month ties up those who negotiate: fewer talks reach an accord.", "S0",
        "disclosure.routine", ACCORD, DOWN, {"setting": MONTHLY, **RARE}),
    ("An occasion that passes in silence is speculated about.", "S1",
        "disclosure.speculation", LEAKS, UP, {"setting": MONTHLY, "pairs": 8000}),
    ("What was given up is seen to be gone, and sides walk out.", "S0",
        "disclosure.delivered", WALKOUT, UP, {"setting": TRANSPARENT, "pairs": 8000}),
    ("Whoever is told on answers: where contact is broken off for longer, fewer reach an accord.", "S0",
        "disclosure.broken_off", ACCORD, DOWN, {"setting": ALONE}),
    ("A denial takes the sting out of a leak.", "S2",
        "leaks.denial", EXPOSURE, DOWN, {"setting": HUNTED, "pairs": 9000}),
    ("Those in charge disavow a channel, and it is given up.", "S0",
        "oversight.disavowal", ACCORD, DOWN),
    ("A guarantor who keeps the promise of security deters: where that counts for less, more deals are broken.", "S0",
        "breach.guarantee", BREACH, UP, {"pairs": 8000}),
    ("Inclusion steadies a deal: where it does so less, more are broken.", "S0",
        "breach.inclusion", BREACH, UP, RARE),
    ("Pressure after the signature tempts leaders to break their word.", "S0",
        "breach.pressure", BREACH, UP, {"setting": PRESSED, "pairs": 8000}),
    ("What has been boasted of is not bargained away.", "S2",
        "breach.rigidity", VERIFIED, UP, {"setting": QUARTERLY, "pairs": 8000}),
    ("Aid that hangs on kept steps has more of them kept.", "S0",
        "incentives.offered", BROKEN, DOWN, {"pairs": 8000}),
    ("Regional measures calm the conflict.", "S0",
        "incentives.bound", HOSTILITY, DOWN),
    ("Kept promises lower hostility for good, and fewer crises flare up.", "S0",
        "spoilers.hostility_kept", FLARES, DOWN, {"among": "ratified_day", **RARE}),
    ("Formal talks can settle steps by themselves.", "S0",
        "front_channel.settles", ACCORD, UP),
    ("A crisis slows the talks.", "S1",
        "steps.crisis_gap", ACCORD, UP, {"pairs": 8000}),
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
    # ranks
    ("A text that is sprung on those who have to follow it is defied.", "S0",
        "ranks.sprung", DEFIANCE, UP, {"high": 8.0}),
    ("Those who were told before the signature follow it.", "S0",
        EVERY, DEFIANCE, DOWN, {"setting": ALL_TOLD_FROM_ACCORD, **A_MONTH, **RARE}),
    ("A public that presses makes its own side defy the signature.", "S0",
        "sides.pressure", DEFIANCE, UP, {"among": "signed_day", "pairs": 8000}),
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
        "succession.loss", SHUT, UP, {"setting": DEMOCRACIES, "pairs": 16_000}),
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
    ("Deals that embed themselves are repudiated less.", "S2",
        "embedding.growth", REPUDIATION, DOWN, {"setting": QUARTERLY, "pairs": 8000}),
    # verification and oversight
    ("Verification lowers breach.", "S0, S1, S2",
        "verification.quality", BREACH, DOWN, RARE),
    ("Monitoring deters: where it does so less, more deals are broken.", "S2",
        "breach.monitoring", BREACH, UP),
    ("Verification builds trust.", "S0, S1",
        "verification.speed", TRUST, UP, RARE),
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
    ("Enforcement lowers attacks: where it does so less, trust is lower.", "S0",
        "spoilers.enforcement", TRUST, DOWN, RARE),
    ("Attacks cost trust.", "S0",
        "spoilers.attack", TRUST, DOWN),
    ("Attacks raise pressure.", "S0",
        "spoilers.attack", PRESSURE, UP),
    ("Embedding protects against violence: where it does so less, more break down.", "S2",
        "spoilers.breakdown_embedding", BREAKDOWN, UP, {"setting": VIOLENT, "pairs": 12_000}),
    ("Embedding is a trap where the deal fits badly.", "S2",
        "breach.trap", BREACH, UP, {"setting": MISFIT, **RARE}),
    ("Embedding protects where the deal fits well: where it does so less, more deals are broken.", "S2",
        "breach.embedding", BREACH, UP, {"setting": WELL_FITTING, **RARE}),
    ("Opportunism: a deal that fits badly is broken.", "S2",
        "breach.misfit", BREACH, UP),
    ("A deal that serves both sides' interests is broken less.", "S2",
        "breach.fit", BREACH, DOWN),
    ("Ambiguity about what was agreed leads to breach.", "S0, S1",
        "breach.ambiguity", BREACH, UP, {"pairs": 8000}),
    ("Adaptable deals last: more is verified in the end.", "S2",
        "breach.adaptability", VERIFIED, UP),
))  # fmt: skip

RECURRING = claims_about("recurring", SILENCE, (
    ("Talks that begin anew lead to further agreements.", "S0",
        "renewal.share", in_force(), UP),
    ("What was betrayed is remembered: further agreements are fewer.", "S1",
        "renewal.betrayed", in_force(), DOWN, {"pairs": 40_000}),
    ("Steps that were agreed before are agreed sooner.", "S1",
        "renewal.known", in_force(), UP, {"pairs": 16_000}),
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
        "succession.trust_kept", HOSTILITY, DOWN, {"pairs": 25_000}),
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
    ("Leaks make a rival suspicious, for years.", "S2",
        "leaks.discovery", SUSPICION, UP),
    ("Exposure brings retaliation.", "S2",
        "leaks.discovery", RETALIATION, UP, RARE),
    ("Exposure brings an arms race.", "S2",
        "leaks.discovery", RACING, UP),
    ("Exposure brings war.", "S2",
        "leaks.discovery", WAR, UP, {"pairs": 8_000}),
    ("A leak drives a rival to seek allies.", "S2",
        "third_parties.from_leak", COUNTER, UP, {"setting": HIDE_HUNTED, **RARE}),
    ("A suspicious rival probes private restraint, and hostility rises.", "S2",
        "third_parties.probe_suspicion", HOSTILITY, UP),
    ("Suspicion leads to counter-alliances, and they to hostility.", "S2",
        "third_parties.counter_suspicion", HOSTILITY, UP),
    ("A suspicious rival retaliates.", "S2",
        "third_parties.retaliation_suspicion", RETALIATION, UP, RARE),
    ("A rival that is suspicious from the start goes to war more often.", "S2",
        "third_parties.floor", WAR, UP, RARE),
    ("What came out and nobody owns up to keeps a rival suspicious, and war follows.", "S2",
        "third_parties.from_exposed", WAR, UP, {"setting": HIDE_HUNTED, **RARE}),
    ("A suspicious rival arms, and war follows.", "S2",
        "third_parties.arming", WAR, UP, RARE),
    ("The partners answer its arms, and war follows.", "S2",
        "third_parties.answered", WAR, UP, RARE),
    ("Publics pay for an arms race, and partners drop the pact.", "S2",
        "third_parties.arms_burden", WALKOUT, UP, {"pairs": 8_000}),
    ("A rival arms against an alliance that all know of.", "S2",
        "third_parties.arming_public", RACING, UP, {"setting": REVEAL}),
    ("Once a secret guarantee comes out the rival feels cheated, and probes.", "S2",
        "third_parties.cheated", PROBES, UP),
    ("A neighbour who learns of a pact by a leak turns away.", "S2",
        "leaks.discovery", NEIGHBOUR, UP),
    ("Makers who own up to what leaked keep their neighbours.", "S2",
        EVERY, NEIGHBOUR, DOWN, {"setting": PACT_HUNTED, **HALF_A_YEAR}),
    ("A neighbour who turns away leaves the rival more hostile.", "S2",
        "third_parties.betrayal", HOSTILITY, UP, {"setting": HIDE_HUNTED}),
    ("An open alliance can be balanced against: hostility rises.", "S2",
        "third_parties.counter_public", HOSTILITY, UP, {"setting": REVEAL}),
    ("What has only leaked deters less: where it deters more, war is rarer.", "S2",
        "third_parties.unconfirmed", WAR, DOWN, {"setting": HIDE_HUNTED, **RARE}),
    ("Owning up to what leaks spares a war.", "S2",
        EVERY, WAR, DOWN, {"setting": PACT_HUNTED, **HALF_A_YEAR}),
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
        "succession.endorses_public", REPUDIATION, DOWN, {"setting": REVEAL, **RARE}),
    ("Embedding protects a pact against repudiation: where it does so less, more repudiate.", "S2",
        "succession.repudiation_embedding", REPUDIATION, UP, {"setting": EMBED, **RARE}),
))  # fmt: skip

CLAIMS = BACKCHANNEL + TRACK_TWO + RECURRING + SECRET_PACT


# -- the record -------------------------------------------------------------------------

#: The ordinary country, whatever the side's public thinks of a deal.
ORDINARY = {"succession.turmoil_exit": 1.0, "succession.pressure_exit": 1.0, "succession.loss_turmoil": 1.0,
    "succession.loss_pressure": 1.0}  # fmt: skip
#: And nobody shuts the channel.
TENURE = Tenure("succession", {"democracy": Regime.DEMOCRACY, "autocracy": Regime.AUTOCRACY},
    given=ORDINARY | {"succession.shutting": 0.0})  # fmt: skip
#: Partners have no talks that could be shut; what they have is a pact, which here neither lapses nor is repudiated.
PACT_TENURE = replace(TENURE, given=ORDINARY | {"pact.term": "1000 years", "succession.repudiation": 0.0},
    beside=("steps", "pact"))  # fmt: skip

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
    # Eleven steps are agreed at once on the first day, none is carried out for all to see, and only insiders talk. The
    # final status is not settled in talks: the interest of the press, a tenth throughout, makes up for what it would hide.
    given={"steps.median_gap": 1e-6, "steps.bundle": 1.0, "steps.early": 0.0, "leaks.discovery": 0.0,
           "leaks.attention": (12 / 11) ** 10, "leaks.rumour": 1.0, "leaks.exposure": 0.0, "oversight.widening": 2.0},
    keep=("steps", "oversight", "leaks"),
    per_insider="leaks.per_insider",
    at_start="oversight.insiders_at_start",
    widening="oversight.widening",
    per_widening="oversight.insiders_per_widening",
    hazards=(2.5e-4, 2e-3, 1e-2),
)  # fmt: skip

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

PUBLISHED = {"backchannel": AGREEMENTS, "track_two": AGREEMENTS, "recurring": AGREEMENTS}

ACCORDS = "Peace Accords Matrix 1.5, 34 comprehensive accords (Joshi, Quinn & Regan 2015)"
#: Mean share carried out so many years after the signature. Two standard errors of such a mean are about .08, judged.
CARRIED_OUT = {1: 0.41, 2: 0.52, 3: 0.60, 4: 0.65, 5: 0.68}
_BREAKS = ("repudiation", "breach")

_SINCE_EXITS = (
    Target("violations after irregular exits", "rate ratio", *VIOLATIONS.bands["irregular"],
        detail=(VIOLATIONS.irregular, VIOLATIONS.quiet, *_BREAKS), source=VIOLATIONS.record),
    Target("violations after ordinary exits", "rate ratio", *VIOLATIONS.bands["ordinary"],
        detail=(VIOLATIONS.ordinary, VIOLATIONS.quiet, *_BREAKS), source=VIOLATIONS.record),
)  # fmt: skip
ALLIANCES = (
    "ATOP 4.01, secret and partly secret alliances made 1815 to 1945 (Leeds, Ritter, Mitchell & Long 2002, Int. Interactions "
    "28:237-260)"
)

#: Bands in which a world that could be ours lies, by model and by name; ``[uncertainty] record = "agreements"``.
TARGETS = {
    "backchannel": {
        "agreements": (
            *(
                Target(f"kept for {day:g} days", "survival", low, high, day, source=AGREEMENTS.source)
                for day, low, high in zip(
                    agreement_survival.BAND_DAYS, agreement_survival.BAND_LOW, agreement_survival.BAND_HIGH, strict=True
                )
            ),
            *(
                Target(f"carried out after {years} year{'s' if years > 1 else ''}", "sampled", share - 0.08, share + 0.08,
                    years * YEAR, ("carried out since signature",), ACCORDS)
                for years, share in CARRIED_OUT.items()
            ),
            *_SINCE_EXITS,
        )
    },
    "secret_pact": {
        "alliances": (
            *(
                Target(f"not violated for {years:g} year{'s' if years > 1 else ''}", "survival", low, high, years * YEAR,
                    source=ALLIANCES)
                for years, low, high in zip(
                    alliance_survival.YEARS, alliance_survival.LOW, alliance_survival.HIGH, strict=True
                )
            ),
            *_SINCE_EXITS,
        )
    },
}  # fmt: skip

CARRIED = tuple(seen for seen in backchannel.MODEL.observations if getattr(seen, "name", "") == "carried out since signature")
BANDS = Bands(TARGETS["backchannel"]["agreements"], VIOLATIONS.settings, CARRIED)
#: The pacts of the record were hidden.
PACT_BANDS = Bands(TARGETS["secret_pact"]["alliances"], (HIDE,))

#: What of it each model is held against. A secret pact agrees no steps while it is watched.
CHECKS = {
    "backchannel": (BANDS, TENURE, GAPS, VIOLATIONS, SECRECY),
    "track_two": (TENURE, GAPS, VIOLATIONS, SECRECY),
    "recurring": (Renewals((SILENCE, MILESTONES), ("abandoned", "collapsed")),),
    "secret_pact": (PACT_BANDS, PACT_TENURE, replace(VIOLATIONS, settings=(HIDE, EMBED, REVEAL))),
}


# -- net contrasts ----------------------------------------------------------------------

# A row plays two settings of the whole model and looks at what becomes of the crisis, so that it can go against the
# essay. To add one, write `net(...)` into a list below. A new lever needs a row that turns it and nothing else, a new
# mechanism an entry in `STORIES`; `answers` names claims of `READING`, and the test says what is missing.

#: The essays' claims that a model can be asked about, by a short name: essay and sentence, in the order of the page.
READING = {
    "front": ("S0", "Public pressure stalls the formal talks."),
    "stall": ("S0", "A backchannel breaks the stall."),
    "confidants": ("S0", "Trusted confidants and confidentiality carry the channel."),
    "oversight": ("S0", "Authorisation, oversight and controlled transparency keep a channel legitimate."),
    "sequencing": ("S0", "Issues are sequenced, the easy ones first, and a compact framework comes before the rest."),
    "balloons": ("S0", "Trial balloons test public reaction before anything is presented."),
    "circle": ("S0", "A wider circle of partners, backers and civil society holds the deal."),
    "rhythm": ("S0", "Updates come at an agreed rhythm."),
    "alignment": ("S0", "Reputation presses leaders to align what they say in public with what they propose in private."),
    "timelines": ("S0", "Explicit timelines and milestones scale up what works."),
    "increments": ("S0", "Trust grows in small steps."),
    "guarantees": ("S0", "Guarantees, phased demobilisation and confidence-building measures make peace last."),
    "spoilers": ("S0", "Spoilers strike, and enforcement keeps them down."),
    "monitoring": ("S0", "Third-party monitoring and audits keep the sides to their word."),
    "blindsided": ("S0", "Nobody may be blindsided."),
    "fragile": ("S0", "Fragile deals unravel, and overselling backfires."),
    "economy": ("S0", "Economic incentives and regional measures sustain the deal."),
    "endorsement": ("S0", "Support replaces obstruction once results are seen."),
    "hostility": ("S0", "Success shows as less hostility."),
    "candour": ("S0, S1, S2", "Publicity costs candour: harder steps need quiet."),
    "cloak": ("S0, S1, S2", "Secret talks can be a cloak for inaction."),
    "dialogue": ("S1", "Unofficial dialogue builds norms, and its design decides."),
    "misperception": ("S1", "Channels keep crises from being misread."),
    "transitions": ("S1", "Steps that are carried out survive a change of leaders."),
    "corridors": ("S1", "Corridors, exchanges, relief and limited cease-fires come first and carry the rest."),
    "crises": ("S1", "Crises flare, and the channel has to keep its momentum."),
    "after-action": ("S1", "After-action summaries dispel rumour, and feedback corrects."),
    "documents": ("S1", "Third parties and documented understandings prevent misreading."),
    "together": ("S1", "Public positions move with private understanding."),
    "institutions": ("S1", "Regular contact becomes an institution that normalises relations."),
    "balance": ("S1", "Secrecy and disclosure are balanced: quiet first, then results."),
    "alliance": ("S2", "A secret pact leads to an alliance or to conflict."),
    "deniability": ("S2", "Secrecy buys deniability and speed."),
    "exposure": ("S2", "Exposure breeds suspicion, retaliation, an arms race and war."),
    "successors": ("S2", "Successors repudiate what is not anchored."),
    "embedding": ("S2", "Public steps embed a pact."),
    "adaptability": ("S2", "Verification, norms and room to adapt make a pact last."),
    "gap": ("S2", "A gap between public words and private deeds costs credibility."),
    "renegotiation": ("S2", "Interests shift, and a pact is broken or renegotiated."),
    "emboldened": ("S2", "A secret guarantee emboldens its holder, betrays neighbours and invites rivals to probe."),
    "fairness": ("S2", "Fair, balanced terms survive publication."),
}  # fmt: skip

IN_FORCE = NetMeasure("in force", in_force())
KEPT = NetMeasure("kept", kept(5))
CALM = NetMeasure("hostility", at_end("hostility", words="hostility at the end"), "lower")
PEACE = NetMeasure("war", share_with("cause", "war", words="share that ends in war"), "lower")
NET_MEASURES = {
    "backchannel": (IN_FORCE, KEPT, CALM),
    "track_two": (IN_FORCE, KEPT, CALM),
    "recurring": (IN_FORCE, KEPT, CALM),
    "secret_pact": (IN_FORCE, KEPT, CALM, PEACE),
}


def but(setting, name, levers=(), world=(), without=(), injections=()):
    """Return a setting with a few things set otherwise; a lever or assumption of None is left to its default."""
    changes = {f"cadence.{path}": value for path, value in dict(levers).items()} | dict(world)
    given = {path: value for path, value in (setting.given | changes).items() if value is not None}
    return Setting(name, given, (*setting.without, *without), (*setting.injections, *injections))


def net(model, says, essay, base, turned, expects, *answers, **more):
    return Net(model, says, essay, base, turned, expects, answers=answers, **more)


HELPS, HURTS = "helps", "hurts"
CONTENT, SHARE, ON, LEVEL, EACH = (RULE + name for name in ("content", "share", "on", "level", "every"))

# -- every lever of the cadence

QUIET = under("silence until signature", {"starts": "accord"})
REPORT = but(QUIET, "a quarterly report of verified steps from the accord on", {EACH: "3 months"})
FROM_TALKS = under("a quarterly report of verified steps from the first meeting on", {EACH: "3 months"})
AGREED = under("a quarterly report of all that is agreed", {EACH: "3 months", CONTENT: "agreed"})
CARRIED_OUT = but(REPORT, "a quarterly report of what is carried out, from the accord on", {CONTENT: "carried out"})
STEP_BY_STEP = under("each verified step told at once", {ON: "verified step"})
ON_RUMOUR = under("something told when rumour is above one half", {ON: "rumour above", CONTENT: "carried out"})
ON_ANY_RUMOUR = but(ON_RUMOUR, "something told when rumour is above three tenths", {LEVEL: 0.3})
STATEMENT = "statements[0]."
STATED = under("all that is agreed told by a statement after a year",
    {STATEMENT + "day": "1 year", STATEMENT + "content": "agreed"})  # fmt: skip
HOT = {"crises.flare_up": "1.8 per year", "crises.escalation": "4 per year"}
HOT_REPORT = but(REPORT, "a quarterly report, crises frequent", (), HOT)

LEVERS = (
    net("backchannel", "A regular report of verified results keeps the deal alive.", "S0",
        QUIET, REPORT, HELPS, "rhythm", "endorsement"),
    net("backchannel", "Support that replaces obstruction shows in agreements that are kept.", "S0",
        QUIET, replace(REPORT, name="a quarterly report"), HELPS, "endorsement", main="kept"),
    net("backchannel", "How often a report is made matters least: monthly or yearly.", "S0",
        but(REPORT, "a yearly report", {EACH: "1 year"}), but(REPORT, "a monthly report", {EACH: "1 month"}),
        "", "rhythm"),
    net("backchannel", "A selective summary does better than telling all.", "S1",
        REPORT, but(REPORT, "a third of each result told", {SHARE: 0.33}), HELPS, "after-action"),
    net("backchannel", "An after-action summary does better half a year later than at once.", "S1",
        STEP_BY_STEP, but(STEP_BY_STEP, "each verified step told half a year later", {RULE + "delay": "6 months"}),
        HELPS, "after-action"),
    net("backchannel", "What is told before it is verified feeds opponents.", "S1",
        REPORT, CARRIED_OUT, HURTS),
    net("backchannel", "Promises that are told before they are kept feed opponents.", "S0",
        REPORT, but(REPORT, "what is agreed told", {CONTENT: "agreed"}), HURTS, "candour"),
    net("backchannel", "A compact framework is told with less harm than all that is agreed.", "S0",
        AGREED, but(AGREED, "the framework only", {CONTENT: "framework only"}), HELPS, "sequencing"),
    net("backchannel", "A trial balloon before each report softens its reception.", "S0",
        REPORT, but(REPORT, "each report after a trial balloon", {"probe": True}), HELPS, "balloons"),
    net("backchannel", "A trial balloon softens what would come as a surprise.", "S0",
        AT_ONCE, but(AT_ONCE, "the same after a trial balloon", {"probe": True}), HELPS, "balloons"),
    net("backchannel", "Claiming twice what was done backfires.", "S1",
        REPORT, but(REPORT, "claims twice what was done", {"claim": 2.0}), HURTS, "fragile"),
    net("backchannel", "Claiming four times what was done backfires.", "S1",
        REPORT, but(REPORT, "claims four times what was done", {"claim": 4.0}), HURTS, "fragile"),
    net("backchannel", "A promised rhythm of reports wins trust.", "S0",
        REPORT, but(REPORT, "the same, promised in public", {"announced": True}), HELPS, "rhythm"),
    net("backchannel", "An oversight committee is told with less harm than the public.", "S0",
        AGREED, but(AGREED, "the same, to an oversight committee", {"audience": "oversight committee"}),
        HELPS, "oversight"),
    net("backchannel", "A parliament that is told holds the deal better than a committee alone.", "S0",
        but(AGREED, "told to an oversight committee", {"audience": "oversight committee"}),
        but(AGREED, "told to parliament", {"audience": "parliament"}), HELPS, "circle"),
    net("backchannel", "Partners and civil society that are told hold the deal better than a committee alone.", "S0",
        but(AGREED, "told to an oversight committee", {"audience": "oversight committee"}),
        but(AGREED, "told to partners and civil society", {"audience": "partners"}), HELPS, "circle"),
    net("backchannel", "Reports in which both sides have something to show are fairer, and do better.", "S2",
        CARRIED_OUT, but(CARRIED_OUT, "the same, both sides or none", {"balance": True}), HELPS, "fairness"),
    net("backchannel", "Notice instead of a joint voice costs trust.", "S0",
        REPORT, but(REPORT, "told after notice", {"voice": "notified"}), HURTS, "blindsided"),
    net("backchannel", "Telling without the other side blindsides it.", "S0",
        REPORT, but(REPORT, "told by one side alone", {"voice": "unilateral"}), HURTS, "blindsided"),
    net("backchannel", "A secret annex is a condition concealed, and undoes the deal.", "S2",
        REPORT, but(REPORT, "the same, two fifths in a secret annex", {"keep": 0.4}), HURTS, "balance"),
    net("backchannel", "A pause between announcements spares attention.", "S1",
        STEP_BY_STEP, but(STEP_BY_STEP, "the same, two months apart at least", {"min_gap": "60 days"}), HELPS),
    net("backchannel", "Silence in an election campaign keeps the deal out of it.", "S0",
        CARRIED_OUT, but(CARRIED_OUT, "the same, not in a campaign", {"hold_before_election": True}), HELPS),
    net("track_two", "Words in the middle of a crisis are misread; silence keeps the momentum.", "S1",
        HOT_REPORT, but(HOT_REPORT, "the same, silent in a crisis", {"hold_in_crisis": True}), HELPS, "crises"),
    net("backchannel", "A comment period invites correction and wins support.", "S1",
        REPORT, but(REPORT, "the same, with a month for comments", {"feedback": "1 month"}), HELPS, "after-action"),
    net("backchannel", "Reports do better once there is a deal to own than from the first meeting on.", "S0, S1",
        FROM_TALKS, REPORT, HELPS, "balance"),
    net("backchannel", "Reports that wait for ratification come late.", "S0, S1",
        REPORT, but(REPORT, "the same, from ratification on", {"starts": "ratification"}), HURTS, "balance"),
    net("backchannel", "Reports that stop at ratification let support fade.", "S0",
        REPORT, but(REPORT, "the same, until ratification", {"stops": "ratification"}), HURTS, "rhythm"),
    net("backchannel", "Milestones that are told when they are reached carry the deal.", "S0",
        SILENCE, STEP_BY_STEP, HELPS, "timelines"),
    net("backchannel", "Presenting everything at the accord surprises.", "S0",
        SILENCE, AT_ONCE, HURTS),
    net("backchannel", "The framework alone, told at the accord, prepares the public.", "S1",
        SILENCE, but(AT_ONCE, "the framework told at the accord", {CONTENT: "framework only"}), HELPS, "sequencing"),
    net("backchannel", "Results told at the signature carry the deal to ratification.", "S0",
        SILENCE, under("what is carried out told at signature", {ON: "signature", CONTENT: "carried out"}), HELPS),
    net("backchannel", "After a leak, telling all that is agreed contains the damage.", "S2",
        SILENCE, under("all that is agreed told after a leak", {ON: "leak", CONTENT: "agreed"}), HELPS),
    net("backchannel", "Something said when rumour runs high leaves less space for it.", "S1",
        SILENCE, ON_RUMOUR, HELPS, "after-action"),
    net("backchannel", "The sooner rumour is answered, the better.", "S1",
        ON_RUMOUR, ON_ANY_RUMOUR, HELPS),
    net("backchannel", "A statement of all that is agreed does less harm late than early.", "S0, S1",
        STATED, but(STATED, "the same after five years", {STATEMENT + "day": "5 years"}), HELPS),
    net("backchannel", "A statement of the framework does less harm than one of all that is agreed.", "S0",
        STATED, but(STATED, "the framework only", {STATEMENT + "content": "framework only"}), HELPS),
    net("backchannel", "A statement of a part does better than one of all.", "S1",
        STATED, but(STATED, "a third of it told", {STATEMENT + "share": 0.33}), HELPS),
    net("backchannel", "A statement by one side alone blindsides the other.", "S0",
        STATED, but(STATED, "told by one side alone", {STATEMENT + "voice": "unilateral"}), HURTS),
    net("backchannel", "Results told when pressure runs high relieve it.", "S0",
        SILENCE, under("what is carried out told when pressure is high", {ON: "pressure above", CONTENT: "carried out"}),
        HELPS),
)  # fmt: skip

# -- every mechanism: with it against without it

EMBEDDING_STEPS = but(HIDE, "verified steps told twice a year", {EACH: "6 months", SHARE: 0.8})
USUAL = {"backchannel": REPORT, "track_two": REPORT, "recurring": REPORT, "secret_pact": EMBEDDING_STEPS}
TALKING, ALL_MODELS = ("backchannel", "track_two"), ("backchannel", "track_two", "secret_pact")

#: By mechanism: what an essay says of it, where, what it expects; the models that have it; the claims, by model.
STORIES = {
    "accord": ("A framework that both sides sign lowers hostility.", "S0", HELPS, TALKING, {"backchannel": "hostility"}),
    "intermediary": ("A go-between who is believed and keeps a record helps.", "S0, S1", HELPS, ALL_MODELS,
        {"backchannel": "confidants", "track_two": "documents"}),
    "front_channel": ("The formal talks help the secret ones along.", "S0", HELPS, TALKING, {"backchannel": "front"}),
    "posture": ("Public positions that move after private understanding help.", "S1, S2", HELPS, ALL_MODELS,
        {"backchannel": "alignment", "track_two": "together", "secret_pact": "gap"}),
    "verification": ("Verification by third parties helps.", "S0, S2", HELPS, ALL_MODELS,
        {"backchannel": "monitoring", "secret_pact": "adaptability"}),
    "oversight": ("Oversight and a circle that grows help.", "S0", HELPS, ALL_MODELS, {"backchannel": "oversight"}),
    "ratification": ("What is ratified binds, and is kept.", "S0, S2", HELPS, ALL_MODELS, {}),
    "ranks": ("Those who have to follow a signature they had no part in undo the deal.", "S0", HURTS, TALKING, {}),
    "succession": ("Successors undo what is not anchored.", "S1, S2", HURTS, ALL_MODELS, {"secret_pact": "successors"}),
    "leaks": ("Leaks undo what is hidden.", "S0, S2", HURTS, ALL_MODELS, {}),
    "trial_balloons": ("Trial balloons, sent before each report, help.", "S0", HELPS, ALL_MODELS, {"backchannel": "balloons"}),
    "rumours": ("Rumours feed suspicion and pressure.", "S1", HURTS, ALL_MODELS, {"track_two": "after-action"}),
    "pressure": ("Public pressure stalls and undoes the talks.", "S0", HURTS, ALL_MODELS, {}),
    "spoilers": ("Spoilers undo the deal.", "S0", HURTS, ALL_MODELS, {"backchannel": "spoilers"}),
    "crises": ("Crises that flare set the talks back.", "S1", HURTS, ALL_MODELS, {"track_two": "crises"}),
    "embedding": ("Institutions, law and ties hold the deal.", "S2", HELPS, ALL_MODELS,
        {"track_two": "institutions", "secret_pact": "embedding"}),
    "breach": ("Opportunism breaks deals when the winds shift.", "S2", HURTS, ALL_MODELS, {"secret_pact": "renegotiation"}),
    "incentives": ("Aid that hangs on kept steps, and neighbours who are bound in, help.", "S0", HELPS, TALKING,
        {"backchannel": "economy"}),
    "track_two": ("Unofficial dialogue helps.", "S1", HELPS, ("track_two",), {"track_two": "dialogue"}),
    "renewal": ("A process that failed can begin again.", "S0", HELPS, ("recurring",), {}),
    "third_parties": ("A rival who watches makes war likelier.", "S2", HURTS, ("secret_pact",), {"secret_pact": "emboldened"}),
    "pact": ("A secret pact makes war likelier.", "S2", HURTS, ("secret_pact",), {"secret_pact": "alliance"}),
}  # fmt: skip
#: What decides, where it is not whether the deal is in force: without the mechanism there would be no deal at all, or
#: the essay speaks of something else.
DECIDED_BY = {"accord": "hostility", "ratification": "kept", "third_parties": "war", "pact": "war"}
#: What to know beside the row.
BESIDE = {"ratification": "A text that is voted down counts as not kept; without the mechanism nobody votes."}


def with_against_without(name, model):
    says, essay, expects, _, answers = STORIES[name]
    usual = USUAL[model]
    turned = but(usual, "each report after a trial balloon", {"probe": True}) if name == "trial_balloons" else usual
    turned = replace(turned, name=f"with {name.replace('_', ' ')}")
    base = but(usual, f"without {name.replace('_', ' ')}", without=(name,))
    main = DECIDED_BY.get(name, "in force")
    answered = [answers[model]] if model in answers else []
    return net(model, says, essay, base, turned, expects, *answered, main=main, note=BESIDE.get(name, ""))


def told_against_not(model):
    """Nothing is ever published, not even a text that is signed, against a report."""
    usual = USUAL[model]
    regimes = {path: value for path, value in usual.given.items() if not path.startswith("cadence.")}
    base = Setting("nothing ever published, not even the text", regimes, ("disclosure", "trial_balloons"))
    return net(model, "Telling the public keeps the deal alive.", "S0, S1, S2", base, usual, HELPS)


MECHANISMS = tuple(with_against_without(name, model) for name, story in STORIES.items() for model in story[3])
MECHANISMS += tuple(told_against_not(model) for model in (*ALL_MODELS, "recurring"))

# -- what else the essays claim


def sides(path, value):
    return {f"{side}.{path}": value for side in ("a", "b")}


def ends_of(model, setting, path, low, high, says, essay, expects, *answers, **more):
    """Return a row that sets one assumption otherwise, from ``low`` to ``high``, each (value, name)."""
    one, other = (but(setting, name, (), {path: value}) for value, name in (low, high))
    return net(model, says, essay, one, other, expects, *answers, **more)


LEAK = Injection("leak", MONTH, "accord_day", (0.8,))
PACT_LEAK = Injection("leak", YEAR, None, (0.8,))
REMOVED = Injection("succession[a]", 3 * MONTH, "signed_day", (0.001,))
PACT_REMOVED = Injection("succession[a]", YEAR, None, (0.001,))
FLARE = Injection("flare-up", 6 * MONTH)
QUIET_REMOVED = but(QUIET, "silence; a leader removed after signature", injections=(REMOVED,))
REPORT_REMOVED = but(REPORT, "a quarterly report; a leader removed after signature", injections=(REMOVED,))
HIDE_REMOVED = but(HIDE, "nothing told; a leader removed in the second year", injections=(PACT_REMOVED,))
DISCREET = {"oversight.insiders_at_start": 6, "leaks.per_insider": 2.5e-5, "leaks.discovery": "0.1 per year"}
TALKATIVE = {"oversight.insiders_at_start": 40, "leaks.per_insider": 2e-2, "leaks.discovery": "1.2 per year"}
HOT_QUIET = but(QUIET, "silence, crises frequent", (), HOT)

LEAKED_PACT = but(HIDE, "a leak after a year", injections=(PACT_LEAK,))
BETRAYED = Injection("betrayal", YEAR + 3 * MONTH)
UNEQUAL = {"a.power": 0.8, "b.power": 0.2}
MONITORING_CITED = "The literature: where peace is monitored the hazard of war is 50% to 85% lower (Fortna 2008; Gilligan & Sergenti 2008)."
INCLUSION_CITED = "The literature: where civil society is included failure is 64% rarer (Nilsson 2012; size secondary)."
ALONE_NOTE = "Without a channel the formal talks go on alone, at the same pace and before everyone's eyes."


def pressed(name, level, channel=True):
    """Silence under so much public pressure on both sides, with a secret channel or with formal talks only."""
    return but(SILENCE, name, (), sides("pressure", level) | ({} if channel else {"steps.channel": False}))


def breaks_the_stall(words, level):
    return net("backchannel", f"A backchannel beside formal talks brings about a deal that they miss alone, under {words} pressure.",
        "S0", pressed(f"formal talks only, {words} pressure", level, channel=False),
        pressed(f"formal talks and a backchannel, {words} pressure", level), HELPS, "stall", note=ALONE_NOTE)  # fmt: skip


OTHERS = (
    net("backchannel", "Strong public pressure keeps the sides from a deal.", "S0",
        pressed("low pressure on both sides", 0.1), pressed("high pressure on both sides", 0.7), HURTS, "front"),
    net("backchannel", "Strong public pressure keeps formal talks from a deal, where they are alone.", "S0",
        pressed("formal talks only, low pressure on both sides", 0.1, channel=False),
        pressed("formal talks only, high pressure on both sides", 0.7, channel=False), HURTS, "front"),
    breaks_the_stall("low", 0.1),
    breaks_the_stall("ordinary", 0.35),
    breaks_the_stall("high", 0.7),
    net("backchannel", "A small circle of people who keep quiet carries the channel.", "S0",
        but(SILENCE, "a leak-prone capital", (), TALKATIVE), but(SILENCE, "a discreet one", (), DISCREET),
        HELPS, "confidants"),
    net("backchannel", "A committee that is told each quarter keeps the channel legitimate.", "S0",
        SILENCE, CLOSED, HELPS, "oversight"),
    ends_of("backchannel", SILENCE, "steps.disorder", (1.5, "issues in any order"), (0.0, "the easy ones first"),
        "Issues taken the easy ones first lead to a deal.", "S0", HELPS, "sequencing"),
    ends_of("backchannel", SILENCE, "accord.steps_needed", (9, "a framework of nine steps"), (4, "one of four steps"),
        "A compact framework leads to a deal that lasts.", "S0", HELPS, "sequencing"),
    ends_of("backchannel", SILENCE, "oversight.widening", ("0.1 per year", "a circle that hardly grows"),
        ("2 per year", "one that grows twice a year"), "A circle that widens holds the deal.", "S0", HELPS, "circle"),
    ends_of("backchannel", SILENCE, "oversight.circle_gain", (0.0, "a circle that grows and lets nobody in"),
        (0.29, "each widening lets in oversight, partners and civil society"),
        "Partners and civil society that are let in hold the deal.", "S0", HELPS, "circle", note=INCLUSION_CITED),
    ends_of("backchannel", SILENCE, "breach.inclusion", (1.0, "those let in do not steady the deal"),
        (0.36, "they do, as in the literature"), "Inclusion steadies a deal, and it is kept.", "S0", HELPS, "circle",
        main="kept", note=INCLUSION_CITED),
    ends_of("backchannel", SILENCE, "oversight.disavowal", ("0.01 per year", "a channel that is hardly ever disavowed"),
        ("0.2 per year", "one that is disavowed soon"), "A channel whose authorisation is taken back loses the deal.",
        "S0", HURTS, "oversight"),
    ends_of("backchannel", SILENCE, "posture.moving", (0.02, "public lines that hardly move"),
        (0.4, "lines that move soon"), "Aligning public positions helps the deal.", "S0", HELPS, "alignment"),
    ends_of("backchannel", SILENCE, "accord.deadline", ("1000 days", "long deadlines"), ("180 days", "short ones"),
        "Explicit timelines drive talks to a deal.", "S0", HELPS, "timelines"),
    ends_of("backchannel", SILENCE, "steps.early", (0.0, "nothing carried out before ratification"),
        (0.8, "all but the hardest carried out early"), "Steps carried out early build trust.", "S0", HELPS,
        "increments"),
    ends_of("backchannel", REPORT, "breach.guarantee", (1.0, "guarantees that deter nobody"), (0.15, "guarantees that deter"),
        "Security guarantees make peace last.", "S0", HELPS, "guarantees", main="kept",
        note="The literature: settlements hold where third parties guarantee them (Walter 1997)."),
    ends_of("backchannel", REPORT, "steps.difficulty_carry_out", (0.01, "guarantees and demobilisation put off"),
        (0.4, "carried out soon"), "Guarantees and demobilisation that are carried out make the deal last.", "S0",
        HELPS, "guarantees", main="kept"),
    ends_of("backchannel", REPORT, "steps.kinds", (0.0, "each kept step does what any other does"),
        (1.0, "each what its kind does"), "Demobilisation, withdrawal and shared institutions do more than build trust.",
        "S0", HELPS, "guarantees"),
    ends_of("backchannel", REPORT, "spoilers.enforcement", (1.0, "no enforcement"), (0.1, "the best"),
        "Enforcement keeps spoilers down.", "S0", HELPS, "spoilers"),
    ends_of("backchannel", REPORT, "verification.quality", (0.3, "poor monitoring"), (0.95, "good monitoring"),
        "Good monitoring keeps the deal.", "S0", HELPS, "monitoring", note=MONITORING_CITED),
    ends_of("backchannel", REPORT, "breach.monitoring", (1.0, "monitors who deter nobody"),
        (0.32, "monitors who deter as in the literature"), "Monitors deter, and the deal is kept.", "S0", HELPS,
        "monitoring", main="kept", note=MONITORING_CITED),
    ends_of("backchannel", REPORT, "verification.audit", ("1000 days", "audits every three years"),
        ("90 days", "every three months"), "Frequent audits keep the deal.", "S0", HELPS, "monitoring"),
    ends_of("backchannel", REPORT, "accord.fragile", (0.05, "few deals fragile"), (0.5, "half of them"),
        "Fragile deals unravel.", "S0", HURTS, "fragile"),
    ends_of("backchannel", REPORT, "incentives.offered", (0.0, "no aid"), (0.9, "nearly all the aid that would tell"),
        "Aid that hangs on kept steps sustains the deal.", "S0", HELPS, "economy"),
    ends_of("backchannel", REPORT, "incentives.bound", (0.0, "measures that bind nobody"), (0.5, "measures that bind half each time"),
        "Neighbours who are bound in calm the conflict.", "S0", HELPS, "economy", main="hostility"),
    ends_of("backchannel", REPORT, "incentives.measures", (0.0, "no regional measure"), ("1.2 per year", "more than one a year"),
        "Regional measures sustain the deal.", "S0", HELPS, "economy"),
    ends_of("backchannel", REPORT, "disclosure.credit", (0.1, "little credit for results"), (0.9, "much credit"),
        "Credit for results turns obstruction into endorsement.", "S0", HELPS, "endorsement"),
    net("backchannel", "Reports of results lower hostility.", "S0",
        replace(QUIET, name="silence"), but(REPORT, "a report each quarter"), HELPS, "hostility", main="hostility"),
    net("backchannel", "Full transparency costs candour, and the deal.", "S0, S1, S2",
        SILENCE, TRANSPARENT, HURTS, "candour"),
    ends_of("backchannel", SILENCE, "steps.private", (10.0, "talks that agree much"), (1.0, "talks that agree little"),
        "Talks that agree little are a cloak for inaction, and are given up.", "S0, S1, S2", HURTS, "cloak"),
    net("backchannel", "A leak after the accord undoes the deal.", "S0, S2",
        SILENCE, but(SILENCE, "a leak a month after the accord", injections=(LEAK,)), HURTS),
    ends_of("backchannel", but(SILENCE, "a leak after the accord", injections=(LEAK,)), "leaks.unfairness",
        (0.0, "a fair deal suffers as an unfair one"), (0.9, "a fair deal is spared"),
        "When it is made public, a fair deal suffers less.", "S2", HELPS, "fairness"),
    net("backchannel", "A leak that can be denied does less harm, where the press hunts.", "S2",
        but(HUNTED, "a press that hunts, denials not believed", (), {"leaks.denial": 0.1}),
        but(HUNTED, "a press that hunts, denials believed", (), {"leaks.denial": 0.9}), HELPS, "deniability"),
    ends_of("backchannel", SILENCE, "a.concedes", (0.5, "both sides concede alike"), (0.2, "one side concedes most"),
        "A one-sided deal is not kept.", "S2", HURTS, "fairness", main="kept"),
    net("backchannel", "The stronger side keeps its word the less it has to.", "S2",
        but(SILENCE, "equal sides"), but(SILENCE, "one side stronger than the other", (), UNEQUAL), HURTS, "fairness",
        main="kept", note="What binds the weaker side more frees the stronger one, and the two all but cancel."),
    ends_of("backchannel", HUNTED, "a.caught_out", (1.0, "a leak costs both sides alike"),
        (2.5, "it costs one side much more"), "A leak that embarrasses one side more undoes the deal.", "S2", HURTS,
        "fairness"),
    ends_of("backchannel", SILENCE, "succession.endorses_ratified", (1.0, "successors free to drop what is ratified"),
        (10.0, "successors bound by it"), "What is ratified binds successors, and is kept.", "S1, S2", HELPS, main="kept"),
    net("backchannel", "A leader removed after signature undoes the deal.", "S1, S2",
        QUIET, QUIET_REMOVED, HURTS, "transitions", main="kept"),
    net("backchannel", "What is verified and public survives the removal of a leader.", "S1, S2",
        QUIET_REMOVED, REPORT_REMOVED, HELPS, "transitions", main="kept"),
    ends_of("backchannel", QUIET_REMOVED, "steps.early",
        (0.0, "nothing carried out before ratification, a leader removed"), (0.8, "most carried out early"),
        "Steps carried out early survive the removal of a leader.", "S1", HELPS, "transitions", main="kept"),
    ends_of("track_two", QUIET, "track_two.quality", (0.15, "badly designed dialogue"), (0.9, "well designed"),
        "Dialogue that is designed well helps.", "S1", HELPS, "dialogue"),
    ends_of("track_two", QUIET, "track_two.interval", ("365 days", "a workshop a year"), ("30 days", "one a month"),
        "Regular contact normalises relations.", "S1", HELPS, "institutions"),
    ends_of("track_two", HOT_QUIET, "intermediary.credibility", (0.2, "a go-between hardly believed"),
        (0.95, "one who is believed"), "A channel that is believed keeps crises from being misread.", "S1", HELPS,
        "misperception", main="hostility"),
    ends_of("track_two", QUIET, "steps.early", (0.0, "no measure before ratification"), (0.4, "the easy ones before it"),
        "Corridors, exchanges and limited cease-fires carry the rest.", "S1", HELPS, "corridors"),
    ends_of("track_two", QUIET, "steps.kinds", (0.0, "each kept step does what any other does"),
        (1.0, "each what its kind does"), "Corridors and relief are felt, and a cease-fire disarms.", "S1", HELPS,
        "corridors"),
    net("track_two", "A crisis in the first half year sets the talks back.", "S1",
        QUIET, but(QUIET, "a crisis half a year in", injections=(FLARE,)), HURTS, "crises"),
    ends_of("track_two", HOT_QUIET, "steps.crisis_gap", (0.2, "talks that all but stop in a crisis"),
        (1.0, "talks that go on in a crisis"), "A channel that goes on in a crisis keeps the momentum.", "S1", HELPS,
        "crises"),
    ends_of("track_two", QUIET, "intermediary.documented", (0.1, "little written down"), (0.8, "most written down"),
        "What is written down is not misread.", "S1", HELPS, "documents"),
    ends_of("track_two", QUIET, "posture.moving", (0.02, "public lines that hardly move"), (0.4, "lines that move soon"),
        "Public and private positions that move together help.", "S1", HELPS, "together"),
    net("secret_pact", "Public steps make a pact last.", "S2", HIDE, EMBEDDING_STEPS, HELPS, "alliance", "embedding"),
    net("secret_pact", "Public steps embed a pact, and it is kept.", "S2",
        replace(HIDE, name="nothing told"), replace(EMBEDDING_STEPS, name="public steps"), HELPS, "embedding",
        main="kept"),
    net("secret_pact", "Hidden guarantees make war likelier than public ones.", "S2",
        EMBEDDING_STEPS, HIDE, HURTS, "emboldened", main="war"),
    net("secret_pact", "Secrecy buys freedom to act: a hidden pact lasts longer than one revealed at once.", "S2",
        REVEAL, HIDE, HELPS, "deniability"),
    net("backchannel", "Secrecy buys speed: quiet talks bring more deals about than open ones.", "S2",
        replace(FROM_TALKS, name="results told from the first meeting on"), SILENCE, HELPS, "deniability"),
    net("secret_pact", "A pact that comes out leads to war.", "S2",
        HIDE, LEAKED_PACT, HURTS, "exposure", main="war"),
    net("secret_pact", "A pact that comes out leaves more hostility.", "S2",
        replace(HIDE, name="a hidden pact"), replace(LEAKED_PACT, name="the same, a leak after a year"), HURTS, "exposure",
        main="hostility"),
    net("secret_pact", "Owning up to a leak spares a war.", "S2",
        replace(LEAKED_PACT, name="a leak after a year, and silence"),
        but(LEAKED_PACT, "a leak after a year, and all that is agreed told at once", {ON: "leak", CONTENT: "agreed"}), HELPS,
        "exposure", main="war"),
    net("secret_pact", "A pact that comes out breaks.", "S2",
        HIDE, but(HIDE, "brought out after a year", injections=(PACT_LEAK,)), HURTS, "exposure"),
    net("secret_pact", "A leader removed in the second year undoes a hidden pact.", "S2",
        HIDE, HIDE_REMOVED, HURTS, "successors"),
    net("secret_pact", "A pact anchored in public steps survives the removal of a leader.", "S2",
        HIDE_REMOVED, but(EMBEDDING_STEPS, "public steps; a leader removed in the second year",
            injections=(PACT_REMOVED,)), HELPS, "successors"),
    ends_of("secret_pact", EMBEDDING_STEPS, "breach.adaptability", (0.2, "no room to adapt"), (0.9, "much room"),
        "A pact that can be adapted lasts.", "S2", HELPS, "adaptability", "renegotiation"),
    ends_of("secret_pact", HIDE_HUNTED, "posture.moving", (0.02, "public words far from private deeds"),
        (0.4, "words that move after deeds"), "Where the press hunts, a credibility gap undoes a pact.", "S2", HELPS,
        "gap"),
    ends_of("secret_pact", EMBEDDING_STEPS, "breach.fit", (0.9, "interests that fit"), (0.3, "interests that have shifted"),
        "A pact breaks when interests shift.", "S2", HURTS, "renegotiation"),
    ends_of("secret_pact", HIDE, "third_parties.emboldening", (0.0, "nobody emboldened"), (0.06, "a holder soon emboldened"),
        "A secret guarantee emboldens its holder, and war follows.", "S2", HURTS, "emboldened", main="war"),
    net("secret_pact", "A neighbour who is betrayed and turns away makes war likelier.", "S2",
        replace(LEAKED_PACT, name="a leak after a year, no neighbour turns away at once"),
        but(LEAKED_PACT, "a leak after a year, a neighbour turns away three months later", injections=(BETRAYED,)), HURTS,
        "emboldened", main="war"),
    ends_of("secret_pact", HIDE_HUNTED, "third_parties.betrayal", (0.0, "neighbours who put up with it"),
        ("0.9 per year", "neighbours who soon turn away"), "Where the press hunts, betrayed neighbours make war likelier.", "S2",
        HURTS, "emboldened", main="war"),
    net("secret_pact", "Half of it kept in a secret annex undoes a pact.", "S2",
        EMBEDDING_STEPS, but(EMBEDDING_STEPS, "the same, half in a secret annex", {"keep": 0.5}), HURTS, "fairness"),
)  # fmt: skip

NET = LEVERS + MECHANISMS + OTHERS
