"""The reference engine: every clock is a SimPy process that waits, is interrupted when
its speed changes, and fires.

The rule (see "The formalism" in CONTRIBUTING.md): each clock holds
what it has *left*, *since* when, its *speed*, and when it is *due*. After each firing,
only clocks whose speed differs from before are timed anew. The next to fire is the
least (due, order of declaration, member), found afresh after every firing: SimPy's heap
finds it, with the order as the event's priority. ``env.timeout`` has one priority for
all, so ties would be settled by the order of scheduling; it is not used.
"""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, SupportsFloat

import numpy as np
import simpy

from timeline.engines.draws import Schedule, Uniforms, key_schedule, lifetime_uniform
from timeline.engines.observations import observer
from timeline.engines.rounds import bounded
from timeline.engines.world import MOST_REPLICATIONS, Injection, World, longer_path, row, row_dtype
from timeline.errors import RunError
from timeline.model import laws
from timeline.model.declarations import SIDES, Function, Member, Model, arguments, renewal_path
from timeline.model.records import Light, Members, blank, fill, resolve

#: Called after each firing with (day, member, state); it may look, but not change.
Onlooker = Callable[[float, Member, Any], None]


@dataclass(frozen=True)
class Timeline:
    """One simulated history: its row, its final state as a Python object, and which firings were injected.

    Attributes
    ----------
    row
        Shape (1,), of `timeline.engines.world.row_dtype`.
    state
        The final state.
    firings
        How many.
    injected
        Numbers of the injected ones among them, counted from 1.
    """

    row: np.ndarray[Any, np.dtype[np.void]]
    state: Any
    firings: int
    injected: tuple[int, ...] = ()


def play(world: World, replication: int, watch: Onlooker | None = None) -> Timeline:
    """Play one replication.

    Parameters
    ----------
    world
        The prepared arm.
    replication
        Its number, from 0 on; with the seed it decides every draw.
    watch
        Looks on after each firing; the start is shown as member None.

    Raises
    ------
    RunError
        Naming model, clock, replication, day and state, and the command that replays it.
    """
    if not 0 <= replication < MOST_REPLICATIONS:
        raise RunError(f"replication {replication} given, expected 0 to {MOST_REPLICATIONS - 1}")
    return _Play(world, replication, watch).run()


def prepare(model: Model, say: Callable[[str], None]) -> None:
    """Do nothing: plain Python is ready as it stands. (The compiled engine compiles.)"""


def rows(world: World, first: int, count: int) -> np.ndarray[Any, np.dtype[np.void]]:
    """Play replications ``first`` to ``first + count - 1``; returns one row each."""
    made = np.zeros(count, row_dtype(world.model))
    for k in range(count):
        made[k : k + 1] = play(world, first + k).row
    return made


class Walk:
    """One replication that is played a stretch at a time.

    Parameters
    ----------
    world, replication, watch
        As for `play`.

    Raises
    ------
    RunError
        As `play`, here and in `until`.
    """

    def __init__(self, world: World, replication: int, watch: Onlooker | None = None) -> None:
        if not 0 <= replication < MOST_REPLICATIONS:
            raise RunError(f"replication {replication} given, expected 0 to {MOST_REPLICATIONS - 1}")
        self._playing = _Play(world, replication, watch)
        self._playing.begin()

    @property
    def state(self) -> Any:
        """The state as it stands; not to be changed."""
        return self._playing.state

    @property
    def firings(self) -> int:
        """How many events there have been."""
        return self._playing.firings

    @property
    def injected(self) -> tuple[int, ...]:
        """Numbers of the injected ones among them, counted from 1."""
        return tuple(self._playing.injected)

    @property
    def goes_on(self) -> bool:
        """Whether anything may still happen before the horizon."""
        return self._playing.goes_on

    @property
    def decided(self) -> float:
        """The day on which the outcome was first decided; the horizon if it is not."""
        return min(self._playing.decided, self._playing.world.horizon)

    def until(self, day: float, stopped: Callable[[], bool] | None = None) -> None:
        """Let everything happen that is due before a day, and before the horizon.

        Parameters
        ----------
        day
            In days since the start.
        stopped
            Asked before each event; once it says yes, the rest waits.
        """
        self._playing.until(min(day, self._playing.world.horizon), stopped)

    def running(self) -> frozenset[str]:
        """Return the members whose clocks run now: only these an injection can make fire."""
        return frozenset(clock.member.name for clock in self._playing.clocks if clock.speed > 0)

    def due(self, name: str) -> float:
        """Return when a member's clock is due, as things stand; infinite while it is paused."""
        return next(clock.due for clock in self._playing.clocks if clock.member.name == name)

    def finish(self) -> Timeline:
        """Play to the horizon and close the timeline; there is no going on after that."""
        self._playing.until(self._playing.world.horizon)
        return self._playing.finish()


