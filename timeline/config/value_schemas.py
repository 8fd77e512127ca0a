"""What one value of a config may be, as JSON Schema: made from its declaration, and from its unit.

A schema sees what can be said of a value by itself. What has to fit together is for `timeline validate` to say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from timeline.model.records import Field, Lever, Parameter
from timeline.model.units import parse_unit, text_pattern
from timeline.model.values import Leaf, in_unit, spelled, spoken, unit_of

#: A piece of JSON Schema.
Piece = dict[str, Any]

#: A date of TOML, without quotes: editors take it for a text of this format.
DATE: Piece = {"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
DURATION: Piece = {"type": "string", "pattern": text_pattern(parse_unit("days"))}
ABOVE_NOTHING: Piece = {"type": "number", "exclusiveMinimum": 0}


def told(piece: Mapping[str, Any], words: str) -> Piece:
    """Return a piece with a description, which editors show on hovering.

    Examples
    --------
    >>> told({"$ref": "#/definitions/parameters"}, "Assumptions.")
    {'description': 'Assumptions.', 'allOf': [{'$ref': '#/definitions/parameters'}]}
    """
    # Beside "$ref" draft 7 reads nothing else.
    inner = {"allOf": [dict(piece)]} if "$ref" in piece else dict(piece)
    return {"description": words, **inner}


def one_of(texts: Iterable[str]) -> Piece:
    """Return that a value is one of several texts; names of two words may be written with an underscore.

    Examples
    --------
    >>> one_of(["verified", "carried out"])["anyOf"][1]
    {'type': 'string', 'pattern': '^(?:carried_out)$'}
    """
    names = list(texts)
    joined = [re.escape(name.replace(" ", "_")) for name in names if " " in name]
    plain: Piece = {"type": "string", "enum": names}
    return {"anyOf": [plain, {"type": "string", "pattern": f"^(?:{'|'.join(joined)})$"}]} if joined else plain


def table(properties: Mapping[str, Piece], required: Sequence[str] = (), **further: Any) -> Piece:
    """Return a table that has these keys and no others."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": dict(properties), **needed, "additionalProperties": False, **further}


def list_of(piece: Piece, fewest: int = 0) -> Piece:
    """Return a list of at least so many."""
    return {"type": "array", "items": piece} | ({"minItems": fewest} if fewest else {})


def nested(pieces: Mapping[str, Piece]) -> Piece:
    """Return tables in tables, as TOML reads dotted keys.

    Examples
    --------
    >>> nested({"leaks.fatal": {"type": "boolean"}})["properties"]["leaks"]["properties"]
    {'fatal': {'type': 'boolean'}}
    """
    below: dict[str, dict[str, Piece]] = {}
    found: dict[str, Piece] = {}
    for path, piece in pieces.items():
        first, dot, rest = path.partition(".")
        if dot:
            below.setdefault(first, {})[rest] = piece
            found.setdefault(first, {})
        else:
            found[first] = piece
    return table(found | {name: nested(inside) for name, inside in below.items()})


def value_of(leaf: Leaf) -> Piece:
    """Return what a parameter or lever may be set to.

    Examples
    --------
    >>> value_of(Lever(0.2, unit="share"))["anyOf"][0]
    {'type': 'number', 'minimum': 0.0, 'maximum': 1.0}
    >>> value_of(Lever(False))
    {'type': 'boolean'}
    """
    if leaf.kind is bool:
        return {"type": "boolean"}
    if issubclass(leaf.kind, IntEnum):
        return one_of(spoken(member) for member in leaf.kind)
    unit = unit_of(leaf)
    least = getattr(leaf, "low", None)
    low = unit.low / unit.factor if least is None else max(unit.low / unit.factor, least)
    bounds = {"minimum": low} if math.isfinite(low) else {}
    bounds |= {"maximum": unit.high / unit.factor} if math.isfinite(unit.high) else {}
    number = {"type": "integer" if leaf.kind is int else "number", **bounds}
    return {"anyOf": [number, {"type": "string", "pattern": text_pattern(unit)}]}


def described_value(leaf: Leaf, value: Piece) -> Piece:
    """Return what a parameter or lever may be set to, and what an editor shows of it.

    Parameters
    ----------
    leaf
        Its declaration.
    value
        What it may be set to, or a reference to it.
    """
    default = in_unit(leaf, leaf.in_days)
    more: Piece = {"default": default}
    written = spelled(leaf, leaf.in_days)
    if leaf.kind is float and written != f"{default:g}":
        more["examples"] = [written]
    return told(value, _account(leaf)) | more


def _account(leaf: Leaf) -> str:
    """Say what a quantity is, in which unit, how far it may plausibly go, and who says so."""
    lines = [sentence(leaf.meaning)]
    if leaf.unit:
        lines.append(f"Unit: {leaf.unit}.")
    lines.append(f"Default: {spelled(leaf, leaf.in_days)}.")
    if isinstance(leaf, Parameter):
        if leaf.plausible is not None:
            lines.append(f"Plausible: {leaf.plausible[0]:g} to {leaf.plausible[1]:g}.")
        lines.append(f"Evidence: {leaf.evidence}. {sentence(leaf.source)}")
    elif leaf.needs:
        lines.append(f"Needs the mechanism {leaf.needs}.")
    return "\n\n".join(lines)


def field_value(field: Field) -> Piece:
    """Return what a field of the state may be set to in ``[start]``.

    Examples
    --------
    >>> field_value(Field(0, "leaks so far"))["description"]
    'Leaks so far.'
    """
    words = sentence(field.meaning) if field.meaning else ""
    if field.may_be_nan:
        return told({"anyOf": [DURATION, DATE]}, words)
    if field.kind is float and not field.index:
        # Some fields are days, others plain numbers; only the model's code knows which.
        return told({"anyOf": [{"type": "number"}, DURATION]}, words)
    if field.kind is float:
        return told(value_of(Lever(0.0, unit="index")), words)
    return told(value_of(Lever(field.default if field.kind is not int else 0)), words)


def sentence(words: str) -> str:
    """Return words with a capital and a full stop.

    Examples
    --------
    >>> sentence("no estimate found")
    'No estimate found.'
    """
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
