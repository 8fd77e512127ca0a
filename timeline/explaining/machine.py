"""What a clock would have done in a state: its speed, its lifetime and its event, by the model's own functions."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

from timeline.engines.draws import Uniforms, lifetime_uniform
from timeline.engines.reference import bound, scope_of
from timeline.explaining.history import History, Layout, Numbers, Scratch
from timeline.model import laws
from timeline.model.declarations import Member

#: What a model's function may raise in a state that no timeline would reach.
_NO_MEANING = (ArithmeticError, ValueError, IndexError)


class Replay:
    """The functions of one world, to be asked about any state."""

    def __init__(self, history: History, layout: Layout) -> None:
        self.world = history.world
        self.replication = history.replication
        self.scratch = Scratch(layout)
        self._day = layout.paths.index("day")
        self.functions = cache(self._functions)
        self.effects = cache(self._effect)

    def speed(self, member: Member, numbers: Numbers) -> float:
        """Return how fast a clock runs in a state; NaN if that has no meaning there."""
        self.scratch.load(numbers)
        try:
            return float(self.functions(member.index)[0]())
        except _NO_MEANING:
            return float("nan")

    def lifetime(self, member: Member, numbers: Numbers, count: int, draw: int) -> float:
        """Return the operational time a clock draws in a state, on its so many-th draw after so many firings."""
        self.scratch.load(numbers)
        law = member.clock.law
        first, second, age = (float(value()) for value in self.functions(member.index)[1])
        u = lifetime_uniform(self.world.clock_schedules[member.index], self.replication, count, draw)
        return laws.lifetime(law, u, first, second, age if (count, draw) == (0, 0) else 0.0)

    def effect(self, member: Member, numbers: Numbers, day: float, count: int) -> Numbers | None:
        """Return the state after a clock has fired in a state; None if that has no meaning there."""
        happens, u = self.effects(member.index)
        u.at(count)
        self.scratch.load((*numbers[: self._day], day, *numbers[self._day + 1 :]))
        try:
            happens()
        except _NO_MEANING:
            return None
        finally:
            changed = self.scratch.changed()
        return changed

    def _functions(self, index: int) -> tuple[Callable[[], Any], list[Callable[[], Any]]]:
        member = self.world.model.members[index]
        scope = scope_of(self.scratch.state, self.world.parameters, member)
        law = member.clock.law
        values = [
            bound(value, scope) if callable(value) else partial(float, value)
            for value in (law.first, law.second, law.age)
        ]
        return bound(member.clock.speed, scope), values

    def _effect(self, index: int) -> tuple[Callable[[], Any], Uniforms]:
        member = self.world.model.members[index]
        u = Uniforms(self.world.clock_schedules[index], self.replication, member.clock.uniforms)
        scope = scope_of(self.scratch.state, self.world.parameters, member) | {"u": u}
        return bound(member.clock.fires, scope), u


def mixed(numbers: Numbers, other: Numbers, places: tuple[int, ...]) -> Numbers:
    """Return a state with some numbers of another.

    Examples
    --------
    >>> mixed((1, 2, 3), (7, 8, 9), (0, 2))
    (7, 2, 9)
    """
    made = list(numbers)
    for k in places:
        made[k] = other[k]
    return tuple(made)
