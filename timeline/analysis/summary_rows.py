"""What a block of replications adds to a summary: rows to multiply, values to sketch, the first ones as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from timeline.analysis.cross_products import Pairs
from timeline.analysis.influences import differences
from timeline.analysis.samples import Sample
from timeline.analysis.sketch import Sketch
from timeline.analysis.summary_settings import MeasuredColumn, SummarySettings
from timeline.arrays import Flags, Floats, Places

OWN = "own: "
"""Before the name of a column of both: the cadence's own values, not their difference from the baseline's."""


class ValueRows(NamedTuple):
    """Values (k, n), 0 where none counts, and which count (k, n); with the pairs whose products are kept."""

    pairs: Pairs
    values: Floats
    among: Flags


def rows_of(settings: SummarySettings, column: MeasuredColumn, read: Sequence[Sample]) -> dict[str, ValueRows]:
    """Return the rows of a column: of each cadence; or of each but the baseline where both count, less it and alone."""
    if not column.of_both:
        among = np.array([own.among for own in read])
        values = np.where(among, [own.values for own in read], 0.0)
        return {column.name: ValueRows(settings.kept_pairs, values, among)}
    base = settings.cadences.index(settings.baseline)
    others = [own for at, own in enumerate(read) if at != base]
    away, both = differences(others, read[base])
    alone = np.where(both, np.array([own.values for own in others]).reshape(both.shape), 0.0)
    pairs = kept_of(settings, column)
    return {name: ValueRows(pairs[name], rows, both) for name, rows in zip(pairs, (away, alone), strict=True)}


def kept(settings: SummarySettings) -> dict[str, Pairs]:
    """Of which two cadences products are kept, by name."""
    return {name: pairs for column in settings.columns for name, pairs in kept_of(settings, column).items()}


def kept_of(settings: SummarySettings, column: MeasuredColumn) -> dict[str, Pairs]:
    """The same for one column."""
    if not column.of_both:
        return {column.name: settings.kept_pairs}
    return {column.name: settings.kept_differences, OWN + column.name: Pairs(len(settings.others), 0, "own")}


def extremes_of(values: Floats, among: Flags) -> Floats:
    """Return the least and the largest value (2, k) that counts; infinity and its negative where none does."""
    # Adding 0 makes a 0 of -0, which would be other bytes.
    low = np.where(among, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(among, values, -np.inf).max(axis=1, initial=-np.inf)
    found: Floats = np.array([low, high]) + 0.0
    return found


def sketch_of(read: Sequence[Sample]) -> Sketch:
    """Count the values of k cadences by bucket, a cell each."""
    cells = np.concatenate([np.full(np.count_nonzero(own.among), at) for at, own in enumerate(read)])
    return Sketch.of(cells, np.concatenate([own.values[own.among] for own in read]))


def or_nan(own: Sample) -> Floats:
    """Return the values (n,), NaN where none counts."""
    return np.where(own.among, own.values + 0.0, np.nan)


def to_sample(values: Floats) -> Sample:
    """Return the sample that `or_nan` was made of."""
    among = ~np.isnan(values)
    return Sample(np.where(among, values, 0.0), among)


class FirstValues(NamedTuple):
    """Values of the first replications, NaN where none counts.

    Attributes
    ----------
    replications
        Shape (r,): their numbers, rising.
    values
        By column, each of shape (r, k).
    """

    replications: Places
    values: dict[str, Floats]


def first_of(one: FirstValues, other: FirstValues, most: int) -> FirstValues:
    """Return the first replications of two, at most so many."""
    replications = np.concatenate([one.replications, other.replications])
    earliest = np.argsort(replications)[:most]
    values = {name: np.concatenate([own, other.values[name]])[earliest] for name, own in one.values.items()}
    return FirstValues(replications[earliest], values)
