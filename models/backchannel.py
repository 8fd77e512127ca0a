"""The backchannel: a stalled front channel and a secret channel beside it.

Purpose. Which disclosure cadence keeps the agreement alive? The model plays a secret
channel from its first meeting to consolidation, abandonment or collapse, under the
cadence that the analyst sets.

Entities. Two sides, each with a leader, a public and a rule of succession; a ladder of
twelve commitments, each with a side that concedes; a go-between; insiders, the press,
opponents; formal talks that go on in public; third parties who verify.

Logic. Talks agree steps, the easy ones first; formal rounds may settle one in public. Enough steps and trust make a
private accord; the signature publishes it, and has to be followed by people who were not in the room; each side ratifies it by
its own rules; then it is carried out in full, verified, embedded, and at last consolidated. At each stage rival clocks
can end it: walkout, exposure, spoilers, abandonment, a successor who shuts the channel, repudiation, breach,
rejection, defiance by one's own side. The cadence has no
effect of its own: it works through what the public, opponents, elites and successors make
of what they learn. Third parties watch, pay for kept steps, and bind neighbours in.

Inputs. Leader tenure from 1,986 leaders since 1946 (Archigos); step gaps from 662 gaps of
59 peace processes (PA-X). Most other numbers are judgement with a wide plausible range, and
are marked so.

Left out. Unofficial dialogue (see track_two); rivals who watch and retaliate, and pacts that
are already made (see secret_pact); more than two sides; the content of the conflict. What is agreed
after ratification needs no new vote. A process that has failed does not begin again (see recurring); of what comes after
it only the violence that follows the collapse of a deal, and hostility until the horizon, are played.

Not for. Predicting a given case. How long its agreements last, how much of them is carried out and how often they are
violated after a leader goes lie within the bands of the record (`timeline examine backchannel`). That says nothing of
what a cadence does: compare cadences, not levels, and ask which assumption decides.
"""

from timeline import MONTH, YEAR, AtEnd, Endpoints, Integral, Model, Sampled, every

from . import cadence
from .crisis import Crisis, Outcome, SideParameters, recount
from .mechanisms import (
    accord,
    breach,
    crises,
    disclosure,
    embedding,
    front_channel,
    incentives,
    intermediary,
    leaks,
    oversight,
    posture,
    pressure,
    ranks,
    ratification,
    rumours,
    spoilers,
    steps,
    succession,
    trial_balloons,
    verification,
)

_QUARTERS = every(YEAR / 4, 20 * YEAR)

MODEL = Model(
    name="backchannel",
    title="A stalled front channel and a backchannel beside it",
    state=Crisis,
    sides=SideParameters,
    levers=cadence.Cadence,
    check_levers=cadence.check,
    statements="statements",
    open=Outcome.OPEN,
    mechanisms=(
        steps.MECHANISM,
        accord.MECHANISM,
        intermediary.MECHANISM,
        front_channel.MECHANISM,
        posture.MECHANISM,
        verification.MECHANISM,
        oversight.MECHANISM,
        ranks.MECHANISM,
        ratification.MECHANISM,
        succession.MECHANISM,
        leaks.MECHANISM,
        disclosure.MECHANISM,
        trial_balloons.MECHANISM,
        rumours.MECHANISM,
        pressure.MECHANISM,
        spoilers.MECHANISM,
        crises.MECHANISM,
        embedding.MECHANISM,
        breach.MECHANISM,
        incentives.MECHANISM,
    ),
    endpoints=Endpoints(
        phases=(
            ("talks", None),
            ("accord", "accord_day"),
            ("signed", "signed_day"),
            ("implementation", "ratified_day"),
        ),
        failures=("abandoned", "collapsed"),
        safe=("consolidated",),
        fragile="fragile",
        causes=("walkout", "exposure", "spoilers", "abandonment", "repudiation", "breach", "rejection", "succession", "defiance"),
        further=(
            AtEnd("leaks", "Mean number of leaks", "count", "lower"),
            AtEnd(
                "carried_out_share",
                "Mean share carried out, of what is agreed",
                "share",
                "higher",
                name="carried out",
            ),
        ),
    ),
    observations=(
        Sampled("trust", _QUARTERS),
        Sampled("a.pressure", _QUARTERS),
        Sampled("b.pressure", _QUARTERS),
        Sampled("undisclosed", _QUARTERS),
        Sampled("carried_out_share", every(YEAR, 5 * YEAR), since="signed_day", name="carried out since signature"),
        Integral("hostility", name="hostility days", after=True),
        Sampled("reported", (3 * MONTH, 12 * MONTH, 36 * MONTH), since="signed_day", name="reported since signature"),
    ),
    followed=("trust", "a.pressure", "b.pressure", "undisclosed"),
    settle=recount,
    account=__doc__,
)
