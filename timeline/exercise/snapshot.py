"""What a page is told of an exercise, as plain data."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

from timeline.exercise.end import MANY, SAME_LUCK, many, same_luck, sentences
from timeline.exercise.feed import FeedLine
from timeline.exercise.indices import indices
from timeline.exercise.session import Session
from timeline.exercise.table import TableTop
from timeline.explaining.trace import phases_of
from timeline.model.records import Lever
from timeline.model.values import in_unit, spoken
from timeline.words import moment

#: So many points of a line are enough to draw it.
_POINTS = 150


def what_is_played(table: TableTop) -> dict[str, Any]:
    """Return what stays as it is: titles, names, choices."""
    setting = table.session.setting
    asked = setting.experiment
    return {
        "title": asked.title,
        "question": asked.question,
        "sides": asked.sides,
        "model": asked.model_name,
        "scenario": setting.scenario if len(asked.scenarios) > 1 else "",
        "assumes": asked.scenarios[setting.scenario].about if len(asked.scenarios) > 1 else "",
        "standsOn": setting.stands_on or "",
        "replication": setting.replication,
        "horizon": setting.horizon,
        "start": math.ceil(setting.start.day),
        "choices": [_choice(name, lever) for name, lever in setting.choices.items()],
        "mostReports": setting.most_statements,
        "lanes": [c.name for mechanism in setting.model.mechanisms for c in mechanism.clocks if c.says],
    }


def as_it_stands(table: TableTop, since: int, telling: int, seen: int) -> dict[str, Any]:
    """Return how the exercise stands, with what has been told since.

    Parameters
    ----------
    table
        The exercise.
    since
        How many events the page knows already.
    telling, seen
        Of which telling of the timeline they are, and how much had been done when the page last looked.
    """
    with table.lock:
        session = table.session
        told = table.lines()
        known = min(max(since, 0), len(told)) if telling == table.telling else 0
        made: dict[str, Any] = {
            "telling": table.telling,
            "seen": table.deeds_done,
            "running": table.running,
            "speed": table.pacer.speed,
            "day": session.day,
            "ended": session.ended,
            "notice": table.notice,
            "edited": table.edited(),
            "unsaved": table.unsaved,
            "log": _place(table),
            "from": known,
            "events": [_line_of(session, line) for line in told[known:]],
            "end": _end(table),
        }
        if telling != table.telling or seen != table.deeds_done:
            made |= _picture(table)
        return made


def _picture(table: TableTop) -> dict[str, Any]:
    session = table.session
    model = session.setting.model
    day = float(session.day)
    return {
        "when": _when(session, day),
        "phase": session.phase,
        "ending": session.ending,
        "indices": [
            {"path": one.path, "label": one.label, "value": one.value, "word": one.word, "followed": one.followed}
            for one in indices(session)
        ],
        "lines": {path: _line(session, column) for column, path in enumerate(model.followed, 1)},
        "phases": [list(phase) for phase in phases_of(model, session.state, day, day)],
        "possible": [
            {"clock": m.name, "story": m.mechanism.replace("_", " "), "label": session.setting.label(m.name)}
            for m in session.injectable
        ],
        "deeds": [
            {
                "when": _when(session, deed.day),
                "on": table.day_in_words(deed.day),
                "who": deed.who,
                "what": deed.what,
            }
            for deed in table.deeds()
        ],
        "prepared": table.prepared(),
        "reportsLeft": session.setting.most_statements - len(session.decisions),
    }


def _place(table: TableTop) -> str:
    """Return where the log lies in the workspace; empty before it is saved."""
    saved = table.opened.log.saved
    return "" if saved is None else f"{saved.parent.name}/{saved.name}"


def _line_of(session: Session, line: FeedLine) -> dict[str, Any]:
    return {
        "day": line.day,
        "when": _when(session, line.day),
        "kind": line.kind,
        "clock": line.clock,
        "phase": line.phase,
        "sentence": line.sentence,
    }


def _line(session: Session, column: int) -> list[list[float]]:
    """Return a followed field over time, in so many points at most; the last is always there."""
    moves = session.moves
    every = max(1, math.ceil(len(moves) / _POINTS))
    points = [*moves[::every], moves[-1]]
    return [[round(move[0], 1), round(move[column], 4)] for move in points]


def _when(session: Session, day: float) -> str:
    if day < 1 and session.setting.experiment.starts is None:
        return "The first day"
    return moment(day, session.setting.experiment.starts)


def _choice(name: str, lever: Lever) -> dict[str, Any]:
    kind = lever.kind
    options = (
        [spoken(member) for member in kind] if issubclass(kind, IntEnum) else ["yes", "no"] if kind is bool else []
    )
    return {
        "name": name,
        "meaning": lever.meaning,
        "unit": lever.unit,
        "options": options,
        "usual": in_unit(lever, lever.in_days),
    }


def _end(table: TableTop) -> dict[str, Any] | None:
    reckoning = table.reckoning
    if reckoning is None:
        return None
    standing, starts = reckoning.standing, table.session.setting.experiment.starts
    made: dict[str, Any] = {
        "done": reckoning.done,
        "total": reckoning.total,
        "over": reckoning.over,
        "problem": reckoning.problem,
    }
    if standing is not None:
        made |= {
            "sentences": sentences(standing, starts),
            "sameLuck": [SAME_LUCK, *same_luck(standing, starts)],
            "many": [MANY, *many(standing)],
            "count": standing.crowds[0].count,
        }
    return made
