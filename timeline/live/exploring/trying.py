"""Trying all cadences of the config at once; and what trying anything needs: pairs played, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from timeline.analysis.contrasts import Comparison
from timeline.analysis.histories import Histories, joined
from timeline.analysis.samples import sample
from timeline.engines.batch import Batch
from timeline.engines.world import World
from timeline.live.exploring.controls import written_levers
from timeline.live.exploring.played_arms import PlayedArms, cut
from timeline.live.exploring.players import Players, Portion, Token, results
from timeline.live.exploring.refining import STAGES
from timeline.live.exploring.room import Room
from timeline.live.exploring.wish import Wish
from timeline.study.yardsticks import Yardstick

#: Pairs of timelines of each cadence that is tried: first some, then as many as the last picture has.
READYMADE = (STAGES[1], STAGES[-1])
#: The most replications that one thread plays at a time.
_PIECE = 250
#: Less urgent than a first picture, more than its refinements; and less urgent than all that a move asks for.
_URGENCY, _LATER = 1, 2 * len(STAGES) + 1


def primary_of(room: Room) -> Yardstick:
    """Return the measure of the answer."""
    ends = room.experiment.model.endpoints
    assert ends is not None
    return room.experiment.yardsticks()[ends.primary]


def try_readymade(room: Room, players: Players, kept: PlayedArms, wish: Wish, token: Token) -> Iterator[dict[str, Any]]:
    """Yield how each cadence of the config does against the baseline in the wished world, in the config's order.

    All are told twice, the second time from as many timelines as the last picture has.

    Parameters
    ----------
    kept
        Arms that were played already; what is played here is kept there.
    """
    yardstick, base = primary_of(room), room.experiment.baseline
    record = room.experiment.model.levers
    assert record is not None
    arms: dict[str, tuple[str, World]] = {}
    for name, cadence in room.experiment.cadences.items():
        levers = {} if name == base else written_levers(record, cadence.values)
        asked = room.asked(Wish(wish.scenario, levers, None, wish.assumptions))
        place = asked.names[name != base]
        arms[name] = asked.keys[place], asked.worlds[place]
    batch = Batch([world for _, world in arms.values()])
    order = [base, *(name for name in arms if name != base)]
    for count, urgency in zip(READYMADE, (_URGENCY, _LATER), strict=True):
        futures = {}
        for number, (name, (key, _)) in enumerate(arms.items()):
            before = kept.get(key)
            first = 0 if before is None else before.n
            futures[name] = played_pairs(players, batch, 0, number, count, token, first=first, urgency=urgency), before
        played = {}
        for name in order:
            pieces = results(futures[name][0], token)
            if pieces is None:
                return
            before = futures[name][1]
            played[name] = joined([*([] if before is None else [before]), *pieces])
            kept.put(arms[name][0], played[name])
            if name != base:
                one, other = (cut(played[own], count, count)[0] for own in (name, base))
                yield {"cadence": name, "n": count, **compared(yardstick, one, other)}


def played_pairs(
    players: Players,
    batch: Batch,
    world: int,
    arm: int,
    count: int,
    token: Token,
    *,
    first: int = 0,
    urgency: int = _URGENCY,
) -> list[Any]:
    """Have the timelines of an arm played in pieces, from one on until there are so many; return their futures."""
    stretches = ((begin, min(_PIECE, count - begin)) for begin in range(first, count, _PIECE))
    return [players.play(Portion(batch, world, arm, *stretch), urgency, token) for stretch in stretches]


def compared(yardstick: Yardstick, one: Histories, base: Histories) -> dict[str, Any]:
    """Return by how much one arm is ahead of another, with its 95% interval and whether that leaves out 0; and the
    levels of the other and of the one."""
    comparison = Comparison(yardstick, ("base", "one"), "base")
    there, here = sample(yardstick, base), sample(yardstick, one)
    comparison.add({"base": there, "one": here})
    contrast = comparison.contrasts()["one"]
    levels = [float(own.values[own.among].mean()) if own.among.any() else None for own in (there, here)]
    return {
        "levels": levels,
        "difference": contrast.difference,
        "lower": contrast.low,
        "upper": contrast.high,
        "told": bool(contrast.distinguishable),
    }
