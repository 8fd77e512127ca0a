"""Causes: cumulative incidence, the share that has failed by each cause by each day.

A cause is proximate: the clock that fired last. What would have happened without a mechanism is
another question, answered by playing the same replications without it; those shares need not add
up to one. Causes compete: removing one leaves more timelines for the others.

Every timeline is followed for the same time, so a cumulative incidence is a plain share, and
equals the Aalen-Johansen estimate. A failure without a cause of its own, such as talks
abandoned, is its own cause.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from timeline.analysis.histories import Histories
from timeline.analysis.intervals import Flags, Floats, share_curve
from timeline.analysis.survival import kept_for
from timeline.endpoints import Endpoints


def known_causes(arms: Iterable[Histories], endpoints: Endpoints) -> tuple[str, ...]:
    """Every cause to report: those the model lists, then others seen, by name.

    Examples
    --------
    >>> known_causes([], Endpoints(phases=(("talks", None),), causes=("breach",)))
    ('breach',)
    """
    seen = {cause for arm in arms for cause in arm.cause.drop_nulls().unique().to_list()}
    return (*endpoints.causes, *sorted(seen - set(endpoints.causes)))


def incidence_since_start(arm: Histories, causes: Iterable[str], days: Floats) -> pl.DataFrame:
    """Share of all replications that failed by each cause by each day since the start.

    Returns
    -------
    DataFrame
        day, cause, share, se, low, high; for each cause in order, all `days` (g,).
    """
    return _incidence(arm, causes, days, arm.lost, np.ones(arm.n, dtype=np.bool_))


def incidence_since_signature(arm: Histories, causes: Iterable[str], days: Floats, among: Flags) -> pl.DataFrame:
    """Share of signed agreements that failed by each cause, by days since their signature.

    `among` (n,) says which signings to follow; see `timeline.analysis.survival.signed_early`.

    Returns
    -------
    DataFrame
        day, cause, share, se, low, high; null where nobody signed.
    """
    return _incidence(arm, causes, days, kept_for(arm), among)


def _incidence(arm: Histories, causes: Iterable[str], days: Floats, when: Floats, among: Flags) -> pl.DataFrame:
    n = int(among.sum())
    curves = []
    for cause in causes:
        failed_so = (arm.cause == cause).fill_null(False).to_numpy()
        failures = np.sort(when[among & failed_so])
        curve = share_curve(days, np.searchsorted(failures, days, side="right"), n)
        curves.append(
            curve.select("day", pl.lit(cause).alias("cause"), pl.col("estimate").alias("share"), "se", "low", "high")
        )
    return pl.concat(curves) if curves else _NONE


_NONE = pl.DataFrame(
    schema={
        "day": pl.Float64,
        "cause": pl.String,
        "share": pl.Float64,
        "se": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
    }
)
