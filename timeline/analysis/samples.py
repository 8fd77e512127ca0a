"""Samples: what a yardstick reads of each replication of an arm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from timeline.analysis.histories import Histories
from timeline.analysis.rmst import days_in_force, days_kept
from timeline.arrays import Flags, Floats
from timeline.study.yardsticks import Reading, Yardstick


class Sample(NamedTuple):
    """One value a replication, and whether the replication counts; both of shape (n,)."""

    values: Floats
    among: Flags


def sample(yardstick: Yardstick, arm: Histories) -> Sample:
    """Return what a yardstick reads of each replication.

    Parameters
    ----------
    yardstick
        Of `timeline.study.yardsticks.declare_yardsticks`.
    arm
        What became of n replications of one arm.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> signed = Yardstick("signed", "Signed", "all replications", "share", "higher", "share", "signed")
    >>> sample(signed, SimpleNamespace(signed=np.array([10.0, np.inf]))).values.tolist()
    [1.0, 0.0]
    """
    return _READERS[yardstick.reading](arm, *yardstick.detail)


def _everyone(values: Floats | Flags) -> Sample:
    return Sample(values.astype(np.float64), np.ones(len(values), dtype=np.bool_))


def _among(values: Floats | Flags, among: Flags) -> Sample:
    # Outside the population a value is 0, so that no NaN enters the sums of a contrast.
    return Sample(np.where(among, values, 0.0), among)


def _in_force_on(arm: Histories, day: float, verified: bool) -> Sample:
    begins, stops = arm.in_force_verified if verified else arm.in_force
    return _everyone(np.asarray(((begins <= day) & (stops > day)).any(axis=0)))


def _in_force_after_accord(arm: Histories, day: float) -> Sample:
    return _among(_in_force_on(arm, day, verified=False).values, np.isfinite(arm.accord))


def _days_in_force(arm: Histories, within: float, verified: bool) -> Sample:
    return _everyone(days_in_force(arm, within, verified))


def _kept_for(arm: Histories, within: float, latest_signing: float) -> Sample:
    return _among(arm.kept > within, arm.signed <= latest_signing)


def _days_kept(arm: Histories, within: float, latest_signing: float) -> Sample:
    return _among(days_kept(arm, within), arm.signed <= latest_signing)


def _if_there(values: Floats) -> Sample:
    return _among(values, ~np.isnan(values))


def _if_reached(day: Floats) -> Sample:
    return _among(day, np.isfinite(day))


_READERS: Mapping[Reading, Callable[..., Sample]] = {
    "in force on": _in_force_on,
    "in force after accord": _in_force_after_accord,
    "days in force": _days_in_force,
    "kept for": _kept_for,
    "days kept": _days_kept,
    "signed": lambda arm: _everyone(np.isfinite(arm.signed)),
    "ended": lambda arm, outcome: _everyone(arm.ended(outcome)),
    "hostility": lambda arm: _if_there(arm.hostility),
    "further": lambda arm, place: _if_there(arm.further[place]),
    "accord by": lambda arm, day: _everyone(np.minimum(arm.accord, day)),
    "accord day": lambda arm: _if_reached(arm.accord),
    "signed day": lambda arm: _if_reached(arm.signed),
}
