"""What a cadence can set."""

from enum import IntEnum

from timeline import Array, Lever, Record

Event = IntEnum("Event", "NEVER ACCORD VERIFIED_STEP LEAK", start=0)
Content = IntEnum("Content", "VERIFIED AGREED", start=0)


class Rule(Record):
    every = Lever(0.0, "how often", unit="days", low=1.0)
    on = Lever(Event.NEVER, "what triggers it")
    content = Lever(Content.VERIFIED, "what is told")
    share = Lever(1.0, "how much of it", unit="share")


class Levers(Record):
    rules = Array(Rule, 2)
    keep = Lever(0.0, "share in a confidential annex", unit="share")
    starts = Lever(Event.ACCORD, "when it starts")
    pause = Lever(3, "reports before a pause", unit="count")
    probe = Lever(False, "trial balloon first", needs="trial_balloons")
    scandal = Lever(0.0, "what a leak is answered with", unit="share", needs="leaks")


def check(levers):
    wrong = []
    for number, rule in enumerate(levers.rules):
        if rule.every > 0 and rule.on != Event.NEVER:
            wrong.append(f"rule {number} has both every and on, expected one of them")
    return wrong
