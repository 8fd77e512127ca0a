"""``timeline report``: build the report of a run again."""

from __future__ import annotations

import json
from pathlib import Path

import click

from timeline.cli.run import results_as_json
from timeline.errors import ConfigError


@click.command()
@click.argument("result", type=click.Path(path_type=Path))
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="TIMELINE_DATA",
    show_envvar=True,
    help="Folder with records of real agreements; the workspace's data/ by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def report(result: Path, data: Path | None, as_json: bool) -> None:
    """Build the report of RESULT again, from its folder alone; nothing is simulated.

    RESULT is the folder that `timeline run` has printed, or the config's folder above it if
    that holds one run.

    \b
    Example:
      timeline report results/cadence
    """
    from timeline.keeping.store import choose_run, open_results
    from timeline.pages.dashboard import build_report, sources_changed
    from timeline.pages.record import missing_record
    from timeline.workspace import find

    folder = choose_run(result)
    try:
        root = find(folder).root
    except ConfigError:
        root = None  # results that were moved out of their workspace
    with open_results(folder) as store:
        notes = []
        changed = sources_changed(store, root) if root else []
        if changed:
            notes.append(
                f"The model's sources have changed since this run ({', '.join(changed)}); "
                "the report shows the rows as they were saved."
            )
        if data is None and root and (root / "data").is_dir():
            data = root / "data"
        if missing := missing_record(data):
            click.echo(f"Warning: {missing}", err=True)
        built = build_report(store, data=data, notes=notes)
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "notes": notes} | results_as_json(built), indent=2))
        return
    for note in notes:
        click.echo(note, err=True)
    click.echo(f"Rebuilt from {built.replications:,} saved replications an arm.")
    click.echo(built.answer)
    click.echo(f"Report: {built.path}")
