"""Back-testing: how well a model forecasts agreements that it has not seen, against forecasters that know no mechanism.

What is trained knows agreements signed before a date, and of these only what was known by then. Forecast are those
signed later: for each the probability that it still holds after so many days.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from timeline.analysis.fitting.durations import Durations, durations
from timeline.analysis.fitting.fitted import fit_spells
from timeline.analysis.forecast_findings import ForecastFindings
from timeline.analysis.forecast_scores import Outcomes, grouped_scores, score_table
from timeline.analysis.forecasters import KAPLAN_MEIER, Known, plain_forecasts
from timeline.analysis.histories import Histories
from timeline.analysis.samples import Sample
from timeline.arrays import Floats
from timeline.errors import ConfigError
from timeline.front.data import mapped
from timeline.front.study import Study, cores
from timeline.front.worlds import Worlds, find_worlds
from timeline.model.units import YEAR
from timeline.study.keys import key_of, worlds_key
from timeline.words import listing

if TYPE_CHECKING:
    from timeline.data.spells import SpellRecord
    from timeline.playing.listener import Listener
    from timeline.study.experiment import Experiment
    from timeline.study.uncertainty import Target

#: Forecasters of the model by name: at one level for all, and with what is known of each when it is signed.
MODEL, MODEL_KNOWING = "the model", "the model, knowing covariates"
COX, COX_HISTORY = "Cox", "Cox, knowing the process's history"
#: What is known of a process when an agreement is signed, from the table itself.
HISTORY = ("earlier agreements", "an earlier one had ended")
#: Single scores are told at these days, as far as forecasts reach.
SHOWN = (365.0, 730.0, 1826.0)
#: Fewer agreements, or ends, on either side of the date say nothing.
FEWEST, FEWEST_ENDS = 10, 3
_STEPS = 120
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Backtest(ForecastFindings):
    """How well agreements were forecast, and its page."""

    @property
    def answer(self) -> str:
        """Who forecasts best, and whether knowing more helps."""
        from timeline.pages.backtest import say_backtest

        return say_backtest(self)

    def write(self, folder: str | os.PathLike[str], command: str = "") -> Path:
        """Write tables, figures and a page into a folder; return the page.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from timeline.pages.backtest import write_backtest

        return write_backtest(self, Path(folder), command)


def backtest(
    study: Study,
    file: str | os.PathLike[str],
    trained_until: date,
    *,
    mapping: str | os.PathLike[str] | None = None,
    within: float = 5 * 365.25,
    replications: int = 300,
    folder: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    listener: Listener | None = None,
    encoding: str = "utf-8",
    sheet: str | None = None,
) -> Backtest:
    """Forecast agreements that a model has not seen.

    Parameters
    ----------
    study
        The model, under its baseline. Where it has ``[uncertainty]``, it is calibrated first: bands of survival are
        those of the agreements it is trained on; ``[covariates]`` says which scenario stands for which of them.
    file
        A table of agreements with dates, as for `timeline data`.
    trained_until
        The day before which agreements are known, and up to which.
    mapping
        A mapping file for it.
    within
        For how many days is forecast.
    replications
        Timelines of each world.
    folder
        Where worlds that are being moved are kept.
    workers, listener
        Threads; who is told how far it is.
    encoding, sheet
        Of the file.

    Raises
    ------
    ConfigError
        If the table has no dates or too few agreements on either side, or a condition names a column it lacks.
    RunError, ModelError
        From a replication.
    """
    from timeline.data.opening import GivenFile, open_table

    given = GivenFile(Path(file), encoding, sheet)
    record = open_table(given, mapped(mapping), facts=False).record
    table = _with_covariates(study.experiment, given.path, _agreements(given.path, record), _cells(given, study))
    assert record is not None
    day = float((trained_until - _EPOCH).days)
    seen, asked = _before(table, day), table.filter(pl.col("start") >= day)
    _require_enough(given.path, trained_until, seen, asked)
    days = np.linspace(0.0, within, _STEPS + 1)
    outcomes = _outcomes(asked)
    columns = [*study.experiment.covariates]
    known = Known(_durations(seen), seen.select(*columns, *HISTORY))
    cox = {COX: columns, COX_HISTORY: [*columns, *HISTORY]} if columns else {COX_HISTORY: list(HISTORY)}
    forecasts, without = plain_forecasts(known, asked.select(*columns, *HISTORY), days, cox)
    own, worlds = _of_model(study, known.spells, asked, days, replications, folder, workers or cores(), listener)
    forecasts |= own
    shown = [at for at in SHOWN if at <= within]
    return Backtest(
        file=given.path,
        until=trained_until,
        trained=seen.height,
        trained_ends=int(seen["high"].is_finite().sum()),
        tested=asked.height,
        tested_ends=int(outcomes.ended.sum()),
        scores=score_table(outcomes, forecasts, days, shown, KAPLAN_MEIER, seed=study.experiment.seed),
        groups=_by_groups(outcomes, forecasts, days, asked),
        calibration=_calibration(outcomes, forecasts, days, shown),
        concordance=_concordance(outcomes, forecasts),
        without=without,
        worlds=worlds,
        left_out=tuple(f"{left.count} rows: {left.why}" for left in record.left_out),
    )


