"""Every causal claim in one figure, with a caption that says which of them do not hold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from timeline.plots.style import ACCENT, DASHED, MUTED, PALETTE, sheet, styled
from timeline.validation.pairs import ENOUGH, Verdict
from timeline.words import counted, listing, number, shortened

_FAILED = PALETTE[3]


@styled
def claims(verdicts: Sequence[Verdict]) -> Figure:
    """Draw every claim's effect in standard errors, the line at five, in the order of the table."""
    rows = len(verdicts)
    page = sheet(1, columns=1, panel=0.135 * rows + 0.1, left=3.75, right=0.5, top=0.80, bottom=0.62)
    page.title("Causal claims: effect in the stated direction, in standard errors")
    page.key(
        [
            Line2D([], [], color=ACCENT, linestyle="", marker="o", markersize=4, label="holds"),
            Line2D([], [], color=_FAILED, linestyle="", marker="X", markersize=6, label="does not hold"),
            Line2D([], [], color=MUTED, linestyle=DASHED, linewidth=1, label=f"{ENOUGH:g} standard errors"),
        ]
    )
    ax = page.axes[0]
    ax.axvline(0.0, color=MUTED, linewidth=0.8)
    ax.axvline(ENOUGH, color=MUTED, linewidth=1, linestyle=DASHED)
    most = 60.0
    for k, verdict in enumerate(verdicts):
        x, y = float(np.clip(verdict.errors, -15.0, most)), -k
        color = ACCENT if verdict.holds else _FAILED
        ax.plot([0, x], [y, y], color=color, linewidth=1.0)
        ax.plot([x], [y], "o" if verdict.holds else "X", color=color, markersize=4 if verdict.holds else 6)
        if verdict.errors > most:
            ax.annotate(number(verdict.errors, 0), xy=(most + 1, y), va="center", size=6.5, color=MUTED)
    ax.set_xlim(min(-2.0, min((v.errors for v in verdicts), default=0.0) - 1.0, 0.0), most + 3)
    ax.set_xlim(left=max(ax.get_xlim()[0], -16.0))
    ax.set_ylim(-rows + 0.3, 0.7)
    ax.set_yticks(
        [-k for k in range(rows)], [f"{k + 1}  {shortened(v.claim.says, 64)}" for k, v in enumerate(verdicts)], size=6.6
    )
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.grid(axis="x")
    page.foot("standard errors, in the stated direction")
    return page.figure


def claims_caption(verdicts: Sequence[Verdict]) -> str:
    """State how many claims hold, and name those that do not."""
    held = [verdict for verdict in verdicts if verdict.holds]
    failed = [(k + 1, verdict) for k, verdict in enumerate(verdicts) if not verdict.holds]
    pairs = sorted({verdict.claim.pairs for verdict in verdicts})
    how = listing([f"{count:,}" for count in pairs])
    text = (
        f"{len(held)} of {counted(len(verdicts), 'claim')} hold: in the whole model the effect goes the stated way by "
        f"{ENOUGH:g} standard errors or more, in {how} pairs of timelines with the same luck."
    )
    for wrong, words in ((True, "goes the other way"), (False, "is too weak to tell")):
        named = [f"{k} ({number(v.errors)})" for k, v in failed if (v.errors <= -ENOUGH) == wrong]
        if named:
            text += f" The effect {words} in {listing(named)}, standard errors in brackets."
    return text + " A claim that holds here holds for this model, not for the world."
