"""The queue in GillesPy2, as a memoryless reaction network: somebody comes, and somebody who is there leaves.

It counts, and cannot tell one customer from another: there is no first come, first served, and no customer's
wait. It draws its own times, memoryless ones only. What all customers have waited together follows from how many
there were, day by day, those counted who have not left yet.
"""

from __future__ import annotations

import math
import os
import sysconfig
import warnings
from functools import cache
from typing import Any

import numpy as np
import queue_task
from queue_task import Books

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # its own
    import gillespy2


@cache
def _solver() -> Any:
    """Return the network, compiled by gcc: it takes some ten seconds, once a process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reads formulas in a way that Python is giving up
        model = gillespy2.Model(name="queue")
        coming = gillespy2.Parameter(name="coming", expression=queue_task.ARRIVAL_RATE)
        leaving = gillespy2.Parameter(name="leaving", expression=queue_task.SERVICE_RATE)
        model.add_parameter([coming, leaving])
        present, arrived, served = (
            gillespy2.Species(name=name, initial_value=0, mode="discrete") for name in ("present", "arrived", "served")
        )
        model.add_species([present, arrived, served])
        model.add_reaction(
            [
                gillespy2.Reaction(name="arrival", reactants={}, products={present: 1, arrived: 1}, rate=coming),
                gillespy2.Reaction(
                    name="service",
                    reactants={present: 1},
                    products={served: 1},
                    # 1 if anybody is there, else 0: a formula may not compare
                    propensity_function="leaving * ceil(present / (present + 1.0))",
                ),
            ]
        )
        model.timespan(np.linspace(0.0, 1.0, 2))
        path = os.environ.get("PATH", "")
        try:
            # It looks for the builder, a package of Python, among the commands.
            os.environ["PATH"] = sysconfig.get_path("scripts") + os.pathsep + path
            return gillespy2.SSACSolver(model=model)
        finally:
            os.environ["PATH"] = path


def _play(days: float, points: int, seed: int, replications: int) -> Any:
    solver = _solver()
    solver.model.timespan(np.linspace(0.0, days, points))
    return solver.run(seed=seed + 1, number_of_trajectories=replications)  # it takes no seed 0


def run(customers: int, seed: int) -> Books:
    """Play the queue; the waits are not known."""
    end = _play(queue_task.horizon(customers), 2, seed, 1)[0]
    return Books(int(end["arrived"][-1]), int(end["served"][-1]), math.nan)


def numbers_present(days: float, points: int, seed: int, replications: int) -> Any:
    """Return how many are in the system at so many evenly spaced times from 0 on, one line a replication."""
    return np.array([trajectory["present"] for trajectory in _play(days, points, seed, replications)])
