"""Trying many things at once: all cadences of the config, or each assumption at both ends of its range."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from timeline.analysis.contrasts import Comparison, Contrast
from timeline.analysis.histories import Histories, joined
from timeline.analysis.samples import sample
from timeline.derived.influence import used_by
from timeline.engines.batch import Batch
from timeline.live.exploring.controls import written_levers
from timeline.live.exploring.players import Players, Portion, Token, results
from timeline.live.exploring.refining import STAGES
from timeline.live.exploring.room import Granted, Room
from timeline.live.exploring.wish import Wish
from timeline.model.values import Number, in_unit, read_value
from timeline.study.yardsticks import Yardstick

#: Pairs of timelines of each cadence that is tried, and of each end of a range.
PAIRS_READYMADE, PAIRS_ENDS = 1_000, 2_000
#: What few pairs leave open is settled by as many as the last picture has, so that who goes there sees the same; and of
#: how many assumptions at most.
PAIRS_SURE, MOST_SURE = STAGES[-1], 5
#: The same where all assumptions are looked through, and how many of them are tried then.
PAIRS_LOOKED, _NEAREST = 200, 8
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


def try_ends(
    room: Room, players: Players, wish: Wish, paths: Sequence[str], token: Token, everything: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield for each assumption how far the page's cadence is ahead at either end of its range, all else as wished.

    Where that leaves a lead in doubt, the same follows from as many timelines as the last picture has, nearest first
    and marked ``sure``. Last, how far it is with each of them at the end that is worse for what leads here.

    Parameters
    ----------
    paths
        Which assumptions; they are tried in any case.
    everything
        Whether all others are looked at too, with fewer timelines, and those that come nearest to turning the
        difference are tried as well.
    """
    trial = _Trial(room, players, wish, token)
    wanted = [path for path in paths if trial.ranged(path)]
    if everything:
        nearest = yield from trial.looked_through()
        if nearest is None:
            return
        wanted = list(dict.fromkeys([*nearest, *wanted]))
    yield from trial.tried(wanted[:MOST_TRIED])


class _Trial:
    """Tries worlds in which single assumptions lie at an end of their range."""

    def __init__(self, room: Room, players: Players, wish: Wish, token: Token) -> None:
        self.asked, self.yardstick = room.asked(wish), primary_of(room)
        self.room, self.players, self.token = room, players, token
        self.model = room.experiment.model

    def ranged(self, path: str) -> bool:
        """Say whether an assumption has a range."""
        return path in self.model.assumptions and _ends(self.room, path) is not None

    def looked_through(self) -> Generator[dict[str, Any], None, list[str] | None]:
        """Look at both ends of all assumptions; return those that come nearest to turning the difference."""
        users = used_by(self.model)
        paths = [path for path in self.model.assumptions if users[path] and self.ranged(path)]
        here, near = None, []
        for number, found in enumerate(self._differences(self._changes(paths), PAIRS_LOOKED)):
            if found is None:
                return None
            here = here or found
            if number:
                near.append((self._left(here, found), paths[(number - 1) // 2]))
                if number % 20 == 0:
                    yield {"looked": number // 2, "of": len(paths)}
        return list(dict.fromkeys(path for _, path in sorted(near)))[:_NEAREST]

    def tried(self, paths: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield the ends of some assumptions, those again that are left in doubt, then all of them together."""
        changes = self._changes(paths)
        yield {"trying": len(paths)}
        found = []
        for one in self._differences(changes, PAIRS_ENDS):
            if one is None:
                return
            found.append(one)
            if len(found) > 1 and len(found) % 2:
                yield self._line(paths, changes, found[0], found, len(found) // 2 - 1)
        worst = [
            min((2 * k + 1, 2 * k + 2), key=lambda end: self._left(found[0], found[end])) for k in range(len(paths))
        ]
        doubtful = sorted(
            (self._left(found[0], found[end]), k) for k, end in enumerate(worst) if self._doubted(found[0], found[end])
        )[:MOST_SURE]
        together: dict[str, Number] = {}
        for end in worst:
            together |= changes[end]
        asked = [{}, *(changes[worst[k]] for _, k in doubtful), *([together] if len(paths) > 1 else [])]
        here: dict[str, Any] = {}
        for number, one in enumerate(self._differences(asked, PAIRS_SURE) if len(asked) > 1 else ()):
            if one is None:
                return
            if number == 0:
                here = one
            elif number <= len(doubtful):
                k = doubtful[number - 1][1]
                found[worst[k]] = one
                yield {**self._line(paths, changes, here, found, k), "sure": "low" if worst[k] % 2 else "high"}
            else:
                values = {path: self._written(path, value) for path, value in together.items()}
                yield {"together": one, "values": values}

    def _line(
        self,
        paths: Sequence[str],
        changes: Sequence[Mapping[str, Number]],
        here: Mapping[str, Any],
        found: Sequence[Mapping[str, Any]],
        number: int,
    ) -> dict[str, Any]:
        path = paths[number]
        low, high = (
            {"value": self._written(path, changes[end][path]), **found[end]} for end in (2 * number + 1, 2 * number + 2)
        )
        return {"path": path, "here": here, "low": low, "high": high}

    def _doubted(self, here: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
        """Say whether there the lead of here is not beyond doubt."""
        return "difference" in there and not (there["told"] and self._left(here, there) > 0)

    def _changes(self, paths: Sequence[str]) -> list[dict[str, Number]]:
        """Return the world as it is, and then each assumption at its low and at its high end."""
        ends = ((path, end) for path in paths for end in _ends(self.room, path) or ())
        return [{}, *({path: read_value(self.model.assumptions[path], end)} for path, end in ends)]

    def _differences(self, changes: Sequence[Mapping[str, Number]], pairs: int) -> Iterator[dict[str, Any] | None]:
        """Yield how far the page's cadence is ahead in each world, an empty one if it is impossible; None at the end
        if that is not wanted any more."""
        base, yours, _ = self.room.names
        batch = Batch([self.asked.worlds[base], self.asked.worlds[yours]], changes)
        played = [
            [_played(self.players, batch, number, arm, pairs, self.token) for arm in (0, 1)]
            if _possible(self.room, self.asked, change)
            else None
            for number, change in enumerate(changes)
        ]
        for pair in played:
            if pair is None:
                yield {}
                continue
            one, other = (results(futures, self.token) for futures in pair)
            if one is None or other is None:
                yield None
                return
            yield _said(_contrast(self.yardstick, joined(other), joined(one)))

    def _left(self, here: Mapping[str, Any], there: Mapping[str, Any]) -> float:
        """Return how much of the lead is left, whoever leads here; negative where it has turned."""
        if "difference" not in there:
            return math.inf
        return float(math.copysign(1.0, here["difference"]) * there["difference"])

    def _written(self, path: str, value: Number) -> Any:
        return in_unit(self.model.assumptions[path], value)


def _ends(room: Room, path: str) -> tuple[float, float] | None:
    parameter = room.experiment.model.assumptions[path]
    return None if parameter.plausible is None or parameter.kind is bool else parameter.plausible


def _possible(room: Room, asked: Granted, change: Mapping[str, Number]) -> bool:
    """Say whether the model finds a change possible beside what is assumed already."""
    scenario = next(iter(asked.experiment.scenarios.values()))
    return not room.impossible({**scenario.values, **change})


def _played(players: Players, batch: Batch, world: int, arm: int, count: int, token: Token) -> list[Any]:
    stretches = ((first, min(_PIECE, count - first)) for first in range(0, count, _PIECE))
    return [players.play(Portion(batch, world, arm, *stretch), _URGENCY, token) for stretch in stretches]


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
