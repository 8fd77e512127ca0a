"""Targets: what a world's timelines say of the measures whose bands it has to lie in, and how far outside it lies.

Every reading is a mean over timelines, a ratio of two, or a ratio of two ratios. So a timeline adds four numbers to
each, and what it takes to know more is to add further timelines.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from timeline.analysis.histories import Histories, Reader
from timeline.analysis.samples import sample
from timeline.arrays import Flags, Floats, Rows
from timeline.model.declarations import Integral, Model, Sampled
from timeline.model.endpoints import Endpoints
from timeline.model.paths import column
from timeline.model.records import Field, members_of
from timeline.model.values import spoken
from timeline.study.uncertainty import Target
from timeline.study.window import Window
from timeline.study.yardsticks import Yardstick

#: What is added above and below a line before a rate ratio is taken, so that no violation is not no rate.
_HALF = 0.5


@dataclass(frozen=True)
class TargetReader:
    """Reads targets from an engine's rows.

    Attributes
    ----------
    model
        Whose rows they are. It keeps every observation that a target reads.
    window
        For how long crises and agreements are watched.
    targets
        What is read.
    yardsticks
        The measures of the config by key.
    """

    model: Model
    window: Window
    targets: tuple[Target, ...]
    yardsticks: Mapping[str, Yardstick] = field(default_factory=dict)
    reader: Reader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", Reader(self.model))

    def read(self, rows: Rows) -> Floats:
        """Return what each timeline adds to each target, shape (timelines, targets, 4).

        The four are above and below the line of the one rate, and of the other; the other is 1 / 1 but for a rate
        ratio.
        """
        # Few rows are read at a time, so that reading costs as much as playing: only what is needed is read, once.
        facts = self._facts(rows)
        found = np.ones((len(rows), len(self.targets), 4))
        for place, target in enumerate(self.targets):
            one = found[:, place]
            if target.reading == "rate ratio":
                one[:, 0], one[:, 1] = self._rate(target, rows, 0, facts)
                one[:, 2], one[:, 3] = self._rate(target, rows, 1, facts)
            elif target.reading == "accord":
                one[:, 0] = np.isfinite(column(rows["state"], self._ends.accord or ""))
            else:
                one[:, 0], one[:, 1] = self._mean(target, rows, facts)
        return found

    def _mean(self, target: Target, rows: Rows, facts: _Facts) -> tuple[Floats | Flags, Flags]:
        """Return what a timeline adds to a mean, and whether it counts."""
        if target.reading == "yardstick":
            assert facts.histories is not None
            values, among = sample(self.yardsticks[target.detail[0]], facts.histories)
            return np.where(among, values, 0.0), among
        # A day that never came is NaN, and no later than any other.
        followed = facts.signed <= self.window.horizon - max(self.window.follow_up, target.at)
        if target.reading == "survival":
            return followed & (facts.lost > facts.signed + target.at), followed
        values = self._sampled(target, rows)
        known = followed & ~np.isnan(values)
        return np.where(known, values, 0.0), known

    def _facts(self, rows: Rows) -> _Facts:
        state, ends = rows["state"], self._ends
        readings = {target.reading for target in self.targets}
        never = np.full(len(rows), np.nan)
        signed = never if ends.signed is None else column(state, ends.signed).astype(np.float64)
        failed = np.isin(column(state, ends.outcome), self._members(ends.outcome, ends.failures))
        return _Facts(
            signed=signed,
            lost=np.where(failed, column(state, ends.day), np.inf),
            histories=self.reader.read(rows, self.window.horizon) if "yardstick" in readings else None,
            causes={
                causes: np.isin(column(state, ends.cause or ""), self._members(ends.cause or "", causes))
                for causes in {target.detail[2:] for target in self.targets if target.reading == "rate ratio"}
            },
        )

    @property
    def _ends(self) -> Endpoints:
        ends = self.model.endpoints
        assert ends is not None  # or no target could have been named
        return ends

    def _members(self, path: str, names: Collection[str]) -> list[int]:
        """Return the numbers of an enumeration's members by their names."""
        declared = self.model.state.fields[path]
        assert isinstance(declared, Field)
        return [int(member) for member in members_of(declared) if {spoken(member), member.name.lower()} & set(names)]

    def _sampled(self, target: Target, rows: Rows) -> Floats:
        for number, observation in enumerate(self.model.observations):
            if isinstance(observation, Sampled) and observation.column == target.detail[0]:
                place = int(np.argmin(np.abs(np.array(observation.days) - target.at)))
                values: Floats = rows[f"observation_{number}"][:, place]
                return values
        raise KeyError(target.detail[0])

    def _rate(self, target: Target, rows: Rows, which: int, facts: _Facts) -> tuple[Flags, Floats]:
        """Return the failures that count in one kind of year, and the days lived in it."""
        flag = target.detail[which]
        days = next(
            rows[f"observation_{number}"]
            for number, observation in enumerate(self.model.observations)
            if isinstance(observation, Integral) and observation.field == flag
        )
        failed: Flags = facts.causes[target.detail[2:]] & column(rows["state"], flag)
        return failed, days


