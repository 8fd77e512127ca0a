"""``timeline models``: list the models of a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import print_json
from timeline.errors import ConfigError


@click.command()
@options.workspace
@options.as_json("Print JSON.")
def models(folder: Path, as_json: bool) -> None:
    """List the models of a workspace with their titles.

    \b
    Example:
      timeline models
    """
    from timeline.front.workspaces import list_models, open_workspace

    workspace = open_workspace(folder)
    listed = list_models(workspace)
    if as_json:
        print_json([vars(model) for model in listed])
        return
    if not listed:
        raise ConfigError(f"{workspace.folder}: given no model, expected files that set MODEL = Model(...)")
    width = max(len(model.name) for model in listed)
    for model in listed:
        click.echo(f"{model.name:<{width}}  {model.title or f'cannot be loaded: {model.error}'}")
