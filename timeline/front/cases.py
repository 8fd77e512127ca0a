"""A case of history beside the model: where it fell, how surprising it was, and how it might have gone on."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from timeline.analysis.histories import Histories, Reader
from timeline.analysis.intervals import bounded_mean
from timeline.analysis.placing import Surprise, borders_of, classes, fate_table, fates_of, placed, surprise
from timeline.errors import ConfigError, nearest
from timeline.explaining.case import CasePlayed
from timeline.front.workspaces import open_workspace
from timeline.playing.continuing import CONTINUATIONS, FEWEST_ALIKE, MOST_STATES, Matching, continued, played, replay
from timeline.playing.tasks import task_of, world_of
from timeline.study.case import FATES, Case, HistoryUntil

if TYPE_CHECKING:
    import polars as pl

    from timeline.arrays import Floats, Rows
    from timeline.engines.world import World
    from timeline.front.study import Study
    from timeline.study.experiment import Experiment

#: Where cases lie below a workspace.
CASES = Path("configs", "cases")
#: Days at which the state of all timelines is counted for the picture.
_LOOKS = 121


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
    if day > case.ended:
        raise ConfigError(f"--given: given {given}, but history had ended by then; expected an earlier date")
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


def write_case(found: CasePlayed, folder: str | os.PathLike[str], command: str = "") -> Path:
    """Write the page of a case with its figures and tables into a folder; return the page.

    Raises
    ------
    StoreError
        If it cannot be written.
    """
    from timeline.pages.case import write_case as write

    return write(found, Path(folder), command)
