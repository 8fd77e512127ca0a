"""A surface: what a sweep has found, and its page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from timeline.keeping.archive import Archive
from timeline.playing.blocks import play_and_compare, sweep_folder
from timeline.playing.listener import Listener
from timeline.study.sweep_arms import plan_sweep

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.surface import Findings
    from timeline.study.experiment import Experiment


@dataclass(frozen=True)
class Surface:
    """What a sweep has found.

    Attributes
    ----------
    findings
        The estimates and contrasts of every point, and which cannot be told from the best.
    played
        How many timelines were played for it now.
    folder
        Where its values lie.
    """

    findings: Findings
    played: int
    folder: Path
    _place: Any = field(default=None, repr=False)

    @property
    def answer(self) -> str:
        """What the sweep says, in a sentence."""
        from timeline.pages.sweep import answer

        return answer(self.findings)

    @property
    def afresh(self) -> str:
        """What further replications say of the points that look best; empty if there is nothing to say."""
        from timeline.pages.sweep import afresh

        return afresh(self.findings)

    @property
    def region(self) -> str:
        """Which points cannot be told from the best; empty if there is nothing to say."""
        from timeline.pages.sweep import region

        return region(self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return what was found as plain data."""
        found = self.findings
        return {
            "config": found.plan.experiment.name,
            "folder": str(self.folder),
            "page": str(self.page),
            "sweep": found.plan.sweep.as_json(),
            "played": self.played,
            "answer": self.answer,
            "afresh": self.afresh,
            "region": self.region,
            "best": found.points.row(found.best, named=True),
            "tied": int(found.tied.sum()),
            "idle": list(found.idle),
            "fresh": found.fresh.to_dicts(),
            "points": found.points.to_dicts(),
        }

    @property
    def page(self) -> Path:
        """Where `report` writes the page."""
        from timeline.pages.sweep import PAGE

        return self.folder / PAGE

    def figure(self) -> Figure:
        """Return the map."""
        from timeline.plots.surface import surface

        return surface(self.findings)

    def report(self, command: str = "") -> Path:
        """Write the page into the sweep's folder; returns where it lies."""
        from timeline.pages.sweep import write_sweep

        plan = self.findings.plan
        with Archive(self.folder, plan.content()) as archive:
            return write_sweep(self.findings, archive, command)

    def _repr_html_(self) -> str:
        from html import escape

        from timeline.plots.style import svg

        return f"<p>{escape(self.answer)}</p>{svg(self.figure(), 'surface')}"


def sweep(experiment: Experiment, folder: Path | None, workers: int, listener: Listener, command: str) -> Surface:
    """Play a sweep as far as it is not kept yet; see `timeline.front.study.Study.sweep`."""
    plan = plan_sweep(experiment)
    place = TemporaryDirectory(prefix="timeline-sweep-") if folder is None else None
    where = sweep_folder(plan, folder if place is None else Path(place.name))
    with Archive(where, plan.content()) as archive:
        findings, played = play_and_compare(
            plan, archive, workers=workers, command=command, progress=listener.moved, say=listener.said
        )
    return Surface(findings, played, where, place)
