"""Time to an answer: how many more days is an agreement in force, within five years, under one cadence than another?

The figure is the analysis's ``rmst_in_force_1826``: the mean number of days in force within the first five years of
talks, over all replications. It is to be known to within 5 days, at 95%, for quarterly reports from the accord on
against silence. Ours plays both cadences on the same luck with the compiled engine; a hand-written SimPy
program (`twin`) plays each with seeds of its own. How many replications either needs follows from the variances:
of the paired difference, and the sum of the two. Both watch five years only: more is not asked.

The differences are skewed: four pairs in five do not differ at all, and some by years. So a variance read from
the few replications that the answer needs is itself off by a fifth; the numbers come from a larger sample of
pairs, and the interval of a single run may be a little wider or narrower than 5 days.

The compiled side is really run to its number. The SimPy side would take minutes to hours, so its time is its
number times what one replication of each cadence takes. Its variances are taken from the compiled engine's
replications, of which there are more, since both follow one law (tests/test_benchmarks_twin.py). What it takes to learn
the variances beforehand is counted on neither side, nor is compilation.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import numpy as np
import twin
from alternate import Line, alternate
from twin_story import Outcome

from timeline.engines import compiled
from timeline.engines.world import World
from timeline.model.units import YEAR

WITHIN = 5 * YEAR
PRECISION = 5.0  # days either way, at 95%
Z = statistics.NormalDist().inv_cdf(0.975)
BASELINE, CADENCE = "silence", "quarterly-from-accord"
TARGET = 4_000.0
Floats = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Needed:
    """How many replications of each cadence make the difference known to within `PRECISION`.

    Attributes
    ----------
    paired
        With common random numbers.
    independent
        With seeds of their own.
    """

    paired: int
    independent: int


@dataclass(frozen=True)
class Answer:
    """The difference in days, and half the width of its 95% interval."""

    difference: float
    within: float


def arms() -> tuple[World, World]:
    """Return the two cadences, each watched for five years."""
    baseline, cadence = (replace(twin.worlds()[name], horizon=WITHIN) for name in (BASELINE, CADENCE))
    return baseline, cadence


def in_force(rows: np.ndarray[Any, np.dtype[np.void]]) -> Floats:
    """Return the days in force within the first five years of talks, shape (n,)."""
    state = rows["state"]
    signed = np.nan_to_num(state["signed_day"], nan=np.inf)
    failed = np.isin(state["outcome"], (Outcome.ABANDONED, Outcome.COLLAPSED))
    lost = np.where(failed & np.isfinite(signed), state["day"], np.inf)
    return np.asarray(np.minimum(lost, WITHIN) - np.minimum(signed, WITHIN))


def needed(baseline: Floats, cadence: Floats) -> Needed:
    """Read from a first sample of pairs how many replications are needed.

    Examples
    --------
    Two cadences that differ by 10 days or by 30, each with a variance of its own.

    >>> needed(np.array([0.0, 100.0, 0.0, 100.0]), np.array([10.0, 110.0, 30.0, 130.0]))
    Needed(paired=21, independent=1045)
    """
    per_variance = (Z / PRECISION) ** 2
    paired = float(np.var(cadence - baseline, ddof=1))
    independent = float(np.var(cadence, ddof=1) + np.var(baseline, ddof=1))
    return Needed(math.ceil(per_variance * paired), math.ceil(per_variance * independent))


def answer(replications: int, seed: int) -> Answer:
    """Play both cadences on the same luck with the compiled engine, and compare them."""
    baseline, cadence = (in_force(compiled.rows(replace(arm, seed=seed), 0, replications)) for arm in arms())
    difference = cadence - baseline
    error = float(difference.std(ddof=1)) / math.sqrt(replications)
    return Answer(float(difference.mean()), Z * error)


def measure(quick: bool) -> list[Line]:
    """Time both ways to the answer."""
    pilot, rounds, twins = (5_000, 2, 30) if quick else (100_000, 9, 200)
    enough = needed(*(in_force(compiled.play(arm, 0, pilot)) for arm in arms()))
    seed = arms()[0].seed + 1  # other luck than the pilot's
    seconds = alternate(_programs(enough, twins, seed), rounds)
    by_hand = [enough.independent * each for each in seconds["hand-written"]]
    times = [theirs / ours for theirs, ours in zip(by_hand, seconds["compiled"], strict=True)]
    middle = statistics.median(times)
    found = answer(enough.paired, seed)
    low, high = found.difference - found.within, found.difference + found.within
    pairing = enough.independent / enough.paired
    sized = f"by the variance of {pilot:,} pairs"
    run = f"really run: {enough.paired:,} pairs of other luck; the 95% interval of this run"
    guessed = f"extrapolated from {twins * rounds:,} replications of each cadence"
    gain = f"{pairing:.3g} times fewer replications by pairing, {middle / pairing:.3g} times less time for each"
    what = f"days in force within 5 years, {CADENCE} against {BASELINE}"
    return [
        Line("answer", what, found.difference, low, high, "days", note=run),
        _line("common random numbers, each cadence", [enough.paired], "replications", sized),
        _line("independent seeds, each cadence", [enough.independent], "replications", sized),
        _line("time to the answer, compiled, common random numbers", seconds["compiled"], "s", "really run"),
        _line("time to the answer, hand-written SimPy, independent seeds", by_hand, "s", guessed),
        Line("answer", "time to the answer, compiled against hand-written SimPy", middle, min(times), max(times),
            "times", TARGET, middle >= TARGET, gain),
    ]  # fmt: skip


def _line(what: str, values: list[float] | list[int], unit: str, note: str) -> Line:
    low, high = (min(values), max(values)) if len(values) > 1 else (math.nan, math.nan)
    return Line("answer", what, statistics.median(values), low, high, unit, note=note)


def _programs(enough: Needed, twins: int, seed: int) -> dict[str, Callable[[], int]]:
    """One answer is the unit of the compiled side, one replication of each cadence that of the other."""
    rng = Random(seed)

    def ours() -> int:
        answer(enough.paired, seed)
        return 1

    def by_hand() -> int:
        for arm in arms():
            for _ in range(twins):
                twin.play(arm.parameters, WITHIN, rng)
        return twins

    return {"compiled": ours, "hand-written": by_hand}
