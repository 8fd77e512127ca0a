"""``timeline play``: a table-top exercise."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from timeline.cli import options
from timeline.cli.terminal import say

if TYPE_CHECKING:
    from timeline.front.exercising import TableTop


@click.command()
@options.config
@options.cadence("Whose rules go on beside what is decided; none by default.")
@options.scenario()
@click.option("--replication", type=int, metavar="N", help="With which luck; 0 by default.")
@click.option("--speed", default="1 month per second", show_default=True, help="How fast time goes.")
@click.option("--terminal", is_flag=True, help="Play at the terminal instead of on a page.")
@click.option("--port", type=int, metavar="PORT", help="Of the page; any that is free by default.")
@click.option("--open/--no-open", "opens", default=None, help="Open the page in a browser; it is by default.")
@click.option(
    "--log",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the exercise is saved; in the workspace's played/ by default.",
)
@click.option(
    "--simulated",
    type=click.IntRange(100, 1_000_000),
    default=20_000,
    show_default=True,
    metavar="N",
    help="How many timelines of each cadence the run is held against at its end.",
)
def play(
    config: Path,
    cadence: str | None,
    scenario: str | None,
    replication: int | None,
    speed: str,
    terminal: bool,
    port: int | None,
    opens: bool | None,
    log: Path | None,
    simulated: int,
) -> None:
    """Play a table-top exercise with CONFIG, or go on with the log of one.

    Events arrive as time goes on. A facilitator injects a leak, a succession, an attack; the participants decide what
    to report and when. At the end their run stands among simulated ones, with what each cadence would have done with
    the same luck. The log is a config, which timeline trace and timeline explain read.

    The page is served to this machine alone, at an address that nobody else knows; Ctrl-C ends it.

    \b
    Example:
      timeline play configs/backchannel/exposure-drill.toml --scenario no-drill --replication 12
    """
    if terminal and (port is not None or opens is not None):
        raise click.UsageError("--terminal was given with --port, --open or --no-open, expected one or the other")
    from timeline.front.exercising import at_terminal, exercise, on_page

    def open_table() -> TableTop:
        return exercise(
            config, scenario=scenario, cadence=cadence, replication=replication, log=log, speed=speed, count=simulated
        )

    if terminal:
        saved = at_terminal(open_table(), click.echo)
    else:
        saved = on_page(open_table, port, say, open_browser=opens is not False)
    if saved is None:
        say("Nothing was played, so nothing is saved.")
        return
    place = os.path.relpath(saved)
    say(f"Saved: {place}; timeline play {shlex.quote(place)} goes on with it.")
