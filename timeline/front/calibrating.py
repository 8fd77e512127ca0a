"""Calibrating a study: the worlds that fit what is known of the real one, and what they have learnt."""

from __future__ import annotations

import hashlib
import io
import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.analysis.calibration import (
    CalibrationTables,
    TargetFit,
    centre,
    fit_table,
    pairs_table,
    weighted_quantiles,
)
from timeline.analysis.rank_histogram import rank_of, rank_table
from timeline.errors import ConfigError
from timeline.front.study import Study, cores
from timeline.front.targets import RECORD_FILE, Held, targets_from
from timeline.front.worlds import Worlds, find_worlds
from timeline.study.drawn import sobol_points
from timeline.study.given_draws import checksum
from timeline.study.keys import key_of, worlds_key
from timeline.words import counted, listing

if TYPE_CHECKING:
    import polars as pl

    from timeline.playing.listener import Listener
    from timeline.study.experiment import Experiment
    from timeline.study.uncertainty import Target, Uncertainty

POSTERIOR = "posterior.parquet"
RECIPE = "recipe.json"
#: Worlds of the prior by which the accepted are held against it.
DRAWN = 200
#: Laws by equal ratios: their middle is that of the logarithms.
_BY_RATIOS = ("loguniform", "lognormal")
#: Accepted worlds of one round of a self-check, and among how many draws a true value gets its rank.
CHECK_WORLDS, RANKS = 60, 39


