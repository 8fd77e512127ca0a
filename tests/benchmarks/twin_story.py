"""The backchannel model as hand-written SimPy: no declarations, no engine, only processes.

What happens, happens as in `models/`: the effects and the rates are its plain functions, here of plain Python
objects. When it happens is written out by hand, as someone at home in SimPy would: a generator for each story,
``env.timeout`` for calendars and memoryless waits, an interrupt where a rate has changed, a plain call for what
follows at once, and one process for what comes round every month. Each event looks only at the waits that it can
have moved. The numbers come from one ``random.Random``: no two cadences share their luck.

SimPy settles ties by who was scheduled first. Where the model has an opinion on a tie, this program is
arranged so that the first comes first; a cadence for which that cannot be done is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable
from dataclasses import field, make_dataclass
from enum import IntEnum
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from random import Random
from typing import Any

import simpy
from twin_waits import Ageing, Unbroken, Wait

from timeline.model.records import Array, Field, Record
from timeline.model.units import MONTH, YEAR
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
MODEL = Workspace(ROOT).load("backchannel")
_PACKAGE = type(MODEL.open).__module__.partition(".")[0]


def _mechanism(name: str) -> Any:
    return import_module(f"{_PACKAGE}.mechanisms.{name}")


crisis = import_module(f"{_PACKAGE}.crisis")
tenure = import_module(f"{_PACKAGE}.record.leader_tenure")
cadence = import_module(f"{_PACKAGE}.cadence")
Moment, Occasion, Voice = cadence.Moment, cadence.Occasion, cadence.Voice
accord, breach, disclosure, embedding = map(_mechanism, ("accord", "breach", "disclosure", "embedding"))
front_channel, incentives, leaks = map(_mechanism, ("front_channel", "incentives", "leaks"))
oversight, pressure, ranks = map(_mechanism, ("oversight", "pressure", "ranks"))
ratification, rumours = map(_mechanism, ("ratification", "rumours"))
spoilers, steps, succession, verification = map(_mechanism, ("spoilers", "steps", "succession", "verification"))
Outcome, Phase, Regime, STEPS = crisis.Outcome, crisis.Phase, crisis.Regime, crisis.STEPS

Process = Generator[simpy.Event, Any, None]
QUARTERS = 3  # months


@cache
def plain(record: type[Record]) -> type[Any]:
    """Return an ordinary Python class with a record's attributes and defaults."""
    parts: list[tuple[str, Any, Any]] = []
    for name, part in record.fields.items():
        if isinstance(part, Field):
            default = int(part.default) if isinstance(part.default, IntEnum) else part.default
            parts.append((name, Any, field(default=default)))
        elif isinstance(part, Array):
            parts.append((name, Any, field(default_factory=partial(_several, plain(part.of), part.length))))
        else:
            parts.append((name, Any, field(default_factory=plain(part))))
    return make_dataclass(record.__name__, parts, slots=True)


def _several(kind: type[Any], count: int) -> list[Any]:
    return [kind() for _ in range(count)]


