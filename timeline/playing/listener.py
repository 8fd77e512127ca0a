"""Who is told what while something is played."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _ignore(*_: Any) -> None:
    return None


@dataclass(frozen=True)
class Listener:
    """What is called while something is played; nothing, unless given.

    Attributes
    ----------
    moved
        With (timelines done, timelines to play).
    estimated
        With a `timeline.playing.run.Outlay`, once, after a pilot.
    said
        With a sentence for the user.
    """

    moved: Callable[[int, int], None] = _ignore
    estimated: Callable[[Any], None] = _ignore
    said: Callable[[str], None] = _ignore
