"""Who is told how far a run is, and a bar that shows it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from timeline.playing.listener import Listener

__all__ = ["Listener", "progress_bar"]


@contextmanager
def progress_bar(shown: bool) -> Iterator[tuple[Callable[[int, int], None], Callable[[str], None]]]:
    """Give a function that moves a bar on stderr, and one that says something above it.

    Where stderr is no terminal nothing moves, and what is said is printed; both do nothing if not ``shown``.
    """
    if not shown:
        yield _move_nothing, _say_nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _move_nothing, _print
        return
    columns = (TextColumn("Simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=None, visible=False)
        yield (
            lambda done, total: bar.update(task, completed=done, total=total, visible=True),
            lambda text: console.print(text, markup=False, soft_wrap=True),
        )


def _move_nothing(done: int, total: int) -> None:
    return None


def _say_nothing(text: str) -> None:
    return None


def _print(text: str) -> None:
    print(text, file=sys.stderr)
