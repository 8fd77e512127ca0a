"""``timeline trace``: tell one timeline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.errors import ConfigError, StoreError, nearest
from timeline.keeping.files import require_place

if TYPE_CHECKING:
    from timeline.explaining.trace import Trace
    from timeline.study.experiment import Arm, Experiment

PICTURES = (".png", ".svg", ".pdf")


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--cadence", metavar="NAME", help="Which cadence; the baseline by default.")
@click.option("--scenario", metavar="NAME", help="Which scenario; the first by default.")
@click.option("--replication", type=int, default=0, show_default=True, metavar="N", help="Which timeline.")
@click.option("--seed", type=int, help="Instead of the config's.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one key; may be repeated.")
@click.option("--ablate", is_flag=True, help="Offer the scenarios of timeline run --ablate.")
@click.option("--table", "as_table", is_flag=True, help="Print every firing as a table, the silent ones too.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as one JSON object.")
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
    from timeline.config.load import load
    from timeline.explaining.trace import require_replication
    from timeline.explaining.trace import trace as play_and_tell
    from timeline.playing.tasks import task_of, world_of

    if picture is not None:
        require_place("--picture", picture, PICTURES)
    require_replication(replication)
    experiment = load(config, overrides, None, seed)
    if ablate:
        from timeline.study.ablation import ablated

        experiment = ablated(experiment)
    arm = _arm(experiment, scenario, cadence)
    title = f"{arm.cadence}, replication {replication:,}"
    told = play_and_tell(world_of(task_of(experiment, arm)), replication, sides=experiment.sides, title=title)
    if as_json:
        click.echo(json.dumps(_plain(told), indent=2, ensure_ascii=False))
    elif as_table:
        _print_table(told)
    else:
        _print_text(told, experiment)
    if picture is not None:
        _draw(told, picture, experiment)
        click.echo(f"Picture: {picture}", err=as_json)


def _arm(experiment: Experiment, scenario: str | None, cadence: str | None) -> Arm:
    """Return the arm that was asked for; the baseline in the first scenario if nothing was."""
    wanted = (scenario or next(iter(experiment.scenarios)), cadence or experiment.baseline)
    for given, known, option in (
        (wanted[0], experiment.scenarios, "--scenario"),
        (wanted[1], experiment.cadences, "--cadence"),
    ):
        if given not in known:
            raise ConfigError(f'{option}: given "{given}", expected one of {", ".join(known)}{nearest(given, known)}')
    return next(arm for arm in experiment.arms if (arm.scenario, arm.cadence) == wanted)


def _print_text(told: Trace, experiment: Experiment) -> None:
    from timeline.words import years_and_days

    click.echo(f"{experiment.title}")
    click.echo(f"{told.title}, seed {experiment.seed}")
    phase = ""
    for event in told.told:
        if not event.sentence:
            continue
        if event.phase != phase:
            phase = event.phase
            click.echo(f"\n{phase.capitalize()}")
        click.echo(f"  {years_and_days(event.day):<16}  {event.sentence}")
    click.echo(f"\n{told.ending}")


def _print_table(told: Trace) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("no.", "day", "phase", "mechanism", "clock", "what happened", title=told.title, caption=told.ending)
    table.columns[0].justify = table.columns[1].justify = "right"
    for event in told.told:
        clock, sentence = _safe(event.clock), _safe(event.sentence)
        table.add_row(str(event.number), f"{event.day:.2f}", event.phase, event.mechanism, clock, sentence)
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
        "phases": [{"phase": name, "from": begin, "to": end} for name, begin, end in told.phases],
        "events": [vars(event) for event in told.told],
        "series": [dict(zip(("day", *told.followed), row, strict=True)) for row in told.moves],
    }


def _draw(told: Trace, picture: Path, experiment: Experiment) -> None:
    from timeline.plots.swimlane import swimlane

    try:
        swimlane(told, sides=(experiment.sides["a"], experiment.sides["b"])).savefig(picture, dpi=150)
    except OSError as problem:
        raise StoreError(
            f'--picture: "{picture}" cannot be written ({problem.strerror}); give a file in another folder'
        ) from None
