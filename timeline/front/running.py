"""Playing a study: into a folder that is kept, or into memory."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING

from timeline.front.crew import Crew
from timeline.front.progress import progress_bar
from timeline.front.result import Result
from timeline.keeping.memory import Memory
from timeline.keeping.store import Store, open_run
from timeline.playing.growing import grow
from timeline.playing.listener import Listener
from timeline.playing.run import Tally
from timeline.playing.run import run as play
from timeline.study.keys import arm_keys, determinants
from timeline.study.resolved import Resolved

if TYPE_CHECKING:
    from timeline.study.experiment import Experiment
    from timeline.study.resolved import Reached


def run(
    experiment: Experiment,
    folder: Path | None,
    *,
    engine: str,
    workers: int,
    executor: Executor | None = None,
    cluster: str | None = None,
    listener: Listener | None = None,
    bar: bool = False,
    command: str = "",
    remembered: str = "",
    repair: bool = False,
) -> Result:
    """Play a study as far as it is not kept yet; see `timeline.front.study.Study.run`.

    Parameters
    ----------
    folder
        Of all results; in memory if None.
    bar
        Whether to show a bar on stderr.
    """
    with progress_bar(bar) as (moved, tell):
        told = listener or Listener(moved=moved, said=tell)

        def playing(store: Store) -> tuple[Experiment, Tally, Reached | None]:
            with Crew(workers, executor, cluster, told.said) as crew:

                def stage(asked: Experiment) -> Tally:
                    arms = arm_keys(asked).values()
                    return play(
                        asked,
                        store,
                        engine=engine,
                        command=command,
                        progress=told.moved,
                        announce=told.estimated,
                        say=told.said,
                        **crew.options(any(store.missing(arm, asked.replications) for arm in arms)),
                    )

                return _grown(experiment, store, stage, told.said)

        if folder is None:
            memory = Memory(determinants(experiment))
            memory.resolved = Resolved.of(experiment, remembered)
            played, tally, reached = playing(memory)
            return Result(memory, played, tally, reached)
        path = folder / experiment.name / determinants(experiment).run
        with open_run(path, determinants(experiment)) as store:
            keys = set(arm_keys(experiment).values())
            if repair:
                repair_damages(store, keys, told.said)
            store.require_intact(keys)
            store.resolved = Resolved.of(experiment, remembered)
            played, tally, reached = playing(store)
    return Result(path, played, tally, reached)


def _grown(
    experiment: Experiment, store: Store, stage: Callable[[Experiment], Tally], say: Callable[[str], None]
) -> tuple[Experiment, Tally, Reached | None]:
    """Play what the config asks for: so many replications, or until it is precise enough."""
    if experiment.precision is None:
        return experiment, stage(experiment), None
    grown = grow(experiment, store, stage, say)
    return grown.experiment, grown.tally, grown.reached


def repair_damages(store: Store, arms: set[str], say: Callable[[str], None]) -> None:
    """Drop what is damaged of some arms, so that it is played again."""
    damages = store.damages(arms)
    for damage in damages:
        say(f"{damage.sentence}; simulated again")
    store.drop(damages)
