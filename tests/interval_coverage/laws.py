r"""Laws with known means: paired days in force under several cadences, mostly the same.

An agreement that the plain policy has in force for a share :math:`U` of a window of :math:`W` days, uniform,
meets one of four fates under another cadence: kept to the end of the window, lost at once, signed some days later,
or just the same. All cadences share :math:`U` and the luck that decides the fate, as cadences do that play with common
random numbers. The differences are bounded by the window and mostly 0, and a few large ones make
all of the variance. Their mean has a closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from timeline.analysis.samples import Sample
from timeline.study.yardsticks import ALL, Yardstick

WINDOW = 1826.25

#: The longest delay, days.
_DELAY = 60.0


@dataclass(frozen=True)
class Fate:
    """With which probability a cadence changes the fate of an agreement.

    Attributes
    ----------
    kept, lost, delayed
        Kept to the end of the window, lost at once, signed up to 60 days later.
    """

    kept: float
    lost: float = 0.0
    delayed: float = 0.0

    @property
    def mean(self) -> float:
        """Mean difference from the plain policy, days.

        Examples
        --------
        >>> round(Fate(kept=0.015, lost=0.005, delayed=0.19).mean, 2)
        3.49
        """
        # A delay E takes min(E, U W) days; its mean over E uniform up to e is e / 2 - e^2 / (6 W).
        delay = _DELAY / 2 - _DELAY**2 / (6 * WINDOW)
        return (self.kept - self.lost) * WINDOW / 2 - self.delayed * delay


#: What paired days in force within five years look like: four of five tied, kurtosis about 85.
TIED = Fate(kept=0.015, lost=0.005, delayed=0.19)
#: One agreement in fifty is saved, and nothing else happens.
SKEWED = Fate(kept=0.02)
#: One in a thousand: more than a third of first stages see no difference.
RARE = Fate(kept=0.001)


def days_measure(bounded: bool = True) -> Yardstick:
    """Return the measure that these days are values of; one without bounds has the plain normal interval."""
    span = WINDOW if bounded else np.inf
    return Yardstick("days", "Days in force", ALL, "days", "higher", "mean", "days kept", span=span)


def share_measure(estimand: str = ALL) -> Yardstick:
    """Return a measure of a share."""
    return Yardstick(
        "share", "Share", estimand, "share", "higher", "share", "kept for", empty="nobody signed", span=1.0
    )


def draw(fates: tuple[Fate, ...], rng: np.random.Generator, n: int) -> dict[str, Sample]:
    """Draw the days in force of n replications under the plain policy and under other cadences.

    Returns
    -------
    dict
        "plain", then "1", "2", ... in the order of the fates.
    """
    plain = WINDOW * rng.random(n)
    luck, delay = rng.random(n), _DELAY * rng.random(n)
    everyone = np.ones(n, dtype=np.bool_)
    found = {"plain": Sample(plain, everyone)}
    for number, fate in enumerate(fates, start=1):
        # The same luck for every cadence: one that saves more saves what the other saves, and more.
        days = np.where(luck < fate.kept, WINDOW, plain)
        days = np.where(luck >= 1 - fate.lost, 0.0, days)
        delayed = (luck >= fate.kept) & (luck < fate.kept + fate.delayed)
        days = np.where(delayed, np.maximum(plain - delay, 0.0), days)
        found[f"{number}"] = Sample(days, everyone)
    return found
