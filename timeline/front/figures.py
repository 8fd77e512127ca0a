"""The figures of a result, each a function that returns a matplotlib figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from timeline.words import readable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.analysis import Analysis
    from timeline.analysis.best import Best


@dataclass(frozen=True)
class Figures:
    """The figures of a result.

    Each takes the scenario it is of; the first if left out.
    """

    analysis: Analysis
    best_of: Best

    def in_force(self, scenario: str | None = None, half_verified: bool = False) -> Figure:
        """Draw the share of timelines with an agreement in force, a panel a cadence against the baseline."""
        from timeline.plots.curves import in_force

        frame = self.analysis.in_force_verified if half_verified else self.analysis.in_force
        return in_force(frame, **self._of(scenario), half_verified=half_verified)

    def survival(self, scenario: str | None = None) -> Figure:
        """Draw survival since signature, among those that sign."""
        from timeline.plots.curves import since_signature

        return since_signature(self.analysis.since_signature, **self._of(scenario))

    def causes(self, scenario: str | None = None) -> Figure:
        """Draw by what agreements and talks fail."""
        from timeline.plots.causes import causes

        return causes(self.analysis.causes, **self._of(scenario))

    def contrasts(self, scenario: str | None = None) -> Figure:
        """Draw the differences from the baseline with their intervals."""
        from timeline.pages.drawing import preferred
        from timeline.plots.contrasts import contrasts

        shown = {"preferred": preferred(self.analysis), **self._of(scenario)}
        return contrasts(self.analysis.contrasts, self.analysis.measures, **shown)

    def occupancy(self, scenario: str | None = None) -> Figure:
        """Draw in which phase timelines are."""
        from timeline.plots.occupancy import occupancy

        return occupancy(self.analysis.occupancy, **self._of(scenario))

    def best(self, scenario: str | None = None) -> Figure:
        """Draw each cadence against the best of the others."""
        from timeline.plots.best import best

        return best(self.best_of, scenario=self._of(scenario)["scenario"])

    def svg(self, name: str, scenario: str | None = None) -> str:
        """Return one of these figures as SVG, to stand in a page."""
        from timeline.plots.style import svg

        return svg(getattr(self, name)(scenario), readable(name).replace(" ", "-"))

    def _of(self, scenario: str | None) -> dict[str, Any]:
        return {"scenario": scenario or self.analysis.scenarios[0], "baseline": self.analysis.baseline}
