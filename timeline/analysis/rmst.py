"""RMST: restricted mean survival time, in days.

The mean number of days kept within a stated window: the area under the curve up to that day.
It is read in days, needs no model, and adds up over replications, so pairing applies to it.
Royston & Parmar (2013), BMC Medical Research Methodology 13:152.
"""

from __future__ import annotations

import numpy as np

from timeline.analysis.histories import Histories
from timeline.arrays import Floats


def days_in_force(arm: Histories, within: float, verified: bool = False) -> Floats:
    """Days an agreement was in force, any one of a replication's, within the first `within` days of talks, shape (n,).

    A replication that never signs has 0 days. With `verified`, days count only from the moment at
    least half has been verified.

    Examples
    --------
    Signed on day 10, lost on day 40; watched for 30 days; then one that lasts, then one never signed.

    >>> from types import SimpleNamespace
    >>> arm = SimpleNamespace(in_force=(np.array([[10.0, 20.0, np.inf]]), np.array([[40.0, np.inf, np.inf]])))
    >>> days_in_force(arm, within=30.0).tolist()
    [20.0, 10.0, 0.0]
    """
    begins, stops = arm.in_force_verified if verified else arm.in_force
    days: Floats = (np.minimum(stops, within) - np.minimum(begins, within)).sum(axis=0)
    return days


def days_kept(arm: Histories, within: float) -> Floats:
    """Days each signed agreement was kept within `within` days of its signature, shape (n,).

    NaN for a replication that never signs: it is no part of this question.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> arm = SimpleNamespace(kept=np.array([30.0, np.inf, np.nan]))
    >>> days_kept(arm, within=100.0).tolist()
    [30.0, 100.0, nan]
    """
    return np.minimum(arm.kept, within)
