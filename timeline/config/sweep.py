"""The table ``[sweep]`` of a config, and the options that stand for it: what may vary, from where to where."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from itertools import product
from typing import TYPE_CHECKING, Any

from timeline.config.document import Document, read_text
from timeline.config.measures import find_measure
from timeline.errors import nearest
from timeline.model.declarations import Model
from timeline.model.records import Array, Lever, Parameter, Record
from timeline.model.values import Number, in_unit, outside_plausible, read_value, shown, spelled, spoken
from timeline.study.sweep import Key, Sweep, Written, impossible_at
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks

if TYPE_CHECKING:
    from timeline.study.experiment import Cadence, Scenario

MOST_KEYS = 3
MOST_POINTS = 20_000
#: With fewer, a Sobol sequence has no surface to speak of.
FEWEST_POINTS = 8
#: How many times the replications of a point are played afresh at the points that look best.
FRESH = 5
RANGE = ("from", "to", "scale", "steps")
SCALES = ("linear", "log")


def set_options(document: Document, options: Mapping[str, Any]) -> None:
    """Put what the command line says in place of what ``[sweep]`` does.

    Parameters
    ----------
    document
        The config.
    options
        Values by the name of their key under ``[sweep]``; ``keys`` as a table of ranges and lists.
    """
    table = document.raw.setdefault("sweep", {})
    if not isinstance(table, dict):
        return  # reported with the schema
    for name, value in options.items():
        table[name] = value
        document.options[f"sweep.{name}"] = "--key" if name == "keys" else f"--{name}"
    if "points" in options and "design" not in options:
        table["design"] = "sobol"
    elif "points" not in options and all(isinstance(value, list) for value in options.get("keys", {"": 0}).values()):
        # Lists make a grid; the points of the config's own sequence would contradict them.
        table.pop("points", None)
        table.pop("design", None)


def read_key(text: str) -> tuple[str, Any]:
    """Read what ``--key`` was given.

    Parameters
    ----------
    text
        ``"KEY=FROM..TO"``, ``"KEY=FROM..TO log"`` or ``"KEY=VALUE, VALUE, ..."``.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> read_key("cadences.quarterly.rules[0].every=2 weeks..2 years log")
    ('cadences.quarterly.rules[0].every', {'from': '2 weeks', 'to': '2 years', 'scale': 'log'})
    >>> read_key("cadences.quarterly.keep=0, 0.2, 0.4")
    ('cadences.quarterly.keep', [0, 0.2, 0.4])
    """
    name, equals, value = (part.strip() for part in text.partition("="))
    low, dots, high = (part.strip() for part in value.partition(".."))
    if not equals or not name or not value or (dots and not (low and high)):
        raise ValueError(f'given {shown(text)}, expected KEY=FROM..TO, KEY="FROM..TO log" or KEY="VALUE, VALUE, ..."')
    if not dots:
        return name, [read_text(part.strip()) for part in value.split(",")]
    words = high.split()
    scale = words.pop() if words[-1] in SCALES else ""
    found = {"from": read_text(low), "to": read_text(" ".join(words))}
    return name, found | ({"scale": scale} if scale else {})


def read_sweep(
    document: Document,
    model: Model,
    baseline: str,
    cadences: Mapping[str, Cadence],
    scenarios: Mapping[str, Scenario],
    world: Mapping[str, Number],
    window: Window,
    without: Sequence[str],
) -> Sweep | None:
    """Read ``[sweep]``.

    Parameters
    ----------
    document
        Takes the problems and warnings.
    model
        The model.
    baseline, cadences, scenarios, world
        As the config has them.
    window
        As the config's analysis will have it.
    without
        Mechanisms that are switched off everywhere.

    Returns
    -------
    Sweep or None
        None if there is no such table, or there is a problem.
    """
    table = document.raw.get("sweep")
    if not isinstance(table, dict):
        return None
    before = len(document.problems)
    measure = _measure(document, model, table, window)
    named = document.table("sweep").get("keys", {})
    ranges = dict(_ranges(named)) if isinstance(named, dict) else {}
    if not 1 <= len(ranges) <= MOST_KEYS:
        said = f"given {len(ranges)} keys" if ranges else "none given"
        document.refuse("sweep.keys", f"{said}, expected one, two or three")
        return None
    known = _known_keys(model, cadences)
    grid = _is_grid(document, table)
    keys = []
    for name, given in ranges.items():
        place = f"sweep.keys.{name}"
        found = known.get(name) or known.get(f"parameters.{name}")
        if found is None:
            document.refuse(place, _unknown(name, given, known, cadences, model))
            continue
        if found.name.startswith("cadences.") and (why := document.cannot_set(found.name)):
            document.refuse(place, why)
            continue
        if isinstance(found.leaf, Lever) and found.leaf.needs in without:
            document.warn(place, f'given, but does nothing where "{found.leaf.needs}" is switched off (without)')
        read = _read_axis(document, place, found, given, grid)
        if read is not None:
            keys.append(read)
    if len(keys) < len(ranges):
        return None
    cadence = _cadence(document, table, keys, list(cadences), baseline)
    scenario = table.get("scenario", next(iter(scenarios)))
    if isinstance(scenario, str) and scenario not in scenarios:
        document.refuse(
            "sweep.scenario",
            f"given {shown(scenario)}, expected one of {', '.join(scenarios)}{nearest(scenario, scenarios)}",
        )
    if len(document.problems) > before:
        return None
    points = _count(document, table, keys, grid)
    replications = table.get("replications", 2_000)
    found_sweep = Sweep(
        measure=measure,
        replications=replications,
        fresh=table.get("fresh", FRESH * replications),
        design="grid" if grid else "sobol",
        points=points,
        scenario=scenario,
        cadence=cadence,
        keys=tuple(keys),
    )
    if len(document.problems) > before:
        return None
    inside = {**world, **scenarios[scenario].values}
    for corner in product(*((k.values[0], k.values[-1]) if grid else (k.at(0.0), k.at(1.0)) for k in keys)):
        for said in impossible_at(found_sweep, model, inside, cadences[cadence].values, corner):
            document.refuse("sweep.keys", said)
            return None
    return found_sweep


def _measure(document: Document, model: Model, table: Mapping[str, Any], window: Window) -> str:
    """Return the key of a measure that one number a replication can be compared by."""
    given = table.get("measure")
    if model.endpoints is None:
        document.refuse("sweep", f'given, but model "{model.name}" declares no endpoints, so nothing can be measured')
        return ""
    if not isinstance(given, str):
        return ""  # reported with the schema
    measures = {m.key: m for m in declare_yardsticks(model.endpoints, window)}
    try:
        found = find_measure(given, measures, window)
    except ValueError as problem:
        document.refuse("sweep.measure", str(problem))
        return ""
    wrong = ""
    if found.undefined:
        wrong = f"but {found.undefined}"
    elif found.better == "neither":
        wrong = "of which neither more nor less is better, expected a measure that has a best"
    elif found.of_both:
        wrong = "whose population is another for each pair of points, expected one over all, or among those that sign"
    if wrong:
        document.refuse("sweep.measure", f"given {shown(given)}, {wrong}")
    return found.key


def _ranges(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (key, what it is given): without quotes, TOML reads a dotted key as a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict) and value and not set(value) & {"from", "to"}:
            yield from _ranges(value, f"{before}{name}.")
        else:
            yield before + name, value


def _known_keys(model: Model, cadences: Mapping[str, Cadence]) -> dict[str, Key]:
    """Return everything that can vary, by the name that the config calls it."""
    found = {f"parameters.{path}": Key(f"parameters.{path}", path, leaf) for path, leaf in model.assumptions.items()}
    if model.levers is not None:
        for path, leaf in _levers(model.levers, ""):
            for cadence in cadences:
                name = f"cadences.{cadence}.{path}"
                found[name] = Key(name, f"cadence.{path}", leaf)
    return found


def _levers(record: type[Record], before: str) -> Iterator[tuple[str, Lever]]:
    for name, part in record.fields.items():
        if isinstance(part, Lever):
            yield before + name, part
        elif isinstance(part, Array):
            for number in range(part.length):
                yield from _levers(part.of, f"{before}{name}[{number}].")
        elif isinstance(part, type):
            yield from _levers(part, f"{before}{name}.")


def _unknown(name: str, given: object, known: Mapping[str, Key], cadences: Mapping[str, Cadence], model: Model) -> str:
    if unused := model.unused(name.removeprefix("parameters.")):
        return f"given {_said(given)}, but {unused}"
    if name.startswith("cadences."):
        cadence = name.split(".")[1]
        if cadence not in cadences:
            return f"given {_said(given)}, but there is no cadence {shown(cadence)}{nearest(cadence, cadences)}"
    kinds = 'a lever such as "cadences.NAME.keep" or a parameter such as "parameters.leaks.discovery"'
    return f"given {_said(given)}, expected {kinds}{nearest(name, known)}"


def _said(given: object) -> str:
    """Write a list or a range as a config does."""
    if isinstance(given, list):
        return f"[{', '.join(map(shown, given))}]"
    if isinstance(given, dict) and {"from", "to"} <= set(given):
        return f"from {shown(given['from'])} to {shown(given['to'])}"
    return shown(given)


def _is_grid(document: Document, table: Mapping[str, Any]) -> bool:
    design = table.get("design", "sobol" if "points" in table else "grid")
    if isinstance(design, str) and design not in ("sobol", "grid"):
        document.refuse(
            "sweep.design", f'given {shown(design)}, expected "sobol" or "grid"{nearest(design, ("sobol", "grid"))}'
        )
    if design == "sobol" and "points" not in table:
        document.refuse("sweep.points", 'not given, expected a number such as 256 with design = "sobol"')
    if design == "grid" and "points" in table:
        document.refuse(
            "sweep.points",
            f"given {shown(table['points'])} with a grid, whose lists say how many points there are; leave it out, or "
            'give design = "sobol"',
        )
    return bool(design == "grid" and "points" not in table)


def _read_axis(document: Document, place: str, key: Key, given: object, grid: bool) -> Key | None:
    """Return a key with its values or its range; None if there is a problem."""
    before = len(document.problems)
    if isinstance(given, list):
        read = _read_list(document, place, key, given)
        if not grid:
            document.refuse(
                place, 'given a list, expected { from = ..., to = ... } with design = "sobol"; or leave "points" out'
            )
    elif isinstance(given, dict):
        read = _read_range(document, place, key, given, grid)
    else:
        read = key
        document.refuse(place, f"given {shown(given)}, expected a list of values, or {{ from = ..., to = ... }}")
    if len(document.problems) > before:
        return None
    ends = read.values if grid else (read.low, read.high)
    for value in ends:
        leaf = read.leaf
        if isinstance(leaf, Parameter) and (plausible := outside_plausible(leaf, read.seen(value))):
            document.warn(place, f"goes to {read.said(value)}, outside its plausible range {plausible}")
    return read


def _read_list(document: Document, place: str, key: Key, given: list[Any]) -> Key:
    found: dict[Written, str] = {}
    for number, value in enumerate(given):
        try:
            written = in_unit(key.leaf, read_value(key.leaf, value))
        except ValueError as problem:
            document.refuse(f"{place}[{number}]", str(problem))
            continue
        if written in found:
            document.refuse(f"{place}[{number}]", f"given {shown(value)} twice, expected different values")
        found[written] = value if isinstance(value, str) else spelled(key.leaf, read_value(key.leaf, value))
    if len(given) < 2:
        document.refuse(place, f"given {len(given)} values, expected at least two")
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in found)
    order = sorted(found, key=float) if numbers else list(found)
    return replace(key, values=tuple(order), labels=tuple(found[value] for value in order))


def _read_range(document: Document, place: str, key: Key, given: dict[str, Any], grid: bool) -> Key:
    for name in given:
        if name not in RANGE:
            document.refuse(
                f"{place}.{name}",
                f"given {shown(given[name])}, but there is no such key; expected one of {', '.join(RANGE)}"
                f"{nearest(name, RANGE)}",
            )
    if key.leaf.kind is bool or issubclass(key.leaf.kind, IntEnum):
        names = ["false", "true"] if key.leaf.kind is bool else [f'"{spoken(m)}"' for m in key.leaf.kind]
        document.refuse(place, f'given a range, expected a list out of {", ".join(names)}, with design = "grid"')
        return key
    ends: list[float] = []
    for name in ("from", "to"):
        if name not in given:
            document.refuse(f"{place}.{name}", "not given, expected the range's lower and upper end")
            continue
        try:
            ends.append(float(in_unit(key.leaf, read_value(key.leaf, given[name]))))
        except ValueError as problem:
            document.refuse(f"{place}.{name}", str(problem))
    scale, steps = given.get("scale", "linear"), given.get("steps")
    if scale not in SCALES:
        document.refuse(
            f"{place}.scale", f'given {shown(scale)}, expected "linear" or "log"{nearest(str(scale), SCALES)}'
        )
    if len(ends) < 2:
        return key
    low, high = ends
    both = _said(given)
    if not low < high:
        document.refuse(place, f"given {both}, expected a lower end below the upper one")
        return key
    if scale == "log" and low <= 0:
        document.refuse(place, f'given {both} with scale = "log", expected a lower end above 0')
        return key
    found = replace(key, low=low, high=high, log=scale == "log")
    if not grid:
        if steps is not None:
            document.refuse(
                f"{place}.steps", f'given {shown(steps)} with design = "sobol", expected it with a grid only'
            )
        return found
    if not isinstance(steps, int) or isinstance(steps, bool) or not 2 <= steps <= MOST_POINTS:
        said = "not given" if steps is None else f"given {shown(steps)}"
        document.refuse(
            f"{place}.steps",
            f'{said}, expected on a grid how many values the range is cut into, 2 or more; or a list; or "points"',
        )
        return found
    values = tuple(dict.fromkeys(found.at(number / (steps - 1)) for number in range(steps)))
    return replace(found, values=values, labels=tuple(spelled(key.leaf, found.seen(value)) for value in values))


def _cadence(
    document: Document, table: Mapping[str, Any], keys: Sequence[Key], cadences: Sequence[str], baseline: str
) -> str:
    """Return the cadence whose levers vary, or that is played where only the world varies."""
    varied = list(dict.fromkeys(key.name.split(".")[1] for key in keys if not key.of_world))
    given = table.get("cadence")
    if len(varied) > 1:
        document.refuse("sweep.keys", f"given levers of {' and '.join(varied)}, expected those of one cadence")
    if given is None:
        others = [name for name in cadences if name != baseline]
        if not varied and len(others) > 1:
            document.refuse(
                "sweep.cadence",
                f"not given, expected one of {', '.join(cadences)}: only the world varies, so it must be said which "
                f"cadence is compared with {baseline}",
            )
        return (varied or others or [baseline])[0]
    if isinstance(given, str) and given not in cadences:
        listed = f"one of {', '.join(cadences)}{nearest(given, cadences)}"
        document.refuse("sweep.cadence", f"given {shown(given)}, expected {listed}")
    elif varied and given not in varied:
        document.refuse("sweep.cadence", f"given {shown(given)}, but the levers that vary are those of {varied[0]}")
    return str(given)


def _count(document: Document, table: Mapping[str, Any], keys: Sequence[Key], grid: bool) -> int:
    if grid:
        sizes = [len(key.values) for key in keys]
        points = math.prod(sizes)
        if points > MOST_POINTS:
            document.refuse(
                "sweep.keys",
                f"given {' x '.join(map(str, sizes))} = {points:,} points, expected at most {MOST_POINTS:,}; "
                'give fewer values, or ranges with design = "sobol" and points = 4096',
            )
        return points
    points = table["points"]
    if not FEWEST_POINTS <= points <= MOST_POINTS:
        document.refuse("sweep.points", f"given {points:,}, expected {FEWEST_POINTS} to {MOST_POINTS:,}")
    elif points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        document.warn(
            "sweep.points",
            f"given {points:,}, no power of 2: the points lie less evenly than {below:,} or {2 * below:,} would",
        )
    return int(points)
