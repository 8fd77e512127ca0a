"""How long new leaders stay in office, played, against the record, by regime."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from timeline import (
    YEAR,
    CheckRow,
    Model,
    Skipped,
    World,
    clock_named,
    given_values,
    play,
    read_spells,
    skipped_without,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

#: Where the curves of the figure are read, in years.
GRID = np.linspace(0.0, 12.0, 241)
#: How long a timeline is played.
DECADES = 4


@dataclass(frozen=True)
class Tenure:
    """How long new leaders stay, by regime: played with little but the mechanism that changes leaders.

    Attributes
    ----------
    clock
        A clock over the sides, of the mechanism that changes leaders.
    leaders
        The side's field that counts changes of leader.
    given
        Assumptions, as a config writes them: the ordinary country, and nothing that ends a timeline.
    beside
        Other mechanisms that are kept, where leaders cannot be played without them.
    regimes
        Regime in the record -> value of the side's field.
    field
        The side's field that holds the regime.
    file
        Spells of leaders, in the folder of data.
    years
        When to compare.
    within
        How far the model may be from the record at each, as a share.
    """

    clock: str
    regimes: Mapping[str, int]
    field: str = "regime"
    leaders: str = "leaders"
    given: Mapping[str, object] = dataclasses.field(default_factory=dict)
    beside: tuple[str, ...] = ()
    file: str = "leader_spells.csv"
    years: tuple[int, ...] = (1, 2, 4, 8)
    within: float = 0.03

    name = "tenure"
    heading = "Leaders in office"
    lead = "Leaders leave between elections, at elections and against the rules. New ones should stay as long as in the record."
    alt = "Line chart of the share of new leaders still in office, by years since they came: model and record."
    integrals = ()
    samples = ()

    def read(self, data: Path) -> None:
        """Refuse a file that is no table of leaders, before anything is played."""
        if (data / self.file).is_file():
            read_leaders(data / self.file)

    def measure(self, model: Model, data: Path | None, timelines: int = 300) -> TenureFound | Skipped:
        """Compare leaders' time in office with the record of leaders who entered in 1946 or later.

        Parameters
        ----------
        model
            The model.
        data
            The folder that holds ``file``.
        timelines
            How many are played for each regime, each of `DECADES`, with both sides under it.
        """
        if skipped := skipped_without(data, self.file, "New leaders in office", "as in the record"):
            return skipped
        spells = read_leaders(data / self.file)
        at = np.array(self.years, dtype=np.float64)
        record, simulated, curves, leaders = {}, {}, {}, {}
        for regime, value in self.regimes.items():
            kept, leaders[regime] = record_survival(spells, regime)
            played = played_survival(model, self, value, timelines)
            record[regime] = tuple(float(x) for x in kept.evaluate(at * YEAR))
            simulated[regime] = tuple(float(x) for x in played.evaluate(at * YEAR - 1.0))
            curves[regime] = (GRID, kept.evaluate(GRID * YEAR), played.evaluate(GRID * YEAR - 1.0))
        return TenureFound(self.years, record, simulated, curves, leaders, self.within)


@dataclass(frozen=True)
class TenureFound:
    """Shares still in office by Kaplan and Meier: the record's and the model's.

    Attributes
    ----------
    years
        Where compared.
    record, model
        Regime -> shares at `years`.
    curves
        Regime -> (years, record, model): fine grids for a figure.
    leaders
        Regime -> how many.
    within
        The tolerance.
    """

    years: tuple[int, ...]
    record: Mapping[str, tuple[float, ...]]
    model: Mapping[str, tuple[float, ...]]
    curves: Mapping[str, tuple[Floats, Floats, Floats]]
    leaders: Mapping[str, int]
    within: float

    @property
    def largest(self) -> float:
        """The largest absolute difference at `years`."""
        return max(abs(m - r) for name in self.record for r, m in zip(self.record[name], self.model[name], strict=True))

    @property
    def holds(self) -> bool:
        return self.largest <= self.within

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        return (
            CheckRow(
                f"New leaders in office at {words.listing([str(year) for year in self.years])} years",
                f"largest difference {words.points(self.largest)} points",
                f"within {words.points(self.within, 0)} points of the record",
                self.holds,
            ),
        )

    @property
    def caption(self) -> str:
        """The shares and the largest difference."""
        said = "; ".join(self._shares(name, shares) for name, shares in self.record.items())
        inside = "within" if self.holds else "more than"
        return (
            f"{said[0].upper()}{said[1:]}. The largest difference is {words.points(self.largest)} points, {inside} the "
            f"{words.points(self.within, 0)} allowed. The model's leaders are played with no other ending; who is voted out when a year is full counts as in office."
        )

    def _shares(self, name: str, shares: Sequence[float]) -> str:
        both = [f"{words.percent(m, 0)} (record {words.percent(r, 0)})" for m, r in zip(self.model[name], shares, strict=True)]
        years = words.listing([str(year) for year in self.years])
        return f"of new leaders of {_plural(name)}, {words.listing(both)} are still in office after {years} years"

    def figure(self) -> Figure:
        """Draw the share of new leaders still in office: the record's steps, the model's line."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        from timeline import style

        names = list(self.record)
        page = style.sheet(len(names), columns=2, panel=2.1, top=0.80, across=0.45)
        page.title("New leaders still in office: the model and the record")
        page.key(
            [
                Line2D([], [], color=style.INK, linestyle=style.DASHED, linewidth=1.3, label="record, Kaplan–Meier"),
                Line2D([], [], color=style.ACCENT, linewidth=1.8, label="the model"),
                Patch(facecolor=style.PALE, label=f"within {words.points(self.within, 0)} points of the record"),
            ]
        )
        for ax, name in zip(page.axes, names, strict=True):
            self._panel(ax, name)
        page.foot("years since entry")
        return page.figure

    def _panel(self, ax: Axes, name: str) -> None:
        from matplotlib.ticker import FixedLocator

        from timeline import style

        years, record, model = self.curves[name]
        ax.fill_between(years, record - self.within, record + self.within, color=style.PALE, linewidth=0)
        ax.plot(years, record, color=style.INK, linestyle=style.DASHED, linewidth=1.3)
        ax.plot(years, model, color=style.ACCENT, linewidth=1.8)
        ax.plot(self.years, self.model[name], "o", color=style.ACCENT, markersize=4)
        style.share_axis(ax)
        ax.set_xlim(0, float(years[-1]))
        ax.xaxis.set_major_locator(FixedLocator([*self.years, 12]))
        ax.set_title(f"{name}, {words.counted(self.leaders[name], 'leader')}")