class Story:
    """One replication.

    Attributes
    ----------
    s
        The state, an ordinary object with the fields of ``crisis.Crisis``.
    firings
        Events so far.
    hostility_days
        The integral of hostility over time.
    quarterly
        Trust, pressure on either side and what is undisclosed, every quarter.
    yearly
        The share carried out, every year for five years from the signature on.
    """

    def __init__(self, p: Any, rng: Random) -> None:
        self.s = plain(crisis.Crisis)()
        self.lags = [disclosure.delay(self.s, p, i) for i in range(crisis.RULES)]
        for rule, lag in zip(p.cadence.rules, self.lags, strict=True):
            if 0.0 < rule.every < MONTH or (rule.every > 0.0 and lag == 0.0 and p.cadence.starts == Moment.TALKS):
                raise ValueError(
                    f"a report every {rule.every:g} days, {lag:g} days after it is due: expected a month or more, and "
                    "a lag or a later start; otherwise it would tie with the month's changes"
                )
        self.p = p
        self.rng = rng
        self.env = simpy.Environment()
        self.firings = 0
        self.hostility_days = 0.0
        self.quarterly: list[tuple[float, float, float, float]] = []
        self.yearly: list[float] = []
        self.answering = [i for i, rule in enumerate(p.cadence.rules) if rule.on != Occasion.NONE]
        self.reporting = [i for i, rule in enumerate(p.cadence.rules) if rule.on != Occasion.NONE or rule.every > 0.0]
        self.preparing = [False] * crisis.RULES
        self.reports_at_work = False
        #: For each step that was carried out, what happens when it is reversed.
        self.undone: dict[int, simpy.Event] = {}
        self.begin()

    def begin(self) -> None:
        """Set the scene, and let everything begin that goes on from the first meeting."""
        s, p, env, random = self.s, self.p, self.env, self.rng.random
        steps.start(s, p, [random() for _ in range(2 + 2 * STEPS + STEPS // 2)])
        verification.start(s, p)
        oversight.start(s, p, ())
        succession.start(s, p, [random() for _ in range(4)])
        pressure.start(s, p)
        spoilers.start(s, p)
        breach.start(s, p)
        ranks.start(s, p)
        ratification.start(s, p)
        rumours.start(s, p)
        sides = ((s.a, p.a), (s.b, p.b))

        wait = self.wait
        self.agreeing = Ageing(env, self.rng, partial(steps.agree_speed, s, p))
        self.reaching = wait(accord.reach_speed, s, p)
        self.signing = wait(accord.sign_speed, s, p)
        self.abandoning = wait(accord.abandon_speed, s, p)
        self.deadline = Unbroken(env, self.rng, lambda: s.agreed if s.phase == Phase.TALKS else None)
        self.leaking = wait(leaks.leak_speed, s, p)
        self.exposing = wait(leaks.exposure_speed, s, p)
        self.scandal = Unbroken(env, self.rng, lambda: s.leaks if s.exposed else None)
        self.finding_out = wait(disclosure.find_out_speed, s, p)
        self.answering_back = wait(disclosure.answer_speed, s, p)
        self.disavowing = wait(oversight.disavowal_speed, s, p)
        self.restoring = wait(oversight.restored_speed, s, p)
        self.reversing = wait(steps.reverse_speed, s, p)
        self.binding = wait(incentives.measure_speed, s, p)
        self.attacking = wait(spoilers.attack_speed, s, p)
        self.breaking_down = wait(spoilers.breakdown_speed, s, p)
        self.quiet = Unbroken(env, self.rng, lambda: s.shocks if embedding.quiet_speed(s, p) > 0.0 else None)
        self.walking_out = [wait(pressure.walkout_speed, s, p, me) for me, _ in sides]
        self.tempted = [wait(breach.tempted_speed, s, p, me, p_me) for me, p_me in sides]
        self.taking_in = [wait(ranks.take_in_speed, s, p, me) for me, _ in sides]
        self.refusing = [wait(ranks.refuse_speed, s, p, me) for me, _ in sides]
        self.voting = [Ageing(env, self.rng, partial(ratification.vote_speed, s, p, me)) for me, _ in sides]
        self.adopting = [wait(succession.adopt_speed, s, p, me) for me, _ in sides]
        self.shutting = [wait(succession.shut_speed, s, p, me) for me, _ in sides]
        self.repudiating = [wait(succession.repudiation_speed, s, p, me) for me, _ in sides]
        self.leaving = [Ageing(env, self.rng, partial(succession.exit_speed, s, p, me)) for me, _ in sides]
        self.scorned = [
            Unbroken(env, self.rng, lambda me=me: me.irregular_exits if me.irregular_recent else None)
            for me, _ in sides
        ]
        self.settling = [Unbroken(env, self.rng, lambda me=me: me.leaders if me.honeymoon else None) for me, _ in sides]
        self.carrying: list[Wait] = []
        self.group()

        # Reports come due before the month's changes: the calendars begin first.
        self.enter_phase()
        env.process(self.months())
        env.process(self.weighing())
        env.process(self.rounds())
        env.process(self.widening())
        env.process(self.agreements())
        env.process(self.deadlines())
        env.process(self.framework())
        env.process(self.leaks())
        env.process(self.scandals())
        env.process(self.attacks())
        env.process(self.overselling())
        env.process(self.answers())
        env.process(self.disavowals())
        env.process(self.reversals())
        env.process(self.ends(self.abandoning, partial(accord.abandon, s, p)))
        env.process(self.ends(self.exposing, partial(leaks.expose, s, p)))
        env.process(self.ends(self.breaking_down, partial(spoilers.break_down, s, p)))
        for side, (me, _) in enumerate(sides):
            env.process(self.ends(self.walking_out[side], partial(pressure.walk_out, s, p)))
            env.process(self.leaders(self.leaving[side], me))
            env.process(self.adoptions(self.adopting[side], me))
            env.process(self.ends(self.shutting[side], partial(succession.shut, s, p)))
            env.process(self.forgetting(self.scorned[side], me))
            env.process(self.honeymoon(self.settling[side], me))
            if me.regime == Regime.DEMOCRACY:
                env.process(self.elections(self.leaving[side], me))
        self.react()
        self.record()

    def run(self, horizon: float) -> None:
        """Go on until the outcome is decided or the horizon is reached; then live through the aftermath."""
        s, env = self.s, self.env
        peek, step = env.peek, env.step
        while s.outcome == Outcome.OPEN and peek() < horizon:
            step()
        if s.outcome == Outcome.OPEN:
            self.hostility_days += s.hostility * (horizon - s.day)
            s.day = horizon
        else:
            self.aftermath(horizon)
        # What was never reached keeps its last value.
        for _ in range(len(self.quarterly), 1 + math.floor(horizon / (QUARTERS * MONTH))):
            self.record()
        if not math.isnan(s.signed_day):
            for _ in range(len(self.yearly), 1 + min(5, math.floor((horizon - s.signed_day) / YEAR))):
                self.yearly.append(s.carried_out_share)

    def aftermath(self, horizon: float) -> None:
        """Violence follows a collapse; then the years go by to the horizon."""
        s, decided = self.s, self.s.day
        if spoilers.backlash_speed(s, self.p) > 0.0:
            self.firings += 1
            spoilers.avenge(s, self.p)
        while s.day + YEAR < horizon:
            self.hostility_days += s.hostility * YEAR
            s.day += YEAR
            self.firings += 1
            spoilers.live_on(s, self.p)
        self.hostility_days += s.hostility * (horizon - s.day)
        s.day = decided

    # -- what moves what ------------------------------------------------------------------

    def wait(self, rate: Callable[..., float], *arguments: Any) -> Wait:
        return Wait(self.env, self.rng, partial(rate, *arguments))

    def group(self) -> None:
        """List the waits that can go on in this phase, by what moves them."""
        phase = self.s.phase
        mood = [*self.leaving, self.leaking, self.exposing, self.attacking, self.breaking_down, *self.carrying]
        mood += [self.reversing, self.restoring]
        trusting = [self.agreeing, *self.carrying]
        bound = [self.breaking_down, self.quiet, self.reversing]
        let_in = [self.breaking_down, self.restoring]
        rest = [self.finding_out, self.answering_back, self.scandal, *self.scorned, *self.settling, *self.adopting]
        if phase == Phase.TALKS:
            mood.append(self.agreeing)
            trusting.append(self.reaching)
            rest += [self.deadline, *self.shutting]
        else:
            mood += self.tempted
            trusting += self.tempted
            bound += [*self.tempted, *self.repudiating]
            let_in += self.tempted
        if phase <= Phase.ACCORD:
            mood.append(self.disavowing)
            let_in.append(self.disavowing)
            rest.append(self.abandoning)
        if phase == Phase.ACCORD:
            mood.append(self.signing)
            trusting.append(self.signing)
            let_in.append(self.signing)
        if phase <= Phase.SIGNED:
            mood += self.walking_out
            bound += self.walking_out
        if phase == Phase.SIGNED:
            rest += self.voting
        if phase >= Phase.SIGNED:
            mood += self.refusing
            let_in += self.refusing
        self.mood = mood  # pressure, support, rumour, hostility, alarm
        self.trusting = trusting  # trust, ambiguity
        self.bound = bound  # embedding
        self.let_in = let_in  # circle, support
        self.everything = list(dict.fromkeys([*mood, *trusting, *bound, *rest]))

    def event(self, count: int = 1) -> None:
        """Something is about to happen."""
        s, now = self.s, self.env.now
        self.hostility_days += s.hostility * (now - s.day)
        s.day = now
        self.firings += count

    def after(self, moved: Iterable[Wait]) -> None:
        """Something has happened that can have moved these waits; see what follows."""
        if self.s.outcome != Outcome.OPEN:
            return
        for wait in self.everything if self.react() else moved:
            wait.look()

    def enter_phase(self) -> None:
        """A phase begins: calendars may begin with it."""
        levers = self.p.cadence
        if self.s.phase == levers.starts:
            for i in self.reporting:
                if levers.rules[i].every > 0.0:
                    self.env.process(self.calendar(i))

    def turn(self) -> None:
        """The process has just come to another phase."""
        self.enter_phase()
        self.after(self.everything)  # what cannot go on any more is told so before it is forgotten
        self.group()

    def ends(self, wait: Wait, end: Callable[[], None]) -> Process:
        """One of the ways in which it can all end."""
        yield from wait.over()
        self.event()
        end()

    # -- the talks ------------------------------------------------------------------------

    def agreements(self) -> Process:
        s, p, rng = self.s, self.p, self.rng
        while True:
            yield from self.agreeing.over(rng.lognormvariate(0.0, p.steps.gap_sd))
            self.event()
            self.agree(partial(steps.agree, s, p, [rng.random() for _ in range(STEPS)]))

    def agree(self, event: Callable[[], None]) -> None:
        """Let something happen by which steps can be agreed; each of them is a commitment from now on."""
        before = [step.agreed for step in self.s.steps]
        event()
        for i, was in enumerate(before):
            if self.s.steps[i].agreed and not was:
                self.env.process(self.commitment(i))
        self.after(self.everything)

    def deadlines(self) -> Process:
        while self.s.phase == Phase.TALKS:
            yield from self.deadline.over(self.p.accord.deadline)
            self.event()
            accord.miss_deadline(self.s, self.p)
            self.after([*self.trusting, self.abandoning])

    def framework(self) -> Process:
        """Accord and signature."""
        s, p, env, rng = self.s, self.p, self.env, self.rng
        yield from self.reaching.over()
        self.event()
        accord.reach(s, p, (rng.random(),))
        self.turn()
        env.process(self.institutions())
        env.process(self.consolidation())
        env.process(self.phases_of_aid())
        for side in range(2):
            env.process(self.temptations(self.tempted[side]))
            env.process(self.ends(self.repudiating[side], partial(succession.repudiate, s, p)))

        yield from self.signing.over()
        self.event()
        crisis.sign(s)
        self.turn()
        env.process(self.record_carrying_out())
        env.process(self.regional_measures())
        for side, me in enumerate((s.a, s.b)):
            env.process(self.ranks(self.taking_in[side], me))
            env.process(self.ends(self.refusing[side], partial(ranks.refuse, s, p, me)))
            env.process(self.votes(self.voting[side], me))

    def ranks(self, taking_in: Wait, me: Any) -> Process:
        """One side's own people take the signature in, and defy it no more."""
        yield from taking_in.over()
        self.event()
        ranks.take_in(self.s, self.p, me)
        self.after(self.everything)

    def votes(self, voting: Ageing, me: Any) -> Process:
        """One side's votes on the signed text; the last to agree ratifies it."""
        s, p, rng = self.s, self.p, self.rng
        while not me.ratified:
            yield from voting.over(rng.lognormvariate(0.0, p.ratification.spread))
            self.event()
            ratification.vote(s, p, me, (rng.random(), rng.random()))
            if s.phase == Phase.IMPLEMENTATION:
                self.turn()
                self.env.process(self.audits())
            else:
                self.after(self.everything)

    def rounds(self) -> Process:
        """The formal talks."""
        s, p, rng = self.s, self.p, self.rng
        while True:
            yield self.env.timeout(p.front_channel.interval * rng.lognormvariate(0.0, p.front_channel.spread))
            if s.phase >= Phase.SIGNED:
                return
            self.event()
            self.agree(partial(front_channel.hold_round, s, p, (rng.random(), rng.random())))

    def widening(self) -> Process:
        s, p = self.s, self.p
        while True:
            yield self.env.timeout(self.rng.expovariate(p.oversight.widening))
            if s.phase == Phase.IMPLEMENTATION or s.insiders >= p.oversight.most_insiders:
                return
            self.event()
            oversight.widen(s, p)
            self.after((self.leaking, *self.let_in))

    def disavowals(self) -> Process:
        """Those in charge disavow the channel, and authorise it again."""
        s, p = self.s, self.p
        while True:
            yield from self.disavowing.over()
            self.event()
            oversight.disavow(s, p)
            self.after(self.everything)
            yield from self.restoring.over()
            self.event()
            oversight.restore(s, p)
            self.after((self.agreeing, self.signing))

    # -- the commitments ------------------------------------------------------------------

    def commitment(self, i: int) -> Process:
        """What becomes of an agreed step: it is carried out, perhaps not at first, then confirmed, perhaps undone."""
        s, p, env, rng = self.s, self.p, self.env, self.rng
        step = s.steps[i]
        carrying = self.wait(steps.carry_out_speed, s, p, i)
        while True:
            self.carrying.append(carrying)
            self.group()
            while not step.carried_out:
                yield from carrying.over()
                self.event()
                steps.carry_out(s, p, i, (rng.random(),))
                self.after(self.everything)
            self.carrying.remove(carrying)
            self.group()
            undone = self.undone[i] = env.event()
            while not undone.triggered:
                yield env.timeout(rng.expovariate(p.verification.speed)) | undone
                if undone.triggered or step.verified:
                    break  # verified: by an audit
                self.event()
                verification.verify(s, p, i, (rng.random(),))
                self.after([*self.trusting, self.leaking, self.breaking_down])
                if step.verified:
                    break
            yield undone

    def reversals(self) -> Process:
        s, p = self.s, self.p
        while True:
            yield from self.reversing.over()
            self.event()
            before = [step.carried_out for step in s.steps]
            steps.reverse(s, p, (self.rng.random(),))
            for i, was in enumerate(before):
                if was and not s.steps[i].carried_out:
                    self.undone[i].succeed()
            self.after(self.everything)

    def audits(self) -> Process:
        while True:
            yield self.env.timeout(self.p.verification.audit)
            self.event()
            verification.audit(self.s, self.p, [self.rng.random() for _ in range(STEPS)])
            self.after(self.everything)

    # -- what comes round -----------------------------------------------------------------

    def months(self) -> Process:
        """All that changes a little every month, in its order."""
        s, p, env, random = self.s, self.p, self.env, self.rng.random
        month = 0
        while True:
            yield env.timeout(MONTH)
            month += 1
            self.event(4)
            oversight.reckon(s, p)
            answered = self.react()
            rumours.tick(s, p, (random(),))
            answered |= self.react()
            pressure.drift(s, p, (random(), random(), random(), random()))
            answered |= self.react()
            spoilers.calm(s, p)
            self.after(self.everything if answered else self.mood)
            if month % QUARTERS == 0:
                self.record()

    def weighing(self) -> Process:
        """How well the deal fits is weighed anew."""
        while True:
            yield self.env.timeout(self.p.breach.interval)
            self.event()
            breach.weigh(self.s, self.p, (self.rng.random(),))
            self.after(self.tempted)

    def institutions(self) -> Process:
        while True:
            yield self.env.timeout(MONTH)
            self.event()
            embedding.grow(self.s, self.p)
            self.after([*self.bound, *self.trusting])

    def phases_of_aid(self) -> Process:
        s, p = self.s, self.p
        while p.incentives.offered > 0.0:
            yield self.env.timeout(p.incentives.phase)
            self.event()
            incentives.release(s, p)
            self.after(self.mood)

    def regional_measures(self) -> Process:
        while True:
            yield from self.binding.over()
            self.event()
            incentives.bind(self.s, self.p)
            self.after(self.let_in)

    def consolidation(self) -> Process:
        yield from self.quiet.over(self.p.embedding.quiet)
        self.event()
        embedding.consolidate(self.s, self.p)

    def record(self) -> None:
        s = self.s
        self.quarterly.append((s.trust, s.a.pressure, s.b.pressure, s.undisclosed))

    def record_carrying_out(self) -> Process:
        while len(self.yearly) < 6:
            self.yearly.append(self.s.carried_out_share)
            yield self.env.timeout(YEAR)

    # -- leaders --------------------------------------------------------------------------

    def leaders(self, leaving: Ageing, me: Any) -> Process:
        s, p, random = self.s, self.p, self.rng.random
        age = me.in_office
        while True:
            yield from leaving.over(self.tenure(succession.tenure_table(me), age))
            age = 0.0
            self.event()
            succession.leave(s, p, me, (random(), random(), random()))
            self.after(self.everything)

    def tenure(self, table: int, age: float) -> float:
        """Draw how much longer a leader of this age in office stays."""
        hazards = succession.HAZARDS[table]
        left, at = self.rng.expovariate(1.0), age
        for end, hazard in zip(tenure.KNOTS[1:], hazards, strict=False):
            if end <= at:
                continue
            if left < hazard * (end - at):
                return at + left / hazard - age
            left -= hazard * (end - at)
            at = end
        return at + left / hazards[-1] - age

    def forgetting(self, scorned: Unbroken, me: Any) -> Process:
        """An irregular exit counts as recent for a while."""
        while True:
            yield from scorned.over(self.p.succession.irregular_window)
            self.event()
            succession.close_window(self.s, self.p, me)
            self.after(self.everything)

    def honeymoon(self, settling: Unbroken, me: Any) -> Process:
        """A leader who came by the rules is new for a while."""
        while True:
            yield from settling.over(self.p.succession.irregular_window)
            self.event()
            succession.end_honeymoon(self.s, self.p, me)
            self.after(self.everything)

    def adoptions(self, adopting: Wait, me: Any) -> Process:
        while True:
            yield from adopting.over()
            self.event()
            succession.adopt(self.s, self.p, me)
            self.after(self.everything)

    def elections(self, leaving: Ageing, me: Any) -> Process:
        s, p, random = self.s, self.p, self.rng.random
        while True:
            yield self.env.timeout(me.campaign_in)
            self.event()
            succession.open_campaign(s, p, me)
            self.after((leaving,))
            yield self.env.timeout(p.succession.campaign)
            self.event()
            leaders = me.leaders
            succession.hold_election(s, p, me, (random(), random(), random()))
            if me.leaders > leaders:
                leaving.begin_anew(self.tenure(succession.tenure_table(me), 0.0))
            self.after(self.everything)

    # -- what goes wrong ------------------------------------------------------------------

    def leaks(self) -> Process:
        while True:
            yield from self.leaking.over()
            self.event()
            leaks.leak(self.s, self.p, (self.rng.random(), self.rng.random()))
            self.after(self.everything)

    def scandals(self) -> Process:
        while True:
            yield from self.scandal.over(self.p.leaks.window)
            self.event()
            leaks.close_window(self.s, self.p)
            self.after((self.exposing, self.disavowing, *self.leaving))

    def attacks(self) -> Process:
        while True:
            yield from self.attacking.over()
            self.event()
            spoilers.attack(self.s, self.p)
            self.after([*self.mood, *self.trusting, self.quiet])

    def temptations(self, tempted: Wait) -> Process:
        while True:
            yield from tempted.over()
            self.event()
            breach.give_in(self.s, self.p, (self.rng.random(),))
            self.after(self.bound)

    # -- disclosure -----------------------------------------------------------------------

    def react(self) -> bool:
        """Do what happens at once: publish the text, answer occasions, make reports; whether anything was done."""
        done = False
        while self.react_once():
            self.firings += 1
            done = True
        return done

    def react_once(self) -> bool:
        s, p = self.s, self.p
        if s.phase >= Phase.SIGNED and s.published < s.agreed:
            disclosure.publish_text(s, p)
            return True
        for i in self.answering:
            if disclosure.occasion_speed(s, p, i) > 0.0:
                disclosure.take_occasion(s, p, i)
                self.get_ready(i)
                return True
        for i in self.reporting:
            if s.rules[i].due and self.lags[i] == 0.0:
                disclosure.prepare(s, p, i)
                return True
        for i in self.reporting:
            if s.rules[i].ready and disclosure.announce_speed(s, p, i) > 0.0:
                resting, commenting = s.resting, s.commenting
                disclosure.announce(s, p, i)
                if s.resting and not resting:
                    self.env.process(self.rest())
                if s.commenting and not commenting:
                    self.env.process(self.comments())
                return True
        return False

    def calendar(self, i: int) -> Process:
        s, p = self.s, self.p
        while True:
            yield self.env.timeout(p.cadence.rules[i].every)
            if s.phase >= p.cadence.stops:
                return
            self.event()
            disclosure.come_due(s, p, i)
            if not self.reports_at_work and disclosure.work_speed(s, p) > 0.0:
                self.reports_at_work = True
                self.env.process(self.work())
            self.get_ready(i)
            self.after(self.everything)

    def work(self) -> Process:
        """What reports tie up is freed again, month by month."""
        s, p = self.s, self.p
        yield self.env.timeout(0.0)  # reports that come due with it come first, now and every month
        while disclosure.work_speed(s, p) > 0.0:
            yield self.env.timeout(MONTH)
            self.event()
            disclosure.work_off(s, p)
            self.after((self.agreeing, *self.carrying))
        self.reports_at_work = False

    def get_ready(self, i: int) -> None:
        """Prepare a report that has come due, unless that has begun already."""
        if self.s.rules[i].due and not self.preparing[i] and self.lags[i] > 0.0:
            self.preparing[i] = True
            self.env.process(self.preparation(i))

    def preparation(self, i: int) -> Process:
        yield self.env.timeout(self.lags[i])
        self.event()
        disclosure.prepare(self.s, self.p, i)
        self.preparing[i] = False
        self.after(())

    def rest(self) -> Process:
        yield self.env.timeout(self.p.cadence.min_gap)
        self.event()
        disclosure.end_gap(self.s, self.p)
        self.after(())

    def comments(self) -> Process:
        yield self.env.timeout(self.p.cadence.feedback)
        self.event()
        disclosure.end_comments(self.s, self.p, (self.rng.random(),))
        self.after(self.everything)

    def answers(self) -> Process:
        """The side that was told on answers, and may break off contact."""
        s, p = self.s, self.p
        while True:
            yield from self.answering_back.over()
            self.event()
            suspended = s.suspended
            disclosure.answer(s, p, (self.rng.random(),))
            if s.suspended and not suspended:
                self.env.process(self.silence())
            self.after(self.everything)

    def silence(self) -> Process:
        yield self.env.timeout(self.p.disclosure.broken_off)
        self.event()
        disclosure.resume(self.s, self.p)
        self.after((self.agreeing, self.signing))

    def overselling(self) -> Process:
        while True:
            yield from self.finding_out.over()
            self.event()
            disclosure.find_out(self.s, self.p)
            self.after(self.everything)
