"""Worlds of a study: drawn from what is not known, and of these the ones that could be ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.analysis.moving import MoveSettings, Population, move
from timeline.arrays import Flags, Floats, Places
from timeline.errors import ConfigError
from timeline.front.study import Study, cores
from timeline.front.targets import Held, targets_from, world_space
from timeline.keeping.arrays import read_arrays, write_arrays
from timeline.study.drawn import DrawnWorlds, draw_worlds, sobol_points
from timeline.study.keys import key_of, worlds_key
from timeline.study.uncertainty import Target, Uncertainty
from timeline.words import counted, listing, percent

if TYPE_CHECKING:
    import polars as pl

    from timeline.model.values import Number
    from timeline.playing.errands import Away
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Arm, Experiment

#: The record of agreements in a folder of data; its survival takes the place of the published figures.
RECORD_FILE = "peace_agreements_1975_1999.csv"
#: A search ends once it has cost so many timelines for each world that is wanted. It is enough to draw, not to move,
#: where one world in a hundred lies inside.
MOST_TIMELINES = 10_000
#: Of so many worlds it is told how they lie to each band.
FIRST = 200
#: An assumption differs from what was drawn if chance alone shows as much in one study of twenty, of all assumptions.
_BY_CHANCE = 0.05


@dataclass(frozen=True, eq=False)
class Worlds:
    """Worlds of a study.

    Attributes
    ----------
    uncertainty
        What was asked.
    targets
        The bands, as they were used.
    drawn
        The worlds, and what each assumes. Where worlds are set aside or moved, those that were accepted.
    weights
        What each is worth, shape (worlds,), adding up to 1.
    estimates
        Of each target in each world, shape (worlds, targets).
    misses
        How far outside its band each lies, in half widths of the band; shape (worlds, targets).
    lines
        From which drawn world each descends, shape (worlds,); those of one line are not independent.
    first
        How far outside some of the worlds lay that were drawn at first, shape (some, targets).
    drawn_first, hits
        How many were drawn before any was moved, and how many of these lay within all bands.
    timelines
        How many were played to find out.
    """

    uncertainty: Uncertainty
    targets: tuple[Target, ...]
    drawn: DrawnWorlds
    weights: Floats
    estimates: Floats
    misses: Floats
    lines: Places
    first: Floats
    drawn_first: int
    hits: int
    timelines: int

    def __len__(self) -> int:
        return len(self.weights)

    @property
    def changes(self) -> tuple[dict[str, Number], ...]:
        """What each world assumes, as engines take it."""
        return self.drawn.worlds

    @property
    def effective(self) -> float:
        """How many independent worlds of equal weight they are worth (Kish's effective number, of lines)."""
        of_lines = np.bincount(np.unique(self.lines, return_inverse=True)[1], self.weights)
        return float(of_lines.sum() ** 2 / (of_lines**2).sum())

    @property
    def inside(self) -> Flags:
        """Whether each lies within all bands, shape (worlds,)."""
        found: Flags = (self.misses == 0).all(axis=1)
        return found

    @cached_property
    def frame(self) -> pl.DataFrame:
        """One row a world: its number, weight and line, whether it lies inside, each target, each assumption."""
        import polars as pl

        head: dict[str, Any] = {
            "world": np.arange(len(self)),
            "weight": self.weights,
            "line": self.lines,
            "inside": self.inside,
        }
        measured = {target.title: self.estimates[:, place] for place, target in enumerate(self.targets)}
        return pl.concat([pl.DataFrame({**head, **measured}), self.drawn.frame()], how="horizontal")

    @cached_property
    def bands(self) -> pl.DataFrame:
        """One row a target: its band, its source, and how the worlds drawn at first lay to it."""
        import polars as pl

        outside = self.first > 0
        rows = [
            {
                "target": target.title,
                "low": target.low,
                "high": target.high,
                "inside": float(1 - outside[:, place].mean()) if len(outside) else None,
                "miss": float(np.median(self.first[outside[:, place], place])) if outside[:, place].any() else 0.0,
                "source": target.source,
            }
            for place, target in enumerate(self.targets)
        ]
        kinds = {"target": pl.String, "low": pl.Float64, "high": pl.Float64, "inside": pl.Float64, "miss": pl.Float64}
        return pl.DataFrame(rows, schema={**kinds, "source": pl.String})

    @cached_property
    def differing(self) -> pl.DataFrame:
        """One row an assumption, most differing first: how the worlds differ in it from what was drawn.

        ``statistic`` is the largest distance between the two distribution functions (Kolmogorov & Smirnov), ``floor``
        what chance alone exceeds for any assumption in one study of twenty, ``drawn`` and ``accepted`` the medians.
        """
        import polars as pl

        paths, cube = self.drawn.space.paths, self.drawn.cube
        laws = [path for path in paths if path in self.drawn.space.priors][: cube.shape[1] - 1]
        statistic = np.array([_largest_gap(cube[:, place], self.weights) for place in range(len(laws))])
        floor = np.sqrt(-np.log(_BY_CHANCE / max(len(laws), 1) / 2) / 2 / max(self.effective, 1.0))
        middle = self.drawn.space.written(np.full((1, cube.shape[1]), 0.5))[0]
        medians = [_median(self.drawn.written[:, place], self.weights) for place in range(len(laws))]
        found = pl.DataFrame(
            {
                "path": laws,
                "statistic": statistic,
                "floor": np.full(len(laws), floor),
                "differs": statistic > floor,
                "drawn": middle[: len(laws)],
                "accepted": medians,
            }
        )
        return found.sort("statistic", "path", descending=[True, False])

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        if not self.targets:
            return f"{len(self):,} worlds were drawn; nothing was asked that would set one aside."
        share = self.hits / self.drawn_first
        hard = self.bands.sort("inside")["target"][0]
        of_all = f"all {len(self.targets)} bands" if len(self.targets) > 1 else "the band"
        some = f"{percent(share, 1)} lie" if share else "none lies"
        found = f"Of {self.drawn_first:,} worlds that were drawn, {some} within {of_all}; what fails most is “{hard}”."
        if self.uncertainty.accept == "weight":
            return f"{found} Weighted by how near they lie, they are worth {self.effective:.0f} worlds."
        moved = " after being moved" if len(np.unique(self.lines)) < len(self) else ""
        told = self.differing.filter("differs")["path"].to_list()
        differ = f" They differ from what was drawn in {listing(told[:3])}" if told else ""
        more = (
            f" and {counted(len(told) - 3, 'more assumption', 'more assumptions')}."
            if len(told) > 3
            else "."
            if told
            else ""
        )
        return f"{found} {len(self):,} are accepted{moved}, worth {self.effective:.0f} independent ones.{differ}{more}"


def worlds(
    study: Study,
    *,
    data: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    budget: float | None = None,
    listener: Listener | None = None,
) -> Worlds:
    """Draw the worlds that a study's ``[uncertainty]`` asks for, and find those that could be ours.

    Parameters
    ----------
    study
        What is asked. Targets are measured under its baseline, in its first scenario.
    data
        The folder of the publishers' files: survival in the record is then read from there.
    folder
        Where worlds that are being moved are kept after each generation, so that a search that was stopped goes on.
    workers
        How many threads; as many as there are cores if left out.
    budget
        How many timelines moving may take, about; 10,000 for each world that is wanted if left out.
    listener
        Told how many timelines have been played.

    Returns
    -------
    Worlds

    Raises
    ------
    ConfigError
        If the study has no ``[uncertainty]``, its worlds are impossible, or none of them lies within all bands.
    RunError, ModelError
        From a replication.

    Examples
    --------
    >>> import timeline
    >>> study = timeline.load("configs/backchannel/cadence.toml").change("uncertainty", {"worlds": 64})
    >>> found = timeline.worlds(study)
    >>> len(found), found.frame.columns[:4]
    (64, ['world', 'weight', 'line', 'inside'])
    """
    return find_worlds(
        study.experiment, study.arm(), data=data, folder=folder, workers=workers, budget=budget, listener=listener
    )


def find_worlds(
    experiment: Experiment,
    arm: Arm,
    *,
    data: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    budget: float | None = None,
    listener: Listener | None = None,
    away: Away | None = None,
) -> Worlds:
    """Draw worlds, and find those that could be ours, with targets measured under one arm; see `worlds`."""
    asked = experiment.uncertainty
    if asked is None:
        raise ConfigError(
            f"{experiment.path}: uncertainty: not given, expected a table [uncertainty]; give one such as "
            'study.change("uncertainty", {"worlds": 1000})'
        )
    targets = asked.used if data is None else targets_from(asked.used, Path(data))
    if not targets:
        drawn = draw_worlds(world_space(experiment, asked), asked.worlds, asked.seed, arm.values)
        nothing = np.empty((asked.worlds, 0))
        lines = np.arange(asked.worlds)
        return Worlds(asked, (), drawn, _even(asked.worlds), nothing, nothing, lines, nothing, 0, 0, 0)
    most = int(MOST_TIMELINES * asked.worlds)
    search = _Search(asked, Held(experiment, arm, targets, workers or cores(), listener, away, most))
    if asked.accept == "move":
        return search.moved(None if folder is None else Path(folder), budget or most)
    return search.drawn()


def _even(count: int) -> Floats:
    return np.full(count, 1 / count)


@dataclass(frozen=True, eq=False)
class _Search:
    """A search for the worlds that could be ours."""

    asked: Uncertainty
    held: Held

    def drawn(self) -> Worlds:
        """Draw worlds, and set aside, or weigh, those outside."""
        found = draw_worlds(self.held.space, self.asked.worlds, self.asked.seed, self.held.arm.values)
        near = self.held.targeting.near(found.worlds, self.held.space.lucks(found.cube))
        misses = np.array([one.misses for one in near])
        distances = np.sqrt((misses**2).sum(axis=1))
        # Epanechnikov's kernel, one half width of a band wide.
        worth = (
            np.maximum(1 - distances**2, 0) if self.asked.accept == "weight" else (distances == 0).astype(np.float64)
        )
        places = np.flatnonzero(worth)
        if not len(places):
            raise ConfigError(self._none(misses))
        estimates = np.array([one.estimates for one in near])
        return self._worlds(
            found, places, worth[places] / worth.sum(), estimates[places], misses[places], places, misses,
            len(misses), int((distances == 0).sum()),
        )  # fmt: skip

    def moved(self, folder: Path | None, budget: float) -> Worlds:
        """Move worlds until as many as are asked for lie inside."""
        settings = MoveSettings(self.asked.worlds, self.asked.seed, budget=budget, fixed=(self.held.space.size - 1,))
        key = key_of([worlds_key(self.held.experiment), [repr(target) for target in self.held.targets]])
        file = None if folder is None else folder / f"worlds-{key}.npz"

        def points(begin: int, end: int) -> Floats:
            return sobol_points(self.held.space.size, end - begin, self.asked.seed, begin)

        def keep(population: Population) -> None:
            if file is not None:
                write_arrays(file, _as_arrays(population), key)

        found = move(self._possible, points, settings, _begun(file, key), keep)
        near = self.held.targeting.near(self.held.space.at(found.cube), self.held.space.lucks(found.cube))
        misses = np.array([one.misses for one in near])
        first = self._first(points(0, FIRST))
        places = np.flatnonzero((misses == 0).all(axis=1))
        if not len(places):
            raise ConfigError(self._none(misses, moved=True))
        estimates = np.array([one.estimates for one in near])[places]
        worlds = DrawnWorlds(self.held.space, found.cube)
        lines = found.lines[places]
        counted = found.drawn, found.hits
        return self._worlds(worlds, places, _even(len(places)), estimates, misses[places], lines, first, *counted)

    def _possible(self, cube: Floats, tolerance: float) -> Any:
        """Evaluate points; those that the model finds impossible are infinitely far off, and are not played."""
        good = self.held.space.possible(cube, self.held.arm.values)
        if good.all():
            return self.held.targeting(cube, tolerance)
        found = self.held.targeting(cube[good], tolerance)
        distances = np.full(len(cube), np.inf)
        statistics = np.full((len(cube), len(self.held.targets)), np.nan)
        distances[good], statistics[good] = found.distances, found.statistics
        return replace(found, distances=distances, statistics=statistics)

    def _first(self, cube: Floats) -> Floats:
        """Return how far outside the worlds lie that were drawn first."""
        return np.array(
            [one.misses for one in self.held.targeting.near(self.held.space.at(cube), self.held.space.lucks(cube))]
        )

    def _worlds(
        self,
        found: DrawnWorlds,
        places: Places,
        weights: Floats,
        estimates: Floats,
        misses: Floats,
        lines: Places,
        first: Floats,
        drawn_first: int,
        hits: int,
    ) -> Worlds:
        return Worlds(
            self.asked, self.held.targets, found.pick(places), weights, estimates, misses, lines, first, drawn_first,
            hits, self.held.targeting.played,
        )  # fmt: skip

    def _none(self, misses: Floats, *, moved: bool = False) -> str:
        """Say that no world lies inside, which target fails most, and by how much."""
        outside = (misses > 0).mean(axis=0)
        worst = int(np.lexsort((misses.mean(axis=0), outside))[-1])
        target = self.held.targets[worst]
        after = " even after being moved" if moved else ""
        beyond = np.median(misses[misses[:, worst] > 0, worst])
        return (
            f"{self.held.experiment.path}: uncertainty: of {len(misses):,} worlds none lies within all "
            f"{len(self.held.targets)} bands{after}. What fails most is “{target.title}”, {target.low:.3g} to "
            f"{target.high:.3g}: {outside[worst]:.0%} of the worlds lie outside, the middle one of "
            f"them {beyond:.2g} half widths of the band beyond its end; "
            + (
                "widen that band, or the laws of what it hangs on"
                if moved
                else 'try accept = "move", or widen that band'
            )
        )


def _as_arrays(population: Population) -> Mapping[str, Any]:
    return {field.name: np.asarray(getattr(population, field.name)) for field in fields(population)}


def _begun(file: Path | None, key: str) -> Population | None:
    """Return the population that was kept, if one was."""
    kept = None if file is None else read_arrays(file, key)
    if kept is None:
        return None
    plain: dict[str, Any] = {name: value if value.ndim else value.item() for name, value in kept.items()}
    return Population(**plain)


def _largest_gap(parts: Floats, weights: Floats) -> float:
    """Return the largest distance between the weighted distribution function of some numbers and the even law."""
    order = np.argsort(parts, kind="stable")
    above = np.cumsum(weights[order])
    gaps = np.maximum(above - parts[order], parts[order] - (above - weights[order]))
    return float(gaps.max())


def _median(values: Floats, weights: Floats) -> float:
    order = np.argsort(values, kind="stable")
    return float(values[order][np.searchsorted(np.cumsum(weights[order]), 0.5)])
