"""Trying all cadences of the config at once; and what trying anything needs: pairs played, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from timeline.analysis.contrasts import Comparison
from timeline.analysis.histories import Histories, joined
from timeline.analysis.samples import sample
from timeline.engines.batch import Batch
from timeline.live.exploring.controls import written_levers
from timeline.live.exploring.players import Players, Portion, Token, results
from timeline.live.exploring.room import Room
from timeline.live.exploring.wish import Wish
from timeline.study.yardsticks import Yardstick

#: Pairs of timelines of each cadence that is tried.
PAIRS_READYMADE = 4_000
#: The most replications that one thread plays at a time.
_PIECE = 250
#: Less urgent than a first picture, more than its refinements.
_URGENCY = 1


def primary_of(room: Room) -> Yardstick:
    """Return the measure of the answer."""
    ends = room.experiment.model.endpoints
    assert ends is not None
    return room.experiment.yardsticks()[ends.primary]


def try_readymade(room: Room, players: Players, wish: Wish, token: Token) -> Iterator[dict[str, Any]]:
    """Yield how each cadence of the config does against the baseline in the wished world, in the config's order."""
    asked, yardstick = room.asked(Wish(wish.scenario, {}, None, wish.assumptions)), primary_of(room)
    base = asked.experiment.baseline
    record = room.experiment.model.levers
    assert record is not None
    given = {name: written_levers(record, cadence.values) for name, cadence in room.experiment.cadences.items()}
    others = [room.asked(Wish(wish.scenario, given[name], None, wish.assumptions)) for name in given if name != base]
    worlds = [asked.worlds[base], *(other.worlds[other.names[1]] for other in others)]
    batch = Batch(worlds)
    played = [played_pairs(players, batch, 0, arm, PAIRS_READYMADE, token) for arm in range(len(worlds))]
    first = None
    for name, futures in zip([base, *(name for name in given if name != base)], played, strict=True):
        pieces = results(futures, token)
        if pieces is None:
            return
        if first is None:
            first = joined(pieces)
        else:
            yield {"cadence": name, **compared(yardstick, joined(pieces), first)}


def played_pairs(players: Players, batch: Batch, world: int, arm: int, count: int, token: Token) -> list[Any]:
    """Have the first timelines of an arm played in pieces; return their futures."""
    stretches = ((first, min(_PIECE, count - first)) for first in range(0, count, _PIECE))
    return [players.play(Portion(batch, world, arm, *stretch), _URGENCY, token) for stretch in stretches]


def compared(yardstick: Yardstick, one: Histories, base: Histories) -> dict[str, Any]:
    """Return by how much one arm is ahead of another, with its 95% interval and whether that leaves out 0."""
    comparison = Comparison(yardstick, ("base", "one"), "base")
    comparison.add({"base": sample(yardstick, base), "one": sample(yardstick, one)})
    contrast = comparison.contrasts()["one"]
    return {
        "difference": contrast.difference,
        "lower": contrast.low,
        "upper": contrast.high,
        "told": bool(contrast.distinguishable),
    }
