"""Many histories compared: where crises that one cadence saves first part from those that the other loses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from timeline.analysis.intervals import wilson
from timeline.engines.world import World
from timeline.explaining.alignment import ONE, OTHER, Alignment, align
from timeline.explaining.choosing import Fates
from timeline.explaining.heeds import heeds
from timeline.explaining.history import Layout, keep
from timeline.model.declarations import Model
from timeline.words import counted

#: Histories that are replayed at most.
REPLAYED = 200


@dataclass(frozen=True)
class Parting:
    """One kind of difference, counted.

    Attributes
    ----------
    clock
        Which clock's event differs; nothing for histories in which none does.
    how
        How it differs, in words.
    count
        In how many of the histories.
    share, low, high
        That share, with its 95% interval.
    """

    clock: str
    how: str
    count: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class TurningPoints:
    """What made the difference in crises that one cadence saves and the other loses.

    Attributes
    ----------
    cadences
        The one that saves them, and the one that loses them.
    played
        Replications that were played under both.
    saved
        How many the one saves and the other loses.
    harmed
        How many the other way round.
    replayed
        How many of the saved were looked at closely: the first ones.
    first
        By the first difference that anything but the policy's own clocks could notice, the commonest first.
    beyond
        By the first event that differs and is none of the policy's own.
    lost
        By what ended them under the other cadence.
    typical
        The typical replication; None if there is none.
    rule
        By which rule it was chosen, a sentence.
    """

    cadences: tuple[str, str]
    played: int
    saved: int
    harmed: int
    replayed: int
    first: tuple[Parting, ...] = ()
    beyond: tuple[Parting, ...] = ()
    lost: tuple[Parting, ...] = ()
    typical: int | None = None
    rule: str = ""


def turning_points(
    worlds: tuple[World, World], cadences: tuple[str, str], fates: Fates, most: int = REPLAYED
) -> TurningPoints:
    """Replay crises that the one cadence saves and the other loses, and sort them by where they part.

    Parameters
    ----------
    worlds
        The two arms.
    cadences
        Their names.
    fates
        Which replications are meant.
    most
        How many to replay at most: the first ones.
    """
    model: Model = worlds[ONE].model
    layout, heeded = Layout(model), heeds(model)
    seen: list[tuple[int, tuple[str, str], tuple[str, str], tuple[str, str], float]] = []
    for replication in fates.saved[:most]:
        one, other = (keep(world, layout, replication) for world in worlds)
        found = align(one, other, layout, heeded)
        seen.append(
            (
                replication,
                kind_of(found, found.parted, cadences),
                kind_of(found, found.beyond, cadences),
                (found.histories[OTHER].firings[-1].member.clock.name, f"under {cadences[OTHER]}"),
                found.histories[OTHER].end_day,
            )
        )
    typical, rule = _typical(seen, cadences)
    return TurningPoints(
        cadences,
        fates.played,
        len(fates.saved),
        len(fates.harmed),
        len(seen),
        *(_counted(row[column] for row in seen) for column in (1, 2, 3)),  # type: ignore[misc, arg-type]
        typical=typical,
        rule=rule,
    )


def kind_of(alignment: Alignment, q: int | None, cadences: tuple[str, str]) -> tuple[str, str]:
    """Say of which clock a difference is, and how it differs.

    Returns
    -------
    (str, str)
        The clock, and ``"only under quarterly"``, ``"sooner under quarterly"`` or ``"under both, with another
        result"``; two empty strings if nothing differs.
    """
    if q is None:
        return ("", "nothing differs")
    moment = alignment.moments[q]
    clock = moment.firing.member.clock.name
    if moment.shared:
        return (clock, "under both, with another result")
    world = moment.where
    firing = moment.firing
    later = any(
        other.member.index == firing.member.index and other.count == firing.count and not other.injected
        for other in alignment.histories[1 - world].firings
    )
    return (clock, f"{'sooner' if later and not firing.injected else 'only'} under {cadences[world]}")


def _counted(kinds: Iterable[tuple[str, str]]) -> tuple[Parting, ...]:
    counts = Counter(kinds)
    total = sum(counts.values())
    found = []
    for (clock, how), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        share, _, low, high = (float(value) for value in wilson(count, total))
        found.append(Parting(clock, how, count, share, low, high))
    return tuple(found)


def _typical(seen: Sequence[tuple[int, Any, Any, Any, float]], cadences: tuple[str, str]) -> tuple[int | None, str]:
    """Choose the replication that stands for all: the commonest way to part and to be lost, lost in the middle."""
    if not seen:
        return None, ""
    ways = Counter((first, lost) for _, first, _, lost, _ in seen)
    (first, lost), count = min(ways.items(), key=lambda item: (-item[1], item[0]))
    alike = sorted((day, replication) for replication, f, _, end, day in seen if (f, end) == (first, lost))
    _, replication = alike[(len(alike) - 1) // 2]
    rival = "commoner" if list(ways.values()).count(count) > 1 else "as common"
    rule = (
        f"Of the first {len(seen):,} replications that {cadences[ONE]} saves and {cadences[OTHER]} loses, "
        f'{counted(count, "time")} the first difference is "{first[0]}" {first[1]} and the end "{lost[0]}", and no '
        f"other way is {rival}; of these the one with the median day of loss is told."
    )
    return replication, rule
