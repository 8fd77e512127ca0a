"""Products: sums of products of rows, from which every covariance of an experiment follows.

Covariances of ten million replications under fourteen cadences need no row of them to be kept:
products of pieces add up to the products of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from timeline.arrays import Floats, Places

ONE_THREAD = 2**18
"""Multiplications in one call of BLAS. A larger product is spread over threads, and on a busy machine these
wait for each other up to a hundred times longer than the product takes."""

_ROWS = 512  # more rows than these leave nothing of `ONE_THREAD` for a column
_TILE = 128


class Products:
    """Sums of the products of each two of k rows, taken piece by piece.

    Parameters
    ----------
    k
        How many rows there are.

    Attributes
    ----------
    n
        Length of the rows so far.
    products
        Shape (k, k).

    Examples
    --------
    >>> found = Products(2)
    >>> found.add([0], np.array([[1.0, 2.0]]))
    >>> found.add([0, 1], np.array([[3.0], [5.0]]))
    >>> found.n, found.products.tolist()
    (3, [[14.0, 15.0], [15.0, 25.0]])
    """

    def __init__(self, k: int) -> None:
        self.n = 0
        self.products = np.zeros((k, k))

    def add(self, places: Sequence[int], rows: Floats) -> None:
        """Add a piece.

        Parameters
        ----------
        places
            Which p of the k rows are given; the others are 0 throughout this piece.
        rows
            Shape (p, n).
        """
        self.n += rows.shape[1]
        at = np.asarray(places, dtype=np.intp)
        self.products[at[:, None], at] += multiply(rows)


@lru_cache(maxsize=4)
def pairs_of(k: int) -> tuple[Places, Places]:
    """Return the places of every two of k, the first before the second.

    Examples
    --------
    >>> [places.tolist() for places in pairs_of(3)]
    [[0, 0, 1], [1, 2, 2]]
    """
    first, second = np.triu_indices(k, 1)
    return first, second


def multiply(rows: Floats) -> Floats:
    """Sum the products of each two of k rows (k, n); shape (k, k).

    Examples
    --------
    >>> multiply(np.array([[1.0, 2.0], [0.0, 3.0]])).tolist()
    [[5.0, 6.0], [6.0, 9.0]]
    """
    k, n = rows.shape
    found = np.zeros((k, k))
    if k > _ROWS:
        return _by_tiles(rows, found)
    step = max(1, ONE_THREAD // max(k * k, 1))
    for at in range(0, n, step):
        some = rows[:, at : at + step]
        found += some @ some.T
    return found


def _by_tiles(rows: Floats, found: Floats) -> Floats:
    """Multiply very many rows, some with some at a time: all at once, each column would go over the whole square."""
    step = ONE_THREAD // _TILE**2
    for i in range(0, len(rows), _TILE):
        for j in range(0, i + 1, _TILE):
            tile = found[i : i + _TILE, j : j + _TILE]
            for at in range(0, rows.shape[1], step):
                tile += rows[i : i + _TILE, at : at + step] @ rows[j : j + _TILE, at : at + step].T
            found[j : j + _TILE, i : i + _TILE] = tile.T
    return found
