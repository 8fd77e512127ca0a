"""Medians: intervals between order statistics."""

from __future__ import annotations

import numpy as np

from interval_coverage.rows import Row, count
from timeline.analysis.intervals import summarise_median

_REPLICATIONS = 500
_MEAN = 700.0


def study(experiments: int, seed: int) -> list[Row]:
    """Measure how often intervals of medians hold.

    Parameters
    ----------
    experiments
        How many to repeat.
    seed
        What their luck is drawn from.
    """
    rng = np.random.default_rng([seed, 3])
    truth = _MEAN * np.log(2)
    found = np.array([summarise_median(rng.exponential(_MEAN, _REPLICATIONS))[2:4] for _ in range(experiments)])
    low, high = found.T
    held = (low <= truth) & (truth <= high)
    what = "an exponential day with a mean of 700 days"
    return [count("median (order statistics)", what, "closed form", held, (high - low) / 2, _REPLICATIONS, "days")]
