"""The choice in words: which cadences may be the best, which one is chosen, and how sure that is.

Nothing here draws, so that a result can be stated without loading a plotting library.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.words import counted, listing, number, points, sentence, visible

if TYPE_CHECKING:
    from timeline.analysis.best import Best

MOST_NAMED = 6
"""Names listed in a sentence; of more, only how many there are is said."""


def may_be_best(best: Best, scenario: str) -> str:
    """Say which cadences may be the best, and what choosing the one that looks best can cost.

    Parameters
    ----------
    best
        From `timeline.analysis.best.find_best`.
    scenario
        Which scenario to speak of.

    Returns
    -------
    str
        One or two sentences.
    """
    rows = best.against_best.filter(pl.col("scenario") == scenario)
    placed = rows.filter(pl.col("may_be_best").is_not_null())
    what, unit = best.measure.title, best.measure.unit
    if not placed.height:
        reason = rows["note"][0] if rows.height else "there is no cadence"
        return f"{what}: no cadence can be called the best, since {reason}."
    names = placed.filter(pl.col("may_be_best"))["cadence"].to_list()
    if len(names) == 1:
        first = placed.filter(pl.col("may_be_best")).row(0, named=True)
        lead, most = (amount(abs(value), unit) for value in (first["difference"], max(first["high"], -first["low"])))
        return f"{what}: {names[0]} is the best of {placed.height} cadences, {lead} ahead of the next (at most {most})."
    leading = _leading(placed, best.measure.better)
    cost = _cost(leading, best.measure.better)
    return (
        f"{what}: {_of(names, placed.height)} may be the best{_named(names)}. {leading['cadence']} looks best; "
        f"another may be better by {amount(cost, unit)} at most."
    )


def chosen(best: Best, scenario: str) -> str:
    """Say which cadence was chosen, with its guarantee, or how far the choice has come; empty without a selection.

    Parameters
    ----------
    best, scenario
        As for `may_be_best`.
    """
    decision = next(iter(best.decisions.filter(pl.col("scenario") == scenario).to_dicts()), None)
    if decision is None:
        return ""
    if decision["decided"] is None:
        return sentence(f"no cadence can be chosen{_by(best)}: {decision['note']}")
    race = best.race.filter(pl.col("scenario") == scenario)
    names = race.filter(pl.col("retained"))["cadence"].to_list()
    played = counted(decision["replications"], "replication")
    if decision["decided"] and len(names) == race.height:
        return sentence(
            f"{_of(names, race.height)} are the same in every one of {played}, so there is nothing to choose"
        )
    near = f"within {amount(decision['indifference'], best.measure.unit)} of it"
    surely = f"With probability at least {decision['probability']:.4g}"
    if decision["decided"]:
        after = f"after {counted(decision['decided_at'], 'replication')}{_by(best)}"
        if len(names) > 1:
            return (
                f"Chosen {after}: {listing(names)}, which are the same in every replication. {surely}, "
                f"they are the best or {near}."
            )
        return f"Chosen {after}: {names[0]}. {surely}, it is the best or {near}."
    still = f"{_of(names, race.height)} are left{_named(names)}"
    told = f"No cadence is chosen yet after {played}{_by(best)}: {still}. {surely}, one of them is the best or {near}."
    apart = best.against_best.filter((pl.col("scenario") == scenario) & pl.col("may_be_best")).height == 1
    why = " A choice asks for more than the intervals do, because it is looked for again and again." if apart else ""
    return f"{told}{why} {_outlook(decision)}"


def _outlook(decision: dict[str, Any]) -> str:
    if decision["note"]:
        return sentence(str(decision["note"]))
    played, likely, latest = (decision[name] for name in ("replications", "likely", "latest"))
    if latest is None or latest <= played:
        return "So far nothing tells them apart; the next difference decides."
    most = f"at most {counted(latest, 'replication')} an arm"
    if likely is None:
        return f"It takes {most} to decide."
    return f"If leads go on growing as they did, it takes about {likely:,} to decide, {most}."


def _by(best: Best) -> str:
    """Name the measure that decides, unless it is the one that a report begins with."""
    title = best.measure.title
    return "" if best.measure.key == IN_FORCE else f", judged by “{title[0].lower()}{title[1:]}”"


def amount(value: float, unit: str) -> str:
    """Write a difference in its unit, with as many decimals as it needs.

    Examples
    --------
    >>> amount(5.0, "days"), amount(0.005, "share"), amount(0.0123, "index"), amount(1.0, "days")
    ('5 days', '0.5 points', '0.012', '1 day')
    """
    if unit == "share":
        return points(value, visible([value * 100], 1 if value >= 0.001 else 2)) + " points"
    if unit == "days":
        text = number(value, visible([value], 0 if value >= 10 or value == round(value) else 1))
        return text + (" day" if text == "1" else " days")
    return number(value, visible([value], 3 if unit == "index" else 2))


def _leading(placed: pl.DataFrame, better: str) -> dict[str, Any]:
    """Return the cadence that looks best; of equals, the first."""
    return placed.sort("difference", descending=better == "higher", maintain_order=True).row(0, named=True)


def _cost(row: dict[str, Any], better: str) -> float:
    """Return the most that the best can be ahead of a cadence."""
    return -float(row["low"]) if better == "higher" else float(row["high"])


def _of(names: list[str], total: int) -> str:
    if len(names) < total:
        return f"{len(names)} of {total} cadences"
    return "both cadences" if total == 2 else f"all {total} cadences"


def _named(names: list[str]) -> str:
    return f": {listing(names)}" if len(names) <= MOST_NAMED else ""
