r"""Contrasts: paired differences between cadences, with intervals that hold together.

Every arm plays the same replications with the same luck. So a difference between two cadences is
taken replication by replication, and its error is that of the differences, which is smaller.

**Error.** It follows from the influences of the replications on each estimate, see
`timeline.analysis.influences`, which get the pairing right even where two cadences sign in
different replications.

**Simultaneous.** Comparing nine cadences with a baseline at 95% each would be wrong about one of
them far more often than once in twenty. So one critical value serves all cadences of a scenario
and measure (`timeline.analysis.critical`), with the correlations of the influences. It does not
correct for looking at several measures or scenarios.

**Close to 0 and 1.** For shares the usual interval fails when few replications differ. Shares
over one common population use the adjusted Wald interval for paired shares of Bonett & Price
(2012), Journal of Educational and Behavioral Statistics 37(4):479-488. Shares among those that
sign, whose populations differ, use the square-and-add interval of Newcombe (1998), Statistics in
Medicine 17:2635-2650 (method 10), with the correlation of the influences.

**Mostly tied.** Days in force have the same trouble: four of five paired differences are exactly 0, and
few replications make all of the variance. What bounds the days bounds their differences, so the
interval of Bonett & Price carries over: two imaginary replications more, one at each of the largest
differences that there can be, see `timeline.analysis.intervals.bounded_mean`. For shares that is
their interval to the letter. Means that nothing bounds, such as numbers of leaks, and medians have the
plain interval. So `low` and `high` need not be the difference plus or minus the critical value times `se`.

**How well it holds.** The critical value is that of many replications. ``make coverage`` measures how
often the intervals hold; docs/how-sure.md has the table.

All errors are Monte Carlo errors. They shrink with replications; doubt about parameters does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import NamedTuple, Protocol

import numpy as np

from timeline.analysis.critical import Errors
from timeline.analysis.influences import Differences, Influences, Means, Medians
from timeline.analysis.intervals import CONFIDENCE, bounded_mean, join_notes
from timeline.analysis.samples import Sample
from timeline.analysis.side_by_side import Contrast, SideBySide
from timeline.study.yardsticks import Yardstick, no_ranking

__all__ = ["Comparison", "Contrast", "Standing", "Tallies", "paired_shares"]


class Tallies(Protocol):
    """What is known of one measure under several cadences."""

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications, the same in the same order for every cadence."""

    def influences(self) -> Influences:
        """Return what was found so far."""

    def note(self) -> str:
        """Say which replications these are, if they are not all; else nothing."""


class Standing(NamedTuple):
    """Where one cadence stands against the best; None where no verdict is possible."""

    tied_with_best: bool | None
    best: str | None
    note: str


