"""The compiled engine: the same functions and the same rule, in one numba loop.

Beside the loop in `timeline.engines.loop` stands a small piece of generated source that calls the right
function for the right member; `timeline.engines.program` compiles both. What comes out is the reference
engine's timeline, bit for bit. When something goes wrong the loop only says so; the replication is then
played again on the reference engine, which says what, where and when.
"""

from __future__ import annotations

from collections.abc import Callable

from timeline.arrays import Rows
from timeline.engines.batch import Batch, require_agreement
from timeline.engines.program import program_of
from timeline.engines.world import World
from timeline.model.declarations import Model

#: Replications that are also played by the reference engine, by their number: 100, 10,100, 20,100, ...
CHECKED, CHECKED_EVERY = 100, 10_000


def prepare(model: Model, say: Callable[[str], None]) -> None:
    """Have a model's machine code at hand; ``say`` is told of a compilation before it begins.

    Raises
    ------
    ModelError
        As `rows`.
    """
    program_of(model, say)


def rows(world: World, first: int, count: int, *, spared: bool = False) -> Rows:
    """Play replications ``first`` to ``first + count - 1``; returns one row each.

    One replication in ten thousand is played by the reference engine too, and must come out the same; of a world that
    is ``spared``, none of the first ten thousand.

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
    begin = max(first, CHECKED_EVERY) if spared else first
    require_agreement(lambda: world, first, made, checked(begin, first + count - begin))
    return made


def play(world: World, first: int, count: int) -> Rows:
    """Play replications as `rows` does, without a look at what the reference engine makes of them."""
    return Batch((world,)).player().play(0, 0, first, count)


def checked(first: int, count: int) -> range:
    """Return which of some replications the reference engine plays too.

    Examples
    --------
    >>> list(checked(0, 20_000))
    [100, 10100]
    """
    return range(first + (CHECKED - first) % CHECKED_EVERY, first + count, CHECKED_EVERY)
