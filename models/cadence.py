"""The cadence: when, what, how much and how late a secret channel tells the public.

A header holds for all reports; up to four rules say when one is made. Statements are reports that are decided on one
by one, each with its day; they take the place of the fourth rule. The levers are policy, not assumptions about the
world. Only ``mechanisms/disclosure.py`` reads them.
"""

from enum import IntEnum

from timeline import Array, Lever, Record

from .crisis import RULES

#: So many statements a cadence may have; and the place among the rules from which they are made.
STATEMENTS = 16
BY_DATE = RULES - 1


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


def lever(default, meaning, unit="", low=None):
    """Declare a lever; without the mechanism that reads it, setting it would mean nothing."""
    return Lever(default, meaning, unit=unit, low=low, needs="disclosure")


class Rule(Record):
    """When, what, how much, how late."""

    every = lever(0.0, "interval between reports", unit="days", low=1.0)
    on = lever(Occasion.NONE, "the occasion that calls for a report")
    level = lever(0.5, 'the index\'s level for "rumour above" and "pressure above"', unit="index")
    content = lever(Content.VERIFIED, "which steps the report may tell of")
    share = lever(1.0, "share of those steps' hidden part that is told", unit="share", low=0.01)
    delay = lever(0.0, "how long after the occasion the report is made", unit="days")


class Statement(Record):
    """One report of its own: when, what, how much, and who speaks."""

    day = lever(0.0, "the day it is decided on, since the start, whatever the stage", unit="days", low=1.0)
    content = lever(Content.VERIFIED, "which steps it may tell of")
    share = lever(1.0, "share of those steps' hidden part that is told", unit="share", low=0.01)
    voice = lever(Voice.JOINT, "who speaks: joint, notified (the other side is told first) or unilateral")


class Cadence(Record):
    """The whole policy. The defaults are silence until signature."""

    starts = lever(Moment.TALKS, "the first report may be made from here on")
    stops = lever(Moment.NEVER, "reports end here")
    keep = lever(0.0, "share of every step that stays in a confidential annex for ever", unit="share")
    voice = lever(Voice.JOINT, "who speaks: joint, notified (the other side is told first) or unilateral")
    balance = lever(False, "wait until both sides have something to show for it")
    announced = lever(False, "the rhythm is promised in public, so a missed or empty report is noticed")
    claim = lever(1.0, "what is claimed for each step told: 1 is honest, above is overselling", unit="ratio", low=1.0)
    audience = lever(Audience.GENERAL_PUBLIC, "who is told")
    min_gap = lever(0.0, "least time between two announcements", unit="days")
    hold_before_election = lever(False, "no announcement during an election campaign on either side")
    hold_in_crisis = Lever(False, "no announcement while a crisis flares", needs="crises")
    probe = Lever(False, "a trial balloon goes first", needs="trial_balloons")
    feedback = lever(0.0, "length of a comment period after each announcement that may amend", unit="days")
    rules = Array(Rule, RULES)
    statements = Array(Statement, STATEMENTS)


def check(cadence):
    """Return a sentence for each contradiction between levers."""
    problems = []
    for i, rule in enumerate(cadence.rules):
        where = f"rules[{i}]"
        if rule.every > 0 and rule.on != Occasion.NONE:
            problems.append(f'{where}: both "every" and "on" given, expected one of them; make two rules')
        watches = rule.on in (Occasion.RUMOUR_ABOVE, Occasion.PRESSURE_ABOVE)
        if rule.level != 0.5 and not watches:
            problems.append(f'{where}: "level" given, but the rule watches no index; give on = "rumour above", say')
        says = rule.share != 1 or rule.delay != 0 or rule.content != Content.VERIFIED
        if rule.every == 0 and rule.on == Occasion.NONE and says:
            problems.append(f'{where}: neither "every" nor "on" given, so it would never report; give one')
    problems += misdated(cadence)
    if cadence.starts == Moment.NEVER:
        problems.append('"starts" is never, so no report would ever be made; leave the rules out instead')
    elif cadence.stops <= cadence.starts:
        problems.append('"stops" is not after "starts", so no report would ever be made; give a later one')
    return problems


def misdated(cadence):
    """Return a sentence for each statement that has no day, or comes too soon after the one before."""
    problems = []
    before = 0.0
    for k, statement in enumerate(cadence.statements):
        where = f"statements[{k}]"
        says = statement.share != 1 or statement.content != Content.VERIFIED or statement.voice != Voice.JOINT
        if statement.day == 0:
            if says:
                problems.append(f'{where}: no "day" given, so it would never be made; give one')
            before = -1.0
        elif before < 0:
            problems.append(f"{where}: given after one without a day; give every statement its day")
        elif before > 0 and statement.day < before + 1:
            problems.append(
                f"{where}.day: given {statement.day:g} days, expected at least a day after the statement before, of day {before:g}"
            )
        else:
            before = statement.day
    by_date = cadence.rules[BY_DATE]
    if cadence.statements[0].day > 0 and (by_date.every > 0 or by_date.on != Occasion.NONE):
        problems.append(
            f"rules[{BY_DATE}]: given beside statements, which take the place of rule {BY_DATE}; expected {BY_DATE} rules at most"
        )
    return problems
