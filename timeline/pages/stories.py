"""Single timelines for a report: three that are told, and one crisis explained under two cadences.

They are played when the model is at hand and kept as plain data in the run's folder, so that a report can be built
again without it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, TypeVar

import polars as pl

from timeline.analysis.analysis import ArmNames
from timeline.errors import StoreError
from timeline.explaining.explanation import Explanation
from timeline.explaining.turning import TurningPoints
from timeline.keeping.store import Store
from timeline.pages.context import ExplainedCrisis, ToldTimeline
from timeline.playing.tasks import task_of, world_of

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.analysis.pieces import Pieces
    from timeline.model.endpoints import Endpoints
    from timeline.plots.swimlane import Drawable
    from timeline.study.experiment import Experiment

EXAMPLES = "examples.json"
EXPLANATION = "explanation.json"

#: Crises replayed to find a typical one: each takes a sixth of a second.
REPLAYED = 24

_EVENTS = {
    "number": pl.Int64, "day": pl.Float64, "clock": pl.String,
    "mechanism": pl.String, "phase": pl.String, "sentence": pl.String,
}  # fmt: skip


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


@dataclass(frozen=True)
class KeptEvents:
    """The firings of a timeline as they are kept, column by column."""

    number: list[int]
    day: list[float]
    clock: list[str]
    mechanism: list[str]
    phase: list[str]
    sentence: list[str]

    def __post_init__(self) -> None:
        _require_one_length(vars(self))


@dataclass(frozen=True)
class KeptExample:
    """One timeline as it is kept: its firings, and the fields that are followed, as columns."""

    scenario: str
    cadence: str
    replication: int
    why: str
    title: str
    ending: str
    end_day: float
    lanes: tuple[str, ...]
    phases: tuple[tuple[str, float, float], ...]
    events: KeptEvents
    series: dict[str, list[float]]

    def __post_init__(self) -> None:
        if "day" not in self.series:
            raise ValueError("given series without day, expected it among them")
        days = (*self.events.day, *self.series["day"], *(day for _, *ends in self.phases for day in ends))
        if not 0 < self.end_day < math.inf or not all(0 <= day <= self.end_day for day in days):
            raise ValueError("given a day outside the timeline, expected none")
        _require_one_length(self.series)


def _require_one_length(columns: Mapping[str, Sequence[object]]) -> None:
    if len({len(column) for column in columns.values()}) > 1:
        raise ValueError("given columns of several lengths, expected one")


@dataclass(frozen=True)
class KeptExamples:
    """The timelines that a page tells."""

    examples: tuple[KeptExample, ...]


@dataclass(frozen=True)
class ExplainedOf:
    """Of what an explanation is: another pair, version, start date or number of replications asks for another."""

    version: str
    pair: tuple[str, str]
    played: int
    replayed: int
    starts: date | None = None


@dataclass(frozen=True)
class KeptExplanation:
    """A crisis explained, as it is kept; empty if none was looked for."""

    of: ExplainedOf | None = None
    explanation: Explanation | None = None
    turning_points: TurningPoints | None = None
    sentences: tuple[str, ...] = ()


Kept = TypeVar("Kept", KeptExamples, KeptExplanation)


def play_again(
    experiment: Experiment,
    analysis: Analysis,
    arms: Mapping[ArmNames, Pieces],
    replications: int,
    kept: KeptExplanation,
) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Play the timelines that a page tells, and the crisis that it explains.

    Which ones hangs on which cadence does best, so the rows of that one and of the baseline are read for it once
    more: three columns, and no further than needed where the explanation is kept already.

    Parameters
    ----------
    experiment
        The config.
    analysis
        Of the run's rows.
    arms
        What reads the rows of each (scenario, cadence).
    replications
        How many each arm has.
    kept
        The explanation that was kept; one of the same replications is taken over, since crises are replayed slowly.

    Returns
    -------
    tuple
        The examples, and the explanation of a typical crisis that the best cadence saves and the baseline loses, as
        plain data. The explanation is empty if there is no second cadence, and None if what was kept stands.
    """
    ends = experiment.model.endpoints
    assert ends is not None
    scenario, base = analysis.scenarios[0], analysis.baseline
    rival = rival_of(analysis, scenario)
    fates = _fates(arms[scenario, base], arms[scenario, rival], ends)
    examples = Examples(base, rival, signs=ends.signed is not None, fails=bool(ends.failures))
    of = ExplainedOf(program_version(), (min(rival, base), max(rival, base)), replications, REPLAYED, experiment.starts)
    if rival == base or kept.of == of:
        examples.search(fates)
        explanation: dict[str, Any] | None = {} if rival == base else None
    else:
        explanation = {"of": _plain(of), **_explain(experiment, (scenario, rival, base), examples.searching(fates))}
    told = [_tell(experiment, (scenario, cadence), number, why) for cadence, number, why in examples.chosen()]
    return {"examples": told}, explanation


