r"""Borgonovo's delta: how far, on average, the outcome's density moves when a driver becomes known.

:math:`\delta = \tfrac12 E \int |f_Y - f_{Y|X}| \, dy` (Borgonovo 2007, Reliability Engineering & System Safety
92:771-784), between 0 (nothing) and 1. From worlds already played (Plischke, Borgonovo & Smith 2013, European Journal
of Operational Research 226:536-550): densities in classes of the driver, smoothed. Since no increasing transformation
of the outcome changes delta, densities are taken of its ranks, with reflection at both ends; a heap of equal outcomes
is one rank.
"""

from __future__ import annotations

import numpy as np

from timeline.analysis.ignorance.moment_free import class_shares
from timeline.analysis.ignorance.pawn import bins_of
from timeline.arrays import Floats, Places

BINS = 64
BREADTH = 0.1
"""Deviation of the smoothing kernel, as a share of the ranks."""


def delta(classes: Places, outcome: Floats, shares: Floats) -> Floats:
    """Return each driver's delta, shape (drivers,); arguments as for `timeline.analysis.ignorance.pawn.pawn`.

    Examples
    --------
    >>> classes = (np.arange(1000) // 100)[:, None]
    >>> float(delta(classes, np.arange(1000.0), np.full(1000, 0.001))[0].round(1))  # smoothed; 0.9 is the truth
    0.6
    """
    mass = class_shares(classes, bins_of(outcome, shares, BINS), BINS, shares) @ _KERNEL
    within = mass.sum(axis=2, keepdims=True)
    total = within.sum(axis=1, keepdims=True)
    everywhere = mass.sum(axis=1, keepdims=True) / total
    apart = np.abs(mass / np.where(within > 0, within, 1.0) - everywhere).sum(axis=2)
    return np.asarray((apart * within[:, :, 0] / total[:, 0]).sum(axis=1) / 2)


def _reflecting_kernel() -> Floats:
    """Return what each bin gives to each other, shape (bins, bins): a normal kernel, reflected at both ends."""
    at = (np.arange(BINS) + 0.5) / BINS
    images = np.concatenate([at, -at, 2 - at])
    pull = np.exp(-(((at[:, None] - images) / BREADTH) ** 2) / 2).reshape(BINS, 3, BINS).sum(axis=1)
    return np.asarray(pull / pull.sum(axis=1, keepdims=True))


_KERNEL = _reflecting_kernel()
