"""What a back-test has found, as tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl


@dataclass(frozen=True, eq=False)
class ForecastFindings:
    """How well agreements were forecast.

    Attributes
    ----------
    file, until
        The table, and the day up to which forecasters were trained.
    trained, trained_ends, tested, tested_ends
        How many agreements, and how many of them have ended.
    scores
        `timeline.analysis.forecast_scores.score_table`, against Kaplan–Meier; lower is better.
    groups
        Integrated scores by years of signature and by group: `grouped_scores`.
    calibration
        forecaster, day, bin, n, forecast (mean), observed (Kaplan–Meier), low, high.
    concordance
        forecaster, c, low, high: how often, of two agreements, the one that ended first was thought the worse. Only of
        forecasters that tell agreements apart.
    without
        Forecasters that could not be made, and why.
    worlds
        The worlds to which the model was calibrated, in words.
    left_out
        Rows of the table that cannot be used, in words.
    """

    file: Path
    until: date
    trained: int
    trained_ends: int
    tested: int
    tested_ends: int
    scores: pl.DataFrame
    groups: pl.DataFrame
    calibration: pl.DataFrame
    concordance: pl.DataFrame
    without: Mapping[str, str]
    worlds: str
    left_out: tuple[str, ...]
