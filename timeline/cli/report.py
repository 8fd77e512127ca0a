"""``timeline report``: build the report of a run again."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import count, print_json


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@options.data("records of real agreements")
@options.brief
@options.as_json()
def report(result: Path, data: Path | None, brief: bool, as_json: bool) -> None:
    """Build the report of RESULT again, from its folder alone; nothing is simulated.

    RESULT is the folder that `timeline run` has printed, or the config's folder above it if
    that holds one run.

    \b
    Example:
      timeline report results/backchannel/cadence
    """
    from timeline.front.result import open_result, record_notes
    from timeline.front.study import cores

    kept = open_result(result)
    notes = [kept.outdated] if kept.outdated else []
    data = data or kept.records
    for note in record_notes(data):
        click.echo(f"Warning: {note}", err=True)
    built = kept.build(data=data, notes=notes, workers=cores(), brief=brief)
    if as_json:
        print_json({"folder": str(kept.folder), "notes": notes} | kept.numbers(built))
        return
    for note in notes:
        click.echo(note, err=True)
    click.echo(f"Rebuilt from {count(built.replications, 'saved replication')} an arm.")
    click.echo(built.answer)
    click.echo(f"Report: {built.path}")
    if built.brief:
        click.echo(f"Brief: {built.brief}")
    if built.earlier:
        click.echo(f"The page of the question before is kept: {built.earlier}")
