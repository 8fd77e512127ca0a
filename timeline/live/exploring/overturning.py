"""What would overturn a lead: an assumption at an end of its range, or further, or several at once.

What few pairs of timelines leave open is settled by as many as the last picture has, so that who goes there sees the
same.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from timeline.analysis.histories import joined
from timeline.derived.influence import used_by
from timeline.engines.batch import Batch
from timeline.errors import RunError
from timeline.live.exploring.players import Players, Token, results
from timeline.live.exploring.refining import STAGES
from timeline.live.exploring.room import Room
from timeline.live.exploring.trying import compared, played_pairs, primary_of
from timeline.live.exploring.wish import Wish
from timeline.model.records import Parameter
from timeline.model.values import Number, in_unit, read_value
from timeline.study.priors import possible, usual_law

#: Pairs of timelines at each end of a range.
PAIRS_ENDS = 2_000
#: Pairs of what settles a doubt.
PAIRS_SURE = STAGES[-1]
#: Pairs where all assumptions are looked through, and how many of them are tried then.
PAIRS_LOOKED, _NEAREST = 200, 8
#: Assumptions whose ends are tried at a time.
MOST_TRIED = 16
#: Of so many assumptions it is looked how far they would have to go, in so many halvings, and as far beyond an end:
#: a tenth or ten times of it where ratios count, else so many widths of the range.
_TIPPED, _HALVINGS, _RATIO, _WIDTHS = 2, 5, 10.0, 2.0
#: Together at most so many are gathered, from those that come nearest.
_MOST_GATHERED, _GATHERED_FROM = 6, 10
#: How often it is looked half as far where a model cannot be played.
_NEARER = 3

_Said = dict[str, Any]
_Change = Mapping[str, Number]


@dataclass(frozen=True)
class _Worse:
    """An assumption at that end of its range which leaves less of the lead.

    Attributes
    ----------
    left
        How much of the lead is left there, whoever leads; negative where it has turned.
    path, value
        The assumption, in days and 1/day.
    gone, turned
        Whether the lead cannot be told from 0 there, or has turned; whether the other one leads, beyond luck.
    """

    left: float
    path: str
    value: Number
    gone: bool
    turned: bool


def try_ends(
    room: Room, players: Players, wish: Wish, paths: Sequence[str], token: Token, everything: bool = False
) -> Iterator[_Said]:
    """Yield for each assumption how far the page's cadence is ahead at either end of its range, all else as wished.

    Where that leaves a lead in doubt, the same follows from as many timelines as the last picture has, nearest first
    and marked ``sure``. Then follows ``together``, with each of them at the end that is worse for what leads here;
    ``tip``, at which value the assumptions that come nearest take the lead away, within their range or beyond it; and
    ``few``, unless a single one turns it within its range: the first that were found to take it away together, and to
    turn it.

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
    wanted = wanted[:MOST_TRIED]
    worse = yield from trial.tried(wanted)
    if worse and trial.leads and token.wanted:
        yield from trial.together(worse)
        single = [one for one in worse if one.gone]
        for one in single[:_TIPPED] or worse[:_TIPPED]:
            yield from trial.tipped(one)
        if not any(one.turned for one in worse):
            yield from trial.several(worse)


