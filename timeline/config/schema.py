"""The keys that every config may have, whatever its model; pydantic checks them, the sentences are ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    PlainValidator,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    ValidationError,
    create_model,
)
from pydantic import Field as Setting

from timeline.config.keys import EXPECTED
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


#: More worlds than this nobody plays.
MOST_WORLDS = 1_000_000
MOST_PATHS = 1_000


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
    start: dict[str, Any] = {}


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
    measure: StrictStr | None = None
    indifference: Any
    probability: Any = 0.95


class _Precision(_Table):
    measure: StrictStr | None = None
    of: StrictStr = "contrasts"
    half_width: Any
    at_most: Annotated[StrictInt, Setting(ge=1, le=MOST_REPLICATIONS)] = 1_000_000


class _Correlation(_Table):
    of: list[StrictStr]
    rank: StrictInt | StrictFloat


class _Keep(_Table):
    measure: StrictStr
    at: StrictStr | None = None
    within: list[Any] | None = None
    value: StrictStr | StrictInt | StrictFloat | None = None
    se: StrictStr | StrictInt | StrictFloat | None = None


class _Studied(_Table):
    of: StrictStr
    deviation: StrictInt | StrictFloat
    sizes: list[StrictInt]


#: Made so because "from" is a word of Python.
_Uncertainty: type[_Table] = create_model(
    "_Uncertainty",
    __base__=_Table,
    **{
        "from": (StrictStr, "declared"),
        "worlds": (Annotated[StrictInt, Setting(ge=2, le=MOST_WORLDS)] | None, None),
        "replications": (Annotated[StrictInt, Setting(ge=2, le=MOST_REPLICATIONS)] | None, None),
        "timelines": (Annotated[StrictInt, Setting(ge=1_000, le=MOST_REPLICATIONS)] | None, None),
        "seed": (Annotated[StrictInt, Setting(ge=0, lt=2**63)] | None, None),
        "directions": (StrictStr | dict[str, Any], "essays"),
        "laws": (dict[str, Any], {}),
        "correlations": (list[_Correlation], []),
        "record": (StrictStr | None, None),
        "keep": (list[_Keep], []),
        "accept": (StrictStr | None, None),
        "free": (list[StrictStr], []),
        "hold_out": (list[StrictStr], []),
        "other_directions": (StrictBool, True),
        "structures": (list[StrictStr], []),
        "screening": (Annotated[StrictInt, Setting(ge=0, le=MOST_PATHS)], 0),
        "studies": (list[_Studied], []),
    },
)  # type: ignore[call-overload]


def _day_or_bounds(given: object) -> date | list[date]:
    if isinstance(given, list) and len(given) == 2:
        return [_date(day) for day in given]
    return _date(given)


_Text = Annotated[StrictStr, Setting(min_length=1)]


class _SourcedFact(_Table):
    about: _Text
    source: _Text


class _CaseCadence(_SourcedFact):
    chosen: StrictStr


class _CaseOutcome(_SourcedFact):
    fate: StrictStr
    cause: StrictStr = ""
    unreached: list[StrictStr] = []


class _CaseUntil(_Table):
    date: _Date
    state: dict[str, Any] = {}


class _CaseEvent(_SourcedFact):
    date: Annotated[Any, PlainValidator(_day_or_bounds)]
    what: StrictStr
    reaches: StrictStr | None = None
    side: StrictStr = ""
    clock: StrictStr | None = None
    luck: list[Annotated[StrictFloat, Setting(gt=0, lt=1)]] = []


class _HistoryCase(_Table):
    sides: _SourcedFact
    secrecy: _SourcedFact
    insiders: _SourcedFact
    cadence: _CaseCadence
    outcome: _CaseOutcome
    until: _CaseUntil
    events: Annotated[list[_CaseEvent], Setting(min_length=1)]


class _TakenBack(_Table):
    day: Annotated[StrictInt, Setting(ge=0)]
    who: StrictStr
    what: StrictStr


class _PlayedTable(_Table):
    cadence: StrictStr
    scenario: StrictStr | None = None
    replication: Annotated[StrictInt, Setting(ge=0, lt=MOST_REPLICATIONS)]
    day: Annotated[StrictInt, Setting(ge=0)]
    injected: Annotated[StrictInt, Setting(ge=0)] = 0
    stands_on: StrictStr | None = None
    sources: Annotated[StrictStr, Setting(pattern="^[0-9a-f]{64}$")]
    taken_back: list[_TakenBack] = []


class File(_Table):
    """The top of a config."""

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
    start: dict[str, Any] = {}
    laws: dict[str, dict[str, Any]] = {}
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
    uncertainty: _Uncertainty | None = None  # type: ignore[valid-type]
    covariates: dict[str, list[StrictStr]] = {}
    case: _HistoryCase | None = None
    played: _PlayedTable | None = None


#: The keys at the top of a config.
TOP = tuple(File.model_fields)

#: The tables whose keys are the same whatever the model.
TABLES: dict[str, type[_Table]] = {
    "sides": _Sides, "inject": _Injection, "scenarios": _Scenario, "analysis": _Analysis,
    "sweep": _Sweep, "aims": _Aims, "selection": _Selection, "precision": _Precision,
    "uncertainty": _Uncertainty, "uncertainty.correlations": _Correlation, "uncertainty.keep": _Keep,
    "uncertainty.studies": _Studied, "case": _HistoryCase, "case.sides": _SourcedFact,
    "case.secrecy": _SourcedFact, "case.insiders": _SourcedFact, "case.cadence": _CaseCadence,
    "case.outcome": _CaseOutcome, "case.until": _CaseUntil, "case.events": _CaseEvent, "played": _PlayedTable,
    "played.taken_back": _TakenBack,
}  # fmt: skip

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
        File.model_validate(raw)
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
    if len(steps) > 1 and steps[0] in ("cadences", "scenarios", "laws"):
        steps = (steps[0], "*", *steps[2:])
    return EXPECTED[re.sub(r"\[\d+\]", "[]", joined(steps))]


def _no_such_key(steps: Steps, given: object) -> str:
    in_list = len(steps) > 1 and isinstance(steps[-2], int)
    table, key = str(steps[0]), str(steps[-1])
    if in_list:
        table = f"{table}.{steps[1]}" if table in ("uncertainty", "case") else "inject"
    elif table == "case":
        table = ".".join(map(str, steps[:-1]))
    known = TOP if len(steps) == 1 else tuple(TABLES[table].model_fields)
    hint = nearest(key, known)
    if table == "scenarios" and len(steps) > 1 and not hint:
        hint = f'; parameters go under "parameters.{key}"'
    return f"given {shown(given)}, but there is no such key; expected one of {', '.join(known)}{hint}"
