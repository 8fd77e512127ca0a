"""The laws that fit some spells, compared with each other and with the curve that assumes none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import polars as pl

from timeline.analysis.fitting.curves import at_risk, cumulative_incidence, product_limit, survival_curve
from timeline.analysis.fitting.durations import Durations
from timeline.analysis.fitting.families import FAMILIES, Family, piecewise
from timeline.analysis.fitting.likelihood import log_likelihood, maximise
from timeline.analysis.intervals import CONFIDENCE
from timeline.analysis.record import DAYS, FEWEST, honest_limits
from timeline.arrays import Floats, Places
from timeline.errors import TimelineError
from timeline.model.units import YEAR

LIFE_TABLE = "life table"
#: What can be asked for, in the order in which it is told.
LAWS = (*FAMILIES, LIFE_TABLE)
#: Where a life table's hazard may change unless knots are given, in years.
KNOT_YEARS = (0.0, 1 / 12, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
#: Ends that an interval of such a table has at least.
_FEWEST_ENDS = 5
#: Spells that are still watched where a law is held against the curve.
_FEWEST_LEFT = 10


@dataclass(frozen=True, eq=False)
class FittedLaw:
    """One law of greatest likelihood.

    Attributes
    ----------
    law
        Its family.
    parameters
        As people read them: days, or per day.
    knots
        Of a life table: the days from which its hazards hold.
    log_likelihood, aic
        How well it fits; Akaike's criterion charges 2 for each parameter, less is better. Comparable only between
        laws of the same spells.
    distance, distance_day
        The largest difference between its share that lasts and the curve that assumes no law, and where.
    bands
        95% limits of the parameters from resampled clusters; empty if none were drawn or there are too few clusters.
    """

    law: str
    parameters: Mapping[str, float]
    knots: tuple[float, ...]
    log_likelihood: float
    aic: float
    distance: float
    distance_day: float
    bands: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    search: Floats = field(default_factory=lambda: np.zeros(0), repr=False)

    @property
    def family(self) -> Family:
        """The family it is of."""
        return piecewise(self.knots) if self.law == LIFE_TABLE else FAMILIES[self.law]

    def survival(self, days: Floats) -> Floats:
        """Return the share that lasts longer than days (g,)."""
        with np.errstate(divide="ignore"):
            found: Floats = np.exp(self.family.log_survival(self.search, np.asarray(days, dtype=np.float64)))
        return found


@dataclass(frozen=True, eq=False)
class FittedSpells:
    """What is found of some spells.

    Attributes
    ----------
    group
        What they are; empty if they are all.
    spells
        The spells.
    laws
        Those that were fitted, the best by Akaike's criterion first.
    table
        day, at_risk, survival, low, high, cluster_low, cluster_high, law, law_low, law_high: the curve without a law
        and the best law at some days, with 95% limits; `cluster_` and `law_` limits are from resampled clusters.
    curve
        day, survival, low, high: the whole curve.
    causes
        cause, day, incidence, low, high; None without causes.
    refused
        Laws that could not be fitted, and why.
    """

    group: str
    spells: Durations
    laws: tuple[FittedLaw, ...]
    table: pl.DataFrame
    curve: pl.DataFrame
    causes: pl.DataFrame | None = None
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def best(self) -> FittedLaw | None:
        """The law with the least of Akaike's criterion; None if none could be fitted."""
        return self.laws[0] if self.laws else None


