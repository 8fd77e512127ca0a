r"""Score limits of a difference of paired shares.

Limits of Tango (1998), Statistics in Medicine 17:891-908: the differences :math:`\delta` that the score test does not
reject. With :math:`b` replications that have the property under the first arm alone, :math:`c` under the second
alone, of :math:`n`, it compares

.. math:: Z(\delta) = \frac{b - c - n \delta}{\sqrt{n (2 q + \delta (1 - \delta))}}

with the critical value, :math:`q` being the most likely share of the second alone if the difference is
:math:`\delta`. Each limit is good by itself. An interval that adds imaginary replications on both sides is good as a
whole only: where all disagreements go one way, its upper limit is too low about twice as often as it says.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from timeline.arrays import Floats

_HALVINGS = 60


def score_limits(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    n: npt.ArrayLike,
    critical: npt.ArrayLike,
    above: npt.ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """Lower and upper limits of differences of two shares over the same replications.

    Parameters
    ----------
    first, second
        How many replications have the property under the first arm alone, and under the second alone; any shape.
    n
        Number of replications, above 0.
    critical
        One-sided critical value; 1.645 gives 95% for each limit, 1.96 for both together.
    above
        Critical value of the upper limit, if it has another.

    Returns
    -------
    low, high
        Arrays of the common shape.

    Examples
    --------
    Of 21 children 1 is ill before the treatment alone and 7 after it alone (Fagerland, Lydersen & Laake 2014,
    Statistics in Medicine 33:2850-2875).

    >>> low, high = score_limits(1, 7, 21, 1.959964)
    >>> round(float(low), 3), round(float(high), 3)
    (-0.517, -0.026)
    """
    values = (first, second, n, critical, critical if above is None else above)
    b, c, total, z, z_above = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    difference, one = (b - c) / total, np.ones(b.shape)
    # Of a few differences the time goes into the calls, so both limits are looked for in the same ones.
    targets, begin, end = np.array([z, -z_above]), np.array([-one, difference]), np.array([difference, one])
    low, high = _solve(b, c, total, targets, begin, end)
    return low, high


def _solve(b: Floats, c: Floats, n: Floats, target: Floats, low: Floats, high: Floats) -> Floats:
    """Halve the range in which the score, which falls, passes the target."""
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        above = _score(b, c, n, middle) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return (low + high) / 2


def _score(b: Floats, c: Floats, n: Floats, difference: Floats) -> Floats:
    linear = (2 * n - b + c) * difference - b - c
    constant = -c * difference * (1 - difference)
    root = np.sqrt(np.maximum(linear * linear - 8 * n * constant, 0.0))
    second = np.clip((root - linear) / (4 * n), np.maximum(0.0, -difference), (1 - difference) / 2)
    variance = n * np.maximum(2 * second + difference * (1 - difference), 1e-300)
    found: Floats = (b - c - n * difference) / np.sqrt(variance)
    return found
