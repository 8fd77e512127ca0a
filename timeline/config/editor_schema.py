"""The JSON Schema of a model's configs, for editors: completion, what a key is for, and errors while one types.

It is made from what there is already: types and bounds from `timeline.config.schema`, words from
`timeline.config.keys`, and whatever the model declares. So it cannot say what the program does not. It sees each value
by itself; `timeline validate` knows what has to fit together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from timeline.config.expectations import NAME, expectations, expected_piece, measure
from timeline.config.keys import EXPECTED, MEANING
from timeline.config.laws import KEYS
from timeline.config.prior_laws import GIVEN_BY, SHAPES
from timeline.config.schema import File
from timeline.config.sweep import RANGE, SCALES
from timeline.config.value_schemas import (
    ABOVE_NOTHING,
    DATE,
    DURATION,
    Piece,
    described_value,
    field_value,
    list_of,
    nested,
    one_of,
    sentence,
    table,
    told,
    value_of,
)
from timeline.model.declarations import Model, levers_in_use
from timeline.model.records import Array, Field, Lever, Parameter, Record, leaves
from timeline.model.values import Leaf
from timeline.study.uncertainty import LAWS

#: By this a file is known as one that may be written anew.
MADE_BY = "Made by `timeline schema` from what the program and the model declare; it is written anew, not edited."


def editor_schema(model: Model, bands: Iterable[str] = ()) -> Piece:
    """Return the JSON Schema (draft 7) of a model's configs.

    Parameters
    ----------
    model
        Whose parameters, levers, clocks, mechanisms, measures and fields a config may name.
    bands
        The names of the sets of bands that its workspace declares for it, for ``uncertainty.record``.
    """
    made = _Making(model, tuple(bands))
    root = made.walk("", File.model_json_schema(ref_template="{model}"), File.model_json_schema()["$defs"])
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$comment": MADE_BY,
        "title": f"A config of the model {model.name}",
        "description": model.title,
        **root,
        "definitions": dict(sorted(made.definitions.items())),
    }


def schema_text(model: Model, bands: Iterable[str] = ()) -> str:
    """Return the schema as the text of a file."""
    return json.dumps(editor_schema(model, bands), ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"


class _Making:
    """One schema while it is made: what the types say, with the model's words put in by path."""

    def __init__(self, model: Model, bands: tuple[str, ...]) -> None:
        self.model = model
        self.known = expectations(model)
        self.definitions: dict[str, Piece] = {}
        self.own: Mapping[str, Piece] = {
            "start": self._defined("start", _record(model.state, day={"anyOf": [DURATION, DATE]})),
            "laws": table({name: _law() for name in _takers(model)}),
            "parameters": self._defined("parameters", self._parameters()),
            "cadences": {"type": "object", "propertyNames": NAME, "additionalProperties": self._cadence()},
            "scenarios.*.parameters": {"$ref": "#/definitions/parameters"},
            "scenarios.*.start": {"$ref": "#/definitions/start"},
            "grid": nested({path: self._values(leaf) for path, leaf in model.assumptions.items()}),
            "factorial": self._factorial(),
            "sweep.keys": self._axes(),
            "aims.weights": {"type": "object", "propertyNames": measure(model), "additionalProperties": {
                "type": "number", "minimum": 0}},
            "uncertainty.laws": nested({path: self._prior(leaf) for path, leaf in model.assumptions.items()}),
            "case.until.state": nested(dict(_whole_fields(model.state))),
        }  # fmt: skip
        if bands:
            self.own = {**self.own, "uncertainty.record": {"type": "string", "enum": list(bands)}}

    def walk(self, path: str, given: Piece, shapes: Mapping[str, Piece]) -> Piece:
        """Return what the types say of a key and all below it, with its words and what the model says of it."""
        given = _plain(given, shapes)
        if path in self.own:
            found = dict(self.own[path])
        else:
            found = {key: value for key, value in given.items() if key in _KEPT}
            found |= expected_piece(EXPECTED.get(path, ""), self.known)
            if "anyOf" in found or "enum" in found:
                found = {key: value for key, value in found.items() if key != "type" or "enum" in found}
            if "properties" in given:
                before = f"{path}." if path else ""
                found["properties"] = {
                    key: self.walk(f"{before}{key}", inner, shapes) for key, inner in given["properties"].items()
                }
            if isinstance(given.get("additionalProperties"), dict):
                found["propertyNames"] = NAME
                found["additionalProperties"] = self.walk(f"{path}.*", given["additionalProperties"], shapes)
            if "items" in given and "items" not in found:
                found["items"] = self.walk(f"{path}[]", given["items"], shapes)
        default = given.get("default")
        if default not in (None, "", [], {}) and not isinstance(default, dict):
            found["default"] = default
        words = _words(path)
        return told(found, words) if words else found

    def _defined(self, name: str, piece: Piece) -> Piece:
        self.definitions[name] = piece
        return {"$ref": f"#/definitions/{name}"}

    def _shared(self, kind: str, leaf: Leaf, piece: Piece) -> Piece:
        """Return a reference to a piece that all quantities of one unit share."""
        word = leaf.kind.__name__ if issubclass(leaf.kind, (IntEnum, bool)) else f"{leaf.unit or 'number'}"
        least = getattr(leaf, "low", None)
        name = f"{kind} of {word}{'' if least is None else f' from {least:g}'}{' whole' if leaf.kind is int else ''}"
        return self._defined(name.replace(" ", "_").replace("/", "_per_"), piece)

    def _described(self, leaf: Leaf) -> Piece:
        return described_value(leaf, self._shared("value", leaf, value_of(leaf)))

    def _parameters(self) -> Piece:
        found = nested({path: self._described(leaf) for path, leaf in self.model.assumptions.items()})
        for mechanism in self.model.mechanisms:
            if mechanism.name in found["properties"] and mechanism.about:
                piece = found["properties"][mechanism.name]
                found["properties"][mechanism.name] = told(piece, " ".join(mechanism.about.split()))
        return found

    def _cadence(self) -> Piece:
        piece = self._levers()
        about: Piece = {"type": "string", "description": "A line on who argued for it."}
        return told({**piece, "properties": {"about": about, **piece["properties"]}}, MEANING["cadences.*"])

    def _levers(self) -> Piece:
        if self.model.levers is None:
            return table({})
        used = {path for path, _ in levers_in_use(self.model)}
        return self._lever_table(self.model.levers, "cadence.", used)

    def _lever_table(self, record: type[Record], before: str, used: set[str]) -> Piece:
        found: dict[str, Piece] = {}
        for name, part in record.fields.items():
            if isinstance(part, Lever) and f"{before}{name}" in used:
                found[name] = self._described(part)
            elif isinstance(part, Array):
                inside = self._lever_table(part.of, f"{before}{name}[].", used)
                found[name] = {**list_of(inside), "maxItems": part.length}
            elif isinstance(part, type):
                found[name] = self._lever_table(part, f"{before}{name}.", used)
        return table(found)

    def _values(self, leaf: Leaf) -> Piece:
        piece = self._shared("values", leaf, list_of(value_of(leaf), fewest=2))
        return told(piece, sentence(leaf.meaning))

    def _axis(self, leaf: Leaf) -> Piece:
        """Return what a key of a sweep may be given: a list, or a range."""
        listed = list_of(value_of(leaf), fewest=2)
        if leaf.kind not in (float, int):
            return self._shared("axis", leaf, listed)
        kinds: dict[str, Piece] = {
            "from": value_of(leaf), "to": value_of(leaf), "scale": one_of(SCALES), "steps": {"type": "integer"}
        }  # fmt: skip
        ranged = table({key: kinds[key] for key in RANGE}, required=("from", "to"))
        return self._shared("axis", leaf, {"anyOf": [ranged, listed]})

    def _prior(self, parameter: Parameter) -> Piece:
        """Return by what a law of an assumption may be given."""
        if parameter.kind not in (float, int):
            point = table({"law": one_of(["point"]), "value": value_of(parameter)}, required=("value",))
            return self._shared("law", parameter, point)
        # A quantile of a whole number need not be one.
        value = value_of(Lever(0.0, unit=parameter.unit))
        numbers = dict.fromkeys(key for keys in GIVEN_BY.values() for key in keys)
        properties = {key: ABOVE_NOTHING if key in SHAPES else value for key in numbers}
        piece = table({"law": one_of(LAWS), **properties}, patternProperties={r"^p\d\d$": value})
        return self._shared("law", parameter, piece)

    def _factorial(self) -> Piece:
        levers = {path.removeprefix("cadence."): lever for path, lever in levers_in_use(self.model)}
        plain = nested({path: self._values(lever) for path, lever in levers.items() if "[]" not in path})
        numbered = {_numbered(path): self._values(lever) for path, lever in levers.items() if "[]" in path}
        base = told(self._levers(), "Levers that all of them share.")
        plain["properties"] = {"base": base, **plain["properties"]}
        return plain | ({"patternProperties": numbered} if numbered else {})

    def _axes(self) -> Piece:
        """Return the keys of a sweep: paths in quotes, as pages write them, or without."""
        model = self.model
        axes = {path: self._axis(leaf) for path, leaf in model.assumptions.items()}
        levers = {path.removeprefix("cadence."): self._axis(lever) for path, lever in levers_in_use(model)}
        of_levers = nested({path: axis for path, axis in levers.items() if "[]" not in path})
        found = nested({path: told(axis, sentence(model.assumptions[path].meaning)) for path, axis in axes.items()})
        listed = "|".join(re.escape(path) for path in axes)
        quoted = {rf"^cadences\.[A-Za-z0-9_-]+\.{_numbered(path)[1:]}": axis for path, axis in levers.items()}
        quoted |= {rf"^parameters\.(?:{listed})$": {"type": ["object", "array"]}}
        properties = {
            **found["properties"],
            **axes,
            "parameters": self._defined("axes", nested(axes)),
            "cadences": {"type": "object", "propertyNames": NAME, "additionalProperties": of_levers},
        }
        return table(properties, patternProperties=quoted, minProperties=1)


