r"""Whether so many worlds can rank the drivers, and how many could.

Two halves of the worlds rank the drivers each for themselves. As far as the halves agree, the order is in the drivers
and not in the worlds that were drawn. If scores err as the square root of the worlds does, agreement grows with their
number as that of a test with its length (Spearman 1910, Brown 1910): from the correlation :math:`r` of scores in
halves of :math:`n / 2` worlds follow the reliability :math:`R = 2r / (1 + r)` of all n and the number of worlds for
any other, :math:`n \cdot R'(1 - R) / (R (1 - R'))`. Correlation is of Savage scores, which heed the order at the top
(Iman & Conover 1987, Technometrics 29:351-357); one of chance errs by :math:`1/\sqrt{k-1}` among k drivers. A few
drivers far above the floor may be named before the rest can be ranked.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from timeline.analysis.ignorance.moment_free import CLASSES, Score, classes_of
from timeline.analysis.ignorance.streams import stream
from timeline.analysis.ignorance.weights import effective_size, shares_of
from timeline.arrays import Floats

RELIABLE = 0.8
"""Reliability from which an order is worth telling."""

HALVINGS = 20
_SURE = 2.0  # standard errors of a correlation of chance


class Ranking(NamedTuple):
    """Whether drivers can be ranked.

    Attributes
    ----------
    worlds
        Equally weighted worlds that those given are worth.
    reliability
        Of the order by all of them; 1 is certain, 0 is chance.
    needed
        Worlds that would give `RELIABLE`; infinite if the halves agree no more than chance would let them.
    """

    worlds: float
    reliability: float
    needed: float

    @property
    def possible(self) -> bool:
        """Whether these worlds can rank."""
        return self.reliability >= RELIABLE

    def __str__(self) -> str:
        """Say it in a sentence."""
        if self.possible:
            return f"{self.worlds:,.0f} worlds rank the drivers (reliability {self.reliability:.2f})"
        if not np.isfinite(self.needed):
            return f"{self.worlds:,.0f} worlds cannot rank the drivers; the order of their scores is chance"
        return f"{self.worlds:,.0f} worlds cannot rank the drivers; about {_rounded(self.needed):,} are needed"


def ranking_of(
    x: Floats,
    outcome: Floats,
    score: Score,
    *,
    seed: int,
    weights: Floats | None = None,
    classes: int = CLASSES // 2,
    halvings: int = HALVINGS,
) -> Ranking:
    """Return whether worlds can rank drivers by a score, and how many could.

    Parameters
    ----------
    x, outcome, score, weights
        As for `timeline.analysis.ignorance.moment_free.moment_free_table`.
    seed, halvings
        Of the halves, and how often the worlds are halved.
    classes
        Of each driver; fewer than for the table, as each half has half the worlds.

    Examples
    --------
    >>> from timeline.analysis.ignorance.pawn import pawn
    >>> rng = np.random.default_rng(1)
    >>> x = rng.uniform(size=(800, 20))
    >>> print(ranking_of(x, x @ np.arange(20.0) ** 2, pawn, seed=1))
    800 worlds rank the drivers (reliability 0.84)
    >>> print(ranking_of(x, rng.normal(size=800), pawn, seed=1))
    800 worlds cannot rank the drivers; the order of their scores is chance
    """
    shares = shares_of(weights, len(x))
    x, outcome, shares = x[shares > 0], outcome[shares > 0], shares[shares > 0]
    rng = stream(seed, "halves")
    found = []
    for _ in range(halvings):
        half = rng.permutation(len(x)) < len(x) // 2
        one, other = (
            savage(score(classes_of(x[part], shares[part] / shares[part].sum(), classes), outcome[part], shares[part]))
            for part in (half, ~half)
        )
        found.append(_correlation(one, other))
    return lengthened(float(np.mean(found)), effective_size(shares), x.shape[1])


def lengthened(agreement: float, worlds: float, drivers: int) -> Ranking:
    """Return what follows from the correlation of halves.

    Examples
    --------
    >>> lengthened(0.5, 300, drivers=100)
    Ranking(worlds=300, reliability=0.666..., needed=600.0...)
    """
    reliability = 2 * max(agreement, 0.0) / (1 + max(agreement, 0.0))
    if agreement < _SURE / np.sqrt(drivers - 1):
        return Ranking(worlds, reliability, float("inf"))
    return Ranking(worlds, reliability, worlds * RELIABLE * (1 - reliability) / (reliability * (1 - RELIABLE)))


def _correlation(one: Floats, other: Floats) -> float:
    """Return the correlation; 0 where one of the two has no order at all."""
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) > 0 and np.ptp(other) > 0 else 0.0


def savage(scores: Floats) -> Floats:
    """Return Savage scores: 1/n + 1/(n-1) + ... down to the place of each, the largest first; equals share theirs.

    Examples
    --------
    >>> savage(np.array([0.1, 0.9])).tolist()
    [0.5, 1.5]
    """
    from scipy.stats import rankdata

    places = rankdata(-scores, method="ordinal")
    of_place = np.cumsum(1.0 / np.arange(len(scores), 0, -1))[::-1]
    _, tie = np.unique(scores, return_inverse=True)
    return np.asarray((np.bincount(tie, of_place[places - 1]) / np.bincount(tie))[tie])


def _rounded(worlds: float) -> int:
    """Round to two figures, up."""
    unit = 10 ** max(int(np.floor(np.log10(worlds))) - 1, 0)
    return int(np.ceil(worlds / unit) * unit)
