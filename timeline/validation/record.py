"""The model's own laws and rates against the record, and against a closed form.

Each comparison is declared by the workspace, as a `Tenure`, `Gaps`, `Violations` or `Secrecy` that
names clocks and fields, and measured here. What needs the publishers' files says so in a sentence
where they are absent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.arrays import Floats
from timeline.engines.world import World
from timeline.model.declarations import Clock, Model, Sampled, arguments, every
from timeline.model.laws import lifetime
from timeline.model.paths import follow
from timeline.model.records import Array, Lever, Parameter, blank, leaves
from timeline.model.units import YEAR
from timeline.model.values import Number, read_value
from timeline.validation.claims import Setting, member_names, pattern
from timeline.validation.pairs import Z, integral_of, play

QUARTERS = (0.25, 0.5, 0.75)
#: Days of a record of ten years.
WINDOW = 3652.0


# Declarations


@dataclass(frozen=True)
class Tenure:
    """How long new leaders stay, by regime: the clock's law from entry, with no other ending.

    Attributes
    ----------
    clock
        Whose law it is, a family over the sides.
    regimes
        Regime in the record -> value of the side's field.
    field
        The side's field that holds the regime.
    file
        Spells of leaders, in the folder of data.
    years
        When to compare.
    within
        How far the model may be from the record at each, as a share.
    """

    clock: str
    regimes: Mapping[str, int]
    field: str = "regime"
    file: str = "leader_spells.csv"
    years: tuple[int, ...] = (1, 2, 4, 8)
    within: float = 0.03


@dataclass(frozen=True)
class Gaps:
    """Days from one agreement of a process to its next, seen through a window as the record was.

    Attributes
    ----------
    mechanism, clock, counted
        The mechanism whose start sets the pace; the clock of the next step; the field that counts steps.
    same_day
        The parameter for the chance that the next one comes on the same day.
    given
        Parameters that turn every other influence off, as a config writes them.
    file
        Gaps by process, in the folder of data.
    """

    mechanism: str
    clock: str
    counted: str
    given: Mapping[str, object]
    file: str = "agreement_gaps_1990_1999.csv"


@dataclass(frozen=True)
class Violations:
    """Violations per agreement-year soon after leader changes, against years without.

    Attributes
    ----------
    irregular, ordinary, quiet
        Flags of the watched state: which kind of year it is.
    cause, causes
        The field that says what ended a timeline, and which of its values count as violations.
    settings
        Cadences, played in equal parts.
    bands
        {"irregular": (low, high), "ordinary": (low, high)}: where the ratio to quiet years should lie.
    record
        What the record says of each, in words.
    """

    irregular: str
    ordinary: str
    quiet: str
    cause: str
    causes: tuple[str, ...]
    settings: tuple[Setting, ...]
    bands: Mapping[str, tuple[float, float]]
    record: str


@dataclass(frozen=True)
class Secrecy:
    """The chance that a secret keeps, where the closed form holds: insiders who grow in number by chance.

    Attributes
    ----------
    leaks
        The field that counts leaks.
    given
        Parameters under which only insiders talk, and everything is hidden from the first day on.
    keep
        The mechanisms that run.
    per_insider, at_start, widening, per_widening
        Parameters: hazard an insider, insiders at the start, how often the circle grows, by how many.
    hazards
        Hazards an insider-year to try.
    years
        How long.
    """

    leaks: str
    given: Mapping[str, object]
    keep: tuple[str, ...]
    per_insider: str
    at_start: str
    widening: str
    per_widening: str
    hazards: tuple[float, ...]
    years: float = 10.0


# Findings


@dataclass(frozen=True)
class TenureFound:
    """Shares still in office, the record's Kaplan-Meier and the model's law.

    Attributes
    ----------
    years
        Where compared.
    record, model
        Regime -> shares at `years`.
    curves
        Regime -> (years, record, model): fine grids for a figure.
    leaders
        Regime -> how many.
    within
        The tolerance.
    """

    years: tuple[int, ...]
    record: Mapping[str, tuple[float, ...]]
    model: Mapping[str, tuple[float, ...]]
    curves: Mapping[str, tuple[Floats, Floats, Floats]]
    leaders: Mapping[str, int]
    within: float

    @property
    def largest(self) -> float:
        """The largest absolute difference at `years`."""
        return max(abs(m - r) for name in self.record for r, m in zip(self.record[name], self.model[name], strict=True))

    @property
    def holds(self) -> bool:
        return self.largest <= self.within


@dataclass(frozen=True)
class GapsFound:
    """Quartiles of gaps in days, pooled and of the processes' medians.

    Attributes
    ----------
    record
        The record's three and three, in days.
    middle, low, high
        The median and the central 98% of simulated records of as many processes; shape (6,).
    pooled
        (record, model): the gaps themselves, sorted, for a figure.
    medians
        (record, model): the processes' medians, sorted.
    processes, records
        How many processes the record has, and how many records were simulated.
    """

    record: tuple[float, ...]
    middle: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    pooled: tuple[Floats, Floats]
    medians: tuple[Floats, Floats]
    processes: int
    records: int

    @property
    def holds(self) -> bool:
        return all(a <= r <= b for a, r, b in zip(self.low, self.record, self.high, strict=True))


@dataclass(frozen=True)
class Rate:
    """Violations per agreement-year in one kind of year."""

    violations: int
    years: float

    @property
    def rate(self) -> float:
        return self.violations / self.years if self.years > 0 else math.nan


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


@dataclass(frozen=True)
class ViolationsFound:
    """Rates by kind of year, and their ratios to quiet years."""

    rates: Mapping[str, Rate]
    ratios: Mapping[str, Ratio]
    timelines: int
    record: str

    @property
    def holds(self) -> bool:
        return all(ratio.holds for ratio in self.ratios.values())


@dataclass(frozen=True)
class SecrecyFound:
    """Shares of timelines without a leak, simulated and in closed form.

    Attributes
    ----------
    years
        Where compared, shape (g,).
    simulated, exact
        Hazard an insider-year -> shares, shape (g,).
    timelines
        How many for each hazard.
    largest
        The largest difference, in standard errors of the simulated share.
    insiders
        Words on how many there are and how they grow.
    """

    years: Floats
    simulated: Mapping[float, Floats]
    exact: Mapping[float, Floats]
    timelines: int
    largest: float
    insiders: str

    @property
    def holds(self) -> bool:
        return self.largest <= 4.0


# Measuring


def measure_tenure(model: Model, asked: Tenure, data: Path, draws: int = 20_000) -> TenureFound:
    """Compare the law of a leader's time in office with the record of leaders who entered in 1946 or later.

    Parameters
    ----------
    model
        The model.
    asked
        Which clock, which regimes.
    data
        The folder that holds ``asked.file``.
    draws
        As many evenly spaced uniforms make the law's survival curve exact to half of 1/draws.
    """
    import polars as pl
    from scipy import stats

    from timeline.analysis.life_table import read_spells

    spells = read_spells(
        data / asked.file,
        duration="tenure_days",
        event="observed",
        group="regime_at_entry",
        where=pl.col("entered") >= "1946",
    )
    law = _clock(model, asked.clock).law
    parameters = World(model).parameters
    grid = np.linspace(0.0, 12.0, 241)
    at = np.array(asked.years, dtype=np.float64)
    record, simulated, curves, leaders = {}, {}, {}, {}
    for regime, value in asked.regimes.items():
        chosen = spells.of(regime)
        seen = np.asarray(chosen.observed).astype(bool)
        days = np.asarray(chosen.durations, dtype=np.float64)
        kept = stats.ecdf(stats.CensoredData(uncensored=days[seen], right=days[~seen])).sf
        state = blank(model.state)
        setattr(state.a, asked.field, value)
        scope = {"s": state, "p": parameters, "me": state.a, "other": state.b}
        first, second = (_evaluated(part, scope) for part in (law.first, law.second))
        drawn = np.sort([lifetime(law, (k + 0.5) / draws, first, second, 0.0) for k in range(draws)])

        def share(years: Floats, drawn: Floats = drawn) -> Floats:
            return 1.0 - np.searchsorted(drawn, years * YEAR, side="right") / len(drawn)

        record[regime] = tuple(float(x) for x in kept.evaluate(at * YEAR))
        simulated[regime] = tuple(float(x) for x in share(at))
        curves[regime] = (grid, kept.evaluate(grid * YEAR), share(grid))
        leaders[regime] = len(days)
    return TenureFound(asked.years, record, simulated, curves, leaders, asked.within)


def measure_gaps(model: Model, asked: Gaps, data: Path, records: int = 200, seed: int = 1993) -> GapsFound:
    """Compare gaps between steps with the record's, both seen through a window of ten years.

    The first agreement falls on any day of the window alike, the gap that runs beyond its end is not
    seen, and a process without a second agreement is not in the record. Pace, speed, law and bundles
    are the model's own functions; the ladder never runs out.

    Parameters
    ----------
    model
        The model.
    asked
        Which clock.
    data
        The folder that holds ``asked.file``.
    records
        How many records of as many processes to simulate.
    seed
        Of the luck.
    """
    import polars as pl

    rows = pl.read_csv(data / asked.file)
    shown = [np.asarray(gaps, dtype=np.float64) for gaps in rows.group_by("process").agg("gap_days")["gap_days"]]
    simulated = simulate_gaps(model, asked, len(shown), records, np.random.default_rng(seed))
    quartiles = np.array([_six(each) for each in simulated])
    low, middle, high = np.quantile(quartiles, [0.01, 0.5, 0.99], axis=0)
    pooled = np.sort(np.concatenate([gap for each in simulated for gap in each]))
    medians = np.sort([float(np.median(gaps)) for each in simulated for gaps in each])
    return GapsFound(
        record=tuple(_six(shown)),
        middle=tuple(float(x) for x in middle),
        low=tuple(float(x) for x in low),
        high=tuple(float(x) for x in high),
        pooled=(np.sort(np.concatenate(shown)), pooled),
        medians=(np.sort([float(np.median(gaps)) for gaps in shown]), medians),
        processes=len(shown),
        records=records,
    )


def simulate_gaps(
    model: Model, asked: Gaps, processes: int, records: int, random: np.random.Generator
) -> list[list[Floats]]:
    """Return records of gaps in whole days: records x processes x gaps."""
    parameters = World(model, given_values(model, asked.given)).parameters
    mechanism = next(m for m in model.mechanisms if m.name == asked.mechanism)
    clock = _clock(model, asked.clock)
    bundles = _bundles(model, asked, clock, parameters, random)
    made: list[list[Floats]] = []
    for _ in range(records):
        shown: list[Floats] = []
        while len(shown) < processes:
            state = blank(model.state)
            assert mechanism.start is not None
            mechanism.start(state, parameters, [float(x) for x in random.random(mechanism.uniforms)])
            scope = {"s": state, "p": parameters}
            speed = _called(clock.speed, scope)
            first, second = (_evaluated(part, scope) for part in (clock.law.first, clock.law.second))
            left = float(random.uniform(0, WINDOW))
            gaps: list[float] = [0.0] * int(bundles[random.integers(len(bundles))])
            while True:
                wait = lifetime(clock.law, float(random.random()), first, second, 0.0) / speed
                gap = max(1.0, float(round(wait))) if wait < WINDOW else WINDOW
                left -= gap
                if left < 0:
                    break
                gaps += [gap] + [0.0] * int(bundles[random.integers(len(bundles))])
            if gaps:
                shown.append(np.array(gaps))
        made.append(shown)
    return made


def _bundles(
    model: Model, asked: Gaps, clock: Clock, parameters: Any, random: np.random.Generator, count: int = 4000
) -> npt.NDArray[np.int64]:
    """Return how many further steps come on the same day, for many firings of an unused ladder."""
    found = np.empty(count, np.int64)
    state = blank(model.state)
    before = {path: getattr(step, name) for step, path, name in _flags(state)}
    for k in range(count):
        for step, path, name in _flags(state):
            setattr(step, name, before[path])
        uniforms = [float(x) for x in random.random(clock.uniforms)]
        _called(clock.fires, {"s": state, "p": parameters, "u": uniforms})
        found[k] = int(getattr(state, asked.counted)) - 1
    return found


def _flags(state: Any) -> list[tuple[Any, str, str]]:
    """Return (record, path, name) of every flag in an array of the state."""
    return [
        (member, f"{name}[{k}].{own}", own)
        for name, part in state.record.fields.items()
        if isinstance(part, Array)
        for k, member in enumerate(getattr(state, name))
        for own, leaf in member.record.fields.items()
        if getattr(leaf, "kind", None) is bool
    ]


def measure_violations(model: Model, asked: Violations, each: int = 2000, years: float = 15.0) -> ViolationsFound:
    """Compare violations per agreement-year after leader changes with those in quiet years.

    Parameters
    ----------
    model
        The watched model, from `timeline.validation.pairs.observing`.
    asked
        Which flags mark the years.
    each
        Replications for each setting.
    years
        How long timelines are played.
    """
    kinds = {"irregular": asked.irregular, "ordinary": asked.ordinary, "quiet": asked.quiet}
    exposure: dict[str, list[Floats]] = {kind: [] for kind in kinds}
    ended: dict[str, list[Floats]] = {kind: [] for kind in kinds}
    names = member_names(model, asked.cause)
    wanted = [names[cause] for cause in asked.causes]
    for setting in asked.settings:
        rows = play(model, given_values(model, setting.given), years, each)
        violated = np.isin(rows["state"][asked.cause], wanted)
        for kind, flag in kinds.items():
            exposure[kind].append(integral_of(model, rows, flag) / YEAR)
            ended[kind].append((violated & rows["state"][flag]).astype(np.float64))
    lived = {kind: np.concatenate(parts) for kind, parts in exposure.items()}
    struck = {kind: np.concatenate(parts) for kind, parts in ended.items()}
    rates = {kind: Rate(int(struck[kind].sum()), float(lived[kind].sum())) for kind in kinds}
    ratios = {
        kind: _ratio(struck[kind], lived[kind], struck["quiet"], lived["quiet"], band)
        for kind, band in asked.bands.items()
    }
    return ViolationsFound(rates, ratios, each * len(asked.settings), asked.record)


def _ratio(one: Floats, lived: Floats, other: Floats, spent: Floats, band: tuple[float, float]) -> Ratio:
    """Return a ratio of rates; its logarithm's error comes from the influence of each timeline."""
    if not (one.sum() and other.sum()):
        return Ratio(math.nan, math.nan, math.nan, band)
    estimate = float((one.sum() / lived.sum()) / (other.sum() / spent.sum()))
    influence = one / one.sum() - lived / lived.sum() - other / other.sum() + spent / spent.sum()
    error = Z * float(np.sqrt((influence**2).sum()))
    return Ratio(estimate, estimate * math.exp(-error), estimate * math.exp(error), band)


