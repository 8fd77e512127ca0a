"""Hazards by age of the agreement, and how much of their fall is due to fragile deals.

The hazard of a real agreement falls steeply with its age. Part of such a fall is selection:
fragile deals go first and leave the lasting ones behind. In a simulation the kind of every deal
is known, so the part can be counted instead of guessed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from timeline.analysis.exact_sums import ExactSums
from timeline.analysis.histories import Histories
from timeline.analysis.survival import State
from timeline.arrays import Flags, Floats, Places
from timeline.model.units import YEAR

#: Days since signature between which hazards are counted.
AGES = (0.0, 30.0, 180.0, 365.0, 730.0, 1826.0, 3652.0)

#: Ages, as (begin, end), between which the hazard is said to fall: the first year, and all after the second.
YOUNG_AGES, OLD_AGES = (0.0, 365.0), (730.0, math.inf)

SCHEMA = {
    "kind": pl.String,
    "begin": pl.Float64,
    "end": pl.Float64,
    "failures": pl.Int64,
    "years": pl.Float64,
    "hazard": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
}


class Hazards:
    """Failures and agreement-years by age and kind of deal, counted piece by piece.

    Parameters
    ----------
    follow_up
        Days each signing is followed; ages beyond it are left out.
    kinds
        Whether to count deals of the fragile kind and the lasting ones apart.
    ages
        Ages in days at which a new interval begins, rising from 0.
    """

    def __init__(self, follow_up: float, kinds: bool, ages: Sequence[float] = AGES) -> None:
        self._follow_up = follow_up
        self._kinds = ("all", "lasting", "fragile") if kinds else ("all",)
        # A sliver of an interval at the end (1826 days against five years) would hold no failures.
        self._edges = np.array([age for age in ages if age < 0.9 * follow_up] + [follow_up])
        shape = (len(self._kinds), len(self._edges) - 1)
        self._failures = np.zeros(shape, dtype=np.int64)
        self._days = np.zeros(shape)

    def add(self, arm: Histories, counted: Flags, fragile: Flags | None) -> None:
        """Count further replications; see `hazards_by_age`."""
        kept = (arm.lost - np.where(counted, arm.signed, 0.0))[counted]
        members = {"all": np.ones(len(kept), dtype=np.bool_)}
        if fragile is not None:
            members |= {"lasting": ~fragile[counted], "fragile": fragile[counted]}
        lasted, failed = np.minimum(kept, self._follow_up), kept <= self._follow_up
        interval = np.searchsorted(self._edges, lasted) - 1  # an interval holds its end, not its beginning
        inside = interval >= 0
        for place, kind in enumerate(self._kinds):
            own = members[kind] & inside
            self._failures[place] += np.bincount(interval[own & failed], minlength=len(self._edges) - 1)
            since = lasted[own] - self._edges[interval[own]]
            ending = np.bincount(interval[own], minlength=len(self._edges) - 1)
            self._watch(place, interval[own], since, ending[::-1].cumsum()[::-1] - ending)

    def _watch(self, place: int, interval: Places, since: Floats, outlasting: Places) -> None:
        """Add the days of one kind: those since the beginning of the interval in which each ends, and whole ones."""
        within = np.bincount(interval, since, minlength=len(outlasting))
        self._days[place] += within + outlasting * np.diff(self._edges)

    def table(self) -> pl.DataFrame:
        """kind, begin, end (days), failures, years, hazard, low, high; see `hazards_by_age`."""
        from scipy.stats import chi2

        failures, years = self._failures.ravel(), self._days.ravel() / YEAR
        with np.errstate(divide="ignore", invalid="ignore"):
            rates = (
                np.array([failures, chi2.ppf(0.025, 2 * failures) / 2, chi2.ppf(0.975, 2 * failures + 2) / 2]) / years
            )
        rates[1, failures == 0] = 0.0
        hazard, low, high = np.where(years > 0, rates, np.nan)
        kinds, intervals = self._failures.shape
        columns = {
            "kind": np.repeat(self._kinds, intervals),
            "begin": np.tile(self._edges[:-1], kinds),
            "end": np.tile(self._edges[1:], kinds),
            "failures": failures,
            "years": years,
            "hazard": hazard,
            "low": low,
            "high": high,
        }
        return pl.DataFrame(columns, schema=SCHEMA, nan_to_null=True)


class ExactHazards(Hazards):
    """The same, with days that add up to the same number whatever the order; see `timeline.analysis.exact_sums`."""

    def __init__(self, follow_up: float, kinds: bool, ages: Sequence[float] = AGES) -> None:
        super().__init__(follow_up, kinds, ages)
        self._since = ExactSums.of_digits(self._failures.size, {})
        self._watched: list[tuple[Places, Floats]] = []
        self._outlasted = np.zeros_like(self._failures)

    def _watch(self, place: int, interval: Places, since: Floats, outlasting: Places) -> None:
        self._watched.append((interval + place * len(outlasting), since))
        self._outlasted[place] += outlasting

    @property
    def since(self) -> ExactSums:
        """Days since the beginning of the interval in which each agreement ended, by kind and interval."""
        if self._watched:
            bins, days = (np.concatenate(parts) for parts in zip(*self._watched, strict=True))
            self._since = self._since + ExactSums.of_bins(self._failures.size, bins, days)
            self._watched = []
        return self._since

    def state(self) -> State:
        """Return the counts so far; the exact days are in `since`."""
        return {"failures": self._failures, "outlasted": self._outlasted}

    def restore(self, state: Mapping[str, Places], since: ExactSums) -> None:
        """Go on from counts and days that were returned earlier, or from the sum of several."""
        self._since, self._watched = since, []
        self._failures, self._outlasted = state["failures"].copy(), state["outlasted"].copy()

    def table(self) -> pl.DataFrame:
        """kind, begin, end (days), failures, years, hazard, low, high; see `hazards_by_age`."""
        self._days = self.since.floats().reshape(self._failures.shape) + self._outlasted * np.diff(self._edges)
        return super().table()


def hazards_by_age(
    arm: Histories, counted: Flags, fragile: Flags | None, follow_up: float, ages: Sequence[float] = AGES
) -> pl.DataFrame:
    """Count failures a year of agreement, by age since signature and kind of deal.

    Parameters
    ----------
    arm
        The arm's replications.
    counted
        Shape (n,): those that sign early enough to be followed for `follow_up` days.
    fragile
        Shape (n,): deals of the fragile kind; None if the model has no such kind.
    follow_up, ages
        As for `Hazards`.

    Returns
    -------
    DataFrame
        kind ("all", "lasting", "fragile"), begin, end (days), failures, years (agreement-years at
        risk), hazard (per year), low, high (exact 95% Poisson interval, Garwood 1936: Monte Carlo
        error). The hazard is null where nothing was at risk. A consolidated agreement stays at
        risk and does not fail.
    """
    found = Hazards(follow_up, fragile is not None, ages)
    found.add(arm, counted, fragile)
    return found.table()


class Part(NamedTuple):
    """A share, with its 95% Monte Carlo interval."""

    share: float
    low: float
    high: float


def part_due_to_fragility(hazards: pl.DataFrame) -> Part | None:
    """Return how much of the fall of the hazard is gone among the lasting deals.

    The fall is the logarithm of the hazard at young ages over that at old ones. Which these are is fixed beforehand:
    `YOUNG_AGES` and `OLD_AGES`. Ages chosen where the hazard is highest would be chosen by luck too, and
    an interval that ignores the choice holds less often than it says. What the lasting deals alone show of the fall,
    between the same ages, is not due to fragility.

    Returns
    -------
    Part or None
        A share with its interval (delta method; failures are Poisson, and those of the lasting
        deals are among those of all); 1 if the hazard of the lasting deals does not fall at all, below 0 if it falls
        more steeply. None if the hazard does not fall, or some ages saw no failure of all or of the lasting deals.

    Examples
    --------
    >>> rows = [("all", 0.0, 365.0, 8, 1.0, 8.0), ("all", 730.0, 1826.0, 2, 1.0, 2.0),
    ...         ("lasting", 0.0, 365.0, 4, 1.0, 4.0), ("lasting", 730.0, 1826.0, 2, 1.0, 2.0)]
    >>> frame = pl.DataFrame(rows, schema=list(SCHEMA)[:6], orient="row")
    >>> part = part_due_to_fragility(frame)
    >>> part.share, round(part.low, 2), round(part.high, 2)
    (0.5, -0.25, 1.25)
    """
    young, old = (rate_between(hazards, "all", *ages) for ages in (YOUNG_AGES, OLD_AGES))
    first, final = (rate_between(hazards, "lasting", *ages) for ages in (YOUNG_AGES, OLD_AGES))
    if not all(rate.failures for rate in (young, old, first, final)) or young.hazard <= old.hazard:
        return None
    fall = math.log(young.hazard / old.hazard)
    kept = math.log(first.hazard / final.hazard) / fall
    spread = 1 / young.failures + 1 / old.failures
    own_spread = 1 / first.failures + 1 / final.failures
    error = 1.959964 * math.sqrt(max(0.0, own_spread - 2 * kept * spread + kept * kept * spread)) / fall
    return Part(1 - kept, 1 - kept - error, 1 - kept + error)


class Rate(NamedTuple):
    """Failures in some years of agreement."""

    failures: int
    years: float

    @property
    def hazard(self) -> float:
        """Failures a year."""
        return self.failures / self.years


def rate_between(hazards: pl.DataFrame, kind: str, begin: float, end: float) -> Rate:
    """Return the failures of a kind of deal at ages between two days since signature.

    Examples
    --------
    >>> rows = [("all", 0.0, 30.0, 8, 1.0), ("all", 30.0, 365.0, 2, 3.0), ("all", 365.0, 730.0, 1, 2.0)]
    >>> frame = pl.DataFrame(rows, schema=list(SCHEMA)[:5], orient="row")
    >>> rate_between(frame, "all", 0.0, 365.0)
    Rate(failures=10, years=4.0)
    """
    own = hazards.filter((pl.col("kind") == kind) & (pl.col("begin") >= begin) & (pl.col("begin") < end))
    return Rate(int(own["failures"].sum()), float(own["years"].sum()))
