"""Two histories laid side by side: what happened in both, and what in one of them only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from timeline.explaining.heeds import Heeds, heeds, of_the_policy_alone
from timeline.explaining.history import Firing, History, Layout, Numbers, Scratch
from timeline.explaining.trace import tell

ONE, OTHER = 0, 1

#: A clock's firings in the two worlds count as one event that came at another time if they are no further apart.
NEAR = 45.0
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Moment:
    """An instant at which something fired in one world, or the same in both.

    Attributes
    ----------
    day
        When.
    fired
        What fired, in the one and in the other world; None where nothing did.
    before, after
        The states before and after, in the one and in the other world.
    """

    day: float
    fired: tuple[Firing | None, Firing | None]
    before: tuple[Numbers, Numbers]
    after: tuple[Numbers, Numbers]

    @property
    def shared(self) -> bool:
        """Whether the same clock fired in both worlds."""
        return self.fired[ONE] is not None and self.fired[OTHER] is not None

    @property
    def firing(self) -> Firing:
        """What fired; that of the one world if it fired in both."""
        found = self.fired[ONE] or self.fired[OTHER]
        assert found is not None
        return found

    @property
    def where(self) -> int:
        """The world in which it fired; the one if in both."""
        return ONE if self.fired[ONE] is not None else OTHER


@dataclass(frozen=True)
class Alignment:
    """Two histories of one replication, side by side.

    Attributes
    ----------
    histories
        The one and the other.
    layout
        The numbers of a state.
    heeded
        What each clock heeds, in the order of the members.
    """

    histories: tuple[History, History]
    layout: Layout
    heeded: Sequence[Heeds]

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """All that happened, in order of time."""
        return tuple(_moments(*self.histories))

    @cached_property
    def private(self) -> set[str]:
        """The fields that only the policy's own clocks heed."""
        return of_the_policy_alone(self.layout.model, self.heeded)

    @cached_property
    def first(self) -> int | None:
        """The first moment that differs: a clock fires in one world only, or with another result."""
        return next((q for q, moment in enumerate(self.moments) if self.differs(q) or not moment.shared), None)

    @cached_property
    def parted(self) -> int | None:
        """The first moment after which the states differ in anything that more than the policy heeds."""
        return next((q for q in range(len(self.moments)) if self.differs(q, self.private)), None)

    @cached_property
    def beyond(self) -> int | None:
        """The first event that differs and is none of the policy's own."""
        return next((q for q in range(len(self.moments)) if self.strays(q) and not self.of_policy(q)), None)

    def differs(self, q: int, but_for: set[str] | frozenset[str] = frozenset()) -> bool:
        """Say whether the states differ after a moment, some fields apart."""
        after = self.moments[q].after
        return after[ONE] != after[OTHER] and bool(set(self.layout.differing(*after)) - but_for)

    def strays(self, q: int) -> bool:
        """Say whether an event came in one world only, or turned out otherwise: not only more or less."""
        moment = self.moments[q]
        return not moment.shared or self.turned_out_otherwise(q)

    def turned_out_otherwise(self, q: int) -> bool:
        """Say whether an event of both worlds had another result, not only more or less of it.

        It has if it leaves a flag, a count or a choice otherwise that it changes in one of them, or if it says
        something else, numbers apart.
        """
        moment = self.moments[q]
        if not moment.shared or moment.after[ONE] == moment.after[OTHER]:
            return False
        turns = _turns(moment, ONE) ^ _turns(moment, OTHER)
        if any(moment.after[ONE][k] != moment.after[OTHER][k] for k, _ in turns):
            return True
        return self._wording(q, ONE) != self._wording(q, OTHER)

    def _wording(self, q: int, world: int) -> str:
        """Return what an event says, without its numbers."""
        before, after = self._scratches
        moment = self.moments[q]
        before.load(moment.before[world])
        after.load(moment.after[world])
        return _NUMBER.sub("", tell(moment.firing.member, after.state, before.state, {"a": "a", "b": "b"}))

    @cached_property
    def _scratches(self) -> tuple[Scratch, Scratch]:
        return Scratch(self.layout), Scratch(self.layout)

    def of_policy(self, q: int) -> bool:
        """Say whether a moment's clock reads the cadence."""
        return self.heeded[self.moments[q].firing.member.index].levers

    def ended(self, world: int, q: int) -> bool:
        """Say whether a world's timeline had ended before a moment."""
        history = self.histories[world]
        return bool(history.firings) and self.moments[q].day > history.end_day and history.end_day < self.horizon

    @property
    def horizon(self) -> float:
        """The last day, of both."""
        return self.histories[ONE].world.horizon

    @cached_property
    def twins(self) -> dict[int, int]:
        """For a moment of one world only, the same event at a nearby time in the other."""
        return _twins(self.moments)


