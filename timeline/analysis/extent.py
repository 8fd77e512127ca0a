"""Extent: how many scenarios of a run are described in full, with curves and in every measure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

#: Arms that are described in full. Nobody draws more, and of 2,000 the curves alone take a minute and two gigabytes.
_IN_FULL = 128
#: Scenarios that are described in full however many cadences there are.
_FEWEST_IN_FULL = 4


def in_full(arms: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the scenarios that are described in full: all, or of very many the first.

    Examples
    --------
    >>> found = in_full((f"s{number}", cadence) for number in range(1000) for cadence in ("silence", "monthly"))
    >>> len(found), found[0], found[-1]
    (64, 's0', 's63')
    """
    sizes = Counter(scenario for scenario, _ in arms)
    return tuple(list(sizes)[: number_in_full(list(sizes.values()))])


def number_in_full(cadences: Sequence[int]) -> int:
    """Return how many scenarios are described in full, given how many cadences each has.

    Examples
    --------
    >>> number_in_full([2] * 1000), number_in_full([200] * 9), number_in_full([14])
    (64, 4, 1)
    """
    within = int(np.count_nonzero(np.cumsum(cadences) <= _IN_FULL))
    return min(max(_FEWEST_IN_FULL, within), len(cadences))
