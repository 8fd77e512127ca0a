"""Fitted laws drawn over the curve that assumes none, a panel a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from timeline.plots import style
from timeline.words import YEAR, counted, shortened

if TYPE_CHECKING:
    from timeline.analysis.fitting.fitted import FittedSpells

#: Panels that a figure has room for.
MOST = 12
#: Letters of a group's name that its panel has room for.
_LONGEST = 30


@style.styled
def draw(groups: Sequence[FittedSpells]) -> Figure:
    """Draw how many spells of each group last how long: the curve without a law, its band, and the best law.

    Parameters
    ----------
    groups
        What was found; the first twelve are drawn.
    """
    shown = groups[:MOST]
    page = style.sheet(len(shown), columns=2, panel=2.1, top=0.80, across=0.45, down=0.55)
    page.title("How many last how long: the record, and the law that fits best")
    page.key(
        [
            Line2D([], [], color=style.INK, linewidth=1.3, label="record, no law"),
            Patch(facecolor=style.PALE, label="95% sampling error, spells independent"),
            Line2D([], [], color=style.ACCENT, linewidth=1.8, label="best law"),
        ]
    )
    for ax, group in zip(page.axes, shown, strict=True):
        _panel(ax, group)
    page.foot("years since the beginning")
    return page.figure


def _panel(ax: Axes, group: FittedSpells) -> None:
    curve = group.curve
    years = curve["day"].to_numpy() / YEAR
    band = curve.drop_nulls(["low", "high"])
    ax.fill_between(band["day"] / YEAR, band["low"], band["high"], step="post", color=style.PALE, linewidth=0)
    ax.step(years, curve["survival"].to_numpy(), where="post", color=style.INK, linewidth=1.3)
    if group.best is not None:
        at = np.linspace(0.0, float(years[-1]), 241)
        ax.plot(at, group.best.survival(at * YEAR), color=style.ACCENT, linewidth=1.8)
    style.share_axis(ax)
    ax.set_xlim(0, max(float(years[-1]), 0.01))
    law = f", {group.best.law}" if group.best is not None else ""
    # Groups are named by somebody's file: a dollar sign would begin a formula, and some characters have no shape.
    shown = "".join(c if c.isprintable() else "?" for c in group.group or "all")
    name = shortened(shown, _LONGEST).replace("$", r"\$")
    ax.set_title(f"{name}, {counted(len(group.spells.low), 'spell')}{law}")
