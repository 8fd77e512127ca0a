"""The analysis of an experiment: rows of every arm in, tables for figures and reports out.

Three estimands are kept apart throughout (see `timeline.analysis.survival`): in force over all
replications, survival since signature among those that sign, and the same among replications
that sign under both of two arms. All intervals are 95% and show Monte Carlo error only.

The rows are gone through once, range after range of replication numbers, and only counts and sums
are kept. So ten million replications take no more memory than ten thousand, and wherever the rows
are cut, the tables are the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from timeline.analysis import hazards, pieces, quantiles
from timeline.analysis.causes import Incidence, known_causes
from timeline.analysis.contrasts import Comparison
from timeline.analysis.fans import QUANTILES, ends_after, samples_of, spread
from timeline.analysis.hazards import Hazards
from timeline.analysis.histories import Histories, columns_needed, common_replications, common_rows, read_histories
from timeline.analysis.intervals import CONFIDENCE, ERROR_LABEL, Floats, join_notes, without_nan
from timeline.analysis.measures import Estimate, Measure, Sample, declare_measures, measures_frame
from timeline.analysis.occupancy import Occupancy
from timeline.analysis.pieces import Pieces, ahead, align, cut, regular
from timeline.analysis.quantiles import First
from timeline.analysis.survival import BothSign, InForce, SinceSignature, signed_early
from timeline.endpoints import Endpoints
from timeline.errors import TimelineError, nearest

Arm = tuple[str, str]

# Threads that read ahead: most of the time in which a part is read, checked and unpacked needs no interpreter.
_READERS = 2

_Schema = dict[str, type[pl.DataType]]

_ARM: _Schema = {"scenario": pl.String, "cadence": pl.String}
_ERROR: _Schema = {"se": pl.Float64, "low": pl.Float64, "high": pl.Float64}
_CURVE: _Schema = {**_ARM, "day": pl.Float64, "estimate": pl.Float64, **_ERROR}

SCHEMAS: dict[str, _Schema] = {
    "estimates": {
        **_ARM,
        "measure": pl.String,
        "estimate": pl.Float64,
        **_ERROR,
        "n": pl.Int64,
        "note": pl.String,
    },
    "in_force": _CURVE,
    "in_force_verified": _CURVE,
    "since_signature": {**_CURVE, "at_risk": pl.Int64},
    "both_sign": {
        **_ARM,
        "arm": pl.String,
        "day": pl.Float64,
        "estimate": pl.Float64,
        **_ERROR,
        "at_risk": pl.Int64,
    },
    "both_sign_counts": {
        **_ARM,
        "both": pl.Int64,
        "only_cadence": pl.Int64,
        "only_baseline": pl.Int64,
        "neither": pl.Int64,
    },
    "occupancy": {**_ARM, "day": pl.Float64, "state": pl.String, "share": pl.Float64},
    "causes": {
        **_ARM,
        "since": pl.String,
        "day": pl.Float64,
        "cause": pl.String,
        "share": pl.Float64,
        **_ERROR,
    },
    "contrasts": {
        **_ARM,
        "measure": pl.String,
        "difference": pl.Float64,
        **_ERROR,
        "n": pl.Int64,
        "critical": pl.Float64,
        "distinguishable": pl.Boolean,
        "note": pl.String,
    },
    "best": {
        "scenario": pl.String,
        "measure": pl.String,
        "cadence": pl.String,
        "tied_with_best": pl.Boolean,
        "best": pl.String,
        "note": pl.String,
    },
    "fans": {
        **_ARM,
        "field": pl.String,
        "day": pl.Float64,
        **dict.fromkeys(QUANTILES, pl.Float64),
        "n": pl.Int64,
        "note": pl.String,
    },
    "hazards": {**_ARM, **hazards.SCHEMA},
}


@dataclass(frozen=True)
class Analysis:
    """Everything a figure or a report needs, as polars frames. Undefined values are null.

    Attributes
    ----------
    horizon, follow_up
        Days: how long timelines were watched, and how long each signing is followed.
    baseline
        The cadence that the others are compared with.
    scenarios, cadences
        Names in the order given.
    rmst
        Windows of the restricted means, days.
    measures
        measure, title, estimand, unit ("share", "days", "index"), better.
    estimates
        scenario, cadence, measure, estimate, se, low, high, n, note. From all replications of the
        arm; `n` counts those in the measure's population. Measures "sign under both" are of the
        cadence where the baseline signs too; the baseline itself has none. Medians are of the first
        replications only where there are more than `timeline.analysis.quantiles.MEDIANS`: see `note`.
    in_force, in_force_verified
        scenario, cadence, day (since the start), estimate, se, low, high: all replications.
        `in_force_verified` asks also that at least half has been verified.
    since_signature
        The same by day since signature, among those that sign early enough to be followed;
        at_risk counts those not failed before that day.
    both_sign
        The same among replications that sign under both, for arm "cadence" and arm "baseline".
        No rows for the baseline against itself.
    both_sign_counts
        both, only_cadence, only_baseline, neither: replications signing early enough to be followed.
    occupancy
        day, state, share: phases in order, then safe outcomes, then failures; shares add to one.
    causes
        since ("start" or "signature"), day, cause, share, se, low, high: cumulative incidence.
    contrasts
        scenario, cadence, measure, difference (cadence minus baseline), se, low, high (simultaneous
        over the cadences of a scenario and measure), n (replications that tell), critical,
        distinguishable (the interval leaves out 0), note. No rows for the baseline.
    best
        scenario, measure, cadence, tied_with_best, best, note: which cadences these replications
        cannot tell from the one that looks best. Null where no ranking makes sense.
    fans
        field, day, q05, q25, q50, q75, q95, n, note: among timelines still running at that day; of the
        first replications only where there are more than `timeline.analysis.quantiles.FANS`: see `note`.
    hazards
        kind ("all", "lasting", "fragile"), begin, end, failures, years, hazard, low, high: failures
        a year by age since signature.
    """

    horizon: float
    follow_up: float
    baseline: str
    scenarios: tuple[str, ...]
    cadences: tuple[str, ...]
    rmst: tuple[float, ...]
    measures: pl.DataFrame
    estimates: pl.DataFrame
    in_force: pl.DataFrame
    in_force_verified: pl.DataFrame
    since_signature: pl.DataFrame
    both_sign: pl.DataFrame
    both_sign_counts: pl.DataFrame
    occupancy: pl.DataFrame
    causes: pl.DataFrame
    contrasts: pl.DataFrame
    best: pl.DataFrame
    fans: pl.DataFrame
    hazards: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema={**_ARM, **hazards.SCHEMA}))
    confidence: float = CONFIDENCE
    error_label: str = ERROR_LABEL


def analyse(
    arms: Mapping[Arm, pl.DataFrame],
    *,
    endpoints: Endpoints,
    horizon: float,
    follow_up: float,
    baseline: str,
    rmst: Sequence[float],
    fans: Mapping[str, Sequence[float]] | None = None,
    grid_points: int = 181,
) -> Analysis:
    """Analyse an experiment.

    Parameters
    ----------
    arms
        For each (scenario, cadence), its rows: one a replication. The same replication number
        means the same luck in every arm.
    endpoints
        How to read the rows.
    horizon
        Days since the start that every timeline was watched for.
    follow_up
        Days since signature that every signing is followed for, at most the horizon. Signings
        later than horizon - follow_up are left out of (2) and (3).
    baseline
        The cadence that the others are compared with; every scenario needs it.
    rmst
        Windows of the restricted means, days.
    fans
        For each sampled column, the days since the start it was sampled at.
    grid_points
        Number of days at which curves are drawn, evenly from 0 to the horizon (or the follow-up).

    Returns
    -------
    Analysis

    Raises
    ------
    TimelineError
        If an arm's rows are not as described, or the baseline is missing.

    Notes
    -----
    Estimates use all rows of an arm; contrasts use the replications that all cadences of the
    scenario have in common. Medians and fans are of the first replications where there are very
    many, see `timeline.analysis.quantiles`.

    Examples
    --------
    Four replications; the talkative cadence loses one agreement fewer.

    >>> ends = Endpoints(phases=(("talks", None), ("signed", "signed_day")), accord=None,
    ...                  half_verified=None, hostility=None)
    >>> silence = pl.DataFrame({"replication": range(4), "signed_day": [10.0] * 4,
    ...     "day": [30.0, 60.0, 100.0, 100.0], "outcome": ["collapsed"] * 2 + ["open"] * 2,
    ...     "cause": ["breach"] * 2 + ["none"] * 2})
    >>> talks = silence.with_columns(day=pl.Series([30.0, 100.0, 100.0, 100.0]),
    ...     outcome=pl.Series(["collapsed"] + ["open"] * 3), cause=pl.Series(["breach"] + ["none"] * 3))
    >>> found = analyse({("calm", "silence"): silence, ("calm", "monthly"): talks}, endpoints=ends,
    ...     horizon=100.0, follow_up=80.0, baseline="silence", rmst=[80.0], grid_points=3)
    >>> found.in_force.select("cadence", "day", "estimate").rows()
    [('silence', 0.0, 0.0), ('silence', 50.0, 0.75), ('silence', 100.0, 0.5),
     ('monthly', 0.0, 0.0), ('monthly', 50.0, 0.75), ('monthly', 100.0, 0.75)]
    >>> found.contrasts.filter(pl.col("measure") == "rmst_since_signature_80")["difference"].item()
    7.5
    """
    return analyse_pieces(
        {arm: cut(rows) for arm, rows in arms.items()},
        endpoints=endpoints,
        horizon=horizon,
        follow_up=follow_up,
        baseline=baseline,
        rmst=rmst,
        fans=fans,
        grid_points=grid_points,
    )


def analyse_pieces(
    arms: Mapping[Arm, Pieces],
    *,
    endpoints: Endpoints,
    horizon: float,
    follow_up: float,
    baseline: str,
    rmst: Sequence[float],
    fans: Mapping[str, Sequence[float]] | None = None,
    grid_points: int = 181,
) -> Analysis:
    """Analyse an experiment that need not fit into memory.

    Parameters
    ----------
    arms
        For each (scenario, cadence), a function that reads its rows; see `timeline.analysis.pieces`.
        Each is called once for all replications, and once more for the first ones if there are fans.
    endpoints, horizon, follow_up, baseline, rmst, fans, grid_points
        As for `analyse`.

    Raises
    ------
    TimelineError
        As for `analyse`.
    """
    _require_settings(arms, horizon, follow_up, baseline, rmst, grid_points)
    measures = declare_measures(endpoints, horizon, follow_up, rmst)
    settings = _Settings(endpoints, float(horizon), float(follow_up), baseline, measures, grid_points)
    scenarios = tuple(dict.fromkeys(scenario for scenario, _ in arms))
    tables = _Tables()
    scans = []
    with ThreadPoolExecutor(_READERS) as pool:
        for scenario in scenarios:
            own = {cadence: read for (s, cadence), read in arms.items() if s == scenario}
            scans.append(_Scan(settings, scenario, own))
            scans[-1].run(own, pool)
        first = {(scan.scenario, cadence): arm.ends for scan in scans for cadence, arm in scan.arms.items()}
        for spreads in pool.map(lambda arm: _fans(arms[arm], first[arm], fans or {}, horizon, arm), arms):
            for arm, spread_of in spreads:
                tables.add("fans", spread_of, scenario=arm[0], cadence=arm[1], note=first[arm].note())
    causes = known_causes((cause for scan in scans for cause in scan.causes()), endpoints)
    for scan in scans:
        scan.report(tables, causes)

    return Analysis(
        horizon=float(horizon),
        follow_up=float(follow_up),
        baseline=baseline,
        scenarios=scenarios,
        cadences=tuple(dict.fromkeys(cadence for _, cadence in arms)),
        rmst=tuple(float(window) for window in rmst),
        measures=measures_frame(measures),
        estimates=tables.frame("estimates"),
        in_force=tables.frame("in_force"),
        in_force_verified=tables.frame("in_force_verified"),
        since_signature=tables.frame("since_signature"),
        both_sign=tables.frame("both_sign"),
        both_sign_counts=tables.frame("both_sign_counts"),
        occupancy=tables.frame("occupancy"),
        causes=tables.frame("causes"),
        contrasts=tables.frame("contrasts"),
        best=tables.frame("best"),
        fans=tables.frame("fans"),
        hazards=tables.frame("hazards"),
    )


@dataclass(frozen=True)
class _Settings:
    endpoints: Endpoints
    horizon: float
    follow_up: float
    baseline: str
    measures: tuple[Measure, ...]
    grid_points: int

    @property
    def days(self) -> Floats:
        return np.linspace(0.0, self.horizon, self.grid_points)

    @property
    def days_since(self) -> Floats:
        return np.linspace(0.0, self.follow_up, self.grid_points)


class _Tables:
    """Tables in the making: pieces, each labelled with its arm, put together at the end."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[pl.DataFrame, dict[str, str]]]] = {name: [] for name in SCHEMAS}
        self._rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in SCHEMAS}

    def add(self, table: str, piece: pl.DataFrame, **label: str) -> None:
        """Add a frame, in order."""
        self._pieces[table].append((piece, label))

    def add_row(self, table: str, row: Mapping[str, Any], **label: str) -> None:
        """Add one row, to a table to which no frame is added."""
        self._rows[table].append({**label, **row})

    def frame(self, table: str) -> pl.DataFrame:
        """Return a table."""
        schema, parts = SCHEMAS[table], self._pieces[table]
        if not parts:
            return without_nan(pl.DataFrame(self._rows[table], schema=schema))
        heights = [piece.height for piece, _ in parts]
        labels = pl.DataFrame([label for _, label in parts])[np.repeat(np.arange(len(parts)), heights)]
        together = pl.concat(piece for piece, _ in parts).with_columns(labels)
        return together.select(pl.col(name).cast(kind) for name, kind in schema.items())


