"""The cadence: when, what, how much and how late a secret channel tells the public.

A header holds for all reports; up to four rules say when one is made. The levers are
policy, not assumptions about the world. Only ``mechanisms/disclosure.py`` reads them.
"""

from enum import IntEnum

from timeline.records import Array, Lever, Record

from .crisis import RULES


class Moment(IntEnum):
    """A point in the process; each phase begins with one."""

    TALKS = 0
    ACCORD = 1
    SIGNATURE = 2
    RATIFICATION = 3
    NEVER = 4


class Occasion(IntEnum):
    """What a rule answers."""

    NONE = 0
    VERIFIED_STEP = 1
    ACCORD = 2
    SIGNATURE = 3
    LEAK = 4
    RUMOUR_ABOVE = 5
    PRESSURE_ABOVE = 6


class Content(IntEnum):
    """Which steps a report may tell of."""

    VERIFIED = 0
    CARRIED_OUT = 1
    AGREED = 2
    FRAMEWORK_ONLY = 3


class Voice(IntEnum):
    """Who speaks."""

    JOINT = 0
    NOTIFIED = 1
    UNILATERAL = 2


class Audience(IntEnum):
    """Who is told, from the narrowest to the widest."""

    OVERSIGHT_COMMITTEE = 0
    PARLIAMENT = 1
    PARTNERS = 2
    GENERAL_PUBLIC = 3


class Rule(Record):
    """When, what, how much, how late."""

    every = Lever(0.0, "interval between reports; 0 for none", unit="days")
    on = Lever(Occasion.NONE, "the occasion that calls for a report")
    level = Lever(0.5, 'the index\'s level for "rumour above" and "pressure above"', unit="index")
    content = Lever(Content.VERIFIED, "which steps the report may tell of")
    share = Lever(1.0, "share of those steps' hidden part that is told", unit="share")
    delay = Lever(0.0, "how long after the occasion the report is made", unit="days")


class Cadence(Record):
    """The whole policy. The defaults are silence until signature."""

    starts = Lever(Moment.TALKS, "the first report may be made from here on")
    stops = Lever(Moment.NEVER, "reports end here")
    keep = Lever(0.0, "share of every step that stays in a confidential annex for ever", unit="share")
    voice = Lever(Voice.JOINT, "who speaks: joint, notified (the other side is told first) or unilateral")
    balance = Lever(False, "wait until both sides have something to show for it")
    announced = Lever(False, "the rhythm is promised in public, so a missed or empty report is noticed")
    claim = Lever(1.0, "what is claimed for each step told: 1 is honest, above is overselling", unit="ratio", low=1.0)
    audience = Lever(Audience.GENERAL_PUBLIC, "who is told")
    min_gap = Lever(0.0, "least time between two announcements", unit="days")
    hold_before_election = Lever(False, "no announcement during an election campaign on either side")
    hold_in_crisis = Lever(False, "no announcement while a crisis flares", needs="crises")
    probe = Lever(False, "a trial balloon goes first", needs="trial_balloons")
    feedback = Lever(0.0, "length of a comment period after each announcement that may amend", unit="days")
    rules = Array(Rule, RULES)


def check(cadence):
    """Return a sentence for each contradiction between levers."""
    problems = []
    for i, rule in enumerate(cadence.rules):
        where = f"rules[{i}]"
        if rule.every > 0 and rule.on != Occasion.NONE:
            problems.append(f'{where}: both "every" and "on" given, expected one of them; make two rules')
        if rule.every == 0 and rule.on == Occasion.NONE and (rule.share != 1 or rule.delay != 0):
            problems.append(f'{where}: neither "every" nor "on" given, so it would never report; give one')
    if any(0 < rule.every < 1 for rule in cadence.rules):
        problems.append("rules: an interval below a day given, expected at least 1 day")
    if cadence.stops <= cadence.starts:
        problems.append('"stops" is not after "starts", so no report would ever be made; give a later one')
    return problems
