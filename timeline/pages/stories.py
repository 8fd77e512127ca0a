"""Single timelines for a report: three that are told, and one crisis explained under two cadences.

They are played when the model is at hand and kept as plain data in the run's folder, so that a report can be built
again without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.keeping.store import Store
from timeline.pages.context import Explained, Story
from timeline.playing.tasks import task_of, world_of

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.analysis.pieces import Pieces
    from timeline.model.endpoints import Endpoints
    from timeline.plots.swimlane import Trace
    from timeline.study.experiment import Experiment

EXAMPLES = "examples.json"
EXPLANATION = "explanation.json"

#: Crises replayed to find a typical one: each takes a sixth of a second.
REPLAYED = 24

Arm = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """One timeline as it was told when it was played, read from the folder."""

    events: pl.DataFrame
    series: pl.DataFrame
    phases: tuple[tuple[str, float, float], ...]
    ending: str
    title: str
    end_day: float
    lanes: tuple[str, ...]


def tell(experiment: Experiment, analysis: Analysis, pieces: Mapping[Arm, Pieces]) -> list[dict[str, Any]]:
    """Play the examples again and return them as plain data."""
    from timeline.explaining.trace import trace

    arms = {(arm.scenario, arm.cadence): arm for arm in experiment.arms}
    told = []
    for arm, replication, why in _choose(experiment, analysis, pieces):
        world = world_of(task_of(experiment, arms[arm]))
        found = trace(world, replication, sides=experiment.sides, title=f"{arm[1]}, replication {replication:,}")
        told.append(
            {
                "scenario": arm[0],
                "cadence": arm[1],
                "replication": replication,
                "why": why,
                "title": found.title,
                "ending": found.ending,
                "end_day": found.end_day,
                "lanes": found.lanes,
                "phases": found.phases,
                "events": found.events.to_dict(as_series=False),
                "series": found.series.to_dict(as_series=False),
            }
        )
    return told


def _choose(experiment: Experiment, analysis: Analysis, pieces: Mapping[Arm, Pieces]) -> list[tuple[Arm, int, str]]:
    """Choose (arm, replication, why): one fate under two cadences, and one under the other.

    The first replication that fits is taken, so that nobody can be suspected of picking.
    """
    ends = experiment.model.endpoints
    assert ends is not None
    scenario, base = analysis.scenarios[0], analysis.baseline
    other = rival_of(analysis, scenario)
    lost, signed, also_lost, also_signed = (pl.col(name) for name in ("lost", "signed", "also_lost", "also_signed"))
    fits = {"lost": lost & signed, "held": ~lost & signed, "unsigned": ~signed}
    if other != base:
        fits |= {"saved": lost & signed & ~also_lost & also_signed, "harmed": also_lost & ~lost}
    first = _first(_fates(pieces[scenario, base], pieces[scenario, other], ends), fits)

    chosen: list[tuple[Arm, int, str]] = []
    if (saved := first.get("saved")) is not None:
        same = f"the first replication that is lost after signature under {base} and not under {other}"
        chosen.append(((scenario, base), saved, f"Replication {saved}, {same}: here under {base}."))
        chosen.append(((scenario, other), saved, f"The same replication, with the same luck, under {other}."))
    if (harmed := first.get("harmed")) is not None:
        why = f"The opposite also happens: the first replication that {other} loses and {base} does not."
        chosen.append(((scenario, other), harmed, why))
    for name, why in (
        ("lost", f"The first agreement that is signed and lost under {base}."),
        ("held", f"The first agreement that is signed and holds under {base}."),
        ("unsigned", f"The first replication in which nothing is signed under {base}."),
    ):
        found = first.get(name)
        if len(chosen) < 3 and found is not None and ((scenario, base), found) not in [c[:2] for c in chosen]:
            chosen.append(((scenario, base), found, why))
    return chosen[:3]


def _fates(base: Pieces, other: Pieces, ends: Endpoints) -> Iterator[pl.DataFrame]:
    """Tell part by part, for each replication, whether it is lost and signed under two cadences."""
    columns = ["replication", ends.outcome, ends.signed]
    lost = pl.col(ends.outcome).cast(pl.String).is_in(list(ends.failures))
    signed = pl.col(ends.signed).is_not_nan()
    for one, same in zip(base(columns, None), other(columns, None), strict=True):
        here = one.select("replication", lost.alias("lost"), signed.alias("signed"))
        yield pl.concat([here, same.select(lost.alias("also_lost"), signed.alias("also_signed"))], how="horizontal")


def _first(fates: Iterable[pl.DataFrame], fits: Mapping[str, pl.Expr]) -> dict[str, int]:
    """Find the first replication that fits each description, reading no further than is needed."""
    first: dict[str, int] = {}
    for fate in fates:
        for name in fits.keys() - first.keys():
            found = fate.filter(fits[name])
            if found.height:
                first[name] = int(found["replication"][0])
        if len(first) == len(fits) or {"saved", "harmed"} <= first.keys():
            break  # these two fill the page: three timelines
    return first


def rival_of(analysis: Analysis, scenario: str) -> str:
    """Return the cadence, other than the baseline, with the most agreements in force at the end."""
    shares = analysis.estimates.filter(
        (pl.col("scenario") == scenario)
        & (pl.col("measure") == "in_force_end")
        & (pl.col("cadence") != analysis.baseline)
    ).sort("estimate", descending=True, nulls_last=True)
    return str(shares["cadence"][0]) if shares.height else analysis.baseline


def explain(
    experiment: Experiment, analysis: Analysis, pieces: Mapping[Arm, Pieces], kept: dict[str, Any]
) -> dict[str, Any]:
    """Explain a typical crisis that the best cadence saves and the baseline loses; nothing if there is none.

    What was kept of the same replications is taken over, since crises are replayed slowly.
    """
    from timeline.explaining.choosing import fates_of_rows
    from timeline.explaining.keeping import explanation_for_report

    ends = experiment.model.endpoints
    assert ends is not None
    scenario, base = analysis.scenarios[0], analysis.baseline
    other = rival_of(analysis, scenario)
    if other == base:
        return {}
    found = fates_of_rows(_fates(pieces[scenario, other], pieces[scenario, base], ends))
    of = {"version": program_version(), "pair": sorted((other, base)), "played": found.played, "replayed": REPLAYED}
    if kept.get("of") == of:
        return kept
    arms = {arm.cadence: arm for arm in experiment.arms if arm.scenario == scenario}
    return {"of": of, **(explanation_for_report(experiment, (arms[other], arms[base]), found, REPLAYED) or {})}


def kept_explanation(store: Store) -> dict[str, Any]:
    """Return the explanation kept in a run's folder; empty if there is none."""
    return dict(store.read_json(EXPLANATION)) if store.holds(EXPLANATION) else {}