def _agreements(path: Path, record: SpellRecord | None) -> pl.DataFrame:
    """Return the spells of a table with dates."""
    if record is None or record.problems:
        said = list(record.problems) if record is not None else []
        raise ConfigError(
            said or f"{path}: nothing says how long agreements held; say by a mapping file which column does"
        )
    if record.spells["start"].null_count() == record.spells.height:
        raise ConfigError(f"{path}: no column says when agreements were signed, expected dates: say by a mapping file")
    return record.spells.filter(pl.col("start").is_not_null())


def _cells(given: Any, study: Study) -> pl.DataFrame:
    """Return the cells that conditions read, a row each with its number."""
    from timeline.data.conditions import read_condition
    from timeline.keeping.given_tables import ROW

    wanted = {read_condition(text).column for conditions in study.experiment.covariates.values() for text in conditions}
    pieces: list[pl.DataFrame] = [piece.rows for piece in given.pieces()]
    missing = sorted(wanted - set(pieces[0].columns))
    if missing:
        raise ConfigError(
            f"{study.experiment.path}: covariates: a condition reads {missing[0]}, which {given.path} lacks; it has "
            f"{', '.join(name for name in pieces[0].columns if name != ROW)}"
        )
    return pl.concat([piece.select(pl.col(ROW).cast(pl.Int64).alias("row"), *sorted(wanted)) for piece in pieces])


def _with_covariates(experiment: Experiment, path: Path, spells: pl.DataFrame, cells: pl.DataFrame) -> pl.DataFrame:
    """Add, for each agreement, which scenario it is, an indicator a scenario, and the process's history."""
    from timeline.data.conditions import read_condition

    table = spells.join(cells, on="row", how="left", maintain_order="left")
    first = next(iter(experiment.scenarios))
    scenario = np.full(table.height, first, dtype=object)
    taken = np.zeros(table.height, dtype=bool)
    for name, conditions in experiment.covariates.items():
        holds = np.ones(table.height, dtype=bool)
        for text in conditions:
            condition = read_condition(text)
            holds &= condition.holds(table[condition.column]).fill_null(value=False).to_numpy()
        scenario[holds & ~taken] = name
        taken |= holds
    found = table.with_columns(scenario=pl.Series(scenario.astype(str)))
    for name in experiment.covariates:
        found = found.with_columns((pl.col("scenario") == name).cast(pl.Float64).alias(name))
    return found.with_columns(_history(found))


def _history(table: pl.DataFrame) -> list[pl.Series]:
    """Return how many agreements a process had signed before each, as log(1 + n), and whether one had ended by then."""
    start, end = table["start"].to_numpy(), (table["start"] + table["high"]).to_numpy()
    cluster = table["cluster"].fill_null("").to_numpy()
    earlier = (cluster[:, None] == cluster[None, :]) & (cluster[:, None] != "") & (start[None, :] < start[:, None])
    ended = (earlier & (end[None, :] <= start[:, None])).any(axis=1)
    return [
        pl.Series(HISTORY[0], np.log1p(earlier.sum(axis=1))),
        pl.Series(HISTORY[1], ended.astype(np.float64)),
    ]


def _before(table: pl.DataFrame, day: float) -> pl.DataFrame:
    """Return agreements signed before a day, with what was known of them on it."""
    seen = table.filter(pl.col("start") < day)
    left = day - pl.col("start")
    open_then = pl.col("high") > left
    return seen.with_columns(
        low=pl.when(open_then).then(pl.min_horizontal("low", left)).otherwise("low"),
        high=pl.when(open_then).then(float("inf")).otherwise("high"),
    )


