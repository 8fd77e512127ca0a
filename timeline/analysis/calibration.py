"""What a calibration has found, as tables: how it fits, what it has learnt of each assumption, and what trades off.

A calibration's draws are the worlds that lie in all bands (approximate Bayesian computation; the bands are the
tolerance). Whether a band is met is judged by luck that had no part in choosing the worlds: what was chosen on its own
luck looks better than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from scipy.stats import norm, rankdata

from timeline.arrays import Floats

if TYPE_CHECKING:
    from timeline.study.uncertainty import Target

#: Middle, and nine worlds of ten.
_AT = (0.05, 0.5, 0.95)
#: Chance alone shows as much in one calibration of twenty, of all that is looked at.
_BY_CHANCE = 0.05


@dataclass(frozen=True)
class TargetFit:
    """How often targets were met, by worlds as drawn and by the accepted ones; shape (worlds, targets) each.

    Attributes
    ----------
    targets
        Those used and those left out.
    tested
        How many of them, at the end, chose no world.
    drawn, accepted
        Estimates of each target.
    """

    targets: Sequence[Target]
    tested: int
    drawn: Floats
    accepted: Floats


@dataclass(frozen=True, eq=False)
class CalibrationTables:
    """What a calibration has found.

    Attributes
    ----------
    fit
        How accepted worlds meet each target, used or left out: `fit_table`.
    learnt
        One row an assumption that differs: path, evidence, unit, default, drawn and accepted quantiles, centre,
        statistic, floor, learnt.
    pairs
        Which trade off: `pairs_table`.
    check
        Ranks of true values in a self-check: `timeline.analysis.rank_histogram.rank_table`; empty if none was made.
    rounds
        How many rounds the self-check had; those in which no world fitted have no rank.
    """

    fit: pl.DataFrame
    learnt: pl.DataFrame
    pairs: pl.DataFrame
    check: pl.DataFrame
    rounds: int = 0


def fit_table(fit: TargetFit, weights: Floats) -> pl.DataFrame:
    """Return how a calibration fits.

    Parameters
    ----------
    fit
        What was found, by fresh luck.
    weights
        How much each accepted world counts, shape (worlds,).

    Returns
    -------
    polars.DataFrame
        target, role ("used" or "left out"), low, high (the band), drawn_05, drawn_50, drawn_95, accepted_05,
        accepted_50, accepted_95, inside (share of the accepted in the band).

    Examples
    --------
    >>> from timeline.study.uncertainty import Target
    >>> drawn, accepted = np.array([[0.1], [0.5], [0.9]]), np.array([[0.5], [0.6]])
    >>> fit = TargetFit([Target("kept", "survival", 0.4, 0.55, 365.0)], 0, drawn, accepted)
    >>> fit_table(fit, np.full(2, 0.5)).select("target", "drawn_50", "accepted_50", "inside").row(0)
    ('kept', 0.5, 0.5, 0.5)
    """
    even = np.full(len(fit.drawn), 1 / max(len(fit.drawn), 1))
    rows = []
    for place, target in enumerate(fit.targets):
        told = fit.accepted[:, place]
        inside = (told >= target.low) & (told <= target.high)
        rows.append(
            {
                "target": target.title,
                "role": "left out" if place >= len(fit.targets) - fit.tested else "used",
                "low": target.low,
                "high": target.high,
                **_spread("drawn", fit.drawn[:, place], even),
                **_spread("accepted", told, weights),
                "inside": float(weights @ inside),
            }
        )
    return pl.DataFrame(rows)


def _spread(name: str, values: Floats, weights: Floats) -> dict[str, float]:
    return {
        f"{name}_{round(100 * at):02d}": value
        for at, value in zip(_AT, weighted_quantiles(values, weights, _AT), strict=True)
    }


def weighted_quantiles(values: Floats, weights: Floats, at: Sequence[float]) -> list[float]:
    """Return quantiles of values that count as their weights say; NaN where none is known.

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.2, 0.4, 0.4]), [0.5, 0.95])
    [2.0, 3.0]
    """
    known = np.isfinite(values) & (weights > 0)
    if not known.any():
        return [float("nan")] * len(at)
    order = np.argsort(values[known], kind="stable")
    sums = np.cumsum(weights[known][order])
    places = np.searchsorted(sums, np.array(at) * sums[-1] * (1 - 1e-12))
    return [float(values[known][order][place]) for place in places]


def pairs_table(
    names: Sequence[str], scores: Floats, weights: Floats, effective: float, most: int = 12
) -> pl.DataFrame:
    """Return which assumptions trade off: those whose ranks hang together in the accepted worlds.

    Parameters
    ----------
    names, scores
        Assumptions and what accepted worlds assume, shape (worlds, assumptions).
    weights
        How much each world counts.
    effective
        How many independent worlds they are worth.
    most
        Of how many pairs, the strongest first.

    Returns
    -------
    polars.DataFrame
        one, other, rank (correlation), floor (what chance shows of so many pairs), stands_out.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=(400, 1))
    >>> noise = np.random.default_rng(2).normal(size=(400, 2))
    >>> table = pairs_table(["a", "b", "c"], np.hstack([x, x + noise[:, :1], noise[:, 1:]]), np.full(400, 1 / 400), 400)
    >>> table.filter("stands_out").select("one", "other").rows()
    [('a', 'b')]
    """
    ranks = rankdata(scores, axis=0)
    centred = ranks - weights @ ranks
    spread = np.sqrt(weights @ centred**2)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.nan_to_num((centred * weights[:, None]).T @ centred / np.outer(spread, spread))
    first, second = np.triu_indices(len(names), 1)
    pairs = max(len(first), 1)
    # Fisher's z of so many pairs; 1.03 is what ranks cost.
    floor = float(np.tanh(norm.isf(_BY_CHANCE / pairs / 2) * 1.03 / np.sqrt(max(effective - 3, 1.0))))
    order = np.argsort(-np.abs(found[first, second]), kind="stable")[:most]
    kinds = {"one": pl.String, "other": pl.String, "rank": pl.Float64, "floor": pl.Float64}
    return pl.DataFrame(
        {
            "one": [names[first[k]] for k in order],
            "other": [names[second[k]] for k in order],
            "rank": [float(found[first[k], second[k]]) for k in order],
            "floor": [floor] * len(order),
            "stands_out": [bool(abs(found[first[k], second[k]]) > floor) for k in order],
        },
        schema={**kinds, "stands_out": pl.Boolean},
    )


def centre(values: Floats, weights: Floats, logarithm: Sequence[bool]) -> list[float]:
    """Return the middle of each assumption over accepted worlds: the mean, of logarithms where ratios are equal.

    Examples
    --------
    >>> centre(np.array([[1.0, 1.0], [4.0, 4.0]]), np.array([0.5, 0.5]), [False, True])
    [2.5, 2.0]
    """
    return [
        float(np.exp(weights @ np.log(column)) if by_ratios else weights @ column)
        for column, by_ratios in zip(values.T, logarithm, strict=True)
    ]
