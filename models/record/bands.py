"""All bands of a record at once: what the model shows of each at its defaults, by luck that chose none of them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from timeline import CheckRow, Model, Sampled, Setting, Target, given_values, held_to, play_observed, style, words

#: Half a 95% interval in standard errors.
_WIDE = 1.96


@dataclass(frozen=True)
class Bands:
    """All targets of a model, jointly.

    Attributes
    ----------
    targets
        The bands.
    settings
        Cadences, played in equal parts: a record does not say what its channels told.
    samples
        The observations that the targets read.
    """

    targets: tuple[Target, ...]
    settings: tuple[Setting, ...]
    samples: tuple[Sampled, ...] = ()

    name = "bands"
    heading = "Against every band of the record"
    lead = (
        "The sizes that the model assumes were chosen so that its agreements last, are carried out and are broken about "
        "as in the record. This holds the model at its defaults against all bands together."
    )
    alt = "Dot plot of what the model shows of each target, on a scale on which every band is as wide."

    @property
    def integrals(self) -> tuple[str, ...]:
        flags = {flag for target in self.targets if target.reading == "rate ratio" for flag in target.detail[:2]}
        return tuple(sorted(flags))

    def measure(self, model: Model, data: Path | None, each: int = 5000, years: float = 15.0) -> BandsFound:
        """Play the settings in equal parts and read every target of all of them together.

        Parameters
        ----------
        model
            The watched model, which keeps `integrals` and `samples`.
        data
            Not needed: the bands are declared.
        each
            Replications for each setting.
        years
            How long timelines are played.
        """
        rows = np.concatenate(
            [play_observed(model, given_values(model, setting.given), years, each) for setting in self.settings]
        )
        near = held_to(model, rows, self.targets, years)
        found = tuple(
            Found(target, float(estimate), float(error))
            for target, estimate, error in zip(self.targets, near.estimates, near.errors, strict=True)
        )
        return BandsFound(found, len(rows), len(self.settings))


@dataclass(frozen=True)
class Found:
    """What the model shows of one target, and its standard error: of its logarithm where it is a ratio."""

    target: Target
    estimate: float
    error: float

    @property
    def limits(self) -> tuple[float, float]:
        """The 95% Monte Carlo interval."""
        wide = _WIDE * self.error
        if self.target.logarithm:
            return self.estimate * math.exp(-wide), self.estimate * math.exp(wide)
        return self.estimate - wide, self.estimate + wide

    @property
    def holds(self) -> bool:
        return self.target.low <= self.estimate <= self.target.high

    def place(self, value: float) -> float:
        """Return where a value lies on the scale on which the band runs from -1 to 1."""
        ends = (self.target.low, self.target.high, value)
        low, high, at = (math.log(x) for x in ends) if self.target.logarithm else ends
        return (2 * at - low - high) / (high - low)

    def told(self, value: float) -> str:
        """Say a value in its unit."""
        return f"{words.number(value, 2)} times" if self.target.logarithm else words.percent(value, 1)


@dataclass(frozen=True)
class BandsFound:
    """What the model shows of every target.

    Attributes
    ----------
    found
        Of each.
    timelines
        How many were played.
    cadences
        How many cadences they were.
    """

    found: tuple[Found, ...]
    timelines: int
    cadences: int

    @property
    def holds(self) -> bool:
        return all(one.holds for one in self.found)

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        return tuple(
            CheckRow(
                one.target.title[0].upper() + one.target.title[1:],
                f"{one.told(one.estimate)} ({one.told(one.limits[0])} to {one.told(one.limits[1])})",
                f"{one.told(one.target.low)} to {one.told(one.target.high)}",
                one.holds,
            )
            for one in self.found
        )

    @property
    def caption(self) -> str:
        """How many bands are met, which are not, and where the model lies in the narrowest miss."""
        inside = [one for one in self.found if one.holds]
        outside = [one.target.title for one in self.found if not one.holds]
        edge = max(self.found, key=lambda one: abs(one.place(one.estimate)))
        missed = f" Outside: {words.listing(outside)}." if outside else " Nearest to an end of its band: "
        under = f"a mixture of {self.cadences} cadences" if self.cadences > 1 else "one cadence"
        missed += "" if outside else f"“{edge.target.title}”, {edge.told(edge.estimate)}."
        return (
            f"At its defaults the model lies within {len(inside)} of {words.counted(len(self.found), 'band')}, by "
            f"{words.counted(self.timelines, 'timeline')} under {under}.{missed} Records: {'; '.join(dict.fromkeys(one.target.source for one in self.found))}. That a model meets them "
            "says that its levels are about right. It says nothing of what a cadence does."
        )

    def figure(self) -> Figure:
        """Draw each target with its interval, on a scale on which every band is as wide."""
        page = style.sheet(
            1, columns=1, panel=0.26 * len(self.found) + 0.2, left=2.4, right=1.0, top=0.80, bottom=0.55
        )
        page.title("What the model shows of each target at its defaults, against its band")
        page.key(
            [
                Patch(facecolor=style.PALE, label="the band of the record"),
                Line2D([], [], color=style.ACCENT, marker="o", linewidth=1.8, label="the model, 95% Monte Carlo interval"),
            ]
        )
        (ax,) = page.axes
        ax.axvspan(-1, 1, color=style.PALE, linewidth=0)
        for y, one in enumerate(self.found):
            ax.plot([one.place(limit) for limit in one.limits], [y, y], color=style.ACCENT, linewidth=1.8)
            ax.plot([one.place(one.estimate)], [y], "o", color=style.ACCENT, markersize=4)
            ax.annotate(
                one.told(one.estimate), (1, y), xycoords=("axes fraction", "data"), xytext=(4, 0),
                textcoords="offset points", va="center", size=7,
            )  # fmt: skip
        ax.set_yticks(range(len(self.found)), [one.target.title for one in self.found])
        ax.set_ylim(len(self.found) - 0.4, -0.6)
        ax.tick_params(axis="y", length=0)
        ax.spines["left"].set_visible(False)
        ax.set_xlim(-2.5, 2.5)
        ax.set_xticks([-1, 1], ["the band's low end", "its high end"])
        return page.figure
