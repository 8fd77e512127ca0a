"""Aims: what a mediator wants besides an agreement in force, and how much each is worth if that was said.

Here they are read from a config; `timeline.analysis.aims` says what cadences make of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from timeline.config.document import Document
from timeline.config.measures import find_measure
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import Endpoints
from timeline.model.values import shown
from timeline.study.questions import MOST_AIMS, Aims, usual_aims
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks
from timeline.words import measure_words

if TYPE_CHECKING:
    from timeline.study.yardsticks import Yardstick


def read_aims(document: Document, endpoints: Endpoints | None, window: Window) -> Aims | None:
    """Read the table ``[aims]`` of a config.

    Parameters
    ----------
    document
        The config; what is wrong is added to its problems.
    endpoints
        Of its model.
    window
        As the config's analysis will have it.

    Returns
    -------
    Aims or None
        None if there is no such table, or nothing in it can be used.
    """
    if "aims" not in document.raw:
        return None
    if endpoints is None:
        document.refuse("aims", "given, but the model declares no endpoints to measure; add endpoints=Endpoints(...)")
        return None
    try:
        known = {measure.key: measure for measure in declare_yardsticks(endpoints, window)}
    except TimelineError as problem:
        document.refuse("aims", str(problem))
        return None
    given = document.table("aims").get("measures")
    aims = usual_aims(endpoints).measures if given is None else _measures(document, given, known, window)
    weights = _weights(document, document.table("aims").get("weights"), aims, known, window)
    return Aims(aims, weights)


def _measures(document: Document, given: object, known: Mapping[str, Yardstick], window: Window) -> tuple[str, ...]:
    texts = given if isinstance(given, list) else []
    found: list[str] = []
    for number, text in enumerate(texts):
        path = f"aims.measures[{number}]"
        key = _key(document, path, text, known, window)
        if key is None:
            continue
        if key in found:
            document.refuse(path, f"given {shown(text)}, which is an aim already, expected different measures")
            continue
        if why := _no_aim(known[key], known):
            document.refuse(path, f"given {shown(text)}, {why}")
        elif " among " in f" {known[key].estimand}":
            document.warn(
                path,
                f"given {shown(text)}, which is {known[key].estimand}: each cadence has others; "
                "a measure of all replications compares like with like",
            )
        found.append(key)
    if len(texts) == 1:
        document.refuse(
            "aims.measures", f"given one aim, {shown(texts[0])}, expected 2 to {MOST_AIMS} aims: one needs no table"
        )
    elif len(texts) > MOST_AIMS:
        document.refuse("aims.measures", f"given {len(texts)} aims, expected 2 to {MOST_AIMS}: no figure shows more")
    return tuple(found)


def _key(document: Document, path: str, text: object, known: Mapping[str, Yardstick], window: Window) -> str | None:
    if not isinstance(text, str):
        return None  # reported with the schema
    try:
        return find_measure(text, known, window).key
    except ValueError as problem:
        document.refuse(path, str(problem))
        return None


def _no_aim(measure: Yardstick, known: Mapping[str, Yardstick]) -> str:
    """Say why a measure cannot be an aim; empty if it can."""
    if measure.undefined:
        return f"but {measure.undefined}"
    if measure.of_both:
        return (
            f"which is of replications that {measure.of_whom} under both of two cadences, expected a measure that "
            "every cadence has by itself"
        )
    if measure.better == "neither":
        instead = ""
        if measure.key.startswith("accord_day") and "time_to_accord" in known:
            instead = '; "time to accord" counts those that never reach one too'
        return f"of which neither more nor less is better in itself, expected a measure with a direction{instead}"
    return ""


def _weights(
    document: Document,
    given: object,
    aims: Sequence[str],
    known: Mapping[str, Yardstick],
    window: Window,
) -> dict[str, float]:
    if not isinstance(given, dict):
        return {}
    found: dict[str, float] = {}
    for text, weight in given.items():
        path = f"aims.weights.{text}"
        key = _key(document, path, text, known, window)
        if key is None:
            continue
        if key not in aims:
            names = [measure_words(aim) for aim in aims]
            listed, near = ", ".join(map(shown, names)), nearest(measure_words(key), names)
            document.refuse(path, f"given a weight for what is no aim, expected one of {listed}{near}")
        elif isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight < math.inf:
            document.refuse(path, f"given {shown(weight)}, expected a weight of 0 or more, and finite")
        elif key in found:
            document.refuse(path, "given a second weight for the same aim, expected one")
        else:
            found[key] = float(weight)
    if found and len(found) == len(given) and not any(found.values()):
        document.refuse("aims.weights", "given no weight above 0, expected at least one; or leave the weights out")
    return found
