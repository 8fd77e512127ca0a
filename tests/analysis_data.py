"""Synthetic arms for tests of the analysis, the figures and the report.

The histories are invented: plausible shapes, no model behind them. Replications with the
same number share their luck in every arm, as in a real experiment.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.model.endpoints import Endpoints

YEAR = 365.25
HORIZON = 15 * YEAR
FOLLOW_UP = 10 * YEAR
RMST = (5 * YEAR, 10 * YEAR)
CADENCES = ("silence", "quarterly", "milestones", "full-transparency")
SCENARIOS = ("calm", "hawkish-press")
SAMPLE_DAYS = tuple(float(year * YEAR) for year in range(0, 16))
FANS = {"trust": SAMPLE_DAYS, "pressure": SAMPLE_DAYS}

ENDPOINTS = Endpoints(
    phases=(
        ("talks", None),
        ("accord", "accord_day"),
        ("signed", "signed_day"),
        ("implementation", "ratified_day"),
    ),
    causes=("exposure", "repudiation", "breach", "spoilers"),
)


def synthetic_arms(
    seed: int = 1993,
    n: int = 1000,
    cadences: Sequence[str] = CADENCES,
    scenarios: Sequence[str] = SCENARIOS,
) -> dict[tuple[str, str], pl.DataFrame]:
    """Make plausible rows for every arm; the first cadence is the natural baseline.

    Later cadences talk more: they sign less often and later, and keep what they sign longer.
    Later scenarios are harsher. Sampled columns `trust` and `pressure` follow ``FANS``.

    Examples
    --------
    >>> arms = synthetic_arms(n=10)
    >>> sorted(arms)[0], arms["calm", "silence"].height
    (('calm', 'full-transparency'), 10)
    """
    rng = np.random.default_rng(seed)
    luck = rng.random((n, 8))
    noise = rng.standard_normal((n, 2, len(SAMPLE_DAYS)))
    return {
        (scenario, cadence): _one_arm(luck, noise, openness=j / max(1, len(cadences) - 1), harshness=i)
        for i, scenario in enumerate(scenarios)
        for j, cadence in enumerate(cadences)
    }


def _one_arm(luck: np.ndarray, noise: np.ndarray, openness: float, harshness: int) -> pl.DataFrame:
    n = len(luck)

    def wait(column: int, mean_years: float) -> np.ndarray:
        return -np.log(luck[:, column]) * mean_years * YEAR

    accord = wait(0, 2.0 * (1 + 0.5 * openness))
    signed = accord + wait(1, 0.6)
    ratified = signed + wait(2, 0.7)
    half = ratified + wait(3, 2.0 - 0.8 * openness)
    consolidated = half + 4 * YEAR + wait(4, 3.0)

    abandoned = wait(5, 6.0 - 2.0 * openness)
    fragile = luck[:, 7] < 0.3
    danger = np.where(fragile, 2.0, 12.0 + 10.0 * openness) / (1 + 0.6 * harshness)
    collapsed = -np.log(luck[:, 6]) * danger * YEAR
    abandoned = np.where(abandoned < accord, abandoned, np.inf)

    ends = np.column_stack([consolidated, abandoned, collapsed])
    first = ends.argmin(axis=1)
    day = ends.min(axis=1)
    outcome = np.array(["consolidated", "abandoned", "collapsed"])[first]
    outcome = np.where(day >= HORIZON, "open", outcome)
    day = np.minimum(day, HORIZON)
    share = (luck[:, 6] * 7919) % 1.0
    cuts = np.array([0.45 - 0.3 * openness, 0.7 - 0.2 * openness, 0.85])
    cause = np.array(["exposure", "repudiation", "breach", "spoilers"])[np.searchsorted(cuts, share)]
    cause = np.where(outcome == "collapsed", cause, "none")

    def reached(milestone: np.ndarray) -> np.ndarray:
        return np.where((milestone < day) & (milestone < HORIZON), milestone, np.nan)

    trend = np.linspace(-0.5, 1.0, len(SAMPLE_DAYS))
    trust = 1 / (1 + np.exp(-(trend + 0.4 * openness + 0.6 * noise[:, 0].cumsum(axis=1) / 3)))
    pressure = 1 / (1 + np.exp(0.5 + 0.3 * openness - 0.4 * harshness - 0.5 * noise[:, 1]))
    last = np.searchsorted(np.array(SAMPLE_DAYS), day, side="right") - 1
    frozen = np.minimum(np.arange(len(SAMPLE_DAYS))[None, :], last[:, None])
    trust = np.take_along_axis(trust, frozen, axis=1)
    pressure = np.take_along_axis(pressure, frozen, axis=1)
    hostility = np.clip(0.3 + 0.3 * (outcome == "collapsed") - 0.15 * openness + 0.1 * noise[:, 0, 0], 0, 1)

    return pl.DataFrame(
        {
            "replication": np.arange(n, dtype=np.int64),
            "day": day,
            "outcome": outcome,
            "cause": cause,
            "accord_day": reached(accord),
            "signed_day": reached(signed),
            "ratified_day": reached(ratified),
            "half_verified_day": reached(half),
            "hostility": hostility,
            "leaks": np.floor(4 * luck[:, 5] * (1 - 0.5 * openness)).astype(np.int64),
        }
    ).with_columns(
        pl.Series("trust", trust, dtype=pl.Array(pl.Float64, len(SAMPLE_DAYS))),
        pl.Series("pressure", pressure, dtype=pl.Array(pl.Float64, len(SAMPLE_DAYS))),
    )
