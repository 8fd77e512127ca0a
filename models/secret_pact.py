"""A secret pact, watched by a rival: embed it in public steps, keep it hidden, or reveal it?

Purpose. The pact is concluded before the timeline begins. What should its makers tell, so
that it lasts and no war comes of it?

Entities. Two sides that promise each other aid, from consultations to joint war plans; a
rival that watches; a neighbour; insiders, press, opponents; parliaments that ratify what is made public;
successors who may find the pact or be told of it.

Logic. A hidden pact can be broken, repudiated, brought out by a leak, or lapse at the end
of its term. Hidden guarantees deter nobody and embolden the side that holds them; rumour, and
far more a leak, makes the rival suspicious, so that it probes, looks for allies, arms, and may
retaliate or go to war. What has leaked and is not owned up to alarms for years and deters little,
and a neighbour who was not told may turn away; what is owned up to reassures and deters, and can
be armed and allied against. When the makers have told most of it, the pact is acknowledged, may
be ratified, and is embedded in institutions until it is an open alliance. Embedding protects, and turns into a trap where
interests shift. In a population of pacts secrecy is chosen by circumstance: wartime,
regime and fit.

Inputs. Leader tenure by regime and violations after leader change from the record
(Archigos, ATOP). What suspicion, arming, emboldening and deterrence do is judgement.

Left out. More than two members; the rival's own politics; the terms of the promise;
expiry dates that the makers choose.

Not for. Predicting a given alliance. The pact counts as signed on the first day, in secret or not. A pact that lapses at the end of its term counts as
kept, as in the studies it is compared with.
"""

from dataclasses import replace

from timeline import YEAR, AtEnd, Endpoints, Idle, Integral, Model, Sampled, every

from . import cadence
from .crisis import NO_ESTIMATE, Crisis, Outcome, Regime, SideParameters, judged, recount
from .mechanisms import (
    breach,
    crises,
    disclosure,
    embedding,
    intermediary,
    leaks,
    oversight,
    pact,
    posture,
    pressure,
    ratification,
    rumours,
    spoilers,
    steps,
    succession,
    third_parties,
    trial_balloons,
    verification,
)


class PartnerParameters(SideParameters):
    """What differs between two partners: a public that is asked for less than by a peace with the enemy."""

    turmoil = judged(0.25, "turmoil in ordinary times", "index", 0.1, 0.6, "set by the case")
    pressure = judged(0.12, "pressure against the pact in ordinary times", "index", 0.05, 0.5, "set by the case")
    support = judged(0.50, "support for the pact before anything is known of it", "index", 0.25, 0.75, "set by the case")


# Partners are no enemies. Few plant bombs against an alliance, publics hardly press, few look for what is hidden,
# and a broken promise of aid is rarer than a broken peace. So these hazards begin lower than between enemies.
_PARTNERS = (
    "lower than between enemies; set so that hidden pacts are kept about as in ATOP 4.01, secret alliances to 1945: "
    ".94, .84, .79, .65 and .53 not violated after 1, 2, 5, 10 and 15 years"
)


class PactSpoilers(spoilers.Spoilers):
    """What those do who stand to lose from an alliance."""

    attack = judged(0.05, "hazard of a grave attack, opponents unalarmed", "per year", 0.005, 0.5, _PARTNERS)
    breakdown = judged(0.0011, "hazard of breakdown under violence: what hostility beyond ordinary times adds is a multiple of this",
        "per year", 0.0002, 0.006, _PARTNERS)  # fmt: skip
    hostility_benefit = judged(0.0, "hostility's level: lowered by benefits fully felt", "share", 0.0, 0.2,
        "hostility is the rival's, and what partners do for each other does not calm the rival",
        moves="-hostility", by="benefit")  # fmt: skip
    incidents = judged(0.02, "what attacks and flare-ups add to ordinary hostility", "index", 0.0, 0.05,
        "few attack an alliance; what raises hostility is the rival and its arms")  # fmt: skip
    hostility_kept = judged(0.0, "hostility's level: lowered when the whole ladder is kept", "share", 0.0, 0.2,
        "what partners do for each other does not calm the rival", moves="-hostility", by="carried_out")  # fmt: skip
    hostility_embedding = judged(0.0, "hostility's level: lowered by institutions that hold the deal", "share", 0.0, 0.2,
        "an alliance does not calm the rival", moves="-hostility", by="embedding")  # fmt: skip


class PactCrises(crises.Crises):
    """How crises with the rival flare up and are misread."""

    flare_up_embedding = judged(1.0, "flare-ups: hazard times this where institutions hold the deal fully", "hazard ratio", 0.7, 1.4,
        "an alliance does not calm the rival", paces="flare-up", by="embedding")  # fmt: skip


class PactPressure(pressure.Pressure):
    """What publics at home do about an alliance."""

    walkout = judged(0.0018, "hazard that a side walks out, without pressure", "per year", 0.0003, 0.01, _PARTNERS)


