"""Claims put to the test: both ends of a driver, played with the same luck.

Every measure is a ratio of two sums over timelines, n / d: a mean has d = 1, a time average has the
days played, a share among those that sign has a mark for each that counts. The influence of a
timeline on its ratio is (n - ratio x d) / mean(d); the error of a difference follows from the
differences of the influences, pair by pair, so that common luck cancels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from timeline.arrays import Floats, Rows
from timeline.engines.world import World
from timeline.model.declarations import Integral, Model, Sampled
from timeline.model.paths import column
from timeline.model.units import YEAR
from timeline.model.values import Number
from timeline.validation.claims import Claim, Ends, Measure, check_claim, ends, member_names

#: A claim holds if its effect is so many standard errors from nothing, in the stated direction.
ENOUGH = 5.0
SEED = 1917
Z = 1.959963984540054


@dataclass(frozen=True)
class Effect:
    """What a claim's driver does to its measure.

    Attributes
    ----------
    low, high
        The measure at the driver's low and high end.
    difference, se
        High minus low, and its paired standard error.
    pairs
        Replications that count.
    differing
        How many of them come out differently at the two ends.
    """

    low: float
    high: float
    difference: float
    se: float
    pairs: int
    differing: int

    @property
    def errors(self) -> float:
        """The difference in standard errors: 0 where nothing differs, infinite where every pair differs alike."""
        if self.se == 0 and self.difference != 0:
            return math.copysign(math.inf, self.difference)
        return self.difference / self.se if self.se > 0 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95% interval of the difference: Monte Carlo error only."""
        return self.difference - Z * self.se, self.difference + Z * self.se


@dataclass(frozen=True)
class Verdict:
    """A claim, its two worlds, and what came of it."""

    claim: Claim
    ends: Ends
    effect: Effect

    @property
    def errors(self) -> float:
        """The effect in standard errors, positive if it goes the way that is claimed."""
        return self.effect.errors if self.claim.rises else -self.effect.errors

    @property
    def holds(self) -> bool:
        return self.errors >= ENOUGH


def observing(model: Model, fields: Iterable[str], samples: Iterable[Sampled] = ()) -> Model:
    """Return a model that also keeps the time integral of some fields.

    Its own observations are left out. Observations change no timeline.

    Parameters
    ----------
    model
        The model.
    fields
        Paths of indices and flags; each is kept once.
    samples
        What else to keep.
    """
    return replace(model, observations=(*samples, *(Integral(path) for path in sorted(set(fields)))))


def averaged(claims: Iterable[Claim]) -> list[str]:
    """Return the fields whose time integrals some claims need."""
    return [path for claim in claims if claim.measure.kind == "mean" for path in claim.measure.fields]


def play_observed(model: Model, given: Mapping[str, Number], years: float, count: int, **more: Any) -> Rows:
    """Play the first replications of a world.

    Parameters
    ----------
    model
        From `observing`.
    given
        Parameters and levers by path, in days and 1/day.
    years
        How long.
    count
        How many replications.
    more
        Other fields of `timeline.engines.world.World`.
    """
    from timeline.engines.batch import Batch
    from timeline.playing.values import rows

    # No look at what the reference engine makes of it: that takes as long as hundreds of compiled timelines,
    # and other tests do it.
    batch = Batch((World(model, given, seed=SEED, horizon=years * YEAR, **more),))
    return np.concatenate([made for _, _, made in rows(batch, 0, count, replayed=False)])


def put_to_test(model: Model, claims: Iterable[Claim]) -> Iterator[Verdict]:
    """Yield the verdict on each claim, in order.

    Parameters
    ----------
    model
        From `observing`.
    claims
        Claims about it. Two in a row that turn the same driver share their timelines.

    Raises
    ------
    ModelError
        If a claim cannot be put to the test; see `timeline.validation.claims.check_claim`.
    """
    kept: dict[Any, Rows] = {}
    for claim in claims:
        check_claim(model, claim)
        both = ends(model, claim)
        fresh: dict[Any, Rows] = {}
        for given in (both.low, both.high):
            outside = {"without": claim.setting.without, "injections": claim.setting.injections}
            key = (tuple(sorted(given.items())), *outside.values(), claim.years, claim.pairs)
            fresh[key] = kept[key] if key in kept else play_observed(model, given, claim.years, claim.pairs, **outside)
        kept = fresh
        low, high = fresh.values()
        yield Verdict(claim, both, effect(model, claim, low, high))


def effect(model: Model, claim: Claim, low: Rows, high: Rows) -> Effect:
    """Compare the rows of the two ends, pair by pair.

    Parameters
    ----------
    model
        From `observing`.
    claim
        What is measured, and among whom.
    low, high
        Rows of the same n replications.
    """
    count = np.ones(len(low))
    if claim.among:
        count = np.isfinite(_column(low, claim.among)) & np.isfinite(_column(high, claim.among))
    chosen = count.astype(bool)
    horizon = claim.years * YEAR
    return compared(sums(model, claim.measure, low[chosen], horizon), sums(model, claim.measure, high[chosen], horizon))


