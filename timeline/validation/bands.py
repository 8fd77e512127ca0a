"""Holding the timelines of a model against the bands of its record, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from timeline.analysis.targets import Nearness, TargetReader, nearness
from timeline.model.units import YEAR
from timeline.study.window import Window

if TYPE_CHECKING:
    from timeline.arrays import Rows
    from timeline.model.declarations import Model
    from timeline.study.uncertainty import Target

#: For how long an agreement is followed after its signature, as in the shipped questions.
FOLLOW_UP = 5 * YEAR


def held_to(model: Model, rows: Rows, targets: Sequence[Target], years: float) -> Nearness:
    """Return what timelines show of each target, with its standard error, and how far outside its band it lies.

    Parameters
    ----------
    model
        Whose rows they are. It keeps every observation that a target reads.
    rows
        From `timeline.play_observed`; of several cadences together, for a mixture of them.
    targets
        The bands.
    years
        For how long they were played.
    """
    return nearness(targets, TargetReader(model, Window(years * YEAR, FOLLOW_UP, ()), tuple(targets)).read(rows))
