"""``timeline schema``: what a model's configs may say, for an editor."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options


@click.command()
@click.argument("model", metavar="[MODEL | CONFIG]", required=False, shell_complete=options.complete_model_or_config)
@options.workspace
@click.option("--out", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write it into this file (.json).")
def schema(model: str | None, folder: Path, file: Path | None) -> None:
    """Print the JSON Schema of MODEL's configs, or of CONFIG's model, for an editor that knows TOML.

    Without either, write those of all models of the workspace into its configs/schemas/. A config names its own on
    its first line, `#:schema ../schemas/MODEL.json`; the editor then completes keys and names, says on hovering what
    each is for, and marks what cannot be.

    \b
    Example:
      timeline schema
      timeline schema backchannel --out backchannel.json
    """
    from timeline.front.schemas import FOLDER, schema_of, write_schema, write_schemas
    from timeline.front.workspaces import open_workspace

    if model is None:
        if file is not None:
            raise click.UsageError("--out was given without MODEL, expected both: one file holds one schema")
        written = write_schemas(open_workspace(folder))
        names = ", ".join(path.stem for path in written)
        click.echo(f"Wrote the schemas of {names or 'no model'} into {FOLDER}.")
        return
    # A config lies in its own workspace.
    text = schema_of(model, open_workspace(Path(model) if model.endswith(".toml") else folder))
    if file is None:
        click.echo(text, nl=False)
        return
    click.echo(f"Wrote {write_schema(file, text)}.")
