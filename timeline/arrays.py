"""The kinds of NumPy arrays that the library hands around."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
"""Whole numbers: positions, counts, replications."""

Rows = np.ndarray[Any, np.dtype[np.void]]
"""One record a replication, of `timeline.engines.world.row_dtype`."""