#: What is kept of pydantic's schema of a key.
_KEPT = (
    "type", "anyOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "minItems", "required",
    "additionalProperties",
)  # fmt: skip


def _plain(given: Piece, shapes: Mapping[str, Piece]) -> Piece:
    """Return a piece of pydantic's schema without references, and without null: TOML has none."""
    if "$ref" in given:
        return _plain({**shapes[given["$ref"].rpartition("/")[2]], "default": given.get("default")}, shapes)
    options = [option for option in given.get("anyOf", ()) if option.get("type") != "null"]
    if len(options) == 1:
        inner = _plain(options[0], shapes)
        return {**inner, "default": given.get("default")}
    found = {**given, "anyOf": options} if options else dict(given)
    if found.get("exclusiveMaximum", 0) == 2**63:
        # Beyond the largest whole number of TOML, and of most editors.
        found["maximum"] = int(found.pop("exclusiveMaximum")) - 1
    return found


def _words(path: str) -> str:
    """Return what a key is for, and what is expected of it unless that is a table."""
    meaning, expected = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", MEANING.get(path, "")), EXPECTED.get(path, "")
    plain = not expected or expected.startswith(("a table [", "tables ["))
    return "\n\n".join([meaning] * bool(meaning) + ([] if plain else [f"Expected: {expected}."]))


