"""Landmarks: what became of agreements, by how things stood on a given day after the signature.

To compare agreements by what happened to them later would count those that lived long enough for it to happen
(immortal time). So only agreements that still stood on the landmark are counted, by how things stood on that very
day, and they are followed from there on for a fixed time.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from timeline.analysis.fans import samples_of
from timeline.analysis.intervals import wilson
from timeline.model.endpoints import Endpoints

#: Upper ends of the groups, as shares; the first is next to nothing.
GROUPS = (0.02, 1 / 3, 2 / 3, 1.0)
NAMES = ("nothing", "up to a third", "up to two thirds", "more")


class LandmarkCount:
    """Counts agreements that stood on a landmark and some time later, by how things stood on it.

    A `timeline.analysis.reading.ColumnCounter`: all cadences that it is shown are taken together.

    Parameters
    ----------
    endpoints
        How to read the rows.
    column
        A share sampled at ``days`` since the signature.
    days
        The days it was sampled at.
    day
        The landmark, one of ``days``.
    after
        Days from the landmark on for which agreements are followed; those that the horizon cuts off earlier are
        left out, whatever became of them.
    horizon
        Days.
    """

    most = None

    def __init__(
        self, endpoints: Endpoints, *, column: str, days: tuple[float, ...], day: float, after: float, horizon: float
    ) -> None:
        self.columns = (column,)
        self._endpoints, self._days = endpoints, days
        self._day, self._after, self._horizon = day, after, horizon
        self._n, self._kept = np.zeros(len(GROUPS), int), np.zeros(len(GROUPS), int)

    def add(self, cadence: str, rows: pl.DataFrame) -> None:
        """Count further rows; see `timeline.analysis.reading`."""
        ends = self._endpoints
        assert ends.signed is not None  # or there would be no drill since the signature
        signed, ended = rows[ends.signed].to_numpy(), rows[ends.day].to_numpy()
        failed = rows[ends.outcome].cast(pl.String).is_in(list(ends.failures)).to_numpy()
        landmark = signed + self._day
        counted = np.isfinite(signed) & (landmark + self._after <= self._horizon) & ~(failed & (ended < landmark))
        share = samples_of(rows, self.columns[0], len(self._days), "landmark")[:, self._days.index(self._day)]
        counted &= np.isfinite(share)
        group = np.searchsorted(GROUPS, share[counted], side="left").clip(0, len(GROUPS) - 1)
        stood = ~(failed[counted] & (ended[counted] < landmark[counted] + self._after))
        self._n += np.bincount(group, minlength=len(GROUPS))
        self._kept += np.bincount(group, weights=stood, minlength=len(GROUPS)).astype(int)

    def table(self) -> pl.DataFrame:
        """Return group, n, kept, estimate, low, high: 95% Wilson intervals, null where n is 0."""
        estimate, _, low, high = wilson(self._kept, self._n)
        counts = {"group": list(NAMES), "n": self._n, "kept": self._kept}
        frame = pl.DataFrame({**counts, "estimate": estimate, "low": low, "high": high})
        return frame.with_columns(pl.col("estimate", "low", "high").fill_nan(None))
