"""Drawn worlds: from points of the unit cube to what each world assumes.

A world is a point of the unit cube: one coordinate an assumption, and a last one for the luck with which it is held
against its targets. Scrambled Sobol points (Owen 1998, J. Complexity
14:466-489) fill it evenly; the first are the same however many there are. Each coordinate becomes a value by the
inverse of its law. Rank correlations come by a Gaussian copula: Spearman's rho of two normals with correlation r is
6 / pi * asin(r / 2) (Kruskal 1958, J. Am. Stat. Assoc. 53:814-861).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from timeline.arrays import Flags, Floats, Places
from timeline.errors import ConfigError
from timeline.model.declarations import Model
from timeline.model.values import Number, unit_of
from timeline.study.priors import quantiles
from timeline.study.uncertainty import Correlation, Prior
from timeline.study.worlds import impossible_worlds

if TYPE_CHECKING:
    import polars as pl

#: More worlds refused than this share means that the laws contradict the model, not that chance was unkind.
_MOST_REFUSED = 0.99
#: Points next to the cube's faces would be infinitely far out under a normal law.
_EDGE = 1e-9
#: How many kinds of luck worlds can have when they are held against their targets.
LUCKS = 1 << 16
_SMALLEST_EIGENVALUE = 1e-10


@dataclass(frozen=True, eq=False)
class Draws:
    """A table of draws that somebody else has made, such as the posterior of a calibration.

    Attributes
    ----------
    paths
        The assumptions it speaks of.
    values
        In declared units, shape (rows, paths).
    weights
        What each row is worth, shape (rows,), adding up to 1.
    """

    paths: tuple[str, ...]
    values: Floats
    weights: Floats

    def rows_at(self, parts: Floats) -> Places:
        """Return the rows below which given parts of the weight lie, shape as `parts`."""
        found: Places = np.searchsorted(np.cumsum(self.weights), parts, side="right")
        return np.minimum(found, len(self.weights) - 1)


@dataclass(frozen=True, eq=False)
class WorldSpace:
    """What worlds are drawn from: a unit cube, and what its points mean.

    Attributes
    ----------
    model
        The model.
    priors
        The law of each assumption that differs between worlds.
    correlations
        Rank correlations among them.
    draws
        Draws that go before the laws of the assumptions that they speak of. One further coordinate says which row.
    """

    model: Model
    priors: Mapping[str, Prior]
    correlations: tuple[Correlation, ...] = ()
    draws: Draws | None = None

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Assumptions that differ between worlds: those with laws of their own, then those of the draws."""
        return (*self._by_law, *(() if self.draws is None else self.draws.paths))

    @cached_property
    def _by_law(self) -> tuple[str, ...]:
        given = () if self.draws is None else self.draws.paths
        return tuple(path for path in self.priors if path not in given)

    @property
    def size(self) -> int:
        """How many coordinates a point has."""
        return len(self._by_law) + (self.draws is not None) + 1

    def lucks(self, cube: Floats) -> Places:
        """Return the luck with which each point is held against its targets, a whole number below `LUCKS`.

        Worlds that all met one luck would all be chosen to make up for it. As a coordinate of the world its luck
        averages out, and a world that is moved keeps it, so that near worlds fare alike.
        """
        return np.minimum(np.floor(cube[:, -1] * LUCKS), LUCKS - 1).astype(np.int64)

    @cached_property
    def _mixed(self) -> tuple[list[int], Floats]:
        """Columns that are correlated, and the lower triangle that mixes independent normals."""
        columns = sorted({self._by_law.index(p) for c in self.correlations for p in (c.one, c.other)})
        named = [self._by_law[column] for column in columns]
        mix: Floats = np.linalg.cholesky(normal_correlations(named, self.correlations)).astype(np.float64)
        return columns, mix

    def written(self, cube: Floats) -> Floats:
        """Return what each world assumes, in declared units.

        Parameters
        ----------
        cube
            Points of the unit cube, shape (worlds, size).

        Returns
        -------
        ndarray
            Shape (worlds, paths), columns in the order of `paths`.
        """
        parts = self._correlated(np.clip(cube, _EDGE, 1 - _EDGE))
        columns = [quantiles(self.priors[path], parts[:, place]) for place, path in enumerate(self._by_law)]
        found = np.stack(columns, axis=1) if columns else np.empty((len(cube), 0))
        if self.draws is None:
            return found
        return np.concatenate([found, self.draws.values[self.draws.rows_at(parts[:, -2])]], axis=1)

    def _correlated(self, parts: Floats) -> Floats:
        if not self.correlations:
            return parts
        from scipy.special import ndtr, ndtri

        columns, mix = self._mixed
        mixed = parts.copy()
        mixed[:, columns] = ndtr(ndtri(parts[:, columns]) @ mix.T)
        return mixed

    def seen(self, written: Floats) -> Floats:
        """Return values in declared units as the model's code sees them; shape as given."""
        found = written.copy()
        for place, path in enumerate(self.paths):
            parameter = self.model.assumptions[path]
            if parameter.kind is float:
                unit = unit_of(parameter)
                found[:, place] = np.log(written[:, place]) if unit.logarithm else written[:, place] * unit.factor
        return found

    def worlds(self, seen: Floats) -> tuple[dict[str, Number], ...]:
        """Return worlds as engines take them: values by path, whole numbers and flags as such."""
        kinds = [self.model.assumptions[path].kind for path in self.paths]
        # NumPy's own numbers would be slower to write into a record.
        columns = [
            column.tolist() if kind is float else [(bool if kind is bool else int)(round(x)) for x in column.tolist()]
            for kind, column in zip(kinds, seen.T, strict=True)
        ]
        return tuple(dict(zip(self.paths, row, strict=True)) for row in zip(*columns, strict=True)) or ({},) * len(seen)

    def at(self, cube: Floats) -> tuple[dict[str, Number], ...]:
        """Return the worlds at points of the unit cube."""
        return self.worlds(self.seen(self.written(cube)))

    def possible(self, cube: Floats, base: Mapping[str, Number]) -> Flags:
        """Say of each point whether the model finds its values possible together, shape (worlds,)."""
        if self.model.check_parameters is None:
            return np.ones(len(cube), np.bool_)
        return ~impossible_worlds(self.model, self.at(cube), base)


