"""``timeline examine``: hold a model against the record and its claims."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import hush, say


@click.command()
@options.model
@options.workspace
@options.data("the publishers' files")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The page, instead of results/validation/MODEL/validation.html.",
)
@options.quiet("the result")
def examine(model: str, folder: Path, data: Path | None, out: Path | None, quiet: bool) -> None:
    """Hold MODEL against the record and against the claims it was built on, and write a page about it.

    Compares the model's own laws with the record of leaders and agreements, and puts every claim of
    models/claims.py to the test: both ends of its driver, played with the same luck in the whole model.

    \b
    Example:
      timeline examine backchannel
    """
    from timeline.front.examining import examine as hold_against
    from timeline.front.examining import has_claims
    from timeline.front.progress import Listener

    if not has_claims(model, folder):
        click.echo(f'models/claims.py declares no claim about model "{model}", so there is nothing to examine.')
        return
    examined = hold_against(model, data, workspace=folder, listener=Listener(said=hush if quiet else say))
    page = examined.report(out)
    for check in examined.checks:
        said = "skipped" if check.holds is None else "holds" if check.holds else "FAILS"
        click.echo(f"{said:<8} {check.what}: {check.found}; expected {check.expected}")
    for verdict in examined.verdicts:
        if not verdict.holds:
            click.echo(f"         {verdict.errors:.1f} standard errors: {verdict.claim.says}")
    click.echo(f"Page: {page}")
