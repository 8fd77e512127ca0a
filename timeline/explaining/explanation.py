"""One crisis under two cadences, explained: identical until the first divergence, what diverged and why, what followed.

Every draw is keyed, so a replication has the same luck under every cadence: what differs, differs because of the
cadence, directly or through what came of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from timeline.engines.world import World
from timeline.explaining.alignment import NEAR, ONE, OTHER, Alignment, align
from timeline.explaining.choosing import worlds_of
from timeline.explaining.history import Layout, keep
from timeline.explaining.story import Link, Names, Story
from timeline.explaining.trace import Trace, require_replication, trace
from timeline.words import counted

if TYPE_CHECKING:
    import polars as pl

    from timeline.study.experiment import Arm, Experiment


@dataclass(frozen=True)
class Row:
    """One line of the two histories side by side.

    Attributes
    ----------
    day
        When.
    where
        ``"both"``, ``"both, otherwise"`` where it had another result, or the cadence under which alone it came.
    clock, mechanism
        Whose firing it was.
    one, other
        What it said under the one and under the other cadence; empty if it said nothing or did not come.
    elsewhere
        When the same firing of the same clock came under the other cadence; None if never, or at the same time.
    story
        The number of the link of the story that tells it, from 1 on; 0 if none does.
    """

    day: float
    where: str
    clock: str
    mechanism: str
    one: str
    other: str
    elsewhere: float | None
    story: int

    @property
    def said(self) -> str:
        """What it said; under the one cadence if under both."""
        return self.one or self.other


@dataclass(frozen=True)
class Course:
    """How the crisis went under one cadence.

    Attributes
    ----------
    cadence
        Its name.
    phases
        (name, from, to) of each phase that was reached.
    ending
        How it ended, a sentence.
    end_day
        The day it ended, or the horizon.
    """

    cadence: str
    phases: tuple[tuple[str, float, float], ...]
    ending: str
    end_day: float


@dataclass(frozen=True)
class Explanation:
    """One crisis under two cadences, explained; plain data, so that it can be kept and shown again.

    Attributes
    ----------
    title, scenario, seed, replication
        Which crisis.
    chosen
        How the replication was chosen, a sentence; empty if it was asked for.
    courses
        How it went under the one and under the other cadence.
    shared
        Events that are the same in both before the first that differs.
    first
        The day of the first event that differs; None if none does.
    parted
        The day from which on the worlds differ in more than the policy's own bookkeeping; None if they never do.
    opening
        What differed first, a sentence.
    links
        From the first cause to the end of the history that is explained.
    explained
        0 or 1: which history's end the links lead to.
    danger
        What became of the same danger under the other cadence; may be empty.
    glossary
        (name, meaning) of each field that the reasons name.
    rows
        All events of both, in order of time.
    horizon
        The last day there could be.
    starts
        The calendar date of day 0, if the config gives one.
    """

    title: str
    scenario: str
    seed: int
    replication: int
    chosen: str
    courses: tuple[Course, Course]
    shared: int
    first: float | None
    parted: float | None
    opening: str
    links: tuple[Link, ...]
    explained: int
    danger: str
    glossary: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    horizon: float
    starts: date | None = None

    @property
    def cadences(self) -> tuple[str, str]:
        """The names of the one and the other."""
        return (self.courses[ONE].cadence, self.courses[OTHER].cadence)

    @cached_property
    def differing(self) -> tuple[tuple[Row | None, Row | None], ...]:
        """What differs, side by side and in order of time: what came under the one, and under the other cadence.

        An event that comes under both within `NEAR` days is one line. It is left out if it says the same under
        both, unless the story tells it or it ends a history.
        """
        pairs = _pairs(self.rows, self.cadences)
        ends = {course.end_day for course in self.courses}
        found: list[tuple[Row | None, Row | None]] = []
        for number, row in enumerate(self.rows):
            if row.where == "both" or not row.said:
                continue
            if row.where not in self.cadences:
                found.append((row, row))
                continue
            like = pairs.get(number)
            line = (row, None if like is None else self.rows[like])
            found_before = like is not None and like < number
            matters = any(one is not None and (one.story or one.day in ends) for one in line)
            if found_before or (line[1] is not None and line[1].said == row.said and not matters):
                continue
            found.append(line if row.where == self.cadences[ONE] else (line[1], row))
        return tuple(found)

    @property
    def table(self) -> pl.DataFrame:
        """All events of both histories: a row each."""
        import polars as pl

        one, other = self.cadences
        schema = {
            "day": pl.Float64, "where": pl.String, "clock": pl.String, "mechanism": pl.String, "one": pl.String,
            "other": pl.String, "elsewhere": pl.Float64, "story": pl.Int64,
        }  # fmt: skip
        made = pl.DataFrame([vars(row) for row in self.rows], schema=schema)
        return made.rename({"one": f"under {one}", "other": f"under {other}", "elsewhere": "day under the other"})


def explain(experiment: Experiment, arms: tuple[Arm, Arm], replication: int, *, chosen: str = "") -> Explanation:
    """Play one replication under two cadences and explain where and why they part.

    Parameters
    ----------
    experiment
        The config.
    arms
        The one and the other, of one scenario.
    replication
        Its number.
    chosen
        How it was chosen, a sentence.

    Raises
    ------
    ConfigError
        If there is no such replication.
    """
    require_replication(replication)
    one, other = worlds_of(experiment, arms)
    layout = Layout(one.model)
    found = align(keep(one, layout, replication), keep(other, layout, replication), layout)
    told = (
        trace(one, replication, sides=experiment.sides, title=arms[ONE].cadence, starts=experiment.starts),
        trace(other, replication, sides=experiment.sides, title=arms[OTHER].cadence, starts=experiment.starts),
    )
    cadences = (arms[ONE].cadence, arms[OTHER].cadence)
    story = Story(found, told, Names(cadences, experiment.sides, experiment.starts))
    explained = _explained(found, one)
    links: tuple[Link, ...] = ()
    danger = ""
    if found.parted is not None and explained is not None:
        links = story.to_the_end_of(explained)
        danger = story.danger(explained)
    return Explanation(
        title=experiment.title,
        scenario=arms[ONE].scenario,
        seed=experiment.seed,
        replication=replication,
        chosen=chosen,
        courses=(_course(told[ONE], cadences[ONE]), _course(told[OTHER], cadences[OTHER])),
        shared=len(found.moments) if found.first is None else found.first,
        first=None if found.first is None else found.moments[found.first].day,
        parted=None if found.parted is None else found.moments[found.parted].day,
        opening=_opening(found, story, cadences),
        links=links,
        explained=OTHER if explained is None else explained,
        danger=danger,
        glossary=tuple(sorted(story.glossary.items())),
        rows=tuple(_rows(found, story, cadences, links)),
        horizon=experiment.horizon,
        starts=experiment.starts,
    )


# -- the parts of an explanation


def _pairs(rows: Sequence[Row], cadences: tuple[str, str]) -> dict[int, int]:
    """Pair what a clock does under one cadence with what it does under the other within `NEAR` days.

    The same firing comes first, for it has the same luck; then what is nearest in time.
    """
    alone: dict[str, tuple[list[int], list[int]]] = {}
    for number, row in enumerate(rows):
        if row.where in cadences and row.said:
            alone.setdefault(row.clock, ([], []))[cadences.index(row.where)].append(number)
    found: dict[int, int] = {}
    for one, other in alone.values():
        near = sorted(
            (rows[x].elsewhere != rows[y].day, abs(rows[x].day - rows[y].day), x, y)
            for x in one
            for y in other
            if abs(rows[x].day - rows[y].day) <= NEAR
        )
        for _, _, x, y in near:
            if x not in found and y not in found:
                found |= {x: y, y: x}
    return found


def _explained(alignment: Alignment, world: World) -> int | None:
    """Return the history whose end is to be explained: the one that is lost, else the one that ends first."""
    ends = world.model.endpoints
    lasts = [history.last[alignment.layout.paths.index("outcome")] for history in alignment.histories]
    still_open = int(world.model.open)
    days = [history.end_day for history in alignment.histories]
    if all(last == still_open for last in lasts) or alignment.moments[-1].shared:
        return None
    if ends is not None:
        kind = type(world.model.open)
        lost = [str(kind(last).name).lower().replace("_", " ") in ends.failures for last in lasts]
        if lost[ONE] != lost[OTHER]:
            return ONE if lost[ONE] else OTHER
    if any(last == still_open for last in lasts):
        return ONE if lasts[OTHER] == still_open else OTHER
    return ONE if days[ONE] < days[OTHER] else OTHER


def _course(told: Trace, cadence: str) -> Course:
    phases = tuple((name, begin, end) for name, begin, end in told.phases if begin < told.decided_day or begin == 0.0)
    return Course(cadence, phases, told.ending, told.decided_day)


def _opening(alignment: Alignment, story: Story, cadences: tuple[str, str]) -> str:
    """Say until when the histories are the same, and what differed first."""
    one, other = cadences
    if alignment.first is None:
        return f"All {len(alignment.moments):,} events are the same under {one} and under {other}."
    if alignment.parted is None:
        moment = alignment.moments[alignment.first]
        return (
            f'{_capital(story.when(moment.day))} "{moment.firing.member.clock.name}" and its like begin to differ, but '
            "nothing that anything else heeds ever does: there was nothing to tell."
        )
    q = alignment.parted
    moment = alignment.moments[q]
    idle = sum(not m.shared and bool(story.sentence(p, m.where)) for p, m in enumerate(alignment.moments[:q]))
    often = counted(idle, "time")
    before = f"; the cadences had acted differently {often} before, without any consequence" if idle else ""
    if moment.shared:
        how = f"under both cadences {_quoted(story.said(q, ONE))}, but it does not do the same"
    else:
        how = f"under {cadences[moment.where]} alone: {_quoted(story.said(q, moment.where))}"
    said = f"The two histories part {story.when(moment.day)}, {how}{before}."
    if alignment.moments[-1].shared:
        said += " What differs from there on does not reach the end: the last event is the same, on the same day."
    return said


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _quoted(text: str) -> str:
    return f"“{text.rstrip('.')}”"


def _rows(alignment: Alignment, story: Story, cadences: tuple[str, str], links: tuple[Link, ...]) -> Iterator[Row]:
    told: dict[tuple[int, int], int] = {}
    for number, link in enumerate(links, start=1):
        told.setdefault((link.world or ONE, link.event), number)
    days: tuple[dict[tuple[int, int], float], ...] = tuple(
        {(firing.member.index, firing.count): firing.day for firing in history.firings if not firing.injected}
        for history in alignment.histories
    )
    for q, moment in enumerate(alignment.moments):
        firing = moment.firing
        says = ["", ""]
        number = 0
        for world, fired in enumerate(moment.fired):
            if fired is not None:
                event = story.number(q, world)
                says[world] = story.sentence(q, world)
                number = number or told.get((world, event), 0)
        elsewhere = None
        if moment.shared:
            where = (
                "both, otherwise" if moment.after[ONE] != moment.after[OTHER] and says[ONE] != says[OTHER] else "both"
            )
        else:
            where = cadences[moment.where]
            if not firing.injected:
                elsewhere = days[1 - moment.where].get((firing.member.index, firing.count))
        yield Row(moment.day, where, firing.member.name, firing.member.mechanism, says[0], says[1], elsewhere, number)
