"""What a page shows of a run's rows, counted in one pass: each part of them is read and checked once.

Only what follows from the counts is read for again: which single timelines to tell hangs on which cadence does best,
see `timeline.pages.stories`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from timeline.analysis.across import between_advantages, between_scenarios, between_values
from timeline.analysis.analysis import Analysis, ArmNames, analyse_pieces
from timeline.analysis.best import Best, Contest, decide, measure_of
from timeline.analysis.estimates import measures_frame
from timeline.analysis.fates import Crossings, counted_fates
from timeline.analysis.kept import KeptSamples
from timeline.analysis.landmarks import LandmarkCount
from timeline.analysis.lengths import LengthCount
from timeline.analysis.pieces import Pieces
from timeline.keeping.store import Store
from timeline.model.endpoints import Endpoints
from timeline.pages.standings import table_columns
from timeline.study.resolved import Resolved, ResolvedConfig, ResolvedScenario
from timeline.study.window import Window
from timeline.study.yardsticks import ALL, Yardstick, declare_yardsticks


@dataclass(frozen=True)
class PageCounts:
    """What was counted of a run's rows.

    Attributes
    ----------
    analysis
        Curves, estimates and contrasts of every arm.
    best
        Which cadences may be the best, and which was chosen if the config has a table ``[selection]``.
    fates
        The first scenario's, see `timeline.analysis.fates.fates_against`.
    landmarks
        What became of agreements by how things stood on the day of each scenario's drill; None if none was asked for.
    lengths
        How long the first scenario's timelines run, and how many are open when an event is forced on all.
    """

    analysis: Analysis
    best: Best
    fates: pl.DataFrame
    landmarks: pl.DataFrame | None
    lengths: LengthCount


@dataclass(frozen=True)
class _Drilled:
    """The agreements of one scenario, counted on the day of a drill: its own, or one that it stands beside."""

    drill: str
    day: float
    scenario: str
    landmark: LandmarkCount

    def table(self) -> pl.DataFrame:
        drilled = self.scenario == self.drill
        about = {"scenario": pl.lit(self.drill), "day": pl.lit(self.day), "drilled": pl.lit(drilled)}
        return self.landmark.table().with_columns(**about)


def reader(store: Store, key: str, replications: int) -> Pieces:
    """Return what reads the first replications of an arm part by part, so that they need not fit into memory."""

    def read(columns: Sequence[str], most: int | None = None, first: int = 0, /) -> Iterator[pl.DataFrame]:
        return store.pieces(key, replications if most is None else min(most, replications), columns, first)

    return read


def count_rows(arms: Mapping[ArmNames, Pieces], resolved: Resolved) -> PageCounts:
    """Count all that a page shows of a run's rows in one pass over them.

    Parameters
    ----------
    arms
        For each (scenario, cadence), a function that reads its rows; see `timeline.analysis.pieces`.
    resolved
        The config as it was understood.

    Raises
    ------
    TimelineError
        If an arm's rows are not as described.
    """
    config, fans, endpoints, window = resolved.config, resolved.model.fans, resolved.endpoints, resolved.config.window
    baseline = config.baseline
    cadences: dict[str, tuple[str, ...]] = {}
    for scenario, cadence in arms:
        cadences[scenario] = (*cadences.get(scenario, ()), cadence)
    first = next(iter(cadences))
    deciding = measure_of(endpoints, window, config.selection.measure if config.selection else endpoints.primary)
    stated: dict[str, float] = {}
    if config.selection is not None:
        stated = {"indifference": config.selection.indifference, "probability": config.selection.probability}
    contests = {scenario: Contest(deciding, names, baseline, **stated) for scenario, names in cadences.items()}
    crossings = {first: Crossings(cadences[first], baseline, window.horizon)}
    kept = None
    if len(cadences) > 1 or config.factorial is not None:
        kept = KeptSamples(None if len(cadences) > 1 else (endpoints.primary,))
    drilled = _drilled(config, endpoints)
    lengths = LengthCount(endpoints, [(event.since or "", event.days) for event in config.inject], window.horizon)
    analysis = analyse_pieces(
        arms,
        endpoints=endpoints,
        window=window,
        baseline=baseline,
        fans={column: fan.days for column, fan in fans.items()},
        aims=resolved.aims.measures,
        counters={
            scenario: [
                contests[scenario],
                *([crossings[scenario]] if scenario in crossings else []),
            ]
            for scenario in cadences
        },
        column_counters=_column_counters(drilled, {first: lengths}),
        in_brief=_in_brief(endpoints, window, deciding),
        kept=kept,
    )
    # A reader knows the field, not the column it is sampled into.
    fields = {column: fan.field for column, fan in fans.items()}
    analysis = replace(analysis, fans=analysis.fans.with_columns(pl.col("field").replace(fields)))
    analysis = (
        analysis if kept is None else _with_designs(analysis, kept, config, declare_yardsticks(endpoints, window))
    )
    best = decide(deciding, contests)
    return PageCounts(
        analysis=with_best(analysis, best),
        best=best,
        fates=counted_fates(crossings),
        landmarks=pl.concat(each.table() for each in drilled) if drilled else None,
        lengths=lengths,
    )


def _column_counters(
    drilled: Iterable[_Drilled], lengths: Mapping[str, LengthCount]
) -> dict[str, list[LandmarkCount | LengthCount]]:
    counters: dict[str, list[LandmarkCount | LengthCount]] = {}
    for each in drilled:
        counters.setdefault(each.scenario, []).append(each.landmark)
    for scenario, count in lengths.items():
        counters.setdefault(scenario, []).append(count)
    return counters


def _in_brief(endpoints: Endpoints, window: Window, deciding: Yardstick) -> list[str]:
    """Return the measures of a scenario that is not described in full: what its table of cadences would show."""
    columns = table_columns(measures_frame(declare_yardsticks(endpoints, window)), endpoints.primary)
    return [endpoints.primary, deciding.key, *(column.measure for column in columns)]


def _with_designs(
    analysis: Analysis, kept: KeptSamples, config: ResolvedConfig, measures: Sequence[Yardstick]
) -> Analysis:
    """Add what the scenarios change, and what the levers of a factorial do."""
    if len(analysis.scenarios) > 1:
        reference = reference_of(config.scenarios)
        # Measure by measure, so that what is read of one serves both.
        across, advantages = zip(
            *(
                (
                    between_scenarios(kept, [measure], reference),
                    between_advantages(kept, [measure], reference, analysis.baseline),
                )
                for measure in measures
            ),
            strict=True,
        )
        analysis = replace(analysis, across=pl.concat(across), advantages=pl.concat(advantages))
    [primary] = (measure for measure in measures if measure.key == analysis.primary)
    shares = primary.statistic == "share" and primary.estimand == ALL and not primary.undefined
    if config.factorial is not None and shares:
        levers = between_values(kept, primary, analysis.scenarios[0], config.factorial)
        analysis = replace(analysis, levers=levers)
    return analysis


def reference_of(scenarios: Mapping[str, ResolvedScenario]) -> str:
    """Return the scenario that others are compared with: the first on which no event is forced, else the first."""
    calm = (name for name, scenario in scenarios.items() if not scenario.inject)
    return next(calm, next(iter(scenarios)))


def _drilled(config: ResolvedConfig, endpoints: Endpoints) -> list[_Drilled]:
    """Return what is to be counted of each scenario's drill, as the config asks for it.

    A drill is an event injected so long after the signature. Beside it stands the first scenario without one, at
    the same days since the signature; all cadences of a scenario are taken together.
    """
    asked = config.analysis.landmark
    if asked is None:
        return []
    drills: dict[str, list[float]] = {
        name: [event.days for event in scenario.inject if event.since == endpoints.signed]
        for name, scenario in config.scenarios.items()
    }
    calm = next(name for name, days in drills.items() if not days)  # a config without one is refused
    return [
        _Drilled(
            drill=name,
            day=days[0],
            scenario=scenario,
            landmark=LandmarkCount(
                endpoints,
                column=asked.column,
                days=asked.days,
                day=days[0],
                after=asked.after,
                horizon=config.horizon,
            ),
        )
        for name, days in drills.items()
        if days
        for scenario in (calm, name)
    ]


def with_best(analysis: Analysis, best: Best) -> Analysis:
    """Let one rule say everywhere which cadences may be the best in the measure of the comparison with the best.

    That rule, made in `timeline.analysis.best`, is narrower than the comparison of every two cadences.
    """
    key = ["scenario", "measure", "cadence"]
    may = best.against_best.select(*key, "may_be_best")
    marked = analysis.best.join(may, on=key, how="left", maintain_order="left")
    tied = pl.coalesce("may_be_best", "tied_with_best")
    return replace(analysis, best=marked.with_columns(tied_with_best=tied).drop("may_be_best"))
