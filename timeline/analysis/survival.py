"""Survival: how many agreements are in force, and for how long they last.

Three questions, three populations, never mixed:

1. *In force at day t*, counted from the start of talks, over all replications. Any agreement counts, also one of a
   process that began anew.
2. *Survival since signature*, among those that sign. Arms sign different agreements: a cadence
   that lets only easy talks reach a signature looks good here and may look bad in (1).
3. *Survival since signature among replications that sign under both arms*, which the pairing
   supplies. Which replications these are depends on how the arms share their luck.

A consolidated agreement counts as in force for ever. It is safe by definition, so a cadence that
consolidates sooner buys survival: read gains together with the share consolidated.

No curve here needs a correction for censoring. In (1) every timeline is watched to the horizon.
In (2) and (3) each signing is followed for the same fixed time, and only signings early enough
for that are counted; so whether one is counted never depends on its fate, and survival is a plain
share. A log-rank test is not offered: it assumes independent arms, and these share their luck.

So every curve is made of counts on a grid of days, and counts add up: arms of any length are
counted piece by piece.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import share_curve
from timeline.arrays import Flags, Floats, Places

State = dict[str, Places]
"""All that was counted, by name. States of different replications add up, name by name."""


class InForce:
    """Agreements in force by day since the start, counted piece by piece.

    Parameters
    ----------
    days
        Shape (g,), days since the start of talks.
    verified
        Ask also that at least half has been verified by that day (no silent dead letter).
    """

    def __init__(self, days: Floats, verified: bool = False) -> None:
        self.days = days
        self.verified = verified
        self.n = 0
        self._count = np.zeros(len(days), dtype=np.int64)

    def add(self, arm: Histories) -> None:
        """Count further replications."""
        begins, stops = arm.in_force_verified if self.verified else arm.in_force
        self.n += arm.n
        self._count += come_by(begins.ravel(), self.days) - come_by(stops.ravel(), self.days)

    def state(self) -> State:
        """Return the counts so far."""
        return {"n": np.array([self.n]), "count": self._count}

    def restore(self, state: Mapping[str, Places]) -> None:
        """Go on from counts that were returned earlier, or from the sum of several."""
        self.n, self._count = int(state["n"][0]), state["count"].copy()

    def curve(self) -> pl.DataFrame:
        """Share of all replications whose agreement is in force: day, estimate, se, low, high."""
        return share_curve(self.days, self._count, self.n)


def in_force(arm: Histories, days: Floats, verified: bool = False) -> pl.DataFrame:
    """Share of all replications whose agreement is in force at each day since the start.

    In force means: signed by that day, and not failed by that day; of several agreements any one.

    Parameters
    ----------
    arm
        All replications of one arm.
    days, verified
        As for `InForce`.

    Returns
    -------
    DataFrame
        day, estimate, se, low, high; Wilson 95% intervals of Monte Carlo error.
    """
    found = InForce(days, verified)
    found.add(arm)
    return found.curve()


def signed_early(arm: Histories, horizon: float, follow_up: float) -> Flags:
    """Signed early enough to be followed for `follow_up` days before the horizon, shape (n,).

    Examples
    --------
    A signing on day 60 of 100 can be followed for 40 days, one on day 61 cannot.

    >>> from types import SimpleNamespace
    >>> arm = SimpleNamespace(signed=np.array([60.0, 61.0, np.inf]))
    >>> signed_early(arm, horizon=100.0, follow_up=40.0).tolist()
    [True, False, False]
    """
    return arm.signed <= horizon - follow_up


class SinceSignature:
    """Agreements not failed by day since their signature, counted piece by piece.

    Parameters
    ----------
    days
        Shape (g,), days since signature, none beyond the follow-up.
    """

    def __init__(self, days: Floats) -> None:
        self.days = days
        self.n = 0
        self._failed = np.zeros(len(days), dtype=np.int64)
        self._failed_before = np.zeros(len(days), dtype=np.int64)

    def add(self, kept: Floats) -> None:
        """Count further agreements, by the days each was kept, shape (n,); see `Histories.kept`."""
        in_order = np.sort(kept)
        self.n += len(kept)
        self._failed += np.searchsorted(in_order, self.days, side="right")
        self._failed_before += np.searchsorted(in_order, self.days, side="left")

    def state(self) -> State:
        """Return the counts so far."""
        return {"n": np.array([self.n]), "failed": self._failed, "failed before": self._failed_before}

    def restore(self, state: Mapping[str, Places]) -> None:
        """Go on from counts that were returned earlier, or from the sum of several."""
        self.n, self._failed = int(state["n"][0]), state["failed"].copy()
        self._failed_before = state["failed before"].copy()

    def curve(self) -> pl.DataFrame:
        """Share that has not failed: day, estimate, se, low, high, at_risk."""
        curve = share_curve(self.days, self.n - self._failed, self.n)
        return curve.with_columns(pl.Series("at_risk", self.n - self._failed_before, dtype=pl.Int64))


def survival_since_signature(arm: Histories, days: Floats, among: Flags) -> pl.DataFrame:
    """Share of signed agreements that have not failed, by days since their signature.

    Parameters
    ----------
    arm
        All replications of one arm.
    days
        Shape (g,), days since signature, none beyond the follow-up.
    among
        Shape (n,): which replications to follow, see `signed_early`.

    Returns
    -------
    DataFrame
        day, estimate, se, low, high, at_risk. `at_risk` counts agreements not failed before that
        day, the consolidated ones included. All null, at_risk 0, if nobody signed.
    """
    found = SinceSignature(days)
    found.add(arm.kept[among])
    return found.curve()


class BothSign:
    """Two arms where both sign, counted piece by piece.

    Parameters
    ----------
    days
        Shape (g,), days since signature.
    horizon, follow_up
        Days; a signing counts if `follow_up` days were left before the horizon.
    """

    def __init__(self, days: Floats, horizon: float, follow_up: float) -> None:
        self._horizon, self._follow_up = horizon, follow_up
        self._cadence, self._baseline = SinceSignature(days), SinceSignature(days)
        self._counts: Counter[str] = Counter()

    def add(self, cadence: Histories, baseline: Histories) -> None:
        """Count further replications, the same in the same order under both arms."""
        both = signed_early(cadence, self._horizon, self._follow_up)
        both = both & signed_early(baseline, self._horizon, self._follow_up)
        self._cadence.add(cadence.kept[both])
        self._baseline.add(baseline.kept[both])
        self._counts.update(count_signings(cadence, baseline, self._horizon, self._follow_up))

    def state(self) -> State:
        """Return the counts so far."""
        counts = {name: np.array([count]) for name, count in self._counts.items()}
        for arm, found in (("cadence", self._cadence), ("baseline", self._baseline)):
            counts |= {f"{arm}: {name}": count for name, count in found.state().items()}
        return counts

    def restore(self, state: Mapping[str, Places]) -> None:
        """Go on from counts that were returned earlier, or from the sum of several."""
        self._counts = Counter({name: int(count[0]) for name, count in state.items() if ": " not in name})
        for arm, found in (("cadence", self._cadence), ("baseline", self._baseline)):
            before = f"{arm}: "
            found.restore({name.removeprefix(before): count for name, count in state.items() if before in name})

    def curves(self) -> pl.DataFrame:
        """Survival since signature: arm ("cadence" or "baseline"), day, estimate, se, low, high, at_risk."""
        return pl.concat(
            found.curve().select(pl.lit(name).alias("arm"), pl.all())
            for name, found in (("cadence", self._cadence), ("baseline", self._baseline))
        )

    def counts(self) -> dict[str, int]:
        """How many sign under which arm; see `count_signings`."""
        return dict(self._counts)


def survival_both_sign(
    cadence: Histories, baseline: Histories, days: Floats, horizon: float, follow_up: float
) -> pl.DataFrame:
    """Survival since signature under each of two arms, among replications that sign under both.

    Parameters
    ----------
    cadence, baseline
        Two arms with the same replications in the same order.
    days, horizon, follow_up
        As for `BothSign`.

    Returns
    -------
    DataFrame
        arm ("cadence" or "baseline"), day, estimate, se, low, high, at_risk.
    """
    found = BothSign(days, horizon, follow_up)
    found.add(cadence, baseline)
    return found.curves()


def count_signings(cadence: Histories, baseline: Histories, horizon: float, follow_up: float) -> dict[str, int]:
    """How many replications sign, early enough to be followed, under which of two arms.

    Those that sign later are counted apart for each arm: late_cadence, late_baseline. A replication that signs late
    under one arm may sign in time under the other.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> a = SimpleNamespace(signed=np.array([1.0, 1.0, np.inf]))
    >>> b = SimpleNamespace(signed=np.array([1.0, np.inf, np.inf]))
    >>> count_signings(a, b, horizon=9.0, follow_up=5.0)
    {'both': 1, 'only_cadence': 1, 'only_baseline': 0, 'neither_or_too_late': 1, 'late_cadence': 0, 'late_baseline': 0}
    """
    one, other = signed_early(cadence, horizon, follow_up), signed_early(baseline, horizon, follow_up)
    return {
        "both": int((one & other).sum()),
        "only_cadence": int((one & ~other).sum()),
        "only_baseline": int((~one & other).sum()),
        "neither_or_too_late": int((~one & ~other).sum()),
        "late_cadence": int((np.isfinite(cadence.signed) & ~one).sum()),
        "late_baseline": int((np.isfinite(baseline.signed) & ~other).sum()),
    }


def come_by(when: Floats, days: Floats) -> Places:
    """How many of `when` (n,) have come by each of `days` (g,).

    Examples
    --------
    >>> come_by(np.array([5.0, np.inf, 1.0]), np.array([0.0, 1.0, 9.0])).tolist()
    [0, 1, 2]
    """
    return np.searchsorted(np.sort(when), days, side="right")
