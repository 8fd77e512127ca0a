"""The log of an exercise: its config, and below it what was injected, what was decided and where it stands.

A log is a config. So ``timeline trace`` and ``timeline explain`` read it, and `timeline play` goes on from it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from timeline.config.document import as_toml
from timeline.config.load import load
from timeline.errors import ConfigError, PathError, StoreError
from timeline.exercise.session import Decision, ExerciseSetting, Session, cadence_of
from timeline.keeping.files import write_aside
from timeline.model.values import Number
from timeline.study.experiment import Cadence, Experiment
from timeline.study.played import Deed, PlayedLog

#: What stands between the config and what the exercise adds to it.
MARK = "# What follows was written by timeline play."
#: Where logs lie in a workspace, and so many of one config at most.
LOGS = "played"
MOST_LOGS = 1_000


def own_part(text: str) -> str:
    """Return a config's text without what an exercise has added."""
    return text.partition(f"\n{MARK}\n")[0].rstrip() + "\n"


def written(
    session: Session, text: str, sources: str, path: Path | None = None, taken_back: Sequence[Deed] = ()
) -> str:
    """Return the log of a session.

    Parameters
    ----------
    session
        What was played.
    text
        The config's own text.
    sources
        The hash of the model's sources.
    path
        Where the log will lie, for the commands that read it.
    taken_back
        What was done and taken back again.
    """
    return "\n".join([text.rstrip(), "", MARK, *_lines(session, sources, path, taken_back)]) + "\n"


def _lines(session: Session, sources: str, path: Path | None, taken_back: Sequence[Deed]) -> Iterator[str]:
    setting = session.setting
    asked, name = setting.experiment, setting.name
    if path is not None:
        options = f"--scenario {shlex.quote(setting.scenario)} --replication {setting.replication}"
        log = shlex.quote(f"{path.parent.name}/{path.name}")
        yield f"# timeline play {log}"
        yield f"# timeline trace {log} --cadence {name} {options}"
        if setting.model.levers is not None:
            yield f"# timeline explain {log} --cadences {name} {asked.baseline} {options}"
    # A config that names no scenario has one that is called default.
    table = f"scenarios.{setting.scenario}.inject"
    for injection in session.injected:
        yield from ("", f"[[{table}]]", f"clock = {as_toml(injection.clock)}", f'day = "{injection.days:g} days"')
        if injection.luck:
            yield f"luck = {as_toml(injection.luck)}"
    if setting.model.levers is not None:
        yield from ("", f"[cadences.{name}]", 'about = "As it was played"')
        for key, value in cadence_of(session).items():
            yield f"{key} = {_listed(value)}"
    yield from ("", "[played]")
    cadence = name if setting.model.levers is not None else next(iter(asked.cadences))
    yield f"cadence = {as_toml(cadence)}"
    yield f"scenario = {as_toml(setting.scenario)}"
    yield f"replication = {setting.replication}"
    yield f"day = {session.day}"
    yield f"injected = {len(session.injected)}"
    if setting.stands_on is not None:
        yield f"stands_on = {as_toml(setting.stands_on)}"
    yield f"sources = {as_toml(sources)}"
    for deed in taken_back:
        yield from ("", "[[played.taken_back]]", f"day = {deed.day}", f"who = {as_toml(deed.who)}")
        yield f"what = {as_toml(deed.what)}"


def _listed(value: object) -> str:
    """Write a value; of a list of tables each on a line of its own."""
    if isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        return "[\n" + "".join(f"    {as_toml(part)},\n" for part in value) + "]"
    return as_toml(value)