Sums = tuple[Floats, Floats]
"""What each timeline adds above and below the line of a measure, each of shape (n,)."""


def compared(low: Sums, high: Sums) -> Effect:
    """Compare two worlds by what each timeline adds to a measure, pair by pair.

    Parameters
    ----------
    low, high
        From `sums`, of the same n replications; ``high`` is what is compared, ``low`` with what.

    Returns
    -------
    Effect
        NaN throughout where nothing stands below the line in either world.

    Examples
    --------
    Three of four sign in one world and four in the other; two and three of them keep their word.

    >>> import numpy as np
    >>> found = compared(
    ...     (np.array([1.0, 1, 0, 0]), np.array([1.0, 1, 1, 0])),
    ...     (np.array([1.0, 1, 1, 0]), np.array([1.0, 1, 1, 1])),
    ... )
    >>> round(found.low, 3), found.high, round(found.difference, 3), found.differing
    (0.667, 0.75, 0.083, 2)
    """
    values, influences = [], []
    n = len(low[0])
    for top, bottom in (low, high):
        mean = float(bottom.mean()) if n and bottom.any() else np.nan
        ratio = float(top.mean() / mean) if n else np.nan
        values.append(ratio)
        influences.append((top - ratio * bottom) / mean)
    apart = influences[1] - influences[0]
    se = float(apart.std(ddof=1) / np.sqrt(n)) if n > 1 else np.nan
    differing = int(((low[0] != high[0]) | (low[1] != high[1])).sum())
    return Effect(values[0], values[1], values[1] - values[0], se if differing else 0.0, n, differing)


def sums(model: Model, measure: Measure, rows: Rows, horizon: float) -> Sums:
    """Return what each timeline adds above and below the line of a measure.

    Parameters
    ----------
    model
        Whose timelines they are; from `observing` if a time average is taken.
    measure
        What is measured.
    rows
        Of n replications.
    horizon
        How long they were played, in days.
    """
    ones = np.ones(len(rows))
    if measure.kind in ("in force", "kept"):
        return _agreements(model, measure, rows, horizon)
    if measure.kind == "reached":
        return np.isfinite(_column(rows, measure.fields[0])).astype(np.float64), ones
    if measure.kind == "share":
        names = member_names(model, measure.fields[0])
        wanted = [names[value] for value in measure.values]
        return np.isin(_column(rows, measure.fields[0]), wanted).astype(np.float64), ones
    if measure.kind == "mean":
        return sum((integral_of(model, rows, path) for path in measure.fields), 0.0 * ones) / len(
            measure.fields
        ), _column(rows, "day").astype(np.float64)
    final = sum((_column(rows, path).astype(np.float64) for path in measure.fields), 0.0 * ones)
    if measure.kind == "rate":
        return final, _column(rows, "day") / YEAR
    return final / len(measure.fields), ones


def _agreements(model: Model, measure: Measure, rows: Rows, horizon: float) -> Sums:
    """Return which timelines end in force, of all; or which agreements are kept so long, of those that are followed."""
    ends = model.endpoints
    assert ends is not None
    assert ends.signed is not None, "checked before anything is played: check_measure"
    signed = _column(rows, ends.signed).astype(np.float64)
    names = member_names(model, ends.outcome)
    failed = np.isin(_column(rows, ends.outcome), [names[name] for name in ends.failures])
    if measure.kind == "in force":
        standing = np.isfinite(signed) & ~failed
        if ends.later is not None:
            begun, over = (_column(rows, path) for path in (ends.later.signed, ends.later.ended))
            standing |= (np.isfinite(begun) & ~np.isfinite(over)).any(axis=1)
        return standing.astype(np.float64), np.ones(len(rows))
    until = signed + measure.years * YEAR
    followed = until <= horizon  # NaN is not
    return (followed & ~(failed & (_column(rows, ends.day) <= until))).astype(np.float64), followed.astype(np.float64)


def _column(rows: Rows, path: str) -> Any:
    return column(rows["state"], path)


def integral_of(model: Model, rows: Rows, path: str) -> Floats:
    """Return the time integral of a field that `observing` keeps, in field units times days, shape (n,)."""
    for number, observation in enumerate(model.observations):
        if isinstance(observation, Integral) and observation.field == path:
            found: Floats = rows[f"observation_{number}"]
            return found
    raise KeyError(path)


def samples_of(model: Model, rows: Rows, name: str) -> Any:
    """Return what was sampled under a name that `observing` was given, shape (n, days)."""
    for number, observation in enumerate(model.observations):
        if isinstance(observation, Sampled) and observation.name == name:
            return rows[f"observation_{number}"]
    raise KeyError(name)
