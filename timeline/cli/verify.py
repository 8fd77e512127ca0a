"""``timeline verify``: play a model on both engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options

if TYPE_CHECKING:
    from timeline.front.verifying import Divergence


@click.command()
@options.model
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Play every arm of this config.",
    shell_complete=options.complete_config,
)
@click.option(
    "--replications", type=click.IntRange(min=1), default=200, show_default=True, metavar="N", help="How many an arm."
)
@options.workspace
def verify(model: str, config: Path | None, replications: int, folder: Path) -> None:
    """Play MODEL on both engines, and say whether their timelines are the same, bit for bit.

    Plays the model as it is declared, or every arm of a config. Where the engines part, prints the
    first moment at which they differ, side by side, and exits with status 1.

    \b
    Example:
      timeline verify backchannel --config configs/backchannel/cadence.toml --replications 50
    """
    from timeline.front.verifying import verify as play_on_both

    verified = play_on_both(model, config, replications=replications, workspace=folder)
    if verified.divergence is not None:
        _print(verified.divergence, verified.where)
        raise click.exceptions.Exit(1)
    click.echo(
        f"The engines agree, bit for bit: {verified.replications:,} replications, {verified.firings:,} firings, "
        f"{verified.ties:,} of them at the instant of another."
    )


def _print(parting: Divergence, name: str) -> None:
    after = f"after {parting.clock}" if parting.clock else "at the start"
    click.echo(f"The engines part: {name}, replication {parting.replication}, day {parting.day:.6g}, {after}:")
    lines = [("", "simpy", "compiled"), *((path, repr(a), repr(b)) for path, a, b in parting.differences)]
    first, second = (max(len(line[k]) for line in lines) for k in (0, 1))
    for path, one, other in lines:
        click.echo(f"  {path:<{first}}  {one:<{second}}  {other}".rstrip())