def before_play(asked: Experiment) -> tuple[Experiment, PlayedLog | None]:
    """Return a log's config as it was before the exercise, and where the exercise stands; a plain config as it is."""
    played = asked.played
    if played is None:
        return asked, None
    cadences = {name: cadence for name, cadence in asked.cadences.items() if name != played.cadence}
    if asked.model.levers is None:
        cadences = asked.cadences
    if not cadences:
        raise ConfigError(
            f"{asked.path}: played.cadence: given its only cadence, expected one that was added to others"
        )
    plain = replace(asked, played=None, cadences=cadences)
    if played.injected:
        scenario = asked.scenarios[played.scenario]
        changed = replace(scenario, injections=scenario.injections[: -played.injected])
        plain = replace(plain, scenarios={**asked.scenarios, scenario.name: changed})
    return plain, played


def resumed(asked: Experiment, setting: ExerciseSetting) -> Session:
    """Return the session that a log's exercise stands at.

    Raises
    ------
    ConfigError
        If what the log says was decided lies beyond the day it stands at.
    """
    played = asked.played
    assert played is not None
    own = asked.scenarios[played.scenario].injections
    injected = own[len(own) - played.injected :]
    decisions = tuple(_decisions(asked.cadences[played.cadence], setting))
    for what, days in (
        ("an injection", [injection.days for injection in injected if injection.since is None]),
        ("a report", [float(decision.day) for decision in decisions]),
    ):
        if any(day > played.day for day in days):
            raise ConfigError(
                f"{asked.path}: played.day: given {played.day}, but the log has {what} on day {max(days):g}; expected "
                "that day or later"
            )
    return Session(setting, decisions, injected, played.day)


def _decisions(cadence: Cadence, setting: ExerciseSetting) -> Iterator[Decision]:
    """Yield what was decided, as the levers of the played cadence hold it."""
    name, place = setting.model.statements, 0
    while name and (day := cadence.values.get(f"cadence.{name}[{place}].day", 0.0)):
        if day != int(day):
            raise ConfigError(f"cadences.{cadence.name}.{name}[{place}].day: given {day:g} days, expected whole days")
        values: dict[str, Number] = {key: cadence.values[f"cadence.{name}[{place}].{key}"] for key in setting.choices}
        yield Decision(int(day), values)
        place += 1


class LogFile:
    """The file that a session is saved to; nothing else is ever written over.

    Parameters
    ----------
    path
        Where; None for the first name that is free in the folder.
    folder, stem
        Where logs lie, and what their names begin with.
    known
        What the file holds already, if the session goes on from it.
    """

    def __init__(self, path: Path | None, folder: Path, stem: str, known: bytes | None = None) -> None:
        self.path = path
        self.folder = folder
        self.stem = stem
        self._known = known
        if path is not None and known is None and path.exists():
            raise PathError(
                f"--log: {path} is there already; give a name that is free, or go on with it: timeline play {path}"
            )

    @property
    def saved(self) -> Path | None:
        """Where the log lies; None before it is first saved."""
        return None if self._known is None else self.path

    def save(self, text_at: Callable[[Path], str]) -> Path:
        """Write the log; returns where.

        Raises
        ------
        StoreError
            If it cannot be written; what was there before is untouched.
        """
        path = self.path or self._free()
        if _content(path) != self._known:
            # Somebody else has written it: theirs stays.
            path = self._free()
        data = text_at(path).encode()
        write_aside(path, data)
        self.path, self._known = path, data
        return path

    def _free(self) -> Path:
        for number in range(1, MOST_LOGS):
            path = self.folder / f"{self.stem}-{number}.toml"
            if not path.exists():
                return path
        raise StoreError(f"{self.folder}: {MOST_LOGS - 1} logs of {self.stem} lie there; give --log, or move some away")


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def require_log(session: Session, text: str, sources: str, workspace: Path) -> None:
    """Refuse a config whose log could not be read again, before anything is played.

    Raises
    ------
    ConfigError
        Saying why.
    """
    import tomllib

    try:
        load(tomllib.loads(written(session, text, sources)), workspace=workspace)
    except tomllib.TOMLDecodeError:
        raise ConfigError(
            f"{session.setting.experiment.path}: what is decided and injected could not be added to it; write its "
            "cadences as tables [cadences.NAME], and its injections as [[inject]]"
        ) from None
