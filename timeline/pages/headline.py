"""The headline: what a run of several scenarios, or of combined levers, says as a whole.

The answer (`timeline.pages.answer`) speaks of one scenario. Where a config plays several, or every combination of some
levers, its question is another one: what does the assumption change, where is the border, which lever matters? Each
design has its own sentence here. It claims no more than the intervals show, cell by cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.model.paths import own_name
from timeline.pages.borders import borders
from timeline.study.ablation import WHOLE
from timeline.study.questions import Grid
from timeline.words import counted, listing, points, points_reach, readable, sentence, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis
    from timeline.study.resolved import ResolvedConfig

_MOST_NAMED = 3


@dataclass(frozen=True)
class Combined:
    """How the arms of a run belong together.

    Attributes
    ----------
    grid, factorial
        Which scenarios and which cadences are combinations of values, if any are.
    ablation
        Whether the scenarios are the model without each mechanism in turn.
    drilled
        Scenarios on which an event is forced.
    without
        For each scenario the mechanisms that it lacks.
    """

    grid: Grid | None = None
    factorial: Grid | None = None
    ablation: bool = False
    drilled: tuple[str, ...] = ()
    without: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, config: ResolvedConfig) -> Combined:
        """Read it from a config."""
        return cls(
            config.grid,
            config.factorial,
            config.ablation,
            tuple(name for name, scenario in config.scenarios.items() if scenario.inject),
            {name: scenario.without for name, scenario in config.scenarios.items() if scenario.without},
        )


def headline(analysis: Analysis, combined: Combined) -> tuple[str, ...]:
    """Say what the run as a whole says, beyond its first scenario.

    Parameters
    ----------
    analysis
        With differences between scenarios, and between the values of levers, if the run has them.
    combined
        How its arms belong together.

    Returns
    -------
    tuple of str
        Sentences, the answer first; none of a run with one scenario and no levers.
    """
    if analysis.primary != IN_FORCE:
        return ()
    if combined.factorial is not None and analysis.levers.height:
        return _of_levers(analysis, combined.factorial)
    if combined.grid is not None and len(analysis.cadences) > 1:
        return borders(analysis.best, combined.grid, analysis.primary)
    if len(analysis.scenarios) > 1 and in_answer(analysis.across, analysis).height:
        return (*_of_scenarios(analysis, combined), *_choice(analysis))
    return ()


# --- scenarios -----------------------------------------------------------------------------


def _of_scenarios(analysis: Analysis, combined: Combined) -> tuple[str, ...]:
    """Say what each scenario changes; of many, the few that change most."""
    across = in_answer(analysis.across, analysis)
    reference = across["other"][0]
    rows: dict[str, list[dict[str, Any]]] = {s: [] for s in analysis.scenarios if s != reference}
    for row in across.iter_rows(named=True):
        rows[row["scenario"]].append(row)
    told = {s: own for s, own in rows.items() if any(row["distinguishable"] for row in own)}
    alike = [s for s in rows if s not in told]
    shown = sorted(told, key=lambda s: -max(_size(row) for row in told[s]))[:_MOST_NAMED]
    shown = [s for s in told if s in shown]
    start = f"Against {_called(reference, combined)}, the agreement is in force after {span(analysis.window.horizon)}"
    parts = [f"in {_called(s, combined)} {_change(told[s])}" for s in shown]
    sentences = []
    if len(parts) == 1:
        sentences.append(f"{start} {parts[0]}.")
    elif parts:
        sentences.append(f"{start}: " + "; ".join(parts) + ".")
    else:
        sentences.append(
            f"No other scenario can be told from {_called(reference, combined)}: the intervals of what they change in "
            f"agreements in force after {span(analysis.window.horizon)} reach from {_reach(rows.values())} points."
        )
    if len(told) > len(shown):
        sentences.append(f"These {len(shown)} change it most, of {len(told)} that change it.")
    if told and alike:
        which = listing(map(_name(combined), alike)) if len(alike) <= _MOST_NAMED else counted(len(alike), "scenario")
        sentences.append(
            f"{sentence(which).rstrip('.')} cannot be told from {_called(reference, combined)} under any cadence "
            f"(intervals from {_reach(rows[s] for s in alike)} points)."
        )
    if told:
        sentences.append(
            "Each difference is taken under one cadence, with the same luck in both; the 95% intervals, in brackets, "
            "hold together."
        )
    return tuple(sentences)


def in_answer(frame: pl.DataFrame, analysis: Analysis) -> pl.DataFrame:
    """Return the rows of the measure that the answer speaks of."""
    return frame.filter(measure=analysis.primary)


def _change(rows: Sequence[dict[str, Any]]) -> str:
    """Say under which cadences a scenario has more agreements in force, and under which fewer.

    Examples
    --------
    >>> silence = {"cadence": "silence", "difference": 0.05, "low": 0.02, "high": 0.08, "distinguishable": True}
    >>> _change([silence, silence | {"cadence": "monthly", "low": -0.01, "distinguishable": False}])
    'more often under silence by 5.0 points (2.0 to 8.0), and cannot be told apart under monthly'
    """
    parts = []
    for word, sign in (("more", 1), ("less", -1)):
        own = [row for row in rows if row["distinguishable"] and row["difference"] * sign > 0]
        if own:
            parts.append(f"{word} often {_under(own, len(rows))} by {_amount(own, sign)}")
    rest = [row["cadence"] for row in rows if not row["distinguishable"]]
    if rest and parts:
        names = listing(rest) if len(rest) <= _MOST_NAMED else counted(len(rest), "cadence")
        parts.append(f"and cannot be told apart under {names}")
    return ", ".join(parts)


def _under(rows: Sequence[dict[str, Any]], cadences: int) -> str:
    if len(rows) == cadences > 1:
        return "under both cadences" if cadences == 2 else f"under each of the {cadences} cadences"
    names = listing(row["cadence"] for row in rows) if len(rows) <= _MOST_NAMED else counted(len(rows), "cadence")
    return f"under {names}"


def _amount(rows: Sequence[dict[str, Any]], sign: int) -> str:
    """Write differences in points, with the interval that reaches over all of theirs."""
    sizes = sorted(abs(row["difference"]) for row in rows)
    reach = points_reach(
        min(row["low"] if sign > 0 else -row["high"] for row in rows),
        max(row["high"] if sign > 0 else -row["low"] for row in rows),
    )
    low, high = points(sizes[0]), points(sizes[-1])
    return f"{low if low == high else f'{low} to {high}'} points ({reach})"


def _reach(rows: Iterable[Sequence[dict[str, Any]]]) -> str:
    known = [row for own in rows for row in own if row["low"] is not None and row["high"] is not None]
    if not known:
        return "unknown"
    return points_reach(min(row["low"] for row in known), max(row["high"] for row in known))


def _size(row: dict[str, Any]) -> float:
    return abs(row["difference"]) if row["distinguishable"] else 0.0


def _called(scenario: str, combined: Combined) -> str:
    return "the whole model" if combined.ablation and scenario == WHOLE else _name(combined)(scenario)


def _name(combined: Combined) -> Callable[[str], str]:
    def name(scenario: str) -> str:
        gone = combined.without.get(scenario, ())
        if combined.ablation and gone:
            return f"the model without {listing(map(readable, gone[-1:]))}"
        return f"{scenario} ({listing(map(readable, gone))} left out)" if gone else scenario

    return name


def _choice(analysis: Analysis) -> tuple[str, ...]:
    """Say whether one cadence may be the best in every scenario."""
    own = analysis.best.filter((pl.col("measure") == analysis.primary) & pl.col("best").is_not_null())
    sets: dict[str, set[str]] = {}
    for s, cadence in own.filter(pl.col("tied_with_best").fill_null(False)).select("scenario", "cadence").iter_rows():
        sets.setdefault(s, set()).add(cadence)
    if len(analysis.cadences) < 2 or len(sets) < 2:
        return ()
    everywhere = [name for name in analysis.cadences if all(name in names for names in sets.values())]
    how_many = "both scenarios" if len(sets) == 2 else f"all {len(sets)} scenarios"
    if len(everywhere) == len(analysis.cadences):
        return (f"Which cadence is best cannot be told in any of them: any may be the best in {how_many}.",)
    if everywhere:
        alone = all(len(names) == 1 for names in sets.values())
        verb = "is" if alone else "may be"
        return (f"{sentence(listing(everywhere)).rstrip('.')} {verb} the best in {how_many}.",)
    return (f"The choice turns: no cadence may be the best in {how_many}.",)


# --- levers --------------------------------------------------------------------------------

_QUESTIONS = {"content": "what is told", "starts": "when it starts", "every": "how often", "share": "how much"}


def _of_levers(analysis: Analysis, grid: Grid) -> tuple[str, ...]:
    """Say which lever moves agreements in force most, from which value to which, and which cannot be seen to matter."""
    widest = {
        lever: max(
            analysis.levers.filter(pl.col("lever") == lever).to_dicts(),
            # What is told comes before what is larger and is not.
            key=lambda row: (bool(row["distinguishable"]), abs(row["difference"])),
        )
        for lever in grid.paths
        if analysis.levers.filter(pl.col("lever") == lever).height
    }
    told = {k: row for k, row in widest.items() if _any_told(analysis.levers, k)}
    after = f"after {span(analysis.window.horizon)}"
    if not told:
        reach = points_reach(min(r["low"] for r in widest.values()), max(r["high"] for r in widest.values()))
        return (
            f"None of {listing(map(_asks, widest))} can be seen to matter for agreements in force {after}: "
            f"the widest differences have 95% intervals from {reach} points.",
        )
    order = sorted(told, key=lambda k: -abs(told[k]["difference"]))
    first = order[0]
    sure = _surely_first(told[first], analysis.levers.filter(pl.col("lever") != first))
    lead = "matters most" if sure else "looks as if it matters most"
    parts = [f"{sentence(_asks(first)).rstrip('.')} {lead} for agreements in force {after}: {_step(told[first])}"]
    parts += [f"{_asks(k)}: {_step(told[k])}" for k in order[1:]]
    sentences = ["; then ".join(parts) + "."]
    rest = [k for k in widest if k not in told]
    for k in rest:
        reach = points_reach(widest[k]["low"], widest[k]["high"])
        sentences.append(f"{sentence(_asks(k)).rstrip('.')} cannot be seen to matter (widest interval {reach} points).")
    if not sure and len(widest) > 1:
        sentences.append("Their intervals overlap, so which of them matters most is not certain.")
    sentences.append("Each is a mean over all values of the other levers; the 95% intervals hold together.")
    return tuple(sentences)


def _any_told(levers: pl.DataFrame, lever: str) -> bool:
    return bool(levers.filter((pl.col("lever") == lever) & pl.col("distinguishable")).height)


def _surely_first(first: Mapping[str, Any], others: pl.DataFrame) -> bool:
    """Whether what the first lever does at least is more than any pair of values of another does at most.

    Examples
    --------
    >>> told, others = {"low": 0.04, "high": 0.08}, pl.DataFrame({"low": [-0.01, 0.01], "high": [0.05, 0.02]})
    >>> _surely_first(told, others), _surely_first(told, others[1:])
    (False, True)
    """
    least = min(abs(first["low"]), abs(first["high"]))
    return all(least > max(abs(low), abs(high)) for low, high in others.select("low", "high").iter_rows())


def _step(row: dict[str, Any]) -> str:
    """Say which of two values has more agreements in force.

    Examples
    --------
    >>> _step({"value": "talks", "other": "accord", "difference": -0.04, "low": -0.06, "high": -0.02})
    'accord has 4.0 points more than talks (95% interval 2.0 to 6.0)'
    """
    up = row["difference"] > 0
    more, less = (row["value"], row["other"]) if up else (row["other"], row["value"])
    reach = points_reach(row["low"], row["high"]) if up else points_reach(-row["high"], -row["low"])
    return f"{more} has {points(abs(row['difference']))} points more than {less} (95% interval {reach})"


def _asks(lever: str) -> str:
    return _QUESTIONS.get(own_name(lever), readable(own_name(lever)))
