"""Medians of many replications from sketches, compared with the help of the first ones.

A sketch knows the median of each cadence, and how dense values are there, from all replications. How two medians move
together needs values side by side: these are of the first replications only. While there are no more than these, all
is as exact as from rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from timeline.analysis.influences import Influences
from timeline.analysis.products import multiply
from timeline.analysis.samples import Sample
from timeline.analysis.sketch import ERROR, Spread
from timeline.arrays import Flags, Floats
from timeline.errors import TimelineError

NOTE = f"from a sketch, within {100 * ERROR:.1f}% of the value"


class SketchedMedians:
    """Medians of k cadences.

    Parameters
    ----------
    names
        The cadences.
    spreads
        Of each, all values that count.
    n
        Number of replications.
    counted, differ
        Shape (k, k): how many count under both of two, and whether the two differ anywhere.
    first
        Shape (r, k): values of the first replications, NaN where none counts.
    """

    def __init__(
        self, names: tuple[str, ...], spreads: Sequence[Spread], n: int, counted: Floats, differ: Flags, first: Floats
    ) -> None:
        self._names, self._spreads, self._n = names, spreads, n
        self._counted, self._differ, self._first = counted, differ, first

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Refuse: a sketch grows by merging."""
        raise TimelineError(
            "medians: samples given, expected none, since these are read from a summary; merge summaries"
        )

    def note(self) -> str:
        """Say how exact these are."""
        if not len(self._first):
            return f"{NOTE}; its error as if the cadences shared no luck"
        return f"{NOTE}; its error from the first {len(self._first):,} of {self._n:,} replications"

    def influences(self) -> Influences:
        """Return what was found."""
        k = len(self._names)
        estimates = np.array([spread.median().estimate for spread in self._spreads])
        among = ~np.isnan(self._first)
        signs = np.where(among, 0.5 - (self._first <= estimates), 0.0)
        products = multiply(np.ascontiguousarray(signs.T))
        size = np.sqrt(np.diag(products))
        inverse = np.where(size > 0, 1 / np.where(size > 0, size, 1.0), 0.0)
        together = products * np.outer(inverse, inverse)
        np.fill_diagonal(together, 1.0)
        members = np.diag(self._counted)
        sparsity = np.array([spread.sparsity() for spread in self._spreads])
        with np.errstate(divide="ignore", invalid="ignore"):
            # Each influence is half the sparsity, up or down, over the share that counts.
            spread = np.where(members > 1, 0.5 * sparsity * self._n / np.sqrt(members), 0.0)
        return Influences(
            names=self._names,
            n=self._n,
            estimates=estimates,
            counted=self._counted,
            ones=np.full(k, np.nan),
            only=np.full((k, k), np.nan),
            differ=self._differ,
            influences=np.eye(k),
            products=together * np.outer(spread, spread),
        )
