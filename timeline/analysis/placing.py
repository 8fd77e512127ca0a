r"""Where one history falls among many simulated timelines: earlier or later than how many, and how surprising.

**Surprise.** What a timeline shows of a case is put into a cell: what has become of it, and for each milestone whether
it was never reached, or among those that reach it in the first twentieth, the first, middle or last third, or the last
twentieth; a history sooner or later than every timeline has a cell of its own, which is empty. With :math:`p_j` the
share of timelines in cell :math:`j` and :math:`h` the cell of history, the surprise index in bits is

.. math:: -\log_2 p_h - H, \qquad H = -\sum_j p_j \log_2 p_j :

the surprise at history less the mean surprise at one more timeline of the model. At 0 history is as surprising as the
model's own timelines are; 3 bits more mean a cell eight times as rare. The error is the delta method's for a
multinomial sample; the borders between classes are taken as given.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from timeline.analysis.intervals import share_of
from timeline.study.case import FATES

if TYPE_CHECKING:
    from timeline.analysis.histories import Histories
    from timeline.arrays import Floats

Codes = npt.NDArray[np.int64]
#: Of none in n timelines the chance is below 3/n with 95% confidence (the rule of three).
_RULE_OF_THREE = 3.0
#: Between which parts of those that reach a milestone the classes of a surprise lie.
PARTS = (0.05, 1 / 3, 2 / 3, 0.95)
#: Quantiles of days; of all timelines, those that never reach a milestone come last.
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)


def fates_of(histories: Histories) -> Codes:
    """Return of each timeline the place of its fate in `timeline.study.case.FATES`, shape (n,)."""
    signed, lost = np.isfinite(histories.signed), np.isfinite(histories.lost)
    return np.where(signed, np.where(lost, 1, 0), np.where(lost, 2, 3)).astype(np.int64)


def fate_table(fates: Codes) -> pl.DataFrame:
    """Return a row a fate: fate, estimate, se, low, high, n."""
    rows = []
    for place, fate in enumerate(FATES):
        share = share_of(int(np.count_nonzero(fates == place)), len(fates))
        rows.append(
            {
                "fate": fate,
                "estimate": share.estimate,
                "se": share.se,
                "low": share.low,
                "high": share.high,
                "n": share.n,
            }
        )
    return pl.DataFrame(rows)


def placed(days: Floats, earliest: float, latest: float) -> dict[str, float]:
    """Say how history's day lies among those of simulated timelines.

    Parameters
    ----------
    days
        The day of a milestone in each timeline, infinity where it was never reached, shape (n,).
    earliest, latest
        History's day, or its bounds; both infinity if history never reached it.

    Returns
    -------
    dict
        ``before`` and ``before_latest``: the share of all timelines that reached it before history's earliest and
        latest day, ``se`` of the first; ``reached``: the share that reach it at all; ``q10`` to ``q90``: quantiles of
        the days of all, infinity where fewer reach it; ``r10`` to ``r90``: of those that reach it, NaN where none does.

    Examples
    --------
    >>> found = placed(np.array([10.0, 20.0, 30.0, np.inf]), 15.0, 25.0)
    >>> found["before"], found["before_latest"], found["reached"], found["q50"], found["r50"]
    (0.25, 0.5, 0.75, 20.0, 20.0)
    """
    n = len(days)
    before = float(np.mean(days < earliest))
    reached = days[np.isfinite(days)]
    quantiles = np.quantile(days, QUANTILES, method="inverted_cdf")
    among = np.quantile(reached, QUANTILES) if len(reached) else np.full(len(QUANTILES), np.nan)
    return {
        "before": before,
        "before_latest": float(np.mean(days < latest)),
        "se": math.sqrt(before * (1 - before) / n),
        "reached": len(reached) / n,
        **{f"q{round(100 * q)}": float(day) for q, day in zip(QUANTILES, quantiles, strict=True)},
        **{f"r{round(100 * q)}": float(day) for q, day in zip(QUANTILES, among, strict=True)},
    }


def borders_of(days: Floats) -> Floats:
    """Return the days that part those that reach a milestone into classes; NaN where none does.

    Returns
    -------
    ndarray
        Shape (6,): the first day, `PARTS` of those that reach it, the last day.

    Examples
    --------
    >>> borders_of(np.array([1.0, 2.0, 3.0, 4.0, np.inf])).round(2).tolist()
    [1.0, 1.15, 2.0, 3.0, 3.85, 4.0]
    """
    reached = days[np.isfinite(days)]
    parts = (0.0, *PARTS, 1.0)
    return np.quantile(reached, parts) if len(reached) else np.full(len(parts), np.nan)


def classes(days: npt.ArrayLike, borders: Floats) -> Codes:
    """Return in which class of days each lies: 0 sooner than all, 1 to 5, 6 later than all, 7 never.

    Examples
    --------
    >>> borders = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    >>> classes([0.5, 1.0, 2.5, 6.0, 6.5, np.inf], borders).tolist()
    [0, 1, 2, 5, 6, 7]
    """
    given = np.asarray(days, np.float64)
    inside = np.searchsorted(borders, given, side="left")
    inside = np.where(given == borders[0], 1, inside)
    return np.where(np.isfinite(given), inside, len(PARTS) + 3).astype(np.int64)


@dataclass(frozen=True)
class Surprise:
    """How surprising history is.

    Attributes
    ----------
    bits, se
        The index and its standard error.
    at_least
        Whether no timeline shares history's cell: the index is then a lower end with 95% confidence.
    share, cells
        The share of timelines in history's cell; how many cells are taken at all.
    expected
        The mean surprise at one more timeline of the model, in bits.
    as_rare
        The share of timelines in cells as rare as history's, or rarer.
    n
        How many timelines.
    """

    bits: float
    se: float
    at_least: bool
    share: float
    cells: int
    expected: float
    as_rare: float
    n: int


def surprise(timelines: Sequence[Codes], history: Sequence[int]) -> Surprise:
    """Return how surprising history is among timelines.

    Parameters
    ----------
    timelines
        One array a property: its class in each timeline, shape (n,).
    history
        Its class in history, of each property.

    Examples
    --------
    Of four equally likely cells each is as surprising as expected; one of 3 in 4 is less so:

    >>> surprise([np.array([0, 1, 2, 3])], [2]).bits
    0.0
    >>> found = surprise([np.array([0, 0, 0, 1])], [0])
    >>> round(found.share, 2), round(found.expected, 3), round(found.bits, 3)
    (0.75, 0.811, -0.396)
    """
    cells, counts = np.unique(np.stack(list(timelines), axis=1), axis=0, return_counts=True)
    n = int(counts.sum())
    shares = counts / n
    information = -np.log2(shares)
    expected = float(shares @ information)
    own = np.flatnonzero((cells == np.asarray(history)).all(axis=1))
    if not len(own):
        bits = math.log2(n / _RULE_OF_THREE) - expected
        return Surprise(bits, math.nan, True, 0.0, len(cells), expected, 0.0, n)
    share = float(shares[own[0]])
    here = np.zeros(len(shares))
    here[own[0]] = 1.0
    influence = -(here - share) / (share * math.log(2)) - (information - expected)
    return Surprise(
        bits=float(information[own[0]]) - expected,
        se=math.sqrt(float(shares @ influence**2) / n),
        at_least=False,
        share=share,
        cells=len(cells),
        expected=expected,
        as_rare=float(shares[shares <= share].sum()),
        n=n,
    )
