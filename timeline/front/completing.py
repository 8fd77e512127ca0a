"""What a command line may be completed with: names of models, configs, cadences, scenarios and keys.

A shell waits for these at every key press, so nothing is loaded that can be read. The paths of a model's parameters
and levers need the model itself; they are kept until one of its files changes. What is broken completes to nothing:
a half-written config is no error while one is still typing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tomllib
from pathlib import Path
from typing import Any

from timeline.config.keys import EXPECTED
from timeline.errors import TimelineError
from timeline.workspace import Workspace, find


def models(folder: Path) -> list[str]:
    """Return the models of the workspace that a folder lies in.

    Examples
    --------
    >>> models(Path("."))
    ['backchannel', 'ceasefire', 'recurring', 'secret_pact', 'track_two']
    """
    workspace = _workspace(folder)
    return [] if workspace is None else workspace.models()


def configs(folder: Path) -> list[str]:
    """Return the configs of the workspace that a folder lies in, as paths from that folder.

    Examples
    --------
    >>> "configs/backchannel/cadence.toml" in configs(Path("."))
    True
    """
    workspace = _workspace(folder)
    paths = [] if workspace is None else workspace.configs()
    return [os.path.relpath(path, folder) for path in paths]


def cases(folder: Path) -> list[str]:
    """Return the names of the cases of history in the workspace that a folder lies in.

    Examples
    --------
    >>> "oslo-1993" in cases(Path("."))
    True
    """
    workspace = _workspace(folder)
    return [] if workspace is None else sorted(path.stem for path in (workspace.root / "configs/cases").glob("*.toml"))


def cadences(config: Path) -> list[str]:
    """Return the cadences that a config names.

    Examples
    --------
    >>> cadences(Path("configs/backchannel/cadence.toml"))[:2]
    ['silence', 'annex']
    """
    return _names(config, "cadences", "factorial")


def scenarios(config: Path) -> list[str]:
    """Return the scenarios that a config names."""
    return _names(config, "scenarios", "grid")


def keys(config: Path) -> list[str]:
    """Return the keys that ``--set`` may change in a config: those of any config, assumptions, levers of cadences.

    Examples
    --------
    >>> [key for key in keys(Path("configs/backchannel/cadence.toml")) if "per_insider" in key]
    ['leaks.per_insider']
    """
    written = _read(config)
    tables = [path for path in EXPECTED if any(other.startswith(f"{path}.") for other in EXPECTED)]
    plain = [path for path in EXPECTED if path not in tables and not {"*", "["} & set(path)]
    workspace, model = _workspace(config), written.get("model")
    if workspace is None or not isinstance(model, str):
        return plain
    parameters, levers = _paths(workspace, model)
    given = written.get("cadences")
    below = [
        f"cadences.{name}.{lever}"
        for name, table in (given.items() if isinstance(given, dict) else ())
        for path in levers
        for lever in _members(path, table)
    ]
    return [*plain, *parameters, *below]


def assumptions(config: Path) -> list[str]:
    """Return the mechanisms and sides of a config's model that have assumptions, and the paths of these.

    Examples
    --------
    >>> assumptions(Path("configs/ceasefire/monitors.toml"))[:2]
    ['line', 'line.outbreak']
    """
    workspace, model = _workspace(config), _read(config).get("model")
    if workspace is None or not isinstance(model, str):
        return []
    paths, _ = _paths(workspace, model)
    return [*dict.fromkeys(path.partition(".")[0] for path in paths), *paths]


def _members(lever: str, table: object) -> list[str]:
    """Return a lever's path, or one for each member of the list of tables that a cadence gives it in."""
    rules, inside, key = lever.partition("[]")
    if not inside:
        return [lever]
    given = table.get(rules) if isinstance(table, dict) else None
    return [f"{rules}[{number}]{key}" for number in range(len(given))] if isinstance(given, list) else []


def _workspace(inside: Path) -> Workspace | None:
    try:
        return find(inside)
    except TimelineError:
        return None


def _read(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(config.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}


def _names(config: Path, table: str, grid: str) -> list[str]:
    written = _read(config)
    named, axes = written.get(table), written.get(grid)
    names = list(named) if isinstance(named, dict) else []
    if isinstance(axes, dict):
        from timeline.config.grids import names_of_combinations

        names += [name for name in names_of_combinations(axes) if name not in names]
    return names


def _paths(workspace: Workspace, model: str) -> tuple[list[str], list[str]]:
    """Return the paths of a model's parameters and of its levers, kept from last time if no file has changed."""
    kept = _kept(workspace, model)
    with contextlib.suppress(OSError, ValueError, KeyError):
        read = json.loads(kept.read_text("utf-8"))
        return list(map(str, read["parameters"])), list(map(str, read["levers"]))
    try:
        declared = workspace.load(model)
    except TimelineError:
        return [], []
    from timeline.model.declarations import levers_in_use

    parameters = list(declared.assumptions)
    levers = [path.removeprefix("cadence.") for path, _ in levers_in_use(declared)]
    with contextlib.suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        aside = kept.with_suffix(f".{os.getpid()}")
        aside.write_text(json.dumps({"parameters": parameters, "levers": levers}), "utf-8")
        aside.replace(kept)
    return parameters, levers


def _kept(workspace: Workspace, model: str) -> Path:
    """Return the file of a model's paths, named after when its workspace's files were written."""
    files = sorted(workspace.folder.rglob("*.py"))
    seen = [(str(path), status.st_mtime_ns, status.st_size) for path in files for status in [path.stat()]]
    name = hashlib.sha256(repr((model, seen)).encode()).hexdigest()[:16]
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "crisis-timeline" / "names" / f"{name}.json"
