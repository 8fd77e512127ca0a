"""Many worlds of one model on the compiled engine.

What does not depend on a world is prepared once: for each arm the keys of its random streams, whom to time
anew after whom, and its parameters as bytes; for each thread what the loop works with, and room for the
rows. A world then costs a copy of some bytes and a few numbers written over them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from timeline.arrays import Rows
from timeline.engines import loop, reference, wholes
from timeline.engines.parameters import Bytes, Sheet, Writing, usual, writing
from timeline.engines.program import Program, Situation, program_of
from timeline.engines.world import MOST_REPLICATIONS, World, row_dtype
from timeline.errors import ModelError, RunError
from timeline.model.declarations import Model
from timeline.model.values import Number

#: At most so many strange rows of a chunk are played again.
_REPLAYED = 20
#: What a batch has where only its arms are played.
UNCHANGED: tuple[Mapping[str, Number], ...] = ({},)


@dataclass(frozen=True)
class Batch:
    """Worlds by arms: what is played, prepared; may be used by several threads at once.

    Attributes
    ----------
    arms
        Each with its model, the same for all, and its own values, seed, horizon, mechanisms that are switched
        off, and injections.
    worlds
        What each world changes, by path, in days and 1/day. What a world names is so under every arm, whatever
        the arm says of it.

    Raises
    ------
    ModelError
        If there is no arm or no world, the arms are not of one model, a path of an arm names no field, or numba cannot
        compile one of the model's functions.

    Examples
    --------
    Two worlds under one arm, three replications of each, would be::

        batch = Batch([World(model)], [{"leaks.per_insider": 0.1}, {"leaks.per_insider": 0.2}])
        player = batch.player()
        rows = [player.play(world, 0, first=0, count=3).copy() for world in range(2)]
    """

    arms: Sequence[World]
    worlds: Sequence[Mapping[str, Number]] = UNCHANGED
    program: Program = field(init=False, repr=False)
    prepared: tuple[tuple[Situation, Bytes], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not self.arms:
            raise ModelError("no arm given, expected at least one to play the worlds under")
        if not len(self.worlds):
            raise ModelError("no world given, expected at least one; leave worlds out to play the arms as they are")
        strange = next((arm for arm in self.arms if arm.model is not self.model), None)
        if strange is not None:
            raise ModelError(
                f'arms of the models "{self.model.name}" and "{strange.model.name}" given, expected arms of one '
                "model, loaded once"
            )
        object.__setattr__(self, "program", program_of(self.model))
        sheet = Sheet(self.model.parameters)
        object.__setattr__(self, "prepared", tuple(self._prepare(arm, sheet) for arm in self.arms))

    def _prepare(self, arm: World, sheet: Sheet) -> tuple[Situation, Bytes]:
        sheet.fill(usual(self.model.parameters), writing(self.model.parameters, arm.given))
        return self.program.setting(arm), sheet.copy()

    @property
    def model(self) -> Model:
        """The model of all arms."""
        return self.arms[0].model

    def world(self, world: int, arm: int) -> World:
        """Return one world under one arm as either engine plays it alone.

        An error names it: ``worlds[3]``, the fourth. The arm's command would not replay it, and is left out.
        """
        alone, changes = self.arms[arm], self.worlds[world]
        if not changes:
            return alone
        label = ", ".join(word for word in (alone.label, f"worlds[{world}]") if word)
        return replace(alone, given={**alone.given, **changes}, label=label, replay="")

    def player(self) -> Player:
        """Return what one thread plays with."""
        return Player(self)


class Player:
    """Plays a batch's worlds, one after the other; a thread needs one of its own."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._sheet = Sheet(batch.model.parameters)
        self._room = batch.program.room()
        self._rows, self._odd = np.zeros(0, row_dtype(batch.model)), np.zeros(0, np.bool_)
        self._changes: tuple[int, Writing | None] = (-1, None)

    def play(self, world: int, arm: int, first: int, count: int) -> Rows:
        """Play replications ``first`` to ``first + count - 1`` of a world under an arm.

        Returns
        -------
        ndarray
            One row each, shape (count,): to be read before the next call, which writes over it.

        Raises
        ------
        RunError
            The reference engine's sentence, with the command that replays the replication; or that the engines
            disagree.
        ModelError, FloatingPointError
            If a path of the world names no field, or a NaN is given where a number must be.
        """
        if not 0 <= first <= first + count <= MOST_REPLICATIONS:
            raise RunError(
                f"replications {first} to {first + count - 1} asked for, expected 0 to {MOST_REPLICATIONS - 1}"
            )
        batch = self._batch
        setting, base = batch.prepared[arm]
        self._sheet.fill(base, *self._of_world(world))
        rows, odd = self._cleared(count)
        given = batch.program.arguments(setting, self._sheet.parameters, self._room, first, rows, odd)
        stopped = _stopped(batch.program, given)
        if stopped is not None or odd.any():
            reached = int(self._room[0][0]) if stopped is not None else first + count
            _explain(batch.world(world, arm), first, rows, odd[: reached - first], reached, stopped)
        return rows

    def _of_world(self, world: int) -> tuple[Writing, ...]:
        """Return what a world writes, which is the same under each arm."""
        if not self._batch.worlds[world]:
            return ()
        number, known = self._changes
        if number != world or known is None:
            known = writing(self._batch.model.parameters, self._batch.worlds[world])
            self._changes = world, known
        return (known,)

    def _cleared(self, count: int) -> tuple[Rows, Any]:
        if len(self._rows) < count:
            self._rows, self._odd = np.zeros(count, row_dtype(self._batch.model)), np.zeros(count, np.bool_)
        odd = self._odd[:count]
        odd[:] = False
        return self._rows[:count], odd


