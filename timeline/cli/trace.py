"""``timeline trace``: tell one timeline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import print_json
from timeline.words import moment

if TYPE_CHECKING:
    from timeline.front.study import Study, Trace


@click.command()
@options.config
@options.cadence("Which cadence; the baseline by default.")
@options.scenario()
@click.option("--replication", type=int, default=0, show_default=True, metavar="N", help="Which timeline.")
@options.seed
@options.overrides
@click.option("--ablate", is_flag=True, help="Offer the scenarios of timeline run --ablate.")
@click.option("--table", "as_table", is_flag=True, help="Print every firing as a table, the silent ones too.")
@options.as_json("Print everything as one JSON object.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw it: clocks as lanes, phases as background (.png, .svg or .pdf).",
)
def trace(
    config: Path,
    cadence: str | None,
    scenario: str | None,
    replication: int,
    seed: int | None,
    overrides: tuple[str, ...],
    ablate: bool,
    as_table: bool,
    as_json: bool,
    picture: Path | None,
) -> None:
    """Tell one timeline of CONFIG: what happened when, and how it ended.

    The same replication has the same luck under every cadence, so two of them can be laid side
    by side.

    \b
    Example:
      timeline trace configs/backchannel/cadence.toml --cadence quarterly --replication 17
    """
    if as_table and as_json:
        raise click.UsageError("--table and --json were both given, expected one of them")
    from timeline.front.pictures import require_picture, save_picture
    from timeline.front.study import load

    if picture is not None:
        require_picture(picture)
    study = load(config, overrides, seed=seed)
    if ablate:
        study = study.without_each_mechanism()
    told = study.trace(cadence, replication, scenario)
    if as_json:
        print_json(_plain(told))
    elif as_table:
        _print_table(told)
    else:
        _print_text(told, study, study.begins(study.arm(cadence, scenario).start))
    if picture is not None:
        save_picture(study.swimlane(told), picture)
        click.echo(f"Picture: {picture}", err=as_json)


def _print_text(told: Trace, study: Study, begins: str) -> None:
    click.echo(study.experiment.title)
    click.echo(f"{told.title}, seed {study.experiment.seed}" + (f", from {begins}" if begins else ""))
    phase = ""
    width = max((len(moment(event.day, told.starts)) for event in told.told if event.sentence), default=0)
    for event in told.told:
        if not event.sentence:
            continue
        if event.phase != phase:
            phase = event.phase
            click.echo(f"\n{phase.capitalize()}")
        click.echo(f"  {moment(event.day, told.starts):<{width}}  {event.sentence}")
    click.echo(f"\n{told.ending}")


def _print_table(told: Trace) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("no.", "when", "phase", "mechanism", "clock", "what happened", title=told.title, caption=told.ending)
    table.columns[0].justify = "right"
    for event in told.told:
        clock, sentence = _safe(event.clock), _safe(event.sentence)
        table.add_row(str(event.number), moment(event.day, told.starts), event.phase, event.mechanism, clock, sentence)
    Console(soft_wrap=False).print(table)


def _safe(text: str) -> str:
    """Keep rich from reading the brackets of ``succession[a]`` as markup."""
    from rich.markup import escape

    return escape(text)


def _plain(told: Trace) -> dict[str, object]:
    return {
        "title": told.title,
        "ending": told.ending,
        "end_day": told.end_day,
        "starts": None if told.starts is None else told.starts.isoformat(),
        "phases": [{"phase": name, "from": begin, "to": end} for name, begin, end in told.phases],
        "events": [vars(event) for event in told.told],
        "series": [dict(zip(("day", *told.followed), row, strict=True)) for row in told.moves],
    }
