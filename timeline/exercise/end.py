"""What is said at the end of an exercise: where the run stands, and what other cadences would have done."""

from __future__ import annotations

import math
from datetime import date

from timeline.exercise.session import AS_PLAYED
from timeline.exercise.standing import Crowd, RunFate, RunStanding
from timeline.words import counted, moment, percent, span, when

#: The headings of the two tables.
SAME_LUCK = ("cadence", "ending", "accord", "signed", "in force")
MANY = ("cadence", "accord reached", "median day of the accord", "mean time in force", "in force at the end", "endings")


def sentences(standing: RunStanding, starts: date | None = None) -> list[str]:
    """Return where the run stands, in sentences."""
    run, own = standing.run, standing.crowds[0]
    said = [f"Your run: {run.ending}"]
    if not standing.measured:
        alike = dict(own.endings).get(run.outcome, 0.0)
        return [
            *said,
            f"Of {counted(own.count, 'timeline')} with the same decisions and other luck, {percent(alike)} end so.",
        ]
    others = f"Of {counted(own.count, 'timeline')} with the same decisions and other luck,"
    if run.in_force > 0:
        below = max(0.0, 1.0 - own.longer - own.alike)
        said.append(
            f"An agreement was in force for {span(run.in_force)}. {others} {percent(own.longer)} kept one in force for "
            f"longer, {percent(own.alike)} for as long and {percent(below)} for less."
        )
    else:
        said.append(f"No agreement was ever in force. {others} {percent(own.longer)} had one in force.")
    if math.isfinite(run.accord):
        said.append(
            f"The accord came {when(run.accord, starts)}; {percent(own.accord)} of those timelines reach one, and "
            f"{percent(own.sooner)} sooner than you."
        )
    elif own.accord > 0:
        said.append(f"You reached no accord; {percent(own.accord)} of those timelines do.")
    alike = dict(own.endings).get(run.outcome, 0.0)
    said.append(f"{percent(alike)} of them end as yours did.")
    return said


def same_luck(standing: RunStanding, starts: date | None = None) -> list[tuple[str, ...]]:
    """Return the rows of the table of what each cadence would have done with the same luck; the run first."""
    named = [(AS_PLAYED, standing.run), *standing.fates]
    return [(name, *_fate_cells(fate, starts)) for name, fate in named]


def _fate_cells(fate: RunFate, starts: date | None) -> tuple[str, ...]:
    return (fate.ending, _day(fate.accord, starts), _day(fate.signed, starts), span(fate.in_force))


def _day(day: float, starts: date | None) -> str:
    return moment(day, starts) if math.isfinite(day) else "never"


def many(standing: RunStanding) -> list[tuple[str, ...]]:
    """Return the rows of the table of what becomes of many timelines under each cadence; the run's decisions first."""
    return [(crowd.cadence, *_crowd_cells(crowd)) for crowd in standing.crowds]


def _crowd_cells(crowd: Crowd) -> tuple[str, ...]:
    endings = ", ".join(f"{name} {percent(share, 0)}" for name, share in crowd.endings)
    day = span(crowd.accord_day) if math.isfinite(crowd.accord_day) else "never"
    return (percent(crowd.accord), day, span(crowd.in_force), percent(crowd.in_force_end), endings)
