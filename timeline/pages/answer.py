"""The answer, in words: a pure function from the analysis to a few sentences.

It names the set of cadences that cannot be told from the best, never a winner that luck may have
chosen; says by how much they differ from the baseline, and how sure the simulation is. It claims
no difference that the intervals do not show. The caveat says what the intervals leave out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from timeline.study.yardsticks import IN_FORCE_OF_ACCORD
from timeline.words import counted, decimals_for, listing, percent, points, points_reach, span, visible

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

MEASURE = "in_force_end"
STRICT = "in_force_verified_end"

_MOST_NAMED = 3
"""Scenarios named in a sentence; of more, only how many there are is said."""
#: Longer lists are cut.
_MOST_LISTED = 9
#: How many timelines must miss the accord before the answer speaks of them, a share.
_WORTH_SAYING = 0.05


@dataclass(frozen=True)
class Answer:
    """What the experiment says.

    Attributes
    ----------
    kind
        ``one best``, ``several best``, ``baseline best``, ``baseline among the best``, ``no difference``,
        ``identical``, ``one cadence``, ``nobody signed``, ``nothing in force`` or ``unknown``.
    sentence
        The answer with its interval.
    details
        What else must be known to read it.
    sure
        How sure the simulation is; empty if there is nothing to be sure of.
    caveat
        What the interval leaves out.
    beside
        How many timelines never reach an accord, and the same difference among those that do; empty if the model has
        no accord, or nearly all timelines reach it.
    """

    kind: str
    sentence: str
    details: tuple[str, ...]
    caveat: str
    sure: str = ""
    beside: str = ""

    @property
    def text(self) -> str:
        """All of it, as one paragraph."""
        return " ".join(part for part in (self.headline, *self.details, self.sure, self.caveat) if part)

    @property
    def headline(self) -> str:
        """The answer, and beside it what it is among those that reach an accord."""
        return f"{self.sentence} {self.beside}".strip()


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


def answer(
    analysis: Analysis,
    *,
    scenario: str | None = None,
    judged: tuple[int, int] | None = None,
    against_best: pl.DataFrame | None = None,
    verdicts: pl.DataFrame | None = None,
) -> Answer:
    """Say what the analysis found, in plain words.

    Parameters
    ----------
    analysis
        The analysis of an experiment.
    scenario
        Which scenario to speak of; the first one by default.
    judged
        How many assumptions are judgement, and how many there are.
    against_best
        How far each cadence is from the best of the others (`timeline.analysis.best`), if that was asked of
        the same measure.
    verdicts
        Which cadences are dominated in several aims (`timeline.analysis.aims`), if that was asked.

    Returns
    -------
    Answer
    """
    scenario = scenario or analysis.scenarios[0]
    caution, plain_caution = caveat(judged), caveat(judged, interval=False)
    arms = _arms(analysis, scenario)
    after = f"after {span(analysis.window.horizon)}"
    if not arms:
        return Answer("unknown", "No cadence was run, so there is no answer.", (), plain_caution)
    base = next((a for a in arms if a.name == analysis.baseline), arms[0])
    signed = _column(analysis, scenario, "signed", "estimate")
    if signed and all(share == 0 for share in signed.values()):
        return Answer("nobody signed", _nobody(arms, analysis.window.horizon), (), plain_caution)
    if len(arms) == 1:
        return Answer("one cadence", _alone(base, after), (), caution)
    if all(a.share == 0 for a in arms):
        return Answer("nothing in force", _nothing(analysis, scenario, arms, after), (), plain_caution)
    gaps = _gaps(analysis, scenario)
    if any(math.isnan(gap.low) for gap in gaps.values()):
        return Answer("unknown", _too_few(arms), (), plain_caution)
    if _identical(analysis, scenario):
        return Answer("identical", _same(arms, base, after), (), plain_caution)
    leaders = _leaders(analysis, scenario, arms)
    told = {name: gap for name, gap in gaps.items() if gap.told}
    if not told and len(leaders) == len(arms):
        sentence, proof = _no_difference(arms, base, gaps, after)
        beside = _where_accord(analysis, scenario, arms, [a for a in arms if a != base], base, claimed=False)
        return Answer("no difference", sentence, (proof,), caution, beside=beside)
    own = None if against_best is None else against_best.filter(pl.col("scenario") == scenario)
    sure = _sure(arms, leaders, base, own)
    more = (
        *_strict(analysis, scenario, leaders),
        *_elsewhere(analysis, scenario, leaders),
        *_aims(verdicts, scenario, leaders),
    )
    if leaders == [base]:
        beside = _where_accord(analysis, scenario, arms, [_second(arms, base)], base, claimed=False)
        return Answer("baseline best", _baseline_best(arms, base, gaps, after), more, caution, sure, beside)
    ahead = [a for a in leaders if a != base]
    beside = _where_accord(analysis, scenario, arms, ahead, base, claimed=base not in leaders)
    if base in leaders:
        details = (*_beside_the_baseline(arms, leaders, base, told), *more)
        return Answer("baseline among the best", _among(arms, leaders, base, after), details, caution, sure, beside)
    if len(leaders) == 1:
        gap = gaps[leaders[0].name]
        return Answer("one best", _one(arms, leaders[0], base, gap, after), more, caution, sure, beside)
    weak = [a.name for a in leaders if a.name not in told]
    doubt = (f"Of these, {_some(weak)} cannot be told from {base.name} either.",) if weak else ()
    return Answer("several best", _several(arms, leaders, base, gaps, after), (*doubt, *more), caution, sure, beside)


# --- sentences -----------------------------------------------------------------------------


def _too_few(arms: list[_Arm]) -> str:
    return f"{_of(arms)}, none can be called better: an interval needs at least 2 replications of each."


def _one(arms: list[_Arm], best: _Arm, base: _Arm, gap: _Gap, after: str) -> str:
    d = _decimals(best, base, gap)
    return (
        f"{_of(arms)}, {best.name} is {_best(arms)}: under it the agreement is in force {after} in "
        f"{percent(best.share, d)} of timelines, against {percent(base.share, d)} under {base.name}, the baseline, "
        f"{_points(gap.difference, d)} more ({_interval(arms, points_reach(gap.low, gap.high, d))})."
    )


def _several(arms: list[_Arm], leaders: list[_Arm], base: _Arm, gaps: Mapping[str, _Gap], after: str) -> str:
    own = [gaps[a.name] for a in leaders]
    d = max(_decimals(a, base, gap) for a, gap in zip(leaders, own, strict=True))
    more = _between(*(points(end(g.difference for g in own), d) for end in (min, max)))
    reach = points_reach(min(g.low for g in own), max(g.high for g in own), d)
    return (
        f"{_cannot_be_told(arms, leaders, base)} Under them the agreement is in force {after} in "
        f"{_shares(leaders, d)} of timelines, against {percent(base.share, d)} under {base.name}, the baseline: "
        f"{more} points more ({_interval(arms, 'from ' + reach, 's')})."
    )


def _baseline_best(arms: list[_Arm], base: _Arm, gaps: Mapping[str, _Gap], after: str) -> str:
    second = _second(arms, base)
    gap = gaps.get(second.name)
    start = f"{_of(arms)}, {base.name}, the baseline, is {_best(arms)}: under it the agreement is in force {after} in"
    if gap is None:
        return f"{start} {percent(base.share)} of timelines."
    d = _decimals(base, second, gap)
    return (
        f"{start} {percent(base.share, d)} of timelines; next is {second.name} with "
        f"{percent(second.share, d)}, {_points(-gap.difference, d)} less "
        f"({_interval(arms, points_reach(-gap.high, -gap.low, d))})."
    )


def _second(arms: list[_Arm], base: _Arm) -> _Arm:
    return max((a for a in arms if a.name != base.name), key=lambda a: a.share)


def _among(arms: list[_Arm], leaders: list[_Arm], base: _Arm, after: str) -> str:
    d = decimals_for(max((a.high - a.low) / 2 for a in leaders))
    return (
        f"{_cannot_be_told(arms, leaders, base)} Under them the agreement is in force {after} in "
        f"{_shares(leaders, d)} of timelines."
    )


def _beside_the_baseline(
    arms: list[_Arm], leaders: list[_Arm], base: _Arm, told: Mapping[str, _Gap]
) -> tuple[str, ...]:
    """Say what the run tells of the baseline, which is among the best."""
    better = [a for a in arms if a.name in told and told[a.name].difference > 0]
    worse = [a for a in arms if a.name in told and told[a.name].difference < 0]
    said = [
        f"Better than {base.name}{_each(arms, better, told)}."
        if better
        else f"So this run gives no reason to leave {base.name}."
    ]
    if worse:
        said.append(f"Worse than {base.name}{_each(arms, worse, told)}.")
    return tuple(said)


def _each(arms: list[_Arm], named: list[_Arm], gaps: Mapping[str, _Gap]) -> str:
    """Name cadences, a few of them with the intervals of their differences from the baseline."""
    if len(named) > _MOST_NAMED:
        return f", as the intervals in the table below show: {listing(a.name for a in named)}"
    own = [(a.name, gaps[a.name]) for a in named]
    each = listing(f"{name} by {_points(abs(g.difference), 1)} ({_reach_of_size(g)})" for name, g in own)
    return f" ({_interval(arms, 'in brackets', '' if len(named) == 1 else 's')}): {each}"


def _reach_of_size(gap: _Gap) -> str:
    return points_reach(gap.low, gap.high) if gap.difference > 0 else points_reach(-gap.high, -gap.low)


def _interval(arms: list[_Arm], reach: str, plural: str = "") -> str:
    """Name the interval of a difference from the baseline; of two cadences there is only one."""
    together = ", holding for all cadences together" if len(arms) > 2 else ""
    return f"95% interval{plural} {reach}{together}"


def _cannot_be_told(arms: list[_Arm], leaders: list[_Arm], base: _Arm) -> str:
    out = [a.name for a in arms if a not in leaders]
    if not out:
        return f"{'Either' if len(arms) == 2 else 'Any'} of {_them(arms)} may be {_best(arms)}."
    if len(leaders) > 4 and len(out) < len(leaders) / 2:
        whom = f", {base.name}, the baseline, among them" if base in leaders else ""
        return f"{_of(arms)}, all but {listing(out)} may be the best{whom}."
    names = [f"{a.name} (the baseline)" if a == base else a.name for a in leaders]
    return f"{_of(arms)}, {len(leaders)} cannot be told from the best: {_some(names)}."


def _some(names: list[str]) -> str:
    """List names, of very many only some: the table has them all.

    Examples
    --------
    >>> _some(["a", "b"]), _some([str(n) for n in range(12)])
    ('a and b', '0, 1, 2, 3, 4, 5 and 6 more')
    """
    return listing(names if len(names) <= _MOST_LISTED else [*names[:6], f"{len(names) - 6} more"])


def _sure(arms: list[_Arm], leaders: list[_Arm], base: _Arm, places: pl.DataFrame | None) -> str:
    """Say how sure it is that the best is among those named, and what the one that looks best can cost.

    The lead of a single best is said only over another cadence than the baseline: that difference has been given
    already, with an interval that holds together with other ones and so ends elsewhere.
    """
    start = "How sure: with 95% confidence"
    top = leaders[0]
    place = None if places is None else next(iter(places.filter(pl.col("cadence") == top.name).to_dicts()), None)
    if len(leaders) == 1:
        lead = ""
        next_best = max((a for a in arms if a != top), key=lambda a: a.share)
        if base not in (top, next_best) and place is not None and place["difference"] is not None and place["low"] == 0:
            reach = points_reach(place["low"], place["high"])
            lead = f"; it is {points(place['difference'])} points ahead of the best of the others (interval {reach})"
        others = "no other cadence is better" if len(arms) > 2 else "the other cadence is not better"
        return f"{start} {others} in this model{lead}."
    cost = ""
    if place is not None and place["low"] is not None and leaders[1].share < top.share:
        cost = f", and {top.name}, which looks best, is at most {_behind(-place['low'])} points behind it"
    return f"{start} the cadence that is best in this model is one of them{cost}."


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
            f": the 95% interval of the difference from {base.name} is {points_reach(lowest, highest)} points"
            if len(known) == 1
            else f": the 95% intervals of the differences from {base.name}, which hold for all cadences together, "
            f"reach from {points_reach(lowest, highest)} points"
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


def _where_accord(
    analysis: Analysis, scenario: str, arms: list[_Arm], shown: list[_Arm], base: _Arm, *, claimed: bool
) -> str:
    """Say how many timelines never reach an accord, and how cadences differ from the baseline in the others.

    Nothing where nearly all reach one, or where a difference has no interval. `claimed` says whether the answer names
    all of them as better than the baseline; if not, only the intervals of several are given.
    """
    timelines, reach = (_column(analysis, scenario, key, "n") for key in (MEASURE, "accord_day"))
    both, shares = (_column(analysis, scenario, IN_FORCE_OF_ACCORD, column) for column in ("n", "estimate"))
    gaps = _gaps(analysis, scenario, IN_FORCE_OF_ACCORD)
    if not all(a.name in gaps and math.isfinite(gaps[a.name].low) for a in shown):
        return ""
    names = [a.name for a in (base, *shown)]
    never = [1 - reach[name] / timelines[name] for name in names]
    if min(never) < _WORTH_SAYING:
        return ""
    # If as many reach an accord under both as under each, then they are the same timelines.
    same = len({*(reach[name] for name in names), *(both[a.name] for a in shown)}) == 1
    if len(shown) == 1:
        found = _pair_of_accord(arms, shown[0], base, shares[shown[0].name], gaps[shown[0].name])
        whose = ", the same under both" if same else " under both"
    else:
        found = _several_of_accord(arms, base, [gaps[a.name] for a in shown], claimed)
        whose = ", the same under each" if same else f" under a cadence and {base.name} both"
    ends = [min(zip(never, names, strict=True)), max(zip(never, names, strict=True))]
    low, high = (_not_all(share) for share, _ in ends)
    if len(shown) == 1 and low != high:
        low, high = (f"{_not_all(share)} ({name})" for share, name in ends)
    return (
        f"{_between(low, high)} of timelines never reach an accord, and a cadence "
        f"that begins at the accord changes nothing in them; of those that do{whose}, {found}."
    )


def _pair_of_accord(arms: list[_Arm], own: _Arm, base: _Arm, share: float, gap: _Gap) -> str:
    own, base = replace(own, share=share), replace(base, share=share - gap.difference)
    d = _decimals(own, base, gap)
    start = f"{percent(own.share, d)} are in force under {own.name} against {percent(base.share, d)} under {base.name}"
    if not gap.told:
        return f"{start}, which cannot be told apart ({_interval(arms, points_reach(gap.low, gap.high, d))})"
    more, (low, high) = ("more", (gap.low, gap.high)) if gap.difference > 0 else ("less", (-gap.high, -gap.low))
    return f"{start}, {_points(abs(gap.difference), d)} {more} ({_interval(arms, points_reach(low, high, d))})"


def _several_of_accord(arms: list[_Arm], base: _Arm, gaps: list[_Gap], claimed: bool) -> str:
    reach = points_reach(min(gap.low for gap in gaps), max(gap.high for gap in gaps))
    least, most = (end(gap.difference for gap in gaps) for end in (min, max))
    if claimed and least > 0:
        more = _between(points(least), points(most))
        return f"{more} points more are in force than under {base.name} ({_interval(arms, 'from ' + reach, 's')})"
    return f"the {_interval(arms, f'of the differences from {base.name}', 's')}, reach from {reach} points"


def _not_all(share: float) -> str:
    """Write a share below 1 in whole percent, or with as many decimals as keep it from reading as all.

    Examples
    --------
    >>> _not_all(0.531), _not_all(0.9971)
    ('53%', '99.7%')
    """
    return percent(share, visible([100 * (1 - share)], 0))


def _strict(analysis: Analysis, scenario: str, leaders: list[_Arm]) -> tuple[str, ...]:
    """Say whether the same holds when silent dead letters are not counted."""
    shares = {k: v for k, v in _column(analysis, scenario, STRICT, "estimate").items() if math.isfinite(v)}
    if not shares:
        return ()
    if not any(shares.values()):
        return ("No agreement in force is at least half verified.",)
    still = _among_the_best(analysis, scenario, STRICT)
    kept = [a.name for a in leaders if a.name in still]
    if len(kept) == len(leaders):
        return ("The same holds if at least half of it must be verified.",)
    if kept:
        return (f"If at least half of it must be verified, of these only {_some(kept)} may be the best.",)
    first = max(shares, key=lambda name: shares[name])
    most = max(shares.get(a.name, 0.0) for a in leaders)
    these = leaders[0].name if len(leaders) == 1 else "these"
    return (
        f"If at least half of it must be verified, {first} leads ({percent(shares[first])}, against "
        f"{percent(most)} under {these}).",
    )


def _elsewhere(analysis: Analysis, scenario: str, leaders: list[_Arm]) -> tuple[str, ...]:
    """Say in how many other scenarios none of the best is among the best."""
    among = (pl.col("tied_with_best") | (pl.col("cadence") == pl.col("best"))) & (pl.col("scenario") != scenario)
    known: dict[str, list[str]] = {}
    for s, name in analysis.best.filter(among, measure=MEASURE).select("scenario", "cadence").iter_rows():
        known.setdefault(s, []).append(name)
    if not known:
        return ()
    turned = {s: names for s, names in known.items() if not {a.name for a in leaders} & set(names)}
    rest = "the other scenario" if len(known) == 1 else f"the other {len(known)} scenarios"
    who = "It" if len(leaders) == 1 else "At least one of them"
    if not turned:
        return (f"{who} may be the best in {rest} too.",)
    how_many = "" if len(turned) == len(known) else f"{len(turned)} of "
    start = f"The answer turns in {how_many}{rest}"
    if len(turned) > _MOST_NAMED:
        none = "it is not" if len(leaders) == 1 else "none of them is"
        return (f"{start}: there {none} among the best.",)
    each = (f"{listing(names)} in {s}" for s, names in turned.items())
    return (f"{start}: best {'is' if all(len(n) == 1 for n in turned.values()) else 'are'} {'; '.join(each)}.",)


def _aims(verdicts: pl.DataFrame | None, scenario: str, leaders: list[_Arm]) -> tuple[str, ...]:
    """Say of which of the best another cadence is at least as good in every aim, and better in one."""
    if verdicts is None:
        return ()
    own = verdicts.filter((pl.col("scenario") == scenario) & (pl.col("verdict") == "dominated"))
    by = {name: list(names) for name, names in own.select("cadence", "by").iter_rows()}
    beaten = [a.name for a in leaders if a.name in by]
    if not beaten:
        return ()
    others = list(dict.fromkeys(name for own_name in beaten for name in by[own_name]))
    return (
        f"But survival is not all: counting every aim, {listing(others)} {_is(others)} at least as good as "
        f"{listing(beaten)} in each and better in some.",
    )


def caveat(judged: tuple[int, int] | None, *, interval: bool = True) -> str:
    """Say what the answer does not know, with how many of all assumptions are judgement."""
    start = (
        "Main caveat: the interval is Monte Carlo error only and holds no doubt about the assumptions"
        if interval
        else "Main caveat: this rests on the assumptions"
    )
    if judged is None or judged[1] == 0:
        return f"{start}."
    part, whole = judged
    return f"{start}, of which {part} of {whole} ({percent(part / whole, 0)}) are judgement."


def _behind(most: float) -> str:
    """Write a share in points, with as many decimals as show that it is not 0.

    Examples
    --------
    >>> _behind(0.0123), _behind(0.0002)
    ('1.2', '0.02')
    """
    return points(most, visible([100 * most], 1))


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


def _best(arms: list[_Arm]) -> str:
    return "better" if len(arms) == 2 else "the best"


def _is(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _shares(arms: list[_Arm], d: int) -> str:
    return _between(*(percent(end(a.share for a in arms), d) for end in (min, max)))


def _between(low: str, high: str) -> str:
    return low if low == high else f"{low} to {high}"


def _decimals(one: _Arm, other: _Arm, gap: _Gap) -> int:
    """Round to whole points if the interval is wide, unless numbers would not add up or a limit vanish."""
    needed = visible((gap.low * 100, gap.high * 100, gap.difference * 100), 0)
    if needed or decimals_for((gap.high - gap.low) / 2):
        return max(needed, 1)
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


def _gaps(analysis: Analysis, scenario: str, measure: str = MEASURE) -> dict[str, _Gap]:
    own = analysis.contrasts.filter((pl.col("scenario") == scenario) & (pl.col("measure") == measure))
    return {
        r["cadence"]: _Gap(_number(r["difference"]), _number(r["low"]), _number(r["high"]), r["distinguishable"])
        for r in own.iter_rows(named=True)
    }


def _leaders(analysis: Analysis, scenario: str, arms: list[_Arm]) -> list[_Arm]:
    """Return the cadences that may be the best, the one that looks best first."""
    names = _among_the_best(analysis, scenario, MEASURE)
    top = max(arms, key=lambda a: a.share)
    return sorted((a for a in arms if a.name in names or a == top), key=lambda a: -a.share)


def _among_the_best(analysis: Analysis, scenario: str, measure: str) -> list[str]:
    own = analysis.best.filter((pl.col("scenario") == scenario) & (pl.col("measure") == measure))
    return own.filter(pl.col("tied_with_best") | (pl.col("cadence") == pl.col("best")))["cadence"].to_list()


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