@dataclass(frozen=True, eq=False)
class DrawnWorlds:
    """Worlds that were drawn.

    Attributes
    ----------
    space
        What they were drawn from.
    cube
        Where they lie in it, shape (worlds, size).
    refused
        How many points were passed over, since the model finds their values impossible together.
    """

    space: WorldSpace
    cube: Floats
    refused: int = 0

    @cached_property
    def written(self) -> Floats:
        """What each assumes, in declared units, shape (worlds, paths)."""
        return self.space.written(self.cube)

    @cached_property
    def worlds(self) -> tuple[dict[str, Number], ...]:
        """The same as engines take them."""
        return self.space.worlds(self.space.seen(self.written))

    def pick(self, places: Places | Flags) -> DrawnWorlds:
        """Return some of them."""
        return replace(self, cube=self.cube[places])

    def frame(self) -> pl.DataFrame:
        """Return a frame with a column an assumption, in declared units, and a row a world."""
        import polars as pl

        return pl.DataFrame(dict(zip(self.space.paths, self.written.T, strict=True)))


def draw_worlds(space: WorldSpace, count: int, seed: int, base: Mapping[str, Number] = {}) -> DrawnWorlds:
    """Draw worlds; the first are the same however many there are.

    Parameters
    ----------
    space
        What they are drawn from.
    count
        How many.
    seed
        Of the scrambling.
    base
        What does not differ between worlds: with it a world must make sense.

    Raises
    ------
    ConfigError
        If nothing differs between worlds, or of a hundred worlds not one is possible.
    """
    if not space.paths:
        raise ConfigError(
            "uncertainty: given, but no assumption differs between worlds: each is set by the config or has no range; "
            "give some a law under [uncertainty.laws]"
        )
    return _possible_points(space, count, lambda many: sobol_points(space.size, many, seed), base)


def _possible_points(
    space: WorldSpace, count: int, points: Callable[[int], Floats], base: Mapping[str, Number]
) -> DrawnWorlds:
    """Take the first points that are possible."""
    many = count
    while True:
        cube = points(many)
        good = np.flatnonzero(space.possible(cube, base))
        if len(good) >= count:
            return DrawnWorlds(space, cube[good[:count]], int(good[count - 1]) + 1 - count)
        if many >= 100 and len(good) <= (1 - _MOST_REFUSED) * many:
            raise ConfigError(
                f"uncertainty: of {many:,} worlds that were drawn the model finds {many - len(good):,} impossible, "
                f"expected most to be possible: {_first_contradiction(space, cube, base)}; give those assumptions laws "
                "that agree, under [uncertainty.laws]"
            )
        many *= 2


def _first_contradiction(space: WorldSpace, cube: Floats, base: Mapping[str, Number]) -> str:
    from timeline.study.checks import impossible_together

    path, said = impossible_together(space.model, {**base, **space.at(cube[:1])[0]})[0]
    return f"{path}: {said}"


def sobol_points(size: int, count: int, seed: int, begin: int = 0) -> Floats:
    """Return scrambled Sobol points, shape (count, size); the first are the same however many there are.

    Parameters
    ----------
    size
        Coordinates of a point.
    count, begin
        How many points, and the number of the first.
    seed
        Of the scrambling.

    Examples
    --------
    >>> bool((sobol_points(3, 100, 7)[5:9] == sobol_points(3, 4, 7, begin=5)).all())
    True
    """
    from scipy.stats import qmc

    sequence = qmc.Sobol(size, scramble=True, rng=np.random.default_rng(seed))
    if begin:
        sequence.fast_forward(begin)
        found: Floats = sequence.random(count)
        return found
    drawn: Floats = sequence.random_base2(math.ceil(math.log2(max(count, 1))))
    return drawn[:count]


def normal_correlations(paths: Sequence[str], correlations: Sequence[Correlation]) -> Floats:
    """Return the correlations of normals that have given rank correlations, shape (paths, paths).

    Examples
    --------
    >>> normal_correlations(["x", "y"], [Correlation("x", "y", 0.5)]).round(4).tolist()
    [[1.0, 0.5176], [0.5176, 1.0]]
    """
    matrix = np.eye(len(paths))
    for pair in correlations:
        one, other = paths.index(pair.one), paths.index(pair.other)
        matrix[one, other] = matrix[other, one] = 2 * math.sin(math.pi * pair.rank / 6)
    return matrix


def strongest_possible(paths: Sequence[str], correlations: Sequence[Correlation]) -> float:
    """Return by how much all rank correlations have to be multiplied to be possible together; 1 if they are.

    Examples
    --------
    >>> three = [Correlation("x", "y", 0.9), Correlation("y", "z", 0.9), Correlation("x", "z", -0.9)]
    >>> strongest_possible(["x", "y", "z"], three)
    0.53
    """
    for percent in range(100, 0, -1):
        weaker = [replace(pair, rank=pair.rank * percent / 100) for pair in correlations]
        if np.linalg.eigvalsh(normal_correlations(paths, weaker))[0] > _SMALLEST_EIGENVALUE:
            return percent / 100
    return 0.0
