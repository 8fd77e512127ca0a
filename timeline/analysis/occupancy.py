"""Occupancy: which share of timelines is in which phase, or has ended how, at each day."""

from __future__ import annotations

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import Floats, without_nan
from timeline.endpoints import Endpoints


def states(endpoints: Endpoints) -> tuple[str, ...]:
    """Every state a timeline can be in: the phases in order, then safe outcomes, then failures.

    Examples
    --------
    >>> states(Endpoints(phases=(("talks", None), ("signed", "signed_day"))))
    ('talks', 'signed', 'consolidated', 'abandoned', 'collapsed')
    """
    return (*(name for name, _ in endpoints.phases), *endpoints.safe, *endpoints.failures)


def occupancy(arm: Histories, endpoints: Endpoints, days: Floats) -> pl.DataFrame:
    """Share of all replications in each state at each day since the start; shares add to one.

    A timeline that has ended stays in its outcome. Otherwise it is in the latest phase reached.

    Parameters
    ----------
    arm
        All replications of one arm.
    endpoints
        Names the phases and outcomes.
    days
        Shape (g,), days since the start, none negative.

    Returns
    -------
    DataFrame
        day, state, share; for each state in order, all days. Null shares if there are no rows.
    """
    # "Left phase k-1 by day t" is: entered phase k, or ended, by day t. Differences of these counts
    # are never negative and add up to n, whatever the milestones.
    reached = [np.full(len(days), arm.n)]
    reached += [_by(np.minimum(begun, arm.end), days, arm) for begun in arm.entered[1:]]
    ended_when = np.where(arm.running, np.inf, arm.end)
    reached.append(np.searchsorted(np.sort(ended_when), days, side="right"))
    counts = {
        name: before - after for (name, _), before, after in zip(endpoints.phases, reached, reached[1:], strict=False)
    }
    for name in (*endpoints.safe, *endpoints.failures):
        when = np.sort(arm.end[(arm.outcome == name).to_numpy()])
        counts[name] = np.searchsorted(when, days, side="right")
    total = arm.n if arm.n else np.nan
    table = pl.concat(
        pl.DataFrame({"day": days, "state": [name] * len(days), "share": counts[name] / total})
        for name in states(endpoints)
    )
    return without_nan(table)


def _by(when: Floats, days: Floats, arm: Histories) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    # At the horizon an open timeline's last day is no ending, so it must not count as one.
    open_without = np.where(arm.running & (when >= arm.end), np.inf, when)
    return np.searchsorted(np.sort(open_without), days, side="right")