def _tell(experiment: Experiment, arm: ArmNames, replication: int, why: str) -> dict[str, Any]:
    """Play an example again and return it as plain data."""
    from timeline.explaining.trace import trace

    arms = {(arm.scenario, arm.cadence): arm for arm in experiment.arms}
    world = world_of(task_of(experiment, arms[arm]))
    title = f"{arm[1]}, replication {replication:,}"
    told = trace(world, replication, sides=experiment.sides, title=title, starts=experiment.starts)
    return {
        "scenario": arm[0],
        "cadence": arm[1],
        "replication": replication,
        "why": why,
        "title": told.title,
        "ending": told.ending,
        "end_day": told.end_day,
        "lanes": told.lanes,
        "phases": told.phases,
        "events": told.events.to_dict(as_series=False),
        "series": told.series.to_dict(as_series=False),
    }


def _plain(of: ExplainedOf) -> dict[str, Any]:
    return asdict(of) | {"starts": None if of.starts is None else of.starts.isoformat()}


def _explain(experiment: Experiment, pair: tuple[str, str, str], fates: Iterable[pl.DataFrame]) -> dict[str, Any]:
    """Explain a typical crisis that the first of two cadences saves and the second, the baseline, loses."""
    from timeline.explaining.choosing import fates_of_rows
    from timeline.explaining.keeping import explanation_for_report

    scenario, rival, base = pair
    arms = {arm.cadence: arm for arm in experiment.arms if arm.scenario == scenario}
    turned = {"lost": "also_lost", "signed": "also_signed", "also_lost": "lost", "also_signed": "signed"}
    decided = fates_of_rows(frame.rename(turned) for frame in fates)
    return explanation_for_report(experiment, (arms[rival], arms[base]), decided, REPLAYED) or {}


