"""A model for tests: talks that a leak ends."""

from timeline import Endpoints, Model

from .cadence import Levers, check
from .mechanisms.leaks import LEAKS
from .mechanisms.succession import SUCCESSION
from .world import Outcome, Side, State


def check_parameters(p):
    if p.leaks.insiders_at_start > 30 and p.leaks.per_insider > 0.01 / 365.25:
        return [("leaks.insiders_at_start", "together with such talkative insiders no talks last; lower one")]
    return []


MODEL = Model(
    name="talks",
    title="Talks that a leak ends",
    state=State,
    mechanisms=(LEAKS, SUCCESSION),
    open=Outcome.OPEN,
    sides=Side,
    levers=Levers,
    check_levers=check,
    check_parameters=check_parameters,
    endpoints=Endpoints(phases=(("talks", None),), signed="leak_day", accord=None, half_verified=None, hostility=None),
    account="""Purpose: to test what reads models.

    Nothing else is meant by it.
    """,
)
