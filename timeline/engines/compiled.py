"""The compiled engine: the same functions and the same rule, in one numba loop.

Beside the loop in `timeline.engines.loop` stands a small piece of generated source that calls the right
function for the right member; `timeline.engines.program` compiles both. What comes out is the reference
engine's timeline, bit for bit. When something goes wrong the loop only says so; the replication is then
played again on the reference engine, which says what, where and when.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from timeline.engines import loop, reference
from timeline.engines.program import program_of
from timeline.engines.world import MOST_REPLICATIONS, World, row_dtype
from timeline.errors import RunError
from timeline.model.declarations import Model

#: Replications that are also played by the reference engine, by their number: 100, 10,100, 20,100, ...
CHECKED, CHECKED_EVERY = 100, 10_000
#: At most so many strange rows of a chunk are played again.
_REPLAYED = 20
Rows = np.ndarray[Any, np.dtype[np.void]]


def prepare(model: Model, say: Callable[[str], None]) -> None:
    """Have a model's machine code at hand; ``say`` is told of a compilation before it begins.

    Raises
    ------
    ModelError
        As `rows`.
    """
    program_of(model, say)


def rows(world: World, first: int, count: int) -> Rows:
    """Play replications ``first`` to ``first + count - 1``; returns one row each.

    One replication in ten thousand is played by the reference engine too, and must come out the same.

    Raises
    ------
    RunError
        The reference engine's sentence, with the command that replays the replication; or that the engines
        disagree.
    ModelError
        If numba cannot compile one of the model's functions, or would compile it into something else; names
        function, file and line.
    """
    made = play(world, first, count)
    for replication in range(first + (CHECKED - first) % CHECKED_EVERY, first + count, CHECKED_EVERY):
        expected = _replayed(world, replication)
        if expected != made[replication - first : replication - first + 1].tobytes():
            raise _strayed(world, replication, "another timeline than the reference engine")
    return made


def play(world: World, first: int, count: int) -> Rows:
    """Play replications as `rows` does, without a look at what the reference engine makes of them."""
    if not 0 <= first <= first + count <= MOST_REPLICATIONS:
        raise RunError(f"replications {first} to {first + count - 1} asked for, expected 0 to {MOST_REPLICATIONS - 1}")
    program = program_of(world.model)
    made = np.zeros(count, row_dtype(world.model))
    now_playing = np.zeros(1, np.int64)
    odd = np.zeros(count, np.bool_)
    given = program.arguments(world, first, made, odd, now_playing)
    stopped: Exception | str | None = None
    try:
        status = program.play(*given)
        if status != loop.OK:
            stopped = f"status {status}"
    except Exception as problem:
        stopped = problem
    reached = int(now_playing[0]) if stopped else first + count
    for k in np.flatnonzero(odd[: reached - first])[:_REPLAYED]:
        # A NaN or a huge whole number: the reference engine says what Python makes of it.
        if _replayed(world, first + int(k)) != made[k : k + 1].tobytes():
            raise _strayed(world, first + int(k), "a number that Python would not have stored")
    if stopped:
        _replayed(world, reached)
        said = stopped if isinstance(stopped, str) else f"{type(stopped).__name__}: {' '.join(str(stopped).split())}"
        error = _strayed(world, reached, f"an error where the reference engine goes on ({said})")
        raise error from (None if isinstance(stopped, str) else stopped)
    return made


def _replayed(world: World, replication: int) -> bytes:
    """Return the row that the reference engine makes of a replication; its errors are what the user reads."""
    try:
        return reference.play(world, replication).row.tobytes()
    except OverflowError as problem:
        raise _strayed(world, replication, f"a whole number beyond 64 bits ({problem})") from problem


def _strayed(world: World, replication: int, what: str) -> RunError:
    where = f'model "{world.model.name}"' + (f", {world.label}" if world.label else "")
    return RunError(
        f"{where}, replication {replication}: the compiled engine has {what}; run with --engine simpy, "
        f"and see where they part with: timeline verify {world.model.name}"
    )
