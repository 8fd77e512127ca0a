"""Advice across structures: whether what is best stays best when mechanisms are off or take another form.

Each structure is played in the same worlds. A structure is no draw from anything, so there is no average over
structures: the table has a row for each, and the worst is as easy to see as the best.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from scipy.special import ndtri

from timeline.analysis.ignorance.best_in_worlds import credit
from timeline.analysis.ignorance.regret import regrets
from timeline.analysis.ignorance.world_draws import WorldDraws, interval_of
from timeline.analysis.intervals import CONFIDENCE
from timeline.errors import TimelineError


def structure_table(
    structures: Mapping[str, WorldDraws], reference: str, *, advice: str | None = None, margin: float = 0.0
) -> pl.DataFrame:
    """Return how an advice does in each structure.

    Parameters
    ----------
    structures
        For each structure draws of the same arms in the same worlds.
    reference
        The structure of which the advice is.
    advice
        The arm that is advised; the one that is best on average in the reference if left out.
    margin
        How far behind the best the advice may be and still do.

    Returns
    -------
    polars.DataFrame
        structure, best (arm, on average), lead (of that over the advice, on average), lead_low (its lower limit, all
        arms together), advice_best (share of worlds in which the advice is the best), low, high (95%), advice_does
        (share in which it is within the margin of the best), advice_regret (mean), same_best (share of worlds in which
        the best arm is the reference's best arm of that world).

    Examples
    --------
    >>> shares = np.full((1, 4), 0.25)
    >>> whole = WorldDraws(("a", "b"), np.array([[[1.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]]), shares)
    >>> bare = WorldDraws(("a", "b"), np.array([[[1.0, 0.0], [0.0, 3.0], [0.0, 2.0], [0.0, 1.0]]]), shares)
    >>> table = structure_table({"all": whole, "no leaks": bare}, "all")
    >>> table.drop("low", "high", "lead", "lead_low", "advice_does").rows()
    [('all', 'a', 0.75, 0.25, 1.0), ('no leaks', 'b', 0.25, 1.5, 0.5)]
    """
    arms = structures[reference].arms
    for name, drawn in structures.items():
        if drawn.arms != arms or drawn.values.shape[1] != structures[reference].values.shape[1]:
            raise TimelineError(f"structure {name}: other arms or worlds than {reference}; expected the same of both")
    place = _best(structures[reference]) if advice is None else arms.index(advice)
    return pl.DataFrame(
        [
            {"structure": name, "best": arms[_best(drawn)], **_lead(drawn, place)}
            | _of_advice(drawn, structures[reference], place, margin)
            for name, drawn in structures.items()
        ]
    )  # fmt: skip


def _best(drawn: WorldDraws) -> int:
    return int(np.argmax(drawn.over_worlds(drawn.values).mean(axis=0)))


def _lead(drawn: WorldDraws, advice: int) -> dict[str, float]:
    """Return how far the best arm is ahead of the advice on average, and the limit that it exceeds with 95%.

    Of several arms the best is partly the luckiest, so that the limit holds for all of them (Bonferroni).
    """
    means = drawn.over_worlds(drawn.values)
    ahead = means[:, _best(drawn)] - means[:, advice]
    critical = -float(ndtri((1 - CONFIDENCE) / max(means.shape[1] - 1, 1)))
    return {"lead": float(ahead.mean()), "lead_low": float(ahead.mean() - critical * ahead.std())}


def _of_advice(drawn: WorldDraws, reference: WorldDraws, advice: int, margin: float) -> dict[str, float]:
    share, low, high = interval_of(drawn.over_worlds(credit(drawn.values)))
    lost = regrets(drawn)
    both = np.sum(credit(drawn.values).mean(axis=0) * credit(reference.values).mean(axis=0), axis=1)
    return {
        "advice_best": float(share[advice]),
        "low": float(low[advice]),
        "high": float(high[advice]),
        "advice_does": float(drawn.over_worlds(lost <= margin).mean(axis=0)[advice]),
        "advice_regret": float(drawn.over_worlds(lost).mean(axis=0)[advice]),
        "same_best": float(drawn.shares.mean(axis=0) @ both),
    }
