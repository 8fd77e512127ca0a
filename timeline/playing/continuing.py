"""Going on from a day: timelines that were as history was until then, each from its own state, under any cadence.

Timelines are replayed with the horizon at that day: the same luck gives the same beginnings, and their rows are the
states they had reached. Those unlike history are left out. Each of the others begins again there, with its whole state
set (`timeline.engines.start`): every clock begins its lifetime that day, and its further luck is fresh.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.arrays import Rows
from timeline.engines.batch import Batch
from timeline.engines.start import Start
from timeline.engines.world import World
from timeline.model.declarations import Model
from timeline.model.paths import column
from timeline.model.records import Field
from timeline.playing.values import rows
from timeline.study.case import Case, HistoryUntil

#: Fewer timelines than this that were as history was say nothing of how it might have gone on.
FEWEST_ALIKE = 30
#: From so many of them at most is played on, and so often from each.
MOST_STATES, CONTINUATIONS = 120, 20


def played(arms: Sequence[World], count: int) -> list[Rows]:
    """Play replications 0 to ``count - 1`` of each arm; return their rows, one array an arm."""
    parts: list[list[Rows]] = [[] for _ in arms]
    for _, arm, made in rows(Batch(arms), 0, count):
        parts[arm].append(made)
    return [np.concatenate(own) for own in parts]


@dataclass(frozen=True)
class Matching:
    """Which timelines were as history was until a day.

    Attributes
    ----------
    rows
        The replayed rows: states on that day, shape (n,).
    open, alike
        Who had not ended; who was as history in everything, shape (n,).
    asked
        (what had to hold, the share of all timelines in which it does).
    """

    rows: Rows
    open: npt.NDArray[np.bool_]
    alike: npt.NDArray[np.bool_]
    asked: tuple[tuple[str, float], ...]


def replay(arm: World, case: Case, until: HistoryUntil, count: int) -> Matching:
    """Replay timelines up to a day, and tell which were as history was.

    Parameters
    ----------
    arm
        History's cadence.
    case
        Whose milestones must have been reached by then, or not, as in history; those that it names no day of must not.
    until
        The day, and what else has to hold.
    count
        How many timelines are replayed.

    Raises
    ------
    ConfigError
        If nobody knows whether a milestone had been reached by then.
    """
    (found,) = played([replace(arm, horizon=until.day)], count)
    state = found["state"]
    ends = arm.model.endpoints
    assert ends is not None
    still = np.asarray(state[ends.outcome] == int(arm.model.open))
    asked: list[tuple[str, npt.NDArray[np.bool_]]] = [("not ended", still)]
    for milestone in (*case.milestones(), *case.unreached):
        reached = case.reached(milestone, until.day)
        word = milestone.removesuffix("_day").replace("_", " ")
        asked.append((f"{word}{'' if reached else ' not'} reached", np.isfinite(state[milestone]) == reached))
    asked += [(f"{path} = {value:g}", np.asarray(column(state, path) == value)) for path, value in until.state]
    alike = np.logical_and.reduce([holds for _, holds in asked])
    return Matching(found, still, alike, tuple((words, float(holds.mean())) for words, holds in asked))


def start_of(model: Model, state: Any, day: float) -> Start:
    """Return the start that sets a whole state: every field as it stood, but milestones not reached yet.

    Parameters
    ----------
    model
        The model.
    state
        The state of one row.
    day
        The day on which it stood so.
    """
    return Start(day, tuple(_values(model.state, state, "")))


def _values(record: Any, state: Any, before: str) -> Any:
    for name, part in record.fields.items():
        value = state[name]
        if isinstance(part, Field):
            if f"{before}{name}" != "day" and not (part.may_be_nan and np.isnan(value)):
                yield f"{before}{name}", value.item()
        elif isinstance(part, type):
            yield from _values(part, value, f"{before}{name}.")
        else:
            for number, member in enumerate(value):
                yield from _values(part.of, member, f"{before}{name}[{number}].")


def continued(arms: Sequence[World], states: Rows, day: float, each: int) -> list[list[Rows]]:
    """Play on from states under several arms.

    Parameters
    ----------
    arms
        One a cadence.
    states
        The rows to go on from, shape (m,).
    day
        On which day they stood so.
    each
        Continuations of each state; those of one state have luck of their own, the same under each arm.

    Returns
    -------
    list
        Of each arm, for each state the rows of its continuations.
    """
    model = arms[0].model
    starts = [start_of(model, row["state"], day) for row in states]
    many = [_from(arm, start) for arm in arms for start in starts]
    player, made = Batch(many).player(), []
    for number in range(len(many)):
        first = number % len(starts) * each
        made.append(player.play(0, number, first, each).copy())
    return [made[k * len(starts) : (k + 1) * len(starts)] for k in range(len(arms))]


def _from(arm: World, start: Start) -> World:
    """Return an arm that begins at a start, without the events that lie behind, and with fresh luck."""
    ahead = tuple(event for event in arm.injections if not _behind(start, event.since, event.days))
    return replace(arm, start=start, injections=ahead, seed=(arm.seed + 1) % 2**63)


def _behind(start: Start, since: str | None, days: float) -> bool:
    reached = start.reached(since)
    return reached is not None and reached + days < start.day