def align(one: History, other: History, layout: Layout, heeded: Sequence[Heeds] | None = None) -> Alignment:
    """Lay two histories of one replication side by side."""
    return Alignment((one, other), layout, heeds(layout.model) if heeded is None else heeded)


def _moments(one: History, other: History) -> list[Moment]:
    firings = (one.firings, other.firings)
    states = [one.start, other.start]
    at = [0, 0]
    found = []
    while at[ONE] < len(firings[ONE]) or at[OTHER] < len(firings[OTHER]):
        heads = [list_[k] if k < len(list_) else None for list_, k in zip(firings, at, strict=True)]
        takes = _next(heads, firings, at)
        before = (states[ONE], states[OTHER])
        for world in takes:
            firing = firings[world][at[world]]
            states[world] = firing.after
            at[world] += 1
        fired = (heads[ONE] if ONE in takes else None, heads[OTHER] if OTHER in takes else None)
        day = min(head.day for world, head in enumerate(heads) if head is not None and world in takes)
        found.append(Moment(day, fired, before, (states[ONE], states[OTHER])))
    return found


def _next(heads: list[Firing | None], firings: tuple[tuple[Firing, ...], ...], at: list[int]) -> tuple[int, ...]:
    """Say which world comes next, or both."""
    one, other = heads
    if one is None or other is None:
        return (OTHER,) if one is None else (ONE,)
    if one.day != other.day:
        return (ONE,) if one.day < other.day else (OTHER,)
    if _same(one, other):
        return (ONE, OTHER)
    # Several events on one day: what comes in both waits for its like.
    for k in range(at[OTHER] + 1, len(firings[OTHER])):
        if firings[OTHER][k].day != one.day:
            return (ONE,)
        if _same(one, firings[OTHER][k]):
            return (OTHER,)
    return (ONE,)


def _same(one: Firing, other: Firing) -> bool:
    return one.member.index == other.member.index and one.injected == other.injected


def _turns(moment: Moment, world: int) -> set[tuple[int, int]]:
    """Return which whole numbers and flags a moment changes in one world, and by how much."""
    return {
        (k, int(y) - int(x))
        for k, (x, y) in enumerate(zip(moment.before[world], moment.after[world], strict=True))
        if x is not y and x != y and isinstance(y, int)
    }


def _twins(moments: Sequence[Moment]) -> dict[int, int]:
    """Pair each clock's firings of one world with those of the other, the nearest in time first.

    The firings of a clock that draws luck are paired only with the firing of the same count, for they share it.
    """
    by_member: dict[int, tuple[list[int], list[int]]] = {}
    for q, moment in enumerate(moments):
        if not moment.shared:
            by_member.setdefault(moment.firing.member.index, ([], []))[moment.where].append(q)
    found: dict[int, int] = {}
    for one, other in by_member.values():
        pairs = sorted(
            (abs(moments[x].day - moments[y].day), x, y)
            for x in one
            for y in other
            if abs(moments[x].day - moments[y].day) <= NEAR and _alike(moments[x].firing, moments[y].firing)
        )
        for _, x, y in pairs:
            if x not in found and y not in found:
                found |= {x: y, y: x}
    return found


def _alike(one: Firing, other: Firing) -> bool:
    if one.injected or other.injected:
        return False
    return one.member.clock.uniforms == 0 or one.count == other.count
