"""Which replication to tell: two arms, what becomes of crises under each, and where the two disagree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.arrays import Rows
from timeline.engines.world import World
from timeline.errors import ConfigError, nearest
from timeline.explaining.alignment import ONE, OTHER
from timeline.model.endpoints import Endpoints
from timeline.model.paths import column
from timeline.playing.here import do_here
from timeline.playing.runner import Job
from timeline.playing.tasks import Task, prepare, simulate, task_of, world_of
from timeline.study.keys import arm_keys

if TYPE_CHECKING:
    import polars as pl

    from timeline.study.experiment import Arm, Experiment

#: Replications that are searched at most, unless more are asked for.
SEARCHED = 20_000
_CHUNKS = (500, 1_500, 3_000, 5_000)


@dataclass
class Fates:
    """Which replications two cadences decide differently.

    Attributes
    ----------
    played
        How many were compared.
    saved, harmed
        Those that the one saves and the other loses; those the other way round.
    outcomes_differ, anything_differs
        The first replication whose outcomes differ, and the first that differs at all; None if there is none.
    """

    played: int = 0
    saved: list[int] = field(default_factory=list)
    harmed: list[int] = field(default_factory=list)
    outcomes_differ: int | None = None
    anything_differs: int | None = None


def pair_of(experiment: Experiment, cadences: tuple[str, str], scenario: str | None = None) -> tuple[Arm, Arm]:
    """Return the two arms that are to be compared.

    Raises
    ------
    ConfigError
        If a name is unknown, or the two cadences are one.
    """
    where = scenario or next(iter(experiment.scenarios))
    asked: list[tuple[str, str, Iterable[str]]] = [
        ("--scenario", where, experiment.scenarios),
        *(("--cadences", name, experiment.cadences) for name in cadences),
    ]
    problems = [
        f'{option}: given "{given}", expected one of {", ".join(known)}{nearest(given, known)}'
        for option, given, known in asked
        if given not in known
    ]
    if not problems and cadences[ONE] == cadences[OTHER]:
        problems = [
            f'--cadences: given "{cadences[ONE]}" twice, expected two different ones of '
            f"{', '.join(experiment.cadences)}: a crisis differs from itself in nothing"
        ]
    if problems:
        raise ConfigError(problems)
    arms = {arm.cadence: arm for arm in experiment.arms if arm.scenario == where}
    keys = arm_keys(experiment)
    one, other = (arms[name] for name in cadences)
    if keys[where, one.cadence] == keys[where, other.cadence]:
        raise ConfigError(
            f'--cadences: "{one.cadence}" and "{other.cadence}" set the same levers: they are one cadence under two '
            "names, and no replication can differ; give two that differ"
        )
    return one, other


def worlds_of(experiment: Experiment, arms: tuple[Arm, Arm]) -> tuple[World, World]:
    """Return the two prepared arms."""
    return world_of(task_of(experiment, arms[ONE])), world_of(task_of(experiment, arms[OTHER]))


def fates(
    experiment: Experiment,
    arms: tuple[Arm, Arm],
    replications: int,
    *,
    first_only: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> Fates:
    """Play many replications under both cadences on the compiled engine and see which are decided differently.

    Parameters
    ----------
    experiment
        The config.
    arms
        The one and the other.
    replications
        How many, from number 0 on.
    first_only
        Stop at the first replication whose outcomes differ; then `saved` and `harmed` stay empty.
    say
        Told of a compilation.

    Raises
    ------
    ConfigError
        If no replication differs in anything.
    """
    tasks = task_of(experiment, arms[ONE]), task_of(experiment, arms[OTHER])
    prepare(tasks[ONE], say)
    chunks = _chunks(replications)
    found = Fates()

    def following() -> _Both | None:
        done = first_only and found.outcomes_differ is not None
        chunk = None if done else next(chunks, None)
        if chunk is None:
            return None
        one, other = (replace(task, first=chunk[0], count=chunk[1]) for task in tasks)
        return one, other

    def take(both: _Both, rows: tuple[Rows, Rows]) -> None:
        first = both[ONE].first
        _note_differences(found, *rows, first=first)
        if not first_only:
            _note_fates(found, *rows, first=first, experiment=experiment)

    do_here(Job(_play_both, following, take, lambda both: both[ONE].first), say)
    if found.anything_differs is None:
        raise ConfigError(
            f"--cadences: {arms[ONE].cadence} and {arms[OTHER].cadence} never differ in {found.played:,} replications: "
            "what one has and the other has not never comes to matter there; give cadences whose rules come to "
            "speak, or more --replications"
        )
    return found


#: The same replications of the one arm and of the other.
_Both = tuple[Task, Task]


def _play_both(both: _Both) -> tuple[Rows, Rows]:
    return simulate(both[ONE]), simulate(both[OTHER])


def _note_differences(found: Fates, one: Rows, other: Rows, first: int) -> None:
    """Note which replication from ``first`` on is the first to differ, if none before did."""
    outcomes = one["state"]["outcome"] != other["state"]["outcome"]
    anything = _bytes(one) != _bytes(other)
    found.outcomes_differ = _first(found.outcomes_differ, outcomes, first)
    found.anything_differs = _first(found.anything_differs, anything.any(axis=1), first)
    found.played = first + len(one)


def _note_fates(found: Fates, one: Rows, other: Rows, first: int, experiment: Experiment) -> None:
    """Note which replications from ``first`` on are kept under one arm and lost under the other."""
    kept, lost = zip(*(_kept_and_lost(rows, _endpoints(experiment), experiment) for rows in (one, other)), strict=True)
    found.saved += (first + np.flatnonzero(kept[ONE] & lost[OTHER])).tolist()
    found.harmed += (first + np.flatnonzero(kept[OTHER] & lost[ONE])).tolist()


def fates_of_rows(frames: Iterable[pl.DataFrame]) -> Fates:
    """Sort replications whose fates are known, such as those of a run.

    Parameters
    ----------
    frames
        Columns ``replication``; ``lost`` and ``signed`` under the one cadence, ``also_lost`` and ``also_signed``
        under the other.

    Examples
    --------
    >>> import polars as pl
    >>> rows = {"replication": [0, 1, 2], "lost": [False, True, False], "signed": [True, True, False],
    ...         "also_lost": [True, False, True], "also_signed": [True, True, True]}
    >>> found = fates_of_rows([pl.DataFrame(rows)])
    >>> found.played, found.saved, found.harmed
    (3, [0], [1])
    """
    import polars as pl

    found = Fates()
    for frame in frames:
        found.played += frame.height
        for numbers, kept in (
            (found.saved, pl.col("signed") & ~pl.col("lost") & pl.col("also_lost")),
            (found.harmed, pl.col("also_signed") & ~pl.col("also_lost") & pl.col("lost")),
        ):
            numbers += frame.filter(kept)["replication"].to_list()
    return found


def none_saved(cadences: tuple[str, str], found: Fates) -> ConfigError:
    """Return the error that says that no replication is kept under the one and lost under the other cadence."""
    one, other = cadences
    if found.harmed:
        reverse = f"but {len(found.harmed):,} the other way round; give the cadences the other way round, "
    else:
        reverse = "and none the other way round; give "
    return ConfigError(
        f"--cadences: of {found.played:,} replications none is kept under {one} and lost under {other}, "
        f"{reverse}more --replications, or choose one by --replication"
    )


def needs_endpoints(experiment: Experiment, option: str) -> None:
    """Refuse an option that must know which outcomes are losses, for a model that does not say.

    Raises
    ------
    ConfigError
        If the model declares no endpoints.
    """
    if experiment.model.endpoints is None:
        raise ConfigError(
            f'{option}: needs to know which outcomes are losses, and model "{experiment.model_name}" declares no '
            "endpoints; add endpoints=Endpoints(...) to the model, or give --replication"
        )


def _endpoints(experiment: Experiment) -> Endpoints:
    ends = experiment.model.endpoints
    assert ends is not None  # `needs_endpoints` comes first
    return ends


def _chunks(replications: int) -> Iterator[tuple[int, int]]:
    """Cut a range of replications into pieces that grow, so that an early find is early."""
    first, turn = 0, 0
    while first < replications:
        count = min(_CHUNKS[min(turn, len(_CHUNKS) - 1)], replications - first)
        yield first, count
        first, turn = first + count, turn + 1


def _first(known: int | None, flags: Any, offset: int) -> int | None:
    if known is not None or not flags.any():
        return known
    return offset + int(np.argmax(flags))


def _bytes(rows: Any) -> Any:
    return np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)


def _kept_and_lost(rows: Any, ends: Endpoints, experiment: Experiment) -> tuple[Any, Any]:
    """Say which replications are kept in the end, signed where the model signs anything, and which are lost."""
    from timeline.keeping.rows import labels

    state = rows["state"]
    outcome = column(state, ends.outcome)
    kind = experiment.model.state.fields[ends.outcome].kind  # type: ignore[union-attr]
    failures = [value for value, label in labels(kind).items() if label in ends.failures]
    lost = np.isin(outcome, failures)
    if ends.signed is None:
        return ~lost, lost
    signed = ~np.isnan(column(state, ends.signed))
    return signed & ~lost, lost
