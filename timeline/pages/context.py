"""What the report is told besides the analysis: the question, the assumptions, three timelines.

Plain data; nothing heavy is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from timeline.model.endpoints import OF_AGREEMENTS, Wording
from timeline.pages.headline import Combined
from timeline.study.questions import Landmark

if TYPE_CHECKING:
    import polars as pl

    from timeline.analysis.best import Best
    from timeline.derived.influence import InfluenceTable
    from timeline.explaining.explanation import Explanation
    from timeline.explaining.turning import TurningPoints
    from timeline.pages.unknown import Unknown
    from timeline.plots.swimlane import Drawable
    from timeline.study.questions import Grid
    from timeline.study.resolved import Reached

EVIDENCE = ("measured", "literature", "judgement")
"""Kinds of evidence, from the firmest to the weakest."""


@dataclass(frozen=True, kw_only=True)
class CadenceText:
    """A disclosure policy, as the report describes it.

    Parameters
    ----------
    description
        One sentence: what it is and who argued for it.
    levers
        Its settings in a line, such as ``"every 90 days, verified, share 0.6; from the accord"``.
    """

    description: str = ""
    levers: str = ""


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One parameter of the world, with where its value comes from. Values are already text.

    Parameters
    ----------
    parameter
        Full name, such as ``leaks.per_insider``.
    value, unit, low, high
        The value used, its unit, and its plausible range.
    evidence
        ``measured``, ``literature`` or ``judgement``.
    source, mechanism, meaning
        Citation; the mechanism that reads it; what it means in a sentence.
    changed
        Whether the config differs from the model's default.
    used_by
        The clocks whose functions read it, in a line.
    """

    parameter: str
    value: str
    unit: str = ""
    low: str = ""
    high: str = ""
    evidence: str = "judgement"
    source: str = ""
    mechanism: str = ""
    meaning: str = ""
    changed: bool = False
    used_by: str = ""


