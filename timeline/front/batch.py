"""Many worlds in one call: numbers, rows or summaries, in memory, for loops of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from timeline.analysis.samples import sample
from timeline.config.measures import find_measure
from timeline.engines.batch import UNCHANGED, Batch
from timeline.errors import ConfigError, TimelineError
from timeline.front.study import Study, cores
from timeline.model.endpoints import IN_FORCE
from timeline.playing.tasks import task_of, world_of
from timeline.playing.values import Progress
from timeline.playing.values import rows as play_rows
from timeline.playing.values import values as play_values
from timeline.study.keys import determinants, key_of
from timeline.study.worlds import read_worlds
from timeline.study.yardsticks import Yardstick

if TYPE_CHECKING:
    import polars as pl

    from timeline.analysis.summaries import Summaries
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Arm


def values(
    study: Study,
    worlds: object = None,
    measures: Sequence[str] | None = None,
    *,
    first: int = 0,
    count: int | None = None,
    workers: int | None = None,
    kind: type[np.floating[Any]] = np.float64,
    progress: Progress | None = None,
) -> npt.NDArray[np.floating[Any]]:
    """Play a study's arms in many worlds; return what is measured of every timeline.

    All worlds and arms share their luck: replication 17 meets the same draws in each of them. One timeline in ten
    thousand is played by the reference engine too.

    Parameters
    ----------
    study
        What is asked; its arms are played, its scenarios outermost, see `arms_of`.
    worlds
        What each world assumes otherwise: a list of mappings from path to value, a mapping from path to a list of
        values, or a polars frame with a column a path. Values are as a config writes them. What a world names is so
        under every arm, whatever a scenario says of it. The study's own world if left out.
    measures
        As a config names them: ``"in force"``, ``"rmst 5 years"``, ``"leaks"``, or their keys; that of the model's
        answer if left out.
    first, count
        The replications ``first`` to ``first + count - 1``; as many as the study asks for if left out.
    workers
        How many threads; as many as there are cores if left out.
    kind
        ``numpy.float32`` takes half the memory.
    progress
        Called with (timelines done, timelines to play).

    Returns
    -------
    ndarray
        Shape (worlds, arms, measures, count), in the measure's unit: days, shares, 0 or 1; NaN where a timeline is
        not of those that the measure speaks of.

    Raises
    ------
    ConfigError
        If there is no world, a world has an unknown path or an impossible value, columns differ in length, or there
        is no such measure.
    RunError
        From a replication that has to stop.

    Examples
    --------
    >>> import timeline
    >>> study = timeline.load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
    >>> found = timeline.values(study, {"leaks.discovery": [0.05, 0.5, 0.9]}, count=40)
    >>> found.shape
    (3, 2, 1, 40)
    """
    ends = study.experiment.model.endpoints
    usual = (IN_FORCE if ends is None else ends.primary,)
    yardsticks = [_measure(study, name) for name in (usual if measures is None else measures)]
    batch = _batch(study, worlds)
    samplers = [partial(sample, yardstick) for yardstick in yardsticks]
    many = study.experiment.replications if count is None else count
    return play_values(batch, samplers, first, many, workers or cores(), kind, progress)


def rows(
    study: Study,
    worlds: object = None,
    *,
    first: int = 0,
    count: int | None = None,
    columns: Sequence[str] | None = None,
) -> pl.DataFrame:
    """Play a study's arms in many worlds; return their rows, one a timeline.

    A row of a large model takes some kilobytes: for many worlds, `values` or fewer columns.

    Parameters
    ----------
    study, worlds, first, count
        As for `values`.
    columns
        Names of columns of the rows; all if left out.

    Returns
    -------
    DataFrame
        world (its number), scenario, cadence, replication, then the final state and the observations.

    Examples
    --------
    >>> import timeline
    >>> study = timeline.load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
    >>> timeline.rows(study, [{"leaks.discovery": 0.5}], count=2, columns=["leaks"]).columns
    ['world', 'scenario', 'cadence', 'replication', 'leaks']
    """
    import polars as pl

    from timeline.keeping.rows import frame

    batch, arms = _batch(study, worlds), arms_of(study)
    many = study.experiment.replications if count is None else count
    only = None if columns is None else {"replication", *columns}
    parts = []
    for world, place, made in play_rows(batch, first, many):
        arm, table = arms[place], frame(batch.model, made, only)
        labels = {"world": pl.lit(world), "scenario": pl.lit(arm.scenario), "cadence": pl.lit(arm.cadence)}
        parts.append(table.select(*(label.alias(name) for name, label in labels.items()), *table.columns))
    return pl.concat(parts)


def arms_of(study: Study) -> tuple[Arm, ...]:
    """Return a study's arms in the order in which `values` and `rows` have them."""
    return study.experiment.arms


