"""What a calibration writes for people: its tables and figures, and one page that holds everything it shows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl

from timeline.analysis.calibration import CalibrationTables
from timeline.keeping.csv_files import csv_bytes
from timeline.pages.findings import FindingsPart, drawn, write_findings
from timeline.pages.tables import Table
from timeline.plots.calibration import (
    rank_histograms,
    rank_histograms_caption,
    target_fit,
    target_fit_caption,
    what_is_learnt,
    what_is_learnt_caption,
)
from timeline.words import counted, number, percent

PAGE = "calibration.html"
_METHOD = (
    "Worlds are draws of all free assumptions from their laws. They are drawn, and moved where too few fit, until "
    "as many as "
    "are asked for lie within all bands (approximate Bayesian computation by sequential Monte Carlo: Del Moral, "
    "Doucet & Jasra "
    "2012). All timelines have keyed luck, so that the distance of a world changes smoothly. What is said of the "
    "fit comes "
    "from luck that chose no world. Accepted worlds are posterior.parquet; a config reads them by from = "
    '"posterior.parquet" in [uncertainty].'
)
_ALT = {
    "fit": "For each target its band as a grey strip, with the range of worlds as drawn and of accepted ones over it.",
    "learnt": "For each assumption the range that was drawn and the range that was accepted.",
    "ranks": "Histograms of the ranks of true values, with the strip in which even bars lie.",
}


def write_calibration(
    found: CalibrationTables, folder: Path, title: str, answer: str, command: str, files: Mapping[str, bytes]
) -> Path:
    """Write the page, with given files beside it; returns the page's path.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    tables = {"fit": found.fit, "learnt": found.learnt, "pairs": found.pairs, "ranks": found.check}
    beside = {f"{name}.csv": csv_bytes(table) for name, table in tables.items() if table.width}
    return write_findings(folder, PAGE, title, answer, _parts(found), command, {**files, **beside})


def _parts(found: CalibrationTables) -> list[FindingsPart]:
    fit, learnt, check = found.fit, found.learnt, found.check
    no_pairs = (
        "" if found.pairs["stands_out"].any() else "No two assumptions trade off beyond what chance shows of so many."
    )
    parts = [
        FindingsPart(
            "fit",
            "Does it fit?",
            drawing=drawn("fit", partial(target_fit, fit), target_fit_caption(fit), _ALT["fit"]),
            tables=[("Each target, in numbers", _fit(found))],
        ),
        FindingsPart(
            "learnt",
            "What do the data say?",
            [_silent(found), no_pairs],
            drawn("learnt", partial(what_is_learnt, learnt), what_is_learnt_caption(learnt), _ALT["learnt"]),
            [("Every assumption, in numbers", _learnt(found)), ("Pairs that trade off", _pairs(found))],
        ),
    ]
    if check.height:
        ranks = drawn("ranks", partial(rank_histograms, check), rank_histograms_caption(check), _ALT["ranks"])
        parts.append(FindingsPart("ranks", "Do the draws mean what they say?", [_rounds(found)], ranks))
    elif found.rounds:
        parts.append(FindingsPart("ranks", "Do the draws mean what they say?", [_rounds(found)]))
    return [*parts, FindingsPart("method", "How it was done", [_METHOD])]


def _rounds(found: CalibrationTables) -> str:
    """Say in how many rounds of the self-check worlds were found; those without have no say in what is shown."""
    first = found.check.filter(driver=found.check["driver"][0])["count"].sum() if found.check.height else 0
    return f"In {first} of {counted(found.rounds, 'round')} worlds were found that fit what the true world showed."


def _fit(found: CalibrationTables) -> Table:
    heads = (
        ("from", True), ("to", True), ("worlds as drawn", True), ("accepted worlds", True), ("inside", True),
        ("", False),
    )  # fmt: skip
    rows = tuple(
        (
            row["target"],
            (
                number(row["low"], 2),
                number(row["high"], 2),
                _range(row, "drawn"),
                _range(row, "accepted"),
                percent(row["inside"], 0),
                row["role"],
            ),
        )
        for row in found.fit.iter_rows(named=True)
    )
    return Table("Middle and nine worlds of ten, against the bands", heads, rows, first="target")


def _range(row: Mapping[str, Any], kind: str) -> str:
    low, middle, high = (number(row[f"{kind}_{at}"], 2) for at in ("05", "50", "95"))
    return f"{middle} ({low} to {high})"


def _learnt(found: CalibrationTables) -> Table:
    heads = (("unit", False), ("default", True), ("drawn", True), ("accepted", True), ("centre", True), ("says", False))
    rows = tuple(
        (
            row["path"],
            (
                row["unit"],
                _short(row["default"]),
                f"{_short(row['drawn_50'])} ({_short(row['drawn_05'])} to {_short(row['drawn_95'])})",
                f"{_short(row['accepted_50'])} ({_short(row['accepted_05'])} to {_short(row['accepted_95'])})",
                _short(row["centre"]),
                "something" if row["learnt"] else "nothing",
            ),
        )
        for row in found.learnt.iter_rows(named=True)
    )
    return Table("Every assumption that was free", heads, rows, first="assumption")


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _pairs(found: CalibrationTables) -> Table | None:
    told = found.pairs.filter("stands_out")
    if not told.height:
        return None
    heads = (("with", False), ("rank correlation", True))
    rows = tuple((row["one"], (row["other"], number(row["rank"], 2))) for row in told.iter_rows(named=True))
    return Table("Pairs that trade off: the data hold them together, not apart", heads, rows, first="assumption")


def _silent(found: CalibrationTables) -> str:
    """Say plainly of what the data say nothing."""
    nothing = found.learnt.filter(~pl.col("learnt").fill_null(value=False))["path"].to_list()
    if not nothing:
        return ""
    return f"The data say nothing of these: {', '.join(nothing)}."