@dataclass(frozen=True, kw_only=True)
class ToldTimeline:
    """A single timeline to tell.

    Parameters
    ----------
    trace
        The timeline.
    why
        Why this one is shown, in a sentence.
    annotate
        Numbers of the events to mark; None lets the figure choose the decisive ones.
    """

    trace: Drawable
    why: str = ""
    annotate: tuple[int, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class RecordComparison:
    """The model's survival since signature beside the record's.

    Parameters
    ----------
    record
        Columns day, estimate, low, high, at_risk: Kaplan–Meier with its band.
    model
        Columns day, estimate, low, high: all simulated agreements, under a mixture of cadences.
    distance
        Largest vertical distance between the curves, a share.
    record_name
        What the record is, such as "UCDP full and partial agreements 1975–1999".
    note
        What to know about the comparison.
    published
        Whether the record is known on a few published days only.
    """

    record: pl.DataFrame
    model: pl.DataFrame
    distance: float
    record_name: str
    note: str = ""
    published: bool = False


@dataclass(frozen=True, kw_only=True)
class SeveralAims:
    """What cadences do for several aims; frames as `timeline.analysis.aims` makes them.

    Parameters
    ----------
    table, verdicts, scores, sensitivity
        Every cadence in every aim; which are dominated; what the weights say, and how far they can change.
    """

    table: pl.DataFrame
    verdicts: pl.DataFrame
    scores: pl.DataFrame
    sensitivity: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class FateCounts:
    """What became of the same replications under two cadences; frames as `timeline.analysis.fates` makes them.

    Parameters
    ----------
    cadence
        The one that is drawn against the baseline.
    counts
        Fates under the baseline and under each other cadence of the first scenario.
    tallies
        Their sums, a row a cadence.
    """

    cadence: str
    counts: pl.DataFrame
    tallies: pl.DataFrame


@dataclass(frozen=True, kw_only=True)
class ExplainedCrisis:
    """One typical crisis that one cadence saves and another loses, and where all such crises part.

    Parameters
    ----------
    one
        The crisis, explained.
    points
        By what such crises first differ, counted.
    sentences
        The explanation in a few sentences.
    """

    one: Explanation
    points: TurningPoints
    sentences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Context:
    """Everything on the page that is not a result.

    Parameters
    ----------
    title, question
        As in the config.
    model, model_title, model_account
        Name, title and the model's long account of itself; a blank line begins a paragraph.
    sides
        Names of sides a and b.
    horizon
        Days.
    replications
        Per arm.
    seed, engine, baseline
        As run.
    cadences
        Name to description and levers.
    scenarios
        Name to what it overrides, in words.
    assumptions
        Every parameter of the world.
    influences
        What bears on what in the model; None if it was not kept.
    grid, factorial
        Which scenarios and which cadences are combinations of values, if any are.
    ablation
        Whether the scenarios are the whole model, and the model without each mechanism in turn.
    combined
        How the arms of the run belong together, for its headline.
    landmarks, landmark
        What became of agreements by how things stood on the day of a drill, and what they are told apart by
        (``field``, ``after``); None if there is no drill.
    best
        How far each cadence is from the best of the others, and which one was chosen; None if nobody looked.
    aims
        What cadences do for several aims; None if there are none.
    fates
        What became of the same replications under two cadences; None with one cadence.
    explained
        A typical crisis that the best cadence saves and the baseline loses; None if none was kept.
    unexplained
        Why none was kept, in a sentence.
    precision
        What came of the config's wish for precision (`timeline.playing.growing`); None if it has none.
    traces
        The timelines to tell, usually three.
    command
        The line that makes this report again.
    run_key, page_key, version
        Of the rows, of all that decides the page, and of the program.
    validation
        The comparison with the record, or a sentence why there is none.
    notes
        Warnings of the run, one sentence each.
    forced
        Events that the config forces on every timeline, one sentence each.
    mean_years
        How long timelines of the first scenario run on average under each cadence; empty if nobody counted.
    wording, signs
        What the model calls things, and whether it signs agreements.
    starts
        The calendar date of day 0, if the config gives one.
    """

    title: str
    question: str
    model: str
    model_title: str
    model_account: str
    horizon: float
    replications: int
    seed: int
    engine: str
    baseline: str
    command: str
    run_key: str
    version: str
    page_key: str = ""
    sides: tuple[str, str] = ("side a", "side b")
    cadences: Mapping[str, CadenceText] = field(default_factory=dict)
    scenarios: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    influences: InfluenceTable | None = None
    grid: Grid | None = None
    factorial: Grid | None = None
    ablation: bool = False
    combined: Combined = field(default_factory=Combined)
    landmarks: pl.DataFrame | None = None
    landmark: Landmark | None = None
    best: Best | None = None
    aims: SeveralAims | None = None
    fates: FateCounts | None = None
    explained: ExplainedCrisis | None = None
    unexplained: str = "No crisis is explained here."
    unknown: Unknown | None = None
    unplayed: bool = False
    precision: Reached | None = None
    traces: tuple[ToldTimeline, ...] = ()
    validation: RecordComparison | str = "No record of real agreements was given to compare with."
    notes: tuple[str, ...] = ()
    forced: tuple[str, ...] = ()
    starts: date | None = None
    mean_years: Mapping[str, float] = field(default_factory=dict)
    wording: Wording = OF_AGREEMENTS
    signs: bool = True
    renews: bool = False
    plays_on: bool = False

    def count_by_evidence(self) -> dict[str, int]:
        """Count the assumptions by kind of evidence, the firmest first.

        Examples
        --------
        >>> rows = (Assumption(parameter="a", value="1"),
        ...         Assumption(parameter="b", value="2", evidence="measured"))
        >>> Context(title="", question="", model="", model_title="", model_account="", horizon=1.0,
        ...         replications=1, seed=1, engine="", baseline="", command="", run_key="", version="",
        ...         assumptions=rows).count_by_evidence()
        {'measured': 1, 'literature': 0, 'judgement': 1}
        """
        counts = dict.fromkeys(EVIDENCE, 0)
        for row in self.assumptions:
            counts[row.evidence] = counts.get(row.evidence, 0) + 1
        return counts
