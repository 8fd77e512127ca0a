"""A config as it was written: the tables, the changes to them, and what is wrong with them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from copy import deepcopy
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from timeline.config.places import lines_of_keys
from timeline.config.schema import TOP, joined
from timeline.errors import ConfigError, nearest
from timeline.model.values import shown
from timeline.workspace import find

Change = str | tuple[str, object]
"""A key path and its value: a text ``key=value`` as the command line writes it, or a pair as Python does."""

_STEP = re.compile(r"([A-Za-z0-9_-]+)((?:\[\d+\])*)")


class Document:
    """One config with its changes, to which readers add what they find wrong.

    Parameters
    ----------
    path
        The file.
    changes
        What replaces what the file says.
    replications, seed
        Replace the file's numbers.
    raw
        The nested tables, if they are no file's; ``path`` is then only what they are called.

    Attributes
    ----------
    raw
        The nested tables.
    problems, warnings
        One line each; every line says where the key was written.

    Raises
    ------
    ConfigError
        If there is no such file, or it is not TOML.
    """

    def __init__(
        self,
        path: Path,
        changes: Sequence[Change] = (),
        replications: int | None = None,
        seed: int | None = None,
        raw: Mapping[str, Any] | None = None,
    ) -> None:
        self.path = path
        self._text = _text(path) if raw is None else ""
        self._lines: dict[str, int] | None = None
        self.raw = _parsed(path, self._text) if raw is None else deepcopy(dict(raw))
        self.problems: list[str] = []
        self.warnings: list[str] = []
        #: Key paths that the command line has set, and the option that did.
        self.options: dict[str, str] = {}
        #: Where the file says what a key path holds that a grid has made: (the key, which of its values).
        self.origins: dict[str, tuple[str, str]] = {}
        for change in changes:
            self._change(change)
        for key, value in (("replications", replications), ("seed", seed)):
            if value is not None:
                self.raw[key] = value
                self.options[key] = f"--{key}"

    def table(self, key: str) -> dict[str, Any]:
        """Return a table of the file, or an empty one if it is missing or no table."""
        found = self.raw.get(key)
        return found if isinstance(found, dict) else {}

    def option_at(self, path: str) -> str:
        """Return the option that has set a key path or a table above it, or an empty text."""
        for key, option in self.options.items():
            if _within(path, key):
                return option
        return ""

    def cannot_set(self, key: str) -> str:
        """Say why a key path of the file cannot be set to a value; empty if it can."""
        steps = _steps(key)
        return _put(deepcopy(self.raw), steps, None) if steps else ""

    def refuse(self, path: str, sentence: str, *, name: bool = False) -> None:
        """Add a problem at a key path; "" is the file as a whole.

        Parameters
        ----------
        path, sentence
            Where, and what was given and expected.
        name
            Whether the key itself is wrong, whatever its value; of a key of a grid that is said once.
        """
        where = self._where(path, name)
        if name and any(line.startswith(f"{where}: ") for line in self.problems):
            return
        self._add(self.problems, where, sentence)

    def in_order(self) -> list[str]:
        """Return the problems in the order of the file: first those that no line has, then from its top to its end."""
        line = re.compile(re.escape(f"{self.path}, line ") + r"(\d+)")
        return sorted(self.problems, key=lambda problem: int((line.match(problem) or (0, 0))[1]))

    def warn(self, path: str, sentence: str) -> None:
        """Add a warning at a key path."""
        self._add(self.warnings, self._where(path), sentence)

    def _add(self, lines: list[str], where: str, sentence: str) -> None:
        line = f"{where}: {' '.join(sentence.split())}"
        if line not in lines:
            lines.append(line)

    def _where(self, path: str, name: bool = False) -> str:
        """Return the option that has set a key path, or the file and the place in it where that was written."""
        for made, (key, number) in self.origins.items():
            if _within(path, made):
                path = key if name else key + number + path.removeprefix(made)
                break
        plain = path.replace('"', "")
        if option := self.option_at(plain):
            return option
        line = self._line(plain)
        return (f"{self.path}, line {line}" if line else f"{self.path}") + (f": {path}" if path else "")

    def _line(self, path: str) -> int | None:
        """Return the line of a key path, or of the table above it if it is missing; None if there is neither."""
        if self._lines is None:
            self._lines = lines_of_keys(self._text) if self._text else {}
        while path and path not in self._lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path)

    def _change(self, change: Change) -> None:
        if isinstance(change, str):
            key, equals, text = (part.strip() for part in change.partition("="))
            if not equals or not key:
                self.problems.append(f'--set {change}: given no value, expected key=value, e.g. "seed=7"')
                return
            self._put(f"--set {key}", key, read_text(text))
        else:
            self._put(f'change("{change[0]}")', *change)

    def _put(self, option: str, key: str, value: object) -> None:
        steps = _steps(key)
        if not steps:
            self.problems.append(f'{option}: given no key path, expected names with dots, e.g. "cadences.monthly.keep"')
            return
        if steps[0] not in TOP:
            steps.insert(0, "parameters")
        path = joined(steps)
        wrong = "given twice, expected once" if path in self.options else _put(self.raw, steps, value)
        if wrong:
            self.problems.append(f"{option}: {wrong}")
        else:
            self.options[path] = option


def _within(path: str, key: str) -> bool:
    return path == key or path.startswith((key + ".", key + "["))


# The file.


def _text(path: Path) -> str:
    if path.is_dir():
        inside = sorted(path.glob("*.toml")) or _configs(path)
        such = f' such as "{inside[0]}"' if inside else ""
        raise ConfigError(f"{path}: given a folder, expected a config file{such}")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{path}: there is no such file, expected a config{_nearest_file(path)}") from None
    except UnicodeDecodeError as problem:
        raise ConfigError(
            f"{path}: byte {problem.start} given, which is no UTF-8, expected a text file saved as UTF-8"
        ) from None
    except OSError as problem:
        raise ConfigError(f"{path}: cannot be read ({problem.strerror}), expected a readable config file") from None


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as problem:
        raise ConfigError(f"{path}{_not_toml(str(problem), text)}") from None


def _not_toml(said: str, text: str) -> str:
    """Put the place, which tomllib names last, first."""
    found = re.search(r"\s*\((?:at line (\d+), column (\d+)|at end of document)\)$", said)
    if found is None:
        return f": not valid TOML: {said}; correct it there"
    said = said[: found.start()]
    if said.startswith(("Cannot overwrite", "Cannot declare", "Duplicate")):
        said = "this name is given twice; leave one of them out"
    else:
        said += "; correct this line, or what is left open before it"
    line, column = found[1], found[2]
    if line is None:
        lines = text.split("\n")
        line, column = str(len(lines)), str(len(lines[-1]) + 1)
    return f", line {line}, column {column}: not valid TOML: {said}"


def _nearest_file(path: Path) -> str:
    by_name = {config.stem: config for config in reversed(_configs(path) or sorted(path.parent.glob("*.toml")))}
    # Slips are some nine tenths alike; half alike, as "nope" and "handover" are, is another name.
    near = get_close_matches(path.stem, by_name, n=1, cutoff=0.75)
    if not near:
        return ""
    config, here = by_name[near[0]], Path.cwd()
    said = config.relative_to(here) if not path.is_absolute() and config.is_relative_to(here) else config
    return f'; did you mean "{said}"?'


def _configs(path: Path) -> list[Path]:
    """Return the configs of the workspace that a path lies in; none outside of any."""
    try:
        return find(path).configs()
    except ConfigError:
        return []


# The command line's changes.


def _steps(key: str) -> list[str | int]:
    """Return the names and indices of a key path, none if it is not one."""
    steps: list[str | int] = []
    for part in key.split("."):
        match = _STEP.fullmatch(part)
        if match is None:
            return []
        steps += [match[1], *(int(i) for i in re.findall(r"\d+", match[2]))]
    return steps


def read_text(text: str) -> Any:
    """Return a value as TOML reads it if it does, else the text itself."""
    try:
        read = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return read["value"] if set(read) == {"value"} else text


def as_toml(value: object) -> str:
    """Write a value as TOML has it on one line.

    Examples
    --------
    >>> as_toml(True), as_toml("a b"), as_toml([1, 2.5]), as_toml({"every": "90 days"})
    ('true', '"a b"', '[1, 2.5]', '{ every = "90 days" }')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {as_toml(inside)}" for key, inside in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(as_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else str(value)


def _put(raw: dict[str, Any], steps: list[str | int], value: Any) -> str:
    """Set one value in the nested tables; return a sentence if that cannot be done."""
    at: Any = raw
    for depth, step in enumerate(steps):
        so_far = joined(steps[:depth])
        last = depth == len(steps) - 1
        if isinstance(step, int):
            if not isinstance(at, list) or step >= len(at):
                count = f"has {len(at)}, counted from 0" if isinstance(at, list) else "is no list"
                return f"given [{step}], but {so_far} {count}; expected an index that exists"
        elif not isinstance(at, dict):
            kind = "a list" if isinstance(at, list) else f"set to {shown(at)}"
            return f'given "{step}" below {so_far}, expected a key: {so_far} is {kind}'
        elif step not in at:
            if depth == 1 and steps[0] in ("cadences", "scenarios"):
                return f'given "{step}", expected a {steps[0].removesuffix("s")} of the file{nearest(step, at)}'
            if not last and isinstance(steps[depth + 1], int):
                hint = nearest(step, at) or "; set it as a whole"
                return f"given [{steps[depth + 1]}], but {joined(steps[: depth + 1])} is not set{hint}"
            at[step] = {}
        if last:
            at[step] = value
        at = at[step]
    return ""
