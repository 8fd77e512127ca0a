"""What each table and each of its columns means, for whoever reads them without this program."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

TABLES = {
    "rows": "One row a timeline: its final state, and what was observed along it.",
    "estimates": "Every measure of every arm.",
    "contrasts": "Differences from the baseline, paired: the same replications under both cadences.",
    "pairs": "Differences of any two cadences, paired, in the measures that are weighed together.",
    "best": "Which cadences cannot be told from the one that looks best.",
    "against_best": "How far each cadence is from the best of the others.",
    "measures": "What each measure is.",
    "in_force": "Share of all timelines with an agreement in force, by day since the start.",
    "in_force_verified": "The same, of which at least half has been verified.",
    "since_signature": "Share of signed agreements still kept, by day since signature.",
    "both_sign": "The same among replications that sign under the cadence and under the baseline.",
    "both_sign_counts": "How many replications sign under both, one, or neither, early enough to be followed.",
    "occupancy": "Share of all timelines in each phase or outcome, by day since the start.",
    "causes": "Share that has failed of each cause, by day (cumulative incidence).",
    "fans": "Quantiles of sampled fields among timelines still running, by day since the start.",
    "across": "The same cadence in two scenarios: paired differences, intervals simultaneous over a measure.",
    "advantages": "What a cadence gains on the baseline in one scenario, less what it gains in another: paired.",
    "levers": "One value of a lever less another, as the mean over the other levers of a factorial.",
    "hazards": "Failures a year, by age since signature.",
    "assumptions": "Every assumption about the world, with its unit, plausible range, evidence and source.",
}

COLUMNS = {
    "scenario": "The scenario: what is assumed of the world.",
    "lever": "What about a cadence is varied.",
    "cadence": "The cadence: the rule for what is told, when, and how much.",
    "other": "The cadence it is compared with.",
    "replication": "The replication's number. The same number is the same luck in every arm.",
    "firings": "How many events fired.",
    "measure": "The measure; the table `measures` says what each is.",
    "title": "The measure in words.",
    "estimand": "Among which timelines it is taken.",
    "unit": "In what it is counted.",
    "better": "Whether more of it, or less, is better.",
    "estimate": "The estimate, in the measure's unit; a share lies between 0 and 1.",
    "difference": "The cadence minus the one it is compared with, in the measure's unit.",
    "se": "Standard error of chance alone: it shrinks with replications.",
    "low": "Lower 95% limit of chance alone; simultaneous over the cadences where several are compared.",
    "high": "Upper 95% limit of chance alone; simultaneous over the cadences where several are compared.",
    "n": "How many replications it rests on.",
    "critical": "What the standard error is multiplied by for the limits.",
    "distinguishable": "Whether the interval leaves out 0.",
    "note": "What should be known of it.",
    "tied_with_best": "Whether these replications cannot tell it from the one that looks best.",
    "may_be_best": "Whether it may be the best of all, with 95% confidence.",
    "day": "Day since the start, or since signature where the table says so.",
    "at_risk": "How many are still followed, and have not failed, on that day.",
    "arm": "Whether the line is the cadence's or the baseline's.",
    "both": "Replications that sign under both, early enough to be followed.",
    "only_cadence": "Replications that sign under the cadence alone.",
    "only_baseline": "Replications that sign under the baseline alone.",
    "neither_or_too_late": "Replications that sign under neither, or too late to be followed.",
    "late_cadence": "Replications that sign too late to be followed under the cadence.",
    "late_baseline": "Replications that sign too late to be followed under the baseline.",
    "state": "A phase, or an outcome.",
    "share": "Share of timelines, between 0 and 1.",
    "since": 'Whether days count from the "start" or from "signature".',
    "cause": "Why it failed.",
    "field": "The field of the state.",
    "q05": "5% quantile.",
    "q25": "Lower quartile.",
    "q50": "Median.",
    "q75": "Upper quartile.",
    "q95": "95% quantile.",
    "kind": 'Of "all" agreements, or of "lasting" or "fragile" ones.',
    "begin": "Years since signature at which the age group begins.",
    "end": "Years since signature at which it ends.",
    "failures": "How many failed in it.",
    "years": "Years of signed agreements in it.",
    "hazard": "Failures a year.",
    "parameter": "The assumption, as a config names it.",
    "value": "What it is in the base world.",
    "evidence": "Whether it is measured, from the literature, or judgement.",
    "source": "Where that is from.",
    "mechanism": "The causal story it belongs to.",
    "meaning": "What it stands for.",
    "changed": "Whether the config changes the model's own value.",
    "used_by": "Clocks that use it.",
}

#: Where a word means something else in one table.
_APART = {
    ("assumptions", "low"): "Lower end of the plausible range.",
    ("assumptions", "high"): "Upper end of the plausible range.",
    ("assumptions", "unit"): "Its unit.",
    ("assumptions", "value"): "What it is in the base world, in its unit.",
    ("best", "best"): "The cadence that looks best.",
    ("both_sign", "day"): "Day since signature.",
    ("since_signature", "day"): "Day since signature.",
}


def codebook(tables: Mapping[str, pl.DataFrame], rows: Mapping[str, str]) -> pl.DataFrame:
    """List every column of some tables with what it means.

    Parameters
    ----------
    tables
        By name; ``rows`` among them may hold any columns.
    rows
        What the columns of ``rows`` mean, as the model says.

    Returns
    -------
    DataFrame
        table, column, type, meaning; and one line a table itself, with an empty column.

    Examples
    --------
    >>> codebook({"measures": pl.DataFrame({"unit": ["share"]})}, {}).rows()
    [('measures', '', '', 'What each measure is.'), ('measures', 'unit', 'String', 'In what it is counted.')]
    """
    lines = []
    for table, frame in tables.items():
        lines.append((table, "", "", TABLES.get(table, "")))
        for column, kind in frame.schema.items():
            meaning = rows.get(column, "") if table == "rows" else _APART.get((table, column), "")
            lines.append((table, column, str(kind), meaning or COLUMNS.get(column, "")))
    return pl.DataFrame(lines, schema=["table", "column", "type", "meaning"], orient="row")
