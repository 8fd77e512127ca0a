"""The log of an exercise: where a table-top exercise stands that a config is the log of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Deed:
    """What somebody did at the table.

    Attributes
    ----------
    day
        On which day since the start.
    who
        ``"participants"`` or ``"facilitator"``.
    what
        In words.
    """

    day: int
    who: str
    what: str


@dataclass(frozen=True)
class PlayedLog:
    """Whose decisions a config holds besides its own content, and how far they were played.

    Attributes
    ----------
    cadence
        The cadence that holds what was decided.
    scenario
        In which world it was played.
    replication
        With which luck.
    day
        Up to which day since the start.
    injected
        How many of the scenario's last injections were made in the exercise.
    stands_on
        The cadence whose rules go on beneath what was decided; None if none does.
    sources
        The hash of the model's sources.
    taken_back
        What was done and taken back again, in that order.
    """

    cadence: str
    scenario: str
    replication: int
    day: int
    injected: int
    stands_on: str | None
    sources: str
    taken_back: tuple[Deed, ...] = ()
