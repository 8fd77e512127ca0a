"""``timeline init``: make a workspace."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
def init(directory: Path) -> None:
    """Make a workspace in DIRECTORY: copies of the shipped models and configs, yours to change.

    Nothing that exists is overwritten.

    \b
    Example:
      timeline init peace
    """
    from timeline.front.workspaces import create

    workspace = create(directory)
    models, configs = workspace.models(), workspace.configs()
    click.echo(f"Made {directory} with the models {', '.join(models)} and {len(configs)} configs.")
    for config in configs[:1]:
        click.echo(f"Next: timeline validate {directory / config.relative_to(workspace.root)}")