def secrecy_samples(asked: Secrecy) -> Sampled:
    """Return the observation that `measure_secrecy` needs."""
    return Sampled(asked.leaks, every(YEAR / 2, asked.years * YEAR), name="leaks so far")


def measure_secrecy(model: Model, asked: Secrecy, timelines: int = 10_000) -> SecrecyFound:
    """Compare the share of timelines without a leak with its closed form.

    With N insiders, each with hazard c a year, a secret keeps for t years with probability
    exp(-integral of c N). Where the circle grows by k at random moments, w a year, the mean of that over
    the moments is exp(-c n t - w t + w (1 - exp(-c k t)) / (c k)), n being the insiders at the start
    (Grimes 2016 for given N; Campbell's theorem for the Poisson moments).

    Parameters
    ----------
    model
        From `timeline.validation.pairs.observing`, with `secrecy_samples` among its samples.
    asked
        The parameters.
    timelines
        How many for each hazard.
    """
    sampled = secrecy_samples(asked)
    number = next(n for n, o in enumerate(model.observations) if isinstance(o, Sampled) and o.name == sampled.name)
    years = np.array(sampled.days) / YEAR
    without = tuple(m.name for m in model.mechanisms if m.name not in asked.keep)
    simulated, exact, largest = {}, {}, 0.0
    for hazard in asked.hazards:
        given = given_values(model, {**asked.given, asked.per_insider: hazard})
        rows = play(model, given, asked.years + 0.01, timelines, without=without)
        parameters = World(model, given).parameters
        start, widening, more = (
            follow(parameters, path) for path in (asked.at_start, asked.widening, asked.per_widening)
        )
        share = (rows[f"observation_{number}"] == 0).mean(axis=0)
        form = kept_secret(years, hazard, start, widening * YEAR, more)
        error = np.sqrt(np.maximum(form * (1 - form), 0.25 / timelines) / timelines)
        largest = max(largest, float(np.max(np.abs(share - form) / error)))
        simulated[hazard], exact[hazard] = share, form
    words = (
        f"{start:g} insiders at the start and {more:g} more at random moments, {widening * YEAR:g} a year on average"
    )
    return SecrecyFound(years, simulated, exact, timelines, largest, words)


