r"""Stopping: when intervals are narrow enough, and how many more replications it may take.

**The rule.** Replications are added in few stages. After each, every wanted 95% interval is computed as the
report will compute it, and playing ends as soon as none is wider than asked. This is the rule of Chow & Robbins
(1965), Annals of Mathematical Statistics 36(2):457-462, whose intervals hold as often as they say once they are
narrow.

**Why it does not stop by luck.** A sequence of looks ends most easily where the variance happens to look small, so
such intervals hold less often than they say (Law, Kelton & Koenig 1981, Communications in Statistics B10(1):29-39;
Singham & Schruben 2012, INFORMS Journal on Computing 24(4):624-635). Chow & Robbins add :math:`1/n` to the
variance, and Glynn & Whitt (1992), Annals of Applied Probability 2(1):180-198, a vanishing :math:`a(n)` to the half
width, so that no early variance of 0 ends it. Neither has a scale. Here the outcome gives one: the interval
itself holds two imaginary replications at the largest differences that there can be
(`timeline.analysis.intervals.bounded_mean`). With all tied its half width is :math:`z \sqrt 2 B / n`, so the
rule has a smallest sample, as large as the asked precision calls for. Besides, there are few looks: the first
after 1,000 replications or more, each next one where the intervals seem narrow enough, at least a tenth and at
most twice as far.

**What cannot be waited for.** An interval that is not defined, since nobody reaches an accord under some cadence, is
left out of the rule and named. So is one of a mean without bounds that has not varied yet: it is narrow for want of
variance, not for being known.

``make coverage`` measures how often the intervals hold when playing stops by this rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from timeline.analysis.contrasts import Comparison
from timeline.analysis.estimates import Estimate
from timeline.analysis.intervals import Summary, Z, bounded_mean, wilson
from timeline.analysis.samples import Sample
from timeline.study.yardsticks import Yardstick

#: Looks are taken at whole thousands, which part files hold.
STEP = 1_000
_GROWTH = (1.1, 2.0)
# What seems needed is itself uncertain; a little more saves a look.
_RESERVE = 1.03
# More than any half width that a config may ask for takes.
_MOST_TIMES = 1e24

Outlook = Callable[[float], Mapping[str, tuple[float, str]]]
"""Of a factor: for each cadence half the width of its interval after so many times as many replications, and a note."""


class Look(NamedTuple):
    """How wide the intervals are.

    Attributes
    ----------
    replications
        Of each arm.
    half_width
        Half the width of the widest interval; NaN if none is defined.
    scenario, cadence
        Whose it is.
    needed
        Replications of each arm after which all seem narrow enough; if they are already, those that there are.
    left_out
        Sentences on intervals that are not defined.
    """

    replications: int
    half_width: float
    scenario: str
    cadence: str
    needed: float
    left_out: tuple[str, ...]


class Watch:
    """One measure under all cadences of a scenario, whose intervals are watched while replications are added.

    Parameters
    ----------
    measure
        A share, or a mean with a span.
    cadences, baseline
        Their names, and the one that the others are compared with.
    of
        "contrasts" or "estimates".

    Examples
    --------
    >>> import numpy as np
    >>> def of(*values): return Sample(np.array(values), np.ones(len(values), dtype=bool))
    >>> days = Yardstick("d", "Days", "all", "days", "higher", "mean", "days kept", span=10.0)
    >>> watch = Watch(days, ["silence", "monthly"], "silence", "contrasts")
    >>> watch.add({"silence": of(*[1.0] * 998), "monthly": of(*[1.0] * 998)})
    >>> half, note = watch.outlook()(1.0)["monthly"]
    >>> round(half, 4), note[:8]
    (0.0277, 'the same')
    """

    def __init__(self, measure: Yardstick, cadences: Sequence[str], baseline: str, of: str) -> None:
        self.n = 0
        self._comparison = Comparison(measure, cadences, baseline) if of == "contrasts" else None
        self._estimates = {} if self._comparison else {name: Estimate(measure) for name in cadences}

    def add(self, samples: Mapping[str, Sample]) -> None:
        """Add further replications: for every cadence, one value for each of the same n."""
        self.n += len(next(iter(samples.values())).values)
        if self._comparison is not None:
            self._comparison.add(samples)
        for name, estimate in self._estimates.items():
            estimate.add(samples[name])

    def intervals(self) -> dict[str, tuple[float, float]]:
        """Return the intervals that the report will show, by cadence."""
        if self._comparison is not None:
            return {name: (one.low, one.high) for name, one in self._comparison.contrasts().items()}
        found = {name: estimate.summary() for name, estimate in self._estimates.items()}
        return {name: (one.low, one.high) for name, one in found.items()}

    def outlook(self) -> Outlook:
        """Return how wide the intervals would be with so many times as many replications of the same make."""
        if self._comparison is not None:
            contrasts = self._comparison.outlook()
            return lambda times: {name: ((one.high - one.low) / 2, one.note) for name, one in contrasts(times).items()}
        found = {name: (estimate.measure, estimate.summary()) for name, estimate in self._estimates.items()}
        return lambda times: {
            name: (_half_of_estimate(measure, summary, times), summary.note)
            for name, (measure, summary) in found.items()
        }


def look(watches: Mapping[str, Watch], half_width: float, fewer: bool = False) -> Look:
    """Look at all intervals of all scenarios.

    Parameters
    ----------
    watches
        By scenario, with the same replications.
    half_width
        How wide they may be.
    fewer
        Whether to find out how many are needed even if fewer are than there are.
    """
    replications = next(iter(watches.values())).n
    outlooks = {scenario: watch.outlook() for scenario, watch in watches.items()}
    left_out, widths = [], {}
    for scenario, outlook in outlooks.items():
        for cadence, (half, note) in outlook(1.0).items():
            if not half > 0:  # 0 only where nothing varied and nothing bounds what may still come
                left_out.append(f"{say_arm(scenario, cadence)}: {note}")
            else:
                widths[scenario, cadence] = half
    if not widths:
        return Look(replications, math.nan, "", "", math.nan, tuple(left_out))
    scenario, cadence = max(widths, key=lambda arm: widths[arm])

    def widest(times: float) -> float:
        return max(half for outlook in outlooks.values() for half, _ in outlook(times).values() if not math.isnan(half))

    enough = widths[scenario, cadence] <= half_width and not fewer
    needed = replications * (1.0 if enough else times_needed(widest, half_width))
    return Look(replications, widths[scenario, cadence], scenario, cadence, needed, tuple(left_out))


def say_arm(scenario: str, cadence: str) -> str:
    """Name an arm; a config without scenarios has a single one, "default".

    Examples
    --------
    >>> say_arm("default", "monthly"), say_arm("calm", "monthly")
    ('monthly', 'monthly in scenario calm')
    """
    return cadence if scenario == "default" else f"{cadence} in scenario {scenario}"


def times_needed(half: Callable[[float], float], half_width: float) -> float:
    """Return how many times as many replications make an interval narrow enough.

    Parameters
    ----------
    half
        Half the width after so many times as many replications; it falls.
    half_width
        What it shall be.

    Examples
    --------
    >>> round(times_needed(lambda times: 10 / math.sqrt(times), 5.0), 2)
    4.0
    >>> times_needed(lambda times: 1.0, 5.0) < 0.01
    True
    """
    from scipy.optimize import brentq

    def too_wide(log_times: float) -> float:
        return math.log(max(half(math.exp(log_times)), 1e-300) / half_width)

    ends = math.log(1e-3), math.log(_MOST_TIMES)
    if too_wide(ends[0]) <= 0:
        return math.exp(ends[0])
    if too_wide(ends[1]) > 0:
        return math.inf
    return math.exp(float(brentq(too_wide, *ends, xtol=1e-4)))


def next_stage(replications: int, needed: float, at_most: int) -> int:
    """Return after how many replications to look again.

    Examples
    --------
    >>> next_stage(4_000, 5_900, 50_000), next_stage(4_000, 90_000, 50_000), next_stage(40_000, 90_000, 50_000)
    (7000, 8000, 50000)
    """
    least, most = (factor * replications for factor in _GROWTH)
    wanted = min(max(_RESERVE * needed, least), most)
    return min(math.ceil(wanted / STEP) * STEP, at_most)


def stages(first: int, at_most: int, look_at: Callable[[int], Look], half_width: float) -> Iterable[Look]:
    """Yield look after look, until the intervals are narrow enough or nothing more may be played.

    Parameters
    ----------
    first, at_most
        Replications before the first look, and at the last.
    look_at
        Plays up to so many, and looks.
    half_width
        How wide intervals may be.
    """
    replications = first
    while True:
        found = look_at(replications)
        yield found
        # What is not defined is not waited for.
        if not found.half_width > half_width or replications >= at_most:
            return
        replications = next_stage(replications, found.needed, at_most)


def _half_of_estimate(measure: Yardstick, summary: Summary, times: float) -> float:
    """Half the width of one cadence's interval after so many times as many replications of the same make."""
    n = summary.n * times
    if math.isnan(summary.low):
        return math.nan
    if measure.span == math.inf:
        return Z * summary.se / math.sqrt(times)
    if measure.statistic == "share":
        _, _, low, high = (float(x) for x in wilson(summary.estimate * n, n))
    else:
        squares = summary.se**2 * summary.n * (summary.n - 1) * times
        low, high = bounded_mean(summary.estimate, squares, n, (0.0, measure.span))
    return (high - low) / 2
