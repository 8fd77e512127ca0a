"""A session: one timeline that people play together, on the reference engine.

A session is a pure function of its config, its replication and what was decided: all draws are keyed, so that playing
it again from day 0 with the same decisions ends in the same state. That is how a decision takes effect, how a log is
resumed, and why the log, which is a config, tells the very same timeline.

Time goes in whole days. A day that is reached has not begun: what is due on it is still to come, and an event that is
injected on it comes before all of that, as in any config.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from timeline.engines.reference import Walk
from timeline.engines.start import Start
from timeline.engines.world import Injection, World, misplaced
from timeline.errors import ConfigError, RunError, nearest
from timeline.explaining.heeds import heeds
from timeline.explaining.trace import AFTERMATH, Event, ending_of, phase_name, tell
from timeline.model.declarations import SIDES, Member, Model
from timeline.model.records import Array, Lever, copied, resolve
from timeline.model.values import Number, in_unit, read_value, shown, spelled
from timeline.study.checks import default_levers, impossible_levers
from timeline.study.experiment import Arm, Experiment
from timeline.study.played import Deed
from timeline.words import counted

#: More events than this nobody injects by hand.
MOST_INJECTED = 200
#: What the cadence is called that holds what was decided.
AS_PLAYED = "as-played"


@dataclass(frozen=True)
class Decision:
    """A report that the participants decided on: its day, and the levers of its record as the code sees them."""

    day: int
    values: Mapping[str, Number]


@dataclass(frozen=True)
class Preparing:
    """A report that was decided on and has not been made.

    Attributes
    ----------
    decision
        What was decided.
    until
        The day since the start on which those who must agree, or be told first, will have had their time; None once
        they have, and the report waits for its moment.
    """

    decision: Decision
    until: float | None


@dataclass(frozen=True)
class ExerciseSetting:
    """What stays as it is while an exercise goes on.

    Attributes
    ----------
    experiment
        The config that is played, without what was decided.
    scenario
        In which world.
    stands_on
        The cadence whose levers hold beside what is decided; None for the model's defaults.
    replication
        With which luck.
    """

    experiment: Experiment
    scenario: str
    stands_on: str | None
    replication: int

    @property
    def model(self) -> Model:
        """The model."""
        return self.experiment.model

    @cached_property
    def first_arm(self) -> Arm:
        """The scenario under the config's first cadence."""
        return next(arm for arm in self.experiment.arms if arm.scenario == self.scenario)

    @property
    def start(self) -> Start:
        """Where timelines begin."""
        return self.first_arm.start

    @property
    def horizon(self) -> int:
        """The whole days that can be played."""
        return int(self.experiment.horizon)

    @cached_property
    def levers(self) -> dict[str, Number]:
        """Every lever by its path, before anything is decided."""
        if self.stands_on is not None:
            return dict(self.experiment.cadences[self.stands_on].values)
        return {} if self.model.levers is None else default_levers(self.model)

    @property
    def name(self) -> str:
        """What the cadence is called that holds what was decided."""
        taken, name, count = self.experiment.cadences, AS_PLAYED, 1
        while name in taken:
            count += 1
            name = f"{AS_PLAYED}-{count}"
        return name

    @cached_property
    def choices(self) -> dict[str, Lever]:
        """The levers of a statement but for its day: what participants choose. Empty if there is nothing to tell."""
        if self.model.statements is None or self.model.levers is None:
            return {}
        array = self.model.levers.fields[self.model.statements]
        assert isinstance(array, Array)
        return {name: leaf for name, leaf in array.of.fields.items() if name != "day" and isinstance(leaf, Lever)}

    @property
    def most_statements(self) -> int:
        """How many statements a cadence may have."""
        if not self.choices:
            return 0
        assert self.model.statements is not None
        assert self.model.levers is not None
        array = self.model.levers.fields[self.model.statements]
        assert isinstance(array, Array)
        return array.length

    @cached_property
    def own_clocks(self) -> frozenset[str]:
        """The members that carry out the policy: what they do is for the participants to decide, not for luck."""
        return frozenset(
            member.name for member, one in zip(self.model.members, heeds(self.model), strict=True) if one.levers
        )

    @cached_property
    def carriers(self) -> tuple[str, ...]:
        """The members that carry out what is decided, the one that sets it going first; none if there are none.

        They are found by deciding on a report on the first day: what fires then and would not fire otherwise is the
        first of them, and the others are its fellows of the same number.
        """
        if not self.choices:
            return ()
        day = max(1, math.ceil(self.start.day))
        first = Decision(day, {name: leaf.in_days for name, leaf in self.choices.items()})
        plain, decided = (
            _Course(self, self.world(self.name, self.with_decisions(made), ())) for made in ((), (first,))
        )
        for course in (plain, decided):
            course.until(day + 1.0)
        known = {(event.day, event.clock) for event in plain.events}
        found = [e.clock for e in decided.events if (e.day, e.clock) not in known and e.clock in self.own_clocks]
        if not found:
            return ()
        number = next(member.number for member in self.model.members if member.name == found[0])
        fellows = [m.name for m in self.model.members if m.name in self.own_clocks and m.number == number]
        return (found[0], *(name for name in fellows if name != found[0] and name.endswith(f"[{number}]")))

    def with_decisions(self, decisions: Sequence[Decision]) -> dict[str, Number]:
        """Return every lever by its path, with what was decided."""
        made = dict(self.levers)
        name = self.model.statements
        for place, decision in enumerate(decisions):
            made[f"cadence.{name}[{place}].day"] = float(decision.day)
            made |= {f"cadence.{name}[{place}].{key}": value for key, value in decision.values.items()}
        return made

    def label(self, clock: str) -> str:
        """Return what people call a member: its clock, and whose it is, such as ``"succession: Israel"``."""
        member = next((m for m in self.model.members if m.name == clock), None)
        if member is None:
            return clock
        whose = self.experiment.sides.get(member.side, "") if member.side else member.label
        return f"{member.clock.name}: {whose}" if whose else member.clock.name

    def arm(self, cadence: str, levers: Mapping[str, Number], injected: Sequence[Injection]) -> Arm:
        """Return the arm of a cadence in the scenario, with events that were injected in the exercise after its own."""
        first = self.first_arm
        return replace(first, cadence=cadence, lever_values=dict(levers), injections=(*first.injections, *injected))

    def world(self, cadence: str, levers: Mapping[str, Number], injected: Sequence[Injection]) -> World:
        """Return the world of an arm, ready to be played."""
        arm = self.arm(cadence, levers, injected)
        # The model stays the one that the exercise began with, whatever has become of its file.
        return replace(_world_of(self.experiment, arm), model=self.model, replay="")


