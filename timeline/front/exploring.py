"""The what-if room: a config opened as a page on which levers and assumptions are moved.

The page is served on this machine's own address, to whoever knows its token, until it is stopped; nothing is written.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from timeline.errors import TimelineError
from timeline.front.progress import progress_bar
from timeline.front.sensitivity import weightiest
from timeline.front.study import Study, cores
from timeline.front.worldplay import WorldPlay
from timeline.front.worlds import find_worlds
from timeline.live.doorway import open_doorway
from timeline.playing.listener import Listener
from timeline.playing.run import run_folder

if TYPE_CHECKING:
    from timeline.live.exploring.ignorance import FoundWorlds
    from timeline.live.exploring.room import Room
    from timeline.study.experiment import Experiment

#: Assumptions that the page shows first.
LEADING = 12
#: A look that nobody shall wait for long: worlds, and timelines of each under either cadence. A screening that is kept
#: ranks by luck if it has fewer paths.
WORLDS, REPLICATIONS = 1_024, 100
_FEWEST_PATHS = 4


def explore(
    opened: Callable[[], Study],
    ready: Callable[[str], None],
    *,
    port: int | None = None,
    workers: int | None = None,
    progress: bool = False,
    complain: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve the page until it is stopped.

    Parameters
    ----------
    opened
        Reads the config; again if the page asks for it.
    ready
        Called with the page's address.
    port
        Of the address; any that is free if left out.
    workers
        Threads that play; as many as there are cores if left out.
    progress
        Whether to show on stderr what is done before the page is there.
    complain
        Told in a sentence of what the program got wrong.

    Raises
    ------
    ConfigError
        If the config fails or has nothing to move, the port is taken, or what serves pages is not installed.
    ModelError, RunError
        From the model.
    """
    threads = workers or cores()
    with open_doorway(port, "explore") as doorway:
        from timeline.live.exploring.application import Desk, application

        with progress_bar(progress) as (moved, tell):
            first = _open(opened(), threads, Listener(moved=moved, said=tell))
        desk = Desk(
            first, lambda: _open(opened(), threads, Listener()), find_rooms_worlds, threads, doorway.closing, complain
        )
        try:
            ready(doorway.address)
            doorway.serve(application(desk), complain)
        finally:
            desk.close()


def _open(study: Study, workers: int, listener: Listener) -> tuple[Room, str, list[str]]:
    """Return the room of a study, the cadence that does best, and the assumptions that matter most."""
    from timeline.engines.compiled import prepare
    from timeline.live.exploring.room import Room

    room = Room(study.experiment)
    prepare(room.experiment.model, listener.said)
    return room, *leading_assumptions(study, workers, listener)


def find_rooms_worlds(room: Room, watch: Callable[..., None]) -> FoundWorlds | None:
    """Return worlds of a config that could be ours, at most so many as a page plays; None if it asks for none.

    Parameters
    ----------
    room
        What was opened.
    watch
        Called now and then; what it raises ends the search.

    Raises
    ------
    ConfigError
        If none lies within all bands.
    """
    from timeline.live.exploring.ignorance import MOST_WORLDS, FoundWorlds

    experiment = room.experiment
    if experiment.uncertainty is None:
        return None
    with _kept_worlds(experiment) as kept:
        if kept is None:
            few = min(experiment.uncertainty.worlds, MOST_WORLDS)
            experiment = replace(experiment, uncertainty=replace(experiment.uncertainty, worlds=few, timelines=0))
        baseline = next(arm for arm in experiment.arms if arm.cadence == experiment.baseline)
        found = find_worlds(experiment, baseline, folder=kept, workers=1, listener=Listener(moved=watch))
    best = np.argsort(-found.weights, kind="stable")[:MOST_WORLDS]
    return FoundWorlds(tuple(found.changes[number] for number in best), found.weights[best], found.sentence)


@contextmanager
def _kept_worlds(experiment: Experiment) -> Iterator[Path | None]:
    """Give a copy of the worlds that are kept with the config's results; a search that reads them may write there."""
    folder = run_folder(experiment) if experiment.written else None
    files = [] if folder is None else sorted(folder.glob("worlds-*.npz"))
    if not files:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="explore-") as copy:
        for file in files:
            shutil.copyfile(file, Path(copy) / file.name)
        yield Path(copy)


def leading_assumptions(study: Study, workers: int = 1, listener: Listener | None = None) -> tuple[str, list[str]]:
    """Return the cadence that does best, and the assumptions that matter most for its difference, weightiest first.

    They are those of the sensitivity analysis that is kept with the config's results, or else of worlds that are drawn
    over all assumptions and played now.
    """
    told = listener or Listener()
    kept = _kept(study)
    if kept:
        return kept
    if len(study.experiment.cadences) < 2:
        return "", []
    asked = study if study.experiment.uncertainty is not None else study.change("uncertainty", {"worlds": 2})
    try:
        return weightiest(WorldPlay(asked.experiment, None, "", workers, told), WORLDS, REPLICATIONS, LEADING)
    except TimelineError as problem:
        told.said(
            f"The weightiest assumptions could not be found: {problem}. The page shows them in the model's order."
        )
        return "", []


def _kept(study: Study) -> tuple[str, list[str]] | None:
    """Return what a sensitivity analysis has found that is kept with the config's results; None if there is none."""
    from timeline.keeping.store import open_results
    from timeline.pages.unknown import kept_unknown

    folder = run_folder(study.experiment)
    if not study.experiment.written or not folder.is_dir():
        return None
    try:
        with open_results(folder) as store:
            unknown = kept_unknown(store)
    except TimelineError:
        return None
    if unknown is None or unknown.sensitivity is None:
        return None
    screening = unknown.sensitivity.screening.filter(of="difference")
    if (screening["paths"] < _FEWEST_PATHS).any():
        return None
    ranked = screening["driver"].to_list()
    return unknown.sensitivity.cadence, [str(path) for path in ranked[:LEADING]]