def fit_spells(
    spells: Durations,
    group: str = "",
    laws: Sequence[str] = LAWS,
    knots: Sequence[float] | None = None,
    causes: Sequence[str | None] | None = None,
    days: Sequence[float] = DAYS,
    resamples: int = 200,
    seed: int = 1993,
) -> FittedSpells:
    """Fit laws to spells, and estimate how long they last without one.

    Parameters
    ----------
    spells
        From `durations`.
    group
        What they are called.
    laws
        Which families, of `LAWS`.
    knots
        Days from which the hazards of a life table hold; a usual choice if not given.
    causes
        How each ended.
    days
        Days of the table; those beyond the longest spell are left out.
    resamples
        How many times clusters are drawn again for the bands; 0 for none.
    seed
        Of these draws.

    Examples
    --------
    >>> from timeline.analysis.fitting.durations import durations
    >>> spells = durations([100, 200, 300, 400], [100, 200, float("inf"), 400], whole_days=False)
    >>> found = fit_spells(spells, laws=["exponential"], resamples=0)
    >>> round(found.best.parameters["rate"], 6), round(found.best.aic, 3)
    (0.003, 42.855)
    """
    curve = survival_curve(spells)
    fitted, refused = [], {}
    for law in laws:
        if reason := _too_few(law, spells):
            refused[law] = reason
            continue
        try:
            fitted.append(_fitted(law, spells, curve, knots))
        except TimelineError as problem:
            refused[law] = str(problem)
    fitted.sort(key=lambda each: each.aic)
    at = np.array([day for day in days if day <= spells.low.max()] or [float(spells.low.max())])
    table = _table(spells, curve, at)
    best = fitted[0] if fitted else None
    if best is not None:
        table = table.with_columns(law=best.survival(at))
    if resamples and spells.clusters >= FEWEST:
        curves, found, lasting = _resampled(spells, best, at, resamples, seed)
        table = table.with_columns(_limits("cluster", curves, spells, table))
        if best is not None:
            table = table.with_columns(_limits("law", lasting))
            fitted[0] = _with_bands(best, found)
    late = bool(np.any(spells.entry > 0))
    if causes is not None and late:
        refused["causes"] = "ends are not told apart where spells were met late"
    incidence = None if causes is None or late else cumulative_incidence(spells, causes, at)
    return FittedSpells(group, spells, tuple(fitted), table, curve, incidence, refused)


def _too_few(law: str, spells: Durations) -> str:
    """Return why a law cannot be fitted to so few ends; empty if it can."""
    different = len(np.unique(spells.day[spells.ended]))
    needed = 1 if law in ("exponential", LIFE_TABLE) else FAMILIES[law].size
    if different >= needed:
        return ""
    if not spells.events:
        return "none of the spells has ended"
    return f"its {needed} parameters need ends on {needed} different days, and there are {different}"


def _fitted(law: str, spells: Durations, curve: pl.DataFrame, knots: Sequence[float] | None) -> FittedLaw:
    begins = tuple(knots if knots is not None else usual_knots(spells)) if law == LIFE_TABLE else ()
    family = piecewise(begins) if law == LIFE_TABLE else FAMILIES[law]
    if law == LIFE_TABLE:
        _require_lived(begins, spells)
    if law == LIFE_TABLE and not spells.vague:
        # Where days are known the estimate is ends divided by days lived, and needs no search.
        x = family.starts(spells)[0]
        value = log_likelihood(family, x, spells)
    else:
        x, value = maximise(family, spells)
    found = FittedLaw(law, family.natural(x), begins, value, 2 * family.size - 2 * value, 0.0, 0.0, search=x)
    distance, day = _distance(found, curve, spells)
    return replace(found, distance=distance, distance_day=day)


def _require_lived(knots: Sequence[float], spells: Durations) -> None:
    if not knots or knots[0] != 0 or any(b <= a for a, b in pairwise(knots)):
        raise TimelineError(f"life table: given the knots {list(knots)}, expected days that begin at 0 and rise")
    if knots[-1] >= spells.day.max():
        raise TimelineError(
            f"life table: given a knot at day {knots[-1]:g}, expected spells that last longer; the longest lasts "
            f"{spells.day.max():g} days"
        )


def usual_knots(spells: Durations) -> list[float]:
    """Return days at which a life table's hazard may change: with enough ends after each to tell its hazard."""
    ends = np.sort(spells.day[spells.ended])
    knots: list[float] = [0.0]
    for years in KNOT_YEARS[1:]:
        day = years * YEAR
        within = ((ends > knots[-1]) & (ends <= day)).sum()
        if within >= _FEWEST_ENDS and (ends > day).sum() >= _FEWEST_ENDS:
            knots.append(day)
    return knots


