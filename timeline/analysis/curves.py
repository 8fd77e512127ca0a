"""Curves: everything that is counted for one arm by day, by state, by cause and by age, so that it can be merged."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import polars as pl

from timeline.analysis.causes import Incidence
from timeline.analysis.exact_sums import ExactSums
from timeline.analysis.hazards import ExactHazards
from timeline.analysis.histories import Histories
from timeline.analysis.occupancy import Occupancy
from timeline.analysis.survival import BothSign, InForce, SinceSignature, State, signed_early
from timeline.arrays import Places
from timeline.model.endpoints import Endpoints
from timeline.study.window import Window

_FATES = "fates/"


class Curves:
    """What is counted for one cadence, and for it and the baseline together.

    Parameters
    ----------
    endpoints
        How to read the rows.
    window
        For how long is watched.
    grid_points
        Number of days of every curve.
    """

    def __init__(self, endpoints: Endpoints, window: Window, grid_points: int) -> None:
        days = np.linspace(0.0, window.horizon, grid_points)
        since = np.linspace(0.0, window.follow_up, grid_points)
        self._window = window
        self.in_force = InForce(days)
        self.in_force_verified = None if endpoints.half_verified is None else InForce(days, verified=True)
        self.since_signature = SinceSignature(since)
        self.both_sign = BothSign(since, window.horizon, window.follow_up)
        self.occupancy = Occupancy(endpoints, days)
        self.since_start = Incidence(days)
        self.causes_since_signature = Incidence(since)
        self.hazards = ExactHazards(window.follow_up, endpoints.fragile is not None)
        self.fates: State = {}

    def add(self, arm: Histories, baseline: Histories | None) -> None:
        """Count further replications, the same in the same order under the baseline; None for the baseline itself."""
        early = signed_early(arm, self._window.horizon, self._window.follow_up)
        for in_force in (self.in_force, self.in_force_verified):
            if in_force is not None:
                in_force.add(arm)
        self.since_signature.add(arm.kept[early])
        self.occupancy.add(arm)
        self.since_start.add(arm, arm.lost, np.ones(arm.n, dtype=np.bool_))
        self.causes_since_signature.add(arm, arm.kept, early)
        self.hazards.add(arm, early, arm.fragile)
        if baseline is not None:
            self.both_sign.add(arm, baseline)
            for name, count in cross_fates(baseline, arm).items():
                self.fates[name] = self.fates.get(name, np.zeros(1, dtype=np.int64)) + count

    def state(self) -> State:
        """Return all counts so far; the exact days of the hazards are in `hazards.since`."""
        counts = {
            f"{name}/{part}": count for name, own in self._counted().items() for part, count in own.state().items()
        }
        return counts | {_FATES + name: count for name, count in self.fates.items()}

    def restore(self, state: Mapping[str, Places], since: ExactSums) -> None:
        """Go on from counts that were returned earlier, or from the sum of several."""
        for name, own in self._counted().items():
            parts = _behind(f"{name}/", state)
            if isinstance(own, ExactHazards):
                own.restore(parts, since)
            elif parts:
                own.restore(parts)
        self.fates = _behind(_FATES, state)

    def _counted(self) -> dict[str, InForce | SinceSignature | BothSign | Occupancy | Incidence | ExactHazards]:
        verified = {} if self.in_force_verified is None else {"in force, verified": self.in_force_verified}
        return {
            "in force": self.in_force,
            **verified,
            "since signature": self.since_signature,
            "both sign": self.both_sign,
            "occupancy": self.occupancy,
            "causes since start": self.since_start,
            "causes since signature": self.causes_since_signature,
            "hazards": self.hazards,
        }

    def fates_table(self) -> pl.DataFrame:
        """Count replications by their fate under the baseline and here; see `timeline.analysis.fates.fates`.

        Returns
        -------
        DataFrame
            fate, cause, other_fate, other_cause, count, share; the most frequent first.
        """
        names = ("fate", "cause", "other_fate", "other_cause")
        total = sum(int(count[0]) for count in self.fates.values())
        rows = [(*json.loads(name), int(count[0]), count[0] / total) for name, count in self.fates.items() if count[0]]
        schema = dict.fromkeys(names, pl.String) | {"count": pl.Int64, "share": pl.Float64}
        frame = pl.DataFrame(rows, schema=schema, orient="row")
        return frame.sort("count", *names, descending=[True, *[False] * 4], nulls_last=True)


def stack(states: Sequence[Mapping[str, Places]]) -> State:
    """Put the counts of several arms one below the other; what an arm never counted is 0.

    Examples
    --------
    >>> stack([{"leak": np.array([1])}, {"theft": np.array([2])}])
    {'leak': array([[1],
           [0]]), 'theft': array([[0],
           [2]])}
    """
    shapes = {name: count for state in states for name, count in state.items()}
    found = {name: np.zeros((len(states), *shapes[name].shape), dtype=np.int64) for name in sorted(shapes)}
    for at, state in enumerate(states):
        for name, count in state.items():
            found[name][at] = count
    return found


def add(one: Mapping[str, Places], other: Mapping[str, Places]) -> State:
    """Add counts, name by name; a name that one lacks counts 0 there.

    Examples
    --------
    >>> add({"leak": np.array([1])}, {"leak": np.array([2]), "theft": np.array([5])})
    {'leak': array([3]), 'theft': array([5])}
    """
    return {
        name: one[name] + other[name] if name in one and name in other else (one if name in one else other)[name]
        for name in sorted({*one, *other})
    }


def cross_fates(baseline: Histories, arm: Histories) -> dict[str, int]:
    """Count replications by what became of them under two arms: fate, cause, other fate, other cause, as JSON."""
    (one, first), (other, second) = _fates(baseline), _fates(arm)
    pairs, counts = np.unique(one * len(second) + other, return_counts=True)
    found = {}
    for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
        before, after = divmod(pair, len(second))
        found[_named(first[before], second[after])] = count
    return found


@lru_cache(maxsize=10_000)
def _named(one: tuple[str, str | None], other: tuple[str, str | None]) -> str:
    return json.dumps([*one, *other])


def _fates(arm: Histories) -> tuple[Places, list[tuple[str, str | None]]]:
    """Return the fate of each replication as a place in a list of fates; see `timeline.analysis.fates`."""
    signed, failed = np.isfinite(arm.signed), np.isfinite(arm.lost)
    code = np.where(failed, 2 + arm.failing + np.where(signed, 0, len(arm.causes)), np.where(signed, 0, 1))
    known: list[tuple[str, str | None]] = [("in force", None), ("never signed", None)]
    known += [(fate, cause) for fate in ("lost", "never signed") for cause in arm.causes]
    return code, known


def _behind(before: str, state: Mapping[str, Places]) -> State:
    return {name.removeprefix(before): count for name, count in state.items() if name.startswith(before)}
