"""Controls: what can be moved on the page, described as plain data from what the model declares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from typing import Any

from timeline.derived.influence import used_by
from timeline.model.paths import own_name
from timeline.model.records import Array, Lever, Parameter, Record, members_of
from timeline.model.values import Leaf, Number, in_unit, spoken, unit_of
from timeline.study.experiment import Cadence, Experiment, described
from timeline.study.priors import usual_law
from timeline.words import YEAR, readable

#: As far as a slider of a duration goes, in days; more may be typed.
_LONGEST = 2 * YEAR
#: As far as a slider of a ratio goes that nothing bounds.
_HIGHEST = 3.0


def levers(record: type[Record]) -> list[dict[str, Any]]:
    """Describe a record of levers: numbers, flags and choices; lists of them, and groups."""
    found: list[dict[str, Any]] = []
    for name, part in record.fields.items():
        said = {"name": name, "label": _label(name)}
        if isinstance(part, Lever):
            found.append({**said, **_lever(part)})
        elif isinstance(part, Array):
            about = (part.of.__doc__ or "").strip().split("\n")[0]
            one = readable(part.of.__name__).lower()
            found.append(
                {**said, "kind": "list", "about": about, "one": one, "most": part.length, "fields": levers(part.of)}
            )
        elif isinstance(part, type):
            found.append({**said, "kind": "group", "fields": levers(part)})
    return found


def _lever(lever: Lever) -> dict[str, Any]:
    unit = "" if _unitless(lever) else lever.unit
    said = {**_kind(lever), "meaning": lever.meaning, "unit": unit, "default": in_unit(lever, lever.in_days)}
    if said["kind"] not in ("number", "whole"):
        return said
    bounds = unit_of(lever)
    low = lever.low if lever.low is not None else bounds.low / bounds.factor
    high = bounds.high / bounds.factor
    if not math.isfinite(high):
        high = _LONGEST / bounds.factor if "time" in dict(bounds.dimension) else _HIGHEST
    return {**said, "low": low if math.isfinite(low) else 0.0, "high": high}


def _kind(leaf: Leaf) -> dict[str, Any]:
    if leaf.kind is bool:
        return {"kind": "flag"}
    if issubclass(leaf.kind, IntEnum):
        return {"kind": "choice", "choices": [spoken(member) for member in members_of(leaf)]}
    return {"kind": "whole" if leaf.kind is int else "number"}


def _unitless(leaf: Leaf) -> bool:
    return leaf.kind is bool or issubclass(leaf.kind, IntEnum)


def written_levers(record: type[Record], values: Mapping[str, Number], path: str = "cadence") -> dict[str, Any]:
    """Return levers as a config writes them in declared units; those at their defaults are left out."""
    found: dict[str, Any] = {}
    for name, part in record.fields.items():
        place = f"{path}.{name}"
        if isinstance(part, Lever):
            if values.get(place, part.in_days) != part.in_days:
                found[name] = in_unit(part, values[place])
        elif isinstance(part, Array):
            tables = [written_levers(part.of, values, f"{place}[{number}]") for number in range(part.length)]
            while tables and not tables[-1]:
                tables.pop()
            if tables:
                found[name] = tables
        elif isinstance(part, type) and (inside := written_levers(part, values, place)):
            found[name] = inside
    return found


def readymade(experiment: Experiment) -> list[dict[str, Any]]:
    """Return the config's cadences, with what each sets."""
    record = experiment.model.levers
    assert record is not None
    return [
        {"name": cadence.name, "about": cadence.about, "levers": written_levers(record, cadence.values)}
        for cadence in experiment.cadences.values()
    ]


def begun_with(experiment: Experiment, best: str = "") -> Cadence:
    """Return the cadence that a page begins with.

    That is ``yours`` if the config has one, as one has that was written by a page; else the one that does best, if that
    is known; else the first but the baseline.
    """
    others = [cadence for cadence in experiment.cadences.values() if cadence.name != experiment.baseline]
    found = [cadence for cadence in others if cadence.name.startswith("yours")]
    found += [cadence for cadence in others if cadence.name == best]
    return next(iter([*found, *others]), experiment.cadences[experiment.baseline])


def assumptions(experiment: Experiment, first: Iterable[str]) -> list[dict[str, Any]]:
    """Describe the assumptions that something reads; those named come first, in their order."""
    known = experiment.model.assumptions
    users = used_by(experiment.model)
    leading = [path for path in first if path in known]
    rest = [path for path in known if path not in leading and users[path]]
    return [_assumption(experiment, path, known[path]) for path in (*leading, *rest)]


def _assumption(experiment: Experiment, path: str, parameter: Parameter) -> dict[str, Any]:
    told, sides = described(path, parameter), experiment.sides
    label = _label(readable(path, (sides["a"], sides["b"])) if told["mechanism"] == "sides" else own_name(path))
    said = {
        **_kind(parameter),
        **{name: told[name] for name in ("path", "mechanism", "low", "high", "evidence", "source", "meaning")},
        "title": _label(told["meaning"]) + (f" ({label.partition('(')[2]}" if "(" in label else ""),
        "unit": "" if _unitless(parameter) else parameter.unit,
        "value": in_unit(parameter, experiment.world[path]),
        "scenarios": {
            scenario.name: in_unit(parameter, scenario.values[path])
            for scenario in experiment.scenarios.values()
            if path in scenario.values
        },
    }
    if said["kind"] in ("number", "whole"):
        bounds = unit_of(parameter)
        said["least"], said["most"] = _finite(bounds.low / bounds.factor), _finite(bounds.high / bounds.factor)
        assert parameter.plausible is not None
        said["even"] = usual_law(parameter, *map(float, parameter.plausible)) == "uniform"
    return said


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _label(name: str) -> str:
    words = readable(name)
    return words[:1].upper() + words[1:]


def scenarios(experiment: Experiment) -> Iterator[dict[str, str]]:
    """Yield the config's worlds."""
    for scenario in experiment.scenarios.values():
        yield {"name": scenario.name, "about": scenario.about}
