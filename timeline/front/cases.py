"""A case of history beside the model: where it fell, how surprising it was, and how it might have gone on."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.analysis.histories import Histories, Reader
from timeline.analysis.intervals import bounded_mean
from timeline.analysis.placing import Surprise, borders_of, classes, fate_table, fates_of, placed, surprise
from timeline.errors import ConfigError, nearest
from timeline.front.workspaces import open_workspace
from timeline.playing.continuing import Matching, continued, played, replay
from timeline.playing.tasks import task_of, world_of
from timeline.study.case import FATES, Case, HistoryUntil
from timeline.words import counted, listing, moment, percent, when

if TYPE_CHECKING:
    import polars as pl

    from timeline.arrays import Floats, Rows
    from timeline.engines.world import World
    from timeline.front.study import Study
    from timeline.study.experiment import Experiment

#: Where cases lie below a workspace.
CASES = Path("configs", "cases")
#: Fewer timelines than this that were as history was say nothing of how it might have gone on.
FEWEST_ALIKE = 30
#: From so many of them at most is played on, and so often from each.
MOST_STATES, CONTINUATIONS = 120, 20
#: Days at which the state of all timelines is counted for the picture.
_LOOKS = 121


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

    def write(self, folder: str | os.PathLike[str], command: str = "") -> Path:
        """Write the page with its figures and tables into a folder; return the page.

        Raises
        ------
        StoreError
            If it cannot be written.
        """
        from timeline.pages.case import write_case

        return write_case(self, Path(folder), command)

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


# Which case.


def case_names(folder: Path) -> dict[str, str]:
    """Return the cases of the workspace that a folder lies in: {name: title}."""
    import tomllib

    found = {}
    for path in sorted((open_workspace(folder).root / CASES).glob("*.toml")):
        try:
            found[path.stem] = str(tomllib.loads(path.read_text("utf-8-sig")).get("title", path.stem))
        except (OSError, ValueError):
            found[path.stem] = "cannot be read"
    return found


def case_path(name: str, folder: Path) -> Path:
    """Return the config of a case, by its name or by its path.

    Raises
    ------
    ConfigError
        If there is none.
    """
    if name.endswith(".toml"):
        return Path(name)
    known = case_names(folder)
    if name not in known:
        listed = f"one of {', '.join(known)}" if known else f"a case, but there is none in {CASES}"
        raise ConfigError(f'given the case "{name}", expected {listed}{nearest(name, known)}')
    return Path(os.path.relpath(open_workspace(folder).root / CASES / f"{name}.toml"))


def case_folder(experiment: Experiment, out: Path | None = None) -> Path:
    """Return the folder of a case's page, whether or not it exists."""
    return (experiment.workspace.results if out is None else out) / experiment.kept_as / "history"


# Playing it.


def play_case(study: Study, given: date | str | None = None) -> CasePlayed:
    """Hold a model against a case of history.

    Parameters
    ----------
    study
        A config with a table ``[case]``.
    given
        Up to when history is taken as known, a date or its text, instead of the case's own; only milestones have to be
        as in history then.

    Returns
    -------
    CasePlayed

    Raises
    ------
    ConfigError
        If the config is no case, or nobody knows what had happened by the date.
    RunError, ModelError
        From a replication.

    Examples
    --------
    >>> import timeline
    >>> found = play_case(timeline.load("configs/cases/oslo-1993.toml", replications=400))
    >>> found.fates["cadence"].unique(maintain_order=True).to_list()
    ['silence', 'quarterly-from-accord', 'staged-opening']
    >>> found.given.height
    0
    """
    experiment = study.experiment
    case = _case_of(experiment)
    until = _until(experiment, case, given)
    names, worlds = _arms(experiment, case)
    reader, count = Reader(experiment.model), experiment.replications
    matching = replay(worlds[0], case, until, count)
    rows = played(worlds, count)
    histories = [reader.read(own, experiment.horizon) for own in rows]
    fates = dict(zip(names, map(fates_of, histories), strict=True))
    tables = _given(worlds, names, matching, until, reader, experiment.horizon, fates[names[0]])
    return CasePlayed(
        experiment=experiment,
        case=case,
        fates=_stacked({name: fate_table(own) for name, own in fates.items()}),
        cause=_cause(histories[0], case),
        placed=_placed(case, dict(zip(names, rows, strict=True))),
        differences=_differences({name: (own == 0).astype(float)[:, None] for name, own in fates.items()}),
        surprise=_surprise(case, rows[0], fates[names[0]]),
        until=until,
        matching=matching,
        given=tables[0],
        given_differences=tables[1],
        shares=_shares(histories[0], experiment.horizon),
    )


def _case_of(experiment: Experiment) -> Case:
    if experiment.case is None:
        raise ConfigError(
            f"{experiment.path}: has no table [case], expected a case of history such as those in {CASES}; "
            "docs/cases.md says how one is written"
        )
    return experiment.case


def _until(experiment: Experiment, case: Case, asked: date | str | None) -> HistoryUntil:
    """Return up to when history is taken as known."""
    if asked is None:
        return case.until
    given = _date(asked)
    day = float((given - case.starts).days)
    last = case.starts + timedelta(days=math.ceil(experiment.horizon) - 1)
    if not 0 < day < experiment.horizon:
        raise ConfigError(f"--given: given {given}, expected a date after {case.starts}, and {last} or earlier")
    try:
        for milestone in case.milestones():
            case.reached(milestone, day)
    except ConfigError as problem:
        raise ConfigError(f"--given {given}: {problem}") from None
    return case.until if day == case.until.day else HistoryUntil(day)


