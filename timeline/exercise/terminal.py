"""The exercise at a terminal: one who types, and all who look on."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from timeline.errors import ConfigError, TimelineError, nearest
from timeline.exercise.end import MANY, SAME_LUCK, many, same_luck, sentences
from timeline.exercise.indices import indices
from timeline.exercise.pace import parse_speed
from timeline.exercise.table import TableTop
from timeline.explaining.trace import Event
from timeline.model.records import Lever
from timeline.model.units import parse_duration
from timeline.model.values import spelled, spoken
from timeline.words import moment, shortened, span

#: Seconds between two looks at the clock while time goes on.
_BEAT = 0.1

#: What may be typed, and what it does.
COMMANDS = {
    "go": "go [DURATION]: let time go on, until Ctrl-C or for so long",
    "step": "step: play to the next day on which something happens",
    "to": "to DAY: play up to a day at once, such as: to 2 years",
    "tell": "tell [content=agreed share=0.4 ...]: the participants report something now",
    "inject": "inject [EVENT [LUCK ...]]: make something happen now; without an event, list what can",
    "back": "back: take back the last report or injection, and go back to the day it was decided on",
    "state": "state: how things stand; state all: every index",
    "speed": "speed SPEED: such as: speed 2 weeks per second",
    "save": "save: write the log",
    "reload": "reload: take up an edited model or config, with the same decisions",
    "end": "end: play to the end at once",
    "compare": "compare: hold the run, once it has ended, against simulated ones",
    "help": "help: this list",
    "quit": "quit: save and leave",
}


@dataclass
class TerminalGame:
    """A game at a terminal.

    Attributes
    ----------
    table
        The exercise.
    show
        Prints a line.
    sleep
        Waits so many seconds; may raise KeyboardInterrupt, which pauses.
    """

    table: TableTop
    show: Callable[[str], None]
    sleep: Callable[[float], None] = time.sleep
    _over: bool = False

    def play(self, lines: Iterable[str]) -> None:
        """Do what is typed, line by line, until somebody quits or there are no more lines."""
        self._greet()
        for line in lines:
            self.do(line)
            if self._over:
                return

    def do(self, line: str) -> None:
        """Do one line; what is wrong with it is said, and nothing is changed."""
        try:
            words = shlex.split(line, comments=True)
            if not words:
                return
            name = words[0].lower()
            if name not in COMMANDS:
                raise ConfigError(
                    f'given "{shortened(name, 40)}", expected one of {", ".join(COMMANDS)}{nearest(name, COMMANDS)}'
                )
            if edited := self.table.edited():
                self.show(f"Note: {edited}; `reload` takes it up, else the exercise goes on as it began.")
            getattr(self, f"_{name}")(words[1:])
        except ValueError as problem:
            self.show(f"Not understood: {problem}")
        except TimelineError as problem:
            self.show(f"Not done: {problem}")
        self._noticed()

    # What may be typed.

    def _go(self, words: Sequence[str]) -> None:
        session = self.table.session
        until = session.day + self._days(words) if words else session.setting.horizon
        self.table.go()
        try:
            while self.table.running and self.table.session.day < until:
                self._told(self.table.tick())
                self.sleep(_BEAT)
        except KeyboardInterrupt:
            self.show("")
        self.table.pause()
        self._day()

    def _step(self, words: Sequence[str]) -> None:
        self._no_more(words)
        self._told(self.table.step())
        self._day()

    def _to(self, words: Sequence[str]) -> None:
        day, now = self._days(words), self.table.session.day
        if day <= now:
            raise ConfigError(f"to: given {span(day)}, which has passed: it is {span(now)} since the start")
        self._told(self.table.advance(day))
        self._day()

    def _tell(self, words: Sequence[str]) -> None:
        choices = self.table.session.setting.choices
        if not words and choices:
            for name, lever in choices.items():
                self.show(f"  {name}: {lever.meaning}; {_expected(lever)}; {spelled(lever, lever.in_days)} if left out")
            example = " ".join(f"{name}={_example(lever)}" for name, lever in choices.items())
            self.show(f"  such as: tell {example}")
            if prepared := self.table.prepared():
                self.show(f"  {prepared}; a report that is decided on now takes its place.")
            return
        given: dict[str, object] = {}
        for word in words:
            name, sign, value = word.partition("=")
            if not sign:
                raise ConfigError(f'tell: given "{shortened(word, 40)}", expected choices such as content=agreed')
            if name in given:
                raise ConfigError(f"tell: {name} given twice, expected once")
            given[name] = _as_written(choices.get(name), value)
        self._told(self.table.disclose(given))
        self._day()

    def _inject(self, words: Sequence[str]) -> None:
        if not words:
            self._happening()
            return
        luck: list[float] = []
        # A clock's name may have blanks in it, and be typed without quotes.
        while words and (number := _number(words[-1])) is not None:
            luck, words = [number, *luck], words[:-1]
        setting, given = self.table.session.setting, " ".join(words)
        # As it is listed, or by the clock's name in a config.
        named = {setting.label(member.name).lower(): member.name for member in setting.model.members}
        self._told(self.table.inject(named.get(given.lower(), given), luck))
        self._day()

    def _happening(self) -> None:
        """List what can be made to happen now, by story."""
        session = self.table.session
        stories: dict[str, list[str]] = {}
        for member in session.injectable:
            label = session.setting.label(member.name)
            stories.setdefault(member.mechanism.replace("_", " "), []).append(label)
        self.show("Now can happen:" if stories else "Now nothing can be made to happen.")
        for story, names in stories.items():
            self.show(f"  {story}: {', '.join(names)}")

    def _back(self, words: Sequence[str]) -> None:
        self._no_more(words)
        self.table.take_back()
        self._noticed()
        self._day()

    def _state(self, words: Sequence[str]) -> None:
        self._day()
        for index in indices(self.table.session):
            if index.followed or list(words) == ["all"]:
                self.show(f"  {index.label}: {index.word} ({index.value:.2f})")
        if prepared := self.table.prepared():
            self.show(f"  {prepared}.")
        for deed in self.table.deeds():
            self.show(f"  {self._when(deed.day)}, {deed.who}: {deed.what}")

    def _speed(self, words: Sequence[str]) -> None:
        self.table.set_speed(parse_speed(" ".join(words)))

    def _save(self, words: Sequence[str]) -> None:
        self._no_more(words)
        self.show(f"Saved: {self.table.save()}")

    def _reload(self, words: Sequence[str]) -> None:
        self._no_more(words)
        self.table.reload()
        self._day()

    def _end(self, words: Sequence[str]) -> None:
        self._no_more(words)
        self._told(self.table.advance(self.table.session.setting.horizon))
        self._day()

    def _compare(self, words: Sequence[str]) -> None:
        self._no_more(words)
        if not self.table.session.ended:
            raise ConfigError("the run has not ended; `end` plays it to its end")
        self.show("Simulating; the model may have to be compiled first, which takes up to half a minute.")
        reckoning = self.table.wait()
        if reckoning.problem or reckoning.standing is None:
            raise ConfigError(reckoning.problem or "the model does not say what becomes of an agreement")
        standing, starts = reckoning.standing, self.table.session.setting.experiment.starts
        for said in sentences(standing, starts):
            self.show(said)
        self.show("")
        self.show("With the same luck and the same injected events:")
        self._rows(SAME_LUCK, same_luck(standing, starts))
        self.show("")
        self.show(f"Of {standing.crowds[0].count:,} timelines each:")
        self._rows(MANY, many(standing))

    def _help(self, words: Sequence[str]) -> None:
        for said in COMMANDS.values():
            self.show(f"  {said}")

    def _quit(self, words: Sequence[str]) -> None:
        self._over = True

    # What is said.

    def _greet(self) -> None:
        session = self.table.session
        asked = session.setting.experiment
        self.show(asked.title)
        if asked.question:
            self.show(asked.question)
        self.show(
            f"{asked.sides['a']} and {asked.sides['b']}{self._where()}; replication {session.setting.replication:,}. "
            "`help` lists commands."
        )
        for line in self.table.lines():
            self.show(f"  {self._when(line.day)}  {line.sentence}")
        self._day()
        self._noticed()

    def _noticed(self) -> None:
        """Say what is to be said to all who look on, once."""
        if self.table.notice:
            self.show(self.table.notice)
            self.table.notice = ""

    def _where(self) -> str:
        """Return in which of several scenarios it is played."""
        setting = self.table.session.setting
        scenarios = setting.experiment.scenarios
        if len(scenarios) < 2:
            return ""
        about = scenarios[setting.scenario].about.rstrip(".")
        return f", scenario {setting.scenario}" + (f" ({about[:1].lower()}{about[1:]})" if about else "")

    def _told(self, events: Iterable[Event]) -> None:
        for event in events:
            if event.sentence:
                self.show(f"  {self._when(event.day)}  {event.sentence}")

    def _day(self) -> None:
        session = self.table.session
        if session.ended:
            self.show(f"{session.ending} `compare` holds it against simulated runs.")
        else:
            phase = f", {session.phase}" if session.phase else ""
            self.show(f"Now {self._when(session.day)}{phase}.")

    def _when(self, day: float) -> str:
        if day < 1 and self.table.session.setting.experiment.starts is None:
            return "the first day"
        return moment(day, self.table.session.setting.experiment.starts)

    def _rows(self, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        lines = [heads, *rows]
        widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
        for line in lines:
            self.show("  " + "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip())

    def _days(self, words: Sequence[str]) -> int:
        text = " ".join(words)
        try:
            days = parse_duration(f"{text} days" if text.isdigit() else text)
        except ValueError as problem:
            raise ConfigError(f'{problem}; expected a duration such as "6 months"') from None
        if not 1 <= days <= 1e6:
            raise ConfigError(f'given "{shortened(text, 40)}", expected at least a day')
        return int(days)

    def _no_more(self, words: Sequence[str]) -> None:
        if words:
            raise ConfigError(f'given "{shortened(" ".join(words), 40)}" too, expected the command alone')


def _expected(lever: Lever) -> str:
    from enum import IntEnum

    if issubclass(lever.kind, IntEnum):
        return "one of " + ", ".join(spoken(member) for member in lever.kind)
    if lever.unit == "share":
        return f"a share from {lever.low or 0:g} to 1"
    return "yes or no" if lever.kind is bool else lever.unit or "a number"


def _example(lever: Lever) -> str:
    from enum import IntEnum

    return (
        spoken(list(lever.kind)[-1]).replace(" ", "_")
        if issubclass(lever.kind, IntEnum)
        else spelled(lever, lever.in_days)
    )


def _as_written(lever: Lever | None, text: str) -> object:
    """Return what was typed as a config would write it."""
    if lever is None:
        return text
    if lever.kind is bool:
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower(), text)
    number = _number(text)
    return text if number is None or lever.kind not in (float, int) else number


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if number == number and abs(number) != float("inf") else None


def typed(prompt: Callable[[], str]) -> Iterator[str]:
    """Yield lines as they are typed, until the input ends; Ctrl-C at the prompt quits."""
    while True:
        try:
            yield prompt()
        except (EOFError, KeyboardInterrupt):
            return
