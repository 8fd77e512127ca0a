"""JSON Schemas of configs, by which an editor completes, explains and checks them; one a model."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from timeline.errors import ConfigError, ModelError
from timeline.workspace import Workspace, find

#: Where a workspace's schemas lie; a config below configs/MODEL names its own as ``../schemas/MODEL.json``.
FOLDER = "configs/schemas"


def schema_of(asked: str, workspace: Workspace) -> str:
    """Return the schema of a model's configs, as the text of a file.

    Parameters
    ----------
    asked
        The name of a model of the workspace; or the path of a config, whose model is meant.
    workspace
        Where the model lies, if it is asked for by name.

    Raises
    ------
    ConfigError
        If the config names no model, or is no TOML.
    ModelError
        If there is no such model, or it cannot be loaded.

    Examples
    --------
    >>> from timeline.front.workspaces import open_workspace
    >>> schema_of("ceasefire", open_workspace())[:64]
    '{"$schema":"http://json-schema.org/draft-07/schema#","$comment":'
    """
    if not asked.endswith(".toml"):
        return _made(workspace, asked)
    from timeline.config.document import Document
    from timeline.model.values import shown

    config = Path(asked)
    name = Document(config).raw.get("model")
    if not isinstance(name, str) or not name:
        given = "not given" if name is None else f"given {shown(name)}"
        raise ConfigError(f"{config}: model: {given}, expected the name of a model")
    return _made(find(config), name)


def write_schema(file: str | os.PathLike[str], text: str) -> Path:
    """Write a schema into a file, whole or not at all.

    Raises
    ------
    ConfigError
        If the file is there and was not made by `timeline schema`: it is left as it is.
    StoreError
        If it cannot be written.
    """
    from timeline.config.editor_schema import MADE_BY
    from timeline.keeping.files import cannot_write, write_aside

    path = Path(file)
    try:
        if path.exists() and MADE_BY not in path.read_text("utf-8", errors="replace")[:400]:
            raise ConfigError(f"{path}: is there already, and is no schema of `timeline schema`; give another file")
        path.parent.mkdir(parents=True, exist_ok=True)
        write_aside(path, text.encode())
    except OSError as problem:
        raise cannot_write(path, problem) from None
    return path


def write_schemas(workspace: Workspace) -> list[Path]:
    """Write the schema of every model of a workspace below its ``configs/schemas/``.

    Raises
    ------
    ModelError
        If models cannot be loaded; those of the others have been written.
    ConfigError, StoreError
        As `write_schema`.
    """
    written, broken = [], []
    for name in workspace.models():
        try:
            text = _made(workspace, name)
        except ModelError as problem:
            broken.append(str(problem))
            continue
        written.append(write_schema(workspace.root / FOLDER / f"{name}.json", text))
    if broken:
        raise ModelError("\n".join(broken))
    return written


def _made(workspace: Workspace, name: str) -> str:
    from timeline.config.editor_schema import schema_text

    model = workspace.load(name)
    return schema_text(model, _bands(workspace, name))


def _bands(workspace: Workspace, name: str) -> Iterable[str]:
    """Return the sets of bands that a workspace declares for a model; none while its claims cannot be loaded."""
    try:
        return tuple(getattr(workspace.claims(name), "TARGETS", {}).get(name, {}))
    except ModelError:
        return ()
