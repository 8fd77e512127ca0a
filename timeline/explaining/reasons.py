"""Why an event came in one world and not in the other, found by asking the model's own functions.

Both worlds share their luck. So if a clock fires in one world and not by then in the other, it
has run faster there, or was set anew, or the cadence itself runs it. Which fields made it faster is found by putting
the other world's value of one field at a time into the state and asking the clock's speed again.
Where such a difference came from is found by going back event by event: what came in one world only is a
source; through what came in both, the difference is followed to the fields that the event reads, again by putting
in the other world's values one at a time. All of it says what came about through what, *proximately*: where
several causes act together their shares are a way of counting and nothing more.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import chain, combinations
from typing import Literal, TypeVar

from timeline.explaining.alignment import Alignment, Moment
from timeline.explaining.history import Numbers
from timeline.explaining.machine import Replay, mixed
from timeline.model.declarations import Member, renewal_path

#: A share of a difference that is not followed further.
_CRUMB = 0.004
#: Fields among which pairs are tried where none alone makes the difference.
_FEW = 16

ReasonKind = Literal["cadence", "fields", "anew", "earlier", "unknown"]
Trail = tuple[str, ...]

#: A difference on its way back: through which fields, and which pairs of twins it has come in between.
_Item = tuple[Trail, frozenset[int]]
#: Where a difference comes from: the moment, the world, and through which fields.
_Leaf = tuple[int, int | None, Trail]
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Source:
    """Events of one kind from which a difference comes.

    Attributes
    ----------
    clock
        Which clock: the member's name, or that of its family if it counts over an array.
    world
        In which world it fired; None if in both, where only the cadence's own settings made the difference.
    moments
        Where in the alignment, in order of time.
    heaviest
        The one that matters most.
    path
        Through which fields, from the one that the event wrote to the one in question.
    share
        Which share of the difference comes from these events.
    """

    clock: str
    world: int | None
    moments: tuple[int, ...]
    heaviest: int
    path: Trail
    share: float


@dataclass(frozen=True)
class Reason:
    """Why an event came in one world, and by then not in the other.

    Attributes
    ----------
    moment, world
        The event: where in the alignment, and in which world.
    kind
        ``"cadence"``: the policy itself makes it come. ``"fields"``: the clock ran faster, by what the state was.
        ``"anew"``: the clock had begun anew, with other luck. ``"earlier"``: it came in the other world before.
        ``"unknown"``: none of these explains it.
    shares
        For ``"fields"``: each field's share of the difference in pace.
    values
        For ``"fields"``: each field's value in the event's world and in the other one, while it mattered.
    run
        For ``"fields"``: what the clock had run in the other world by then, as a share of what it needed; NaN for an
        event of both worlds that turned out otherwise.
    sources
        Where the difference comes from, the largest share first.
    """

    moment: int
    world: int
    kind: ReasonKind
    shares: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    run: float = math.nan
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True)
class _Through:
    """What an event of both worlds makes differ, {field: ...}: by which fields, by the cadence, by its day."""

    fields: dict[str, dict[str, float]]
    levers: dict[str, float]
    timing: dict[str, float]
    enough: dict[str, dict[str, float]] = field(default_factory=dict)

    def explains(self, name: str) -> bool:
        """Say whether anything is found that makes a field differ."""
        return bool(self.of(name)) or name in self.levers or name in self.timing

    def of(self, name: str) -> dict[str, float]:
        """Return the fields without which it would not differ; else those that alone make it differ."""
        return self.fields.get(name) or self.enough.get(name, {})


@dataclass(frozen=True)
class ClockCourse:
    """How one clock ran in one world; a place k is the state after the moment before k, place 0 the start.

    Attributes
    ----------
    speed
        How fast, at each place.
    lifetime
        Which lifetime it was using up: (firings, draws) before, None if none.
    begun
        At which place that lifetime was drawn.
    """

    speed: list[float]
    lifetime: list[tuple[int, int] | None]
    begun: list[int]


class Reasons:
    """Answers why for one alignment."""

    def __init__(self, alignment: Alignment) -> None:
        self.alignment = alignment
        self.moments = alignment.moments
        self.layout = alignment.layout
        self.machines = tuple(Replay(history, self.layout) for history in alignment.histories)
        self.places = self.layout.places
        self._outcome = self.layout.paths.index("outcome")
        self._open = int(self.layout.model.open)
        self.course = cache(self._course)

    # -- how a clock ran

    def state(self, k: int, world: int) -> Numbers:
        """Return the state at a place."""
        return self.moments[k - 1].after[world] if k else self.alignment.histories[world].start

    def length(self, k: int) -> float:
        """Return how many days a place lasts."""
        begins = self.moments[k - 1].day if k else 0.0
        return self.moments[k].day - begins if k < len(self.moments) else 0.0

    def open(self, k: int, world: int) -> bool:
        """Say whether a world's timeline is still open at a place."""
        return bool(self.state(k, world)[self._outcome] == self._open)

    def _course(self, index: int, world: int) -> ClockCourse:
        member = self.layout.model.members[index]
        machine, renewal = self.machines[world], self._renewal(member)
        restarts = member.clock.memory == "restart"
        found = ClockCourse([], [], [])
        count = draws = begun = 0
        using: tuple[int, int] | None = None
        speed = 0.0
        for k in range(len(self.moments) + 1):
            fired = self.moments[k - 1].fired[world] if k else None
            if k == 0 or fired is not None:
                numbers = self.state(k, world)
                if fired is not None and fired.member.index == index and not fired.injected:
                    count, draws, using = count + 1, 0, None
                if fired is not None and renewal is not None:
                    was, now = self.moments[k - 1].before[world][renewal], numbers[renewal]
                    if was != now and (was == was or now == now):
                        using = None
                speed = machine.speed(member, numbers) if self.open(k, world) else 0.0
                if speed == 0.0 and restarts:
                    using = None
                if speed > 0.0 and using is None:
                    using, draws, begun = (count, draws), draws + 1, k
            found.speed.append(speed)
            found.lifetime.append(using)
            found.begun.append(begun)
        return found

    def _renewal(self, member: Member) -> int | None:
        on = member.clock.renews_on
        return self.layout.paths.index(renewal_path(on, member.side, member.number)) if on else None

    # -- why an event came

    def why(self, q: int, world: int) -> Reason:
        """Say why an event came in a world, and in the other not by then."""
        moment = self.moments[q]
        firing = moment.fired[world]
        assert firing is not None
        if moment.shared:
            return self._why_otherwise(q, q, world)
        if firing.injected:
            return Reason(q, world, "unknown")
        like = self.counterpart(q, world)
        if like is not None and self._ends_alone(moment, self.moments[like], world):
            return self._why_otherwise(q, like, world)
        before = self._earlier(q, world)
        if before is not None:
            return Reason(before, 1 - world, "earlier")
        member = firing.member
        own, same = self.course(member.index, world), self.course(member.index, 1 - world)
        begun = own.begun[q]
        if self._by_cadence(member, world, q, begun, own):
            return Reason(q, world, "cadence")
        weights: dict[int, dict[str, float]] = {}
        needed = sum(own.speed[k] * self.length(k) for k in range(begun, q + 1) if own.lifetime[k] == own.lifetime[q])
        lasting = needed > 0.0
        ran = 0.0
        for k in range(begun, q + 1) if lasting else [q]:
            days = self.length(k) if lasting else 1.0
            if days <= 0.0:
                continue
            ran += same.speed[k] * days
            weights[k] = {name: gain * days for name, gain in self._gains(member, world, k, own.speed[k]).items()}
        total: dict[str, float] = {}
        for gains in weights.values():
            for name, gain in gains.items():
                total[name] = total.get(name, 0.0) + gain
        pushing = {name: gain for name, gain in total.items() if gain > 0.0}
        if pushing and (ran < needed if lasting else ran == 0.0):
            return self._by_fields(q, world, weights, pushing, ran / needed if lasting else 0.0)
        if (set_anew := self._set_anew(own, same, q)) is not None:
            clock = self.moments[set_anew].firing.member.name
            where = None if self.moments[set_anew].shared else self.moments[set_anew].where
            return Reason(q, world, "anew", sources=(Source(clock, where, (set_anew,), set_anew, (), 1.0),))
        return Reason(q, world, "unknown")

    def counterpart(self, q: int, world: int) -> int | None:
        """Return where the other world has the same firing of the same clock, before or after, if it has."""
        firing = self.moments[q].fired[world]
        for r, moment in enumerate(self.moments):
            found = moment.fired[1 - world]
            if found is None or firing is None or found.injected or moment.shared:
                continue
            if found.member.index == firing.member.index and found.count == firing.count:
                return r
        return None

    def _ends_alone(self, moment: Moment, like: Moment, world: int) -> bool:
        """Say whether an event ends its world's timeline, and its like in the other world does not end that."""
        ends = moment.after[world][self._outcome] != self._open
        return bool(ends and like.after[1 - world][self._outcome] == self._open)

    def _earlier(self, q: int, world: int) -> int | None:
        like = self.counterpart(q, world)
        return like if like is not None and like < q else None

    def _by_cadence(self, member: Member, world: int, q: int, begun: int, own: ClockCourse) -> bool:
        """Say whether the clock would not have fired by then with the other cadence's settings in the same states."""
        if not self.alignment.heeded[member.index].levers:
            return False
        other = self.machines[1 - world]
        lifetime = own.lifetime[q]
        if lifetime is None:
            return False
        needs = other.lifetime(member, self.state(begun, world), *lifetime)
        ran = sum(other.speed(member, self.state(k, world)) * self.length(k) for k in range(begun, q + 1))
        if needs > 0.0:
            return not ran >= needs * (1 - 1e-9)
        return other.speed(member, self.state(q, world)) == 0.0

    def _gains(self, member: Member, world: int, k: int, speed: float) -> dict[str, float]:
        """Return how much slower a clock would run at a place with each field's value of the other world."""
        numbers, others = self.state(k, world), self.state(k, 1 - world)
        if not self.open(k, 1 - world):
            return {"outcome": speed}
        pace = self.alignment.heeded[member.index].pace
        found = {}
        for name in self.layout.differing(numbers, others):
            if pace is None or name in pace:
                slower = self.machines[world].speed(member, mixed(numbers, others, self.places[name]))
                if slower == slower:
                    found[name] = speed - slower
        return found

    def _by_fields(
        self, q: int, world: int, weights: Mapping[int, Mapping[str, float]], pushing: Mapping[str, float], run: float
    ) -> Reason:
        whole = sum(pushing.values())
        shares = dict(sorted(((name, gain / whole) for name, gain in pushing.items()), key=lambda x: -x[1]))
        begins = {
            k: {name: max(0.0, gain) for name, gain in gains.items() if name in pushing} for k, gains in weights.items()
        }
        values = {
            name: self._values(name, world, {k: gains.get(name, 0.0) for k, gains in begins.items()}) for name in shares
        }
        return Reason(q, world, "fields", shares, values, run, self.sources(begins, world, q))

    def _values(self, name: str, world: int, weights: Mapping[int, float]) -> tuple[float, float]:
        """Return a field's values in the two worlds while it mattered: a mean of an index, else the last."""
        places, matters = self.places[name], [k for k, weight in weights.items() if weight > 0.0]
        if self.layout.fields[name].kind is not float:
            matters = matters[-1:]
        whole = sum(weights[k] for k in matters)
        one, other = (
            sum(weights[k] * _mean(self.state(k, side), places) for k in matters) / whole for side in (world, 1 - world)
        )
        return one, other

    def _set_anew(self, own: ClockCourse, same: ClockCourse, q: int) -> int | None:
        """Return the last moment at which the clock drew a new lifetime in one world only."""
        if own.lifetime[q] == same.lifetime[q]:
            # The same lifetime; but in one world it was begun later.
            later = max(own.begun[q], same.begun[q])
            return later - 1 if own.begun[q] != same.begun[q] else None
        for k in range(q, 0, -1):
            drew = [course.begun[k] == k and course.begun[k - 1] != k for course in (own, same)]
            if drew[0] != drew[1]:
                return k - 1
        return None

    def _why_otherwise(self, q: int, like: int, world: int) -> Reason:
        """Say why an event that came in both worlds turned out otherwise: by which fields it reads."""
        own, same = self.moments[q], self.moments[like]
        changed = {k for k, _ in _whole(own, world) ^ _whole(same, 1 - world)}
        names = [name for name, places in self.places.items() if changed & set(places)]
        found = self._through(own, same, world, names)
        total: dict[str, float] = {}
        for name in names:
            for read, share in found.of(name).items():
                total[read] = total.get(read, 0.0) + share
        levers = sum(found.levers.values())
        if not total and not levers:
            return Reason(q, world, "unknown")
        if levers > sum(total.values()):
            return Reason(q, world, "cadence")
        return self._by_fields(q, world, {min(q, like): total}, total, math.nan)

    # -- where a difference comes from

    def sources(self, begins: Mapping[int, Mapping[str, float]], world: int, q: int) -> tuple[Source, ...]:
        """Follow differences back to the events they come from.

        Parameters
        ----------
        begins
            {place: {field: weight}}: which differences, where.
        world
            The world whose values are put aside one at a time.
        q
            The moment before which all of it lies.
        """
        whole = sum(sum(weights.values()) for weights in begins.values())
        twins = {r: twin for r, twin in self.alignment.twins.items() if r < q and twin < q}
        items: dict[_Item, float] = {}
        leaves: dict[_Leaf, float] = {}
        for k in range(q, -1, -1):
            for name, weight in begins.get(k, {}).items():
                # Between an event and its twin one world has had it and the other has not.
                halfway = frozenset(r for r, twin in twins.items() if r < k <= twin)
                _add(items, ((name,), halfway), weight)
            r = k - 1
            if k == 0 or not items:
                continue
            twin = twins.get(r)
            own = same = self.moments[r]
            if twin is not None and twin < r:
                own, same = (own, self.moments[twin]) if own.where == world else (self.moments[twin], same)
            concerned = [item for item in items if twin is None or twin < r or r in item[1]]
            touched = [item for item in concerned if self._touched(own, same, world, item[0][0])]
            weights = {(way, halfway - {r}): items.pop((way, halfway)) for way, halfway in touched}
            if own.shared or own is not same:
                self._back_through(r, own, same, world, weights, items, leaves)
            else:
                self._back_over(r, world, weights, items, leaves)
            items = {item: weight for item, weight in items.items() if weight > _CRUMB * whole}
        return _grouped(self.moments, leaves, whole)

    def _touched(self, own: Moment, same: Moment, world: int, name: str) -> bool:
        for moment, side in ((own, world), (same, 1 - world)):
            was, now = moment.before[side], moment.after[side]
            if any(was[k] is not now[k] and was[k] != now[k] for k in self.places[name]):
                return True
        return False

    def _back_over(
        self, r: int, world: int, weights: Mapping[_Item, float], items: dict[_Item, float], leaves: dict[_Leaf, float]
    ) -> None:
        """Share weights between an event of one world and the difference that was there before it."""
        moment = self.moments[r]
        for item, weight in weights.items():
            places = self.places[item[0][0]]
            after = _difference(moment.after[world], moment.after[1 - world], places)
            before = _difference(moment.before[world], moment.before[1 - world], places)
            stays = max(0.0, sum(_sign(x) * y for x, y in zip(after, before, strict=True)))
            made = max(0.0, sum(_sign(x) * (x - y) for x, y in zip(after, before, strict=True)))
            if stays + made > 0.0:
                _add(leaves, (r, moment.where, item[0]), weight * made / (stays + made))
                _add(items, item, weight * stays / (stays + made))

    def _back_through(
        self,
        r: int,
        own: Moment,
        same: Moment,
        world: int,
        weights: Mapping[_Item, float],
        items: dict[_Item, float],
        leaves: dict[_Leaf, float],
    ) -> None:
        """Follow weights through an event of both worlds to the fields it reads."""
        wanted = dict.fromkeys(way[0] for way, _ in weights)
        found = self._through(own, same, world, wanted) if wanted else _Through({}, {}, {})
        first = min(r, self.alignment.twins.get(r, r))
        sooner = None if own.shared else self.moments[first].where
        for item, weight in weights.items():
            way, halfway = item
            if not any(_difference(own.after[world], same.after[1 - world], self.places[way[0]])):
                _add(items, item, weight)  # it came in between the two
                continue
            shares, lever, timing = found.of(way[0]), found.levers.get(way[0], 0.0), found.timing.get(way[0], 0.0)
            whole = sum(shares.values()) + lever + timing
            if whole <= 0.0:
                _add(leaves, (first, sooner, way), weight)
                continue
            _add(leaves, (r, None, way), weight * lever / whole)
            _add(leaves, (first, sooner, way), weight * timing / whole)
            for name, share in shares.items():
                longer = way if name == way[0] else (name, *(step for step in way if step != name))
                _add(items, (longer, halfway), weight * share / whole)

    def _through(self, own: Moment, same: Moment, world: int, wanted: Iterable[str]) -> _Through:
        """Ask an event of both worlds by how much each field it reads made each wanted field differ.

        Where no field alone makes the difference, two together may.
        """
        firing, like = own.fired[world], same.fired[1 - world]
        assert firing is not None
        assert like is not None
        before, others = own.before[world], same.before[1 - world]
        after, ended = own.after[world], same.after[1 - world]
        differing = self.layout.differing(before, others)
        wanted = list(wanted)
        if firing.injected:
            # Its luck is not the clock's: what differed before differs still.
            return _Through({name: {name: 1.0} for name in wanted if name in differing}, {}, {})
        signs = {name: [_sign(x) for x in _difference(after, ended, self.places[name])] for name in wanted}

        def gains(one: Numbers | None, other: Numbers | None) -> dict[str, float]:
            """Return by how much one result lies from the other in the direction of what is to be explained."""
            if one is None or other is None:
                return {}
            moved = {name: _difference(one, other, self.places[name]) for name in wanted}
            found = {name: sum(x * y for x, y in zip(signs[name], moved[name], strict=True)) for name in wanted}
            return {name: gain for name, gain in found.items() if gain > 0.0}

        here, there = self.machines[world], self.machines[1 - world]

        def without(*names: str) -> dict[str, float]:
            mix = mixed(before, others, tuple(k for name in names for k in self.places[name]))
            return gains(after, here.effect(firing.member, mix, own.day, firing.count))

        def with_only(name: str) -> dict[str, float]:
            mix = mixed(others, before, self.places[name])
            return gains(there.effect(like.member, mix, same.day, like.count), ended)

        read = self.alignment.heeded[firing.member.index].effect
        asked = [name for name in differing if read is None or name in read or name in wanted]
        found = _Through({}, {}, {})
        if self.alignment.heeded[firing.member.index].levers:
            found.levers.update(gains(after, there.effect(firing.member, before, own.day, firing.count)))
        if own.day != same.day:
            found.timing.update(gains(after, here.effect(firing.member, before, same.day, firing.count)))
        for names in chain(((name,) for name in asked), combinations(asked, 2) if len(asked) <= _FEW else ()):
            if len(names) == 2 and all(found.explains(of) for of in wanted):
                break
            for of, gain in without(*names).items():
                if len(names) == 1 or not found.explains(of):
                    for name in names:
                        found.fields.setdefault(of, {})[name] = gain / len(names)
            if len(names) == 1:
                for of, gain in with_only(names[0]).items():
                    found.enough.setdefault(of, {})[names[0]] = gain
        return found