def explained(store: Store) -> Explained | None:
    """Return the explanation kept in a run\'s folder; None if there is none."""
    from timeline.explaining.keeping import explanation_of, turning_points_of

    kept = kept_explanation(store)
    if "explanation" not in kept:
        return None
    return Explained(
        one=explanation_of(kept["explanation"]),
        points=turning_points_of(kept["turning_points"]),
        sentences=tuple(kept["sentences"]),
    )


def stories(store: Store) -> tuple[Story, ...]:
    """Return the timelines kept in a run\'s folder, to be drawn."""
    if not store.holds(EXAMPLES):
        return ()
    return tuple(Story(trace=_told(plain), why=plain["why"]) for plain in store.read_json(EXAMPLES))


def _told(plain: Mapping[str, Any]) -> Trace:
    numbers = {"number": pl.Int64, "day": pl.Float64}
    series = pl.DataFrame(plain["series"])
    return Told(
        events=pl.DataFrame(plain["events"], schema={name: numbers.get(name, pl.String) for name in plain["events"]}),
        series=series.with_columns(pl.all().cast(pl.Float64)),
        phases=tuple((name, start, end) for name, start, end in plain["phases"]),
        ending=plain["ending"],
        title=plain["title"],
        end_day=plain["end_day"],
        lanes=tuple(plain["lanes"]),
    )


def program_version() -> str:
    """Return the version that is installed."""
    try:
        return version("crisis-timeline")
    except PackageNotFoundError:
        return "unknown"
