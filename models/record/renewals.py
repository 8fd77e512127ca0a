"""How soon a process signs again after its agreement has failed, against the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from timeline import YEAR, CheckRow, Model, Setting, given_values, member_names, play_observed, words

from . import next_agreement

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Renewals:
    """The share of processes that sign again within some years after their first agreement failed.

    Attributes
    ----------
    settings
        Cadences, played in equal parts.
    failures
        Names of the outcomes that end an agreement badly.
    """

    settings: tuple[Setting, ...]
    failures: tuple[str, ...]

    name = "renewals"
    heading = "Begun anew"
    lead = "In the record about a third of the processes whose agreement failed sign another, nearly all within four years."
    alt = "Line of the share that has signed again by years since an agreement failed: model and record."
    integrals = ()
    samples = ()

    def measure(self, model: Model, data: Path | None, each: int = 2000, years: float = 20.0) -> RenewalsFound:
        """Compare the share that signs again with the record's.

        Parameters
        ----------
        model
            The model.
        data
            Not needed: the record's figures are shipped.
        each
            Replications for each setting.
        years
            How long timelines are played.
        """
        waits = np.concatenate([self._waits(model, setting, years, each) for setting in self.settings], axis=1)
        waited, watched = waits
        counts = [watched >= since * YEAR for since in next_agreement.YEARS]
        shares = [
            float(np.mean(waited[counted] <= since * YEAR)) if counted.any() else np.nan
            for since, counted in zip(next_agreement.YEARS, counts, strict=True)
        ]
        return RenewalsFound(tuple(shares), len(waited))

    def _waits(self, model: Model, setting: Setting, years: float, count: int) -> Floats:
        """Return of each first agreement that failed the days to the next, and the days that were watched."""
        names = member_names(model, "first_outcome")
        state = play_observed(model, given_values(model, setting.given), years, count)["state"]
        failed = np.isin(state["first_outcome"], [names[outcome] for outcome in self.failures])
        state = state[failed & np.isfinite(state["signed_day"])]
        again = np.where(np.isnan(state["later"]["signed"]), np.inf, state["later"]["signed"]).min(axis=1)
        return np.array([again - state["day"], years * YEAR - state["day"]])


@dataclass(frozen=True)
class RenewalsFound:
    """Shares that have signed again by the record's years.

    Attributes
    ----------
    shares
        One a year of the record.
    agreements
        First agreements that failed.
    """

    shares: tuple[float, ...]
    agreements: int

    @property
    def _inside(self) -> Sequence[bool]:
        bands = zip(next_agreement.LOW, next_agreement.HIGH, strict=True)
        return [low <= share <= high for share, (low, high) in zip(self.shares, bands, strict=True)]

    @property
    def holds(self) -> bool:
        return all(self._inside)

    @property
    def rows(self) -> tuple[CheckRow, ...]:
        r = next_agreement
        return tuple(
            CheckRow(
                f"Signed again within {words.counted(int(year), 'year')} of a failure",
                words.percent(share),
                f"{words.percent(low)} to {words.percent(high)}",
                inside,
            )
            for year, share, low, high, inside in zip(r.YEARS, self.shares, r.LOW, r.HIGH, self._inside, strict=True)
        )

    @property
    def caption(self) -> str:
        """Model and record side by side, and what the record leaves out."""
        r = next_agreement
        model, record = ([words.percent(share) for share in shares] for shares in (self.shares, r.SHARE))
        years = words.listing([f"{year:g}" for year in r.YEARS])
        return (
            f"Within {years} years of a failure {words.listing(model)} of the model's processes have signed again, "
            f"{words.listing(record)} in the record ({words.counted(self.agreements, 'failed agreement')} in the model, {r.ENDINGS} "
            f"in the record: UCDP Peace Agreement Dataset 22.1, 1975 to 1999, 95% bands by resampling processes). A new process in "
            "the same conflict does not count in the record."
        )

    def figure(self) -> Figure:
        """Draw both shares by years since the failure, with the record's band."""
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        from timeline import style

        r = next_agreement
        page = style.sheet(1, columns=1, panel=2.2, left=0.9, right=0.4, top=0.80, bottom=0.62)
        page.title("Signed again after an agreement failed")
        (ax,) = page.axes
        page.key(
            [
                Patch(facecolor=style.PALE, label="record, 95% band"),
                Line2D([], [], color=style.MUTED, label="record"),
                Line2D([], [], color=style.ACCENT, marker="o", label="the model"),
            ]
        )
        ax.fill_between(r.YEARS, r.LOW, r.HIGH, color=style.PALE, linewidth=0)
        ax.plot(r.YEARS, r.SHARE, color=style.MUTED)
        ax.plot(r.YEARS, self.shares, color=style.ACCENT, marker="o")
        ax.set_ylim(0, 1)
        ax.set_ylabel("share")
        page.foot("years since the failure")
        return page.figure