def _world_of(experiment: Experiment, arm: Arm) -> World:
    return World(
        model=experiment.model,
        given=arm.values,
        seed=experiment.seed,
        horizon=experiment.horizon,
        label=f"cadence {arm.cadence}, scenario {arm.scenario}",
        without=arm.without,
        injections=arm.injections,
        start=arm.start,
        laws=arm.laws,
    )


@dataclass
class _Course:
    """A timeline as far as it was played: its walk, its events and how the followed fields moved."""

    setting: ExerciseSetting
    world: World
    events: list[Event] = field(default_factory=list)
    moves: list[tuple[float, ...]] = field(default_factory=list)
    walk: Walk = field(init=False)
    _before: Any = None

    def __post_init__(self) -> None:
        sides = self.setting.experiment.sides
        self._names = {side: sides.get(side, f"Side {side.upper()}") for side in SIDES}
        self._outside = False
        self.walk = Walk(self.world, self.setting.replication, self._watch)

    def until(self, day: float) -> None:
        """Play up to a day, or until nothing more can happen that would be told."""
        self.walk.until(day, self.told_out)

    def told_out(self) -> bool:
        """Whether the outcome is decided, and no clock runs that would have something to tell."""
        if self.walk.state.outcome == int(self.setting.model.open):
            return False
        running = self.walk.running()
        return not any(member.name in running and member.clock.says for member in self.setting.model.members)

    def _watch(self, day: float, member: Member | None, state: Any) -> None:
        model = self.setting.model
        self.moves.append((day, *(_value(state, path) for path in model.followed)))
        if member is not None:
            number = len(self.events) + 1
            sentence = tell(member, state, self._before, self._names)
            if self.walk.injected[-1:] == (number,):
                sentence = f"{sentence or member.name} (injected)"
            phase = phase_name(model, self._before)
            self.events.append(Event(number, day, member.name, member.mechanism, phase, sentence))
        self._before = copied(state)


