"""The answer, in words: a pure function from the analysis to a few sentences.

The first sentence says which cadence keeps the agreement in force most often, by how much more
than the baseline, and how sure the simulation is. It claims no difference that the intervals do
not show. The caveat says what the interval leaves out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from timeline.plots.words import counted, decimals_for, listing, percent, points, span

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

MEASURE = "in_force_end"
STRICT = "in_force_verified_end"


@dataclass(frozen=True)
class Answer:
    """What the experiment says.

    Attributes
    ----------
    kind
        ``better``, ``baseline best``, ``not told from the baseline``, ``no difference``,
        ``identical``, ``one cadence``, ``nobody signed``, ``nothing in force`` or ``unknown``.
    sentence
        The answer with its interval.
    details
        What else must be known to read it.
    caveat
        What the interval leaves out.
    """

    kind: str
    sentence: str
    details: tuple[str, ...]
    caveat: str

    @property
    def text(self) -> str:
        """All of it, as one paragraph."""
        return " ".join([self.sentence, *self.details, self.caveat])


@dataclass(frozen=True)
class _Arm:
    """One cadence of one scenario in the primary measure."""

    name: str
    share: float
    low: float
    high: float
    tied: bool | None


@dataclass(frozen=True)
class _Gap:
    """Its difference from the baseline."""

    difference: float
    low: float
    high: float
    told: bool | None


def answer(analysis: Analysis, *, scenario: str | None = None, judged: tuple[int, int] | None = None) -> Answer:
    """Say what the analysis found, in plain words.

    Parameters
    ----------
    analysis
        The analysis of an experiment.
    scenario
        Which scenario to speak of; the first one by default.
    judged
        How many assumptions are judgement, and how many there are.

    Returns
    -------
    Answer
    """
    scenario = scenario or analysis.scenarios[0]
    caveat, plain_caveat = _caveat(judged), _caveat(judged, interval=False)
    arms = _arms(analysis, scenario)
    after = f"after {span(analysis.horizon)}"
    if not arms:
        return Answer("unknown", "No cadence was run, so there is no answer.", (), plain_caveat)
    base = next((a for a in arms if a.name == analysis.baseline), arms[0])
    signed = _column(analysis, scenario, "signed", "estimate")
    if signed and all(share == 0 for share in signed.values()):
        return Answer("nobody signed", _nobody(arms, analysis.horizon), (), plain_caveat)
    if len(arms) == 1:
        return Answer("one cadence", _alone(base, after), (), caveat)
    if all(a.share == 0 for a in arms):
        return Answer("nothing in force", _nothing(analysis, scenario, arms, after), (), plain_caveat)
    gaps = _gaps(analysis, scenario)
    if _identical(analysis, scenario):
        return Answer("identical", _same(arms, base, after), (), plain_caveat)
    best = _best(analysis, scenario, arms)
    told = {name: gap for name, gap in gaps.items() if gap.told}
    more = (*_strict(analysis, scenario, best, after), *_elsewhere(analysis, scenario, best))
    if not told and not any(a.tied is False for a in arms):
        sentence, proof = _no_difference(arms, base, gaps, after)
        return Answer("no difference", sentence, (proof,), caveat)
    if best.name == base.name:
        return Answer("baseline best", _baseline_best(arms, base, gaps, after), (*_ties(arms, best), *more), caveat)
    gap = gaps.get(best.name)
    if gap is None or not gap.told:
        worse = [name for name, g in told.items() if g.difference < 0]
        lower = (f"Lower than {base.name}: {listing(worse)}.",) if worse else ()
        return Answer(
            "not told from the baseline",
            _not_told(best, base, gap, after),
            (*lower, *_ties(arms, best, said=base.name), *more),
            caveat,
        )
    return Answer("better", _better(arms, best, base, gap, after), (*_ties(arms, best), *more), caveat)


# --- sentences -----------------------------------------------------------------------------


def _better(arms: list[_Arm], best: _Arm, base: _Arm, gap: _Gap, after: str) -> str:
    d = _decimals(best, base, gap)
    return (
        f"{_of(arms)}, {best.name} keeps the agreement in force {after} {_most(arms)}: "
        f"in {percent(best.share, d)} of timelines against {percent(base.share, d)} under {base.name}, "
        f"{_points(gap.difference, d)} more (95% simultaneous interval {points(gap.low, d)} to "
        f"{points(gap.high, d)})."
    )


def _baseline_best(arms: list[_Arm], base: _Arm, gaps: dict[str, _Gap], after: str) -> str:
    others = [a for a in arms if a.name != base.name and math.isfinite(a.share)]
    second = max(others, key=lambda a: a.share)
    gap = gaps.get(second.name)
    start = f"{_of(arms)}, {base.name}, the baseline, keeps the agreement in force {after} {_most(arms)}"
    if gap is None:
        return f"{start}: in {percent(base.share)} of timelines."
    d = _decimals(base, second, gap)
    return (
        f"{start}: in {percent(base.share, d)} of timelines; next is {second.name} with "
        f"{percent(second.share, d)}, {_points(-gap.difference, d)} less (95% simultaneous interval "
        f"{points(-gap.high, d)} to {points(-gap.low, d)})."
    )


def _not_told(best: _Arm, base: _Arm, gap: _Gap | None, after: str) -> str:
    if gap is None or not math.isfinite(gap.low):
        return (
            f"{best.name} has the most agreements in force {after} ({percent(best.share)} of timelines), "
            f"but how it differs from {base.name}, the baseline, is not known."
        )
    d = _decimals(best, base, gap)
    return (
        f"{best.name} has the most agreements in force {after} ({percent(best.share, d)} of timelines), but "
        f"it cannot be told from {base.name}, the baseline ({percent(base.share, d)}): the difference is "
        f"{_points(gap.difference, d)} (95% simultaneous interval {points(gap.low, d)} to "
        f"{points(gap.high, d)})."
    )


def _no_difference(arms: list[_Arm], base: _Arm, gaps: dict[str, _Gap], after: str) -> tuple[str, str]:
    low, high = min(arms, key=lambda a: a.share), max(arms, key=lambda a: a.share)
    d = decimals_for(max((a.high - a.low) / 2 for a in arms))
    if low.share == high.share:
        where = f"in {percent(low.share, d)} of timelines under every one"
    else:
        where = f"in {percent(low.share, d)} ({low.name}) to {percent(high.share, d)} ({high.name}) of timelines"
    known = [g for g in gaps.values() if math.isfinite(g.low) and math.isfinite(g.high)]
    reach = ""
    if known:
        lowest, highest = min(g.low for g in known), max(g.high for g in known)
        reach = (
            f": the 95% simultaneous intervals of the differences from {base.name} reach from "
            f"{points(lowest)} to {points(highest)} points"
        )
    return (
        f"No difference was found between {_them(arms)}: {after} the agreement is in force {where}.",
        f"That does not prove that there is none{reach}.",
    )


def _same(arms: list[_Arm], base: _Arm, after: str) -> str:
    d = decimals_for((base.high - base.low) / 2)
    return (
        f"{_every(arms)} give identical timelines: {after} the agreement is in force in "
        f"{percent(base.share, d)} of them under each; check that the cadences differ in something "
        "this model reads."
    )


def _alone(only: _Arm, after: str) -> str:
    d = decimals_for((only.high - only.low) / 2)
    return (
        f"Only {only.name} was run: {after} the agreement is in force in {percent(only.share, d)} of "
        f"timelines (95% interval {percent(only.low, d)} to {percent(only.high, d)}); a second cadence is "
        "needed to compare."
    )


def _nobody(arms: list[_Arm], horizon: float) -> str:
    who = f"Under {_none(arms)} does anyone sign" if len(arms) > 1 else f"Under {arms[0].name} nobody signs"
    return f"{who} an agreement within {span(horizon)}, so no cadence can be preferred."


def _nothing(analysis: Analysis, scenario: str, arms: list[_Arm], after: str) -> str:
    signed = _column(analysis, scenario, "signed", "estimate")
    top = max(signed, key=lambda name: signed[name], default="")
    return (
        f"Under {_none(arms)} is an agreement in force {after}, although up to "
        f"{percent(signed.get(top, math.nan))} of timelines sign one ({top})."
    )


def _ties(arms: list[_Arm], best: _Arm, said: str = "") -> tuple[str, ...]:
    """Name the cadences that cannot be told from the best, unless ``said`` is the only one."""
    tied = [a.name for a in arms if a.tied and a.name != best.name]
    if not tied:
        return ("It can be told from every other cadence.",) if len(arms) > 2 else ()
    if tied == [said]:
        return ()
    if 1 < len(tied) == len(arms) - 1:
        return ("It cannot be told from any other cadence.",)
    return (f"It cannot be told from {listing(tied)}.",)


def _strict(analysis: Analysis, scenario: str, best: _Arm, after: str) -> tuple[str, ...]:
    """Say whether the best holds when silent dead letters are not counted."""
    shares = {k: v for k, v in _column(analysis, scenario, STRICT, "estimate").items() if math.isfinite(v)}
    if not shares:
        return ()
    first = _best_of(analysis, scenario, STRICT) or max(shares, key=lambda name: shares[name])
    if shares.get(first, 0.0) == 0:
        return ("No agreement in force is at least half verified.",)
    if first == best.name:
        return (f"The same cadence leads if at least half must be verified ({percent(shares[first])}).",)
    return (
        f"If at least half must be verified, {first} leads ({percent(shares[first])}, against "
        f"{percent(shares.get(best.name, math.nan))} under {best.name}).",
    )


def _elsewhere(analysis: Analysis, scenario: str, best: _Arm) -> tuple[str, ...]:
    """Say in how many other scenarios the same cadence is the best."""
    others = [s for s in analysis.scenarios if s != scenario]
    leaders = {s: _best_of(analysis, s, MEASURE) for s in others}
    if not others:
        return ()
    differ = [f"{name} ({s})" for s, name in leaders.items() if name is not None and name != best.name]
    rest = "the other scenario" if len(others) == 1 else f"the other {len(others)} scenarios"
    if not differ:
        return (f"It is also the best in {rest}.",)
    how_many = "" if len(others) == 1 else f"{len(differ)} of "
    return (f"Another cadence is best in {how_many}{rest}: {listing(differ)}.",)


def _caveat(judged: tuple[int, int] | None, *, interval: bool = True) -> str:
    start = (
        "Main caveat: the interval is Monte Carlo error only and holds no doubt about the assumptions"
        if interval
        else "Main caveat: this rests on the assumptions"
    )
    if judged is None or judged[1] == 0:
        return f"{start}."
    part, whole = judged
    return f"{start}, of which {part} of {whole} ({percent(part / whole, 0)}) are judgement."


def _of(arms: list[_Arm]) -> str:
    return f"Of {_them(arms)}"


def _every(arms: list[_Arm]) -> str:
    return "Both cadences" if len(arms) == 2 else f"All {counted(len(arms), 'cadence')}"


def _none(arms: list[_Arm]) -> str:
    return "neither cadence" if len(arms) == 2 else f"none of the {counted(len(arms), 'cadence')}"


def _them(arms: list[_Arm]) -> str:
    return "the two cadences" if len(arms) == 2 else f"the {counted(len(arms), 'cadence')}"


def _points(share: float, d: int) -> str:
    written = points(share, d)
    return f"{written} point" if written == "1" else f"{written} points"


def _most(arms: list[_Arm]) -> str:
    return "more often" if len(arms) == 2 else "most often"


def _decimals(one: _Arm, other: _Arm, gap: _Gap) -> int:
    """Round to whole points if the interval is wide, unless numbers would not add up or a limit vanish."""
    vanishes = any(limit != 0 and round(limit * 100) == 0 for limit in (gap.low, gap.high))
    if vanishes or decimals_for((gap.high - gap.low) / 2):
        return 1
    adds_up = round(one.share * 100) - round(other.share * 100) == round(abs(gap.difference) * 100)
    return 0 if adds_up else 1


# --- reading the frames --------------------------------------------------------------------


def _arms(analysis: Analysis, scenario: str) -> list[_Arm]:
    own = analysis.estimates.filter((pl.col("scenario") == scenario) & (pl.col("measure") == MEASURE))
    standing = analysis.best.filter((pl.col("scenario") == scenario) & (pl.col("measure") == MEASURE))
    tied = dict(standing.select("cadence", "tied_with_best").iter_rows())
    return [
        _Arm(
            r["cadence"],
            _number(r["estimate"]),
            _number(r["low"]),
            _number(r["high"]),
            tied.get(r["cadence"]),
        )
        for r in own.iter_rows(named=True)
        if math.isfinite(_number(r["estimate"]))
    ]


def _gaps(analysis: Analysis, scenario: str) -> dict[str, _Gap]:
    own = analysis.contrasts.filter((pl.col("scenario") == scenario) & (pl.col("measure") == MEASURE))
    return {
        r["cadence"]: _Gap(_number(r["difference"]), _number(r["low"]), _number(r["high"]), r["distinguishable"])
        for r in own.iter_rows(named=True)
    }


def _best(analysis: Analysis, scenario: str, arms: list[_Arm]) -> _Arm:
    name = _best_of(analysis, scenario, MEASURE)
    return next((a for a in arms if a.name == name), max(arms, key=lambda a: a.share))


def _best_of(analysis: Analysis, scenario: str, measure: str) -> str | None:
    own = analysis.best.filter((pl.col("scenario") == scenario) & (pl.col("measure") == measure))
    names = [name for name in own["best"].to_list() if name is not None]
    return names[0] if names else None


def _column(analysis: Analysis, scenario: str, measure: str, column: str) -> dict[str, float]:
    own = analysis.estimates.filter((pl.col("scenario") == scenario) & (pl.col("measure") == measure))
    return {name: _number(value) for name, value in own.select("cadence", column).iter_rows()}


def _identical(analysis: Analysis, scenario: str) -> bool:
    """Whether no measure differs between any cadence and the baseline in any replication."""
    own = analysis.contrasts.filter(pl.col("scenario") == scenario).drop_nulls("difference")
    if not own.height:
        return False
    return all(d == 0 and e == 0 for d, e in own.select("difference", "se").fill_null(0.0).iter_rows())


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
