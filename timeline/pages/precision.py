"""How precise the run is, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.words import counted, measure_words, points, say_width

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.study.resolved import Reached


def precision(analysis: Analysis, scenario: str, reached: Reached | None) -> str:
    """Say how wide the intervals of the main measure are, what narrower ones take, and whether the wish was met.

    Parameters
    ----------
    analysis
        The results.
    scenario
        Which scenario to speak of.
    reached
        What came of the table ``[precision]`` of the config (`timeline.playing.growing`), if it has one.

    Returns
    -------
    str
        A few sentences; empty if nothing is known.
    """
    wished = [] if reached is None else [reached.sentence]
    own = analysis.contrasts.filter(
        (pl.col("scenario") == scenario) & (pl.col("measure") == analysis.primary) & pl.col("low").is_not_null()
    ).with_columns(half=(pl.col("high") - pl.col("low")) / 2)
    own = own.filter(pl.col("half").is_finite()).sort("half", maintain_order=True)
    if not own.height:
        return " ".join(wished)
    if not (own["difference"].cast(bool) | own["se"].cast(bool)).any():
        same = "Under all cadences an agreement is in force at the end of the same timelines, or of none"
        if analysis.primary != IN_FORCE:
            same = "Under all cadences every timeline comes out alike"
        return " ".join([f"{same}, so no difference has an error to speak of.", *wished])
    least, most = (own.row(place, named=True) for place in (0, -1))
    n = int(most["n"])
    unit = analysis.measures.filter(measure=analysis.primary)["unit"].item()
    spread = f"±{_half(most['half'], unit)}{' points' if unit == 'share' else ''} ({most['cadence']})"
    if own.height > 1:
        spread = f"between ±{_half(least['half'], unit)} ({least['cadence']}) and {spread}"
    what = "of the shares in force" if analysis.primary == IN_FORCE else f"in “{measure_words(analysis.primary)}”"
    return " ".join(
        [
            f"With {counted(n, 'replication')} an arm, the difference {what} from {analysis.baseline} "
            f"is known to {spread}. "
            f"An error falls with the square root of the work: half of it takes about {4 * n:,}, four times as many.",
            *wished,
        ]
    )


def _half(width: float, unit: str) -> str:
    return points(width) if unit == "share" else say_width(width, unit)
