"""A start in the middle: the day on which a crisis is entered, and what is known of its state on that day."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from timeline.errors import ModelError
from timeline.model.declarations import Model
from timeline.model.records import Field, blank, leaves, resolve
from timeline.model.values import Number, shown, spoken
from timeline.words import years_and_days


@dataclass(frozen=True)
class Start:
    """Where timelines begin: at the model's own start, unless something is given.

    The mechanisms' starts come first, with their draws. Then the fields are set, and the model's `settle` brings into
    line what follows from them. Clocks begin their lifetimes on the day. What lies before it is not simulated: samples
    of earlier days are NaN, and integrals count from it.

    Attributes
    ----------
    day
        How long the crisis has run, in days. The horizon counts from day 0.
    state
        (path, value) of the fields that are set.

    Examples
    --------
    >>> today = Start(547.875, (("phase", 1), ("accord_day", 365.25)))
    >>> today.given, Start().given
    (True, False)
    >>> today.reached("accord_day"), today.reached("signed_day"), today.reached(None)
    (365.25, None, 0.0)
    """

    day: float = 0.0
    state: tuple[tuple[str, Number], ...] = ()

    @property
    def given(self) -> bool:
        """Whether it is another start than the model's own."""
        return self != USUAL

    @property
    def seen_from(self) -> float:
        """The first day of which samples are taken."""
        return self.day if self.day > 0 else -math.inf

    def reached(self, milestone: str | None) -> float | None:
        """Return the day of a milestone that lies behind, 0 for the start of the crisis; None if it is not given."""
        return 0.0 if milestone is None else dict(self.state).get(milestone)


#: Where a model starts by itself.
USUAL = Start()


def described_start(model: Model, start: Start) -> dict[str, str]:
    """Return in words what a start gives, by field; of an array's records in one.

    Examples
    --------
    >>> from timeline.model.declarations import Model
    >>> from timeline.model.records import Array, Record
    >>> Outcome = IntEnum("Outcome", "OPEN ENDED", start=0)
    >>> class Step(Record):
    ...     kept = Field(False)
    >>> class Crisis(Record):
    ...     day, outcome, signed_day = Field(0.0), Field(Outcome.OPEN), Field(math.nan)
    ...     steps = Array(Step, 2)
    >>> start = Start(400.0, (("signed_day", 365.25), ("steps[0].kept", True), ("steps[1].kept", False)))
    >>> described_start(Model("pact", "A pact", Crisis, (), Outcome.OPEN), start)
    {'signed_day': 'after 1 year', 'steps.kept': 'yes, no'}
    """
    known = dict(leaves(model.state))
    words: dict[str, list[str]] = {}
    for path, value in start.state:
        shape = re.sub(r"\[\d+\]", "[]", path)
        words.setdefault(shape.replace("[]", ""), []).append(_said(known[shape], value))
    return {path: ", ".join(said) for path, said in words.items()}


def _said(field: Field, value: Number) -> str:
    if field.may_be_nan:
        return f"after {years_and_days(float(value))}"
    if field.kind is bool:
        return "yes" if value else "no"
    return spoken(field.kind(int(value))) if issubclass(field.kind, IntEnum) else f"{value:g}"


def misplaced_start(model: Model, start: Start, horizon: float) -> Iterator[tuple[str, str]]:
    """Yield (key, sentence) for what is wrong with a start: ``"day"``, or the path of a field.

    Parameters
    ----------
    model
        The model that is started.
    start
        The start.
    horizon
        Days.
    """
    if not 0 <= start.day < horizon:
        yield "day", f"given {start.day:g} days, expected 0 or more, and less than the horizon, {horizon:g} days"
    state = blank(model.state)
    for path, value in start.state:
        if path == "day":
            yield path, f"given {shown(value)} as a field, expected the day of the start itself"
            continue
        try:
            owner, name = resolve(state, path)
        except ModelError as problem:
            yield path, str(problem)
            continue
        if sentence := _impossible(owner.record.fields[name], path, value, model, start.day):
            yield path, sentence


def _impossible(field: Field, path: str, value: Number, model: Model, day: float) -> str:
    """Say what is wrong with a field's value on the day of the start; nothing if it is possible."""
    if not math.isfinite(value):
        return f"given {value}, expected a finite number"
    if field.index and not 0 <= value <= 1:
        return f"given {value:g}, expected an index between 0 and 1"
    if field.may_be_nan and value > day:
        return f"given day {value:g} for {path}, but the start is on day {day:g}; expected a day that lies behind"
    if issubclass(field.kind, IntEnum) and value not in set(field.kind):
        return f"given {value}, expected one of {', '.join(f'{int(m)} ({spoken(m)})' for m in field.kind)}"
    if path == "outcome" and value != int(model.open):
        return f'given "{spoken(field.kind(int(value)))}", expected "{spoken(model.open)}": what has ended is over'
    return ""