def _record(record: type[Record], **own: Piece) -> Piece:
    """Return the fields of a record of the state; of an array each field is a list."""
    found: dict[str, Piece] = {}
    for name, part in record.fields.items():
        if isinstance(part, Field):
            found[name] = field_value(part)
        elif isinstance(part, Array):
            columns = [(key, field) for key, field in part.of.fields.items() if isinstance(field, Field)]
            lists = {key: {**list_of(field_value(field), 1), "maxItems": part.length} for key, field in columns}
            found[name] = table({key: told(piece, piece["items"]["description"]) for key, piece in lists.items()})
        else:
            found[name] = _record(part)
    return table(found | {key: told(piece, "How long the crisis has run.") for key, piece in own.items()})


def _whole_fields(state: type[Record]) -> Iterator[tuple[str, Piece]]:
    for path, field in leaves(state):
        if "[]" not in path and field.kind is not float:
            yield path, field_value(field)


def _takers(model: Model) -> list[str]:
    """Return the clocks that take a law, and their members."""
    members = [member for member in model.members if member.clock.takes_law]
    return list(dict.fromkeys(name for member in members for name in (member.clock.name, member.name)))


def _law() -> Piece:
    """Return a fitted law: any key of any law, each as its kind says."""
    kinds: dict[str, Any] = {
        "rate": value_of(Lever(0.0, unit="per day"))["anyOf"][1],
        "duration": DURATION,
        "number": ABOVE_NOTHING,
        "share": {**ABOVE_NOTHING, "exclusiveMaximum": 1},
        "list": list_of({"type": "number", "minimum": 0}, fewest=1),
    }
    keys = {key: kinds[kind] for given in KEYS.values() for key, kind in given.items()}
    piece = table({"law": one_of(KEYS), **keys, "fitted": {"type": "object"}}, required=("law",))
    return told(piece, MEANING["laws.*"])


def _numbered(path: str) -> str:
    """Return a regular expression of a lever's path, each list's place by its number.

    Examples
    --------
    >>> _numbered("rules[].every")
    '^rules\\\\[\\\\d+\\\\]\\\\.every$'
    """
    return "^" + path.replace(".", r"\.").replace("[]", r"\[\d+\]") + "$"
