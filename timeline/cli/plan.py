"""``timeline plan``: how many replications a config needs, how long they take, and how precise they will be."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from timeline.cli import options
from timeline.cli.terminal import count, duration, hush, print_json, say, size
from timeline.words import say_width

if TYPE_CHECKING:
    from timeline.front.study import Forecast, Study


@click.command()
@options.config
@click.option(
    "--pilot",
    type=click.IntRange(min=100),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Timelines an arm to play for it.",
)
@options.seed
@options.engine
@options.workers("How many the run will have")
@options.overrides
@options.as_json()
def plan(
    config: Path,
    pilot: int,
    seed: int | None,
    engine: str,
    workers: int | None,
    overrides: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say how many replications CONFIG needs, how long they take, and how precise they will be.

    Plays a few replications of every arm and writes nothing. With a table [precision] it says how many
    replications that takes; without, how precise those of the config will be.

    \b
    Example:
      timeline plan configs/backchannel/cadence.toml --pilot 200
    """
    from timeline.front.progress import Listener
    from timeline.front.study import load

    talk = hush if as_json else say
    study = load(config, overrides, seed=seed)
    for warning in study.experiment.warnings:
        talk(f"Warning: {warning}")
    forecast = study.forecast(pilot, workers=workers, engine=engine, listener=Listener(said=talk))
    if as_json:
        print_json(_as_json(study, forecast))
    else:
        _print(study, forecast)


def _print(study: Study, forecast: Forecast) -> None:
    from rich.console import Console
    from rich.table import Table

    from timeline.front.forecasting import say_precision, say_selection, say_uncertainty

    experiment = study.experiment
    each = "the only arm" if forecast.arms == 1 else f"each of {forecast.arms:,} arms"
    click.echo(f"Pilot: {forecast.pilot:,} replications of {each}. Nothing was written.")
    for line in say_precision(experiment, forecast):
        click.echo(line)
    if experiment.selection is not None:
        click.echo(say_selection(experiment.selection, forecast.replications))
    if experiment.uncertainty is not None:
        click.echo(say_uncertainty(experiment, forecast))
    click.echo(
        f"{forecast.replications:,} replications an arm, {forecast.replications * forecast.arms:,} in all: about "
        f"{duration(forecast.seconds)} with {count(forecast.workers, 'worker')}, and {size(forecast.bytes)} on disk."
    )
    click.echo("\nHalf the width of the widest 95% interval then:")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measure")
    table.add_column("one cadence", justify="right", no_wrap=True)
    table.add_column("difference from the baseline", justify="right")
    for width in forecast.widths:
        table.add_row(width.title, _half(width.estimates, width.unit), _half(width.contrasts, width.unit))
    console = Console(highlight=False)
    # A file has no width; lines of a table are best left whole there.
    console.width = console.width if console.is_terminal else 140
    console.print(table)
    for width in forecast.widths:
        if width.note:
            click.echo(f"{width.title}: without an interval: {width.note}.")


def _half(half: float, unit: str) -> str:
    return "none" if math.isnan(half) else f"± {say_width(half, unit)}"


def _as_json(study: Study, forecast: Forecast) -> dict[str, Any]:
    wanted, chosen = study.experiment.precision, study.experiment.selection
    plain = {
        "config": study.experiment.name,
        "precision": None if wanted is None else asdict(wanted),
        "selection": None if chosen is None else asdict(chosen),
        **asdict(forecast),
    }
    plain["widths"] = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in width.items()}
        for width in plain["widths"]
    ]
    return plain
