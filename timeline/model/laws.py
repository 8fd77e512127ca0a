"""Lifetime laws: the operational time a clock must run before it fires.

Every law turns one uniform, read as the probability of lasting longer, into a
lifetime. The arithmetic is plain functions of floats, so that both engines use the
same code. ``math`` is used throughout: its functions give the same last bit everywhere
they are compiled, which NumPy's do not.

A law's parameters and its first age may be numbers, or functions of the model's state
and parameters that are read at the moment of the draw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any

from timeline.errors import ModelError

Value = float | int | Callable[..., float]

#: Exponents above it are taken for infinite. Python's ``math`` raises an error on overflow where compiled
#: code goes on with infinity, so both must stop before.
_LARGEST = 709.0
#: Ages at which a mixture's life table changes.
_AGES = 400


class LawKind(IntEnum):
    """Which law it is; the compiled loop branches on this number."""

    EXPONENTIAL = 0
    WEIBULL = 1
    LOGNORMAL = 2
    UNIFORM = 3
    FIXED = 4
    EMPIRICAL = 5
    AT_ONCE = 6


@dataclass(frozen=True)
class Law:
    """A lifetime law as data.

    Attributes
    ----------
    kind
        Which law.
    first, second
        Its parameters (shape and scale; sigma and median; low and high; days; number of the life table).
    age
        The operational time already behind the clock when its first lifetime is drawn.
    knots, hazards
        For ``empirical``: one row a table; knots in operational days from 0, and the
        hazard from each knot to the next, the last one continuing for ever.
    """

    kind: LawKind
    first: Value = 0.0
    second: Value = 0.0
    age: Value = 0.0
    knots: tuple[tuple[float, ...], ...] = ()
    hazards: tuple[tuple[float, ...], ...] = ()


def exponential() -> Law:
    """The memoryless law with mean 1: the clock's speed is then its hazard rate.

    Examples
    --------
    >>> round(lifetime(exponential(), 0.5, 0.0, 0.0, 0.0), 4)
    0.6931
    """
    return Law(LawKind.EXPONENTIAL)


def weibull(shape: Value, age: Value = 0.0, scale: float = 1.0) -> Law:
    """A Weibull law, with scale 1 unless given: P(T > t) = exp(-(t / scale)**shape)."""
    _positive("weibull", "shape", shape)
    _positive("weibull", "scale", scale)
    return Law(LawKind.WEIBULL, shape, scale, age=age)


def lognormal(sigma: Value, age: Value = 0.0, median: float = 1.0) -> Law:
    """A lognormal law, with median 1 unless given: log T is normal with standard deviation ``sigma``."""
    _positive("lognormal", "sigma", sigma)
    _positive("lognormal", "median", median)
    return Law(LawKind.LOGNORMAL, sigma, median, age=age)


def mixture(shares: Sequence[float], hazards: Sequence[float], age: Value = 0.0) -> Law:
    """Classes that look alike and end at different constant hazards, as a life table.

    The table lasts exactly as long as the classes do at each of some hundred ages, and within 1e-4 between them.

    Parameters
    ----------
    shares
        What share of all each class is; they add up to 1.
    hazards
        Ends per operational day of each class.
    age
        The age at which the clock's first lifetime begins: by then fewer are left of the classes that end sooner.

    Examples
    --------
    >>> law = mixture([0.25, 0.75], [0.1, 0.001])
    >>> round(lifetime(law, 0.25 * math.exp(-3) + 0.75 * math.exp(-0.03), 0.0, 0.0, 0.0), 2)
    30.0
    """
    parts, ends = [float(share) for share in shares], [float(hazard) for hazard in hazards]
    if not parts or any(not share > 0 for share in parts) or abs(sum(parts) - 1.0) > 1e-9:
        raise ModelError(f"mixture: shares {parts} given, expected shares above 0 that add up to 1")
    if len(ends) != len(parts) or any(not 0 < hazard < math.inf for hazard in ends):
        raise ModelError(f"mixture: hazards {ends} given, expected {len(parts)} of them, all above 0")
    slow = min(ends)
    ages = _ages_of_mixing(ends)

    def beyond_slow(t: float) -> float:
        """Return by how much the logarithm of who lasts exceeds that of the slowest class alone."""
        return math.log(sum(share * math.exp(-(hazard - slow) * t) for share, hazard in zip(parts, ends, strict=True)))

    pieces = [slow - (beyond_slow(end) - beyond_slow(begin)) / (end - begin) for begin, end in pairwise(ages)]
    return empirical(ages, [*(max(slow, piece) for piece in pieces), slow], age=age)


def _ages_of_mixing(hazards: Sequence[float]) -> list[float]:
    """Return ages, close where what is left of the classes changes; at the last the slowest is all but alone."""
    slow, fast = min(hazards), max(hazards)
    faster = [hazard - slow for hazard in hazards if hazard > slow]
    if not faster:
        return [0.0]
    first, last = 1e-3 / fast, 30.0 / min(faster)
    return [0.0, *(first * math.pow(last / first, k / _AGES) for k in range(_AGES + 1))]


def uniform(low: Value, high: Value, age: Value = 0.0) -> Law:
    """Any lifetime between ``low`` and ``high`` operational days, all equally likely."""
    if not callable(low) and not callable(high) and not 0 <= low < high:
        raise ModelError(f"uniform({low}, {high}): expected 0 <= low < high; give the smaller bound first")
    return Law(LawKind.UNIFORM, low, high, age=age)


def fixed(days: Value) -> Law:
    """Exactly so many days: calendars and deadlines. Use it with speed 1 or 0."""
    if not callable(days) and not days >= 0:
        raise ModelError(f"fixed({days}): expected 0 days or more")
    return Law(LawKind.FIXED, days)


def at_once() -> Law:
    """No time at all: a reaction at the same instant; its effect must end its readiness."""
    return Law(LawKind.AT_ONCE)


def empirical(
    knots: Sequence[float],
    hazards: Sequence[Sequence[float]] | Sequence[float],
    which: Value = 0,
    age: Value = 0.0,
) -> Law:
    """A law from a life table: a constant hazard between knots, the last one continuing.

    Parameters
    ----------
    knots
        Ages in operational days at which the hazard changes; begins with 0.
    hazards
        Hazard per operational day from each knot on: one row, or one row a table.
    which
        The number of the table to use, or a function that returns it.
    age
        The age at which the clock's first lifetime begins.

    Examples
    --------
    >>> law = empirical([0, 100], [0.01, 0.002])
    >>> round(lifetime(law, math.exp(-1.5), 0.0, 0.0, 0.0), 6)
    350.0
    """
    table = [float(k) for k in knots]
    rows: Sequence[Any] = hazards if isinstance(hazards[0], Sequence) else [hazards]
    lines = [[float(h) for h in row] for row in rows]
    if not table or table[0] != 0 or any(b <= a for a, b in pairwise(table)):
        raise ModelError(f"empirical: knots {table} given, expected ages that begin with 0 and rise")
    for row in lines:
        if len(row) != len(table) or any(not 0 <= h < math.inf for h in row) or row[-1] <= 0:
            raise ModelError(
                f"empirical: hazards {row} given, expected {len(table)} of them, none negative, the last above 0"
            )
    return Law(LawKind.EMPIRICAL, which, age=age, knots=(tuple(table),) * len(lines), hazards=tuple(map(tuple, lines)))


def _positive(law: str, name: str, value: Value) -> None:
    if not callable(value) and not value > 0:
        raise ModelError(f"{law}({name}={value}): expected a {name} above 0")


def lifetime(law: Law, u: float, first: float, second: float, age: float) -> float:
    """Return the operational time left to a clock that has reached ``age``.

    Parameters
    ----------
    law
        The law; its own numbers are used only for the life table, the others come evaluated.
    u
        A uniform in (0, 1): the probability of lasting longer than the result.
    first, second, age
        The law's parameters and the age, as read at the draw.

    Returns
    -------
    float
        Not negative; infinite if too long for a number; NaN if the law has no meaning there (a shape
        of 0, an age beyond the end).
    """
    if law.kind == LawKind.EXPONENTIAL:
        return -math.log(u)
    if law.kind == LawKind.WEIBULL:
        return second * weibull_lifetime(u, first, age / second)
    if law.kind == LawKind.LOGNORMAL:
        return second * lognormal_lifetime(u, first, age / second)
    if law.kind == LawKind.UNIFORM:
        return uniform_lifetime(u, first, second, age)
    if law.kind == LawKind.FIXED:
        return first
    if law.kind == LawKind.EMPIRICAL:
        if not 0 <= first < len(law.knots):  # before int(), which fails on a NaN
            return math.nan
        return empirical_lifetime(u, law.knots[int(first)], law.hazards[int(first)], age)
    return 0.0


def weibull_lifetime(u: float, shape: float, age: float) -> float:
    """Invert exp(age**shape - (age + t)**shape) = u."""
    if not shape > 0 or not age >= 0:
        return math.nan
    if age > 0 and shape * math.log(age) > _LARGEST:
        return math.nan
    behind = math.pow(age, shape) if age > 0 else 0.0
    ahead = behind - math.log(u)
    if math.log(ahead) > shape * _LARGEST:
        return math.inf
    return max(0.0, math.pow(ahead, 1 / shape) - age)


def lognormal_lifetime(u: float, sigma: float, age: float) -> float:
    """Invert S(age + t) = u S(age) with S the upper tail of a lognormal of median 1."""
    if not sigma > 0 or not age >= 0:
        return math.nan
    left = u * 0.5 * math.erfc(math.log(age) / (sigma * math.sqrt(2.0))) if age > 0 else u
    if not left > 0:
        return math.nan
    z = -sigma * normal_quantile(left)
    return max(0.0, math.exp(z) - age) if z <= _LARGEST else math.inf


def uniform_lifetime(u: float, low: float, high: float, age: float) -> float:
    """Invert the upper tail of a uniform law, given that ``age`` has been reached."""
    if not 0 <= low < high or not 0 <= age < high:
        return math.nan
    begin = max(low, age)
    return high - u * (high - begin) - age


def empirical_lifetime(u: float, knots: Sequence[float], hazards: Sequence[float], age: float) -> float:
    """Walk the cumulative hazard from ``age`` on until it has grown by -log(u)."""
    if not age >= 0:
        return math.nan
    last = len(knots) - 1
    i = 0
    while i < last and knots[i + 1] <= age:
        i += 1
    left = -math.log(u)
    at = age
    while i < last:
        ahead = hazards[i] * (knots[i + 1] - at)
        if left < ahead:
            break
        left -= ahead
        i += 1
        at = knots[i]
    return at - age + left / hazards[i]


def normal_quantile(q: float) -> float:
    """Return the standard normal quantile, to about 16 digits.

    Written out once for both engines (algorithm AS 241, PPND16: Wichura 1988, Applied
    Statistics 37:477-484), because library versions differ in the last bit.

    Examples
    --------
    >>> normal_quantile(0.975)
    1.9599639845400536
    """
    x = q - 0.5
    if abs(x) <= 0.425:
        r = 0.180625 - x * x
        return x * _ratio_centre(r)
    r = q if x < 0 else 1.0 - q
    r = math.sqrt(-math.log(r))
    z = _ratio_middle(r - 1.6) if r <= 5.0 else _ratio_tail(r - 5.0)
    return -z if x < 0 else z


def _ratio_centre(r: float) -> float:
    above = (((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
        + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
        + 133.14166789178437745) * r + 3.387132872796366608)  # fmt: skip
    below = (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
        + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
        + 42.313330701600911252) * r + 1.0)  # fmt: skip
    return above / below


def _ratio_middle(r: float) -> float:
    above = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
        + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
        + 4.6303378461565452959) * r + 1.42343711074968357734)  # fmt: skip
    below = (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
        + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
        + 2.05319162663775882187) * r + 1.0)  # fmt: skip
    return above / below


def _ratio_tail(r: float) -> float:
    above = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
        + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
        + 5.4637849111641143699) * r + 6.6579046435011037772)  # fmt: skip
    below = (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r
        + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r
        + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0)  # fmt: skip
    return above / below


def law_functions(law: Law) -> tuple[Callable[..., Any], ...]:
    """Return the model functions that a law reads at the draw."""
    return tuple(value for value in (law.first, law.second, law.age) if callable(value))