class _Play:
    """One replication on its way."""

    def __init__(self, world: World, replication: int, watch: Onlooker | None) -> None:
        self.world = world
        self.replication = replication
        self.watch = watch
        self.env = simpy.Environment(initial_time=world.start.day)
        self.state = blank(world.model.state)
        self.open = int(world.model.open)
        self.plays_on = world.model.plays_on
        #: The day on which the outcome was decided.
        self.decided = math.inf
        self.firings = 0
        self.path = 0
        self.clocks = [_Clock(self, member) for member in world.model.members if member.mechanism not in world.without]
        self.renewing = [clock for clock in self.clocks if clock.renewal is not None]
        self.observers = [observer(o, self.state, world.start, self.open) for o in world.model.observations]
        self.injected: list[int] = []
        by_name = {clock.member.name: clock for clock in self.clocks}
        #: Injections whose milestone has not been reached.
        self.waiting = [
            _Injected(self, by_name[injection.clock], injection, number)
            for number, injection in enumerate(world.injections)
        ]

    def run(self) -> Timeline:
        self.begin()
        self.until(self.world.horizon)
        return self.finish()

    def begin(self) -> None:
        """Make the initial state, and let the clocks wait."""
        s, env = self.state, self.env
        self._start()
        if s.outcome != self.open:
            self.decided = env.now
        if self.goes_on:
            self._refresh(None)
        for clock in self.clocks:
            clock.process = env.process(clock.waits())

    def until(self, day: float, stopped: Callable[[], bool] | None = None) -> None:
        """Let everything happen that is due before a day, or until ``stopped`` says yes."""
        env = self.env
        while env.peek() < day and self.goes_on and (stopped is None or not stopped()):
            env.step()

    def finish(self) -> Timeline:
        """Close the timeline at the horizon, or where it ended."""
        s, horizon = self.state, self.world.horizon
        if self.goes_on:
            s.day = horizon
        for keeper in self.observers:
            keeper.before(s.day)
        observed = [keeper.finish(horizon) for keeper in self.observers]
        if self.plays_on:
            s.day = min(self.decided, horizon)
        made = row(self.world.model, self.replication, self.firings, self.path, s, observed)
        return Timeline(made, s, self.firings, tuple(self.injected))

    def _start(self) -> None:
        """Let each mechanism set the random part of the initial state; then set what is given."""
        for mechanism in self.world.model.mechanisms:
            if mechanism.start is None or mechanism.name in self.world.without:
                continue
            u = Uniforms(self.world.start_schedules[mechanism.name], self.replication, mechanism.uniforms, firing=0)
            scope = {"s": self.state, "p": self.world.parameters, "u": u}
            with self._located(f"start of {mechanism.name}"):
                bound(mechanism.start, scope)()
        if self.world.start.given:
            self._set_out()
        if self.watch is not None:
            self.watch(self.env.now, None, self.state)  # type: ignore[arg-type]

    def _set_out(self) -> None:
        """Set what is given of the state, and bring into line what follows from it."""
        start, settle = self.world.start, self.world.model.settle
        self.state.day = start.day
        fill(self.state, dict(start.state))
        if settle is not None:
            with self._located("settle"):
                bound(settle, {"s": self.state, "p": self.world.parameters})()

    def fire(self, clock: _Clock, injected: Callable[[], Any] | None = None) -> None:
        """Let one clock's event happen, and time anew what it has changed.

        Parameters
        ----------
        clock
            Whose event.
        injected
            The event with an injection's uniforms; then the clock itself has not fired.
        """
        s, now = self.state, self.env.now
        if not self.goes_on:
            return
        name = clock.member.name + (" (injected)" if injected else "")
        self.firings += 1
        if self.firings > self.world.budget:
            raise self.error(name, f"more than {self.world.budget} firings: a loop runs away")
        if injected:
            self.injected.append(self.firings)
        for keeper in self.observers:
            keeper.before(now)
        s.day = now
        self.path = longer_path(self.path, now, clock.member.index)
        with self._located(name):
            (injected or clock.effect)()
        if self.watch is not None:
            self.watch(now, clock.member, s)
        if s.outcome != self.open:
            self.decided = min(self.decided, now)
        if self.goes_on:
            self._refresh(None if injected else clock)

    @property
    def goes_on(self) -> bool:
        """Whether anything may still happen before the horizon."""
        return self.plays_on or self.state.outcome == self.open

    def _refresh(self, fired: _Clock | None) -> None:
        """Time anew the clocks whose speed has changed, the renewed ones, and the one that has just fired."""
        for window in self.renewing:
            window.look_for_renewal()
        clock: _Clock | None = fired
        # Those of the aftermath run once the outcome is decided, all others before.
        decided = self.state.outcome != self.open
        try:
            for clock in self.clocks:
                speed = clock.speed_now() if not self.plays_on or clock.after is decided else 0.0
                if speed != clock.speed or clock is fired or clock.renewed:
                    clock.retime(speed, clock is fired)
        except RunError:
            raise
        except Exception as problem:
            assert clock is not None
            where = _line_of(problem) or _place_of(clock.member.clock.speed)
            raise self.error(clock.member.name, f"its speed failed: {problem}{where}") from problem
        self.waiting = [coming for coming in self.waiting if not coming.sets_out()]

    def _located(self, name: str) -> _Located:
        return _Located(self, name)

    def error(self, name: str, what: str) -> RunError:
        """Return the error that says what happened, where, and how to replay it."""
        world = self.world
        where = f'model "{world.model.name}"' + (f", {world.label}" if world.label else "")
        again = world.replay.format(replication=self.replication)
        return RunError(
            f"{where}, {name}, replication {self.replication}, day {self.env.now:.6g}: {what}\n"
            f"  state: {_shown(self.state)}" + (f"\n  replay it: {again}" if again else ""),
            replication=self.replication,
        )


