"""``timeline models``: list the models of a workspace."""

from __future__ import annotations

import json
from pathlib import Path

import click

from timeline.errors import ConfigError, ModelError
from timeline.workspace import find


@click.command()
@click.option(
    "--workspace",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="A folder in the workspace.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(folder: Path, as_json: bool) -> None:
    """List the models of a workspace with their titles.

    \b
    Example:
      timeline models
    """
    workspace = find(folder)
    rows = []
    for name in workspace.models():
        try:
            rows.append({"name": name, "title": workspace.load(name).title, "error": None})
        except ModelError as problem:
            rows.append({"name": name, "title": "", "error": str(problem)})
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    if not rows:
        raise ConfigError(f"{workspace.folder}: given no model, expected files that set MODEL = Model(...)")
    width = max(len(str(row["name"])) for row in rows)
    for row in rows:
        click.echo(f"{row['name']:<{width}}  {row['title'] or 'cannot be loaded: ' + str(row['error'])}")