class _Trial:
    """Tries worlds in which assumptions lie elsewhere."""

    def __init__(self, room: Room, players: Players, wish: Wish, token: Token) -> None:
        self.asked, self.yardstick = room.asked(wish), primary_of(room)
        self.room, self.players, self.token = room, players, token
        self.model = room.experiment.model
        self.scenario = next(iter(self.asked.experiment.scenarios.values()))
        self.here: _Said = {}

    @property
    def leads(self) -> bool:
        """Whether there is a lead beyond luck here that could be overturned, as far as it was looked."""
        return bool(self.here.get("told"))

    def ranged(self, path: str) -> bool:
        """Say whether an assumption has a range."""
        return path in self.model.assumptions and self._ends(path) is not None

    def looked_through(self) -> Generator[_Said, None, list[str] | None]:
        """Look at both ends of all assumptions; return those that come nearest to turning the difference."""
        users = used_by(self.model)
        paths = [path for path in self.model.assumptions if users[path] and self.ranged(path)]
        near = []
        for number, found in enumerate(self._differences(self._changes(paths), PAIRS_LOOKED)):
            if found is None:
                return None
            if number == 0:
                self.here = found
                continue
            near.append((self._left(found), paths[(number - 1) // 2]))
            if number % 20 == 0:
                yield {"looked": number // 2, "of": len(paths)}
        return list(dict.fromkeys(path for _, path in sorted(near)))[:_NEAREST]

    def tried(self, paths: Sequence[str]) -> Generator[_Said, None, list[_Worse] | None]:
        """Yield the ends of assumptions, those again that are left in doubt; return the worse ends, nearest first."""
        changes = self._changes(paths)
        yield {"trying": len(paths)}
        found = []
        for one in self._differences(changes, PAIRS_ENDS):
            if one is None:
                return None
            found.append(one)
            if len(found) == 1:
                self.here = one
            elif len(found) % 2:
                yield self._line(paths, changes, found, len(found) // 2 - 1)
        worst = [min((2 * k + 1, 2 * k + 2), key=lambda end: self._left(found[end])) for k in range(len(paths))]
        doubtful = sorted((self._left(found[end]), k) for k, end in enumerate(worst) if self._gone(found[end]))
        sure = [k for _, k in doubtful]
        for number, one in enumerate(self._differences([{}, *(changes[worst[k]] for k in sure)], PAIRS_SURE)):
            if one is None:
                return None
            if number == 0:
                self.here = one
                yield {"here": one}
            else:
                k = sure[number - 1]
                found[worst[k]] = one
                yield {**self._line(paths, changes, found, k), "sure": "low" if worst[k] % 2 else "high"}
        yield {"settled": True}
        made = (
            _Worse(
                self._left(found[end]),
                path,
                changes[end][path],
                gone=k in sure and self._gone(found[end]),
                turned=k in sure and self._turned(found[end]),
            )
            for k, (path, end) in enumerate(zip(paths, worst, strict=True))
        )
        return sorted(made, key=lambda one: (not one.gone, one.left))

    def together(self, worse: Sequence[_Worse]) -> Iterator[_Said]:
        """Yield what is left with all of them at their worse ends."""
        change = {one.path: one.value for one in worse}
        if len(worse) > 1 and (found := self._difference(change)):
            yield {"together": found, "values": self._written(change)}

    def tipped(self, one: _Worse) -> Iterator[_Said]:
        """Yield the value at which an assumption takes the lead away; where it does not, how far was looked."""
        parameter = self.model.assumptions[one.path]
        now = self.scenario.values.get(one.path, self.room.experiment.world[one.path])
        now, end = (_amount(parameter, value) for value in (now, one.value))
        held, gone = (now, end) if one.gone else (end, _far(parameter, now, end))
        tried = self._at(one.path, gone) if gone != held else {}
        for _ in range(_NEARER):
            if tried != {}:
                break
            gone = _between(parameter, held, gone)  # a model need not be able to play so far out
            tried = self._at(one.path, gone)
        if not tried:
            return
        if not self._gone(tried):
            yield {"tip": one.path, "until": gone}
            return
        for _ in range(_HALVINGS):
            middle = _between(parameter, held, gone)
            if middle in (held, gone):
                break
            at = self._at(one.path, middle)
            if not at:
                return
            if self._gone(at):
                gone, tried = middle, at
            else:
                held = middle
        yield {"tip": one.path, "value": gone, "beyond": not one.gone, **tried}

    def several(self, worse: Sequence[_Worse]) -> Iterator[_Said]:
        """Yield the first assumptions that take the lead away together, and those that turn it.

        They are gathered one by one, each time the one and the end that leave least of the lead beside those there are.
        """
        gathered: dict[str, Number] = {worse[0].path: worse[0].value}
        left, taken = math.inf, worse[0].gone
        near = [one.path for one in worse[:_GATHERED_FROM]]
        while len(gathered) < min(_MOST_GATHERED, len(near)):
            rest = self._changes([path for path in near if path not in gathered])[1:]
            found = list(self._differences([{**gathered, **change} for change in rest], PAIRS_ENDS))
            if None in found:
                return
            gathered |= rest[min(range(len(rest)), key=lambda end: self._left(found[end] or {}))]
            at = self._difference(gathered)
            if not at or self._left(at) >= left:
                return
            left = self._left(at)
            if self._turned(at) or (self._gone(at) and not taken):
                taken = True
                yield {"few": list(gathered), "values": self._written(gathered), **at}
            if self._turned(at):
                return

    def _line(self, paths: Sequence[str], changes: Sequence[_Change], found: Sequence[_Said], number: int) -> _Said:
        path = paths[number]
        low, high = (
            {"value": self._written(changes[end])[path], **found[end]} for end in (2 * number + 1, 2 * number + 2)
        )
        return {"path": path, "here": self.here, "low": low, "high": high}

    def _gone(self, there: _Said) -> bool:
        """Say whether there the lead of here has turned, or cannot be told from 0; few pairs tell little from 0."""
        return "difference" in there and not (there["told"] and self._left(there) > 0)

    def _turned(self, there: _Said) -> bool:
        """Say whether there the other one leads, beyond luck."""
        return bool(there.get("told")) and self._left(there) < 0

    def _left(self, there: _Said) -> float:
        """Return how much of the lead is left, whoever leads here; negative where it has turned."""
        if "difference" not in there:
            return math.inf
        return float(math.copysign(1.0, self.here["difference"]) * there["difference"])

    def _ends(self, path: str) -> tuple[float, float] | None:
        parameter = self.model.assumptions[path]
        return None if parameter.plausible is None or parameter.kind is bool else parameter.plausible

    def _changes(self, paths: Sequence[str]) -> list[dict[str, Number]]:
        """Return the world as it is, and then each assumption at its low and at its high end."""
        ends = ((path, end) for path in paths for end in self._ends(path) or ())
        return [{}, *({path: read_value(self.model.assumptions[path], end)} for path, end in ends)]

    def _at(self, path: str, value: float) -> _Said | None:
        """Return the difference with an assumption at a value in its declared unit; empty if it is impossible."""
        try:
            return self._difference({path: read_value(self.model.assumptions[path], value)})
        except (ValueError, RunError):
            return {}

    def _difference(self, change: _Change) -> _Said | None:
        return next(iter(self._differences([change], PAIRS_SURE)))

    def _differences(self, changes: Sequence[_Change], pairs: int) -> Iterator[_Said | None]:
        """Yield how far the page's cadence is ahead in each world, an empty one if it is impossible; None at the end
        if that is not wanted any more."""
        base, yours, _ = self.asked.names
        batch = Batch([self.asked.worlds[base], self.asked.worlds[yours]], changes)
        played = [
            [played_pairs(self.players, batch, number, arm, pairs, self.token) for arm in (0, 1)]
            if not self.room.impossible({**self.scenario.values, **change})
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
            yield compared(self.yardstick, joined(other), joined(one))

    def _written(self, change: _Change) -> _Said:
        return {path: in_unit(self.model.assumptions[path], value) for path, value in change.items()}


def _amount(parameter: Parameter, value: Number) -> float:
    given = in_unit(parameter, value)
    assert not isinstance(given, str)
    return given


def _far(parameter: Parameter, now: float, end: float) -> float:
    """Return how far beyond an end of its range it is looked, away from where an assumption is now."""
    assert parameter.plausible is not None
    low, high = map(float, parameter.plausible)
    least, most = possible(parameter)
    down = end < now or (end == now and end == low)
    if low >= 0:
        least = max(least, 0.0)
    if _even(parameter):
        far = end - _WIDTHS * (high - low) if down else end + _WIDTHS * (high - low)
    else:
        far = end / _RATIO if down else end * _RATIO
    return _rounded(parameter, min(max(far, least), most))


def _between(parameter: Parameter, one: float, other: float) -> float:
    middle = (one + other) / 2 if _even(parameter) or min(one, other) <= 0 else math.sqrt(one * other)
    return _rounded(parameter, middle)


def _even(parameter: Parameter) -> bool:
    """Say whether equal steps of an assumption count as equal, not equal ratios."""
    assert parameter.plausible is not None
    return usual_law(parameter, *map(float, parameter.plausible)) == "uniform"


def _rounded(parameter: Parameter, value: float) -> float:
    """Return a value as a page would write it: it is this one that is tried."""
    return round(value) if parameter.kind is int else float(f"{value:.3g}")
