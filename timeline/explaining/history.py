"""A history kept whole: every firing of one replication, and the whole state after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Any

from timeline.engines.reference import play
from timeline.engines.world import World
from timeline.model.declarations import Member, Model
from timeline.model.paths import follow, own_name, owner_of, steps
from timeline.model.records import Array, Field, Record, blank, leaves

#: Every number of a state, in the order of `Layout.paths`.
Numbers = tuple[Any, ...]


@dataclass(frozen=True)
class Firing:
    """One firing.

    Attributes
    ----------
    day
        When.
    member
        Whose clock.
    count
        How often that clock had fired before, injected firings left out.
    injected
        Whether it came from outside.
    after
        The state after it.
    """

    day: float
    member: Member
    count: int
    injected: bool
    after: Numbers


@dataclass(frozen=True)
class History:
    """One replication under one cadence.

    Attributes
    ----------
    world, replication
        What was played.
    start
        The state at the start.
    firings
        In order.
    end_day
        The day its outcome was decided, or the horizon. What comes after is not kept.
    """

    world: World
    replication: int
    start: Numbers
    firings: tuple[Firing, ...]
    end_day: float

    @property
    def last(self) -> Numbers:
        """The state in the end."""
        return self.firings[-1].after if self.firings else self.start


class Layout:
    """The numbers of a model's state in one row, and the fields they belong to.

    Attributes
    ----------
    paths
        The path of each number: ``"a.pressure"``, ``"steps[3].agreed"``.
    places
        Where the numbers of each field stand. The members of an array share one field, ``"steps[].agreed"``.
    fields
        The declaration of each field.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.paths: list[str] = []
        self.places: dict[str, tuple[int, ...]] = {}
        self.fields = dict(leaves(model.state))
        for owner in _owners(model.state):
            for path, field in _own(owner, model.state):
                self.places[field] = (*self.places.get(field, ()), len(self.paths))
                self.paths.append(path)

    def reader(self, state: Any) -> Callable[[], Numbers]:
        """Return what reads all numbers of one state, as often as it is asked."""
        owners = [
            (follow(state, path), [p for p, _ in _own(path, self.model.state)]) for path in _owners(self.model.state)
        ]
        getters = [(owner, attrgetter(*(own_name(path) for path in paths)), len(paths)) for owner, paths in owners]
        parts = [
            (lambda owner=owner, get=get: get(owner)) if many > 1 else (lambda owner=owner, get=get: (get(owner),))
            for owner, get, many in getters
        ]
        return lambda: tuple(chain.from_iterable(part() for part in parts))

    def differing(self, one: Numbers, other: Numbers) -> list[str]:
        """Return the fields in which two states differ; the day is none."""
        found = dict.fromkeys(
            _field(self.paths[k])
            for k, (x, y) in enumerate(zip(one, other, strict=True))
            if x is not y and x != y and (x == x or y == y)
        )
        found.pop("day", None)
        return list(found)


def _owners(record: type[Record], prefix: str = "") -> Iterator[str]:
    """Yield the path of every record that holds numbers of its own."""
    if any(isinstance(part, Field) for part in record.fields.values()):
        yield prefix
    for name, part in record.fields.items():
        path = f"{prefix}.{name}" if prefix else name
        if isinstance(part, Array):
            for k in range(part.length):
                yield from _owners(part.of, f"{path}[{k}]")
        elif not isinstance(part, Field):
            yield from _owners(part, path)


def _own(owner: str, state: type[Record]) -> list[tuple[str, str]]:
    """Return (path, field) of a record's own numbers."""
    record: Any = state
    for step in steps(owner):
        if not step.isdecimal():
            part = record.fields[step]
            record = part.of if isinstance(part, Array) else part
    names = [name for name, part in record.fields.items() if isinstance(part, Field)]
    return [((path := f"{owner}.{name}" if owner else name), _field(path)) for name in names]


def _field(path: str) -> str:
    """Turn ``"steps[3].day"`` into ``"steps[].day"``."""
    while "[" in path and not path.partition("[")[2].startswith("]"):
        head, _, tail = path.partition("[")
        path = f"{head}[]{tail.partition(']')[2]}"
    return path


class Scratch:
    """A state of which a function may be asked what it would do; and its numbers put back after."""

    def __init__(self, layout: Layout) -> None:
        self.state = blank(layout.model.state)
        self._owners = [(follow(self.state, owner_of(path)), own_name(path)) for path in layout.paths]
        self.numbers = layout.reader(self.state)
        self._held = self.numbers()

    def load(self, wanted: Numbers) -> None:
        """Make the state hold these numbers."""
        for k, (x, y) in enumerate(zip(self._held, wanted, strict=True)):
            if x is not y:
                owner, name = self._owners[k]
                setattr(owner, name, y)
        self._held = wanted

    def changed(self) -> Numbers:
        """Return the numbers after something has changed them."""
        self._held = self.numbers()
        return self._held


def keep(world: World, layout: Layout, replication: int) -> History:
    """Play one replication and keep every firing.

    Raises
    ------
    RunError
        As `timeline.engines.reference.play`.
    """
    read: Callable[[], Numbers] | None = None
    seen: list[tuple[float, Member | None, Numbers]] = []

    def watch(day: float, member: Member | None, state: Any) -> None:
        nonlocal read
        if read is None:
            read = layout.reader(state)
        seen.append((day, member, read()))

    played = play(world, replication, watch)
    injected = set(played.injected)
    outcome, still_open = layout.paths.index("outcome"), int(layout.model.open)
    counts: dict[int, int] = {}
    firings = []
    for number, (day, member, numbers) in enumerate(seen):
        if member is None:
            continue
        outside = number in injected
        count = counts.get(member.index, 0)
        counts[member.index] = count + (not outside)
        firings.append(Firing(day, member, count, outside, numbers))
        if numbers[outcome] != still_open:
            break
    return History(world, replication, seen[0][2], tuple(firings), float(played.state.day))