class _Located:
    """Turns what a model's function raises into a `RunError` that says where."""

    def __init__(self, playing: _Play, name: str) -> None:
        self.playing = playing
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, RunError) or not isinstance(problem, Exception):
            return
        raise self.playing.error(self.name, f"{problem}{_line_of(problem)}") from problem


def _line_of(problem: BaseException) -> str:
    """Say in which file and line of the model something failed; nothing if not in a model's function."""
    places = [(f.filename, f.lineno) for f in traceback.extract_tb(problem.__traceback__)]
    own = str(Path(__file__).resolve().parents[1])
    outside = [(name, line) for name, line in places if not str(Path(name).resolve()).startswith(own)]
    return f" ({outside[-1][0]}, line {outside[-1][1]})" if outside else ""


def _place_of(function: Function) -> str:
    """Say in which file and line a function of the model begins."""
    code = getattr(function, "__code__", None)
    return f" ({code.co_filename}, line {code.co_firstlineno}, {code.co_name})" if code else ""


class _Clock:
    """One member's clock: what it has left, since when, its speed, and when it is due."""

    __slots__ = (
        "after", "draws", "due", "effect", "firing", "in_hand", "law", "law_values", "left", "member", "playing",
        "process", "renewal", "renewed", "renewed_at", "restarts", "schedule", "since", "speed", "speed_now",
        "uniforms",
    )  # fmt: skip

    def __init__(self, playing: _Play, member: Member) -> None:
        world, clock = playing.world, member.clock
        self.playing = playing
        self.member = member
        self.schedule = world.clock_schedules[member.index]
        self.uniforms = Uniforms(self.schedule, playing.replication, clock.uniforms)
        scope = scope_of(playing.state, world.parameters, member)
        self.speed_now: Callable[[], float] = bound(clock.speed, scope)
        self.effect: Callable[[], Any] = bound(clock.fires, scope | {"u": self.uniforms})
        self.law = law = world.law_of(member)
        # A law from outside says nothing of how old the clock is when it begins.
        self.law_values = [bound(v, scope) if callable(v) else v for v in (law.first, law.second, clock.law.age)]
        self.restarts = clock.memory == "restart"
        self.after = clock.after
        self.renewal = (
            resolve(playing.state, renewal_path(clock.renews_on, member.side, member.number))
            if clock.renews_on
            else None
        )
        self.renewed_at = getattr(*self.renewal) if self.renewal else None
        self.renewed = False
        self.process: simpy.Process | None = None
        self.in_hand = False  # whether a lifetime has been drawn and not used up
        self.left = 0.0
        self.since = 0.0
        self.speed = 0.0
        self.due = math.inf
        self.firing = 0
        self.draws = 0  # since the last firing; a renewed window must not meet the same fate again

    def waits(self) -> Generator[simpy.Event, Any, None]:
        """The SimPy process: wait until due, fire, wait again; an interrupt means another due day."""
        while True:
            try:
                yield self._turn()
            except simpy.Interrupt:
                continue
            self.uniforms.at(self.firing)
            self.playing.fire(self)

    def _turn(self) -> simpy.Event:
        env = self.playing.env
        event = simpy.Event(env)
        if self.due < math.inf:
            event._ok = True
            event._value = None
            env.schedule(event, priority=1 + self.member.index, delay=self.left / self.speed)  # type: ignore[arg-type]
        return event

    def look_for_renewal(self) -> None:
        """Note whether the field that this clock renews on has changed."""
        assert self.renewal is not None
        value = getattr(*self.renewal)
        # A milestone that has not happened is NaN, which differs even from itself.
        if value != self.renewed_at and not (value != value and self.renewed_at != self.renewed_at):
            self.renewed_at = value
            self.renewed = True

    def retime(self, speed: float, fired: bool) -> None:
        """Carry what is left over to a new speed; draw a lifetime if there is none."""
        now = self.playing.env.now
        # The protocol is asked only where it must be: the question takes longer than all the rest of this.
        if type(speed) is not float and not isinstance(speed, SupportsFloat):
            said = f"its speed is {str(speed)[:60]!r}, expected a number{_place_of(self.member.clock.speed)}"
            raise self.playing.error(self.member.name, said)
        if not 0 <= speed < math.inf:
            raise self.playing.error(self.member.name, f"its speed is {speed}, expected 0 or more, and finite")
        if fired:
            self.firing += 1
            self.draws = 0
            self.in_hand = False
        if self.renewed:
            self.renewed = False
            self.in_hand = False
        if self.in_hand:
            # Rounding may leave a hair below nothing; what is due now has nothing left.
            self.left = 0.0 if self.due == now else max(0.0, self.left - (now - self.since) * self.speed)
            if speed == 0 and self.restarts:
                self.in_hand = False
        if speed > 0 and not self.in_hand:
            self.left = self._lifetime(fired)
            self.in_hand = True
        self.since = now
        self.speed = speed
        due = now + self.left / speed if speed > 0 else math.inf
        moved, self.due = due != self.due, due
        if moved and not fired and self.process is not None:
            self.process.interrupt()

    def _lifetime(self, fired: bool) -> float:
        playing, law = self.playing, self.law
        if law.kind == laws.LawKind.AT_ONCE and fired:
            raise playing.error(self.member.name, "it fires at once and its effect leaves it ready to fire again")
        u = lifetime_uniform(self.schedule, playing.replication, self.firing, self.draws)
        with playing._located(self.member.name):
            first, second, age = (v() if callable(v) else v for v in self.law_values)
            if self.firing > 0 or self.draws > 0:
                age = 0.0
            drawn = laws.lifetime(law, u, first, second, age)
        self.draws += 1
        if not drawn >= 0:
            raise playing.error(
                self.member.name,
                f"its {law.kind.name.lower()} law gives no lifetime for parameters {first}, {second} and age {age}",
            )
        return drawn


