"""``timeline verify``: play a model on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.errors import ConfigError
from timeline.workspace import find

if TYPE_CHECKING:
    from timeline.engines.agreement import Divergence
    from timeline.engines.world import World
    from timeline.model.declarations import Model


@click.command()
@click.argument("model")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="Play every arm of this config.")
@click.option(
    "--replications", type=click.IntRange(min=1), default=200, show_default=True, metavar="N", help="How many an arm."
)
@click.option(
    "--workspace",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="A folder in the workspace.",
)
def verify(model: str, config: Path | None, replications: int, folder: Path) -> None:
    """Play MODEL on both engines, and say whether their timelines are the same, bit for bit.

    Plays the model as it is declared, or every arm of a config. Where the engines part, prints the
    first moment at which they differ, side by side, and exits with status 1.

    \b
    Example:
      timeline verify backchannel --config configs/backchannel/cadence.toml --replications 50
    """
    from timeline.engines.agreement import compare

    played = firings = ties = 0
    for name, world in _worlds(find(folder).load(model), model, config):
        found = compare(world, replications)
        if found.divergence is not None:
            _print(found.divergence, name)
            raise click.exceptions.Exit(1)
        played, firings, ties = played + found.replications, firings + found.firings, ties + found.ties
    click.echo(
        f"The engines agree, bit for bit: {played:,} replications, {firings:,} firings, "
        f"{ties:,} of them at the instant of another."
    )


def _worlds(model: Model, name: str, config: Path | None) -> Iterator[tuple[str, World]]:
    from timeline.engines.world import World

    if config is None:
        yield f'model "{name}"', World(model)
        return
    from timeline.config.load import load
    from timeline.playing.tasks import task_of, world_of

    experiment = load(config)
    if experiment.model_name != name:
        raise ConfigError(f'--config: "{config}" is for model "{experiment.model_name}", expected one for "{name}"')
    for arm in experiment.arms:
        yield f"cadence {arm.cadence}, scenario {arm.scenario}", world_of(task_of(experiment, arm))


def _print(parting: Divergence, name: str) -> None:
    after = f"after {parting.clock}" if parting.clock else "at the start"
    click.echo(f"The engines part: {name}, replication {parting.replication}, day {parting.day:.6g}, {after}:")
    lines = [("", "simpy", "compiled"), *((path, repr(a), repr(b)) for path, a, b in parting.differences)]
    first, second = (max(len(line[k]) for line in lines) for k in (0, 1))
    for path, one, other in lines:
        click.echo(f"  {path:<{first}}  {one:<{second}}  {other}".rstrip())
