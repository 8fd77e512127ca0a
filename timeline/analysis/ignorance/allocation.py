r"""How many replications a world: the split that makes the quantiles between worlds least wrong.

A budget of replications can buy many worlds that are seen dimly or a few that are seen clearly. With few replications a
world, ignorance has to be told from noise, which costs precision in the tails and trust in the shape; with many, there
are few worlds. For R replications in each of W worlds let :math:`V = A + v / R` be the variance that is seen (A
ignorance, v chance) and :math:`s^2 = A / V`. A quantile of the values drawn together is
:math:`\bar y + s (y_{(p)} - \bar y)`, whose variance in the normal model follows from those of the quantile, the mean
and the variance that are seen:

.. math:: \frac{V}{W} \left[ \frac{s^2 p(1-p)}{\varphi(z)^2} + (1-s)^2 + 2 t^2 + 2 s (1-s) + 2 s t z \right],
          \qquad t = \frac{z (1 - s^2)}{2 s}.

Its bias is that of the shape: :math:`\sqrt A\,[(z^2-1)(1-s^3)\gamma/6 + (z^3-3z)(1-s^4)\kappa/24]` with the skewness
and excess of ignorance (Cornish & Fisher 1938). The R is chosen that minimises the mean of squared bias plus variance
over the quantiles. Worlds cost something beside their replications; so do replications below the fewest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from timeline.analysis.ignorance.quantiles_between import SHOWN
from timeline.analysis.ignorance.split import ignorance_variance
from timeline.analysis.ignorance.weights import shares_of
from timeline.arrays import Floats
from timeline.errors import TimelineError

FEWEST_REPLICATIONS = 10
"""Replications of a world, so that its error is known to a fourth."""

FEWEST_WORLDS = 50


class Allocation(NamedTuple):
    """How to spend a budget: worlds, replications a world, and the root mean squared error of a quantile."""

    worlds: int
    replications: int
    error: float


class Pilot(NamedTuple):
    """What a first look says of one measure: ignorance and chance as variances, and the shape of ignorance."""

    ignorance: float
    chance: float
    skewness: float = 0.0
    excess: float = 0.0


def pilot_of(
    mean: Floats,
    error: Floats,
    inside_variance: Floats,
    *,
    weights: Floats | None = None,
    shared_error: Floats | None = None,
) -> Pilot:
    """Return what a few worlds say of one measure; each shape (worlds,).

    Where ignorance cannot be told from nothing, a tenth of the noise is taken for it, so that some split can be chosen.

    Examples
    --------
    >>> pilot_of(np.array([1.0, 2.0, 3.0, 6.0]), np.full(4, 0.5), np.full(4, 50.0)).chance
    50.0
    """
    shares = shares_of(weights, len(mean))
    noise = float(shares @ error)
    shared = None if shared_error is None else np.atleast_1d(shared_error)
    ignorance = float(ignorance_variance(mean[:, None], error[:, None], shares, shared)[0])
    ignorance = max(ignorance, noise / 10)
    centred = mean - shares @ mean
    seen = shares @ centred**2
    if ignorance == 0 or seen == 0:
        return Pilot(ignorance, float(shares @ inside_variance))
    skewness = shares @ centred**3 / ignorance**1.5
    excess = (shares @ centred**4 - 3 * seen**2) / ignorance**2
    # A pilot's higher moments are wild; no more is believed than those of an exponential law.
    return Pilot(
        ignorance, float(shares @ inside_variance), float(np.clip(skewness, -2, 2)), float(np.clip(excess, -2, 6))
    )


def quantile_error(pilot: Pilot, worlds: float, replications: float, at: Sequence[float] = SHOWN) -> float:
    """Return the root mean squared error of the quantiles with so many worlds and replications a world.

    Examples
    --------
    With endless replications only the worlds count: 1.25 deviations by the square root of their number at the median.

    >>> round(quantile_error(Pilot(1.0, 1.0), worlds=100, replications=1e9, at=[0.5]), 4)
    0.1253
    """
    from scipy.stats import norm

    seen = pilot.ignorance + pilot.chance / replications
    s = np.sqrt(pilot.ignorance / seen) if seen > 0 else 1.0
    p = np.asarray(at, dtype=np.float64)
    z = norm.ppf(p)
    t = z * (1 - s**2) / (2 * s)
    drawn = s**2 * p * (1 - p) / norm.pdf(z) ** 2 + (1 - s) ** 2 + 2 * t**2 + 2 * s * (1 - s) + 2 * s * t * z
    shape = (z**2 - 1) * (1 - s**3) * pilot.skewness / 6 + (z**3 - 3 * z) * (1 - s**4) * pilot.excess / 24
    return float(np.sqrt(np.mean(seen / worlds * drawn + pilot.ignorance * shape**2)))


def allocate(
    pilot: Pilot,
    budget: int,
    *,
    at: Sequence[float] = SHOWN,
    world_cost: float = 0.0,
    fewest: int = FEWEST_REPLICATIONS,
) -> Allocation:
    """Return the split of a budget that makes the quantiles between worlds least wrong.

    Parameters
    ----------
    pilot
        What a first look says.
    budget
        Replications of one arm, over all worlds.
    at
        The quantiles that count.
    world_cost
        What a world costs beside its replications, in replications.
    fewest
        Replications of a world at least.

    Raises
    ------
    TimelineError
        If the budget does not suffice for fifty worlds with the fewest replications.

    Examples
    --------
    >>> allocate(Pilot(ignorance=4.0, chance=400.0), 100_000)
    Allocation(worlds=1960, replications=51, error=0.159...)
    """
    most = int(budget / FEWEST_WORLDS - world_cost)
    if most < fewest:
        raise TimelineError(
            f"budget: given {budget:,} replications of an arm, expected at least "
            f"{int(np.ceil(FEWEST_WORLDS * (fewest + world_cost))):,}: {FEWEST_WORLDS} worlds of {fewest} each"
        )
    tried = np.unique(np.geomspace(fewest, most, 400).round().astype(int))
    errors = [quantile_error(pilot, budget / (r + world_cost), float(r), at) for r in tried]
    best = int(np.argmin(errors))
    replications = int(tried[best])
    return Allocation(int(budget // (replications + world_cost)), replications, errors[best])
