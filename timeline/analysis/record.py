"""The record: how long real agreements lasted, and how far a model is from it.

Real agreements are censored: some still held when the data end. Kaplan-Meier handles that; the
library greenwood does the work. Agreements of one peace process stand and fall together, so bands
that treat them as independent are too narrow. The bands to use resample whole processes
(Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8).

Resampling knows nothing of what has not been seen. Where no agreement has failed yet it would give a band of no
width; the exact limit is given there instead (Clopper & Pearson 1934, Biometrika 26:404-413). And of fewer than six
processes it cannot give a band at all: the truth lies beyond all of five independent values with a chance of 2 / 2**5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Flags, Floats, Places
from timeline.errors import ConfigError, TimelineError
from timeline.keeping.given_tables import read_table

DAYS = (30.0, 90.0, 180.0, 365.0, 730.0, 1826.0, 3652.0)

#: Fewer processes than this give no band: 2 / 2**5 is more than the 5% that a band may miss.
FEWEST = 6


@dataclass(frozen=True)
class AgreementRecord:
    """Survival of real agreements since their signature.

    Attributes
    ----------
    steps
        day, survival: the whole Kaplan-Meier curve, one row a step, from (0, 1) on.
    table
        day, survival, at_risk, low, high, cluster_low, cluster_high at the days asked for. `low`
        and `high` treat agreements as independent (Greenwood's variance, log-log scale);
        `cluster_low` and `cluster_high` resample processes. 95%, sampling error of the record.
        Null beyond the last day observed; limits are null where none can be given.
    agreements, endings, processes
        How many went into it.
    left_out
        Why rows are not in it -> how many.
    undated_failures
        How many of these are known to have failed: without them the record looks better than it is.
    """

    steps: pl.DataFrame
    table: pl.DataFrame
    agreements: int
    endings: int
    processes: int
    left_out: Mapping[str, int] = field(default_factory=dict)
    undated_failures: int = 0


@dataclass(frozen=True, eq=False)
class Agreements:
    """What a table of agreements says, row by row; shapes (agreements,).

    Attributes
    ----------
    duration
        Days since signature.
    ended
        Whether it failed then; otherwise it still held.
    process
        The number of its peace process, from 0 on.
    left_out, undated_failures
        See `AgreementRecord`.
    """

    duration: Floats
    ended: Flags
    process: Places
    left_out: Mapping[str, int]
    undated_failures: int

    @property
    def rows(self) -> int:
        """How many rows of these kinds the table has, with those that are left out."""
        return len(self.duration) + sum(self.left_out.values())


@dataclass(frozen=True)
class Distance:
    """How far a model's curve is from the record.

    Attributes
    ----------
    table
        day, record, model, difference (model minus record), cluster_low, cluster_high, inside (whether
        the model lies in the process-clustered band). Null where the model's curve does not reach.
    largest, largest_day
        The largest absolute difference on any day that both curves cover, and that day.
    compared_to
        The last day compared.
    """

    table: pl.DataFrame
    largest: float
    largest_day: float
    compared_to: float


def read_record(
    path: str | Path,
    days: Sequence[float] = DAYS,
    kinds: Sequence[str] | None = ("full", "partial"),
    resamples: int = 2000,
    seed: int = 1993,
) -> AgreementRecord:
    """Estimate how long the agreements of a CSV lasted.

    Parameters
    ----------
    path
        CSV with columns duration_days, ended (1 ended, 0 censored), kind, process_id.
    days
        Days since signature to report.
    kinds
        Kinds of agreement to use; None for all.
    resamples
        Number of bootstrap resamples of processes.
    seed
        Of the resampling, so that bands do not change from run to run.

    Raises
    ------
    ConfigError
        As `read_agreements`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "pacts.csv")
    ...     _ = file.write_text("process_id,kind,duration_days,ended\\n1,full,10,1\\n2,full,40,0\\n")
    ...     found = read_record(file, days=[5, 20], resamples=100)
    >>> found.table.select("day", "survival", "at_risk").rows()
    [(5.0, 1.0, 2), (20.0, 0.5, 1)]
    """
    return estimate_survival(read_agreements(path, kinds), days, resamples, seed)


def read_agreements(path: str | Path, kinds: Sequence[str] | None = ("full", "partial")) -> Agreements:
    """Read a CSV of agreements, strictly.

    A row without a duration, an ending or a process cannot be used; such rows are counted, and so are those of them
    that are known to have failed.

    Parameters
    ----------
    path, kinds
        As for `read_record`.

    Raises
    ------
    ConfigError
        If the file is missing or no such table, a cell is impossible, or no agreement is left.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "pacts.csv"
    >>> _ = file.write_text("process_id,kind,duration_days,ended\\n1,full,10,1\\n2,full,,1\\n3,full,9,\\n")
    >>> pacts = read_agreements(file)
    >>> len(pacts.duration), dict(pacts.left_out), pacts.undated_failures
    (1, {'without duration_days': 1, 'without ended': 1}, 1)
    """
    needed = ["duration_days", "ended", "process_id"] + ([] if kinds is None else ["kind"])
    table = read_table(path, needed, "agreements")
    rows = pl.DataFrame(
        {
            "duration_days": table.days("duration_days", missing=True),
            "ended": table.flags("ended", "1 (failed) or 0 (still held)", missing=True),
            "process_id": table.text("process_id", missing=True),
            "kind": pl.repeat("", table.rows.height, eager=True) if kinds is None else table.text("kind"),
        }
    )
    table.require_sound()
    rows = rows if kinds is None else rows.filter(pl.col("kind").is_in(list(kinds)))
    if rows.is_empty():
        raise ConfigError(
            f"{table.file}: has no agreement of kind {', '.join(kinds or ())}, "
            f"expected at least one; given {', '.join(sorted(set(table.rows['kind'])))}"
        )
    known = rows.drop_nulls()
    if known.is_empty():
        raise ConfigError(
            f"{table.file}: each of its agreements ({rows.height:,}) lacks duration_days, ended or process_id, "
            "expected at least one that has all three; fill them in"
        )
    return Agreements(
        duration=known["duration_days"].to_numpy(),
        ended=known["ended"].to_numpy(),
        process=_numbered(known["process_id"]),
        left_out=_left_out(rows),
        undated_failures=rows.filter(pl.col("duration_days").is_null(), "ended").height,
    )


def _numbered(names: pl.Series) -> Places:
    """Number names from 0 on, in their order: as numbers if all are, else as words; the resampling hangs on it."""
    numbers = names.cast(pl.Int64, strict=False)
    places: Places = (names if numbers.null_count() else numbers).rank("dense").cast(pl.Int64).to_numpy() - 1
    return places


def _left_out(rows: pl.DataFrame) -> dict[str, int]:
    """Count the rows that cannot be used, each under the first that it lacks."""
    counts = {}
    for name in ("duration_days", "ended", "process_id"):
        counts[f"without {name}"] = rows[name].null_count()
        rows = rows.filter(pl.col(name).is_not_null())
    return {why: count for why, count in counts.items() if count}


def estimate_survival(
    agreements: Agreements, days: Sequence[float] = DAYS, resamples: int = 2000, seed: int = 1993
) -> AgreementRecord:
    """Estimate how long agreements last; see `read_record`."""
    duration, ended, process = agreements.duration, agreements.ended, agreements.process
    at = np.asarray(days, dtype=np.float64)
    steps, low, high = _kaplan_meier(duration, ended, at)
    survival = survival_at(steps, at)
    at_risk, processes_at_risk = _at_risk(duration, process, at)
    cluster_low, cluster_high = _resample_processes(duration, ended, process, at, resamples, seed)
    low, high = honest_limits(low, high, survival, at_risk, at)
    cluster_low, cluster_high = honest_limits(cluster_low, cluster_high, survival, processes_at_risk, at)
    table = pl.DataFrame(
        {
            "day": at,
            "survival": survival,
            "at_risk": at_risk,
            "low": low,
            "high": high,
            "cluster_low": cluster_low,
            "cluster_high": cluster_high,
        },
        schema_overrides={"at_risk": pl.Int64},
    )
    numbers = ("survival", "low", "high", "cluster_low", "cluster_high")
    within = ~pl.Series(at > duration.max())
    table = table.with_columns(pl.when(within).then(pl.col(name).fill_nan(None)).alias(name) for name in numbers)
    return AgreementRecord(
        steps=steps,
        table=table,
        agreements=len(duration),
        endings=int(ended.sum()),
        processes=int(process.max()) + 1,
        left_out=agreements.left_out,
        undated_failures=agreements.undated_failures,
    )


def _at_risk(duration: Floats, process: Places, at: Floats) -> tuple[Places, Places]:
    """Return how many agreements, and processes, are still watched just before each day."""
    longest = np.zeros(int(process.max()) + 1)
    np.maximum.at(longest, process, duration)
    agreements, processes = (
        len(lasting) - np.searchsorted(np.sort(lasting), at, side="left") for lasting in (duration, longest)
    )
    return agreements, processes


def honest_limits(low: Floats, high: Floats, survival: Floats, units: Places, at: Floats) -> tuple[Floats, Floats]:
    """Replace limits of no width: the exact one where none has failed, nothing where all have.

    Parameters
    ----------
    low, high, survival, at
        Limits, estimate, day; shape (g,).
    units
        How many independent ones are still watched; shape (g,).
    """
    exact = ((1 - CONFIDENCE) / 2) ** (1 / np.maximum(units, 1))
    unseen = survival == 1.0
    # All hold on the day of signature, or a failure on that day would have been seen.
    least = np.where(at > 0, exact, 1.0)
    none = low == high
    return np.where(unseen, least, np.where(none, np.nan, low)), np.where(unseen, 1.0, np.where(none, np.nan, high))


def measure_distance(record: AgreementRecord, model: pl.DataFrame) -> Distance:
    """Compare a model's survival since signature with the record.

    Parameters
    ----------
    record
        From `read_record`.
    model
        Columns day (since signature, rising) and estimate, such as one arm of
        ``Analysis.since_signature`` or a mixture of arms. Between its days it is read as a
        straight line.

    Returns
    -------
    Distance

    Raises
    ------
    TimelineError
        If the model's curve is empty or undefined: nobody signed.

    Examples
    --------
    >>> steps = pl.DataFrame({"day": [0.0, 10.0], "survival": [1.0, 0.5]})
    >>> table = pl.DataFrame({"day": [5.0], "survival": [1.0], "cluster_low": [0.8], "cluster_high": [1.0]})
    >>> model = pl.DataFrame({"day": [0.0, 20.0], "estimate": [1.0, 0.6]})
    >>> found = measure_distance(AgreementRecord(steps, table, 2, 1, 2), model)
    >>> round(found.largest, 2), found.largest_day, found.table["inside"].to_list()
    (0.3, 10.0, [True])
    """
    curve = model.drop_nulls("estimate").sort("day")
    if curve.is_empty():
        raise TimelineError(
            "model curve: no day with an estimate, expected survival since signature; "
            "perhaps nobody signed early enough to be followed"
        )
    days, kept = curve["day"].to_numpy(), curve["estimate"].to_numpy()
    asked = record.table["day"].to_numpy()
    covered = (asked >= days[0]) & (asked <= days[-1])
    table = record.table.select(
        "day",
        pl.col("survival").alias("record"),
        pl.when(pl.Series(covered)).then(pl.Series(np.interp(asked, days, kept))).alias("model"),
        "cluster_low",
        "cluster_high",
    ).select(
        "day",
        "record",
        "model",
        (pl.col("model") - pl.col("record")).alias("difference"),
        "cluster_low",
        "cluster_high",
        pl.col("model").is_between("cluster_low", "cluster_high").alias("inside"),
    )
    gap, day, last = _largest_gap(record.steps, days, kept)
    return Distance(table=table, largest=gap, largest_day=day, compared_to=last)


def survival_at(steps: pl.DataFrame, days: Floats) -> Floats:
    """Read a step curve (day, survival) at `days` (g,); a step counts from its own day on.

    Examples
    --------
    >>> steps = pl.DataFrame({"day": [0.0, 10.0], "survival": [1.0, 0.5]})
    >>> survival_at(steps, np.array([9.9, 10.0])).tolist()
    [1.0, 0.5]
    """
    at = np.searchsorted(steps["day"].to_numpy(), days, side="right") - 1
    found: Floats = steps["survival"].to_numpy()[at]
    return found


def _kaplan_meier(duration: Floats, ended: Flags, at: Floats) -> tuple[pl.DataFrame, Floats, Floats]:
    # Imported here, so that a run without a record never pays for it.
    import greenwood

    pacts = pl.DataFrame({"duration": duration, "ended": ended.astype(np.int64)})
    outcome = greenwood.Outcome.surv(time="duration", event="ended")
    fitted = greenwood.KaplanMeier(conf_type="log-log", conf_level=CONFIDENCE).fit(outcome, data=pacts)
    curve = fitted.to_frame(format="polars")
    start = pl.DataFrame({"time": [0.0], "estimate": [1.0], "conf_low": [1.0], "conf_high": [1.0]})
    curve = pl.concat([start, curve.select(start.columns)]).unique("time", keep="last").sort("time")
    where = np.searchsorted(curve["time"].to_numpy(), at, side="right") - 1
    steps = curve.select(pl.col("time").alias("day"), pl.col("estimate").alias("survival"))
    return steps, curve["conf_low"].to_numpy()[where], curve["conf_high"].to_numpy()[where]


def _resample_processes(
    duration: Floats, ended: Flags, process: Places, at: Floats, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    """Return limits by resampling processes; NaN if these are too few."""
    from scipy import stats

    processes = int(process.max()) + 1
    if processes < FEWEST:
        return np.full(at.shape, np.nan), np.full(at.shape, np.nan)
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(process == k) for k in range(processes)]
    curves = np.empty((resamples, len(at)))
    for i in range(resamples):
        drawn = np.concatenate([members[k] for k in rng.integers(len(members), size=len(members))])
        last = ended[drawn]
        data = stats.CensoredData(uncensored=duration[drawn][last], right=duration[drawn][~last])
        curves[i] = stats.ecdf(data).sf.evaluate(at)
    low, high = np.quantile(curves, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    return low, high


def _largest_gap(steps: pl.DataFrame, days: Floats, kept: Floats) -> tuple[float, float, float]:
    """Largest |model - record|: at a bend of the model, or just before or at a step of the record."""
    jumps = steps["day"].to_numpy()
    last = float(min(days[-1], jumps[-1]))
    points = np.union1d(jumps, days)
    points = points[(points >= days[0]) & (points <= last)]
    model = np.interp(points, days, kept)
    after = survival_at(steps, points)
    before = np.where(points > 0, survival_at(steps, np.nextafter(points, -np.inf).clip(0.0)), after)
    gap = np.maximum(np.abs(model - after), np.abs(model - before))
    at = int(gap.argmax())
    return float(gap[at]), float(points[at]), last
