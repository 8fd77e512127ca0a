"""Estimates: one yardstick of one arm, piece by piece, and its Monte Carlo error."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis import quantiles
from timeline.analysis.intervals import Moments, Summary, bounded_mean, join_notes, share_of, summarise_median
from timeline.analysis.quantiles import First
from timeline.analysis.samples import Sample
from timeline.study.yardsticks import Yardstick


class Estimate:
    """One measure of one arm, estimated piece by piece.

    Parameters
    ----------
    measure
        What is estimated.

    Examples
    --------
    >>> days = Yardstick("days", "Days", "signed", "days", "higher", "mean", "days kept")
    >>> found = Estimate(days)
    >>> found.add(Sample(np.array([1.0, 3.0]), np.array([True, True])))
    >>> found.add(Sample(np.array([0.0, 5.0]), np.array([False, True])))
    >>> found.summary().estimate, found.summary().n
    (3.0, 3)
    """

    def __init__(self, measure: Yardstick) -> None:
        self.measure = measure
        self._count, self._ones = 0, 0
        self._moments = Moments()
        self._first = First(quantiles.MEDIANS)
        self._median: Summary | None = None

    @classmethod
    def of(
        cls, measure: Yardstick, *, count: int = 0, ones: int = 0, moments: Moments | None = None,
        median: Summary | None = None,
    ) -> Estimate:  # fmt: skip
        """Return the estimate of what was found already: of a share, of a mean, or of a median.

        Examples
        --------
        >>> signed = Yardstick("signed", "Signed", "all", "share", "higher", "share", "signed")
        >>> Estimate.of(signed, count=4, ones=3).summary().estimate
        0.75
        """
        found = cls(measure)
        found._count, found._ones, found._median = count, ones, median
        found._moments = moments or found._moments
        return found

    def add(self, sample: Sample) -> None:
        """Add further replications."""
        if self.measure.undefined:
            return
        if self.measure.statistic == "median":
            self._first.add(np.where(sample.among, sample.values, np.nan))
        elif self.measure.statistic == "mean":
            self._moments.add(sample.values, sample.among)
        else:
            self._count += int(np.count_nonzero(sample.among))
            self._ones += int(np.count_nonzero(sample.among & (sample.values > 0)))

    def summary(self) -> Summary:
        """Return the estimate with its Monte Carlo error; NaN and a note if there is none."""
        if self.measure.undefined:
            return Summary(np.nan, np.nan, np.nan, np.nan, 0, self.measure.undefined)
        if self._median is not None:
            found = self._median
        elif self.measure.statistic == "median":
            values = self._first.values()
            found = summarise_median(values[~np.isnan(values)])
            found = found._replace(note=join_notes(found.note, self._first.note()))
        elif self.measure.statistic == "mean":
            found = self._mean()
        else:
            found = share_of(self._ones, self._count)
        return found if found.n else found._replace(note=self.measure.empty or "no replications")

    def _mean(self) -> Summary:
        found, span = self._moments.mean(), self.measure.span
        if found.n < 2 or span == np.inf:
            return found
        low, high = bounded_mean(found.estimate, found.se**2 * found.n * (found.n - 1), found.n, (0.0, span))
        return found._replace(low=low, high=high)


def measures_frame(measures: Sequence[Yardstick]) -> pl.DataFrame:
    """Table of measures: measure, title, estimand, unit, better.

    Examples
    --------
    >>> measures_frame([]).columns
    ['measure', 'title', 'estimand', 'unit', 'better']
    """
    columns = {"measure": "key", "title": "title", "estimand": "estimand", "unit": "unit", "better": "better"}
    return pl.DataFrame(
        {name: [getattr(measure, field) for measure in measures] for name, field in columns.items()},
        schema=dict.fromkeys(columns, pl.String),
    )
