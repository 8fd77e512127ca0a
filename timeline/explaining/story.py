"""From reasons to a short story: what led from where two histories part to how one of them ends."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from timeline.explaining.alignment import Alignment
from timeline.explaining.reasons import Reason, Reasons, Source
from timeline.explaining.trace import Trace
from timeline.model.paths import own_name
from timeline.words import counted, listing, percent, when
from timeline.words import moment as said_moment

#: Most links of a story.
MOST = 8
#: Links that are followed back before a story gives up.
_DEEPEST = 24
#: The least share of a field or of a source that a link names beside the largest.
_WORTH_NAMING = 0.25


@dataclass(frozen=True)
class Link:
    """One link of a story.

    Attributes
    ----------
    day
        When.
    world
        0 or 1, the world in which it happened; None if in both.
    clock
        Whose firing it was.
    what
        What happened, a sentence.
    why
        Why it came there and not in the other world, one or two sentences.
    event
        The number of the event in that world's trace, from 1 on; in the one world's if in both.
    """

    day: float
    world: int | None
    clock: str
    what: str
    why: str
    event: int


@dataclass(frozen=True)
class Names:
    """What to call the two worlds and the sides, and the calendar date of day 0 if there is one."""

    cadences: tuple[str, str]
    sides: Mapping[str, str]
    starts: date | None = None


class Story:
    """Tells of one alignment.

    Parameters
    ----------
    alignment
        The two histories.
    traces
        The same, told.
    names
        What to call worlds and sides.
    """

    def __init__(self, alignment: Alignment, traces: tuple[Trace, Trace], names: Names) -> None:
        self.alignment = alignment
        self.reasons = Reasons(alignment)
        self.traces = traces
        self.names = names
        self._numbers = _numbers(alignment)
        #: What the fields that were named mean.
        self.glossary: dict[str, str] = {}

    def when(self, day: float) -> str:
        """Say when something happened, within a sentence."""
        return when(day, self.names.starts)

    def moment(self, day: float) -> str:
        """Say when something happened, by itself."""
        return said_moment(day, self.names.starts)

    def number(self, q: int, world: int) -> int:
        """Return the number of a moment's event in a world's trace, from 1 on."""
        return self._numbers[q][world]

    def said(self, q: int, world: int) -> str:
        """Return what an event says, or its clock's name if it says nothing."""
        # "Report due", not "report due[0]": which of several it is means nothing to a reader.
        clock = self.traces[world].told[self.number(q, world) - 1].clock.partition("[")[0]
        return self.sentence(q, world) or f"{clock[:1].upper()}{clock[1:]}."

    def sentence(self, q: int, world: int) -> str:
        """Return what a moment's event says in a world; empty if it says nothing."""
        return self.traces[world].told[self.number(q, world) - 1].sentence

    def to_the_end_of(self, world: int) -> tuple[Link, ...]:
        """Tell how it came to the last event of one world, from the first cause on, in at most `MOST` links."""
        moments = self.alignment.moments
        q = max(q for q, moment in enumerate(moments) if moment.fired[world] is not None)
        found: list[Link] = []
        seen: set[tuple[int, int]] = set()
        policy: tuple[int, int] | None = None
        while len(seen) < _DEEPEST and (q, world) not in seen:
            seen.add((q, world))
            reason = self.reasons.why(q, world)
            if reason.kind == "earlier":
                q, world = reason.moment, reason.world
                continue
            if self.alignment.of_policy(q):
                # A report that is due, prepared and made is one thing to a reader.
                policy = policy or (q, world)
                if reason.kind in ("cadence", "unknown") or not reason.sources:
                    found.append(self._by_policy(*policy))
                    break
            else:
                if policy is not None:
                    found.append(self._by_policy(*policy, root=False))
                    policy = None
                found.append(self._link(reason))
            if not reason.sources or reason.kind == "unknown":
                break
            source = reason.sources[0]
            if source.world is None:
                found.append(self._in_both(source.heaviest, world))
                break
            q, world = source.heaviest, source.world
        found.reverse()
        if len(found) > MOST:
            left_out = counted(len(found) - MOST, "link")
            root = replace(found[0], why=f"{found[0].why} From here {left_out} to the next are left out.")
            found = [root, *found[-(MOST - 1) :]]
        return tuple(found)

    # -- one link

    def _link(self, reason: Reason) -> Link:
        q, world = reason.moment, reason.world
        moment = self.alignment.moments[q]
        what = self.said(q, world)
        return Link(
            moment.day,
            None if moment.shared else world,
            moment.firing.member.name,
            what,
            self._because(reason),
            self.number(q, world if not moment.shared else 0),
        )

    def _by_policy(self, q: int, world: int, root: bool = True) -> Link:
        one, other = self.names.cadences[world], self.names.cadences[1 - world]
        moment = self.alignment.moments[q]
        if moment.shared:
            return self._in_both(q, world)
        why = (
            f"That is the cadence: {one} has it so, {other} has not."
            if root
            else "The cadence answers what came before."
        )
        return Link(moment.day, world, moment.firing.member.name, self.said(q, world), why, self.number(q, world))

    def _in_both(self, q: int, world: int) -> Link:
        moment = self.alignment.moments[q]
        one, other = self.names.cadences
        if self.alignment.of_policy(q):
            why = f"It comes under both; what is told then is the cadence's to say, and {one} and {other} differ in it."
        else:
            why = "It comes under both and does not do the same; why could not be followed further."
        where = world if moment.fired[world] is not None else 1 - world
        return Link(moment.day, None, moment.firing.member.name, self.said(q, where), why, self.number(q, where))

    def _because(self, reason: Reason) -> str:
        here, there = (self.names.cadences[w] for w in (reason.world, 1 - reason.world))
        moment = self.alignment.moments[reason.moment]
        if reason.kind == "anew":
            source = reason.sources[0]
            if source.world == 1 - reason.world:
                return f"Under {there} this clock had to begin anew, after {self._source(source)}."
            return f"This clock had begun anew here, after {self._source(source)}."
        if reason.kind != "fields":
            return "Why it did not come under the other cadence could not be followed further."
        if "outcome" in reason.shares and next(iter(reason.shares)) == "outcome":
            ended = self.traces[1 - reason.world]
            return f"Under {there} all was over by then: {ended.ending}"
        named = [n for n, share in reason.shares.items() if share >= _WORTH_NAMING][:2] or list(reason.shares)[:1]
        fields = listing(self._field(name, reason.values[name]) for name in named)
        if math.isnan(reason.run):
            how = f"With the same luck it turned out otherwise under {there}"
        elif (like := self.reasons.counterpart(reason.moment, reason.world)) is not None:
            later = self.alignment.moments[like].day
            if later <= moment.day:
                how = f"Under {there} not"
            elif self.moment(later) == self.moment(moment.day):
                how = f"Under {there} the same came later that day"
            else:
                how = f"Under {there} the same came only {self.when(later)}"
        elif reason.run > 0.005:
            how = f"Under {there} it had come {percent(reason.run, 0)} of the way by then"
        else:
            how = f"Under {there} it could not come then"
        return f"{how}: under {here}, {fields}{self._whence(reason, named)}."

    def _whence(self, reason: Reason, named: Sequence[str]) -> str:
        if not reason.sources:
            return ""
        first = reason.sources[0]
        through = [
            self._name(step)
            for step in first.path[:-1]
            if "[]" not in step and step not in named and own_name(step) != own_name(first.path[-1])
        ]
        by = f", by way of {listing(through)}" if through else ""
        share = "" if first.share >= 0.9 else f" ({percent(first.share, 0)} of it)"
        more = [s for s in reason.sources[1:3] if s.share >= _WORTH_NAMING * 0.8]
        also = "".join(f", and from {self._source(s)} ({percent(s.share, 0)})" for s in more)
        return f". That comes from {self._source(first)}{by}{share}{also}"

    def _source(self, source: Source) -> str:
        moments = self.alignment.moments
        where = f" under {self.names.cadences[source.world]}" if source.world is not None else ""
        on = self.moment(moments[source.heaviest].day)
        more = len(source.moments) - 1
        others = f" and {counted(more, 'more like it', 'more like it')}" if more else ""
        return f'"{source.clock}"{where} ({on}){others}'

    def _field(self, name: str, values: tuple[float, float]) -> str:
        declared = self.alignment.layout.fields[name]
        one, other = values
        if "[]" in name:
            each = name.partition("[]")[0]
            many = len(self.alignment.layout.places[name])
            if declared.kind is float:
                return f"{self._name(name)} of the {each} {one:.2f} on average instead of {other:.2f}"
            return f"{self._name(name)} for {one:.0f} of {many} {each} instead of {other:.0f}"
        if declared.kind is bool:
            meaning = declared.meaning or self._name(name)
            return f"{self._named(name, meaning)}: {_yes(one)} instead of {_yes(other)}"
        if issubclass(declared.kind, IntEnum):
            words = [str(declared.kind(int(v)).name).lower().replace("_", " ") for v in (one, other)]
            return f"{self._name(name)} {words[0]} instead of {words[1]}"
        if declared.kind is int:
            return f"{self._name(name)} {one:.0f} instead of {other:.0f}"
        return f"{self._name(name)} {_short(one, other)} instead of {_short(other, one)}"

    def _name(self, name: str) -> str:
        words = own_name(name).replace("_", " ")
        if meaning := self.alignment.layout.fields[name].meaning:
            self.glossary[words] = meaning
        return self._named(name, own_name(name).replace("_", " "))

    def _named(self, name: str, words: str) -> str:
        side = self.names.sides.get(name.partition(".")[0]) if "." in name else None
        return f"{words} ({side})" if side else words

    # -- what became of the danger

    def danger(self, world: int) -> str:
        """Say what became, in the other world, of the clock that ended this one; empty if there is nothing to say."""
        moments, reasons = self.alignment.moments, self.reasons
        q = max(q for q, moment in enumerate(moments) if moment.fired[world] is not None)
        reason = reasons.why(q, world)
        if reason.kind != "fields" or math.isnan(reason.run) or reason.run < 0.005 or not reasons.open(q, 1 - world):
            return ""
        index = moments[q].firing.member.index
        own, course = reasons.course(index, world), reasons.course(index, 1 - world)
        whole = sum(own.speed[k] * reasons.length(k) for k in range(own.begun[q], q + 1))
        there = self.names.cadences[1 - world]
        places = range(q, len(moments) + 1)
        stop = next((k for k in places if not any(course.speed[j] > 0.0 for j in range(k, len(moments) + 1))), None)
        if stop is None or stop <= q or self.alignment.moments[stop - 1].fired[1 - world] is None:
            return ""
        if any(course.lifetime[k] != own.lifetime[q] for k in range(q, stop)):
            return ""  # another draw, and so another danger
        run = reason.run + sum(course.speed[k] * reasons.length(k) for k in range(q + 1, stop)) / whole
        if run > 1.0 - 1e-6:
            return ""  # there it came true, later
        ending = moments[stop - 1]
        said = self.said(stop - 1, 1 - world)
        return (
            f"Under {there} this danger had come {percent(run, 0)} of the way when it was over for good, "
            f"{self.when(ending.day)}: {said}"
        )


def _numbers(alignment: Alignment) -> list[tuple[int, int]]:
    """Return how many events each world has had, up to each moment."""
    found, have = [], [0, 0]
    for moment in alignment.moments:
        for world in (0, 1):
            have[world] += moment.fired[world] is not None
        found.append((have[0], have[1]))
    return found


def _yes(value: float) -> str:
    return "yes" if value else "no"


def _short(value: float, beside: float) -> str:
    """Write a number with as many decimals as tell it from another."""
    decimals = next((d for d in (2, 3, 4) if round(value, d) != round(beside, d)), 6)
    return f"{value:.{decimals}f}"
