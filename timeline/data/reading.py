"""How a table is read as spells: which column says what, what ends a spell, and what censors it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from timeline.data.conditions import Condition
from timeline.data.dates import DateColumns


@dataclass(frozen=True)
class SpellColumns:
    """Which column of a table says what of a spell, and what is taken for what.

    Attributes
    ----------
    name, title
        What the table is called, and for people.
    start, end
        Where the dates stand on which a spell began and ended, or was last seen.
    duration, unit
        A column of durations instead of dates, and what it counts: days or years.
    entry
        A column of how long a spell had run when it came under observation (left truncation), in the unit.
    ended
        The column that says whether a spell has ended; without it, a spell with an end date has.
    ended_when, open_when
        Cells of that column that mean it has, or that it has not; 1 and 0 if neither is given.
    cause, cluster, group, identity
        Columns: how it ended; what spells stand and fall together; what divides them; what names a spell.
    until
        The last day that the record has seen; the latest date of the table if not given.
    whole_years
        Whether the record ends with the year of its latest date.
    consecutive
        Whether each row is an event of its cluster, and a spell the wait for the next.
    dates
        How dates with slashes are written; found out from the column if not given.
    where
        Which rows are asked for.
    citation
        Whom to cite.
    choices
        What was decided, a sentence each.
    """

    name: str = ""
    title: str = ""
    start: DateColumns | None = None
    end: DateColumns | None = None
    duration: str | None = None
    unit: str = "days"
    entry: str | None = None
    ended: str | None = None
    ended_when: tuple[str, ...] = ()
    open_when: tuple[str, ...] = ()
    cause: str | None = None
    cluster: str | None = None
    group: str | None = None
    identity: str | None = None
    until: date | None = None
    whole_years: bool = False
    consecutive: bool = False
    dates: str | None = None
    where: tuple[Condition, ...] = ()
    citation: str = ""
    choices: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """Every column that is read, each once."""
        dated = [name for where in (self.start, self.end) if where is not None for name in where.columns]
        named = (self.duration, self.entry, self.ended, self.cause, self.cluster, self.group, self.identity)
        asked = [condition.column for condition in self.where]
        return list(dict.fromkeys([*dated, *(name for name in named if name is not None), *asked]))