@dataclass(frozen=True, eq=False)
class Calibration:
    """What a calibration has found.

    Attributes
    ----------
    study
        What was calibrated.
    worlds
        The accepted worlds: draws of the posterior.
    tables
        How they fit, what they have learnt, what trades off, and a self-check.
    """

    study: Study
    worlds: Worlds
    tables: CalibrationTables

    @property
    def fit(self) -> pl.DataFrame:
        """How the accepted worlds meet each target, used or left out."""
        return self.tables.fit

    @property
    def learnt(self) -> pl.DataFrame:
        """How the accepted worlds differ in each assumption from what was drawn."""
        return self.tables.learnt

    @property
    def pairs(self) -> pl.DataFrame:
        """Which assumptions trade off."""
        return self.tables.pairs

    @property
    def check(self) -> pl.DataFrame:
        """Ranks of true values in a self-check; empty if none was made."""
        return self.tables.check

    @property
    def posterior(self) -> pl.DataFrame:
        """A column an assumption in its declared unit, a row a world, and ``weight``: ``from`` of ``[uncertainty]``."""
        import polars as pl

        found = self.worlds.drawn.frame()
        return found.with_columns(pl.Series("weight", self.worlds.weights))

    @property
    def answer(self) -> str:
        """What was found, in words."""
        return say_calibration(self)

    def _as_parquet(self) -> bytes:
        room = io.BytesIO()
        self.posterior.write_parquet(room)
        return room.getvalue()

    def _recipe(self, command: str, posterior: bytes) -> bytes:
        """Say what the posterior was made of, and how it is made again."""
        recipe: dict[str, Any] = {
            "command": command,
            "model": self.study.experiment.model_name,
            "sources": self.study.experiment.workspace.sources_hash(self.study.experiment.model_name),
            "worlds": worlds_key(self.study.experiment),
            "uncertainty": self.worlds.uncertainty.to_json(),
            "timelines": self.worlds.timelines,
            "sha256": hashlib.sha256(posterior).hexdigest(),
        }
        return (json.dumps(recipe, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()

    def write_posterior(self, file: str | os.PathLike[str], command: str = "") -> None:
        """Write the accepted worlds as Parquet, and beside it how they were found, under the same name as JSON.

        Parameters
        ----------
        file
            The table.
        command
            The line that makes it again.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from timeline.keeping.files import write_aside

        posterior = self._as_parquet()
        write_aside(Path(file).with_suffix(".json"), self._recipe(command, posterior))
        write_aside(Path(file), posterior)

    def write(self, folder: str | os.PathLike[str], command: str = "") -> Path:
        """Write the posterior, its recipe, the tables and the page into a folder; return the page.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from timeline.pages.calibration import write_calibration

        posterior = self._as_parquet()
        files = {POSTERIOR: posterior, RECIPE: self._recipe(command, posterior)}
        title = f"{self.study.experiment.title}: calibration"
        return write_calibration(self.tables, Path(folder), title, self.answer, command, files)


def calibrate(
    study: Study,
    *,
    data: str | os.PathLike[str] | None = None,
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    budget: float | None = None,
    check: int = 0,
    listener: Listener | None = None,
) -> Calibration:
    """Find the worlds that fit what is known of the real one, and say what they have learnt.

    Parameters
    ----------
    study
        What is asked. Its ``[uncertainty]`` says which assumptions are free and by which laws, the bands to be met, and
        those that are left out for a test.
    data, folder, workers, budget, listener
        As for `timeline.front.worlds.worlds`.
    check
        Rounds of a self-check: each takes a drawn world for the real one and calibrates to what that shows.

    Returns
    -------
    Calibration

    Raises
    ------
    ConfigError
        If the study names no band, or no world lies within all of them.
    RunError, ModelError
        From a replication.

    Examples
    --------
    >>> import timeline
    >>> study = timeline.load("configs/ceasefire/monitors.toml").change("uncertainty", {
    ...     "worlds": 40, "replications": 100, "free": ["line.growth", "line.calming"],
    ...     "keep": [{"measure": "outcome war", "within": [0.5, 0.7]}]})
    >>> found = timeline.calibrate(study)
    >>> found.fit["role"].to_list(), found.learnt.height
    (['used'], 2)
    """
    experiment, asked = study.experiment, study.experiment.uncertainty
    if asked is None or not asked.used:
        raise ConfigError(
            f"{experiment.path}: uncertainty: names no band, expected record = ... or [[uncertainty.keep]]: "
            "what a model is calibrated to"
        )
    if data is not None:
        _require_record(Path(data))
        asked = replace(asked, keep=targets_from(asked.keep, Path(data)))
        experiment = replace(experiment, uncertainty=asked)
    if asked.accept == "reject":  # a table of so many draws is wanted
        asked = replace(asked, accept="move")
        experiment = replace(experiment, uncertainty=asked)
    options: dict[str, Any] = {"workers": workers or cores(), "listener": listener}
    found = find_worlds(experiment, study.arm(), folder=folder, budget=budget, **options)
    held = Held(experiment, study.arm(), (*found.targets, *asked.tested), **options)
    tables = CalibrationTables(
        fit=_fit(held, asked, found),
        learnt=_learnt(experiment, found),
        pairs=_pairs(found),
        check=_checked(study, experiment, asked, check, options),
        rounds=check,
    )
    return Calibration(study, found, tables)


def _require_record(data: Path) -> None:
    if not (data / RECORD_FILE).is_file():
        raise ConfigError(
            f"{data}: has no {RECORD_FILE}, expected the record whose survival is taken; leave out --data"
        )


def calibration_folder(study: Study, out: Path | None = None, data: Path | None = None) -> Path:
    """Return the folder of a calibration, whether or not it exists; another where bands come from a record's file."""
    experiment = study.experiment
    root = experiment.workspace.results if out is None else out
    if data is not None:
        _require_record(data)
    record = "" if data is None else checksum(data / RECORD_FILE)
    return root / experiment.kept_as / f"calibration-{key_of([worlds_key(experiment), record])}"


def _fit(held: Held, asked: Uncertainty, found: Worlds) -> pl.DataFrame:
    """Hold worlds as drawn and accepted ones against all targets, by luck that chose none of them."""
    space = found.drawn.space
    first = sobol_points(space.size, DRAWN, asked.seed)
    first = first[space.possible(first, held.arm.values)]
    drawn = held.fresh(space.at(first), space.lucks(first))
    accepted = held.fresh(found.changes, space.lucks(found.drawn.cube))
    return fit_table(TargetFit(held.targets, len(asked.tested), drawn, accepted), found.weights)


def _learnt(experiment: Experiment, found: Worlds) -> pl.DataFrame:
    """Tell for each free assumption how its draws differ from what was drawn, and their centre."""
    import polars as pl

    space, parameters = found.drawn.space, experiment.model.assumptions
    grid = np.tile(np.array([[0.05], [0.5], [0.95]]), (1, space.size))
    before, written = space.written(grid), found.drawn.written
    logarithm = [path in space.priors and space.priors[path].law in _BY_RATIOS for path in space.paths]
    middles = centre(written, found.weights, logarithm)
    rows = []
    for place, path in enumerate(space.paths):
        after = weighted_quantiles(written[:, place], found.weights, (0.05, 0.5, 0.95))
        rows.append(
            {
                "path": path,
                "evidence": str(parameters[path].evidence),
                "unit": parameters[path].unit,
                "default": float(parameters[path].default),
                **{f"drawn_{at}": float(value) for at, value in zip(("05", "50", "95"), before[:, place], strict=True)},
                **{f"accepted_{at}": value for at, value in zip(("05", "50", "95"), after, strict=True)},
                "centre": middles[place],
            }
        )
    table = pl.DataFrame(rows)
    told = found.differing.select("path", "statistic", "floor", learnt="differs")
    return table.join(told, on="path", how="left", maintain_order="left").sort(
        "statistic", "path", descending=[True, False], nulls_last=True
    )


def _pairs(found: Worlds) -> pl.DataFrame:
    told = [place for place, path in enumerate(found.drawn.space.paths) if path in found.drawn.space.priors]
    names = [found.drawn.space.paths[place] for place in told]
    return pairs_table(names, found.drawn.written[:, told], found.weights, found.effective)


def _checked(
    study: Study, experiment: Experiment, asked: Uncertainty, rounds: int, options: dict[str, Any]
) -> pl.DataFrame:
    """Take drawn worlds for the real one, calibrate to what each shows, and rank what it assumes among the draws.

    The bands are as wide as those of the record, about what the world shows.
    """
    import polars as pl

    if not rounds:
        return pl.DataFrame()
    arm = study.arm()
    held = Held(experiment, arm, asked.used, **options)
    space = held.space
    cube = sobol_points(space.size, 4 * rounds, asked.seed + 1)
    cube = cube[space.possible(cube, arm.values)][:rounds]
    shown, written = held.fresh(space.at(cube), space.lucks(cube)), space.written(cube)
    rng, ranks = np.random.default_rng(asked.seed), []
    for truth, seen in zip(written, shown, strict=True):
        bands = [_about(target, value) for target, value in zip(asked.used, seen, strict=True) if np.isfinite(value)]
        own = replace(
            asked, keep=tuple(bands), hold_out=(), record="", worlds=CHECK_WORLDS, accept="move", seed=asked.seed + 2
        )
        try:
            found = find_worlds(replace(experiment, uncertainty=own), arm, **options)
        except ConfigError:  # no world fits what this one shows; the page says in how many rounds
            continue
        ranks.append([rank_of(value, found.drawn.written[:, place], rng, RANKS) for place, value in enumerate(truth)])
    if not ranks:
        return pl.DataFrame()
    return rank_table(space.paths, np.array(ranks), RANKS)


def _about(target: Target, value: float) -> Target:
    """Return a target's band moved to a value, as wide as it is."""
    if target.logarithm:
        factor = np.sqrt(target.high / target.low)
        return replace(target, low=value / factor, high=value * factor)
    half = (target.high - target.low) / 2
    return replace(target, low=value - half, high=value + half)


def say_calibration(found: Calibration) -> str:
    """Say in a few sentences how a calibration fits, and of which assumptions the data say something."""
    used, tested = found.fit.filter(role="used"), found.fit.filter(role="left out")
    said = [found.worlds.sentence]
    poor = used.filter(used["inside"] < 0.5)["target"].to_list()
    said.append(
        f"By fresh luck most of the accepted worlds lie within each of {counted(used.height, 'band')}."
        if not poor
        else f"By fresh luck less than half of the accepted worlds lie within the bands of {listing(poor)}."
    )
    if tested.height:
        met = [f"{row['inside']:.0%} within that of “{row['target']}”" for row in tested.iter_rows(named=True)]
        said.append(f"Of bands that chose no world: {listing(met)}.")
    learnt = found.learnt.filter("learnt")["path"].to_list()
    said.append(
        f"The data say something of {listing(learnt[:4])}{' and others' if len(learnt) > 4 else ''}, and nothing that "
        f"stands out from chance of {counted(found.learnt.height - len(learnt), 'other assumption')}."
        if learnt
        else f"Of none of {counted(found.learnt.height, 'assumption')} do the data say more than chance would."
    )
    return " ".join(said)
