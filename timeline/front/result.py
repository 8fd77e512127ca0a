"""A result: what a study has come to, as tables, figures and a page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError, nearest
from timeline.front.workspaces import Workspace, open_workspace, records
from timeline.keeping.memory import Memory
from timeline.keeping.store import Store, choose_run, open_results
from timeline.pages import dashboard, record
from timeline.pages.shelf import BRIEF, PAGE
from timeline.study.keys import arm_keys

if TYPE_CHECKING:
    import polars as pl

    from timeline.analysis.analysis import Analysis
    from timeline.analysis.best import Best
    from timeline.front.exporting import Exported
    from timeline.front.figures import Figures
    from timeline.pages.dashboard import Built as Built
    from timeline.pages.unknown import Unknown
    from timeline.playing.run import Tally
    from timeline.study.experiment import Experiment
    from timeline.study.resolved import Reached, Resolved


class Result:
    """What a study has come to.

    The tables are polars frames, one row an estimate; see `timeline.analysis.analysis.Analysis` for their columns.
    Every interval is Monte Carlo error: it shrinks with replications and says nothing of how unsure the assumptions
    are.

    Attributes
    ----------
    folder
        Where it is kept; None in memory.
    experiment
        What was asked, with the replications that were played; None if it was opened without its model.
    tally
        How much was played for it, and how much was there before; None if it was opened.
    reached
        How narrow the intervals have become, if the config asks for precision.
    """

    def __init__(
        self,
        kept: Memory | Path,
        experiment: Experiment | None = None,
        tally: Tally | None = None,
        reached: Reached | None = None,
    ) -> None:
        self._kept = kept
        self._held: Store | None = None
        self.folder = kept if isinstance(kept, Path) else None
        self.experiment = experiment
        self.tally = tally
        self.reached = reached

    @contextmanager
    def _open(self) -> Iterator[Store]:
        if self._held is not None:
            yield self._held
        elif isinstance(self._kept, Memory):
            yield self._kept
        else:
            with open_results(self._kept) as store:
                yield store

    @contextmanager
    def held(self, store: Store) -> Iterator[None]:
        """Use a folder that is open already, until the block ends."""
        self._held = store
        try:
            yield
        finally:
            self._held = None

    @cached_property
    def resolved(self) -> Resolved:
        """The config as it was understood, and what is said of its model."""
        with self._open() as store:
            return store.resolved

    @cached_property
    def _analysed(self) -> tuple[Analysis, Best]:
        with self._open() as store:
            return dashboard.analysed(store)

    @property
    def analysis(self) -> Analysis:
        """Everything a figure or a page needs, as polars frames."""
        return self._analysed[0]

    @property
    def best(self) -> Best:
        """Which cadences may be the best, and which was chosen if one was to be."""
        return self._analysed[1]

    # Tables.

    @property
    def estimates(self) -> pl.DataFrame:
        """Every measure of every arm: scenario, cadence, measure, estimate, se, low, high, n, note."""
        return self.analysis.estimates

    @property
    def contrasts(self) -> pl.DataFrame:
        """Paired differences from the baseline, intervals simultaneous over the cadences of a scenario."""
        return self.analysis.contrasts

    @property
    def measures(self) -> pl.DataFrame:
        """What each measure is: measure, title, estimand, unit, better."""
        return self.analysis.measures

    @property
    def in_force(self) -> pl.DataFrame:
        """Share with an agreement in force, by day since the start, of all replications."""
        return self.analysis.in_force

    @property
    def survival(self) -> pl.DataFrame:
        """Share still kept, by day since signature, of those that sign early enough to be followed."""
        return self.analysis.since_signature

    @property
    def causes(self) -> pl.DataFrame:
        """Cumulative incidence of failure by cause."""
        return self.analysis.causes

    def fates(self, one: str, other: str, scenario: str | None = None) -> pl.DataFrame:
        """Count what became of the same replications under two cadences.

        Parameters
        ----------
        one, other
            Their names.
        scenario
            The first if left out.

        Returns
        -------
        DataFrame
            fate, cause, other_fate, other_cause, count, share, day, other_day; see `timeline.analysis.fates.fates`.

        Raises
        ------
        ConfigError
            If there is no such name.
        """
        from timeline.analysis.fates import fates

        resolved = self.resolved
        where = self._arm(one, scenario)[0]
        self._arm(other, scenario)
        with self._open() as store:
            pieces = dashboard.readers(store)
            ends, horizon = resolved.endpoints, resolved.config.horizon
            return fates(pieces[where, one], pieces[where, other], endpoints=ends, horizon=horizon, where=where)

    def rows(self, cadence: str, scenario: str | None = None, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the rows of one arm: one a replication, its final state and observations.

        Parameters
        ----------
        cadence, scenario
            Which arm; the first scenario if left out.
        columns
            Names of columns; all if left out.

        Raises
        ------
        ConfigError
            If there is no such name.
        """
        arm = self._arm(cadence, scenario)
        with self._open() as store:
            key = self.resolved.keys[arm]
            return store.read(key, store.complete(key), columns)

    def parts(self) -> Iterator[tuple[str, str, pl.DataFrame]]:
        """Yield (scenario, cadence, rows) part by part: all rows, of which only some are in memory at a time."""
        with self._open() as store:
            replications = dashboard.complete(store, store.resolved)
            for (scenario, cadence), key in store.resolved.keys.items():
                for frame in store.pieces(key, replications):
                    yield scenario, cadence, frame

    @property
    def rows_in_all(self) -> int:
        """How many timelines there are, over all arms."""
        with self._open() as store:
            return dashboard.complete(store, store.resolved) * len(self.resolved.keys)

    @property
    def left_out(self) -> list[dict[str, Any]]:
        """Replications that the model stopped in, {scenario, cadence, replications}: every arm does without them."""
        arms = self.arms
        with self._open() as store:
            failed = store.failed(arms.values(), dashboard.complete(store, store.resolved))
        return [
            {"scenario": scenario, "cadence": cadence, "replications": failed[key]}
            for (scenario, cadence), key in arms.items()
            if key in failed
        ]

    @property
    def left_out_note(self) -> str:
        """The same in a sentence; empty if every arm has all."""
        with self._open() as store:
            return dashboard.left_out(store, store.resolved, dashboard.complete(store, store.resolved))

    def export(self, folder: str | Path, form: str = "csv", *, rows: bool = True) -> Exported:
        """Write it as plain files: rows, tables, and a codebook; see `timeline.front.exporting.export`."""
        from timeline.front.exporting import export

        return export(self, Path(folder), form, rows=rows)

    def _arm(self, cadence: str, scenario: str | None) -> tuple[str, str]:
        config = self.resolved.config
        where = scenario or next(iter(config.scenarios))
        for given, known, what in ((where, config.scenarios, "scenario"), (cadence, config.cadences, "cadence")):
            if given not in known:
                raise ConfigError(f'{what}: given "{given}", expected one of {", ".join(known)}{nearest(given, known)}')
        return where, cadence

    # Figures and pages.

    @property
    def plot(self) -> Figures:
        """The figures of a page, each a matplotlib figure."""
        from timeline.front.figures import Figures

        return Figures(self.analysis, self.best)

    @property
    def unknown(self) -> Unknown | None:
        """What worlds say of the answer, if its config asks for worlds and they were played."""
        from timeline.pages.unknown import kept_unknown

        with self._open() as store:
            return kept_unknown(store)

    @property
    def answer(self) -> str:
        """What the study says, in a sentence or two."""
        from timeline.pages.dashboard import said
        from timeline.pages.headline import Combined

        return said(self.analysis, self.best, Combined.of(self.resolved.config))

    def report(
        self,
        path: str | Path | None = None,
        *,
        data: str | Path | None = None,
        notes: Sequence[str] = (),
        workers: int = 1,
    ) -> Path:
        """Write the page; returns where it lies.

        Parameters
        ----------
        path
            A copy of the page, one file that can be mailed; without it the page lies in the result's folder.
        data
            A folder with records of real agreements to compare with.
        notes
            Sentences to show among the page's warnings.
        workers
            How many processes draw, this one among them.

        Raises
        ------
        ConfigError
            If a result in memory is given no path.
        StoreError, TimelineError
            If the rows are damaged, or cannot be analysed.
        """
        return self.build(path, data=data, notes=notes, workers=workers).path

    def brief(
        self,
        path: str | Path | None = None,
        *,
        data: str | Path | None = None,
        notes: Sequence[str] = (),
        workers: int = 1,
    ) -> Path:
        """Write two sheets to hand on, the answer and what it rests on; returns where they lie.

        Parameters
        ----------
        path
            A copy, one file that can be mailed and printed; without it the brief lies in the result's folder, beside
            the page, which is written too.
        data, notes, workers
            As for `report`.

        Raises
        ------
        ConfigError
            If a result in memory is given no path.
        StoreError, TimelineError
            If the rows are damaged, or cannot be analysed.
        """
        built = self._build(BRIEF, path, data=data, notes=notes, workers=workers, brief=True)
        assert built.brief is not None
        return built.brief

    def build(
        self,
        path: str | Path | None = None,
        *,
        data: str | Path | None = None,
        notes: Sequence[str] = (),
        workers: int = 1,
        brief: bool = False,
        say: Callable[[str], None] = lambda _: None,
    ) -> Built:
        """Write the page as `report` does, and a brief beside it if asked; returns what it says too.

        A page that would come out the same stands as it is; else ``say`` is told that one is built.
        """
        return self._build(PAGE, path, data=data, notes=notes, workers=workers, brief=brief, say=say)

    def _build(self, copied: str, path: str | Path | None, *, data: str | Path | None, **options: Any) -> Built:
        """Write the page, and copy one of its files to a path if there is one."""
        if path is None and self.folder is None:
            call, name = ("brief", "brief.html") if copied == BRIEF else ("report", "page.html")
            raise ConfigError(f'{call}: given no path, expected one such as "{name}": this result is in memory')
        options |= {"experiment": self.experiment, "data": None if data is None else Path(data)}
        with self._open() as store, TemporaryDirectory(prefix="timeline-page-") as place:
            if isinstance(store, Memory):
                # A page names its run, as it does its folder.
                store.folder = Path(place) / store.run
                store.folder.mkdir()
            built = dashboard.build_report(store, **options)
            if built.counted is not None:
                self._analysed = built.counted
            return _copied(built, copied, path)

    # The workspace it came from.

    @cached_property
    def _workspace(self) -> Workspace | None:
        """Where its models and records lie; None if it was moved out of a workspace."""
        if self.experiment is not None:
            return self.experiment.workspace
        try:
            return None if self.folder is None else open_workspace(self.folder)
        except ConfigError:
            return None

    @property
    def records(self) -> Path | None:
        """The workspace's folder of records of real agreements, if there is one: what `report` compares with."""
        return None if self._workspace is None else records(self._workspace)

    @property
    def outdated(self) -> str:
        """A sentence, if the model's sources have changed since it was played: its rows are as they were saved."""
        if self.folder is None or self._workspace is None:
            return ""
        with self._open() as store:
            changed = dashboard.sources_changed(store, self._workspace.root)
        if not changed:
            return ""
        return (
            f"The model's sources have changed since this run ({', '.join(changed)}); "
            "the report shows the rows as they were saved."
        )

    def as_json(self, built: Built | None = None) -> dict[str, Any]:
        """Return what was played as plain data, and what its page says if one was built."""
        assert self.experiment is not None
        assert self.tally is not None
        return {
            "config": self.experiment.name,
            "run": self.folder.name if self.folder else None,
            "folder": str(self.folder) if self.folder else None,
            "arms": [
                {"scenario": scenario, "cadence": cadence, "key": key} for (scenario, cadence), key in self.arms.items()
            ],
            "replications": self.experiment.replications,
            "simulated": self.tally.simulated,
            "reused": self.tally.reused,
            "left_out": self.left_out,
            **({} if self.resolved.model.endpoints is None else self.numbers(built)),
            **({} if self.reached is None else {"precision": asdict(self.reached)}),
        }

    def numbers(self, built: Built | None) -> dict[str, Any]:
        """Return what was estimated as plain data, and where its page lies if one was built."""
        frames = {"estimates": self.estimates, "contrasts": self.contrasts}
        numbers = {name: frame.to_dicts() for name, frame in frames.items()}
        if built is None:
            return {"answer": self.answer, **numbers}
        beside = {} if built.brief is None else {"brief": str(built.brief)}
        return {"answer": built.answer, **numbers, "report": str(built.path), **beside}

    def record_events(self, count: int) -> None:
        """Keep every firing of the first so many timelines of each arm beside the rows."""
        from timeline.playing.run import record_events

        assert self.experiment is not None
        with self._open() as store:
            record_events(self.experiment, store, count)

    @property
    def arms(self) -> Mapping[tuple[str, str], str]:
        """{(scenario, cadence): key of the arm}."""
        return self.resolved.keys if self.experiment is None else arm_keys(self.experiment)

    def _repr_html_(self) -> str:
        figure = "in_force" if self.analysis.in_force.height else "contrasts"
        return f"<p>{escape(self.answer)}</p>{self.plot.svg(figure)}"


def _copied(built: Built, name: str, path: str | Path | None) -> Built:
    """Copy a file of a page to a path, if there is one, and say that it lies there."""
    if path is None:
        return built
    copy = Path(shutil.copyfile(built.path.with_name(name), Path(path)))
    return replace(built, brief=copy) if name == BRIEF else replace(built, path=copy)


def record_notes(data: str | Path | None) -> list[str]:
    """Read the record of agreements of a folder, before anything is played; see `timeline.pages.record.record_notes`.

    Returns
    -------
    list of str
        Sentences: that the folder has no record, or which of its rows are left out.

    Raises
    ------
    ConfigError
        If it is no table of agreements, or a cell of it is impossible.
    """
    return record.record_notes(None if data is None else Path(data))


def open_result(path: str | Path, experiment: Experiment | None = None) -> Result:
    """Open the results of a run.

    Parameters
    ----------
    path
        The run's folder, or a config's folder that holds one run.
    experiment
        The config, if its model is at hand.

    Raises
    ------
    PathError
        If there is no such folder, it holds no results, or several.
    StoreError
        If they are damaged or in use.
    """
    folder = choose_run(Path(path))
    with open_results(folder):
        return Result(folder, experiment)
