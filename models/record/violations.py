"""How often agreements are violated soon after leaders change, against years in which none did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from timeline import (
    YEAR,
    CheckRow,
    Model,
    Ratio,
    Setting,
    given_values,
    integral_of,
    member_names,
    play_observed,
    ratio_of_rates,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

KINDS = ("irregular", "ordinary", "quiet")
EXITS = {"irregular": "within a year of\nan irregular exit", "ordinary": "within a year of\nan ordinary exit"}


@dataclass(frozen=True)
class Violations:
    """Violations per agreement-year soon after leader changes, against years without.

    Attributes
    ----------
    irregular, ordinary, quiet
        Flags of the watched state: which kind of year it is.
    cause, causes
        The field that says what ended a timeline, and which of its values count as violations.
    settings
        Cadences, played in equal parts.
    bands
        {"irregular": (low, high), "ordinary": (low, high)}: where the ratio to quiet years should lie.
    record
        What the record says of each, in words.
    """

    irregular: str
    ordinary: str
    quiet: str
    cause: str
    causes: tuple[str, ...]
    settings: tuple[Setting, ...]
    bands: Mapping[str, tuple[float, float]]
    record: str

    name = "violations"
    heading = "After changes of leader"
    lead = (
        "In the record, leaders who come to power against the rules break agreements far more often than "
        "others; those who come by the rules do not."
    )
    alt = "Dot plot of how often obligations are broken, by what happened to leaders: model and record."
    samples = ()

    @property
    def integrals(self) -> tuple[str, ...]:
        return (self.irregular, self.ordinary, self.quiet)

    def measure(self, model: Model, data: Path | None, each: int = 2000, years: float = 15.0) -> ViolationsFound:
        """Compare violations per agreement-year after leader changes with those in quiet years.

        Parameters
        ----------
        model
            The watched model, which keeps `integrals`.
        data
            Not needed: the bands are declared.
        each
            Replications for each setting.
        years
            How long timelines are played.
        """
        played = [self._played(model, setting, years, each) for setting in self.settings]
        lived, struck = (
            {kind: np.concatenate([part[k][kind] for part in played]) for kind in KINDS} for k in range(2)
        )
        rates = {kind: Rate(int(struck[kind].sum()), float(lived[kind].sum())) for kind in KINDS}
        ratios = {
            kind: ratio_of_rates(struck[kind], lived[kind], struck["quiet"], lived["quiet"], band)
            for kind, band in self.bands.items()
        }
        return ViolationsFound(rates, ratios, each * len(self.settings), self.record)

    def _played(self, model: Model, setting: Setting, years: float, count: int) -> tuple[dict[str, Floats], ...]:
        """Return two mappings, kind of year -> of each timeline: agreement-years lived, and violations in them."""
        names = member_names(model, self.cause)
        rows = play_observed(model, given_values(model, setting.given), years, count)
        violated = np.isin(rows["state"][self.cause], [names[cause] for cause in self.causes])
        flags = dict(zip(KINDS, self.integrals, strict=True))
        lived = {kind: integral_of(model, rows, flag) / YEAR for kind, flag in flags.items()}
        struck = {kind: (violated & rows["state"][flag]).astype(np.float64) for kind, flag in flags.items()}
        return lived, struck


@dataclass(frozen=True)
class Rate:
    """Violations per agreement-year in one kind of year."""

    violations: int
    years: float

    @property
    def rate(self) -> float:
        return self.violations / self.years if self.years > 0 else math.nan


@dataclass(frozen=True)
class ViolationsFound:
    """Rates by kind of year, and their ratios to quiet years.

    Attributes
    ----------
    rates
        Kind of year -> `Rate`.
    ratios
        Kind of year -> its rate as a multiple of that in quiet years, with interval and band.
    timelines
        How many were played.
    record
        What the record says, in words.
    """

    rates: Mapping[str, Rate]
    ratios: Mapping[str, Ratio]
    timelines: int
    record: str

    @property
    def holds(self) -> bool:
        return all(ratio.holds for ratio in self.ratios.values())

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        return tuple(
            CheckRow(
                f"Violations within a year of an {kind} exit, against quiet years",
                f"{words.number(ratio.estimate, 2)} times ({words.number(ratio.low, 2)} to {words.number(ratio.high, 2)})",
                f"{words.number(ratio.band[0], 2)} to {words.number(ratio.band[1], 2)} times",
                ratio.holds,
            )
            for kind, ratio in self.ratios.items()
        )

    @property
    def caption(self) -> str:
        """The rates and ratios, and whether they lie where the record puts them."""
        said = "; and ".join(_worded(kind, ratio) for kind, ratio in self.ratios.items())
        rates = words.listing(
            [f"{words.number(rate.rate, 4)} in {kind} years ({words.counted(rate.violations, 'violation')} in {rate.years:,.0f} years)"
             for kind, rate in self.rates.items()]
        )  # fmt: skip
        return (
            f"Signed agreements are repudiated or broken {said}. A year of agreement sees {rates}; "
            f"{words.counted(self.timelines, 'timeline')} under a mixture of cadences. Record: {self.record}."
        )

    def figure(self) -> Figure:
        """Draw the two ratios with their intervals over the bands of the record, on an axis of logarithms."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        from timeline import style

        height = 0.5 * len(self.ratios) + 0.3
        page = style.sheet(1, columns=1, panel=height, left=2.2, right=1.6, top=0.80, bottom=0.62)
        page.title("Violations of an agreement after changes of leader, against quiet years")
        page.key(
            [
                Patch(facecolor=style.PALE, label="what the record allows"),
                Line2D([], [], color=style.ACCENT, marker="o", linewidth=1.8, label="the model, 95% Monte Carlo interval"),
            ]
        )
        (ax,) = page.axes
        ax.axvline(1.0, color=style.MUTED, linewidth=0.8)
        for k, ratio in enumerate(self.ratios.values()):
            _draw_ratio(ax, ratio, -k)
        _scale(ax, [EXITS[kind] for kind in self.ratios])
        page.foot("violations a year, as a multiple of those in quiet years")
        return page.figure