class _ArmScan:
    """What one arm adds up to."""

    def __init__(self, settings: _Settings) -> None:
        ends, days, days_since = settings.endpoints, settings.days, settings.days_since
        self.settings = settings
        self.in_force = InForce(days)
        self.in_force_verified = None if ends.half_verified is None else InForce(days, verified=True)
        self.since_signature = SinceSignature(days_since)
        self.occupancy = Occupancy(ends, days)
        self.since_start = Incidence(days)
        self.causes_since_signature = Incidence(days_since)
        self.hazards = Hazards(settings.follow_up, ends.fragile is not None)
        self.estimates = [Estimate(measure) for measure in settings.measures if not measure.of_both]
        self.ends = First(quantiles.FANS)
        self.n = 0

    def add(self, piece: Histories) -> list[Sample]:
        """Count further replications; return their values of every measure."""
        settings = self.settings
        self.n += piece.n
        early = signed_early(piece, settings.horizon, settings.follow_up)
        self.in_force.add(piece)
        if self.in_force_verified is not None:
            self.in_force_verified.add(piece)
        self.since_signature.add(piece.kept[early])
        self.occupancy.add(piece)
        self.since_start.add(piece, piece.lost, np.ones(piece.n, dtype=np.bool_))
        self.causes_since_signature.add(piece, piece.kept, early)
        self.hazards.add(piece, early, piece.fragile)
        self.ends.add(ends_after(piece))
        samples = [measure.sample(piece) for measure in settings.measures]
        own = (sample for sample, measure in zip(samples, settings.measures, strict=True) if not measure.of_both)
        for estimate, sample in zip(self.estimates, own, strict=True):
            estimate.add(sample)
        return samples

    def report(self, tables: _Tables, causes: Sequence[str], **label: str) -> None:
        """Add this arm's curves to the tables."""
        tables.add("in_force", self.in_force.curve(), **label)
        if self.in_force_verified is not None:
            tables.add("in_force_verified", self.in_force_verified.curve(), **label)
        tables.add("since_signature", self.since_signature.curve(), **label)
        tables.add("occupancy", self.occupancy.table(), **label)
        tables.add("causes", self.since_start.table(causes), **label, since="start")
        tables.add("causes", self.causes_since_signature.table(causes), **label, since="signature")
        tables.add("hazards", self.hazards.table(), **label)


