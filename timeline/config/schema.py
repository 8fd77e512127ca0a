"""The keys that every config may have, whatever its model; pydantic checks them, the sentences are ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainValidator, StrictFloat, StrictInt, StrictStr, ValidationError
from pydantic import Field as Setting

from timeline.engines.world import MOST_REPLICATIONS
from timeline.errors import nearest
from timeline.model.values import shown
from timeline.words import unshowable


def _date(given: object) -> date:
    if not isinstance(given, date) or isinstance(given, datetime):
        raise ValueError
    return given


def _text_or_date(given: object) -> str | date:
    return given if isinstance(given, str) else _date(given)


_Date = Annotated[date, PlainValidator(_date)]
_Day = Annotated[str | date, PlainValidator(_text_or_date)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Sides(_Table):
    a: Annotated[StrictStr, Setting(min_length=1)] = "Side A"
    b: Annotated[StrictStr, Setting(min_length=1)] = "Side B"


class _Analysis(_Table):
    follow_up: StrictStr | None = None
    rmst: Annotated[list[StrictStr], Setting(min_length=1)] | None = None
    landmark: StrictStr | None = None
    landmark_after: StrictStr | None = None


class _Injection(_Table):
    clock: StrictStr
    day: _Day
    luck: list[Annotated[StrictFloat, Setting(gt=0, lt=1)]] = []


class _Scenario(_Table):
    about: StrictStr = ""
    parameters: dict[str, Any] = {}
    without: list[StrictStr] = []
    inject: list[_Injection] = []


class _Sweep(_Table):
    measure: StrictStr
    replications: Annotated[StrictInt, Setting(ge=2, le=MOST_REPLICATIONS)] = 2_000
    fresh: Annotated[StrictInt, Setting(ge=2, le=MOST_REPLICATIONS)] | None = None
    points: StrictInt | None = None
    design: StrictStr | None = None
    scenario: StrictStr | None = None
    cadence: StrictStr | None = None
    keys: dict[str, Any]


class _Aims(_Table):
    measures: Annotated[list[StrictStr], Setting(min_length=1)] | None = None
    weights: dict[str, Any] = {}


class _Selection(_Table):
    measure: StrictStr = ""
    indifference: Any
    probability: Any = None


class _Precision(_Table):
    measure: StrictStr
    of: StrictStr = "contrasts"
    half_width: Any
    at_most: Annotated[StrictInt, Setting(ge=1, le=MOST_REPLICATIONS)] = 1_000_000


class _File(_Table):
    title: StrictStr = ""
    question: StrictStr = ""
    model: StrictStr
    starts: _Date | None = None
    horizon: StrictStr
    replications: Annotated[StrictInt, Setting(ge=1, le=MOST_REPLICATIONS)]
    seed: Annotated[StrictInt, Setting(ge=0, lt=2**63)]
    baseline: StrictStr | None = None
    sides: _Sides = _Sides()
    without: list[StrictStr] = []
    inject: list[_Injection] = []
    parameters: dict[str, Any] = {}
    cadences: dict[str, dict[str, Any]] = {}
    scenarios: dict[str, _Scenario] = {}
    grid: dict[str, Any] = {}
    factorial: dict[str, Any] = {}
    analysis: _Analysis = _Analysis()
    aims: _Aims = _Aims()
    selection: _Selection | None = None
    sweep: _Sweep | None = None
    precision: _Precision | None = None


#: The keys at the top of a config.
TOP = tuple(_File.model_fields)

_TABLES: dict[str, type[_Table]] = {
    "sides": _Sides, "inject": _Injection, "scenarios": _Scenario, "analysis": _Analysis,
    "sweep": _Sweep, "aims": _Aims, "selection": _Selection, "precision": _Precision,
}  # fmt: skip

_INJECT = {
    "inject": "tables [[inject]]",
    "inject[]": "a table [[inject]]",
    "inject[].clock": 'the name of a clock, such as "succession[a]"',
    "inject[].day": 'a day such as "400 days" or "3 months after signature", or a date such as 1995-11-04',
    "inject[].luck": "a list of numbers between 0 and 1",
    "inject[].luck[]": "a number between 0 and 1, both excluded",
}

#: What is expected where: ``*`` is a name that the file chooses, ``[]`` a member of a list.
_EXPECTED = {
    "title": "a text",
    "question": "a text",
    "model": "the name of a model",
    "starts": "a date such as 1993-01-20, without quotes and without a time of day",
    "horizon": 'a duration such as "15 years"',
    "replications": "a whole number from 1 to 2**32",
    "seed": "a whole number from 0 to 2**63 - 1",
    "baseline": "the name of a cadence",
    "sides": 'a table with the names of the sides, a = "..." and b = "..."',
    "sides.a": "a name",
    "sides.b": "a name",
    "without": "a list of mechanisms to switch off",
    "without[]": "the name of a mechanism",
    **_INJECT,
    "parameters": "a table [parameters]",
    "cadences": "tables [cadences.NAME]",
    "cadences.*": "a table of levers",
    "scenarios": "tables [scenarios.NAME]",
    "scenarios.*": "a table [scenarios.NAME]",
    "scenarios.*.about": "a text",
    "scenarios.*.parameters": "a table of parameters",
    "scenarios.*.without": "a list of mechanisms to switch off",
    "scenarios.*.without[]": "the name of a mechanism",
    **{f"scenarios.*.{path}": text.replace("[[", "[[scenarios.NAME.") for path, text in _INJECT.items()},
    "grid": "a table [grid] of lists, one for each assumption that varies",
    "factorial": "a table [factorial] of lists, one for each lever that varies",
    "analysis": "a table [analysis]",
    "analysis.follow_up": 'a duration such as "10 years"',
    "analysis.landmark": 'the name of an observation since the signature, such as "reported since signature"',
    "analysis.landmark_after": 'a duration such as "2 years"',
    "analysis.rmst": 'a list of durations such as ["1 year", "5 years"]',
    "analysis.rmst[]": 'a duration such as "5 years"',
    "aims": "a table [aims]",
    "selection": "a table [selection]",
    "selection.measure": 'a measure such as "rmst 5 years"',
    "selection.indifference": 'the smallest difference that matters, such as "5 days" or "0.5 points"',
    "aims.measures": 'a list of at least two measures, such as ["in force", "hostility"]',
    "aims.measures[]": 'a measure such as "in force"',
    "aims.weights": 'a table with a weight for each aim that counts, such as { "in force" = 1, hostility = 0.5 }',
    "precision": "a table [precision]",
    "precision.measure": 'a measure such as "rmst 5 years"',
    "precision.of": '"contrasts" or "estimates"',
    "precision.half_width": 'half an interval\'s width, such as "5 days" or "0.5 points"',
    "precision.at_most": "a whole number from 1 to 2**32",
    "sweep": "a table [sweep]",
    "sweep.measure": 'a measure such as "rmst 5 years"',
    "sweep.replications": "a whole number from 2 to 2**32",
    "sweep.fresh": "a whole number from 2 to 2**32",
    "sweep.points": "a whole number such as 256",
    "sweep.design": '"sobol" or "grid"',
    "sweep.scenario": "the name of a scenario",
    "sweep.cadence": "the name of a cadence",
    "sweep.keys": "a table [sweep.keys] with a range or a list for each key",
}

Steps = tuple[str | int, ...]


def joined(steps: Iterable[str | int]) -> str:
    """Return a key path as text.

    Examples
    --------
    >>> joined(["cadences", "quarterly", "rules", 0, "every"])
    'cadences.quarterly.rules[0].every'
    """
    path = ""
    for step in steps:
        path += f"[{step}]" if isinstance(step, int) else f".{step}" if path else step
    return path


def misfits(raw: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (key path, sentence) for everything at the top of a config that has no place or the wrong type."""
    try:
        _File.model_validate(raw)
    except ValidationError as problem:
        for error in problem.errors(include_url=False):
            steps = error["loc"]
            if error["type"] == "missing":
                sentence = f"not given, expected {_expected_at(steps)}"
            elif error["type"] == "extra_forbidden":
                sentence = _no_such_key(steps, error["input"])
            else:
                sentence = f"given {shown(error['input'])}, expected {_expected_at(steps)}"
            yield joined(steps), sentence


