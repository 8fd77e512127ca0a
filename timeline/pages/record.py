"""A run against the record: how long its agreements last, beside real ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from timeline.errors import TimelineError
from timeline.model.units import YEAR
from timeline.pages.context import RecordComparison
from timeline.study.resolved import Resolved

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

#: The record of real agreements that the report compares with, in the folder of data.
AGREEMENTS = "peace_agreements_1975_1999.csv"
_RECORD_NAME = "UCDP full and partial agreements 1975–1999"


def missing_record(data: Path | None) -> str:
    """Say that a folder of data lacks the record; empty if it is there or no folder was given.

    Examples
    --------
    >>> missing_record(None)
    ''
    """
    if data is None or (data / AGREEMENTS).is_file():
        return ""
    return f"The folder of data, {data}, has no {AGREEMENTS}, so there is no record to compare with."


def compare_with_record(analysis: Analysis, resolved: Resolved, data: Path | None) -> RecordComparison | str:
    """Compare survival since signature with the record.

    Parameters
    ----------
    analysis
        Of the run's rows.
    resolved
        The config as it was understood.
    data
        The folder of data, or None.

    Returns
    -------
    RecordComparison or str
        A sentence where the comparison cannot be made.
    """
    from timeline.analysis.record import measure_distance, read_record

    if data is None:
        return (
            f"No record of real agreements was given to compare with; give a folder that holds {AGREEMENTS} by --data."
        )
    if missing := missing_record(data):
        return missing
    days = [YEAR / 4 * k for k in range(math.floor(analysis.window.follow_up / (YEAR / 4)) + 1)]
    cadence = _plain_cadence(resolved)
    model = analysis.since_signature.filter(
        (pl.col("scenario") == analysis.scenarios[0]) & (pl.col("cadence") == cadence)
    ).drop_nulls("estimate")
    try:
        record = read_record(data / AGREEMENTS, days)
        distance = measure_distance(record, model)
    except TimelineError as problem:
        return f"The comparison with the record could not be made: {problem}."
    about = resolved.config.cadences[cadence].about.rstrip(".")
    table = record.table.select(
        "day",
        pl.col("survival").alias("estimate"),
        pl.col("cluster_low").alias("low"),
        pl.col("cluster_high").alias("high"),
        "at_risk",
    ).drop_nulls()
    return RecordComparison(
        record=table,
        model=model,
        distance=distance.largest,
        record_name=_RECORD_NAME,
        note=(
            f"The record: {record.agreements} agreements of {record.processes} peace processes, "
            f"{record.endings} of which failed; the band resamples whole processes. The model: agreements "
            f"signed under {cadence}{f' ({about})' if about else ''}. "
            "The model's numbers are not fitted to this record: the distance is shown, not hidden."
        ),
    )


def _plain_cadence(resolved: Resolved) -> str:
    """Return the cadence that sets no lever: in `backchannel`, full transparency at signature.

    That is how most agreements of the record became known. Without such a cadence, the baseline.
    """
    config = resolved.config
    plain = [name for name, cadence in config.cadences.items() if not set(cadence.given) - {"about"}]
    return plain[0] if plain else config.baseline
