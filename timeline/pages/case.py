"""What a case of history says for people: one page with its facts, its figures, and what it cannot prove."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.explaining.case import CasePlayed, describe_matching
from timeline.keeping.csv_files import csv_bytes
from timeline.pages.tables import Table
from timeline.pages.writing import fill, write_whole
from timeline.playing.continuing import CONTINUATIONS, MOST_STATES
from timeline.words import moment, number, percent

if TYPE_CHECKING:
    from timeline.pages.drawing import Drawing
    from timeline.study.case import Dated

PAGE = "case.html"
_ALT = {
    "history": "History's events in lanes over bands of when simulated timelines reach the same milestones.",
    "fates": "How often each fate comes under each cadence, from the first day and given history until a date.",
}
#: Of a milestone, the lane in which history's events of its kind lie.
_LANES = {"accord_day": "accord", "signed_day": "signature", "ratified_day": "ratification", "known_day": "publicity"}


def write_case(found: CasePlayed, folder: Path, command: str) -> Path:
    """Write the page, with figures and tables beside it; returns the page's path.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    drawings = _drawings(found)
    beside: dict[str, bytes] = {}
    for drawing in drawings:
        beside |= {f"figures/{drawing.name}.svg": drawing.svg.encode(), f"figures/{drawing.name}.png": drawing.png}
    tables = {"fates": found.fates, "placed": found.placed, "given": found.given}
    beside |= {f"{name}.csv": csv_bytes(table) for name, table in tables.items() if table.width}
    return write_whole(folder, PAGE, render(found, drawings, command), beside)


def render(found: CasePlayed, drawings: list[Drawing], command: str) -> str:
    """Return the page as text."""

    case = found.case
    facts = (("Sides", case.sides), ("Secrecy", case.secrecy), ("Insiders", case.insiders), ("Told", case.cadence))
    return fill(
        "case.html.j2",
        title=found.experiment.title,
        answer=found.answer,
        drawings={drawing.name: drawing for drawing in drawings},
        facts=[*facts, ("Outcome", case.outcome)],
        events=_events(found),
        placed=_placed(found),
        fates=_fates(found),
        matching=describe_matching(found),
        until=moment(found.until.day, case.starts),
        surprise=found.surprise,
        model=found.experiment.model_name,
        settings=", ".join(_settings(found)),
        states=MOST_STATES,
        continuations=CONTINUATIONS,
        command=command,
        filters={"brief": str},
    )


def _settings(found: CasePlayed) -> list[str]:
    """Return what the case sets otherwise than the model."""
    return [f"{row['path']} = {row['value']}" for row in found.experiment.ledger() if row["changed"]]


def _drawings(found: CasePlayed) -> list[Drawing]:
    from timeline.pages.drawing import Drawing
    from timeline.plots.case import fates_beside, fates_beside_caption, history_over_bands, history_over_bands_caption
    from timeline.plots.style import png, svg

    sides = found.experiment.sides
    first = history_over_bands(
        found.case.events, _bands(found), found.shares, starts=found.case.starts, sides=(sides["a"], sides["b"]),
        until=found.until.day,
    )  # fmt: skip
    plans = [
        ("history", first, history_over_bands_caption(found.until_date)),
        ("fates", fates_beside(found.fates, found.given, found.case.fate), fates_beside_caption(found.given)),
    ]
    return [
        Drawing(
            section=name, name=name, caption=caption, alt=_ALT[name], svg=svg(figure, f"case {name}"), png=png(figure)
        )
        for name, figure, caption in plans
    ]


def _bands(found: CasePlayed) -> pl.DataFrame:
    """Return the bands of history's cadence by the lane of the event that reached the milestone."""
    lanes = {column: event.what for column, event in found.case.milestones().items()}
    own = found.placed.filter(cadence=found.case.chosen)
    names = [lanes.get(column, _LANES.get(column, "other")) for column in own["milestone"]]
    return own.with_columns(pl.Series("lane", names))


def _events(found: CasePlayed) -> Table:
    heads = (("when", False), ("what", False), ("happened", False), ("source", False), ("in the model", False))
    rows = tuple(
        (str(place), (_dated(found, event), event.what, event.about, event.source, _role(event)))
        for place, event in enumerate(found.case.events, start=1)
    )
    return Table("What happened, and who says so", heads, rows, first="no.")


def _dated(found: CasePlayed, event: Dated) -> str:
    first, last = (moment(day, found.case.starts) for day in (event.earliest, event.latest))
    return first if event.exact else f"between {first} and {last}"


def _role(event: Dated) -> str:
    if event.clock:
        return f"injected: {event.clock}"
    return "compared" if event.reaches else "shown only"


def _placed(found: CasePlayed) -> Table:
    heads = (
        ("cadence", False), ("history", True), ("sooner than history", True), ("ever", True), ("middle timeline", True),
        ("8 of 10 between", True),
    )  # fmt: skip
    rows = tuple(
        (
            row["milestone"].removesuffix("_day").replace("_", " "),
            (row["cadence"], _history(row), _sooner(row), percent(row["reached"]), _day(row["q50"]),
             f"{_day(row['q10'])} and {_day(row['q90'])}"),
        )
        for row in found.placed.iter_rows(named=True)
    )  # fmt: skip
    return Table("Days since the start, in history and in simulated timelines", heads, rows, first="milestone")


def _history(row: Mapping[str, Any]) -> str:
    low, high = _day(row["earliest"]), _day(row["latest"])
    return low if low == high else f"{low} to {high}"


def _sooner(row: Mapping[str, Any]) -> str:
    low, high = percent(row["before"]), percent(row["before_latest"])
    return low if low == high else f"{low} to {high}"


def _day(day: float) -> str:
    return "not reached" if math.isinf(day) else number(day, 0)


def _fates(found: CasePlayed) -> Table:
    heads = (("fate", False), ("from the first day", True), ("given history until then", True))
    later = {(row["cadence"], row["fate"]): row for row in found.given.iter_rows(named=True)}
    rows = [
        (row["cadence"], (row["fate"], _share(row), _share(later.get((row["cadence"], row["fate"])))))
        for row in found.fates.iter_rows(named=True)
    ]
    rows += [(name, (fate, "", _share(row))) for (name, fate), row in later.items() if name == "not restarted"]
    return Table("Share of timelines, with 95% intervals of Monte Carlo error", heads, tuple(rows))


def _share(row: Mapping[str, Any] | None) -> str:
    if row is None:
        return "too few"
    return f"{percent(row['estimate'])} ({percent(row['low'])} to {percent(row['high'])})"
