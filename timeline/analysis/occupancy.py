"""Occupancy: which share of timelines is in which phase, or has ended how, at each day."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.survival import State, come_by
from timeline.arrays import Floats, Places
from timeline.model.endpoints import Endpoints


def states(endpoints: Endpoints) -> tuple[str, ...]:
    """Every state a timeline can be in: the phases in order, then safe outcomes, then failures.

    Examples
    --------
    >>> states(Endpoints(phases=(("talks", None), ("signed", "signed_day"))))
    ('talks', 'signed', 'consolidated', 'abandoned', 'collapsed')
    """
    return (*(name for name, _ in endpoints.phases), *endpoints.safe, *endpoints.failures)


class Occupancy:
    """Timelines in each state at each day since the start, counted piece by piece.

    Parameters
    ----------
    endpoints
        Names the phases and outcomes.
    days
        Shape (g,), days since the start, none negative.
    """

    def __init__(self, endpoints: Endpoints, days: Floats) -> None:
        self.endpoints, self.days = endpoints, days
        self.n = 0
        # "Left phase k-1 by day t" is: entered phase k, or ended, by day t. Differences of these counts
        # are never negative and add up to n, whatever the milestones.
        self._reached = np.zeros((len(endpoints.phases), len(days)), dtype=np.int64)
        self._ended = np.zeros((len(endpoints.safe) + len(endpoints.failures), len(days)), dtype=np.int64)

    def add(self, arm: Histories) -> None:
        """Count further replications."""
        self.n += arm.n
        self._reached[0] += arm.n
        # At the horizon an open timeline's last day is no ending, so it must not count as one.
        ended = np.where(arm.running, np.inf, arm.end)
        for count, begun in zip(self._reached[1:], arm.entered[1:], strict=True):
            count += come_by(np.where(begun < arm.end, begun, ended), self.days)
        for count, name in zip(self._ended, (*self.endpoints.safe, *self.endpoints.failures), strict=True):
            count += come_by(arm.end[arm.ended(name)], self.days)

    def state(self) -> State:
        """Return the counts so far."""
        return {"n": np.array([self.n]), "reached": self._reached, "ended": self._ended}

    def restore(self, state: Mapping[str, Places]) -> None:
        """Go on from counts that were returned earlier, or from the sum of several."""
        self.n, self._reached, self._ended = int(state["n"][0]), state["reached"].copy(), state["ended"].copy()

    def table(self) -> pl.DataFrame:
        """Share of all replications in each state: day, state, share; for each state in order, all days."""
        left = np.vstack([self._reached[1:], self._ended.sum(axis=0)])
        counts = np.concatenate([self._reached - left, self._ended])
        names = states(self.endpoints)
        state = pl.Series("state", names, dtype=pl.String).gather(np.repeat(np.arange(len(names)), len(self.days)))
        share = (counts / (self.n or np.nan)).ravel()
        day = np.tile(self.days, len(names))
        return pl.DataFrame({"day": day, "state": state, "share": share}, nan_to_null=True)


def occupancy(arm: Histories, endpoints: Endpoints, days: Floats) -> pl.DataFrame:
    """Share of all replications in each state at each day since the start; shares add to one.

    A timeline that has ended stays in its outcome. Otherwise it is in the latest phase reached.

    Parameters
    ----------
    arm
        All replications of one arm.
    endpoints, days
        As for `Occupancy`.

    Returns
    -------
    DataFrame
        day, state, share; for each state in order, all days. Null shares if there are no rows.
    """
    found = Occupancy(endpoints, days)
    found.add(arm)
    return found.table()
