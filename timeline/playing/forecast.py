"""Planning: from a pilot, how many replications a precision takes, or how precise a number of them will be."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from timeline.analysis.samples import sample
from timeline.arrays import Rows
from timeline.errors import TimelineError
from timeline.playing.here import do_here
from timeline.playing.runner import Job
from timeline.playing.tasks import Task, prepare, simulate, task_of
from timeline.study.keys import arm_keys

if TYPE_CHECKING:
    from timeline.analysis.samples import Sample
    from timeline.analysis.stopping import Look, Watch
    from timeline.study.experiment import Experiment
    from timeline.study.yardsticks import Yardstick

#: The pilot is cut into so many parts; leaving out each in turn shows how sure its forecast is.
_PARTS = 10
#: Measures that every plan shows, by how their keys begin.
_MAIN = (
    "in_force_end", "in_force_verified_end", "rmst_in_force_", "survival_since_signature_", "hostility",
    "time_to_accord",
)  # fmt: skip


@dataclass(frozen=True)
class Width:
    """How wide the widest 95% intervals of a measure will be.

    Attributes
    ----------
    measure, title, unit
        Which.
    estimates, contrasts
        Half the width of the widest interval of a cadence, and of a difference from the baseline; NaN if none is
        defined, or the pilot cannot tell.
    note
        Which intervals are not defined, and why.
    """

    measure: str
    title: str
    unit: str
    estimates: float
    contrasts: float
    note: str


@dataclass(frozen=True)
class Forecast:
    """What a run will take and give.

    Attributes
    ----------
    pilot
        Replications of each arm that were played for it.
    arms
        Different arms.
    needed
        Replications of each arm that the config's precision takes; None if it has none, or none is defined.
    low, high
        Between which that probably (95%) is, for all that so small a pilot can tell.
    replications
        Those that will be played: what is needed, as far as the config allows, or what it says.
    half_width
        What they give of the config's precision.
    widest
        Whose interval is the widest of them: (scenario, cadence).
    left_out
        Intervals of the config's precision that the pilot does not define, and why.
    workers, seconds, bytes
        How long that takes with so many workers, and what it takes on disk.
    widths
        How precise the main measures will be.
    """

    pilot: int
    arms: int
    needed: float | None
    low: float | None
    high: float | None
    replications: int
    half_width: float | None
    widest: tuple[str, str] | None
    left_out: tuple[str, ...]
    workers: int
    seconds: float
    bytes: float
    widths: tuple[Width, ...]


def forecast(
    experiment: Experiment,
    pilot: int,
    *,
    workers: int = 1,
    engine: str = "compiled",
    say: Callable[[str], None] = lambda text: None,
) -> Forecast:
    """Play a pilot, write nothing, and say what a run will take.

    Parameters
    ----------
    experiment
        The config.
    pilot
        Replications of each arm, at least 20; the first ones of the run.
    workers
        How many the run will have; the pilot is played by one.
    engine
        One of `timeline.playing.tasks.ENGINES`.
    say
        Called with a sentence for the user.

    Raises
    ------
    TimelineError
        If the model declares no endpoints, or a replication has to stop.
    """
    from timeline.analysis.stopping import STEP
    from timeline.study.yardsticks import declare_yardsticks

    ends = experiment.model.endpoints
    if ends is None:
        raise TimelineError(
            f'model "{experiment.model_name}" declares no endpoints, so there is nothing to be precise about; '
            "add endpoints=Endpoints(...) to the model"
        )
    declared = {measure.key: measure for measure in declare_yardsticks(ends, experiment.window)}
    shown = {key for key in declared if key.startswith(_MAIN)} | {ends.primary}
    shown |= {experiment.precision.measure} if experiment.precision else set()
    shown |= set(experiment.aims.measures) if experiment.aims else set()
    played = _play(experiment, pilot, engine, [declared[key] for key in declared if key in shown], say)

    needed = low = high = half_width = widest = None
    left_out: tuple[str, ...] = ()
    replications = experiment.replications
    if experiment.precision is not None:
        wanted = experiment.precision
        measure = declared[wanted.measure]
        found = _need(experiment, played, measure, None)
        left_out = found.left_out
        if found.cadence:
            needed, widest = found.needed, (found.scenario, found.cadence)
            low, high = _range(experiment, played, measure, needed)
            replications = max(replications, min(math.ceil(needed / STEP) * STEP, wanted.at_most))
            watches = _watches(experiment, played, measure, wanted.of)
            half_width, _ = _widest(watches, replications / pilot)
    widths = tuple(_width(experiment, played, measure, replications / pilot) for measure in played.values)
    arms = len(set(arm_keys(experiment).values()))
    return Forecast(
        pilot=pilot,
        arms=arms,
        needed=needed,
        low=low,
        high=high,
        replications=replications,
        half_width=half_width,
        widest=widest,
        left_out=left_out,
        workers=workers,
        seconds=replications * arms * played.seconds / workers,
        bytes=replications * arms * played.bytes,
        widths=widths,
    )


@dataclass(frozen=True)
class _Played:
    """The pilot: the values of each measure under each arm; seconds and bytes that a replication takes."""

    values: dict[Yardstick, dict[tuple[str, str], Sample]]
    seconds: float
    bytes: float


def _play(
    experiment: Experiment, pilot: int, engine: str, measures: Sequence[Yardstick], say: Callable[[str], None]
) -> _Played:
    from timeline.analysis.histories import read_histories
    from timeline.keeping.files import parquet
    from timeline.keeping.rows import frame

    keys = arm_keys(experiment)
    tasks = {keys[arm.scenario, arm.cadence]: task_of(experiment, arm, engine) for arm in experiment.arms}
    ends = experiment.model.endpoints
    assert ends is not None
    seconds, sizes = dict.fromkeys(tasks, 0.0), dict.fromkeys(tasks, 0.0)
    found: dict[str, list[Sample]] = {}

    def take(task: Task, made: tuple[Rows, float]) -> None:
        rows, seconds[task.arm] = made
        table = frame(experiment.model, rows)
        # The difference leaves out what a file takes however many rows it has.
        sizes[task.arm] = (len(parquet(table)) - len(parquet(table.head(1)))) / max(1, len(rows) - 1)
        history = read_histories(table, ends, experiment.horizon, task.label)
        found[task.arm] = [sample(measure, history) for measure in measures]

    first = next(iter(tasks.values()))
    prepare(first, say)
    # The first arm begins with one replication that loads the engine: what it takes is not to be counted, and the
    # whole pilot of that arm stands over it.
    units = iter([replace(first, count=1), *(replace(task, count=pilot) for task in tasks.values())])
    do_here(Job(_timed, lambda: next(units, None), take, lambda task: task.label), say)
    return _Played(
        values={measure: {arm: found[key][at] for arm, key in keys.items()} for at, measure in enumerate(measures)},
        seconds=sum(seconds.values()) / (pilot * len(tasks)),
        bytes=sum(sizes.values()) / len(tasks),
    )


def _timed(task: Task) -> tuple[Rows, float]:
    """Play a chunk; return its rows, and the seconds it took."""
    began = time.perf_counter()
    rows = simulate(task)
    return rows, time.perf_counter() - began


def _watches(
    experiment: Experiment, played: _Played, measure: Yardstick, of: str, without: int | None = None
) -> dict[str, Watch]:
    """Watch a measure over the pilot; over all of it, or without one of its parts."""
    from timeline.analysis.samples import Sample
    from timeline.analysis.stopping import Watch

    cadences, values = list(experiment.cadences), played.values[measure]
    watches = {}
    for scenario in experiment.scenarios:
        watch = watches[scenario] = Watch(measure, cadences, experiment.baseline, of)
        own = {cadence: values[scenario, cadence] for cadence in cadences}
        if without is not None:
            kept = np.arange(len(own[experiment.baseline].values)) % _PARTS != without
            own = {cadence: Sample(sample.values[kept], sample.among[kept]) for cadence, sample in own.items()}
        watch.add(own)
    return watches


def _need(experiment: Experiment, played: _Played, measure: Yardstick, without: int | None) -> Look:
    from timeline.analysis.stopping import look

    assert experiment.precision is not None
    watches = _watches(experiment, played, measure, experiment.precision.of, without)
    return look(watches, experiment.precision.half_width, fewer=True)


def _range(experiment: Experiment, played: _Played, measure: Yardstick, needed: float) -> tuple[float, float]:
    """Return between which numbers the need lies, from what it is without each part of the pilot (jackknife)."""
    logs = np.log([_need(experiment, played, measure, part).needed for part in range(_PARTS)])
    error = float(np.sqrt((_PARTS - 1) * np.var(logs)))
    return needed * math.exp(-2 * error), needed * math.exp(2 * error)


def _widest(watches: Mapping[str, Watch], times: float) -> tuple[float, str]:
    """Return half the width of the widest interval that is defined, and which are not."""
    from timeline.analysis.stopping import say_arm

    widths, notes = [], []
    for scenario, cadence, half, note in _intervals(watches, times):
        if math.isnan(half):
            notes.append(f"{say_arm(scenario, cadence)}: {note}")
        elif half == 0.0:
            # Of a mean that nothing bounds; a longer run may well see what a pilot has not.
            notes.append(f"{say_arm(scenario, cadence)}: the pilot saw no variation, so its error is not known")
        else:
            widths.append(half)
    return max(widths, default=math.nan), "; ".join(notes)


def _intervals(watches: Mapping[str, Watch], times: float) -> Iterator[tuple[str, str, float, str]]:
    for scenario, watch in watches.items():
        for cadence, (half, note) in watch.outlook()(times).items():
            yield scenario, cadence, half, note


def _width(experiment: Experiment, played: _Played, measure: Yardstick, times: float) -> Width:
    estimates, note = _widest(_watches(experiment, played, measure, "estimates"), times)
    contrasts, other = math.nan, ""
    if len(experiment.cadences) > 1:
        contrasts, other = _widest(_watches(experiment, played, measure, "contrasts"), times)
    return Width(measure.key, measure.title, measure.unit, estimates, contrasts, note or other)