def _date(given: date | str) -> date:
    try:
        return given if isinstance(given, date) else date.fromisoformat(given)
    except ValueError:
        raise ConfigError(f'--given: given "{given}", expected a date such as 1993-08-24') from None


def _arms(experiment: Experiment, case: Case) -> tuple[list[str], list[World]]:
    """Return the cadences of the first scenario, history's first, as worlds."""
    first = next(iter(experiment.scenarios))
    arms = {arm.cadence: arm for arm in experiment.arms if arm.scenario == first}
    names = [case.chosen, *(name for name in arms if name != case.chosen)]
    return names, [world_of(task_of(experiment, arms[name])) for name in names]


def _days(rows: Rows, milestone: str) -> Floats:
    days = np.asarray(rows["state"][milestone], np.float64)
    return np.where(np.isnan(days), np.inf, days)


def _bounds(case: Case, milestone: str) -> tuple[float, float]:
    event = case.milestones().get(milestone)
    return (math.inf, math.inf) if event is None else (event.earliest, event.latest)


def _placed(case: Case, rows: Mapping[str, Rows]) -> pl.DataFrame:
    import polars as pl

    found = []
    for name, own in rows.items():
        for milestone in (*case.milestones(), *case.unreached):
            low, high = _bounds(case, milestone)
            said = {"cadence": name, "milestone": milestone, "earliest": low, "latest": high}
            found.append(said | placed(_days(own, milestone), low, high))
    return pl.DataFrame(found)


def _surprise(case: Case, rows: Rows, fates: Any) -> Surprise:
    columns, own = [fates], [FATES.index(case.fate)]
    for milestone in (*case.milestones(), *case.unreached):
        days = _days(rows, milestone)
        borders, (low, high) = borders_of(days), _bounds(case, milestone)
        columns.append(classes(days, borders))
        own.append(int(classes([(low + high) / 2], borders)[0]))
    return surprise(columns, own)


def _cause(histories: Histories, case: Case) -> float:
    if not case.cause:
        return math.nan
    named = [place for place, cause in enumerate(histories.causes) if cause == case.cause]
    of_fate = fates_of(histories) == FATES.index(case.fate)
    return float(np.mean(of_fate & np.isin(histories.failing, named)))


def _stacked(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    import polars as pl

    own = [table.select(pl.lit(name).alias("cadence"), pl.all()) for name, table in tables.items()]
    return pl.concat(own)


def _differences(values: Mapping[str, Floats]) -> pl.DataFrame:
    """Return how the mean of each cadence differs from the first's, paired, with clusters as rows of the values."""
    import polars as pl

    first, *others = values
    rows = []
    for name in others:
        each = (values[name] - values[first]).mean(axis=1)
        n, mean = len(each), float(each.mean())
        low, high = bounded_mean(mean, float(((each - mean) ** 2).sum()), n, (-1.0, 1.0))
        se = float(each.std(ddof=1) / math.sqrt(n)) if n > 1 else math.nan
        rows.append({"cadence": name, "estimate": mean, "se": se, "low": low, "high": high, "n": n})
    return pl.DataFrame(rows)


def _given(
    worlds: list[World],
    names: list[str],
    matching: Matching,
    until: HistoryUntil,
    reader: Reader,
    horizon: float,
    whole: Any,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Play on from the states of timelines that were as history was; empty tables if there are too few."""
    import polars as pl

    if matching.alike.sum() < FEWEST_ALIKE:
        return pl.DataFrame(), pl.DataFrame()
    states = matching.rows[matching.alike][:MOST_STATES]
    made = continued(worlds, states, until.day, CONTINUATIONS)
    fates = {
        name: np.array([fates_of(reader.read(rows, horizon)) for rows in own])
        for name, own in zip(names, made, strict=True)
    }
    fates["not restarted"] = whole[matching.alike][:, None]
    rows = [
        {"cadence": name, "fate": fate, **_clustered(own == place)}
        for name, own in fates.items()
        for place, fate in enumerate(FATES)
    ]
    in_force = {name: (fates[name] == 0).astype(float) for name in names}
    return pl.DataFrame(rows), _differences(in_force)


def _clustered(holds: Any) -> dict[str, float]:
    """Return a share with its error, each row of the values one state that was gone on from."""
    each = holds.mean(axis=1)
    n, mean = len(each), float(each.mean())
    low, high = bounded_mean(mean, float(((each - mean) ** 2).sum()), n, (0.0, 1.0))
    se = float(each.std(ddof=1) / math.sqrt(n))
    return {"estimate": mean, "se": se, "low": low, "high": high, "states": n, "continuations": holds.shape[1]}


def _shares(histories: Histories, horizon: float) -> pl.DataFrame:
    import polars as pl

    days = np.linspace(0.0, horizon, _LOOKS)[:, None]
    signed, lost = histories.signed <= days, histories.lost <= days
    kinds = {
        "talking": ~signed & ~lost,
        "in force": signed & ~lost,
        "failed": signed & lost,
        "ended unsigned": ~signed & lost,
    }
    return pl.DataFrame({"day": days[:, 0], **{name: holds.mean(axis=1) for name, holds in kinds.items()}})


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
