"""The analysis of an experiment: rows of every arm in, tables for figures and reports out.

Three estimands are kept apart throughout (see `timeline.analysis.survival`): in force over all
replications, survival since signature among those that sign, and the same among replications
that sign under both of two arms. All intervals are 95% and show Monte Carlo error only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from timeline.analysis import causes as cause_curves
from timeline.analysis import hazards
from timeline.analysis.contrasts import contrast_with_baseline, find_influences, stand_against_best
from timeline.analysis.fans import QUANTILES, fan
from timeline.analysis.histories import Histories, common_replications, read_histories
from timeline.analysis.intervals import CONFIDENCE, ERROR_LABEL, Floats, without_nan
from timeline.analysis.measures import Measure, Sample, declare_measures, measures_frame
from timeline.analysis.occupancy import occupancy
from timeline.analysis.survival import (
    count_signings,
    in_force,
    signed_early,
    survival_both_sign,
    survival_since_signature,
)
from timeline.endpoints import Endpoints
from timeline.errors import TimelineError, nearest

Arm = tuple[str, str]

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
        cadence where the baseline signs too; the baseline itself has none.
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
        field, day, q05, q25, q50, q75, q95, n: among timelines still running at that day.
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
    scenario have in common.

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
    _require_settings(arms, horizon, follow_up, baseline, rmst, grid_points)
    rows = {arm: _in_order(frame) for arm, frame in arms.items()}
    histories = {
        arm: read_histories(frame, endpoints, horizon, where=f"{arm[0]} x {arm[1]}") for arm, frame in rows.items()
    }
    scenarios = tuple(dict.fromkeys(scenario for scenario, _ in arms))
    days = np.linspace(0.0, horizon, grid_points)
    days_since = np.linspace(0.0, follow_up, grid_points)
    measures = declare_measures(endpoints, horizon, follow_up, rmst)
    causes = cause_curves.known_causes(histories.values(), endpoints)
    tables = _Tables()

    for (scenario, cadence), arm in histories.items():
        early = signed_early(arm, horizon, follow_up)
        label = {"scenario": scenario, "cadence": cadence}
        tables.add("in_force", in_force(arm, days), **label)
        if endpoints.half_verified is not None:
            tables.add("in_force_verified", in_force(arm, days, verified=True), **label)
        tables.add("since_signature", survival_since_signature(arm, days_since, early), **label)
        tables.add("occupancy", occupancy(arm, endpoints, days), **label)
        since_start = cause_curves.incidence_since_start(arm, causes, days)
        since_signature = cause_curves.incidence_since_signature(arm, causes, days_since, early)
        tables.add("causes", since_start, **label, since="start")
        tables.add("causes", since_signature, **label, since="signature")
        fragile = None
        if endpoints.fragile is not None:
            fragile = rows[scenario, cadence][endpoints.fragile].to_numpy().astype(np.bool_)
        tables.add("hazards", hazards.hazards_by_age(arm, early, fragile, follow_up), **label)
        for column, sample_days in (fans or {}).items():
            where = f"{scenario} x {cadence}"
            tables.add("fans", fan(rows[scenario, cadence], arm, column, sample_days, where), **label)

    for scenario in scenarios:
        own = {cadence: arm for (s, cadence), arm in histories.items() if s == scenario}
        shared = dict(zip(own, common_replications(list(own.values())), strict=True))
        _compare_signings(tables, scenario, own, baseline, days_since, horizon, follow_up)
        for measure in measures:
            _compare(tables, scenario, measure, own, shared, baseline)

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


class _Tables:
    """Tables in the making: pieces, each labelled with its arm, put together at the end."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[pl.DataFrame]] = {name: [] for name in SCHEMAS}

    def add(self, table: str, piece: pl.DataFrame, **label: str) -> None:
        labelled = piece.with_columns(pl.lit(value).alias(name) for name, value in label.items())
        columns = [pl.col(name).cast(kind) for name, kind in SCHEMAS[table].items()]
        self._pieces[table].append(labelled.select(columns))

    def frame(self, table: str) -> pl.DataFrame:
        empty = pl.DataFrame(schema=SCHEMAS[table])
        return without_nan(pl.concat([empty, *self._pieces[table]]))


def _compare_signings(
    tables: _Tables,
    scenario: str,
    own: Mapping[str, Histories],
    baseline: str,
    days: Floats,
    horizon: float,
    follow_up: float,
) -> None:
    for cadence, arm in own.items():
        if cadence == baseline:
            continue
        one, other = common_replications([arm, own[baseline]])
        label = {"scenario": scenario, "cadence": cadence}
        tables.add("both_sign", survival_both_sign(one, other, days, horizon, follow_up), **label)
        counts = count_signings(one, other, horizon, follow_up)
        tables.add("both_sign_counts", pl.DataFrame([counts]), **label)


def _compare(
    tables: _Tables,
    scenario: str,
    measure: Measure,
    own: Mapping[str, Histories],
    shared: Mapping[str, Histories],
    baseline: str,
) -> None:
    samples = {cadence: measure.sample(arm) for cadence, arm in shared.items()}
    paired = not all(arm is own[cadence] for cadence, arm in shared.items())
    full = {cadence: measure.sample(arm) for cadence, arm in own.items()} if paired else samples
    label = {"scenario": scenario, "measure": measure.key}

    for cadence in own:
        sample, note = full[cadence], ""
        if measure.of_both and cadence == baseline:
            sample, note = _nobody(sample), "the baseline is compared with each cadence; see both_sign"
        elif measure.of_both:
            sample = Sample(samples[cadence].values, samples[cadence].among & samples[baseline].among)
        found = measure.summarise(sample)._asdict()
        found["note"] = note or found["note"]
        tables.add("estimates", pl.DataFrame([found]), cadence=cadence, **label)

    influences = find_influences(measure, samples)
    for cadence, contrast in contrast_with_baseline(influences, baseline).items():
        found = contrast._asdict()
        found["note"] = _say(found["note"], _say_shared(shared[cadence], own) if paired else "")
        tables.add("contrasts", pl.DataFrame([found]), cadence=cadence, **label)

    for cadence, standing in stand_against_best(influences).items():
        tables.add("best", pl.DataFrame([standing._asdict()]), cadence=cadence, **label)


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    if "replication" not in frame.columns or frame["replication"].is_sorted():
        return frame
    return frame.sort("replication")


def _nobody(sample: Sample) -> Sample:
    return Sample(sample.values, np.zeros(len(sample.values), dtype=np.bool_))


def _say(*notes: str) -> str:
    return "; ".join(note for note in notes if note)


def _say_shared(arm: Histories, own: Mapping[str, Histories]) -> str:
    most = max(each.n for each in own.values())
    return f"from the {arm.n} replications that all cadences share, of up to {most}"


def _require_settings(
    arms: Mapping[Arm, pl.DataFrame],
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
