"""A case of history: what happened when, who says so, and what a model is to be held against.

A case decides no timeline but by the events from outside that its config injects. It says where history fell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

from timeline.errors import ConfigError
from timeline.model.values import Number

What = Literal[
    "meeting", "step", "accord", "signature", "ratification", "leak", "publicity", "leader", "violation", "end", "other"
]  # fmt: skip
#: What a dated event can be, in the order of the lanes of a picture.
KINDS: tuple[What, ...] = get_args(What)

FateAtHorizon = Literal["in force", "failed", "never signed", "undecided"]
#: What can have become of a process at the horizon. "In force": signed, and not failed since. "Failed": signed, and
#: ended badly. "Never signed": ended badly before. "Undecided": neither signed nor ended.
FATES: tuple[FateAtHorizon, ...] = get_args(FateAtHorizon)


@dataclass(frozen=True)
class Fact:
    """A fact that has no day, and who says so."""

    about: str
    source: str


@dataclass(frozen=True)
class Dated:
    """A dated event of history.

    Attributes
    ----------
    earliest, latest
        Days since the start: the same where the date is known.
    what
        Which kind.
    about, source
        What happened, and who says so.
    reaches
        Column of the milestone that was reached by it; None if it is none.
    side
        "a" or "b" if it was one side's.
    clock
        The clock that is injected on its day; empty if none is.
    """

    earliest: float
    latest: float
    what: What
    about: str
    source: str
    reaches: str | None = None
    side: str = ""
    clock: str = ""

    @property
    def exact(self) -> bool:
        """Whether its day is known."""
        return self.earliest == self.latest


@dataclass(frozen=True)
class HistoryUntil:
    """A day until which history is taken as known, and what has to hold then besides its milestones.

    Attributes
    ----------
    day
        Days since the start.
    state
        (path, value) of fields of the state.
    """

    day: float
    state: tuple[tuple[str, Number], ...] = ()


@dataclass(frozen=True)
class Case:
    """What is known of a case.

    Attributes
    ----------
    starts
        The date of day 0.
    chosen
        The cadence that history chose.
    cadence, secrecy, insiders, sides
        What was told to whom; who kept what secret; how many knew; who the sides were and how they were ruled.
    fate, cause
        What had become of it at the horizon, and by what it failed; no cause if it had not or none is named.
    outcome
        The same in words.
    events
        In order of their days.
    until
        Up to when history is taken as known, where it is asked how it might have gone on.
    unreached
        Columns of milestones that had not been reached at the horizon.
    """

    starts: date
    chosen: str
    cadence: Fact
    secrecy: Fact
    insiders: Fact
    sides: Fact
    fate: FateAtHorizon
    cause: str
    outcome: Fact
    events: tuple[Dated, ...]
    until: HistoryUntil
    unreached: tuple[str, ...] = ()

    def milestones(self) -> dict[str, Dated]:
        """Return the first event by which each milestone was reached, by column, in order of their days."""
        found: dict[str, Dated] = {}
        for event in self.events:
            if event.reaches is not None:
                found.setdefault(event.reaches, event)
        return found

    @property
    def ended(self) -> float:
        """The first day on which it may have ended; infinity if it has not, or nobody says when."""
        ends = [event.earliest for event in self.events if event.what == "end"]
        return min(ends, default=math.inf) if self.fate in ("failed", "never signed") else math.inf

    def reached(self, milestone: str, day: float) -> bool:
        """Whether a milestone was reached before a day.

        Raises
        ------
        ConfigError
            If the day lies within the bounds of a date that is not known exactly.

        Examples
        --------
        >>> fact = Fact("", "")
        >>> signed = Dated(10.0, 14.0, "signature", "", "", "signed_day")
        >>> known, until = (fact, fact, fact, fact), HistoryUntil(20.0)
        >>> case = Case(date(1993, 1, 20), "silence", *known, "in force", "", fact, (signed,), until)
        >>> case.reached("signed_day", 20.0), case.reached("signed_day", 5.0), case.reached("accord_day", 20.0)
        (True, False, False)
        """
        event = self.milestones().get(milestone)
        if event is None:
            return False
        if event.earliest < day <= event.latest:
            raise ConfigError(
                f'given a day between the bounds of "{event.about}", expected one outside them: '
                "nobody knows whether that had happened"
            )
        return event.latest < day
