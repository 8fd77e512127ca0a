"""How many spells last how long, by curves that assume no law: Kaplan-Meier, Turnbull, Aalen-Johansen.

greenwood makes the estimates and their bands. Where the day of some ends is known only between bounds, Turnbull's
estimate takes the place of Kaplan and Meier's (Turnbull 1976, J. R. Stat. Soc. B 38:290-295).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from timeline.analysis.fitting.durations import Durations
from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats


def survival_curve(spells: Durations) -> pl.DataFrame:
    """Return day, survival, low, high: a step curve from (0, 1) on.

    `low` and `high` treat spells as independent (Greenwood's variance, log-log scale, 95%); null for Turnbull's.

    Examples
    --------
    >>> from timeline.analysis.fitting.durations import durations
    >>> survival_curve(durations([1, 2], [1, float("inf")])).select("day", "survival").rows()
    [(0.0, 1.0), (1.0, 0.5), (2.0, 0.5)]
    """
    if spells.vague and not np.any(spells.entry > 0):
        return _turnbull(spells)
    import greenwood

    day, ended = spells.day, spells.ended
    late = spells.entry > 0
    # A spell that is over on the day on which it begins or is met is at risk for a moment.
    table = pl.DataFrame(
        {
            "entry": spells.entry,
            "day": np.maximum(day, np.nextafter(spells.entry, np.inf)),
            "ended": ended.astype(np.int64),
        }
    )
    outcome = (
        greenwood.Outcome.surv(time="entry", time2="day", event="ended")
        if late.any()
        else greenwood.Outcome.surv(time="day", event="ended")
    )
    fitted = greenwood.KaplanMeier(conf_type="log-log", conf_level=CONFIDENCE).fit(
        outcome, data=table if late.any() else table.with_columns(day=pl.Series(day))
    )
    curve = fitted.to_frame(format="polars").select("time", "estimate", "conf_low", "conf_high")
    return _from_one(curve)


def _from_one(curve: pl.DataFrame) -> pl.DataFrame:
    start = pl.DataFrame({name: [value] for name, value in zip(curve.columns, (0.0, 1.0, 1.0, 1.0), strict=True)})
    whole = pl.concat([start, curve.cast(pl.Float64)]).unique("time", keep="last").sort("time")
    return whole.select(
        pl.col("time").alias("day"), pl.col("estimate").alias("survival"),
        pl.col("conf_low").fill_nan(None).alias("low"), pl.col("conf_high").fill_nan(None).alias("high"),
    )  # fmt: skip


def _turnbull(spells: Durations) -> pl.DataFrame:
    import greenwood

    low, high = spells.low, np.where(spells.ended, spells.high, np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = greenwood.Turnbull().fit(greenwood.Surv(low, high, type="interval2"))
    curve = fitted.to_frame(format="polars")
    start = pl.DataFrame({"day": [0.0], "survival": [1.0]})
    # The estimate says how many outlast an interval; within it nobody knows.
    after = curve.select(
        pl.col("interval_high").cast(pl.Float64).alias("day"), pl.col("estimate").cast(pl.Float64).alias("survival")
    )
    steps = pl.concat([start, after])
    steps = steps.filter(pl.col("day").is_finite()).unique("day", keep="last").sort("day")
    nothing = pl.lit(None, dtype=pl.Float64)
    found: pl.DataFrame = steps.with_columns(nothing.alias("low"), nothing.alias("high"))
    return found


def product_limit(spells: Durations, at: Floats) -> Floats:
    """Return Kaplan and Meier's estimate of weighted spells at days (g,), for resampling; see `survival_curve`."""
    weight, day, ended, entry = spells.weight, spells.day, spells.ended, spells.entry
    times, where = np.unique(day[ended], return_inverse=True)
    if not times.size:
        return np.ones(np.shape(at))
    deaths = np.bincount(where, weights=weight[ended], minlength=times.size)
    risk = _weight_from(day, weight, times, "left") - _weight_from(entry, weight, times, "left")
    with np.errstate(invalid="ignore", divide="ignore"):
        factors = np.where(risk > 0, 1 - deaths / risk, 1.0)
    steps = np.append(1.0, np.cumprod(np.clip(factors, 0.0, 1.0)))
    found: Floats = steps[np.searchsorted(times, at, side="right")]
    return found


def _weight_from(days: Floats, weight: Floats, times: Floats, side: Any) -> Floats:
    """Return how much weight lies on `times` or later."""
    order = np.argsort(days, kind="stable")
    left = np.append(np.cumsum(weight[order][::-1])[::-1], 0.0)
    found: Floats = left[np.searchsorted(days[order], times, side=side)]
    return found


def at_risk(spells: Durations, at: Floats) -> Sequence[int]:
    """Return how many spells are watched just before each day."""
    begun, over = np.sort(spells.entry), np.sort(spells.day)
    counts = np.searchsorted(begun, at, side="left") - np.searchsorted(over, at, side="left")
    # On day 0 those that are watched from their beginning are.
    found: list[int] = np.where(at > 0, counts, (spells.entry == 0).sum()).astype(int).tolist()
    return found


def cumulative_incidence(spells: Durations, causes: Sequence[str | None], at: Floats) -> pl.DataFrame:
    """Return cause, day, incidence, low, high: the share that has ended so by each day, whatever else may end it.

    Aalen & Johansen's estimate (1978, Scand. J. Stat. 5:141-150) with 95% limits on the log-log scale. One of
    several causes is not censoring: what ends otherwise can no longer end so.

    Parameters
    ----------
    spells
        Their durations, watched from the beginning.
    causes
        How each ended, as many as spells; of those that have not, anything.
    at
        Days, shape (g,).
    """
    import greenwood

    named = sorted(
        {str(cause) for cause, ended in zip(causes, spells.ended, strict=True) if ended and cause is not None}
    )
    levels = ["(not ended)", *named]
    status = [str(cause) if ended else levels[0] for cause, ended in zip(causes, spells.ended, strict=True)]
    event = pl.Series(status, dtype=pl.Enum(levels))
    fitted = greenwood.AalenJohansen(conf_type="log-log", conf_level=CONFIDENCE).fit(
        greenwood.Surv(spells.day, event=event)
    )
    curve = fitted.to_frame(format="polars")
    parts = []
    for cause in named:
        of = curve.filter(pl.col(_cause_column(curve)).cast(pl.String) == cause).sort("time")
        where = np.searchsorted(of["time"].to_numpy(), at, side="right") - 1
        columns = {
            name: np.where(where >= 0, of[column].cast(pl.Float64).to_numpy()[np.maximum(where, 0)], 0.0)
            for name, column in (("incidence", "estimate"), ("low", "conf_low"), ("high", "conf_high"))
        }
        parts.append(pl.DataFrame({"cause": [cause] * len(at), "day": at, **columns}))
    return pl.concat(parts).with_columns(pl.col("low", "high").fill_nan(None))


def _cause_column(curve: pl.DataFrame) -> str:
    return next(name for name in ("cause", "state", "event") if name in curve.columns)