def read_leaders(file: Path):
    """Return the spells in office of those who entered in 1946 or later, by regime."""
    import polars as pl

    return read_spells(
        file,
        duration="tenure_days",
        event="observed",
        group="regime_at_entry",
        where=pl.col("entered") >= "1946",
    )


def record_survival(spells, regime: str):
    """Return the record's Kaplan-Meier curve of a regime, by days, and how many leaders it is of."""
    from scipy import stats

    chosen = spells.of(regime)
    seen = np.asarray(chosen.observed).astype(bool)
    days = np.asarray(chosen.durations, dtype=np.float64)
    return stats.ecdf(stats.CensoredData(uncensored=days[seen], right=days[~seen])).sf, len(days)


def played_survival(model: Model, asked: Tenure, regime: int, timelines: int):
    """Return the Kaplan-Meier curve of successors' time in office, by days.

    A term ends weeks after its last full year in the record, where the winner is sworn in later, and on its
    very day in a model. Whoever reads the curve a day earlier reads both alike.
    """
    from scipy import stats

    clock_named(model, asked.clock)
    changing = {m.name for m in model.mechanisms if any(clock.name == asked.clock for clock in m.clocks)}
    without = [m.name for m in model.mechanisms if m.name not in {*changing, *asked.beside}]
    given = given_values(model, dict(asked.given)) | {f"{side}.{asked.field}": regime for side in "ab"}
    world = World(model, given, seed=1946, horizon=DECADES * 10 * YEAR, without=without)
    gone: list[float] = []
    still: list[float] = []
    for replication in range(timelines):
        changes = changes_of_leader(world, asked.leaders, replication)
        for days in changes:
            gone += [b - a for a, b in pairwise(days)]
            still += [world.horizon - day for day in days[-1:]]
    return stats.ecdf(stats.CensoredData(uncensored=np.array(gone), right=np.array(still))).sf


def changes_of_leader(world: World, leaders: str, replication: int) -> tuple[list[float], list[float]]:
    """Return the days on which each side's leader changes in one timeline."""
    days: tuple[list[float], list[float]] = ([], [])

    def look(day: float, _: object, state) -> None:
        for side, seen in zip((state.a, state.b), days, strict=True):
            if getattr(side, leaders) > len(seen):
                seen.append(day)

    play(world, replication, look)
    return days


def _plural(regime: str) -> str:
    return regime[:-1] + "ies" if regime.endswith("y") else regime + "s"
