"""``timeline explore``: the what-if room."""

from __future__ import annotations

from pathlib import Path

import click

from timeline.cli import options
from timeline.cli.terminal import hush, say


@click.command()
@options.config
@click.option("--port", type=int, metavar="N", help="Of the page's address; any that is free by default.")
@click.option("--open/--no-open", "opens", default=True, show_default=True, help="Open the page in a browser.")
@options.seed
@options.workers("Threads that play")
@options.overrides
@options.quiet("the address")
def explore(
    config: Path,
    port: int | None,
    opens: bool,
    seed: int | None,
    workers: int | None,
    overrides: tuple[str, ...],
    quiet: bool,
) -> None:
    """Open CONFIG as a page on which levers and assumptions are moved, and thousands of timelines answer at once.

    The page is for this machine alone, needs no network and writes nothing. Ctrl-C ends it.

    \b
    Example:
      timeline explore configs/backchannel/cadence.toml
    """
    from timeline.front.exploring import explore as serve
    from timeline.front.study import load

    talk = hush if quiet else say

    def ready(address: str) -> None:
        click.echo(address)
        talk("Ctrl-C ends it. Whoever knows the address and works on this machine can use the page.")
        if opens:
            click.launch(address)

    serve(
        lambda: load(config, overrides, seed=seed),
        ready,
        port=port,
        workers=workers,
        progress=not quiet,
        complain=lambda said: click.echo(f"Error: {said}", err=True),
    )
    talk("Closed.")
