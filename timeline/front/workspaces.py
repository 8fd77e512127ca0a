"""Workspaces: the folders of models, configs and results, opened or made, and what lies in them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from timeline.errors import ModelError
from timeline.workspace import Workspace, find
from timeline.workspace import create as _create

__all__ = ["ListedModel", "Workspace", "create", "list_models", "open_workspace", "records"]


@dataclass(frozen=True)
class ListedModel:
    """A model of a workspace, by name and title; with what is wrong if it cannot be loaded."""

    name: str
    title: str
    error: str | None


def open_workspace(inside: str | os.PathLike[str] = ".") -> Workspace:
    """Open the workspace that a folder, or a config, lies in.

    Parameters
    ----------
    inside
        The workspace's folder, or anything below it.

    Raises
    ------
    ConfigError
        If there is none.

    Examples
    --------
    >>> open_workspace("configs").load("backchannel").name
    'backchannel'
    """
    return find(Path(inside))


def create(directory: str | os.PathLike[str]) -> Workspace:
    """Make a workspace with copies of the shipped models and configs, and the schema of each model for editors.

    Parameters
    ----------
    directory
        The folder to make, or one that has no ``models``, ``configs`` and ``results`` yet.

    Raises
    ------
    ConfigError
        If something is in the way (it is named, and nothing is written), or cannot be written.
    """
    from timeline.front.schemas import write_schemas

    workspace = _create(Path(directory))
    write_schemas(workspace)
    return workspace


def list_models(workspace: Workspace) -> list[ListedModel]:
    """List the models of a workspace with their titles, the broken ones too.

    Examples
    --------
    >>> [model.name for model in list_models(open_workspace()) if model.name == "backchannel"]
    ['backchannel']
    """
    return [_listed(workspace, name) for name in workspace.models()]


def _listed(workspace: Workspace, name: str) -> ListedModel:
    try:
        return ListedModel(name, workspace.load(name).title, None)
    except ModelError as problem:
        return ListedModel(name, "", str(problem))


def records(workspace: Workspace) -> Path | None:
    """Return a workspace's folder of records of real agreements, ``data/``, if it has one."""
    folder = workspace.root / "data"
    return folder if folder.is_dir() else None
