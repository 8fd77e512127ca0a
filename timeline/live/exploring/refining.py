"""Refining: a wish is answered from few pairs of timelines at once, then from more and more.

Draws are keyed by replication number. So the first 500 pairs are those of a run of 500, the 20,000 of a run of 20,000,
and an arm that a move leaves as it was need not be played again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from timeline.analysis.histories import Histories, joined
from timeline.analysis.pieces import ROWS
from timeline.engines.batch import Batch
from timeline.live.exploring.counting import Count, count
from timeline.live.exploring.played_arms import PlayedArms, cut
from timeline.live.exploring.players import Players, Portion, Token, results
from timeline.live.exploring.room import Granted
from timeline.playing.values import CHECKED, CHECKED_EVERY

#: Pairs of timelines of each picture after a move.
STAGES = (500, 2_000, 20_000)
#: A first picture is made of fewer pairs where the machine is busy, so that playing takes no more than so many seconds,
#: as far as the moves before can tell; fewer pairs than this would tell nothing.
_PATIENCE, _FEWEST = 0.08, 250
#: The most replications that one thread plays at a time, and into how many parts a first picture is cut for each.
_PIECE, _PARTS = 250, 2


class Refiner:
    """Answers wishes; used by all pages.

    Parameters
    ----------
    players, arms_played
        Who plays, and where what was played is kept.
    shown
        Keys of measures that pictures have.
    stages
        Pairs of timelines of each picture.
    """

    def __init__(
        self, players: Players, arms_played: PlayedArms, shown: tuple[str, ...], stages: tuple[int, ...] = STAGES
    ) -> None:
        self.players, self.arms_played, self.shown, self.stages = players, arms_played, shown, stages
        self._pace = 0.0  # seconds a timeline of first pictures takes, as it was lately

    def pictures(self, asked: Granted, token: Token) -> Iterator[Count]:
        """Yield what a wish comes to, from ever more pairs; end early once it is not wanted any more.

        Raises
        ------
        RunError, ModelError
            From a replication, or if the engines disagree.
        """
        batch = Batch(list(asked.worlds.values()))
        for number, stage in enumerate((self._first(asked), *self.stages[1:])):
            # Between two stages there is room for what else a page asks.
            pieces = self._played(asked, batch, stage, 2 * number, token)
            if pieces is None or not token.wanted:
                return
            yield count(asked.experiment, pieces, self.shown)
        self._checked(asked, batch, token)

    def _first(self, asked: Granted) -> int:
        """Return of how many pairs the first picture is made: fewer where the machine was slow lately."""
        few = stage = self.stages[0]
        known = (self.arms_played.get(key) for key in set(asked.keys.values()))
        new = sum(1 for before in known if before is None or before.n < stage)
        while few > _FEWEST and self._pace * new * few > _PATIENCE:
            few //= 2
        return few

    def _played(
        self, asked: Granted, batch: Batch, stage: int, urgency: int, token: Token
    ) -> dict[str, list[Histories]] | None:
        """Return the first replications of all arms; None once they are not wanted any more."""
        begun, new = time.monotonic(), 0
        known = {key: self.arms_played.get(key) for key in asked.keys.values()}
        asked_for = {}
        for arm, (key, before) in enumerate(known.items()):
            first = 0 if before is None else before.n
            new += max(stage - first, 0)
            parts = _parts(first, stage, self.players.workers if urgency == 0 else 1)
            asked_for[key] = [
                self.players.play(Portion(batch, 0, arm, begin, many), urgency, token) for begin, many in parts
            ]
        whole = {}
        for key, futures in asked_for.items():
            pieces, before = results(futures, token), known[key]
            if pieces is None:
                return None
            whole[key] = joined([*([] if before is None else [before]), *pieces])
            self.arms_played.put(key, whole[key])
        if urgency == 0 and new >= _FEWEST:
            self._pace = (self._pace + (time.monotonic() - begun) / new) / (2 if self._pace else 1)
        return {cadence: cut(whole[key], stage, ROWS) for cadence, key in asked.keys.items()}

    def _checked(self, asked: Granted, batch: Batch, token: Token) -> None:
        """Have the reference engine play one timeline in ten thousand of each arm, once nothing is more urgent."""
        places = range(CHECKED, self.stages[-1], CHECKED_EVERY)
        pieces = [Portion(batch, 0, arm, place, 1) for arm in range(len(asked.worlds)) for place in places]
        results([self.players.check(piece, 2 * len(self.stages), token) for piece in pieces], token)


def _parts(first: int, end: int, workers: int) -> Iterator[tuple[int, int]]:
    """Cut replications into pieces, a short stretch into some for each of several workers.

    Examples
    --------
    >>> list(_parts(0, 500, 2)), list(_parts(500, 1250, 1))
    ([(0, 125), (125, 125), (250, 125), (375, 125)], [(500, 250), (750, 250), (1000, 250)])
    """
    if first >= end:
        return
    piece = min(_PIECE, -(-(end - first) // (workers * _PARTS))) if workers > 1 else _PIECE
    for begin in range(first, end, piece):
        yield begin, min(piece, end - begin)
