r"""What a study of a given size would be worth.

A study of one driver gives an estimate with an error, not the truth. Its value is what choosing after it gains over
choosing now. For each world one result is drawn, :math:`\hat\phi \sim N(\phi, s^2 / n)`, and the worlds' values are
regressed on the results (Strong, Oakley, Brennan & Breeze 2015, Medical Decision Making 35:570-583): the expected value
of sample information is that of knowing the result. The driver has to come on a scale on which such an estimate is
about normal: a ratio or a rate as its logarithm. That the study is unbiased is assumed; a biased one is worth less.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.information import information_table
from timeline.analysis.ignorance.streams import stream
from timeline.arrays import Floats

RESULTS = 8
"""Results drawn for each world; the value is their mean."""


def study_table(
    driver: Floats,
    values: Floats,
    *,
    deviation: float,
    sizes: Sequence[float],
    seed: int,
    weights: Floats | None = None,
    results: int = RESULTS,
) -> pl.DataFrame:
    """Return what studies of several sizes would be worth.

    Parameters
    ----------
    driver
        The driver in each world, on a scale on which the study's estimate is about normal; shape (worlds,).
    values
        As for `timeline.analysis.ignorance.information.information_table`.
    deviation
        Standard deviation of one observation, on that scale.
    sizes
        Numbers of observations.
    seed, results
        Of the results, and how many are drawn for each world.
    weights
        How much each world counts, shape (worlds,).

    Returns
    -------
    polars.DataFrame
        size, value, se (as of one result a world: results share the worlds), cross_fitted.

    Examples
    --------
    >>> x = np.random.default_rng(1).normal(size=2000)
    >>> table = study_table(x, np.column_stack([np.zeros(2000), x]), deviation=2.0, sizes=[1, 4, 1000], seed=2)
    >>> table["value"].round(2).to_list()  # the truth: 0.18, 0.28, 0.40
    [0.17, 0.28, 0.39]
    """
    rng = stream(seed, "study")
    rows = []
    for size in sizes:
        found = driver[:, None] + rng.normal(size=(len(driver), results)) * deviation / np.sqrt(size)
        names = {str(i): [i] for i in range(results)}
        table = information_table(names, found, values, seed=int(rng.integers(2**31)), weights=weights, dummies=1)
        rows.append({"size": size} | table.select("value", "se", "cross_fitted").mean().row(0, named=True))
    return pl.DataFrame(rows)
