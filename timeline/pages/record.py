"""A run against the record: how long its agreements last, beside real ones."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from timeline.analysis.record import FEWEST
from timeline.errors import ConfigError, TimelineError
from timeline.model.units import YEAR
from timeline.pages.context import RecordComparison
from timeline.study.resolved import Resolved
from timeline.words import counted, listing, percent, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.analysis.record import AgreementRecord, Agreements
    from timeline.validation.published import PublishedRecord

#: The record of real agreements that the report compares with, in the folder of data.
AGREEMENTS = "peace_agreements_1975_1999.csv"
#: A line of text beside it that says what it is; without it the record is called by its file.
TITLE = "peace_agreements_1975_1999.title.txt"
_LONGEST_TITLE = 200
#: Days by which a published day may lie beyond the last one followed: rounding.
_SLACK = 1e-6


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


def record_title(data: Path) -> str:
    """Return what the record of a folder is called: the line in `TITLE`, or the name of its file.

    Raises
    ------
    ConfigError
        If the title is no line of text.
    """
    file = data / TITLE
    if not file.is_file():
        return AGREEMENTS
    title = file.read_bytes().decode("utf-8-sig", "replace").strip()
    if not title or len(title) > _LONGEST_TITLE or not title.isprintable() or "\N{REPLACEMENT CHARACTER}" in title:
        raise ConfigError(
            f"{file}: given {title[:40]!a}, expected one line of text in UTF-8, at most {_LONGEST_TITLE} characters, "
            "that says what the record is; write one, or take the file away"
        )
    return title


def record_notes(data: Path | None) -> list[str]:
    """Read the record of a folder, before anything is played, and say what of it cannot be used.

    Parameters
    ----------
    data
        The folder, or None.

    Returns
    -------
    list of str
        Sentences: that there is no record, or which of its rows are left out; none if all is well.

    Raises
    ------
    ConfigError
        If it is no table of agreements, or a cell of it is impossible.
    """
    from timeline.analysis.record import read_agreements

    if data is None or (missing := missing_record(data)):
        return [] if data is None else [missing]
    record_title(data)
    agreements = read_agreements(data / AGREEMENTS)
    left_out = say_left_out(agreements)
    return [f"{data / AGREEMENTS}: {left_out}"] if left_out else []


def say_left_out(agreements: Agreements) -> str:
    """Say which rows of a record are not used, and what that does; empty if all are.

    Examples
    --------
    >>> import numpy as np
    >>> from timeline.analysis.record import Agreements
    >>> one = np.array([1.0])
    >>> say_left_out(Agreements(one, one == 1, np.array([0]), {"without ended": 2}, 0))
    '2 of 3 agreements are left out (2 without ended).'
    """
    if not agreements.left_out:
        return ""
    why = listing([f"{count:,} {reason}" for reason, count in agreements.left_out.items()])
    out = sum(agreements.left_out.values())
    said = f"{out:,} of {agreements.rows:,} agreements {'is' if out == 1 else 'are'} left out ({why})"
    failed = agreements.undated_failures
    if not failed:
        return f"{said}."
    known = "1 of these is" if failed == 1 else f"{failed:,} of these are"
    return f"{said}; {known} known to have failed, so the record looks better than it is."


def compare_with_record(
    analysis: Analysis, resolved: Resolved, data: Path | None, published: PublishedRecord | None = None
) -> RecordComparison | str:
    """Compare survival since signature with the record.

    Parameters
    ----------
    analysis
        Of the run's rows.
    resolved
        The config as it was understood.
    data
        The folder of data, or None.
    published
        What to compare with where no folder is given.

    Returns
    -------
    RecordComparison or str
        A sentence where the comparison cannot be made.

    Raises
    ------
    ConfigError
        If the record is no table of agreements, or a cell of it is impossible.
    """
    from timeline.analysis.record import estimate_survival, measure_distance, read_agreements

    if data is None:
        return _none_given() if published is None else _compare_with_published(analysis, resolved, published)
    if missing := missing_record(data):
        return missing
    days = [YEAR / 4 * k for k in range(math.floor(analysis.window.follow_up / (YEAR / 4)) + 1)]
    cadence, model = _simulated(analysis, resolved)
    agreements = read_agreements(data / AGREEMENTS)
    record = estimate_survival(agreements, days)
    try:
        distance = measure_distance(record, model)
    except TimelineError as problem:
        return f"The comparison with the record could not be made: {problem}."
    table = record.table.select(
        "day",
        pl.col("survival").alias("estimate"),
        pl.col("cluster_low").alias("low"),
        pl.col("cluster_high").alias("high"),
        "at_risk",
    ).drop_nulls("estimate")
    return RecordComparison(
        record=table,
        model=model,
        distance=distance.largest,
        record_name=f"{record_title(data)}, {counted(record.agreements, 'agreement')}",
        note=" ".join(_notes(agreements, record, resolved, cadence)),
    )


def _none_given() -> str:
    return f"No record of real agreements was given to compare with; give a folder that holds {AGREEMENTS} by --data."


def _simulated(analysis: Analysis, resolved: Resolved) -> tuple[str, pl.DataFrame]:
    """Return the cadence that is compared, and its survival since signature."""
    cadence = _plain_cadence(resolved)
    here = (pl.col("scenario") == analysis.scenarios[0]) & (pl.col("cadence") == cadence)
    return cadence, analysis.since_signature.filter(here).drop_nulls("estimate").sort("day")


def _compare_with_published(
    analysis: Analysis, resolved: Resolved, published: PublishedRecord
) -> RecordComparison | str:
    """Compare with the figures that ship with the workspace, on the days on which they are published."""
    cadence, model = _simulated(analysis, resolved)
    if model.is_empty():
        return f"Nobody signed early enough under {cadence} to be followed, so nothing is compared with the record."
    days, kept = (model[name].to_numpy() for name in ("day", "estimate"))
    record = pl.DataFrame(
        {
            "day": [YEAR * years for years in published.years],
            "estimate": published.survival,
            "low": published.low,
            "high": published.high,
            "at_risk": published.at_risk,
        }
    ).filter(pl.col("day") <= days[-1] + _SLACK)
    if record.is_empty():
        return (
            f"Agreements are followed for {span(days[-1])}, and the first published figure of {published.name} is that "
            f"of {span(YEAR * published.years[0])} after signature: nothing can be compared."
        )
    gaps = np.abs(np.interp(record["day"].to_numpy(), days, kept) - record["estimate"].to_numpy())
    return RecordComparison(
        record=record,
        model=model,
        distance=float(gaps.max()),
        record_name=f"{published.name}, {counted(published.agreements, 'agreement')}",
        note=" ".join(_published_notes(published, resolved, cadence)),
        published=True,
    )


def _published_notes(published: PublishedRecord, resolved: Resolved, cadence: str) -> Iterator[str]:
    processes = counted(published.processes, "peace process", "peace processes")
    yield (
        f"No folder of data was given, so the model is held against published figures: {published.name}, "
        f"{counted(published.agreements, 'agreement')} of {processes}, {published.endings:,} of which failed."
    )
    yield f"Source: {published.source.rstrip('.')}."
    yield from published.also
    yield f"The record itself, {AGREEMENTS}, is compared day by day if its folder is given by --data."
    yield _the_model(resolved, cadence)


def _the_model(resolved: Resolved, cadence: str) -> str:
    about = resolved.config.cadences[cadence].about.rstrip(".")
    return (
        f"The model: agreements signed under {cadence}{f' ({about})' if about else ''}. The model's numbers are not "
        "fitted to this record: the distance is shown, not hidden."
    )


def _notes(agreements: Agreements, record: AgreementRecord, resolved: Resolved, cadence: str) -> Iterator[str]:
    """Yield the sentences on what is compared with what."""
    processes = counted(record.processes, "peace process", "peace processes")
    yield f"The record: {counted(record.agreements, 'agreement')} of {processes}, {record.endings:,} of which failed."
    yield say_left_out(agreements) or "No row of it is left out."
    if record.undated_failures:
        yield _had_they_failed_at_once(record)
    if record.processes < FEWEST:
        yield f"Fewer than {FEWEST} processes give no band, except where none has failed yet."
    else:
        yield "The band resamples whole processes."
    yield _the_model(resolved, cadence)


def _had_they_failed_at_once(record: AgreementRecord) -> str:
    """Say what the failures without a date would change if they had come on the day of signature."""
    seen = record.table.drop_nulls("survival").row(-1, named=True)
    share = record.agreements / (record.agreements + record.undated_failures)
    return (
        f"Had the failures without a day come at once, {percent(seen['survival'] * share)} instead of "
        f"{percent(seen['survival'])} would stand {span(seen['day'])} after signature."
    )


def _plain_cadence(resolved: Resolved) -> str:
    """Return the cadence that sets no lever: in `backchannel`, full transparency at signature.

    That is how most agreements of the record became known. Without such a cadence, the baseline.
    """
    config = resolved.config
    plain = [name for name, cadence in config.cadences.items() if not set(cadence.given) - {"about"}]
    return plain[0] if plain else config.baseline
