"""The backchannel in a conflict where talks that failed can begin again.

Purpose. Does a cadence that ends the first process sooner still cost agreements, once a second may follow? The model
is the backchannel's, and a process that was abandoned or collapsed can begin anew, at the pace of the record.

Entities, logic and inputs. Those of the backchannel. A failure is followed by violence, and by years in which the
conflict goes on; then, in some conflicts, the sides talk again, with what they remember.

Which agreement. Outcome, cause, survival since signature and time to accord speak of the first process. What is in
force on a day, and for how long, counts any agreement. Hostility is that of the last day.

Left out. As in the backchannel. A process begins anew three times at most. Leaders do not change between two
processes, and no public presses then. Those who begin talks stand by them.

Not for. Predicting a given case. Compare cadences, not levels.
"""

from dataclasses import replace

from timeline import LaterAgreements

from . import backchannel
from .mechanisms import renewal

MODEL = replace(
    backchannel.MODEL,
    name="recurring",
    title="A backchannel in a conflict where talks can begin anew",
    mechanisms=(*backchannel.MODEL.mechanisms, renewal.MECHANISM),
    endpoints=replace(
        backchannel.MODEL.endpoints,
        outcome="first_outcome",
        cause="first_cause",
        later=LaterAgreements("later.signed", "later.ended", "later.half_verified"),
    ),
    account=__doc__,
)
