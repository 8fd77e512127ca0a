"""Families of lifetime laws that can be fitted: the ones that a clock can be given.

Each works on parameters that may be any number, logarithms of positive ones. Days throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_ndtr, logit

from timeline.analysis.fitting.durations import Durations
from timeline.arrays import Floats

#: log of the square root of 2 pi
_LOG_ROOT = 0.9189385332046727

OfDays = Callable[[Floats, Floats], Floats]
"""A function of parameters and days."""


@dataclass(frozen=True)
class Family:
    """A family of laws.

    Attributes
    ----------
    name
        As a config calls it.
    size
        How many parameters it has.
    starts
        Where to begin the search; several where the likelihood has several tops.
    log_survival, log_density
        Of (parameters, days): logarithm of the share that lasts longer, and of the density a day.
    natural
        The parameters as people read them, from those of the search.
    """

    name: str
    size: int
    starts: Callable[[Durations], Sequence[Floats]]
    log_survival: OfDays
    log_density: OfDays
    natural: Callable[[Floats], Mapping[str, float]]


def _rate(spells: Durations) -> float:
    """Return ends a day, as if the hazard were constant; half a day is added so that there is some."""
    lived = float((spells.weight * np.maximum(spells.day - spells.entry, 0.0)).sum()) + 0.5
    return max(float((spells.weight * spells.ended).sum()), 0.5) / lived


def _exponential() -> Family:
    return Family(
        "exponential",
        1,
        lambda spells: [np.array([np.log(_rate(spells))])],
        lambda x, t: -np.exp(x[0]) * t,
        lambda x, t: x[0] - np.exp(x[0]) * t,
        lambda x: {"rate": float(np.exp(x[0]))},
    )


def _weibull() -> Family:
    def power(x: Floats, t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            found: Floats = np.exp(np.exp(x[0]) * (np.log(t) - x[1]))
        return found

    def density(x: Floats, t: Floats) -> Floats:
        shape = np.exp(x[0])
        found: Floats = x[0] - x[1] + (shape - 1) * (np.log(t) - x[1]) - power(x, t)
        return found

    return Family(
        "weibull",
        2,
        lambda spells: [np.array([np.log(shape), -np.log(_rate(spells))]) for shape in (0.6, 1.2)],
        lambda x, t: -power(x, t),
        density,
        lambda x: {"shape": float(np.exp(x[0])), "scale": float(np.exp(x[1]))},
    )


def _lognormal() -> Family:
    def z(x: Floats, t: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            found: Floats = (np.log(t) - x[0]) / np.exp(x[1])
        return found

    return Family(
        "lognormal",
        2,
        lambda spells: [np.array([-np.log(_rate(spells)) - 0.3, spread]) for spread in (0.3, 1.0)],
        lambda x, t: log_ndtr(-z(x, t)),
        lambda x, t: -0.5 * z(x, t) ** 2 - _LOG_ROOT - x[1] - np.log(t),
        lambda x: {"median": float(np.exp(x[0])), "sigma": float(np.exp(x[1]))},
    )


def _mixture() -> Family:
    def classes(x: Floats) -> tuple[float, float, float, float]:
        return float(-np.logaddexp(0, -x[0])), float(-np.logaddexp(0, x[0])), float(np.exp(x[1])), float(np.exp(x[2]))

    def survival(x: Floats, t: Floats) -> Floats:
        quick, lasting, fast, slow = classes(x)
        found: Floats = np.logaddexp(quick - fast * t, lasting - slow * t)
        return found

    def density(x: Floats, t: Floats) -> Floats:
        quick, lasting, fast, slow = classes(x)
        found: Floats = np.logaddexp(quick + x[1] - fast * t, lasting + x[2] - slow * t)
        return found

    def natural(x: Floats) -> Mapping[str, float]:
        share, fast, slow = float(expit(x[0])), float(np.exp(x[1])), float(np.exp(x[2]))
        return (
            {"share": share, "fast": fast, "slow": slow}
            if fast >= slow
            else {"share": 1 - share, "fast": slow, "slow": fast}
        )

    def starts(spells: Durations) -> list[Floats]:
        rate = np.log(_rate(spells))
        return [np.array([logit(share), rate + up, rate - 0.7]) for share, up in ((0.3, 2.5), (0.5, 1.0), (0.15, 4.0))]

    return Family("mixture", 3, starts, survival, density, natural)


FAMILIES: Mapping[str, Family] = {
    family.name: family for family in (_exponential(), _weibull(), _lognormal(), _mixture())
}


def piecewise(knots: Sequence[float]) -> Family:
    """Return the family of life tables with these knots: a hazard that is constant between them.

    Parameters
    ----------
    knots
        Days from which each hazard holds, the first 0; the last goes on.
    """
    begins = np.asarray(knots, dtype=np.float64)
    ends = np.append(begins[1:], np.inf)

    def lived(t: Floats) -> Floats:
        return np.clip(t[..., None], begins, ends) - begins

    def survival(x: Floats, t: Floats) -> Floats:
        far = np.where(np.isfinite(t), t, begins[-1])
        return np.where(np.isfinite(t), -lived(far) @ np.exp(x), -np.inf)

    def density(x: Floats, t: Floats) -> Floats:
        # A day on a knot belongs to the interval before it.
        at = np.maximum(np.searchsorted(begins, t, side="left") - 1, 0)
        return x[at] + survival(x, t)

    def starts(spells: Durations) -> list[Floats]:
        day = spells.day
        exposure = (spells.weight[:, None] * (lived(day) - lived(np.minimum(spells.entry, day)))).sum(axis=0)
        at = np.maximum(np.searchsorted(begins, day, side="left") - 1, 0)
        ended = np.bincount(at[spells.ended], weights=spells.weight[spells.ended], minlength=begins.size)
        return [np.log(np.maximum(ended, 1e-9) / np.maximum(exposure, 1e-9))]

    return Family(
        "life table", begins.size, starts, survival, density,
        lambda x: {f"hazard from day {knot:g}": float(np.exp(h)) for knot, h in zip(begins, x, strict=True)},
    )  # fmt: skip
