"""Summaries of many worlds: a sink for timelines that keeps no row."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from timeline.analysis.contrasts import Contrast
from timeline.analysis.histories import Histories
from timeline.analysis.intervals import without_nan
from timeline.analysis.summary_settings import SummarySettings
from timeline.analysis.world_summary import WorldSummary
from timeline.errors import TimelineError


class Summaries:
    """A sink for timelines: a summary of each world, whatever the order in which blocks come.

    Parameters
    ----------
    settings
        What to keep.

    Attributes
    ----------
    worlds
        By number of the world.
    """

    def __init__(self, settings: SummarySettings) -> None:
        self.settings = settings
        self.worlds: dict[int, WorldSummary] = {}

    def take(self, world: int, first: int, histories: Mapping[str, Histories]) -> None:
        """Add a block of replications of a world, from replication `first` on.

        Raises
        ------
        TimelineError
            As for `WorldSummary.of` and `WorldSummary.merge`, or if the block begins with another replication.
        """
        found = WorldSummary.of(histories, self.settings, world)
        begins = int(found.ranges[0, 0]) if len(found.ranges) else first
        if begins != first:
            raise TimelineError(
                f"summaries: world {world}: a block from replication {first} on was announced, it begins with "
                f"{begins}; give the number of its first replication"
            )
        self.add(found)

    def add(self, summary: WorldSummary) -> None:
        """Add a summary made elsewhere, by the same settings."""
        self.settings.require_same(summary.settings)
        before = self.worlds.get(summary.world)
        self.worlds[summary.world] = summary if before is None else before.merge(summary)

    def table(self, contrasts: bool = True) -> pl.DataFrame:
        """Put all estimates, and what each cadence is ahead of the baseline, into a frame.

        Parameters
        ----------
        contrasts
            Whether to compare the cadences; that takes most of the time.

        Returns
        -------
        DataFrame
            world, cadence, measure, estimate, se, low, high, n, note; then difference, difference_se, difference_low,
            difference_high, critical, distinguishable, difference_note: null for the baseline. By world.
        """
        rows = []
        for world in sorted(self.worlds):
            summary = self.worlds[world]
            for measure in self.settings.measures:
                against = summary.contrasts(measure.key) if contrasts else {}
                for cadence in self.settings.cadences:
                    row = {"world": world, "cadence": cadence, "measure": measure.key}
                    own = summary.estimate(cadence, measure.key)._asdict()
                    rows.append(row | own | (_against(against[cadence]) if cadence in against else {}))
        return without_nan(pl.DataFrame(rows, schema=_TABLE))


_NUMBER, _WORD = pl.Float64, pl.String
_TABLE: dict[str, type[pl.DataType]] = {
    "world": pl.Int64,
    "cadence": _WORD,
    "measure": _WORD,
    "estimate": _NUMBER,
    "se": _NUMBER,
    "low": _NUMBER,
    "high": _NUMBER,
    "n": pl.Int64,
    "note": _WORD,
    "difference": _NUMBER,
    "difference_se": _NUMBER,
    "difference_low": _NUMBER,
    "difference_high": _NUMBER,
    "critical": _NUMBER,
    "distinguishable": pl.Boolean,
    "difference_note": _WORD,
}


def _against(contrast: Contrast) -> dict[str, object]:
    return {
        "difference": contrast.difference,
        "difference_se": contrast.se,
        "difference_low": contrast.low,
        "difference_high": contrast.high,
        "critical": contrast.critical,
        "distinguishable": contrast.distinguishable,
        "difference_note": contrast.note,
    }
