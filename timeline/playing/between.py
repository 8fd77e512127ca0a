"""Between worlds: each world is played under every arm, and of its timelines only means and their errors are kept.

All worlds and arms meet the same replications. Worlds are played some at a time; what they come to can be kept after
each time, so that a run that is stopped goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from timeline.arrays import Floats
from timeline.engines.batch import Batch
from timeline.engines.world import World
from timeline.model.values import Number
from timeline.playing.values import Sampler, values

#: Worlds that are played at a time.
BLOCK = 20


@dataclass(frozen=True, eq=False)
class WorldMeans:
    """What worlds come to under each arm, one entry a measure.

    Attributes
    ----------
    mean
        Shape (worlds, measures, arms); NaN where no timeline of a world counts.
    covariance
        Of the means' errors, shape (worlds, measures, arms, arms): arms share their luck.
    inside
        Variance between the replications of a world, shape (worlds, measures, arms).
    counted
        How many replications count, shape (worlds, measures, arms).
    luck
        What each replication adds to the error of the means, summed over worlds, shape (measures, arms, replications):
        worlds that meet the same replications err together.
    replications
        Of each world under each arm.
    """

    mean: Floats
    covariance: Floats
    inside: Floats
    counted: Floats
    luck: Floats
    replications: int


def world_means(
    arms: Sequence[World],
    worlds: Sequence[Mapping[str, Number]],
    samplers: Sequence[Sampler],
    replications: int,
    workers: int,
    begun: Mapping[str, Floats] | None = None,
    keep: Callable[[Mapping[str, Floats]], None] = lambda _: None,
    moved: Callable[[int, int], None] = lambda _done, _all: None,
) -> WorldMeans:
    """Play worlds under every arm.

    Parameters
    ----------
    arms
        What is played in each world.
    worlds
        What each assumes otherwise, as the model's code sees it.
    samplers
        One a measure.
    replications
        Of each world under each arm, the same in all.
    workers
        Threads.
    begun
        What was kept of the first worlds.
    keep
        Given all that is known after each block of worlds.
    moved
        Told (timelines done, timelines to play).

    Raises
    ------
    RunError
        From a replication that goes wrong.
    """
    done = 0 if begun is None else len(begun["mean"])
    found = [] if begun is None else [begun]
    each = len(arms) * replications
    for first in range(done, len(worlds), BLOCK):
        block = worlds[first : first + BLOCK]
        played = np.asarray(values(Batch(arms, block), samplers, 0, replications, workers), np.float64)
        found = [_joined([*found, _summed(played)])]
        keep(found[0])
        moved((first + len(block)) * each, len(worlds) * each)
    return WorldMeans(**found[0], replications=replications)


def _joined(parts: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0] if name != "luck"}
    return {**found, "luck": np.sum([part["luck"] for part in parts], axis=0)}


def _summed(played: Floats) -> dict[str, Floats]:
    """Reduce values (worlds, arms, measures, replications) to means, and to their errors by the delta method."""
    by_measure: Any = np.moveaxis(played, 1, 2)
    counts = ~np.isnan(by_measure)
    counted = counts.sum(axis=3).astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(counts, by_measure, 0.0).sum(axis=3) / counted
        # What one replication adds to the error of a mean among those that count; those that do not, add nothing.
        apart = np.where(counts, by_measure - mean[..., None], 0.0)
        inside = (apart**2).sum(axis=3) / (counted - 1)
        weighed = np.where(counted[..., None] > 0, apart / counted[..., None], 0.0)
    many = played.shape[3]
    covariance = np.einsum("wmar,wmbr->wmab", weighed, weighed) * many / (many - 1)
    return {
        "mean": mean,
        "covariance": covariance,
        "inside": inside,
        "counted": counted,
        "luck": weighed.sum(axis=0),
    }
