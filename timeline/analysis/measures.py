"""Measures: the single numbers that arms are compared by, each with its population.

A measure gives every replication a value and says whether the replication belongs to the
population it speaks of. Its estimate is the mean, share or median of the values among those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import polars as pl

from timeline.analysis import quantiles
from timeline.analysis.histories import Histories
from timeline.analysis.intervals import (
    Flags,
    Floats,
    Moments,
    Summary,
    bounded_mean,
    join_notes,
    share_of,
    summarise_median,
)
from timeline.analysis.quantiles import First
from timeline.analysis.rmst import days_in_force, days_kept
from timeline.analysis.survival import signed_early
from timeline.errors import TimelineError
from timeline.model.endpoints import AtEnd, Direction, Endpoints
from timeline.words import span

ALL = "all replications"
SIGN = "among those that sign"
ACCORD = "among those that reach an accord"
BOTH = "sign under both"

Statistic = Literal["share", "mean", "median"]


class Sample(NamedTuple):
    """One value a replication, and whether the replication counts; both of shape (n,)."""

    values: Floats
    among: Flags


@dataclass(frozen=True)
class Measure:
    """One number to compare arms by.

    Attributes
    ----------
    key
        Stable name, such as ``rmst_in_force_1826``.
    title
        What it is, in plain words.
    estimand
        The population it speaks of.
    unit
        ``share``, ``days``, ``index`` or ``count``.
    better
        Which direction an agreement's friend would wish for.
    statistic
        How the values become one number.
    sample
        Function from one arm's histories to its values.
    empty
        What to say if nobody belongs to the population.
    undefined
        Why the measure cannot be had at all; empty if it can.
    span
        The largest value that there can be, where none is below 0; infinity if nothing bounds them.
    """

    key: str
    title: str
    estimand: str
    unit: str
    better: Direction
    statistic: Statistic
    sample: Callable[[Histories], Sample]
    empty: str = ""
    undefined: str = ""
    span: float = np.inf

    @property
    def of_both(self) -> bool:
        """Whether it speaks of replications that sign under both arms of a pair."""
        return self.estimand == BOTH


class Estimate:
    """One measure of one arm, estimated piece by piece.

    Parameters
    ----------
    measure
        What is estimated.

    Examples
    --------
    >>> days = Measure("days", "Days", ALL, "days", "higher", "mean", lambda arm: Sample(arm, arm > 0))
    >>> found = Estimate(days)
    >>> found.add(days.sample(np.array([1.0, 3.0])))
    >>> found.add(days.sample(np.array([0.0, 5.0])))
    >>> found.summary().estimate, found.summary().n
    (3.0, 3)
    """

    def __init__(self, measure: Measure) -> None:
        self.measure = measure
        self._count, self._ones = 0, 0
        self._moments = Moments()
        self._first = First(quantiles.MEDIANS)

    def add(self, sample: Sample) -> None:
        """Add further replications."""
        if self.measure.undefined:
            return
        if self.measure.statistic == "median":
            self._first.add(np.where(sample.among, sample.values, np.nan))
        elif self.measure.statistic == "mean":
            self._moments.add(sample.values, sample.among)
        else:
            self._count += int(np.count_nonzero(sample.among))
            self._ones += int(np.count_nonzero(sample.among & (sample.values > 0)))

    def summary(self) -> Summary:
        """Return the estimate with its Monte Carlo error; NaN and a note if there is none."""
        if self.measure.undefined:
            return Summary(np.nan, np.nan, np.nan, np.nan, 0, self.measure.undefined)
        if self.measure.statistic == "median":
            values = self._first.values()
            found = summarise_median(values[~np.isnan(values)])
            found = found._replace(note=join_notes(found.note, self._first.note()))
        elif self.measure.statistic == "mean":
            found = self._mean()
        else:
            found = share_of(self._ones, self._count)
        return found if found.n else found._replace(note=self.measure.empty or "no replications")

    def _mean(self) -> Summary:
        found, span = self._moments.mean(), self.measure.span
        if found.n < 2 or span == np.inf:
            return found
        low, high = bounded_mean(found.estimate, found.se**2 * found.n * (found.n - 1), found.n, (0.0, span))
        return found._replace(low=low, high=high)


def declare_measures(
    endpoints: Endpoints, horizon: float, follow_up: float, rmst: Sequence[float]
) -> tuple[Measure, ...]:
    """List every measure of an analysis, in the order of a report.

    Parameters
    ----------
    endpoints
        Which milestones and outcomes the model has; measures it cannot have are left out.
    horizon
        Day since the start at which watching stopped.
    follow_up
        Days each signing is followed for.
    rmst
        Windows of the restricted means, days.

    Raises
    ------
    TimelineError
        If two windows round to the same whole day, since keys are named by it, or a further measure of the
        model takes the key of another.

    Examples
    --------
    >>> ends = Endpoints(phases=(("talks", None),), half_verified=None, hostility=None, accord=None)
    >>> [m.key for m in declare_measures(ends, 5479.0, 3652.0, [1826.25])][:4]
    ['in_force_end', 'rmst_in_force_1826', 'survival_since_signature_1826', 'rmst_since_signature_1826']
    """
    names = [f"{window:.0f}" for window in rmst]
    if len(set(names)) < len(names):
        raise TimelineError(
            f"rmst: windows {', '.join(map(str, rmst))} round to the same whole day; give windows a day apart"
        )
    followed = f"nobody signed early enough to be followed for {span(follow_up)}"
    nobody_both = followed.replace("nobody signed", "no replication signed under both arms")
    end = f"at the end ({say_days(horizon)})"

    def early(arm: Histories) -> Flags:
        return signed_early(arm, horizon, follow_up)

    found = [_share("in_force_end", f"In force {end}", ALL, "higher", lambda arm: _in_force_at(arm, horizon))]
    if endpoints.half_verified is not None:
        title = f"In force with at least half verified {end}"
        found.append(
            _share("in_force_verified_end", title, ALL, "higher", lambda arm: _in_force_at(arm, horizon, True))
        )
    for window, name in zip(rmst, names, strict=True):
        found += _in_force(name, window, horizon, endpoints.half_verified is not None)
    for window, name in zip(rmst, names, strict=True):
        found += _since(f"since_signature_{name}", "since signature", SIGN, followed, window, follow_up, early)
    for window, name in zip(rmst, names, strict=True):
        where = "since signature, where both arms sign"
        found += _since(f"both_sign_{name}", where, BOTH, nobody_both, window, follow_up, early)
    found.append(_share("signed", "Signed before the horizon", ALL, "higher", lambda arm: np.isfinite(arm.signed)))
    found += _endings(endpoints)
    if endpoints.hostility is not None:
        found.append(
            Measure(
                "hostility",
                "Mean hostility at the end of the timeline",
                ALL,
                "index",
                "lower",
                "mean",
                lambda arm: _among(arm.hostility, ~np.isnan(arm.hostility)),
                "no replication has a hostility",
                span=1.0,
            )
        )
    found += _further(endpoints)
    if endpoints.accord is not None:
        # Among those that reach one, a cadence that drives the slow ones to give up would look quick.
        title = f"Mean days until a private accord, {say_days(horizon)} if none"
        found.append(
            Measure(
                "time_to_accord",
                title,
                ALL,
                "days",
                "lower",
                "mean",
                lambda arm: _by(arm.accord, horizon),
                span=horizon,
            )
        )
        nobody = "nobody reached an accord"
        found += _milestone("accord_day", "private accord", ACCORD, lambda arm: arm.accord, nobody, horizon)
    found += _milestone("signed_day", "signature", SIGN, lambda arm: arm.signed, "nobody signed", horizon)
    _require_own_keys(found)
    return tuple(found)


def measures_frame(measures: Sequence[Measure]) -> pl.DataFrame:
    """Table of measures: measure, title, estimand, unit, better.

    Examples
    --------
    >>> measures_frame([]).columns
    ['measure', 'title', 'estimand', 'unit', 'better']
    """
    columns = {"measure": "key", "title": "title", "estimand": "estimand", "unit": "unit", "better": "better"}
    return pl.DataFrame(
        {name: [getattr(measure, field) for measure in measures] for name, field in columns.items()},
        schema=dict.fromkeys(columns, pl.String),
    )


def say_days(days: float) -> str:
    """Say a number of days in the largest unit that fits without a remainder.

    Examples
    --------
    >>> say_days(1826.25), say_days(365.25), say_days(90)
    ('5 years', '1 year', '90 days')
    """
    years = days / 365.25
    if years >= 1 and abs(years - round(years)) < 0.002:
        return "1 year" if round(years) == 1 else f"{round(years)} years"
    return "1 day" if days == 1 else f"{days:.6g} days"


def _in_force_at(arm: Histories, day: float, verified: bool = False) -> Flags:
    begins, stops = arm.in_force_verified if verified else arm.in_force
    return np.asarray((begins <= day) & (stops > day))


def _everyone(values: Floats) -> Sample:
    return Sample(values, np.ones(len(values), dtype=np.bool_))


def _among(values: Floats | Flags, among: Flags) -> Sample:
    # Outside the population a value is 0, so that no NaN enters the sums of a contrast.
    return Sample(np.where(among, values, 0.0), among)


def _share(key: str, title: str, estimand: str, better: Direction, holds: Callable[[Histories], Flags]) -> Measure:
    def sample(arm: Histories) -> Sample:
        return _everyone(holds(arm).astype(np.float64))

    return Measure(key, title, estimand, "share", better, "share", sample, span=1.0)


def _in_force(name: str, window: float, horizon: float, with_verified: bool) -> list[Measure]:
    within = say_days(window).removeprefix("1 ")  # "the first year" and "the first 5 years"
    too_long = _too_long(window, horizon, "horizon")

    def days(verified: bool) -> Callable[[Histories], Sample]:
        return lambda arm: _everyone(days_in_force(arm, window, verified))

    def mean(key: str, title: str, verified: bool) -> Measure:
        return Measure(key, title, ALL, "days", "higher", "mean", days(verified), undefined=too_long, span=window)

    found = [mean(f"rmst_in_force_{name}", f"Mean days in force within the first {within}", False)]
    if with_verified:
        title = f"Mean days in force with at least half verified within the first {within}"
        found.append(mean(f"rmst_in_force_verified_{name}", title, True))
    return found


def _since(
    key: str,
    who: str,
    estimand: str,
    empty: str,
    window: float,
    follow_up: float,
    early: Callable[[Histories], Flags],
) -> list[Measure]:
    within = say_days(window)
    too_long = _too_long(window, follow_up, "follow-up")

    def kept(arm: Histories) -> Sample:
        return _among(arm.kept > window, early(arm))

    def days(arm: Histories) -> Sample:
        return _among(days_kept(arm, window), early(arm))

    title = f"Still kept {within} {who}"
    mean_title = f"Mean days kept within {within} {who}"
    return [
        Measure(f"survival_{key}", title, estimand, "share", "higher", "share", kept, empty, too_long, 1.0),
        Measure(f"rmst_{key}", mean_title, estimand, "days", "higher", "mean", days, empty, too_long, window),
    ]


def _too_long(window: float, limit: float, name: str) -> str:
    if window <= limit:
        return ""
    return f"the window of {say_days(window)} is longer than the {name} of {say_days(limit)}"


def _endings(endpoints: Endpoints) -> list[Measure]:
    def ended(name: str) -> Callable[[Histories], Flags]:
        return lambda arm: arm.ended(name)

    directions: list[tuple[str, Direction]] = [(name, "higher") for name in endpoints.safe]
    directions += [(name, "lower") for name in endpoints.failures]
    return [
        _share(f"outcome_{name}", f"Ended {name} before the horizon", ALL, better, ended(name))
        for name, better in directions
    ]


def _by(day: Floats, horizon: float) -> Sample:
    return _everyone(np.minimum(day, horizon))


def _further(endpoints: Endpoints) -> list[Measure]:
    def sample(place: int) -> Callable[[Histories], Sample]:
        return lambda arm: _among(arm.further[place], ~np.isnan(arm.further[place]))

    def measure(place: int, own: AtEnd) -> Measure:
        span = 1.0 if own.unit in ("share", "index") else np.inf
        nobody = f"no timeline has {own.column}"
        return Measure(own.key, own.title, ALL, own.unit, own.better, "mean", sample(place), nobody, span=span)

    return [measure(place, own) for place, own in enumerate(endpoints.further)]


def _require_own_keys(measures: Sequence[Measure]) -> None:
    keys = [measure.key for measure in measures]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise TimelineError(
            f"endpoints: a further measure is called {', '.join(twice)}, which another measure is called already; "
            "give it a name of its own, name=..."
        )


def _milestone(
    key: str, what: str, estimand: str, day: Callable[[Histories], Floats], empty: str, horizon: float
) -> list[Measure]:
    def sample(arm: Histories) -> Sample:
        return _among(day(arm), np.isfinite(day(arm)))

    return [
        Measure(key, f"Mean day of {what}", estimand, "days", "neither", "mean", sample, empty, span=horizon),
        Measure(
            f"{key}_median", f"Median day of {what}", estimand, "days", "neither", "median", sample, empty, span=horizon
        ),
    ]
