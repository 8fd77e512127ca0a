"""A world ready to be played: a model, every number it needs, and the seed."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from timeline.draws import Schedule, key_schedule, stream_key
from timeline.errors import ModelError, nearest
from timeline.model import Model, Sampled
from timeline.records import blank, dtype, fill, values

#: The version of the engines' rules; a change that can alter a timeline raises it.
SEMANTICS = 1

#: More firings than this in one replication are taken for a runaway loop.
BUDGET = 200_000

#: What a timeline's path is multiplied by at each firing; see `longer_path`.
PATH_PRIME = 0x100000001B3

#: Replication numbers are one 32-bit word of the generator's counter.
MOST_REPLICATIONS = 2**32


@dataclass(frozen=True)
class World:
    """One arm, prepared: what an engine needs to play any replication of it.

    Attributes
    ----------
    model
        The model.
    given
        Parameter and lever values by path, in days and 1/day; the others keep their defaults.
    seed
        The experiment's seed.
    horizon
        Days; an event due at the horizon or later does not fire.
    budget
        The most firings a replication may have.
    without
        Mechanisms that are switched off: their clocks never fire, their start does nothing. The
        draws of all others stay as they are.
    label
        What to call the arm in an error, e.g. ``"cadence silence"``.
    replay
        The command that replays one replication, with ``{replication}`` in it.
    """

    model: Model
    given: Mapping[str, float | int | bool] = field(default_factory=dict)
    seed: int = 0
    horizon: float = 3652.5
    budget: int = BUDGET
    without: tuple[str, ...] = ()
    label: str = ""
    replay: str = ""

    def __post_init__(self) -> None:
        if not self.horizon > 0:
            raise ModelError(f"horizon {self.horizon} given, expected more than 0 days")
        names = [mechanism.name for mechanism in self.model.mechanisms]
        for name in self.without:
            if name not in names:
                raise ModelError(
                    f'without "{name}" given, but model "{self.model.name}" has no such mechanism{nearest(name, names)}'
                )

    @cached_property
    def parameters(self) -> Any:
        """The parameters as a Python object, shared by all replications; not to be changed."""
        return fill(blank(self.model.parameters), self.given)

    @cached_property
    def clock_schedules(self) -> tuple[Schedule, ...]:
        """The random stream of each member, in order."""
        return tuple(key_schedule(stream_key(self.seed, "clock", m.name)) for m in self.model.members)

    @cached_property
    def start_schedules(self) -> dict[str, Schedule]:
        """The random stream of each mechanism's start, by its name."""
        return {m.name: key_schedule(stream_key(self.seed, "start", m.name)) for m in self.model.mechanisms}


def longer_path(path: int, day: float, member: int) -> int:
    """Return the digest of a timeline's firings with one firing more: which clock, when, and after which others.

    The hash of Fowler, Noll and Vo (FNV-1a, 64 bits), a word at a time: two timelines of one path are the same
    clocks in the same order on the same days.

    Parameters
    ----------
    path
        The digest so far, 0 at the start.
    day
        The day of the firing.
    member
        The index of the clock's member.
    """
    (bits,) = struct.unpack("<Q", struct.pack("<d", day))
    return ((path ^ int(bits)) * PATH_PRIME + member) % 2**64


def row_dtype(model: Model) -> np.dtype[np.void]:
    """Return the dtype of a replication's row: its number, its firings, its path, final state, observations."""
    parts: list[Any] = [("replication", np.int64), ("firings", np.int64), ("path", np.uint64)]
    parts.append(("state", dtype(model.state)))
    for number, observation in enumerate(model.observations):
        if isinstance(observation, Sampled):
            parts.append((f"observation_{number}", np.float64, (len(observation.days),)))
        else:
            parts.append((f"observation_{number}", np.float64))
    return np.dtype(parts, align=True)


def row(
    model: Model, replication: int, firings: int, path: int, state: Any, observed: list[Any]
) -> np.ndarray[Any, np.dtype[np.void]]:
    """Return one replication's row as an array of length 1."""
    made = np.zeros(1, row_dtype(model))
    made["replication"] = replication
    made["firings"] = firings
    made["path"] = path
    made["state"][0] = values(state)
    for number, value in enumerate(observed):
        made[f"observation_{number}"][0] = value
    return made
