"""A secret pact, watched by a rival: embed it in public steps, keep it hidden, or reveal it?

Purpose. The pact is concluded before the timeline begins. What should its makers tell, so
that it lasts and no war comes of it?

Entities. Two sides that promise each other aid, from consultations to joint war plans; a
rival that watches; insiders, press, opponents; parliaments that ratify what is made public;
successors who may find the pact or be told of it.

Logic. A hidden pact can be broken, repudiated, brought out by a leak, or lapse at the end
of its term. Hidden guarantees deter nobody and embolden the side that holds them; rumour
makes the rival suspicious, so that it probes, looks for allies and may retaliate. When the
makers have told most of it, the pact is acknowledged, may be ratified, and is embedded in
institutions until it is an open alliance. Embedding protects, and turns into a trap where
interests shift. In a population of pacts secrecy is chosen by circumstance: wartime,
regime and fit.

Inputs. Leader tenure by regime and violations after leader change from the record
(Archigos, ATOP). What suspicion, emboldening and deterrence do is judgement.

Left out. More than two members; the rival's own politics; the terms of the promise;
expiry dates that the makers choose.

Not for. Predicting a given alliance. The pact counts as signed on the first day, in secret or not. A pact that lapses at the end of its term counts as
kept, as in the studies it is compared with.
"""

from dataclasses import replace

from timeline.endpoints import Endpoints
from timeline.model import Integral, Model, Sampled, every
from timeline.units import YEAR

from . import cadence
from .crisis import Crisis, Outcome, SideParameters, judged
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
_PARTNERS = "no estimate; lower than between enemies, so that pacts last for some years, as in ATOP"


class PactSpoilers(spoilers.Spoilers):
    """What those do who stand to lose from an alliance."""

    attack = judged(0.05, "hazard of a grave attack, opponents unalarmed", "per year", 0.005, 0.5, _PARTNERS)
    breakdown = judged(0.0005, "hazard of breakdown under violence, without hostility", "per year", 0.0001, 0.005, _PARTNERS)


class PactPressure(pressure.Pressure):
    """What publics at home do about an alliance."""

    walkout = judged(0.005, "hazard that a side walks out, without pressure", "per year", 0.001, 0.05, _PARTNERS)


class PactLeaks(leaks.Leaks):
    """How what partners hide comes out, and whether the scandal ends the pact."""

    discovery = judged(0.1, "hazard of discovery from outside, everything being hidden", "per year", 0.01, 1.0, _PARTNERS,
        paces="+leak", by="undisclosed")  # fmt: skip
    exposure = judged(0.8, "hazard that a leak of the most damaging kind ends the process", "per year", 0.1, 4.0, _PARTNERS,
        paces="+exposure", by="leak_damage")  # fmt: skip


class PactBreach(breach.Breach):
    """When a partner is tempted to break a promise of aid."""

    base = judged(0.002, "hazard that a side is tempted to break a perfectly fitting deal", "per year", 0.0005, 0.015, _PARTNERS)


_QUARTERS = every(YEAR / 4, 20 * YEAR)

MODEL = Model(
    name="secret_pact",
    title="A secret pact under a rival's eyes",
    state=Crisis,
    sides=PartnerParameters,
    levers=cadence.Cadence,
    check_levers=cadence.check,
    open=Outcome.OPEN,
    mechanisms=(
        steps.OF_A_PACT,
        intermediary.MECHANISM,
        posture.MECHANISM,
        verification.OF_A_PACT,
        oversight.MECHANISM,
        ratification.MECHANISM,
        succession.MECHANISM,
        replace(leaks.MECHANISM, parameters=PactLeaks),
        disclosure.MECHANISM,
        trial_balloons.MECHANISM,
        rumours.MECHANISM,
        replace(pressure.MECHANISM, parameters=PactPressure),
        replace(spoilers.MECHANISM, parameters=PactSpoilers),
        crises.MECHANISM,
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
    ),
    observations=(
        Sampled("trust", _QUARTERS),
        Sampled("suspicion", _QUARTERS),
        Sampled("emboldened", _QUARTERS),
        Sampled("undisclosed", _QUARTERS),
        Sampled("carried_out_share", every(YEAR, 5 * YEAR), since="accord_day", name="carried out since signature"),
        Integral("hostility", name="hostility days"),
    ),
    followed=("trust", "suspicion", "emboldened", "undisclosed"),
    account=__doc__,
)  # fmt: skip
