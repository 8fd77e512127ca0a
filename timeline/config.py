"""Configs: a TOML file becomes a validated, frozen experiment.

All problems of a file are found at once. Each is one line that names the file, the key
path, what was given, what was expected and, if there is one, the nearest valid name.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError
from pydantic import Field as Setting

from timeline.errors import ConfigError, ModelError, nearest
from timeline.model import SIDES, Model
from timeline.records import Array, Field, Lever, Parameter, Record, blank, fill
from timeline.units import YEAR, Unit, expected, parse_duration, parse_quantity, parse_unit
from timeline.workspace import Workspace, find

Number = float | int | bool

#: Replication numbers are one 32-bit word of the random generator's counter.
_MOST_REPLICATIONS = 2**32


@dataclass(frozen=True)
class Cadence:
    """A disclosure policy.

    Attributes
    ----------
    name
        Its name in the config.
    about
        A line on who argued for it.
    given
        The levers as written.
    values
        Every lever by its path, e.g. ``{"cadence.rules[0].every": 90.0}``, in days and 1/day;
        levers that were not given are at their defaults.
    """

    name: str
    about: str
    given: dict[str, Any]
    values: dict[str, Number]


@dataclass(frozen=True)
class Scenario:
    """An assumption about the world under which every cadence is tried.

    Attributes
    ----------
    name, about
        Its name in the config, and a line on what it assumes.
    given
        The parameters it overrides, as written, by path.
    values
        The same in days and 1/day.
    without
        Mechanisms that it switches off.
    """

    name: str
    about: str
    given: dict[str, Any]
    values: dict[str, Number]
    without: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arm:
    """One scenario under one cadence.

    Attributes
    ----------
    scenario, cadence
        Their names.
    world_values
        Every assumption about the world by its path, in days and 1/day.
    lever_values
        Every lever by its path, in days and 1/day.
    without
        Mechanisms that are switched off, in the model's order.
    """

    scenario: str
    cadence: str
    world_values: dict[str, Number]
    lever_values: dict[str, Number]
    without: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The arm's name, ``"scenario/cadence"``."""
        return f"{self.scenario}/{self.cadence}"

    @property
    def values(self) -> dict[str, Number]:
        """Every parameter and lever of this arm by its path, in days and 1/day."""
        return {**self.world_values, **self.lever_values}


@dataclass(frozen=True)
class Experiment:
    """A config that has been read and found right.

    Attributes
    ----------
    path, name
        The file, and its name without ``.toml``.
    workspace
        Where its model was found.
    title, question
        For people; the title is the name unless given.
    model_name, model
        The model.
    horizon
        Days; an event due then or later does not happen.
    replications, seed
        How many timelines each arm gets, and the seed they share.
    baseline
        The cadence to compare the others with.
    sides
        The sides' names, ``{"a": ..., "b": ...}``.
    cadences, scenarios
        By name, in the order of the file; there is at least one of each.
    world
        Every assumption about the world by its path, in days and 1/day, before scenarios.
    given
        The parameters as written, by path.
    follow_up
        Days for which an agreement is followed after its signature.
    rmst
        Days up to which mean survival is restricted.
    without
        Mechanisms that every arm switches off.
    warnings
        One line for each value that is possible but outside its plausible range.
    """

    path: Path
    name: str
    workspace: Workspace
    title: str
    question: str
    model_name: str
    model: Model
    horizon: float
    replications: int
    seed: int
    baseline: str
    sides: dict[str, str]
    cadences: dict[str, Cadence]
    scenarios: dict[str, Scenario]
    world: dict[str, Number]
    given: dict[str, Any]
    follow_up: float
    rmst: tuple[float, ...]
    without: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every scenario under every cadence, scenarios first."""
        return tuple(
            Arm(
                scenario.name,
                cadence.name,
                {**self.world, **scenario.values},
                dict(cadence.values),
                _in_model_order(self.model, (*self.without, *scenario.without)),
            )
            for scenario in self.scenarios.values()
            for cadence in self.cadences.values()
        )

    def resolved(self) -> dict[str, Any]:
        """Return everything that was decided, as plain data that JSON can hold.

        It names no folder and no time of day, so that it is the same on every machine.
        """
        decided: dict[str, Any] = plain(
            {
                "config": self.path.name,
                "title": self.title,
                "question": self.question,
                "model": self.model_name,
                "horizon": self.horizon,
                "replications": self.replications,
                "seed": self.seed,
                "baseline": self.baseline,
                "sides": self.sides,
                "without": self.without,
                "parameters": self.world,
                "cadences": {
                    c.name: {"about": c.about, "given": c.given, "values": c.values}
                    for c in self.cadences.values()
                },
                "scenarios": {
                    s.name: {"about": s.about, "given": s.given, "values": s.values, "without": s.without}
                    for s in self.scenarios.values()
                },
                "analysis": {"follow_up": self.follow_up, "rmst": self.rmst},
                "warnings": self.warnings,
            }
        )
        return decided

    def ledger(self) -> list[dict[str, Any]]:
        """Return the evidence table: one row for each assumption about the world.

        Returns
        -------
        list of dict
            ``path``, ``mechanism`` (``"sides"`` for what each side has), ``value`` and
            ``default`` in the declared unit (enumerations by name), ``unit``, ``low`` and
            ``high`` of the plausible range, ``evidence``, ``source``, ``meaning``,
            ``changed``, and ``scenarios``: {name: value} of those that override it.
        """
        return [
            {
                **described(path, parameter),
                "value": in_unit(parameter, self.world[path]),
                "changed": self.world[path] != parameter.in_days,
                "scenarios": {
                    scenario.name: in_unit(parameter, scenario.values[path])
                    for scenario in self.scenarios.values()
                    if path in scenario.values
                },
            }
            for path, parameter in self.model.assumptions.items()
        ]


def described(path: str, parameter: Parameter) -> dict[str, Any]:
    """Return a parameter's declaration as a row of plain data."""
    low, high = parameter.plausible or (None, None)
    top = path.partition(".")[0]
    return {
        "path": path,
        "mechanism": "sides" if top in SIDES else top,
        "default": in_unit(parameter, parameter.in_days),
        "unit": parameter.unit or _type_name(parameter),
        "low": low,
        "high": high,
        "evidence": parameter.evidence,
        "source": parameter.source,
        "meaning": parameter.meaning,
    }


