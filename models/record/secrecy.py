"""The chance that a secret keeps, against its closed form: insiders who grow in number by chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from timeline import (
    YEAR,
    CheckRow,
    Model,
    Sampled,
    World,
    every,
    given_values,
    play_observed,
    samples_of,
    words,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

#: The largest difference that chance allows, in standard errors.
ALLOWED = 4.0


@dataclass(frozen=True)
class Secrecy:
    """The chance that a secret keeps, where the closed form holds: insiders who grow in number by chance.

    Attributes
    ----------
    leaks
        The field that counts leaks.
    given
        Parameters under which only insiders talk, and everything is hidden from the first day on.
    keep
        The mechanisms that run.
    per_insider, at_start, widening, per_widening
        Parameters: hazard an insider, insiders at the start, how often the circle grows, by how many.
    hazards
        Hazards an insider-year to try.
    years
        How long.
    """

    leaks: str
    given: Mapping[str, object]
    keep: tuple[str, ...]
    per_insider: str
    at_start: str
    widening: str
    per_widening: str
    hazards: tuple[float, ...]
    years: float = 10.0

    name = "secrecy"
    heading = "Secrets that keep"
    lead = (
        "Where only insiders talk, the chance that a secret keeps has a closed form. "
        "The model should meet it exactly."
    )
    alt = "Chart of how many talks begin or stay in secret: the model and the record."
    integrals = ()

    @property
    def samples(self) -> tuple[Sampled, ...]:
        return (Sampled(self.leaks, every(YEAR / 2, self.years * YEAR), name="leaks so far"),)

    def measure(self, model: Model, data: Path | None, timelines: int = 10_000) -> SecrecyFound:
        """Compare the share of timelines without a leak with its closed form.

        Parameters
        ----------
        model
            The watched model, which keeps `samples`.
        data
            Not needed.
        timelines
            How many for each hazard.
        """
        years = np.array(self.samples[0].days) / YEAR
        circle = self._circle(model)
        simulated = {hazard: self._kept(model, hazard, timelines) for hazard in self.hazards}
        exact = {hazard: kept_secret(years, hazard, *circle) for hazard in self.hazards}
        largest = max(_apart(simulated[hazard], exact[hazard], timelines) for hazard in self.hazards)
        return SecrecyFound(years, simulated, exact, timelines, largest, _worded(*circle))

    def _circle(self, model: Model) -> tuple[float, float, float]:
        """Return insiders at the start, how often a year the circle grows, and by how many."""
        parameters = World(model, given_values(model, self.given)).parameters
        start, widening, more = attrgetter(self.at_start, self.widening, self.per_widening)(parameters)
        return start, widening * YEAR, more

    def _kept(self, model: Model, hazard: float, timelines: int) -> Floats:
        """Return the share of timelines without a leak so far, at each sampled day."""
        given = given_values(model, {**self.given, self.per_insider: hazard})
        without = tuple(mechanism.name for mechanism in model.mechanisms if mechanism.name not in self.keep)
        rows = play_observed(model, given, self.years + 0.01, timelines, without=without)
        return (samples_of(model, rows, self.samples[0].name) == 0).mean(axis=0)


@dataclass(frozen=True)
class SecrecyFound:
    """Shares of timelines without a leak, simulated and in closed form.

    Attributes
    ----------
    years
        Where compared, shape (g,).
    simulated, exact
        Hazard an insider-year -> shares, shape (g,).
    timelines
        How many for each hazard.
    largest
        The largest difference, in standard errors of the simulated share.
    insiders
        Words on how many there are and how they grow.
    """

    years: Floats
    simulated: Mapping[float, Floats]
    exact: Mapping[float, Floats]
    timelines: int
    largest: float
    insiders: str

    @property
    def holds(self) -> bool:
        return self.largest <= ALLOWED

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        largest = f"largest difference {words.number(self.largest)} standard errors"
        return (CheckRow("Secrets that keep, against the closed form", largest, f"{ALLOWED:g} or fewer", self.holds),)

    @property
    def caption(self) -> str:
        """The shares at the end and the largest difference in standard errors."""
        last = f"after {self.years[-1]:g} years"
        said = [
            f"{words.percent(float(self.simulated[h][-1]))} (exactly {words.percent(float(form[-1]))}) at {h:g} an insider-year"
            for h, form in self.exact.items()
        ]
        agree = "no more than chance allows" if self.holds else "more than chance allows"
        return (
            f"With {self.insiders}, {words.listing(said)} of {words.counted(self.timelines, 'timeline')} have kept their secret "
            f"{last}. The largest of all differences is {words.number(self.largest)} standard errors, {agree}."
        )

    def figure(self) -> Figure:
        """Draw the share of secrets that keep: dots simulated, lines in closed form."""
        from matplotlib.lines import Line2D

        from timeline import style

        page = style.sheet(1, columns=1, panel=2.6, right=1.75, top=0.80)
        page.title("Secrets that have kept: simulated, and in closed form")
        page.key(
            [
                Line2D([], [], color=style.INK, linewidth=1.4, label="closed form"),
                Line2D([], [], color=style.INK, linestyle="", marker="o", markersize=4, label="simulated"),
            ]
        )
        (ax,) = page.axes
        for k, hazard in enumerate(self.exact):
            self._draw(ax, hazard, style.PALETTE[k % len(style.PALETTE)], style.MARKERS[k % len(style.MARKERS)])
        style.share_axis(ax)
        ax.set_xlim(0, float(self.years[-1]))
        page.foot("years")
        return page.figure

    def _draw(self, ax: Axes, hazard: float, color: str, marker: str) -> None:
        exact = self.exact[hazard]
        ax.plot(self.years, exact, color=color, linewidth=1.4)
        ax.plot(self.years, self.simulated[hazard], marker, color=color, markersize=4, clip_on=False)
        ax.annotate(
            f"{hazard:g} an insider-year", xy=(1.02, float(exact[-1])), xycoords=("axes fraction", "data"), color=color,
            va="center", size=7.5,
        )  # fmt: skip


def kept_secret(years: Floats, hazard: float, start: float, widening: float, more: float) -> Floats:
    """Return the chance that a secret has kept for so many years.

    With N insiders, each with hazard c a year, a secret keeps for t years with probability
    exp(-integral of c N). Where the circle grows by k at random moments, w a year, the mean of that over
    the moments is exp(-c n t - w t + w (1 - exp(-c k t)) / (c k)), n being the insiders at the start
    (Grimes 2016 for given N; Campbell's theorem for the Poisson moments).

    Examples
    --------
    Ten insiders and nobody new; then one new insider at a moment of rate one a year.

    >>> kept_secret(np.array([2.0]), 0.05, 10, 0.0, 1).round(4)
    array([0.3679])
    >>> bool(kept_secret(np.array([2.0]), 0.05, 10, 1.0, 1)[0] < 0.3679)
    True
    """
    grown = -np.expm1(-hazard * more * years) / (hazard * more)
    return np.exp(-hazard * start * years - widening * (years - grown))


def _apart(share: Floats, exact: Floats, timelines: int) -> float:
    """Return the largest difference in standard errors of the simulated share."""
    error = np.sqrt(np.maximum(exact * (1 - exact), 0.25 / timelines) / timelines)
    return float(np.max(np.abs(share - exact) / error))


def _worded(start: float, widening: float, more: float) -> str:
    return f"{start:g} insiders at the start and {more:g} more at random moments, {widening:g} a year on average"