def _whole(moment: Moment, world: int) -> set[tuple[int, float]]:
    """Return which flags and whole numbers a moment changes in one world, and to what."""
    was, now = moment.before[world], moment.after[world]
    return {(k, float(y - x)) for k, (x, y) in enumerate(zip(was, now, strict=True)) if x != y and isinstance(y, int)}


def _mean(numbers: Numbers, places: tuple[int, ...]) -> float:
    """Return a field's value; over an array, the mean of an index, and otherwise the number of members it holds for."""
    found = [float(numbers[k]) for k in places]
    return sum(found) / len(found) if isinstance(numbers[places[0]], float) else sum(found)


def _difference(one: Numbers, other: Numbers, places: tuple[int, ...]) -> list[float]:
    return [_known(one[k]) - _known(other[k]) for k in places]


def _known(number: float) -> float:
    """Put a day that never came before all days."""
    return -1.0 if number != number else float(number)


def _sign(number: float) -> float:
    return 1.0 if number > 0 else -1.0 if number < 0 else 0.0


def _add(sums: dict[_Key, float], key: _Key, weight: float) -> None:
    if weight > 0.0:
        sums[key] = sums.get(key, 0.0) + weight


def _grouped(moments: tuple[Moment, ...], leaves: Mapping[_Leaf, float], whole: float) -> tuple[Source, ...]:
    """Put events of one clock in one world together."""
    groups: dict[tuple[str, int | None], dict[tuple[int, Trail], float]] = {}
    for (r, where, path), weight in leaves.items():
        member = moments[r].firing.member
        clock = member.name if member.clock.over == "sides" else member.clock.name
        groups.setdefault((clock, where), {})[r, path] = weight
    found = []
    for (clock, where), weights in groups.items():
        by_moment: dict[int, float] = {}
        by_path: dict[Trail, float] = {}
        for (r, path), weight in weights.items():
            by_moment[r] = by_moment.get(r, 0.0) + weight
            by_path[path] = by_path.get(path, 0.0) + weight
        share = sum(weights.values()) / whole if whole > 0 else 0.0
        largest = max(by_moment.values())
        if largest <= 0.0:
            continue
        heaviest = min(r for r, weight in by_moment.items() if weight == largest)
        kept = tuple(sorted(r for r, weight in by_moment.items() if weight > 0.02 * largest))
        path = max(by_path, key=lambda one: by_path[one])
        found.append(Source(clock, where, kept, heaviest, path, share))
    return tuple(sorted(found, key=lambda one: (-one.share, one.heaviest)))
