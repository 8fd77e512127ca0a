"""What a back-test writes for people: its tables and figures, and one page."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl

from timeline.analysis.forecast_findings import ForecastFindings
from timeline.analysis.forecasters import KAPLAN_MEIER
from timeline.keeping.csv_files import csv_bytes
from timeline.pages.findings import FindingsPart, drawn, write_findings
from timeline.pages.tables import Table
from timeline.plots.backtest import forecast_and_seen, score_gaps
from timeline.words import counted, listing, number

PAGE = "backtest.html"
_METHOD = (
    "A forecaster gives each agreement, on the day on which it is signed, the probability that it still holds after "
    "so many "
    "days. The Brier score is the mean squared difference between that and what happened, agreements that were lost "
    "from "
    "sight weighed out (Graf and others 1999); integrated over days it is the continuous ranked probability score "
    "of the "
    "duration, cut at the last day. Lower is better. Intervals resample processes, whose agreements stand and fall "
    "together."
)


def say_backtest(found: ForecastFindings) -> str:
    """Say who forecasts best, and whether knowing more helps."""
    own = found.scores.filter(score="integrated").sort("value")
    best = own.row(0, named=True)
    plain = own.row(by_predicate=pl.col("forecaster") == KAPLAN_MEIER, named=True)
    sure = [row["forecaster"] for row in own.iter_rows(named=True) if row["difference_high"] < 0]
    worse = [row["forecaster"] for row in own.iter_rows(named=True) if row["difference_low"] > 0]
    said = [
        f"Trained on {counted(found.trained, 'agreement')} signed before {found.until}, of which "
        f"{found.trained_ends} were "
        f"seen to end by then; forecast are {found.tested} signed later, of which {found.tested_ends} ended.",
        f"The lowest score is that of {best['forecaster']} ({number(best['value'], 3)}; {KAPLAN_MEIER} "
        f"{number(plain['value'], 3)}).",
    ]
    said.append(
        f"Better than {KAPLAN_MEIER}, each at 95% by itself: {listing(sure)}." if sure
        else f"None is better than {KAPLAN_MEIER} at 95%, a single curve that knows nothing but the past."
    )  # fmt: skip
    if worse:
        said.append(f"Worse at 95%: {listing(worse)}.")
    level = [row["forecaster"] for row in own.iter_rows(named=True) if row["forecaster"] in sure]
    apart = found.concordance.filter(pl.col("low") > 0.5)["forecaster"].to_list()
    if found.concordance.height:
        said.append(
            f"Which agreements last longer is told better than by lot by {listing(apart)}."
            if apart
            else "Nothing that was known at the signature tells at 95% which agreements last longer."
        )
    if level:
        said.append(
            "A single curve that wins does so by its level alone: that is no skill in telling agreements apart."
        )
    return " ".join(said)


def write_backtest(found: ForecastFindings, folder: Path, command: str) -> Path:
    """Write the page and its files; returns the page's path.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    tables = {name: getattr(found, name) for name in ("scores", "groups", "calibration", "concordance")}
    files = {f"{name}.csv": csv_bytes(table) for name, table in tables.items() if table.width}
    title = f"{found.file.name}: forecasts of agreements signed from {found.until} on"
    return write_findings(folder, PAGE, title, say_backtest(found), _parts(found), command, files)


def _parts(found: ForecastFindings) -> list[FindingsPart]:
    gaps = drawn(
        "scores", partial(score_gaps, found.scores, KAPLAN_MEIER),
        "Filled dots differ from the plain curve at 95%, each by itself; hollow ones do not.",
        "Dots with intervals: each forecaster's score less that of the plain curve.",
    )  # fmt: skip
    seen = drawn(
        "calibration", partial(forecast_and_seen, found.calibration),
        "A forecaster whose marks lie on the line means what it says; several marks of one forecaster tell "
        "agreements apart.",
        "Scatter of forecast against observed survival with a diagonal.",
    )  # fmt: skip
    without = [f"{name}: {why}." for name, why in found.without.items()]
    left = [f"Left out of the table: {'; '.join(found.left_out)}."] if found.left_out else []
    return [
        FindingsPart("scores", "Who forecasts best?", drawing=gaps, tables=[("Every score", score_lines(found))]),
        FindingsPart(
            "calibration", "Do forecasts mean what they say?", drawing=seen,
            tables=[("Which agreements last longer", _concordance(found)), ("By year and kind", _groups(found))],
        ),
        FindingsPart("method", "How it was done", [found.worlds, _METHOD, *without, *left]),
    ]  # fmt: skip


def score_lines(found: ForecastFindings) -> Table:
    """Return every forecaster's scores."""
    names = found.scores["score"].unique(maintain_order=True).to_list()
    heads = tuple((_score_name(name), True) for name in names)
    rows = []
    for (forecaster,), own in found.scores.group_by("forecaster", maintain_order=True):
        cells = []
        for row in own.iter_rows(named=True):
            digits = 0 if row["score"] == "crps" else 3
            told = number(row["value"], digits)
            if forecaster != KAPLAN_MEIER and row["score"] == "integrated":
                low, high = (number(row[f"difference_{end}"], digits) for end in ("low", "high"))
                told += f" ({low} to {high})"
            cells.append(told)
        rows.append((str(forecaster), tuple(cells)))
    return Table(
        f"Scores; lower is better. In brackets: less that of {KAPLAN_MEIER}, 95%",
        heads,
        tuple(rows),
        first="forecaster",
    )


def _score_name(score: str) -> str:
    if score.startswith("brier"):
        years = float(score.removeprefix("brier ")) / 365.25
        return f"Brier, {years:.0f} year{'s' if years > 1.5 else ''}"
    return {"integrated": "integrated", "crps": "CRPS, days"}[score]


def _concordance(found: ForecastFindings) -> Table | None:
    if not found.concordance.height:
        return None
    heads = (("C-index", True), ("from", True), ("to", True))
    rows = tuple(
        (row["forecaster"], tuple(number(row[name], 2) for name in ("c", "low", "high")))
        for row in found.concordance.iter_rows(named=True)
    )
    return Table("Of two agreements, how often the one that ended first was thought the worse; lot is .5", heads, rows)


def _groups(found: ForecastFindings) -> Table:
    groups = found.groups.select("group", "n").unique(maintain_order=True)
    heads = tuple((f"{group} ({n})", True) for group, n in groups.iter_rows())
    rows = []
    for (forecaster,), own in found.groups.group_by("forecaster", maintain_order=True):
        told = dict(own.select("group", "integrated").iter_rows())
        rows.append((str(forecaster), tuple(number(told[group], 3) for group in groups["group"])))
    return Table("Integrated scores by years of signature and by kind", heads, tuple(rows), first="forecaster")
