"""An exercise opened: from a config, or from the log of one that was begun."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from timeline.config.load import load
from timeline.errors import ConfigError, nearest
from timeline.exercise.log import LOGS, LogFile, before_play, own_part, require_log, resumed
from timeline.exercise.session import ExerciseSetting, Session
from timeline.study.checks import impossible_levers
from timeline.study.experiment import Experiment
from timeline.study.played import Deed


@dataclass(frozen=True)
class Wanted:
    """What was asked for when the exercise was opened; None where nothing was said.

    Attributes
    ----------
    scenario, cadence
        In which world, and which cadence's levers hold beside what is decided.
    replication
        With which luck.
    log
        Where to save.
    """

    scenario: str | None = None
    cadence: str | None = None
    replication: int | None = None
    log: Path | None = None


@dataclass
class Opened:
    """A session, with what has to be known of its files.

    Attributes
    ----------
    session
        Where the exercise stands.
    path, text
        The config, and its own text.
    sources
        The model's files and their hashes, as they were loaded.
    log
        Where it is saved.
    notes
        What the players should know from the start, in sentences.
    taken_back
        What was done and taken back again, in that order.
    """

    session: Session
    path: Path
    text: str
    sources: Mapping[str, str]
    log: LogFile
    notes: tuple[str, ...] = ()
    taken_back: tuple[Deed, ...] = ()

    @property
    def experiment(self) -> Experiment:
        """The config, without what was decided."""
        return self.session.setting.experiment

    def edited(self) -> str:
        """Say what has changed on disk since it was opened; empty if nothing has."""
        root = self.experiment.workspace.root
        changed = [path for path, digest in self.sources.items() if _digest(root / path) != digest]
        if changed:
            more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
            return f'the model "{self.experiment.model_name}" has been edited ({changed[0]}{more})'
        try:
            text = self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return f"the config {self.path.name} cannot be read any more"
        return "" if own_part(text) == own_part(self.text) else f"the config {self.path.name} has been edited"

    def reloaded(self) -> Opened:
        """Return the exercise with model and config as they are on disk now: the same decisions, up to the same day.

        Raises
        ------
        TimelineError
            If they cannot be loaded, or what was decided has no place in them; this one stays as it is.
        """
        before = self.session.setting
        asked, _ = before_play(load(self.path))
        setting = _setting(asked, Wanted(before.scenario, before.stands_on, before.replication))
        session = self.session.again(setting)
        text = own_part(_text(self.path))
        return Opened(session, self.path, text, _sources(asked), self.log, self.notes, self.taken_back)


def open_exercise(path: Path, wanted: Wanted) -> Opened:
    """Open a config, or the log of an exercise.

    Raises
    ------
    ConfigError
        If something is wrong with it, or with what was asked for.
    ModelError, RunError
        If the model cannot be loaded or played.
    """
    asked = load(path)
    if wanted.log is not None:
        _require_log_place(wanted.log, asked)
    played, text, sources = asked.played, own_part(_text(path)), _sources(asked)
    if played is None:
        session = Session(_setting(asked, wanted))
        notes = tuple(asked.warnings)
        log = LogFile(wanted.log, _folder_of_logs(asked), path.stem)
    else:
        for option, given in (
            ("--scenario", wanted.scenario),
            ("--cadence", wanted.cadence),
            ("--replication", wanted.replication),
        ):
            if given is not None:
                raise ConfigError(
                    f"{option}: given {given} for the log of an exercise, which says it itself; leave it out"
                )
        plain, _ = before_play(asked)
        setting = _setting(plain, Wanted(played.scenario, played.stands_on, played.replication))
        session = resumed(asked, setting)
        now = _one_hash(asked)
        notes = () if now == played.sources else (_OTHER_MODEL,)
        log = LogFile(
            wanted.log or path, path.parent, _unnumbered(path.stem), None if wanted.log else path.read_bytes()
        )
    _ = session.setting.own_clocks  # derived from the model's files as they are now
    require_log(session, text, _one_hash(asked), asked.workspace.root)
    return Opened(session, path, text, sources, log, notes, () if played is None else played.taken_back)


def _folder_of_logs(asked: Experiment) -> Path:
    """Return where the logs of a config lie: beside it, where it names a table that lies beside it."""
    source = asked.uncertainty.source if asked.uncertainty is not None else "declared"
    return asked.workspace.root / LOGS if source == "declared" else asked.path.parent


def _unnumbered(stem: str) -> str:
    """Return a log's name without its number."""
    name, dash, number = stem.rpartition("-")
    return name if dash and number.isdigit() else stem


_OTHER_MODEL = (
    "The model has been edited since this was saved: what was decided is the same, what came of it may be told "
    "otherwise."
)


def _require_log_place(log: Path, asked: Experiment) -> None:
    """Refuse a place where a log could not be read as a config."""
    root = asked.workspace.root
    if log.suffix != ".toml" or not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", log.stem):
        raise ConfigError(f'--log: given {log}, expected a name of letters, digits, "-" and "_" that ends in .toml')
    if not Path(os.path.abspath(log)).resolve().is_relative_to(root.resolve()):
        raise ConfigError(
            f"--log: given {log}, expected a file inside the workspace, {root}: a log is a config, and needs its model"
        )


def _setting(asked: Experiment, wanted: Wanted) -> ExerciseSetting:
    if wanted.scenario is None and asked.grid is not None:
        raise ConfigError(
            f"{asked.path}: grid: its scenarios are combinations of {' and '.join(asked.grid.paths)}, and an exercise "
            f"plays one of them; give --scenario NAME, one of {', '.join(asked.scenarios)}"
        )
    scenario = wanted.scenario or next(iter(asked.scenarios))
    for option, given, known in (
        ("--scenario", scenario, asked.scenarios),
        ("--cadence", wanted.cadence, asked.cadences),
    ):
        if given is not None and given not in known:
            raise ConfigError(f'{option}: given "{given}", expected one of {", ".join(known)}{nearest(given, known)}')
    tells = asked.model.statements is not None
    # Where nothing is decided but by the facilitator, the config's own policy is played.
    stands_on = wanted.cadence or (None if tells or asked.model.levers is None else asked.baseline)
    setting = ExerciseSetting(asked, scenario, stands_on, _replication(wanted.replication))
    if tells and wanted.cadence is not None:
        _require_room(setting)
    return setting


def _replication(given: int | None) -> int:
    from timeline.explaining.trace import require_replication

    require_replication(given or 0)
    return given or 0


def _require_room(setting: ExerciseSetting) -> None:
    """Refuse a cadence that leaves no room for reports to be decided on."""
    name, given = setting.model.statements, f'--cadence: given "{setting.stands_on}"'
    if setting.levers.get(f"cadence.{name}[0].day"):
        raise ConfigError(f"{given}, which has {name} of its own; give another, or leave it out")
    first = {f"cadence.{name}[0].day": 1.0}
    for sentence in impossible_levers(setting.model, setting.levers | first):
        raise ConfigError(f"{given}, which leaves no room for reports to be decided on ({sentence}); give another")


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path}: cannot be read: {problem}") from None


def _sources(asked: Experiment) -> dict[str, str]:
    return asked.workspace.sources(asked.model_name)


def _one_hash(asked: Experiment) -> str:
    return asked.workspace.sources_hash(asked.model_name)


def _digest(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
