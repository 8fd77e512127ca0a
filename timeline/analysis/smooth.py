"""The smooth surface behind a Sobol design: thin-plate splines, as smooth as points left out say they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.interpolate import RBFInterpolator

from timeline.arrays import Floats

#: With more points, each place is told by its neighbours only: all together would take the cube of their number.
_TOGETHER, _NEIGHBOURS = 1_000, 80
_FOLDS, _HELD_OUT = 5, 400
_SMOOTHINGS = (*np.logspace(-5, 2, 8).tolist(), 1e6)


@dataclass(frozen=True)
class Smooth:
    """A fitted surface.

    Attributes
    ----------
    smoothing
        Weight of the curvature; at the largest the surface is a plane.
    explained
        Share of the variance of points left out that the surface told beforehand; at most 1, negative if it is
        worse than their mean. NaN if the points do not differ.
    """

    smoothing: float
    explained: float
    _fit: Any
    _about: float
    _scale: float

    def at(self, places: Floats) -> Floats:
        """Return the surface at some places (n, keys), each a part between 0 and 1 along each key."""
        if self._fit is None:
            return np.full(len(places), self._about)
        found: Floats = self._about + self._scale * self._fit(places)
        return found


def smooth(places: Floats, values: Floats) -> Smooth:
    """Fit a surface to points.

    Parameters
    ----------
    places
        Shape (points, keys), parts between 0 and 1.
    values
        Shape (points,).

    Returns
    -------
    Smooth
        The thin-plate spline (`scipy.interpolate.RBFInterpolator`; Duchon 1977) whose smoothing tells points
        left out best, in five folds.

    Examples
    --------
    >>> places = np.random.default_rng(1).random((64, 2))
    >>> found = smooth(places, 3.0 + 2.0 * places[:, 0])
    >>> found.at(np.array([[0.5, 0.1], [0.25, 0.9]])).round(3).tolist()
    [4.0, 3.5]
    """
    about, scale = float(values.mean()), float(values.std())
    # What rounding alone has made is no surface.
    if not scale > 1e-9 * max(1.0, abs(about)):
        return Smooth(np.inf, np.nan, None, about, 0.0)
    own = (values - about) / scale
    folds = np.arange(len(values)) % _FOLDS
    errors = np.zeros(len(_SMOOTHINGS))
    count = 0
    for fold in range(_FOLDS):
        held = np.flatnonzero(folds == fold)[:_HELD_OUT]
        count += len(held)
        kept = folds != fold
        for number, smoothing in enumerate(_SMOOTHINGS):
            told = _spline(places[kept], own[kept], smoothing)(places[held])
            errors[number] += float(((told - own[held]) ** 2).sum())
    chosen = int(np.argmin(errors))
    explained = 1 - float(errors[chosen]) / count
    return Smooth(_SMOOTHINGS[chosen], explained, _spline(places, own, _SMOOTHINGS[chosen]), about, scale)


def _spline(places: Floats, values: Floats, smoothing: float) -> RBFInterpolator:
    few = None if len(values) <= _TOGETHER else _NEIGHBOURS
    return RBFInterpolator(places, values, neighbors=few, smoothing=smoothing, kernel="thin_plate_spline", degree=1)
