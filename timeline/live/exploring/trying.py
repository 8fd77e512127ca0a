"""Trying many things at once: all cadences of the config, or each assumption at both ends of its range."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from timeline.analysis.contrasts import Comparison, Contrast
from timeline.analysis.histories import Histories, joined
from timeline.analysis.samples import sample
from timeline.engines.batch import Batch
from timeline.live.exploring.controls import written_levers
from timeline.live.exploring.players import Piece, Players, Token, results
from timeline.live.exploring.room import Asked, Room
from timeline.live.exploring.wish import Wish
from timeline.model.values import Number, in_unit, read_value
from timeline.study.yardsticks import Yardstick

#: Pairs of timelines of each cadence that is tried, and of each end of a range.
PAIRS_READYMADE, PAIRS_ENDS = 1_000, 2_000
#: The most replications that one thread plays at a time.
_PIECE = 250
#: Assumptions whose ends are tried at a time.
MOST_TRIED = 16
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
    worlds = [
        asked.worlds[base],
        *(
            room.asked(Wish(wish.scenario, given[name], None, wish.assumptions)).worlds[room.names[1]]
            for name in given
            if name != base
        ),
    ]
    batch = Batch(worlds)
    played = [_played(players, batch, 0, arm, PAIRS_READYMADE, token) for arm in range(len(worlds))]
    first = None
    for name, futures in zip([base, *(name for name in given if name != base)], played, strict=True):
        pieces = results(futures, token)
        if pieces is None:
            return
        if first is None:
            first = joined(pieces)
        else:
            yield {"cadence": name, **_said(_contrast(yardstick, joined(pieces), first))}


def try_ends(room: Room, players: Players, wish: Wish, paths: Sequence[str], token: Token) -> Iterator[dict[str, Any]]:
    """Yield for each assumption how far the page's cadence is ahead at either end of its range, all else as wished."""
    asked, yardstick = room.asked(wish), primary_of(room)
    model = room.experiment.model
    base, yours, _ = room.names
    ranged = [path for path in paths if path in model.assumptions and _ends(room, path)]
    changes: list[Mapping[str, Number]] = [{}]
    for path in ranged[:MOST_TRIED]:
        changes += [{path: read_value(model.assumptions[path], end)} for end in _ends(room, path) or ()]
    possible = [_possible(room, asked, change) for change in changes]
    batch = Batch([asked.worlds[base], asked.worlds[yours]], changes)
    played = [
        [_played(players, batch, number, arm, PAIRS_ENDS, token) for arm in (0, 1)] if possible[number] else None
        for number in range(len(changes))
    ]
    found: list[dict[str, Any] | None] = []
    for number, pair in enumerate(played):
        if pair is None:
            found.append(None)
        else:
            pieces = [results(futures, token) for futures in pair]
            if pieces[0] is None or pieces[1] is None:
                return
            found.append(_said(_contrast(yardstick, joined(pieces[1]), joined(pieces[0]))))
        if number and number % 2 == 0:
            path = ranged[number // 2 - 1]
            low, high = (
                {"value": in_unit(model.assumptions[path], changes[at][path]), **(found[at] or {})}
                for at in (number - 1, number)
            )
            yield {"path": path, "here": found[0], "low": low, "high": high}


def _ends(room: Room, path: str) -> tuple[float, float] | None:
    parameter = room.experiment.model.assumptions[path]
    return None if parameter.plausible is None or parameter.kind is bool else parameter.plausible


def _possible(room: Room, asked: Asked, change: Mapping[str, Number]) -> bool:
    """Say whether the model finds a change possible beside what is assumed already."""
    scenario = next(iter(asked.experiment.scenarios.values()))
    return not room.impossible({**scenario.values, **change})


def _played(players: Players, batch: Batch, world: int, arm: int, count: int, token: Token) -> list[Any]:
    stretches = ((first, min(_PIECE, count - first)) for first in range(0, count, _PIECE))
    return [players.play(Piece(batch, world, arm, *stretch), _URGENCY, token) for stretch in stretches]


def _contrast(yardstick: Yardstick, one: Histories, base: Histories) -> Contrast:
    compared = Comparison(yardstick, ("base", "one"), "base")
    compared.add({"base": sample(yardstick, base), "one": sample(yardstick, one)})
    return compared.contrasts()["one"]


def _said(contrast: Contrast) -> dict[str, Any]:
    return {
        "difference": contrast.difference,
        "lower": contrast.low,
        "upper": contrast.high,
        "told": bool(contrast.distinguishable),
    }
