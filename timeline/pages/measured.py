"""The answer by any measure: what a model says that is not about agreements, in its own words.

It keeps the rules of `timeline.pages.answer`: the cadences that cannot be told from the best are named together, and
no difference is claimed that the intervals do not show.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from timeline.model.endpoints import IN_FORCE
from timeline.pages.answer import Answer, answer, caveat
from timeline.words import counted, listing, percent, points, span, visible

if TYPE_CHECKING:
    from timeline.analysis.analysis import Analysis

_MOST_NAMED = 3


@dataclass(frozen=True)
class _Standing:
    """One cadence in the measure of the answer, and its difference from the baseline."""

    name: str
    value: float
    low: float
    high: float
    tied: bool
    difference: float = math.nan
    least: float = math.nan
    most: float = math.nan
    told: bool = False


def answer_of(
    analysis: Analysis,
    *,
    scenario: str | None = None,
    judged: tuple[int, int] | None = None,
    against_best: pl.DataFrame | None = None,
    verdicts: pl.DataFrame | None = None,
) -> Answer:
    """Say what the analysis found in the measure that its model names, in plain words.

    Parameters
    ----------
    analysis, scenario, judged, against_best, verdicts
        As for `timeline.pages.answer.answer`, which answers where the measure is an agreement in force.
    """
    scenario = scenario or analysis.scenarios[0]
    if analysis.primary == IN_FORCE:
        return answer(analysis, scenario=scenario, judged=judged, against_best=against_best, verdicts=verdicts)
    arms = _standings(analysis, scenario)
    if not arms:
        return Answer("unknown", "No timeline has the measure of the answer, so there is none.", (), caveat(judged))
    told = _Telling(analysis, arms)
    if len(arms) == 1:
        return Answer("one cadence", told.alone(), (), caveat(judged))
    if any(math.isnan(arm.least) for arm in arms if arm.name != analysis.baseline):
        return Answer("unknown", told.too_few(), (), caveat(judged))
    if all(arm.difference == 0 == arm.least == arm.most for arm in arms if arm.name != analysis.baseline):
        return Answer("identical", told.same(), (), caveat(judged))
    leaders = told.leaders
    if len(leaders) == len(arms) and not any(arm.told for arm in arms):
        return Answer("no difference", told.no_difference(), (told.no_proof(),), caveat(judged))
    kind = "one best" if len(leaders) == 1 else "several best"
    if told.base in leaders:
        kind = "baseline best" if len(leaders) == 1 else "baseline among the best"
    details = (
        *told.beside_the_baseline(),
        *_elsewhere(analysis, scenario, leaders),
        *_aims(verdicts, scenario, leaders),
    )
    sentence = told.one_best() if len(leaders) == 1 else told.several_best()
    return Answer(kind, sentence, details, caveat(judged), told.sure())


class _Telling:
    """The sentences about some cadences, by the direction, the unit and the words of one measure."""

    def __init__(self, analysis: Analysis, arms: list[_Standing]) -> None:
        measure = analysis.measures.filter(measure=analysis.primary).row(0, named=True)
        self.arms, self.unit, self.higher = arms, str(measure["unit"]), bool(measure["better"] == "higher")
        self.base = next((arm for arm in arms if arm.name == analysis.baseline), arms[0])
        self.clause = analysis.clause or f"“{measure['title'][:1].lower()}{measure['title'][1:]}” is {{}}"
        self.within = f"{analysis.horizon_words} {span(analysis.window.horizon)}"
        top = (max if self.higher else min)(arms, key=lambda arm: arm.value)
        leaders = [arm for arm in arms if arm.tied or arm == top]
        self.leaders = sorted(leaders, key=lambda arm: -arm.value if self.higher else arm.value)

    def alone(self) -> str:
        only = self.arms[0]
        reach = f"{self.value(only.low)} to {self.value(only.high)}"
        return (
            f"Only {only.name} was run: {self.says(self.value(only.value))} {self.within} (95% interval {reach}); a "
            "second cadence is needed to compare."
        )

    def too_few(self) -> str:
        return f"{self.of_all()}, none can be called better: an interval needs at least 2 replications of each."

    def same(self) -> str:
        who = "Both cadences" if len(self.arms) == 2 else f"All {counted(len(self.arms), 'cadence')}"
        return (
            f"{who} come out alike: {self.says(self.value(self.base.value))} {self.within} under each; check that the "
            "cadences differ in something this model reads."
        )

    def no_difference(self) -> str:
        low, high = (end(arm.value for arm in self.arms) for end in (min, max))
        return f"No difference was found between {self.them()}: {self.says(self.between(low, high))} {self.within}."

    def no_proof(self) -> str:
        gaps = [arm for arm in self.arms if arm != self.base]
        reach = self.reach(min(arm.least for arm in gaps), max(arm.most for arm in gaps))
        if len(gaps) == 1:
            return f"That does not prove that there is none: the 95% interval of the difference is {reach}."
        return (
            f"That does not prove that there is none: the 95% intervals of the differences from {self.base.name}, "
            f"which hold for all cadences together, reach from {reach}."
        )

    def one_best(self) -> str:
        best = self.leaders[0]
        start = f"{self.of_all()}, {self.who(best)} is {self.best()}: under it {self.says(self.value(best.value))}"
        if best != self.base:
            return (
                f"{start} {self.within}, against {self.value(self.base.value)} under {self.base.name}, the baseline: "
                f"{self.gap(best)}."
            )
        rest = [arm for arm in self.arms if arm != best]
        second = (max if self.higher else min)(rest, key=lambda arm: arm.value)
        return f"{start} {self.within}; next is {second.name} with {self.value(second.value)}: {self.gap(second)}."

    def several_best(self) -> str:
        values = [arm.value for arm in self.leaders]
        under = f"Under them {self.says(self.between(min(values), max(values)))} {self.within}"
        against = "" if self.base in self.leaders else f", against {self.value(self.base.value)} under {self.base.name}"
        names = listing(self.who(arm) for arm in self.leaders)
        if len(self.leaders) == len(self.arms):
            either = "Either" if len(self.arms) == 2 else "Any"
            return f"{either} of {self.them()} may be {self.best()}. {under}{against}."
        return f"{self.of_all()}, {len(self.leaders)} cannot be told from the best: {names}. {under}{against}."

    def beside_the_baseline(self) -> tuple[str, ...]:
        """Say which cadences differ from the baseline; nothing where the sentence before has said it."""
        if len(self.leaders) == 1:
            return ()
        told = [arm for arm in self.arms if arm.told]
        sentences = []
        for word, good in (("Better", True), ("Worse", False)):
            own = [arm for arm in told if self.good(arm) == good]
            if len(own) > _MOST_NAMED:
                sentences.append(f"{word} than {self.base.name}: {listing(arm.name for arm in own)}.")
            elif own:
                sentences.append(f"{word} than {self.base.name}: {listing(f'{a.name} by {self.gap(a)}' for a in own)}.")
        if self.base in self.leaders and not any(map(self.good, told)):
            sentences.insert(0, f"So this run gives no reason to leave {self.base.name}.")
        return tuple(sentences)

    def sure(self) -> str:
        if len(self.leaders) == 1:
            others = "no other cadence is better" if len(self.arms) > 2 else "the other cadence is not better"
            return f"How sure: with 95% confidence {others} in this model."
        return "How sure: with 95% confidence the cadence that is best in this model is one of them."

    def good(self, arm: _Standing) -> bool:
        return self.higher if arm.difference > 0 else not self.higher

    def who(self, arm: _Standing) -> str:
        return f"{arm.name}, the baseline," if arm == self.base and len(self.leaders) == 1 else arm.name

    def gap(self, arm: _Standing) -> str:
        """Say a difference from the baseline without a sign, with its interval."""
        more = "more" if arm.difference > 0 else "less"
        low, high = (arm.least, arm.most) if arm.difference > 0 else (-arm.most, -arm.least)
        together = ", holding for all cadences together" if len(self.arms) > 2 else ""
        return f"{self.size(abs(arm.difference))} {more} (95% interval {self.reach(low, high)}{together})"

    def says(self, value: str) -> str:
        return self.clause.replace("{}", value)

    def between(self, low: float, high: float) -> str:
        one, other = self.value(low), self.value(high)
        return one if one == other else f"{one.removesuffix(' days')} to {other}"

    def value(self, value: float) -> str:
        if self.unit == "share":
            return percent(value, self.decimals)
        return self.size(value)

    def size(self, value: float) -> str:
        if self.unit == "share":
            return f"{points(value, self.decimals)} points"
        text = f"{value:,.{self.decimals}f}".replace("-", "−")
        return f"{text} {'day' if text == '1' else 'days'}" if self.unit == "days" else text

    def reach(self, low: float, high: float) -> str:
        scale = 100 if self.unit == "share" else 1
        digits = visible([low * scale, high * scale], self.decimals)
        return " to ".join(f"{end * scale:,.{digits}f}".replace("-", "−") for end in (low, high))

    @property
    def decimals(self) -> int:
        """As many as show two digits of the narrowest error, at most four."""
        scale = 100 if self.unit == "share" else 1
        halves = [(arm.high - arm.low) / 2 * scale for arm in self.arms]
        halves += [(arm.most - arm.least) / 2 * scale for arm in self.arms if arm.least < arm.most]
        known = [half for half in halves if math.isfinite(half) and half > 0]
        return max(0, min(4, -math.floor(math.log10(min(known))))) if known else 1

    def of_all(self) -> str:
        return f"Of {self.them()}"

    def them(self) -> str:
        return "the two cadences" if len(self.arms) == 2 else f"the {counted(len(self.arms), 'cadence')}"

    def best(self) -> str:
        return "better" if len(self.arms) == 2 else "the best"


def _standings(analysis: Analysis, scenario: str) -> list[_Standing]:
    own = {"scenario": scenario, "measure": analysis.primary}
    gaps = {row["cadence"]: row for row in analysis.contrasts.filter(**own).iter_rows(named=True)}
    best = set(_among_the_best(analysis, scenario))
    found = []
    for row in analysis.estimates.filter(**own).drop_nulls("estimate").iter_rows(named=True):
        name, gap = row["cadence"], gaps.get(row["cadence"], {})
        value, low, high = (_or_nan(row[part]) for part in ("estimate", "low", "high"))
        difference, least, most = (_or_nan(gap.get(part)) for part in ("difference", "low", "high"))
        told = bool(gap.get("distinguishable"))
        found.append(_Standing(name, value, low, high, name in best, difference, least, most, told))
    return found


def _among_the_best(analysis: Analysis, scenario: str) -> list[str]:
    own = analysis.best.filter(scenario=scenario, measure=analysis.primary)
    return own.filter(pl.col("tied_with_best") | (pl.col("cadence") == pl.col("best")))["cadence"].to_list()


def _elsewhere(analysis: Analysis, scenario: str, leaders: list[_Standing]) -> tuple[str, ...]:
    """Say in how many other scenarios none of the best is among the best."""
    others = {name: _among_the_best(analysis, name) for name in analysis.scenarios if name != scenario}
    known = {name: best for name, best in others.items() if best}
    if not known:
        return ()
    turned = {name: best for name, best in known.items() if not {arm.name for arm in leaders} & set(best)}
    rest = "the other scenario" if len(known) == 1 else f"the other {len(known)} scenarios"
    if not turned:
        return (f"{'It' if len(leaders) == 1 else 'At least one of them'} may be the best in {rest} too.",)
    if len(turned) > _MOST_NAMED:
        return (f"The answer turns in {len(turned)} of {rest}.",)
    each = "; ".join(f"{listing(best)} in {name}" for name, best in turned.items())
    part = "" if len(turned) == len(known) else f"{len(turned)} of "
    return (f"The answer turns in {part}{rest}: the best there, {each}.",)


def _aims(verdicts: pl.DataFrame | None, scenario: str, leaders: list[_Standing]) -> tuple[str, ...]:
    """Say of which of the best another cadence is at least as good in every aim, and better in one."""
    if verdicts is None:
        return ()
    names = [arm.name for arm in leaders]
    beaten = verdicts.filter(pl.col("cadence").is_in(names), scenario=scenario, verdict="dominated")
    if not beaten.height:
        return ()
    better = list(dict.fromkeys(name for own in beaten["by"].to_list() for name in own))
    return (
        f"But that is not all: counting every aim, {listing(better)} {'is' if len(better) == 1 else 'are'} at least as "
        f"good as {listing(beaten['cadence'].to_list())} in each and better in some.",
    )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