def _require_enough(path: Path, until: date, seen: pl.DataFrame, asked: pl.DataFrame) -> None:
    for table, when in ((seen, "before"), (asked, "from")):
        ends = int(table["high"].is_finite().sum())
        if table.height < FEWEST or ends < FEWEST_ENDS:
            raise ConfigError(
                f"{path}: {table.height} agreements signed {when} {until} of which {ends} ended, expected {FEWEST} "
                "or more "
                f"with {FEWEST_ENDS} ends; give another date"
            )


def _durations(table: pl.DataFrame) -> Durations:
    names = table["cluster"].fill_null(pl.lit("row ") + table["row"].cast(pl.String))
    return durations(table["low"].to_numpy(), table["high"].to_numpy(), cluster=names.to_numpy(), whole_days=True)


def _outcomes(asked: pl.DataFrame) -> Outcomes:
    spells = _durations(asked)
    names = asked["cluster"].fill_null(pl.lit("row ") + asked["row"].cast(pl.String))
    return Outcomes(np.maximum(spells.day, 0.5), spells.ended, names.to_numpy().astype(str))


def _of_model(
    study: Study,
    trained: Durations,
    asked: pl.DataFrame,
    days: Floats,
    replications: int,
    folder: str | os.PathLike[str] | None,
    workers: int,
    listener: Listener | None,
) -> tuple[dict[str, Floats], str]:
    """Return the forecasts of the model, calibrated to what it is trained on where its config draws worlds."""
    experiment, worlds = study.experiment, None
    if experiment.uncertainty is not None:
        keep = trained_targets(experiment.uncertainty.used, trained)
        own = replace(experiment.uncertainty, keep=keep, hold_out=())
        experiment = replace(experiment, uncertainty=own)
        worlds = find_worlds(experiment, study.arm(), folder=folder, workers=workers, listener=listener)
    curves = {
        scenario: _survival(experiment, scenario, worlds, days, replications, workers)
        for scenario in experiment.scenarios
    }
    first = curves[next(iter(experiment.scenarios))]
    found = {MODEL: np.tile(first, (asked.height, 1))}
    if experiment.covariates:
        # The same level for all is that of the mixture of scenarios, not of the first.
        each = np.array([curves[name] for name in asked["scenario"]])
        found = {MODEL: np.tile(each.mean(axis=0), (asked.height, 1)), MODEL_KNOWING: each}
    return found, "" if worlds is None else f"{worlds.sentence}{_known_early(worlds.targets)}"


def _known_early(targets: Sequence[Target]) -> str:
    """Warn of bands that are no survival: nobody checks up to when their records reach."""
    others = [f"“{target.title}”" for target in targets if target.reading != "survival"]
    if not others:
        return ""
    return (
        f" The bands of {listing(others)} are used as they are: if their records reach past the date, the model "
        "knows what "
        "it should not; hold_out leaves them out."
    )


def trained_targets(targets: tuple[Target, ...], trained: Durations) -> tuple[Target, ...]:
    """Return targets whose bands of survival are those of the agreements that are trained on.

    Bands are by resampling processes. Days that nobody was watched for fall out.
    """
    at = [target.at for target in targets if target.reading == "survival"]
    table = fit_spells(trained, laws=[], days=at, resamples=1_000).table if at else pl.DataFrame()
    known = {row["day"]: row for row in table.iter_rows(named=True)} if at else {}
    found = []
    for target in targets:
        row = known.get(target.at)
        if target.reading != "survival":
            found.append(target)
        elif row is not None and row.get("cluster_low") is not None:
            low, high = row["cluster_low"], row["cluster_high"]
            if high > low:
                found.append(replace(target, low=low, high=high, source="the agreements that are trained on"))
    return tuple(found)


def _kept_for(latest: float, arm: Histories) -> Sample:
    """Read for how long each agreement that was signed early enough was kept."""
    among = arm.signed <= latest
    return Sample(np.where(among, np.minimum(arm.kept, 1e9), 0.0), among)


