"""Which studies there are: modules with a function ``study(experiments, seed)`` that returns rows.

A module's rows depend on its arguments alone, so that a study added here moves no other's numbers.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from interval_coverage.rows import Row

STUDIES = (
    "interval_coverage.shares",
    "interval_coverage.means",
    "interval_coverage.medians",
    "interval_coverage.stopping",
    "interval_coverage.selection",
)


def measure_coverage(experiments: int, seed: int, studies: tuple[str, ...] = STUDIES) -> Iterator[Row]:
    """Run studies one after the other.

    Parameters
    ----------
    experiments
        How many are repeated for every row.
    seed
        What their luck is drawn from.
    studies
        Names of modules.
    """
    for name in studies:
        yield from importlib.import_module(name).study(experiments, seed)
