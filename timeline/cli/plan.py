"""``timeline plan``: how many replications a config needs, how long they take, and how precise they will be."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from timeline.playing.forecast import Forecast
    from timeline.study.experiment import Experiment
    from timeline.study.questions import Selection


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option(
    "--pilot",
    type=click.IntRange(min=100),
    default=1_000,
    show_default=True,
    metavar="N",
    help="Timelines an arm to play for it.",
)
@click.option("--seed", type=int, help="Instead of the config's.")
@click.option(
    "--engine",
    type=click.Choice(["compiled", "simpy"]),
    default="compiled",
    show_default=True,
    help="What plays the timelines.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many the run will have; as many as cores by default.",
)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one key; may be repeated.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
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
    from timeline.config.load import load
    from timeline.playing.forecast import forecast

    experiment = load(config, overrides, seed=seed)
    if not as_json:
        for warning in experiment.warnings:
            click.echo(f"Warning: {warning}", err=True)
    found = forecast(
        experiment,
        pilot,
        workers=workers or len(os.sched_getaffinity(0)),
        engine=engine,
        say=lambda text: None if as_json else click.echo(text, err=True),
    )
    if as_json:
        click.echo(json.dumps(_as_json(experiment, found), indent=2, ensure_ascii=False))
    else:
        _print(experiment, found)


def _print(experiment: Experiment, found: Forecast) -> None:
    from rich.console import Console
    from rich.table import Table

    from timeline.cli.terminal import count, duration, size

    each = "the only arm" if found.arms == 1 else f"each of {found.arms:,} arms"
    click.echo(f"Pilot: {found.pilot:,} replications of {each}. Nothing was written.")
    if experiment.precision is not None:
        for line in _precision(experiment, found):
            click.echo(line)
    if experiment.selection is not None:
        click.echo(_selection(experiment.selection, found.replications))
    click.echo(
        f"{found.replications:,} replications an arm, {found.replications * found.arms:,} in all: about "
        f"{duration(found.seconds)} with {count(found.workers, 'worker')}, and {size(found.bytes)} on disk."
    )
    click.echo("\nHalf the width of the widest 95% interval then:")
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("measure")
    table.add_column("one cadence", justify="right", no_wrap=True)
    table.add_column("difference from the baseline", justify="right")
    for width in found.widths:
        table.add_row(width.title, _half(width.estimates, width.unit), _half(width.contrasts, width.unit))
    console = Console(highlight=False)
    # A file has no width; lines of a table are best left whole there.
    console.width = console.width if console.is_terminal else 140
    console.print(table)
    for width in found.widths:
        if width.note:
            click.echo(f"{width.title}: without an interval: {width.note}.")


def _precision(experiment: Experiment, found: Forecast) -> list[str]:
    """Say what the wanted precision takes; a pilot knows no more than two digits."""
    from timeline.analysis.stopping import say_arm
    from timeline.study.questions import say_about
    from timeline.words import measure_words, say_width

    wanted = experiment.precision
    assert wanted is not None
    name = measure_words(wanted.measure)
    lines = []
    if found.needed is None or found.low is None or found.high is None or found.widest is None:
        lines.append(f"The pilot defines no interval of {name}, so nothing can be said of its precision.")
    else:
        what = "difference from the baseline" if wanted.of == "contrasts" else "estimate"
        lines.append(
            f"± {say_width(wanted.half_width, wanted.unit)} of {name} for every {what} takes about "
            f"{say_about(found.needed)} replications an arm (from so small a pilot: {say_about(found.low)} to "
            f"{say_about(found.high)}); the widest interval is that of {say_arm(*found.widest)}."
        )
        if found.needed > wanted.at_most and found.half_width is not None:
            allowed = "The config allows at_most" if not wanted.fixed_by else f"{wanted.fixed_by} allows"
            lines.append(
                f"{allowed} {wanted.at_most:,}, which gives about ± {say_width(found.half_width, wanted.unit)}."
            )
        elif found.needed < experiment.replications:
            lines.append(f"The first stage, replications = {experiment.replications:,}, is more than enough for that.")
    if found.left_out:
        lines.append(f"Without an interval: {'; '.join(found.left_out)}.")
    return lines


def _selection(wanted: Selection, replications: int) -> str:
    """Say whether a cadence can be chosen with so many replications."""
    from timeline.study.questions import FIRST_LOOK
    from timeline.words import measure_words

    needs = (
        f"A choice by {measure_words(wanted.measure)} ([selection]) takes {FIRST_LOOK:,} replications an arm at least"
    )
    if replications < FIRST_LOOK:
        return f"{needs}, so none will be made; give replications = {FIRST_LOOK} or more."
    return f"{needs}; how many more depends on how far ahead the best is."


def _half(half: float, unit: str) -> str:
    from timeline.words import say_width

    return "none" if math.isnan(half) else f"± {say_width(half, unit)}"


def _as_json(experiment: Experiment, found: Forecast) -> dict[str, Any]:
    from dataclasses import asdict

    wanted = experiment.precision
    chosen = experiment.selection
    plain = {
        "config": experiment.name,
        "precision": None if wanted is None else asdict(wanted),
        "selection": None if chosen is None else asdict(chosen),
        **asdict(found),
    }
    plain["widths"] = [
        {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in width.items()}
        for width in plain["widths"]
    ]
    return plain