def unshowable_texts(given: object, steps: Steps = ()) -> Iterator[tuple[str, str]]:
    """Yield (key path, sentence) for every key and text of a config that no page, figure or terminal may be given.

    Examples
    --------
    >>> list(unshowable_texts({"title": "a\\x1b[31mb"}))
    [('title', 'given a text with the character U+001B, expected characters that can be shown; leave it out')]
    """
    if isinstance(given, str):
        lines = not steps or steps[0] not in ("title", "sides")
        if bad := unshowable(given, lines=lines):
            said = f"given a text with the character {bad}, expected characters that can be shown; leave it out"
            yield joined(steps), said
    elif isinstance(given, Mapping):
        for key, value in given.items():
            if bad := unshowable(key, lines=False):
                yield joined(steps), f"given a key with the character {bad}, expected letters and digits; rename it"
            else:
                yield from unshowable_texts(value, (*steps, key))
    elif isinstance(given, list):
        for number, value in enumerate(given):
            yield from unshowable_texts(value, (*steps, number))


def _expected_at(steps: Steps) -> str:
    if len(steps) > 1 and steps[0] in ("cadences", "scenarios"):
        steps = (steps[0], "*", *steps[2:])
    return _EXPECTED[re.sub(r"\[\d+\]", "[]", joined(steps))]


def _no_such_key(steps: Steps, given: object) -> str:
    # Only injections are tables in a list.
    in_list = len(steps) > 1 and isinstance(steps[-2], int)
    table, key = "inject" if in_list else str(steps[0]), str(steps[-1])
    known = TOP if len(steps) == 1 else tuple(_TABLES[table].model_fields)
    hint = nearest(key, known)
    if table == "scenarios" and len(steps) > 1 and not hint:
        hint = f'; parameters go under "parameters.{key}"'
    return f"given {shown(given)}, but there is no such key; expected one of {', '.join(known)}{hint}"
