"""What a sweep varies: one to three keys of a config, on a grid or along a Sobol sequence.

A point's values are rounded to six digits of the declared unit, so that each is a value that a config could
have written, and any point can be played alone by ``timeline trace --set``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from timeline.model.declarations import Model
from timeline.model.records import Parameter
from timeline.model.values import Leaf, Number, read_value, spelled, unit_of
from timeline.study.checks import impossible_levers, impossible_together

Written = float | int | bool | str
"""A value in its declared unit, as a config writes it."""


@dataclass(frozen=True)
class Key:
    """One thing that varies.

    Attributes
    ----------
    name
        As the config calls it, ``"cadences.quarterly.rules[0].every"`` or ``"parameters.leaks.discovery"``.
    path
        As the model's code calls it, ``"cadence.rules[0].every"``.
    leaf
        Its declaration.
    values
        On a grid, its values in the declared unit, rising if they are numbers; else none.
    labels
        The same as the config writes them.
    low, high
        Along a Sobol sequence, its range in the declared unit.
    log
        Whether equal ratios, rather than equal steps, count as equally far.
    """

    name: str
    path: str
    leaf: Leaf
    values: tuple[Written, ...] = ()
    labels: tuple[str, ...] = ()
    low: float = math.nan
    high: float = math.nan
    log: bool = False

    @property
    def of_world(self) -> bool:
        """Whether it is an assumption about the world, not a lever."""
        return isinstance(self.leaf, Parameter)

    @property
    def unit(self) -> str:
        """The declared unit, empty for a flag or a choice."""
        return self.leaf.unit if self.leaf.kind is float else ""

    def at(self, part: float) -> Written:
        """Return the value that lies so far from the lower end, a part between 0 and 1.

        Examples
        --------
        >>> from timeline.model.records import Lever
        >>> every = Key("cadences.x.every", "cadence.every", Lever(90.0, unit="days"), low=10, high=1000, log=True)
        >>> every.at(0.5)
        100.0
        """
        if self.log:
            value = math.exp(math.log(self.low) + part * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + part * (self.high - self.low)
        value = min(max(value, self.low), self.high)
        return round(value) if self.leaf.kind is int else float(f"{value:.6g}")

    def part(self, value: Written) -> float:
        """Return how far a value lies from the lower end of the range, 0 to 1; the inverse of `at`."""
        low, high, x = self.low, self.high, float(value)
        if self.log:
            low, high, x = math.log(low), math.log(high), math.log(x)
        return (x - low) / (high - low)

    def seen(self, value: Written) -> Number:
        """Return what the model's code sees of a value."""
        return read_value(self.leaf, value)

    def said(self, value: Written) -> str:
        """Write a value as people do."""
        from timeline.words import span

        if value in self.values:
            return self.labels[self.values.index(value)]
        if self.leaf.kind is float and unit_of(self.leaf).dimension == (("time", 1),):
            return span(float(self.seen(value)))
        seen = self.seen(float(f"{value:.3g}") if isinstance(value, float) else value)
        return spelled(self.leaf, seen)


@dataclass(frozen=True)
class Sweep:
    """What ``[sweep]`` asks for.

    Attributes
    ----------
    measure
        Key of the measure.
    replications
        Timelines a point; the baseline plays the same.
    fresh
        Further timelines for the points that look best, with numbers not used before.
    design
        ``"sobol"`` or ``"grid"``.
    points
        How many.
    scenario, cadence
        In which world, and the cadence whose levers vary, or that is played where only the world varies.
    keys
        What varies.
    """

    measure: str
    replications: int
    fresh: int
    design: str
    points: int
    scenario: str
    cadence: str
    keys: tuple[Key, ...]

    def places(self, seed: int) -> list[tuple[Written, ...]]:
        """Return the value of each key at each point.

        The Sobol sequence is scrambled (Owen) with the config's seed; on a grid the last key varies fastest.
        """
        if self.design == "grid":
            return list(product(*(key.values for key in self.keys)))
        import numpy as np
        from scipy.stats import qmc

        sequence = qmc.Sobol(len(self.keys), scramble=True, rng=np.random.default_rng(seed))
        # A whole power of two is drawn and cut off: so the first points are the same however many there are.
        parts = sequence.random_base2(math.ceil(math.log2(self.points)))[: self.points]
        return [tuple(key.at(float(x)) for key, x in zip(self.keys, line, strict=True)) for line in parts]

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        keys = {key.name: list(key.values) or {"from": key.low, "to": key.high, "log": key.log} for key in self.keys}
        return {**{name: value for name, value in vars(self).items() if name != "keys"}, "keys": keys}


def impossible_at(
    sweep: Sweep,
    model: Model,
    world: Mapping[str, Number],
    levers: Mapping[str, Number],
    place: Sequence[Written],
) -> list[str]:
    """Return what the model finds wrong at a point, each with the point's values.

    Parameters
    ----------
    sweep, model
        The sweep and its model.
    world, levers
        The values that the keys change.
    place
        One value a key.
    """
    values = {key.path: key.seen(value) for key, value in zip(sweep.keys, place, strict=True)}
    where = ", ".join(f"{key.name} = {key.said(value)}" for key, value in zip(sweep.keys, place, strict=True))
    changed = {**world, **{path: value for path, value in values.items() if path in world}}
    told = impossible_together(model, world)
    found = [f"{path}: {said}" for path, said in impossible_together(model, changed) if (path, said) not in told]
    found += impossible_levers(model, {**levers, **{p: v for p, v in values.items() if p in levers}})
    return [f"at {where}: {said}" for said in found]
