"""How long new leaders stay in office: the law of their clock against the record, by regime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator
from numpy.typing import NDArray

from timeline import (
    YEAR,
    CheckRow,
    Model,
    Skipped,
    World,
    blank,
    clock_named,
    lifetimes,
    read_spells,
    skipped_without,
    style,
    words,
)

Floats = NDArray[np.float64]

#: Where the curves of the figure are read, in years.
GRID = np.linspace(0.0, 12.0, 241)


@dataclass(frozen=True)
class Tenure:
    """How long new leaders stay, by regime: the clock's law from entry, with no other ending.

    Attributes
    ----------
    clock
        Whose law it is, a family over the sides.
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
    file: str = "leader_spells.csv"
    years: tuple[int, ...] = (1, 2, 4, 8)
    within: float = 0.03

    name = "tenure"
    heading = "Leaders in office"
    lead = "A successor's time in office is drawn from the record by regime. Drawn again, it should be the record."
    alt = "Line chart of the share of new leaders still in office, by years since they came: model and record."
    integrals = ()
    samples = ()

    def read(self, data: Path) -> None:
        """Refuse a file that is no table of leaders, before anything is played."""
        if (data / self.file).is_file():
            read_leaders(data / self.file)

    def measure(self, model: Model, data: Path | None, draws: int = 20_000) -> TenureFound | Skipped:
        """Compare the law of a leader's time in office with the record of leaders who entered in 1946 or later.

        Parameters
        ----------
        model
            The model.
        data
            The folder that holds ``file``.
        draws
            As many evenly spaced uniforms make the law's survival curve exact to half of 1/draws.
        """
        if skipped := skipped_without(data, self.file, "New leaders in office", "as in the record"):
            return skipped
        spells = read_leaders(data / self.file)
        at = np.array(self.years, dtype=np.float64)
        record, simulated, curves, leaders = {}, {}, {}, {}
        for regime, value in self.regimes.items():
            kept, leaders[regime] = record_survival(spells, regime)
            drawn = draw_tenures(model, self, value, draws)
            record[regime] = tuple(float(x) for x in kept.evaluate(at * YEAR))
            simulated[regime] = tuple(float(x) for x in share_left(drawn, at))
            curves[regime] = (GRID, kept.evaluate(GRID * YEAR), share_left(drawn, GRID))
        return TenureFound(self.years, record, simulated, curves, leaders, self.within)


@dataclass(frozen=True)
class TenureFound:
    """Shares still in office, the record's Kaplan-Meier and the model's law.

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
            f"{words.points(self.within, 0)} allowed. The model's curve is the law of a clock from entry, with no other ending."
        )

    def _shares(self, name: str, shares: Sequence[float]) -> str:
        both = [f"{words.percent(m, 0)} (record {words.percent(r, 0)})" for m, r in zip(self.model[name], shares, strict=True)]
        years = words.listing([str(year) for year in self.years])
        return f"of new leaders of {_plural(name)}, {words.listing(both)} are still in office after {years} years"

    def figure(self) -> Figure:
        """Draw the share of new leaders still in office: the record's steps, the model's law."""
        names = list(self.record)
        page = style.sheet(len(names), columns=2, panel=2.1, top=0.80, across=0.45)
        page.title("New leaders still in office: the model and the record")
        page.key(
            [
                Line2D([], [], color=style.INK, linestyle=style.DASHED, linewidth=1.3, label="record, Kaplan–Meier"),
                Line2D([], [], color=style.ACCENT, linewidth=1.8, label="the model's law"),
                Patch(facecolor=style.PALE, label=f"within {words.points(self.within, 0)} points of the record"),
            ]
        )
        for ax, name in zip(page.axes, names, strict=True):
            self._panel(ax, name)
        page.foot("years since entry")
        return page.figure

    def _panel(self, ax: Axes, name: str) -> None:
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


def draw_tenures(model: Model, asked: Tenure, regime: int, draws: int) -> Floats:
    """Return evenly spaced quantiles of a new leader's time in office, in days, sorted."""
    state = blank(model.state)
    setattr(state.a, asked.field, regime)
    scope = {"s": state, "p": World(model).parameters, "me": state.a, "other": state.b}
    lifetime = lifetimes(clock_named(model, asked.clock).law, scope)
    return np.sort([lifetime((k + 0.5) / draws) for k in range(draws)])


def share_left(drawn: Floats, years: Floats) -> Floats:
    """Return the share of sorted times, in days, that are longer than so many years."""
    return 1.0 - np.searchsorted(drawn, years * YEAR, side="right") / len(drawn)


def _plural(regime: str) -> str:
    return regime[:-1] + "ies" if regime.endswith("y") else regime + "s"
