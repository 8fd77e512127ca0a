"""Landmarks: what became of agreements, by how things stood on a given day after the signature.

To compare agreements by what happened to them later would count those that lived long enough for it to happen
(immortal time). So only agreements that still stood on the landmark are counted, by how things stood on that very
day, and they are followed from there on for a fixed time.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from timeline.analysis.fans import samples_of
from timeline.analysis.intervals import wilson
from timeline.model.endpoints import Endpoints

#: Upper ends of the groups, as shares; the first is next to nothing.
GROUPS = (0.02, 1 / 3, 2 / 3, 1.0)
NAMES = ("nothing", "up to a third", "up to two thirds", "more")


def standing_by(
    pieces: Iterable[pl.DataFrame], *, endpoints: Endpoints, column: str, days: tuple[float, ...], day: float,
    after: float, horizon: float,
) -> pl.DataFrame:  # fmt: skip
    """Count the agreements that stood on a landmark and some time later, by how things stood on it.

    Parameters
    ----------
    pieces
        Rows with the endpoints' columns and ``column``.
    endpoints
        How to read them.
    column
        A share sampled at ``days`` since the signature.
    day
        The landmark, one of ``days``.
    after
        Days from the landmark on for which agreements are followed; those that the horizon cuts off earlier are
        left out, whatever became of them.
    horizon
        Days.

    Returns
    -------
    polars.DataFrame
        group, n, kept, estimate, low, high: 95% Wilson intervals, null where n is 0.
    """
    n, kept = np.zeros(len(GROUPS), int), np.zeros(len(GROUPS), int)
    at = days.index(day)
    for rows in pieces:
        signed, ended = rows[endpoints.signed].to_numpy(), rows[endpoints.day].to_numpy()
        failed = rows[endpoints.outcome].cast(pl.String).is_in(list(endpoints.failures)).to_numpy()
        landmark = signed + day
        counted = np.isfinite(signed) & (landmark + after <= horizon) & ~(failed & (ended < landmark))
        share = samples_of(rows, column, len(days), "landmark")[:, at]
        counted &= np.isfinite(share)
        group = np.searchsorted(GROUPS, share[counted], side="left").clip(0, len(GROUPS) - 1)
        stood = ~(failed[counted] & (ended[counted] < landmark[counted] + after))
        n += np.bincount(group, minlength=len(GROUPS))
        kept += np.bincount(group, weights=stood, minlength=len(GROUPS)).astype(int)
    estimate, _, low, high = wilson(kept, n)
    frame = pl.DataFrame({"group": list(NAMES), "n": n, "kept": kept, "estimate": estimate, "low": low, "high": high})
    return frame.with_columns(pl.col("estimate", "low", "high").fill_nan(None))
