"""The record: how long real agreements lasted, and how far a model is from it.

Real agreements are censored: some still held when the data end. Kaplan-Meier handles that; the
library greenwood does the work. Agreements of one peace process stand and fall together, so bands
that treat them as independent are too narrow. The bands to use resample whole processes
(Davison & Hinkley 1997, Bootstrap Methods and their Application, section 3.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from timeline.analysis.intervals import CONFIDENCE
from timeline.arrays import Floats
from timeline.errors import TimelineError

DAYS = (30.0, 90.0, 180.0, 365.0, 730.0, 1826.0, 3652.0)


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
        Null beyond the last day observed.
    agreements, endings, processes
        How many went into it.
    """

    steps: pl.DataFrame
    table: pl.DataFrame
    agreements: int
    endings: int
    processes: int


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
    TimelineError
        If the file or a column is missing, or no agreement is left.

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
    rows = _read(Path(path), kinds)
    duration = rows["duration_days"].cast(pl.Float64).to_numpy()
    ended = rows["ended"].cast(pl.Int64).to_numpy() == 1
    process = rows["process_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    at = np.asarray(days, dtype=np.float64)

    steps, low, high = _kaplan_meier(duration, ended, at)
    cluster_low, cluster_high = _resample_processes(duration, ended, process, at, resamples, seed)
    beyond = at > duration.max()
    at_risk = len(duration) - np.searchsorted(np.sort(duration), at, side="left")
    table = pl.DataFrame(
        {
            "day": at,
            "survival": survival_at(steps, at),
            "at_risk": at_risk,
            "low": low,
            "high": high,
            "cluster_low": cluster_low,
            "cluster_high": cluster_high,
        },
        schema_overrides={"at_risk": pl.Int64},
    )
    numbers = ("survival", "low", "high", "cluster_low", "cluster_high")
    table = table.with_columns(pl.when(~pl.Series(beyond)).then(pl.col(name)).alias(name) for name in numbers)
    return AgreementRecord(
        steps=steps,
        table=table,
        agreements=len(duration),
        endings=int(ended.sum()),
        processes=int(process.max()) + 1,
    )


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


def _read(path: Path, kinds: Sequence[str] | None) -> pl.DataFrame:
    if not path.is_file():
        raise TimelineError(
            f"{path}: no such file, expected a CSV of agreements with duration_days, ended, kind and process_id"
        )
    rows = pl.read_csv(path)
    needed = ["duration_days", "ended", "process_id"] + ([] if kinds is None else ["kind"])
    missing = [column for column in needed if column not in rows.columns]
    if missing:
        raise TimelineError(f"{path}: no column {', '.join(missing)}, expected {', '.join(needed)}")
    rows = rows if kinds is None else rows.filter(pl.col("kind").is_in(list(kinds)))
    rows = rows.drop_nulls(needed)
    if rows.is_empty():
        raise TimelineError(f"{path}: no agreement of kind {', '.join(kinds or ())}; give kinds that occur in it")
    return rows


def _kaplan_meier(duration: Floats, ended: np.ndarray, at: Floats) -> tuple[pl.DataFrame, Floats, Floats]:
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
    duration: Floats, ended: np.ndarray, process: np.ndarray, at: Floats, resamples: int, seed: int
) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(seed)
    members = [np.flatnonzero(process == k) for k in range(int(process.max()) + 1)]
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
