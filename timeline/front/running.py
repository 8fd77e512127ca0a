"""Playing a study: into a folder that is kept, or into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.errors import RunError
from timeline.front.crew import Crew
from timeline.front.progress import progress_bar
from timeline.front.result import Result
from timeline.front.unknown import find_unknown
from timeline.keeping.memory import Memory
from timeline.keeping.store import Store, open_run
from timeline.pages.dashboard import left_out
from timeline.playing.growing import grow
from timeline.playing.listener import Listener
from timeline.playing.run import Outlay as Outlay
from timeline.playing.run import Tally, run_folder
from timeline.playing.run import run as play
from timeline.study.keys import arm_keys, determinants
from timeline.study.resolved import Resolved

if TYPE_CHECKING:
    import polars as pl

    from timeline.study.experiment import Experiment
    from timeline.study.resolved import Reached


@dataclass(frozen=True)
class Way:
    """How a study is played; see `timeline.front.study.Study.run` for what each means."""

    engine: str = "compiled"
    workers: int = 1
    executor: Executor | None = None
    cluster: str | None = None
    listener: Listener | None = None
    bar: bool = False
    command: str = ""
    made_by: str = ""
    repair: bool = False
    keep_going: bool = False
    worlds: bool = True
    data: Path | None = None

    @contextmanager
    def ready(self) -> Iterator[tuple[Listener, Crew]]:
        """Give who is told, and who plays."""
        with progress_bar(self.bar) as (moved, tell):
            told = self.listener or Listener(moved=moved, said=tell)
            with Crew(self.workers, self.executor, self.cluster, told.said) as crew:
                yield told, crew


@contextmanager
def running(experiment: Experiment, folder: Path | None, way: Way) -> Iterator[Result]:
    """Play a study as far as it is not kept yet, and give the result; its folder stays locked until the block ends.

    Parameters
    ----------
    folder
        Of all results; in memory if None.
    """
    decided = determinants(experiment)
    if folder is None:
        with way.ready() as (told, crew):
            memory = Memory(decided)
            memory.resolved = Resolved.of(experiment, way.made_by)
            played = _play(experiment, memory, way, told, crew)
            if way.worlds:
                find_unknown(experiment, memory, crew, told, way.data)
        yield Result(memory, *played)
        return
    path = run_folder(experiment, folder)
    with open_run(path, decided) as store:
        with way.ready() as (told, crew):
            store.columns = columns_of_model(experiment)
            make_sound(store, set(arm_keys(experiment).values()), way, told)
            store.resolved = Resolved.of(experiment, way.made_by)
            played = _play(experiment, store, way, told, crew)
            if way.worlds:
                find_unknown(experiment, store, crew, told, way.data)
        result = Result(path, *played)
        with result.held(store):
            yield result


def _play(
    experiment: Experiment, store: Store, way: Way, told: Listener, crew: Crew
) -> tuple[Experiment, Tally, Reached | None]:
    """Play what the config asks for: so many replications, or until it is precise enough."""
    keys = set(arm_keys(experiment).values())

    def stage(asked: Experiment) -> Tally:
        return play(
            asked,
            store,
            engine=way.engine,
            command=way.command,
            progress=told.moved,
            announce=told.estimated,
            say=told.said,
            keep_going=way.keep_going,
            **crew.options(any(store.missing(key, asked.replications) for key in keys)),
        )

    if experiment.precision is None:
        played: tuple[Experiment, Tally, Reached | None] = (experiment, stage(experiment), None)
    else:
        grown = grow(experiment, store, stage, told.said)
        played = grown.experiment, grown.tally, grown.reached
    if not way.keep_going:
        _require_all(store, played[0].replications)
    return played


def _require_all(store: Store, replications: int) -> None:
    """Refuse what an earlier run that kept going has left out.

    Raises
    ------
    RunError
        If it has left out any of these replications.
    """
    if said := left_out(store, store.resolved, replications):
        raise RunError(f"{store.folder}: {said} Give --keep-going to do without them again")


def columns_of_model(experiment: Experiment) -> dict[str, pl.DataType]:
    """Return the columns that every row of an experiment has, and their kinds: other rows are not its own."""
    from timeline.engines.world import row_dtype
    from timeline.keeping.rows import frame

    return dict(frame(experiment.model, np.zeros(0, row_dtype(experiment.model))).schema)


def make_sound(store: Store, arms: Iterable[str], way: Way, told: Listener) -> None:
    """Refuse damaged parts, or drop them so that they are played again.

    Raises
    ------
    StoreError
        If parts are damaged, and they are not to be played again.
    """
    if way.repair:
        _repair(store, set(arms), told.said)
    store.require_intact(set(arms))


def _repair(store: Store, arms: set[str], say: Callable[[str], None]) -> None:
    damages = store.damages(arms)
    for damage in damages:
        say(f"{damage.sentence}; simulated again")
    store.drop(damages)
