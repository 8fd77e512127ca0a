"""What a difference hangs on: all assumptions screened, the weightiest measured, and where one turns the advice.

Assumptions move over their plausible ranges, as `[uncertainty]` has them; what a config sets stays. All worlds meet the
same replications, so that differences between worlds are hardly luck.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.ignorance.findings import MARGIN
from timeline.analysis.ignorance.flips import Ladder, critical_of, flip_sentence, flip_table, tornado_table
from timeline.analysis.ignorance.hanging import Sensitivity
from timeline.analysis.ignorance.morris import LEVELS, morris_design, morris_table
from timeline.analysis.ignorance.slopes import slopes
from timeline.analysis.ignorance.sobol import sobol_design, sobol_table
from timeline.arrays import Flags, Floats
from timeline.errors import ConfigError
from timeline.front.study import Study, cores
from timeline.front.targets import world_space
from timeline.front.worldplay import WorldPlay, measures_of
from timeline.playing.between import WorldMeans
from timeline.playing.listener import Listener
from timeline.study.drawn import WorldSpace, sobol_points

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import polars as pl

    from timeline.model.values import Number
    from timeline.study.experiment import Arm
    from timeline.study.yardsticks import Yardstick

#: Where along an assumption's range the cadences are compared, as parts of its law.
RUNGS = (0.025, 0.25, 0.5, 0.75, 0.975)
#: Timelines a cadence by which the one to look at is chosen, and by which flips are looked for.
MANY = 1_000
#: Fewer paths tell nothing of one assumption.
FEWEST_PATHS = 2


def sensitivity(
    study: Study,
    cadence: str | None = None,
    *,
    paths: int = 8,
    keep: int = 10,
    points: int = 128,
    replications: int = 200,
    workers: int | None = None,
    listener: Listener | None = None,
) -> Sensitivity:
    """Find what the difference of a cadence from the baseline hangs on, in the first scenario.

    Parameters
    ----------
    study
        What is asked; its ``[uncertainty]`` says how assumptions are distributed, or their plausible ranges do.
    cadence
        Which one; the best of a pilot if left out.
    paths
        Of the screening; each plays a world more than there are assumptions.
    keep
        How many of the weightiest assumptions are measured further.
    points
        Of Sobol's design, a power of 2; each plays two worlds more than are kept.
    replications
        Of each world under each cadence.
    workers
        Threads; as many as there are cores if left out.
    listener
        Told what is done and how far it is.

    Raises
    ------
    ConfigError
        If there is no such cadence or only one, or a number is too small.
    RunError
        From a replication.

    Examples
    --------
    >>> import timeline
    >>> study = timeline.load("configs/ceasefire/monitors.toml")
    >>> found = timeline.sensitivity(study, paths=2, keep=2, points=8, replications=20)
    >>> found.tornado.height
    2
    """
    size = Screening(paths, keep, points, replications)
    asked = study if study.experiment.uncertainty is not None else study.change("uncertainty", {"worlds": 2})
    return screened(WorldPlay(asked.experiment, None, "", workers or cores(), listener or Listener()), size, cadence)


@dataclass(frozen=True)
class Screening:
    """How closely is looked; for all but the last see `sensitivity`.

    Attributes
    ----------
    paths, keep, points, replications
        Of the screening, and of Sobol's design.
    many
        Timelines a cadence by which flips are looked for.

    Raises
    ------
    ConfigError
        If a number is too small.
    """

    paths: int
    keep: int
    points: int
    replications: int
    many: int = MANY

    def __post_init__(self) -> None:
        least = {"paths": FEWEST_PATHS, "keep": 1, "replications": 2}
        for word, fewest in least.items():
            if (given := getattr(self, word)) < fewest:
                raise ConfigError(f"{word}: given {given}, expected {fewest} or more")


def screened(play: WorldPlay, size: Screening, cadence: str | None = None) -> Sensitivity:
    """Find what the difference of a cadence from the baseline hangs on; see `sensitivity`."""
    look = _Look(play, size)
    place = look.place_of(cadence)
    screening, weightiest = look.screened(place)
    return look.found(place, screening, weightiest)


def weightiest(play: WorldPlay, worlds: int, replications: int, keep: int) -> tuple[str, list[str]]:
    """Return the cadence that does best, and the assumptions along which its difference slopes most, weightiest first.

    All assumptions move at once, each over its whole law.

    Parameters
    ----------
    play
        Who plays.
    worlds, replications
        How many worlds, and timelines of each under either cadence.
    keep
        How many assumptions are returned.
    """
    look = _Look(play, Screening(FEWEST_PATHS, keep, points=1, replications=replications))
    place = look.place_of(None)
    many = len(look.space.paths)
    look.listener.said(f"Looking which of {many} assumptions matter most.")
    cube = sobol_points(many, worlds, look.seed)
    cube = cube[look.good(cube)]
    steepness = abs(slopes(cube, look.outcomes("weightiest", cube, place)["difference"]))
    return look.names[place], [look.space.paths[driver] for driver in np.argsort(-steepness, kind="stable")[:keep]]


def write_sensitivity(found: Sensitivity, folder: str | os.PathLike[str]) -> list[Path]:
    """Write the tables, a tornado and the ladders into a folder; return the files."""
    from timeline.keeping.csv_files import csv_bytes
    from timeline.keeping.files import write_aside
    from timeline.plots.sensitivity import flip_ladder, tornado
    from timeline.plots.style import png, svg

    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    files = {
        f"{name}.csv": csv_bytes(getattr(found, name))
        for name in ("screening", "indices", "tornado", "flips", "ladders")
    }
    for name, figure in {"tornado": tornado(found), "flips": flip_ladder(found)}.items():
        files |= {f"{name}.svg": svg(figure, name).encode(), f"{name}.png": png(figure)}
    for name, content in files.items():
        write_aside(place / name, content)
    return [place / name for name in files]


def say_sensitivity(found: Sensitivity) -> str:
    """Say in a sentence or two what a difference hangs on."""
    from timeline.plots.sensitivity import tornado_caption

    return tornado_caption(found)


class _Look:
    """Plays worlds of one scenario for a look at what they hang on."""

    def __init__(self, play: WorldPlay, size: Screening) -> None:
        experiment = play.experiment
        self.world_play, self.size, self.listener = play, size, play.listener
        self.arms: list[Arm] = play.arms()
        if len(self.arms) < 2:
            raise ConfigError(f"{experiment.path}: cadences: given one, expected two or more to compare")
        self.names = [arm.cadence for arm in self.arms]
        self.base = self.names.index(experiment.baseline)
        assert experiment.uncertainty is not None
        self.space: WorldSpace = world_space(experiment, experiment.uncertainty)
        self.seed = experiment.uncertainty.seed
        self.yardstick: Yardstick = measures_of(experiment)[0]
        self.timelines, self.luck = 0, 0.0

    def play(self, name: str, worlds: Sequence[Mapping[str, Number]], arms: Sequence[int], count: int) -> WorldMeans:
        self.timelines += len(worlds) * len(arms) * count
        return self.world_play.means(worlds, [self.arms[arm] for arm in arms], [self.yardstick], count, name)

    @property
    def sign(self) -> float:
        return -1.0 if self.yardstick.better == "lower" else 1.0

    def place_of(self, cadence: str | None) -> int:
        """Return the place of the cadence to look at: the one named, or the best of a pilot but for the baseline."""
        if cadence is not None:
            if cadence not in self.names or cadence == self.names[self.base]:
                others = ", ".join(name for name in self.names if name != self.names[self.base])
                raise ConfigError(f'--cadence: given "{cadence}", expected one of {others}')
            return self.names.index(cadence)
        self.listener.said("Looking for the cadence that does best.")
        mean = self.sign * self.play("leading", [{}], range(len(self.arms)), MANY).mean[0, 0]
        mean[self.base] = -np.inf
        return int(np.nanargmax(mean))

    def screened(self, place: int) -> tuple[pl.DataFrame, list[int]]:
        """Screen all assumptions; return the tables, and the places of those that weigh most in the difference."""
        import polars as pl

        many = len(self.space.paths)
        self.listener.said(f"Screening {many} assumptions.")
        design = self._possible(morris_design(many, self.size.paths, seed=self.seed), many + 1)
        outcomes = self.outcomes("screening", design, place)
        tables = {of: morris_table(self.space.paths, design, values, seed=self.seed) for of, values in outcomes.items()}
        ranked = tables["difference"]["driver"].to_list()
        weightiest = [self.space.paths.index(name) for name in ranked[: min(self.size.keep, many)]]
        return pl.concat([table.select(pl.lit(of).alias("of"), pl.all()) for of, table in tables.items()]), weightiest

    def found(self, place: int, screening: pl.DataFrame, weightiest: list[int]) -> Sensitivity:
        """Measure the weightiest assumptions, and look where one turns the advice."""
        indices = self.measured(place, weightiest)
        ladders, ends = self.ladders(place, weightiest)
        names = [self.space.paths[driver] for driver in weightiest]
        margin = MARGIN if self.yardstick.unit == "share" else 0.0
        flips = flip_table(
            ladders,
            self.names,
            self.names[place],
            defaults={name: self._default(name) for name in names},
            margin=margin,
        )
        return Sensitivity(
            cadence=self.names[place],
            baseline=self.names[self.base],
            measure=self.yardstick.title,
            unit=self.yardstick.unit,
            screening=screening,
            indices=indices,
            tornado=tornado_table(names, *ends[:2], low_error=ends[2], high_error=ends[3]),
            flips=flips,
            ladders=self._ladder_table(ladders, margin),
            luck=self.luck,
            said=flip_sentence(flips),
            timelines=self.timelines,
        )

    def measured(self, place: int, drivers: list[int]) -> pl.DataFrame:
        """Return Sobol's indices of some assumptions, all others at the middle of their laws."""
        import polars as pl

        points = self.size.points
        self.listener.said(f"Measuring the {len(drivers)} weightiest.")
        design = sobol_design(len(drivers), points, seed=self.seed)
        whole = np.concatenate([design.first, design.second, *design.mixed])
        cube = np.full((len(whole), len(self.space.paths)), 0.5)
        cube[:, drivers] = whole
        good = self.good(cube).reshape(len(drivers) + 2, points).all(axis=0)
        names = [self.space.paths[driver] for driver in drivers]
        tables = []
        for of, values in self.outcomes("indices", cube, place).items():
            first, second, *mixed = values.reshape(len(drivers) + 2, points)[:, good]
            table = sobol_table(names, first, second, np.array(mixed), seed=self.seed)
            tables.append(table.select(pl.lit(of).alias("of"), pl.all()))
        return pl.concat(tables)

    def ladders(
        self, place: int, drivers: list[int]
    ) -> tuple[dict[str, Ladder], tuple[Floats, Floats, Floats, Floats]]:
        """Play every cadence along some assumptions' ranges, all others as they are."""
        self.listener.said("Looking where one of them turns the advice.")
        cube = np.full((len(drivers) * len(RUNGS), len(self.space.paths)), 0.5)
        for k, driver in enumerate(drivers):
            cube[k * len(RUNGS) : (k + 1) * len(RUNGS), driver] = RUNGS
        whole = self._full(cube)
        written, worlds = self.space.written(whole), self.space.at(whole)
        paths = [self.space.paths[drivers[k // len(RUNGS)]] for k in range(len(cube))]
        alone = [{path: world[path]} for path, world in zip(paths, worlds, strict=True)]
        played = self.play("ladders", alone, range(len(self.arms)), self.size.many)
        gain, error = self._against(played, place)
        lead, lead_error = self._against(played, self.base)
        ladders = {}
        for k, driver in enumerate(drivers):
            rungs = slice(k * len(RUNGS), (k + 1) * len(RUNGS))
            ladders[self.space.paths[driver]] = Ladder(written[rungs, driver], gain[rungs], error[rungs])
        low, high = slice(0, None, len(RUNGS)), slice(len(RUNGS) - 1, None, len(RUNGS))
        ends = (lead[low, place], lead[high, place], lead_error[low, place], lead_error[high, place])
        return ladders, ends

    def _ladder_table(self, ladders: Mapping[str, Ladder], margin: float) -> pl.DataFrame:
        """Tell which cadence leads at each rung, how far, and whether luck could have done it."""
        import polars as pl

        critical = critical_of(ladders, len(self.names))
        return pl.DataFrame(
            [
                {
                    "driver": driver,
                    "rung": rung,
                    "value": float(value),
                    "best": self.names[int(np.argmax(gain))],
                    "gain": float(gain.max()),
                    "se": float(np.sqrt(error[int(np.argmax(gain))])),
                    "sure": bool(gain.max() - critical * np.sqrt(error[int(np.argmax(gain))]) > margin),
                }
                for driver, ladder in ladders.items()
                for rung, value, gain, error in zip(RUNGS, *ladder, strict=True)
            ]
        )

    def _against(self, played: WorldMeans, place: int) -> tuple[Floats, Floats]:
        """Return differences from one arm and their squared errors, shape (worlds, arms); more is better."""
        mean, covariance = played.mean[:, 0], played.covariance[:, 0]
        own = np.einsum("waa->wa", covariance)
        return self.sign * (mean - mean[:, [place]]), own + own[:, [place]] - 2 * covariance[:, :, place]

    def outcomes(self, name: str, cube: Floats, place: int) -> dict[str, Floats]:
        """Return the baseline's outcome and the difference in each world; 0 where no timeline counts."""
        played = self.play(name, self.space.at(self._full(cube)), [self.base, place], self.size.replications)
        if not self.luck:  # that of the screening, which is played first
            errors = played.covariance[:, 0]
            self.luck = float(np.sqrt(np.mean(errors[:, 0, 0] + errors[:, 1, 1] - 2 * errors[:, 0, 1])))
        mean = np.nan_to_num(played.mean[:, 0])
        return {"outcome": mean[:, 0], "difference": self.sign * (mean[:, 1] - mean[:, 0])}

    def _full(self, cube: Floats) -> Floats:
        """Add the coordinates that are no assumption: which row of given draws, and the luck."""
        return np.concatenate([cube, np.full((len(cube), self.space.size - cube.shape[1]), 0.5)], axis=1)

    def good(self, cube: Floats) -> Flags:
        """Say which worlds do not contradict the model."""
        return self.space.possible(self._full(cube), self.arms[self.base].values)

    def _possible(self, design: Floats, length: int) -> Floats:
        """Leave out paths on which some world contradicts the model; refuse if hardly any is left."""
        # Levels lie at the ends of the laws, which may have none.
        inside = (design * (LEVELS - 1) + 0.5) / LEVELS
        good = np.asarray(self.good(inside).reshape(-1, length).all(axis=1))
        if good.sum() < FEWEST_PATHS:
            raise ConfigError(f"--paths: of {len(good)} paths {good.sum()} are possible, expected 2 or more; give more")
        return inside.reshape(len(good), length, -1)[good].reshape(-1, design.shape[1])

    def _default(self, path: str) -> float:
        """Return an assumption's value in this study, in its declared unit."""
        from timeline.model.values import in_unit

        parameter = self.space.model.assumptions[path]
        value = self.arms[self.base].values.get(path)
        return float(in_unit(parameter, value)) if value is not None else float(parameter.default)
