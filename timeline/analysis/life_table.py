"""A life table: how long spells last, as a constant hazard between knots.

Leaders in office, truces, alliances: any record with a duration and whether the end was
seen. The table keeps what a simulated clock needs (a hazard per interval) and answers two
questions: how many spells outlast a given day, and how old is a spell that somebody meets
at a random moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from timeline.arrays import Floats
from timeline.errors import ConfigError, ModelError, nearest
from timeline.keeping.given_tables import MOST_DAYS, ROW, GivenTable, read_table

_KEPT = "kept"
DAYS_PER = {"days": 1.0, "years": 365.25}


@dataclass(frozen=True)
class LifeTable:
    """A piecewise-constant hazard with the counts it was estimated from.

    Parameters
    ----------
    knots
        Where the intervals begin, in days, the first at 0. Interval ``i`` runs from
        ``knots[i]`` (not included) to ``knots[i + 1]`` (included); the last has no end.
    hazards
        Events per day of exposure in each interval, as many as knots.
    events
        Ends seen in each interval.
    exposure
        Days lived in each interval by all spells together.
    n
        Number of spells.
    """

    knots: tuple[float, ...]
    hazards: tuple[float, ...]
    events: tuple[int, ...]
    exposure: tuple[float, ...]
    n: int

    def survival(self, days: ArrayLike) -> Floats:
        """Return the share of spells that last longer than each of `days`.

        Parameters
        ----------
        days
            Days since the start of the spell, any shape, none negative.

        Returns
        -------
        ndarray of float
            Shares in [0, 1], in the shape of `days`. Beyond the last knot the last hazard goes on.

        Raises
        ------
        ModelError
            If a day is negative or not a number.

        Examples
        --------
        >>> table = life_table([1, 2, 3, 4], [1, 1, 1, 0], knots=[0])
        >>> table.survival([0, 10]).round(4)
        array([1.    , 0.0498])
        """
        day = np.asarray(days, dtype=np.float64)
        if not np.all(day >= 0):
            raise ModelError(f"survival: given a day of {_first(day, ~(day >= 0))}, expected days from 0 on")
        knots, hazards = self._arrays()
        piece = np.searchsorted(knots, day, side="right") - 1
        return np.exp(-(self._cumulative_hazard()[piece] + hazards[piece] * (day - knots[piece])))

    def mean(self) -> float:
        """Return the mean duration in days.

        Raises
        ------
        ModelError
            If the last hazard is 0, for then some spells never end.

        Examples
        --------
        >>> life_table([1, 2, 3, 4], [1, 1, 1, 0], knots=[0]).mean()
        3.3333333333333335
        """
        hazards = self._arrays()[1]
        alive = np.exp(-self._cumulative_hazard()[-1])
        return float(self._lived_before_knot()[-1] + alive / hazards[-1])

    def incumbent_age(self, probabilities: ArrayLike) -> Floats:
        """Return quantiles of the age of a spell that is met at a random moment.

        Long spells are met more often than short ones. In a population in balance the age
        met has density ``survival(age) / mean()`` (Cox 1962, *Renewal Theory*, section 5.2).

        Parameters
        ----------
        probabilities
            Shares from 0 up to, but without, 1, in any shape.

        Returns
        -------
        ndarray of float
            Ages in days, in the shape of `probabilities`.

        Raises
        ------
        ModelError
            If a probability is outside [0, 1), or the last hazard is 0.

        Examples
        --------
        Under a constant hazard the age met is as long as the spell itself:

        >>> table = life_table([1, 2, 3, 4], [1, 1, 1, 0], knots=[0])
        >>> float(table.incumbent_age(1 - table.survival(5)).round(6))
        5.0
        """
        share = np.asarray(probabilities, dtype=np.float64)
        outside = ~((share >= 0) & (share < 1))
        if np.any(outside):
            raise ModelError(
                f"incumbent_age: given a probability of {_first(share, outside)}, expected 0 <= p < 1; "
                "the oldest age of all has no bound, ask for 0.999 instead"
            )
        knots, hazards = self._arrays()
        lived = self._lived_before_knot()
        target = share * self.mean()
        piece = np.searchsorted(lived, target, side="right") - 1
        hazard = hazards[piece]
        # Days still to be lived inside the piece, per spell alive at its start.
        rest = (target - lived[piece]) / np.exp(-self._cumulative_hazard()[piece])
        with np.errstate(divide="ignore", invalid="ignore"):
            falling = -np.log1p(-np.minimum(hazard * rest, 1.0)) / hazard
        return knots[piece] + np.where(hazard > 0, falling, rest)

    def _arrays(self) -> tuple[Floats, Floats]:
        return np.asarray(self.knots), np.asarray(self.hazards)

    def _cumulative_hazard(self) -> Floats:
        """Cumulative hazard at each knot."""
        knots, hazards = self._arrays()
        return np.concatenate([[0.0], np.cumsum(hazards[:-1] * np.diff(knots))])

    def _lived_before_knot(self) -> Floats:
        """Integral of the survival curve from 0 to each knot, in days."""
        knots, hazards = self._arrays()
        if hazards[-1] == 0:
            raise ModelError(
                f"life table: no spell ends after the last knot (day {knots[-1]:g}), so the mean "
                "duration has no bound; expected at least one end there: drop the last knot"
            )
        alive = np.exp(-self._cumulative_hazard())[:-1]
        width, hazard = np.diff(knots), hazards[:-1]
        with np.errstate(divide="ignore", invalid="ignore"):
            falling = -np.expm1(-hazard * width) / hazard
        return np.concatenate([[0.0], np.cumsum(alive * np.where(hazard > 0, falling, width))])


@dataclass(frozen=True, eq=False)
class Spells:
    """Durations read from a file.

    Parameters
    ----------
    durations
        Days, one a spell.
    observed
        Whether the end was seen; a spell still going when the record stops is not.
    groups
        The group of each spell (None where the file has none), or None if not asked for.
    """

    durations: Floats
    observed: NDArray[np.bool_]
    groups: tuple[str | None, ...] | None = None

    def of(self, group: str) -> Spells:
        """Return the spells of one group.

        Raises
        ------
        ModelError
            If no spell is of that group, or the spells were read without groups.
        """
        names = self.groups or ()
        if group not in names:
            known = sorted({name for name in names if name is not None})
            expected = ", ".join(known) or "none: they were read without groups"
            raise ModelError(f"spells: given the group {group!r}, expected one of {expected}{nearest(group, known)}")
        chosen = np.array([name == group for name in names])
        return Spells(self.durations[chosen], self.observed[chosen], (group,) * int(chosen.sum()))


def life_table(durations: ArrayLike, observed: ArrayLike, knots: Sequence[float]) -> LifeTable:
    """Estimate a hazard that is constant between knots, by maximum likelihood.

    The estimate is events divided by exposure in each interval. An end that falls on a
    knot belongs to the interval before it; an end on day 0 to the first.

    Parameters
    ----------
    durations
        Days, one a spell, none negative.
    observed
        1 (or True) where the end was seen, 0 where the record stops first.
    knots
        Where the intervals begin, in days: 0 first, then rising.

    Raises
    ------
    ModelError
        If the lengths differ, a value is impossible, or nobody lives in an interval.

    Examples
    --------
    Four spells, one of them unfinished; six days lived up to day 2 and four after it:

    >>> table = life_table([1, 2, 3, 5], [1, 1, 1, 0], knots=[0, 2])
    >>> table.events, table.exposure
    ((2, 1), (7.0, 4.0))
    >>> table.hazards == (2 / 7, 1 / 4)
    True
    """
    days = np.asarray(durations, dtype=np.float64)
    ended = np.asarray(observed, dtype=np.float64)
    begins = np.asarray(knots, dtype=np.float64)
    if days.ndim != 1 or days.shape != ended.shape or days.size == 0:
        raise ModelError(
            f"life table: given durations of shape {days.shape} and observed of shape {ended.shape}, "
            "expected two lists of one equal length, not empty"
        )
    possible = np.isfinite(days) & (days >= 0)
    if not possible.all():
        raise ModelError(f"life table: given a duration of {_first(days, ~possible)} days, expected 0 or more")
    if not np.isin(ended, (0.0, 1.0)).all():
        bad = _first(ended, ~np.isin(ended, (0.0, 1.0)))
        raise ModelError(f"life table: given {bad} in observed, expected 1 (end seen) or 0 (not seen)")
    if begins.ndim != 1 or begins.size == 0 or begins[0] != 0 or not np.all(np.diff(begins) > 0):
        raise ModelError(f"life table: given the knots {list(knots)}, expected days that begin at 0 and rise")
    if not np.isfinite(begins).all():
        raise ModelError(f"life table: given the knots {list(knots)}, expected finite days; the last interval is open")

    ends = np.append(begins[1:], np.inf)
    lived = np.clip(days[:, None], begins, ends) - begins
    exposure = lived.sum(axis=0)
    if not np.all(exposure > 0):
        empty = begins[int(np.argmin(exposure > 0))]
        raise ModelError(
            f"life table: given a knot at day {empty:g}, expected spells that last longer; the longest lasts "
            f"{days.max():g} days: drop the knots from day {empty:g} on"
        )
    interval = np.maximum(np.searchsorted(begins, days, side="left") - 1, 0)
    events = np.bincount(interval[ended == 1], minlength=begins.size)
    return LifeTable(
        knots=tuple(begins.tolist()),
        hazards=tuple((events / exposure).tolist()),
        events=tuple(events.tolist()),
        exposure=tuple(exposure.tolist()),
        n=days.size,
    )


def read_spells(
    path: str | Path,
    duration: str,
    event: str,
    group: str | None = None,
    unit: Literal["days", "years"] = "days",
    where: pl.Expr | None = None,
) -> Spells:
    """Read durations from any CSV file that has a duration and an event column.

    Parameters
    ----------
    path
        The CSV file, with a header line.
    duration, event
        Names of the columns: how long, and 1 if the end was seen or 0 if not.
    group
        Name of a column that divides the spells, such as the regime.
    unit
        What the duration column counts; a year is 365.25 days.
    where
        Rows to keep. Every column is text here, so compare with text:
        ``pl.col("entered") >= "1946"``.

    Returns
    -------
    Spells
        Durations in days.

    Raises
    ------
    ConfigError
        If the file or a column is missing, or rows hold what cannot be; one line a problem,
        all the problems of the file at once.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "truces.csv"
    >>> _ = file.write_text("years,failed\\n2,1\\n0.5,0\\n")
    >>> spells = read_spells(file, duration="years", event="failed", unit="years")
    >>> spells.durations, spells.observed
    (array([730.5  , 182.625]), array([ True, False]))
    """
    file = Path(path)
    if unit not in DAYS_PER:
        raise ConfigError(f"{file}: given the unit {unit!r}, expected days or years")
    table = read_table(file, [name for name in (duration, event, group) if name is not None], "spells")
    if where is not None:
        table = replace(table, rows=_kept(table, where))
    if table.rows.is_empty():
        raise ConfigError(f"{file}: no rows, expected at least one spell; check the file and which rows are kept")
    days = table.numbers(duration, f"a number of {unit} from 0 on", high=MOST_DAYS / DAYS_PER[unit])
    ended = table.flags(event, "1 (end seen) or 0 (not seen)")
    table.require_sound()
    return Spells(
        durations=days.to_numpy() * DAYS_PER[unit],
        observed=ended.to_numpy(),
        groups=None if group is None else tuple(table.rows[group].to_list()),
    )


def _kept(table: GivenTable, where: pl.Expr) -> pl.DataFrame:
    """Return the rows to keep; one of which that cannot be said is refused, not left out."""
    try:
        kept = table.rows.with_columns(where.alias(_KEPT))
    except pl.exceptions.PolarsError as problem:
        raise ConfigError(f"{table.file}: the rows to keep cannot be found with {where}: {problem}") from None
    unsaid = kept.filter(pl.col(_KEPT).is_null())
    if unsaid.height:
        read = ", ".join(where.meta.root_names())
        raise ConfigError(
            f"{table.file}: row {unsaid[ROW][0]}: {read}: given nothing, expected what says whether to keep the row; "
            f"correct it, or take the row out{f'; and {unsaid.height - 1} more such rows' if unsaid.height > 1 else ''}"
        )
    return kept.filter(_KEPT).drop(_KEPT)


def _first(values: Floats, bad: NDArray[np.bool_]) -> float:
    return float(values[bad].flat[0])
