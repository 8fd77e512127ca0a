"""One line of the table: how often one kind of interval held."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Flags, Floats


class Row(NamedTuple):
    """How often the intervals of repeated experiments held the true value.

    Attributes
    ----------
    interval
        What kind of interval.
    outcome
        What was drawn, in words.
    truth
        Where the true value comes from.
    experiments
        How many were repeated.
    nominal, coverage
        The share that should hold, and that did; of simultaneous intervals, all of an experiment at once.
    error
        Monte Carlo standard error of that share.
    replications
        Mean number in an experiment.
    half_width
        Mean half width, of the widest interval of each experiment.
    unit
        Of the half width: "share", "days" or "number".
    """

    interval: str
    outcome: str
    truth: str
    experiments: int
    nominal: float
    coverage: float
    error: float
    replications: float
    half_width: float
    unit: str


def count(
    interval: str,
    outcome: str,
    truth: str,
    held: Flags,
    half_widths: Floats,
    replications: Floats | int,
    unit: str,
    nominal: float = CONFIDENCE,
) -> Row:
    """Count how often intervals held.

    Parameters
    ----------
    interval, outcome, truth, unit, nominal
        As in `Row`.
    held, half_widths, replications
        One an experiment, shape (experiments,).

    Examples
    --------
    >>> held = np.array([True, True, True, False])
    >>> row = count("Wilson", "a coin", "set", held, np.full(4, 0.1), 50, "share")
    >>> row.coverage, round(row.error, 3), row.replications
    (0.75, 0.217, 50.0)
    """
    share = float(np.mean(held))
    return Row(
        interval=interval,
        outcome=outcome,
        truth=truth,
        experiments=len(held),
        nominal=nominal,
        coverage=share,
        error=float(np.sqrt(share * (1 - share) / len(held))),
        replications=float(np.mean(replications)),
        half_width=float(np.mean(half_widths)),
        unit=unit,
    )
