"""Durations as a likelihood sees them: when each ended, as far as is known, and from when on it was watched."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from timeline.arrays import Flags, Floats, Places
from timeline.errors import ModelError


@dataclass(frozen=True, eq=False)
class Durations:
    """Spells; all arrays have shape (spells,).

    Attributes
    ----------
    low, high
        Days between which each ended: alike if the day is known, `high` infinite if it had not ended after `low`.
    entry
        Days it had run when it came under observation; 0 if it was watched from its beginning.
    cluster
        The number of what it stands and falls with, from 0 on.
    weight
        How often it counts.
    whole_days
        Whether days were counted in whole ones, so that day 3 stands for all between 2.5 and 3.5.

    Examples
    --------
    >>> spells = durations([3, 5], [3, float("inf")], whole_days=True)
    >>> spells.events, spells.between[0].tolist(), spells.between[1].tolist()
    (1, [2.5, 5.0], [3.5, inf])
    """

    low: Floats
    high: Floats
    entry: Floats
    cluster: Places
    weight: Floats
    whole_days: bool = False

    @property
    def ended(self) -> Flags:
        """Which have ended."""
        return np.isfinite(self.high)

    @property
    def events(self) -> int:
        """How many have ended."""
        return int(self.ended.sum())

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1

    @property
    def day(self) -> Floats:
        """The day on which each ended, or the middle of when it may have; of those that have not, the last seen."""
        return np.where(self.ended, (self.low + np.where(self.ended, self.high, 0.0)) / 2, self.low)

    @property
    def vague(self) -> bool:
        """Whether some ended on a day that is known less well than to a day."""
        return bool(np.any(self.ended & (self.high - self.low > 1.0)))

    @property
    def between(self) -> tuple[Floats, Floats]:
        """Between what each ended, whole days as half a day on either side."""
        if not self.whole_days:
            return self.low, self.high
        known = self.ended & (self.low == self.high)
        return np.where(known, np.maximum(self.low - 0.5, 0.0), self.low), np.where(known, self.high + 0.5, self.high)

    def merged(self) -> Durations:
        """Return spells that are alike as one of their weight together; their clusters are lost."""
        table = pl.DataFrame({"low": self.low, "high": self.high, "entry": self.entry, "weight": self.weight})
        alike = table.group_by("low", "high", "entry", maintain_order=True).agg(pl.col("weight").sum())
        low, high, entry, weight = (alike[name].to_numpy() for name in alike.columns)
        return replace(self, low=low, high=high, entry=entry, weight=weight, cluster=np.arange(low.size))

    def weighted(self, weight: Floats) -> Durations:
        """Return the spells with other weights."""
        return replace(self, weight=weight)


def durations(
    low: object, high: object, entry: object = None, cluster: object = None, *, whole_days: bool | None = None
) -> Durations:
    """Return spells as a likelihood sees them.

    Parameters
    ----------
    low, high, entry
        See `Durations`.
    cluster
        Names of clusters; each spell is one of its own if not given.
    whole_days
        See `Durations`; whether all days are whole if not given.

    Raises
    ------
    ModelError
        If there is no spell, the lengths differ, or a value cannot be.
    """
    least, most = (np.asarray(values, dtype=np.float64) for values in (low, high))
    begun = np.zeros(least.shape) if entry is None else np.asarray(entry, dtype=np.float64)
    if least.ndim != 1 or not least.size or not least.shape == most.shape == begun.shape:
        raise ModelError(
            f"durations: given shapes {least.shape}, {most.shape} and {begun.shape}, expected one of equal length"
        )
    possible = {
        "low": np.isfinite(least) & (least >= 0),
        "high": most >= least,
        "entry": (begun >= 0) & (begun < np.where(most > 0, most, 1.0)),
    }
    for name, good in possible.items():
        if not good.all():
            at = int(good.argmin())
            raise ModelError(
                f"durations: spell {at} ended between {least[at]:g} and {most[at]:g} days and entered at {begun[at]:g} "
                f"({name} cannot be so), expected 0 <= entry < high and 0 <= low <= high"
            )
    numbers = np.arange(least.size) if cluster is None else np.unique(np.asarray(cluster), return_inverse=True)[1]
    if whole_days is None:
        known = np.concatenate([least, most[np.isfinite(most)], begun])
        whole_days = bool((known == np.round(known)).all())
    return Durations(least, most, begun, numbers, np.ones(least.size), whole_days)
