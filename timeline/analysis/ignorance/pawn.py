"""PAWN: the largest distance between the outcome's cumulative law in a class of a driver and in all worlds.

Pianosi & Wagener (2018, Environmental Modelling & Software 108:197-207): the Kolmogorov-Smirnov distance, the median
over classes. It heeds any change of the law, sees extremes no more than other worlds, and is between 0 and 1.
"""

from __future__ import annotations

import numpy as np

from timeline.analysis.ignorance.moment_free import class_shares
from timeline.arrays import Floats, Places

BINS = 100
"""Equally full bins of the outcome between whose borders the laws are compared."""


def pawn(classes: Places, outcome: Floats, shares: Floats) -> Floats:
    """Return each driver's PAWN index (median), shape (drivers,).

    Parameters
    ----------
    classes
        Of each driver in each world, (worlds, drivers); see `timeline.analysis.ignorance.moment_free.classes_of`.
    outcome, shares
        Of each world, shape (worlds,).

    Examples
    --------
    >>> classes = (np.arange(1000) // 100)[:, None]
    >>> float(pawn(classes, np.arange(1000.0), np.full(1000, 0.001))[0].round(2))  # truth: .9, .8, .7, .6, .5, .5, ...
    0.7
    """
    mass = class_shares(classes, bins_of(outcome, shares, BINS), BINS, shares)
    within = mass.sum(axis=2, keepdims=True)
    laws = np.cumsum(mass / np.where(within > 0, within, 1.0), axis=2)
    everywhere = np.cumsum(mass.sum(axis=1, keepdims=True) / mass.sum(axis=(1, 2), keepdims=True), axis=2)
    distances = np.where(within[:, :, 0] > 0, np.abs(laws - everywhere).max(axis=2), np.nan)
    return np.asarray(np.nanmedian(distances, axis=1))


def bins_of(outcome: Floats, shares: Floats, bins: int) -> Places:
    """Return each world's bin of the outcome, from 0; bins are equally full but for ties, shape (worlds,)."""
    _, place = np.unique(outcome, return_inverse=True)
    mass = np.bincount(place, weights=shares)
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    return np.asarray(np.minimum((middle * bins).astype(np.int64), bins - 1)[place])
