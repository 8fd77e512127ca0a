"""A study: a config, and all that can be done with it.

A study never changes: `Study.change` and `Study.keep` give another one. What is asked is plain data, its
`experiment`; what plays it is chosen when it is run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.config.document import Change
from timeline.config.load import load as read_config
from timeline.errors import ConfigError, nearest
from timeline.front.progress import Listener, progress_bar
from timeline.model.values import shown
from timeline.study.ablation import ablated
from timeline.study.experiment import Arm, Experiment

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.ignorance.hanging import Sensitivity as Sensitivity
    from timeline.engines.start import Start as Start
    from timeline.engines.world import Injection as Injection
    from timeline.explaining.case import CasePlayed
    from timeline.explaining.trace import Trace as Trace
    from timeline.front.calibrating import Calibration
    from timeline.front.explaining import Explained
    from timeline.front.result import Result
    from timeline.front.surface import Surface
    from timeline.front.worlds import Worlds
    from timeline.model.values import Number
    from timeline.playing.forecast import Forecast as Forecast
    from timeline.study.fitted_clocks import FittedClock as FittedClock

#: Replications that are played to say what a run will take.
PILOT = 500


def load(
    config: str | os.PathLike[str] | Mapping[str, object],
    changes: Sequence[Change] = (),
    *,
    replications: int | None = None,
    seed: int | None = None,
    sweep: Mapping[str, object] | None = None,
    workspace: str | os.PathLike[str] = ".",
) -> Study:
    """Read a config as a study.

    Parameters
    ----------
    config
        A TOML file inside a workspace; or what such a file would hold, as nested tables.
    changes
        What replaces what it says: texts ``key=value`` as the command line writes them, or pairs ``(key, value)``.
        The prefix ``parameters.`` may be left out.
    replications, seed
        Instead of the config's.
    sweep
        Replaces keys of its table ``[sweep]``; None stands for what the config says. Its ``keys`` may be texts
        ``key=range``, as the command line writes them.
    workspace
        The workspace of a config that is no file, or a folder inside it.

    Returns
    -------
    Study

    Raises
    ------
    ConfigError
        With one line for each problem: where, what was given, what was expected.

    Examples
    --------
    >>> study = load("configs/backchannel/cadence.toml", replications=50)
    >>> study.experiment.baseline, len(study.experiment.cadences)
    ('silence', 14)
    """
    content = config if isinstance(config, Mapping) else Path(config)
    options = None if sweep is None else _sweep_options(sweep)
    study = Study(content, tuple(changes), replications, seed, options, Path(workspace))
    _ = study.experiment  # what is wrong is said now
    return study


@dataclass(frozen=True)
class Study:
    """A config with its changes; made by `load`.

    Attributes
    ----------
    config
        The file, or what it would hold.
    changes, replications, seed, sweep_options, workspace
        As given to `load`.
    only
        The cadences that are kept; all if empty.
    without_each
        Whether the model is also played without each of its mechanisms in turn.
    name
        What its runs are called; as the config if empty.
    """

    config: Path | Mapping[str, object]
    changes: tuple[Change, ...] = ()
    replications: int | None = None
    seed: int | None = None
    sweep_options: Mapping[str, object] | None = None
    workspace: Path = Path()
    only: tuple[str, ...] = ()
    without_each: bool = False
    name: str = ""

    @cached_property
    def experiment(self) -> Experiment:
        """What is asked, validated, as plain data."""
        options = (self.changes, self.replications, self.seed, self.sweep_options, self.workspace)
        asked = read_config(self.config, *options)
        asked = _kept(asked, self.only) if self.only else asked
        asked = ablated(asked) if self.without_each else asked
        return replace(asked, run_name=self.name) if self.name else asked

    def as_json(self) -> dict[str, Any]:
        """Return what was decided, every default filled in, as plain data."""
        from timeline.study.resolved import ResolvedConfig

        return ResolvedConfig.of(self.experiment).to_json()

    @property
    def page_seconds(self) -> float:
        """About how long the analysis of its rows and the page will take, in seconds."""
        from timeline.analysis.workload import page_seconds

        asked = self.experiment
        sizes = (len(asked.scenarios), len(asked.cadences), len(asked.yardsticks()))
        return page_seconds(*sizes, asked.replications)

    def spelled(self, path: str, value: Number | None = None) -> str:
        """Write a value of an assumption as a config does, with its unit.

        Parameters
        ----------
        path
            The assumption, such as ``"leaks.per_insider"``.
        value
            In days, as the experiment holds it; the model's default if left out.

        Examples
        --------
        >>> load("configs/backchannel/cadence.toml").spelled("leaks.per_insider")
        '0.00025 per insider per year'
        """
        from timeline.model.values import spelled

        parameter = self.experiment.model.assumptions[path]
        return spelled(parameter, parameter.in_days if value is None else value)

    def begins(self, start: Start) -> str:
        """Say where timelines begin; nothing where they begin as the model does.

        Examples
        --------
        >>> study = load("configs/backchannel/cadence.toml")
        >>> study.change("start", {"day": "2 years", "leaks": 1}).experiment.start.day
        730.5
        >>> study.begins(study.experiment.start)
        ''
        """
        from timeline.engines.start import described_start
        from timeline.words import moment

        if not start.given:
            return ""
        given = ", ".join(f"{path} {said}" for path, said in described_start(self.experiment.model, start).items())
        return moment(start.day, self.experiment.starts) + (f": {given}" if given else "")

    @property
    def uncertainty_words(self) -> str:
        """What ``[uncertainty]`` asks for, in words; empty if the config has no such table.

        Examples
        --------
        >>> load("configs/backchannel/cadence.toml").change("uncertainty", {"worlds": 64}).uncertainty_words
        '64 worlds from the plausible ranges of ... assumptions, directions as in the essays, 300 replications each'
        """
        from timeline.study.priors import priors_of

        asked, experiment = self.experiment.uncertainty, self.experiment
        if asked is None:
            return ""
        many = len(priors_of(experiment.model, asked, asked.known, experiment.without))
        free = ", ".join(name for name, which in asked.directions_of.items() if which == "free")
        directions = "free directions" if asked.directions == "free" else "directions as in the essays"
        directions += f" but for {free}" if free else ""
        source = "the plausible ranges" if asked.source == "declared" else f"{asked.source} and the plausible ranges"
        worlds = (
            f"{asked.worlds:,} worlds" if not asked.timelines else f"{asked.timelines:,} timelines split into worlds"
        )
        said = f"{worlds} from {source} of {many} assumptions, {directions}"
        said += f", {asked.replications:,} replications each" if not asked.timelines else ""
        if not asked.keep:
            return said
        done = {"reject": "those outside are set aside", "move": "moved inside", "weight": "weighted by nearness"}
        bands = f"{len(asked.keep)} {'band' if len(asked.keep) == 1 else 'bands'}"
        record = f' of the record "{asked.record}"' if asked.record else ""
        return f"{said}; {bands}{record}: {done[asked.accept]}"

    # Other studies.

    def change(self, key: str, value: object) -> Study:
        """Return a study with one key of the config changed.

        Parameters
        ----------
        key
            A key path such as ``"cadences.quarterly.keep"``, ``"horizon"`` or, of a parameter,
            ``"leaks.per_insider"``.
        value
            As a config writes it: a number in the declared unit, a text with a unit, a flag, a list, a table.

        Raises
        ------
        ConfigError
            If there is no such key, or the value is not possible there.

        Examples
        --------
        >>> study = load("configs/backchannel/cadence.toml")
        >>> study.change("leaks.per_insider", "5e-3 per insider per year").change("seed", 7).experiment.seed
        7
        >>> study.change("leaks.per_insidr", 1)
        Traceback (most recent call last):
        timeline.errors.ConfigError: change("leaks.per_insidr"): given 1, but model "backchannel" has no such
        parameter; did you mean "leaks.per_insider"?
        """
        others = tuple(change for change in self.changes if isinstance(change, str) or change[0] != key)
        study = replace(
            self,
            changes=(*others, (key, value)),
            replications=None if key == "replications" else self.replications,
            seed=None if key == "seed" else self.seed,
        )
        _ = study.experiment
        return study

    def keep(self, *cadences: str) -> Study:
        """Return a study of these cadences only, in the order of the config.

        Raises
        ------
        ConfigError
            If there is no such cadence, or the baseline is not among them.

        Examples
        --------
        >>> study = load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
        >>> list(study.experiment.cadences)
        ['silence', 'staged-opening']
        """
        study = replace(self, only=cadences)
        _ = study.experiment
        return study

    def without_each_mechanism(self) -> Study:
        """Return a study of the model as it is, and without each of its mechanisms in turn."""
        study = replace(self, without_each=True)
        _ = study.experiment
        return study

    def named(self, name: str) -> Study:
        """Return a study whose runs lie under a name of their own, ``<folder>/<name>/<run>/``.

        Raises
        ------
        ConfigError
            If it is no name for a folder.

        Examples
        --------
        >>> load("configs/backchannel/cadence.toml").named("first-draft").experiment.kept_as
        'first-draft'
        >>> load("configs/backchannel/cadence.toml").experiment.kept_as
        'backchannel/cadence'
        """
        if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", name):
            raise ConfigError(
                f"name: given {shown(name)}, expected up to 100 letters, digits, dots, dashes and underscores, "
                "no dot or dash first"
            )
        return replace(self, name=name)

    # What can be done with it.

    def run(
        self,
        replications: int | None = None,
        *,
        folder: str | os.PathLike[str] | None = None,
        engine: str = "compiled",
        workers: int | None = None,
        executor: Executor | None = None,
        cluster: str | None = None,
        progress: bool = False,
        listener: Listener | None = None,
        command: str = "",
        repair: bool = False,
        keep_going: bool = False,
        worlds: bool | None = None,
        data: str | os.PathLike[str] | None = None,
    ) -> Result:
        """Play the study.

        Parameters
        ----------
        replications
            Timelines an arm, instead of the config's.
        folder
            Where results are kept, ``<folder>/<config>/<run>/``: what is there already is not played again, and a
            run that was stopped goes on. In memory if left out.
        engine
            ``"compiled"``, or ``"simpy"``, the readable reference: the timelines are the same.
        workers
            How many threads (``compiled``) or processes (``simpy``); as many as there are cores if left out.
        executor
            Any `concurrent.futures.Executor` whose workers have this program: they get what they need with their
            work.
        cluster
            ``"local"`` for worker processes of this machine, or the address of a Dask scheduler such as
            ``"tcp://host:8786"``; needs ``crisis-timeline[cluster]``.
        progress
            Whether to show a bar on stderr.
        listener
            Who is told instead how far it is.
        command
            What plays the study again, for its page and for messages.
        repair
            Whether damaged or missing parts of the folder are played again.
        keep_going
            Whether a replication that the model stops is left out of all arms, with a warning, instead of ending the
            run.
        worlds
            Whether the worlds are played that ``[uncertainty]`` asks for, if it does. If left out, they are where
            results are kept: it takes minutes.
        data
            A folder with the record of real agreements: worlds are held against survival in it, instead of the
            published figures.

        Returns
        -------
        Result

        Raises
        ------
        RunError, ModelError
            From a replication, with what replays it; complete work is saved.
        Interrupted
            After Ctrl-C; complete work is saved.
        StoreError
            If the folder is damaged, of another study, in use, or cannot be written.

        Examples
        --------
        >>> study = load("configs/backchannel/cadence.toml").keep("silence", "staged-opening")
        >>> result = study.run(replications=200)
        >>> result.estimates.filter(measure="in_force_end").select("cadence", "n").rows()
        [('silence', 200), ('staged-opening', 200)]
        """
        from timeline.front.running import Way, running

        study = self if replications is None else replace(self, replications=replications)
        said: dict[str, Any] = {"command": command, "made_by": command, "repair": repair, "keep_going": keep_going}
        said["worlds"] = folder is not None if worlds is None else worlds
        said |= {"data": None if data is None else Path(data)}
        way = Way(engine, workers or cores(), executor, cluster, listener, progress, **said)
        with running(study.experiment, None if folder is None else Path(folder), way) as result:
            return result

    def forecast(
        self,
        pilot: int = PILOT,
        *,
        workers: int | None = None,
        engine: str = "compiled",
        listener: Listener | None = None,
    ) -> Forecast:
        """Say how many replications the wanted precision takes, and how long; nothing is kept.

        Parameters
        ----------
        pilot
            Replications of each arm that are played for it, at least 20.
        workers, engine, listener
            As for `run`.
        """
        from timeline.playing.forecast import forecast

        said = (listener or Listener()).said
        return forecast(self.experiment, pilot, workers=workers or cores(), engine=engine, say=said)

    def sweep(
        self,
        *,
        folder: str | os.PathLike[str] | None = None,
        workers: int | None = None,
        progress: bool = False,
        listener: Listener | None = None,
        command: str = "",
    ) -> Surface:
        """Map a measure over the keys of the config's table ``[sweep]``.

        Parameters
        ----------
        folder
            Where the values are kept, so that a sweep that was stopped goes on; they end with the process if left
            out.
        workers, progress, listener, command
            As for `run`.
        """
        from timeline.front.surface import sweep

        place = None if folder is None else Path(folder)
        with progress_bar(progress) as (moved, tell):
            told = listener or Listener(moved=moved, said=tell)
            return sweep(self.experiment, place, workers or cores(), told, command)

    def worlds(
        self,
        *,
        data: str | os.PathLike[str] | None = None,
        folder: str | os.PathLike[str] | None = None,
        workers: int | None = None,
        budget: float | None = None,
        listener: Listener | None = None,
    ) -> Worlds:
        """Draw the worlds that ``[uncertainty]`` asks for, and find those that could be ours.

        See `timeline.front.worlds.worlds` for the parameters, what is returned and what is raised.

        Examples
        --------
        >>> study = load("configs/backchannel/cadence.toml").change("uncertainty", {"worlds": 8})
        >>> study.worlds().sentence
        '8 worlds were drawn; nothing was asked that would set one aside.'
        """
        from timeline.front.worlds import worlds

        return worlds(self, data=data, folder=folder, workers=workers, budget=budget, listener=listener)

    def history(self, given: str | None = None) -> CasePlayed:
        """Hold the model against the case of history that the config tells.

        See `timeline.front.cases.play_case` for what is asked, what is returned and what is raised.

        Examples
        --------
        >>> found = load("configs/cases/hoare-laval-1935.toml", replications=50).history()
        >>> found.case.fate, found.case.cause
        ('failed', 'exposure')
        """
        from timeline.front.cases import play_case

        return play_case(self, given)

    def calibrate(self, **options: Any) -> Calibration:
        """Find the worlds that fit what is known of the real one, and say what they have learnt.

        See `timeline.front.calibrating.calibrate` for the parameters, what is returned and what is raised.
        """
        from timeline.front.calibrating import calibrate

        return calibrate(self, **options)

    def sensitivity(self, cadence: str | None = None, **options: Any) -> Sensitivity:
        """Find what the difference of a cadence from the baseline hangs on.

        See `timeline.front.sensitivity.sensitivity` for the parameters, what is returned and what is raised.
        """
        from timeline.front.sensitivity import sensitivity

        return sensitivity(self, cadence, **options)

    def trace(self, cadence: str | None = None, replication: int = 0, scenario: str | None = None) -> Trace:
        """Tell one timeline.

        Parameters
        ----------
        cadence, scenario
            Which arm; the baseline in the first scenario if left out.
        replication
            Its number.

        Examples
        --------
        >>> load("configs/backchannel/cadence.toml").trace("silence", 12).title
        'silence, replication 12'
        """
        from timeline.explaining.trace import require_replication, trace
        from timeline.playing.tasks import task_of, world_of

        require_replication(replication)
        arm = self.arm(cadence, scenario)
        title = f"{arm.cadence}, replication {replication:,}"
        world = world_of(task_of(self.experiment, arm))
        asked = self.experiment
        return trace(world, replication, sides=asked.sides, title=title, starts=asked.starts)

    def swimlane(self, told: Trace) -> Figure:
        """Draw one timeline: clocks as lanes, phases as background."""
        from timeline.plots.swimlane import swimlane

        sides = self.experiment.sides
        return swimlane(told, sides=(sides["a"], sides["b"]), starts=told.starts)

    def explain(
        self,
        one: str,
        other: str,
        replication: int | None = None,
        *,
        scenario: str | None = None,
        typical: bool = False,
        turning_points: bool = False,
        replications: int | None = None,
        replays: int | None = None,
        folder: str | os.PathLike[str] | None = None,
        listener: Listener | None = None,
    ) -> Explained:
        """Tell why a crisis ends otherwise under another cadence.

        Parameters
        ----------
        one, other
            Two cadences.
        replication
            Which crisis; the first whose outcomes differ if left out.
        scenario
            In which world; the first if left out.
        typical
            Whether to take a typical crisis that the one saves and the other loses.
        turning_points
            Whether to take that, and to count where all such crises first part.
        replications
            How many are searched; the config's, but at most 20,000, if left out.
        replays
            How many crises are replayed for the turning points; 200 if left out.
        folder
            Made before the search, for the files of `Explained.write`.
        listener
            As for `run`.

        Raises
        ------
        ConfigError
            If there is no such name or crisis, or the model does not say which outcomes are losses.

        Examples
        --------
        >>> told = load("configs/backchannel/cadence.toml").explain("quarterly", "silence", 17)
        >>> told.explanation.replication, told.turning_points
        (17, None)
        """
        from timeline.front.explaining import explain

        options: dict[str, Any] = {
            "scenario": scenario,
            "typical": typical,
            "turning": turning_points,
            "replications": replications,
            "replays": replays,
            "folder": None if folder is None else Path(folder),
            "listener": listener,
        }
        return explain(self.experiment, (one, other), replication, **options)

    def arm(self, cadence: str | None = None, scenario: str | None = None) -> Arm:
        """Return one scenario under one cadence; the baseline in the first scenario if left out.

        Raises
        ------
        ConfigError
            If there is no such name.
        """
        asked = self.experiment
        wanted = (scenario or next(iter(asked.scenarios)), cadence or asked.baseline)
        for given, known, option in (
            (wanted[0], asked.scenarios, "--scenario"),
            (wanted[1], asked.cadences, "--cadence"),
        ):
            if given not in known:
                listed = f"one of {', '.join(known)}{nearest(given, known)}"
                raise ConfigError(f'{option}: given "{given}", expected {listed}')
        return next(arm for arm in asked.arms if (arm.scenario, arm.cadence) == wanted)

    def _repr_html_(self) -> str:
        asked = self.experiment
        names = ", ".join(asked.cadences)
        rows = [
            ("model", asked.model_name),
            ("horizon", f"{asked.horizon / 365.25:g} years"),
            *([] if asked.starts is None else [("starts", asked.starts.isoformat())]),
            ("replications", f"{asked.replications:,} an arm"),
            ("cadences", names),
            ("scenarios", ", ".join(asked.scenarios)),
            ("baseline", asked.baseline),
        ]
        lines = "".join(f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in rows)
        return f"<h3>{escape(asked.title)}</h3><p>{escape(asked.question)}</p><table>{lines}</table>"


def _sweep_options(given: Mapping[str, object]) -> dict[str, object]:
    """Return what replaces keys of a table ``[sweep]``."""
    options = {name: value for name, value in given.items() if value is not None}
    keys = options.get("keys")
    if isinstance(keys, Sequence) and not isinstance(keys, str):
        options["keys"] = _sweep_keys(keys)
    return {name: value for name, value in options.items() if value != {}}


def _sweep_keys(texts: Sequence[str]) -> dict[str, object]:
    from timeline.config.sweep import read_key

    keys: dict[str, object] = {}
    for text in texts:
        try:
            name, values = read_key(text)
        except ValueError as problem:
            raise ConfigError(f"--key: {problem}") from None
        if name in keys:
            raise ConfigError(f"--key {name}: given twice, expected once")
        keys[name] = values
    return keys


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _kept(asked: Experiment, cadences: Sequence[str]) -> Experiment:
    """Return an experiment with some of its cadences."""
    for name in cadences:
        if name not in asked.cadences:
            listed = f"one of {', '.join(asked.cadences)}{nearest(name, asked.cadences)}"
            raise ConfigError(f'keep: given "{name}", expected {listed}')
    if asked.baseline not in cadences:
        raise ConfigError(
            f'keep: given {", ".join(cadences)} without the baseline "{asked.baseline}", expected it among them; '
            'name it too, or .change("baseline", ...) first'
        )
    return replace(
        asked, cadences={name: cadence for name, cadence in asked.cadences.items() if name in cadences}, factorial=None
    )
