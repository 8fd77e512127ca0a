r"""The split of what varies: Monte Carlo error, chance, and ignorance.

Nested random effects: world w has a true mean :math:`\theta_w`, and replication r in it gives
:math:`\theta_w + \varepsilon_{wr}`. *Chance* is the variance of :math:`\varepsilon` within a world, on average over
worlds. *Ignorance* is the variance of :math:`\theta_w` between worlds. The *Monte Carlo error* of a world's mean is
what more replications would remove. The means that were seen vary by ignorance and error together, so

.. math:: \widehat{\mathrm{ignorance}} = \frac{\sum p (\bar y_w - \bar y)^2 - \sum p e_w + c}{1 - \sum p^2},

with shares :math:`p`, squared errors :math:`e_w`, and :math:`c` the squared error of :math:`\bar y` that luck makes:
:math:`\sum p^2 e_w` if worlds have luck of their own. It is unbiased with any number of replications (Searle, Casella &
McCulloch 1992, Variance Components, ch. 3; Sun, Apley & Staum 2011, Operations Research 59:998-1007). Where it is small
it may come out below 0; it is kept so, and only what is shown is cut at 0.

Worlds that meet the same replications share their luck: what all worlds have in common does not spread them. Then
:math:`c` is larger, and is to be given (`shared_error`); otherwise ignorance is understated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from timeline.analysis.ignorance.resampling import DRAWS, bootstrap_interval
from timeline.analysis.ignorance.weights import effective_size, shares_of, squared_error
from timeline.arrays import Floats

PARTS = ("Monte Carlo error", "chance", "ignorance")


def split(
    arms: Sequence[str],
    mean: Floats,
    error: Floats,
    inside_variance: Floats,
    *,
    seed: int,
    weights: Floats | None = None,
    shared_error: Floats | None = None,
    draws: int = DRAWS,
) -> pl.DataFrame:
    """Split the variance of each arm's outcome, or of each contrast.

    Parameters
    ----------
    arms
        Names of the columns.
    mean, error, inside_variance
        A world's mean, its squared standard error, and the variance between its replications; each (worlds, arms).
        For a contrast: of paired differences.
    seed
        Of the bootstrap over worlds.
    weights
        How much each world counts, shape (worlds,).
    shared_error
        Squared error of the mean over all worlds that comes from luck, shape (arms,). Needed where worlds share their
        replications; it is the squared standard error of the replications' means over worlds.

    Returns
    -------
    polars.DataFrame
        Three rows an arm: arm, part (of `PARTS`), variance, low, high (95%, over worlds; may be below 0), deviation
        (its square root, 0 where the variance is below 0), share (of chance and ignorance together, between 0 and 1;
        null for the Monte Carlo error), worlds, effective_worlds.

    Examples
    --------
    >>> rng = np.random.default_rng(4)
    >>> theta = rng.normal(0, 2, (500, 1))
    >>> replications = theta[:, :, None] + rng.normal(0, 3, (500, 1, 9))
    >>> inside = replications.var(axis=2, ddof=1)
    >>> table = split(["a"], replications.mean(axis=2), inside / 9, inside, seed=2)
    >>> table.select("part", pl.col("variance").round(1), pl.col("share").round(2)).rows()
    [('Monte Carlo error', 1.0, None), ('chance', 8.8, 0.68), ('ignorance', 4.2, 0.32)]
    """
    shares = shares_of(weights, len(mean))

    def statistic(times: Floats) -> Floats:
        return np.concatenate(components(times, shares, mean, error, inside_variance, shared_error), axis=1)

    estimate = statistic(np.ones((1, len(mean))))[0]
    low, high = bootstrap_interval(statistic, len(mean), seed, draws=draws)
    long = pl.DataFrame(
        {
            "arm": list(arms) * len(PARTS),
            "part": [part for part in PARTS for _ in arms],
            "variance": estimate,
            "low": np.minimum(low, estimate),
            "high": np.maximum(high, estimate),
        }
    )
    together = pl.col("deviation").pow(2).filter(pl.col("part") != PARTS[0]).sum().over("arm")
    return (
        long.with_columns(deviation=pl.col("variance").clip(lower_bound=0).sqrt())
        .with_columns(
            share=pl.when((pl.col("part") != PARTS[0]) & (together > 0)).then(pl.col("deviation") ** 2 / together)
        )
        .with_columns(worlds=pl.lit(np.count_nonzero(shares)), effective_worlds=pl.lit(effective_size(shares)))
        .sort(pl.col("arm").replace_strict({arm: i for i, arm in enumerate(arms)}), maintain_order=True)
    )


def components(
    times: Floats,
    shares: Floats,
    mean: Floats,
    error: Floats,
    inside_variance: Floats,
    shared_error: Floats | None = None,
) -> tuple[Floats, Floats, Floats]:
    """Return Monte Carlo error, chance and ignorance, (b, arms) each, when worlds count `times`, shape (b, worlds)."""
    once = times * shares
    total = once.sum(axis=1, keepdims=True)
    own = once / total
    squares = own * shares / total  # each draw of a world counts as a world of its own
    left = 1 - squares.sum(axis=1, keepdims=True)
    centred = mean - shares @ mean
    seen = own @ centred**2 - (own @ centred) ** 2
    in_common = squares @ error if shared_error is None else shared_error
    noise = own @ error
    return noise, own @ inside_variance, (seen - noise + in_common) / left


def ignorance_variance(mean: Floats, error: Floats, shares: Floats, shared_error: Floats | None = None) -> Floats:
    """Return the variance between worlds without inner noise, shape (arms,); may be below 0.

    Examples
    --------
    >>> ignorance_variance(np.array([[1.0], [2.0], [3.0]]), np.full((3, 1), 0.25), np.full(3, 1 / 3)).round(12).tolist()
    [0.75]
    """
    ignorance = components(np.ones((1, len(mean))), shares, mean, error, error, shared_error)[2]
    return np.asarray(ignorance[0])


def mean_over_worlds(
    arms: Sequence[str],
    mean: Floats,
    error: Floats,
    *,
    weights: Floats | None = None,
    shared_error: Floats | None = None,
) -> pl.DataFrame:
    """Return arm, mean over worlds, luck (its standard error if these worlds are all there are), se (worlds drawn too).

    Examples
    --------
    >>> mean_over_worlds(["a"], np.array([[1.0], [3.0]]), np.full((2, 1), 0.02)).rows()
    [('a', 2.0, 0.1, 1.0)]
    """
    shares = shares_of(weights, len(mean))
    luck = shares**2 @ error if shared_error is None else np.asarray(shared_error)
    centre = shares @ mean
    drawn = squared_error(mean, shares)
    return pl.DataFrame(
        {"arm": list(arms), "mean": centre, "luck": np.sqrt(luck), "se": np.sqrt(np.maximum(drawn, luck))}
    )