def _survival(
    experiment: Experiment, scenario: str, worlds: Worlds | None, days: Floats, replications: int, workers: int
) -> Floats:
    """Return the share of a scenario's agreements that are kept after each day, over worlds; shape (days,)."""
    from timeline.engines.batch import Batch
    from timeline.playing.tasks import task_of, world_of
    from timeline.playing.values import values

    arm = next(a for a in experiment.arms if a.scenario == scenario and a.cadence == experiment.baseline)
    latest = experiment.horizon - float(days[-1])
    changes = [{}] if worlds is None else list(worlds.changes)
    known = set(experiment.scenarios[scenario].values)
    changes = [{path: value for path, value in world.items() if path not in known} for world in changes]
    batch = Batch([world_of(task_of(experiment, arm))], changes)
    kept = values(batch, [partial(_kept_for, latest)], 0, replications, workers)[:, 0, 0]
    signed = ~np.isnan(kept)
    shares = np.array(
        [
            [np.mean(own[who] > day) if who.any() else np.nan for day in days]
            for own, who in zip(kept, signed, strict=True)
        ]
    )
    weights = np.full(len(shares), 1 / len(shares)) if worlds is None else worlds.weights
    told = np.isfinite(shares[:, 0])
    if not told.any():
        raise ConfigError(f"{experiment.path}: scenario {scenario}: nobody signs, so that nothing can be forecast")
    found: Floats = weights[told] @ shares[told] / weights[told].sum()
    return found


def _by_groups(outcomes: Outcomes, forecasts: Mapping[str, Floats], days: Floats, asked: pl.DataFrame) -> pl.DataFrame:
    years = [1970 + int(day // YEAR) for day in asked["start"]]
    first, last = min(years), max(years)
    spans = [
        f"signed {first + 3 * ((year - first) // 3)}–{min(first + 3 * ((year - first) // 3) + 2, last)}"
        for year in years
    ]
    tables = [grouped_scores(outcomes, forecasts, days, spans)]
    if asked["group"].null_count() == 0:
        tables.append(grouped_scores(outcomes, forecasts, days, asked["group"].to_list()))
    return pl.concat(tables)


def _calibration(outcomes: Outcomes, forecasts: Mapping[str, Floats], days: Floats, shown: list[float]) -> pl.DataFrame:
    """Return what was forecast and what happened, in up to four groups of like forecasts."""
    from timeline.analysis.fitting.curves import survival_curve

    rows = []
    for name, curves in forecasts.items():
        for at in shown:
            told = curves[:, int(np.argmin(np.abs(days - at)))]
            cuts = np.unique(np.quantile(told, [0.25, 0.5, 0.75]))
            bins = np.searchsorted(cuts, told, side="left")
            for number in np.unique(bins):
                here = bins == number
                high = np.where(outcomes.ended[here], outcomes.duration[here], np.inf)
                curve = survival_curve(durations(outcomes.duration[here], high, whole_days=False))
                row = curve.filter(pl.col("day") <= at).tail(1).row(0, named=True)
                rows.append(
                    (
                        name,
                        at,
                        int(number),
                        int(here.sum()),
                        float(told[here].mean()),
                        row["survival"],
                        row["low"],
                        row["high"],
                    )
                )
    names = ("forecaster", "day", "bin", "n", "forecast", "observed", "low", "high")
    kinds = {n: pl.String if n == "forecaster" else pl.Int64 if n in ("bin", "n") else pl.Float64 for n in names}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def _concordance(outcomes: Outcomes, forecasts: Mapping[str, Floats]) -> pl.DataFrame:
    import greenwood

    data = pl.DataFrame({"time": outcomes.duration, "event": outcomes.ended.astype(np.int64)})
    outcome = greenwood.Outcome.surv(time="time", event="event")
    rows = []
    for name, curves in forecasts.items():
        risk = 1 - curves.mean(axis=1)
        if np.ptp(risk) > 1e-12:
            found = greenwood.concordance_index_ci(outcome, risk, data=data)
            rows.append((name, float(found.estimate), float(found.ci_low), float(found.ci_high)))
    kinds = {"forecaster": pl.String, "c": pl.Float64, "low": pl.Float64, "high": pl.Float64}
    return pl.DataFrame(rows, schema=kinds, orient="row")


def backtest_folder(study: Study, file: Path, until: date, out: Path | None = None) -> Path:
    """Return the folder of a back-test, whether or not it exists."""
    experiment = study.experiment
    root = experiment.workspace.results if out is None else out
    return root / experiment.kept_as / f"backtest-{key_of([worlds_key(experiment), file.name, str(until)])}"
