"""A case of history beside the model, told: what was found, and the sentences that say it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from timeline.analysis.placing import Surprise
from timeline.playing.continuing import FEWEST_ALIKE, Matching
from timeline.study.case import Case, HistoryUntil
from timeline.words import counted, listing, moment, percent, when

if TYPE_CHECKING:
    import polars as pl

    from timeline.study.experiment import Experiment


@dataclass(frozen=True, eq=False)
class CasePlayed:
    """What a model says of a case.

    Attributes
    ----------
    experiment, case
        What was played, and the history.
    fates
        From the first day: cadence, fate, estimate, se, low, high, n; the first cadence is history's.
    cause
        Share of all timelines under history's cadence that failed by history's cause; NaN if it has none.
    placed
        cadence, milestone, earliest, latest (history's days, infinity if not reached), and what
        `timeline.analysis.placing.placed` says.
    differences
        cadence, estimate, se, low, high: of in force at the horizon, less history's cadence, the same luck.
    surprise
        How surprising history is under its own cadence.
    until, matching
        Up to when history was taken as known; which replayed timelines were as it was then.
    given
        From that day on: cadence, fate, estimate, se, low, high, states, continuations; the row ``not restarted`` is a
        check. Empty if too few timelines were as history was.
    given_differences
        As ``differences``, from that day on.
    shares
        day, then the share of timelines under history's cadence that are talking, in force, failed, ended unsigned.
    """

    experiment: Experiment
    case: Case
    fates: pl.DataFrame
    cause: float
    placed: pl.DataFrame
    differences: pl.DataFrame
    surprise: Surprise
    until: HistoryUntil
    matching: Matching
    given: pl.DataFrame
    given_differences: pl.DataFrame
    shares: pl.DataFrame

    @property
    def alike(self) -> int:
        """How many replayed timelines were as history was."""
        return int(self.matching.alike.sum())

    @property
    def until_date(self) -> date:
        """The date up to which history was taken as known."""
        return self.case.starts + timedelta(days=self.until.day)

    @property
    def answer(self) -> list[str]:
        """What was found, a sentence each."""
        return [_say_fate(self), *_say_places(self), _say_surprise(self), _say_given(self)]

    def as_json(self) -> dict[str, Any]:
        """Return all of it as plain data."""
        tables = ("fates", "placed", "differences", "given", "given_differences")
        return {
            "case": self.experiment.name,
            "answer": " ".join(self.answer),
            "surprise": vars(self.surprise),
            "cause": self.cause,
            "until": self.until_date.isoformat(),
            "alike": self.alike,
            **{name: getattr(self, name).to_dicts() for name in tables},
        }


# In words.


def milestone_words(milestone: str) -> str:
    """Return a milestone as a reader knows it.

    Examples
    --------
    >>> milestone_words("known_day"), milestone_words("signed_day")
    ('known to the public', 'signed')
    """
    word = milestone.removesuffix("_day").replace("_", " ")
    return {"known": "known to the public", "accord": "accord"}.get(word, word)


def _say_fate(found: CasePlayed) -> str:
    case, name = found.case, found.case.chosen
    row = found.fates.filter(cadence=name, fate=case.fate).row(0, named=True)
    width = f"95% interval {percent(row['low'])} to {percent(row['high'])}, Monte Carlo error alone"
    cause = "" if math.isnan(found.cause) else f", and in {percent(found.cause)} so by {case.cause}"
    return (
        f"History is coded “{case.fate}”. Under history's cadence, “{name}”, that became of "
        f"{percent(row['estimate'])} of {row['n']:,} simulated timelines ({width}){cause}."
    )


def _say_places(found: CasePlayed) -> list[str]:
    said = []
    for row in found.placed.filter(cadence=found.case.chosen).iter_rows(named=True):
        words = milestone_words(row["milestone"])
        if math.isinf(row["earliest"]):
            said.append(f"Not “{words}” by the horizon, like {percent(1 - row['reached'])} of simulated timelines.")
            continue
        low, high = percent(row["before"]), percent(row["before_latest"])
        share = low if low == high else f"between {low} and {high}"
        said.append(
            f"“{words}” {_when(row, found.case.starts)}: {share} of simulated timelines were there sooner, "
            f"{percent(row['reached'])} ever."
        )
    return said


def _when(row: Mapping[str, Any], starts: date) -> str:
    low, high = (moment(row[end], starts) for end in ("earliest", "latest"))
    return when(row["earliest"], starts) if low == high else f"between {low} and {high}"


def _say_surprise(found: CasePlayed) -> str:
    own = found.surprise
    if own.at_least:
        return (
            f"Surprise index: at least {own.bits:.1f} bits; no timeline of {own.n:,} fell where history did, in its "
            "outcome and the classes of its times."
        )
    return (
        f"Surprise index: {own.bits:+.1f} bits".replace("-", "−")
        + f" (standard error {own.se:.1f}); at 0 history is as surprising as the model's own timelines are on average. "
        f"{percent(own.as_rare, 0)} of them fell in a place as rare, or rarer."
    )


def _say_given(found: CasePlayed) -> str:
    on = f"{found.until_date.day} {found.until_date:%B %Y}"
    if not found.given.height:
        few = {0: "none was", 1: "only 1 was"}.get(found.alike, f"only {found.alike} were")
        return (
            f"Of {len(found.matching.alike):,} timelines {few} as history was on {on}. Fewer than "
            f"{FEWEST_ALIKE} say nothing of how it might have gone on; more replications or another date may."
        )
    row = found.given.filter(cadence=found.case.chosen, fate="in force").row(0, named=True)
    told = [f"{_points(own)} under “{own['cadence']}”" for own in found.given_differences.iter_rows(named=True)]
    return (
        f"Given what had happened until {on} ({found.alike:,} of {len(found.matching.alike):,} timelines were so): "
        f"in force at the horizon in {percent(row['estimate'])} under history's cadence; {listing(told)}."
    )


def _points(row: Mapping[str, Any]) -> str:
    low, high = (f"{100 * row[end]:+.1f}".replace("-", "−") for end in ("low", "high"))
    return f"{100 * row['estimate']:+.1f} points ({low} to {high})".replace("-", "−")


def describe_matching(found: CasePlayed) -> str:
    """Say what had to hold of a timeline to be as history was, and in how many each held."""
    said = [f"{words} ({percent(share, 0)})" for words, share in found.matching.asked]
    return f"{counted(found.alike, 'timeline')} of {len(found.matching.alike):,} were so in everything: {listing(said)}"