def kept_secret(years: Floats, hazard: float, start: float, widening: float, more: float) -> Floats:
    """Return the chance that a secret has kept for so many years.

    Examples
    --------
    Ten insiders and nobody new; then one new insider at a moment of rate one a year.

    >>> kept_secret(np.array([2.0]), 0.05, 10, 0.0, 1).round(4)
    array([0.3679])
    >>> bool(kept_secret(np.array([2.0]), 0.05, 10, 1.0, 1)[0] < 0.3679)
    True
    """
    grown = -np.expm1(-hazard * more * years) / (hazard * more)
    return np.exp(-hazard * start * years - widening * (years - grown))


# Helpers


def given_values(model: Model, given: Mapping[str, object]) -> dict[str, Number]:
    """Return parameters and levers as a config writes them, as the model's code sees them.

    Raises
    ------
    KeyError, ValueError
        If there is no such path, or the value is wrong.
    """
    known = dict(leaves(model.parameters))
    found: dict[str, Number] = {}
    for path, value in given.items():
        leaf = known[pattern(path)]
        assert isinstance(leaf, (Parameter, Lever))
        found[path] = read_value(leaf, value)
    return found


def _clock(model: Model, name: str) -> Clock:
    return next(clock for m in model.mechanisms for clock in m.clocks if clock.name == name)


def _called(function: Callable[..., Any], scope: Mapping[str, Any]) -> Any:
    return function(*(scope[name] for name in arguments(function)))


def _evaluated(part: Any, scope: Mapping[str, Any]) -> float:
    return float(_called(part, scope)) if callable(part) else float(part)


def _six(processes: list[Floats]) -> list[float]:
    """Return the quartiles of all gaps, and of the processes' medians."""
    pooled = np.quantile(np.concatenate(processes), QUARTERS)
    medians = np.quantile([float(np.median(gaps)) for gaps in processes], QUARTERS)
    return [float(x) for x in (*pooled, *medians)]