class _Injected:
    """One injection of a replication: it waits for its milestone, then for its day."""

    def __init__(self, playing: _Play, clock: _Clock, injection: Injection, number: int) -> None:
        world, member = playing.world, clock.member
        self.playing = playing
        self.clock = clock
        self.injection = injection
        # Before every clock, whose priorities are whole numbers, and after SimPy's own interrupts, which have 0.
        self.priority = (1 + number) / (2 + len(world.injections))
        schedule = key_schedule(world.injection_keys[number])
        uniforms = _Luck(injection.luck, schedule, playing.replication, member.clock.uniforms)
        scope = scope_of(playing.state, world.parameters, member) | {"u": uniforms}
        self.effect: Callable[[], Any] = bound(member.clock.fires, scope)

    def sets_out(self) -> bool:
        """Begin to wait for the day, if the milestone has been reached; return whether it has."""
        env, since = self.playing.env, self.injection.since
        reached = getattr(self.playing.state, since) if since else 0.0
        if reached != reached:
            return False
        delay = reached - env.now + self.injection.days
        # A model may set a milestone to a day in the past; what would have been due by then does not come.
        if delay >= 0:
            env.process(self.waits(delay))
        return True

    def waits(self, delay: float) -> Generator[simpy.Event, Any, None]:
        """The SimPy process: wait for the day; then the event happens if the clock runs."""
        env = self.playing.env
        event = simpy.Event(env)
        event._ok = True
        event._value = None
        env.schedule(event, priority=self.priority, delay=delay)  # type: ignore[arg-type]
        yield event
        if self.clock.speed > 0:
            self.playing.fire(self.clock, self.effect)