def _stopped(program: Program, given: tuple[Any, ...]) -> Exception | str | None:
    """Play; return what stopped the loop, if anything did."""
    try:
        status = program.play(*given)
    except Exception as problem:
        return problem
    return None if status == loop.OK else f"status {status}"


def _explain(world: World, first: int, rows: Rows, odd: Any, reached: int, stopped: Exception | str | None) -> None:
    """Have the reference engine play what is strange, and the replication that stopped the loop."""
    for k in np.flatnonzero(odd)[:_REPLAYED]:
        # A NaN or a huge whole number: the reference engine says what Python makes of it.
        if replayed(world, first + int(k)) != rows[k : k + 1].tobytes():
            raise strayed(world, first + int(k), "a number that Python would not have stored")
    if stopped is not None:
        replayed(world, reached)
        if isinstance(stopped, OverflowError) and str(stopped) == wholes.BEYOND:
            raise strayed(world, reached, f"{wholes.BEYOND} on the way to a smaller one, which only Python can hold")
        said = stopped if isinstance(stopped, str) else f"{type(stopped).__name__}: {' '.join(str(stopped).split())}"
        error = strayed(world, reached, f"an error where the reference engine goes on ({said})")
        raise error from (None if isinstance(stopped, str) else stopped)


def require_agreement(alone: Callable[[], World], first: int, rows: Rows, replications: range) -> None:
    """Have the reference engine play some replications too, which must come out the same.

    Parameters
    ----------
    alone
        Returns the world and arm that was played.
    first, rows
        The first replication that was played, and the rows.
    replications
        Which of them.

    Raises
    ------
    RunError
        If the engines disagree.
    """
    for replication in replications:
        world, k = alone(), replication - first
        if replayed(world, replication) != rows[k : k + 1].tobytes():
            raise strayed(world, replication, "another timeline than the reference engine")


def replayed(world: World, replication: int) -> bytes:
    """Return the row that the reference engine makes of a replication; its errors are what the user reads."""
    return reference.play(world, replication).row.tobytes()


def strayed(world: World, replication: int, what: str) -> RunError:
    """Return the error that says where the compiled engine parted from the reference engine."""
    where = f'model "{world.model.name}"' + (f", {world.label}" if world.label else "")
    return RunError(
        f"{where}, replication {replication}: the compiled engine has {what}; run with --engine simpy, "
        f"and see where they part with: timeline verify {world.model.name}"
    )
