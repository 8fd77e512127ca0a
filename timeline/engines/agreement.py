"""Do the two engines agree? Played side by side, and where they part, if they do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from timeline.arrays import Rows
from timeline.engines import compiled, reference
from timeline.engines.world import World
from timeline.model.declarations import Member


@dataclass(frozen=True)
class Divergence:
    """Where two timelines of one replication part.

    Attributes
    ----------
    replication
        Which.
    day
        The day after which they differ; 0 if already at the start.
    clock
        What fired then on the reference engine, the last if several did; empty for the start.
    differences
        (field, on the reference engine, on the compiled engine) of the row at that moment.
    """

    replication: int
    day: float
    clock: str
    differences: tuple[tuple[str, Any, Any], ...]


@dataclass(frozen=True)
class Agreement:
    """What was compared: replications, firings, and those among them at the instant of the one before."""

    replications: int
    firings: int
    ties: int
    divergence: Divergence | None = None


def compare(world: World, replications: int, chunk: int = 200) -> Agreement:
    """Play replications on both engines, up to the first on which they differ.

    Raises
    ------
    RunError, ModelError
        What stops either engine.
    """
    firings = ties = 0
    for first in range(0, replications, chunk):
        made = compiled.play(world, first, min(chunk, replications - first))
        for k in range(len(made)):
            played, told = _told(world, first + k)
            firings += len(told)
            ties += sum(one[0] == other[0] for one, other in pairwise(told))
            if played.row.tobytes() != made[k : k + 1].tobytes():
                return Agreement(first + k + 1, firings, ties, _parting(world, first + k))
    return Agreement(replications, firings, ties)


def _told(world: World, replication: int) -> tuple[reference.Timeline, list[tuple[float, str]]]:
    """Play on the reference engine; returns the timeline, and day and clock of each firing."""
    told: list[tuple[float, str]] = []

    def watch(day: float, member: Member | None, state: Any) -> None:
        if member is not None:
            told.append((day, member.name))

    return reference.play(world, replication, watch), told


def _parting(world: World, replication: int) -> Divergence:
    """Bisect the horizon for the first firing after which the rows differ."""
    _, told = _told(world, replication)
    moments = [(0.0, "")] + [
        moment for moment, after in zip(told, [*told[1:], (math.inf, "")], strict=True) if moment[0] != after[0]
    ]
    # Just after a moment all that happens then has happened. The last one stands for the whole timeline.
    ends = [math.nextafter(day, math.inf) for day, _ in moments[:-1]] + [world.horizon]

    def pair(k: int) -> tuple[Rows, Rows]:
        short = replace(world, horizon=ends[k])
        return reference.rows(short, replication, 1), compiled.play(short, replication, 1)

    low, high = -1, len(ends) - 1
    while high - low > 1:
        middle = (low + high) // 2
        one, other = pair(middle)
        low, high = (middle, high) if one.tobytes() == other.tobytes() else (low, middle)
    one, other = pair(high)
    return Divergence(replication, *moments[high], tuple(_differences(one[0], other[0])))


def _differences(one: Any, other: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield the numbers of two records whose bits differ, by path."""
    if one.tobytes() == other.tobytes():
        return
    if one.dtype.names:
        for name in one.dtype.names:
            if name == "path" and not path:  # that the paths differ is what the rest shows
                continue
            inner = name if path in ("", "state") else f"{path}.{name}"
            yield from _differences(one[name], other[name], inner)
    elif getattr(one, "shape", ()):
        for k in range(len(one)):
            yield from _differences(one[k], other[k], f"{path}[{k}]")
    else:
        yield path, one.item(), other.item()
