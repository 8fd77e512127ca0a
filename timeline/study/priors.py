"""Priors: the law of each assumption over worlds, from its declaration or from what a config says of it.

Ranges are centred: on the scale on which worlds are drawn the default lies near the middle of its range. For rates,
durations, ratios and counts over several powers of two that scale is the logarithm: a range such as "5 to 60 days"
means "a third or three times as long", and drawn evenly it would make three worlds of four slower than the default.
For shares, indices and positions it is the value itself.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from enum import IntEnum
from typing import Literal

import numpy as np

from timeline.arrays import Floats
from timeline.derived.influence import used_by
from timeline.model.declarations import SIDES, Model
from timeline.model.records import Parameter
from timeline.model.units import LOGARITHMS
from timeline.model.values import unit_of
from timeline.study.uncertainty import Prior, Uncertainty

#: Counts whose range spans this factor are drawn by equal ratios.
_WIDE = 4.0
#: A law may have so much of its mass where the assumption cannot be; it is cut off there.
MOST_CUT = 0.05


def priors_of(
    model: Model, uncertainty: Uncertainty, known: Collection[str] = (), without: tuple[str, ...] = ()
) -> dict[str, Prior]:
    """Return the law of each assumption that differs between worlds, in the order of the model.

    Parameters
    ----------
    model
        Which assumptions there are. Flags and choices have no range; they differ only if a law is given.
    uncertainty
        Which laws are given, which directions are free, and which assumptions differ at all.
    known
        Paths that the config sets: known of this case, they stay as they are unless a law is given.
    without
        Mechanisms that are switched off, so that nothing reads their assumptions.
    """
    users = used_by(model)
    found: dict[str, Prior] = {}
    for path, parameter in model.assumptions.items():
        if not users[path] or mechanism_of(path) in without or not uncertainty.frees(path, mechanism_of(path)):
            continue
        if path in uncertainty.laws:
            found[path] = uncertainty.laws[path]
        elif path not in known and (prior := declared_prior(parameter, uncertainty, mechanism_of(path))) is not None:
            found[path] = prior
    return found


def mechanism_of(path: str) -> str:
    """Return the mechanism that an assumption belongs to; ``"sides"`` for what each side has."""
    top = path.partition(".")[0]
    return "sides" if top in SIDES else top


def declared_prior(parameter: Parameter, uncertainty: Uncertainty, mechanism: str) -> Prior | None:
    """Return the law that follows from an assumption's plausible range; None if it has none.

    Examples
    --------
    >>> rumour = Parameter(4.0, unit="hazard ratio", plausible=(2.0, 8.0))
    >>> declared_prior(rumour, Uncertainty(), "rumours").numbers
    (2.0, 8.0)
    >>> declared_prior(rumour, Uncertainty(directions="free"), "rumours").numbers
    (0.125, 8.0)
    """
    if parameter.plausible is None or parameter.kind is bool or issubclass(parameter.kind, IntEnum):
        return None
    low, high = map(float, parameter.plausible)
    if low == high:
        return None
    if uncertainty.direction_of(mechanism) == "free" and compares(parameter) and low > 0:
        most = max(high, 1 / low)
        low, high = 1 / most, most
    return Prior(usual_law(parameter, low, high), (low, high), *possible(parameter), whole=parameter.kind is int)


def usual_law(parameter: Parameter, low: float, high: float) -> Literal["uniform", "loguniform"]:
    """Return the law by which a range is drawn."""
    unit = unit_of(parameter)
    if low <= 0:
        return "uniform"
    if parameter.kind is int:
        return "loguniform" if high / low >= _WIDE else "uniform"
    return "loguniform" if unit.dimension or unit.text in ("ratio", *LOGARITHMS) else "uniform"


def compares(parameter: Parameter) -> bool:
    """Say whether an assumption is a ratio of with to without, so that 1 means no effect."""
    signed = (parameter.moves or parameter.paces)[:1] in ("+", "-")
    return parameter.unit in LOGARITHMS or (parameter.unit == "ratio" and bool(parameter.by) and not signed)


def possible(parameter: Parameter) -> tuple[float, float]:
    """Return between which bounds an assumption can possibly lie, in its declared unit."""
    unit = unit_of(parameter)
    return unit.low / unit.factor, unit.high / unit.factor


def quantiles(prior: Prior, parts: Floats) -> Floats:
    """Return the values below which given parts of the worlds lie, in the declared unit.

    Parameters
    ----------
    prior
        The law.
    parts
        Probabilities strictly between 0 and 1, any shape.

    Examples
    --------
    >>> quantiles(Prior("loguniform", (1.0, 100.0)), np.array([0.5])).round(6).tolist()
    [10.0]
    >>> quantiles(Prior("uniform", (0, 5), whole=True), np.array([0.01, 0.5, 0.99])).tolist()
    [0.0, 3.0, 5.0]
    """
    if prior.law in ("uniform", "loguniform") and prior.whole:
        return _whole_range(prior, parts)
    found = _uncut(prior, _within_bounds(prior, parts))
    return np.clip(np.round(found) if prior.whole else found, prior.low, prior.high)


def _whole_range(prior: Prior, parts: Floats) -> Floats:
    """Return whole numbers of a range, the first and the last as likely as their neighbours."""
    low, high = prior.numbers
    if prior.law == "uniform":
        return np.minimum(np.floor(low + parts * (high - low + 1)), high)
    below, above = math.log(low - 0.5), math.log(high + 0.5)
    return np.clip(np.round(np.exp(below + parts * (above - below))), low, high)


def _within_bounds(prior: Prior, parts: Floats) -> Floats:
    """Return the parts of the whole law that are those parts of the law cut off at its bounds."""
    if prior.law not in ("normal", "lognormal"):
        return parts
    begin, end = mass_below(prior, prior.low), mass_below(prior, prior.high)
    return begin + parts * (end - begin)


def mass_below(prior: Prior, value: float) -> float:
    """Return the part of a normal or lognormal law, not cut off, below a value."""
    from scipy.special import ndtr

    mean, spread = prior.numbers
    if prior.law == "lognormal":
        value = math.log(value) if value > 0 else -math.inf
    return float(ndtr((value - mean) / spread))


def _uncut(prior: Prior, parts: Floats) -> Floats:
    from scipy.special import betaincinv, ndtri

    numbers = prior.numbers
    match prior.law:
        case "uniform":
            return np.asarray(numbers[0] + parts * (numbers[1] - numbers[0]))
        case "loguniform":
            low, high = map(math.log, numbers)
            found: Floats = np.exp(low + parts * (high - low))
            return np.clip(found, numbers[0], numbers[1])
        case "triangular":
            return _triangular(parts, *numbers)
        case "normal":
            return np.asarray(numbers[0] + numbers[1] * ndtri(parts))
        case "lognormal":
            return np.exp(numbers[0] + numbers[1] * ndtri(parts))
        case "beta":
            return np.asarray(betaincinv(numbers[0], numbers[1], parts))
        case "point":
            return np.full(np.shape(parts), numbers[0])


def _triangular(parts: Floats, low: float, mode: float, high: float) -> Floats:
    rising = low + np.sqrt(parts * (high - low) * (mode - low))
    falling = high - np.sqrt((1 - parts) * (high - low) * (high - mode))
    return np.where(parts < (mode - low) / (high - low), rising, falling)


def from_quantiles(law: str, at: tuple[float, float], values: tuple[float, float]) -> tuple[float, ...]:
    """Return the numbers of the law of a kind that has two given quantiles.

    Parameters
    ----------
    law
        uniform, loguniform, normal, lognormal or beta.
    at
        Two probabilities, rising.
    values
        What lies there, rising; in the declared unit.

    Raises
    ------
    ValueError
        If no law of that kind has them.

    Examples
    --------
    >>> from_quantiles("uniform", (0.25, 0.75), (2.0, 4.0))
    (1.0, 5.0)
    >>> [round(x, 3) for x in from_quantiles("lognormal", (0.05, 0.95), (1.0, 4.0))]
    [0.693, 0.421]
    """
    if law in ("uniform", "loguniform"):
        low, high = map(math.log, values) if law == "loguniform" else values
        slope = (high - low) / (at[1] - at[0])
        ends = low - at[0] * slope, low + (1 - at[0]) * slope
        return tuple(math.exp(end) for end in ends) if law == "loguniform" else ends
    if law in ("normal", "lognormal"):
        from scipy.special import ndtri

        low, high = map(math.log, values) if law == "lognormal" else values
        spread = (high - low) / float(ndtri(at[1]) - ndtri(at[0]))
        return low - float(ndtri(at[0])) * spread, spread
    if law == "beta":
        return _beta_with(at, values)
    raise ValueError(f"a {law} law is not given by two quantiles")


def _beta_with(at: tuple[float, float], values: tuple[float, float]) -> tuple[float, float]:
    from scipy.optimize import least_squares
    from scipy.special import betainc

    def off(logs: Floats) -> Floats:
        one, other = (float(shape) for shape in np.exp(logs))
        return np.array([float(betainc(one, other, x)) - p for x, p in zip(values, at, strict=True)])

    middle = sum(values) / 2
    tries = [np.log([middle * mass, (1 - middle) * mass]) for mass in (2.0, 10.0, 100.0)]
    best = min((least_squares(off, start, xtol=1e-12, ftol=1e-12, gtol=1e-12) for start in tries), key=lambda f: f.cost)
    if best.cost > 1e-12:
        raise ValueError("no beta law has these quantiles")
    one, other = np.exp(best.x)
    return float(one), float(other)