class PactLeaks(leaks.Leaks):
    """How what partners hide comes out, and whether the scandal ends the pact."""

    discovery = judged(0.03, "hazard of discovery from outside, everything being hidden", "per year", 0.003, 0.3, _PARTNERS,
        paces="+leak", by="undisclosed")  # fmt: skip
    exposure = judged(0.5, "hazard that a leak of the most damaging kind ends the process", "per year", 0.1, 2.0, _PARTNERS,
        paces="+exposure", by="leak_damage")  # fmt: skip


class PactBreach(breach.Breach):
    """When a partner is tempted to break a promise of aid."""

    base = judged(0.0015, "hazard that a side is tempted to break a perfectly fitting deal", "per year", 0.0003, 0.01, _PARTNERS)
    fragile = judged(10.0, "temptation: hazard times this in a fragile deal", "ratio", 2.0, 60.0, _PARTNERS,
        paces="breach", by="fragile")  # fmt: skip


class PactSuccession(succession.Succession):
    """How partners' leaders come and go, and what successors do."""

    ordinary_pressure = judged(0.2, "pressure in the ordinary country", "index", 0.1, 0.35,
        "about the mean pressure on partners, whose publics are asked for little; " + NO_ESTIMATE)  # fmt: skip
    repudiation = judged(0.005, "hazard of repudiation by a successor who does not own the deal", "per year", 0.001, 0.03, _PARTNERS,
        paces="+repudiation", by="-owns_deal")  # fmt: skip


#: What the mechanisms ask for in the other models, and what a pact does not have.
_IDLE = (
    Idle(
        "a pact is concluded before the timeline begins, and no talks are played",
        (
            "steps.candour_public",
            "steps.candour_pressure",
            "ratification.front",
            "succession.resuming",
            "succession.shutting",
            "succession.shutting_go_between",
            "succession.shutting_minutes",
            "succession.shutting_kept",
            "succession.shutting_precedent",
            "disclosure.before_accord",
            "pressure.walkout_public",
        ),
    ),
    Idle("both sides are states", ("ratification.support_congress", "ratification.pressure_congress")),
    Idle("third parties pay no aid and bind no neighbours in", ("steps.broken_aid", "spoilers.hostility_region")),
    Idle("nobody guarantees a pact", ("breach.guarantee",)),
)


def states_only(p):
    """Refuse a partner that is no state: a movement has no parliament and no ruling circle that could ratify a pact."""
    sides = (("a", p.a), ("b", p.b))
    said = 'given "movement", expected "democracy" or "autocracy": both sides of a pact are states'
    return [(f"{name}.regime", said) for name, side in sides if side.regime == Regime.MOVEMENT]


_QUARTERS = every(YEAR / 4, 20 * YEAR)

MODEL = Model(
    name="secret_pact",
    title="A secret pact under a rival's eyes",
    state=Crisis,
    sides=PartnerParameters,
    levers=cadence.Cadence,
    check_levers=cadence.check,
    statements="statements",
    open=Outcome.OPEN,
    mechanisms=(
        steps.OF_A_PACT,
        intermediary.MECHANISM,
        posture.MECHANISM,
        verification.OF_A_PACT,
        oversight.MECHANISM,
        ratification.MECHANISM,
        replace(succession.MECHANISM, parameters=PactSuccession),
        replace(leaks.MECHANISM, parameters=PactLeaks),
        disclosure.MECHANISM,
        trial_balloons.MECHANISM,
        rumours.MECHANISM,
        replace(pressure.MECHANISM, parameters=PactPressure),
        replace(spoilers.MECHANISM, parameters=PactSpoilers),
        replace(crises.MECHANISM, parameters=PactCrises),
        embedding.OF_A_PACT,
        replace(breach.MECHANISM, parameters=PactBreach),
        third_parties.MECHANISM,
        pact.MECHANISM,
    ),
    endpoints=Endpoints(
        phases=(
            ("before", None),
            ("secret", "accord_day"),
            ("acknowledged", "signed_day"),
            ("implementation", "ratified_day"),
        ),
        # The pact is in force from its first day, whoever knows of it.
        signed="accord_day",
        accord=None,
        half_verified=None,
        failures=("collapsed", "war"),
        safe=("alliance", "lapsed"),
        fragile="fragile",
        causes=(
            "exposure", "spoilers", "repudiation", "breach", "rejection", "walkout", "retaliation", "war",
        ),
        further=(
            AtEnd("leaks", "Mean number of leaks", "count", "lower"),
            AtEnd("carried_out_share", "Mean share carried out, of what is promised",
                "share", "higher", name="carried out"),
        ),
    ),
    observations=(
        Sampled("trust", _QUARTERS),
        Sampled("suspicion", _QUARTERS),
        Sampled("emboldened", _QUARTERS),
        Sampled("undisclosed", _QUARTERS),
        Sampled("carried_out_share", every(YEAR, 5 * YEAR), since="accord_day", name="carried out since signature"),
        Integral("hostility", name="hostility days", after=True),
    ),
    followed=("trust", "suspicion", "arms", "emboldened", "undisclosed"),
    settle=recount,
    account=__doc__,
    check_parameters=states_only,
    idle=_IDLE,
)  # fmt: skip