def _distance(law: FittedLaw, curve: pl.DataFrame, spells: Durations) -> tuple[float, float]:
    """Return the largest difference of a law to a step curve, just before and at each step, and its day.

    The tail where few are left is not looked at: there the curve is mostly luck.
    """
    day, kept = curve["day"].to_numpy(), curve["survival"].to_numpy()
    survival = law.survival(day)
    before = np.append(1.0, kept[:-1])
    gap = np.maximum(np.abs(survival - kept), np.abs(survival - before))
    left = np.asarray(at_risk(spells, day))
    gap = np.where(left >= min(_FEWEST_LEFT, spells.low.size / 4), gap, 0.0)
    at = int(gap.argmax())
    return float(gap[at]), float(day[at])


def _table(spells: Durations, curve: pl.DataFrame, at: Floats) -> pl.DataFrame:
    where = np.searchsorted(curve["day"].to_numpy(), at, side="right") - 1
    left = np.asarray(at_risk(spells, at))
    found = curve[where].select("survival", "low", "high")
    # Where none has ended yet the exact limit is known; a limit of no width is none.
    limits = honest_limits(found["low"].to_numpy(), found["high"].to_numpy(), found["survival"].to_numpy(), left, at)
    low, high = (pl.Series(limit).fill_nan(None) for limit in limits)
    return pl.DataFrame({"day": at, "at_risk": left, "survival": found["survival"], "low": low, "high": high})


def _resampled(
    spells: Durations, best: FittedLaw | None, at: Floats, resamples: int, seed: int
) -> tuple[Floats, list[Mapping[str, float]], Floats]:
    """Return of each resample the curve without a law, the law's parameters, and its curve; (resamples, days)."""
    random = np.random.default_rng(seed)
    curves, lasting = np.empty((resamples, len(at))), np.full((resamples, len(at)), np.nan)
    found: list[Mapping[str, float]] = []
    for k in range(resamples):
        drawn = np.bincount(random.integers(spells.clusters, size=spells.clusters), minlength=spells.clusters)
        again = spells.weighted(drawn[spells.cluster].astype(np.float64))
        curves[k] = product_limit(again, at)
        if best is None:
            continue
        family = best.family
        if best.law == LIFE_TABLE and not spells.vague:
            x = family.starts(again)[0]
        else:
            x, _ = maximise(family, again, best.search)
        found.append(family.natural(x))
        with np.errstate(divide="ignore"):
            lasting[k] = np.exp(family.log_survival(x, at))
    return curves, found, lasting


def _limits(
    name: str, curves: Floats, spells: Durations | None = None, table: pl.DataFrame | None = None
) -> list[pl.Series]:
    """Return limits by resampled clusters; of a curve without a law, exact ones where none has ended yet."""
    low, high = np.quantile(curves, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    if spells is not None and table is not None:
        at, survival = table["day"].to_numpy(), table["survival"].to_numpy()
        low, high = honest_limits(low, high, survival, _clusters_left(spells, at), at)
    return [pl.Series(f"{name}_low", low).fill_nan(None), pl.Series(f"{name}_high", high).fill_nan(None)]


def _clusters_left(spells: Durations, at: Floats) -> Places:
    """Return in how many clusters a spell is still watched just before each day."""
    longest = np.zeros(spells.clusters)
    np.maximum.at(longest, spells.cluster, spells.day)
    left: Places = spells.clusters - np.searchsorted(np.sort(longest), at, side="left")
    return left


def _with_bands(law: FittedLaw, found: Sequence[Mapping[str, float]]) -> FittedLaw:
    tails = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    bands = {name: tuple(np.quantile([each[name] for each in found], tails).tolist()) for name in law.parameters}
    return replace(law, bands=bands)
