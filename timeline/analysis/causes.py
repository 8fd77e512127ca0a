"""Causes: cumulative incidence, the share that has failed by each cause by each day.

A cause is proximate: the clock that fired last. What would have happened without a mechanism is
another question, answered by playing the same replications without it; those shares need not add
up to one. Causes compete: removing one leaves more timelines for the others.

Every timeline is followed for the same time, so a cumulative incidence is a plain share, and
equals the Aalen-Johansen estimate. A failure without a cause of its own, such as talks
abandoned, is its own cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import wilson
from timeline.analysis.survival import State, come_by
from timeline.arrays import Flags, Floats, Places
from timeline.model.endpoints import Endpoints


class Incidence:
    """Failures of each cause by each day, counted piece by piece.

    Parameters
    ----------
    days
        Shape (g,).

    Attributes
    ----------
    seen
        The causes that occurred, in the order in which they came.
    """

    def __init__(self, days: Floats) -> None:
        self.days = days
        self.n = 0
        self._failed: dict[str, Places] = {}

    @property
    def seen(self) -> tuple[str, ...]:
        """The causes that occurred, in the order in which they came."""
        return tuple(self._failed)

    def add(self, arm: Histories, when: Floats, among: Flags) -> None:
        """Count further replications.

        Parameters
        ----------
        arm
            Says by what each failed.
        when
            Shape (n,): the day of each failure, on the scale of `days`.
        among
            Shape (n,): which replications to follow.
        """
        self.n += int(np.count_nonzero(among))
        followed = among & (arm.failing >= 0)
        failing, failed_on = arm.failing[followed], when[followed]
        for place in np.flatnonzero(np.bincount(failing)):
            before = self._failed.get(arm.causes[place], 0)
            self._failed[arm.causes[place]] = before + come_by(failed_on[failing == place], self.days)

    def state(self) -> State:
        """Return the counts so far."""
        return {"n": np.array([self.n])} | {f"failed: {cause}": count for cause, count in self._failed.items()}

    def restore(self, state: Mapping[str, Places]) -> None:
        """Go on from counts that were returned earlier, or from the sum of several."""
        self.n, before = int(state["n"][0]), "failed: "
        self._failed = {name.removeprefix(before): count.copy() for name, count in state.items() if before in name}

    def table(self, causes: Iterable[str]) -> pl.DataFrame:
        """Share failed by each cause: day, cause, share, se, low, high; for each cause in order, all days."""
        names = tuple(causes)
        never = np.zeros(len(self.days), dtype=np.int64)
        counts = np.concatenate([self._failed.get(name, never) for name in names]) if names else never[:0]
        share, se, low, high = wilson(counts, np.full(len(counts), self.n))
        cause = pl.Series(names, dtype=pl.String).gather(np.repeat(np.arange(len(names)), len(self.days)))
        day = np.tile(self.days, len(names))
        columns = {"day": day, "cause": cause, "share": share, "se": se, "low": low, "high": high}
        return pl.DataFrame(columns, nan_to_null=True)


def known_causes(seen: Iterable[str], endpoints: Endpoints) -> tuple[str, ...]:
    """Every cause to report: those the model lists, then others seen, by name.

    Examples
    --------
    >>> known_causes(["theft", "breach", "theft"], Endpoints(phases=(("talks", None),), causes=("breach",)))
    ('breach', 'theft')
    """
    return (*endpoints.causes, *sorted(set(seen) - set(endpoints.causes)))


def incidence_since_start(arm: Histories, causes: Iterable[str], days: Floats) -> pl.DataFrame:
    """Share of all replications that failed by each cause by each day since the start.

    Returns
    -------
    DataFrame
        day, cause, share, se, low, high; for each cause in order, all `days` (g,).
    """
    found = Incidence(days)
    found.add(arm, arm.lost, np.ones(arm.n, dtype=np.bool_))
    return found.table(causes)


def incidence_since_signature(arm: Histories, causes: Iterable[str], days: Floats, among: Flags) -> pl.DataFrame:
    """Share of signed agreements that failed by each cause, by days since their signature.

    `among` (n,) says which signings to follow; see `timeline.analysis.survival.signed_early`.

    Returns
    -------
    DataFrame
        day, cause, share, se, low, high; null where nobody signed.
    """
    found = Incidence(days)
    found.add(arm, arm.kept, among)
    return found.table(causes)
