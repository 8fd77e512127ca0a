"""Random numbers by seed and purpose, so that two analyses with one seed do not meet the same numbers.

A study's errors that are drawn from the stream that drew the worlds would follow the worlds.
"""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, purpose: str) -> np.random.Generator:
    """Return a generator of its own for a purpose.

    Examples
    --------
    >>> one, again, other = (stream(1, purpose).random() for purpose in ("folds", "folds", "dummies"))
    >>> one == again, one == other
    (True, False)
    """
    return np.random.default_rng([seed, zlib.crc32(purpose.encode())])
