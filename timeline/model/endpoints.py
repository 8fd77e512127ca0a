"""Endpoints: which columns of a replication's row say what became of it, and by what timelines are compared.

A model declares one instance; everything in the analysis reads rows through it. A model of agreements says when one is
signed and how it ends; any other says ``signed=None`` and names its own measures.
This file imports nothing heavy, because models import it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from timeline.errors import ModelError, nearest

#: The measure of the answer where a model signs agreements and names no other.
IN_FORCE = "in_force_end"

#: Stands for a default that hangs on whether the model signs agreements; no instance holds it.
_USUAL = "(as usual)"

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
        Which direction whoever asks would wish for.
    name
        What configs call it; the column unless given.
    most
        The largest value that there can be, where none is below 0; ``"horizon"`` for days out of those watched. Means
        between such bounds have intervals that hold for few replications too, and can be asked for by
        ``[precision]``. Shares and indices need none.
    says
        A clause for the answer with ``{}`` for the value, such as ``"the border is quiet for {}"``; made of the title
        unless given.

    Raises
    ------
    ModelError
        If unit or direction is none of these, the bound is none, or the clause has no place for the value.

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
    most: float | Literal["horizon"] | None = None
    says: str = ""

    def __post_init__(self) -> None:
        for word, given, known in (("unit", self.unit, MeasureUnit), ("better", self.better, Direction)):
            if given not in get_args(known):
                expected = ", ".join(get_args(known))
                raise ModelError(
                    f'endpoints: further "{self.column}": {word} "{given}" given, expected one of {expected}'
                )
        self._require_bound()
        if self.says and self.says.count("{}") != 1:
            raise ModelError(
                f'endpoints: further "{self.column}": says "{self.says}" given, expected a clause with one {{}} for '
                'the value, such as "the border is quiet for {}"'
            )

    def _require_bound(self) -> None:
        expected = ""
        if self.most == "horizon":
            expected = "" if self.unit == "days" else 'a number: only days are bounded by the "horizon"'
        elif self.most is not None:
            if not isinstance(self.most, int | float) or not 0 < self.most < math.inf:
                expected = 'a number above 0, or "horizon"'
            elif self.unit in ("share", "index") and self.most != 1:
                expected = "none: shares and indices lie between 0 and 1"
        if expected:
            raise ModelError(f'endpoints: further "{self.column}": most {self.most!r} given, expected {expected}')

    def span(self, horizon: float) -> float:
        """Return the largest value that there can be, where none is below 0; infinity if nothing bounds them.

        Parameters
        ----------
        horizon
            Days for which timelines are watched.

        Examples
        --------
        >>> AtEnd("quiet_days", "Mean days of quiet", "days", "higher", most="horizon").span(3652.5)
        3652.5
        """
        if self.unit in ("share", "index"):
            return 1.0
        bound = horizon if self.most == "horizon" else self.most
        return math.inf if bound is None else float(bound)

    @property
    def key(self) -> str:
        """The key of the measure."""
        return (self.name or self.column).replace(" ", "_").replace(".", "_")


@dataclass(frozen=True)
class LaterAgreements:
    """Where a row holds the agreements that a process signed after its first end.

    Parameters
    ----------
    signed, ended
        Columns of as many days as there may be later agreements, each NaN where there is none.
    half_verified
        The same for the day on which half had been verified; None if the model lacks it.

    Examples
    --------
    >>> LaterAgreements("later.signed", "later.ended").columns
    ('later.signed', 'later.ended')
    """

    signed: str
    ended: str
    half_verified: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are named."""
        return tuple(column for column in (self.signed, self.ended, self.half_verified) if column is not None)


@dataclass(frozen=True)
class Wording:
    """What a page calls things that every model has, in the model's own words.

    Attributes
    ----------
    cadence
        What a cadence is; completes "A cadence is ...".
    sides
        Whether the page names sides a and b.
    horizon
        The words before the time that is watched, in the answer.

    Examples
    --------
    >>> Wording("a rule for how many counters are open", horizon="over").horizon
    'over'
    """

    cadence: str = "a named choice of what can be chosen in the model"
    sides: bool = False
    horizon: str = "within"


#: How pages of models that sign agreements speak.
OF_AGREEMENTS = Wording(
    "a rule for what the secret channel tells the public, when, and how much", sides=True, horizon="after"
)


