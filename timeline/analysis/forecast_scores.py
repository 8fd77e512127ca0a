r"""How good forecasts of durations were: scores of survival curves against what happened, with censoring weighed out.

A forecast gives each agreement a curve, the probability that it still holds after t days. The Brier score at t is the
mean squared difference between that and what happened; an agreement that was last seen before t says nothing, and those
that are known count for it by the inverse probability of being watched for so long (Graf, Schmoor, Sauerbrei &
Schumacher 1999, Stat. Med. 18:2529-2545). Integrated over days it is the continuous ranked probability score of the
duration, cut at the last day (Matheson & Winkler 1976, Management Science 22:1087-1096). Agreements of one process
stand and fall together, so intervals come from resampling processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Flags, Floats

#: Resamples of processes.
DRAWS = 2_000


@dataclass(frozen=True, eq=False)
class Outcomes:
    """What became of agreements.

    Attributes
    ----------
    duration
        Days for which each was watched, shape (n,).
    ended
        Whether it ended then.
    cluster
        Whose agreements stand and fall together.
    """

    duration: Floats
    ended: Flags
    cluster: npt.NDArray[np.str_]

    def watched(self, days: Floats, *, before: bool = False) -> Floats:
        """Return the probability of being watched for so long: Kaplan and Meier's, of the censoring.

        Parameters
        ----------
        days
            Any shape.
        before
            Whether just before those days.
        """
        lost = np.unique(self.duration[~self.ended])
        # Who ends on a day does so before others are lost from sight on it.
        gone = [(self.duration == day) & ~self.ended for day in lost]
        steps = [1 - now.sum() / (now.sum() + (self.duration > day).sum()) for now, day in zip(gone, lost, strict=True)]
        survival = np.concatenate([[1.0], np.cumprod(steps)])
        return np.asarray(survival[np.searchsorted(lost, days, side="left" if before else "right")], np.float64)


def brier_parts(outcomes: Outcomes, curves: Floats, days: Floats) -> Floats:
    """Return what each agreement adds to the Brier scores, shape (n, days); their means are the scores.

    Parameters
    ----------
    outcomes
        What happened.
    curves
        Forecasts: the probability to hold after each day, shape (n, days).
    days
        Shape (days,).

    Examples
    --------
    Nobody is lost: half a point of probability each is a score of a quarter.

    >>> seen = Outcomes(np.array([10.0, 90.0]), np.array([True, True]), np.array(["a", "b"]))
    >>> brier_parts(seen, np.full((2, 1), 0.5), np.array([50.0])).mean(axis=0).tolist()
    [0.25]
    """
    duration, ended = outcomes.duration[:, None], outcomes.ended[:, None]
    gone = (duration <= days) & ended
    holds = duration > days
    weight_gone = 1 / np.maximum(outcomes.watched(outcomes.duration, before=True), 1e-9)[:, None]
    weight_holds = 1 / np.maximum(outcomes.watched(days), 1e-9)[None, :]
    return np.asarray(gone * weight_gone * curves**2 + holds * weight_holds * (1 - curves) ** 2, np.float64)


def score_table(
    outcomes: Outcomes,
    forecasts: Mapping[str, Floats],
    days: Floats,
    shown: Sequence[float],
    reference: str,
    *,
    seed: int,
) -> pl.DataFrame:
    """Return the scores of several forecasters, and how each differs from one of them.

    Parameters
    ----------
    outcomes
        What happened.
    forecasts
        By name: curves, shape (n, days).
    days
        An even grid from 0 on, shape (days,).
    shown
        Days of single Brier scores; each is on the grid.
    reference
        With which forecaster the others are compared.
    seed
        Of the resampling of processes.

    Returns
    -------
    polars.DataFrame
        forecaster, score ("brier 365", ..., "integrated", "crps": days), value, low, high (95%), difference (from the
        reference; below 0 is better), difference_low, difference_high.

    Examples
    --------
    >>> seen = Outcomes(np.array([10.0, 90.0]), np.array([True, True]), np.array(["a", "b"]))
    >>> days = np.arange(0.0, 101.0, 10.0)
    >>> sure = np.stack([days < 10, days < 90]).astype(float)
    >>> table = score_table(seen, {"half": np.full((2, 11), 0.5), "sure": sure}, days, [50.0], "half", seed=1)
    >>> table.filter(score="brier 50").select("forecaster", "value", "difference").rows()
    [('half', 0.25, 0.0), ('sure', 0.0, -0.25)]
    """
    whole = {name: _scores(brier_parts(outcomes, curves, days), days, shown) for name, curves in forecasts.items()}
    draws = _resampled(outcomes.cluster, seed)
    base = whole[reference]
    rows = []
    for name, parts in whole.items():
        means, gaps = draws @ parts, draws @ (parts - base)
        for place, score in enumerate([*(f"brier {day:g}" for day in shown), "integrated", "crps"]):
            low, high = np.quantile(means[:, place], _LIMITS)
            gap_low, gap_high = np.quantile(gaps[:, place], _LIMITS)
            value, gap = parts[:, place].mean(), (parts - base)[:, place].mean()
            rows.append((name, score, value, low, high, gap, gap_low, gap_high))
    names = ("forecaster", "score", "value", "low", "high", "difference", "difference_low", "difference_high")
    kinds = {name: pl.String if place < 2 else pl.Float64 for place, name in enumerate(names)}
    return pl.DataFrame(rows, schema=kinds, orient="row")


_LIMITS = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]


def _scores(parts: Floats, days: Floats, shown: Sequence[float]) -> Floats:
    """Return single scores, their mean over days, and their sum in days; shape (n, scores)."""
    places = [int(np.argmin(np.abs(days - day))) for day in shown]
    total = np.trapezoid(parts, days, axis=1)
    return np.column_stack([parts[:, places], total / (days[-1] - days[0]), total])


def _resampled(cluster: npt.NDArray[np.str_], seed: int) -> Floats:
    """Return how much each agreement counts in each resample of processes, shape (DRAWS, n)."""
    rng = np.random.default_rng(seed)
    own = np.unique(cluster, return_inverse=True)[1]
    many = own.max() + 1
    times = rng.multinomial(many, np.full(many, 1 / many), size=DRAWS)[:, own]
    return np.asarray(times / times.sum(axis=1, keepdims=True), np.float64)


def grouped_scores(
    outcomes: Outcomes, forecasts: Mapping[str, Floats], days: Floats, groups: Sequence[str]
) -> pl.DataFrame:
    """Return integrated scores by group: forecaster, group, n, integrated.

    Weights of censoring are those of all agreements, since a small group tells little of its own.
    """
    named = np.array(groups)
    rows = []
    for name, curves in forecasts.items():
        parts = np.trapezoid(brier_parts(outcomes, curves, days), days, axis=1) / (days[-1] - days[0])
        for group in sorted(set(groups)):
            here = named == group
            rows.append((name, group, int(here.sum()), float(parts[here].mean())))
    return pl.DataFrame(rows, schema=["forecaster", "group", "n", "integrated"], orient="row")
