"""Targets: what a world's timelines say of the measures whose bands it has to lie in, and how far outside it lies.

Every reading is a mean over timelines, a ratio of two, or a ratio of two ratios. So a timeline adds four numbers to
each, and what it takes to know more is to add further timelines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from timeline.analysis.histories import Histories, Reader
from timeline.analysis.samples import sample
from timeline.arrays import Flags, Floats, Rows
from timeline.model.declarations import Integral, Model, Sampled
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
        histories = self.reader.read(rows, self.window.horizon)
        found = np.ones((len(rows), len(self.targets), 4))
        for place, target in enumerate(self.targets):
            found[:, place] = self._one(target, rows, histories)
        return found

    def _one(self, target: Target, rows: Rows, histories: Histories) -> Floats:
        ones = np.ones(len(rows))
        if target.reading == "rate ratio":
            return np.stack([*self._rate(target, rows, 0), *self._rate(target, rows, 1)], axis=1)
        if target.reading == "yardstick":
            values, among = sample(self.yardsticks[target.detail[0]], histories)
            return np.stack([np.where(among, values, 0.0), among, ones, ones], axis=1)
        if target.reading == "accord":
            return np.stack([np.isfinite(histories.accord), ones, ones, ones], axis=1)
        followed = histories.signed <= self.window.horizon - max(self.window.follow_up, target.at)
        if target.reading == "survival":
            return np.stack([followed & (histories.kept > target.at), followed, ones, ones], axis=1)
        values = self._sampled(target, rows)
        known = followed & ~np.isnan(values)
        return np.stack([np.where(known, values, 0.0), known, ones, ones], axis=1)

    def _sampled(self, target: Target, rows: Rows) -> Floats:
        for number, observation in enumerate(self.model.observations):
            if isinstance(observation, Sampled) and observation.column == target.detail[0]:
                place = int(np.argmin(np.abs(np.array(observation.days) - target.at)))
                values: Floats = rows[f"observation_{number}"][:, place]
                return values
        raise KeyError(target.detail[0])

    def _rate(self, target: Target, rows: Rows, which: int) -> tuple[Floats, Floats]:
        """Return the failures that count in one kind of year, and the days lived in it."""
        flag, causes = target.detail[which], target.detail[2:]
        days = next(
            rows[f"observation_{number}"]
            for number, observation in enumerate(self.model.observations)
            if isinstance(observation, Integral) and observation.field == flag
        )
        assert self.model.endpoints is not None
        cause = self.model.state.fields[self.model.endpoints.cause or "cause"]
        assert isinstance(cause, Field)
        wanted = [int(member) for member in members_of(cause) if spoken(member) in causes]
        state = rows["state"]
        failed = np.isin(column(state, self.model.endpoints.cause or "cause"), wanted)
        return (failed & column(state, flag)).astype(np.float64), days


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