def _batch(study: Study, worlds: object) -> Batch:
    experiment = study.experiment
    arms = [world_of(task_of(experiment, arm)) for arm in experiment.arms]
    if worlds is None:
        return Batch(arms, UNCHANGED)
    return Batch(arms, read_worlds(experiment.model, worlds, [arm.given for arm in arms]))


def _measure(study: Study, name: str) -> Yardstick:
    experiment = study.experiment
    known = experiment.yardsticks()
    if not known:
        raise TimelineError(
            f'model "{experiment.model_name}" declares no endpoints, so there is nothing to measure; '
            "add endpoints=Endpoints(...) to the model"
        )
    try:
        yardstick = find_measure(name, known, experiment.window)
    except ValueError as problem:
        raise ConfigError(f"measures: {problem}") from None
    why = _no_value(yardstick)
    if why:
        raise ConfigError(f'measures: given "{name}", {why}')
    return yardstick


def _no_value(yardstick: Yardstick) -> str:
    """Say why a timeline has no value of a measure by itself; empty if it has."""
    if yardstick.undefined:
        return f"but {yardstick.undefined}"
    if yardstick.of_both:
        return (
            f"which is of timelines that {yardstick.of_whom} under two cadences; expected a measure that each cadence "
            "has by itself"
        )
    return ""


def measures_of(study: Study) -> Iterable[str]:
    """Return the keys of the measures that `values` knows for a study."""
    return [key for key, yardstick in study.experiment.yardsticks().items() if not _no_value(yardstick)]


def summaries(
    study: Study,
    worlds: object = None,
    *,
    scenario: str | None = None,
    measures: Sequence[str] | None = None,
    first: int = 0,
    count: int | None = None,
    curves: bool = True,
    workers: int | None = None,
    executor: Executor | None = None,
    listener: Listener | None = None,
) -> Summaries:
    """Play a study's cadences in many worlds; keep, for each world, what every estimate needs, and no row.

    Parameters
    ----------
    study, worlds, first, count
        As for `values`.
    scenario
        Which of the study's scenarios; the first if left out.
    measures
        Which measures, as for `values`; all if left out.
    curves
        Whether curves, causes, hazards and fates are kept too.
    workers
        How many threads; of an executor, how many workers it has.
    executor
        Plays instead: any `concurrent.futures.Executor`, of this machine or of a cluster.
    listener
        Told how far it is.

    Returns
    -------
    Summaries
        ``summaries.worlds[3]`` is a `timeline.analysis.world_summary.WorldSummary`; ``summaries.table()`` a frame of
        all estimates and paired contrasts by world.

    Raises
    ------
    ConfigError, RunError
        As for `values`; and if there is no such scenario.

    Examples
    --------
    >>> import timeline
    >>> study = timeline.load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
    >>> found = timeline.summaries(study, {"leaks.discovery": [0.05, 0.9]}, measures=["in force"], count=40)
    >>> found.table().select("world", "cadence", "n").rows()
    [(0, 'silence', 40), (0, 'staged-opening', 40), (1, 'silence', 40), (1, 'staged-opening', 40)]
    """
    from timeline.analysis.summary_settings import SummarySettings
    from timeline.playing.summing import sum_up

    experiment = study.experiment
    where = study.arm(None, scenario).scenario
    arms = [arm for arm in experiment.arms if arm.scenario == where]
    keys = list(measures_of(study)) if measures is None else [_measure(study, name).key for name in measures]
    assert experiment.model.endpoints is not None  # or there would be no measures
    settings = SummarySettings.choose(
        experiment.model.endpoints,
        experiment.window,
        [arm.cadence for arm in arms],
        experiment.baseline,
        only=None if measures is None else keys,
        model=key_of([determinants(experiment).run, where]),
        curves=curves,
    )
    read = UNCHANGED if worlds is None else read_worlds(experiment.model, worlds, [arm.values for arm in arms])
    tasks = {arm.cadence: task_of(experiment, arm) for arm in arms}
    many = experiment.replications if count is None else count
    crew: dict[str, Any] = {"workers": workers or cores(), "executor": executor, "listener": listener}
    return sum_up(experiment, tasks, tuple(read), settings, first, many, **crew)