class _Facts(NamedTuple):
    """What several targets need to know of some timelines: when they signed and failed, and by what."""

    signed: Floats
    lost: Floats
    histories: Histories | None
    causes: Mapping[tuple[str, ...], Flags]


@dataclass(frozen=True, eq=False)
class Nearness:
    """How far a world lies from its targets.

    Attributes
    ----------
    estimates
        Of each target, shape (targets,); NaN where no timeline says anything of it.
    errors
        Their Monte Carlo standard errors, on the scale on which distances are taken.
    misses
        How far outside its band each lies, in half widths of the band; 0 inside.
    """

    estimates: Floats
    errors: Floats
    misses: Floats

    @property
    def distance(self) -> float:
        """How far outside the world lies: the misses together, as in Pythagoras; 0 if it lies in all bands."""
        return float(np.sqrt((self.misses**2).sum()))


#: Half a 95% interval in standard errors.
CONFIDENT = 1.959963984540054
#: How far off a target counts of which no timeline says anything, in half widths of its band.
UNKNOWN = 10.0


def nearness(targets: Sequence[Target], added: Floats, slack: float = 0.0) -> Nearness:
    """Return how far a world lies from its targets.

    A band is the error of what is known of the real world. Of a world that is played few times too little is known as
    well, so that a band is as wide as both errors together make it, at most 1.4 times (Vernon, Goldstein & Bower 2010,
    Bayesian Anal. 5:619-669, cut at 95%).

    Parameters
    ----------
    targets
        The bands.
    added
        From `TargetReader.read`, of n timelines of the world.
    slack
        So many standard errors an estimate may be off in the world's favour.

    Examples
    --------
    Half of many agreements are kept, where 60 to 80% should be.

    >>> added = np.ones((20_000, 1, 4))
    >>> added[:10_000, 0, 0] = 0
    >>> found = nearness([Target("kept", "survival", 0.6, 0.8, 365.0)], added)
    >>> found.estimates.tolist(), found.misses.round(2).tolist()
    ([0.5], [1.0])
    """
    sums = added.sum(axis=0)
    logarithm = np.array([target.logarithm for target in targets])
    sums = np.where(logarithm[:, None] & np.array([True, False, True, False]), sums + _HALF, sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = sums[:, 0] / sums[:, 1]
        estimates = np.where(logarithm, rates / (sums[:, 2] / sums[:, 3]), rates)
        errors = _errors(added, sums, rates, logarithm)
        off = np.where(logarithm, np.log(estimates), estimates)
    middle, half = _bands(targets)
    allowed = np.hypot(half, np.minimum(CONFIDENT * np.nan_to_num(errors, nan=np.inf), half))
    misses = np.maximum((np.abs(off - middle) - slack * np.nan_to_num(errors)) / allowed - 1.0, 0.0)
    return Nearness(estimates, errors, np.minimum(np.where(np.isfinite(off), misses, UNKNOWN), UNKNOWN))


def _errors(added: Floats, sums: Floats, rates: Floats, logarithm: Flags) -> Floats:
    """Return standard errors: of a mean as if two more timelines had come out one way and the other."""
    spread = np.sqrt(((added[:, :, 0] - rates * added[:, :, 1]) ** 2).sum(axis=0) + 0.5) / (sums[:, 1] + 2)
    counted = np.sqrt(1 / sums[:, 0] + 1 / sums[:, 2])
    return np.where(logarithm, counted, spread)


def _bands(targets: Sequence[Target]) -> tuple[Floats, Floats]:
    """Return the middles and half widths of bands, on the scales on which distances are taken."""
    ends = np.array([(target.low, target.high) for target in targets])
    logarithm = np.array([target.logarithm for target in targets])[:, None]
    with np.errstate(divide="ignore"):
        ends = np.where(logarithm, np.log(ends), ends)
    return ends.mean(axis=1), (ends[:, 1] - ends[:, 0]) / 2