class Examples:
    """The first replications that fit a description: one fate under two cadences, and one under the other.

    The first one is taken, so that nobody can be suspected of picking.

    Parameters
    ----------
    base, rival
        The two cadences; they may be one.
    signs, fails
        Whether the model signs agreements, and whether its timelines can end badly.

    Examples
    --------
    >>> fates = {"replication": [0, 1], "lost": [False, True], "signed": True, "also_lost": False, "also_signed": True}
    >>> examples = Examples("silence", "monthly")
    >>> examples.search([pl.DataFrame(fates)])
    >>> [(cadence, number) for cadence, number, _ in examples.chosen()]
    [('silence', 1), ('monthly', 1), ('silence', 0)]
    """

    def __init__(self, base: str, rival: str, *, signs: bool = True, fails: bool = True) -> None:
        self.base, self.rival, self.signs, self.fails = base, rival, signs, fails
        lost, signed, also_lost, also_signed = (pl.col(name) for name in ("lost", "signed", "also_lost", "also_signed"))
        self._fits = {"lost": lost & signed, "held": ~lost & signed, "unsigned": ~signed}
        if rival != base:
            self._fits |= {"saved": lost & signed & ~also_lost & also_signed, "harmed": also_lost & ~lost}
        self.first: dict[str, int] = {}

    @property
    def enough(self) -> bool:
        """Whether all are there, or the two that fill the page: three timelines."""
        return len(self.first) == len(self._fits) or {"saved", "harmed"} <= self.first.keys()

    def search(self, fates: Iterable[pl.DataFrame]) -> None:
        """Search some fates, reading no further than is needed."""
        for _ in self.searching(fates):
            if self.enough:
                return

    def searching(self, fates: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
        """Search some fates as they go by."""
        for fate in fates:
            for name in () if self.enough else self._fits.keys() - self.first.keys():
                fitting = fate.filter(self._fits[name])
                if fitting.height:
                    self.first[name] = int(fitting["replication"][0])
            yield fate

    def chosen(self) -> list[tuple[str, int, str]]:
        """Return (cadence, replication, why) of at most three."""
        base, rival, first = self.base, self.rival, self.first
        if not self.fails:
            return self._first_of_all()
        after, lost, held = (
            ("lost after signature", "agreement that is signed and lost", "agreement that is signed and holds")
            if self.signs
            else ("ends badly", "timeline that ends badly", "timeline that does not end badly")
        )
        chosen: list[tuple[str, int, str]] = []
        if (saved := first.get("saved")) is not None:
            is_lost = f"is {after}" if self.signs else after
            same = f"the first replication that {is_lost} under {base} and not under {rival}"
            chosen.append((base, saved, f"Replication {saved}, {same}: here under {base}."))
            chosen.append((rival, saved, f"The same replication, with the same luck, under {rival}."))
        if (harmed := first.get("harmed")) is not None:
            why = f"The opposite also happens: the first replication that {rival} loses and {base} does not."
            if not self.signs:
                why = f"The opposite also happens: the first replication that ends badly under {rival} alone."
            chosen.append((rival, harmed, why))
        for name, why in (
            ("lost", f"The first {lost} under {base}."),
            ("held", f"The first {held} under {base}."),
            ("unsigned", f"The first replication in which nothing is signed under {base}."),
        ):
            number = first.get(name)
            if len(chosen) < 3 and number is not None and (base, number) not in [choice[:2] for choice in chosen]:
                chosen.append((base, number, why))
        return chosen[:3]

    def _first_of_all(self) -> list[tuple[str, int, str]]:
        """Choose the first replication: where nothing ends badly, none is more telling than another."""
        number = self.first.get("held")
        if number is None:
            return []
        chosen = [(self.base, number, f"The first replication, under {self.base}.")]
        if self.rival != self.base:
            chosen.append((self.rival, number, f"The same replication, with the same luck, under {self.rival}."))
        return chosen


def _fates(base: Pieces, rival: Pieces, ends: Endpoints) -> Iterator[pl.DataFrame]:
    """Tell part by part, for each replication, whether it is lost and signed under two cadences."""
    columns = ["replication", ends.outcome, *([] if ends.signed is None else [ends.signed])]
    lost = pl.col(ends.outcome).cast(pl.String).is_in(list(ends.failures))
    signed = pl.lit(value=True) if ends.signed is None else pl.col(ends.signed).is_not_nan()
    for under_base, under_rival in zip(base(columns), rival(columns), strict=True):
        here = under_base.select("replication", lost.alias("lost"), signed.alias("signed"))
        there = under_rival.select(lost.alias("also_lost"), signed.alias("also_signed"))
        yield pl.concat([here, there], how="horizontal")


def rival_of(analysis: Analysis, scenario: str) -> str:
    """Return the cadence, other than the baseline, that does best in the measure of the answer."""
    shares = analysis.estimates.filter(
        (pl.col("scenario") == scenario)
        & (pl.col("measure") == analysis.primary)
        & (pl.col("cadence") != analysis.baseline)
    ).sort("estimate", descending=_more_is_better(analysis), nulls_last=True)
    return str(shares["cadence"][0]) if shares.height else analysis.baseline


def _more_is_better(analysis: Analysis) -> bool:
    return "lower" not in analysis.measures.filter(measure=analysis.primary)["better"].to_list()


def kept_explanation(store: Store) -> KeptExplanation:
    """Return the explanation kept in a run's folder; an empty one if there is none, or none that can be read."""
    return _kept(store, EXPLANATION, KeptExplanation) or KeptExplanation()


def explained(kept: KeptExplanation) -> ExplainedCrisis | None:
    """Return a kept explanation as a page shows it; None if no crisis was explained."""
    if kept.explanation is None or kept.turning_points is None:
        return None
    return ExplainedCrisis(one=kept.explanation, points=kept.turning_points, sentences=kept.sentences)


def stories(store: Store) -> tuple[ToldTimeline, ...]:
    """Return the timelines kept in a run's folder, to be drawn; none if they cannot be read."""
    kept = _kept(store, EXAMPLES, KeptExamples) or KeptExamples(())
    return tuple(ToldTimeline(trace=_told(example), why=example.why) for example in kept.examples)


def unreadable(store: Store) -> list[str]:
    """Say which of the two cannot be read, though they are there; whoever has the model makes them anew."""
    return [
        f"{name} cannot be read, so nothing of it is shown; `timeline run CONFIG`, with the config that made these "
        "results, makes it anew."
        for name, kept in (
            (EXAMPLES, _kept(store, EXAMPLES, KeptExamples)),
            (EXPLANATION, _kept(store, EXPLANATION, KeptExplanation)),
        )
        if kept is None and store.holds(name)
    ]


def _kept(store: Store, name: str, shape: type[Kept]) -> Kept | None:
    """Return what is kept under a name; None if there is nothing, or nothing that has the shape it should have."""
    from pydantic import TypeAdapter, ValidationError

    if not store.holds(name):
        return None
    try:
        return TypeAdapter(shape).validate_python(store.read_json(name))
    except (StoreError, ValidationError):
        return None


def _told(example: KeptExample) -> Drawable:
    return Told(
        events=pl.DataFrame(vars(example.events), schema=_EVENTS),
        series=pl.DataFrame(example.series, schema=dict.fromkeys(example.series, pl.Float64)),
        phases=example.phases,
        ending=example.ending,
        title=example.title,
        end_day=example.end_day,
        lanes=example.lanes,
    )


def program_version() -> str:
    """Return the version that is installed."""
    try:
        return version("crisis-timeline")
    except PackageNotFoundError:
        return "unknown"
