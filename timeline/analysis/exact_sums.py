r"""Exact sums: of floating-point numbers and of their products, whatever the order in which they come.

Floats added one after the other give another last digit in another order, so summaries made on many machines could
not be compared byte by byte. Here a sum is a whole number in a positional system, as in the long accumulator of
Kulisch (2002, Advanced Arithmetic for the Digital Computer, Springer) and in Neal (2015), Fast exact summation using
small and large superaccumulators, arXiv:1505.05571: nothing is rounded until the sum is read.

**How.** Every float is cut into digits of 20 bits on a grid that no data choose: digit :math:`d` is worth
:math:`2^{20 d}`. Digits are whole numbers of at most :math:`2^{19}` in size, so products of two are at most
:math:`2^{38}`, and a matrix product of doubles adds up to :math:`2^{15}` of them without rounding. Products of whole
matrices this way are due to Ozaki, Ogita, Oishi & Rump (2012), Error-free transformations of matrix multiplication by
using fast routines of matrix multiplication and its applications, Numerical Algorithms 59(1):95-118. A day within
fifteen years takes three or four digits, a share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.arrays import Floats, Places
from timeline.errors import TimelineError

BITS = 20
"""Bits of a digit."""

MOST = 2**15
"""Products of two digits that doubles add up without rounding: 38 bits and these 15 make 53."""

Whole = npt.NDArray[np.object_]
"""Whole numbers of any size."""

_HALF = 1 << (BITS - 1)
_FULL = 1 << 61  # two such numbers still add up within 63 bits


def digits(values: Floats) -> tuple[list[int], list[Floats]]:
    """Cut numbers into digits: which digits, from the highest down, and the digits themselves, as whole numbers.

    Parameters
    ----------
    values
        Any shape, all finite.

    Raises
    ------
    TimelineError
        If a value is not finite.

    Examples
    --------
    >>> places, found = digits(np.array([3.0, 0.5]))
    >>> places, [digit.tolist() for digit in found]
    ([0, -1], [[3.0, 0.0], [0.0, 524288.0]])
    """
    largest = float(np.abs(values).max(initial=0.0))
    if not np.isfinite(largest):
        raise TimelineError("sums: a value is not finite, expected numbers; leave replications without a value out")
    places: list[int] = []
    found: list[Floats] = []
    place = -(-(int(np.frexp(largest)[1]) - BITS + 1) // BITS)  # the highest digit that is not 0, rounded to nearest
    rest = values
    while rest.any():
        digit = np.rint(_times(rest, -place))
        if digit.any():
            places.append(place)
            found.append(digit)
            rest = rest - _times(digit, place)
        place -= 1
    return places, found


def _times(values: Floats, place: int) -> Floats:
    """Multiply by what a digit is worth; `ldexp` is slow, but needed where that is no float."""
    found: Floats = values * 2.0 ** (BITS * place) if abs(place) <= 50 else np.ldexp(values, BITS * place)
    return found


class ExactSums:
    """Several sums, each exact, that grow and merge in any order.

    Parameters
    ----------
    lowest
        The place of the first digit.
    digits
        Shape (m, l): of each of m sums l digits, from the lowest up. They may be larger than a digit should be, until
        the sums are read.

    Examples
    --------
    >>> found = ExactSums.of(np.array([[1e16, 1.0, -1e16]]))
    >>> found.floats().tolist(), (found + found).floats().tolist()
    ([1.0], [2.0])
    """

    def __init__(self, lowest: int, digits: Places) -> None:
        self.lowest, self.digits = lowest, digits

    @classmethod
    def of(cls, values: Floats) -> ExactSums:
        """Sum values (m, n) over n; gives m sums."""
        places, found = digits(values)
        return cls.of_digits(len(values), {at: digit.sum(axis=1) for at, digit in zip(places, found, strict=True)})

    @classmethod
    def of_digits(cls, m: int, sums: dict[int, Any]) -> ExactSums:
        """Gather the sums (m,) of the digits at each place."""
        if not sums:
            return cls(0, np.zeros((m, 0), dtype=np.int64))
        lowest = min(sums)
        spread = np.zeros((m, max(sums) - lowest + 1), dtype=np.int64)
        for place, found in sums.items():
            spread[:, place - lowest] = found
        return cls(lowest, spread)

    @classmethod
    def of_bins(cls, m: int, bins: npt.NDArray[np.int64], values: Floats) -> ExactSums:
        """Sum values (n,) by the bin (n,) that each belongs to; gives m sums."""
        places, found = digits(values)
        return cls.of_digits(
            m, {at: np.bincount(bins, digit, minlength=m) for at, digit in zip(places, found, strict=True)}
        )

    def __add__(self, other: ExactSums) -> ExactSums:
        if not self.digits.shape[1] or not other.digits.shape[1]:
            return self if self.digits.shape[1] else other
        lowest = min(self.lowest, other.lowest)
        highest = max(own.lowest + own.digits.shape[1] for own in (self, other))
        total = np.zeros((len(self.digits), highest - lowest), dtype=np.int64)
        for own in (self, other):
            at = own.lowest - lowest
            total[:, at : at + own.digits.shape[1]] += own.digits
        full = np.abs(total).max(initial=0) >= _FULL
        return ExactSums(*_carry(lowest, total)) if full else ExactSums(lowest, total)

    def settled(self) -> ExactSums:
        """Return the same sums in the one way in which they can be written with proper digits."""
        return ExactSums(*_carry(self.lowest, self.digits))

    @classmethod
    def stack(cls, parts: Sequence[ExactSums]) -> ExactSums:
        """Put several groups of sums one behind the other."""
        lowest = min(part.lowest for part in parts)
        rows = [np.pad(part.digits, ((0, 0), (part.lowest - lowest, 0))) for part in parts]
        most = max(row.shape[1] for row in rows)
        return cls(lowest, np.concatenate([np.pad(row, ((0, 0), (0, most - row.shape[1]))) for row in rows]))

    def pick(self, places: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | Sequence[int]) -> ExactSums:
        """Return some of the sums."""
        return ExactSums(self.lowest, self.digits[places])

    def whole(self, lowest: int) -> Whole:
        """Return the sums (m,) as whole multiples of the worth of a digit, none above the lowest that there is."""
        found = np.zeros(len(self.digits), dtype=np.object_)
        for digit in self.digits.T[::-1]:
            found = (found << BITS) + digit.astype(np.object_)
        return found << (BITS * (self.lowest - lowest)) if self.digits.shape[1] else found

    def floats(self) -> Floats:
        """Return the sums (m,), each rounded once."""
        return rounded(self.whole(self.lowest), self.lowest)


def rounded(whole: Whole, lowest: int) -> Floats:
    """Round whole multiples of the worth of a digit to floats of the same shape.

    Examples
    --------
    >>> rounded(np.array([3 << 19], dtype=object), -1).tolist()
    [1.5]
    """
    if lowest >= 0:
        found: Floats = (whole << (BITS * lowest)).astype(np.float64)
        return found
    scale = 1 << (-BITS * lowest)
    # Python divides whole numbers of any size with a single rounding.
    return np.array([number / scale for number in whole.ravel()], dtype=np.float64).reshape(whole.shape)


def _carry(lowest: int, digits: Places) -> tuple[int, Places]:
    """Make every digit at least -2**19 and less than 2**19, which leaves one way to write a number."""
    columns = list(digits.T)
    done: list[Places] = []
    carried = np.zeros(len(digits), dtype=np.int64)
    while columns or carried.any():
        total = carried + columns.pop(0) if columns else carried
        carried = (total + _HALF) >> BITS
        done.append(total - (carried << BITS))
    first = next((at for at, digit in enumerate(done) if digit.any()), len(done))
    while len(done) > first and not done[-1].any():
        done.pop()
    kept = done[first:]
    if not kept:
        return 0, np.zeros((len(digits), 0), dtype=np.int64)
    return lowest + first, np.stack(kept, axis=1)
