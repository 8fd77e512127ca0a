"""Cross products: exact sums of products of the cadences' values, from which means, errors and contrasts follow.

Each cadence has two rows: its values, 0 where a replication does not count, and the flags that say which count. What is
kept are the sums of products of these rows as they are, about no centre, so that blocks of replications merge without a
choice. Exact sums lose no digit by it: the centre is taken out, and one cadence subtracted from another, in whole
numbers, before anything is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

from timeline.analysis.exact_sums import BITS, MOST, ExactSums, Whole, digits, rounded
from timeline.analysis.products import multiply
from timeline.arrays import Flags, Floats

Which = Literal["all", "baseline", "own"]
"""Of which two cadences products are kept: of all, of each with the baseline, or of each with itself."""

Positions = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Pairs:
    """Which two of k cadences have a product.

    Parameters
    ----------
    k
        How many cadences.
    base
        Place of the baseline.
    which
        See `Which`.

    Examples
    --------
    >>> [places.tolist() for places in Pairs(3, 0, "baseline").unordered]
    [[0, 0, 0, 1, 2], [0, 1, 2, 1, 2]]
    """

    k: int
    base: int
    which: Which

    @cached_property
    def unordered(self) -> tuple[Positions, Positions]:
        """First and second place of each pair, the first not behind the second."""
        first, second = np.nonzero(np.triu(self._kept()))
        return first, second

    @cached_property
    def ordered(self) -> tuple[Positions, Positions]:
        """First and second place of each pair, both ways round."""
        first, second = np.nonzero(self._kept())
        return first, second

    def _kept(self) -> Flags:
        kept = np.full((self.k, self.k), self.which == "all")
        np.fill_diagonal(kept, True)
        if self.which == "baseline":
            kept[self.base] = kept[:, self.base] = True
        return kept


@dataclass(frozen=True)
class CrossProducts:
    """Sums over replications, for each of certain pairs of cadences.

    Attributes
    ----------
    pairs
        Which.
    squares
        Value times value, for each unordered pair.
    sums
        Value of the first times flag of the second, for each ordered pair.
    counted
        Flag times flag, for each unordered pair: how many replications count under both.
    """

    pairs: Pairs
    squares: ExactSums
    sums: ExactSums
    counted: Positions

    @classmethod
    def of(cls, pairs: Pairs, values: Floats, among: Flags) -> CrossProducts:
        """Multiply values (k, n), which are 0 where none counts, and the flags (k, n) that say which count.

        Examples
        --------
        >>> found = CrossProducts.of(Pairs(1, 0, "all"), np.array([[0.5, 3.0]]), np.array([[True, True]]))
        >>> found.squares.floats().tolist(), found.sums.floats().tolist(), found.counted.tolist()
        ([9.25], [3.5], [2])
        """
        found = cls._of_some(pairs, values[:, :MOST], among[:, :MOST])
        for at in range(MOST, values.shape[1], MOST):
            found += cls._of_some(pairs, values[:, at : at + MOST], among[:, at : at + MOST])
        return found

    @classmethod
    def _of_some(cls, pairs: Pairs, values: Floats, among: Flags) -> CrossProducts:
        places, cut = digits(values)
        rows = np.concatenate([*cut, among.astype(np.float64)])
        s, k = len(places), pairs.k
        products = multiply(rows).astype(np.int64).reshape(s + 1, k, s + 1, k)
        (first, second), (one, other) = pairs.unordered, pairs.ordered
        squares: dict[int, Positions] = {}
        both = products[:, first, :, second]
        for a, place in enumerate(places):
            for b, also in enumerate(places):
                squares[place + also] = squares.get(place + also, 0) + both[:, a, b]
        alone = products[:s, one, s, other]
        sums = dict(zip(places, alone, strict=True))
        return cls(
            pairs,
            ExactSums.of_digits(len(first), squares),
            ExactSums.of_digits(len(one), sums),
            np.ascontiguousarray(both[:, s, s]),
        )

    def __add__(self, other: CrossProducts) -> CrossProducts:
        return CrossProducts(
            self.pairs, self.squares + other.squares, self.sums + other.sums, self.counted + other.counted
        )

    def of_cadences(self, places: list[int], centred: bool = False) -> ExactProducts:
        """Return the products of some cadences, about a number near the mean of all their values if `centred`."""
        lowest = min(self.squares.lowest, self.sums.lowest, 0)
        (first, second), (one, other) = self.pairs.unordered, self.pairs.ordered
        wanted = np.zeros(self.pairs.k, dtype=np.bool_)
        wanted[places] = True
        some, each = wanted[first] & wanted[second], wanted[one] & wanted[other]
        squares = self._table(self.squares.pick(some).whole(lowest), first[some], second[some], places)
        counted = self._table(self.counted[some].astype(np.object_), first[some], second[some], places)
        sums = self._table(self.sums.pick(each).whole(lowest), one[each], other[each], places, ordered=True)
        unit = 1 << (-BITS * lowest)
        total, members = int(np.trace(sums)), int(np.trace(counted))
        # A whole multiple of a digit below the point is near enough.
        about = ((total << BITS) + (members * unit >> 1)) // (members * unit) if centred and members else 0
        moved = (sums << BITS) - about * unit * counted
        both = about * (sums + sums.T << BITS) - about * about * unit * counted
        return ExactProducts((squares << 2 * BITS) - both, moved << BITS, counted * unit << 2 * BITS, lowest - 2, about)

    def _table(
        self, found: Whole, first: Positions, second: Positions, places: list[int], ordered: bool = False
    ) -> Whole:
        """Put numbers of pairs into a table (m, m) of the cadences at m places; 0 where none is kept."""
        row = np.zeros(self.pairs.k, dtype=np.intp)
        row[places] = np.arange(len(places))
        table = np.zeros((len(places), len(places)), dtype=np.object_)
        table[row[first], row[second]] = found
        if not ordered:
            table[row[second], row[first]] = found
        return table


@dataclass(frozen=True)
class ExactProducts:
    """Products of k cadences as whole numbers.

    Attributes
    ----------
    squares, sums, counted
        Shape (k, k): see `CrossProducts`; of values less their centre.
    lowest
        All are multiples of 2**(20 lowest).
    about
        The centre, in units of 2**-20.
    """

    squares: Whole
    sums: Whole
    counted: Whole
    lowest: int
    about: int

    @property
    def centre(self) -> float:
        """What the values are less."""
        return self.about / (1 << BITS)

    @property
    def differ(self) -> Flags:
        """Whether two cadences differ in any replication, shape (k, k)."""
        apart: Flags = (_apart(self.squares) | _apart(self.counted)).astype(np.bool_)
        return apart

    def less(self, base: int | None) -> Floats:
        """Return the products (2k, 2k) of all rows: the baseline's, and those of the others less the baseline's."""
        rows = np.block([[self.squares, self.sums], [self.sums.T, self.counted]])
        k = len(self.counted)
        for place in () if base is None else (base, k + base):
            others = [at for at in range(k) if at != base]
            others = others if place == base else [k + at for at in others]
            rows[others] -= rows[place]
            rows[:, others] -= rows[:, [place]]
        return rounded(rows, self.lowest)


def _apart(products: Whole) -> Whole:
    own = np.diag(products)
    apart: Whole = own[:, None] - products - products.T + own[None, :] != 0
    return apart
