r"""Across: the same cadence in two scenarios, its advantage in two scenarios, and the levers of a factorial.

A replication has the same luck in every scenario. So what a scenario changes is taken replication by replication, as
the difference between two cadences is (`timeline.analysis.contrasts`), and by the same intervals, in every measure.

**Advantages.** A cadence's advantage is its difference from the baseline in one scenario. Whether it differs between
two scenarios is a difference of differences, again of the same replications; the two imaginary replications of its
interval lie at twice the largest difference that there can be.

**One pass.** Rows come scenario by scenario, so what the measures read is kept until all scenarios are through
(`timeline.analysis.kept`); no row is read twice.

**From rows alone.** A summary (`timeline.analysis.world_summary`) is of one scenario. It holds no products between
scenarios, so no paired error follows from it.

**Simultaneous.** In each measure one critical value serves all differences between scenarios, one serves all
advantages, and one serves all pairs of values of all levers, so that the largest may be picked out afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import polars as pl

from timeline.analysis.contrasts import Contrast
from timeline.analysis.intervals import without_nan
from timeline.analysis.kept import KeptSamples
from timeline.analysis.paired import paired
from timeline.analysis.pieces import ArmNames
from timeline.analysis.tables import SCHEMAS
from timeline.study.questions import Grid
from timeline.study.yardsticks import Yardstick


def between_scenarios(kept: KeptSamples, measures: Sequence[Yardstick], reference: str) -> pl.DataFrame:
    """Compare every scenario with one of them, under every cadence.

    Parameters
    ----------
    kept
        What the measures read of every arm; a measure that not all scenarios have is compared in those that do.
    measures
        In which they are compared.
    reference
        The scenario that the others are compared with.

    Returns
    -------
    DataFrame
        scenario, other (the reference), cadence, measure, difference (scenario less reference), se, low, high, n,
        critical, distinguishable, note.
    """
    rows: list[dict[str, Any]] = []
    for measure in measures:
        arms = _others(kept, measure, reference)
        if not arms:
            continue
        pairs = [(arm, (reference, arm[1])) for arm in arms]
        rows += _rows(arms, reference, measure, paired(kept, measure, pairs).contrasts())
    return without_nan(pl.DataFrame(rows, schema=SCHEMAS["across"]))


def between_advantages(kept: KeptSamples, measures: Sequence[Yardstick], reference: str, baseline: str) -> pl.DataFrame:
    """Compare the advantage of every cadence over the baseline in every scenario with that in one of them.

    Parameters
    ----------
    kept, measures, reference
        As for `between_scenarios`.
    baseline
        The cadence that the others are compared with.

    Returns
    -------
    DataFrame
        scenario, other (the reference), cadence, measure, difference (what the cadence gains on the baseline in the
        scenario, less what it gains in the reference), se, low, high, n, critical, distinguishable, note.
    """
    rows: list[dict[str, Any]] = []
    for measure in measures:
        arms = [arm for arm in _others(kept, measure, reference) if arm[1] != baseline]
        if not arms:
            continue
        own = [*dict.fromkeys((reference, cadence) for _, cadence in arms), *arms]
        found = paired(kept, measure, [((scenario, cadence), (scenario, baseline)) for scenario, cadence in own])
        weights = np.zeros((len(arms), len(own)))
        for at, (scenario, cadence) in enumerate(arms):
            weights[at, own.index((scenario, cadence))], weights[at, own.index((reference, cadence))] = 1.0, -1.0
        rows += _rows(arms, reference, measure, found.combined(weights, 2.0))
    return without_nan(pl.DataFrame(rows, schema=SCHEMAS["advantages"]))


def _others(kept: KeptSamples, measure: Yardstick, reference: str) -> list[ArmNames]:
    """Return the arms of other scenarios than the reference, scenario by scenario, in which a measure can be had."""
    arms = [] if measure.undefined else kept.arms(measure)
    cadences = {cadence for scenario, cadence in arms if scenario == reference}
    return [(scenario, cadence) for scenario, cadence in arms if scenario != reference and cadence in cadences]


def _rows(
    arms: Sequence[ArmNames], other: str, measure: Yardstick, contrasts: Sequence[Contrast]
) -> list[dict[str, Any]]:
    return [
        {"scenario": scenario, "other": other, "cadence": cadence, "measure": measure.key, **contrast._asdict()}
        for (scenario, cadence), contrast in zip(arms, contrasts, strict=True)
    ]


def between_values(kept: KeptSamples, measure: Yardstick, scenario: str, grid: Grid) -> pl.DataFrame:
    """Compare the values of every lever of a factorial, each as the mean over all values of the other levers.

    Parameters
    ----------
    kept
        What the measure reads of every arm.
    measure
        In which they are compared.
    scenario
        In which scenario.
    grid
        Its names are cadences of that scenario.

    Returns
    -------
    DataFrame
        lever, value, other, measure, difference (value less other), se, low, high, n, critical, distinguishable. The
        intervals are simultaneous over all pairs of values of all levers.
    """
    places = np.array(list(grid.by_name().values()))
    labels, weights = [], []
    for axis, lever in enumerate(grid.paths):
        mean = [np.where(places[:, axis] == at, 1.0, 0.0) for at in range(len(grid.values[axis]))]
        for one, other in combinations(range(len(mean)), 2):
            labels.append({"lever": lever, "value": grid.values[axis][one], "other": grid.values[axis][other]})
            weights.append(mean[one] / mean[one].sum() - mean[other] / mean[other].sum())
    if not labels:
        return pl.DataFrame(schema=SCHEMAS["levers"])
    first, *others = ((scenario, name) for name in grid.names)
    found = paired(kept, measure, [(other, first) for other in others])
    if found.beside.total < 2:
        return pl.DataFrame(schema=SCHEMAS["levers"])
    # The weights of all arms add up to 0: what is left of the first arm are the differences of the others from it.
    contrasts = found.combined(np.array(weights)[:, 1:], 1.0)
    rows = [
        {**label, "measure": measure.key, **contrast._asdict()}
        for label, contrast in zip(labels, contrasts, strict=True)
    ]
    return without_nan(pl.DataFrame(rows, schema=SCHEMAS["levers"]))
