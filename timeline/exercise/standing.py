"""Where a run stands among many simulated ones, and what each cadence would have done with the same luck."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from timeline.analysis.histories import Histories, histories_of
from timeline.arrays import Rows
from timeline.engines.batch import Batch
from timeline.engines.reference import play
from timeline.exercise.session import Session
from timeline.explaining.trace import ending_of
from timeline.playing.values import each

#: So many timelines a run is held against.
SIMULATED = 20_000

_Days = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RunFate:
    """What became of one timeline: the days are infinite where something never happened.

    Attributes
    ----------
    ending
        A sentence.
    outcome
        How it ended, by name.
    accord, signed
        The days of the milestones.
    in_force
        Days on which an agreement was in force before the horizon.
    """

    ending: str
    outcome: str
    accord: float
    signed: float
    in_force: float


@dataclass(frozen=True)
class Crowd:
    """What became of many timelines of one cadence.

    Attributes
    ----------
    cadence
        Its name.
    count
        How many were simulated.
    endings
        (outcome, share) of each ending, the most frequent first; what is open at the horizon is one of them.
    accord, signed
        The shares that reach the milestones.
    accord_day
        The median day of the accord among those that reach one; NaN if none does.
    in_force
        The mean of the days in force.
    in_force_end
        The share with an agreement in force at the horizon.
    longer, alike
        The shares with more days in force than the run, and with as many.
    sooner
        The share that reaches an accord before the run did; NaN where the run reaches none.
    """

    cadence: str
    count: int
    endings: tuple[tuple[str, float], ...]
    accord: float
    signed: float
    accord_day: float
    in_force: float
    in_force_end: float
    longer: float
    alike: float
    sooner: float


@dataclass(frozen=True)
class RunStanding:
    """Where a run stands.

    Attributes
    ----------
    run
        What became of it.
    crowds
        Of the same decisions with other luck first, then of each cadence of the config.
    fates
        By cadence, what would have become of it with the same luck and the same injected events.
    measured
        Whether the model knows agreements that are in force.
    """

    run: RunFate
    crowds: tuple[Crowd, ...]
    fates: tuple[tuple[str, RunFate], ...]
    measured: bool


def stand(
    session: Session,
    count: int = SIMULATED,
    *,
    workers: int = 1,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> RunStanding | None:
    """Hold a run that has ended against many simulated timelines.

    Events that were injected happen in all of them; what the participants decided only where their decisions are
    played.

    Parameters
    ----------
    session
        The run; one that is still going on is played to its end as it stands.
    count
        How many timelines of each cadence.
    workers
        How many threads.
    stopped
        Asked between two pieces; once it says yes, nothing comes of it.
    progress
        Called with (timelines done, timelines to play).

    Returns
    -------
    RunStanding or None
        None if it was stopped, or the model does not say what becomes of an agreement.
    """
    setting = session.setting
    ends = setting.model.endpoints
    if ends is None:
        return None
    worlds = {setting.name: session.world} | {
        name: setting.world(name, cadence.values, session.injected)
        for name, cadence in setting.experiment.cadences.items()
    }
    fates: dict[str, RunFate] = {}
    for name, world in worlds.items():
        if stopped():
            return None
        fates[name] = _fate(session, world)
    run = fates.pop(setting.name)
    tallies = [_Tally() for _ in worlds]
    done, total = 0, count * len(worlds)
    pieces = each(Batch(list(worlds.values())), 0, count, workers)
    for _, arm, histories in pieces:
        if stopped():
            pieces.close()  # type: ignore[attr-defined]
            return None
        tallies[arm].add(histories, setting.experiment.horizon)
        done += histories.n
        progress(done, total)
    crowds = tuple(tally.crowd(name, run) for name, tally in zip(worlds, tallies, strict=True))
    return RunStanding(run, crowds, tuple(fates.items()), ends.signed is not None)


def _fate(session: Session, world: Any) -> RunFate:
    """Play one timeline to its end with the run's luck."""
    setting, horizon = session.setting, session.setting.experiment.horizon
    played = play(world, setting.replication)
    told = histories_of(setting.model, _rows(played.row), horizon)
    ending = ending_of(setting.model, played.state, float(played.state.day), setting.experiment.starts)
    return RunFate(
        ending, _outcomes(told)[0], float(told.accord[0]), float(told.signed[0]), float(_in_force(told, horizon)[0])
    )


def _rows(row: Any) -> Rows:
    made: Rows = row
    return made


def _outcomes(told: Histories) -> list[str]:
    return [str(name).lower().replace("_", " ") for name in told.outcome.to_list()]


def _in_force(told: Histories, horizon: float) -> _Days:
    """Return the days in force before the horizon, shape (n,)."""
    begins, ends = (np.minimum(days, horizon) for days in told.in_force)
    days: _Days = np.maximum(ends - begins, 0.0).sum(axis=0)
    return days


class _Tally:
    """What is kept of the timelines of one cadence, piece by piece."""

    def __init__(self) -> None:
        self.outcomes: dict[str, int] = {}
        self.accord: list[_Days] = []
        self.signed: list[_Days] = []
        self.in_force: list[_Days] = []
        self.stands: int = 0

    def add(self, told: Histories, horizon: float) -> None:
        for name in _outcomes(told):
            self.outcomes[name] = self.outcomes.get(name, 0) + 1
        self.accord.append(told.accord.copy())
        self.signed.append(told.signed.copy())
        self.in_force.append(_in_force(told, horizon))
        begins, ends = told.in_force
        self.stands += int(((begins < horizon) & (ends >= horizon)).any(axis=0).sum())

    def crowd(self, name: str, run: RunFate) -> Crowd:
        accord, signed, days = (np.concatenate(parts) for parts in (self.accord, self.signed, self.in_force))
        count = len(days)
        reached = accord[np.isfinite(accord)]
        ordered = sorted(self.outcomes.items(), key=lambda known: (-known[1], known[0]))
        return Crowd(
            cadence=name,
            count=count,
            endings=tuple((outcome, many / count) for outcome, many in ordered),
            accord=len(reached) / count,
            signed=float(np.isfinite(signed).mean()),
            accord_day=float(np.median(reached)) if len(reached) else float("nan"),
            in_force=float(days.mean()),
            in_force_end=self.stands / count,
            longer=float((days > run.in_force).mean()),
            alike=float((days == run.in_force).mean()),
            sooner=float((accord < run.accord).mean()) if np.isfinite(run.accord) else float("nan"),
        )