def _worded(kind: str, ratio: Ratio) -> str:
    inside = "inside" if ratio.holds else "outside"
    return (
        f"{words.number(ratio.estimate, 2)} times as often (95% interval {words.number(ratio.low, 2)} to "
        f"{words.number(ratio.high, 2)}) within a year of an {kind} exit, {inside} the {words.number(ratio.band[0], 2)} to "
        f"{words.number(ratio.band[1], 2)} that the record allows"
    )


def _draw_ratio(ax: Axes, ratio: Ratio, y: float) -> None:
    from timeline import style

    ax.fill_betweenx([y - 0.3, y + 0.3], *ratio.band, color=style.PALE, linewidth=0)
    color = style.ACCENT if ratio.holds else style.PALETTE[3]
    ax.plot([ratio.low, ratio.high], [y, y], color=color, linewidth=1.8)
    ax.plot([ratio.estimate], [y], style.MARKERS[0] if ratio.holds else "X", color=color, markersize=6)
    ax.annotate(
        f"{words.number(ratio.estimate, 2)} ({words.number(ratio.low, 2)} to {words.number(ratio.high, 2)})",
        xy=(1.02, y), xycoords=("axes fraction", "data"), va="center", size=7.5,
    )  # fmt: skip


def _scale(ax: Axes, names: list[str]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    ax.set_xscale("log")
    ax.set_xlim(0.1, 30)
    ax.xaxis.set_major_locator(FixedLocator([0.1, 0.25, 0.5, 1, 3, 7, 13, 30]))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    ax.set_ylim(-len(names) + 0.4, 0.6)
    ax.set_yticks([-k for k in range(len(names))], names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