@dataclass(frozen=True)
class Endpoints:
    """How to read a replication's final row.

    Parameters
    ----------
    phases
        Ordered pairs (name, milestone column). A timeline that has not ended is in the last
        phase whose milestone lies in the past. The first phase has no milestone (None). One phase, "running", if left
        out.
    failures
        Outcomes that end the agreement, or whatever the model is about, badly.
    safe
        Outcomes after which the agreement counts as in force for ever.
    still_open
        The outcome of a timeline that had not ended at the horizon.
    outcome, cause, day
        Columns: how the timeline ended, by what, and on which day since the start. No cause (None) if the model has
        no such field.
    no_cause
        What the cause column holds when there is no cause. A failure without a cause, such as
        talks abandoned, is reported under its outcome's name.
    causes
        Causes in the order of a report. Others are added behind them, by name.
    accord, signed, half_verified
        Milestone columns, days since the start, NaN if never reached. None if the model lacks it. Without ``signed``
        the model is not about agreements: no measure speaks of them, and what is not given among failures, safe,
        cause, accord, half_verified and hostility is absent.
    fragile
        Column that says whether a deal is of the fragile kind; None if the model knows no such kind.
    later
        Agreements of processes that began anew; None if what has failed does not begin again. What is in force on a
        day, and for how long, counts any agreement; every other measure speaks of the first process.
    hostility
        Column of the final hostility index, in [0, 1]; None if the model lacks it.
    further
        What else to compare cadences by: numbers that every timeline ends with.
    primary
        The key of the measure that the answer speaks of. In force at the end if the model signs agreements, else the
        first of ``further`` that has a direction, else the first outcome.
    wording
        What a page calls things; the words of a secret channel if the model signs agreements and gives no others.

    Raises
    ------
    ModelError
        If the declaration contradicts itself, or the primary measure is none of the model's.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None), ("accord", "accord_day"), ("signed", "signed_day")))
    >>> ends.outcomes
    ('open', 'abandoned', 'collapsed', 'consolidated')
    >>> Endpoints(phases=(("talks", "talks_day"),))
    Traceback (most recent call last):
    ...
    timeline.errors.ModelError: endpoints: phases[0] is ('talks', 'talks_day'), expected no milestone ...
    >>> queue = Endpoints(signed=None, further=(AtEnd("waited", "Mean days waited", "days", "lower"),))
    >>> queue.primary, queue.failures, queue.hostility
    ('waited', (), None)
    """

    phases: tuple[tuple[str, str | None], ...] = (("running", None),)
    failures: tuple[str, ...] = (_USUAL,)
    safe: tuple[str, ...] = (_USUAL,)
    still_open: str = "open"
    outcome: str = "outcome"
    cause: str | None = _USUAL
    day: str = "day"
    no_cause: str = "none"
    causes: tuple[str, ...] = ()
    accord: str | None = _USUAL
    signed: str | None = "signed_day"
    half_verified: str | None = _USUAL
    hostility: str | None = _USUAL
    fragile: str | None = None
    later: LaterAgreements | None = None
    further: tuple[AtEnd, ...] = ()
    primary: str = ""
    wording: Wording | None = None

    def __post_init__(self) -> None:
        self._fill_in()
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
        if self.signed is None:
            self._require_no_agreement()
        self._require_primary()

    def _fill_in(self) -> None:
        """Give what was left out its usual value, which hangs on whether the model signs agreements."""
        signs = self.signed is not None
        usual: dict[str, tuple[str, ...] | str | None] = {
            "failures": ("abandoned", "collapsed") if signs else (),
            "safe": ("consolidated",) if signs else (),
            "accord": "accord_day" if signs else None,
            "half_verified": "half_verified_day" if signs else None,
            "hostility": "hostility" if signs else None,
        }
        for name, value in usual.items():
            if getattr(self, name) in (_USUAL, (_USUAL,)):
                object.__setattr__(self, name, value)
        if self.cause == _USUAL:
            object.__setattr__(self, "cause", "cause" if self.failures else None)
        if not self.primary:
            object.__setattr__(self, "primary", self._usual_primary())

    def _usual_primary(self) -> str:
        if self.signed is not None:
            return IN_FORCE
        keys = [own.key for own in self.further if own.better != "neither"]
        return next(iter([*keys, *(f"outcome_{name}" for name in self.outcomes[1:])]), "")

    def _require_no_agreement(self) -> None:
        for word in ("half_verified", "fragile", "later"):
            if getattr(self, word) is not None:
                raise ModelError(
                    f'endpoints: {word} "{getattr(self, word)}" given with signed=None, expected {word}=None: without '
                    "a signature there is no agreement to speak of"
                )

    def _require_primary(self) -> None:
        known = self._possible_primaries()
        if not known:
            raise ModelError(
                "endpoints: given no signature, no outcome and no further number that is better one way, expected at "
                'least one measure; give further=(AtEnd("FIELD", "Mean ...", "days", "lower"),)'
            )
        if self.primary not in known:
            near = nearest(self.primary, known)
            raise ModelError(
                f'endpoints: primary "{self.primary}" given, expected a measure of all timelines that is better one '
                f"way: {', '.join(known)}{near}"
            )

    def _possible_primaries(self) -> list[str]:
        known = [IN_FORCE, "signed"] if self.signed is not None else []
        known += ["in_force_verified_end"] if self.half_verified is not None else []
        known += ["hostility"] if self.hostility is not None else []
        known += ["time_to_accord"] if self.accord is not None else []
        known += [own.key for own in self.further if own.better != "neither"]
        return known + [f"outcome_{name}" for name in (*self.safe, *self.failures)]

    @property
    def words(self) -> Wording:
        """What a page calls things."""
        return self.wording or (Wording() if self.signed is None else OF_AGREEMENTS)

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Every outcome a row may have: open, then failures, then safe ones."""
        return (self.still_open, *self.failures, *self.safe)
