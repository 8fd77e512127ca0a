"""How far an outcome slopes along each driver, from worlds in which all drivers move at once."""

from __future__ import annotations

import numpy as np

from timeline.arrays import Floats


def slopes(worlds: Floats, outcome: Floats) -> Floats:
    """Return the least-squares slope of an outcome along each driver alone.

    Every world tells of every driver. So where many drivers move an outcome a little and luck moves it much, as many
    worlds rank them better than a few paths do, along which one driver moves at a time; bends are not seen.

    Parameters
    ----------
    worlds
        Shape (worlds, drivers), spread evenly and independently over [0, 1].
    outcome
        Shape (worlds,).

    Returns
    -------
    Shape (drivers,): by how much the outcome rises over a driver's whole range; 0 for one that never moves.

    Examples
    --------
    >>> worlds = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> slopes(worlds, 3 * worlds[:, 0] - worlds[:, 1] + 5).tolist()
    [3.0, -1.0]
    """
    away = worlds - worlds.mean(axis=0)
    squares = (away**2).sum(axis=0)
    found: Floats = np.divide(
        away.T @ (outcome - outcome.mean()), squares, out=np.zeros_like(squares), where=squares > 0
    )
    return found
