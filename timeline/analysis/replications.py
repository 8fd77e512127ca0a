"""Which replications a summary is of, as ranges of numbers, and that no one is counted twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from timeline.analysis.histories import Histories
from timeline.arrays import Places
from timeline.errors import TimelineError


def same_replications(histories: Mapping[str, Histories], cadences: Sequence[str]) -> list[Histories]:
    """Return the arms in the order of the cadences, all with the same replications, or refuse."""
    if set(histories) != set(cadences):
        raise TimelineError(
            f"summary: cadences {', '.join(histories)} given, expected {', '.join(cadences)}; "
            "give every cadence of the settings"
        )
    arms = [histories[name] for name in cadences]
    for name, arm in zip(cadences, arms, strict=True):
        if not np.array_equal(arm.replication, arms[0].replication):
            raise TimelineError(
                f"summary: {name} has other replications than {cadences[0]}, expected the same ones under "
                "every cadence; cut the block to those that all have"
            )
    return arms


def ranges_of(replication: Places) -> Places:
    """Return first and one behind the last of each range without a gap, shape (r, 2).

    Examples
    --------
    >>> ranges_of(np.array([0, 1, 2, 7])).tolist()
    [[0, 3], [7, 8]]
    """
    if not len(replication):
        return np.zeros((0, 2), dtype=np.int64)
    gaps = np.flatnonzero(np.diff(replication) != 1)
    begins = replication[np.concatenate([[0], gaps + 1])]
    return np.stack([begins, replication[np.concatenate([gaps, [-1]])] + 1], axis=1)


def join(one: Places, other: Places) -> Places:
    """Join ranges, each of shape (r, 2), that have nothing in common.

    Examples
    --------
    >>> join(np.array([[0, 3], [7, 8]]), np.array([[3, 7]])).tolist()
    [[0, 8]]

    Raises
    ------
    TimelineError
        If a replication is in both.
    """
    together = np.concatenate([one, other])
    together = together[np.argsort(together[:, 0], kind="stable")]
    again = np.flatnonzero(together[1:, 0] < together[:-1, 1])
    if len(again):
        raise TimelineError(
            f"summaries: replication {together[again[0] + 1, 0]} is in both, expected different replications; "
            "merge every block once"
        )
    apart = together[1:, 0] > together[:-1, 1]
    begins = together[:, 0][np.concatenate([[True], apart])] if len(together) else together[:, 0]
    ends = together[:, 1][np.concatenate([apart, [True]])] if len(together) else together[:, 1]
    return np.stack([begins, ends], axis=1)