class _Scan:
    """One pass over the arms of a scenario."""

    def __init__(self, settings: _Settings, scenario: str, cadences: Iterable[str]) -> None:
        self.settings, self.scenario = settings, scenario
        self.arms = {cadence: _ArmScan(settings) for cadence in cadences}
        names, base = tuple(self.arms), settings.baseline
        self.both_sign = {
            name: BothSign(settings.days_since, settings.horizon, settings.follow_up) for name in names if name != base
        }
        self.both_estimates = {
            (name, measure.key): Estimate(measure)
            for measure in settings.measures
            for name in names
            if measure.of_both and name != base
        }
        self.comparisons = [Comparison(measure, names, base) for measure in settings.measures]
        self.shared = 0

    def run(self, arms: Mapping[str, Pieces], pool: Executor) -> None:
        """Go through the rows of all arms; they are read in the background."""
        histories = {cadence: self._read(cadence, read, pool) for cadence, read in arms.items()}
        for together in align(histories, self.scenario):
            self._add(together)

    def _read(self, cadence: str, read: Pieces, pool: Executor) -> Iterator[Histories]:
        ends = self.settings.endpoints
        for rows in regular(ahead(read(columns_needed(ends), None), pool), pieces.ROWS):
            yield read_histories(rows, ends, self.settings.horizon, where=f"{self.scenario} x {cadence}")

    def _add(self, together: Mapping[str, Histories]) -> None:
        samples = {cadence: self.arms[cadence].add(piece) for cadence, piece in together.items()}
        base = together.get(self.settings.baseline)
        for cadence, found in self.both_sign.items():
            if base is not None and cadence in together:
                found.add(*common_replications([together[cadence], base]))
        if len(together) < len(self.arms):
            return
        rows = common_rows([piece.replication for piece in together.values()])
        if rows is not None:
            picked = zip(samples.items(), rows, strict=True)
            samples = {name: [Sample(s.values[own], s.among[own]) for s in found] for (name, found), own in picked}
        self.shared += len(next(iter(samples.values()))[0].values)
        for at, (measure, comparison) in enumerate(zip(self.settings.measures, self.comparisons, strict=True)):
            shared = {name: found[at] for name, found in samples.items()}
            comparison.add(shared)
            if measure.of_both:
                among = shared[self.settings.baseline].among
                for name in self.both_sign:
                    both = Sample(shared[name].values, shared[name].among & among)
                    self.both_estimates[name, measure.key].add(both)

    def causes(self) -> Iterator[str]:
        """Every cause of a failure, in any order."""
        for arm in self.arms.values():
            yield from arm.since_start.seen

    def report(self, tables: _Tables, causes: Sequence[str]) -> None:
        """Add all that was found to the tables."""
        for cadence, arm in self.arms.items():
            arm.report(tables, causes, scenario=self.scenario, cadence=cadence)
        for cadence, found in self.both_sign.items():
            tables.add("both_sign", found.curves(), scenario=self.scenario, cadence=cadence)
            tables.add_row("both_sign_counts", found.counts(), scenario=self.scenario, cadence=cadence)
        most = max(arm.n for arm in self.arms.values())
        all_shared = all(arm.n == self.shared for arm in self.arms.values())
        of_shared = f"from the {self.shared} replications that all cadences share, of up to {most}"
        for measure, comparison in zip(self.settings.measures, self.comparisons, strict=True):
            label = {"scenario": self.scenario, "measure": measure.key}
            for cadence in self.arms:
                tables.add_row("estimates", self._estimate(cadence, measure), cadence=cadence, **label)
            for cadence, contrast in comparison.contrasts().items():
                row = contrast._replace(note=join_notes(contrast.note, "" if all_shared else of_shared))._asdict()
                tables.add_row("contrasts", row, cadence=cadence, **label)
            for cadence, standing in comparison.standings().items():
                tables.add_row("best", standing._asdict(), cadence=cadence, **label)

    def _estimate(self, cadence: str, measure: Measure) -> dict[str, Any]:
        if not measure.of_both:
            own = next(found for found in self.arms[cadence].estimates if found.measure is measure)
            return own.summary()._asdict()
        if cadence != self.settings.baseline:
            return self.both_estimates[cadence, measure.key].summary()._asdict()
        note = "the baseline is compared with each cadence; see both_sign"
        return Estimate(measure).summary()._replace(note=note)._asdict()