def _value(state: Any, path: str) -> float:
    owner, name = resolve(state, path)
    return float(getattr(owner, name))


class Session:
    """An exercise that is going on.

    Parameters
    ----------
    setting
        What is played.
    decisions, injected
        What the participants have decided and what the facilitator has injected so far.
    day
        Up to which day it is played.

    Raises
    ------
    RunError
        If the timeline cannot be played; see `timeline.engines.reference.play`.
    """

    def __init__(
        self,
        setting: ExerciseSetting,
        decisions: Sequence[Decision] = (),
        injected: Sequence[Injection] = (),
        day: int = 0,
    ) -> None:
        self.setting = setting
        self.decisions = tuple(decisions)
        self.injected = tuple(injected)
        self._stopped: RunError | None = None
        #: The day that is reached: all before it has happened.
        self.day = math.ceil(self.setting.start.day)
        self._course = self._played(self.decisions, self.injected)
        self.advance(day)

    # What was played.

    @property
    def events(self) -> list[Event]:
        """Every firing so far, the silent ones too."""
        return self._course.events

    @property
    def moves(self) -> list[tuple[float, ...]]:
        """(day, value, ...) of the followed fields; a value holds until the next row."""
        return self._course.moves

    @property
    def state(self) -> Any:
        """The state as it stands."""
        return self._course.walk.state

    @property
    def world(self) -> World:
        """The world as it is played: what was decided and injected is in it."""
        return self._course.world

    @property
    def ended(self) -> bool:
        """Whether nothing more can happen that would be told."""
        walk = self._course.walk
        return not walk.goes_on or self.day >= self.setting.horizon or self._course.told_out()

    @property
    def decided(self) -> bool:
        """Whether the outcome is decided, for now at least."""
        return bool(self.state.outcome != int(self.setting.model.open))

    @property
    def phase(self) -> str:
        """The name of the phase that is reached."""
        return phase_name(self.setting.model, self.state)

    @property
    def ending(self) -> str:
        """How it ended, as a sentence; empty while it goes on."""
        if not self.ended:
            return ""
        return ending_of(self.setting.model, self.state, self._course.walk.decided, self.setting.experiment.starts)

    def levers(self, decisions: Sequence[Decision] | None = None) -> dict[str, Number]:
        """Return every lever by its path, with what was decided."""
        return self.setting.with_decisions(self.decisions if decisions is None else decisions)

    def said(self, decision: Decision) -> str:
        """Return a decision in words."""
        return ", ".join(
            f"{key.replace('_', ' ')} {spelled(leaf, decision.values[key])}"
            for key, leaf in self.setting.choices.items()
        )

    @property
    def preparing(self) -> Preparing | None:
        """The report that was decided on and is still to come; None if there is none."""
        carriers = self.setting.carriers
        if not self.decisions or not carriers or self.decided:
            return None
        last, walk = self.decisions[-1], self._course.walk
        since = [event for event in self.events if event.day >= last.day]
        said = {member.name for member in self.setting.model.members if member.clock.says}
        if any(event.phase == AFTERMATH or (event.clock in carriers[1:] and event.clock in said) for event in since):
            return None
        days = [walk.due(name) for name in carriers[1:] if name not in said and walk.due(name) < math.inf]
        return Preparing(last, min(days, default=None))

    @property
    def deeds(self) -> list[Deed]:
        """What was decided and injected, in order."""
        told = [Deed(decision.day, "participants", self.said(decision)) for decision in self.decisions]
        made = [Deed(int(one.days), "facilitator", self.setting.label(one.clock)) for one in self.injected]
        return sorted([*made, *told], key=lambda deed: deed.day)

    # What can be done.

    def without_last(self) -> Session:
        """Return the session as it stood before the last decision or injection: all others, up to that day.

        Raises
        ------
        ConfigError
            If nothing was decided or injected.
        RunError
            If what lies before was played otherwise than now.
        """
        deeds = self.deeds
        if not deeds:
            raise ConfigError("nothing can be taken back: nothing was decided or injected so far")
        day, decisions, injected = deeds[-1].day, self.decisions, self.injected
        if deeds[-1].who == "participants":
            decisions = decisions[:-1]
        else:
            injected = tuple(one for one in injected if one is not max(injected, key=lambda made: made.days))
        before = Session(self.setting, decisions, injected, day)
        if before.events != self.events[: len(before.events)]:
            raise RunError(
                f'model "{self.setting.model.name}", replication {self.setting.replication}: what lies before day '
                f"{day} was played otherwise than before; nothing was changed, the exercise stands where it was"
            )
        return before

    def advance(self, day: int) -> list[Event]:
        """Play up to a day, at most to the horizon; returns what has happened since.

        Raises
        ------
        RunError
            If the model stops; the session stays usable, and says so again.
        """
        before = len(self.events)
        self._require_sound()
        target = min(int(day), self.setting.horizon)
        if target > self.day:
            last = float(target) if target < self.setting.horizon else self.setting.experiment.horizon
            try:
                self._course.until(last)
            except RunError as problem:
                self._stopped = problem
                raise
            self.day = target
        if self.decided and self.ended:
            told = [event.day for event in self.events if event.sentence]
            self.day = min(self.day, math.floor(max([self._course.walk.decided, *told])) + 1)
        return self.events[before:]

    def step(self, most: int | None = None) -> list[Event]:
        """Play to the end of the next day on which something is told; returns what has happened."""
        found: list[Event] = []
        until = self.setting.horizon if most is None else min(self.setting.horizon, self.day + most)
        while not self.ended and self.day < until:
            found += self.advance(self.day + 1)
            if any(event.sentence for event in found):
                break
        return found

    @property
    def injectable(self) -> list[Member]:
        """What a facilitator can make happen now: clocks that run, have something to tell, and are not the policy's."""
        if self.ended:
            return []
        running, own = self._course.walk.running(), self.setting.own_clocks
        return [m for m in self.setting.model.members if m.name in running and m.clock.says and m.name not in own]

    def inject(self, clock: str, luck: Sequence[float] = ()) -> list[Event]:
        """Make a clock fire now, and let a day pass; returns what has happened.

        Parameters
        ----------
        clock
            The name of a member, such as ``"succession[a]"``.
        luck
            The event's own luck, one number for each draw that it makes; drawn if left out.

        Raises
        ------
        ConfigError
            If it cannot happen now; nothing is changed.
        """
        self._require_open("injected")
        if len(self.injected) >= MOST_INJECTED:
            raise ConfigError(f"{MOST_INJECTED} events were injected already, expected no more")
        made = Injection(clock, float(self.day), None, tuple(luck))
        can = ", ".join(self.setting.label(member.name) for member in self.injectable) or "nothing"
        for key, sentence in misplaced(self.setting.model, made, self.world.without, self.setting.start):
            raise ConfigError(f"{key}: {sentence}" + (f"; now can happen: {can}" if key == "clock" else ""))
        if clock in self.setting.own_clocks:
            raise ConfigError(f'clock: given "{clock}", which carries out what is decided; let the participants decide')
        if clock not in self._course.walk.running():
            raise ConfigError(f'clock: given "{clock}", which cannot happen as things stand; now can happen: {can}')
        return self._changed(self.decisions, (*self.injected, made))

    def disclose(self, given: Mapping[str, object]) -> list[Event]:
        """Let the participants decide on a report now, and let a day pass; returns what has happened.

        Parameters
        ----------
        given
            The levers of a statement by name, as a config writes them: ``{"content": "agreed", "share": 0.4}``. What
            is left out keeps its default.

        Raises
        ------
        ConfigError
            If there is no such choice, a value is not possible, or nothing can be told now; nothing is changed.
        """
        choices = self.setting.choices
        if not choices:
            raise ConfigError(
                f'model "{self.setting.model.name}" has no reports to decide on; only injections are played'
            )
        self._require_open("told")
        values = {name: leaf.in_days for name, leaf in choices.items()}
        for name, value in given.items():
            if name not in choices:
                raise ConfigError(
                    f"{name}: given {shown(value)}, but there is no such choice; expected one of "
                    f"{', '.join(choices)}{nearest(name, choices)}"
                )
            try:
                # What the log will say is what is played, to the last digit.
                values[name] = read_value(choices[name], in_unit(choices[name], read_value(choices[name], value)))
            except ValueError as problem:
                raise ConfigError(f"{name}: {problem}") from None
        most = self.setting.most_statements
        if len(self.decisions) >= most:
            raise ConfigError(
                f"{counted(most, 'report')} decided on already, expected no more: so many a cadence holds"
            )
        earliest = max(1, self.decisions[-1].day + 1 if self.decisions else 1)
        if self.day < earliest:
            self.advance(earliest)
            self._require_open("told")
        decisions = (*self.decisions, Decision(self.day, values))
        for sentence in impossible_levers(self.setting.model, self.levers(decisions)):
            raise ConfigError(sentence)
        return self._changed(decisions, self.injected)

    def _require_sound(self) -> None:
        """Refuse to go on with a timeline that the model has stopped: it cannot be played past that."""
        if self._stopped is not None:
            raise RunError(str(self._stopped), self.setting.replication)

    def _require_open(self, what: str) -> None:
        self._require_sound()
        if self.ended:
            ending = self.ending.rstrip(".")
            raise ConfigError(f"nothing can be {what} any more: {ending[:1].lower()}{ending[1:]}")
        if self.decided and what == "told":
            raise ConfigError("nothing can be told now: the process has ended, and talks have not begun anew")

    def _changed(self, decisions: tuple[Decision, ...], injected: tuple[Injection, ...]) -> list[Event]:
        """Play again from day 0 with one decision or injection more, up to the end of this day."""
        course, before = self._played(decisions, injected), len(self.events)
        course.until(float(self.day))
        if course.events != self.events:
            raise RunError(
                f'model "{self.setting.model.name}", replication {self.setting.replication}: what lies before day '
                f"{self.day} was played otherwise than before; nothing was changed, the exercise stands where it was"
            )
        last = self.day + 1 if self.day + 1 < self.setting.horizon else self.setting.experiment.horizon
        course.until(last)
        if decisions != self.decisions and not any(e.clock in self.setting.own_clocks for e in course.events[before:]):
            raise ConfigError("nothing came of it: as things stand, no report is set going; nothing was changed")
        self._course, self.decisions, self.injected = course, decisions, injected
        self.day = min(self.day + 1, self.setting.horizon)
        return self.events[before:]

    def _played(self, decisions: Sequence[Decision], injected: Sequence[Injection]) -> _Course:
        return _Course(self.setting, self.setting.world(self.setting.name, self.levers(decisions), injected))

    def again(self, setting: ExerciseSetting) -> Session:
        """Return the session with another setting, such as an edited model: the same decisions, up to the same day."""
        return Session(setting, self.decisions, self.injected, self.day)


def cadence_of(session: Session) -> dict[str, object]:
    """Return the table of the cadence that holds what was decided, as a config writes it."""
    setting = session.setting
    under = setting.experiment.cadences.get(setting.stands_on or "")
    made: dict[str, object] = {} if under is None else dict(under.given)
    if session.decisions:
        made[setting.model.statements or ""] = [_written(decision, setting) for decision in session.decisions]
    return made


def _written(decision: Decision, setting: ExerciseSetting) -> dict[str, object]:
    chosen = {key: in_unit(leaf, decision.values[key]) for key, leaf in setting.choices.items()}
    return {"day": f"{decision.day} days", **chosen}
