"""How many times as often something happens here as there, with its Monte Carlo error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from timeline.arrays import Floats
from timeline.validation.pairs import Z


@dataclass(frozen=True)
class Ratio:
    """A ratio of two rates with its 95% interval (Monte Carlo error), and the band it should lie in."""

    estimate: float
    low: float
    high: float
    band: tuple[float, float]

    @property
    def holds(self) -> bool:
        return self.band[0] <= self.estimate <= self.band[1]


def ratio_of_rates(
    events: Floats, exposure: Floats, other_events: Floats, other_exposure: Floats, band: tuple[float, float]
) -> Ratio:
    """Return the ratio of two rates that the same timelines have.

    The error of its logarithm comes from the influence of each timeline.

    Parameters
    ----------
    events, exposure
        Of each timeline: how many events, in how much time; shape (n,).
    other_events, other_exposure
        What it is divided by; shape (n,).
    band
        Where it should lie.

    Examples
    --------
    Three events in two years, against one in two.

    >>> years = np.ones(2)
    >>> ratio_of_rates(np.array([2.0, 1.0]), years, np.array([0.0, 1.0]), years, (2, 4)).estimate
    3.0
    """
    if not (events.sum() and other_events.sum()):
        return Ratio(math.nan, math.nan, math.nan, band)
    estimate = float((events.sum() / exposure.sum()) / (other_events.sum() / other_exposure.sum()))
    influence = (
        events / events.sum()
        - exposure / exposure.sum()
        - other_events / other_events.sum()
        + other_exposure / other_exposure.sum()
    )
    error = Z * float(np.sqrt((influence**2).sum()))
    return Ratio(estimate, estimate * math.exp(-error), estimate * math.exp(error), band)
