"""Ignorance: what a difference is over the worlds that could be ours, beside what it is in the one that is assumed.

Worlds are found once, while the page is open already; after a move they are played under the page's cadence and the
baseline, all with the same luck. What the page assumes otherwise is so in every world.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from timeline.analysis.histories import Histories, joined
from timeline.analysis.ignorance.shrinkage import shrunken
from timeline.analysis.ignorance.weights import weighted_quantiles
from timeline.analysis.samples import sample
from timeline.arrays import Floats
from timeline.engines.batch import Batch
from timeline.errors import TimelineError
from timeline.live.exploring.gap import in_force_on
from timeline.live.exploring.players import Players, Portion, Token, results
from timeline.live.exploring.room import Granted, Room
from timeline.model.values import Number
from timeline.study.yardsticks import Yardstick
from timeline.words import counted, decimals_for, percent, points, points_reach

#: Worlds that are played after a move, and pairs of timelines in each.
MOST_WORLDS, PAIRS = 24, 400
#: Fewer say nothing of 90% of worlds.
FEWEST_WORLDS = 8
#: Days at which a band is drawn, evenly over the horizon.
_DAYS = 37
#: The least claim to a core.
_MODEST = 19
_ENDS = (0.05, 0.5, 0.95)
#: A difference that is next to nothing: half of the last digit that is shown.
_LEAST_POINTS, _LEAST = 0.0005, 0.05


@dataclass(frozen=True)
class FoundWorlds:
    """Worlds that could be ours.

    Attributes
    ----------
    changes
        What each assumes otherwise, in days and 1/day.
    weights
        What each is worth.
    sentence
        Where they come from.
    """

    changes: tuple[Mapping[str, Number], ...]
    weights: Floats
    sentence: str


class Search:
    """Looks for worlds in the background.

    Parameters
    ----------
    find
        Returns them; None if the config asks for none. Its argument is called now and then, and raises `GivenUp`.
    closing
        Set when they are not wanted any more.
    """

    def __init__(self, find: Callable[[Callable[..., None]], FoundWorlds | None], closing: threading.Event) -> None:
        self._find, self._closing = find, closing
        self.found: FoundWorlds | None = None
        self.problem, self.searching = "", True
        self._thread = threading.Thread(target=self._search, name="explore-worlds", daemon=True)

    def begin(self) -> None:
        """Begin to look."""
        self._thread.start()

    def join(self) -> None:
        """Wait until it has ended."""
        self._thread.join()

    def _watch(self, *_: object) -> None:
        if self._closing.is_set():
            raise GivenUpError("not wanted any more")

    def _search(self) -> None:
        # What is played after a move goes before; the threads that this one starts are as modest as it is.
        with suppress(OSError, AttributeError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _MODEST)
        try:
            self.found = self._find(self._watch)
        except GivenUpError:
            pass
        except TimelineError as problem:
            self.problem = " ".join(str(problem).split())
        finally:
            self.searching = False


class GivenUpError(Exception):
    """Nobody waits for it any more."""


def over_worlds(
    room: Room, players: Players, asked: Granted, found: FoundWorlds, yardstick: Yardstick, urgency: int, token: Token
) -> dict[str, Any] | None:
    """Return the difference over worlds, as plain data; None once it is not wanted any more.

    Parameters
    ----------
    room, asked
        What was opened, and what the page shows.
    players, urgency, token
        Who plays, how soon, and for how long it is wanted.
    found
        The worlds.
    yardstick
        The measure of the answer.
    """
    (scenario,) = asked.experiment.scenarios.values()
    changes = [{k: v for k, v in world.items() if k not in scenario.values} for world in found.changes]
    possible = [number for number, change in enumerate(changes) if not room.impossible({**scenario.values, **change})]
    if len(possible) < FEWEST_WORLDS:
        return {"sentence": f"Only {counted(len(possible), 'world')} could be ours: too few to say what is not known."}
    base, yours, _ = asked.names
    batch = Batch([asked.worlds[base], asked.worlds[yours]], [changes[number] for number in possible])
    futures = [
        [players.play(Portion(batch, world, arm, 0, PAIRS), urgency, token) for arm in (0, 1)]
        for world in range(len(possible))
    ]
    pairs = [results(pair, token) for pair in futures]
    if any(pair is None for pair in pairs):
        return None
    played = [(joined([pair[0]]), joined([pair[1]])) for pair in pairs if pair is not None]
    shares = found.weights[possible] / found.weights[possible].sum()
    return _said(asked, played, shares, yardstick)


def _said(
    asked: Granted,
    played: Sequence[tuple[Histories, Histories]],
    shares: Floats,
    yardstick: Yardstick,
) -> dict[str, Any]:
    ends = asked.experiment.model.endpoints
    assert ends is not None
    means, errors = (np.array(part) for part in zip(*(_paired(yardstick, *pair) for pair in played), strict=True))
    values = shrunken(means[:, None], errors[:, None], shares, like_errors=True)[:, 0]
    low, middle, high = weighted_quantiles(values, shares, np.array(_ENDS)).tolist()
    said = _sentence(asked.names, values, shares, (low, middle, high), yardstick)
    bands = None
    if ends.signed is not None:
        days = np.linspace(0.0, asked.experiment.horizon, _DAYS)
        daily = [_by_day(one, base, days) for base, one in played]
        mean, error = (np.array(part) for part in zip(*daily, strict=True))
        spread = shrunken(mean, error, shares, like_errors=True)
        reach = np.array([weighted_quantiles(column, shares, np.array(_ENDS)) for column in spread.T])
        bands = {"days": days.tolist(), "low": reach[:, 0].tolist(), "high": reach[:, 2].tolist()}
    return {"sentence": said, "worlds": len(played), "low": low, "middle": middle, "high": high, "bands": bands}


def _paired(yardstick: Yardstick, base: Histories, one: Histories) -> tuple[float, float]:
    """Return the difference and its squared error; where a measure speaks of some timelines, of those under each."""
    there, here = sample(yardstick, one), sample(yardstick, base)
    both = there.among & here.among
    away = (there.values - here.values)[both]
    if len(away) < 2:
        return 0.0, 0.0
    return float(away.mean()), float(away.var(ddof=1) / len(away))


def _by_day(one: Histories, base: Histories, days: Floats) -> tuple[Floats, Floats]:
    away = in_force_on(one, days).astype(np.float64) - in_force_on(base, days)
    return away.mean(axis=1), away.var(axis=1, ddof=1) / one.n


def _sentence(
    names: tuple[str, str, str], values: Floats, shares: Floats, reach: tuple[float, float, float], yardstick: Yardstick
) -> str:
    """Say where the difference lies, and in how many worlds which cadence is ahead by more than next to nothing."""
    base, yours, _ = names
    low, middle, high = reach
    if yardstick.unit == "share":
        between = f"{points_reach(low, high, max(decimals_for((high - low) / 2), 1))} points"
        within = points(middle)
        least, nothing = _LEAST_POINTS, f"{_LEAST_POINTS * 100:g} points"
    else:
        unit = " days" if yardstick.unit == "days" else ""
        between = f"{low:,.1f} to {high:,.1f}{unit}".replace("-", "−")
        within = f"{middle:,.1f}".replace("-", "−")
        least, nothing = _LEAST, f"{_LEAST:g}{unit}"
    sign = -1.0 if yardstick.better == "lower" else 1.0
    ahead, behind = (percent(float(shares[side * values >= least].sum()), 0) for side in (sign, -sign))
    rest = f"; in the others they differ by less than {nothing}" if (abs(values) < least).any() else ""
    return (
        f"What is not known: in nine of ten of {len(values)} worlds that could be ours, the difference is {between}, "
        f"in the middle one {within}. {yours} is ahead in {ahead} of them all, {base} in {behind}{rest}. "
        "More timelines do not narrow this."
    )
