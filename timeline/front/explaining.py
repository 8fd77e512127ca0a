"""One crisis told under two cadences: which one, why it ended otherwise, and its files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError, PathError
from timeline.explaining.alignment import NEAR
from timeline.explaining.choosing import SEARCHED, Fates, fates, needs_endpoints, none_saved, pair_of, worlds_of
from timeline.explaining.explanation import explain as play_and_explain
from timeline.explaining.turning import REPLAYED, turning_points
from timeline.explaining.words import in_words
from timeline.front.progress import Listener

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.explaining.explanation import Explanation as Explanation
    from timeline.explaining.explanation import Row as Row
    from timeline.explaining.turning import Parting as Parting
    from timeline.explaining.turning import TurningPoints
    from timeline.study.experiment import Arm, Experiment

__all__ = ["NEAR", "Explained", "explain"]


@dataclass(frozen=True)
class Explained:
    """One crisis told under two cadences.

    Attributes
    ----------
    explanation
        The same until when, what differed and why, what followed.
    turning_points
        Where all that the one saves and the other loses first part; None unless they were counted.
    name
        Of the config.
    """

    explanation: Explanation
    turning_points: TurningPoints | None
    name: str

    @property
    def points_in_words(self) -> list[str]:
        """What the turning points say, in sentences; none unless they were counted."""
        return [] if self.turning_points is None else in_words(self.turning_points)

    @property
    def points_in_tables(self) -> list[tuple[str, tuple[Parting, ...]]]:
        """The turning points counted by kind: three tables with their titles; none unless they were counted."""
        points = self.turning_points
        if points is None:
            return []
        return [
            ("Where they first part", points.first),
            ("The first difference that is no disclosure itself", points.beyond),
            (f"What ended them under {points.cadences[1]}", points.lost),
        ]

    def figure(self) -> Figure:
        """Draw both timelines, one over the other."""
        from timeline.plots.divergence import divergence

        return divergence(self.explanation)

    def as_json(self) -> dict[str, Any]:
        """Return everything as plain data."""
        from timeline.explaining.keeping import plain

        points = self.turning_points
        return {"explanation": plain(self.explanation), "turning_points": None if points is None else asdict(points)}

    def write(self, folder: str | Path) -> list[Path]:
        """Write table (.csv), picture (.png, .svg) and everything (.json) into a folder; returns the files.

        Raises
        ------
        StoreError
            If one cannot be written.
        """
        from timeline.keeping.files import cannot_write, write_aside

        written = []
        for name, data in self._files().items():
            path = Path(folder) / name
            if path.is_dir():
                raise PathError(f"{path}: is a folder, expected a file to write; give another --out")
            try:
                write_aside(path, data)
            except OSError as problem:
                raise cannot_write(path, problem) from None
            written.append(path)
        return written

    def _files(self) -> dict[str, bytes]:
        from timeline.keeping.csv_files import csv_bytes
        from timeline.plots.style import png, svg

        told = self.explanation
        stem = f"{self.name}-{told.cadences[0]}-{told.cadences[1]}-{told.replication}"
        figure = self.figure()
        files = {
            f"{stem}.csv": csv_bytes(told.table),
            f"{stem}.png": png(figure),
            f"{stem}.svg": svg(figure, stem).encode(),
            f"{stem}.json": json.dumps(self.as_json(), indent=2, ensure_ascii=False).encode(),
        }
        if self.turning_points is not None:
            files[f"{stem}-turning-points.csv"] = self._points_table()
        return files

    def _points_table(self) -> bytes:
        import polars as pl

        from timeline.keeping.csv_files import csv_bytes

        rows = [{"table": title, **vars(kind)} for title, kinds in self.points_in_tables for kind in kinds]
        return csv_bytes(pl.DataFrame(rows))

    def _repr_html_(self) -> str:
        from html import escape

        from timeline.plots.style import svg

        return f"<p>{escape(self.explanation.opening)}</p>{svg(self.figure(), 'divergence')}"


def explain(
    experiment: Experiment,
    cadences: tuple[str, str],
    replication: int | None = None,
    *,
    scenario: str | None = None,
    typical: bool = False,
    turning: bool = False,
    replications: int | None = None,
    replays: int | None = None,
    folder: Path | None = None,
    listener: Listener | None = None,
) -> Explained:
    """Tell one replication under two cadences; see `timeline.front.study.Study.explain`."""
    arms = pair_of(experiment, cadences, scenario)
    for option, wanted in (("--typical", typical), ("--turning-points", turning)):
        if wanted:
            needs_endpoints(experiment, option)
    if folder is not None:
        _make_folder(folder)
    chosen, points = "", None
    if replication is None:
        searched = replications or min(experiment.replications, SEARCHED)
        closely = typical or turning
        differing = fates(experiment, arms, searched, first_only=not closely, say=(listener or Listener()).said)
        if closely:
            replication, chosen, points = _typical(experiment, arms, differing, replays or REPLAYED)
        else:
            replication, chosen = _first(differing)
    explanation = play_and_explain(experiment, arms, replication, chosen=chosen)
    return Explained(explanation, points if turning else None, experiment.name)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise ConfigError(
            f'--out: "{folder}" cannot be made ({problem.strerror}); give a folder that can be written'
        ) from None


def _typical(
    experiment: Experiment, arms: tuple[Arm, Arm], differing: Fates, replays: int
) -> tuple[int, str, TurningPoints]:
    names = (arms[0].cadence, arms[1].cadence)
    if not differing.saved:
        raise none_saved(names, differing)
    points = turning_points(worlds_of(experiment, arms), names, differing, replays)
    assert points.typical is not None
    return points.typical, f"{points.rule} {in_words(points)[0]}", points


def _first(differing: Fates) -> tuple[int, str]:
    if differing.outcomes_differ is not None:
        return differing.outcomes_differ, "The first replication whose outcomes differ."
    assert differing.anything_differs is not None
    return differing.anything_differs, (
        f"The outcomes of {differing.played:,} replications are the same; this is the first that differs in anything."
    )
