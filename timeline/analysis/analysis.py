"""The analysis of an experiment: rows of every arm in, tables for figures and reports out.

Three estimands are kept apart throughout (see `timeline.analysis.survival`): in force over all
replications, survival since signature among those that sign, and the same among replications
that sign under both of two arms. In force at the horizon is also taken among those that reach an
accord under both: no report that is made after the accord can touch the others. All intervals are
95% and show Monte Carlo error only.

The rows are gone through once, range after range of replication numbers, and only counts and sums
are kept. So ten million replications take no more memory than ten thousand, and wherever the rows
are cut, the tables are the same.

Of very many scenarios the first are described in full (`in_full`). Of the others no curves are kept, and only
the measures that are asked for: what is known of a thousand scenarios is what can be read of a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import product, starmap

import polars as pl

from timeline.analysis.causes import known_causes
from timeline.analysis.estimates import measures_frame
from timeline.analysis.extent import in_full
from timeline.analysis.fans import Fans
from timeline.analysis.intervals import CONFIDENCE, ERROR_LABEL
from timeline.analysis.kept import KeptSamples
from timeline.analysis.pieces import ArmNames, Pieces, cut, one_ahead
from timeline.analysis.quantiles import cut_short
from timeline.analysis.reading import ColumnCounter, Counter, ScenarioRows, go_through
from timeline.analysis.scan import Scan, ScenarioCurves, Settings
from timeline.analysis.tables import SCHEMAS, Tables
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import IN_FORCE, Endpoints
from timeline.study.window import Window
from timeline.study.yardsticks import Yardstick, declare_yardsticks

__all__ = ["SCHEMAS", "Analysis", "ArmNames", "analyse", "analyse_pieces"]

# Threads that read ahead: most of the time in which a part is read, checked and unpacked needs no interpreter.
_READERS = 2


@dataclass(frozen=True)
class Analysis:
    """Everything a figure or a report needs, as polars frames. Undefined values are null.

    Attributes
    ----------
    window
        For how long timelines and signings were watched.
    baseline
        The cadence that the others are compared with.
    scenarios, cadences
        Names in the order given.
    measures
        measure, title, estimand, unit ("share", "days", "index", "count"), better.
    estimates
        scenario, cadence, measure, estimate, se, low, high, n, note. From all replications of the
        arm; `n` counts those in the measure's population. Measures "sign under both" and "reach an
        accord under both" are of the cadence where the baseline does so too; the baseline itself has
        none. Medians are of the first replications only where there are more than
        `timeline.analysis.quantiles.MEDIANS`: see `note`.
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
        both, only_cadence, only_baseline, neither_or_too_late: replications by where they sign early enough to be
        followed. late_cadence, late_baseline: how many sign too late for that.
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
    primary, clause, horizon_words
        The key of the measure that the answer speaks of, its clause, and the words before the time that is watched.
    across
        scenario, other, cadence, measure, difference (scenario less other), se, low, high, n, critical,
        distinguishable, note: the same cadence in two scenarios, simultaneous over the rows of a measure. Empty with
        one scenario.
    advantages
        The same of what a cadence gains on the baseline: difference is that in the scenario less that in the other.
    levers
        lever, value, other, measure, difference, se, low, high, n, critical, distinguishable: what a value of a lever
        of a factorial does against another, as the mean over the other levers. Empty without a factorial.
    in_full
        Scenarios described in full; all if empty. The others have no curves, and fewer measures.
    """

    window: Window
    baseline: str
    scenarios: tuple[str, ...]
    cadences: tuple[str, ...]
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
    hazards: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMAS["hazards"]))
    pairs: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMAS["pairs"]))
    primary: str = IN_FORCE
    clause: str = ""
    horizon_words: str = "after"
    across: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMAS["across"]))
    advantages: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMAS["advantages"]))
    levers: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SCHEMAS["levers"]))
    confidence: float = CONFIDENCE
    error_label: str = ERROR_LABEL
    in_full: tuple[str, ...] = ()

    @property
    def described(self) -> tuple[str, ...]:
        """The scenarios that are described in full, with curves and in every measure."""
        return self.in_full or self.scenarios


def analyse(
    arms: Mapping[ArmNames, pl.DataFrame],
    *,
    endpoints: Endpoints,
    window: Window,
    baseline: str,
    fans: Mapping[str, Sequence[float]] | None = None,
    grid_points: int = 181,
    aims: Sequence[str] = (),
) -> Analysis:
    """Analyse an experiment.

    Parameters
    ----------
    arms
        For each (scenario, cadence), its rows: one a replication. The same replication number
        means the same luck in every arm.
    endpoints
        How to read the rows.
    window
        For how long every timeline and every signing was watched. Signings too late to be followed
        in full are left out of (2) and (3).
    baseline
        The cadence that the others are compared with; every scenario needs it.
    fans
        For each sampled column, the days since the start it was sampled at; days beyond the horizon
        are left out.
    grid_points
        Number of days at which curves are drawn, evenly from 0 to the horizon (or the follow-up).
    aims
        Keys of the measures in which every two cadences are compared with each other.

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
    ...     window=Window(100.0, 80.0, (80.0,)), baseline="silence", grid_points=3)
    >>> found.in_force.select("cadence", "day", "estimate").rows()
    [('silence', 0.0, 0.0), ('silence', 50.0, 0.75), ('silence', 100.0, 0.5),
     ('monthly', 0.0, 0.0), ('monthly', 50.0, 0.75), ('monthly', 100.0, 0.75)]
    >>> found.contrasts.filter(pl.col("measure") == "rmst_since_signature_80")["difference"].item()
    7.5
    """
    return analyse_pieces(
        {arm: cut(rows) for arm, rows in arms.items()},
        endpoints=endpoints,
        window=window,
        baseline=baseline,
        fans=fans,
        grid_points=grid_points,
        aims=aims,
    )


def analyse_pieces(
    arms: Mapping[ArmNames, Pieces],
    *,
    endpoints: Endpoints,
    window: Window,
    baseline: str,
    fans: Mapping[str, Sequence[float]] | None = None,
    grid_points: int = 181,
    aims: Sequence[str] = (),
    counters: Mapping[str, Sequence[Counter]] | None = None,
    column_counters: Mapping[str, Sequence[ColumnCounter]] | None = None,
    in_brief: Sequence[str] | None = None,
    kept: KeptSamples | None = None,
) -> Analysis:
    """Analyse an experiment that need not fit into memory.

    Parameters
    ----------
    arms
        For each (scenario, cadence), a function that reads its rows; see `timeline.analysis.pieces`.
        Every row is read once.
    endpoints, window, baseline, fans, grid_points, aims
        As for `analyse`.
    counters, column_counters
        What else counts the rows of a scenario in the same pass, by its name; see `timeline.analysis.reading`.
    in_brief
        Keys of the measures in which scenarios are compared that are not described in full, the primary one among
        them; if left out, all scenarios are described in full.
    kept
        Keeps what the measures read of each timeline, for differences between scenarios.

    Raises
    ------
    TimelineError
        As for `analyse`.
    """
    _require_settings(arms, window, baseline, grid_points)
    measures = declare_yardsticks(endpoints, window)
    _require_aims(aims, measures)
    settings = Settings(endpoints, window, baseline, measures, grid_points, tuple(aims))
    by_scenario: dict[str, dict[str, Pieces]] = {}
    for (scenario, cadence), read in arms.items():
        by_scenario.setdefault(scenario, {})[cadence] = read
    scenarios = tuple(by_scenario)
    full = frozenset(scenarios if in_brief is None else in_full(arms))
    brief = replace(settings, measures=tuple(own for own in measures if own.key in (in_brief or ())), aims=())
    tables = Tables()
    drawn: list[ScenarioCurves] = []
    with ThreadPoolExecutor(_READERS) as pool:

        def begun(scenario: str, cadences: Mapping[str, Pieces]) -> tuple[ScenarioRows, list[Fans]]:
            spreads = [Fans(fans or {}, endpoints, window.horizon, scenario, pool)] if scenario in full else []
            further = [*spreads, *(column_counters or {}).get(scenario, ())]
            return ScenarioRows(cadences, endpoints=endpoints, pool=pool, column_counters=further), spreads

        # While one scenario is counted and compared, the first rows of the next are read.
        readings = one_ahead(starmap(begun, by_scenario.items()))
        for (scenario, cadences), (reading, spreads) in zip(by_scenario.items(), readings, strict=True):
            scan = Scan(settings if scenario in full else brief, scenario, cadences, kept)
            curves = [ScenarioCurves(settings, scenario, cadences)] if scenario in full else []
            counting: list[Counter] = [scan, *curves, *(counters or {}).get(scenario, ())]
            go_through(reading, counting, scenario=scenario, horizon=window.horizon)
            scan.report(tables)
            drawn += curves
            for cadence, spread in product(cadences, spreads):
                note = cut_short(scan.arms[cadence].n, spread.most)
                for fan in spread.of(cadence):
                    tables.add("fans", fan, scenario=scenario, cadence=cadence, note=note)
    causes = known_causes((cause for found in drawn for cause in found.causes()), endpoints)
    for found in drawn:
        found.report(tables, causes)

    return Analysis(
        window=window,
        baseline=baseline,
        primary=endpoints.primary,
        clause=next(measure.says for measure in measures if measure.key == endpoints.primary),
        horizon_words=endpoints.words.horizon,
        scenarios=scenarios,
        in_full=tuple(scenario for scenario in scenarios if scenario in full),
        cadences=tuple(dict.fromkeys(cadence for _, cadence in arms)),
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
        pairs=tables.frame("pairs"),
    )


def _require_aims(aims: Sequence[str], measures: Sequence[Yardstick]) -> None:
    known = [measure.key for measure in measures if not measure.of_both and measure.better != "neither"]
    for key in aims:
        if key not in known:
            raise TimelineError(
                f"aims: given {key!r}, expected measures with a direction that every cadence has by itself: "
                f"{', '.join(known)}{nearest(key, known)}"
            )


def _require_settings(
    arms: Mapping[ArmNames, object],
    window: Window,
    baseline: str,
    grid_points: int,
) -> None:
    horizon, follow_up = window.horizon, window.follow_up
    problems = []
    if not arms:
        problems.append("arms: none given, expected rows for at least one (scenario, cadence)")
    if not 0 < horizon < float("inf"):
        problems.append(f"horizon: given {horizon}, expected a number of days above 0")
    if not 0 < follow_up <= horizon:
        problems.append(f"follow_up: given {follow_up}, expected days above 0 and at most the horizon of {horizon}")
    problems += [f"rmst: given {days}, expected a number of days above 0" for days in window.rmst if not days > 0]
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