class _Luck(Uniforms):
    """The uniforms of an injection: the first are given, the others drawn."""

    __slots__ = ("_given",)

    def __init__(self, given: tuple[float, ...], schedule: Schedule, replication: int, count: int) -> None:
        super().__init__(schedule, replication, count)
        self._given = given

    def __getitem__(self, slot: int) -> float:  # type: ignore[override]
        return self._given[slot] if 0 <= slot < len(self._given) else super().__getitem__(slot)


def scope_of(state: Any, parameters: Any, member: Member) -> dict[str, Any]:
    """Return what a member's functions may ask for, by the names of their arguments; but for ``u``."""
    scope = {"s": state, "p": parameters}
    if member.clock.over == "sides":
        me, other = SIDES[member.number], SIDES[1 - member.number]
        scope |= {
            "me": getattr(state, me), "other": getattr(state, other),
            "p_me": getattr(parameters, me), "p_other": getattr(parameters, other),
        }  # fmt: skip
    if member.clock.over is not None:
        scope["i"] = member.number
    return scope


def bound(function: Function, scope: dict[str, Any]) -> Callable[[], Any]:
    """Return a function with its arguments filled in."""
    return partial(bounded(function), *(scope[name] for name in arguments(function)))


def _shown(state: Light) -> str:
    """Return the state in one line: scalars, and the sides' records."""
    return ", ".join(f"{name}={value}" for name, value in _parts(state))


def _parts(state: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name in state.__slots__:
        value = getattr(state, name)
        if isinstance(value, Light):
            yield from _parts(value, f"{prefix}{name}.")
        elif isinstance(value, Members):
            continue
        else:
            yield prefix + name, f"{value:.4g}" if isinstance(value, float) else value
