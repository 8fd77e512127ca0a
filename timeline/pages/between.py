"""Between scenarios: what each changes, and whether what a cadence gains differs, as tables and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.pages.excerpt import largest
from timeline.pages.tables import Table
from timeline.plots.choice import amount
from timeline.words import listing, points, points_reach, sentence, visible
from timeline.words import number as in_figures

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.pages.standings import Column

_MOST_NAMED = 3


def across_table(analysis: Analysis) -> Table | None:
    """What each scenario changes under every cadence in the answer's measure; None with one scenario."""
    frame = analysis.across.filter(measure=analysis.primary)
    if not frame.height:
        return None
    unit = _units(analysis)[analysis.primary]
    shown, other = largest(frame), frame["other"][0]
    rows = tuple((row["scenario"], (row["cadence"], *_difference(row, unit))) for row in shown.iter_rows(named=True))
    caption = f"{_what(analysis)}: each scenario less {other}, under the same cadence; all intervals hold together"
    return Table(
        caption + _excerpt(shown, frame, "across"), (("cadence", False), *_heads(unit)), rows, first="scenario"
    )


def measures_table(analysis: Analysis, columns: Sequence[Column]) -> Table | None:
    """What each scenario changes in further measures; None where there is none."""
    what = "each scenario less {}, under the same cadence"
    further = [column for column in columns if column.measure != analysis.primary]
    return _of_measures(analysis, analysis.across, further, what, "across")


def advantages_table(analysis: Analysis, columns: Sequence[Column]) -> Table | None:
    """What cadences gain on the baseline in each scenario, against one of them; None where there is none."""
    what = f"what a cadence gains on {analysis.baseline} in each scenario, less what it gains in {{}}"
    return _of_measures(analysis, analysis.advantages, columns, what, "advantages")


def advantages_sentence(analysis: Analysis) -> str:
    """Say whether what a cadence gains on the baseline differs between scenarios; empty where there is one scenario."""
    known = analysis.advantages.filter(pl.col("low").is_not_null(), measure=analysis.primary)
    if not known.height:
        return ""
    unit, other = _units(analysis)[analysis.primary], known["other"][0]
    told = known.filter("distinguishable").with_columns(size=pl.col("difference").abs())
    about = "agreements in force at the end" if analysis.primary == IN_FORCE else f"“{_what(analysis)}”"
    gain = f"What a cadence gains on {analysis.baseline} in {about}"
    if not told.height:
        reach = _reach(min(known["low"].to_list()), max(known["high"].to_list()), unit)
        return f"{gain} cannot be told to differ between scenarios (95% intervals from {reach}{_words(unit)})."
    named = told.sort("size", descending=True, maintain_order=True).head(_MOST_NAMED)
    parts = [_gain(row, unit) for row in named.iter_rows(named=True)]
    rest = f", and so do {told.height - named.height} more" if told.height > named.height else ""
    return (
        f"{gain} is not the same in every scenario. Against {other}: {listing(parts)}{rest}; 95% intervals in brackets."
    )


def _gain(row: Mapping[str, Any], unit: str) -> str:
    """Say by how much more or less a cadence gains in a scenario.

    Examples
    --------
    >>> _gain({"scenario": "tense", "cadence": "monthly", "difference": -0.05, "low": -0.08, "high": -0.02}, "share")
    'monthly in tense by 5.0 points less (2.0 to 8.0)'
    """
    more = row["difference"] > 0
    low, high = (row["low"], row["high"]) if more else (-row["high"], -row["low"])
    by = amount(abs(row["difference"]), unit)
    return f"{row['cadence']} in {row['scenario']} by {by} {'more' if more else 'less'} ({_reach(low, high, unit)})"


def _of_measures(
    analysis: Analysis, frame: pl.DataFrame, columns: Sequence[Column], what: str, name: str
) -> Table | None:
    heads = {column.measure: column.head for column in columns}
    order = pl.DataFrame({"measure": list(heads)}, schema={"measure": pl.String})
    own = order.join(frame, on="measure", how="inner", maintain_order="left_right")
    if not own.height:
        return None
    units = _units(analysis)
    # Measures have different units: the largest are those with the largest multiples of their errors.
    sized = own.with_columns(size=pl.when(pl.col("se") > 0).then(pl.col("difference") / pl.col("se")))
    shown = largest(sized, "size")
    rows = tuple(
        (heads[row["measure"]], (row["scenario"], row["cadence"], *_with_unit(row, units[row["measure"]])))
        for row in shown.iter_rows(named=True)
    )
    caption = f"{sentence(what.format(own['other'][0])).rstrip('.')}; in each measure all intervals hold together"
    columns_of = (("scenario", False), ("cadence", False), *_HEADS)
    return Table(caption + _excerpt(shown, own, name), columns_of, rows, first="measure")


_HEADS = (("difference", True), ("95% interval", True), ("can be told apart", False))


def _heads(unit: str) -> tuple[tuple[str, bool], ...]:
    return (("points" if unit == "share" else "difference", True), *_HEADS[1:])


def _excerpt(shown: pl.DataFrame, frame: pl.DataFrame, name: str) -> str:
    if shown.height == frame.height:
        return ""
    return f". The {shown.height} largest of {frame.height:,} differences; tables/{name}.csv holds all"


def _with_unit(row: Mapping[str, Any], unit: str) -> tuple[str, str, str]:
    difference, reach, told = _difference(row, unit)
    return difference if difference == "unknown" else difference + _words(unit), reach, told


def _difference(row: Mapping[str, Any], unit: str) -> tuple[str, str, str]:
    value, low, high = row["difference"], row["low"], row["high"]
    said = "unknown" if value is None else points(value) if unit == "share" else _figures([value], unit)[0]
    if low is None:
        return said, "unknown", "unknown"
    return said, _reach(low, high, unit), "yes" if row["distinguishable"] else "no"


def _reach(low: float, high: float, unit: str) -> str:
    return points_reach(low, high) if unit == "share" else " to ".join(_figures([low, high], unit))


def _figures(values: Sequence[float], unit: str) -> list[str]:
    decimals = visible(values, {"days": 0, "index": 3}.get(unit, 2))
    return [in_figures(value, decimals) for value in values]


def _words(unit: str) -> str:
    return {"share": " points", "days": " days"}.get(unit, "")


def _units(analysis: Analysis) -> dict[str, str]:
    return dict(analysis.measures.select("measure", "unit").iter_rows())


def _what(analysis: Analysis) -> str:
    if analysis.primary == IN_FORCE:
        return "In force at the end"
    return str(analysis.measures.filter(measure=analysis.primary)["title"].item())
