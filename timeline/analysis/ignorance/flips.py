r"""Flip points: where along an assumption's range another arm becomes the best, and that none does if so.

Along each driver's range, all others as they are, every arm's gain over the arm that is advised has a paired error. A
driver *flips* the advice if some arm's lower limit is above 0 somewhere in the range, it *may flip* it if some upper
limit is, and the advice *holds* along it otherwise. The limits hold together for all drivers, points and arms that are
looked at (Sidak 1967, JASA 62:626-633), so with 95% no sentence made of them is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtri

from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats
from timeline.words import listing

FLIPS, MAY_FLIP, HOLDS = "flips", "may flip", "holds"


class Ladder(NamedTuple):
    """Arms along one driver's range: grid (points,), gain over the advised arm and its squared error (points, arms)."""

    grid: Floats
    gain: Floats
    error: Floats


def flip_table(
    ladders: Mapping[str, Ladder],
    arms: Sequence[str],
    advised: str,
    *,
    defaults: Mapping[str, float],
    margin: float = 0.0,
    simultaneous: bool = True,
) -> pl.DataFrame:
    """Return for each driver whether it flips the advice, and where.

    Parameters
    ----------
    ladders
        For each driver what was played along it; more is better.
    arms
        Names of the columns.
    advised
        The arm that is advised; its gain is 0.
    defaults
        For each driver the value at which the advice was given.
    margin
        How far another arm has to be ahead to count.
    simultaneous
        Whether limits hold for all that is looked at together, or each by itself.

    Returns
    -------
    polars.DataFrame
        driver, verdict (`FLIPS`, `MAY_FLIP` or `HOLDS`), to (the arm that gets furthest ahead, null if none does), at
        (where, nearest to the default, another arm gets ahead in the estimates, between two points of the grid; null if
        none does), gain, low, high (of the arm and point with the highest lower limit). Those that flip come first.

    Examples
    --------
    >>> gain = np.array([[0.0, -2.0], [0.0, -1.0], [0.0, 1.0]])
    >>> steep = Ladder(np.array([0.0, 1.0, 2.0]), gain, np.array([[0.0, 0.01]] * 3))
    >>> flat = Ladder(np.array([0.0, 1.0, 2.0]), np.array([[0.0, -2.0]] * 3), np.array([[0.0, 0.01]] * 3))
    >>> defaults = {"steep": 1.0, "flat": 1.0}
    >>> table = flip_table({"flat": flat, "steep": steep}, ["a", "b"], "a", defaults=defaults)
    >>> table.select("driver", "verdict", "to", "at").rows()
    [('steep', 'flips', 'b', 1.5), ('flat', 'holds', None, None)]
    """
    critical = critical_of(ladders, len(arms)) if simultaneous else -float(ndtri((1 - CONFIDENCE) / 2))
    place = list(arms).index(advised)
    rows = [
        {"driver": driver} | _along(ladder, arms, place, defaults[driver], margin, critical)
        for driver, ladder in ladders.items()
    ]
    schema = {"driver": pl.String, "verdict": pl.String, "to": pl.String, "at": pl.Float64}
    schema |= {"gain": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    order = pl.col("verdict").replace_strict({FLIPS: 0, MAY_FLIP: 1, HOLDS: 2})
    return pl.DataFrame(rows, schema=schema).sort(order, pl.col("low"), descending=[False, True], maintain_order=True)


def critical_of(ladders: Mapping[str, Ladder], arms: int) -> float:
    """Return how many errors a gain is off with 95%, for all drivers, points and arms that are looked at together."""
    looks = sum(len(ladder.grid) for ladder in ladders.values()) * (arms - 1)
    return -float(ndtri((1 - CONFIDENCE ** (1 / looks)) / 2))


def _along(
    ladder: Ladder, arms: Sequence[str], advised: int, default: float, margin: float, critical: float
) -> dict[str, object]:
    others = np.delete(np.arange(len(arms)), advised)
    gain, reach = ladder.gain[:, others], critical * np.sqrt(ladder.error[:, others])
    low, high = gain - reach, gain + reach
    point, arm = np.unravel_index(int(np.argmax(low)), low.shape)
    at = crossing(ladder.grid, gain.max(axis=1) - margin, default)
    verdict = FLIPS if low.max() > margin else MAY_FLIP if high.max() > margin else HOLDS
    return {
        "verdict": verdict,
        "to": None if at is None else arms[others[int(np.argmax(gain.max(axis=0)))]],
        "at": at,
        "gain": float(gain[point, arm]),
        "low": float(low[point, arm]),
        "high": float(high[point, arm]),
    }


def crossing(grid: Floats, ahead: Floats, default: float) -> float | None:
    """Return where a line through the points rises above 0, nearest to the default; None if nowhere.

    Examples
    --------
    >>> crossing(np.array([0.0, 1.0, 2.0]), np.array([1.0, -1.0, -1.0]), default=2.0)
    0.5
    """
    found = [float(at) for at, value in zip(grid, ahead, strict=True) if value > 0]
    for i in range(len(grid) - 1):
        if (ahead[i] > 0) != (ahead[i + 1] > 0):
            found.append(float(grid[i] + (grid[i + 1] - grid[i]) * ahead[i] / (ahead[i] - ahead[i + 1])))
    return min(found, key=lambda at: abs(at - default), default=None)


def flip_sentence(table: pl.DataFrame) -> str:
    """Say what a table of `flip_table` says.

    Examples
    --------
    >>> flip_sentence(pl.DataFrame({"driver": ["a", "b"], "verdict": ["holds", "holds"]}))
    'No single assumption flips it, within its plausible range.'
    >>> flip_sentence(pl.DataFrame({"driver": ["a", "b"], "verdict": ["flips", "may flip"]}))
    'It flips with a. It may flip with b.'
    """
    flipping = table.filter(verdict=FLIPS)["driver"].to_list()
    perhaps = table.filter(verdict=MAY_FLIP)["driver"].to_list()
    if not flipping and not perhaps:
        return "No single assumption flips it, within its plausible range."
    surely = f"It flips with {listing(flipping)}." if flipping else "No single assumption surely flips it."
    return f"{surely} It may flip with {listing(perhaps)}." if perhaps else surely


def tornado_table(
    names: Sequence[str],
    low: Floats,
    high: Floats,
    *,
    low_error: Floats | None = None,
    high_error: Floats | None = None,
) -> pl.DataFrame:
    """Return the rows of a tornado: what the outcome is with each driver at either end of its range.

    Parameters
    ----------
    names
        Of the drivers.
    low, high
        The outcome or contrast at the ends, shape (drivers,).
    low_error, high_error
        Their squared errors; of ends that share their luck the error of the swing is smaller than is said here.

    Returns
    -------
    polars.DataFrame
        driver, at_low, at_high, swing, se; the longest first.

    Examples
    --------
    >>> tornado_table("ab", np.array([1.0, 4.0]), np.array([2.0, 1.0]))["driver"].to_list()
    ['b', 'a']
    """
    none = np.zeros(len(low))
    error = (none if low_error is None else low_error) + (none if high_error is None else high_error)
    return (
        pl.DataFrame({"driver": list(names), "at_low": low, "at_high": high, "swing": high - low, "se": np.sqrt(error)})
        .sort(pl.col("swing").abs(), descending=True, maintain_order=True)
    )  # fmt: skip
