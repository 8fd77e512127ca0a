"""Side by side: many pairs of cadences at once, the error of each difference, and its limits.

A contrast of two cadences needs a few numbers, all of them kept as arrays with one entry a pair: 200 cadences have
19,900 pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np

from timeline.analysis.influences import Influences
from timeline.analysis.intervals import bounded_means, limits_of_bounded_means, wilson
from timeline.analysis.score_limits import score_limits
from timeline.arrays import Flags, Floats, Places
from timeline.study.yardsticks import Yardstick


class Contrast(NamedTuple):
    """A difference between two arms; NaN where undefined, and then `note` says why."""

    difference: float
    se: float
    low: float
    high: float
    n: int
    critical: float
    distinguishable: bool | None
    note: str


@dataclass(frozen=True)
class SideBySide:
    """Pairs of cadences, each of the first less the second.

    Attributes
    ----------
    measure
        What is compared.
    total
        Number of replications; one for each pair, shape (m,), where pairs of several scenarios are joined.
    difference, variance
        Shape (m,), as all that follows: estimate of the first less that of the second, 0 if they are identical; sum of
        squares of the influences on it.
    counted
        Shape (2, m): how many replications count under each.
    n
        How many count under either.
    same_population, identical
        Whether the same ones count under both; and whether no value differs either.
    ones, only
        Of shares, shape (2, m): how many are 1 under each, and under each alone.
    mixed
        Correlation of the two influences; not looked for where all populations are the same.
    known
        Whether there is an error to judge the difference by.
    """

    measure: Yardstick
    total: float | Floats
    difference: Floats
    variance: Floats
    counted: Floats
    n: Floats
    same_population: Flags
    identical: Flags
    ones: Floats
    only: Floats
    mixed: Floats
    known: Flags

    @classmethod
    def of(cls, measure: Yardstick, found: Influences, first: Places, second: Places) -> SideBySide:
        """Put cadences side by side, given the places (m,) of the first and of the second of each pair."""
        members = found.counted.diagonal()
        one, other, both = members[first], members[second], found.counted[first, second]
        if measure.of_both:
            other = both = one
        same_population = (one == other) & (other == both)
        identical, known = same_population & ~found.differ[first, second], np.minimum(one, other) >= 2
        return cls(
            measure=measure,
            total=float(found.n),
            difference=np.where(identical & known, 0.0, found.estimates[first] - found.estimates[second]),
            variance=found.apart[first, second],
            counted=np.array([one, other]),
            n=one + other - both,
            same_population=same_population,
            identical=identical,
            ones=np.array([found.ones[first], found.ones[second]]),
            only=np.array([found.only[first, second], found.only[second, first]]),
            mixed=np.zeros(len(first)) if same_population.all() else found.together[first, second],
            known=known,
        )

    @classmethod
    def joined(cls, several: Sequence[SideBySide]) -> SideBySide:
        """Return the pairs of several scenarios as one, in order; they are of one measure."""
        if len(several) == 1:
            return several[0]
        names = [each.name for each in fields(cls) if each.name not in ("measure", "total")]
        together: dict[str, Any] = {
            name: np.concatenate([getattr(pairs, name) for pairs in several], axis=-1) for name in names
        }
        total = np.concatenate([np.broadcast_to(pairs.total, pairs.n.shape) for pairs in several])
        return cls(measure=several[0].measure, total=total, **together)

    def times(self, factor: float) -> SideBySide:
        """Return the pairs after so many times as many replications of the same make."""
        if factor == 1.0:
            return self
        return replace(
            self,
            total=self.total * factor,
            variance=self.variance * factor,
            counted=self.counted * factor,
            n=self.n * factor,
            ones=self.ones * factor,
            only=self.only * factor,
        )

    @property
    def smaller(self) -> Floats:
        """How many count under the one under which fewer do."""
        found: Floats = self.counted.min(axis=0)
        return found

    def errors(self) -> Floats:
        """Standard error of each difference, 0 if nothing varies."""
        # n - 1 of the smaller population, so that a common one gives the textbook paired error.
        own = self.smaller / np.maximum(self.smaller - 1, 1)
        return np.where(self.identical, 0.0, np.sqrt(self.variance * own) / self.total)

    def intervals(self, critical: float) -> tuple[Floats, Floats]:
        """Lower and upper ends of intervals that are good as a whole."""
        measure, difference = self.measure, self.difference
        if measure.statistic == "share":
            one, other = self.only
            squares = one + other - self.n * difference**2
            of_same = bounded_means(difference, squares, self.n, (-1.0, 1.0), critical)
            both = np.full(len(difference), critical)
            return self._of_shares(of_same, both, both)
        if self.bounded:
            bounds = (-measure.span, measure.span)
            return bounded_means(difference, self._squares, self.smaller, bounds, critical)
        error = self.errors()
        return difference - critical * error, difference + critical * error

    def limits(self, below: Floats, above: Floats) -> tuple[Floats, Floats]:
        """Lower and upper limits, each good by itself, given the critical values (m,) of the lower and of the upper."""
        measure, difference = self.measure, self.difference
        if measure.statistic == "share":
            n = np.where(self.same_population, self.n, 1.0)
            only = np.where(self.same_population, self.only, 0.0)
            return self._of_shares(score_limits(only[0], only[1], np.maximum(n, 1.0), below, above), below, above)
        if self.bounded:
            bounds = (-measure.span, measure.span)
            return limits_of_bounded_means(difference, self._squares, self.smaller, bounds, below, above)
        error = self.errors()
        return difference - below * error, difference + above * error

    def contrasts(self, critical: float) -> list[Contrast]:
        """Return the pairs as contrasts."""
        with np.errstate(invalid="ignore", divide="ignore"):
            errors, (low, high) = self.errors(), self.intervals(critical)
        apart = (low > 0) | (high < 0)
        known, notes = self.known.tolist(), self.notes(errors)
        nan = float("nan")
        columns = (self.difference, errors, low, high, self.n, apart)
        return [
            # One timeline still has a value, but no error to judge it by; nobody has neither.
            Contrast(difference, se, down, up, round(n), critical, told, note)
            if there
            else Contrast(difference, nan, nan, nan, round(n), critical, None, note)
            for there, note, (difference, se, down, up, n, told) in zip(
                known, notes, zip(*(column.tolist() for column in columns), strict=True), strict=True
            )
        ]

    @property
    def bounded(self) -> bool:
        """Whether a mean has bounds, from which its intervals follow."""
        return self.measure.statistic == "mean" and self.measure.span < np.inf

    @property
    def _squares(self) -> Floats:
        """Sums of squares about the mean; where the populations differ, in units of the smaller one."""
        return self.variance * (self.smaller / self.total) ** 2

    def _of_shares(self, of_same: tuple[Floats, Floats], below: Floats, above: Floats) -> tuple[Floats, Floats]:
        """Take the square-and-add interval where the populations differ."""
        if self.same_population.all():
            return of_same
        of_others = self._square_and_add(below)[0], self._square_and_add(above)[1]
        low, high = (np.where(self.same_population, *ends) for ends in zip(of_same, of_others, strict=True))
        return low, high

    def _square_and_add(self, critical: Floats) -> tuple[Floats, Floats]:
        """Newcombe (1998), method 10: Wilson limits of each share, combined with their correlation."""
        (one, one_down, one_up), (other, other_down, other_up) = (
            (share, share - low, high - share)
            for ones, counted in zip(self.ones, self.counted, strict=True)
            for share, _, low, high in [wilson(ones, counted, critical)]
        )
        down = np.sqrt(np.maximum(one_down**2 - 2 * self.mixed * one_down * other_up + other_up**2, 0.0))
        up = np.sqrt(np.maximum(one_up**2 - 2 * self.mixed * one_up * other_down + other_down**2, 0.0))
        return one - other - down, one - other + up

    def notes(self, errors: Floats) -> list[str]:
        """Say what should be known of each pair."""
        bounded = self.bounded or self.measure.statistic == "share"
        notes = [""] * len(errors)
        if not self.known.all():
            for at in np.flatnonzero(~self.known):
                notes[at] = self._reason(*self.counted[:, at])
        if not self.identical.any() and (bounded or errors.all()):
            return notes  # as most have nothing that should be known, and there may be very many
        for at in np.flatnonzero(self.known & self.identical):
            notes[at] = f"the same on all {self.n[at]:.0f} replications"
            notes[at] += "; the interval is what so many replications cannot rule out" if bounded else ""
        for at in np.flatnonzero(self.known & ~self.identical & (errors == 0.0) & (not bounded)):
            notes[at] = "the difference does not vary between replications, so its error cannot be seen"
        return notes

    def _reason(self, one: float, other: float) -> str:
        if min(one, other) >= 1:
            return "fewer than two timelines: the error cannot be estimated"
        reason = self.measure.empty or "no replications"
        return f"{reason} under one of the two arms" if one or other else reason