def _fans(
    read: Pieces, ends: First, fans: Mapping[str, Sequence[float]], horizon: float, arm: Arm
) -> list[tuple[Arm, pl.DataFrame]]:
    """Read the sampled columns of one arm's first replications, and spread each over the days up to the horizon."""
    if not fans:
        return []
    rows, until = pl.concat(read(list(fans), quantiles.FANS)), ends.values()
    found = []
    for column, days in fans.items():
        samples = samples_of(rows, column, len(days), f"{arm[0]} x {arm[1]}")
        within = [at for at, day in enumerate(days) if day <= horizon]
        found.append((arm, spread(samples[:, within], until, column, [days[at] for at in within])))
    return found


def _require_settings(
    arms: Mapping[Arm, object],
    horizon: float,
    follow_up: float,
    baseline: str,
    rmst: Sequence[float],
    grid_points: int,
) -> None:
    problems = []
    if not arms:
        problems.append("arms: none given, expected rows for at least one (scenario, cadence)")
    if not 0 < horizon < float("inf"):
        problems.append(f"horizon: given {horizon}, expected a number of days above 0")
    if not 0 < follow_up <= horizon:
        problems.append(f"follow_up: given {follow_up}, expected days above 0 and at most the horizon of {horizon}")
    problems += [f"rmst: given {window}, expected a number of days above 0" for window in rmst if not window > 0]
    if grid_points < 2:
        problems.append(f"grid_points: given {grid_points}, expected at least 2 days, the first and the last")
    for scenario in dict.fromkeys(scenario for scenario, _ in arms):
        names = [cadence for s, cadence in arms if s == scenario]
        if baseline not in names:
            problems.append(
                f"scenario {scenario!r}: no arm with the baseline cadence {baseline!r}, expected one to "
                f"compare {', '.join(names)} with; simulate it or "
                f"name another baseline{nearest(baseline, names)}"
            )
    if problems:
        raise TimelineError("\n".join(problems))
