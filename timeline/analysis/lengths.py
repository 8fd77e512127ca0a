"""Lengths: how long timelines run, and how many are still open when an event is forced on them.

What a timeline counts, such as leaks, it counts until it ends, and a value at the end is that of another day under
each cadence. So the page says how long timelines run, and gives counts a year beside counts.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.model.endpoints import Endpoints
from timeline.model.units import YEAR


class LengthCount:
    """Counts days until timelines end, and timelines that are open on the day of a forced event.

    A `timeline.analysis.reading.ColumnCounter`.

    Parameters
    ----------
    endpoints
        How to read the rows.
    forced
        Of each forced event the column of the milestone it is counted from, empty for the start, and so many days.
    horizon
        Days.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None),), accord=None, half_verified=None, hostility=None)
    >>> found = LengthCount(ends, [("", 100.0), ("signed_day", 50.0)], horizon=730.5)
    >>> found.add("silence", pl.DataFrame({"day": [90.0, 100.0, 730.5], "signed_day": [None, 80.0, 700.0]}))
    >>> round(found.mean_years("silence"), 3), found.open_at("silence", 0), found.open_at("silence", 1)
    (0.84, 0.6666666666666666, 0.0)
    """

    most = None

    def __init__(self, endpoints: Endpoints, forced: Sequence[tuple[str, float]], horizon: float) -> None:
        self.columns = tuple(dict.fromkeys(since for since, _ in forced if since))
        self._ends, self._forced, self._horizon = endpoints, tuple(forced), horizon
        self._n: dict[str, int] = {}
        self._days: dict[str, float] = {}
        self._open: dict[str, list[int]] = {}

    def add(self, cadence: str, rows: pl.DataFrame) -> None:
        """Count further rows; see `timeline.analysis.reading`."""
        ended = rows[self._ends.day].to_numpy()
        self._n[cadence] = self._n.get(cadence, 0) + len(ended)
        self._days[cadence] = self._days.get(cadence, 0.0) + float(ended.sum())
        counts = self._open.setdefault(cadence, [0] * len(self._forced))
        for at, (since, days) in enumerate(self._forced):
            begin = rows[since].cast(pl.Float64).fill_null(np.nan).to_numpy() if since else 0.0
            # It comes before all else that day, and may end the timeline itself.
            counts[at] += int(np.count_nonzero((begin + days <= ended) & (begin + days < self._horizon)))

    def mean_years(self, cadence: str) -> float:
        """Return how many years timelines of a cadence run, on average."""
        return self._days[cadence] / self._n[cadence] / YEAR

    def open_at(self, cadence: str, event: int) -> float:
        """Return the share of timelines of a cadence that are open on the day of a forced event."""
        return self._open[cadence][event] / self._n[cadence]
