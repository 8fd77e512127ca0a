"""A wish written as a config: what the page shows, for ``timeline run`` to play and for others to open."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from timeline.config.document import as_toml
from timeline.config.tables import milestones
from timeline.engines.world import Injection
from timeline.live.exploring.room import Granted, Room
from timeline.model.values import in_unit

_BARE = re.compile(r"[A-Za-z0-9_-]+")
#: Tables of the config that stay as they are; what else it has speaks of other cadences or other questions.
_OF_SEVERAL = ("landmark", "landmark_after", "structures")
_KEPT = ("sides", "analysis", "uncertainty", "laws", "start")


def config_text(room: Room, asked: Granted, replications: int) -> str:
    """Return a config with the page's cadences and assumptions; run, it gives the page's numbers.

    Parameters
    ----------
    room, asked
        What was opened, and what the page shows.
    replications
        How many timelines an arm.
    """
    experiment, raw = asked.experiment, room.raw()
    source = f" from {experiment.path.name}" if experiment.written else ""
    lines = [f"# Made with timeline explore{source}.", ""]
    top = {
        "title": experiment.title,
        "question": experiment.question,
        "model": experiment.model_name,
        "horizon": raw.get("horizon", f"{experiment.horizon!r} days"),
        "replications": replications,
        "seed": experiment.seed,
        "baseline": experiment.baseline,
        **({"starts": experiment.starts} if experiment.starts is not None else {}),
        **({"without": list(experiment.without)} if experiment.without else {}),
        **_injections(room, experiment.injections),
    }
    lines += [f"{key} = {_value(value)}" for key, value in top.items() if value != ""]
    for name in _KEPT:
        if isinstance(raw.get(name), Mapping):
            # A landmark speaks of a drill in another scenario, other structures of several.
            lines += _table(name, {key: value for key, value in raw[name].items() if key not in _OF_SEVERAL})
    lines += _table("parameters", {**_parameters(room), **_moved(asked)})
    lines += _scenario(room, asked, raw)
    for name, cadence in experiment.cadences.items():
        about = {"about": cadence.about} if cadence.about else {}
        lines += _table(f"cadences.{name}", {**about, **cadence.given})
    return "\n".join(lines) + "\n"


def _parameters(room: Room) -> dict[str, Any]:
    """Return what the config assumes itself: all that differs from the model, in declared units."""
    experiment = room.experiment
    return {
        path: in_unit(parameter, experiment.world[path])
        for path, parameter in experiment.model.assumptions.items()
        if experiment.world[path] != parameter.in_days
    }


def _moved(asked: Granted) -> dict[str, Any]:
    """Return what the page assumes otherwise: known now, whichever world it is."""
    scenario = next(iter(asked.experiment.scenarios.values()))
    model = asked.experiment.model
    return {path: in_unit(model.assumptions[path], value) for path, value in scenario.values.items()}


def _injections(room: Room, events: Sequence[Injection]) -> dict[str, Any]:
    """Return events from outside as a config writes them; nothing if there are none."""
    words = {column: word for word, column in milestones(room.experiment.model).items()}
    written = []
    for event in events:
        day = f"{event.days!r} days" + ("" if event.since is None else f" after {words[event.since]}")
        luck: dict[str, Any] = {"luck": list(event.luck)} if event.luck else {}
        written.append({"clock": event.clock, "day": day, **luck})
    return {"inject": written} if written else {}


def _scenario(room: Room, asked: Granted, raw: Mapping[str, Any]) -> list[str]:
    """Return the scenario's table, without what has become a parameter."""
    (scenario,) = asked.experiment.scenarios.values()
    table = raw.get("scenarios", {}).get(scenario.name, {})
    rest: dict[str, Any] = {"about": scenario.about} if scenario.about else {}
    rest |= {"without": list(scenario.without)} if scenario.without else {}
    rest |= _injections(room, scenario.injections)
    rest |= {"start": table["start"]} if "start" in table else {}
    return _table(f"scenarios.{scenario.name}", rest) if rest else []


def _table(name: str, values: Mapping[str, Any]) -> list[str]:
    return ["", f"[{name}]", *(f"{_key(key)} = {_value(value)}" for key, value in values.items())]


def _key(key: str) -> str:
    """Write a key; a path of an assumption is written as one, its dots are those of the file."""
    return ".".join(part if _BARE.fullmatch(part) else as_toml(part) for part in key.split("."))


def _value(value: Any) -> str:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return f"{value:.1f}"
    return as_toml(value)
