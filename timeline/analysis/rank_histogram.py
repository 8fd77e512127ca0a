"""Simulation-based calibration: whether a calibration's draws mean what they say.

A world is drawn from the prior and played; what it shows is taken for the record, and the calibration is asked. The
rank of the true value among the draws is even over all worlds if the draws are of the posterior (Talts, Betancourt,
Simpson, Vehtari & Gelman 2018, arXiv:1804.06788). A hump says that draws spread too far, as those of any band do; a
bowl that they are too sure; a slope that they lean.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from scipy.stats import binom, chi2

from timeline.arrays import Floats, Places


def rank_of(truth: float, draws: Floats, rng: np.random.Generator, of: int) -> int:
    """Return the rank of a true value among draws, 0 to ``of``; ties are broken by lot.

    Examples
    --------
    >>> rank_of(0.5, np.array([0.1, 0.2, 0.9]), np.random.default_rng(1), of=3)
    2
    """
    some = rng.choice(draws, size=of, replace=len(draws) < of)
    below, equal = int((some < truth).sum()), int((some == truth).sum())
    return below + int(rng.integers(equal + 1))


def rank_table(names: Sequence[str], ranks: Places, of: int, bins: int = 10) -> pl.DataFrame:
    """Return a histogram of ranks for each assumption.

    Parameters
    ----------
    names, ranks
        Assumptions, and the ranks of their true values, shape (worlds, assumptions).
    of
        Among how many draws.
    bins
        Of the histogram.

    Returns
    -------
    polars.DataFrame
        driver, bin, count, low, high (99% of what an even law gives in one bin), p_value (chi-squared, of all bins).

    Examples
    --------
    >>> table = rank_table(["a"], np.arange(100)[:, None] % 20, of=19)
    >>> table["count"].to_list(), round(table["p_value"][0], 2)
    ([10, 10, 10, 10, 10, 10, 10, 10, 10, 10], 1.0)
    """
    worlds = len(ranks)
    edges = np.linspace(0, of + 1, bins + 1)
    shares = np.diff(np.ceil(edges)) / (of + 1)
    rows = []
    for place, name in enumerate(names):
        counts = np.histogram(ranks[:, place] + 0.5, bins=np.ceil(edges))[0]
        expected = shares * worlds
        p = float(chi2.sf(((counts - expected) ** 2 / expected).sum(), bins - 1))
        for k, count in enumerate(counts):
            low, high = (float(binom.ppf(at, worlds, shares[k])) for at in (0.005, 0.995))
            rows.append((name, k, int(count), low, high, p))
    kinds = {"driver": pl.String, "bin": pl.Int64, "count": pl.Int64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema={**kinds, "p_value": pl.Float64}, orient="row")
