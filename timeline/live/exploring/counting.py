"""Counting: from timelines to the tables that a picture and the answer are made of.

The classes are those by which a report is made, and rows come in ranges of the same length, so that every number is the
report's to the last bit. What a picture does not show is not counted: a move is to be answered at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from timeline.analysis.analysis import Analysis
from timeline.analysis.best import Contest, decide
from timeline.analysis.causes import Incidence, known_causes
from timeline.analysis.estimates import measures_frame
from timeline.analysis.histories import Histories
from timeline.analysis.scan import Scan, Settings
from timeline.analysis.survival import InForce, SinceSignature, signed_early
from timeline.analysis.tables import Tables
from timeline.arrays import Floats
from timeline.live.exploring.gap import Gap
from timeline.model.endpoints import IN_FORCE, Endpoints
from timeline.pages.counting import with_best
from timeline.study.experiment import Experiment
from timeline.study.yardsticks import IN_FORCE_OF_ACCORD, Yardstick, declare_yardsticks

#: Days at which curves are drawn.
GRID = 181
#: Measures that the answer reads beside the model's own.
_READ = (IN_FORCE, "in_force_verified_end", IN_FORCE_OF_ACCORD, "signed", "accord_day")
#: Tables that a picture does not show.
_NOT_COUNTED = ("in_force_verified", "both_sign", "both_sign_counts", "occupancy", "fans")
#: Measures of the page's table, beside the answer's.
_MOST_SHOWN = 7


@dataclass(frozen=True)
class Count:
    """What so many pairs of timelines come to.

    Attributes
    ----------
    analysis
        With estimates, contrasts, who may be the best, curves of agreements in force and since signature, and causes.
    n
        Replications of each cadence.
    against_best
        How far each cadence is from the best of the others in the answer's measure.
    gaps
        By cadence but the baseline: how many more agreements are in force than under the baseline, by day; none where
        the model has no agreements.
    parted
        The first timelines that end in force under the first of them alone, and under the baseline alone.
    """

    analysis: Analysis
    n: int
    against_best: pl.DataFrame
    gaps: Mapping[str, Gap]
    parted: tuple[tuple[int, ...], tuple[int, ...]]


def shown_measures(experiment: Experiment) -> list[Yardstick]:
    """Return the measures of the page's table: the answer's, those the config cares for, and one of each other kind."""
    ends = experiment.model.endpoints
    assert ends is not None
    known = {yardstick.key: yardstick for yardstick in declare_yardsticks(ends, experiment.window)}
    aims = () if experiment.aims is None else experiment.aims.measures
    found = [known[key] for key in dict.fromkeys((ends.primary, *aims))]
    for yardstick in known.values():
        plain = yardstick.statistic != "median" and not yardstick.of_both and not yardstick.undefined
        alike = {(other.reading, other.estimand) for other in found}
        if plain and yardstick.better != "neither" and (yardstick.reading, yardstick.estimand) not in alike:
            found.append(yardstick)
    return found[:_MOST_SHOWN]


def count(experiment: Experiment, pieces: Mapping[str, Sequence[Histories]], shown: Sequence[str]) -> Count:
    """Count timelines of one scenario under some cadences.

    Parameters
    ----------
    experiment
        With these cadences, and one scenario.
    pieces
        By cadence the same replications, in ranges of `timeline.analysis.pieces.ROWS`.
    shown
        Keys of measures to be estimated beside those that the answer reads.
    """
    ends, window, baseline = experiment.model.endpoints, experiment.window, experiment.baseline
    assert ends is not None
    wanted = {*shown, *_READ, ends.primary}
    declared = declare_yardsticks(ends, window)
    measures = tuple(measure for measure in declared if measure.key in wanted)
    settings = Settings(ends, window, baseline, measures, GRID)
    (scenario,) = experiment.scenarios
    scan = Scan(settings, scenario, pieces)
    drawn = {cadence: _Drawn(settings.days, settings.days_since, experiment) for cadence in pieces}
    deciding = next(measure for measure in measures if measure.key == ends.primary)
    contest = Contest(deciding, tuple(pieces), baseline)
    others = [cadence for cadence in pieces if cadence != baseline]
    gaps = {cadence: Gap(settings.days) for cadence in others if ends.signed is not None}
    for together in zip(*pieces.values(), strict=True):
        ranges = dict(zip(pieces, together, strict=True))
        scan.add(ranges)
        contest.add(ranges)
        for cadence, gap in gaps.items():
            gap.add(ranges[cadence], ranges[baseline])
        for cadence, piece in ranges.items():
            drawn[cadence].add(piece)
    best = decide(deciding, {scenario: contest})
    tables = Tables()
    scan.report(tables)
    causes = known_causes((cause for one in drawn.values() for cause in one.failed.seen), ends)
    for cadence, one in drawn.items():
        one.report(tables, ends, causes, scenario=scenario, cadence=cadence)
    n = sum(piece.n for piece in pieces[baseline])
    parted = gaps[others[0]].parted if gaps else ((), ())
    analysis = with_best(_analysis(experiment, scenario, tuple(pieces), measures, tables), best)
    return Count(analysis, n, best.against_best, gaps, parted)


class _Drawn:
    """The curves of one arm that the page draws."""

    def __init__(self, days: Floats, since: Floats, experiment: Experiment) -> None:
        self.window = experiment.window
        self.in_force, self.since, self.failed = InForce(days), SinceSignature(since), Incidence(days)

    def add(self, piece: Histories) -> None:
        self.in_force.add(piece)
        early = signed_early(piece, self.window.horizon, self.window.follow_up)
        self.since.add(piece.kept[early])
        self.failed.add(piece, piece.lost, np.ones(piece.n, dtype=np.bool_))

    def report(self, tables: Tables, ends: Endpoints, causes: Sequence[str], **label: str) -> None:
        if ends.signed is not None:
            tables.add("in_force", self.in_force.curve(), **label)
            tables.add("since_signature", self.since.curve(), **label)
        if ends.failures:
            tables.add("causes", self.failed.table(causes), **label, since="start")


def _analysis(
    experiment: Experiment,
    scenario: str,
    cadences: tuple[str, ...],
    measures: tuple[Yardstick, ...],
    tables: Tables,
) -> Analysis:
    ends = experiment.model.endpoints
    assert ends is not None
    frames: dict[str, Any] = {
        name: tables.frame(name)
        for name in ("estimates", "contrasts", "best", "in_force", "since_signature", "causes", *_NOT_COUNTED)
    }
    return Analysis(
        window=experiment.window,
        baseline=experiment.baseline,
        scenarios=(scenario,),
        cadences=cadences,
        measures=measures_frame(measures),
        primary=ends.primary,
        clause=next(measure.says for measure in measures if measure.key == ends.primary),
        horizon_words=ends.words.horizon,
        **frames,
    )
