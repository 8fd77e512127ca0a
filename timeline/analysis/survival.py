"""Survival: how many agreements are in force, and for how long they last.

Three questions, three populations, never mixed:

1. *In force at day t*, counted from the start of talks, over all replications.
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
"""

from __future__ import annotations

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import Flags, Floats, share_curve


def in_force(arm: Histories, days: Floats, verified: bool = False) -> pl.DataFrame:
    """Share of all replications whose agreement is in force at each day since the start.

    In force means: signed by that day, and not failed by that day.

    Parameters
    ----------
    arm
        All replications of one arm.
    days
        Shape (g,), days since the start of talks.
    verified
        Ask also that at least half has been verified by that day (no silent dead letter).

    Returns
    -------
    DataFrame
        day, estimate, se, low, high; Wilson 95% intervals of Monte Carlo error.
    """
    begins, stops = spell_in_force(arm, verified)
    count = _by(begins, days) - _by(stops, days)
    return share_curve(days, count, arm.n)


def spell_in_force(arm: Histories, verified: bool = False) -> tuple[Floats, Floats]:
    """First day in force and first day no longer so, each of shape (n,), infinite if never."""
    begins = np.maximum(arm.signed, arm.verified) if verified else arm.signed
    stops = np.where(np.isfinite(begins), np.maximum(arm.lost, begins), np.inf)
    return begins, stops


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


def kept_for(arm: Histories) -> Floats:
    """Days from signature to failure, shape (n,): infinite if it never fails, NaN if never signed."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(arm.signed), arm.lost - arm.signed, np.nan)


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
    kept = np.sort(kept_for(arm)[among])
    n = len(kept)
    curve = share_curve(days, n - np.searchsorted(kept, days, side="right"), n)
    at_risk = n - np.searchsorted(kept, days, side="left")
    return curve.with_columns(pl.Series("at_risk", at_risk, dtype=pl.Int64))


def survival_both_sign(
    cadence: Histories, baseline: Histories, days: Floats, horizon: float, follow_up: float
) -> pl.DataFrame:
    """Survival since signature under each of two arms, among replications that sign under both.

    Parameters
    ----------
    cadence, baseline
        Two arms with the same replications in the same order.
    days
        Shape (g,), days since signature.
    horizon, follow_up
        Days; a signing counts if `follow_up` days were left before the horizon.

    Returns
    -------
    DataFrame
        arm ("cadence" or "baseline"), day, estimate, se, low, high, at_risk.
    """
    both = signed_early(cadence, horizon, follow_up) & signed_early(baseline, horizon, follow_up)
    return pl.concat(
        survival_since_signature(arm, days, both).select(pl.lit(name).alias("arm"), pl.all())
        for name, arm in (("cadence", cadence), ("baseline", baseline))
    )


def count_signings(cadence: Histories, baseline: Histories, horizon: float, follow_up: float) -> dict[str, int]:
    """How many replications sign, early enough to be followed, under which of two arms.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> a = SimpleNamespace(signed=np.array([1.0, 1.0, np.inf]))
    >>> b = SimpleNamespace(signed=np.array([1.0, np.inf, np.inf]))
    >>> count_signings(a, b, horizon=9.0, follow_up=5.0)
    {'both': 1, 'only_cadence': 1, 'only_baseline': 0, 'neither': 1}
    """
    one, other = signed_early(cadence, horizon, follow_up), signed_early(baseline, horizon, follow_up)
    return {
        "both": int((one & other).sum()),
        "only_cadence": int((one & ~other).sum()),
        "only_baseline": int((~one & other).sum()),
        "neither": int((~one & ~other).sum()),
    }


def _by(when: Floats, days: Floats) -> Floats:
    """How many of `when` (n,) have come by each of `days` (g,)."""
    return np.searchsorted(np.sort(when), days, side="right").astype(np.float64)
