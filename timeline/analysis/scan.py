"""The scan of a scenario: everything that adds up, counted and summed for every arm as its rows go by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from timeline.analysis.causes import Incidence
from timeline.analysis.contrasts import Comparison
from timeline.analysis.estimates import Estimate
from timeline.analysis.hazards import Hazards
from timeline.analysis.histories import Histories, common_replications, common_rows
from timeline.analysis.intervals import CONFIDENCE, join_notes
from timeline.analysis.kept import KeptSamples
from timeline.analysis.occupancy import Occupancy
from timeline.analysis.samples import Sample, sample
from timeline.analysis.survival import BothSign, InForce, SinceSignature, signed_early
from timeline.analysis.tables import Tables
from timeline.arrays import Floats
from timeline.model.endpoints import Endpoints
from timeline.study.window import Window
from timeline.study.yardsticks import BOTH, SIGN, Yardstick, no_own_value

NOBODY = "nobody signed"
"""Why a measure of signed agreements has no value where none is signed: then nobody signed too late either."""


@dataclass(frozen=True)
class Settings:
    """What every arm of an analysis is read by; see `timeline.analysis.analysis.analyse`."""

    endpoints: Endpoints
    window: Window
    baseline: str
    measures: tuple[Yardstick, ...]
    grid_points: int
    aims: tuple[str, ...] = ()

    @property
    def days(self) -> Floats:
        """Days since the start at which curves are drawn, shape (grid_points,)."""
        return np.linspace(0.0, self.window.horizon, self.grid_points)

    @property
    def days_since(self) -> Floats:
        """Days since signature at which curves are drawn, shape (grid_points,)."""
        return np.linspace(0.0, self.window.follow_up, self.grid_points)


class ArmCurves:
    """What is drawn of one arm day by day."""

    def __init__(self, settings: Settings) -> None:
        ends, days, days_since = settings.endpoints, settings.days, settings.days_since
        self.settings = settings
        self.in_force = InForce(days)
        self.in_force_verified = None if ends.half_verified is None else InForce(days, verified=True)
        self.since_signature = SinceSignature(days_since)
        self.occupancy = Occupancy(ends, days)
        self.since_start = Incidence(days)
        self.causes_since_signature = Incidence(days_since)
        self.hazards = Hazards(settings.window.follow_up, ends.fragile is not None)

    def add(self, piece: Histories) -> None:
        """Count further replications."""
        settings = self.settings
        early = signed_early(piece, settings.window.horizon, settings.window.follow_up)
        self.in_force.add(piece)
        if self.in_force_verified is not None:
            self.in_force_verified.add(piece)
        self.since_signature.add(piece.kept[early])
        self.occupancy.add(piece)
        self.since_start.add(piece, piece.lost, np.ones(piece.n, dtype=np.bool_))
        self.causes_since_signature.add(piece, piece.kept, early)
        self.hazards.add(piece, early, piece.fragile)

    def report(self, tables: Tables, causes: Sequence[str], **label: str) -> None:
        """Add the curves to the tables."""
        if self.settings.endpoints.signed is not None:
            self._report_agreements(tables, **label)
        tables.add("occupancy", self.occupancy.table(), **label)
        if self.settings.endpoints.failures:
            tables.add("causes", self.since_start.table(causes), **label, since="start")
        if self.settings.endpoints.signed is not None:
            tables.add("causes", self.causes_since_signature.table(causes), **label, since="signature")

    def _report_agreements(self, tables: Tables, **label: str) -> None:
        tables.add("in_force", self.in_force.curve(), **label)
        if self.in_force_verified is not None:
            tables.add("in_force_verified", self.in_force_verified.curve(), **label)
        tables.add("since_signature", self.since_signature.curve(), **label)
        tables.add("hazards", self.hazards.table(), **label)


class ArmScan:
    """What one arm adds up to in every measure."""

    def __init__(self, measures: Sequence[Yardstick]) -> None:
        self.measures = measures
        self.estimates = {measure.key: Estimate(measure) for measure in measures if not measure.of_both}
        self.n = self.signed = 0

    def add(self, piece: Histories) -> list[Sample]:
        """Count further replications; return their values of every measure."""
        self.n += piece.n
        self.signed += int(np.isfinite(piece.signed).sum())
        samples = [sample(measure, piece) for measure in self.measures]
        for measure, values in zip(self.measures, samples, strict=True):
            if not measure.of_both:
                self.estimates[measure.key].add(values)
        return samples


class ScenarioCurves:
    """What is drawn of the arms of a scenario day by day; a `timeline.analysis.reading.Counter`."""

    def __init__(self, settings: Settings, scenario: str, cadences: Iterable[str]) -> None:
        self.settings, self.scenario = settings, scenario
        self.arms = {cadence: ArmCurves(settings) for cadence in cadences}
        self.both_sign = {
            name: BothSign(settings.days_since, settings.window.horizon, settings.window.follow_up)
            for name in self.arms
            if name != settings.baseline
        }

    def add(self, together: Mapping[str, Histories]) -> None:
        """Count the next range of replications."""
        for cadence, piece in together.items():
            self.arms[cadence].add(piece)
        base = together.get(self.settings.baseline)
        for cadence, found in self.both_sign.items():
            if base is not None and cadence in together:
                found.add(*common_replications([together[cadence], base]))

    def causes(self) -> Iterator[str]:
        """Every cause of a failure, in any order."""
        for arm in self.arms.values():
            yield from arm.since_start.seen

    def report(self, tables: Tables, causes: Sequence[str]) -> None:
        """Add all curves to the tables."""
        for cadence, arm in self.arms.items():
            arm.report(tables, causes, scenario=self.scenario, cadence=cadence)
        for cadence, found in self.both_sign.items() if self.settings.endpoints.signed is not None else ():
            tables.add("both_sign", found.curves(), scenario=self.scenario, cadence=cadence)
            tables.add_row("both_sign_counts", found.counts(), scenario=self.scenario, cadence=cadence)


class Scan:
    """What the arms of a scenario reach in every measure, each by itself and compared; `add` is shown their rows.

    What the measures read is kept too, if there is something to keep it.
    """

    def __init__(
        self, settings: Settings, scenario: str, cadences: Iterable[str], kept: KeptSamples | None = None
    ) -> None:
        self.settings, self.scenario, self.kept = settings, scenario, kept
        self.arms = {cadence: ArmScan(settings.measures) for cadence in cadences}
        names, base = tuple(self.arms), settings.baseline
        self.others = [name for name in names if name != base]
        self.both_estimates = {
            (name, measure.key): Estimate(measure)
            for measure in settings.measures
            for name in self.others
            if measure.of_both
        }
        self.comparisons = [Comparison(measure, names, base) for measure in settings.measures]
        self.shared = 0

    def add(self, together: Mapping[str, Histories]) -> None:
        """Count the next range of replications."""
        samples = {cadence: self.arms[cadence].add(piece) for cadence, piece in together.items()}
        if self.kept is not None:
            for cadence, piece in together.items():
                read = dict(zip(self.settings.measures, samples[cadence], strict=True))
                self.kept.add((self.scenario, cadence), piece.replication, read)
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
                for name in self.others:
                    both = Sample(shared[name].values, shared[name].among & among)
                    self.both_estimates[name, measure.key].add(both)

    def report(self, tables: Tables) -> None:
        """Add all that was found to the tables."""
        most = max(arm.n for arm in self.arms.values())
        all_shared = all(arm.n == self.shared for arm in self.arms.values())
        of_shared = f"from the {self.shared} replications that all cadences share, of up to {most}"
        nobody = not any(arm.signed for arm in self.arms.values())
        for measure, comparison in zip(self.settings.measures, self.comparisons, strict=True):
            label = {"scenario": self.scenario, "measure": measure.key}
            if nobody and measure.estimand in (SIGN, BOTH):
                comparison.measure = replace(measure, empty=NOBODY)
            for cadence in self.arms:
                tables.add_row("estimates", self._estimate(cadence, measure), cadence=cadence, **label)
            for cadence, contrast in comparison.contrasts().items():
                row = contrast._replace(note=join_notes(contrast.note, "" if all_shared else of_shared))._asdict()
                tables.add_row("contrasts", row, cadence=cadence, **label)
            for cadence, standing in comparison.standings().items():
                tables.add_row("best", standing._asdict(), cadence=cadence, **label)
            if measure.key in self.settings.aims:
                # Bonferroni over the aims: whatever is said of several together holds at 95%.
                together = 1 - (1 - CONFIDENCE) / len(self.settings.aims)
                for (cadence, other), contrast in comparison.pairs(together).items():
                    tables.add_row("pairs", contrast._asdict(), cadence=cadence, other=other, **label)

    def _estimate(self, cadence: str, measure: Yardstick) -> dict[str, Any]:
        if not measure.of_both:
            found = self.arms[cadence].estimates[measure.key].summary()
            unsigned = not self.arms[cadence].signed and measure.estimand == SIGN and found.note == measure.empty
            return (found._replace(note=NOBODY) if unsigned else found)._asdict()
        if cadence != self.settings.baseline:
            return self.both_estimates[cadence, measure.key].summary()._asdict()
        return Estimate(measure).summary()._replace(note=no_own_value(measure))._asdict()
