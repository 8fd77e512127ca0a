"""Uncertainty: what is not known of the world, as plain data.

Chance is what differs between replications of one world. Ignorance is what differs between worlds: nobody knows the
values of the assumptions. Here stands what a config says about it: by which laws worlds are drawn, how many, and
which of them could be ours (`Target`). `timeline.config.uncertainty` reads it, `timeline.study.drawn` draws.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Acceptance = Literal["reject", "move", "weight"]
Directions = Literal["essays", "free"]
Structures = Literal["mechanisms", "scenarios"]
PriorLaw = Literal["uniform", "loguniform", "triangular", "normal", "lognormal", "beta", "point"]
TargetReading = Literal["survival", "sampled", "accord", "rate ratio", "yardstick"]

LAWS: tuple[PriorLaw, ...] = get_args(PriorLaw)
DECLARED = "declared"


@dataclass(frozen=True)
class Prior:
    """How an assumption is distributed over worlds, in its declared unit.

    Attributes
    ----------
    law
        Its kind.
    numbers
        ``uniform`` and ``loguniform``: low, high; ``triangular``: low, mode, high; ``normal``: mean, standard
        deviation; ``lognormal``: mean and standard deviation of the natural logarithm; ``beta``: its two shape
        parameters; ``point``: the value.
    low, high
        What the assumption can possibly be. A law is cut off there.
    whole
        Whether it is a whole number.
    """

    law: PriorLaw
    numbers: tuple[float, ...]
    low: float = -math.inf
    high: float = math.inf
    whole: bool = False


@dataclass(frozen=True)
class Correlation:
    """Spearman's rank correlation of two assumptions over worlds."""

    one: str
    other: str
    rank: float


@dataclass(frozen=True)
class Target:
    """A band in which a measure of a world has to lie, if the world is to be one that could be ours.

    A workspace names sets of them in ``models/claims.py``: ``TARGETS`` maps a model's name to sets by name.

    Attributes
    ----------
    title
        What is measured, in plain words.
    reading
        ``"survival"``: share of agreements that are kept for ``at`` days since signature. ``"sampled"``: mean of an
        observation since signature on day ``at``. ``"accord"``: share of timelines that reach one. ``"rate ratio"``:
        how many times as often an agreement fails in one kind of year as in another. ``"yardstick"``: a measure of
        the config.
    low, high
        The band, limits included.
    at
        Days since signature; 0 where it means nothing.
    detail
        Of a sample, the observation's name. Of a rate ratio: the flag of the one kind of year, that of the other, and
        the causes that count. Of a yardstick, its key.
    source
        Whom to cite; empty if the config itself says it.

    Examples
    --------
    >>> Target("kept for a year", "survival", 0.61, 0.87, 365.0).middle
    0.74
    """

    title: str
    reading: TargetReading
    low: float
    high: float
    at: float = 0.0
    detail: tuple[str, ...] = ()
    source: str = ""

    @property
    def logarithm(self) -> bool:
        """Whether distances are ratios: of a rate ratio a half is as far off as a double."""
        return self.reading == "rate ratio"

    @property
    def middle(self) -> float:
        """The middle of the band, on the scale on which distances are taken."""
        return math.sqrt(self.low * self.high) if self.logarithm else (self.low + self.high) / 2


@dataclass(frozen=True)
class Studied:
    """A study that could be made of one assumption.

    Attributes
    ----------
    of
        The assumption's path.
    deviation
        Standard deviation of one observation; of an assumption that is drawn by equal ratios, of its natural logarithm.
    sizes
        Numbers of observations that are thought of.
    """

    of: str
    deviation: float
    sizes: tuple[int, ...]


@dataclass(frozen=True)
class Further:
    """What else is asked of worlds, beside the answer over those that could be ours.

    Attributes
    ----------
    other_directions
        Whether fewer worlds are drawn too whose ratios keep to the essays' side, or do not, the other way than these.
    structures
        In which other structures of the model some of the worlds are played: ``"mechanisms"``, without each in turn;
        ``"scenarios"``, in the config's other scenarios.
    screening
        How many paths through all assumptions are played to say what the answer hangs on; 0 for none.
    studies
        Studies whose worth is asked.
    """

    other_directions: bool = True
    structures: tuple[Structures, ...] = ()
    screening: int = 0
    studies: tuple[Studied, ...] = ()


@dataclass(frozen=True)
class Uncertainty:
    """What a config says of what is not known.

    Attributes
    ----------
    worlds
        How many worlds are asked for: drawn ones if none is set aside, else accepted ones.
    replications
        Timelines of each world under each cadence.
    timelines
        If not 0, how many may be played under each cadence: a pilot splits them between worlds and replications.
    seed
        Of the worlds that are drawn, not of their luck.
    source
        ``"declared"``: every assumption is drawn from its plausible range; else the path of a table of draws, as
        written.
    draws
        The checksum of that table, so that another table is another question.
    directions
        ``"essays"``: ranges as declared, which mostly lie on one side of "no effect" and so restate the essays;
        ``"free"``: ratios are as likely to work the other way round.
    directions_of
        The same for single mechanisms.
    laws
        Laws that the config gives instead, by path.
    known
        Assumptions that the config or one of its scenarios sets: known of this case, so the same in all worlds unless
        a law is given.
    correlations
        Rank correlations of pairs of assumptions.
    keep
        The bands in which a world that could be ours lies.
    record
        The name of the set of bands that is part of ``keep``; empty if none is.
    free
        The assumptions that differ between worlds, or mechanisms whose assumptions all do; all of them if empty.
    hold_out
        Titles of bands of ``keep`` by which no world is chosen: what the accepted worlds say of them is a test.
    accept
        ``"reject"``: worlds outside are set aside; ``"weight"``: worlds count the less the farther they lie from
        the middle of the bands; ``"move"``: worlds are moved until as many as are asked for lie inside.
    further
        What else is asked of them.
    """

    worlds: int = 1_000
    replications: int = 300
    timelines: int = 0
    seed: int = 0
    source: str = DECLARED
    draws: str = ""
    directions: Directions = "essays"
    directions_of: Mapping[str, Directions] = field(default_factory=dict)
    laws: Mapping[str, Prior] = field(default_factory=dict)
    known: tuple[str, ...] = ()
    correlations: tuple[Correlation, ...] = ()
    keep: tuple[Target, ...] = ()
    record: str = ""
    free: tuple[str, ...] = ()
    hold_out: tuple[str, ...] = ()
    accept: Acceptance = "reject"
    further: Further = Further()

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data that JSON can hold.

        Examples
        --------
        >>> Uncertainty.from_json(Uncertainty(worlds=64).to_json()).worlds
        64
        """
        from timeline.model.values import as_json

        plain: dict[str, Any] = as_json(asdict(self))
        return plain

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Uncertainty:
        """Return what `to_json` has written.

        Raises
        ------
        ValueError
            If it is not of this shape.
        """
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_python(dict(content))

    @property
    def used(self) -> tuple[Target, ...]:
        """The bands by which worlds are chosen."""
        return tuple(target for target in self.keep if target.title not in self.hold_out)

    @property
    def tested(self) -> tuple[Target, ...]:
        """The bands that are left out, for a test."""
        return tuple(target for target in self.keep if target.title in self.hold_out)

    def frees(self, path: str, mechanism: str) -> bool:
        """Say whether an assumption of a mechanism differs between worlds."""
        return not self.free or path in self.free or mechanism in self.free

    def direction_of(self, mechanism: str) -> Directions:
        """Return what holds for the ratios of a mechanism."""
        return self.directions_of.get(mechanism, self.directions)