def _type_name(leaf: Field) -> str:
    if leaf.kind is bool:
        return "flag"
    return "choice" if issubclass(leaf.kind, IntEnum) else "number"


def _in_model_order(model: Model, names: Iterable[str]) -> tuple[str, ...]:
    given = set(names)
    return tuple(mechanism.name for mechanism in model.mechanisms if mechanism.name in given)


def plain(value: Any) -> Any:
    """Replace what JSON cannot hold."""
    if isinstance(value, Mapping):
        return {name: plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


# Single values.


def spoken(member: IntEnum) -> str:
    """Return how a config writes a member of an enumeration.

    Examples
    --------
    >>> Content = IntEnum("Content", "VERIFIED_STEP AGREED")
    >>> spoken(Content.VERIFIED_STEP)
    'verified step'
    """
    return member.name.lower().replace("_", " ")


def _unit_of(leaf: Field) -> Unit:
    return parse_unit(getattr(leaf, "unit", "") or "number")


def read_value(leaf: Field, given: object) -> Number:
    """Return a value of a parameter or lever in days, 1/day or the plain unit.

    Parameters
    ----------
    leaf
        The declaration.
    given
        A number in the declared unit, a text with a unit, the lower-case name of a member of
        an enumeration, or a flag.

    Raises
    ------
    ValueError
        With ``given ..., expected ...``.

    Examples
    --------
    >>> read_value(Lever(0.0, unit="days"), "2 weeks")
    14.0
    >>> read_value(Lever(False), 1)
    Traceback (most recent call last):
    ...
    ValueError: given 1, expected true or false
    """
    if leaf.kind is bool:
        if not isinstance(given, bool):
            raise ValueError(f"given {shown(given)}, expected true or false")
        return given
    if issubclass(leaf.kind, IntEnum):
        names = {spoken(member): member for member in leaf.kind}
        asked = given.replace("_", " ") if isinstance(given, str) else ""
        if asked not in names:
            choices = ", ".join(f'"{name}"' for name in names)
            raise ValueError(
                f"given {shown(given)}, expected one of {choices}{nearest(asked.lower(), names)}"
            )
        return int(names[asked])
    unit = _unit_of(leaf)
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise ValueError(f"given {shown(given)}, expected {_expected_number(leaf, unit)}")
    value = parse_quantity(given, unit)
    low = getattr(leaf, "low", None)
    if low is not None and value < low * unit.factor:
        raise ValueError(f"given {shown(given)}, expected {_amount(low, leaf)} or more")
    if leaf.kind is int:
        # The code sees whole numbers in the unit they are declared in; only floats become days.
        whole = value / unit.factor
        if not whole.is_integer():
            raise ValueError(f"given {shown(given)}, expected a whole number")
        return int(whole)
    return value


def _expected_number(leaf: Field, unit: Unit) -> str:
    return "a whole number" if leaf.kind is int else expected(unit)


def in_unit(leaf: Field, value: Number) -> float | int | bool | str:
    """Return a value in the declared unit; enumerations become their names.

    Examples
    --------
    >>> in_unit(Lever(90.0, unit="days"), 30.0)
    30.0
    >>> in_unit(Lever(1.0, unit="years"), 365.25)
    1.0
    """
    if leaf.kind is bool:
        return bool(value)
    if issubclass(leaf.kind, IntEnum):
        return spoken(leaf.kind(int(value)))
    if leaf.kind is int:
        return int(value)
    # Fifteen digits: dividing by what the value was multiplied with may change the last one.
    return float(f"{value / _unit_of(leaf).factor:.15g}")


def spelled(leaf: Field, value: Number) -> str:
    """Return a value in its declared unit as people write it.

    Examples
    --------
    >>> spelled(Lever(90.0, unit="days"), 30.0)
    '30 days'
    >>> spelled(Lever(0.5, unit="share"), 0.25)
    '0.25'
    """
    own = in_unit(leaf, value)
    if isinstance(own, bool):
        return "true" if own else "false"
    return own if isinstance(own, str) else _amount(own, leaf)


def _amount(number: float, leaf: Field) -> str:
    unit = getattr(leaf, "unit", "")
    if not unit or unit in ("share", "index", "ratio", "count", "number"):
        return f"{number:g}"
    if unit.startswith("1/"):
        unit = unit[1:].replace("/", " per ").strip()
    return f"{number:g} {unit.removesuffix('s') if number == 1 else unit}"


def shown(given: object) -> str:
    """Return a value as it would be written in TOML, or what kind of thing it is.

    Examples
    --------
    >>> shown("calm"), shown(True), shown(2.5), shown({}), shown([1])
    ('"calm"', 'true', '2.5', 'a table', 'a list')
    """
    if isinstance(given, bool):
        return "true" if given else "false"
    if isinstance(given, str):
        flat = " ".join(given.split())
        return f'"{flat}"' if len(flat) <= 60 else f'"{flat[:57]}..."'
    if isinstance(given, dict):
        return "a table"
    if isinstance(given, list):
        return "a list"
    if isinstance(given, int) and abs(given) > 10**20:
        return "a huge number"
    return str(given)


# The top level, checked by pydantic; the sentences are ours.


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Sides(_Table):
    a: Annotated[StrictStr, Setting(min_length=1)] = "Side A"
    b: Annotated[StrictStr, Setting(min_length=1)] = "Side B"


class _Analysis(_Table):
    follow_up: StrictStr | None = None
    rmst: Annotated[list[StrictStr], Setting(min_length=1)] | None = None


class _Scenario(_Table):
    about: StrictStr = ""
    parameters: dict[str, Any] = {}
    without: list[StrictStr] = []


class _File(_Table):
    title: StrictStr = ""
    question: StrictStr = ""
    model: StrictStr
    horizon: StrictStr
    replications: Annotated[StrictInt, Setting(ge=1, le=_MOST_REPLICATIONS)]
    seed: Annotated[StrictInt, Setting(ge=0, lt=2**63)]
    baseline: StrictStr | None = None
    sides: _Sides = _Sides()
    without: list[StrictStr] = []
    parameters: dict[str, Any] = {}
    cadences: dict[str, dict[str, Any]] = {}
    scenarios: dict[str, _Scenario] = {}
    analysis: _Analysis = _Analysis()


_EXPECTED = {
    "title": "a text",
    "question": "a text",
    "model": "the name of a model",
    "horizon": 'a duration such as "15 years"',
    "replications": "a whole number from 1 to 2**32",
    "seed": "a whole number from 0 to 2**63 - 1",
    "baseline": "the name of a cadence",
    "sides": 'a table with the names of the sides, a = "..." and b = "..."',
    "sides.*": "a name",
    "without": "a list of mechanisms to switch off",
    "parameters": "a table [parameters]",
    "cadences": "tables [cadences.NAME]",
    "cadences.*": "a table of levers",
    "scenarios": "tables [scenarios.NAME]",
    "scenarios.*": "a table [scenarios.NAME]",
    "scenarios.*.about": "a text",
    "scenarios.*.parameters": "a table of parameters",
    "scenarios.*.without": "a list of mechanisms to switch off",
    "analysis": "a table [analysis]",
    "analysis.follow_up": 'a duration such as "10 years"',
    "analysis.rmst": 'a list of durations such as ["1 year", "5 years"]',
}


def _expected_at(path: str) -> str:
    plain = re.sub(r"\[\d+\]", "", path)
    if path != plain:
        return 'a duration such as "5 years"' if plain == "analysis.rmst" else "the name of a mechanism"
    for pattern, words in _EXPECTED.items():
        if re.fullmatch(re.escape(pattern).replace(r"\*", "[^.]*"), plain):
            return words
    return "something else"


def _children(path: str) -> list[str]:
    """Return the keys that may stand in the table at a path of the schema."""
    if not path:
        return list(_File.model_fields)
    top = path.partition(".")[0]
    tables: dict[str, type[BaseModel]] = {"sides": _Sides, "analysis": _Analysis, "scenarios": _Scenario}
    return list(tables[top].model_fields)


class _Problems:
    """Collects what is wrong with one file, each as one line."""

    def __init__(self, file: str, sources: Mapping[str, str]) -> None:
        self.file = file
        self.sources = sources
        self.lines: list[str] = []

    def at(self, path: str) -> str:
        """Say where a key path was written: in the file, or on the command line."""
        for canonical, source in self.sources.items():
            if path == canonical or path.startswith((canonical + ".", canonical + "[")):
                return source
        return f"{self.file}: {path}" if path else self.file

    def add(self, path: str, sentence: str) -> None:
        line = f"{self.at(path)}: {' '.join(sentence.split())}"
        if line not in self.lines:
            self.lines.append(line)


def load(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
) -> Experiment:
    """Read a config.

    Parameters
    ----------
    path
        The file, inside a workspace.
    overrides
        Texts ``key=value`` that replace what the file says, such as
        ``"leaks.per_insider=5e-3"`` or ``"cadences.quarterly.keep=0.1"``; the prefix
        ``parameters.`` may be left out.
    replications, seed
        Replace the file's numbers.

    Raises
    ------
    ConfigError
        With one line for each problem.
    """
    file = str(path)
    raw = _read(Path(path), file)
    sources: dict[str, str] = {}
    problems = _Problems(file, sources)
    _override(raw, overrides, sources, problems)
    for key, value in (("replications", replications), ("seed", seed)):
        if value is not None:
            raw[key] = value
            sources[key] = f"--{key}"
    try:
        workspace = find(Path(path))
    except ConfigError as problem:
        raise ConfigError([*problems.lines, *problem.problems]) from None
    try:
        return _Reader(Path(path), raw, workspace, problems).experiment()
    except RecursionError:
        raise ConfigError(f"{file}: given tables nested too deeply, expected a flat TOML file") from None


def _read(path: Path, file: str) -> dict[str, Any]:
    if path.is_dir():
        inside = sorted(path.rglob("*.toml"))
        such = f' such as "{inside[0]}"' if inside else ""
        raise ConfigError(f"{file}: given a folder, expected a config file{such}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{file}: there is no such file, expected a config{_nearest_file(path)}") from None
    except UnicodeDecodeError as problem:
        raise ConfigError(
            f"{file}: byte {problem.start} given, which is no UTF-8, expected a text file saved as UTF-8"
        ) from None
    except (OSError, ValueError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else str(problem)
        raise ConfigError(f"{file}: cannot be read ({why}), expected a readable config file") from None
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ConfigError(_not_toml(file, problem, text)) from None


def _not_toml(file: str, problem: Exception, text: str) -> str:
    if isinstance(problem, RecursionError):
        return f"{file}: given tables nested too deeply, expected a flat TOML file"
    said = str(problem)
    found = re.search(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)$", said)
    if found is None:
        return f"{file}: not valid TOML: {said}"
    said = said[: found.start()]
    if said.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
        said = "this name is given twice"
    line, column = found[1], found[2]
    if line is None:
        lines = text.split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return f"{file}: line {line}, column {column}: not valid TOML: {said}"


def _nearest_file(path: Path) -> str:
    try:
        configs = find(path).configs()
    except ConfigError:
        configs = sorted(path.parent.glob("*.toml"))
    by_name: dict[str, Path] = {}
    for config in configs:
        by_name.setdefault(config.stem, config)
    hint = nearest(path.stem, by_name)
    if not hint:
        return ""
    config = by_name[hint.split('"')[1]]
    here = Path.cwd()
    said = config.relative_to(here) if not path.is_absolute() and config.is_relative_to(here) else config
    return f'; did you mean "{said}"?'


# What --set does.

_STEP = re.compile(r"([A-Za-z0-9_-]+)((?:\[\d+\])*)")


def _override(
    raw: dict[str, Any], overrides: Sequence[str], sources: dict[str, str], problems: _Problems
) -> None:
    for text in overrides:
        key, equals, value = text.partition("=")
        key = key.strip()
        if not equals or not key:
            problems.lines.append(f'--set {text}: given no value, expected key=value, e.g. "seed=7"')
            continue
        matches = [_STEP.fullmatch(part) for part in key.split(".")]
        steps: list[str | int] = []
        for match in matches:
            if match is not None:
                steps += [match[1], *(int(i) for i in re.findall(r"\d+", match[2]))]
        if None in matches:
            problems.lines.append(
                f'--set {key}: given no key path, expected names with dots, e.g. "cadences.monthly.keep"'
            )
            continue
        if steps[0] not in _File.model_fields:
            steps.insert(0, "parameters")
        canonical = _joined(steps)
        if canonical in sources:
            problems.lines.append(f"--set {key}: given twice, expected once")
            continue
        wrong = _put(raw, steps, _read_text(value.strip()))
        if wrong:
            problems.lines.append(f"--set {key}: {wrong}")
        else:
            sources[canonical] = f"--set {key}"


def _joined(steps: Iterable[str | int]) -> str:
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def _read_text(text: str) -> Any:
    """Return a value as TOML reads it if it does, else the text itself."""
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return read["value"] if set(read) == {"value"} else text


def _put(raw: dict[str, Any], steps: list[str | int], value: Any) -> str:
    """Set one value in the nested tables; return a sentence if that cannot be done."""
    at: Any = raw
    for depth, step in enumerate(steps):
        so_far = _joined(steps[:depth])
        if isinstance(step, int):
            if not isinstance(at, list) or step >= len(at):
                count = f"has {len(at)}, counted from 0" if isinstance(at, list) else "is no list"
                return f"given [{step}], but {so_far} {count}; expected an index that exists"
        elif not isinstance(at, dict):
            return f'given "{step}" below {so_far}, expected a key: {so_far} is {_kind(at)}'
        elif depth == 1 and steps[0] in ("cadences", "scenarios") and step not in at:
            one = str(steps[0]).removesuffix("s")
            return f'given "{step}", expected a {one} of the file{nearest(step, at)}'
        following = steps[depth + 1] if depth + 1 < len(steps) else None
        if following is None:
            at[step] = value
        elif isinstance(following, int) and isinstance(at, dict) and step not in at:
            return f"given [{following}], but {_joined(steps[: depth + 1])} is not set; set it as a whole"
        elif isinstance(step, int):
            at = at[step]
        else:
            at = at.setdefault(step, {})
    return ""


def _kind(given: object) -> str:
    return "a list" if isinstance(given, list) else f"set to {shown(given)}"


_NAME = re.compile(r"[A-Za-z0-9_-]+")


class _Reader:
    """Reads one file, section by section, and goes on after a problem."""

    def __init__(self, path: Path, raw: dict[str, Any], workspace: Workspace, problems: _Problems) -> None:
        self.path = path
        self.raw = raw
        self.workspace = workspace
        self.problems = problems
        self.warnings: list[str] = []

    def experiment(self) -> Experiment:
        """Return the experiment, or raise everything that is wrong."""
        if not _NAME.fullmatch(self.path.stem):
            self.problems.add("", _not_a_name("file name", self.path.stem))
        self.check_schema()
        sides = self.sides()
        horizon = self.duration("horizon", self.raw.get("horizon"))
        model = self.load_model()
        follow_up, rmst = self.analysis(horizon)
        self.names("cadences")
        self.names("scenarios")
        without: tuple[str, ...] = ()
        world: dict[str, Number] = {}
        given: dict[str, Any] = {}
        scenarios: dict[str, Scenario] = {}
        cadences: dict[str, Cadence] = {}
        if model is not None:
            without = self.without("without", self.raw.get("without"), model)
            world, given = self.world(model)
            scenarios = self.scenarios(model, world)
            cadences = self.cadences(model, (*without, *(n for s in scenarios.values() for n in s.without)))
        baseline = self.baseline(list(cadences) or list(self.table("cadences")))
        if self.problems.lines:
            raise ConfigError(self.problems.lines)
        assert model is not None
        assert horizon is not None
        return Experiment(
            path=self.path,
            name=self.path.stem,
            workspace=self.workspace,
            title=self.raw.get("title") or self.path.stem,
            question=self.raw.get("question", ""),
            model_name=model.name,
            model=model,
            horizon=horizon,
            replications=self.raw["replications"],
            seed=self.raw["seed"],
            baseline=baseline,
            sides=sides,
            cadences=cadences,
            scenarios=scenarios,
            world=world,
            given=given,
            follow_up=follow_up,
            rmst=rmst,
            without=without,
            warnings=tuple(self.warnings),
        )

    def table(self, key: str) -> dict[str, Any]:
        """Return a table of the file, or an empty one if it is missing or no table."""
        found = self.raw.get(key)
        return found if isinstance(found, dict) else {}

    def check_schema(self) -> None:
        try:
            _File.model_validate(self.raw)
        except ValidationError as problem:
            for error in problem.errors(include_url=False):
                self.explain(error["type"], error["loc"], error["input"])

    def explain(self, kind: str, loc: tuple[str | int, ...], given: object) -> None:
        """Put one of pydantic's findings in our words."""
        path = _joined(loc)
        if kind == "missing":
            self.problems.add(path, f"not given, expected {_expected_at(path)}")
        elif kind == "extra_forbidden":
            table = _joined(loc[:-1])
            known = _children(table)
            said = shown(given)
            hint = nearest(str(loc[-1]), known)
            if table.startswith("scenarios.") and not hint:
                hint = f'; parameters go under "parameters.{loc[-1]}"'
            self.problems.add(
                path, f"given {said}, but there is no such key; expected one of {', '.join(known)}{hint}"
            )
        else:
            self.problems.add(path, f"given {shown(given)}, expected {_expected_at(path)}")

    def sides(self) -> dict[str, str]:
        table = self.table("sides")
        sides = {side: table.get(side, f"Side {side.upper()}") for side in SIDES}
        for side, name in sides.items():
            if isinstance(name, str) and name and not name.strip():
                self.problems.add(f"sides.{side}", f"given {shown(name)}, expected a name")
        if sides["a"] == sides["b"]:
            self.problems.add(
                "sides", f"given {shown(sides['a'])} for both sides, expected two different names"
            )
        return sides

    def duration(self, path: str, given: object) -> float | None:
        """Return a duration in days; what is no text was already reported with the schema."""
        if not isinstance(given, str):
            return None
        try:
            days = parse_duration(given)
        except ValueError as problem:
            self.problems.add(path, str(problem))
            return None
        if days <= 0:
            self.problems.add(path, f"given {shown(given)}, expected more than 0 days")
            return None
        return days

    def load_model(self) -> Model | None:
        name = self.raw.get("model")
        if not isinstance(name, str):
            return None
        known = self.workspace.models()
        if name not in known:
            listed = f"one of {', '.join(known)}" if known else "a model, but there is none"
            self.problems.add(
                "model",
                f"given {shown(name)}, expected {listed} in {self.workspace.folder}{nearest(name, known)}",
            )
            return None
        try:
            return self.workspace.load(name)
        except ModelError as problem:
            self.problems.add("model", str(problem))
            return None

    def analysis(self, horizon: float | None) -> tuple[float, tuple[float, ...]]:
        table = self.table("analysis")
        longest = math.inf if horizon is None else horizon
        limit = shown(self.raw.get("horizon"))
        follow_up = min(longest * 2 / 3, 10 * YEAR)
        if "follow_up" in table:
            given = self.duration("analysis.follow_up", table["follow_up"])
            if given is not None and given > longest:
                self.problems.add(
                    "analysis.follow_up",
                    f"given {shown(table['follow_up'])}, expected no more than the horizon, {limit}",
                )
            follow_up = follow_up if given is None else given
        if not isinstance(table.get("rmst"), list):
            usual = tuple(days for days in (YEAR, 5 * YEAR) if days <= follow_up)
            return follow_up, usual or (follow_up,)
        days_given: list[float] = []
        for number, text in enumerate(table["rmst"]):
            path = f"analysis.rmst[{number}]"
            days = self.duration(path, text)
            if days is None:
                continue
            if days > longest:
                self.problems.add(path, f"given {shown(text)}, expected no more than the horizon, {limit}")
            elif days > follow_up:
                self.problems.add(
                    path,
                    f"given {shown(text)}, expected no more than the follow-up, {follow_up:g} days "
                    "(analysis.follow_up)",
                )
            elif days in days_given:
                self.problems.add(path, f"given {shown(text)} twice, expected different durations")
            days_given.append(days)
        return follow_up, tuple(days_given)

    def names(self, key: str) -> None:
        """Refuse names that could not be part of a file name, or would share one."""
        seen: dict[str, str] = {}
        for name in self.table(key):
            path = f"{key}.{name}"
            if not _NAME.fullmatch(name):
                self.problems.add(path, _not_a_name("name", name))
            twin = seen.setdefault(name.lower(), name)
            if twin != name:
                self.problems.add(
                    path, f'given "{name}" beside "{twin}", expected names that differ by more than capitals'
                )

    def without(self, path: str, given: object, model: Model) -> tuple[str, ...]:
        names = [name for name in given if isinstance(name, str)] if isinstance(given, list) else []
        known = [mechanism.name for mechanism in model.mechanisms]
        of_model = f'expected a mechanism of model "{model.name}"'
        for number, name in enumerate(names):
            if name not in known:
                self.problems.add(
                    f"{path}[{number}]", f"given {shown(name)}, {of_model}{nearest(name, known)}"
                )
        return _in_model_order(model, names)

    # Parameters of the world.

    def world(self, model: Model) -> tuple[dict[str, Number], dict[str, Any]]:
        given, changed = self.parameters("parameters", self.table("parameters"), model)
        world = {path: _as_number(leaf.in_days) for path, leaf in model.assumptions.items()} | changed
        for path, sentence in self.ask_parameters(model, world):
            self.problems.add(f"parameters.{path}", sentence)
        return world, given

    def parameters(
        self, where: str, table: Mapping[str, Any], model: Model
    ) -> tuple[dict[str, Any], dict[str, Number]]:
        """Read a table of parameters: as written, and in days."""
        known = model.assumptions
        written: dict[str, Any] = {}
        read: dict[str, Number] = {}
        for path, given in _flat(table, known):
            place = f"{where}.{path}"
            if path in written:
                self.problems.add(place, "given twice, expected once")
                continue
            written[path] = given
            leaf = known.get(path)
            if leaf is None:
                self.problems.add(place, self.unknown_parameter(path, given, model, place))
                continue
            try:
                read[path] = read_value(leaf, given)
            except ValueError as problem:
                self.problems.add(place, str(problem))
                continue
            self.warn(place, leaf, given, read[path])
        return written, read

    def unknown_parameter(self, path: str, given: object, model: Model, place: str) -> str:
        known = model.assumptions
        below = [name for name in known if name.startswith(path + ".")]
        if below and given == {}:
            return "given an empty table, expected parameters in it; leave it out"
        if below:
            return f'given {shown(given)}, expected a table of parameters, such as "{below[0]}"'
        if path.partition(".")[0] == "cadence" and model.levers is not None:
            return f"given {shown(given)}, but this is a lever, expected it in a table [cadences.NAME]"
        on_command_line = self.problems.at(place).startswith("--set")
        names = [*known, *_File.model_fields] if on_command_line else [*known]
        hint = nearest(path, names)
        if not hint:
            # A parameter named without its mechanism.
            hint = nearest(next((n for n in known if n.split(".")[-1] == path.split(".")[-1]), ""), known)
        more = hint or f"; `timeline describe {model.name}` lists them"
        return f'given {shown(given)}, but model "{model.name}" has no such parameter{more}'

    def warn(self, place: str, leaf: Parameter, given: object, value: Number) -> None:
        if leaf.plausible is None or isinstance(leaf.default, (bool, IntEnum)):
            return
        low, high = leaf.plausible
        factor = _unit_of(leaf).factor if leaf.kind is float else 1.0
        slack = 1e-12 * max(abs(low), abs(high)) * factor
        if not low * factor - slack <= value <= high * factor + slack:
            unit = "" if _amount(low, leaf) == f"{low:g}" else f" {leaf.unit}"
            self.warnings.append(
                f"{self.problems.at(place)}: given {shown(given)}, outside its plausible range "
                f"{low:g} to {high:g}{unit}"
            )

    def scenarios(self, model: Model, world: dict[str, Number]) -> dict[str, Scenario]:
        found: dict[str, Scenario] = {}
        usual = set(self.ask_parameters(model, world))
        for name, table in self.table("scenarios").items():
            if not isinstance(table, dict):
                continue
            where = f"scenarios.{name}"
            inside = table.get("parameters", {})
            given, changed = self.parameters(
                f"{where}.parameters", inside if isinstance(inside, dict) else {}, model
            )
            for path, sentence in self.ask_parameters(model, world | changed):
                if (path, sentence) not in usual:
                    self.problems.add(f"{where}.parameters.{path}", sentence)
            without = self.without(f"{where}.without", table.get("without"), model)
            found[name] = Scenario(name, table.get("about", ""), given, changed, without)
        if not found:
            return {"default": Scenario("default", "", {}, {})}
        return found

    def ask_parameters(self, model: Model, world: Mapping[str, Number]) -> list[tuple[str, str]]:
        if model.check_parameters is None:
            return []
        filled = fill(blank(model.parameters), world)
        return [(p, s) for p, s in self.ask(model, model.check_parameters, filled)]

    def ask(self, model: Model, check: Callable[[Any], Any], filled: Any) -> list[Any]:
        """Call a check that the model brings along; it is the user's code and may fail."""
        try:
            return list(check(filled))
        except Exception as problem:
            name = getattr(check, "__name__", "check")
            raise ModelError(
                f'model "{model.name}", {name}: fails with {type(problem).__name__}: {problem}'
            ) from problem

    # Cadences.

    def cadences(self, model: Model, without: Sequence[str]) -> dict[str, Cadence]:
        found: dict[str, Cadence] = {}
        tables = self.table("cadences")
        if not tables:
            if model.levers is not None and self.raw.get("cadences", {}) == {}:
                self.problems.add("cadences", "none given, expected at least one table [cadences.NAME]")
            return (
                {"default": Cadence("default", "", {}, self.levers(model, {}))}
                if model.levers is None
                else {}
            )
        for name, table in tables.items():
            if not isinstance(table, dict):
                continue
            where = f"cadences.{name}"
            about = table.get("about", "")
            if not isinstance(about, str):
                self.problems.add(f"{where}.about", f"given {shown(about)}, expected a text")
            given = {key: value for key, value in table.items() if key != "about"}
            before = len(self.problems.lines)
            changed: dict[str, Number] = {}
            if model.levers is None:
                for key, value in given.items():
                    self.problems.add(
                        f"{where}.{key}",
                        f'given {shown(value)}, but model "{model.name}" has no levers; leave it out',
                    )
            else:
                for path, leaf, written, value in self.lower(where, "cadence", model.levers, given):
                    changed[path] = value
                    self.check_need(
                        f"{where}{path.removeprefix('cadence')}", leaf, written, value, model, without
                    )
            values = self.levers(model, changed)
            if model.check_levers is not None and len(self.problems.lines) == before:
                filled = fill(blank(model.parameters), values).cadence
                for sentence in self.ask(model, model.check_levers, filled):
                    lever, colon, rest = str(sentence).partition(": ")
                    if colon and lever.partition("[")[0] in filled.record.fields:
                        self.problems.add(f"{where}.{lever}", rest)
                    else:
                        self.problems.add(where, str(sentence))
            found[name] = Cadence(name, about, given, values)
        return found

    def levers(self, model: Model, changed: Mapping[str, Number]) -> dict[str, Number]:
        """Return every lever by its path, defaults included."""
        if model.levers is None:
            return {}
        return {path: _as_number(leaf) for path, leaf in _every_lever("cadence", model.levers)} | dict(
            changed
        )

    def lower(
        self, where: str, path: str, record: type[Record], given: Mapping[str, Any]
    ) -> Iterator[tuple[str, Lever, object, Number]]:
        """Yield (path, lever, as written, value) for a table written in the shape of a record."""
        for key, value in given.items():
            place = f"{where}.{key}"
            part = record.fields.get(key)
            if part is None:
                names = [*record.fields, "about"] if path == "cadence" else [*record.fields]
                self.problems.add(
                    place,
                    f"given {shown(value)}, but there is no such key; expected one of "
                    f"{', '.join(names)}{nearest(key, names)}",
                )
            elif isinstance(part, Array):
                yield from self.lower_list(place, f"{path}.{key}", part, value)
            elif isinstance(part, Field):
                try:
                    yield f"{path}.{key}", part, value, read_value(part, value)  # type: ignore[misc]
                except ValueError as problem:
                    self.problems.add(place, str(problem))
            elif not isinstance(value, dict):
                self.problems.add(place, f"given {shown(value)}, expected a table")
            else:
                yield from self.lower(place, f"{path}.{key}", part, value)

    def lower_list(
        self, place: str, path: str, array: Array, value: object
    ) -> Iterator[tuple[str, Lever, object, Number]]:
        example = next(iter(array.of.fields), "")
        if not isinstance(value, list):
            self.problems.add(
                place, f"given {shown(value)}, expected a list of tables such as [{{ {example} = ... }}]"
            )
            return
        if len(value) > array.length:
            self.problems.add(place, f"given {len(value)} tables, expected at most {array.length}")
        for number, table in enumerate(value):
            if not isinstance(table, dict):
                self.problems.add(
                    f"{place}[{number}]",
                    f"given {shown(table)}, expected a table such as {{ {example} = ... }}",
                )
            else:
                yield from self.lower(f"{place}[{number}]", f"{path}[{number}]", array.of, table)

    def check_need(
        self, place: str, leaf: Lever, written: object, value: Number, model: Model, without: Sequence[str]
    ) -> None:
        needs = getattr(leaf, "needs", "")
        if not needs or value == leaf.in_days:
            return
        known = [mechanism.name for mechanism in model.mechanisms]
        if needs not in known:
            self.problems.add(
                place,
                f'given {shown(written)}, but model "{model.name}" has no mechanism "{needs}", '
                "which this lever needs; leave it out",
            )
        elif needs in without:
            self.warnings.append(
                f'{self.problems.at(place)}: given {shown(written)}, which does nothing where "{needs}" '
                "is switched off (without)"
            )

    def baseline(self, cadences: Sequence[str]) -> str:
        given = self.raw.get("baseline")
        if given is None:
            return cadences[0] if cadences else ""
        if isinstance(given, str) and given not in cadences:
            listed = (
                f"one of {', '.join(cadences)}" if cadences else "the name of a cadence, but there is none"
            )
            self.problems.add(
                "baseline", f"given {shown(given)}, expected {listed}{nearest(given, cadences)}"
            )
        return str(given)


def _not_a_name(what: str, given: str) -> str:
    return f'given the {what} "{given}", expected only letters, digits, "-" and "_": it names files'


def _flat(table: Mapping[str, Any], known: Iterable[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value) of nested tables."""
    for key, value in table.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict) and value and path not in known:
            yield from _flat(value, known, path + ".")
        else:
            yield path, value


def _as_number(value: Number) -> Number:
    """Return a member of an enumeration as a bare integer."""
    return int(value) if isinstance(value, IntEnum) else value


def _every_lever(path: str, record: type[Record]) -> Iterator[tuple[str, Number]]:
    for name, part in record.fields.items():
        if isinstance(part, (Parameter, Lever)):
            yield f"{path}.{name}", part.in_days
        elif isinstance(part, Field):
            yield f"{path}.{name}", part.default
        elif isinstance(part, Array):
            for number in range(part.length):
                yield from _every_lever(f"{path}.{name}[{number}]", part.of)
        else:
            yield from _every_lever(f"{path}.{name}", part)