class Comparison:
    """One measure under all cadences of a scenario, compared replication by replication.

    Parameters
    ----------
    measure
        What is compared.
    cadences
        Their names, in order.
    baseline
        The cadence that the others are compared with.

    Examples
    --------
    >>> def of(*values): return Sample(np.array(values), np.ones(len(values), dtype=bool))
    >>> days = Yardstick("days", "Days", "all replications", "days", "higher", "mean", "days kept")
    >>> found = Comparison(days, ["silence", "monthly"], "silence")
    >>> found.add({"silence": of(1.0, 2.0), "monthly": of(3.0, 2.0)})
    >>> found.add({"silence": of(3.0, 4.0), "monthly": of(5.0, 4.0)})
    >>> contrast = found.contrasts()["monthly"]
    >>> contrast.difference, round(contrast.se, 3), contrast.n
    (1.0, 0.577, 4)
    """

    def __init__(self, measure: Yardstick, cadences: Sequence[str], baseline: str) -> None:
        self.measure = measure
        self.cadences = tuple(cadences)
        self.baseline = baseline
        self._places = {name: at for at, name in enumerate(self.cadences)}
        self._influences: Influences | None = None
        self._errors: dict[tuple[str, ...], Errors] = {}
        self._found: Tallies
        if measure.of_both:
            self._found = Differences(self.cadences, baseline)
        elif measure.statistic == "median":
            self._found = Medians(self.cadences)
        else:
            self._found = Means(self.cadences, baseline, measure.statistic)

    @classmethod
    def of(cls, measure: Yardstick, cadences: Sequence[str], baseline: str, found: Tallies) -> Comparison:
        """Return the comparison of what was found already; it is for reading, and takes no further replications."""
        comparison = cls(measure, cadences, baseline)
        comparison._found = found
        return comparison

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications.

        Parameters
        ----------
        samples
            For every cadence, one value for each of the same n replications.
        """
        if not self.measure.undefined:
            self.forget()
            self._found.add(samples)

    def influences(self) -> Influences:
        """Return what all intervals are made from."""
        if self._influences is None:
            self._influences = self._found.influences()
        return self._influences

    def side_by_side(self, pairs: Sequence[tuple[str, str]]) -> SideBySide:
        """Put pairs of cadences side by side, each the first less the second."""
        first, second = (np.array([self._places[pair[at]] for pair in pairs], dtype=np.int64) for at in (0, 1))
        return SideBySide.of(self.measure, self.influences(), first, second)

    def forget(self) -> None:
        """Drop what can be found again; all that was added stays."""
        self._influences, self._errors = None, {}

    def contrasts(self) -> dict[str, Contrast]:
        """Compare every other cadence with the baseline, simultaneously.

        Returns
        -------
        dict
            A contrast for each cadence but the baseline, in order: cadence minus baseline.
        """
        return self.outlook()(1.0)

    def outlook(self) -> Callable[[float], dict[str, Contrast]]:
        """Return what the contrasts would be with so many times as many replications of the same make.

        Returns
        -------
        Callable
            Of the factor; at 1 it gives the contrasts as they are.
        """
        others = [name for name in self.cadences if name != self.baseline]
        if self.measure.undefined:
            return lambda times: dict.fromkeys(others, _missing(self.measure))
        pairs = self.side_by_side([(name, self.baseline) for name in others])
        critical = self._critical_of_one([name for name, there in zip(others, pairs.known, strict=True) if there])
        note = self._found.note()

        def with_times(times: float) -> dict[str, Contrast]:
            contrasts = zip(others, pairs.times(times).contrasts(critical), strict=True)
            return {name: one._replace(note=join_notes(one.note, note)) for name, one in contrasts}

        return with_times

    def pairs(self, confidence: float = CONFIDENCE) -> dict[tuple[str, str], Contrast]:
        """Compare every two cadences, simultaneously over all of them.

        Parameters
        ----------
        confidence
            Probability that all intervals hold together.

        Returns
        -------
        dict
            By (cadence, other), the cadence before the other in order: cadence minus other.
        """
        both = list(combinations(self.cadences, 2))
        if self.measure.undefined:
            return dict.fromkeys(both, _missing(self.measure))
        pairs = self.side_by_side(both)
        critical = self._critical_of_all(self._defined(pairs, both), confidence)
        return dict(zip(both, pairs.contrasts(critical), strict=True))

    def standings(self) -> dict[str, Standing]:
        """Say which cadences cannot be told from the best, allowing for all pairwise comparisons.

        The best is the one that looks best in the sample; of equals, the first. A cadence is tied
        with it if the simultaneous interval of their difference, one among all pairs of cadences,
        contains 0. A tie says that *these replications* cannot tell them apart, not that they are
        equal.

        Returns
        -------
        dict
            A standing for each cadence, in order.
        """
        measure, names = self.measure, self.cadences
        why = no_ranking(measure)
        if why:
            return dict.fromkeys(names, Standing(None, None, why))
        estimates = dict(zip(names, self.influences().estimates.tolist(), strict=True))
        ranked = [name for name in names if not np.isnan(estimates[name])]
        if not ranked:
            return dict.fromkeys(names, Standing(None, None, measure.empty or "no replications"))
        sign = 1.0 if measure.better == "higher" else -1.0
        best = max(ranked, key=lambda name: sign * estimates[name])
        others = [name for name in ranked if name != best]
        against = self.side_by_side([(name, best) for name in others]).contrasts(self._critical_of_all(ranked))
        contrasts = dict(zip(others, against, strict=True))
        standings = {}
        for name in names:
            if name == best:
                standings[name] = Standing(True, best, "" if others else "the only cadence with a value")
            elif name not in contrasts:
                standings[name] = Standing(None, best, measure.empty)
            else:
                told_apart = contrasts[name].distinguishable
                standings[name] = Standing(None if told_apart is None else not told_apart, best, contrasts[name].note)
        return standings

    def errors(self, names: Sequence[str]) -> Errors:
        """Return the correlated errors of some cadences."""
        if tuple(names) not in self._errors:
            found = self.influences()
            away, apart = found.away, found.apart
            if tuple(names) != self.cadences:
                at = [self._places[name] for name in names]
                away, apart = away[np.ix_(at, at)], apart[np.ix_(at, at)]
            self._errors[tuple(names)] = Errors(away, np.sqrt(apart))
        return self._errors[tuple(names)]

    def _critical_of_one(self, others: Sequence[str]) -> float:
        """Critical value of the differences of these from the baseline."""
        if not others:
            return np.nan
        names = [name for name in self.cadences if name == self.baseline or name in set(others)]
        return self.errors(names).against(names.index(self.baseline))

    def _critical_of_all(self, names: Sequence[str], confidence: float = CONFIDENCE) -> float:
        """Critical value of the differences between every two of these."""
        return self.errors(names).of_pairs(confidence) if len(names) > 1 else np.nan

    def _defined(self, pairs: SideBySide, both: Sequence[tuple[str, str]]) -> list[str]:
        """Return the cadences that some pair with an error is made of."""
        there = {name for names, known in zip(both, pairs.known, strict=True) if known for name in names}
        return [name for name in self.cadences if name in there]


def _missing(measure: Yardstick) -> Contrast:
    return Contrast(np.nan, np.nan, np.nan, np.nan, 0, np.nan, None, measure.undefined)


def paired_shares(only: tuple[float, float], n: float, critical: float) -> tuple[float, float]:
    """Interval of a difference of two shares over the same replications.

    One imaginary replication more on each side of the disagreement (Bonett & Price 2012).

    Parameters
    ----------
    only
        How many replications have the property under the first arm alone, and under the second alone.
    n
        Number of replications.
    critical
        Critical value; 1.96 gives 95%.

    Examples
    --------
    >>> [round(limit, 3) for limit in paired_shares((812, 243), 20_000, 1.96)]
    [0.025, 0.032]
    """
    one, other = only
    difference = (one - other) / n
    return bounded_mean(difference, one + other - n * difference**2, n, (-1.0, 1.0), critical)
