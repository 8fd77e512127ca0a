"""The table ``[played]``: where the table-top exercise stands whose log a config is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from timeline.config.document import Document
from timeline.errors import nearest
from timeline.model.values import shown
from timeline.study.played import Deed, PlayedLog

if TYPE_CHECKING:
    from timeline.study.experiment import Cadence, Scenario


def read_played(
    document: Document,
    cadences: Mapping[str, Cadence],
    scenarios: Mapping[str, Scenario],
    horizon: float | None,
) -> PlayedLog | None:
    """Read the table; None if there is none, or if something of it is wrong.

    Parameters
    ----------
    document
        Takes the problems; what has the wrong type was already reported with the schema.
    cadences, scenarios
        What the config has of them.
    horizon
        Days; None if that is wrong too.
    """
    table = document.table("played")
    cadence, replication, day, sources = (table.get(key) for key in ("cadence", "replication", "day", "sources"))
    if not (isinstance(cadence, str) and isinstance(sources, str)):
        return None
    if not (type(replication) is int and type(day) is int and scenarios):
        return None
    scenario = table.get("scenario", next(iter(scenarios)))
    stands_on, injected = table.get("stands_on"), table.get("injected", 0)
    before = len(document.problems)
    for key, given, known in (
        ("cadence", cadence, cadences),
        ("scenario", scenario, scenarios),
        ("stands_on", stands_on, cadences),
    ):
        if given is not None and given not in known:
            listed = f"one of {', '.join(known)}{nearest(str(given), known)}"
            document.refuse(f"played.{key}", f"given {shown(given)}, expected {listed}")
    if horizon is not None and day > horizon:
        document.refuse("played.day", f"given {day}, expected no more than the horizon, {horizon:g} days")
    if len(document.problems) == before and type(injected) is int:
        own = scenarios[scenario].injections
        if injected > len(own):
            document.refuse("played.injected", f"given {injected}, expected at most {len(own)}: so many there are")
    if len(document.problems) > before:
        return None
    return PlayedLog(
        cadence, scenario, replication, day, injected, stands_on, sources, tuple(_taken_back(table.get("taken_back")))
    )


def _taken_back(given: object) -> Iterator[Deed]:
    """Yield what was taken back; what has the wrong type was already reported with the schema."""
    for one in given if isinstance(given, list) else ():
        day, who, what = (one.get(key) if isinstance(one, dict) else None for key in ("day", "who", "what"))
        if type(day) is int and isinstance(who, str) and isinstance(what, str):
            yield Deed(day, who, what)
