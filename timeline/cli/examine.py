"""``timeline examine``: hold a model against the record and its claims."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from timeline.workspace import find


@click.command()
@click.argument("model")
@click.option(
    "--workspace",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="A folder in the workspace.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="TIMELINE_DATA",
    show_envvar=True,
    help="Folder with the publishers' files; the workspace's data/ by default.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The page, instead of results/validation/MODEL/validation.html.",
)
@click.option("--quiet", is_flag=True, help="Print the result, but no progress.")
def examine(model: str, folder: Path, data: Path | None, out: Path | None, quiet: bool) -> None:
    """Hold MODEL against the record and against the claims it was built on, and write a page about it.

    Compares the model's own laws with the record of leaders and agreements, and puts every claim of
    models/claims.py to the test: both ends of its driver, played with the same luck in the whole model.

    \b
    Example:
      timeline examine backchannel
    """
    from timeline.validation.claims import load_claims

    workspace = find(folder)
    declared = load_claims(workspace, model)
    if not any(claim.model == model for claim in getattr(declared, "CLAIMS", ())):
        click.echo(f'models/claims.py declares no claim about model "{model}", so there is nothing to examine.')
        return
    from timeline.pages.examination import check_rows, validate_model, write_page

    if data is None and (workspace.root / "data").is_dir():
        data = workspace.root / "data"
    found = validate_model(workspace, model, data, lambda text: None if quiet else click.echo(text, err=True))
    page = out or workspace.results / "validation" / model / "validation.html"
    # The folder of data lies elsewhere for everybody; the page does not name it.
    command = ["timeline", "examine", model, *(["--data", "DATA"] if data else [])]
    write_page(found, page, shlex.join(command))
    for row in check_rows(found):
        said = "skipped" if row.holds is None else "holds" if row.holds else "FAILS"
        click.echo(f"{said:<8} {row.what}: {row.found}; expected {row.expected}")
    for verdict in found.verdicts:
        if not verdict.holds:
            click.echo(f"         {verdict.errors:.1f} standard errors: {verdict.claim.says}")
    click.echo(f"Page: {page}")
