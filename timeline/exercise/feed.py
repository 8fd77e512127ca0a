"""The feed: what has happened and what was done at the table, in one order, as the players read it.

Within one telling nothing is put in before what is there already: what is decided on a day comes before all else that
is due on it, and what is taken back takes the exercise back to its day, from which the timeline is told anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from timeline.exercise.session import Session
from timeline.explaining.trace import Event
from timeline.study.played import Deed


@dataclass(frozen=True)
class FeedLine:
    """One line of the feed.

    Attributes
    ----------
    day
        In days since the start.
    kind
        Whether it happened, was injected, was decided, or was taken back.
    clock
        The clock of an event; empty otherwise.
    phase
        The phase before it.
    sentence
        What is said.
    """

    day: float
    kind: Literal["event", "injected", "decided", "taken back"]
    clock: str
    phase: str
    sentence: str


def feed(session: Session, taken_back: Sequence[Deed] = ()) -> list[FeedLine]:
    """Return all lines so far, the oldest first."""
    lines = [
        *_taken_back(session, taken_back),
        *_decided(session),
        *(event_line(e) for e in session.events if e.sentence),
    ]
    return sorted(lines, key=lambda line: line.day)  # which keeps the order of those on one day


def event_line(event: Event) -> FeedLine:
    """Return the line of an event that is told."""
    kind: Literal["event", "injected"] = "injected" if event.sentence.endswith("(injected)") else "event"
    return FeedLine(event.day, kind, event.clock, event.phase, event.sentence)


def _decided(session: Session) -> Iterator[FeedLine]:
    for deed in session.deeds:
        if deed.who == "participants":
            yield FeedLine(
                deed.day, "decided", "", _phase(session, deed.day), f"The participants decide on a report: {deed.what}."
            )


def _taken_back(session: Session, deeds: Sequence[Deed]) -> Iterator[FeedLine]:
    for place, deed in enumerate(deeds):
        # Who goes back further takes along what was taken back later.
        day = min(later.day for later in deeds[place:])
        yield FeedLine(day, "taken back", "", _phase(session, day), taken_back_sentence(deed))


def _phase(session: Session, day: int) -> str:
    """Return the phase in which a day begins."""
    place = bisect_left(session.events, float(day), key=lambda event: event.day)
    return session.events[place].phase if place < len(session.events) else session.phase


def taken_back_sentence(deed: Deed) -> str:
    """Say what was taken back."""
    what = "the participants' report" if deed.who == "participants" else "what the facilitator made happen"
    return f"Taken back: {what} ({deed.what}). From here on it is played anew."
