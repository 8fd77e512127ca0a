"""``timeline examine``: hold a model against the record and its claims."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import hush, say
from timeline.words import shortened

if TYPE_CHECKING:
    from timeline.front.examining import Examination

#: Columns of a terminal for what a row says.
SAYS = 72


@click.command()
@options.model_or_none
@options.workspace
@options.data("the publishers' files")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The page, instead of results/validation/MODEL/validation.html.",
)
@click.option(
    "--essays",
    is_flag=True,
    help="Instead of one MODEL, hold every claim of the essays against the models that speak to it, and write "
    "docs/what-the-essays-claim.md.",
)
@click.option(
    "--pairs",
    type=click.IntRange(min=2),
    metavar="N",
    help="Timelines of each setting of a net contrast; 8,000 by default.",
)
@options.quiet("the result")
def examine(
    model: str | None, folder: Path, data: Path | None, out: Path | None, essays: bool, pairs: int | None, quiet: bool
) -> None:
    """Hold MODEL against the record and against the claims it was built on, and write a page about it.

    Compares the model's own laws with the record of leaders and agreements, and puts every claim of
    models/claims.py to the test: both ends of its driver, played with the same luck in the whole model. Net contrasts
    then hold two settings of the whole model against what becomes of the crisis.

    \b
    Example:
      timeline examine backchannel
      timeline examine --essays
    """
    from timeline.front.examining import examine as hold_against
    from timeline.front.examining import has_claims, write_essays
    from timeline.front.progress import Listener

    listener = Listener(said=hush if quiet else say)
    if essays == (model is not None):
        raise click.UsageError("expected either MODEL or --essays")
    if model is None:
        click.echo(f"Page: {write_essays(out, workspace=folder, pairs=pairs, listener=listener)}")
        return
    if not has_claims(model, folder):
        click.echo(f'models/claims.py declares no claim about model "{model}", so there is nothing to examine.')
        return
    examined = hold_against(model, data, workspace=folder, pairs=pairs, listener=listener)
    page = examined.report(out)
    for check in examined.checks:
        said = "skipped" if check.holds is None else "holds" if check.holds else "FAILS"
        click.echo(f"{said:<8} {check.what}: {check.found}; expected {check.expected}")
    for verdict in examined.verdicts:
        if not verdict.holds:
            click.echo(f"         {verdict.errors:.1f} standard errors: {verdict.claim.says}")
    if examined.contrasts:
        _print_contrasts(examined)
    click.echo(f"Page: {page}")


def _print_contrasts(examined: Examination) -> None:
    rows = examined.contrasts
    says = [shortened(row.says, SAYS) for row in rows]
    columns = (
        [row.essay for row in rows],
        says,
        [row.main.name for row in rows],
        [row.main.difference for row in rows],
        [row.main.interval for row in rows],
    )
    essay, said, measure, difference, interval = (max(map(len, column)) for column in columns)
    click.echo("")
    for row, text in zip(rows, says, strict=True):
        click.echo(
            f"{row.essay:<{essay}}  {text:<{said}}  {row.main.name:<{measure}}  {row.main.difference:>{difference}}  "
            f"{row.main.interval:>{interval}}  {row.verdict}"
        )
    click.echo(f"\n{examined.finding}")
