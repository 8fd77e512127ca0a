"""A table-top exercise: opened from a config or from its log, and played at a terminal or on a page."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from timeline.exercise.opening import Wanted, open_exercise
from timeline.exercise.pace import USUAL_SPEED, parse_speed
from timeline.exercise.standing import SIMULATED
from timeline.exercise.table import TableTop
from timeline.exercise.terminal import TerminalGame, typed
from timeline.front.study import cores

__all__ = ["SIMULATED", "USUAL_SPEED", "TableTop", "at_terminal", "exercise", "on_page"]


def exercise(
    config: Path,
    *,
    scenario: str | None = None,
    cadence: str | None = None,
    replication: int | None = None,
    log: Path | None = None,
    speed: str = USUAL_SPEED,
    count: int = SIMULATED,
    clock: Callable[[], float] = time.monotonic,
) -> TableTop:
    """Open an exercise.

    Parameters
    ----------
    config
        A config, or the log of an exercise, which goes on.
    scenario, cadence, replication
        In which world, which cadence's levers hold beside what is decided, and with which luck.
    log
        Where it is saved; in the workspace's ``played/`` if left out.
    speed
        Such as ``"1 month per second"``.
    count
        How many timelines of each cadence the run is held against at its end.
    clock
        Returns seconds.

    Raises
    ------
    TimelineError
        If anything of this cannot be.
    """
    pace = parse_speed(speed)
    opened = open_exercise(config, Wanted(scenario, cadence, replication, log))
    return TableTop(opened, pace, clock, count=count, workers=cores())


def at_terminal(
    table: TableTop,
    show: Callable[[str], None],
    lines: Iterable[str] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Path | None:
    """Play at a terminal until somebody quits; returns where the log lies, if anything was played.

    Parameters
    ----------
    table
        The exercise.
    show
        Prints a line.
    lines
        What is typed; read from standard input if left out.
    sleep
        Waits so many seconds.
    """
    game = TerminalGame(table, show, sleep)
    try:
        game.play(typed(_prompt) if lines is None else lines)
    finally:
        saved = table.close()
    return saved


def on_page(
    opening: Callable[[], TableTop], port: int | None, say: Callable[[str], None], *, open_browser: bool = False
) -> Path | None:
    """Play on a page until Ctrl-C or SIGTERM; returns where the log lies, if anything was played.

    Parameters
    ----------
    opening
        Opens the exercise, once the port is taken.
    port
        Which; any that is free if left out.
    say
        Told the address, and what goes wrong.
    open_browser
        Whether to open the page in a browser.

    Raises
    ------
    ConfigError
        If the port cannot be taken.
    """
    from timeline.live.doorway import open_doorway
    from timeline.live.exercise import application

    with open_doorway(port, "play", "; or play at the terminal: give --terminal") as doorway:
        table = opening()
        try:
            for warning in table.opened.experiment.warnings:
                say(f"Warning: {warning}")
            say(f"The exercise: {doorway.address}\nFor this machine alone; Ctrl-C saves and ends it.")
            if open_browser:
                import webbrowser

                webbrowser.open(doorway.address)
            doorway.serve(application(table), lambda problem: say(f"Error: {problem}"))
        finally:
            saved = table.close()
    return saved


def _prompt() -> str:
    return input("> " if sys.stdin.isatty() else "")
