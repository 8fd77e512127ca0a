"""Figures of an experiment's design: combinations of levers, of assumptions, and the model without its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.pages.context import Context
from timeline.plots.ablation import ablation, ablation_caption
from timeline.plots.factors import factors, factors_caption
from timeline.plots.landmarks import landmarks, landmarks_caption
from timeline.plots.maps import best_map, best_map_caption
from timeline.study.ablation import WHOLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.analysis import Analysis

Design = tuple[str, Callable[..., "Figure"], Callable[..., str], dict[str, Any]]


def designs(analysis: Analysis, context: Context, measure: str, best: str | None) -> Iterator[Design]:
    """Yield (name, figure, caption, what both are called with) for what the config's design allows.

    Parameters
    ----------
    analysis, context
        The results, and the design.
    measure
        The measure shown, a share.
    best
        The cadence with the most agreements in force in the first scenario, None if there is none.
    """
    common = {"measure": measure, "baseline": analysis.baseline}
    if context.factorial is not None and len(context.factorial.paths) in (2, 3):
        given = {"contrasts": analysis.contrasts, "scenario": analysis.scenarios[0], "grid": context.factorial}
        yield "factors", factors, factors_caption, given | common
    if context.grid is not None and len(context.grid.paths) == 2 and len(analysis.cadences) > 1:
        given = {"best": analysis.best, "contrasts": analysis.contrasts, "grid": context.grid}
        yield "map", best_map, best_map_caption, given | common
    if context.landmark is not None and context.landmarks is not None and context.landmarks.height:
        told = {"frame": context.landmarks, "field": context.landmark.field, "after": context.landmark.after}
        yield "landmarks", landmarks, landmarks_caption, told
    if context.ablation and len(analysis.cadences) > 1:
        rival = best if best not in (None, analysis.baseline) else _rival(analysis, measure)
        given = {"estimates": analysis.estimates, "contrasts": analysis.contrasts, "whole": WHOLE, "cadence": rival}
        yield "ablation", ablation, ablation_caption, given | common


def _rival(analysis: Analysis, measure: str) -> str:
    """Return the cadence other than the baseline that does best in the first scenario."""
    rows = analysis.estimates.filter(
        (pl.col("scenario") == analysis.scenarios[0])
        & (pl.col("measure") == measure)
        & (pl.col("cadence") != analysis.baseline)
    ).sort("estimate", descending=True, nulls_last=True)
    return str(rows["cadence"][0])
