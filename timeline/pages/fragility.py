"""How much of the early danger to a signed agreement is a matter of fragile deals, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from timeline.analysis.hazards import OLD_AGES, YOUNG_AGES, part_due_to_fragility, rate_between
from timeline.words import MONTE_CARLO, percent, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

#: How the kinds of deal are called on the page.
KINDS = {"all": "all agreements", "lasting": "lasting deals", "fragile": "fragile deals"}


@dataclass(frozen=True)
class Fragility:
    """What the page says of fragile deals.

    Attributes
    ----------
    finding
        A few sentences.
    kinds
        The table's columns.
    rows
        (age, one text a kind): failures a year with their Monte Carlo interval.
    """

    finding: str
    kinds: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def fragility(analysis: Analysis, scenario: str, cadence: str) -> Fragility | None:
    """Tell hazards by age under one arm; None where the model knows no fragile deals or nobody signed.

    Parameters
    ----------
    analysis
        The results.
    scenario, cadence
        The arm.
    """
    hazards = analysis.hazards.filter((pl.col("scenario") == scenario) & (pl.col("cadence") == cadence))
    kinds = tuple(kind for kind in KINDS if kind in hazards["kind"].to_list())
    if "fragile" not in kinds or not hazards["years"].sum() > 0:
        return None
    part = part_due_to_fragility(hazards) if _surely_falls(hazards) else None
    if part is None:
        finding = f"Too few agreements fail under {cadence} for a statement on how their danger changes with age."
    elif part.share < 0.05:
        finding = (
            f"Under {cadence} the danger to a signed agreement falls with its age, and in this model none of that "
            "fall is a matter of fragile deals going first: among the lasting deals alone it falls as steeply."
        )
    else:
        finding = (
            f"Under {cadence} the danger to a signed agreement falls with its age: "
            f"{_fall(hazards)}. In this model "
            f"{percent(min(part.share, 1.0), 0)} of that fall ({_bounded(part.low)} to {_bounded(part.high)}) is "
            "selection: fragile deals go first, and the lasting ones are left. The rest is what time does to a deal."
        )
    ages = hazards.select("begin", "end").unique(maintain_order=True).rows()
    cells = {(row["kind"], row["begin"]): _cell(row) for row in hazards.iter_rows(named=True)}
    return Fragility(
        finding=f"{finding} {MONTE_CARLO}",
        kinds=tuple(KINDS[kind] for kind in kinds),
        rows=tuple(
            (f"{_age(begin)} to {_age(end)}", tuple(cells[kind, begin] for kind in kinds)) for begin, end in ages
        ),
    )


def _surely_falls(hazards: pl.DataFrame) -> bool:
    """Whether the hazard of the first year lies above that after the second by more than their Monte Carlo error."""
    young, old = (rate_between(hazards, "all", *ages) for ages in (YOUNG_AGES, OLD_AGES))
    if not young.failures or not old.failures:
        return False
    error = 1.959964 * math.sqrt(1 / young.failures + 1 / old.failures)
    return math.log(young.hazard / old.hazard) > error


def _fall(hazards: pl.DataFrame) -> str:
    young, old = (rate_between(hazards, "all", *ages) for ages in (YOUNG_AGES, OLD_AGES))
    return f"{young.hazard:.2f} failures a year in its first year, {old.hazard:.2f} after its second"


def _bounded(share: float) -> str:
    return percent(min(max(share, 0.0), 1.0), 0)


def _age(days: float) -> str:
    return "0" if days == 0 else f"{days:.0f} days" if days < 365 else span(days)


def _cell(row: dict[str, float | None]) -> str:
    if row["hazard"] is None:
        return "nobody left"
    return f"{row['hazard']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
