"""What the words of `timeline.config.keys` expect, as JSON Schema for one model.

The page and the messages say "the name of a clock"; here this becomes the clocks of the model. A key whose words say
no more than its type gets nothing from here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from timeline.config.case import case_milestones
from timeline.config.tables import milestones
from timeline.config.value_schemas import DATE, DURATION, Piece, one_of
from timeline.model.declarations import SIDES, Model, Sampled
from timeline.model.units import parse_unit, text_pattern
from timeline.study.case import FATES, KINDS
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks
from timeline.words import measure_words

#: Names that a config gives.
NAME: Piece = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}
_QUOTED = re.compile(r'"([^"]*)"')
#: Nothing but quoted texts, and what joins them.
_CHOICE = re.compile(r'(?:one of )?"[^"]*"(?:(?:,| or) "[^"]*")+')
_BETWEEN = re.compile(r"^(?:a number|numbers) between (-?[\d.]+) and (-?[\d.]+)")


def expectations(model: Model) -> Mapping[str, Piece]:
    """Return what is meant by the beginnings of what is expected.

    Parameters
    ----------
    model
        Whose clocks, mechanisms, measures and milestones are meant.

    Returns
    -------
    Mapping
        A piece of schema by the words that an expectation begins with; of several that fit, the longest is meant.
    """
    mechanisms = [mechanism.name for mechanism in model.mechanisms]
    assumptions = list(model.assumptions)
    ends = model.endpoints
    causes = {"type": "string", "enum": ["", *(ends.causes if ends else ())]}
    return {
        "the name of a model": {"type": "string", "enum": [model.name]},
        "a duration": DURATION,
        "a time since signature": DURATION,
        "a date such as": DATE,
        "a date such as 1993-08-20, or a list of two": {
            "anyOf": [DATE, {"type": "array", "items": DATE, "minItems": 2, "maxItems": 2}]
        },
        "a day such as": {"anyOf": [{"type": "string", "pattern": _day_pattern(model)}, DATE]},
        "the name of a cadence": NAME,
        "the name of a scenario": NAME,
        "the name of a mechanism": {"type": "string", "enum": mechanisms},
        "the name of a clock": {"type": "string", "enum": [member.name for member in model.members]},
        "the name of an observation since the signature": {"type": "string", "enum": _since_signature(model)},
        "the path of an assumption": {"type": "string", "enum": assumptions},
        "the path of an assumption, or": {"type": "string", "enum": [*_owners(model), *assumptions]},
        "a measure such as": measure(model),
        'a measure such as "survival': {"type": "string", "examples": ["survival since signature", *_measures(model)]},
        "a cause of the model": causes,
        "a milestone such as": one_of(case_milestones(model)),
        "half an interval's width": AMOUNT,
        "the smallest difference that matters": AMOUNT,
        "its standard error": AMOUNT,
        "a number, or a share": AMOUNT,
        "a list of two limits": {"type": "array", "items": AMOUNT, "minItems": 2, "maxItems": 2},
        "a probability": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
        '"in force", "failed"': {"type": "string", "enum": list(FATES)},
        'one of "meeting"': {"type": "string", "enum": list(KINDS)},
        '"a" or "b"': {"type": "string", "enum": ["", *SIDES]},
        '"essays", "free", or a table': {
            "anyOf": [
                {"type": "string", "enum": ["essays", "free"]},
                {
                    "type": "object",
                    "properties": {name: {"enum": ["essays", "free"]} for name in _owners(model)},
                    "additionalProperties": False,
                },
            ]
        },
        "a number above 0": {"type": "number", "exclusiveMinimum": 0},
        "a whole number from 1 on": {"type": "integer", "minimum": 1},
    }


#: An amount of some measure: which units it may have hangs on the measure.
AMOUNT: Piece = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "pattern": text_pattern(parse_unit("days"))},
        {"type": "string", "pattern": r"^-?(?:\d+\.?\d*|\.\d+) ?(?:%|(?:percentage )?points?)$"},
    ]
}


def expected_piece(words: str, known: Mapping[str, Piece]) -> Piece:
    """Return what an expectation says beyond a type, and the examples that it gives.

    Parameters
    ----------
    words
        As `timeline.config.keys.EXPECTED` has them.
    known
        Of `expectations`.

    Examples
    --------
    >>> expected_piece('"contrasts" or "estimates"', {})
    {'type': 'string', 'enum': ['contrasts', 'estimates']}
    >>> expected_piece("a number between -1 and 1", {})
    {'exclusiveMinimum': -1.0, 'exclusiveMaximum': 1.0}
    """
    fits = [beginning for beginning in known if words.startswith(beginning)]
    if fits:
        return {**known[max(fits, key=len)], **_examples(words)}
    if _CHOICE.fullmatch(words):
        return {"type": "string", "enum": _QUOTED.findall(words)}
    if between := _BETWEEN.match(words):
        return {"exclusiveMinimum": float(between[1]), "exclusiveMaximum": float(between[2])}
    return _examples(words)


def _examples(words: str) -> Piece:
    """Return the examples after "such as"."""
    _, said, rest = words.partition(" such as ")
    # Dates are no values of JSON, and tables are no help.
    found = _QUOTED.findall(rest) if rest.startswith('"') else []
    if said and rest.startswith("["):
        read: list[Any] = tomllib.loads(f"x = {rest[: rest.index(']') + 1]}")["x"]
        return {"examples": [read]}
    return {"examples": found} if found else {}


def measure(model: Model) -> Piece:
    """Return the measures of a model, as configs write them."""
    found = _measures(model)
    if not found:
        return {"type": "string"}
    return {
        "anyOf": [
            {"type": "string", "enum": found},
            {"type": "string", "pattern": f"^rmst {text_pattern(parse_unit('days'))[1:]}"},
            {"type": "string", "pattern": "^[a-z]+(?:_[a-z0-9]+)+$"},
        ]
    }


def _measures(model: Model) -> list[str]:
    """Return the names of a model's measures that hang on no window, and the usual means."""
    if model.endpoints is None:
        return []
    year = 365.25
    window = Window(15 * year, 10 * year, (year, 5 * year))
    words = [measure_words(yardstick.key) for yardstick in declare_yardsticks(model.endpoints, window)]
    return [text for text in words if not text.endswith((" 365", " 1826"))]


def _owners(model: Model) -> list[str]:
    """Return what assumptions belong to: the sides and the mechanisms that have any."""
    return list(dict.fromkeys(path.partition(".")[0] for path in model.assumptions))


def _since_signature(model: Model) -> list[str]:
    signed = model.endpoints.signed if model.endpoints else None
    return [
        o.column for o in model.observations if isinstance(o, Sampled) and o.since is not None and o.since == signed
    ]


def _day_pattern(model: Model) -> str:
    words = "|".join(re.escape(word) for word in milestones(model))
    return f"{text_pattern(parse_unit('days'))[:-1]}(?: after (?:the )?(?:{words}))?$"
