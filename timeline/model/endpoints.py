"""Endpoints: which columns of a replication's row say what became of the agreement.

A model declares one instance; everything in the analysis reads rows through it.
This file imports nothing heavy, because models import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from timeline.errors import ModelError

MeasureUnit = Literal["share", "index", "days", "count"]
Direction = Literal["higher", "lower", "neither"]


@dataclass(frozen=True)
class AtEnd:
    """A number that every timeline ends with, whose mean is one more measure to compare cadences by.

    Parameters
    ----------
    column
        A number of the final row. A timeline that holds NaN there is left out of the mean.
    title
        What the mean is, in plain words.
    unit
        ``share`` and ``index`` lie in [0, 1].
    better
        Which direction an agreement's friend would wish for.
    name
        What configs call it; the column unless given.

    Raises
    ------
    ModelError
        If unit or direction is none of these.

    Examples
    --------
    >>> AtEnd("carried_out_share", "Mean share carried out", "share", "higher", name="carried out").key
    'carried_out'
    >>> AtEnd("leaks", "Mean number of leaks", "leaks", "lower")
    Traceback (most recent call last):
    ...
    timeline.errors.ModelError: endpoints: further "leaks": unit "leaks" given, expected one of share, index, ...
    """

    column: str
    title: str
    unit: MeasureUnit
    better: Direction
    name: str = ""

    def __post_init__(self) -> None:
        for word, given, known in (("unit", self.unit, MeasureUnit), ("better", self.better, Direction)):
            if given not in get_args(known):
                expected = ", ".join(get_args(known))
                raise ModelError(
                    f'endpoints: further "{self.column}": {word} "{given}" given, expected one of {expected}'
                )

    @property
    def key(self) -> str:
        """The key of the measure."""
        return (self.name or self.column).replace(" ", "_").replace(".", "_")


@dataclass(frozen=True)
class Endpoints:
    """How to read a replication's final row.

    Parameters
    ----------
    phases
        Ordered pairs (name, milestone column). A timeline that has not ended is in the last
        phase whose milestone lies in the past. The first phase has no milestone (None).
    failures
        Outcomes that end the agreement badly.
    safe
        Outcomes after which the agreement counts as in force for ever.
    still_open
        The outcome of a timeline that had not ended at the horizon.
    outcome, cause, day
        Columns: how the timeline ended, by what, and on which day since the start.
    no_cause
        What the cause column holds when there is no cause. A failure without a cause, such as
        talks abandoned, is reported under its outcome's name.
    causes
        Causes in the order of a report. Others are added behind them, by name.
    accord, signed, half_verified
        Milestone columns, days since the start, NaN if never reached. None if the model lacks it.
    fragile
        Column that says whether a deal is of the fragile kind; None if the model knows no such kind.
    hostility
        Column of the final hostility index, in [0, 1]; None if the model lacks it.
    further
        What else to compare cadences by: numbers that every timeline ends with.

    Raises
    ------
    ModelError
        If the declaration contradicts itself.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None), ("accord", "accord_day"), ("signed", "signed_day")))
    >>> ends.outcomes
    ('open', 'abandoned', 'collapsed', 'consolidated')
    >>> Endpoints(phases=(("talks", "talks_day"),))
    Traceback (most recent call last):
    ...
    timeline.errors.ModelError: endpoints: phases[0] is ('talks', 'talks_day'), expected no milestone ...
    """

    phases: tuple[tuple[str, str | None], ...]
    failures: tuple[str, ...] = ("abandoned", "collapsed")
    safe: tuple[str, ...] = ("consolidated",)
    still_open: str = "open"
    outcome: str = "outcome"
    cause: str = "cause"
    day: str = "day"
    no_cause: str = "none"
    causes: tuple[str, ...] = ()
    accord: str | None = "accord_day"
    signed: str = "signed_day"
    half_verified: str | None = "half_verified_day"
    hostility: str | None = "hostility"
    fragile: str | None = None
    further: tuple[AtEnd, ...] = ()

    def __post_init__(self) -> None:
        if not self.phases:
            raise ModelError("endpoints: phases is empty, expected at least the phase in which timelines start")
        if self.phases[0][1] is not None:
            raise ModelError(
                f"endpoints: phases[0] is {self.phases[0]!r}, expected no milestone there; "
                "give the first phase None, since every timeline starts in it"
            )
        for i, (name, milestone) in enumerate(self.phases[1:], start=1):
            if milestone is None:
                raise ModelError(
                    f"endpoints: phases[{i}] ({name!r}) has no milestone, expected one; "
                    "name the column of the day it begins"
                )
        states = [name for name, _ in self.phases] + list(self.outcomes[1:])
        repeated = sorted({name for name in states if states.count(name) > 1})
        if repeated:
            raise ModelError(
                f"endpoints: {', '.join(repeated)} named twice among phases, failures and safe; "
                "give every phase and outcome one name and one place"
            )
        if self.still_open in self.outcomes[1:]:
            raise ModelError(f"endpoints: {self.still_open!r} is both still open and an ending; take it out")
        keys = [own.key for own in self.further]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ModelError(f"endpoints: further names {', '.join(twice)} twice, expected names of their own")

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every outcome a row may have: open, then failures, then safe ones."""
        return (self.still_open, *self.failures, *self.safe)
