"""Means of days: one cadence's, paired differences that are mostly 0, and several of them at once."""

from __future__ import annotations

import numpy as np

from interval_coverage.laws import RARE, SKEWED, TIED, WINDOW, Fate, days_measure, draw
from interval_coverage.rows import Row, count
from timeline.analysis.contrasts import Comparison
from timeline.analysis.estimates import Estimate
from timeline.analysis.samples import Sample

_CLOSED = "closed form"


def study(experiments: int, seed: int) -> list[Row]:
    """Measure how often intervals of means hold.

    Parameters
    ----------
    experiments
        How many to repeat for each row.
    seed
        What their luck is drawn from.
    """
    rng = np.random.default_rng([seed, 2])
    together = (TIED, Fate(0.03, 0.02, 0.15), SKEWED)
    return [
        _single(experiments, rng, 0.3),
        _single(experiments, rng, 0.03),
        _paired(experiments, rng, (TIED,), 1_000, "79% tied, kurtosis 85"),
        _paired(experiments, rng, (TIED,), 1_800, "79% tied, kurtosis 85"),
        _paired(experiments, rng, (TIED,), 20_000, "79% tied, kurtosis 85"),
        _paired(experiments, rng, (SKEWED,), 1_000, "98% tied, the others gain days"),
        _paired(experiments, rng, (SKEWED,), 1_000, "98% tied, the others gain days", bounded=False),
        _paired(experiments, rng, (RARE,), 1_000, "99.9% tied, the others gain days"),
        _paired(experiments, rng, (RARE,), 1_000, "99.9% tied, the others gain days", bounded=False),
        _paired(experiments, rng, together, 2_000, "three mostly tied differences, all at once"),
    ]


def _single(experiments: int, rng: np.random.Generator, signed: float) -> Row:
    replications, truth = 1_000, signed * WINDOW / 2
    held, half = np.empty(experiments, dtype=np.bool_), np.empty(experiments)
    for at in range(experiments):
        days = np.where(rng.random(replications) < signed, WINDOW * rng.random(replications), 0.0)
        estimate = Estimate(days_measure())
        estimate.add(Sample(days, np.ones(replications, dtype=np.bool_)))
        found = estimate.summary()
        held[at] = found.low <= truth <= found.high
        half[at] = (found.high - found.low) / 2
    what = f"days in force, 0 in {1 - signed:.0%}"
    return count("mean", what, _CLOSED, held, half, replications, "days")


def _paired(
    experiments: int, rng: np.random.Generator, fates: tuple[Fate, ...], n: int, what: str, bounded: bool = True
) -> Row:
    names = ("plain", *(f"{number}" for number in range(1, len(fates) + 1)))
    held, half = np.empty(experiments, dtype=np.bool_), np.empty(experiments)
    for at in range(experiments):
        comparison = Comparison(days_measure(bounded), names, "plain")
        comparison.add(draw(fates, rng, n))
        found = comparison.contrasts().values()
        held[at] = all(one.low <= fate.mean <= one.high for one, fate in zip(found, fates, strict=True))
        half[at] = max(one.high - one.low for one in found) / 2
    kind = "difference of means" if len(fates) == 1 else "differences of means, simultaneous"
    kind += "" if bounded else ", plain normal interval"
    return count(kind, what, _CLOSED, held, half, n, "days")
