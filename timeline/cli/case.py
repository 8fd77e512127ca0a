"""``timeline case``: hold a model against a case of history."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import command_line, print_json


@click.command()
@click.argument("name", required=False, shell_complete=options.complete_case)
@click.option(
    "--given",
    metavar="DATE",
    help="Up to when history is taken as known, instead of the case's date.",
)
@click.option("--replications", type=click.IntRange(min=2), metavar="N", help="Instead of the case's.")
@options.seed
@options.overrides
@options.workspace
@options.results
@options.as_json()
@click.pass_context
def case(
    ctx: click.Context,
    name: str | None,
    given: str | None,
    replications: int | None,
    seed: int | None,
    overrides: tuple[str, ...],
    folder: Path,
    out: Path | None,
    as_json: bool,
) -> None:
    """Play the model of case NAME from its first day and say where history fell; without NAME, list the cases.

    NAME is a file of configs/cases/ without .toml, or the path of any config with a table [case]. What comes out is an
    illustration: one history is one draw.

    \b
    Example:
      timeline case oslo-1993
    """
    from timeline.front.cases import case_folder, case_names, case_path, play_case, write_case
    from timeline.front.study import load

    if name is None:
        _list(case_names(folder), as_json)
        return
    study = load(case_path(name, folder), overrides, replications=replications, seed=seed)
    found = play_case(study, given)
    page = write_case(found, case_folder(study.experiment, out), command_line(ctx))
    if as_json:
        print_json({**found.as_json(), "page": str(page)})
        return
    click.echo(study.experiment.title)
    for sentence in found.answer:
        click.echo(sentence)
    click.echo(f"Page: {page}")


def _list(known: dict[str, str], as_json: bool) -> None:
    if as_json:
        print_json(known)
        return
    for name, title in known.items():
        click.echo(f"{name:<32} {title}")
