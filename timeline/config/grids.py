"""Grids: scenarios or cadences that a config gives as lists of values, every combination one of them.

``[grid]`` makes scenarios from assumptions about the world, ``[factorial]`` cadences from levers. What comes out
is read on as if the file had written each of them by hand.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from timeline.model.paths import own_name
from timeline.model.values import shown
from timeline.study.questions import Grid

if TYPE_CHECKING:
    from timeline.config.document import Document

#: More arms than this are taken for a slip of the pen.
MOST = 400
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")


def expand(document: Document) -> tuple[Grid | None, Grid | None]:
    """Write the scenarios of ``[grid]`` and the cadences of ``[factorial]`` into a config's tables.

    Parameters
    ----------
    document
        The config; its tables are added to, its problems too.

    Returns
    -------
    tuple
        The grid of scenarios and that of cadences, None where the config has none.
    """
    scenarios = _expand(document, "grid", "scenarios")
    cadences = _expand(document, "factorial", "cadences")
    return scenarios, cadences


def names_of_combinations(table: Mapping[str, Any]) -> list[str]:
    """Return the names of the scenarios of ``[grid]``, or of the cadences of ``[factorial]``, without making them.

    Examples
    --------
    >>> names_of_combinations({"leaks.fatal": [True, False], "base": {"starts": "accord"}, "keep": [0, 0.1]})
    ['true-keep-0', 'true-keep-0-1', 'false-keep-0', 'false-keep-0-1']
    """
    axes = dict(_flat({k: v for k, v in table.items() if k != "base"}))
    if not all(isinstance(values, list) for values in axes.values()):
        return []
    return [_combined(axes, chosen) for chosen in islice(product(*axes.values()), MOST)]


def _combined(paths: Iterable[str], chosen: Iterable[object]) -> str:
    return "-".join(_name(_short(path), value) for path, value in zip(paths, chosen, strict=True))


def _expand(document: Document, key: str, into: str) -> Grid | None:
    table = document.table(key)
    base = table.get("base", {}) if key == "factorial" else {}
    if not isinstance(base, dict):
        document.refuse(f"{key}.base", f"given {_list(base)}, expected a table of levers that all of them share")
        return None
    axes: dict[str, list[Any]] = {}
    for path, values in _flat({k: v for k, v in table.items() if not (key == "factorial" and k == "base")}):
        place = _place(key, path, table)
        if not isinstance(values, list) or len(values) < 2 or any(isinstance(v, (list, dict)) for v in values):
            document.refuse(place, f"given {_list(values)}, expected a list of at least two values")
        elif len({repr(v) for v in values}) < len(values):
            document.refuse(place, f"given {_list(values)}, expected different values")
        else:
            axes[path] = values
    if not axes:
        return None
    count = 1
    for values in axes.values():
        count *= len(values)
    if count > MOST:
        document.refuse(key, f"given {count} combinations, expected at most {MOST}; give fewer values")
        return None
    made = document.raw.setdefault(into, {})
    if not isinstance(made, dict):
        return None  # reported with the schema
    short = [_short(path) for path in axes]
    names = []
    for places in product(*(range(len(values)) for values in axes.values())):
        chosen = {path: values[place] for (path, values), place in zip(axes.items(), places, strict=True)}
        name = _combined(chosen, chosen.values())
        about = ", ".join(f"{word} {_text(value)}" for word, value in zip(short, chosen.values(), strict=True))
        own = made.pop(name) if key == "grid" and _injects_only(made.get(name)) else None
        if name in made:
            document.refuse(f"{into}.{name}", f"given beside a {key} that makes the same name, expected another name")
            continue
        entry: dict[str, Any] = {"about": f"{about}."}
        inner = copy.deepcopy(base)
        where = f"{into}.{name}.parameters" if into == "scenarios" else f"{into}.{name}"
        for lever in base:
            document.origins[f"{where}.{lever}"] = (f"{key}.base.{lever}", "")
        for (path, value), number in zip(chosen.items(), places, strict=True):
            _put(inner, path, value)
            document.origins[f"{where}.{path}"] = (_place(key, path, table), f"[{number}]")
        made[name] = entry | ({"parameters": inner} if into == "scenarios" else inner) | (own or {})
        names.append(name)
    texts = tuple(tuple(_text(value) for value in values) for values in axes.values())
    return Grid(tuple(axes), texts, tuple(names)) if len(names) == count else None


def _injects_only(table: object) -> bool:
    """Return whether a table adds events to a scenario and says nothing else of it: so a grid's may be added to."""
    return isinstance(table, dict) and table.keys() == {"inject"}


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted path, value): TOML reads ``leaks.discovery`` as a table in a table."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def _place(key: str, path: str, table: Mapping[str, Any]) -> str:
    """Return where a list of values stands, in quotes if the file has written the dotted path in quotes."""
    return f'{key}."{path}"' if "." in path and path in table else f"{key}.{path}"


def _list(values: object) -> str:
    return f"[{', '.join(map(shown, values))}]" if isinstance(values, list) else shown(values)


def _short(path: str) -> str:
    """Return a path's last word, fit for a name.

    Examples
    --------
    >>> _short("leaks.per_insider"), _short("rules[0].every")
    ('per-insider', 'every')
    """
    return re.sub(r"[^A-Za-z]+", "-", own_name(path)).strip("-") or "value"


def _name(word: str, value: object) -> str:
    """Return a value as part of a name: a number says of what it is one.

    Examples
    --------
    >>> _name("content", "carried out"), _name("every", "3 months"), _name("charge", 0.1)
    ('carried-out', 'every-3-months', 'charge-0-1')
    """
    slug = re.sub(r"[^A-Za-z0-9]+", "-", _text(value)).strip("-")
    return slug if slug[:1].isalpha() else f"{word}-{slug}"


def _text(value: object) -> str:
    """Write a value as a reader of the figure wants it."""
    return f"{value:g}" if isinstance(value, float) else str(value).lower() if isinstance(value, bool) else str(value)


def _put(table: dict[str, Any], path: str, value: object) -> None:
    """Set a value in nested tables and lists, made where they are missing."""
    steps: list[str | int] = [int(i) if i else word for word, i in _STEP.findall(path)]
    at: Any = table
    for here, following in zip(steps, [*steps[1:], None], strict=True):
        if isinstance(here, int):
            while len(at) <= here:
                at.append({})
            inside = at[here]
        else:
            if following is not None:
                at.setdefault(here, [] if isinstance(following, int) else {})
            inside = at.get(here)
        if following is None:
            at[here] = value
        at = inside
