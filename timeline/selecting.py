"""Selecting: by which measure the best cadence is chosen, and how surely, as a config says it.

`timeline.analysis.selection` chooses; here only the table ``[selection]`` is read.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from timeline.document import Document
from timeline.endpoints import Endpoints
from timeline.errors import TimelineError
from timeline.units import parse_duration
from timeline.values import shown

if TYPE_CHECKING:
    from timeline.analysis.measures import Measure

#: The measure by which cadences are compared with the best where a config does not say.
USUAL = "in_force_end"

_POINTS = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s+(?:percentage )?points?\s*")


@dataclass(frozen=True)
class Selection:
    """How a cadence is chosen.

    Attributes
    ----------
    measure
        Key of the measure that decides.
    indifference
        The smallest difference that matters: days, a share, a position on the index, or a count.
    probability
        That the chosen cadence is the best or within the indifference of it.
    """

    measure: str
    indifference: float
    probability: float


def read_selection(
    document: Document,
    endpoints: Endpoints | None,
    horizon: float,
    follow_up: float,
    rmst: Sequence[float],
    cadences: int,
) -> Selection | None:
    """Read the table ``[selection]`` of a config.

    Parameters
    ----------
    document
        The config; what is wrong is added to its problems.
    endpoints
        Of its model.
    horizon, follow_up, rmst
        As the config's analysis will have them, days.
    cadences
        How many there are to choose from.

    Returns
    -------
    Selection or None
        None if there is no such table, or it cannot be used.
    """
    table = document.table("selection")
    if not table:
        return None
    if endpoints is None:
        document.refuse(
            "selection", "given, but the model declares no endpoints to choose by; add endpoints=Endpoints(...)"
        )
        return None
    if cadences < 2:
        if cadences:  # without any, the config has other problems
            document.refuse("selection", "given with one cadence, expected two or more to choose from")
        return None
    probability = _probability(document, table.get("probability", 0.95), cadences)
    measure = _measure(document, table.get("measure", USUAL), endpoints, horizon, follow_up, rmst)
    if measure is None or "indifference" not in table:
        return None
    try:
        indifference = _indifference(table["indifference"], measure, horizon)
    except ValueError as problem:
        document.refuse("selection.indifference", str(problem))
        return None
    return None if probability is None else Selection(measure.key, indifference, probability)


def _probability(document: Document, given: object, cadences: int) -> float | None:
    by_lot = 1 / cadences
    if isinstance(given, bool) or not isinstance(given, int | float) or not by_lot < given < 1:
        document.refuse(
            "selection.probability",
            f"given {shown(given)}, expected more than {by_lot:.3g}, which drawing one of {cadences} cadences by lot "
            "reaches, and less than 1, such as 0.95",
        )
        return None
    return float(given)


def _measure(
    document: Document,
    given: object,
    endpoints: Endpoints,
    horizon: float,
    follow_up: float,
    rmst: Sequence[float],
) -> Measure | None:
    from timeline.analysis.best import no_selection  # here, because scipy and polars are slow to import
    from timeline.analysis.measures import declare_measures
    from timeline.analysis.naming import measure_key

    if not isinstance(given, str):
        return None  # reported with the schema
    try:
        known = {measure.key: measure for measure in declare_measures(endpoints, horizon, follow_up, rmst)}
        measure = known[measure_key(given, known)]
    except (ValueError, TimelineError) as problem:
        document.refuse("selection.measure", str(problem))
        return None
    if why := no_selection(measure):
        usable = ", ".join(f'"{key}"' for key, one in known.items() if not no_selection(one))
        document.refuse("selection.measure", f"given {shown(given)}, but {why}; expected one of {usable}")
        return None
    return measure


def _indifference(given: object, measure: Measure, horizon: float) -> float:
    """Return the smallest difference that matters, in the unit of the measure."""
    expected = {
        "days": 'a duration such as "5 days"',
        "share": 'a share such as 0.005, or "0.5 points"',
        "index": "a number such as 0.01",
        "count": "a number such as 0.5",
    }[measure.unit]
    most = {"days": horizon, "count": math.inf}.get(measure.unit, 1.0)
    points = _POINTS.fullmatch(given) if isinstance(given, str) and measure.unit == "share" else None
    if measure.unit == "days":
        value = parse_duration(given)
    elif points:
        value = float(points[1]) / 100
    elif isinstance(given, bool) or not isinstance(given, int | float):
        raise ValueError(f"given {shown(given)}, expected {expected}")
    else:
        value = float(given)
    if not 0 < value < most:
        limit = f" and less than {most:g}" if most < math.inf else ""
        raise ValueError(f"given {shown(given)}, expected {expected}, more than 0{limit}")
    return value
